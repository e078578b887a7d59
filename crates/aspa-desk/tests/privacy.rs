//! Credentials, retention and export.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may panic")]

mod common;

use aspa_channel::{
    AttributeKind, DeliveryStatus, Effect, EffectKind, EventKind, Handle, Part, Provenance,
    ReplyKind, Times, Via,
};
use aspa_desk::{Desk, Error, Retention, Rotated, Subject};
use aspa_identity::{Evidence, EvidenceKind};
use aspa_store::{
    Arrival, AuditAction, AuditQuery, Changes, MemoryStore, MessageRecord, OutboxRow, OutboxState,
    RawDelivery, Versioned, Wanted,
};
use aspa_ticket::{Actor, Command, Outcome};
use aspa_types::{CustomerId, DeliveryId, EffectKey, Secret, TenantId};
use chrono::TimeDelta;

use common::{
    Bench, Hand, agent, answers, asks, builder, event, happened, minute, person, shop, thread,
};

const OLD: &str = "the key of last year, thirty-two bytes";
const NEW: &str = "the key of this year, thirty-two bytes";

fn desk(store: &MemoryStore, keys: &[(&str, &str)]) -> Desk {
    let keys = keys
        .iter()
        .map(|(id, key)| ((*id).to_owned(), Secret::new(*key)));
    builder(store.clone(), &Hand::at(0))
        .credential_keys(keys.collect())
        .build()
        .unwrap()
}

async fn stored(desk: &Desk) -> String {
    let row = desk
        .store()
        .privacy()
        .document("credential", "shop")
        .await
        .unwrap();
    row.unwrap().value.body.to_string()
}

#[tokio::test]
async fn a_credential_is_read_back_and_stands_nowhere_in_clear() {
    let store = MemoryStore::new();
    let desk = desk(&store, &[("1", OLD)]);
    assert!(desk.credential(&shop()).await.unwrap().is_none());
    let (secret, maija) = (Secret::new("hunter2"), agent("maija"));
    let written = desk.put_credential(&shop(), &secret, 0, Some(&maija)).await;
    assert!(matches!(written.unwrap(), Rotated::Written(1)));
    let read = desk.credential(&shop()).await.unwrap().unwrap();
    assert_eq!((read.secret.expose(), read.version), ("hunter2", 1));
    let first = stored(&desk).await;
    assert!(!first.contains("hunter2") && !first.contains("68756e74657232"));
    desk.put_credential(&shop(), &Secret::new("hunter2"), 1, None)
        .await
        .unwrap();
    assert_ne!(stored(&desk).await, first, "a nonce of its own each time");
    desk.remove_credential(&shop(), None).await.unwrap();
    assert!(desk.credential(&shop()).await.unwrap().is_none());
}

#[tokio::test]
async fn of_two_that_renew_a_token_one_wins_and_the_other_gets_it() {
    let store = MemoryStore::new();
    let desk = desk(&store, &[("1", OLD)]);
    desk.put_credential(&shop(), &Secret::new("first"), 0, None)
        .await
        .unwrap();
    let (one, two) = tokio::join!(
        async {
            desk.put_credential(&shop(), &Secret::new("one"), 1, None)
                .await
                .unwrap()
        },
        async {
            desk.put_credential(&shop(), &Secret::new("two"), 1, None)
                .await
                .unwrap()
        },
    );
    let (won, lost, secret) = match (one, two) {
        (Rotated::Written(version), Rotated::Newer(newer)) => (version, newer, "one"),
        (Rotated::Newer(newer), Rotated::Written(version)) => (version, newer, "two"),
        other => panic!("{other:?}"),
    };
    assert_eq!((won, lost.version, lost.secret.expose()), (2, 2, secret));
}

