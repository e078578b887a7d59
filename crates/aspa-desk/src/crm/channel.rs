//! A CRM as an account of the outbox.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aspa_channel::{
    Capabilities, Channel, ConversationKey, Effect, EffectName, Error, ErrorKind, Probe, Receipt,
    Support,
};
use aspa_crm::{Crm, Earlier, Idempotency, Policies, Proposal, Writer, Written};
use aspa_types::{AccountId, Network};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{CRM, receipt, unwrapped};
use crate::clock::Clock;
use crate::meter;

/// Performs what is queued for a CRM. The outbox keeps what it needs to try again and look.
pub(super) struct CrmChannel {
    account: AccountId,
    network: Network,
    capabilities: Capabilities,
    crm: Arc<dyn Crm>,
    policies: Arc<Policies>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for CrmChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CrmChannel")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

impl CrmChannel {
    pub(super) fn new(
        account: AccountId,
        crm: Arc<dyn Crm>,
        policies: Arc<Policies>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, crate::Error> {
        let write = EffectName::Other(CRM.into());
        let checked = clock.now().date_naive();
        let capabilities = Capabilities::new(checked, "the connector's own capabilities");
        Ok(Self {
            account,
            network: Network::new(CRM)?,
            capabilities: capabilities.with(write, Support::Full),
            crm,
            policies,
            clock,
        })
    }

    fn read(&self, effect: &Effect) -> Result<(aspa_crm::Effect, Vec<Proposal>), Error> {
        self.capabilities.check(effect)?;
        unwrapped(effect).ok_or_else(|| Error::new(ErrorKind::Invalid, "perform"))
    }
}

#[async_trait]
impl Channel for CrmChannel {
    fn account(&self) -> &AccountId {
        &self.account
    }

    fn network(&self) -> &Network {
        &self.network
    }

    fn capabilities(&self, _: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        Cow::Borrowed(&self.capabilities)
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        let ((write, proposed), now) = (self.read(effect)?, self.clock.now());
        let writer = Writer::new(self.crm.as_ref(), &self.policies);
        // What an earlier try came to, the outbox finds out by `probe` before it asks for this.
        match writer.perform(&write, Earlier::None, now).await {
            Ok(mut written) => {
                if written.receipt.unprotected {
                    meter::unprotected(self.account.as_str());
                }
                written.proposals.splice(0..0, proposed);
                Ok(receipt(&written))
            }
            Err(error) => Err(told(&error, now)),
        }
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        let (write, proposed) = self.read(effect)?;
        let performs = self.crm.capabilities();
        let performs = performs.effects.get(&write.kind.name());
        // Doing it again makes no second one, so that not knowing is as good as absent.
        let harmless = performs.is_some_and(|p| p.idempotency == Idempotency::NaturalKey);
        match self.crm.probe(&write).await {
            Ok(aspa_crm::Probe::Found(said)) => {
                let mut written = Written::from(said);
                written.proposals = proposed;
                Ok(Probe::Found(receipt(&written)))
            }
            Ok(aspa_crm::Probe::Absent) => Ok(Probe::Absent),
            Ok(aspa_crm::Probe::CannotTell) if harmless => Ok(Probe::Absent),
            Ok(aspa_crm::Probe::CannotTell) => Ok(Probe::CannotTell),
            Err(error) => Err(told(&error, self.clock.now())),
        }
    }
}

/// An error of a connector in the words of the outbox.
fn told(error: &aspa_crm::Error, now: DateTime<Utc>) -> Error {
    use aspa_crm::ErrorKind as Crm;
    let wait = match error.kind() {
        Crm::QuotaUntil(until) => Some((*until - now).to_std().unwrap_or(Duration::ZERO)),
        _ => error.retry_after(),
    };
    let kind = match error.kind() {
        Crm::Auth => ErrorKind::Unauthorized,
        Crm::Forbidden => ErrorKind::Forbidden,
        Crm::Throttled(_) | Crm::QuotaUntil(_) => ErrorKind::Throttled,
        // Somebody was faster, time and again: decided anew later.
        Crm::Unavailable | Crm::Conflict { .. } => ErrorKind::Unavailable,
        Crm::Ambiguous(_) | Crm::Duplicate(_) => ErrorKind::Duplicate,
        Crm::NotFound => ErrorKind::NotFound,
        Crm::Invalid { .. } => ErrorKind::Invalid,
        Crm::Unsupported => ErrorKind::Unsupported,
        _ => ErrorKind::Protocol,
    };
    let told = Error::new(kind, error.operation())
        .with_landed(error.landed())
        .with("crm", error.kind());
    match wait {
        Some(wait) => told.with_retry_after(wait),
        None => told,
    }
}
