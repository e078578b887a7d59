//! Reads a text of rules. The grammar is that of OpenStreetMap's `opening_hours` (its wiki,
//! "Key:opening_hours/specification", version 0.7.4, read 2026-11), as far as business time needs it.

use chrono::NaiveDate;

use super::dates::{Base, Dates, Point, Weeks, Years};
use super::days::{Day, Days, Nth, longest_month};
use super::error::LONGEST;
use super::token::{Kind, Token, tokens};
use super::{Effect, Join, Rule, Rules, RulesError, Unsupported};
use crate::Interval;

const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The most days that a date is moved by.
const FARTHEST: u16 = 366;

type Parsed<T> = Result<T, RulesError>;

pub(super) fn parse(text: &str) -> Parsed<Rules> {
    if text.len() > LONGEST {
        return Err(RulesError::TooLong { bytes: text.len() });
    }
    let parser = Parser {
        text,
        tokens: tokens(text),
        next: 0,
    };
    let rules = parser.rules()?;
    // The canonical form has to read back, and it may be the longer one.
    let bytes = rules.to_string().len();
    if bytes > LONGEST {
        return Err(RulesError::TooLong { bytes });
    }
    Ok(rules)
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token<'a>>,
    next: usize,
}

impl<'a> Parser<'a> {
    fn rules(mut self) -> Parsed<Rules> {
        let mut rules: Vec<Rule> = Vec::new();
        let mut join = Join::Override;
        loop {
            if join == Join::Override && !rules.is_empty() {
                while self.eat(';') {}
                if self.peek().kind == Kind::End {
                    break;
                }
            }
            let (rule, told) = self.rule(join)?;
            rules.push(rule);
            let token = self.peek();
            join = match token.kind {
                Kind::End => break,
                Kind::Sign(';') => Join::Override,
                Kind::Fallback => Join::Fallback,
                Kind::Sign(',') => Join::Add,
                _ => return Err(self.unexpected("end the rule with `;` before the next one")),
            };
            self.next += 1;
            if join == Join::Add && (!told || self.at_time(0)) {
                let expected = if told {
                    "start a rule with its days or dates, such as `, Mo 08:00-12:00`"
                } else {
                    "give each rule its hours or `off`; days and dates do not share a list"
                };
                return Err(self.unexpected(expected));
            }
        }
        Ok(Rules::new(rules))
    }

    /// One rule, and whether it says what holds on its days.
    fn rule(&mut self, join: Join) -> Parsed<(Rule, bool)> {
        let start = self.next;
        let mut rule = Rule {
            join,
            years: Vec::new(),
            dates: Vec::new(),
            weeks: Vec::new(),
            days: None,
            effect: Effect::Off,
        };
        let mut times = Vec::new();
        if self.at_always() {
            self.next += 3;
            times.push(Interval::WHOLE_DAY);
        } else {
            if self.at_year(0) && self.month_at(1).is_none() && !self.word_at(1, "easter") {
                rule.years = self.years()?;
            }
            if self.at_date() {
                rule.dates = self.dates()?;
            }
            if self.eat_word("week") {
                rule.weeks = self.list(Self::weeks)?;
            }
            if self.next > start {
                self.eat(':');
            }
            if self.at_day(0) {
                rule.days = Some(self.days()?);
                self.eat(':');
            }
            if self.at_time(0) {
                times = self.list_while(Self::at_time, Self::interval)?;
                times.sort_unstable();
                times.dedup();
            }
        }
        let timed = !times.is_empty();
        let word = self.peek().text.to_ascii_lowercase();
        let closes = match word.as_str() {
            "off" | "closed" => Some(true),
            "open" => Some(false),
            _ => None,
        };
        self.next += usize::from(closes.is_some());
        if self.next == start {
            return Err(self.unexpected("write days and hours, such as `Mo-Fr 08:00-18:00`"));
        }
        self.after_rule(&rule, timed)?;
        let told = timed || closes.is_some();
        rule.effect = match (closes == Some(true), timed) {
            (true, false) => Effect::Off,
            (true, true) => Effect::OffAt(times),
            (false, false) => Effect::Open(vec![Interval::WHOLE_DAY]),
            (false, true) => Effect::Open(times),
        };
        Ok((rule, told))
    }

