//! The contract of channels, run on [`ApiChannel`] over real connections to a host that keeps its
//! side of the protocol strictly.
#![expect(
    clippy::unwrap_used,
    reason = "a test, which clippy cannot see without the harness"
)]

mod common;
mod host;

use std::borrow::Cow;
use std::sync::Arc;

use aspa_channel::{
    Capabilities, Channel, ConversationKey, Cursor, Effect, EffectName, Error, ErrorKind, Page,
    Probe, Receipt, Received, Webhook,
};
use aspa_channel_api::{ApiChannel, ApiWebhook, ChannelConfig, WebhookConfig};
use aspa_http::ReqwestClient;
use aspa_testkit::libtest_mimic::{self, Arguments};
use aspa_testkit::{ChannelFixture, Faults, channel_trials};
use aspa_types::{AccountId, Network, Secret};
use async_trait::async_trait;
use common::{delivery, now, signature};
use host::{Answers, CALLBACK_SECRET, Host};
use serde_json::json;

const WEBHOOK_SECRET: &str = "whsec-0123456789abcdef";

/// How many events the host posts in one delivery.
const BATCH: usize = 10;

fn main() {
    let mut trials = channel_trials("api", async || {
        let (host, url) = Host::serve(Answers::Fully, 10_000).await;
        let make = move |faults| -> Arc<dyn Channel> { Arc::new(channel(config(&url), faults)) };
        fixture(host, make)
    });
    for (name, answers, max_text) in [
        ("api and webhook", Answers::Fully, 10_000),
        ("api, 409 for repeats", Answers::Conflict, 20),
        ("api, curt host", Answers::Curtly, 10),
    ] {
        trials.extend(channel_trials(name, async move || {
            let (host, url) = Host::serve(answers, max_text).await;
            let mut config = config(&url);
            config.max_text = max_text;
            config.effects = EffectName::KNOWN.iter().copied().map(Into::into).collect();
            let at = Arc::clone(&host);
            let make = move |faults| -> Arc<dyn Channel> {
                Arc::new(BothWays {
                    channel: channel(config.clone(), faults),
                    webhook: webhook(),
                    host: Arc::clone(&at),
                })
            };
            fixture(host, make)
        }));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn account() -> AccountId {
    AccountId::new("app").unwrap()
}

fn config(url: &str) -> ChannelConfig {
    ChannelConfig::new(account(), url, Secret::new(CALLBACK_SECRET))
}

fn channel(config: ChannelConfig, faults: Arc<Faults>) -> ApiChannel {
    ApiChannel::new(config, faults, now).unwrap()
}

fn webhook() -> ApiWebhook {
    ApiWebhook::new(WebhookConfig::new(account(), Secret::new(WEBHOOK_SECRET))).unwrap()
}

fn fixture(
    host: Arc<Host>,
    make: impl Fn(Arc<Faults>) -> Arc<dyn Channel> + Send + Sync + 'static,
) -> ChannelFixture {
    let conversation = ConversationKey::new(account(), "case-7").unwrap();
    let network = Arc::new(ReqwestClient::new().unwrap());
    let faults = Arc::new(Faults::between(network, now));
    let through = Arc::clone(&faults);
    ChannelFixture::new(make(Arc::clone(&faults)), conversation, host)
        .with_faults(faults)
        .with_restart(move || make(Arc::clone(&through)))
        .with_secret(CALLBACK_SECRET)
        .with_secret(WEBHOOK_SECRET)
}

/// The channel together with the webhook that its events come by: to poll is to let the host post
/// its next deliveries, so that the rules of polling hold for what is pushed too.
#[derive(Debug)]
struct BothWays {
    channel: ApiChannel,
    webhook: ApiWebhook,
    host: Arc<Host>,
}

#[async_trait]
impl Channel for BothWays {
    fn account(&self) -> &AccountId {
        self.channel.account()
    }

    fn network(&self) -> &Network {
        self.channel.network()
    }

    fn capabilities(&self, conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        self.channel.capabilities(conversation)
    }

    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let happened = self.host.happened();
        let from = cursor.map_or(0, |cursor| cursor.0.parse().unwrap());
        let to = happened.len().min(from + BATCH);
        let body = json!({ "events": happened[from..to] }).to_string().into();
        let (_, post) = delivery(body, now(), |content| signature(WEBHOOK_SECRET, content));
        let Received::Accepted { events, .. } = self.webhook.receive(&post, now()) else {
            return Err(Error::new(ErrorKind::Unauthorized, "poll"));
        };
        let next = Cursor(to.to_string());
        Ok(Page::new(events, Some(next), to < happened.len()))
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        self.channel.perform(effect).await
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        self.channel.probe(effect).await
    }
}
