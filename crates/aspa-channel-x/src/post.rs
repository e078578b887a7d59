//! Posts as messages (docs.x.com, "Data dictionary: Post"; OpenAPI 2.159 and 2.167, read 2026-11-22).

use std::borrow::Cow;

use aspa_channel::{
    Audience, ConversationKey, Direction, Event, EventKind, Media, MediaKind, Message, MessageKey,
    MessageKind, Part, Times, Via,
};
use aspa_types::HandleKey;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::includes::{self, Includes};
use crate::json;
use crate::own::{Own, handle_key};
use crate::text;

/// What everything is decoded with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decoder<'a> {
    /// The account that sees it.
    pub(crate) own: &'a Own,
    /// Every account of ours on X that is known here.
    pub(crate) all: &'a [Own],
    pub(crate) via: &'a Via,
    /// When it was seen.
    pub(crate) now: DateTime<Utc>,
}

/// What a post does besides being there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reference {
    Answers,
    Quotes,
    Reposts,
}

impl Decoder<'_> {
    pub(crate) fn key(&self, id: &str) -> Option<MessageKey> {
        MessageKey::new(self.own.account.clone(), id).ok()
    }

    pub(crate) fn conversation(&self, id: &str) -> Option<ConversationKey> {
        ConversationKey::new(self.own.account.clone(), id).ok()
    }

    /// Whether an account of ours has this id.
    pub(crate) fn ours(&self, user_id: &str) -> Option<&Own> {
        let own = Some(self.own).filter(|own| own.user_id == user_id);
        own.or_else(|| self.all.iter().find(|own| own.user_id == user_id))
    }

    pub(crate) fn event(&self, kind: EventKind) -> Event {
        Event::new(self.own.account.clone(), kind, self.via.clone())
    }

    /// Something that is not understood. It is kept one level down: a `type` of its own could be taken for
    /// that of an event when it is read back from a store.
    pub(crate) fn unknown(&self, value: &Value) -> Event {
        self.event(EventKind::Unknown(json!({ "event": value })))
    }

    /// A post as an event: a message, or, for a repost, a reaction. None where it is no post.
    pub(crate) fn post(&self, post: &Value, includes: &Includes<'_>) -> Option<Event> {
        let author = author_id(post);
        let mut event = match reference(post, Reference::Reposts) {
            Some(original) => {
                let original = self.key(&first_version(original, includes))?;
                let by = handle_key(author.as_deref()?)?;
                let mut event = self.event(EventKind::reaction(original, by, "repost", false));
                event.at = written(post, &json::id(post, "id")?);
                event
            }
            None => self.event(EventKind::message(self.message(post, includes)?)),
        };
        let handle = author.and_then(|author| includes.handle(&author, self.now));
        event.handles.extend(handle);
        Some(event)
    }

    /// A post as a message. Its key is the id of its first version, its revision the number of versions
    /// before it: an edit makes a new id, and all of them stand in the history.
    pub(crate) fn message(&self, post: &Value, includes: &Includes<'_>) -> Option<Message> {
        let id = json::id(post, "id")?;
        let (first, revision) = version(post, &id);
        let parent = reference(post, Reference::Answers);
        let quoted = reference(post, Reference::Quotes);
        let root = self.root(post, &first, parent.as_deref(), includes);
        let author = author_id(post);
        let own = author.as_deref().and_then(|author| self.ours(author));
        let direction = match own {
            Some(_) => Direction::Outbound,
            None => Direction::Inbound,
        };
        let mut message = Message::new(self.key(&first)?, self.conversation(&root)?, direction);
        message.sender = own
            .filter(|own| own.account != self.own.account)
            .map(|own| own.account.clone());
        message.author = author.as_deref().and_then(handle_key);
        let names_us = self.names_us(post);
        message.kind = match () {
            () if parent.is_some() => MessageKind::Comment,
            () if quoted.is_some() => MessageKind::Quote,
            () if names_us && own.is_none() => MessageKind::Mention,
            () => MessageKind::Post,
        };
        let user = author.as_deref().and_then(|author| includes.user(author));
        let user = user.or_else(|| post.get("user"));
        if user.is_some_and(|user| json::flag(user, "protected")) {
            message.audience = Audience::Followers;
        }
        message.automatic = user.is_some_and(includes::is_automated);
        message.to = self.addressees(post, author.as_deref());
        message.in_reply_to = parent.and_then(|parent| self.key(&first_version(parent, includes)));
        let quotes_us = quoted.as_deref().and_then(|quoted| {
            let quoted = includes.post(quoted)?;
            self.ours(&author_id(quoted)?)
        });
        let quotes_us = quotes_us.is_some();
        message.quotes = quoted.and_then(|quoted| self.key(&first_version(quoted, includes)));
        message.parts = parts(post, includes);
        message.language = language(post);
        let name = user.and_then(|user| {
            json::text(user, "username").or_else(|| json::text(user, "screen_name"))
        });
        message.url = Some(format!("https://x.com/{}/status/{id}", name.unwrap_or("i")));
        message.times = match first == id {
            true => written(post, &id),
            // The time that stands in the post is that of the version.
            false => json::made_at(&first).or_else(|| written(post, &id)),
        }
        .map(Times::vouched)
        .unwrap_or_default();
        message.revision = revision;
        if revision > 0 {
            message.edited_at = written(post, &id);
            message.extra.insert("version".to_owned(), id.into());
        }
        if own.is_none() {
            // Who was not named or quoted may not reply (the summoned-only rule, since 2026-02-23). X puts our
            // name in front of what answers us; where the names are left out, it is not known.
            let answers_us = json::id(post, "in_reply_to_user_id")
                .is_some_and(|answered| *answered == *self.own.user_id);
            let summons = names_us || quotes_us || answers_us;
            if summons || post.get("entities").is_some_and(Value::is_object) {
                message.extra.insert("summons".to_owned(), summons.into());
            }
        }
        Some(message)
    }

    /// Whether a post names the account that sees it. X puts the names of those that a reply answers into
    /// its text.
    fn names_us(&self, post: &Value) -> bool {
        let us =
            |mention: &Value| json::id(mention, "id").is_some_and(|id| *id == *self.own.user_id);
        mentions(post).iter().any(us)
    }

    /// The conversation: the id of its first post, by its first version.
    fn root(
        &self,
        post: &Value,
        first: &str,
        parent: Option<&str>,
        includes: &Includes<'_>,
    ) -> String {
        if let Some(root) = json::id(post, "conversation_id") {
            let own_history = history(post).any(|id| id == root);
            return match own_history {
                true => first.to_owned(),
                false => first_version(root, includes).into_owned(),
            };
        }
        let Some(parent) = parent else {
            return first.to_owned();
        };
        let above = includes.post(parent);
        let root = above.and_then(|above| json::id(above, "conversation_id"));
        root.map_or_else(|| parent.to_owned(), Cow::into_owned)
    }

    fn addressees(&self, post: &Value, author: Option<&str>) -> Vec<HandleKey> {
        let answered = json::id(post, "in_reply_to_user_id").into_iter();
        let named = mentions(post).iter().filter_map(|one| json::id(one, "id"));
        let mut to: Vec<HandleKey> = Vec::new();
        for id in answered.chain(named).take(MOST_NAMES) {
            let others = Some(&*id) != author && *id != *self.own.user_id;
            if let Some(key) = handle_key(&id).filter(|key| others && !to.contains(key)) {
                to.push(key);
            }
        }
        to
    }
}

