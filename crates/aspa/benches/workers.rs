//! How many events a second several worker processes decide on one PostgreSQL server, each with the whole
//! desk: claim, load, decide, commit with clocks and links; then the effects and the timers. Every
//! taking of a row is noted, and none may be noted twice. Beside it, in the same run, plain inserts of
//! the rows that came of it: COPY, and a prepared INSERT for each row.
//!
//! ```text
//! ASPA_EVENTS=1000000 .ci/postgres cargo bench -p aspa --bench workers
//! ```
//!
//! `ASPA_EVENTS` (100,000), `ASPA_WORKERS` (4) and `ASPA_TENANTS` (1) say how much; without
//! `ASPA_POSTGRES_URL` it does nothing. `ASPA_POSTGRES_OPTIONS` goes to the server that `.ci/postgres` starts.
#![expect(clippy::unwrap_used, reason = "a bench")]

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aspa::channel::{
    Capabilities, Channel, ConversationKey, Effect, EffectKind, EffectName, Receipt, ReplyKind,
    Support,
};
use aspa::channel_archive::Archive;
use aspa::crm_csv::{CsvSource, Mapping};
use aspa::desk::{Desk, DeskBuilder, ManualClock};
use aspa::hours::Hours;
use aspa::sla::Promise;
use aspa::store::{
    Arrival, Changes, Claim, ClaimedEffect, DueTimer, Error, InboxEntry, OutboxRow, Store,
    TenantStore, Versioned,
};
use aspa::store_postgres::tokio_postgres::{Client, Config, NoTls};
use aspa::store_postgres::{Options, PostgresStore};
use aspa::types::{AccountId, EffectKey, Network, SystemId, TenantId};
use aspa_testkit::{WrappedStore, Wrapper};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

const URL: &str = "ASPA_POSTGRES_URL";
/// Tells this program to be a worker on the schema of this name.
const WORKER: &str = "ASPA_BENCH_WORKER";
/// As many events arrive together.
const BATCH: usize = 500;
/// The events of one archive, of which memory holds one at a time.
const CHUNK: usize = 20_000;
/// Of so many rows of each table plain inserts are measured at most.
const SAMPLE: i64 = 200_000;

