use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Datelike, Days, NaiveDate};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::calendar::{HORIZON, covers_year};
use crate::week::DAY;
use crate::{Calendar, Closed, HoursError, Interval, Week};

/// What a holiday closes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HolidayMode {
    /// The local date from 00:00 to 24:00. What began on it and runs past midnight stays open after
    /// midnight.
    #[default]
    CalendarDate,
    /// The intervals that start on the date, whole. What began on the eve stays open to its end.
    StartDate,
}

/// A named date on which the regular hours do not hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Holiday {
    /// The local date.
    pub date: NaiveDate,
    /// What the day is called; it explains why the desk is closed.
    pub name: Arc<str>,
}

impl Holiday {
    /// A holiday on `date`.
    pub fn new(date: NaiveDate, name: impl Into<Arc<str>>) -> Self {
        Self {
            date,
            name: name.into(),
        }
    }
}

/// A date with hours of its own; it wins over a holiday of the same date.
///
/// Its hours replace those that would start on the date, and run to their end even past midnight
/// into a holiday. Without any hours the date is closed, as far as [`HolidayMode`] says.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Exception {
    /// The local date.
    pub date: NaiveDate,
    /// The hours of the day; none: closed.
    #[serde(default)]
    pub open: Vec<Interval>,
    /// Why, such as `inventory`; it explains why the desk is closed.
    pub name: Arc<str>,
}

impl Exception {
    /// The hours that hold on `date` instead of the regular ones.
    pub fn new(date: NaiveDate, open: Vec<Interval>, name: impl Into<Arc<str>>) -> Self {
        Self {
            date,
            open,
            name: name.into(),
        }
    }
}

/// Opening hours as people agree on them; [`build`](Self::build) makes them a [`Calendar`].
///
/// ```
/// let hours: aspa_hours::Hours = serde_json::from_str(r#"{
///     "zone": "Europe/Helsinki",
///     "open": "Mon-Fri 08:00-18:00; Sat 10:00-14:00",
///     "holidays": [{ "date": "2026-12-06", "name": "Independence Day" }],
///     "exceptions": [{ "date": "2026-12-24", "open": ["08:00-12:00"], "name": "Christmas Eve" }]
/// }"#)?;
/// assert_eq!(
///     hours.describe(),
///     "Mon-Fri 08:00-18:00; Sat 10:00-14:00 (Europe/Helsinki), closed on 1 holiday, 1 exception"
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Hours {
    /// The zone whose wall clock the hours are told by.
    pub zone: Tz,
    /// The regular hours.
    #[serde(default)]
    pub open: Week,
    /// The holidays, in any order; two on one date are both named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<Holiday>,
    /// What a holiday closes.
    #[serde(default)]
    pub holiday_mode: HolidayMode,
    /// Dates with hours of their own, in any order; one a date.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<Exception>,
}

impl Hours {
    /// Hours by the wall clock of `zone`, closed until [`open`](Self::open) opens them.
    #[must_use]
    pub fn new(zone: Tz) -> Self {
        Self {
            zone,
            open: Week::default(),
            holidays: Vec::new(),
            holiday_mode: HolidayMode::default(),
            exceptions: Vec::new(),
        }
    }

    /// Adds regular hours, such as `Mon-Fri 08:00-12:00,13:00-18:00` or `24/7`.
    ///
    /// # Errors
    /// [`HoursError::Text`] for a text of another form, [`HoursError::WeekdayTwice`] for a weekday
    /// that has hours already.
    pub fn open(mut self, text: &str) -> Result<Self, HoursError> {
        self.open.add_text(text)?;
        Ok(self)
    }

    /// Closes a date.
    #[must_use]
    pub fn holiday(mut self, date: NaiveDate, name: impl Into<Arc<str>>) -> Self {
        self.holidays.push(Holiday::new(date, name));
        self
    }

    /// Says what a holiday closes.
    #[must_use]
    pub fn holiday_mode(mut self, mode: HolidayMode) -> Self {
        self.holiday_mode = mode;
        self
    }

    /// Gives a date hours of its own, such as `08:00-12:00`, or `closed`.
    ///
    /// # Errors
    /// [`HoursError::Text`] for a text of another form.
    pub fn exception(
        mut self,
        date: NaiveDate,
        open: &str,
        name: impl Into<Arc<str>>,
    ) -> Result<Self, HoursError> {
        self.exceptions
            .push(Exception::new(date, Interval::list(open)?, name));
        Ok(self)
    }

    /// A short English sentence about the hours.
    #[must_use]
    pub fn describe(&self) -> String {
        let count = |n: usize, one: &str| match n {
            0 => String::new(),
            1 => format!("1 {one}"),
            n => format!("{n} {one}s"),
        };
        let mut text = match self.open.to_string() {
            closed if closed.is_empty() => format!("closed every day ({})", self.zone),
            weekly => format!("{weekly} ({})", self.zone),
        };
        if !self.holidays.is_empty() {
            text += &format!(", closed on {}", count(self.holidays.len(), "holiday"));
        }
        if !self.exceptions.is_empty() {
            text += &format!(", {}", count(self.exceptions.len(), "exception"));
        }
        text
    }

