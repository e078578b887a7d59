//! Yearly recurrence rules (RFC 5545 sections 3.3.10 and 3.8.5.3).

use chrono::{Datelike, NaiveDate, Weekday};

use super::lines::Day;

/// A rule of the frequency `YEARLY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Yearly {
    interval: i32,
    count: Option<u32>,
    until: Option<NaiveDate>,
    months: Vec<u32>,
    /// Days of the month; negative from its end.
    month_days: Vec<i32>,
    /// Weekdays, with their number within the month or year: 0 is every one, negative from the end.
    weekdays: Vec<(i32, Weekday)>,
    /// Which of a year's days, in order; negative from the end.
    positions: Vec<i32>,
}

/// Why a rule is not followed: the part of it that cannot be read.
pub(super) type Refused<'a> = &'a str;

impl Yearly {
    /// Reads the value of a `RRULE`.
    pub(super) fn parse(rule: &str) -> Result<Self, Refused<'_>> {
        let mut yearly = Self {
            interval: 1,
            count: None,
            until: None,
            months: Vec::new(),
            month_days: Vec::new(),
            weekdays: Vec::new(),
            positions: Vec::new(),
        };
        let mut names = Vec::new();
        for part in rule.trim().trim_end_matches(';').split(';') {
            let (name, value) = part.split_once('=').ok_or(part)?;
            let name = name.trim().to_ascii_uppercase();
            let value = value.trim();
            if names.contains(&name) {
                return Err(part);
            }
            match name.as_str() {
                "FREQ" if value.eq_ignore_ascii_case("YEARLY") => {}
                "INTERVAL" => yearly.interval = positive(value).ok_or(part)?,
                "COUNT" => {
                    yearly.count = Some(positive(value).ok_or(part)?.unsigned_abs());
                }
                "UNTIL" => {
                    let (Day::Date(day) | Day::Timed(day)) = Day::parse(value).ok_or(part)?;
                    yearly.until = Some(day);
                }
                "BYMONTH" => {
                    let months = numbers(value, 12).ok_or(part)?;
                    if months.iter().any(|&month| month < 0) {
                        return Err(part);
                    }
                    yearly.months = months.into_iter().map(i32::unsigned_abs).collect();
                }
                "BYMONTHDAY" => yearly.month_days = numbers(value, 31).ok_or(part)?,
                "BYDAY" => yearly.weekdays = weekdays(value).ok_or(part)?,
                "BYSETPOS" => yearly.positions = numbers(value, 366).ok_or(part)?,
                // Weeks start no day of a yearly rule without BYWEEKNO.
                "WKST" if weekdays(value).is_some() => {}
                _ => return Err(part),
            }
            names.push(name);
        }
        let has = |name: &str| names.iter().any(|known| known == name);
        // COUNT and UNTIL exclude each other; BYSETPOS needs something to choose from.
        let chooses = has("BYMONTH") || has("BYMONTHDAY") || has("BYDAY");
        if !has("FREQ") || (has("COUNT") && has("UNTIL")) || (has("BYSETPOS") && !chooses) {
            return Err(rule);
        }
        Ok(yearly)
    }

    /// Whether the days must be counted from the first one.
    pub(super) const fn is_counted(&self) -> bool {
        self.count.is_some()
    }

    /// The days from `start`, the first one, up to the end of `last`, a year. Without a `COUNT`
    /// those before the year `first` are left out.
    ///
    /// Each day looked at is taken from `budget`; `None` where that is used up.
    pub(super) fn days(
        &self,
        start: NaiveDate,
        first: i32,
        last: i32,
        budget: &mut u32,
    ) -> Option<Vec<NaiveDate>> {
        let skipped = if self.is_counted() {
            0
        } else {
            (first.saturating_sub(start.year()) / self.interval).max(0)
        };
        let mut year = start
            .year()
            .saturating_add(skipped.saturating_mul(self.interval));
        let mut left = self.count;
        let mut found = Vec::new();
        while year <= last && self.until.is_none_or(|until| year <= until.year()) {
            for day in self.of_year(year, start, budget)? {
                if day < start || self.until.is_some_and(|until| day > until) {
                    continue;
                }
                match &mut left {
                    Some(0) => return Some(found),
                    Some(left) => *left -= 1,
                    None => {}
                }
                if day.year() >= first {
                    found.push(day);
                }
            }
            year = year.saturating_add(self.interval);
        }
        Some(found)
    }

    /// The days of one year, sorted.
    pub(super) fn of_year(
        &self,
        year: i32,
        start: NaiveDate,
        budget: &mut u32,
    ) -> Option<Vec<NaiveDate>> {
        // What the rule leaves open comes from the start: its month where no part names days, its
        // day of the month where none names weekdays either (3.3.10, "information ... missing").
        let by_day = !self.month_days.is_empty() || !self.weekdays.is_empty();
        let mut found = Vec::new();
        for month in 1..=12 {
            let taken = match &self.months[..] {
                [] => by_day || month == start.month(),
                months => months.contains(&month),
            };
            if !taken {
                continue;
            }
            let mut next = NaiveDate::from_ymd_opt(year, month, 1);
            while let Some(day) = next.filter(|day| day.month() == month) {
                *budget = budget.checked_sub(1)?;
                let matches = if by_day {
                    self.has_month_day(day) && self.has_weekday(day)
                } else {
                    day.day() == start.day()
                };
                if matches {
                    found.push(day);
                }
                next = day.succ_opt();
            }
        }
        if self.positions.is_empty() {
            return Some(found);
        }
        let len = i32::try_from(found.len()).unwrap_or(i32::MAX);
        let chosen = (1..).zip(found).filter(|(position, _)| {
            self.positions.contains(position) || self.positions.contains(&(position - len - 1))
        });
        Some(chosen.map(|(_, day)| day).collect())
    }

    fn has_month_day(&self, day: NaiveDate) -> bool {
        let (forward, backward) = within(day.day(), u32::from(day.num_days_in_month()));
        self.month_days.is_empty()
            || self.month_days.contains(&forward)
            || self.month_days.contains(&backward)
    }

    /// A number is within the month where months are named, else within the year.
    fn has_weekday(&self, day: NaiveDate) -> bool {
        if self.weekdays.is_empty() {
            return true;
        }
        let (at, len) = if self.months.is_empty() {
            (day.ordinal(), 365 + u32::from(day.leap_year()))
        } else {
            (day.day(), u32::from(day.num_days_in_month()))
        };
        let nth = 1 + (at.cast_signed() - 1) / 7;
        let nth_last = -1 - (len.cast_signed() - at.cast_signed()) / 7;
        self.weekdays.iter().any(|&(number, weekday)| {
            weekday == day.weekday() && [0, nth, nth_last].contains(&number)
        })
    }
}

