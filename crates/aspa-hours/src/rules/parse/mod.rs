//! Reads a text of rules. The grammar is that of OpenStreetMap's `opening_hours` (its wiki,
//! "Key:opening_hours/specification", version 0.7.4, read 2026-11), as far as business time needs it.

mod dates;
mod days;
mod times;

use super::days::Day;
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
