//! What only a server can show: writers and claims that meet, connections that break, text that is
//! odd. Without `ASPA_POSTGRES_URL` every case is reported as ignored.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test, which clippy cannot see without the harness"
)]

mod common;

use std::collections::BTreeSet;
use std::pin::Pin;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use aspa_channel::{
    ConversationKey, Cursor, Direction, Effect, EffectKind, Event, EventKind, Handle, Message,
    MessageKey, Via,
};
use aspa_store::{
    Arrival, Changes, Claim, ErrorKind, MessageRecord, Note, OutboxRow, Position, RawDelivery,
    Store, TenantStore, TicketQuery, TicketRow, TicketSort, Versioned, Wanted,
};
use aspa_store_postgres::tokio_postgres::{Client, NoTls};
use aspa_store_postgres::{Options, Pool, PostgresStore};
use aspa_testkit::libtest_mimic::{self, Arguments, Trial};
use aspa_ticket::{Ticket, TicketKey};
use aspa_types::{AccountId, DeliveryId, EffectKey, HandleKey, Network, TenantId};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::{sleep, timeout};

use common::{Server, ignored_without};

type Test = fn(Stage) -> Pin<Box<dyn Future<Output = ()> + Send>>;

macro_rules! tests {
    ($($test:ident),* $(,)?) => {
        &[$((stringify!($test), |stage| Box::pin($test(stage)))),*]
    };
}

const TESTS: &[(&str, Test)] = tests![
    a_slow_writer_holds_back_what_is_above_it,
    a_claim_passes_over_what_another_holds,
    a_lane_is_numbered_in_the_order_of_commits,
    a_deadlock_is_tried_again,
    a_lost_connection_heals,
    whatever_is_cut_is_away_and_nothing_else,
    a_commit_whose_answer_was_lost_is_known,
    a_pool_of_the_hosts_serves,
    many_start_at_once,
    a_newer_schema_is_refused,
    another_process_is_woken,
    any_text_is_kept,
    errors_tell_no_secrets,
    worker_processes_take_nothing_twice,
    lists_and_claims_need_no_whole_table,
    messages_without_a_place_are_read_in_order,
];

