//! What a team is to reach.

use chrono::TimeDelta;
use serde::Serialize;

use crate::demand::zero_or_longer;
use crate::erlang_a::ErlangA;
use crate::erlang_c::ErlangC;
use crate::error::{QueueError, within};

/// Which share "80 % within 20 seconds" means. Four are in use, and for one team they differ by
/// several per cent as soon as customers give up waiting.
///
/// V is how long a customer of endless patience would wait, R how long this one is willing to, T the
/// time of the goal. A customer is answered when V < R.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the four that are in use")]
pub enum ServiceLevel {
    /// Answered within T, of all contacts: P(V <= T, V < R). Whoever gives up counts against it.
    #[default]
    AnsweredOfAll,
    /// Answered within T, of all contacts but those given up within a short time:
    /// P(V <= T, V < R) / (1 - P(R <= S, R < V)).
    AnsweredWithoutShortAbandons {
        /// S: who gives up within this time never counts, as if it had been a slip. At most T in a
        /// goal, else a larger team could do worse.
        short: TimeDelta,
    },
    /// The wait that a customer of endless patience would have: P(V <= T).
    VirtualWait,
    /// The wait that is over, answered or given up: P(min(V, R) <= T). Giving up early counts for it.
    Wait,
}

/// What a team is to reach: a share of contacts within a time, and perhaps limits beside it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Goal {
    share: f64,
    within: TimeDelta,
    measure: ServiceLevel,
    occupancy: f64,
    /// Seconds.
    mean_wait: f64,
    abandonment: f64,
}

impl Goal {
    /// This share of contacts answered within this time, of all contacts.
    ///
    /// # Errors
    /// [`QueueError::OutOfRange`] where `share` is not from 0 to below 1 (all of them is more than any
    /// team can promise), or `within` is negative.
    pub fn new(share: f64, within: TimeDelta) -> Result<Self, QueueError> {
        let below_one = 1.0 - f64::EPSILON / 2.0;
        let share = self::within("share", share, (0.0, below_one), "from 0 to below 1")?;
        zero_or_longer("within", within)?;
        Ok(Self {
            share,
            within,
            measure: ServiceLevel::AnsweredOfAll,
            occupancy: 1.0,
            mean_wait: f64::INFINITY,
            abandonment: 1.0,
        })
    }

    /// Measures the share in another way. Matters only where customers give up ([`ErlangA`]).
    ///
    /// # Errors
    /// [`QueueError::OutOfRange`] where the threshold of short abandons is negative or longer than the
    /// time of the goal.
    pub fn measured(self, measure: ServiceLevel) -> Result<Self, QueueError> {
        if let ServiceLevel::AnsweredWithoutShortAbandons { short } = measure {
            let most = crate::demand::seconds(self.within);
            let range = "from zero to the time of the goal";
            within("short", crate::demand::seconds(short), (0.0, most), range)?;
        }
        Ok(Self { measure, ..self })
    }

    /// No agent is busy more than this share of the time. Occupancy over .85 to .9 wears people out.
    ///
    /// # Errors
    /// [`QueueError::OutOfRange`] where it is not more than 0 and at most 1.
    pub fn occupancy_at_most(self, share: f64) -> Result<Self, QueueError> {
        let least = f64::MIN_POSITIVE;
        let occupancy = within(
            "occupancy",
            share,
            (least, 1.0),
            "more than 0 and at most 1",
        )?;
        Ok(Self { occupancy, ..self })
    }

    /// The mean wait over all contacts is no longer than this.
    ///
    /// # Errors
    /// [`QueueError::OutOfRange`] where it is not longer than zero.
    pub fn mean_wait_at_most(self, time: TimeDelta) -> Result<Self, QueueError> {
        let mean_wait = crate::demand::longer_than_zero("mean_wait", time)?;
        Ok(Self { mean_wait, ..self })
    }

    /// No more than this share of contacts gives up. Matters only where customers do ([`ErlangA`]).
    ///
    /// # Errors
    /// [`QueueError::OutOfRange`] where it is not more than 0 and at most 1.
    pub fn abandonment_at_most(self, share: f64) -> Result<Self, QueueError> {
        let least = f64::MIN_POSITIVE;
        let abandonment = within(
            "abandonment",
            share,
            (least, 1.0),
            "more than 0 and at most 1",
        )?;
        Ok(Self {
            abandonment,
            ..self
        })
    }

    /// The share to reach.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.share
    }

    /// The time within which.
    #[must_use]
    pub fn within(&self) -> TimeDelta {
        self.within
    }

    /// How the share is measured.
    #[must_use]
    pub fn measure(&self) -> ServiceLevel {
        self.measure
    }

    pub(crate) fn met_by_patient(&self, team: &ErlangC) -> bool {
        team.occupancy() <= self.occupancy
            && team.mean_wait() <= self.mean_wait
            && team.answered_within(crate::demand::seconds(self.within)) >= self.share
    }

    pub(crate) fn met_by_impatient(&self, team: &ErlangA) -> Result<bool, QueueError> {
        Ok(team.occupancy() <= self.occupancy
            && team.mean_wait() <= self.mean_wait
            && team.abandonment() <= self.abandonment
            && team.service_level(self.measure, self.within)? >= self.share)
    }
}
