//! Calendars made of calendars.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use aspa_hours::{Calendar, Hours, HoursError, Schedule};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

const HELSINKI: Tz = chrono_tz::Europe::Helsinki;
const CHICAGO: Tz = chrono_tz::America::Chicago;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn named(name: &str, zone: Tz, open: &str) -> Calendar {
    let hours = Hours::new(zone).named(name).open(open).unwrap();
    hours.build().unwrap()
}

/// Open stretches and closed reasons, as hours in UTC.
fn told(calendar: &Calendar, from: &str, to: &str) -> Vec<String> {
    calendar
        .segments(at(from), at(to))
        .map(|segment| {
            let why = segment.closed.as_ref();
            let why = why.map_or("open".to_owned(), ToString::to_string);
            format!("{} {why}", segment.from.format("%d %H:%M"))
        })
        .collect()
}

#[test]
fn in_any_of_several_one_is_enough() {
    let oulu = Hours::new(HELSINKI)
        .named("Oulu")
        .open("Mo-Fr 08:00-16:00")
        .unwrap()
        .holiday(
            NaiveDate::from_ymd_opt(2026, 11, 18).unwrap(),
            "Founder's Day",
        )
        .build()
        .unwrap();
    let austin = named("Austin", CHICAGO, "Mo-Fr 08:00-16:00");
    let follow_the_sun = oulu.or(&austin);
    assert_eq!(follow_the_sun.zone(), HELSINKI);
    assert_eq!(
        told(
            &follow_the_sun,
            "2026-11-17T00:00:00Z",
            "2026-11-19T08:00:00Z"
        ),
        [
            "17 00:00 Oulu: outside hours",
            "17 06:00 open",
            "17 22:00 Oulu: Founder's Day",
            "18 14:00 open",
            "18 22:00 Oulu: outside hours",
            "19 06:00 open",
        ]
    );
    assert_eq!(
        follow_the_sun.add(at("2026-11-17T06:00:00Z"), TimeDelta::hours(16)),
        Ok(at("2026-11-17T22:00:00Z"))
    );
}

#[test]
fn in_all_of_several_the_first_closed_part_is_the_reason() {
    let team = Hours::new(HELSINKI)
        .open("Mo-Fr 08:00-16:00")
        .unwrap()
        .break_at("Mo-Fr 11:00-11:30", "lunch")
        .unwrap()
        .build()
        .unwrap();
    let tool = named("tool", HELSINKI, "Mo-Su 09:00-20:00");
    assert_eq!(
        told(
            &team.and(&tool),
            "2026-11-17T00:00:00+02:00",
            "2026-11-18T00:00:00+02:00"
        ),
        [
            "16 22:00 part 1: outside hours",
            "17 06:00 tool: outside hours",
            "17 07:00 open",
            "17 09:00 part 1: lunch",
            "17 09:30 open",
            "17 14:00 part 1: outside hours",
        ]
    );
}

#[test]
fn what_is_taken_away_names_the_taker() {
    let office = named("office", HELSINKI, "Mo-Fr 08:00-18:00");
    let meeting = named("meeting", HELSINKI, "Tu 09:00-10:00,17:00-19:00");
    let left = office.minus(&meeting);
    assert_eq!(
        told(
            &left,
            "2026-11-17T08:00:00+02:00",
            "2026-11-18T00:00:00+02:00"
        ),
        [
            "17 06:00 open",
            "17 07:00 taken by meeting",
            "17 08:00 open",
            "17 15:00 taken by meeting",
            "17 16:00 office: outside hours",
        ]
    );
    let never = office.minus(&Calendar::always());
    assert!(never.is_never_open());
    assert!(!left.is_never_open());
    assert_eq!(
        never.next_open(at("2026-11-17T08:00:00Z")),
        Err(HoursError::BeyondHorizon {
            from: at("2026-11-17T08:00:00Z")
        })
    );
}

