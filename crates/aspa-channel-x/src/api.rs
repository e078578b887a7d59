//! One request, what it costs and what its answer means.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aspa_channel::{Error, ErrorKind, Landed, Status};
use aspa_http::layer::{Auth, BodyLimit, Layered, Throttling, UserAgent};
use aspa_http::{
    BodyStream, Bucket, HttpClient, HttpError, HttpErrorKind, Throttle, ThrottleState,
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::budget::{Budget, Meter, Spent};
use crate::config::{ConfigError, XConfig, bearer};
use crate::json;
use crate::oauth1::{OAuth1Keys, Signing};
use crate::oauth2::{OAuth2App, Renewing, TokenStore};

/// What is not encoded in a path or query (RFC 3986 section 2.3).
pub(crate) const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// The longest answer that is read, in bytes: 100 long posts with everything that comes along.
const LONGEST_ANSWER: usize = 16 << 20;

/// How an account shows who it is.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum XAuth {
    /// OAuth 2 with tokens that are renewed: where they are kept, and for which app.
    OAuth2(Arc<dyn TokenStore>, OAuth2App),
    /// OAuth 1.0a.
    OAuth1(OAuth1Keys),
    /// A token that somebody else renews; or the app's own, with which nothing can be written.
    Bearer(aspa_types::Secret),
}

/// A limit of X, each with a bucket of its own: so many requests of a user in 15 minutes (docs.x.com, "Rate
/// limits", read 2026-11-22; `*`: from memory, not verified). Where X reports another one, that one holds.
const QUARTER: Duration = Duration::from_secs(900);
pub(crate) const MENTIONS: (&str, u32) = ("mentions", 300);
/// `*`
pub(crate) const SEARCH: (&str, u32) = ("search", 300);
/// `*`
pub(crate) const TIMELINE: (&str, u32) = ("timeline", 900);
/// `*`
pub(crate) const LOOK_UP: (&str, u32) = ("look up", 900);
pub(crate) const DIRECT_READ: (&str, u32) = ("direct messages", 15);
pub(crate) const DIRECT_WRITE: (&str, u32) = ("direct messages sent", 15);
pub(crate) const POSTS: (&str, u32) = ("posts", 100);
pub(crate) const HIDDEN: (&str, u32) = ("hidden", 50);
pub(crate) const DELETED: (&str, u32) = ("deleted", 50);
/// `*`
pub(crate) const LIKED: (&str, u32) = ("likes", 50);
/// `*`
pub(crate) const MEDIA: (&str, u32) = ("media", 500);
pub(crate) const STREAM: (&str, u32) = ("stream", 50);
pub(crate) const LIMITS: [(&str, u32); 12] = [
    MENTIONS,
    SEARCH,
    TIMELINE,
    LOOK_UP,
    DIRECT_READ,
    DIRECT_WRITE,
    POSTS,
    HIDDEN,
    DELETED,
    LIKED,
    MEDIA,
    STREAM,
];

/// An account's way to X.
pub(crate) struct Api {
    base: String,
    http: Layered,
    stream_token: Option<HeaderValue>,
    throttle: Throttle,
    clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    budget: Budget,
    spent: Arc<Mutex<Spent>>,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").finish_non_exhaustive()
    }
}

/// What outlives a restart.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Snapshot {
    #[serde(skip_serializing_if = "ThrottleState::is_empty")]
    throttle: ThrottleState,
    spent: Spent,
}

