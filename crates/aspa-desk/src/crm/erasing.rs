//! Erasing in CRMs whom the desk has erased.
//!
//! What is erased here must not wait in the outbox, which an erasure empties: what CRMs still keep of
//! the person stands in documents of its own, until it is gone there too.

use aspa_crm::{Did, Earlier, Effect, EffectKind, EffectName, Writer};
use aspa_identity::Tombstones;
use aspa_store::{Changes, Document, Purge, Versioned, Wanted};
use aspa_types::{CustomerId, EffectKey, HandleKey, SystemId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::mirror::confirmed;
use super::{CrmAccount, wrapped};
use crate::desk::Desk;
use crate::error::Error;

/// Rows of handles that are to be taken away.
const ROW: &str = "crm_row_erasure";
/// Receipts.
const RECEIPT: &str = "crm_erasure_receipt";

/// A handle's row that a CRM may still have.
#[derive(Serialize, Deserialize)]
struct Row {
    customer: CustomerId,
    handle: HandleKey,
    at: DateTime<Utc>,
    /// What stands for the handle in what stays.
    subject: String,
}

/// That something of an erased person was erased in a CRM too. Whom is told by a digest under the
/// identity key, as in [`Erasure`](crate::Erasure).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CrmErasure {
    /// The CRM.
    pub system: SystemId,
    /// The digest of the handle whose row, or of the customer whose record, was erased.
    pub subject: String,
    /// What it took there: [`Did::Nothing`] where it was gone already.
    pub did: Did,
    /// When.
    pub at: DateTime<Utc>,
}

impl Desk {
    /// What was erased in CRMs because it was erased here, in the order of the digests.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn crm_erasures(&self) -> Result<Vec<CrmErasure>, Error> {
        self.all_of(RECEIPT).await
    }

    /// The rows that CRMs keep of these handles, to be written down before the links are erased.
    pub(crate) async fn rows_to_erase(
        &self,
        handles: &[HandleKey],
        stones: &Tombstones,
    ) -> Result<Vec<Versioned<Document>>, Error> {
        let mut wanted = Wanted::default();
        wanted.people.extend(handles.iter().cloned());
        let people = self.store().load(&wanted).await?.people;
        let mut rows = Vec::new();
        for crm in self.own_crms()? {
            if !(crm.handles && crm.performs(&EffectName::UnlinkHandle)) {
                continue;
            }
            for (handle, person) in &people {
                let link = person.link.as_ref().map(|row| &row.value);
                let Some(customer) = link.and_then(|link| confirmed(crm, link)) else {
                    continue;
                };
                let row = Row {
                    customer: customer.clone(),
                    handle: handle.clone(),
                    at: self.now(),
                    subject: stones.name_of(handle),
                };
                let key = format!("{} {}", row.subject, crm.system());
                let known = self.store().privacy().document(ROW, &key).await?;
                rows.push(Versioned {
                    value: Document::new(ROW, key, serde_json::json!(row)),
                    version: known.map_or(0, |row| row.version),
                });
            }
        }
        Ok(rows)
    }

    /// Erases in CRMs what is still to be erased there. What fails is tried again by the next call.
    pub(crate) async fn erase_in_crms(&self) -> Result<(), Error> {
        if self.parts.dry_run {
            return Ok(());
        }
        for crm in self.own_crms()? {
            for row in self.all_of::<Row>(ROW).await? {
                let kind = EffectKind::UnlinkHandle {
                    customer: row.customer,
                    handle: row.handle,
                };
                if let Some(did) = self.erased_in(crm, kind, &row.subject, row.at).await? {
                    let key = format!("{} {}", row.subject, crm.system());
                    self.erased_there(crm, row.subject, did, (ROW, key)).await?;
                }
            }
            if !(crm.erases && crm.performs(&EffectName::Erase)) {
                continue;
            }
            for (customer, at) in self.erased_customers().await? {
                let name = self.subject_name(&crate::Subject::Customer(customer.clone()));
                let kind = EffectKind::Erase { customer };
                if let Some(did) = self.erased_in(crm, kind, &name, at).await? {
                    let told = (crate::privacy::FOR_CRM, name.clone());
                    self.erased_there(crm, name, did, told).await?;
                }
            }
        }
        Ok(())
    }

    fn own_crms(&self) -> Result<Vec<&CrmAccount>, Error> {
        let mut own = Vec::new();
        for crm in &self.parts.crms {
            if self.tenant_of(&crm.account()?) == self.tenant {
                own.push(crm);
            }
        }
        Ok(own)
    }

    /// What it took; none where it is another system's or this one is paused.
    async fn erased_in(
        &self,
        crm: &CrmAccount,
        kind: EffectKind,
        subject: &str,
        first_at: DateTime<Utc>,
    ) -> Result<Option<Did>, Error> {
        let system = crm.system();
        if kind.customer().is_none_or(|id| id.system != *system) {
            return Ok(None);
        }
        let key = EffectKey::derive(&["crm", system.as_str(), "erase", subject]);
        let effect = Effect::new(key, system.clone(), kind);
        let as_queued = wrapped(&effect, &[])?;
        let pauses = self.pauses().await?;
        if pauses.iter().any(|pause| pause.scope.covers(&as_queued)) {
            return Ok(None);
        }
        let writer = Writer::new(crm.crm.as_ref(), &crm.policies);
        // An earlier try may have been cut off; taking away twice takes away once.
        let earlier = Earlier::Unknown { first_at };
        match writer.perform(&effect, earlier, self.now()).await {
            Ok(written) => Ok(Some(written.receipt.did)),
            Err(error) if *error.kind() == aspa_crm::ErrorKind::NotFound => Ok(Some(Did::Nothing)),
            Err(error) => Err(error.into()),
        }
    }

    async fn erased_there(
        &self,
        crm: &CrmAccount,
        subject: String,
        did: Did,
        (kind, key): (&str, String),
    ) -> Result<(), Error> {
        let receipt = CrmErasure {
            system: crm.system().clone(),
            subject,
            did,
            at: self.now(),
        };
        let name = format!("{} {} {kind}", receipt.subject, receipt.system);
        let known = self.store().privacy().document(RECEIPT, &name).await?;
        let mut changes = Changes::default();
        changes.documents.push(Versioned {
            value: Document::new(RECEIPT, name, serde_json::json!(receipt)),
            version: known.map_or(0, |row| row.version),
        });
        let purged = (kind.into(), key.into());
        changes.purged.push(Purge::Document(Versioned::new(purged)));
        self.store().commit(changes).await?;
        Ok(())
    }
}
