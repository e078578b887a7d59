//! Building blocks for connectors that speak JSON over HTTP: requests, what answers mean, credentials.
//! Feature `rest`.
//!
//! With a [`Table`](crate::Table) for the columns and [`Since`](crate::Since) for the cursor, what is
//! left to a connector is which request does what.

mod auth;
mod meaning;

use std::fmt;
use std::sync::Arc;

use aspa_http::{Awaited, HttpClient, HttpErrorKind, Purpose};
use aspa_types::Landed;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{ACCEPT, CONTENT_TYPE, DATE, ETAG, HeaderName, HeaderValue};
use http::{HeaderMap, Method, Request, StatusCode};
use serde_json::Value;

use crate::rows::Found;
use crate::{Did, Error, ErrorKind};

pub use auth::{ClientCredentials, Fixed, JwtBearer, Session, Sign};
pub use meaning::{Meaning, Meanings};

/// One system that is spoken to by JSON over HTTP. Cheap to clone.
///
/// It sends each request once and says what the answer means, by the [table of the
/// system](Meanings) first. Credentials, throttling and time-outs are
/// [layers](aspa_http::layer::Layered) of its client.
///
/// Reads of the operation `changes` are those of nobody in particular; all others are
/// [`Awaited`]: where one [`Throttling`](aspa_http::layer::Throttling) is before the whole system, they and
/// effects have the last tenth of a quota that it reports, or a quarter of what goes out at once of a limit
/// that is declared, to themselves.
#[derive(Clone)]
pub struct Rest {
    client: Arc<dyn HttpClient>,
    base: String,
    meanings: Meanings,
    now: fn() -> DateTime<Utc>,
}

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rest").finish_non_exhaustive()
    }
}

/// One request to be sent. `Debug` shows the method alone.
#[derive(Clone)]
pub struct Call {
    method: Method,
    path: String,
    query: String,
    headers: HeaderMap,
    /// A header that was to have a value that cannot stand in one.
    unfit: Option<HeaderName>,
    body: Option<Value>,
    purpose: Option<Purpose>,
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// What came back. `Debug` shows the status alone.
#[derive(Clone)]
#[non_exhaustive]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; null where there is none.
    pub body: Value,
    /// The server's time when it answered, else the host's.
    pub at: DateTime<Utc>,
    /// Whether what it answers would change something.
    of_effect: bool,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Call {
    fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            query: String::new(),
            headers: HeaderMap::new(),
            unfit: None,
            body: None,
            purpose: None,
        }
    }

    /// Reads.
    #[must_use]
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// Makes, or does something.
    #[must_use]
    pub fn post(path: impl Into<String>, body: impl Into<Value>) -> Self {
        Self::new(Method::POST, path).json(body)
    }

    /// Changes the named fields, or makes it under its key.
    #[must_use]
    pub fn patch(path: impl Into<String>, body: impl Into<Value>) -> Self {
        Self::new(Method::PATCH, path).json(body)
    }

    /// Puts in place of what is there.
    #[must_use]
    pub fn put(path: impl Into<String>, body: impl Into<Value>) -> Self {
        Self::new(Method::PUT, path).json(body)
    }

    /// Removes.
    #[must_use]
    pub fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path)
    }

    fn json(mut self, body: impl Into<Value>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// With one more parameter in the query, escaped.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        let separator = if self.query.is_empty() { "" } else { "&" };
        self.query.push_str(separator);
        self.query.push_str(&escaped(name));
        self.query.push('=');
        self.query.push_str(&escaped(value));
        self
    }

    /// With a header. With a value that cannot stand in one the call is never sent: it fails as `Invalid`,
    /// with the header as its field.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        match HeaderValue::from_str(value) {
            Ok(value) => drop(self.headers.insert(name, value)),
            Err(_) => self.unfit = Some(name),
        }
        self
    }

    /// Only where the version is still this one (`if-match`, RFC 9110 section 13.1.1).
    #[must_use]
    pub fn if_version(self, version: Option<&str>) -> Self {
        match version {
            Some(version) => self.header(http::header::IF_MATCH, version),
            None => self,
        }
    }

    /// It changes nothing, though its method does not say so: a search by POST.
    #[must_use]
    pub fn only_reads(mut self) -> Self {
        self.purpose = Some(Purpose::Read);
        self
    }
}

