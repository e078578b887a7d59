//! The contract of channels, run on the channel that lives in memory: what an adapter's own test
//! looks like.
#![expect(
    clippy::unwrap_used,
    reason = "a test, which clippy cannot see without the harness"
)]

use std::sync::Arc;

use aspa_channel::{ConversationKey, MemoryChannel};
use aspa_testkit::libtest_mimic::{self, Arguments};
use aspa_testkit::{ChannelFixture, channel_trials};
use aspa_types::AccountId;

fn main() {
    let mut trials = channel_trials("memory", || async { fixture(500) });
    trials.extend(channel_trials("memory, short", || async { fixture(20) }));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn fixture(max_text: usize) -> ChannelFixture {
    let account = AccountId::new("shop").unwrap();
    let conversation = ConversationKey::new(account.clone(), "thread-7").unwrap();
    let channel = Arc::new(MemoryChannel::new(account).with_max_text(max_text));
    let network = channel.clone();
    ChannelFixture::new(channel.clone(), conversation, channel)
        .with_restart(move || network.clone())
}
