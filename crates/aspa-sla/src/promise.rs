use std::fmt;

use aspa_hours::Hours;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::{Error, Sla, Status};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClockKind {
    /// From the creation of the ticket to the first answer; once a ticket.
    FirstResponse,
    /// From the oldest unanswered message after the first response to the next answer.
    NextResponse,
    /// From the creation of the ticket, or its reopening, until it is solved.
    Resolution,
}

impl ClockKind {
    /// Its word, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstResponse => "first_response",
            Self::NextResponse => "next_response",
            Self::Resolution => "resolution",
        }
    }
}

impl fmt::Display for ClockKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which time a target counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Time {
    /// Only while the promise's hours are open.
    #[default]
    Business,
    /// Round the clock.
    Calendar,
}

/// What a reopening does to the resolution clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReopenMode {
    /// The clock goes on; the time while solved counts as paused. Only closing stops it,
    /// and a ticket that is opened even then starts the next cycle.
    #[default]
    Resume,
    /// Solving stops the clock; a reopening starts the next cycle at zero.
    NewCycle,
}

/// How long one clock may run.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Target {
    /// The clock.
    pub clock: ClockKind,
    /// How much time it may count and still be met; in JSON, whole seconds.
    #[serde(with = "crate::seconds")]
    pub within: TimeDelta,
    /// Which time it counts.
    #[serde(default)]
    pub time: Time,
    /// The statuses in which this clock stands still; none: those of the promise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause_on: Option<Vec<Status>>,
    /// At which percentage of `within` somebody should be warned, 1 to 99.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn_percent: Option<u8>,
}

impl Target {
    /// A target of so much time.
    #[must_use]
    pub const fn new(clock: ClockKind, within: TimeDelta, time: Time) -> Self {
        Self {
            clock,
            within,
            time,
            pause_on: None,
            warn_percent: None,
        }
    }

    /// Warns at a percentage of the time, 1 to 99.
    #[must_use]
    pub const fn warn_at(mut self, percent: u8) -> Self {
        self.warn_percent = Some(percent);
        self
    }

    /// Stands still in these statuses instead of the promise's.
    #[must_use]
    pub fn pause_on(mut self, statuses: impl IntoIterator<Item = Status>) -> Self {
        self.pause_on = Some(statuses.into_iter().collect());
        self
    }
}

/// What the customers are promised: opening hours and how soon they are answered and helped.
///
/// [`compile`](Self::compile) makes it an [`Sla`], which turns the events of tickets into clocks.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Promise {
    /// What people call it.
    pub name: String,
    /// The opening hours; needed where a target counts business time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// At most one target a clock; a clock without a target does not exist.
    pub targets: Vec<Target>,
    /// The statuses in which clocks stand still, besides solved and closed.
    #[serde(default = "waiting_for_the_customer")]
    pub pause_on: Vec<Status>,
    /// What a reopening does to the resolution clock.
    #[serde(default)]
    pub reopen_mode: ReopenMode,
    /// Whether a holding reply ("we are looking into it") stops the response clocks.
    #[serde(default)]
    pub holding_stops: bool,
}

fn waiting_for_the_customer() -> Vec<Status> {
    vec![Status::Pending]
}

impl Promise {
    /// A promise with no targets yet. Its clocks stand still while the customer is waited for.
    #[must_use]
    pub fn new(name: impl Into<String>, hours: impl Into<Option<Hours>>) -> Self {
        Self {
            name: name.into(),
            hours: hours.into(),
            targets: Vec::new(),
            pause_on: waiting_for_the_customer(),
            reopen_mode: ReopenMode::default(),
            holding_stops: false,
        }
    }

    /// Every message of a customer is answered within so much open time.
    #[must_use]
    pub fn answer_within(within: TimeDelta, hours: Hours) -> Self {
        Self::new(
            format!("answer within {}", crate::explain::Length(within)),
            hours,
        )
        .target(Target::new(
            ClockKind::FirstResponse,
            within,
            Time::Business,
        ))
        .target(Target::new(ClockKind::NextResponse, within, Time::Business))
    }

    /// Adds a target.
    #[must_use]
    pub fn target(mut self, target: Target) -> Self {
        self.targets.push(target);
        self
    }

    /// Stands still in these statuses only, besides solved and closed.
    #[must_use]
    pub fn pause_on(mut self, statuses: impl IntoIterator<Item = Status>) -> Self {
        self.pause_on = statuses.into_iter().collect();
        self
    }

    /// Says what a reopening does to the resolution clock.
    #[must_use]
    pub fn reopen_mode(mut self, mode: ReopenMode) -> Self {
        self.reopen_mode = mode;
        self
    }

    /// Says whether a holding reply stops the response clocks.
    #[must_use]
    pub fn holding_stops(mut self, stops: bool) -> Self {
        self.holding_stops = stops;
        self
    }

    /// Checks the promise and makes it ready for tickets.
    ///
    /// # Errors
    /// [`Error`] names the field at fault.
    pub fn compile(&self) -> Result<Sla, Error> {
        Sla::new(self)
    }
}
