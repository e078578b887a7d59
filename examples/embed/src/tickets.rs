use std::collections::BTreeMap;

use aspa::channel::{Direction, MessageKey};
use aspa::desk::{self, Desk, Reply};
use aspa::store::{TicketQuery, TicketSort};
use aspa::types::{AgentId, BadId, TicketId};
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

/// The largest delivery that is taken.
const MOST_BYTES: usize = 1 << 20;

/// Where networks deliver. Open to the world: what comes is checked by its signature.
pub fn webhooks(desk: Desk) -> Router {
    Router::new()
        .route("/webhooks/{name}", post(receive))
        .with_state(desk)
}

/// What colleagues see and do. The host puts its authentication in front.
pub fn tickets(desk: Desk) -> Router {
    Router::new()
        .route("/tickets", get(list))
        .route("/tickets/{id}", get(show))
        .route("/tickets/{id}/reply", post(reply))
        .with_state(desk)
}

async fn receive(State(desk): State<Desk>, Path(name): Path<String>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    match to_bytes(body, MOST_BYTES).await {
        // The raw bytes, since they are what was signed.
        Ok(body) => {
            let delivery = Request::from_parts(head, body);
            desk.receive(&name, delivery).await.map(Body::from)
        }
        Err(_) => Failed(
            StatusCode::PAYLOAD_TOO_LARGE,
            "delivery over 1 MiB".to_owned(),
        )
        .into_response(),
    }
}

async fn list(State(desk): State<Desk>) -> Result<Json<Value>, Failed> {
    let mut query = TicketQuery::default();
    query.active = true;
    query.sort = TicketSort::Breach;
    let rows = desk.tickets(&query).await?;
    let tickets = rows.iter().map(|row| {
        let ticket = &row.ticket;
        json!({
            "id": ticket.id,
            "customer": ticket.key.customer.to_string(),
            "category": ticket.category,
            "messages": ticket.messages.len(),
            "unhandled": ticket.handled().unhandled,
            "breach_at": row.breach_at,
        })
    });
    Ok(Json(json!({ "tickets": tickets.collect::<Vec<_>>() })))
}

async fn show(State(desk): State<Desk>, Path(id): Path<String>) -> Result<Json<Value>, Failed> {
    let ticket = desk.ticket(&named(&id)?).await?;
    // A ticket names its messages; what they say is kept apart, where it can be erased.
    let records = desk.store().conversation(&ticket.key.conversation).await;
    let texts: BTreeMap<MessageKey, String> = records
        .map_err(desk::Error::from)?
        .into_iter()
        .filter_map(|record| Some((record.key, record.message?.text())))
        .collect();
    let messages = ticket.messages.iter().map(|message| {
        json!({
            "id": message.message.id,
            "at": message.at,
            "direction": message.direction,
            "by": message.agent,
            "text": texts.get(&message.message),
            "disposition": (message.direction == Direction::Inbound).then_some(&message.disposition),
        })
    });
    let clocks = desk.clocks(&ticket).map(|state| state.clocks(desk.now()));
    let clocks = clocks.unwrap_or_default().into_iter().map(
        |clock| json!({ "clock": clock.kind, "due_at": clock.due_at, "verdict": clock.verdict() }),
    );
    Ok(Json(json!({
        "id": ticket.id,
        "customer": ticket.key.customer.to_string(),
        "category": ticket.category,
        "assignee": ticket.assignee,
        "tags": ticket.tags,
        "queued": ticket.queued,
        "messages": messages.collect::<Vec<_>>(),
        "clocks": clocks.collect::<Vec<_>>(),
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    text: String,
    by: Option<String>,
    newest_seen: Option<String>,
}

/// Queued means kept: it will be sent, also when this process ends now.
async fn reply(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    Json(wanted): Json<Wanted>,
) -> Result<(StatusCode, Json<Value>), Failed> {
    let ticket = desk.ticket(&named(&id)?).await?;
    let mut reply = Reply::answer(wanted.text);
    reply.by = wanted.by.map(AgentId::new).transpose()?;
    let account = ticket.key.conversation.account;
    let seen = wanted.newest_seen.map(|id| MessageKey::new(account, &id));
    reply.newest_seen = seen.transpose()?;
    let effect = desk.reply(&ticket.id, reply).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "effect": effect }))))
}

fn named(id: &str) -> Result<TicketId, Failed> {
    TicketId::new(id).map_err(|error| Failed(StatusCode::NOT_FOUND, error.to_string()))
}

/// Why a request was not granted: a status, and a line that holds nothing private.
struct Failed(StatusCode, String);

impl From<BadId> for Failed {
    fn from(error: BadId) -> Self {
        Self(StatusCode::UNPROCESSABLE_ENTITY, error.to_string())
    }
}

impl From<desk::Error> for Failed {
    fn from(error: desk::Error) -> Self {
        let status = match &error {
            desk::Error::UnknownTicket(_) => StatusCode::NOT_FOUND,
            desk::Error::Rule(_) | desk::Error::NothingToAnswer(_) => StatusCode::CONFLICT,
            desk::Error::Channel(_) => StatusCode::UNPROCESSABLE_ENTITY,
            desk::Error::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self(status, error.to_string())
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}
