//! Workers that are broken on purpose. Undisturbed they do their work; killed, each breaks a promise
//! that a run has to notice.

use std::collections::BTreeSet;
use std::sync::Arc;

use aspa_store::{Attempt, Claim, ClaimedEffect, Error, OutboxQuery, OutboxState, Store};
use aspa_testkit::Wrapper;
use async_trait::async_trait;
use clap::ValueEnum;

use crate::line::{ACCOUNTS, tenant_of};

/// What is wrong with a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Broken {
    /// It acknowledges a delivery first and keeps it a moment later.
    AcknowledgesFirst,
    /// It performs first and writes down that it tried afterwards.
    PerformsFirst,
    /// It takes an effect up again that was interrupted, and does not look whether it landed.
    RepeatsBlindly,
}

/// A store, perhaps with something wrong with it.
#[derive(Debug)]
pub(crate) struct MaybeBroken {
    pub(crate) inner: Arc<dyn Store>,
    pub(crate) broken: Option<Broken>,
}

impl MaybeBroken {
    /// Effects whose turn it is, without writing down that they are taken.
    async fn glance(&self, claim: Claim) -> Result<Vec<ClaimedEffect>, Error> {
        let mut taken = Vec::new();
        for tenant in ACCOUNTS.map(tenant_of).into_iter().collect::<BTreeSet<_>>() {
            let mut lanes = BTreeSet::new();
            let mut query = OutboxQuery::of(OutboxState::KNOWN.iter().map(|s| (*s).into()));
            query.states.retain(OutboxState::holds_lane);
            query.limit = 100_000;
            for row in self.inner.tenant(&tenant).outbox(&query).await? {
                let first = lanes.insert(row.value.effect.conversation.clone());
                let ready = row.value.state.is_ready() && row.value.next_at <= claim.now;
                if first && ready && taken.len() < claim.limit {
                    let interrupted = row.value.state == OutboxState::Sending;
                    let attempt = Attempt::started(row.value.attempts + 1, claim.now);
                    let tenant = tenant.clone();
                    taken.push(ClaimedEffect::new(tenant, row, attempt, interrupted));
                }
            }
        }
        Ok(taken)
    }
}

#[async_trait]
impl Wrapper for MaybeBroken {
    fn inner(&self) -> &dyn Store {
        &*self.inner
    }

    async fn claim_outbox(&self, claim: Claim) -> Result<Vec<ClaimedEffect>, Error> {
        if self.broken == Some(Broken::PerformsFirst) {
            return self.glance(claim).await;
        }
        let mut claimed = self.inner.claim_outbox(claim).await?;
        if self.broken == Some(Broken::RepeatsBlindly) {
            claimed
                .iter_mut()
                .for_each(|effect| effect.interrupted = false);
        }
        Ok(claimed)
    }
}
