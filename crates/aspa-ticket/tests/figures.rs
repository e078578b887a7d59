//! Transfers, repeat contacts, first contacts: counted from the log, however it came.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use aspa_channel::{ConversationKey, ReplyKind};
use aspa_ticket::{
    Actor, Counting, Decided, Disposition, Event, EventKind, Help, HelpVerdict, Ledger, Outcome,
    PlaybookUse, TeamFigures, TicketKey, Went, figures, fold,
};
use aspa_types::{CustomerId, HandleKey, Network, SystemId, Tag, TeamId};
use common::{account, agent, at, did, effect, hour, message, received};
use proptest::prelude::*;

const DAY: i64 = 86_400;

fn key(conversation: &str, customer: &str) -> TicketKey {
    TicketKey {
        conversation: ConversationKey::new(account(), conversation).unwrap(),
        customer: HandleKey::new(Network::MASTODON, None, customer).unwrap(),
    }
}

/// As of a month later, with Liisa and Kalle in one team and Ville in another.
fn counting() -> Counting {
    let mut counting = Counting::as_of(at(30 * DAY));
    for (name, team) in [("liisa", "shop"), ("kalle", "shop"), ("ville", "billing")] {
        counting
            .teams
            .insert(agent(name), TeamId::new(team).unwrap());
    }
    counting.phones.insert("phone".to_owned());
    counting
}

fn of(log: &[(TicketKey, Event)]) -> TeamFigures {
    figures(
        log.iter().map(|(key, event)| (key, event)),
        &hour(),
        &counting(),
    )
}

fn assigned(seconds: i64, to: Option<&str>) -> Event {
    did(seconds, EventKind::assigned(to.map(agent)))
}

fn wrote(seconds: i64, id: &str, by: &str) -> Event {
    let kind = EventKind::Sent {
        message: message(id),
        reply: ReplyKind::Answer,
        effect: None,
    };
    Event::new(at(seconds), Actor::Us(Some(agent(by))), kind)
}

fn ended(seconds: i64, outcome: Outcome) -> Event {
    did(seconds, EventKind::Resolved { outcome })
}

fn log(key: &TicketKey, events: &[Event]) -> Vec<(TicketKey, Event)> {
    events
        .iter()
        .map(|event| (key.clone(), event.clone()))
        .collect()
}

#[test]
fn a_transfer_goes_from_one_agent_to_another() {
    let matti = key("c", "matti");
    let log = log(
        &matti,
        &[
            received(0, "1"),
            assigned(1, Some("liisa")),
            assigned(2, None),
            assigned(3, Some("liisa")),
            assigned(4, Some("kalle")),
            assigned(5, None),
            assigned(6, Some("ville")),
            wrote(7, "2", "ville"),
        ],
    );
    let figures = of(&log);
    assert_eq!(figures.total.transfers, 2);
    let given = |name: &str| {
        figures
            .agents
            .get(&agent(name))
            .map(|went| (went.tickets, went.transfers))
    };
    assert_eq!(
        [given("liisa"), given("kalle"), given("ville")],
        [Some((0, 1)), Some((0, 1)), Some((1, 0))]
    );
    // Liisa and Kalle are one team.
    let teams: Vec<_> = figures
        .teams
        .iter()
        .map(|(team, went)| (team.as_str(), went.transfers))
        .collect();
    assert_eq!(teams, [("billing", 0), ("shop", 1)]);
}

/// One ticket that is solved with one answer, and what happens then.
fn solved_then(more: &[(TicketKey, Event)]) -> Went {
    let matti = key("c", "matti");
    let mut log = log(
        &matti,
        &[
            received(0, "1"),
            wrote(60, "2", "liisa"),
            ended(100, Outcome::Solved),
        ],
    );
    log.extend_from_slice(more);
    of(&log).total
}

