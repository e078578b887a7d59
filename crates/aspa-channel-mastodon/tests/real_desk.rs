//! A desk over SQLite on servers that really run: `.ci/mastodon` starts them. It is dropped and opened
//! again after every step, as if the process had been killed there.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on says so"
)]

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use aspa_channel::{Effect, EffectKind, EffectName, ErrorKind, MessageKey, Support, Visibility};
use aspa_channel_mastodon::{MastodonChannel, Server, Upload};
use aspa_desk::{Clock, Desk, Reply};
use aspa_store::{MessageRecord, OutboxState, TicketQuery};
use aspa_store_sqlite::SqliteStore;
use aspa_testkit::{Faults, HttpFault, On};
use aspa_ticket::Ticket;
use aspa_types::EffectKey;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use common::Real;
use http::{Method, StatusCode};
use libtest_mimic::{Arguments, Trial};
use serde_json::{Value, json};

/// How long servers have to tell each other.
const DELIVERY: Duration = Duration::from_secs(20);
/// How often it is looked whether they have.
const LOOK: Duration = Duration::from_millis(250);

fn main() {
    let mut arguments = Arguments::from_args();
    // They share servers.
    arguments.test_threads = Some(1);
    let mut trials = Vec::new();
    for (kind, ours, theirs) in [
        ("mastodon-mock", "ASPA_MASTODON", None),
        ("snac to snac", "ASPA_SNAC", Some("ASPA_SNAC_REMOTE")),
    ] {
        let Some(net) = Net::from_env(ours, theirs) else {
            let name = format!("needs {ours}_URL, see .ci/mastodon");
            let missing = Trial::test(name, || Ok(())).with_kind(kind);
            trials.push(missing.with_ignored_flag(true));
            continue;
        };
        let mut trial = |name: &str, run: fn(Net) -> Run| {
            let net = net.clone();
            let trial = Trial::test(name, move || {
                let mut runtime = tokio::runtime::Builder::new_current_thread();
                let runtime = runtime.enable_all().build();
                runtime.unwrap().block_on(run(net));
                Ok(())
            });
            trials.push(trial.with_kind(kind));
        };
        trial(
            "a thread is read once, answered, edited and deleted",
            |net| Box::pin(a_thread(net)),
        );
        trial(
            "whatever becomes of the answer, one reply is there",
            |net| Box::pin(one_reply(net)),
        );
        trial("a picture goes along with a reply", |net| {
            Box::pin(a_picture(net))
        });
        trial("a change whose answer is lost is made", |net| {
            Box::pin(changes(net))
        });
        trial(
            "of two replies with the same words only reading tells",
            |net| Box::pin(the_same_words(net)),
        );
    }
    libtest_mimic::run(&arguments, trials).exit();
}

type Run = std::pin::Pin<Box<dyn Future<Output = ()>>>;

