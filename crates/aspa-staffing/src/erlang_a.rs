//! Erlang A: customers give up when they have waited too long (M/M/n+M).

use chrono::TimeDelta;
use serde::Serialize;

use crate::demand::{Demand, MOST_AGENTS, longer_than_zero, team, zero_or_longer};
use crate::erlang_c::InverseBlocking;
use crate::error::QueueError;
use crate::goal::{Goal, ServiceLevel};

/// The longest queue that is gone through.
const LONGEST_QUEUE: u32 = 10_000_000;

/// A team whose customers give up after waiting for a random time, exponential with the given mean
/// (Erlang A, M/M/n+M; C. Palm 1937, 1957), first come, first served.
///
/// Exact, no diffusion approximation. With arrivals at rate l, handling at rate m, giving up at rate
/// g = 1 / patience: the probability that k wait while all n are busy is proportional to the product
/// of l / (nm + ig) over i = 1..k. Who finds k waiting has V, the wait of endless patience, as a sum
/// of k + 1 exponential times, and exp(-gV) is Beta(nm/g, k + 1). So P(V > T) is a regularised
/// incomplete beta function with an integer parameter, which is a partial sum of the negative
/// binomial probabilities `t(j) = x^s (1-x)^j s(s+1)..(s+j-1)/j!`, where `x = exp(-gT)` and `s = nm/g`:
/// all k come from one recurrence in j. Every sum is over positive numbers, each share is summed from
/// its own side, nothing cancels.
///
/// Relative error below 1e-9, for service levels above 1e-150, against 50-digit arithmetic and
/// against numerical integration. The team may be smaller than the load. Memory: 8 bytes for each
/// place in the queue that matters.
///
/// Without contacts nobody waits: every share of answered ones is 1.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ErlangA {
    demand: Demand,
    agents: u32,
    /// Seconds.
    patience: f64,
    at_once: f64,
    wait_probability: f64,
    queue_length: f64,
    /// Probabilities that all agents are busy and k wait, k = 0, 1, ...
    #[serde(skip)]
    queue: Vec<f64>,
}

impl ErlangA {
    /// What so many agents give customers of this mean patience. O(agents + queue).
    ///
    /// # Errors
    /// [`QueueError::OutOfRange`] where `patience` is not longer than zero or there are more than
    /// [`MOST_AGENTS`]; [`QueueError::QueueTooLong`] where more than ten million would wait.
    pub fn new(demand: Demand, patience: TimeDelta, agents: u32) -> Result<Self, QueueError> {
        let patience = longer_than_zero("patience", patience)?;
        Self::with(demand, patience, team(agents)?)
    }

    /// The smallest team that reaches the goal. O(log(agents)) teams are looked at, since every limit
    /// of a goal is easier for a larger team.
    ///
    /// # Errors
    /// [`QueueError::OutOfReach`] where that takes more than [`MOST_AGENTS`], and as [`ErlangA::new`].
    pub fn least(demand: Demand, patience: TimeDelta, goal: &Goal) -> Result<Self, QueueError> {
        let patience = longer_than_zero("patience", patience)?;
        let look = |agents: u32| -> Result<(bool, Self), QueueError> {
            let team = Self::with(demand, patience, agents)?;
            Ok((goal.met_by_impatient(&team)?, team))
        };
        // From the load, which is near the answer, in growing steps to both sides of the answer.
        let start = demand.load().ceil() as u32;
        let (met, team) = look(start)?;
        let (mut too_few, mut enough) = if met {
            (None, Some(team))
        } else {
            (Some(start), None)
        };
        let mut step = 1;
        while let (Some(team), None) = (&enough, too_few) {
            if team.agents == 0 {
                break;
            }
            let (met, team) = look(team.agents.saturating_sub(step))?;
            if met {
                enough = Some(team)
            } else {
                too_few = Some(team.agents)
            }
            step = step.saturating_mul(2);
        }
        let mut enough = loop {
            if let Some(team) = enough {
                break team;
            }
            let few = too_few.unwrap_or(0);
            if few >= MOST_AGENTS {
                return Err(QueueError::OutOfReach(MOST_AGENTS));
            }
            let (met, team) = look(few.saturating_add(step).min(MOST_AGENTS))?;
            if met {
                enough = Some(team)
            } else {
                too_few = Some(team.agents)
            }
            step = step.saturating_mul(2);
        };
        while let Some(few) = too_few.filter(|few| enough.agents - few > 1) {
            let (met, team) = look(few + (enough.agents - few) / 2)?;
            if met {
                enough = team
            } else {
                too_few = Some(team.agents)
            }
        }
        Ok(enough)
    }

