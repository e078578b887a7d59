//! What the file itself must do: be refused by name, stay readable, finish what was asked.
#![expect(
    clippy::unwrap_used,
    reason = "parts of a test, which clippy takes for other code"
)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use aspa_channel::{
    Cursor, Effect, EffectKind, EffectName, Event, EventKind, Handle, Message, MessageKey,
    ReplyKind, Via,
};
use aspa_store::{
    Arrival, Changes, Claim, ErrorKind, MessageRecord, Note, OutboxQuery, OutboxRow, OutboxState,
    Pause, PauseScope, Store, TicketRow, Versioned, Wanted,
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
fn effects_of_a_file_of_form_1_are_listed_paused_and_claimed() {
    let (_directory, path) = directory();
    let effect = |key: &str, state: OutboxState| {
        let conversation = about(key).conversation;
        let kind = EffectKind::send("Hei", ReplyKind::Answer);
        let effect = Effect::new(EffectKey::new(key).unwrap(), conversation, kind);
        let mut row = OutboxRow::queued(effect, None, now());
        row.state = state;
        Versioned::new(row)
    };
    {
        let store = SqliteStore::open(&path).unwrap();
        let mut changes = Changes::default();
        changes.outbox = vec![
            effect("t-1", OutboxState::Uncertain),
            effect("t-2", OutboxState::Queued),
        ];
        block_on(store.tenant(&TenantId::default()).commit(changes)).unwrap();
    }
    Connection::open(&path)
        .unwrap()
        .execute_batch(
            "DROP INDEX outbox_claim; DROP INDEX outbox_turn; DROP INDEX tickets_turn;
             ALTER TABLE outbox DROP COLUMN open; ALTER TABLE numbers DROP COLUMN turn;
             ALTER TABLE tenants DROP COLUMN last; ALTER TABLE tenants DROP COLUMN filled;
             CREATE INDEX outbox_ready ON outbox (seq, next_at) WHERE ready = 1;
             DROP INDEX outbox_state; DROP INDEX outbox_open; DROP INDEX outbox_lapses; DROP TABLE pauses;
             DROP TABLE documents; DROP TABLE audit;
             ALTER TABLE outbox DROP COLUMN state; ALTER TABLE outbox DROP COLUMN kind;
             PRAGMA user_version = 1;",
        )
        .unwrap();
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
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let _ = commit.as_mut().poll(&mut context);
    }
    drop((store, tenant));
    let connection = Connection::open(&path).unwrap();
    let cursor: String = connection
        .query_row("SELECT cursor FROM cursors", [], |row| row.get(0))
        .unwrap();
    assert_eq!(cursor, "49");
}
