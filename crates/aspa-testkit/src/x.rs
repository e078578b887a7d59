//! X in this process: see [`FakeX`].

mod images;
mod oauth;
mod rules;
mod state;
mod wire;

use std::sync::{Arc, Mutex};

use aspa_http::{BodyStream, HttpClient, HttpError};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Request, Response};
use serde_json::Value;

use crate::faults::{Faults, Hint};
use crate::frame::{lock, scripts};
use state::State;

/// X (API v2) that lives in this process, for tests of adapters and of hosts: customers post, reply, edit,
/// write direct messages and rename themselves there; our account acts through its API.
///
/// It is stateful and strict. It checks the token or the signature of OAuth 1.0a, the parameters and bodies by name, type and range, the
/// rule that an app replies only to those who named or quoted the account, the length as X counts it,
/// duplicates, who may edit, delete and hide what and for how long, and limits of requests; it gives lists
/// newest first, page by page, and only the fields that are asked for. Refresh tokens are good once.
/// Between it and whoever asks stand [`faults`](Self::faults).
///
/// What it cannot know is what X does and does not document: whether a search lags behind, what exactly
/// counts as a duplicate, which version of an edited post a look-up gives (here the newest one).
///
/// ```
/// use aspa_testkit::x::FakeX;
///
/// let x = FakeX::new("2244994945", "2026-11-22T08:00:00Z".parse().unwrap_or_default());
/// let matti = x.customer("AngryMatti");
/// let mention = x.posts(&matti, "@shop where is my parcel?");
/// // ... a channel that asks `x.faults()` with `x.token()`, and answers `mention`.
/// assert!(x.visible().iter().any(|post| post.id == mention));
/// ```
pub struct FakeX {
    state: Arc<Mutex<State>>,
    faults: Arc<Faults>,
}

scripts!(
    FakeX,
    "Every request that arrived, as `GET /2/…?…` and its body: to be checked against X's own documents."
);

/// A post or direct message as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shown {
    /// The id of its first version.
    pub id: String,
    /// The id of its newest version.
    pub version: String,
    /// The id of who wrote it.
    pub by: String,
    /// What is written, without the names that X puts in front of a reply.
    pub text: String,
    /// The id of the first version of what it answers.
    pub answers: Option<String>,
    /// Whether only its addressee can read it.
    pub direct: bool,
    /// The ids of the images that go along.
    pub media: Vec<String>,
}

#[expect(
    clippy::must_use_candidate,
    reason = "what is asked for is done, whoever looks at its id"
)]
impl FakeX {
    /// X with an account of ours that is called `shop` and has this id. Its clock stands at `now`.
    #[must_use]
    pub fn new(user_id: &str, now: DateTime<Utc>) -> Arc<Self> {
        let state = Arc::new(Mutex::new(State::new(user_id, now)));
        let clock = Arc::clone(&state);
        let wire = Arc::new(Wire(Arc::clone(&state)));
        let faults = Faults::between(wire, move || lock(&clock).now)
            .with_hints([
                Hint::Seconds,
                Hint::ResetEpoch,
                Hint::ResetIso,
                Hint::Nothing,
            ])
            .expired_as(|| wire::problem(401, "about:blank", "Unauthorized"));
        let faults = Arc::new(faults);
        Arc::new(Self { state, faults })
    }

    /// The refresh token that is good now, once.
    #[must_use]
    pub fn refresh_token(&self) -> String {
        self.state().refresh.clone()
    }

    /// The four keys of OAuth 1.0a, which are good beside the token: consumer key and secret, token and token
    /// secret. A signature is good once.
    #[must_use]
    pub fn oauth1(&self) -> [&'static str; 4] {
        [
            oauth::CONSUMER_KEY,
            oauth::CONSUMER_SECRET,
            oauth::TOKEN,
            oauth::TOKEN_SECRET,
        ]
    }

    /// The app's own token, which opens streams.
    #[must_use]
    pub fn app_token(&self) -> String {
        state::APP_TOKEN.to_owned()
    }

