//! The other side of a real server: what customers see and do there, by its API under their tokens.

#![allow(dead_code, unreachable_pub, reason = "each test uses some of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on says so, and real servers have the time of day"
)]

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aspa_channel::{Audience, Channel, ConversationKey, MessageKey};
use aspa_channel_mastodon::{MastodonChannel, MastodonConfig};
use aspa_http::{HttpClient, ReqwestClient};
use aspa_testkit::{ChannelFixture, FarSide, Faults, Hint, Seen};
use aspa_types::{AccountId, Secret};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{Method, Request};
use serde_json::{Value, json};

/// After this nobody will be told. snac tries again after a minute what it could not deliver.
const DELIVERED: Duration = Duration::from_secs(150);
/// How long a case may take: each message can take seconds.
const PATIENCE: Duration = Duration::from_secs(900);

/// A server that really runs, and two accounts on it.
#[derive(Debug, Clone)]
pub struct Real {
    pub http: Arc<dyn HttpClient>,
    pub base: String,
    pub token: String,
    pub customer: String,
    pub slow: bool,
    /// What was said, of which the server may not have told us yet.
    pub pending: Arc<Mutex<Vec<Value>>>,
    /// How many seconds the channel's clock is ahead.
    pub passed: Arc<AtomicI64>,
}

/// What the channel under test sends its requests through: waits until the server has told us all that was
/// said, since servers take their time and the cases do not; and has its clock go on with each request,
/// since the kit asks for more in a minute than Mastodon lets an account ask for in five.
#[derive(Debug)]
struct Patient(Real);

#[async_trait]
impl HttpClient for Patient {
    async fn send(
        &self,
        request: Request<Bytes>,
    ) -> Result<http::Response<Bytes>, aspa_http::HttpError> {
        self.0.all_told().await;
        self.0.passed.fetch_add(2, Ordering::SeqCst);
        self.0.http.send(request).await
    }
}

impl Real {
    /// From the environment: `PREFIX_URL`, `PREFIX_TOKEN` and `PREFIX_CUSTOMER_TOKEN`.
    pub fn from_env(prefix: &str) -> Option<Self> {
        let read = |name: &str| std::env::var(format!("{prefix}_{name}")).ok();
        Some(Self {
            http: Arc::new(ReqwestClient::new().expect("a client")),
            base: read("URL")?,
            token: read("TOKEN")?,
            customer: read("CUSTOMER_TOKEN")?,
            slow: false,
            pending: Arc::default(),
            passed: Arc::default(),
        })
    }

    pub fn config(&self) -> MastodonConfig {
        let account = AccountId::new("shop").unwrap();
        MastodonConfig::new(account, &self.base, Secret::new(&self.token))
    }

    pub async fn call(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Value,
    ) -> Option<Value> {
        let mut request = Request::new(Bytes::from(body.to_string()));
        *request.method_mut() = method;
        *request.uri_mut() = format!("{}{path}", self.base).parse().unwrap();
        let headers = request.headers_mut();
        headers.insert("connection", "close".parse().unwrap());
        headers.insert("user-agent", "a customer".parse().unwrap());
        headers.insert("content-type", "application/json".parse().unwrap());
        headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        let answer = self.http.send(request).await.expect("an answer");
        if answer.status().as_u16() == 404 {
            return None;
        }
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        Some(serde_json::from_slice(answer.body()).expect("JSON"))
    }

    pub async fn get(&self, token: &str, path: &str) -> Option<Value> {
        self.call(token, Method::GET, path, json!({})).await
    }

    /// What is below a post. snac gives the answers to it and not those to them (2.75, measured
    /// 2026-11-22), so they are asked for one by one.
    pub async fn below(&self, token: &str, post: &str) -> Vec<Value> {
        let mut below: Vec<Value> = Vec::new();
        let mut asked = vec![post.to_owned()];
        while let Some(post) = asked.pop() {
            let path = format!("/api/v1/statuses/{post}/context");
            let context = self.get(token, &path).await.unwrap_or_default();
            for answer in context["descendants"].as_array().into_iter().flatten() {
                if below.iter().any(|known| known["id"] == answer["id"]) {
                    continue;
                }
                if self.slow {
                    asked.push(answer["id"].as_str().unwrap().to_owned());
                }
                below.push(answer.clone());
            }
        }
        below
    }

    /// Lets the customer write, and waits until we are told.
    pub async fn say(
        &self,
        token: &str,
        text: &str,
        answers: Option<&str>,
        visibility: &str,
    ) -> Value {
        let us = self
            .get(&self.token, "/api/v1/accounts/verify_credentials")
            .await
            .unwrap();
        let host = self.base.split_once("://").unwrap().1;
        let name = match self.slow {
            true => format!("{}@{host}", us["username"].as_str().unwrap()),
            false => us["username"].as_str().unwrap().to_owned(),
        };
        let text = self.typed(text);
        let mut body = json!({ "status": format!("@{name} {text}"), "visibility": visibility });
        if let Some(answers) = answers {
            body["in_reply_to_id"] = answers.into();
        }
        let status = self
            .call(token, Method::POST, "/api/v1/statuses", body)
            .await
            .unwrap();
        if self.slow {
            self.pending.lock().unwrap().push(status.clone());
        }
        status
    }