impl Api {
    pub(crate) fn new(
        config: &XConfig,
        auth: XAuth,
        http: Arc<dyn HttpClient>,
        clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    ) -> Result<Self, ConfigError> {
        let base = config.base()?;
        let user_agent = UserAgent::new(&config.user_agent).map_err(|_| ConfigError::UserAgent)?;
        let mut throttle = Throttle::default();
        for (bucket, limit) in LIMITS {
            throttle = throttle.limited(bucket, limit, QUARTER);
        }
        let layered = Layered::new(Arc::clone(&http)).with(user_agent);
        let layered = match auth {
            XAuth::OAuth2(store, app) => {
                let endpoint = format!("{base}/2/oauth2/token").parse();
                let endpoint = endpoint.map_err(|_| ConfigError::BaseUrl)?;
                layered.with(Unless(Auth::new(Renewing::new(store, app, http, endpoint))))
            }
            XAuth::OAuth1(keys) => {
                let now = Arc::clone(&clock);
                let clock = Box::new(move || now());
                layered.with(Signing { keys, clock })
            }
            XAuth::Bearer(token) => layered.with(Fixed(bearer(&token)?)),
        };
        let now = Arc::clone(&clock);
        let throttling = Throttling::new(throttle.clone(), move || now());
        Ok(Self {
            base,
            http: layered.with(throttling),
            stream_token: config.app_token.as_ref().map(bearer).transpose()?,
            throttle,
            clock,
            budget: config.budget.clone(),
            spent: Arc::default(),
        })
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    pub(crate) fn snapshot(&self) -> Option<String> {
        let kept = Snapshot {
            throttle: self.throttle.snapshot(),
            spent: *self.spent(),
        };
        let is_empty = kept.throttle.is_empty() && kept.spent == Spent::default();
        serde_json::to_string(&kept).ok().filter(|_| !is_empty)
    }

    pub(crate) fn restore(&self, snapshot: &str) {
        if let Ok(kept) = serde_json::from_str::<Snapshot>(snapshot) {
            self.throttle.restore(kept.throttle, self.now());
            *self.spent() = kept.spent;
        }
    }

    fn spent(&self) -> MutexGuard<'_, Spent> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What counts deliveries.
    pub(crate) fn meter(&self) -> Meter {
        Meter::new(&self.spent, &self.budget.prices)
    }

    /// What was spent this month.
    pub(crate) fn spent_now(&self) -> Spent {
        let mut spent = self.spent();
        *spent = spent.at(self.now());
        *spent
    }

    pub(crate) fn prices(&self) -> &crate::budget::Prices {
        &self.budget.prices
    }

    fn over_budget(&self, operation: &'static str) -> Error {
        let wait = self.spent_now().until() - self.now();
        Error::new(ErrorKind::Throttled, operation)
            .with_code("budget")
            .with_retry_after(wait.to_std().unwrap_or_default())
            .with_remedy("raise the monthly budget, or wait for the next month")
    }

    fn request(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        bucket: (&str, u32),
        operation: &'static str,
    ) -> Result<Request<Bytes>, Error> {
        let mut request = Request::new(body);
        *request.method_mut() = method;
        let uri = format!("{}{path}", self.base).parse();
        *request.uri_mut() =
            uri.map_err(|_| Error::new(ErrorKind::Invalid, operation).with("field", "path"))?;
        let bucket = Bucket(bucket.0.to_owned());
        request.extensions_mut().insert(bucket);
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(ACCEPT, json.clone());
        if !request.body().is_empty() {
            request.headers_mut().insert(CONTENT_TYPE, json);
        }
        Ok(request)
    }

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let http = self.http.clone().with(BodyLimit::new(LONGEST_ANSWER));
        http.send(request).await
    }

    /// Reads something; what it brought counts at `price` for each. None: it is not there, or not for us.
    /// Nothing lands, whatever fails.
    pub(crate) async fn get(
        &self,
        path: &str,
        bucket: (&str, u32),
        price: u64,
        operation: &'static str,
    ) -> Result<Option<Value>, Error> {
        if !self.budget.allows_read(&self.spent_now()) {
            return Err(self.over_budget(operation));
        }
        let request = self.request(Method::GET, path, Bytes::new(), bucket, operation)?;
        let harmless = |error: Error| error.with_landed(Landed::No);
        let response = self.send(request).await;
        let response = response.map_err(|error| harmless(silence(operation, error)))?;
        if response.status().as_u16() == 404 {
            return Ok(None);
        }
        let value = match response.status().is_success() {
            true => answered(operation, &response),
            false => Err(refusal(operation, &response, self.now())),
        };
        let value = value.map_err(harmless)?;
        let many = match &value["data"] {
            Value::Array(list) => list.len(),
            Value::Object(_) => 1,
            _ => 0,
        };
        self.spent().add_read(many, price);
        if many == 0 && !is_page(&value) {
            return match partial(operation, &value) {
                Some(error) if *error.kind() == ErrorKind::NotFound => Ok(None),
                // A protected post, or one of somebody who blocks us: not visible to us.
                Some(error) if error.code() == Some("not-authorized-for-resource") => Ok(None),
                Some(error) => Err(error.with_landed(Landed::No)),
                None => Err(Error::new(ErrorKind::Protocol, operation).with("field", "data")),
            };
        }
        Ok(Some(value))
    }

