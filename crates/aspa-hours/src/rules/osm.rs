//! Whole hours as one text of OpenStreetMap's `opening_hours`, and back.

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

use super::dates::{Base, Dates, Point};
use super::days::Days;
use super::error::LONGEST;
use super::{DAY, Effect, Join, Rule, Rules};
use crate::holidays::Category;
use crate::{
    Break, ClockChanges, Holiday, HolidayMode, Hours, HoursError, Interval, OnHolidays, RulesError,
    Season, SeasonDay,
};

impl Hours {
    /// Reads hours from the text that maps give, by the wall clock of `zone`.
    ///
    /// A text does not say which dates are holidays: where it speaks of `PH`, give the hours a
    /// [`holiday set`](Self::holidays_of).
    ///
    /// # Errors
    /// [`HoursError::Rules`] for a text that [`Rules`] do not know.
    pub fn from_osm(zone: Tz, text: &str) -> Result<Self, HoursError> {
        Self::new(zone).open(text)
    }

    /// The hours as one text for maps, such as `Mo-Fr 08:00-12:00,13:00-18:00; PH off`.
    ///
    /// Seasons, listed holidays and exceptions become rules with dates. Holiday sets become `PH`,
    /// whose dates a reader of the text has to know. Names and the zone are not in the text. Read
    /// back with the same zone and holiday sets, it is open at the same instants.
    ///
    /// ```
    /// let hours = aspa_hours::Hours::new(chrono_tz::Europe::Helsinki)
    ///     .open("Mo-Fr 08:00-18:00")?
    ///     .break_at("Mo-Fr 12:00-12:30", "lunch")?
    ///     .holidays_of("FI".parse::<aspa_hours::holidays::Region>()?)
    ///     .exception("2026-12-24".parse()?, "closed", "Christmas Eve")?;
    /// assert_eq!(
    ///     hours.to_osm()?,
    ///     "Mo-Fr 08:00-12:00,12:30-18:00; PH off; 2026 Dec 24 off"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Whatever [`build`](Self::build) refuses; [`HoursError::NotInOsm`] with the field that the
    /// grammar cannot say; [`RulesError::TooLong`] for a text that would not be read back.
    pub fn to_osm(&self) -> Result<String, HoursError> {
        self.build()?;
        let text = Writer::new(self)?.rules()?.to_string();
        if text.len() > LONGEST {
            return Err(RulesError::TooLong { bytes: text.len() }.into());
        }
        Ok(text)
    }
}

/// Collects rules; those for dates come after the regular ones, since the last word counts.
struct Writer<'a> {
    hours: &'a Hours,
    rules: Vec<Rule>,
    /// Whether regular hours run past midnight, so that closing a date cuts the night before it.
    nights: bool,
    /// Whether exceptions do, which a holiday does not cut.
    late_exceptions: bool,
}

impl<'a> Writer<'a> {
    fn new(hours: &'a Hours) -> Result<Self, HoursError> {
        if hours.clock_changes != ClockChanges::WallSet {
            return Err(cannot(
                "clock_changes",
                "maps tell times by the wall clock only",
            ));
        }
        let cuts = regular(hours).any(Rules::cuts);
        let nights = regular(hours).any(Rules::runs_past_midnight);
        let replaced = !hours.seasons.is_empty()
            || !hours.exceptions.is_empty()
            || hours.half_day_open.is_some()
            || hours.holiday_mode == HolidayMode::StartDate;
        if cuts && nights && replaced {
            return Err(cannot(
                "open",
                "what it takes away past midnight would depend on rules for other dates",
            ));
        }
        let breaks = hours.breaks.iter().map(|one| &one.at);
        let mut all = regular(hours).chain(breaks).flat_map(Rules::list);
        if all.any(Rule::speaks_of_days_off) && hours.holidays.iter().any(is_by_law) {
            return Err(cannot(
                "holidays",
                "a text that speaks of `PH` does not name their dates; make them exceptions",
            ));
        }
        let late = |open: &Interval| open.end() > DAY;
        let nights = nights || hours.half_day_open.iter().flatten().any(late);
        let of_exceptions = hours.exceptions.iter().flat_map(|day| &day.open);
        let late_exceptions = of_exceptions.into_iter().any(late);
        let closes = regular(hours).any(Rules::closes_holidays);
        let by_set = !hours.holiday_sets.is_empty()
            && regular(hours).any(|rules| !rules.mentions_holidays());
        if hours.holiday_mode == HolidayMode::StartDate
            && (nights || late_exceptions)
            && (closes || by_set)
        {
            return Err(cannot(
                "holiday_mode",
                "`PH off` closes a holiday from its midnight on, also what began on the eve",
            ));
        }
        if late_exceptions && closes {
            return Err(cannot(
                "exceptions",
                "`PH off` would close what begins on an exception the day before",
            ));
        }
        Ok(Self {
            hours,
            rules: Vec::new(),
            nights,
            late_exceptions,
        })
    }

