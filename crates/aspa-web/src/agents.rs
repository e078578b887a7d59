use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aspa_channel::{Direction, Message, MessageKey, Part};
use aspa_desk::{Desk, Reply};
use aspa_store::{Position, Recorded, TicketQuery, TicketSort, Wanted};
use aspa_ticket::{Actor, Command, Disposition, Outcome, Ticket};
use aspa_types::{AgentId, TicketId};
use async_trait::async_trait;
use axum::extract::{Extension, Path, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::failed::Failed;
use crate::files::FileStore;
use crate::own::{self, Attached};
use crate::stream::{BEAT, Closing, respond};
use crate::together;

/// What an agent may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Role {
    /// Read tickets and what was written.
    Read,
    /// Answer and resolve.
    Work,
}

/// Somebody who works with tickets.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Agent {
    /// Who.
    pub id: AgentId,
    /// What they may do; each role by itself.
    pub roles: BTreeSet<Role>,
}

impl Agent {
    /// Somebody with these roles.
    #[must_use]
    pub fn new(id: AgentId, roles: impl IntoIterator<Item = Role>) -> Self {
        let roles = roles.into_iter().collect();
        Self { id, roles }
    }
}

/// How the host knows its agents: from its session cookie, a token, a header of its proxy.
#[async_trait]
pub trait Authenticate: Send + Sync + 'static {
    /// Who makes this request; none: nobody, and it is answered 401.
    ///
    /// A host that knows agents by cookie sets it `SameSite=Strict` or `Lax`: requests that change
    /// something are JSON, which pages of other origins cannot post without being let in by CORS,
    /// and these routes let nobody in.
    async fn agent(&self, head: &Parts) -> Option<Agent>;
}

#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) desk: Desk,
    authenticate: Arc<dyn Authenticate>,
    files: Option<Arc<dyn FileStore>>,
    closing: Closing,
}

/// What colleagues see and do, as JSON. Each request is by an agent whom the host knows, also one for a
/// page that does not exist.
///
/// | | | |
/// | --- | --- | --- |
/// | `GET /tickets` | the active tickets, those whose promise breaks first at the top | read |
/// | `GET /tickets/{id}` | one ticket with its messages and clocks | read |
/// | `GET /tickets/{id}/files/{file}` | a file of a message, to be saved | read |
/// | `POST /tickets/{id}/reply` | `{"text", "newest_seen", "name"}`: queued, which is kept | work |
/// | `POST /tickets/{id}/resolve` | `{"outcome", "newest_seen"}`: `solved` as long as nothing is said; refused where the customer has written since | work |
/// | `GET /tickets/{id}/presence` | who is at a ticket now | read |
/// | `PUT /tickets/{id}/presence` | `{"doing"}`: `looks` or `writes`, for a minute; answers who else is there | work |
/// | `DELETE /tickets/{id}/presence` | is there no longer | work |
/// | `GET /notices?after=7&limit=50` | what this agent was told and has not read, oldest first; 500 at most | read |
/// | `POST /notices/read` | `{"up_to"}`: read up to this number | work |
/// | `GET /following` | what this agent follows, and its version | read |
/// | `PUT /following` | `{"version", "following"}`; 409 where it was changed meanwhile | work |
/// | `GET /changes` | what happens, as server-sent events; goes on after `Last-Event-ID` | read |
pub fn agents(
    desk: Desk,
    authenticate: impl Authenticate,
    files: Option<Arc<dyn FileStore>>,
    closing: Closing,
) -> Router {
    let api = Api {
        desk,
        authenticate: Arc::new(authenticate),
        files,
        closing,
    };
    let known = from_fn_with_state(api.clone(), let_in);
    Router::new()
        .route("/tickets", get(list))
        .route("/tickets/{id}", get(show))
        .route("/tickets/{id}/files/{file}", get(download))
        .route("/tickets/{id}/reply", post(reply))
        .route("/tickets/{id}/resolve", post(resolve))
        .route("/changes", get(changes))
        .merge(together::routes())
        .fallback(async || Failed::new(StatusCode::NOT_FOUND, "no such page"))
        .layer(known)
        .with_state(api)
}

