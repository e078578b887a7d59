//! The least team for a target, and one team of impatient customers, beside what is usually done: Erlang
//! C from log-gamma sums for each team tried, and Erlang A by integrating the wait numerically.
//!
//! `cargo bench -p aspa-staffing --bench queues`. Compare within one run, not with another machine.
#![expect(clippy::unwrap_used, reason = "a bench")]

use std::hint::black_box;

use aspa_staffing::deferred::{Duty, Work, least_agents};
use aspa_staffing::simulate::{Run, live};
use aspa_staffing::{Demand, ErlangA, ErlangC, Goal, ServiceLevel};
use chrono::{DateTime, TimeDelta};
use criterion::{Criterion, criterion_group, criterion_main};

/// 80 % within 20 s of calls of 5 minutes.
const SHARE: f64 = 0.8;
const WITHIN: f64 = 20.0;
const HANDLING: f64 = 300.0;

fn demand(load: f64) -> Demand {
    Demand::new(load * 12.0, TimeDelta::minutes(5)).unwrap()
}

fn goal() -> Goal {
    Goal::new(SHARE, TimeDelta::seconds(20)).unwrap()
}

/// ln(j!) by Stirling's series.
fn ln_factorial(j: f64) -> f64 {
    if j < 16.0 {
        return (1..=j as u32).map(|i| f64::from(i).ln()).sum();
    }
    j * j.ln() - j + 0.5 * (std::f64::consts::TAU * j).ln() + 1.0 / (12.0 * j)
        - 1.0 / (360.0 * j.powi(3))
}

/// The usual way: sum `a^j / j!` through logarithms for each team tried, upwards.
fn summed(load: f64) -> u32 {
    let mut agents = load as u32 + 1;
    loop {
        let n = f64::from(agents);
        let term = |j: f64| (j * load.ln() - load - ln_factorial(j)).exp();
        let below: f64 = (0..agents).map(|j| term(f64::from(j))).sum();
        let waiting = term(n) * n / (n - load);
        let wait = waiting / (below + waiting);
        if 1.0 - wait * (-(n - load) * WITHIN / HANDLING).exp() >= SHARE {
            return agents;
        }
        agents += 1;
    }
}

/// The recurrence of Erlang B begun anew for each team tried, upwards.
fn restarted(load: f64) -> u32 {
    let mut agents = load as u32 + 1;
    loop {
        let blocking = (1..=agents).fold(1.0, |b, n| load * b / (f64::from(n) + load * b));
        let n = f64::from(agents);
        let wait = n * blocking / (n - load * (1.0 - blocking));
        if 1.0 - wait * (-(n - load) * WITHIN / HANDLING).exp() >= SHARE {
            return agents;
        }
        agents += 1;
    }
}

fn least(c: &mut Criterion) {
    for (load, agents) in [(504.0, 517), (12_003.0, 12_024)] {
        let goal = goal();
        assert_eq!(
            ErlangC::least(demand(load), &goal).unwrap().agents(),
            agents
        );
        assert_eq!((summed(load), restarted(load)), (agents, agents));
        let mut group = c.benchmark_group(format!("least_agents_{agents}"));
        group.sample_size(20);
        group.bench_function("one_pass", |b| {
            b.iter(|| {
                ErlangC::least(demand(black_box(load)), &goal)
                    .unwrap()
                    .agents()
            });
        });
        group.bench_function("restarted", |b| b.iter(|| restarted(black_box(load))));
        if agents < 1000 {
            group.bench_function("log_gamma", |b| b.iter(|| summed(black_box(load))));
        }
        group.bench_function("one_pass_impatient", |b| {
            let patience = TimeDelta::minutes(3);
            b.iter(|| {
                ErlangA::least(demand(black_box(load)), patience, &goal)
                    .unwrap()
                    .agents()
            });
        });
        group.finish();
    }
}

/// The service level of all by the trapezoid rule over each length of the queue.
fn integrated(load: f64, agents: u32, patience: f64) -> f64 {
    let (arrivals, served) = (load / HANDLING, f64::from(agents) / HANDLING);
    let mut term = 1.0;
    let mut states = vec![term];
    for n in 1..=agents {
        term *= load / f64::from(n);
        states.push(term);
    }
    for k in 1..400 {
        term *= arrivals / (served + f64::from(k) / patience);
        states.push(term);
    }
    let total: f64 = states.iter().sum();
    let (free, queue) = states.split_at(agents as usize);
    let steps = 1000;
    let width = WITHIN / f64::from(steps);
    let mut level: f64 = free.iter().sum();
    for step in 0..=steps {
        let wait = f64::from(step) * width;
        let gone = 1.0 - (-wait / patience).exp();
        let mut scale = 1.0; // of B(s, k + 1), and (1 - y)^k
        let mut density = 0.0;
        for (k, state) in queue.iter().enumerate() {
            scale *= if k == 0 {
                served
            } else {
                gone * (served * patience / k as f64 + 1.0)
            };
            density += state * scale;
        }
        let edge = if step == 0 || step == steps { 0.5 } else { 1.0 };
        level += edge * width * density * (-served * wait - wait / patience).exp();
    }
    level / total
}

fn impatient(c: &mut Criterion) {
    let patience = TimeDelta::minutes(3);
    let within = TimeDelta::seconds(20);
    let exact = |agents| {
        let team = ErlangA::new(demand(black_box(50.0)), patience, agents).unwrap();
        team.service_level(ServiceLevel::AnsweredOfAll, within)
            .unwrap()
    };
    assert!((exact(50) - integrated(50.0, 50, 180.0)).abs() < 1e-6);
    let mut group = c.benchmark_group("erlang_a_50");
    group.bench_function("exact", |b| b.iter(|| exact(50)));
    group.sample_size(10);
    group.bench_function("integrated", |b| {
        b.iter(|| integrated(black_box(50.0), 50, 180.0))
    });
    group.finish();
}

fn deferred(c: &mut Criterion) {
    let at = |hour: i64| DateTime::UNIX_EPOCH + TimeDelta::hours(hour);
    let hours = 365 * 24;
    let work: Vec<Work> = (0..hours)
        .map(|hour| Work::new(at(hour), at(hour + 24), 3600 + (hour as u64 * 7919) % 5000))
        .collect();
    let duty: Vec<Duty> = (0..367)
        .map(|d| Duty::new(at(24 * d + 8), at(24 * d + 16)))
        .collect();
    let mut group = c.benchmark_group("deferred");
    group.sample_size(10);
    group.bench_function("a_year_of_hours", |b| {
        b.iter(|| least_agents(black_box(&work), &duty).unwrap().agents);
    });
    group.bench_function("simulate_100_000_contacts", |b| {
        let (patience, times) = (
            TimeDelta::minutes(3),
            (TimeDelta::seconds(20), TimeDelta::zero()),
        );
        let run = Run::new(90_910, 1).unwrap();
        b.iter(|| live(demand(50.0), Some(patience), 50, times, run).unwrap());
    });
    group.finish();
}

criterion_group!(benches, least, impatient, deferred);
criterion_main!(benches);
