//! Against a WordPress that really runs: `.ci/wordpress cargo test -p aspa-channel-wordpress --test real`.
//! Without one everything here is reported as ignored.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test, which clippy cannot see without the harness"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aspa_channel::{
    Channel, ConversationKey, Cursor, Direction, Effect, EffectKind, EventKind, Landed, Message,
    MessageKey, ModerationReason, Probe, ReplyKind, Visibility,
};
use aspa_channel_wordpress::{SiteConfig, WordPress};
use aspa_http::{HttpClient, ReqwestClient};
use aspa_testkit::libtest_mimic::{self, Arguments, Trial};
use aspa_testkit::{ChannelFixture, FarSide, Faults, HttpFault, On, Seen, channel_trials};
use aspa_types::{AccountId, EffectKey, Extra, Secret};
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta};
use http::{Method, Request};
use serde_json::{Value, json};

type Running = std::pin::Pin<Box<dyn Future<Output = ()>>>;

fn main() {
    let mut arguments = Arguments::from_args();
    // One site for all.
    arguments.test_threads = Some(1);
    let mut trials = vec![];
    let mut own = |name: &str, run: fn(Arc<Blog>) -> Running| {
        let trial = Trial::test(name, move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async { run(Blog::new().await).await });
            Ok(())
        });
        trials.push(trial.with_ignored_flag(!is_there()));
    };
    own(
        "every comment is read once and in its thread, in two time zones",
        |blog| Box::pin(read_once(blog)),
    );
    own("what moderators do is told, and done", |blog| {
        Box::pin(moderated(blog))
    });
    own(
        "a cut after each send ends with exactly one reply",
        |blog| Box::pin(cut(blog)),
    );
    if is_there() {
        trials.extend(channel_trials("real", async || {
            let blog = Blog::new().await;
            let again = Arc::clone(&blog);
            ChannelFixture::new(again.channel(), again.post(), blog.clone())
                .with_faults(Arc::clone(&blog.faults))
                .with_secret(blog.accounts["support"].split_once(':').unwrap().1)
                .with_restart(move || again.channel())
        }));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn is_there() -> bool {
    env::var("ASPA_WORDPRESS_URL").is_ok()
}

/// One post of the site, made for one test.
#[derive(Debug)]
struct Blog {
    url: String,
    accounts: BTreeMap<&'static str, String>,
    http: Arc<ReqwestClient>,
    faults: Arc<Faults>,
    post: u64,
    since: DateTime<chrono::Utc>,
}

static COUNT: AtomicU64 = AtomicU64::new(0);

impl Blog {
    async fn new() -> Arc<Self> {
        let account = |name: &'static str| {
            let variable = format!("ASPA_WORDPRESS_{}", name.to_uppercase());
            (name, env::var(variable).unwrap())
        };
        let http = Arc::new(ReqwestClient::new().unwrap());
        let mut blog = Self {
            url: env::var("ASPA_WORDPRESS_URL").unwrap(),
            accounts: ["admin", "support", "liisa"].map(account).into(),
            faults: Arc::new(
                Faults::between(http.clone(), DateTime::default).throttled_as(|_| {
                    let answer = http::Response::builder().status(429);
                    // As web servers do: dates are told beside their own.
                    let answer = answer.header("date", "Thu, 01 Jan 1970 00:00:00 GMT");
                    answer.body(Bytes::new()).unwrap()
                }),
            ),
            http,
            post: 0,
            since: DateTime::default(),
        };
        let title = format!(
            "Toimitus \"heti\" & ilmaiseksi {}",
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let post = json!({ "title": title, "status": "publish", "content": "Hei" });
        let made = blog.ask("admin", Method::POST, "posts", Some(post)).await;
        blog.post = made["id"].as_u64().unwrap();
        let at: chrono::NaiveDateTime = made["date_gmt"].as_str().unwrap().parse().unwrap();
        blog.since = at.and_utc() - TimeDelta::seconds(1);
        Arc::new(blog)
    }

    async fn send(&self, request: Request<Bytes>) -> (u16, Bytes) {
        let answer = self.http.send(request).await.unwrap();
        (answer.status().as_u16(), answer.into_body())
    }

    async fn ask(&self, who: &str, method: Method, path: &str, body: Option<Value>) -> Value {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}/wp-json/wp/v2/{path}", self.url))
            .header(
                "authorization",
                format!("Basic {}", STANDARD.encode(&self.accounts[who])),
            )
            .header("content-type", "application/json")
            .body(body.map_or_else(Bytes::new, |body| body.to_string().into()));
        let (status, body) = self.send(request.unwrap()).await;
        assert!((200..300).contains(&status), "{path}: {status}");
        serde_json::from_slice(&body).unwrap()
    }

    /// As a visitor, by the form.
    async fn form(&self, name: &str, parent: u64, text: &str) {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("author", name)
            .append_pair("email", "mikko@example.com");
        form.append_pair("comment", text)
            .append_pair("comment_post_ID", &self.post.to_string());
        form.append_pair("comment_parent", &parent.to_string());
        let request = Request::post(format!("{}/wp-comments-post.php", self.url))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.finish().into());
        assert_eq!(self.send(request.unwrap()).await.0, 302);
    }

    /// What stands there, whatever its status, oldest first.
    async fn rows(&self) -> Vec<Value> {
        let mut rows = Vec::new();
        for page in 1.. {
            let path = format!(
                "comments?context=edit&status=any&post={}&orderby=id&order=asc&per_page=100&page={page}",
                self.post
            );
            let Value::Array(more) = self.ask("admin", Method::GET, &path, None).await else {
                panic!()
            };
            let last = more.len() < 100;
            rows.extend(more);
            if last {
                break;
            }
        }
        rows
    }

    async fn status(&self, id: u64, status: &str) {
        let path = format!("comments/{id}");
        self.ask(
            "admin",
            Method::POST,
            &path,
            Some(json!({ "status": status })),
        )
        .await;
    }

    fn post(&self) -> ConversationKey {
        ConversationKey::new(account(), &self.post.to_string()).unwrap()
    }

    /// The channel of a new process.
    fn channel(&self) -> Arc<dyn Channel> {
        let (login, password) = self.accounts["support"].split_once(':').unwrap();
        let mut config = SiteConfig::new(account(), &self.url, login, Secret::new(password));
        config.since = Some(self.since);
        config.page = 10;
        config.watched = 60;
        let http: Arc<dyn HttpClient> = self.faults.clone();
        Arc::new(
            WordPress::new(http, DateTime::default)
                .site(config)
                .unwrap(),
        )
    }

    /// What a host knows after it has polled until nothing is waiting, with a new process for each page.
    async fn read(&self, host: &mut Host) {
        loop {
            let page = self.channel().poll(host.cursor.as_ref()).await.unwrap();
            for event in page.events {
                assert!(host.keys.insert(event.key()), "twice: {event:?}");
                match event.kind {
                    EventKind::Message(message) if message.conversation == self.post() => {
                        host.shown
                            .insert(message.key.id.to_string(), message.visibility.clone());
                        host.messages.push(*message);
                    }
                    EventKind::Visibility {
                        message,
                        visibility,
                        ..
                    } => {
                        host.shown.insert(message.id.to_string(), visibility);
                    }
                    _ => {}
                }
            }
            host.cursor = page.next;
            if !page.more {
                return;
            }
        }
    }
}

