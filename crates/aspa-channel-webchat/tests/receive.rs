//! What visitors write, read.
#![expect(clippy::unwrap_used, reason = "a test, helpers included")]

mod common;

use aspa_channel::{
    AttributeKind, Event, EventKind, Message, MessageKind, Part, Received, Webhook,
};
use aspa_channel_webchat::{
    ChatConfig, ChatWebhook, Enter, Entered, Identity, Limits, StoredFile, Visitors,
};
use aspa_types::{AccountId, Secret, SystemId};
use bytes::Bytes;
use chrono::TimeDelta;
use common::{now, post};
use proptest::prelude::*;
use serde_json::{Value, json};

const HOST: &str = "idsec-0123456789abcdef";

fn visitors() -> Visitors {
    let account = AccountId::new("chat").unwrap();
    let config = ChatConfig::new(account, Secret::new("chsec-0123456789abcdef"))
        .with_identities(Secret::new(HOST), Some(SystemId::new("crm").unwrap()));
    Visitors::new(config).unwrap()
}

fn anonymous() -> Entered {
    visitors().enter(&Enter::default(), [1; 16], now())
}

fn matti() -> Entered {
    let mut enter = Enter::default();
    let until = now() + TimeDelta::hours(1);
    enter.identity = Some(Identity::sign(&Secret::new(HOST), "1042", until).unwrap());
    visitors().enter(&enter, [2; 16], now())
}

fn receive(entered: &Entered, body: impl Into<Bytes>) -> (Value, Vec<Event>) {
    let webhook = ChatWebhook::new(visitors());
    match webhook.receive(&post(&entered.token, body.into()), now()) {
        Received::Accepted { answer, events, .. } => {
            assert_eq!(answer.status(), 200);
            (serde_json::from_slice(answer.body()).unwrap(), events)
        }
        other => panic!("{other:?}"),
    }
}

fn one(entered: &Entered, event: &Value) -> (Message, Event) {
    let (answer, mut events) = receive(entered, json!({ "events": [event] }).to_string());
    assert_eq!(answer["refused"], json!([]), "{answer}");
    let event = events.remove(0);
    let EventKind::Message(message) = &event.kind else {
        panic!("{event:?}");
    };
    ((**message).clone(), event)
}

#[test]
fn an_anonymous_message_keeps_where_it_was_written_and_what_brought_the_visitor() {
    let (message, event) = one(
        &anonymous(),
        &json!({
            "type": "message", "id": "a-1", "text": "Missä pakettini on? 👩‍👩‍👧", "language": "fi",
            "at": "2026-11-22T07:59:58Z",
            "page": { "url": "https://shop.example/cart?utm_campaign=black", "title": "Kori",
                      "referrer": "https://search.example/" },
            "campaign": { "source": "mail", "medium": "letter", "campaign": "black" },
        }),
    );
    assert_eq!(message.kind, MessageKind::Chat);
    assert_eq!(message.text(), "Missä pakettini on? 👩‍👩‍👧");
    assert_eq!(message.language.as_deref(), Some("fi"));
    assert_eq!(
        message.url.as_deref(),
        Some("https://shop.example/cart?utm_campaign=black")
    );
    assert_eq!(message.extra["page"]["referrer"], "https://search.example/");
    let campaign = message.campaign.unwrap();
    assert_eq!(
        (campaign.id.as_str(), campaign.name.as_deref()),
        ("black", Some("black"))
    );
    assert_eq!(campaign.extra["utm"]["medium"], "letter");
    // A visitor's clock is not believed.
    assert_eq!(message.times.effective(), Some(now()));
    assert_eq!(
        (&message.extra["author_verified"], message.asserted),
        (&json!(false), None)
    );
    assert!(event.handles[0].attributes.is_empty());
}

#[test]
fn who_the_host_vouches_for_is_a_customer_and_verified() {
    let (message, _) = one(
        &matti(),
        &json!({ "type": "message", "id": "a-1", "text": "Hei" }),
    );
    assert_eq!(message.asserted.unwrap().customer.to_string(), "crm:1042");
    assert_eq!(message.extra["author_verified"], true);
}

#[test]
fn a_wish_to_be_called_reveals_a_number_that_nobody_has_checked() {
    let (message, event) = one(
        &anonymous(),
        &json!({ "type": "call_back", "id": "c-1", "phone": "+358 40 123 4567", "name": "Matti",
                 "when": "after five", "text": "About my order" }),
    );
    assert_eq!(message.kind, MessageKind::CallBack);
    let fields: Vec<String> = message
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::Field { name, value, .. } => Some(format!("{name}={value}")),
            _ => None,
        })
        .collect();
    assert_eq!(
        fields,
        ["name=Matti", "phone=+358 40 123 4567", "when=after five"]
    );
    let phone = event.handles[0]
        .attributes
        .iter()
        .find(|a| a.kind == AttributeKind::Phone);
    let phone = phone.unwrap();
    assert_eq!(
        (phone.value.as_str(), phone.verified),
        ("+358 40 123 4567", false)
    );
}

