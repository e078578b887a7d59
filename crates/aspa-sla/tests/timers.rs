//! Timers behave as a plain map, whatever is done to them, and stay small.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};

use aspa_hours::Hours;
use aspa_sla::timers::{Timers, when_open};
use proptest::prelude::*;

/// The same by the plainest means.
#[derive(Debug, Default)]
struct Model {
    by_key: BTreeMap<u64, i64>,
}

impl Model {
    fn set(&mut self, key: u64, at: Option<i64>) {
        match at {
            Some(at) => self.by_key.insert(key, at),
            None => self.by_key.remove(&key),
        };
    }

    fn in_order(&self) -> BTreeSet<(i64, u64)> {
        self.by_key.iter().map(|(&key, &at)| (at, key)).collect()
    }

    fn due(&mut self, now: i64, at_most: usize) -> Vec<(u64, i64)> {
        let due = self.in_order();
        let due = due.into_iter().take_while(|(at, _)| *at <= now);
        let due: Vec<_> = due.take(at_most).map(|(at, key)| (key, at)).collect();
        due.iter().for_each(|(key, _)| self.set(*key, None));
        due
    }
}

#[derive(Debug, Clone)]
enum Step {
    Set(u64, Option<i64>),
    Rearm(Vec<(u64, Option<i64>)>),
    Due(i64, usize),
}

/// Few keys and fewer instants: many are armed again, taken off and tied. Some are extreme.
fn timer(keys: u64) -> impl Strategy<Value = (u64, Option<i64>)> {
    let key = prop_oneof![20 => 0..keys, 1 => Just(u64::MAX)];
    let at = prop_oneof![
        20 => (0_i64..40).prop_map(Some),
        1 => Just(Some(i64::MIN)),
        1 => Just(Some(i64::MAX)),
        8 => Just(None),
    ];
    (key, at)
}

fn steps(keys: u64) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        30 => timer(keys).prop_map(|(key, at)| Step::Set(key, at)),
        2 => proptest::collection::vec(timer(keys), 0..300).prop_map(Step::Rearm),
        2 => (-1_i64..50, 0_usize..60).prop_map(|(now, n)| Step::Due(now, n)),
    ];
    proptest::collection::vec(step, 0..400)
}

fn agree(steps: Vec<Step>) {
    let (mut timers, mut model) = (Timers::new(), Model::default());
    for step in steps {
        match step {
            Step::Set(key, at) => {
                timers.set(key, at);
                model.set(key, at);
                assert_eq!(timers.get(key), at);
            }
            Step::Rearm(list) => {
                timers.rearm(list.clone());
                list.into_iter().for_each(|(key, at)| model.set(key, at));
            }
            Step::Due(now, n) => {
                let due: Vec<_> = timers.due(now).take(n).collect();
                assert_eq!(due, model.due(now, n));
            }
        }
        assert_eq!(timers.len(), model.by_key.len());
        assert_eq!(timers.is_empty(), model.by_key.is_empty());
        assert_eq!(timers.next_wakeup(), model.by_key.values().min().copied());
    }
    // A broken order could yield one of them for ever.
    let left: Vec<_> = timers.due(i64::MAX).take(10_000).collect();
    assert_eq!(left, model.due(i64::MAX, usize::MAX));
    assert!(timers.is_empty());
    assert_eq!(timers.next_wakeup(), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Thirty keys stay around the size at which the first level comes and goes, five hundred around
    /// that of the second.
    #[test]
    fn timers_behave_as_a_plain_map(few in steps(30), many in steps(500)) {
        agree(few);
        agree(many);
    }
}

#[test]
fn a_map_that_shrinks_and_grows_over_every_size_keeps_its_order() {
    for size in (0..40).chain(230..300) {
        let (mut timers, mut model) = (Timers::new(), Model::default());
        for key in 0..size {
            // Both orders of arrival, and ties.
            let at = if key % 2 == 0 { 1000 - key } else { key } / 3;
            timers.set(key, Some(at as i64));
            model.set(key, Some(at as i64));
        }
        let half = size as usize / 2;
        let due: Vec<_> = timers.due(i64::MAX).take(half).collect();
        assert_eq!(due, model.due(i64::MAX, half), "{size}");
        for key in (0..size).step_by(3) {
            timers.set(key, Some(-5));
            model.set(key, Some(-5));
        }
        let due: Vec<_> = timers.due(i64::MAX).take(10_000).collect();
        assert_eq!(due, model.due(i64::MAX, usize::MAX), "{size}");
    }
}

#[test]
fn a_hundred_thousand_timers_at_one_instant_come_by_key() {
    let keys = 0..100_000_u64;
    let scattered = |key: u64| key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut timers: Timers = keys.clone().map(|key| (scattered(key), 42)).collect();
    assert_eq!(timers.due(41).next(), None);
    let came: Vec<_> = timers.due(42).collect();
    let mut expected: Vec<_> = keys.map(|key| (scattered(key), 42)).collect();
    expected.sort_unstable();
    assert_eq!(came, expected);
}

#[test]
fn a_panic_while_many_are_armed_leaves_those_before_it_armed() {
    let mut timers: Timers = (0..1000).map(|key| (key, 500)).collect();
    let bad = (0..20).map(|key| {
        assert!(key < 10, "a source that fails");
        (key, Some(key as i64))
    });
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| timers.rearm(bad)));
    assert!(failed.is_err());
    assert_eq!(timers.next_wakeup(), Some(0));
    assert_eq!(timers.due(400).count(), 10);
    assert_eq!(timers.len(), 990);
}

#[test]
fn a_reminder_waits_for_opening_and_quiet_hours_are_waited_out() {
    let hours = Hours::new(chrono_tz::Europe::Helsinki)
        .open("Mon-Fri 08:00-18:00")
        .unwrap();
    let calendar = hours.build().unwrap();
    let at = |text: &str| {
        text.parse::<chrono::DateTime<chrono::Utc>>()
            .unwrap()
            .timestamp()
    };
    let friday_evening = at("2026-11-20T18:00:00+02:00");
    let monday = at("2026-11-23T08:00:00+02:00");
    assert_eq!(when_open(&calendar, friday_evening), Some(monday));
    assert_eq!(
        when_open(&calendar, friday_evening - 1),
        Some(friday_evening - 1)
    );
    let never = Hours::new(chrono_tz::Europe::Helsinki).build().unwrap();
    assert_eq!(when_open(&never, monday), None);
    assert_eq!(when_open(&calendar, i64::MAX), None);
}
