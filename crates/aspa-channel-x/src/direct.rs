//! Direct messages: those of `/2/dm_events` (OpenAPI 2.159, `DmEvent`), and those of deliveries, which have
//! the shape of the older API (docs.x.com, "X Activity API event payload examples", read 2026-11-22).

use std::borrow::Cow;

use aspa_channel::{Audience, Direction, Event, EventKind, Message, MessageKind, Part, Times};
use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::includes::Includes;
use crate::json;
use crate::own::handle_key;
use crate::post::{Decoder, medium};
use crate::text;

/// The conversation of two, whoever names it: the lesser id first.
pub(crate) fn of_two(a: &str, b: &str) -> String {
    match json::order(a, b).is_gt() {
        true => format!("{b}-{a}"),
        false => format!("{a}-{b}"),
    }
}

/// A direct conversation as a key's id. One of two is `123-456`; that of a group, a number, could be taken
/// for that of a post, so it gets a mark.
pub(crate) fn conversation_id(id: &str) -> String {
    match id.split_once('-') {
        Some((a, b)) if json::is_id(a) && json::is_id(b) => of_two(a, b),
        _ => format!("{GROUP}{id}"),
    }
}

/// The mark of a group.
const GROUP: &str = "dm:";

/// Where a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    /// In public, by the id of its first post.
    Public(&'a str),
    /// A direct conversation of two.
    Two(&'a str, &'a str),
    /// A direct conversation of a group.
    Group(&'a str),
    /// Encrypted from end to end: nothing can be written here.
    Encrypted,
}

impl<'a> Place<'a> {
    /// By the id of the conversation's key. None where it is nothing of X.
    pub(crate) fn of(id: &'a str) -> Option<Self> {
        if let Some(group) = id.strip_prefix(GROUP) {
            return json::is_id(group).then_some(Self::Group(group));
        }
        if let Some((a, b)) = id.split_once('-') {
            return (json::is_id(a) && json::is_id(b)).then_some(Self::Two(a, b));
        }
        match id.contains(':') {
            true => Some(Self::Encrypted),
            false => json::is_id(id).then_some(Self::Public(id)),
        }
    }
}

/// What both shapes say.
struct Said<'a> {
    id: &'a str,
    sender: &'a str,
    conversation: String,
    text: &'a str,
    entities: &'a Value,
    at: Option<DateTime<Utc>>,
}

