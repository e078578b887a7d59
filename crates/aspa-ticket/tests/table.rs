//! Where a ticket stands after everything that can happen to it, and what can be asked of it there.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use aspa_channel::ReplyKind;
use aspa_ticket::{
    Category, Command, Decided, Disposition, Event, EventKind, HelpVerdict, Outcome, Priority,
    RuleBroken, Ticket,
};
use chrono::TimeDelta;
use common::{
    agent, answered, at, did, effect, hour, liisa, matti, message, received, resolved, restored,
    sent, ticket, tickets, withdrawn,
};

const CATEGORIES: [Category; 8] = [
    Category::New,
    Category::Open,
    Category::WaitingCustomer,
    Category::WaitingInternal,
    Category::Snoozed,
    Category::Resolved,
    Category::Closed,
    Category::Bundled,
];

/// How a ticket with one message came to stand there, within the first minute.
fn history_of(category: &Category) -> Vec<Event> {
    let then = match category {
        Category::New => None,
        Category::Open => Some(assign()),
        Category::WaitingCustomer => Some(answered(10, "answer")),
        Category::WaitingInternal => Some(did(10, EventKind::ColleagueAwaited)),
        Category::Snoozed => Some(snooze(10)),
        Category::Resolved => Some(resolved(10)),
        Category::Bundled => Some(bundled(10)),
        _ => Some(did(10, EventKind::Closed)),
    };
    [received(0, "question")].into_iter().chain(then).collect()
}

fn assign() -> Event {
    let to = Some(agent("liisa"));
    did(10, EventKind::assigned(to))
}

fn snooze(seconds: i64) -> Event {
    let (until, wake_on_message) = (at(7200), true);
    did(
        seconds,
        EventKind::Snoozed {
            until,
            wake_on_message,
        },
    )
}

/// Into the ticket of somebody else in the same thread.
fn bundled(seconds: i64) -> Event {
    let mut about = common::matti();
    about.customer =
        aspa_types::HandleKey::new(aspa_types::Network::MASTODON, None, "anna").unwrap();
    let into = about.ticket_id(1);
    let what = aspa_ticket::Regroup::Bundled { into, about };
    let act = "act".into();
    did(seconds, EventKind::Regrouped { act, what })
}

fn short(category: &Category) -> &'static str {
    match category {
        Category::New => "new",
        Category::Open => "open",
        Category::WaitingCustomer => "customer",
        Category::WaitingInternal => "internal",
        Category::Snoozed => "snoozed",
        Category::Resolved => "resolved",
        Category::Bundled => "bundled",
        _ => "closed",
    }
}

