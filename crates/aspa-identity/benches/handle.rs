//! Taking user names apart and explaining them, a second.

use std::hint::black_box;

use aspa_identity::handle::{Lexicon, decode, explain, near_copy, tokens};
use aspa_identity::names;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const USER_NAMES: [&str; 12] = [
    "mvirtanen82",
    "virtanen_matti",
    "masa.v",
    "m4tt1v1rt4n3n",
    "mttvrtnn",
    "matvir",
    "nenatriv",
    "AngryMatti",
    "TheRealMattiV",
    "HappyKing5599",
    "darkcamera",
    "anneliliisakuusela",
];

const PEOPLE: [(&[&str], &str); 8] = [
    (&["matti"], "virtanen"),
    (&["anneli-liisa"], "kuusela"),
    (&["maria"], "koskela"),
    (&["sergey"], "kuznetsov"),
    (&["jennifer", "jenny"], "johnson"),
    (&["mikko"], "virtanen"),
    (&["matti"], "korhonen"),
    (&["ari"], "laine"),
];

/// The names of the crate's tables.
struct Tables;

impl Lexicon for Tables {
    fn given(&self, word: &str) -> f32 {
        names::given(word).unwrap_or(0.0)
    }

    fn family(&self, word: &str) -> f32 {
        names::family(word).unwrap_or(0.0)
    }

    fn formal(&self, word: &str, out: &mut Vec<String>) {
        out.extend(names::formal(word).iter().map(|name| (*name).to_owned()));
    }
}

fn handle(c: &mut Criterion) {
    let all: Vec<_> = USER_NAMES.iter().map(|name| tokens(name)).collect();
    let mut group = c.benchmark_group("handle");

    group.throughput(Throughput::Elements(USER_NAMES.len() as u64));
    group.bench_function("tokens", |b| {
        b.iter(|| {
            for name in USER_NAMES {
                black_box(tokens(black_box(name)));
            }
        });
    });
    group.bench_function("decode", |b| {
        b.iter(|| {
            for tokens in &all {
                black_box(decode(tokens, &Tables));
            }
        });
    });

    group.throughput(Throughput::Elements(
        (USER_NAMES.len() * PEOPLE.len()) as u64,
    ));
    group.bench_function("explain", |b| {
        b.iter(|| {
            for tokens in &all {
                for (given, family) in PEOPLE {
                    black_box(explain(tokens, given, family));
                }
            }
        });
    });

    group.throughput(Throughput::Elements(
        (USER_NAMES.len() * USER_NAMES.len()) as u64,
    ));
    group.bench_function("near_copy", |b| {
        b.iter(|| {
            for one in USER_NAMES {
                for other in USER_NAMES {
                    black_box(near_copy(one, other));
                }
            }
        });
    });
    group.finish();
}

criterion_group!(benches, handle);
criterion_main!(benches);
