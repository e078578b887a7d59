//! The regular hours as a list of rules.

mod dates;
mod days;
mod error;
mod osm;
mod parse;
mod text;
mod token;

use std::collections::BTreeMap;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

pub use self::error::{RulesError, Unsupported};

use self::dates::{Dates, Weeks, Years};
use self::days::{Days, EVERY_DAY};
use crate::Interval;
use crate::weekly::Piece;

const DAY: u32 = 86_400;

/// The regular hours as a list of rules, in the grammar of OpenStreetMap's `opening_hours`.
///
/// Written as text, such as `Mo-Fr 08:00-12:00,13:00-18:00; Sa 10:00-14:00; PH off` or `24/7`.
///
/// | part of a rule | examples |
/// | --- | --- |
/// | years | `2026`, `2026-2028`, `2020-2030/2`, `2026+` |
/// | dates | `Dec 24`, `Dec 24-26,31`, `Jun-Aug`, `Dec 24-Jan 06`, `2026 Dec 24-2027 Jan 6`, `easter -2 days`, `Mar Su[-1]-Oct Su[-1]` |
/// | weeks of ISO 8601 | `week 10`, `week 1-20/2` |
/// | days | `Mo-Fr`, `Sa-Mo`, `Mo[1]`, `Fr[-1]`, `Mo[1] +1 day`, `PH`, `PH -1 day`, `Mo-Fr,PH`; `PH Mo-Fr` is a holiday on one of these days |
/// | hours | `08:00-12:00,13:00-18:00`, `18:00-30:00` or `18:00-06:00` past midnight; none: the whole day |
/// | effect | `open` (may be left out), `off` or `closed` |
///
/// All parts that a rule names must hold. Rules apply in their order:
/// - After `;` a rule replaces all that starts on the dates that it matches. `off` with hours only
///   takes these hours away, on the wall clock of the dates that it matches.
/// - After `,` and a blank a rule adds its hours to those before it, or takes them away.
/// - After `||` a rule holds where the ones before it are closed.
///
/// What starts on a date belongs to it also after midnight: in `Fr 18:00-26:00; Sa off` Friday's
/// evening ends on Saturday at 02:00. `Sa 00:00-02:00 off` cuts it at midnight. (The specification
/// leaves such hours to the later rule; most people who write them mean this.) Only `PH off` says no
/// more than that holidays are closed: [`HolidayMode`](crate::HolidayMode) tells what that means for
/// the night before and the night after.
///
/// Reading is lenient where a text has one meaning: `Mon - Friday 8:00–18:00` reads, `Mo-Fr 8-18`
/// does not. Printing gives the canonical form, which reads back as an equal value. What business
/// time cannot use is refused, see [`Unsupported`]. The default never opens; it prints as `off`. A
/// text, and its canonical form, has at most 4,096 bytes.
///
/// ```
/// use aspa_hours::Rules;
///
/// let rules: Rules = "mon-fri 8:00-18:00;sat 10:00-14:00 ; PH closed".parse()?;
/// assert_eq!(rules.to_string(), "Mo-Fr 08:00-18:00; Sa 10:00-14:00; PH off");
/// let refused = "Mo-Fr 08:00-sunset".parse::<Rules>().map_err(|error| error.to_string());
/// assert_eq!(
///     refused.err().as_deref(),
///     Some("opening hours: a time of the sun at character 13 (`sunset`) cannot be used; \
///           write the time of the clock, such as `08:00-18:00`")
/// );
/// # Ok::<(), aspa_hours::RulesError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rules {
    rules: Vec<Rule>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Rule {
    join: Join,
    years: Vec<Years>,
    dates: Vec<Dates>,
    weeks: Vec<Weeks>,
    days: Option<Days>,
    effect: Effect,
}

/// How a rule stands to those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Join {
    /// `;`
    Override,
    /// `,`
    Add,
    /// `||`
    Fallback,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Effect {
    /// Never empty; sorted.
    Open(Vec<Interval>),
    /// Nothing starts.
    Off,
    /// These hours are taken away; never empty, sorted.
    OffAt(Vec<Interval>),
}

/// What [`Rules`] say of public holidays.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnHolidays {
    /// Nothing.
    Unsaid,
    /// Whatever the weekday, these hours; none: closed.
    Open(Vec<Interval>),
    /// Hours that depend on the weekday, Monday first.
    ByWeekday([Vec<Interval>; 7]),
}

impl Rules {
    fn new(mut rules: Vec<Rule>) -> Self {
        for rule in &mut rules {
            // `Mo-Su` without anything else speaks of every date.
            let every_day = Days {
                weekdays: EVERY_DAY,
                ..Days::default()
            };
            rule.days = rule.days.take().filter(|days| *days != every_day);
        }
        if let [rule] = &rules[..]
            && rule.is_unconditional()
            && rule.effect == Effect::Off
        {
            rules.clear();
        }
        Self { rules }
    }

    /// Open at every hour of every day, `24/7`.
    #[must_use]
    pub fn always() -> Self {
        Self {
            rules: vec![Rule {
                join: Join::Override,
                years: Vec::new(),
                dates: Vec::new(),
                weeks: Vec::new(),
                days: None,
                effect: Effect::Open(vec![Interval::WHOLE_DAY]),
            }],
        }
    }

