use aspa_desk::Desk;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use http::StatusCode;

use crate::body::{SOON, read};
use crate::failed::Failed;

/// The largest delivery that is taken, in bytes: 1 MiB.
const LONGEST: usize = 1 << 20;

#[derive(Clone)]
struct Webhooks {
    desk: Desk,
    names: Vec<String>,
}

/// Where networks deliver: `/{name}` for each of the desk's webhooks that is named here, by any method,
/// since networks ask with GET and deliver with POST. Open to the world: what comes is checked by its
/// signature, kept, and only then answered. A body over 1 MiB is answered 413, one that is not here within
/// 30 seconds 408.
///
/// A web chat is not named here: [`Chat`](crate::Chat) serves it, with its limits.
pub fn webhooks(desk: Desk, names: impl IntoIterator<Item = impl Into<String>>) -> Router {
    let names = names.into_iter().map(Into::into).collect();
    Router::new()
        .route("/{name}", any(receive))
        .with_state(Webhooks { desk, names })
}

async fn receive(
    State(webhooks): State<Webhooks>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    if !webhooks.names.contains(&name) {
        return Failed::new(StatusCode::NOT_FOUND, "no such webhook").into_response();
    }
    let (head, body) = request.into_parts();
    match read(body, LONGEST, SOON).await {
        // The raw bytes, since they are what was signed.
        Ok(body) => {
            let delivery = Request::from_parts(head, body);
            webhooks.desk.receive(&name, delivery).await.map(Body::from)
        }
        Err(failed) => failed.into_response(),
    }
}

/// How the desk is, for load balancers: `GET /live` is 200 unless this process is to be started anew,
/// `GET /ready` is 200 while it can take deliveries in; else 503. Neither says more to strangers; the
/// whole is [`Desk::health`].
pub fn health(desk: Desk) -> Router {
    async fn live(State(desk): State<Desk>) -> Response {
        answer(desk.health().await.live)
    }
    async fn ready(State(desk): State<Desk>) -> Response {
        answer(desk.health().await.ready)
    }
    Router::new()
        .route("/live", get(live))
        .route("/ready", get(ready))
        .with_state(desk)
}

fn answer(ok: bool) -> Response {
    let status = match ok {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(serde_json::json!({ "ok": ok }))).into_response()
}
