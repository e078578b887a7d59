//! Holidays from iCalendar texts, told as the files that people publish.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use aspa_hours::Hours;
use aspa_hours::ical::{Error, Import, Reason, holidays};
use chrono::{Datelike, NaiveDate, Weekday};
use proptest::prelude::*;

/// A calendar with one event of these lines.
fn event(lines: &str) -> String {
    let lines = lines.replace('\n', "\r\n");
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn import(lines: &str, years: RangeInclusive<i32>) -> Import {
    holidays(&event(lines), years).unwrap()
}

fn dates(import: &Import) -> Vec<String> {
    import
        .holidays
        .iter()
        .map(|holiday| holiday.date.to_string())
        .collect()
}

#[test]
fn days_of_an_event() {
    let cases = [
        ("a date", "DTSTART;VALUE=DATE:20261206", "2026-12-06"),
        ("a date without VALUE", "DTSTART:20261206", "2026-12-06"),
        (
            "names in small letters",
            "dtstart;value=date:20261206",
            "2026-12-06",
        ),
        (
            "DTEND is the date after",
            "DTSTART:20261224\nDTEND:20261227",
            "2026-12-24 2026-12-25 2026-12-26",
        ),
        (
            "DTEND equal to DTSTART",
            "DTSTART:20261224\nDTEND:20261224",
            "2026-12-24",
        ),
        (
            "a duration of days",
            "DTSTART:20261224\nDURATION:P2D",
            "2026-12-24 2026-12-25",
        ),
        (
            "a duration of a week",
            "DTSTART:20260101\nDURATION:P1W",
            "2026-01-01 2026-01-02 2026-01-03 2026-01-04 2026-01-05 2026-01-06 2026-01-07",
        ),
        (
            "began in the year before",
            "DTSTART:20251230\nDTEND:20260103",
            "2026-01-01 2026-01-02",
        ),
        (
            "goes on in the year after",
            "DTSTART:20261230\nDTEND:20270103",
            "2026-12-30 2026-12-31",
        ),
        ("another year", "DTSTART:20250101", ""),
        (
            "further dates",
            "DTSTART:20260101\nRDATE;VALUE=DATE:20260401,20260501\nRDATE:20260601",
            "2026-01-01 2026-04-01 2026-05-01 2026-06-01",
        ),
        (
            "a further date twice",
            "DTSTART:20260101\nRDATE:20260101,20260401",
            "2026-01-01 2026-04-01",
        ),
        (
            "further dates last as long",
            "DTSTART:20260101\nDTEND:20260103\nRDATE:20260401",
            "2026-01-01 2026-01-02 2026-04-01 2026-04-02",
        ),
        (
            "a date taken out",
            "DTSTART:20200101\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20260101",
            "",
        ),
        (
            "alarms are no events",
            "DTSTART:20260101\nBEGIN:VALARM\nTRIGGER:-PT1H\nDTSTART:20260505\nEND:VALARM",
            "2026-01-01",
        ),
        (
            "folded in the middle of a value",
            "DTSTART;VALUE=D\n ATE:2026\n\t0101",
            "2026-01-01",
        ),
    ];
    for (name, lines, expected) in cases {
        let import = import(lines, 2026..=2026);
        assert_eq!(import.skipped, [], "{name}");
        assert_eq!(dates(&import).join(" "), expected, "{name}");
    }
}

#[test]
fn yearly_rules() {
    let cases = [
        (
            "every year",
            "20200101",
            "FREQ=YEARLY",
            "2026-01-01 2027-01-01 2028-01-01",
        ),
        ("leap day", "20240229", "FREQ=YEARLY", "2028-02-29"),
        (
            "every second year",
            "20200101",
            "FREQ=YEARLY;INTERVAL=2",
            "2026-01-01 2028-01-01",
        ),
        (
            "every fourth year from 2023",
            "20230101",
            "FREQ=YEARLY;INTERVAL=4",
            "2027-01-01",
        ),
        (
            "four times",
            "20240101",
            "FREQ=YEARLY;COUNT=4",
            "2026-01-01 2027-01-01",
        ),
        (
            "until a date, which counts",
            "20240101",
            "FREQ=YEARLY;UNTIL=20270101",
            "2026-01-01 2027-01-01",
        ),
        (
            "until the day before",
            "20240101",
            "FREQ=YEARLY;UNTIL=20261231",
            "2026-01-01",
        ),
        (
            "until an instant",
            "20240101",
            "FREQ=YEARLY;UNTIL=20270101T000000Z",
            "2026-01-01 2027-01-01",
        ),
        (
            "two months",
            "20240115",
            "FREQ=YEARLY;BYMONTH=1,7;UNTIL=20261231",
            "2026-01-15 2026-07-15",
        ),
        (
            "a day of a month",
            "20241224",
            "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24",
            "2026-12-24 2027-12-24 2028-12-24",
        ),
        (
            "the last day of February",
            "20240229",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1",
            "2026-02-28 2027-02-28 2028-02-29",
        ),
        (
            "fourth Thursday of November",
            "20231123",
            "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
            "2026-11-26 2027-11-25 2028-11-23",
        ),
        (
            "last Monday of May",
            "20230529",
            "FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO",
            "2026-05-25 2027-05-31 2028-05-29",
        ),
        (
            "the same by position",
            "20230529",
            "FREQ=YEARLY;BYMONTH=5;BYDAY=MO;BYSETPOS=-1",
            "2026-05-25 2027-05-31 2028-05-29",
        ),
        (
            "Saturday between 20 and 26 June",
            "20230624",
            "FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=20,21,22,23,24,25,26;BYDAY=SA",
            "2026-06-20 2027-06-26 2028-06-24",
        ),
        (
            "first Monday of the year",
            "20230102",
            "FREQ=YEARLY;BYDAY=1MO",
            "2026-01-05 2027-01-04 2028-01-03",
        ),
        (
            "last Friday of the year",
            "20231229",
            "FREQ=YEARLY;BYDAY=-1FR",
            "2026-12-25 2027-12-31 2028-12-29",
        ),
        (
            "the 53rd Friday, where there is one",
            "20211231",
            "FREQ=YEARLY;BYDAY=53FR",
            "2027-12-31",
        ),
        (
            "the 1st of every month, four times",
            "20260901",
            "FREQ=YEARLY;BYMONTHDAY=1;COUNT=5",
            "2026-09-01 2026-10-01 2026-11-01 2026-12-01 2027-01-01",
        ),
        (
            "first and third of two Mondays",
            "20240101",
            "FREQ=YEARLY;BYMONTH=1;BYDAY=1MO,3MO;UNTIL=20271231",
            "2026-01-05 2026-01-19 2027-01-04 2027-01-18",
        ),
        (
            "parts in another order, small letters",
            "20231123",
            "byday=4th;bymonth=11;freq=yearly;wkst=su",
            "2026-11-26 2027-11-25 2028-11-23",
        ),
        ("ended before", "20200101", "FREQ=YEARLY;COUNT=3", ""),
        ("starts later", "20280101", "FREQ=YEARLY", "2028-01-01"),
        ("began long ago", "15170101", "FREQ=YEARLY;INTERVAL=100", ""),
        (
            "began long ago, counted",
            "15170101",
            "FREQ=YEARLY;COUNT=511",
            "2026-01-01 2027-01-01",
        ),
    ];
    for (name, start, rule, expected) in cases {
        let import = import(
            &format!("DTSTART;VALUE=DATE:{start}\nRRULE:{rule}"),
            2026..=2028,
        );
        assert_eq!(import.skipped, [], "{name}");
        assert_eq!(dates(&import).join(" "), expected, "{name}");
    }
}

#[test]
fn a_repeated_event_runs_over_the_turn_of_the_year() {
    let lines = "DTSTART:20201230\nDTEND:20210103\nRRULE:FREQ=YEARLY";
    let turn = import(lines, 2026..=2026);
    let expected = ["2026-01-01", "2026-01-02", "2026-12-30", "2026-12-31"];
    assert_eq!(dates(&turn), expected);
}

#[test]
fn what_is_skipped_and_why() {
    let value = |line, property, value: &str| Reason::Value {
        line,
        property,
        value: value.to_owned(),
    };
    let cases = [
        (
            "a time of day",
            "DTSTART;TZID=Europe/Helsinki:20261206T080000",
            Reason::Timed,
        ),
        (
            "a time of day in UTC",
            "DTSTART:20261206T080000Z",
            Reason::Timed,
        ),
        (
            "cancelled",
            "DTSTART:20261206\nSTATUS:CANCELLED",
            Reason::Cancelled,
        ),
        ("no start", "SUMMARY:Lost", Reason::Missing("DTSTART")),
        (
            "two starts",
            "DTSTART:20261206\nDTSTART:20261207",
            Reason::Repeated("DTSTART"),
        ),
        (
            "no such date",
            "DTSTART:20260229",
            value(4, "DTSTART", "20260229"),
        ),
        (
            "ends before it starts",
            "DTSTART:20261206\nDTEND:20261205",
            value(5, "DTEND", "20261205"),
        ),
        (
            "ends at a time of day",
            "DTSTART:20261206\nDTEND:20261207T120000",
            value(5, "DTEND", "20261207T120000"),
        ),
        (
            "lasts hours",
            "DTSTART:20261206\nDURATION:PT8H",
            value(5, "DURATION", "PT8H"),
        ),
        (
            "end and duration",
            "DTSTART:20261206\nDTEND:20261207\nDURATION:P1D",
            Reason::Repeated("DTEND or DURATION"),
        ),
        (
            "weekly",
            "DTSTART:20261206\nRRULE:FREQ=WEEKLY",
            value(5, "RRULE", "FREQ=WEEKLY"),
        ),
        (
            "week numbers",
            "DTSTART:20261206\nRRULE:FREQ=YEARLY;BYWEEKNO=20",
            value(5, "RRULE", "BYWEEKNO=20"),
        ),
        (
            "an interval of nothing",
            "DTSTART:20261206\nRRULE:FREQ=YEARLY;INTERVAL=0",
            value(5, "RRULE", "INTERVAL=0"),
        ),
        (
            "a thirteenth month",
            "DTSTART:20261206\nRRULE:FREQ=YEARLY;BYMONTH=13",
            value(5, "RRULE", "BYMONTH=13"),
        ),
        (
            "a month from the end",
            "DTSTART:20261206\nRRULE:FREQ=YEARLY;BYMONTH=-1",
            value(5, "RRULE", "BYMONTH=-1"),
        ),
        (
            "no frequency",
            "DTSTART:20261206\nRRULE:COUNT=2",
            value(5, "RRULE", "COUNT=2"),
        ),
        (
            "a count and an end",
            "DTSTART:20261206\nRRULE:FREQ=YEARLY;COUNT=2;UNTIL=20300101",
            value(5, "RRULE", "FREQ=YEARLY;COUNT=2;UNTIL=20300101"),
        ),
        (
            "a part twice",
            "DTSTART:20261206\nRRULE:FREQ=YEARLY;BYMONTH=12;BYMONTH=1",
            value(5, "RRULE", "BYMONTH=1"),
        ),
        (
            "positions of nothing",
            "DTSTART:20261206\nRRULE:FREQ=YEARLY;BYSETPOS=1",
            value(5, "RRULE", "FREQ=YEARLY;BYSETPOS=1"),
        ),
        (
            "the start is not in the rule",
            "DTSTART:20261206\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=1MO",
            Reason::Unsynchronized,
        ),
        (
            "an exclusion rule of RFC 2445",
            "DTSTART:20261206\nRRULE:FREQ=YEARLY\nEXRULE:FREQ=YEARLY;INTERVAL=2",
            value(6, "EXRULE", "FREQ=YEARLY;INTERVAL=2"),
        ),
        (
            "two rules",
            "DTSTART:20261206\nRRULE:FREQ=YEARLY\nRRULE:FREQ=YEARLY",
            Reason::Repeated("RRULE"),
        ),
        (
            "a period as a further date",
            "DTSTART:20261206\nRDATE;VALUE=PERIOD:20260101T000000Z/PT1H",
            value(5, "RDATE", "20260101T000000Z/PT1H"),
        ),
        (
            "a time taken out",
            "DTSTART:20261206\nEXDATE:20261206T000000",
            value(5, "EXDATE", "20261206T000000"),
        ),
        (
            "all days from one on",
            "DTSTART:20261206\nUID:a\nRECURRENCE-ID;RANGE=THISANDFUTURE:20261206",
            value(6, "RECURRENCE-ID", "20261206"),
        ),
        (
            "instead of a day of nobody knows what",
            "DTSTART:20261206\nRECURRENCE-ID:20261206",
            Reason::Missing("UID"),
        ),
        (
            "a line that is none",
            "DTSTART:20261206\nno property",
            Reason::Line(5),
        ),
    ];
    for (name, lines, expected) in cases {
        let import = import(&format!("{lines}\nX-END:1"), 1900..=2099);
        assert_eq!(import.holidays, [], "{name}");
        assert_eq!(import.skipped.len(), 1, "{name}");
        assert_eq!(import.skipped[0].line, 3, "{name}");
        assert_eq!(import.skipped[0].reason, expected, "{name}");
    }
}

#[test]
fn one_day_of_an_event_is_replaced() {
    let calendar = |lines: &str| {
        let ics = format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:office\nDTSTART:20250601\nRRULE:FREQ=YEARLY\n\
             SUMMARY:Office day\nEND:VEVENT\nBEGIN:VEVENT\nUID:office\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n"
        );
        let import = holidays(&ics, 2025..=2027).unwrap();
        (dates(&import).join(" "), import.skipped.len())
    };
    let cases = [
        (
            "moved",
            "RECURRENCE-ID;VALUE=DATE:20260601\nDTSTART:20260603",
            "2025-06-01 2026-06-03 2027-06-01",
            0,
        ),
        (
            "cancelled",
            "RECURRENCE-ID:20260601\nDTSTART:20260601\nSTATUS:CANCELLED",
            "2025-06-01 2027-06-01",
            1,
        ),
        (
            "made a meeting",
            "RECURRENCE-ID:20260601\nDTSTART:20260601T090000Z",
            "2025-06-01 2027-06-01",
            1,
        ),
        (
            "longer",
            "RECURRENCE-ID:20260601\nDTSTART:20260601\nDTEND:20260603",
            "2025-06-01 2026-06-01 2026-06-02 2027-06-01",
            0,
        ),
        (
            "not followed, so not replaced",
            "RECURRENCE-ID;RANGE=THISANDFUTURE:20260601\nDTSTART:20260603",
            "2025-06-01 2026-06-01 2027-06-01",
            1,
        ),
        (
            "a day that it does not have",
            "RECURRENCE-ID:20260602\nDTSTART:20260603",
            "2025-06-01 2026-06-01 2026-06-03 2027-06-01",
            0,
        ),
    ];
    for (name, lines, expected, skipped) in cases {
        let (found, left_out) = calendar(lines);
        assert_eq!(found, expected, "{name}");
        assert_eq!(left_out, skipped, "{name}");
    }
    // Another event's day of the same date stays.
    let other = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:20260601\nEND:VEVENT\nBEGIN:VEVENT\nUID:b\n\
                 RECURRENCE-ID:20260601\nDTSTART:20260701\nEND:VEVENT\nEND:VCALENDAR";
    assert_eq!(
        dates(&holidays(other, 2026..=2026).unwrap()),
        ["2026-06-01", "2026-07-01"]
    );
}

