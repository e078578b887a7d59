//! The kit itself: whole channels pass, and a channel with one fault fails the case of that fault
//! and no other rule's but where the fault shows there too.
#![expect(clippy::unwrap_used, reason = "a test, helpers included")]

mod fake;

use std::collections::BTreeSet;
use std::sync::Arc;

use aspa_channel::{Channel, ConversationKey, EffectName, Idempotency, Support, TextUnit};
use aspa_testkit::{ChannelFixture, FarSide, Outcome, Seen, Verdict, channel_cases, run};
use async_trait::async_trait;
use fake::{Fake, Fault, everything, nothing};

fn outcomes(make: impl Fn() -> Fake + Send + Sync + 'static) -> Vec<Outcome> {
    run(channel_cases(async move || fixture(make())))
}

fn fixture(fake: Fake) -> ChannelFixture {
    let fake = Arc::new(fake);
    let conversation = ConversationKey::new(fake.account().clone(), "thread").unwrap();
    ChannelFixture::new(fake.clone(), conversation, fake)
}

fn failed(outcomes: &[Outcome]) -> BTreeSet<&str> {
    let failed = outcomes
        .iter()
        .filter(|o| matches!(o.verdict, Verdict::Failed(_)));
    failed.map(|o| o.name.as_str()).collect()
}

/// How many cases were ignored, of those that need nothing but a channel and a far side.
fn skipped(outcomes: &[Outcome]) -> usize {
    let skipped = outcomes.iter().filter(|o| match &o.verdict {
        Verdict::Skipped(why) => {
            let rule: usize = o.name[1..].split(' ').next().unwrap().parse().unwrap();
            let more = [
                "ChannelFixture::",
                "page",
                "not read_back",
                "not by_echo",
                "_deletes",
            ];
            rule < 10 && !more.iter().any(|what| why.contains(what))
        }
        _ => false,
    });
    skipped.count()
}

/// Runs the channel with this fault: `must` fail, by the whole or the beginning of their names,
/// `may` too, and nothing else does.
fn fails(fault: Fault, must: &[&str], may: &[&str]) {
    let outcomes = outcomes(move || Fake::new(everything(TextUnit::Graphemes), fault));
    let failed = failed(&outcomes);
    for name in must {
        let found = failed.iter().any(|case| case.starts_with(name));
        assert!(found, "{fault:?} does not fail {name}: {failed:?}");
    }
    for case in &failed {
        let plausible = must.iter().chain(may).any(|name| case.starts_with(name));
        assert!(plausible, "{fault:?} fails {case}: {outcomes:#?}");
    }
    for outcome in &outcomes {
        if let Verdict::Failed(text) = &outcome.verdict
            && fault != Fault::Panics
        {
            let says = |word| text.contains(word);
            let whole = ["expected: ", "came: ", "cause: ", outcome.name.as_str()];
            assert!(whole.into_iter().all(says), "{text}");
        }
    }
}

#[test]
fn whole_channels_pass_whatever_they_claim() {
    for word in TextUnit::KNOWN {
        let outcomes = outcomes(|| Fake::new(everything(TextUnit::from(*word)), Fault::Nothing));
        assert_eq!(failed(&outcomes), BTreeSet::new(), "{outcomes:#?}");
        assert_eq!(skipped(&outcomes), 0, "{outcomes:#?}");
    }
    for (claims, most_skipped) in [
        (nothing(), 14),
        (nothing().with(EffectName::Send, Support::Full), 4),
        (
            everything(TextUnit::Utf16).with_idempotency(Idempotency::None),
            3,
        ),
        (
            everything(TextUnit::Utf16).with_idempotency(Idempotency::ByEcho),
            3,
        ),
        (
            everything(TextUnit::Bytes).with(EffectName::MarkRead, Support::Dropped),
            0,
        ),
        (
            everything(TextUnit::Bytes).with(EffectName::Hide, Support::Partial),
            0,
        ),
    ] {
        let told = format!("{claims:?}");
        let outcomes = outcomes(move || Fake::new(claims.clone(), Fault::Nothing));
        assert_eq!(failed(&outcomes), BTreeSet::new(), "{told}: {outcomes:#?}");
        assert!(skipped(&outcomes) <= most_skipped, "{told}: {outcomes:#?}");
    }
}

