use aspa_channel::{Cursor, EffectKind, Event, EventKind, Handle, Via};
use aspa_store::{
    Arrival, Attempt, Changes, MessageRecord, OutboxRow, Reaction, Shown, Versioned, Wanted,
};
use aspa_ticket::Ticket;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::rows::{
    about, at, conversation, customer, customer_id, effect, evidence, handle_key, link, message,
    message_key, name, note, read, ticket, ticket_event, timer,
};
use super::stage::{Stage, done, same};
use crate::case::Checked;

const LOST: &str = "a row is taken apart into columns that do not hold all of it";

fn odd_time() -> chrono::DateTime<chrono::Utc> {
    at(-1) + TimeDelta::nanoseconds(123_456_789)
}

/// Fields and words of a later version.
fn later() -> Value {
    json!({"from": "a later version", "ö \"\\ \u{0}": [1, 2.5, null, true], "deep": {"er": {}}})
}

fn odd_record() -> MessageRecord {
    let mut written = message("m-1 'quoted\" \\ %_* ☃", "t-1");
    written.extra.insert("x_new".to_owned(), later());
    written.kind = "hologram".into();
    written.visibility = "blurred".into();
    written.parts.push(aspa_channel::Part::Unknown(
        json!({"type": "smell", "of": later()}),
    ));
    written.times.source = Some(odd_time());
    written.in_reply_to = Some(message_key("m-0"));
    let mut record = MessageRecord::new(written.key.clone().part(7));
    record.revisions.push(message("m-1", "t-1"));
    record
        .visibility
        .push(Shown::new(odd_time(), "blurred".into(), None));
    record.reactions.push(Reaction::new(
        handle_key("h-1"),
        "👍🏽".to_owned(),
        odd_time(),
        true,
    ));
    record.statuses.push((odd_time(), "dreamt".into()));
    record.awaits = Some(message_key("m-0"));
    record.provenance = Some(read(
        json!({"via": "pigeon", "raw": "{\"a\": 1}", "x_new": later()}),
    ));
    record.extra.insert("x_new".to_owned(), later());
    record.message = Some(written);
    record
}

fn odd_ticket() -> Ticket {
    let mut odd = ticket("t-1").ticket;
    odd.category = "haunted".into();
    odd.tags.insert(name("delivery/late"));
    odd.notes.push("note-1".into());
    odd.assignee = Some(name("maija"));
    odd.outcome = Some("forgotten".into());
    odd.passed.insert("first_response 1 breach".to_owned());
    odd.queued.insert(name("e-1"));
    odd.opened_at = odd_time();
    odd.extra.insert("x_new".to_owned(), later());
    odd
}

fn odd_effect() -> OutboxRow {
    let mut row = effect("first", "t-1");
    row.effect.kind = EffectKind::Unknown(json!({"type": "sing", "song": later()}));
    row.effect.extra.insert("x_new".to_owned(), later());
    row.state = "rehearsing".into();
    row.next_at = odd_time();
    row.ticket = Some((ticket("t-1").ticket.id, about("t-1")));
    row.receipt = Some(read(
        json!({"effect": "first", "messages": [message_key("m-9")], "x_new": later()}),
    ));
    row
}

