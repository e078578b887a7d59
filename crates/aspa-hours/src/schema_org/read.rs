//! From schema.org to [`Hours`].

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

use super::{DayOfWeek, OpeningHoursSpecification, Place};
use crate::weekly::{Breaks, Piece, Weekly, joined};
use crate::{Exception, HORIZON, Hours, Interval, Rules, RulesError, Season, SeasonDay};

/// How many dates special hours may name in all.
const MOST_DATES: usize = 3_660;

/// What special hours without a name are called.
const UNNAMED: &str = "special opening hours";

/// Why schema.org's opening hours are no [`Hours`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// An entry of a list cannot be used.
    #[error("{property}[{index}]: {why}")]
    Entry {
        /// `openingHoursSpecification` or `specialOpeningHoursSpecification`.
        property: &'static str,
        /// Its place in the list, from 0.
        index: usize,
        /// What is wrong with it.
        why: EntryError,
    },
    /// The text form cannot be read.
    #[error("openingHours: {0}")]
    Text(#[source] RulesError),
    /// The text form and the list of entries say different things.
    #[error("openingHours and openingHoursSpecification say different things")]
    Contradiction,
    /// The special hours name more dates than ten years have.
    #[error("specialOpeningHoursSpecification: more than {MOST_DATES} dates")]
    TooManyDates,
}

/// What is wrong with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// One of the two times is missing.
    #[error("it has one of opens and closes without the other")]
    OneTime,
    /// It opens and closes at one time that is not midnight.
    #[error(
        "opens and closes are the same; 00:00 for both is closed, 00:00 and 23:59 is the whole day"
    )]
    SameTime,
    /// It opens at 24:00.
    #[error("opens is past the end of the day")]
    OpensTooLate,
    /// Its last date lies before its first.
    #[error("validThrough lies before validFrom")]
    Backwards,
    /// Special hours do not say for which dates.
    #[error("special hours need validFrom and validThrough")]
    NoDates,
    /// Special hours are for holidays rather than for dates.
    #[error("special hours are for dates; PublicHolidays belong to the regular hours")]
    SpecialHolidays,
}

impl Place {
    /// The hours, by the wall clock of `zone`.
    ///
    /// A place without any hours gives hours that never open.
    ///
    /// # Errors
    /// [`ReadError`], which names the entry at fault.
    pub fn hours(&self, zone: Tz) -> Result<Hours, ReadError> {
        let property = "openingHoursSpecification";
        let mut always = Named::default();
        let mut dated: Vec<(NaiveDate, NaiveDate, Named)> = Vec::new();
        let mut is_said = false;
        for (index, entry) in self.opening_hours_specification.iter().enumerate() {
            let at = |why| ReadError::Entry {
                property,
                index,
                why,
            };
            let open = open(entry).map_err(at)?;
            let Some((from, through)) = validity(entry).map_err(at)? else {
                is_said = true;
                always.add(entry, open);
                continue;
            };
            let known = dated
                .iter_mut()
                .find(|(f, t, _)| (*f, *t) == (from, through));
            match known {
                Some((_, _, named)) => named.add(entry, open),
                None => {
                    let mut named = Named::default();
                    named.add(entry, open);
                    dated.push((from, through, named));
                }
            }
        }
        let mut hours = Hours::new(zone);
        hours.open = always.rules();
        if !self.opening_hours.is_empty() {
            let text = self.rules_of_text()?;
            if is_said && plan(&text) != plan(&hours.open) {
                return Err(ReadError::Contradiction);
            }
            hours.open = text;
        }
        hours.seasons = seasons(&hours.open, dated);
        hours.exceptions = self.exceptions()?;
        Ok(hours)
    }

