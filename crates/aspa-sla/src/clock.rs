use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::sla::Rule;
use crate::{ClockKind, Sla, Status, Time};

/// Why a clock stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stop {
    /// The customer was answered, in time or late.
    MetByReply,
    /// The ticket was solved or closed without an answer.
    Cancelled,
    /// The ticket was solved or closed, which is what the resolution clock waits for.
    Solved,
}

/// When and why a clock stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stopped {
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub why: Stop,
}

/// Whether a clock moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Run {
    /// It counts whenever its time is open.
    Running,
    /// It stands still until the ticket stands differently.
    Paused,
    /// It has stopped for good.
    Stopped,
}

/// Whether a promise was kept, as far as can be said at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// Kept: answered or solved within the target, the target itself included.
    Met,
    /// Broken, whether or not it was answered later.
    Breached,
    /// Not decided yet, or cancelled before it was.
    Undecided,
}

/// What a [`Timer`] is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TimerKind {
    /// The target's `warn_percent` is reached.
    Warn,
    /// The target is passed.
    Breach,
}

/// An instant at which somebody should look at a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Timer {
    /// When.
    pub at: DateTime<Utc>,
    /// What for.
    pub kind: TimerKind,
    /// Which clock.
    pub clock: ClockKind,
    /// Which cycle of it.
    pub cycle: u32,
}

/// One cycle of one clock as it stood at one instant.
///
/// `paused + outside + elapsed` is its lifetime, to the second.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Clock {
    /// What it measures.
    pub kind: ClockKind,
    /// Which cycle of its kind on this ticket, from 1.
    pub cycle: u32,
    /// How much it may count and still be met.
    #[serde(with = "crate::seconds")]
    pub target: TimeDelta,
    /// Which time it counts.
    pub time: Time,
    /// When it started.
    pub started_at: DateTime<Utc>,
    /// When and why it stopped.
    pub stopped: Option<Stopped>,
    /// Whether it moves.
    pub run: Run,
    /// What it has counted: `business` or `calendar`, as `time` says.
    #[serde(with = "crate::seconds")]
    pub elapsed: TimeDelta,
    /// Open time while not paused.
    #[serde(with = "crate::seconds")]
    pub business: TimeDelta,
    /// All time while not paused.
    #[serde(with = "crate::seconds")]
    pub calendar: TimeDelta,
    /// Time in a status in which it stands still.
    #[serde(with = "crate::seconds")]
    pub paused: TimeDelta,
    /// Time while not paused that it does not count because the desk is closed.
    #[serde(with = "crate::seconds")]
    pub outside: TimeDelta,
    /// What is left of the target; negative when late.
    #[serde(with = "crate::seconds")]
    pub remaining: TimeDelta,
    /// The last instant at which it can be met, while it runs and something remains: after a
    /// used-up day that is closing time.
    pub due_at: Option<DateTime<Utc>>,
    /// The instant at which it warns, while it runs and has not yet.
    pub warn_at: Option<DateTime<Utc>>,
    /// The first instant at which more than the target is counted, while it runs; in the past where
    /// that has happened. Lists of work sort by this. None where the hours never give the time.
    pub breach_at: Option<DateTime<Utc>>,
    /// When the target was passed, if it was.
    pub breached_at: Option<DateTime<Utc>>,
    verdict: Verdict,
}

impl Clock {
    /// Whether the target has been passed.
    #[must_use]
    pub const fn is_breached(&self) -> bool {
        self.breached_at.is_some()
    }

    /// Whether the promise was kept. A resolution clock that a reopening would resume is met while
    /// the ticket is solved in time.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// From its start to its stop, or to the instant asked about.
    #[must_use]
    pub fn lifetime(&self) -> TimeDelta {
        self.calendar + self.paused
    }

