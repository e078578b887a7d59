use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::Serialize;

use super::fold::{Clocks, Counts, TookSample};
use super::money::rounded;
use super::sample::seconds;
use super::{Dimension, Handled, Level, Levels, Method, Question, Rate, Sample, Share, Times};

/// The figures of a total and of its groups. The names of its fields in JSON are stable.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// What was asked.
    pub question: Question,
    /// How percentiles were taken.
    pub method: Method,
    /// Over all rows, each once.
    pub total: Group,
    /// By each dimension that was asked for, by name.
    pub by: BTreeMap<Dimension, BTreeMap<String, Group>>,
}

/// The figures of one group of rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Group {
    /// Customers' messages, by what became of them.
    pub messages: Handled,
    /// The handled share of these, 0 to 1.
    pub handled_share: Option<f64>,
    /// Contacts by how far they were served.
    pub levels: Levels,
    /// Promises over all clocks.
    pub promises: Share,
    /// met / (met + breached), 0 to 1; the undecided are in neither.
    pub kept_share: Option<f64>,
    /// Each kind of clock, by its word.
    pub clocks: BTreeMap<String, ClockFigures>,
    /// The tickets.
    pub tickets: TicketFigures,
    /// Those that are open.
    pub backlog: Backlog,
}

/// One kind of clock.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ClockFigures {
    /// What became of its promises.
    pub promises: Share,
    /// met / (met + breached), 0 to 1.
    pub kept_share: Option<f64>,
    /// What those counted that ended with an answer or a solution.
    #[serde(flatten)]
    pub took: TookFigures,
}

/// How long something took, in both times.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TookFigures {
    /// Round the clock.
    pub calendar: Times,
    /// While the desk was open.
    pub business: Times,
}

/// Tickets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TicketFigures {
    /// How many.
    pub count: u64,
    /// To the first response, of those that had one.
    pub first_response: TookFigures,
    /// To the resolution, of those that have one.
    pub resolution: TookFigures,
    /// The work on them.
    pub handling: Handling,
}

/// How long people worked, and what that costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Handling {
    /// Of how many tickets this is known.
    pub tickets: u64,
    /// Minutes, rounded half up from the sum in seconds.
    pub minutes: u64,
    /// Minor units of money, such as cents, rounded half up from the sum in seconds; none without a
    /// rate, or beyond 2^64.
    pub cost_minor: Option<u64>,
}

/// The tickets that are open at one instant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Backlog {
    /// How many, and how old in calendar time.
    #[serde(flatten)]
    pub age: Times,
    /// How old the oldest is; in JSON `oldest_seconds`.
    #[serde(rename = "oldest_seconds", serialize_with = "seconds")]
    pub oldest: Option<TimeDelta>,
}

impl Counts {
    pub(super) fn summary(&mut self, method: Method, rate: Option<Rate>) -> Group {
        let messages = Handled {
            inbound: self.inbound.get(),
            unhandled: self.unhandled.get(),
            spam: self.spam.get(),
        };
        let levels = self.levels;
        let mut promises = Share::default();
        let clocks: BTreeMap<String, ClockFigures> = (self.clocks.iter_mut())
            .map(|(kind, clocks)| (kind.to_string(), clocks.summary(method)))
            .filter(|(_, clocks)| *clocks != ClockFigures::none(method))
            .collect();
        for clock in clocks.values() {
            promises.met += clock.promises.met;
            promises.breached += clock.promises.breached;
            promises.undecided += clock.promises.undecided;
        }
        let seconds = u128::try_from(self.handling).unwrap_or(0);
        Group {
            handled_share: messages.handled_share(),
            messages,
            levels: Levels::of(|level: Level| levels[level as usize].get()),
            kept_share: promises.kept(),
            promises,
            clocks,
            tickets: TicketFigures {
                count: self.tickets.get(),
                first_response: self.first_response.summary(method),
                resolution: self.resolution.summary(method),
                handling: Handling {
                    tickets: self.handled_tickets.get(),
                    minutes: u64::try_from(rounded(seconds, 60)).unwrap_or(u64::MAX),
                    cost_minor: rate.and_then(|rate| rate.cost_of(self.handling)),
                },
            },
            backlog: Backlog::of(&mut self.open, method),
        }
    }
}

impl Clocks {
    fn summary(&mut self, method: Method) -> ClockFigures {
        let promises = Share {
            met: self.met.get(),
            breached: self.breached.get(),
            undecided: self.undecided.get(),
        };
        ClockFigures {
            kept_share: promises.kept(),
            promises,
            took: self.took.summary(method),
        }
    }
}

impl ClockFigures {
    /// Of a clock all of whose rows were retracted.
    fn none(method: Method) -> Self {
        Clocks::default().summary(method)
    }
}

impl TookSample {
    fn summary(&mut self, method: Method) -> TookFigures {
        TookFigures {
            calendar: self.calendar.times(method),
            business: self.business.times(method),
        }
    }
}

impl Backlog {
    fn of(ages: &mut Sample, method: Method) -> Self {
        let oldest = ages.sorted().last().copied();
        Self {
            age: ages.times(method),
            oldest: oldest.and_then(TimeDelta::try_seconds),
        }
    }
}
