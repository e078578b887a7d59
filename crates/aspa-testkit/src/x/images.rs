//! Images that go along with posts and direct messages.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::state::{Image, State};
use super::wire::{No, no, only};

pub(super) fn upload(
    state: &mut State,
    _: &[&str],
    _: &BTreeMap<String, String>,
    body: &Value,
) -> Result<(u16, Value), No> {
    only(
        body,
        &[
            "media",
            "media_category",
            "media_type",
            "shared",
            "additional_owners",
        ],
    )?;
    let content = STANDARD.decode(body["media"].as_str().unwrap_or_default());
    let size = content.map_or(0, |content| content.len());
    let direct = match body["media_category"].as_str() {
        Some("tweet_image") => false,
        Some("dm_image") => true,
        _ => {
            return no(
                400,
                "invalid-request",
                "media_category: is not one of [...]",
            );
        }
    };
    let known = [
        "image/jpeg",
        "image/bmp",
        "image/png",
        "image/webp",
        "image/pjpeg",
        "image/tiff",
    ];
    let kind = body["media_type"].as_str().unwrap_or("image/jpeg");
    if !(1..=5 << 20).contains(&size) || !known.contains(&kind) {
        return no(
            400,
            "invalid-request",
            "media: is empty, too large or of another type",
        );
    }
    let id = state.id();
    let image = Image {
        direct,
        description: None,
        used: false,
    };
    state.images.insert(id.clone(), image);
    let data = json!({ "id": id, "media_key": format!("3_{id}"), "size": size, "expires_after_secs": 86_400 });
    Ok((200, json!({ "data": data })))
}

pub(super) fn describe(
    state: &mut State,
    _: &[&str],
    _: &BTreeMap<String, String>,
    body: &Value,
) -> Result<(u16, Value), No> {
    only(body, &["id", "metadata"])?;
    only(&body["metadata"], &["alt_text"])?;
    only(&body["metadata"]["alt_text"], &["text"])?;
    let text = body["metadata"]["alt_text"]["text"]
        .as_str()
        .unwrap_or_default();
    let id = body["id"].as_str().unwrap_or_default();
    match state.images.get_mut(id) {
        Some(image) if (1..=1_000).contains(&text.chars().count()) => {
            image.description = Some(text.to_owned());
            Ok((200, json!({ "data": { "id": id } })))
        }
        _ => no(
            400,
            "invalid-request",
            "no such media, or a text of no such length",
        ),
    }
}

/// Images that go along with one thing: known, for that, and for the first time.
pub(super) fn images(
    state: &State,
    ids: &[&Value],
    most: usize,
    direct: bool,
) -> Result<Vec<String>, No> {
    let known = |id: &&Value| {
        let image = state.images.get(id.as_str()?)?;
        (image.direct == direct && !image.used).then(|| id.as_str().map(str::to_owned))?
    };
    let known: Vec<String> = ids.iter().filter_map(known).collect();
    match (1..=most).contains(&ids.len()) && known.len() == ids.len() {
        true => Ok(known),
        false => no(400, "invalid-request", "Your media IDs are invalid."),
    }
}

pub(super) fn use_up(state: &mut State, images: &[String]) {
    for id in images {
        if let Some(image) = state.images.get_mut(id) {
            image.used = true;
        }
    }
}