async fn a_thread(net: Net) {
    let shop = Shop::at(net).await;
    let root = shop.hears("where is my kettle?", None).await;
    let second = shop.hears("it is blue", Some(&root)).await;
    shop.hears("and I miss it", Some(&second)).await;
    // The first answer to a poll is lost, and the process with it.
    shop.faults.script(On::read(), HttpFault::CutWithin);
    let lost = shop.open().poll(&shop.account()).await;
    assert!(lost.is_err(), "{lost:?}");
    let (ticket, read) = shop.reads(3).await;
    assert_eq!(answered(&read, "kettle"), None);
    assert_eq!(answered(&read, "blue"), Some(named(&read, "kettle")));
    assert_eq!(answered(&read, "I miss it"), Some(named(&read, "blue")));

    // Of those that were written in one second it may be any.
    let newest = ticket.newest_inbound().unwrap().message.clone();
    let reply = shop.replies(&ticket, "it left this morning").await;
    assert_eq!(shop.ends(&reply).await, OutboxState::Accepted);
    assert_eq!(shop.published("it left").await, 1);
    let seen = shop.customer_sees(&root, "it left", true).await.unwrap();
    let (ticket, read) = shop.reads(4).await;
    let ours = named(&read, "it left");
    assert_eq!(answered(&read, "it left"), Some(newest));

    shop.hears("thank you", Some(&seen)).await;
    let (_, read) = shop.reads(5).await;
    assert_eq!(answered(&read, "thank you"), Some(ours.clone()));

    let kind = EffectKind::edit(ours.clone(), shop.marked("it leaves tomorrow"));
    let edit = shop.queues(&ticket, kind).await.unwrap();
    assert_eq!(shop.ends(&edit).await, OutboxState::Accepted);
    shop.customer_sees(&root, "it leaves", true).await;
    let published = (
        shop.published("it left").await,
        shop.published("it leaves").await,
    );
    assert_eq!(published, (0, 1));
    let (_, read) = shop.reads(5).await;
    assert_eq!(named(&read, "it leaves"), ours);

    let kind = EffectKind::delete(ours.clone());
    if !shop.does(&EffectName::Delete) {
        let refused = shop.queues(&ticket, kind).await;
        assert!(refused.is_err(), "snac has no delete: {refused:?}");
        return;
    }
    let delete = shop.queues(&ticket, kind).await.unwrap();
    assert_eq!(shop.ends(&delete).await, OutboxState::Accepted);
    shop.customer_sees(&root, "it leaves", false).await;
    let (_, read) = shop.reads(5).await;
    let deleted = read.iter().find(|record| record.key == ours).unwrap();
    let last = deleted.visibility.last().map(|shown| &shown.visibility);
    assert_eq!(last, Some(&Visibility::Deleted));
}

async fn one_reply(net: Net) {
    let shop = Shop::at(net).await;
    let root = shop.hears("where is my kettle?", None).await;
    let (ticket, _) = shop.reads(1).await;
    let faults = [
        HttpFault::NoConnection,
        HttpFault::CutBefore,
        HttpFault::CutAfter,
        HttpFault::CutWithin,
        HttpFault::TimeoutAfter,
        HttpFault::HalfBody,
        HttpFault::TooLarge,
        HttpFault::Status(StatusCode::SERVICE_UNAVAILABLE),
        HttpFault::StatusAfter(StatusCode::BAD_GATEWAY),
    ];
    for (n, fault) in faults.iter().enumerate() {
        let text = format!("answer number {n}.");
        shop.faults.script(On::write(), fault.clone());
        let reply = shop.replies(&ticket, &text).await;
        let state = shop.ends(&reply).await;
        assert_eq!(shop.faults.unused(), Vec::<String>::new());
        let came = (state, shop.published(&text).await);
        assert_eq!(came, (OutboxState::Accepted, 1), "after {fault:?}");
    }
    let (_, read) = shop.reads(1 + faults.len()).await;
    for n in 0..faults.len() {
        let text = format!("answer number {n}.");
        shop.customer_sees(&root, &text, true).await;
        named(&read, &text);
    }
}

async fn a_picture(net: Net) {
    let shop = Shop::at(net).await;
    let root = shop.hears("which kettle?", None).await;
    let (ticket, _) = shop.reads(1).await;
    let file = Upload::new("image/png", Bytes::from_static(b"\x89PNG\r\n\x1a\n1234"));
    let file = file.described("A blue kettle");
    let media = shop.channel().upload(&file).await.unwrap();
    let reply = Reply::answer(shop.marked("this one")).with(media);
    let key = shop.open().reply(&ticket.id, reply).await.unwrap();
    assert_eq!(shop.ends(&key).await, OutboxState::Accepted);
    let seen = shop.customer_sees(&root, "this one", true).await.unwrap();
    let files = seen["media_attachments"].as_array().unwrap();
    let described: Vec<_> = files.iter().map(|file| &file["description"]).collect();
    assert_eq!(described, ["A blue kettle"]);
}