impl Decoder<'_> {
    /// One of `/2/dm_events`. None where it is no message: somebody joined or left, or something unknown.
    pub(crate) fn direct(&self, dm: &Value, includes: &Includes<'_>) -> Option<Event> {
        let kind = json::text(dm, "event_type").unwrap_or("MessageCreate");
        let (id, sender) = (json::id(dm, "id")?, json::id(dm, "sender_id")?);
        if kind != "MessageCreate" {
            return None;
        }
        let conversation = match json::id(dm, "dm_conversation_id") {
            Some(conversation) => conversation_id(&conversation),
            None => of_two(&sender, &self.other(dm, &sender)?),
        };
        let said = Said {
            id: &id,
            sender: &sender,
            conversation,
            text: json::text(dm, "text").unwrap_or_default(),
            entities: dm.get("entities").unwrap_or(dm),
            at: json::time(dm, "created_at").or_else(|| json::made_at(&id)),
        };
        let mut message = self.said(&said)?;
        let attachments = dm.get("attachments").unwrap_or(&Value::Null);
        for key in json::list(attachments, "media_keys") {
            if let Some(key) = key.as_str() {
                message
                    .parts
                    .push(Part::Media(medium(key, includes.medium(key))));
            }
        }
        let shared = json::either(dm, ["referenced_tweets", "referenced_posts"]);
        let shared = shared.first().and_then(|post| json::id(post, "id"));
        message.quotes = shared.and_then(|post| self.key(&post));
        Some(self.told(message, &sender, includes))
    }

    /// The other one of two, where only the participants are told.
    fn other<'a>(&'a self, dm: &'a Value, sender: &str) -> Option<Cow<'a, str>> {
        let participants = json::list(dm, "participant_ids").iter();
        let mut others = participants.filter_map(json::bare_id);
        let other = others.find(|other| *other != sender);
        other.or_else(|| (sender != self.own.user_id).then(|| self.own.user_id.as_str().into()))
    }

    /// One of `direct_message_events`. None where it is no message.
    pub(crate) fn older_direct(&self, dm: &Value, includes: &Includes<'_>) -> Option<Event> {
        let create = dm.get("message_create")?;
        let data = create.get("message_data")?;
        let (id, sender) = (json::id(dm, "id")?, json::id(create, "sender_id")?);
        let target = create.get("target").unwrap_or(&Value::Null);
        let recipient = json::id(target, "recipient_id");
        let group = json::id(dm, "dm_conversation_id").or_else(|| json::id(dm, "conversation_id"));
        let conversation = match (recipient, group) {
            (Some(recipient), _) => of_two(&sender, &recipient),
            (None, Some(group)) => conversation_id(&group),
            (None, None) => of_two(&sender, &self.other(dm, &sender)?),
        };
        let said = Said {
            id: &id,
            sender: &sender,
            conversation,
            text: json::text(data, "text").unwrap_or_default(),
            entities: data.get("entities").unwrap_or(&Value::Null),
            at: json::milliseconds(dm, "created_timestamp").or_else(|| json::made_at(&id)),
        };
        let mut message = self.said(&said)?;
        if let Some(media) = data.pointer("/attachment/media")
            && let Some(key) = json::id(media, "id")
        {
            let mut media_part = medium(&key, Some(media));
            let url = json::text(media, "media_url_https");
            media_part.url = url.map(str::to_owned).or(media_part.url);
            message.parts.push(Part::Media(media_part));
        }
        Some(self.told(message, &sender, includes))
    }

    fn said(&self, said: &Said<'_>) -> Option<Message> {
        let own = self.ours(said.sender);
        let direction = match own {
            Some(_) => Direction::Outbound,
            None => Direction::Inbound,
        };
        let conversation = self.conversation(&said.conversation)?;
        let mut message = Message::new(self.key(said.id)?, conversation, direction);
        message.sender = own
            .filter(|own| own.account != self.own.account)
            .map(|own| own.account.clone());
        message.kind = MessageKind::Direct;
        message.audience = Audience::Direct;
        message.author = handle_key(said.sender);
        if let Some(Place::Two(a, b)) = Place::of(&said.conversation) {
            let to = if a == said.sender { b } else { a };
            message
                .to
                .extend(handle_key(to).filter(|_| to != self.own.user_id));
        }
        let text = text::readable(said.text, said.entities);
        if !text.is_empty() {
            message.parts.push(Part::text(text));
        }
        message.times = said.at.map(Times::vouched).unwrap_or_default();
        Some(message)
    }

    fn told(&self, mut message: Message, sender: &str, includes: &Includes<'_>) -> Event {
        let user = includes.user(sender);
        message.automatic = user.is_some_and(crate::includes::is_automated);
        let mut event = self.event(EventKind::message(message));
        event.handles.extend(includes.handle(sender, self.now));
        event
    }

    /// A message of an encrypted chat: who, when and where, and that nobody here can read it.
    pub(crate) fn encrypted(&self, chat: &Value, includes: &Includes<'_>) -> Option<Event> {
        let (id, sender) = (json::id(chat, "id")?, json::id(chat, "sender_id")?);
        let conversation = json::id(chat, "conversation_id")?;
        // A number alone would be taken for a post's.
        let conversation = match conversation.contains(':') {
            true => conversation.into_owned(),
            false => format!("chat:{conversation}"),
        };
        let said = Said {
            id: &id,
            sender: &sender,
            conversation,
            text: "",
            entities: &Value::Null,
            at: json::milliseconds(chat, "created_at_msec"),
        };
        let mut message = self.said(&said)?;
        message
            .parts
            .push(Part::unreadable("encrypted from end to end"));
        Some(self.told(message, &sender, includes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_apart_by_their_ids() {
        let cases = [
            (
                "2080761390344937796",
                Some(Place::Public("2080761390344937796")),
            ),
            ("12-345", Some(Place::Two("12", "345"))),
            (
                "dm:1582103724607971332",
                Some(Place::Group("1582103724607971332")),
            ),
            ("222:111", Some(Place::Encrypted)),
            ("chat:g1582103724607971332", Some(Place::Encrypted)),
            ("../users/me", None),
            ("12-", None),
            ("dm:x", None),
            ("12345678901234567890", None),
        ];
        for (id, place) in cases {
            assert_eq!(Place::of(id), place, "{id}");
        }
        assert_eq!(conversation_id("345-12"), "12-345");
        assert_eq!(
            conversation_id("1582103724607971332"),
            "dm:1582103724607971332"
        );
    }
}
