use std::fmt;

use aspa_types::{
    AccountId, AgentId, CustomerId, EffectKey, Extra, HandleKey, keep_unknown, text_enum,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::debug::unknown;
use crate::effect::{Effect, EffectKind, ReplyKind};
use crate::key::{ConversationKey, MessageKey};

/// Who wrote it: somebody else, or one of us (an echo of our own sending included).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "somebody is one of us or not")]
pub enum Direction {
    /// Written by somebody else.
    Inbound,
    /// Written by us.
    Outbound,
}

text_enum! {
    /// What kind of writing it is.
    pub enum MessageKind {
        /// A post of its own.
        Post = "post",
        /// A comment or reply below something.
        Comment = "comment",
        /// A post that names us.
        Mention = "mention",
        /// A post that shows another one.
        Quote = "quote",
        /// A message between persons.
        Direct = "direct",
        /// A review or recommendation.
        Review = "review",
        /// An e-mail.
        Mail = "mail",
        /// A line of a live chat.
        Chat = "chat",
        /// A form that was filled in.
        Form = "form",
        /// A wish to be called back.
        CallBack = "call_back",
    }
}

impl MessageKind {
    fn of_answer(&self) -> Self {
        match self {
            Self::Post | Self::Mention | Self::Quote | Self::Review => Self::Comment,
            Self::Form | Self::CallBack => Self::Direct,
            same => same.clone(),
        }
    }
}

text_enum! {
    /// Who can read it.
    pub enum Audience {
        /// Everybody.
        Public = "public",
        /// Everybody who has the link or follows; not shown in public lists.
        Unlisted = "unlisted",
        /// Followers or members.
        Followers = "followers",
        /// The persons addressed.
        Direct = "direct",
    }
}

text_enum! {
    /// Whether it can be seen where it was written.
    pub enum Visibility {
        /// It can be seen.
        Visible = "visible",
        /// It waits for a moderator.
        Held = "held",
        /// A moderator or we hid it; its author may still see it.
        Hidden = "hidden",
        /// It was taken back or removed.
        Deleted = "deleted",
    }
}

text_enum! {
    /// What a piece of media is.
    pub enum MediaKind {
        /// A picture.
        Image = "image",
        /// Moving pictures.
        Video = "video",
        /// Sound, a voice message.
        Audio = "audio",
        /// A sticker.
        Sticker = "sticker",
        /// Any other file.
        File = "file",
    }
}

/// A reference to media that stays where it is until somebody fetches it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Media {
    /// What it is.
    pub kind: MediaKind,
    /// The network's id of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Where it can be fetched. May hold a credential: never logged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Its size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// What its sender calls the file. Never part of a path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What its author says it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Until when the network keeps it at `url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_until: Option<DateTime<Utc>>,
    /// Until when we may keep a copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_until: Option<DateTime<Utc>>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Media {
    /// Media of a kind, of which nothing else is known yet.
    #[must_use]
    pub fn new(kind: MediaKind) -> Self {
        Self {
            kind,
            id: None,
            url: None,
            media_type: None,
            bytes: None,
            name: None,
            description: None,
            available_until: None,
            keep_until: None,
            extra: Extra::new(),
        }
    }
}

/// `Debug` shows no id, address or description.
impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Media")
            .field("kind", &self.kind)
            .field("media_type", &self.media_type)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

