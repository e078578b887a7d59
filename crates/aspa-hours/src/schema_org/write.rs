//! From [`Hours`] to schema.org.

use chrono::{Datelike, NaiveDate};

use super::read::is_whole_day;
use super::{DayOfWeek, OpeningHoursSpecification, Place, TimeOfDay};
use crate::holidays::Category;
use crate::weekly::{Breaks, Piece, Week, Weekly};
use crate::{ClockChanges, Hours, OnHolidays, Rules, SeasonDay};

/// Why hours cannot be said in schema.org's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: schema.org cannot say {what}")]
#[non_exhaustive]
pub struct WriteError {
    /// The field of [`Hours`] at fault.
    pub field: &'static str,
    /// What it holds.
    pub what: &'static str,
}

const fn cannot(field: &'static str, what: &'static str) -> WriteError {
    WriteError { field, what }
}

impl Hours {
    /// The hours as schema.org writes them, for a page of our own.
    ///
    /// Breaks are taken out of the hours; listed holidays become special hours, the holidays of
    /// regions `PublicHolidays`. Neither the zone nor what is called how (but for dates) has a place
    /// there, nor what becomes of a night that runs into a holiday.
    ///
    /// # Errors
    /// [`WriteError`] for what has no words there: rules and breaks that do not go by the weekday
    /// alone, seasons of every year, half-days, holidays that are none by law, hours of more than a
    /// day, [`ClockChanges::Rfc5545`].
    pub fn to_schema_org(&self) -> Result<Place, WriteError> {
        if self.clock_changes != ClockChanges::WallSet {
            return Err(cannot(
                "clock_changes",
                "how a wall time is read at a clock change",
            ));
        }
        let breaks = Breaks::of(self)
            .ok_or_else(|| cannot("breaks", "breaks that do not go by the weekday alone"))?;
        let mut place = Place::default();
        let list = &mut place.opening_hours_specification;
        let mut regular = plan("open", &self.open, &breaks)?;
        let listed = self.closing_holidays()?;
        if regular.holidays.is_none() && !self.holiday_sets.is_empty() {
            regular.holidays = Some(Week::default());
        }
        week(list, "open", &regular, false, (None, None))?;
        let mut before: Vec<(NaiveDate, NaiveDate)> = Vec::new();
        for season in &self.seasons {
            let (SeasonDay::Date(from), SeasonDay::Date(through)) = (season.from, season.through)
            else {
                return Err(cannot("seasons", "a season of every year"));
            };
            // Here the later one in the list wins, there the shorter one.
            let hidden = |&(other_from, other_through): &(NaiveDate, NaiveDate)| {
                let meet = from <= other_through && other_from <= through;
                let longer = through - from > other_through - other_from;
                meet && longer || (from, through) == (other_from, other_through)
            };
            if before.iter().any(hidden) {
                return Err(cannot("seasons", "a season that wins over a shorter one"));
            }
            before.push((from, through));
            let mut plan = plan("seasons", &season.open, &breaks)?;
            // What is left unsaid of a season is read as without it.
            if plan.holidays.is_none() && regular.holidays.is_some() {
                plan.holidays = Some(Week::default());
            }
            week(list, "seasons", &plan, true, (Some(from), Some(through)))?;
        }
        let special = &mut place.special_opening_hours_specification;
        for exception in &self.exceptions {
            let open = breaks.taken_from_day(weekday(exception.date), &exception.open);
            date(
                special,
                "exceptions",
                exception.date,
                &open,
                &exception.name,
            )?;
        }
        for holiday in listed {
            if self
                .exceptions
                .iter()
                .any(|exception| exception.date == holiday.date)
            {
                continue;
            }
            let open = match &regular.holidays {
                Some(week) => &week[weekday(holiday.date)][..],
                None => &[],
            };
            date(special, "holidays", holiday.date, open, &holiday.name)?;
        }
        Ok(place)
    }

