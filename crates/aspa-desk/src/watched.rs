//! The store as a desk uses it: each call is timed and ends in time, and whether it answers is known.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aspa_channel::{ConversationKey, Cursor, Event, MessageKey};
use aspa_crm::Customer;
use aspa_identity::{Link, LinkState};
use aspa_store::{
    Attempt, Changes, Claim, ClaimedEffect, Committed, DueTimer, Error, ErrorKind, InboxEntry,
    Loaded, MessagePlace, MessageRecord, Note, OutboxQuery, OutboxRow, Pause, Position,
    PrivacyStore, RawDelivery, Recorded, Store, TenantStore, TicketQuery, TicketRow, Versioned,
    Vitals, Wanted,
};
use aspa_ticket::{NoteId, Ticket};
use aspa_types::{CustomerId, DeliveryId, EffectKey, HandleKey, TenantId, TicketId};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::time::{Instant, timeout};

use crate::meter;

/// A store whose calls are watched.
#[derive(Clone)]
pub(crate) struct Watched {
    inner: Arc<dyn Store>,
    watch: Arc<Watch>,
}

/// What is known of whether a store answers.
pub(crate) struct Watch {
    limit: Duration,
    away: Mutex<Option<Away>>,
}

#[derive(Clone, Copy)]
struct Away {
    since: Instant,
    tried: Instant,
    kind: ErrorKind,
    /// What failed first.
    operation: &'static str,
}

/// A failure of something that nobody has asked for again counts for so long.
const FORGOTTEN: Duration = Duration::from_secs(30);

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl Watched {
    pub(crate) fn new(inner: Arc<dyn Store>, limit: Duration) -> Self {
        let away = Mutex::new(None);
        let watch = Arc::new(Watch { limit, away });
        Self { inner, watch }
    }

    pub(crate) fn watch(&self) -> Arc<Watch> {
        Arc::clone(&self.watch)
    }
}

impl Watch {
    async fn call<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let began = Instant::now();
        let done = timeout(self.limit, call).await.unwrap_or_else(|_| {
            let waited = format_args!("after {} s", self.limit.as_secs_f32());
            Err(Error::new(ErrorKind::TimedOut, operation).with_detail(waited))
        });
        let failed = done.as_ref().err().map(Error::kind);
        meter::store_call(operation, failed, began.elapsed());
        match &done {
            Err(error) => self.failed(operation, error),
            Ok(_) => self.answered(operation),
        }
        done
    }

    fn away(&self) -> std::sync::MutexGuard<'_, Option<Away>> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says so once, when it begins.
    fn failed(&self, operation: &'static str, error: &Error) {
        let kind = error.kind();
        let answers = match kind {
            ErrorKind::Unavailable | ErrorKind::TimedOut | ErrorKind::Other => false,
            // It answered that this cannot be done.
            _ => return self.answered(operation),
        };
        let now = Instant::now();
        let mut away = self.away();
        match &mut *away {
            Some(away) => (away.tried, away.kind) = (now, kind),
            None => {
                *away = Some(Away {
                    since: now,
                    tried: now,
                    kind,
                    operation,
                });
                drop(away);
                meter::store_up(answers);
                // What a database says of itself: stores keep values out of it.
                let cause = std::error::Error::source(error).map(tracing::field::display);
                tracing::error!(%error, cause, "the store does not answer");
            }
        }
    }

    /// Where the disk is full, reading goes well: the store is back when what failed goes well, or a
    /// commit does, or when nothing has failed for a while.
    fn answered(&self, operation: &'static str) {
        let mut away = self.away();
        let back = |away: &Away| {
            operation == "commit" || operation == away.operation || away.tried.elapsed() > FORGOTTEN
        };
        let Some(gone) = away.take_if(|away| back(away)) else {
            return;
        };
        drop(away);
        let seconds = gone.since.elapsed().as_secs();
        meter::store_up(true);
        tracing::info!(seconds, "the store answers again");
    }

    /// For how long the store has been away, and why; none while it answers.
    pub(crate) fn is_away(&self) -> Option<(Duration, ErrorKind)> {
        let away = *self.away();
        away.map(|away| (away.since.elapsed(), away.kind))
    }

    /// Whether the store has been away for this long, and was asked in vain so lately that asking again
    /// is no use.
    pub(crate) fn stays_away(&self, time: Duration) -> bool {
        let away = *self.away();
        away.is_some_and(|away| away.since.elapsed() >= time && away.tried.elapsed() < time)
    }
}

#[async_trait]
impl Store for Watched {
    fn tenant(&self, id: &TenantId) -> Arc<dyn TenantStore> {
        Arc::new(WatchedTenant {
            inner: self.inner.tenant(id),
            watch: self.watch(),
        })
    }

    async fn claim_inbox(&self, claim: Claim) -> Result<Vec<InboxEntry>, Error> {
        let call = self.inner.claim_inbox(claim);
        self.watch.call("claim_inbox", call).await
    }

    async fn release_inbox(&self, claim: Claim, entries: &[InboxEntry]) -> Result<(), Error> {
        let call = self.inner.release_inbox(claim, entries);
        self.watch.call("release_inbox", call).await
    }