/// A part of a path or query as it stands in a URL: all but unreserved characters escaped (RFC 3986
/// section 2.3).
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                escaped.push(char::from(byte));
            }
            _ => {
                escaped.push('%');
                escaped.push_str(&crate::key::hex(&[byte]).to_uppercase());
            }
        }
    }
    escaped
}

impl Rest {
    /// A system whose addresses begin with `base`. `now` is the host's clock, for waits and for servers
    /// that do not tell their time.
    #[must_use]
    pub fn new(
        client: Arc<dyn HttpClient>,
        base: impl Into<String>,
        meanings: Meanings,
        now: fn() -> DateTime<Utc>,
    ) -> Self {
        let base = base.into().trim_end_matches('/').to_owned();
        Self {
            client,
            base,
            meanings,
            now,
        }
    }

    /// Sends a request once, and takes any success for an answer. A path that begins with the base,
    /// such as the address of a next page, is sent there; of any other server it is refused.
    ///
    /// # Errors
    ///
    /// What the answer means by the table of the system, else by RFC 9110: 401 `Auth`, 403 `Forbidden`,
    /// 404 and 410 `NotFound`, 409 and 412 `Conflict`, 429 `Throttled`, other 4xx `Invalid`, 5xx
    /// `Unavailable`, anything else and a body that is no JSON `Protocol`. Where no credentials are given
    /// out any more it is `Auth`. An effect of which no answer came, or one of 5xx or without sense, landed
    /// `Maybe`.
    pub async fn send(&self, operation: &'static str, call: Call) -> Result<Answer, Error> {
        let answer = self.exchange(operation, call).await?;
        self.judge(operation, answer)
    }

