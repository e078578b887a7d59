use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response};
use metrics::histogram;
use tracing::field::Empty;
use tracing::{Instrument, debug_span};

use super::{Layer, Next};
use crate::body::BodyStream;
use crate::error::{HttpError, HttpErrorKind};
use crate::purpose::Purpose;

const NAME: &str = "http.client.request.duration";

/// Makes each request one span and one figure, without its address, headers and body.
///
/// The span is `http` of the target `aspa_http`, at level debug, with `client`, `method`, `purpose`, and
/// `status` or `error` in the end. The figure is the histogram `http.client.request.duration` in seconds
/// (OpenTelemetry's semantic conventions for HTTP clients, 1.27), told apart by `client`,
/// `http.request.method`, `http.response.status_code` and `error.type`.
#[derive(Debug, Clone, Copy)]
pub struct Trace {
    client: &'static str,
}

impl Trace {
    /// Traces requests under the name of what sends them: `mastodon`.
    #[must_use]
    pub fn new(client: &'static str) -> Self {
        Self { client }
    }

    fn measure(
        &self,
        method: &'static str,
        answer: &Result<Response<BodyStream>, HttpError>,
        took: Duration,
    ) {
        let (status, error) = match answer {
            Ok(answer) => (Some(answer.status()), ""),
            Err(error) => (error.status(), word(error.kind())),
        };
        let status = status.map_or(String::new(), |status| status.as_u16().to_string());
        histogram!(NAME, "client" => self.client, "http.request.method" => method,
            "http.response.status_code" => status, "error.type" => error)
        .record(took);
    }
}

#[async_trait]
impl Layer for Trace {
    async fn call(
        &self,
        request: Request<Bytes>,
        next: Next<'_>,
    ) -> Result<Response<BodyStream>, HttpError> {
        let method = name(request.method());
        let purpose = match Purpose::of(&request) {
            Purpose::Read => "read",
            Purpose::Effect => "effect",
        };
        let client = self.client;
        let span = debug_span!(target: "aspa_http", "http", client, method, purpose, status = Empty, error = Empty);
        let began = Instant::now();
        let answer = next.run(request).instrument(span.clone()).await;
        self.measure(method, &answer, began.elapsed());
        match &answer {
            Ok(answer) => span.record("status", answer.status().as_u16()),
            Err(error) => span.record("error", word(error.kind())),
        };
        answer
    }
}

/// A method that HTTP knows; of another name, which anybody can make up, that it is another.
fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "_OTHER",
    }
}

fn word(kind: HttpErrorKind) -> &'static str {
    match kind {
        HttpErrorKind::Invalid => "invalid",
        HttpErrorKind::Connect => "connect",
        HttpErrorKind::Timeout => "timeout",
        HttpErrorKind::Cut => "cut",
        HttpErrorKind::TooLarge => "too_large",
        HttpErrorKind::Throttled => "throttled",
        HttpErrorKind::Renewed => "renewed",
    }
}
