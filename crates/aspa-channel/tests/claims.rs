//! What an account claims can be said from outside the crate, and is what refuses an effect.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use aspa_channel::{
    Capabilities, ConversationKey, Effect, EffectKind, EffectName, ErrorKind, Idempotency, Media,
    MediaKind, MediaLimit, RateBucket, ReplyKind, Support, TextUnit, Window,
};
use aspa_types::{AccountId, EffectKey};
use chrono::NaiveDate;

fn claims() -> Capabilities {
    let mut media = MediaLimit::new(2);
    media.bytes = Some(1000);
    media.types = vec!["image/png".to_owned(), "video/*".to_owned()];
    let mut window = Window::new("standard", 86_400);
    window.alternatives.push("template".to_owned());
    let checked = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap();
    Capabilities::new(checked, "documentation")
        .with(EffectName::Send, Support::Full)
        .with_text(280, TextUnit::Graphemes)
        .with_media(media)
        .with_edit_seconds(1)
        .with_delete_seconds(2)
        .with_private_reply_seconds(3)
        .with_window(window)
        .with_rate(RateBucket::new("send", 10, 60))
        .with_idempotency(Idempotency::ByEcho)
}

#[test]
fn everything_that_can_be_claimed_can_be_built() {
    let json = serde_json::json!({
        "effects": {"send": "full"}, "text": {"max": 280, "unit": "graphemes"},
        "media": {"count": 2, "bytes": 1000, "types": ["image/png", "video/*"]},
        "edit_seconds": 1, "delete_seconds": 2, "private_reply_seconds": 3,
        "windows": [{"name": "standard", "seconds": 86400, "alternatives": ["template"]}],
        "idempotency": "by_echo", "rates": [{"name": "send", "limit": 10, "seconds": 60}],
        "checked": "2026-11-21", "source": "documentation"
    });
    assert_eq!(serde_json::to_value(claims()).unwrap(), json);
}

#[test]
fn media_are_refused_by_count_size_and_type_where_known() {
    let piece = |media_type: Option<&str>, bytes| {
        let mut media = Media::new(MediaKind::Image);
        media.media_type = media_type.map(str::to_owned);
        media.bytes = bytes;
        media
    };
    let checked = |pieces: Vec<Media>| {
        let mut kind = EffectKind::send("Hei", ReplyKind::Answer);
        if let EffectKind::Send { media, .. } = &mut kind {
            *media = pieces;
        }
        let conversation = ConversationKey::new(AccountId::new("shop").unwrap(), "c").unwrap();
        claims().check(&Effect::new(EffectKey::derive(&["e"]), conversation, kind))
    };
    for taken in [
        vec![],
        vec![piece(None, None), piece(Some("image/png"), Some(1000))],
        vec![piece(Some("Image/PNG; q=1"), None)],
        vec![piece(Some("video/mp4"), None)],
    ] {
        assert!(checked(taken.clone()).is_ok(), "{taken:?}");
    }
    for refused in [
        vec![piece(None, None); 3],
        vec![piece(None, None), piece(None, Some(1001))],
        vec![piece(Some("image/gif"), None)],
        vec![piece(Some("videos/mp4"), None)],
        vec![piece(Some("video"), None)],
    ] {
        let error = checked(refused.clone()).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Invalid, "{refused:?}");
        assert!(error.to_string().contains("field=media"), "{error}");
    }
}
