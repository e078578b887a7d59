//! Compares the texts of the tests with what the `opening-hours` crate (2.1.4) makes of them, over
//! 2026 and 2027. It fails where the differences are not those that are listed here.
//!
//! `cargo run` in this directory.

#[path = "../../../tests/osm/table.rs"]
mod table;

use std::str::FromStr;
use std::sync::Arc;

use aspa_hours::{Hours, OnHolidays, Rules};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use compact_calendar::CompactCalendar;
use opening_hours::{Context, ContextHolidays, OpeningHours, RuleKind};

/// The texts of which the other crate makes something else, and what.
const DIFFERENT: &[(&str, &str)] = &[
    // The specification joins a holiday and a weekday by a blank where both must hold.
    (
        "PH Mo-Fr 10:00-12:00",
        "it opens on any holiday and on any Monday to Friday",
    ),
    (
        "Mo-Su 08:00-18:00; PH Mo-Fr 10:00-12:00",
        "it opens on any holiday and on any Monday to Friday",
    ),
    // What starts on a date is ours to its end; there a later rule cuts it at midnight.
    (
        "Mo-Th 17:00-01:00; Fr-Sa 17:00-04:00; Su 12:00-22:00",
        "Friday's rule cuts Thursday's night",
    ),
    (
        "Fr 18:00-26:00; Sa off",
        "Saturday's rule cuts Friday's night",
    ),
    // `||` counts for times here, as in the specification's example, and for days there.
    (
        "Mo-Fr 08:00-12:00 || Tu-Th 10:00-14:00",
        "a day with any hours has no fallback",
    ),
    (
        "Mo-Fr 08:00-18:00 || off",
        "it finds no opening after the first day",
    ),
    // The year before a list is that of the whole list here, and of the first date there.
    (
        "2026 Dec 24,Dec 31 10:00-12:00",
        "it opens on the last day of each year",
    ),
    // Texts with one meaning that it refuses.
    ("Mo-Fr 08:00-18:00; Dec 24,31 08:00-12:00", REFUSED),
    ("week 52-1 10:00-12:00", REFUSED),
    ("mon-fri 8:00-18:00", REFUSED),
    ("Monday - Friday: 8:00 – 18:00", REFUSED),
    ("Mo - We, Fr 08:00-12:00", REFUSED),
    ("\tMo-Fr\u{a0}08:00-18:00 ;\n Sa 10:00-14:00 ;", REFUSED),
    ("december 24 8:00-12:00", REFUSED),
    ("Mo-Fr 08:00-17:30:30", REFUSED),
    ("Tues,Thurs 10:00-12:00", REFUSED),
];

const REFUSED: &str = "it refuses the text";

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

type Open = Vec<(NaiveDateTime, NaiveDateTime)>;

fn ours(text: &str, holidays: &[NaiveDate], from: NaiveDateTime, to: NaiveDateTime) -> Open {
    let rules: Rules = text.parse().expect("a text of the tests");
    let mut hours = Hours::new(chrono_tz::UTC);
    if rules.on_holidays() != OnHolidays::Unsaid {
        for &day in holidays {
            hours = hours.holiday(day, "holiday");
        }
    }
    hours.open = rules;
    let calendar = hours.build().expect("rules are always in order");
    calendar
        .segments(from.and_utc(), to.and_utc())
        .filter(|segment| segment.is_open())
        .map(|open| (open.from.naive_utc(), open.to.naive_utc()))
        .collect()
}

fn theirs(
    text: &str,
    holidays: &[NaiveDate],
    from: NaiveDateTime,
    to: NaiveDateTime,
) -> Option<Open> {
    let days: CompactCalendar = holidays.iter().copied().collect();
    let known = ContextHolidays::new(Arc::new(days), Arc::default());
    let hours = OpeningHours::from_str(text)
        .ok()?
        .with_context(Context::default().with_holidays(known));
    let mut open: Open = Vec::new();
    for range in hours.iter_range(from, to) {
        if range.kind == RuleKind::Open {
            match open.last_mut() {
                Some(last) if last.1 == range.range.start => last.1 = range.range.end,
                _ => open.push((range.range.start, range.range.end)),
            }
        }
    }
    Some(open)
}

fn main() {
    let holidays = ["2026-12-06", "2026-12-25", "2027-01-01", "2027-01-06"].map(date);
    let from = date("2026-01-01").and_time(NaiveTime::MIN);
    let to = date("2028-01-01").and_time(NaiveTime::MIN);
    let mut unlisted = Vec::new();
    let mut gone: Vec<&str> = DIFFERENT.iter().map(|(text, _)| *text).collect();
    for (text, _) in table::OPEN {
        let ours = ours(text, &holidays, from, to);
        let theirs = theirs(text, &holidays, from, to);
        let listed = DIFFERENT.iter().find(|(listed, _)| listed == text);
        if theirs.as_ref() == Some(&ours) {
            continue;
        }
        gone.retain(|known| known != text);
        if listed.is_none_or(|(_, why)| (*why == REFUSED) != theirs.is_none()) {
            unlisted.push((text, ours.len(), theirs.map(|open| open.len())));
        }
    }
    println!(
        "{} texts, {} differ",
        table::OPEN.len(),
        DIFFERENT.len() - gone.len()
    );
    assert!(
        unlisted.is_empty(),
        "differences to look into: {unlisted:#?}"
    );
    assert!(gone.is_empty(), "no longer different: {gone:#?}");
}
