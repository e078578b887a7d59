//! How a throttle keeps an account within what its network takes.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::VecDeque;
use std::time::Duration;

use aspa_http::{Purpose, Signals, Throttle, Throttled};
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderName, StatusCode};
use proptest::prelude::*;

use Purpose::{Effect, Read};

const NOW: Duration = Duration::ZERO;

fn start() -> DateTime<Utc> {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

fn after(seconds: i64) -> DateTime<Utc> {
    start() + TimeDelta::seconds(seconds)
}

fn said(status: u16, headers: &[(&str, i64)], now: DateTime<Utc>) -> Signals {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(HeaderName::try_from(*name).unwrap(), (*value).into());
    }
    Signals::read(StatusCode::from_u16(status).unwrap(), &map, now)
}

fn send(throttle: &Throttle, purpose: Purpose, now: DateTime<Utc>) -> Result<(), Throttled> {
    throttle.pass(None, purpose, now, NOW).map(drop)
}

fn waits(throttle: &Throttle, purpose: Purpose, now: DateTime<Utc>) -> i64 {
    match throttle.pass(None, purpose, now, NOW) {
        Ok(_) => 0,
        Err(refused) => (refused.until - now).num_seconds(),
    }
}

#[test]
fn nothing_goes_out_before_the_network_takes_more() {
    let throttle = Throttle::default();
    let pass = throttle.pass(None, Read, start(), NOW).unwrap();
    pass.answered(&said(429, &[("retry-after", 900)], start()), start());
    for purpose in [Read, Effect] {
        assert_eq!(waits(&throttle, purpose, after(1)), 899, "{purpose:?}");
    }
    assert_eq!(throttle.held_until(None, after(1)), Some(after(900)));
    assert!(send(&throttle, Effect, after(900)).is_ok());
    assert_eq!(throttle.held_until(None, after(900)), None);
}

#[test]
fn without_a_hint_the_wait_doubles_with_each_refusal_and_not_with_those_under_way_together() {
    let throttle = Throttle::default();
    let mut now = start();
    for seconds in [30, 60, 120, 240, 480, 900, 900] {
        let together: Vec<_> = (0..5)
            .map(|_| throttle.pass(None, Read, now, NOW).unwrap())
            .collect();
        for pass in together {
            pass.answered(&said(429, &[], now), now);
        }
        assert_eq!(waits(&throttle, Effect, now), seconds);
        now += TimeDelta::seconds(seconds);
    }
    throttle
        .pass(None, Read, now, NOW)
        .unwrap()
        .answered(&said(200, &[], now), now);
    throttle.heard(None, &said(429, &[], now), now);
    assert_eq!(
        waits(&throttle, Read, now),
        30,
        "something went through in between"
    );
}

#[test]
fn a_refusal_that_asks_for_no_wait_gets_one_all_the_same() {
    let throttle = Throttle::default();
    throttle.heard(None, &said(429, &[("retry-after", 0)], start()), start());
    assert_eq!(waits(&throttle, Effect, start()), 1);
}

#[test]
fn what_is_left_is_spread_over_the_time_left_and_the_last_tenth_is_for_effects() {
    let quota = |left: i64| {
        let throttle = Throttle::default();
        let pass = throttle.pass(None, Read, start(), NOW).unwrap();
        let headers = [
            ("x-ratelimit-limit", 100),
            ("x-ratelimit-remaining", left),
            ("x-ratelimit-reset", 300),
        ];
        pass.answered(&said(200, &headers, start()), start());
        throttle
    };
    // (left, a read waits, an effect waits), in seconds
    for (left, read, effect) in [
        (90, 0, 0),
        (51, 0, 0),
        (50, 7, 0),
        (20, 30, 0),
        (11, 300, 0),
        (10, 300, 0),
        (1, 300, 0),
        (0, 300, 300),
    ] {
        assert_eq!(waits(&quota(left), Read, start()), read, "{left} left");
        assert_eq!(waits(&quota(left), Effect, start()), effect, "{left} left");
    }
    // The reserve itself is spread.
    let throttle = quota(10);
    assert!(send(&throttle, Effect, start()).is_ok());
    assert_eq!(waits(&throttle, Effect, start()), 33);
    // Anew.
    assert!(send(&throttle, Read, after(300)).is_ok());
}