    /// Changes something at a price; what X says of it.
    pub(crate) async fn change(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        bucket: (&str, u32),
        price: u64,
    ) -> Result<Value, Error> {
        const OPERATION: &str = "perform";
        if !self.budget.allows(&self.spent_now(), price) {
            return Err(self.over_budget(OPERATION));
        }
        let body = body.map(|body| Bytes::from(body.to_string()));
        let request = self.request(method, path, body.unwrap_or_default(), bucket, OPERATION)?;
        let response = self.send(request).await;
        let response = response.map_err(|error| {
            if error.may_have_been_sent() {
                self.spent().add_written(price);
            }
            silence(OPERATION, error)
        })?;
        let value = match response.status().is_success() {
            true => answered(OPERATION, &response),
            false => Err(refusal(OPERATION, &response, self.now())),
        };
        let value = value.and_then(|value| match &value["data"] {
            Value::Object(_) => Ok(value),
            _ => Err(partial(OPERATION, &value).unwrap_or_else(|| {
                Error::new(ErrorKind::Protocol, OPERATION)
                    .with_landed(Landed::Maybe)
                    .with("field", "data")
            })),
        });
        if !matches!(&value, Err(error) if error.landed() == Landed::No) {
            self.spent().add_written(price);
        }
        value
    }

    /// Opens a stream with the app's own token.
    pub(crate) async fn open(
        &self,
        path: &str,
        operation: &'static str,
    ) -> Result<Response<BodyStream>, Error> {
        let mut request = self.request(Method::GET, path, Bytes::new(), STREAM, operation)?;
        let token = self.stream_token.clone();
        let token = token.ok_or_else(|| Error::new(ErrorKind::Unsupported, operation))?;
        request.headers_mut().insert(AUTHORIZATION, token);
        let opened = self.http.open(request).await;
        opened.map_err(|error| match error.kind() {
            HttpErrorKind::Invalid => {
                Error::new(ErrorKind::Unsupported, operation).with_source(error)
            }
            _ => silence(operation, error).with_landed(Landed::No),
        })
    }
}

/// A header that stays the same, where the request has none.
#[derive(Debug)]
struct Fixed(HeaderValue);

#[async_trait::async_trait]
impl aspa_http::layer::Layer for Fixed {
    async fn call(
        &self,
        mut request: Request<Bytes>,
        next: aspa_http::layer::Next<'_>,
    ) -> Result<Response<BodyStream>, HttpError> {
        let headers = request.headers_mut();
        headers.entry(AUTHORIZATION).or_insert(self.0.clone());
        next.run(request).await
    }
}

/// Leaves alone what shows already who it is: a stream is opened with the app's token.
#[derive(Debug)]
struct Unless(Auth);

#[async_trait::async_trait]
impl aspa_http::layer::Layer for Unless {
    async fn call(
        &self,
        request: Request<Bytes>,
        next: aspa_http::layer::Next<'_>,
    ) -> Result<Response<BodyStream>, HttpError> {
        match request.headers().contains_key(AUTHORIZATION) {
            true => next.run(request).await,
            false => self.0.call(request, next).await,
        }
    }
}

/// A word as it stands in a path or query.
pub(crate) fn encoded(text: &str) -> impl fmt::Display {
    utf8_percent_encode(text, ENCODED)
}

/// An empty page has no `data`, but says that it is a page.
fn is_page(value: &Value) -> bool {
    value["meta"]["result_count"].is_number()
}

/// The JSON of a success. A page of a proxy is no such answer, and a change may have happened all the same.
fn answered(operation: &'static str, response: &Response<Bytes>) -> Result<Value, Error> {
    let value = serde_json::from_slice(response.body()).ok();
    value.filter(Value::is_object).ok_or_else(|| {
        Error::new(ErrorKind::Protocol, operation)
            .with_landed(Landed::Maybe)
            .with("status", response.status().as_u16())
    })
}

/// The last part of the type of a problem (RFC 9457): `client-forbidden`. It is X's own word.
fn problem_type(problem: &Value) -> Option<&str> {
    let kind = json::text(problem, "type")?;
    let known = [
        "https://api.x.com/2/problems/",
        "https://api.twitter.com/2/problems/",
    ];
    let word = known.iter().find_map(|prefix| kind.strip_prefix(prefix))?;
    let is_word = |b: u8| b.is_ascii_lowercase() || b == b'-';
    (word.len() <= 40 && word.bytes().all(is_word)).then_some(word)
}

/// What a success means that brought nothing but `errors`: X says what it did not do.
pub(crate) fn partial(operation: &'static str, value: &Value) -> Option<Error> {
    let problem = json::list(value, "errors").first()?;
    let kind = match problem_type(problem)? {
        "resource-not-found" | "resource-unavailable" => ErrorKind::NotFound,
        "not-authorized-for-resource"
        | "not-authorized-for-field"
        | "field-unauthorized"
        | "disallowed-resource"
        | "client-forbidden" => ErrorKind::Forbidden,
        "invalid-request" => ErrorKind::Invalid,
        // Whether anything happened is not known.
        _ => return None,
    };
    let mut error = Error::new(kind, operation).with_status(Status::Permanent);
    error = error.with_code(problem_type(problem).unwrap_or_default());
    Some(error)
}

