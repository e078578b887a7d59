//! How many messages a second go through the whole ingest into SQLite, durable, beside plain inserts
//! of the same rows by the fastest prepared path; and how long one acknowledged delivery takes,
//! beside one bare commit.
//!
//! `cargo bench -p aspa --bench ingest`. Both halves of a pair run in one process on one disk: compare
//! them with each other, not with another machine.
#![expect(clippy::unwrap_used, reason = "a bench")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aspa::channel::Delivery;
use aspa::channel_api::{ApiWebhook, WebhookConfig, sign};
use aspa::channel_archive::Archive;
use aspa::crm_csv::{CsvSource, Mapping};
use aspa::desk::{Desk, ManualClock};
use aspa::hours::Hours;
use aspa::sla::Promise;
use aspa::store_sqlite::{Options, SqliteStore};
use aspa::types::{AccountId, DeliveryId, Secret, SystemId};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

const MESSAGES: usize = 20_000;
/// As many as the desk decides and writes together.
const BATCH: usize = 500;

fn now() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

/// Conversations of four messages: a question, an answer, another question, another answer.
fn history() -> String {
    let mut lines = String::new();
    for i in 0..MESSAGES {
        let (conversation, turn) = (i / 4, i % 4);
        let customer = conversation % 3000;
        let author = format!(
            r#"{{"id":"{customer}","user_name":"customer{customer}","display_name":"Matti Virtanen {customer}"}}"#
        );
        let (direction, who) = match turn % 2 {
            0 => ("in", format!(r#""author":{author}"#)),
            _ => (
                "out",
                format!(
                    r#""agent":"aino","to":["{customer}"],"in_reply_to":"{}""#,
                    i - 1
                ),
            ),
        };
        let at = now() - TimeDelta::days(30) + TimeDelta::seconds(i as i64 * 97);
        let text = "Hello, my parcel has not arrived although it was promised for yesterday. \
                    Could you please look where it is? The order number is T512345.";
        lines += &format!(
            "{{\"type\":\"message\",\"account\":\"shop\",\"network\":\"x\",\"id\":\"{i}\",\"conversation\":\"{conversation}\",\"direction\":\"{direction}\",{who},\"at\":\"{}\",\"language\":\"en\",\"text\":\"{text}\"}}\n",
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

fn desk(path: &Path, options: &Options) -> aspa::desk::DeskBuilder {
    let hours = Hours::new(chrono_tz::Europe::Helsinki)
        .open("Mo-Fr 08:00-18:00")
        .unwrap();
    Desk::builder(SqliteStore::open_with(path, options).unwrap())
        .promise(Promise::answer_within(TimeDelta::hours(1), hours))
        .clock(ManualClock::new(now()))
}

/// How long it takes from the first poll until the file is closed.
async fn ingest(path: &Path, archive: Arc<Archive>, customers: &CsvSource) -> Duration {
    let account = AccountId::new("shop").unwrap();
    let desk = desk(path, &Options::default())
        .shared_channel(archive)
        .build()
        .unwrap();
    desk.sync(customers).await.unwrap();
    let start = Instant::now();
    // Side by side, as `Desk::run` does it.
    let poller = desk.clone();
    let polling = tokio::spawn(async move { while poller.poll(&account).await.unwrap().more {} });
    loop {
        let last = polling.is_finished();
        let worked = desk.work().await.unwrap();
        if last {
            break;
        }
        if worked.events == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    polling.await.unwrap();
    drop(desk);
    start.elapsed()
}

/// The tables of a database that `ingest` made, row by row.
fn rows(path: &Path) -> Vec<(String, Vec<Vec<Value>>)> {
    let database = Connection::open(path).unwrap();
    // The search is filled when it is quiet; what it holds is no row of ours.
    let names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'
                 AND name NOT LIKE 'search%' AND name NOT IN ('texts', 'unread')";
    let names: Vec<String> = database
        .prepare(names)
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let all = |name: String| {
        let mut statement = database.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns = statement.column_count();
        let row = |row: &rusqlite::Row<'_>| (0..columns).map(|i| row.get(i)).collect();
        let rows = statement
            .query_map([], row)
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        (name, rows)
    };
    names.into_iter().map(all).collect()
}

/// Writes the same rows into the same tables with prepared statements, a commit for each batch of
/// messages. How long that takes until the file is closed.
fn plain(path: &Path, rows: &[(String, Vec<Vec<Value>>)]) -> Duration {
    drop(SqliteStore::open(path).unwrap());
    let mut database = Connection::open(path).unwrap();
    database.pragma_update(None, "journal_mode", "WAL").unwrap();
    database.pragma_update(None, "synchronous", "FULL").unwrap();
    for (name, _) in rows {
        database
            .execute(&format!("DELETE FROM {name}"), [])
            .unwrap();
    }
    let start = Instant::now();
    let commits = MESSAGES / BATCH;
    for commit in 0..commits {
        let transaction = database.transaction().unwrap();
        for (name, rows) in rows.iter().filter(|(_, rows)| !rows.is_empty()) {
            let marks = vec!["?"; rows[0].len()].join(",");
            let insert = format!("INSERT INTO {name} VALUES ({marks})");
            let mut statement = transaction.prepare_cached(&insert).unwrap();
            let part = rows.len() * commit / commits..rows.len() * (commit + 1) / commits;
            for row in &rows[part] {
                statement.execute(params_from_iter(row)).unwrap();
            }
        }
        transaction.commit().unwrap();
    }
    drop(database);
    start.elapsed()
}

fn whole_ingest(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let text = history();
    let shop = AccountId::new("shop").unwrap();
    let archive = Arc::new(Archive::read_json_lines(shop, text.as_bytes()).unwrap());
    let mapping = Mapping::usual(SystemId::new("crm").unwrap());
    let customers = CsvSource::csv(mapping, customers().as_bytes(), now()).unwrap();
    let made = folder.path().join("made.sqlite");
    runtime.block_on(ingest(&made, archive.clone(), &customers));
    let rows = rows(&made);

    let mut group = criterion.benchmark_group("ingest");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(MESSAGES as u64));
    let mut file = 0;
    let mut fresh = || {
        file += 1;
        folder.path().join(format!("{file}.sqlite"))
    };
    group.bench_function("whole ingest", |bencher| {
        bencher.iter_custom(|times| {
            let once = |_| runtime.block_on(ingest(&fresh(), archive.clone(), &customers));
            (0..times).map(once).sum()
        });
    });
    group.bench_function("plain inserts of the same rows", |bencher| {
        bencher.iter_custom(|times| {
            let once = |_| plain(&fresh(), &rows);
            (0..times).map(once).sum()
        });
    });
    group.finish();
}

fn one_delivery(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let secret = "a secret of the host and of ours";
    let config = serde_json::json!({ "secrets": [secret], "account": "app" });
    let config: WebhookConfig = serde_json::from_value(config).unwrap();
    let mut number = 0;
    let mut delivery = || {
        number += 1;
        let body = format!(
            r#"{{"events":[{{"type":"message","id":"{number}","conversation":"{number}","author":{{"id":"7"}},"at":"2026-11-20T11:59:00Z","text":"Where is my parcel?"}}]}}"#
        );
        let id = DeliveryId::new(format!("d{number}")).unwrap();
        let headers = sign(&Secret::new(secret), now(), &id, body.as_bytes()).unwrap();
        let mut delivery = Delivery::new(Bytes::from(body));
        *delivery.method_mut() = http::Method::POST;
        *delivery.headers_mut() = headers;
        delivery
    };

    let mut group = criterion.benchmark_group("one delivery");
    for (name, in_place) in [("acknowledged", false), ("acknowledged, in place", true)] {
        let path = folder.path().join(format!("{in_place}.sqlite"));
        let desk = desk(&path, &Options::default().in_place(in_place))
            .webhook("app", ApiWebhook::new(config.clone()).unwrap())
            .build()
            .unwrap();
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|times| {
                let deliveries: Vec<Delivery> = (0..times).map(|_| delivery()).collect();
                let start = Instant::now();
                for delivery in deliveries {
                    let answer = runtime.block_on(desk.receive("app", delivery));
                    assert_eq!(answer.status(), 200);
                }
                start.elapsed()
            });
        });
    }
    let bare = Connection::open(folder.path().join("bare.sqlite")).unwrap();
    bare.pragma_update(None, "journal_mode", "WAL").unwrap();
    bare.pragma_update(None, "synchronous", "FULL").unwrap();
    bare.execute(
        "CREATE TABLE deliveries (id INTEGER PRIMARY KEY, body TEXT)",
        [],
    )
    .unwrap();
    group.bench_function("bare commit", |bencher| {
        let mut insert = bare
            .prepare("INSERT INTO deliveries (body) VALUES (?)")
            .unwrap();
        let body = "x".repeat(150);
        bencher.iter(|| insert.execute([&body]).unwrap());
    });
    group.finish();
}

criterion_group!(benches, whole_ingest, one_delivery);
criterion_main!(benches);
