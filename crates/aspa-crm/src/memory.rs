//! A CRM in memory: the reference of the contract, and a far side to test with.

mod perform;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aspa_types::{CustomerId, HandleKey, Landed, SystemId};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    Activity, Capabilities, Case, Change, Claim, Crm, Cursor, Customer, CustomerKind, Deletes,
    Effect, EffectName, Erasure, Error, ErrorKind, Field, HandleRow, Handles, Idempotency, Lookup,
    NaturalKey, Page, Performs, Precondition, Probe, Receipt, Since, normal,
};

/// A CRM in memory that keeps the contract: with strong, weak or no preconditions, with natural keys or
/// without, with deletes in its feed or not. What people do in it, and what goes wrong with it, is told
/// it by the test. It has a clock of its own, which only [`advance`](Self::advance) moves.
///
/// `Debug` shows how many customers it has and none of them.
pub struct MemoryCrm {
    system: SystemId,
    capabilities: Capabilities,
    overlap: TimeDelta,
    state: Mutex<State>,
}

/// What goes wrong with the next call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CrmFault {
    /// No connection. Nothing is done.
    NoConnection,
    /// The connection is cut before anything is done, and nobody can tell.
    LostBefore,
    /// Everything is done, and then the connection is cut.
    LostAfter,
    /// Too fast: wait so long.
    Throttled(Duration),
    /// The day's quota is used up until then.
    QuotaUntil(DateTime<Utc>),
    /// The credentials have expired.
    Expired,
}

struct State {
    now: DateTime<Utc>,
    rows: BTreeMap<String, Row>,
    /// What is gone, by when.
    tombs: Vec<(DateTime<Utc>, Change)>,
    handles: BTreeMap<(String, NaturalKey), HandleRow>,
    cases: BTreeMap<NaturalKey, (Case, DateTime<Utc>)>,
    activities: Vec<Activity>,
    followers: BTreeSet<(String, String)>,
    made: BTreeMap<NaturalKey, Vec<String>>,
    faults: VecDeque<(bool, CrmFault)>,
    calls: usize,
    put: usize,
    last_id: u64,
    /// Cursors of another epoch have expired.
    epoch: u64,
}

#[derive(Clone)]
struct Row {
    kind: CustomerKind,
    /// The values, with their columns.
    values: Vec<(Field, String)>,
    version: u64,
    changed: DateTime<Utc>,
    /// From when on others see the change.
    committed: DateTime<Utc>,
    /// The row as others see it until then.
    before: Option<Box<Self>>,
}

impl Row {
    /// The row as others see it at this time.
    fn seen(&self, now: DateTime<Utc>) -> Option<&Self> {
        match self.committed <= now {
            true => Some(self),
            false => self.before.as_deref().and_then(|row| row.seen(now)),
        }
    }
}

impl fmt::Debug for MemoryCrm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryCrm")
            .field("system", &self.system)
            .field("customers", &self.state().rows.len())
            .finish_non_exhaustive()
    }
}

const EFFECTS: [EffectName; 9] = [
    EffectName::LinkHandle,
    EffectName::UnlinkHandle,
    EffectName::Create,
    EffectName::Patch,
    EffectName::UpsertCase,
    EffectName::AddActivity,
    EffectName::Follow,
    EffectName::Erase,
    EffectName::Redact,
];

impl MemoryCrm {
    /// An empty CRM at this time: strong preconditions, natural keys, deletes in the feed, all fields.
    #[must_use]
    pub fn new(system: SystemId, now: DateTime<Utc>) -> Self {
        let performs = Performs::new(Precondition::Strong, Idempotency::NaturalKey);
        let known = || Field::KNOWN.iter().map(|word| Field::from(*word));
        let lookups = known().collect();
        let written = known().filter(|field| *field != Field::Handle);
        let mut capabilities = Capabilities::new(Deletes::InFeed, lookups)
            .performing(EFFECTS, performs)
            .writing(written)
            .limited(Field::Title, 40);
        capabilities.handles = Handles::ChildRow;
        capabilities.erasure = Some(Erasure::Hard);
        capabilities.merges = true;
        Self {
            system,
            capabilities,
            overlap: TimeDelta::seconds(600),
            state: Mutex::new(State {
                now,
                rows: BTreeMap::new(),
                tombs: Vec::new(),
                handles: BTreeMap::new(),
                cases: BTreeMap::new(),
                activities: Vec::new(),
                followers: BTreeSet::new(),
                made: BTreeMap::new(),
                faults: VecDeque::new(),
                calls: 0,
                put: 0,
                last_id: 0,
                epoch: 0,
            }),
        }
    }