fn main() {
    if std::env::var_os(WORKER).is_some() {
        on_runtime(work());
        return;
    }
    let server = Server::from_environment();
    let trial = |&(name, test): &(&'static str, Test)| {
        let server = server.clone();
        Trial::test(name, move || {
            let server = server.unwrap();
            on_runtime(async move {
                let stage = Stage::new(server).await;
                let done = timeout(Duration::from_secs(300), test(stage)).await;
                done.expect("an end within five minutes");
            });
            Ok(())
        })
    };
    let trials = ignored_without(server.as_ref(), TESTS.iter().map(trial).collect());
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn on_runtime(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(work);
}

/// A store in a schema of its own, and a connection past it.
struct Stage {
    server: Server,
    schema: String,
    store: PostgresStore,
    tenant: Arc<dyn TenantStore>,
    raw: Client,
}

impl Stage {
    async fn new(server: Server) -> Self {
        let schema = server.new_schema();
        let store = server.open(&schema).await.unwrap();
        let tenant = store.tenant(&TenantId::default());
        let (raw, connection) = server.config.connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        Self {
            server,
            schema,
            store,
            tenant,
            raw,
        }
    }

    /// Runs SQL on the other connection, `@.` standing for the schema.
    async fn sql(&self, sql: &str) {
        let sql = sql.replace("@.", &format!("{}.", self.schema));
        self.raw.batch_execute(&sql).await.unwrap();
    }

    async fn number(&self, sql: &str) -> i64 {
        let sql = sql.replace("@.", &format!("{}.", self.schema));
        self.raw.query_one(&sql, &[]).await.unwrap().get(0)
    }

    /// Begins a commit that writes everything else and then waits at a cursor until the other
    /// connection's transaction has ended.
    async fn stuck(
        &self,
        mut changes: Changes,
    ) -> tokio::task::JoinHandle<Result<aspa_store::Committed, aspa_store::Error>> {
        self.tenant.commit(cursor("gate", "open")).await.unwrap();
        self.sql("BEGIN; UPDATE @.cursors SET cursor = cursor")
            .await;
        changes.cursors.extend(cursor("gate", "shut").cursors);
        let tenant = Arc::clone(&self.tenant);
        let stuck = tokio::spawn(async move { tenant.commit(changes).await });
        let waiting = "SELECT count(*) FROM pg_stat_clear_snapshot(), pg_stat_activity WHERE wait_event_type = 'Lock'
                       AND query LIKE '%cursors%' AND query LIKE '%@.%'";
        for _ in 0..200 {
            if self.number(waiting).await > 0 {
                return stuck;
            }
            sleep(Duration::from_millis(20)).await;
        }
        panic!("the commit does not wait");
    }
}

fn now() -> DateTime<Utc> {
    "2026-11-23T08:00:00Z".parse().unwrap()
}

fn claim(limit: usize) -> Claim {
    Claim {
        now: now(),
        lease: TimeDelta::seconds(60),
        limit,
    }
}

fn account() -> AccountId {
    AccountId::new("shop").unwrap()
}

fn conversation(id: &str) -> ConversationKey {
    ConversationKey::new(account(), id).unwrap()
}

fn about(id: &str) -> TicketKey {
    TicketKey {
        conversation: conversation(id),
        customer: HandleKey::new(Network::X, None, id).unwrap(),
    }
}

fn cursor(source: &str, at: &str) -> Changes {
    let mut changes = Changes::default();
    changes.cursors.push((source.into(), Cursor(at.to_owned())));
    changes
}

/// A new ticket and the first entry of its history.
fn history(key: &str) -> Changes {
    let mut changes = Changes::default();
    let row = TicketRow::new(Ticket::open(about(key), 1, now()));
    changes.tickets.push(Versioned::new(row));
    let message = MessageKey::new(account(), key).unwrap();
    let kind = aspa_ticket::EventKind::received(message);
    let event = aspa_ticket::Event::new(now(), aspa_ticket::Actor::Customer, kind);
    changes.history.push((about(key), event));
    changes
}

fn effect(key: &str, lane: &str) -> Changes {
    let mut changes = Changes::default();
    let kind = EffectKind::Unknown(serde_json::json!({"type": "wave"}));
    let effect = Effect::new(EffectKey::new(key).unwrap(), conversation(lane), kind);
    changes
        .outbox
        .push(Versioned::new(OutboxRow::queued(effect, None, now())));
    changes
}

fn events(numbers: std::ops::Range<u64>) -> Changes {
    let event = |number: u64| {
        let kind = EventKind::Unknown(serde_json::json!({"type": "wave", "number": number}));
        Event::new(account(), kind, Via::Poll)
    };
    Changes::arrive(vec![Arrival::new(now(), numbers.map(event).collect())])
}

async fn told(store: &PostgresStore) -> Vec<String> {
    let log = store.log(Position::default(), 100).await.unwrap();
    let key = |entry: &aspa_store::Recorded| entry.about.conversation.id.to_string();
    log.iter().map(key).collect()
}

async fn a_slow_writer_holds_back_what_is_above_it(stage: Stage) {
    stage.tenant.commit(history("before")).await.unwrap();
    let slow = stage.stuck(history("slow")).await;
    let quick = timeout(
        Duration::from_secs(10),
        stage.tenant.commit(history("quick")),
    );
    quick
        .await
        .expect("writers do not wait for each other")
        .unwrap();
    assert_eq!(told(&stage.store).await, ["before"]);
    let mut wanted = Wanted::default();
    wanted.histories.insert(about("quick"));
    let loaded = stage.tenant.load(&wanted).await.unwrap();
    assert_eq!(loaded.histories[&about("quick")].len(), 1);
    stage.sql("COMMIT").await;
    slow.await.unwrap().unwrap();
    assert_eq!(told(&stage.store).await, ["before", "slow", "quick"]);
}

async fn a_claim_passes_over_what_another_holds(stage: Stage) {
    stage.tenant.commit(events(0..3)).await.unwrap();
    for (key, lane) in [("a", "1"), ("b", "2"), ("c", "1")] {
        stage.tenant.commit(effect(key, lane)).await.unwrap();
    }
    let first = "(SELECT min(seq) FROM @.inbox)";
    let held = format!("BEGIN; SELECT * FROM @.inbox WHERE seq = {first} FOR UPDATE");
    stage.sql(&held).await;
    stage
        .sql("SELECT * FROM @.outbox WHERE key = 'a' FOR UPDATE")
        .await;
    let soon = Duration::from_secs(10);
    let entries = timeout(soon, stage.store.claim_inbox(claim(10))).await;
    assert_eq!(entries.expect("a claim waits for nobody").unwrap().len(), 2);
    let effects = timeout(soon, stage.store.claim_outbox(claim(10))).await;
    let effects = effects.expect("a claim waits for nobody").unwrap();
    let keys: Vec<_> = effects
        .iter()
        .map(|e| e.row.value.effect.key.as_str())
        .collect();
    assert_eq!(keys, ["b"], "what is behind a held effect waits with it");
    stage.sql("COMMIT").await;
    assert_eq!(stage.store.claim_inbox(claim(10)).await.unwrap().len(), 1);
    let effects = stage.store.claim_outbox(claim(10)).await.unwrap();
    assert_eq!(effects[0].row.value.effect.key.as_str(), "a");
}

async fn a_lane_is_numbered_in_the_order_of_commits(stage: Stage) {
    let first = stage.stuck(effect("first", "lane")).await;
    let tenant = Arc::clone(&stage.tenant);
    let second = tokio::spawn(async move { tenant.commit(effect("second", "lane")).await });
    let elsewhere = stage.tenant.commit(effect("elsewhere", "other lane"));
    let elsewhere = timeout(Duration::from_secs(10), elsewhere).await;
    elsewhere.expect("other lanes do not wait").unwrap();
    sleep(Duration::from_millis(200)).await;
    assert!(
        !second.is_finished(),
        "it would be claimed before the first"
    );
    stage.sql("COMMIT").await;
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    let order = "SELECT count(*) FROM @.outbox AS a JOIN @.outbox AS b ON a.seq < b.seq
                 WHERE a.key = 'first' AND b.key = 'second'";
    assert_eq!(stage.number(order).await, 1);
}

async fn a_deadlock_is_tried_again(stage: Stage) {
    let mut changes = Changes::default();
    let note = Note::new(
        "n".into(),
        about("t"),
        None,
        now(),
        "She called.".to_owned(),
    );
    changes.notes.push(note);
    let stuck = stage.stuck(changes).await;
    // Both wait for each other from now on; this one has more patience than the server's second.
    stage.sql("SET LOCAL deadlock_timeout = '60s'").await;
    stage
        .sql("INSERT INTO @.notes (tenant, id_digest, note) SELECT tenant, id_digest, 'x' FROM @.cursors,
              LATERAL (SELECT decode(substr(encode(sha256(int8send(1) || 'n'), 'hex'), 1, 32), 'hex') AS id_digest) AS d
              LIMIT 1; ROLLBACK")
        .await;
    stuck.await.unwrap().unwrap();
    assert!(stage.tenant.note(&"n".into()).await.unwrap().is_some());
    let cursor = stage.tenant.cursor("gate").await.unwrap();
    assert_eq!(cursor, Some(Cursor("shut".to_owned())));
}

async fn a_lost_connection_heals(stage: Stage) {
    let stuck = stage.stuck(history("lost")).await;
    let end =
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_clear_snapshot(), pg_stat_activity
               WHERE application_name = 'aspa' AND query LIKE '%@.%'";
    assert!(stage.number(end).await > 0);
    // Tried again on another connection, it waits again.
    stage.sql("COMMIT").await;
    stuck.await.unwrap().unwrap();
    assert_eq!(told(&stage.store).await, ["lost"]);
}

/// Calls that are given up at any moment and connections that end at any moment: whoever still asks is
/// answered, or told that the server is away.
async fn whatever_is_cut_is_away_and_nothing_else(stage: Stage) {
    // Named, so that connections can be ended that have not asked anything yet.
    let mut config = stage.server.config.clone();
    config.application_name(&stage.schema);
    let options = Options::default().schema(&stage.schema).connections(4);
    let store = PostgresStore::connect_with(config, NoTls, &options);
    let store = store.await.unwrap();
    let calls = |asker: u64| {
        let tenant = store.tenant(&TenantId::default());
        let store = store.clone();
        tokio::spawn(async move {
            let mut random = asker + 1;
            let mut failures = Vec::new();
            for call in 0..400 {
                random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let patience = match random >> 60 {
                    0..8 => Duration::from_micros(random >> 32 & 0xfff),
                    _ => Duration::from_secs(30),
                };
                let key = format!("{asker}-{call}");
                let asked = async {
                    match random >> 40 & 3 {
                        0 => tenant.commit(history(&key)).await.map(drop),
                        1 => store.claim_inbox(claim(5)).await.map(drop),
                        2 => tenant.commit(cursor(&key, "1")).await.map(drop),
                        _ => {
                            let mut wanted = Wanted::default();
                            wanted.tickets.insert(about(&key));
                            wanted.histories.insert(about(&key));
                            wanted.handles.insert(about(&key).customer);
                            tenant.load(&wanted).await.map(drop)
                        }
                    }
                };
                if let Ok(Err(error)) = timeout(patience, asked).await {
                    failures.push(error);
                }
            }
            failures
        })
    };
    let asking: Vec<_> = (0..8).map(calls).collect();
    let end = format!(
        "SELECT count(pg_terminate_backend(pid)) FROM (
             SELECT pid FROM pg_stat_clear_snapshot(), pg_stat_activity
             WHERE application_name = '{}' ORDER BY backend_start DESC LIMIT 1) AS latest",
        stage.schema
    );
    let mut ended = 0;
    while !asking.iter().all(tokio::task::JoinHandle::is_finished) {
        ended += stage.number(&end).await;
        sleep(Duration::from_millis(5)).await;
    }
    for asked in asking {
        for error in asked.await.unwrap() {
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
        }
    }
    assert!(ended > 20, "{ended} connections ended");
}

/// The server waits for a standby that does not exist after it has committed, and is ended there.
/// `.ci/postgres` names such a standby; only who asks for it waits.
async fn a_commit_whose_answer_was_lost_is_known(stage: Stage) {
    let standby = "SELECT length(current_setting('synchronous_standby_names'))::bigint";
    if stage.number(standby).await == 0 {
        println!("not tried: the server has no name of a standby");
        return;
    }
    stage.tenant.commit(history("before")).await.unwrap();
    let mut config = stage.server.config.clone();
    config.options("-c synchronous_commit=on");
    let options = Options::default().schema(&stage.schema);
    let careful = PostgresStore::connect_with(config, NoTls, &options);
    let careful = careful.await.unwrap().tenant(&TenantId::default());
    let commit = tokio::spawn(async move { careful.commit(history("lost")).await });
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE wait_event = 'SyncRep' AND application_name = 'aspa'";
    while stage.number(end).await == 0 {
        sleep(Duration::from_millis(20)).await;
    }
    commit
        .await
        .unwrap()
        .expect("it was committed before it was ended");
    assert_eq!(told(&stage.store).await, ["before", "lost"]);
}

async fn a_pool_of_the_hosts_serves(stage: Stage) {
    let manager = deadpool_postgres::Manager::new(stage.server.config.clone(), NoTls);
    let pool = Pool::builder(manager).max_size(2).build().unwrap();
    let options = Options::default().schema(&stage.schema);
    let store = PostgresStore::over(pool.clone(), &options).await.unwrap();
    // Whatever the host does with its connections.
    let client = pool.get().await.unwrap();
    client
        .batch_execute("SET search_path = pg_catalog")
        .await
        .unwrap();
    drop(client);
    let tenant = store.tenant(&TenantId::default());
    let changed = store.changed();
    tenant.commit(history("h")).await.unwrap();
    timeout(Duration::from_secs(5), changed)
        .await
        .expect("what is done here is heard here");
    assert_eq!(told(&stage.store).await, ["h"]);
    pool.close();
    let error = tenant.backlog().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Other, "{error:?}");
}

