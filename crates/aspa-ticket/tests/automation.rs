//! Rules: what they match, what they do, who wins, and that they end.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use aspa_ticket::automation::{
    Action, BadRule, Condition, Facts, Local, Rule, RuleSet, Trigger, dry_run,
};
use aspa_ticket::{Actor, Category, Disposition, Event, EventKind, Priority};
use aspa_types::{Tag, TicketId};
use common::{agent, at, did, matti, received, ticket};
use proptest::prelude::*;
use serde_json::json;

fn tag(name: &str) -> Tag {
    Tag::new(name).unwrap()
}

fn put(name: &str) -> Action {
    Action::Tag { tag: tag(name) }
}

fn words(any: &[&str]) -> Condition {
    Condition::words(any.iter().copied())
}

fn always() -> Condition {
    Condition::All { of: vec![] }
}

fn holds(condition: Condition, facts: &Facts<'_>) -> bool {
    let rules = vec![Rule::new("r", condition)];
    let compiled = RuleSet { rules }.compile().unwrap();
    !compiled.run(facts).matched.is_empty()
}

#[test]
fn words_are_whole_words_beginnings_or_phrases() {
    let text = "My PARCEL was delayed, again: täysin myöhässä! C-3PO";
    let mut facts = Facts::at(at(0));
    facts.text = Some(text);
    for (wanted, found) in [
        ("parcel", true),
        ("Parcel", true),
        ("parce", false),
        ("parce*", true),
        ("delay*", true),
        ("delays*", false),
        ("was delayed", true),
        ("delayed again", true),
        ("parcel delayed", false),
        ("MYÖHÄSSÄ", true),
        ("tä*", true),
        ("3po", true),
        ("c-3po", true),
    ] {
        assert_eq!(holds(words(&[wanted]), &facts), found, "{wanted}");
    }
    assert!(holds(words(&["nothing", "again"]), &facts), "any of them");
    assert!(!holds(words(&[]), &facts));
    facts.text = None;
    assert!(
        !holds(words(&["parcel"]), &facts),
        "what is not known does not hold"
    );
}