fn main() {
    let Ok(url) = std::env::var(URL) else {
        println!("no server: {URL} is not set (.ci/postgres starts one)");
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    match std::env::var(WORKER) {
        Ok(schema) => runtime.block_on(work(&url, &schema)),
        Err(_) => runtime.block_on(lead(&url)),
    }
}

fn figure(name: &str, usual: usize) -> usize {
    let given = std::env::var(name).ok();
    given.map_or(usual, |figure| figure.parse().unwrap())
}

fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn tenant(number: usize) -> TenantId {
    TenantId::new(format!("tenant-{number}")).unwrap()
}

fn account(number: usize) -> AccountId {
    AccountId::new(format!("shop-{number}")).unwrap()
}

async fn open(url: &str, schema: &str) -> PostgresStore {
    let options = Options::default().schema(schema).connections(4);
    let config: Config = url.parse().unwrap();
    PostgresStore::connect_with(config, NoTls, &options)
        .await
        .unwrap()
}

/// Conversations of four messages: a question, an answer, another question and, but for one in twenty,
/// another answer. What is left unanswered is late.
fn history(shop: usize, from: usize) -> String {
    let mut lines = String::new();
    for i in from..from + CHUNK {
        let (conversation, turn) = (i / 4, i % 4);
        let customer = conversation % 3000;
        let author = format!(
            r#"{{"id":"{customer}","user_name":"customer{customer}","display_name":"Matti Virtanen {customer}"}}"#
        );
        let inbound = turn % 2 == 0 || turn == 3 && conversation.is_multiple_of(20);
        let (direction, who) = if inbound {
            ("in", format!(r#""author":{author}"#))
        } else {
            let to = format!(
                r#""agent":"aino","to":["{customer}"],"in_reply_to":"{}""#,
                i - 1
            );
            ("out", to)
        };
        let at = now() - TimeDelta::days(30) + TimeDelta::seconds((i % 1_000_000) as i64);
        let text = "Hello, my parcel has not arrived although it was promised for yesterday. \
                    Could you please look where it is? The order number is T512345.";
        lines += &format!(
            "{{\"type\":\"message\",\"account\":\"shop-{shop}\",\"network\":\"x\",\"id\":\"{i}\",\"conversation\":\"{conversation}\",\"direction\":\"{direction}\",{who},\"at\":\"{}\",\"language\":\"en\",\"text\":\"{text}\"}}\n",
            at.format("%Y-%m-%dT%H:%M:%SZ"),
        );
    }
    lines
}

fn customers() -> String {
    let mut csv = "id,first_name,last_name,emails,handles\n".to_owned();
    for i in 0..1000 {
        csv += &format!("C{i},Matti,Virtanen {i},matti{i}@mail.example,x:@customer{i}\n");
    }
    csv
}

fn desk(store: impl Store) -> DeskBuilder {
    let hours = Hours::new(chrono_tz::Europe::Helsinki)
        .open("Mo-Fr 08:00-18:00")
        .unwrap();
    Desk::builder(store)
        .promise(Promise::answer_within(TimeDelta::hours(1), hours))
        .clock(ManualClock::new(now()))
}

// The worker.

/// What this process has taken, a line for each row.
type Taken = Arc<Mutex<Vec<String>>>;

/// A store that notes whatever is taken from it.
#[derive(Debug)]
struct Noting {
    inner: PostgresStore,
    taken: Taken,
}

impl Noting {
    fn note<T>(&self, rows: &[T], line: impl Fn(&T) -> String) {
        self.taken.lock().unwrap().extend(rows.iter().map(line));
    }
}

#[async_trait]
impl Wrapper for Noting {
    fn inner(&self) -> &dyn Store {
        &self.inner
    }

    async fn claim_inbox(&self, claim: Claim) -> Result<Vec<InboxEntry>, Error> {
        let claimed = self.inner.claim_inbox(claim).await?;
        self.note(&claimed, |entry| format!("inbox {}", entry.seq));
        Ok(claimed)
    }

    async fn claim_outbox(&self, claim: Claim) -> Result<Vec<ClaimedEffect>, Error> {
        let claimed = self.inner.claim_outbox(claim).await?;
        self.note(&claimed, |c| {
            format!("effect {} {}", c.tenant, c.row.value.effect.key)
        });
        Ok(claimed)
    }

    async fn claim_timers(&self, claim: Claim) -> Result<Vec<DueTimer>, Error> {
        let claimed = self.inner.claim_timers(claim).await?;
        self.note(&claimed, |due| {
            format!("timer {} {} {}", due.tenant, due.ticket, due.timer.name)
        });
        Ok(claimed)
    }
}

/// A network that takes whatever it is given.
#[derive(Debug)]
struct Taking {
    account: AccountId,
    capabilities: Capabilities,
}

impl Taking {
    fn new(account: AccountId) -> Self {
        let mut capabilities = Capabilities::new(now().date_naive(), "this bench");
        capabilities.effects.insert(EffectName::Send, Support::Full);
        Self {
            account,
            capabilities,
        }
    }
}

#[async_trait]
impl Channel for Taking {
    fn account(&self) -> &AccountId {
        &self.account
    }

    fn network(&self) -> &Network {
        &Network::X
    }

    fn capabilities(&self, _: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        Cow::Borrowed(&self.capabilities)
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, aspa::channel::Error> {
        Ok(Receipt::new(effect.key.clone()))
    }
}

/// Says what has come to its end, and waits until it is told to go on.
fn reached(what: &str) {
    println!("{what}");
    std::io::stdin()
        .lock()
        .read_line(&mut String::new())
        .unwrap();
}

async fn work(url: &str, schema: &str) {
    let taken = Taken::default();
    let store = WrappedStore(Noting {
        inner: open(url, schema).await,
        taken: Arc::clone(&taken),
    });
    let mut builder = desk(store);
    for number in 0..figure("ASPA_TENANTS", 1) {
        builder = builder
            .owned_by(account(number), tenant(number))
            .channel(Taking::new(account(number)));
    }
    let desk = builder.build().unwrap();
    reached("ready");
    desk.work().await.unwrap();
    reached("events");
    desk.deliver().await.unwrap();
    reached("effects");
    desk.tick().await.unwrap();
    reached("timers");
    let mut out = BufWriter::new(std::io::stdout().lock());
    for line in taken.lock().unwrap().iter() {
        writeln!(out, "{line}").unwrap();
    }
    out.flush().unwrap();
}

// Who leads them.

struct Running {
    child: Child,
    tell: ChildStdin,
}

fn start(schema: &str, said: &Sender<String>) -> Running {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .env(WORKER, schema)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (tell, lines) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let said = said.clone();
    std::thread::spawn(move || {
        for line in BufReader::new(lines).lines() {
            let _ = said.send(line.unwrap());
        }
    });
    Running { child, tell }
}

/// Lets all go on, and waits until each has said this word; how long it took.
fn until(workers: &mut [Running], said: &Receiver<String>, word: &str) -> Duration {
    let began = Instant::now();
    for worker in workers.iter_mut() {
        writeln!(worker.tell).unwrap();
    }
    for _ in 0..workers.len() {
        assert_eq!(said.recv().unwrap(), word);
    }
    began.elapsed()
}

async fn lead(url: &str) {
    let (events, workers, tenants) = (
        figure("ASPA_EVENTS", 100_000),
        figure("ASPA_WORKERS", 4),
        figure("ASPA_TENANTS", 1),
    );
    let events = events.next_multiple_of(CHUNK * tenants);
    let schema = format!("aspa_bench_{}", std::process::id());
    let store = open(url, &schema).await;
    let (mut appending, mut queued) = (Duration::ZERO, 0);
    for number in 0..tenants {
        let own = store.tenant(&tenant(number));
        let mapping = Mapping::usual(SystemId::new("crm").unwrap());
        let source = CsvSource::csv(mapping, customers().as_bytes(), now()).unwrap();
        let desk = desk(store.clone()).build().unwrap().tenant(tenant(number));
        desk.sync(&source).await.unwrap();
        for from in (0..events / tenants).step_by(CHUNK) {
            appending += append(&own, number, from).await;
            let rows = (from..from + CHUNK).step_by(10).map(|n| reply(number, n));
            let mut changes = Changes::default();
            changes.outbox.extend(rows.map(Versioned::new));
            queued += changes.outbox.len();
            own.commit(changes).await.unwrap();
        }
    }
    let rate = |count: usize, took: Duration| count as f64 / took.as_secs_f64();
    println!("{events} events, {queued} effects, {tenants} tenants, {workers} worker processes");
    println!(
        "appended, {BATCH} a commit, one writer: {:.0} a second",
        rate(events, appending)
    );

    let (says, said) = channel();
    let mut running: Vec<Running> = (0..workers).map(|_| start(&schema, &says)).collect();
    for _ in 0..workers {
        assert_eq!(said.recv().unwrap(), "ready");
    }
    let deciding = until(&mut running, &said, "events");
    println!(
        "decided, the whole desk: {:.0} events a second ({deciding:.1?})",
        rate(events, deciding)
    );
    let performing = until(&mut running, &said, "effects");
    println!(
        "performed: {:.0} effects a second ({performing:.1?})",
        rate(queued, performing)
    );
    let firing = until(&mut running, &said, "timers");
    for worker in &mut running {
        writeln!(worker.tell).unwrap();
    }
    drop(says);
    let lines: Vec<String> = said.iter().collect();
    for worker in &mut running {
        assert!(worker.child.wait().unwrap().success());
    }
    let different: HashSet<&String> = lines.iter().collect();
    let of = |what: &str| lines.iter().filter(|line| line.starts_with(what)).count();
    let (inbox, effects, timers) = (of("inbox"), of("effect"), of("timer"));
    println!(
        "fired: {:.0} timers a second ({firing:.1?})",
        rate(timers, firing)
    );
    let twice = lines.len() - different.len();
    println!("taken: {inbox} events, {effects} effects, {timers} timers; taken twice: {twice}");
    assert_eq!((inbox, effects, twice), (events, queued, 0));

    let (rows, copying, inserting) = plain(url, &schema).await;
    println!(
        "of this came {:.1} rows for each event",
        rows / events as f64
    );
    for (way, took) in [("COPY", copying), ("a prepared INSERT each", inserting)] {
        println!(
            "the same rows by {way}, one connection: {:.0} events a second, {:.0} rows",
            rate(events, took),
            rows / took.as_secs_f64()
        );
    }
}

/// Appends a chunk as polls would; how long the store took.
async fn append(own: &Arc<dyn TenantStore>, shop: usize, from: usize) -> Duration {
    let archive = Archive::read_json_lines(account(shop), history(shop, from).as_bytes()).unwrap();
    let (mut cursor, mut events) = (None, Vec::with_capacity(CHUNK));
    loop {
        let page = archive.poll(cursor.as_ref()).await.unwrap();
        events.extend(page.events);
        cursor = page.next;
        if !page.more {
            break;
        }
    }
    assert_eq!(events.len(), CHUNK);
    let began = Instant::now();
    while !events.is_empty() {
        let rest = events.split_off(BATCH.min(events.len()));
        let batch = std::mem::replace(&mut events, rest);
        let arrival = Arrival::new(now(), batch);
        own.commit(Changes::arrive(vec![arrival])).await.unwrap();
    }
    began.elapsed()
}

/// An effect in a conversation of its own, of which there are four in a row.
fn reply(shop: usize, number: usize) -> OutboxRow {
    let key = EffectKey::new(format!("e-{number}")).unwrap();
    let conversation = ConversationKey::new(account(shop), &format!("c-{}", number / 40)).unwrap();
    let kind = EffectKind::send("We are looking into it.", ReplyKind::Answer);
    OutboxRow::queued(Effect::new(key, conversation, kind), None, now())
}

/// Writes the rows of each table, as many as [`SAMPLE`], into tables of the same form: how many there
/// are, and how long COPY and prepared statements take for all of them.
async fn plain(url: &str, schema: &str) -> (f64, Duration, Duration) {
    let config: Config = url.parse().unwrap();
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    let client = Arc::new(client);
    let (mut rows, mut took) = (0.0, [Duration::ZERO; 2]);
    let others = [format!("{schema}_copied"), format!("{schema}_inserted")];
    for other in &others {
        drop(open(url, other).await);
    }
    for table in [
        "seen",
        "messages",
        "handles",
        "abouts",
        "tickets",
        "ticket_tags",
        "log",
        "evidence",
        "links",
        "outbox",
        "attempts",
    ] {
        let sql = format!("SELECT count(*) FROM {schema}.{table}");
        let all: i64 = client.query_one(&sql, &[]).await.unwrap().get(0);
        let scale = all as f64 / all.clamp(1, SAMPLE) as f64;
        rows += all as f64;
        took[0] += copy(&client, schema, &others[0], table)
            .await
            .mul_f64(scale);
        took[1] += insert(&client, schema, &others[1], table)
            .await
            .mul_f64(scale);
    }
    (rows, took[0], took[1])
}

/// COPY from a file of the server's, which has to be one that `.ci/postgres` has started.
async fn copy(client: &Client, from: &str, to: &str, table: &str) -> Duration {
    let path = format!("{}/copied", std::env::var("ASPA_POSTGRES_HOME").unwrap());
    let rows = format!("(SELECT * FROM {from}.{table} LIMIT {SAMPLE})");
    let out = format!("COPY {rows} TO '{path}' (FORMAT binary)");
    client.batch_execute(&out).await.unwrap();
    let began = Instant::now();
    let sql = format!("COPY {to}.{table} FROM '{path}' (FORMAT binary)");
    client.batch_execute(&sql).await.unwrap();
    began.elapsed()
}

/// A prepared statement for each row, sent without waiting for the one before, 5,000 a commit.
async fn insert(client: &Arc<Client>, from: &str, to: &str, table: &str) -> Duration {
    let columns = "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute
                   WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum";
    let columns = client
        .query(columns, &[&format!("{from}.{table}")])
        .await
        .unwrap();
    let columns: Vec<(String, String)> =
        columns.iter().map(|row| (row.get(0), row.get(1))).collect();
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let texts: Vec<String> = names.iter().map(|name| format!("{name}::text")).collect();
    let marks = columns
        .iter()
        .zip(1..)
        .map(|((_, kind), n)| format!("${n}::text::{kind}"));
    let marks: Vec<String> = marks.collect();
    let sql = format!(
        "SELECT {} FROM {from}.{table} LIMIT {SAMPLE}",
        texts.join(", ")
    );
    let rows = client.query(&sql, &[]).await.unwrap();
    let rows: Vec<Vec<Option<String>>> = rows
        .iter()
        .map(|row| (0..row.len()).map(|i| row.get(i)).collect())
        .collect();
    let sql = format!(
        "INSERT INTO {to}.{table} ({}) OVERRIDING SYSTEM VALUE VALUES ({})",
        names.join(", "),
        marks.join(", ")
    );
    let statement = client.prepare(&sql).await.unwrap();
    let began = Instant::now();
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        client.batch_execute("BEGIN").await.unwrap();
        let mut sent = tokio::task::JoinSet::new();
        for row in rows.by_ref().take(5_000) {
            let (client, statement) = (Arc::clone(client), statement.clone());
            sent.spawn(async move {
                let values: Vec<_> = row.iter().map(|value| value as _).collect();
                client.execute(&statement, &values).await.unwrap();
            });
        }
        while let Some(done) = sent.join_next().await {
            done.unwrap();
        }
        client.batch_execute("COMMIT").await.unwrap();
    }
    began.elapsed()
}
