//! Which promise holds for which ticket, whom an escalation calls, and what was promised by Friday.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use aspa_channel::Audience;
use aspa_desk::Desk;
use aspa_sla::{
    ChangeMode, ClockKind, Policies, Policy, Promise, Stop, Target, Time, Verdict, When,
};
use aspa_store::{MemoryStore, Position, Store};
use aspa_ticket::{Actor, Category, Command, Disposition, EventKind, Priority, Ticket};
use aspa_types::Tag;
use chrono::TimeDelta;
use common::{Bench, Hand, agent, answers, asks, builder, event, minute, only};

fn us() -> Actor {
    Actor::Us(Some(agent("liisa")))
}

/// "We call you back" by then.
fn call_back_by(minutes: i64) -> Command {
    Command::Commit {
        commitment: "call back".into(),
        due: minute(minutes),
    }
}

fn called_back() -> Command {
    Command::EndCommitment {
        commitment: "call back".into(),
        kept: true,
    }
}

fn within(name: &str, minutes: i64) -> Promise {
    let within = TimeDelta::minutes(minutes);
    let target = Target::new(ClockKind::FirstResponse, within, Time::Calendar);
    Promise::new(name, None).target(target)
}

/// Late deliveries within 5 minutes, Finnish direct messages within 10, urgent matters within 15,
/// everything else within 60.
fn policies() -> Policies {
    Policies::new()
        .policy(Policy::new(
            When::new().tag(["delivery"]),
            within("delivery", 5),
        ))
        .policy(Policy::new(
            When::new().language(["fi"]).audience(["direct"]),
            within("finnish", 10),
        ))
        .policy(Policy::new(
            When::new().priority(["urgent"]),
            within("urgent", 15),
        ))
        .policy(within("everybody", 60))
}

fn bench(promise: impl Into<Policies>) -> Bench {
    Bench::with(|builder| builder.promise(promise))
}

fn target(desk: &Desk, ticket: &Ticket) -> (i64, String) {
    let clocks = desk.clocks(ticket).unwrap().clocks(desk.now());
    let clock = &clocks[0];
    assert_eq!(clock.kind, ClockKind::FirstResponse);
    (clock.target.num_minutes(), clock.policy.to_string())
}

#[tokio::test]
async fn the_first_policy_that_fits_what_is_known_holds() {
    for (language, audience, minutes, policy) in [
        (Some("fi"), Audience::Direct, 10, "finnish"),
        (Some("fi-FI"), Audience::Direct, 10, "finnish"),
        (Some("fi"), Audience::Public, 60, "everybody"),
        (Some("sv"), Audience::Direct, 60, "everybody"),
        (None, Audience::Direct, 60, "everybody"),
    ] {
        let bench = bench(policies());
        let mut message = asks("1", "c", "matti", 0);
        message.language = language.map(str::to_owned);
        message.audience = audience.clone();
        bench.tell([event(message)]).await;
        let ticket = only(&bench.desk).await;
        assert_eq!(
            target(&bench.desk, &ticket),
            (minutes, policy.to_owned()),
            "{language:?} {audience}"
        );
        let choice = bench.desk.policy(&ticket).unwrap();
        assert_eq!(choice.policy.as_deref(), Some(policy));
        assert_eq!(choice.misses.len(), if policy == "finnish" { 1 } else { 3 });
    }
}

#[tokio::test]
async fn a_tag_and_a_priority_change_the_promise_from_then_on_and_back() {
    let bench = bench(policies());
    bench.tell([event(asks("1", "c", "matti", 0))]).await;
    let ticket = only(&bench.desk).await;
    let urgent = Command::Prioritise {
        priority: Some(Priority::Urgent),
    };
    let tag = Tag::new("delivery/late").unwrap();
    let (put, take) = (Command::Tag { tag: tag.clone() }, Command::Untag { tag });
    for (at, command, minutes) in [(1, urgent, 15), (2, put, 5), (3, take, 15)] {
        bench.clock.0.set(minute(at));
        let ticket = bench.desk.command(&ticket.id, command, us()).await.unwrap();
        assert_eq!(target(&bench.desk, &ticket).0, minutes);
    }
    // The store's list knows too: the shortest promise now breaks a second after 15 minutes.
    let row = bench.desk.tickets(&Default::default()).await.unwrap();
    assert_eq!(row[0].breach_at, Some(minute(15) + TimeDelta::seconds(1)));
}

