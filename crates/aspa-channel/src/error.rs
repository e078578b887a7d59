use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

pub use aspa_types::Landed;
use aspa_types::text_enum;
use serde::{Deserialize, Serialize};

text_enum! {
    /// What went wrong. Callers act on this.
    pub enum ErrorKind {
        /// The account, conversation or adapter cannot do this.
        Unsupported = "unsupported",
        /// What was asked is malformed.
        Invalid = "invalid",
        /// The text is longer than the network takes.
        TooLong = "too_long",
        /// The credentials are missing, expired or revoked.
        Unauthorized = "unauthorized",
        /// The credentials do not allow it.
        Forbidden = "forbidden",
        /// What it refers to is not there.
        NotFound = "not_found",
        /// Too many requests.
        Throttled = "throttled",
        /// Outside the time in which the network allows it.
        WindowClosed = "window_closed",
        /// The network says that it has this already.
        Duplicate = "duplicate",
        /// The network is down, cut the connection or did not answer in time.
        Unavailable = "unavailable",
        /// The network answered something that makes no sense here.
        Protocol = "protocol",
    }
}

/// Whether trying again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(
    clippy::exhaustive_enums,
    reason = "callers decide by it; a fourth answer would be a break"
)]
pub enum Status {
    /// Never: the same request will fail the same way.
    Permanent,
    /// Later, by itself.
    Temporary,
    /// Not until somebody mends something.
    Persistent,
}

/// Why a channel did not do what it was asked.
///
/// One opaque type for every adapter: [`kind`](Self::kind), [`status`](Self::status) and
/// [`landed`](Self::landed) decide what to do; the rest is for people. It never holds a token, a
/// message text or an address.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    status: Status,
    landed: Landed,
    operation: &'static str,
    retry_after: Option<Duration>,
    code: Option<String>,
    remedy: Option<Cow<'static, str>>,
    facts: Vec<(&'static str, String)>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error in `operation`, with the status that `kind` usually has; nothing landed.
    #[must_use]
    pub fn new(kind: ErrorKind, operation: &'static str) -> Self {
        let status = match kind {
            ErrorKind::Throttled | ErrorKind::Unavailable | ErrorKind::Protocol => {
                Status::Temporary
            }
            ErrorKind::Unauthorized | ErrorKind::Forbidden => Status::Persistent,
            _ => Status::Permanent,
        };
        Self(Box::new(Inner {
            kind,
            status,
            landed: Landed::No,
            operation,
            retry_after: None,
            code: None,
            remedy: None,
            facts: Vec::new(),
            source: None,
        }))
    }

    /// Whether trying again can help, where it differs from what the kind implies.
    #[must_use]
    pub fn with_status(mut self, status: Status) -> Self {
        self.0.status = status;
        self
    }

    /// Whether the effect happened all the same.
    #[must_use]
    pub fn with_landed(mut self, landed: Landed) -> Self {
        self.0.landed = landed;
        self
    }

    /// How long the network asks to wait.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// The network's own code.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.0.code = Some(code.into());
        self
    }

    /// What a person can do about it.
    #[must_use]
    pub fn with_remedy(mut self, remedy: impl Into<Cow<'static, str>>) -> Self {
        self.0.remedy = Some(remedy.into());
        self
    }

    /// A fact that helps to find the cause. No secrets, no message text.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.0.facts.push((name, value.to_string()));
        self
    }

    /// What caused it. Its text must be free of secrets and message text.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Whether trying again can help.
    #[must_use]
    pub fn status(&self) -> Status {
        self.0.status
    }

    /// Whether the effect happened all the same.
    #[must_use]
    pub fn landed(&self) -> Landed {
        self.0.landed
    }

    /// What was being done.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    /// How long the network asks to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The network's own code.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// What a person can do about it.
    #[must_use]
    pub fn remedy(&self) -> Option<&str> {
        self.0.remedy.as_deref()
    }

    /// Whether the same effect may simply be tried again: nothing landed, and waiting can help.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.0.landed == Landed::No && self.0.status == Status::Temporary
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        write!(f, "{} in {}", inner.kind, inner.operation)?;
        if let Some(code) = &inner.code {
            write!(f, ", code {code}")?;
        }
        for (name, value) in &inner.facts {
            write!(f, ", {name}={value}")?;
        }
        if let Some(remedy) = &inner.remedy {
            write!(f, ": {remedy}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("status", &self.0.status)
            .field("landed", &self.0.landed)
            .field("operation", &self.0.operation)
            .field("retry_after", &self.0.retry_after)
            .field("code", &self.0.code)
            .field("facts", &self.0.facts)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
