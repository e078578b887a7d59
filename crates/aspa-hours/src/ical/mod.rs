//! Holidays from an iCalendar text (RFC 5545, September 2009).
//!
//! Calendars of holidays are published as `.ics` files. [`holidays`] takes their all-day events for
//! some years. What it does not take it names in [`Import::skipped`]: nothing is dropped in silence.
//!
//! ```
//! let ics = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:19171206\r\n\
//!     RRULE:FREQ=YEARLY\r\nSUMMARY:Independence Day\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
//! let import = aspa_hours::ical::holidays(ics, 2026..=2027)?;
//! assert_eq!(import.holidays.len(), 2);
//! assert_eq!(&*import.holidays[0].name, "Independence Day");
//! assert!(import.skipped.is_empty());
//! # Ok::<(), aspa_hours::ical::Error>(())
//! ```
//!
//! What is read of an event (section 3.6.1):
//! - `DTSTART` as a date; with `DTEND` (the date after the last one) or `DURATION` in days or weeks
//!   it lasts several days. A `DTEND` equal to `DTSTART`, which some programs write, is one day.
//! - `RRULE` with `FREQ=YEARLY`, `INTERVAL`, `COUNT`, `UNTIL`, `BYMONTH`, `BYMONTHDAY`, `BYDAY` and
//!   `BYSETPOS`; `RDATE` and `EXDATE` as dates.
//! - `RECURRENCE-ID`, which replaces one day of the event with the same `UID`.
//! - `STATUS:CANCELLED`; `SUMMARY`, which becomes the name.
//!
//! Whether an event marks time as busy (`TRANSP`), its categories and alarms are not looked at:
//! every all-day event is a holiday, so give it a calendar of holidays. Other components (`VTODO`,
//! `VTIMEZONE` ...) are passed over.
//!
//! This is own code because the published crates weigh much for the little that is needed (looked
//! at in November 2026): `rrule` 0.14 brings `regex` and computes in instants of a zone rather than
//! dates, `icalendar` 0.17 brings `nom` and `uuid` for its parser and leaves rules to `rrule`, and
//! `ical` 0.11 states no licence in the registry's form and has no rules.

mod lines;
mod rule;

use std::collections::{BTreeSet, HashSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use chrono::{Datelike, Days, NaiveDate};

use self::lines::{Day, Property, days, text, unfold};
use self::rule::Yearly;
use crate::{HORIZON, Holiday};

/// How many days are looked at for one text, so that a hostile one ends soon. The holidays of a
/// country for two hundred years take less than a twentieth of it.
const BUDGET: u32 = 10_000_000;

/// The name of an event that has none.
const UNNAMED: &str = "Holiday";

/// What came of an iCalendar text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Import {
    /// The dates of the all-day events within the years asked for: by date, then by name, each
    /// date and name once.
    pub holidays: Vec<Holiday>,
    /// The events that are not among them, in the order of the text.
    pub skipped: Vec<Skipped>,
}

/// An event that is no holiday, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// The line of its `BEGIN:VEVENT`, from 1.
    pub line: usize,
    /// What it is called; empty where it has no name.
    pub summary: String,
    /// Why it is left out.
    pub reason: Reason,
}

/// Why an event is left out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// It starts at a time of day.
    #[error("it is not an all-day event")]
    Timed,
    /// It says that it does not take place (`STATUS:CANCELLED`).
    #[error("it is cancelled")]
    Cancelled,
    /// It lacks a property that it needs.
    #[error("it has no {0}")]
    Missing(&'static str),
    /// It has a property twice that it may have once, or two that exclude each other.
    #[error("it has more than one {0}")]
    Repeated(&'static str),
    /// A value cannot be read, or says something that is not followed here.
    #[error("line {line}: {property} is not followed: {value:?}")]
    Value {
        /// The line of the text, from 1.
        line: usize,
        /// The property.
        property: &'static str,
        /// The value, or the part of it at fault.
        value: String,
    },
    /// Its first day is none that its rule gives; what that means is left undefined (3.8.5.3).
    #[error("DTSTART is not a day of its RRULE")]
    Unsynchronized,
    /// A line of it is no property.
    #[error("line {0} is not a property")]
    Line(usize),
}

/// Why a text is no iCalendar object as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text, or what follows a calendar in it, does not start with `BEGIN:VCALENDAR`.
    #[error("line {line}: expected BEGIN:VCALENDAR")]
    NotCalendar {
        /// The line, from 1.
        line: usize,
    },
    /// An `END` does not fit the last `BEGIN`.
    #[error("line {line}: expected END:{expected}")]
    Unbalanced {
        /// The line, from 1.
        line: usize,
        /// The component to be ended.
        expected: String,
    },
    /// The text stops inside a component.
    #[error("the text stops before END:{expected}")]
    Unfinished {
        /// The component to be ended.
        expected: String,
    },
    /// The events give more days than any calendar of holidays has.
    #[error("the events give too many days")]
    TooMuch,
    /// Years outside [`HORIZON`] were asked for.
    #[error("year {year} lies outside the years that a calendar covers")]
    YearOutsideHorizon {
        /// The year.
        year: i32,
    },
}