async fn many_start_at_once(stage: Stage) {
    let schema = stage.server.new_schema();
    let start = |_| {
        let (server, schema) = (stage.server.clone(), schema.clone());
        tokio::spawn(async move { server.open(&schema).await.map(drop) })
    };
    let starting: Vec<_> = (0..6).map(start).collect();
    for started in starting {
        started.await.unwrap().unwrap();
    }
}

async fn a_newer_schema_is_refused(stage: Stage) {
    stage.sql("INSERT INTO @.form (number) VALUES (99)").await;
    let error = stage.server.open(&stage.schema).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(format!("{error:?}").contains("99"), "{error:?}");
    // Who was there before goes on.
    stage.tenant.commit(events(0..1)).await.unwrap();
}

async fn another_process_is_woken(stage: Stage) {
    let other = stage.server.open(&stage.schema).await.unwrap();
    // Until it listens.
    let _ = timeout(Duration::from_secs(5), other.changed()).await;
    sleep(Duration::from_millis(300)).await;
    for number in 0..3 {
        let woken = other.changed();
        stage
            .tenant
            .commit(events(number..number + 1))
            .await
            .unwrap();
        timeout(Duration::from_secs(5), woken)
            .await
            .expect("it is woken");
        sleep(Duration::from_millis(50)).await;
    }
    let quiet = timeout(Duration::from_millis(300), other.changed()).await;
    assert!(quiet.is_err(), "nothing was committed since");
}

