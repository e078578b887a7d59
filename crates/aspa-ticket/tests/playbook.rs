//! Agreed answers: what is refused when they are written, which one is taken, what is filled in.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};

use aspa_channel::{TextLimit, TextUnit};
use aspa_ticket::{
    Answer, Draft, Field, House, Playbook, PlaybookError, PlaybookUse, Playbooks, Template,
};
use aspa_types::{Network, Tag};
use proptest::prelude::*;

fn house() -> House {
    House::default()
        .with_field("first_name", Field::public(30))
        .with_field("order", Field::private(12))
        .with_limit(Network::X, TextLimit::new(60, TextUnit::Weighted))
        .with_limit(Network::MASTODON, TextLimit::new(100, TextUnit::Graphemes))
}

fn text(text: &str) -> Template {
    text.parse().unwrap()
}

fn one(answer: Answer) -> Draft {
    Draft::new("The parcel is late").answer(answer)
}

fn written(draft: Draft) -> Result<Playbook, PlaybookError> {
    Playbook::new("late-parcel", draft, &house())
}

fn values(of: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    of.iter().map(owned).collect()
}

#[test]
fn what_is_wrong_with_a_text_is_named() {
    let field = |field: &str| PlaybookError::BadField {
        field: field.to_owned(),
    };
    let table = [
        ("Hi {first_name", PlaybookError::Brace { at: 3 }),
        ("Hi first_name}", PlaybookError::Brace { at: 13 }),
        ("Hi {first{name}}", PlaybookError::Brace { at: 3 }),
        ("Hi {}", field("")),
        ("Hi {First}", field("First")),
        ("Hi {1st}", field("1st")),
        ("Hei {etunimi ä}", field("etunimi ä")),
        ("{{ok}} then {", PlaybookError::Brace { at: 12 }),
    ];
    for (written, wrong) in table {
        assert_eq!(written.parse::<Template>(), Err(wrong), "{written}");
    }
    assert_eq!(
        text("{{a}} { first_name }").to_string(),
        "{{a}} {first_name}"
    );
}

#[test]
fn what_is_wrong_with_an_answer_is_named() {
    let field = || "order".to_owned();
    let unknown = "nickname".to_owned();
    let long = "x".repeat(50);
    let table = [
        (
            "an unknown field",
            one(Answer::new(text("Hi {nickname}"))),
            PlaybookError::UnknownField { field: unknown },
        ),
        (
            "a private field in public",
            one(Answer::new(text("Order {order}"))),
            PlaybookError::WrongPlace { field: field() },
        ),
        ("no text", one(Answer::new(text(" "))), PlaybookError::Empty),
        ("no situation", Draft::new(" "), PlaybookError::Empty),
        // 50 as they stand; a name of 30 characters can weigh 60 more.
        (
            "longer than X takes, with the longest name",
            one(Answer::new(text(&format!("{long}{{first_name}}")))),
            PlaybookError::TooLong {
                length: 110,
                max: 60,
                unit: TextUnit::Weighted,
                network: Some(Network::X),
            },
        ),
        (
            "longer than the one network it is for takes",
            one(Answer::new(text(&long.repeat(3))).on(Network::MASTODON)),
            PlaybookError::TooLong {
                length: 150,
                max: 100,
                unit: TextUnit::Graphemes,
                network: Some(Network::MASTODON),
            },
        ),
        (
            "two answers for one place",
            one(Answer::new(text("a")).in_language("fi"))
                .answer(Answer::new(text("b")).in_language("FI")),
            PlaybookError::Twice {
                language: Some("FI".to_owned()),
                network: None,
            },
        ),
    ];
    for (what, draft, wrong) in table {
        assert_eq!(written(draft.clone()), Err(wrong.clone()), "{what}");
        let first = written(Draft::new("first")).unwrap();
        assert_eq!(first.revise(draft, &house()), Err(wrong), "{what}, revised");
    }
    let fits = one(Answer::new(text(&long)).on(Network::X)).answer(
        Answer::new(text(&format!("{long}{{order}}")))
            .on(Network::MASTODON)
            .in_private(),
    );
    assert!(written(fits).is_ok());
}

#[test]
fn the_answer_that_fits_best_is_taken() {
    let playbook = written(
        Draft::new("late")
            .answer(Answer::new(text("any")))
            .answer(Answer::new(text("fi")).in_language("fi"))
            .answer(
                Answer::new(text("fi on X"))
                    .in_language("fi")
                    .on(Network::X),
            )
            .answer(Answer::new(text("fi-SE")).in_language("fi-SE"))
            .answer(
                Answer::new(text("fi private"))
                    .in_language("fi")
                    .in_private(),
            )
            .answer(Answer::new(text("any on X")).on(Network::X)),
    )
    .unwrap();
    let table = [
        (Some("fi"), Network::MASTODON, true, "fi"),
        (Some("fi-FI"), Network::MASTODON, true, "fi"),
        (Some("FI"), Network::X, true, "fi on X"),
        (Some("fi-se"), Network::MASTODON, true, "fi-SE"),
        (Some("sv"), Network::MASTODON, true, "any"),
        (None, Network::MASTODON, true, "any"),
        (None, Network::X, true, "any on X"),
        // As good as the public one, and written later.
        (Some("fi"), Network::MASTODON, false, "fi"),
    ];
    for (language, network, public, taken) in table {
        let answer = playbook.answer(language, &network, public).unwrap();
        assert_eq!(
            answer.text.to_string(),
            taken,
            "{language:?} {network} {public}"
        );
    }
    let private = one(Answer::new(text("p")).in_language("fi").in_private());
    let private = written(private).unwrap();
    assert_eq!(private.answer(Some("fi"), &Network::X, true), None);
    assert_eq!(private.answer(Some("sv"), &Network::X, false), None);
    assert!(private.answer(Some("fi"), &Network::X, false).is_some());
}