/// Nothing is answered to who is nobody. Whoever only reads changes nothing.
async fn let_in(State(api): State<Api>, request: Request, next: Next) -> Result<Response, Failed> {
    let (head, body) = request.into_parts();
    let agent = api.authenticate.agent(&head).await;
    let agent = agent.ok_or_else(|| Failed::new(StatusCode::UNAUTHORIZED, "who are you?"))?;
    let needs = match head.method.is_safe() {
        true => Role::Read,
        false => Role::Work,
    };
    if !agent.roles.contains(&needs) {
        return Err(Failed::new(StatusCode::FORBIDDEN, "not in your role"));
    }
    let mut request = Request::from_parts(head, body);
    request.extensions_mut().insert(agent);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let no_store = http::HeaderValue::from_static("no-store");
    headers
        .entry(http::header::CACHE_CONTROL)
        .or_insert(no_store);
    Ok(response)
}

async fn list(State(api): State<Api>) -> Result<Json<Value>, Failed> {
    let mut query = TicketQuery::default();
    (query.active, query.sort) = (true, TicketSort::Breach);
    let rows = api.desk.tickets(&query).await?;
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

async fn messages(desk: &Desk, ticket: &Ticket) -> Result<BTreeMap<MessageKey, Message>, Failed> {
    let mut wanted = Wanted::default();
    let attached = ticket.messages.iter();
    wanted.messages = attached.map(|m| m.message.clone()).collect();
    let loaded = desk.store().load(&wanted).await;
    let loaded = loaded.map_err(aspa_desk::Error::from)?;
    let records = loaded.messages.into_iter();
    let known = records.filter_map(|(key, record)| Some((key, record.value.message?)));
    Ok(known.collect())
}

async fn show(State(api): State<Api>, Path(id): Path<String>) -> Result<Json<Value>, Failed> {
    let desk = &api.desk;
    let ticket = desk.ticket(&named(&id)?).await?;
    // A ticket names its messages; what they say is kept apart, where it can be erased.
    let written = messages(desk, &ticket).await?;
    let clocks = desk.clocks(&ticket).map(|state| state.clocks(desk.now()));
    let clocks = clocks.unwrap_or_default().into_iter().map(
        |clock| json!({ "clock": clock.kind, "due_at": clock.due_at, "verdict": clock.verdict() }),
    );
    let messages = ticket.messages.iter().map(|attached| {
        let message = written.get(&attached.message);
        let inbound = attached.direction == Direction::Inbound;
        json!({
            "id": attached.message.id,
            "at": attached.at,
            "direction": attached.direction,
            "by": attached.agent,
            "kind": message.map(|m| &m.kind),
            "verified": message.and_then(|m| m.extra.get("author_verified")),
            "customer": message.and_then(|m| m.asserted.as_ref()).map(|a| a.customer.to_string()),
            "text": message.map(Message::text),
            "fields": message.map(fields),
            "files": message.map(files),
            "page": message.and_then(|m| m.url.as_ref()),
            "campaign": message.and_then(|m| m.campaign.as_ref()),
            "disposition": inbound.then_some(&attached.disposition),
        })
    });
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

fn fields(message: &Message) -> Vec<Value> {
    let field = |part: &Part| match part {
        Part::Field { name, value, .. } => Some(json!({ "name": name, "value": value })),
        _ => None,
    };
    message.parts.iter().filter_map(field).collect()
}

fn files(message: &Message) -> Vec<Value> {
    let file = |part: &Part| match part {
        Part::Media(media) => Some(json!({
            "id": media.id,
            "name": media.name,
            "media_type": media.media_type,
            "bytes": media.bytes,
        })),
        _ => None,
    };
    message.parts.iter().filter_map(file).collect()
}

async fn download(
    State(api): State<Api>,
    Path((id, file)): Path<(String, String)>,
) -> Result<Response, Failed> {
    let ticket = api.desk.ticket(&named(&id)?).await?;
    let written = messages(&api.desk, &ticket).await?;
    let parts = written.values().flat_map(|message| &message.parts);
    let attached = parts.filter_map(|part| match part {
        Part::Media(media) if media.id.as_deref() == Some(file.as_str()) => Some(Attached {
            name: media.name.clone()?,
            media_type: media.media_type.clone()?,
        }),
        _ => None,
    });
    let attached = { attached }.next();
    own::file(api.files.as_deref(), &file, attached, ()).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    text: String,
    #[serde(default)]
    newest_seen: Option<String>,
    #[serde(default)]
    name: Option<String>,
}

/// Queued means kept: it will be sent, also when this process ends now.
async fn reply(
    State(api): State<Api>,
    Extension(agent): Extension<Agent>,
    Path(id): Path<String>,
    Json(answer): Json<Answer>,
) -> Result<Response, Failed> {
    let ticket = api.desk.ticket(&named(&id)?).await?;
    let mut reply = Reply::answer(answer.text).by(agent.id);
    let account = ticket.key.conversation.account;
    let seen = answer.newest_seen.map(|id| MessageKey::new(account, &id));
    reply.newest_seen = seen.transpose()?;
    reply.name = answer.name;
    let effect = api.desk.reply(&ticket.id, reply).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "effect": effect }))).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    #[serde(default)]
    outcome: Option<Outcome>,
    #[serde(default)]
    newest_seen: Option<String>,
}