async fn any_text_is_kept(stage: Stage) {
    let odd = "a\0b\u{1}\u{10FFFF}'\"\\";
    let long = "å%".repeat(300);
    let mut changes = Changes::default();
    let delivery = |id: &str| {
        let id = DeliveryId::new(id).unwrap();
        RawDelivery::new(odd.into(), id, now(), b"\0\xff".to_vec())
    };
    let mut arrival = Arrival::new(now(), Vec::new());
    arrival.delivery = Some(delivery("d"));
    arrival.cursor = Some((odd.into(), Cursor(odd.to_owned())));
    changes.arrivals.extend([arrival.clone(), arrival]);
    let note = Note::new(odd.into(), about("t"), None, now(), odd.to_owned());
    changes.notes.push(note.clone());
    let handle = HandleKey::new(Network::X, Some(&long), &long).unwrap();
    changes
        .handles
        .push(Versioned::new(Handle::new(handle.clone())));
    let message = MessageKey::new(AccountId::new(&*long).unwrap(), &long).unwrap();
    let mut record = MessageRecord::new(message.clone());
    record.awaits = Some(message.clone());
    changes.messages.push(Versioned::new(record));
    let mut ticket = Ticket::open(
        TicketKey {
            conversation: ConversationKey::new(message.account.clone(), &long).unwrap(),
            customer: handle.clone(),
        },
        1,
        now(),
    );
    ticket.category = odd.into();
    changes
        .tickets
        .push(Versioned::new(TicketRow::new(ticket.clone())));
    let committed = stage.tenant.commit(changes).await.unwrap();
    let known: Vec<_> = committed
        .arrivals
        .iter()
        .map(|a| a.known_delivery)
        .collect();
    assert_eq!(known, [false, true]);
    let cursor = stage.tenant.cursor(odd).await.unwrap();
    assert_eq!(cursor, Some(Cursor(odd.to_owned())));
    assert_eq!(stage.tenant.note(&odd.into()).await.unwrap(), Some(note));
    let mut wanted = Wanted::default();
    wanted.handles.insert(handle.clone());
    wanted.awaiting.insert(message.clone());
    wanted.tickets.insert(ticket.key.clone());
    let loaded = stage.tenant.load(&wanted).await.unwrap();
    assert!(loaded.handles.contains_key(&handle));
    assert_eq!(loaded.awaiting[&message], std::slice::from_ref(&message));
    assert_eq!(loaded.tickets[&ticket.key][0].value, ticket);
    let mut query = TicketQuery::default();
    query.categories = [odd.into()].into();
    query.handle = Some(handle);
    assert_eq!(stage.tenant.tickets(&query).await.unwrap().len(), 1);
}

