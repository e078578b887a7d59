//! What colleagues agreed to answer: kept in versions, suggested, filled in, and counted.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use aspa_channel::TextUnit;
use aspa_desk::{Error, Reply};
use aspa_testkit::FakeNetwork;
use aspa_ticket::automation::{Action, Condition, Rule, RuleSet};
use aspa_ticket::{
    Actor, Answer, Command, Disposition, Draft, Field, PlaybookError, PlaybookId, PlaybookUse,
};
use aspa_types::Tag;
use common::agent;
use common::day::{Day, values};

fn late() -> PlaybookId {
    "late-parcel".into()
}

fn tag(text: &str) -> Tag {
    Tag::new(text).unwrap()
}

fn says(text: &str) -> Draft {
    Draft::new("The parcel is late")
        .tagged(tag("delivery/late"))
        .answer(Answer::new(text.parse().unwrap()))
}

/// A day on which `first_name` (public) and `order` (private) can be filled in.
async fn day() -> Day {
    let short = FakeNetwork::everything().with_text(60, TextUnit::Graphemes);
    let day = Day::on(short, |builder| builder).await;
    let fields = [
        ("first_name".to_owned(), Field::public(20)),
        ("order".to_owned(), Field::private(10)),
    ];
    let fields = fields.into_iter().collect();
    day.desk.save_playbook_fields(&fields, 0).await.unwrap();
    day
}

async fn save(day: &Day, draft: Draft, follows: u32) -> Result<u32, Error> {
    let saved = day.desk.save_playbook(&late(), draft, follows).await;
    saved.map(|playbook| playbook.version())
}

async fn asks(day: &Day, name: &str, text: &str) -> aspa_types::TicketId {
    let thread = format!("below {name}");
    day.comments(name, &thread, text);
    day.later(1).await;
    day.ticket(name, &thread).await.id
}

async fn answers(day: &Day, ticket: &aspa_types::TicketId, id: &PlaybookId) -> Result<(), Error> {
    let named = values(&[("first_name", "Matti")]);
    let reply = day.desk.reply_from_playbook(ticket, id, &named).await?;
    day.desk.reply(ticket, reply.by(agent("aino"))).await?;
    day.later(1).await;
    Ok(())
}

