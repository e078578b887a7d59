//! Reading CRMs while a desk runs.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;
use tracing::Instrument;

use super::CrmAccount;
use crate::desk::Desk;
use crate::error::Error;
use crate::pace::Pace;
use crate::run::Stops;

impl Desk {
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
