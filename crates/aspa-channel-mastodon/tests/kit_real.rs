//! The contract of channels on servers that really run: `.ci/mastodon` starts them.

mod common;

use aspa_testkit::channel_trials;
use common::{Real, fixture};
use libtest_mimic::{Arguments, Trial};

fn main() {
    let mut arguments = Arguments::from_args();
    // They share a server.
    arguments.test_threads = Some(1);
    let mut trials = Vec::new();
    for (name, prefix, slow) in [
        ("mastodon-mock", "ASPA_MASTODON", false),
        ("snac", "ASPA_SNAC", true),
    ] {
        match Real::from_env(prefix) {
            Some(mut real) => {
                real.slow = slow;
                trials.extend(channel_trials(name, async move || {
                    fixture(real.clone()).await
                }));
            }
            None => trials.push(
                Trial::test(format!("needs {prefix}_URL, see .ci/mastodon"), || Ok(()))
                    .with_kind(name)
                    .with_ignored_flag(true),
            ),
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}