#[test]
fn what_happens_moves_a_ticket_as_the_table_says() {
    let tag = || aspa_types::Tag::new("late").unwrap();
    let disposition = Disposition::Spam;
    let decided = Decided::Agent(agent("liisa"));
    let reply = || ReplyKind::Answer;
    // What happens, and where a ticket stands then that was: new, open, waiting for the customer,
    // waiting for a colleague, snoozed, resolved, closed. `=`: as before.
    let table: Vec<(&str, Event, &str)> = vec![
        (
            "a message",
            received(60, "more"),
            "= = open = open open = =",
        ),
        (
            "an answer",
            answered(60, "reply"),
            "customer customer = customer customer = = =",
        ),
        (
            "a holding reply",
            sent(60, "reply", ReplyKind::Holding),
            "open = = = = = = =",
        ),
        (
            "an automatic reply",
            sent(60, "reply", ReplyKind::Automatic),
            "= = = = = = = =",
        ),
        (
            "a reply queued",
            did(
                60,
                EventKind::ReplyQueued {
                    effect: effect("e"),
                    reply: reply(),
                    covers: vec![],
                    playbook: None,
                    redirects_to: None,
                },
            ),
            "open = = = = = = =",
        ),
        (
            "a reply failed",
            did(
                60,
                EventKind::ReplyFailed {
                    effect: effect("e"),
                },
            ),
            "= = = = = = = =",
        ),
        (
            "assigned to somebody",
            did(
                60,
                EventKind::Assigned {
                    to: Some(agent("kalle")),
                    until: None,
                },
            ),
            "open = = = = = = =",
        ),
        (
            "given to a team",
            did(
                60,
                EventKind::Routed {
                    team: aspa_types::TeamId::new("evenings").ok(),
                },
            ),
            "= = = = = = = =",
        ),
        (
            "assigned to nobody",
            did(60, EventKind::assigned(None)),
            "= = = = = = = =",
        ),
        (
            "tagged",
            did(60, EventKind::Tagged { tag: tag() }),
            "= = = = = = = =",
        ),
        (
            "untagged",
            did(60, EventKind::Untagged { tag: tag() }),
            "= = = = = = = =",
        ),
        (
            "noted",
            did(60, EventKind::Noted { note: "n".into() }),
            "= = = = = = = =",
        ),
        (
            "disposed",
            did(
                60,
                EventKind::Disposed {
                    message: message("question"),
                    disposition,
                    decided,
                },
            ),
            "open = = = = = = =",
        ),
        (
            "the customer awaited",
            did(60, EventKind::CustomerAwaited),
            "customer customer = customer customer customer = =",
        ),
        (
            "a colleague awaited",
            did(60, EventKind::ColleagueAwaited),
            "internal internal internal = internal internal = =",
        ),
        (
            "snoozed",
            snooze(60),
            "snoozed snoozed snoozed snoozed = snoozed = =",
        ),
        (
            "reopened, or a snooze that is due",
            did(60, EventKind::Reopened),
            "open = open open open open = =",
        ),
        (
            "resolved",
            resolved(60),
            "resolved resolved resolved resolved resolved = = resolved",
        ),
        (
            "closed",
            did(60, EventKind::Closed),
            "closed closed closed closed closed closed = closed",
        ),
        // Where it was answered, nobody waits and nothing moves.
        (
            "its only message withdrawn",
            withdrawn(60, "question"),
            "resolved resolved = = = = = =",
        ),
        (
            "a message shown that was visible",
            restored(60, "question"),
            "= = = = = = = =",
        ),
        (
            "a clock passed",
            did(
                60,
                EventKind::ClockPassed {
                    clock: "first_response".into(),
                    cycle: 1,
                    point: "breach".into(),
                    to: vec![],
                },
            ),
            "= = = = = = = =",
        ),
        (
            "somebody told by a rule",
            did(
                60,
                EventKind::Called {
                    to: vec!["owner".into()],
                },
            ),
            "= = = = = = = =",
        ),
        (
            "something that this version does not know",
            did(
                60,
                EventKind::Unknown(serde_json::json!({"type": "praised"})),
            ),
            "= = = = = = = =",
        ),
    ];
    for (what, event, row) in table {
        for (before, after) in CATEGORIES.iter().zip(row.split(' ')) {
            let after = if after == "=" { short(before) } else { after };
            let mut history = history_of(before);
            history.push(event.clone());
            let first = tickets(&history).remove(0);
            assert_eq!(short(&first.category), after, "{what}, when {before}");
        }
    }
}

