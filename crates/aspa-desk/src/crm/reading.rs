//! Reading CRMs while a desk runs.

use std::collections::BTreeSet;
use std::time::Duration;

use aspa_crm::Hint;
use aspa_types::{AccountId, SystemId};
use tokio::task::JoinSet;
use tokio::time::sleep;
use tracing::Instrument;

use super::CrmAccount;
use crate::desk::Desk;
use crate::error::Error;
use crate::pace::Pace;
use crate::run::Stops;
use crate::sync::Synced;

impl Desk {
    /// Reads again what a webhook of a CRM says may have changed: single records at once, or all that
    /// [has changed](Self::sync). What the webhook says is never taken for what a record holds.
    ///
    /// # Errors
    ///
    /// When this tenant's desk has no such [`CrmAccount`], and as `sync`.
    pub async fn read_again(&self, system: &SystemId, hints: &[Hint]) -> Result<Synced, Error> {
        let account = AccountId::new(system.as_str())?;
        let own = self.tenant_of(&account) == self.tenant;
        let mut crms = self.parts.crms.iter();
        let crm = crms.find(|crm| own && crm.system() == system);
        let crm = crm.ok_or_else(|| Error::UnknownAccount(account))?;
        let mut ids = BTreeSet::new();
        for hint in hints {
            match hint {
                Hint::Record(id) if id.system == *system => ids.insert(id),
                Hint::Record(_) => continue,
                _ => return self.sync(crm.crm.as_ref()).await,
            };
        }
        let mut synced = Synced::default();
        for id in ids {
            match crm.crm.get(id).await? {
                Some(customer) => synced.put += self.take_in(customer).await?,
                None => synced.gone += self.let_go(id).await?,
            }
        }
        Ok(synced)
    }

    /// Reads every CRM on a task of its own, for the tenant whose it is.
    pub(crate) async fn keep_reading_all(&self, stops: &Stops) {
        let mut reading = JoinSet::new();
        for crm in &self.parts.crms {
            let (Some(every), Ok(account)) = (crm.read_every, crm.account()) else {
                continue;
            };
            let desk = self.tenant(self.tenant_of(&account));
            let (crm, stops) = (crm.clone(), stops.clone());
            let keep = async move { desk.keep_reading(&crm, every, &stops).await };
            reading.spawn(keep.in_current_span());
        }
        reading.join_all().await;
    }

    /// What was read stays when it is told to stop half-way: the next reading goes on there.
    async fn keep_reading(&self, crm: &CrmAccount, every: Duration, stops: &Stops) {
        let mut pace = Pace::new("customers");
        loop {
            let synced = tokio::select! {
                synced = self.sync(crm.crm.as_ref()) => synced,
                () = stops.wait() => return,
            };
            let wait = match synced {
                Ok(synced) => {
                    pace.went_well();
                    if synced.put + synced.gone > 0 {
                        tracing::debug!(system = %crm.system(), ?synced, "customers taken in");
                    }
                    every
                }
                Err(error) => {
                    let wait = pace.failed(&format_args!("{}: {error}", crm.system()));
                    match &error {
                        Error::Crm(error) => wait.max(error.retry_after().unwrap_or_default()),
                        _ => wait,
                    }
                }
            };
            tokio::select! {
                () = stops.wait() => return,
                () = sleep(wait) => {}
            }
        }
    }
}
