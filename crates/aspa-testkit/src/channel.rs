mod changes;
mod claims;
mod fixture;
mod listener;
mod media;
mod memory;
mod polling;
mod rates;
mod recovery;
mod sending;
mod stage;
mod texts;
mod threads;
mod trouble;
mod waits;
mod waking;
mod windows;

use std::pin::Pin;
use std::sync::Arc;

use aspa_channel::{EffectName, ErrorKind};
use libtest_mimic::Trial;

pub use fixture::{Attachment, ChannelFixture, FarSide, Seen};

use crate::case::{Case, Checked, Verdict, fault, trials, verdict};
use crate::faults::{Hint, HttpFault};
use stage::Stage;

type Check = for<'a> fn(&'a Stage) -> Pin<Box<dyn Future<Output = Checked> + 'a>>;

/// The contract of [`Channel`](aspa_channel::Channel), C1 to C20, as trials for [`libtest_mimic`],
/// shown as `[name] C2 one key, one message`.
///
/// `make` is called once for each trial, on that trial's own single-threaded tokio runtime with IO
/// and time enabled, and gives a channel on a network where nothing has happened yet.
#[must_use]
pub fn channel_trials(
    name: &str,
    make: impl AsyncFn() -> ChannelFixture + Send + Sync + 'static,
) -> Vec<Trial> {
    trials(name, channel_cases(make))
}

/// The same as plain [cases](Case), for whoever wants to look at the outcomes.
#[must_use]
pub fn channel_cases(make: impl AsyncFn() -> ChannelFixture + Send + Sync + 'static) -> Vec<Case> {
    let make = Arc::new(make);
    let case = |&(name, check): &(&'static str, Check)| {
        let make = Arc::clone(&make);
        Case::new(name, move || on_runtime(name, &*make, check))
    };
    CASES.iter().map(case).collect()
}

