//! What customers see and do on the server in memory.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use std::sync::Arc;

use aspa_channel::{Audience, Channel, ConversationKey, MessageKey};
use aspa_channel_mastodon::MastodonChannel;
use aspa_http::HttpClient;
use aspa_testkit::{ChannelFixture, FarSide, Faults, Hint, Seen};
use aspa_types::{AccountId, HandleKey, Network};
use async_trait::async_trait;

use crate::fake::{
    ANA, Account, Fake, Kind, TOKEN, US, answer, config, connect, now, server, shown, stable, typed,
};

pub(crate) async fn fixture(kind: Kind) -> ChannelFixture {
    let fake = server(kind);
    let root = fake.write(ANA, "@shop where is it?", None, "public");
    let key = AccountId::new("shop").unwrap();
    let conversation = ConversationKey::new(key, &fake.id(root)).unwrap();
    let faults = Faults::between(Arc::new(fake.clone()), now)
        .with_hints([
            Hint::Seconds,
            Hint::ResetEpoch,
            Hint::ResetIso,
            Hint::Nothing,
        ])
        .expired_as(move || match kind {
            Kind::Snac => answer(401, ""),
            _ => answer(401, r#"{"error":"The access token is invalid"}"#),
        });
    let faults = Arc::new(faults);
    let http: Arc<dyn HttpClient> = faults.clone();
    let channel = connect(Arc::clone(&http)).await;
    let known = channel.server().clone();
    let again = move || -> Arc<dyn Channel> {
        Arc::new(MastodonChannel::new(&config(), known.clone(), Arc::clone(&http), now).unwrap())
    };
    ChannelFixture::new(
        Arc::new(channel),
        conversation,
        Arc::new(Customers { fake }),
    )
    .with_faults(faults)
    .with_secret(TOKEN)
    .with_restart(again)
}

#[derive(Debug)]
pub(crate) struct Customers {
    pub(crate) fake: Fake,
}

impl Customers {
    fn post(&self, message: &MessageKey) -> Option<usize> {
        let state = self.fake.state();
        (0..state.posts.len()).find(|n| stable(&state.post_id(*n)) == *message.id)
    }

    /// What a customer types to tell us this.
    fn typed(&self, text: &str) -> String {
        let kind = self.fake.state().kind;
        format!("@shop {}", typed(kind, text))
    }

    fn key(&self, post: usize) -> MessageKey {
        MessageKey::new(AccountId::new("shop").unwrap(), &self.fake.id(post)).unwrap()
    }
}

#[async_trait]
impl FarSide for Customers {
    async fn seen(&self) -> Vec<Seen> {
        let state = self.fake.state();
        let there = state
            .posts
            .iter()
            .enumerate()
            .filter(|(_, post)| !post.gone);
        let seen = there.map(|(n, post)| {
            let mut words = post.text.as_str();
            while let Some((name, rest)) = words.split_once(' ')
                && name.starts_with('@')
            {
                words = rest;
            }
            let words = shown(state.kind, words);
            let mut seen = Seen::theirs(stable(&state.post_id(n)), words);
            seen.ours = post.by == US;
            seen.in_reply_to = post.parent.map(|parent| stable(&state.post_id(parent)));
            seen.audience = Some(Audience::from(post.visibility.as_str()));
            seen
        });
        seen.collect()
    }

    async fn customer_writes(
        &self,
        conversation: &ConversationKey,
        text: &str,
    ) -> Option<MessageKey> {
        let root = MessageKey::new(conversation.account.clone(), &conversation.id).unwrap();
        let root = self.post(&root)?;
        Some(
            self.key(
                self.fake
                    .write(ANA, &self.typed(text), Some(root), "public"),
            ),
        )
    }

    async fn customer_answers(&self, message: &MessageKey, text: &str) -> Option<MessageKey> {
        let parent = self.post(message)?;
        Some(
            self.key(
                self.fake
                    .write(ANA, &self.typed(text), Some(parent), "public"),
            ),
        )
    }

    async fn customer_writes_privately(&self, text: &str) -> Option<(ConversationKey, MessageKey)> {
        let post = self.fake.write(ANA, &self.typed(text), None, "direct");
        let key = self.key(post);
        let conversation = ConversationKey::new(key.account.clone(), &key.id).ok()?;
        Some((conversation, key))
    }

    async fn customer_edits(&self, message: &MessageKey, text: &str) -> bool {
        let (post, given) = (self.post(message).unwrap(), self.typed(text));
        let mut state = self.fake.state();
        let at = state.tick();
        state.posts[post].text = given;
        state.posts[post].edited = Some(at);
        true
    }

    async fn customer_deletes(&self, message: &MessageKey) -> bool {
        let post = self.post(message).unwrap();
        self.fake.state().posts[post].gone = true;
        true
    }

    async fn customer_renames(&self, name: &str) -> bool {
        name.clone_into(&mut self.fake.state().accounts[ANA].display);
        true
    }

    async fn customer_moves(&self) -> Option<(HandleKey, HandleKey)> {
        let mut state = self.fake.state();
        state.accounts.push(Account {
            user: "ana".to_owned(),
            domain: Some("new.example"),
            display: "ana".to_owned(),
            moved: None,
            fields: serde_json::json!([{
                "name": "before",
                "value": "<a href=\"https://social.example/@ana\" rel=\"me\">social.example/@ana</a>",
                "verified_at": null,
            }]),
        });
        let new = state.accounts.len() - 1;
        state.accounts[ANA].moved = Some(new);
        let key = |n| HandleKey::new(Network::MASTODON, None, &state.uri(n)).unwrap();
        Some((key(ANA), key(new)))
    }

    async fn other_conversation(&self) -> Option<ConversationKey> {
        let root = self.fake.write(ANA, "@shop something else", None, "public");
        ConversationKey::new(AccountId::new("shop").unwrap(), &self.fake.id(root)).ok()
    }

    async fn unheard_of(&self, _: &ConversationKey) -> bool {
        self.fake.state().notify("tea_is_ready", ANA, None);
        true
    }

    async fn reactions(&self, message: &MessageKey) -> Option<Vec<String>> {
        let post = self.post(message)?;
        let ours = self.fake.state().posts[post]
            .favourited
            .then(|| "favourite".to_owned());
        Some(ours.into_iter().collect())
    }

    async fn requests(&self) -> Option<usize> {
        let state = self.fake.state();
        let writes = state.asked.iter().filter(|asked| !asked.starts_with("GET"));
        Some(writes.count())
    }

    fn shows_replies(&self) -> bool {
        true
    }

    fn reaction(&self) -> &str {
        "favourite"
    }

    fn page(&self) -> Option<usize> {
        Some(80)
    }

    fn burst(&self) -> usize {
        85
    }
}
