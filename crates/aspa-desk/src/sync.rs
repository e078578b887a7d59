//! What the CRMs say, taken into the store and the replica.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use aspa_channel::Cursor;
use aspa_crm::{
    Batch, Change, Checkpoint, Crm, Customer, ErrorKind, Hint, Mirror, Reading, Step, StepError,
    catch_up,
};
use aspa_identity::{Link, LinkState, Linker};
use aspa_store::{Changes, Wanted};
use aspa_types::{CustomerId, HandleKey, SystemId, TenantId};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::crm::CrmAccount;
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

/// Why a system is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// It may be time.
    Due,
    /// A webhook says that something has changed; a pause goes on all the same.
    Hinted,
    /// Somebody wants it now.
    Asked,
}

/// The reading of one system; none before the first.
type Slot = Arc<tokio::sync::Mutex<Option<Reading>>>;

/// The readings of every tenant's systems, each one at a time.
pub(crate) type Readings = Mutex<HashMap<(TenantId, SystemId), Slot>>;

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

    /// Takes what a CRM has changed into the local replica of customers. The first reading is complete, and
    /// so is each after a cursor that the CRM no longer knows and, where the CRM does not tell of all
    /// deletes ([`Capabilities::deletes`](aspa_crm::Capabilities)), one now and then: whom it does not bring
    /// any more is gone. It goes on where it stood after a failure or a restart, in any process. Pauses that
    /// an earlier failure asked for are kept by a [running](Self::run) desk and not here. Links are decided
    /// anew when somebody writes, or by [`relink`](Self::relink).
    ///
    /// A record that went into another one leaves a mark without anything personal in the replica, and
    /// links to it are seen through the merge at once: O(links), and only then. Where an agent had
    /// ruled the other record out, they wait for review. A record that comes back has its links again.
    ///
    /// # Errors
    ///
    /// When the CRM or the store fails, or more customers are gone than a CRM loses, until somebody
    /// [allows](Self::allow_gone) it; what was taken in by then stays, and the next call goes on.
    pub async fn sync(&self, crm: &dyn Crm) -> Result<Synced, Error> {
        self.read_on(crm, Why::Asked).await.0
    }

    /// Lets the reading of a CRM that is under way remove however many customers it finds gone: what
    /// [`Error::TooManyGone`] waits for.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn allow_gone(&self, system: &SystemId) -> Result<(), Error> {
        let reading = self.reading(system);
        let _turn = reading.lock().await;
        let source = source(system);
        let mut checkpoint = self.checkpoint(&source).await?.unwrap_or_default();
        (checkpoint.gone_allowed, checkpoint.parked_until) = (true, None);
        let mut changes = Changes::default();
        changes.cursors.push((source, stored(&checkpoint)?));
        self.store().commit(changes).await?;
        Ok(())
    }

    /// Whether a system is left alone just now.
    pub(crate) async fn is_parked(&self, system: &SystemId) -> Result<bool, Error> {
        let checkpoint = self.checkpoint(&source(system)).await?.unwrap_or_default();
        let until = checkpoint.parked_until;
        Ok(until.is_some_and(|until| self.now() < until))
    }

    /// Leaves a system alone for as long as its failure asks for.
    pub(crate) async fn park(
        &self,
        crm: &CrmAccount,
        error: &aspa_crm::Error,
    ) -> Result<(), Error> {
        let source = source(crm.system());
        let checkpoint = self.checkpoint(&source).await?;
        let capabilities = crm.capabilities();
        let mut reading = Reading::new(checkpoint, &capabilities, crm.settings());
        let failed = reading.failed(error, self.now());
        let mut changes = Changes::default();
        changes.cursors.push((source, stored(&failed.checkpoint)?));
        self.store().commit(changes).await?;
        Ok(())
    }

    /// Reads until nothing more is to be done before some later time, which is returned too.
    pub(crate) async fn read_on(
        &self,
        crm: &dyn Crm,
        why: Why,
    ) -> (Result<Synced, Error>, DateTime<Utc>) {
        let system = crm.system();
        let reading = self.reading(system);
        let mut reading = reading.lock().await;
        let rows = Rows {
            desk: self,
            system,
            source: source(system),
            came: Mutex::default(),
        };
        let checkpoint = match self.checkpoint(&rows.source).await {
            Ok(checkpoint) => checkpoint,
            Err(error) => return (Err(error), self.now()),
        };
        let reading = match reading.as_mut() {
            Some(reading) => {
                reading.resume(checkpoint);
                reading
            }
            None => {
                let account = self.parts.crms.iter().find(|one| one.system() == system);
                let settings = account.map(CrmAccount::settings).unwrap_or_default();
                reading.insert(Reading::new(checkpoint, &crm.capabilities(), settings))
            }
        };
        match why {
            Why::Due => {}
            Why::Hinted => reading.hinted(Hint::Changes),
            Why::Asked => reading.ask_now(),
        }
        let read = catch_up(reading, crm, &rows, || self.now()).await;
        let came = rows.came.into_inner();
        let came = came.unwrap_or_else(PoisonError::into_inner);
        let until = match reading.next(self.now()) {
            Step::Wait { until } => until,
            _ => self.now(),
        };
        // A cursor that expires over and over is tried again later. Otherwise it was left alone.
        let expired = || aspa_crm::Error::new(ErrorKind::CursorExpired, "changes");
        let read = match read {
            Ok(_) if why == Why::Asked && reading.checkpoint().failures > 0 => {
                Err(Error::Crm(expired()))
            }
            Ok(_) => Ok(came.synced),
            Err(StepError::Crm(error)) => Err(Error::Crm(error)),
            Err(StepError::Mirror(error)) => Err(error),
            Err(StepError::TooManyGone(many)) => Err(Error::TooManyGone {
                system: system.clone(),
                gone: many.gone,
                known: many.known,
            }),
            Err(_) => Err(Error::Crm(expired())),
        };
        let relinked = match came.merged.is_empty() {
            true => Ok(0),
            false => self.relink_where(|link| touches(link, &came.merged)).await,
        };
        (read.and_then(|synced| relinked.map(|_| synced)), until)
    }

    pub(crate) fn reading(&self, system: &SystemId) -> Slot {
        let readings = self.parts.readings.lock();
        let mut readings = readings.unwrap_or_else(PoisonError::into_inner);
        let key = (self.tenant.clone(), system.clone());
        readings.entry(key).or_default().clone()
    }

    async fn checkpoint(&self, source: &str) -> Result<Option<Checkpoint>, Error> {
        let cursor = self.store().cursor(source).await?;
        // What cannot be read is read from the start.
        Ok(cursor.and_then(|cursor| serde_json::from_str(&cursor.0).ok()))
    }

    /// Takes in one record as it is now. Returns how many were.
    pub(crate) async fn take_in(&self, customer: Customer) -> Result<usize, Error> {
        let replica = self.replica().await?;
        // What was merged or erased is told by the changes alone.
        if replica.is_erased(&customer.id) || replica.is_merged(&customer.id) {
            return Ok(0);
        }
        let mut wanted = Wanted::default();
        wanted.customers.insert(customer.id.clone());
        let _turn = replica.turn.lock().await;
        let known = self.store().load(&wanted).await?.customers;
        // A complete reading that is under way has brought it already.
        let mark = known.get(&customer.id).map_or(0, mark_of);
        let customer = marked(customer, mark);
        let mut changes = Changes::default();
        changes.customers.push(customer.clone());
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
}

