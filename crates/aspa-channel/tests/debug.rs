//! What is shown of a message, event or effect in a log holds nothing that anybody wrote.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use aspa_channel::{Act, Effect, Event, EventKind};
use serde_json::json;

/// What must not be shown, in every place that people or networks fill.
const SECRET: &str = "Matti 040 1234567";

#[test]
fn debug_hides_values() {
    let key = json!({"account": "shop", "id": "1"});
    let handle = json!({"network": "x", "id": "7"});
    let conversation = json!({"account": "shop", "id": "c"});
    let media = json!({"kind": "image", "id": SECRET, "url": SECRET, "description": SECRET});
    let mut part = media.clone();
    part["type"] = json!("media");
    let message = json!({
        "type": "message", "key": key, "conversation": conversation, "direction": "inbound",
        "kind": "comment", "audience": "public", "subject": SECRET, "times": {},
        "visibility": "visible", "x": SECRET,
        "parts": [
            {"type": "text", "text": SECRET}, {"type": "html", "html": SECRET},
            {"type": "location", "latitude": 1.0, "longitude": 1.0, "name": SECRET},
            {"type": "field", "name": SECRET, "value": SECRET}, part,
            {"type": "unreadable", "why": SECRET}, {"type": "poll", "options": [SECRET]}
        ]
    });
    let act = |act| json!({"type": "action", "conversation": conversation, "customer": handle, "act": act});
    for kind in [
        message,
        json!({"type": "reaction", "message": key, "by": handle, "reaction": SECRET}),
        json!({"type": "account", "health": "live", "remedy": SECRET}),
        act(json!({"type": "note", "text": SECRET})),
        act(json!({"type": "dismiss", "message": key, "why": SECRET})),
        act(json!({"type": "resolve", "x": SECRET})),
        act(json!({"type": "merge", "x": SECRET})),
        json!({"type": "poll_closed", "question": SECRET}),
        json!({"question": SECRET}),
    ] {
        let event = json!({
            "account": "shop", "kind": kind, "x": SECRET,
            "handles": [{"key": handle, "x": SECRET, "attributes": [
                {"kind": "phone", "value": SECRET, "first_seen": "2026-11-20T08:00:00Z",
                 "last_seen": "2026-11-21T08:00:00Z", "x": SECRET}]}],
            "provenance": {"via": "poll", "raw": SECRET, "x": SECRET}
        });
        let event: Event = serde_json::from_value(event).unwrap();
        let parts = match &event.kind {
            EventKind::Message(message) => format!("{:?}", message.parts),
            EventKind::Action { act, .. } => format!("{act:?}"),
            _ => String::new(),
        };
        let shown = format!("{event:?} {event:#?} {parts}");
        assert!(!shown.contains("Matti"), "{shown}");
        assert!(shown.contains("shop"), "{shown}");
    }
    for kind in [
        json!({"type": "send", "text": SECRET, "media": [media], "reply": "answer"}),
        json!({"type": "edit", "message": key, "text": SECRET}),
        json!({"type": "react", "message": key, "reaction": SECRET}),
        json!({"type": "wave", "with": SECRET}),
    ] {
        let name = kind["type"].as_str().unwrap().to_owned();
        let effect = json!({"key": "e", "conversation": conversation, "kind": kind, "x": SECRET});
        let effect: Effect = serde_json::from_value(effect).unwrap();
        let shown = format!("{effect:?}");
        assert!(!shown.contains("Matti") && shown.contains(&name), "{shown}");
    }
    assert_eq!(format!("{:?}", Act::note(SECRET)), "Note(17 bytes)");
}