#[test]
fn business_days_of_combined_calendars() {
    let office = named("office", HELSINKI, "Mo-Fr 08:00-18:00");
    let bar = named("bar", HELSINKI, "Fr-Sa 18:00-26:00");
    let always = Calendar::always();
    let friday = at("2026-11-20T09:00:00+02:00");
    for (name, calendar, n, close) in [
        (
            "any: the later of both",
            office.or(&bar),
            0,
            "2026-11-21T02:00:00+02:00",
        ),
        (
            "any: the bar's own day",
            office.or(&bar),
            1,
            "2026-11-22T02:00:00+02:00",
        ),
        (
            "all: the earlier of both",
            office.and(&always),
            0,
            "2026-11-20T18:00:00+02:00",
        ),
        (
            "all, the other way round",
            always.and(&office),
            1,
            "2026-11-23T18:00:00+02:00",
        ),
        (
            "all: past midnight",
            always.and(&bar),
            0,
            "2026-11-21T02:00:00+02:00",
        ),
        (
            "all: past midnight, next",
            always.and(&bar),
            1,
            "2026-11-22T02:00:00+02:00",
        ),
        (
            "all: round the clock, UTC",
            always.and(&always),
            0,
            "2026-11-21T02:00:00+02:00",
        ),
        (
            "without: up to where it is taken away",
            office.minus(&named("early", HELSINKI, "Fr 16:00-24:00")),
            0,
            "2026-11-20T16:00:00+02:00",
        ),
        (
            "without: a hole at midnight starts no day",
            bar.minus(&named("cleaning", HELSINKI, "Fr 23:30-24:30")),
            1,
            "2026-11-22T02:00:00+02:00",
        ),
        (
            "without: a day taken away whole is none",
            office.minus(&named("fair", HELSINKI, "Fr 00:00-24:00")),
            0,
            "2026-11-23T18:00:00+02:00",
        ),
    ] {
        let answer = calendar.end_of_nth_business_day(friday, n);
        assert_eq!(answer, Ok(at(close)), "{name}");
    }
}

#[test]
fn chains_stay_flat() {
    let part = |name: &str| named(name, HELSINKI, "Mo-Fr 08:00-18:00");
    let (a, b, c) = (part("a"), part("b"), part("c"));
    for (chain, field) in [(a.or(&b).or(&c), "any_of"), (a.and(&b).and(&c), "all_of")] {
        let json = serde_json::to_value(chain.schedule()).unwrap();
        assert_eq!(json[field].as_array().unwrap().len(), 3, "{json}");
        let read: Schedule = serde_json::from_value(json).unwrap();
        assert_eq!(read, *chain.schedule());
        assert_eq!(read.build().unwrap().fingerprint(), chain.fingerprint());
    }
}

#[test]
fn files_say_what_is_wrong_and_where() {
    for (json, error) in [
        (
            r#"{"any_of":[{"zone":"Europe/Helsinki"},{"zone":"Europe/Atlantis"}]}"#,
            "any_of[1]: zone:",
        ),
        (
            r#"{"all_of":[{"zone":"Europe/Helsinki","open":"Mo-Fr 8-18"}]}"#,
            "all_of[0]: open: opening hours",
        ),
        (
            r#"{"minus":{"from":{"zone":"UTC"},"took":{"zone":"UTC"}}}"#,
            "minus: unknown field `took`",
        ),
        (
            r#"{"minus":{"from":{"zone":"UTC"}}}"#,
            "minus: missing field `take`",
        ),
        (
            r#"{"minus":{"from":{"zone":"UTC"},"take":{"zone":"Mars"}}}"#,
            "minus: take: zone:",
        ),
        (r#"{"zone":"UTC","name":5}"#, "name: invalid type"),
        (
            r#"{"any_of":[{"zone":"UTC"}],"zone":"UTC"}"#,
            "unexpected field `zone` beside `any_of`",
        ),
        (
            r#"{"name":"a","zone":"UTC","breaks":[{"at":"noon","name":"lunch"}]}"#,
            "breaks: at: opening hours",
        ),
        (
            r#"{"zone":"UTC","exceptions":[{"date":"2026-13-01","name":"x"}]}"#,
            "exceptions: date:",
        ),
        (
            r#"{"zone":"UTC","seasons":[{"from":"--02-30","through":"--03-01","name":"x"}]}"#,
            "seasons: from: \"--02-30\": expected a date",
        ),
        (r#"{"zone":"UTC","weekly":"Mo"}"#, "unknown field `weekly`"),
        (r#"{"name":"a"}"#, "missing field `zone`"),
        ("[]", "expected hours, or an object with any_of"),
    ] {
        let told = serde_json::from_str::<Schedule>(json)
            .unwrap_err()
            .to_string();
        assert!(
            told.starts_with(error) || told.contains(error),
            "{json}: {told}"
        );
    }
    let built = |json| serde_json::from_str::<Schedule>(json).unwrap().build();
    let told = |json| built(json).unwrap_err().to_string();
    assert_eq!(told(r#"{"any_of":[]}"#), "any_of: there is no part");
    assert_eq!(
        told(
            r#"{"any_of":[{"zone":"UTC"},{"minus":{"from":{"zone":"UTC"},"take":{"zone":"UTC",
            "seasons":[{"from":"2026-06-01","through":"--08-01","name":"summer"}]}}}]}"#
        ),
        "any_of[1]: minus.take: seasons: \"summer\": its ends are two dates, or two days of every year"
    );
}
