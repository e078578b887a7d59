use aspa_channel::{
    Channel, ConversationKey, Direction, Event, EventKind, Fetch, Fetched, MemoryChannel, Message,
    MessageKey, Part, Via, Visibility,
};
use async_trait::async_trait;
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
        let id = format!("customer-{}", log(self).await.len());
        let key = MessageKey::new(self.account().clone(), &id).ok()?;
        let mut message = Message::new(key.clone(), conversation.clone(), Direction::Inbound);
        message.parts = vec![Part::text(text)];
        happen(self, EventKind::Message(Box::new(message)));
        Some(key)
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
