//! Who is named in a note: `@liisa`, `@billing`.

use std::collections::BTreeSet;

use aspa_types::{AgentId, TeamId};

use crate::assignment::Agent;

/// Whom a text names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mentions {
    /// People named themselves.
    pub agents: BTreeSet<AgentId>,
    /// Teams.
    pub teams: BTreeSet<TeamId>,
    /// Everybody who is meant: the people, and those who are in the teams.
    pub everybody: BTreeSet<AgentId>,
    /// Names that nobody has, as they were written: told to the writer, since nobody else will be.
    pub unknown: BTreeSet<String>,
}

/// Finds whom a text names with an `@`: people by their ids and teams by theirs, whatever the case. A
/// person goes before a team of the same name. A name ends where the longest one that somebody has
/// ends, so that ids with spaces are found too. An `@` within a word is an address and names nobody.
///
/// ```
/// use aspa_ticket::assignment::Agent;
/// use aspa_ticket::mentions;
/// use aspa_types::AgentId;
///
/// let staff = [Agent::new(AgentId::new("liisa")?, 1)];
/// let found = mentions("@Liisa, who is @pekka? matti@example.com", &staff);
/// assert!(found.agents.contains(&staff[0].id));
/// assert_eq!(found.unknown.iter().collect::<Vec<_>>(), ["pekka"]);
/// # Ok::<(), aspa_types::BadId>(())
/// ```
#[must_use]
pub fn mentions(text: &str, staff: &[Agent]) -> Mentions {
    let mut found = Mentions::default();
    let mut before = None;
    for (place, c) in text.char_indices() {
        let starts = c == '@' && !before.is_some_and(is_of_name);
        before = Some(c);
        if !starts {
            continue;
        }
        let rest = text.get(place + 1..).unwrap_or_default();
        let agents = staff.iter().filter(|one| begins(rest, one.id.as_str()));
        let agent = agents.map(|one| &one.id).max_by_key(|id| id.as_str().len());
        let teams = staff.iter().flat_map(|one| &one.teams);
        let teams = teams.filter(|team| begins(rest, team.as_str()));
        let team = teams.max_by_key(|team| team.as_str().len());
        let longer = |team: &TeamId| agent.is_none_or(|id| id.as_str().len() < team.as_str().len());
        match (agent, team.filter(|team| longer(team))) {
            (_, Some(team)) => {
                let of_it = staff.iter().filter(|one| one.teams.contains(team));
                found.everybody.extend(of_it.map(|one| one.id.clone()));
                found.teams.insert(team.clone());
            }
            (Some(agent), None) => {
                found.everybody.insert(agent.clone());
                found.agents.insert(agent.clone());
            }
            (None, None) => {
                let end = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
                let name = rest.get(..end).unwrap_or_default();
                let name = name.trim_end_matches(['.', '-', '_']);
                if !name.is_empty() {
                    found.unknown.insert(name.to_owned());
                }
            }
        }
    }
    found
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '-' | '_')
}

/// Whether a text begins with this name and no letter or digit goes on behind it.
fn begins(text: &str, name: &str) -> bool {
    let mut text = text.chars().peekable();
    for wanted in name.chars() {
        let same = |c: char| c == wanted || c.to_lowercase().eq(wanted.to_lowercase());
        if !text.next().is_some_and(same) {
            return false;
        }
    }
    match text.next() {
        None => true,
        // `@anna.virtanen` is not Anna; `@anna.` at the end of a sentence is.
        Some('.' | '-' | '_') => text.next().is_none_or(|next| !next.is_alphanumeric()),
        Some(next) => !next.is_alphanumeric(),
    }
}