    /// Sends a request once, and gives what came back, a refusal too: for systems that say in one
    /// which records are meant. [`judge`](Self::judge) makes an error of it.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send), where no answer came or a success makes no sense.
    pub async fn exchange(&self, operation: &'static str, call: Call) -> Result<Answer, Error> {
        let request = self.request(operation, call)?;
        let of_effect = Purpose::of(&request) == Purpose::Effect;
        let answer = self.client.send(request).await.map_err(|error| {
            let sent = error.may_have_been_sent();
            let kind = match (error.kind(), error.status()) {
                (HttpErrorKind::Throttled, _) => {
                    ErrorKind::Throttled(error.retry_after().unwrap_or_default())
                }
                // Who gives out credentials gives us none.
                (HttpErrorKind::Invalid, Some(status)) if status.is_client_error() => {
                    ErrorKind::Auth
                }
                _ => ErrorKind::Unavailable,
            };
            let unanswered = Error::new(kind, operation).with_landed(landed(sent && of_effect));
            unanswered.caused_by(error)
        })?;
        let (head, body) = answer.into_parts();
        let date = head.headers.get(DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
        let read: Result<Value, _> = match body.is_empty() {
            true => Ok(Value::Null),
            false => serde_json::from_slice(&body),
        };
        let body = match read {
            Err(_) if head.status.is_success() => {
                let senseless = Error::new(ErrorKind::Protocol, operation);
                return Err(senseless.with_landed(landed(of_effect)));
            }
            read => read.unwrap_or_default(),
        };
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body,
            at: date.map_or_else(self.now, |date| date.to_utc()),
            of_effect,
        })
    }

    /// What came back, where it is a success.
    ///
    /// # Errors
    ///
    /// What it means, as [`send`](Self::send) says.
    pub fn judge(&self, operation: &'static str, answer: Answer) -> Result<Answer, Error> {
        if answer.status.is_success() {
            return Ok(answer);
        }
        let now = (self.now)();
        let (status, headers) = (answer.status, &answer.headers);
        let refused = self.meanings.of(status, headers, &answer.body, now);
        let error = Error::new(refused.kind, operation)
            .with_landed(landed(answer.of_effect && refused.may_have_landed))
            .with("status", status.as_u16().to_string());
        Err(match refused.code {
            Some(code) => error.with("code", code),
            None => error,
        })
    }

    /// Sends a request, and takes what is not there for none.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send), but for `NotFound`.
    pub async fn find(&self, operation: &'static str, call: Call) -> Result<Option<Answer>, Error> {
        match self.send(operation, call).await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if *error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// All rows of a list, at a JSON pointer, page by page: `next` asks for the one after an answer.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send); `Protocol` where there is no list, or no end of pages.
    pub async fn all(
        &self,
        operation: &'static str,
        first: Call,
        rows_at: &str,
        next: impl Fn(&Answer) -> Option<Call>,
    ) -> Result<Found, Error> {
        let (mut call, mut rows) = (first, Vec::new());
        for _ in 0..MOST_PAGES {
            let answer = self.send(operation, call).await?;
            rows.extend_from_slice(answer.rows(rows_at)?);
            call = match next(&answer) {
                Some(next) => next,
                None => return Ok(Found::new(rows, answer.at)),
            };
        }
        Err(Error::new(ErrorKind::Protocol, operation))
    }

    /// Writes one row by its key where the system has no way of its own: looks for it, and changes it
    /// or makes it. `found` reads its id out of the answer to `look`. Two at the same time may make two.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn upsert(
        &self,
        operation: &'static str,
        look: Call,
        found: impl Fn(&Value) -> Option<String>,
        write: impl FnOnce(Option<&str>) -> Call,
    ) -> Result<(Did, Answer), Error> {
        let looked = self.find(operation, look.only_reads()).await?;
        let id = looked.and_then(|answer| found(&answer.body));
        let did = match id {
            Some(_) => Did::Changed,
            None => Did::Created,
        };
        let answer = self.send(operation, write(id.as_deref())).await?;
        Ok((did, answer))
    }

    fn request(&self, operation: &'static str, call: Call) -> Result<Request<Bytes>, Error> {
        let invalid = || {
            let field = "address".to_owned();
            Error::new(ErrorKind::Invalid { field }, operation)
        };
        if let Some(name) = call.unfit {
            let field = name.to_string();
            return Err(Error::new(ErrorKind::Invalid { field }, operation));
        }
        let is_whole = call.path.contains("://");
        let mut address = match call.path.strip_prefix(self.base.as_str()) {
            Some(rest) if rest.is_empty() || rest.starts_with(['/', '?']) => call.path.clone(),
            // Credentials go nowhere else, whatever an answer says.
            _ if is_whole => return Err(Error::new(ErrorKind::Protocol, operation)),
            _ => format!("{}/{}", self.base, call.path.trim_start_matches('/')),
        };
        if !call.query.is_empty() {
            address.push(if address.contains('?') { '&' } else { '?' });
            address.push_str(&call.query);
        }
        let mut request = Request::builder()
            .method(call.method)
            .uri(address)
            .header(ACCEPT, "application/json");
        if call.body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = call.body.map(|body| body.to_string()).unwrap_or_default();
        let mut request = request.body(Bytes::from(body)).map_err(|_| invalid())?;
        request.headers_mut().extend(call.headers);
        if let Some(purpose) = call.purpose {
            request.extensions_mut().insert(purpose);
        }
        if operation != "changes" && Purpose::of(&request) == Purpose::Read {
            request.extensions_mut().insert(Awaited);
        }
        Ok(request)
    }
}

/// What fits a look-up is on far fewer pages.
const MOST_PAGES: usize = 1000;

/// What a failed request did, where it may have done something or not.
fn landed(maybe: bool) -> Landed {
    match maybe {
        true => Landed::Maybe,
        false => Landed::No,
    }
}

impl Answer {
    /// The rows of a list: at a JSON pointer, or the body itself for an empty one.
    ///
    /// # Errors
    ///
    /// `Protocol` where there is no list.
    pub fn rows(&self, pointer: &str) -> Result<&[Value], Error> {
        let rows = self.body.pointer(pointer).and_then(Value::as_array);
        rows.map(Vec::as_slice)
            .ok_or_else(|| Error::new(ErrorKind::Protocol, "read"))
    }

    /// A text at a JSON pointer.
    #[must_use]
    pub fn text(&self, pointer: &str) -> Option<&str> {
        self.body.pointer(pointer).and_then(Value::as_str)
    }

    /// The version in the `etag` header.
    #[must_use]
    pub fn etag(&self) -> Option<String> {
        let etag = self.headers.get(ETAG)?.to_str().ok()?;
        Some(etag.to_owned())
    }
}

#[cfg(test)]
mod tests;
