use std::collections::BTreeMap;
use std::fmt;

use aspa_types::{AgentId, TicketId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::policy::{Policy, Preference, Waiting};
use super::staff::{Need, Seat};

/// The staff and what waits, at one time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "who there is, and what waits")]
pub struct Snapshot {
    /// Who there is, on shift or not.
    pub seats: BTreeMap<AgentId, Seat>,
    /// What waits.
    pub waiting: BTreeMap<TicketId, Waiting>,
}

impl Snapshot {
    /// These people and tickets; of two of a name the later counts.
    #[must_use]
    pub fn new(
        seats: impl IntoIterator<Item = Seat>,
        waiting: impl IntoIterator<Item = Waiting>,
    ) -> Self {
        let by_id = |seat: Seat| (seat.agent.id.clone(), seat);
        let by_ticket = |waiting: Waiting| (waiting.ticket.clone(), waiting);
        Self {
            seats: seats.into_iter().map(by_id).collect(),
            waiting: waiting.into_iter().map(by_ticket).collect(),
        }
    }
}

/// How many could do what a ticket needs, and how many of them can now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Staffing {
    /// Those in the team and with the skills.
    pub able: usize,
    /// Those of them who are on shift.
    pub on_shift: usize,
    /// Those of these who can take one more.
    pub with_room: usize,
}

impl Staffing {
    pub(super) fn of<'a>(able: impl Iterator<Item = &'a Seat>, now: DateTime<Utc>) -> Self {
        let mut counts = Self::default();
        for seat in able {
            let on_shift = seat.agent.is_on_shift(now);
            counts.able += 1;
            counts.on_shift += usize::from(on_shift);
            counts.with_room += usize::from(on_shift && seat.room() > 0);
        }
        counts
    }
}

/// `3 can do it, 2 on shift, all at capacity`.
impl fmt::Display for Staffing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.able, self.on_shift, self.with_room) {
            (0, ..) => f.write_str("nobody has the skills"),
            (able, 0, _) => write!(f, "{able} can do it, nobody on shift"),
            (able, on, 0) => write!(f, "{able} can do it, {on} on shift, all at capacity"),
            (able, on, room) => write!(f, "{able} can do it, {on} on shift, {room} with room"),
        }
    }
}

/// What one preference did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Step {
    /// Which.
    pub preference: Preference,
    /// How many it left. 0: it would have left nobody and was passed over.
    pub left: usize,
}

/// A ticket given to somebody, and why to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Assignment {
    /// Which ticket.
    pub ticket: TicketId,
    /// To whom.
    pub to: AgentId,
    /// Until when, where they do nothing about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// What was asked of them.
    pub need: Need,
    /// The how manyth wish that is, from 0: more where nobody could do what was wanted more.
    pub wish: usize,
    /// Who there was for it.
    pub staffing: Staffing,
    /// What the preferences did that had a choice, in order.
    pub steps: Vec<Step>,
}

/// `t-1 to liisa: 3 can do it, 2 on shift, 2 with room; least_loaded left 1`.
impl fmt::Display for Assignment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}: {}", self.ticket, self.to, self.staffing)?;
        if self.wish > 0 {
            write!(f, "; wish {} ({})", self.wish + 1, self.need)?;
        }
        for step in &self.steps {
            match step.left {
                0 => write!(f, "; {} not among them", step.preference)?,
                left => write!(f, "; {} left {left}", step.preference)?,
            }
        }
        Ok(())
    }
}

/// A ticket that nobody can take now, and why: for each of its needs, who there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Left {
    /// Which ticket.
    pub ticket: TicketId,
    /// Why.
    pub why: Vec<(Need, Staffing)>,
}

/// Who gets what, and what is left.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Plan {
    /// In the order in which they stood in line.
    pub assigned: Vec<Assignment>,
    /// Those that nobody can take, in that order.
    pub left: Vec<Left>,
}

