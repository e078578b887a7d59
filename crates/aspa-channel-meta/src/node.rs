//! What the Graph API gives of posts, comments, reviews and messages, and the messages that they are.
//!
//! Fields: <https://developers.facebook.com/docs/graph-api/reference/comment>, `…/post`,
//! `…/page/ratings`, `…/page/conversations` (checked 2026-11-21, not verified against the live network).

use aspa_channel::{
    AttributeKind, Audience, Direction, Event, EventKind, Handle, Media, MediaKind, Message,
    MessageKind, Part, Rating, Times, Via, Visibility,
};
use aspa_types::{BadId, HandleKey};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::delivery::Problem;
use crate::json::{Count, Flag, Id, Time, given, written};
use crate::place::Place;

/// The fields of a comment that are asked for.
pub(crate) const COMMENT: &str = "id,message,from,created_time,parent{id},attachment,is_hidden,permalink_url,\
                                  private_reply_conversation{id,participants}";
/// The fields of a post.
pub(crate) const POST: &str = "id,message,from,created_time,permalink_url,full_picture,is_hidden";
/// The fields of a review.
pub(crate) const REVIEW: &str =
    "created_time,reviewer,rating,recommendation_type,review_text,open_graph_story{id}";
/// The fields of a message.
pub(crate) const MESSAGE: &str = "id,created_time,from,to,message,attachments";

/// A list and where it goes on. `paging.next` is a URL that holds the token: it is not read.
#[derive(Deserialize)]
pub(crate) struct List {
    pub(crate) data: Vec<Box<RawValue>>,
    paging: Option<Paging>,
}

#[derive(Deserialize)]
struct Paging {
    cursors: Option<Cursors>,
    next: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Cursors {
    after: Option<String>,
}

impl List {
    /// Where it goes on; none at the end.
    pub(crate) fn after(&self) -> Option<String> {
        let paging = self.paging.as_ref()?;
        paging.next.as_ref()?;
        paging.cursors.as_ref()?.after.clone()
    }
}

#[derive(Deserialize)]
pub(crate) struct Somebody {
    pub(crate) id: Option<Id>,
    pub(crate) name: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct People {
    pub(crate) data: Vec<Somebody>,
}

#[derive(Deserialize)]
pub(crate) struct Thing {
    pub(crate) id: Option<Id>,
}

#[derive(Deserialize)]
pub(crate) struct Private {
    pub(crate) id: Option<Id>,
    pub(crate) participants: Option<People>,
}

/// A post, comment or review.
#[derive(Deserialize)]
pub(crate) struct Node {
    pub(crate) id: Option<Id>,
    pub(crate) message: Option<String>,
    pub(crate) from: Option<Somebody>,
    pub(crate) created_time: Option<Time>,
    pub(crate) parent: Option<Thing>,
    attachment: Option<Box<RawValue>>,
    full_picture: Option<String>,
    pub(crate) is_hidden: Option<Flag>,
    permalink_url: Option<String>,
    pub(crate) private_reply_conversation: Option<Private>,
    reviewer: Option<Somebody>,
    rating: Option<Count>,
    recommendation_type: Option<String>,
    review_text: Option<String>,
    open_graph_story: Option<Thing>,
}

#[derive(Deserialize)]
struct Attached {
    #[serde(rename = "type")]
    kind: Option<String>,
    media: Option<Shown>,
    url: Option<String>,
}

#[derive(Deserialize)]
struct Shown {
    image: Option<Image>,
    source: Option<String>,
}

#[derive(Deserialize)]
struct Image {
    src: Option<String>,
}

fn bad(_: BadId) -> Problem {
    "an id cannot be one"
}

/// Which kind of node it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Post,
    Comment,
    Mention,
    Review,
}

impl Node {
    pub(crate) fn read(raw: &str) -> Result<Self, Problem> {
        serde_json::from_str(raw).map_err(|_| "a field is of another kind")
    }

    pub(crate) fn key(&self) -> Result<&str, Problem> {
        let story = self.open_graph_story.as_ref();
        let id = given(self.id.as_ref()).or(story.and_then(|story| given(story.id.as_ref())));
        id.ok_or("id is missing")
    }

    pub(crate) fn written_at(&self) -> Option<DateTime<Utc>> {
        self.created_time.and_then(|time| time.0)
    }

    pub(crate) fn author(&self) -> Option<&str> {
        let by = self.from.as_ref().or(self.reviewer.as_ref());
        by.and_then(|by| given(by.id.as_ref()))
    }

