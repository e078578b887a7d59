use std::sync::Arc;

use chrono::NaiveDate;
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::holidays::HolidaySet;
use crate::plan::Plan;
use crate::{Calendar, Exception, Holiday, HoursError, Interval, Rules, Season, at_field};

/// What a holiday closes, where the regular hours say nothing of holidays, or `PH off`.
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

/// What a wall time means where a clock change skips or repeats it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClockChanges {
    /// An instant is judged by what the wall clock shows: a skipped wall time never comes, and an
    /// edge there acts at the jump; a repeated one comes twice and counts both times.
    #[default]
    WallSet,
    /// Each start and end of an interval is one instant, by RFC 5545 section 3.3.5: a skipped wall
    /// time is read with the offset before the jump, a repeated one is the first. What ends before
    /// it starts then is nothing. Breaks, and dates that a holiday closes, are read the same way.
    Rfc5545,
}

/// A time in which nothing is open, such as lunch: taken out of whatever opens, even of exceptions.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Break {
    /// When, in the form of regular hours: `Mo-Fr 12:00-12:30`, or a date.
    #[serde(deserialize_with = "at_field::at")]
    pub at: Rules,
    /// What it is called; it explains why the desk is closed.
    pub name: Arc<str>,
}

impl Break {
    /// A break at these times.
    pub fn new(at: Rules, name: impl Into<Arc<str>>) -> Self {
        Self {
            at,
            name: name.into(),
        }
    }
}

/// Opening hours as people agree on them; [`build`](Self::build) makes them a [`Calendar`].
///
/// ```
/// let hours: aspa_hours::Hours = serde_json::from_str(r#"{
///     "zone": "Europe/Helsinki",
///     "open": "Mo-Fr 08:00-18:00; Sa 10:00-14:00",
///     "seasons": [{ "from": "--06-15", "through": "--08-15", "open": "Mo-Fr 09:00-15:00", "name": "summer" }],
///     "breaks": [{ "at": "Mo-Fr 12:00-12:30", "name": "lunch" }],
///     "holiday_sets": ["FI"],
///     "exceptions": [{ "date": "2026-12-24", "open": ["08:00-12:00"], "name": "Christmas Eve" }]
/// }"#)?;
/// assert!(hours.build().is_ok());
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// What opens on a date is decided in this order: its exception; else, on a holiday, the hours
/// that the regular hours give it, or else [`holiday_mode`](Self::holiday_mode); else, on a half-day,
/// [`half_day_open`](Self::half_day_open); else the season, or else the regular hours. Breaks are
/// taken out last.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Hours {
    /// What they are called, such as `chat`; it tells several apart when they are combined.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "at_field::name"
    )]
    pub name: Option<Arc<str>>,
    /// The zone whose wall clock the hours are told by.
    #[serde(deserialize_with = "at_field::zone")]
    pub zone: Tz,
    /// The regular hours.
    #[serde(default, deserialize_with = "at_field::open")]
    pub open: Rules,
    /// Times of the year with regular hours of their own; of two that hold a date, the later in the
    /// list.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_field::seasons"
    )]
    pub seasons: Vec<Season>,
    /// What is taken out of everything that opens; of two at one time, the first in the list is the
    /// reason.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_field::breaks"
    )]
    pub breaks: Vec<Break>,
    /// The holidays of regions, by rules, for every year.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_field::holiday_sets"
    )]
    pub holiday_sets: Vec<HolidaySet>,
    /// More holidays, in any order; two on one date are both named.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_field::holidays"
    )]
    pub holidays: Vec<Holiday>,
    /// The hours of half-days that would be open at all; none: half-days are as other days.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "at_field::half_day_open"
    )]
    pub half_day_open: Option<Vec<Interval>>,
    /// What a holiday closes.
    #[serde(default, deserialize_with = "at_field::holiday_mode")]
    pub holiday_mode: HolidayMode,
    /// Dates with hours of their own, in any order; one a date.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_field::exceptions"
    )]
    pub exceptions: Vec<Exception>,
    /// What a skipped or repeated wall time means.
    #[serde(
        default,
        skip_serializing_if = "is_wall_set",
        deserialize_with = "at_field::clock_changes"
    )]
    pub clock_changes: ClockChanges,
}