#[tokio::test]
async fn keys_are_changed_and_rows_cannot_be_swapped() {
    let store = MemoryStore::new();
    let old = desk(&store, &[("old", OLD)]);
    old.put_credential(&shop(), &Secret::new("token"), 0, None)
        .await
        .unwrap();
    let both = desk(&store, &[("new", NEW), ("old", OLD)]);
    assert_eq!(both.rekey_credentials().await.unwrap(), 1);
    assert_eq!(both.rekey_credentials().await.unwrap(), 0);
    let new = desk(&store, &[("new", NEW)]);
    assert_eq!(
        new.credential(&shop())
            .await
            .unwrap()
            .unwrap()
            .secret
            .expose(),
        "token"
    );
    let wrong = |error| matches!(error, Err(Error::WrongCredentialKey(_)));
    assert!(wrong(old.credential(&shop()).await));
    let other = desk(
        &store,
        &[("new", "another key under the same name, 32 bytes")],
    );
    assert!(wrong(other.credential(&shop()).await));
    // The row in another tenant's place.
    let mut row = new
        .store()
        .privacy()
        .document("credential", "shop")
        .await
        .unwrap()
        .unwrap();
    row.version = 0;
    let mut changes = Changes::default();
    changes.documents.push(row);
    let tenant = new.tenant(TenantId::new("other").unwrap());
    tenant.store().commit(changes).await.unwrap();
    assert!(wrong(tenant.credential(&shop()).await));
    let weak =
        builder(store, &Hand::at(0)).credential_keys(vec![("w".to_owned(), Secret::new("short"))]);
    assert!(matches!(weak.build(), Err(Error::WeakCredentialKey(_))));
}

async fn sweep(desk: &Desk) -> aspa_desk::Swept {
    for _ in 0..100 {
        if let Some(swept) = desk.sweep(desk.now()).await.unwrap() {
            return swept;
        }
    }
    panic!("a sweep ends");
}

fn raw(id: &str, days: i64) -> Arrival {
    let at = minute(0) + TimeDelta::days(days);
    let mut arrival = Arrival::new(at, Vec::new());
    let id = DeliveryId::new(id).unwrap();
    arrival.delivery = Some(RawDelivery::new("hook".into(), id, at, b"a body".to_vec()));
    arrival
}

#[tokio::test]
async fn receipts_that_name_no_message_are_forgotten_in_time() {
    let bench = Bench::new();
    let read = |until| {
        let kind = EventKind::status_until(
            thread("c"),
            person("matti"),
            DeliveryStatus::Read,
            minute(until),
        );
        happened(until, kind)
    };
    bench.tell([event(asks("1", "c", "matti", 0))]).await;
    bench.tell([read(1)]).await;
    assert_eq!(sweep(&bench.desk).await.rows.get("receipts"), None);
    bench.clock.advance(TimeDelta::days(2000));
    assert_eq!(sweep(&bench.desk).await.rows.get("receipts"), Some(&1));
    assert_eq!(sweep(&bench.desk).await.rows.get("receipts"), None);
    let records = bench.desk.store().messages(None, 10).await.unwrap();
    let mut unnamed = records.iter().filter(|record| record.message.is_none());
    assert!(unnamed.all(|record| record.extra.is_empty() && record.erased_at.is_none()));
}

