use std::fmt;

use aspa_types::DeliveryId;

/// What went wrong in a store. Callers act on this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Somebody else changed a row since it was read. Nothing was written: read again, decide again,
    /// commit again.
    Conflict,
    /// The database is busy or away. Nothing was written; trying again later can help.
    Unavailable,
    /// The database did not answer in time. Whether it did what it was asked is not known: read again.
    TimedOut,
    /// What the database holds cannot be read by this version.
    Corrupt,
    /// What the database holds was written by a later version of this code: run that.
    Newer,
    /// The store was asked for something that makes no sense.
    Invalid,
    /// Anything else that the database says.
    Other,
}

/// Why a store did not do what it was asked.
pub struct Error {
    kind: ErrorKind,
    operation: &'static str,
    detail: Option<String>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error in `operation`.
    #[must_use]
    pub fn new(kind: ErrorKind, operation: &'static str) -> Self {
        Self {
            kind,
            operation,
            detail: None,
            source: None,
        }
    }

    /// Somebody else changed this row. Its key may be an address, so a digest of it stands for it.
    #[must_use]
    pub fn conflict(row: impl fmt::Display) -> Self {
        let digest = DeliveryId::derive(&[&row.to_string()]);
        Self::new(ErrorKind::Conflict, "commit").with_detail(digest)
    }

    /// What it is about: a row's key, a path. No message text, no address.
    #[must_use]
    pub fn with_detail(mut self, detail: impl fmt::Display) -> Self {
        self.detail = Some(detail.to_string());
        self
    }

    /// What caused it.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What was being done.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// Whether doing it again, after reading again on a conflict, can help.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Conflict | ErrorKind::Unavailable | ErrorKind::TimedOut
        )
    }

    /// Whether the database is well and this row alone cannot be read by this version: others go on.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        matches!(self.kind, ErrorKind::Corrupt | ErrorKind::Newer)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            ErrorKind::Conflict => "changed by somebody else",
            ErrorKind::Unavailable => "store unavailable",
            ErrorKind::TimedOut => "no answer in time",
            ErrorKind::Corrupt => "stored data cannot be read",
            ErrorKind::Newer => "written by a later version",
            ErrorKind::Invalid => "invalid request",
            ErrorKind::Other => "store failed",
        };
        write!(f, "{what} in {}", self.operation)?;
        match &self.detail {
            Some(detail) => write!(f, ": {detail}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind)
            .field("operation", &self.operation)
            .field("detail", &self.detail)
            .field("source", &self.source)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
