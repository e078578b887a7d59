use aspa_channel::{
    Channel, ConversationKey, Direction, Event, EventKind, Fetch, Fetched, MemoryChannel, Message,
    MessageKey, Part, Via, Visibility,
};
use async_trait::async_trait;
use chrono::DateTime;
use serde_json::json;

use super::fixture::{FarSide, Seen};

/// A network in memory is its own far side.
#[async_trait]
impl FarSide for MemoryChannel {
    async fn seen(&self) -> Vec<Seen> {
        let mut keys: Vec<MessageKey> = Vec::new();
        for event in log(self).await {
            if let EventKind::Message(message) = event.kind
                && !keys.contains(&message.key)
            {
                keys.push(message.key);
            }
        }
        let mut seen = Vec::new();
        for key in keys {
            let Some(message) = look_up(self, &key).await else {
                continue;
            };
            if message.visibility == Visibility::Visible {
                seen.push(Seen {
                    ours: message.direction == Direction::Outbound,
                    in_reply_to: message.in_reply_to.as_ref().map(|key| key.id.to_string()),
                    audience: Some(message.audience.clone()),
                    ..Seen::ours(&*message.key.id, message.text())
                });
            }
        }
        seen
    }

    async fn customer_writes(
        &self,
        conversation: &ConversationKey,
        text: &str,
    ) -> Option<MessageKey> {
        written(self, conversation, text, None).await
    }

    async fn customer_edits(&self, message: &MessageKey, text: &str) -> bool {
        let Some(mut message) = look_up(self, message).await else {
            return false;
        };
        message.parts = vec![Part::text(text)];
        message.revision += 1;
        happen(self, EventKind::Message(Box::new(message)));
        true
    }

    async fn customer_answers(&self, message: &MessageKey, text: &str) -> Option<MessageKey> {
        let answered = look_up(self, message).await?;
        written(self, &answered.conversation, text, Some(answered.key)).await
    }

    async fn customer_deletes(&self, message: &MessageKey) -> bool {
        shown(self, message, Visibility::Deleted).await
    }

    async fn moderator_hides(&self, message: &MessageKey, hidden: bool) -> bool {
        let visibility = match hidden {
            true => Visibility::Hidden,
            false => Visibility::Visible,
        };
        shown(self, message, visibility).await
    }

    async fn other_conversation(&self) -> Option<ConversationKey> {
        ConversationKey::new(self.account().clone(), "another").ok()
    }

    async fn unheard_of(&self, _conversation: &ConversationKey) -> bool {
        happen(
            self,
            EventKind::Unknown(json!({ "type": "kit_unheard_of" })),
        );
        true
    }

    async fn reactions(&self, message: &MessageKey) -> Option<Vec<String>> {
        let mut standing = Vec::new();
        for event in log(self).await {
            if let EventKind::Reaction {
                message: to,
                reaction,
                removed,
                ..
            } = event.kind
                && to == *message
            {
                standing.retain(|there| *there != reaction);
                if !removed {
                    standing.push(reaction);
                }
            }
        }
        Some(standing)
    }

    fn shows_replies(&self) -> bool {
        true
    }
}

async fn written(
    network: &MemoryChannel,
    conversation: &ConversationKey,
    text: &str,
    in_reply_to: Option<MessageKey>,
) -> Option<MessageKey> {
    let id = format!("customer-{}", log(network).await.len());
    let key = MessageKey::new(network.account().clone(), &id).ok()?;
    let mut message = Message::new(key.clone(), conversation.clone(), Direction::Inbound);
    message.parts = vec![Part::text(text)];
    message.in_reply_to = in_reply_to;
    happen(network, EventKind::Message(Box::new(message)));
    Some(key)
}

/// Shows a message so; the place in the log is the time, which it has no clock for.
async fn shown(network: &MemoryChannel, key: &MessageKey, visibility: Visibility) -> bool {
    let kind = EventKind::visibility(key.clone(), visibility, None);
    let mut event = Event::new(network.account().clone(), kind, Via::Poll);
    let place = i64::try_from(log(network).await.len()).unwrap_or_default();
    event.at = DateTime::from_timestamp_millis(place);
    network.say(event);
    look_up(network, key).await.is_some()
}

fn happen(network: &MemoryChannel, kind: EventKind) {
    network.say(Event::new(network.account().clone(), kind, Via::Poll));
}

async fn log(network: &MemoryChannel) -> Vec<Event> {
    network
        .poll(None)
        .await
        .map_or_else(|_| Vec::new(), |page| page.events)
}

async fn look_up(network: &MemoryChannel, key: &MessageKey) -> Option<Message> {
    match network.fetch(&Fetch::Message(key.clone())).await {
        Ok(Fetched::Message(message)) => Some(*message),
        _ => None,
    }
}
