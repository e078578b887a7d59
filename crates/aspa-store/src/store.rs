use std::fmt;
use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;

use aspa_channel::{ConversationKey, Cursor, Event, MessageKey};
use aspa_crm::Customer;
use aspa_identity::{Link, LinkState};
use aspa_ticket::{NoteId, Ticket};
use aspa_types::{CustomerId, DeliveryId, EffectKey, HandleKey, TenantId, TicketId};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use crate::changes::{Changes, Committed, Note, RawDelivery, TicketRow, Timer, Versioned};
use crate::error::Error;
use crate::load::{Loaded, Wanted};
use crate::message::{MessagePlace, MessageRecord};
use crate::outbox::{Attempt, ClaimedEffect, OutboxRow};
use crate::pause::Pause;
use crate::privacy::PrivacyStore;
use crate::query::{OutboxQuery, Position, Recorded};
use crate::ticket_query::TicketQuery;
use crate::vitals::Vitals;

/// A worker's wish for work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "all three are needed to claim anything"
)]
pub struct Claim {
    /// The time.
    pub now: DateTime<Utc>,
    /// For how long nobody else gets it. If it is not done by then, somebody else does.
    pub lease: TimeDelta,
    /// At most so much.
    pub limit: usize,
}

impl Claim {
    /// A claim of inbox entries ends early where they come to more bytes of JSON than this, so that a
    /// worker's memory has an end; it has one entry at least. A store that holds its entries in memory
    /// anyway may give more.
    pub const BYTES: usize = 16 << 20;

    /// Until when nobody else gets it.
    #[must_use]
    pub fn end(&self) -> DateTime<Utc> {
        let end = self.now.checked_add_signed(self.lease);
        end.unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

/// An event in the inbox.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct InboxEntry {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its number. Of one tenant, earlier arrivals have smaller ones; what is to be taken first has
    /// the smallest of all.
    pub seq: u64,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// What happened.
    pub event: Event,
}

impl InboxEntry {
    /// For stores to make.
    #[must_use]
    pub fn new(tenant: TenantId, seq: u64, received_at: DateTime<Utc>, event: Event) -> Self {
        Self {
            tenant,
            seq,
            received_at,
            event,
        }
    }
}

/// A ticket's timer that is due.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DueTimer {
    /// Whose it is.
    pub tenant: TenantId,
    /// The ticket.
    pub ticket: TicketId,
    /// The timer.
    pub timer: Timer,
}

impl DueTimer {
    /// For stores to make.
    #[must_use]
    pub fn new(tenant: TenantId, ticket: TicketId, timer: Timer) -> Self {
        Self {
            tenant,
            ticket,
            timer,
        }
    }

    /// For stores: in the order in which they are given, soonest first.
    pub fn sort(timers: &mut [Self]) {
        timers.sort_by(|a, b| {
            (&a.timer, &a.tenant, &a.ticket).cmp(&(&b.timer, &b.tenant, &b.ticket))
        });
    }
}

