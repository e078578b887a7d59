//! Erasing in CRMs whom the desk has erased.
//!
//! What is erased here must not wait in the outbox, which an erasure empties: what CRMs still keep of
//! the person stands in documents of its own, until it is gone there too.

use std::collections::BTreeSet;

use aspa_crm::{Did, Earlier, Effect, EffectKind, EffectName, Erasure, ErrorKind, Writer};
use aspa_identity::Tombstones;
use aspa_store::{Changes, Document, OutboxQuery, OutboxState, Purge, Versioned, Wanted};
use aspa_types::{CustomerId, EffectKey, HandleKey, SystemId, text_enum};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::mirror::confirmed;
use super::{CrmAccount, PAGE, unwrapped, wrapped};
use crate::desk::Desk;
use crate::error::Error;

/// Rows of handles that are to be taken away.
const ROW: &str = "crm_row_erasure";
/// Receipts.
const RECEIPT: &str = "crm_erasure_receipt";
/// What could not be erased.
const LEFT: &str = "crm_erasure_left";
/// After how long a system is asked again that does not accept our credentials.
const AUTHORISE: TimeDelta = TimeDelta::minutes(15);
/// After how long a system is asked again that still has what it said that it erased.
const STILL: TimeDelta = TimeDelta::hours(1);
/// After how long a system is asked again that refused.
const REFUSED: TimeDelta = TimeDelta::days(1);

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

text_enum! {
    /// Why something of an erased person is still in a CRM.
    pub enum CrmErasureState {
        /// The system is away, wants to be asked later or does not accept our credentials: nothing is
        /// asked of it meanwhile.
        Unavailable = "unavailable",
        /// The system refuses to erase this: a person has to see to it there.
        Refused = "refused",
        /// The system cannot erase this kind of thing: a person has to see to it there.
        Unsupported = "unsupported",
        /// The system said that it was erased, and still shows it.
        StillThere = "still_there",
    }
}

/// That something of an erased person could not be erased in a CRM yet, named as in [`CrmErasure`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CrmErasureLeft {
    /// The CRM.
    pub system: SystemId,
    /// The digest of the handle whose row, or of the customer whose record, is to be erased.
    pub subject: String,
    /// Why it is still there.
    pub state: CrmErasureState,
    /// When the person was erased here.
    pub since: DateTime<Utc>,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried again at the earliest. After a person has seen to it in the CRM, that try finds
    /// nothing, and leaves the receipt.
    pub next_at: DateTime<Utc>,
}

/// One thing to erase in a CRM.
struct Item {
    kind: EffectKind,
    subject: String,
    at: DateTime<Utc>,
    /// The document that says so.
    document: (&'static str, String),
}

impl Item {
    /// Its name among receipts and what is left.
    fn name(&self, system: &SystemId) -> String {
        let (kind, key) = &self.document;
        name(&self.subject, system, kind, key)
    }
}

fn name(subject: &str, system: &SystemId, kind: &str, key: &str) -> String {
    format!("{subject} {system} {kind} {key}")
}

/// What is left to be erased of a customer's record, named by this digest.
pub(crate) fn left_of(customer: &CustomerId, subject: &str) -> Purge {
    let name = name(subject, &customer.system, crate::privacy::FOR_CRM, subject);
    Purge::Document(Versioned::new((LEFT.into(), name.into())))
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

    /// What of erased people could not be erased in CRMs yet, and why, in the order of the digests.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn crm_erasures_left(&self) -> Result<Vec<CrmErasureLeft>, Error> {
        self.all_of(LEFT).await
    }

    /// The rows that CRMs keep of these handles and these customers, to be written down before the links
    /// and the outbox are erased.
    pub(crate) async fn rows_to_erase(
        &self,
        handles: &[HandleKey],
        customers: &[CustomerId],
        stones: &Tombstones,
    ) -> Result<Vec<Versioned<Document>>, Error> {
        let mut wanted = Wanted::default();
        wanted.people.extend(handles.iter().cloned());
        let people = self.store().load(&wanted).await?.people;
        let mut documents = Vec::new();
        for crm in self.own_crms()? {
            let mut rows = self.rows_written(crm, handles, customers).await?;
            let confirmed = people.iter().filter_map(|(handle, person)| {
                let customer = confirmed(crm, &person.link.as_ref()?.value)?;
                Some((customer.clone(), handle.clone()))
            });
            let writes = crm.handles && crm.performs(&EffectName::LinkHandle);
            rows.extend(confirmed.filter(|_| writes));
            for (customer, handle) in rows {
                let subject = stones.name_of(&handle);
                let whose = stones.name_of_customer(&customer);
                let key = format!("{subject} {} {whose}", crm.system());
                let at = self.now();
                let row = Row {
                    customer,
                    handle,
                    at,
                    subject,
                };
                let known = self.store().privacy().document(ROW, &key).await?;
                documents.push(Versioned {
                    value: Document::new(ROW, key, serde_json::json!(row)),
                    version: known.map_or(0, |row| row.version),
                });
            }
        }
        Ok(documents)
    }

