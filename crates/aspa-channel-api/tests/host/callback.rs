//! The callback's requests and answers.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::json;

use super::{Answers, CALLBACK_SECRET, Host};
use crate::common::{content, now, signature};

pub(super) fn router(host: Arc<Host>) -> Router {
    let router = Router::new().route("/callback", get(probe).post(perform));
    router.with_state(host)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    effect: Asked,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    pub(super) key: String,
    pub(super) conversation: Named,
    pub(super) kind: Kind,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    pub(super) account: String,
    pub(super) id: String,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Kind {
    Send {
        text: String,
        in_reply_to: Option<Named>,
        reply: String,
    },
    PrivateReply {
        message: Named,
        text: String,
    },
    Edit {
        message: Named,
        text: String,
    },
    Delete {
        message: Named,
    },
    Hide {
        message: Named,
        hidden: bool,
    },
    React {
        message: Named,
        reaction: String,
        removed: bool,
    },
    MarkRead {
        message: Named,
    },
}

/// Whether each header is there once and they sign `signed` about now.
fn is_authentic(headers: &HeaderMap, signed: &[u8]) -> bool {
    let only = |name| {
        let mut values = headers.get_all(name).iter();
        values
            .next()
            .filter(|_| values.next().is_none())?
            .to_str()
            .ok()
    };
    let (Some(timestamp), Some(id)) = (only("aspa-timestamp"), only("aspa-delivery")) else {
        return false;
    };
    let seconds: i64 = timestamp.parse().unwrap_or_default();
    let expected = signature(CALLBACK_SECRET, &content(timestamp, id, signed));
    only("aspa-signature") == Some(&expected) && now().timestamp().abs_diff(seconds) <= 300
}

async fn perform(
    State(host): State<Arc<Host>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    host.app().posts += 1;
    if !is_authentic(&headers, &body) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if header("content-type") != Some("application/json") {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let Ok(Order { effect }) = serde_json::from_slice(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    if header("idempotency-key") != Some(effect.key.as_str()) || uri.query() != Some("tenant=1") {
        return StatusCode::BAD_REQUEST.into_response();
    }
    if effect.conversation.account != "app" || effect.conversation.id != "case-7" {
        return StatusCode::NOT_FOUND.into_response();
    }
    let known = host.app().done.get(&effect.key).cloned();
    let is_repeat = known.is_some();
    let answer = match known {
        Some((first, _)) if first != body => {
            return StatusCode::UNPROCESSABLE_ENTITY.into_response();
        }
        Some((_, answer)) => answer,
        None => match host.act(&effect) {
            Ok(answer) => {
                let done = (body, answer.clone());
                host.app().done.insert(effect.key, done);
                answer
            }
            Err(status) => return status.into_response(),
        },
    };
    match host.answers {
        Answers::Curtly => StatusCode::NO_CONTENT.into_response(),
        Answers::Conflict if is_repeat => {
            (StatusCode::CONFLICT, axum::Json(answer)).into_response()
        }
        _ => axum::Json(answer).into_response(),
    }
}

async fn probe(State(host): State<Arc<Host>>, uri: Uri, headers: HeaderMap) -> Response {
    if host.answers == Answers::Curtly {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let query = uri.query().unwrap_or_default();
    let Some(key) = query.strip_prefix("tenant=1&effect=") else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    if !is_authentic(&headers, key.as_bytes()) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match host.app().done.get(key) {
        Some((_, answer)) => axum::Json(answer.clone()).into_response(),
        None => (StatusCode::NOT_FOUND, axum::Json(json!({ "effect": key }))).into_response(),
    }
}
