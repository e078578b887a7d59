//! Tags are renamed and merged, and what was tagged before is found under the name of today.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;

use aspa_ticket::tags::{Colour, TagError, Tags};
use aspa_types::{AccountId, Tag};
use proptest::prelude::*;

fn tag(name: &str) -> Tag {
    Tag::new(name).unwrap()
}

fn tags(names: &[&str]) -> Tags {
    let mut tags = Tags::default();
    names.iter().for_each(|name| tags.declare(&tag(name), None));
    tags
}

#[test]
fn a_renamed_tag_takes_all_within_it_along_and_its_history() {
    let mut tags = tags(&["delivery", "delivery/late", "billing"]);
    tags.rename(&tag("delivery"), &tag("shipping")).unwrap();
    tags.rename(&tag("shipping/late"), &tag("shipping/delayed"))
        .unwrap();
    let known: Vec<&str> = tags.known().map(Tag::as_str).collect();
    assert_eq!(known, ["billing", "shipping", "shipping/delayed"]);
    for (then, now) in [
        ("delivery", "shipping"),
        ("delivery/late", "shipping/delayed"),
        ("delivery/late/twice", "shipping/delayed/twice"),
        ("deliverer", "deliverer"),
        ("shipping/late", "shipping/delayed"),
    ] {
        assert_eq!(tags.current(&tag(then)), tag(now));
    }
    let names = tags.names(&tag("shipping/delayed"));
    let names: Vec<&str> = names.iter().map(Tag::as_str).collect();
    assert_eq!(
        names,
        [
            "shipping/delayed",
            "shipping/late",
            "delivery/delayed",
            "delivery/late"
        ]
    );
    let of = tags.of(&[tag("delivery/late"), tag("shipping/delayed")]);
    assert_eq!(of.len(), 1, "one tag under two names");
}

#[test]
fn a_merged_tag_is_part_of_the_other_and_takes_its_colour() {
    let mut tags = tags(&["late", "delivery/slow"]);
    let red: Colour = "#C0392B".parse().unwrap();
    tags.declare(&tag("delivery"), Some(red));
    tags.merge(&tag("late"), &tag("delivery")).unwrap();
    assert_eq!(tags.current(&tag("late")), tag("delivery"));
    assert_eq!(tags.colour(&tag("late/very")), Some(red));
    assert_eq!(tags.names(&tag("delivery")), [tag("delivery"), tag("late")]);
    // Into the tag above it.
    tags.merge(&tag("delivery/slow"), &tag("delivery")).unwrap();
    assert_eq!(tags.current(&tag("delivery/slow/slow")), tag("delivery"));
}

#[test]
fn what_is_refused_says_why() {
    let mut tags = tags(&["a", "b", "c/d"]);
    tags.rename(&tag("b"), &tag("x")).unwrap();
    let rename = |from: &str, to: &str| tags.clone().rename(&tag(from), &tag(to));
    let table = [
        (rename("nobody", "y"), TagError::Unknown(tag("nobody"))),
        (rename("a", "x"), TagError::Exists(tag("x"))),
        (rename("a", "c"), TagError::Exists(tag("c"))),
        (
            rename("a", "b"),
            TagError::WasAnothers {
                name: tag("b"),
                now: tag("x"),
            },
        ),
        (
            rename("a", "a/old"),
            TagError::WithinItself {
                from: tag("a"),
                into: tag("a/old"),
            },
        ),
        (
            tags.clone().merge(&tag("a"), &tag("nobody")),
            TagError::Unknown(tag("nobody")),
        ),
        (
            rename("c", &"x".repeat(1023)),
            TagError::TooLong(tag(&"x".repeat(1023))),
        ),
    ];
    for (refused, why) in table {
        assert_eq!(refused, Err(why));
    }
    // Back to what it was called.
    tags.rename(&tag("x"), &tag("b")).unwrap();
    assert_eq!(tags.current(&tag("b")), tag("b"));
    assert_eq!(tags.current(&tag("x")), tag("b"));
}

#[test]
fn accounts_take_their_own_tags() {
    let account = |name: &str| AccountId::new(name).unwrap();
    let mut tags = tags(&["delivery", "billing"]);
    let shop = account("shop");
    tags.allow(&shop, Some([tag("delivery")].into()));
    tags.rename(&tag("delivery"), &tag("shipping")).unwrap();
    let late = tags.check(&shop, &tag("delivery/late"));
    assert_eq!(late, Ok(tag("shipping/late")));
    let billing = tag("billing");
    let why = TagError::NotAllowed {
        tag: billing.clone(),
        account: shop.clone(),
    };
    assert_eq!(tags.check(&shop, &billing), Err(why));
    assert_eq!(tags.check(&account("mail"), &billing), Ok(billing.clone()));
    tags.allow(&shop, None);
    assert_eq!(tags.check(&shop, &billing), Ok(billing));
}

#[test]
fn colours_are_written_one_way() {
    let colour: Colour = "#00fF7f".parse().unwrap();
    assert_eq!(colour.to_string(), "#00ff7f");
    for bad in [
        "", "#", "00ff7f", "#00ff7", "#00ff7f0", "#00ff7g", "#+0ff7f", "#äääa",
    ] {
        assert!(bad.parse::<Colour>().is_err(), "{bad}");
    }
}

#[test]
fn tags_survive_json() {
    let mut tags = tags(&["a", "b"]);
    tags.declare(&tag("a"), "#010203".parse().ok());
    tags.merge(&tag("b"), &tag("a")).unwrap();
    tags.allow(&AccountId::new("shop").unwrap(), Some(BTreeSet::new()));
    let json = serde_json::to_string(&tags).unwrap();
    assert_eq!(serde_json::from_str::<Tags>(&json).unwrap(), tags);
}

fn name() -> impl Strategy<Value = Tag> {
    let level = prop::sample::select(vec!["a", "b", "c"]);
    prop::collection::vec(level, 1..4).prop_map(|levels| tag(&levels.join("/")))
}

proptest! {
    /// Whatever is renamed and merged: a name of today stays the name of today, and every name that
    /// was ever used is found by it.
    #[test]
    fn names_of_today_are_settled_and_find_every_older_one(
        declared in prop::collection::vec(name(), 1..6),
        acts in prop::collection::vec((any::<bool>(), name(), name()), 0..12),
        stored in prop::collection::vec(name(), 0..12),
    ) {
        let mut tags = Tags::default();
        declared.into_iter().for_each(|tag| tags.declare(&tag, None));
        let mut stood: Vec<(Tag, Tag)> = stored.iter().map(|t| (t.clone(), t.clone())).collect();
        for (merge, from, into) in acts {
            let done = match merge {
                true => tags.merge(&from, &into),
                false => tags.rename(&from, &into),
            };
            if done.is_err() {
                continue;
            }
            for (_, now) in &mut stood {
                let rest = &now.as_str()[from.as_str().len().min(now.as_str().len())..];
                match now.is_within(&from) {
                    true if from.is_within(&into) => *now = into.clone(),
                    true => *now = tag(&format!("{into}{rest}")),
                    false => {}
                }
            }
            for (then, now) in &stood {
                prop_assert_eq!(&tags.current(then), now);
                prop_assert_eq!(&tags.current(now), now, "settled");
                let found = tags.names(now).iter().any(|name| then.is_within(name));
                prop_assert!(found, "{} finds {}", now, then);
            }
            for known in tags.known() {
                prop_assert_eq!(&tags.current(known), known);
            }
        }
    }
}
