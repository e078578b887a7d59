//! Volume by the hour of the week, across changes of the clocks.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use aspa_staffing::{OpenTimes, Profile, ProfileError, Reach};
use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc, Weekday};
use chrono_tz::{Australia, Europe, Tz};
use proptest::prelude::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn days(times: &[DateTime<Utc>], zone: Tz) -> Profile {
    let span = Profile::whole_days(times.iter().copied(), &zone).unwrap();
    Profile::observe(times.iter().copied(), span, &zone).unwrap()
}

#[test]
fn four_mondays_at_nine() {
    // 2, 0, 5 and 1 messages between 9 and 10 on four Mondays of Helsinki.
    let mut times = Vec::new();
    for (day, count) in [("02", 2), ("16", 5), ("23", 1)] {
        times.extend((0..count).map(|i| at(&format!("2026-11-{day}T07:{i:02}:59Z"))));
    }
    let span = at("2026-11-01T22:00:00Z")..at("2026-11-29T22:00:00Z");
    let profile = Profile::observe(times, span, &Europe::Helsinki).unwrap();
    let nine = profile.hour(Weekday::Mon, 9).unwrap();
    assert_eq!((nine.messages, nine.seconds), (8, 4 * 3600));
    assert_eq!(nine.counts(), [0, 1, 2, 5]);
    assert_eq!(nine.mean(), Some(2.0));
    assert_eq!(nine.peak(), 5);
    let percentiles = [0, 25, 26, 50, 75, 76, 100, 255].map(|p| nine.percentile(p));
    assert_eq!(percentiles, [0, 0, 1, 1, 2, 5, 5, 5]);
    assert_eq!(profile.messages, 8);
    assert_eq!(profile.busiest(), Some(nine));
    assert_eq!(profile.hour(Weekday::Mon, 24), None);
}

#[test]
fn a_repeated_hour_occurs_twice() {
    // Sunday 2026-10-25 in Helsinki: 03:30 comes at 00:30 and at 01:30 UTC.
    let times = [
        "2026-10-25T00:30:00Z",
        "2026-10-25T00:40:00Z",
        "2026-10-25T01:30:00Z",
    ]
    .map(at);
    let profile = days(&times, Europe::Helsinki);
    assert_eq!(profile.length(), TimeDelta::hours(25));
    let three = profile.hour(Weekday::Sun, 3).unwrap();
    assert_eq!(three.counts(), [1, 2]);
    assert_eq!(three.mean(), Some(1.5));
}

#[test]
fn a_skipped_hour_does_not_occur() {
    let times = ["2026-03-28T10:00:00Z", "2026-03-29T10:00:00Z"].map(at);
    let profile = days(&times, Europe::Helsinki);
    assert_eq!(profile.length(), TimeDelta::hours(47));
    let three = profile.hour(Weekday::Sun, 3).unwrap();
    assert_eq!(
        (three.counts(), three.mean(), three.peak()),
        (&[][..], None, 0)
    );
    assert_eq!(profile.hour(Weekday::Sun, 4).unwrap().counts(), [0]);
}

#[test]
fn half_a_repeated_hour_weighs_half() {
    let span = at("2026-04-04T13:00:00Z")..at("2026-04-05T13:30:00Z");
    let times = [
        "2026-04-04T14:10:00Z",
        "2026-04-04T15:20:00Z",
        "2026-04-04T15:29:59Z",
    ]
    .map(at);
    let profile = Profile::observe(times, span, &Australia::Lord_Howe).unwrap();
    let one = profile.hour(Weekday::Sun, 1).unwrap();
    assert_eq!((one.counts(), one.seconds), (&[1, 2][..], 5400));
    assert_eq!(one.mean(), Some(2.0));
}

#[test]
fn what_lies_outside_the_span_is_counted_apart() {
    let span = at("2026-11-23T00:00:00Z")..at("2026-11-24T00:00:00Z");
    let times = [
        "2026-11-22T23:59:59Z",
        "2026-11-23T00:00:00Z",
        "2026-11-24T00:00:00Z",
    ]
    .map(at);
    let profile = Profile::observe(times, span, &Utc).unwrap();
    assert_eq!((profile.messages, profile.outside_span), (1, 2));
}

