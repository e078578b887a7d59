//! From a ticket to its clocks: the events that aspa-sla counts, and what lists and timers need.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use aspa_channel::{Direction, ReplyKind};
use aspa_sla::{
    Choice, Clock, ClockKind, Commitment, Event, EventKind, Facts, Run, Sla, State, Status,
    TimerKind, Verdict,
};
use aspa_store::{TicketRow, Timer};
use aspa_ticket::{Category, Change, Command, Outcome, Priority, Rules, Ticket};
use aspa_types::Tag;
use chrono::{DateTime, Utc};

/// A ticket's clocks, replayed; none where no policy fits it.
///
/// Which policy holds follows from what is known of the ticket at each time. One that no policy fits
/// at first starts under the first that ever does.
pub(crate) fn state(sla: &Sla, ticket: &Ticket) -> Option<State> {
    let asked = ticket.inbound().chain(ticket.joined_messages());
    let asked = asked.map(|m| m.at).min();
    let chosen = choices(sla, ticket, asked.unwrap_or(ticket.opened_at));
    let mut state = sla.under(&chosen.first()?.1).ok()?.state();
    let switches = chosen.into_iter().skip(1);
    let switches = switches.map(|(at, policy)| Event::new(at, EventKind::Policy(policy.into())));
    let mut events = timeline(ticket, asked, switches);
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

/// What happened to a ticket, as clocks see it; within an instant messages first, then the change of
/// policy, then what was done about them: a priority that switches the policy changes the clocks as
/// the new policy says, not first as the old one does. The customer's first message, at `asked`, starts the clocks: until then nobody waits for
/// anything but what was promised.
fn timeline(
    ticket: &Ticket,
    asked: Option<DateTime<Utc>>,
    switches: impl Iterator<Item = Event>,
) -> Vec<Event> {
    // What is urgent from the start has never been anything else.
    let urgent = |change: &&Change| matches!((change, asked), (Change::Priority(at, _), Some(asked)) if *at <= asked);
    let mut events: Vec<Event> = ticket
        .changes
        .iter()
        .filter(urgent)
        .filter_map(event)
        .collect();
    events.extend(asked.map(|asked| Event::new(asked, EventKind::Created)));
    for message in ticket.messages.iter().chain(ticket.joined_messages()) {
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
        if asked.is_some_and(|asked| message.at >= asked) {
            events.push(Event::new(message.at, kind));
        }
    }
    events.extend(switches);
    let later = ticket.changes.iter().filter(|change| !urgent(change));
    events.extend(later.filter_map(event));
    events
}

/// What a change is to clocks.
fn event(change: &Change) -> Option<Event> {
    let (at, kind) = match change {
        Change::Category(at, category) => (*at, EventKind::Status(status(category))),
        Change::Settled(at) => (*at, EventKind::Settled),
        Change::Answered(at) => (*at, EventKind::Reply(aspa_sla::ReplyKind::Answer)),
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
    Some(Event::new(at, kind))
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
pub(crate) fn row(
    sla: Option<&Sla>,
    rules: &Rules,
    ticket: Ticket,
    now: DateTime<Utc>,
) -> TicketRow {
    // Where another machine's clock is ahead, what it says has happened all the same.
    let now = now.max(ticket.active_at());
    let mut row = TicketRow::new(ticket);
    if let Some(snooze) = &row.ticket.snooze {
        row.timers.push(Timer {
            at: snooze.until,
            name: SNOOZE.into(),
        });
    }
    if let Some(at) = row.ticket.abandoned_at(rules) {
        let name = SILENCE.into();
        row.timers.push(Timer { at, name });
    }
    if let (Some(at), true) = (row.ticket.assigned_until, row.ticket.category.is_active()) {
        let name = ASSIGNMENT.into();
        row.timers.push(Timer { at, name });
    }
    // The clocks of a bundled one are those of its target.
    let sla = sla.filter(|_| row.ticket.category != Category::Bundled);
    let Some(state) = sla.and_then(|sla| state(sla, &row.ticket)) else {
        return row;
    };
    let points = points(&state, now);
    // A breach is one of the points of each clock that runs.
    let breaches = points.iter().filter(|p| p.kind == TimerKind::Breach);
    row.breach_at = breaches.map(|breach| breach.at).min();
    for point in points {
        let name = point.to_string();
        if !row.ticket.passed.contains(&name) {
            let (at, name) = (point.at, name.into());
            row.timers.push(Timer { at, name });
        }
    }
    row
}

/// When the promise to a ticket breaks.
pub(crate) fn breach_at(
    sla: Option<&Sla>,
    ticket: &Ticket,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    row(sla, &Rules::default(), ticket.clone(), now).breach_at
}

const SNOOZE: &str = "snooze";
/// An assignment ends.
const ASSIGNMENT: &str = "assignment";
/// The customer for whom we wait has gone away.
const SILENCE: &str = "silence";

/// A point at which a clock that runs wants somebody, passed or ahead. Its text names its timer, and
/// the clock's passing of it in the ticket's history.
#[derive(Debug)]
struct Point {
    clock: ClockKind,
    cycle: u32,
    kind: TimerKind,
    step: u32,
    /// For the how manyth time: a change of policy or priority can arm it anew.
    time: usize,
    at: DateTime<Utc>,
    to: Arc<[String]>,
}

impl Point {
    /// What is passed: `breach`, `warn-1`, `escalate-2`; for the second time, `warn-1.2`.
    fn name(&self) -> String {
        let name = match self.kind {
            TimerKind::Warn => format!("warn-{}", self.step),
            TimerKind::Escalate => format!("escalate-{}", self.step),
            _ => "breach".to_owned(),
        };
        match self.time {
            0 | 1 => name,
            time => format!("{name}.{time}"),
        }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.clock, self.cycle, self.name())
    }
}

/// The points of the clocks that run, each once: of one that has fired more than once, the last time.
fn points(state: &State, now: DateTime<Utc>) -> Vec<Point> {
    let mut clocks = state.clocks(now);
    clocks.retain(|clock| clock.run == Run::Running && clock.verdict() != Verdict::Met);
    if clocks.is_empty() {
        return Vec::new();
    }
    let log = state.breaches(now);
    let mut points: Vec<Point> = Vec::new();
    for clock in &clocks {
        let logged = log
            .iter()
            .filter(|b| b.clock == clock.kind && b.cycle == clock.cycle);
        if let Some(at) = clock.breach_at {
            points.push(Point {
                clock: clock.kind.clone(),
                cycle: clock.cycle,
                kind: TimerKind::Breach,
                step: 1,
                time: logged.count() + usize::from(!clock.is_breached()),
                at,
                to: Arc::default(),
            });
        }
    }
    for timer in state.fired(now).into_iter().chain(state.timers(now)) {
        let is_of = |clock: &Clock| clock.kind == timer.clock && clock.cycle == timer.cycle;
        if timer.kind == TimerKind::Breach || !clocks.iter().any(is_of) {
            continue;
        }
        let same = |point: &&mut Point| {
            (&point.clock, point.cycle, point.kind, point.step)
                == (&timer.clock, timer.cycle, timer.kind, timer.step)
        };
        match points.iter_mut().find(same) {
            Some(again) => {
                again.time += 1;
                again.at = timer.at;
                again.to = timer.to;
            }
            None => points.push(Point {
                clock: timer.clock,
                cycle: timer.cycle,
                kind: timer.kind,
                step: timer.step,
                time: 1,
                at: timer.at,
                to: timer.to,
            }),
        }
    }
    points
}

/// What a timer of this name asks for, where the ticket has one.
pub(crate) fn timed(
    sla: Option<&Sla>,
    ticket: &Ticket,
    name: &str,
    now: DateTime<Utc>,
) -> Option<Command> {
    if name == SNOOZE {
        return Some(Command::Reopen);
    }
    if name == ASSIGNMENT {
        let (to, until) = (None, None);
        return Some(Command::Assign { to, until });
    }
    if name == SILENCE {
        return Some(Command::Resolve {
            outcome: Outcome::Abandoned,
            rest: None,
            newest_seen: None,
        });
    }
    let state = state(sla?, ticket)?;
    let mut points = points(&state, now).into_iter();
    let point = points.find(|point| point.to_string() == name)?;
    Some(Command::PassClock {
        clock: point.clock.to_string(),
        cycle: point.cycle,
        point: point.name(),
        to: point.to.to_vec(),
    })
}
