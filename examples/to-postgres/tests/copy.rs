//! A desk moves from its file to a server, and goes on there as it would have with the file. Without
//! `ASPA_POSTGRES_URL` every case is reported as ignored.
#![expect(
    clippy::unwrap_used,
    reason = "a test, which clippy cannot see without the harness"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::pin::Pin;
use std::process::Command;

use aspa_channel::{
    Act, ConversationKey, Cursor, Direction, Effect, EffectKind, Event, EventKind, MemoryChannel,
    Message, MessageKey, Part, ReplyKind, Times, Via,
};
use aspa_crm::{Claim as Said, Customer, CustomerKind, Field};
use aspa_desk::{Desk, ManualClock, Reply};
use aspa_sla::{ClockKind, Promise, Target, Time};
use aspa_store::copy::{COPIED, Page, Rows, Source, Sums};
use aspa_store::{
    Arrival, Attempt, AuditAction, AuditEntry, AuditQuery, Changes, Claim, Document, Error,
    ErrorKind, OutboxQuery, OutboxRow, OutboxState, PauseScope, Position, RawDelivery, Store,
    TicketQuery, TicketRow, Versioned, Wanted,
};
use aspa_store_postgres::tokio_postgres::{Config, NoTls};
use aspa_store_postgres::{Options, PostgresStore};
use aspa_store_sqlite::{SqliteSource, SqliteStore};
use aspa_testkit::libtest_mimic::{self, Arguments, Trial};
use aspa_ticket::{Command as Order, Ticket, TicketKey};
use aspa_types::{
    AccountId, AgentId, CustomerId, DeliveryId, EffectKey, HandleKey, Network, SystemId, Tag,
    TenantId,
};
use chrono::{DateTime, TimeDelta, Utc};
use tempfile::TempDir;

type Test = fn(Stage) -> Pin<Box<dyn Future<Output = ()>>>;

macro_rules! tests {
    ($($test:ident),* $(,)?) => {
        &[$((stringify!($test), |stage| Box::pin($test(stage)))),*]
    };
}

const TESTS: &[(&str, Test)] = tests![
    everything_is_there_and_a_desk_goes_on,
    a_target_that_holds_something_is_refused_and_left,
    a_copy_that_fails_in_the_middle_leaves_nothing,
    nobody_writes_to_the_file_meanwhile_and_it_stays_as_it_is,
    the_command_copies_and_says_what,
];

fn main() {
    let url = std::env::var("ASPA_POSTGRES_URL").ok();
    let url = url.filter(|url| !url.is_empty());
    let ignored = url.is_none();
    let trial = |&(name, test): &(&'static str, Test)| {
        let url = url.clone();
        let run = move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(test(Stage::new(name, &url.unwrap())));
            Ok(())
        };
        Trial::test(name, run).with_ignored_flag(ignored)
    };
    let trials = TESTS.iter().map(trial).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// A file, and a schema for its copy.
struct Stage {
    folder: TempDir,
    config: Config,
    schema: String,
}

impl Stage {
    fn new(name: &str, url: &str) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            config: url.parse().unwrap(),
            schema: format!("copy_{}_{}", std::process::id(), &name[..12]),
        }
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("desk.sqlite")
    }

    async fn target(&self) -> PostgresStore {
        let options = Options::default().schema(&self.schema).connections(4);
        PostgresStore::connect_with(self.config.clone(), NoTls, &options)
            .await
            .unwrap()
    }

    async fn copy(&self) -> Result<Sums, Error> {
        let source = SqliteSource::open(self.file())?;
        self.target().await.copy_from(source, |_| {}).await
    }
}

fn minute(minutes: i64) -> DateTime<Utc> {
    "2026-11-23T08:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minutes)
}

fn shop() -> AccountId {
    AccountId::new("shop").unwrap()
}

fn person(id: &str) -> HandleKey {
    HandleKey::new(Network::API, None, id).unwrap()
}

fn anna() -> AgentId {
    AgentId::new("anna").unwrap()
}

fn thread(id: &str) -> ConversationKey {
    ConversationKey::new(shop(), id).unwrap()
}

fn asks(id: &str, customer: &str, at: i64, text: &str) -> Event {
    let key = MessageKey::new(shop(), id).unwrap();
    let mut message = Message::new(key, thread(customer), Direction::Inbound);
    message.author = Some(person(customer));
    message.times = Times::vouched(minute(at));
    message.parts.push(Part::text(text));
    Event::new(shop(), EventKind::Message(Box::new(message)), Via::Poll)
}