#[test]
fn what_is_under_way_is_counted_before_the_network_counts_it() {
    let throttle = Throttle::default();
    let first = throttle.pass(None, Effect, start(), NOW).unwrap();
    let _under_way: Vec<_> = (0..3)
        .map(|_| throttle.pass(None, Effect, start(), NOW).unwrap())
        .collect();
    let headers = [
        ("x-ratelimit-limit", 300),
        ("x-ratelimit-remaining", 3),
        ("x-ratelimit-reset", 60),
    ];
    first.answered(&said(200, &headers, start()), start());
    assert_eq!(waits(&throttle, Effect, start()), 60);
}

#[test]
fn usage_slows_reads_and_stops_everything_when_it_is_full() {
    let usage = |percent: u16| {
        let throttle = Throttle::default();
        let pass = throttle.pass(None, Read, start(), NOW).unwrap();
        let mut told = Signals::default();
        told.usage = Some(percent);
        pass.answered(&told, start());
        throttle
    };
    for (percent, read, effect) in [
        (74, 0, 0),
        (75, 1, 0),
        (80, 2, 0),
        (99, 16, 0),
        (100, 300, 300),
        (130, 300, 300),
    ] {
        assert_eq!(waits(&usage(percent), Read, start()), read, "{percent} %");
        assert_eq!(
            waits(&usage(percent), Effect, start()),
            effect,
            "{percent} %"
        );
        assert_eq!(waits(&usage(percent), Read, after(301)), 0, "{percent} %");
    }
}

#[test]
fn buckets_are_apart_until_the_network_says_that_they_are_one() {
    let throttle = Throttle::default();
    let full = |bucket: Option<&str>| {
        let mut told = said(429, &[("retry-after", 60)], start());
        told.bucket = bucket.map(str::to_owned);
        told
    };
    let free = |bucket| throttle.pass(Some(bucket), Effect, start(), NOW).is_ok();
    throttle.heard(Some("send"), &full(None), start());
    assert!(!free("send") && free("delete") && send(&throttle, Effect, start()).is_ok());
    let mut one = Signals::default();
    one.bucket = Some("abc".to_owned());
    throttle.heard(Some("delete"), &one, start());
    throttle.heard(Some("send"), &one, start());
    assert!(!free("send") && !free("delete") && free("other"));
    let mut all = full(None);
    all.global = true;
    throttle.heard(Some("send"), &all, start());
    assert!(!free("other") && send(&throttle, Read, start()).is_err());
}

#[test]
fn whoever_waits_goes_first() {
    let throttle = Throttle::default().limited("", 8, Duration::from_secs(60));
    let patience = Duration::from_secs(100);
    let given: Vec<_> = (0..10)
        .map(|_| throttle.pass(None, Read, start(), patience).unwrap().at())
        .collect();
    assert!(given.windows(2).all(|pair| pair[0] <= pair[1]), "{given:?}");
    let impatient = throttle
        .pass(None, Read, start(), Duration::from_secs(1))
        .unwrap_err();
    assert!(impatient.until > given[9]);
    let next = throttle.pass(None, Read, start(), patience).unwrap().at();
    assert_eq!(
        next, impatient.until,
        "nothing was counted for who did not wait"
    );
}

#[test]
fn names_that_never_end_do_not_fill_the_memory() {
    let throttle = Throttle::default();
    for n in 0..5000 {
        let mut told = said(429, &[("retry-after", 900)], start());
        told.bucket = Some(format!("theirs {n}"));
        let bucket = format!("ours {n}");
        throttle.heard(Some(&bucket), &told, start());
        let _ = throttle.pass(Some(&bucket), Read, start(), NOW);
    }
    let kept = serde_json::to_string(&throttle.snapshot()).unwrap();
    assert!(kept.len() < 200_000, "{} bytes", kept.len());
}

#[test]
fn what_was_kept_is_believed_for_a_month_and_what_is_no_state_is_refused() {
    let far = r#"{"whole":{"until":"2999-01-01T00:00:00Z"},"what a later version wrote":7}"#;
    let throttle = Throttle::default();
    throttle.restore(serde_json::from_str(far).unwrap(), start());
    assert_eq!(
        throttle.held_until(None, start()),
        Some(start() + TimeDelta::days(31))
    );
    assert!(Throttle::default().snapshot().is_empty());
}