fn wrong(result: Result<u32, Error>) -> PlaybookError {
    match result {
        Err(Error::Playbook(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_written_is_checked_against_the_house_and_the_channels() {
    let day = day().await;
    let field = |name: &str| name.to_owned();
    let unknown = wrong(save(&day, says("Hi {last_name}"), 0).await);
    let expected = PlaybookError::UnknownField {
        field: field("last_name"),
    };
    assert_eq!(unknown, expected);
    let leak = wrong(save(&day, says("Order {order}"), 0).await);
    let expected = PlaybookError::WrongPlace {
        field: field("order"),
    };
    assert_eq!(leak, expected);
    // 45 of its own, and a name of up to 20.
    let long = format!("{} {{first_name}}", "x".repeat(44));
    let long = wrong(save(&day, says(&long), 0).await);
    let (length, max) = (65, 60);
    assert!(
        matches!(long, PlaybookError::TooLong { length: l, max: m, .. } if (l, m) == (length, max)),
        "{long:?}"
    );
    assert!(day.desk.playbooks().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_agreed_anew_is_the_next_version_and_two_cannot_write_the_same() {
    let day = day().await;
    assert_eq!(save(&day, says("One day"), 0).await.unwrap(), 1);
    assert_eq!(save(&day, says("Two days"), 1).await.unwrap(), 2);
    let newest = match wrong(save(&day, says("Three days"), 1).await) {
        PlaybookError::NotNext { newest, .. } => newest,
        other => panic!("{other:?}"),
    };
    assert_eq!(newest, 2);
    let (one, other) = tokio::join!(
        save(&day, says("Four days"), 2),
        save(&day, says("Five days"), 2)
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");

    let listed = day.desk.playbooks().await.unwrap();
    assert_eq!((listed.len(), listed[0].version()), (1, 3));
    let used = PlaybookUse {
        id: late(),
        version: 1,
    };
    let then = day.desk.playbook(&used).await.unwrap().unwrap();
    assert_eq!(then.draft(), &says("One day"));
    day.desk.retire_playbook(&late(), None).await.unwrap();
    assert!(day.desk.playbooks().await.unwrap().is_empty());
    assert!(day.desk.playbook(&used).await.unwrap().is_some());
    let none = day.desk.retire_playbook(&"none".into(), None).await;
    assert!(matches!(none, Err(Error::UnknownPlaybook(_))));
    assert_eq!(save(&day, says("Again"), 3).await.unwrap(), 4);
    assert_eq!(day.desk.playbooks().await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_answer_is_filled_in_checked_and_recorded() {
    let day = day().await;
    save(&day, says("Hi {first_name}, it comes soon."), 0)
        .await
        .unwrap();
    let ticket = asks(&day, "Matti Virtanen", "Where is it?").await;
    let try_with = |all: &'static [(&str, &str)]| {
        let (desk, ticket) = (day.desk.clone(), ticket.clone());
        async move {
            let (late, all) = (late(), values(all));
            match desk.reply_from_playbook(&ticket, &late, &all).await {
                Err(Error::Playbook(error)) => Err(error),
                other => Ok(other.unwrap().text),
            }
        }
    };
    let field = "first_name".to_owned();
    let missing = PlaybookError::Missing {
        field: field.clone(),
    };
    assert_eq!(try_with(&[]).await, Err(missing));
    let link = PlaybookError::BadValue { field };
    assert_eq!(
        try_with(&[("first_name", "www.evil.example")]).await,
        Err(link)
    );
    let long = try_with(&[(
        "first_name",
        "A name that is longer than anybody said it would be",
    )]);
    assert!(matches!(long.await, Err(PlaybookError::TooLong { .. })));

    answers(&day, &ticket, &late()).await.unwrap();
    assert_eq!(day.in_public(), ["Hi Matti, it comes soon."]);
    let done = day.desk.ticket(&ticket).await.unwrap();
    let used: Vec<String> = done.playbooks.values().map(ToString::to_string).collect();
    assert_eq!(used, ["late-parcel v1"]);
    let counting = day.desk.counting().await.unwrap();
    let figures = day.desk.team_figures(&counting).await.unwrap();
    assert_eq!(figures.playbooks[&late()].tickets, 1);

    day.desk.retire_playbook(&late(), None).await.unwrap();
    let retired = answers(&day, &ticket, &late()).await;
    assert!(matches!(retired, Err(Error::UnknownPlaybook(_))));
}

#[tokio::test]
async fn an_answer_for_private_conversations_is_never_written_in_public() {
    let day = day().await;
    let answer = Answer::new("Order {order} is here.".parse().unwrap());
    let draft = Draft::new("Where it is").answer(answer.in_private());
    save(&day, draft, 0).await.unwrap();
    let ticket = asks(&day, "Matti Virtanen", "Where is it?").await;
    let refused = day
        .desk
        .reply_from_playbook(&ticket, &late(), &values(&[("order", "T-1")]))
        .await;
    assert!(matches!(refused, Err(Error::NoAnswerFits(_))));
    let found = day.desk.suggest_playbooks(&ticket, 5).await.unwrap();
    assert!(found.is_empty(), "{found:?}");
}

#[tokio::test]
async fn what_is_for_private_conversations_stays_private_where_others_read_along_since() {
    let day = day().await;
    let answer = Answer::new("Order {order} is here.".parse().unwrap());
    let draft = Draft::new("Where it is").answer(answer.in_private());
    save(&day, draft, 0).await.unwrap();
    day.writes_privately("Matti Virtanen", "Where is order T-1?");
    day.later(1).await;
    let query = aspa_store::TicketQuery::default();
    let ticket = day.desk.tickets(&query).await.unwrap().remove(0).ticket;
    let named = values(&[("order", "T-1")]);
    let late = late();
    let made = || day.desk.reply_from_playbook(&ticket.id, &late, &named);
    let reply = made().await.unwrap();
    // He goes on in the same thread, and everybody reads that.
    day.comments(
        "Matti Virtanen",
        &ticket.key.conversation.id,
        "Hello? Anybody?",
    );
    day.later(1).await;
    assert!(matches!(made().await, Err(Error::NoAnswerFits(_))));
    let found = day.desk.suggest_playbooks(&ticket.id, 5).await.unwrap();
    assert!(found.is_empty(), "{found:?}");
    // What was made before is sent to what he wrote in private.
    day.desk.reply(&ticket.id, reply).await.unwrap();
    day.later(1).await;
    assert_eq!(day.in_public(), [""; 0]);
    assert_eq!(day.in_private("Matti Virtanen"), ["Order T-1 is here."]);
}

#[tokio::test]
async fn where_nothing_was_written_in_private_nothing_is_answered_in_private() {
    let day = day().await;
    let ticket = asks(&day, "Matti Virtanen", "Where is it?").await;
    let reply = Reply::answer("T-1 is here").in_private();
    let refused = day.desk.reply(&ticket, reply).await;
    assert!(matches!(refused, Err(Error::NothingToAnswer(_))));
}

#[tokio::test]
async fn suggestions_are_learnt_from_what_was_answered_and_from_what_playbooks_say() {
    let day = day().await;
    save(&day, says("It comes tomorrow"), 0).await.unwrap();
    let refund: PlaybookId = "refund".into();
    let draft = Draft::new("Wants the money back")
        .tagged(tag("billing"))
        .answer(Answer::new("We pay it back".parse().unwrap()));
    day.desk.save_playbook(&refund, draft, 0).await.unwrap();
    let best = |ticket: aspa_types::TicketId| {
        let desk = day.desk.clone();
        async move {
            let found = desk.suggest_playbooks(&ticket, 1).await.unwrap();
            let best = &found[0];
            let because: Vec<String> = best
                .because
                .iter()
                .map(|one| one.what.to_string())
                .collect();
            (best.playbook.to_string(), best.used, because)
        }
    };
    // Nothing was answered yet: by what they say, and by tag.
    let first = asks(&day, "Anna", "My parcel has not come").await;
    let (id, used, because) = best(first.clone()).await;
    assert_eq!((id.as_str(), used), ("late-parcel", 0));
    assert!(because.contains(&"parcel".to_owned()), "{because:?}");
    let tagged = asks(&day, "Bertta", "Hello?").await;
    let us = Actor::Us(Some(agent("aino")));
    let billing = Command::Tag {
        tag: tag("billing/refund"),
    };
    day.desk.command(&tagged, billing, us).await.unwrap();
    assert_eq!(best(tagged).await.0, "refund");
    // What was answered with what counts from then on, in words that no playbook has.
    let strange = asks(&day, "Cecilia", "The kettle arrived in splinters").await;
    answers(&day, &strange, &refund).await.unwrap();
    day.later(2).await;
    let alike = asks(&day, "Doris", "My kettle is in splinters too").await;
    let (id, used, because) = best(alike).await;
    assert_eq!((id.as_str(), used), ("refund", 1));
    assert!(because.contains(&"kettle".to_owned()), "{because:?}");
}

#[tokio::test]
async fn what_a_rule_suggests_comes_first() {
    let day = day().await;
    save(&day, says("It comes tomorrow"), 0).await.unwrap();
    let draft =
        Draft::new("Wants the money back").answer(Answer::new("We pay it back".parse().unwrap()));
    day.desk
        .save_playbook(&"refund".into(), draft, 0)
        .await
        .unwrap();
    let rule = Rule::new("broken", Condition::words(["splinters"])).does(Action::Suggest {
        playbook: "refund".to_owned(),
    });
    let rules = RuleSet { rules: vec![rule] };
    day.desk.save_rules(&rules, 0).await.unwrap();
    for (text, first, by) in [
        ("My parcel has not come", "late-parcel", vec![]),
        ("My parcel came in splinters", "refund", vec!["broken"]),
    ] {
        let ticket = asks(&day, "Anna", text).await;
        let found = day.desk.suggest_playbooks(&ticket, 1).await.unwrap();
        assert_eq!(&*found[0].playbook, first, "{text}");
        assert_eq!(found[0].rules, by, "{text}");
    }
}

#[tokio::test]
async fn please_call_us_is_a_redirect_and_no_answer() {
    let day = day().await;
    let draft = says("Please call us").redirecting("phone");
    save(&day, draft, 0).await.unwrap();
    let by_playbook = asks(&day, "Anna", "Where is it?").await;
    answers(&day, &by_playbook, &late()).await.unwrap();
    let by_hand = asks(&day, "Bertta", "And mine?").await;
    let reply = Reply::answer("Call us, please").redirecting("phone");
    day.desk.reply(&by_hand, reply).await.unwrap();
    let waits = day.desk.ticket(&by_hand).await.unwrap();
    assert_eq!(waits.handled().unhandled, 1, "not sent yet");
    day.later(1).await;
    let phone = Disposition::Redirected {
        to: "phone".to_owned(),
    };
    for ticket in [&by_playbook, &by_hand] {
        let ticket = day.desk.ticket(ticket).await.unwrap();
        assert_eq!(ticket.messages[0].disposition, phone);
    }
    let mut counting = day.desk.counting().await.unwrap();
    counting.phones.insert("phone".to_owned());
    let figures = day.desk.team_figures(&counting).await.unwrap();
    assert_eq!((figures.total.redirected, figures.total.to_phone), (2, 2));
    assert_eq!(figures.redirects["phone"], 2);
    assert_eq!(figures.playbooks[&late()].to_phone, 1);
}
