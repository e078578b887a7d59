//! What becomes of messages: what is inferred, what a person says, and the share that is handled.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use aspa_channel::ReplyKind;
use aspa_ticket::{
    Actor, Category, Command, Decided, Disposition, Event, EventKind, HandledShare, Outcome,
    RuleBroken, TicketKey, fold,
};
use aspa_types::{HandleKey, Network};
use common::{
    agent, answered, answered_by, at, became, did, effect, hour, liisa, matti, message, needs_none,
    on, received, restored, sent, ticket, withdrawn,
};

fn disposed(seconds: i64, id: &str, disposition: Disposition) -> Event {
    let decided = Decided::Agent(agent("liisa"));
    let message = message(id);
    did(
        seconds,
        EventKind::Disposed {
            message,
            disposition,
            decided,
        },
    )
}

#[test]
fn an_answer_covers_all_earlier_messages_and_no_later_one() {
    let history = [
        received(0, "1"),
        received(1, "2"),
        answered(2, "first"),
        received(3, "3"),
        answered(4, "second"),
        received(5, "4"),
    ];
    let ticket = ticket(&history);
    assert_eq!(became(&ticket, "1"), answered_by("first"));
    assert_eq!(became(&ticket, "2"), answered_by("first"));
    assert_eq!(became(&ticket, "3"), answered_by("second"));
    assert_eq!(became(&ticket, "4"), Disposition::Unhandled);
    assert_eq!(on(&ticket, "1").decided, Decided::Inferred);
    assert_eq!(on(&ticket, "4").decided, Decided::Undecided);
}

#[test]
fn an_answer_that_sends_the_customer_elsewhere_is_a_redirect_once_it_is_sent() {
    let queued = did(
        1,
        EventKind::ReplyQueued {
            effect: effect("call"),
            reply: ReplyKind::Answer,
            covers: vec![],
            playbook: None,
            redirects_to: Some("phone".to_owned()),
        },
    );
    let sent = |seconds| {
        did(
            seconds,
            EventKind::Sent {
                message: message("call us"),
                reply: ReplyKind::Answer,
                effect: Some(effect("call")),
            },
        )
    };
    let to = "phone".to_owned();
    let redirected = Disposition::Redirected { to };
    let waiting = ticket(&[received(0, "1"), queued.clone()]);
    assert_eq!(became(&waiting, "1"), Disposition::Unhandled);
    let history = [received(0, "1"), queued.clone(), sent(2), received(3, "2")];
    let after = ticket(&history);
    assert_eq!(became(&after, "1"), redirected);
    assert_eq!(on(&after, "1").decided, Decided::Inferred);
    assert_eq!(became(&after, "2"), Disposition::Unhandled);
    // A later answer takes nothing back, and the network's clock may be ahead of ours.
    let more = [&history[..], &[answered(4, "here")]].concat();
    assert_eq!(became(&ticket(&more), "1"), redirected);
    assert_eq!(became(&ticket(&more), "2"), answered_by("here"));
    let early = ticket(&[received(0, "1"), sent(0), queued.clone()]);
    assert_eq!(became(&early, "1"), redirected);
    let failed = EventKind::ReplyFailed {
        effect: effect("call"),
    };
    let never = ticket(&[
        received(0, "1"),
        queued,
        did(2, failed),
        answered(3, "here"),
    ]);
    assert_eq!(became(&never, "1"), answered_by("here"));
}

#[test]
fn an_answer_that_was_not_delivered_answers_nobody() {
    let sent = did(
        1,
        EventKind::Sent {
            message: message("2"),
            reply: ReplyKind::Answer,
            effect: Some(effect("here")),
        },
    );
    let effect = effect("here");
    let bounced = did(5, EventKind::ReplyFailed { effect });
    let history = [received(0, "1"), sent.clone()];
    assert_eq!(became(&ticket(&history), "1"), answered_by("2"));
    let failed = [history.as_slice(), std::slice::from_ref(&bounced)].concat();
    let waits = ticket(&failed);
    assert_eq!(became(&waits, "1"), Disposition::Unhandled);
    assert_eq!(waits.category, Category::Open);
    // Who resolved it did not know.
    let outcome = Outcome::Solved;
    let resolved = did(3, EventKind::Resolved { outcome });
    let late = [&history[..], &[resolved, bounced.clone()]].concat();
    assert_eq!(ticket(&late).category, Category::Open);
    // Another answer does.
    let again = [&failed[..], &[answered(6, "3")]].concat();
    assert_eq!(became(&ticket(&again), "1"), answered_by("3"));
    // So does the same one where somebody had it sent again.
    let retried = ticket(&[received(-1, "1"), did(0, bounced.kind), sent]);
    assert_eq!(became(&retried, "1"), answered_by("2"));
}

