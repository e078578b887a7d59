//! To erase a person: what is asked for, and what is left to show that it was done.

use std::collections::{BTreeMap, BTreeSet};

use aspa_channel::AttributeKind;
use aspa_crm::{Customer, Field};
use aspa_identity::{ContactKind, Evidence, EvidenceKind, LinkState, Tombstones};
use aspa_store::{AuditAction, Changes, Document, Purge, TicketQuery, Versioned, Wanted};
use aspa_types::{AgentId, CustomerId, HandleKey};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::job::{Job, Phase};
use crate::crm::left_of;
use crate::desk::Desk;
use crate::error::Error;

/// Receipts.
const RECEIPT: &str = "erasure";
/// What CRMs have to be told.
pub(crate) const FOR_CRM: &str = "crm_erasure";
const PAGE: usize = 500;
/// How often something is begun again when others keep being first.
const TRIES: usize = 32;
/// Fewest characters of a line that is looked for as a quotation.
const QUOTE: usize = 20;
/// How many such lines are looked for.
const QUOTES: usize = 2000;

/// A person, as the desk knows them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Subject {
    /// Whoever is behind this handle, and nothing else of theirs.
    Handle(HandleKey),
    /// This customer, with every handle that is linked to the record.
    Customer(CustomerId),
}

/// That somebody was erased. It holds nothing of the person: their names are digests under the
/// identity key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Erasure {
    /// Its name.
    pub id: String,
    /// Digests of the handles and customers that were erased.
    pub subjects: BTreeSet<String>,
    /// As of when: what happened until then is erased, and not taken in when it comes again.
    pub erased_at: DateTime<Utc>,
    /// Who wanted it.
    pub by: Option<AgentId>,
    /// When the last of it was gone.
    pub finished_at: DateTime<Utc>,
    /// How many rows of each kind were emptied, told anew or removed.
    pub rows: BTreeMap<String, u64>,
}

impl Desk {
    /// Erases a person at their wish: everything that was written by them, to them or about them, their
    /// names and addresses wherever they stand, what links them to customers, and the customer's record
    /// in the replica. What is left are bare facts under a handle that stands for theirs, so that counts,
    /// times and shares stay what they were. A receipt is stored, and what happened before is not taken in
    /// when a network or an import tells it again.
    ///
    /// CRMs that the desk [writes into](crate::CrmAccount) lose the person's handles, and their record where
    /// [that was said](crate::CrmAccount::with_erasures); [`crm_erasures`](Self::crm_erasures) shows it. What
    /// cannot be done now, `tidy` does; until then it stands in [`crm_erasures_left`](Self::crm_erasures_left). Who else's record has to be seen to, by connectors or people, stands
    /// in [`erased_customers`](Self::erased_customers).
    ///
    /// Works through the whole store in small commits, beside running workers; a call that was interrupted
    /// is gone on with by [`tidy`](Self::tidy). O(rows of the tenant).
    ///
    /// # Errors
    ///
    /// Without an [identity key](crate::DeskBuilder::identity_key), and when the store fails; then it has
    /// begun and will be gone on with.
    pub async fn erase(
        &self,
        subject: &Subject,
        by: Option<&AgentId>,
        why: &str,
    ) -> Result<Erasure, Error> {
        let mut tries = 0;
        let id = loop {
            tries += 1;
            match self.begin(subject, by, why).await {
                Ok(id) => break id,
                Err(error) if error.is_conflict() && tries < TRIES => {}
                Err(error) => return Err(error),
            }
        };
        self.finish_erasure(&id).await?;
        if let Err(error) = self.erase_in_crms().await {
            tracing::warn!(%error, "erasing in CRMs is interrupted, and gone on with");
        }
        let receipt = self.store().privacy().document(RECEIPT, &id).await?;
        let receipt = receipt.and_then(|row| serde_json::from_value(row.value.body).ok());
        receipt.ok_or_else(|| Error::NotErased(id))
    }

    /// When this person was erased, if they were: asked by digest, since nothing else is left.
    ///
    /// # Errors
    ///
    /// Without an identity key, and when the store fails.
    pub async fn erased_at(&self, subject: &Subject) -> Result<Option<DateTime<Utc>>, Error> {
        let stones = self.stones().await?.ok_or(Error::ErasureWithoutKey)?;
        Ok(match subject {
            Subject::Handle(handle) => stones.erased_at(handle),
            Subject::Customer(customer) => stones.customer_erased_at(customer),
        })
    }

