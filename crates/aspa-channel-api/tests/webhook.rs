//! What comes in: signatures, batches and every kind of event.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]
#![expect(
    clippy::needless_pass_by_value,
    reason = "`json!` stands inside the call"
)]

use aspa_channel::{
    AttributeKind, Audience, Delivery, DeliveryStatus, Direction, Event, EventKind, Message,
    MessageKind, Part, Received, Refusal, Via, Visibility, Webhook,
};
use aspa_channel_api::{ApiWebhook, ConfigError, WebhookConfig, sign};
use aspa_types::{AccountId, DeliveryId, Secret};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};

const SECRET: &str = "whsec-0123456789abcdef";

fn now() -> DateTime<Utc> {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

fn webhook() -> ApiWebhook {
    let mut config = WebhookConfig::new(AccountId::new("app").unwrap(), Secret::new(SECRET));
    config.secrets.push(Secret::new("the-secret-before-this"));
    config.more_accounts.push(AccountId::new("app-se").unwrap());
    ApiWebhook::new(config).unwrap()
}

fn signed(secret: &str, body: impl Into<Vec<u8>>) -> Delivery {
    let body = body.into();
    let id = DeliveryId::new("d-1").unwrap();
    let headers = sign(&Secret::new(secret), now(), &id, &body).unwrap();
    let mut delivery = http::Request::post("/").body(body.into()).unwrap();
    *delivery.headers_mut() = headers;
    delivery
}

fn refusal(delivery: &Delivery, at: DateTime<Utc>) -> Option<Refusal> {
    match webhook().receive(delivery, at) {
        Received::Refused { answer, reason } => {
            assert_eq!(answer.status(), 401);
            Some(reason)
        }
        _ => None,
    }
}

fn events(body: impl Into<Vec<u8>>) -> (Vec<Event>, Value) {
    match webhook().receive(&signed(SECRET, body), now()) {
        Received::Accepted { answer, id, events } => {
            assert_eq!(answer.status(), 200);
            assert_eq!(id.as_str(), "d-1");
            for event in &events {
                assert_eq!(event.provenance.via, Via::Webhook);
                assert_eq!(event.provenance.delivery.as_ref(), Some(&id));
                let stored = serde_json::to_string(event).unwrap();
                assert_eq!(
                    &serde_json::from_str::<Event>(&stored).unwrap(),
                    event,
                    "{stored}"
                );
            }
            (events, serde_json::from_slice(answer.body()).unwrap())
        }
        other => panic!("{other:?}"),
    }
}

fn only(event: Value) -> Event {
    let (mut events, answer) = events(json!({ "events": [event] }).to_string());
    assert_eq!(answer, json!({ "events": 1, "unknown": [] }));
    events.remove(0)
}

fn message(event: Value) -> Message {
    match only(event).kind {
        EventKind::Message(message) => *message,
        other => panic!("{other:?}"),
    }
}

fn plain() -> Value {
    json!({"type": "message", "id": "m-1", "conversation": "c-1",
        "author": {"id": "u-1"}, "text": "Hello"})
}

fn with(name: &str, value: Value) -> Value {
    let mut event = plain();
    event[name] = value;
    event
}

#[test]
fn the_signature_is_the_documented_one() {
    let delivery = signed(SECRET, r#"{"events":[]}"#);
    let signature = delivery.headers()["aspa-signature"].to_str().unwrap();
    assert_eq!(delivery.headers()["aspa-timestamp"], "1795334400");
    assert_eq!(
        signature,
        "v1=349450d22bca3587bd0e961a87ff0b49c09de2b7eb698cce26bb3cbd7cea33f2"
    );
    assert!(include_str!("../README.md").contains(signature));
}

#[test]
fn either_secret_may_have_signed() {
    for secret in [SECRET, "the-secret-before-this"] {
        assert_eq!(refusal(&signed(secret, r#"{"events":[]}"#), now()), None);
    }
}

#[test]
fn what_is_not_signed_right_is_refused() {
    let good = || signed(SECRET, plain().to_string());
    let signature = good().headers()["aspa-signature"]
        .to_str()
        .unwrap()
        .to_owned();
    let hex = &signature[3..];
    type Forge = (&'static str, &'static str, String);
    let headers: [Forge; 14] = [
        ("empty", "aspa-signature", String::new()),
        ("no version", "aspa-signature", hex.to_owned()),
        ("next version", "aspa-signature", format!("v2={hex}")),
        ("other algorithm", "aspa-signature", format!("sha256={hex}")),
        (
            "weaker algorithm",
            "aspa-signature",
            format!("sha1={}", &hex[..40]),
        ),
        (
            "truncated",
            "aspa-signature",
            signature[..signature.len() - 2].to_owned(),
        ),
        (
            "odd",
            "aspa-signature",
            signature[..signature.len() - 1].to_owned(),
        ),
        ("longer", "aspa-signature", format!("{signature}00")),
        (
            "upper case",
            "aspa-signature",
            format!("v1={}", hex.to_uppercase()),
        ),
        ("zeros", "aspa-signature", format!("v1={}", "0".repeat(64))),
        ("other delivery", "aspa-delivery", "d-2".to_owned()),
        ("border moved", "aspa-delivery", "d-1.".to_owned()),
        (
            "other time",
            "aspa-timestamp",
            (now().timestamp() + 1).to_string(),
        ),
        ("no number", "aspa-timestamp", "+1795334400".to_owned()),
    ];
    for (name, header, value) in headers {
        let mut delivery = good();
        delivery
            .headers_mut()
            .insert(header, value.parse().unwrap());
        assert_eq!(
            refusal(&delivery, now()),
            Some(Refusal::WrongSignature),
            "{name}"
        );
    }
    for header in ["aspa-signature", "aspa-delivery", "aspa-timestamp"] {
        let mut delivery = good();
        let value = delivery.headers_mut().remove(header).unwrap();
        assert_eq!(
            refusal(&delivery, now()),
            Some(Refusal::Unsigned),
            "no {header}"
        );
        let mut delivery = good();
        delivery.headers_mut().append(header, value);
        assert_eq!(
            refusal(&delivery, now()),
            Some(Refusal::WrongSignature),
            "two {header}"
        );
    }
    let mut other_body = good();
    *other_body.body_mut() = with("text", json!("Pay me")).to_string().into();
    assert_eq!(refusal(&other_body, now()), Some(Refusal::WrongSignature));
    let other_key = signed("whsec-0123456789abcdeF", plain().to_string());
    assert_eq!(refusal(&other_key, now()), Some(Refusal::WrongSignature));
}

#[test]
fn a_signed_time_may_be_five_minutes_off_and_no_more() {
    let delivery = signed(SECRET, r#"{"events":[]}"#);
    for (seconds, refused) in [
        (300, None),
        (-300, None),
        (301, Some(Refusal::OutsideTolerance)),
        (-301, Some(Refusal::OutsideTolerance)),
        (86_400 * 365, Some(Refusal::OutsideTolerance)),
    ] {
        let at = now() + TimeDelta::seconds(seconds);
        assert_eq!(refusal(&delivery, at), refused, "{seconds}");
    }
}

#[test]
fn a_delivery_id_that_could_move_the_border_cannot_be_signed() {
    for id in ["a.b", "a b", "ä", &"x".repeat(129)] {
        let id = DeliveryId::new(id).unwrap();
        assert!(sign(&Secret::new(SECRET), now(), &id, b"").is_err(), "{id}");
    }
}

#[test]
fn a_webhook_without_a_good_secret_cannot_be_made() {
    let config = |secret| WebhookConfig::new(AccountId::new("app").unwrap(), Secret::new(secret));
    let short = ApiWebhook::new(config("fifteen bytes..")).unwrap_err();
    assert_eq!(short, ConfigError::ShortSecret);
    let mut none = config(SECRET);
    none.secrets.clear();
    assert_eq!(ApiWebhook::new(none).unwrap_err(), ConfigError::NoSecret);
    assert!(aspa_channel_api::verify(&[], &http::HeaderMap::new(), b"", now()).is_err());
    let guessable = signed("", "{}");
    let refused = aspa_channel_api::verify(&[Secret::new("")], guessable.headers(), b"{}", now());
    assert_eq!(refused, Err(Refusal::WrongSignature));
    let read = |text| serde_json::from_str::<WebhookConfig>(text);
    let config = read(r#"{"account": "app", "secrets": ["whsec-0123456789abcdef"]}"#).unwrap();
    assert_eq!(config.network.as_str(), "api");
    assert!(!format!("{config:?} {:?}", webhook()).contains("whsec"));
    assert!(read(r#"{"account": "app", "secrets": [], "secret": "typo"}"#).is_err());
}

#[test]
fn a_message_brings_its_author_times_and_customer() {
    let event = only(
        json!({"type": "message", "id": "m-1", "conversation": "c-1",
        "at": "2026-11-22T09:58:00+02:00",
        "author": {"id": "u-1", "display_name": "Matti", "email": "matti@example.fi",
            "email_verified": true, "phone": "+35840", "tier": "gold"},
        "text": "Hello", "in_reply_to": "m-0", "language": "en", "subject": "Hi",
        "customer": {"system": "crm", "id": "17"}, "order": "A-17", "parts": ["not ours"]}),
    );
    let handle = &event.handles[0];
    assert_eq!(handle.key.to_string(), "api:app:u-1");
    assert_eq!(handle.name(), "Matti");
    assert_eq!(handle.extra["host"], json!({"tier": "gold"}));
    let verified = |kind| {
        handle
            .attributes
            .iter()
            .find(|a| a.kind == kind)
            .unwrap()
            .verified
    };
    assert!(verified(AttributeKind::Email) && !verified(AttributeKind::Phone));
    let EventKind::Message(message) = event.kind else {
        panic!()
    };
    assert_eq!(message.key.to_string(), "app/m-1");
    assert_eq!(message.conversation.to_string(), "app/c-1");
    assert_eq!(message.in_reply_to.unwrap().to_string(), "app/m-0");
    assert_eq!(message.author.as_ref(), Some(&handle.key));
    assert_eq!(message.direction, Direction::Inbound);
    assert_eq!(
        (message.kind, message.audience),
        (MessageKind::Direct, Audience::Direct)
    );
    assert_eq!(
        message.times.effective().unwrap(),
        now() - TimeDelta::minutes(2)
    );
    assert!(message.times.vouched);
    assert_eq!(message.asserted.unwrap().customer.to_string(), "crm:17");
    assert_eq!(
        message.extra["host"],
        json!({"order": "A-17", "parts": ["not ours"]})
    );
}

#[test]
fn without_a_time_a_message_counts_from_its_receipt() {
    let times = message(plain()).times;
    assert!(!times.vouched);
    assert_eq!(times.effective(), Some(now()));
    let ahead = message(with("at", json!("2026-11-22T08:03:00Z"))).times;
    assert_eq!(ahead.effective(), Some(now()));
}

#[test]
fn forms_keep_their_fields_in_order_and_repeated() {
    let mut event = with(
        "fields",
        json!([{"name": "size", "value": "XL"},
        {"name": "count", "value": 2}, {"name": "size", "value": null}]),
    );
    event["kind"] = json!("form");
    event["text"] = Value::Null;
    let message = message(event);
    assert_eq!(message.kind, MessageKind::Form);
    let fields = message.parts.iter().map(|part| match part {
        Part::Field { name, value, .. } => format!("{name}={value}"),
        other => panic!("{other:?}"),
    });
    assert_eq!(fields.collect::<Vec<_>>(), ["size=XL", "count=2", "size="]);
}

#[test]
fn a_colleague_in_the_hosts_own_tool_writes_outbound() {
    let written = message(
        json!({"type": "message", "id": "m-2", "conversation": "c-1",
        "direction": "outbound", "agent": "anna", "to": ["u-1"], "text": "On its way",
        "reply": "answer", "effect": "e-1"}),
    );
    assert_eq!(written.direction, Direction::Outbound);
    assert_eq!(written.agent.unwrap().as_str(), "anna");
    assert_eq!(written.to[0].to_string(), "api:app:u-1");
    assert_eq!(written.effect.unwrap().as_str(), "e-1");
    assert_eq!(written.author, None);
}

#[test]
fn an_edit_is_a_later_revision_of_the_same_message() {
    let mut event = with("edited_at", json!("2026-11-22T07:59:00.250Z"));
    event["type"] = json!("edit");
    event["text"] = json!("Hello again");
    event["author"] = Value::Null;
    let edited = message(event);
    assert_eq!(edited.key, message(plain()).key);
    assert_eq!(edited.text(), "Hello again");
    assert_eq!(edited.revision, 1_795_334_340_250);
    assert_eq!(
        edited.edited_at.unwrap().timestamp_millis(),
        1_795_334_340_250
    );
}

#[test]
fn deletions_reactions_and_statuses_name_their_message() {
    let deleted = only(json!({"type": "delete", "message": "m-1", "at": "2026-11-22T07:00:00Z"}));
    assert_eq!(deleted.at, Some(now() - TimeDelta::hours(1)));
    let EventKind::Visibility {
        message,
        visibility,
        by: None,
        ..
    } = deleted.kind
    else {
        panic!()
    };
    assert_eq!(
        (message.id.as_ref(), visibility),
        ("m-1", Visibility::Deleted)
    );

    let reaction = only(
        json!({"type": "reaction", "message": "m-1", "reaction": "👍",
        "by": {"id": "u-1", "user_name": "matti"}, "removed": true, "why": "misclick"}),
    );
    assert_eq!(reaction.handles[0].name(), "matti");
    assert_eq!(reaction.extra["host"], json!({"why": "misclick"}));
    let EventKind::Reaction {
        by, removed: true, ..
    } = reaction.kind
    else {
        panic!()
    };
    assert_eq!(by.to_string(), "api:app:u-1");

    let status = only(json!({"type": "status", "message": "m-1", "status": "read",
        "watermark": true}));
    let EventKind::Status {
        status,
        watermark: true,
        ..
    } = status.kind
    else {
        panic!()
    };
    assert_eq!(status, DeliveryStatus::Read);
}

#[test]
fn a_second_delivery_gives_the_same_keys_whenever_it_comes() {
    let body = json!({"events": [plain(), {"type": "wave"}, {"type": "reaction", "message": "m-1",
        "by": {"id": "u-1"}, "reaction": "x", "at": "2026-11-22T08:02:00Z"}]});
    let delivery = signed(SECRET, body.to_string());
    let keys = |seconds| match webhook().receive(&delivery, now() + TimeDelta::seconds(seconds)) {
        Received::Accepted { events, .. } => events.iter().map(Event::key).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(keys(0), keys(299));
}

#[test]
fn every_event_of_a_batch_comes_out_under_its_account() {
    let mut foreign = with("account", json!("another-tenant"));
    foreign["id"] = json!("m-9");
    let batch = json!({"events": [
        plain(),
        {"type": "message", "id": "m-2", "conversation": "c-1", "text": "no author"},
        {"type": "wave"},
        foreign,
        7,
        with("account", json!("app-se")),
    ]});
    let (events, answer) = events(batch.to_string());
    let accounts: Vec<_> = events.iter().map(|e| e.account.as_str()).collect();
    assert_eq!(accounts, ["app", "app", "app", "app", "app", "app-se"]);
    let unknown = |event: &Event| matches!(event.kind, EventKind::Unknown(_));
    let kinds: Vec<_> = events.iter().map(unknown).collect();
    assert_eq!(kinds, [false, true, true, true, true, false]);
    let EventKind::Unknown(kept) = &events[1].kind else {
        panic!()
    };
    assert_eq!(
        *kept,
        json!({"problem": "author is missing", "event": batch["events"][1]})
    );
    assert_eq!(answer["events"], 6);
    assert_eq!(
        answer["unknown"][0],
        json!({"index": 1, "problem": "author is missing"})
    );
    let mut keys: Vec<_> = events.iter().map(Event::key).collect();
    keys[5].push_str(" of app-se");
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 6);
}

#[test]
fn problems_name_the_field() {
    let cases = [
        (with("id", json!(5)), "id is not a string"),
        (with("id", json!("")), "id: "),
        (with("conversation", Value::Null), "conversation is missing"),
        (with("author", json!("matti")), "author is no object"),
        (with("author", json!({"name": "x"})), "author.id is missing"),
        (with("author", json!({"id": "a\nb"})), "author: "),
        (
            with("at", json!("yesterday")),
            "at is not a time of RFC 3339",
        ),
        (
            with("at", json!(1_795_334_400)),
            "at is not a time of RFC 3339",
        ),
        (
            with("direction", json!("sideways")),
            "direction is not inbound or outbound",
        ),
        (
            with("text", json!("")),
            "text, fields and media are missing",
        ),
        (with("fields", json!({"a": "b"})), "fields is not a list"),
        (
            with("fields", json!([{"value": "b"}])),
            "fields.name is missing",
        ),
        (
            with("media", json!(["http://x"])),
            "media is not a list of media",
        ),
        (
            with("customer", json!("17")),
            "customer is not a customer's system and id",
        ),
        (
            with("automatic", json!("no")),
            "automatic is not true or false",
        ),
        (with("type", json!("edit")), "edited_at is missing"),
        (
            json!({"type": "reaction", "message": "m", "reaction": "x"}),
            "by is missing",
        ),
        (json!({"id": "m"}), "type is missing"),
        (json!([]), "the event is no object"),
    ];
    for (event, problem) in cases {
        let (events, answer) = events(json!({ "events": [event] }).to_string());
        assert!(matches!(events[0].kind, EventKind::Unknown(_)), "{event}");
        let told = answer["unknown"][0]["problem"].as_str().unwrap();
        assert!(told.starts_with(problem), "{event}: {told}");
    }
}

#[test]
fn of_fields_with_one_name_the_last_counts() {
    let event = r#"{"type":"delete","id":1,"id":2,"type":"message","id":"m-9","conversation":"c-1","x":1,
        "author":{"id":"u-0","id":"u-1"},"text":"Hello","x":[2]}"#;
    // Beside what is understood, and beside what is not.
    for (others, count) in [("", 1), (r#",{"type":"?"}"#, 2)] {
        let (events, _) = events(format!(r#"{{"events":[{event}{others}]}}"#));
        assert_eq!(events.len(), count);
        let EventKind::Message(message) = &events[0].kind else {
            panic!("{:?}", events[0]);
        };
        assert_eq!(&*message.key.id, "m-9");
        assert_eq!(message.author.as_ref().unwrap().id(), "u-1");
        assert_eq!(message.extra["host"], json!({ "x": [2] }));
    }
}

#[test]
fn what_is_authentic_and_no_batch_is_kept_whole() {
    let deep = "[".repeat(5000);
    for (body, kept) in [
        (
            "hello",
            json!({"problem": "the body is no JSON", "body": "hello"}),
        ),
        ("", json!({"problem": "the body is no JSON", "body": ""})),
        (
            &deep,
            json!({"problem": "the body is no JSON", "body": deep}),
        ),
        ("[1]", json!({"problem": "events is missing", "body": [1]})),
        (
            r#"{"events":{"a":1}}"#,
            json!({"problem": "events is not a list", "body": {"events": {"a": 1}}}),
        ),
    ] {
        let (events, _) = events(body);
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].kind, EventKind::Unknown(kept));
    }
    assert!(events(r#"{"events":[]}"#).0.is_empty());
}

#[test]
fn two_bodies_that_are_no_text_are_two_things() {
    let one = events(vec![0xff]).0.remove(0);
    let other = events(vec![0xfe]).0.remove(0);
    assert_ne!(one.key(), other.key());
    let kept = json!({"problem": "the body is not UTF-8", "body": "ff"});
    assert_eq!(one.kind, EventKind::Unknown(kept));
}

#[test]
fn the_events_of_the_readme_are_all_understood() {
    let readme = include_str!("../README.md");
    let example = readme
        .split("```json\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let (events, answer) = events(example);
    assert_eq!(events.len(), 8);
    assert_eq!(answer["unknown"], json!([]));
    for event in &events {
        let extra = match &event.kind {
            EventKind::Message(message) => &message.extra,
            _ => &event.extra,
        };
        assert!(extra.is_empty(), "an undocumented field: {extra:?}");
    }
}

proptest! {
    #[test]
    fn nothing_panics_and_nothing_unsigned_is_accepted(
        body in prop::collection::vec(any::<u8>(), 0..200),
        timestamp in "[0-9]{0,12}|\\PC{0,8}",
        delivery in "[a-z0-9-]{0,9}|\\PC{0,8}",
        signature in "v1=[0-9a-f]{64}|\\PC{0,70}",
        at in 0..4_000_000_000_i64,
    ) {
        let mut request = http::Request::post("/").body(body.into()).unwrap();
        let headers = [("aspa-timestamp", timestamp), ("aspa-delivery", delivery),
            ("aspa-signature", signature)];
        for (name, value) in headers {
            if let Ok(value) = http::HeaderValue::from_bytes(value.as_bytes()) {
                request.headers_mut().insert(name, value);
            }
        }
        let at = DateTime::from_timestamp(at, 0).unwrap();
        let refused = matches!(webhook().receive(&request, at), Received::Refused { .. });
        prop_assert!(refused);
    }

    #[test]
    fn any_signed_bytes_are_kept(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let received = webhook().receive(&signed(SECRET, body), now());
        let accepted = matches!(received, Received::Accepted { .. });
        prop_assert!(accepted);
    }

    #[test]
    fn a_changed_bit_is_refused(place in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let mut delivery = signed(SECRET, plain().to_string());
        let mut body = delivery.body().to_vec();
        body[place.index(delivery.body().len())] ^= 1 << bit;
        *delivery.body_mut() = body.into();
        prop_assert_eq!(refusal(&delivery, now()), Some(Refusal::WrongSignature));
    }

    #[test]
    fn any_fields_are_an_event_or_unknown_and_survive_a_store(
        name in "type|id|account|conversation|at|author|by|kind|to|fields|media|rating|campaign|reply|extra|parts",
        value in prop_oneof![
            Just(json!(null)), Just(json!(-1)), Just(json!(1.5)), Just(json!([[]])), Just(json!({})),
            Just(json!({"id": "x", "kind": "image", "type": "message", "value": 1, "best": 5})),
            "\\PC{0,12}".prop_map(Value::from),
        ],
    ) {
        let (events, _) = events(json!({ "events": [with(&name, value)] }).to_string());
        prop_assert_eq!(events.len(), 1);
    }
}