/// The holidays that an iCalendar text gives for some years.
///
/// It takes time in proportion to the text, and for a repeated event to the years from its start
/// where it has a `COUNT`, else to the years asked for.
///
/// # Errors
/// [`Error`] where the text as a whole is no calendar, or `years` leave the [`HORIZON`]. An event
/// that cannot be taken is no error: it is among the [`skipped`](Import::skipped) ones.
pub fn holidays(text: &str, years: RangeInclusive<i32>) -> Result<Import, Error> {
    let (first, last) = years.into_inner();
    if let Some(&year) = [first, last].iter().find(|year| !HORIZON.contains(year)) {
        return Err(Error::YearOutsideHorizon { year });
    }
    let raw = events(text)?;
    let mut import = Import::default();
    let mut replaced = HashSet::new();
    let mut taken = Vec::new();
    for event in &raw {
        if let Some(instance) = event.replaces() {
            replaced.insert(instance);
        }
        match Event::read(event) {
            Ok(event) => taken.push(event),
            Err(reason) => import.skipped.push(Skipped {
                line: event.line,
                summary: event.summary(),
                reason,
            }),
        }
    }
    let mut budget = BUDGET;
    let mut found = BTreeSet::new();
    for event in &taken {
        let mut starts = event
            .starts(first, last, &mut budget)
            .ok_or(Error::TooMuch)?;
        if let (Some(uid), false) = (event.uid, event.is_replacement) {
            starts.retain(|&start| !replaced.contains(&(uid, start)));
        }
        for start in starts {
            let end = start.checked_add_days(Days::new(event.days));
            let dates = start
                .iter_days()
                .take_while(|&day| end.is_none_or(|end| day < end) && day.year() <= last);
            for day in dates {
                budget = budget.checked_sub(1).ok_or(Error::TooMuch)?;
                if day.year() >= first {
                    found.insert((day, event.name.clone()));
                }
            }
        }
    }
    let holiday = |(date, name)| Holiday::new(date, name);
    import.holidays = found.into_iter().map(holiday).collect();
    Ok(import)
}

/// A `VEVENT` as it is written.
struct Raw {
    line: usize,
    properties: Vec<Property>,
    /// The first line that is no property.
    unreadable: Option<usize>,
}

/// The events of every calendar in the text (section 3.4).
fn events(text: &str) -> Result<Vec<Raw>, Error> {
    let mut events: Vec<Raw> = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut line_seen = false;
    for (line, text) in unfold(text) {
        line_seen = true;
        let marker = |keyword: &str| {
            let (name, component) = text.split_once(':')?;
            let component = component.trim().to_ascii_uppercase();
            name.eq_ignore_ascii_case(keyword).then_some(component)
        };
        if let Some(component) = marker("BEGIN") {
            if open.is_empty() && component != "VCALENDAR" {
                return Err(Error::NotCalendar { line });
            }
            open.push(component);
            if matches!(&open[..], [_, event] if event == "VEVENT") {
                events.push(Raw {
                    line,
                    properties: Vec::new(),
                    unreadable: None,
                });
            }
        } else if let Some(component) = marker("END") {
            match open.pop() {
                None => return Err(Error::NotCalendar { line }),
                Some(expected) if expected != component => {
                    return Err(Error::Unbalanced { line, expected });
                }
                Some(_) => {}
            }
        } else if open.is_empty() {
            return Err(Error::NotCalendar { line });
        } else if let ([_, component], Some(event)) = (&open[..], events.last_mut())
            && component == "VEVENT"
        {
            match Property::parse(line, &text) {
                Some(property) => event.properties.push(property),
                None => event.unreadable = event.unreadable.or(Some(line)),
            }
        }
    }
    match open.pop() {
        Some(expected) => Err(Error::Unfinished { expected }),
        None if line_seen => Ok(events),
        None => Err(Error::NotCalendar { line: 1 }),
    }
}

impl Raw {
    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Property> {
        self.properties
            .iter()
            .filter(move |known| known.name == name)
    }

    fn one(&self, name: &'static str) -> Result<Option<&Property>, Reason> {
        let mut all = self.all(name);
        match (all.next(), all.next()) {
            (_, Some(_)) => Err(Reason::Repeated(name)),
            (found, None) => Ok(found),
        }
    }

    fn summary(&self) -> String {
        self.all("SUMMARY")
            .next()
            .map_or_else(String::new, |summary| text(&summary.value))
    }

