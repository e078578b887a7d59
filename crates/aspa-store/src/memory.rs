mod inbox;
mod privacy;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aspa_channel::{ConversationKey, Cursor, Event, Handle, MessageKey};
use aspa_crm::Customer;
use aspa_identity::{Evidence, Link, LinkState};
use aspa_ticket::{NoteId, Ticket, TicketKey};
use aspa_types::{AccountId, CustomerId, DeliveryId, EffectKey, HandleKey, TenantId, TicketId};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::changes::{
    Arrival, Arrived, Changes, Committed, Note, RawDelivery, TicketRow, Versioned,
};
use crate::error::{Error, ErrorKind};
use crate::load::{Loaded, Person, Wanted};
use crate::memory_claims::{Inbox, Lanes, Waiting, Wakes, in_turn};
use crate::message::{MessagePlace, MessageRecord};
use crate::outbox::{Attempt, ClaimedEffect, OutboxRow};
use crate::outbox_state::OutboxState;
use crate::pause::{Pause, PauseScope};
use crate::privacy::{AuditEntry, Document, PrivacyStore};
use crate::query::{OutboxQuery, Position, Recorded};
use crate::store::{Claim, DueTimer, InboxEntry, Store, TenantStore};
use crate::ticket_query::TicketQuery;
use crate::vitals::Vitals;

/// A store that forgets everything when it is dropped: the reference of what the contract of
/// [`Store`] means, and quick enough for tests. Clones share their content.
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Mutex<State>>);

/// `Debug` shows nothing of what is kept.
impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct State {
    seq: u64,
    log: Vec<Recorded>,
    /// Effects in the order in which they were queued.
    order: Vec<(TenantId, EffectKey)>,
    tenants: BTreeMap<TenantId, Tenant>,
    /// Who was served last.
    turns: Turns,
}

#[derive(Debug, Default)]
struct Turns {
    inbox: Option<TenantId>,
    outbox: Option<TenantId>,
    timers: Option<TenantId>,
}

