//! One request and what its answer means.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aspa_channel::{Error, ErrorKind, Landed, Status};
use aspa_http::layer::{BodyLimit, Layered, Throttling, UserAgent};
use aspa_http::{BodyStream, HttpClient, HttpError, Throttle, ThrottleState};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, Request, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::config::{ConfigError, MastodonConfig};

pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// What is not encoded in a path or query (RFC 3986 section 2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// The bucket of requests that delete something.
pub(crate) const DELETIONS: &str = "deletions";
/// The bucket of uploads.
pub(crate) const MEDIA: &str = "media";
/// The longest answer that is read, in bytes: as long as 4096 posts of 4 kB. Mastodon gives no more
/// below a post (`context`, methods/statuses, read 2026-11-22).
const LONGEST_ANSWER: usize = 16 << 20;

/// An account's way to its server.
pub(crate) struct Api {
    base: String,
    token: HeaderValue,
    http: Layered,
    throttle: Throttle,
    clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    /// Whether each request has a connection of its own. snac ends a connection after each answer without
    /// saying so (measured on 2.75, 2026-11-22): what is sent on one that was kept is lost, and nobody can
    /// tell whether it landed.
    alone: bool,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").finish_non_exhaustive()
    }
}

impl Api {
    pub(crate) fn new(
        config: &MastodonConfig,
        http: Arc<dyn HttpClient>,
        clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    ) -> Result<Self, ConfigError> {
        let base = config.base()?;
        let token = config.token.expose();
        let bearer = HeaderValue::try_from(format!("Bearer {token}")).ok();
        let mut token = bearer
            .filter(|_| !token.trim().is_empty())
            .ok_or(ConfigError::Token)?;
        token.set_sensitive(true);
        let user_agent = UserAgent::new(&config.user_agent).map_err(|_| ConfigError::UserAgent)?;
        Ok(Self {
            base,
            token,
            http: Layered::new(http).with(user_agent),
            throttle: Throttle::default(),
            clock,
            alone: true,
        })
    }

    /// Once the server is known. It is left alone where it says that it takes no more, and what
    /// Mastodon documents holds where it says nothing (docs.joinmastodon.org, "Rate limits", read
    /// 2026-11-22: 300 requests of an account in 5 minutes, 30 deletions and 30 uploads in 30). snac has no limits
    /// (2.75, measured 2026-11-22).
    pub(crate) fn at(mut self, is_snac: bool) -> Self {
        self.alone = is_snac;
        if !is_snac {
            let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
            let throttle = self.throttle.limited("", 300, minutes(5));
            let throttle = throttle.limited(DELETIONS, 30, minutes(30));
            self.throttle = throttle.limited(MEDIA, 30, minutes(30));
        }
        let clock = Arc::clone(&self.clock);
        let throttling = Throttling::new(self.throttle.clone(), move || clock());
        self.http = self.http.with(throttling);
        self
    }

    /// What has to outlive a restart.
    pub(crate) fn snapshot(&self) -> Option<String> {
        let state = self.throttle.snapshot();
        let text = serde_json::to_string(&state).ok();
        text.filter(|_| !state.is_empty())
    }

    pub(crate) fn restore(&self, snapshot: &str) {
        if let Ok(kept) = serde_json::from_str::<ThrottleState>(snapshot) {
            self.throttle.restore(kept, self.now());
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// The host of the server, without a port.
    pub(crate) fn host(&self) -> &str {
        let authority = self.base.split_once("://").map_or("", |(_, rest)| rest);
        match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
            _ => authority,
        }
    }

    /// Scheme and authority.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Opens what has no end.
    pub(crate) async fn open(
        &self,
        request: Request<Bytes>,
    ) -> Result<Response<BodyStream>, HttpError> {
        self.http.open(request).await
    }

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let http = self.http.clone().with(BodyLimit::new(LONGEST_ANSWER));
        http.send(request).await
    }

    /// A request to a path of the server, or to another address of it.
    pub(crate) fn request(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        operation: &'static str,
    ) -> Result<Request<Bytes>, Error> {
        let mut request = Request::new(body);
        *request.method_mut() = method;
        let uri = match path.starts_with('/') {
            true => format!("{}{path}", self.base).parse(),
            false => path.parse(),
        };
        *request.uri_mut() =
            uri.map_err(|_| Error::new(ErrorKind::Invalid, operation).with("field", "path"))?;
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, self.token.clone());
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if self.alone {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(request)
    }

