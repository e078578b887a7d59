use aspa_hours::Schedule;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::{ClockKind, Error, Policies, Sla, Status, Texts, at_field};

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

/// What a change of the ticket's priority or policy does to the clocks that are alive.
///
/// A clock that has stopped never changes, nor does a commitment with a date, and a change to the
/// same value is none. The priority follows the mode of the policy in force, a change of policy that
/// of the new one. A change of hours or pauses is a change to a policy with other hours or pauses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChangeMode {
    /// The new target, hours and pauses count the whole cycle again, as if they had always held. All
    /// its timers are armed anew, and those already reached fire at once. A clock for which there is
    /// no target any more disappears; one that had none before appears with all its past.
    #[default]
    Retroactive,
    /// The clock keeps its target, hours and pauses; only cycles that start later take the new ones.
    Keep,
    /// What was counted stays; from now on the new target, hours and pauses hold. A timer that has
    /// fired does not fire again: the nth warning and the nth step are the same ones before and
    /// after. A clock for which there is no target any more is cancelled; one that had none before
    /// starts now.
    Carry,
    /// The cycle begins anew: it keeps its number, but its life starts now, at zero, with all timers
    /// armed. Clocks without a target before or after the change fare as with `Carry`.
    Fresh,
}

/// Whom to call when a target is passed, and how long after.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Escalation {
    /// How much more than the target is counted by then, 0 or more; in JSON `"30m"`. With 0 it is
    /// due as the target is used up, a second before it is broken.
    #[serde(
        serialize_with = "crate::length::text::serialize",
        deserialize_with = "at_field::after"
    )]
    pub after: TimeDelta,
    /// Whom, by names that the host understands: `team lead`, `anna`.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_field::to"
    )]
    pub to: Vec<String>,
}

impl Escalation {
    /// Calls them so long after the target.
    pub fn new(after: TimeDelta, to: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            after,
            to: to.into_iter().map(Into::into).collect(),
        }
    }
}

/// How long one clock may run.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Target {
    /// The clock.
    #[serde(deserialize_with = "at_field::clock")]
    pub clock: ClockKind,
    /// The priorities for which it holds; none: all that no other target of the clock names.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_field::priority"
    )]
    pub priority: Vec<String>,
    /// How much time it may count and still be met, whole seconds from 1 on. In JSON a text of
    /// hours, minutes and seconds: `"24h"`, `"1h 30m"`, `"45s"`.
    #[serde(
        serialize_with = "crate::length::text::serialize",
        deserialize_with = "at_field::within"
    )]
    pub within: TimeDelta,
    /// Which time it counts.
    #[serde(default, deserialize_with = "at_field::time")]
    pub time: Time,
    /// The statuses in which this clock stands still; none: those of the promise.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "at_field::pause_on"
    )]
    pub pause_on: Option<Vec<Status>>,
    /// At which percentages of `within` somebody should be warned, 1 to 100, ascending.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_field::warn"
    )]
    pub warn: Vec<u8>,
    /// Whom to call after the target, in ascending order of time: step 1, 2 and so on.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_field::escalate"
    )]
    pub escalate: Vec<Escalation>,
}

impl Target {
    /// A target of so much time, for every priority that has no other.
    #[must_use]
    pub const fn new(clock: ClockKind, within: TimeDelta, time: Time) -> Self {
        Self {
            clock,
            priority: Vec::new(),
            within,
            time,
            pause_on: None,
            warn: Vec::new(),
            escalate: Vec::new(),
        }
    }

    /// Holds for these priorities only.
    #[must_use]
    pub fn priority(mut self, priority: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.priority = priority.into_iter().map(Into::into).collect();
        self
    }

    /// Warns at one more percentage of the time, 1 to 100.
    #[must_use]
    pub fn warn_at(mut self, percent: u8) -> Self {
        self.warn.push(percent);
        self
    }

    /// Calls somebody so long after the target: the next step.
    #[must_use]
    pub fn escalate(
        mut self,
        after: TimeDelta,
        to: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.escalate.push(Escalation::new(after, to));
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
/// One object drives the clocks, the texts and the figures. [`compile`](Self::compile) makes it an
/// [`Sla`], which turns the events of tickets into clocks; a list of several is
/// [`Policies`](crate::Policies).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Promise {
    /// What people call it; among [`Policies`](crate::Policies) it names the policy.
    #[serde(deserialize_with = "at_field::name")]
    pub name: String,
    /// The opening hours; needed where a target counts business time.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "at_field::hours"
    )]
    pub hours: Option<Schedule>,
    /// At most one target a clock and priority; a clock without a target does not exist.
    #[serde(default, deserialize_with = "at_field::targets")]
    pub targets: Vec<Target>,
    /// What customers are told.
    #[serde(
        default,
        skip_serializing_if = "Texts::is_empty",
        deserialize_with = "at_field::texts"
    )]
    pub texts: Texts,
    /// The statuses in which clocks stand still, besides solved and closed.
    #[serde(
        default = "waiting_for_the_customer",
        deserialize_with = "at_field::pause_on"
    )]
    pub pause_on: Vec<Status>,
    /// What a reopening does to the resolution clock.
    #[serde(default, deserialize_with = "at_field::reopen_mode")]
    pub reopen_mode: ReopenMode,
    /// What a change of priority, or a change to this promise, does to clocks that are alive.
    #[serde(default, deserialize_with = "at_field::change_mode")]
    pub change_mode: ChangeMode,
    /// Whether a holding reply ("we are looking into it") stops the response clocks.
    #[serde(default, deserialize_with = "at_field::holding_stops")]
    pub holding_stops: bool,
}

pub(crate) fn waiting_for_the_customer() -> Vec<Status> {
    vec![Status::Pending]
}

impl Promise {
    /// A promise with no targets yet. Its clocks stand still while the customer is waited for.
    #[must_use]
    pub fn new(name: impl Into<String>, hours: impl Into<Option<Schedule>>) -> Self {
        Self {
            name: name.into(),
            hours: hours.into(),
            targets: Vec::new(),
            texts: Texts::default(),
            pause_on: waiting_for_the_customer(),
            reopen_mode: ReopenMode::default(),
            change_mode: ChangeMode::default(),
            holding_stops: false,
        }
    }

    /// Every message of a customer is answered within so much open time.
    #[must_use]
    pub fn answer_within(within: TimeDelta, hours: impl Into<Schedule>) -> Self {
        let hours: Schedule = hours.into();
        Self::new(
            format!("answer within {}", crate::length::Length(within)),
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
    pub const fn reopen_mode(mut self, mode: ReopenMode) -> Self {
        self.reopen_mode = mode;
        self
    }

    /// Says what a change in mid-flight does to the clocks that are alive.
    #[must_use]
    pub const fn change_mode(mut self, mode: ChangeMode) -> Self {
        self.change_mode = mode;
        self
    }

    /// Says whether a holding reply stops the response clocks.
    #[must_use]
    pub const fn holding_stops(mut self, stops: bool) -> Self {
        self.holding_stops = stops;
        self
    }

    /// Checks the promise and makes it ready for tickets.
    ///
    /// # Errors
    /// [`Error`] names the field at fault.
    pub fn compile(&self) -> Result<Sla, Error> {
        match Policies::from(self.clone()).compile() {
            Err(Error::InPolicy { error, .. }) => Err(*error),
            result => result,
        }
    }
}
