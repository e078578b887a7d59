//! What shifts cost, in cents that are worked out by hand.

#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::collections::BTreeSet;

use aspa_staffing::{CostError, MonthCost, Overlap, Rates, Shift, cost};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use proptest::prelude::*;

const HELSINKI: Tz = Tz::Europe__Helsinki;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn clock(hour: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, 0, 0).unwrap()
}

fn days(texts: &[&str]) -> BTreeSet<NaiveDate> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// 20.00 an hour; evenings 18-22 at 115 %, Sundays at 200 %, Saturdays at 130 %, holidays at 200 %.
fn rates() -> Rates {
    Rates::new(2000)
        .daily("evening", clock(18), clock(22), 115)
        .weekdays("Saturday", [Weekday::Sat], 130)
        .weekdays("Sunday", [Weekday::Sun], 200)
        .holidays(200)
}

/// The months as "year-month: hours h, cents".
fn billed(shifts: &[Shift], rates: &Rates, holidays: &[&str]) -> Vec<String> {
    let text = |m: &MonthCost| {
        let hours = m.seconds as f64 / 3600.0;
        format!("{}-{:02}: {hours} h, {}", m.year, m.month, m.cents)
    };
    let months = cost(shifts, rates, &days(holidays), &HELSINKI).unwrap();
    months.iter().map(text).collect()
}

/// A shift by Helsinki's winter time.
fn shift(from: &str, to: &str) -> Shift {
    Shift::new(
        "anna",
        at(&format!("{from}:00+02:00")),
        at(&format!("{to}:00+02:00")),
    )
}

#[test]
fn hours_are_paid_by_what_the_local_clock_says() {
    let cases: [(&str, Shift, &[&str], &str); 8] = [
        (
            "a plain day",
            shift("2026-11-23T08:00", "2026-11-23T16:00"),
            &[],
            "2026-11: 8 h, 16000",
        ),
        (
            "an evening: 4 h plain, 4 h at 115 %",
            shift("2026-11-23T14:00", "2026-11-23T22:00"),
            &[],
            "2026-11: 8 h, 17200",
        ),
        (
            "Saturday",
            shift("2026-11-21T08:00", "2026-11-21T16:00"),
            &[],
            "2026-11: 8 h, 20800",
        ),
        (
            "Saturday's evening: the highest",
            shift("2026-11-21T18:00", "2026-11-21T20:00"),
            &[],
            "2026-11: 2 h, 5200",
        ),
        (
            "Saturday to Sunday",
            shift("2026-11-21T23:00", "2026-11-22T01:00"),
            &[],
            "2026-11: 2 h, 6600",
        ),
        (
            "a holiday",
            shift("2026-11-23T08:00", "2026-11-23T16:00"),
            &["2026-11-23"],
            "2026-11: 8 h, 32000",
        ),
        (
            "a second short of 0.01",
            Shift::new("bo", at("2026-11-23T08:00:00Z"), at("2026-11-23T08:00:01Z")),
            &[],
            "2026-11: 0.0002777777777777778 h, 1",
        ),
        (
            "a night into a holiday",
            shift("2026-11-23T22:00", "2026-11-24T06:00"),
            &["2026-11-24"],
            "2026-11: 8 h, 28000",
        ),
    ];
    for (name, shift, holidays, expected) in cases {
        assert_eq!(billed(&[shift], &rates(), holidays), [expected], "{name}");
    }
}

#[test]
fn factors_that_meet_are_highest_or_summed() {
    // Sunday evening on a holiday: 115, 200 and 200.
    let sunday = [shift("2026-11-22T18:00", "2026-11-22T19:00")];
    assert_eq!(
        billed(&sunday, &rates(), &["2026-11-22"]),
        ["2026-11: 1 h, 4000"]
    );
    let sum = rates().overlap(Overlap::Sum);
    assert_eq!(
        billed(&sunday, &sum, &["2026-11-22"]),
        ["2026-11: 1 h, 6300"]
    );
    assert_eq!(billed(&sunday, &sum, &[]), ["2026-11: 1 h, 4300"]);
    let less = Rates::new(1000)
        .daily("a", clock(0), clock(0), 20)
        .weekdays("b", [Weekday::Sun], 10)
        .overlap(Overlap::Sum);
    assert_eq!(billed(&sunday, &less, &[]), ["2026-11: 1 h, 0"]);
}

#[test]
fn a_daily_factor_may_pass_midnight() {
    let night = Rates::new(1000).daily("night", clock(22), clock(6), 150);
    let shifts = [shift("2026-11-23T20:00", "2026-11-24T08:00")];
    assert_eq!(billed(&shifts, &night, &[]), ["2026-11: 12 h, 16000"]);
}

#[test]
fn breaks_are_paid_or_not() {
    let day = shift("2026-11-23T08:00", "2026-11-23T16:00")
        .with_break(at("2026-11-23T10:00:00Z"), at("2026-11-23T10:30:00Z"))
        .with_break(at("2026-11-23T10:15:00Z"), at("2026-11-23T11:00:00Z"));
    let day = [day];
    assert_eq!(billed(&day, &rates(), &[]), ["2026-11: 7 h, 14000"]);
    assert_eq!(
        billed(&day, &rates().with_paid_breaks(), &[]),
        ["2026-11: 8 h, 16000"]
    );
}

