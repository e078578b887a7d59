//! A file that an earlier version has written: tables of form 4, rows of version 1, as JSON.
//!
//! `cargo test -p aspa-desk --test earlier -- --ignored` writes it anew into `tests/earlier`; a form that
//! was released is never written again, a new one gets a file of its own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::path::Path;
use std::sync::Arc;

use aspa_channel::{EventKind, MemoryChannel, Via};
use aspa_crm::Customer;
use aspa_desk::{Desk, Reply};
use aspa_identity::LinkState;
use aspa_store::{Arrival, Changes, OutboxQuery, PauseScope, Position, RawDelivery, Store, Wanted};
use aspa_store_sqlite::SqliteStore;
use aspa_types::{CustomerId, TenantId};
use common::{Hand, agent, all, asks, builder, event, minute, person, shop};
use rusqlite::Connection;
use rusqlite::types::Value as Cell;
use serde_json::{Map, Value, json};

const FORM: u32 = 4;
const FIXTURE: &str = include_str!("earlier/form-4.json");
const SCHEMA: [&str; 4] = [
    include_str!("../../aspa-store-sqlite/src/schema/001.sql"),
    include_str!("../../aspa-store-sqlite/src/schema/002.sql"),
    include_str!("../../aspa-store-sqlite/src/schema/003.sql"),
    include_str!("../../aspa-store-sqlite/src/schema/004.sql"),
];

fn desk(store: SqliteStore) -> (Desk, Arc<MemoryChannel>) {
    let channel = Arc::new(MemoryChannel::new(shop()));
    let builder = builder(store, &Hand::at(20)).shared_channel(channel.clone());
    (builder.build().unwrap(), channel)
}

fn tables(connection: &Connection) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut names = connection.prepare(sql).unwrap();
    let names = names.query_map([], |row| row.get(0)).unwrap();
    names.map(Result::unwrap).collect()
}

fn dump(path: &Path) -> Value {
    let connection = Connection::open(path).unwrap();
    let mut all = Map::new();
    for table in tables(&connection) {
        let mut rows = connection
            .prepare(&format!("SELECT * FROM {table}"))
            .unwrap();
        let names: Vec<String> = rows.column_names().map(str::to_owned).collect();
        let row = |row: &rusqlite::Row<'_>| {
            let cell = |(place, name): (usize, &String)| {
                let value = match row.get_unwrap::<_, Cell>(place) {
                    Cell::Null => Value::Null,
                    Cell::Integer(number) => json!(number),
                    Cell::Real(number) => json!(number),
                    Cell::Text(text) => json!(text),
                    Cell::Blob(bytes) => json!({ "bytes": bytes }),
                };
                (name.clone(), value)
            };
            Ok(Value::Object(names.iter().enumerate().map(cell).collect()))
        };
        let rows = rows.query_map([], row).unwrap();
        all.insert(table, rows.map(Result::unwrap).collect());
    }
    Value::Object(all)
}

fn restore(path: &Path) {
    let connection = Connection::open(path).unwrap();
    SCHEMA
        .iter()
        .for_each(|step| connection.execute_batch(step).unwrap());
    let tables: Map<String, Value> = serde_json::from_str(FIXTURE).unwrap();
    for (table, rows) in tables {
        connection
            .execute(&format!("DELETE FROM {table}"), [])
            .unwrap();
        for row in rows.as_array().unwrap() {
            let row = row.as_object().unwrap();
            let names: Vec<&str> = row.keys().map(String::as_str).collect();
            let marks = vec!["?"; names.len()].join(", ");
            let sql = format!(
                "INSERT INTO {table} ({}) VALUES ({marks})",
                names.join(", ")
            );
            let cells = row.values().map(|value| match value {
                Value::Null => Cell::Null,
                Value::Number(number) => Cell::Integer(number.as_i64().unwrap()),
                Value::String(text) => Cell::Text(text.clone()),
                bytes => Cell::Blob(serde_json::from_value(bytes["bytes"].clone()).unwrap()),
            });
            connection
                .execute(&sql, rusqlite::params_from_iter(cells))
                .unwrap();
        }
    }
    let marks = format!(
        "PRAGMA application_id = {}; PRAGMA user_version = {FORM};",
        0x6173_7061
    );
    connection.execute_batch(&marks).unwrap();
}

