//! Random rules, evaluated once more in the plainest way: day by day, minute by minute, straight
//! from the words of the documentation.

use std::collections::BTreeSet;
use std::fmt::Write;

use aspa_hours::Rules;
use chrono::{Datelike, Days, NaiveDate, TimeDelta, Weekday};
use proptest::prelude::*;

use crate::{calendar, date, opened};

/// A rule as the test knows it: how it is written, and the dates that it matches.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    join: &'static str,
    selectors: Vec<Selector>,
    times: Vec<(u32, u32)>,
    off: bool,
}

/// A part that a date must fulfil.
#[derive(Debug, Clone)]
enum Selector {
    Years(i32, i32, i32),
    Dates(Spot, Spot),
    Weeks(u32, u32),
    Days {
        weekdays: Vec<u8>,
        nth: Option<(u8, i8, i64)>,
        holidays: Option<i64>,
        both: bool,
    },
}

/// The end of a range of dates.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Spot {
    Day(u32, u32),
    Of(i32, u32, u32),
    Easter(i64),
    Nth(u32, u8, i8),
}

const DAYS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Easter Sundays as printed in calendars.
const EASTER: [&str; 7] = [
    "2024-03-31",
    "2025-04-20",
    "2026-04-05",
    "2027-03-28",
    "2028-04-16",
    "2029-04-01",
    "2030-04-21",
];

fn shift(date: NaiveDate, days: i64) -> NaiveDate {
    date + TimeDelta::days(days)
}

fn is_nth(date: NaiveDate, day: u8, n: i8) -> bool {
    let weekday = Weekday::try_from(day).unwrap();
    let of_month: Vec<NaiveDate> = date
        .with_day(1)
        .unwrap()
        .iter_days()
        .take_while(|other| other.month() == date.month())
        .filter(|other| other.weekday() == weekday)
        .collect();
    let index = if n > 0 {
        i64::from(n) - 1
    } else {
        of_month.len() as i64 + i64::from(n)
    };
    usize::try_from(index).is_ok_and(|index| of_month.get(index) == Some(&date))
}

/// The week of ISO 8601: the one that its Thursday lies in.
fn week(date: NaiveDate) -> u32 {
    let thursday = shift(date, 3 - i64::from(date.weekday().num_days_from_monday()));
    thursday.ordinal0() / 7 + 1
}

impl Spot {
    fn is(self, date: NaiveDate) -> bool {
        match self {
            Self::Day(month, day) => (date.month(), date.day()) == (month, day),
            Self::Of(year, month, day) => {
                (date.year(), date.month(), date.day()) == (year, month, day)
            }
            Self::Easter(days) => EASTER.contains(&shift(date, -days).to_string().as_str()),
            Self::Nth(month, day, n) => date.month() == month && is_nth(date, day, n),
        }
    }

    fn text(self) -> String {
        let month = |month: u32| MONTHS[month as usize - 1];
        match self {
            Self::Day(of, day) => format!("{} {day}", month(of)),
            Self::Of(year, of, day) => format!("{year} {} {day:02}", month(of)),
            Self::Easter(0) => "easter".into(),
            Self::Easter(days) => format!("easter {days:+} days"),
            Self::Nth(of, day, n) => format!("{} {}[{n}]", month(of), DAYS[usize::from(day)]),
        }
    }
}

impl Selector {
    fn matches(&self, date: NaiveDate, holidays: &BTreeSet<NaiveDate>) -> bool {
        match self {
            Self::Years(from, to, step) => (*from..=*to)
                .step_by(*step as usize)
                .any(|year| year == date.year()),
            // From the last start, no end has come by before the date.
            Self::Dates(from, to) => {
                let back = |days: i64| shift(date, -days);
                (0..400)
                    .find(|&days| from.is(back(days)))
                    .is_some_and(|days| !(1..=days).any(|days| to.is(back(days))))
            }
            Self::Weeks(from, to) => {
                let week = week(date);
                if from <= to {
                    (*from..=*to).contains(&week)
                } else {
                    !(to + 1..*from).contains(&week)
                }
            }
            Self::Days {
                weekdays,
                nth,
                holidays: ph,
                both,
            } => {
                let by_name = weekdays.contains(&(date.weekday().num_days_from_monday() as u8));
                let by_nth = nth.is_some_and(|(day, n, days)| is_nth(shift(date, -days), day, n));
                let by_ph = ph.is_some_and(|days| holidays.contains(&shift(date, -days)));
                if *both {
                    (by_name || by_nth) && by_ph
                } else {
                    by_name || by_nth || by_ph
                }
            }
        }
    }

