use std::fmt;

use aspa_types::{AgentId, Tag, TeamId};
use serde::{Deserialize, Serialize};

use super::condition::{Line, Test};
use super::facts::{Facts, Trigger};
use super::rule::{Action, Rule, RuleSet};
use super::words::Vocabulary;
use crate::disposition::Disposition;
use crate::event::Priority;

/// Rules ready to be run.
#[derive(Debug, Clone)]
pub struct Compiled {
    set: RuleSet,
    tests: Vec<Test>,
    words: Vocabulary,
}

/// Two rules that want what excludes the other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Conflict {
    /// The earlier rule, which has it.
    pub kept: String,
    /// What it does.
    pub does: Action,
    /// The later rule.
    pub dropped: String,
    /// What it would have done.
    pub wanted: Action,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let says = |action: &Action| serde_json::to_string(action).unwrap_or_default();
        let (kept, dropped) = (&self.kept, &self.dropped);
        let (does, wanted) = (says(&self.does), says(&self.wanted));
        write!(
            f,
            "{kept} comes first and does {does}; {dropped} wanted {wanted}"
        )
    }
}

/// What the rules come to.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Run {
    /// The rules that matched, in order.
    pub matched: Vec<String>,
    /// What is to be done, and by which rule. What already is so is left out.
    pub actions: Vec<(String, Action)>,
    /// Where rules exclude each other.
    pub conflicts: Vec<Conflict>,
}

/// Why a rule matched or not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Explained {
    /// The rule.
    pub rule: String,
    /// Whether it matched.
    pub matched: bool,
    /// Why it was not looked at at all, where it was not.
    pub skipped: Option<String>,
    /// Its conditions, each with whether it holds.
    pub conditions: Vec<Line>,
}

impl Compiled {
    pub(super) fn of(set: RuleSet) -> Self {
        let mut words = Vocabulary::default();
        let tests = set.rules.iter().map(|rule| match rule.when.is_known() {
            true => Test::of(&rule.when, &mut words),
            false => Test::Any(Vec::new()),
        });
        Self {
            tests: tests.collect(),
            set,
            words,
        }
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &RuleSet {
        &self.set
    }

    /// Whether a rule asks who the customer is, which is not on a ticket.
    #[must_use]
    pub fn asks_who_writes(&self) -> bool {
        let mut rules = self.set.rules.iter();
        rules.any(|rule| rule.enabled && rule.when.asks_who_writes())
    }

    /// Looks at each rule once, in order, all at the same facts. O(words of the text + conditions +
    /// actions²) in what matches.
    #[must_use]
    pub fn run(&self, facts: &Facts<'_>) -> Run {
        let found = self.words.find(facts.text.unwrap_or_default());
        let mut run = Run::default();
        let mut wanted: Vec<(&str, &Action)> = Vec::new();
        for (rule, test) in self.set.rules.iter().zip(&self.tests) {
            if !rule.enabled || !is_about(rule, facts) || !test.holds(facts, &found) {
                continue;
            }
            run.matched.push(rule.name.clone());
            for action in &rule.then {
                match wanted.iter().find(|(_, other)| excludes(other, action)) {
                    Some((kept, does)) => run.conflicts.push(Conflict {
                        kept: (*kept).to_owned(),
                        does: (*does).clone(),
                        dropped: rule.name.clone(),
                        wanted: action.clone(),
                    }),
                    None if wanted.iter().any(|(_, other)| *other == action) => {}
                    None => wanted.push((&rule.name, action)),
                }
            }
            if rule.last {
                break;
            }
        }
        let new = wanted
            .into_iter()
            .filter(|(_, action)| !is_so(action, facts));
        run.actions = new
            .map(|(rule, action)| (rule.to_owned(), action.clone()))
            .collect();
        run
    }

    /// Why each rule matches or does not.
    #[must_use]
    pub fn explain(&self, facts: &Facts<'_>) -> Vec<Explained> {
        let found = self.words.find(facts.text.unwrap_or_default());
        let mut ended: Option<&str> = None;
        let mut all = Vec::new();
        for (rule, test) in self.set.rules.iter().zip(&self.tests) {
            let skipped = match ended {
                _ if !rule.enabled => Some("it is switched off".to_owned()),
                Some(last) => Some(format!("{last} comes before it and is the last")),
                None if !is_about(rule, facts) => {
                    Some("it is about messages that come in".to_owned())
                }
                None => None,
            };
            let matched = skipped.is_none() && test.holds(facts, &found);
            let mut conditions = Vec::new();
            test.explain(&rule.when, 0, facts, &found, &mut conditions);
            if matched && rule.last {
                ended = Some(&rule.name);
            }
            all.push(Explained {
                rule: rule.name.clone(),
                matched,
                skipped,
                conditions,
            });
        }
        all
    }
}

/// Whether a rule is to be looked at after what has happened.
fn is_about(rule: &Rule, facts: &Facts<'_>) -> bool {
    let came = |what: &Trigger| *what == Trigger::Received;
    facts.trigger.as_ref().is_none_or(came) || rule.when.asks_what_happened()
}

/// What a ticket has one of.
#[derive(PartialEq)]
enum One<'a> {
    Team(&'a TeamId),
    Agent(&'a AgentId),
    Priority(&'a Priority),
    Disposition(&'a Disposition),
    Tag(&'a Tag, bool),
}

fn one(action: &Action) -> Option<One<'_>> {
    Some(match action {
        Action::Route { team } => One::Team(team),
        Action::Assign { agent } => One::Agent(agent),
        Action::Prioritise { priority } => One::Priority(priority),
        Action::Dispose { disposition } => One::Disposition(disposition),
        Action::Tag { tag } => One::Tag(tag, true),
        Action::Untag { tag } => One::Tag(tag, false),
        _ => return None,
    })
}

/// Whether both cannot be.
pub(super) fn excludes(a: &Action, b: &Action) -> bool {
    match (one(a), one(b)) {
        (Some(One::Tag(a, on)), Some(One::Tag(b, off))) => a == b && on != off,
        (Some(a), Some(b)) => std::mem::discriminant(&a) == std::mem::discriminant(&b) && a != b,
        _ => false,
    }
}

/// Whether it is so already.
fn is_so(action: &Action, facts: &Facts<'_>) -> bool {
    match action {
        Action::Tag { tag } => facts.tags.is_some_and(|tags| tags.contains(tag)),
        Action::Untag { tag } => facts.tags.is_some_and(|tags| !tags.contains(tag)),
        Action::Route { team } => facts.team == Some(team),
        Action::Assign { agent } => facts.assignee == Some(agent),
        Action::Prioritise { priority } => facts.priority == Some(priority),
        Action::Unknown(_) => true,
        _ => false,
    }
}