    /// The listed holidays, where nothing about holidays is beyond words.
    fn closing_holidays(&self) -> Result<Vec<&crate::Holiday>, WriteError> {
        let other = |category: &Category| *category != Category::Public;
        if self
            .holiday_sets
            .iter()
            .any(|set| set.categories.iter().any(other))
        {
            return Err(cannot("holiday_sets", "holidays that are none by law"));
        }
        let half_day = |day: &&crate::Holiday| day.category == Category::HalfDay;
        if self.half_day_open.is_some() && self.holidays.iter().any(|day| half_day(&day)) {
            return Err(cannot("half_day_open", "the hours of half-days"));
        }
        let said = self
            .seasons
            .iter()
            .any(|season| season.open.on_holidays() != self.open.on_holidays());
        let listed: Vec<_> = self.holidays.iter().filter(|day| !half_day(day)).collect();
        if said && !listed.is_empty() {
            return Err(cannot(
                "seasons",
                "other hours on listed holidays in a season",
            ));
        }
        Ok(listed)
    }
}

fn weekday(date: NaiveDate) -> usize {
    date.weekday().num_days_from_monday() as usize % 7
}

fn plan(field: &'static str, rules: &Rules, breaks: &Breaks) -> Result<Weekly, WriteError> {
    if let OnHolidays::ByWeekday(_) = rules.on_holidays() {
        return Err(cannot(
            field,
            "hours of holidays that depend on the weekday",
        ));
    }
    Weekly::of(rules, breaks)
        .ok_or_else(|| cannot(field, "rules that do not go by the weekday alone"))
}

/// Adds the entries of a week: one for each piece, for all days that have it in common. Closed days
/// are said where `whole` or where no day is open.
fn week(
    list: &mut Vec<OpeningHoursSpecification>,
    field: &'static str,
    plan: &Weekly,
    whole: bool,
    (valid_from, valid_through): (Option<NaiveDate>, Option<NaiveDate>),
) -> Result<(), WriteError> {
    let mut add = |day_of_week: Vec<DayOfWeek>, open: &[Piece]| -> Result<(), WriteError> {
        for (opens, closes) in times(field, open)? {
            list.push(OpeningHoursSpecification {
                day_of_week: day_of_week.clone(),
                opens,
                closes,
                valid_from,
                valid_through,
                ..OpeningHoursSpecification::default()
            });
        }
        Ok(())
    };
    let days = &plan.days;
    let whole = whole || days.iter().all(Vec::is_empty);
    for (first, open) in days.iter().enumerate() {
        if days[..first].contains(open) || (open.is_empty() && !whole) {
            continue;
        }
        let same = (0..7).filter(|&day| days[day] == *open);
        add(same.map(|day| DayOfWeek::WEEK[day]).collect(), open)?;
    }
    if let Some([open, others @ ..]) = &plan.holidays {
        // A break on some weekdays only makes them differ.
        if others.iter().any(|other| other != open) {
            return Err(cannot("breaks", "breaks on holidays of some weekdays only"));
        }
        add(vec![DayOfWeek::PublicHolidays], open)?;
    }
    Ok(())
}

/// Adds the entries of one date.
fn date(
    list: &mut Vec<OpeningHoursSpecification>,
    field: &'static str,
    date: NaiveDate,
    open: &[Piece],
    name: &str,
) -> Result<(), WriteError> {
    for (opens, closes) in times(field, open)? {
        list.push(OpeningHoursSpecification {
            name: (!name.is_empty()).then(|| name.to_owned()),
            opens,
            closes,
            valid_from: Some(date),
            valid_through: Some(date),
            ..OpeningHoursSpecification::default()
        });
    }
    Ok(())
}

/// `opens` and `closes`.
type Times = (Option<TimeOfDay>, Option<TimeOfDay>);

/// `opens` and `closes` of each piece; midnight for both where there is none.
fn times(field: &'static str, open: &[Piece]) -> Result<Vec<Times>, WriteError> {
    let both = |opens, closes| {
        (
            TimeOfDay::from_seconds(opens),
            TimeOfDay::from_seconds(closes),
        )
    };
    if open.is_empty() {
        return Ok(vec![both(0, 0)]);
    }
    let times = open.iter().map(|&piece| match piece {
        (0, 86_400) => Ok(both(0, 23 * 3_600 + 59 * 60)),
        (start, end) if is_whole_day(start, end) => Err(cannot(
            field,
            "00:00-23:59, which it takes for the whole day",
        )),
        (start, end) if end < 86_400 => Ok(both(start, end)),
        (start, end) if start < 86_400 && end - 86_400 < start => Ok(both(start, end - 86_400)),
        (start, _) if start >= 86_400 => Err(cannot("breaks", "a break after midnight")),
        _ => Err(cannot(field, "an opening of a day or more")),
    });
    times.collect()
}