#[derive(Debug, Default)]
struct Tenant {
    deliveries: BTreeMap<(Arc<str>, DeliveryId), RawDelivery>,
    events: BTreeSet<(AccountId, String)>,
    inbox: Inbox,
    messages: BTreeMap<MessageKey, Versioned<MessageRecord>>,
    /// The messages of each conversation, in order.
    threads: BTreeMap<ConversationKey, BTreeSet<MessagePlace>>,
    handles: BTreeMap<HandleKey, Versioned<Handle>>,
    tickets: BTreeMap<TicketId, Versioned<TicketRow>>,
    wakes: Wakes,
    /// The last versions of removed tickets: one that comes again goes on from there, so that nobody
    /// who still holds the old one takes it for that.
    removed: BTreeMap<TicketId, u64>,
    notes: BTreeMap<NoteId, Note>,
    evidence: BTreeMap<HandleKey, Vec<Evidence>>,
    links: BTreeMap<String, Versioned<Link>>,
    outbox: BTreeMap<EffectKey, Versioned<OutboxRow>>,
    lanes: Lanes,
    attempts: BTreeMap<EffectKey, BTreeMap<u32, Attempt>>,
    customers: BTreeMap<CustomerId, Customer>,
    cursors: BTreeMap<Arc<str>, Cursor>,
    pauses: BTreeMap<PauseScope, Pause>,
    documents: BTreeMap<(Arc<str>, Arc<str>), Versioned<Document>>,
    audit: BTreeMap<u64, AuditEntry>,
    audited: u64,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic in another thread cannot leave half a commit: nothing here panics between writes.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for MemoryStore {
    fn tenant(&self, id: &TenantId) -> Arc<dyn TenantStore> {
        Arc::new(MemoryTenant {
            store: self.clone(),
            id: id.clone(),
        })
    }

    async fn claim_inbox(&self, claim: Claim) -> Result<Vec<InboxEntry>, Error> {
        let mut state = self.state();
        let State { tenants, turns, .. } = &mut *state;
        let waiting = tenants.iter_mut();
        let waiting: Vec<_> = waiting
            .map(|(tenant, rows)| (tenant, rows.inbox.free(claim.now)))
            .collect();
        let given = in_turn(waiting, &mut turns.inbox, claim.limit);
        let mut claimed: Vec<InboxEntry> = Vec::new();
        for (tenant, some) in given {
            let Some(rows) = tenants.get_mut(&tenant) else {
                continue;
            };
            let leased = rows.inbox.lease(some, claim.end());
            claimed.extend(leased.into_iter().map(|(seq, waiting)| {
                let Waiting {
                    event, received_at, ..
                } = waiting;
                InboxEntry::new(tenant.clone(), seq, received_at, event)
            }));
        }
        claimed.sort_by_key(|entry| entry.seq);
        Ok(claimed)
    }

    async fn release_inbox(&self, claim: Claim, entries: &[InboxEntry]) -> Result<(), Error> {
        let mut state = self.state();
        for entry in entries {
            if let Some(rows) = state.tenants.get_mut(&entry.tenant) {
                rows.inbox.release(entry.seq, claim.end());
            }
        }
        Ok(())
    }

    async fn vitals(&self, most: u64) -> Result<Vitals, Error> {
        let state = self.state();
        let mut vitals = Vitals::default();
        vitals
            .effects
            .extend(Vitals::counted().map(|word| (word.to_owned(), 0)));
        let mut timers = Vec::new();
        for rows in state.tenants.values() {
            for waiting in rows.inbox.waiting.values() {
                vitals.backlog += 1;
                let first = vitals.oldest.get_or_insert(waiting.received_at);
                *first = waiting.received_at.min(*first);
            }
            for row in rows.outbox.values().map(|row| &row.value) {
                if let Some(count) = vitals.effects.get_mut(row.state.as_str()) {
                    *count += 1;
                }
                if row.state.is_ready() {
                    let first = vitals.effect_due.get_or_insert(row.next_at);
                    *first = row.next_at.min(*first);
                }
            }
            let of = rows.tickets.values().flat_map(|row| &row.value.timers);
            timers.extend(of.map(|timer| timer.at).min());
        }
        vitals.timer_due = timers.into_iter().min();
        vitals.backlog = vitals.backlog.min(most);
        for count in vitals.effects.values_mut() {
            *count = most.min(*count);
        }
        Ok(vitals)
    }

    async fn claim_outbox(&self, claim: Claim) -> Result<Vec<ClaimedEffect>, Error> {
        let mut state = self.state();
        let State { tenants, turns, .. } = &mut *state;
        let due = |rows: &Tenant| rows.lanes.due(claim.now).take(claim.limit).count();
        let due: Vec<_> = tenants.iter().map(|(id, rows)| (id, due(rows))).collect();
        let given = in_turn(due, &mut turns.outbox, claim.limit);
        let mut claimed = Vec::new();
        for (tenant, some) in given {
            let Some(rows) = tenants.get_mut(&tenant) else {
                continue;
            };
            let due = rows.lanes.due(claim.now).take(some);
            let due: Vec<_> = due.map(|(place, key)| (place, key.clone())).collect();
            for (place, key) in due {
                let Some(row) = rows.outbox.get_mut(&key) else {
                    continue;
                };
                let interrupted = row.value.state == OutboxState::Sending;
                row.value.state = OutboxState::Sending;
                row.value.next_at = claim.end();
                row.value.attempts += 1;
                row.version += 1;
                let attempt = Attempt::started(row.value.attempts, claim.now);
                let (row, lane) = (row.clone(), row.value.effect.conversation.clone());
                let tries = rows.attempts.entry(key).or_default();
                tries.insert(attempt.number, attempt.clone());
                rows.renew(&lane);
                let effect = ClaimedEffect::new(tenant.clone(), row, attempt, interrupted);
                claimed.push((place, effect));
            }
        }
        claimed.sort_by_key(|(place, _)| *place);
        Ok(claimed.into_iter().map(|(_, effect)| effect).collect())
    }

    async fn claim_timers(&self, claim: Claim) -> Result<Vec<DueTimer>, Error> {
        let mut state = self.state();
        let State { tenants, turns, .. } = &mut *state;
        let due = |rows: &Tenant| rows.wakes.due(claim.now).take(claim.limit).count();
        let due: Vec<_> = tenants.iter().map(|(id, rows)| (id, due(rows))).collect();
        let given = in_turn(due, &mut turns.timers, claim.limit);
        let mut claimed = Vec::new();
        for (tenant, some) in given {
            let Some(rows) = tenants.get_mut(&tenant) else {
                continue;
            };
            let due: Vec<_> = rows.wakes.due(claim.now).take(some).cloned().collect();
            for (_, ticket) in due {
                if claim.end() > claim.now {
                    rows.wakes.set(&ticket, Some(claim.end()));
                }
                let timers = rows.tickets.get(&ticket).map(|row| &row.value.timers);
                let due = timers.into_iter().flatten();
                let due = due.filter(|timer| timer.at <= claim.now).cloned();
                claimed.extend(due.map(|t| DueTimer::new(tenant.clone(), ticket.clone(), t)));
            }
        }
        DueTimer::sort(&mut claimed);
        Ok(claimed)
    }

    async fn lapsed_effects(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<(TenantId, Versioned<OutboxRow>)>, Error> {
        let state = self.state();
        let mut lapsed: Vec<_> = state.awaiting_person().collect();
        lapsed.retain(|(_, row)| row.value.next_at <= now);
        lapsed.sort_by_key(|(_, row)| row.value.next_at);
        let owned = lapsed
            .into_iter()
            .map(|(tenant, row)| (tenant.clone(), row.clone()));
        Ok(owned.take(limit).collect())
    }

    async fn next_wakeup(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let state = self.state();
        let tenants = state.tenants.values();
        let timers = tenants.clone().filter_map(|rows| rows.wakes.next());
        // What waits behind another effect is not due before that one has an end.
        let effects = tenants.filter_map(|rows| rows.lanes.next());
        let people = state.awaiting_person().map(|(_, row)| row.value.next_at);
        Ok(timers.chain(effects).chain(people).min())
    }

    async fn log(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, Error> {
        let state = self.state();
        let start = state.log.partition_point(|entry| entry.position <= after);
        Ok(state.log.iter().skip(start).take(limit).cloned().collect())
    }
}

impl State {
    /// Effects that wait for a person, in the order in which they were queued.
    fn awaiting_person(&self) -> impl Iterator<Item = (&TenantId, &Versioned<OutboxRow>)> {
        let rows = self.order.iter().filter_map(|(tenant, key)| {
            let row = self.tenants.get(tenant)?.outbox.get(key)?;
            Some((tenant, row))
        });
        rows.filter(|(_, row)| row.value.state.awaits_person())
    }
}

#[derive(Debug)]
struct MemoryTenant {
    store: MemoryStore,
    id: TenantId,
}

impl MemoryTenant {
    fn read<T>(&self, read: impl FnOnce(&Tenant) -> T) -> T {
        let state = self.store.state();
        match state.tenants.get(&self.id) {
            Some(tenant) => read(tenant),
            None => read(&Tenant::default()),
        }
    }
}

impl Tenant {
    /// Finds every reason for which a commit must not happen.
    fn check(&self, changes: &Changes) -> Result<(), Error> {
        fn same<K: Ord, T>(
            rows: &BTreeMap<K, Versioned<T>>,
            key: &K,
            version: u64,
            name: impl std::fmt::Display,
        ) -> Result<(), Error> {
            let found = rows.get(key).map_or(0, |row| row.version);
            if found == version {
                Ok(())
            } else {
                Err(Error::conflict(name))
            }
        }
        for row in &changes.messages {
            same(&self.messages, &row.value.key, row.version, &row.value.key)?;
        }
        for row in &changes.handles {
            same(&self.handles, &row.value.key, row.version, &row.value.key)?;
        }
        for row in &changes.tickets {
            same(
                &self.tickets,
                &row.value.ticket.id,
                row.version,
                &row.value.ticket.id,
            )?;
        }
        for row in &changes.removed {
            same(&self.tickets, &row.value, row.version, &row.value)?;
        }
        for row in &changes.links {
            let key = row.value.handle.to_string();
            same(&self.links, &key, row.version, &key)?;
        }
        for row in &changes.outbox {
            same(
                &self.outbox,
                &row.value.effect.key,
                row.version,
                &row.value.effect.key,
            )?;
            let known = self.outbox.get(&row.value.effect.key);
            if known.is_some_and(|known| !known.value.may_become(&row.value)) {
                return Err(Error::conflict(&row.value.effect.key));
            }
        }
        for seq in changes.processed.iter().chain(&changes.kept) {
            if !self.inbox.contains(*seq) {
                return Err(Error::conflict(format_args!("inbox {seq}")));
            }
        }
        for seq in changes.reopened.iter().chain(&changes.dropped) {
            if !self.inbox.kept.contains_key(seq) {
                return Err(Error::conflict(format_args!("kept {seq}")));
            }
        }
        let guarded: BTreeSet<&TicketKey> = changes
            .tickets
            .iter()
            .map(|row| &row.value.ticket.key)
            .collect();
        self.check_privacy(changes)?;
        match changes
            .history
            .iter()
            .find(|(about, _)| !guarded.contains(about))
        {
            Some((about, _)) => Err(Error::new(ErrorKind::Invalid, "commit")
                .with_detail(format_args!("history of {about} without its ticket"))),
            None => Ok(()),
        }
    }

    /// Puts kept entries back into the inbox, and drops others.
    fn reopen(&mut self, reopened: &[u64], dropped: &[u64], seq: &mut u64) {
        for old in reopened {
            if let Some(Waiting {
                event, received_at, ..
            }) = self.inbox.kept.remove(old)
            {
                *seq += 1;
                self.inbox.put(*seq, received_at, event);
            }
        }
        for old in dropped {
            self.inbox.kept.remove(old);
        }
    }

    fn arrive(&mut self, arrival: Arrival, seq: &mut u64) -> Arrived {
        if let Some(delivery) = arrival.delivery {
            let key = (delivery.webhook.clone(), delivery.id.clone());
            if self.deliveries.contains_key(&key) {
                return Arrived::new(0, arrival.events.len(), true);
            }
            self.deliveries.insert(key, delivery);
        }
        let mut arrived = Arrived::default();
        for event in arrival.events {
            if !self.events.insert((event.account.clone(), event.key())) {
                arrived.repeated += 1;
                continue;
            }
            arrived.new += 1;
            *seq += 1;
            self.inbox.put(*seq, arrival.received_at, event);
        }
        self.cursors.extend(arrival.cursor);
        arrived
    }

    /// Takes a message out of its conversation and of the rows.
    fn take_message(&mut self, key: &MessageKey) {
        let Some(row) = self.messages.remove(key) else {
            return;
        };
        if let (Some(message), Some(place)) = (&row.value.message, row.value.place())
            && let Some(thread) = self.threads.get_mut(&message.conversation)
        {
            thread.remove(&place);
            if thread.is_empty() {
                self.threads.remove(&message.conversation);
            }
        }
    }

    /// Writes what was checked. Nothing in here fails.
    fn write(&mut self, mut changes: Changes, place: usize, queued: &mut Vec<EffectKey>) {
        fn put<K: Ord, T>(rows: &mut BTreeMap<K, Versioned<T>>, key: K, mut row: Versioned<T>) {
            row.version += 1;
            rows.insert(key, row);
        }
        self.write_privacy(&mut changes);
        for seq in changes.processed {
            self.inbox.take(seq);
        }
        for seq in changes.kept {
            self.inbox.keep(seq);
        }
        for row in changes.messages {
            self.take_message(&row.value.key);
            if let (Some(message), Some(place)) = (&row.value.message, row.value.place()) {
                let thread = self.threads.entry(message.conversation.clone());
                thread.or_default().insert(place);
            }
            put(&mut self.messages, row.value.key.clone(), row);
        }
        for row in changes.handles {
            put(&mut self.handles, row.value.key.clone(), row);
        }
        for row in changes.removed {
            if let Some(gone) = self.tickets.remove(&row.value) {
                self.wakes.set(&row.value, None);
                self.removed.insert(row.value, gone.version + 1);
            }
        }
        for mut row in changes.tickets {
            if row.version == 0 {
                row.version = self.removed.remove(&row.value.ticket.id).unwrap_or(0);
            }
            let id = row.value.ticket.id.clone();
            let wake = row.value.timers.iter().map(|timer| timer.at).min();
            self.wakes.set(&id, wake);
            put(&mut self.tickets, id, row);
        }
        for note in changes.notes {
            self.notes.entry(note.id.clone()).or_insert(note);
        }
        for handle in &changes.forgotten {
            self.evidence.remove(handle);
        }
        for (handle, evidence) in changes.evidence {
            let known = self.evidence.entry(handle).or_default();
            if !known.contains(&evidence) {
                known.push(evidence);
            }
        }
        for row in changes.links {
            put(&mut self.links, row.value.handle.to_string(), row);
        }
        for row in changes.outbox {
            let key = row.value.effect.key.clone();
            let lane = row.value.effect.conversation.clone();
            let place = (place + queued.len()) as u64;
            let holds = row.value.state.holds_lane();
            if row.version == 0 {
                queued.push(key.clone());
            }
            put(&mut self.outbox, key.clone(), row);
            self.lanes.put(&lane, &key, place, holds);
            self.renew(&lane);
        }
        for (key, attempt) in changes.attempts {
            self.attempts
                .entry(key)
                .or_default()
                .insert(attempt.number, attempt);
        }
        for customer in changes.customers {
            self.customers.insert(customer.id.clone(), customer);
        }
        for id in changes.gone {
            self.customers.remove(&id);
        }
        self.cursors.extend(changes.cursors);
        let paused = !(changes.resumed.is_empty() && changes.pauses.is_empty());
        for scope in &changes.resumed {
            self.pauses.remove(scope);
        }
        for pause in changes.pauses {
            self.pauses.insert(pause.scope.clone(), pause);
        }
        if paused {
            let lanes = self.lanes.lanes();
            lanes.iter().for_each(|lane| self.renew(lane));
        }
    }

    /// Sees anew whether the first effect of a lane can be claimed.
    fn renew(&mut self, lane: &ConversationKey) {
        let Self {
            lanes,
            outbox,
            pauses,
            ..
        } = self;
        lanes.renew(lane, |key| {
            let row = &outbox.get(key)?.value;
            let paused = pauses.keys().any(|scope| scope.covers(&row.effect));
            (row.state.is_ready() && !paused).then_some(row.next_at)
        });
    }

    fn tickets_about(&self, key: &TicketKey) -> Vec<Versioned<Ticket>> {
        let about = self
            .tickets
            .values()
            .filter(|row| row.value.ticket.key == *key);
        let mut tickets: Vec<_> = about
            .map(|row| Versioned {
                value: row.value.ticket.clone(),
                version: row.version,
            })
            .collect();
        tickets.sort_by_key(|ticket| ticket.value.ordinal);
        tickets
    }
}

fn nowhere(after: &EffectKey) -> Error {
    Error::new(ErrorKind::Invalid, "outbox")
        .with_detail(format_args!("after {after}, which is not there"))
}

#[async_trait]
impl TenantStore for MemoryTenant {
    async fn commit(&self, mut changes: Changes) -> Result<Committed, Error> {
        let mut state = self.store.state();
        let State {
            seq,
            log,
            order,
            tenants,
            ..
        } = &mut *state;
        let tenant = tenants.entry(self.id.clone()).or_default();
        tenant.check(&changes)?;
        tenant.reopen(&changes.reopened, &changes.dropped, seq);
        privacy::check_histories(log, &self.id, &changes)?;
        privacy::rewrite(log, &self.id, std::mem::take(&mut changes.rewritten));
        let arrivals = std::mem::take(&mut changes.arrivals);
        let arrived = arrivals
            .into_iter()
            .map(|arrival| tenant.arrive(arrival, seq))
            .collect();
        for (about, event) in std::mem::take(&mut changes.history) {
            let position = Position(log.last().map_or(1, |last| last.position.0 + 1));
            log.push(Recorded::new(position, self.id.clone(), about, event));
        }
        let mut queued = Vec::new();
        tenant.write(changes, order.len(), &mut queued);
        order.extend(queued.into_iter().map(|key| (self.id.clone(), key)));
        Ok(Committed::new(arrived))
    }

    async fn load(&self, wanted: &Wanted) -> Result<Loaded, Error> {
        let mut loaded = Loaded::default();
        self.read(|tenant| {
            for key in &wanted.messages {
                loaded.messages.extend(
                    tenant
                        .messages
                        .get(key)
                        .map(|row| (key.clone(), row.clone())),
                );
            }
            for key in &wanted.awaiting {
                let waits =
                    |row: &&Versioned<MessageRecord>| row.value.awaits.as_ref() == Some(key);
                let keys = tenant
                    .messages
                    .values()
                    .filter(waits)
                    .map(|row| row.value.key.clone());
                loaded.awaiting.insert(key.clone(), keys.collect());
            }
            for key in &wanted.handles {
                loaded.handles.extend(
                    tenant
                        .handles
                        .get(key)
                        .map(|row| (key.clone(), row.clone())),
                );
            }
            for key in &wanted.tickets {
                loaded
                    .tickets
                    .insert(key.clone(), tenant.tickets_about(key));
            }
            for key in &wanted.people {
                let evidence = tenant.evidence.get(key).cloned().unwrap_or_default();
                let link = tenant.links.get(&key.to_string()).cloned();
                loaded.people.insert(key.clone(), Person { evidence, link });
            }
            for id in &wanted.customers {
                let known = tenant.customers.get(id);
                loaded
                    .customers
                    .extend(known.map(|customer| (id.clone(), customer.clone())));
            }
            for key in &wanted.effects {
                let known = tenant.outbox.get(key);
                loaded
                    .effects
                    .extend(known.map(|row| (key.clone(), row.clone())));
            }
        });
        let state = self.store.state();
        for key in &wanted.histories {
            let of = |r: &&Recorded| r.tenant == self.id && r.about == *key;
            let history = state
                .log
                .iter()
                .filter(of)
                .map(|r| r.event.clone())
                .collect();
            loaded.histories.insert(key.clone(), history);
        }
        Ok(loaded)
    }

    async fn ticket(&self, id: &TicketId) -> Result<Option<Versioned<Ticket>>, Error> {
        Ok(self.read(|tenant| {
            let row = tenant.tickets.get(id)?;
            Some(Versioned {
                value: row.value.ticket.clone(),
                version: row.version,
            })
        }))
    }

    async fn tickets(&self, query: &TicketQuery) -> Result<Vec<TicketRow>, Error> {
        self.read(|tenant| inbox::page(tenant, query))
    }

    async fn count_tickets(&self, query: &TicketQuery, most: usize) -> Result<usize, Error> {
        Ok(self.read(|tenant| inbox::found(tenant, query).len().min(most)))
    }

    async fn conversation(
        &self,
        key: &ConversationKey,
        before: Option<&MessagePlace>,
        limit: usize,
    ) -> Result<Vec<MessageRecord>, Error> {
        Ok(self.read(|tenant| {
            let Some(thread) = tenant.threads.get(key) else {
                return Vec::new();
            };
            let end = before.map_or(Bound::Unbounded, Bound::Excluded);
            let places = thread.range((Bound::Unbounded, end)).rev().take(limit);
            let rows = places.filter_map(|place| tenant.messages.get(&place.key));
            let mut page: Vec<MessageRecord> = rows.map(|row| row.value.clone()).collect();
            page.reverse();
            page
        }))
    }

    async fn messages(
        &self,
        after: Option<&MessageKey>,
        limit: usize,
    ) -> Result<Vec<MessageRecord>, Error> {
        Ok(self.read(|tenant| {
            let later = tenant
                .messages
                .iter()
                .filter(|(key, _)| after.is_none_or(|a| *key > a));
            later
                .take(limit)
                .map(|(_, row)| row.value.clone())
                .collect()
        }))
    }

    async fn note(&self, id: &NoteId) -> Result<Option<Note>, Error> {
        Ok(self.read(|tenant| tenant.notes.get(id).cloned()))
    }

    async fn links(
        &self,
        state: &LinkState,
        after: Option<&HandleKey>,
        limit: usize,
    ) -> Result<Vec<Link>, Error> {
        let after = after.map(ToString::to_string);
        Ok(self.read(|tenant| {
            let later = tenant
                .links
                .iter()
                .filter(|(key, _)| after.as_ref().is_none_or(|a| *key > a));
            let links = later
                .map(|(_, row)| &row.value)
                .filter(|link| link.state == *state);
            links.take(limit).cloned().collect()
        }))
    }

    async fn effect(
        &self,
        key: &EffectKey,
    ) -> Result<Option<(Versioned<OutboxRow>, Vec<Attempt>)>, Error> {
        Ok(self.read(|tenant| {
            let row = tenant.outbox.get(key)?.clone();
            let tries = tenant
                .attempts
                .get(key)
                .map(|tries| tries.values().cloned().collect());
            Some((row, tries.unwrap_or_default()))
        }))
    }

    async fn outbox(&self, query: &OutboxQuery) -> Result<Vec<Versioned<OutboxRow>>, Error> {
        let state = self.store.state();
        let Some(tenant) = state.tenants.get(&self.id) else {
            return match &query.after {
                Some(after) => Err(nowhere(after)),
                None => Ok(Vec::new()),
            };
        };
        let mut ours = state.order.iter().filter(|(id, _)| *id == self.id);
        if let Some(after) = &query.after
            && !ours.any(|(_, key)| key == after)
        {
            return Err(nowhere(after));
        }
        let rows = ours.filter_map(|(_, key)| tenant.outbox.get(key));
        let fits = |row: &&Versioned<OutboxRow>| {
            let (effect, state) = (&row.value.effect, &row.value.state);
            let conversation = query.conversation.as_ref();
            (query.states.is_empty() || query.states.contains(state))
                && query
                    .account
                    .as_ref()
                    .is_none_or(|account| account == effect.account())
                && conversation.is_none_or(|key| *key == effect.conversation)
        };
        Ok(rows.filter(fits).take(query.limit()).cloned().collect())
    }

    async fn pauses(&self) -> Result<Vec<Pause>, Error> {
        Ok(self.read(|tenant| tenant.pauses.values().cloned().collect()))
    }

    async fn customers(
        &self,
        after: Option<&CustomerId>,
        limit: usize,
    ) -> Result<Vec<Customer>, Error> {
        Ok(self.read(|tenant| {
            let later = tenant
                .customers
                .iter()
                .filter(|(id, _)| after.is_none_or(|a| *id > a));
            later
                .take(limit)
                .map(|(_, customer)| customer.clone())
                .collect()
        }))
    }

    async fn cursor(&self, source: &str) -> Result<Option<Cursor>, Error> {
        Ok(self.read(|tenant| tenant.cursors.get(source).cloned()))
    }

    async fn kept(&self, after: u64, limit: usize) -> Result<Vec<InboxEntry>, Error> {
        Ok(self.read(|tenant| {
            let kept = tenant.inbox.kept.range(after + 1..).take(limit);
            let entry = |(&seq, w): (&u64, &Waiting)| {
                InboxEntry::new(self.id.clone(), seq, w.received_at, w.event.clone())
            };
            kept.map(entry).collect()
        }))
    }

    async fn deliveries(
        &self,
        webhook: &str,
        after: Option<&DeliveryId>,
        limit: usize,
    ) -> Result<Vec<RawDelivery>, Error> {
        Ok(self.read(|tenant| {
            let of = tenant
                .deliveries
                .iter()
                .filter(|((name, id), _)| &**name == webhook && after.is_none_or(|a| id > a));
            of.take(limit)
                .map(|(_, delivery)| delivery.clone())
                .collect()
        }))
    }

    async fn known_events(&self, events: &[Event]) -> Result<Vec<bool>, Error> {
        Ok(self.read(|tenant| {
            let known = |event: &Event| {
                let key = (event.account.clone(), event.key());
                tenant.events.contains(&key)
            };
            events.iter().map(known).collect()
        }))
    }

    async fn backlog(&self) -> Result<u64, Error> {
        Ok(self.read(|tenant| tenant.inbox.len() as u64))
    }

    fn privacy(&self) -> &dyn PrivacyStore {
        self
    }
}
