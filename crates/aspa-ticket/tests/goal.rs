//! When agents are called, where customers may answer each other first.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use aspa_channel::Audience;
use aspa_ticket::{
    Aim, CallModel, CallWhy, Contacts, EventKind, Goal, HelpVerdict, Range, Ticket, Topic,
};
use aspa_types::Tag;
use common::{agent, at, did, message, received, ticket, withdrawn};
use proptest::prelude::*;

fn tag(tag: &str) -> Tag {
    Tag::new(tag).unwrap()
}

fn goal() -> Goal {
    Goal::customers_first(600)
        .with_topic(tag("tips"), Topic::grace(7200))
        .with_topic(tag("tips/video"), Topic::grace(60))
        .with_topic(tag("safety"), Topic::risky())
        .with_topic(tag("safety/manuals"), Topic::grace(7200))
}

fn public(tags: &[&str]) -> Ticket {
    let mut asked = ticket(&[received(0, "1")]);
    asked.audience = Some(Audience::Public);
    asked.tags = tags.iter().map(|text| tag(text)).collect();
    asked
}

#[test]
fn the_topic_says_how_long_others_may_answer() {
    let table: [(&[&str], i64, CallWhy, Option<&str>); 8] = [
        (&[], 600, CallWhy::Grace, None),
        (&["billing"], 600, CallWhy::Grace, None),
        (&["tips"], 7200, CallWhy::Grace, Some("tips")),
        (&["tips/shoes"], 7200, CallWhy::Grace, Some("tips")),
        (&["tips/video/long"], 60, CallWhy::Grace, Some("tips/video")),
        (
            &["tips", "tips/video"],
            60,
            CallWhy::Grace,
            Some("tips/video"),
        ),
        (&["tips", "safety/fire"], 0, CallWhy::Risky, Some("safety")),
        // What is above is risky: nothing below it is less so.
        (&["safety/manuals"], 0, CallWhy::Risky, Some("safety")),
    ];
    for (tags, seconds, why, topic) in table {
        let call = goal().call(&public(tags), None);
        let expected = (Some(at(seconds)), why, topic.map(tag));
        assert_eq!((call.at, call.why, call.topic), expected, "{tags:?}");
    }
}

#[test]
fn agents_are_called_at_once_where_nobody_else_can_or_should_answer() {
    let direct = |audience| {
        let mut asked = public(&[]);
        asked.audience = audience;
        asked
    };
    let after = |kind| {
        let mut asked = ticket(&[received(0, "1"), did(5, kind)]);
        asked.audience = Some(Audience::Public);
        asked
    };
    let assigned = EventKind::assigned(Some(agent("liisa")));
    let sent = EventKind::Sent {
        message: message("2"),
        reply: aspa_channel::ReplyKind::Holding,
        effect: None,
    };
    let wrong = EventKind::HelpJudged(aspa_ticket::Help {
        message: message("1"),
        by: message("anna"),
        verdict: HelpVerdict::Corrected,
        decided: aspa_ticket::Decided::Agent(agent("liisa")),
    });
    let table = [
        (
            "in private",
            direct(Some(Audience::Direct)),
            CallWhy::NotPublic,
        ),
        (
            "nobody knows who reads it",
            direct(None),
            CallWhy::NotPublic,
        ),
        ("somebody has taken it", after(assigned), CallWhy::Begun),
        ("somebody has written", after(sent), CallWhy::Begun),
        (
            "a customer's answer is wrong",
            after(wrong),
            CallWhy::Corrected,
        ),
    ];
    for (what, ticket, why) in table {
        let call = goal().call(&ticket, None);
        assert_eq!((call.at, call.why), (Some(at(0)), why), "{what}");
    }
    for aim in [Aim::SolveHere, Aim::SelfService] {
        let call = Goal::new(aim).call(&public(&["tips"]), None);
        assert_eq!((call.at, call.why), (Some(at(0)), CallWhy::OursToAnswer));
    }
}

