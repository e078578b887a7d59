//! The contract of channels, run on [`WebChat`](aspa_channel_webchat::WebChat) over a transcript in
//! memory, with what visitors write polled from the webhook.

mod common;

use aspa_testkit::channel_trials;
use aspa_testkit::libtest_mimic::{self, Arguments};
use common::{Chat, Fault};

fn main() {
    let trials = channel_trials("webchat", async || Chat::fixture(Fault::Nothing));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
