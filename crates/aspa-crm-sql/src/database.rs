use std::fmt;

use async_trait::async_trait;
use serde_json::{Map, Value};

use crate::Statement;

/// One row: its columns as texts, null where they are empty.
pub type Row = Map<String, Value>;

/// Why a database did not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// It is not there, or busy; nothing was done.
    Unavailable,
    /// The connection ended, and nobody knows what was done.
    Lost,
    /// The statement or a value is not accepted: a column that is not there, a rule that is broken.
    Invalid,
}

/// How a database writes what differs from one to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// SQLite 3.35 or later.
    Sqlite,
}

/// A database that statements are sent to: what a host writes for one that is not here.
///
/// Statements of one call are one transaction: all of them are done, or none. The answer is the rows of
/// the last one, and how many rows each changed. The calls may come at the same time and be given up.
#[async_trait]
pub trait Database: fmt::Debug + Send + Sync + 'static {
    /// How it writes what differs.
    fn dialect(&self) -> Dialect;

    /// Does these statements in one transaction, and stops with nothing done at the first one that
    /// changes no row and [must](Statement::needing_a_row).
    ///
    /// # Errors
    ///
    /// [`Refused`].
    async fn run(&self, statements: Vec<Statement>) -> Result<Answer, Refused>;
}

/// What came of some statements.
#[derive(Clone, Default)]
#[expect(clippy::exhaustive_structs, reason = "what databases give")]
pub struct Answer {
    /// The rows of the last statement.
    pub rows: Vec<Row>,
    /// How many rows each statement changed, or gave; shorter than the statements where one that must change a
    /// row changed none, and nothing was done.
    pub changed: Vec<u64>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("rows", &self.rows.len())
            .field("changed", &self.changed)
            .finish()
    }
}
