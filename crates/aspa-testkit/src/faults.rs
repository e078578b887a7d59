use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aspa_http::{BodyStream, Chunks, HttpClient, HttpError, HttpErrorKind, Purpose};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use http::{Method, Request, Response, StatusCode};

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// How a network that answers 429 says how long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Hint {
    /// `retry-after` in seconds.
    Seconds,
    /// `retry-after` as a date (RFC 9110 section 5.6.7).
    Date,
    /// `x-ratelimit-reset` in seconds since 1970, with a limit of which nothing remains.
    ResetEpoch,
    /// The same as a time of ISO 8601.
    ResetIso,
    /// Not at all.
    Nothing,
}

/// What goes wrong with one request.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum HttpFault {
    /// No connection. Nothing is sent.
    NoConnection,
    /// The request is sent; the connection is cut before the network does anything.
    CutBefore,
    /// The network does its work; the connection is cut before any answer.
    CutAfter,
    /// The network does its work; its status comes, and the connection is cut in the body.
    CutWithin,
    /// The network does its work and never answers in time.
    TimeoutAfter,
    /// This status, with a short text, instead of the network, which sees nothing.
    Status(StatusCode),
    /// The network does its work; this status comes, with a short text, instead of its answer.
    StatusAfter(StatusCode),
    /// 429 instead of the network, with this hint to wait [`Faults::WAIT`].
    Throttled(Hint),
    /// The network's answer to expired credentials, instead of the network.
    Expired,
    /// The network does its work; its answer comes with this body.
    Body(Bytes),
    /// The network does its work; only half of its answer's body comes, as if it were whole.
    HalfBody,
    /// The network does its work; its answer is larger than the client takes.
    TooLarge,
    /// The network does its work and answers, so much later.
    Slow(Duration),
    /// This answer instead of the network, which sees nothing.
    Answer(Response<Bytes>),
}

/// Which requests a fault is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct On {
    writes: Option<bool>,
    method: Option<Method>,
    path: Option<String>,
    skip: usize,
    times: usize,
}

impl On {
    /// The next request, whatever it is.
    #[must_use]
    pub fn any() -> Self {
        Self {
            writes: None,
            method: None,
            path: None,
            skip: 0,
            times: 1,
        }
    }

    /// The next request that changes something on the network.
    #[must_use]
    pub fn write() -> Self {
        Self {
            writes: Some(true),
            ..Self::any()
        }
    }

    /// The next request that changes nothing.
    #[must_use]
    pub fn read() -> Self {
        Self {
            writes: Some(false),
            ..Self::any()
        }
    }

    /// Only with this method.
    #[must_use]
    pub fn method(mut self, method: Method) -> Self {
        self.method = Some(method);
        self
    }

    /// Only to paths that contain this.
    #[must_use]
    pub fn path(mut self, part: impl Into<String>) -> Self {
        self.path = Some(part.into());
        self
    }

    /// Not the next of them but the `n`th, counted from 1.
    #[must_use]
    pub fn nth(mut self, n: usize) -> Self {
        self.skip = n.saturating_sub(1);
        self
    }

    /// So many of them in a row.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }
}

/// One request that an adapter sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Asked {
    /// Its method.
    pub method: Method,
    /// Its path, without the query. Some networks put a credential there.
    pub path: String,
    /// Whether it would change something on the network.
    pub writes: bool,
    /// Whether the network saw it.
    pub reached: bool,
}

type Clock = Box<dyn Fn() -> DateTime<Utc> + Send + Sync>;
type IsWrite = Box<dyn Fn(&Request<Bytes>) -> bool + Send + Sync>;
type InPlace<T> = Box<dyn Fn(T) -> Response<Bytes> + Send + Sync>;

/// An [`HttpClient`] between an adapter and its network that lets things go wrong as told.
///
/// Faults are scripted, never drawn at random, and strict: what was scripted and never happened is
/// [unused](Self::unused), and a test fails on it. Without a script every request passes.
///
/// ```
/// use std::sync::Arc;
/// use aspa_http::HttpClient;
/// use aspa_testkit::{Faults, HttpFault, On};
///
/// # fn adapter(_: Arc<dyn HttpClient>) {}
/// # fn test(network: Arc<dyn HttpClient>) {
/// let faults = Arc::new(Faults::between(network, chrono::DateTime::default));
/// adapter(faults.clone());
/// faults.script(On::write(), HttpFault::CutAfter);
/// // ... reply with the adapter: what it says has to leave open whether the reply landed.
/// assert_eq!(faults.unused(), Vec::<String>::new());
/// # }
/// ```
pub struct Faults {
    network: Arc<dyn HttpClient>,
    clock: Clock,
    is_write: IsWrite,
    expired: InPlace<()>,
    throttled: Option<InPlace<Option<DateTime<Utc>>>>,
    hints: Vec<Hint>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    scripts: Vec<(On, HttpFault)>,
    asked: Vec<Asked>,
}

