//! What the file itself must do: be refused by name, stay readable, finish what was asked.
#![expect(
    clippy::unwrap_used,
    reason = "parts of a test, which clippy takes for other code"
)]

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use aspa_channel::{
    Cursor, Direction, Effect, EffectKind, EffectName, Event, EventKind, Handle, Message,
    MessageKey, Part, ReplyKind, Via,
};
use aspa_store::{
    Arrival, Changes, Claim, ErrorKind, MessageRecord, Note, OutboxQuery, OutboxRow, OutboxState,
    Pause, PauseScope, Store, TicketQuery, TicketRow, TicketSort, Versioned, Wanted,
};
use aspa_store_sqlite::{Options, SqliteStore};
use aspa_ticket::{Ticket, TicketKey};
use aspa_types::{AccountId, EffectKey, HandleKey, Network, TenantId};
use chrono::{DateTime, TimeDelta, Utc};
use futures_executor::block_on;
use rusqlite::Connection;
use tempfile::TempDir;

fn directory() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("desk.sqlite");
    (directory, path)
}

fn now() -> DateTime<Utc> {
    "2026-11-23T08:00:00Z".parse().unwrap()
}

fn account() -> AccountId {
    AccountId::new("shop").unwrap()
}

fn about(id: &str) -> TicketKey {
    let message = MessageKey::new(account(), id).unwrap();
    let conversation = aspa_channel::ConversationKey::new(message.account, id).unwrap();
    TicketKey {
        conversation,
        customer: HandleKey::new(Network::X, None, id).unwrap(),
    }
}

/// A row in every table that is read by key.
fn rows() -> Changes {
    let unknown = EventKind::Unknown(serde_json::json!({"type": "poll_closed"}));
    let mut changes = Changes::arrive(vec![Arrival::new(
        now(),
        vec![Event::new(account(), unknown, Via::Poll)],
    )]);
    let key = MessageKey::new(account(), "m-1").unwrap();
    let mut record = MessageRecord::new(key.clone());
    let conversation = about("t-1").conversation;
    record.message = Some(Message::new(
        key,
        conversation,
        aspa_channel::Direction::Inbound,
    ));
    changes.messages.push(Versioned::new(record));
    changes
        .handles
        .push(Versioned::new(Handle::new(about("t-1").customer)));
    changes
        .tickets
        .push(Versioned::new(TicketRow::new(Ticket::open(
            about("t-1"),
            1,
            now(),
        ))));
    changes.notes.push(Note::new(
        "note-1".into(),
        about("t-1"),
        None,
        now(),
        "Secret words".to_owned(),
    ));
    changes
        .cursors
        .push(("poll".into(), Cursor("7".to_owned())));
    changes
}

fn filled(path: &Path) {
    let store = SqliteStore::open(path).unwrap();
    block_on(store.tenant(&TenantId::default()).commit(rows())).unwrap();
}

fn content(path: &Path) -> Vec<String> {
    let connection = Connection::open(path).unwrap();
    let mut tables = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .unwrap();
    let tables: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let mut all = Vec::new();
    for table in tables {
        let mut rows = connection
            .prepare(&format!("SELECT * FROM {table}"))
            .unwrap();
        let columns = rows.column_count();
        let told = |row: &rusqlite::Row<'_>| {
            let values = (0..columns).map(|i| row.get::<_, rusqlite::types::Value>(i));
            Ok(format!(
                "{table} {:?}",
                values.collect::<Result<Vec<_>, _>>()?
            ))
        };
        all.extend(rows.query_map([], told).unwrap().map(Result::unwrap));
    }
    all
}

#[test]
fn two_runs_write_the_same() {
    let ((_a, first), (_b, second)) = (directory(), directory());
    filled(&first);
    filled(&second);
    assert!(content(&first).len() > 8);
    assert_eq!(content(&first), content(&second));
}