#[tokio::test]
async fn what_was_kept_long_enough_goes_and_is_reported() {
    let bench = Bench::new();
    let desk = &bench.desk;
    bench
        .tell([
            event(asks("1", "c", "matti", 0)),
            event(answers("2", "c", "matti", 1)),
        ])
        .await;
    bench.tell([event(asks("3", "d", "liisa", 0))]).await;
    let tickets = common::all(desk).await;
    let matti = tickets
        .iter()
        .find(|ticket| ticket.key.customer == person("matti"))
        .unwrap();
    desk.note(&matti.id, "a note", None).await.unwrap();
    resolve(desk, matti).await;
    desk.audit(
        AuditAction::Viewed,
        None,
        &Subject::Handle(person("matti")),
        "case",
    )
    .await
    .unwrap();
    let days = [("old", -100), ("body", -40), ("new", -1)];
    let arrivals = days.map(|(id, days)| raw(id, days));
    desk.store()
        .commit(Changes::arrive(arrivals.into()))
        .await
        .unwrap();
    let first = sweep(desk).await;
    assert_eq!(
        first.rows.into_iter().collect::<Vec<_>>(),
        [("deliveries".to_owned(), 3 - 1)]
    );
    let left = desk
        .store()
        .privacy()
        .all_deliveries(None, 10)
        .await
        .unwrap();
    let mut left: Vec<_> = left
        .iter()
        .map(|raw| (raw.id.to_string(), raw.body.len()))
        .collect();
    left.sort();
    assert_eq!(left, [("body".to_owned(), 0), ("new".to_owned(), 6)]);
    let before: Vec<_> = common::all(desk).await;
    bench.clock.advance(TimeDelta::days(2000));
    let swept = sweep(desk).await;
    assert_eq!(
        swept.rows.get("messages"),
        Some(&2),
        "Liisa's ticket is active: {swept:?}"
    );
    assert_eq!(
        (swept.rows.get("notes"), swept.rows.get("audit entries")),
        (Some(&1), Some(&1))
    );
    assert_eq!(common::all(desk).await, before, "facts stay");
    let records = desk.store().messages(None, 10).await.unwrap();
    let texts = records
        .iter()
        .map(|record| record.message.as_ref().unwrap().parts.len());
    assert_eq!(texts.collect::<Vec<_>>(), [0, 0, 1]);
    assert_eq!(desk.sweeps().await.unwrap().len(), 1, "an old report goes");
}

async fn resolve(desk: &Desk, ticket: &aspa_ticket::Ticket) {
    let command = Command::Resolve {
        outcome: Outcome::Solved,
        rest: None,
        newest_seen: None,
    };
    let by = Actor::Us(Some(agent("maija")));
    desk.command(&ticket.id, command, by).await.unwrap();
}

#[tokio::test]
async fn a_tenant_says_how_long() {
    let bench = Bench::new();
    let mut short = Retention::default();
    (short.delivery_bodies, short.texts) = (Some(1), None);
    bench
        .desk
        .set_retention(&short, Some(&agent("maija")))
        .await
        .unwrap();
    assert_eq!(bench.desk.retention().await.unwrap(), short);
    let json = serde_json::to_string(&short).unwrap();
    assert_eq!(serde_json::from_str::<Retention>(&json).unwrap(), short);
    bench
        .desk
        .store()
        .commit(Changes::arrive(vec![raw("r", -2)]))
        .await
        .unwrap();
    assert_eq!(sweep(&bench.desk).await.rows.get("deliveries"), Some(&1));
    let other = bench.desk.tenant(TenantId::new("other").unwrap());
    assert_eq!(other.retention().await.unwrap(), Retention::default());
}

#[tokio::test]
async fn an_export_has_everything_of_the_person_and_nothing_of_others() {
    let bench = Bench::new();
    let mut first = event(asks("1", "c", "matti", 0));
    let profile =
        Handle::new(person("matti")).with(AttributeKind::DisplayName, "Matti M", minute(0));
    first.handles.push(profile);
    let mut ours = answers("2", "c", "matti", 1);
    (ours.agent, ours.parts) = (Some(agent("maija")), vec![Part::text("our answer")]);
    bench
        .tell([first, event(ours), event(asks("3", "c", "liisa", 2))])
        .await;
    let tickets = common::all(&bench.desk).await;
    let matti = tickets
        .iter()
        .find(|ticket| ticket.key.customer == person("matti"))
        .unwrap();
    bench
        .desk
        .note(&matti.id, "a note about him", None)
        .await
        .unwrap();
    let subject = Subject::Handle(person("matti"));
    let mut out = Vec::new();
    bench
        .desk
        .export(&subject, Some(&agent("ville")), "access_request", &mut out)
        .await
        .unwrap();
    let text = String::from_utf8(out).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&json["form"], json["messages"].as_array().unwrap().len()),
        (&1.into(), 2)
    );
    for part in [
        "text of 1",
        "our answer",
        "Matti M",
        "a note about him",
        "purpose",
    ] {
        assert!(text.contains(part), "{part} is in {text}");
    }
    for part in ["text of 3", "liisa", "maija", "ville"] {
        assert!(!text.contains(part), "{part} is not in {text}");
    }
    let audit = bench
        .desk
        .audit_log(AuditQuery::default(), Some(&subject))
        .await
        .unwrap();
    let entry = &audit[0].entry;
    assert_eq!(
        (&entry.action, entry.why.as_deref()),
        (&AuditAction::Exported, Some("access_request"))
    );
    let mut nobody = Vec::new();
    bench
        .desk
        .export(&Subject::Handle(person("nobody")), None, "x", &mut nobody)
        .await
        .unwrap();
    let empty: serde_json::Value = serde_json::from_slice(&nobody).unwrap();
    assert_eq!(empty["messages"], serde_json::json!([]));
}

