//! Assigning after a capacity change, with a million tickets in line and five hundred people.
#![expect(clippy::unwrap_used, reason = "a bench may panic")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use aspa_ticket::assignment::{Agent, Need, Policy, Queue, Snapshot, Span, Waiting, assign};
use aspa_types::{AgentId, Tag, TicketId};
use chrono::{DateTime, TimeDelta, Utc};
use criterion::{Criterion, criterion_group, criterion_main};

const TICKETS: u32 = 1_000_000;
const AGENTS: u32 = 500;
const SKILLS: u32 = 100;

fn now() -> DateTime<Utc> {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

fn skill(i: u32) -> Tag {
    Tag::new(&format!("product/{}", i % SKILLS)).unwrap()
}

fn agent(i: u32) -> AgentId {
    AgentId::new(format!("agent-{i}")).unwrap()
}

/// A million tickets with a hundred different needs; five hundred people with five skills each, half
/// of them on shift, all at their capacity.
fn snapshot() -> Snapshot {
    let needs: Vec<Arc<[Need]>> = (0..SKILLS)
        .map(|i| [Need::skill(skill(i))].into())
        .collect();
    let shift = |i: u32| {
        let from = now() - TimeDelta::hours(if i.is_multiple_of(2) { 2 } else { 20 });
        let until = from + TimeDelta::hours(8);
        Span { from, until }
    };
    let seats = (0..AGENTS).map(|i| {
        let mut one = Agent::new(agent(i), 5).on(shift(i));
        one.skills = (0..5).map(|k| skill(i * 7 + k * 13)).collect();
        one.free().with_load(5)
    });
    let waiting = (0..TICKETS).map(|i| {
        let since = now() - TimeDelta::seconds(i64::from(i.wrapping_mul(2_654_435_761) % 604_800));
        let mut waiting = Waiting::new(TicketId::new(format!("t-{i}")).unwrap(), since);
        waiting.needs = needs[(i % SKILLS) as usize].clone();
        waiting.last_agent = Some(agent(i % AGENTS));
        waiting
    });
    Snapshot::new(seats, waiting)
}

fn after_a_capacity_change(c: &mut Criterion) {
    let policy = Policy::default();
    let snapshot = snapshot();
    let mut queue = Queue::of(policy.clone(), snapshot.clone());
    assert!(queue.assign(now()).is_empty());
    // Nobody's line runs empty in so many turns.
    const TURNS: u64 = 10_000;
    c.bench_function("queue_one_person_has_room_again", |b| {
        b.iter_custom(|times| {
            let mut spent = Duration::ZERO;
            for done in (0..times).step_by(TURNS as usize) {
                let mut queue = queue.clone();
                let begun = Instant::now();
                for turn in done..times.min(done + TURNS) {
                    let one = agent(turn as u32 * 2 % AGENTS);
                    queue.load(&one, 4);
                    assert_eq!(queue.assign(now()).len(), 1);
                }
                spent += begun.elapsed();
            }
            spent
        });
    });
    let mut times: Vec<Duration> = (0..500)
        .map(|i| {
            let begun = Instant::now();
            queue.load(&agent(i * 2 % AGENTS), 4);
            assert_eq!(queue.assign(now()).len(), 1);
            begun.elapsed()
        })
        .collect();
    times.sort();
    println!(
        "queue: p50 {:?}, p99 {:?}, worst {:?}",
        times[250], times[495], times[499]
    );
    let mut shift_begins = queue.clone();
    let begun = Instant::now();
    for i in 0..AGENTS {
        shift_begins.load(&agent(i), 0);
    }
    let given = shift_begins.assign(now()).len();
    println!(
        "queue: everybody free, {given} given in {:?}",
        begun.elapsed()
    );

    // A scan looks at everybody for every ticket: a hundredth of them is slow enough.
    let mut one = snapshot;
    one.waiting = one.waiting.into_iter().take(10_000).collect();
    if let Some(seat) = one.seats.get_mut(&agent(2)) {
        seat.load = 4;
    }
    let begun = Instant::now();
    let given = assign(&one, &policy, now()).assigned.len();
    println!(
        "plain scan of 10,000: one person has room again, {given} given in {:?}",
        begun.elapsed()
    );
}

criterion_group!(benches, after_a_capacity_change);
criterion_main!(benches);