    fn text(&self) -> String {
        let days = |days: i64| match days {
            0 => String::new(),
            1 | -1 => format!(" {days:+} day"),
            _ => format!(" {days:+} days"),
        };
        match self {
            Self::Years(from, to, _) if from == to => format!("{from}"),
            Self::Years(from, to, 1) => format!("{from}-{to}"),
            Self::Years(from, to, step) => format!("{from}-{to}/{step}"),
            Self::Dates(from, to) if from == to && !matches!(from, Spot::Nth(..)) => from.text(),
            Self::Dates(from, to) => format!("{}-{}", from.text(), to.text()),
            Self::Weeks(from, to) if from == to => format!("week {from}"),
            Self::Weeks(from, to) => format!("week {from:02}-{to:02}"),
            Self::Days {
                weekdays,
                nth,
                holidays,
                both,
            } => {
                let mut named: Vec<String> = weekdays
                    .iter()
                    .map(|&day| DAYS[usize::from(day)].to_owned())
                    .collect();
                if let Some((day, n, by)) = nth {
                    named.push(format!("{}[{n}]{}", DAYS[usize::from(*day)], days(*by)));
                }
                let ph = holidays.map(|by| format!("PH{}", days(by)));
                if *both {
                    format!("{} {}", ph.unwrap(), named.join(","))
                } else {
                    named.extend(ph);
                    named.join(",")
                }
            }
        }
    }
}

impl Told {
    fn matches(&self, date: NaiveDate, holidays: &BTreeSet<NaiveDate>) -> bool {
        self.selectors
            .iter()
            .all(|selector| selector.matches(date, holidays))
    }

    /// Whether nothing of what earlier rules start on its dates is left.
    fn replaces(&self) -> bool {
        if self.off {
            self.times.is_empty() && !self.is_idle()
        } else {
            self.join == "; "
        }
    }

    /// `|| off`: where it is closed already, this changes nothing.
    fn is_idle(&self) -> bool {
        self.off && self.join == " || "
    }

    /// Of holidays themselves, not only of days around them.
    fn speaks_of_holidays(&self) -> bool {
        let holidays = |selector: &Selector| {
            matches!(
                selector,
                Selector::Days {
                    holidays: Some(0),
                    ..
                }
            )
        };
        self.selectors.iter().any(holidays)
    }

    fn covers(&self, second: u32) -> bool {
        let whole_day = self.times.is_empty() && !self.off && second < 86_400;
        let timed = |&(start, end): &(u32, u32)| start <= second && second < end;
        whole_day || self.times.iter().any(timed)
    }
}

pub(crate) fn text(rules: &[Told]) -> String {
    let mut text = String::new();
    for (n, rule) in rules.iter().enumerate() {
        let mut words: Vec<String> = rule.selectors.iter().map(Selector::text).collect();
        if !rule.times.is_empty() {
            let clock = |at: u32| format!("{:02}:{:02}", at / 3_600, at / 60 % 60);
            let times: Vec<String> = rule
                .times
                .iter()
                .map(|&(start, end)| format!("{}-{}", clock(start), clock(end)))
                .collect();
            words.push(times.join(","));
        }
        if rule.off {
            words.push("off".into());
        } else if rule.times.is_empty() {
            words.push("open".into());
        }
        let needs_days = rule.selectors.is_empty() && rule.join == ", ";
        let join = if n == 0 { "" } else { rule.join };
        let days = if needs_days { "Mo-Su " } else { "" };
        write!(text, "{join}{days}{}", words.join(" ")).unwrap();
    }
    text
}

/// Which rules speak of what starts on a date, without those that a later one replaces.
fn speaking(rules: &[Told], holidays: &BTreeSet<NaiveDate>, day: NaiveDate) -> Vec<usize> {
    let mut speaking: Vec<usize> = Vec::new();
    for (n, rule) in rules.iter().enumerate() {
        if rule.matches(day, holidays) {
            if rule.replaces() {
                speaking.clear();
            }
            speaking.push(n);
        }
    }
    speaking
}

/// Whether the wall clock shows an open time: the last rule that speaks of it, of what starts on the
/// date and on the day before, tells.
fn is_open(rules: &[Told], yesterday: &[usize], today: &[usize], second: u32) -> bool {
    let last = |speaking: &[usize], second: u32| {
        let counts = |n: &usize| rules[*n].covers(second) && !rules[*n].is_idle();
        speaking.iter().copied().filter(counts).max()
    };
    last(today, second)
        .max(last(yesterday, second + 86_400))
        .is_some_and(|n| !rules[n].off)
}

