//! What happens on a Page: `changes` of the fields `feed`, `mention` and `ratings`.
//!
//! <https://developers.facebook.com/docs/graph-api/webhooks/reference/page> (checked 2026-11-21, not verified
//! against the live network). Times are seconds.

use aspa_channel::{
    AttributeKind, ConversationKey, Direction, Event, EventKind, Handle, Media, MediaKind, Message,
    MessageKey, MessageKind, Part, Rating, Times, Via, Visibility,
};
use aspa_types::{BadId, HandleKey};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::delivery::{Context, Problem};
use crate::json::{Count, Flag, Id, Time, given, written};
use crate::messenger;

#[derive(Deserialize)]
struct Change<'a> {
    field: Option<String>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Person {
    id: Option<Id>,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Post {
    permalink_url: Option<String>,
}

/// What a change says, of whatever field.
#[derive(Deserialize)]
struct Said {
    item: Option<String>,
    verb: Option<String>,
    post_id: Option<Id>,
    comment_id: Option<Id>,
    parent_id: Option<Id>,
    from: Option<Person>,
    /// Before version 2.11.
    sender_id: Option<Id>,
    sender_name: Option<String>,
    message: Option<String>,
    created_time: Option<Time>,
    photo: Option<String>,
    photos: Option<Vec<String>>,
    video: Option<String>,
    link: Option<String>,
    reaction_type: Option<String>,
    is_hidden: Option<Flag>,
    post: Option<Post>,
    permalink_url: Option<String>,
    open_graph_story_id: Option<Id>,
    reviewer_id: Option<Id>,
    reviewer_name: Option<String>,
    rating: Option<Count>,
    recommendation_type: Option<String>,
    review_text: Option<String>,
}

impl Said {
    /// Whether somebody wrote something that stands on the wall.
    fn is_written(&self) -> bool {
        let text = self.message.as_deref().unwrap_or_default();
        let by = self.from.is_some() || self.sender_id.is_some();
        given(self.post_id.as_ref()).is_some() && by && !text.is_empty()
    }
}

fn bad(_: BadId) -> Problem {
    "an id cannot be one"
}

/// The events of one change: one, but for receipts of Messenger.
pub(crate) fn events(
    context: &Context<'_>,
    item: &RawValue,
    events: &mut Vec<Event>,
) -> Result<(), Problem> {
    let change: Change<'_> =
        serde_json::from_str(item.get()).map_err(|_| "no change with field and value")?;
    let field = change.field.as_deref().unwrap_or_default();
    let value = change.value.ok_or("value is missing");
    if field.starts_with("messag") || field == "standby" {
        // What the App Dashboard sends on *Test*, and the reference shows: an item of `messaging` as a value.
        let standby = context.standby || field == "standby";
        let context = Context {
            standby,
            ..*context
        };
        return messenger::events(&context, value?, events);
    }
    if !matches!(field, "feed" | "mention" | "ratings") {
        return Err("a field that is not known");
    }
    let value = value?;
    let said: Said =
        serde_json::from_str(value.get()).map_err(|_| "a field of value is of another kind")?;
    events.push(Subject::of(context, field, said)?.event()?);
    Ok(())
}

/// What a change is about.
struct Subject<'a> {
    context: &'a Context<'a>,
    kind: Kind,
    key: MessageKey,
    conversation: ConversationKey,
    by: Option<HandleKey>,
    name: Option<String>,
    said: Said,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Post,
    Comment,
    Mention,
    Review,
    Reaction,
}

