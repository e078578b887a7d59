//! A million timers beside the structure one would write first, in one run:
//! `cargo bench -p aspa-sla --bench timers`.

use std::collections::{BTreeSet, HashMap};
use std::hint::black_box;
use std::time::Duration;

use aspa_sla::timers::Timers;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

const MILLION: u64 = 1_000_000;

/// The plain structure: what is armed in order, and under which instant each key stands.
#[derive(Clone, Default)]
struct Plain {
    order: BTreeSet<(i64, u64)>,
    at: HashMap<u64, i64>,
}

impl Plain {
    fn set(&mut self, key: u64, at: Option<i64>) {
        let before = match at {
            Some(at) => self.at.insert(key, at),
            None => self.at.remove(&key),
        };
        if let Some(before) = before {
            self.order.remove(&(before, key));
        }
        if let Some(at) = at {
            self.order.insert((at, key));
        }
    }

    fn due(&mut self, now: i64) -> Option<(u64, i64)> {
        let first = *self.order.first().filter(|first| first.0 <= now)?;
        self.order.remove(&first);
        self.at.remove(&first.1);
        Some((first.1, first.0))
    }
}

/// Scrambles a number: instants and keys without an order (the finaliser of SplitMix64).
fn scrambled(n: u64) -> u64 {
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

/// Each ticket's next instant within a month, to the second.
fn armed(seed: u64) -> impl Iterator<Item = (u64, i64)> {
    (0..MILLION).map(move |n| {
        (
            scrambled(n),
            (scrambled(n ^ seed) % 2_592_000).cast_signed(),
        )
    })
}

fn timers(c: &mut Criterion) {
    let ours: Timers = armed(1).collect();
    let mut plain = Plain::default();
    armed(1).for_each(|(key, at)| plain.set(key, Some(at)));

    let mut group = c.benchmark_group("timers_1m");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3));
    group.bench_function("rearm_all/aspa_bulk", |b| {
        b.iter_batched_ref(
            || ours.clone(),
            |timers| timers.rearm(armed(2).map(|(key, at)| (key, Some(at)))),
            BatchSize::LargeInput,
        );
    });
    group.bench_function("rearm_all/aspa_one_by_one", |b| {
        b.iter_batched_ref(
            || ours.clone(),
            |timers| armed(2).for_each(|(key, at)| timers.set(key, Some(at))),
            BatchSize::LargeInput,
        );
    });
    group.bench_function("rearm_all/btreeset_and_hashmap", |b| {
        b.iter_batched_ref(
            || plain.clone(),
            |timers| armed(2).for_each(|(key, at)| timers.set(key, Some(at))),
            BatchSize::LargeInput,
        );
    });
    group.bench_function("build/aspa", |b| {
        b.iter(|| armed(1).collect::<Timers>());
    });
    group.bench_function("build/btreeset_and_hashmap", |b| {
        b.iter(|| {
            let mut timers = Plain::default();
            armed(1).for_each(|(key, at)| timers.set(key, Some(at)));
            timers
        });
    });
    group.bench_function("due_all/aspa", |b| {
        b.iter_batched_ref(
            || ours.clone(),
            |timers| timers.due(i64::MAX).map(|due| black_box(due).0).max(),
            BatchSize::LargeInput,
        );
    });
    group.bench_function("due_all/btreeset_and_hashmap", |b| {
        b.iter_batched_ref(
            || plain.clone(),
            |timers| {
                std::iter::from_fn(|| timers.due(i64::MAX))
                    .map(|due| black_box(due).0)
                    .max()
            },
            BatchSize::LargeInput,
        );
    });
    group.bench_function("due_at_one_instant_100k/aspa", |b| {
        b.iter_batched_ref(
            || (0..100_000).map(|n| (scrambled(n), 7)).collect::<Timers>(),
            |timers| timers.due(7).map(|due| black_box(due).0).max(),
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, timers);
criterion_main!(benches);