/// A desk as it is in the `minutes`-th minute, whose account in memory has these events.
fn desk(store: impl Store, minutes: i64, events: Vec<Event>) -> Desk {
    let target = |clock, minutes| Target::new(clock, TimeDelta::minutes(minutes), Time::Calendar);
    let promise = Promise::new("soon", None)
        .target(target(ClockKind::FirstResponse, 10))
        .target(target(ClockKind::Resolution, 60));
    let channel = MemoryChannel::new(shop());
    events.into_iter().for_each(|event| channel.say(event));
    Desk::builder(store)
        .clock(ManualClock::new(minute(minutes)))
        .promise(promise)
        .channel(channel)
        .build()
        .unwrap()
}

/// Something of everything that a store keeps.
async fn fill(store: &SqliteStore) {
    let events = vec![
        asks("1", "matti", 0, "Where is it? 0401234567 \u{0}"),
        asks("2", "liisa", 1, "And mine? matti@example.fi"),
        asks("3", "matti", 2, &"long ".repeat(500)),
        asks(&"k".repeat(300), "aino", 3, "A message with a long name"),
    ];
    let now = desk(store.clone(), 5, events);
    now.poll(&shop()).await.unwrap();
    now.work().await.unwrap();
    let tickets = now.tickets(&TicketQuery::default()).await.unwrap();
    let ticket = tickets[0].ticket.id.clone();
    let agent = aspa_ticket::Actor::Us(Some(anna()));
    now.note(&ticket, "Asked the warehouse", None)
        .await
        .unwrap();
    let tag = Tag::new("delivery/late").unwrap();
    now.command(&ticket, Order::Tag { tag }, agent)
        .await
        .unwrap();
    let sent = now.reply(&ticket, Reply::answer("It comes")).await.unwrap();
    now.deliver().await.unwrap();
    assert!(now.effect(&sent).await.unwrap().0.state.has_landed());
    for ticket in &tickets[1..] {
        now.reply(&ticket.ticket.id, Reply::answer("One"))
            .await
            .unwrap();
        now.reply(&ticket.ticket.id, Reply::answer("Two"))
            .await
            .unwrap();
    }
    // What a worker had claimed when it died.
    let claim = Claim {
        now: minute(5),
        lease: TimeDelta::minutes(1),
        limit: 1,
    };
    assert_eq!(store.claim_outbox(claim).await.unwrap().len(), 1);
    now.add_pause(
        PauseScope::account(AccountId::new("other").unwrap()),
        None,
        None,
    )
    .await
    .unwrap();

    let part = store.tenant(&TenantId::default());
    let system = SystemId::new("crm").unwrap();
    let id = CustomerId::new(system.clone(), "10042").unwrap();
    let mut changes = Changes::default();
    changes.customers.push(
        Customer::new(id.clone(), CustomerKind::Person).with(Said::new(
            Field::Email,
            "matti@example.fi",
            system,
            minute(0),
        )),
    );
    changes
        .cursors
        .push(("crm".into(), Cursor("page \u{0} 2".to_owned())));
    part.commit(changes).await.unwrap();
    now.confirm_link(&person("liisa"), &id, anna())
        .await
        .unwrap();
    now.refuse_link(&person("aino"), &id, anna()).await.unwrap();

    let mut changes = Changes::default();
    let body = serde_json::json!({"days": 30, "why": "\u{0}"});
    let document = Document::new("retention", "messages", body);
    changes.documents.push(Versioned::new(document.clone()));
    let seen = AuditEntry::new(minute(4), Some(anna()), AuditAction::Viewed).about("api:liisa");
    changes.audit = vec![seen.clone(), seen];
    part.commit(changes).await.unwrap();
    let mut changes = Changes::default();
    changes.documents.push(Versioned {
        value: document,
        version: 1,
    });
    part.commit(changes).await.unwrap();

    // A ticket that is no more, and an effect of nobody's that nobody can tell of.
    let mut changes = Changes::default();
    let about = TicketKey {
        conversation: thread("gone"),
        customer: person("gone"),
    };
    let gone = Ticket::open(about, 1, minute(0));
    let name = gone.id.clone();
    changes.tickets.push(Versioned::new(TicketRow::new(gone)));
    let key = EffectKey::new("e-uncertain").unwrap();
    let kind = EffectKind::send("Hei", ReplyKind::Answer);
    let mut row = OutboxRow::queued(Effect::new(key.clone(), thread("u"), kind), None, minute(4));
    (row.state, row.attempts) = (OutboxState::Uncertain, 1);
    changes.outbox.push(Versioned::new(row));
    changes.attempts.push((key, Attempt::started(1, minute(4))));
    part.commit(changes).await.unwrap();
    let mut changes = Changes::default();
    changes.removed.push(Versioned {
        value: name,
        version: 1,
    });
    part.commit(changes).await.unwrap();

    // Another tenant, whose inbox waits, some of it claimed, some unknown, one delivery kept whole.
    let other = store.tenant(&TenantId::new("other").unwrap());
    let unknown = EventKind::Unknown(serde_json::json!({"type": "wave", "of": "\u{0}"}));
    let events = vec![
        Event::new(shop(), unknown, Via::Webhook),
        asks("4", "pekka", 4, "Hello"),
    ];
    let mut arrival = Arrival::new(minute(4), events);
    let delivery = DeliveryId::new("d-1").unwrap();
    arrival.delivery = Some(RawDelivery::new(
        "w".into(),
        delivery,
        minute(4),
        vec![0, 159, 1],
    ));
    other.commit(Changes::arrive(vec![arrival])).await.unwrap();
    let claimed = store.claim_inbox(claim).await.unwrap();
    let mut changes = Changes::default();
    changes.kept.push(claimed[0].seq);
    other.commit(changes).await.unwrap();
    assert_eq!(store.claim_inbox(claim).await.unwrap().len(), 1);
}