    /// The receipts of all erasures that have ended, in the order of their names.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn erasures(&self) -> Result<Vec<Erasure>, Error> {
        self.all_of(RECEIPT).await
    }

    /// The customers that were erased and whose CRM has not been told: for connectors to act on, which
    /// then call [`crm_knows`](Self::crm_knows). Their ids stand in the store until then.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn erased_customers(&self) -> Result<Vec<(CustomerId, DateTime<Utc>)>, Error> {
        self.all_of(FOR_CRM).await
    }

    /// The CRM has been told that a customer was erased.
    ///
    /// # Errors
    ///
    /// Without an identity key, and when the store fails.
    pub async fn crm_knows(&self, customer: &CustomerId) -> Result<(), Error> {
        let stones = self.stones().await?.ok_or(Error::ErasureWithoutKey)?;
        let name = stones.name_of_customer(customer);
        let mut changes = Changes::default();
        changes.purged.push(left_of(customer, &name));
        let key = (FOR_CRM.into(), name.into());
        changes.purged.push(Purge::Document(Versioned::new(key)));
        self.store().commit(changes).await?;
        Ok(())
    }

    /// Finds out what has to go, and writes down that it has to.
    async fn begin(
        &self,
        subject: &Subject,
        by: Option<&AgentId>,
        why: &str,
    ) -> Result<String, Error> {
        let now = self.now();
        let known = self.stones().await?.ok_or(Error::ErasureWithoutKey)?;
        let mut stones = Tombstones::clone(&known);
        let (handles, customers) = self.presences(subject).await?;
        let mut job = Job::new(now, by.cloned());
        let mut rows = Vec::new();
        for handle in &handles {
            let (evidence, words) = self.words_of(handle).await?;
            rows.extend(stones.bury(handle, &evidence, &self.parts.identity, now));
            job.words.extend(words);
            let alias = stones.pseudonym(handle, now).map_err(Error::from)?;
            job.handles.push((handle.clone(), alias));
            job.subjects.insert(stones.name_of(handle));
        }
        let mut wanted = Wanted::default();
        wanted.customers.extend(customers.iter().cloned());
        let records = self.store().load(&wanted).await?.customers;
        for id in &customers {
            rows.push(stones.bury_customer(id, now));
            job.subjects.insert(stones.name_of_customer(id));
            if let Some(record) = records.get(id) {
                let contacts = contacts(record);
                let contacts = contacts.filter_map(|(kind, value)| {
                    stones.bury_contact(&kind, value, &self.parts.identity, now)
                });
                rows.extend(contacts);
                job.words.extend(words_of_customer(record));
            }
        }
        rows.sort_by(|a, b| a.hash.cmp(&b.hash));
        rows.dedup_by(|a, b| a.hash == b.hash);
        let mut changes = Changes::default();
        for id in &customers {
            let key = stones.name_of_customer(id);
            let known = self.store().privacy().document(FOR_CRM, &key).await?;
            let value = Document::new(FOR_CRM, key, serde_json::json!((id, now)));
            let version = known.map_or(0, |row| row.version);
            changes.documents.push(Versioned { value, version });
        }
        job.customers = customers;
        job.id = format!("{}-{}", now.timestamp_micros(), self.subject_name(subject));
        self.bury(&mut changes, rows).await?;
        changes.documents.push(Versioned::new(job.document()));
        let rows = self
            .rows_to_erase(&handles, &job.customers, &stones)
            .await?;
        changes.documents.extend(rows);
        let entry = self.audited(AuditAction::Erased, by, subject).because(why);
        changes.audit.push(entry);
        self.store().commit(changes).await?;
        Ok(job.id)
    }

    /// Has the raw deliveries and the inbox looked through again for what somebody did before they were
    /// erased, since a network has told it again.
    pub(super) async fn look_again(&self, handle: &HandleKey) -> Result<(), Error> {
        let Some(stones) = self.stones().await? else {
            return Ok(());
        };
        let Some(erased_at) = stones.erased_at(handle) else {
            return Ok(());
        };
        let mut job = Job::new(erased_at, None);
        job.subjects.insert(stones.name_of(handle));
        let alias = stones.pseudonym(handle, erased_at).map_err(Error::from)?;
        job.handles.push((handle.clone(), alias));
        job.phase = Phase::Deliveries;
        job.id = format!("again-{}", stones.name_of(handle));
        let mut changes = Changes::default();
        changes.documents.push(Versioned::new(job.document()));
        match self.store().commit(changes).await.map_err(Error::from) {
            // It will be looked through anyway.
            Err(error) if error.is_conflict() => Ok(()),
            other => other.map(drop),
        }
    }

    /// The handles and customers that somebody is.
    pub(super) async fn presences(
        &self,
        subject: &Subject,
    ) -> Result<(Vec<HandleKey>, Vec<CustomerId>), Error> {
        let customer = match subject {
            Subject::Handle(handle) => return Ok((vec![handle.clone()], Vec::new())),
            Subject::Customer(customer) => customer,
        };
        let root = self.replica().await?.root(customer);
        let mut customers = vec![customer.clone()];
        if root != *customer {
            customers.push(root);
        }
        let (store, mut handles, mut after) = (self.store(), Vec::new(), None);
        loop {
            let page = store
                .links(&LinkState::Linked, after.as_ref(), PAGE)
                .await?;
            let Some(last) = page.last() else { break };
            after = Some(last.handle.clone());
            let theirs = page.into_iter().filter(|link| {
                let mut about = link.customer.iter().chain(&link.redirected_from);
                about.any(|id| customers.contains(id))
            });
            handles.extend(theirs.map(|link| link.handle));
        }
        Ok((handles, customers))
    }

    /// What is known of a handle, and every word by which it is told.
    async fn words_of(
        &self,
        handle: &HandleKey,
    ) -> Result<(Vec<Evidence>, BTreeSet<String>), Error> {
        let mut words = BTreeSet::new();
        let mut wanted = Wanted::default();
        wanted.handles.insert(handle.clone());
        wanted.people.insert(handle.clone());
        let store = self.store();
        let mut loaded = store.load(&wanted).await?;
        let seen = loaded.handles.remove(handle);
        for attribute in seen.iter().flat_map(|row| &row.value.attributes) {
            let plain = matches!(
                attribute.kind,
                AttributeKind::Language | AttributeKind::Location
            );
            if !plain {
                words.extend(attribute.value.lines().map(told));
            }
        }
        let person = loaded.people.remove(handle).unwrap_or_default();
        for piece in &person.evidence {
            match &piece.kind {
                EvidenceKind::ProfileSeen(profile) => {
                    let names = profile.user_name.iter().chain(&profile.display_name);
                    let links = profile.links.iter().chain(&profile.verified_links);
                    words.extend(
                        names
                            .chain(&profile.bio)
                            .chain(links)
                            .map(|text| told(text)),
                    );
                }
                EvidenceKind::ContactRevealed(contact) => {
                    words.insert(told(&contact.value));
                }
                EvidenceKind::NameTold(name) => {
                    words.insert(told(&name.name));
                }
                _ => {}
            }
        }
        let mut query = TicketQuery::default();
        (query.handle, query.limit) = (Some(handle.clone()), 10_000);
        for row in store.tickets(&query).await? {
            let mut wanted = Wanted::default();
            let inbound = row.ticket.inbound();
            wanted
                .messages
                .extend(inbound.map(|attached| attached.message.clone()));
            for record in store.load(&wanted).await?.messages.into_values() {
                let newest = record.value.message.into_iter();
                for message in newest.chain(record.value.revisions) {
                    let text = message.text();
                    let long = |line: &&str| line.trim().chars().count() >= QUOTE;
                    let lines = text.lines().filter(long).map(|line| line.trim().to_owned());
                    if words.len() < QUOTES {
                        words.extend(lines);
                    }
                }
            }
        }
        words.retain(|word| !word.is_empty());
        Ok((person.evidence, words))
    }

    /// Who it is, as a digest: under the identity key where there is one.
    pub(crate) fn subject_name(&self, subject: &Subject) -> String {
        let key = self.parts.identity_key.as_ref();
        let stones = key.and_then(|key| Tombstones::of_tenant(key, self.tenant.as_ref()).ok());
        match (stones, subject) {
            (Some(stones), Subject::Handle(handle)) => stones.name_of(handle),
            (Some(stones), Subject::Customer(customer)) => stones.name_of_customer(customer),
            (None, Subject::Handle(handle)) => digest(&handle.to_string()),
            (None, Subject::Customer(customer)) => digest(&customer.to_string()),
        }
    }

    /// Puts a receipt in the place of a job.
    pub(super) async fn receipt(&self, job: &Job) -> Result<Document, Error> {
        let receipt = Erasure {
            id: job.id.clone(),
            subjects: job.subjects.clone(),
            erased_at: job.erased_at,
            by: job.by.clone(),
            finished_at: self.now(),
            rows: job.rows.clone(),
        };
        Ok(Document::new(
            RECEIPT,
            job.id.as_str(),
            serde_json::json!(receipt),
        ))
    }
}

