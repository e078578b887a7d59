use std::sync::Arc;

use aspa_hours::HoursError;

use crate::{ClockKind, TextError};

/// Why a promise cannot be kept track of, or an event cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The opening hours cannot be built.
    #[error("hours cannot be built")]
    Hours(#[from] HoursError),
    /// A target counts business time and the promise has no hours.
    #[error("targets: {0} counts business time, but the promise has no hours")]
    NoHours(ClockKind),
    /// A target counts business time and the hours never open.
    #[error("targets: {0} counts business time, but the hours never open")]
    NeverOpen(ClockKind),
    /// Two targets answer for one clock and one priority, or two for those that name no priority.
    #[error("targets: {clock} is given twice{}", for_priority(.priority.as_deref()))]
    TargetTwice {
        /// The clock.
        clock: ClockKind,
        /// The priority that both name; none: neither names one.
        priority: Option<String>,
    },
    /// A target is not a whole number of seconds, or shorter than one.
    #[error("within: the target of {0} is not a whole number of seconds from 1 on")]
    Within(ClockKind),
    /// A warning is not between the start and the target, or not after the one before it.
    #[error("warn: {percent} of {clock} is not within 1 to 100 or not in ascending order")]
    Warn {
        /// The clock.
        clock: ClockKind,
        /// The number given.
        percent: u8,
    },
    /// An escalation is not a whole number of seconds from 0 on, or not after the one before it.
    #[error(
        "escalate: step {step} of {clock} is not a whole number of seconds from 0 on or not in ascending order"
    )]
    Escalate {
        /// The clock.
        clock: ClockKind,
        /// Its place, from 1.
        step: usize,
    },
    /// No clock has this name.
    #[error(
        "{0:?} is no clock; there are first_response, next_response, resolution and custom:NAME"
    )]
    UnknownClock(String),
    /// A policy of the list is at fault; the source says how.
    #[error("policy {policy:?} cannot be kept track of")]
    InPolicy {
        /// Its name.
        policy: Arc<str>,
        /// What is wrong with it.
        #[source]
        error: Box<Self>,
    },
    /// A text for customers cannot be used.
    #[error(transparent)]
    Text(#[from] TextError),
    /// A list of policies is empty.
    #[error("policies: there is none")]
    NoPolicy,
    /// Two policies of a list have one name.
    #[error("policies: {0:?} is given twice")]
    PolicyTwice(Arc<str>),
    /// No policy of the list has this name.
    #[error("there is no policy {0:?}")]
    UnknownPolicy(Arc<str>),
    /// A commitment was made without a date, and the policy has no target for it.
    #[error("policy {policy:?} has no target for {clock}, and the commitment has no date")]
    NoTarget {
        /// The policy in force.
        policy: Arc<str>,
        /// The clock of the commitment.
        clock: ClockKind,
    },
}

fn for_priority(priority: Option<&str>) -> String {
    priority.map_or_else(String::new, |priority| format!(" for priority {priority}"))
}
