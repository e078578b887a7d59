//! The contract of channels on X in memory: without and with a subscription, and in both versions' names.

mod common;

use aspa_channel_x::Names;
use aspa_testkit::channel_trials;
use aspa_testkit::libtest_mimic::{self, Arguments};

fn main() {
    let mut trials = channel_trials("X", async || common::fixture(false, Names::Tweets));
    trials.extend(channel_trials("X, premium", async || {
        common::fixture(true, Names::Posts)
    }));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
