//! The local replica of customers, and who handles are.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};

use aspa_channel::{Cursor, Direction};
use aspa_crm::{Change, Crm, Customer};
use aspa_identity::{Evidence, EvidenceKind, Link, Linker};
use aspa_store::{Changes, Wanted};
use aspa_types::{AgentId, CustomerId, HandleKey};

use crate::desk::{Desk, Parts};
use crate::error::Error;
use crate::people;
use crate::world::World;

/// What a CRM brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Synced {
    /// Customers that were new or changed.
    pub put: usize,
    /// Customers that are gone.
    pub gone: usize,
}

impl Desk {
    /// The replica of this tenant's customers, read from the store when it is first needed.
    pub(crate) async fn linker(&self) -> Result<Arc<Linker>, Error> {
        let known = |parts: &Parts| {
            let linkers = parts.linkers.lock().unwrap_or_else(PoisonError::into_inner);
            linkers.get(&self.tenant).cloned()
        };
        if let Some(linker) = known(&self.parts) {
            return Ok(linker);
        }
        let linker = Linker::new(self.parts.identity.clone());
        let mut after: Option<CustomerId> = None;
        loop {
            let page = self.store().customers(after.as_ref(), 1000).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            page.iter().for_each(|customer| {
                linker.put(customer);
            });
        }
        let mut linkers = self
            .parts
            .linkers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let entry = linkers.entry(self.tenant.clone());
        Ok(entry.or_insert_with(|| Arc::new(linker)).clone())
    }

    /// Takes what a CRM has changed into the local replica of customers. Where the CRM can no longer
    /// go on from where it was read last, all of it is read again, and whom it does not bring any more
    /// is gone. Links are decided anew when somebody writes, or by [`relink`](Self::relink).
    ///
    /// # Errors
    ///
    /// When the CRM or the store fails, or a full reading brings nobody although customers of that
    /// system are known; what was taken in by then stays, and the next call goes on.
    pub async fn sync(&self, crm: &dyn Crm) -> Result<Synced, Error> {
        let source: Arc<str> = format!("crm {}", crm.system()).into();
        let cursor = self.store().cursor(&source).await?;
        match self.sync_from(&source, cursor.clone(), crm, None).await {
            Err(Error::Crm(error)) if *error.kind() == aspa_crm::ErrorKind::CursorExpired => {
                let mut left = BTreeSet::new();
                let mut after = None;
                loop {
                    let page = self.store().customers(after.as_ref(), 1000).await?;
                    let Some(last) = page.last() else { break };
                    after = Some(last.id.clone());
                    let ids = page.into_iter().map(|customer| customer.id);
                    left.extend(ids.filter(|id| id.system == *crm.system()));
                }
                self.sync_from(&source, None, crm, Some(left)).await
            }
            other => other,
        }
    }

    /// Decides anew who everybody is that has written: after a [`sync`](Self::sync) that brought or
    /// took customers. Returns how many links changed. O(messages + handles).
    ///
    /// # Errors
    ///
    /// When the store fails; what was decided by then stays.
    pub async fn relink(&self) -> Result<usize, Error> {
        let store = self.store();
        let linker = self.linker().await?;
        let mut authors = BTreeSet::new();
        let mut after = None;
        loop {
            let page = store.messages(after.as_ref(), 1000).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            let inbound = page.into_iter().filter_map(|record| record.message);
            let inbound = inbound.filter(|message| message.direction == Direction::Inbound);
            authors.extend(inbound.filter_map(|message| message.author));
        }
        let authors: Vec<HandleKey> = authors.into_iter().collect();
        let changed = AtomicUsize::new(0);
        for some in authors.chunks(500) {
            let mut wanted = Wanted::default();
            wanted.people.extend(some.iter().cloned());
            let before = changed.load(Ordering::Relaxed);
            self.settle(wanted, |known| {
                let mut world = World::new(known, self.parts.rules);
                people::decide(&mut world, some, &linker);
                let changes = world.finish(self.parts.sla.as_ref(), self.now());
                let links = changes.as_ref().map_or(0, |changes| changes.links.len());
                changed.store(before + links, Ordering::Relaxed);
                Ok(changes)
            })
            .await?;
        }
        Ok(changed.into_inner())
    }