#[test]
fn each_condition_looks_at_its_fact() {
    let tags: BTreeSet<Tag> = [tag("delivery/late")].into();
    let (category, priority) = (Category::Open, Priority::High);
    let (liisa, language) = (agent("liisa"), "sv-FI".to_owned());
    let key = matti();
    let mut facts = Facts::at(at(1000));
    facts.trigger = Some(Trigger::Received);
    facts.tags = Some(&tags);
    facts.category = Some(&category);
    facts.priority = Some(&priority);
    facts.assignee = Some(&liisa);
    facts.language = Some(&language);
    facts.author = Some(&key.customer);
    facts.account = Some(&key.conversation.account);
    facts.network = Some(key.customer.network());
    facts.followers = Some(5000);
    facts.customer_known = Some(false);
    facts.tier = Some("gold");
    facts.messages = Some(3);
    facts.follow_up = Some(true);
    facts.breach_at = Some(at(1600));
    facts.waits_since = Some(at(400));
    facts.open = Some(true);
    facts.local = Some(Local {
        weekday: 1,
        minute: 30,
    });
    let table = [
        (json!({"is": "happened", "what": "received"}), true),
        (json!({"is": "happened", "what": "sent"}), false),
        (json!({"is": "tagged", "tag": "delivery"}), true),
        (json!({"is": "tagged", "tag": "delivery/late/very"}), false),
        (json!({"is": "category", "category": "open"}), true),
        (json!({"is": "priority", "priority": "low"}), false),
        (json!({"is": "assignee", "agent": "liisa"}), true),
        (json!({"is": "assignee", "agent": null}), false),
        (json!({"is": "team", "team": null}), true),
        (json!({"is": "team", "team": "billing"}), false),
        (json!({"is": "language", "tag": "sv"}), true),
        (json!({"is": "language", "tag": "s"}), false),
        (json!({"is": "author", "handle": key.customer}), true),
        (json!({"is": "account", "id": "shop"}), true),
        (json!({"is": "account", "id": "mail"}), false),
        (json!({"is": "network", "name": "mastodon"}), true),
        (json!({"is": "audience", "who": "public"}), false),
        (json!({"is": "followers", "least": 5000}), true),
        (json!({"is": "followers", "least": 5001}), false),
        (json!({"is": "customer_known", "known": false}), true),
        (json!({"is": "tier", "name": "gold"}), true),
        (json!({"is": "messages", "least": 4}), false),
        (json!({"is": "follow_up"}), true),
        (json!({"is": "breach_within", "seconds": 600}), true),
        (json!({"is": "breach_within", "seconds": 599}), false),
        (json!({"is": "waited", "seconds": 600}), true),
        (json!({"is": "waited", "seconds": 601}), false),
        (json!({"is": "open", "open": true}), true),
        (
            json!({"is": "during", "weekdays": [1], "from": 30, "until": 31}),
            true,
        ),
        (
            json!({"is": "during", "weekdays": [1], "from": 0, "until": 30}),
            false,
        ),
        // Half past midnight on Monday is the night of Sunday.
        (
            json!({"is": "during", "weekdays": [7], "from": 1320, "until": 360}),
            true,
        ),
        (
            json!({"is": "during", "weekdays": [1], "from": 1320, "until": 360}),
            false,
        ),
        (json!({"is": "all", "of": []}), true),
        (json!({"is": "any", "of": []}), false),
        (json!({"is": "not", "what": {"is": "any", "of": []}}), true),
        // What this version does not know never holds, nor does its contrary.
        (json!({"is": "mood", "bad": true}), false),
        (
            json!({"is": "not", "what": {"is": "mood", "bad": true}}),
            false,
        ),
    ];
    for (condition, expected) in table {
        let read: Condition = serde_json::from_value(condition.clone()).unwrap();
        assert_eq!(holds(read.clone(), &facts), expected, "{condition}");
        assert_eq!(serde_json::to_value(&read).unwrap(), condition);
        // Nothing but "all of nothing", "not" and nobody's holds of nothing.
        let nothing = Facts::at(at(1000));
        let anyway = matches!(read, Condition::All { .. } | Condition::Not { .. }) && expected;
        assert_eq!(holds(read, &nothing), anyway, "{condition} of nothing");
    }
}

#[test]
fn every_rule_sees_what_was_before_any_of_them() {
    // The second would match only what the first does.
    let rules = vec![
        Rule::new("first", always()).does(put("a")),
        Rule::new("second", Condition::Tagged { tag: tag("a") }).does(put("b")),
    ];
    let tags = BTreeSet::new();
    let mut facts = Facts::at(at(0));
    facts.tags = Some(&tags);
    let run = RuleSet { rules }.compile().unwrap().run(&facts);
    assert_eq!(run.matched, ["first"]);
}

#[test]
fn the_earlier_rule_has_it_and_the_later_one_is_told() {
    let route = |team: &str| Action::Route {
        team: team.parse().unwrap(),
    };
    let rules = vec![
        Rule::new("one", always())
            .does(put("a"))
            .does(route("billing")),
        Rule::new("two", always())
            .does(Action::Untag { tag: tag("a") })
            .does(route("evenings"))
            .does(put("b")),
        Rule::new("three", always())
            .does(route("billing"))
            .does(put("a")),
    ];
    let run = RuleSet { rules }.compile().unwrap().run(&Facts::at(at(0)));
    let actions: Vec<(&str, &Action)> = run.actions.iter().map(|(r, a)| (r.as_str(), a)).collect();
    let expected = [
        ("one", put("a")),
        ("one", route("billing")),
        ("two", put("b")),
    ];
    let expected: Vec<(&str, &Action)> = expected.iter().map(|(r, a)| (*r, a)).collect();
    assert_eq!(actions, expected);
    let told: Vec<String> = run.conflicts.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            r#"one comes first and does {"do":"tag","tag":"a"}; two wanted {"do":"untag","tag":"a"}"#,
            r#"one comes first and does {"do":"route","team":"billing"}; two wanted {"do":"route","team":"evenings"}"#,
        ]
    );
}