    /// Reads something. None: it is not there (any more). Nothing lands, whatever fails.
    pub(crate) async fn get(
        &self,
        path: &str,
        operation: &'static str,
    ) -> Result<Option<Value>, Error> {
        let request = self.request(Method::GET, path, Bytes::new(), operation)?;
        let harmless = |error: Error| error.with_landed(Landed::No);
        let response = self.send(request).await;
        let response = response.map_err(|error| harmless(Error::unanswered(operation, error)))?;
        match response.status().as_u16() {
            404 | 410 => return Ok(None),
            200..=299 => {}
            _ => return Err(harmless(refusal(operation, &response, self.now()))),
        }
        let value = serde_json::from_slice(response.body());
        let value = value.map_err(|_| {
            let status = response.status().as_u16();
            Error::new(ErrorKind::Protocol, operation).with("status", status)
        })?;
        Ok(Some(value))
    }

    /// Changes something; the answer as it came, where it is a success.
    pub(crate) async fn change(
        &self,
        request: Request<Bytes>,
        operation: &'static str,
    ) -> Result<Response<Bytes>, Error> {
        let response = self.send(request).await;
        let response = response.map_err(|error| Error::unanswered(operation, error))?;
        match response.status().is_success() {
            true => Ok(response),
            false => Err(refusal(operation, &response, self.now())),
        }
    }

    /// A request with a JSON body.
    pub(crate) fn with_json(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        operation: &'static str,
    ) -> Result<Request<Bytes>, Error> {
        let mut request = self.request(method, path, body.to_string().into(), operation)?;
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
        Ok(request)
    }
}

/// The JSON of an answer that a change was accepted. A page of a proxy is no such answer, and the change
/// may have happened all the same.
pub(crate) fn accepted(
    operation: &'static str,
    response: &Response<Bytes>,
) -> Result<Value, Error> {
    let value = serde_json::from_slice(response.body()).ok();
    value.filter(Value::is_object).ok_or_else(|| {
        Error::new(ErrorKind::Protocol, operation)
            .with_landed(Landed::Maybe)
            .with("status", response.status().as_u16())
    })
}

/// An id or a word as it stands in a path or query.
pub(crate) fn encoded(text: &str) -> impl fmt::Display {
    utf8_percent_encode(text, ENCODED)
}

/// What a status other than success means.
pub(crate) fn refusal(
    operation: &'static str,
    response: &Response<Bytes>,
    now: DateTime<Utc>,
) -> Error {
    let status = response.status();
    let mut error = match status.as_u16() {
        // Mastodon says 422 where GoToSocial says 400.
        400 | 422 if says_too_long(response.body()) => {
            Error::new(ErrorKind::TooLong, operation).with("status", status.as_u16())
        }
        // GoToSocial, to a request without a name.
        418 => Error::refused(operation, response, now).with_status(Status::Persistent),
        _ => Error::refused(operation, response, now),
    };
    let remedy = match status.as_u16() {
        401 => Some("authorise the account again and give the new access token"),
        403 => Some("give the access token the scopes read and write"),
        418 => Some("send a User-Agent that the server accepts"),
        300..=399 => Some("set base_url to the address it redirects to"),
        _ if *error.kind() == ErrorKind::TooLong => Some("shorten the text or send it in parts"),
        _ => None,
    };
    if let Some(remedy) = remedy {
        error = error.with_remedy(remedy);
    }
    error
}