/// What both desks do when they go on.
async fn go_on(store: impl Store) {
    let acts = |customer: &str, act| {
        let kind = EventKind::action(thread(customer), person(customer), None, act);
        let mut event = Event::new(shop(), kind, Via::Poll);
        event.at = Some(minute(30));
        event
    };
    let events = vec![
        asks("1", "matti", 0, "Where is it? 0401234567 \u{0}"),
        asks(&"k".repeat(300), "aino", 3, "A message with a long name"),
        asks("5", "matti", 25, "Still nothing"),
        asks("6", "new", 26, "Hei"),
        acts("liisa", Act::resolve()),
    ];
    let desk = desk(store, 40, events);
    // Where the account was read to is known; the memory of this one begins anew.
    while desk.poll(&shop()).await.unwrap().more {}
    desk.work().await.unwrap();
    desk.tick().await.unwrap();
    desk.deliver().await.unwrap();
    let mut changes = Changes::default();
    let erased = AuditEntry::new(minute(41), None, AuditAction::Erased).about("api:liisa");
    changes.audit.push(erased);
    desk.store().commit(changes).await.unwrap();
    let wave = EffectKey::new("e-uncertain").unwrap();
    desk.settle_uncertain(&wave, false, None).await.unwrap();
    for row in desk.tickets(&TicketQuery::default()).await.unwrap() {
        let reply = Reply::answer(format!("About {}", row.ticket.key));
        desk.reply(&row.ticket.id, reply).await.unwrap();
    }
    desk.deliver().await.unwrap();
    assert_eq!(desk.rearm().await.unwrap(), 0);
}