impl<'a> Subject<'a> {
    fn of(context: &'a Context<'a>, field: &str, mut said: Said) -> Result<Self, Problem> {
        let place = context.place;
        let item = said.item.as_deref().unwrap_or_default();
        let kind = match (field, item) {
            (_, "reaction" | "like") => Kind::Reaction,
            ("mention", _) | (_, "mention") => Kind::Mention,
            (_, "comment") => Kind::Comment,
            ("ratings", "" | "rating" | "recommendation") => Kind::Review,
            (
                "feed",
                "post" | "status" | "photo" | "video" | "share" | "link" | "album" | "note",
            ) => Kind::Post,
            // Other things that stand on the wall (an event, a milestone, a question): with somebody's words.
            ("feed", _) if said.is_written() => Kind::Post,
            _ => return Err("an item that is not known"),
        };
        let post = given(said.post_id.as_ref()).or(given(said.open_graph_story_id.as_ref()));
        let comment = given(said.comment_id.as_ref());
        let root = post.or(comment).ok_or("post_id is missing")?;
        let about = match kind {
            Kind::Comment => comment.ok_or("comment_id is missing")?,
            Kind::Post | Kind::Review => root,
            Kind::Mention | Kind::Reaction => comment.unwrap_or(root),
        };
        let key = place.message(about).map_err(bad)?;
        let conversation = place.post(root).map_err(bad)?;
        let from = said.from.as_ref().and_then(|from| given(from.id.as_ref()));
        let from = from.or(given(said.sender_id.as_ref()));
        let from = from.or(given(said.reviewer_id.as_ref()));
        let by = from.map(|id| place.author(id)).transpose().map_err(bad)?;
        let name = said.from.take().and_then(|from| written(from.name));
        let name = name
            .or_else(|| written(said.sender_name.take()))
            .or_else(|| written(said.reviewer_name.take()));
        Ok(Self {
            context,
            kind,
            key,
            conversation,
            by,
            name,
            said,
        })
    }

    fn event(mut self) -> Result<Event, Problem> {
        let (verb, place) = (self.said.verb.take(), self.context.place);
        let kind = match (verb.as_deref().unwrap_or("add"), self.kind) {
            (verb @ ("add" | "edit" | "edited" | "remove"), Kind::Reaction) => {
                let by = self.by.clone().ok_or("a reaction of nobody")?;
                let word = written(self.said.reaction_type.take());
                let word = word.unwrap_or_else(|| "like".to_owned());
                EventKind::reaction(self.key.clone(), by, word, verb == "remove")
            }
            // As a message it would hide the author, whom `feed` names, and have a ticket of nobody's.
            ("add", Kind::Mention)
                if self.by.is_none() && place.is_on_our_wall(&self.conversation.id) =>
            {
                return Err("a mention of nobody on the own wall, which feed tells too");
            }
            ("add", _) => EventKind::message(self.message(false)?),
            ("edit" | "edited" | "update", _) => EventKind::message(self.message(true)?),
            (verb @ ("remove" | "delete" | "hide" | "unhide"), _) => {
                let now = match verb {
                    "hide" => Visibility::Hidden,
                    "unhide" => Visibility::Visible,
                    _ => Visibility::Deleted,
                };
                EventKind::visibility(self.key.clone(), now, self.by.clone())
            }
            _ => return Err("a verb that is not known"),
        };
        let at = self.written_at().or(self.context.at);
        let mut event = Event::new(self.context.place.account.clone(), kind, Via::Webhook);
        // Of a message that was written long ago and is hidden now, the hiding counts.
        event.at = match event.kind {
            EventKind::Message(_) => at,
            _ => self.context.at.or(at),
        };
        if let Some(by) = self.by {
            let mut handle = Handle::new(by);
            if let Some(name) = self.name {
                let seen = at.unwrap_or(self.context.now);
                handle = handle.with(AttributeKind::DisplayName, name, seen);
            }
            event.handles.push(handle);
        }
        Ok(event)
    }

    fn written_at(&self) -> Option<DateTime<Utc>> {
        self.said.created_time.and_then(|time| time.0)
    }

