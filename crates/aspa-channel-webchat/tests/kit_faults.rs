//! The kit fails a broken chat for the rule that it breaks, and finds nothing in a whole one.

mod common;
mod signing;

use std::collections::BTreeSet;

use aspa_testkit::{Outcome, Verdict, channel_cases, run, webhook_cases};
use common::{Chat, Fault};
use signing::{Hole, Page, SECRETS};

fn failed(outcomes: Vec<Outcome>) -> BTreeSet<String> {
    let failed = |outcome: Outcome| match outcome.verdict {
        Verdict::Failed(_) => Some(outcome.name.clone()),
        _ => None,
    };
    outcomes.into_iter().filter_map(failed).collect()
}

fn assert_fails(name: &str, failed: &BTreeSet<String>, rule: &str) {
    let found = failed.iter().any(|case| case.starts_with(rule));
    assert!(found, "{name} does not fail {rule}: {failed:?}");
}

#[test]
fn a_broken_channel_fails_the_rule_that_it_breaks() {
    let whole = run(channel_cases(async || Chat::fixture(Fault::Nothing)));
    assert_eq!(failed(whole), BTreeSet::new());
    for (fault, rule) in [
        (Fault::ClaimsReactions, "C1 react"),
        (Fault::SendsNothing, "C1 send"),
        (Fault::EditsNothing, "C1 edit"),
        (Fault::DeletesNothing, "C1 delete"),
        (Fault::SendsTwice, "C2 one key"),
        (Fault::CutsText, "C3 a text at the limit"),
        (Fault::TakesTooLong, "C3 a text over the limit"),
        (Fault::TakesTheUnknown, "C4"),
        (Fault::ProbesAbsent, "C5 what landed"),
        (Fault::ProbesFound, "C5 what was never"),
        (Fault::LosesOne, "C6 polling"),
        (Fault::ForgetsToRepeat, "C6 the same cursor"),
        (Fault::OwnAreTheirs, "C7"),
        (Fault::OtherAccount, "C8 events bear"),
        (Fault::DropsTheUnknown, "C8 the unknown"),
        (Fault::ReceiptsNameAnother, "C9 what a receipt"),
        (Fault::FetchesNothing, "C9 what a receipt"),
    ] {
        let broken = run(channel_cases(async move || Chat::fixture(fault)));
        assert_fails(&format!("{fault:?}"), &failed(broken), rule);
    }
}

#[test]
fn a_broken_webhook_fails_the_rule_that_it_breaks() {
    let whole = run(webhook_cases(Page::new(SECRETS[0], Hole::None)));
    assert_eq!(failed(whole), BTreeSet::new());
    for (hole, rule) in [
        (Hole::TakesTheUnsigned, "W1"),
        (Hole::LooksAtTheBeginning, "W2"),
        (Hole::StopsAtTheUnknown, "W4"),
        (Hole::RefusesWhatItCannotRead, "W5"),
        (Hole::NamesDeliveriesAnew, "W6 the same"),
        (Hole::NamesDeliveriesAlike, "W6 another"),
    ] {
        let broken = run(webhook_cases(Page::new(SECRETS[0], hole)));
        assert_fails(&format!("{hole:?}"), &failed(broken), rule);
    }
}
