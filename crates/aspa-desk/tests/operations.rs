//! What whoever runs a desk sees of it, and what it does when something hangs or floods it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aspa_channel::{
    AccountHealth, Capabilities, Channel, ConversationKey, Cursor, Delivery, Effect, Error, Event,
    EventKind, MemoryChannel, Page, Probe, Receipt, Received, Via, Webhook, answer,
};
use aspa_crm::{
    Claim, CustomerKind, Field, Idempotency, MemoryCrm, Performs, Policies, Precondition,
};
use aspa_desk::{CrmAccount, Desk, Health, METRICS, Reply};
use aspa_store::{MemoryStore, OutboxState, Store};
use aspa_ticket::Category;
use aspa_types::{AccountId, CustomerId, DeliveryId, Network, SystemId, TenantId};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use common::store::{Fuse, TestStore};
use common::{Bench, Hand, all, asks, builder, event, minute, only, shop};
use http::StatusCode;
use metrics::{Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata};
use metrics::{Recorder, SharedString, Unit};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

/// Remembers what was measured: by name and labels, the last or summed value.
#[derive(Debug, Clone, Default)]
struct Book(Arc<Mutex<BTreeMap<String, f64>>>);

#[derive(Debug)]
struct Line(Book, String);

impl Line {
    fn write(&self, change: impl FnOnce(&mut f64)) {
        change(self.0.0.lock().unwrap().entry(self.1.clone()).or_default());
    }
}

#[expect(clippy::cast_precision_loss, reason = "small counts")]
impl CounterFn for Line {
    fn increment(&self, value: u64) {
        self.write(|sum| *sum += value as f64);
    }
    fn absolute(&self, value: u64) {
        self.write(|sum| *sum = value as f64);
    }
}

impl GaugeFn for Line {
    fn increment(&self, value: f64) {
        self.write(|sum| *sum += value);
    }
    fn decrement(&self, value: f64) {
        self.write(|sum| *sum -= value);
    }
    fn set(&self, value: f64) {
        self.write(|sum| *sum = value);
    }
}

impl HistogramFn for Line {
    fn record(&self, _value: f64) {
        self.write(|count| *count += 1.0);
    }
}

impl Book {
    fn line(&self, kind: &str, key: &Key) -> Arc<Line> {
        let labels: Vec<String> = key
            .labels()
            .map(|label| format!("{}={}", label.key(), label.value()))
            .collect();
        let name = format!("{kind} {} {}", key.name(), labels.join(" "));
        Arc::new(Line(self.clone(), name.trim_end().to_owned()))
    }

    fn read(&self) -> BTreeMap<String, f64> {
        self.0.lock().unwrap().clone()
    }
}

impl Recorder for Book {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.line("counter", key))
    }
    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.line("gauge", key))
    }
    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.line("histogram", key))
    }
}

/// Its body is a list of events in JSON; everybody is believed.
#[derive(Debug)]
struct Push;

impl Webhook for Push {
    fn receive(&self, delivery: &Delivery, now: DateTime<Utc>) -> Received {
        let id = DeliveryId::derive(&[&String::from_utf8_lossy(delivery.body())]);
        let Some(events) = self.decode(&id, delivery.body(), now) else {
            let (answer, reason) = (
                answer(StatusCode::UNAUTHORIZED, ""),
                aspa_channel::Refusal::WrongSignature,
            );
            return Received::Refused { answer, reason };
        };
        let answer = answer(StatusCode::OK, "taken");
        Received::Accepted { answer, id, events }
    }

    fn decode(&self, _: &DeliveryId, body: &[u8], _: DateTime<Utc>) -> Option<Vec<Event>> {
        serde_json::from_slice(body).ok()
    }
}

fn delivery(events: &[Event]) -> Delivery {
    let body = serde_json::to_vec(events).unwrap();
    http::Request::post("/hook")
        .body(Bytes::from(body))
        .unwrap()
}

async fn post(desk: &Desk, events: &[Event]) -> http::Response<Bytes> {
    desk.receive("push", delivery(events)).await
}

fn question(n: usize) -> Event {
    event(asks(&format!("m{n}"), &format!("c{n}"), "matti", 0))
}

/// An account on a network that never answers.
#[derive(Debug)]
struct Hangs(MemoryChannel);

impl Hangs {
    fn account(name: &str) -> Self {
        Self(MemoryChannel::new(AccountId::new(name).unwrap()))
    }
}

#[async_trait]
impl Channel for Hangs {
    fn account(&self) -> &AccountId {
        self.0.account()
    }

    fn network(&self) -> &Network {
        self.0.network()
    }

    fn capabilities(&self, conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        self.0.capabilities(conversation)
    }

    async fn poll(&self, _: Option<&Cursor>) -> Result<Page, Error> {
        std::future::pending().await
    }

