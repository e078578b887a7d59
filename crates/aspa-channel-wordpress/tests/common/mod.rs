//! A WordPress in memory: strict, with the quirks that were measured on a real one (6.1.9).
#![allow(
    dead_code,
    unused_imports,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "shared by tests, which may panic"
)]

mod answers;
mod far_side;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use aspa_channel::{ConversationKey, Effect, EffectKind, MessageKey, ReplyKind};
use aspa_channel_wordpress::{SiteConfig, WordPress, WordPressChannel};
use aspa_http::{HttpClient, HttpError, HttpErrorKind};
use aspa_testkit::Faults;
use aspa_types::{AccountId, EffectKey, Extra, Secret};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderValue, Method, Request, Response};

pub(crate) const URL: &str = "https://blog.aurinko.example";
pub(crate) const LOGIN: &str = "support";
pub(crate) const PASSWORD: &str = "abcd EFGH 1234 ijkl MNOP 5678";
pub(crate) const ME: u64 = 2;
/// A colleague who answers in WordPress itself.
pub(crate) const COLLEAGUE: u64 = 4;
/// Somebody with an account and no rights.
pub(crate) const READER: u64 = 3;
/// The post that tests write on.
pub(crate) const POST: u64 = 11;

#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) id: u64,
    pub(crate) post: u64,
    pub(crate) parent: u64,
    pub(crate) author: u64,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) raw: String,
    pub(crate) status: &'static str,
    pub(crate) at: DateTime<Utc>,
    pub(crate) meta: BTreeMap<&'static str, serde_json::Value>,
    /// Comments on posts of a kind that is not there any more are left out of every list.
    pub(crate) shown: bool,
    /// The whole of it is something else, as a plugin could make it.
    pub(crate) broken: bool,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) rows: BTreeMap<u64, Row>,
    pub(crate) posts: BTreeMap<u64, &'static str>,
    pub(crate) password: String,
    /// Whether the account may moderate.
    pub(crate) editor: bool,
    /// Whether our plugin keeps what we send along.
    pub(crate) plugin: bool,
    /// Whether the account's own comments wait for a moderator.
    pub(crate) holds: bool,
    /// What a plugin of the site makes of each text that is stored.
    pub(crate) rewrites: fn(&str) -> String,
    /// The largest answer in bytes that the client takes.
    pub(crate) max_body: usize,
    pub(crate) writes: usize,
    /// Every request: method and address.
    pub(crate) log: Vec<String>,
    pub(crate) clock: DateTime<Utc>,
    pub(crate) next: u64,
    /// What a reader with an account is called.
    pub(crate) reader: String,
}

pub(crate) struct Blog(Mutex<State>);

/// `Debug` must not show the password that it asks for.
impl std::fmt::Debug for Blog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Blog")
    }
}