#[derive(Debug, Default)]
struct Host {
    cursor: Option<Cursor>,
    keys: BTreeSet<String>,
    messages: Vec<Message>,
    shown: BTreeMap<String, Visibility>,
}

fn account() -> AccountId {
    AccountId::new("blog").unwrap()
}

fn id(row: &Value) -> u64 {
    row["id"].as_u64().unwrap()
}

fn read_back(raw: &str) -> String {
    raw.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

async fn read_once(blog: Arc<Blog>) {
    for zone in ["Europe/Helsinki", "UTC"] {
        blog.ask(
            "admin",
            Method::POST,
            "settings",
            Some(json!({ "timezone": zone })),
        )
        .await;
        let blog = Blog::new().await;
        let mut host = Host::default();
        for burst in [1, 12, 3] {
            for turn in 0..burst {
                let above = blog.rows().await.last().map_or(0, id);
                let text = format!("{zone} {burst} {turn}: Tom & Jerry, 5 < 6 \"hei\" 😀");
                blog.form(
                    "Mikko O'Brien",
                    if turn % 3 == 0 { 0 } else { above },
                    &text,
                )
                .await;
            }
            blog.read(&mut host).await;
        }
        let rows = blog.rows().await;
        assert_eq!((rows.len(), host.messages.len()), (16, 16), "{zone}");
        for (row, message) in rows.iter().zip(&host.messages) {
            assert_eq!(*message.key.id, id(row).to_string());
            assert!(
                message.text().ends_with("Tom & Jerry, 5 < 6 \"hei\" 😀"),
                "{zone}"
            );
            let parent = message
                .in_reply_to
                .as_ref()
                .map_or("0", |parent| &*parent.id);
            assert_eq!(parent, row["parent"].to_string());
            // A name with an apostrophe is held each time.
            assert_eq!(message.visibility, Visibility::Held);
            assert_eq!(message.direction, Direction::Inbound);
            let title = message.subject.as_deref().unwrap();
            assert!(title.starts_with("Toimitus “heti” & ilmaiseksi"), "{title}");
            let at = row["date_gmt"]
                .as_str()
                .unwrap()
                .parse::<chrono::NaiveDateTime>()
                .unwrap();
            assert_eq!(message.times.source, Some(at.and_utc()));
        }
        let authors: BTreeSet<_> = host
            .messages
            .iter()
            .map(|message| &message.author)
            .collect();
        assert_eq!(authors.len(), 1);
    }
}

async fn moderated(blog: Arc<Blog>) {
    let mut host = Host::default();
    blog.form("Matti O'Brien", 0, "Osta halpakasino").await;
    // Held each time, for its apostrophe.
    blog.form("Matti O'Brien", 0, "Hei").await;
    blog.read(&mut host).await;
    let rows = blog.rows().await;
    let (trashed, held) = (id(&rows[0]), id(&rows[1]));
    assert_eq!(host.shown[&trashed.to_string()], Visibility::Deleted);
    assert_eq!(host.shown[&held.to_string()], Visibility::Held);
    let channel = blog.channel();
    let key = MessageKey::new(account(), &held.to_string()).unwrap();
    let hide = |hidden| EffectKind::hide(key.clone(), hidden);
    for (turn, (kind, status, visibility)) in [
        (hide(false), "approved", Visibility::Visible),
        (hide(true), "hold", Visibility::Held),
        (
            hide(true).because(ModerationReason::Spam),
            "spam",
            Visibility::Hidden,
        ),
        (hide(false), "approved", Visibility::Visible),
        (
            EffectKind::delete(key.clone()),
            "trash",
            Visibility::Deleted,
        ),
        (hide(false), "approved", Visibility::Visible),
    ]
    .into_iter()
    .enumerate()
    {
        let effect = Effect::new(EffectKey::derive(&[&turn.to_string()]), blog.post(), kind);
        channel.perform(&effect).await.unwrap();
        assert_eq!(blog.rows().await[1]["status"], status);
        blog.read(&mut host).await;
        assert_eq!(host.shown[&held.to_string()], visibility, "{status}");
        assert!(matches!(
            channel.probe(&effect).await.unwrap(),
            Probe::Found(_)
        ));
    }
    // Deleted for good by somebody else, with an answer below it.
    let child = json!({ "post": blog.post, "parent": held, "content": "below" });
    let child = id(&blog
        .ask("admin", Method::POST, "comments", Some(child))
        .await);
    blog.read(&mut host).await;
    blog.ask(
        "admin",
        Method::DELETE,
        &format!("comments/{held}?force=true"),
        None,
    )
    .await;
    blog.read(&mut host).await;
    assert_eq!(host.shown[&held.to_string()], Visibility::Deleted);
    assert_eq!(host.shown[&child.to_string()], Visibility::Visible);
    assert_eq!(host.messages.len(), 3);
}

async fn cut(blog: Arc<Blog>) {
    blog.form("Mikko", 0, "Hei").await;
    let parent = id(&blog.rows().await[0]);
    blog.status(parent, "approved").await;
    let wrongs = [
        HttpFault::CutBefore,
        HttpFault::CutAfter,
        HttpFault::CutWithin,
        HttpFault::TimeoutAfter,
        HttpFault::StatusAfter(http::StatusCode::BAD_GATEWAY),
        HttpFault::NoConnection,
        HttpFault::HalfBody,
    ];
    for (turn, wrong) in wrongs.into_iter().enumerate() {
        let text = format!("Vastaus {turn}: katso https://a.example/?x=1&y=2 <täältä> 👋🏽");
        let kind = EffectKind::Send {
            text: text.clone(),
            in_reply_to: Some(MessageKey::new(account(), &parent.to_string()).unwrap()),
            to: Vec::new(),
            media: Vec::new(),
            audience: None,
            reply: ReplyKind::Answer,
            extra: Extra::new(),
        };
        let effect = Effect::new(EffectKey::derive(&["cut", &text]), blog.post(), kind);
        blog.faults.script(On::write(), wrong.clone());
        let error = blog.channel().perform(&effect).await.unwrap_err();
        assert_eq!(blog.faults.unused(), Vec::<String>::new());
        // As the outbox does, in a new process.
        let found = match error.landed() {
            Landed::No => Probe::Absent,
            _ => blog.channel().probe(&effect).await.unwrap(),
        };
        if found == Probe::Absent {
            blog.channel().perform(&effect).await.unwrap();
        }
        let rows = blog.rows().await;
        let ours = rows
            .iter()
            .filter(|row| read_back(row["content"]["raw"].as_str().unwrap()) == text);
        assert_eq!(ours.count(), 1, "{wrong:?}");
    }
}

#[async_trait]
impl FarSide for Blog {
    async fn seen(&self) -> Vec<Seen> {
        let rows = self.rows().await;
        let visible = rows.iter().filter(|row| row["status"] == "approved");
        let seen = visible.map(|row| {
            let (name, text) = (
                id(row).to_string(),
                read_back(row["content"]["raw"].as_str().unwrap()),
            );
            let mut seen = match row["author_name"] == "Support" {
                true => Seen::ours(name, text),
                false => Seen::theirs(name, text),
            };
            let parent = row["parent"].as_u64().filter(|parent| *parent > 0);
            seen.in_reply_to = parent.map(|parent| parent.to_string());
            seen
        });
        seen.collect()
    }

    async fn customer_writes(&self, to: &ConversationKey, text: &str) -> Option<MessageKey> {
        let post: u64 = to.id.parse().unwrap();
        // A comment is HTML: WordPress drops `< 2 & 3 >` as a tag that it does not know (`wp_kses_split2`),
        // and takes `&amp;#228;` for `&#228;` (`wp_kses_normalize_entities`), so whoever wants it read has to
        // write it so.
        let text = text.replace('&', "&amp;").replace('#', "&#35;");
        let text = text.replace('<', "&lt;").replace('>', "&gt;");
        // The same words twice are refused.
        let rows = self.rows().await;
        let said = rows
            .iter()
            .any(|row| row["content"]["raw"] == text.as_str());
        let who = if said { "admin" } else { "liisa" };
        let comment = json!({ "post": post, "content": text });
        let made = id(&self.ask(who, Method::POST, "comments", Some(comment)).await);
        self.status(made, "approved").await;
        Some(MessageKey::new(account(), &made.to_string()).unwrap())
    }

    async fn customer_answers(&self, to: &MessageKey, text: &str) -> Option<MessageKey> {
        let parent: u64 = to.id.parse().unwrap();
        let comment = json!({ "post": self.post, "parent": parent, "content": text });
        let made = id(&self
            .ask("liisa", Method::POST, "comments", Some(comment))
            .await);
        self.status(made, "approved").await;
        Some(MessageKey::new(account(), &made.to_string()).unwrap())
    }

    async fn customer_edits(&self, message: &MessageKey, text: &str) -> bool {
        let path = format!("comments/{}", message.id);
        self.ask(
            "admin",
            Method::POST,
            &path,
            Some(json!({ "content": text })),
        )
        .await;
        true
    }

    async fn customer_deletes(&self, message: &MessageKey) -> bool {
        let path = format!("comments/{}?force=true", message.id);
        self.ask("admin", Method::DELETE, &path, None).await;
        true
    }

    async fn moderator_hides(&self, message: &MessageKey, hidden: bool) -> bool {
        let status = if hidden { "hold" } else { "approved" };
        self.status(message.id.parse().unwrap(), status).await;
        true
    }

    fn shows_replies(&self) -> bool {
        true
    }

    fn page(&self) -> Option<usize> {
        Some(10)
    }

    fn burst(&self) -> usize {
        22
    }
}
