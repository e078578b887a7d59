//! Both sides of every kind of clock change, in both readings of a wall time.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use aspa_hours::{ClockChanges, Hours};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

/// Open minutes of what starts on one date, as an exception of hours that are closed otherwise.
fn minutes(zone: Tz, date: &str, open: &str, changes: ClockChanges) -> i64 {
    let date: NaiveDate = date.parse().unwrap();
    let calendar = Hours::new(zone)
        .clock_changes(changes)
        .exception(date, open, "the day")
        .unwrap()
        .build()
        .unwrap();
    let noon = date.and_hms_opt(12, 0, 0).unwrap().and_utc();
    let week = TimeDelta::days(4);
    calendar.between(noon - week, noon + week).num_minutes()
}

/// A name, a zone, and dates with their minutes.
type Lasts = (&'static str, Tz, [(&'static str, i64); 3]);

#[test]
fn how_long_a_date_lasts() {
    use chrono_tz::{Africa, America, Antarctica, Asia, Australia, Europe, Pacific};
    let cases: [Lasts; 23] = [
        (
            "Helsinki, spring",
            Europe::Helsinki,
            [
                ("2026-03-28", 1440),
                ("2026-03-29", 1380),
                ("2026-03-30", 1440),
            ],
        ),
        (
            "Helsinki, autumn",
            Europe::Helsinki,
            [
                ("2026-10-24", 1440),
                ("2026-10-25", 1500),
                ("2026-10-26", 1440),
            ],
        ),
        (
            "London, spring",
            Europe::London,
            [
                ("2026-03-28", 1440),
                ("2026-03-29", 1380),
                ("2026-03-30", 1440),
            ],
        ),
        (
            "Dublin, whose winter is the exception",
            Europe::Dublin,
            [
                ("2026-03-29", 1380),
                ("2026-10-25", 1500),
                ("2026-10-26", 1440),
            ],
        ),
        (
            "New York, spring",
            America::New_York,
            [
                ("2026-03-07", 1440),
                ("2026-03-08", 1380),
                ("2026-03-09", 1440),
            ],
        ),
        (
            "New York, autumn",
            America::New_York,
            [
                ("2026-10-31", 1440),
                ("2026-11-01", 1500),
                ("2026-11-02", 1440),
            ],
        ),
        (
            "St John's, a minute past midnight",
            America::St_Johns,
            [
                ("2010-11-06", 1499),
                ("2010-11-07", 1441),
                ("2010-11-08", 1440),
            ],
        ),
        (
            "São Paulo skips midnight",
            America::Sao_Paulo,
            [
                ("2018-11-03", 1440),
                ("2018-11-04", 1380),
                ("2018-11-05", 1440),
            ],
        ),
        (
            "São Paulo repeats the eve's last hour",
            America::Sao_Paulo,
            [
                ("2019-02-16", 1500),
                ("2019-02-17", 1440),
                ("2019-02-18", 1440),
            ],
        ),
        (
            "Caracas, half an hour on",
            America::Caracas,
            [
                ("2016-04-30", 1440),
                ("2016-05-01", 1410),
                ("2016-05-02", 1440),
            ],
        ),
        (
            "Sydney, autumn",
            Australia::Sydney,
            [
                ("2026-04-04", 1440),
                ("2026-04-05", 1500),
                ("2026-04-06", 1440),
            ],
        ),
        (
            "Lord Howe, half an hour, spring",
            Australia::Lord_Howe,
            [
                ("2026-10-03", 1440),
                ("2026-10-04", 1410),
                ("2026-10-05", 1440),
            ],
        ),
        (
            "Lord Howe, half an hour, autumn",
            Australia::Lord_Howe,
            [
                ("2026-04-04", 1440),
                ("2026-04-05", 1470),
                ("2026-04-06", 1440),
            ],
        ),
        (
            "Chatham, three quarters off, spring",
            Pacific::Chatham,
            [
                ("2026-09-26", 1440),
                ("2026-09-27", 1380),
                ("2026-09-28", 1440),
            ],
        ),
        (
            "Chatham, three quarters off, autumn",
            Pacific::Chatham,
            [
                ("2026-04-04", 1440),
                ("2026-04-05", 1500),
                ("2026-04-06", 1440),
            ],
        ),
        (
            "Apia skipped a date",
            Pacific::Apia,
            [
                ("2011-12-29", 1440),
                ("2011-12-30", 0),
                ("2011-12-31", 1440),
            ],
        ),
        (
            "Kiritimati skipped a date",
            Pacific::Kiritimati,
            [
                ("1994-12-30", 1440),
                ("1994-12-31", 0),
                ("1995-01-01", 1440),
            ],
        ),
        (
            "Casablanca, into Ramadan and out",
            Africa::Casablanca,
            [
                ("2026-02-15", 1500),
                ("2026-03-21", 1440),
                ("2026-03-22", 1380),
            ],
        ),
        (
            "Troll, two hours, spring",
            Antarctica::Troll,
            [
                ("2026-03-28", 1440),
                ("2026-03-29", 1320),
                ("2026-03-30", 1440),
            ],
        ),
        (
            "Troll, two hours, autumn",
            Antarctica::Troll,
            [
                ("2026-10-24", 1440),
                ("2026-10-25", 1560),
                ("2026-10-26", 1440),
            ],
        ),
        (
            "Tehran's last spring",
            Asia::Tehran,
            [
                ("2022-03-21", 1440),
                ("2022-03-22", 1380),
                ("2022-03-23", 1440),
            ],
        ),
        (
            "Tehran's last autumn",
            Asia::Tehran,
            [
                ("2022-09-21", 1500),
                ("2022-09-22", 1440),
                ("2022-09-23", 1440),
            ],
        ),
        (
            "Kathmandu moved by a quarter",
            Asia::Kathmandu,
            [
                ("1985-12-31", 1440),
                ("1986-01-01", 1425),
                ("1986-01-02", 1440),
            ],
        ),
    ];
    for (name, zone, dates) in cases {
        for (date, lasts) in dates {
            let whole = minutes(zone, date, "00:00-24:00", ClockChanges::WallSet);
            assert_eq!(whole, lasts, "{name}, {date}");
        }
    }
}

