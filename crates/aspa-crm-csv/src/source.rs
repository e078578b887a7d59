use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use aspa_crm::{
    Capabilities, Change, Claim, Crm, Cursor, Customer, Deletes, Error, ErrorKind, Field, Lookup,
    Page,
};
use aspa_types::{CustomerId, SystemId};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::rows::{self, Rows};
use crate::{Malformed, Mapping};

/// How many earlier states of a file are kept, so that cursors into them go on.
const STATES: usize = 8;

/// A customer file that was read: CSV, or JSON Lines with one customer a line. It is never written;
/// [`CsvCrm`](crate::CsvCrm) is.
///
/// The hash of the file is the cursor; deletes are found by comparing everything. Where a cursor
/// belongs to a state of the file that this value has not read (or read more than eight states
/// ago), `changes` fails with `CursorExpired`. Holds everything in memory, does no IO, never waits.
///
/// `Debug` shows how many records there are and none of them.
pub struct CsvSource {
    mapping: Mapping,
    json: bool,
    states: VecDeque<State>,
    malformed: Vec<Malformed>,
}

struct State {
    hash: String,
    records: BTreeMap<String, Arc<Customer>>,
}

impl CsvSource {
    /// Reads a CSV file, with a heading. `now` is when its values were first seen.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] naming the column that the mapping needs and the file has not, or
    /// `delimiter` where it is not one ASCII character. Rows that cannot be read are no error:
    /// see [`malformed`](Self::malformed).
    pub fn csv(mapping: Mapping, bytes: &[u8], now: DateTime<Utc>) -> Result<Self, Error> {
        Self::empty(mapping, false).reading(bytes, now)
    }

    /// Reads JSON Lines: `id`, `kind`, `first`, `last`, `name`, `company`, `title`, `emails`,
    /// `phones`, `street`, `postcode`, `city`, `country`, `website`, `language`, `handles`
    /// (`network`, `handle`), `customer_no`, `orders`, all but `id` optional. Of the mapping only
    /// the system, region, purposes and basis count. Lines that cannot be read are left out: see
    /// [`malformed`](Self::malformed).
    #[must_use]
    pub fn json_lines(mapping: Mapping, bytes: &[u8], now: DateTime<Utc>) -> Self {
        let mut source = Self::empty(mapping, true);
        source.take(bytes, rows::json_lines(&source.mapping, bytes, now));
        source
    }

    /// Reads the next state of the file. Values that have not changed keep the time at which
    /// they were first seen.
    ///
    /// # Errors
    ///
    /// As [`csv`](Self::csv); the former state stays.
    pub fn update(&mut self, bytes: &[u8], now: DateTime<Utc>) -> Result<(), Error> {
        let rows = if self.json {
            rows::json_lines(&self.mapping, bytes, now)
        } else {
            rows::csv(&self.mapping, bytes, now)?
        };
        self.take(bytes, rows);
        Ok(())
    }

    /// The rows of the newest state that could not be read, in the order of lines.
    #[must_use]
    pub fn malformed(&self) -> &[Malformed] {
        &self.malformed
    }

    /// The customers of the newest state, in the order of ids.
    pub fn customers(&self) -> impl Iterator<Item = &Customer> {
        self.states
            .back()
            .into_iter()
            .flat_map(|state| state.records.values())
            .map(Arc::as_ref)
    }

    /// The customers of the newest state that hold a value, in the order of ids.
    pub(crate) fn found(&self, lookup: &Lookup) -> Result<Vec<Customer>, Error> {
        if matches!(lookup.field, Field::Other(_)) {
            return Err(Error::new(ErrorKind::Unsupported, "find"));
        }
        let fits = |customer: &&Customer| lookup.fits(customer, self.mapping.region);
        Ok(self.customers().filter(fits).cloned().collect())
    }

    /// One customer of the newest state.
    pub(crate) fn record(&self, id: &CustomerId) -> Option<Customer> {
        let newest = self.states.back()?;
        let record = newest.records.get(&*id.id)?;
        (id.system == self.mapping.system).then(|| Customer::clone(record))
    }

    pub(crate) fn empty(mapping: Mapping, json: bool) -> Self {
        Self {
            mapping,
            json,
            states: VecDeque::new(),
            malformed: Vec::new(),
        }
    }

    fn reading(mut self, bytes: &[u8], now: DateTime<Utc>) -> Result<Self, Error> {
        self.update(bytes, now)?;
        Ok(self)
    }

    /// Whether the newest state is that of these bytes.
    pub(crate) fn is_newest(&self, bytes: &[u8]) -> bool {
        let newest = self.states.back();
        newest.is_some_and(|state| state.hash == digest(bytes))
    }

