//! Whatever happens on a site between two requests of a poll, everything that stays is read once, and
//! what was read last is what stands there. And nothing that a site answers makes the adapter panic.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aspa_channel::{Channel, Cursor, EventKind, Received, Visibility, Webhook};
use aspa_channel_wordpress::{SIGNATURE, SiteHook, WebhookConfig, WordPressWebhook};
use aspa_http::{HttpClient, HttpError};
use aspa_types::Secret;
use async_trait::async_trait;
use bytes::Bytes;
use common::{Blog, account, through};
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, Response};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::Sha256;

#[derive(Debug, Clone)]
enum Step {
    /// So many comments.
    Write(usize),
    /// One of the comments there are.
    Edit(usize),
    Turn(usize, &'static str),
    Erase(usize, usize),
    /// Whether lists show it.
    Leave(usize),
    /// One request.
    Poll,
    /// The answer to it is lost.
    Lose,
}

fn step() -> impl Strategy<Value = Step> {
    let status = prop::sample::select(vec!["approved", "hold", "spam", "trash"]);
    prop_oneof![
        3 => (1..30_usize).prop_map(Step::Write),
        2 => any::<usize>().prop_map(Step::Edit),
        2 => (any::<usize>(), status).prop_map(|(at, status)| Step::Turn(at, status)),
        2 => (any::<usize>(), 1..25_usize).prop_map(|(at, count)| Step::Erase(at, count)),
        1 => any::<usize>().prop_map(Step::Leave),
        6 => Just(Step::Poll),
        1 => Just(Step::Lose),
    ]
}

/// What a host knows.
#[derive(Default)]
struct Host {
    cursor: Option<Cursor>,
    keys: BTreeSet<String>,
    texts: BTreeMap<u64, (u64, String)>,
    shown: BTreeMap<u64, Visibility>,
    written: BTreeMap<u64, usize>,
}

impl Host {
    async fn poll(&mut self, channel: &dyn Channel) -> bool {
        let page = channel.poll(self.cursor.as_ref()).await.unwrap();
        for event in page.events {
            assert!(self.keys.insert(event.key()), "{event:?} twice");
            match event.kind {
                EventKind::Message(message) => {
                    let id = message.key.id.parse().unwrap();
                    *self.written.entry(id).or_default() += usize::from(message.revision == 0);
                    self.texts.insert(id, (message.revision, message.text()));
                    self.shown.insert(id, message.visibility);
                }
                EventKind::Visibility {
                    message,
                    visibility,
                    ..
                } => {
                    self.shown.insert(message.id.parse().unwrap(), visibility);
                }
                _ => {}
            }
        }
        self.cursor = page.next;
        page.more
    }
}

fn pick(blog: &Blog, at: usize) -> Option<u64> {
    let state = blog.state();
    let count = state.rows.len().max(1);
    state.rows.keys().nth(at % count).copied()
}

async fn play(steps: Vec<Step>, watched: usize, page: u64) {
    let blog = Blog::new();
    let mut config = Blog::config();
    (config.watched, config.page) = (watched, page);
    let channel = blog.channel(config);
    let mut host = Host::default();
    let mut left = BTreeSet::new();
    for (turn, step) in steps.into_iter().enumerate() {
        match step {
            Step::Write(count) => {
                for _ in 0..count {
                    blog.visitor("Hei");
                }
            }
            Step::Edit(at) => {
                if let Some(id) = pick(&blog, at) {
                    blog.change(id, |row| row.raw = format!("edit {turn}"));
                }
            }
            Step::Turn(at, status) => {
                if let Some(id) = pick(&blog, at) {
                    blog.change(id, |row| row.status = status);
                }
            }
            Step::Erase(at, count) => {
                for i in 0..count {
                    if let Some(id) = pick(&blog, at.wrapping_add(i)) {
                        blog.erase(id);
                    }
                }
            }
            Step::Leave(at) => {
                if let Some(id) = pick(&blog, at) {
                    blog.change(id, |row| row.shown = !row.shown);
                    left.insert(id);
                }
            }
            Step::Poll => drop(host.poll(&channel).await),
            Step::Lose => drop(channel.poll(host.cursor.as_ref()).await.unwrap()),
        }
    }
    // Two rounds: one may be under way.
    for _ in 0..2 {
        let mut pages = 0;
        while host.poll(&channel).await {
            pages += 1;
            assert!(pages < 2_000, "no end");
        }
    }
    let state = blog.state();
    // What a list left out when its turn came is read later only if it is still watched.
    let stayed = |row: &&common::Row| row.shown && !left.contains(&row.id);
    for row in state.rows.values().filter(stayed) {
        assert!(
            host.texts.contains_key(&row.id),
            "comment {} is lost",
            row.id
        );
    }
    assert!(host.written.values().all(|count| *count <= 1));
    // What was deleted counts as watched, too.
    let oldest = state.next.saturating_sub(watched as u64);
    let watched = state.rows.values().filter(|row| row.id >= oldest);
    for row in watched.filter(stayed) {
        assert_eq!(host.texts[&row.id].1, row.raw, "comment {}", row.id);
        let shown = match row.status {
            "approved" => Visibility::Visible,
            "hold" => Visibility::Held,
            "spam" => Visibility::Hidden,
            _ => Visibility::Deleted,
        };
        assert_eq!(host.shown[&row.id], shown, "comment {}", row.id);
    }
}

fn now<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(future)
}