#[test]
fn a_shift_over_the_end_of_a_month_is_in_both() {
    let shifts = [shift("2026-11-30T20:00", "2026-12-01T04:00")];
    assert_eq!(
        billed(&shifts, &rates(), &["2026-12-01"]),
        ["2026-11: 4 h, 8600", "2026-12: 4 h, 16000"]
    );
}

#[test]
fn the_night_of_the_clocks_is_paid_as_long_as_it_is() {
    // 22:00 to 06:00 by the clock, each on a Sunday from midnight: 2 h plain at 22-24 on Saturday
    // at 130 %, then 6, 5 or 7 hours at 200 %.
    let rates = Rates::new(1000)
        .weekdays("Saturday", [Weekday::Sat], 130)
        .weekdays("Sunday", [Weekday::Sun], 200);
    let night = |from: &str, to: &str| [Shift::new("anna", at(from), at(to))];
    let spring = night("2026-03-28T20:00:00Z", "2026-03-29T03:00:00Z");
    assert_eq!(billed(&spring, &rates, &[]), ["2026-03: 7 h, 12600"]);
    let autumn = night("2026-10-24T19:00:00Z", "2026-10-25T04:00:00Z");
    assert_eq!(billed(&autumn, &rates, &[]), ["2026-10: 9 h, 16600"]);

    // From 22:00 to 08:00, nights until 06:00 at 150 %: seven hours of night, then nine.
    let rates = Rates::new(1000).daily("night", clock(22), clock(6), 150);
    let spring = night("2026-03-28T20:00:00Z", "2026-03-29T05:00:00Z");
    assert_eq!(billed(&spring, &rates, &[]), ["2026-03: 9 h, 12500"]);
    let autumn = night("2026-10-24T19:00:00Z", "2026-10-25T06:00:00Z");
    assert_eq!(billed(&autumn, &rates, &[]), ["2026-10: 11 h, 15500"]);
}

#[test]
fn the_rule_of_thumb_is_in_reach() {
    // Three people, eight hours on each of the 21 working days of November 2026, 20 EUR an hour.
    let mut shifts = Vec::new();
    for day in (2..=30).filter(|day| ![0, 1].contains(&(day % 7))) {
        let from = at(&format!("2026-11-{day:02}T06:00:00Z"));
        for person in ["anna", "bo", "cia"] {
            shifts.push(Shift::new(person, from, from + TimeDelta::hours(8)));
        }
    }
    shifts.retain(|shift| shift.from < at("2026-11-30T00:00:00Z"));
    assert_eq!(billed(&shifts, &rates(), &[]), ["2026-11: 480 h, 960000"]);
}

#[test]
fn impossible_shifts_and_sums_are_refused() {
    let backwards = Shift::new(
        "anna",
        at("2026-11-23T08:00:00Z"),
        at("2026-11-23T08:00:00Z"),
    );
    let error = cost(&[backwards], &rates(), &days(&[]), &HELSINKI).unwrap_err();
    assert!(matches!(error, CostError::Shift { .. }), "{error}");
    let long = Shift::new(
        "anna",
        at("2024-11-23T08:00:00Z"),
        at("2026-11-23T08:00:00Z"),
    );
    let error = cost(&[long], &rates(), &days(&[]), &HELSINKI).unwrap_err();
    assert!(matches!(error, CostError::Shift { .. }), "{error}");
    assert!(
        cost(&[], &rates(), &days(&[]), &HELSINKI)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn rates_are_read_from_json() {
    let text = r#"{"hour":2000,"factors":[
        {"name":"evening","percent":115,"when":{"daily":{"from":"18:00:00","to":"22:00:00"}}},
        {"name":"Saturday","percent":130,"when":{"weekdays":["Sat"]}},
        {"name":"Sunday","percent":200,"when":{"weekdays":["Sun"]}},
        {"name":"holiday","percent":200,"when":"holidays"}]}"#;
    assert_eq!(serde_json::from_str::<Rates>(text).unwrap(), rates());
}

proptest! {
    /// Cutting a shift in two changes neither time nor, before rounding, money.
    #[test]
    fn a_shift_cut_in_two_costs_the_same(
        start in 1_700_000_000_i64..1_800_000_000,
        first in 1..200_000_i64,
        second in 1..200_000_i64,
        sum in any::<bool>(),
    ) {
        // 3,600 units an hour and percentages of 50 leave nothing to round.
        let rates = Rates::new(7200)
            .daily("night", clock(22), clock(6), 150)
            .weekdays("Sunday", [Weekday::Sun], 200)
            .overlap(if sum { Overlap::Sum } else { Overlap::Highest });
        let at = |s: i64| DateTime::from_timestamp(s, 0).unwrap();
        let (a, b, c) = (at(start), at(start + first), at(start + first + second));
        let whole = cost(&[Shift::new("anna", a, c)], &rates, &days(&[]), &HELSINKI).unwrap();
        let parts = [Shift::new("anna", a, b), Shift::new("bo", b, c)];
        prop_assert_eq!(&whole, &cost(&parts, &rates, &days(&[]), &HELSINKI).unwrap());
        let seconds: i64 = whole.iter().map(|month| month.seconds).sum();
        prop_assert_eq!(seconds, first + second);
    }
}
