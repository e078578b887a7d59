use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use crate::body::BodyStream;
use crate::error::{HttpError, HttpErrorKind};

/// Sends one request and brings the answer.
///
/// Implementors keep four rules. Any status is an answer, not an error. A request is sent at most
/// once: no retries, and no redirects but those the caller follows. Where an error says that nothing
/// was sent, nothing was. No error shows a URL, a header or a body. Methods may be called
/// concurrently; dropping the future gives the request up, and it may have been sent.
#[async_trait]
pub trait HttpClient: fmt::Debug + Send + Sync + 'static {
    /// Sends one request, whose URI is absolute, and waits for the whole answer.
    ///
    /// # Errors
    ///
    /// When no whole answer came. [`HttpError::may_have_been_sent`] says whether the server can have
    /// acted on the request all the same.
    async fn send(&self, request: http::Request<Bytes>)
    -> Result<http::Response<Bytes>, HttpError>;

    /// Sends one request and waits for the head of the answer; its body is read as it comes, for as
    /// long as the server sends: for [server-sent events](crate::EventStream) and large media.
    ///
    /// # Errors
    ///
    /// `Invalid`, with nothing sent, where the client cannot, which is what one says that does not do
    /// better; else as [`send`](Self::send), until the head has come.
    async fn open(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<BodyStream>, HttpError> {
        drop(request);
        Err(HttpError::new(HttpErrorKind::Invalid))
    }
}

/// A client that is shared.
#[async_trait]
impl<C: HttpClient + ?Sized> HttpClient for Arc<C> {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, HttpError> {
        (**self).send(request).await
    }

    async fn open(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<BodyStream>, HttpError> {
        (**self).open(request).await
    }
}
