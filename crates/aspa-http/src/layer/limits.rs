use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::USER_AGENT;
use http::{HeaderValue, Request, Response};

use super::{Layer, Next, Sleep, boxed, within};
use crate::body::{BodyStream, Chunks, MaxBody};
use crate::error::{HttpError, HttpErrorKind};

/// Gives a request up that takes too long: `Timeout`, and it may have been sent. Of an answer that is
/// opened, the head.
///
/// It limits one request, for whoever builds an adapter. A host that limits what a channel does as a whole,
/// however many requests that takes and over whatever protocol, puts `aspa_channel::layer::Timeout` before it.
pub struct Timeout {
    limit: Duration,
    sleep: Sleep,
}

impl fmt::Debug for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Timeout").field(&self.limit).finish()
    }
}

impl Timeout {
    /// Gives up after `limit`, which `sleep` waits for: `tokio::time::sleep`.
    pub fn new<F>(limit: Duration, sleep: impl Fn(Duration) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let sleep = boxed(sleep);
        Self { limit, sleep }
    }
}

#[async_trait]
impl Layer for Timeout {
    async fn call(
        &self,
        request: Request<Bytes>,
        next: Next<'_>,
    ) -> Result<Response<BodyStream>, HttpError> {
        let answer = within(next.run(request), (self.sleep)(self.limit)).await;
        answer.unwrap_or_else(|| Err(HttpError::new(HttpErrorKind::Timeout)))
    }
}

/// Says who we are on each request that does not say so itself: networks refuse or slow down those that
/// do not.
#[derive(Debug)]
pub struct UserAgent(HeaderValue);

impl UserAgent {
    /// What to call ourselves: `shop/1.4 (+https://shop.example)`.
    ///
    /// # Errors
    ///
    /// `Invalid` for what is empty or not printable ASCII alone.
    pub fn new(text: &str) -> Result<Self, HttpError> {
        let text = text.trim_matches(' ');
        let printable = !text.is_empty() && text.bytes().all(|b| (b' '..=b'~').contains(&b));
        let value = HeaderValue::from_str(text).ok().filter(|_| printable);
        value
            .map(Self)
            .ok_or_else(|| HttpError::new(HttpErrorKind::Invalid))
    }
}

#[async_trait]
impl Layer for UserAgent {
    async fn call(
        &self,
        mut request: Request<Bytes>,
        next: Next<'_>,
    ) -> Result<Response<BodyStream>, HttpError> {
        let headers = request.headers_mut();
        headers.entry(USER_AGENT).or_insert_with(|| self.0.clone());
        next.run(request).await
    }
}

/// Refuses answers whose body is larger than so many bytes, as `TooLarge`: whole ones, which are not read
/// to their end, and those that come in pieces, once more has come.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimit(usize);

impl BodyLimit {
    /// At most so many bytes.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self(bytes)
    }
}

#[async_trait]
impl Layer for BodyLimit {
    async fn call(
        &self,
        mut request: Request<Bytes>,
        next: Next<'_>,
    ) -> Result<Response<BodyStream>, HttpError> {
        let own = request.extensions().get().map(|MaxBody(max)| *max);
        let max = own.map_or(self.0, |own| own.min(self.0));
        request.extensions_mut().insert(MaxBody(max));
        let answer = next.run(request).await?;
        let status = answer.status();
        match answer.body().whole().map(Bytes::len) {
            Some(length) if length <= max => Ok(answer),
            Some(_) => Err(HttpError::new(HttpErrorKind::TooLarge).with_status(status)),
            None => Ok(answer.map(|body| BodyStream::new(Limited { body, left: max }))),
        }
    }
}

struct Limited {
    body: BodyStream,
    left: usize,
}

#[async_trait]
impl Chunks for Limited {
    async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        let chunk = self.body.chunk().await?;
        let length = chunk.as_ref().map_or(0, Bytes::len);
        let left = self.left.checked_sub(length);
        self.left = left.ok_or_else(|| HttpError::new(HttpErrorKind::TooLarge))?;
        Ok(chunk)
    }
}
