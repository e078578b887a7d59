use std::collections::BTreeSet;

use aspa_channel::ReplyKind;
use aspa_types::TicketId;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::disposition::Disposition;
use crate::event::{Event, EventKind};
use crate::regroup::{ActId, Regroup};
use crate::ticket::{Category, Change, Ticket, TicketKey};

/// What time alone does to tickets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rules {
    /// For how many seconds after its resolution a message opens a ticket again. Later ones make a
    /// new ticket that follows it up.
    pub reopen_seconds: i64,
    /// After how many seconds of waiting for the customer a ticket on which nothing is left to decide is
    /// resolved as [abandoned](crate::Outcome::Abandoned). None, which is the default: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub abandon_seconds: Option<i64>,
}

impl Rules {
    /// Resolved tickets can be opened again for this long.
    #[must_use]
    pub fn reopen_within(window: TimeDelta) -> Self {
        Self {
            reopen_seconds: window.num_seconds(),
            abandon_seconds: None,
        }
    }

    /// The same, and a customer from whom nothing comes for this long has gone away.
    #[must_use]
    pub fn abandon_after(mut self, silence: TimeDelta) -> Self {
        self.abandon_seconds = Some(silence.num_seconds());
        self
    }
}

impl Default for Rules {
    /// 14 days.
    fn default() -> Self {
        Self::reopen_within(TimeDelta::days(14))
    }
}