async fn changes(net: Net) {
    let shop = Shop::at(net).await;
    shop.hears("where is my kettle?", None).await;
    let (ticket, _) = shop.reads(1).await;
    let reply = shop.replies(&ticket, "version 0.").await;
    assert_eq!(shop.ends(&reply).await, OutboxState::Accepted);
    let (_, read) = shop.reads(2).await;
    let ours = named(&read, "version 0.");
    let faults = [
        HttpFault::CutBefore,
        HttpFault::CutAfter,
        HttpFault::HalfBody,
        HttpFault::StatusAfter(StatusCode::BAD_GATEWAY),
    ];
    for (n, fault) in faults.iter().enumerate() {
        let text = format!("version {}.", n + 1);
        shop.faults.script(On::write(), fault.clone());
        let kind = EffectKind::edit(ours.clone(), shop.marked(&text));
        let edit = shop.queues(&ticket, kind).await.unwrap();
        let came = (shop.ends(&edit).await, shop.published(&text).await);
        assert_eq!(came, (OutboxState::Accepted, 1), "after {fault:?}");
    }
    assert_eq!(shop.published("version").await, 1);
    if shop.does(&EffectName::Delete) {
        shop.faults.script(On::write(), HttpFault::CutAfter);
        let kind = EffectKind::delete(ours.clone());
        let delete = shop.queues(&ticket, kind).await.unwrap();
        assert_eq!(shop.ends(&delete).await, OutboxState::Accepted);
        assert_eq!(shop.published("version").await, 0);
    }
    shop.reads(2).await;
}

async fn the_same_words(net: Net) {
    let shop = Shop::at(net).await;
    shop.hears("is it blue? and is it late?", None).await;
    let (ticket, _) = shop.reads(1).await;
    let first = shop.replies(&ticket, "it is").await;
    assert_eq!(shop.ends(&first).await, OutboxState::Accepted);
    // Those that landed are two then.
    let faults = [(HttpFault::CutAfter, true), (HttpFault::CutBefore, false)];
    for (n, (fault, landed)) in faults.into_iter().enumerate() {
        let next_text = format!("for sure {n}");
        shop.faults.script(On::write(), fault);
        let again = shop.replies(&ticket, "it is").await;
        let next = shop.replies(&ticket, &next_text).await;
        assert_eq!(shop.ends(&again).await, OutboxState::Uncertain);
        let published = (
            shop.published("it is").await,
            shop.published(&next_text).await,
        );
        assert_eq!(published, (2, 0), "its lane waits");
        if landed {
            // It was read meanwhile, which tells what asking could not.
            let (row, _) = shop.open().effect(&again).await.unwrap();
            assert_eq!(row.state, OutboxState::Accepted);
        } else {
            shop.later(TimeDelta::days(1));
            shop.open().deliver().await.unwrap();
            assert_eq!(shop.published("it is").await, 2, "not sent again");
            let desk = shop.open();
            desk.settle_uncertain(&again, false, None).await.unwrap();
        }
        assert_eq!(shop.ends(&next).await, OutboxState::Accepted);
    }
    let (_, read) = shop.read().await.unwrap();
    let mut said: Vec<String> = read.iter().map(text).collect();
    said.sort();
    let marked = |words: &[&str]| words.iter().map(|text| shop.marked(text)).collect();
    let mut expected: Vec<String> = marked(&[
        "for sure 0",
        "for sure 1",
        "is it blue? and is it late?",
        "it is",
        "it is",
    ]);
    expected.sort();
    assert_eq!(
        said, expected,
        "the question, two answers and what came behind"
    );
}

/// Our server, and where the customer is.
#[derive(Debug, Clone)]
struct Net {
    ours: Real,
    theirs: Real,
    /// How the customer calls us.
    name: String,
}

impl Net {
    fn from_env(ours: &str, theirs: Option<&str>) -> Option<Self> {
        let mut ours = Real::from_env(ours)?;
        let Some(prefix) = theirs else {
            let theirs = ours.clone();
            let name = "shop".to_owned();
            return Some(Self { ours, theirs, name });
        };
        ours.slow = true;
        let read = |name: &str| std::env::var(format!("{prefix}_{name}")).ok();
        let mut theirs = ours.clone();
        (theirs.base, theirs.customer) = (read("URL")?, read("TOKEN")?);
        let host = ours.base.split_once("://")?.1;
        let name = format!("shop@{host}");
        Some(Self { ours, theirs, name })
    }
}

/// The time of day, and so much later.
#[derive(Debug, Clone, Default)]
struct Later(Arc<AtomicI64>);

