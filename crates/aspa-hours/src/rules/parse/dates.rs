//! Years, dates and weeks of the year.

use chrono::NaiveDate;

use super::{Parsed, Parser, is_year};
use crate::rules::dates::{Base, Dates, Point, Weeks, Years};
use crate::rules::days::longest_month;
use crate::rules::token::Kind;

impl Parser<'_> {
    pub(super) fn years(&mut self) -> Parsed<Vec<Years>> {
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

    pub(super) fn weeks(&mut self) -> Parsed<Weeks> {
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
    pub(super) fn dates(&mut self) -> Parsed<Vec<Dates>> {
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
}