#[test]
fn who_comes_again_was_not_helped_at_the_first_contact() {
    let (here, elsewhere, anna) = (key("c", "matti"), key("d", "matti"), key("d", "anna"));
    let again = |key: &TicketKey, seconds| vec![(key.clone(), received(seconds, "9"))];
    // First contact, not, undecided; repeat contacts.
    let table = [
        ("never again", vec![], (1, 0, 0), 0),
        ("within the reopen window", again(&here, 2000), (0, 0, 0), 1),
        ("later here", again(&here, DAY), (0, 1, 0), 1),
        (
            "in another conversation",
            again(&elsewhere, DAY),
            (0, 1, 0),
            1,
        ),
        (
            "on the last second",
            again(&elsewhere, 100 + 7 * DAY),
            (0, 1, 0),
            1,
        ),
        (
            "a second too late to count",
            again(&elsewhere, 101 + 7 * DAY),
            (1, 0, 0),
            0,
        ),
        (
            "before it was resolved",
            again(&elsewhere, 99),
            (1, 0, 0),
            0,
        ),
        ("somebody else", again(&anna, DAY), (1, 0, 0), 0),
    ];
    for (what, more, firsts, repeats) in table {
        let went = solved_then(&more);
        assert_eq!(
            (went.first_contact, went.not_first_contact, went.undecided),
            firsts,
            "{what}"
        );
        assert_eq!(went.repeat_contacts, repeats, "{what}");
    }
}

/// Else a figure of yesterday's tickets would be of those that failed alone.
#[test]
fn who_came_again_lately_is_counted_with_who_may_yet() {
    let log = log(
        &key("c", "matti"),
        &[
            received(26 * DAY, "1"),
            ended(27 * DAY, Outcome::Solved),
            received(28 * DAY, "9"),
        ],
    );
    let went = of(&log).total;
    assert_eq!((went.not_first_contact, went.undecided), (0, 1));
    assert_eq!(
        (went.repeat_contacts, went.first_contact_share()),
        (1, None)
    );
}

#[test]
fn two_handles_of_a_customer_are_one_person() {
    let matti = key("c", "matti");
    let other = key("d", "angry_matti");
    let mut log = log(&matti, &[received(0, "1"), ended(100, Outcome::Solved)]);
    log.push((other.clone(), received(DAY, "9")));
    assert_eq!(of(&log).total.first_contact, 1);
    let mut counting = counting();
    let customer = CustomerId::new(SystemId::new("crm").unwrap(), "7").unwrap();
    for key in [&matti, &other] {
        counting
            .customers
            .insert(key.customer.clone(), customer.clone());
    }
    let linked = figures(
        log.iter().map(|(key, event)| (key, event)),
        &hour(),
        &counting,
    );
    assert_eq!(
        (linked.total.first_contact, linked.total.repeat_contacts),
        (0, 1)
    );
}

#[test]
fn outcomes_and_time_decide_whether_it_can_be_said() {
    let matti = key("c", "matti");
    let ending = |seconds, outcome| {
        let rest = did(
            seconds,
            EventKind::Disposed {
                message: message("1"),
                disposition: Disposition::Redirected {
                    to: "phone".to_owned(),
                },
                decided: Decided::Agent(agent("liisa")),
            },
        );
        of(&log(
            &matti,
            &[received(0, "1"), rest, ended(seconds, outcome)],
        ))
        .total
    };
    // First contact, not, undecided, solved.
    for (what, seconds, outcome, expected) in [
        ("solved", 100, Outcome::Solved, (1, 0, 0, 1)),
        (
            "solved a week ago to the second",
            23 * DAY,
            Outcome::Solved,
            (0, 0, 1, 1),
        ),
        (
            "solved a second before that",
            23 * DAY - 1,
            Outcome::Solved,
            (1, 0, 0, 1),
        ),
        ("not solved", 100, Outcome::NotSolved, (0, 1, 0, 0)),
        ("sent elsewhere", 100, Outcome::Redirected, (0, 1, 0, 0)),
        ("taken back", 100, Outcome::Abandoned, (0, 0, 0, 0)),
        (
            "not solved, as lately",
            23 * DAY,
            Outcome::NotSolved,
            (0, 0, 1, 0),
        ),
    ] {
        let went = ending(seconds, outcome);
        let counted = (
            went.first_contact,
            went.not_first_contact,
            went.undecided,
            went.solved,
        );
        assert_eq!(counted, expected, "{what}");
        assert_eq!((went.redirected, went.to_phone), (1, 1));
        assert_eq!(went.contacts().self_service, 0);
    }
    let went = ending(100, Outcome::Solved);
    assert_eq!(
        (went.one_answer, went.first_contact_share()),
        (1, Some(1.0))
    );
}