async fn resolve(
    State(api): State<Api>,
    Extension(agent): Extension<Agent>,
    Path(id): Path<String>,
    Json(end): Json<End>,
) -> Result<Json<Value>, Failed> {
    let ticket = api.desk.ticket(&named(&id)?).await?;
    let account = ticket.key.conversation.account;
    let seen = end.newest_seen.map(|id| MessageKey::new(account, &id));
    let why = "resolved".to_owned();
    let command = Command::Resolve {
        outcome: end.outcome.unwrap_or(Outcome::Solved),
        rest: Some(Disposition::NeedsNoAnswer { why }),
        newest_seen: seen.transpose()?,
    };
    let by = Actor::Us(Some(agent.id));
    let ticket = api.desk.command(&ticket.id, command, by).await?;
    Ok(Json(json!({ "category": ticket.category })))
}

pub(crate) fn named(id: &str) -> Result<TicketId, Failed> {
    TicketId::new(id).map_err(|error| Failed::new(StatusCode::NOT_FOUND, error.to_string()))
}

/// What happened, by position in the desk's log: names only, no content.
async fn changes(State(api): State<Api>, headers: HeaderMap) -> Result<Response, Failed> {
    let last = headers.get("last-event-id").and_then(|v| v.to_str().ok());
    let after = match last.and_then(|last| last.parse().ok()) {
        Some(last) => Position(last),
        None => api.desk.newest().await?,
    };
    let mut log = api.desk.subscribe(after);
    Ok(respond(api.closing, move |out| async move {
        loop {
            let event = tokio::select! {
                event = timeout(BEAT, log.next()) => event,
                () = out.closed() => return Ok(()),
            };
            out.send(match event {
                Ok(Ok(recorded)) => change(&recorded),
                Ok(Err(_)) => return Ok(()),
                Err(_) => Event::default().comment(""),
            })
            .await?;
        }
    }))
}

fn change(recorded: &Recorded) -> Event {
    let kind = serde_json::to_value(&recorded.event.kind).unwrap_or_default();
    let data = json!({
        "conversation": recorded.about.conversation.to_string(),
        "type": kind.get("type"),
    });
    Event::default()
        .event("change")
        .id(recorded.position.0.to_string())
        .data(data.to_string())
}
