//! The kit on stores that are broken on purpose: each has to fail the cases of the rule it breaks.
#![expect(
    clippy::unwrap_used,
    reason = "parts of a test, which clippy takes for other code"
)]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use aspa_channel::{ConversationKey, Cursor, Event, Handle, MessageKey};
use aspa_crm::Customer;
use aspa_identity::{Link, LinkState};
use aspa_store::{
    Attempt, AuditQuery, Audited, Changes, Claim, ClaimedEffect, Committed, Document, DueTimer,
    Error, InboxEntry, Loaded, MemoryStore, MessagePlace, MessageRecord, Note, OutboxQuery,
    OutboxRow, Pause, Position, PrivacyStore, Purge, RawDelivery, Recorded, Store, TenantStore,
    TicketQuery, TicketRow, TicketSort, Versioned, Vitals, Wanted,
};
use aspa_testkit::{StoreFixture, Verdict, run, store_cases};
use aspa_ticket::{NoteId, Ticket};
use aspa_types::{CustomerId, DeliveryId, EffectKey, HandleKey, TenantId, TicketId};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

/// What is wrong with a store.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    Nothing,
    /// Writes row by row until one conflicts.
    WritesUntilConflict,
    /// Takes whatever version is there for the one that was read.
    IgnoresVersions,
    /// Has one drawer for all tenants.
    MixesTenants,
    /// Processes an entry whoever it belongs to and however often it was.
    ProcessesAnything,
    ForgetsDeliveries,
    /// Makes a new row of each note, whatever is there.
    ReplacesNotes,
    /// Keeps what was forgotten.
    RemembersForgotten,
    /// Hands out what is claimed.
    ClaimsWithoutLease,
    /// Reads what is free first, and leases it later.
    ClaimsInTwoSteps,
    /// Never hands out again what was claimed.
    ClaimsForEver,
    GivesNewestFirst,
    /// Gives each effect a lane of its own.
    IgnoresLanes,
    /// Says of what was interrupted that it was not.
    HidesInterruption,
    HidesAttempts,
    ReversesLog,
    /// Shows an entry only after a later one was seen.
    SkipsPositions,
    /// Numbers entries as they are read.
    CountsPositionsOnReading,
    DropsExtra,
    DropsNanoseconds,
    /// Forgets everything at its end.
    Forgets,
    IgnoresTag,
    IgnoresText,
    IgnoresUnassigned,
    IgnoresSpans,
    IgnoresLinks,
    /// Reads on after the ticket, wherever it is now.
    FollowsTheTicket,
    /// Finds what deleted and edited messages said.
    RemembersWords,
    /// Keeps words with the ticket that had them first.
    KeepsWordsWithTicket,
    /// Looks only at the first message of a ticket.
    SearchesFirstMessage,
    /// Counts all there is.
    CountsOn,
    SortsByIdAlone,
    /// Begins again where the ticket to go on after is gone.
    GivesFirstPageAgain,
    IgnoresTimers,
    /// Hands out timers that are claimed.
    ClaimsTimersWithoutLease,
    /// Serves nobody else before one tenant has nothing left.
    ServesOneTenant,
    IgnoresPauses,
    /// Lets effects wait for a person for ever.
    NeverLapses,
    /// Lists effects of every state.
    IgnoresStates,
    /// Frees whatever it is given, whoever has it now.
    FreesWhatOthersHave,
    KeepsWhatIsGivenBack,
    /// Leaves kept entries where they are when they are decided again.
    ReopensNothing,
    /// Takes one tenant for all.
    CountsOneTenant,
    MixesWebhooks,
    /// Answers of every event that it came.
    KnowsEverything,
    /// Writes a document over whatever is there.
    OverwritesDocuments,
    /// Keeps what was dropped.
    KeepsDropped,
    /// Drops whatever version is there.
    DropsAnyVersion,
    /// Drops a delivery with its body.
    ForgetsIdsOfBodies,
    /// Leaves histories as they were.
    KeepsHistories,
    /// Gives the whole audit log, whoever is asked about.
    MixesAudit,
    /// Gives the oldest messages of a conversation.
    ReadsFromTheBeginning,
    /// Reads back from a time, and not from a message.
    PassesOverOneTime,
    /// Begins again where the message to go on before is gone.
    FollowsTheMessage,
    /// Has messages where they were last edited.
    MovesEdited,
    /// Lists only what nobody has claimed, or rather only the first page.
    ListsFirstPage,
}