    /// The message it is, in the conversation below `root`, or below itself.
    pub(crate) fn message(
        &self,
        place: &Place,
        kind: Kind,
        root: Option<&str>,
    ) -> Result<Message, Problem> {
        let id = self.key()?;
        let ours = self.author().is_some_and(|by| place.is_us(by));
        let direction = match ours {
            true => Direction::Outbound,
            false => Direction::Inbound,
        };
        let root = root.unwrap_or(id);
        let key = place.message(id).map_err(bad)?;
        let mut message = Message::new(key, place.post(root).map_err(bad)?, direction);
        message.kind = match kind {
            Kind::Post => MessageKind::Post,
            Kind::Comment => MessageKind::Comment,
            Kind::Mention => MessageKind::Mention,
            Kind::Review => MessageKind::Review,
        };
        let author = self.author().map(|by| place.author(by));
        message.author = author.transpose().map_err(bad)?;
        if kind == Kind::Comment {
            let parent = self
                .parent
                .as_ref()
                .and_then(|parent| given(parent.id.as_ref()));
            message.in_reply_to = Some(place.message(parent.unwrap_or(root)).map_err(bad)?);
        }
        let text = self.message.as_deref().or(self.review_text.as_deref());
        let text = text.filter(|text| !text.is_empty());
        message.parts.extend(text.map(Part::text));
        message.parts.extend(self.media().map(Part::Media));
        message.rating = match self.recommendation_type.as_deref() {
            Some(word) if word.eq_ignore_ascii_case("positive") => Some(Rating::new(1, 1)),
            Some(word) if word.eq_ignore_ascii_case("negative") => Some(Rating::new(0, 1)),
            _ => {
                let stars = self.rating.and_then(|stars| u8::try_from(stars.0).ok());
                let stars = stars.filter(|stars| (1..=5).contains(stars));
                stars.map(|stars| Rating::new(stars, 5))
            }
        };
        message.url = written(self.permalink_url.clone());
        message.times = self.written_at().map(Times::vouched).unwrap_or_default();
        if self.is_hidden == Some(Flag(true)) {
            message.visibility = Visibility::Hidden;
        }
        Ok(message)
    }

    fn media(&self) -> Option<Media> {
        let (kind, url) = match &self.attachment {
            Some(raw) => {
                let attached: Attached = serde_json::from_str(raw.get()).ok()?;
                let video = attached
                    .kind
                    .as_deref()
                    .is_some_and(|kind| kind.starts_with("video"));
                let sticker = attached.kind.as_deref() == Some("sticker");
                let (source, image) = attached
                    .media
                    .map_or((None, None), |media| (media.source, media.image));
                let image = image.and_then(|image| image.src);
                match (video, sticker) {
                    (true, _) => (MediaKind::Video, source.or(attached.url)?),
                    (_, true) => (MediaKind::Sticker, image.or(attached.url)?),
                    _ => (MediaKind::Image, image?),
                }
            }
            None => (MediaKind::Image, self.full_picture.clone()?),
        };
        let mut media = Media::new(kind);
        media.url = Some(url);
        Some(media)
    }

    /// Its message as an event, with its author's name.
    pub(crate) fn event(
        &self,
        place: &Place,
        kind: Kind,
        root: Option<&str>,
        via: &Via,
    ) -> Result<Event, Problem> {
        let message = self.message(place, kind, root)?;
        let at = message.times.source;
        let by = self.from.as_ref().or(self.reviewer.as_ref());
        let handle = message.author.clone().map(Handle::new);
        let handle = handle.map(|handle| named(handle, by, at));
        let mut event = Event::new(
            place.account.clone(),
            EventKind::message(message),
            via.clone(),
        );
        event.at = at;
        event.handles.extend(handle);
        Ok(event)
    }

    /// Who this commenter is in Messenger, once a private reply has opened a conversation.
    pub(crate) fn joined(&self, place: &Place, via: &Via) -> Option<Event> {
        let author = place.author(self.author()?).ok()?;
        let private = self.private_reply_conversation.as_ref()?;
        let person = other(place, private.participants.as_ref()?)?;
        let person = place.person(given(person.id.as_ref())?).ok()?;
        Some(same_person(place, author, &person, self.written_at()?, via))
    }
}

/// The one who is not the Page, of those who take part.
pub(crate) fn other<'a>(place: &Place, people: &'a People) -> Option<&'a Somebody> {
    let not_us = |one: &&Somebody| given(one.id.as_ref()).is_some_and(|id| !place.is_us(id));
    people.data.iter().find(not_us)
}

fn named(handle: Handle, by: Option<&Somebody>, at: Option<DateTime<Utc>>) -> Handle {
    let name = by.and_then(|by| by.name.clone());
    match written(name).zip(at) {
        Some((name, at)) => handle.with(AttributeKind::DisplayName, name, at),
        None => handle,
    }
}

