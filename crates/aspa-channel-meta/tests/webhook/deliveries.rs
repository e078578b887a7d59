//! Whole deliveries: batches, doubles, another order, and anything at all.

use aspa_channel::{Event, EventKind};
use proptest::prelude::*;

use super::{check, direct, receive};

#[test]
fn whole_deliveries() {
    let text = |mid: &str| {
        format!(
            r#"{{"sender":{{"id":"70"}},"recipient":{{"id":"1001"}},"timestamp":1794565996500,"message":{{"mid":"{mid}","text":"x"}}}}"#
        )
    };
    let mixed = format!(
        r#"{{"object":"page","entry":[
            {{"id":"1001","time":1794566000,"messaging":[{}],"standby":[{}],"changes":[{{"field":"feed","value":{{"item":"like","verb":"add","post_id":"1001_1","from":{{"id":"7"}}}}}}],"weather":[1,2]}},
            {{"id":"1003","time":1794566000,"messaging":[{}]}},
            {{"time":1794566000,"messaging":[]}},
            {{"id":"1002","time":1794566000,"messaging":[]}},
            {{"id":"1002","time":1794566000,"changes":{{}}}}, null]}}"#,
        text("m_1"),
        text("m_2"),
        text("m_3"),
    );
    let text = "in messenger:70 by messenger/70 at 10:33:16.500";
    check(
        "everything in one",
        &mixed,
        &[
            &format!("inbound direct m_1 {text} : \"x\""),
            &format!("inbound direct m_2 {text} with standby : \"x\""),
            "+like 1001_1 by facebook_page/7 at 10:33:20",
            "unknown: not a list that is known at 10:33:20",
            "unknown: not a list that is known at 10:33:20",
            "unknown: not a page that is configured at 10:33:20",
            "unknown: not a page that is configured at 10:33:20",
            "unknown: nothing in it at 10:33:20",
            "unknown: no list at 10:33:20",
            "unknown: the entry is no object at never",
        ],
    );
    for (body, expected) in [
        (
            r#"{"object":"instagram","entry":[{"id":"1001","time":1794566000,"messaging":[{}]}]}"#,
            "unknown: object is not page at 10:33:20",
        ),
        (
            r#"{"object":"page","entry":[]}"#,
            "unknown: entry is empty at never",
        ),
        (
            r#"{"object":"page"}"#,
            "unknown: no delivery of Meta's at never",
        ),
        ("[]", "unknown: no delivery of Meta's at never"),
        ("hello", "unknown: no delivery of Meta's at never"),
        ("", "unknown: no delivery of Meta's at never"),
    ] {
        check(body, body, &[expected]);
    }
}

#[test]
fn which_app_had_the_conversation_before_is_no_event() {
    let body = r#"{"object":"page","entry":[{"id":"1001","time":1794566000123,"messaging":[{"sender":{"id":"70"},"recipient":{"id":"1001"},"timestamp":1794565996500,"message":{"mid":"m_1","text":"x"}}],"hop_context":[{"app_id":500,"metadata":""}]}]}"#;
    check(
        "a hop",
        body,
        &["inbound direct m_1 in messenger:70 by messenger/70 at 10:33:16.500 : \"x\""],
    );
}