    async fn vitals(&self, most: u64) -> Result<Vitals, Error> {
        self.watch.call("vitals", self.inner.vitals(most)).await
    }

    async fn claim_outbox(&self, claim: Claim) -> Result<Vec<ClaimedEffect>, Error> {
        let call = self.inner.claim_outbox(claim);
        self.watch.call("claim_outbox", call).await
    }

    async fn claim_timers(&self, claim: Claim) -> Result<Vec<DueTimer>, Error> {
        let call = self.inner.claim_timers(claim);
        self.watch.call("claim_timers", call).await
    }

    async fn lapsed_effects(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<(TenantId, Versioned<OutboxRow>)>, Error> {
        let call = self.inner.lapsed_effects(now, limit);
        self.watch.call("lapsed_effects", call).await
    }

    async fn next_wakeup(&self) -> Result<Option<DateTime<Utc>>, Error> {
        self.watch
            .call("next_wakeup", self.inner.next_wakeup())
            .await
    }

    async fn log(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, Error> {
        self.watch.call("log", self.inner.log(after, limit)).await
    }

    fn changed(&self) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.inner.changed()
    }
}

struct WatchedTenant {
    inner: Arc<dyn TenantStore>,
    watch: Arc<Watch>,
}

impl fmt::Debug for WatchedTenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[async_trait]
impl TenantStore for WatchedTenant {
    async fn commit(&self, changes: Changes) -> Result<Committed, Error> {
        self.watch.call("commit", self.inner.commit(changes)).await
    }

    async fn load(&self, wanted: &Wanted) -> Result<Loaded, Error> {
        self.watch.call("load", self.inner.load(wanted)).await
    }

    async fn ticket(&self, id: &TicketId) -> Result<Option<Versioned<Ticket>>, Error> {
        self.watch.call("ticket", self.inner.ticket(id)).await
    }

    async fn tickets(&self, query: &TicketQuery) -> Result<Vec<TicketRow>, Error> {
        self.watch.call("tickets", self.inner.tickets(query)).await
    }

    async fn count_tickets(&self, query: &TicketQuery, most: usize) -> Result<usize, Error> {
        self.watch
            .call("count_tickets", self.inner.count_tickets(query, most))
            .await
    }

    async fn conversation(
        &self,
        key: &ConversationKey,
        before: Option<&MessagePlace>,
        limit: usize,
    ) -> Result<Vec<MessageRecord>, Error> {
        let call = self.inner.conversation(key, before, limit);
        self.watch.call("conversation", call).await
    }

    async fn messages(
        &self,
        after: Option<&MessageKey>,
        limit: usize,
    ) -> Result<Vec<MessageRecord>, Error> {
        let call = self.inner.messages(after, limit);
        self.watch.call("messages", call).await
    }

    async fn note(&self, id: &NoteId) -> Result<Option<Note>, Error> {
        self.watch.call("note", self.inner.note(id)).await
    }

    async fn links(
        &self,
        state: &LinkState,
        after: Option<&HandleKey>,
        limit: usize,
    ) -> Result<Vec<Link>, Error> {
        let call = self.inner.links(state, after, limit);
        self.watch.call("links", call).await
    }

    async fn effect(
        &self,
        key: &EffectKey,
    ) -> Result<Option<(Versioned<OutboxRow>, Vec<Attempt>)>, Error> {
        self.watch.call("effect", self.inner.effect(key)).await
    }

    async fn outbox(&self, query: &OutboxQuery) -> Result<Vec<Versioned<OutboxRow>>, Error> {
        self.watch.call("outbox", self.inner.outbox(query)).await
    }

    async fn pauses(&self) -> Result<Vec<Pause>, Error> {
        self.watch.call("pauses", self.inner.pauses()).await
    }

    async fn customers(
        &self,
        after: Option<&CustomerId>,
        limit: usize,
    ) -> Result<Vec<Customer>, Error> {
        let call = self.inner.customers(after, limit);
        self.watch.call("customers", call).await
    }

    async fn cursor(&self, source: &str) -> Result<Option<Cursor>, Error> {
        self.watch.call("cursor", self.inner.cursor(source)).await
    }

    async fn kept(&self, after: u64, limit: usize) -> Result<Vec<InboxEntry>, Error> {
        self.watch.call("kept", self.inner.kept(after, limit)).await
    }

    async fn deliveries(
        &self,
        webhook: &str,
        after: Option<&DeliveryId>,
        limit: usize,
    ) -> Result<Vec<RawDelivery>, Error> {
        let call = self.inner.deliveries(webhook, after, limit);
        self.watch.call("deliveries", call).await
    }

    async fn known_events(&self, events: &[Event]) -> Result<Vec<bool>, Error> {
        let call = self.inner.known_events(events);
        self.watch.call("known_events", call).await
    }

    async fn backlog(&self) -> Result<u64, Error> {
        self.watch.call("backlog", self.inner.backlog()).await
    }

    fn privacy(&self) -> &dyn PrivacyStore {
        self.inner.privacy()
    }
}