/// One person under two ids, as the network itself says: each handle bears the other as a second id.
fn same_person(
    place: &Place,
    author: HandleKey,
    person: &HandleKey,
    at: DateTime<Utc>,
    via: &Via,
) -> Event {
    let second = |of: &HandleKey, other: &HandleKey| {
        Handle::new(of.clone()).verified(AttributeKind::SecondId, other.to_string(), at)
    };
    let handles = vec![second(&author, person), second(person, &author)];
    let kind = EventKind::handle(author, None);
    let mut event = Event::new(place.account.clone(), kind, via.clone());
    event.at = Some(at);
    event.handles = handles;
    event
}

/// A message of a Messenger conversation.
#[derive(Deserialize)]
pub(crate) struct Line {
    pub(crate) id: Option<Id>,
    pub(crate) message: Option<String>,
    pub(crate) from: Option<Somebody>,
    to: Option<People>,
    pub(crate) created_time: Option<Time>,
    attachments: Option<Files>,
}

#[derive(Deserialize)]
struct Files {
    data: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
struct File {
    id: Option<Id>,
    mime_type: Option<String>,
    size: Option<Count>,
    file_url: Option<String>,
    image_data: Option<Source>,
    video_data: Option<Source>,
}

#[derive(Deserialize)]
struct Source {
    url: Option<String>,
}

impl Line {
    pub(crate) fn read(raw: &str) -> Result<Self, Problem> {
        serde_json::from_str(raw).map_err(|_| "a field is of another kind")
    }

    pub(crate) fn is_ours(&self, place: &Place) -> bool {
        let from = self.from.as_ref().and_then(|from| given(from.id.as_ref()));
        from.is_some_and(|id| place.is_us(id))
    }

    /// Who is not the Page, of those it is from and to.
    pub(crate) fn person(&self, place: &Place) -> Option<&str> {
        let from = self.from.as_ref().and_then(|from| given(from.id.as_ref()));
        let from = from.filter(|id| !place.is_us(id));
        let to = self.to.as_ref().and_then(|to| other(place, to));
        from.or(to.and_then(|to| given(to.id.as_ref())))
    }

    pub(crate) fn message(&self, place: &Place, person: Option<&str>) -> Result<Message, Problem> {
        let person = person
            .or(self.person(place))
            .ok_or("nobody but the page is named")?;
        let ours = self.is_ours(place);
        let direction = match ours {
            true => Direction::Outbound,
            false => Direction::Inbound,
        };
        let key = place
            .message(given(self.id.as_ref()).ok_or("id is missing")?)
            .map_err(bad)?;
        let mut message = Message::new(key, place.thread(person).map_err(bad)?, direction);
        (message.kind, message.audience) = (MessageKind::Direct, Audience::Direct);
        let handle = place.person(person).map_err(bad)?;
        match ours {
            true => {
                message.author = Some(place.person(&place.page).map_err(bad)?);
                message.to.push(handle);
            }
            false => message.author = Some(handle),
        }
        let text = self.message.as_deref().filter(|text| !text.is_empty());
        message.parts.extend(text.map(Part::text));
        for raw in self.attachments.iter().flat_map(|files| &files.data) {
            message.parts.push(file(raw.get()));
        }
        let at = self.created_time.and_then(|time| time.0);
        message.times = at.map(Times::vouched).unwrap_or_default();
        Ok(message)
    }

    pub(crate) fn event(
        &self,
        place: &Place,
        person: Option<&str>,
        via: &Via,
    ) -> Result<Event, Problem> {
        let message = self.message(place, person)?;
        let at = message.times.source;
        let handle = message
            .author
            .clone()
            .filter(|_| message.direction == Direction::Inbound);
        let handle = handle.map(|key| named(Handle::new(key), self.from.as_ref(), at));
        let mut event = Event::new(
            place.account.clone(),
            EventKind::message(message),
            via.clone(),
        );
        event.at = at;
        event.handles.extend(handle);
        Ok(event)
    }
}

fn file(raw: &str) -> Part {
    let Ok(file) = serde_json::from_str::<File>(raw) else {
        return Part::unreadable("an attachment that is not understood");
    };
    let is = |family: &str| {
        file.mime_type
            .as_deref()
            .is_some_and(|of| of.starts_with(family))
    };
    let kind = match (&file.image_data, &file.video_data) {
        (Some(_), _) => MediaKind::Image,
        (_, Some(_)) => MediaKind::Video,
        _ if is("audio/") => MediaKind::Audio,
        _ => MediaKind::File,
    };
    let mut media = Media::new(kind);
    media.id = given(file.id.as_ref()).map(str::to_owned);
    let source = file
        .image_data
        .or(file.video_data)
        .and_then(|source| source.url);
    media.url = written(source).or(written(file.file_url));
    media.media_type = written(file.mime_type);
    media.bytes = file.size.and_then(|size| u64::try_from(size.0).ok());
    Part::Media(media)
}
