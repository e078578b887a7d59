use std::collections::{BTreeMap, BTreeSet, HashMap};

use aspa_types::{AgentId, TicketId};
use chrono::{DateTime, Utc};

use super::plan::{Assignment, Snapshot, Staffing, choose};
use super::policy::{Policy, Waiting};
use super::staff::{Need, Seat};

/// What waits, kept in line for each need, and the staff: gives the same as [`assign`](super::assign())
/// over everything, and looks only at what can be given.
///
/// Tell it of each change, then [`assign`](Self::assign). A ticket that was given is out of it; give it
/// back with [`wait`](Self::wait), or say with [`staff`](Self::staff) that its agent has room again.
///
/// With `n` tickets, `a` agents and `k` different needs: waiting and leaving cost O(log n) for each need
/// of the ticket, a change of staff O(k), and each assignment O(k log a + a), whatever `n` is.
#[derive(Debug, Clone)]
pub struct Queue {
    policy: Policy,
    seats: BTreeMap<AgentId, Seat>,
    /// Those who can take one more, on shift or not.
    free: BTreeSet<AgentId>,
    waiting: HashMap<TicketId, Waiting>,
    lines: BTreeMap<Need, Line>,
    turn: u64,
}

/// What waits for somebody who meets one need.
#[derive(Debug, Clone, Default)]
struct Line {
    able: BTreeSet<AgentId>,
    tickets: BTreeSet<(DateTime<Utc>, TicketId)>,
}

impl Line {
    /// Whether somebody who is ready can take what stands here.
    fn can_move(&self, ready: &BTreeSet<AgentId>) -> bool {
        let (few, many) = match ready.len() < self.able.len() {
            true => (ready, &self.able),
            false => (&self.able, ready),
        };
        few.iter().any(|agent| many.contains(agent))
    }
}

