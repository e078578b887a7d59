use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{ClockKind, Time};

/// Why a clock stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stop {
    /// The customer was answered, in time or late.
    MetByReply,
    /// The ticket was solved or closed without an answer; or the commitment was called off or
    /// replaced; or there was no target for the clock any more.
    Cancelled,
    /// The ticket was solved or closed, which is what the resolution clock waits for.
    Solved,
    /// The commitment was kept, in time or late.
    Kept,
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
    /// One of the target's `warn` percentages is reached.
    Warn,
    /// More than the target is counted.
    Breach,
    /// The target and one of its `escalate` steps are reached.
    Escalate,
}

/// An instant at which a clock wants somebody, passed or ahead.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Timer {
    /// When.
    pub at: DateTime<Utc>,
    /// What for.
    pub kind: TimerKind,
    /// Which of its kind, from 1: the second warning, the first step. 1 for a breach.
    pub step: u32,
    /// Whom it calls, where it is an escalation that names somebody.
    pub to: Arc<[String]>,
    /// Which clock.
    pub clock: ClockKind,
    /// Which cycle of it.
    pub cycle: u32,
    /// The policy by which the clock is judged.
    pub policy: Arc<str>,
}

/// A broken promise as it was set down. Nothing that happens later removes it: where a change lets
/// the clock be in time again, the clock says so and the log still tells.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Breach {
    /// The clock.
    pub clock: ClockKind,
    /// Which cycle of it.
    pub cycle: u32,
    /// The policy whose target was passed.
    pub policy: Arc<str>,
    /// How much the clock might have counted.
    #[serde(with = "crate::length::seconds")]
    pub target: TimeDelta,
    /// The first instant at which it had counted more; where a change made it late at once, the
    /// instant of the change.
    pub at: DateTime<Utc>,
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
    /// The policy by which it is judged now, or was at its stop.
    pub policy: Arc<str>,
    /// How much it may count and still be met.
    #[serde(with = "crate::length::seconds")]
    pub target: TimeDelta,
    /// Which time it counts.
    pub time: Time,
    /// When it started; after a change under [`Fresh`](crate::ChangeMode::Fresh), the change.
    pub started_at: DateTime<Utc>,
    /// When and why it stopped.
    pub stopped: Option<Stopped>,
    /// Whether it moves.
    pub run: Run,
    /// What it has counted against the target: in business or in calendar time, as `time` says, or
    /// as it said then for what a change carried over.
    #[serde(with = "crate::length::seconds")]
    pub elapsed: TimeDelta,
    /// Open time while not paused.
    #[serde(with = "crate::length::seconds")]
    pub business: TimeDelta,
    /// All time while not paused.
    #[serde(with = "crate::length::seconds")]
    pub calendar: TimeDelta,
    /// Time in a status in which it stands still.
    #[serde(with = "crate::length::seconds")]
    pub paused: TimeDelta,
    /// Time while not paused that it does not count because the desk is closed.
    #[serde(with = "crate::length::seconds")]
    pub outside: TimeDelta,
    /// What is left of the target; negative when late.
    #[serde(with = "crate::length::seconds")]
    pub remaining: TimeDelta,
    /// The last instant at which it can be met, while it runs and something remains: after a
    /// used-up day that is closing time.
    pub due_at: Option<DateTime<Utc>>,
    /// The instant of its next warning, while it runs and one is left.
    pub warn_at: Option<DateTime<Utc>>,
    /// The first instant at which more than the target is counted, while it runs; in the past where
    /// that has happened. Lists of work sort by this. None where the hours never give the time.
    pub breach_at: Option<DateTime<Utc>>,
    /// Since when it is late, if it is: the instant in the log of [`Breach`]es.
    pub breached_at: Option<DateTime<Utc>>,
    pub(crate) verdict: Verdict,
}

impl Clock {
    /// Whether more than the target is counted.
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
}
