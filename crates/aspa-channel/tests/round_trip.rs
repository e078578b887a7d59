//! Whatever is stored comes back as it was, also what this version does not know.
#![expect(
    clippy::expect_used,
    clippy::needless_pass_by_value,
    reason = "helpers of tests"
)]

use aspa_channel::{
    Act, Capabilities, ConversationKey, Effect, EffectKind, Event, EventKind, Message, MessageKey,
    MessageKind, Part, Receipt,
};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Reads `json` as a `T` and writes it again: nothing may be lost or added, also where a newer
/// version has put one more field into every object.
fn survives<T: Serialize + DeserializeOwned>(json: Value) -> T {
    let read = unchanged(json.clone());
    let mut newer = json;
    let added = add_everywhere(&mut newer);
    assert!(added > 0, "{newer}");
    unchanged::<T>(newer);
    read
}

fn unchanged<T: Serialize + DeserializeOwned>(json: Value) -> T {
    let read: T = serde_json::from_value(json.clone()).expect("can be read");
    assert_eq!(serde_json::to_value(&read).expect("can be written"), json);
    read
}

/// Adds a field to this and every inner object but keys, which are closed, and maps. Returns to how
/// many.
fn add_everywhere(json: &mut Value) -> usize {
    match json {
        Value::Array(inner) => inner.iter_mut().map(add_everywhere).sum(),
        Value::Object(fields) if is_key(fields) => 0,
        Value::Object(fields) => {
            let inner = fields.iter_mut().filter(|(name, _)| *name != "effects");
            let added: usize = inner.map(|(_, value)| add_everywhere(value)).sum();
            let newer = json!({"n": [1, -1, 0.5, null, u64::MAX], "s": "ä"});
            fields.insert("x_newer".to_owned(), newer);
            added + 1
        }
        _ => 0,
    }
}

/// Whether it is a message key, a conversation key, a handle key or a customer id.
fn is_key(fields: &serde_json::Map<String, Value>) -> bool {
    ["account", "network", "system"]
        .iter()
        .any(|of| fields.contains_key(*of) && fields.contains_key("id"))
}

fn message() -> Value {
    json!({
        "key": {"account": "shop", "id": "18014398509481985", "part": 2},
        "conversation": {"account": "shop", "id": "thread"},
        "direction": "inbound", "kind": "review", "audience": "followers",
        "author": {"network": "messenger", "scope": "page-1", "id": "42"},
        "to": [{"network": "messenger", "id": "1"}],
        "in_reply_to": {"account": "shop", "id": "0"},
        "quotes": {"account": "shop", "id": "00"},
        "subject": "Hei", "language": "fi", "rating": {"value": 2, "best": 5},
        "url": "https://shop.example/1",
        "parts": [
            {"type": "text", "text": "ä"},
            {"type": "html", "html": "<b>ä</b>"},
            {"type": "media", "kind": "hologram", "id": "m1", "url": "https://media.example/1",
             "media_type": "image/png", "bytes": 9, "description": "a box",
             "available_until": "2026-11-21T08:00:00Z", "keep_until": "2027-11-21T08:00:00Z",
             "blur": 0.5},
            {"type": "location", "latitude": 60.5, "longitude": 24.5, "name": "Helsinki"},
            {"type": "field", "name": "order", "value": "7"},
            {"type": "unreadable", "why": "encrypted"},
            {"type": "poll", "options": ["a", "b"]}
        ],
        "times": {"source": "2026-11-21T08:00:00Z", "vouched": true,
                  "received": "2026-11-21T08:00:01Z", "applied": "2026-11-21T08:00:02Z"},
        "revision": 3, "edited_at": "2026-11-21T08:01:00Z", "visibility": "shadowed",
        "automatic": true, "agent": "liisa", "reply": "holding", "effect": "e-1",
        "sender": "other-shop", "campaign": {"id": "ad-7", "name": "Autumn", "budget": 3},
        "asserted": {"customer": {"system": "crm", "id": "C1"}},
        "same_as": [{"account": "ads", "id": "1"}],
        "reach": {"views": 7}
    })
}