    /// The same with this precondition and idempotency of every effect.
    #[must_use]
    pub fn performing(mut self, performs: Performs) -> Self {
        self.capabilities = self.capabilities.performing(EFFECTS, performs);
        self
    }

    /// The same with deletes told so. A [horizon](Deletes::Horizon) is kept to.
    #[must_use]
    pub fn with_deletes(mut self, deletes: Deletes) -> Self {
        self.capabilities.deletes = deletes;
        self.capabilities.merges = deletes != Deletes::ScanOnly;
        self
    }

    /// The same with no more than so many changes in a page.
    #[must_use]
    pub fn with_max_page(mut self, changes: usize) -> Self {
        self.capabilities.max_page = Some(changes);
        self
    }

    /// The same with readings that overlap by so much.
    #[must_use]
    pub fn with_overlap(mut self, overlap: TimeDelta) -> Self {
        self.overlap = overlap;
        self
    }

    /// Its time.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.state().now
    }

    /// Lets time pass.
    pub fn advance(&self, time: TimeDelta) {
        let mut state = self.state();
        state.now += time;
    }

    /// Somebody makes a customer, or gives one these values in place of all it has.
    /// Of the id its system does not matter.
    pub fn put(&self, id: &CustomerId, kind: CustomerKind, values: &[(Field, &str)]) {
        self.put_late(id, kind, values, TimeDelta::zero());
    }

    /// The same in a transaction that is stamped now and committed so much later.
    pub fn put_late(
        &self,
        id: &CustomerId,
        kind: CustomerKind,
        values: &[(Field, &str)],
        late: TimeDelta,
    ) {
        let values = values.iter().map(|(field, value)| {
            let value = (*value).to_owned();
            (field.clone(), value)
        });
        let values: Vec<_> = values.collect();
        let mut state = self.state();
        state.put += 1;
        state.write(&id.id, kind, values, late);
    }

    /// Somebody gives one field a value, in place of all it has there.
    pub fn edit(&self, id: &CustomerId, field: &Field, value: &str) {
        let mut state = self.state();
        state.edit(&id.id, &[(field, value)]);
    }

    /// Somebody deletes a customer.
    pub fn delete(&self, id: &CustomerId) {
        let mut state = self.state();
        let change = Change::Gone { id: id.clone() };
        state.remove(&id.id, change);
    }

    /// Somebody merges one customer into another.
    pub fn merge(&self, old: &CustomerId, into: &CustomerId) {
        let mut state = self.state();
        let change = Change::Merged {
            old: old.clone(),
            into: into.clone(),
        };
        state.remove(&old.id, change);
        let now = state.now;
        if let Some(row) = state.rows.get_mut(&*into.id) {
            (row.version, row.changed) = (row.version + 1, now);
        }
    }

    /// Every cursor so far expires.
    pub fn expire_cursors(&self) {
        self.state().epoch += 1;
    }

    /// Lets this go wrong with the next effect; of several with one after the other.
    pub fn fail_effect(&self, fault: CrmFault) {
        self.state().faults.push_back((true, fault));
    }

    /// Lets this go wrong with the next reading; of several with one after the other.
    pub fn fail_read(&self, fault: CrmFault) {
        self.state().faults.push_back((false, fault));
    }

    /// How many customers people ever made here, those that are gone too.
    #[must_use]
    pub fn made(&self) -> usize {
        self.state().put
    }

    /// The ids of the customers that effects made under a key.
    #[must_use]
    pub fn made_under(&self, key: &NaturalKey) -> Vec<String> {
        let state = self.state();
        state.made.get(key).cloned().unwrap_or_default()
    }

    /// How many calls there were.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.state().calls
    }

    /// The customers that are there, in the order of ids.
    #[must_use]
    pub fn customers(&self) -> Vec<Customer> {
        let state = self.state();
        let ids: Vec<String> = state.rows.keys().cloned().collect();
        let seen = ids.iter().filter_map(|id| state.customer(&self.system, id));
        seen.collect()
    }

    /// The handles of a customer, in no order that has a meaning.
    #[must_use]
    pub fn handles(&self, id: &CustomerId) -> Vec<HandleKey> {
        let state = self.state();
        let of = state.handles.iter().filter(|((of, _), _)| **of == *id.id);
        of.map(|(_, row)| row.handle.clone()).collect()
    }

    /// The cases, in the order of keys.
    #[must_use]
    pub fn cases(&self) -> Vec<Case> {
        let state = self.state();
        state.cases.values().map(|(case, _)| case.clone()).collect()
    }

    /// The activities, in the order in which they came.
    #[must_use]
    pub fn activities(&self) -> Vec<Activity> {
        self.state().activities.clone()
    }

    /// Who follows a customer, in the order of names.
    #[must_use]
    pub fn followers(&self, id: &CustomerId) -> Vec<String> {
        let state = self.state();
        let of = state.followers.iter().filter(|(of, _)| **of == *id.id);
        of.map(|(_, user)| user.clone()).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Meets the next fault of a reading.
    fn met(&self, state: &mut State, operation: &'static str) -> Result<(), Error> {
        state.calls += 1;
        match state.fault(false) {
            None => Ok(()),
            Some(fault) => Err(fault.error(operation, Landed::No)),
        }
    }
}