impl Ticket {
    /// When it is given up if nothing comes from the customer, for whom it waits: so long after our last
    /// word, or after it began to wait. None where others are
    /// bundled into it, for whose customers it waits too.
    #[must_use]
    pub fn abandoned_at(&self, rules: &Rules) -> Option<DateTime<Utc>> {
        let silence = TimeDelta::try_seconds(rules.abandon_seconds?)?;
        let is_open = |m: &crate::Attached| m.disposition == Disposition::Unhandled;
        if self.category != Category::WaitingCustomer
            || self.inbound().any(is_open)
            || self.joined_messages().next().is_some()
        {
            return None;
        }
        let since = self.changes.iter().rev().find_map(|change| match change {
            Change::Category(at, Category::WaitingCustomer) => Some(*at),
            _ => None,
        });
        let ours = self
            .outbound()
            .filter(|m| m.reply != Some(ReplyKind::Automatic));
        let since = ours.map(|m| m.at).chain(since).max();
        since?.checked_add_signed(silence)
    }

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
/// ties stays in the order given), so that the same events make the same tickets. What was undone is
/// left out, as if it had never been; with a ticket that an undone act had split off goes what was said of
/// it as a whole: who had it, its tags, where it stood. O(n log n), plus
/// O(n²) in the messages of one ticket.
#[must_use]
pub fn fold(key: &TicketKey, events: &[Event], rules: &Rules) -> Vec<Ticket> {
    let undone: BTreeSet<&ActId> = events.iter().filter_map(undoes).collect();
    let stands = |event: &&Event| match &event.kind {
        EventKind::Regrouped { act, .. } => !undone.contains(act),
        _ => true,
    };
    let gone: BTreeSet<TicketId> = events
        .iter()
        .filter_map(|event| event.splits_off().filter(|act| undone.contains(act)))
        .map(|act| key.split_id(act))
        .collect();
    let of_gone = |event: &Event| event.ticket.as_ref().is_some_and(|id| gone.contains(id));
    let mut ordered: Vec<&Event> = events
        .iter()
        .filter(stands)
        .filter(|event| !(goes_with_its_ticket(&event.kind) && of_gone(event)))
        .collect();
    ordered.sort_by_cached_key(|event| event.order());
    let mut tickets: Vec<Ticket> = Vec::new();
    for event in ordered {
        step(&mut tickets, key, event, rules);
    }
    tickets
}

fn undoes(event: &Event) -> Option<&ActId> {
    match &event.kind {
        EventKind::Undone { act } => Some(act),
        _ => None,
    }
}

/// Whether something was said of a ticket as a whole, so that it means nothing to another. What is about
/// messages and notes goes where those go.
fn goes_with_its_ticket(what: &EventKind) -> bool {
    matches!(
        what,
        EventKind::Assigned { .. }
            | EventKind::Routed { .. }
            | EventKind::Tagged { .. }
            | EventKind::Untagged { .. }
            | EventKind::Prioritised { .. }
            | EventKind::CustomerAwaited
            | EventKind::ColleagueAwaited
            | EventKind::Snoozed { .. }
            | EventKind::Reopened
            | EventKind::Resolved { .. }
            | EventKind::Closed
            | EventKind::ClockPassed { .. }
            | EventKind::Called { .. }
    )
}

/// Takes the next event in order into the tickets about `key`: all of them, first to last.
///
/// A message stays on the ticket that it is on, whatever happens to it later. A command for a ticket
/// that by then is closed is in the history since it was given before something late had closed it:
/// it goes to the ticket that was the latest then. A ticket that another one follows up is closed, so
/// that one at most is active.
pub fn step(tickets: &mut Vec<Ticket>, key: &TicketKey, event: &Event, rules: &Rules) {
    if let EventKind::Sent {
        effect: Some(effect),
        ..
    } = &event.kind
    {
        for ticket in tickets.iter_mut() {
            ticket.queued.remove(effect);
        }
    }
    if let Some(ticket) = tickets.iter_mut().find(|t| holds(t, event)) {
        return ticket.apply(event);
    }
    if let Some(ticket) = tickets.iter_mut().find(|t| has_moved(t, event)) {
        return ticket.apply(event);
    }
    // Where one was split, an earlier one may be the only one that is worked on.
    let active = tickets.iter().rposition(|t| t.category.is_active());
    let last = active.or(tickets.len().checked_sub(1));
    let place = tickets.iter().position(|t| is_for(event, t)).or(last);
    if let EventKind::Regrouped {
        act,
        what: Regroup::SplitOff { messages },
    } = &event.kind
    {
        let ordinal = tickets.last().map_or(1, |last| last.ordinal + 1);
        let split = place.and_then(|place| tickets.get_mut(place));
        let new = split.and_then(|ticket| ticket.split_off(act, messages, ordinal, event));
        tickets.extend(new);
        return;
    }
    match place.and_then(|place| tickets.get_mut(place)) {
        Some(ticket) if ticket.takes(event, rules) => ticket.apply(event),
        _ => {
            let ordinal = tickets.last().map_or(1, |last| last.ordinal + 1);
            if let Some(last) = tickets.last_mut() {
                last.succeed(event.at);
            }
            let pieces = tickets.iter().filter(|t| t.split_from().is_some());
            let nth = ordinal.saturating_sub(u32::try_from(pieces.count()).unwrap_or(u32::MAX));
            let mut ticket = Ticket::open(key.clone(), nth, event.at);
            ticket.ordinal = ordinal;
            ticket.follow_up_of = tickets.last().map(|last| last.id.clone());
            ticket.apply(event);
            tickets.push(ticket);
        }
    }
}

fn is_for(event: &Event, ticket: &Ticket) -> bool {
    let beside = match &event.kind {
        EventKind::Tagged { .. }
        | EventKind::Untagged { .. }
        | EventKind::Noted { .. }
        | EventKind::ClockPassed { .. }
        | EventKind::Called { .. }
        | EventKind::Regrouped {
            what: Regroup::Linked { .. },
            ..
        } => true,
        EventKind::CommitmentEnded { commitment, .. } => {
            ticket.commitments.contains_key(commitment)
        }
        _ => false,
    };
    event.ticket.as_ref() == Some(&ticket.id) && (beside || ticket.category != Category::Closed)
}

/// Whether the message that the event is about went from this ticket to another.
fn has_moved(ticket: &Ticket, event: &Event) -> bool {
    match &event.kind {
        EventKind::Sent { message, .. }
        | EventKind::Received { message, .. }
        | EventKind::Withdrawn { message }
        | EventKind::Restored { message }
        | EventKind::Disposed { message, .. } => ticket.moved(message).is_some(),
        _ => false,
    }
}

/// Whether what the event is about is on the ticket already.
fn holds(ticket: &Ticket, event: &Event) -> bool {
    match &event.kind {
        EventKind::Sent {
            message, effect, ..
        } => ticket.holds_sent(message, effect.as_ref()),
        EventKind::Received { message, .. }
        | EventKind::Withdrawn { message }
        | EventKind::Restored { message }
        | EventKind::Disposed { message, .. } => ticket.holds(message),
        EventKind::HelpJudged(help) => ticket.holds(&help.message),
        EventKind::ReplyFailed { effect } => {
            ticket.queued.contains(effect) || ticket.has_sent(effect)
        }
        _ => false,
    }
}
