//! A slow oracle walks the wall clock minute by minute; the calendar must agree with it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use aspa_hours::{Exception, HolidayMode, Hours, Interval};
use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;

/// Whether the wall clock shows an open time, straight from the words of the documentation.
fn is_open(hours: &Hours, week: &[Vec<Interval>], at: DateTime<Utc>) -> bool {
    let wall = at.with_timezone(&hours.zone).naive_local();
    let today = wall.date();
    let holiday = |date| hours.holidays.iter().any(|day| day.date == date);
    let exception = |date| hours.exceptions.iter().find(|day| day.date == date);
    let closed_date = match exception(today) {
        Some(day) => day.open.is_empty(),
        None => holiday(today),
    };
    (0..3).any(|back| {
        let date = today - Days::new(back);
        let second = wall.time().num_seconds_from_midnight() + 86_400 * back as u32;
        let shows =
            |list: &[Interval]| list.iter().any(|i| i.start() <= second && second < i.end());
        match exception(date) {
            Some(day) => shows(&day.open),
            None => {
                let kept = match hours.holiday_mode {
                    HolidayMode::StartDate => !holiday(date),
                    _ => !closed_date,
                };
                kept && shows(&week[date.weekday().num_days_from_monday() as usize])
            }
        }
    })
}

/// Zones and the days around their changes.
const CHANGES: [(Tz, (i32, u32, u32)); 9] = [
    (chrono_tz::Europe::Helsinki, (2026, 3, 29)),
    (chrono_tz::Europe::Helsinki, (2026, 10, 25)),
    (chrono_tz::Australia::Lord_Howe, (2026, 10, 4)),
    (chrono_tz::Australia::Lord_Howe, (2026, 4, 5)),
    (chrono_tz::Pacific::Apia, (2011, 12, 30)),
    (chrono_tz::America::Sao_Paulo, (2018, 11, 4)),
    (chrono_tz::Africa::Casablanca, (2026, 2, 15)),
    (chrono_tz::Asia::Kolkata, (2033, 12, 31)),
    (chrono_tz::Europe::Dublin, (1999, 12, 31)),
];

fn interval() -> impl Strategy<Value = Interval> {
    (0..96_u32, 1..=96_u32)
        .prop_map(|(start, length)| Interval::new(start * 900, start * 900 + length * 900).unwrap())
}

prop_compose! {
    fn case()(
        (zone, (y, m, d)) in proptest::sample::select(CHANGES.to_vec()),
        week in proptest::collection::vec(proptest::collection::vec(interval(), 0..3), 7),
        holidays in proptest::collection::btree_set(-3_i64..4, 0..3),
        exceptions in proptest::collection::btree_map(
            -3_i64..4, proptest::collection::vec(interval(), 0..3), 0..3),
        mode in proptest::sample::select(vec![HolidayMode::CalendarDate, HolidayMode::StartDate]),
    ) -> (Hours, Vec<Vec<Interval>>, DateTime<Utc>) {
        let middle = NaiveDate::from_ymd_opt(y, m, d).unwrap();
        let day = |n| middle + TimeDelta::days(n);
        let mut hours = Hours::new(zone).holiday_mode(mode);
        let days = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
        let rules: Vec<String> = week.iter().zip(days).filter(|(open, _)| !open.is_empty())
            .map(|(open, day)| {
                let open: Vec<String> = open.iter().map(ToString::to_string).collect();
                format!("{day} {}", open.join(","))
            }).collect();
        hours = hours.open(&if rules.is_empty() { "off".to_owned() } else { rules.join("; ") }).unwrap();
        for n in holidays {
            hours = hours.holiday(day(n), "holiday");
        }
        for (n, open) in exceptions {
            hours.exceptions.push(Exception::new(day(n), open, "exception"));
        }
        (hours, week, (middle - Days::new(2)).and_hms_opt(0, 0, 0).unwrap().and_utc())
    }
}

const MINUTES: i64 = 4 * 24 * 60;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_walk_along_the_wall_clock_agrees((hours, week, start) in case(), a in 0..MINUTES, b in 0..MINUTES) {
        let calendar = hours.build().unwrap();
        let (a, b) = (a.min(b), a.max(b));
        let minute = |n: i64| start + TimeDelta::minutes(n);
        let walk: Vec<bool> = (0..MINUTES).map(|n| is_open(&hours, &week, minute(n))).collect();
        for (n, &open) in walk.iter().enumerate() {
            let at = minute(n as i64);
            prop_assert_eq!(calendar.is_open(at), open, "{}", at.with_timezone(&hours.zone));
            prop_assert_eq!(calendar.closed_reason(at).is_none(), open);
        }
        let open = walk[a as usize..b as usize].iter().filter(|open| **open).count() as i64;
        prop_assert_eq!(calendar.between(minute(a), minute(b)), TimeDelta::minutes(open));
        prop_assert_eq!(calendar.between(minute(b), minute(a)), TimeDelta::minutes(-open));

        let mut seconds = 0;
        let mut at = minute(a);
        for segment in calendar.segments(minute(a), minute(b)) {
            prop_assert_eq!(segment.from, at);
            prop_assert!(segment.from < segment.to);
            at = segment.to;
            if segment.is_open() {
                seconds += segment.duration().num_seconds();
            }
        }
        prop_assert_eq!(at, minute(b));
        prop_assert_eq!(seconds, open * 60);

        let next = (a..MINUTES).find(|&n| walk[n as usize]).map(minute);
        if let Some(next) = next {
            prop_assert_eq!(calendar.next_open(minute(a)), Ok(next));
        }
        let next = (a..MINUTES).find(|&n| !walk[n as usize]).map(minute);
        if let Some(next) = next {
            prop_assert_eq!(calendar.next_close(minute(a)), Ok(next));
        }
    }

    #[test]
    fn adding_then_measuring_gives_back_the_amount(
        (hours, _, start) in case(), offset in 0_i64..400_000, amount in 0_i64..40_000_000,
    ) {
        let calendar = hours.build().unwrap();
        let from = start + TimeDelta::seconds(offset);
        let amount = TimeDelta::seconds(amount);
        let second = TimeDelta::seconds(1);
        let Ok(due) = calendar.add(from, amount) else {
            let end = "2099-12-31T23:59:59Z".parse().unwrap();
            prop_assert!(calendar.between(from, end) < amount, "there is none");
            return Ok(());
        };
        prop_assert_eq!(calendar.between(from, due), amount);
        if due > from {
            prop_assert!(calendar.between(from, due - second) < amount, "the smallest such instant");
        }
        if let Ok(back) = calendar.sub(from, amount) {
            prop_assert_eq!(calendar.between(back, from), amount);
            if back < from {
                prop_assert!(calendar.between(back + second, from) < amount, "the largest such");
            }
        }
    }
}
