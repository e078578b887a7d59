//! A whole adapter for Tori, a made-up forum, as the book's chapter "Write an adapter" explains it.

use std::borrow::Cow;
use std::sync::Arc;

use aspa_channel::{
    AttributeKind, Capabilities, Channel, ConversationKey, Cursor, Direction, Effect, EffectKind,
    EffectName, Error, ErrorKind, Event, EventKind, Fetch, Fetched, Handle, Idempotency, Landed,
    Message, MessageKey, Page, Part, Probe, Receipt, Support, TextUnit, Times, Via, Visibility,
};
use aspa_http::HttpClient;
use aspa_types::{AccountId, EffectKey, HandleKey, Network, Secret};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// What connects one account of ours.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "an example")]
pub struct Config {
    /// What we call the account.
    pub account: AccountId,
    /// What we call the network.
    pub network: Network,
    /// Where the forum is: `https://tori.example`.
    pub url: String,
    /// Our own user id there, to know our posts from others'.
    pub user: String,
    /// The token of Tori's settings page.
    pub token: Secret,
}

/// One account on Tori.
#[derive(Debug)]
pub struct Tori {
    config: Config,
    claims: Capabilities,
    http: Arc<dyn HttpClient>,
    clock: fn() -> DateTime<Utc>,
}

// What Tori says.

#[derive(Deserialize)]
struct Changes {
    changes: Vec<Value>,
    next: u64,
    more: bool,
}

#[derive(Deserialize)]
struct Change {
    kind: String,
    at: DateTime<Utc>,
    post: Post,
}

#[derive(Deserialize)]
struct Post {
    id: String,
    topic: String,
    author: String,
    author_name: String,
    text: String,
    written: DateTime<Utc>,
    edits: u64,
    edited: Option<DateTime<Utc>>,
    reply_to: Option<String>,
}

impl Tori {
    /// A channel that asks Tori through `http`, and reads hints to wait by `clock`.
    #[must_use]
    pub fn new(config: Config, http: Arc<dyn HttpClient>, clock: fn() -> DateTime<Utc>) -> Self {
        let checked = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap_or_default();
        let claims = Capabilities::new(checked, "https://tori.example/developers")
            .with(EffectName::Send, Support::Full)
            .with(EffectName::Edit, Support::Full)
            .with(EffectName::Delete, Support::Full)
            .with_text(280, TextUnit::Scalars)
            .with_idempotency(Idempotency::ReadBack);
        Self {
            config,
            claims,
            http,
            clock,
        }
    }

    // From Tori to us.

    fn key(&self, id: &str) -> Option<MessageKey> {
        MessageKey::new(self.account().clone(), id).ok()
    }

    fn message(&self, post: &Post) -> Option<(Message, Handle)> {
        let key = self.key(&post.id)?;
        let topic = ConversationKey::new(self.account().clone(), &post.topic).ok()?;
        let author = HandleKey::new(self.config.network.clone(), None, &post.author).ok()?;
        let mut message = Message::new(key, topic, Direction::Inbound);
        if post.author == self.config.user {
            message.direction = Direction::Outbound;
        }
        message.author = Some(author.clone());
        message.in_reply_to = post.reply_to.as_deref().and_then(|id| self.key(id));
        message.parts = vec![Part::text(&post.text)];
        message.times = Times::vouched(post.written);
        (message.revision, message.edited_at) = (post.edits, post.edited);
        let (name, seen) = (&post.author_name, post.edited.unwrap_or(post.written));
        let handle = Handle::new(author).with(AttributeKind::DisplayName, name, seen);
        Some((message, handle))
    }

    fn event(&self, change: Value) -> Event {
        let known = Change::deserialize(&change).ok();
        let account = self.account().clone();
        let unknown = || Event::new(account, EventKind::Unknown(change), Via::Poll);
        known
            .and_then(|known| self.known(&known))
            .unwrap_or_else(unknown)
    }

    fn known(&self, change: &Change) -> Option<Event> {
        let (message, handle) = self.message(&change.post)?;
        let kind = match change.kind.as_str() {
            "posted" | "edited" => EventKind::message(message),
            "hidden" => EventKind::visibility(message.key, Visibility::Hidden, None),
            "shown" => EventKind::visibility(message.key, Visibility::Visible, None),
            "removed" => EventKind::visibility(message.key, Visibility::Deleted, None),
            _ => return None,
        };
        let mut event = Event::new(self.account().clone(), kind, Via::Poll);
        event.at = Some(change.at);
        event.handles.push(handle);
        Some(event)
    }

