//! Tickets are a fold over what happened: order of arrival, repeats and how many steps it takes
//! change nothing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use aspa_channel::{MessageKey, ReplyKind};
use aspa_ticket::{
    Command, Decided, Disposition, Event, EventKind, Outcome, Rules, Ticket, fold, step,
};
use chrono::TimeDelta;
use common::{
    agent, answered, at, did, effect, hour, liisa, matti, message, needs_none, received, restored,
    sent, withdrawn,
};
use proptest::prelude::*;

/// Something that a network or another tool tells. Times are coarse, so that many things happen at
/// one instant; the window below is short, so that many follow up.
fn happening() -> impl Strategy<Value = Event> {
    let id = || 0..6_u8;
    let what = prop_oneof![
        6 => Just(0_u8), 4 => Just(1), 2 => Just(2), 2 => Just(3), 4 => Just(4), 1 => Just(5),
        1 => Just(6), 1 => Just(7), 1 => Just(8), 1 => Just(9), 1 => Just(10), 3 => Just(11),
        3 => Just(12),
    ];
    (what, id(), 0..20_i64).prop_map(|(what, id, minute)| {
        let seconds = minute * 60;
        // A message has one time and one kind, whenever it is told of.
        let reply = [ReplyKind::Answer, ReplyKind::Holding, ReplyKind::Automatic];
        let reply = reply[usize::from(id) % 3].clone();
        let written = i64::from(id) * 180;
        let tag = aspa_types::Tag::new("late").unwrap();
        match what {
            0 => received(written, &format!("m{id}")),
            1 => sent(written + 60, &format!("r{id}"), reply),
            2 => withdrawn(seconds.max(written), &format!("m{id}")),
            3 => restored(seconds.max(written), &format!("m{id}")),
            4 => common::resolved(seconds),
            5 => did(seconds, EventKind::assigned(Some(agent(&format!("a{id}"))))),
            6 => did(seconds, EventKind::assigned(None)),
            7 => did(seconds, EventKind::Tagged { tag }),
            8 => did(seconds, EventKind::Untagged { tag }),
            9 => did(
                seconds,
                EventKind::Noted {
                    note: format!("n{id}").into(),
                },
            ),
            10 => did(seconds, EventKind::Closed),
            // An effect made the reply, and the network may not have named it at first.
            11 => sent_by(written + 120, &format!("e{id}"), reply, id),
            _ => sent_by(written + 60, &format!("r{id}"), reply, id),
        }
    })
}

fn sent_by(seconds: i64, name: &str, reply: ReplyKind, id: u8) -> Event {
    let mut event = sent(seconds, name, reply);
    if let EventKind::Sent { effect: by, .. } = &mut event.kind {
        *by = Some(effect(&format!("e{id}")));
    }
    event
}

fn short() -> Rules {
    Rules::reopen_within(TimeDelta::seconds(119))
}

fn told() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec(happening(), 1..40)
}

fn one_active(tickets: &[Ticket]) -> bool {
    let active = tickets.iter().filter(|t| t.category.is_active()).count();
    let last = tickets.last().is_some_and(|t| t.category.is_active());
    active == usize::from(last)
}

fn no_message_twice(tickets: &[Ticket]) -> bool {
    let mut all: Vec<&MessageKey> = tickets
        .iter()
        .flat_map(|t| t.messages.iter().map(|m| &m.message))
        .collect();
    let told = all.len();
    all.sort();
    all.dedup();
    all.len() == told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_order_and_any_repeats_make_the_same_tickets(
        (events, shuffled) in told().prop_flat_map(|events| {
            let twice: Vec<Event> = events.iter().chain(&events).cloned().collect();
            (Just(events), Just(twice).prop_shuffle())
        })
    ) {
        let once = fold(&matti(), &events, &short());
        let again = fold(&matti(), &shuffled, &short());
        prop_assert_eq!(once, again);
    }

    #[test]
    fn one_ticket_at_most_is_active_and_no_message_is_on_two(events in told()) {
        let tickets = fold(&matti(), &events, &short());
        prop_assert!(one_active(&tickets), "{tickets:?}");
        prop_assert!(no_message_twice(&tickets));
        for (i, ticket) in tickets.iter().enumerate() {
            let ordinal = u32::try_from(i).unwrap() + 1;
            prop_assert_eq!(&ticket.id, &matti().ticket_id(ordinal));
            prop_assert_eq!(ticket.ordinal, ordinal);
            let before = (i > 0).then(|| matti().ticket_id(ordinal - 1));
            prop_assert_eq!(&ticket.follow_up_of, &before);
        }
    }

    #[test]
    fn taking_events_in_one_by_one_as_they_come_is_the_fold(events in told()) {
        // Those in order are stepped; one that is late folds the history again.
        let (mut tickets, mut history): (Vec<Ticket>, Vec<Event>) = (Vec::new(), Vec::new());
        for event in events {
            let next = tickets.iter().all(|ticket| ticket.is_next(&event));
            history.push(event.clone());
            if next {
                step(&mut tickets, &matti(), &event, &short());
            } else {
                tickets = fold(&matti(), &history, &short());
            }
            prop_assert_eq!(&tickets, &fold(&matti(), &history, &short()));
        }
    }

    #[test]
    fn the_handled_share_counts_every_message_once(events in told()) {
        let tickets = fold(&matti(), &events, &short());
        let received = tickets.iter().flat_map(Ticket::inbound).count() as u64;
        let mut sum = aspa_ticket::HandledShare::default();
        sum.extend(tickets.iter().map(Ticket::handled));
        prop_assert_eq!(sum.inbound, received);
        prop_assert!(sum.unhandled + sum.spam <= sum.inbound);
        prop_assert!(sum.share().is_none_or(|share| (0.0..=1.0).contains(&share)));
    }

    #[test]
    fn commands_given_on_any_ticket_while_late_history_arrives_keep_one_active(
        moves in prop::collection::vec((happening(), 0..12_u8, 0..3_usize), 1..30)
    ) {
        let mut history: Vec<Event> = Vec::new();
        for (i, (event, ask, which)) in moves.into_iter().enumerate() {
            history.push(event);
            let mut tickets = fold(&matti(), &history, &short());
            prop_assert!(one_active(&tickets), "{tickets:?}");
            let now = at(600 + 60 * i64::try_from(i).unwrap());
            let ticket = tickets.swap_remove(which.min(tickets.len() - 1));
            // What is refused changes nothing.
            if let Ok(events) = ticket.decide(command(ask, now), &liisa(), now) {
                history.extend(events);
            }
            let tickets = fold(&matti(), &history, &short());
            prop_assert!(one_active(&tickets), "{tickets:?}");
            prop_assert!(no_message_twice(&tickets));
        }
    }
}