#[test]
fn names() {
    let name = |lines: &str| {
        let import = import(&format!("DTSTART:20260101\n{lines}"), 2026..=2026);
        import.holidays[0].name.to_string()
    };
    assert_eq!(name("SUMMARY:New Year"), "New Year");
    assert_eq!(
        name("SUMMARY;LANGUAGE=fi:Uudenvuodenpäivä"),
        "Uudenvuodenpäivä"
    );
    assert_eq!(
        name(r"SUMMARY:Eve\, half\nday\; mostly"),
        "Eve, half day; mostly"
    );
    assert_eq!(name("SUMMARY:Long na\n me"), "Long name");
    assert_eq!(name("SUMMARY: "), "Holiday");
    assert_eq!(name("X-NONE:1"), "Holiday");
}

#[test]
fn a_text_that_is_no_calendar() {
    let unbalanced = |line, expected: &str| Error::Unbalanced {
        line,
        expected: expected.to_owned(),
    };
    let unfinished = |expected: &str| Error::Unfinished {
        expected: expected.to_owned(),
    };
    let cases = [
        ("", Error::NotCalendar { line: 1 }),
        ("\r\n\r\n", Error::NotCalendar { line: 1 }),
        ("<html>", Error::NotCalendar { line: 1 }),
        ("BEGIN:VCARD\nEND:VCARD", Error::NotCalendar { line: 1 }),
        (
            "BEGIN:VCALENDAR\nEND:VCALENDAR\ntail",
            Error::NotCalendar { line: 3 },
        ),
        ("END:VCALENDAR", Error::NotCalendar { line: 1 }),
        (
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR",
            unbalanced(3, "VEVENT"),
        ),
        (
            "BEGIN:VCALENDAR\nBEGIN VEVENT\nEND:VEVENT",
            unbalanced(3, "VCALENDAR"),
        ),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\n", unfinished("VEVENT")),
        ("BEGIN:VCALENDAR", unfinished("VCALENDAR")),
    ];
    for (text, expected) in cases {
        assert_eq!(holidays(text, 2026..=2026), Err(expected), "{text:?}");
    }
    let years = holidays("BEGIN:VCALENDAR\nEND:VCALENDAR", 1800..=2026);
    assert_eq!(years, Err(Error::YearOutsideHorizon { year: 1800 }));
}

