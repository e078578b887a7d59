//! What X delivers: events of the X Activity API, lines of the filtered stream, and bodies of the older
//! Account Activity API (docs.x.com, "X Activity API event payload examples", "Filtered stream" and
//! "Account Activity data objects", read 2026-11-22).

use std::borrow::Cow;

use aspa_channel::{
    AccountHealth, AttributeKind, DeliveryStatus, Event, EventKind, Handle, Via, Visibility,
};
use aspa_types::Extra;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::includes::Includes;
use crate::json;
use crate::own::{Own, handle_key};
use crate::post::{Decoder, author_id};

/// Every event of a body or a line, each for the account that it concerns; what concerns none of ours, and
/// what is not understood, is kept for the first. Never empty.
pub(crate) fn events(body: &Value, all: &[Own], via: &Via, now: DateTime<Utc>) -> Vec<Event> {
    let deliveries = Deliveries { all, via, now };
    let mut events = Vec::new();
    match body.get("data") {
        Some(Value::Array(many)) => {
            for data in many {
                deliveries.envelope(data, body, &mut events);
            }
        }
        Some(data) if data.is_object() => deliveries.envelope(data, body, &mut events),
        _ => {}
    }
    if body.is_object() && is_older(body) {
        deliveries.older(body, &mut events);
    }
    if events.is_empty() {
        events.extend(deliveries.first().map(|decoder| decoder.unknown(body)));
    }
    events
}

/// The name that X gives an event: the id of its delivery.
pub(crate) fn event_uuid(body: &Value) -> Option<&str> {
    json::text(body.get("data")?, "event_uuid")
}

fn is_older(body: &Value) -> bool {
    body.get("for_user_id").is_some() || body.get("user_event").is_some()
}

/// What stands in a body of the older API beside the things that happened: who and what they mention.
const BESIDE: [&str; 4] = ["users", "apps", "includes", "data"];

struct Deliveries<'a> {
    all: &'a [Own],
    via: &'a Via,
    now: DateTime<Utc>,
}

impl<'a> Deliveries<'a> {
    fn decoder(&self, own: &'a Own) -> Decoder<'a> {
        Decoder {
            own,
            all: self.all,
            via: self.via,
            now: self.now,
        }
    }

    fn first(&self) -> Option<Decoder<'a>> {
        self.all.first().map(|own| self.decoder(own))
    }

    /// The decoder of the account with this id; of the first where it is none of ours.
    fn of(&self, user_id: Option<&str>) -> Option<Decoder<'a>> {
        let own = self.all.iter().find(|own| Some(&*own.user_id) == user_id);
        own.map(|own| self.decoder(own)).or_else(|| self.first())
    }

    fn envelope(&self, data: &Value, body: &Value, events: &mut Vec<Event>) {
        let filter = data.get("filter").unwrap_or(&Value::Null);
        let payload = data.get("payload").unwrap_or(&Value::Null);
        let user = json::id(filter, "user_id").or_else(|| json::id(payload, "user_id"));
        let Some(decoder) = self.of(user.as_deref()) else {
            return;
        };
        let from = events.len();
        let Some(kind) = json::text(data, "event_type") else {
            // A line of the filtered stream is a post with the rules that it matches.
            let mut includes = Includes::default();
            body.get("includes")
                .into_iter()
                .for_each(|all| includes.add(all));
            let event = decoder.post(data, &includes);
            events.push(event.unwrap_or_else(|| decoder.unknown(body)));
            return;
        };
        let mut includes = Includes::default();
        let places = [body.get("includes"), data.get("includes"), Some(payload)];
        places
            .into_iter()
            .flatten()
            .for_each(|all| includes.add(all));
        decoder.activity(kind, filter, payload, &includes, events);
        if events.len() == from {
            events.push(decoder.unknown(data));
        }
    }

    /// A body of the Account Activity API: lists of things, by name.
    fn older(&self, body: &Value, events: &mut Vec<Event>) {
        let revoked = body.pointer("/user_event/revoke");
        let user =
            json::id(body, "for_user_id").or_else(|| json::id(revoked?.get("source")?, "user_id"));
        let Some(decoder) = self.of(user.as_deref()) else {
            return;
        };
        let includes = Includes::of(body);
        if let Some(revoked) = revoked {
            events.push(decoder.revoked(json::time(revoked, "date_time")));
        }
        let named = body.as_object().into_iter().flatten();
        for (name, things) in named.filter(|(name, _)| !BESIDE.contains(&name.as_str())) {
            match things {
                Value::Array(things) => decoder.older_all(name, things, &includes, events),
                Value::Object(_) if name != "user_event" || revoked.is_none() => {
                    events.push(decoder.unknown(&json!({ name.as_str(): things })));
                }
                _ => {}
            }
        }
    }
}

