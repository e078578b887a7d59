use std::future::{Future, pending};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use aspa::web::{agents, health, webhooks};
use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::Embedded;
use crate::pages::pages;

/// How often accounts are polled. Those of this example only push.
const POLL: Duration = Duration::from_secs(60);

/// Serves the desk and runs it in the background until `shutdown` is done: then no new requests are
/// taken, streams end, requests under way are answered, and what the desk is doing ends.
///
/// # Errors
///
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    embedded: Embedded,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let Embedded {
        desk,
        chat,
        files,
        closing,
        keys,
        agent,
    } = embedded;
    let (stop, stopped) = oneshot::channel::<()>();
    let (worker, visited) = (desk.clone(), chat.clone());
    let worker = tokio::spawn(async move {
        // An error says that the other end was dropped: that is the sign to stop.
        let stopped = async { stopped.await.unwrap_or_default() };
        tokio::select! {
            _ = worker.run(POLL, stopped) => {}
            () = visited.run(pending()) => {}
        }
    });
    let api = agents(desk.clone(), agent.clone(), Some(files), closing.clone());
    let routes = Router::new()
        .nest("/chat", chat.routes())
        .nest("/api", api)
        .nest("/webhooks", webhooks(desk.clone(), ["app"]))
        .nest("/health", health(desk))
        .merge(pages(agent, keys.identity))
        .into_make_service_with_connect_info::<SocketAddr>();
    let shutdown = async move {
        shutdown.await;
        closing.close();
    };
    let served = axum::serve(listener, routes)
        .with_graceful_shutdown(shutdown)
        .await;
    drop(stop);
    worker.await.map_err(io::Error::other)?;
    served
}
