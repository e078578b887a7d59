//! Hours, checked, and laid out on the wall clock.
//!
//! Wall-clock times are seconds since 1970-01-01 00:00 of the wall clock; days are counted from
//! that date.

use std::ops::Range;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};

use crate::calendar::covers_year;
use crate::holidays::Category;
use crate::interval::DAY;
use crate::stretch::Stretch;
use crate::weekly::Piece;
use crate::{Closed, Exception, HolidayMode, Hours, HoursError, Interval, Rules, Season};

/// Hours, checked and ready to be laid out.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) hours: Hours,
    open: Regular,
    seasons: Vec<(Season, Regular)>,
    breaks: Vec<Regular>,
    /// By date, each with its intervals in order.
    exceptions: Vec<Exception>,
}

/// Regular hours; those that are the same every week need not be worked out for each date.
#[derive(Debug)]
struct Regular {
    rules: Rules,
    weekly: Option<[Vec<Piece>; 7]>,
    mentions_holidays: bool,
}

impl Regular {
    fn new(rules: &Rules) -> Self {
        Self {
            rules: rules.clone(),
            weekly: rules.week(),
            mentions_holidays: rules.mentions_holidays(),
        }
    }

    /// Gives each piece of what starts on the date, in order.
    fn each(&self, day: Day, holidays: &Holidays, mut give: impl FnMut(Piece)) {
        match &self.weekly {
            Some(weekly) if !(self.mentions_holidays && holidays.are_near(day.number)) => {
                weekly[day.weekday()].iter().copied().for_each(give);
            }
            _ => {
                let pieces = self
                    .rules
                    .pieces(day.date(), &|date| holidays.is_holiday(date));
                pieces.into_iter().for_each(&mut give);
            }
        }
    }

    /// Whether a holiday is closed as [`HolidayMode`] says, not as the rules say.
    fn leaves_holiday(&self, date: NaiveDate, holidays: &Holidays) -> bool {
        let closes = || {
            self.rules
                .closes_holiday(date, &|date| holidays.is_holiday(date))
        };
        !self.mentions_holidays || closes()
    }
}

/// A date while it is laid out, with the day off that it is.
#[derive(Debug, Clone, Copy)]
struct Day<'a> {
    number: i32,
    off: Option<&'a DayOff>,
}

impl Day<'_> {
    fn date(self) -> NaiveDate {
        date(self.number)
    }

    const fn weekday(self) -> usize {
        // 1970-01-01 was a Thursday.
        (self.number + 3).rem_euclid(7) as usize
    }

    fn is_holiday(self) -> bool {
        self.off.is_some_and(|off| !off.half)
    }

    fn is_half_day(self) -> bool {
        self.off.is_some_and(|off| off.half)
    }
}

/// A date with one or more holidays, or half-days.
#[derive(Debug)]
struct DayOff {
    number: i32,
    name: Arc<str>,
    half: bool,
}

/// The days off of some years, by date.
#[derive(Debug, Default)]
pub(crate) struct Holidays {
    days: Vec<DayOff>,
}

impl Holidays {
    fn on(&self, number: i32) -> Option<&DayOff> {
        let found = self.days.binary_search_by_key(&number, |off| off.number);
        found.ok().map(|at| &self.days[at])
    }

    /// Whether a date, its eve or the day after is a holiday.
    fn are_near(&self, number: i32) -> bool {
        let from = self.days.partition_point(|off| off.number + 1 < number);
        let mut near = self.days[from..]
            .iter()
            .take_while(|off| off.number <= number + 1);
        near.any(|off| !off.half)
    }

    fn is_holiday(&self, date: NaiveDate) -> bool {
        self.on(date.to_epoch_days()).is_some_and(|off| !off.half)
    }
}

