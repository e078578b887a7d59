//! What every request goes through on its way to the network, and every answer on its way back.
//!
//! A [`Layer`] sees a request, hands it on with its [`Next`] and sees the answer; [`Layered`] is a client
//! with layers in front, and again an [`HttpClient`]. The first layer that is given sees a request
//! first and its answer last. The order that makes sense:
//!
//! ```
//! # use std::sync::Arc;
//! # use std::time::Duration;
//! # use aspa_http::layer::{Auth, BodyLimit, Credentials, Layered, Throttling, Timeout, Trace, UserAgent};
//! # use aspa_http::{HttpClient, HttpError, Throttle};
//! # use chrono::{DateTime, Utc};
//! # fn compose(client: impl HttpClient, credentials: impl Credentials, throttle: Throttle,
//! #     now: fn() -> DateTime<Utc>) -> Result<Layered, HttpError> {
//! Ok(Layered::new(client)
//!     .with(Trace::new("mastodon"))              // everything below is one span and one figure
//!     .with(UserAgent::new("shop/1.4 (+https://shop.example)")?)
//!     .with(Auth::new(credentials))              // a read that is sent again is throttled again
//!     .with(Throttling::new(throttle, now))      // waiting does not count as time of the network
//!     .with(Timeout::new(Duration::from_secs(20), tokio::time::sleep))
//!     .with(BodyLimit::new(1 << 20)))
//! # }
//! ```
//!
//! No layer sends an effect again: `Next` is used up by [`run`](Next::run), and gives a second one
//! for a [read](crate::Purpose::Read) alone.

mod auth;
mod limits;
mod throttling;
mod trace;

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};

use crate::body::BodyStream;
use crate::client::HttpClient;
use crate::error::HttpError;
use crate::purpose::Purpose;

pub use auth::{Auth, Credentials};
pub use limits::{BodyLimit, Timeout, UserAgent};
pub use throttling::Throttling;
pub use trace::Trace;

/// Something that every request goes through.
///
/// Implementors keep the rules of [`HttpClient`], and call [`Next::run`] once: or not at all, where
/// they answer themselves or refuse.
#[async_trait]
pub trait Layer: fmt::Debug + Send + Sync + 'static {
    /// Handles one request. The body of the answer is [whole](BodyStream::whole) where the caller
    /// waits for the whole answer, and still coming where it was opened.
    ///
    /// # Errors
    ///
    /// As [`HttpClient::send`] and [`HttpClient::open`].
    async fn call(
        &self,
        request: Request<Bytes>,
        next: Next<'_>,
    ) -> Result<Response<BodyStream>, HttpError>;
}

/// The layers that are left, and the client behind them.
#[derive(Debug)]
pub struct Next<'a> {
    layers: &'a [Arc<dyn Layer>],
    client: &'a dyn HttpClient,
    is_open: bool,
}

impl Next<'_> {
    /// Hands the request on.
    ///
    /// # Errors
    ///
    /// What the layers behind and the client say.
    pub async fn run(self, request: Request<Bytes>) -> Result<Response<BodyStream>, HttpError> {
        match self.layers.split_first() {
            Some((layer, layers)) => layer.call(request, Self { layers, ..self }).await,
            None if self.is_open => self.client.open(request).await,
            None => Ok(self.client.send(request).await?.map(BodyStream::from)),
        }
    }

    /// A way to send this request a second time: for a read. Of an effect there is none.
    #[must_use]
    pub fn again(&self, request: &Request<Bytes>) -> Option<Self> {
        (Purpose::of(request) == Purpose::Read).then_some(Self { ..*self })
    }
}

/// A client with layers in front. Cheap to clone; clones share everything.
#[derive(Debug, Clone)]
pub struct Layered {
    layers: Vec<Arc<dyn Layer>>,
    client: Arc<dyn HttpClient>,
}

impl Layered {
    /// A client without layers yet.
    pub fn new(client: impl HttpClient) -> Self {
        Self {
            layers: Vec::new(),
            client: Arc::new(client),
        }
    }

    /// With one more layer, nearer to the network than those before.
    #[must_use]
    pub fn with(mut self, layer: impl Layer) -> Self {
        self.layers.push(Arc::new(layer));
        self
    }

    fn next(&self, is_open: bool) -> Next<'_> {
        Next {
            layers: &self.layers,
            client: self.client.as_ref(),
            is_open,
        }
    }
}

#[async_trait]
impl HttpClient for Layered {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = self.next(false).run(request).await?.into_parts();
        Ok(Response::from_parts(head, body.collect(usize::MAX).await?))
    }

    async fn open(&self, request: Request<Bytes>) -> Result<Response<BodyStream>, HttpError> {
        self.next(true).run(request).await
    }
}

type Sleep = Box<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

fn boxed<F>(sleep: impl Fn(Duration) -> F + Send + Sync + 'static) -> Sleep
where
    F: Future<Output = ()> + Send + 'static,
{
    Box::new(move |time| Box::pin(sleep(time)))
}

/// What the work came to, if it ended before the limit did.
async fn within<T>(work: impl Future<Output = T>, limit: impl Future<Output = ()>) -> Option<T> {
    let (mut work, mut limit) = (pin!(work), pin!(limit));
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => limit.as_mut().poll(context).map(|()| None),
    })
    .await
}
