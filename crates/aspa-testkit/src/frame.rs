//! What the systems of this crate that speak HTTP without a socket have in common.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aspa_http::{HttpClient, HttpError};
use async_trait::async_trait;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use serde_json::Value;

pub(crate) fn lock<S>(state: &Mutex<S>) -> MutexGuard<'_, S> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A system's interface: how it answers a request, one after the other.
pub(crate) struct Wire<S> {
    pub(crate) state: Arc<Mutex<S>>,
    pub(crate) answer: fn(&mut S, &Request<Bytes>) -> Response<Bytes>,
}

impl<S> fmt::Debug for Wire<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

#[async_trait]
impl<S: Send + 'static> HttpClient for Wire<S> {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        Ok((self.answer)(&mut lock(&self.state), &request))
    }
}

/// An answer with a body of JSON, or without any where it is null.
pub(crate) fn json_answer(status: u16, kind: &'static str, body: &Value) -> Response<Bytes> {
    let text = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    let mut answer = Response::new(Bytes::from(text));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    let kind = HeaderValue::from_static(kind);
    answer.headers_mut().insert(CONTENT_TYPE, kind);
    answer
}

/// The text of a header.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