const CASES: &[(&str, Check)] = &[
    ("C1 capabilities are the same each time", |s| {
        Box::pin(claims::steady(s))
    }),
    ("C1 send is as claimed", |s| {
        Box::pin(claims::hold(s, EffectName::Send))
    }),
    ("C1 private_reply is as claimed", |s| {
        Box::pin(claims::hold(s, EffectName::PrivateReply))
    }),
    ("C1 edit is as claimed", |s| {
        Box::pin(claims::hold(s, EffectName::Edit))
    }),
    ("C1 delete is as claimed", |s| {
        Box::pin(claims::hold(s, EffectName::Delete))
    }),
    ("C1 hide is as claimed", |s| {
        Box::pin(claims::hold(s, EffectName::Hide))
    }),
    ("C1 react is as claimed", |s| {
        Box::pin(claims::hold(s, EffectName::React))
    }),
    ("C1 mark_read is as claimed", |s| {
        Box::pin(claims::hold(s, EffectName::MarkRead))
    }),
    ("C2 one key, one message", |s| Box::pin(sending::one_key(s))),
    ("C2 one key at the same time, one message", |s| {
        Box::pin(sending::one_key_at_once(s))
    }),
    ("C2 two keys, two messages", |s| {
        Box::pin(sending::two_keys(s))
    }),
    ("C2 one key over a restart, one message", |s| {
        Box::pin(recovery::one_key_after_a_restart(s))
    }),
    ("C3 a text at the limit arrives whole", |s| {
        Box::pin(sending::at_the_limit(s))
    }),
    ("C3 a text is published as it was written", |s| {
        Box::pin(sending::as_written(s))
    }),
    ("C3 a text over the limit is refused", |s| {
        Box::pin(sending::over_the_limit(s))
    }),
    ("C4 unknown effects are refused", |s| {
        Box::pin(sending::unknown_effects(s))
    }),
    ("C5 what landed is never absent", |s| {
        Box::pin(sending::landed_is_not_absent(s))
    }),
    ("C5 what was never performed is never found", |s| {
        Box::pin(sending::unperformed_is_not_found(s))
    }),
    ("C5 a new process finds what landed", |s| {
        Box::pin(recovery::probed_by_another(s))
    }),
    ("C5 what reads back is found", |s| {
        Box::pin(recovery::read_back(s))
    }),
    ("C6 polling loses nothing", |s| {
        Box::pin(polling::loses_nothing(s))
    }),
    ("C6 a text comes as it was written", |s| {
        Box::pin(polling::as_written(s))
    }),
    ("C6 the same cursor brings the same or more", |s| {
        Box::pin(polling::same_cursor(s))
    }),
    ("C6 an empty poll is no error", |s| {
        Box::pin(polling::empty_poll(s))
    }),
    ("C6 a poll that fails loses nothing", |s| {
        Box::pin(async {
            let kinds = [ErrorKind::Unavailable, ErrorKind::Protocol];
            recovery::failing(s, &recovery::outages(), &kinds).await
        })
    }),
    ("C6 a poll given up loses nothing", |s| {
        Box::pin(recovery::given_up(s))
    }),
    ("C6 a cursor outlives the process", |s| {
        Box::pin(recovery::outlived(s))
    }),
    ("C6 pages are bounded", |s| Box::pin(recovery::bounded(s))),
    ("C6 what vanishes leaves the rest", |s| {
        Box::pin(recovery::vanishing(s))
    }),
    ("C7 own messages are ours", |s| {
        Box::pin(polling::own_are_ours(s))
    }),
    ("C7 an echo bears our key", |s| {
        Box::pin(recovery::echo_bears_our_key(s))
    }),
    ("C8 events bear our account", |s| {
        Box::pin(polling::labelled(s))
    }),
    ("C8 distinct things have distinct keys", |s| {
        Box::pin(polling::distinct_keys(s))
    }),
    ("C8 the unknown is kept", |s| {
        Box::pin(polling::unknown_is_kept(s))
    }),
    ("C8 the unknown takes nothing along", |s| {
        Box::pin(polling::unknown_takes_nothing_along(s))
    }),
    ("C9 receipts name their effect and account", |s| {
        Box::pin(sending::receipts_name(s))
    }),
    ("C9 what a receipt names can be fetched", |s| {
        Box::pin(sending::receipts_lead_back(s))
    }),
    ("C10 an edit is told", |s| Box::pin(changes::edited(s))),
    ("C10 of edits in a row the last one counts", |s| {
        Box::pin(changes::edited_in_a_row(s))
    }),
    ("C10 a delete is told", |s| Box::pin(changes::deleted(s))),
    ("C10 hidden, shown and hidden again", |s| {
        Box::pin(changes::hidden(s))
    }),
    ("C10 a new name keeps the handle", |s| {
        Box::pin(changes::renamed(s))
    }),
    ("C10 a new id is told", |s| Box::pin(changes::moved(s))),
    ("C10 in any order, any number of times", |s| {
        Box::pin(changes::any_order(s))
    }),
    ("C11 a thread keeps its shape", |s| {
        Box::pin(threads::keeps_its_shape(s))
    }),
    ("C11 an answer of ours is in its thread", |s| {
        Box::pin(threads::ours_is_in_it(s))
    }),
    ("C11 what answers a private message is private", |s| {
        Box::pin(threads::stays_private(s))
    }),
    ("C11 two threads are two", |s| {
        Box::pin(threads::two_are_two(s))
    }),
    ("C12 throttled, to wait so many seconds", |s| {
        Box::pin(trouble::throttled(s, Hint::Seconds))
    }),
    ("C12 throttled, to wait until a date", |s| {
        Box::pin(trouble::throttled(s, Hint::Date))
    }),
    ("C12 throttled until a reset since 1970", |s| {
        Box::pin(trouble::throttled(s, Hint::ResetEpoch))
    }),
    ("C12 throttled until a reset in ISO 8601", |s| {
        Box::pin(trouble::throttled(s, Hint::ResetIso))
    }),
    ("C12 throttled without a hint", |s| {
        Box::pin(trouble::throttled(s, Hint::Nothing))
    }),
    ("C12 throttled while reading", |s| {
        Box::pin(trouble::throttled_reading(s))
    }),
    ("C13 without a connection nothing landed", |s| {
        Box::pin(trouble::no_connection(s))
    }),
    ("C13 sent and not done is open", |s| {
        Box::pin(trouble::nothing_came_of_it(s))
    }),
    ("C13 done and cut is open", |s| {
        Box::pin(async { trouble::answer_lost(s, &trouble::cuts()).await })
    }),
    ("C13 done and a 5xx is open", |s| {
        Box::pin(async { trouble::answer_lost(s, &trouble::server_errors()).await })
    }),
    ("C13 done and nonsense is open", |s| {
        Box::pin(async { trouble::answer_lost(s, &trouble::nonsense()).await })
    }),
    ("C13 every effect done and cut is open", |s| {
        Box::pin(trouble::every_effect_is_left_open(s))
    }),
    ("C14 expired credentials are told", |s| {
        Box::pin(trouble::expired(s))
    }),
    ("C14 expired while reading, nothing is lost", |s| {
        Box::pin(async {
            let wrongs = [HttpFault::Expired];
            recovery::failing(s, &wrongs, &[ErrorKind::Unauthorized]).await
        })
    }),
    ("C15 secrets stay inside", |s| {
        Box::pin(trouble::secrets_stay_inside(s))
    }),
    ("C16 the window for sending holds", |s| {
        Box::pin(windows::hold(s, EffectName::Send))
    }),
    ("C16 the window for private replies holds", |s| {
        Box::pin(windows::hold(s, EffectName::PrivateReply))
    }),
    ("C16 the window for editing holds", |s| {
        Box::pin(windows::hold(s, EffectName::Edit))
    }),
    ("C16 the window for deleting holds", |s| {
        Box::pin(windows::hold(s, EffectName::Delete))
    }),
    ("C17 what customers attach arrives", |s| {
        Box::pin(media::arrives(s))
    }),
    ("C17 media go along as declared", |s| {
        Box::pin(media::goes_along(s))
    }),
    ("C17 media that are not declared are refused", |s| {
        Box::pin(media::refused(s))
    }),
    ("C18 declared rates hold", |s| Box::pin(rates::hold(s))),
    ("C19 a change wakes whoever waits", |s| {
        Box::pin(waking::wakes(s))
    }),
    ("C19 nothing is missed between two waits", |s| {
        Box::pin(waking::misses_nothing(s))
    }),
    ("C19 a wait that breaks is told, and heals", |s| {
        Box::pin(waking::breaks(s))
    }),
    ("C20 a restart keeps the wait", |s| {
        Box::pin(waits::outlives(s))
    }),
    ("C20 what is no snapshot is passed over", |s| {
        Box::pin(waits::no_snapshot(s))
    }),
];

