//! The contract of channels on X in memory: without and with a subscription, in both versions' names, and with
//! requests that are signed.

mod common;

use aspa_channel_x::Names;
use aspa_testkit::channel_trials;
use aspa_testkit::libtest_mimic::{self, Arguments};

fn main() {
    let mut trials = channel_trials("X", async || common::fixture(false, Names::Tweets));
    trials.extend(channel_trials("X, premium", async || {
        common::fixture(true, Names::Posts)
    }));
    trials.extend(channel_trials("X, OAuth 1.0a", async || common::signed()));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
