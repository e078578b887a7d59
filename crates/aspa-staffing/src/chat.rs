use chrono::TimeDelta;
use serde::Serialize;

use crate::demand::Demand;
use crate::erlang_a::ErlangA;
use crate::erlang_c::ErlangC;
use crate::error::{QueueError, within};
use crate::goal::Goal;

/// Agents who hold several chats at once, each of which then takes longer.
///
/// n agents with k chats each are n k slots; a slot is what an agent is in [`ErlangC`] and
/// [`ErlangA`], with the slowed handling time. That is on the safe side while few are waiting: an
/// agent who holds fewer chats than k is quicker than assumed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Chat {
    concurrency: u32,
    slowdown: f64,
}

impl Chat {
    /// `concurrency` chats an agent, each of which takes `slowdown` times as long as one held alone.
    /// An agent gains from concurrency where `slowdown` is less than `concurrency`.
    ///
    /// # Errors
    /// [`QueueError::OutOfRange`] where `concurrency` is 0 or `slowdown` is below 1.
    pub fn new(concurrency: u32, slowdown: f64) -> Result<Self, QueueError> {
        let most = f64::from(u32::MAX);
        within(
            "concurrency",
            f64::from(concurrency),
            (1.0, most),
            "at least 1",
        )?;
        within("slowdown", slowdown, (1.0, f64::MAX), "a number from 1")?;
        Ok(Self {
            concurrency,
            slowdown,
        })
    }

    /// The demand as slots see it. `alone` has the handling time of a chat held alone.
    ///
    /// # Errors
    /// [`QueueError::OutOfRange`] where the load becomes too large.
    pub fn slots_demand(self, alone: Demand) -> Result<Demand, QueueError> {
        alone.slowed(self.slowdown)
    }

    /// How many chats an agent holds at most.
    #[must_use]
    pub fn concurrency(self) -> u32 {
        self.concurrency
    }

    /// How much longer a chat takes while its agent holds so many: evenly from 1 to the slowdown.
    pub(crate) fn slowdown_at(self, held: usize) -> f64 {
        if held <= 1 {
            return if self.concurrency == 1 {
                self.slowdown
            } else {
                1.0
            };
        }
        1.0 + (self.slowdown - 1.0) * (held - 1) as f64 / f64::from(self.concurrency - 1)
    }

    /// The slots of so many agents: `n k`. Saturates.
    #[must_use]
    pub fn slots(self, agents: u32) -> u32 {
        agents.saturating_mul(self.concurrency)
    }

    /// The agents for so many slots: `ceil(slots / k)`.
    #[must_use]
    pub fn agents(self, slots: u32) -> u32 {
        slots.div_ceil(self.concurrency)
    }

    /// The least agents for a goal. With `patience`, customers give up ([`ErlangA`]); without, they
    /// wait ([`ErlangC`]). An occupancy in the goal is that of slots.
    ///
    /// # Errors
    /// As [`ErlangC::least`] and [`ErlangA::least`].
    pub fn least_agents(
        self,
        alone: Demand,
        patience: Option<TimeDelta>,
        goal: &Goal,
    ) -> Result<u32, QueueError> {
        let demand = self.slots_demand(alone)?;
        let slots = match patience {
            Some(patience) => ErlangA::least(demand, patience, goal)?.agents(),
            None => ErlangC::least(demand, goal)?.agents(),
        };
        Ok(self.agents(slots))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_share_slots() {
        let chat = Chat::new(3, 1.5).unwrap();
        let agents = [0, 1, 3, 4, 6, 7].map(|slots| chat.agents(slots));
        assert_eq!(agents, [0, 1, 1, 2, 2, 3]);
        assert_eq!(chat.slots(7), 21);
    }

    #[test]
    fn three_chats_at_once_need_fewer_agents_but_not_a_third() {
        let alone = Demand::new(120.0, TimeDelta::minutes(5)).unwrap();
        let goal = Goal::new(0.8, TimeDelta::seconds(20)).unwrap();
        let one = Chat::new(1, 1.0)
            .unwrap()
            .least_agents(alone, None, &goal)
            .unwrap();
        assert_eq!(one, ErlangC::least(alone, &goal).unwrap().agents());
        let three = Chat::new(3, 1.5).unwrap();
        let needed = three.least_agents(alone, None, &goal).unwrap();
        let slots = ErlangC::least(three.slots_demand(alone).unwrap(), &goal)
            .unwrap()
            .agents();
        assert_eq!(needed, slots.div_ceil(3));
        assert!(needed < one && needed * 3 > one, "{needed} and {one}");
    }

    #[test]
    fn inputs_name_the_field() {
        let field = |refused| match refused {
            Err(QueueError::OutOfRange { field, .. }) => field,
            other => panic!("{other:?}"),
        };
        assert_eq!(field(Chat::new(0, 1.0)), "concurrency");
        assert_eq!(field(Chat::new(2, 0.9)), "slowdown");
        assert_eq!(field(Chat::new(2, f64::NAN)), "slowdown");
        assert_eq!(field(Chat::new(2, f64::INFINITY)), "slowdown");
    }
}