/// Servers word it in the language of the account, so this knows only some of the words. What is
/// too long by our own count is refused before any request.
fn says_too_long(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(&body[..body.len().min(1024)]).to_lowercase();
    ["character", "too long", "exceed"]
        .iter()
        .any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Response<Bytes> {
        let mut answer = Response::new(Bytes::copy_from_slice(body.as_bytes()));
        *answer.status_mut() = http::StatusCode::from_u16(status).unwrap();
        for (name, value) in headers {
            answer.headers_mut().insert(*name, value.parse().unwrap());
        }
        answer
    }

    #[test]
    fn every_refusal_says_what_it_is_and_whether_it_landed() {
        use ErrorKind as K;
        let cases = [
            // snac: no body at all.
            (401, "", K::Unauthorized, Landed::No, Status::Persistent),
            (
                401,
                r#"{"error":"The access token is invalid"}"#,
                K::Unauthorized,
                Landed::No,
                Status::Persistent,
            ),
            (
                403,
                r#"{"error":"outside the scopes"}"#,
                K::Forbidden,
                Landed::No,
                Status::Persistent,
            ),
            (
                404,
                "<h1>404 Not Found</h1>",
                K::NotFound,
                Landed::No,
                Status::Permanent,
            ),
            (410, "", K::NotFound, Landed::No, Status::Permanent),
            (405, "", K::Unsupported, Landed::No, Status::Permanent),
            (408, "", K::Unavailable, Landed::Maybe, Status::Temporary),
            (413, "", K::TooLong, Landed::No, Status::Permanent),
            // Without a User-Agent, GoToSocial is a teapot.
            (418, "", K::Invalid, Landed::No, Status::Persistent),
            (
                422,
                r#"{"error":"Validation failed: Text character limit of 500 exceeded"}"#,
                K::TooLong,
                Landed::No,
                Status::Permanent,
            ),
            (
                400,
                r#"{"error":"Bad Request: status too long, 6000 characters provided"}"#,
                K::TooLong,
                Landed::No,
                Status::Permanent,
            ),
            (
                422,
                r#"{"error":"Validation failed: Text can't be blank"}"#,
                K::Invalid,
                Landed::No,
                Status::Permanent,
            ),
            (
                429,
                r#"{"error":"Too many requests"}"#,
                K::Throttled,
                Landed::No,
                Status::Temporary,
            ),
            (500, "", K::Unavailable, Landed::Maybe, Status::Temporary),
            (503, "", K::Unavailable, Landed::Maybe, Status::Temporary),
            (308, "", K::Protocol, Landed::No, Status::Persistent),
            (302, "", K::Protocol, Landed::Maybe, Status::Persistent),
        ];
        for (status, body, kind, landed, lasts) in cases {
            let error = refusal("perform", &answer(status, &[], body), DateTime::UNIX_EPOCH);
            let told = (error.kind().clone(), error.landed(), error.status());
            assert_eq!(told, (kind, landed, lasts), "{status} {body}");
            assert!(!error.to_string().contains("error\""), "{error}");
        }
    }

    #[test]
    fn a_limit_says_in_three_ways_when_it_is_lifted_or_not_at_all() {
        let now: DateTime<Utc> = "2026-11-22T08:00:00Z".parse().unwrap();
        let epoch = (now.timestamp() + 90).to_string();
        let cases: [(&[(&'static str, &str)], _); 7] = [
            (&[("retry-after", "30")], Some(30)),
            (
                &[("x-ratelimit-reset", "2026-11-22T08:05:00.000000Z")],
                Some(300),
            ),
            (&[("x-ratelimit-reset", &epoch)], Some(90)),
            (&[("x-ratelimit-reset", "2026-11-22T07:59:00Z")], Some(0)),
            (
                &[
                    ("retry-after", "5"),
                    ("x-ratelimit-reset", "2026-11-22T08:05:00Z"),
                ],
                Some(5),
            ),
            (&[("x-ratelimit-reset", "soon")], None),
            (&[], None),
        ];
        for (headers, seconds) in cases {
            let mut refused = answer(429, headers, "");
            for (name, value) in [("x-ratelimit-limit", "300"), ("x-ratelimit-remaining", "0")] {
                refused.headers_mut().insert(name, value.parse().unwrap());
            }
            let error = refusal("poll", &refused, now);
            let wait = seconds.map(Duration::from_secs);
            assert_eq!(error.retry_after(), wait, "{headers:?}");
        }
        let later = answer(200, &[("x-ratelimit-reset", "2026-11-22T08:05:00Z")], "");
        assert_eq!(refusal("poll", &later, now).retry_after(), None);
    }

    #[test]
    fn ids_cannot_leave_their_place_in_a_path() {
        assert_eq!(
            encoded("../a?b#c/ä@x.y~z_-").to_string(),
            "..%2Fa%3Fb%23c%2F%C3%A4%40x.y~z_-"
        );
    }
}
