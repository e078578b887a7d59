//! What the opening hours are, as they would stand on a door.

use chrono::{Datelike, NaiveDate, TimeDelta};

use super::Language;
use crate::holidays::Category;
use crate::weekly::{Breaks, Piece, WHOLE_DAY, Week, Weekly};
use crate::{Exception, Holiday, Hours, Interval, OnHolidays, Rules, Schedule, Season, SeasonDay};

/// So many dates are told one by one; where there are more, only that there are some.
const FEW: usize = 3;

/// So far ahead dates are told when it is known what day it is.
const AHEAD: TimeDelta = TimeDelta::days(14);

impl Hours {
    /// The hours as a sentence without a full stop, as they would stand on a door.
    ///
    /// ```
    /// use aspa_hours::{Hours, Language};
    ///
    /// let hours = Hours::new(chrono_tz::Europe::Helsinki).open("Mo-Fr 08:00-18:00; PH off")?;
    /// assert_eq!(hours.describe(Language::En), "Open Mon-Fri 8-18, closed on public holidays");
    /// assert_eq!(hours.describe(Language::Fi), "Avoinna ma–pe 8–18, suljettu pyhäpäivinä");
    /// assert_eq!(hours.describe(Language::Sv), "Öppet mån–fre 8–18, stängt på helgdagar");
    /// # Ok::<(), aspa_hours::HoursError>(())
    /// ```
    ///
    /// Breaks are taken out of the hours that are told. Seasons follow the regular hours. Up to
    /// three dates with hours of their own are told with their years, of more only the number.
    /// Rules that no weekday plan can tell (dates, weeks, the first Monday of a month) stand there
    /// in their own notation.
    #[must_use]
    pub fn describe(&self, language: Language) -> String {
        Teller::new(self, language, None).sentence()
    }

    /// As [`describe`](Self::describe), on a local date: what is over is left out, and of the dates
    /// with hours of their own only those of the coming two weeks are told, three at most.
    #[must_use]
    pub fn describe_on(&self, today: NaiveDate, language: Language) -> String {
        Teller::new(self, language, Some(today)).sentence()
    }
}

impl Schedule {
    /// As [`Hours::describe`]; several schedules are told one by one, each by its name, with its
    /// zone where that is not the first one's.
    #[must_use]
    pub fn describe(&self, language: Language) -> String {
        describe(self, language, None)
    }

    /// As [`Hours::describe_on`]; several schedules are told as in [`describe`](Self::describe).
    #[must_use]
    pub fn describe_on(&self, today: NaiveDate, language: Language) -> String {
        describe(self, language, Some(today))
    }
}

fn describe(schedule: &Schedule, language: Language, today: Option<NaiveDate>) -> String {
    // `Oulu: open Mon-Fri 8-16`, in brackets where it is made of parts itself.
    let part = |part: &Schedule| {
        let told = describe(part, language, today);
        let mut chars = told.chars();
        let first = chars.next().map(char::to_lowercase);
        let mut told: String = first.into_iter().flatten().chain(chars).collect();
        if !matches!(part, Schedule::Hours(_)) {
            told = format!("({told})");
        }
        if part.zone() != schedule.zone() {
            told = format!("{told} ({})", part.zone());
        }
        match part.name() {
            Some(name) => format!("{name}: {told}"),
            None => told,
        }
    };
    let (open_while, parts): (_, Vec<_>) = match schedule {
        Schedule::Hours(hours) => return Teller::new(hours, language, today).sentence(),
        Schedule::AnyOf { parts, .. } => (
            language.of(
                "Open while one of these is",
                "Avoinna, kun jokin näistä on",
                "Öppet när något av dessa är det",
            ),
            parts.iter().map(part).collect(),
        ),
        Schedule::AllOf { parts, .. } => (
            language.of(
                "Open while all of these are",
                "Avoinna, kun kaikki nämä ovat",
                "Öppet när alla dessa är det",
            ),
            parts.iter().map(part).collect(),
        ),
        Schedule::Minus { from, take, .. } => (
            language.of(
                "Open while the first of these is and the second is not",
                "Avoinna, kun ensimmäinen näistä on ja toinen ei",
                "Öppet när det första av dessa är det och det andra inte",
            ),
            vec![part(from), part(take)],
        ),
    };
    format!("{open_while}: {}", parts.join(" | "))
}

struct Teller<'a> {
    hours: &'a Hours,
    language: Language,
    today: Option<NaiveDate>,
    /// Those that go by the weekday alone are taken out of the hours; else none is, and they are
    /// told by themselves.
    breaks: Option<Breaks>,
}

impl<'a> Teller<'a> {
    fn new(hours: &'a Hours, language: Language, today: Option<NaiveDate>) -> Self {
        Self {
            hours,
            language,
            today,
            breaks: Breaks::of(hours),
        }
    }

    /// The pieces that breaks leave of a day, Monday as 0.
    fn left(&self, day: usize, open: &[Interval]) -> Vec<Piece> {
        match &self.breaks {
            Some(breaks) => breaks.taken_from_day(day, open),
            None => Breaks::default().taken_from_day(day, open),
        }
    }

