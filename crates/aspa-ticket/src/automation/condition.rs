use aspa_channel::Audience;
use aspa_types::{AccountId, AgentId, HandleKey, Network, Tag, TeamId, keep_unknown};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::facts::{Facts, Trigger};
use super::words::{Found, Vocabulary};
use crate::assignment::is_language;
use crate::event::Priority;
use crate::tags::Tags;
use crate::ticket::Category;

/// What must hold for a rule to do something. What is not known does not hold; a rule with a condition
/// that this version does not know, however deep, never matches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    remote = "Self",
    tag = "is",
    rename_all = "snake_case",
    deny_unknown_fields
)]
#[non_exhaustive]
pub enum Condition {
    /// Every one of these; none: always.
    All {
        /// Which.
        of: Vec<Self>,
    },
    /// At least one of these; none: never.
    Any {
        /// Which.
        of: Vec<Self>,
    },
    /// Not this.
    Not {
        /// What.
        what: Box<Self>,
    },
    /// This has happened.
    Happened {
        /// What.
        what: Trigger,
    },
    /// A clock has just passed a point.
    Clock {
        /// Which clock: `first_response`, `next_response`, `resolution` or `custom:` and a name. None: any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Which point: `breach`, `warn-1`, `escalate-2`. None: any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        point: Option<String>,
    },
    /// The message has one of these: a word, the beginning of one (`delay*`), or several in a row. Case
    /// does not matter.
    Words {
        /// Which.
        any: Vec<String>,
    },
    /// On this account.
    Account {
        /// Which.
        id: AccountId,
    },
    /// On this network.
    Network {
        /// Which.
        name: Network,
    },
    /// It can be read by these.
    Audience {
        /// Whom.
        who: Audience,
    },
    /// In this language, a BCP 47 tag, or a form of it.
    Language {
        /// Which.
        tag: String,
    },
    /// Written by this handle.
    Author {
        /// Whose.
        handle: HandleKey,
    },
    /// At least so many follow its author.
    Followers {
        /// How many.
        least: u64,
    },
    /// We know, or do not know, which customer it is.
    CustomerKnown {
        /// Which of both.
        known: bool,
    },
    /// The customer is of this tier.
    Tier {
        /// Which.
        name: String,
    },
    /// With this tag or one within it.
    Tagged {
        /// Which.
        tag: Tag,
    },
    /// The ticket stands so.
    Category {
        /// How.
        category: Category,
    },
    /// It is this urgent.
    Priority {
        /// How.
        priority: Priority,
    },
    /// This person works on it; none: nobody.
    Assignee {
        /// Who.
        agent: Option<AgentId>,
    },
    /// It is with this team; none: with no team.
    Team {
        /// Which.
        team: Option<TeamId>,
    },
    /// Its customer wrote at least so many messages.
    Messages {
        /// How many.
        least: usize,
    },
    /// It goes on from an earlier ticket.
    FollowUp,
    /// Its promise breaks within this time, or is broken. 0: it is broken.
    BreachWithin {
        /// Within how many seconds.
        seconds: u32,
    },
    /// Its customer has waited for an answer for at least this time.
    Waited {
        /// How many seconds.
        seconds: u32,
    },
    /// We are open, or closed.
    Open {
        /// Which of both.
        open: bool,
    },
    /// It is one of these days and between these times, where the desk is. From 22:00 to 06:00 is over
    /// midnight, on the day on which it began.
    During {
        /// 1 for Monday to 7 for Sunday; none: every day.
        weekdays: Vec<u8>,
        /// From this minute of the day on, 0 to 1,439.
        from: u16,
        /// Before this minute of the day, 0 to 1,440.
        until: u16,
    },
    /// A condition that this version does not know, as it came. It never holds.
    #[serde(skip)]
    Unknown(serde_json::Value),
}

keep_unknown!(
    Condition,
    "is",
    [
        "all",
        "any",
        "not",
        "happened",
        "clock",
        "words",
        "account",
        "network",
        "audience",
        "language",
        "author",
        "followers",
        "customer_known",
        "tier",
        "tagged",
        "category",
        "priority",
        "assignee",
        "team",
        "messages",
        "follow_up",
        "breach_within",
        "waited",
        "open",
        "during"
    ],
    alone["follow_up"]
);

/// One condition of an explanation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Line {
    /// How deep it stands: 0 for the whole.
    pub depth: usize,
    /// The condition: its word, and what it asks for, as JSON.
    pub condition: String,
    /// Whether it holds.
    pub holds: bool,
}

impl Condition {
    /// One of these words.
    #[must_use]
    pub fn words<'w>(any: impl IntoIterator<Item = &'w str>) -> Self {
        let any = any.into_iter().map(str::to_owned).collect();
        Self::Words { any }
    }

    /// Whether this version knows all of it.
    pub(super) fn is_known(&self) -> bool {
        !matches!(self, Self::Unknown(_)) && self.parts().iter().all(Self::is_known)
    }

    /// Whether it asks what has happened; one that does not is about messages that come in.
    pub(super) fn asks_what_happened(&self) -> bool {
        matches!(self, Self::Happened { .. } | Self::Clock { .. })
            || self.parts().iter().any(Self::asks_what_happened)
    }

    /// Whether it asks who the customer is.
    pub(super) fn asks_who_writes(&self) -> bool {
        let of_customer = matches!(
            self,
            Self::CustomerKnown { .. } | Self::Tier { .. } | Self::Followers { .. }
        );
        of_customer || self.parts().iter().any(Self::asks_who_writes)
    }

    /// Has it ask for tags by their names of today.
    pub(super) fn rename(&mut self, tags: &Tags) {
        match self {
            Self::Tagged { tag } => *tag = tags.current(tag),
            Self::All { of } | Self::Any { of } => of.iter_mut().for_each(|one| one.rename(tags)),
            Self::Not { what } => what.rename(tags),
            _ => {}
        }
    }

    /// The conditions that it is made of.
    pub(super) fn parts(&self) -> &[Self] {
        match self {
            Self::All { of } | Self::Any { of } => of,
            Self::Not { what } => std::slice::from_ref(what),
            _ => &[],
        }
    }
}