impl Clock for Later {
    fn now(&self) -> DateTime<Utc> {
        common::now() + TimeDelta::seconds(self.0.load(Ordering::SeqCst))
    }
}

/// A desk that is opened for each step.
#[derive(Debug)]
struct Shop {
    net: Net,
    known: Server,
    faults: Arc<Faults>,
    clock: Later,
    directory: tempfile::TempDir,
    /// A word that every text of this test has and no other.
    mark: String,
}

impl Shop {
    async fn at(net: Net) -> Self {
        let path = "/api/v1/notifications/clear";
        let token = &net.ours.token;
        net.ours.call(token, Method::POST, path, json!({})).await;
        let clock = Later::default();
        let time = clock.clone();
        let faults = Faults::between(net.ours.http.clone(), move || time.now());
        let config = net.ours.config();
        let known = Server::ask(&config, net.ours.http.clone(), common::now).await;
        let directory = tempfile::tempdir().unwrap();
        let mark = directory.path().file_name().unwrap().to_string_lossy();
        let mark = mark.trim_start_matches(|c: char| !c.is_alphanumeric());
        Self {
            known: known.unwrap(),
            faults: Arc::new(faults),
            clock,
            mark: mark.to_owned(),
            directory,
            net,
        }
    }

    fn channel(&self) -> MastodonChannel {
        let (config, clock) = (self.net.ours.config(), self.clock.clone());
        let (known, http) = (self.known.clone(), self.faults.clone());
        MastodonChannel::new(&config, known, http, move || clock.now()).unwrap()
    }

    /// The desk of a process that just began.
    fn open(&self) -> Desk {
        let store = SqliteStore::open(self.directory.path().join("desk.sqlite")).unwrap();
        let builder = Desk::builder(store).channel(self.channel());
        let builder = builder.clock(self.clock.clone()).lease(TimeDelta::zero());
        builder.build().unwrap()
    }

    fn account(&self) -> aspa_types::AccountId {
        self.net.ours.config().account
    }

    fn does(&self, name: &EffectName) -> bool {
        let capabilities = self.known_capabilities();
        *capabilities.support(name) == Support::Full
    }

    fn known_capabilities(&self) -> aspa_channel::Capabilities {
        use aspa_channel::Channel;
        self.channel().capabilities(None).into_owned()
    }

    fn later(&self, by: TimeDelta) {
        self.clock.0.fetch_add(by.num_seconds(), Ordering::SeqCst);
    }

    fn marked(&self, text: &str) -> String {
        format!("{text} {}", self.mark)
    }

    /// A customer writes; the post as the customer's server has it.
    async fn hears(&self, text: &str, answers: Option<&Value>) -> Value {
        let text = format!("@{} {}", self.net.name, self.marked(text));
        let mut body = json!({ "status": text, "visibility": "public" });
        if let Some(answers) = answers {
            body["in_reply_to_id"] = answers["id"].clone();
        }
        let (theirs, path) = (&self.net.theirs, "/api/v1/statuses");
        let said = theirs.call(&theirs.customer, Method::POST, path, body);
        said.await.unwrap()
    }

    /// Polls and decides until there are so many messages, and once more: then there are so many.
    async fn reads(&self, many: usize) -> (Ticket, Vec<MessageRecord>) {
        let began = Instant::now();
        loop {
            let enough = self.read().await.is_some_and(|read| read.1.len() >= many);
            if enough || began.elapsed() > DELIVERY {
                break;
            }
            tokio::time::sleep(LOOK).await;
        }
        self.read_once().await;
        let (ticket, read) = self.read().await.expect("a ticket");
        let texts: Vec<String> = read.iter().map(text).collect();
        assert_eq!(texts.len(), many, "{texts:?}");
        let different: BTreeSet<&String> = texts.iter().collect();
        assert_eq!(different.len(), many, "{texts:?}");
        (ticket, read)
    }

    async fn read_once(&self) {
        loop {
            match self.open().poll(&self.account()).await {
                Ok(page) if !page.more => break,
                Ok(_) => {}
                Err(aspa_desk::Error::Channel(error)) if *error.kind() == ErrorKind::Throttled => {
                    let wait = error.retry_after().unwrap_or_default();
                    self.later(TimeDelta::from_std(wait).unwrap() + TimeDelta::seconds(1));
                }
                Err(error) => panic!("{error}"),
            }
        }
        self.open().work().await.unwrap();
    }

