//! What a request that is not granted is answered.

use std::time::Duration;

use aspa_desk as desk;
use aspa_types::BadId;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use serde_json::json;

/// Why a request was not granted: a status, and a line that holds nothing private.
#[derive(Debug)]
pub(crate) struct Failed {
    status: StatusCode,
    why: String,
    wait: Option<Duration>,
}

impl Failed {
    pub(crate) fn new(status: StatusCode, why: impl Into<String>) -> Self {
        let why = why.into();
        Self {
            status,
            why,
            wait: None,
        }
    }

    #[cfg(test)]
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// 429, to be tried again after a while.
    pub(crate) fn too_many(wait: Duration) -> Self {
        Self {
            wait: Some(wait),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too many requests")
        }
    }
}

impl From<BadId> for Failed {
    fn from(error: BadId) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string())
    }
}

impl From<desk::Error> for Failed {
    fn from(error: desk::Error) -> Self {
        let status = match &error {
            desk::Error::UnknownTicket(_) => StatusCode::NOT_FOUND,
            desk::Error::Rule(_) | desk::Error::NothingToAnswer(_) => StatusCode::CONFLICT,
            desk::Error::Channel(_) => StatusCode::UNPROCESSABLE_ENTITY,
            error if error.is_conflict() => StatusCode::CONFLICT,
            desk::Error::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if status.is_server_error() {
            tracing::warn!(%error, "request failed");
        }
        Self::new(status, error.to_string())
    }
}

impl From<aspa_channel::Error> for Failed {
    fn from(error: aspa_channel::Error) -> Self {
        tracing::warn!(%error, "conversation could not be read");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "not now")
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(json!({ "error": self.why }))).into_response();
        if let Some(wait) = self.wait {
            // Whole seconds (RFC 9110 section 10.2.3), never too few.
            let seconds = wait.as_secs().saturating_add(1);
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
