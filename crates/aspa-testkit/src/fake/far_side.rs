use aspa_channel::{
    ConversationKey, Direction, EffectName, Media, Message, MessageKey, Part, RateBucket,
    Visibility,
};
use aspa_types::HandleKey;
use async_trait::async_trait;
use bytes::Bytes;
use chrono::TimeDelta;
use serde_json::json;

use super::FakeNetwork;
use super::state::private_with;
use super::wire::PAGE;
use crate::channel::{Attachment, FarSide, Seen};

/// The name that the kit's customer begins with; it goes with the handle, not with the name.
const FIRST: &str = "Matti";

impl FakeNetwork {
    fn first_customer(&self) -> HandleKey {
        let mut state = self.state();
        state.first().unwrap_or_else(|| state.customer(FIRST))
    }
}

fn id_of_media(part: &Part) -> Option<String> {
    match part {
        Part::Media(media) => media.id.clone(),
        _ => None,
    }
}

#[async_trait]
impl FarSide for FakeNetwork {
    async fn seen(&self) -> Vec<Seen> {
        let state = self.state();
        let shown = |m: &&Message| m.visibility == Visibility::Visible;
        let seen = state.messages().iter().filter(shown).map(|message| Seen {
            ours: message.direction == Direction::Outbound,
            in_reply_to: message.in_reply_to.as_ref().map(|key| key.id.to_string()),
            audience: Some(message.audience.clone()),
            media: message.parts.iter().filter_map(id_of_media).collect(),
            ..Seen::ours(&*message.key.id, message.text())
        });
        seen.collect()
    }

    async fn customer_writes(
        &self,
        conversation: &ConversationKey,
        text: &str,
    ) -> Option<MessageKey> {
        self.writes(&self.first_customer(), &conversation.id, text)
            .ok()
    }

    async fn customer_edits(&self, message: &MessageKey, text: &str) -> bool {
        self.edits(message, text).is_ok()
    }

    async fn customer_answers(&self, message: &MessageKey, text: &str) -> Option<MessageKey> {
        self.answers(&self.first_customer(), message, text).ok()
    }

    async fn customer_deletes(&self, message: &MessageKey) -> bool {
        self.deletes(message).is_ok()
    }

    async fn moderator_hides(&self, message: &MessageKey, hidden: bool) -> bool {
        self.hides(message, hidden).is_ok()
    }

    async fn customer_renames(&self, name: &str) -> bool {
        self.renames(&self.first_customer(), name);
        true
    }

    async fn customer_moves(&self) -> Option<(HandleKey, HandleKey)> {
        let old = self.first_customer();
        let new = self.moves(&old);
        Some((old, new))
    }

    async fn customer_writes_privately(&self, text: &str) -> Option<(ConversationKey, MessageKey)> {
        let customer = self.first_customer();
        let key = self.writes_privately(&customer, text).ok()?;
        let conversation = self.conversation(&private_with(&customer)).ok()?;
        Some((conversation, key))
    }

    async fn customer_attaches(
        &self,
        conversation: &ConversationKey,
        text: &str,
        file: &Attachment,
    ) -> Option<(MessageKey, Media)> {
        let told = self.upload(file);
        let customer = self.first_customer();
        let key = self
            .attaches(&customer, &conversation.id, text, file)
            .ok()?;
        Some((key, told))
    }

    async fn content(&self, media: &Media) -> Option<Bytes> {
        Self::content(self, media)
    }

    async fn our_media(&self, file: &Attachment) -> Option<Media> {
        Some(self.upload(file))
    }

    async fn other_conversation(&self) -> Option<ConversationKey> {
        self.conversation("another").ok()
    }

    async fn pass_time(&self, time: TimeDelta) -> bool {
        self.pass(time);
        true
    }

    async fn unheard_of(&self, _conversation: &ConversationKey) -> bool {
        Self::unheard_of(self, json!({ "type": "poke" }));
        true
    }

    async fn reactions(&self, message: &MessageKey) -> Option<Vec<String>> {
        let state = self.state();
        let on = state.reactions.iter().filter(|(key, _)| key == message);
        Some(on.map(|(_, reaction)| reaction.clone()).collect())
    }

    async fn is_read(&self, message: &MessageKey) -> Option<bool> {
        Some(self.state().read.contains(message))
    }

    async fn requests(&self) -> Option<usize> {
        Some(self.state().written)
    }

    /// Its rate counts every request that writes.
    fn counts_into(&self, _rate: &RateBucket) -> Option<EffectName> {
        Some(EffectName::Send)
    }

    fn shows_replies(&self) -> bool {
        true
    }

    fn page(&self) -> Option<usize> {
        Some(PAGE)
    }

    fn burst(&self) -> usize {
        PAGE * 2 + 5
    }
}
