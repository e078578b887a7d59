//! Whole hours written as one text, and read back.

use aspa_hours::holidays::{Category, Region};
use aspa_hours::{
    ClockChanges, Exception, Holiday, HolidayMode, Hours, HoursError, Interval, RulesError, Segment,
};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;

use crate::date;
use crate::oracle::{text, told};

fn office() -> Hours {
    Hours::new(chrono_tz::Europe::Helsinki)
        .open("Mo-Fr 08:00-18:00")
        .unwrap()
}

fn bar() -> Hours {
    Hours::new(chrono_tz::Europe::Helsinki)
        .open("Fr-Sa 18:00-26:00")
        .unwrap()
}

fn finland() -> Region {
    "FI".parse().unwrap()
}

#[test]
fn hours_as_texts_for_maps() {
    let christmas_eve = date("2026-12-24");
    let mut half_day_before_a_holiday = bar().half_day_open("20:00-26:00").unwrap();
    half_day_before_a_holiday.holidays = vec![
        Holiday::new(date("2026-12-26"), "holiday"),
        Holiday::new(date("2026-12-25"), "half-day").category(Category::HalfDay),
    ];
    let cases = [
        ("regular hours", office(), "Mo-Fr 08:00-18:00"),
        ("never", Hours::new(Tz::UTC), "off"),
        (
            "holidays of a region",
            office().holidays_of(finland()),
            "Mo-Fr 08:00-18:00; PH off",
        ),
        (
            "holidays that the rules speak of",
            office()
                .open("Mo-Fr,PH 10:00-12:00")
                .unwrap()
                .holidays_of(finland()),
            "Mo-Fr,PH 10:00-12:00",
        ),
        (
            "listed holidays",
            office()
                .holiday(date("2027-01-06"), "Epiphany")
                .holiday(date("2026-12-25"), "Christmas"),
            "Mo-Fr 08:00-18:00; 2026 Dec 25,2027 Jan 06 off",
        ),
        (
            "a night before a holiday is cut at midnight",
            bar().holiday(date("2026-12-25"), "Christmas"),
            "Fr-Sa 18:00-26:00; 2026 Dec 25 00:00-24:00 off",
        ),
        (
            "unless holidays only stop what starts on them",
            bar()
                .holiday(date("2026-12-25"), "Christmas")
                .holiday_mode(HolidayMode::StartDate),
            "Fr-Sa 18:00-26:00; 2026 Dec 25 off",
        ),
        (
            "holidays of a region cut the night before",
            bar().holidays_of(finland()),
            "Fr-Sa 18:00-26:00; PH 00:00-24:00 off",
        ),
        (
            "but not that of an exception",
            office()
                .holidays_of(finland())
                .exception(christmas_eve, "18:00-26:00", "party")
                .unwrap(),
            "Mo-Fr 08:00-18:00; PH 00:00-24:00 off; 2026 Dec 24 18:00-26:00",
        ),
        (
            "lunch",
            office().break_at("Mo-Fr 12:00-12:30", "lunch").unwrap(),
            "Mo-Fr 08:00-12:00,12:30-18:00",
        ),
        (
            "lunch on some days",
            office().break_at("Fr 12:00-13:00", "lunch").unwrap(),
            "Mo-Th 08:00-18:00; Fr 08:00-12:00,13:00-18:00",
        ),
        (
            "one break",
            office()
                .break_at("2026 Dec 04 12:00-15:00", "party")
                .unwrap(),
            "Mo-Fr 08:00-18:00; 2026 Dec 04 12:00-15:00 off",
        ),
        (
            "a break in exceptions too",
            office()
                .break_at("Mo-Fr 12:00-12:30", "lunch")
                .unwrap()
                .exception(christmas_eve, "08:00-14:00", "Christmas Eve")
                .unwrap(),
            "Mo-Fr 08:00-18:00; 2026 Dec 24 08:00-14:00; Mo-Fr 12:00-12:30 off",
        ),
        (
            "exceptions",
            office()
                .exception(christmas_eve, "08:00-12:00", "Christmas Eve")
                .unwrap()
                .exception(date("2026-11-20"), "closed", "moving")
                .unwrap(),
            "Mo-Fr 08:00-18:00; 2026 Nov 20 off; 2026 Dec 24 08:00-12:00",
        ),
        (
            "the night of a half-day before a holiday",
            half_day_before_a_holiday,
            "Fr-Sa 18:00-26:00; 2026 Dec 25 20:00-26:00; 2026 Dec 26 00:00-24:00 off",
        ),
        (
            "a season of every year",
            office()
                .season("--12-15", "--01-06", "Mo-Fr 10:00-14:00", "winter")
                .unwrap(),
            "Mo-Fr 08:00-18:00; Dec 15-Jan 06 off; Dec 15-Jan 06 Mo-Fr 10:00-14:00",
        ),
        (
            "a season of one year",
            office()
                .season("2026-06-01", "2026-08-31", "off", "summer")
                .unwrap(),
            "Mo-Fr 08:00-18:00; 2026 Jun-Aug off",
        ),
    ];
    for (name, hours, text) in cases {
        assert_eq!(hours.to_osm().as_deref(), Ok(text), "{name}");
    }
}

