use std::collections::BTreeMap;
use std::sync::Arc;

use aspa_channel::Handle;
use aspa_ticket::{NoteId, TicketKey};
use aspa_types::{DeliveryId, HandleKey, TenantId};
use async_trait::async_trait;

use super::{MemoryTenant, Tenant};
use crate::changes::{Changes, Note, RawDelivery, Versioned};
use crate::error::{Error, ErrorKind};
use crate::memory_claims::Waiting;
use crate::privacy::{AuditQuery, Audited, Document, PrivacyStore, Purge, Rewritten};
use crate::query::Recorded;
use crate::store::InboxEntry;

/// A history that is told anew has as many entries as there are.
pub(super) fn check_histories(
    log: &[Recorded],
    tenant: &TenantId,
    changes: &Changes,
) -> Result<(), Error> {
    for row in &changes.rewritten {
        if entries(log, tenant, &row.about).count() != row.history.len() {
            return Err(Error::conflict(&row.about));
        }
    }
    Ok(())
}

fn entries<'a>(
    log: &'a [Recorded],
    tenant: &'a TenantId,
    about: &'a TicketKey,
) -> impl Iterator<Item = usize> + 'a {
    let ours = move |entry: &Recorded| entry.tenant == *tenant && entry.about == *about;
    let places = log.iter().enumerate();
    places
        .filter(move |(_, entry)| ours(entry))
        .map(|(place, _)| place)
}

pub(super) fn rewrite(log: &mut [Recorded], tenant: &TenantId, rewritten: Vec<Rewritten>) {
    for row in rewritten {
        let places: Vec<usize> = entries(log, tenant, &row.about).collect();
        for (place, event) in places.into_iter().zip(row.history) {
            if let Some(entry) = log.get_mut(place) {
                entry.about = row.becomes.clone();
                entry.event = event;
            }
        }
    }
}

impl Tenant {
    pub(super) fn check_privacy(&self, changes: &Changes) -> Result<(), Error> {
        if !changes.is_valid() {
            return Err(Error::new(ErrorKind::Invalid, "commit"));
        }
        for row in &changes.documents {
            let key = (row.value.kind.clone(), row.value.key.clone());
            let found = self.documents.get(&key).map_or(0, |row| row.version);
            if found != row.version {
                return Err(Error::conflict(format_args!("{} {}", key.0, key.1)));
            }
        }
        for dropped in &changes.purged {
            let (expected, found, name) = match dropped {
                Purge::Message(row) => {
                    let found = self.messages.get(&row.value).map(|row| row.version);
                    (row.version, found, row.value.to_string())
                }
                Purge::Handle(row) => {
                    let found = self.handles.get(&row.value).map(|row| row.version);
                    (row.version, found, row.value.to_string())
                }
                Purge::Link(row) => {
                    let key = row.value.to_string();
                    (
                        row.version,
                        self.links.get(&key).map(|row| row.version),
                        key,
                    )
                }
                Purge::Document(row) => {
                    let found = self.documents.get(&row.value).map(|row| row.version);
                    (row.version, found, row.value.1.to_string())
                }
                _ => continue,
            };
            if expected != 0 && found != Some(expected) {
                return Err(Error::conflict(name));
            }
        }
        Ok(())
    }

    pub(super) fn write_privacy(&mut self, changes: &mut Changes) {
        for dropped in std::mem::take(&mut changes.purged) {
            self.take_away(dropped);
        }
        for mut row in std::mem::take(&mut changes.documents) {
            row.version += 1;
            let key = (row.value.kind.clone(), row.value.key.clone());
            self.documents.insert(key, row);
        }
        for entry in std::mem::take(&mut changes.audit) {
            self.audited += 1;
            self.audit.insert(self.audited, entry);
        }
    }

    fn take_away(&mut self, dropped: Purge) {
        match dropped {
            Purge::Message(row) => self.take_message(&row.value),
            Purge::Handle(row) => drop(self.handles.remove(&row.value)),
            Purge::Link(row) => drop(self.links.remove(&row.value.to_string())),
            Purge::Note(id) => drop(self.notes.remove(&id)),
            Purge::DeliveryBody(webhook, id) => {
                if let Some(delivery) = self.deliveries.get_mut(&(webhook, id)) {
                    delivery.body = Vec::new();
                }
            }
            Purge::Delivery(webhook, id) => drop(self.deliveries.remove(&(webhook, id))),
            Purge::Document(row) => drop(self.documents.remove(&row.value)),
            Purge::Audit(seq) => drop(self.audit.remove(&seq)),
        }
    }
}

/// The values behind a key, at most so many.
fn page<K: Ord, V: Clone>(rows: &BTreeMap<K, V>, after: Option<&K>, limit: usize) -> Vec<V> {
    let later = rows
        .iter()
        .filter(|(key, _)| after.is_none_or(|a| *key > a));
    later.take(limit).map(|(_, value)| value.clone()).collect()
}

#[async_trait]
impl PrivacyStore for MemoryTenant {
    async fn document(&self, kind: &str, key: &str) -> Result<Option<Versioned<Document>>, Error> {
        let key = (kind.into(), key.into());
        Ok(self.read(|tenant| tenant.documents.get(&key).cloned()))
    }

    async fn documents(
        &self,
        kind: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Versioned<Document>>, Error> {
        let fits =
            |(of, key): &(Arc<str>, Arc<str>)| **of == *kind && after.is_none_or(|a| **key > *a);
        Ok(self.read(|tenant| {
            let rows = tenant.documents.iter().filter(|(key, _)| fits(key));
            rows.take(limit).map(|(_, row)| row.clone()).collect()
        }))
    }

    async fn audit(&self, query: &AuditQuery) -> Result<Vec<Audited>, Error> {
        Ok(self.read(|tenant| {
            let all = tenant.audit.iter();
            let all = all.map(|(seq, entry)| Audited::new(*seq, entry.clone()));
            all.filter(|audited| query.fits(audited))
                .take(query.limit())
                .collect()
        }))
    }

    async fn all_deliveries(
        &self,
        after: Option<&(Arc<str>, DeliveryId)>,
        limit: usize,
    ) -> Result<Vec<RawDelivery>, Error> {
        Ok(self.read(|tenant| page(&tenant.deliveries, after, limit)))
    }

    async fn waiting(&self, after: u64, limit: usize) -> Result<Vec<InboxEntry>, Error> {
        Ok(self.read(|tenant| {
            let waiting = tenant.inbox.waiting.range(after.saturating_add(1)..);
            let entry = |(&seq, w): (&u64, &Waiting)| {
                InboxEntry::new(self.id.clone(), seq, w.received_at, w.event.clone())
            };
            waiting.take(limit).map(entry).collect()
        }))
    }

    async fn handles(
        &self,
        after: Option<&HandleKey>,
        limit: usize,
    ) -> Result<Vec<Versioned<Handle>>, Error> {
        Ok(self.read(|tenant| page(&tenant.handles, after, limit)))
    }

    async fn notes(&self, after: Option<&NoteId>, limit: usize) -> Result<Vec<Note>, Error> {
        Ok(self.read(|tenant| page(&tenant.notes, after, limit)))
    }

    async fn scrub(&self) -> Result<(), Error> {
        Ok(())
    }
}
