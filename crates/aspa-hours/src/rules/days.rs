//! Which days of the week, and which holidays, a rule speaks of.

use chrono::{Datelike, NaiveDate, TimeDelta};

/// A weekday as a number, Monday 0.
pub(super) type Day = u8;

/// The days of the week and the holidays of a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Days {
    /// Plain weekdays, one bit each, Monday the lowest.
    pub(super) weekdays: u8,
    /// Weekdays of a month, such as `Mo[1]`; sorted, one entry for each day and offset.
    pub(super) nth: Vec<Nth>,
    /// `PH` and its offsets in days; sorted, each once.
    pub(super) holidays: Vec<i32>,
    /// Whether a date must be a holiday and one of the weekdays (`PH Mo-Fr`), not just either.
    pub(super) both: bool,
}

/// Every plain weekday.
pub(super) const EVERY_DAY: u8 = 0b111_1111;

impl Days {
    pub(super) fn contains(&self, date: NaiveDate, is_holiday: &dyn Fn(NaiveDate) -> bool) -> bool {
        let weekday = || {
            self.weekdays >> date.weekday().num_days_from_monday() & 1 == 1
                || self.nth.iter().any(|nth| nth.contains(date))
        };
        let holiday = || {
            self.holidays
                .iter()
                .any(|&offset| shifted(date, -offset).is_some_and(is_holiday))
        };
        if self.both {
            weekday() && holiday()
        } else {
            weekday() || holiday()
        }
    }
}

/// Some of the weekdays of this name in a month, such as the first and the last Monday, or the days
/// that lie a number of days from them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Nth {
    pub(super) day: Day,
    /// Days added to the weekday found.
    pub(super) offset: i32,
    /// One bit for each of -5 to 5, -5 the lowest; counted from the end where negative.
    pub(super) which: u16,
}

impl Nth {
    pub(super) const fn bit(n: i8) -> u16 {
        1 << (n + 5)
    }

    fn contains(&self, date: NaiveDate) -> bool {
        let Some(found) = shifted(date, -self.offset) else {
            return false;
        };
        let from_start = (found.day0() / 7 + 1) as i8;
        let from_end = -(((last_day(found) - found.day()) / 7 + 1) as i8);
        found.weekday().num_days_from_monday() == u32::from(self.day)
            && self.which & (Self::bit(from_start) | Self::bit(from_end)) != 0
    }
}

pub(super) fn shifted(date: NaiveDate, days: i32) -> Option<NaiveDate> {
    date.checked_add_signed(TimeDelta::days(i64::from(days)))
}

/// How many days the month of a date has.
fn last_day(date: NaiveDate) -> u32 {
    longest_month(date.month()) - u32::from(date.month() == 2 && !date.leap_year())
}

/// How many days a month may have.
pub(super) const fn longest_month(month: u32) -> u32 {
    match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