    fn rules(mut self) -> Result<Rules, HoursError> {
        let hours = self.hours;
        if let Some(plain) = without_breaks(hours) {
            self.rules = plain;
            self.holidays()?;
            self.closed_dates();
            return Ok(Rules { rules: self.rules });
        }
        self.rules.extend_from_slice(hours.open.list());
        for season in &hours.seasons {
            self.season(season)?;
        }
        self.half_days()?;
        self.holidays()?;
        self.closed_dates();
        for exception in sorted(&hours.exceptions, |exception| exception.date) {
            if !exception.open.is_empty() {
                self.open_on(exception.date, &exception.open);
            }
        }
        for one in &hours.breaks {
            self.rules.extend(taken_away(one)?);
        }
        Ok(Rules { rules: self.rules })
    }

    fn season(&mut self, season: &Season) -> Result<(), HoursError> {
        let dates = dates_of(season);
        self.rules.push(Rule {
            dates: vec![dates.clone()],
            ..rule(Effect::Off)
        });
        for of_season in season.open.list() {
            if !of_season.years.is_empty() || !of_season.dates.is_empty() {
                return Err(cannot(
                    "seasons",
                    "the rules of a season cannot have years or dates of their own",
                ));
            }
            self.rules.push(Rule {
                dates: vec![dates.clone()],
                ..of_season.clone()
            });
        }
        Ok(())
    }

    /// The half-days that are listed by date.
    fn half_days(&mut self) -> Result<(), HoursError> {
        let hours = self.hours;
        let Some(open) = &hours.half_day_open else {
            return Ok(());
        };
        let by_rule =
            |set: &crate::holidays::HolidaySet| set.categories.contains(&Category::HalfDay);
        if hours.holiday_sets.iter().any(by_rule) {
            return Err(cannot("half_day_open", "maps know no half-days by region"));
        }
        for day in sorted(&hours.holidays, |day| day.date) {
            let opens = || {
                !in_force(hours, day.date)
                    .on(day.date, &|date| is_holiday(hours, date))
                    .is_empty()
            };
            if !is_by_law(day) && !is_holiday(hours, day.date) && opens() {
                self.open_on(day.date, open);
            }
        }
        Ok(())
    }

    fn holidays(&mut self) -> Result<(), HoursError> {
        let hours = self.hours;
        let silent = regular(hours)
            .filter(|rules| !rules.mentions_holidays())
            .count();
        if !hours.holiday_sets.is_empty() && silent > 0 {
            if silent < regular(hours).count() {
                return Err(cannot(
                    "seasons",
                    "either all of the regular hours speak of `PH` or none",
                ));
            }
            let days = Days {
                holidays: vec![0],
                ..Days::default()
            };
            let effect = if self.late_exceptions {
                Effect::OffAt(vec![Interval::WHOLE_DAY])
            } else {
                self.closed()
            };
            self.rules.push(Rule {
                days: Some(days),
                ..rule(effect)
            });
        }
        let listed = sorted(&hours.holidays, |day| day.date);
        for day in listed.into_iter().filter(|day| is_by_law(day)) {
            let effect = self.closed();
            self.on_date(day.date, effect);
        }
        Ok(())
    }

    /// Exceptions without hours; they cut the night before them as a holiday does, but no exception.
    fn closed_dates(&mut self) {
        let exceptions = sorted(&self.hours.exceptions, |exception| exception.date);
        let closed: Vec<NaiveDate> = exceptions
            .iter()
            .filter(|exception| exception.open.is_empty())
            .map(|exception| exception.date)
            .collect();
        for &date in &closed {
            self.on_date(date, Effect::Off);
        }
        if self.closed() != Effect::Off {
            for &date in &closed {
                self.on_date(date, self.closed());
            }
        }
    }

    /// What a closed date does.
    fn closed(&self) -> Effect {
        if self.nights && self.hours.holiday_mode == HolidayMode::CalendarDate {
            Effect::OffAt(vec![Interval::WHOLE_DAY])
        } else {
            Effect::Off
        }
    }

    fn open_on(&mut self, date: NaiveDate, open: &[Interval]) {
        let mut open = open.to_vec();
        open.sort_unstable();
        open.dedup();
        let effect = if open.is_empty() {
            Effect::Off
        } else {
            Effect::Open(open)
        };
        self.on_date(date, effect);
    }

    /// A rule for a date; dates in a row with the same effect share one.
    fn on_date(&mut self, date: NaiveDate, effect: Effect) {
        let day = Dates {
            from: point(date),
            to: Some(point(date)),
        };
        let dated = |rule: &Rule| {
            *rule
                == Rule {
                    dates: rule.dates.clone(),
                    ..self::rule(effect.clone())
                }
                && !rule.dates.is_empty()
                && rule.dates.iter().all(|dates| dates.from.year.is_some())
        };
        match self.rules.last_mut() {
            Some(last) if dated(last) => {
                if !last.dates.contains(&day) {
                    last.dates.push(day);
                }
            }
            _ => self.rules.push(Rule {
                dates: vec![day],
                ..rule(effect)
            }),
        }
    }
}

