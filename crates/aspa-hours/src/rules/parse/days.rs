//! Weekdays and holidays.

use super::{FARTHEST, Parsed, Parser};
use crate::rules::Unsupported;
use crate::rules::days::{Day, Days, Nth};
use crate::rules::token::Kind;

impl Parser<'_> {
    pub(super) fn days(&mut self) -> Parsed<Days> {
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

    pub(super) fn ordinal(&mut self) -> Parsed<i8> {
        let from_end = self.eat('-');
        let n = self.number(1..=5, "write an ordinal, 1 to 5 or -1 to -5")? as i8;
        Ok(if from_end { -n } else { n })
    }

    /// `+1 day` or `-2 days`; nothing where there is none.
    pub(super) fn offset(&mut self) -> Parsed<i32> {
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
}
