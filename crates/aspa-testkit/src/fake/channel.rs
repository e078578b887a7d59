use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aspa_channel::{
    Capabilities, Channel, ConversationKey, Cursor, Effect, Error, ErrorKind, Event, Fetch,
    Fetched, Idempotency, Landed, Page, Probe, Receipt,
};
use aspa_http::layer::{Layered, Throttling};
use aspa_http::{HttpClient, Signals, Throttle, ThrottleState};
use aspa_types::{AccountId, Network};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::AUTHORIZATION;
use http::{Method, Request, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::TOKEN;

/// Our account on a [`FakeNetwork`](super::FakeNetwork): an adapter like any other, which sends its
/// requests through the network's faults, and none before the network takes more after a 429.
pub struct FakeChannel {
    account: AccountId,
    claims: Capabilities,
    http: Layered,
    throttle: Throttle,
    clock: Clock,
    /// How much of what happened is known to have happened.
    heard: AtomicUsize,
}

type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

impl fmt::Debug for FakeChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeChannel")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Events {
    events: Vec<Event>,
    next: u64,
    more: bool,
}

#[derive(Deserialize)]
struct Changes {
    place: usize,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl FakeChannel {
    pub(super) fn new(
        account: AccountId,
        claims: Capabilities,
        http: Arc<dyn HttpClient>,
        clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
    ) -> Self {
        let clock: Clock = Arc::new(clock);
        let (throttle, time) = (Throttle::default(), Arc::clone(&clock));
        let throttling = Throttling::new(throttle.clone(), move || time());
        Self {
            account,
            claims,
            http: Layered::new(http).with(throttling),
            throttle,
            clock,
            heard: AtomicUsize::new(0),
        }
    }

    async fn ask(
        &self,
        operation: &'static str,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Response<Bytes>, Error> {
        let request = Request::builder()
            .method(method)
            .uri(format!("https://fake.example/{path}"))
            .header(AUTHORIZATION, format!("Bearer {TOKEN}"))
            .body(body)
            .map_err(|_| Error::new(ErrorKind::Invalid, operation))?;
        let answer = self.http.send(request).await;
        answer.map_err(|error| Error::unanswered(operation, error))
    }

    async fn read<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
    ) -> Result<Option<T>, Error> {
        let answer = self.ask(operation, Method::GET, path, Bytes::new()).await;
        // What only reads can be asked again.
        let harmless = |error: Error| error.with_landed(Landed::No);
        let answer = answer.map_err(harmless)?;
        match answer.status().as_u16() {
            200 => parse(operation, &answer).map(Some).map_err(harmless),
            404 => Ok(None),
            _ => Err(harmless(refusal(operation, &answer, (self.clock)()))),
        }
    }
}

fn parse<T: DeserializeOwned>(
    operation: &'static str,
    answer: &Response<Bytes>,
) -> Result<T, Error> {
    let nonsense = || Error::new(ErrorKind::Protocol, operation).with_landed(Landed::Maybe);
    serde_json::from_slice(answer.body()).map_err(|_| nonsense())
}

fn refusal(operation: &'static str, answer: &Response<Bytes>, now: DateTime<Utc>) -> Error {
    let word: Option<Refusal> = serde_json::from_slice(answer.body()).ok();
    let is_closed = word.is_some_and(|word| word.error == "window_closed");
    let (kind, landed) = match answer.status().as_u16() {
        401 => (ErrorKind::Unauthorized, Landed::No),
        403 if is_closed => (ErrorKind::WindowClosed, Landed::No),
        403 => (ErrorKind::Forbidden, Landed::No),
        404 => (ErrorKind::NotFound, Landed::No),
        405 => (ErrorKind::Unsupported, Landed::No),
        413 => (ErrorKind::TooLong, Landed::No),
        429 => (ErrorKind::Throttled, Landed::No),
        400..=499 => (ErrorKind::Invalid, Landed::No),
        500..=599 => (ErrorKind::Unavailable, Landed::Maybe),
        _ => (ErrorKind::Protocol, Landed::Maybe),
    };
    let error = Error::new(kind, operation).with_landed(landed);
    let until = Signals::read(answer.status(), answer.headers(), now).wait_until;
    match until.and_then(|until| (until - now).to_std().ok()) {
        Some(wait) => error.with_retry_after(wait),
        None => error,
    }
}

#[async_trait]
impl Channel for FakeChannel {
    fn account(&self) -> &AccountId {
        &self.account
    }

    fn network(&self) -> &Network {
        &Network::API
    }

    fn capabilities(&self, _conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        Cow::Borrowed(&self.claims)
    }

    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let from = cursor.map_or("0", |cursor| cursor.0.as_str());
        let events: Option<Events> = self.read("poll", &format!("events?from={from}")).await?;
        let unknown = || Error::new(ErrorKind::Invalid, "poll").with("field", "cursor");
        let Events { events, next, more } = events.ok_or_else(unknown)?;
        Ok(Page::new(events, Some(Cursor(next.to_string())), more))
    }

    async fn changed(&self) -> Result<(), Error> {
        let after = self.heard.load(Ordering::Relaxed);
        let told: Option<Changes> = self
            .read("changed", &format!("changes?after={after}"))
            .await?;
        let gone = || Error::new(ErrorKind::Protocol, "changed");
        let place = told.ok_or_else(gone)?.place;
        self.heard.fetch_max(place, Ordering::Relaxed);
        Ok(())
    }

    /// Until when the network asked to wait.
    fn snapshot(&self) -> Option<String> {
        let state = self.throttle.snapshot();
        let text = serde_json::to_string(&state).ok();
        text.filter(|_| !state.is_empty())
    }

    fn restore(&self, snapshot: &str) {
        if let Ok(kept) = serde_json::from_str::<ThrottleState>(snapshot) {
            self.throttle.restore(kept, (self.clock)());
        }
    }

    async fn fetch(&self, what: &Fetch) -> Result<Fetched, Error> {
        let found = match what {
            Fetch::Message(key) => {
                let path = format!("messages/{}", key.id);
                self.read("fetch", &path).await?.map(Fetched::Message)
            }
            Fetch::Conversation(key) => {
                let path = format!("conversations/{}", key.id);
                self.read("fetch", &path).await?.map(Fetched::Conversation)
            }
            Fetch::Handle(key) => {
                let path = format!("handles/{}", key.id());
                self.read("fetch", &path).await?.map(Fetched::Handle)
            }
            _ => None,
        };
        Ok(found.unwrap_or(Fetched::Nothing))
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        self.claims.check(effect)?;
        let invalid = |_| Error::new(ErrorKind::Invalid, "perform");
        let body = serde_json::to_vec(effect).map_err(invalid)?;
        let answer = self
            .ask("perform", Method::POST, "effects", body.into())
            .await?;
        match answer.status().as_u16() {
            200 => parse("perform", &answer),
            _ => Err(refusal("perform", &answer, (self.clock)())),
        }
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        match self.claims.idempotency {
            Idempotency::Native | Idempotency::ReadBack => {}
            _ => return Ok(Probe::CannotTell),
        }
        let receipt = self
            .read("probe", &format!("effects/{}", effect.key))
            .await?;
        Ok(receipt.map_or(Probe::Absent, Probe::Found))
    }
}