#[test]
fn a_file_is_of_use_to_who_uploaded_it_only() {
    let (mine, theirs) = (anonymous(), matti());
    let file = StoredFile::new("f-1", "kuitti.png", b"\x89PNG\r\n\x1a\n").unwrap();
    let reference = visitors().reference(&mine.visitor, &file);
    let event = json!({ "type": "message", "id": "a-1", "files": [reference] });
    let (message, _) = one(&mine, &event);
    let Part::Media(media) = &message.parts[0] else {
        panic!("{message:?}");
    };
    assert_eq!(media.media_type.as_deref(), Some("image/png"));
    let (answer, _) = receive(&theirs, json!({ "events": [event] }).to_string());
    assert_eq!(
        answer["refused"][0]["problem"],
        "files holds one that this visitor did not upload"
    );
}

#[test]
fn two_visitors_with_the_same_id_write_two_messages() {
    let event = json!({ "type": "message", "id": "a-1", "text": "Hei" });
    let keys = [anonymous(), matti()].map(|visitor| one(&visitor, &event).1.key());
    assert_ne!(keys[0], keys[1]);
}

#[test]
fn what_goes_over_a_limit_is_kept_and_refused_by_name() {
    let long = "ä".repeat(4_001);
    for (event, problem) in [
        (
            json!({ "type": "message", "id": "a", "text": long }),
            "text is longer than 4000 characters",
        ),
        (
            json!({ "type": "message", "id": "a", "text": " \n" }),
            "text is empty",
        ),
        (
            json!({ "type": "message", "id": "a" }),
            "text and files are missing",
        ),
        (
            json!({ "type": "message", "id": "../a", "text": "x" }),
            "id is not 1 to 64 of A-Z, a-z, 0-9, _ and -",
        ),
        (
            json!({ "type": "message", "id": "a", "text": "x", "name": "n".repeat(Limits::FIELD + 1) }),
            "name is longer than 320 bytes",
        ),
        (
            json!({ "type": "message", "id": "a", "files": vec!["x"; 6] }),
            "files are more than 5",
        ),
        (
            json!({ "type": "call_back", "id": "a", "phone": "call me" }),
            "phone is not a phone number",
        ),
        (json!({ "type": "dance", "id": "a" }), "not understood"),
    ] {
        let (answer, events) = receive(&anonymous(), json!({ "events": [event] }).to_string());
        assert_eq!(answer["refused"][0]["problem"], problem);
        assert!(matches!(events[0].kind, EventKind::Unknown(_)));
    }
    let exact = json!({ "type": "message", "id": "a", "text": "ä".repeat(4_000) });
    assert_eq!(one(&anonymous(), &exact).0.text().chars().count(), 4_000);
    let many = vec![json!({ "type": "message", "id": "a", "text": "x" }); Limits::EVENTS + 1];
    let (answer, events) = receive(&anonymous(), json!({ "events": many }).to_string());
    assert_eq!(
        (events.len(), &answer["refused"][0]["problem"]),
        (1, &json!("events is not a list of up to 50"))
    );
}

proptest! {
    #[test]
    fn any_bytes_are_kept_and_nothing_panics(bytes: Vec<u8>, token: String) {
        let (_, events) = receive(&anonymous(), bytes.clone());
        prop_assert_eq!(events.len(), 1);
        prop_assert!(visitors().known(&token, now()).is_none());
        prop_assert!(Identity::verify(&[Secret::new(HOST)], &token, now()).is_err());
        let _ = StoredFile::new("f", &token, &bytes);
    }

    #[test]
    fn every_event_of_a_delivery_counts(texts in prop::collection::vec(".{0,40}", 0..20)) {
        let events: Vec<Value> = texts.iter().enumerate()
            .map(|(n, text)| json!({ "type": "message", "id": format!("m-{n}"), "text": text }))
            .collect();
        let (_, got) = receive(&anonymous(), json!({ "events": events }).to_string());
        prop_assert_eq!(got.len(), texts.len());
        for (event, text) in got.iter().zip(&texts) {
            match &event.kind {
                EventKind::Message(message) => prop_assert_eq!(&message.text(), text),
                _ => prop_assert!(text.trim().is_empty()),
            }
        }
    }
}