#[test]
fn a_message_with_everything_survives() {
    let message: Message = survives(message());
    assert_eq!(message.kind, MessageKind::Review);
    assert_eq!(message.extra["reach"]["views"], 7);
    assert!(matches!(message.parts.last(), Some(Part::Unknown(_))));
}

#[test]
fn every_kind_of_event_survives_and_an_unknown_one_is_kept() {
    let key = json!({"account": "shop", "id": "1"});
    let conversation = json!({"account": "shop", "id": "c"});
    let handle = json!({"network": "x", "id": "7"});
    let mut written = message();
    written["type"] = json!("message");
    let kinds = [
        written,
        json!({"type": "visibility", "message": key, "visibility": "hidden", "by": handle}),
        json!({"type": "reaction", "message": key, "by": handle, "reaction": "👍", "removed": true}),
        json!({"type": "status", "message": key, "status": "read", "watermark": true}),
        json!({"type": "status_until", "conversation": conversation, "by": handle, "status": "read",
               "until": "2026-11-21T08:00:00Z"}),
        json!({"type": "handle", "handle": handle, "became": handle, "released": false}),
        json!({"type": "thread_control", "conversation": conversation, "ours": false}),
        json!({"type": "account", "health": "throttled", "until": "2026-11-21T08:00:00Z",
               "remedy": "wait"}),
        json!({"type": "action", "conversation": conversation, "customer": handle, "by": "liisa",
               "act": {"type": "tag", "tag": "delivery/late"}}),
    ];
    for kind in kinds {
        let event: Event = survives(json!({
            "account": "shop", "at": "2026-11-21T08:00:00Z", "kind": kind,
            "handles": [{"key": handle, "attributes": [
                {"kind": "user_name", "value": "matti", "first_seen": "2026-11-20T08:00:00Z",
                 "last_seen": "2026-11-21T08:00:00Z", "verified": false, "score": 1}], "vip": true}],
            "provenance": {"via": "carrier_pigeon", "delivery": "d-1", "raw": "{}", "loft": 2},
            "trace": "abc"
        }));
        assert!(
            !matches!(event.kind, EventKind::Unknown(_)),
            "{:?}",
            event.kind
        );
    }
    let stranger = json!({"type": "poll_closed", "votes": [1, 2]});
    assert_eq!(
        survives::<EventKind>(stranger.clone()),
        EventKind::Unknown(stranger)
    );
}