    fn sentence(&self) -> String {
        let hours = self.hours;
        let mut parts = Vec::new();
        let mut head = match self.regular(&hours.open) {
            Some(items) => {
                let mut clauses = vec![items];
                clauses.extend(self.closed_on_holidays().then(|| self.closed_clause()));
                clauses.extend(self.half_days());
                format!(
                    "{} {}",
                    self.language.of("Open", "Avoinna", "Öppet"),
                    clauses.join(", ")
                )
            }
            None => self.language.of("Closed", "Suljettu", "Stängt").to_owned(),
        };
        parts.extend(
            hours
                .seasons
                .iter()
                .filter_map(|season| self.season(season)),
        );
        parts.extend(self.dates());
        if self.breaks.is_none() {
            parts.extend(hours.breaks.iter().map(|pause| {
                let word = self.language.of("break", "tauko", "paus");
                self.with_name(format!("{word} {}", pause.at), &pause.name)
            }));
        }
        for part in parts {
            head += "; ";
            head += &part;
        }
        head
    }

    /// Regular hours without the word for open; none where they never open.
    fn regular(&self, rules: &Rules) -> Option<String> {
        if rules.is_never() {
            return None;
        }
        let none = Breaks::default();
        match Weekly::of(rules, self.breaks.as_ref().unwrap_or(&none)) {
            Some(plan) => self.week(&plan.days, &plan.holidays.unwrap_or_default()),
            None => Some(rules.to_string()),
        }
    }

    /// `Mon-Fri 8-18, Sat 10-14`, with the hours of holidays that fall on each weekday.
    fn week(&self, week: &Week, holidays: &Week) -> Option<String> {
        let language = self.language;
        let one_for_all = |week: &Week| week.iter().all(|day| *day == week[0]);
        if one_for_all(week) && !week[0].is_empty() && (holidays == week || is_empty(holidays)) {
            let hours = language.hours(&week[0]);
            return Some(if week[0] == [WHOLE_DAY] {
                hours
            } else {
                format!(
                    "{} {hours}",
                    language.of("every day", "joka päivä", "alla dagar")
                )
            });
        }
        let mut holidays_told = is_empty(holidays);
        let mut items = Vec::new();
        for (first, open) in week.iter().enumerate() {
            if open.is_empty() || week[..first].contains(open) {
                continue;
            }
            let days: Vec<usize> = (0..7).filter(|&day| week[day] == *open).collect();
            let mut names = language.days(&days);
            if !holidays_told && one_for_all(holidays) && holidays[0] == *open {
                let word = language.of("public holidays", "pyhäpäivinä", "helgdagar");
                names.push(word.to_owned());
                holidays_told = true;
            }
            items.push(format!("{} {}", language.and(names), language.hours(open)));
        }
        if !holidays_told && one_for_all(holidays) {
            let word = language.of("public holidays", "pyhäpäivinä", "helgdagar");
            items.push(format!("{word} {}", language.hours(&holidays[0])));
        } else if !holidays_told {
            let word = language.of("on public holidays", "pyhäpäivinä", "på helgdagar");
            items.extend(
                self.week(holidays, &Week::default())
                    .map(|text| format!("{word} {text}")),
            );
        }
        (!items.is_empty()).then(|| items.join(", "))
    }

    /// Whether public holidays are closed whatever the weekday, and there are some.
    fn closed_on_holidays(&self) -> bool {
        match self.hours.open.on_holidays() {
            OnHolidays::Open(open) => open.is_empty(),
            OnHolidays::ByWeekday(_) => false,
            OnHolidays::Unsaid => {
                let by_set = self.hours.holiday_sets.iter().any(|set| {
                    set.categories
                        .iter()
                        .any(|category| *category != Category::HalfDay)
                });
                by_set || self.listed().count() > FEW
            }
        }
    }

    fn closed_clause(&self) -> String {
        self.language
            .of(
                "closed on public holidays",
                "suljettu pyhäpäivinä",
                "stängt på helgdagar",
            )
            .to_owned()
    }

    /// The listed holidays that close.
    fn listed(&self) -> impl Iterator<Item = &Holiday> {
        let days = self.hours.holidays.iter();
        days.filter(|day| day.category != Category::HalfDay)
    }

    fn half_days(&self) -> Option<String> {
        let language = self.language;
        let open = self.hours.half_day_open.as_ref()?;
        let hours = self.hours;
        let by_set = |category: &Category| *category == Category::HalfDay;
        let some = hours
            .holiday_sets
            .iter()
            .any(|set| set.categories.iter().any(by_set))
            || hours
                .holidays
                .iter()
                .any(|day| day.category == Category::HalfDay);
        if !some {
            return None;
        }
        // Half-days are working days: where a break is the same on these, it is taken out.
        let week: [_; 5] = std::array::from_fn(|day| self.left(day, open));
        let open = match week.iter().all(|day| *day == week[0]) {
            true => week[0].clone(),
            false => Breaks::default().taken_from_day(0, open),
        };
        Some(if open.is_empty() {
            language
                .of(
                    "closed on half-days",
                    "suljettu aattoina",
                    "stängt på halvdagar",
                )
                .to_owned()
        } else {
            let word = language.of("half-days", "aattoina", "halvdagar");
            format!("{word} {}", language.hours(&open))
        })
    }