/// `Debug` shows how much was asked and what is still to go wrong.
impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (asked, unused) = (self.asked().len(), self.unused());
        f.debug_struct("Faults")
            .field("asked", &asked)
            .field("unused", &unused)
            .finish_non_exhaustive()
    }
}

impl Faults {
    /// How long a [throttled](HttpFault::Throttled) request is asked to wait.
    pub const WAIT: Duration = Duration::from_secs(90);

    /// Stands between an adapter and `network`. `clock` is the clock that the adapter goes by: dates
    /// in hints are made with it.
    #[must_use]
    pub fn between(
        network: Arc<dyn HttpClient>,
        clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
    ) -> Self {
        Self {
            network,
            clock: Box::new(clock),
            is_write: Box::new(|request| Purpose::of(request) == Purpose::Effect),
            expired: Box::new(|()| with_status(StatusCode::UNAUTHORIZED)),
            throttled: None,
            hints: vec![Hint::Seconds, Hint::Date, Hint::Nothing],
            state: Mutex::default(),
        }
    }

    /// Which requests change something on the network; unless told, those whose
    /// [`Purpose`](aspa_http::Purpose) is an effect.
    #[must_use]
    pub fn writes_when(
        mut self,
        is_write: impl Fn(&Request<Bytes>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.is_write = Box::new(is_write);
        self
    }

    /// What the network answers to expired credentials; unless told, 401 with a short text.
    #[must_use]
    pub fn expired_as(
        mut self,
        answer: impl Fn() -> Response<Bytes> + Send + Sync + 'static,
    ) -> Self {
        self.expired = Box::new(move |()| answer());
        self
    }

    /// What the network answers to too many requests, before the hint is added; it is given until
    /// when to wait, where that is hinted at. Unless told, 429 with a short text.
    #[must_use]
    pub fn throttled_as(
        mut self,
        answer: impl Fn(Option<DateTime<Utc>>) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Self {
        self.throttled = Some(Box::new(answer));
        self
    }

    /// Which hints this network gives; unless told, `retry-after` in both forms, and none.
    #[must_use]
    pub fn with_hints(mut self, hints: impl IntoIterator<Item = Hint>) -> Self {
        self.hints = hints.into_iter().collect();
        self
    }

    /// Which hints this network gives.
    #[must_use]
    pub fn hints(&self) -> &[Hint] {
        &self.hints
    }

    /// Lets this go wrong with those requests. Of several scripts that fit a request the first one
    /// is taken; the others go on counting only the requests that it leaves them.
    pub fn script(&self, on: On, fault: HttpFault) {
        self.state().scripts.push((on, fault));
    }

    /// What was scripted and has not gone wrong, in words. A test ends with none.
    #[must_use]
    pub fn unused(&self) -> Vec<String> {
        let told = |(on, fault): &(On, HttpFault)| format!("{fault:?} on {on:?}");
        self.state().scripts.iter().map(told).collect()
    }

    /// Forgets what was scripted and has not gone wrong; says how much that was.
    pub fn clear(&self) -> usize {
        std::mem::take(&mut self.state().scripts).len()
    }

    /// Every request so far, oldest first.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.state().asked.clone()
    }

    /// How many requests so far would change something on the network, whether it saw them or not.
    #[must_use]
    pub fn writes(&self) -> usize {
        self.state().asked.iter().filter(|one| one.writes).count()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of the request, and finds what goes wrong with it.
    fn meet(&self, request: &Request<Bytes>) -> Option<HttpFault> {
        let (method, path) = (request.method(), request.uri().path());
        let writes = (self.is_write)(request);
        let fits = |on: &On| {
            on.writes.is_none_or(|only| only == writes)
                && on.method.as_ref().is_none_or(|only| only == method)
                && on.path.as_ref().is_none_or(|part| path.contains(part))
        };
        let mut state = self.state();
        let mut met = None;
        for (place, (on, fault)) in state.scripts.iter_mut().enumerate() {
            if !fits(on) {
                continue;
            }
            if on.skip > 0 {
                on.skip -= 1;
                continue;
            }
            on.times = on.times.saturating_sub(1);
            met = Some((place, on.times == 0, fault.clone()));
            break;
        }
        let fault = met.map(|(place, is_done, fault)| {
            if is_done {
                state.scripts.remove(place);
            }
            fault
        });
        let reached = fault.as_ref().is_none_or(HttpFault::reaches);
        state.asked.push(Asked {
            method: method.clone(),
            path: path.to_owned(),
            writes,
            reached,
        });
        fault
    }

    fn too_many(&self, hint: Hint) -> Response<Bytes> {
        let now = (self.clock)();
        let wait = TimeDelta::from_std(Self::WAIT).unwrap_or_default();
        let until = (hint != Hint::Nothing).then(|| now + wait);
        let mut answer = match &self.throttled {
            Some(answer) => answer(until),
            None => with_status(StatusCode::TOO_MANY_REQUESTS),
        };
        let Some(until) = until else {
            return answer;
        };
        let (name, text) = match hint {
            Hint::Seconds => (RETRY_AFTER, Self::WAIT.as_secs().to_string()),
            Hint::Date => (
                RETRY_AFTER,
                until.format("%a, %d %b %Y %H:%M:%S GMT").to_string(),
            ),
            Hint::ResetEpoch => (RESET, until.timestamp().to_string()),
            _ => (RESET, until.to_rfc3339_opts(SecondsFormat::Millis, true)),
        };
        let headers = answer.headers_mut();
        if name == RESET {
            headers.insert(LIMIT, HeaderValue::from_static("300"));
            headers.insert(REMAINING, HeaderValue::from_static("0"));
        }
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(name, value);
        }
        answer
    }
}

impl HttpFault {
    /// Whether the network sees the request all the same.
    fn reaches(&self) -> bool {
        !matches!(
            self,
            Self::NoConnection
                | Self::CutBefore
                | Self::Status(_)
                | Self::Throttled(_)
                | Self::Expired
                | Self::Answer(_)
        )
    }
}

#[async_trait]
impl HttpClient for Faults {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let fault = match self.before(&request) {
            Before::Answer(answer) => return answer,
            Before::Pass(fault) => fault,
        };
        let mut answer = self.network.send(request).await?;
        after(fault.as_ref(), &mut answer, Bytes::from).await?;
        match fault {
            Some(HttpFault::CutWithin) => {
                return Err(HttpError::new(HttpErrorKind::Cut).with_status(answer.status()));
            }
            Some(HttpFault::HalfBody) => {
                let half = answer.body().len() / 2;
                answer.body_mut().truncate(half);
            }
            _ => {}
        }
        Ok(answer)
    }