/// The name of a system among the sources of a store.
fn source(system: &SystemId) -> Arc<str> {
    format!("crm {system}").into()
}

fn stored(checkpoint: &Checkpoint) -> Result<Cursor, Error> {
    let stored = serde_json::to_string(checkpoint);
    Ok(Cursor(stored.map_err(|_| Error::UnreadableCheckpoint)?))
}

/// Whether a link has to do with one of these records.
fn touches(link: &Link, records: &BTreeSet<CustomerId>) -> bool {
    let about = link.customer.iter().chain(&link.redirected_from);
    let candidates = link.decision.candidates.iter().map(|c| &c.customer);
    let mut all = about.chain(candidates).chain(&link.decision.refused);
    all.any(|id| records.contains(id))
}

/// Where a stored row says which complete reading brought it last.
const READING: &str = "reading";

fn mark_of(customer: &Customer) -> u64 {
    let mark = customer.extra.get(READING);
    mark.and_then(serde_json::Value::as_u64).unwrap_or_default()
}

fn marked(mut customer: Customer, mark: u64) -> Customer {
    let mark = mark.max(mark_of(&customer));
    if mark > 0 {
        customer.extra.insert(READING.to_owned(), mark.into());
    }
    customer
}

/// The rows of one system in the store and the replica.
#[derive(Debug)]
struct Rows<'a> {
    desk: &'a Desk,
    system: &'a SystemId,
    source: Arc<str>,
    came: Mutex<Came>,
}

