use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use aspa_channel::{
    Channel, Cursor, Delivery, Effect, EffectKind, MessageKey, Received, Rejected, ReplyKind,
    Webhook, answer,
};
use aspa_crm::{Change, Crm, Customer};
use aspa_identity::{Directory, Evidence, EvidenceKind, Link, Settings};
use aspa_sla::{Promise, Sla, State};
use aspa_store::{
    Arrival, Arrived, Changes, Claim, DueTimer, InboxEntry, Note, OutboxRow, RawDelivery, Store,
    TenantStore, TicketQuery, TicketRow, Versioned, Wanted,
};
use aspa_ticket::{Actor, Command, EventKind, NoteId, Rules, Ticket};
use aspa_types::{
    AccountId, AgentId, CustomerId, DeliveryId, EffectKey, HandleKey, TenantId, TicketId,
};
use bytes::Bytes;
use chrono::TimeDelta;
use http::StatusCode;
use tokio::sync::Notify;

use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::ingest::{self, Context};
use crate::world::{Known, World};
use crate::{clocks, people};

/// How many inbox entries are decided together.
const BATCH: usize = 500;
/// How often something is decided again when others keep being first.
const TRIES: usize = 32;

/// A customer service desk: channels, tickets, links, clocks and a store, wired together.
///
/// Cheap to clone; clones share everything. Nothing happens by itself: call
/// [`receive`](Self::receive), [`poll`](Self::poll), [`work`](Self::work),
/// [`deliver`](Self::deliver) and [`tick`](Self::tick) as you like, or let [`run`](Self::run) do it.
#[derive(Debug, Clone)]
pub struct Desk {
    pub(crate) parts: Arc<Parts>,
    tenant: TenantId,
}

pub(crate) struct Parts {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) channels: BTreeMap<AccountId, Arc<dyn Channel>>,
    pub(crate) tenants: BTreeMap<AccountId, TenantId>,
    webhooks: BTreeMap<String, Arc<dyn Webhook>>,
    pub(crate) sla: Option<Sla>,
    pub(crate) rules: Rules,
    identity: Settings,
    directories: Mutex<HashMap<TenantId, Arc<RwLock<Directory>>>>,
    pub(crate) lease: TimeDelta,
    pub(crate) dry_run: bool,
    pub(crate) paused: AtomicBool,
    pub(crate) wake: Notify,
    pub(crate) news: Notify,
    counters: Counted,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("store", &self.store)
            .field("channels", &self.channels)
            .field("webhooks", &self.webhooks)
            .field("dry_run", &self.dry_run)
            .field("paused", &self.paused)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct Counted {
    refused: AtomicU64,
    deliveries: AtomicU64,
    known_deliveries: AtomicU64,
    events: AtomicU64,
    repeated_events: AtomicU64,
}

/// What has come in since this desk was built.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Deliveries that were not authentic. Nothing of them is kept.
    pub refused: u64,
    /// Authentic deliveries that were new.
    pub deliveries: u64,
    /// Authentic deliveries that had come before.
    pub known_deliveries: u64,
    /// Events that were new.
    pub events: u64,
    /// Events that had come before.
    pub repeated_events: u64,
}

/// What one poll brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Polled {
    /// Events that were new.
    pub new: usize,
    /// Events that were known.
    pub repeated: usize,
    /// What the channel could not understand.
    pub rejected: Vec<Rejected>,
    /// Whether more is waiting right now.
    pub more: bool,
}

/// What was decided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Worked {
    /// Inbox entries.
    pub events: usize,
}

/// What a CRM brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Synced {
    /// Customers that were new or changed.
    pub put: usize,
    /// Customers that are gone.
    pub gone: usize,
}

/// A reply to be sent.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Reply {
    /// What is written.
    pub text: String,
    /// Who writes it.
    pub by: Option<AgentId>,
    /// What it is to the customer.
    pub kind: ReplyKind,
    /// The customer's newest message that the writer has seen; where a newer one has come, the reply
    /// is refused. None: send whatever has come.
    pub newest_seen: Option<MessageKey>,
}

impl Reply {
    /// An answer.
    #[must_use]
    pub fn answer(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            by: None,
            kind: ReplyKind::Answer,
            newest_seen: None,
        }
    }

    /// The same, written by this person.
    #[must_use]
    pub fn by(mut self, agent: AgentId) -> Self {
        self.by = Some(agent);
        self
    }
}

