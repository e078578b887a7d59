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
    /// Another row has a value that is to be the only one; nothing was done.
    Taken,
    /// The statement or a value is not accepted: a column that is not there, a rule that is broken.
    Invalid,
}

/// How a database writes what differs from one to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// SQLite 3.35 or later.
    Sqlite,
    /// PostgreSQL 15 or later.
    Postgres,
    /// MariaDB 10.11 or later, with names in `"` (its mode `ANSI_QUOTES`).
    MariaDb,
}

impl Dialect {
    /// A moment as RFC 3339 in UTC with milliseconds, whatever the column holds.
    pub(crate) fn moment(self, expression: &str) -> String {
        match self {
            Self::Sqlite => format!("strftime('%Y-%m-%dT%H:%M:%fZ', {expression})"),
            Self::Postgres => format!(
                "to_char(CAST({expression} AS timestamptz) AT TIME ZONE 'UTC', \
                 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
            ),
            Self::MariaDb => {
                let micros = format!("DATE_FORMAT({expression}, '%Y-%m-%dT%H:%i:%s.%f')");
                format!("CONCAT(LEFT({micros}, 23), 'Z')")
            }
        }
    }

    /// What to put into a column for this moment.
    pub(crate) fn now(self) -> String {
        match self {
            Self::Sqlite => self.moment("'now'"),
            Self::Postgres => "now()".to_owned(),
            // Without its argument it has whole seconds.
            Self::MariaDb => "UTC_TIMESTAMP(6)".to_owned(),
        }
    }

    /// The query of this moment, as `now`.
    pub(crate) fn clock(self) -> Statement {
        let now = match self {
            Self::Sqlite => self.now(),
            Self::Postgres | Self::MariaDb => self.moment(&self.now()),
        };
        Statement::new(format!("SELECT {now} AS now"))
    }

    /// A column as text, compared and sorted by its characters alone.
    pub(crate) fn text(self, column: &str) -> String {
        match self {
            Self::Sqlite | Self::Postgres => format!("CAST({column} AS TEXT)"),
            Self::MariaDb => format!("CAST({column} AS CHAR)"),
        }
    }

    /// The values of a column in one text, a line each.
    pub(crate) fn lines(self, column: &str) -> String {
        match self {
            Self::Sqlite => format!("group_concat({column}, char(10))"),
            Self::Postgres => format!("string_agg(CAST({column} AS TEXT), chr(10))"),
            // A line break as it is: a backslash means nothing there.
            Self::MariaDb => format!("GROUP_CONCAT({column} SEPARATOR '\n')"),
        }
    }
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
