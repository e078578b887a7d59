//! The JSON Lines of this crate.

#![allow(clippy::unwrap_used, reason = "a test may fail")]
#![allow(clippy::needless_pass_by_value, reason = "literals read better")]

mod common;

use std::collections::BTreeSet;

use aspa_channel::{
    Act, AttributeKind, Audience, Channel, Event, EventKind, Message, MessageKind, Part, ReplyKind,
    Via, Visibility,
};
use aspa_channel_archive::{Archive, ArchiveError};
use aspa_types::{HandleKey, Network};
use common::{account, events, message, rejected};
use serde_json::{Value, json};

fn text(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn read(lines: &[Value]) -> Archive {
    Archive::read_json_lines(account(), text(lines).as_bytes()).unwrap()
}

/// A message with further or other fields.
fn said(id: &str, time: &str, more: Value) -> Value {
    let mut line = json!({
        "type": "message", "network": "x", "id": id, "conversation": "c", "direction": "in",
        "author": {"id": "7"}, "at": at(time), "text": id,
    });
    line.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    line
}

fn at(time: &str) -> String {
    format!("2026-03-02T{time}Z")
}

fn messages(archive: &Archive) -> Vec<Message> {
    let events = events(archive);
    let of = events
        .iter()
        .filter(|e| matches!(e.kind, EventKind::Message(_)));
    of.map(message).cloned().collect()
}

fn keys(archive: &Archive) -> Vec<String> {
    events(archive).iter().map(Event::key).collect()
}

#[test]
fn the_sample_of_the_format_can_be_read() {
    let format = include_str!("../FORMAT.md");
    let (_, rest) = format.split_once("```json\n").unwrap();
    let (sample, _) = rest.split_once("```").unwrap();
    let archive = Archive::read_json_lines(account(), sample.as_bytes()).unwrap();
    assert_eq!(rejected(&archive), [""; 0]);
    assert_eq!((archive.messages(), archive.repeats()), (3, 0));
    assert_eq!(archive.events(), sample.lines().count());
    assert_eq!(archive.network(), &Network::API);
    let accounts: BTreeSet<_> = events(&archive)
        .iter()
        .map(|event| event.account.to_string())
        .collect();
    assert_eq!(
        accounts,
        BTreeSet::from(["mail".to_owned(), "x-shop".to_owned()])
    );
    assert_eq!(
        archive.newest().unwrap().to_rfc3339(),
        "2026-03-06T08:00:00+00:00"
    );
}

#[test]
fn a_message_keeps_all_it_says() {
    let archive = read(&[said(
        "18014398509481985",
        "09:00:00",
        json!({
            "author": {"id": 7, "scope": "app", "user_name": "matti", "email": "m@example.org",
                       "phone": "+358401234567", "bio": "", "links": ["https://a.example"],
                       "verified_links": ["https://b.example"], "followers": 12, "key": "k"},
            "to": ["1", {"id": "2", "network": "mastodon", "user_name": "shop"}],
            "received": at("09:00:05"), "via": "webhook", "kind": "direct", "subject": "Hei",
            "language": "fi", "in_reply_to": 5, "agent": "aino", "reply": "holding",
            "customer": {"system": "crm", "id": "1007"}, "rating": {"value": 2, "best": 5},
            "campaign": "spring", "media": [{"kind": "image", "type": "jpeg"}],
            "mood": "angry", "times": "three", "quotes": null,
        }),
    )]);
    assert_eq!(rejected(&archive), [""; 0]);
    let event = &events(&archive)[0];
    let found = message(event);
    let author = HandleKey::new(Network::X, Some("app"), "7").unwrap();
    assert_eq!(found.author.as_ref(), Some(&author));
    assert_eq!(
        (found.to[0].id(), found.to[1].network()),
        ("1", &Network::MASTODON)
    );
    assert_eq!(event.handles.len(), 2);
    let profile = &event.handles[0];
    assert_eq!(profile.latest(&AttributeKind::Email), Some("m@example.org"));
    let verified = profile.attributes.iter().filter(|a| a.verified);
    assert_eq!(
        verified.map(|a| &*a.value).collect::<Vec<_>>(),
        ["https://b.example"]
    );
    assert_eq!(
        (&profile.extra["followers"], profile.attributes.len()),
        (&json!(12), 5)
    );
    assert_eq!(
        (&found.kind, &found.audience),
        (&MessageKind::Direct, &Audience::Direct)
    );
    assert_eq!(
        found.times.received.unwrap().to_rfc3339(),
        "2026-03-02T09:00:05+00:00"
    );
    assert_eq!(event.provenance.via, Via::Webhook);
    assert_eq!(found.reply, Some(ReplyKind::Holding));
    assert_eq!(
        found.asserted.as_ref().unwrap().customer.to_string(),
        "crm:1007"
    );
    assert_eq!(found.campaign.as_ref().unwrap().id, "spring");
    assert_eq!(found.in_reply_to.as_ref().unwrap().id.as_ref(), "5");
    assert_eq!(found.extra["mood"], "angry");
    assert_eq!(found.extra["archive_times"], "three");
    assert!(event.provenance.raw.as_ref().unwrap().contains("followers"));
}

#[test]
fn what_is_told_can_be_stored_and_read_back() {
    let taken = json!({
        "key": 1, "parts": [{"type": "text", "text": "more"}, {"type": "hologram"}], "times": 2,
        "asserted": 3, "type_": 4, "account": "a", "kind": "post", "handles": 5, "provenance": 6,
        "media": [{"kind": "image", "type": "jpeg"}], "author": {"id": "7", "key": 1, "attributes": 2},
    });
    let other = |word: &str| {
        json!({"type": word, "account": "a", "at": at("10:00:00"), "id": "1", "conversation": "c",
               "customer": {"network": "x", "id": "7"}, "by": {"network": "x", "id": "7"},
               "reaction": "+", "status": "read", "tag": "a", "text": "t", "kind": 1, "handles": 2,
               "provenance": 3})
    };
    let agent = |word: &str| {
        let mut line = other(word);
        line["by"] = json!("aino");
        line
    };
    let archive = read(&[
        said("1", "09:00:00", taken),
        other("edit"),
        other("hide"),
        other("reaction"),
        other("status"),
        agent("assign"),
        agent("note"),
        json!({"type": "visibility", "message": {"account": "a", "id": "1"}, "visibility": "held", "x": 1}),
        json!({"type": "account", "health": "throttled", "until": at("11:00:00")}),
        json!({"type": "hologram", "at": "never", "via": 3, "account": "b"}),
        json!({"type": "Message"}),
    ]);
    assert_eq!(rejected(&archive), [""; 0]);
    assert_eq!(archive.events(), 11);
    for event in events(&archive) {
        let json = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event);
        assert_eq!(event.provenance.via, Via::Archive);
    }
}