async fn errors_tell_no_secrets(stage: Stage) {
    let secret = "hunter2";
    for url in [
        format!("postgres://u:{secret}@[::1/x"),
        format!("password={secret} port=1 nonsense"),
        format!("host=127.0.0.1 port=1 user=u password={secret}"),
    ] {
        let error = PostgresStore::connect(&url).await.unwrap_err();
        let unavailable = url.starts_with("host");
        let kind = if unavailable {
            ErrorKind::Unavailable
        } else {
            ErrorKind::Invalid
        };
        assert_eq!(error.kind(), kind, "{error:?}");
        assert!(!format!("{error:?} {error}").contains(secret), "{error:?}");
    }
    let mut config = stage.server.config.clone();
    config.dbname("no_such_database").password(secret);
    let error = PostgresStore::connect_with(config, NoTls, &Options::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error:?}");
    let injected = Options::default().schema("x; DROP SCHEMA public");
    let refused = PostgresStore::connect_with(stage.server.config.clone(), NoTls, &injected).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Invalid);
    // A check that fails on a row quotes the row.
    stage
        .sql("ALTER TABLE @.notes ADD CHECK (length(note) < 10)")
        .await;
    let mut changes = Changes::default();
    let note = Note::new("n".into(), about("t"), None, now(), secret.to_owned());
    changes.notes.push(note);
    let error = stage.tenant.commit(changes).await.unwrap_err();
    let shown = format!("{error:?} {error} {:?}", stage.store);
    assert!(
        shown.contains("23514") && !shown.contains(secret),
        "{shown}"
    );
}

