//! Any text is refused, or read as rules that print as what reads back the same and that a calendar
//! can be asked about.
#![no_main]

use aspa_hours::{Hours, Rules};
use chrono::NaiveDate;
use libfuzzer_sys::fuzz_target;

const DAY: i64 = 86_400;

fuzz_target!(|text: &str| {
    let Ok(rules) = text.parse::<Rules>() else {
        return;
    };
    let canonical = rules.to_string();
    assert_eq!(canonical.parse().as_ref(), Ok(&rules), "{canonical}");

    let mut hours = Hours::new(chrono_tz::Europe::Helsinki);
    hours.open = rules;
    for (month, day) in [(1, 1), (1, 6), (12, 6), (12, 25)] {
        let date = NaiveDate::from_ymd_opt(2026, month, day).expect("a date");
        hours = hours.holiday(date, "holiday");
    }
    let calendar = hours.build().expect("rules are always in order");
    // 2026-12-20, a Sunday.
    let sunday = 1_797_724_800;
    let mut open = 0;
    for segment in calendar.segments(at(sunday), at(sunday + 20 * DAY)) {
        assert!(segment.from < segment.to);
        if segment.is_open() {
            open += segment.duration().num_seconds();
        }
    }
    assert_eq!(calendar.between(sunday, sunday + 20 * DAY), open);
    if open > 0 {
        assert!(!hours.open.is_never());
        let due = calendar.add(sunday, open).expect("as much is open");
        assert_eq!(calendar.between(sunday, due), open);
    }
});

fn at(second: i64) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(second, 0).expect("near today")
}