impl Queue {
    /// Nobody, and nothing waits.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            seats: BTreeMap::new(),
            free: BTreeSet::new(),
            waiting: HashMap::new(),
            lines: BTreeMap::new(),
            turn: 0,
        }
    }

    /// With these people, and this waits.
    #[must_use]
    pub fn of(policy: Policy, snapshot: Snapshot) -> Self {
        let mut queue = Self::new(policy);
        for seat in snapshot.seats.into_values() {
            queue.staff(seat);
        }
        for waiting in snapshot.waiting.into_values() {
            queue.wait(waiting);
        }
        queue
    }

    /// How many tickets wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Somebody, as they are here.
    #[must_use]
    pub fn seat(&self, agent: &AgentId) -> Option<&Seat> {
        self.seats.get(agent)
    }

    /// Whether anybody here can take one more and is what a ticket needs, on shift or not. O(seats).
    #[must_use]
    pub fn has_room_for(&self, waiting: &Waiting) -> bool {
        let free = self.free.iter().filter_map(|id| self.seats.get(id));
        let needs = waiting.needs();
        let mut agents = free.map(|seat| &seat.agent);
        agents.any(|agent| needs.iter().any(|need| agent.meets(need)))
    }

    /// Puts a ticket into line, or puts it where it now belongs.
    pub fn wait(&mut self, waiting: Waiting) {
        self.leave(&waiting.ticket);
        let place = self.policy.place(&waiting);
        for need in waiting.needs() {
            if !self.lines.contains_key(&need) {
                let able = self.seats.values().filter(|seat| seat.agent.meets(&need));
                let line = Line {
                    able: able.map(|seat| seat.agent.id.clone()).collect(),
                    tickets: BTreeSet::new(),
                };
                self.lines.insert(need.clone(), line);
            }
            if let Some(line) = self.lines.get_mut(&need) {
                line.tickets.insert((place, waiting.ticket.clone()));
            }
        }
        self.waiting.insert(waiting.ticket.clone(), waiting);
    }

    /// Takes a ticket out: it was resolved, or somebody took it. Returns whether it was there.
    pub fn leave(&mut self, ticket: &TicketId) -> bool {
        let Some(waiting) = self.waiting.remove(ticket) else {
            return false;
        };
        let entry = (self.policy.place(&waiting), waiting.ticket.clone());
        for need in waiting.needs() {
            let Some(line) = self.lines.get_mut(&need) else {
                continue;
            };
            line.tickets.remove(&entry);
            if line.tickets.is_empty() {
                self.lines.remove(&need);
            }
        }
        true
    }

    /// Somebody comes, or their team, skills, load, capacity or shifts are others now.
    pub fn staff(&mut self, seat: Seat) {
        let id = seat.agent.id.clone();
        self.turn = self.turn.max(seat.turn);
        for (need, line) in &mut self.lines {
            match seat.agent.meets(need) {
                true => line.able.insert(id.clone()),
                false => line.able.remove(&id),
            };
        }
        match seat.room() > 0 {
            true => self.free.insert(id.clone()),
            false => self.free.remove(&id),
        };
        self.seats.insert(id, seat);
    }

    /// Somebody has as many tickets as this now. Returns whether they are known.
    pub fn load(&mut self, agent: &AgentId, load: u32) -> bool {
        let Some(seat) = self.seats.get_mut(agent) else {
            return false;
        };
        seat.load = load;
        match seat.room() > 0 {
            true => self.free.insert(agent.clone()),
            false => self.free.remove(agent),
        };
        true
    }

    /// Somebody is gone. Returns whether they were there.
    pub fn dismiss(&mut self, agent: &AgentId) -> bool {
        for line in self.lines.values_mut() {
            line.able.remove(agent);
        }
        self.free.remove(agent);
        self.seats.remove(agent).is_some()
    }

    /// Gives out all that can be given now.
    pub fn assign(&mut self, now: DateTime<Utc>) -> Vec<Assignment> {
        let on_shift = |id: &&AgentId| {
            let seat = self.seats.get(*id);
            seat.is_some_and(|seat| seat.agent.is_on_shift(now))
        };
        let mut ready: BTreeSet<AgentId> = self.free.iter().filter(on_shift).cloned().collect();
        let mut given = Vec::new();
        while !ready.is_empty() {
            let moving = self.lines.values().filter(|line| line.can_move(&ready));
            let Some((_, ticket)) = moving.filter_map(|line| line.tickets.first()).min() else {
                break;
            };
            let Some(one) = self.give(&ticket.clone(), &ready, now) else {
                break;
            };
            if !self.free.contains(&one.to) {
                ready.remove(&one.to);
            }
            given.push(one);
        }
        given
    }

    /// Gives the ticket to whoever is best, who has it from now on.
    fn give(
        &mut self,
        ticket: &TicketId,
        ready: &BTreeSet<AgentId>,
        now: DateTime<Utc>,
    ) -> Option<Assignment> {
        let waiting = self.waiting.get(ticket)?;
        let mut wishes = waiting.needs().into_iter().enumerate();
        let (wish, need) = wishes.find(|(_, need)| {
            let line = self.lines.get(need);
            line.is_some_and(|line| line.can_move(ready))
        })?;
        let line = self.lines.get(&need)?;
        let able = || line.able.iter().filter_map(|id| self.seats.get(id));
        let staffing = Staffing::of(able(), now);
        let given = choose(able(), waiting, (wish, &need), staffing, &self.policy, now)?;
        self.leave(ticket);
        self.turn = self.turn.saturating_add(1);
        if let Some(seat) = self.seats.get_mut(&given.to) {
            (seat.load, seat.turn) = (seat.load + 1, self.turn);
            if seat.room() == 0 {
                self.free.remove(&given.to);
            }
        }
        Some(given)
    }

    /// When a shift begins next: the next time at which more can be given without anything else
    /// happening. O(shifts).
    #[must_use]
    pub fn next_shift(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let seats = self.seats.values();
        seats.filter_map(|seat| seat.agent.next_shift(now)).min()
    }
}