    async fn sync_from(
        &self,
        source: &Arc<str>,
        mut cursor: Option<Cursor>,
        crm: &dyn Crm,
        mut left: Option<BTreeSet<CustomerId>>,
    ) -> Result<Synced, Error> {
        const PAGE: usize = 500;
        let store = self.store();
        let linker = self.linker().await?;
        let mut synced = Synced::default();
        loop {
            let from = cursor
                .as_ref()
                .map(|cursor| aspa_crm::Cursor::new(cursor.0.clone()));
            let page = crm.changes(from.as_ref(), PAGE).await?;
            let mut changes = Changes::default();
            for change in page.changes {
                match change {
                    Change::Put(customer) => changes.customers.push(customer),
                    Change::Gone { id } => changes.gone.push(id),
                    Change::Merged { old, .. } => changes.gone.push(old),
                    _ => {}
                }
            }
            if let Some(left) = &mut left {
                let nobody = synced.put == 0 && changes.customers.is_empty();
                if page.done && nobody && !left.is_empty() {
                    return Err(Error::NobodyLeft(crm.system().clone()));
                }
                changes.customers.iter().for_each(|customer| {
                    left.remove(&customer.id);
                });
                if page.done {
                    changes.gone.extend(std::mem::take(left));
                }
            }
            let (put, gone) = (changes.customers.clone(), changes.gone.clone());
            let next = Cursor(page.next.as_str().to_owned());
            if cursor.as_ref() != Some(&next) {
                changes.cursors.push((source.clone(), next.clone()));
            }
            if !changes.is_empty() {
                store.commit(changes).await?;
            }
            cursor = Some(next);
            synced.put += put.len();
            synced.gone += gone.len();
            learn(&linker, &put, &gone);
            if page.done {
                return Ok(synced);
            }
        }
    }

    /// A person says that this handle is that customer. Returns the link as it stands now.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn confirm_link(
        &self,
        handle: &HandleKey,
        customer: &CustomerId,
        by: AgentId,
    ) -> Result<Option<Link>, Error> {
        let customer = customer.clone();
        let source = format!("agent {by}");
        self.tell(handle, source, EvidenceKind::AgentSaidSame { customer, by })
            .await
    }

    /// A person says that this handle is not that customer, which undoes a link and is remembered.
    /// Returns the link as it stands now.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn refuse_link(
        &self,
        handle: &HandleKey,
        customer: &CustomerId,
        by: AgentId,
    ) -> Result<Option<Link>, Error> {
        let customer = customer.clone();
        let source = format!("agent {by}");
        self.tell(
            handle,
            source,
            EvidenceKind::AgentSaidNotSame { customer, by },
        )
        .await
    }

    async fn tell(
        &self,
        handle: &HandleKey,
        source: String,
        kind: EvidenceKind,
    ) -> Result<Option<Link>, Error> {
        let now = self.now();
        let evidence = Evidence::new(now, source, kind);
        let linker = self.linker().await?;
        let mut wanted = Wanted::default();
        wanted.people.insert(handle.clone());
        self.settle(wanted, |known| {
            let mut world = World::new(known, self.parts.rules);
            world.tell(handle, evidence.clone());
            people::decide(&mut world, std::slice::from_ref(handle), &linker);
            Ok(world.finish(self.parts.sla.as_ref(), now))
        })
        .await?;
        self.link(handle).await
    }

    /// Who a handle is, as far as is known.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn link(&self, handle: &HandleKey) -> Result<Option<Link>, Error> {
        let mut wanted = Wanted::default();
        wanted.people.insert(handle.clone());
        let mut people = self.store().load(&wanted).await?.people;
        Ok(people
            .remove(handle)
            .and_then(|person| person.link)
            .map(|row| row.value))
    }
}

fn learn(linker: &Linker, put: &[Customer], gone: &[CustomerId]) {
    put.iter().for_each(|customer| {
        linker.put(customer);
    });
    for id in gone {
        linker.remove(id);
    }
}
