mod claims;
mod fixture;
mod memory;
mod polling;
mod sending;
mod stage;
mod texts;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use aspa_channel::EffectName;
use libtest_mimic::Trial;

pub use fixture::{ChannelFixture, FarSide, Seen};

use crate::case::{Case, Checked, Verdict, fault, trials, verdict};
use stage::Stage;

/// After this a case is taken to hang.
const PATIENCE: Duration = Duration::from_secs(60);

type Check = for<'a> fn(&'a Stage) -> Pin<Box<dyn Future<Output = Checked> + 'a>>;

/// The contract of [`Channel`](aspa_channel::Channel), C1 to C9, as trials for [`libtest_mimic`],
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
        Case::new(name, move || on_runtime(name, &*make, check, PATIENCE))
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
    ("C3 a text at the limit arrives whole", |s| {
        Box::pin(sending::at_the_limit(s))
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
    ("C6 polling loses nothing", |s| {
        Box::pin(polling::loses_nothing(s))
    }),
    ("C6 the same cursor brings the same or more", |s| {
        Box::pin(polling::same_cursor(s))
    }),
    ("C6 an empty poll is no error", |s| {
        Box::pin(polling::empty_poll(s))
    }),
    ("C7 own messages are ours", |s| {
        Box::pin(polling::own_are_ours(s))
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
    ("C9 receipts name their effect and account", |s| {
        Box::pin(sending::receipts_name(s))
    }),
    ("C9 what a receipt names can be fetched", |s| {
        Box::pin(sending::receipts_lead_back(s))
    }),
];

fn on_runtime(
    name: &'static str,
    make: &impl AsyncFn() -> ChannelFixture,
    check: Check,
    patience: Duration,
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
        let checked = tokio::time::timeout(patience, check(&stage)).await;
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

    #[test]
    fn what_hangs_fails_in_time() {
        let make = async || {
            let network = MemoryChannel::new(aspa_types::AccountId::new("shop").unwrap());
            let thread = ConversationKey::new(network.account().clone(), "thread").unwrap();
            let network = Arc::new(network);
            ChannelFixture::new(network.clone(), thread, network)
        };
        let hangs: Check = |_| Box::pin(std::future::pending());
        let verdict = on_runtime("C0 hangs", &make, hangs, Duration::from_millis(5));
        assert!(matches!(verdict, Verdict::Failed(why) if why.contains("an end within 5ms")));
    }
}
