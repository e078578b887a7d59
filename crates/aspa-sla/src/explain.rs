use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use aspa_hours::{Closed, Fingerprint};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::cycle::instant;
use crate::length::Length;
use crate::sla::Rule;
use crate::{ChangeMode, Clock, ClockKind, EventKind, Run, State, Status, Stop, Time};

/// What became of a stretch of a clock's life.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SpanKind {
    /// It was counted.
    Counted,
    /// The desk was closed.
    Closed(Closed),
    /// The clock stood still in this status.
    Paused(Status),
    /// The ticket was solved.
    Solved,
}

impl fmt::Display for SpanKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Counted => f.write_str("counted"),
            Self::Closed(Closed::OutsideHours) => f.write_str("outside hours"),
            Self::Closed(why) => write!(f, "closed: {why}"),
            Self::Paused(status) => write!(f, "paused: {status}"),
            Self::Solved => f.write_str("solved"),
        }
    }
}

/// A stretch of a clock's life.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Span {
    /// Its first instant.
    pub from: DateTime<Utc>,
    /// The instant after it.
    pub to: DateTime<Utc>,
    /// How long it lasted; in JSON `seconds`.
    #[serde(rename = "seconds", with = "crate::length::seconds")]
    pub duration: TimeDelta,
    /// What became of it.
    pub kind: SpanKind,
    /// Who had the ticket.
    pub assignee: Option<Arc<str>>,
    /// The policy that judged it.
    pub policy: Arc<str>,
}

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChangeKind {
    /// The priority of the ticket.
    Priority,
    /// The policy for the ticket.
    Policy,
}

/// A change in the middle of a clock's life.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Change {
    /// When.
    pub at: DateTime<Utc>,
    /// Of what.
    pub kind: ChangeKind,
    /// What it was; none: there was no priority.
    pub from: Option<Arc<str>>,
    /// What it is since; none: there is no priority.
    pub to: Option<Arc<str>>,
    /// What that did to the clock.
    pub mode: ChangeMode,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            ChangeKind::Priority => "priority",
            ChangeKind::Policy => "policy",
        };
        let name = |name: &Option<Arc<str>>| name.clone().unwrap_or_else(|| "none".into());
        write!(
            f,
            "{kind} changed from {} to {}: ",
            name(&self.from),
            name(&self.to)
        )?;
        f.write_str(match self.mode {
            ChangeMode::Retroactive => "all is counted by the new one",
            ChangeMode::Keep => "this clock goes on as it was",
            ChangeMode::Carry => "what was counted stays",
            ChangeMode::Fresh => "the clock begins anew",
        })
    }
}

/// Why a clock stands where it stands: its life in stretches that follow each other without a gap.
///
/// Its `Display` is for people, by the wall clock of the hours that judge the clock.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The clock.
    pub clock: Clock,
    /// Its life, from its start to its stop or to the instant asked about. The durations sum to
    /// [`Clock::lifetime`].
    pub spans: Vec<Span>,
    /// The changes of priority and policy that it lived through, in order.
    pub changes: Vec<Change>,
    /// The zone of the hours that judge it now, or did at its stop.
    pub zone: Tz,
    /// By which hours each policy among the stretches judged it; with the same fingerprints the same
    /// events give the same explanation.
    pub calendars: BTreeMap<Arc<str>, Fingerprint>,
}

impl Explanation {
    /// How much was counted while each assignee had the ticket, in the order of their first turns.
    #[must_use]
    pub fn by_assignee(&self) -> Vec<(Option<&str>, TimeDelta)> {
        let mut turns: Vec<(Option<&str>, TimeDelta)> = Vec::new();
        let counted = |span: &&Span| span.kind == SpanKind::Counted;
        for span in self.spans.iter().filter(counted) {
            let who = span.assignee.as_deref();
            match turns.iter_mut().find(|turn| turn.0 == who) {
                Some(turn) => turn.1 += span.duration,
                None => turns.push((who, span.duration)),
            }
        }
        turns
    }
}

