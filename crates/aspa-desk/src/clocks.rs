//! From a ticket to its clocks: the events that aspa-sla counts, and what lists and timers need.

use std::collections::BTreeSet;

use aspa_channel::{Direction, ReplyKind};
use aspa_sla::{
    Choice, Clock, Commitment, Event, EventKind, Facts, Run, Sla, State, Status, TimerKind, Verdict,
};
use aspa_store::{TicketRow, Timer};
use aspa_ticket::{Category, Change, Command, Priority, Ticket};
use aspa_types::Tag;
use chrono::{DateTime, Utc};

/// A ticket's clocks, replayed; none where no policy fits it.
///
/// Which policy holds follows from what is known of the ticket at each time. One that no policy fits
/// at first starts under the first that ever does.
pub(crate) fn state(sla: &Sla, ticket: &Ticket) -> Option<State> {
    let Some(created) = ticket.inbound().map(|m| m.at).min() else {
        // Nobody waits for anything.
        return Some(sla.state());
    };
    let chosen = choices(sla, ticket, created);
    let mut state = sla.under(&chosen.first()?.1).ok()?.state();
    let mut events = timeline(ticket, created);
    let switches = chosen.into_iter().skip(1);
    events.extend(switches.map(|(at, policy)| Event::new(at, EventKind::Policy(policy.into()))));
    // Stable: what was put in first stays first within an instant.
    events.sort_by_key(|event| event.at);
    for event in events {
        // What the policies of today cannot follow stops nothing else.
        if let Err(error) = state.apply(&event) {
            tracing::error!(ticket = %ticket.id, %error, "event left out of the clocks");
        }
    }
    Some(state)
}

/// Why the ticket's policy holds now, and why those before it in the list do not.
pub(crate) fn choice(sla: &Sla, ticket: &Ticket) -> Choice {
    let facts = facts(ticket, &ticket.tags, ticket.priority.as_ref());
    sla.policies().choose(&facts)
}

/// Which policy holds from when on.
fn choices(sla: &Sla, ticket: &Ticket, created: DateTime<Utc>) -> Vec<(DateTime<Utc>, String)> {
    // Nothing to choose by: the usual case, and the quick one.
    if let [only] = &sla.policies().policies[..]
        && only.when.is_anything()
    {
        return vec![(created, only.name().to_owned())];
    }
    let (mut tags, mut priority): (BTreeSet<Tag>, Option<&Priority>) = Default::default();
    let mut chosen: Vec<(DateTime<Utc>, String)> = Vec::new();
    let mut choose = |at, tags: &BTreeSet<Tag>, priority| {
        let choice = sla.policies().choose(&facts(ticket, tags, priority));
        if let Some(policy) = choice.policy
            && chosen.last().is_none_or(|(_, known)| *known != policy)
        {
            chosen.push((at, policy));
        }
    };
    let known = |change: &&Change| matches!(moved(change), Some(at) if at <= created);
    let (early, late): (Vec<&Change>, Vec<&Change>) = ticket.changes.iter().partition(known);
    for change in early {
        follow(change, &mut tags, &mut priority);
    }
    choose(created, &tags, priority);
    for change in late {
        if let Some(at) = moved(change) {
            follow(change, &mut tags, &mut priority);
            choose(at, &tags, priority);
        }
    }
    chosen
}

/// When a change moved something that a policy is chosen by.
fn moved(change: &Change) -> Option<DateTime<Utc>> {
    match change {
        Change::Tagged(at, _) | Change::Untagged(at, _) | Change::Priority(at, _) => Some(*at),
        _ => None,
    }
}

fn follow<'a>(change: &'a Change, tags: &mut BTreeSet<Tag>, priority: &mut Option<&'a Priority>) {
    match change {
        Change::Tagged(_, tag) => {
            tags.insert(tag.clone());
        }
        Change::Untagged(_, tag) => {
            tags.remove(tag);
        }
        Change::Priority(_, new) => *priority = new.as_ref(),
        _ => {}
    }
}

fn facts(ticket: &Ticket, tags: &BTreeSet<Tag>, priority: Option<&Priority>) -> Facts {
    let mut facts = Facts::new();
    facts.channel = Some(ticket.key.customer.network().to_string());
    facts.audience = ticket.audience.as_ref().map(ToString::to_string);
    facts.tags = tags.iter().map(|tag| tag.as_str().to_owned()).collect();
    facts.priority = priority.map(ToString::to_string);
    facts.language.clone_from(&ticket.language);
    facts
}

