//! What is attached to a message.

use aspa_channel::{Media, MediaKind, Part};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use crate::json::{Id, given, value, written};

/// An attachment, unread.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Attachment<'a>(#[serde(borrow)] &'a RawValue);

#[derive(Deserialize)]
struct Known {
    #[serde(rename = "type")]
    kind: Option<String>,
    payload: Option<Payload>,
}

#[derive(Deserialize)]
struct Payload {
    url: Option<String>,
    sticker_id: Option<Id>,
    title: Option<String>,
    coordinates: Option<Coordinates>,
}

#[derive(Deserialize)]
struct Coordinates {
    lat: Option<f64>,
    long: Option<f64>,
}

/// The parts that attachments make. A sticker that comes as an image too (until 2026-08-30) is one.
pub(crate) fn parts(attachments: Vec<Attachment<'_>>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for attachment in attachments {
        let part = part(attachment.0.get());
        let sticker = sticker(&part);
        if sticker.is_none() || parts.iter().all(|known| self::sticker(known) != sticker) {
            parts.push(part);
        }
    }
    parts
}

fn sticker(part: &Part) -> Option<&str> {
    match part {
        Part::Media(media) if media.kind == MediaKind::Sticker => media.id.as_deref(),
        _ => None,
    }
}

/// What is not understood is kept as it came, one level down.
fn part(raw: &str) -> Part {
    known(raw)
        .unwrap_or_else(|| Part::Unknown(json!({ "type": "attachment", "attachment": value(raw) })))
}

fn known(raw: &str) -> Option<Part> {
    let known: Known = serde_json::from_str(raw).ok()?;
    let payload = known.payload?;
    let sticker = given(payload.sticker_id.as_ref());
    let kind = match (known.kind.as_deref()?, sticker) {
        ("image" | "sticker", Some(_)) | ("sticker", None) => MediaKind::Sticker,
        ("image", None) => MediaKind::Image,
        ("video", _) => MediaKind::Video,
        ("audio", _) => MediaKind::Audio,
        ("file", _) => MediaKind::File,
        ("location", _) => {
            let place = payload.coordinates?;
            return Some(Part::location(
                place.lat?,
                place.long?,
                written(payload.title),
            ));
        }
        _ => return None,
    };
    let mut media = Media::new(kind);
    media.id = sticker.map(str::to_owned);
    media.url = written(payload.url);
    media.description = written(payload.title);
    (media.id.is_some() || media.url.is_some()).then_some(Part::Media(media))
}
