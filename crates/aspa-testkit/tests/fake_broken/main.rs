//! The kit itself, where it needs a network that can fail: a channel of the fake network with one
//! fault fails the case of that fault and no other rule's but where the fault shows there too.
#![expect(clippy::unwrap_used, reason = "a test, helpers included")]

mod broken;

use std::collections::BTreeSet;
use std::sync::Arc;

use aspa_channel::{
    Capabilities, Channel, EffectName, Idempotency, MediaLimit, RateBucket, Support, TextUnit,
    Window,
};
use aspa_testkit::{ChannelFixture, FakeNetwork, Outcome, Verdict, channel_cases, run};
use aspa_types::AccountId;
use broken::{Broken, Fault, TOKEN};

/// Everything, within times.
fn timed() -> Capabilities {
    let mut media = MediaLimit::new(2);
    media.bytes = Some(10_000);
    media.types = vec!["image/png".to_owned(), "image/jpeg".to_owned()];
    FakeNetwork::everything()
        .with_media(media)
        .with_window(Window::new("standard", 86_400))
        .with_edit_seconds(900)
        .with_delete_seconds(3_600)
        .with_private_reply_seconds(7 * 86_400)
}

fn outcomes(fault: Fault, does: &Capabilities, claims: &Capabilities) -> Vec<Outcome> {
    let (does, claims) = (does.clone(), claims.clone());
    run(channel_cases(async move || {
        let now = "2026-11-23T08:00:00Z".parse().unwrap();
        let account = AccountId::new("shop").unwrap();
        let network = FakeNetwork::with(account, does.clone(), now);
        let thread = network.conversation("thread").unwrap();
        let (again, claims) = (Arc::clone(&network), claims.clone());
        let make = move || -> Arc<dyn Channel> {
            let channel = || again.channel_claiming(claims.clone());
            Arc::new(Broken::new(fault, [channel(), channel()]))
        };
        ChannelFixture::new(make(), thread, network.clone())
            .with_faults(Arc::clone(network.faults()))
            .with_restart(make)
            .with_secret(TOKEN)
    }))
}

fn failed(outcomes: &[Outcome]) -> BTreeSet<&str> {
    let failed = outcomes
        .iter()
        .filter(|o| matches!(o.verdict, Verdict::Failed(_)));
    failed.map(|o| o.name.as_str()).collect()
}

/// What begins with one of `must` fails, what begins with one of `may` may fail too, and nothing else
/// does.
fn check(told: &str, outcomes: &[Outcome], must: &[&str], may: &[&str]) {
    let failed = failed(outcomes);
    for name in must {
        let found = failed.iter().any(|case| case.starts_with(name));
        assert!(found, "{told} does not fail {name}: {failed:?}");
    }
    for case in &failed {
        let plausible = must.iter().chain(may).any(|name| case.starts_with(name));
        assert!(plausible, "{told} fails {case}: {outcomes:#?}");
    }
}

fn fails(fault: Fault, must: &[&str], may: &[&str]) {
    let outcomes = outcomes(fault, &timed(), &timed());
    check(&format!("{fault:?}"), &outcomes, must, may);
}

fn fails_with(fault: Fault, claimed: Idempotency, kept: Idempotency, must: &[&str], may: &[&str]) {
    let claims = timed().with_idempotency(claimed);
    let does = timed().with_idempotency(kept);
    check(
        &format!("{fault:?}"),
        &outcomes(fault, &does, &claims),
        must,
        may,
    );
}

#[test]
fn the_whole_channel_passes() {
    fails(Fault::Nothing, &[], &[]);
}

#[test]
fn claims_that_the_network_refutes() {
    let few = timed()
        .with(EffectName::Edit, Support::Rejected)
        .with(EffectName::Hide, Support::Rejected);
    let refuted = outcomes(Fault::Nothing, &few, &timed());
    let edits = [
        "C3 a text",
        "C5 what landed",
        "C13 every",
        "C16 the window for editing",
    ];
    check("edits", &refuted, &["C1 edit", "C1 hide"], &edits);

    let short = timed().with_text(100, TextUnit::Graphemes);
    let refuted = outcomes(Fault::Nothing, &short, &timed());
    check("short", &refuted, &["C3 a text at the limit"], &[]);
    let utf16 = timed().with_text(500, TextUnit::Utf16);
    let refuted = outcomes(Fault::Nothing, &utf16, &timed());
    check("another unit", &refuted, &["C3 a text at the limit"], &[]);

    let must = [
        "C2 one key, one message",
        "C2 one key at",
        "C2 one key over",
    ];
    let may = ["C13 done"];
    fails_with(
        Fault::Nothing,
        Idempotency::Native,
        Idempotency::ReadBack,
        &must,
        &may,
    );

    for (longer, case) in [
        (timed().with_edit_seconds(1_000), "editing"),
        (timed().with_delete_seconds(9_000), "deleting"),
        (timed().with_delete_seconds(1_000), "deleting"),
        (timed().with_private_reply_seconds(9 * 86_400), "private"),
        (timed().with_window(Window::new("long", 90_000)), "sending"),
    ] {
        let refuted = outcomes(Fault::Nothing, &timed(), &longer);
        let case = format!("C16 the window for {case}");
        check(&case, &refuted, &[&case], &[]);
    }
}