impl CrmFault {
    fn error(&self, operation: &'static str, lost: Landed) -> Error {
        let error = |kind| Error::new(kind, operation);
        match self {
            Self::NoConnection => error(ErrorKind::Unavailable),
            Self::LostBefore | Self::LostAfter => error(ErrorKind::Unavailable).with_landed(lost),
            Self::Throttled(wait) => error(ErrorKind::Throttled(*wait)),
            Self::QuotaUntil(until) => error(ErrorKind::QuotaUntil(*until)),
            Self::Expired => error(ErrorKind::Auth),
        }
    }
}

impl State {
    fn fault(&mut self, of_effect: bool) -> Option<CrmFault> {
        let mut faults = self.faults.iter();
        let place = faults.position(|(effect, _)| *effect == of_effect)?;
        self.faults.remove(place).map(|(_, fault)| fault)
    }

    fn write(
        &mut self,
        id: &str,
        kind: CustomerKind,
        values: Vec<(Field, String)>,
        late: TimeDelta,
    ) {
        let before = self.rows.remove(id);
        let row = Row {
            kind,
            values,
            version: before.as_ref().map_or(1, |row| row.version + 1),
            changed: self.now,
            committed: self.now + late,
            before: before.filter(|_| late > TimeDelta::zero()).map(Box::new),
        };
        let is_own = |change: &Change| change.id().is_some_and(|gone| *gone.id == *id);
        self.tombs.retain(|(_, change)| !is_own(change));
        self.rows.insert(id.to_owned(), row);
    }

    fn edit(&mut self, id: &str, values: &[(&Field, &str)]) {
        let Some(row) = self.rows.get(id) else { return };
        let (kind, mut kept) = (row.kind.clone(), row.values.clone());
        for (field, value) in values {
            kept.retain(|(known, _)| known != *field);
            if !value.is_empty() {
                kept.push(((*field).clone(), (*value).to_owned()));
            }
        }
        self.write(id, kind, kept, TimeDelta::zero());
    }

    fn remove(&mut self, id: &str, change: Change) {
        if self.rows.remove(id).is_some() {
            self.handles.retain(|(of, _), _| of != id);
            self.followers.retain(|(of, _)| of != id);
            self.tombs.push((self.now, change));
        }
    }

    /// A customer as others see it now.
    fn customer(&self, system: &SystemId, id: &str) -> Option<Customer> {
        let row = self.rows.get(id)?.seen(self.now)?;
        let id = CustomerId::new(system.clone(), id).ok()?;
        let version = row.version.to_string();
        let mut customer = Customer::new(id.clone(), row.kind.clone());
        let mut claim = |field: &Field, value: String, place: String| {
            let mut claim = Claim::new(field.clone(), value, system.clone(), row.changed);
            claim.asserted_at = Some(row.changed);
            claim.version = Some(version.clone());
            claim.source_ref = Some(place);
            customer.claims.push(claim);
        };
        for (i, (field, value)) in row.values.iter().enumerate() {
            claim(field, value.clone(), format!("{field}/{i}"));
        }
        for ((of, key), handle) in &self.handles {
            if **of == *id.id {
                claim(
                    &Field::Handle,
                    handle.handle.to_string(),
                    format!("handle/{key}"),
                );
            }
        }
        customer.extra.insert("version".to_owned(), version.into());
        Some(customer)
    }
}