    /// The rules of the text form; several texts add up.
    fn rules_of_text(&self) -> Result<Rules, ReadError> {
        let texts: Vec<&str> = self.opening_hours.iter().map(|text| text.trim()).collect();
        let rules: Rules = texts.join(", ").parse().map_err(ReadError::Text)?;
        // A text can say 24:00, but many a page writes the whole day as here.
        let whole = |pieces: &mut Vec<Piece>| {
            for piece in pieces {
                if is_whole_day(piece.0, piece.1) {
                    *piece = (0, 86_400);
                }
            }
        };
        let Some(plain) = plan(&rules) else {
            return Ok(rules);
        };
        let mut mended = plain.clone();
        mended.days.iter_mut().for_each(whole);
        mended.holidays.iter_mut().flatten().for_each(whole);
        if mended == plain {
            return Ok(rules);
        }
        let same = |week: &[Vec<Piece>; 7]| week.iter().all(|day| *day == week[0]);
        let named = Named {
            days: mended.days.map(Some),
            holidays: match mended.holidays {
                Some(week) if same(&week) => Some(week[0].clone()),
                // Hours of holidays by weekday: leave the text as it is.
                Some(_) => return Ok(rules),
                None => None,
            },
        };
        Ok(named.rules())
    }

    fn exceptions(&self) -> Result<Vec<Exception>, ReadError> {
        let property = "specialOpeningHoursSpecification";
        let mut dates: BTreeMap<NaiveDate, (Vec<Piece>, Arc<str>)> = BTreeMap::new();
        for (index, entry) in self.special_opening_hours_specification.iter().enumerate() {
            let at = |why| ReadError::Entry {
                property,
                index,
                why,
            };
            let open = open(entry).map_err(at)?;
            let (Some(from), Some(through)) = (entry.valid_from, entry.valid_through) else {
                return Err(at(EntryError::NoDates));
            };
            validity(entry).map_err(at)?;
            if entry.day_of_week.contains(&DayOfWeek::PublicHolidays) {
                return Err(at(EntryError::SpecialHolidays));
            }
            let name = entry.name.as_deref().unwrap_or(UNNAMED);
            for date in from.iter_days().take_while(|&date| date <= through) {
                let day = DayOfWeek::WEEK[date.weekday().num_days_from_monday() as usize % 7];
                if !entry.day_of_week.is_empty() && !entry.day_of_week.contains(&day) {
                    continue;
                }
                let known = dates
                    .entry(date)
                    .or_insert_with(|| (Vec::new(), name.into()));
                known.0.extend(open);
                if dates.len() > MOST_DATES {
                    return Err(ReadError::TooManyDates);
                }
            }
        }
        let exception = |(date, (open, name)): (NaiveDate, (Vec<Piece>, Arc<str>))| {
            let open = joined(open).into_iter();
            let open = open.filter_map(|(start, end)| Interval::new(start, end).ok());
            Exception::new(date, open.collect(), name)
        };
        Ok(dates.into_iter().map(exception).collect())
    }
}

/// The piece that an entry opens; none where it closes.
fn open(entry: &OpeningHoursSpecification) -> Result<Option<Piece>, EntryError> {
    let (opens, closes) = match (entry.opens, entry.closes) {
        (None, None) => return Ok(None),
        (Some(opens), Some(closes)) => (opens.seconds(), closes.seconds()),
        _ => return Err(EntryError::OneTime),
    };
    match (opens, closes) {
        (0, 0) => Ok(None),
        (opens, closes) if is_whole_day(opens, closes) => Ok(Some((0, 86_400))),
        (86_400, _) => Err(EntryError::OpensTooLate),
        (opens, closes) if opens == closes => Err(EntryError::SameTime),
        (opens, closes) if closes < opens => Ok(Some((opens, closes + 86_400))),
        both => Ok(Some(both)),
    }
}

/// `00:00`-`23:59`, as Google has the whole day written.
pub(super) fn is_whole_day(opens: u32, closes: u32) -> bool {
    opens == 0 && [23 * 3_600 + 59 * 60, 86_399].contains(&closes)
}

