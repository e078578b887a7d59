use std::collections::{BTreeMap, BTreeSet};

use aspa_types::TicketId;
use serde::{Deserialize, Serialize};

use super::facts::Facts;
use super::run::Compiled;

/// What rules would have done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DryRun {
    /// How many happenings were looked at.
    pub seen: usize,
    /// The tickets to which something would have been done.
    pub touched: BTreeSet<TicketId>,
    /// The tickets that each rule matched, with those that did nothing there. A rule that matched none
    /// is named with 0.
    pub matched: BTreeMap<String, usize>,
    /// The tickets to which each rule would have done something.
    pub did: BTreeMap<String, usize>,
    /// How often an earlier rule kept a later one from something.
    pub conflicts: usize,
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
    let mut result = DryRun::default();
    let mut matched: BTreeMap<String, BTreeSet<TicketId>> = BTreeMap::new();
    let mut did: BTreeMap<String, BTreeSet<TicketId>> = BTreeMap::new();
    for rule in &rules.rules().rules {
        matched.entry(rule.name.clone()).or_default();
        did.entry(rule.name.clone()).or_default();
    }
    for (ticket, facts) in history {
        let run = rules.run(&facts);
        result.seen += 1;
        result.conflicts += run.conflicts.len();
        for rule in run.matched {
            matched.entry(rule).or_default().insert(ticket.clone());
        }
        for (rule, _) in run.actions {
            result.touched.insert(ticket.clone());
            did.entry(rule).or_default().insert(ticket.clone());
        }
    }
    let counts = |by_rule: BTreeMap<String, BTreeSet<TicketId>>| {
        let count = |(rule, tickets): (String, BTreeSet<TicketId>)| (rule, tickets.len());
        by_rule.into_iter().map(count).collect()
    };
    result.matched = counts(matched);
    result.did = counts(did);
    result
}
