//! Which playbook answered such a question before.

use aspa_ticket::{Suggestion, Suggestions};
use aspa_types::Tag;
use proptest::prelude::*;

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ')
}

fn learnt(examples: &[(&str, &str, &str)]) -> Suggestions {
    let mut past = Suggestions::default();
    for (name, playbook, text) in examples {
        past.learn(*name, *playbook, words(text), []);
    }
    past
}

fn names(found: &[Suggestion]) -> Vec<&str> {
    found.iter().map(|found| &*found.playbook).collect()
}

#[test]
fn what_answered_such_questions_comes_first_and_says_why() {
    let past = learnt(&[
        ("1", "late", "my parcel is late"),
        ("2", "late", "where is my parcel"),
        ("3", "refund", "i want my money back"),
        ("4", "hours", "when do you open"),
        ("5", "hours", "when do you close"),
        ("6", "hours", "is it open on sunday"),
    ]);
    for (asked, first) in [
        ("is the parcel here", "late"),
        ("money", "refund"),
        ("sunday", "hours"),
        // Nothing is alike: what is used most.
        ("unheard of", "hours"),
        ("", "hours"),
    ] {
        let found = past.find(words(asked), [], 5);
        assert_eq!(names(&found)[0], first, "{asked}");
        assert_eq!(found.len(), 3, "every playbook once");
    }
    let found = past.find(words("the parcel is late"), [], 1);
    assert_eq!(names(&found), ["late"]);
    let because: Vec<&str> = found[0]
        .because
        .iter()
        .map(|shared| &*shared.what)
        .collect();
    assert_eq!(because, ["parcel", "late", "is"]);
    assert!(!format!("{past:?} {found:?}").contains("parcel"));
}

#[test]
fn a_tag_counts_and_so_do_the_tags_above_it() {
    let tag = |tag: &str| Tag::new(tag).unwrap();
    let mut past = Suggestions::default();
    past.learn("1", "late", words("where is it"), [&tag("delivery/late")]);
    past.learn("2", "billing", words("where is it"), [&tag("billing")]);
    past.learn("3", "billing", words("where is that"), [&tag("billing")]);
    for (of_ticket, first) in [("delivery/lost", "late"), ("billing/refund", "billing")] {
        let found = past.find(words("where is it"), [&tag(of_ticket)], 1);
        assert_eq!(names(&found), [first], "{of_ticket}");
    }
    // A word that looks like a tag is none.
    let found = past.find(["#delivery"], [], 1);
    assert!(found[0].because.is_empty());
}

#[test]
fn an_example_that_is_learnt_anew_counts_once() {
    let mut past = learnt(&[("1", "late", "parcel"), ("1", "refund", "money")]);
    assert_eq!(names(&past.find(words("parcel"), [], 9)), ["refund"]);
    assert!(past.forget("1"));
    assert!(!past.forget("1"));
    assert!(past.is_empty());
    assert!(past.find(words("money"), [], 9).is_empty());
}

proptest! {
    /// Whatever was learnt and forgotten before, and in whatever order: what is left decides.
    #[test]
    fn what_is_forgotten_leaves_no_trace(
        examples in prop::collection::vec(("[a-f]", "[x-z]", "[k-p]( [k-p]){0,5}"), 0..12),
        forgotten in prop::collection::vec("[a-f]", 0..4),
        asked in "[k-p]( [k-p]){0,5}",
    ) {
        let mut past = Suggestions::default();
        let mut left = std::collections::BTreeMap::new();
        for (name, playbook, text) in &examples {
            past.learn(name.as_str(), playbook.as_str(), words(text), []);
            left.insert(name, (playbook, text));
        }
        for name in &forgotten {
            prop_assert_eq!(past.forget(name), left.remove(name).is_some());
        }
        let mut fresh = Suggestions::default();
        for (name, (playbook, text)) in left.iter().rev() {
            fresh.learn(name.as_str(), playbook.as_str(), words(text), []);
        }
        prop_assert_eq!(past.len(), left.len());
        prop_assert_eq!(past.find(words(&asked), [], 9), fresh.find(words(&asked), [], 9));
    }

    #[test]
    fn any_terms_are_taken(texts in prop::collection::vec("\\PC{0,40}", 0..5)) {
        let mut past = Suggestions::default();
        for text in &texts {
            past.learn(text.as_str(), "p", words(text), []);
        }
        for found in past.find(texts.iter().flat_map(|text| words(text)), [], 9) {
            prop_assert!(found.score.is_finite());
        }
    }
}