impl Decoder<'_> {
    /// One event of the X Activity API. Adds nothing where it is not understood.
    fn activity(
        &self,
        kind: &str,
        filter: &Value,
        payload: &Value,
        includes: &Includes<'_>,
        events: &mut Vec<Event>,
    ) {
        match &*dotted(kind) {
            "post.delete" => {
                let by = json::id(payload, "author_id");
                events.extend(self.deleted(payload, by.as_deref(), None));
            }
            kind if kind.starts_with("post.") => events.extend(self.post(payload, includes)),
            "dm.received" | "dm.sent" | "dm.read" => self.directs(payload, includes, events),
            "chat.received" | "chat.sent" => events.extend(self.encrypted(payload, includes)),
            "like.create" => events.extend(self.liked(filter, payload, includes)),
            "oauth.revoke" => events.push(self.revoked(json::time(payload, "date_time"))),
            kind => events.extend(self.profile(kind, filter, payload)),
        }
    }

    /// Direct messages in either shape, and how far they were read.
    fn directs(&self, payload: &Value, includes: &Includes<'_>, events: &mut Vec<Event>) {
        let from = events.len();
        for (name, things) in payload.as_object().into_iter().flatten() {
            if let (true, Value::Array(things)) = (name.ends_with("_events"), things) {
                self.older_all(name, things, includes, events);
            }
        }
        if events.len() == from {
            let event = self.direct(payload, includes);
            let event = event.or_else(|| self.older_direct(payload, includes));
            events.extend(event.or_else(|| self.read(payload)));
        }
    }

    /// A list of the older API.
    fn older_all(
        &self,
        name: &str,
        things: &[Value],
        includes: &Includes<'_>,
        events: &mut Vec<Event>,
    ) {
        for thing in things {
            let event = self.older(name, thing, includes);
            events.push(event.unwrap_or_else(|| self.unknown(&json!({ name: thing }))));
        }
    }

    /// One thing of the older API, by the name of its list.
    fn older(&self, name: &str, thing: &Value, includes: &Includes<'_>) -> Option<Event> {
        match name {
            "tweet_create_events" => {
                let post = modern(thing);
                let mut includes = Includes::default();
                thing
                    .get("user")
                    .into_iter()
                    .for_each(|user| includes.meet_one(user));
                let quoted = thing.get("quoted_status").map(modern);
                let quoted = json!({ "tweets": quoted.map(|quoted| [quoted]) });
                includes.add(&quoted);
                self.post(&post, &includes)
            }
            "tweet_delete_events" => {
                let by = json::id(thing.get("status")?, "user_id");
                let at = json::milliseconds(thing, "timestamp_ms");
                self.deleted(thing.get("status")?, by.as_deref(), at)
            }
            "direct_message_events" => self.older_direct(thing, includes),
            "direct_message_mark_read_events" => self.read(thing),
            "favorite_events" => {
                let message = self.key(&json::id(thing.get("favorited_status")?, "id")?)?;
                let user = thing.get("user")?;
                let by = handle_key(&json::id(user, "id")?)?;
                let mut event = self.event(EventKind::reaction(message, by, "like", false));
                event.at = json::milliseconds(thing, "timestamp_ms");
                event
                    .handles
                    .extend(crate::includes::handle(user, self.now));
                Some(event)
            }
            _ => None,
        }
    }

    fn deleted(&self, post: &Value, by: Option<&str>, at: Option<DateTime<Utc>>) -> Option<Event> {
        let message = self.key(&json::id(post, "id")?)?;
        let by = by.and_then(handle_key);
        let mut event = self.event(EventKind::visibility(message, Visibility::Deleted, by));
        event.at = at;
        Some(event)
    }

    /// The other side has read everything up to a message. What we have read is no news.
    fn read(&self, thing: &Value) -> Option<Event> {
        let message = self.key(&json::id(thing, "last_read_event_id")?)?;
        let reader = json::id(thing, "sender_id")?;
        if self.ours(&reader).is_some() {
            return None;
        }
        let mut event = self.event(EventKind::status(message, DeliveryStatus::Read, true));
        event.at = json::milliseconds(thing, "created_timestamp");
        Some(event)
    }

    /// Who likes is told by `user_id`, or by who came along and is not the author.
    fn liked(&self, filter: &Value, like: &Value, includes: &Includes<'_>) -> Option<Event> {
        let post = json::id(like, "liked_tweet_id").or_else(|| json::id(like, "liked_post_id"))?;
        let author = json::id(like, "tweet_author_id").or_else(|| json::id(like, "post_author_id"));
        let by_us = json::text(filter, "direction") == Some("outbound")
            || (author.is_some() && author.as_deref() != Some(&self.own.user_id));
        let by = json::id(like, "user_id")
            .or_else(|| json::id(like, "liking_user_id"))
            .or_else(|| by_us.then(|| self.own.user_id.as_str().into()))
            .or_else(|| includes.only_user_but(author.as_deref()).map(Into::into))?;
        let kind = EventKind::reaction(self.key(&post)?, handle_key(&by)?, "like", false);
        let mut event = self.event(kind);
        // `created_at` is that of the post (OpenAPI 2.167, `LikeWithPostAuthor`).
        event.at =
            json::milliseconds(like, "timestamp_ms").or_else(|| json::time(like, "created_at"));
        event.handles.extend(includes.handle(&by, self.now));
        Some(event)
    }

    fn revoked(&self, at: Option<DateTime<Utc>>) -> Event {
        let mut event = self.event(EventKind::Account {
            health: AccountHealth::Revoked,
            until: None,
            remedy: Some("authorise the app for the account again".to_owned()),
            extra: Extra::new(),
        });
        event.at = at;
        event
    }

    /// Something of a profile that is now otherwise.
    fn profile(&self, kind: &str, filter: &Value, payload: &Value) -> Option<Event> {
        let attribute = match kind {
            "profile.update.handle" => AttributeKind::UserName,
            "profile.update.screenname" => AttributeKind::DisplayName,
            "profile.update.bio" => AttributeKind::Bio,
            "profile.update.geo" => AttributeKind::Location,
            "profile.update.url" => AttributeKind::Link,
            "profile.update.profile_picture" => AttributeKind::PictureUrl,
            _ => return None,
        };
        let key = handle_key(&json::id(filter, "user_id")?)?;
        let after = json::text(payload, "after")?;
        let mut event = self.event(EventKind::handle(key.clone(), None));
        let after = crate::text::decoded(after);
        event
            .handles
            .push(Handle::new(key).with(attribute, after, self.now));
        Some(event)
    }
}

