//! A second, slow reading of the documentation: every instant is judged by itself, from the words
//! of what people agreed on, without any table. It shares no code with the crate; even the hours are
//! kept in its own form and handed over as text.

use std::fmt::Write as _;

use aspa_hours::holidays::Category;
use aspa_hours::{Break, ClockChanges, Exception, Holiday, HolidayMode, Hours, Season};
use chrono::{
    DateTime, Datelike, Days, LocalResult, Month, NaiveDate, NaiveDateTime, Offset, TimeDelta,
    TimeZone, Utc,
};
use chrono_tz::Tz;

/// Seconds from a date's midnight, `[start, end)`.
pub(crate) type Span = (u32, u32);

/// Hours of each weekday, Monday first, and what is said of public holidays.
#[derive(Debug, Clone)]
pub(crate) struct Weekly {
    pub(crate) days: Vec<Vec<Span>>,
    pub(crate) holidays: Option<Vec<Span>>,
}

#[derive(Debug, Clone)]
pub(crate) struct NaiveSeason {
    pub(crate) from: NaiveDate,
    pub(crate) through: NaiveDate,
    pub(crate) yearly: bool,
    pub(crate) open: Weekly,
}

#[derive(Debug, Clone)]
pub(crate) struct NaiveBreak {
    /// On one date, or every week on the days of this number (bits, Monday first).
    pub(crate) date: Option<NaiveDate>,
    pub(crate) weekdays: u8,
    pub(crate) at: Vec<Span>,
}

#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(crate) zone: Tz,
    pub(crate) open: Weekly,
    pub(crate) seasons: Vec<NaiveSeason>,
    pub(crate) breaks: Vec<NaiveBreak>,
    pub(crate) holidays: Vec<(NaiveDate, Category)>,
    pub(crate) half_day_open: Option<Vec<Span>>,
    pub(crate) mode: HolidayMode,
    pub(crate) exceptions: Vec<(NaiveDate, Vec<Span>)>,
    pub(crate) changes: ClockChanges,
}

/// What opens on a date.
struct Plan<'a> {
    open: &'a [Span],
    exceptional: bool,
    /// What is regular is closed from midnight to midnight.
    blank: bool,
}

impl Model {
    /// The regular hours of a date.
    fn weekly(&self, date: NaiveDate) -> &Weekly {
        let day = |date: NaiveDate| (date.month(), date.day());
        let holds = |season: &&NaiveSeason| {
            let (from, through) = (season.from, season.through);
            if !season.yearly {
                from <= date && date <= through
            } else if day(from) <= day(through) {
                day(from) <= day(date) && day(date) <= day(through)
            } else {
                day(from) <= day(date) || day(date) <= day(through)
            }
        };
        let season = self.seasons.iter().rfind(holds);
        season.map_or(&self.open, |season| &season.open)
    }

    fn has(&self, date: NaiveDate, half: bool) -> bool {
        let is = |(day, category): &(NaiveDate, Category)| {
            *day == date && (*category == Category::HalfDay) == half
        };
        self.holidays.iter().any(is)
    }

    fn exception(&self, date: NaiveDate) -> Option<&[Span]> {
        let found = self.exceptions.iter().find(|(day, _)| *day == date);
        found.map(|(_, open)| &open[..])
    }

