//! Rows to fill a store with.

use std::str::FromStr;

use aspa_channel::{
    ConversationKey, Cursor, Effect, EffectKind, Event, EventKind, Handle, Message, MessageKey, Via,
};
use aspa_crm::{Claim, Customer, CustomerKind, Field};
use aspa_identity::{Evidence, EvidenceKind, Link};
use aspa_store::{
    Arrival, Attempt, AuditAction, AuditEntry, Changes, Document, MessageRecord, Note, OutboxRow,
    OutboxState, RawDelivery, TicketRow, Timer, Versioned, Wanted,
};
use aspa_ticket::{Actor, Ticket, TicketKey};
use aspa_types::{BadId, CustomerId, HandleKey, Network, TenantId};
use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// So many seconds after the time at which every case begins.
pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_794_000_000, 0).unwrap_or_default() + TimeDelta::seconds(seconds)
}

/// An id of any kind.
#[expect(clippy::expect_used, reason = "the ids of the kit are short words")]
pub(super) fn name<T: FromStr<Err = BadId>>(text: &str) -> T {
    text.parse().expect("a short word is an id")
}

/// Something of which only the JSON is known.
#[expect(
    clippy::expect_used,
    reason = "the JSON of the kit is what these types write"
)]
pub(super) fn read<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).expect("JSON of the kit can be read")
}

pub(super) fn tenant_id(id: &str) -> TenantId {
    name(id)
}

pub(super) fn message_key(id: &str) -> MessageKey {
    read(json!({"account": "shop", "id": id}))
}

pub(super) fn conversation(id: &str) -> ConversationKey {
    read(json!({"account": "shop", "id": id}))
}

#[expect(clippy::expect_used, reason = "the ids of the kit are short words")]
pub(super) fn handle_key(id: &str) -> HandleKey {
    HandleKey::new(Network::X, Some("app:1"), id).expect("a short word is an id")
}

pub(super) fn customer_id(id: &str) -> CustomerId {
    read(json!({"system": "crm", "id": id}))
}

/// A customer of this name in a conversation of this name.
pub(super) fn about(id: &str) -> TicketKey {
    TicketKey {
        conversation: conversation(id),
        customer: handle_key(id),
    }
}

/// An event that nothing but its number tells from others.
pub(super) fn event(number: usize) -> Event {
    let kind = EventKind::Unknown(json!({"type": "poll_closed", "number": number}));
    Event::new(name("shop"), kind, Via::Webhook)
}

/// Events that came at the start.
pub(super) fn arrival(numbers: impl IntoIterator<Item = usize>) -> Arrival {
    Arrival::new(at(0), numbers.into_iter().map(event).collect())
}

pub(super) fn delivery(webhook: &str, id: &str) -> RawDelivery {
    RawDelivery::new(webhook.into(), name(id), at(0), b"\x00\xffraw".to_vec())
}

pub(super) fn message(id: &str, of: &str) -> Message {
    let message = json!({
        "key": message_key(id), "conversation": conversation(of), "direction": "inbound", "kind": "comment",
        "audience": "public", "parts": [{"type": "text", "text": "Missä tilaukseni on? 📦"}],
        "times": {"source": at(-5), "vouched": true, "received": at(0)}, "visibility": "visible",
    });
    read(message)
}

pub(super) fn record(id: &str, of: &str) -> MessageRecord {
    let mut record = MessageRecord::new(message_key(id));
    record.message = Some(message(id, of));
    record
}

pub(super) fn ticket(id: &str) -> TicketRow {
    TicketRow::new(Ticket::open(about(id), 1, at(0)))
}

/// A ticket with these timers.
pub(super) fn waking(id: &str, timers: &[(i64, &str)]) -> TicketRow {
    let mut row = ticket(id);
    row.timers = timers
        .iter()
        .map(|(seconds, name)| timer(*seconds, name))
        .collect();
    row
}

pub(super) fn timer(seconds: i64, name: &str) -> Timer {
    Timer {
        at: at(seconds),
        name: name.into(),
    }
}

pub(super) fn ticket_event(seconds: i64, message: &str) -> aspa_ticket::Event {
    let kind = aspa_ticket::EventKind::received(message_key(message));
    aspa_ticket::Event::new(at(seconds), Actor::Customer, kind)
}

pub(super) fn effect(key: &str, of: &str) -> OutboxRow {
    let kind = EffectKind::mark_read(message_key("m-1"));
    let effect = Effect::new(name(key), conversation(of), kind);
    OutboxRow::queued(effect, None, at(0))
}

/// An effect in this state, due at this second.
pub(super) fn effect_in(state: OutboxState, key: &str, of: &str, due: i64) -> OutboxRow {
    let mut row = effect(key, of);
    row.state = state;
    row.next_at = at(due);
    row
}

pub(super) fn note(id: &str, text: &str) -> Note {
    Note::new(
        id.into(),
        about("t-1"),
        Some(name("maija")),
        at(0),
        text.to_owned(),
    )
}

