//! Tickets and events come back from JSON as they were, also what this version does not know.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod common;

use aspa_channel::ReplyKind;
use aspa_ticket::{Category, Event, EventKind, Ticket};
use common::{answered, at, did, effect, matti, message, received, resolved, tickets, withdrawn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn survives<T: Serialize + DeserializeOwned>(json: &Value) -> T {
    let read: T = serde_json::from_value(json.clone()).expect("can be read");
    assert_eq!(serde_json::to_value(&read).expect("can be written"), *json);
    read
}

#[test]
fn a_ticket_with_everything_survives_with_fields_of_a_newer_version() {
    let queued = did(
        9,
        EventKind::ReplyQueued {
            effect: effect("e"),
            reply: ReplyKind::Answer,
            covers: vec![],
            playbook: None,
            redirects_to: None,
        },
    );
    let snoozed = did(
        9100,
        EventKind::Snoozed {
            until: at(9900),
            wake_on_message: true,
        },
    );
    let history = [
        received(0, "1"),
        queued,
        answered(10, "2"),
        received(11, "3"),
        withdrawn(12, "3"),
        resolved(20),
        received(9000, "4"),
        snoozed,
    ];
    for ticket in tickets(&history) {
        let mut json = serde_json::to_value(&ticket).unwrap();
        json["mood"] = json!({"level": 3});
        let read: Ticket = survives(&json);
        assert_eq!(read.extra["mood"]["level"], 3);
        let mut without = read;
        without.extra.remove("mood");
        assert_eq!(without, ticket);
    }
}

#[test]
fn every_kind_of_event_survives_and_an_unknown_one_is_kept() {
    let key = json!({"account": "shop", "id": "1"});
    let about = json!({"conversation": {"account": "shop", "id": "c"},
                       "customer": {"network": "mastodon", "id": "anna"}});
    let kinds = [
        json!({"type": "received", "message": key}),
        json!({"type": "received", "message": key, "audience": "public", "language": "fi"}),
        json!({"type": "prioritised", "priority": "urgent"}),
        json!({"type": "prioritised", "priority": "of_their_own"}),
        json!({"type": "prioritised", "priority": null}),
        json!({"type": "committed", "commitment": "call", "due": "2026-11-27T12:00:00Z"}),
        json!({"type": "commitment_ended", "commitment": "call", "kept": true}),
        json!({"type": "sent", "message": key, "reply": "holding", "effect": "e"}),
        json!({"type": "sent", "message": key, "reply": "of_a_newer_kind"}),
        json!({"type": "withdrawn", "message": key}),
        json!({"type": "restored", "message": key}),
        json!({"type": "reply_queued", "effect": "e", "reply": "answer"}),
        json!({"type": "reply_queued", "effect": "e", "reply": "answer",
               "playbook": {"id": "late-parcel", "version": 3}}),
        json!({"type": "help_judged", "message": key, "by": key, "verdict": "thanked",
               "decided": {"agent": "liisa"}}),
        json!({"type": "reply_queued", "effect": "e", "reply": "answer",
               "covers": [{"ticket": "t-2", "about": about, "message": key}]}),
        json!({"type": "regrouped", "act": "a", "what": {"type": "bundled", "into": "t-2", "about": about}}),
        json!({"type": "regrouped", "act": "a", "what": {"type": "split_off", "messages": [key]}}),
        json!({"type": "regrouped", "act": "a", "what": {"type": "weighed", "grams": 5}}),
        json!({"type": "undone", "act": "a"}),
        json!({"type": "reply_failed", "effect": "e"}),
        json!({"type": "assigned", "to": "liisa"}),
        json!({"type": "assigned", "to": null}),
        json!({"type": "assigned", "to": "liisa", "until": "2026-11-27T12:00:00Z"}),
        json!({"type": "routed", "team": "evenings"}),
        json!({"type": "routed", "team": null}),
        json!({"type": "tagged", "tag": "delivery/late"}),
        json!({"type": "untagged", "tag": "delivery/late"}),
        json!({"type": "noted", "note": "n"}),
        json!({"type": "disposed", "message": key, "disposition": {"type": "spam"},
               "decided": {"agent": "liisa"}}),
        json!({"type": "disposed", "message": key,
               "disposition": {"type": "praised", "stars": 5}, "decided": {"rule": "stars"}}),
        json!({"type": "customer_awaited"}),
        json!({"type": "colleague_awaited"}),
        json!({"type": "snoozed", "until": "2026-11-23T08:00:00Z", "wake_on_message": true}),
        json!({"type": "reopened"}),
        json!({"type": "resolved", "outcome": "forwarded"}),
        json!({"type": "closed"}),
        json!({"type": "clock_passed", "clock": "resolution", "cycle": 2, "point": "breach"}),
        json!({"type": "disposed", "message": key, "disposition": {"type": "spam"},
               "decided": {"vote": [1, 2]}}),
        json!({"type": "merged", "into": "t-7"}),
    ];
    for kind in kinds {
        let event: Event = survives(&json!({
            "at": "2026-11-23T08:00:00Z", "by": {"us": "liisa"}, "kind": kind,
            "ticket": "t-1", "cause": "message 1#0 0", "version": 2, "weight": 7
        }));
        let unknown = matches!(event.kind, EventKind::Unknown(_));
        assert_eq!(unknown, kind["type"] == "merged", "{kind}");
        assert_eq!(event.extra["weight"], 7);
    }
}

#[test]
fn one_newer_word_does_not_make_a_history_unreadable() {
    let ticket = tickets(&[received(0, "1")]).remove(0);
    let mut json = serde_json::to_value(&ticket).unwrap();
    json["changes"] = json!([{"priority": ["2026-11-23T08:00:00Z", "high"]}]);
    json["messages"][0]["decided"] = json!("guessed");
    survives::<Ticket>(&json);
    for by in [
        json!("bridge"),
        json!({"partner": "acme"}),
        json!("customer"),
    ] {
        survives::<Event>(&json!({
            "at": "2026-11-23T08:00:00Z", "by": by, "kind": {"type": "closed"}, "version": 2
        }));
    }
}

#[test]
fn an_event_of_an_unknown_kind_changes_nothing_and_does_not_stop_the_rest() {
    let unknown = did(5, EventKind::Unknown(json!({"type": "merged"})));
    let with = tickets(&[received(0, "1"), unknown, answered(10, "2")]);
    let without = tickets(&[received(0, "1"), answered(10, "2")]);
    assert_eq!(with, without);
}

#[test]
fn a_ticket_of_an_older_version_can_be_read() {
    let ticket = Ticket::open(matti(), 1, at(0));
    let mut json = serde_json::to_value(&ticket).unwrap();
    let fields = json.as_object_mut().unwrap();
    fields.retain(|name, _| {
        ["id", "key", "ordinal", "category", "opened_at", "last"].contains(&name.as_str())
    });
    assert_eq!(serde_json::from_value::<Ticket>(json).unwrap(), ticket);
}

#[test]
fn a_category_of_a_newer_version_is_kept_and_counts_as_active() {
    let category: Category = survives(&json!("parked"));
    assert_eq!(category, Category::Other("parked".into()));
    assert!(category.is_active());
}

#[test]
fn events_name_messages_and_hold_no_content() {
    let json = serde_json::to_string(&received(0, "1")).unwrap();
    assert!(json.contains(&message("1").id[..]));
    assert!(!json.contains("text"));
}