#[test]
fn what_only_one_process_knows() {
    let native = Idempotency::Native;
    fails_with(
        Fault::RemembersKeysItself,
        native,
        Idempotency::ReadBack,
        &["C2 one key over a restart"],
        &["C2 one key at", "C13 done"],
    );
    fails(
        Fault::ProbesItsMemory,
        &["C5 a new process finds", "C13 done and cut", "C13 every"],
        &["C13 done"],
    );
    fails(
        Fault::KnowsOnlyItsOwnCursors,
        &["C6 a cursor outlives"],
        &[],
    );
    fails(Fault::CollectsCursors, &["C6 a cursor outlives"], &[]);
}

#[test]
fn claims_of_reading_back_that_are_empty() {
    let (read_back, by_echo) = (Idempotency::ReadBack, Idempotency::ByEcho);
    let must = ["C5 what reads back"];
    fails_with(Fault::NeverProbes, read_back.clone(), read_back, &must, &[]);
    let must = ["C7 an echo bears"];
    fails_with(Fault::EchoesNoKey, by_echo.clone(), by_echo, &must, &[]);
}

#[test]
fn polls_that_lose_when_something_fails() {
    fails(
        Fault::SwallowsFailures,
        &[
            "C6 a poll that fails",
            "C12 throttled while reading",
            "C14 expired while",
        ],
        &[],
    );
    fails(
        Fault::MovesOnBeforeItReads,
        &["C6 a poll given up"],
        &["C6 a poll that", "C12 throttled while", "C14 expired while"],
    );
    fails(Fault::ReadsItAll, &["C6 pages are bounded"], &[]);
    fails(
        Fault::TripsOverTheVanished,
        &["C6 what vanishes"],
        &["C10 in any order", "C10 a delete"],
    );
}

#[test]
fn changes_that_are_not_told() {
    fails(
        Fault::CountsNoEdits,
        &["C10 an edit", "C10 of edits in a row"],
        &["C8 distinct", "C10 in any"],
    );
    fails(
        Fault::CountsToOne,
        &["C10 an edit", "C10 of edits", "C10 in any order"],
        &[],
    );
    fails(Fault::DropsDeletes, &["C10 a delete"], &[]);
    fails(
        Fault::ForgetsWhenHidden,
        &["C10 hidden, shown"],
        &["C10 in any"],
    );
    fails(Fault::DropsHandles, &["C10 a new name"], &[]);
    fails(Fault::TakesNamesForKeys, &["C10 a new name"], &[]);
    fails(Fault::DropsMoves, &["C10 a new id"], &[]);
}

#[test]
fn threads_that_lose_their_shape() {
    fails(Fault::Flattens, &["C11 a thread keeps"], &["C11 an answer"]);
    fails(Fault::TearsThreads, &["C11 a thread keeps"], &["C11"]);
    fails(Fault::FlattensOurs, &["C11 an answer of ours"], &[]);
    fails(Fault::OneConversation, &["C11 two threads"], &[]);
}