#[test]
fn what_is_so_already_is_not_done_and_a_last_rule_ends_it() {
    let tags: BTreeSet<Tag> = [tag("a")].into();
    let mut facts = Facts::at(at(0));
    facts.tags = Some(&tags);
    let mut last = Rule::new("one", always()).does(put("a")).does(put("b"));
    last.last = true;
    let mut off = Rule::new("off", always()).does(put("d"));
    off.enabled = false;
    let rules = vec![off, last, Rule::new("two", always()).does(put("c"))];
    let compiled = RuleSet { rules }.compile().unwrap();
    let run = compiled.run(&facts);
    assert_eq!(
        (run.matched.len(), run.actions),
        (1, vec![("one".into(), put("b"))])
    );
    let why: Vec<_> = compiled
        .explain(&facts)
        .into_iter()
        .map(|e| (e.matched, e.skipped))
        .collect();
    assert_eq!(
        why,
        [
            (false, Some("it is switched off".to_owned())),
            (true, None),
            (
                false,
                Some("one comes before it and is the last".to_owned())
            ),
        ]
    );
}

#[test]
fn an_explanation_says_which_condition_does_not_hold() {
    let when = Condition::All {
        of: vec![
            words(&["late"]),
            Condition::Not {
                what: Box::new(Condition::Tagged { tag: tag("seen") }),
            },
            Condition::Open { open: false },
        ],
    };
    let rules = vec![Rule::new("r", when)];
    let compiled = RuleSet { rules }.compile().unwrap();
    let mut facts = Facts::at(at(0));
    (facts.text, facts.open) = (Some("so late"), Some(true));
    let explained = compiled.explain(&facts).remove(0);
    let lines: Vec<String> = explained
        .conditions
        .iter()
        .map(|line| {
            format!(
                "{}{}: {}",
                "  ".repeat(line.depth),
                line.condition,
                line.holds
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            "all of: false",
            r#"  {"is":"words","any":["late"]}: true"#,
            "  not: true",
            r#"    {"is":"tagged","tag":"seen"}: false"#,
            r#"  {"is":"open","open":false}: false"#,
        ]
    );
}

#[test]
fn rules_that_make_no_sense_are_refused() {
    let named = |name: &str| Rule::new(name, always());
    let with = |when: Condition| vec![Rule::new("r", when)];
    let during = |weekdays: Vec<u8>, from, until| Condition::During {
        weekdays,
        from,
        until,
    };
    let dispose = Action::Dispose {
        disposition: Disposition::Unhandled,
    };
    let nested = Condition::Not {
        what: Box::new(words(&["ok", "?!"])),
    };
    let no_word = BadRule::NoWord {
        rule: "r".into(),
        word: "?!".into(),
    };
    let table = [
        (vec![named("a"), named(" ")], BadRule::NoName { place: 2 }),
        (vec![named("a\nb")], BadRule::NoName { place: 1 }),
        (vec![named(&"x".repeat(201))], BadRule::NoName { place: 1 }),
        (vec![named("a"), named("a")], BadRule::Twice("a".into())),
        (with(nested), no_word),
        (with(during(vec![8], 0, 1)), BadRule::NoTime("r".into())),
        (with(during(vec![], 1440, 1)), BadRule::NoTime("r".into())),
        (with(during(vec![], 0, 1441)), BadRule::NoTime("r".into())),
        (
            vec![named("r").does(dispose)],
            BadRule::NoDisposition("r".into()),
        ),
    ];
    for (rules, why) in table {
        assert_eq!(RuleSet { rules }.compile().unwrap_err(), why);
    }
}

#[test]
fn a_later_versions_rules_survive() {
    let json = json!({"rules": [{"name": "r", "when": {"is": "mood", "bad": 1},
        "then": [{"do": "sing"}, {"do": "notify", "to": ["lead"]}]}]});
    let rules: RuleSet = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&rules).unwrap(), json);
    assert!(
        rules
            .compile()
            .unwrap()
            .run(&Facts::at(at(0)))
            .matched
            .is_empty()
    );
}