/// All that can be asked of a store, in words.
async fn everything(store: &dyn Store) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let log = store.log(Position(0), 10_000).await.unwrap();
    all.insert("log".to_owned(), format!("{log:?}"));
    all.insert(
        "wakeup".to_owned(),
        format!("{:?}", store.next_wakeup().await.unwrap()),
    );
    for name in ["default", "other"] {
        let id = match name {
            "default" => TenantId::default(),
            _ => TenantId::new(name).unwrap(),
        };
        let part = store.tenant(&id);
        let mut put = |what: &str, text: String| all.insert(format!("{name} {what}"), text);
        let (mut query, mut wanted) = (TicketQuery::default(), Wanted::default());
        query.limit = 1000;
        let tickets = part.tickets(&query).await.unwrap();
        query.tags = [Tag::new("delivery").unwrap()].into();
        put(
            "tagged",
            format!("{:?}", part.tickets(&query).await.unwrap()),
        );
        for row in &tickets {
            wanted.tickets.insert(row.ticket.key.clone());
            wanted.histories.insert(row.ticket.key.clone());
            wanted.people.insert(row.ticket.key.customer.clone());
            wanted.handles.insert(row.ticket.key.customer.clone());
            for note in &row.ticket.notes {
                put(
                    &format!("note {note}"),
                    format!("{:?}", part.note(note).await.unwrap().map(|n| n.text)),
                );
            }
        }
        put("tickets", format!("{tickets:?}"));
        let messages = part.messages(None, 1000).await.unwrap();
        wanted
            .messages
            .extend(messages.iter().map(|m| m.key.clone()));
        let texts = messages.iter().flat_map(|m| &m.message).map(Message::text);
        put("texts", format!("{:?}", texts.collect::<Vec<_>>()));
        put("messages", format!("{messages:?}"));
        let effects = part.outbox(&OutboxQuery::default()).await.unwrap();
        for row in &effects {
            let key = &row.value.effect.key;
            let whole = part.effect(key).await.unwrap();
            put(
                &format!("effect {key}"),
                serde_json::to_string(&whole).unwrap(),
            );
        }
        put("outbox", format!("{effects:?}"));
        let loaded = part.load(&wanted).await.unwrap();
        let sorted = |map: BTreeMap<String, String>| format!("{map:?}");
        put(
            "rows",
            sorted(
                loaded
                    .messages
                    .iter()
                    .map(|(k, v)| (k.to_string(), format!("{v:?}")))
                    .collect(),
            ),
        );
        put(
            "versions",
            sorted(
                loaded
                    .tickets
                    .iter()
                    .map(|(k, v)| (k.to_string(), format!("{v:?}")))
                    .collect(),
            ),
        );
        put(
            "histories",
            sorted(
                loaded
                    .histories
                    .iter()
                    .map(|(k, v)| (k.to_string(), format!("{v:?}")))
                    .collect(),
            ),
        );
        put(
            "people",
            sorted(
                loaded
                    .people
                    .iter()
                    .map(|(k, v)| (k.to_string(), format!("{v:?}")))
                    .collect(),
            ),
        );
        put(
            "handles",
            sorted(
                loaded
                    .handles
                    .iter()
                    .map(|(k, v)| (k.to_string(), format!("{v:?}")))
                    .collect(),
            ),
        );
        let documents = part
            .privacy()
            .documents("retention", None, 100)
            .await
            .unwrap();
        put("documents", serde_json::to_string(&documents).unwrap());
        let mut about = AuditQuery::default();
        about.subject = Some("api:liisa".into());
        put(
            "audit",
            format!("{:?}", part.privacy().audit(&about).await.unwrap()),
        );
        put("pauses", format!("{:?}", part.pauses().await.unwrap()));
        put(
            "customers",
            format!("{:?}", part.customers(None, 1000).await.unwrap()),
        );
        put("kept", format!("{:?}", part.kept(0, 1000).await.unwrap()));
        put("backlog", format!("{:?}", part.backlog().await.unwrap()));
        for source in ["crm", "channel shop"] {
            put(
                source,
                format!("{:?}", part.cursor(source).await.unwrap().map(|c| c.0)),
            );
        }
    }
    all
}

fn same(file: &BTreeMap<String, String>, server: &BTreeMap<String, String>) {
    for (what, text) in file {
        assert!(Some(text) == server.get(what), "{what} differs");
    }
    assert_eq!(file.len(), server.len());
}

async fn everything_is_there_and_a_desk_goes_on(stage: Stage) {
    let file = SqliteStore::open(stage.file()).unwrap();
    fill(&file).await;
    let before = everything(&file).await;
    let sums = stage.copy().await.unwrap();
    for kind in COPIED {
        assert!(sums[kind].rows > 0, "the test has no {kind}");
    }
    let server = stage.target().await;
    same(&before, &everything(&server).await);
    assert_eq!(before, everything(&file).await, "the file is as it was");
    // Whatever was claimed can be claimed again, in the same order.
    let claim = Claim {
        now: minute(7),
        lease: TimeDelta::zero(),
        limit: 100,
    };
    let entries = file.claim_inbox(claim).await.unwrap();
    assert_eq!(entries, server.claim_inbox(claim).await.unwrap());
    assert_eq!(entries.len(), 1);
    // A known delivery and a known event stay known.
    for store in [&file as &dyn Store, &server] {
        let part = store.tenant(&TenantId::new("other").unwrap());
        let mut arrival = Arrival::new(minute(8), Vec::new());
        let delivery = DeliveryId::new("d-1").unwrap();
        arrival.delivery = Some(RawDelivery::new(
            "w".into(),
            delivery,
            minute(8),
            Vec::new(),
        ));
        let again = vec![asks("4", "pekka", 4, "Hello")];
        let changes = Changes::arrive(vec![arrival, Arrival::new(minute(8), again)]);
        let arrived = part.commit(changes).await.unwrap().arrivals;
        assert!(arrived[0].known_delivery);
        assert_eq!((arrived[1].new, arrived[1].repeated), (0, 1));
    }
    go_on(file.clone()).await;
    go_on(server.clone()).await;
    let (mut there, mut here) = (everything(&file).await, everything(&server).await);
    // Lanes are performed side by side: their entries come in any order, those of each in theirs.
    assert_eq!(
        there.remove("log").unwrap().len(),
        here.remove("log").unwrap().len()
    );
    same(&there, &here);
}

