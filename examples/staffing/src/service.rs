//! When the service is open: over the history, in a month, and in a typical week.

use std::collections::BTreeSet;
use std::ops::Range;

use aspa_hours::holidays::HolidaySet;
use aspa_hours::{Calendar, Hours};
use aspa_staffing::{OpenTimes, Profile};
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::Failure;
use crate::arguments::{Arguments, SLOT};

/// Slots of a week.
pub(crate) const SLOTS: usize = (7 * 24 * 60 / SLOT) as usize;

pub(crate) struct Service {
    pub(crate) zone: Tz,
    pub(crate) calendar: Calendar,
    pub(crate) holidays: BTreeSet<NaiveDate>,
    /// When a typical week begins, on the wall; its stretches are on the wall too, which is written as
    /// UTC, so that no clock is changed in it.
    pub(crate) monday: DateTime<Utc>,
    /// When it is open, without holidays.
    pub(crate) typical: OpenTimes,
    /// Whether each of its slots is open at least in part.
    pub(crate) week: Vec<bool>,
}

impl Service {
    /// `around` is what the history spans: holidays are known for its years and those after.
    pub(crate) fn new(
        arguments: &Arguments,
        around: &Range<DateTime<Utc>>,
    ) -> Result<Self, Failure> {
        let input = |e| Failure::Input(format!("--open \"{}\": {e}", arguments.open));
        let hours = |zone| Hours::new(zone).open(&arguments.open).map_err(input);
        let regular = hours(Tz::UTC)?.build().map_err(input)?;
        if regular.is_never_open() {
            return Err(Failure::Input("--open: the service never opens".to_owned()));
        }
        let mut last = around.end.year() + 2;
        if let Some((year, _)) = arguments.month {
            last = last.max(year + 1);
        }
        let mut hours = hours(arguments.tz)?;
        let mut holidays = BTreeSet::new();
        if let Some(region) = arguments.holidays {
            let set = HolidaySet::new(region);
            let years = around.start.year() - 1..=last;
            holidays.extend(years.flat_map(|year| set.year(year)).map(|day| day.date));
            hours = hours.holidays_of(set);
        }
        let last = around.end.with_timezone(&arguments.tz).date_naive();
        let monday = last - Days::new(last.weekday().num_days_from_monday().into());
        let monday = monday.and_time(NaiveTime::MIN).and_utc();
        let slot = TimeDelta::minutes(SLOT.into());
        let slots = (0..SLOTS as i32).map(|place| monday + slot * place);
        Ok(Self {
            zone: arguments.tz,
            monday,
            typical: regular.iter(monday..monday + TimeDelta::days(7)).collect(),
            week: slots
                .map(|at| regular.between(at, at + slot) > TimeDelta::zero())
                .collect(),
            calendar: hours.build().map_err(input)?,
            holidays,
        })
    }

    /// The open stretches of a time.
    pub(crate) fn open(&self, time: Range<DateTime<Utc>>) -> OpenTimes {
        self.calendar.iter(time).collect()
    }

    /// For how many seconds each hour of the week was open.
    pub(crate) fn open_seconds(&self, time: Range<DateTime<Utc>>) -> Result<Vec<i64>, Failure> {
        let mut seconds = vec![0; 168];
        for stretch in self.open(time).stretches() {
            let profile = Profile::observe([], stretch.clone(), &self.zone)?;
            let hours = profile.hours().iter().map(|hour| hour.seconds);
            seconds
                .iter_mut()
                .zip(hours)
                .for_each(|(sum, more)| *sum += more);
        }
        Ok(seconds)
    }

    /// A local date, from its first instant to the next date's.
    pub(crate) fn day(&self, date: NaiveDate) -> Range<DateTime<Utc>> {
        let next = date.checked_add_days(Days::new(1)).unwrap_or(date);
        midnight(self.zone, date)..midnight(self.zone, next)
    }

    pub(crate) fn opens_on(&self, date: NaiveDate) -> bool {
        let day = self.day(date);
        self.calendar.between(day.start, day.end) > TimeDelta::zero()
    }
}

/// The first instant of a local date.
fn midnight(zone: Tz, date: NaiveDate) -> DateTime<Utc> {
    let midnight = date.and_time(NaiveTime::MIN);
    // Where midnight is skipped, the day begins with the jump, within a few hours.
    (0..8 * 4)
        .find_map(|quarter| {
            let wall = midnight + TimeDelta::minutes(15 * quarter);
            zone.from_local_datetime(&wall).earliest()
        })
        .map_or_else(|| midnight.and_utc(), |at| at.with_timezone(&Utc))
}
