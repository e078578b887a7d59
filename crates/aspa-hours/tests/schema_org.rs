//! Opening hours in schema.org's words, both ways.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use aspa_hours::schema_org::{EntryError, Place, ReadError};
use aspa_hours::{Calendar, Hours};
use chrono::{NaiveDate, TimeZone};
use chrono_tz::Europe::Helsinki;
use proptest::prelude::*;
use serde_json::{Value, json};

fn place(json: &str) -> Place {
    serde_json::from_str(json).unwrap()
}

/// A place with these entries.
fn regular(entries: &str) -> Place {
    place(&format!(r#"{{"openingHoursSpecification": [{entries}]}}"#))
}

fn special(entries: &str) -> Place {
    place(&format!(
        r#"{{"specialOpeningHoursSpecification": [{entries}]}}"#
    ))
}

#[test]
fn regular_hours_in() {
    let cases = [
        (
            "one day",
            r#"{"dayOfWeek": "Monday", "opens": "08:00", "closes": "18:00"}"#,
            "Mo 08:00-18:00",
        ),
        (
            "a list of one",
            r#"{"dayOfWeek": ["Monday"], "opens": "08:00", "closes": "18:00"}"#,
            "Mo 08:00-18:00",
        ),
        (
            "several days",
            r#"{"dayOfWeek": ["Monday", "Tuesday", "Friday"], "opens": "08:00", "closes": "18:00"}"#,
            "Mo,Tu,Fr 08:00-18:00",
        ),
        (
            "an address",
            r#"{"dayOfWeek": "https://schema.org/Monday", "opens": "08:00", "closes": "18:00"}"#,
            "Mo 08:00-18:00",
        ),
        (
            "the old address",
            r#"{"dayOfWeek": "http://schema.org/Sunday", "opens": "08:00", "closes": "18:00"}"#,
            "Su 08:00-18:00",
        ),
        (
            "a short address",
            r#"{"dayOfWeek": "schema:Sunday", "opens": "08:00", "closes": "18:00"}"#,
            "Su 08:00-18:00",
        ),
        (
            "GoodRelations",
            r#"{"dayOfWeek": "http://purl.org/goodrelations/v1#Sunday", "opens": "08:00", "closes": "18:00"}"#,
            "Su 08:00-18:00",
        ),
        (
            "an id",
            r#"{"dayOfWeek": {"@id": "https://schema.org/Monday"}, "opens": "08:00", "closes": "18:00"}"#,
            "Mo 08:00-18:00",
        ),
        (
            "a list of ids",
            r#"{"dayOfWeek": [{"@id": "schema:Monday"}, "Tuesday"], "opens": "08:00", "closes": "18:00"}"#,
            "Mo,Tu 08:00-18:00",
        ),
        (
            "no day is every day",
            r#"{"opens": "08:00", "closes": "18:00"}"#,
            "Mo-Su 08:00-18:00",
        ),
        (
            "seconds",
            r#"{"dayOfWeek": "Monday", "opens": "08:00:00", "closes": "17:59:30"}"#,
            "Mo 08:00-17:59:30",
        ),
        (
            "past midnight",
            r#"{"dayOfWeek": "Saturday", "opens": "18:00", "closes": "03:00"}"#,
            "Sa 18:00-27:00",
        ),
        (
            "until midnight",
            r#"{"dayOfWeek": "Saturday", "opens": "18:00", "closes": "00:00"}"#,
            "Sa 18:00-24:00",
        ),
        (
            "until midnight, as some write it",
            r#"{"dayOfWeek": "Saturday", "opens": "18:00", "closes": "24:00"}"#,
            "Sa 18:00-24:00",
        ),
        (
            "until a minute before",
            r#"{"dayOfWeek": "Saturday", "opens": "18:00", "closes": "23:59"}"#,
            "Sa 18:00-23:59",
        ),
        (
            "all day",
            r#"{"dayOfWeek": "Saturday", "opens": "00:00", "closes": "23:59"}"#,
            "Sa 00:00-24:00",
        ),
        (
            "all day to the second",
            r#"{"dayOfWeek": "Saturday", "opens": "00:00:00", "closes": "23:59:59"}"#,
            "Sa 00:00-24:00",
        ),
        (
            "closed",
            r#"{"dayOfWeek": "Sunday", "opens": "00:00", "closes": "00:00"}"#,
            "off",
        ),
        ("closed without times", r#"{"dayOfWeek": "Sunday"}"#, "off"),
        (
            "two entries a day",
            r#"{"dayOfWeek": "Monday", "opens": "13:00", "closes": "18:00"}, {"dayOfWeek": "Monday", "opens": "08:00", "closes": "12:00"}"#,
            "Mo 08:00-12:00,13:00-18:00",
        ),
        (
            "entries that overlap",
            r#"{"dayOfWeek": "Monday", "opens": "08:00", "closes": "13:00"}, {"dayOfWeek": "Monday", "opens": "12:00", "closes": "18:00"}"#,
            "Mo 08:00-18:00",
        ),
        (
            "holidays closed",
            r#"{"dayOfWeek": "Monday", "opens": "08:00", "closes": "18:00"}, {"dayOfWeek": "PublicHolidays", "opens": "00:00", "closes": "00:00"}"#,
            "Mo 08:00-18:00; PH off",
        ),
        (
            "holidays open",
            r#"{"dayOfWeek": ["Sunday", "https://schema.org/PublicHolidays"], "opens": "10:00", "closes": "14:00"}"#,
            "Su 10:00-14:00; PH 10:00-14:00",
        ),
        (
            "small letters",
            r#"{"dayOfWeek": "monday", "opens": "8:00", "closes": "18:00"}"#,
            "Mo 08:00-18:00",
        ),
        ("nothing", "", "off"),
    ];
    for (name, entries, expected) in cases {
        let hours = regular(entries).hours(Helsinki).unwrap();
        assert_eq!(
            hours.open,
            expected.parse().unwrap(),
            "{name}: {}",
            hours.open
        );
        assert!(
            hours.exceptions.is_empty() && hours.seasons.is_empty(),
            "{name}"
        );
        hours.build().unwrap();
    }
}

#[test]
fn the_text_form_in() {
    let cases = [
        (r#""Mo-Fr 08:00-18:00""#, "Mo-Fr 08:00-18:00"),
        (
            r#"["Mo-Fr 08:00-18:00", "Sa 10:00-14:00"]"#,
            "Mo-Fr 08:00-18:00; Sa 10:00-14:00",
        ),
        (
            r#"["Mo 08:00-12:00", "Mo 13:00-18:00"]"#,
            "Mo 08:00-12:00,13:00-18:00",
        ),
        (r#""Mo-Su""#, "24/7"),
        (r#""Mo-Su 00:00-23:59""#, "24/7"),
        (r#""Tu,Th 16:00-20:00""#, "Tu,Th 16:00-20:00"),
        (
            r#""Mo-Fr 08:00-18:00; PH off""#,
            "Mo-Fr 08:00-18:00; PH off",
        ),
    ];
    let open = |hours: &Hours| {
        let mut hours = hours.clone();
        let holiday = NaiveDate::from_ymd_opt(2026, 5, 1).unwrap();
        hours
            .holidays
            .push(aspa_hours::Holiday::new(holiday, "May Day"));
        stretches(&hours.build().unwrap())
    };
    for (text, expected) in cases {
        let read = place(&format!(r#"{{"openingHours": {text}}}"#))
            .hours(Helsinki)
            .unwrap();
        let told = Hours::new(Helsinki).open(expected).unwrap();
        assert_eq!(open(&read), open(&told), "{text}: {}", read.open);
    }
    let both = |text: &str| {
        place(&format!(
            r#"{{"openingHours": "{text}",
                "openingHoursSpecification": {{"dayOfWeek": ["Monday", "Tuesday"], "opens": "08:00", "closes": "12:00"}}}}"#
        ))
        .hours(Helsinki)
    };
    assert_eq!(
        both("Mo,Tu 08:00-12:00").unwrap().open.to_string(),
        "Mo-Tu 08:00-12:00"
    );
    assert_eq!(both("Mo-We 08:00-12:00"), Err(ReadError::Contradiction));
    assert!(matches!(both("Mo 08:00-sunset"), Err(ReadError::Text(_))));
}

#[test]
fn seasons_in() {
    let hours = regular(
        r#"{"dayOfWeek": ["Monday", "Tuesday"], "opens": "08:00", "closes": "18:00"},
           {"dayOfWeek": "PublicHolidays", "opens": "00:00", "closes": "00:00"},
           {"dayOfWeek": "Tuesday", "opens": "10:00", "closes": "12:00",
            "validFrom": "2026-07-07", "validThrough": "2026-07-07"},
           {"dayOfWeek": "Monday", "opens": "09:00", "closes": "15:00",
            "validFrom": "2026-06-01", "validThrough": "2026-08-31"},
           {"opens": "00:00", "closes": "00:00", "validFrom": "2027-01-01T00:00:00"}"#,
    )
    .hours(Helsinki)
    .unwrap();
    let seasons: Vec<String> = hours
        .seasons
        .iter()
        .map(|season| format!("{} {}: {}", season.from, season.through, season.open))
        .collect();
    // The longest first, since the last one in the list wins.
    let expected = [
        "2027-01-01 2099-12-31: PH off",
        "2026-06-01 2026-08-31: Mo 09:00-15:00; Tu 08:00-18:00; PH off",
        "2026-07-07 2026-07-07: Mo 09:00-15:00; Tu 10:00-12:00; PH off",
    ];
    assert_eq!(seasons, expected);
    let calendar = hours.build().unwrap();
    let open = |text: &str| calendar.is_open(at(text));
    assert!(
        open("2026-06-02T16:00:00"),
        "a Tuesday of the summer is as ever"
    );
    assert!(
        !open("2026-06-01T16:00:00"),
        "a Monday of the summer is not"
    );
    assert!(!open("2026-07-07T16:00:00"), "the shorter season wins");
    assert!(!open("2027-06-01T10:00:00"), "closed for good");
}

#[test]
fn special_hours_in() {
    let hours = place(
        r#"{"openingHoursSpecification": {"opens": "08:00", "closes": "18:00"},
            "specialOpeningHoursSpecification": [
                {"name": "Eve", "opens": "08:00", "closes": "10:00", "validFrom": "2026-12-24", "validThrough": "2026-12-24"},
                {"opens": "11:00", "closes": "12:00", "validFrom": "2026-12-24", "validThrough": "2026-12-24T23:59:59"},
                {"opens": "00:00", "closes": "00:00", "validFrom": "2026-12-25", "validThrough": "2026-12-26"},
                {"dayOfWeek": "Sunday", "opens": "22:00", "closes": "02:00", "validFrom": "2026-12-26", "validThrough": "2027-01-03"}
            ]}"#,
    )
    .hours(Helsinki)
    .unwrap();
    let told: Vec<String> = hours
        .exceptions
        .iter()
        .map(|day| {
            let open: Vec<_> = day.open.iter().map(ToString::to_string).collect();
            format!("{} {} {}", day.date, open.join(","), day.name)
        })
        .collect();
    let expected = [
        "2026-12-24 08:00-10:00,11:00-12:00 Eve",
        "2026-12-25  special opening hours",
        "2026-12-26  special opening hours",
        "2026-12-27 22:00-26:00 special opening hours",
        "2027-01-03 22:00-26:00 special opening hours",
    ];
    assert_eq!(told, expected);
    hours.build().unwrap();
}

#[test]
fn what_is_refused_when_read() {
    let dates = r#""validFrom": "2026-12-24", "validThrough": "2026-12-26""#;
    let in_list = [
        (regular(r#"{}, {"opens": "08:00"}"#), EntryError::OneTime),
        (regular(r#"{}, {"closes": "08:00"}"#), EntryError::OneTime),
        (
            regular(r#"{}, {"opens": "08:00", "closes": "08:00"}"#),
            EntryError::SameTime,
        ),
        (
            regular(r#"{}, {"opens": "24:00", "closes": "08:00"}"#),
            EntryError::OpensTooLate,
        ),
        (
            regular(r#"{}, {"validFrom": "2026-12-24", "validThrough": "2026-12-23"}"#),
            EntryError::Backwards,
        ),
        (
            special(&format!(
                r#"{{{dates}}}, {{"opens": "08:00", "closes": "12:00"}}"#
            )),
            EntryError::NoDates,
        ),
        (
            special(&format!(r#"{{{dates}}}, {{"validFrom": "2026-12-24"}}"#)),
            EntryError::NoDates,
        ),
        (
            special(&format!(
                r#"{{{dates}}}, {{"validFrom": "2026-12-24", "validThrough": "2026-12-23"}}"#
            )),
            EntryError::Backwards,
        ),
        (
            special(&format!(
                r#"{{{dates}}}, {{"dayOfWeek": "PublicHolidays", {dates}}}"#
            )),
            EntryError::SpecialHolidays,
        ),
    ];
    for (place, expected) in in_list {
        match place.hours(Helsinki) {
            Err(ReadError::Entry { index: 1, why, .. }) => assert_eq!(why, expected),
            other => panic!("{expected:?}: {other:?}"),
        }
    }
    let long = r#"{"validFrom": "0001-01-01", "validThrough": "9999-12-31"}"#;
    assert_eq!(special(long).hours(Helsinki), Err(ReadError::TooManyDates));
    let texts = [
        (r#"{"opens": "8"}"#, "time \"8\": expected"),
        (r#"{"opens": "08:60"}"#, "08:60"),
        (r#"{"opens": "25:00"}"#, "25:00"),
        (r#"{"opens": "08:00+02:00"}"#, "08:00+02:00"),
        (r#"{"opens": "08:00:00:00"}"#, "08:00:00:00"),
        (r#"{"opens": "8 am"}"#, "8 am"),
        (r#"{"dayOfWeek": "Mon"}"#, "dayOfWeek \"Mon\""),
        (r#"{"dayOfWeek": ["Monday", "Caturday"]}"#, "Caturday"),
        (r#"{"dayOfWeek": 1}"#, "a value or a list"),
        (r#"{"validFrom": "24.12.2026"}"#, "validFrom"),
        (r#"{"validFrom": "2026-12-24T08:00:00"}"#, "validFrom"),
        (r#"{"validThrough": "2026-12-24T00:00:00"}"#, "validThrough"),
    ];
    for (entry, expected) in texts {
        let text = format!(r#"{{"openingHoursSpecification": {entry}}}"#);
        let error = serde_json::from_str::<Place>(&text)
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{entry}: {error}");
    }
}

fn written(hours: &Hours) -> Value {
    serde_json::to_value(hours.to_schema_org().unwrap()).unwrap()
}

#[test]
fn hours_out() {
    let hours = Hours::new(Helsinki)
        .open("Mo-Fr 08:00-18:00; Sa 22:00-24:00; Su 00:00-24:00; PH off")
        .unwrap()
        .break_at("Mo-Fr 12:00-13:00", "lunch")
        .unwrap()
        .exception(
            "2026-12-24".parse().unwrap(),
            "08:00-12:00",
            "Christmas Eve",
        )
        .unwrap()
        .exception("2026-12-31".parse().unwrap(), "closed", "")
        .unwrap()
        .holiday("2026-12-06".parse().unwrap(), "Independence Day");
    let kind = "OpeningHoursSpecification";
    let week = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];
    let expected = json!({
        "openingHoursSpecification": [
            {"@type": kind, "dayOfWeek": week, "opens": "08:00", "closes": "12:00"},
            {"@type": kind, "dayOfWeek": week, "opens": "13:00", "closes": "18:00"},
            {"@type": kind, "dayOfWeek": ["Saturday"], "opens": "22:00", "closes": "00:00"},
            {"@type": kind, "dayOfWeek": ["Sunday"], "opens": "00:00", "closes": "23:59"},
            {"@type": kind, "dayOfWeek": ["PublicHolidays"], "opens": "00:00", "closes": "00:00"},
        ],
        "specialOpeningHoursSpecification": [
            {"@type": kind, "name": "Christmas Eve", "opens": "08:00", "closes": "12:00",
             "validFrom": "2026-12-24", "validThrough": "2026-12-24"},
            {"@type": kind, "opens": "00:00", "closes": "00:00",
             "validFrom": "2026-12-31", "validThrough": "2026-12-31"},
            {"@type": kind, "name": "Independence Day", "opens": "00:00", "closes": "00:00",
             "validFrom": "2026-12-06", "validThrough": "2026-12-06"},
        ],
    });
    assert_eq!(written(&hours), expected);
}

#[test]
fn what_is_closed_is_said() {
    let never = written(&Hours::new(Helsinki));
    let entry = &never["openingHoursSpecification"][0];
    assert_eq!(entry["dayOfWeek"].as_array().map(Vec::len), Some(7));
    assert_eq!(entry["opens"], "00:00");
    let finland = Hours::new(Helsinki)
        .open("Mo 08:00-18:00")
        .unwrap()
        .holidays_of("FI".parse::<aspa_hours::holidays::Region>().unwrap());
    let entry = &written(&finland)["openingHoursSpecification"][1];
    assert_eq!(entry["dayOfWeek"], json!(["PublicHolidays"]));
    assert_eq!(entry["closes"], "00:00");
    let summer = Hours::new(Helsinki)
        .open("Mo 08:00-18:00")
        .unwrap()
        .season("2026-06-01", "2026-08-31", "Tu 08:00-18:00", "summer")
        .unwrap();
    let entry = &written(&summer)["openingHoursSpecification"][1];
    assert_eq!(entry["dayOfWeek"].as_array().map(Vec::len), Some(6));
    assert_eq!(entry["opens"], "00:00");
    assert_eq!(entry["validFrom"], "2026-06-01");
}

#[test]
fn a_season_that_is_silent_about_holidays_closes_them() {
    let hours = Hours::new(Helsinki)
        .open("Mo 08:00-18:00; PH 10:00-12:00")
        .unwrap()
        .season("2026-06-01", "2026-08-31", "Mo 09:00-12:00", "")
        .unwrap()
        .holidays_of("FI".parse::<aspa_hours::holidays::Region>().unwrap());
    let mut read = hours.to_schema_org().unwrap().hours(Helsinki).unwrap();
    read.holiday_sets.clone_from(&hours.holiday_sets);
    // Midsummer is a Saturday of the season, May Day a Friday before it.
    let calendar = read.build().unwrap();
    assert!(!calendar.is_open(at("2026-06-20T11:00:00")));
    assert!(calendar.is_open(at("2026-05-01T11:00:00")));
    assert_eq!(stretches(&calendar), stretches(&hours.build().unwrap()));
}

#[test]
fn what_it_cannot_say() {
    let cases = [
        (r#""open": "Mo[1] 08:00-18:00""#, "open"),
        (r#""open": "Mo 08:00-34:00""#, "open"),
        (r#""open": "Mo 00:00-23:59""#, "open"),
        (r#""open": "Mo 08:00-18:00; PH Mo 10:00-12:00""#, "open"),
        (
            r#""open": "Mo 08:00-18:00", "breaks": [{"at": "Mo[1] 09:00-10:00", "name": "a"}]"#,
            "breaks",
        ),
        (
            r#""open": "Mo 20:00-28:00", "breaks": [{"at": "Tu 01:00-02:00", "name": "a"}]"#,
            "breaks",
        ),
        (
            r#""open": "Mo 08:00-18:00; PH 10:00-12:00", "breaks": [{"at": "Mo 11:00-11:30", "name": "a"}]"#,
            "breaks",
        ),
        (
            r#""open": "Mo 08:00-18:00", "seasons": [{"from": "--06-01", "through": "--08-31", "name": "a"}]"#,
            "seasons",
        ),
        (
            r#""open": "Mo 08:00-18:00", "seasons": [{"from": "2026-06-01", "through": "2026-08-31", "open": "Jul Mo 08:00-10:00", "name": "a"}]"#,
            "seasons",
        ),
        (
            r#""open": "Mo 08:00-18:00", "holiday_sets": [{"region": "FI", "categories": ["public", "de_facto"]}]"#,
            "holiday_sets",
        ),
        (
            r#""open": "Mo 08:00-18:00", "half_day_open": ["08:00-12:00"], "holidays": [{"date": "2026-12-23", "name": "a", "category": "half_day"}]"#,
            "half_day_open",
        ),
        (
            r#""open": "Mo 08:00-18:00", "clock_changes": "rfc5545""#,
            "clock_changes",
        ),
        (
            r#""open": "Mo 08:00-18:00", "exceptions": [{"date": "2026-12-23", "open": ["08:00-32:00"], "name": "a"}]"#,
            "exceptions",
        ),
    ];
    for (fields, field) in cases {
        let hours: Hours =
            serde_json::from_str(&format!(r#"{{"zone": "Europe/Helsinki", {fields}}}"#)).unwrap();
        let field_at_fault = hours.to_schema_org().err().map_or("", |error| error.field);
        assert_eq!(field_at_fault, field, "{fields}");
    }
}

fn at(local: &str) -> i64 {
    let naive = local.parse::<chrono::NaiveDateTime>().unwrap();
    Helsinki.from_local_datetime(&naive).unwrap().timestamp()
}

/// Every open stretch of 2026.
fn stretches(calendar: &Calendar) -> Vec<(i64, i64)> {
    let year = at("2026-01-01T00:00:00")..at("2027-01-01T00:00:00");
    calendar
        .iter(year)
        .map(|stretch| (stretch.start, stretch.end))
        .collect()
}

/// Hours of a day, in quarters of an hour, apart from each other. None passes midnight, since what a
/// closed date does to such a night has no words there.
fn day() -> impl Strategy<Value = String> {
    prop::collection::btree_set(0..96_u32, 0..5).prop_map(|quarters| {
        let quarters: Vec<u32> = quarters.into_iter().collect();
        let clock = |quarter: u32| format!("{:02}:{:02}", quarter / 4, quarter % 4 * 15);
        let pairs: Vec<String> = quarters
            .chunks_exact(2)
            .map(|pair| format!("{}-{}", clock(pair[0]), clock(pair[1])))
            .collect();
        if pairs.is_empty() {
            "off".to_owned()
        } else {
            pairs.join(",")
        }
    })
}

fn week() -> impl Strategy<Value = String> {
    (prop::collection::vec(day(), 7), prop::option::of(day())).prop_map(|(days, holidays)| {
        let names = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
        let days = names
            .iter()
            .zip(days)
            .map(|(name, day)| format!("{name} {day}"));
        let holidays = holidays.map(|day| format!("PH {day}"));
        days.chain(holidays).collect::<Vec<_>>().join("; ")
    })
}

fn date() -> impl Strategy<Value = NaiveDate> {
    (1..=365_u32).prop_map(|day| NaiveDate::from_yo_opt(2026, day).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// What we publish reads back as the same hours.
    #[test]
    fn out_and_in_again(
        open in week(),
        seasons in prop::collection::vec((date(), 0..60_u64, week()), 0..3),
        exceptions in prop::collection::btree_map(date(), day(), 0..4),
        holidays in prop::collection::btree_set(date(), 0..4),
        pause in prop::option::of(day()),
    ) {
        let mut hours = Hours::new(Helsinki).open(&open).unwrap();
        let mut ranges = std::collections::BTreeSet::new();
        let mut seasons = seasons;
        seasons.retain(|(from, length, _)| ranges.insert((*from, *length)));
        // The shorter one wins there, the later one here.
        seasons.sort_by_key(|(_, length, _)| std::cmp::Reverse(*length));
        for (from, length, open) in seasons {
            let through = from + chrono::Days::new(length);
            // On listed holidays there must be one answer for all seasons.
            let open = match holidays.is_empty() {
                true => &open,
                false => open.split("; PH").next().unwrap_or_default(),
            };
            hours = hours.season(&from.to_string(), &through.to_string(), open, "").unwrap();
        }
        let as_ever = hours.open.on_holidays();
        let other = hours.seasons.iter().any(|season| season.open.on_holidays() != as_ever);
        for (date, open) in &exceptions {
            hours = hours.exception(*date, open, "x").unwrap();
        }
        for date in holidays.iter().filter(|_| !other) {
            hours = hours.holiday(*date, "y");
        }
        if let Some(pause) = pause {
            hours = hours.break_at(&format!("Mo-Su {pause}"), "z").unwrap();
        }
        let place = hours.to_schema_org().unwrap();
        let json = serde_json::to_string(&place).unwrap();
        let back: Place = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&back, &place);
        let read = back.hours(Helsinki).unwrap().build().unwrap();
        prop_assert_eq!(stretches(&read), stretches(&hours.build().unwrap()), "{}", json);
    }

    /// No JSON makes it panic.
    #[test]
    fn any_entry_is_answered(
        days in prop::collection::vec("(Mon|Tues|Wednes|Sun)day|PublicHolidays|x", 0..3),
        times in prop::collection::vec("([012]?[0-9]:[0-5][0-9](:[0-9]{2})?)|x", 0..3),
        dates in prop::collection::vec("(2026|9999|0001|1899)-[01][0-9]-[0-3][0-9]", 0..3),
    ) {
        let mut entry = json!({"dayOfWeek": days});
        for (name, value) in ["opens", "closes"].iter().zip(times) {
            entry[name] = value.into();
        }
        for (name, value) in ["validFrom", "validThrough"].iter().zip(dates) {
            entry[name] = value.into();
        }
        let place = json!({"openingHoursSpecification": entry, "specialOpeningHoursSpecification": entry});
        if let Ok(place) = serde_json::from_value::<Place>(place)
            && let Ok(hours) = place.hours(Helsinki)
        {
            let _ = hours.build();
            let _ = hours.to_schema_org();
        }
    }
}