    /// The day of another event that this one stands for, as far as it can be read.
    fn replaces(&self) -> Option<(&str, NaiveDate)> {
        let id = self.one("RECURRENCE-ID").ok()??;
        let uid = self.one("UID").ok()??;
        match (id.param("RANGE"), Day::parse(&id.value)?) {
            (None, Day::Date(day)) => Some((uid.value.trim(), day)),
            _ => None,
        }
    }
}

/// An all-day event.
struct Event<'a> {
    uid: Option<&'a str>,
    is_replacement: bool,
    name: Arc<str>,
    start: NaiveDate,
    /// How many days it lasts.
    days: u64,
    rule: Option<Yearly>,
    more: Vec<NaiveDate>,
    without: HashSet<NaiveDate>,
}

impl<'a> Event<'a> {
    fn read(raw: &'a Raw) -> Result<Self, Reason> {
        if let Some(line) = raw.unreadable {
            return Err(Reason::Line(line));
        }
        let status = raw.one("STATUS")?;
        if status.is_some_and(|status| status.value.trim().eq_ignore_ascii_case("CANCELLED")) {
            return Err(Reason::Cancelled);
        }
        let dtstart = raw.one("DTSTART")?.ok_or(Reason::Missing("DTSTART"))?;
        let start = match Day::parse(&dtstart.value) {
            Some(Day::Date(start)) => start,
            Some(Day::Timed(_)) => return Err(Reason::Timed),
            None => return Err(value("DTSTART", dtstart, &dtstart.value)),
        };
        let uid = raw.one("UID")?.map(|uid| uid.value.trim());
        let recurrence_id = raw.one("RECURRENCE-ID")?;
        if let Some(id) = recurrence_id {
            if uid.is_none() {
                return Err(Reason::Missing("UID"));
            }
            if raw.replaces().is_none() {
                return Err(value("RECURRENCE-ID", id, &id.value));
            }
        }
        if let Some(rule) = raw.one("EXRULE")? {
            return Err(value("EXRULE", rule, &rule.value));
        }
        let rule = match raw.one("RRULE")? {
            None => None,
            Some(rule) => {
                Some(Yearly::parse(&rule.value).map_err(|part| value("RRULE", rule, part))?)
            }
        };
        if let Some(rule) = &rule {
            let mut budget = BUDGET;
            let first = rule.of_year(start.year(), start, &mut budget);
            if !first.unwrap_or_default().contains(&start) {
                return Err(Reason::Unsynchronized);
            }
        }
        let name = match raw.one("SUMMARY")? {
            Some(_) => raw.summary(),
            None => String::new(),
        };
        Ok(Self {
            uid,
            is_replacement: recurrence_id.is_some(),
            name: if name.is_empty() {
                UNNAMED.into()
            } else {
                name.into()
            },
            start,
            days: length(raw, start)?,
            rule,
            more: dates(raw, "RDATE")?,
            without: dates(raw, "EXDATE")?.into_iter().collect(),
        })
    }

    /// The days on which it starts that may reach into the years; each once.
    fn starts(&self, first: i32, last: i32, budget: &mut u32) -> Option<Vec<NaiveDate>> {
        // It may have started in a year before and still last.
        let years_long = i32::try_from(1 + self.days / 365).unwrap_or(i32::MAX);
        let first = first.saturating_sub(years_long);
        let mut starts = match &self.rule {
            None => vec![self.start],
            Some(rule) => rule.days(self.start, first, last, budget)?,
        };
        starts.extend(&self.more);
        starts.sort_unstable();
        starts.dedup();
        starts.retain(|start| !self.without.contains(start));
        Some(starts)
    }
}

fn value(property: &'static str, at: &Property, value: &str) -> Reason {
    Reason::Value {
        line: at.line,
        property,
        value: value.to_owned(),
    }
}

/// How many days the event lasts (3.6.1): up to its end, for its duration, or one.
fn length(raw: &Raw, start: NaiveDate) -> Result<u64, Reason> {
    match (raw.one("DTEND")?, raw.one("DURATION")?) {
        (None, None) => Ok(1),
        (Some(_), Some(_)) => Err(Reason::Repeated("DTEND or DURATION")),
        (Some(end), None) => match Day::parse(&end.value) {
            Some(Day::Date(day)) if day >= start => {
                Ok((day - start).num_days().unsigned_abs().max(1))
            }
            _ => Err(value("DTEND", end, &end.value)),
        },
        (None, Some(duration)) => match days(&duration.value) {
            Some(days) => Ok(days.max(1)),
            None => Err(value("DURATION", duration, &duration.value)),
        },
    }
}

/// The dates of a property that may come several times, each time with a list.
fn dates(raw: &Raw, name: &'static str) -> Result<Vec<NaiveDate>, Reason> {
    let mut dates = Vec::new();
    for property in raw.all(name) {
        for date in property.value.split(',') {
            match Day::parse(date) {
                Some(Day::Date(date)) => dates.push(date),
                _ => return Err(value(name, property, date)),
            }
        }
    }
    Ok(dates)
}
