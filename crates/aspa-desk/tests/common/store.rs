//! A store that fails, dies or leaves out empty rows as it is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use aspa_channel::{ConversationKey, Cursor, Event, MessageKey};
use aspa_crm::Customer;
use aspa_identity::{Link, LinkState};
use aspa_store::{
    Attempt, Changes, Claim, ClaimedEffect, Committed, DueTimer, Error, ErrorKind, InboxEntry,
    Loaded, MemoryStore, MessagePlace, MessageRecord, Note, OutboxQuery, OutboxRow, OutboxState,
    Pause, Position, PrivacyStore, RawDelivery, Recorded, Store, TenantStore, TicketQuery,
    TicketRow, Versioned, Vitals, Wanted,
};
use aspa_ticket::{NoteId, Ticket, TicketKey};
use aspa_types::{CustomerId, DeliveryId, EffectKey, HandleKey, TenantId, TicketId};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// Burns down with each step of whoever holds it; whoever burns the last of it never goes on, as if
/// the process had ended there.
#[derive(Debug, Clone)]
pub struct Fuse(Arc<AtomicI64>);

impl Default for Fuse {
    /// One that never ends.
    fn default() -> Self {
        Self::of(i64::MAX)
    }
}

impl Fuse {
    pub fn of(steps: i64) -> Self {
        Self(Arc::new(AtomicI64::new(steps)))
    }

    pub async fn burn(&self) {
        if self.0.fetch_sub(1, Ordering::SeqCst) <= 0 {
            std::future::pending().await
        }
    }

    pub fn is_out(&self) -> bool {
        self.0.load(Ordering::SeqCst) < 0
    }
}

#[derive(Debug, Clone)]
pub struct TestStore {
    pub inner: Arc<dyn Store>,
    pub fuse: Fuse,
    /// Whether commits fail.
    pub down: Arc<AtomicBool>,
    /// Whether only the default tenant's commits do not.
    pub down_for_others: Arc<AtomicBool>,
    /// Whether other tasks run before each commit.
    pub yields: bool,
    /// Whether a step that no effect may make ends the test.
    pub strict: bool,
    /// Whether nothing that is loaded ever comes.
    pub never_loads: bool,
    /// What nobody can load, since a later version wrote it.
    pub unreadable: Option<TicketKey>,
}

impl Default for TestStore {
    fn default() -> Self {
        Self {
            inner: Arc::new(MemoryStore::new()),
            fuse: Fuse::default(),
            down: Arc::default(),
            down_for_others: Arc::default(),
            yields: false,
            strict: false,
            never_loads: false,
            unreadable: None,
        }
    }
}

impl TestStore {
    pub fn over(inner: &(impl Store + Clone), fuse: &Fuse) -> Self {
        Self {
            inner: Arc::new(inner.clone()),
            fuse: fuse.clone(),
            ..Self::default()
        }
    }
}

#[async_trait]
impl Store for TestStore {
    fn tenant(&self, id: &TenantId) -> Arc<dyn TenantStore> {
        Arc::new(Part {
            inner: self.inner.tenant(id),
            store: self.clone(),
            id: id.clone(),
        })
    }

    async fn claim_inbox(&self, claim: Claim) -> Result<Vec<InboxEntry>, Error> {
        self.fuse.burn().await;
        let claimed = self.inner.claim_inbox(claim).await;
        self.fuse.burn().await;
        claimed
    }

    async fn release_inbox(&self, claim: Claim, entries: &[InboxEntry]) -> Result<(), Error> {
        self.inner.release_inbox(claim, entries).await
    }

    async fn vitals(&self, most: u64) -> Result<Vitals, Error> {
        self.inner.vitals(most).await
    }

    async fn claim_outbox(&self, claim: Claim) -> Result<Vec<ClaimedEffect>, Error> {
        self.fuse.burn().await;
        let claimed = self.inner.claim_outbox(claim).await;
        self.fuse.burn().await;
        claimed
    }

    async fn claim_timers(&self, claim: Claim) -> Result<Vec<DueTimer>, Error> {
        self.inner.claim_timers(claim).await
    }