    /// Refuses what people write after a rule and what only looks like another one.
    fn after_rule(&self, rule: &Rule, timed: bool) -> Parsed<()> {
        let token = self.peek();
        let expected = match token.kind {
            Kind::End | Kind::Fallback | Kind::Sign(';' | ',') => return Ok(()),
            Kind::Word if self.at_day(0) && rule.days.is_some() && !timed => {
                "write holidays and weekdays as `Mo-Fr,PH`, or as `PH Mo-Fr` where both must hold"
            }
            Kind::Word if self.at_day(0) || self.at_date() => {
                "write the days before the hours, and `;` between rules"
            }
            Kind::Number(24, _) if self.at_always() => "write `00:00-24:00` after days",
            Kind::Number(..) if !timed => "write times in full, such as `08:00-18:00`",
            Kind::Sign('/') if timed => return Err(self.unsupported(Unsupported::Repeat)),
            Kind::Sign('+') if timed => return Err(self.unsupported(Unsupported::OpenEnd)),
            _ => "end the rule with `;` before the next one",
        };
        Err(self.unexpected(expected))
    }

    // Years, dates and weeks.

    fn years(&mut self) -> Parsed<Vec<Years>> {
        self.list_while(Self::at_year, |parser| {
            let from = parser.year()?;
            if parser.eat('+') {
                return Ok(Years {
                    from,
                    to: None,
                    step: 1,
                });
            }
            let mut step = 1;
            let mut to = from;
            if parser.eat('-') {
                to = parser.year()?;
                if to <= from {
                    parser.next -= 1;
                    return Err(parser.unexpected("write a later year than the first one"));
                }
                if parser.eat('/') {
                    let most = to - from;
                    step = i32::from(parser.number(1..=9_999, "write every how many years")?);
                    if step > most {
                        parser.next -= 1;
                        return Err(parser.unexpected("write a step within the range"));
                    }
                }
            }
            Ok(Years {
                from,
                to: Some(to),
                step,
            })
        })
    }

    fn year(&mut self) -> Parsed<i32> {
        if !self.at_year(0) {
            return Err(self.unexpected("write a year of four digits"));
        }
        self.number(1_000..=9_999, "write a year of four digits")
            .map(i32::from)
    }

    fn weeks(&mut self) -> Parsed<Weeks> {
        let expected = "write a week of the year, 1 to 53";
        let from = self.number(1..=53, expected)?;
        let mut weeks = Weeks {
            from: from.into(),
            to: from.into(),
            step: 1,
        };
        if self.eat('-') {
            weeks.to = self.number(1..=53, expected)?.into();
            if self.peek().kind == Kind::Sign('/') {
                if weeks.to < weeks.from {
                    return Err(self.unexpected("split a range of weeks that passes the new year"));
                }
                self.next += 1;
                weeks.step = self.number(1..=53, "write every how many weeks")?.into();
                if weeks.step > weeks.to - weeks.from {
                    self.next -= 1;
                    return Err(self.unexpected("write a step within the range"));
                }
            }
        }
        Ok(weeks)
    }

    /// A list of dates; a year holds for those after it, up to another year.
    fn dates(&mut self) -> Parsed<Vec<Dates>> {
        let mut list = Vec::new();
        let mut year = None;
        loop {
            // `Dec 24,31`: another day of the month before.
            let month = match list.last() {
                Some(Dates { to: Some(last), .. }) if !self.at_date() => {
                    last.plain().map(|(month, _)| month)
                }
                _ => None,
            };
            let dates = self.date_range(year, month)?;
            year = dates.to.unwrap_or(dates.from).year;
            list.push(dates);
            let another_day = matches!(self.ahead(1).kind, Kind::Number(_, 1 | 2))
                && !self.at_time(1)
                && list
                    .last()
                    .is_some_and(|dates: &Dates| dates.months().is_none());
            if self.peek().kind == Kind::Sign(',') && (self.date_at(1) || another_day) {
                self.next += 1;
            } else {
                return Ok(list);
            }
        }
    }

