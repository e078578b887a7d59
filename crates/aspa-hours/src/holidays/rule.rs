use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};

use super::day::{Category, Names, PublicHoliday};

/// One line of a country's table, such as `public("Midsummer Day", from(Sat, 6, 20)).since(1955)`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    names: Names,
    category: Category,
    when: When,
    years: Years,
    observed: &'static [(i32, Shift)],
}

/// On which date of a year a holiday falls.
#[derive(Debug, Clone, Copy)]
pub(super) enum When {
    /// A month and a day.
    Date(u32, u32),
    /// The first such weekday on or after a month and a day.
    From(Weekday, u32, u32),
    /// So many days after Easter Sunday.
    Easter(i64),
    /// A month and a day, moved by so many days according to its weekday.
    Moved(u32, u32, Shift),
    /// Dates that no rule tells, by year; none in the years that are missing.
    Told(&'static [(i32, u32, u32)]),
}

/// By how many days something moves that falls on a Monday, a Tuesday ... a Sunday.
pub(super) type Shift = [i64; 7];

/// From Sunday to Monday.
pub(super) const SUNDAY_TO_MONDAY: Shift = [0, 0, 0, 0, 0, 0, 1];
/// From the weekend to Monday.
pub(super) const WEEKEND_TO_MONDAY: Shift = [0, 0, 0, 0, 0, 2, 1];
/// From Saturday to Monday and from Sunday to Tuesday: two days off in a row keep their order.
pub(super) const WEEKEND_TO_MONDAY_OR_TUESDAY: Shift = [0, 0, 0, 0, 0, 2, 2];
/// From the weekend to the nearest of Friday and Monday.
pub(super) const WEEKEND_TO_NEAREST: Shift = [0, 0, 0, 0, 0, -1, 1];

#[derive(Debug, Clone, Copy)]
struct Years {
    first: i32,
    last: i32,
    every: i32,
    among: Option<&'static [i32]>,
    except: &'static [i32],
}

/// A holiday by law.
pub(super) const fn public(english: &'static str, when: When) -> Rule {
    rule(Category::Public, english, when)
}

/// A holiday by custom.
pub(super) const fn de_facto(english: &'static str, when: When) -> Rule {
    rule(Category::DeFacto, english, when)
}

/// A day that is worked in part.
pub(super) const fn half_day(english: &'static str, when: When) -> Rule {
    rule(Category::HalfDay, english, when)
}

const fn rule(category: Category, english: &'static str, when: When) -> Rule {
    Rule {
        names: Names {
            english,
            local: &[],
        },
        category,
        when,
        years: Years {
            first: i32::MIN,
            last: i32::MAX,
            every: 1,
            among: None,
            except: &[],
        },
        observed: &[],
    }
}

/// The day of a month.
pub(super) const fn date(month: u32, day: u32) -> When {
    When::Date(month, day)
}

/// The first such weekday on or after a date: "the Saturday between 20 and 26 June" is
/// `from(Sat, 6, 20)`.
pub(super) const fn from(weekday: Weekday, month: u32, day: u32) -> When {
    When::From(weekday, month, day)
}

/// The first to the fourth such weekday of a month.
pub(super) const fn nth(n: u32, weekday: Weekday, month: u32) -> When {
    assert!(n >= 1 && n <= 4, "only four are in each month");
    When::From(weekday, month, 7 * n - 6)
}

/// The last such weekday of a month (February is not in use).
pub(super) const fn last(weekday: Weekday, month: u32) -> When {
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 => panic!("its length changes"),
        _ => 31,
    };
    When::From(weekday, month, days - 6)
}

/// A date, moved by so many days according to its weekday.
pub(super) const fn moved(month: u32, day: u32, by: Shift) -> When {
    When::Moved(month, day, by)
}

/// So many days after Easter Sunday, or before it.
pub(super) const fn easter(days: i64) -> When {
    When::Easter(days)
}

/// Dates by year, sorted; there is none in a year that is missing.
pub(super) const fn told(dates: &'static [(i32, u32, u32)]) -> When {
    When::Told(dates)
}

impl Rule {
    /// The names in the languages of the region, with their tags (BCP 47).
    pub(super) const fn called(mut self, local: &'static [(&'static str, &'static str)]) -> Self {
        self.names.local = local;
        self
    }