/// Gives what waits to those who can take it: in the order of the [policy](Policy), each to somebody
/// who is on shift, has room, and meets the first of its needs that anybody can meet now.
///
/// Nobody gets more than their capacity; a ticket that somebody can take is not passed over for one
/// that stands later in line and needs the same. The same snapshot gives the same plan. O(tickets ×
/// (log tickets + agents)): for much that waits use a [`Queue`](super::Queue), which comes to the same.
#[must_use]
pub fn assign(snapshot: &Snapshot, policy: &Policy, now: DateTime<Utc>) -> Plan {
    let mut line: Vec<&Waiting> = snapshot.waiting.values().collect();
    line.sort_by_cached_key(|waiting| (policy.place(waiting), waiting.ticket.clone()));
    let mut seats = snapshot.seats.clone();
    let mut turn = seats.values().map(|seat| seat.turn).max().unwrap_or(0);
    let mut plan = Plan::default();
    for waiting in line {
        let mut why = Vec::new();
        let mut given = None;
        for (wish, need) in waiting.needs().into_iter().enumerate() {
            let able = || seats.values().filter(|seat| seat.agent.meets(&need));
            let staffing = Staffing::of(able(), now);
            if staffing.with_room > 0 {
                given = Some(choose(
                    able(),
                    waiting,
                    (wish, &need),
                    staffing,
                    policy,
                    now,
                ));
                break;
            }
            why.push((need, staffing));
        }
        match given.flatten() {
            Some(given) => {
                turn = turn.saturating_add(1);
                if let Some(seat) = seats.get_mut(&given.to) {
                    (seat.load, seat.turn) = (seat.load + 1, turn);
                }
                plan.assigned.push(given);
            }
            None => plan.left.push(Left {
                ticket: waiting.ticket.clone(),
                why,
            }),
        }
    }
    plan
}

/// Chooses among those who can do what the ticket needs; none where nobody of them can now.
pub(super) fn choose<'a>(
    able: impl Iterator<Item = &'a Seat>,
    waiting: &Waiting,
    (wish, need): (usize, &Need),
    staffing: Staffing,
    policy: &Policy,
    now: DateTime<Utc>,
) -> Option<Assignment> {
    let ready = |seat: &&Seat| seat.room() > 0 && seat.agent.is_on_shift(now);
    let mut candidates: Vec<&Seat> = able.filter(ready).collect();
    let mut steps = Vec::new();
    for preference in &policy.preferences {
        if candidates.len() < 2 {
            break;
        }
        let preferred = prefer(preference, &candidates, waiting);
        let left = preferred.len();
        if left > 0 {
            candidates = preferred;
        }
        let preference = preference.clone();
        steps.push(Step { preference, left });
    }
    let chosen = candidates
        .into_iter()
        .min_by(|a, b| (a.turn, &a.agent.id).cmp(&(b.turn, &b.agent.id)))?;
    Some(Assignment {
        ticket: waiting.ticket.clone(),
        to: chosen.agent.id.clone(),
        until: policy.expires(now),
        need: need.clone(),
        wish,
        staffing,
        steps,
    })
}

/// Those of the candidates that a preference is for.
fn prefer<'a>(
    preference: &Preference,
    candidates: &[&'a Seat],
    waiting: &Waiting,
) -> Vec<&'a Seat> {
    let named = |name: &Option<AgentId>| {
        let of_it = |seat: &&&Seat| name.as_ref() == Some(&seat.agent.id);
        candidates.iter().filter(of_it).copied().collect()
    };
    match preference {
        Preference::LastAgent => named(&waiting.last_agent),
        Preference::Owner => named(&waiting.owner),
        Preference::FewestSkills => fewest(candidates, |seat| (seat.agent.skills.len() as u64, 1)),
        Preference::LeastLoaded => fewest(candidates, |seat| {
            (u64::from(seat.load), u64::from(seat.agent.capacity))
        }),
        Preference::RoundRobin => fewest(candidates, |seat| (seat.turn, 1)),
        Preference::Other(_) => Vec::new(),
    }
}

/// Those whose fraction is the smallest.
fn fewest<'a>(candidates: &[&'a Seat], fraction: impl Fn(&Seat) -> (u64, u64)) -> Vec<&'a Seat> {
    let less = |a: (u64, u64), b: (u64, u64)| {
        let cross = |x: u64, y: u64| u128::from(x) * u128::from(y);
        cross(a.0, b.1).cmp(&cross(b.0, a.1))
    };
    let smallest = candidates.iter().map(|seat| fraction(seat));
    let Some(smallest) = smallest.min_by(|a, b| less(*a, *b)) else {
        return Vec::new();
    };
    let is_it = |seat: &&&Seat| less(fraction(seat), smallest).is_eq();
    candidates.iter().filter(is_it).copied().collect()
}