    fn list(&self) -> &[Rule] {
        &self.rules
    }

    /// Whether no rule ever opens: there is none that opens, or one after them closes every date.
    #[must_use]
    pub fn is_never(&self) -> bool {
        let closes = |rule: &Rule| {
            rule.is_unconditional() && rule.effect == Effect::Off && rule.join != Join::Fallback
        };
        let closed = self.rules.iter().rposition(closes);
        !self.rules[closed.unwrap_or(0)..]
            .iter()
            .any(|rule| matches!(rule.effect, Effect::Open(_)))
    }

    /// Whether some rule takes hours away.
    fn cuts(&self) -> bool {
        let cuts = |rule: &Rule| matches!(rule.effect, Effect::OffAt(_));
        self.rules.iter().any(cuts)
    }

    /// Whether some rule opens, or takes away, hours past midnight.
    fn runs_past_midnight(&self) -> bool {
        self.rules.iter().any(|rule| match &rule.effect {
            Effect::Open(times) | Effect::OffAt(times) => times.iter().any(|time| time.end() > DAY),
            Effect::Off => false,
        })
    }

    /// Whether some rule speaks of holidays themselves (`PH`, not only of days around them).
    pub(crate) fn mentions_holidays(&self) -> bool {
        self.rules.iter().any(Rule::speaks_of_holidays)
    }

    /// The hours of each weekday, Monday first, that is no holiday; none where some rule speaks of
    /// dates, weeks of the year or weekdays of a month.
    #[must_use]
    pub fn weekly(&self) -> Option<[Vec<Interval>; 7]> {
        let week = || a_week().map(|date| self.on(date, &|_| false));
        self.goes_by_weekday().then(week)
    }

    fn goes_by_weekday(&self) -> bool {
        let plain = |rule: &Rule| {
            let days = rule.days.as_ref();
            rule.years.is_empty()
                && rule.dates.is_empty()
                && rule.weeks.is_empty()
                && days.is_none_or(|days| {
                    days.nth.is_empty() && days.holidays.iter().all(|&offset| offset == 0)
                })
        };
        self.rules.iter().all(plain)
    }

    /// What the rules say of public holidays, apart from dates and weeks of the year.
    #[must_use]
    pub fn on_holidays(&self) -> OnHolidays {
        if !self.mentions_holidays() {
            return OnHolidays::Unsaid;
        }
        let week = a_week().map(|date| self.on(date, &|holiday| holiday == date));
        if week.iter().all(|day| *day == week[0]) {
            let [monday, ..] = week;
            OnHolidays::Open(monday)
        } else {
            OnHolidays::ByWeekday(week)
        }
    }

    /// What starts on each weekday, Monday first, as [`weekly`](Self::weekly) knows it.
    pub(crate) fn week(&self) -> Option<[Vec<Piece>; 7]> {
        let week = || a_week().map(|date| self.pieces(date, &|_| false));
        self.goes_by_weekday().then(week)
    }

    /// Whether some rule closes holidays for being ones.
    fn closes_holidays(&self) -> bool {
        let closes = |rule: &Rule| rule.effect == Effect::Off && rule.speaks_of_holidays();
        self.rules.iter().any(closes)
    }

    /// Whether the last word on a holiday is that it is closed for being one: `PH off`.
    pub(crate) fn closes_holiday(
        &self,
        date: NaiveDate,
        is_holiday: &dyn Fn(NaiveDate) -> bool,
    ) -> bool {
        let mut closes = false;
        for rule in &self.rules {
            match &rule.effect {
                Effect::OffAt(_) => {}
                Effect::Off if rule.join == Join::Fallback => {}
                effect if rule.matches(date, is_holiday) => {
                    closes = *effect == Effect::Off && rule.speaks_of_holidays();
                }
                _ => {}
            }
        }
        closes
    }

    /// The intervals that start on `date`, given which dates are holidays, and what hours taken
    /// away leave of yesterday's after midnight: sorted; they may touch and overlap.
    pub(crate) fn on(
        &self,
        date: NaiveDate,
        is_holiday: &dyn Fn(NaiveDate) -> bool,
    ) -> Vec<Interval> {
        let mut open = self.pieces(date, is_holiday);
        if self.cuts() {
            open.retain(|piece| piece.0 < DAY);
            if let Some(yesterday) = days::shifted(date, -1) {
                let left = self.pieces(yesterday, is_holiday).into_iter();
                open.extend(
                    left.filter(|piece| piece.0 >= DAY)
                        .map(|(start, end)| (start - DAY, end - DAY)),
                );
            }
            open.sort_unstable();
        }
        open.into_iter()
            .filter_map(|(start, end)| Interval::new(start, end).ok())
            .collect()
    }