/// Where a desk keeps everything.
///
/// Every row belongs to a tenant. Workers claim across tenants here; everything else goes through
/// [`tenant`](Self::tenant), so that forgetting the filter is impossible.
///
/// # Contract
///
/// The conformance kit has cases under these numbers.
///
/// - **S1 All or nothing.** A commit that fails, for whatever reason and at whatever instant, leaves
///   no trace; one that returned survives the end of the process.
/// - **S2 No lost update.** A row that was written since it was read makes the commit a conflict; so
///   does an inbox entry that was processed already.
/// - **S3 Tenants are apart.** Nothing of one tenant is read, changed or conflicted with through
///   another's handle, also where keys are equal.
/// - **S4 Twice counts once.** A known delivery id makes its whole arrival void; a known event key
///   of an account, its event; known notes and evidence are left as they are. Forgotten evidence is
///   gone, and may come again.
/// - **S5 Claims are exclusive** until their lease ends or they are given back, and given again after
///   it. A tenant's inbox is given in order of arrival. **Tenants take turns**: where more waits than
///   is asked for, a worker that claims again and again gets at most 128 entries of each other
///   tenant before the first entry of any, however many wait there; so it is for effects and timers.
///   What a claim costs depends on what it takes, not on what waits.
/// - **S6 Lanes keep order.** Of the effects of one conversation, none is claimed while an earlier one
///   [holds the lane](crate::OutboxState::holds_lane), and none that is not
///   [ready](crate::OutboxState::is_ready) or that a [pause](Pause) covers; a claim counts its try and
///   writes it down before it returns; one whose lease ended is given again as interrupted. Of a
///   tenant's effects those that are due first are given first. An effect stays in the conversation
///   in which it was queued.
/// - **S7 The log only grows.** Entries keep position and order; reading goes on after any position.
/// - **S8 What is written is read back** whole, unknown fields included.
/// - **S9 Timers** follow their ticket's latest row and are given, a tenant's soonest first, once they
///   are due: to nobody else before the lease ends, unless their ticket is written.
/// - **S10 What waits is counted**, over all tenants, and nothing that has ended.
/// - **S11 What goes is gone.** [Purged](crate::Purge) rows are read nowhere any more, and whoever
///   still holds one cannot bring it back; a history that is [told anew](crate::Rewritten) keeps its
///   positions and is found under its new key only. Documents are compared and swapped by version, and
///   entries of the audit log stay in the order in which they were written.
/// - **S12 What was written is found** by its [words](crate::Search), on the tickets that hold it now, once
///   its commit has returned; and no longer once it was changed, deleted or erased.
#[async_trait]
pub trait Store: fmt::Debug + Send + Sync + 'static {
    /// The part of the store that is one tenant's.
    fn tenant(&self, id: &TenantId) -> Arc<dyn TenantStore>;

    /// Takes events from the inbox, of each tenant those that came first, in order of their numbers.
    ///
    /// # Errors
    ///
    /// When the database fails; nothing is claimed then.
    async fn claim_inbox(&self, claim: Claim) -> Result<Vec<InboxEntry>, Error>;

    /// Gives back what was claimed and not processed, before its lease ends, so that another worker can
    /// go on at once. `claim` is the wish that brought the entries, and they are all that is left of it.
    /// What somebody else has claimed since then stays theirs.
    ///
    /// # Errors
    ///
    /// When the database fails; the lease ends by itself.
    async fn release_inbox(&self, claim: Claim, entries: &[InboxEntry]) -> Result<(), Error>;

    /// How much waits. Each count goes up to `most`, so that it is quick enough to be asked each second,
    /// however much waits.
    ///
    /// # Errors
    ///
    /// When the database fails.
    async fn vitals(&self, most: u64) -> Result<Vitals, Error>;

    /// Takes effects whose turn it is, of each tenant those that are due first, in the order in which
    /// they were queued.
    ///
    /// # Errors
    ///
    /// When the database fails; nothing is claimed then.
    async fn claim_outbox(&self, claim: Claim) -> Result<Vec<ClaimedEffect>, Error>;

    /// Takes the timers that are due, of at most so many tickets as the limit says: of each tenant
    /// those tickets that are due first, every due timer of each, soonest first. They are given again
    /// after the lease, until their ticket is written without them.
    ///
    /// # Errors
    ///
    /// When the database fails; nothing is claimed then.
    async fn claim_timers(&self, claim: Claim) -> Result<Vec<DueTimer>, Error>;

    /// The effects that [await a person](crate::OutboxState::awaits_person) and whose time for that is
    /// over at `now`, soonest first, at most `limit`. They stay so until they are written otherwise.
    ///
    /// # Errors
    ///
    /// When the database fails.
    async fn lapsed_effects(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<(TenantId, Versioned<OutboxRow>)>, Error>;

    /// When the next timer or effect is due, or one lapses that a person has to decide: how long a
    /// worker may sleep. What is paused does not count.
    ///
    /// # Errors
    ///
    /// When the database fails.
    async fn next_wakeup(&self) -> Result<Option<DateTime<Utc>>, Error>;

    /// The log of all tenants after `after`, at most `limit` entries.
    ///
    /// # Errors
    ///
    /// When the database fails.
    async fn log(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, Error>;

    /// Ends once somebody, perhaps another process, may have committed something after this call was
    /// made: ask for it, look for work, then wait for it.
    ///
    /// It is a hint that saves looking again and again. It may end for nothing, and it may fail to
    /// end: a worker looks now and then all the same. A store that hears of nothing, which is what
    /// this does unless a store does better, never ends it.
    fn changed(&self) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(pending())
    }
}

