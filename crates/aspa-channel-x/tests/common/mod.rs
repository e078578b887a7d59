//! What customers see and do on X in memory.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test uses some of it, and says so when it cannot go on"
)]

use std::sync::Arc;

use aspa_channel::{Audience, Channel, ConversationKey, Media, MessageKey};
use aspa_channel_x::{Image, Names, OAuth1Keys, XAuth, XChannel, XConfig};
use aspa_http::HttpClient;
use aspa_testkit::x::FakeX;
use aspa_testkit::{Attachment, ChannelFixture, FarSide, Seen};
use aspa_types::{AccountId, Secret};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

/// The id of our account on X: above 2^53, so that nothing may read it as a float.
pub const US: &str = "1795334400000000017";

pub fn now() -> DateTime<Utc> {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

pub fn account() -> AccountId {
    AccountId::new("shop").unwrap()
}

pub fn config() -> XConfig {
    let mut config = XConfig::new(account(), US);
    config.page = 10;
    config.likes = true;
    config
}

/// The keys of OAuth 1.0a that are good there.
pub fn signing(x: &FakeX) -> XAuth {
    let [key, secret, token, token_secret] = x.oauth1();
    XAuth::OAuth1(OAuth1Keys::new(
        key,
        Secret::new(secret),
        token,
        Secret::new(token_secret),
    ))
}

/// A channel on this network, with a clock that the network's is.
pub fn channel(x: &Arc<FakeX>, config: &XConfig, http: Arc<dyn HttpClient>) -> XChannel {
    channel_as(x, config, http, XAuth::Bearer(Secret::new(x.token())))
}

/// The same, that shows otherwise who it is.
pub fn channel_as(
    x: &Arc<FakeX>,
    config: &XConfig,
    http: Arc<dyn HttpClient>,
    auth: XAuth,
) -> XChannel {
    let clock = Arc::clone(x);
    XChannel::new(config, auth, http, move || clock.now()).unwrap()
}

/// The contract's fixture: an announcement of ours, below which customers write.
pub fn fixture(premium: bool, names: Names) -> ChannelFixture {
    spoilt(premium, names, |http| http)
}

/// The same with something in between that spoils what goes through.
pub fn spoilt(
    premium: bool,
    names: Names,
    spoil: impl Fn(Arc<dyn HttpClient>) -> Arc<dyn HttpClient>,
) -> ChannelFixture {
    let bearer = |x: &FakeX| XAuth::Bearer(Secret::new(x.token()));
    on_x(premium, names, spoil, bearer)
}

/// The same, with requests that are signed.
pub fn signed() -> ChannelFixture {
    let fixture = on_x(false, Names::Tweets, |http| http, signing);
    let [_, secret, _, token_secret] = FakeX::new(US, now()).oauth1();
    fixture.with_secret(secret).with_secret(token_secret)
}

fn on_x(
    premium: bool,
    names: Names,
    spoil: impl Fn(Arc<dyn HttpClient>) -> Arc<dyn HttpClient>,
    auth: fn(&FakeX) -> XAuth,
) -> ChannelFixture {
    let x = FakeX::new(US, now());
    if premium {
        x.subscribe();
    }
    x.lists_take(TimeDelta::seconds(4));
    let matti = x.customer("AngryMatti");
    let root = x.posts(US, "We are open again.");
    let mut config = config();
    config.premium = premium;
    config.names = names;
    let http = spoil(x.faults().clone());
    let make = {
        let x = Arc::clone(&x);
        move || -> Arc<dyn Channel> {
            Arc::new(channel_as(&x, &config, Arc::clone(&http), auth(&x)))
        }
    };
    let conversation = ConversationKey::new(account(), &root).unwrap();
    let customers = Customers {
        x: Arc::clone(&x),
        matti,
    };
    ChannelFixture::new(make(), conversation, Arc::new(customers))
        .with_faults(Arc::clone(x.faults()))
        .with_secret(x.token())
        .with_restart(make)
}

pub struct Customers {
    pub x: Arc<FakeX>,
    pub matti: String,
}

impl Customers {
    fn key(&self, id: &str) -> Option<MessageKey> {
        MessageKey::new(account(), id).ok()
    }
}

#[async_trait]
impl FarSide for Customers {
    async fn seen(&self) -> Vec<Seen> {
        let seen = self.x.visible().into_iter().map(|post| {
            let mut seen = match post.by == US {
                true => Seen::ours(post.id, post.text),
                false => Seen::theirs(post.id, post.text),
            };
            seen.in_reply_to = post.answers;
            seen.media = post.media;
            seen.audience = Some(match post.direct {
                true => Audience::Direct,
                false => Audience::Public,
            });
            seen
        });
        seen.collect()
    }

    async fn customer_writes(
        &self,
        conversation: &ConversationKey,
        text: &str,
    ) -> Option<MessageKey> {
        // What was written before is settled then.
        self.x.pass(TimeDelta::seconds(11));
        self.key(&self.x.replies(&self.matti, &conversation.id, text)?)
    }

    async fn customer_answers(&self, message: &MessageKey, text: &str) -> Option<MessageKey> {
        self.key(&self.x.replies(&self.matti, &message.id, text)?)
    }

    async fn customer_edits(&self, message: &MessageKey, text: &str) -> bool {
        self.x.edits(&message.id, text)
    }

    async fn customer_renames(&self, name: &str) -> bool {
        self.x.renames(&self.matti, name);
        true
    }

    async fn other_conversation(&self) -> Option<ConversationKey> {
        let root = self.x.posts(US, "Another thing.");
        ConversationKey::new(account(), &root).ok()
    }

    async fn pass_time(&self, time: TimeDelta) -> bool {
        self.x.pass(time);
        true
    }

    async fn unheard_of(&self, _: &ConversationKey) -> bool {
        self.x
            .invents(serde_json::json!({ "hologram": { "of": self.matti } }));
        true
    }

    async fn our_media(&self, file: &Attachment) -> Option<Media> {
        let uploader = channel(&self.x, &config(), self.x.faults().clone());
        let image = Image::new(&file.media_type, file.content.clone());
        uploader.upload(&image).await.ok()
    }

    async fn reactions(&self, message: &MessageKey) -> Option<Vec<String>> {
        let like = self.x.is_liked(&message.id).then(|| "❤️".to_owned());
        Some(like.into_iter().collect())
    }

    fn reaction(&self) -> &str {
        "❤️"
    }

    async fn requests(&self) -> Option<usize> {
        Some(self.x.writes())
    }

    fn shows_replies(&self) -> bool {
        true
    }

    fn page(&self) -> Option<usize> {
        Some(20)
    }

    fn burst(&self) -> usize {
        25
    }
}