#[test]
fn what_cannot_be_opened_is_named() {
    let (_directory, path) = directory();
    let missing = path.join("no such directory").join("desk.sqlite");
    let error = SqliteStore::open(&missing).unwrap_err();
    assert!(error.to_string().contains("no such directory"), "{error}");

    std::fs::write(
        &path,
        "This is no database, and it is long enough to be looked at. ".repeat(40),
    )
    .unwrap();
    let error = SqliteStore::open(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert!(error.to_string().contains("desk.sqlite"), "{error}");
}

#[test]
fn a_database_of_something_else_is_left_alone() {
    let (_directory, path) = directory();
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE recipes (name TEXT)")
        .unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = SqliteStore::open(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("something else"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_of_form_1_is_brought_up_to_date() {
    let (_directory, path) = directory();
    let effect = |key: &str, state: OutboxState| {
        let conversation = about(key).conversation;
        let kind = EffectKind::send("Hei", ReplyKind::Answer);
        let effect = Effect::new(EffectKey::new(key).unwrap(), conversation, kind);
        let mut row = OutboxRow::queued(effect, None, now());
        row.state = state;
        row
    };
    let mut record = MessageRecord::new(MessageKey::new(account(), "m-1").unwrap());
    let conversation = about("t-1").conversation;
    let mut message = Message::new(record.key.clone(), conversation, Direction::Inbound);
    message.parts.push(Part::text("Missä toimitus on?"));
    record.message = Some(message);
    let mut ticket = Ticket::open(about("t-1"), 1, now());
    let received = aspa_ticket::EventKind::received(record.key.clone());
    ticket.apply(&aspa_ticket::Event::new(
        now(),
        aspa_ticket::Actor::Customer,
        received,
    ));
    ticket.tags.insert("delivery/late".parse().unwrap());
    {
        let file = Connection::open(&path).unwrap();
        file.execute_batch(include_str!("../src/schema/001.sql"))
            .unwrap();
        file.pragma_update(None, "application_id", 0x6173_7061)
            .unwrap();
        file.pragma_update(None, "user_version", 1).unwrap();
        file.execute(
            "INSERT INTO tenants (name) VALUES (?1)",
            [TenantId::default().as_str()],
        )
        .unwrap();
        for (key, state, ready) in [
            ("t-1", OutboxState::Uncertain, false),
            ("t-2", OutboxState::Queued, true),
        ] {
            let json = serde_json::to_string(&effect(key, state)).unwrap();
            file.execute(
                "INSERT INTO outbox (tenant, key, version, account, conversation, holds, ready, next_at, effect)
                 VALUES (1, ?1, 1, 'shop', ?1, 1, ?2, 0, ?3)",
                (key, ready, json),
            )
            .unwrap();
        }
        let customer = about("t-1").customer.to_string();
        let about = "INSERT INTO abouts VALUES (1, 1, ?1, 'shop', 't-1')";
        file.execute(about, [customer]).unwrap();
        let json = serde_json::to_string(&record).unwrap();
        let message = "INSERT INTO messages VALUES (1, 'shop', 'm-1', 0, 1, 't-1', NULL, ?1)";
        file.execute(message, [json]).unwrap();
        let json = serde_json::to_string(&ticket).unwrap();
        file.execute(
            "INSERT INTO tickets VALUES (1, ?1, 7, 1, 1, 'new', 1, NULL, 5, NULL, ?2, NULL)",
            (ticket.id.as_str(), json),
        )
        .unwrap();
    }
    let store = SqliteStore::open(&path).unwrap();
    let tenant = store.tenant(&TenantId::default());
    let undecided = block_on(tenant.outbox(&OutboxQuery::undecided())).unwrap();
    assert_eq!(undecided.len(), 1);
    assert_eq!(undecided[0].value.state, OutboxState::Uncertain);
    let claim = || Claim {
        now: now(),
        lease: TimeDelta::seconds(60),
        limit: 10,
    };
    let sends = PauseScope::everything().only(EffectName::Send);
    let mut changes = Changes::default();
    changes.pauses.push(Pause::new(sends.clone(), now()));
    block_on(tenant.commit(changes)).unwrap();
    assert!(block_on(store.claim_outbox(claim())).unwrap().is_empty());
    let mut changes = Changes::default();
    changes.resumed.push(sends);
    block_on(tenant.commit(changes)).unwrap();
    assert_eq!(block_on(store.claim_outbox(claim())).unwrap().len(), 1);

    let conversation = about("t-1").conversation;
    for _ in 0..2 {
        let read = block_on(tenant.conversation(&conversation, None, 9)).unwrap();
        assert_eq!(read, [record.clone()]);
    }
    let unplaced = "SELECT count(*) FROM messages WHERE conversation IS NOT NULL OR thread IS NULL";
    let unplaced = Connection::open(&path)
        .unwrap()
        .query_row(unplaced, [], |row| row.get(0));
    assert_eq!(unplaced, Ok(0), "once it was read it has its place");

    let found = |change: &dyn Fn(&mut TicketQuery)| {
        let mut query = TicketQuery::default();
        change(&mut query);
        block_on(tenant.tickets(&query)).unwrap().len()
    };
    assert_eq!(
        found(&|query| query.text = Some("toimituksen".parse().unwrap())),
        1
    );
    assert_eq!(
        found(&|query| query.tags = ["delivery".parse().unwrap()].into()),
        1
    );
    assert_eq!(found(&|query| query.account = Some(account())), 1);
    assert_eq!(found(&|query| query.sort = TicketSort::Activity), 1);
    assert_eq!(found(&|query| query.opened.from = Some(now())), 1);
    assert_eq!(found(&|query| query.opened.before = Some(now())), 0);
    assert_eq!(
        block_on(tenant.ticket(&ticket.id))
            .unwrap()
            .unwrap()
            .version,
        7
    );
}

#[test]
fn words_that_were_erased_stand_nowhere_in_the_index() {
    let (_directory, path) = directory();
    let said = |text: &str| {
        let key = MessageKey::new(account(), "m-1").unwrap();
        let mut record = MessageRecord::new(key.clone());
        let mut message = Message::new(key, about("t-1").conversation, Direction::Inbound);
        message.parts.push(Part::text(text));
        record.message = Some(message);
        record
    };
    let store = SqliteStore::open(&path).unwrap();
    let tenant = store.tenant(&TenantId::default());
    let mut ticket = Ticket::open(about("t-1"), 1, now());
    let received = aspa_ticket::EventKind::received(said("").key);
    ticket.apply(&aspa_ticket::Event::new(
        now(),
        aspa_ticket::Actor::Customer,
        received,
    ));
    let mut changes = Changes::default();
    changes.tickets.push(Versioned::new(TicketRow::new(ticket)));
    changes
        .messages
        .push(Versioned::new(said("Ruuminen kolmikko")));
    block_on(tenant.commit(changes)).unwrap();
    let mut query = TicketQuery::default();
    query.text = Some("kolmikko".parse().unwrap());
    assert_eq!(block_on(tenant.tickets(&query)).unwrap().len(), 1);
    let count = |tables: &[&str]| {
        let file = Connection::open(&path).unwrap();
        let mut found = 0;
        for table in tables {
            let sql = format!("SELECT * FROM {table}");
            let mut all = file.prepare(&sql).unwrap();
            let columns = all.column_count();
            let mut rows = all.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                for column in 0..columns {
                    let bytes = match row.get_ref(column).unwrap() {
                        rusqlite::types::ValueRef::Text(bytes)
                        | rusqlite::types::ValueRef::Blob(bytes) => bytes,
                        _ => continue,
                    };
                    found += usize::from(bytes.windows(8).any(|window| window == b"kolmikko"));
                }
            }
        }
        found
    };
    let index = ["search_data", "search_idx", "search_content"];
    assert!(count(&index) > 0);
    let mut changes = Changes::default();
    changes.messages.push(Versioned {
        value: said("Toinen"),
        version: 1,
    });
    block_on(tenant.commit(changes)).unwrap();
    assert_eq!(count(&index), 0);
    assert!(block_on(tenant.tickets(&query)).unwrap().is_empty());
}

#[test]
fn a_file_of_a_later_version_is_refused() {
    let (_directory, path) = directory();
    filled(&path);
    Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 900)
        .unwrap();
    let error = SqliteStore::open(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("form 900"), "{source}");
}

#[test]
fn json_that_cannot_be_read_is_named_and_not_shown() {
    let (_directory, path) = directory();
    filled(&path);
    let spoil = "UPDATE messages SET record = '{\"secret\": 12,';
                 UPDATE notes SET note = replace(note, '\"at\"', '\"when\"');
                 UPDATE tickets SET ticket = '[]'; UPDATE inbox SET event = '';";
    Connection::open(&path)
        .unwrap()
        .execute_batch(spoil)
        .unwrap();
    let store = SqliteStore::open(&path).unwrap();
    let tenant = store.tenant(&TenantId::default());
    let mut wanted = Wanted::default();
    wanted
        .messages
        .insert(MessageKey::new(account(), "m-1").unwrap());
    let id = about("t-1").ticket_id(1);
    let claim = Claim {
        now: now(),
        lease: TimeDelta::seconds(60),
        limit: 10,
    };
    let errors = [
        ("shop/m-1", block_on(tenant.load(&wanted)).unwrap_err()),
        (
            "note-1",
            block_on(tenant.note(&"note-1".into())).unwrap_err(),
        ),
        (id.as_str(), block_on(tenant.ticket(&id)).unwrap_err()),
    ];
    for (key, error) in errors {
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        assert!(error.to_string().contains(key), "{error}");
        assert!(
            !format!("{error:?}").to_lowercase().contains("secret"),
            "{error:?}"
        );
    }
    // One event that cannot be read does not hold up the others.
    let entry = block_on(store.claim_inbox(claim)).unwrap().remove(0);
    assert!(matches!(entry.event.kind, EventKind::Unknown(_)));
}

#[test]
fn who_finds_the_file_locked_is_told_to_try_later() {
    let (_directory, path) = directory();
    let options = Options::default()
        .busy_timeout(Duration::from_millis(10))
        .durable(false);
    let store = SqliteStore::open_with(&path, &options).unwrap();
    let writer = Connection::open(&path).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let tenant = store.tenant(&TenantId::default());
    let error = block_on(tenant.commit(rows())).unwrap_err();
    assert_eq!(
        (error.kind(), error.is_retryable()),
        (ErrorKind::Unavailable, true)
    );
    assert_eq!(block_on(tenant.backlog()).unwrap(), 0);
    writer.execute_batch("ROLLBACK").unwrap();
    block_on(tenant.commit(rows())).unwrap();
}

fn poll_once<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Poll<T> {
    let mut context = Context::from_waker(Waker::noop());
    Pin::new(future).poll(&mut context)
}

/// One delivery of so many events, none of which came before.
fn delivery(number: usize, events: usize) -> Changes {
    let told = |n| EventKind::Unknown(serde_json::json!({ "event": format!("{number}-{n}") }));
    let events = (0..events).map(|n| Event::new(account(), told(n), Via::Poll));
    Changes::arrive(vec![Arrival::new(now(), events.collect())])
}

#[test]
fn one_delivery_is_committed_in_place_where_the_store_was_opened_so() {
    let (_directory, path) = directory();
    let options = Options::default().in_place(true);
    let store = SqliteStore::open_with(&path, &options).unwrap();
    let tenant = store.tenant(&TenantId::default());
    // Done by the first poll, unless the thread is at something of its own just then.
    let mut tries = 0..1_000;
    assert!(tries.any(|number| {
        let mut commit = tenant.commit(delivery(number, 1));
        let done = poll_once(&mut commit).is_ready();
        done || block_on(commit).is_err()
    }));
    assert_eq!(block_on(tenant.backlog()).unwrap(), tries.start as u64);

    // With a file that is locked, whoever does it is held up: here only the thread is.
    let writer = Connection::open(&path).unwrap();
    for (options, events) in [(options, 100), (Options::default(), 1)] {
        let store = SqliteStore::open_with(&path, &options).unwrap();
        writer.execute_batch("BEGIN IMMEDIATE").unwrap();
        let tenant = store.tenant(&TenantId::default());
        let mut commit = tenant.commit(delivery(1_000 + events, events));
        assert!(poll_once(&mut commit).is_pending(), "{events} events");
        writer.execute_batch("ROLLBACK").unwrap();
        block_on(commit).unwrap();
    }
}

#[test]
fn dropping_the_last_handle_finishes_what_was_asked() {
    let (_directory, path) = directory();
    let store = SqliteStore::open(&path).unwrap();
    let tenant = store.tenant(&TenantId::default());
    for number in 0..50 {
        let mut changes = Changes::default();
        changes
            .cursors
            .push(("poll".into(), Cursor(number.to_string())));
        let mut commit = tenant.commit(changes);
        // Asked for, and not waited for.
        let _ = poll_once(&mut commit);
    }
    drop((store, tenant));
    let connection = Connection::open(&path).unwrap();
    let cursor: String = connection
        .query_row("SELECT cursor FROM cursors", [], |row| row.get(0))
        .unwrap();
    assert_eq!(cursor, "49");
}

#[test]
fn of_commits_that_are_written_together_only_the_one_in_conflict_fails() {
    let (_directory, path) = directory();
    let store = SqliteStore::open(&path).unwrap();
    let tenants = ["a", "b"].map(|name| store.tenant(&TenantId::new(name).unwrap()));
    let handle = |n: usize, version| {
        let value = Handle::new(about(&format!("h-{n}")).customer);
        let mut changes = Changes::default();
        changes.handles.push(Versioned { value, version });
        changes
    };
    // The thread is at work on the first while the others come.
    let mut waiting: Vec<_> = [
        delivery(0, 5_000),
        handle(1, 0),
        handle(2, 0),
        handle(1, 0),
        handle(3, 0),
    ]
    .into_iter()
    .enumerate()
    .map(|(n, changes)| tenants[n / 4].commit(changes))
    .collect();
    for commit in &mut waiting {
        assert!(poll_once(commit).is_pending());
    }
    let done: Vec<_> = waiting.into_iter().map(block_on).collect();
    let conflict = |n: usize| {
        done[n]
            .as_ref()
            .is_err_and(|e| e.kind() == ErrorKind::Conflict)
    };
    assert_eq!(
        [0, 1, 2, 3, 4].map(conflict),
        [false, false, false, true, false]
    );
    for (tenant, n) in [(0, 1), (0, 2), (1, 3)] {
        let mut wanted = Wanted::default();
        wanted.handles.insert(about(&format!("h-{n}")).customer);
        let loaded = block_on(tenants[tenant].load(&wanted)).unwrap();
        let versions: Vec<u64> = loaded.handles.values().map(|row| row.version).collect();
        assert_eq!(versions, [1], "{n}");
    }
}