fn digest(text: &str) -> String {
    aspa_types::DeliveryId::derive(&["subject", text]).to_string()
}

/// A name as it stands in texts.
fn told(text: &str) -> String {
    text.trim().trim_start_matches('@').to_owned()
}

fn contacts(customer: &Customer) -> impl Iterator<Item = (ContactKind, &str)> {
    customer.claims.iter().filter_map(|claim| {
        let kind = match claim.field {
            Field::Email => ContactKind::Email,
            Field::Phone => ContactKind::Phone,
            Field::CustomerNumber => ContactKind::CustomerNumber,
            _ => return None,
        };
        Some((kind, claim.value.as_str()))
    })
}

/// What of a customer's record would tell who it is: no city and no language.
fn words_of_customer(customer: &Customer) -> BTreeSet<String> {
    let telling = |field: &Field| {
        matches!(
            field,
            Field::FullName
                | Field::Email
                | Field::Phone
                | Field::CustomerNumber
                | Field::OrderNumber
                | Field::Street
                | Field::Handle
        )
    };
    let claims = customer.claims.iter().filter(|claim| telling(&claim.field));
    let mut words: BTreeSet<String> = claims.map(|claim| told(&claim.value)).collect();
    let parts = [
        customer.value(&Field::FirstName),
        customer.value(&Field::LastName),
    ];
    if let [Some(first), Some(last)] = parts {
        words.insert(format!("{first} {last}"));
        words.insert(format!("{last} {first}"));
    }
    words
}
