mod hook;
mod state;
mod wire;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use aspa_channel::Delivery;
use aspa_http::HttpClient;
use chrono::{DateTime, TimeDelta, Utc};
use http::Response;
use serde_json::{Value, json};

use crate::faults::{Faults, Hint};
use crate::frame::lock;
use state::State;
use wire::Wire;

/// The token that the Page's requests have to bear.
const TOKEN: &str = "EAAfakePageToken4f0f";
/// The secret that deliveries are signed with and requests are proven with.
const APP_SECRET: &str = "5ca1ab1e0ddba11c0ffee0000decade5";

/// A Graph API with one Facebook Page that lives in this process, for tests: people post, comment and
/// write in Messenger; our adapter answers over HTTP without a socket, and what happens comes by its polls or
/// by signed [deliveries](Self::deliveries).
///
/// It is stateful and strict: fields and parameters that are not documented are refused, a comment is answered
/// in private once and within 7 days, Messenger takes an answer for 24 hours (7 days with the human agent tag,
/// where the Page [may](Self::permit_human_agent)), lists are paged by opaque cursors, and a dead token is
/// refused in Meta's own words. Between it and the adapter stand [`faults`](Self::faults).
///
/// It follows Meta's documentation of 2026-11-21 and was never compared with the live network.
pub struct FakeGraph {
    state: Arc<Mutex<State>>,
    faults: Arc<Faults>,
}

/// `Debug` shows nothing that anybody wrote.
impl fmt::Debug for FakeGraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeGraph")
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

/// One piece of writing on a [`FakeGraph`], as it can be seen now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GraphText {
    /// Its id.
    pub id: String,
    /// What it says.
    pub text: String,
    /// Whether the Page wrote it.
    pub ours: bool,
    /// What it answers.
    pub answers: Option<String>,
    /// Whether it stands in Messenger.
    pub private: bool,
}

/// Somebody on a [`FakeGraph`]: two ids, which nothing but a private reply joins.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GraphPerson {
    /// Under which they write on the Page.
    pub author: String,
    /// Under which they write in Messenger.
    pub person: String,
    /// What they are called.
    pub name: String,
}

impl FakeGraph {
    /// The Page with this id, where nobody has written yet. Its clock stands at `now`.
    #[must_use]
    pub fn new(page: &str, now: DateTime<Utc>) -> Arc<Self> {
        let state = Arc::new(Mutex::new(State::new(page, now)));
        let clock = Arc::clone(&state);
        let faults = Faults::between(Arc::new(Wire::to(&state)), move || lock(&clock).now);
        let late = Arc::clone(&state);
        let dead = Arc::clone(&state);
        let faults = faults
            .with_hints([Hint::Seconds, Hint::Nothing])
            .throttled_as(move |_| {
                let fault = error(32, None, "Page request limit reached");
                wire::answer(400, &fault, lock(&late).now)
            })
            .expired_as(move || wire::answer(400, &expired(), lock(&dead).now));
        let faults = Arc::new(faults);
        Arc::new(Self { state, faults })
    }

    /// What an adapter sends its requests through.
    #[must_use]
    pub fn client(&self) -> Arc<dyn HttpClient> {
        self.faults.clone()
    }

    /// What stands between the network and its adapters.
    #[must_use]
    pub fn faults(&self) -> &Arc<Faults> {
        &self.faults
    }

