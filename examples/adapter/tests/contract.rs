//! The contract of channels, run on the adapter over real connections to a forum in this process.
#![expect(
    clippy::unwrap_used,
    reason = "a test, which clippy cannot see without the harness"
)]

mod tori;

use std::sync::Arc;

use adapter::{Config, Tori};
use aspa_channel::{Channel, ConversationKey};
use aspa_http::ReqwestClient;
use aspa_testkit::libtest_mimic::{self, Arguments};
use aspa_testkit::{ChannelFixture, Faults, channel_trials};
use aspa_types::{AccountId, Network, Secret};
use tori::{Forum, TOKEN, now};

fn main() {
    let trials = channel_trials("tori", fixture);
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

async fn fixture() -> ChannelFixture {
    let (forum, url) = Forum::serve().await;
    let faults = Faults::between(Arc::new(ReqwestClient::new().unwrap()), now);
    let faults = Arc::new(faults);
    let config = Config {
        account: AccountId::new("tori-shop").unwrap(),
        network: Network::new("tori").unwrap(),
        url,
        user: "shop".to_owned(),
        token: Secret::new(TOKEN),
    };
    let http = faults.clone();
    let make =
        move || -> Arc<dyn Channel> { Arc::new(Tori::new(config.clone(), http.clone(), now)) };
    let topic = ConversationKey::new(AccountId::new("tori-shop").unwrap(), "parcels").unwrap();
    ChannelFixture::new(make(), topic, forum)
        .with_faults(faults)
        .with_restart(make)
        .with_secret(TOKEN)
}