#[test]
fn several_calendars_in_one_text() {
    let both = event("DTSTART:20260101\nSUMMARY:A")
        + &event("DTSTART:20250101\nSUMMARY:B")
        + &event("DTSTART:20260101\nSUMMARY:A");
    let import = holidays(&both, 2025..=2026).unwrap();
    assert_eq!(dates(&import), ["2025-01-01", "2026-01-01"]);
    let backwards = RangeInclusive::new(2026, 2025);
    assert_eq!(holidays(&both, backwards).unwrap(), Import::default());
}

#[test]
fn a_hostile_text_ends_soon() {
    let long = "BEGIN:VEVENT\nDTSTART:00010101\nDTEND:99990101\nRRULE:FREQ=YEARLY;COUNT=999999\nEND:VEVENT\n";
    let text = format!("BEGIN:VCALENDAR\n{}END:VCALENDAR", long.repeat(2_000));
    assert_eq!(holidays(&text, 1900..=2099), Err(Error::TooMuch));
    let folded = format!(
        "BEGIN:VCALENDAR\nX:{}\nEND:VCALENDAR",
        "\n y".repeat(100_000)
    );
    assert_eq!(holidays(&folded, 1900..=2099), Ok(Import::default()));
    let deep = "BEGIN:VCALENDAR\n".repeat(100_000);
    assert!(matches!(
        holidays(&deep, 2026..=2026),
        Err(Error::Unfinished { .. })
    ));
}

