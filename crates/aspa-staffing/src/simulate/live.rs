use std::cmp::Reverse;
use std::collections::BinaryHeap;

use chrono::TimeDelta;
use serde::Serialize;

use super::{BATCHES, Checked, Estimate, Random, Run};
use crate::demand::{Demand, longer_than_zero, team, zero_or_longer};
use crate::erlang_a::ErlangA;
use crate::erlang_c::ErlangC;
use crate::error::QueueError;
use crate::goal::ServiceLevel;

/// What a simulated team gives its customers. Times are in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Live {
    /// The share of contacts that find everybody busy.
    pub wait_probability: Estimate,
    /// The share that gives up.
    pub abandonment: Estimate,
    /// The mean wait of all contacts.
    pub mean_wait: Estimate,
    /// The mean wait of those answered.
    pub mean_wait_answered: Estimate,
    /// The mean wait of those given up.
    pub mean_wait_abandoned: Estimate,
    /// [`ServiceLevel::AnsweredOfAll`].
    pub answered_of_all: Estimate,
    /// [`ServiceLevel::AnsweredWithoutShortAbandons`].
    pub answered_without_short_abandons: Estimate,
    /// [`ServiceLevel::VirtualWait`].
    pub virtual_wait: Estimate,
    /// [`ServiceLevel::Wait`].
    pub wait: Estimate,
}

/// Simulates live work: contacts are answered first come, first served; without `patience` nobody
/// gives up. `within` and `short` are the times of the service levels.
///
/// # Errors
/// [`QueueError::OutOfRange`] for a time below zero or too many agents; [`QueueError::Unstable`] where
/// nobody gives up and the load is not below the number of agents, or nobody is there to answer.
pub fn live(
    demand: Demand,
    patience: Option<TimeDelta>,
    agents: u32,
    (within, short): (TimeDelta, TimeDelta),
    run: Run,
) -> Result<Live, QueueError> {
    let patience = patience
        .map(|patience| longer_than_zero("patience", patience))
        .transpose()?;
    of_patience(demand, patience, agents, (within, short), run)
}

/// As [`live`], with patience in seconds.
fn of_patience(
    demand: Demand,
    patience: Option<f64>,
    agents: u32,
    (within, short): (TimeDelta, TimeDelta),
    run: Run,
) -> Result<Live, QueueError> {
    let (within, short) = (
        zero_or_longer("within", within)?,
        zero_or_longer("short", short)?,
    );
    let load = demand.load();
    if agents == 0 || (patience.is_none() && f64::from(team(agents)?) <= load) {
        return Err(QueueError::Unstable { agents, load });
    }
    let mut random = Random(run.seed);
    let gap = 1.0 / demand.arrival_rate();
    // When each agent is free next. Positive floats sort like their bits.
    let mut free: BinaryHeap<Reverse<u64>> = (0..agents).map(|_| Reverse(0)).collect();
    let (start, batch) = run.batches();
    let mut tallies = [Tally::default(); BATCHES];
    let mut now = 0.0;
    for contact in 0..start + batch * BATCHES as u32 {
        now += random.exponential(gap);
        let stays = patience.map_or(f64::INFINITY, |patience| random.exponential(patience));
        let Some(mut next) = free.peek_mut() else {
            break;
        };
        let taken_up = f64::from_bits(next.0).max(now);
        let offered = taken_up - now;
        if offered < stays {
            next.0 = (taken_up + random.exponential(demand.handling())).to_bits();
        }
        drop(next);
        if let Some(counted) = contact.checked_sub(start) {
            tallies[(counted / batch) as usize].count(offered, stays, within, short);
        }
    }
    let estimate = |figure: fn(&Tally) -> f64| Estimate::of(tallies.iter().map(figure));
    Ok(Live {
        wait_probability: estimate(|t| t.waited / t.contacts),
        abandonment: estimate(|t| t.given_up / t.contacts),
        mean_wait: estimate(|t| (t.wait_answered + t.wait_given_up) / t.contacts),
        mean_wait_answered: estimate(|t| t.wait_answered / (t.contacts - t.given_up)),
        mean_wait_abandoned: estimate(|t| t.wait_given_up / t.given_up),
        answered_of_all: estimate(|t| t.answered_within / t.contacts),
        answered_without_short_abandons: estimate(|t| t.answered_within / (t.contacts - t.slips)),
        virtual_wait: estimate(|t| t.offered_within / t.contacts),
        wait: estimate(|t| t.over_within / t.contacts),
    })
}