    /// What is typed to have this text shown: snac takes what is typed for HTML and Markdown and escapes nothing,
    /// so that `&amp;` and `&` are one (2.75, measured 2026-11-23).
    fn typed(&self, text: &str) -> String {
        let typed = |c: char| match self.slow && c.is_ascii_punctuation() {
            true => format!("&#{};", u32::from(c)),
            false => c.to_string(),
        };
        text.chars().map(typed).collect()
    }

    /// Waits until we are told all that was said.
    async fn all_told(&self) {
        let next = || self.pending.lock().unwrap().first().cloned();
        while let Some(status) = next() {
            self.told(&status).await;
            let mut pending = self.pending.lock().unwrap();
            pending.retain(|waiting| waiting["uri"] != status["uri"]);
        }
    }

    async fn told(&self, status: &Value) {
        let began = std::time::Instant::now();
        while began.elapsed() < DELIVERED {
            let page = self
                .get(&self.token, "/api/v1/notifications?limit=40")
                .await
                .unwrap();
            let same = |notification: &Value| notification["status"]["uri"] == status["uri"];
            if page.as_array().unwrap().iter().any(same) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        // The next case is not to wait for it too.
        self.pending.lock().unwrap().clear();
        panic!("nobody was told");
    }

    pub fn id(&self, status: &Value) -> String {
        let id = status["id"].as_str().unwrap();
        match self.slow {
            true => format!("0000000000{}", &id[10..]),
            false => id.to_owned(),
        }
    }

    pub fn key(&self, status: &Value) -> MessageKey {
        MessageKey::new(AccountId::new("shop").unwrap(), &self.id(status)).unwrap()
    }

    pub fn conversation(&self, root: &Value) -> ConversationKey {
        ConversationKey::new(AccountId::new("shop").unwrap(), &self.id(root)).unwrap()
    }
}

pub fn now() -> DateTime<Utc> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    DateTime::from_timestamp(i64::try_from(since.unwrap().as_secs()).unwrap(), 0).unwrap()
}

/// One thread of a real server.
#[derive(Debug)]
pub struct Watched {
    pub real: Real,
    pub root: String,
}

pub async fn fixture(real: Real) -> ChannelFixture {
    if real.slow {
        // What an earlier case said is not to be heard in this one.
        real.all_told().await;
    } else {
        real.call(&real.token, Method::POST, "/api/v1/_mock/reset", json!({}))
            .await;
    }
    let path = "/api/v1/notifications/clear";
    real.call(&real.token, Method::POST, path, json!({})).await;
    let root = real
        .say(&real.customer, "where is my kettle?", None, "public")
        .await;
    let passed = Arc::clone(&real.passed);
    let clock = move || now() + TimeDelta::seconds(passed.load(Ordering::SeqCst));
    let patient = Arc::new(Patient(real.clone()));
    let faults = Faults::between(patient, clock.clone()).with_hints([
        Hint::Seconds,
        Hint::ResetEpoch,
        Hint::ResetIso,
        Hint::Nothing,
    ]);
    let faults = Arc::new(faults);
    let (http, config): (Arc<dyn HttpClient>, _) = (faults.clone(), real.config());
    let channel = MastodonChannel::connect(&config, Arc::clone(&http), clock.clone()).await;
    let channel = channel.expect("the server answers");
    let known = channel.server().clone();
    let again = move || -> Arc<dyn Channel> {
        let (known, http, clock) = (known.clone(), Arc::clone(&http), clock.clone());
        Arc::new(MastodonChannel::new(&config, known, http, clock).unwrap())
    };
    let conversation = real.conversation(&root);
    let root = root["id"].as_str().unwrap().to_owned();
    let secret = real.token.clone();
    let watched = Arc::new(Watched { real, root });
    ChannelFixture::new(Arc::new(channel), conversation, watched)
        .with_patience(PATIENCE)
        .with_faults(faults)
        .with_secret(secret)
        .with_restart(again)
}

impl Watched {
    /// Which posts are shown under a token, and how.
    async fn view(&self, token: &str) -> Vec<(String, Value)> {
        let below = self.real.below(token, &self.root).await;
        let mut view: Vec<_> = below
            .iter()
            .map(|post| (self.real.id(post), post["content"].clone()))
            .collect();
        view.sort_by(|(a, _), (b, _)| a.cmp(b));
        view
    }

    /// Waits until the customer is shown what we are: snac delivers after 1 to 10 s also on one server
    /// (2.75, measured 2026-11-22).
    async fn agreed(&self) {
        for _ in 0..80 {
            let ours = self.view(&self.real.token).await;
            if ours == self.view(&self.real.customer).await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }
}

/// The text of HTML: without tags, lines for breaks, and references read.
fn read(html: &str) -> String {
    let mut text = String::new();
    for (at, piece) in html.replace("<br>", "\n").split('<').enumerate() {
        let tag = piece.split_once('>').filter(|_| at > 0);
        text.push_str(tag.map_or(piece, |(_, after)| after));
    }
    let mut parts = text.split("&#");
    let mut read = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_once(';').unwrap();
        read.push(char::from_u32(digits.parse().unwrap()).unwrap());
        read.push_str(rest);
    }
    for (name, c) in [("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")] {
        read = read.replace(name, c);
    }
    read.trim_end_matches('\n').to_owned()
}

