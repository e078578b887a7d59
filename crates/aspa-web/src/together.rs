//! What agents see of each other and are told: notices, what they follow, who is at a ticket.

use aspa_desk::{Doing, Following};
use axum::extract::{Extension, Path, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::agents::{Agent, Api, named};
use crate::failed::Failed;

/// The most notices in one answer.
const MOST: usize = 500;

pub(crate) fn routes() -> Router<Api> {
    Router::new()
        .route("/notices", get(notices))
        .route("/notices/read", post(read))
        .route("/following", get(following).put(follow))
        .route(
            "/tickets/{id}/presence",
            get(present).put(attend).delete(leave),
        )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    limit: Option<usize>,
}

async fn notices(
    State(api): State<Api>,
    Extension(agent): Extension<Agent>,
    Query(which): Query<Which>,
) -> Result<Json<Value>, Failed> {
    let limit = which.limit.unwrap_or(MOST).min(MOST);
    let notices = api.desk.notices(&agent.id, which.after, limit).await?;
    let told = notices.iter().map(|notice| {
        let mut told = json!(notice);
        told["text"] = notice.to_string().into();
        told
    });
    Ok(Json(json!({ "notices": told.collect::<Vec<_>>() })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UpTo {
    up_to: u64,
}

async fn read(
    State(api): State<Api>,
    Extension(agent): Extension<Agent>,
    Json(read): Json<UpTo>,
) -> Result<StatusCode, Failed> {
    api.desk.read_notices(&agent.id, read.up_to).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What somebody follows, and which version that is.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    version: u64,
    following: Following,
}

async fn following(
    State(api): State<Api>,
    Extension(agent): Extension<Agent>,
) -> Result<Json<Kept>, Failed> {
    let known = api.desk.following(&agent.id).await?;
    Ok(Json(Kept {
        version: known.version,
        following: known.value,
    }))
}

async fn follow(
    State(api): State<Api>,
    Extension(agent): Extension<Agent>,
    Json(kept): Json<Kept>,
) -> Result<StatusCode, Failed> {
    let (following, version) = (&kept.following, kept.version);
    let saved = api.desk.save_following(&agent.id, following, version);
    saved.await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn present(State(api): State<Api>, Path(id): Path<String>) -> Result<Json<Value>, Failed> {
    let present = api.desk.present(&named(&id)?).await?;
    Ok(Json(json!({ "present": present })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attending {
    #[serde(default)]
    doing: Option<Doing>,
}

async fn attend(
    State(api): State<Api>,
    Extension(agent): Extension<Agent>,
    Path(id): Path<String>,
    Json(attending): Json<Attending>,
) -> Result<Json<Value>, Failed> {
    let doing = attending.doing.unwrap_or(Doing::Looks);
    let others = api.desk.attend(&named(&id)?, &agent.id, doing).await?;
    Ok(Json(json!({ "others": others })))
}

async fn leave(
    State(api): State<Api>,
    Extension(agent): Extension<Agent>,
    Path(id): Path<String>,
) -> Result<StatusCode, Failed> {
    api.desk.leave(&named(&id)?, &agent.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