    /// The first year in which the rule holds.
    pub(super) const fn since(mut self, year: i32) -> Self {
        self.years.first = year;
        self
    }

    /// The last year in which the rule holds.
    pub(super) const fn until(mut self, year: i32) -> Self {
        self.years.last = year;
        self
    }

    /// The only year in which the rule holds.
    pub(super) const fn only(self, year: i32) -> Self {
        self.since(year).until(year)
    }

    /// Every second, fourth ... year from the first one on.
    pub(super) const fn every(mut self, years: i32) -> Self {
        self.years.every = years;
        self
    }

    /// The only years in which the rule holds.
    pub(super) const fn in_years(mut self, years: &'static [i32]) -> Self {
        self.years.among = Some(years);
        self
    }

    /// Years in which the rule does not hold.
    pub(super) const fn except(mut self, years: &'static [i32]) -> Self {
        self.years.except = years;
        self
    }

    /// Which weekday is given for a date on a weekend, each from a year on.
    pub(super) const fn observed(mut self, shifts: &'static [(i32, Shift)]) -> Self {
        self.observed = shifts;
        self
    }

    /// The languages in which the holiday has a name, apart from English.
    pub(super) fn languages(&self) -> impl Iterator<Item = &'static str> {
        self.names.local.iter().map(|(tag, _)| *tag)
    }

    /// Adds the days of a year to `days`.
    pub(super) fn add_days(
        &self,
        year: i32,
        easter: Option<NaiveDate>,
        days: &mut Vec<PublicHoliday>,
    ) {
        if self.years.hold(year)
            && let Some(date) = self.when.date(year, easter)
        {
            days.push(self.day(date, false));
        }
        if self.observed.is_empty() {
            return;
        }
        // The first of January may be observed in the year before, the last of December after it.
        for of in year.saturating_sub(1)..=year.saturating_add(1) {
            if self.years.hold(of)
                && let Some(date) = self.when.date(of, easter.filter(|_| of == year))
                && let Some(observed) = self.observed_on(date).filter(|day| day.year() == year)
            {
                days.push(self.day(observed, true));
            }
        }
    }

    /// The other date on which a holiday is observed, if any.
    fn observed_on(&self, date: NaiveDate) -> Option<NaiveDate> {
        let in_force = self
            .observed
            .iter()
            .rfind(|(since, _)| *since <= date.year());
        let moved = shifted(date, &in_force?.1)?;
        (moved != date).then_some(moved)
    }

    fn day(&self, date: NaiveDate, observed: bool) -> PublicHoliday {
        PublicHoliday {
            date,
            name: self.names.english,
            category: self.category,
            observed,
            names: self.names,
        }
    }
}

impl Years {
    fn hold(&self, year: i32) -> bool {
        (self.first..=self.last).contains(&year)
            && (self.every == 1 || (year - self.first) % self.every == 0)
            && self.among.is_none_or(|years| years.contains(&year))
            && !self.except.contains(&year)
    }
}

impl When {
    fn date(&self, year: i32, easter: Option<NaiveDate>) -> Option<NaiveDate> {
        match *self {
            Self::Date(month, day) => NaiveDate::from_ymd_opt(year, month, day),
            Self::From(weekday, month, day) => {
                let from = NaiveDate::from_ymd_opt(year, month, day)?;
                later(from, weekday.days_since(from.weekday()).into())
            }
            Self::Easter(days) => later(easter?, days),
            Self::Moved(month, day, ref by) => {
                shifted(NaiveDate::from_ymd_opt(year, month, day)?, by)
            }
            Self::Told(dates) => {
                let at = dates.binary_search_by_key(&year, |(year, ..)| *year).ok()?;
                let (_, month, day) = dates[at];
                NaiveDate::from_ymd_opt(year, month, day)
            }
        }
    }
}

fn shifted(date: NaiveDate, by: &Shift) -> Option<NaiveDate> {
    later(date, by[date.weekday().num_days_from_monday() as usize])
}

fn later(date: NaiveDate, days: i64) -> Option<NaiveDate> {
    date.checked_add_signed(TimeDelta::days(days))
}
