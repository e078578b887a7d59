use std::collections::BTreeSet;
use std::fmt;

use aspa_types::{AgentId, Extra, Tag, TeamId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// From the first instant on, up to before the second. One that ends before it begins holds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "the two ends of a span")]
pub struct Span {
    /// From then on.
    pub from: DateTime<Utc>,
    /// Before then.
    pub until: DateTime<Utc>,
}

impl Span {
    /// Whether it holds this time.
    #[must_use]
    pub fn holds(&self, at: DateTime<Utc>) -> bool {
        self.from <= at && at < self.until
    }
}

/// Somebody who answers customers: in which teams, with which skills, how much at once, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Agent {
    /// Who.
    pub id: AgentId,
    /// The teams they work in.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub teams: BTreeSet<TeamId>,
    /// The teams that they lead, and hear of when something goes wrong there.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub leads: BTreeSet<TeamId>,
    /// What they can do: `language/fi`, `product/phones`. A skill holds all below it: who can do
    /// `product` can do `product/phones`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub skills: BTreeSet<Tag>,
    /// How many tickets that [count](crate::Category::counts_to_capacity) they can have at once.
    pub capacity: u32,
    /// When they work. Shifts may touch and overlap, in any order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shifts: Vec<Span>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Agent {
    /// Somebody in no team, without skills, who never works yet.
    #[must_use]
    pub fn new(id: AgentId, capacity: u32) -> Self {
        Self {
            id,
            teams: BTreeSet::new(),
            leads: BTreeSet::new(),
            skills: BTreeSet::new(),
            capacity,
            shifts: Vec::new(),
            extra: Extra::new(),
        }
    }

    /// The same, in this team too.
    #[must_use]
    pub fn member(mut self, team: TeamId) -> Self {
        self.teams.insert(team);
        self
    }

    /// The same, with this skill too.
    #[must_use]
    pub fn skilled(mut self, skill: Tag) -> Self {
        self.skills.insert(skill);
        self
    }

    /// The same, working in this time too.
    #[must_use]
    pub fn on(mut self, shift: Span) -> Self {
        self.shifts.push(shift);
        self
    }

    /// Whether they work at this time. O(shifts).
    #[must_use]
    pub fn is_on_shift(&self, at: DateTime<Utc>) -> bool {
        self.shifts.iter().any(|shift| shift.holds(at))
    }

    /// When they begin to work next after `at`.
    #[must_use]
    pub fn next_shift(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let later = |shift: &&Span| shift.from > at && shift.from < shift.until;
        self.shifts.iter().filter(later).map(|s| s.from).min()
    }

    /// Whether they could do what needs this: they are in the team and have every skill.
    #[must_use]
    pub fn meets(&self, need: &Need) -> bool {
        let has = |skill: &Tag| self.skills.iter().any(|own| skill.is_within(own));
        need.team
            .as_ref()
            .is_none_or(|team| self.teams.contains(team))
            && need.skills.iter().all(has)
    }

    /// Their place at work, with nothing to do yet.
    #[must_use]
    pub fn free(self) -> Seat {
        Seat {
            agent: self,
            load: 0,
            turn: 0,
        }
    }
}

/// What somebody must be to take a ticket. Empty: anybody will do.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Need {
    /// In this team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// With each of these skills.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub skills: BTreeSet<Tag>,
}

impl Need {
    /// Anybody of this team.
    #[must_use]
    pub fn team(team: TeamId) -> Self {
        Self {
            team: Some(team),
            skills: BTreeSet::new(),
        }
    }

    /// Anybody with this skill.
    #[must_use]
    pub fn skill(skill: Tag) -> Self {
        Self::default().and(skill)
    }

    /// The same, with this skill too.
    #[must_use]
    pub fn and(mut self, skill: Tag) -> Self {
        self.skills.insert(skill);
        self
    }
}

/// `anybody`, `team billing`, `language/fi and product/phones`.
impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let team = self.team.iter().map(|team| format!("team {team}"));
        let parts: Vec<String> = team
            .chain(self.skills.iter().map(ToString::to_string))
            .collect();
        match parts.is_empty() {
            true => f.write_str("anybody"),
            false => f.write_str(&parts.join(" and ")),
        }
    }
}

/// Somebody at work: how much they have, and when it was their turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "who, how much and when")]
pub struct Seat {
    /// Who.
    pub agent: Agent,
    /// How many tickets they have that count.
    pub load: u32,
    /// When they were last given one: a larger number is later. 0: never. Any unit will do, such as
    /// milliseconds since 1970; assigning goes on counting from the largest.
    #[serde(default)]
    pub turn: u64,
}

impl Seat {
    /// The same, with so many tickets.
    #[must_use]
    pub fn with_load(mut self, load: u32) -> Self {
        self.load = load;
        self
    }

    /// How many more they can take.
    #[must_use]
    pub fn room(&self) -> u32 {
        self.agent.capacity.saturating_sub(self.load)
    }
}