#[test]
fn hours_within_a_change() {
    use chrono_tz::{America, Antarctica, Australia, Europe, Pacific};
    // Minutes by the wall clock, and by RFC 5545.
    let cases: [(&str, Tz, &str, &str, i64, i64); 20] = [
        (
            "within what is skipped",
            Europe::Helsinki,
            "2026-03-29",
            "03:15-03:45",
            0,
            30,
        ),
        (
            "into what is skipped",
            Europe::Helsinki,
            "2026-03-29",
            "02:00-03:30",
            60,
            90,
        ),
        (
            "out of what is skipped",
            Europe::Helsinki,
            "2026-03-29",
            "03:30-05:00",
            60,
            30,
        ),
        (
            "out of it, and over before it starts",
            Europe::Helsinki,
            "2026-03-29",
            "03:30-04:10",
            10,
            0,
        ),
        (
            "over all that is skipped",
            Europe::Helsinki,
            "2026-03-29",
            "02:30-04:30",
            60,
            60,
        ),
        (
            "within what comes twice",
            Europe::Helsinki,
            "2026-10-25",
            "03:15-03:45",
            60,
            30,
        ),
        (
            "into what comes twice",
            Europe::Helsinki,
            "2026-10-25",
            "02:00-03:30",
            120,
            90,
        ),
        (
            "out of what comes twice",
            Europe::Helsinki,
            "2026-10-25",
            "03:30-05:00",
            120,
            150,
        ),
        (
            "over all that comes twice",
            Europe::Helsinki,
            "2026-10-25",
            "02:30-04:30",
            180,
            180,
        ),
        (
            "Dublin, skipped",
            Europe::Dublin,
            "2026-03-29",
            "01:15-01:45",
            0,
            30,
        ),
        (
            "Dublin, twice",
            Europe::Dublin,
            "2026-10-25",
            "01:15-01:45",
            60,
            30,
        ),
        (
            "New York, skipped",
            America::New_York,
            "2026-03-08",
            "02:15-02:45",
            0,
            30,
        ),
        (
            "New York, twice",
            America::New_York,
            "2026-11-01",
            "01:15-01:45",
            60,
            30,
        ),
        (
            "São Paulo, midnight skipped",
            America::Sao_Paulo,
            "2018-11-04",
            "00:15-00:45",
            0,
            30,
        ),
        (
            "St John's: it starts twice and ends once",
            America::St_Johns,
            "2010-11-07",
            "00:00-00:01",
            2,
            61,
        ),
        (
            "Lord Howe, half an hour skipped",
            Australia::Lord_Howe,
            "2026-10-04",
            "02:05-02:25",
            0,
            20,
        ),
        (
            "Lord Howe, half an hour twice",
            Australia::Lord_Howe,
            "2026-04-05",
            "01:35-01:55",
            40,
            20,
        ),
        (
            "Chatham, skipped",
            Pacific::Chatham,
            "2026-09-27",
            "03:00-03:30",
            0,
            30,
        ),
        (
            "Troll, two hours skipped",
            Antarctica::Troll,
            "2026-03-29",
            "01:30-02:30",
            0,
            60,
        ),
        (
            "Apia, a date skipped",
            Pacific::Apia,
            "2011-12-30",
            "08:00-18:00",
            0,
            600,
        ),
    ];
    for (name, zone, date, open, by_wall, by_rfc) in cases {
        let read = |changes| minutes(zone, date, open, changes);
        assert_eq!(
            read(ClockChanges::WallSet),
            by_wall,
            "{name}, by the wall clock"
        );
        assert_eq!(read(ClockChanges::Rfc5545), by_rfc, "{name}, by RFC 5545");
    }
}

