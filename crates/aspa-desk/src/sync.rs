//! What the CRMs say, taken into the store and the replica.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};

use aspa_channel::Cursor;
use aspa_crm::{Change, Crm, Customer};
use aspa_identity::{Link, LinkState, Linker};
use aspa_store::{Changes, Wanted};
use aspa_types::{CustomerId, HandleKey};

use crate::desk::{Desk, Parts};
use crate::error::Error;
use crate::merged;
use crate::replica::{Known, Replica, is_confirmed};

/// What a CRM brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Synced {
    /// Customers that were new or changed.
    pub put: usize,
    /// Customers that are gone, those that went into another record too.
    pub gone: usize,
}

/// How much is read at once.
const PAGE: usize = 500;

impl Desk {
    /// The replica of this tenant's customers, read from the store when it is first needed.
    pub(crate) async fn replica(&self) -> Result<Arc<Replica>, Error> {
        let stones = self.stones().await?;
        let known = |parts: &Parts| {
            let replicas = parts.replicas.lock();
            let replicas = replicas.unwrap_or_else(PoisonError::into_inner);
            replicas.get(&self.tenant).cloned()
        };
        if let Some(replica) = known(&self.parts) {
            return Ok(replica);
        }
        let settings = self.parts.identity.clone();
        let linker = match &self.parts.identity_key {
            Some(key) => Linker::with_secret(settings, key, self.tenant.as_ref())?,
            None => Linker::new(settings),
        };
        let replica = Replica::new(linker.model(self.parts.identity_model.clone()), stones);
        let store = self.store();
        let mut after: Option<HandleKey> = None;
        loop {
            let page = store
                .links(&LinkState::Linked, after.as_ref(), PAGE)
                .await?;
            let Some(last) = page.last() else { break };
            after = Some(last.handle.clone());
            let mut wanted = Wanted::default();
            let confirmed = page.into_iter().filter(is_confirmed);
            wanted.people.extend(confirmed.map(|link| link.handle));
            for (handle, person) in store.load(&wanted).await?.people {
                replica.teach(&handle, Known::of(&person), None);
            }
        }
        let mut after: Option<CustomerId> = None;
        loop {
            let page = store.customers(after.as_ref(), 2 * PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            page.iter().for_each(|customer| replica.put(customer));
        }
        let mut replicas = self
            .parts
            .replicas
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let entry = replicas.entry(self.tenant.clone());
        Ok(entry.or_insert_with(|| Arc::new(replica)).clone())
    }

    /// Has the replica know the handles that these links confirm, and no longer those that they do not.
    pub(crate) async fn teach(&self, replica: &Replica, links: &[Link]) -> Result<(), Error> {
        let mut wanted = Wanted::default();
        let news = |link: &&Link| is_confirmed(link) || replica.knows(&link.handle);
        let news = links.iter().filter(news);
        wanted.people.extend(news.map(|link| link.handle.clone()));
        if wanted.is_empty() {
            return Ok(());
        }
        let _turn = replica.turn.lock().await;
        let people = self.store().load(&wanted).await?.people;
        let known: Vec<(HandleKey, Option<Known>)> = people
            .into_iter()
            .map(|(handle, person)| (handle, Known::of(&person)))
            .collect();
        let mut wanted = Wanted::default();
        let customers = known.iter().filter_map(|(_, known)| known.as_ref());
        wanted
            .customers
            .extend(customers.map(|known| known.customer.clone()));
        let customers = self.store().load(&wanted).await?.customers;
        for (handle, known) in known {
            let record = known.as_ref().and_then(|k| customers.get(&k.customer));
            replica.teach(&handle, known.clone(), record);
        }
        Ok(())
    }

    /// Takes what a CRM has changed into the local replica of customers. Where the CRM can no longer
    /// go on from where it was read last, all of it is read again, and whom it does not bring any more
    /// is gone. Links are decided anew when somebody writes, or by [`relink`](Self::relink).
    ///
    /// A record that went into another one leaves a mark without anything personal in the replica, and
    /// links to it are seen through the merge at once: O(links), and only then. Where an agent had
    /// ruled the other record out, they wait for review. A record that comes back has its links again.
    ///
    /// # Errors
    ///
    /// When the CRM or the store fails, or a full reading brings nobody although customers of that
    /// system are known; what was taken in by then stays, and the next call goes on.
    pub async fn sync(&self, crm: &dyn Crm) -> Result<Synced, Error> {
        let source: Arc<str> = format!("crm {}", crm.system()).into();
        let cursor = self.store().cursor(&source).await?;
        let mut merged = BTreeSet::new();
        let read = self.sync_from(&source, cursor.clone(), crm, None, &mut merged);
        let synced = match read.await {
            Err(Error::Crm(error)) if *error.kind() == aspa_crm::ErrorKind::CursorExpired => {
                let replica = self.replica().await?;
                let mut left = BTreeSet::new();
                let mut after = None;
                loop {
                    let page = self.store().customers(after.as_ref(), 1000).await?;
                    let Some(last) = page.last() else { break };
                    after = Some(last.id.clone());
                    let ids = page.into_iter().map(|customer| customer.id);
                    let ids = ids.filter(|id| id.system == *crm.system());
                    // A merged record is not brought any more, and its mark stays.
                    left.extend(ids.filter(|id| !replica.is_merged(id)));
                }
                self.sync_from(&source, None, crm, Some(left), &mut merged)
                    .await
            }
            other => other,
        };
        if !merged.is_empty() {
            let touched = |link: &Link| {
                let about = link.customer.iter().chain(&link.redirected_from);
                let candidates = link.decision.candidates.iter().map(|c| &c.customer);
                let mut all = about.chain(candidates).chain(&link.decision.refused);
                all.any(|id| merged.contains(id))
            };
            self.relink_where(touched).await?;
        }
        synced
    }

    /// Takes in one record as it is now. Returns how many were.
    pub(crate) async fn take_in(&self, customer: Customer) -> Result<usize, Error> {
        let replica = self.replica().await?;
        // What was merged or erased is told by the changes alone.
        if replica.is_erased(&customer.id) || replica.is_merged(&customer.id) {
            return Ok(0);
        }
        let mut changes = Changes::default();
        changes.customers.push(customer.clone());
        let _turn = replica.turn.lock().await;
        self.store().commit(changes).await?;
        replica.put(&customer);
        Ok(1)
    }

    /// Lets one record go. Returns how many were there.
    pub(crate) async fn let_go(&self, id: &CustomerId) -> Result<usize, Error> {
        let replica = self.replica().await?;
        let mut wanted = Wanted::default();
        wanted.customers.insert(id.clone());
        let known = self.store().load(&wanted).await?.customers;
        if replica.is_merged(id) || known.is_empty() {
            return Ok(0);
        }
        let mut changes = Changes::default();
        changes.gone.push(id.clone());
        let _turn = replica.turn.lock().await;
        self.store().commit(changes).await?;
        replica.remove(id);
        Ok(1)
    }

    async fn sync_from(
        &self,
        source: &Arc<str>,
        mut cursor: Option<Cursor>,
        crm: &dyn Crm,
        mut left: Option<BTreeSet<CustomerId>>,
        merged: &mut BTreeSet<CustomerId>,
    ) -> Result<Synced, Error> {
        let store = self.store();
        let replica = self.replica().await?;
        let mut synced = Synced::default();
        loop {
            let from = cursor
                .as_ref()
                .map(|cursor| aspa_crm::Cursor::new(cursor.0.clone()));
            let page = crm.changes(from.as_ref(), PAGE).await?;
            // Of several changes of one record the last counts.
            let mut last: BTreeMap<CustomerId, Option<Customer>> = BTreeMap::new();
            let mut put = BTreeSet::new();
            for change in page.changes {
                let (id, row) = match change {
                    Change::Put(customer) => {
                        put.insert(customer.id.clone());
                        (customer.id.clone(), Some(customer))
                    }
                    Change::Merged { old, into } if old != into => {
                        merged.extend([old.clone(), into.clone()]);
                        (old.clone(), Some(merged::mark(old, into, self.now())))
                    }
                    Change::Gone { id } => (id, None),
                    _ => continue,
                };
                if row.as_ref().is_none_or(merged::is_mark) {
                    put.remove(&id);
                } else if replica.is_merged(&id) {
                    merged.insert(id.clone());
                }
                last.insert(id, row);
            }
            if let Some(left) = &mut left {
                let nobody = synced.put == 0 && put.is_empty();
                if page.done && nobody && !left.is_empty() {
                    return Err(Error::NobodyLeft(crm.system().clone()));
                }
                last.keys().for_each(|id| {
                    left.remove(id);
                });
                if page.done {
                    let gone = std::mem::take(left).into_iter();
                    last.extend(gone.map(|id| (id, None)));
                }
            }
            synced.put += put.len();
            synced.gone += last.len() - put.len();
            let mut changes = Changes::default();
            for (id, row) in last {
                match row {
                    // Forgotten at their wish: the CRM is told, and nothing of it comes back here.
                    Some(customer) if replica.is_erased(&customer.id) => changes.gone.push(id),
                    Some(customer) => changes.customers.push(customer),
                    None => changes.gone.push(id),
                }
            }
            let (rows, gone) = (changes.customers.clone(), changes.gone.clone());
            let next = Cursor(page.next.as_str().to_owned());
            if cursor.as_ref() != Some(&next) {
                changes.cursors.push((source.clone(), next.clone()));
            }
            let turn = replica.turn.lock().await;
            if !changes.is_empty() {
                store.commit(changes).await?;
            }
            rows.iter().for_each(|customer| replica.put(customer));
            gone.iter().for_each(|id| replica.remove(id));
            drop(turn);
            cursor = Some(next);
            if page.done {
                return Ok(synced);
            }
        }
    }
}