/// The name of a kind of event in the spelling of since 2026-03 (`profile.update.bio`); the older one
/// (`ProfileBioUpdate`, OpenAPI 2.159) may still come from subscriptions that were made with it.
fn dotted(kind: &str) -> Cow<'_, str> {
    let is_older = kind.starts_with(|c: char| c.is_ascii_uppercase()) && !kind.contains('.');
    if !is_older {
        return kind.into();
    }
    let mut words: Vec<String> = Vec::new();
    for c in kind.chars() {
        match words.last_mut() {
            Some(word) if !c.is_ascii_uppercase() => word.push(c),
            _ => words.push(c.to_ascii_lowercase().to_string()),
        }
    }
    match &words[..] {
        [first, middle @ .., last] if first == "profile" && last == "update" => {
            let middle = middle.join("_");
            let is_picture = middle == "picture";
            format!(
                "profile.update.{}",
                if is_picture {
                    "profile_picture"
                } else {
                    &middle
                }
            )
            .into()
        }
        _ => words.join(".").into(),
    }
}

/// A post of the older API (v1.1) with the names of v2. It names no conversation: the post that it answers
/// stands for it.
fn modern(post: &Value) -> Value {
    let id_of = |name: &str| json::id(post, name).map(Cow::into_owned);
    let whole = post.get("extended_tweet").unwrap_or(post);
    let entities = whole.get("entities").or_else(|| post.get("entities"));
    let reposted = post
        .get("retweeted_status")
        .and_then(|post| json::id(post, "id"));
    let references = [
        ("retweeted", reposted.map(Cow::into_owned)),
        ("quoted", id_of("quoted_status_id")),
        ("replied_to", id_of("in_reply_to_status_id")),
    ];
    let references: Vec<Value> = references
        .into_iter()
        .filter_map(|(kind, id)| Some(json!({ "type": kind, "id": id? })))
        .collect();
    let texts = [(whole, "full_text"), (whole, "text"), (post, "text")];
    let text = texts
        .iter()
        .find_map(|(value, name)| json::text(value, name));
    let range = whole
        .get("display_text_range")
        .or_else(|| post.get("display_text_range"));
    json!({
        "id": id_of("id"),
        "author_id": author_id(post),
        "user": post.get("user"),
        "text": text,
        "created_at": post.get("created_at"),
        "lang": post.get("lang"),
        "in_reply_to_user_id": id_of("in_reply_to_user_id"),
        "referenced_tweets": references,
        "entities": entities,
        "display_text_range": range,
    })
}