    fn date_range(&mut self, year: Option<i32>, month: Option<u32>) -> Parsed<Dates> {
        let start = self.next;
        let year = if self.at_year(0) {
            Some(self.year()?)
        } else {
            year
        };
        let (from, whole_month) = self.point(year, month, false)?;
        if self.eat('+') {
            if from.year.is_none() || whole_month {
                self.next -= 1;
                return Err(self.unexpected("write the last date, such as `Jan 15-Dec 31`"));
            }
            return Ok(Dates { from, to: None });
        }
        let end_of = |point: Point| match point.base {
            Base::Day { month, .. } if whole_month => Point {
                base: Base::Day {
                    month,
                    day: longest_month(month),
                },
                ..point
            },
            _ => point,
        };
        if !self.eat('-') {
            return Ok(Dates {
                from,
                to: Some(end_of(from)),
            });
        }
        let second = self.next;
        let last_year = if self.at_year(0) {
            if from.year.is_none() {
                return Err(self.unexpected("write the year of the first date too"));
            }
            Some(self.year()?)
        } else {
            from.year
        };
        let month = match from.base {
            Base::Day { month, .. } if self.next == second && !whole_month => Some(month),
            _ => None,
        };
        let (mut to, to_whole_month) = self.point(last_year, month, !whole_month)?;
        if to_whole_month != whole_month {
            self.next = second;
            return Err(self.unexpected("write both dates with their day, or both as months"));
        }
        to = end_of(to);
        if let (Some(first), Some(last)) = (from.year, last_year) {
            let named = self.tokens[second..self.next].iter().any(is_year);
            let mut years = last..=if named { last } else { (last + 2).min(9_999) };
            to.year = years.find(|&last| from.first(first) <= to.last(last));
            if to.year.is_none() {
                self.next = start;
                return Err(self.unexpected("write the earlier date first"));
            }
        }
        Ok(Dates { from, to: Some(to) })
    }

    /// One date, and whether it is a whole month. `month` is the month of a day that names none.
    fn point(
        &mut self,
        year: Option<i32>,
        month: Option<u32>,
        in_range: bool,
    ) -> Parsed<(Point, bool)> {
        let point = |base, days| Point { year, base, days };
        if self.eat_word("easter") {
            return Ok((point(Base::Easter, self.offset()?), false));
        }
        let month = match (self.month_at(0), month) {
            (Some(month), _) => {
                self.next += 1;
                month
            }
            (None, Some(month)) if matches!(self.peek().kind, Kind::Number(..)) => month,
            (None, _) => {
                return Err(self.unexpected("write a date such as `Dec 24` or a month"));
            }
        };
        if let Some(base) = self.nth_of_month(month, in_range)? {
            return Ok((point(base, self.offset()?), false));
        }
        let Kind::Number(day, 1 | 2) = self.peek().kind else {
            return Ok((point(Base::Day { month, day: 1 }, 0), true));
        };
        if self.at_time(0) {
            // `Jan 10:08:00`: the tenth, or eight past ten?
            if self.ahead(3).kind == Kind::Sign(':') && !self.ahead(3).spaced {
                return Err(self.unexpected("put a blank between the day and the time"));
            }
            return Ok((point(Base::Day { month, day: 1 }, 0), true));
        }
        let day = u32::from(day);
        // 2024 is a leap year.
        if NaiveDate::from_ymd_opt(year.unwrap_or(2_024), month, day).is_none() {
            return Err(self.unexpected("write a day that the month has"));
        }
        self.next += 1;
        Ok((point(Base::Day { month, day }, self.offset()?), false))
    }

