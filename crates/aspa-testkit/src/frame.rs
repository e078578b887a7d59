//! What the systems of this crate that speak HTTP without a socket have in common.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aspa_http::{HttpClient, HttpError};
use async_trait::async_trait;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use serde_json::{Map, Value};

pub(crate) fn lock<S>(state: &Mutex<S>) -> MutexGuard<'_, S> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What every system in memory tells tests: `$fake` has `state` and `faults`, and its `State` the fields
/// `now`, `token`, `writes` and `log`. `$log` says what stands in that.
macro_rules! scripts {
    ($fake:ident, $log:literal) => {
        /// `Debug` shows nothing that anybody wrote.
        impl std::fmt::Debug for $fake {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($fake))
                    .field("faults", &self.faults)
                    .finish_non_exhaustive()
            }
        }

        impl $fake {
            fn state(&self) -> std::sync::MutexGuard<'_, State> {
                $crate::frame::lock(&self.state)
            }

            /// What requests go through.
            #[must_use]
            pub fn faults(&self) -> &Arc<Faults> {
                &self.faults
            }

            /// The token that is good now.
            #[must_use]
            pub fn token(&self) -> String {
                self.state().token.clone()
            }

            /// What time it is there.
            #[must_use]
            pub fn now(&self) -> DateTime<Utc> {
                self.state().now
            }

            /// Moves the clock on.
            pub fn pass(&self, time: TimeDelta) {
                let mut state = self.state();
                state.now += time;
            }

            /// How many requests that would change something arrived.
            #[must_use]
            pub fn writes(&self) -> usize {
                self.state().writes
            }

            #[doc = $log]
            #[must_use]
            pub fn log(&self) -> Vec<(String, String)> {
                self.state().log.clone()
            }
        }
    };
}
pub(crate) use scripts;

/// The fields of a row that a test gives.
pub(crate) fn fields(given: Value) -> Map<String, Value> {
    match given {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
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