fn spot() -> impl Strategy<Value = Spot> {
    let month_day = (1..=12_u32, 1..=28_u32);
    prop_oneof![
        4 => month_day.clone().prop_map(|(month, day)| Spot::Day(month, day)),
        2 => (-50..=50_i64).prop_filter("no unit", |d| d.abs() != 1).prop_map(Spot::Easter),
        1 => (1..=12_u32, 0..7_u8, 1..=4_i8, any::<bool>())
            .prop_map(|(month, day, n, end)| Spot::Nth(month, day, if end { -n } else { n })),
    ]
}

fn selector() -> impl Strategy<Value = Vec<Selector>> {
    let years = (2025..=2028_i32, 0..=3_i32, 1..=3_i32)
        .prop_map(|(from, more, step)| Selector::Years(from, from + more, step.min(more.max(1))));
    let dates = (spot(), spot(), any::<bool>())
        .prop_map(|(from, to, one)| Selector::Dates(from, if one { from } else { to }));
    let dated = (0..900_u64, 0..200_u64).prop_map(|(from, more)| {
        let spot = |days| {
            let date = date("2025-06-01") + Days::new(days);
            Spot::Of(date.year(), date.month(), date.day())
        };
        Selector::Dates(spot(from), spot(from + more))
    });
    let weeks = (1..=53_u32, 1..=53_u32).prop_map(|(from, to)| Selector::Weeks(from, to));
    let nth = (0..7_u8, 1..=5_i8, any::<bool>(), -9..=9_i64)
        .prop_map(|(day, n, end, days)| (day, if end { -n } else { n }, days));
    let days = (
        proptest::collection::btree_set(0..7_u8, 0..5),
        proptest::option::weighted(0.3, nth),
        proptest::option::weighted(0.4, prop_oneof![3 => Just(0_i64), 1 => -2..=2_i64]),
        any::<bool>(),
    )
        .prop_filter("a day", |(weekdays, nth, ph, _)| {
            !weekdays.is_empty() || nth.is_some() || ph.is_some()
        })
        .prop_map(|(weekdays, nth, holidays, both)| Selector::Days {
            both: both && holidays.is_some() && !(weekdays.is_empty() && nth.is_none()),
            weekdays: weekdays.into_iter().collect(),
            nth,
            holidays,
        });
    (
        proptest::option::weighted(0.1, years),
        proptest::option::weighted(0.3, prop_oneof![3 => dates, 1 => dated]),
        proptest::option::weighted(0.1, weeks),
        proptest::option::weighted(0.7, days),
    )
        .prop_map(|(years, dates, weeks, days)| {
            // A year before a date belongs to the date.
            let years = years.filter(|years| {
                !matches!((years, &dates), (Selector::Years(from, to, _), Some(_)) if from == to)
                    && !matches!(dates, Some(Selector::Dates(Spot::Of(..), _)))
            });
            [years, dates, weeks, days].into_iter().flatten().collect()
        })
}

pub(crate) fn told() -> impl Strategy<Value = Vec<Told>> {
    let time = (0..48_u32, 1..=48_u32).prop_map(|(start, length)| {
        let start = start * 1_800;
        (start, start + length * 1_800)
    });
    let rule = (
        proptest::sample::select(vec!["; ", "; ", "; ", ", ", " || "]),
        selector(),
        proptest::collection::vec(time, 0..3),
        proptest::bool::weighted(0.3),
    )
        .prop_map(|(join, selectors, times, off)| Told {
            join,
            selectors,
            times,
            off,
        });
    proptest::collection::vec(rule, 1..6).prop_map(|mut rules| {
        rules[0].join = "; ";
        rules
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::cases(64)))]

    #[test]
    fn the_plainest_evaluation_agrees(
        told in told(),
        first in 0..700_u64,
        holidays in proptest::collection::btree_set(-3..15_i64, 0..4),
    ) {
        let first = date("2026-01-01") + Days::new(first);
        let holidays: BTreeSet<_> = holidays.into_iter().map(|days| shift(first, days)).collect();
        let text = text(&told);
        let rules: Rules = text.parse().map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        let speaks_of_holidays = told.iter().any(Told::speaks_of_holidays);
        let known = if speaks_of_holidays { holidays } else { BTreeSet::new() };
        let calendar = calendar(&rules, &known);
        let mut yesterday = speaking(&told, &known, first.pred_opt().unwrap());
        for day in first.iter_days().take(12) {
            let open = opened(&calendar, day);
            let today = speaking(&told, &known, day);
            for half_hour in 0..48 {
                let second = half_hour * 1_800;
                prop_assert_eq!(
                    open.iter().any(|&(start, end)| start <= second && second < end),
                    is_open(&told, &yesterday, &today, second),
                    "{} on {} at {}", text, day, second / 60,
                );
            }
            yesterday = today;
        }
        let canonical = rules.to_string();
        prop_assert_eq!(canonical.parse::<Rules>(), Ok(rules), "{} as {}", text, canonical);
    }
}