    /// Takes the rows that bytes hold as the newest state.
    pub(crate) fn take(&mut self, bytes: &[u8], rows: Rows) {
        self.malformed = rows.malformed;
        let hash = digest(bytes);
        if let Some(place) = self.states.iter().position(|state| state.hash == hash) {
            // The file is again what it was: cursors of then are cursors of now.
            let again = self.states.remove(place);
            self.states.extend(again);
            return;
        }
        let former = self.states.back();
        let kept = |id: &str, customer: Customer| match former.and_then(|f| f.records.get(id)) {
            Some(old) => Arc::new(with_first_seen(customer, old)),
            None => Arc::new(customer),
        };
        let records = rows
            .records
            .into_iter()
            .map(|(id, row)| (id.clone(), kept(&id, row)))
            .collect();
        self.states.push_back(State { hash, records });
        if self.states.len() > STATES {
            self.states.pop_front();
        }
    }

    fn state(&self, hash: &str) -> Result<&State, Error> {
        let found = self.states.iter().find(|state| state.hash == hash);
        found.ok_or_else(expired)
    }

    /// What changed since a cursor.
    pub(crate) fn changed(&self, cursor: Option<&Cursor>, limit: usize) -> Result<Page, Error> {
        let newest = self.states.back().map_or("", |state| state.hash.as_str());
        let (from, to, after) = match cursor.map(|cursor| cursor.as_str()) {
            None => ("", newest, ""),
            // Nothing is no cursor: only the start of a walk has nothing before it.
            Some("") => return Err(expired()),
            Some(text) => match text.split_once('>') {
                None => (text, newest, ""),
                Some((from, rest)) => {
                    let (to, after) = rest.split_once('@').ok_or_else(expired)?;
                    (from, to, after)
                }
            },
        };
        let nothing = BTreeMap::new();
        let old = match from {
            "" => &nothing,
            from => &self.state(from)?.records,
        };
        let new = &self.state(to)?.records;
        let rest = (Bound::Excluded(after), Bound::Unbounded);
        let ids: BTreeSet<&String> = old
            .range::<str, _>(rest)
            .chain(new.range::<str, _>(rest))
            .map(|(id, _)| id)
            .collect();
        let mut changes = Vec::new();
        let mut last = after;
        for id in ids {
            let change = match (old.get(id), new.get(id)) {
                (Some(old), Some(new)) if old == new => continue,
                (_, Some(new)) => Change::Put(Customer::clone(new)),
                (Some(old), None) => Change::Gone { id: old.id.clone() },
                (None, None) => continue,
            };
            if changes.len() >= limit.max(1) {
                let next = Cursor::new(format!("{from}>{to}@{last}"));
                return Ok(Page::new(changes, next, false));
            }
            changes.push(change);
            last = id;
        }
        // A walk to a state that is no longer the newest ends there and goes on from there.
        Ok(Page::new(changes, Cursor::new(to), to == newest))
    }
}

fn expired() -> Error {
    Error::new(ErrorKind::CursorExpired, "changes")
}

/// What a state or a record is known by: 32 hexadecimal digits.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let digits = digest.iter().take(16).map(|byte| format!("{byte:02x}"));
    digits.collect()
}

/// The new record, its values that stand in the old one being as old as there.
fn with_first_seen(mut customer: Customer, old: &Customer) -> Customer {
    for claim in &mut customer.claims {
        let same = |former: &&Claim| {
            former.field == claim.field
                && former.value == claim.value
                && former.source_ref == claim.source_ref
        };
        if let Some(former) = old.claims.iter().find(same) {
            claim.observed_at = former.observed_at;
        }
    }
    customer
}

impl fmt::Debug for CsvSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CsvSource")
            .field("system", &self.mapping.system)
            .field("customers", &self.customers().count())
            .field("malformed", &self.malformed.len())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Crm for CsvSource {
    fn system(&self) -> &SystemId {
        &self.mapping.system
    }

    fn capabilities(&self) -> Cow<'_, Capabilities> {
        let lookups = Field::KNOWN.iter().map(|word| Field::from(*word)).collect();
        Cow::Owned(Capabilities::new(Deletes::InFeed, lookups))
    }

    async fn changes(&self, cursor: Option<&Cursor>, limit: usize) -> Result<Page, Error> {
        self.changed(cursor, limit)
    }

    async fn find(&self, lookup: &Lookup) -> Result<Vec<Customer>, Error> {
        self.found(lookup)
    }

    async fn get(&self, id: &CustomerId) -> Result<Option<Customer>, Error> {
        Ok(self.record(id))
    }
}