#[test]
fn the_holidays_close_a_calendar() {
    let import = import(
        "DTSTART:20251206\nRRULE:FREQ=YEARLY\nSUMMARY:Independence Day",
        2026..=2027,
    );
    let mut hours = Hours::new(chrono_tz::Europe::Helsinki)
        .open("24/7")
        .unwrap();
    hours.holidays.extend(import.holidays);
    let calendar = hours.build().unwrap();
    let at = |text: &str| text.parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    assert!(calendar.is_open(at("2026-12-05T12:00:00Z")));
    assert!(!calendar.is_open(at("2026-12-06T12:00:00Z")));
    assert!(!calendar.is_open(at("2027-12-06T12:00:00Z")));
}

/// A rule of random parts, kept as values so that it can be judged without reading it.
#[derive(Debug, Clone)]
struct Rule {
    start: NaiveDate,
    interval: i32,
    count: Option<usize>,
    months: BTreeSet<u32>,
    month_days: BTreeSet<i32>,
    weekdays: BTreeSet<(i32, u8)>,
}

const NAMES: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

fn rule() -> impl Strategy<Value = Rule> {
    let month_days = prop::collection::btree_set(prop_oneof![1..=31, -31..=-1], 0..4);
    let weekdays =
        prop::collection::btree_set((prop_oneof![Just(0), 1..=5, -5..=-1], 0_u8..7), 0..4);
    (
        (1995..2030_i32, 1..=366_u32),
        1..4_i32,
        prop::option::of(1..40_usize),
        prop::collection::btree_set(1..=12_u32, 0..3),
        month_days,
        weekdays,
    )
        .prop_map(
            |((year, day), interval, count, months, month_days, weekdays)| Rule {
                start: NaiveDate::from_yo_opt(year, day).unwrap_or_default(),
                interval,
                count,
                months,
                month_days,
                weekdays,
            },
        )
}

