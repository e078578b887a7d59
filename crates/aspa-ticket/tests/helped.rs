//! Another customer answers: what is found in a thread, and what staff say of it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use aspa_channel::{Audience, ConversationKey, Direction, Message, MessageKey, Part};
use aspa_ticket::{
    Category, Command, Disposition, EventKind, HelpSign, HelpVerdict, RuleBroken, Ticket,
    answers_by_customers,
};
use aspa_types::{HandleKey, Network};
use common::{
    account, answered, answered_by, at, became, liisa, message, received, resolved, ticket,
};
use proptest::prelude::*;

/// A line of a thread: its id, who wrote it (`us` is us), what it replies to, what it says.
type Line<'a> = (&'a str, &'a str, &'a str, &'a str);

fn thread(lines: &[Line<'_>]) -> Vec<Message> {
    let handle = |name: &str| HandleKey::new(Network::MASTODON, None, name).unwrap();
    let conversation = ConversationKey::new(account(), "thread-7").unwrap();
    let line = |(id, author, parent, text): &Line<'_>| {
        let direction = match *author {
            "us" => Direction::Outbound,
            _ => Direction::Inbound,
        };
        let mut message = Message::new(message(id), conversation.clone(), direction);
        message.author = Some(handle(author));
        message.in_reply_to = MessageKey::new(account(), parent).ok();
        message.parts.push(Part::text(*text));
        let asker = lines.first().map(|(_, asker, ..)| *asker);
        message.to = asker
            .filter(|asker| text.contains(&format!("@{asker}")))
            .map(handle)
            .into_iter()
            .collect();
        message
    };
    lines.iter().map(line).collect()
}

