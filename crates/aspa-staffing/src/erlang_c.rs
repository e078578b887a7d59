//! Erlang C: everybody waits until answered (M/M/n).

use chrono::TimeDelta;
use serde::Serialize;

use crate::demand::{Demand, MOST_AGENTS, team, zero_or_longer};
use crate::error::QueueError;
use crate::goal::Goal;

/// A team whose customers all wait until they are answered (Erlang C, M/M/n), first come, first served.
///
/// The formula of A. K. Erlang (1917), through the inverse of the blocking probability of Erlang B:
/// `I(0) = 1`, `I(n) = 1 + I(n-1) n / a`, and then the probability of waiting is
/// `n / ((n - a) I(n) + a)`. Only positive numbers are added, so nothing cancels; what would overflow
/// is a probability below 1e-300 and counts as zero. Relative error below 1e-11 for up to
/// [`MOST_AGENTS`] agents, against 50-digit arithmetic.
///
/// Without contacts nobody waits: zero agents are enough and every share is 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ErlangC {
    demand: Demand,
    agents: u32,
    wait_probability: f64,
    /// `1 - wait_probability`, computed without taking a difference.
    at_once: f64,
}

impl ErlangC {
    /// What so many agents give their customers. O(agents).
    ///
    /// # Errors
    /// [`QueueError::Unstable`] where the load is not below the number of agents,
    /// [`QueueError::OutOfRange`] where there are more than [`MOST_AGENTS`].
    pub fn new(demand: Demand, agents: u32) -> Result<Self, QueueError> {
        let load = demand.load();
        if load > 0.0 && f64::from(team(agents)?) <= load {
            return Err(QueueError::Unstable { agents, load });
        }
        let mut inverse = InverseBlocking::new(load);
        inverse.climb_to(agents);
        Ok(Self::at(demand, &inverse))
    }

    /// The smallest team that reaches the goal: one pass upwards from the least stable one. O(agents).
    ///
    /// `goal.measure` does not matter here: where nobody gives up, the four service levels are one.
    ///
    /// # Errors
    /// [`QueueError::OutOfReach`] where that takes more than [`MOST_AGENTS`].
    pub fn least(demand: Demand, goal: &Goal) -> Result<Self, QueueError> {
        let load = demand.load();
        let mut inverse = InverseBlocking::new(load);
        if load > 0.0 {
            inverse.climb_to((load.floor() as u32).saturating_add(1).min(MOST_AGENTS));
        }
        loop {
            let team = Self::at(demand, &inverse);
            let stable = load == 0.0 || f64::from(team.agents) > load;
            if stable && goal.met_by_patient(&team) {
                return Ok(team);
            }
            if inverse.agents >= MOST_AGENTS {
                return Err(QueueError::OutOfReach(MOST_AGENTS));
            }
            inverse.climb();
        }
    }

    fn at(demand: Demand, inverse: &InverseBlocking) -> Self {
        let (agents, load) = (inverse.agents, demand.load());
        let (wait_probability, at_once) = if load == 0.0 || inverse.value.is_infinite() {
            (0.0, 1.0)
        } else {
            let spare = f64::from(agents) - load;
            let denominator = spare * inverse.value + load;
            (
                f64::from(agents) / denominator,
                spare * inverse.less_one / denominator,
            )
        };
        Self {
            demand,
            agents,
            wait_probability,
            at_once,
        }
    }

    /// The contacts and their work.
    #[must_use]
    pub fn demand(&self) -> Demand {
        self.demand
    }

    /// The size of the team.
    #[must_use]
    pub fn agents(&self) -> u32 {
        self.agents
    }

    /// The share of contacts that find everybody busy.
    #[must_use]
    pub fn wait_probability(&self) -> f64 {
        self.wait_probability
    }

    /// The average speed of answer over all contacts, in seconds: `C h / (n - a)`.
    #[must_use]
    pub fn mean_wait(&self) -> f64 {
        self.over_spare(self.wait_probability * self.demand.handling())
    }

    /// The mean number of contacts that wait: `C a / (n - a)`.
    #[must_use]
    pub fn queue_length(&self) -> f64 {
        self.over_spare(self.wait_probability * self.demand.load())
    }

    /// The share of an agent's time that is spent on contacts: `a / n`.
    #[must_use]
    pub fn occupancy(&self) -> f64 {
        if self.agents == 0 {
            0.0
        } else {
            self.demand.load() / f64::from(self.agents)
        }
    }

    /// The share of contacts answered within a time: `1 - C exp(-(n - a) T / h)`.
    ///
    /// # Errors
    /// [`QueueError::OutOfRange`] where `within` is negative.
    pub fn service_level(&self, within: TimeDelta) -> Result<f64, QueueError> {
        Ok(self.answered_within(zero_or_longer("within", within)?))
    }

    pub(crate) fn answered_within(&self, seconds: f64) -> f64 {
        let spare = f64::from(self.agents) - self.demand.load();
        let decay = -(-spare * seconds / self.demand.handling()).exp_m1();
        (self.at_once + self.wait_probability * decay).min(1.0)
    }

    fn over_spare(&self, amount: f64) -> f64 {
        if amount == 0.0 {
            0.0
        } else {
            amount / (f64::from(self.agents) - self.demand.load())
        }
    }
}

/// The inverse of the blocking probability of Erlang B, from zero agents upwards.
#[derive(Debug)]
pub(crate) struct InverseBlocking {
    load: f64,
    pub(crate) agents: u32,
    /// `I(n)`: infinite where blocking is below what an `f64` holds.
    pub(crate) value: f64,
    /// `I(n) - 1`, without the loss of a difference.
    pub(crate) less_one: f64,
}

impl InverseBlocking {
    pub(crate) fn new(load: f64) -> Self {
        Self {
            load,
            agents: 0,
            value: 1.0,
            less_one: 0.0,
        }
    }

    /// One agent more.
    pub(crate) fn climb(&mut self) {
        self.agents += 1;
        self.less_one = self.value * (f64::from(self.agents) / self.load);
        self.value = 1.0 + self.less_one;
    }

    /// Up to so many agents.
    pub(crate) fn climb_to(&mut self, agents: u32) {
        while self.agents < agents {
            self.climb();
        }
    }
}