    fn with(demand: Demand, patience: f64, agents: u32) -> Result<Self, QueueError> {
        let mut inverse = InverseBlocking::new(demand.load());
        inverse.climb_to(agents);
        let none = Self {
            demand,
            agents,
            patience,
            at_once: 1.0,
            wait_probability: 0.0,
            queue_length: 0.0,
            queue: Vec::new(),
        };
        if demand.arrival_rate() == 0.0 || inverse.value.is_infinite() {
            return Ok(none);
        }
        let mut queue = none.queue_weights()?;
        // All in units of the likeliest place in the queue; agents free is in units of nobody waiting.
        let waiting: f64 = queue.iter().sum();
        let free = queue[0] * inverse.less_one;
        let total = free + waiting;
        queue.iter_mut().for_each(|weight| *weight /= total);
        let queue_length = queue.iter().enumerate().map(|(k, p)| k as f64 * p).sum();
        Ok(Self {
            at_once: free / total,
            wait_probability: waiting / total,
            queue_length,
            queue,
            ..none
        })
    }

    /// How likely each length of the queue is, relative to the likeliest, as far as it matters.
    fn queue_weights(&self) -> Result<Vec<f64>, QueueError> {
        let (arrivals, leaving) = (self.demand.arrival_rate(), |k: usize| self.leaving(k));
        let peak = ((arrivals - self.served()) * self.patience).max(0.0);
        if peak >= f64::from(LONGEST_QUEUE) {
            return Err(QueueError::QueueTooLong(LONGEST_QUEUE));
        }
        let peak = peak as usize;
        let mut weights = vec![0.0; peak + 1];
        weights[peak] = 1.0;
        for k in (0..peak).rev() {
            weights[k] = weights[k + 1] * (leaving(k + 1) / arrivals);
        }
        let mut waiting: f64 = weights.iter().enumerate().map(|(k, w)| k as f64 * w).sum();
        let mut weight = 1.0;
        for k in peak + 1.. {
            weight *= arrivals / leaving(k);
            waiting += k as f64 * weight;
            weights.push(weight);
            if k as f64 * weight <= 1e-20 * waiting {
                break;
            }
            if k >= LONGEST_QUEUE as usize {
                return Err(QueueError::QueueTooLong(LONGEST_QUEUE));
            }
        }
        Ok(weights)
    }

    /// Contacts answered in a second while all agents are busy.
    fn served(&self) -> f64 {
        f64::from(self.agents) / self.demand.handling()
    }

