use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::StatusCode;

/// What kept an answer from coming. Callers act on this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HttpErrorKind {
    /// The request or the client's set-up cannot be used. Nothing was sent.
    Invalid,
    /// No connection: the name, the network, the proxy or TLS. Nothing was sent.
    Connect,
    /// The answer did not come in time.
    Timeout,
    /// The connection ended before the whole answer had come, or what came was not HTTP.
    Cut,
    /// The answer is larger than allowed.
    TooLarge,
    /// The network takes no more for now, and the request was held back. Nothing was sent.
    Throttled,
    /// The server refused the credentials, and there are new ones now. It did nothing: the same request
    /// may be sent again.
    Renewed,
}

/// Why no whole answer came. It holds no URL, header or body.
#[derive(Debug)]
pub struct HttpError {
    kind: HttpErrorKind,
    may_have_been_sent: bool,
    status: Option<StatusCode>,
    retry_after: Option<Duration>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl HttpError {
    /// An error of a kind, with what the kind says of whether anything was sent.
    #[must_use]
    pub fn new(kind: HttpErrorKind) -> Self {
        Self {
            kind,
            may_have_been_sent: matches!(
                kind,
                HttpErrorKind::Timeout | HttpErrorKind::Cut | HttpErrorKind::TooLarge
            ),
            status: None,
            retry_after: None,
            source: None,
        }
    }

    /// Nothing was sent, though the kind alone does not say so.
    #[must_use]
    pub fn unsent(mut self) -> Self {
        self.may_have_been_sent = false;
        self
    }

    /// The status came, and then the rest of the answer failed.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = Some(status);
        self
    }

    /// How long to wait before the same request can go out.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// What caused it. Its text must be free of URLs, secrets and bodies.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> HttpErrorKind {
        self.kind
    }

    /// Whether the server can have received and acted on the request.
    #[must_use]
    pub fn may_have_been_sent(&self) -> bool {
        self.may_have_been_sent
    }

    /// How long to wait before the same request can go out, where that is known.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The status of the answer, where that much of it came.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.status
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            HttpErrorKind::Invalid => "the request cannot be sent",
            HttpErrorKind::Connect => "no connection",
            HttpErrorKind::Timeout => "no answer in time",
            HttpErrorKind::Cut => "the connection ended before the whole answer",
            HttpErrorKind::TooLarge => "the answer is larger than allowed",
            HttpErrorKind::Throttled => "held back, the network takes no more for now",
            HttpErrorKind::Renewed => "the credentials were refused and are new now",
        })?;
        if let Some(status) = self.status {
            write!(f, ", status {}", status.as_u16())?;
        }
        f.write_str(if self.may_have_been_sent {
            "; the request may have been received"
        } else {
            "; nothing was done"
        })
    }
}

impl StdError for HttpError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