/// Puts a [`Desk`] together.
#[must_use]
#[derive(Debug)]
pub struct DeskBuilder {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    channels: BTreeMap<AccountId, Arc<dyn Channel>>,
    tenants: BTreeMap<AccountId, TenantId>,
    webhooks: BTreeMap<String, Arc<dyn Webhook>>,
    promise: Option<Promise>,
    rules: Rules,
    identity: Settings,
    lease: TimeDelta,
    dry_run: bool,
}

impl DeskBuilder {
    /// Connects an account.
    pub fn channel(mut self, channel: impl Channel) -> Self {
        self.channels
            .insert(channel.account().clone(), Arc::new(channel));
        self
    }

    /// Connects an account that the host holds on to.
    pub fn shared_channel(mut self, channel: Arc<dyn Channel>) -> Self {
        self.channels.insert(channel.account().clone(), channel);
        self
    }

    /// Says whose an account is, where it is not the default tenant's.
    pub fn owned_by(mut self, account: AccountId, tenant: TenantId) -> Self {
        self.tenants.insert(account, tenant);
        self
    }

    /// Serves an app's webhook under a name of the host's choice.
    pub fn webhook(mut self, name: impl Into<String>, webhook: impl Webhook) -> Self {
        self.webhooks.insert(name.into(), Arc::new(webhook));
        self
    }

    /// Promises something to customers. Without a promise there are no clocks.
    pub fn promise(mut self, promise: Promise) -> Self {
        self.promise = Some(promise);
        self
    }

    /// Sets the rules of tickets.
    pub fn rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// Says how contact details are read and when links are made.
    pub fn identity(mut self, settings: Settings) -> Self {
        self.identity = settings;
        self
    }

    /// Tells the time by this clock instead of the machine's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// For how long a worker has what it claimed to itself before somebody else may take it over; 60 s
    /// unless said. Zero where this desk is the only one at its store and nothing else runs at the
    /// same time: then what a crash interrupted is taken up at once.
    pub fn lease(mut self, lease: TimeDelta) -> Self {
        self.lease = lease;
        self
    }

    /// Lets nothing leave: effects are checked and set down as dry runs, never performed.
    pub fn dry_run(mut self, dry_run: bool) -> Self {
        self.dry_run = dry_run;
        self
    }

    /// Puts the desk together.
    ///
    /// # Errors
    ///
    /// When the promise makes no sense.
    pub fn build(self) -> Result<Desk, Error> {
        let sla = self.promise.as_ref().map(Promise::compile).transpose()?;
        let parts = Parts {
            store: self.store,
            clock: self.clock,
            channels: self.channels,
            tenants: self.tenants,
            webhooks: self.webhooks,
            sla,
            rules: self.rules,
            identity: self.identity,
            lease: self.lease,
            directories: Mutex::default(),
            dry_run: self.dry_run,
            paused: AtomicBool::new(false),
            wake: Notify::new(),
            news: Notify::new(),
            counters: Counted::default(),
        };
        Ok(Desk {
            parts: Arc::new(parts),
            tenant: TenantId::default(),
        })
    }
}

impl Desk {
    /// Starts to put a desk together over a store.
    pub fn builder(store: impl Store) -> DeskBuilder {
        DeskBuilder {
            store: Arc::new(store),
            clock: Arc::new(SystemClock),
            channels: BTreeMap::new(),
            tenants: BTreeMap::new(),
            webhooks: BTreeMap::new(),
            promise: None,
            rules: Rules::default(),
            identity: Settings::default(),
            lease: TimeDelta::seconds(60),
            dry_run: false,
        }
    }

    /// The same desk, asked about another tenant's tickets and customers.
    #[must_use]
    pub fn tenant(&self, tenant: TenantId) -> Self {
        Self {
            parts: self.parts.clone(),
            tenant,
        }
    }

    /// This tenant's part of the store.
    #[must_use]
    pub fn store(&self) -> Arc<dyn TenantStore> {
        self.parts.store.tenant(&self.tenant)
    }

    /// Whose tickets and customers this desk is asked about.
    #[must_use]
    pub fn tenant_id(&self) -> &TenantId {
        &self.tenant
    }