/// What opens and closes in some years, on the wall clock. Lists by date; they may overlap.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// What the regular hours open.
    pub(crate) regular: Vec<Stretch>,
    /// Dates on which what is regular is closed.
    pub(crate) blank: Vec<Stretch>,
    /// What exceptions open.
    pub(crate) exceptional: Vec<Stretch>,
    /// What each break closes.
    pub(crate) breaks: Vec<Vec<Stretch>>,
}

impl Plan {
    pub(crate) fn new(hours: &Hours) -> Result<Self, HoursError> {
        let check = |field, date: NaiveDate| {
            if covers_year(date.year()) {
                Ok(())
            } else {
                Err(HoursError::DateOutsideHorizon { field, date })
            }
        };
        for holiday in &hours.holidays {
            check("holidays", holiday.date)?;
        }
        let mut exceptions = hours.exceptions.clone();
        exceptions.sort_by_key(|exception| exception.date);
        for exception in &mut exceptions {
            check("exceptions", exception.date)?;
            exception.open.sort_unstable();
        }
        if let Some(pair) = exceptions.windows(2).find(|two| two[0].date == two[1].date) {
            return Err(HoursError::ExceptionTwice(pair[0].date));
        }
        hours.seasons.iter().try_for_each(Season::check)?;
        let with_rules = |season: &Season| (season.clone(), Regular::new(&season.open));
        Ok(Self {
            hours: hours.clone(),
            open: Regular::new(&hours.open),
            seasons: hours.seasons.iter().map(with_rules).collect(),
            breaks: hours.breaks.iter().map(|b| Regular::new(&b.at)).collect(),
            exceptions,
        })
    }

    /// Regular hours and nothing else: there is nothing to check.
    pub(crate) fn unchecked(hours: Hours) -> Self {
        Self {
            open: Regular::new(&hours.open),
            seasons: Vec::new(),
            breaks: Vec::new(),
            exceptions: Vec::new(),
            hours,
        }
    }

    /// The days off of some years, and of the years next to them.
    pub(crate) fn holidays(&self, years: &Range<i32>) -> Holidays {
        let years = years.start - 1..years.end + 1;
        let mut days: Vec<DayOff> = Vec::new();
        let mut push = |date: NaiveDate, name: Arc<str>, category| {
            days.push(DayOff {
                number: date.to_epoch_days(),
                name,
                half: category == Category::HalfDay,
            });
        };
        for set in &self.hours.holiday_sets {
            for day in years.clone().flat_map(|year| set.year(year)) {
                push(day.date, day.name.into(), day.category);
            }
        }
        for day in &self.hours.holidays {
            if years.contains(&day.date.year()) {
                push(day.date, day.name.clone(), day.category);
            }
        }
        days.sort_by_key(|off| (off.number, off.half));
        days.dedup_by(|next, first| {
            let same = next.number == first.number;
            let told = || first.name.split(", ").any(|name| *name == *next.name);
            if same && first.half == next.half && !told() {
                first.name = format!("{}, {}", first.name, next.name).into();
            }
            same
        });
        Holidays { days }
    }

    /// What opens and closes in some years; all that touches them is told.
    pub(crate) fn layout(&self, years: &Range<i32>, holidays: &Holidays) -> Layout {
        // An interval lasts to 48:00 at most, and a wall clock is within a day of UTC.
        let first = number(years.start) - 3;
        let last = number(years.end) + 1;
        let mut laid = Layout::default();
        laid.breaks.resize_with(self.breaks.len(), Vec::new);
        let from = holidays.days.partition_point(|off| off.number < first);
        let mut off = holidays.days[from..].iter().peekable();
        let mut exceptions = self.exceptions.iter().peekable();
        while exceptions
            .next_if(|exception| exception.date.to_epoch_days() < first)
            .is_some()
        {}
        for number in first..=last {
            let midnight = i64::from(number) * DAY;
            let day = Day {
                number,
                off: off.next_if(|off| off.number == number),
            };
            let exception = exceptions.next_if(|e| e.date.to_epoch_days() == number);
            match exception {
                Some(exception) => {
                    if exception.open.is_empty() && self.blanks_dates() {
                        laid.blank.push((midnight, midnight + DAY));
                    }
                    let open = exception.open.iter().map(|i| stretch(midnight, i));
                    laid.exceptional.extend(open);
                }
                None => self.lay_regular(day, holidays, &mut laid),
            }
            for (regular, closed) in self.breaks.iter().zip(&mut laid.breaks) {
                regular.each(day, holidays, |(start, end)| {
                    closed.push((midnight + i64::from(start), midnight + i64::from(end)));
                });
            }
        }
        laid
    }

