use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aspa::channel_api::{sign, verify};
use aspa::desk::{Clock, SystemClock};
use aspa::types::{DeliveryId, Secret};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::Error;

/// The app that customers use, as small as it can be: what the demonstration and the tests talk to.
///
/// It signs what customers write, and takes replies at its callback: each effect is done once, and a
/// key that is known is answered as it was the first time.
#[derive(Debug, Clone)]
pub struct App {
    webhook_secret: Secret,
    callback_secret: Secret,
    done: Arc<Mutex<Done>>,
}

#[derive(Debug, Default)]
struct Done {
    posts: usize,
    by_key: BTreeMap<String, Posted>,
}

/// A reply that the app showed to its customer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Posted {
    /// The header that names the effect.
    pub idempotency_key: String,
    /// The conversation it went to.
    pub conversation: String,
    /// What was written.
    pub text: String,
}

impl App {
    /// An app with these secrets, where nothing has happened yet.
    #[must_use]
    pub fn new(webhook_secret: Secret, callback_secret: Secret) -> Self {
        Self {
            webhook_secret,
            callback_secret,
            done: Arc::default(),
        }
    }

    /// The callback that replies are posted to.
    pub fn routes(&self) -> Router {
        Router::new()
            .route("/callback", post(take))
            .with_state(self.clone())
    }

    /// The replies that were shown, and how many times the callback was asked to show one.
    #[must_use]
    pub fn posted(&self) -> (Vec<Posted>, usize) {
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        (done.by_key.values().cloned().collect(), done.posts)
    }

    /// The delivery, named `delivery`, of one message that a customer wrote.
    ///
    /// # Errors
    ///
    /// When the name is none that can be signed, or the URL is none.
    pub fn deliver(&self, url: &str, delivery: &str, text: &str) -> Result<Request<Bytes>, Error> {
        let message = json!({"events": [{
            "type": "message",
            "id": format!("m-{delivery}"),
            "conversation": "case-7",
            "author": {"id": "u-42", "user_name": "matti", "display_name": "Matti"},
            "text": text,
        }]});
        let body = Bytes::from(message.to_string());
        let delivery = DeliveryId::new(delivery)?;
        let signed = sign(&self.webhook_secret, SystemClock.now(), &delivery, &body)?;
        let mut request = Request::post(url).body(body)?;
        *request.headers_mut() = signed;
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(header::CONTENT_TYPE, json);
        Ok(request)
    }
}

async fn take(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let secrets = [app.callback_secret.clone()];
    if verify(&secrets, &headers, &body, SystemClock.now()).is_err() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let Some((key, posted)) = read(&headers, &body) else {
        return StatusCode::NOT_IMPLEMENTED.into_response();
    };
    let mut done = app.done.lock().unwrap_or_else(PoisonError::into_inner);
    done.posts += 1;
    // What was done and its answer are kept under the key: the same key, the same answer.
    done.by_key.entry(key.clone()).or_insert(posted);
    Json(json!({ "effect": key, "id": format!("m-{key}") })).into_response()
}

fn read(headers: &HeaderMap, body: &[u8]) -> Option<(String, Posted)> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let effect = &body["effect"];
    let posted = Posted {
        idempotency_key: headers.get("idempotency-key")?.to_str().ok()?.to_owned(),
        conversation: effect["conversation"]["id"].as_str()?.to_owned(),
        text: effect["kind"]["text"].as_str()?.to_owned(),
    };
    Some((effect["key"].as_str()?.to_owned(), posted))
}