    /// `Su[-1]` after a month, where it is the end of a range of dates: `Mar Su[-1]-Oct Su[-1]`.
    fn nth_of_month(&mut self, month: u32, in_range: bool) -> Parsed<Option<Base>> {
        let start = self.next;
        let Some(weekday) = self.weekday_at(0) else {
            return Ok(None);
        };
        if self.ahead(1).kind != Kind::Sign('[') {
            return Ok(None);
        }
        self.next += 2;
        let n = self.ordinal()?;
        let single = self.eat(']');
        let end = self.next;
        if single && !in_range {
            self.offset()?;
        }
        let ranges = in_range || (self.peek().kind == Kind::Sign('-') && self.date_at(1));
        if single && ranges && n.abs() == 5 {
            self.next = start + 2 + usize::from(n < 0);
            return Err(self.unexpected("write 1 to 4; not every month has a fifth"));
        }
        self.next = if single && ranges { end } else { start };
        Ok((single && ranges).then_some(Base::Nth { month, weekday, n }))
    }

    // Days.

    fn days(&mut self) -> Parsed<Days> {
        let mut days = Days::default();
        self.list_while(Self::at_day, |parser| parser.day(&mut days))?;
        if days.weekdays == 0 && days.nth.is_empty() && self.weekday_at(0).is_some() {
            days.both = true;
            self.list_while(
                |parser, n| parser.weekday_at(n).is_some(),
                |parser| parser.day(&mut days),
            )?;
        }
        days.holidays.sort_unstable();
        days.holidays.dedup();
        days.nth.sort_unstable();
        days.nth.dedup_by(|later, kept| {
            let same = (later.day, later.offset) == (kept.day, kept.offset);
            if same {
                kept.which |= later.which;
            }
            same
        });
        Ok(days)
    }

    fn day(&mut self, days: &mut Days) -> Parsed<()> {
        if self.word_at(0, "sh") {
            return Err(self.unsupported(Unsupported::SchoolHolidays));
        }
        if self.eat_word("ph") {
            let offset = self.offset()?;
            days.holidays.push(offset);
            return Ok(());
        }
        let expected = "write a weekday such as `Mo`";
        let from = self.weekday(expected)?;
        if self.eat('[') {
            let mut which = 0;
            for n in self.list(Self::ordinals)?.concat() {
                which |= Nth::bit(n);
            }
            if !self.eat(']') {
                return Err(self.unexpected("close the bracket with `]`"));
            }
            let offset = self.offset()?;
            days.nth.push(Nth {
                day: from,
                offset,
                which,
            });
            return Ok(());
        }
        let mut to = from;
        if self.eat('-') {
            to = self.weekday(expected)?;
            if self.peek().kind == Kind::Sign('[') {
                return Err(self.unexpected("give an ordinal to one weekday, not to a range"));
            }
        }
        let mut day = from;
        loop {
            days.weekdays |= 1 << day;
            if day == to {
                return Ok(());
            }
            day = (day + 1) % 7;
        }
    }

    fn weekday(&mut self, expected: &'static str) -> Parsed<Day> {
        let day = self
            .weekday_at(0)
            .ok_or_else(|| self.unexpected(expected))?;
        self.next += 1;
        Ok(day)
    }

    /// `1`, `-1` or `1-3`.
    fn ordinals(&mut self) -> Parsed<Vec<i8>> {
        let first = self.ordinal()?;
        if first < 0 || !self.eat('-') {
            return Ok(vec![first]);
        }
        let last = self.ordinal()?;
        if last <= first {
            self.next -= 1;
            return Err(self.unexpected("write a later ordinal than the first one"));
        }
        Ok((first..=last).collect())
    }

    fn ordinal(&mut self) -> Parsed<i8> {
        let from_end = self.eat('-');
        let n = self.number(1..=5, "write an ordinal, 1 to 5 or -1 to -5")? as i8;
        Ok(if from_end { -n } else { n })
    }