fn on_runtime(
    name: &'static str,
    make: &impl AsyncFn() -> ChannelFixture,
    check: Check,
) -> Verdict {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(e) => return Verdict::Failed(format!("{name}: no runtime: {e}")),
    };
    let checked = runtime.block_on(async {
        let stage = Stage::new(name, make().await);
        let patience = stage.fixture.patience;
        let checked = tokio::time::timeout(patience, check(&stage)).await;
        let checked = checked.map(|checked| match checked {
            // A leak shows whatever else went wrong; a skipped case may have left a script behind.
            Ok(()) => stage.end(),
            Err(stop) => stage.leaked().and(Err(stop)),
        });
        checked.unwrap_or_else(|_| {
            fault(
                format!("an end within {patience:?}"),
                "none",
                "a lock held across an await, a request without a time-out, or a far side that \
                 waits for what never comes",
            )
        })
    });
    verdict(name, checked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aspa_channel::{Channel, ConversationKey, MemoryChannel};
    use std::time::Duration;

    #[test]
    fn what_hangs_fails_in_time() {
        let make = async || {
            let network = MemoryChannel::new(aspa_types::AccountId::new("shop").unwrap());
            let thread = ConversationKey::new(network.account().clone(), "thread").unwrap();
            let network = Arc::new(network);
            ChannelFixture::new(network.clone(), thread, network)
                .with_patience(Duration::from_millis(5))
        };
        let hangs: Check = |_| Box::pin(std::future::pending());
        let verdict = on_runtime("C0 hangs", &make, hangs);
        assert!(matches!(verdict, Verdict::Failed(why) if why.contains("an end within 5ms")));
    }
}
