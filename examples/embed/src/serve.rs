use std::future::Future;
use std::io;
use std::time::Duration;

use aspa::desk::Desk;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::tickets::{tickets, webhooks};

/// How often accounts are polled. The app of this example only pushes.
const POLL: Duration = Duration::from_secs(60);

/// Serves the desk and runs it in the background until `shutdown` is done: then no new requests are
/// taken, those under way are answered, and what the desk is doing ends.
///
/// # Errors
///
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    desk: Desk,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (stop, stopped) = oneshot::channel::<()>();
    let worker = desk.clone();
    let worker = tokio::spawn(async move {
        // An error says that the other end was dropped: that is the sign to stop.
        let stopped = async { stopped.await.unwrap_or_default() };
        worker.run(POLL, stopped).await;
    });
    let routes = webhooks(desk.clone()).merge(tickets(desk));
    let served = axum::serve(listener, routes)
        .with_graceful_shutdown(shutdown)
        .await;
    drop(stop);
    worker.await.map_err(io::Error::other)?;
    served
}