#[test]
fn waits_that_are_misheard() {
    let hints = [
        "C12 throttled, to wait so many seconds",
        "C12 throttled, to wait until a date",
        "C12 throttled until a reset since 1970",
        "C12 throttled until a reset in ISO 8601",
    ];
    let (none, reading) = (
        "C12 throttled without a hint",
        "C12 throttled while reading",
    );
    let with = |more: &[&'static str]| [&hints[..], more].concat();
    let restart = ["C20 a restart"];
    fails(Fault::ForgetsTheWait, &with(&[reading]), &restart);
    fails(Fault::WaitsInMinutes, &with(&[reading]), &restart);
    let all = with(&[none, reading]);
    fails(Fault::ThrottledIsUnavailable, &all, &restart);
    fails(Fault::ThrottledIsMaybe, &all, &restart);
    fails(Fault::RepeatsThrottled, &with(&[none]), &[]);
}

#[test]
fn lost_answers_of_which_too_much_is_said() {
    let open = [
        "C13 sent",
        "C13 done and cut",
        "C13 done and a 5xx",
        "C13 done and nonsense",
    ];
    fails(Fault::SaysNo, &open, &["C13 every"]);
    fails(Fault::SaysNoOfEdits, &["C13 every"], &[]);
    fails(
        Fault::SaysMaybeWithoutConnection,
        &["C13 without a connection"],
        &[],
    );
    fails(Fault::RepeatsTheUnanswered, &open, &["C13 every"]);
    fails(
        Fault::TakesNonsenseForSuccess,
        &["C13 done and nonsense"],
        &[],
    );
}

#[test]
fn credentials_windows_and_secrets() {
    let told = ["C14 expired credentials", "C14 expired while"];
    fails(Fault::ExpiredIsForbidden, &told, &[]);
    let windows = ["editing", "deleting", "sending", "private replies"];
    let windows = windows.map(|of| format!("C16 the window for {of}"));
    fails(
        Fault::ClosedIsForbidden,
        &windows.each_ref().map(String::as_str),
        &[],
    );
    fails(Fault::ShowsItsToken, &["C15"], &[]);
    // Every error of every case is looked at.
    let any = ["C3", "C6", "C12", "C13", "C14", "C16", "C17", "C19", "C20"];
    fails(Fault::TellsItsToken, &["C15", "C13", "C12"], &any);
    fails(Fault::TellsTheText, &["C15", "C13", "C12"], &any);
}

#[test]
fn media_that_are_lost_or_let_through() {
    fails(Fault::DropsMedia, &["C17 what customers attach"], &[]);
    fails(Fault::DropsTheTextOfMedia, &["C17 what customers"], &[]);
    fails(Fault::MakesUpMediaTypes, &["C17 what customers"], &[]);
    fails(Fault::TakesPreviewsForFiles, &["C17 what customers"], &[]);
    fails(
        Fault::SendsOnePiece,
        &["C17 media go along"],
        &["C17 media that"],
    );
    let both = ["C17 media go along", "C17 media that"];
    fails(Fault::LeavesMediaOut, &both, &[]);
    fails(Fault::TakesTooManyMedia, &["C17 media that"], &[]);
    fails(Fault::TakesAnyMedia, &["C17 media that"], &[]);
    fails(Fault::SaysUnsupportedForMedia, &["C17 media that"], &[]);
    let mut none = timed();
    none.media = None;
    let dropped = outcomes(Fault::LeavesMediaOut, &none, &none);
    check("none", &dropped, &["C17 media that"], &[]);
}

#[test]
fn rates_that_do_not_hold() {
    let rate = ["C18"];
    let rated = timed().with_rate(RateBucket::new("all that writes", 30, 60));
    check("whole", &outcomes(Fault::Nothing, &rated, &rated), &[], &[]);
    let unheld = outcomes(Fault::Nothing, &timed(), &rated);
    check("unheld", &unheld, &rate, &[]);
    let sends = timed().with_rate(RateBucket::new("send", 30, 60));
    let (slack, more) = (
        timed().with_rate(RateBucket::new("send", 60, 60)),
        RateBucket::new("send", 30, 10),
    );
    check(
        "slack",
        &outcomes(Fault::Nothing, &slack, &sends),
        &rate,
        &[],
    );
    let faster = timed().with_rate(more);
    check(
        "faster",
        &outcomes(Fault::Nothing, &faster, &sends),
        &rate,
        &[],
    );
    let told = ["C12", "C20"];
    for fault in [
        Fault::RefusesRatesWithoutWait,
        Fault::WaitsTooShort,
        Fault::TellsRatesAsForbidden,
    ] {
        let outcomes = outcomes(fault, &sends, &sends);
        check(&format!("{fault:?}"), &outcomes, &rate, &told);
    }
}

#[test]
fn waits_that_do_not_wake() {
    let (wakes, between, breaks) = (
        "C19 a change",
        "C19 nothing is missed",
        "C19 a wait that breaks",
    );
    fails(Fault::NeverWakes, &[wakes, between], &[]);
    fails(Fault::Spins, &[wakes, between], &[]);
    fails(Fault::HearsOnlyWhileItWaits, &[between], &[wakes, breaks]);
    fails(Fault::ForgetsWhenGivenUp, &[between], &[wakes]);
    fails(Fault::HangsOnceBroken, &[breaks], &[]);
    fails(Fault::SaysUnsupportedOnceBroken, &[breaks], &[]);
}

#[test]
fn waits_that_a_restart_forgets() {
    let keeps = ["C20 a restart keeps"];
    fails(Fault::ForgetsTheWaitOnRestart, &keeps, &[]);
    fails(Fault::WaitsAnewOnRestart, &keeps, &["C20 what is no"]);
    fails(Fault::SnapshotsItsToken, &keeps, &[]);
    fails(Fault::SnapshotsTexts, &keeps, &[]);
    fails(
        Fault::TakesAnythingForAWait,
        &["C20 what is no snapshot"],
        &keeps,
    );
}

#[test]
fn texts_that_change_on_the_way() {
    let published = ["C3 a text is published"];
    for fault in [Fault::Composes, Fault::EscapesForHtml, Fault::JoinsLines] {
        fails(fault, &published, &[]);
    }
    // The ä of every text of the kit is one letter.
    fails(Fault::Decomposes, &published, &["C"]);
    fails(Fault::DecodesTwice, &["C6 a text comes"], &[]);
}

#[test]
fn what_a_hostile_expert_would_hide() {
    let rows = ["C10 of edits in a row"];
    fails(Fault::NumbersEditsBackwards, &rows, &["C10"]);
    fails(
        Fault::MovesPastWhatItCannotDecode,
        &["C8 the unknown takes"],
        &[],
    );
    fails(Fault::AnswersInPublic, &["C11 what answers a private"], &[]);
}