    fn season(&self, season: &Season) -> Option<String> {
        let language = self.language;
        let range = match (season.from, season.through) {
            (SeasonDay::Date(from), SeasonDay::Date(through)) => {
                if self.today.is_some_and(|today| through < today) {
                    return None;
                }
                let year = self.tells_year(from) || self.tells_year(through);
                let both = from.year() != through.year();
                (
                    language.date(from, year && both),
                    language.date(through, year),
                )
            }
            (from, through) => (self.yearly(from), self.yearly(through)),
        };
        let (first, last) = range;
        let when = match language {
            Language::En => format!("from {first} to {last}"),
            Language::Fi | Language::Sv => format!("{first}–{last}"),
        };
        let mut told = self.told(&when, self.regular(&season.open));
        if season.open.on_holidays() == OnHolidays::Open(Vec::new())
            && !season.open.is_never()
            && !self.closed_on_holidays()
        {
            told = format!("{told}, {}", self.closed_clause());
        }
        Some(self.with_name(told, &season.name))
    }

    fn yearly(&self, day: SeasonDay) -> String {
        let date = match day {
            SeasonDay::Date(date) => Some(date),
            // A leap year has every day.
            SeasonDay::Yearly { month, day } => NaiveDate::from_ymd_opt(2000, month, day),
        };
        date.map_or_else(|| day.to_string(), |date| self.language.date(date, false))
    }

    /// The dates with hours of their own, and holidays where they are few.
    fn dates(&self) -> Vec<String> {
        let coming = |date: NaiveDate| {
            self.today
                .is_none_or(|today| today <= date && date - today <= AHEAD)
        };
        let mut exceptions: Vec<&Exception> = self.hours.exceptions.iter().collect();
        exceptions.retain(|day| coming(day.date));
        exceptions.sort_by_key(|day| day.date);
        let mut dates: Vec<(NaiveDate, String)> = Vec::new();
        let mut more = None;
        if self.today.is_none() && exceptions.len() > FEW {
            let count = exceptions.len();
            more = Some(match self.language {
                Language::En => format!("other hours on {count} dates"),
                Language::Fi => format!("poikkeava aukiolo {count} päivänä"),
                Language::Sv => format!("avvikande öppettider {count} dagar"),
            });
            exceptions.clear();
        }
        dates.extend(
            exceptions
                .into_iter()
                .map(|day| (day.date, self.exception(day))),
        );
        // What the rules say of holidays is told with them.
        if self.hours.open.on_holidays() == OnHolidays::Unsaid && self.listed().count() <= FEW {
            let closed = self.listed().filter(|day| coming(day.date));
            let excepted = |day: &&Holiday| {
                self.hours
                    .exceptions
                    .iter()
                    .all(|exception| exception.date != day.date)
            };
            dates.extend(closed.filter(excepted).map(|day| {
                let when = self.on(day.date);
                (day.date, self.with_name(self.told(&when, None), &day.name))
            }));
        }
        dates.sort();
        if self.today.is_some() {
            dates.truncate(FEW);
        }
        dates
            .into_iter()
            .map(|(_, told)| told)
            .chain(more)
            .collect()
    }

    fn exception(&self, day: &Exception) -> String {
        let weekday = day.date.weekday().num_days_from_monday() as usize;
        let open = self.left(weekday, &day.open);
        let hours = (!open.is_empty()).then(|| self.language.hours(&open));
        self.with_name(self.told(&self.on(day.date), hours), &day.name)
    }

    /// `open 8-12` or `closed` at a time, in the order of the language.
    fn told(&self, when: &str, hours: Option<String>) -> String {
        match (self.language, hours) {
            (Language::En, None) => format!("closed {when}"),
            (language, None) => format!("{when} {}", language.of("closed", "suljettu", "stängt")),
            (language, Some(hours)) => {
                format!("{when} {} {hours}", language.of("open", "avoinna", "öppet"))
            }
        }
    }

    /// `on 24 December 2026`.
    fn on(&self, date: NaiveDate) -> String {
        let date = self.language.date(date, self.tells_year(date));
        format!("{}{date}", self.language.of("on ", "", "den "))
    }

    /// The year goes without saying for a date of the coming half year.
    fn tells_year(&self, date: NaiveDate) -> bool {
        self.today.is_none_or(|today| {
            date.year() != today.year() && (date - today).abs() > TimeDelta::days(180)
        })
    }

    fn with_name(&self, told: String, name: &str) -> String {
        if name.is_empty() {
            told
        } else {
            format!("{told} ({name})")
        }
    }
}

fn is_empty(week: &Week) -> bool {
    week.iter().all(Vec::is_empty)
}
