use std::borrow::Cow;
use std::fmt;

use aspa_types::{CustomerId, Extra, SystemId};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Customer, Error, Field, normal};

/// A system that keeps customers; so far its read side.
///
/// # Contract
///
/// 1. `capabilities` does no IO and answers the same for the life of the value.
/// 2. `changes(None, …)` starts with everything there is; following `next` until `done` gives
///    every record at least once.
/// 3. `next` is valid after every page, the empty and the last one included: stored and used
///    later, also by another process, it goes on without a gap. Where the system can no longer
///    do so, `changes` fails with [`CursorExpired`](crate::ErrorKind::CursorExpired) and never
///    skips in silence.
/// 4. A change may come more than once; applying it again makes no difference. The same cursor
///    twice gives no less than it gave before. A later change of one record comes later.
/// 5. With nothing new, the page is empty, `done`, and its `next` is as good as the old cursor.
/// 6. A page holds at most `limit` changes; 0 counts as 1.
/// 7. Where deletes are [in the feed](Deletes::InFeed), a record that is gone comes as `Gone`, or
///    as `Merged` where the system says into which; otherwise absence proves nothing.
/// 8. `find` gives every record that holds the value, in the order of ids, and an empty list where
///    none does; a field that is not among `capabilities().lookups` is
///    [`Unsupported`](crate::ErrorKind::Unsupported).
/// 9. `get` of a record that is not there, or is another system's, is `Ok(None)`.
/// 10. All methods may be called at the same time, and be dropped before they end. They may wait
///     for the network but never block the thread.
#[async_trait]
pub trait Crm: fmt::Debug + Send + Sync + 'static {
    /// The system whose records these are: that of every id it gives. No IO.
    fn system(&self) -> &SystemId;

    /// What this system can do.
    fn capabilities(&self) -> Cow<'_, Capabilities>;

    /// What changed since a cursor, or everything.
    ///
    /// # Errors
    ///
    /// [`Error`], above all `CursorExpired`: read everything again and drop what does not come.
    async fn changes(&self, cursor: Option<&Cursor>, limit: usize) -> Result<Page, Error>;

    /// The records that hold a value.
    ///
    /// # Errors
    ///
    /// [`Error`], above all `Unsupported` for a field that cannot be looked up.
    async fn find(&self, lookup: &Lookup) -> Result<Vec<Customer>, Error>;

    /// One record.
    ///
    /// # Errors
    ///
    /// [`Error`]; a record that is not there is none.
    async fn get(&self, id: &CustomerId) -> Result<Option<Customer>, Error>;
}

/// What a system promises, for planning and for the test kit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Capabilities {
    /// How it tells of deleted records.
    pub deletes: Deletes,
    /// Fields that `find` knows.
    pub lookups: Vec<Field>,
    /// The most changes in a page, where the system sets a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_page: Option<usize>,
    /// How many seconds a written record may be missing from `find` and `changes`.
    #[serde(default)]
    pub lag_seconds: u32,
    /// What a newer or foreign writer added.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Capabilities {
    /// These deletes and look-ups, no limit of a page, no lag.
    #[must_use]
    pub fn new(deletes: Deletes, lookups: Vec<Field>) -> Self {
        Self {
            deletes,
            lookups,
            max_page: None,
            lag_seconds: 0,
            extra: Extra::new(),
        }
    }
}

/// How a system tells of deleted records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Deletes {
    /// As changes, always.
    InFeed,
    /// As changes, but none older than so many days: after a longer break compare everything.
    Horizon {
        /// How far back.
        days: u32,
    },
    /// Not at all: compare everything now and then.
    ScanOnly,
}

/// Where a reader stands in the changes of one system; opaque.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// A connector's text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The connector's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Some changes and where to go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Page {
    /// What changed.
    pub changes: Vec<Change>,
    /// Where to go on, now or later.
    pub next: Cursor,
    /// Whether there is nothing more for now.
    pub done: bool,
}

impl Page {
    /// A page.
    #[must_use]
    pub fn new(changes: Vec<Change>, next: Cursor, done: bool) -> Self {
        Self {
            changes,
            next,
            done,
        }
    }
}

/// One change of one record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// The record is now so.
    Put(Customer),
    /// The record is gone.
    Gone {
        /// Which.
        id: CustomerId,
    },
    /// The record went into another one.
    Merged {
        /// The record that is gone.
        old: CustomerId,
        /// The one that has it now.
        into: CustomerId,
    },
}

/// A value to look for; `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Lookup {
    /// In which field.
    pub field: Field,
    /// The value, in any spelling that means the same.
    pub value: String,
}

impl Lookup {
    /// Looks for a value in a field.
    #[must_use]
    pub fn new(field: Field, value: impl Into<String>) -> Self {
        Self {
            field,
            value: value.into(),
        }
    }

    /// Whether a record holds the value, comparing as [`normal::value`] writes it.
    #[must_use]
    pub fn fits(&self, customer: &Customer, region: normal::Region) -> bool {
        let wanted = normal::value(&self.field, &self.value, region);
        wanted.is_some()
            && customer
                .claims
                .iter()
                .filter(|claim| claim.field == self.field)
                .any(|claim| normal::value(&self.field, &claim.value, region) == wanted)
    }
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookup")
            .field("field", &self.field)
            .finish_non_exhaustive()
    }
}