    /// `+1 day` or `-2 days`; nothing where there is none.
    fn offset(&mut self) -> Parsed<i32> {
        let sign = match self.peek().kind {
            Kind::Sign('+') => 1,
            Kind::Sign('-') => -1,
            _ => return Ok(0),
        };
        let named = self.word_at(2, "day") || self.word_at(2, "days");
        if !matches!(self.ahead(1).kind, Kind::Number(..)) || !named {
            return Ok(0);
        }
        self.next += 1;
        let days = self.number(1..=FARTHEST, "write how many days, 1 to 366")?;
        self.next += 1;
        Ok(sign * i32::from(days))
    }

    // Times.

    fn interval(&mut self) -> Parsed<Interval> {
        self.refuse_sun()?;
        let start = self.next;
        let from = self.clock()?;
        match self.peek().kind {
            Kind::Sign('+') => return Err(self.unsupported(Unsupported::OpenEnd)),
            Kind::Sign('-') => self.next += 1,
            _ => {
                self.next = start;
                return Err(self.unsupported(Unsupported::PointInTime));
            }
        }
        self.refuse_sun()?;
        if !self.at_time(0) {
            return Err(self.unexpected("write when it closes, such as `18:00`"));
        }
        let to = self.clock()?;
        let to = if to < from { to + 86_400 } else { to };
        let token = self.peek();
        if token.kind == Kind::Sign('+') {
            return Err(self.unsupported(Unsupported::OpenEnd));
        }
        if token.kind == Kind::Sign('/') {
            return Err(self.unsupported(Unsupported::Repeat));
        }
        Interval::new(from, to).map_err(|_| {
            self.next = start;
            self.unexpected(if from >= 86_400 {
                "start before 24:00; what starts later belongs to the next day"
            } else if from == to {
                "write `00:00-24:00` for a whole day, or `off`"
            } else {
                "end by 48:00"
            })
        })
    }

    /// `HH:MM` or `HH:MM:SS`.
    fn clock(&mut self) -> Parsed<u32> {
        let hours = self.number(0..=48, "write an hour, 00 to 48")?;
        self.next += 1;
        let part = |parser: &mut Self| {
            let two = matches!(parser.peek().kind, Kind::Number(_, 2));
            if !two {
                return Err(parser.unexpected("write two digits, 00 to 59"));
            }
            parser.number(0..=59, "write two digits, 00 to 59")
        };
        let minutes = part(self)?;
        let mut seconds = 0;
        if self.peek().kind == Kind::Sign(':') && !self.ahead(1).spaced {
            self.next += 1;
            seconds = part(self)?;
        }
        Ok(u32::from(hours) * 3_600 + u32::from(minutes) * 60 + u32::from(seconds))
    }

    fn refuse_sun(&self) -> Parsed<()> {
        if self.sun_at(0) {
            return Err(self.unsupported(Unsupported::SunTime));
        }
        Ok(())
    }

    // What comes next.