    /// The first instant after `now` at which it warns or is breached, if nothing happens before.
    #[must_use]
    pub fn next_instant(&self, now: DateTime<Utc>) -> Option<Timer> {
        let timer = |at, kind| Timer {
            at,
            kind,
            clock: self.kind,
            cycle: self.cycle,
        };
        let warn = self.warn_at.map(|at| timer(at, TimerKind::Warn));
        let breach = self.breach_at.map(|at| timer(at, TimerKind::Breach));
        [warn, breach]
            .into_iter()
            .flatten()
            .filter(|t| t.at > now)
            .min_by_key(|t| (t.at, t.kind))
    }
}

/// One cycle while events are followed; instants and amounts in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cycle {
    pub(crate) kind: ClockKind,
    pub(crate) number: u32,
    pub(crate) started: i64,
    /// Up to here time is accounted for.
    counted_to: i64,
    business: i64,
    calendar: i64,
    pub(crate) stopped: Option<(i64, Stop)>,
    breached: Option<i64>,
}

impl Cycle {
    pub(crate) const fn new(kind: ClockKind, number: u32, at: i64) -> Self {
        Self {
            kind,
            number,
            started: at,
            counted_to: at,
            business: 0,
            calendar: 0,
            stopped: None,
            breached: None,
        }
    }

    const fn elapsed(&self, rule: &Rule) -> i64 {
        match rule.time {
            Time::Business => self.business,
            Time::Calendar => self.calendar,
        }
    }

    /// Accounts for the time up to `to`, throughout which the ticket stood as `status`.
    pub(crate) fn count(&mut self, sla: &Sla, rule: &Rule, status: Status, to: i64) {
        let from = self.counted_to;
        if to <= from {
            return;
        }
        self.counted_to = to;
        if rule.is_paused(status) {
            return;
        }
        let before = self.elapsed(rule);
        self.calendar += to - from;
        self.business += sla.open_between(from, to);
        if self.breached.is_none() && self.elapsed(rule) > rule.within {
            self.breached = sla.after(rule, from, rule.within + 1 - before);
        }
    }

    /// The cycle at `now`, with the ticket standing as `status` since the last event.
    pub(crate) fn view(mut self, sla: &Sla, rule: &Rule, status: Status, now: i64) -> Clock {
        let run = if self.stopped.is_some() {
            Run::Stopped
        } else {
            self.count(sla, rule, status, now);
            if rule.is_paused(status) {
                Run::Paused
            } else {
                Run::Running
            }
        };
        let elapsed = self.elapsed(rule);
        let after = |amount: i64| sla.after(rule, self.counted_to, amount);
        let (mut due, mut warn, mut breach) = (None, None, None);
        if run == Run::Running {
            if elapsed < rule.within {
                due = after(rule.within - elapsed);
            }
            warn = rule
                .warn
                .filter(|&warn| elapsed < warn)
                .and_then(|warn| after(warn - elapsed));
            breach = self.breached.or_else(|| after(rule.within + 1 - elapsed));
        }
        let verdict = match self.stopped {
            _ if self.breached.is_some() => Verdict::Breached,
            Some((_, Stop::Cancelled)) => Verdict::Undecided,
            Some(_) => Verdict::Met,
            None if self.kind == ClockKind::Resolution && status.is_done() => Verdict::Met,
            None => Verdict::Undecided,
        };
        let seconds = TimeDelta::seconds;
        let instant = |at: Option<i64>| at.and_then(|at| DateTime::from_timestamp(at, 0));
        Clock {
            kind: self.kind,
            cycle: self.number,
            target: seconds(rule.within),
            time: rule.time,
            started_at: instant(Some(self.started)).unwrap_or_default(),
            stopped: self.stopped.map(|(at, why)| Stopped {
                at: instant(Some(at)).unwrap_or_default(),
                why,
            }),
            run,
            elapsed: seconds(elapsed),
            business: seconds(self.business),
            calendar: seconds(self.calendar),
            paused: seconds(self.counted_to - self.started - self.calendar),
            outside: seconds(self.calendar - elapsed),
            remaining: seconds(rule.within - elapsed),
            due_at: instant(due),
            warn_at: instant(warn),
            breach_at: instant(breach),
            breached_at: instant(self.breached),
            verdict,
        }
    }
}