/// What happened to a ticket, as clocks see it: from the customer's first message on; within an
/// instant messages first, then what was done about them.
fn timeline(ticket: &Ticket, created: DateTime<Utc>) -> Vec<Event> {
    // What is urgent from the start has never been anything else.
    let urgent = |change: &&Change| matches!(change, Change::Priority(at, _) if *at <= created);
    let mut events: Vec<Event> = ticket
        .changes
        .iter()
        .filter(urgent)
        .filter_map(|change| event(change, created))
        .collect();
    events.push(Event::new(created, EventKind::Created));
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
    let later = ticket.changes.iter().filter(|change| !urgent(change));
    events.extend(later.filter_map(|change| event(change, created)));
    events
}

/// What a change is to clocks, none of which ran before `created`.
fn event(change: &Change, created: DateTime<Utc>) -> Option<Event> {
    let (at, kind) = match change {
        Change::Category(at, category) if *at >= created => {
            (*at, EventKind::Status(status(category)))
        }
        // To the clocks it is as if it were solved until the customer writes again.
        Change::Settled(at) if *at >= created => (*at, EventKind::Status(Status::Solved)),
        Change::Assignee(at, agent) => {
            let agent = agent.as_ref().map(|agent| agent.to_string().into());
            (*at, EventKind::Assigned(agent))
        }
        Change::Priority(at, priority) => {
            let priority = priority.as_ref().map(|p| p.as_str().into());
            (*at, EventKind::Priority(priority))
        }
        Change::Committed(at, what, due) => {
            let commitment = Commitment::by(*due, what.clone());
            (*at, EventKind::Committed(commitment))
        }
        Change::CommitmentEnded(at, what, true) => (*at, EventKind::Kept(what.clone())),
        Change::CommitmentEnded(at, what, false) => (*at, EventKind::CalledOff(what.clone())),
        _ => return None,
    };
    Some(Event::new(at.max(created), kind))
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

/// The ticket as it is stored: with when its promise breaks, and when it wants to be looked at.
pub(crate) fn row(sla: Option<&Sla>, ticket: Ticket, now: DateTime<Utc>) -> TicketRow {
    let mut row = TicketRow::new(ticket);
    if let Some(snooze) = &row.ticket.snooze {
        row.timers.push(Timer {
            at: snooze.until,
            name: SNOOZE.into(),
        });
    }
    let Some(state) = sla.and_then(|sla| state(sla, &row.ticket)) else {
        return row;
    };
    let mut clocks = state.clocks(now);
    clocks.retain(|clock| clock.run == Run::Running && clock.verdict() != Verdict::Met);
    row.breach_at = clocks.iter().filter_map(|clock| clock.breach_at).min();
    for clock in &clocks {
        if let Some(at) = clock.breach_at {
            push(&mut row, at, clock, "breach");
        }
    }
    let both = [state.fired(now), state.timers(now)];
    for timer in both.into_iter().flatten() {
        let runs = |clock: &&Clock| clock.kind == timer.clock && clock.cycle == timer.cycle;
        let Some(clock) = clocks.iter().find(runs) else {
            continue;
        };
        let point = match timer.kind {
            TimerKind::Warn => format!("warn-{}", timer.step),
            TimerKind::Escalate => format!("escalate-{}", timer.step),
            _ => continue,
        };
        push(&mut row, timer.at, clock, &point);
    }
    row
}

const SNOOZE: &str = "snooze";

/// Sets a timer, unless somebody was told about that point already.
fn push(row: &mut TicketRow, at: DateTime<Utc>, clock: &Clock, point: &str) {
    let name = format!("{} {} {point}", clock.kind, clock.cycle);
    let known = row.timers.iter().any(|timer| *timer.name == *name);
    if !known && !row.ticket.passed.contains(&name) {
        let name = name.into();
        row.timers.push(Timer { at, name });
    }
}

/// What a timer of this name asks for; `to` finds whom an escalation calls.
pub(crate) fn timed(sla: Option<&Sla>, ticket: &Ticket, name: &str, now: DateTime<Utc>) -> Command {
    // The clock comes first, and its name may have blanks.
    let mut parts = name.rsplitn(3, ' ');
    let (Some(point), Some(cycle), Some(clock)) = (parts.next(), parts.next(), parts.next()) else {
        return Command::Reopen;
    };
    let cycle = cycle.parse().unwrap_or(1);
    let step = point.strip_prefix("escalate-");
    let to = step.and_then(|step| {
        let state = state(sla?, ticket)?;
        let fired = state.fired(now).into_iter().find(|timer| {
            timer.kind == TimerKind::Escalate
                && timer.cycle == cycle
                && timer.clock.to_string() == clock
                && timer.step.to_string() == step
        });
        Some(fired?.to.to_vec())
    });
    Command::PassClock {
        clock: clock.to_owned(),
        cycle,
        point: point.to_owned(),
        to: to.unwrap_or_default(),
    }
}
