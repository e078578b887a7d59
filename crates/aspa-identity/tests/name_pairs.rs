//! Pairs of names, written before the tables were, that are one person's or two people's as a
//! reader of a profile and a customer record would say.

use std::collections::BTreeMap;

use aspa_identity::names::{Name, similarity};

/// From here on two names are taken for one person's.
const THRESHOLD: f64 = 0.75;
/// The same for plain Jaro-Winkler, where it does best.
const PLAIN_THRESHOLD: f64 = 0.85;

struct Pair {
    is_same: bool,
    kind: String,
    ours: f64,
    plain: f64,
    text: String,
}

#[expect(clippy::expect_used, reason = "a test without its pairs cannot go on")]
fn pairs() -> Vec<Pair> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/name_pairs.csv");
    let mut file = csv::Reader::from_path(path).expect("the pairs are there");
    let read = file.records().map(|row| {
        let row = row.expect("a row of text");
        let (a, b) = (Name::parse(&row[0]), Name::parse(&row[1]));
        assert!(
            (similarity(&a, &b) - similarity(&b, &a)).abs() < 1e-9,
            "{row:?}"
        );
        Pair {
            is_same: &row[2] == "same",
            kind: format!("{} {}", &row[2], &row[3]),
            ours: similarity(&a, &b),
            plain: strsim::jaro_winkler(&row[0].to_lowercase(), &row[1].to_lowercase()),
            text: format!("{} / {}", &row[0], &row[1]),
        }
    });
    read.collect()
}

/// Precision, recall and F1 of taking pairs from a score on for the same.
fn measure(pairs: &[Pair], score: impl Fn(&Pair) -> f64, threshold: f64) -> (f64, f64, f64) {
    let count = |of: &dyn Fn(&&Pair) -> bool| pairs.iter().filter(of).count() as f64;
    let right = count(&|pair| score(pair) >= threshold && pair.is_same);
    let found = count(&|pair| score(pair) >= threshold);
    let precision = right / found.max(1.0);
    let recall = right / count(&|pair| pair.is_same);
    (
        precision,
        recall,
        2.0 * precision * recall / (precision + recall),
    )
}

fn best(pairs: &[Pair], score: impl Fn(&Pair) -> f64) -> f64 {
    let thresholds = (1..100).map(|percent| f64::from(percent) / 100.0);
    thresholds
        .map(|t| measure(pairs, &score, t).2)
        .fold(0.0, f64::max)
}

#[test]
fn one_person_is_told_from_two() {
    let pairs = pairs();
    assert!(pairs.len() >= 1000);
    let ours = measure(&pairs, |pair| pair.ours, THRESHOLD);
    let plain = measure(&pairs, |pair| pair.plain, PLAIN_THRESHOLD);
    println!("ours  P {:.3} R {:.3} F1 {:.3}", ours.0, ours.1, ours.2);
    println!("plain P {:.3} R {:.3} F1 {:.3}", plain.0, plain.1, plain.2);
    println!(
        "best F1: ours {:.3}, plain {:.3}",
        best(&pairs, |p| p.ours),
        best(&pairs, |p| p.plain)
    );
    let mut kinds: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for pair in &pairs {
        let (right, all) = kinds.entry(&pair.kind).or_default();
        let is_right = (pair.ours >= THRESHOLD) == pair.is_same;
        (*right, *all) = (*right + u32::from(is_right), *all + 1);
        if !is_right {
            println!("{:.2} {} {}", pair.ours, pair.kind, pair.text);
        }
    }
    for (kind, (right, all)) in kinds {
        println!("{kind}: {right} of {all}");
    }
    assert!(ours.0 >= 0.965, "precision {:.3}", ours.0);
    assert!(ours.1 >= 0.975, "recall {:.3}", ours.1);
    assert!(ours.2 > plain.2 + 0.2);
}