    /// Contacts that leave in a second, answered or not, while all agents are busy and k wait.
    fn leaving(&self, k: usize) -> f64 {
        self.served() + k as f64 / self.patience
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

    /// The mean patience in seconds.
    #[must_use]
    pub fn patience(&self) -> f64 {
        self.patience
    }

    /// The share of contacts that find everybody busy.
    #[must_use]
    pub fn wait_probability(&self) -> f64 {
        self.wait_probability
    }

    /// The share of contacts that give up.
    #[must_use]
    pub fn abandonment(&self) -> f64 {
        if self.queue.is_empty() {
            return 0.0;
        }
        (self.queue_length / self.patience / self.demand.arrival_rate()).min(1.0)
    }

    /// The share of contacts that are answered, however late.
    #[must_use]
    pub fn answered(&self) -> f64 {
        if self.queue.is_empty() {
            return 1.0;
        }
        let later: f64 = self.queue[1..].iter().sum();
        (self.at_once + later * self.served() / self.demand.arrival_rate()).min(1.0)
    }

    /// The mean number of contacts that wait.
    #[must_use]
    pub fn queue_length(&self) -> f64 {
        self.queue_length
    }

    /// The share of an agent's time that is spent on contacts.
    #[must_use]
    pub fn occupancy(&self) -> f64 {
        if self.agents == 0 {
            return if self.queue.is_empty() { 0.0 } else { 1.0 };
        }
        (self.demand.load() * self.answered() / f64::from(self.agents)).min(1.0)
    }

    /// The mean wait over all contacts, answered or given up, in seconds.
    #[must_use]
    pub fn mean_wait(&self) -> f64 {
        if self.queue.is_empty() {
            0.0
        } else {
            self.queue_length / self.demand.arrival_rate()
        }
    }

    /// The mean wait of those that are answered, in seconds, those answered at once among them.
    /// None where nobody is.
    #[must_use]
    pub fn mean_wait_answered(&self) -> Option<f64> {
        // Who finds k waiting and is answered passes k + 1 departures, whose mean times add up.
        let (mut passed, mut sum) = (0.0, 0.0);
        for (k, probability) in self.queue.iter().enumerate() {
            passed += 1.0 / self.leaving(k + 1);
            sum += probability * self.served() / self.leaving(k + 1) * passed;
        }
        let answered = self.answered();
        (answered > 0.0).then(|| sum / answered)
    }

    /// The mean wait of those that give up, in seconds. None where nobody does.
    #[must_use]
    pub fn mean_wait_abandoned(&self) -> Option<f64> {
        // Who finds k waiting gives up at each of the k + 1 places with the same probability.
        let (mut places, mut sum) = (0.0, 0.0);
        for (k, probability) in self.queue.iter().enumerate() {
            places += (k + 1) as f64 / self.leaving(k + 1);
            sum += probability / self.patience / self.leaving(k + 1) * places;
        }
        let abandonment = self.abandonment();
        (abandonment > 0.0).then(|| sum / abandonment)
    }

    /// One of the four service levels. O(queue).
    ///
    /// # Errors
    /// [`QueueError::OutOfRange`] where `within` or the threshold of short abandons is negative.
    pub fn service_level(
        &self,
        measure: ServiceLevel,
        within: TimeDelta,
    ) -> Result<f64, QueueError> {
        let within = zero_or_longer("within", within)?;
        let ended = self.by(within);
        Ok(match measure {
            ServiceLevel::AnsweredOfAll => ended.answered,
            ServiceLevel::AnsweredWithoutShortAbandons { short } => {
                let short = zero_or_longer("short", short)?;
                let early = self.by(short);
                let stayed =
                    early.answered + (1.0 - early.virtually) * (-short / self.patience).exp();
                if stayed > 0.0 {
                    (ended.answered / stayed).min(1.0)
                } else {
                    0.0
                }
            }
            ServiceLevel::VirtualWait => ended.virtually,
            ServiceLevel::Wait => {
                let given_up = -(-within / self.patience).exp_m1();
                (ended.virtually + (1.0 - ended.virtually) * given_up).min(1.0)
            }
        })
    }

    /// What has become of a contact within a time in seconds.
    fn by(&self, time: f64) -> Ended {
        let Some(last) = self.queue.len().checked_sub(1) else {
            return Ended {
                virtually: 1.0,
                answered: 1.0,
            };
        };
        let (arrivals, served) = (self.demand.arrival_rate(), self.served());
        let stay = (-time / self.patience).exp();
        let mut departures = Departures::new(served, self.patience, time);
        // The sums over 1..=j of `t(j)`, and of the same for s + 1 as far as it leads to an answer.
        let all = -(-served * time).exp_m1();
        let all_answered = -(-(served + 1.0 / self.patience) * time).exp_m1() * served / arrivals;
        let (mut left, mut left_answered) = (all, all_answered);
        let (mut virtually, mut answered) = (0.0, 0.0);
        // Probabilities of up to j - 1 in the queue, and of 1 up to j.
        let (mut shorter, mut behind) = (0.0, 0.0);
        let mut j = 0;
        loop {
            j += 1;
            shorter += self.queue.get(j - 1).unwrap_or(&0.0);
            behind += self.queue.get(j).unwrap_or(&0.0);
            let passed = departures.next(j);
            let passed_answered = passed * stay * self.leaving(j) / arrivals;
            virtually += passed * shorter;
            answered += passed_answered * behind;
            left -= passed;
            left_answered -= passed_answered;
            if j <= last {
                continue;
            }
            // The queue ends here: the rest of the sums counts whole. Where most of it is still to
            // come, it is the difference to what they add up to; else the last terms are added too.
            if left > 1e-4 * all && left_answered > 1e-4 * all_answered {
                virtually += left * shorter;
                answered += left_answered * behind;
                break;
            }
            let growth = departures.growth(j + 1);
            let rest = passed.max(passed_answered) / (1.0 - growth);
            let negligible = (1e-17 * virtually.min(answered)).max(f64::MIN_POSITIVE);
            if growth < 1.0 && rest * shorter <= negligible {
                break;
            }
        }
        Ended {
            virtually: (self.at_once + virtually).min(1.0),
            answered: (self.at_once + answered).min(1.0),
        }
    }
}

/// What has become of a contact within a time.
#[derive(Debug)]
struct Ended {
    /// The probability that the wait of endless patience is over.
    virtually: f64,
    /// The probability of being answered.
    answered: f64,
}

/// The negative binomial probabilities `t(1), t(2), ...`: so many have left a queue of endless length
/// within a time.
#[derive(Debug)]
struct Departures {
    /// The probability times `2^(512 chunks)`: the first of them may be below what an `f64` holds.
    probability: f64,
    chunks: f64,
    s: f64,
    /// `1 - x`.
    left: f64,
}

impl Departures {
    fn new(served: f64, patience: f64, time: f64) -> Self {
        let chunk = 512.0 * std::f64::consts::LN_2;
        let exponent = served * time;
        let chunks = (exponent / chunk).floor();
        Self {
            probability: (-(exponent - chunks * chunk).clamp(0.0, chunk)).exp(),
            chunks,
            s: served * patience,
            left: -(-time / patience).exp_m1(),
        }
    }

    /// `t(j) / t(j - 1)`.
    fn growth(&self, j: usize) -> f64 {
        self.left * ((self.s + (j - 1) as f64) / j as f64)
    }

    fn next(&mut self, j: usize) -> f64 {
        self.probability *= self.growth(j);
        if self.chunks > 0.0 && self.probability >= 1.0 {
            self.probability *= 2.0_f64.powi(-512);
            self.chunks -= 1.0;
        }
        if self.chunks > 0.0 {
            0.0
        } else {
            self.probability
        }
    }
}