#[test]
fn what_the_system_does_sets_off_nothing_but_a_clock() {
    let by = |by: Actor, kind: EventKind| Trigger::of(&Event::new(at(0), by, kind));
    let rule = || Actor::System("rule late".to_owned());
    let tagged = || EventKind::Tagged { tag: tag("a") };
    let passed = EventKind::ClockPassed {
        clock: "resolution".into(),
        cycle: 1,
        point: "breach".into(),
        to: vec![],
    };
    assert_eq!(by(rule(), tagged()), None);
    assert_eq!(by(common::liisa(), tagged()), Some(Trigger::Changed));
    assert_eq!(by(rule(), passed), Some(Trigger::ClockPassed));
    assert_eq!(Trigger::of(&received(0, "1")), Some(Trigger::Received));
    assert_eq!(Trigger::of(&common::answered(0, "1")), Some(Trigger::Sent));
}

#[test]
fn a_dry_run_counts_tickets_and_does_nothing() {
    let rules = vec![
        Rule::new("late", words(&["late"])).does(put("late")),
        Rule::new("lost", words(&["lost"])).does(put("lost")),
        Rule::new("never", words(&["never"])).does(put("never")),
    ];
    let rules = RuleSet { rules }.compile().unwrap();
    let seen = did(1, EventKind::Tagged { tag: tag("lost") });
    let tickets: Vec<_> = (1..4)
        .map(|i| {
            let mut one = ticket(&[received(0, "1"), seen.clone()]);
            one.id = matti().ticket_id(i);
            one
        })
        .collect();
    let texts = ["late", "so late", "lost", "fine"];
    let of = [0, 0, 1, 2];
    let history = texts.iter().zip(of).map(|(text, i)| {
        let mut facts = Facts::of(&tickets[i], at(60));
        facts.text = Some(text);
        (&tickets[i].id, facts)
    });
    let result = dry_run(&rules, history);
    let counts = |of: &BTreeMap<String, BTreeSet<TicketId>>| {
        of.iter()
            .map(|(rule, tickets)| format!("{rule} {}", tickets.len()))
            .collect::<Vec<_>>()
            .join(", ")
    };
    assert_eq!((result.seen, result.touched.len()), (4, 1));
    assert_eq!(counts(&result.matched), "late 1, lost 1, never 0");
    // The lost one is tagged so already.
    assert_eq!(counts(&result.did), "late 1, lost 0, never 0");
}

fn condition() -> impl Strategy<Value = Condition> {
    let leaf = prop_oneof![
        prop::sample::subsequence(vec!["late", "lost", "par*", "so late"], 0..3)
            .prop_map(|any| words(&any)),
        Just(always()),
        (0..3_u8).prop_map(|i| Condition::Tagged {
            tag: tag(["a", "b", "c"][usize::from(i)])
        }),
        any::<bool>().prop_map(|open| Condition::Open { open }),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|of| Condition::All { of }),
            prop::collection::vec(inner.clone(), 0..3).prop_map(|of| Condition::Any { of }),
            inner.prop_map(|what| Condition::Not {
                what: Box::new(what)
            }),
        ]
    })
}

fn action() -> impl Strategy<Value = Action> {
    let name = prop::sample::select(vec!["a", "b", "c"]);
    (name, 0..4_u8).prop_map(|(name, what)| match what {
        0 => put(name),
        1 => Action::Untag { tag: tag(name) },
        2 => Action::Route {
            team: name.parse().unwrap(),
        },
        _ => Action::Prioritise {
            priority: name.into(),
        },
    })
}

