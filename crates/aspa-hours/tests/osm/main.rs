//! Rules in the grammar of OpenStreetMap: how they read, what they open, what is refused, and what
//! an independent evaluation and another crate say of the same texts.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod any_text;
mod open;
mod oracle;
mod out;
mod reading;
mod refused;
mod table;

use std::collections::BTreeSet;

use aspa_hours::{Calendar, HolidayMode, Hours, Interval, OnHolidays, Rules, Segment};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn holidays() -> BTreeSet<NaiveDate> {
    ["2026-12-06", "2026-12-25", "2027-01-01", "2027-01-06"]
        .map(date)
        .into()
}

/// The rules as hours in a zone that changes no clock; holidays only if the rules speak of them, and
/// then only what starts on them, so that `PH off` is judged as any other rule.
fn calendar(rules: &Rules, holidays: &BTreeSet<NaiveDate>) -> Calendar {
    let mut hours = Hours::new(chrono_tz::UTC).holiday_mode(HolidayMode::StartDate);
    hours.open = rules.clone();
    if rules.on_holidays() != OnHolidays::Unsaid {
        for &day in holidays {
            hours = hours.holiday(day, "holiday");
        }
    }
    hours.build().unwrap()
}

/// What is open on a date, in seconds of its wall clock.
fn opened(calendar: &Calendar, day: NaiveDate) -> Vec<(u32, u32)> {
    let midnight = day.and_time(NaiveTime::MIN).and_utc();
    let since = |at: DateTime<Utc>| u32::try_from((at - midnight).num_seconds()).unwrap();
    calendar
        .segments(midnight, midnight + TimeDelta::days(1))
        .filter(Segment::is_open)
        .map(|open| (since(open.from), since(open.to)))
        .collect()
}

/// The same as text; a dash for nothing.
fn shown(open: &[(u32, u32)]) -> String {
    let texts: Vec<String> = open
        .iter()
        .map(|&(start, end)| Interval::new(start, end).unwrap().to_string())
        .collect();
    if texts.is_empty() {
        "-".into()
    } else {
        texts.join(",")
    }
}

/// How many random cases are tried; `OSM_CASES` sets another number.
fn cases(usual: u32) -> u32 {
    std::env::var("OSM_CASES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(usual)
}