/// A day's number from the start, from 1, and from the end, from -1.
const fn within(at: u32, len: u32) -> (i32, i32) {
    (at.cast_signed(), at.cast_signed() - len.cast_signed() - 1)
}

fn positive(text: &str) -> Option<i32> {
    text.parse().ok().filter(|&n| n > 0)
}

/// A list of numbers from 1 to `max` or from -`max` to -1.
fn numbers(text: &str, max: i32) -> Option<Vec<i32>> {
    let number = |text: &str| -> Option<i32> {
        let n: i32 = text.trim().parse().ok()?;
        (n != 0 && (-max..=max).contains(&n)).then_some(n)
    };
    distinct(text.split(',').map(number))
}

/// A list such as `MO`, `1MO` or `-1FR`.
fn weekdays(text: &str) -> Option<Vec<(i32, Weekday)>> {
    let weekday = |text: &str| {
        let text = text.trim();
        let (number, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
        let weekday = match name.to_ascii_uppercase().as_str() {
            "MO" => Weekday::Mon,
            "TU" => Weekday::Tue,
            "WE" => Weekday::Wed,
            "TH" => Weekday::Thu,
            "FR" => Weekday::Fri,
            "SA" => Weekday::Sat,
            "SU" => Weekday::Sun,
            _ => return None,
        };
        match number {
            "" => Some((0, weekday)),
            number => Some((*numbers(number, 53)?.first()?, weekday)),
        }
    };
    distinct(text.split(',').map(weekday))
}

/// Each item once, so that no list is longer than there are values; `None` where an item is none.
fn distinct<T: PartialEq>(items: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
    let mut list = Vec::new();
    for item in items {
        let item = item?;
        if !list.contains(&item) {
            list.push(item);
        }
    }
    Some(list)
}