    async fn lapsed_effects(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<(TenantId, Versioned<OutboxRow>)>, Error> {
        self.inner.lapsed_effects(now, limit).await
    }

    async fn next_wakeup(&self) -> Result<Option<DateTime<Utc>>, Error> {
        self.inner.next_wakeup().await
    }

    async fn log(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, Error> {
        self.inner.log(after, limit).await
    }
}

#[derive(Debug)]
struct Part {
    inner: Arc<dyn TenantStore>,
    store: TestStore,
    id: TenantId,
}

#[async_trait]
impl TenantStore for Part {
    async fn commit(&self, changes: Changes) -> Result<Committed, Error> {
        if self.store.yields {
            // Long enough for another one to come as far.
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
        }
        self.store.fuse.burn().await;
        let others = self.store.down_for_others.load(Ordering::SeqCst);
        if self.store.down.load(Ordering::SeqCst) || (others && self.id != TenantId::default()) {
            return Err(Error::new(ErrorKind::Unavailable, "commit"));
        }
        let mut steps = Vec::new();
        for row in changes.outbox.iter().filter(|_| self.store.strict) {
            let key = row.value.effect.key.clone();
            let before = self.inner.effect(&key).await?;
            steps.push((
                before.map(|(row, _)| row.value.state),
                row.value.state.clone(),
            ));
        }
        let committed = self.inner.commit(changes).await;
        for (before, after) in steps.iter().filter(|_| committed.is_ok()) {
            let allowed = match before {
                Some(before) => before.may_become(after),
                None => matches!(
                    after,
                    OutboxState::AwaitingApproval | OutboxState::UndoWindow | OutboxState::Queued
                ),
            };
            assert!(allowed, "{before:?} -> {after}");
        }
        self.store.fuse.burn().await;
        committed
    }

    /// Leaves out what is empty, as the contract allows.
    async fn load(&self, wanted: &Wanted) -> Result<Loaded, Error> {
        self.store.fuse.burn().await;
        if self.store.never_loads {
            std::future::pending::<()>().await;
        }
        let unreadable = self.store.unreadable.as_ref();
        if unreadable.is_some_and(|key| wanted.tickets.contains(key)) {
            return Err(Error::new(ErrorKind::Newer, "load"));
        }
        let mut loaded = self.inner.load(wanted).await?;
        loaded.awaiting.retain(|_, keys| !keys.is_empty());
        loaded.tickets.retain(|_, tickets| !tickets.is_empty());
        loaded.histories.retain(|_, history| !history.is_empty());
        loaded
            .people
            .retain(|_, p| p.link.is_some() || !p.evidence.is_empty());
        Ok(loaded)
    }

    async fn ticket(&self, id: &TicketId) -> Result<Option<Versioned<Ticket>>, Error> {
        self.inner.ticket(id).await
    }

    async fn tickets(&self, query: &TicketQuery) -> Result<Vec<TicketRow>, Error> {
        self.inner.tickets(query).await
    }

    async fn count_tickets(&self, query: &TicketQuery, most: usize) -> Result<usize, Error> {
        self.inner.count_tickets(query, most).await
    }

    async fn conversation(
        &self,
        key: &ConversationKey,
        before: Option<&MessagePlace>,
        limit: usize,
    ) -> Result<Vec<MessageRecord>, Error> {
        self.inner.conversation(key, before, limit).await
    }

    async fn messages(
        &self,
        after: Option<&MessageKey>,
        limit: usize,
    ) -> Result<Vec<MessageRecord>, Error> {
        self.inner.messages(after, limit).await
    }

    async fn note(&self, id: &NoteId) -> Result<Option<Note>, Error> {
        self.inner.note(id).await
    }

    async fn links(
        &self,
        state: &LinkState,
        after: Option<&HandleKey>,
        limit: usize,
    ) -> Result<Vec<Link>, Error> {
        self.inner.links(state, after, limit).await
    }

    async fn effect(
        &self,
        key: &EffectKey,
    ) -> Result<Option<(Versioned<OutboxRow>, Vec<Attempt>)>, Error> {
        self.inner.effect(key).await
    }

    async fn outbox(&self, query: &OutboxQuery) -> Result<Vec<Versioned<OutboxRow>>, Error> {
        self.inner.outbox(query).await
    }

    async fn pauses(&self) -> Result<Vec<Pause>, Error> {
        self.inner.pauses().await
    }

    async fn customers(
        &self,
        after: Option<&CustomerId>,
        limit: usize,
    ) -> Result<Vec<Customer>, Error> {
        self.inner.customers(after, limit).await
    }

    async fn cursor(&self, source: &str) -> Result<Option<Cursor>, Error> {
        self.inner.cursor(source).await
    }

    async fn kept(&self, after: u64, limit: usize) -> Result<Vec<InboxEntry>, Error> {
        self.inner.kept(after, limit).await
    }

    async fn deliveries(
        &self,
        webhook: &str,
        after: Option<&DeliveryId>,
        limit: usize,
    ) -> Result<Vec<RawDelivery>, Error> {
        self.inner.deliveries(webhook, after, limit).await
    }

    async fn known_events(&self, events: &[Event]) -> Result<Vec<bool>, Error> {
        self.inner.known_events(events).await
    }

    async fn backlog(&self) -> Result<u64, Error> {
        self.inner.backlog().await
    }

    fn privacy(&self) -> &dyn PrivacyStore {
        self.inner.privacy()
    }
}
