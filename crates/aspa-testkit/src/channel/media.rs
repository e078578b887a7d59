use aspa_channel::{Effect, EffectKind, EffectName, ErrorKind, Media, MediaKind, Part};

use super::fixture::Attachment;
use super::polling::{drain, messages, poll};
use super::stage::{Stage, listed};
use crate::case::{Checked, fault, skip};

/// A picture of one grey point (PNG, RFC 2083).
const POINT: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, b'I', b'H', b'D', b'R', 0, 0, 0,
    1, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 10, b'I', b'D', b'A', b'T',
    0x78, 0x9c, 0x63, 0x68, 0, 0, 0, 0x82, 0, 0x81, 0x77, 0xcd, 0x72, 0xb6, 0, 0, 0, 0, b'I', b'E',
    b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

/// No more pieces are sent at once, whatever is declared.
const MOST: usize = 20;

fn picture() -> Attachment {
    Attachment::new("kettle ä.png", "image/png", POINT)
}

/// C17: a file of a customer comes with its message, as the network tells of it.
pub(super) async fn arrives(stage: &Stage) -> Checked {
    poll(stage, None).await?;
    let (_, cursor) = drain(stage, None).await?;
    let (file, text) = (picture(), stage.text());
    let place = &stage.fixture.conversation;
    let attached = stage.far_side().customer_attaches(place, &text, &file);
    let Some((key, told)) = attached.await else {
        return skip("FarSide::customer_attaches does nothing");
    };
    let (events, _) = drain(stage, cursor).await?;
    let expected = format!("message {key} with its text and one piece of media");
    let cause =
        "attachments are not decoded, or a message of one is read as a message without text";
    let Some(message) = messages(&events).find(|message| message.key == key) else {
        return fault(expected, "no such message", cause);
    };
    let media: Vec<&Media> = media_of(&message.parts).collect();
    let [media] = media.as_slice() else {
        return fault(expected, format!("{} pieces", media.len()), cause);
    };
    if message.text() != text {
        return fault(expected, "another text", cause);
    }
    let wrong = [
        ("kind", told.kind == media.kind),
        (
            "media_type",
            agrees(told.media_type.as_ref(), media.media_type.as_ref()),
        ),
        ("bytes", agrees(told.bytes.as_ref(), media.bytes.as_ref())),
        ("name", agrees(told.name.as_ref(), media.name.as_ref())),
        ("id or url", media.id.is_some() || media.url.is_some()),
    ];
    if let Some((field, _)) = wrong.iter().find(|(_, is_right)| !is_right) {
        let cause = "a field of the attachment is not read, or made up";
        let expected = format!("the {field} of the attachment as the network tells it");
        return fault(expected, "none, or another", cause);
    }
    let far_side = stage.far_side();
    if far_side.content(&told).await.is_none() {
        return Ok(());
    }
    let content = far_side.content(media).await;
    if content.as_ref() == Some(&file.content) {
        return Ok(());
    }
    fault(
        format!("{} bytes where the reference leads", file.content.len()),
        content.map_or("nothing".to_owned(), |bytes| {
            format!("{} others", bytes.len())
        }),
        "the reference is that of a preview, of the page, or of another file",
    )
}

fn media_of(parts: &[Part]) -> impl Iterator<Item = &Media> {
    parts.iter().filter_map(|part| match part {
        Part::Media(media) => Some(media),
        _ => None,
    })
}

/// Whether what came is what the network tells, where it tells.
fn agrees<T: PartialEq>(told: Option<&T>, came: Option<&T>) -> bool {
    told.is_none() || told == came
}

async fn with_media(stage: &Stage, text: &str, pieces: Vec<Media>) -> Effect {
    let mut effect = stage.reply(text).await;
    if let EffectKind::Send { media, .. } = &mut effect.kind {
        *media = pieces;
    }
    effect
}

/// C17: one piece, and as many as are declared, go along with one message.
pub(super) async fn goes_along(stage: &Stage) -> Checked {
    stage.needs(&EffectName::Send)?;
    let most = stage.claims().media.map_or(0, |limit| limit.count);
    if most == 0 {
        return skip("no media are declared");
    }
    let mut counts = vec![1, most.min(MOST)];
    counts.dedup();
    for count in counts {
        let mut pieces = Vec::new();
        for _ in 0..count {
            match stage.far_side().our_media(&picture()).await {
                Some(media) => pieces.push(media),
                None => return skip("FarSide::our_media gives none"),
            }
        }
        let named = |media: &Media| media.id.clone().or_else(|| media.url.clone());
        let named: Vec<String> = pieces.iter().filter_map(named).collect();
        let text = stage.text();
        stage
            .perform(&with_media(stage, &text, pieces).await)
            .await?;
        let seen = stage.ours_with(&text).await;
        let cause = "media are left out, sent as a message of their own, or in another order";
        match seen.as_slice() {
            [message] if message.media == named => {}
            [message] => {
                return fault(
                    format!("{count} pieces of media with the text, in their order"),
                    format!("{}, or in another order", message.media.len()),
                    cause,
                );
            }
            _ => return fault("one message with media", listed(&seen), cause),
        }
    }
    Ok(())
}

/// C17: too many, too large or of another type is refused before any request, and so is any where
/// none are declared.
pub(super) async fn refused(stage: &Stage) -> Checked {
    stage.needs(&EffectName::Send)?;
    let limit = stage.claims().media;
    let taken = |limit: &aspa_channel::MediaLimit| {
        let first = limit.types.first().map_or("image/png", String::as_str);
        first.replace("/*", "/png")
    };
    let piece = |media_type: &str, bytes: u64| {
        let mut media = Media::new(MediaKind::Image);
        media.id = Some("1".to_owned());
        media.url = Some("https://files.example/kettle.png".to_owned());
        media.media_type = Some(media_type.to_owned());
        media.bytes = Some(bytes);
        media
    };
    let mut wrong: Vec<(&str, Vec<Media>)> = Vec::new();
    match &limit {
        None => wrong.push((
            "a piece where none is declared",
            vec![piece("image/png", 70)],
        )),
        Some(limit) => {
            let name = taken(limit);
            if limit.count < 1_000 {
                let many = vec![piece(&name, 70); limit.count + 1];
                wrong.push(("one piece more than is declared", many));
            }
            if let Some(larger) = limit.bytes.and_then(|most| most.checked_add(1)) {
                wrong.push(("a piece of one byte more", vec![piece(&name, larger)]));
            }
            if !limit.types.is_empty() {
                let strange = vec![piece("application/x-kit-unheard-of", 70)];
                wrong.push(("a piece of a type that is not declared", strange));
            }
        }
    }
    let cause = "perform does not start with Capabilities::check; what is left out in silence is \
                 never missed by whoever wrote it";
    for (what, pieces) in wrong {
        let effect = with_media(stage, &stage.text(), pieces).await;
        stage.refused(&effect, &ErrorKind::Invalid, cause).await?;
        let again = stage.channel().perform(&effect).await;
        let is_named = again.is_err_and(|error| error.to_string().contains("media"));
        if !is_named {
            let came = "an error that does not name media";
            return fault(format!("{what} refused, naming the field"), came, cause);
        }
    }
    Ok(())
}