    async fn perform(&self, _: &Effect) -> Result<Receipt, Error> {
        std::future::pending().await
    }

    async fn probe(&self, _: &Effect) -> Result<Probe, Error> {
        std::future::pending().await
    }
}

fn run(
    desk: &Desk,
) -> (
    oneshot::Sender<()>,
    tokio::task::JoinHandle<aspa_desk::Left>,
) {
    let (stop, told) = oneshot::channel::<()>();
    let desk = desk.clone();
    let every = Duration::from_millis(100);
    let running = tokio::spawn(async move {
        desk.run(every, async move { told.await.unwrap_or(()) })
            .await
    });
    (stop, running)
}

#[test]
fn every_figure_is_found_and_no_other() {
    let book = Book::default();
    metrics::with_local_recorder(&book, || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(a_day());
    });
    let read = book.read();
    let mut found: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for line in read.keys() {
        let mut words = line.split(' ');
        let (kind, name) = (words.next().unwrap(), words.next().unwrap());
        let labels = words
            .filter_map(|word| word.split_once('='))
            .map(|(key, value)| {
                let words = ["shop", "silent", "push", ""];
                let plain = value.chars().all(|c| c.is_ascii_lowercase() || c == '_');
                assert!(
                    plain || words.contains(&value),
                    "{line}: a label with content"
                );
                key.to_owned()
            });
        let key = (kind.to_owned(), name.to_owned());
        found.entry(key).or_default().extend(labels);
    }
    let stated: BTreeMap<_, _> = METRICS
        .iter()
        .map(|metric| {
            let labels: BTreeSet<String> = metric.labels.iter().map(|l| (*l).to_owned()).collect();
            ((metric.kind.to_owned(), metric.name.to_owned()), labels)
        })
        .collect();
    assert_eq!(found, stated, "{read:#?}");
    for (line, value) in [
        ("counter aspa.deliveries webhook=push outcome=accepted", 2.0),
        ("counter aspa.deliveries webhook=push outcome=known", 1.0),
        ("counter aspa.deliveries webhook=push outcome=refused", 1.0),
        ("counter aspa.deliveries webhook= outcome=not_found", 1.0),
        ("counter aspa.events outcome=new", 4.0),
        ("counter aspa.effects kind=send state=accepted", 1.0),
        (
            "histogram aspa.attempt.duration kind=send outcome=accepted",
            1.0,
        ),
        ("counter aspa.crm.unprotected account=erp", 1.0),
        ("gauge aspa.inbox.backlog", 0.0),
        ("gauge aspa.account.live account=shop", 1.0),
        ("gauge aspa.account.live account=silent", 0.0),
        ("gauge aspa.store.up", 1.0),
    ] {
        assert_eq!(read.get(line), Some(&value), "{line}: {read:#?}");
    }
}

/// Messages by poll and by webhook, an answer, a timer, an account that hangs, a store that was away.
async fn a_day() {
    let (store, clock) = (TestStore::default(), Hand::at(0));
    let channel = Arc::new(MemoryChannel::new(shop()));
    let erp = SystemId::new("erp").unwrap();
    let customer = CustomerId::new(erp.clone(), "1").unwrap();
    let weak = Performs::new(Precondition::Weak, Idempotency::NaturalKey);
    let crm = Arc::new(MemoryCrm::new(erp.clone(), minute(0)).performing(weak));
    let mail = [(Field::Email, "matti@example.fi")];
    crm.put(&customer, CustomerKind::Person, &mail);
    let desk = builder(store.clone(), &clock)
        .shared_channel(channel.clone())
        .crm(CrmAccount::new(crm.clone(), Policies::usual(&erp)))
        .channel(Hangs::account("silent"))
        .answer_within(Duration::from_secs(2))
        .webhook("push", Push)
        .build()
        .unwrap();
    let (stop, running) = run(&desk);
    channel.say(event(asks("1", "c", "matti", 0)));
    sleep(Duration::from_secs(1)).await;
    let ticket = only(&desk).await;
    clock.advance(TimeDelta::minutes(11));
    sleep(Duration::from_secs(2)).await;
    desk.reply(&ticket.id, Reply::answer("here")).await.unwrap();
    let profile = SystemId::new("mastodon").unwrap();
    let site = Claim::new(Field::Website, "https://matti.example", profile, minute(3));
    desk.sync(crm.as_ref()).await.unwrap();
    desk.offer(&customer, &[site], None).await.unwrap();
    for _ in 0..2 {
        assert_eq!(post(&desk, &[question(1)]).await.status(), StatusCode::OK);
    }
    let nonsense = http::Request::new(Bytes::from_static(b"?"));
    desk.receive("push", nonsense.clone()).await;
    desk.receive("matti@example.org", nonsense).await;
    sleep(Duration::from_secs(5)).await;
    store.down.store(true, Ordering::SeqCst);
    let away = post(&desk, &[question(2)]).await;
    assert_eq!(away.status(), StatusCode::SERVICE_UNAVAILABLE);
    store.down.store(false, Ordering::SeqCst);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(post(&desk, &[question(2)]).await.status(), StatusCode::OK);
    sleep(Duration::from_secs(2)).await;
    stop.send(()).unwrap();
    assert_eq!(running.await.unwrap(), aspa_desk::Left::default());
}

