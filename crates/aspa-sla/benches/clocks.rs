//! Replay, explanation and choice of a policy.
//!
//! `events` is the least that any replay has to do: copy the events of the ticket. `ask_each_second`
//! is what a replay without running sums would do: look at every second of three clocks' lives.
#![expect(clippy::unwrap_used, reason = "a bench may panic")]

use std::hint::black_box;

use aspa_hours::Hours;
use aspa_sla::{
    ChangeMode, ClockKind, Event, EventKind, Facts, Policies, Policy, Promise, ReplyKind, Sla,
    Status, Target, Time, When,
};
use chrono::{DateTime, TimeDelta, Utc};
use criterion::{Criterion, criterion_group, criterion_main};

fn at(hours: i64) -> DateTime<Utc> {
    "2026-11-16T07:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hours)
}

fn promise(name: &str) -> Promise {
    let hours = Hours::new(chrono_tz::Europe::Helsinki)
        .open("Mo-Fr 08:00-12:00,13:00-18:00")
        .unwrap();
    Promise::new(name, hours)
        .target(
            Target::new(
                ClockKind::FirstResponse,
                TimeDelta::hours(8),
                Time::Business,
            )
            .warn_at(50),
        )
        .target(
            Target::new(ClockKind::NextResponse, TimeDelta::hours(8), Time::Business).warn_at(50),
        )
        .target(
            Target::new(ClockKind::Resolution, TimeDelta::hours(60), Time::Business).warn_at(75),
        )
}

/// A question, two more, and their answers, over four days; each answer waits for the customer.
fn ticket() -> Vec<Event> {
    let answer = EventKind::Reply(ReplyKind::Answer);
    let pending = EventKind::Status(Status::Pending);
    let events = [
        (0, EventKind::Created),
        (0, EventKind::CustomerMessage),
        (1, EventKind::Assigned(Some("anna".into()))),
        (2, answer.clone()),
        (2, pending.clone()),
        (20, EventKind::CustomerMessage),
        (26, answer.clone()),
        (26, pending),
        (50, EventKind::CustomerMessage),
        (75, answer),
    ];
    events
        .into_iter()
        .map(|(hours, kind)| Event::new(at(hours), kind))
        .collect()
}

/// The same with two changes of priority in mid-flight, in the place of two of its events.
fn changed() -> Vec<Event> {
    let mut events = ticket();
    events[2].kind = EventKind::Priority(Some("high".into()));
    events[7].kind = EventKind::Priority(None);
    events
}

fn ask_each_second(sla: &Sla, events: &[Event]) -> i64 {
    let (from, to) = (events[0].at.timestamp(), events[9].at.timestamp());
    (from..to)
        .filter(|second| sla.calendar().is_open(*second))
        .count() as i64
        * 3
}

fn clocks(c: &mut Criterion) {
    let sla = promise("one").compile().unwrap();
    let (events, now) = (ticket(), at(80));
    let state = sla.replay(&events).unwrap();
    assert_eq!(state.clocks(now).len(), 4);

    let mut group = c.benchmark_group("replay_10_events_3_clocks");
    group.bench_function("events", |b| b.iter(|| black_box(&events).to_vec()));
    group.bench_function("aspa", |b| {
        b.iter(|| sla.replay(black_box(&events)).unwrap());
    });
    group.bench_function("aspa_and_next_wakeup", |b| {
        b.iter(|| sla.replay(black_box(&events)).unwrap().next_wakeup(now));
    });
    for mode in [ChangeMode::Retroactive, ChangeMode::Carry] {
        let sla = promise("one").change_mode(mode).compile().unwrap();
        let events = changed();
        group.bench_function(format!("aspa_two_changes_{mode:?}"), |b| {
            b.iter(|| sla.replay(black_box(&events)).unwrap());
        });
    }
    group.sample_size(10);
    group.bench_function("ask_each_second", |b| {
        b.iter(|| ask_each_second(&sla, black_box(&events)));
    });
    group.finish();

    let mut group = c.benchmark_group("state");
    group.bench_function("clocks", |b| b.iter(|| black_box(&state).clocks(now)));
    group.bench_function("next_wakeup", |b| {
        b.iter(|| black_box(&state).next_wakeup(now))
    });
    let resolution = ClockKind::Resolution;
    assert!(state.explain(now, &resolution, 1).unwrap().spans.len() > 10);
    group.bench_function("explain_resolution_of_four_days", |b| {
        b.iter(|| black_box(&state).explain(now, &resolution, 1));
    });
    group.finish();

    let mut policies = Policies::new();
    for n in 0..9 {
        let when = When::new().tier([format!("tier {n}")]).channel(["email"]);
        policies = policies.policy(Policy::new(when, promise(&format!("policy {n}"))));
    }
    policies = policies.policy(promise("everybody"));
    let first = Facts::new().tier("tier 0").channel("email").language("fi");
    let last = Facts::new().tier("none").channel("email").language("fi");
    let mut group = c.benchmark_group("choose_of_10");
    group.bench_function("first", |b| b.iter(|| policies.choose(black_box(&first))));
    group.bench_function("last_with_9_misses", |b| {
        b.iter(|| policies.choose(black_box(&last)));
    });
    group.finish();
}

criterion_group!(benches, clocks);
criterion_main!(benches);