    fn lay_regular(&self, day: Day<'_>, holidays: &Holidays, laid: &mut Layout) {
        let midnight = i64::from(day.number) * DAY;
        let regular = self.in_force(day);
        let start = |piece: Piece| {
            let (start, end) = piece;
            (midnight + i64::from(start), midnight + i64::from(end))
        };
        if day.is_holiday() && regular.leaves_holiday(day.date(), holidays) {
            if self.blanks_dates() {
                // What begins on the date is blanked up to midnight and stays open after it.
                laid.blank.push((midnight, midnight + DAY));
                let but_this = |date| date != day.date() && holidays.is_holiday(date);
                let pieces = regular.rules.pieces(day.date(), &but_this);
                laid.regular.extend(pieces.into_iter().map(start));
            }
            return;
        }
        let before = laid.regular.len();
        regular.each(day, holidays, |piece| laid.regular.push(start(piece)));
        if let Some(half) = self.half_day(day)
            && laid.regular.len() > before
        {
            laid.regular.truncate(before);
            laid.regular
                .extend(half.iter().map(|i| stretch(midnight, i)));
        }
    }

    /// The hours of the date if it is a half-day and half-days have any of their own.
    fn half_day(&self, day: Day<'_>) -> Option<&[Interval]> {
        self.hours
            .half_day_open
            .as_deref()
            .filter(|_| day.is_half_day())
    }

    /// The regular hours that hold on a date: of the last season that holds it, else of any day.
    fn in_force(&self, day: Day<'_>) -> &Regular {
        if self.seasons.is_empty() {
            return &self.open;
        }
        let date = day.date();
        let season = self.seasons.iter().rev().find(|(s, _)| s.holds(date));
        season.map_or(&self.open, |(_, regular)| regular)
    }

    fn blanks_dates(&self) -> bool {
        self.hours.holiday_mode == HolidayMode::CalendarDate
    }

    /// Why the desk is closed on a local date, given that it is, and not for a break.
    pub(crate) fn why_closed(&self, number: i32, holidays: &Holidays) -> Closed {
        let off = holidays.on(number);
        let day = Day { number, off };
        let exception = self
            .exceptions
            .binary_search_by_key(&number, |e| e.date.to_epoch_days());
        if let Ok(at) = exception {
            return Closed::Exception(self.exceptions[at].name.clone());
        }
        match off {
            Some(off) if day.is_holiday() => Closed::Holiday(off.name.clone()),
            Some(off) if self.half_day(day).is_some() => {
                let mut works = false;
                self.in_force(day).each(day, holidays, |_| works = true);
                if works {
                    Closed::Holiday(off.name.clone())
                } else {
                    Closed::OutsideHours
                }
            }
            _ => Closed::OutsideHours,
        }
    }
}

fn stretch(midnight: i64, interval: &Interval) -> Stretch {
    (
        midnight + i64::from(interval.start()),
        midnight + i64::from(interval.end()),
    )
}

/// The number of the first of January.
pub(crate) fn number(year: i32) -> i32 {
    debug_assert!((1800..2200).contains(&year));
    NaiveDate::from_ymd_opt(year, 1, 1).map_or(0, |date| date.to_epoch_days())
}

/// The date of a number that came from a date or from an instant of the horizon.
pub(crate) fn date(number: i32) -> NaiveDate {
    NaiveDate::from_epoch_days(number).unwrap_or(NaiveDate::MIN)
}
