use std::sync::{Arc, Mutex};

use aspa_channel::{Effect, MessageKey, Visibility};
use aspa_http::{HttpClient, HttpError};
use aspa_types::{EffectKey, HandleKey, Network};
use async_trait::async_trait;
use bytes::Bytes;
use http::header::{AUTHORIZATION, RETRY_AFTER};
use http::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use super::state::{No, State};
use super::{TOKEN, lock};

/// How many events one answer holds.
pub(super) const PAGE: usize = 20;

/// The network's own interface, over HTTP without a socket.
///
/// - `POST /effects` with an effect: the receipt.
/// - `GET /effects/{key}`: the receipt, or 404 with the key.
/// - `GET /events?from={place}`: `events`, `next`, `more`.
/// - `GET /changes?after={place}`: waits until more has happened, and gives `place`.
/// - `GET /messages/{id}`, `/conversations/{id}`, `/handles/{id}`.
#[derive(Debug)]
pub(super) struct Wire {
    state: Arc<Mutex<State>>,
}

impl Wire {
    pub(super) fn to(state: &Arc<Mutex<State>>) -> Self {
        let state = Arc::clone(state);
        Self { state }
    }

    /// Waits until more has happened than the request knows of.
    async fn waits(&self, request: &Request<Bytes>) {
        let after = request.uri().query().and_then(|q| q.strip_prefix("after="));
        let after: usize = after.and_then(|after| after.parse().ok()).unwrap_or(0);
        let news = Arc::clone(&lock(&self.state).news);
        loop {
            let told = news.notified();
            if lock(&self.state).log().len() > after {
                return;
            }
            told.await;
        }
    }

    fn answer(&self, request: &Request<Bytes>) -> Result<Value, Box<Response<Bytes>>> {
        let mut state = lock(&self.state);
        let no = |No(status, error)| Box::new(with(status, &json!({ "error": error })));
        let writes = request.method() == Method::POST;
        state.written += usize::from(writes);
        let token = request.headers().get(AUTHORIZATION);
        let is_known = token.is_some_and(|t| t.as_bytes() == format!("Bearer {TOKEN}").as_bytes());
        if !is_known || state.expired {
            return Err(no(No(401, "bad_token")));
        }
        if writes {
            if let Some(wait) = state.is_too_many() {
                let mut answer = no(No(429, "too_many"));
                let seconds = (wait.num_milliseconds() + 999) / 1_000;
                answer.headers_mut().insert(RETRY_AFTER, seconds.into());
                return Err(answer);
            }
            let effect: Effect =
                serde_json::from_slice(request.body()).map_err(|_| no(No(400, "not_an_effect")))?;
            return state
                .perform(&effect)
                .map(|receipt| json!(receipt))
                .map_err(no);
        }
        let uri = request.uri();
        let path = uri.path().trim_start_matches('/');
        let (what, id) = path.split_once('/').unwrap_or((path, ""));
        let gone = || no(No(404, "not_found"));
        match what {
            "events" => {
                let from = uri.query().and_then(|query| query.strip_prefix("from="));
                let from: usize = from.and_then(|from| from.parse().ok()).ok_or_else(gone)?;
                let log = state.log();
                let to = (from + PAGE).min(log.len());
                let events = log.get(from..to).ok_or_else(gone)?;
                Ok(json!({ "events": events, "next": to, "more": to < log.len() }))
            }
            "changes" => Ok(json!({ "place": state.log().len() })),
            "messages" => {
                let key = MessageKey::new(state.account().clone(), id).map_err(|_| gone())?;
                let mut found = state.messages().iter();
                let found = found.find(|m| m.key == key && m.visibility != Visibility::Deleted);
                found.map(|message| json!(message)).ok_or_else(gone)
            }
            "conversations" => {
                let within = state
                    .messages()
                    .iter()
                    .filter(|m| *m.conversation.id == *id && m.visibility != Visibility::Deleted);
                Ok(json!(within.collect::<Vec<_>>()))
            }
            "handles" => {
                let key = HandleKey::new(Network::API, None, id).map_err(|_| gone())?;
                state
                    .handle(&key)
                    .map(|handle| json!(handle))
                    .ok_or_else(gone)
            }
            "effects" => {
                let done = EffectKey::new(id)
                    .ok()
                    .and_then(|key| state.done(&key).cloned());
                let absent = || Box::new(with(404, &json!({ "effect": id })));
                done.map(|receipt| json!(receipt)).ok_or_else(absent)
            }
            _ => Err(gone()),
        }
    }
}

#[async_trait]
impl HttpClient for Wire {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        if request.uri().path() == "/changes" {
            self.waits(&request).await;
        }
        let answer = self.answer(&request);
        Ok(answer.map_or_else(|no| *no, |value| with(200, &value)))
    }
}

fn with(status: u16, body: &Value) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from(body.to_string()));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    answer
}