/// The first and the last date on which an entry holds; none where it always does.
fn validity(
    entry: &OpeningHoursSpecification,
) -> Result<Option<(NaiveDate, NaiveDate)>, EntryError> {
    if entry.valid_from.is_none() && entry.valid_through.is_none() {
        return Ok(None);
    }
    let ends = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    let from = entry.valid_from.unwrap_or(ends(*HORIZON.start(), 1, 1));
    let through = entry.valid_through.unwrap_or(ends(*HORIZON.end(), 12, 31));
    if through < from {
        return Err(EntryError::Backwards);
    }
    Ok(Some((from, through)))
}

fn plan(rules: &Rules) -> Option<Weekly> {
    Weekly::of(rules, &Breaks::default())
}

/// Seasons such that of two on one date the shorter one, the later in the list, wins.
fn seasons(always: &Rules, mut dated: Vec<(NaiveDate, NaiveDate, Named)>) -> Vec<Season> {
    dated.sort_by_key(|(from, through, _)| std::cmp::Reverse(*through - *from));
    let mut seasons: Vec<Season> = Vec::new();
    for (from, through, named) in dated {
        // Days that it does not name go on as in the season around it, else as always.
        let around = seasons
            .iter()
            .rev()
            .find(|season| season.holds(from) && season.holds(through))
            .map_or(always, |season| &season.open);
        let open = match plan(around) {
            Some(plan) => named.over(plan).rules(),
            None => named.rules(),
        };
        let (from, through) = (SeasonDay::Date(from), SeasonDay::Date(through));
        seasons.push(Season::new(from, through, open, ""));
    }
    seasons
}

/// The hours of the days that some entries name.
#[derive(Debug, Clone, Default)]
struct Named {
    /// Monday first; none: not named.
    days: [Option<Vec<Piece>>; 7],
    holidays: Option<Vec<Piece>>,
}

impl Named {
    fn add(&mut self, entry: &OpeningHoursSpecification, open: Option<Piece>) {
        let days = match &entry.day_of_week[..] {
            [] => &DayOfWeek::WEEK[..],
            days => days,
        };
        for day in days {
            let slot = match DayOfWeek::WEEK.iter().position(|known| known == day) {
                Some(at) => &mut self.days[at],
                None => &mut self.holidays,
            };
            slot.get_or_insert_default().extend(open);
        }
    }

    /// These hours, on the other days those of a plan.
    fn over(mut self, plan: Weekly) -> Self {
        for (day, otherwise) in self.days.iter_mut().zip(plan.days) {
            day.get_or_insert(otherwise);
        }
        let otherwise = plan.holidays.map(|[monday, ..]| monday);
        self.holidays = self.holidays.or(otherwise);
        self
    }

    fn rules(self) -> Rules {
        let mut text = String::new();
        let days = self.days.map(|day| joined(day.unwrap_or_default()));
        for (first, open) in days.iter().enumerate() {
            if open.is_empty() || days[..first].contains(open) {
                continue;
            }
            let names = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
            let same = (0..7).filter(|&day| days[day] == *open);
            let names: Vec<&str> = same.map(|day| names[day]).collect();
            rule(&mut text, &names.join(","), open);
        }
        if let Some(open) = self.holidays {
            rule(&mut text, "PH", &joined(open));
        }
        // Every piece starts within its day and ends by 48:00, so the text is one of the grammar.
        text.parse().unwrap_or_default()
    }
}

fn rule(text: &mut String, days: &str, open: &[Piece]) {
    if !text.is_empty() {
        text.push_str("; ");
    }
    text.push_str(days);
    let mut seam = ' ';
    for &(start, end) in open {
        if let Ok(interval) = Interval::new(start, end) {
            let _ = write!(text, "{seam}{interval}");
            seam = ',';
        }
    }
    if seam == ' ' {
        text.push_str(" off");
    }
}