#[tokio::test]
async fn a_ticket_that_no_policy_fits_has_no_clocks_until_one_does() {
    let only_urgent = Policies::new().policy(Policy::new(
        When::new().priority(["urgent"]),
        within("urgent", 15),
    ));
    let bench = bench(only_urgent);
    bench.tell([event(asks("1", "c", "matti", 0))]).await;
    let ticket = only(&bench.desk).await;
    assert!(bench.desk.clocks(&ticket).is_none());
    assert_eq!(bench.desk.policy(&ticket).unwrap().policy, None);
    let command = Command::Prioritise {
        priority: Some(Priority::Urgent),
    };
    bench.clock.0.set(minute(5));
    let ticket = bench.desk.command(&ticket.id, command, us()).await.unwrap();
    let clocks = bench.desk.clocks(&ticket).unwrap().clocks(minute(5));
    assert_eq!(
        clocks[0].elapsed,
        TimeDelta::minutes(5),
        "since the message"
    );
}

#[tokio::test]
async fn an_escalation_fires_once_and_says_whom_it_calls() {
    let target = Target::new(
        ClockKind::FirstResponse,
        TimeDelta::minutes(10),
        Time::Calendar,
    )
    .warn_at(50)
    .escalate(TimeDelta::minutes(5), ["team lead", "anna"]);
    let bench = bench(Promise::new("test", None).target(target));
    bench.tell([event(asks("1", "c", "matti", 0))]).await;
    for (at, fired) in [(4, 0), (5, 1), (5, 0), (11, 1), (14, 0), (15, 1), (60, 0)] {
        bench.clock.0.set(minute(at));
        assert_eq!(bench.desk.tick().await.unwrap(), fired, "minute {at}");
    }
    let log = bench.store.log(Position(0), 1000).await.unwrap();
    let points: Vec<(String, Vec<String>)> = log
        .into_iter()
        .filter_map(|entry| match entry.event.kind {
            EventKind::ClockPassed { point, to, .. } => Some((point, to)),
            _ => None,
        })
        .collect();
    let whom = vec!["team lead".to_owned(), "anna".to_owned()];
    assert_eq!(
        points,
        [
            ("warn-1".to_owned(), vec![]),
            ("breach".to_owned(), vec![]),
            ("escalate-1".to_owned(), whom)
        ]
    );
}

#[tokio::test]
async fn a_commitment_has_a_clock_of_its_own_until_it_is_kept() {
    let bench = bench(within("everybody", 600));
    bench.tell([event(asks("1", "c", "matti", 0))]).await;
    let ticket = only(&bench.desk).await;
    bench
        .desk
        .command(&ticket.id, call_back_by(30), us())
        .await
        .unwrap();
    let wakeup = bench.store.next_wakeup().await.unwrap();
    assert_eq!(wakeup, Some(minute(30) + TimeDelta::seconds(1)));
    bench.clock.0.set(minute(31));
    assert_eq!(bench.desk.tick().await.unwrap(), 1);
    let ticket = bench
        .desk
        .command(&ticket.id, called_back(), us())
        .await
        .unwrap();
    let name = format!("{} 1 breach", ClockKind::custom("call back"));
    assert!(ticket.passed.contains(&name), "{:?}", ticket.passed);
    let clocks = bench.desk.clocks(&ticket).unwrap().clocks(minute(40));
    let call = clocks
        .iter()
        .find(|c| c.kind == ClockKind::custom("call back"))
        .unwrap();
    assert_eq!(call.verdict(), Verdict::Breached);
    assert_eq!(call.stopped.unwrap().at, minute(31));
    assert_ne!(call.stopped.unwrap().why, Stop::Cancelled);
}