/// Tells this program to work on the schema of this name.
const WORKER: &str = "ASPA_POSTGRES_WORKER";

/// A worker process: takes what there is until nothing comes any more, and says what it took.
async fn work() {
    let server = Server::from_environment().unwrap();
    let store = server.open(&std::env::var(WORKER).unwrap()).await.unwrap();
    let tenant = store.tenant(&TenantId::default());
    let (mut taken, mut effects) = (Vec::new(), Vec::new());
    loop {
        let entries = store.claim_inbox(claim(50)).await.unwrap();
        let claimed = store.claim_outbox(claim(20)).await.unwrap();
        if entries.is_empty() && claimed.is_empty() {
            break;
        }
        let mut changes = Changes::default();
        changes.processed = entries.iter().map(|entry| entry.seq).collect();
        for mut effect in claimed {
            effect.row.value.state = aspa_store::OutboxState::Accepted;
            effects.push(effect.row.value.effect.key.to_string());
            changes.outbox.push(effect.row);
        }
        taken.extend(changes.processed.clone());
        tenant.commit(changes).await.unwrap();
    }
    for seq in taken {
        println!("entry {seq}");
    }
    for key in effects {
        println!("effect {key}");
    }
}

/// `ASPA_WORKERS` processes take `ASPA_ROWS` entries and a tenth as many effects.
async fn worker_processes_take_nothing_twice(stage: Stage) {
    let figure = |name: &str, usual: u64| {
        let given = std::env::var(name)
            .ok()
            .map(|figure| figure.parse().unwrap());
        given.unwrap_or(usual)
    };
    let (workers, rows) = (figure("ASPA_WORKERS", 4), figure("ASPA_ROWS", 2_000));
    for from in (0..rows).step_by(1_000) {
        let mut changes = events(from..rows.min(from + 1_000));
        for number in (from..rows.min(from + 1_000)).step_by(10) {
            let queued = effect(&format!("e-{number}"), &format!("lane-{}", number / 40));
            changes.outbox.extend(queued.outbox);
        }
        stage.tenant.commit(changes).await.unwrap();
    }
    let program = std::env::current_exe().unwrap();
    let began = std::time::Instant::now();
    let start = |_| {
        let worker = Command::new(&program)
            .env(WORKER, &stage.schema)
            .stdout(std::process::Stdio::piped())
            .spawn();
        worker.unwrap()
    };
    let running: Vec<_> = (0..workers).map(start).collect();
    let ended = tokio::task::spawn_blocking(|| {
        let end = |worker: std::process::Child| worker.wait_with_output().unwrap();
        running.into_iter().map(end).collect::<Vec<_>>()
    });
    let (mut all, mut shares) = (Vec::new(), Vec::new());
    for output in ended.await.unwrap() {
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        shares.push(text.lines().count());
        all.extend(text.lines().map(str::to_owned));
    }
    let took = began.elapsed().as_secs_f64();
    let different: BTreeSet<&String> = all.iter().collect();
    let expected = usize::try_from(rows + rows.div_ceil(10)).unwrap();
    println!(
        "{workers} workers took {shares:?} of {expected} rows in {took:.2} s, from their start"
    );
    assert_eq!((all.len(), different.len()), (expected, expected));
    assert_eq!(stage.tenant.backlog().await.unwrap(), 0);
}

