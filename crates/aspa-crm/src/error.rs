use std::fmt;
use std::time::Duration;

use aspa_types::{CustomerId, Landed};
use chrono::{DateTime, Utc};

/// What went wrong with a CRM, and so what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The credentials are not or no longer accepted: authorise again.
    Auth,
    /// Known, but not allowed.
    Forbidden,
    /// Too fast: wait so long, on the whole connection.
    Throttled(Duration),
    /// A quota is used up until then; do not try before.
    QuotaUntil(DateTime<Utc>),
    /// The system is down, cut the connection or did not answer in time.
    Unavailable,
    /// Somebody else changed the record; its present version where known.
    Conflict {
        /// The present version.
        current: Option<String>,
    },
    /// More than one record fits, nothing was done.
    Ambiguous(Vec<CustomerId>),
    /// The record exists already.
    Duplicate(CustomerId),
    /// There is no such record.
    NotFound,
    /// The cursor is too old or of another data set: read everything again, and drop what
    /// does not come.
    CursorExpired,
    /// A value is not accepted.
    Invalid {
        /// Which field or column.
        field: String,
    },
    /// This system cannot do that.
    Unsupported,
    /// The answer is not what the system documents.
    Protocol,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auth => f.write_str("not authorised"),
            Self::Forbidden => f.write_str("forbidden"),
            Self::Throttled(wait) => write!(f, "throttled for {} s", wait.as_secs()),
            Self::QuotaUntil(until) => write!(f, "quota used up until {until}"),
            Self::Unavailable => f.write_str("unavailable"),
            Self::Conflict { .. } => f.write_str("changed by somebody else"),
            Self::Ambiguous(ids) => write!(f, "{} records fit", ids.len()),
            Self::Duplicate(_) => f.write_str("exists already"),
            Self::NotFound => f.write_str("not found"),
            Self::CursorExpired => f.write_str("cursor expired"),
            Self::Invalid { field } => write!(f, "{field} is not valid"),
            Self::Unsupported => f.write_str("not supported"),
            Self::Protocol => f.write_str("answer not understood"),
        }
    }
}

/// Why a CRM did not do what it was asked: act on [`kind`](Self::kind) and [`landed`](Self::landed),
/// log the rest.
///
/// Holds no token and no value of a customer, and neither may what connectors add.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    landed: Landed,
    operation: &'static str,
    facts: Vec<(&'static str, String)>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of an operation: `changes`, `find`, `get`, `perform`, `probe`. Nothing landed.
    #[must_use]
    pub fn new(kind: ErrorKind, operation: &'static str) -> Self {
        Self {
            kind,
            landed: Landed::No,
            operation,
            facts: Vec::new(),
            source: None,
        }
    }

    /// Whether the effect happened all the same. A connector says [`No`](Landed::No) only where nothing
    /// was sent or the system documents that it refused.
    #[must_use]
    pub fn with_landed(mut self, landed: Landed) -> Self {
        self.landed = landed;
        self
    }

    /// The same where a part of the effect happened before: what did not land then landed
    /// [`Maybe`](Landed::Maybe).
    #[must_use]
    pub fn in_part(self) -> Self {
        match self.landed {
            Landed::No => self.with_landed(Landed::Maybe),
            _ => self,
        }
    }

    /// Adds a fact for logs: a status, a code, a request id.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.facts.push((key, value.into()));
        self
    }

    /// Adds what it came from.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What to act on.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// Whether the effect happened all the same: where it [may have](Landed::Maybe), look before doing it
    /// again.
    #[must_use]
    pub fn landed(&self) -> Landed {
        self.landed
    }

    /// Which call failed.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// Whether the same call may simply be made again later: nothing landed, and waiting can help.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.landed == Landed::No
            && matches!(
                self.kind,
                ErrorKind::Throttled(_) | ErrorKind::QuotaUntil(_) | ErrorKind::Unavailable
            )
    }

    /// Whether it is about the one record that was asked for and says nothing of the others: the system
    /// answers, and of this record will say the same again.
    #[must_use]
    pub fn is_of_record(&self) -> bool {
        !matches!(
            self.kind,
            ErrorKind::Auth
                | ErrorKind::Throttled(_)
                | ErrorKind::QuotaUntil(_)
                | ErrorKind::Unavailable
                | ErrorKind::CursorExpired
        )
    }

    /// How long to wait where the system says so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self.kind {
            ErrorKind::Throttled(wait) => Some(wait),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation, self.kind)?;
        self.facts
            .iter()
            .try_for_each(|(key, value)| write!(f, ", {key}={value}"))
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