impl Rule {
    fn text(&self) -> String {
        fn list<T>(name: &str, items: &BTreeSet<T>, text: impl Fn(&T) -> String) -> String {
            if items.is_empty() {
                return String::new();
            }
            let items: Vec<_> = items.iter().map(text).collect();
            format!(";{name}={}", items.join(","))
        }
        let weekday = |&(n, day): &(i32, u8)| match n {
            0 => NAMES[usize::from(day)].to_owned(),
            n => format!("{n}{}", NAMES[usize::from(day)]),
        };
        let count = self
            .count
            .map_or_else(String::new, |count| format!(";COUNT={count}"));
        format!(
            "FREQ=YEARLY;INTERVAL={}{count}{}{}{}",
            self.interval,
            list("BYMONTH", &self.months, ToString::to_string),
            list("BYMONTHDAY", &self.month_days, ToString::to_string),
            list("BYDAY", &self.weekdays, weekday),
        )
    }

    /// The days of one year that the rule has, picked out of lists of the year's days.
    fn of_year(&self, start: NaiveDate, year: i32) -> Vec<NaiveDate> {
        let first = NaiveDate::from_yo_opt(year, 1).unwrap();
        let all: Vec<NaiveDate> = first
            .iter_days()
            .take_while(|day| day.year() == year)
            .collect();
        let named = !self.month_days.is_empty() || !self.weekdays.is_empty();
        let mut found = BTreeSet::new();
        for month in all.chunk_by(|a, b| a.month() == b.month()) {
            let wanted = match self.months.is_empty() {
                true => named || month[0].month() == start.month(),
                false => self.months.contains(&month[0].month()),
            };
            if !wanted {
                continue;
            }
            let mut days: BTreeSet<NaiveDate> = month.iter().copied().collect();
            if !self.month_days.is_empty() {
                let picked: BTreeSet<_> = self
                    .month_days
                    .iter()
                    .filter_map(|&n| pick(month, n))
                    .collect();
                days.retain(|day| picked.contains(day));
            }
            if !self.weekdays.is_empty() {
                let scope = if self.months.is_empty() {
                    &all[..]
                } else {
                    month
                };
                let mut picked = BTreeSet::new();
                for &(n, weekday) in &self.weekdays {
                    let weekday = Weekday::try_from(weekday).unwrap();
                    let of_name: Vec<_> = scope
                        .iter()
                        .copied()
                        .filter(|day| day.weekday() == weekday)
                        .collect();
                    match n {
                        0 => picked.extend(of_name),
                        n => picked.extend(pick(&of_name, n)),
                    }
                }
                days.retain(|day| picked.contains(day));
            }
            if !named {
                days.retain(|day| day.day() == start.day());
            }
            found.extend(days);
        }
        found.into_iter().collect()
    }
}