#[tokio::test]
async fn the_order_in_which_tags_and_messages_come_changes_no_clock() {
    let told = [
        event(asks("1", "c", "matti", 0)),
        common::happened(
            1,
            aspa_channel::EventKind::action(
                common::thread("c"),
                common::person("matti"),
                Some(agent("liisa")),
                aspa_channel::Act::tag(Tag::new("delivery").unwrap()),
            ),
        ),
        event(asks("2", "c", "matti", 2)),
    ];
    let mut seen = Vec::new();
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]] {
        let bench = bench(policies());
        for n in order {
            bench.tell([told[n].clone()]).await;
        }
        let ticket = only(&bench.desk).await;
        seen.push(bench.desk.clocks(&ticket).unwrap().clocks(minute(30)));
        assert_eq!(target(&bench.desk, &ticket), (5, "delivery".to_owned()));
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:#?}");
}

#[test]
fn two_policies_of_one_name_are_refused() {
    let twice = Policies::new()
        .policy(within("a", 1))
        .policy(within("a", 2));
    let built = builder(MemoryStore::default(), &Hand::at(0))
        .promise(twice)
        .build();
    assert!(matches!(built, Err(aspa_desk::Error::Promise(_))));
}

#[tokio::test]
async fn who_writes_while_we_are_closed_is_told_in_his_language_when_we_open() {
    // The test's morning is a Monday, 08:00 by UTC.
    let hours = aspa_hours::Hours::new(chrono_tz::Europe::Helsinki)
        .open("Mo-Fr 08:00-18:00")
        .unwrap();
    let bench = bench(Promise::answer_within(TimeDelta::hours(1), hours));
    let mut message = asks("1", "c", "matti", 0);
    message.language = Some("fi".to_owned());
    bench.tell([event(message)]).await;
    let ticket = only(&bench.desk).await;
    assert_eq!(bench.desk.away_text(&ticket), None, "open");
    bench.clock.0.set(minute(9 * 60));
    let told = bench.desk.away_text(&ticket).unwrap();
    assert!(told.contains("huomenna klo 8"), "{told}");
}

async fn breach_at(desk: &Desk) -> Vec<chrono::DateTime<chrono::Utc>> {
    let rows = desk.tickets(&Default::default()).await.unwrap();
    rows.iter().map(|row| row.breach_at.unwrap()).collect()
}

#[tokio::test]
async fn after_a_change_of_the_promise_every_ticket_is_armed_anew() {
    let first = bench(within("an hour", 60));
    let asked = |n: i64| event(asks(&n.to_string(), &format!("c{n}"), "matti", 0));
    first.tell((0..3).map(asked)).await;
    let second = TimeDelta::seconds(1);
    assert_eq!(breach_at(&first.desk).await, [minute(60) + second; 3]);
    assert_eq!(first.desk.rearm().await.unwrap(), 0, "nothing has changed");

    let restarted = builder(first.store.clone(), &first.clock)
        .promise(within("ten minutes", 10))
        .build()
        .unwrap();
    assert_eq!(restarted.rearm().await.unwrap(), 3);
    assert_eq!(breach_at(&restarted).await, [minute(10) + second; 3]);
    assert_eq!(restarted.rearm().await.unwrap(), 0);
    first.clock.0.set(minute(11));
    assert_eq!(restarted.tick().await.unwrap(), 3);
    assert_eq!(
        restarted.rearm().await.unwrap(),
        0,
        "what has fired stays fired"
    );
}

/// Answered within an hour, what is urgent within 20 minutes: half of it warns, all of it calls.
fn two_speeds(mode: ChangeMode) -> Promise {
    let target = |minutes, whom: &str| {
        Target::new(
            ClockKind::FirstResponse,
            TimeDelta::minutes(minutes),
            Time::Calendar,
        )
        .warn_at(50)
        .escalate(TimeDelta::zero(), [whom])
    };
    Promise::new("two speeds", None)
        .target(target(60, "team"))
        .target(target(20, "duty").priority(["urgent"]))
        .change_mode(mode)
}