#[test]
fn what_maps_cannot_say_names_its_field() {
    let half_days = office().half_day_open("08:00-12:00").unwrap();
    let half_days_of_a_region: Hours = serde_json::from_str(
        r#"{ "zone": "Europe/Tallinn", "open": "Mo-Fr 08:00-18:00", "half_day_open": ["08:00-12:00"],
             "holiday_sets": [{ "region": "EE", "categories": ["public", "half_day"] }] }"#,
    )
    .unwrap();
    let cases = [
        (
            office().clock_changes(ClockChanges::Rfc5545),
            "clock_changes",
        ),
        (
            bar()
                .holidays_of(finland())
                .holiday_mode(HolidayMode::StartDate),
            "holiday_mode",
        ),
        (
            bar()
                .open("Fr-Sa 18:00-26:00; PH off")
                .unwrap()
                .holiday_mode(HolidayMode::StartDate),
            "holiday_mode",
        ),
        (
            office()
                .open("Mo-Fr 08:00-18:00; PH off")
                .unwrap()
                .exception(date("2026-12-24"), "18:00-26:00", "party")
                .unwrap(),
            "exceptions",
        ),
        (
            office()
                .open("Mo-Fr 08:00-18:00; PH 10:00-12:00")
                .unwrap()
                .holiday(date("2026-12-25"), "x"),
            "holidays",
        ),
        (half_days_of_a_region, "half_day_open"),
        (
            office()
                .season("--06-01", "--08-31", "Jul 10:00-14:00", "summer")
                .unwrap(),
            "seasons",
        ),
        (
            office()
                .season("--06-01", "--08-31", "PH off", "summer")
                .unwrap()
                .holidays_of(finland()),
            "seasons",
        ),
        (
            office()
                .break_at("Mo-Fr 12:00-13:00; PH off", "lunch")
                .unwrap(),
            "breaks",
        ),
        (
            bar()
                .open("Fr-Sa 18:00-26:00; Su 00:00-01:00 off")
                .unwrap()
                .exception(date("2026-12-24"), "closed", "x")
                .unwrap(),
            "open",
        ),
    ];
    assert!(half_days.to_osm().is_ok());
    for (hours, at_fault) in cases {
        match hours.to_osm() {
            Err(HoursError::NotInOsm { field, .. }) => assert_eq!(field, at_fault),
            other => panic!("{at_fault}: {other:?}"),
        }
    }
    let many = (0..400).fold(office(), |hours, day| {
        hours.holiday(date("2026-01-01") + TimeDelta::days(2 * day), "x")
    });
    let error = many.to_osm().unwrap_err();
    assert!(
        matches!(error, HoursError::Rules(RulesError::TooLong { .. })),
        "{error}"
    );
}

