//! Which years, dates and weeks of the year a rule speaks of.

use chrono::{Datelike, NaiveDate};

use super::days::{Day, longest_month, shifted};
use crate::holidays::easter;

/// `2026`, `2026-2028`, `2020-2030/2` or `2026+`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Years {
    pub(super) from: i32,
    pub(super) to: Option<i32>,
    pub(super) step: i32,
}

impl Years {
    pub(super) fn contains(&self, year: i32) -> bool {
        self.from <= year
            && self.to.is_none_or(|to| year <= to)
            && (year - self.from) % self.step == 0
    }
}

/// Weeks of ISO 8601, such as `week 1-20/2`; the range may pass the end of the year.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Weeks {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) step: u32,
}

impl Weeks {
    pub(super) const fn contains(&self, week: u32) -> bool {
        if self.from <= self.to {
            self.from <= week && week <= self.to && (week - self.from).is_multiple_of(self.step)
        } else {
            self.from <= week || week <= self.to
        }
    }
}

/// Dates from one to another, both included, each year unless they name one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Dates {
    pub(super) from: Point,
    /// None: without an end; then `from` names its year.
    pub(super) to: Option<Point>,
}

/// A date, in one year or in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Point {
    pub(super) year: Option<i32>,
    pub(super) base: Base,
    /// Moves by this many days.
    pub(super) days: i32,
}

/// What a date is reckoned from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Base {
    /// `Dec 24`; a 29th of February is the end of that month in any year.
    Day { month: u32, day: u32 },
    /// `Oct Su[-1]`, in a range of dates.
    Nth { month: u32, weekday: Day, n: i8 },
    /// Easter Sunday of the western churches.
    Easter,
}

impl Base {
    fn is(self, date: NaiveDate) -> bool {
        match self {
            Self::Day { month, day } => (date.month(), date.day()) == (month, day),
            Self::Nth { month, weekday, n } => {
                nth_weekday(date.year(), month, weekday, n) == Some(date)
            }
            Self::Easter => easter::sunday(date.year()) == Some(date),
        }
    }
}

/// Which neighbour stands for a 29th of February in a year that has none.
#[derive(Clone, Copy)]
enum Lacking {
    FirstOfMarch,
    LastOfFebruary,
}

impl Point {
    /// A day of the month and nothing else.
    pub(super) const fn plain(self) -> Option<(u32, u32)> {
        match self {
            Self {
                base: Base::Day { month, day },
                days: 0,
                ..
            } => Some((month, day)),
            _ => None,
        }
    }

    /// Whether moving it surely leaves it in the year that it is reckoned for.
    const fn stays_in_year(self) -> bool {
        match self.base {
            // From 22 March to 25 April.
            Base::Easter => -80 <= self.days && self.days <= 250,
            Base::Day { .. } | Base::Nth { .. } => self.days == 0,
        }
    }

    fn in_year(self, year: i32, lacking: Lacking) -> Option<NaiveDate> {
        let base = match self.base {
            Base::Day { month, day } => {
                NaiveDate::from_ymd_opt(year, month, day).or_else(|| match lacking {
                    Lacking::FirstOfMarch => NaiveDate::from_ymd_opt(year, 3, 1),
                    Lacking::LastOfFebruary => NaiveDate::from_ymd_opt(year, 2, 28),
                })
            }
            Base::Nth { month, weekday, n } => nth_weekday(year, month, weekday, n),
            Base::Easter => easter::sunday(year),
        }?;
        shifted(base, self.days)
    }

    /// The date as the start of a range.
    pub(super) fn first(self, year: i32) -> Option<NaiveDate> {
        self.in_year(year, Lacking::FirstOfMarch)
    }

    /// The date as the end of a range.
    pub(super) fn last(self, year: i32) -> Option<NaiveDate> {
        self.in_year(year, Lacking::LastOfFebruary)
    }
}

impl Dates {
    pub(super) fn contains(&self, date: NaiveDate) -> bool {
        let to = self.to.unwrap_or(self.from);
        let (Some(from), Some(last)) = (self.from.plain(), to.plain()) else {
            return self.contains_reckoned(date);
        };
        let day = (date.month(), date.day());
        match self.from.year {
            Some(first) => {
                let date = (date.year(), day);
                let over = self.to.is_some() && date > (to.year.unwrap_or(first), last);
                (first, from) <= date && !over
            }
            None if from <= last => from <= day && day <= last,
            None => from <= day || day <= last,
        }
    }

    /// The same where an end has to be reckoned for each year.
    fn contains_reckoned(&self, date: NaiveDate) -> bool {
        let starts = |year| self.from.first(year).is_some_and(|from| from <= date);
        if let Some(year) = self.from.year {
            let ended = |to: Point| to.last(to.year.unwrap_or(year)).is_none_or(|to| to < date);
            return starts(year) && !self.to.is_some_and(ended);
        }
        let to = self.to.unwrap_or(self.from);
        if self.from == to {
            let base = shifted(date, -to.days);
            return base.is_some_and(|base| to.base.is(base));
        }
        let within = |year| {
            let Some(from) = self.from.first(year).filter(|from| *from <= date) else {
                return false;
            };
            // Its next end; an offset may bring that back by a year.
            (year..=year + 2)
                .filter_map(|year| to.last(year))
                .find(|to| from <= *to)
                .is_some_and(|to| date <= to)
        };
        let year = date.year();
        match (self.from.stays_in_year(), self.from == to) {
            (true, true) => within(year),
            (true, false) => within(year) || within(year - 1),
            // It is moved by a year at most, and lasts a year at most.
            (false, _) => (year - 2..=year + 1).any(within),
        }
    }

    /// Whether this is whole months, from the first of one to the last of another.
    pub(super) fn months(&self) -> Option<(u32, u32)> {
        match (self.from.plain(), self.to?.plain()) {
            (Some((first, 1)), Some((last, day))) if day == longest_month(last) => {
                Some((first, last))
            }
            _ => None,
        }
    }
}

fn nth_weekday(year: i32, month: u32, weekday: Day, n: i8) -> Option<NaiveDate> {
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    let ahead = (7 + i32::from(weekday) - first.weekday().num_days_from_monday() as i32) % 7;
    let date = if n > 0 {
        shifted(first, ahead + 7 * (i32::from(n) - 1))
    } else {
        let next = nth_weekday(
            if month == 12 { year + 1 } else { year },
            month % 12 + 1,
            weekday,
            1,
        )?;
        shifted(next, 7 * i32::from(n))
    };
    date.filter(|date| date.month() == month)
}