#[test]
fn an_answer_covers_nobody_but_its_addressee() {
    let maija = TicketKey {
        customer: HandleKey::new(Network::MASTODON, None, "maija").unwrap(),
        ..matti()
    };
    assert_ne!(maija.ticket_id(1), matti().ticket_id(1));
    // The answer is in Matti's history only; Maija's has her own message.
    let hers = fold(&maija, &[received(0, "hers")], &hour());
    let his = fold(&matti(), &[received(0, "his"), answered(1, "2")], &hour());
    assert_eq!(became(&hers[0], "hers"), Disposition::Unhandled);
    assert_eq!(became(&his[0], "his"), answered_by("2"));
}

#[test]
fn an_answer_of_the_same_instant_answers() {
    let ticket = ticket(&[answered(0, "2"), received(0, "1")]);
    assert_eq!(became(&ticket, "1"), answered_by("2"));
    assert_eq!(ticket.category, Category::WaitingCustomer);
}

#[test]
fn holding_and_automatic_replies_answer_nothing() {
    for reply in [ReplyKind::Holding, ReplyKind::Automatic] {
        let ticket = ticket(&[received(0, "1"), sent(1, "2", reply.clone())]);
        assert_eq!(became(&ticket, "1"), Disposition::Unhandled, "{reply}");
    }
    let both = ticket(&[
        received(0, "1"),
        sent(1, "auto", ReplyKind::Automatic),
        sent(2, "hold", ReplyKind::Holding),
    ]);
    let first = both.first_response().expect("somebody has looked");
    assert_eq!(
        first.message,
        message("hold"),
        "no program's reply counts as first"
    );
}

#[test]
fn withdrawn_before_an_answer_needs_none_and_after_it_stays_answered() {
    let before = ticket(&[
        received(0, "1"),
        received(1, "2"),
        withdrawn(2, "1"),
        answered(3, "3"),
    ]);
    assert_eq!(became(&before, "1"), needs_none("withdrawn"));
    assert_eq!(became(&before, "2"), answered_by("3"));
    let after = ticket(&[received(0, "1"), answered(1, "2"), withdrawn(2, "1")]);
    assert_eq!(became(&after, "1"), answered_by("2"));
    assert_eq!(after.category, Category::WaitingCustomer);
}

#[test]
fn a_customer_who_takes_everything_back_is_not_waited_upon() {
    let gone = ticket(&[received(0, "1"), withdrawn(1, "1")]);
    assert_eq!(gone.category, Category::Resolved);
    assert_eq!(gone.outcome, Some(Outcome::Abandoned));
    let half = ticket(&[
        received(0, "1"),
        answered(1, "2"),
        received(2, "3"),
        withdrawn(3, "3"),
    ]);
    assert_eq!(
        half.category,
        Category::WaitingCustomer,
        "the rest is answered"
    );
    let waits = ticket(&[received(0, "1"), received(1, "2"), withdrawn(2, "1")]);
    assert_eq!(waits.category, Category::New, "the other one still waits");
}

#[test]
fn a_restored_message_waits_again_unless_it_was_answered() {
    let again = ticket(&[received(0, "1"), withdrawn(1, "1"), restored(2, "1")]);
    assert_eq!(became(&again, "1"), Disposition::Unhandled);
    assert_eq!(again.category, Category::Open);
    assert_eq!(again.reopened, 1);
    let answered = ticket(&[
        received(0, "1"),
        answered(1, "2"),
        withdrawn(2, "1"),
        restored(3, "1"),
    ]);
    assert_eq!(became(&answered, "1"), answered_by("2"));
    assert_eq!(answered.category, Category::WaitingCustomer);
}

#[test]
fn what_a_person_or_a_rule_said_is_never_inferred_over() {
    let redirected = Disposition::Redirected {
        to: "phone".to_owned(),
    };
    let said = disposed(1, "1", redirected.clone());
    let ticket = ticket(&[
        received(0, "1"),
        said,
        answered(2, "2"),
        withdrawn(3, "1"),
        restored(4, "1"),
    ]);
    assert_eq!(became(&ticket, "1"), redirected);
    assert_eq!(on(&ticket, "1").decided, Decided::Agent(agent("liisa")));
}

#[test]
fn a_person_can_correct_what_was_inferred() {
    let mut ticket = ticket(&[received(0, "1"), answered(1, "2")]);
    let correct = Command::Dispose {
        message: message("1"),
        disposition: Disposition::Spam,
    };
    for event in ticket.decide(correct, &liisa(), at(2)).unwrap() {
        ticket.apply(&event);
    }
    assert_eq!(became(&ticket, "1"), Disposition::Spam);
    ticket.apply(&answered(3, "3"));
    assert_eq!(became(&ticket, "1"), Disposition::Spam);
}