impl Blog {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(State {
            rows: BTreeMap::new(),
            posts: BTreeMap::from([
                (POST, "Toimitus &#8220;heti&#8221; &amp; ilmaiseksi"),
                (12, "Ohjeet"),
            ]),
            password: PASSWORD.to_owned(),
            editor: true,
            plugin: false,
            holds: false,
            rewrites: str::to_owned,
            max_body: 10 << 20,
            writes: 0,
            log: Vec::new(),
            clock: "2026-11-22T08:00:00Z".parse().unwrap(),
            next: 1,
            reader: "Liisa".to_owned(),
        })))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// A visitor's comment that everybody sees. Ten of them share a second.
    pub(crate) fn visitor(&self, raw: &str) -> u64 {
        self.write(|row| row.raw = raw.to_owned())
    }

    pub(crate) fn write(&self, change: impl FnOnce(&mut Row)) -> u64 {
        self.state().insert(|row| {
            row.name = "Mikko O'Brien".to_owned();
            row.email = "Mikko@Example.com".to_owned();
            change(row);
        })
    }

    pub(crate) fn row(&self, id: u64) -> Row {
        self.state().rows[&id].clone()
    }

    pub(crate) fn change(&self, id: u64, change: impl FnOnce(&mut Row)) {
        change(self.state().rows.get_mut(&id).unwrap());
    }

    /// Deletes for good: answers move up to what this one answered.
    pub(crate) fn erase(&self, id: u64) {
        let mut state = self.state();
        let gone = state.rows.remove(&id).unwrap();
        for row in state.rows.values_mut().filter(|row| row.parent == id) {
            row.parent = gone.parent;
        }
    }

    pub(crate) fn config() -> SiteConfig {
        SiteConfig::new(account(), URL, LOGIN, Secret::new(PASSWORD))
    }

    pub(crate) fn channel(self: &Arc<Self>, config: SiteConfig) -> WordPressChannel {
        through(self.clone(), config)
    }

    /// What stands between a channel and this blog in tests of what goes wrong. Every answer bears a
    /// date, as those of web servers do.
    pub(crate) fn faults(self: &Arc<Self>) -> Arc<Faults> {
        let faults = Faults::between(self.clone(), now)
            .throttled_as(|_| {
                let mut answer = answers::answer(429, "Slow down.".to_owned());
                let date = HeaderValue::from_static("Sun, 22 Nov 2026 08:00:00 GMT");
                answer.headers_mut().insert("date", date);
                answer
            })
            .expired_as(|| answers::error(401, "rest_not_logged_in"));
        Arc::new(faults)
    }

    /// What we wrote with this text, as it is stored.
    pub(crate) fn ours(&self, raw: &str) -> Vec<Row> {
        let state = self.state();
        let rows = state.rows.values();
        rows.filter(|row| row.author == ME && row.raw == raw)
            .cloned()
            .collect()
    }
}

impl State {
    pub(crate) fn insert(&mut self, change: impl FnOnce(&mut Row)) -> u64 {
        let id = self.next;
        self.next += 1;
        if id.is_multiple_of(10) {
            self.clock += TimeDelta::seconds(1);
        }
        let mut row = Row {
            id,
            post: POST,
            parent: 0,
            author: 0,
            name: String::new(),
            email: String::new(),
            raw: String::new(),
            status: "approved",
            at: self.clock,
            meta: BTreeMap::new(),
            shown: true,
            broken: false,
        };
        change(&mut row);
        self.rows.insert(id, row);
        id
    }
}

#[async_trait]
impl HttpClient for Blog {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let mut state = self.state();
        state.writes += usize::from(request.method() != Method::GET);
        let line = format!("{} {}", request.method(), request.uri());
        state.log.push(line);
        let answer = state.answer(&request);
        match answer.body().len() > state.max_body {
            true => Err(HttpError::new(HttpErrorKind::TooLarge)),
            false => Ok(answer),
        }
    }
}

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

pub(crate) fn through(http: Arc<dyn HttpClient>, config: SiteConfig) -> WordPressChannel {
    WordPress::new(http, now)
        .user_agent("shop/1.4")
        .site(config)
        .unwrap()
}

pub(crate) fn account() -> AccountId {
    AccountId::new("blog").unwrap()
}

pub(crate) fn message(id: u64) -> MessageKey {
    MessageKey::new(account(), &id.to_string()).unwrap()
}

pub(crate) fn post(id: u64) -> ConversationKey {
    ConversationKey::new(account(), &id.to_string()).unwrap()
}

pub(crate) fn effect(key: &str, kind: EffectKind) -> Effect {
    Effect::new(EffectKey::new(key).unwrap(), post(POST), kind)
}

/// A reply to a comment, or (0) to the post.
pub(crate) fn reply(key: &str, text: &str, to: u64) -> Effect {
    effect(
        key,
        EffectKind::Send {
            text: text.to_owned(),
            in_reply_to: (to > 0).then(|| message(to)),
            to: Vec::new(),
            media: Vec::new(),
            audience: None,
            reply: ReplyKind::Answer,
            extra: Extra::new(),
        },
    )
}

pub(crate) use far_side::fixture;
