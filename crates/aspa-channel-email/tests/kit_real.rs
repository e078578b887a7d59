//! The contract of channels on a Postfix and a Dovecot that really run: `.ci/email` starts them.

mod common;

use std::sync::Arc;

use aspa_testkit::channel_trials;
use aspa_testkit::libtest_mimic::{Arguments, Trial, run};
use common::real::Real;
use common::{Net, fixture, right};

fn main() {
    let mut arguments = Arguments::from_args();
    // They share a server.
    arguments.test_threads = Some(1);
    let trials = match Real::from_env() {
        Some(real) => channel_trials("Postfix and Dovecot", async move || {
            fixture(&Net::at(Arc::new(real.clone())), right)
        }),
        None => vec![
            Trial::test("needs ASPA_MAIL_HOME, see .ci/email", || Ok(())).with_ignored_flag(true),
        ],
    };
    run(&arguments, trials).exit();
}