    /// The pieces of what starts on `date`, in seconds from its midnight, given which dates are
    /// holidays: sorted; they may touch and overlap. Where hours are taken away, what is left after
    /// midnight is a piece that starts past 24:00.
    pub(crate) fn pieces(
        &self,
        date: NaiveDate,
        is_holiday: &dyn Fn(NaiveDate) -> bool,
    ) -> Vec<Piece> {
        if self.cuts() {
            return self.uncut(date, is_holiday);
        }
        let mut open: Vec<Piece> = self
            .of_date(date, is_holiday)
            .iter()
            .flat_map(|(_, times)| times.iter().map(|time| (time.start(), time.end())))
            .collect();
        open.sort_unstable();
        open
    }

    /// Which rules speak of what starts on a date, and of which hours; without those that a later
    /// rule replaces.
    fn of_date(
        &self,
        date: NaiveDate,
        is_holiday: &dyn Fn(NaiveDate) -> bool,
    ) -> Vec<(usize, &[Interval])> {
        let mut told = Vec::new();
        for (rank, rule) in self.rules.iter().enumerate() {
            if !rule.matches(date, is_holiday) {
                continue;
            }
            match (&rule.effect, rule.join) {
                // Where it is closed already, this changes nothing.
                (Effect::Off | Effect::OffAt(_), Join::Fallback) => {}
                (Effect::Off, _) => told.clear(),
                (Effect::Open(times), Join::Override) => {
                    told.clear();
                    told.push((rank, &times[..]));
                }
                (Effect::Open(times) | Effect::OffAt(times), _) => told.push((rank, &times[..])),
            }
        }
        told
    }

    /// The stretches that rules open on `date`, in seconds from its midnight, without what later
    /// rules take away on this date, the day before and the day after. Sorted and apart.
    fn uncut(&self, date: NaiveDate, is_holiday: &dyn Fn(NaiveDate) -> bool) -> Vec<Piece> {
        let opens = |rank: usize| matches!(self.rules[rank].effect, Effect::Open(_));
        // When it starts or ends, from yesterday's midnight, and which rule says so.
        let mut edges: Vec<(u32, usize, bool)> = Vec::new();
        for (days, shift) in [(-1, 0), (0, DAY), (1, 2 * DAY)] {
            let Some(there) = days::shifted(date, days) else {
                continue;
            };
            for (rank, times) in self.of_date(there, is_holiday) {
                if days == 0 || !opens(rank) {
                    edges.extend(times.iter().flat_map(|time| {
                        [
                            (time.start() + shift, rank, true),
                            (time.end() + shift, rank, false),
                        ]
                    }));
                }
            }
        }
        edges.sort_unstable();
        // Of the rules that speak of a time the last one counts.
        let mut speaking: BTreeMap<usize, u32> = BTreeMap::new();
        let mut open = Vec::new();
        let mut since = None;
        for edges in edges.chunk_by(|a, b| a.0 == b.0) {
            for &(_, rank, starts) in edges {
                let count = speaking.entry(rank).or_default();
                if starts {
                    *count += 1;
                } else {
                    *count = count.saturating_sub(1);
                }
                if *count == 0 {
                    speaking.remove(&rank);
                }
            }
            let at = edges[0].0;
            let is_open = speaking
                .last_key_value()
                .is_some_and(|(&rank, _)| opens(rank));
            match since {
                None if is_open => since = Some(at),
                Some(start) if !is_open => {
                    open.push((start - DAY, at - DAY));
                    since = None;
                }
                _ => {}
            }
        }
        open
    }
}

impl Rule {
    /// Whether it speaks of every date.
    fn is_unconditional(&self) -> bool {
        self.years.is_empty()
            && self.dates.is_empty()
            && self.weeks.is_empty()
            && self.days.is_none()
    }

    /// Of holidays themselves.
    fn speaks_of_holidays(&self) -> bool {
        let days = self.days.as_ref();
        days.is_some_and(|days| days.holidays.contains(&0))
    }

    /// Of holidays, or of days around them.
    fn speaks_of_days_off(&self) -> bool {
        let days = self.days.as_ref();
        days.is_some_and(|days| !days.holidays.is_empty())
    }

    fn matches(&self, date: NaiveDate, is_holiday: &dyn Fn(NaiveDate) -> bool) -> bool {
        fn any<T>(list: &[T], holds: impl Fn(&T) -> bool) -> bool {
            list.is_empty() || list.iter().any(holds)
        }
        self.days
            .as_ref()
            .is_none_or(|days| days.contains(date, is_holiday))
            && any(&self.years, |years| years.contains(date.year()))
            && any(&self.dates, |dates| dates.contains(date))
            && any(&self.weeks, |weeks| weeks.contains(date.iso_week().week()))
    }
}

/// A Monday to a Sunday.
fn a_week() -> [NaiveDate; 7] {
    // 1970-01-01 was a Thursday.
    std::array::from_fn(|day| NaiveDate::default() + TimeDelta::days(4 + day as i64))
}

impl FromStr for Rules {
    type Err = RulesError;

    fn from_str(text: &str) -> Result<Self, RulesError> {
        parse::parse(text)
    }
}

impl TryFrom<String> for Rules {
    type Error = RulesError;

    fn try_from(text: String) -> Result<Self, RulesError> {
        text.parse()
    }
}

impl From<Rules> for String {
    fn from(rules: Rules) -> Self {
        rules.to_string()
    }
}