#[test]
fn what_is_asked_for_is_done_or_refused_as_the_table_says() {
    let until = at(7200);
    let spam = Some(Disposition::Spam);
    let table: Vec<(Command, &str)> = vec![
        (
            Command::Assign {
                to: Some(agent("kalle")),
                until: None,
            },
            "open = = = = = refused refused",
        ),
        (
            Command::Assign {
                to: None,
                until: None,
            },
            "= = = = = = refused refused",
        ),
        (
            Command::Route {
                team: aspa_types::TeamId::new("evenings").ok(),
            },
            "= = = = = = refused refused",
        ),
        (
            Command::Tag {
                tag: aspa_types::Tag::new("late").unwrap(),
            },
            "= = = = = = = =",
        ),
        (
            Command::Untag {
                tag: aspa_types::Tag::new("late").unwrap(),
            },
            "= = = = = = = =",
        ),
        (
            Command::Prioritise {
                priority: Some(Priority::Urgent),
            },
            "= = = = = = refused =",
        ),
        (
            Command::Commit {
                commitment: "n".into(),
                due: until,
            },
            "= = = = = = refused =",
        ),
        (
            Command::EndCommitment {
                commitment: "n".into(),
                kept: true,
            },
            "= = = = = = = =",
        ),
        (
            Command::JudgeHelp {
                message: message("question"),
                by: message("theirs"),
                verdict: HelpVerdict::Confirmed,
            },
            "open = = = = = refused =",
        ),
        (Command::Note { note: "n".into() }, "= = = = = = = ="),
        (
            Command::Reply {
                effect: effect("e"),
                reply: ReplyKind::Answer,
                newest_seen: None,
                covers: vec![],
                playbook: None,
                redirects_to: None,
            },
            "open = = = = = refused =",
        ),
        (
            Command::Dispose {
                message: message("question"),
                disposition: Disposition::Spam,
            },
            "open = = = = = refused =",
        ),
        (
            Command::AwaitCustomer,
            "customer customer = customer customer customer refused refused",
        ),
        (
            Command::AwaitColleague,
            "internal internal internal = internal internal refused refused",
        ),
        (
            Command::Snooze {
                until,
                wake_on_message: false,
            },
            "snoozed snoozed snoozed snoozed = snoozed refused refused",
        ),
        (
            Command::Reopen,
            "open = open open open open refused refused",
        ),
        (
            Command::Resolve {
                outcome: Outcome::Solved,
                rest: spam,
                newest_seen: None,
            },
            "resolved resolved resolved resolved resolved = refused refused",
        ),
        (
            Command::Close,
            "closed closed closed closed closed closed = refused",
        ),
        (
            Command::PassClock {
                clock: "resolution".into(),
                cycle: 1,
                point: "breach".into(),
                to: vec![],
            },
            "= = = = = = = =",
        ),
    ];
    for (command, row) in table {
        for (before, after) in CATEGORIES.iter().zip(row.split(' ')) {
            let mut stands = ticket(&history_of(before));
            let decided = stands.decide(command.clone(), &liisa(), at(60));
            if after == "refused" {
                let ticket = stands.id.clone();
                let why = match stands.bundled() {
                    Some((into, _)) => RuleBroken::TicketBundled {
                        ticket,
                        into: into.clone(),
                    },
                    None => RuleBroken::TicketClosed(ticket),
                };
                assert_eq!(decided, Err(why), "{command:?}, when {before}");
                continue;
            }
            let events = decided.unwrap_or_else(|e| panic!("{command:?}, when {before}: {e}"));
            events.iter().for_each(|event| stands.apply(event));
            let after = if after == "=" { short(before) } else { after };
            assert_eq!(short(&stands.category), after, "{command:?}, when {before}");
            // Asked again, it is done already; only putting off can be put off further.
            let again = stands.decide(command.clone(), &liisa(), at(61)).unwrap();
            let snoozed = matches!(command, Command::Snooze { .. });
            assert!(again.is_empty() || snoozed, "{command:?}, twice");
        }
    }
}

#[test]
fn a_snoozed_ticket_sleeps_through_messages_unless_it_was_told_to_wake() {
    for (wake_on_message, stands) in [(true, Category::Open), (false, Category::Snoozed)] {
        let snoozed = did(
            10,
            EventKind::Snoozed {
                until: at(7200),
                wake_on_message,
            },
        );
        let asleep = ticket(&[received(0, "1"), snoozed, received(20, "2")]);
        assert_eq!(asleep.category, stands);
        assert_eq!(
            asleep.snooze.is_some(),
            !wake_on_message,
            "woken is no longer put aside"
        );
    }
}

#[test]
fn a_message_reopens_within_the_window_to_the_second_and_follows_up_after_it() {
    let solved = |then: Event| tickets(&[received(0, "1"), answered(5, "2"), resolved(10), then]);
    let last_second = solved(received(10 + 3600, "3"));
    assert_eq!(last_second.len(), 1);
    assert_eq!(last_second[0].category, Category::Open);
    assert_eq!(last_second[0].reopened, 1);
    assert_eq!(
        (&last_second[0].resolved_at, &last_second[0].outcome),
        (&None, &None)
    );

    let a_second_later = solved(received(10 + 3601, "3"));
    let [first, second] = &a_second_later[..] else {
        panic!("two tickets")
    };
    assert_eq!(second.category, Category::New);
    assert_eq!(second.follow_up_of, Some(first.id.clone()));
    assert_eq!((first.ordinal, second.ordinal), (1, 2));
    assert_eq!(first.id, matti().ticket_id(1));
    assert_eq!(second.id, matti().ticket_id(2));
    assert_eq!(second.opened_at, at(10 + 3601));
    assert_eq!(first.outcome, Some(Outcome::Solved), "stays solved");
    assert_eq!(first.resolved_at, Some(at(10)));
}

#[test]
fn only_messages_of_the_customer_make_a_follow_up() {
    let late = 10 + 100_000;
    let thanks = tickets(&[received(0, "1"), resolved(10), answered(late, "2")]);
    assert_eq!(
        thanks.len(),
        1,
        "our own late message stays with the ticket"
    );
    assert_eq!(thanks[0].category, Category::Resolved);
    let acted = tickets(&[
        received(0, "1"),
        resolved(10),
        did(late, EventKind::Reopened),
    ]);
    assert_eq!(acted.len(), 1, "a person may reopen whenever it helps");
    assert_eq!(acted[0].category, Category::Open);
}