/// A network with a fixed window that counts everything, refuses what is over and reports what is left.
struct Strict {
    limit: i64,
    window: i64,
    used: i64,
    until: i64,
}

impl Strict {
    fn take(&mut self, second: i64) -> Signals {
        if second >= self.until {
            (self.until, self.used) = (second - second % self.window + self.window, 0);
        }
        self.used += 1;
        let left = (self.limit - self.used).max(0);
        let headers = [
            ("x-ratelimit-limit", self.limit),
            ("x-ratelimit-remaining", left),
            ("x-ratelimit-reset", after(self.until).timestamp()),
        ];
        said(
            if self.used > self.limit { 429 } else { 200 },
            &headers,
            after(second),
        )
    }
}

/// What is tried: so much later, for this purpose, with so much patience, in seconds.
fn tries() -> impl Strategy<Value = Vec<(u32, bool, u64)>> {
    prop::collection::vec(
        (
            prop_oneof![Just(0), 0_u32..4, 0_u32..90],
            any::<bool>(),
            0_u64..20,
        ),
        1..300,
    )
}

proptest! {
    #[test]
    fn no_time_of_that_length_sees_more_than_a_documented_limit(tries in tries(), limit in 1_u32..40, seconds in 1_u64..120) {
        let throttle = Throttle::default().limited("", limit, Duration::from_secs(seconds));
        let (mut now, mut sent) = (start(), Vec::new());
        for (later, effect, patience) in tries {
            now += TimeDelta::seconds(later.into());
            let purpose = if effect { Effect } else { Read };
            if let Ok(pass) = throttle.pass(None, purpose, now, Duration::from_secs(patience)) {
                sent.push(pass.at());
            }
        }
        sent.sort();
        let mut window = VecDeque::new();
        for at in sent {
            window.push_back(at);
            while at - window[0] > TimeDelta::seconds(i64::try_from(seconds).unwrap()) {
                window.pop_front();
            }
            prop_assert!(window.len() <= limit as usize, "{window:?}");
        }
    }

    #[test]
    fn a_network_that_reports_its_quota_never_has_to_refuse(tries in tries(), limit in 1_i64..60, window in 1_i64..300) {
        let throttle = Throttle::default();
        let mut network = Strict { limit, window, used: 0, until: 0 };
        let mut second = 0;
        for (later, effect, _) in tries {
            second += i64::from(later);
            let now = after(second);
            let purpose = if effect { Effect } else { Read };
            if let Ok(pass) = throttle.pass(None, purpose, now, NOW) {
                let told = network.take(second);
                prop_assert!(!told.refused, "{second}: {network:?} {told:?}", network = network.used);
                pass.answered(&told, now);
            }
        }
    }

    #[test]
    fn a_restart_at_any_time_changes_nothing(tries in tries(), limit in 1_i64..20, at in 0_usize..300) {
        let limited = || Throttle::default().limited("", 9, Duration::from_secs(60));
        let (unbroken, mut restarted) = (limited(), limited());
        let mut networks = [0, 1].map(|_| Strict { limit, window: 100, used: 0, until: 0 });
        let mut second = 0;
        for (n, (later, effect, patience)) in tries.into_iter().enumerate() {
            second += i64::from(later);
            let now = after(second);
            if n % 7 == at % 7 {
                let kept = serde_json::to_string(&restarted.snapshot()).unwrap();
                restarted = limited();
                restarted.restore(serde_json::from_str(&kept).unwrap(), now);
            }
            let purpose = if effect { Effect } else { Read };
            let mut given = Vec::new();
            for (throttle, network) in [&unbroken, &restarted].into_iter().zip(&mut networks) {
                let pass = throttle.pass(None, purpose, now, Duration::from_secs(patience));
                given.push(pass.as_ref().map(aspa_http::Pass::at).map_err(|refused| *refused));
                if let (Ok(pass), true) = (pass, n % 3 > 0) {
                    pass.answered(&network.take(second), now);
                }
            }
            prop_assert_eq!(given[0], given[1], "{}", second);
        }
    }
}