/// What is counted in a batch.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    contacts: f64,
    waited: f64,
    given_up: f64,
    slips: f64,
    wait_answered: f64,
    wait_given_up: f64,
    answered_within: f64,
    offered_within: f64,
    over_within: f64,
}

impl Tally {
    /// A contact who would have waited for `offered` and is willing to wait for `stays`.
    fn count(&mut self, offered: f64, stays: f64, within: f64, short: f64) {
        let one = |counts: bool| f64::from(u8::from(counts));
        let answered = offered < stays;
        self.contacts += 1.0;
        self.waited += one(offered > 0.0);
        self.given_up += one(!answered);
        self.slips += one(!answered && stays <= short);
        *(if answered {
            &mut self.wait_answered
        } else {
            &mut self.wait_given_up
        }) += offered.min(stays);
        self.answered_within += one(answered && offered <= within);
        self.offered_within += one(offered <= within);
        self.over_within += one(offered.min(stays) <= within);
    }
}

impl ErlangC {
    /// Each figure beside a simulation of the same team.
    ///
    /// # Errors
    /// As [`live`].
    pub fn check(&self, within: TimeDelta, run: Run) -> Result<Vec<Checked>, QueueError> {
        let times = (within, TimeDelta::zero());
        let live = live(self.demand(), None, self.agents(), times, run)?;
        Ok(vec![
            checked(
                "wait_probability",
                self.wait_probability(),
                live.wait_probability,
            ),
            checked("mean_wait", self.mean_wait(), live.mean_wait),
            checked(
                "service_level",
                self.service_level(within)?,
                live.answered_of_all,
            ),
        ])
    }
}

impl ErlangA {
    /// Each figure beside a simulation of the same team. `short` is the threshold of short abandons.
    ///
    /// # Errors
    /// As [`live`].
    pub fn check(
        &self,
        within: TimeDelta,
        short: TimeDelta,
        run: Run,
    ) -> Result<Vec<Checked>, QueueError> {
        let times = (within, short);
        let live = of_patience(
            self.demand(),
            Some(self.patience()),
            self.agents(),
            times,
            run,
        )?;
        let level = |measure| self.service_level(measure, within);
        let without = ServiceLevel::AnsweredWithoutShortAbandons { short };
        let mut figures = vec![
            checked(
                "wait_probability",
                self.wait_probability(),
                live.wait_probability,
            ),
            checked("abandonment", self.abandonment(), live.abandonment),
            checked("mean_wait", self.mean_wait(), live.mean_wait),
            checked(
                "AnsweredOfAll",
                level(ServiceLevel::AnsweredOfAll)?,
                live.answered_of_all,
            ),
            checked(
                "AnsweredWithoutShortAbandons",
                level(without)?,
                live.answered_without_short_abandons,
            ),
            checked(
                "VirtualWait",
                level(ServiceLevel::VirtualWait)?,
                live.virtual_wait,
            ),
            checked("Wait", level(ServiceLevel::Wait)?, live.wait),
        ];
        if let Some(mean) = self.mean_wait_answered() {
            figures.push(checked("mean_wait_answered", mean, live.mean_wait_answered));
        }
        if let Some(mean) = self.mean_wait_abandoned() {
            figures.push(checked(
                "mean_wait_abandoned",
                mean,
                live.mean_wait_abandoned,
            ));
        }
        Ok(figures)
    }
}

fn checked(figure: &'static str, formula: f64, simulated: Estimate) -> Checked {
    Checked {
        figure,
        formula,
        simulated,
    }
}
