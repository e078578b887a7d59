//! Which promise holds for which ticket, whom an escalation calls, and what was promised by Friday.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use aspa_channel::Audience;
use aspa_desk::Desk;
use aspa_sla::{ClockKind, Policies, Policy, Promise, Stop, Target, Time, Verdict, When};
use aspa_store::{MemoryStore, Position, Store};
use aspa_ticket::{Actor, Command, EventKind, Priority, Ticket};
use aspa_types::Tag;
use chrono::TimeDelta;
use common::{Bench, Hand, agent, asks, builder, event, minute, only};

fn us() -> Actor {
    Actor::Us(Some(agent("liisa")))
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
    let commit = Command::Commit {
        commitment: "call back".into(),
        due: minute(30),
    };
    bench.desk.command(&ticket.id, commit, us()).await.unwrap();
    let wakeup = bench.store.next_wakeup().await.unwrap();
    assert_eq!(wakeup, Some(minute(30) + TimeDelta::seconds(1)));
    bench.clock.0.set(minute(31));
    assert_eq!(bench.desk.tick().await.unwrap(), 1);
    let end = Command::EndCommitment {
        commitment: "call back".into(),
        kept: true,
    };
    let ticket = bench.desk.command(&ticket.id, end, us()).await.unwrap();
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