#[tokio::test]
async fn what_a_change_arms_anew_fires_again() {
    let cases = [
        // Late since the change; back to an hour, of which half is over; and late once more.
        (
            ChangeMode::Retroactive,
            [
                (30, "warn-1"),
                (31, "breach escalate-1>duty warn-1.2"),
                (32, "warn-1.3"),
                (62, "breach.2 escalate-1.2>team"),
            ],
        ),
        // What has fired stays fired.
        (
            ChangeMode::Carry,
            [
                (30, "warn-1"),
                (31, "breach escalate-1>duty"),
                (32, ""),
                (62, "breach.2"),
            ],
        ),
        // Half of 20 minutes is over 10 minutes after the change.
        (
            ChangeMode::Fresh,
            [(30, "warn-1"), (31, ""), (32, ""), (62, "warn-1.2")],
        ),
        (
            ChangeMode::Keep,
            [
                (30, "warn-1"),
                (31, ""),
                (32, ""),
                (62, "breach escalate-1>team"),
            ],
        ),
    ];
    for (mode, steps) in cases {
        let bench = bench(two_speeds(mode));
        bench.tell([event(asks("1", "c", "matti", 0))]).await;
        let ticket = only(&bench.desk).await;
        let mut seen = 0;
        for (at, expected) in steps {
            bench.clock.0.set(minute(at));
            let priority = match at {
                31 => Some(Some(Priority::Urgent)),
                32 => Some(None),
                _ => None,
            };
            if let Some(priority) = priority {
                let command = Command::Prioritise { priority };
                bench.desk.command(&ticket.id, command, us()).await.unwrap();
            }
            bench.desk.tick().await.unwrap();
            let log = bench.store.log(Position(0), 1000).await.unwrap();
            let kinds = log.into_iter().map(|entry| entry.event.kind);
            let all: Vec<String> = kinds
                .filter_map(|kind| match kind {
                    EventKind::ClockPassed { point, to, .. } if to.is_empty() => Some(point),
                    EventKind::ClockPassed { point, to, .. } => {
                        Some(format!("{point}>{}", to.join(",")))
                    }
                    _ => None,
                })
                .collect();
            let mut fired = all[seen..].to_vec();
            fired.sort_unstable();
            assert_eq!(fired.join(" "), expected, "{mode:?}, minute {at}");
            seen = all.len();
        }
    }
}

#[tokio::test]
async fn a_promise_to_somebody_we_wrote_to_first_has_its_clock() {
    let bench = bench(within("everybody", 600));
    bench.tell([event(answers("1", "c", "matti", 0))]).await;
    let ticket = only(&bench.desk).await;
    bench
        .desk
        .command(&ticket.id, call_back_by(30), us())
        .await
        .unwrap();
    let wakeup = bench.store.next_wakeup().await.unwrap();
    assert_eq!(wakeup, Some(minute(30) + TimeDelta::seconds(1)));
    bench.clock.0.set(minute(20));
    bench
        .desk
        .command(&ticket.id, called_back(), us())
        .await
        .unwrap();
    // It was kept, whenever the customer writes.
    bench.tell([event(asks("2", "c", "matti", 40))]).await;
    let ticket = only(&bench.desk).await;
    let state = bench.desk.clocks(&ticket).unwrap();
    let clocks = state.clocks(minute(50));
    let verdicts: Vec<(String, Verdict)> = clocks
        .iter()
        .map(|clock| (clock.kind.to_string(), clock.verdict()))
        .collect();
    assert_eq!(
        verdicts,
        [
            ("custom:call back".to_owned(), Verdict::Met),
            ("first_response".to_owned(), Verdict::Undecided)
        ]
    );
}

#[tokio::test]
async fn what_was_promised_is_kept_after_the_ticket_is_closed() {
    let bench = bench(within("everybody", 600));
    bench.tell([event(asks("1", "c", "matti", 0))]).await;
    let ticket = only(&bench.desk).await;
    for command in [call_back_by(30), Command::Close] {
        bench.desk.command(&ticket.id, command, us()).await.unwrap();
    }
    bench.clock.0.set(minute(31));
    assert_eq!(bench.desk.tick().await.unwrap(), 1, "it is late");
    assert_eq!(bench.desk.tick().await.unwrap(), 0, "once");
    bench
        .desk
        .command(&ticket.id, called_back(), us())
        .await
        .unwrap();
    let rows = bench.desk.tickets(&Default::default()).await.unwrap();
    assert_eq!((rows[0].breach_at, rows[0].timers.len()), (None, 0));
}