    /// Lets the token die, as after two hours. The refresh token stays.
    pub fn expire(&self) {
        self.state().token = "dead".to_owned();
    }

    /// Lets time pass with each request for a list, as it does: limits count by the time.
    pub fn lists_take(&self, time: TimeDelta) {
        self.state().list_time = time;
    }

    /// Gives our account a subscription: long posts, and edits.
    pub fn subscribe(&self) {
        self.state().premium = true;
    }

    /// Leaves the rule out that an app replies only to those who named or quoted the account.
    pub fn lift_reply_rule(&self) {
        self.state().summoned_only = false;
    }

    /// Somebody with this name, and a new id.
    #[must_use]
    pub fn customer(&self, name: &str) -> String {
        self.state().customer(name)
    }

    /// Gives somebody another name.
    pub fn renames(&self, user: &str, name: &str) {
        self.state().rename(user, name);
    }

    /// Lets only followers read somebody's posts, or everybody again.
    pub fn protects(&self, user: &str, protected: bool) {
        self.state().protect(user, protected);
    }

    /// Lets somebody take no direct messages, or take them again.
    pub fn takes_directs(&self, user: &str, takes: bool) {
        self.state().take_directs(user, takes);
    }

    /// Somebody posts, also we ourselves on X; who is named with `@` is mentioned. The post's id.
    pub fn posts(&self, by: &str, text: &str) -> String {
        self.state().write(by, text, None, None)
    }

    /// Somebody answers a post; X puts the names of those answered in front. The post's id. None where the
    /// post is not there.
    pub fn replies(&self, by: &str, to: &str, text: &str) -> Option<String> {
        let mut state = self.state();
        let to = state.find(to)?;
        Some(state.write(by, text, Some(to), None))
    }

    /// Somebody quotes a post. The id of the quote.
    pub fn quotes(&self, by: &str, quoted: &str, text: &str) -> Option<String> {
        let mut state = self.state();
        let quoted = state.find(quoted)?;
        Some(state.write(by, text, None, Some(quoted)))
    }

    /// Somebody edits a post of theirs. False where it is not there.
    pub fn edits(&self, post: &str, text: &str) -> bool {
        let mut state = self.state();
        let found = state.find(post);
        found.map(|post| state.rewrite(post, text)).is_some()
    }

    /// Somebody deletes a post of theirs. False where it is not there.
    pub fn deletes(&self, post: &str) -> bool {
        let mut state = self.state();
        let found = state.find(post);
        found.map(|post| state.posts[post].deleted = true).is_some()
    }

    /// Somebody writes us a direct message. Its id.
    pub fn directs(&self, by: &str, text: &str) -> String {
        let mut state = self.state();
        let us = state.us.clone();
        state.direct(by, &us, text)
    }

    /// Puts something into the list of mentions that no adapter can know.
    pub fn invents(&self, thing: Value) {
        self.state().strange.push(thing);
    }

    /// Lets a line come over the stream: an event of the X Activity API, or a post.
    pub fn streams(&self, line: &Value) {
        self.state().lines.push_back(line.to_string());
    }

    /// Every post and direct message that people can see, oldest first.
    #[must_use]
    pub fn visible(&self) -> Vec<Shown> {
        self.state().visible()
    }

    /// Whether we like a post.
    #[must_use]
    pub fn is_liked(&self, post: &str) -> bool {
        let state = self.state();
        let found = state.find(post);
        found.is_some_and(|post| state.likes.contains(&post))
    }

    /// What an image that we uploaded is said to show. None: there is no such image, or nothing is said.
    #[must_use]
    pub fn description(&self, image: &str) -> Option<String> {
        self.state().images.get(image)?.description.clone()
    }
}

/// X's interface, over HTTP without a socket.
#[derive(Debug)]
struct Wire(Arc<Mutex<State>>);

#[async_trait]
impl HttpClient for Wire {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        Ok(wire::answer(&mut lock(&self.0), &request))
    }

    async fn open(&self, request: Request<Bytes>) -> Result<Response<BodyStream>, HttpError> {
        Ok(wire::stream(&mut lock(&self.0), &request))
    }
}