#[test]
fn nothing_and_nonsense() {
    assert_eq!(Profile::whole_days([], &Utc), None);
    let day = at("2026-11-23T00:00:00Z");
    let empty = Profile::observe([], day..day, &Utc).unwrap_err();
    assert!(matches!(empty, ProfileError::EmptySpan(_)));
    let long = Profile::observe([], at("1800-01-01T00:00:00Z")..day, &Utc).unwrap_err();
    assert!(matches!(long, ProfileError::LongSpan(_)));
    let quiet = Profile::observe([], day..day + TimeDelta::days(7), &Utc).unwrap();
    assert_eq!(quiet.busiest(), None);
    assert_eq!(quiet.hour(Weekday::Sun, 23).unwrap().mean(), Some(0.0));
}

#[test]
fn how_many_write_when_nobody_is_there() {
    let day = at("2026-11-23T00:00:00Z");
    let open = OpenTimes::new([day + TimeDelta::hours(8)..day + TimeDelta::hours(16)]);
    let times = |hours: &[i64]| {
        hours
            .iter()
            .map(|h| day + TimeDelta::hours(*h))
            .collect::<Vec<_>>()
    };
    let cases: [(&[i64], (u64, u64), &str); 4] = [
        (&[7, 8, 15, 16], (2, 2), "50.0 % write when you are closed"),
        (
            &[7, 9, 9, 10, 11, 12, 13, 20],
            (6, 2),
            "25.0 % write when you are closed",
        ),
        (&[1, 2, 9], (1, 2), "66.7 % write when you are closed"),
        (&[], (0, 0), "nobody wrote"),
    ];
    for (hours, (inside, outside), text) in cases {
        let reach = Reach::of(times(hours), &open);
        assert_eq!((reach.open, reach.closed), (inside, outside));
        assert_eq!(reach.to_string(), text);
    }
}

const ZONES: [Tz; 6] = [
    Tz::UTC,
    Tz::Europe__Helsinki,
    Tz::Europe__Dublin,
    Tz::America__Sao_Paulo,
    Tz::Australia__Lord_Howe,
    Tz::Asia__Kathmandu,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The same by looking at the wall clock at each quarter of an hour. Clocks are changed at full
    /// quarters.
    #[test]
    fn quarters_counted_one_by_one_agree(
        zone in proptest::sample::select(&ZONES[..]),
        start in 1_400_000_000_i64 / 900..1_790_000_000 / 900,
        quarters in 1..4_000_i64,
        offsets in proptest::collection::vec(0..4_000 * 900_i64, 0..60),
    ) {
        let from = DateTime::from_timestamp(start * 900, 0).unwrap();
        let to = from + TimeDelta::minutes(15 * quarters);
        let times: Vec<_> = offsets.iter().map(|s| from + TimeDelta::seconds(*s)).collect();
        let profile = Profile::observe(times.iter().copied(), from..to, &zone).unwrap();

        let mut seconds = vec![0_i64; 168];
        let mut messages = vec![0_u64; 168];
        let cell = |at: DateTime<Utc>| {
            let wall = at.with_timezone(&zone);
            (wall.weekday().num_days_from_monday() * 24 + wall.hour()) as usize
        };
        for quarter in 0..quarters {
            seconds[cell(from + TimeDelta::minutes(15 * quarter))] += 900;
        }
        times.iter().filter(|t| **t < to).for_each(|t| messages[cell(*t)] += 1);
        for (place, hour) in profile.hours().iter().enumerate() {
            prop_assert_eq!((hour.seconds, hour.messages), (seconds[place], messages[place]));
            let sum: u64 = hour.counts().iter().map(|c| u64::from(*c)).sum();
            prop_assert_eq!(sum, hour.messages);
        }
        let counted: u64 = profile.hours().iter().map(|hour| hour.messages).sum();
        prop_assert_eq!(counted, profile.messages);
        prop_assert_eq!(profile.messages + profile.outside_span, times.len() as u64);
    }
}
