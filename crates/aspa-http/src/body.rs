use std::collections::VecDeque;
use std::fmt;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};

use crate::error::{HttpError, HttpErrorKind};

/// The largest body that the answer to a request may have, in bytes, in the extensions of the request:
/// `ReqwestClient` keeps to it where it is below its own limit for whole answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a number")]
pub struct MaxBody(pub usize);

/// A WebSocket (RFC 6455), of which only what the server sends is read.
///
/// In the extensions of a request that is [opened](crate::HttpClient::open), which is a GET of an `http` or
/// `https` URI, it asks for one: the client does the handshake. In those of the answer, whose status is 101, it
/// says that each piece of the body is one message, of up to 1 MiB, and that pings are answered while the next
/// one is waited for. A client that knows no WebSockets answers without it, or with `Invalid`, so that
/// nobody takes anything else for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a mark")]
pub struct WebSocket;

/// Where the pieces of a [`BodyStream`] come from: what an implementor of
/// [`HttpClient::open`](crate::HttpClient::open) wraps.
#[async_trait]
pub trait Chunks: Send {
    /// The next piece, as it came; none at the end. Giving the wait up loses nothing of what comes
    /// after, and the next call goes on.
    ///
    /// # Errors
    ///
    /// When the rest will not come. What follows an error is not asked for.
    async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError>;
}

/// The body of an answer: there as a whole, or coming in pieces for as long as the server sends.
///
/// Dropping it closes the connection. `Debug` shows nothing of what it holds.
pub struct BodyStream(Body);

enum Body {
    /// The pieces that are there, in order.
    There(VecDeque<Bytes>),
    Coming(Box<dyn Chunks>),
    /// Nothing more comes, after an end or an error.
    Ended,
}

impl fmt::Debug for BodyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Body::There(_) => "BodyStream(there)",
            Body::Coming(_) => "BodyStream(coming)",
            Body::Ended => "BodyStream(ended)",
        })
    }
}

impl BodyStream {
    /// A body whose pieces come from elsewhere.
    #[must_use]
    pub fn new(chunks: impl Chunks + 'static) -> Self {
        Self(Body::Coming(Box::new(chunks)))
    }

    pub(crate) fn ended() -> Self {
        Self(Body::Ended)
    }

    /// The whole body, where all of it is here already and in one piece.
    #[must_use]
    pub fn whole(&self) -> Option<&Bytes> {
        match &self.0 {
            Body::There(pieces) if pieces.len() == 1 => pieces.front(),
            _ => None,
        }
    }

    /// The next piece, as it came, never empty; none at the end. Waits until there is one. Giving the
    /// wait up loses nothing.
    ///
    /// # Errors
    ///
    /// When the rest will not come: `Timeout` after too long a silence, `Cut` where the connection
    /// ended. After that it is at its end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        loop {
            let chunk = match &mut self.0 {
                Body::There(pieces) => Ok(pieces.pop_front()),
                Body::Coming(chunks) => chunks.chunk().await,
                Body::Ended => return Ok(None),
            };
            match chunk {
                Ok(Some(chunk)) if chunk.is_empty() => {}
                Ok(Some(chunk)) => return Ok(Some(chunk)),
                end => {
                    self.0 = Body::Ended;
                    return end;
                }
            }
        }
    }

    /// All of it, where that is at most `max` bytes. Takes no more than that into memory, and one piece.
    ///
    /// # Errors
    ///
    /// `TooLarge`; else as [`chunk`](Self::chunk).
    pub async fn collect(mut self, max: usize) -> Result<Bytes, HttpError> {
        let too_large = || HttpError::new(HttpErrorKind::TooLarge);
        if let Some(whole) = self.whole() {
            return match whole.len() <= max {
                true => Ok(whole.clone()),
                false => Err(too_large()),
            };
        }
        let mut all = BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            if chunk.len() > max - all.len() {
                return Err(too_large());
            }
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    }
}

impl From<Bytes> for BodyStream {
    fn from(whole: Bytes) -> Self {
        Self(Body::There(VecDeque::from([whole])))
    }
}

/// A body that is there in pieces: for tests of what reads them.
impl FromIterator<Bytes> for BodyStream {
    fn from_iter<I: IntoIterator<Item = Bytes>>(pieces: I) -> Self {
        Self(Body::There(pieces.into_iter().collect()))
    }
}