/// With 100,000 tickets, none of these reads a whole table.
async fn lists_and_claims_need_no_whole_table(stage: Stage) {
    stage.tenant.commit(history("first")).await.unwrap();
    stage.tenant.commit(events(0..10)).await.unwrap();
    stage
        .sql(
            "INSERT INTO @.tickets (tenant, id, version, about_digest, customer_digest, account, ordinal,
                 category, active, assignee, place, wake, ticket, clocks)
             SELECT tenant, 'x-' || n, 1, sha256(int8send(n)), sha256(int8send(n % 50000)), 'shop-' || n % 5, 1,
                 (ARRAY['new', 'open', 'closed', 'closed'])[1 + n % 4], n % 4 < 2,
                 CASE WHEN n % 3 = 0 THEN 'agent-' || n % 100 END, n::bigint * 1000000000, n::bigint * 1000000000, ticket, NULL
             FROM @.tickets, generate_series(1, 100000) AS n;
             UPDATE @.tickets SET clocks = '{\"breach_at\":null,\"timers\":[]}';
             INSERT INTO @.ticket_tags (tenant, tag, place, ticket)
             SELECT tenant, CASE WHEN n % 100 = 0 THEN 'rare' ELSE 'often' END, place, id
             FROM @.tickets, generate_series(1, 1) CROSS JOIN LATERAL (SELECT (place / 1000000000) AS n) AS m
             WHERE id LIKE 'x-%' AND (n % 100 = 0 OR n % 3 = 1);
             INSERT INTO @.inbox (tenant, received_at, event)
             SELECT tenant, received_at, event FROM @.inbox, generate_series(1, 10000);
             ANALYZE @.inbox;",
        )
        .await;
    stage.sql("VACUUM ANALYZE @.tickets").await;
    stage.sql("VACUUM ANALYZE @.ticket_tags").await;
    let scans = "SELECT coalesce(sum(seq_tup_read), 0)::bigint FROM pg_stat_user_tables
                 WHERE schemaname || '.' = '@.' AND relname IN ('tickets', 'ticket_tags', 'inbox', 'outbox', 'log')";
    stage.sql("SELECT pg_stat_force_next_flush()").await;
    sleep(Duration::from_millis(1_500)).await;
    let before = stage.number(scans).await;
    let fresh = stage.server.open(&stage.schema).await.unwrap();
    let tenant = fresh.tenant(&TenantId::default());
    let mut active = TicketQuery::default();
    (active.active, active.sort, active.limit) = (true, TicketSort::Breach, 50);
    type Narrow = fn(&mut TicketQuery);
    let narrow: [(&str, Narrow); 7] = [
        ("all", |_| {}),
        ("category", |q| q.categories = ["open".into()].into()),
        ("person", |q| q.assignee = Some("agent-21".parse().unwrap())),
        ("rare tag", |q| q.tags = ["rare".parse().unwrap()].into()),
        ("frequent tag", |q| {
            q.tags = ["often".parse().unwrap()].into()
        }),
        ("account", |q| q.account = Some("shop-3".parse().unwrap())),
        ("state, tag and person", |q| {
            q.categories = ["new".into()].into();
            q.tags = ["rare".parse().unwrap()].into();
            q.assignee = Some("agent-0".parse().unwrap());
        }),
    ];
    for (name, narrow) in narrow {
        let mut query = active.clone();
        narrow(&mut query);
        for after in [None, Some("breach.50000000000000.x-50000".parse().unwrap())] {
            query.after = after;
            let began = std::time::Instant::now();
            let rows = tenant.tickets(&query).await.unwrap();
            let took = began.elapsed();
            println!(
                "{name}, from {:?}: {} rows in {took:?}",
                query.after,
                rows.len()
            );
            assert!(!rows.is_empty(), "{name}");
        }
    }
    fresh
        .claim_timers(Claim {
            now: DateTime::from_timestamp(50, 0).unwrap(),
            ..claim(20)
        })
        .await
        .unwrap();
    fresh.next_wakeup().await.unwrap();
    fresh.claim_outbox(claim(10)).await.unwrap();
    assert_eq!(fresh.claim_inbox(claim(100)).await.unwrap().len(), 100);
    assert_eq!(fresh.log(Position::default(), 10).await.unwrap().len(), 1);
    tenant.ticket(&"x-7".parse().unwrap()).await.unwrap();
    drop((fresh, tenant));
    // Connections that end tell the server what they read.
    sleep(Duration::from_millis(1_500)).await;
    let read = stage.number(scans).await - before;
    assert!(read < 1_000, "{read} rows were read from whole tables");
}

/// Messages of before messages had a place, and those that a worker of that version still writes.
async fn messages_without_a_place_are_read_in_order(stage: Stage) {
    let mut changes = Changes::default();
    for id in ["b", "a", "c"] {
        let mut record = MessageRecord::new(MessageKey::new(account(), id).unwrap());
        let mut message = Message::new(record.key.clone(), conversation("c"), Direction::Inbound);
        message.times.received = Some(now());
        record.message = Some(message);
        changes.messages.push(Versioned::new(record));
    }
    stage.tenant.commit(changes).await.unwrap();
    stage
        .sql("UPDATE @.messages SET at = NULL, source = NULL WHERE id <> 'c'")
        .await;
    let read = stage.tenant.conversation(&conversation("c"), None, 2).await;
    let ids: Vec<_> = read.unwrap().into_iter().map(|r| r.key.id).collect();
    assert_eq!(ids, ["b".into(), "c".into()]);
    let unplaced = "SELECT count(*) FROM @.messages WHERE at IS NULL";
    assert_eq!(stage.number(unplaced).await, 0);
}