/// One tenant's part of a [`Store`].
///
/// Lists come in pages: `after` names the last key of the page before, and an empty page is the end.
#[async_trait]
pub trait TenantStore: fmt::Debug + Send + Sync + 'static {
    /// Writes all of it or nothing.
    ///
    /// # Errors
    ///
    /// A conflict where somebody else was first; else what the database says. Nothing was written.
    async fn commit(&self, changes: Changes) -> Result<Committed, Error>;

    /// Reads at once what is needed to decide.
    ///
    /// # Errors
    ///
    /// When the database fails. So for every method below.
    async fn load(&self, wanted: &Wanted) -> Result<Loaded, Error>;

    /// One ticket.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    async fn ticket(&self, id: &TicketId) -> Result<Option<Versioned<Ticket>>, Error>;

    /// Tickets, with what is derived from them.
    ///
    /// Words are found once their commit has returned. Where so much is written that a store cannot keep
    /// up, it may answer with what it has taken in; what was deleted, or erased, is never found.
    ///
    /// # Errors
    ///
    /// `Invalid` where [`after`](TicketQuery::after) is of another order; else as [`load`](Self::load).
    async fn tickets(&self, query: &TicketQuery) -> Result<Vec<TicketRow>, Error>;

    /// How many tickets a query finds, page and order aside, counted up to `most`.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    async fn count_tickets(&self, query: &TicketQuery, most: usize) -> Result<usize, Error>;

    /// A page of one conversation: the newest `limit` messages before this [place](MessageRecord::place),
    /// or of all, the oldest of them first. An empty page is the beginning. What comes in between shifts
    /// nothing, and what a page costs does not depend on what came before it.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    async fn conversation(
        &self,
        key: &ConversationKey,
        before: Option<&MessagePlace>,
        limit: usize,
    ) -> Result<Vec<MessageRecord>, Error>;

    /// All messages in order of their keys.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    async fn messages(
        &self,
        after: Option<&MessageKey>,
        limit: usize,
    ) -> Result<Vec<MessageRecord>, Error>;

    /// A note.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    async fn note(&self, id: &NoteId) -> Result<Option<Note>, Error>;

    /// Links that stand so, in order of their handles.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    async fn links(
        &self,
        state: &LinkState,
        after: Option<&HandleKey>,
        limit: usize,
    ) -> Result<Vec<Link>, Error>;

    /// An effect with its tries, first to last.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    async fn effect(
        &self,
        key: &EffectKey,
    ) -> Result<Option<(Versioned<OutboxRow>, Vec<Attempt>)>, Error>;

    /// Effects in the order in which they were queued.
    ///
    /// # Errors
    ///
    /// `Invalid` where the effect to go on after is not there; else as [`load`](Self::load).
    async fn outbox(&self, query: &OutboxQuery) -> Result<Vec<Versioned<OutboxRow>>, Error>;

    /// The pauses that hold, in order of their scopes.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    async fn pauses(&self) -> Result<Vec<Pause>, Error>;

    /// Customers of the local replica, in order of their ids.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    async fn customers(
        &self,
        after: Option<&CustomerId>,
        limit: usize,
    ) -> Result<Vec<Customer>, Error>;

    /// Where reading of a source goes on.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    async fn cursor(&self, source: &str) -> Result<Option<Cursor>, Error>;

    /// Events that nothing but the inbox holds, such as unknown ones, after this number.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    async fn kept(&self, after: u64, limit: usize) -> Result<Vec<InboxEntry>, Error>;

    /// Deliveries that came to a webhook and are kept as they came, in an order of the store's own, after
    /// this one.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    async fn deliveries(
        &self,
        webhook: &str,
        after: Option<&DeliveryId>,
        limit: usize,
    ) -> Result<Vec<RawDelivery>, Error>;

    /// For each of these events, whether one of its [key](Event::key) has come for its account.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    async fn known_events(&self, events: &[Event]) -> Result<Vec<bool>, Error>;

    /// How many inbox entries wait to be processed.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    async fn backlog(&self) -> Result<u64, Error>;

    /// What erasure, retention, export and audit work with.
    fn privacy(&self) -> &dyn PrivacyStore;
}