#[derive(Debug, Clone)]
struct Broken {
    fault: Fault,
    memory: MemoryStore,
    /// Entries that a reader has passed over.
    late: Arc<Mutex<BTreeSet<Position>>>,
}

#[derive(Debug)]
struct BrokenTenant {
    fault: Fault,
    store: MemoryStore,
    tenant: Arc<dyn TenantStore>,
}

#[async_trait]
impl Store for Broken {
    fn tenant(&self, id: &TenantId) -> Arc<dyn TenantStore> {
        let mixes = self.fault == Fault::MixesTenants;
        let tenant = if mixes {
            self.memory.tenant(&TenantId::default())
        } else {
            self.memory.tenant(id)
        };
        Arc::new(BrokenTenant {
            fault: self.fault,
            store: self.memory.clone(),
            tenant,
        })
    }

    async fn claim_inbox(&self, mut claim: Claim) -> Result<Vec<InboxEntry>, Error> {
        match self.fault {
            Fault::ClaimsWithoutLease => claim.lease = TimeDelta::zero(),
            Fault::ClaimsForEver => claim.lease = TimeDelta::days(1),
            Fault::ClaimsInTwoSteps => {
                let read = Claim {
                    lease: TimeDelta::zero(),
                    ..claim
                };
                let free = self.memory.claim_inbox(read).await?;
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                self.memory.claim_inbox(claim).await?;
                return Ok(free);
            }
            _ => {}
        }
        let mut claimed = self.memory.claim_inbox(claim).await?;
        if self.fault == Fault::GivesNewestFirst {
            claimed.reverse();
        }
        claimed.retain(|entry| self.serves(&entry.tenant));
        Ok(claimed)
    }

    async fn release_inbox(&self, claim: Claim, entries: &[InboxEntry]) -> Result<(), Error> {
        match self.fault {
            Fault::KeepsWhatIsGivenBack => Ok(()),
            Fault::FreesWhatOthersHave => {
                let own = claim.now + claim.lease;
                for seconds in 0..100 {
                    for sign in [-1, 1] {
                        let now = own - claim.lease + TimeDelta::seconds(sign * seconds);
                        let other = Claim { now, ..claim };
                        self.memory.release_inbox(other, entries).await?;
                    }
                }
                Ok(())
            }
            _ => self.memory.release_inbox(claim, entries).await,
        }
    }

    async fn vitals(&self, most: u64) -> Result<Vitals, Error> {
        let mut vitals = self.memory.vitals(most).await?;
        if self.fault == Fault::CountsOneTenant {
            vitals.backlog = self.memory.tenant(&TenantId::default()).backlog().await?;
        }
        Ok(vitals)
    }

    async fn claim_outbox(&self, mut claim: Claim) -> Result<Vec<ClaimedEffect>, Error> {
        if self.fault == Fault::ClaimsWithoutLease {
            claim.lease = TimeDelta::zero();
        }
        let mut claimed = self.memory.claim_outbox(claim).await?;
        for effect in &mut claimed {
            if self.fault == Fault::HidesInterruption {
                effect.interrupted = false;
            }
            if self.fault == Fault::IgnoresLanes {
                join(&mut effect.row.value);
            }
        }
        claimed.retain(|effect| self.serves(&effect.tenant));
        Ok(claimed)
    }

    async fn claim_timers(&self, mut claim: Claim) -> Result<Vec<DueTimer>, Error> {
        match self.fault {
            Fault::IgnoresTimers => return Ok(Vec::new()),
            Fault::ClaimsTimersWithoutLease => claim.lease = TimeDelta::zero(),
            _ => {}
        }
        let mut claimed = self.memory.claim_timers(claim).await?;
        claimed.retain(|due| self.serves(&due.tenant));
        Ok(claimed)
    }