#[test]
fn helpers_are_credited_and_playbooks_and_tags_have_figures() {
    let (matti, anna) = (key("c", "matti"), key("c", "anna"));
    let tag = Tag::new("delivery/late").unwrap();
    let playbook = Some(PlaybookUse {
        id: "late".into(),
        version: 2,
    });
    let reply = ReplyKind::Answer;
    let judged = |verdict| {
        EventKind::HelpJudged(Help {
            message: message("1"),
            by: message("a"),
            verdict,
            decided: Decided::Agent(agent("liisa")),
        })
    };
    let mut all = log(
        &matti,
        &[
            received(0, "1"),
            did(1, EventKind::Tagged { tag: tag.clone() }),
            did(60, judged(HelpVerdict::Confirmed)),
            did(70, judged(HelpVerdict::Thanked)),
        ],
    );
    all.extend(log(
        &anna,
        &[
            received(30, "a"),
            did(
                80,
                EventKind::ReplyQueued {
                    effect: effect("e"),
                    reply: reply.clone(),
                    playbook,
                    covers: vec![],
                    redirects_to: None,
                },
            ),
            did(
                81,
                EventKind::Sent {
                    message: message("t"),
                    reply,
                    effect: Some(effect("e")),
                },
            ),
        ],
    ));
    let of_help = of(&all);
    assert_eq!(of_help.helpers, [(anna.customer.clone(), 1)]);
    assert_eq!(of_help.tags[&tag].by_customers, 1);
    assert_eq!(of_help.playbooks["late"].tickets, 1);
    assert_eq!(of_help.channels["mastodon"].tickets, 2);

    all.push((matti, did(90, judged(HelpVerdict::Corrected))));
    let corrected = of(&all);
    assert_eq!(
        (corrected.helpers.len(), corrected.total.by_customers),
        (0, 0)
    );
}

fn any_event() -> impl Strategy<Value = (u8, u8, i64)> {
    (0_u8..12, 0_u8..4, 0_i64..20)
}

fn made((what, who, hours): (u8, u8, i64)) -> (TicketKey, Event) {
    let seconds = hours * DAY;
    let key = key(
        ["c", "d"][usize::from(who % 2)],
        ["matti", "anna"][usize::from(who / 2)],
    );
    let id = format!("{who}-{what}-{hours}");
    let event = match what {
        0..=3 => received(seconds, &id),
        4 => wrote(seconds + 1, &id, "liisa"),
        5 => wrote(seconds + 1, &id, "ville"),
        6 => ended(seconds + 2, Outcome::Solved),
        7 => ended(seconds + 2, Outcome::NotSolved),
        8 => assigned(seconds + 3, Some("kalle")),
        9 => assigned(seconds + 3, Some("liisa")),
        10 => did(
            seconds + 3,
            EventKind::Tagged {
                tag: Tag::new("late").unwrap(),
            },
        ),
        _ => did(
            seconds + 4,
            EventKind::HelpJudged(Help {
                message: message(&format!("{who}-0-{hours}")),
                by: message(&format!("{}-1-{hours}", 3 - who)),
                verdict: HelpVerdict::Confirmed,
                decided: Decided::Agent(agent("liisa")),
            }),
        ),
    };
    (key, event)
}

proptest! {
    /// Kept up to date event by event, in whatever order they come, or counted anew from the whole log.
    #[test]
    fn the_ledger_is_the_fold_of_the_log(events in prop::collection::vec(any_event(), 0..40)) {
        let log: Vec<(TicketKey, Event)> = events.into_iter().map(made).collect();
        let mut ledger = Ledger::default();
        for seen in 1..=log.len() {
            let (key, _) = &log[seen - 1];
            let of_key = log[..seen].iter().filter(|(other, _)| other == key);
            let history: Vec<Event> = of_key.map(|(_, event)| event.clone()).collect();
            ledger.put(key, &fold(key, &history, &hour()));
        }
        let whole = of(&log);
        prop_assert_eq!(&ledger.figures(&counting()), &whole);
        // What ties keeps its order, so only what does not tie may be turned round.
        let mut sorted = log.clone();
        sorted.sort_by_key(|(_, event)| event.order());
        prop_assert_eq!(of(&sorted), whole.clone());
        let total = whole.total;
        prop_assert!(total.first_contact + total.not_first_contact + total.undecided <= total.tickets);
        let by_channel: u64 = whole.channels.values().map(|went| went.tickets).sum();
        prop_assert_eq!(by_channel, total.tickets);
    }
}
