//! The contract of channels, run on both sides of a Page: below its posts, and in Messenger.

mod common;

use std::sync::Arc;

use aspa_testkit::channel_trials;
use aspa_testkit::libtest_mimic::{self, Arguments};
use common::{Shop, Side};

fn main() {
    let mut trials = channel_trials("page", async || {
        Shop::new().fixture(Side::BelowAPost, |_| {}, |channel| Arc::new(channel))
    });
    trials.extend(channel_trials("messenger", async || {
        Shop::new().fixture(Side::InMessenger, |_| {}, |channel| Arc::new(channel))
    }));
    trials.extend(channel_trials("messenger, human agent", async || {
        let shop = Shop::new();
        shop.graph.permit_human_agent();
        let change = |config: &mut aspa_channel_meta::PageConfig| config.human_agent = true;
        shop.fixture(Side::InMessenger, change, |channel| Arc::new(channel))
    }));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