/// How many of those named are kept: X allows fifty in a reply.
const MOST_NAMES: usize = 64;

fn mentions(post: &Value) -> &[Value] {
    let entities = post.get("entities").unwrap_or(&Value::Null);
    json::either(entities, ["mentions", "user_mentions"])
}

pub(crate) fn author_id(post: &Value) -> Option<Cow<'_, str>> {
    let user = post.get("user").or_else(|| post.get("author"));
    json::id(post, "author_id").or_else(|| json::id(user?, "id"))
}

/// The ids of every version, oldest first.
fn history(post: &Value) -> impl Iterator<Item = Cow<'_, str>> {
    let all = json::either(post, ["edit_history_tweet_ids", "edit_history_post_ids"]);
    all.iter().filter_map(json::bare_id)
}

/// The id of the first version, and how many came before this one.
fn version<'a>(post: &'a Value, id: &'a str) -> (Cow<'a, str>, u64) {
    let older = history(post).filter(|version| json::order(version, id).is_lt());
    let (mut first, mut count) = (Cow::Borrowed(id), 0);
    for version in older {
        count += 1;
        if json::order(&version, &first).is_lt() {
            first = version;
        }
    }
    (first, count)
}

/// The newest version of a post, as its history tells.
pub(crate) fn newest_version(post: &Value) -> Option<Cow<'_, str>> {
    let newest = history(post).max_by(|a, b| json::order(a, b));
    newest.or_else(|| json::id(post, "id"))
}

