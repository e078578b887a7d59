use std::collections::BTreeSet;

use aspa_types::{AgentId, Tag, TeamId, keep_unknown};
use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::run::Compiled;
use super::words::Vocabulary;
use crate::disposition::Disposition;
use crate::event::Priority;
use crate::tags::Tags;

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    remote = "Self",
    tag = "do",
    rename_all = "snake_case",
    deny_unknown_fields
)]
#[non_exhaustive]
pub enum Action {
    /// Puts a tag on.
    Tag {
        /// Which.
        tag: Tag,
    },
    /// Takes a tag off.
    Untag {
        /// Which.
        tag: Tag,
    },
    /// Gives the ticket to a team.
    Route {
        /// Which.
        team: TeamId,
    },
    /// Gives the ticket to somebody.
    Assign {
        /// Whom.
        agent: AgentId,
    },
    /// Says how urgent it is.
    Prioritise {
        /// How.
        priority: Priority,
    },
    /// Suggests an agreed answer.
    Suggest {
        /// The playbook's name.
        playbook: String,
    },
    /// Tells these, in the words of [`Case::to`](crate::assignment::Case::to): each finds a notice.
    Notify {
        /// Whom.
        to: Vec<String>,
    },
    /// Says what became of the message.
    Dispose {
        /// What.
        disposition: Disposition,
    },
    /// An action that this version does not know, as it came. It does nothing.
    #[serde(skip)]
    Unknown(serde_json::Value),
}

keep_unknown!(
    Action,
    "do",
    [
        "tag",
        "untag",
        "route",
        "assign",
        "prioritise",
        "suggest",
        "notify",
        "dispose"
    ]
);

/// A rule: when these conditions hold, this is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rule {
    /// Its name, which its actions are logged under.
    pub name: String,
    /// Whether it does anything.
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    pub enabled: bool,
    /// When.
    pub when: Condition,
    /// What.
    pub then: Vec<Action>,
    /// Whether the rules after it are left out where it matches.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub last: bool,
}

fn yes() -> bool {
    true
}

impl Rule {
    /// A rule that does nothing yet.
    #[must_use]
    pub fn new(name: impl Into<String>, when: Condition) -> Self {
        Self {
            name: name.into(),
            enabled: true,
            when,
            then: Vec::new(),
            last: false,
        }
    }

    /// The same, doing this too.
    #[must_use]
    pub fn does(mut self, action: Action) -> Self {
        self.then.push(action);
        self
    }
}

/// Rules in their order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "a list")]
pub struct RuleSet {
    /// The rules, first to last.
    pub rules: Vec<Rule>,
}

/// Why rules cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadRule {
    /// A rule needs a name, without control characters and of at most 200 bytes.
    #[error("rule {place} has no name of 1 to 200 bytes in one line")]
    NoName {
        /// Which, from 1.
        place: usize,
    },
    /// Two rules have one name.
    #[error("two rules are called {0}")]
    Twice(String),
    /// There is no letter or digit in what it looks for.
    #[error("rule {rule} looks for {word:?}, which has no letter or digit")]
    NoWord {
        /// The rule.
        rule: String,
        /// What it looks for.
        word: String,
    },
    /// A time of day or a weekday that there is not.
    #[error("rule {0} names a day or time that there is not")]
    NoTime(String),
    /// `unhandled` is what nothing became of; nobody can decide it.
    #[error("rule {0} cannot decide that nothing became of a message")]
    NoDisposition(String),
}

impl RuleSet {
    /// The same, about tags by their [names of today](Tags::current).
    #[must_use]
    pub fn by_names_of_today(mut self, tags: &Tags) -> Self {
        for rule in &mut self.rules {
            rule.when.rename(tags);
            for action in &mut rule.then {
                if let Action::Tag { tag } | Action::Untag { tag } = action {
                    *tag = tags.current(tag);
                }
            }
        }
        self
    }

    /// Makes the rules ready to be run. O(size of the rules).
    ///
    /// # Errors
    ///
    /// The first that makes no sense. What this version does not know makes sense to a later one: it
    /// is kept, and never holds or does anything.
    pub fn compile(&self) -> Result<Compiled, BadRule> {
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for (place, rule) in self.rules.iter().enumerate() {
            let name = rule.name.as_str();
            let control = name.chars().any(char::is_control);
            if name.trim().is_empty() || name.len() > 200 || control {
                let place = place + 1;
                return Err(BadRule::NoName { place });
            }
            if !names.insert(name) {
                return Err(BadRule::Twice(name.to_owned()));
            }
            check(name, &rule.when)?;
            let undecided = |action: &Action| {
                matches!(action, Action::Dispose { disposition }
                    if matches!(disposition, Disposition::Unhandled | Disposition::Unknown(_)))
            };
            if rule.then.iter().any(undecided) {
                return Err(BadRule::NoDisposition(name.to_owned()));
            }
        }
        Ok(Compiled::of(self.clone()))
    }
}

fn check(rule: &str, condition: &Condition) -> Result<(), BadRule> {
    match condition {
        Condition::Words { any } => {
            let empty = |word: &&String| Vocabulary::default().add(word).is_none();
            match any.iter().find(empty) {
                Some(word) => Err(BadRule::NoWord {
                    rule: rule.to_owned(),
                    word: word.clone(),
                }),
                None => Ok(()),
            }
        }
        Condition::During {
            weekdays,
            from,
            until,
        } => {
            let good = weekdays.iter().all(|day| (1..=7).contains(day));
            match good && *from < 1440 && *until <= 1440 {
                true => Ok(()),
                false => Err(BadRule::NoTime(rule.to_owned())),
            }
        }
        other => other.parts().iter().try_for_each(|part| check(rule, part)),
    }
}
