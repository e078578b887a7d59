//! The contract of webhooks, run on [`ChatWebhook`](aspa_channel_webchat::ChatWebhook).

mod common;
mod signing;

use aspa_testkit::libtest_mimic::{self, Arguments};
use aspa_testkit::webhook_trials;
use signing::{Hole, Page, SECRETS};

fn main() {
    let [new, old] = SECRETS;
    let mut trials = webhook_trials("webchat", Page::new(new, Hole::None));
    trials.extend(webhook_trials(
        "webchat, secret before",
        Page::new(old, Hole::None),
    ));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