/// A piece of what a message holds.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Part {
    /// Plain text, entities decoded, as its author sees it.
    Text {
        /// The text.
        text: String,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// HTML as the network gave it, not cleaned. Never shown as it is.
    Html {
        /// The HTML.
        html: String,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Media by reference.
    Media(Media),
    /// A place on earth.
    Location {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
        /// What the place is called.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// A field of a form.
    Field {
        /// What was asked.
        name: String,
        /// What was answered.
        value: String,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Something there that this program cannot read, such as encrypted text. Shown as such.
    Unreadable {
        /// Why.
        why: String,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// A part of a kind that this version does not know, as it came.
    #[serde(skip)]
    Unknown(serde_json::Value),
}

keep_unknown!(
    Part,
    "type",
    ["text", "html", "media", "location", "field", "unreadable"]
);

impl Part {
    /// Plain text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text {
            text: text.into(),
            extra: Extra::new(),
        }
    }

    /// HTML, not cleaned.
    #[must_use]
    pub fn html(html: impl Into<String>) -> Self {
        Self::Html {
            html: html.into(),
            extra: Extra::new(),
        }
    }

    /// A place on earth, in degrees north and east.
    #[must_use]
    pub fn location(latitude: f64, longitude: f64, name: Option<String>) -> Self {
        Self::Location {
            latitude,
            longitude,
            name,
            extra: Extra::new(),
        }
    }

    /// A field of a form.
    #[must_use]
    pub fn field(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self::Field {
            name: name.into(),
            value: value.into(),
            extra: Extra::new(),
        }
    }

    /// Something that cannot be read, and why.
    #[must_use]
    pub fn unreadable(why: impl Into<String>) -> Self {
        Self::Unreadable {
            why: why.into(),
            extra: Extra::new(),
        }
    }
}

/// `Debug` shows the kind and the length in bytes, never what is written.
impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { text, .. } => write!(f, "Text({} bytes)", text.len()),
            Self::Html { html, .. } => write!(f, "Html({} bytes)", html.len()),
            Self::Media(media) => media.fmt(f),
            Self::Location { .. } => f.write_str("Location"),
            Self::Field { value, .. } => write!(f, "Field({} bytes)", value.len()),
            Self::Unreadable { why, .. } => write!(f, "Unreadable({} bytes)", why.len()),
            Self::Unknown(value) => unknown(f, value),
        }
    }
}

/// The three times of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Times {
    /// When it was written, by the source's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<DateTime<Utc>>,
    /// Whether the network's own server vouches for `source`; a sender's clock does not count.
    #[serde(default)]
    pub vouched: bool,
    /// When it reached us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<DateTime<Utc>>,
    /// When tickets and clocks learned of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied: Option<DateTime<Utc>>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Times {
    /// Written at `source`, which the network's server vouches for.
    #[must_use]
    pub fn vouched(source: DateTime<Utc>) -> Self {
        Self {
            source: Some(source),
            vouched: true,
            ..Self::default()
        }
    }

    /// Written at `source` by the sender's own clock.
    #[must_use]
    pub fn claimed(source: DateTime<Utc>) -> Self {
        Self {
            vouched: false,
            ..Self::vouched(source)
        }
    }

    /// When clocks count it from: the source's time where it is vouched for, never later than our
    /// receipt; else our receipt. None before it was received, if nobody vouches.
    #[must_use]
    pub fn effective(&self) -> Option<DateTime<Utc>> {
        match (self.source, self.received) {
            (Some(source), Some(received)) if self.vouched => Some(source.min(received)),
            (Some(source), None) if self.vouched => Some(source),
            (_, received) => received,
        }
    }
}

/// What was planned and sent to many, and made this message come or go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Campaign {
    /// Its id in the system that planned it: an advertisement, a mailing, a service notice.
    pub id: String,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Campaign {
    /// A campaign known by its id.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: None,
            extra: Extra::new(),
        }
    }
}

/// What a review gives: `value` of `best`. A recommendation is 1 of 1, its opposite 0 of 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Rating {
    /// What was given.
    pub value: u8,
    /// The most that can be given.
    pub best: u8,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Rating {
    /// `value` of `best`.
    #[must_use]
    pub fn new(value: u8, best: u8) -> Self {
        let extra = Extra::new();
        Self { value, best, extra }
    }
}

/// What a host vouches for: the person logged in is this customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HostAssertion {
    /// Who it is.
    pub customer: CustomerId,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl HostAssertion {
    /// The host says that it is this customer.
    #[must_use]
    pub fn new(customer: CustomerId) -> Self {
        let extra = Extra::new();
        Self { customer, extra }
    }
}