#[test]
fn nobody_is_called_where_nobody_waits() {
    let mut helped = public(&["safety"]);
    let by = message("anna");
    let verdict = HelpVerdict::Confirmed;
    let command = aspa_ticket::Command::JudgeHelp {
        message: message("1"),
        by,
        verdict,
    };
    for event in helped.decide(command, &common::liisa(), at(9)).unwrap() {
        helped.apply(&event);
    }
    let withdrawn = ticket(&[received(0, "1"), withdrawn(3, "1")]);
    let resolved = did(
        5,
        EventKind::Resolved {
            outcome: aspa_ticket::Outcome::NotSolved,
        },
    );
    for (what, ticket) in [
        ("helped", helped),
        ("withdrawn", withdrawn),
        ("resolved", ticket(&[received(0, "1"), resolved])),
    ] {
        let call = goal().call(&ticket, None);
        assert_eq!((call.at, call.why), (None, CallWhy::NobodyWaits), "{what}");
    }
    // The oldest that waits counts, not the newest.
    let mut two = ticket(&[received(0, "1"), received(300, "2")]);
    two.audience = Some(Audience::Public);
    assert_eq!(goal().call(&two, None).at, Some(at(600)));
}

#[test]
fn agents_are_called_in_time_to_keep_what_was_promised() {
    for (promised, lead, called, why) in [
        (3600, 900, 600, CallWhy::Grace),
        (1500, 900, 600, CallWhy::Grace),
        (1200, 900, 300, CallWhy::Promise),
        (600, 900, 0, CallWhy::Promise),
        (600, 60, 540, CallWhy::Promise),
        (300, 0, 300, CallWhy::Promise),
        (-60, 0, 0, CallWhy::Promise),
    ] {
        let call = goal().lead(lead).call(&public(&[]), Some(at(promised)));
        assert_eq!((call.at, call.why), (Some(at(called)), why), "{promised:?}");
    }
    let forever = Goal::customers_first(u32::MAX);
    assert_eq!(
        forever.call(&public(&[]), None).at,
        Some(at(u32::MAX.into()))
    );
}

#[test]
fn a_goal_is_written_as_data() {
    let written = serde_json::json!({
        "aim": "customers_first", "grace_seconds": 600, "lead_seconds": 900,
        "topics": {
            "tips": {"grace_seconds": 7200, "risky": false},
            "tips/video": {"grace_seconds": 60, "risky": false},
            "safety": {"risky": true},
            "safety/manuals": {"grace_seconds": 7200, "risky": false},
        },
    });
    assert_eq!(serde_json::to_value(goal()).unwrap(), written);
    assert_eq!(serde_json::from_value::<Goal>(written).unwrap(), goal());
}

#[test]
fn a_range_is_in_order() {
    for (low, expected, high) in [
        (1.0, 0.0, 2.0),
        (0.0, 3.0, 2.0),
        (0.0, f64::NAN, 1.0),
        (0.0, 1.0, f64::INFINITY),
    ] {
        assert!(Range::new(low, expected, high).is_err());
    }
    assert!(serde_json::from_str::<Range>(r#"{"low":2,"expected":1,"high":3}"#).is_err());
}

proptest! {
    /// Whatever is assumed: the bounds stay in their order, and more helped is never fewer calls avoided.
    #[test]
    fn bounds_of_calls_avoided_stay_in_order(
        counts in prop::array::uniform4(0_u64..1000),
        bounds in prop::array::uniform5((0.0..1.0_f64, 0.0..1.0_f64, 0.0..1.0_f64)),
    ) {
        let range = |(a, b, c): (f64, f64, f64)| Range::new(a, a + b, a + b + c).unwrap();
        let [solved, customers, service, phone, cents] = bounds.map(range);
        let mut model = CallModel::default();
        model.solved_here.calls = solved;
        model.by_customers.calls = customers;
        model.self_service.calls = service;
        model.sent_to_phone.calls = phone;
        model.cents = cents;
        let [solved_here, by_customers, self_service, sent_to_phone] = counts;
        let contacts = Contacts { solved_here, by_customers, self_service, sent_to_phone };
        let avoided = model.apply(contacts);
        for range in [avoided.calls, avoided.cents] {
            prop_assert!(range.low() <= range.expected() + 1e-9 && range.expected() <= range.high() + 1e-9, "{:?}", range);
        }
        let more = model.apply(Contacts { by_customers: by_customers + 1, ..contacts });
        prop_assert!(more.calls.expected() >= avoided.calls.expected());
    }
}
