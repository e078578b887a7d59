//! Rows that a later version has written: told by name, left alone, and in nobody's way.
#![expect(
    clippy::unwrap_used,
    reason = "parts of a test, which clippy takes for other code"
)]

use aspa_channel::{ConversationKey, Effect, EffectKind, Event, EventKind, ReplyKind, Via};
use aspa_store::{
    Arrival, Changes, Claim, ErrorKind, OutboxRow, Store, TicketRow, Timer, Versioned, Wanted,
};
use aspa_store_sqlite::SqliteStore;
use aspa_ticket::{Ticket, TicketKey};
use aspa_types::{AccountId, EffectKey, HandleKey, Network, TenantId};
use chrono::{DateTime, TimeDelta, Utc};
use futures_executor::block_on;
use rusqlite::Connection;

fn now() -> DateTime<Utc> {
    "2026-11-23T08:00:00Z".parse().unwrap()
}

fn about(id: &str) -> TicketKey {
    let conversation = ConversationKey::new(AccountId::new("shop").unwrap(), id).unwrap();
    let customer = HandleKey::new(Network::X, None, id).unwrap();
    TicketKey {
        conversation,
        customer,
    }
}

fn claim(limit: usize) -> Claim {
    let lease = TimeDelta::seconds(60);
    Claim {
        now: now(),
        lease,
        limit,
    }
}

#[test]
fn rows_of_a_later_version_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.sqlite");
    let store = SqliteStore::open(&path).unwrap();
    let tenant = store.tenant(&TenantId::default());
    let mut changes = Changes::default();
    for id in ["a", "b"] {
        let mut row = TicketRow::new(Ticket::open(about(id), 1, now()));
        row.timers.push(Timer {
            at: now(),
            name: "snooze".into(),
        });
        changes.tickets.push(Versioned::new(row));
        let kind = EffectKind::send("Hei", ReplyKind::Answer);
        let effect = Effect::new(EffectKey::new(id).unwrap(), about(id).conversation, kind);
        let row = OutboxRow::queued(effect, None, now());
        changes.outbox.push(Versioned::new(row));
    }
    block_on(tenant.commit(changes)).unwrap();
    let raw = Connection::open(&path).unwrap();
    raw.execute_batch(
        "UPDATE tickets SET ticket = '{\"v\":9,' || substr(ticket, 2), clocks = '{\"v\":9,' || substr(clocks, 2)
         WHERE about = (SELECT id FROM abouts WHERE conversation = 'a');
         UPDATE outbox SET effect = '{\"v\":9,' || substr(effect, 2) WHERE key = 'a';",
    )
    .unwrap();
    let text = |sql: &str| {
        raw.query_row(sql, [], |row| row.get::<_, String>(0))
            .unwrap()
    };
    let stored = "SELECT effect FROM outbox WHERE key = 'a'";
    let before = text(stored);

    let mut wanted = Wanted::default();
    wanted.tickets.insert(about("a"));
    let error = block_on(tenant.load(&wanted)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Newer);
    assert!(
        error.to_string().contains("a ticket of version 9"),
        "{error}"
    );
    let mut wanted = Wanted::default();
    wanted.tickets.insert(about("b"));
    assert_eq!(
        block_on(tenant.load(&wanted)).unwrap().tickets[&about("b")].len(),
        1
    );

    let claimed = block_on(store.claim_outbox(claim(10))).unwrap();
    let keys: Vec<_> = claimed
        .iter()
        .map(|c| c.row.value.effect.key.as_str())
        .collect();
    assert_eq!(keys, ["b"], "the other goes");
    assert_eq!(text(stored), before, "as it was written");
    let due = block_on(store.claim_timers(claim(10))).unwrap();
    assert_eq!(due.len(), 1, "the other is due");
    assert!(block_on(store.claim_outbox(claim(10))).unwrap().is_empty());
}

#[test]
fn a_claim_has_an_end_in_bytes() {
    let store = SqliteStore::open_in_memory().unwrap();
    let tenant = store.tenant(&TenantId::default());
    let padding = "x".repeat(1 << 20);
    for n in 0..40 {
        let kind =
            EventKind::Unknown(serde_json::json!({ "type": "file", "n": n, "text": padding }));
        let event = Event::new(AccountId::new("shop").unwrap(), kind, Via::Webhook);
        let arrival = Arrival::new(now(), vec![event]);
        block_on(tenant.commit(Changes::arrive(vec![arrival]))).unwrap();
    }
    let mut seqs = Vec::new();
    for _ in 0..40 {
        let claimed = block_on(store.claim_inbox(claim(500))).unwrap();
        if claimed.is_empty() {
            break;
        }
        assert!(claimed.len() <= 17, "{} MiB at once", claimed.len());
        seqs.extend(claimed.iter().map(|entry| entry.seq));
    }
    let in_order = seqs.is_sorted_by(|a, b| a < b);
    assert_eq!(
        (seqs.len(), in_order),
        (40, true),
        "all of them, in order, once"
    );
}