/// Answers every request alike, but says who we are.
#[derive(Debug)]
struct Says(Bytes);

#[async_trait]
impl HttpClient for Says {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let body = match request.uri().path().ends_with("/users/me") {
            true => Bytes::from(r#"{"id":2,"capabilities":{"moderate_comments":true}}"#),
            false => self.0.clone(),
        };
        Ok(Response::builder()
            .header("x-wp-total", "7")
            .body(body)
            .unwrap())
    }
}

fn comment() -> Value {
    json!({
        "id": 7, "post": 11, "parent": 3, "author": 0, "author_name": "Mikko", "author_email": "m@example.com",
        "date_gmt": "2026-11-22T07:58:12", "content": { "raw": "Hei &amp; moi", "rendered": "<p>Hei</p>" },
        "link": "https://blog.example/?p=11#comment-7", "status": "hold", "type": "comment",
        "meta": { "aspa_edited": 5 }, "_embedded": { "up": [{ "title": { "rendered": "T" } }] },
    })
}

fn signed(body: &[u8]) -> http::Request<Bytes> {
    let secret = "whsec-0123456789abcdef";
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    let digits: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let request = http::Request::post("/").header(SIGNATURE, format!("sha256={digits}"));
    request.body(Bytes::copy_from_slice(body)).unwrap()
}

fn webhook() -> WordPressWebhook {
    let secret = Secret::new("whsec-0123456789abcdef");
    let site = SiteHook::new(account(), "https://blog.example", secret);
    WordPressWebhook::new(WebhookConfig::new(vec![site])).unwrap()
}

/// Any JSON.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,12}", inner, 0..4)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn everything_that_stays_is_read_once(
        steps in prop::collection::vec(step(), 0..40),
        watched in prop::sample::select(vec![1, 7, 40, 200]),
        page in prop::sample::select(vec![2, 10, 100]),
    ) {
        now(play(steps, watched, page));
    }

    #[test]
    fn any_bytes_are_an_answer(body in any::<Vec<u8>>(), cursor in any::<String>()) {
        let http: Arc<dyn HttpClient> = Arc::new(Says(body.into()));
        let channel = through(http, Blog::config());
        let _ = now(channel.poll(None));
        let _ = now(channel.poll(Some(&Cursor(cursor))));
        let _ = now(channel.perform(&common::reply("e", "Hei", 7)));
        let _ = now(channel.probe(&common::reply("e", "Hei", 7)));
    }

    #[test]
    fn any_comment_is_read_or_kept(field in 0..14_usize, value in any_json()) {
        let mut odd = comment();
        let names: Vec<String> = odd.as_object().unwrap().keys().cloned().collect();
        odd[&names[field % names.len()]] = value;
        let http: Arc<dyn HttpClient> = Arc::new(Says(json!([odd]).to_string().into()));
        let page = now(through(http, Blog::config()).poll(None)).unwrap();
        prop_assert!(!page.events.is_empty());
    }

    #[test]
    fn any_bytes_that_are_signed_are_kept(body in any::<Vec<u8>>()) {
        let received = webhook().receive(&signed(&body), chrono::DateTime::default());
        let Received::Accepted { events, answer, .. } = received else { panic!() };
        prop_assert!(!events.is_empty());
        prop_assert_eq!(answer.status().as_u16(), 200);
    }

    #[test]
    fn any_event_that_is_signed_is_kept(
        event in prop_oneof![Just("created"), Just("edited"), Just("status"), Just("deleted"), Just("x")],
        name in prop_oneof![Just("comment"), Just("comment_id"), Just("at"), Just("to"), Just("event")],
        value in any_json(),
    ) {
        let mut entry = json!({ "event": event, "comment_id": 7, "at": "2026-11-22T08:00:00Z",
            "to": "approved", "comment": comment() });
        entry[name] = value;
        let body = json!({ "site": "https://blog.example", "events": [entry, 7] }).to_string();
        let received = webhook().receive(&signed(body.as_bytes()), chrono::DateTime::default());
        let Received::Accepted { events, .. } = received else { panic!() };
        prop_assert!(events.len() >= 2);
    }
}
