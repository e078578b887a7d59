use std::collections::BTreeMap;

use aspa_types::{AgentId, TeamId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::staff::Agent;

/// A ticket in trouble: whom the promise says to tell, and who has to do with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "what the words of a promise can mean"
)]
pub struct Case {
    /// Whom the promise says to tell, as in [`ClockPassed`](crate::EventKind::ClockPassed):
    /// `assignee`, `owner`, `team NAME` (those on shift), `lead NAME` or `lead` (who leads the team, or the
    /// ticket's team), `agent NAME`; any other word is a team's or an agent's name.
    pub to: Vec<String>,
    /// Who works on it.
    pub assignee: Option<AgentId>,
    /// Who the customer belongs to.
    pub owner: Option<AgentId>,
    /// Which team it is with.
    pub team: Option<TeamId>,
}

/// Who is told, and why each; and the words that led to nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Told {
    /// Who, and the reasons, in the order of the words.
    pub people: BTreeMap<AgentId, Vec<String>>,
    /// What led to nobody, and why.
    pub nobody: Vec<String>,
}

impl Told {
    fn tell(&mut self, agent: &AgentId, why: String) {
        let reasons = self.people.entry(agent.clone()).or_default();
        if !reasons.contains(&why) {
            reasons.push(why);
        }
    }
}

/// Whom to tell of a ticket in trouble, by name, and why.
///
/// Where nobody of a team is on shift its leads are told instead; where a team has none of either, that
/// is said in [`nobody`](Told::nobody). Somebody named is told, on shift or not. O(words × agents).
#[must_use]
pub fn escalate(case: &Case, agents: &[Agent], now: DateTime<Utc>) -> Told {
    let mut told = Told::default();
    for word in &case.to {
        let (kind, name) = word.split_once([' ', ':']).unwrap_or((word, ""));
        match (kind, name.trim()) {
            ("assignee", "") => person(&mut told, case.assignee.as_ref(), word, "works on it"),
            ("owner", "") => person(&mut told, case.owner.as_ref(), word, "has the customer"),
            ("lead", "") => match &case.team {
                Some(team) => leads(&mut told, agents, team, word),
                None => told.nobody.push(format!("{word}: it is with no team")),
            },
            ("lead", name) => match TeamId::new(name) {
                Ok(name) => leads(&mut told, agents, &name, word),
                Err(_) => told.nobody.push(format!("{word}: no team has this name")),
            },
            ("team", name) if !name.is_empty() => team(&mut told, agents, name, word, now),
            ("agent", name) if !name.is_empty() => by_name(&mut told, agents, name, word),
            _ if agents.iter().any(|one| is_in(one, word)) => {
                team(&mut told, agents, word, word, now);
            }
            _ => by_name(&mut told, agents, word, word),
        }
    }
    told
}

fn is_in(agent: &Agent, team: &str) -> bool {
    let mut teams = agent.teams.iter().chain(&agent.leads);
    teams.any(|own| own.as_str() == team)
}

fn person(told: &mut Told, who: Option<&AgentId>, word: &str, why: &str) {
    match who {
        Some(agent) => told.tell(agent, format!("{word}: {why}")),
        None => told.nobody.push(format!("{word}: there is none")),
    }
}

fn by_name(told: &mut Told, agents: &[Agent], name: &str, word: &str) {
    match agents.iter().find(|agent| agent.id.as_str() == name) {
        Some(agent) => told.tell(&agent.id, format!("{word}: named by the promise")),
        None => told
            .nobody
            .push(format!("{word}: no agent or team has this name")),
    }
}

fn team(told: &mut Told, agents: &[Agent], name: &str, word: &str, now: DateTime<Utc>) {
    let of_it = |agent: &&Agent| agent.teams.iter().any(|team| team.as_str() == name);
    let mut somebody = false;
    for agent in agents.iter().filter(of_it).filter(|a| a.is_on_shift(now)) {
        told.tell(&agent.id, format!("{word}: on shift"));
        somebody = true;
    }
    if somebody {
        return;
    }
    match TeamId::new(name) {
        Ok(name) => leads(told, agents, &name, &format!("{word}: nobody on shift")),
        Err(_) => told.nobody.push(format!("{word}: no team has this name")),
    }
}

fn leads(told: &mut Told, agents: &[Agent], team: &TeamId, word: &str) {
    let mut somebody = false;
    for agent in agents.iter().filter(|agent| agent.leads.contains(team)) {
        told.tell(&agent.id, format!("{word}: leads {team}"));
        somebody = true;
    }
    if !somebody {
        told.nobody.push(format!("{word}: nobody leads {team}"));
    }
}