#[test]
fn every_act_effect_receipt_and_claim_survives() {
    for act in [
        json!({"type": "assign", "to": "liisa"}),
        json!({"type": "assign", "to": null}),
        json!({"type": "tag", "tag": "a/b"}),
        json!({"type": "untag", "tag": "a"}),
        json!({"type": "note", "text": "call back"}),
        json!({"type": "dismiss", "message": {"account": "shop", "id": "1"}, "why": "spam"}),
        json!({"type": "prioritise", "priority": "urgent"}),
        json!({"type": "prioritise", "priority": null}),
        json!({"type": "await_customer"}),
        json!({"type": "await_colleague"}),
        json!({"type": "reopen"}),
        json!({"type": "resolve"}),
    ] {
        assert!(!matches!(survives::<Act>(act), Act::Unknown(_)));
    }
    let key = json!({"account": "shop", "id": "1"});
    for kind in [
        json!({"type": "send", "text": "Hei", "in_reply_to": key, "to": [{"network": "x", "id": "7"}],
               "media": [{"kind": "image", "id": "m"}], "audience": "direct", "reply": "answer"}),
        json!({"type": "private_reply", "message": key, "text": "Hei"}),
        json!({"type": "edit", "message": key, "text": "Hei"}),
        json!({"type": "delete", "message": key}),
        json!({"type": "hide", "message": key, "hidden": true}),
        json!({"type": "hide", "message": key, "hidden": true, "reason": "personal_data"}),
        json!({"type": "delete", "message": key, "reason": "spam"}),
        json!({"type": "react", "message": key, "reaction": "👍", "removed": false}),
        json!({"type": "mark_read", "message": key}),
    ] {
        let effect: Effect = survives(json!({
            "key": "e-1", "conversation": {"account": "shop", "id": "c"}, "kind": kind,
            "by": "liisa", "approval": "boss"
        }));
        assert!(!matches!(effect.kind, EffectKind::Unknown(_)));
    }
    survives::<EffectKind>(json!({"type": "teleport", "to": "moon"}));
    survives::<Receipt>(
        json!({"effect": "e-1", "messages": [key], "at": "2026-11-21T08:00:00Z",
                               "held": true, "cost": 0.015}),
    );
    survives::<Capabilities>(json!({
        "effects": {"send": "full", "teleport": "partial"}, "text": {"max": 280, "unit": "weighted"},
        "media": {"count": 4, "bytes": 1000, "types": ["image/png"], "hdr": true},
        "edit_seconds": 1, "delete_seconds": 2, "private_reply_seconds": 3,
        "windows": [{"name": "standard", "seconds": 86400, "alternatives": ["template"], "x": 1}],
        "idempotency": "by_echo", "rates": [{"name": "send", "limit": 1, "seconds": 2, "y": 1}],
        "checked": "2026-11-21", "source": "documentation", "emoji": "all"
    }));
}

#[test]
fn a_key_takes_no_unknown_field_and_no_id_that_is_none() {
    fn refused<T: DeserializeOwned>(json: Value) -> String {
        let error = serde_json::from_value::<T>(json).err().expect("is refused");
        error.to_string()
    }
    for id in ["", "a\nb", &"x".repeat(1025)] {
        let key = json!({"account": "shop", "id": id});
        assert!(refused::<MessageKey>(key.clone()).starts_with("message id"));
        assert!(refused::<ConversationKey>(key).starts_with("conversation id"));
    }
    let key = json!({"account": "shop", "id": "1", "shard": 2});
    assert!(refused::<MessageKey>(key.clone()).contains("shard"));
    assert!(refused::<ConversationKey>(key).contains("shard"));
}

#[test]
fn something_unknown_under_a_known_name_is_kept_too() {
    for stranger in [
        json!({"type": "message"}),
        json!({"type": "kept"}),
        json!({"type": "kept", "value": 1}),
    ] {
        let unknown = EventKind::Unknown(stranger);
        let text = serde_json::to_string(&unknown).unwrap();
        assert_eq!(
            serde_json::from_str::<EventKind>(&text).unwrap(),
            unknown,
            "{text}"
        );
    }
}

#[test]
fn a_known_kind_that_is_not_whole_is_an_error_that_names_the_field() {
    let error = serde_json::from_value::<EventKind>(json!({"type": "visibility"})).unwrap_err();
    assert!(error.to_string().contains("message"), "{error}");
}

proptest! {
    #[test]
    fn unknown_fields_survive_whatever_they_are(name in "x_[a-z]{1,8}", number in any::<i64>(), text in ".*") {
        let mut with = message();
        with[&name] = json!({"number": number, "text": text});
        unchanged::<Message>(with);
    }
}

#[test]
fn a_number_that_nobody_knows_stays_the_same() {
    let long = format!("1{}10", "2".repeat(90));
    for number in [&*long, "0.1", "1e-320", "123456.789e-7"] {
        let value: Value = serde_json::from_str(number).expect("is JSON");
        let account = aspa_types::AccountId::new("shop").expect("is an id");
        let kind = EventKind::Unknown(value);
        let event = Event::new(account, kind, aspa_channel::Via::Webhook);
        let stored = serde_json::to_string(&event).expect("can be written");
        let read: Event = serde_json::from_str(&stored).expect("can be read");
        assert_eq!((read.key(), read), (event.key(), event), "{number}");
    }
}
