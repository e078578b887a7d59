//! Server-sent events (WHATWG HTML, section 9.2): what a visitor sees as it changes, and what agents
//! are told.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::HeaderValue;
use http::header::CACHE_CONTROL;
use tokio::sync::{mpsc, watch};

/// After so long without anything a comment is sent, so that proxies and both ends know that the
/// connection stands.
pub(crate) const BEAT: Duration = Duration::from_secs(15);

/// Ends streams, which never end by themselves: a server that stops gracefully waits for them.
#[derive(Debug, Clone)]
pub struct Closing(Arc<watch::Sender<bool>>);

impl Default for Closing {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Closing {
    /// Nothing is closing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends every stream. Whoever followed connects again, to another process or to the next one.
    pub fn close(&self) {
        self.0.send_replace(true);
    }

    async fn wait(&self) {
        let mut told = self.0.subscribe();
        // The sender is held here, so it cannot be gone.
        let _ = told.wait_for(|closing| *closing).await;
    }
}

/// The sending end of a stream: it waits while the other side does not read.
pub(crate) struct Out(mpsc::Sender<Event>);

/// The other side is gone.
pub(crate) struct Gone;

impl Out {
    pub(crate) async fn send(&self, event: Event) -> Result<(), Gone> {
        self.0.send(event).await.map_err(|_| Gone)
    }

    /// Until the other side is gone.
    pub(crate) async fn closed(&self) {
        self.0.closed().await;
    }
}

/// A response that sends what `work` sends, until that ends, the other side is gone or all is closing.
pub(crate) fn respond<F>(closing: Closing, work: impl FnOnce(Out) -> F) -> Response
where
    F: Future<Output = Result<(), Gone>> + Send + 'static,
{
    // Few: what a slow reader has not taken is not piled up.
    let (sender, receiver) = mpsc::channel(8);
    let work = work(Out(sender));
    let work: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(async move {
        tokio::select! {
            _ = work => {}
            () = closing.wait() => {}
        }
    });
    // The work is driven by the response itself, so that it ends with the connection.
    let events = stream::unfold(
        (receiver, Some(work)),
        |(mut receiver, mut work)| async move {
            loop {
                let Some(running) = work.as_mut() else {
                    let event = receiver.recv().await?;
                    return Some((Ok::<_, Infallible>(event), (receiver, work)));
                };
                tokio::select! {
                    biased;
                    event = receiver.recv() => {
                        return Some((Ok(event?), (receiver, work)));
                    }
                    () = running => work = None,
                }
            }
        },
    );
    let mut response = Sse::new(events).into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies of the nginx family hold a stream back unless told not to.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}