#[async_trait]
impl FarSide for Watched {
    async fn seen(&self) -> Vec<Seen> {
        if self.real.slow {
            self.agreed().await;
        }
        let token = &self.real.customer;
        let first = self
            .real
            .get(token, &format!("/api/v1/statuses/{}", self.root))
            .await;
        let below = self.real.below(token, &self.root).await;
        let us = self
            .real
            .get(&self.real.token, "/api/v1/accounts/verify_credentials")
            .await
            .unwrap();
        let mut seen = Vec::new();
        for status in first.into_iter().chain(below) {
            let ours = status["account"]["id"] == us["id"];
            // What readers see; the mock shows nothing but what was typed.
            let text = match self.real.slow {
                true => read(status["content"].as_str().unwrap()),
                false => {
                    let id = status["id"].as_str().unwrap();
                    let path = format!("/api/v1/statuses/{id}/source");
                    let source = self.real.get(token, &path).await.unwrap_or_default();
                    source["text"].as_str().unwrap_or_default().to_owned()
                }
            };
            let text = text.as_str();
            let words = text
                .split_once(' ')
                .filter(|(name, _)| name.starts_with('@'));
            let text = words.map_or(text, |(_, text)| text);
            let mut one = Seen::theirs(self.real.id(&status), text);
            one.ours = ours;
            let parent = status["in_reply_to_id"].as_str();
            one.in_reply_to = parent.map(|id| self.real.id(&json!({ "id": id })));
            one.audience = match status["visibility"].as_str().unwrap() {
                "private" if self.real.slow => Some(Audience::Direct),
                other => Some(Audience::from(other)),
            };
            seen.push(one);
        }
        seen
    }

    async fn customer_writes(
        &self,
        conversation: &ConversationKey,
        text: &str,
    ) -> Option<MessageKey> {
        let said = self
            .real
            .say(&self.real.customer, text, Some(&conversation.id), "public")
            .await;
        Some(self.real.key(&said))
    }

    async fn customer_answers(&self, message: &MessageKey, text: &str) -> Option<MessageKey> {
        let said = self
            .real
            .say(&self.real.customer, text, Some(&message.id), "public");
        Some(self.real.key(&said.await))
    }

    async fn customer_deletes(&self, message: &MessageKey) -> bool {
        if self.real.slow {
            return false;
        }
        self.real.pending.lock().unwrap().clear();
        let path = format!("/api/v1/statuses/{}", message.id);
        let gone = self
            .real
            .call(&self.real.customer, Method::DELETE, &path, json!({}));
        gone.await.is_some()
    }

    async fn other_conversation(&self) -> Option<ConversationKey> {
        let said = self
            .real
            .say(&self.real.customer, "something else", None, "public");
        Some(self.real.conversation(&said.await))
    }

    async fn customer_edits(&self, message: &MessageKey, text: &str) -> bool {
        // Times of edits are of whole seconds on some.
        tokio::time::sleep(Duration::from_millis(1100)).await;
        let path = format!("/api/v1/statuses/{}", message.id);
        let body = json!({ "status": format!("@shop {text}") });
        let edited = self
            .real
            .call(&self.real.customer, Method::PUT, &path, body)
            .await;
        if !self.real.slow {
            return edited.is_some();
        }
        for _ in 0..240 {
            let ours = self.real.get(&self.real.token, &path).await;
            let is_there =
                |post: &Value| post["content"].as_str().is_some_and(|c| c.contains(text));
            if ours.as_ref().is_some_and(is_there) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        panic!("the edit did not come");
    }

    async fn unheard_of(&self, _: &ConversationKey) -> bool {
        let us = self
            .real
            .get(&self.real.token, "/api/v1/accounts/verify_credentials")
            .await
            .unwrap();
        let path = format!("/api/v1/accounts/{}", us["id"].as_str().unwrap());
        for verb in ["unfollow", "follow"] {
            let path = format!("{path}/{verb}");
            self.real
                .call(&self.real.customer, Method::POST, &path, json!({}))
                .await;
        }
        if self.real.slow {
            tokio::time::sleep(Duration::from_secs(8)).await;
        }
        true
    }

    async fn reactions(&self, message: &MessageKey) -> Option<Vec<String>> {
        let path = format!("/api/v1/statuses/{}", message.id);
        let status = self.real.get(&self.real.token, &path).await?;
        let ours = status["favourited"]
            .as_bool()?
            .then(|| "favourite".to_owned());
        Some(ours.into_iter().collect())
    }

    fn shows_replies(&self) -> bool {
        true
    }

    fn reaction(&self) -> &str {
        "favourite"
    }

    fn burst(&self) -> usize {
        match self.real.slow {
            true => 1,
            false => 85,
        }
    }
}