/// One thing somebody wrote, at one revision.
///
/// It names its author and its conversation by key and holds neither: profiles travel beside it in
/// an [`Event`](crate::Event), and what became of it is the ticket's business.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Message {
    /// Its name.
    pub key: MessageKey,
    /// What it is part of.
    pub conversation: ConversationKey,
    /// Whether one of us wrote it.
    pub direction: Direction,
    /// What kind of writing it is.
    pub kind: MessageKind,
    /// Who can read it.
    pub audience: Audience,
    /// Who wrote it, where the network says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<HandleKey>,
    /// Whom it is addressed to or answers, where that is known. It decides whose ticket one of our
    /// messages belongs to; where empty, the author of `in_reply_to` does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<HandleKey>,
    /// What it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_reply_to: Option<MessageKey>,
    /// What it quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quotes: Option<MessageKey>,
    /// Its subject line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What it holds, in order.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// A BCP 47 tag of the language it is written in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What a review gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
    /// Where people can see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When it was written, received and applied. Of an edit: of the original writing.
    pub times: Times,
    /// 0 as first written; larger with each edit. Networks that do not count their edits use the
    /// Unix milliseconds of the edit.
    #[serde(default)]
    pub revision: u64,
    /// When this revision was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<DateTime<Utc>>,
    /// Whether it could be seen when it was read.
    pub visibility: Visibility,
    /// Whether a program wrote it. A program is never answered by a program.
    #[serde(default)]
    pub automatic: bool,
    /// Which of us wrote it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentId>,
    /// The account of ours that wrote it, where another one saw it: an import or a shared inbox sees
    /// what several accounts write. None: the account of `key`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<AccountId>,
    /// What kind of reply one of our messages is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<ReplyKind>,
    /// The effect of ours that made it, where the network gives our key back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<EffectKey>,
    /// What it came from or belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<Campaign>,
    /// Who the host says its author is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asserted: Option<HostAssertion>,
    /// The same writing seen through other doors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub same_as: Vec<MessageKey>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Message {
    /// A visible public comment without content; fields say the rest.
    #[must_use]
    pub fn new(key: MessageKey, conversation: ConversationKey, direction: Direction) -> Self {
        Self {
            key,
            conversation,
            direction,
            kind: MessageKind::Comment,
            audience: Audience::Public,
            author: None,
            to: Vec::new(),
            in_reply_to: None,
            quotes: None,
            subject: None,
            parts: Vec::new(),
            language: None,
            rating: None,
            url: None,
            times: Times::default(),
            revision: 0,
            edited_at: None,
            visibility: Visibility::Visible,
            automatic: false,
            agent: None,
            sender: None,
            reply: None,
            effect: None,
            campaign: None,
            asserted: None,
            same_as: Vec::new(),
            extra: Extra::new(),
        }
    }

    /// The message named `key` that a [`Send`](EffectKind::Send) makes, written to answer `answered`;
    /// times are for whoever knows them.
    ///
    /// Where the effect names no audience, that of `answered` holds. The kind is that of `answered`,
    /// but what answers a post, mention, quote or review is a comment, what answers a form or a wish
    /// to be called is a direct message, and so is a comment that only the addressed can read.
    ///
    /// None for any other effect: it writes nothing, rewrites something, or starts a conversation
    /// whose name only the network knows.
    #[must_use]
    pub fn of_effect(key: MessageKey, effect: &Effect, answered: Option<&Self>) -> Option<Self> {
        let EffectKind::Send {
            text,
            in_reply_to,
            to,
            media,
            audience,
            reply,
            ..
        } = &effect.kind
        else {
            return None;
        };
        let mut message = Self::new(key, effect.conversation.clone(), Direction::Outbound);
        if let Some(answered) = answered {
            message.kind = answered.kind.of_answer();
            message.audience = answered.audience.clone();
        }
        if let Some(audience) = audience {
            message.audience = audience.clone();
        }
        if message.kind == MessageKind::Comment && message.audience == Audience::Direct {
            message.kind = MessageKind::Direct;
        }
        if !text.is_empty() {
            message.parts.push(Part::text(text));
        }
        message.parts.extend(media.iter().cloned().map(Part::Media));
        message.in_reply_to.clone_from(in_reply_to);
        message.to.clone_from(to);
        message.reply = Some(reply.clone());
        message.agent.clone_from(&effect.by);
        message.effect = Some(effect.key.clone());
        Some(message)
    }

    /// Its plain text, parts joined by line ends; empty where it has none.
    #[must_use]
    pub fn text(&self) -> String {
        let texts = self.parts.iter().filter_map(|part| match part {
            Part::Text { text, .. } => Some(text.as_str()),
            _ => None,
        });
        texts.collect::<Vec<_>>().join("\n")
    }
}

/// `Debug` shows which message it is, and nothing that anybody wrote.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("key", &self.key)
            .field("direction", &self.direction)
            .field("kind", &self.kind)
            .field("revision", &self.revision)
            .field("parts", &self.parts.len())
            .finish_non_exhaustive()
    }
}
