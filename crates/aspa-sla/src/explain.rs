use std::fmt;

use aspa_hours::{Calendar, Closed};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{Clock, ClockKind, EventKind, Run, State, Status, Stop, Time};

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
    /// What became of it.
    pub kind: SpanKind,
    /// Who had the ticket.
    pub assignee: Option<String>,
}

impl Span {
    /// How long it lasted.
    #[must_use]
    pub fn duration(&self) -> TimeDelta {
        self.to - self.from
    }
}

/// Why a clock stands where it stands: its life in stretches that follow each other without a gap.
///
/// Its `Display` is for people, by the wall clock of the promise's hours.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Explanation {
    /// The clock.
    pub clock: Clock,
    /// Its life, from its start to its stop or to the instant asked about.
    pub spans: Vec<Span>,
    calendar: Calendar,
}

impl Explanation {
    /// How much was counted while each assignee had the ticket, in the order of their first turns.
    #[must_use]
    pub fn by_assignee(&self) -> Vec<(Option<&str>, TimeDelta)> {
        let mut turns: Vec<(Option<&str>, TimeDelta)> = Vec::new();
        for span in self
            .spans
            .iter()
            .filter(|span| span.kind == SpanKind::Counted)
        {
            let who = span.assignee.as_deref();
            match turns.iter_mut().find(|turn| turn.0 == who) {
                Some(turn) => turn.1 += span.duration(),
                None => turns.push((who, span.duration())),
            }
        }
        turns
    }
}

impl State {
    /// Why the `cycle`th clock of `kind` stands where it stands at `now`; none where it had not
    /// started by then.
    #[must_use]
    pub fn explain(&self, now: DateTime<Utc>, kind: ClockKind, cycle: u32) -> Option<Explanation> {
        let mut clocks = self.clocks(now).into_iter();
        let clock = clocks.find(|clock| clock.kind == kind && clock.cycle == cycle)?;
        let rule = *self.sla().rule(kind)?;
        let end = clock.started_at + clock.lifetime();
        let mut told = Told {
            calendar: self.sla().calendar(),
            time: rule.time,
            spans: Vec::new(),
        };
        let mut state = self.sla().state();
        let mut assignee = None;
        let mut from = clock.started_at;
        for event in self.events().iter().take_while(|event| event.at <= now) {
            let at = DateTime::from_timestamp(event.at.timestamp(), 0)?.min(end);
            if at > from {
                let paused = rule.is_paused(state.status()).then(|| state.status());
                told.tell(from, at, paused, assignee);
                from = at;
            }
            state.step(event);
            if let EventKind::Assigned(who) = &event.kind {
                assignee = who.as_deref();
            }
        }
        let paused = rule.is_paused(state.status()).then(|| state.status());
        told.tell(from, end, paused, assignee);
        let spans = told.spans;
        Some(Explanation {
            clock,
            spans,
            calendar: self.sla().calendar().clone(),
        })
    }
}

struct Told<'a> {
    calendar: &'a Calendar,
    time: Time,
    spans: Vec<Span>,
}

impl Told<'_> {
    fn tell(
        &mut self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        paused: Option<Status>,
        assignee: Option<&str>,
    ) {
        match (paused, self.time) {
            (Some(Status::Solved | Status::Closed), _) => {
                self.push(from, to, SpanKind::Solved, assignee);
            }
            (Some(status), _) => self.push(from, to, SpanKind::Paused(status), assignee),
            (None, Time::Calendar) => self.push(from, to, SpanKind::Counted, assignee),
            (None, Time::Business) => {
                for part in self.calendar.segments(from, to) {
                    let kind = part.closed.map_or(SpanKind::Counted, SpanKind::Closed);
                    self.push(part.from, part.to, kind, assignee);
                }
            }
        }
    }

    fn push(
        &mut self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        kind: SpanKind,
        assignee: Option<&str>,
    ) {
        if from >= to {
            return;
        }
        match self.spans.last_mut() {
            Some(last) if last.kind == kind && last.assignee.as_deref() == assignee => last.to = to,
            _ => self.spans.push(Span {
                from,
                to,
                kind,
                assignee: assignee.map(str::to_owned),
            }),
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let zone = self.calendar.hours().zone;
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
                };
                write!(f, ", {why} {}", local(stopped.at))?;
            }
            (None, Some(due)) => write!(f, ", due {}", local(due))?,
            (None, None) if clock.run == Run::Paused => f.write_str(", paused")?,
            (None, None) => {}
        }
        writeln!(f, " ({zone})")?;
        for span in &self.spans {
            write!(f, "{} - {}  ", local(span.from), local(span.to))?;
            write!(f, "{}  {}", Length(span.duration()), span.kind)?;
            match &span.assignee {
                Some(who) => writeln!(f, " ({who})")?,
                None => writeln!(f)?,
            }
        }
        Ok(())
    }
}

/// A length of time for people: `26 h 5 min`.
pub(crate) struct Length(pub(crate) TimeDelta);

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.0.num_seconds().unsigned_abs();
        let parts = [(all / 3_600, "h"), (all / 60 % 60, "min"), (all % 60, "s")];
        if self.0.num_seconds() < 0 {
            f.write_str("-")?;
        }
        let mut blank = "";
        for (amount, unit) in parts {
            if amount > 0 || (unit == "s" && all == 0) {
                write!(f, "{blank}{amount} {unit}")?;
                blank = " ";
            }
        }
        Ok(())
    }
}