    /// The rows that the CRM has or may have, as the outbox tells: what was to be written there and was not
    /// taken away since, whatever the links say by now.
    async fn rows_written(
        &self,
        crm: &CrmAccount,
        handles: &[HandleKey],
        customers: &[CustomerId],
    ) -> Result<BTreeSet<(CustomerId, HandleKey)>, Error> {
        let mut query = OutboxQuery::default();
        (query.account, query.limit) = (Some(crm.account()?), PAGE);
        let mut rows = BTreeSet::new();
        loop {
            let page = self.outbox(&query).await?;
            let Some(last) = page.last() else {
                return Ok(rows);
            };
            query.after = Some(last.effect.key.clone());
            for row in &page {
                let Some((write, _)) = unwrapped(&row.effect) else {
                    continue;
                };
                // Whether there is a row once it has landed, and whether there may be one before.
                let (customer, handle, there) = match write.kind {
                    EffectKind::LinkHandle { customer, handle } => {
                        let never = [OutboxState::Cancelled, OutboxState::DryRun];
                        (customer, handle.handle, !never.contains(&row.state))
                    }
                    EffectKind::UnlinkHandle { customer, handle } => {
                        let gone = row.state.has_landed();
                        if gone {
                            rows.remove(&(customer.clone(), handle.clone()));
                        }
                        (customer, handle, !gone)
                    }
                    _ => continue,
                };
                let theirs = handles.contains(&handle) || customers.contains(&customer);
                if there && theirs {
                    rows.insert((customer, handle));
                }
            }
        }
    }