async fn a_target_that_holds_something_is_refused_and_left(stage: Stage) {
    fill(&SqliteStore::open(stage.file()).unwrap()).await;
    let server = stage.target().await;
    let events = vec![asks("1", "matti", 0, "Here first")];
    let arrive = Changes::arrive(vec![Arrival::new(minute(0), events)]);
    let part = server.tenant(&TenantId::default());
    part.commit(arrive).await.unwrap();
    let before = everything(&server).await;
    let error = stage.copy().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("empty schema"), "{error}");
    same(&before, &everything(&server).await);
}

/// A source that loses its way, or gives another row than it says.
struct Lossy {
    inner: SqliteSource,
    fails: bool,
}

impl Source for Lossy {
    fn counts(&mut self) -> Result<BTreeMap<&'static str, u64>, Error> {
        self.inner.counts()
    }

    fn read(&mut self, take: &mut dyn FnMut(Page) -> bool) -> Result<Sums, Error> {
        let fails = self.fails;
        let mut left_out = false;
        let sums = self.inner.read(&mut |mut page| {
            if let Rows::Written(changes) = &mut page.rows
                && !fails
                && !left_out
            {
                left_out = changes.messages.pop().is_some();
            }
            take(page)
        })?;
        match self.fails {
            true => Err(Error::new(ErrorKind::Unavailable, "copy")),
            false => Ok(sums),
        }
    }
}

async fn a_copy_that_fails_in_the_middle_leaves_nothing(stage: Stage) {
    fill(&SqliteStore::open(stage.file()).unwrap()).await;
    let server = stage.target().await;
    for (fails, kind) in [(true, ErrorKind::Unavailable), (false, ErrorKind::Corrupt)] {
        let inner = SqliteSource::open(stage.file()).unwrap();
        let source = Lossy { inner, fails };
        let error = server.copy_from(source, |_| {}).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
    }
    // Nothing is left of either: the next one finds an empty schema.
    stage.copy().await.unwrap();
    let again = stage.copy().await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Invalid);
}

async fn nobody_writes_to_the_file_meanwhile_and_it_stays_as_it_is(stage: Stage) {
    fill(&SqliteStore::open(stage.file()).unwrap()).await;
    let bytes = std::fs::read(stage.file()).unwrap();
    let options = aspa_store_sqlite::Options::default();
    let options = options.busy_timeout(std::time::Duration::from_millis(10));
    let busy = SqliteStore::open_with(stage.file(), &options).unwrap();
    let source = SqliteSource::open(stage.file()).unwrap();
    let arrive = || {
        let events = vec![asks("9", "matti", 9, "Just now")];
        Changes::arrive(vec![Arrival::new(minute(9), events)])
    };
    let part = busy.tenant(&TenantId::default());
    let error = part.commit(arrive()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    stage
        .target()
        .await
        .copy_from(source, |_| {})
        .await
        .unwrap();
    part.commit(arrive()).await.unwrap();
    drop((part, busy));
    what_is_no_desk_is_refused(&stage.folder.path().join("none.sqlite"));

    // Read alone, not a byte of it changes.
    let other = stage.folder.path().join("other.sqlite");
    std::fs::write(&other, &bytes).unwrap();
    let mut source = SqliteSource::open(&other).unwrap();
    source.read(&mut |_| true).unwrap();
    drop(source);
    assert!(
        std::fs::read(&other).unwrap() == bytes,
        "the file has changed"
    );
}

fn what_is_no_desk_is_refused(none: &Path) {
    let error = SqliteSource::open(none).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(!none.exists(), "looking makes no file");
    rusqlite::Connection::open(none)
        .unwrap()
        .execute_batch("CREATE TABLE theirs (x)")
        .unwrap();
    let error = SqliteSource::open(none).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

async fn the_command_copies_and_says_what(stage: Stage) {
    fill(&SqliteStore::open(stage.file()).unwrap()).await;
    let run = |from: &Path| {
        let output = Command::new(env!("CARGO_BIN_EXE_to-postgres"))
            .arg("--from")
            .arg(from)
            .args(["--schema", &stage.schema])
            .output()
            .unwrap();
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8(told).unwrap();
        (output.status.success(), told)
    };
    let (well, told) = run(&stage.file());
    assert!(well && told.contains("the same on both sides"), "{told}");
    assert!(COPIED.iter().all(|kind| told.contains(kind)), "{told}");
    let (well, told) = run(&stage.file());
    assert!(!well && told.contains("nothing was copied"), "{told}");
    let (well, told) = run(Path::new("/nowhere.sqlite"));
    assert!(!well && told.contains("there is no file"), "{told}");
}