/// What X says in words, of which some tell one refusal from another.
fn says(problem: &Value, words: &[&str]) -> bool {
    let details = ["detail", "title", "reason"];
    let of = |value: &Value| {
        details
            .iter()
            .filter_map(|name| json::text(value, name))
            .chain(json::text(value, "message"))
            .any(|text| {
                let text: String = text.chars().take(400).collect();
                let text = text.to_lowercase();
                words.iter().any(|word| text.contains(word))
            })
    };
    of(problem) || json::list(problem, "errors").iter().take(4).any(of)
}

/// What can be done where a reply is not allowed.
pub(crate) const NOT_SUMMONED: &str = "X lets apps reply only to those who named or quoted the account: answer \
     by a direct message, or let a person reply on X";

/// What a status other than success means (docs.x.com, "Response codes and errors", read 2026-11-22), where
/// it is not what [`Error::refused`] says.
pub(crate) fn refusal(
    operation: &'static str,
    response: &Response<Bytes>,
    now: DateTime<Utc>,
) -> Error {
    use ErrorKind as K;
    use Status::{Permanent, Persistent};
    const SHORTEN: &str = "shorten the text or send it in parts";
    let status = response.status().as_u16();
    let problem: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let word = problem_type(&problem);
    let has = |words: &[&str]| says(&problem, words);
    let special = match status {
        403 | 429 if word == Some("usage-capped") => Some((
            K::Throttled,
            Persistent,
            "buy more of X's API, or wait for the next period",
        )),
        400 | 403 if has(&["too long", "shorter", "longer than"]) => {
            Some((K::TooLong, Permanent, SHORTEN))
        }
        402 => Some((K::Forbidden, Persistent, "buy credits for X's API")),
        403 if has(&["duplicate content"]) => Some((
            K::Duplicate,
            Permanent,
            "X has a post with this text already",
        )),
        403 if has(&["reply to this conversation", "mentioned", "summon"]) => {
            Some((K::Forbidden, Permanent, NOT_SUMMONED))
        }
        403 if has(&["direct message", "send messages"]) => Some((
            K::Forbidden,
            Permanent,
            "they take no direct messages from us: ask them in public to write first",
        )),
        403 if word == Some("not-authorized-for-resource") => Some((
            K::Forbidden,
            Permanent,
            "only who follows the author can do that",
        )),
        // Of streams: nothing else is refused so.
        409 => Some((
            K::Invalid,
            Persistent,
            "give the stream a rule or a subscription first",
        )),
        _ => None,
    };
    let is_special = special.is_some();
    let mut error = match special {
        Some((kind, lasts, remedy)) => Error::new(kind, operation)
            .with_status(lasts)
            .with("status", status)
            .with_remedy(remedy),
        None => Error::refused(operation, response, now),
    };
    let remedy = match status {
        401 => Some("authorise the account again and give the new token"),
        403 => Some("look what the app's plan and the token's scopes allow"),
        413 => Some(SHORTEN),
        300..=399 => Some("set base_url to the address it redirects to"),
        _ => None,
    };
    if let Some(remedy) = remedy.filter(|_| !is_special) {
        error = error.with_remedy(remedy);
    }
    match word {
        Some(word) => error.with_code(word),
        None => error,
    }
}