    /// Erases in CRMs what is still to be erased there. What fails stands in
    /// [`crm_erasures_left`](Self::crm_erasures_left), holds up nothing else and is tried again by later
    /// calls.
    pub(crate) async fn erase_in_crms(&self) -> Result<(), Error> {
        if self.parts.dry_run {
            return Ok(());
        }
        for crm in self.own_crms()? {
            for item in self.to_erase_in(crm).await? {
                if !self.erase_item(crm, item).await? {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Rows first, then the records that bear them.
    async fn to_erase_in(&self, crm: &CrmAccount) -> Result<Vec<Item>, Error> {
        let mut items = Vec::new();
        for document in self.all_rows(ROW).await? {
            let Document { key, body, .. } = document.value;
            let Ok(row) = serde_json::from_value::<Row>(body) else {
                continue;
            };
            let kind = EffectKind::UnlinkHandle {
                customer: row.customer,
                handle: row.handle,
            };
            items.push(Item {
                kind,
                subject: row.subject,
                at: row.at,
                document: (ROW, key.to_string()),
            });
        }
        if crm.erases {
            for (customer, at) in self.erased_customers().await? {
                let name = self.subject_name(&crate::Subject::Customer(customer.clone()));
                items.push(Item {
                    kind: EffectKind::Erase { customer },
                    subject: name.clone(),
                    at,
                    document: (crate::privacy::FOR_CRM, name),
                });
            }
        }
        let here = |item: &Item| {
            let customer = item.kind.customer();
            customer.is_some_and(|id| id.system == *crm.system())
        };
        items.retain(here);
        Ok(items)
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

    /// Tries to erase one thing. Returns whether the system may be asked for the next one.
    async fn erase_item(&self, crm: &CrmAccount, item: Item) -> Result<bool, Error> {
        let (system, now) = (crm.system(), self.now());
        let name = item.name(system);
        let known = self.store().privacy().document(LEFT, &name).await?;
        let version = known.as_ref().map_or(0, |row| row.version);
        let left = known.and_then(|row| serde_json::from_value(row.value.body).ok());
        let left: Option<CrmErasureLeft> = left;
        if let Some(left) = left.as_ref().filter(|left| now < left.next_at) {
            return Ok(left.state != CrmErasureState::Unavailable);
        }
        let key = EffectKey::derive(&["crm", system.as_str(), "erase", &item.document.1]);
        let effect = Effect::new(key, system.clone(), item.kind.clone());
        let as_queued = wrapped(&effect, &[])?;
        let pauses = self.pauses().await?;
        if pauses.iter().any(|pause| pause.scope.covers(&as_queued)) {
            return Ok(true);
        }
        let (state, next_at) = match self.erased_in(crm, &effect, item.at).await {
            Ok(Some(did)) => {
                self.erased_there(crm, item, did).await?;
                return Ok(true);
            }
            Ok(None) => (CrmErasureState::StillThere, now + STILL),
            Err(error) => {
                if left.is_none() {
                    tracing::warn!(%error, "erasing in a CRM fails, and is tried again");
                }
                failed(&error, now)
            }
        };
        let asks_on = state != CrmErasureState::Unavailable;
        let left = CrmErasureLeft {
            system: system.clone(),
            subject: item.subject,
            state,
            since: item.at,
            tries: left.map_or(0, |left| left.tries).saturating_add(1),
            next_at,
        };
        let mut changes = Changes::default();
        let value = Document::new(LEFT, name, serde_json::json!(left));
        changes.documents.push(Versioned { value, version });
        self.noted(changes).await?;
        Ok(asks_on)
    }

    /// What it took; none where the system still shows what it should have erased.
    async fn erased_in(
        &self,
        crm: &CrmAccount,
        effect: &Effect,
        first_at: DateTime<Utc>,
    ) -> Result<Option<Did>, aspa_crm::Error> {
        let writer = Writer::new(crm.crm.as_ref(), &crm.policies);
        // An earlier try may have been cut off; taking away twice takes away once.
        let earlier = Earlier::Unknown { first_at };
        let did = match writer.perform(effect, earlier, self.now()).await {
            Ok(written) => written.receipt.did,
            Err(error) if *error.kind() == ErrorKind::NotFound => return Ok(Some(Did::Nothing)),
            Err(error) => return Err(error),
        };
        let hard = crm.crm.capabilities().erasure == Some(Erasure::Hard);
        if let EffectKind::Erase { customer } = &effect.kind
            && hard
            && let Some(_) = crm.crm.get(customer).await?
        {
            return Ok(None);
        }
        Ok(Some(did))
    }

    async fn erased_there(&self, crm: &CrmAccount, item: Item, did: Did) -> Result<(), Error> {
        let name = item.name(crm.system());
        let (kind, key) = item.document;
        let receipt = CrmErasure {
            system: crm.system().clone(),
            subject: item.subject,
            did,
            at: self.now(),
        };
        let known = self.store().privacy().document(RECEIPT, &name).await?;
        let left = self.store().privacy().document(LEFT, &name).await?;
        let mut changes = Changes::default();
        if left.is_some() {
            let purged = (LEFT.into(), name.clone().into());
            changes.purged.push(Purge::Document(Versioned::new(purged)));
        }
        changes.documents.push(Versioned {
            value: Document::new(RECEIPT, name, serde_json::json!(receipt)),
            version: known.map_or(0, |row| row.version),
        });
        let purged = (kind.into(), key.into());
        changes.purged.push(Purge::Document(Versioned::new(purged)));
        self.noted(changes).await
    }

    /// Commits; where another process was first, it has said the same.
    async fn noted(&self, changes: Changes) -> Result<(), Error> {
        match self.store().commit(changes).await.map_err(Error::from) {
            Err(error) if error.is_conflict() => Ok(()),
            other => other.map(drop),
        }
    }
}

/// Why it is left, and until when.
fn failed(error: &aspa_crm::Error, now: DateTime<Utc>) -> (CrmErasureState, DateTime<Utc>) {
    let unavailable = CrmErasureState::Unavailable;
    match error.kind() {
        ErrorKind::Throttled(wait) => {
            let wait = TimeDelta::from_std(*wait).unwrap_or(REFUSED);
            (unavailable, now + wait.min(REFUSED))
        }
        ErrorKind::QuotaUntil(until) => (unavailable, *until),
        ErrorKind::Unavailable | ErrorKind::Conflict { .. } => (unavailable, now),
        ErrorKind::Auth => (unavailable, now + AUTHORISE),
        ErrorKind::Unsupported => (CrmErasureState::Unsupported, now + REFUSED),
        _ => (CrmErasureState::Refused, now + REFUSED),
    }
}