fn cannot(field: &'static str, why: &'static str) -> HoursError {
    HoursError::NotInOsm { field, why }
}

/// A rule for every date.
fn rule(effect: Effect) -> Rule {
    Rule {
        join: Join::Override,
        years: Vec::new(),
        dates: Vec::new(),
        weeks: Vec::new(),
        days: None,
        effect,
    }
}

fn point(date: NaiveDate) -> Point {
    Point {
        year: Some(date.year()),
        base: Base::Day {
            month: date.month(),
            day: date.day(),
        },
        days: 0,
    }
}

fn dates_of(season: &Season) -> Dates {
    let end = |day| match day {
        SeasonDay::Date(date) => point(date),
        SeasonDay::Yearly { month, day } => Point {
            year: None,
            base: Base::Day { month, day },
            days: 0,
        },
    };
    Dates {
        from: end(season.from),
        to: Some(end(season.through)),
    }
}

/// The regular hours and those of the seasons.
fn regular(hours: &Hours) -> impl Iterator<Item = &Rules> {
    let seasons = hours.seasons.iter().map(|season| &season.open);
    std::iter::once(&hours.open).chain(seasons)
}

/// The regular hours that hold on a date.
fn in_force(hours: &Hours, date: NaiveDate) -> &Rules {
    let season = hours.seasons.iter().rev().find(|season| season.holds(date));
    season.map_or(&hours.open, |season| &season.open)
}

/// Half-days are no holidays.
fn is_by_law(day: &Holiday) -> bool {
    day.category != Category::HalfDay
}

fn is_holiday(hours: &Hours, date: NaiveDate) -> bool {
    let of_sets = || {
        hours
            .holiday_sets
            .iter()
            .flat_map(|set| set.year(date.year()))
    };
    let listed = |day: &Holiday| day.date == date && is_by_law(day);
    hours.holidays.iter().any(listed)
        || of_sets().any(|day| day.date == date && day.category != Category::HalfDay)
}

fn sorted<T>(list: &[T], date: impl Fn(&T) -> NaiveDate) -> Vec<&T> {
    let mut sorted: Vec<&T> = list.iter().collect();
    sorted.sort_by_key(|item| date(item));
    sorted
}

/// The rules that take a break out of everything before them.
fn taken_away(one: &Break) -> Result<Vec<Rule>, HoursError> {
    let rules = one.at.list();
    let adds = rules.iter().skip(1).all(|rule| rule.join != Join::Override);
    let opens = rules
        .iter()
        .all(|rule| matches!(rule.effect, Effect::Open(_)));
    let plain = match (adds && opens, one.at.weekly()) {
        (true, _) => rules.to_vec(),
        (false, Some(week)) if !rules.iter().any(Rule::speaks_of_days_off) => by_weekday(&week),
        _ => {
            return Err(cannot(
                "breaks",
                "a break with rules that replace each other cannot be taken out of other rules",
            ));
        }
    };
    let take = |rule: Rule| match rule.effect {
        Effect::Open(times) => Rule {
            join: Join::Override,
            effect: Effect::OffAt(times),
            ..rule
        },
        _ => rule,
    };
    Ok(plain.into_iter().map(take).collect())
}

/// Hours of weekdays with their breaks taken out, where there is nothing but weekdays and closed
/// dates. Most readers of such texts know no hours that are taken away.
fn without_breaks(hours: &Hours) -> Option<Vec<Rule>> {
    let closed_only = hours.exceptions.iter().all(|day| day.open.is_empty());
    if hours.breaks.is_empty()
        || !hours.seasons.is_empty()
        || hours.half_day_open.is_some()
        || !closed_only
    {
        return None;
    }
    let mut all = hours.open.clone();
    for one in &hours.breaks {
        all.rules.extend(taken_away(one).ok()?);
    }
    let mut plain = by_weekday(&all.weekly()?);
    let days = Some(Days {
        holidays: vec![0],
        ..Days::default()
    });
    match all.on_holidays() {
        OnHolidays::Unsaid => {}
        OnHolidays::Open(open) => plain.push(Rule {
            days,
            ..rule(if open.is_empty() {
                Effect::Off
            } else {
                Effect::Open(open)
            })
        }),
        OnHolidays::ByWeekday(_) => return None,
    }
    // Around midnight a holiday may change what its neighbours are.
    (!all.runs_past_midnight()).then_some(plain)
}

/// One rule for the weekdays of the same hours.
fn by_weekday(week: &[Vec<Interval>; 7]) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for (day, open) in week.iter().enumerate() {
        if open.is_empty() {
            continue;
        }
        let same = |rule: &&mut Rule| rule.effect == Effect::Open(open.clone());
        if let Some(days) = rules
            .iter_mut()
            .find(same)
            .and_then(|rule| rule.days.as_mut())
        {
            days.weekdays |= 1 << day;
        } else {
            rules.push(Rule {
                days: Some(Days {
                    weekdays: 1 << day,
                    ..Days::default()
                }),
                ..rule(Effect::Open(open.clone()))
            });
        }
    }
    Rules::new(rules).rules
}