#[test]
fn breaks_and_blanked_dates_are_read_like_hours() {
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    // The break is in what Helsinki skips: it never comes, or comes an hour later.
    for (changes, open) in [
        (ClockChanges::WallSet, 8 * 60),
        (ClockChanges::Rfc5545, 8 * 60 - 30),
    ] {
        let calendar = Hours::new(chrono_tz::Europe::Helsinki)
            .clock_changes(changes)
            .open("Su 00:00-09:00")
            .unwrap()
            .break_at("Su 03:15-03:45", "coffee")
            .unwrap()
            .build()
            .unwrap();
        let (from, to) = (at("2026-03-28T12:00:00Z"), at("2026-03-29T12:00:00Z"));
        assert_eq!(
            calendar.between(from, to).num_minutes(),
            open,
            "{changes:?}"
        );
        let why = calendar.closed_reason(at("2026-03-29T01:20:00Z"));
        let coffee = why.is_some_and(|why| why.to_string() == "coffee");
        assert_eq!(coffee, changes == ClockChanges::Rfc5545, "{changes:?}");
    }
    // A holiday that starts with a skipped hour.
    for changes in [ClockChanges::WallSet, ClockChanges::Rfc5545] {
        let calendar = Hours::new(chrono_tz::America::Sao_Paulo)
            .clock_changes(changes)
            .open("Mo-Su 20:00-28:00")
            .unwrap()
            .holiday(NaiveDate::from_ymd_opt(2018, 11, 4).unwrap(), "a holiday")
            .build()
            .unwrap();
        let (from, to) = (
            at("2018-11-03T12:00:00-03:00"),
            at("2018-11-05T00:00:00-02:00"),
        );
        // The eve from 20:00 to midnight, which is 01:00 at once; nothing on the holiday.
        assert_eq!(calendar.between(from, to).num_minutes(), 240, "{changes:?}");
    }
}