#[test]
fn an_edit_carries_the_rest_of_the_message_over() {
    let image = json!({"media": [{"kind": "image"}], "subject": "Hei", "received": at("09:00:01")});
    let archive = read(&[
        json!({"type": "edit", "id": "1", "at": at("10:00:00"), "text": "third", "revision": 2}),
        json!({"type": "edit", "id": "1", "at": at("09:30:00"), "text": "second", "revision": 1}),
        json!({"type": "edit", "id": "2", "at": at("09:30:00"), "text": "x"}),
        json!({"type": "edit", "id": "1", "at": at("09:30:00"), "text": "x", "revision": 0}),
        json!({"type": "edit", "id": "1", "at": at("11:00:00"), "text": "fourth"}),
        said("1", "09:00:00", image),
    ]);
    assert_eq!(
        rejected(&archive),
        [
            "line 3: no message with this id to edit",
            "line 4: the revision is not above that of the message"
        ]
    );
    let found = messages(&archive);
    let texts: Vec<_> = found.iter().map(Message::text).collect();
    assert_eq!(texts, ["1", "second", "third", "fourth"]);
    let edit = &found[1];
    assert_eq!((edit.subject.as_deref(), edit.revision), (Some("Hei"), 1));
    assert!(matches!(edit.parts[1], Part::Media(_)));
    assert_eq!(edit.times, found[0].times);
    assert_eq!(
        edit.edited_at.unwrap().to_rfc3339(),
        "2026-03-02T09:30:00+00:00"
    );
    assert_eq!(found[3].revision, 1_772_449_200_000);
    assert_eq!(archive.messages(), 1);
}

