//! A layer beneath [`Crm`](crate::Crm) for connectors: the systems differ in how rows are read and
//! written, and hardly in what effects do with rows.
//!
//! A connector for "AcmeCRM" is two things. A [`Layout`] says as plain data which tables there are, where
//! customers, handles, cases, activities and follows stand in them, how long their texts may be and what
//! a status is called. [`Rows`] are five requests: a page of what changed, the rows that fit, make one,
//! change one, delete one. [`Connector`] is the [`Crm`](crate::Crm) over both: it finds, performs all
//! effects, looks whether they landed, and holds every text against its limit before any request.

mod connector;
mod effects;
mod layout;
#[cfg(test)]
mod tests;

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::{Cursor, Error, ErrorKind, Since, text, time};

pub use connector::Connector;
pub use layout::{Bind, Cell, Customers, Layout, Moved, Ours, Over, Owner, Part};

/// The rows of a system's tables: what a connector implements.
///
/// # Contract
///
/// 1. `page` without a cursor begins with every row of the table; following `next` until `done` gives
///    each at least once. `next` is valid after every page; one that no longer is, or never was, is
///    [`CursorExpired`](crate::ErrorKind::CursorExpired).
/// 2. `select` gives all rows that fit all tests, over all pages of the system.
/// 3. `insert` of a row whose key another row has makes none, and is a
///    [`Conflict`](crate::ErrorKind::Conflict).
/// 4. `update` writes the named columns and no others. A row that is not there is `NotFound`, and never
///    made. With `expect`, a row of another version is a `Conflict` as far as the
///    [layout](Layout::capabilities) promises.
/// 5. `delete` of a row that is not there is `NotFound`.
/// 6. Each says of an error whether it [landed](Error::landed), and sends nothing twice.
#[async_trait]
pub trait Rows: fmt::Debug + Send + Sync + 'static {
    /// At most `limit` rows that changed since a cursor, in the order of their changes.
    ///
    /// # Errors
    ///
    /// [`Error`], above all `CursorExpired`.
    async fn page(
        &self,
        of: &Asked<'_>,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<RowPage, Error>;

    /// The rows that fit all of these tests.
    ///
    /// # Errors
    ///
    /// [`Error`] of this operation.
    async fn select(
        &self,
        operation: &'static str,
        of: &Asked<'_>,
        tests: &[Test],
    ) -> Result<Found, Error>;

    /// Makes a row, and gives its id.
    ///
    /// # Errors
    ///
    /// [`Error`], above all `Conflict` where a row has its key.
    async fn insert(&self, of: &Asked<'_>, row: Map<String, Value>) -> Result<String, Error>;

    /// Changes a row, only where it has this version still, and gives its version after that where the
    /// system tells.
    ///
    /// # Errors
    ///
    /// [`Error`], above all `NotFound` and `Conflict`.
    async fn update(
        &self,
        of: &Asked<'_>,
        id: &str,
        row: Map<String, Value>,
        expect: Option<&str>,
    ) -> Result<Option<String>, Error>;

    /// Deletes a row.
    ///
    /// # Errors
    ///
    /// [`Error`], above all `NotFound`.
    async fn delete(&self, of: &Asked<'_>, id: &str) -> Result<(), Error>;

    /// Deletes rows in this order, and passes over those that are not there. Whether any was: of a failure
    /// after that it is said that it [may have landed](Error::in_part). A system that can delete all or
    /// none of them does; unless told, it is one after the other.
    ///
    /// # Errors
    ///
    /// [`Error`] of the first that stays.
    async fn delete_all(&self, rows: &[(Asked<'_>, String)]) -> Result<bool, Error> {
        let mut any = false;
        for (of, id) in rows {
            match self.delete(of, id).await {
                Ok(()) => any = true,
                Err(error) if *error.kind() == ErrorKind::NotFound => {}
                Err(error) if any => return Err(error.in_part()),
                Err(error) => return Err(error),
            }
        }
        Ok(any)
    }

    /// Deletes the rows that fit, table by table, the customer's own last. Whether any was. A system that can
    /// do it in one transaction does; unless told, the rows are looked for and [deleted](Self::delete_all).
    ///
    /// # Errors
    ///
    /// [`Error`] of the first that stays.
    async fn remove(&self, all: &[(Asked<'_>, Vec<Test>)]) -> Result<bool, Error> {
        let mut rows = Vec::new();
        for (of, tests) in all {
            let found = self.select("perform", of, tests).await?.rows;
            let ids = found.iter().filter_map(|row| text(row, of.id));
            rows.extend(ids.map(|id| (of.clone(), id)));
        }
        Ok(!rows.is_empty() && self.delete_all(&rows).await?)
    }

    /// Whether a row can have this id: of one that cannot, nothing is asked.
    fn is_id(&self, of: &Asked<'_>, id: &str) -> bool {
        let _ = (of, id);
        true
    }
}

/// A table, and what of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Asked<'a> {
    /// What the system calls it.
    pub table: &'a str,
    /// The column with the ids.
    pub id: &'a str,
    /// The columns that are wanted, the id first, once each; one that is nested is a JSON pointer.
    pub columns: Vec<&'a str>,
    /// The column with our natural key in a table of ours: of rows without one no page need tell.
    pub key: Option<&'a str>,
}

/// What holds of a row. `Debug` hides the values.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Test {
    /// The column has this value; upper and lower case may be the same.
    Is(String, Value),
    /// The column has a text that fits a pattern of `LIKE`: `%` for anything, `_` for one sign. What fits
    /// more than that does no harm.
    Like(String, String),
    /// The column has any value.
    Has(String),
    /// One of these holds.
    Any(Vec<Self>),
}

impl fmt::Debug for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(column, _) => write!(f, "{column} is"),
            Self::Like(column, _) => write!(f, "{column} like"),
            Self::Has(column) => write!(f, "{column} has"),
            Self::Any(tests) => f.debug_list().entries(tests).finish(),
        }
    }
}

/// The rows that fit. `Debug` shows how many.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Found {
    /// The rows, each an object by its columns.
    pub rows: Vec<Value>,
    /// When the system answered, by its own clock.
    pub at: DateTime<Utc>,
}