/// What no ticket, ended effect or clock of a network vouches for has an end too: edits of messages that
/// never came, texts that nobody dated but their sender, what a network answered, evidence with an end.
#[tokio::test]
async fn what_is_easily_forgotten_is_swept_too() {
    let bench = Bench::new();
    let desk = &bench.desk;
    let mut edit = asks("1", "c", "matti", 0);
    (edit.author, edit.revision, edit.edited_at) = (None, 1, Some(minute(0)));
    let mut sent = asks("2", "c", "matti", 0);
    sent.times = Times::claimed(minute(0));
    let mut changes = Changes::default();
    for message in [edit, sent] {
        let mut record = MessageRecord::new(message.key.clone());
        record.write(message, &Provenance::new(Via::Poll));
        changes.messages.push(Versioned::new(record));
    }
    let key = EffectKey::new("e").unwrap();
    let effect = Effect::new(
        key.clone(),
        thread("c"),
        EffectKind::send("Hei", ReplyKind::Answer),
    );
    let mut row = OutboxRow::queued(effect, None, minute(0));
    row.state = OutboxState::FailedFinal;
    changes.outbox.push(Versioned::new(row));
    let failed = serde_json::json!({
        "number": 1, "started_at": minute(0),
        "outcome": {"type": "failed", "kind": "forbidden", "status": "permanent", "landed": "no", "error": "text of 9"},
    });
    let failed = serde_json::from_value(failed).unwrap();
    changes.attempts.push((key.clone(), failed));
    let known = Handle::new(person("matti"));
    changes.handles.push(Versioned::new(known));
    for (name, end) in [("text of 7", Some(60)), ("Matti", None)] {
        let kind = EvidenceKind::AgentSaidSame {
            customer: CustomerId::new("crm".parse().unwrap(), "c-1").unwrap(),
            by: agent("maija"),
        };
        let mut piece = Evidence::new(minute(0), name, kind);
        piece.expires_at = end.map(minute);
        changes.evidence.push((person("matti"), piece));
    }
    desk.store().commit(changes).await.unwrap();
    bench.clock.advance(TimeDelta::days(2000));
    let swept = sweep(desk).await;
    let rows = ["messages", "effects", "evidence"].map(|what| swept.rows.get(what).copied());
    assert_eq!(rows, [Some(2), Some(1), Some(1)], "{swept:?}");
    let records = desk.store().messages(None, 10).await.unwrap();
    let tries = desk.store().effect(&key).await.unwrap().unwrap().1;
    let mut wanted = Wanted::default();
    wanted.people.insert(person("matti"));
    let people = desk.store().load(&wanted).await.unwrap().people;
    let evidence = &people[&person("matti")].evidence;
    let left = serde_json::json!([records, tries, evidence]).to_string();
    assert!(!left.contains("text of"), "{left}");
    assert_eq!(evidence.len(), 1);
    assert!(sweep(desk).await.rows.is_empty());
}