    fn plan(&self, date: NaiveDate) -> Plan<'_> {
        let whole_dates = self.mode == HolidayMode::CalendarDate;
        if let Some(open) = self.exception(date) {
            return Plan {
                open,
                exceptional: true,
                blank: open.is_empty() && whole_dates,
            };
        }
        let weekly = self.weekly(date);
        let regular = &weekly.days[date.weekday().num_days_from_monday() as usize];
        let (open, blank): (&[Span], bool) = if self.has(date, false) {
            match &weekly.holidays {
                // `PH off` says no more than that it is a holiday.
                Some(said) if !said.is_empty() => (said, false),
                _ if whole_dates => (regular, true),
                _ => (&[], false),
            }
        } else {
            match &self.half_day_open {
                Some(half) if self.has(date, true) && !regular.is_empty() => (half, false),
                _ => (regular, false),
            }
        };
        Plan {
            open,
            exceptional: false,
            blank,
        }
    }

    /// Whether a stretch told from a date's midnight holds an instant.
    fn holds(&self, date: NaiveDate, span: Span, at: DateTime<Utc>) -> bool {
        let told = |seconds: u32| {
            date.and_hms_opt(0, 0, 0).unwrap() + TimeDelta::seconds(i64::from(seconds))
        };
        let (start, end) = (told(span.0), told(span.1));
        match self.changes {
            ClockChanges::Rfc5545 => rfc(self.zone, start) <= at && at < rfc(self.zone, end),
            _ => {
                let wall = at.with_timezone(&self.zone).naive_local();
                start <= wall && wall < end
            }
        }
    }

    fn dates_near(&self, at: DateTime<Utc>) -> impl Iterator<Item = NaiveDate> + use<> {
        let today = at.with_timezone(&self.zone).date_naive();
        (0..6).map(move |n| today + Days::new(2) - Days::new(n))
    }

    /// The first break that holds an instant.
    fn broken_by(&self, at: DateTime<Utc>) -> Option<usize> {
        self.breaks.iter().position(|pause| {
            self.dates_near(at).any(|date| {
                let on = match pause.date {
                    Some(day) => day == date,
                    None => pause.weekdays >> date.weekday().num_days_from_monday() & 1 == 1,
                };
                on && pause.at.iter().any(|&span| self.holds(date, span, at))
            })
        })
    }

    fn is_blank(&self, at: DateTime<Utc>) -> bool {
        let closes = |date| self.plan(date).blank && self.holds(date, (0, 86_400), at);
        self.dates_near(at).any(closes)
    }

    fn would_be_open(&self, at: DateTime<Utc>) -> bool {
        let blank = self.is_blank(at);
        self.dates_near(at).any(|date| {
            let plan = self.plan(date);
            (plan.exceptional || !blank) && plan.open.iter().any(|&span| self.holds(date, span, at))
        })
    }

    pub(crate) fn is_open(&self, at: DateTime<Utc>) -> bool {
        self.would_be_open(at) && self.broken_by(at).is_none()
    }

    /// Why it is closed, given that it is.
    pub(crate) fn why_closed(&self, at: DateTime<Utc>) -> String {
        if self.would_be_open(at) {
            return format!("break {}", self.broken_by(at).unwrap());
        }
        let date = at.with_timezone(&self.zone).date_naive();
        let plan = self.plan(date);
        let weekly = self.weekly(date);
        let regular = &weekly.days[date.weekday().num_days_from_monday() as usize];
        let half = self.has(date, true) && self.half_day_open.is_some() && !regular.is_empty();
        if plan.exceptional {
            format!("exception {date}")
        } else if self.has(date, false) || half {
            format!("holiday {date}")
        } else {
            "outside hours".to_owned()
        }
    }

    /// The business days of which all is known from the given instants on: dates on which hours
    /// start, with the last instant of those hours.
    pub(crate) fn business_days(
        &self,
        instants: &[DateTime<Utc>],
    ) -> Vec<(NaiveDate, DateTime<Utc>)> {
        let local = |at: DateTime<Utc>| at.with_timezone(&self.zone).date_naive();
        let (first, last) = (local(instants[0]), local(instants[instants.len() - 1]));
        let mut days: Vec<(NaiveDate, DateTime<Utc>)> = Vec::new();
        for date in (first - Days::new(1))
            .iter_days()
            .take_while(|date| *date <= last)
        {
            let plan = self.plan(date);
            if plan.blank && !plan.exceptional {
                continue;
            }
            for &span in plan.open {
                let works = |at: &&DateTime<Utc>| {
                    self.holds(date, span, **at)
                        && (plan.exceptional || !self.is_blank(**at))
                        && self.broken_by(**at).is_none()
                };
                let mut open = instants.iter().filter(works);
                if let Some(start) = open.next() {
                    let end = open.next_back().unwrap_or(start);
                    days.push((local(*start), *end));
                }
            }
        }
        days.sort_unstable();
        days
    }

    /// The same, for the crate.
    pub(crate) fn hours(&self) -> Hours {
        let mut hours = Hours::new(self.zone)
            .open(&text(&self.open))
            .unwrap()
            .holiday_mode(self.mode)
            .clock_changes(self.changes);
        for season in &self.seasons {
            let day = |date: NaiveDate| {
                let told = if season.yearly { "--%m-%d" } else { "%Y-%m-%d" };
                date.format(told).to_string().parse().unwrap()
            };
            let open = text(&season.open).parse().unwrap();
            let season = Season::new(day(season.from), day(season.through), open, "season");
            hours.seasons.push(season);
        }
        for (n, pause) in self.breaks.iter().enumerate() {
            let days = match pause.date {
                Some(date) => {
                    let month = Month::try_from(date.month() as u8).unwrap();
                    format!("{} {} {}", date.year(), &month.name()[..3], date.day())
                }
                None => {
                    let named = DAYS.iter().enumerate();
                    let on = named.filter(|(n, _)| pause.weekdays >> n & 1 == 1);
                    on.map(|(_, day)| *day).collect::<Vec<_>>().join(",")
                }
            };
            let at = format!("{days} {}", list(&pause.at)).parse().unwrap();
            hours.breaks.push(Break::new(at, format!("break {n}")));
        }
        for (date, category) in &self.holidays {
            let holiday = Holiday::new(*date, format!("holiday {date}"));
            hours.holidays.push(holiday.category(*category));
        }
        hours.half_day_open = self.half_day_open.as_ref().map(|open| intervals(open));
        for (date, open) in &self.exceptions {
            let name = format!("exception {date}");
            hours
                .exceptions
                .push(Exception::new(*date, intervals(open), name));
        }
        hours
    }
}

const DAYS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];

fn intervals(open: &[Span]) -> Vec<aspa_hours::Interval> {
    open.iter()
        .map(|span| one(*span).parse().unwrap())
        .collect()
}

fn one((start, end): Span) -> String {
    let clock = |at: u32| format!("{:02}:{:02}", at / 3_600, at / 60 % 60);
    format!("{}-{}", clock(start), clock(end))
}

fn list(open: &[Span]) -> String {
    open.iter()
        .map(|span| one(*span))
        .collect::<Vec<_>>()
        .join(",")
}

fn text(weekly: &Weekly) -> String {
    let mut text = "off".to_owned();
    for (day, open) in DAYS.iter().zip(&weekly.days) {
        if !open.is_empty() {
            write!(text, "; {day} {}", list(open)).unwrap();
        }
    }
    match &weekly.holidays {
        Some(open) if open.is_empty() => text += "; PH off",
        Some(open) => write!(text, "; PH {}", list(open)).unwrap(),
        None => {}
    }
    text
}

/// RFC 5545 section 3.3.5: a local time that comes twice is the first; one that does not come is
/// read with the offset before the gap.
fn rfc(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.to_utc(),
        LocalResult::None => {
            let mut before = local;
            loop {
                before -= TimeDelta::minutes(1);
                if let Some(at) = zone.from_local_datetime(&before).latest() {
                    let offset = TimeDelta::seconds(at.offset().fix().local_minus_utc().into());
                    return (local - offset).and_utc();
                }
            }
        }
    }
}