/// The id by which a post is known, where it came along.
fn first_version<'a>(id: impl Into<Cow<'a, str>>, includes: &Includes<'_>) -> Cow<'a, str> {
    let id = id.into();
    let Some(post) = includes.post(&id) else {
        return id;
    };
    let first = version(post, &id).0.into_owned();
    match first == *id {
        true => id,
        false => first.into(),
    }
}

/// The id of the post that this one refers to in this way.
fn reference(post: &Value, kind: Reference) -> Option<Cow<'_, str>> {
    let names: &[&str] = match kind {
        Reference::Answers => &["replied_to"],
        Reference::Quotes => &["quoted"],
        Reference::Reposts => &["retweeted", "reposted"],
    };
    let all = json::either(post, ["referenced_tweets", "referenced_posts"]);
    let is_it = |one: &&Value| json::text(one, "type").is_some_and(|kind| names.contains(&kind));
    json::id(all.iter().find(is_it)?, "id")
}

/// The id of the post that this one answers.
pub(crate) fn answered(post: &Value) -> Option<Cow<'_, str>> {
    reference(post, Reference::Answers)
}

/// When this version was written.
fn written(post: &Value, id: &str) -> Option<DateTime<Utc>> {
    json::time(post, "created_at").or_else(|| json::made_at(id))
}

/// The language that X detected, where it is one (docs.x.com, "Languages": `und`, `zxx` and those that
/// begin with `q` are none).
fn language(post: &Value) -> Option<String> {
    let language = json::text(post, "lang")?;
    let is_none = language.starts_with('q') || matches!(language, "und" | "zxx" | "art");
    (!is_none).then(|| language.to_owned())
}

fn parts(post: &Value, includes: &Includes<'_>) -> Vec<Part> {
    let null = &Value::Null;
    let note = post.get("note_tweet").or_else(|| post.get("note_post"));
    let (source, entities) = match note.and_then(|note| Some((note, json::text(note, "text")?))) {
        // The whole of a long post; `text` is its beginning.
        Some((note, whole)) => (whole, note.get("entities").unwrap_or(null)),
        None => (
            json::text(post, "text").unwrap_or_default(),
            post.get("entities").unwrap_or(null),
        ),
    };
    let text = text::readable(text::without_names(source, post), entities);
    let mut parts = Vec::new();
    if !text.is_empty() {
        parts.push(Part::text(text));
    }
    let attachments = post.get("attachments").unwrap_or(null);
    for key in json::list(attachments, "media_keys") {
        if let Some(key) = key.as_str() {
            parts.push(Part::Media(medium(key, includes.medium(key))));
        }
    }
    for id in json::list(attachments, "poll_ids") {
        let poll = id.as_str().and_then(|id| includes.poll(id));
        if let Some(poll) = poll.and_then(Value::as_object) {
            let mut poll = poll.clone();
            poll.insert("type".to_owned(), "poll".into());
            parts.push(Part::Unknown(Value::Object(poll)));
        }
    }
    if parts.is_empty() && post.get("withheld").is_some() {
        parts.push(Part::unreadable("withheld by X in some countries"));
    }
    parts
}

/// Media that may have come along (OpenAPI 2.159, `Media`).
pub(crate) fn medium(key: &str, medium: Option<&Value>) -> Media {
    let null = &Value::Null;
    let medium = medium.unwrap_or(null);
    let mut media = Media::new(match json::text(medium, "type").unwrap_or_default() {
        "photo" => MediaKind::Image,
        "video" | "animated_gif" => MediaKind::Video,
        "audio" => MediaKind::Audio,
        _ => MediaKind::File,
    });
    media.id = Some(key.to_owned());
    // Of a film the copy of the highest rate.
    let variants = json::list(medium, "variants").iter();
    let rate = |variant: &&Value| variant.get("bit_rate").and_then(Value::as_u64).unwrap_or(0);
    let best = variants
        .max_by_key(rate)
        .filter(|best| best["url"].is_string());
    if let Some(best) = best {
        media.media_type = json::text(best, "content_type").map(str::to_owned);
    }
    let url = json::text(medium, "url")
        .or_else(|| best.and_then(|best| json::text(best, "url")))
        .or_else(|| json::text(medium, "preview_image_url"));
    media.url = url.map(str::to_owned);
    media.description = json::text(medium, "alt_text").map(str::to_owned);
    media
}