#[async_trait]
impl Crm for MemoryCrm {
    fn system(&self) -> &SystemId {
        &self.system
    }

    fn capabilities(&self) -> Cow<'_, Capabilities> {
        Cow::Borrowed(&self.capabilities)
    }

    async fn changes(&self, cursor: Option<&Cursor>, limit: usize) -> Result<Page, Error> {
        let mut state = self.state();
        self.met(&mut state, "changes")?;
        let expired = || Error::new(ErrorKind::CursorExpired, "changes");
        let since = match cursor {
            None => Since::default(),
            Some(cursor) => {
                let (epoch, since) = cursor.as_str().split_once(' ').ok_or_else(expired)?;
                if epoch != state.epoch.to_string() {
                    return Err(expired());
                }
                Since::read(Some(&Cursor::new(since)))?
            }
        };
        let window = since.window(self.overlap);
        let wanted = |at: DateTime<Utc>, id: &str| match (&window.after, window.at_or_after) {
            (Some((last, last_id)), _) => (at, id) > (*last, last_id.as_str()),
            (None, Some(from)) => at >= from,
            (None, None) => true,
        };
        let now = state.now;
        let mut found: Vec<(DateTime<Utc>, String, Change)> = Vec::new();
        for (id, row) in &state.rows {
            if let Some(row) = row.seen(now)
                && wanted(row.changed, id)
                && let Some(customer) = state.customer(&self.system, id)
            {
                found.push((row.changed, id.clone(), Change::Put(customer)));
            }
        }
        let horizon = match self.capabilities.deletes {
            Deletes::InFeed => Some(DateTime::<Utc>::MIN_UTC),
            Deletes::Horizon { days } => Some(now - TimeDelta::days(i64::from(days))),
            Deletes::ScanOnly => None,
        };
        for (at, change) in &state.tombs {
            if let (Some(id), Some(horizon)) = (change.id(), horizon)
                && *at >= horizon
                && wanted(*at, &id.id)
            {
                found.push((*at, id.id.to_string(), change.clone()));
            }
        }
        for (key, (case, at)) in &state.cases {
            if wanted(*at, key.as_str()) {
                found.push((*at, key.to_string(), Change::Case(case.clone())));
            }
        }
        found.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let most = self.capabilities.max_page.unwrap_or(usize::MAX);
        let limit = limit.min(most).max(1);
        let full = found.len() > limit;
        found.truncate(limit);
        let last = found.last().map(|(at, id, _)| (*at, id.clone()));
        let (next, done) = since.took(last, full, now);
        let changes = found.into_iter().map(|(_, _, change)| change).collect();
        let next = Cursor::new(format!("{} {}", state.epoch, next.as_str()));
        let mut page = Page::new(changes, next, done);
        page.total = cursor.is_none().then_some(state.rows.len() as u64);
        Ok(page)
    }

    async fn find(&self, lookup: &Lookup) -> Result<Vec<Customer>, Error> {
        let mut state = self.state();
        self.met(&mut state, "find")?;
        if !self.capabilities.lookups.contains(&lookup.field) {
            return Err(Error::new(ErrorKind::Unsupported, "find"));
        }
        let ids: Vec<&String> = state.rows.keys().collect();
        let all = ids
            .into_iter()
            .filter_map(|id| state.customer(&self.system, id));
        let region = normal::Region::default();
        Ok(all
            .filter(|customer| lookup.fits(customer, region))
            .collect())
    }

    async fn get(&self, id: &CustomerId) -> Result<Option<Customer>, Error> {
        let mut state = self.state();
        self.met(&mut state, "get")?;
        Ok(match id.system == self.system {
            true => state.customer(&self.system, &id.id),
            false => None,
        })
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        let mut state = self.state();
        state.calls += 1;
        match state.fault(true) {
            None => self.perform_in(&mut state, effect),
            Some(fault @ CrmFault::LostAfter) => {
                self.perform_in(&mut state, effect)?;
                Err(fault.error("perform", Landed::Maybe))
            }
            Some(fault) => Err(fault.error("perform", Landed::Maybe)),
        }
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        let mut state = self.state();
        self.met(&mut state, "probe")?;
        Ok(self.probe_in(&state, effect))
    }
}