    async fn ask(
        &self,
        operation: &'static str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Response<Bytes>, Error> {
        let token = format!("Token {}", self.config.token.expose());
        let request = Request::builder()
            .method(method)
            .uri(format!("{}/{path}", self.config.url))
            .header(AUTHORIZATION, token)
            .header(CONTENT_TYPE, "application/json")
            .body(body.map_or_else(Bytes::new, |body| body.to_string().into()))
            .map_err(|_| Error::new(ErrorKind::Invalid, operation))?;
        let answer = self.http.send(request).await;
        let answer = answer.map_err(|error| Error::unanswered(operation, error))?;
        match answer.status().is_success() {
            true => Ok(answer),
            false => Err(Error::refused(operation, &answer, (self.clock)())),
        }
    }

    /// Looks something up; none: it is not there.
    async fn read<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &str,
    ) -> Result<Option<T>, Error> {
        match self.ask(operation, Method::GET, path, None).await {
            Ok(answer) => parse(operation, &answer).map(Some),
            Err(error) if *error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
        // What only reads changes nothing, whatever became of the answer.
        .map_err(|error| error.with_landed(Landed::No))
    }

    fn receipt(&self, effect: &Effect, post: &Post) -> Receipt {
        let mut receipt = Receipt::new(effect.key.clone());
        receipt.messages.extend(self.key(&post.id));
        receipt
    }
}

fn parse<T: DeserializeOwned>(op: &'static str, answer: &Response<Bytes>) -> Result<T, Error> {
    let nonsense = |_| Error::new(ErrorKind::Protocol, op).with_landed(Landed::Maybe);
    serde_json::from_slice(answer.body()).map_err(nonsense)
}

/// Tori's ids are letters and digits. Anything else could lead to another path.
fn plain<'a>(operation: &'static str, id: &'a str) -> Result<&'a str, Error> {
    match id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        true => Ok(id),
        false => Err(Error::new(ErrorKind::NotFound, operation)),
    }
}

#[async_trait]
impl Channel for Tori {
    fn account(&self) -> &AccountId {
        &self.config.account
    }

    fn network(&self) -> &Network {
        &self.config.network
    }

    fn capabilities(&self, _conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        Cow::Borrowed(&self.claims)
    }

    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let since = plain("poll", cursor.map_or("0", |cursor| cursor.0.as_str()))?;
        let page: Option<Changes> = self.read("poll", &format!("changes?since={since}")).await?;
        let page = page.ok_or_else(|| Error::new(ErrorKind::Protocol, "poll"))?;
        let events = page
            .changes
            .into_iter()
            .map(|change| self.event(change))
            .collect();
        Ok(Page::new(
            events,
            Some(Cursor(page.next.to_string())),
            page.more,
        ))
    }

    async fn fetch(&self, what: &Fetch) -> Result<Fetched, Error> {
        let Fetch::Message(key) = what else {
            return Err(Error::new(ErrorKind::Unsupported, "fetch"));
        };
        let path = format!("posts/{}", plain("fetch", &key.id)?);
        let post: Option<Post> = self.read("fetch", &path).await?;
        let message = post
            .and_then(|post| self.message(&post))
            .map(|(message, _)| Box::new(message));
        Ok(message.map_or(Fetched::Nothing, Fetched::Message))
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        self.claims.check(effect)?;
        let (method, path, body) = match &effect.kind {
            EffectKind::Send {
                text, in_reply_to, ..
            } => {
                let reply_to = in_reply_to.as_ref().map(|key| &key.id);
                // Tori keeps a reference beside a post: our key, in its alphabet.
                let reference = EffectKey::derive(&[effect.key.as_str()]);
                let body = json!({ "topic": effect.conversation.id, "text": text,
                    "reply_to": reply_to, "reference": reference });
                (Method::POST, "posts".to_owned(), Some(body))
            }
            EffectKind::Edit { message, text, .. } => {
                let path = format!("posts/{}", plain("perform", &message.id)?);
                (Method::PUT, path, Some(json!({ "text": text })))
            }
            EffectKind::Delete { message, .. } => {
                let path = format!("posts/{}", plain("perform", &message.id)?);
                (Method::DELETE, path, None)
            }
            _ => return Err(Error::new(ErrorKind::Unsupported, "perform")),
        };
        let answer = self.ask("perform", method, &path, body).await?;
        Ok(self.receipt(effect, &parse("perform", &answer)?))
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        let EffectKind::Send { .. } = effect.kind else {
            return Ok(Probe::CannotTell);
        };
        let path = format!("references/{}", EffectKey::derive(&[effect.key.as_str()]));
        let post: Option<Post> = self.read("probe", &path).await?;
        Ok(post.map_or(Probe::Absent, |post| {
            Probe::Found(self.receipt(effect, &post))
        }))
    }
}
