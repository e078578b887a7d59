use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::event::{Event, EventKind};
use crate::ticket::{Category, Ticket, TicketKey};

/// How long a resolved ticket can be opened again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rules {
    /// For how many seconds after its resolution a message opens a ticket again. Later ones make a
    /// new ticket that follows it up.
    pub reopen_seconds: i64,
}

impl Rules {
    /// Resolved tickets can be opened again for this long.
    #[must_use]
    pub fn reopen_within(window: TimeDelta) -> Self {
        Self {
            reopen_seconds: window.num_seconds(),
        }
    }
}

impl Default for Rules {
    /// 14 days.
    fn default() -> Self {
        Self::reopen_within(TimeDelta::days(14))
    }
}

impl Ticket {
    /// Whether something that happens then still belongs to this ticket, or to one that follows it.
    #[must_use]
    pub fn takes(&self, event: &Event, rules: &Rules) -> bool {
        let opens = matches!(event.kind, EventKind::Received { .. });
        let over =
            |resolved: DateTime<Utc>| (event.at - resolved).num_seconds() > rules.reopen_seconds;
        match self.category {
            Category::Closed => !opens,
            Category::Resolved => !(opens && self.resolved_at.is_some_and(over)),
            _ => true,
        }
    }
}

/// The tickets that the whole history of one customer in one conversation makes, in order.
///
/// The events may come in any order and repeatedly: they are sorted by [`Event::order`] first (what
/// ties stays in the order given), so that the same events make the same tickets. O(n log n), plus
/// O(n²) in the messages of one ticket.
#[must_use]
pub fn fold(key: &TicketKey, events: &[Event], rules: &Rules) -> Vec<Ticket> {
    let mut ordered: Vec<&Event> = events.iter().collect();
    ordered.sort_by_cached_key(|event| event.order());
    let mut tickets: Vec<Ticket> = Vec::new();
    for event in ordered {
        step(&mut tickets, key, event, rules);
    }
    tickets
}

/// Takes the next event in order into the tickets about `key`.
///
/// `tickets` may leave out older tickets where the event is not meant for one of them. Whoever has
/// the latest ticket at hand, and an event that [is next](Ticket::is_next), needs no more than this.
pub fn step(tickets: &mut Vec<Ticket>, key: &TicketKey, event: &Event, rules: &Rules) {
    let meant = |ticket: &Ticket| event.ticket.as_ref() == Some(&ticket.id);
    let place = tickets
        .iter()
        .position(meant)
        .or(tickets.len().checked_sub(1));
    match place.and_then(|place| tickets.get_mut(place)) {
        Some(ticket) if ticket.takes(event, rules) => ticket.apply(event),
        _ => {
            let ordinal = tickets.last().map_or(1, |last| last.ordinal + 1);
            let mut ticket = Ticket::open(key.clone(), ordinal, event.at);
            ticket.apply(event);
            tickets.push(ticket);
        }
    }
}
