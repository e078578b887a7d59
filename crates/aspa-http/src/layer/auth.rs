use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::Shared;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};

use super::{Layer, Next};
use crate::body::BodyStream;
use crate::error::{HttpError, HttpErrorKind};

/// What a host knows of an account's credentials: where they are, and how to get new ones.
#[async_trait]
pub trait Credentials: fmt::Debug + Send + Sync + 'static {
    /// The value of the header as it is now: `Bearer …`. Called for each request, so it is to be at
    /// hand.
    ///
    /// # Errors
    ///
    /// Where there is none; the request is not sent.
    async fn current(&self) -> Result<HeaderValue, HttpError>;

    /// Gets new credentials, since the server refused these, and gives them from now on. One call is
    /// under way at a time, whatever number of requests were refused; it goes on when those that wait
    /// for it give up, as soon as another waits.
    ///
    /// # Errors
    ///
    /// Where there are no new ones: somebody has to authorise the account again.
    async fn renew(&self, refused: &HeaderValue) -> Result<HeaderValue, HttpError>;
}

/// Puts an account's credentials on each request, and renews them when the server refuses them.
///
/// A read is then sent once more. An effect is not: it is [`HttpErrorKind::Renewed`], of which nothing
/// was done, so that whoever retries effects sends it again. Where there are no new credentials the
/// refusal is the answer.
pub struct Auth {
    credentials: Arc<dyn Credentials>,
    header: HeaderName,
    is_refused: fn(&Response<BodyStream>) -> bool,
    renewal: Mutex<Option<Renewal>>,
}

type Renewing = Shared<Pin<Box<dyn Future<Output = Option<HeaderValue>> + Send>>>;

/// One set of credentials being replaced, or replaced.
struct Renewal {
    refused: HeaderValue,
    new: Renewing,
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth")
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

impl Auth {
    /// Credentials in the `authorization` header, which a server refuses by status 401.
    #[must_use]
    pub fn new(credentials: impl Credentials) -> Self {
        Self {
            credentials: Arc::new(credentials),
            header: AUTHORIZATION,
            is_refused: |answer| answer.status() == StatusCode::UNAUTHORIZED,
            renewal: Mutex::new(None),
        }
    }

    /// The same in another header.
    #[must_use]
    pub fn in_header(mut self, name: HeaderName) -> Self {
        self.header = name;
        self
    }

    /// Tells by something else that the credentials are refused: for networks that say so with another
    /// status, or in the body, which is [whole](BodyStream::whole) unless the answer was opened. It
    /// must be certain that the server did nothing.
    #[must_use]
    pub fn refused_when(mut self, is_refused: fn(&Response<BodyStream>) -> bool) -> Self {
        self.is_refused = is_refused;
        self
    }

    fn sign(&self, request: &mut Request<Bytes>, value: &HeaderValue) {
        let mut value = value.clone();
        value.set_sensitive(true);
        request.headers_mut().insert(self.header.clone(), value);
    }

    fn renewing(&self, refused: &HeaderValue) -> Renewing {
        let mut renewal = self.renewal.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(renewal) = renewal.as_ref()
            && renewal.refused == refused
            && !matches!(renewal.new.peek(), Some(None))
        {
            return renewal.new.clone();
        }
        let (credentials, stale) = (self.credentials.clone(), refused.clone());
        let new = async move { credentials.renew(&stale).await.ok() };
        let new: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(new);
        let new = new.shared();
        *renewal = Some(Renewal {
            refused: refused.clone(),
            new: new.clone(),
        });
        new
    }
}

#[async_trait]
impl Layer for Auth {
    async fn call(
        &self,
        mut request: Request<Bytes>,
        next: Next<'_>,
    ) -> Result<Response<BodyStream>, HttpError> {
        let value = self.credentials.current().await?;
        self.sign(&mut request, &value);
        let again = next.again(&request).map(|next| (next, request.clone()));
        let answer = next.run(request).await?;
        if !(self.is_refused)(&answer) {
            return Ok(answer);
        }
        let new = self.renewing(&value).await;
        match (new.filter(|new| *new != value), again) {
            (None, _) => Ok(answer),
            (Some(new), Some((next, mut request))) => {
                drop(answer);
                self.sign(&mut request, &new);
                next.run(request).await
            }
            (Some(_), None) => {
                Err(HttpError::new(HttpErrorKind::Renewed).with_status(answer.status()))
            }
        }
    }
}