/// S8: each kind of row comes back as it was given, what this version does not know included.
pub(super) async fn every_row(stage: Stage) -> Checked {
    let mut changes = Changes::default();
    let record = odd_record();
    changes.messages.push(Versioned::new(record.clone()));
    let mut handle = Handle::new(handle_key("h-1")).with("shoe_size".into(), "43", odd_time());
    handle.extra.insert("x_new".to_owned(), later());
    changes.handles.push(Versioned::new(handle.clone()));
    let mut row = aspa_store::TicketRow::new(odd_ticket());
    row.breach_at = Some(odd_time());
    row.timers = vec![timer(5, "b 'quoted'"), timer(3, "a")];
    changes.tickets.push(Versioned::new(row.clone()));
    let mut happened = ticket_event(0, "m-1");
    happened.kind = aspa_ticket::EventKind::Unknown(json!({"type": "sneezed", "at": later()}));
    happened.at = odd_time();
    happened.extra.insert("x_new".to_owned(), later());
    changes.history.push((about("t-1"), happened.clone()));
    let mut written = note("note-1", "Line\n\"two\" \\ ☃");
    written.at = odd_time();
    changes.notes.push(written.clone());
    let mut piece = evidence("m-1");
    piece.kind = aspa_identity::EvidenceKind::Unknown(json!({"type": "gait", "like": later()}));
    piece.extra.insert("x_new".to_owned(), later());
    changes.evidence.push((handle_key("h-1"), piece.clone()));
    let mut stands = link("h-1", "rumoured");
    stands.extra.insert("x_new".to_owned(), later());
    changes.links.push(Versioned::new(stands.clone()));
    changes.outbox.push(Versioned::new(odd_effect()));
    let tried = Attempt::started(1, odd_time());
    changes.attempts.push((name("first"), tried.clone()));
    let mut bought = customer("c-1", "Äänekoski");
    bought.kind = "cooperative".into();
    bought.extra.insert("x_new".to_owned(), later());
    changes.customers.push(bought.clone());
    changes
        .cursors
        .push(("poll".into(), Cursor("{\"page\": \"ö\"}".to_owned())));
    stage.commit(changes).await?;

    let stage = stage.reopen().await;
    let mut wanted = Wanted::default();
    wanted.messages.insert(record.key.clone());
    wanted.handles.insert(handle_key("h-1"));
    wanted.tickets.insert(about("t-1"));
    wanted.histories.insert(about("t-1"));
    wanted.people.insert(handle_key("h-1"));
    wanted
        .customers
        .extend([customer_id("c-1"), customer_id("none")]);
    let loaded = done("loading", stage.tenant.load(&wanted).await)?;
    let once = |value| Versioned { value, version: 1 };
    same(
        "the message",
        &Some(&once(record.clone())),
        &loaded.messages.get(&record.key),
        LOST,
    )?;
    let found = loaded.handles.get(&handle_key("h-1"));
    same(
        "the handle",
        &Some(&Versioned {
            value: handle,
            version: 1,
        }),
        &found,
        LOST,
    )?;
    let ticket_found = Versioned {
        value: row.ticket.clone(),
        version: 1,
    };
    same(
        "the ticket",
        &Some(&vec![ticket_found.clone()]),
        &loaded.tickets.get(&about("t-1")),
        LOST,
    )?;
    same(
        "the history",
        &Some(&vec![happened]),
        &loaded.histories.get(&about("t-1")),
        LOST,
    )?;
    let person = loaded
        .people
        .get(&handle_key("h-1"))
        .cloned()
        .unwrap_or_default();
    same("the evidence", &vec![piece], &person.evidence, LOST)?;
    same(
        "the link",
        &Some(Versioned {
            value: stands.clone(),
            version: 1,
        }),
        &person.link,
        LOST,
    )?;
    same("the customers", &1, &loaded.customers.len(), LOST)?;
    same(
        "the customer",
        &Some(&bought),
        &loaded.customers.get(&bought.id),
        LOST,
    )?;
    let of = &stage.tenant;
    let id = &row.ticket.id;
    same(
        "the ticket by id",
        &Some(ticket_found),
        &done("ticket", of.ticket(id).await)?,
        LOST,
    )?;
    same(
        "the row in a list",
        &vec![row],
        &done("tickets", of.tickets(&<_>::default()).await)?,
        LOST,
    )?;
    same(
        "the message in a list",
        &vec![record.clone()],
        &done("messages", of.messages(None, 9).await)?,
        LOST,
    )?;
    let thread = done(
        "conversation",
        of.conversation(&conversation("t-1"), None, 9).await,
    )?;
    same(
        "the message in its conversation",
        &vec![record],
        &thread,
        LOST,
    )?;
    same(
        "the note",
        &Some(written),
        &done("note", of.note(&"note-1".into()).await)?,
        LOST,
    )?;
    let links = done("links", of.links(&"rumoured".into(), None, 9).await)?;
    same("the link in a list", &vec![stands], &links, LOST)?;
    let stored = Some((
        Versioned {
            value: odd_effect(),
            version: 1,
        },
        vec![tried],
    ));
    same(
        "the effect",
        &stored,
        &done("effect", of.effect(&name("first")).await)?,
        LOST,
    )?;
    same(
        "the customer",
        &vec![bought],
        &done("customers", of.customers(None, 9).await)?,
        LOST,
    )?;
    let cursor = Some(Cursor("{\"page\": \"ö\"}".to_owned()));
    same(
        "the cursor",
        &cursor,
        &done("cursor", of.cursor("poll").await)?,
        LOST,
    )
}

/// S8: events come out of the inbox as they went in, claimed or kept.
pub(super) async fn events(stage: Stage) -> Checked {
    let mut known = Event::new(
        name("shop"),
        EventKind::Message(Box::new(message("m-1", "t-1"))),
        Via::Stream,
    );
    known.at = Some(odd_time());
    known.handles.push(Handle::new(handle_key("h-1")));
    known.extra.insert("x_new".to_owned(), later());
    let strange =
        EventKind::Unknown(json!({"type": "eclipse", "of": later(), "who": customer_id("c-1")}));
    let strange = Event::new(name("shop"), strange, "pigeon".into());
    let sent = vec![known, strange];
    stage
        .commit(Changes::arrive(vec![Arrival::new(
            odd_time(),
            sent.clone(),
        )]))
        .await?;
    let stage = stage.reopen().await;
    let claimed = stage.claim(0, 10).await?;
    let came: Vec<_> = claimed.iter().map(|entry| entry.event.clone()).collect();
    same("the events", &sent, &came, LOST)?;
    let times: Vec<_> = claimed.iter().map(|entry| entry.received_at).collect();
    same("when they came", &vec![odd_time(); 2], &times, LOST)?;
    let mut changes = Changes::default();
    changes.kept.extend(claimed.iter().map(|entry| entry.seq));
    stage.commit(changes).await?;
    same(
        "what is kept",
        &claimed,
        &done("kept", stage.tenant.kept(0, 10).await)?,
        LOST,
    )
}