/// What is found worth a look: which message, and whose it answers.
fn found(lines: &[Line<'_>]) -> Vec<(String, String)> {
    let found = answers_by_customers(&thread(lines))
        .into_iter()
        .filter(|found| found.score >= 0.5);
    found
        .map(|found| (found.by.id.to_string(), found.answered.id.to_string()))
        .collect()
}

fn pair(by: &str, answered: &str) -> Vec<(String, String)> {
    vec![(by.to_owned(), answered.to_owned())]
}

#[test]
fn answers_are_told_from_the_rest_of_a_thread() {
    let asks = (
        "1",
        "matti",
        "",
        "When does the shop in Turku open on Sunday?",
    );
    let table = [
        ("tells", "anna", "1", "It opens at 10, they told me", true),
        (
            "advises",
            "anna",
            "1",
            "Try the app, you can see the hours of each shop there",
            true,
        ),
        (
            "advises in Finnish",
            "anna",
            "1",
            "Kokeile sovellusta, siellä on aukioloajat",
            true,
        ),
        (
            "advises in Swedish",
            "anna",
            "1",
            "Du kan kolla i appen",
            true,
        ),
        (
            "has the same question",
            "anna",
            "1",
            "Same here, I want to know as well",
            false,
        ),
        ("asks back", "anna", "1", "Which shop?", false),
        ("makes fun", "anna", "1", "What a joke", false),
        (
            "has own trouble",
            "anna",
            "1",
            "My parcel never came, help me!",
            false,
        ),
        ("says nothing", "anna", "1", "😂😂", false),
        (
            "the asker goes on",
            "matti",
            "1",
            "You can see it in the app, they told me. Found it",
            false,
        ),
        ("we answer", "us", "1", "It opens at 10", false),
    ];
    for (what, author, parent, text, is_answer) in table {
        let expected = if is_answer { pair("2", "1") } else { vec![] };
        assert_eq!(
            found(&[asks, ("2", author, parent, text)]),
            expected,
            "{what}"
        );
    }
}

#[test]
fn what_the_asker_says_to_it_counts() {
    let asks = ("1", "matti", "", "The app does not start. Any ideas?");
    let says = ("2", "anna", "1", "Mine did that before the update");
    assert!(found(&[asks, says]).is_empty());
    assert_eq!(
        found(&[asks, ("2", "anna", "1", "Restart the phone")]),
        pair("2", "1")
    );
    let restart = ("2", "anna", "1", "It is the update, restart the phone");
    for (reaction, author, is_answer) in [
        ("Thanks, that worked!", "matti", true),
        ("Kiitos!", "matti", true),
        ("Tried that, no luck", "matti", false),
        ("Thanks but it still didn't work", "matti", false),
        // Somebody else's word counts for nothing.
        ("didn't work", "pekka", true),
    ] {
        let found = found(&[asks, restart, ("3", author, "2", reaction)]);
        assert_eq!(found == pair("2", "1"), is_answer, "{reaction}: {found:?}");
    }
}

#[test]
fn whoever_is_answered_need_not_have_begun_the_thread() {
    let lines = [
        ("1", "matti", "", "Is the site down?"),
        ("2", "us", "1", "@matti It should be back now."),
        (
            "3",
            "anna",
            "2",
            "@matti I can't log in either, how long does it take?",
        ),
        ("4", "pekka", "3", "It usually takes 20 minutes"),
    ];
    assert_eq!(found(&lines), pair("4", "3"));
    let reasons = answers_by_customers(&thread(&lines)).pop().unwrap().reasons;
    let signs: Vec<HelpSign> = reasons.into_iter().map(|reason| reason.sign).collect();
    use HelpSign as S;
    assert_eq!(
        signs,
        [
            S::Prior,
            S::RepliesToAsker,
            S::AskedQuestion,
            S::GivesFact,
            S::GivesNumber
        ]
    );
}

#[test]
fn what_not_everybody_can_read_is_no_answer() {
    let mut lines = thread(&[
        ("1", "matti", "", "When do you open?"),
        ("2", "anna", "1", "They told me it opens at 10"),
    ]);
    assert_eq!(answers_by_customers(&lines).len(), 1);
    lines[1].audience = Audience::Direct;
    assert!(answers_by_customers(&lines).is_empty());
    lines[1].audience = Audience::Public;
    lines[1].automatic = true;
    assert!(answers_by_customers(&lines).is_empty());
}

fn judged(ticket: &mut Ticket, verdict: HelpVerdict, seconds: i64) {
    let command = Command::JudgeHelp {
        message: message("1"),
        by: message("anna"),
        verdict,
    };
    for event in ticket.decide(command, &liisa(), at(seconds)).unwrap() {
        ticket.apply(&event);
    }
}

fn by_anna() -> Disposition {
    Disposition::AnsweredByCustomer {
        by: message("anna"),
    }
}

#[test]
fn a_confirmed_answer_counts_and_a_corrected_one_opens_the_question_again() {
    let mut asked = ticket(&[received(0, "1")]);
    judged(&mut asked, HelpVerdict::Confirmed, 60);
    assert_eq!(
        (became(&asked, "1"), &asked.category),
        (by_anna(), &Category::Open)
    );
    judged(&mut asked, HelpVerdict::Thanked, 70);
    assert_eq!((became(&asked, "1"), asked.helped.len()), (by_anna(), 1));
    judged(&mut asked, HelpVerdict::Corrected, 80);
    assert_eq!(
        (became(&asked, "1"), asked.helped.len()),
        (Disposition::Unhandled, 1)
    );
    assert_eq!(asked.handled().unhandled, 1);

    // Found wrong after the ticket was resolved on its strength: the customer waits again.
    judged(&mut asked, HelpVerdict::Confirmed, 90);
    asked.apply(&resolved(100));
    assert_eq!(asked.category, Category::Resolved);
    judged(&mut asked, HelpVerdict::Corrected, 110);
    assert_eq!((&asked.category, asked.reopened), (&Category::Open, 1));
}

#[test]
fn what_may_be_an_answer_changes_nothing_and_never_what_was_judged() {
    let mut asked = ticket(&[received(0, "1")]);
    let before = asked.category.clone();
    judged(&mut asked, HelpVerdict::Likely, 50);
    assert_eq!(
        (became(&asked, "1"), &asked.category),
        (Disposition::Unhandled, &before)
    );
    assert_eq!(asked.helped[0].verdict, HelpVerdict::Likely);
    judged(&mut asked, HelpVerdict::Confirmed, 60);
    let right = asked.clone();
    judged(&mut asked, HelpVerdict::Likely, 70);
    assert_eq!(asked, right, "not decided again");
    let mut likely = asked.helped[0].clone();
    likely.verdict = HelpVerdict::Likely;
    asked.apply(&common::did(80, EventKind::HelpJudged(likely)));
    assert_eq!(asked.helped, right.helped);
    assert_eq!(became(&asked, "1"), by_anna());
}

#[test]
fn what_we_answered_ourselves_stays_ours() {
    let mut both = ticket(&[received(0, "1"), answered(10, "ours")]);
    judged(&mut both, HelpVerdict::Confirmed, 60);
    assert_eq!(
        (became(&both, "1"), both.helped.len()),
        (answered_by("ours"), 1)
    );
    judged(&mut both, HelpVerdict::Corrected, 70);
    assert_eq!(became(&both, "1"), answered_by("ours"));
    // Corrected first, answered by us then.
    let mut wrong = ticket(&[received(0, "1")]);
    judged(&mut wrong, HelpVerdict::Confirmed, 60);
    judged(&mut wrong, HelpVerdict::Corrected, 70);
    wrong.apply(&answered(80, "ours"));
    assert_eq!(became(&wrong, "1"), answered_by("ours"));
}

#[test]
fn only_another_customers_message_can_have_helped() {
    let asked = ticket(&[received(0, "1"), answered(10, "ours"), received(20, "2")]);
    for (message_id, by, refused) in [
        (
            "1",
            "2",
            RuleBroken::NotAnotherCustomers {
                message: message("2"),
            },
        ),
        (
            "1",
            "ours",
            RuleBroken::NotAnotherCustomers {
                message: message("ours"),
            },
        ),
        (
            "9",
            "anna",
            RuleBroken::NotOnTicket {
                message: message("9"),
                ticket: asked.id.clone(),
            },
        ),
    ] {
        let verdict = HelpVerdict::Confirmed;
        let command = Command::JudgeHelp {
            message: message(message_id),
            by: message(by),
            verdict,
        };
        assert_eq!(asked.decide(command, &liisa(), at(60)), Err(refused));
    }
}

#[test]
fn what_was_said_already_is_not_said_again() {
    let mut asked = ticket(&[received(0, "1")]);
    judged(&mut asked, HelpVerdict::Confirmed, 60);
    let again = Command::JudgeHelp {
        message: message("1"),
        by: message("anna"),
        verdict: HelpVerdict::Confirmed,
    };
    assert_eq!(asked.decide(again.clone(), &liisa(), at(61)), Ok(vec![]));
    asked.apply(&common::did(90, EventKind::Closed));
    assert_eq!(
        asked.decide(again, &liisa(), at(99)),
        Err(RuleBroken::TicketClosed(asked.id.clone()))
    );
}

proptest! {
    #[test]
    fn any_thread_is_read(
        lines in prop::collection::vec(("[a-e]", "[xyz]|us", "[a-e]", "\\PC{0,80}"), 0..8),
    ) {
        let lines: Vec<Line<'_>> = lines.iter().map(|(a, b, c, d)| (&**a, &**b, &**c, &**d)).collect();
        for found in answers_by_customers(&thread(&lines)) {
            prop_assert!((0.0..=1.0).contains(&found.score));
            let odds: f64 = found.reasons.iter().map(|reason| reason.weight).sum();
            prop_assert!((1.0 / (1.0 + (-odds).exp()) - found.score).abs() < 1e-12);
            prop_assert_ne!(found.by, found.answered);
        }
    }
}
