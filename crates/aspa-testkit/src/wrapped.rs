use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use aspa_store::{
    Claim, ClaimedEffect, DueTimer, Error, InboxEntry, OutboxRow, Position, Recorded, Store,
    TenantStore, Versioned, Vitals,
};
use aspa_types::TenantId;
use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// What a [`WrappedStore`] does otherwise than the store inside: what is not written is handed on.
///
/// For tests that count what workers take, hold it up, have it fail, or break a promise on purpose. Only
/// what workers take and whose part of the store they get can be changed here.
#[async_trait]
pub trait Wrapper: fmt::Debug + Send + Sync + 'static {
    /// The store inside.
    fn inner(&self) -> &dyn Store;

    /// Instead of [`Store::tenant`].
    fn tenant(&self, id: &TenantId) -> Arc<dyn TenantStore> {
        self.inner().tenant(id)
    }

    /// Instead of [`Store::claim_inbox`].
    ///
    /// # Errors
    ///
    /// As there, and so for the others.
    async fn claim_inbox(&self, claim: Claim) -> Result<Vec<InboxEntry>, Error> {
        self.inner().claim_inbox(claim).await
    }

    /// Instead of [`Store::claim_outbox`].
    ///
    /// # Errors
    ///
    /// As there.
    async fn claim_outbox(&self, claim: Claim) -> Result<Vec<ClaimedEffect>, Error> {
        self.inner().claim_outbox(claim).await
    }

    /// Instead of [`Store::claim_timers`].
    ///
    /// # Errors
    ///
    /// As there.
    async fn claim_timers(&self, claim: Claim) -> Result<Vec<DueTimer>, Error> {
        self.inner().claim_timers(claim).await
    }
}

/// A store in a store, which does some things [otherwise](Wrapper) and hands on the rest.
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering};
///
/// use aspa_store::{Claim, Error, InboxEntry, MemoryStore, Store};
/// use aspa_testkit::{WrappedStore, Wrapper};
///
/// #[derive(Debug, Default)]
/// struct Counting {
///     inner: MemoryStore,
///     entries: AtomicUsize,
/// }
///
/// #[async_trait::async_trait]
/// impl Wrapper for Counting {
///     fn inner(&self) -> &dyn Store {
///         &self.inner
///     }
///
///     async fn claim_inbox(&self, claim: Claim) -> Result<Vec<InboxEntry>, Error> {
///         let claimed = self.inner.claim_inbox(claim).await?;
///         self.entries.fetch_add(claimed.len(), Ordering::Relaxed);
///         Ok(claimed)
///     }
/// }
///
/// let store = WrappedStore(Counting::default());
/// # let _: &dyn Store = &store;
/// ```
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "a wrapper and nothing else")]
pub struct WrappedStore<W>(pub W);

#[async_trait]
impl<W: Wrapper> Store for WrappedStore<W> {
    fn tenant(&self, id: &TenantId) -> Arc<dyn TenantStore> {
        self.0.tenant(id)
    }

    async fn claim_inbox(&self, claim: Claim) -> Result<Vec<InboxEntry>, Error> {
        self.0.claim_inbox(claim).await
    }

    async fn release_inbox(&self, claim: Claim, entries: &[InboxEntry]) -> Result<(), Error> {
        self.0.inner().release_inbox(claim, entries).await
    }

    async fn vitals(&self, most: u64) -> Result<Vitals, Error> {
        self.0.inner().vitals(most).await
    }

    async fn claim_outbox(&self, claim: Claim) -> Result<Vec<ClaimedEffect>, Error> {
        self.0.claim_outbox(claim).await
    }

    async fn claim_timers(&self, claim: Claim) -> Result<Vec<DueTimer>, Error> {
        self.0.claim_timers(claim).await
    }

    async fn lapsed_effects(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<(TenantId, Versioned<OutboxRow>)>, Error> {
        self.0.inner().lapsed_effects(now, limit).await
    }

    async fn next_wakeup(&self) -> Result<Option<DateTime<Utc>>, Error> {
        self.0.inner().next_wakeup().await
    }

    async fn log(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, Error> {
        self.0.inner().log(after, limit).await
    }

    fn changed(&self) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.0.inner().changed()
    }
}
