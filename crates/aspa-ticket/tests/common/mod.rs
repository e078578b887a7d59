//! What the tests of tickets are told in: one shop, one thread, customer Matti, agent Liisa.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "these are tests")]

use aspa_channel::{ConversationKey, MessageKey, ReplyKind};
use aspa_ticket::{Actor, Attached, Disposition, Event, EventKind, Rules, Ticket, TicketKey, fold};
use aspa_types::{AccountId, AgentId, EffectKey, HandleKey, Network};
use chrono::{DateTime, TimeDelta, Utc};

/// So many seconds into the test's morning.
pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    "2026-11-23T08:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(seconds)
}

pub(crate) fn account() -> AccountId {
    AccountId::new("shop").unwrap()
}

pub(crate) fn matti() -> TicketKey {
    TicketKey {
        conversation: ConversationKey::new(account(), "thread-7").unwrap(),
        customer: HandleKey::new(Network::MASTODON, None, "matti").unwrap(),
    }
}

pub(crate) fn message(id: &str) -> MessageKey {
    MessageKey::new(account(), id).unwrap()
}

pub(crate) fn effect(id: &str) -> EffectKey {
    EffectKey::new(id).unwrap()
}

pub(crate) fn agent(name: &str) -> AgentId {
    AgentId::new(name).unwrap()
}

pub(crate) fn liisa() -> Actor {
    Actor::Us(Some(agent("liisa")))
}

pub(crate) fn received(seconds: i64, id: &str) -> Event {
    let kind = EventKind::received(message(id));
    Event::new(at(seconds), Actor::Customer, kind)
}

pub(crate) fn sent(seconds: i64, id: &str, reply: ReplyKind) -> Event {
    let kind = EventKind::Sent {
        message: message(id),
        reply,
        effect: None,
    };
    Event::new(at(seconds), liisa(), kind)
}

pub(crate) fn answered(seconds: i64, id: &str) -> Event {
    sent(seconds, id, ReplyKind::Answer)
}

pub(crate) fn withdrawn(seconds: i64, id: &str) -> Event {
    let kind = EventKind::Withdrawn {
        message: message(id),
    };
    Event::new(at(seconds), Actor::Customer, kind)
}

pub(crate) fn restored(seconds: i64, id: &str) -> Event {
    let kind = EventKind::Restored {
        message: message(id),
    };
    Event::new(at(seconds), Actor::Customer, kind)
}

/// Something that one of us did, in another tool or here.
pub(crate) fn did(seconds: i64, kind: EventKind) -> Event {
    Event::new(at(seconds), liisa(), kind)
}

pub(crate) fn resolved(seconds: i64) -> Event {
    let outcome = aspa_ticket::Outcome::Solved;
    did(seconds, EventKind::Resolved { outcome })
}

/// The tickets of a history, with a reopen window of an hour.
pub(crate) fn tickets(history: &[Event]) -> Vec<Ticket> {
    fold(&matti(), history, &hour())
}

/// The one ticket of a history.
pub(crate) fn ticket(history: &[Event]) -> Ticket {
    let mut tickets = tickets(history);
    assert_eq!(tickets.len(), 1, "one ticket");
    tickets.remove(0)
}

pub(crate) fn hour() -> Rules {
    Rules::reopen_within(TimeDelta::hours(1))
}

pub(crate) fn on<'t>(ticket: &'t Ticket, id: &str) -> &'t Attached {
    let found = ticket.messages.iter().find(|m| m.message == message(id));
    found.expect("is on the ticket")
}

pub(crate) fn became(ticket: &Ticket, id: &str) -> Disposition {
    on(ticket, id).disposition.clone()
}

pub(crate) fn answered_by(id: &str) -> Disposition {
    Disposition::Answered { by: message(id) }
}

pub(crate) fn needs_none(why: &str) -> Disposition {
    Disposition::NeedsNoAnswer {
        why: why.to_owned(),
    }
}