pub(super) fn evidence(source: &str) -> Evidence {
    let kind = EvidenceKind::HostAsserted {
        customer: customer_id("c-1"),
    };
    Evidence::new(at(0), source, kind)
}

pub(super) fn link(id: &str, state: &str) -> Link {
    read(json!({
        "handle": handle_key(id), "state": state, "customer": customer_id("c-1"), "probability": 0.984_375,
        "decision": {
            "verdict": {"verdict": "link", "customer": customer_id("c-1")}, "decided_by": {"by": "rule"},
            "candidates": [],
        },
        "decided_by": {"by": "rule"}, "at": at(0),
    }))
}

pub(super) fn customer(id: &str, city: &str) -> Customer {
    let claim = Claim::new(Field::City, city, name("crm"), at(0));
    Customer::new(customer_id(id), CustomerKind::Person).with(claim)
}

/// A row of each kind, with what has to be there before: [`ground`].
///
/// `first` is the number of an inbox entry; the one after it exists too.
pub(super) fn one_of_each(first: u64) -> Changes {
    let mut arrived = arrival([101, 102]);
    arrived.delivery = Some(delivery("hook", "d-2"));
    arrived.cursor = Some(("poll".into(), Cursor("page-2".to_owned())));
    let mut changes = Changes::arrive(vec![arrived]);
    changes.processed.push(first);
    changes.kept.push(first + 1);
    let mut waits = record("m-2", "t-2");
    waits.awaits = Some(message_key("m-0"));
    changes.messages.push(Versioned::new(waits));
    changes
        .handles
        .push(Versioned::new(Handle::new(handle_key("h-2"))));
    let mut row = waking("t-2", &[(30, "snooze")]);
    row.breach_at = Some(at(90));
    row.ticket.tags.insert(name("delivery/late"));
    row.ticket.assignee = Some(name("maija"));
    changes.tickets.push(Versioned::new(row));
    changes.history.push((about("t-2"), ticket_event(0, "m-2")));
    changes.removed.push(Versioned {
        value: ticket("t-1").ticket.id,
        version: 1,
    });
    changes.notes.push(note("note-2", "He called."));
    changes.evidence.push((handle_key("h-2"), evidence("m-2")));
    changes.links.push(Versioned::new(link("h-2", "linked")));
    changes.outbox.push(Versioned::new(effect("second", "t-2")));
    changes
        .attempts
        .push((name("second"), Attempt::started(1, at(1))));
    changes.customers.push(customer("c-2", "Oulu"));
    changes.gone.push(customer_id("c-1"));
    changes.cursors.push(("crm".into(), Cursor("2".to_owned())));
    let document = |key: &str| Document::new("plan", key, json!({ "of": "two" }));
    changes.documents.push(Versioned::new(document("second")));
    let (value, version) = (document("first"), 1);
    changes.documents.push(Versioned { value, version });
    changes
        .audit
        .push(AuditEntry::new(at(2), None, AuditAction::Exported));
    changes
}

/// What [`one_of_each`] needs.
pub(super) fn ground() -> Changes {
    let mut arrived = arrival([1, 2, 3]);
    arrived.delivery = Some(delivery("hook", "d-1"));
    arrived.cursor = Some(("poll".into(), Cursor("page-1".to_owned())));
    let mut changes = Changes::arrive(vec![arrived]);
    changes.messages.push(Versioned::new(record("m-1", "t-1")));
    changes
        .handles
        .push(Versioned::new(Handle::new(handle_key("h-1"))));
    changes
        .tickets
        .push(Versioned::new(waking("t-1", &[(60, "breach")])));
    changes.history.push((about("t-1"), ticket_event(0, "m-1")));
    changes.notes.push(note("note-1", "A regular."));
    changes.evidence.push((handle_key("h-1"), evidence("m-1")));
    changes.links.push(Versioned::new(link("h-1", "review")));
    changes.outbox.push(Versioned::new(effect("first", "t-1")));
    changes.customers.push(customer("c-1", "Espoo"));
    changes.cursors.push(("crm".into(), Cursor("1".to_owned())));
    let document = Document::new("plan", "first", json!({ "of": "one" }));
    changes.documents.push(Versioned::new(document));
    changes
        .audit
        .push(AuditEntry::new(at(1), None, AuditAction::Viewed));
    changes
}

/// Everything in [`ground`] and [`one_of_each`] that can be asked for by key.
pub(super) fn wanted() -> Wanted {
    let mut wanted = Wanted::default();
    wanted.messages.extend(["m-1", "m-2"].map(message_key));
    wanted.awaiting.insert(message_key("m-0"));
    wanted.handles.extend(["h-1", "h-2"].map(handle_key));
    wanted.tickets.extend(["t-1", "t-2"].map(about));
    wanted.histories.extend(["t-1", "t-2"].map(about));
    wanted.people.extend(["h-1", "h-2"].map(handle_key));
    wanted
}