/// What a reading brought.
#[derive(Debug, Default)]
struct Came {
    synced: Synced,
    /// Records that were merged, or came back.
    merged: BTreeSet<CustomerId>,
}

impl Rows<'_> {
    /// Goes through the rows that no complete reading with this mark has brought, as long as `each` wants
    /// more. A merged record is not brought any more, and its mark stays. How many rows there are.
    async fn unmarked_rows(
        &self,
        mark: u64,
        mut each: impl FnMut(CustomerId) -> bool,
    ) -> Result<u64, Error> {
        let (mut after, mut known) = (None, 0);
        loop {
            let page = self.desk.store().customers(after.as_ref(), 1000).await?;
            let Some(last) = page.last() else {
                return Ok(known);
            };
            after = Some(last.id.clone());
            let own = page.into_iter().filter(|row| row.id.system == *self.system);
            for row in own.filter(|row| !merged::is_mark(row)) {
                known += 1;
                if mark_of(&row) < mark && !each(row.id) {
                    return Ok(known);
                }
            }
        }
    }
}

#[async_trait]
impl Mirror for Rows<'_> {
    type Error = Error;

    async fn load(&self) -> Result<Option<Checkpoint>, Error> {
        self.desk.checkpoint(&self.source).await
    }

    async fn commit(&self, batch: Batch) -> Result<(), Error> {
        let replica = self.desk.replica().await?;
        let mark = batch.mark.unwrap_or_default();
        let (mut changes, mut came) = (Changes::default(), Came::default());
        for change in batch.changes {
            match change {
                // Forgotten at their wish: the CRM is told, and nothing of it comes back here.
                Change::Put(customer) if replica.is_erased(&customer.id) => {
                    came.synced.put += 1;
                    changes.gone.push(customer.id);
                }
                Change::Put(customer) => {
                    came.synced.put += 1;
                    if replica.is_merged(&customer.id) {
                        came.merged.insert(customer.id.clone());
                    }
                    changes.customers.push(marked(customer, mark));
                }
                Change::Merged { old, into } if old != into => {
                    came.synced.gone += 1;
                    came.merged.extend([old.clone(), into.clone()]);
                    let row = merged::mark(old, into, self.desk.now());
                    changes.customers.push(row);
                }
                Change::Gone { id } => {
                    came.synced.gone += 1;
                    changes.gone.push(id);
                }
                _ => {}
            }
        }
        changes
            .cursors
            .push((self.source.clone(), stored(&batch.checkpoint)?));
        let _turn = replica.turn.lock().await;
        let (rows, gone) = (changes.customers.clone(), changes.gone.clone());
        if mark > 0 && !batch.unchanged.is_empty() {
            let mut wanted = Wanted::default();
            wanted.customers.extend(batch.unchanged);
            let same = self.desk.store().load(&wanted).await?.customers;
            let same = same.into_values().filter(|row| !merged::is_mark(row));
            changes.customers.extend(same.map(|row| marked(row, mark)));
        }
        self.desk.store().commit(changes).await?;
        rows.iter().for_each(|customer| replica.put(customer));
        gone.iter().for_each(|id| replica.remove(id));
        let mut all = self.came.lock().unwrap_or_else(PoisonError::into_inner);
        all.synced.put += came.synced.put;
        all.synced.gone += came.synced.gone;
        all.merged.append(&mut came.merged);
        Ok(())
    }

    async fn unmarked(&self, mark: u64) -> Result<(u64, u64), Error> {
        let mut gone = 0;
        let count = |_| {
            gone += 1;
            true
        };
        let known = self.unmarked_rows(mark, count).await?;
        Ok((gone, known))
    }

    async fn some_unmarked(&self, mark: u64, limit: usize) -> Result<Vec<CustomerId>, Error> {
        let mut some = Vec::new();
        if limit > 0 {
            let take = |id| {
                some.push(id);
                some.len() < limit
            };
            self.unmarked_rows(mark, take).await?;
        }
        Ok(some)
    }
}