impl Found {
    /// These rows, told then.
    #[must_use]
    pub fn new(rows: Vec<Value>, at: DateTime<Utc>) -> Self {
        Self { rows, at }
    }
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows", self.rows.len())
    }
}

/// Rows that changed, and where to go on.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RowPage {
    /// What they are now.
    pub found: Found,
    /// The ids of those that are gone.
    pub gone: Vec<String>,
    /// Where to go on, now or later.
    pub next: Cursor,
    /// Whether there is nothing more for now.
    pub done: bool,
}

impl RowPage {
    /// A page.
    #[must_use]
    pub fn new(found: Found, gone: Vec<String>, next: Cursor, done: bool) -> Self {
        Self {
            found,
            gone,
            next,
            done,
        }
    }

    /// The page that was asked for by the time of the last change: rows in the order of the window, so many
    /// at most, their id and time in these columns. Where the last one holds `true`, the row is gone.
    ///
    /// # Errors
    ///
    /// `Protocol` where the last row has no time or id: going on without them would lose rows.
    pub fn since(
        since: Since,
        mut found: Found,
        limit: usize,
        id: &str,
        changed: &str,
        gone: &str,
    ) -> Result<Self, Error> {
        let senseless = || Error::new(ErrorKind::Protocol, "changes");
        let stamp = |row| Some((time(row, changed)?, text(row, id)?));
        let last = found.rows.last();
        let last = last.map(|row| stamp(row).ok_or_else(senseless));
        let (next, done) = since.took(last.transpose()?, found.rows.len() >= limit, found.at);
        let is_gone = |row: &Value| row.get(gone) == Some(&Value::Bool(true));
        let ids = found.rows.iter().filter(|row| is_gone(row));
        let ids = ids.filter_map(|row| text(row, id)).collect();
        found.rows.retain(|row| !is_gone(row));
        Ok(Self::new(found, ids, next, done))
    }
}