/// What it means that no answer came.
pub(crate) fn silence(operation: &'static str, error: HttpError) -> Error {
    match (error.kind(), error.status()) {
        // New tokens could not be had.
        (HttpErrorKind::Invalid, Some(_)) => Error::new(ErrorKind::Unauthorized, operation)
            .with_remedy("authorise the account again and give the new tokens")
            .with_source(error),
        _ => Error::unanswered(operation, error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Response<Bytes> {
        let mut answer = Response::new(Bytes::copy_from_slice(body.as_bytes()));
        *answer.status_mut() = http::StatusCode::from_u16(status).unwrap();
        answer
    }

    #[test]
    fn every_refusal_says_what_it_is_and_whether_it_landed() {
        use ErrorKind as K;
        use Landed::{Maybe, No};
        use Status::{Permanent, Persistent, Temporary};
        const TYPE: &str = "https://api.x.com/2/problems/";
        let problem = |kind: &str, detail: &str| {
            serde_json::json!({ "type": format!("{TYPE}{kind}"), "detail": detail }).to_string()
        };
        let cases = [
            (
                "a dead token",
                401,
                problem("x", ""),
                K::Unauthorized,
                No,
                Persistent,
            ),
            (
                "no credits",
                402,
                problem("x", ""),
                K::Forbidden,
                No,
                Persistent,
            ),
            (
                "the same text again",
                403,
                problem(
                    "x",
                    "You are not allowed to create a Tweet with duplicate content.",
                ),
                K::Duplicate,
                No,
                Permanent,
            ),
            (
                "not summoned",
                403,
                problem(
                    "x",
                    "Reply to this conversation is not allowed because you have not been mentioned",
                ),
                K::Forbidden,
                No,
                Permanent,
            ),
            (
                "closed to direct messages",
                403,
                problem("x", "You cannot send messages to this user."),
                K::Forbidden,
                No,
                Permanent,
            ),
            (
                "a plan",
                403,
                problem("client-forbidden", "Client Forbidden"),
                K::Forbidden,
                No,
                Persistent,
            ),
            (
                "a cap by 403",
                403,
                problem("usage-capped", ""),
                K::Throttled,
                No,
                Persistent,
            ),
            (
                "a cap by 429",
                429,
                problem("usage-capped", ""),
                K::Throttled,
                No,
                Persistent,
            ),
            (
                "too many",
                429,
                problem("rate-limit-exceeded", ""),
                K::Throttled,
                No,
                Temporary,
            ),
            (
                "too long",
                400,
                problem("invalid-request", "text is too long"),
                K::TooLong,
                No,
                Permanent,
            ),
            (
                "too long, as of old",
                403,
                r#"{"errors":[{"code":186,"message":"Tweet needs to be a bit shorter."}]}"#
                    .to_owned(),
                K::TooLong,
                No,
                Permanent,
            ),
            (
                "malformed",
                400,
                problem("invalid-request", ""),
                K::Invalid,
                No,
                Permanent,
            ),
            ("gone", 404, String::new(), K::NotFound, No, Permanent),
            (
                "a stream without rules",
                409,
                String::new(),
                K::Invalid,
                No,
                Persistent,
            ),
            (
                "down",
                503,
                "<html>".to_owned(),
                K::Unavailable,
                Maybe,
                Temporary,
            ),
            ("elsewhere", 308, String::new(), K::Protocol, No, Persistent),
        ];
        for (name, status, body, kind, landed, lasts) in cases {
            let error = refusal("perform", &answer(status, &body), DateTime::UNIX_EPOCH);
            let told = (error.kind().clone(), error.landed(), error.status());
            assert_eq!(told, (kind, landed, lasts), "{name}");
        }
    }

    #[test]
    fn a_wait_is_until_the_reset() {
        let mut many = answer(429, "");
        many.headers_mut()
            .insert("x-rate-limit-remaining", 0.into());
        many.headers_mut()
            .insert("x-rate-limit-reset", 1_795_334_490.into());
        let now = "2026-11-22T08:00:00Z".parse().unwrap();
        let wait = refusal("poll", &many, now).retry_after();
        assert_eq!(wait, Some(Duration::from_secs(90)));
    }

    #[test]
    fn errors_inside_a_success_are_refusals_where_x_names_them() {
        use ErrorKind as K;
        let of = |kind: &str| {
            let problem = serde_json::json!({ "errors": [{ "type": kind }] });
            partial("perform", &problem).map(|error| error.kind().clone())
        };
        let x = "https://api.x.com/2/problems";
        let old = "https://api.twitter.com/2/problems";
        assert_eq!(of(&format!("{x}/resource-not-found")), Some(K::NotFound));
        assert_eq!(
            of(&format!("{old}/not-authorized-for-resource")),
            Some(K::Forbidden)
        );
        assert_eq!(of(&format!("{x}/invalid-request")), Some(K::Invalid));
        assert_eq!(of(&format!("{x}/internal-error")), None);
        assert_eq!(of("about:blank"), None);
    }

    #[test]
    fn what_x_says_is_not_shown() {
        let secret = r#"{"type":"https://api.x.com/2/problems/matti@example","detail":"a secret","title":"a secret"}"#;
        for status in [400, 401, 403, 429, 500] {
            let error = refusal("perform", &answer(status, secret), DateTime::UNIX_EPOCH);
            let shown = format!("{error} {error:?}");
            assert!(
                !shown.contains("secret") && !shown.contains("matti"),
                "{shown}"
            );
        }
    }
}