fn is_wall_set(changes: &ClockChanges) -> bool {
    *changes == ClockChanges::WallSet
}

impl Hours {
    /// Hours by the wall clock of `zone`, closed until [`open`](Self::open) opens them.
    #[must_use]
    pub fn new(zone: Tz) -> Self {
        Self {
            name: None,
            zone,
            open: Rules::default(),
            seasons: Vec::new(),
            breaks: Vec::new(),
            holiday_sets: Vec::new(),
            holidays: Vec::new(),
            half_day_open: None,
            holiday_mode: HolidayMode::default(),
            exceptions: Vec::new(),
            clock_changes: ClockChanges::default(),
        }
    }

    /// Names the hours.
    #[must_use]
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Says what the regular hours are, such as `Mo-Fr 08:00-12:00,13:00-18:00; PH off` or `24/7`.
    ///
    /// # Errors
    /// [`HoursError::Rules`] for a text that [`Rules`] do not know.
    pub fn open(mut self, text: &str) -> Result<Self, HoursError> {
        self.open = text.parse()?;
        Ok(self)
    }

    /// Gives a time of the year regular hours of its own: from and through days such as
    /// `2026-06-01`, or `--06-01` for every year.
    ///
    /// # Errors
    /// [`HoursError::Text`] for a day of another form, [`HoursError::Rules`] for hours that [`Rules`]
    /// do not know.
    pub fn season(
        mut self,
        from: &str,
        through: &str,
        open: &str,
        name: impl Into<Arc<str>>,
    ) -> Result<Self, HoursError> {
        let season = Season::new(from.parse()?, through.parse()?, open.parse()?, name);
        self.seasons.push(season);
        Ok(self)
    }

    /// Takes times such as `Mo-Fr 12:00-12:30`, or `2026 Dec 24 12:00-13:00`, out of everything.
    ///
    /// # Errors
    /// [`HoursError::Rules`] for a text that [`Rules`] do not know.
    pub fn break_at(mut self, at: &str, name: impl Into<Arc<str>>) -> Result<Self, HoursError> {
        self.breaks.push(Break::new(at.parse()?, name));
        Ok(self)
    }

    /// Adds the holidays of a region.
    #[must_use]
    pub fn holidays_of(mut self, set: impl Into<HolidaySet>) -> Self {
        self.holiday_sets.push(set.into());
        self
    }

    /// Adds a holiday by law.
    #[must_use]
    pub fn holiday(mut self, date: NaiveDate, name: impl Into<Arc<str>>) -> Self {
        self.holidays.push(Holiday::new(date, name));
        self
    }

    /// Says when half-days are open, such as `08:00-12:00`, or `closed`.
    ///
    /// # Errors
    /// [`HoursError::Text`] for a text of another form.
    pub fn half_day_open(mut self, open: &str) -> Result<Self, HoursError> {
        self.half_day_open = Some(Interval::list(open)?);
        Ok(self)
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

    /// Says what a skipped or repeated wall time means.
    #[must_use]
    pub fn clock_changes(mut self, changes: ClockChanges) -> Self {
        self.clock_changes = changes;
        self
    }

    /// Checks the hours and makes them a calendar.
    ///
    /// # Errors
    /// [`HoursError::ExceptionTwice`] for a date with two exceptions,
    /// [`HoursError::DateOutsideHorizon`] for a date that no calendar covers, [`HoursError::Season`]
    /// for a season whose ends do not fit together.
    pub fn build(&self) -> Result<Calendar, HoursError> {
        Plan::new(self).map(|plan| Calendar::of_plan(self.clone(), plan))
    }
}