    async fn lapsed_effects(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<(TenantId, Versioned<OutboxRow>)>, Error> {
        match self.fault {
            Fault::NeverLapses => Ok(Vec::new()),
            _ => self.memory.lapsed_effects(now, limit).await,
        }
    }

    async fn next_wakeup(&self) -> Result<Option<DateTime<Utc>>, Error> {
        self.memory.next_wakeup().await
    }

    async fn log(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, Error> {
        let mut log = self.memory.log(after, limit).await?;
        match self.fault {
            Fault::ReversesLog => log.reverse(),
            Fault::SkipsPositions => {
                let last = log.last().map(|entry| entry.position);
                let mut late = self.late.lock().unwrap();
                let slow = |p: Position| p.0 % 5 == 2 && Some(p) != last;
                log.retain(|entry| !slow(entry.position) || !late.insert(entry.position));
            }
            Fault::CountsPositionsOnReading => {
                for (place, entry) in log.iter_mut().enumerate() {
                    entry.position = Position(place as u64 + 1);
                }
            }
            _ => {}
        }
        Ok(log)
    }
}

impl Broken {
    fn serves(&self, tenant: &TenantId) -> bool {
        self.fault != Fault::ServesOneTenant || *tenant == TenantId::default()
    }
}

const LANE: &str = " lane of ";

fn split(row: &mut OutboxRow) {
    let conversation = &mut row.effect.conversation;
    let id = format!("{}{LANE}{}", conversation.id, row.effect.key);
    *conversation = ConversationKey::new(conversation.account.clone(), &id).unwrap();
}

fn join(row: &mut OutboxRow) {
    let conversation = &mut row.effect.conversation;
    let id = conversation.id.split(LANE).next().unwrap().to_owned();
    *conversation = ConversationKey::new(conversation.account.clone(), &id).unwrap();
}

impl BrokenTenant {
    /// The same changes as many commits of one row.
    async fn commit_by_rows(&self, changes: Changes) -> Result<Committed, Error> {
        let mut all = Committed::default();
        let mut rows: Vec<Changes> = Vec::new();
        let mut one = |put: &mut dyn FnMut(&mut Changes)| {
            let mut row = Changes::default();
            put(&mut row);
            rows.push(row);
        };
        // As a store does that works through its tables, tickets with their history.
        let Changes {
            arrivals,
            processed,
            kept,
            messages,
            handles,
            history,
            tickets,
            removed,
            ..
        } = changes.clone();
        arrivals
            .iter()
            .for_each(|x| one(&mut |c| c.arrivals.push(x.clone())));
        processed
            .iter()
            .for_each(|x| one(&mut |c| c.processed.push(*x)));
        kept.iter().for_each(|x| one(&mut |c| c.kept.push(*x)));
        messages
            .iter()
            .for_each(|x| one(&mut |c| c.messages.push(x.clone())));
        handles
            .iter()
            .for_each(|x| one(&mut |c| c.handles.push(x.clone())));
        one(&mut |c| (c.tickets, c.history) = (tickets.clone(), history.clone()));
        removed
            .iter()
            .for_each(|x| one(&mut |c| c.removed.push(x.clone())));
        changes
            .links
            .iter()
            .for_each(|x| one(&mut |c| c.links.push(x.clone())));
        changes
            .outbox
            .iter()
            .for_each(|x| one(&mut |c| c.outbox.push(x.clone())));
        one(&mut |c| {
            (c.notes, c.evidence, c.attempts) = (
                changes.notes.clone(),
                changes.evidence.clone(),
                changes.attempts.clone(),
            );
            (c.customers, c.gone, c.cursors) = (
                changes.customers.clone(),
                changes.gone.clone(),
                changes.cursors.clone(),
            );
            (c.pauses, c.resumed) = (changes.pauses.clone(), changes.resumed.clone());
            c.documents.clone_from(&changes.documents);
        });
        for row in rows {
            all.arrivals.extend(self.tenant.commit(row).await?.arrivals);
        }
        Ok(all)
    }

    /// Gives every row the version that is stored.
    async fn renew(&self, changes: &mut Changes) -> Result<(), Error> {
        let mut wanted = Wanted::default();
        wanted
            .messages
            .extend(changes.messages.iter().map(|row| row.value.key.clone()));
        wanted
            .handles
            .extend(changes.handles.iter().map(|row| row.value.key.clone()));
        wanted
            .people
            .extend(changes.links.iter().map(|row| row.value.handle.clone()));
        let loaded = self.tenant.load(&wanted).await?;
        for row in &mut changes.messages {
            row.version = loaded
                .messages
                .get(&row.value.key)
                .map_or(0, |row| row.version);
        }
        for row in &mut changes.handles {
            row.version = loaded
                .handles
                .get(&row.value.key)
                .map_or(0, |row| row.version);
        }
        for row in &mut changes.links {
            let person = loaded.people.get(&row.value.handle);
            row.version = person
                .and_then(|person| person.link.as_ref())
                .map_or(0, |row| row.version);
        }
        for row in &mut changes.tickets {
            row.version = self
                .tenant
                .ticket(&row.value.ticket.id)
                .await?
                .map_or(0, |row| row.version);
        }
        for row in &mut changes.removed {
            row.version = self
                .tenant
                .ticket(&row.value)
                .await?
                .map_or(0, |row| row.version);
        }
        for row in &mut changes.outbox {
            let found = self.tenant.effect(&row.value.effect.key).await?;
            row.version = found.map_or(0, |(row, _)| row.version);
        }
        Ok(())
    }

    async fn renew_documents(&self, changes: &mut Changes) -> Result<(), Error> {
        for row in &mut changes.documents {
            let privacy = self.tenant.privacy();
            let known = privacy.document(&row.value.kind, &row.value.key).await?;
            row.version = known.map_or(0, |row| row.version);
        }
        Ok(())
    }

    /// Takes the entries out through whichever tenant has them, if any.
    async fn process_anyhow(&self, changes: &mut Changes) {
        for seq in std::mem::take(&mut changes.processed) {
            for tenant in [TenantId::default(), TenantId::new("other").unwrap()] {
                let mut one = Changes::default();
                one.processed.push(seq);
                let _ = self.store.tenant(&tenant).commit(one).await;
            }
        }
    }
}

#[async_trait]
impl TenantStore for BrokenTenant {
    async fn commit(&self, mut changes: Changes) -> Result<Committed, Error> {
        match self.fault {
            Fault::WritesUntilConflict => return self.commit_by_rows(changes).await,
            Fault::IgnoresVersions => self.renew(&mut changes).await?,
            Fault::ProcessesAnything => self.process_anyhow(&mut changes).await,
            Fault::ForgetsDeliveries => changes.arrivals.iter_mut().for_each(|a| a.delivery = None),
            Fault::IgnoresLanes => changes
                .outbox
                .iter_mut()
                .for_each(|row| split(&mut row.value)),
            Fault::RemembersForgotten => changes.forgotten.clear(),
            Fault::OverwritesDocuments => self.renew_documents(&mut changes).await?,
            Fault::KeepsDropped => changes.purged.clear(),
            Fault::DropsAnyVersion => changes.purged.iter_mut().for_each(ask_nothing),
            Fault::ForgetsIdsOfBodies => changes.purged.iter_mut().for_each(whole_delivery),
            Fault::KeepsHistories => changes.rewritten.clear(),
            // As if the words of the first revision, or of the first ticket, were all there ever were.
            Fault::RemembersWords => changes.messages.retain(|row| row.version == 0),
            Fault::KeepsWordsWithTicket => changes.tickets.retain(|row| row.version == 0),
            Fault::SearchesFirstMessage => {
                for row in &mut changes.tickets {
                    row.value.ticket.messages.truncate(1);
                }
            }
            Fault::IgnoresPauses => changes.pauses.clear(),
            Fault::ReopensNothing => changes.reopened.clear(),
            Fault::DropsExtra => changes
                .messages
                .iter_mut()
                .for_each(|row| row.value.extra.clear()),
            Fault::DropsNanoseconds => {
                let whole = |at: DateTime<Utc>| {
                    DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap()
                };
                for row in &mut changes.tickets {
                    row.value
                        .timers
                        .iter_mut()
                        .for_each(|timer| timer.at = whole(timer.at));
                    row.value.breach_at = row.value.breach_at.map(whole);
                }
            }
            _ => {}
        }
        self.tenant.commit(changes).await
    }

    async fn load(&self, wanted: &Wanted) -> Result<Loaded, Error> {
        let mut loaded = self.tenant.load(wanted).await?;
        if self.fault == Fault::ReversesLog {
            loaded
                .histories
                .values_mut()
                .for_each(|history| history.reverse());
        }
        Ok(loaded)
    }

    async fn ticket(&self, id: &TicketId) -> Result<Option<Versioned<Ticket>>, Error> {
        self.tenant.ticket(id).await
    }

    async fn tickets(&self, query: &TicketQuery) -> Result<Vec<TicketRow>, Error> {
        let mut query = query.clone();
        match self.fault {
            Fault::IgnoresTag => query.tags.clear(),
            Fault::IgnoresText => query.text = None,
            Fault::IgnoresUnassigned => query.unassigned = false,
            Fault::IgnoresSpans => (query.opened, query.active_in) = Default::default(),
            Fault::IgnoresLinks => query.customer = None,
            Fault::GivesFirstPageAgain => {
                let gone = match &query.after {
                    Some(after) => self.tenant.ticket(&after.id).await?.is_none(),
                    None => false,
                };
                query.after = query.after.filter(|_| !gone);
            }
            Fault::FollowsTheTicket => {
                if let Some(after) = &mut query.after {
                    let all = self.tenant.tickets(&TicketQuery::default()).await?;
                    let now = all.iter().find(|row| row.ticket.id == after.id);
                    after.place = now.map_or(after.place, |row| after.sort.place(row));
                }
            }
            Fault::SortsByIdAlone => {
                query.sort = TicketSort::Id;
                if let Some(after) = &mut query.after {
                    (after.sort, after.place) = (TicketSort::Id, 0);
                }
            }
            _ => {}
        }
        self.tenant.tickets(&query).await
    }

    async fn count_tickets(&self, query: &TicketQuery, most: usize) -> Result<usize, Error> {
        match self.fault {
            Fault::CountsOn => self.tenant.count_tickets(query, usize::MAX).await,
            _ => self.tenant.count_tickets(query, most).await,
        }
    }

    async fn conversation(
        &self,
        key: &ConversationKey,
        before: Option<&MessagePlace>,
        limit: usize,
    ) -> Result<Vec<MessageRecord>, Error> {
        let all = async || self.tenant.conversation(key, None, usize::MAX).await;
        match (self.fault, before) {
            (Fault::ReadsFromTheBeginning, None) => {
                let mut oldest = all().await?;
                oldest.truncate(limit);
                Ok(oldest)
            }
            (Fault::PassesOverOneTime, Some(place)) => {
                let mut earlier = all().await?;
                earlier.retain(|record| record.place().is_some_and(|p| p.at < place.at));
                Ok(earlier.split_off(earlier.len().saturating_sub(limit)))
            }
            (Fault::FollowsTheMessage, Some(place)) => {
                let there = all().await?.iter().any(|record| record.key == place.key);
                let before = before.filter(|_| there);
                self.tenant.conversation(key, before, limit).await
            }
            (Fault::MovesEdited, _) => {
                let mut moved = all().await?;
                moved.sort_by_key(|record| record.message.as_ref().map(|m| m.times.received));
                Ok(moved.split_off(moved.len().saturating_sub(limit)))
            }
            _ => self.tenant.conversation(key, before, limit).await,
        }
    }

    async fn messages(
        &self,
        after: Option<&MessageKey>,
        limit: usize,
    ) -> Result<Vec<MessageRecord>, Error> {
        self.tenant.messages(after, limit).await
    }

    async fn note(&self, id: &NoteId) -> Result<Option<Note>, Error> {
        let note = self.tenant.note(id).await?;
        Ok(note.map(|mut note| {
            if self.fault == Fault::ReplacesNotes {
                note.text = "She called.".to_owned();
            }
            note
        }))
    }

    async fn links(
        &self,
        state: &LinkState,
        after: Option<&HandleKey>,
        limit: usize,
    ) -> Result<Vec<Link>, Error> {
        self.tenant.links(state, after, limit).await
    }

    async fn effect(
        &self,
        key: &EffectKey,
    ) -> Result<Option<(Versioned<OutboxRow>, Vec<Attempt>)>, Error> {
        let found = self.tenant.effect(key).await?;
        Ok(found.map(|(mut row, mut tries)| {
            if self.fault == Fault::HidesAttempts {
                tries.clear();
            }
            if self.fault == Fault::IgnoresLanes {
                join(&mut row.value);
            }
            (row, tries)
        }))
    }

    async fn outbox(&self, query: &OutboxQuery) -> Result<Vec<Versioned<OutboxRow>>, Error> {
        let mut query = query.clone();
        if self.fault == Fault::IgnoresStates {
            query.states.clear();
        }
        self.tenant.outbox(&query).await
    }

    async fn pauses(&self) -> Result<Vec<Pause>, Error> {
        self.tenant.pauses().await
    }

    async fn customers(
        &self,
        after: Option<&CustomerId>,
        limit: usize,
    ) -> Result<Vec<Customer>, Error> {
        self.tenant.customers(after, limit).await
    }

    async fn cursor(&self, source: &str) -> Result<Option<Cursor>, Error> {
        self.tenant.cursor(source).await
    }

    async fn kept(&self, after: u64, limit: usize) -> Result<Vec<InboxEntry>, Error> {
        self.tenant.kept(after, limit).await
    }

    async fn deliveries(
        &self,
        webhook: &str,
        after: Option<&DeliveryId>,
        limit: usize,
    ) -> Result<Vec<RawDelivery>, Error> {
        let webhook = match self.fault {
            Fault::MixesWebhooks if webhook == "nowhere" => "hook",
            _ => webhook,
        };
        self.tenant.deliveries(webhook, after, limit).await
    }

    async fn known_events(&self, events: &[Event]) -> Result<Vec<bool>, Error> {
        match self.fault {
            Fault::KnowsEverything => Ok(vec![true; events.len()]),
            _ => self.tenant.known_events(events).await,
        }
    }

    async fn backlog(&self) -> Result<u64, Error> {
        self.tenant.backlog().await
    }

    fn privacy(&self) -> &dyn PrivacyStore {
        self
    }
}

fn ask_nothing(dropped: &mut Purge) {
    match dropped {
        Purge::Message(row) => row.version = 0,
        Purge::Handle(row) | Purge::Link(row) => row.version = 0,
        Purge::Document(row) => row.version = 0,
        _ => {}
    }
}

fn whole_delivery(dropped: &mut Purge) {
    if let Purge::DeliveryBody(webhook, id) = dropped {
        *dropped = Purge::Delivery(webhook.clone(), id.clone());
    }
}

#[async_trait]
impl PrivacyStore for BrokenTenant {
    async fn document(&self, kind: &str, key: &str) -> Result<Option<Versioned<Document>>, Error> {
        self.tenant.privacy().document(kind, key).await
    }

    async fn documents(
        &self,
        kind: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Versioned<Document>>, Error> {
        let after = after.filter(|_| self.fault != Fault::ListsFirstPage);
        self.tenant.privacy().documents(kind, after, limit).await
    }

    async fn audit(&self, query: &AuditQuery) -> Result<Vec<Audited>, Error> {
        let mut query = query.clone();
        if self.fault == Fault::MixesAudit {
            query.subject = None;
        }
        self.tenant.privacy().audit(&query).await
    }

    async fn all_deliveries(
        &self,
        after: Option<&(Arc<str>, DeliveryId)>,
        limit: usize,
    ) -> Result<Vec<RawDelivery>, Error> {
        let after = after.filter(|_| self.fault != Fault::ListsFirstPage);
        self.tenant.privacy().all_deliveries(after, limit).await
    }

    async fn waiting(&self, after: u64, limit: usize) -> Result<Vec<InboxEntry>, Error> {
        self.tenant.privacy().waiting(after, limit).await
    }

    async fn handles(
        &self,
        after: Option<&HandleKey>,
        limit: usize,
    ) -> Result<Vec<Versioned<Handle>>, Error> {
        self.tenant.privacy().handles(after, limit).await
    }

    async fn notes(&self, after: Option<&NoteId>, limit: usize) -> Result<Vec<Note>, Error> {
        self.tenant.privacy().notes(after, limit).await
    }

    async fn scrub(&self) -> Result<(), Error> {
        self.tenant.privacy().scrub().await
    }
}

/// The names of the cases that a store with this fault fails.
fn failed(fault: Fault) -> Vec<String> {
    let cases = store_cases(async move || {
        let store = Broken {
            fault,
            memory: MemoryStore::new(),
            late: Arc::default(),
        };
        StoreFixture::new(async move || {
            let mut store = store.clone();
            if fault == Fault::Forgets {
                store.memory = MemoryStore::new();
            }
            Arc::new(store) as Arc<dyn Store>
        })
    });
    let outcomes = run(cases).into_iter();
    let failed = outcomes.filter(|outcome| matches!(outcome.verdict, Verdict::Failed(_)));
    failed.map(|outcome| outcome.name).collect()
}

#[test]
fn a_store_without_a_fault_passes() {
    assert_eq!(failed(Fault::Nothing), Vec::<String>::new());
}

macro_rules! faults {
    ($($test:ident: $fault:ident fails $($case:literal),+;)*) => {
        $(#[test]
        fn $test() {
            let failed = failed(Fault::$fault);
            for case in [$($case),+] {
                assert!(failed.iter().any(|name| name == case), "{case:?} is not among {failed:#?}");
            }
        })*
    };
}

faults! {
    half_a_commit_is_seen: WritesUntilConflict fails "S1 all or nothing";
    a_lost_update_is_seen: IgnoresVersions fails
        "S1 all or nothing", "S2 a stale row is a conflict", "S2 of many writers none is lost",
        "S2 a history has one writer at a time", "S2 a removed ticket is not the next of its name";
    mixed_tenants_are_seen: MixesTenants fails
        "S3 nothing is seen through another tenant", "S3 equal keys are apart",
        "S3 nobody processes another's inbox", "S3 claims name their tenant", "S6 lanes are a tenant's own";
    processing_twice_is_seen: ProcessesAnything fails
        "S2 an inbox entry is processed once", "S3 nobody processes another's inbox";
    forgotten_deliveries_are_seen: ForgetsDeliveries fails "S4 a known delivery voids its arrival";
    replaced_notes_are_seen: ReplacesNotes fails "S4 known notes and evidence stay";
    remembering_what_was_forgotten_is_seen: RemembersForgotten fails "S4 forgotten evidence goes";
    claiming_twice_is_seen: ClaimsWithoutLease fails
        "S5 a claimed entry is given to nobody else", "S5 a lease ends",
        "S6 one effect of a conversation at a time", "S6 an interrupted effect is given again";
    claiming_in_two_steps_is_seen: ClaimsInTwoSteps fails "S5 many workers share without overlap";
    skipped_positions_are_seen: SkipsPositions fails "S7 a reader beside writers misses nothing";
    endless_leases_are_seen: ClaimsForEver fails "S5 a lease ends";
    an_inbox_out_of_order_is_seen: GivesNewestFirst fails "S5 the inbox is given in order of arrival";
    lanes_out_of_order_are_seen: IgnoresLanes fails
        "S6 one effect of a conversation at a time", "S6 what holds a lane", "S6 many workers, each effect once",
        "S6 a claim follows from the rows";
    a_hidden_interruption_is_seen: HidesInterruption fails "S6 an interrupted effect is given again";
    hidden_attempts_are_seen: HidesAttempts fails
        "S6 a claim counts its try", "S6 attempts are known by their number";
    a_reversed_log_is_seen: ReversesLog fails "S7 the log keeps its order", "S7 reading goes on after any position";
    counted_positions_are_seen: CountsPositionsOnReading fails "S7 reading goes on after any position";
    dropped_fields_are_seen: DropsExtra fails "S8 every row is read back whole";
    rounded_times_are_seen: DropsNanoseconds fails
        "S8 every row is read back whole", "S9 due timers come soonest first";
    forgetting_is_seen: Forgets fails
        "S1 what was committed survives", "S4 a known event counts once", "S7 positions stay",
        "S9 timers follow the latest row";
    an_ignored_tag_is_seen: IgnoresTag fails "S8 tickets are found by each condition";
    ignored_pauses_are_seen: IgnoresPauses fails
        "S6 what is paused is not claimed", "S6 a claim follows from the rows";
    a_flood_that_holds_up_others_is_seen: ServesOneTenant fails
        "S5 tenants take turns at the inbox", "S5 each of many tenants has its turn",
        "S6 tenants take turns at the outbox", "S9 tenants take turns at timers";
    timers_taken_twice_are_seen: ClaimsTimersWithoutLease fails "S9 a claimed timer is given to nobody else";
    a_page_that_begins_again_is_seen: GivesFirstPageAgain fails "S8 whoever reads on misses nothing that stays";
    a_page_that_follows_its_ticket_is_seen: FollowsTheTicket fails "S8 whoever reads on misses nothing that stays";
    one_order_for_all_is_seen: SortsByIdAlone fails
        "S8 tickets are found by each condition", "S8 tickets come sorted and in pages", "S12 words go with other conditions";
    ignored_assignment_is_seen: IgnoresUnassigned fails "S8 tickets are found by each condition";
    ignored_spans_are_seen: IgnoresSpans fails "S8 tickets are found by each condition";
    ignored_links_are_seen: IgnoresLinks fails "S8 tickets are found by each condition";
    endless_counts_are_seen: CountsOn fails "S8 tickets are found by each condition";
    ignored_words_are_seen: IgnoresText fails "S12 words are found in any form", "S12 words go with other conditions";
    remembered_words_are_seen: RemembersWords fails "S12 what was changed is found as it is now";
    words_that_stay_behind_are_seen: KeepsWordsWithTicket fails "S12 messages move with their tickets";
    a_half_searched_ticket_is_seen: SearchesFirstMessage fails
        "S12 a ticket is searched as a whole", "S12 a long ticket is found by all of it";
    waiting_for_ever_is_seen: NeverLapses fails "S6 what nobody decides lapses";
    ignored_states_are_seen: IgnoresStates fails "S8 effects are listed and loaded";
    what_is_not_given_back_is_seen: KeepsWhatIsGivenBack fails "S5 what is given back is free";
    freeing_what_others_have_is_seen: FreesWhatOthersHave fails "S5 what is given back is free";
    what_is_not_reopened_is_seen: ReopensNothing fails "S8 kept entries are decided again";
    counting_one_tenant_is_seen: CountsOneTenant fails "S10 what waits is counted";
    mixed_webhooks_are_seen: MixesWebhooks fails "S8 deliveries come by webhook and in pages";
    knowing_everything_is_seen: KnowsEverything fails "S4 whether an event came is told";
    an_overwritten_document_is_seen: OverwritesDocuments fails
        "S11 a document is written by whoever has its newest version",
        "S11 of two writers of a document one is told";
    kept_rows_are_seen: KeepsDropped fails
        "S11 what is dropped is gone", "S11 what is dropped stays gone",
        "S11 the audit log is found by each condition";
    dropping_any_version_is_seen: DropsAnyVersion fails
        "S11 what is dropped is gone", "S11 a document is written by whoever has its newest version";
    ids_that_go_with_bodies_are_seen: ForgetsIdsOfBodies fails "S11 what is dropped is gone";
    kept_histories_are_seen: KeepsHistories fails "S11 a history is told anew";
    a_mixed_audit_log_is_seen: MixesAudit fails "S11 the audit log is found by each condition";
    a_list_of_one_page_is_seen: ListsFirstPage fails
        "S11 documents come by kind and in pages", "S11 what erasure reads is listed whole";
    reading_from_the_beginning_is_seen: ReadsFromTheBeginning fails "S8 a conversation is read from its end";
    messages_of_one_time_passed_over_are_seen: PassesOverOneTime fails "S8 a conversation is read from its end";
    a_lost_place_is_seen: FollowsTheMessage fails "S8 whoever reads back in a conversation misses nothing";
    moved_messages_are_seen: MovesEdited fails "S8 an edited message stays in its place";
    ignored_timers_are_seen: IgnoresTimers fails "S9 timers follow the latest row";
}
