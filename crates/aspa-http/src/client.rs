use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;

use crate::error::HttpError;

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
}