#[test]
fn the_book_has_the_table_of_figures() {
    let book = include_str!("../../../docs/src/operations.md");
    let mut table = String::from(
        "| name | kind | unit | told apart by | what it says |\n| --- | --- | --- | --- | --- |\n",
    );
    for metric in METRICS {
        let labels: Vec<String> = metric.labels.iter().map(|l| format!("`{l}`")).collect();
        table.push_str(&format!(
            "| `{}` | {} | {} | {} | {} |\n",
            metric.name,
            metric.kind,
            metric.unit,
            labels.join(", "),
            metric.meaning
        ));
    }
    assert!(
        book.contains(&table),
        "docs/src/operations.md needs this table:\n{table}"
    );
}

#[tokio::test(start_paused = true)]
async fn health_says_what_is_wrong_and_what_to_do() {
    let (store, clock) = (TestStore::default(), Hand::at(0));
    let channel = Arc::new(MemoryChannel::new(shop()));
    let desk = builder(store.clone(), &clock)
        .shared_channel(channel.clone())
        .webhook("push", Push)
        .most_waiting(2)
        .build()
        .unwrap();
    let well = desk.health().await;
    assert!(well.live && well.ready && well.store.reachable, "{well:?}");
    assert_eq!(well.remedies, Vec::<String>::new());
    let text = serde_json::to_string(&well).unwrap();
    assert_eq!(serde_json::from_str::<Health>(&text).unwrap(), well);

    let account = Event::new(
        shop(),
        EventKind::account(AccountHealth::Unauthorized),
        Via::Webhook,
    );
    let came = post(&desk, &[question(1), account]).await;
    assert_eq!(came.status(), StatusCode::OK);
    clock.advance(TimeDelta::minutes(7));
    let full = desk.health().await;
    assert!(full.live && !full.ready, "{full:?}");
    assert_eq!(
        (full.backlog, full.backlog_seconds),
        (2, 7 * 60),
        "{full:?}"
    );
    assert_eq!(full.accounts[0].health, AccountHealth::Unauthorized);
    let told = full.remedies.join("\n");
    assert!(
        told.contains("2 events or more wait") && told.contains("account shop"),
        "{told}"
    );
    assert!(!format!("{full:?}").contains("matti"));

    let silent = builder(TestStore::over(&MemoryStore::new(), &Fuse::of(0)), &clock)
        .store_within(Duration::from_secs(1))
        .build()
        .unwrap();
    let asked = silent.work().await.unwrap_err();
    assert!(asked.to_string().contains("no answer in time"), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn too_much_is_refused_and_comes_again() {
    let clock = Hand::at(0);
    let desk = builder(MemoryStore::new(), &clock)
        .webhook("push", Push)
        .longest_body(2_000)
        .most_waiting(5)
        .build()
        .unwrap();
    let long = vec![question(0); 9];
    let answer = post(&desk, &long).await;
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    for n in 0..12 {
        let answer = post(&desk, &[question(n)]).await;
        match answer.status() {
            StatusCode::OK => taken.push(n),
            StatusCode::SERVICE_UNAVAILABLE => {
                let wait = answer.headers().get("retry-after").unwrap();
                assert!(wait.to_str().unwrap().parse::<u32>().unwrap() >= 1);
                refused.push(n);
            }
            other => panic!("{other}"),
        }
    }
    assert_eq!((taken.len(), refused.len()), (5, 7));
    // Whoever is not authentic hears so, however much waits.
    let nonsense = http::Request::new(Bytes::from_static(b"?"));
    let answer = desk.receive("push", nonsense).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    while !refused.is_empty() {
        desk.work().await.unwrap();
        sleep(Duration::from_secs(2)).await;
        let mut left = Vec::new();
        for n in refused {
            if post(&desk, &[question(n)]).await.status() != StatusCode::OK {
                left.push(n);
            }
        }
        refused = left;
    }
    desk.work().await.unwrap();
    assert_eq!(all(&desk).await.len(), 12, "each once");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_never_answers_is_given_up_and_told_apart() {
    let clock = Hand::at(0);
    let store = TestStore::over(&MemoryStore::new(), &Fuse::of(0));
    let desk = builder(store, &clock)
        .webhook("push", Push)
        .store_within(Duration::from_secs(3))
        .build()
        .unwrap();
    let asked = Instant::now();
    let answer = post(&desk, &[question(1)]).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(asked.elapsed().as_secs(), 3);
    // Until the store is asked again, the answer comes at once.
    sleep(Duration::from_millis(500)).await;
    let asked = Instant::now();
    post(&desk, &[question(2)]).await;
    assert!(asked.elapsed() < Duration::from_secs(4));
}

#[tokio::test(start_paused = true)]
async fn an_account_that_hangs_delays_no_other() {
    let clock = Hand::at(0);
    let good = Arc::new(MemoryChannel::new(shop()));
    let desk = builder(MemoryStore::new(), &clock)
        .shared_channel(good.clone())
        .channel(Hangs::account("silent"))
        .lease(TimeDelta::seconds(40))
        .webhook("push", Push)
        .build()
        .unwrap();
    // Forty conversations with the silent account are first in the queue.
    let silent = AccountId::new("silent").unwrap();
    let mut events = Vec::new();
    for n in 0..40 {
        let mut asked = asks(&format!("s{n}"), &format!("s{n}"), "matti", 0);
        asked.key.account = silent.clone();
        asked.conversation.account = silent.clone();
        events.push(event(asked));
    }
    post(&desk, &events).await;
    desk.work().await.unwrap();
    let mut keys = Vec::new();
    for ticket in all(&desk).await {
        keys.push(desk.reply(&ticket.id, Reply::answer("hei")).await.unwrap());
    }
    let (stop, running) = run(&desk);
    sleep(Duration::from_secs(6)).await;
    for n in 0..5 {
        good.say(question(n));
    }
    sleep(Duration::from_secs(1)).await;
    let tickets = all(&desk).await;
    let ours = tickets
        .iter()
        .filter(|t| t.key.conversation.account == shop());
    for ticket in ours.clone() {
        desk.reply(&ticket.id, Reply::answer("heti")).await.unwrap();
    }
    assert_eq!(ours.count(), 5, "what the good account brought was decided");
    sleep(Duration::from_secs(6)).await;
    assert_eq!(
        good.published().len(),
        5,
        "and answered, while the others hang"
    );
    // What hangs is given up before its lease ends, uncertain: looked for next, not sent again.
    for _ in 0..60 {
        clock.advance(TimeDelta::seconds(1));
        sleep(Duration::from_secs(1)).await;
    }
    let tenant = desk.store();
    let (row, tries) = tenant.effect(&keys[0]).await.unwrap().unwrap();
    let ended = tries.iter().find(|attempt| attempt.finished_at.is_some());
    assert!(ended.is_some(), "given up: {tries:?}");
    assert_eq!(
        row.value.state,
        OutboxState::Sending,
        "and looked for: {row:?}"
    );
    let state = desk.health().await;
    let silent = state.accounts.iter().find(|state| state.account == silent);
    assert_eq!(silent.unwrap().health, AccountHealth::Degraded);
    stop.send(()).unwrap();
    let left = timeout(Duration::from_secs(60), running)
        .await
        .unwrap()
        .unwrap();
    assert!(left.effects > 0, "{left:?}");
}

#[tokio::test(start_paused = true)]
async fn work_goes_on_by_itself_when_the_store_is_back() {
    let (bench, store) = (Hand::at(0), TestStore::default());
    let channel = Arc::new(MemoryChannel::new(shop()));
    let desk = builder(store.clone(), &bench)
        .shared_channel(channel.clone())
        .build()
        .unwrap();
    let (stop, running) = run(&desk);
    store.down.store(true, Ordering::SeqCst);
    channel.say(question(1));
    sleep(Duration::from_secs(60)).await;
    assert!(all(&desk).await.is_empty());
    store.down.store(false, Ordering::SeqCst);
    sleep(Duration::from_secs(6)).await;
    assert_eq!(only(&desk).await.category, Category::New);
    stop.send(()).unwrap();
    running.await.unwrap();
}

#[tokio::test]
async fn a_ticket_of_a_later_version_holds_up_no_other() {
    let bench = Bench::new();
    let tenant = bench.store.tenant(&TenantId::default());
    bench.tell([question(1)]).await;
    // The memory store has rows, not text: what cannot be read is made by a store that says so.
    let first = only(&bench.desk).await;
    let mut store = TestStore::over(&bench.store, &Fuse::default());
    store.unreadable = Some(first.key.clone());
    let desk = builder(store, &bench.clock)
        .webhook("push", Push)
        .build()
        .unwrap();
    let again = event(asks("again", "c1", "matti", 0));
    post(&desk, &[question(2), again, question(3)]).await;
    assert_eq!(desk.work().await.unwrap().events, 2);
    assert_eq!(
        tenant.backlog().await.unwrap(),
        1,
        "it waits for a version that can"
    );
    assert_eq!(all(&bench.desk).await.len(), 3);
}