/// A row of each kind.
async fn fill(desk: &Desk, channel: &MemoryChannel) {
    let mut unknown = aspa_channel::Event::new(
        shop(),
        EventKind::Unknown(json!({"type": "poll"})),
        Via::Webhook,
    );
    unknown.at = Some(minute(0));
    let events = [
        event(asks("1", "c", "matti", 0)),
        unknown,
        event(asks("2", "d", "maija", 1)),
    ];
    let mut arrival = Arrival::new(minute(1), events.to_vec());
    let body = b"three events".to_vec();
    arrival.delivery = Some(RawDelivery::new(
        "hook".into(),
        "d-1".parse().unwrap(),
        minute(1),
        body,
    ));
    arrival.cursor = Some(("channel shop".into(), aspa_channel::Cursor("0".to_owned())));
    let mut changes = Changes::arrive(vec![arrival]);
    let customer = CustomerId::new("crm".parse().unwrap(), "c-1").unwrap();
    let person_of = aspa_crm::CustomerKind::Person;
    changes
        .customers
        .push(Customer::new(customer.clone(), person_of));
    desk.store().commit(changes).await.unwrap();
    desk.work().await.unwrap();
    let tickets = all(desk).await;
    for ticket in &tickets {
        desk.note(&ticket.id, "a regular", Some(agent("aino")))
            .await
            .unwrap();
        let reply = Reply::answer("hei").by(agent("aino"));
        desk.reply(&ticket.id, reply).await.unwrap();
    }
    desk.deliver().await.unwrap();
    let reply = Reply::answer("vielä").by(agent("aino")).named("later");
    desk.reply(&tickets[0].id, reply).await.unwrap();
    desk.confirm_link(&person("matti"), &customer, agent("aino"))
        .await
        .unwrap();
    desk.add_pause(PauseScope::account(shop()), None, None)
        .await
        .unwrap();
    let waiting = Arrival::new(minute(2), vec![event(asks("3", "c", "matti", 2))]);
    desk.store()
        .commit(Changes::arrive(vec![waiting]))
        .await
        .unwrap();
    assert_eq!(channel.published().len(), 2);
}

#[tokio::test]
#[ignore = "writes the fixture"]
async fn write_the_fixture() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let (desk, channel) = desk(SqliteStore::open(&path).unwrap());
    fill(&desk, &channel).await;
    drop(desk);
    let found: u32 = Connection::open(&path)
        .unwrap()
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap();
    assert_eq!(found, FORM, "a new form gets a file of its own");
    let text = serde_json::to_string_pretty(&dump(&path)).unwrap();
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/earlier/form-4.json");
    std::fs::write(target, text).unwrap();
}

#[tokio::test]
async fn a_file_of_an_earlier_version_is_read_whole_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    restore(&path);
    let store = SqliteStore::open(&path).unwrap();
    let log = store.log(Position::default(), 1_000).await.unwrap();
    let tables: Map<String, Value> = serde_json::from_str(FIXTURE).unwrap();
    let rows = |table: &str| tables[table].as_array().unwrap().len();
    assert_eq!(log.len(), rows("log"));
    let (desk, channel) = desk(store.clone());
    let tenant = store.tenant(&TenantId::default());
    let tickets = all(&desk).await;
    assert_eq!(tickets.len(), rows("tickets"));
    assert_eq!(
        tenant.messages(None, 100).await.unwrap().len(),
        rows("messages")
    );
    assert_eq!(tenant.kept(0, 100).await.unwrap().len(), rows("kept"));
    assert_eq!(
        tenant.customers(None, 100).await.unwrap().len(),
        rows("customers")
    );
    assert_eq!(tenant.pauses().await.unwrap().len(), rows("pauses"));
    let linked = tenant.links(&LinkState::Linked, None, 100).await.unwrap();
    assert_eq!(linked.len(), 1);
    let delivery = &tenant.deliveries("hook", None, 100).await.unwrap()[0];
    assert_eq!(delivery.body, b"three events");
    let (mut wanted, mut tries) = (Wanted::default(), 0);
    for ticket in &tickets {
        wanted.histories.insert(ticket.key.clone());
        wanted.people.insert(ticket.key.customer.clone());
        wanted.handles.insert(ticket.key.customer.clone());
        for note in &ticket.notes {
            assert_eq!(tenant.note(note).await.unwrap().unwrap().text, "a regular");
        }
    }
    let loaded = tenant.load(&wanted).await.unwrap();
    let histories: usize = loaded.histories.values().map(Vec::len).sum();
    assert_eq!(
        (histories, loaded.handles.len()),
        (rows("log"), rows("handles"))
    );
    let evidence: usize = loaded
        .people
        .values()
        .map(|person| person.evidence.len())
        .sum();
    assert_eq!(evidence, rows("evidence"));
    let effects = tenant.outbox(&OutboxQuery::default()).await.unwrap();
    assert_eq!(effects.len(), rows("outbox"));
    for row in &effects {
        tries += tenant
            .effect(&row.value.effect.key)
            .await
            .unwrap()
            .unwrap()
            .1
            .len();
    }
    assert_eq!(tries, rows("attempts"));
    // And the day goes on.
    assert_eq!(desk.work().await.unwrap().events, rows("inbox"));
    desk.end_pause(&PauseScope::account(shop())).await.unwrap();
    assert_eq!(desk.deliver().await.unwrap().accepted, 1);
    assert_eq!(channel.published().len(), 1);
}