proptest! {
    /// Each rule is looked at once: whatever they are, it ends, does no more than they name, and
    /// nothing it does contradicts anything else that it does.
    #[test]
    fn a_rule_set_ends_and_does_not_contradict_itself(
        rules in prop::collection::vec(
            (condition(), prop::collection::vec(action(), 0..4), any::<bool>()), 0..12
        ),
        text in "(late|lost|parcel|so| ){0,6}",
        tags in prop::collection::btree_set(prop::sample::select(vec!["a", "b", "c"]), 0..3),
    ) {
        let rules: Vec<Rule> = rules.into_iter().enumerate().map(|(i, (when, then, last))| {
            let mut rule = Rule::new(format!("r{i}"), when);
            (rule.then, rule.last) = (then, last);
            rule
        }).collect();
        let most: usize = rules.iter().map(|rule| rule.then.len()).sum();
        let compiled = RuleSet { rules }.compile().unwrap();
        let mut tags: BTreeSet<Tag> = tags.into_iter().map(tag).collect();
        let mut facts = Facts::at(at(0));
        (facts.text, facts.open, facts.tags) =
            (Some(text.as_str()), Some(true), Some(&tags));
        let run = compiled.run(&facts);
        prop_assert_eq!(&compiled.run(&facts), &run, "the same facts, the same run");
        prop_assert!(run.actions.len() + run.conflicts.len() <= most);
        let explained = compiled.explain(&facts);
        let matched = explained.iter().filter(|e| e.matched).map(|e| e.rule.clone());
        prop_assert_eq!(matched.collect::<Vec<_>>(), run.matched.clone());
        let (mut on, mut off, mut teams, mut priorities) =
            (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for (_, action) in &run.actions {
            match action {
                Action::Tag { tag } => { on.insert(tag.clone()); }
                Action::Untag { tag } => { off.insert(tag.clone()); }
                Action::Route { team } => { teams.insert(team.as_str()); }
                Action::Prioritise { priority } => { priorities.insert(priority.clone()); }
                _ => {}
            }
        }
        prop_assert!(on.is_disjoint(&off) && teams.len() < 2 && priorities.len() < 2);
        // Done once, the same facts but for what was done bring no tag again.
        tags.extend(on);
        tags.retain(|tag| !off.contains(tag));
        let mut after = Facts::at(at(0));
        (after.text, after.open, after.tags) =
            (Some(text.as_str()), Some(true), Some(&tags));
        prop_assert!(compiled.run(&after).actions.len() <= most);
    }

    #[test]
    fn any_text_can_be_looked_at(text in any::<String>(), wanted in "[a-zäö* ]{1,8}") {
        let rules = vec![Rule::new("r", words(&[&wanted]))];
        if let Ok(compiled) = (RuleSet { rules }).compile() {
            let mut facts = Facts::at(at(0));
            facts.text = Some(&text);
            let _ = compiled.run(&facts);
        }
    }
}

#[test]
fn a_rule_that_does_not_ask_what_happened_is_about_messages() {
    let on = |when: Condition| RuleSet {
        rules: vec![Rule::new("r", when)],
    };
    let clock = |name: &str, point: &str| Condition::Clock {
        name: Some(name.to_owned()).filter(|name| !name.is_empty()),
        point: Some(point.to_owned()).filter(|point| !point.is_empty()),
    };
    let happened = |what| Condition::Happened { what };
    let not = |what| Condition::Not {
        what: Box::new(what),
    };
    let passed = Some(("resolution", "warn-1.2"));
    // The condition; after a message, after an agent, after a clock.
    let table = [
        (always(), [true, false, false]),
        (not(words(&["late"])), [true, false, false]),
        (happened(Trigger::Changed), [false, true, false]),
        (not(happened(Trigger::Received)), [false, true, true]),
        (clock("", ""), [false, false, true]),
        (clock("resolution", ""), [false, false, true]),
        (clock("first_response", ""), [false, false, false]),
        (clock("", "warn-1"), [false, false, true]),
        (clock("", "warn-2"), [false, false, false]),
        (clock("resolution", "breach"), [false, false, false]),
    ];
    for (when, wanted) in table {
        let rules = on(when.clone()).compile().unwrap();
        let triggers = [Trigger::Received, Trigger::Changed, Trigger::ClockPassed];
        for (trigger, matches) in triggers.into_iter().zip(wanted) {
            let mut facts = Facts::at(at(0));
            facts.clock = passed.filter(|_| trigger == Trigger::ClockPassed);
            facts.trigger = Some(trigger);
            let is = |found: bool| assert_eq!(found, matches, "{when:?} {facts:?}");
            is(!rules.run(&facts).matched.is_empty());
            let told = &rules.explain(&facts)[0];
            is(told.matched);
            let left = "it is about messages that come in";
            assert!(told.skipped.iter().all(|why| why == left));
        }
    }
}
