//! The contracts, run on the fake network with its faults, whatever it is set to do.
#![expect(
    clippy::unwrap_used,
    reason = "a test, which clippy cannot see without the harness"
)]

use std::sync::Arc;

use aspa_channel::{
    Capabilities, Channel, EffectName, Idempotency, RateBucket, Support, TextUnit, Window,
};
use aspa_testkit::libtest_mimic::{self, Arguments};
use aspa_testkit::{ChannelFixture, FakeNetwork, channel_trials};
use aspa_types::AccountId;

fn main() {
    let all = FakeNetwork::everything;
    let some = [EffectName::Edit, EffectName::Delete].into_iter();
    let few = some.fold(all(), |does, name| does.with(name, Support::Rejected));
    let timed = all()
        .with_window(Window::new("standard", 86_400))
        .with_edit_seconds(900)
        .with_delete_seconds(3_600)
        .with_private_reply_seconds(7 * 86_400);
    let mut without_media = all();
    without_media.media = None;
    let mut trials = Vec::new();
    for (name, does) in [
        ("fake", all()),
        ("fake, timed", timed),
        ("fake, few", few.with_text(20, TextUnit::Bytes)),
        ("fake, by echo", all().with_idempotency(Idempotency::ByEcho)),
        (
            "fake, rated",
            all().with_rate(RateBucket::new("all that writes", 30, 60)),
        ),
        ("fake, without media", without_media),
        (
            "fake, read back",
            all().with_idempotency(Idempotency::ReadBack),
        ),
        ("fake, keyless", all().with_idempotency(Idempotency::None)),
    ] {
        trials.extend(channel_trials(name, async move || fixture(does.clone())));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn fixture(does: Capabilities) -> ChannelFixture {
    let now = "2026-11-23T08:00:00Z".parse().unwrap();
    let network = FakeNetwork::with(AccountId::new("shop").unwrap(), does, now);
    let thread = network.conversation("thread").unwrap();
    let again = Arc::clone(&network);
    ChannelFixture::new(network.channel(), thread, network.clone())
        .with_faults(Arc::clone(network.faults()))
        .with_restart(move || -> Arc<dyn Channel> { again.channel() })
        .with_secret("fake-token-4f0f")
}