    /// Checks the hours and makes them a calendar.
    ///
    /// # Errors
    /// [`HoursError::ExceptionTwice`] for a date with two exceptions,
    /// [`HoursError::DateOutsideHorizon`] for a date that no calendar covers.
    pub fn build(&self) -> Result<Calendar, HoursError> {
        Plan::new(self).map(Calendar::new)
    }
}

/// Hours, checked and indexed by date. Wall-clock instants are seconds since 1970-01-01 00:00 of
/// the wall clock.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) hours: Hours,
    holidays: BTreeMap<NaiveDate, Arc<str>>,
    exceptions: BTreeMap<NaiveDate, Exception>,
}

impl Plan {
    fn new(hours: &Hours) -> Result<Self, HoursError> {
        let check = |field, date: NaiveDate| {
            if covers_year(date.year()) {
                Ok(())
            } else {
                Err(HoursError::DateOutsideHorizon { field, date })
            }
        };
        let mut holidays: BTreeMap<NaiveDate, Arc<str>> = BTreeMap::new();
        for Holiday { date, name } in &hours.holidays {
            check("holidays", *date)?;
            holidays
                .entry(*date)
                .and_modify(|known| *known = format!("{known}, {name}").into())
                .or_insert_with(|| name.clone());
        }
        let mut exceptions = BTreeMap::new();
        for exception in &hours.exceptions {
            check("exceptions", exception.date)?;
            if exceptions
                .insert(exception.date, exception.clone())
                .is_some()
            {
                return Err(HoursError::ExceptionTwice(exception.date));
            }
        }
        Ok(Self {
            hours: hours.clone(),
            holidays,
            exceptions,
        })
    }

    /// Hours without holidays and exceptions: nothing to check.
    pub(crate) fn weekly(hours: Hours) -> Self {
        Self {
            hours,
            holidays: BTreeMap::new(),
            exceptions: BTreeMap::new(),
        }
    }

    /// Whether every instant is open.
    pub(crate) fn is_always(&self) -> bool {
        self.holidays.is_empty() && self.exceptions.is_empty() && self.hours.open == Week::always()
    }

    /// Whether no instant can be open.
    pub(crate) fn is_never(&self) -> bool {
        self.hours.open.is_empty() && self.exceptions.values().all(|day| day.open.is_empty())
    }

    /// The open wall-clock stretches that touch the given years: sorted, apart from each other.
    pub(crate) fn open_wall(&self, years: std::ops::Range<i32>) -> Vec<(i64, i64)> {
        let first = start_of(years.start) - Days::new(3);
        let last = start_of(years.end) + Days::new(1);
        let mut open = Vec::new();
        let mut blanked = Vec::new();
        let mut by_exception = Vec::new();
        for date in first.iter_days().take_while(|date| *date <= last) {
            let midnight = midnight(date);
            let stretch = |i: &Interval| {
                (
                    midnight + i64::from(i.start()),
                    midnight + i64::from(i.end()),
                )
            };
            if let Some(exception) = self.exceptions.get(&date) {
                by_exception.extend(exception.open.iter().map(stretch));
                if !exception.open.is_empty() {
                    continue;
                }
            } else if !self.holidays.contains_key(&date) {
                open.extend(self.hours.open.on(date.weekday()).iter().map(stretch));
                continue;
            }
            if self.hours.holiday_mode == HolidayMode::CalendarDate {
                // What begins on an exception's date is replaced whole; on a holiday only the date
                // itself is blanked.
                if !self.exceptions.contains_key(&date) {
                    open.extend(self.hours.open.on(date.weekday()).iter().map(stretch));
                }
                blanked.push((midnight, midnight + DAY));
            }
        }
        let mut open = without(union(open), &blanked);
        open.extend(by_exception);
        union(open)
    }

    /// Why the desk is closed on a local date, given that it is.
    pub(crate) fn why_closed(&self, date: NaiveDate) -> Closed {
        if let Some(exception) = self.exceptions.get(&date) {
            Closed::Exception(exception.name.clone())
        } else if let Some(name) = self.holidays.get(&date) {
            Closed::Holiday(name.clone())
        } else {
            Closed::OutsideHours
        }
    }
}

/// The first of January; the years come from [`HORIZON`] and its neighbours, so it exists.
pub(crate) fn start_of(year: i32) -> NaiveDate {
    debug_assert!(year >= *HORIZON.start() && year <= HORIZON.end() + 1);
    NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(NaiveDate::MIN)
}

fn midnight(date: NaiveDate) -> i64 {
    date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp()
}

/// Sorts, and joins what overlaps or touches.
pub(crate) fn union(mut stretches: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    stretches.sort_unstable();
    let mut joined: Vec<(i64, i64)> = Vec::with_capacity(stretches.len());
    for (start, end) in stretches {
        match joined.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    joined
}

/// Takes `holes` out of `open`; both sorted, and apart or touching.
fn without(open: Vec<(i64, i64)>, holes: &[(i64, i64)]) -> Vec<(i64, i64)> {
    if holes.is_empty() {
        return open;
    }
    let mut left = Vec::with_capacity(open.len());
    for (mut start, end) in open {
        let from = holes.partition_point(|hole| hole.1 <= start);
        for &(hole_start, hole_end) in holes[from..].iter().take_while(|hole| hole.0 < end) {
            if start < hole_start {
                left.push((start, hole_start));
            }
            start = start.max(hole_end);
        }
        if start < end {
            left.push((start, end));
        }
    }
    left
}