#[test]
fn the_handled_share_leaves_spam_out_above_and_below() {
    let covered = Disposition::Covered { by: message("a") };
    let unknown = Disposition::Unknown(serde_json::json!({"type": "praised"}));
    let ticket = ticket(&[
        received(0, "answered"),
        answered(1, "a"),
        received(2, "spam"),
        received(3, "waits"),
        received(4, "covered"),
        received(5, "foreign"),
        disposed(6, "spam", Disposition::Spam),
        disposed(6, "covered", covered),
        disposed(6, "foreign", unknown),
    ]);
    let share = ticket.handled();
    assert_eq!((share.inbound, share.unhandled, share.spam), (5, 2, 1));
    assert_eq!(
        share.share(),
        Some(0.5),
        "two of four; what is not known is unhandled"
    );
}

#[test]
fn where_there_was_nothing_to_handle_there_is_no_share() {
    assert_eq!(HandledShare::default().share(), None);
    let only_spam = ticket(&[received(0, "1"), disposed(1, "1", Disposition::Spam)]);
    assert_eq!(only_spam.handled().share(), None);
    let ours = ticket(&[answered(0, "1")]);
    assert_eq!(
        ours.handled(),
        HandledShare::default(),
        "our own do not count"
    );
}

#[test]
fn shares_of_many_tickets_sum() {
    let handled = ticket(&[received(0, "1"), answered(1, "2")]).handled();
    let waits = ticket(&[received(0, "1")]).handled();
    let spam = ticket(&[received(0, "1"), disposed(1, "1", Disposition::Spam)]).handled();
    let mut sum = HandledShare::default();
    sum.extend([handled, waits, spam]);
    assert_eq!((sum.inbound, sum.unhandled, sum.spam), (3, 1, 1));
    assert_eq!(sum.share(), Some(0.5));
}

fn resolve(rest: Option<Disposition>) -> Command {
    Command::Resolve {
        outcome: Outcome::Solved,
        rest,
        newest_seen: None,
    }
}

#[test]
fn resolving_asks_for_what_nobody_can_infer() {
    let held = sent(1, "2", ReplyKind::Holding);
    let mut ticket = ticket(&[received(0, "1"), held, received(2, "3")]);
    let refused = ticket.decide(resolve(None), &liisa(), at(3)).unwrap_err();
    let asks = RuleBroken::Undecided {
        messages: vec![message("1"), message("3")],
    };
    assert_eq!(refused, asks);
    for rest in [
        Disposition::Unhandled,
        Disposition::Unknown(serde_json::Value::Null),
    ] {
        let refused = ticket.decide(resolve(Some(rest)), &liisa(), at(3));
        assert_eq!(refused, Err(RuleBroken::NoDisposition));
    }
    let called = Disposition::AnsweredElsewhere {
        place: "phone".to_owned(),
    };
    let events = ticket.decide(resolve(Some(called.clone())), &liisa(), at(3));
    for event in events.unwrap() {
        ticket.apply(&event);
    }
    assert_eq!(ticket.category, Category::Resolved);
    assert_eq!(became(&ticket, "1"), called);
    assert_eq!(became(&ticket, "3"), called);
    assert_eq!(on(&ticket, "3").decided, Decided::Agent(agent("liisa")));
    assert_eq!(ticket.handled().share(), Some(1.0));
}

#[test]
fn whoever_resolves_after_an_answer_has_read_what_came_since() {
    let before = [received(0, "1"), answered(1, "2"), received(2, "thanks")];
    let mut ticket = ticket(&before);
    for event in ticket.decide(resolve(None), &liisa(), at(3)).unwrap() {
        ticket.apply(&event);
    }
    assert_eq!(ticket.category, Category::Resolved);
    assert_eq!(became(&ticket, "1"), answered_by("2"), "stays");
    assert_eq!(became(&ticket, "thanks"), Disposition::read());
    assert_eq!(on(&ticket, "thanks").decided, Decided::Inferred);
    // What another tool resolved says the same; a program's word is not that somebody has read.
    let elsewhere = |by| {
        let outcome = Outcome::Solved;
        let mut history = before.to_vec();
        history.push(Event::new(at(3), by, EventKind::Resolved { outcome }));
        became(&common::ticket(&history), "thanks")
    };
    assert_eq!(elsewhere(liisa()), Disposition::read());
    let timer = Actor::System("timer".to_owned());
    assert_eq!(elsewhere(timer), Disposition::Unhandled);
    // It stays inferred: an answer answers it.
    ticket.apply(&answered(4, "you are welcome"));
    assert_eq!(became(&ticket, "thanks"), answered_by("you are welcome"));
}

#[test]
fn a_message_that_whoever_resolved_could_not_know_keeps_the_ticket_open() {
    let known = ticket(&[received(0, "1"), answered(1, "2")]);
    let mut history = vec![received(0, "1"), answered(1, "2")];
    history.extend(known.decide(resolve(None), &liisa(), at(60)).unwrap());
    assert_eq!(ticket(&history).category, Category::Resolved);
    // Written before, delivered after.
    history.push(received(30, "late"));
    let found = ticket(&history);
    assert_eq!(found.category, Category::Open);
    assert_eq!(became(&found, "late"), Disposition::Unhandled);
}
