//! A Page on a Graph API in memory, and what its customers see and do there.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "shared by tests, which may panic"
)]

use std::sync::Arc;

use aspa_channel::{Audience, Channel, ConversationKey, Effect, EffectKind, MessageKey, ReplyKind};
use aspa_channel_meta::{Graph, PageChannel, PageConfig};
use aspa_testkit::{ChannelFixture, FakeGraph, FarSide, GraphPerson, Seen};
use aspa_types::{AccountId, EffectKey, Secret};
use async_trait::async_trait;
use chrono::TimeDelta;

pub(crate) const PAGE: &str = "1001";

/// Where the kit writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    BelowAPost,
    InMessenger,
}

pub(crate) struct Shop {
    pub(crate) graph: Arc<FakeGraph>,
    pub(crate) matti: GraphPerson,
    pub(crate) post: String,
    other: String,
}

pub(crate) fn account() -> AccountId {
    AccountId::new("shop").unwrap()
}

pub(crate) fn key(id: &str) -> MessageKey {
    MessageKey::new(account(), id).unwrap()
}

pub(crate) fn place(id: &str) -> ConversationKey {
    ConversationKey::new(account(), id).unwrap()
}

pub(crate) fn effect(name: &str, place: ConversationKey, kind: EffectKind) -> Effect {
    Effect::new(EffectKey::new(name).unwrap(), place, kind)
}

pub(crate) fn send(text: &str, answers: Option<&str>) -> EffectKind {
    let mut kind = EffectKind::send(text, ReplyKind::Answer);
    if let EffectKind::Send { in_reply_to, .. } = &mut kind {
        *in_reply_to = answers.map(key);
    }
    kind
}

impl Shop {
    pub(crate) fn new() -> Arc<Self> {
        let graph = FakeGraph::new(PAGE, "2026-11-22T08:00:00Z".parse().unwrap());
        let post = graph.posts(None, "We have winter coats.");
        let other = graph.posts(None, "We have summer hats.");
        let matti = graph.person("Matti");
        Arc::new(Self {
            graph,
            matti,
            post,
            other,
        })
    }

    pub(crate) fn config(&self) -> PageConfig {
        PageConfig::new(account(), PAGE, Secret::new(self.graph.token()))
    }

    pub(crate) fn channel(&self, config: PageConfig) -> PageChannel {
        let secret = Secret::new(self.graph.app_secret());
        let graph = Graph::new(self.graph.client()).app_secret(secret);
        graph.page(config).unwrap()
    }

    pub(crate) fn thread(&self) -> ConversationKey {
        place(&format!("messenger:{}", self.matti.person))
    }

    /// A fixture of the kit around a channel to this Page, with pages of ten.
    pub(crate) fn fixture(
        self: &Arc<Self>,
        side: Side,
        change: impl Fn(&mut PageConfig) + Send + Sync + 'static,
        wrap: impl Fn(PageChannel) -> Arc<dyn Channel> + Send + Sync + 'static,
    ) -> ChannelFixture {
        self.graph.require_proof();
        let shop = Arc::clone(self);
        let make = move || {
            let mut config = shop.config();
            config.size = 10;
            change(&mut config);
            wrap(shop.channel(config))
        };
        let place = match side {
            Side::BelowAPost => place(&self.post),
            Side::InMessenger => self.thread(),
        };
        ChannelFixture::new(make(), place, Arc::clone(self) as Arc<dyn FarSide>)
            .with_faults(Arc::clone(self.graph.faults()))
            .with_secret(self.graph.token())
            .with_secret(self.graph.app_secret())
            .with_restart(make)
    }
}

#[async_trait]
impl FarSide for Shop {
    async fn seen(&self) -> Vec<Seen> {
        let seen = self.graph.seen().into_iter().map(|one| {
            let mut seen = match one.ours {
                true => Seen::ours(one.id, one.text),
                false => Seen::theirs(one.id, one.text),
            };
            seen.in_reply_to = one.answers;
            seen.audience = Some(match one.private {
                true => Audience::Direct,
                false => Audience::Public,
            });
            seen
        });
        seen.collect()
    }

    async fn customer_writes(&self, to: &ConversationKey, text: &str) -> Option<MessageKey> {
        match to.id.strip_prefix("messenger:") {
            Some(person) if person == self.matti.person => {
                Some(key(&self.graph.writes(&self.matti, text, None)))
            }
            Some(_) => Some(key(&self.graph.writes(
                &self.graph.person("Liisa"),
                text,
                None,
            ))),
            None => self
                .graph
                .comments(&self.matti, &to.id, text)
                .map(|id| key(&id)),
        }
    }

    async fn customer_answers(&self, to: &MessageKey, text: &str) -> Option<MessageKey> {
        // What a message answers is told by the webhook alone.
        self.graph
            .comments(&self.matti, &to.id, text)
            .map(|id| key(&id))
    }

    async fn customer_edits(&self, message: &MessageKey, text: &str) -> bool {
        // People take their time, and Meta tells whole seconds.
        self.graph.pass(TimeDelta::seconds(1));
        self.graph.edits(&message.id, text)
    }

    async fn customer_deletes(&self, message: &MessageKey) -> bool {
        self.graph.removes(&message.id)
    }

    async fn moderator_hides(&self, message: &MessageKey, hidden: bool) -> bool {
        self.graph.pass(TimeDelta::seconds(1));
        self.graph.hides(&message.id, hidden)
    }

    async fn other_conversation(&self) -> Option<ConversationKey> {
        Some(place(&self.other))
    }

    async fn pass_time(&self, time: TimeDelta) -> bool {
        self.graph.pass(time);
        true
    }

    async fn unheard_of(&self, place: &ConversationKey) -> bool {
        let person = place.id.strip_prefix("messenger:");
        if person.is_some() {
            let _ = self.graph.writes(&self.matti, "and", None);
        }
        self.graph.unheard_of(person.unwrap_or(&place.id));
        true
    }

    async fn reactions(&self, message: &MessageKey) -> Option<Vec<String>> {
        let liked = self.graph.is_liked(&message.id);
        Some(if liked {
            vec!["👍".to_owned()]
        } else {
            Vec::new()
        })
    }

    async fn is_read(&self, _message: &MessageKey) -> Option<bool> {
        Some(self.graph.is_read(&self.matti.person))
    }

    async fn requests(&self) -> Option<usize> {
        Some(self.graph.written())
    }

    fn shows_replies(&self) -> bool {
        true
    }

    fn page(&self) -> Option<usize> {
        Some(10)
    }
}
