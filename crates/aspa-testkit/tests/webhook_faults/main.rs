//! The kit itself: the reference webhook passes, and one with a fault fails the case of that fault
//! and only those where the fault shows too.
#![expect(clippy::unwrap_used, reason = "a test, helpers included")]

mod reference;

use std::collections::BTreeSet;

use aspa_testkit::{Outcome, Verdict, run, webhook_cases};
use reference::{Fault, Fixture};

fn outcomes(fault: Fault) -> Vec<Outcome> {
    run(webhook_cases(Fixture {
        fault,
        timed: true,
        weaker: true,
    }))
}

fn failed(outcomes: &[Outcome]) -> BTreeSet<&str> {
    let failed = outcomes
        .iter()
        .filter(|o| matches!(o.verdict, Verdict::Failed(_)));
    failed.map(|o| o.name.as_str()).collect()
}

/// Runs the webhook with this fault: what begins with one of `must` fails, what begins with one of
/// `may` may fail too, and nothing else does.
fn fails(fault: Fault, must: &[&str], may: &[&str]) {
    let outcomes = outcomes(fault);
    let failed = failed(&outcomes);
    for name in must {
        let found = failed.iter().any(|case| case.starts_with(name));
        assert!(found, "{fault:?} does not fail {name}: {failed:?}");
    }
    for case in &failed {
        let plausible = must.iter().chain(may).any(|name| case.starts_with(name));
        assert!(plausible, "{fault:?} fails {case}: {outcomes:#?}");
    }
}

#[test]
fn the_reference_passes_with_and_without_a_signed_time() {
    let outcomes = outcomes(Fault::Nothing);
    let passed = |o: &Outcome| o.verdict == Verdict::Passed;
    assert!(outcomes.iter().all(passed), "{outcomes:#?}");

    let (fault, timed, weaker) = (Fault::Nothing, false, false);
    let outcomes = run(webhook_cases(Fixture {
        fault,
        timed,
        weaker,
    }));
    assert_eq!(failed(&outcomes), BTreeSet::new(), "{outcomes:#?}");
    let skipped = outcomes
        .iter()
        .filter(|o| !passed(o))
        .map(|o| o.name.as_str());
    let skipped: Vec<&str> = skipped.collect();
    assert_eq!(
        skipped,
        [
            "W2 a signature of another algorithm is refused",
            "W3 a time outside the tolerance is refused",
            "W3 a time within the tolerance is accepted",
            "W3 the time is signed",
        ]
    );
}

#[test]
fn forgeries_that_are_let_in() {
    fails(Fault::AcceptsUnsigned, &["W1"], &[]);
    fails(Fault::SaysWrongForUnsigned, &["W1"], &[]);
    fails(Fault::TakesEmptyForUnsigned, &["W2 an empty"], &[]);
    fails(
        Fault::AcceptsSha1,
        &["W2 a signature of another algorithm"],
        &[],
    );
    fails(Fault::ComparesWhatCame, &["W2 an empty"], &[]);
    fails(Fault::ComparesTheBeginning, &["W2 an empty"], &[]);
    fails(
        Fault::SignsTheTrimmedBody,
        &["W2 a signature of another body"],
        &[],
    );
    fails(
        Fault::AcceptsAnyKey,
        &["W2 a signature of another key", "W2"],
        &["W3 the time"],
    );
    fails(Fault::Answers200ToForgeries, &["W1", "W2"], &["W3"]);
}

#[test]
fn parts_that_are_not_signed() {
    // What signs other bytes than the network does refuses good deliveries, too.
    let good = ["W3", "W4", "W5", "W6", "W9"];
    fails(Fault::SignsOnlyTheTime, &["W4", "W5", "W6"], &good);
    fails(Fault::SignsOnlyTheBody, &["W4", "W5", "W6"], &good);
    fails(Fault::RefusesEverything, &["W4", "W5", "W6"], &good);
}

#[test]
fn times_that_are_not_looked_at() {
    fails(
        Fault::IgnoresTheTime,
        &["W3 a time outside"],
        &["W3 the time"],
    );
    fails(Fault::IgnoresTheFuture, &["W3 a time outside"], &[]);
    fails(
        Fault::LooksAtAnUnsignedTime,
        &["W3 the time is signed"],
        &[],
    );
    fails(Fault::SaysWrongForOld, &["W3 a time outside"], &[]);
    fails(Fault::ToleratesTooLittle, &["W3 a time within"], &[]);
}

#[test]
fn events_that_are_lost_or_mislabelled() {
    fails(
        Fault::DropsTheSecond,
        &["W4"],
        &["W5 whatever", "W6 the same things"],
    );
    fails(
        Fault::StopsAtTheUnknown,
        &["W4"],
        &["W5 whatever", "W6 the same things"],
    );
    fails(
        Fault::SkipsTheMalformed,
        &["W4"],
        &["W5 whatever", "W6 the same things"],
    );
    fails(Fault::OneAccountForAll, &["W4"], &[]);
    fails(
        Fault::FailsTheBatch,
        &["W4", "W6"],
        &["W3 a time within", "W5 whatever", "W9"],
    );
    fails(Fault::OneKeyForAll, &["W4", "W6 the same"], &["W6", "W9"]);
    fails(Fault::NamesEventsByPlace, &["W6 the same things"], &[]);
    fails(Fault::OwnAreInbound, &["W9"], &[]);
}

#[test]
fn garbage_that_is_not_kept() {
    fails(Fault::Answers500ToGarbage, &["W5"], &[]);
    fails(Fault::StumblesOverOddBytes, &["W5 whatever"], &["W5"]);
    fails(Fault::RefusesGarbage, &["W5"], &["W6"]);
    fails(Fault::DropsGarbage, &["W5"], &[]);
    fails(Fault::PanicsOnGarbage, &["W5"], &["W6", "W8"]);
}

#[test]
fn deliveries_that_change_their_names() {
    fails(Fault::CountsItsDeliveries, &["W6 the same"], &[]);
    fails(Fault::NamesByTheClock, &["W6 the same"], &[]);
    fails(Fault::NamesAllAlike, &["W6 another"], &[]);
}

#[test]
fn handshakes_and_secrets() {
    fails(Fault::AnswersEveryHandshake, &["W7"], &[]);
    fails(Fault::ForgetsTheChallenge, &["W7"], &[]);
    fails(Fault::ShowsItsKey, &["W8"], &[]);
    fails(Fault::TellsItsKey, &["W8"], &[]);
}
