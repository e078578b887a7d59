//! The contract of channels, run on [`WordPressChannel`](aspa_channel_wordpress::WordPressChannel) and a
//! WordPress in memory.

mod common;

use std::sync::Arc;

use aspa_testkit::channel_trials;
use aspa_testkit::libtest_mimic::{self, Arguments};
use common::{Blog, fixture};

fn main() {
    let mut trials = channel_trials("wordpress", async || {
        fixture(Blog::new(), Blog::config(), |channel| Arc::new(channel))
    });
    trials.extend(channel_trials("wordpress, with the plugin", async || {
        let blog = Blog::new();
        blog.state().plugin = true;
        let mut config = Blog::config();
        config.watched = 40;
        fixture(blog, config, |channel| Arc::new(channel))
    }));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