#[test]
fn a_network_that_only_pushes_passes_without_polls() {
    let outcomes = outcomes(|| {
        let mut fake = Fake::new(everything(TextUnit::Bytes), Fault::Nothing);
        fake.pushes_only = true;
        fake
    });
    assert_eq!(failed(&outcomes), BTreeSet::new(), "{outcomes:#?}");
    // What has to be read back is ignored.
    assert_eq!(skipped(&outcomes), 13, "{outcomes:#?}");
}

/// A far side that only sees.
struct Plain(Arc<Fake>);

#[async_trait]
impl FarSide for Plain {
    async fn seen(&self) -> Vec<Seen> {
        self.0.seen().await
    }
}

#[test]
fn what_a_plain_far_side_lacks_is_named_and_never_failed() {
    let outcomes = run(channel_cases(async || {
        let whole = fixture(Fake::new(everything(TextUnit::Bytes), Fault::Nothing));
        let fake = Arc::new(Fake::new(everything(TextUnit::Bytes), Fault::Nothing));
        ChannelFixture::new(fake.clone(), whole.conversation, Arc::new(Plain(fake)))
    }));
    assert_eq!(failed(&outcomes), BTreeSet::new(), "{outcomes:#?}");
    for outcome in &outcomes {
        if let Verdict::Skipped(why) = &outcome.verdict {
            let whole = [
                "FarSide::",
                "ChannelFixture::",
                "not read_back",
                "not by_echo",
                "declared",
                "Channel::changed",
            ];
            assert!(whole.iter().any(|what| why.contains(what)), "{outcome:?}");
        }
    }
    assert!((5..14).contains(&skipped(&outcomes)), "{outcomes:#?}");
}

#[test]
fn claims_that_do_not_hold() {
    fails(Fault::ClaimsChange, &["C1 capabilities"], &["C3"]);
    fails(Fault::SendsNothing, &["C1 send"], &["C2", "C3 a text"]);
    fails(Fault::EditsNothing, &["C1 edit"], &["C3 a text"]);
    fails(Fault::DeletesNothing, &["C1 delete"], &["C9 what"]);
    fails(Fault::HidesNothing, &["C1 hide"], &[]);
    fails(Fault::NeverUnhides, &["C1 hide"], &[]);
    fails(Fault::ReactsNothing, &["C1 react"], &[]);
    fails(Fault::MarksNothing, &["C1 mark_read"], &[]);
    fails(Fault::AnswersNothing, &["C1 send"], &[]);
    fails(Fault::RepliesInPublic, &["C1 private_reply"], &[]);
}

#[test]
fn what_is_not_claimed_and_not_refused() {
    for fault in [
        Fault::DoesTheUnclaimed,
        Fault::AcceptsTheUnclaimed,
        Fault::SaysInvalidForUnclaimed,
        Fault::ChecksAfterTheRequest,
    ] {
        let claims = nothing().with(EffectName::Send, Support::Full);
        let outcomes = outcomes(move || Fake::new(claims.clone(), fault));
        let failed = failed(&outcomes);
        for name in [
            "private_reply",
            "edit",
            "delete",
            "hide",
            "react",
            "mark_read",
        ] {
            let case = format!("C1 {name} is as claimed");
            assert!(failed.contains(&*case), "{fault:?}: {failed:?}");
        }
        let plausible = |case: &&str| case.starts_with("C1") || case.starts_with("C4");
        assert!(failed.iter().all(plausible), "{fault:?}: {failed:?}");
    }
}

#[test]
fn doubles() {
    fails(
        Fault::SendsTwiceForOneKey,
        &["C2 one key, one message", "C2 one key at the same time"],
        &[],
    );
    fails(
        Fault::SendsTwiceUnderOneReceipt,
        &["C2 one key, one", "C2 one key at"],
        &[],
    );
    fails(Fault::LooksThenSends, &["C2 one key at the same time"], &[]);
    fails(Fault::TakesTheTextForTheKey, &["C2 two keys"], &["C5"]);
    fails(
        Fault::MakesUpTheSecondReceipt,
        &["C2 one key, one message"],
        &[],
    );
}