/// The nth of a list; negative from its end.
fn pick(days: &[NaiveDate], n: i32) -> Option<NaiveDate> {
    let at = n.unsigned_abs() as usize - 1;
    if n > 0 {
        days.get(at).copied()
    } else {
        days.iter().rev().nth(at).copied()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// A rule gives the days that a day-by-day judgement gives.
    #[test]
    fn rules_agree_with_a_naive_walk(mut rule in rule()) {
        // Begin on a day of the rule, as the standard wants it.
        let begin = rule.start;
        let first = (begin.year()..begin.year() + 9)
            .flat_map(|year| rule.of_year(begin, year))
            .find(|&day| day >= begin);
        prop_assume!(first.is_some());
        rule.start = first.unwrap();
        let expected: Vec<String> = (rule.start.year()..2030)
            .filter(|year| (year - rule.start.year()) % rule.interval == 0)
            .flat_map(|year| rule.of_year(rule.start, year))
            .filter(|&day| day >= rule.start)
            .take(rule.count.unwrap_or(usize::MAX))
            .filter(|day| day.year() >= 2010)
            .map(|day| day.to_string())
            .collect();
        let start = rule.start.format("%Y%m%d");
        let import = import(&format!("DTSTART:{start}\nRRULE:{}", rule.text()), 2010..=2029);
        prop_assert_eq!(&import.skipped, &[]);
        prop_assert_eq!(dates(&import), expected);
    }

    /// Nothing that comes in can panic, and every event is either taken or named.
    #[test]
    fn any_text_is_answered(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = holidays(&String::from_utf8_lossy(&bytes), 1900..=2099);
    }

    #[test]
    fn any_lines_of_an_event_are_answered(
        lines in prop::collection::vec(
            "(DTSTART|DTEND|RDATE|EXDATE|RECURRENCE-ID|DURATION|RRULE|UID|SUMMARY|STATUS)(;VALUE=DATE|;TZID=\"a:b\")?:(2026[01][0-9][0-3][0-9]|99991231|00000101|P[0-9]{1,9}[DW]|FREQ=YEARLY(;(COUNT|INTERVAL|BYMONTH|BYMONTHDAY|BYSETPOS)=-?[0-9]{1,10})?(;BYDAY=-?[0-9]{0,3}(MO|SU))?|CANCELLED|[ -~äé]{0,9})",
            0..8,
        ),
    ) {
        let text = event(&lines.join("\n"));
        if let Ok(import) = holidays(&text, 2020..=2030) {
            prop_assert!(import.skipped.len() <= 1);
            prop_assert!(import.holidays.iter().all(|day| (2020..=2030).contains(&day.date.year())));
            prop_assert!(import.holidays.is_sorted_by_key(|day| (day.date, day.name.clone())));
        }
    }
}