#[test]
fn a_closed_ticket_stays_closed_and_each_new_message_makes_a_ticket_that_follows_it() {
    let closed = did(10, EventKind::Closed);
    let three = tickets(&[
        received(0, "1"),
        closed,
        received(11, "2"),
        did(12, EventKind::Closed),
        received(13, "3"),
    ]);
    let follows: Vec<_> = three.iter().map(|t| t.follow_up_of.clone()).collect();
    assert_eq!(three.len(), 3);
    assert_eq!(
        follows,
        [None, Some(matti().ticket_id(1)), Some(matti().ticket_id(2))]
    );
}

#[test]
fn a_restored_message_does_not_open_what_is_closed_or_followed_up() {
    let closed = ticket(&[
        received(0, "1"),
        withdrawn(5, "1"),
        did(10, EventKind::Closed),
        restored(20, "1"),
    ]);
    assert_eq!(closed.category, Category::Closed);
    let followed = tickets(&[
        received(0, "1"),
        withdrawn(5, "1"),
        received(9000, "2"),
        restored(9001, "1"),
    ]);
    let active: Vec<bool> = followed.iter().map(|t| t.category.is_active()).collect();
    assert_eq!(active, [false, true]);
}

#[test]
fn what_happens_to_an_old_message_happens_on_its_own_ticket() {
    let history = [
        received(0, "old"),
        resolved(10),
        received(9000, "new"),
        withdrawn(9001, "old"),
    ];
    let two = tickets(&history);
    assert!(common::on(&two[0], "old").withdrawn);
    assert!(two[1].messages.iter().all(|m| !m.withdrawn));
}

#[test]
fn a_ticket_that_is_followed_up_can_no_longer_be_worked_on() {
    let two = tickets(&[received(0, "1"), resolved(10), received(9000, "2")]);
    let refused = two[0].decide(Command::Reopen, &liisa(), at(9001));
    assert_eq!(refused, Err(RuleBroken::TicketClosed(two[0].id.clone())));
    assert!(
        two[0]
            .decide(Command::Note { note: "n".into() }, &liisa(), at(9001))
            .is_ok()
    );
}

#[test]
fn a_command_whose_ticket_late_history_closed_goes_to_the_latest_one() {
    // Liisa reopened the first ticket; only later did we learn that the customer had written and
    // a follow-up had begun.
    let first = matti().ticket_id(1);
    let reopened = did(9500, EventKind::Reopened).on(first.clone());
    let assigned = did(
        9500,
        EventKind::Assigned {
            to: Some(agent("liisa")),
            until: None,
        },
    )
    .on(first);
    let late = received(9000, "2");
    let two = tickets(&[received(0, "1"), resolved(10), reopened, assigned, late]);
    let stand: Vec<_> = two.iter().map(|t| t.category.clone()).collect();
    assert_eq!(stand, [Category::Closed, Category::Open]);
    assert_eq!(two[1].assignee, Some(agent("liisa")));
}

#[test]
fn rules_count_the_window_in_whole_seconds_and_the_default_is_two_weeks() {
    assert_eq!(hour().reopen_seconds, 3600);
    let default = aspa_ticket::Rules::default();
    assert_eq!(default.reopen_seconds, TimeDelta::days(14).num_seconds());
}

#[test]
fn what_was_promised_on_a_ticket_can_be_kept_after_it_is_closed() {
    let commitment = || "call back".into();
    let committed = || {
        let kind = EventKind::Committed {
            commitment: commitment(),
            due: at(7200),
        };
        did(5, kind).on(matti().ticket_id(1))
    };
    let end = |ticket: &Ticket| {
        let (commitment, kept) = (commitment(), true);
        let end = Command::EndCommitment { commitment, kept };
        ticket.decide(end, &liisa(), at(9500)).unwrap()
    };
    let closed = did(10, EventKind::Closed);
    let follow_up = received(9000, "2");
    for history in [
        vec![received(0, "1"), committed(), closed.clone()],
        vec![
            received(0, "1"),
            committed(),
            closed.clone(),
            follow_up.clone(),
        ],
        // What was promised on a ticket that late history has closed by then is on the latest one.
        vec![received(0, "1"), closed, received(2, "2"), committed()],
    ] {
        let known = tickets(&history);
        let of = |tickets: &[Ticket]| tickets.iter().map(|t| t.commitments.len()).sum::<usize>();
        assert_eq!(of(&known), 1);
        let promised = known.iter().find(|t| !t.commitments.is_empty()).unwrap();
        let ended = [history, end(promised)].concat();
        assert_eq!(of(&tickets(&ended)), 0);
    }
}
