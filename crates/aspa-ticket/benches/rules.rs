//! A set of a hundred rules over a message.
#![expect(clippy::unwrap_used, reason = "a bench may panic")]

use std::collections::BTreeSet;

use aspa_ticket::automation::{Action, Condition, Facts, Rule, RuleSet, Trigger};
use aspa_ticket::{Category, Priority};
use aspa_types::Tag;
use criterion::{Criterion, criterion_group, criterion_main};

/// A hundred rules, each with three words, a beginning and a phrase to look for and three more
/// conditions; one in ten matches the message below.
fn rules() -> RuleSet {
    let rule = |i: u32| {
        let hit = if i.is_multiple_of(10) {
            "parcel"
        } else {
            "package"
        };
        let words = [
            format!("word{i}"),
            format!("other{i}"),
            format!("{hit}{}", if hit == "parcel" { "" } else { "x" }),
            format!("begin{i}*"),
            format!("two words{i}"),
        ];
        let when = Condition::All {
            of: vec![
                Condition::Words { any: words.into() },
                Condition::Happened {
                    what: Trigger::Received,
                },
                Condition::Not {
                    what: Box::new(Condition::Tagged {
                        tag: Tag::new(&format!("rule/{i}")).unwrap(),
                    }),
                },
                Condition::Language { tag: "en".into() },
            ],
        };
        let tag = Tag::new(&format!("topic/{i}")).unwrap();
        Rule::new(format!("rule {i}"), when)
            .does(Action::Tag { tag })
            .does(Action::Prioritise {
                priority: Priority::High,
            })
    };
    RuleSet {
        rules: (0..100).map(rule).collect(),
    }
}

fn a_hundred_rules(c: &mut Criterion) {
    let rules = rules().compile().unwrap();
    let text = "Hello, I ordered a pair of shoes two weeks ago and the parcel still has not come. \
                The tracking page says it was handed to the courier on Monday, nobody answers the \
                phone, and I leave on holiday on Friday. Could you please tell me where it is? \
                My order is 4711-0815. Thank you!";
    let tags: BTreeSet<Tag> = [Tag::new("delivery/late").unwrap()].into();
    let mut facts = Facts::at("2026-11-23T10:00:00Z".parse().unwrap());
    facts.text = Some(text);
    facts.trigger = Some(Trigger::Received);
    facts.language = Some("en");
    facts.tags = Some(&tags);
    facts.category = Some(&Category::New);
    assert_eq!(rules.run(&facts).matched.len(), 10);
    c.bench_function("rules_100_over_a_message", |b| b.iter(|| rules.run(&facts)));
}

criterion_group!(benches, a_hundred_rules);
criterion_main!(benches);