fn regular() -> impl Strategy<Value = String> {
    let plain = proptest::sample::select(vec![
        "24/7",
        "Mo-Fr 08:00-18:00",
        "Mo-Fr 08:00-12:00,13:00-18:00; Sa 10:00-14:00",
        "Mo-Th 17:00-01:00; Fr-Sa 17:00-04:00; Su 12:00-22:00",
        "Mo-Su 20:00-30:00",
        "Mo-Sa 08:00-18:00; PH off",
        "Mo-Su 20:00-30:00; PH off",
        "Mo-Fr,PH 18:00-28:00",
        "Mo-Fr 08:00-18:00; 12:00-12:30 off",
        "off",
    ]);
    prop_oneof![2 => plain.prop_map(str::to_owned), 1 => told().prop_map(|rules| text(&rules))]
}

prop_compose! {
    fn any_hours()(
        zone in proptest::sample::select(vec![
            chrono_tz::Europe::Helsinki, chrono_tz::Australia::Lord_Howe, Tz::UTC,
        ]),
        open in regular(),
        seasons in proptest::collection::vec((-10..30_i64, 0..30_i64, any::<bool>(), regular()), 0..2),
        breaks in proptest::collection::vec(proptest::sample::select(vec![
            "Mo-Fr 12:00-12:30", "Sa-Su 23:00-25:00", "Mo 12:00-13:00; We 12:00-14:00",
            "Dec 20-28 09:00-10:00", "Mo-Fr 11:00-12:00, Fr 17:00-19:00", "PH 12:00-13:00", "Dec 31",
        ]), 0..2),
        sets in proptest::option::weighted(0.3, Just(())),
        holidays in proptest::collection::btree_map(-3..25_i64, any::<bool>(), 0..4),
        half_day in proptest::option::weighted(0.3, interval()),
        start_date in any::<bool>(),
        exceptions in proptest::collection::btree_map(
            -3..25_i64, proptest::collection::vec(interval(), 0..3), 0..4),
        plainly in any::<bool>(),
        first in proptest::sample::select(vec!["2026-03-20", "2026-10-15", "2026-12-15"]),
    ) -> (Hours, NaiveDate) {
        let first = date(first);
        let day = |days| first + TimeDelta::days(days);
        let mut hours = Hours::new(zone).open(&open).unwrap();
        for (from, length, yearly, open) in seasons.into_iter().filter(|_| !plainly) {
            let end = |date: NaiveDate| if yearly { date.format("--%m-%d").to_string() } else { date.to_string() };
            hours = hours.season(&end(day(from)), &end(day(from + length)), &open, "season").unwrap();
        }
        for at in breaks {
            hours = hours.break_at(at, "break").unwrap();
        }
        if sets.is_some() {
            hours = hours.holidays_of(finland());
        }
        for (on, half) in holidays {
            let mut holiday = Holiday::new(day(on), "holiday");
            if half {
                holiday.category = Category::HalfDay;
            }
            hours.holidays.push(holiday);
        }
        hours.half_day_open = half_day.filter(|_| !plainly).map(|open| vec![open]);
        if start_date {
            hours.holiday_mode = HolidayMode::StartDate;
        }
        for (on, open) in exceptions {
            let open = if plainly { Vec::new() } else { open };
            hours.exceptions.push(Exception::new(day(on), open, "exception"));
        }
        (hours, first)
    }
}

fn interval() -> impl Strategy<Value = Interval> {
    (0..96_u32, 1..=96_u32)
        .prop_map(|(start, length)| Interval::new(start * 900, start * 900 + length * 900).unwrap())
}

fn open(hours: &Hours, first: NaiveDate) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let from = first.and_time(NaiveTime::MIN).and_utc() - TimeDelta::days(12);
    hours
        .build()
        .unwrap()
        .segments(from, from + TimeDelta::days(60))
        .filter(Segment::is_open)
        .map(|open| (open.from, open.to))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::cases(64)))]

    #[test]
    fn hours_read_back_are_open_at_the_same_instants((hours, first) in any_hours()) {
        let text = match hours.to_osm() {
            Ok(text) => text,
            Err(HoursError::NotInOsm { .. }) => return Ok(()),
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        };
        let mut back = Hours::from_osm(hours.zone, &text).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(&back.to_osm().unwrap(), &text);
        back.holiday_sets = hours.holiday_sets.clone();
        prop_assert_eq!(open(&back, first), open(&hours, first), "{}", text);
    }
}