    /// The promise that clocks are counted by.
    #[must_use]
    pub fn sla(&self) -> Option<&Sla> {
        self.parts.sla.as_ref()
    }

    /// What time it is for this desk.
    #[must_use]
    pub fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.parts.clock.now()
    }

    /// What has come in since this desk was built.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counted = &self.parts.counters;
        Counters {
            refused: read(&counted.refused),
            deliveries: read(&counted.deliveries),
            known_deliveries: read(&counted.known_deliveries),
            events: read(&counted.events),
            repeated_events: read(&counted.repeated_events),
        }
    }

    /// Receives a delivery: checks it, keeps it durably with every event of it, and only then gives
    /// the answer. A delivery that is known is answered and has no effect; where the store fails the
    /// answer is 503, so that the network delivers again.
    #[tracing::instrument(skip_all, fields(webhook = name))]
    pub async fn receive(&self, name: &str, delivery: Delivery) -> http::Response<Bytes> {
        let Some(webhook) = self.parts.webhooks.get(name) else {
            return answer(StatusCode::NOT_FOUND, "no such webhook");
        };
        let now = self.now();
        match webhook.receive(&delivery, now) {
            Received::Accepted {
                answer: ok,
                id,
                events,
            } => {
                let body = delivery.into_body().to_vec();
                let raw = RawDelivery::new(name.into(), id, now, body);
                match self.keep(raw, events).await {
                    Ok(()) => ok,
                    Err(error) => {
                        tracing::error!(%error, "delivery could not be kept");
                        answer(StatusCode::SERVICE_UNAVAILABLE, "try again")
                    }
                }
            }
            Received::Handshake { answer } => answer,
            Received::Refused { answer, reason } => {
                self.parts.counters.refused.fetch_add(1, Ordering::Relaxed);
                tracing::warn!(%reason, "delivery refused");
                answer
            }
            _ => answer(StatusCode::NOT_IMPLEMENTED, "not understood"),
        }
    }

    async fn keep(&self, raw: RawDelivery, events: Vec<aspa_channel::Event>) -> Result<(), Error> {
        let mut by_tenant: BTreeMap<TenantId, Vec<aspa_channel::Event>> = BTreeMap::new();
        for event in events {
            by_tenant
                .entry(self.tenant_of(&event.account))
                .or_default()
                .push(event);
        }
        if by_tenant.is_empty() {
            by_tenant.insert(TenantId::default(), Vec::new());
        }
        let mut known = true;
        for (tenant, events) in by_tenant {
            let mut arrival = Arrival::new(raw.received_at, events);
            arrival.delivery = Some(raw.clone());
            let store = self.parts.store.tenant(&tenant);
            for arrived in store.commit(Changes::arrive(vec![arrival])).await?.arrivals {
                known &= arrived.known_delivery;
                self.count(arrived);
            }
        }
        let counters = &self.parts.counters;
        let counter = match known {
            true => &counters.known_deliveries,
            false => &counters.deliveries,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        self.parts.wake.notify_one();
        Ok(())
    }

    fn count(&self, arrived: Arrived) {
        let add = |counter: &AtomicU64, n: usize| counter.fetch_add(n as u64, Ordering::Relaxed);
        add(&self.parts.counters.events, arrived.new);
        add(&self.parts.counters.repeated_events, arrived.repeated);
    }

    fn tenant_of(&self, account: &AccountId) -> TenantId {
        self.parts.tenants.get(account).cloned().unwrap_or_default()
    }

    pub(crate) fn channel(&self, account: &AccountId) -> Result<Arc<dyn Channel>, Error> {
        let found = self.parts.channels.get(account).cloned();
        found.ok_or_else(|| Error::UnknownAccount(account.clone()))
    }

    /// Reads one page from an account and keeps it, together with where to go on, in one write.
    ///
    /// # Errors
    ///
    /// When the account is unknown, the channel fails or the store does. Polling again is harmless.
    pub async fn poll(&self, account: &AccountId) -> Result<Polled, Error> {
        let channel = self.channel(account)?;
        let store = self.parts.store.tenant(&self.tenant_of(account));
        let source: Arc<str> = format!("channel {account}").into();
        let cursor = store.cursor(&source).await?;
        let page = channel.poll(cursor.as_ref()).await?;
        let mut polled = Polled {
            rejected: page.rejected,
            more: page.more,
            ..Polled::default()
        };
        if page.events.is_empty() && (page.next.is_none() || page.next == cursor) {
            return Ok(polled);
        }
        let mut arrival = Arrival::new(self.now(), page.events);
        arrival.cursor = page.next.map(|next| (source, next));
        for arrived in store.commit(Changes::arrive(vec![arrival])).await?.arrivals {
            polled.new += arrived.new;
            polled.repeated += arrived.repeated;
            self.count(arrived);
        }
        self.parts.wake.notify_one();
        Ok(polled)
    }

    /// Decides what waits in the inbox, until nothing does.
    ///
    /// # Errors
    ///
    /// When the store fails. What was not decided stays in the inbox.
    pub async fn work(&self) -> Result<Worked, Error> {
        let mut worked = Worked::default();
        loop {
            match self.work_some().await? {
                0 => return Ok(worked),
                events => worked.events += events,
            }
        }
    }

    /// Decides one batch; returns how much it was.
    pub(crate) async fn work_some(&self) -> Result<usize, Error> {
        let claim = Claim {
            now: self.now(),
            lease: self.parts.lease,
            limit: BATCH,
        };
        let claimed = self.parts.store.claim_inbox(claim).await?;
        let events = claimed.len();
        let mut by_tenant: BTreeMap<TenantId, Vec<InboxEntry>> = BTreeMap::new();
        for entry in claimed {
            by_tenant
                .entry(entry.tenant.clone())
                .or_default()
                .push(entry);
        }
        for (tenant, entries) in by_tenant {
            self.tenant(tenant).decide(&entries).await?;
        }
        if events > 0 {
            self.parts.news.notify_waiters();
        }
        Ok(events)
    }

    async fn decide(&self, entries: &[InboxEntry]) -> Result<(), Error> {
        let directory = self.directory().await?;
        let foreseen = ingest::foresee(entries);
        let now = self.now();
        self.settle(foreseen, |known| {
            let directory = directory.read().unwrap_or_else(PoisonError::into_inner);
            let (rules, sla) = (self.parts.rules, self.parts.sla.as_ref());
            let context = Context {
                rules,
                sla,
                directory: &directory,
                now,
            };
            Ok(ingest::decide(entries, known, &context))
        })
        .await
    }

    /// Loads, decides and commits; again with more loaded where something was missing, and again from
    /// the start where somebody else was first.
    pub(crate) async fn settle(
        &self,
        foreseen: Wanted,
        decide: impl Fn(&Known) -> Result<Result<Changes, Box<Wanted>>, Error>,
    ) -> Result<(), Error> {
        let store = self.store();
        let mut tries = 0;
        loop {
            let mut known = Known::default();
            let mut wanted = foreseen.clone();
            let changes = loop {
                let loaded = store.load(&wanted).await?;
                known.learn(wanted, loaded);
                match decide(&known)? {
                    Ok(changes) => break changes,
                    Err(missing) => wanted = known.lacks(*missing),
                }
            };
            if changes.is_empty() {
                return Ok(());
            }
            tries += 1;
            match store.commit(changes).await.map_err(Error::from) {
                Ok(_) => {
                    self.parts.wake.notify_one();
                    return Ok(());
                }
                Err(error) if error.is_conflict() && tries < TRIES => {
                    tracing::debug!(tries, "decided again: somebody else was first");
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The replica of this tenant's customers, read from the store when it is first needed.
    async fn directory(&self) -> Result<Arc<RwLock<Directory>>, Error> {
        let known = |parts: &Parts| {
            let directories = parts
                .directories
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            directories.get(&self.tenant).cloned()
        };
        if let Some(directory) = known(&self.parts) {
            return Ok(directory);
        }
        let mut directory = Directory::new(self.parts.identity.clone());
        let mut after: Option<CustomerId> = None;
        loop {
            let page = self.store().customers(after.as_ref(), 1000).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            page.iter().for_each(|customer| directory.put(customer));
        }
        let mut directories = self
            .parts
            .directories
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let entry = directories.entry(self.tenant.clone());
        Ok(entry
            .or_insert_with(|| Arc::new(RwLock::new(directory)))
            .clone())
    }

    /// Takes what a CRM has changed into the local replica of customers. Where the CRM can no longer
    /// go on from where it was read last, everything is read again, and who does not come is gone.
    ///
    /// # Errors
    ///
    /// When the CRM or the store fails; what was taken in by then stays, and the next call goes on.
    pub async fn sync(&self, name: &str, crm: &dyn Crm) -> Result<Synced, Error> {
        let source: Arc<str> = format!("crm {name}").into();
        let cursor = self.store().cursor(&source).await?;
        match self.sync_from(&source, cursor.clone(), crm, None).await {
            Err(Error::Crm(error)) if *error.kind() == aspa_crm::ErrorKind::CursorExpired => {
                let mut left = BTreeSet::new();
                loop {
                    let page = self.store().customers(left.last(), 1000).await?;
                    if page.is_empty() {
                        break;
                    }
                    left.extend(page.into_iter().map(|customer| customer.id));
                }
                self.sync_from(&source, None, crm, Some(left)).await
            }
            other => other,
        }
    }

    async fn sync_from(
        &self,
        source: &Arc<str>,
        mut cursor: Option<Cursor>,
        crm: &dyn Crm,
        mut left: Option<BTreeSet<CustomerId>>,
    ) -> Result<Synced, Error> {
        const PAGE: usize = 500;
        let store = self.store();
        let directory = self.directory().await?;
        let mut synced = Synced::default();
        loop {
            let from = cursor
                .as_ref()
                .map(|cursor| aspa_crm::Cursor::new(cursor.0.clone()));
            let page = crm.changes(from.as_ref(), PAGE).await?;
            let mut changes = Changes::default();
            for change in page.changes {
                match change {
                    Change::Put(customer) => changes.customers.push(customer),
                    Change::Gone { id } => changes.gone.push(id),
                    Change::Merged { old, .. } => changes.gone.push(old),
                    _ => {}
                }
            }
            if let Some(left) = &mut left {
                changes.customers.iter().for_each(|customer| {
                    left.remove(&customer.id);
                });
                if page.done {
                    changes.gone.extend(std::mem::take(left));
                }
            }
            let (put, gone) = (changes.customers.clone(), changes.gone.clone());
            let next = Cursor(page.next.as_str().to_owned());
            if cursor.as_ref() != Some(&next) {
                changes.cursors.push((source.clone(), next.clone()));
            }
            if !changes.is_empty() {
                store.commit(changes).await?;
            }
            cursor = Some(next);
            synced.put += put.len();
            synced.gone += gone.len();
            learn(&directory, &put, &gone);
            if page.done {
                return Ok(synced);
            }
        }
    }

    /// One ticket.
    ///
    /// # Errors
    ///
    /// When there is none, or the store fails.
    pub async fn ticket(&self, id: &TicketId) -> Result<Ticket, Error> {
        let found = self.store().ticket(id).await?;
        found
            .map(|row| row.value)
            .ok_or_else(|| Error::UnknownTicket(id.clone()))
    }

    /// Tickets.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn tickets(&self, query: &TicketQuery) -> Result<Vec<TicketRow>, Error> {
        Ok(self.store().tickets(query).await?)
    }

    /// A ticket's clocks, replayed; none without a promise.
    #[must_use]
    pub fn clocks(&self, ticket: &Ticket) -> Option<State> {
        self.parts
            .sla
            .as_ref()
            .map(|sla| clocks::state(sla, ticket))
    }

    /// Does something about a ticket.
    ///
    /// # Errors
    ///
    /// When there is none, a rule forbids it, or the store fails; nothing has changed then.
    pub async fn command(
        &self,
        id: &TicketId,
        command: Command,
        by: Actor,
    ) -> Result<Ticket, Error> {
        self.act(id, &by, |_| Ok(Some((command.clone(), Changes::default()))))
            .await?;
        self.ticket(id).await
    }

    /// Adds a note, which only colleagues read.
    ///
    /// # Errors
    ///
    /// As [`command`](Self::command).
    pub async fn note(
        &self,
        id: &TicketId,
        text: impl Into<String>,
        by: Option<AgentId>,
    ) -> Result<Ticket, Error> {
        let (text, now) = (text.into(), self.now());
        let actor = Actor::Us(by.clone());
        self.act(id, &actor, |ticket| {
            let place = ticket.notes.len().to_string();
            let note: NoteId = DeliveryId::derive(&[id.as_str(), &place, &text])
                .as_str()
                .into();
            let row = Note::new(
                note.clone(),
                ticket.key.clone(),
                by.clone(),
                now,
                text.clone(),
            );
            let mut changes = Changes::default();
            changes.notes.push(row);
            Ok(Some((Command::Note { note }, changes)))
        })
        .await?;
        self.ticket(id).await
    }

    /// Queues a reply to the customer's newest message. It is performed by
    /// [`deliver`](Self::deliver), and the ticket learns of it then.
    ///
    /// # Errors
    ///
    /// When the channel could not take it (unknown account, text too long …), a newer message has
    /// come than the writer had seen, or as [`command`](Self::command). Nothing is queued then.
    pub async fn reply(&self, id: &TicketId, reply: Reply) -> Result<EffectKey, Error> {
        let now = self.now();
        let actor = Actor::Us(reply.by.clone());
        let queued = Mutex::new(None);
        self.act(id, &actor, |ticket| {
            let effect = self.effect(ticket, &reply)?;
            let key = effect.key.clone();
            *queued.lock().unwrap_or_else(PoisonError::into_inner) = Some(key.clone());
            let about = (ticket.id.clone(), ticket.key.clone());
            let mut changes = Changes::default();
            changes
                .outbox
                .push(Versioned::new(OutboxRow::queued(effect, Some(about), now)));
            let newest_seen = reply.newest_seen.clone();
            let command = Command::Reply {
                effect: key,
                reply: reply.kind.clone(),
                newest_seen,
            };
            Ok(Some((command, changes)))
        })
        .await?;
        let queued = queued.into_inner().unwrap_or_else(PoisonError::into_inner);
        queued.ok_or_else(|| Error::UnknownTicket(id.clone()))
    }

    fn effect(&self, ticket: &Ticket, reply: &Reply) -> Result<Effect, Error> {
        let nothing = || Error::NothingToAnswer(ticket.id.clone());
        let newest = ticket.newest_inbound().ok_or_else(nothing)?;
        let channel = self.channel(&ticket.key.conversation.account)?;
        // The same reply at the same place of the same ticket is the same effect.
        let place = ticket.outbound().count() + ticket.queued.len() + ticket.failed.len();
        let place = place.to_string();
        let key = EffectKey::derive(&[ticket.id.as_str(), &place, &reply.text]);
        let kind = EffectKind::Send {
            text: reply.text.clone(),
            in_reply_to: Some(newest.message.clone()),
            to: vec![ticket.key.customer.clone()],
            media: Vec::new(),
            audience: None,
            reply: reply.kind.clone(),
        };
        let mut effect = Effect::new(key, ticket.key.conversation.clone(), kind);
        effect.by.clone_from(&reply.by);
        channel
            .capabilities(Some(&ticket.key.conversation))
            .check(&effect)?;
        Ok(effect)
    }

    /// Decides a command on a ticket as it is, with what is to be written in the same commit; none
    /// where the ticket as it is wants none. Returns whether anything came of it.
    pub(crate) async fn act(
        &self,
        id: &TicketId,
        by: &Actor,
        plan: impl Fn(&Ticket) -> Result<Option<(Command, Changes)>, Error>,
    ) -> Result<bool, Error> {
        let key = self.ticket(id).await?.key;
        let now = self.now();
        let changed = AtomicBool::new(false);
        let mut wanted = Wanted::default();
        wanted.tickets.insert(key.clone());
        self.settle(wanted, |known| {
            let mut world = World::new(known, self.parts.rules);
            let Some(ticket) = world.find(&key, id) else {
                return Err(Error::UnknownTicket(id.clone()));
            };
            changed.store(false, Ordering::Relaxed);
            let Some((command, mut along)) = plan(&ticket)? else {
                return Ok(Ok(Changes::default()));
            };
            let events = ticket.decide(command, by, now)?;
            if events.is_empty() {
                return Ok(Ok(Changes::default()));
            }
            changed.store(true, Ordering::Relaxed);
            for event in events {
                // What is missing has been noted, and `finish` tells.
                let _ = world.happen(&key, event);
            }
            Ok(world
                .finish(self.parts.sla.as_ref(), now)
                .map(|mut changes| {
                    changes.outbox.append(&mut along.outbox);
                    changes.attempts.append(&mut along.attempts);
                    changes.messages.append(&mut along.messages);
                    changes.notes.append(&mut along.notes);
                    changes
                }))
        })
        .await?;
        self.parts.news.notify_waiters();
        Ok(changed.into_inner())
    }

    /// Fires the timers that are due: breaches are set down, snoozed tickets come back. Returns how
    /// many there were.
    ///
    /// # Errors
    ///
    /// When the store fails; what was not fired stays due.
    pub async fn tick(&self) -> Result<usize, Error> {
        let mut fired = 0;
        loop {
            let due = self.parts.store.due_timers(self.now(), BATCH).await?;
            let before = fired;
            for due in due {
                match self.tenant(due.tenant.clone()).fire(&due).await {
                    Ok(true) => fired += 1,
                    // Somebody else was first, and the ticket wants it no longer.
                    Ok(false) | Err(Error::Rule(_) | Error::UnknownTicket(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            if fired == before {
                return Ok(fired);
            }
        }
    }

    async fn fire(&self, due: &DueTimer) -> Result<bool, Error> {
        let timer = Actor::System("timer".to_owned());
        let now = self.now();
        let parts: Vec<&str> = due.timer.name.split(' ').collect();
        self.act(&due.ticket, &timer, |ticket| {
            let command = match parts[..] {
                [clock, cycle, point] => Some(Command::PassClock {
                    clock: clock.to_owned(),
                    cycle: cycle.parse().unwrap_or(1),
                    point: point.to_owned(),
                }),
                _ => {
                    let due = ticket.snooze.as_ref().is_some_and(|s| s.until <= now);
                    due.then_some(Command::Reopen)
                }
            };
            Ok(command.map(|command| (command, Changes::default())))
        })
        .await
    }

    /// Takes down that a person said who a handle is, or is not; the latter undoes a link and is
    /// remembered. Returns the link as it stands now.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn said(
        &self,
        handle: &HandleKey,
        customer: &CustomerId,
        same: bool,
        by: AgentId,
    ) -> Result<Option<Link>, Error> {
        let (customer, now) = (customer.clone(), self.now());
        let source = format!("agent {by}");
        let kind = match same {
            true => EvidenceKind::AgentSaidSame { customer, by },
            false => EvidenceKind::AgentSaidNotSame { customer, by },
        };
        let evidence = Evidence::new(now, source, kind);
        let directory = self.directory().await?;
        let mut wanted = Wanted::default();
        wanted.people.insert(handle.clone());
        self.settle(wanted.clone(), |known| {
            let directory = directory.read().unwrap_or_else(PoisonError::into_inner);
            let mut world = World::new(known, self.parts.rules);
            world.tell(handle, evidence.clone());
            people::decide(&mut world, &directory);
            Ok(world.finish(self.parts.sla.as_ref(), now))
        })
        .await?;
        self.link(handle).await
    }

    /// Who a handle is, as far as is known.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn link(&self, handle: &HandleKey) -> Result<Option<Link>, Error> {
        let mut wanted = Wanted::default();
        wanted.people.insert(handle.clone());
        let mut people = self.store().load(&wanted).await?.people;
        Ok(people
            .remove(handle)
            .and_then(|person| person.link)
            .map(|row| row.value))
    }

    /// Stops performing effects at once; what is under way ends. Queued replies stay queued.
    pub fn pause(&self) {
        self.parts.paused.store(true, Ordering::SeqCst);
    }

    /// Goes on performing effects.
    pub fn resume(&self) {
        self.parts.paused.store(false, Ordering::SeqCst);
        self.parts.wake.notify_one();
    }
}

fn learn(directory: &RwLock<Directory>, put: &[Customer], gone: &[CustomerId]) {
    let mut directory = directory.write().unwrap_or_else(PoisonError::into_inner);
    put.iter().for_each(|customer| directory.put(customer));
    for id in gone {
        directory.remove(id);
    }
}

/// An event that a reply left, for the history of its ticket.
pub(crate) fn sent(message: MessageKey, reply: ReplyKind, effect: EffectKey) -> EventKind {
    EventKind::Sent {
        message,
        reply,
        effect: Some(effect),
    }
}
