//! The contract of channels, on the server within the test.

mod common;

use std::sync::Arc;

use aspa_testkit::channel_trials;
use aspa_testkit::libtest_mimic::{Arguments, run};
use common::fake::Fake;
use common::{Net, fixture, right};

fn main() {
    let trials = channel_trials("e-mail", async || {
        fixture(&Net::at(Arc::new(Fake::start().await)), right)
    });
    run(&Arguments::from_args(), trials).exit();
}