    /// The Page's token.
    #[must_use]
    pub fn token(&self) -> &'static str {
        TOKEN
    }

    /// The app's secret.
    #[must_use]
    pub fn app_secret(&self) -> &'static str {
        APP_SECRET
    }

    /// Takes only requests that prove with `appsecret_proof` that their token was not stolen.
    pub fn require_proof(&self) {
        self.state().needs_proof = true;
    }

    /// Lets people of the Page answer for 7 days, with the human agent tag.
    pub fn permit_human_agent(&self) {
        self.state().human_agent = true;
    }

    /// The token is dead, until it is [renewed](Self::renew).
    pub fn expire(&self) {
        self.state().expired = true;
    }

    /// It is taken again.
    pub fn renew(&self) {
        self.state().expired = false;
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.state().now
    }

    /// Moves its clock on.
    pub fn pass(&self, time: TimeDelta) {
        self.state().now += time;
    }

    /// Somebody who can write. The same name is the same person.
    #[must_use]
    pub fn person(&self, name: &str) -> GraphPerson {
        self.state().person(name)
    }

    /// The Page, or a visitor, posts something; gives the post's id.
    #[must_use]
    pub fn posts(&self, by: Option<&GraphPerson>, text: &str) -> String {
        let author = by.map(|by| by.author.clone());
        self.state().post(author, text)
    }

    /// Somebody comments on a post or answers a comment; gives the comment's id. None: it is not there.
    #[must_use]
    pub fn comments(&self, by: &GraphPerson, on: &str, text: &str) -> Option<String> {
        self.state().comment(Some(by.author.clone()), on, text)
    }

    /// Somebody rewrites what they wrote on the Page. False: it is not there.
    #[must_use]
    pub fn edits(&self, id: &str, text: &str) -> bool {
        self.state().edit(id, text)
    }

    /// Somebody takes back what they wrote on the Page. False: it is not there.
    #[must_use]
    pub fn removes(&self, id: &str) -> bool {
        self.state().remove(id)
    }

    /// A moderator hides a comment on Facebook itself, or shows it again. False: it is not there.
    #[must_use]
    pub fn hides(&self, id: &str, hidden: bool) -> bool {
        self.state().hide(id, hidden)
    }

    /// Somebody writes to the Page in Messenger; gives the message's id.
    #[must_use]
    pub fn writes(&self, by: &GraphPerson, text: &str, answers: Option<&str>) -> String {
        self.state().line(&by.person, text, answers)
    }

    /// Somebody recommends the Page, or does not; gives the review's id.
    #[must_use]
    pub fn reviews(&self, by: &GraphPerson, positive: bool, text: &str) -> String {
        self.state().review(by, positive, text)
    }

    /// Something of which no adapter has heard stands in the list of comments or messages there.
    pub fn unheard_of(&self, place: &str) {
        self.state().strange.push(place.to_owned());
    }

    /// Everything that can be seen now, on the Page and in Messenger, oldest first.
    #[must_use]
    pub fn seen(&self) -> Vec<GraphText> {
        self.state().seen()
    }

    /// Whether the Page likes it.
    #[must_use]
    pub fn is_liked(&self, id: &str) -> bool {
        self.state().likes.contains(id)
    }

    /// Whether the Page has told that it read what this person wrote.
    #[must_use]
    pub fn is_read(&self, person: &str) -> bool {
        self.state().read.contains(person)
    }

    /// How many requests that write it has seen.
    #[must_use]
    pub fn written(&self) -> usize {
        self.state().written
    }

    /// What Meta posts to the app's webhook now: all that happened since the last call, in signed deliveries.
    /// Our own comments and messages are among it, as echoes.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        let mut state = self.state();
        let changes = std::mem::take(&mut state.changes);
        let messaging = std::mem::take(&mut state.messaging);
        hook::deliveries(&state.page, state.now, &changes, &messaging)
    }

    /// A delivery with this body, signed.
    #[must_use]
    pub fn sign(&self, body: &Value) -> Delivery {
        hook::signed(body)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// An error in the Graph API's shape.
fn error(code: u32, subcode: Option<u32>, message: &str) -> Value {
    let mut fault = json!({ "message": message, "type": "OAuthException", "code": code, "fbtrace_id": "Afake" });
    if let Some(subcode) = subcode {
        fault["error_subcode"] = json!(subcode);
    }
    json!({ "error": fault })
}

fn expired() -> Value {
    error(
        190,
        Some(463),
        "Error validating access token: Session has expired",
    )
}

type Answer = Response<bytes::Bytes>;