#[test]
fn texts_that_are_cut_or_let_through() {
    let published = ["C3 a text is published"];
    fails(
        Fault::CutsAtTheLimit,
        &["C3 a text at the limit"],
        &published,
    );
    let units = [
        (Fault::CountsBytes, TextUnit::Bytes),
        (Fault::CountsUtf16, TextUnit::Utf16),
        (Fault::CountsScalars, TextUnit::Scalars),
        (Fault::CountsGraphemes, TextUnit::Graphemes),
    ];
    for (fault, counted) in &units {
        for (_, claimed) in units.iter().filter(|(_, claimed)| claimed != counted) {
            let (fault, claims) = (*fault, everything(claimed.clone()));
            let outcomes = outcomes(move || Fake::new(claims.clone(), fault));
            let failed = failed(&outcomes);
            // The smaller unit refuses what is taken, the larger one takes what is refused.
            let of_limits = |case: &str| case.starts_with("C3 a text") && case.contains("limit");
            let told = format!("{fault:?} for {claimed}: {failed:?}");
            assert!(failed.iter().any(|case| of_limits(case)), "{told}");
            assert!(failed.iter().all(|case| case.starts_with("C3")), "{told}");
        }
    }
    fails(Fault::SendsOverTheLimit, &["C3 a text over the limit"], &[]);
    fails(
        Fault::ChecksAfterTheRequest,
        &["C3 a text over the limit", "C4", "C17 media that"],
        &[],
    );
}

#[test]
fn unknown_effects_that_are_not_refused() {
    fails(Fault::SendsTheUnknown, &["C4"], &[]);
    fails(Fault::AcceptsTheUnknown, &["C4"], &[]);
}

#[test]
fn probes_that_lie() {
    fails(Fault::ProbesAbsent, &["C5 what landed"], &[]);
    fails(Fault::ProbesFound, &["C5 what was never performed"], &[]);
    fails(Fault::ProbesByText, &["C5 what was never performed"], &[]);
    fails(
        Fault::ProbesByPerforming,
        &["C5 what was never performed"],
        &[],
    );
}

#[test]
fn polls_that_lose() {
    fails(Fault::SkipsBetweenPages, &["C6 polling loses nothing"], &[]);
    fails(
        Fault::CutsWhatItReads,
        &["C6 polling loses nothing"],
        &["C6 a text comes", "C8 distinct", "C10"],
    );
    fails(
        Fault::RemembersItsPlace,
        &["C6 the same cursor"],
        &["C6", "C7", "C8", "C10"],
    );
    fails(
        Fault::EmptyIsAnError,
        &["C6 an empty poll"],
        &["C6", "C7", "C8", "C10", "C11", "C17"],
    );
    fails(
        Fault::NeverEnds,
        &["C6"],
        &["C7", "C8", "C10", "C11", "C17"],
    );
}

#[test]
fn events_that_mislead() {
    fails(Fault::OwnAreInbound, &["C7"], &[]);
    fails(Fault::OwnUnderOtherKeys, &["C7"], &[]);
    fails(
        Fault::OtherAccount,
        &["C8 events bear"],
        &["C6", "C7", "C8 the unknown takes", "C10"],
    );
    fails(
        Fault::OneKeyForOneText,
        &["C8 distinct"],
        &["C6", "C7", "C8 the unknown takes", "C10"],
    );
    fails(Fault::NoRevisions, &["C8 distinct"], &["C10"]);
    fails(Fault::DropsTheUnknown, &["C8 the unknown"], &[]);
}

#[test]
fn receipts_that_lead_nowhere() {
    fails(Fault::OtherReceiptKey, &["C9 receipts name"], &[]);
    fails(
        Fault::ReceiptOfTheRequest,
        &["C1 send", "C9 what"],
        &["C1 edit", "C1 delete", "C3", "C5", "C7"],
    );
    fails(Fault::FetchesMarkup, &["C9 what"], &["C10 in any"]);
    fails(Fault::FetchesTheDeleted, &["C9 what"], &[]);
}

#[test]
fn a_panic_fails_what_performs_and_leaves_the_rest() {
    fails(
        Fault::Panics,
        &["C1 send", "C4"],
        &["C1", "C2", "C3", "C5", "C7", "C8", "C9"],
    );
}
