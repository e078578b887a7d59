use std::collections::{BTreeMap, BTreeSet};

use aspa_types::TicketId;
use serde::{Deserialize, Serialize};

use super::facts::Facts;
use super::rule::RuleSet;
use super::run::{Compiled, Run};

/// What rules would have done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DryRun {
    /// How many happenings were looked at.
    pub seen: usize,
    /// The tickets to which something would have been done.
    pub touched: BTreeSet<TicketId>,
    /// The tickets that each rule matched, with those that it did nothing to. Every rule is named.
    pub matched: BTreeMap<String, BTreeSet<TicketId>>,
    /// The tickets to which each rule would have done something. Every rule is named.
    pub did: BTreeMap<String, BTreeSet<TicketId>>,
    /// How often an earlier rule kept a later one from something.
    pub conflicts: usize,
}

impl DryRun {
    /// Of these rules, before anything was looked at.
    #[must_use]
    pub fn of(rules: &RuleSet) -> Self {
        let names = rules.rules.iter().map(|rule| rule.name.clone());
        let none: BTreeMap<String, BTreeSet<TicketId>> =
            names.map(|name| (name, BTreeSet::new())).collect();
        Self {
            matched: none.clone(),
            did: none,
            ..Self::default()
        }
    }

    /// Counts what the rules came to when they looked at a ticket.
    pub fn add(&mut self, ticket: &TicketId, run: Run) {
        self.seen += 1;
        self.conflicts += run.conflicts.len();
        for rule in run.matched {
            self.matched.entry(rule).or_default().insert(ticket.clone());
        }
        for (rule, _) in run.actions {
            self.touched.insert(ticket.clone());
            self.did.entry(rule).or_default().insert(ticket.clone());
        }
    }
}

/// Runs rules over what has happened, and does nothing: "this rule would have touched 214 tickets".
///
/// Each happening is looked at as it was then, with nothing that a rule would have done before: this
/// tells what rules match, not what the desk would look like.
#[must_use]
pub fn dry_run<'a>(
    rules: &Compiled,
    history: impl IntoIterator<Item = (&'a TicketId, Facts<'a>)>,
) -> DryRun {
    let mut result = DryRun::of(rules.rules());
    for (ticket, facts) in history {
        result.add(ticket, rules.run(&facts));
    }
    result
}
