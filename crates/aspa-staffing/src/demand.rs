use chrono::TimeDelta;
use serde::Serialize;

use crate::error::{QueueError, within};

/// The largest team that is computed, and the largest load in erlangs.
pub const MOST_AGENTS: u32 = 10_000_000;

/// Contacts that come at random and are worth an answer at once: how many, and how much work each is.
///
/// Contacts are taken to arrive one by one and independently (a Poisson process), and handling times
/// to be exponential with the given mean. Rates and means are real numbers, so they are `f64` here.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Demand {
    contacts_per_hour: f64,
    /// Seconds.
    handling: f64,
}

impl Demand {
    /// So many contacts an hour, each so much work for one agent on average.
    ///
    /// # Errors
    /// [`QueueError::OutOfRange`] where `contacts_per_hour` is negative or not a number, where
    /// `handling` is not longer than zero, or where the load is over [`MOST_AGENTS`] erlangs.
    pub fn new(contacts_per_hour: f64, handling: TimeDelta) -> Result<Self, QueueError> {
        let contacts_per_hour = within(
            "contacts_per_hour",
            contacts_per_hour,
            (0.0, f64::MAX),
            "a number from 0",
        )?;
        let handling = longer_than_zero("handling", handling)?;
        let demand = Self {
            contacts_per_hour,
            handling,
        };
        within(
            "load",
            demand.load(),
            (0.0, f64::from(MOST_AGENTS)),
            "at most 10,000,000 erlangs",
        )?;
        Ok(demand)
    }

    /// The offered load in erlangs: the agents who would be busy on average if nobody ever waited.
    #[must_use]
    pub fn load(&self) -> f64 {
        self.contacts_per_hour * self.handling / 3600.0
    }

    /// The seconds of work that come in so many seconds, rounded up: what deferred work is made of.
    #[must_use]
    pub fn work(&self, seconds: u64) -> u64 {
        // Too much for a `u64` becomes the largest.
        (self.contacts_per_hour * self.handling * seconds as f64 / 3600.0).ceil() as u64
    }

    /// Contacts an hour.
    #[must_use]
    pub fn contacts_per_hour(&self) -> f64 {
        self.contacts_per_hour
    }

    /// The mean handling time in seconds.
    #[must_use]
    pub fn handling(&self) -> f64 {
        self.handling
    }

    /// Contacts a second.
    pub(crate) fn arrival_rate(&self) -> f64 {
        self.contacts_per_hour / 3600.0
    }

    /// The same contacts, each `factor` times as much work.
    pub(crate) fn slowed(&self, factor: f64) -> Result<Self, QueueError> {
        let slowed = Self {
            handling: self.handling * factor,
            ..*self
        };
        within(
            "load",
            slowed.load(),
            (0.0, f64::from(MOST_AGENTS)),
            "at most 10,000,000 erlangs",
        )?;
        Ok(slowed)
    }
}

/// A time in seconds, at least zero.
pub(crate) fn zero_or_longer(field: &'static str, time: TimeDelta) -> Result<f64, QueueError> {
    within(
        field,
        seconds(time),
        (0.0, f64::MAX),
        "a time of zero or longer",
    )
}

/// A time in seconds, more than zero.
pub(crate) fn longer_than_zero(field: &'static str, time: TimeDelta) -> Result<f64, QueueError> {
    within(
        field,
        seconds(time),
        (1e-9, f64::MAX),
        "a time longer than zero",
    )
}

/// Exact to half a unit in the last place: whole seconds and nanoseconds both fit.
pub(crate) fn seconds(time: TimeDelta) -> f64 {
    time.num_seconds() as f64 + f64::from(time.subsec_nanos()) / 1e9
}

/// No more agents than are computed.
pub(crate) fn team(agents: u32) -> Result<u32, QueueError> {
    within(
        "agents",
        f64::from(agents),
        (0.0, f64::from(MOST_AGENTS)),
        "at most 10,000,000",
    )?;
    Ok(agents)
}