impl State {
    /// Why the `cycle`th clock of `kind` stands where it stands at `now`; none where it had not
    /// started by then, or has no target.
    ///
    /// One pass over the events, and over the open and closed stretches of the clock's life.
    #[must_use]
    pub fn explain(&self, now: DateTime<Utc>, kind: &ClockKind, cycle: u32) -> Option<Explanation> {
        let then = self.known_at(now);
        let state = then.as_ref().unwrap_or(self);
        let mut clocks = state.clocks(now).into_iter();
        let clock = clocks.find(|clock| clock.kind == *kind && clock.cycle == cycle)?;
        let mut cycles = state.cycles().iter();
        let cycle = cycles.find(|c| c.number == cycle && c.kind == *kind)?;
        let rule = cycle.rule.as_ref()?;
        let end = (clock.started_at + clock.lifetime()).timestamp();

        let mut told = Told {
            at: cycle.started,
            before: &cycle.before,
            rule,
            spans: Vec::new(),
        };
        let mut status = Status::New;
        let mut assignee = None;
        let mut policy = state.sla().start();
        let mut priority: Option<Arc<str>> = None;
        let mut changes = Vec::new();
        for (place, event) in state.events().iter().enumerate() {
            told.tell(event.at.timestamp().min(end), status, assignee);
            status = status.after(&event.kind);
            let (kind, from, to) = match &event.kind {
                EventKind::Assigned(who) => {
                    assignee = who.as_ref();
                    continue;
                }
                EventKind::Priority(to) => {
                    let from = std::mem::replace(&mut priority, to.clone());
                    (ChangeKind::Priority, from, to.clone())
                }
                EventKind::Policy(name) => {
                    let from = state.sla().name_of(policy).clone();
                    policy = state.sla().find(name).ok()?;
                    (ChangeKind::Policy, Some(from), Some(name.clone()))
                }
                _ => continue,
            };
            let alive = cycle.died.is_none_or(|died| place < died);
            if from != to && place >= cycle.born && alive && !rule.is_dated {
                // A commitment outlives a policy without a target for it, as it was.
                let is_commitment = matches!(cycle.kind, ClockKind::Custom(_));
                let target = state.sla().rule(policy, &cycle.kind, priority.as_deref());
                let mode = match state.sla().promise_of(policy).change_mode {
                    _ if is_commitment && target.is_none() => ChangeMode::Keep,
                    mode => mode,
                };
                changes.push(Change {
                    at: instant(event.at.timestamp()),
                    kind,
                    from,
                    to,
                    mode,
                });
            }
        }
        told.tell(end, status, assignee);
        let before = cycle.before.iter().map(|(_, rule)| rule);
        Some(Explanation {
            clock,
            spans: told.spans,
            changes,
            zone: rule.calendar.zone(),
            calendars: before
                .chain([rule])
                .map(|rule| (rule.policy.clone(), rule.fingerprint))
                .collect(),
        })
    }
}

struct Told<'a> {
    /// Up to here it is told.
    at: i64,
    /// The rules that have judged it before, each with the instant to which it did.
    before: &'a [(i64, Arc<Rule>)],
    rule: &'a Rule,
    spans: Vec<Span>,
}

impl Told<'_> {
    /// Tells the life up to `to`, throughout which the ticket stood so and was with this assignee.
    fn tell(&mut self, to: i64, status: Status, assignee: Option<&Arc<str>>) {
        while let Some(((until, rule), rest)) = self.before.split_first()
            && *until <= to
        {
            self.tell_under(rule, *until, status, assignee);
            self.before = rest;
        }
        let rule = self.before.first().map_or(self.rule, |(_, rule)| rule);
        self.tell_under(rule, to, status, assignee);
    }

    fn tell_under(&mut self, rule: &Rule, to: i64, status: Status, assignee: Option<&Arc<str>>) {
        if to <= self.at {
            return;
        }
        let from = std::mem::replace(&mut self.at, to);
        match rule.time {
            _ if rule.is_paused(status) && status.is_done() => {
                self.push(rule, from, to, SpanKind::Solved, assignee);
            }
            _ if rule.is_paused(status) => {
                self.push(rule, from, to, SpanKind::Paused(status), assignee);
            }
            Time::Calendar => self.push(rule, from, to, SpanKind::Counted, assignee),
            Time::Business => {
                for part in rule.calendar.segments(from, to) {
                    let kind = part.closed.map_or(SpanKind::Counted, SpanKind::Closed);
                    self.push(rule, part.from, part.to, kind, assignee);
                }
            }
        }
    }

    fn push(
        &mut self,
        rule: &Rule,
        from: i64,
        to: i64,
        kind: SpanKind,
        assignee: Option<&Arc<str>>,
    ) {
        let (from, to) = (instant(from), instant(to));
        match self.spans.last_mut() {
            Some(last)
                if last.kind == kind
                    && last.assignee.as_ref() == assignee
                    && last.policy == rule.policy =>
            {
                last.to = to;
                last.duration = to - last.from;
            }
            _ => self.spans.push(Span {
                from,
                to,
                duration: to - from,
                kind,
                assignee: assignee.cloned(),
                policy: rule.policy.clone(),
            }),
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let zone = self.zone;
        let local = |at: DateTime<Utc>| at.with_timezone(&zone).format("%a %Y-%m-%d %H:%M:%S");
        let clock = &self.clock;
        write!(f, "{} {}: ", clock.kind, clock.cycle)?;
        write!(
            f,
            "{} of {} counted",
            Length(clock.elapsed),
            Length(clock.target)
        )?;
        if let Some(at) = clock.breached_at {
            write!(f, ", late since {}", local(at))?;
        }
        match (&clock.stopped, clock.due_at) {
            (Some(stopped), _) => {
                let why = match stopped.why {
                    Stop::MetByReply => "answered",
                    Stop::Cancelled => "cancelled",
                    Stop::Solved => "solved",
                    Stop::Kept => "kept",
                };
                write!(f, ", {why} {}", local(stopped.at))?;
            }
            (None, Some(due)) => write!(f, ", due {}", local(due))?,
            (None, None) if clock.run == Run::Paused => f.write_str(", paused")?,
            (None, None) => {}
        }
        writeln!(f, " ({zone})")?;
        let mut changes = self.changes.iter().peekable();
        for span in &self.spans {
            while let Some(change) = changes.next_if(|change| change.at <= span.from) {
                writeln!(f, "{}  {change}", local(change.at))?;
            }
            write!(f, "{} - {}  ", local(span.from), local(span.to))?;
            write!(f, "{}  {}", Length(span.duration), span.kind)?;
            match &span.assignee {
                Some(who) => writeln!(f, " ({who})")?,
                None => writeln!(f)?,
            }
        }
        for change in changes {
            writeln!(f, "{}  {change}", local(change.at))?;
        }
        Ok(())
    }
}
