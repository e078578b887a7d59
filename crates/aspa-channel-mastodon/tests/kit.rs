//! The contract of channels on servers of three kinds in memory.

mod fake;
#[path = "fake/far_side.rs"]
mod far_side;

use aspa_testkit::channel_trials;
use fake::Kind;
use libtest_mimic::Arguments;

fn main() {
    let kinds = [
        ("Mastodon", Kind::Mastodon),
        ("GoToSocial", Kind::GoToSocial),
        ("snac", Kind::Snac),
    ];
    let trials =
        kinds.map(|(name, kind)| channel_trials(name, async move || far_side::fixture(kind).await));
    libtest_mimic::run(
        &Arguments::from_args(),
        trials.into_iter().flatten().collect(),
    )
    .exit();
}