    /// Polls and decides, and what is known then of the thread of this test.
    async fn read(&self) -> Option<(Ticket, Vec<MessageRecord>)> {
        self.read_once().await;
        let desk = self.open();
        let mut query = TicketQuery::default();
        query.limit = 100;
        let mut found = Vec::new();
        for row in desk.tickets(&query).await.unwrap() {
            let ticket = row.ticket;
            let thread = desk
                .store()
                .conversation(&ticket.key.conversation, None, 999)
                .await;
            let mut thread = thread.unwrap();
            thread.retain(|record| record.message.is_some());
            if thread
                .iter()
                .any(|record| text(record).contains(&self.mark))
            {
                found.push((ticket, thread));
            }
        }
        assert!(found.len() <= 1, "one thread is one ticket: {found:?}");
        found.pop()
    }

    async fn replies(&self, ticket: &Ticket, text: &str) -> EffectKey {
        let reply = Reply::answer(self.marked(text));
        self.open().reply(&ticket.id, reply).await.unwrap()
    }

    async fn queues(
        &self,
        ticket: &Ticket,
        kind: EffectKind,
    ) -> Result<EffectKey, aspa_desk::Error> {
        let key = EffectKey::derive(&[&self.mark, &format!("{kind:?}"), kind.text().unwrap_or("")]);
        let effect = Effect::new(key, ticket.key.conversation.clone(), kind);
        self.open().queue(effect).await
    }

    /// Performs an effect until it has come to an end, however often it is to be tried.
    async fn ends(&self, effect: &EffectKey) -> OutboxState {
        for _ in 0..12 {
            self.open().deliver().await.unwrap();
            let (row, _) = self.open().effect(effect).await.unwrap();
            match row.state {
                OutboxState::Queued | OutboxState::Sending | OutboxState::FailedRetryable => {
                    self.later(TimeDelta::minutes(5));
                }
                ended => return ended,
            }
        }
        panic!("it never ends");
    }

    /// How many posts of ours say this, on our own server.
    async fn published(&self, text: &str) -> usize {
        let (ticket, _) = self.read().await.unwrap();
        let (ours, root) = (&self.net.ours, &ticket.key.conversation.id);
        let below = ours.below(&ours.token, root).await.into_iter();
        let ours = below.filter(|post| post["account"]["id"] == self.known.account_id.as_str());
        let says = |post: &Value| says(post, text, &self.mark);
        ours.filter(says).count()
    }

    /// Waits until the customer sees this, or sees it no more.
    async fn customer_sees(&self, root: &Value, text: &str, there: bool) -> Option<Value> {
        let theirs = &self.net.theirs;
        let root = root["id"].as_str().unwrap();
        let began = Instant::now();
        loop {
            let below = theirs.below(&theirs.customer, root).await;
            let seen = below.iter().find(|post| says(post, text, &self.mark));
            if seen.is_some() == there {
                return seen.cloned();
            }
            let posts = below.len();
            assert!(began.elapsed() < DELIVERY, "{text}: {there}, {posts} posts");
            tokio::time::sleep(LOOK).await;
        }
    }
}

fn says(post: &Value, text: &str, mark: &str) -> bool {
    let content = post["content"].as_str().unwrap();
    content.contains(text) && content.contains(mark)
}

fn text(record: &MessageRecord) -> String {
    record.message.as_ref().unwrap().text()
}

/// The one message that says this.
fn named(read: &[MessageRecord], words: &str) -> MessageKey {
    let mut found = read.iter().filter(|record| text(record).contains(words));
    let key = found.next().expect(words).key.clone();
    assert!(found.next().is_none(), "{words} came twice");
    key
}

/// What the message that says this answers.
fn answered(read: &[MessageRecord], words: &str) -> Option<MessageKey> {
    let key = named(read, words);
    let record = read.iter().find(|record| record.key == key)?;
    record.message.as_ref()?.in_reply_to.clone()
}
