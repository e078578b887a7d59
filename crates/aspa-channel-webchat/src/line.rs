use std::hash::{Hash, Hasher};

use aspa_channel::{Direction, Message, MessageKind, Part, Visibility};
use chrono::{DateTime, Utc};
use serde::Serialize;
use siphasher::sip::SipHasher24;

/// Who wrote a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the three sides of a chat")]
pub enum Side {
    /// The visitor.
    Visitor,
    /// One of us.
    Desk,
    /// A program of ours.
    Automatic,
}

/// A file as a visitor sees it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct LineFile {
    /// Where it is kept.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// One message as a visitor sees it now: nothing of what colleagues know beside it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Line {
    /// The name of the message.
    pub id: String,
    /// The page's own id, where the visitor wrote it: joins it to what the page shows already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Who wrote it.
    pub by: Side,
    /// What is written. Text, never markup.
    pub text: String,
    /// What goes along.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<LineFile>,
    /// When it was written, by our clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
    /// Whether it was rewritten.
    pub edited: bool,
    /// Whether it was taken back: the text is empty then.
    pub deleted: bool,
    /// Whether it asks to be called back.
    pub call_back: bool,
}

/// `Debug` shows which line it is, and nothing that anybody wrote.
impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line")
            .field("by", &self.by)
            .field("bytes", &self.text.len())
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for LineFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LineFile")
            .field("media_type", &self.media_type)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

impl Line {
    /// What a visitor sees of a message; none where it is not for their eyes: held, hidden, or empty.
    #[must_use]
    pub fn of(message: &Message) -> Option<Self> {
        let deleted = match message.visibility {
            Visibility::Visible => false,
            Visibility::Deleted => true,
            _ => return None,
        };
        let mut line = Self {
            id: message.key.id.to_string(),
            client: None,
            by: match (message.direction, message.automatic) {
                (Direction::Inbound, _) => Side::Visitor,
                (Direction::Outbound, false) => Side::Desk,
                (Direction::Outbound, true) => Side::Automatic,
            },
            text: String::new(),
            files: Vec::new(),
            at: message.times.effective(),
            edited: message.revision > 0,
            deleted,
            call_back: message.kind == MessageKind::CallBack,
        };
        if message.direction == Direction::Inbound {
            let client = line
                .id
                .rsplit_once("/v/")
                .map(|(_, client)| client.to_owned());
            line.client = client;
        }
        if deleted {
            return Some(line);
        }
        let mut texts = Vec::new();
        for part in &message.parts {
            match part {
                Part::Text { text, .. } => texts.push(text.clone()),
                Part::Field { value, .. } => texts.push(value.clone()),
                Part::Media(media) => line.files.extend(file(media)),
                _ => {}
            }
        }
        line.text = texts.join("\n");
        let empty = line.text.is_empty() && line.files.is_empty();
        (!empty).then_some(line)
    }

    /// A number that changes with anything that is shown.
    pub(crate) fn digest(&self, before: u64) -> u64 {
        let mut hasher = SipHasher24::new_with_keys(before, 0);
        self.hash(&mut hasher);
        hasher.finish()
    }
}

fn file(media: &aspa_channel::Media) -> Option<LineFile> {
    Some(LineFile {
        id: media.id.clone()?,
        name: media.name.clone()?,
        media_type: media.media_type.clone()?,
        bytes: media.bytes?,
    })
}