    /// `CutWithin` and `HalfBody` let one piece of the body through.
    async fn open(&self, request: Request<Bytes>) -> Result<Response<BodyStream>, HttpError> {
        let fault = match self.before(&request) {
            Before::Answer(answer) => return answer.map(|answer| answer.map(BodyStream::from)),
            Before::Pass(fault) => fault,
        };
        let mut answer = self.network.open(request).await?;
        after(fault.as_ref(), &mut answer, BodyStream::from).await?;
        let then = match fault {
            Some(HttpFault::CutWithin) => Some(HttpErrorKind::Cut),
            Some(HttpFault::HalfBody) => None,
            _ => return Ok(answer),
        };
        let first = |body| {
            BodyStream::new(FirstPiece {
                body,
                left: 1,
                then,
            })
        };
        Ok(answer.map(first))
    }
}

/// What becomes of a request before the network sees it.
enum Before {
    Answer(Result<Response<Bytes>, HttpError>),
    Pass(Option<HttpFault>),
}

impl Faults {
    fn before(&self, request: &Request<Bytes>) -> Before {
        Before::Answer(match self.meet(request) {
            Some(HttpFault::NoConnection) => Err(HttpError::new(HttpErrorKind::Connect)),
            Some(HttpFault::CutBefore) => Err(HttpError::new(HttpErrorKind::Cut)),
            Some(HttpFault::Status(status)) => Ok(with_status(status)),
            Some(HttpFault::Throttled(hint)) => Ok(self.too_many(hint)),
            Some(HttpFault::Expired) => Ok((self.expired)(())),
            Some(HttpFault::Answer(answer)) => Ok(answer),
            fault => return Before::Pass(fault),
        })
    }
}

/// What goes wrong with an answer that is there.
async fn after<B>(
    fault: Option<&HttpFault>,
    answer: &mut Response<B>,
    body: impl Fn(Bytes) -> B,
) -> Result<(), HttpError> {
    let error = |kind| Err(HttpError::new(kind));
    match fault {
        Some(HttpFault::CutAfter) => return error(HttpErrorKind::Cut),
        Some(HttpFault::TimeoutAfter) => return error(HttpErrorKind::Timeout),
        Some(HttpFault::TooLarge) => {
            return Err(HttpError::new(HttpErrorKind::TooLarge).with_status(answer.status()));
        }
        Some(HttpFault::StatusAfter(status)) => *answer = with_status(*status).map(body),
        Some(HttpFault::Body(other)) => *answer.body_mut() = body(other.clone()),
        Some(HttpFault::Slow(time)) => tokio::time::sleep(*time).await,
        _ => {}
    }
    Ok(())
}

/// A body of which only so many pieces come.
struct FirstPiece {
    body: BodyStream,
    left: usize,
    then: Option<HttpErrorKind>,
}

#[async_trait]
impl Chunks for FirstPiece {
    async fn chunk(&mut self) -> Result<Option<Bytes>, HttpError> {
        if self.left > 0 {
            self.left -= 1;
            return self.body.chunk().await;
        }
        self.then.map_or(Ok(None), |kind| Err(HttpError::new(kind)))
    }
}

fn with_status(status: StatusCode) -> Response<Bytes> {
    let text = status.canonical_reason().unwrap_or("an error");
    let mut answer = Response::new(Bytes::from_static(text.as_bytes()));
    *answer.status_mut() = status;
    answer
}