    fn message(&mut self, edit: bool) -> Result<Message, Problem> {
        let place = self.context.place;
        let ours = self.by.as_ref().is_some_and(|by| place.is_us(by.id()));
        let direction = match ours {
            true => Direction::Outbound,
            false => Direction::Inbound,
        };
        let (key, conversation) = (self.key.clone(), self.conversation.clone());
        let mut message = Message::new(key, conversation, direction);
        message.kind = match self.kind {
            Kind::Post => MessageKind::Post,
            Kind::Mention => MessageKind::Mention,
            Kind::Review => MessageKind::Review,
            Kind::Comment | Kind::Reaction => MessageKind::Comment,
        };
        message.author.clone_from(&self.by);
        if given(self.said.comment_id.as_ref()).is_some() {
            // A comment of the first level bears no parent, or the post as its parent.
            let parent = given(self.said.parent_id.as_ref()).unwrap_or(&self.conversation.id);
            let parent = place.message(parent).map_err(bad)?;
            message.in_reply_to = Some(parent).filter(|parent| *parent != message.key);
        }
        let text =
            written(self.said.message.take()).or_else(|| written(self.said.review_text.take()));
        message.parts.extend(text.map(Part::text));
        message.parts.extend(self.media());
        message.rating = self.rating();
        let post = self.said.post.take().and_then(|post| post.permalink_url);
        message.url = written(self.said.permalink_url.take()).or(written(post));
        let usual = [
            "", "post", "status", "photo", "video", "share", "link", "album", "note",
        ];
        let item = self.said.item.as_deref().unwrap_or_default();
        if self.kind == Kind::Post && !usual.contains(&item) {
            let item = Value::String(item.to_owned());
            message.extra.insert("item".to_owned(), item);
        }
        if let Some(link) = written(self.said.link.take()) {
            message.extra.insert("link".to_owned(), Value::String(link));
        }
        if self.said.is_hidden == Some(Flag(true)) {
            message.visibility = Visibility::Hidden;
        }
        let written_at = self.written_at();
        // An edit may bear the time of the edit alone, so that nothing is known of the original.
        let original = match edit {
            true => written_at.filter(|at| self.context.at.is_none_or(|now| *at < now)),
            false => written_at.or(self.context.at),
        };
        message.times = original.map(Times::vouched).unwrap_or_default();
        message.times.received = Some(self.context.now);
        if edit {
            let at = self.context.at.or(written_at);
            message.edited_at = at;
            message.revision = revision(at, &message.text());
        }
        Ok(message)
    }

    fn media(&mut self) -> Vec<Part> {
        let photos = self.said.photo.take().into_iter();
        let photos = photos.chain(self.said.photos.take().unwrap_or_default());
        let mut media: Vec<(MediaKind, String)> = Vec::new();
        for url in photos.filter(|url| !url.is_empty()) {
            if media.iter().all(|(_, known)| *known != url) {
                media.push((MediaKind::Image, url));
            }
        }
        media.extend(written(self.said.video.take()).map(|url| (MediaKind::Video, url)));
        if media.is_empty() {
            let kind = match self.said.item.as_deref() {
                Some("photo") => Some(MediaKind::Image),
                Some("video") => Some(MediaKind::Video),
                _ => None,
            };
            media.extend(kind.and_then(|kind| Some((kind, written(self.said.link.take())?))));
        }
        let part = |(kind, url)| {
            let mut media = Media::new(kind);
            media.url = Some(url);
            Part::Media(media)
        };
        media.into_iter().map(part).collect()
    }

    /// Stars where somebody gave stars; since 2018 people recommend a page or do not.
    fn rating(&self) -> Option<Rating> {
        if self.kind != Kind::Review {
            return None;
        }
        match self.said.recommendation_type.as_deref() {
            Some(word) if word.eq_ignore_ascii_case("positive") => return Some(Rating::new(1, 1)),
            Some(word) if word.eq_ignore_ascii_case("negative") => return Some(Rating::new(0, 1)),
            _ => {}
        }
        let stars = u8::try_from(self.said.rating?.0).ok()?;
        (1..=5).contains(&stars).then(|| Rating::new(stars, 5))
    }
}

/// Meta does not count edits, and tells when in whole seconds: the milliseconds of the edit, whose last three
/// digits tell two texts of one second apart.
pub(crate) fn revision(at: Option<DateTime<Utc>>, text: &str) -> u64 {
    let seconds = at.and_then(|at| u64::try_from(at.timestamp()).ok());
    // FNV-1a (Fowler, Noll, Vo): the same text has to have the same digits for ever.
    let digest = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    seconds.unwrap_or(0) * 1_000 + digest % 999 + 1
}
