//! Parsing and comparing names, beside Jaro-Winkler on the same pairs.

use std::hint::black_box;

use aspa_identity::names::{Name, Word, compare_words, fold, similarity, skeleton};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const PEOPLE: [&str; 16] = [
    "Matti Virtanen",
    "Masa Virtanen",
    "Mikko Korhonen",
    "Anna Koskela",
    "Jennifer Johnson",
    "Sergey Kuznetsov",
    "Maria Garcia",
    "Lars Andersson",
    "Wolfgang Schneider",
    "Toomas Kaasik",
    "mattivirtanen",
    "Virtanen Matti",
    "M. Virtanen",
    "Anna Koskela-Laine",
    "Juha Pekka Salo",
    "Jenifer Jonhson",
];

fn names(c: &mut Criterion) {
    let parsed: Vec<Name> = PEOPLE.iter().map(|text| Name::parse(text)).collect();
    let words: Vec<Word> = parsed
        .iter()
        .flat_map(|name| name.words().to_vec())
        .collect();
    let mut group = c.benchmark_group("names");

    group.throughput(Throughput::Elements(PEOPLE.len() as u64));
    group.bench_function("fold", |b| {
        b.iter(|| PEOPLE.map(|text| fold(black_box(text))))
    });
    group.bench_function("skeleton", |b| {
        b.iter(|| PEOPLE.map(|text| skeleton(black_box(text))))
    });
    group.bench_function("parse", |b| {
        b.iter(|| PEOPLE.map(|text| Name::parse(black_box(text))))
    });
    group.bench_function("parse Cyrillic", |b| {
        b.iter(|| [(); 16].map(|()| Name::parse(black_box("Сергей Кузнецов"))));
    });

    group.throughput(Throughput::Elements((words.len() * words.len()) as u64));
    group.bench_function("compare_words", |b| {
        b.iter(|| {
            for x in &words {
                for y in &words {
                    black_box(compare_words(x, y));
                }
            }
        });
    });
    group.throughput(Throughput::Elements((parsed.len() * parsed.len()) as u64));
    group.bench_function("similarity", |b| {
        b.iter(|| {
            for x in &parsed {
                for y in &parsed {
                    black_box(similarity(x, y));
                }
            }
        });
    });
    group.bench_function("Jaro-Winkler (strsim)", |b| {
        b.iter(|| {
            for x in PEOPLE {
                for y in PEOPLE {
                    black_box(strsim::jaro_winkler(black_box(x), black_box(y)));
                }
            }
        });
    });
    group.finish();
}

criterion_group!(benches, names);
criterion_main!(benches);