#[test]
fn what_is_filled_in_is_checked() {
    let public = Answer::new(text("Hi {first_name}!"));
    let private = public.clone().in_private();
    let missing = PlaybookError::Missing {
        field: "first_name".to_owned(),
    };
    let bad = PlaybookError::BadValue {
        field: "first_name".to_owned(),
    };
    let ok = |text: &str| Ok(text.to_owned());
    let table = [
        (&public, "Matti", ok("Hi Matti!")),
        (&public, "{order}", ok("Hi {order}!")),
        (&public, " ", Err(missing.clone())),
        (&public, "see https://spam.example", Err(bad.clone())),
        (&public, "www.spam.example", Err(bad.clone())),
        (&public, "@rival", Err(bad.clone())),
        (&private, "matti@mail.example", ok("Hi matti@mail.example!")),
        (&private, "Matti\nHacked", Err(bad)),
    ];
    for (answer, value, filled) in table {
        let values = values(&[("first_name", value)]);
        assert_eq!(answer.fill(&values, None), filled, "{value:?}");
    }
    assert_eq!(public.fill(&values(&[("other", "x")]), None), Err(missing));
    let limit = TextLimit::new(8, TextUnit::Scalars);
    let matti = values(&[("first_name", "Matti")]);
    let length = PlaybookError::TooLong {
        length: 9,
        max: 8,
        unit: TextUnit::Scalars,
        network: None,
    };
    assert_eq!(public.fill(&matti, Some(&limit)), Err(length));
}

#[test]
fn every_version_is_kept_and_none_is_overwritten() {
    let first = written(one(Answer::new(text("old")))).unwrap();
    let second = first
        .revise(one(Answer::new(text("new"))), &house())
        .unwrap();
    let mine = first
        .revise(one(Answer::new(text("mine"))), &house())
        .unwrap();
    let mut shelf = Playbooks::default();
    shelf.add(first.clone()).unwrap();
    shelf.add(second.clone()).unwrap();
    let used = mine.used();
    assert_eq!(used.to_string(), "late-parcel v2");
    assert_eq!(
        shelf.add(mine),
        Err(PlaybookError::NotNext { used, newest: 2 })
    );
    assert_eq!(shelf.newest("late-parcel"), Some(&second));
    assert_eq!(shelf.as_used(&first.used()), Some(&first));
    let unknown = PlaybookUse {
        id: "late-parcel".into(),
        version: 3,
    };
    assert_eq!(shelf.as_used(&unknown), None);
    let written = serde_json::to_string(&shelf).unwrap();
    assert_eq!(serde_json::from_str::<Playbooks>(&written).unwrap(), shelf);
    assert!(serde_json::from_str::<Template>("\"Hi {\"").is_err());
}

#[test]
fn it_is_for_its_tags_and_those_below_them() {
    let tag = |tag: &str| Tag::new(tag).unwrap();
    let playbook = written(Draft::new("late").tagged(tag("delivery"))).unwrap();
    for (of_ticket, fits) in [
        ("delivery", true),
        ("delivery/late", true),
        ("delivery-man", false),
        ("billing", false),
    ] {
        assert_eq!(
            playbook.is_for(&BTreeSet::from([tag(of_ticket)])),
            fits,
            "{of_ticket}"
        );
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_what_is_read_is_written_the_same(text in "[{}a-z_ ä]{0,30}|\\PC{0,60}") {
        if let Ok(template) = text.parse::<Template>() {
            let again: Template = template.to_string().parse().unwrap();
            prop_assert_eq!(&again, &template);
        }
    }

    #[test]
    fn an_answer_that_was_checked_never_gets_too_long(
        fixed in "[a-zäö€🦀 ]{1,40}",
        name in "[a-zäö€🦀]{1,30}",
        unit in prop::sample::select(vec![TextUnit::Bytes, TextUnit::Utf16, TextUnit::Scalars, TextUnit::Graphemes, TextUnit::Weighted]),
        max in 1_usize..200,
    ) {
        let limit = TextLimit::new(max, unit);
        let house = House::default().with_field("n", Field::public(30)).with_limit(Network::X, limit.clone());
        let answer = Answer::new(text(&format!("x{fixed}{{n}}")));
        if Playbook::new("p", Draft::new("s").answer(answer.clone()), &house).is_ok() {
            let filled = answer.fill(&values(&[("n", &name)]), Some(&limit));
            prop_assert!(filled.is_ok(), "{:?}", filled);
        }
    }
}