    fn peek(&self) -> Token<'a> {
        self.ahead(0)
    }

    /// The token `n` after the next one; the last one is followed by itself.
    fn ahead(&self, n: usize) -> Token<'a> {
        self.tokens[(self.next + n).min(self.tokens.len() - 1)]
    }

    fn word_at(&self, n: usize, word: &str) -> bool {
        self.ahead(n).text.eq_ignore_ascii_case(word)
    }

    fn at_always(&self) -> bool {
        matches!(
            [0, 1, 2].map(|n| self.ahead(n).kind),
            [Kind::Number(24, 2), Kind::Sign('/'), Kind::Number(7, 1)]
        )
    }

    fn at_year(&self, n: usize) -> bool {
        is_year(&self.ahead(n)) && !self.clock_at(n)
    }

    fn month_at(&self, n: usize) -> Option<u32> {
        let month = name(&MONTHS, self.ahead(n), 3)?;
        u32::try_from(month + 1).ok()
    }

    fn at_date(&self) -> bool {
        self.date_at(0)
    }

    /// Whether a date or a month starts there, with or without its year.
    fn date_at(&self, n: usize) -> bool {
        let n = n + usize::from(self.at_year(n));
        self.month_at(n).is_some() || self.word_at(n, "easter")
    }

    fn weekday_at(&self, n: usize) -> Option<Day> {
        Day::try_from(name(&WEEKDAYS, self.ahead(n), 2)?).ok()
    }

    /// Whether a weekday or holidays start there.
    fn at_day(&self, n: usize) -> bool {
        self.weekday_at(n).is_some() || self.word_at(n, "ph") || self.word_at(n, "sh")
    }

    /// Whether a time starts there.
    fn at_time(&self, n: usize) -> bool {
        self.clock_at(n) || self.sun_at(n) || self.sun_at(n + 1) && self.ahead(n).text == "("
    }

    /// `8:00`, without a blank.
    fn clock_at(&self, n: usize) -> bool {
        let [hour, colon, minute] = [n, n + 1, n + 2].map(|n| self.ahead(n));
        matches!(hour.kind, Kind::Number(_, 1 | 2))
            && colon.kind == Kind::Sign(':')
            && matches!(minute.kind, Kind::Number(..))
            && !colon.spaced
            && !minute.spaced
    }

    fn sun_at(&self, n: usize) -> bool {
        let n = n + usize::from(self.ahead(n).text == "(");
        ["sunrise", "sunset", "dawn", "dusk"]
            .iter()
            .any(|event| self.word_at(n, event))
    }

    // What is read.

    fn eat(&mut self, sign: char) -> bool {
        let found = self.peek().kind == Kind::Sign(sign);
        self.next += usize::from(found);
        found
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.word_at(0, word);
        self.next += usize::from(found);
        found
    }

    fn number(
        &mut self,
        range: std::ops::RangeInclusive<u16>,
        expected: &'static str,
    ) -> Parsed<u16> {
        match self.peek().kind {
            Kind::Number(n, _) if range.contains(&n) => {
                self.next += 1;
                Ok(n)
            }
            _ => Err(self.unexpected(expected)),
        }
    }

    fn list<T>(&mut self, item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        self.list_while(|_, _| true, item)
    }

    /// Items with commas between them, as long as `another` sees one after the comma.
    fn list_while<T>(
        &mut self,
        another: impl Fn(&Self, usize) -> bool,
        mut item: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        let mut list = vec![item(self)?];
        while self.peek().kind == Kind::Sign(',') && another(self, 1) {
            self.next += 1;
            list.push(item(self)?);
        }
        Ok(list)
    }

    // What is refused.

    fn column(&self, token: Token<'_>) -> usize {
        self.text[..token.at].chars().count() + 1
    }

    fn unsupported(&self, construct: Unsupported) -> RulesError {
        let token = self.peek();
        RulesError::Unsupported {
            construct,
            column: self.column(token),
            found: token.text.to_owned(),
        }
    }

    /// The next token is refused; if it is a known construct, by that name.
    fn unexpected(&self, expected: &'static str) -> RulesError {
        let token = self.peek();
        let construct = match token.kind {
            Kind::Quoted => Some(Unsupported::Comment),
            Kind::Word if self.sun_at(0) => Some(Unsupported::SunTime),
            Kind::Word if self.word_at(0, "sh") => Some(Unsupported::SchoolHolidays),
            Kind::Word if self.word_at(0, "unknown") => Some(Unsupported::Unknown),
            _ => None,
        };
        construct.map_or_else(
            || RulesError::Unexpected {
                column: self.column(token),
                found: token.to_string(),
                expected,
            },
            |construct| self.unsupported(construct),
        )
    }
}

fn is_year(token: &Token<'_>) -> bool {
    matches!(token.kind, Kind::Number(1_000.., 4))
}

/// Which of the names a word is; it may be shortened to its first letters, at least `least`.
fn name(names: &[&str], token: Token<'_>, least: usize) -> Option<usize> {
    let word = token.text;
    if token.kind != Kind::Word || word.len() < least {
        return None;
    }
    names.iter().position(|name| {
        name.get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
    })
}