/// What comes twice, and in whatever order, has the same keys.
#[test]
fn duplicates_and_another_order_are_the_same_events() {
    let items = [
        r#"{"sender":{"id":"70"},"recipient":{"id":"1001"},"timestamp":1794565996500,"message":{"mid":"m_1","text":"x"}}"#,
        r#"{"sender":{"id":"70"},"recipient":{"id":"1001"},"timestamp":1794565996600,"message_edit":{"mid":"m_1","text":"y","num_edit":1}}"#,
        r#"{"sender":{"id":"70"},"recipient":{"id":"1001"},"timestamp":1794565996700,"reaction":{"mid":"m_9","action":"react","reaction":"love"}}"#,
        r#"{"sender":{"id":"70"},"recipient":{"id":"1001"},"timestamp":1794565996800,"read":{"watermark":1794565996750}}"#,
        r#"{"sender":{"id":"70"},"recipient":{"id":"1001"},"timestamp":1794565996900,"delivery":{"mids":["m_9"],"watermark":1794565996750}}"#,
    ];
    let keys = |items: &[&str]| {
        let body = format!(
            r#"{{"object":"page","entry":[{{"id":"1001","time":1794566000123,"messaging":[{}]}}]}}"#,
            items.join(",")
        );
        let events = receive(body.as_bytes());
        assert_eq!(events.len(), items.len());
        let mut keys: Vec<String> = events.iter().map(Event::key).collect();
        keys.sort();
        keys
    };
    let once = keys(&items);
    let mut turned = items;
    turned.reverse();
    assert_eq!(keys(&turned), once);
    let twice = [items, items].concat();
    let mut both = keys(&twice);
    both.dedup();
    assert_eq!(both, once, "five different events");
}

#[test]
fn what_is_not_understood_is_kept_as_it_came() {
    let events = receive(
        direct(
            "messaging",
            r#"{FROM70,"hologram":{"id":9007199254740993}}"#,
        )
        .as_bytes(),
    );
    let EventKind::Unknown(kept) = &events[0].kind else {
        panic!()
    };
    assert_eq!(kept["event"]["hologram"]["id"], 9_007_199_254_740_993_u64);
    assert_eq!(kept["list"], "messaging");
    let stored = serde_json::to_string(&events[0]).unwrap();
    assert_eq!(serde_json::from_str::<Event>(&stored).unwrap(), events[0]);
}

/// JSON of the shapes that Meta sends, with anything in their places.
fn json() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "1794566000",
        "1794566000123",
        "18446744073709551999",
        "1e400",
        r#""""#,
        r#""1001""#,
        r#""70""#,
        r#""1001_5""#,
        r#""\ud800""#,
        r#""\u0000""#,
        r#""add""#,
        r#""comment""#,
        r#""feed""#,
        r#""page""#,
        r#""m_1""#,
        "[]",
        "{}",
    ]);
    let name = prop::sample::select(vec![
        "object",
        "entry",
        "id",
        "time",
        "messaging",
        "standby",
        "changes",
        "field",
        "value",
        "item",
        "verb",
        "post_id",
        "comment_id",
        "from",
        "message",
        "mid",
        "text",
        "sender",
        "recipient",
        "timestamp",
        "attachments",
        "payload",
        "type",
        "reaction",
        "read",
        "delivery",
        "watermark",
        "mids",
        "postback",
        "message_edit",
        "policy-enforcement",
        "pass_thread_control",
        "referral",
        "created_time",
    ]);
    word.prop_map(str::to_owned)
        .prop_recursive(6, 48, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4)
                    .prop_map(|items| format!("[{}]", items.join(","))),
                prop::collection::vec((name.clone(), inner), 0..6).prop_map(|fields| {
                    let fields: Vec<String> = fields
                        .iter()
                        .map(|(name, value)| format!("\"{name}\":{value}"))
                        .collect();
                    format!("{{{}}}", fields.join(","))
                }),
            ]
        })
}

proptest! {
    #[test]
    fn any_bytes_are_kept(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(!receive(&bytes).is_empty());
    }

    #[test]
    fn any_items_are_kept_one_by_one(items in prop::collection::vec(json(), 1..5), list in prop::sample::select(vec!["messaging", "standby", "changes"])) {
        let body = format!(r#"{{"object":"page","entry":[{{"id":"1001","time":1794566000,"{list}":[{}]}}]}}"#, items.join(","));
        let events = receive(body.as_bytes());
        prop_assert!(events.len() >= items.len());
        for event in &events {
            let stored = serde_json::to_string(event).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Event>(&stored).unwrap(), event);
        }
    }
}
