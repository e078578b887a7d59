//! From a ticket to its clocks: the events that aspa-sla counts, and what lists and timers need.

use aspa_channel::{Direction, ReplyKind};
use aspa_sla::{Event, EventKind, Sla, State, Status, Verdict};
use aspa_store::{TicketRow, Timer};
use aspa_ticket::{Category, Change, Ticket};
use chrono::{DateTime, Utc};

/// What happened to a ticket, as clocks see it: from the customer's first message on, in order; at
/// one instant messages first, then what was done about them.
pub(crate) fn timeline(ticket: &Ticket) -> Vec<Event> {
    let Some(created) = ticket.inbound().map(|m| m.at).min() else {
        return Vec::new();
    };
    let mut events = vec![Event::new(created, EventKind::Created)];
    for message in &ticket.messages {
        let kind = match (message.direction, &message.reply) {
            (Direction::Inbound, _) => EventKind::CustomerMessage,
            (Direction::Outbound, Some(ReplyKind::Holding)) => {
                EventKind::Reply(aspa_sla::ReplyKind::Holding)
            }
            (Direction::Outbound, Some(ReplyKind::Automatic)) => {
                EventKind::Reply(aspa_sla::ReplyKind::Automatic)
            }
            (Direction::Outbound, _) => EventKind::Reply(aspa_sla::ReplyKind::Answer),
        };
        if message.at >= created {
            events.push(Event::new(message.at, kind));
        }
    }
    for change in &ticket.changes {
        let event = match change {
            Change::Category(at, category) if *at >= created => {
                Event::new(*at, EventKind::Status(status(category)))
            }
            // To the clocks it is as if it were solved until the customer writes again.
            Change::Settled(at) if *at >= created => {
                Event::new(*at, EventKind::Status(Status::Solved))
            }
            Change::Assignee(at, agent) => {
                let agent = agent.as_ref().map(|agent| agent.to_string().into());
                Event::new((*at).max(created), EventKind::Assigned(agent))
            }
            _ => continue,
        };
        events.push(event);
    }
    // Stable: what was put in first stays first within an instant.
    events.sort_by_key(|event| event.at);
    events
}

fn status(category: &Category) -> Status {
    match category {
        Category::New => Status::New,
        Category::WaitingCustomer => Status::Pending,
        Category::WaitingInternal => Status::OnHold,
        Category::Snoozed => Status::Snoozed,
        Category::Resolved => Status::Solved,
        Category::Closed => Status::Closed,
        _ => Status::Open,
    }
}

/// The ticket's clocks, replayed. What names no policy of ours stops nothing else.
pub(crate) fn state(sla: &Sla, ticket: &Ticket) -> State {
    let mut state = sla.state();
    for event in timeline(ticket) {
        if let Err(error) = state.apply(&event) {
            tracing::error!(ticket = %ticket.id, %error, "event left out of the clocks");
        }
    }
    state
}

/// The ticket as it is stored: with when its promise breaks, and when it wants to be looked at.
pub(crate) fn row(sla: Option<&Sla>, ticket: Ticket, now: DateTime<Utc>) -> TicketRow {
    let mut row = TicketRow::new(ticket);
    if let Some(snooze) = &row.ticket.snooze {
        row.timers.push(Timer {
            at: snooze.until,
            name: "snooze".into(),
        });
    }
    let Some(sla) = sla else { return row };
    for clock in state(sla, &row.ticket).clocks(now) {
        if let Some(breach_at) = clock.breach_at {
            row.breach_at = Some(
                row.breach_at
                    .map_or(breach_at, |known| known.min(breach_at)),
            );
        }
        for (at, point) in [(clock.warn_at, "warn"), (clock.breach_at, "breach")] {
            let name = format!("{} {} {point}", clock.kind, clock.cycle);
            let passed = row.ticket.passed.contains(&name);
            if let Some(at) = at.filter(|_| !passed && clock.verdict() != Verdict::Met) {
                row.timers.push(Timer {
                    at,
                    name: name.into(),
                });
            }
        }
    }
    row
}
