//! Reading CRMs while a desk runs.

use std::collections::BTreeSet;

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
use crate::sync::{Synced, Why};

impl Desk {
    /// Reads again what a webhook of a CRM says may have changed: single records at once, or all that
    /// [has changed](Self::sync). What the webhook says is never taken for what a record holds. A system
    /// that is left alone just now, since it asked for that or failed, is not asked: what has changed there
    /// comes with the next reading.
    ///
    /// # Errors
    ///
    /// When this tenant's desk has no such [`CrmAccount`], and as `sync`. Of a record that cannot be had,
    /// after the others were read.
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
                _ => return self.read_on(crm.crm.as_ref(), Why::Hinted).await.0,
            };
        }
        let reading = self.reading(system);
        // Nothing that was read earlier comes in later.
        let mut reading = reading.lock().await;
        // It knows by heart what came last, and this comes past it.
        *reading = None;
        let (mut synced, mut refused) = (Synced::default(), None);
        if self.is_parked(system).await? {
            return Ok(synced);
        }
        for id in ids {
            match crm.crm.get(id).await {
                Ok(Some(customer)) => synced.put += self.take_in(customer).await?,
                Ok(None) => synced.gone += self.let_go(id).await?,
                Err(error) if error.is_of_record() => refused = refused.or(Some(error)),
                Err(error) => {
                    self.park(crm, &error).await?;
                    return Err(error.into());
                }
            }
        }
        match refused {
            Some(error) => Err(error.into()),
            None => Ok(synced),
        }
    }

    /// Reads every CRM on a task of its own, for the tenant whose it is.
    pub(crate) async fn keep_reading_all(&self, stops: &Stops) {
        let mut reading = JoinSet::new();
        for crm in &self.parts.crms {
            let (Some(_), Ok(account)) = (crm.read_every, crm.account()) else {
                continue;
            };
            let desk = self.tenant(self.tenant_of(&account));
            let (crm, stops) = (crm.clone(), stops.clone());
            let keep = async move { desk.keep_reading(&crm, &stops).await };
            reading.spawn(keep.in_current_span());
        }
        reading.join_all().await;
    }

    /// What was read stays when it is told to stop half-way: the next reading goes on there.
    async fn keep_reading(&self, crm: &CrmAccount, stops: &Stops) {
        let mut pace = Pace::new("customers");
        loop {
            let (read, until) = tokio::select! {
                read = self.read_on(crm.crm.as_ref(), Why::Due) => read,
                () = stops.wait() => return,
            };
            let wait = (until - self.now()).to_std().unwrap_or_default();
            let wait = match read {
                Ok(synced) => {
                    pace.went_well();
                    if synced.put + synced.gone > 0 {
                        tracing::debug!(system = %crm.system(), ?synced, "customers taken in");
                    }
                    wait
                }
                Err(error) => wait.max(pace.failed(&format_args!("{}: {error}", crm.system()))),
            };
            tokio::select! {
                () = stops.wait() => return,
                () = sleep(wait) => {}
            }
        }
    }
}