fn command(which: u8, now: chrono::DateTime<chrono::Utc>) -> Command {
    match which {
        0 => Command::Assign {
            to: Some(agent("liisa")),
            until: None,
        },
        1 => Command::Reopen,
        2 => Command::AwaitCustomer,
        3 => Command::AwaitColleague,
        4 => Command::Snooze {
            until: now + TimeDelta::minutes(5),
            wake_on_message: true,
        },
        5 | 6 => Command::Resolve {
            outcome: Outcome::Solved,
            rest: Some(needs_none("thanks")),
            newest_seen: None,
        },
        7 => Command::Close,
        8 => Command::Reply {
            effect: effect("e"),
            reply: ReplyKind::Answer,
            newest_seen: None,
            covers: vec![],
            playbook: None,
            redirects_to: Some("phone".to_owned()),
        },
        9 => Command::Dispose {
            message: message("m1"),
            disposition: Disposition::Spam,
        },
        10 => Command::Note { note: "n".into() },
        _ => Command::Tag {
            tag: aspa_types::Tag::new("seen").unwrap(),
        },
    }
}

#[test]
fn a_late_message_undoes_a_follow_up_that_never_was() {
    // Resolved; silence for longer than the window; a message: a follow-up. Then it turns out that
    // the customer had written in between.
    let known = [received(0, "1"), common::resolved(10), received(5000, "3")];
    assert_eq!(fold(&matti(), &known, &hour()).len(), 2);
    let mut all = known.to_vec();
    all.push(received(3000, "2"));
    let one = fold(&matti(), &all, &hour());
    assert_eq!(one.len(), 1);
    assert_eq!(one[0].reopened, 1);
    assert_eq!(one[0].messages.len(), 3);
}

#[test]
fn a_reply_that_the_network_names_later_is_one_reply() {
    let unnamed = sent_by(60, "e1", ReplyKind::Answer, 1);
    for minutes in [0, 1, 2] {
        let named = sent_by(minutes * 60, "r1", ReplyKind::Answer, 1);
        let plain = answered(minutes * 60, "r1");
        let histories = [
            vec![unnamed.clone(), named.clone()],
            vec![named.clone(), unnamed.clone()],
            vec![plain.clone(), unnamed.clone(), named.clone()],
            vec![unnamed.clone(), plain, named.clone()],
            vec![unnamed.clone(), named, unnamed.clone()],
        ];
        for mut history in histories {
            history.push(received(-60, "m1"));
            let tickets = fold(&matti(), &history, &Rules::default());
            let ours: Vec<_> = tickets.iter().flat_map(Ticket::outbound).collect();
            let names: Vec<_> = ours.iter().map(|one| &*one.message.id).collect();
            assert_eq!(names, ["r1"], "{history:?}");
            assert_eq!(ours[0].effect, Some(effect("e1")));
        }
    }
}

#[test]
fn at_one_instant_messages_come_before_what_was_done_about_them() {
    let resolved_at_once = fold(
        &matti(),
        &[common::resolved(0), answered(0, "2"), received(0, "1")],
        &hour(),
    );
    assert_eq!(resolved_at_once.len(), 1);
    let ticket = &resolved_at_once[0];
    assert_eq!(ticket.category, aspa_ticket::Category::Resolved);
    let ids: Vec<&str> = ticket.messages.iter().map(|m| &*m.message.id).collect();
    assert_eq!(ids, ["1", "2"]);
}

#[test]
fn commands_of_one_instant_keep_the_order_in_which_they_were_given() {
    let id = matti().ticket_id(1);
    let to = |name: &str| EventKind::Assigned {
        to: Some(agent(name)),
        until: None,
    };
    for names in [["liisa", "kalle"], ["kalle", "liisa"]] {
        let mut history = vec![received(0, "1")];
        history.extend(names.map(|name| did(5, to(name)).on(id.clone())));
        let ticket = fold(&matti(), &history, &hour()).remove(0);
        assert_eq!(ticket.assignee, Some(agent(names[1])));
    }
}

#[test]
fn what_a_message_is_decided_to_be_survives_a_late_event() {
    let decided = Decided::Agent(agent("liisa"));
    let disposed = did(
        60,
        EventKind::Disposed {
            message: message("1"),
            disposition: Disposition::Spam,
            decided: decided.clone(),
        },
    );
    let history = [
        received(0, "1"),
        disposed,
        answered(30, "2"),
        received(10, "0"),
    ];
    let ticket = fold(&matti(), &history, &hour()).remove(0);
    assert_eq!(common::became(&ticket, "1"), Disposition::Spam);
    assert_eq!(common::on(&ticket, "1").decided, decided);
    assert_eq!(common::became(&ticket, "0"), common::answered_by("2"));
}
