use std::error::Error as _;

use aspa_store::{Error, ErrorKind};
use deadpool_postgres::{HookError, PoolError};
use tokio_postgres::error::SqlState;

/// Why work in a transaction did not come to its end.
#[derive(Debug)]
pub(crate) enum Failed {
    /// A row of this table was written by somebody else.
    Conflict(&'static str),
    /// The database failed.
    Database(tokio_postgres::Error),
    /// No connection was to be had.
    Pool(PoolError),
    /// Something that has its words already.
    Told(Error),
}

impl From<tokio_postgres::Error> for Failed {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error)
    }
}

impl From<PoolError> for Failed {
    fn from(error: PoolError) -> Self {
        match error {
            // It was connected, and cut off before it was used.
            PoolError::PostCreateHook(HookError::Backend(error)) => Self::Database(error),
            error => Self::Pool(error),
        }
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Told(error)
    }
}

impl Failed {
    /// Whether the same work, done again at once, can go well: the database gave it up so that
    /// another could go on.
    pub(crate) fn lost_a_race(&self) -> bool {
        let Self::Database(error) = self else {
            return false;
        };
        let code = error.code();
        code == Some(&SqlState::T_R_SERIALIZATION_FAILURE)
            || code == Some(&SqlState::T_R_DEADLOCK_DETECTED)
    }

    /// Whether the connection broke: what it was in the middle of is rolled back, unless it was the
    /// end of a transaction.
    pub(crate) fn cut_off(&self) -> bool {
        let Self::Database(error) = self else {
            return false;
        };
        match error.code() {
            Some(code) => [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN].contains(code),
            None => away(error) == ErrorKind::Unavailable,
        }
    }

    pub(crate) fn during(self, operation: &'static str) -> Error {
        match self {
            Self::Conflict(table) => Error::new(ErrorKind::Conflict, operation).with_detail(table),
            Self::Database(error) => {
                Error::new(kind(&error), operation).with_source(Cause::of(&error))
            }
            // The driver does not name the cause where the server did not answer in time.
            Self::Pool(PoolError::Backend(error))
                if error.code().is_none() && error.source().is_none() =>
            {
                Error::new(ErrorKind::Unavailable, operation).with_source(Cause::of(&error))
            }
            Self::Pool(PoolError::Backend(error)) => Self::Database(error).during(operation),
            Self::Pool(error) => {
                let kind = match error {
                    PoolError::Timeout(_) => ErrorKind::Unavailable,
                    _ => ErrorKind::Other,
                };
                Error::new(kind, operation).with_source(Cause(error.to_string()))
            }
            Self::Told(error) => error,
        }
    }
}

/// What a failure of the database means to callers.
fn kind(error: &tokio_postgres::Error) -> ErrorKind {
    let Some(code) = error.code() else {
        return away(error);
    };
    // PostgreSQL 15, appendix A: the first two characters are the class.
    match code.code() {
        // Memory, disk or connections ran out; a standby that was given over to; locks that were
        // waited for in vain; a statement that took too long; a server that starts or stops.
        code if code.starts_with("53") || code.starts_with("08") || code.starts_with("57") => {
            ErrorKind::Unavailable
        }
        "25006" | "25P03" | "40001" | "40P01" | "55P03" | "55006" => ErrorKind::Unavailable,
        // Nobody can come in like that.
        code if code.starts_with("28") || code.starts_with("3D") || code.starts_with("3F") => {
            ErrorKind::Invalid
        }
        "XX001" | "XX002" => ErrorKind::Corrupt,
        _ => ErrorKind::Other,
    }
}

/// Without a word from the server: the way to it is cut, or its answer is no answer.
fn away(error: &tokio_postgres::Error) -> ErrorKind {
    let io = error
        .source()
        .is_some_and(|source| source.is::<std::io::Error>());
    if error.is_closed() || io {
        ErrorKind::Unavailable
    } else if error
        .source()
        .is_some_and(|s| s.is::<tokio_postgres::types::WrongType>())
    {
        ErrorKind::Corrupt
    } else {
        ErrorKind::Other
    }
}

/// What the server said, less what may hold a row's content: messages and details of data errors
/// quote values, so of those only code, table and constraint are told.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Cause(String);

impl Cause {
    fn of(error: &tokio_postgres::Error) -> Self {
        let Some(told) = error.as_db_error() else {
            let source = error.source().map(ToString::to_string).unwrap_or_default();
            return Self(
                format!("{error}: {source}")
                    .trim_end_matches(": ")
                    .to_owned(),
            );
        };
        let code = told.code().code();
        let quotes = ["22", "23", "P0", "XX"];
        let mut text = format!("SQLSTATE {code}");
        if !quotes.iter().any(|class| code.starts_with(class)) {
            text.push_str(": ");
            text.push_str(told.message());
        }
        for (what, name) in [("table", told.table()), ("constraint", told.constraint())] {
            if let Some(name) = name {
                text.push_str(&format!(", {what} {name}"));
            }
        }
        Self(text)
    }
}