/// A condition ready to be looked at.
#[derive(Debug, Clone)]
pub(super) enum Test {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    /// Numbers in the vocabulary.
    Words(Vec<usize>),
    Other(Condition),
}

impl Test {
    pub(super) fn of(condition: &Condition, words: &mut Vocabulary) -> Self {
        match condition {
            Condition::All { of } => Self::All(of.iter().map(|one| Self::of(one, words)).collect()),
            Condition::Any { of } => Self::Any(of.iter().map(|one| Self::of(one, words)).collect()),
            Condition::Not { what } => Self::Not(Box::new(Self::of(what, words))),
            Condition::Words { any } => {
                Self::Words(any.iter().filter_map(|word| words.add(word)).collect())
            }
            other => Self::Other(other.clone()),
        }
    }

    pub(super) fn holds(&self, facts: &Facts<'_>, found: &Found) -> bool {
        match self {
            Self::All(all) => all.iter().all(|one| one.holds(facts, found)),
            Self::Any(any) => any.iter().any(|one| one.holds(facts, found)),
            Self::Not(what) => !what.holds(facts, found),
            Self::Words(any) => any.iter().any(|number| found.has(*number)),
            Self::Other(condition) => other(condition, facts),
        }
    }

    /// Why it holds or does not: itself, then what it is made of.
    pub(super) fn explain(
        &self,
        condition: &Condition,
        depth: usize,
        facts: &Facts<'_>,
        found: &Found,
        lines: &mut Vec<Line>,
    ) {
        let parts: &[Self] = match self {
            Self::All(parts) | Self::Any(parts) => parts,
            Self::Not(what) => std::slice::from_ref(what),
            _ => &[],
        };
        let said = match condition {
            Condition::All { .. } => "all of".to_owned(),
            Condition::Any { .. } => "any of".to_owned(),
            Condition::Not { .. } => "not".to_owned(),
            other => serde_json::to_string(other).unwrap_or_default(),
        };
        lines.push(Line {
            depth,
            condition: said,
            holds: self.holds(facts, found),
        });
        for (part, condition) in parts.iter().zip(condition.parts()) {
            part.explain(condition, depth + 1, facts, found, lines);
        }
    }
}

fn other(condition: &Condition, facts: &Facts<'_>) -> bool {
    match condition {
        Condition::Happened { what } => facts.trigger.as_ref() == Some(what),
        Condition::Clock { name, point } => facts.clock.is_some_and(|(clock, passed)| {
            // Armed anew after a change, `warn-1` is `warn-1.2`.
            let passed = passed.split('.').next().unwrap_or(passed);
            let is = |wanted: &Option<String>, own: &str| wanted.as_ref().is_none_or(|w| w == own);
            is(name, clock) && is(point, passed)
        }),
        Condition::Account { id } => facts.account == Some(id),
        Condition::Network { name } => facts.network == Some(name),
        Condition::Audience { who } => facts.audience == Some(who),
        Condition::Language { tag } => facts.language.is_some_and(|own| is_language(own, tag)),
        Condition::Author { handle } => facts.author == Some(handle),
        Condition::Followers { least } => facts.followers.is_some_and(|own| own >= *least),
        Condition::CustomerKnown { known } => facts.customer_known == Some(*known),
        Condition::Tier { name } => facts.tier == Some(name),
        Condition::Tagged { tag } => {
            let tags = facts.tags.into_iter().flatten();
            tags.into_iter().any(|own| own.is_within(tag))
        }
        Condition::Category { category } => facts.category == Some(category),
        Condition::Priority { priority } => facts.priority == Some(priority),
        // Without a ticket nobody can have it, and no team.
        Condition::Assignee { agent } => {
            facts.category.is_some() && facts.assignee == agent.as_ref()
        }
        Condition::Team { team } => facts.category.is_some() && facts.team == team.as_ref(),
        Condition::Messages { least } => facts.messages.is_some_and(|own| own >= *least),
        Condition::FollowUp => facts.follow_up == Some(true),
        Condition::BreachWithin { seconds } => {
            let within = TimeDelta::seconds(i64::from(*seconds));
            facts.breach_at.is_some_and(|at| at - facts.now <= within)
        }
        Condition::Waited { seconds } => {
            let time = TimeDelta::seconds(i64::from(*seconds));
            facts.waits_since.is_some_and(|at| facts.now - at >= time)
        }
        Condition::Open { open } => facts.open == Some(*open),
        Condition::During {
            weekdays,
            from,
            until,
        } => facts.local.is_some_and(|local| {
            let is_day = |day: u8| weekdays.is_empty() || weekdays.contains(&day);
            let (day, minute) = (local.weekday, local.minute);
            let before = if day == 1 { 7 } else { day.saturating_sub(1) };
            match from <= until {
                true => is_day(day) && *from <= minute && minute < *until,
                false => is_day(day) && *from <= minute || is_day(before) && minute < *until,
            }
        }),
        _ => false,
    }
}