#[tokio::test]
async fn what_needs_no_answer_is_not_resolved_by_that() {
    let (bench, ticket) = Bench::asked().await;
    let needless = Command::Dispose {
        message: common::message("1"),
        disposition: Disposition::NeedsNoAnswer {
            why: "thanks".into(),
        },
    };
    bench.clock.0.set(minute(5));
    let ticket = bench
        .desk
        .command(&ticket.id, needless, us())
        .await
        .unwrap();
    assert_eq!(ticket.category, Category::Open);
    let clocks = bench.desk.clocks(&ticket).unwrap().clocks(minute(20));
    let stops: Vec<_> = clocks.iter().map(|c| c.stopped.map(|s| s.why)).collect();
    assert_eq!(stops, [Some(Stop::Cancelled), None]);
    assert_eq!(clocks[1].verdict(), Verdict::Undecided);
    let rows = bench.desk.tickets(&Default::default()).await.unwrap();
    assert_eq!(rows[0].breach_at, Some(minute(60) + TimeDelta::seconds(1)));
}

#[tokio::test]
async fn a_priority_that_switches_the_policy_changes_clocks_as_the_new_one_says() {
    let urgent = Policy::new(
        When::new().priority(["urgent"]),
        within("urgent", 45).change_mode(ChangeMode::Carry),
    );
    // By itself, everybody's promise would begin anew, and call what is urgent late.
    let target = Target::new(
        ClockKind::FirstResponse,
        TimeDelta::minutes(5),
        Time::Calendar,
    );
    let everybody = within("everybody", 60)
        .target(target.priority(["urgent"]))
        .change_mode(ChangeMode::Fresh);
    let bench = bench(Policies::new().policy(urgent).policy(everybody));
    bench.tell([event(asks("1", "c", "matti", 0))]).await;
    let ticket = only(&bench.desk).await;
    bench.clock.0.set(minute(30));
    let command = Command::Prioritise {
        priority: Some(Priority::Urgent),
    };
    let ticket = bench.desk.command(&ticket.id, command, us()).await.unwrap();
    let state = bench.desk.clocks(&ticket).unwrap();
    let clock = &state.clocks(minute(40))[0];
    assert_eq!(&*clock.policy, "urgent");
    assert_eq!(clock.remaining, TimeDelta::minutes(5));
    assert_eq!(state.breaches(minute(40)), []);
}

#[tokio::test]
async fn a_timer_that_an_old_ticket_no_longer_wants_is_gone_once_it_is_due() {
    let call = Target::new(
        ClockKind::custom("call back"),
        TimeDelta::minutes(30),
        Time::Calendar,
    );
    let first = bench(within("everybody", 600).target(call.warn_at(50)));
    first.tell([event(asks("1", "c", "matti", 0))]).await;
    let ticket = only(&first.desk).await;
    for command in [call_back_by(60), Command::Close] {
        first.desk.command(&ticket.id, command, us()).await.unwrap();
    }
    // Another ticket follows it up, and the promise no longer warns.
    first.clock.0.set(minute(1));
    first.tell([event(asks("2", "c", "matti", 1))]).await;
    let restarted = builder(first.store.clone(), &first.clock)
        .promise(within("everybody", 600))
        .build()
        .unwrap();
    let tickets = common::all(&first.desk).await;
    assert_eq!(tickets.len(), 2);
    first.clock.0.set(minute(30));
    assert_eq!(first.store.next_wakeup().await.unwrap(), Some(minute(30)));
    assert_eq!(restarted.tick().await.unwrap(), 0);
    let breach = minute(60) + TimeDelta::seconds(1);
    assert_eq!(first.store.next_wakeup().await.unwrap(), Some(breach));
}