#[test]
fn acts_of_colleagues_name_the_case() {
    let act = |word: &str, more: Value| {
        let mut line = json!({"type": word, "conversation": "c", "customer": {"id": "7"},
                              "by": "aino", "at": at("10:00:00")});
        line.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        line
    };
    let archive = read(&[
        act("assign", json!({"to": "aino"})),
        act("assign", json!({"to": null, "at": at("10:01:00")})),
        act(
            "tag",
            json!({"tag": " Delivery/Late", "at": at("10:02:00")}),
        ),
        act("tag", json!({"tag": "a//b"})),
        act("note", json!({})),
        act("resolve", json!({"customer": null})),
        act("resolve", json!({"account": "unheard-of"})),
        said("1", "09:00:00", json!({})),
    ]);
    assert_eq!(
        rejected(&archive),
        [
            "line 4: `tag` cannot be read",
            "line 5: `text` is missing",
            "line 6: `customer` is missing",
            "line 7: `network` is missing",
        ]
    );
    let acts: Vec<Act> = events(&archive)[1..]
        .iter()
        .map(|event| match &event.kind {
            EventKind::Action {
                customer, by, act, ..
            } => {
                assert_eq!(
                    (customer.to_string(), by.as_ref().unwrap().as_str()),
                    ("x::7".to_owned(), "aino")
                );
                act.clone()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    let tag = aspa_types::Tag::new("delivery/late").unwrap();
    let to = Some(aspa_types::AgentId::new("aino").unwrap());
    assert_eq!(acts, [Act::assign(to), Act::assign(None), Act::tag(tag)]);
}

#[test]
fn broken_lines_are_named_and_cost_no_other_line() {
    let good = said("1", "09:00:00", json!({})).to_string();
    let secret = |more| {
        said("2", "09:00:00", more)
            .to_string()
            .replace("\"text\":\"2\"", "\"text\":\"SECRET\"")
    };
    let cases = [
        ("{\"text\":\"SECRET".to_owned(), "not JSON, column 15"),
        ("SECRET".to_owned(), "not JSON, column 1"),
        ("[\"SECRET\"]".to_owned(), "not a JSON object"),
        ("{\"text\":\"SECRET\"}".to_owned(), "`type` is missing"),
        (
            "{\"type\":[\"SECRET\"]}".to_owned(),
            "`type` cannot be read",
        ),
        (secret(json!({"id": null})), "`id` is missing"),
        (secret(json!({"id": "SECRET\n"})), "`id` cannot be read"),
        (secret(json!({"id": 1.5})), "`id` cannot be read"),
        (secret(json!({"at": "SECRET"})), "`at` cannot be read"),
        (secret(json!({"author": null})), "`author` is missing"),
        (
            secret(json!({"author": {"name": "SECRET"}})),
            "`author` cannot be read",
        ),
        (
            secret(json!({"author": {"id": "7", "links": "SECRET"}})),
            "`author` cannot be read",
        ),
        (
            secret(json!({"direction": "SECRET"})),
            "`direction` cannot be read",
        ),
        (
            secret(json!({"network": "SECRET"})),
            "`network` cannot be read",
        ),
        (secret(json!({"account": ""})), "`account` cannot be read"),
        (
            secret(json!({"received": "SECRET"})),
            "`received` cannot be read",
        ),
        (
            secret(json!({"rating": {"value": 300, "best": 5}})),
            "`rating` cannot be read",
        ),
        (
            secret(json!({"customer": "SECRET"})),
            "`customer` cannot be read",
        ),
        (secret(json!({"text": null})), "`text` is missing"),
        (
            "{\"type\":\"visibility\",\"visibility\":\"SECRET\"}".to_owned(),
            "`type` cannot be read",
        ),
        (
            "{\"type\":\"delete\",\"id\":\"1\"}".to_owned(),
            "`at` is missing",
        ),
        (
            format!("{}1{}", "[".repeat(500), "]".repeat(500)),
            "not JSON, column 128",
        ),
    ];
    let mut file = format!("\u{feff}{good}\r\n\r\n").into_bytes();
    for (line, _) in &cases {
        file.extend(format!("{line}\n").into_bytes());
    }
    file.extend(b"{\"type\":\"\xff\"}\n");
    file.extend(good.replace("\"id\":\"1\"", "\"id\":\"last\"").into_bytes());
    let archive = Archive::read_json_lines(account(), &file).unwrap();
    let expected = cases
        .iter()
        .map(|(_, reason)| *reason)
        .chain(["invalid UTF-8"]);
    for (i, (found, expected)) in rejected(&archive).iter().zip(expected).enumerate() {
        assert_eq!(*found, format!("line {}: {expected}", i + 3));
    }
    assert_eq!(archive.rejected().len(), cases.len() + 1);
    assert_eq!((archive.messages(), archive.events()), (2, 2));
    assert!(!format!("{archive:?} {:?}", archive.rejected()).contains("SECRET"));
}

#[test]
fn repeats_are_told_and_counted_and_conflicts_rejected() {
    let first = said(
        "1",
        "09:00:00",
        json!({"received": at("09:00:01"), "via": "webhook"}),
    );
    let again = said(
        "1",
        "09:00:00",
        json!({"received": at("09:10:00"), "via": "reconcile"}),
    );
    let delete = json!({"type": "delete", "id": "1", "at": at("10:00:00")});
    let note = json!({"type": "poll_vote", "at": at("10:00:00")});
    let archive = read(&[
        first.clone(),
        first,
        again,
        said("1", "09:00:00", json!({"text": "other"})),
        delete.clone(),
        delete,
        note.clone(),
        note,
    ]);
    assert_eq!(
        (archive.messages(), archive.events(), archive.repeats()),
        (1, 7, 4)
    );
    assert_eq!(
        rejected(&archive),
        ["line 4: another one with the same id came before"]
    );
    assert_eq!(keys(&archive).iter().collect::<BTreeSet<_>>().len(), 3);
}

#[test]
fn the_order_of_the_file_does_not_matter() {
    let lines = [
        said("a", "09:00:00", json!({"in_reply_to": "b"})),
        said("b", "09:00:00", json!({})),
        said("c", "09:00:00", json!({"in_reply_to": "c"})),
        said("late", "09:30:00", json!({"received": at("09:00:00")})),
        said(
            "unvouched",
            "08:00:00",
            json!({"received": at("09:45:00"), "vouched": false}),
        ),
        json!({"type": "hide", "id": "b", "at": at("09:00:00")}),
        json!({"type": "show", "id": "b", "at": at("09:50:00")}),
        json!({"type": "edit", "id": "b", "at": at("09:55:00"), "text": "bb"}),
        json!({"type": "tag", "conversation": "c", "customer": "7", "tag": "x", "at": at("09:56:00")}),
        json!({"type": "timeless"}),
    ];
    let expected = keys(&read(&lines));
    let names: Vec<&str> = expected
        .iter()
        .map(|key| key.split([' ', '#']).take(2).last().unwrap())
        .collect();
    assert_eq!(
        names[..8],
        ["b", "c", "late", "a", "b", "unvouched", "b", "b"]
    );
    for turn in 0..lines.len() {
        let mut lines = lines.clone();
        lines.rotate_left(turn);
        lines.swap(0, turn);
        assert_eq!(keys(&read(&lines)), expected);
    }
}

#[test]
fn what_a_line_does_not_say_is_usual_on_its_network() {
    let archive = read(&[
        said("1", "09:00:00", json!({"network": "email"})),
        said("2", "09:00:01", json!({"network": "web_chat"})),
        said("3", "09:00:02", json!({"network": "x"})),
        said(
            "4",
            "09:00:03",
            json!({"network": "mastodon", "kind": "direct"}),
        ),
        said(
            "5",
            "09:00:04",
            json!({"network": "email", "audience": "public"}),
        ),
    ]);
    let found: Vec<_> = messages(&archive)
        .iter()
        .map(|m| format!("{} {}", m.kind, m.audience))
        .collect();
    let expected = [
        "mail direct",
        "chat direct",
        "comment public",
        "direct direct",
        "mail public",
    ];
    assert_eq!(found, expected);
    assert!(
        messages(&archive)
            .iter()
            .all(|m| m.visibility == Visibility::Visible)
    );
}

#[test]
fn an_empty_file_is_refused() {
    for empty in ["", "\n\r\n", "\u{feff} "] {
        let error = Archive::read_json_lines(account(), empty.as_bytes()).unwrap_err();
        assert_eq!(error, ArchiveError::Empty);
    }
}

#[test]
fn a_case_waits_is_taken_up_again_and_has_a_priority() {
    let mut minute = 0;
    let mut act = |word: &str, more: Value| {
        minute += 1;
        let mut line = json!({"type": word, "network": "email", "conversation": "c",
                              "customer": "7", "at": at(&format!("10:{minute:02}:00"))});
        line.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        line
    };
    let archive = read(&[
        act("wait", json!({"for": "customer"})),
        act("wait", json!({"for": "colleague"})),
        act("wait", json!({})),
        act("wait", json!({"for": "godot"})),
        act("reopen", json!({})),
        act("priority", json!({"priority": "urgent"})),
        act("priority", json!({"priority": null})),
        act("priority", json!({"priority": 7})),
    ]);
    assert_eq!(
        rejected(&archive),
        [
            "line 3: `for` is missing",
            "line 4: `for` cannot be read",
            "line 8: `priority` cannot be read"
        ]
    );
    let acts: Vec<Value> = events(&archive)
        .iter()
        .map(|event| serde_json::to_value(&event.kind).unwrap()["act"].clone())
        .collect();
    assert_eq!(
        acts,
        [
            json!({"type": "await_customer"}),
            json!({"type": "await_colleague"}),
            json!({"type": "reopen"}),
            json!({"type": "prioritise", "priority": "urgent"}),
            json!({"type": "prioritise", "priority": null}),
        ]
    );
}
