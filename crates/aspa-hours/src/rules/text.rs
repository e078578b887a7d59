//! Writes rules in one way, which reads back as the same rules.

use std::fmt;

use super::dates::{Base, Dates, Point, Weeks, Years};
use super::days::{Day, Days, Nth};
use super::{Effect, Join, Rule, Rules};
use crate::Interval;

const WEEKDAYS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

const fn weekday(day: Day) -> &'static str {
    WEEKDAYS[day as usize % 7]
}

const fn month(month: u32) -> &'static str {
    MONTHS[(month as usize + 11) % 12]
}

impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.list().is_empty() {
            return f.write_str("off");
        }
        for (n, rule) in self.list().iter().enumerate() {
            if n > 0 {
                f.write_str(match rule.join {
                    Join::Override => "; ",
                    Join::Add => ", ",
                    Join::Fallback => " || ",
                })?;
            }
            write!(f, "{rule}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words: Vec<String> = Vec::new();
        if !self.years.is_empty() {
            words.push(list(&self.years));
        }
        if !self.dates.is_empty() {
            words.push(list(&self.dates));
        }
        if !self.weeks.is_empty() {
            words.push(format!("week {}", list(&self.weeks)));
        }
        if let Some(days) = &self.days {
            words.push(days.to_string());
        }
        let any_date = words.is_empty();
        let (times, off) = match &self.effect {
            Effect::Off => (&[][..], true),
            Effect::OffAt(times) => (&times[..], true),
            Effect::Open(times) => (&times[..], false),
        };
        if any_date && !off && times == [Interval::WHOLE_DAY] {
            return f.write_str("24/7");
        }
        if any_date && !times.is_empty() {
            words.push("Mo-Su".into());
        }
        if !times.is_empty() {
            words.push(list(times));
        }
        if off {
            words.push("off".into());
        }
        f.write_str(&words.join(" "))
    }
}

fn list(items: &[impl fmt::Display]) -> String {
    let texts: Vec<String> = items.iter().map(ToString::to_string).collect();
    texts.join(",")
}

impl fmt::Display for Years {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.from)?;
        match self.to {
            None => f.write_str("+"),
            Some(to) if to == self.from => Ok(()),
            Some(to) if self.step == 1 => write!(f, "-{to}"),
            Some(to) => write!(f, "-{to}/{}", self.step),
        }
    }
}

impl fmt::Display for Weeks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.from)?;
        if self.to != self.from {
            write!(f, "-{:02}", self.to)?;
        }
        if self.step != 1 {
            write!(f, "/{}", self.step)?;
        }
        Ok(())
    }
}

impl fmt::Display for Dates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let year = |f: &mut fmt::Formatter<'_>, year: Option<i32>| {
            year.map_or(Ok(()), |year| write!(f, "{year} "))
        };
        let from = self.from;
        year(f, from.year)?;
        let Some(to) = self.to else {
            return write!(f, "{from}+");
        };
        let last_year = to.year.filter(|_| to.year != from.year);
        if let Some((first, last)) = self.months() {
            f.write_str(month(first))?;
            if first != last || last_year.is_some() {
                f.write_str("-")?;
                year(f, last_year)?;
                f.write_str(month(last))?;
            }
            return Ok(());
        }
        write!(f, "{from}")?;
        if from == to && !matches!(from.base, Base::Nth { .. }) {
            return Ok(());
        }
        f.write_str("-")?;
        match (from.plain(), to.plain()) {
            (Some((a, first)), Some((b, last)))
                if a == b && first < last && last_year.is_none() =>
            {
                write!(f, "{last:02}")
            }
            // The year may be left out only where the months show that it is the same one.
            (Some(first), Some(last)) if last_year.is_none() && first <= last => write!(f, "{to}"),
            _ => {
                year(f, to.year)?;
                write!(f, "{to}")
            }
        }
    }
}

/// Without the year.
impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.base {
            Base::Day { month: of, day } => write!(f, "{} {day:02}", month(of))?,
            Base::Nth {
                month: of,
                weekday: on,
                n,
            } => write!(f, "{} {}[{n}]", month(of), weekday(on))?,
            Base::Easter => f.write_str("easter")?,
        }
        offset(f, self.days)
    }
}

fn offset(f: &mut fmt::Formatter<'_>, days: i32) -> fmt::Result {
    match days {
        0 => Ok(()),
        -1 | 1 => write!(f, " {days:+} day"),
        _ => write!(f, " {days:+} days"),
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut seam = "";
        let mut part = |f: &mut fmt::Formatter<'_>, text: fmt::Arguments<'_>| {
            write!(f, "{seam}{text}")?;
            seam = ",";
            Ok(())
        };
        let holidays = |f: &mut fmt::Formatter<'_>, &days: &i32| {
            f.write_str("PH")?;
            offset(f, days)
        };
        if self.both {
            for (n, holiday) in self.holidays.iter().enumerate() {
                f.write_str(if n == 0 { "" } else { "," })?;
                holidays(f, holiday)?;
            }
            f.write_str(" ")?;
        }
        let mut day = 0;
        while day < 7 {
            let open = (day..7)
                .take_while(|day| self.weekdays >> day & 1 == 1)
                .last();
            match open {
                None => {}
                Some(last) if last == day => part(f, format_args!("{}", weekday(day)))?,
                Some(last) => part(f, format_args!("{}-{}", weekday(day), weekday(last)))?,
            }
            day = open.unwrap_or(day) + 1;
        }
        for nth in &self.nth {
            part(f, format_args!("{nth}"))?;
        }
        if !self.both {
            for holiday in &self.holidays {
                part(f, format_args!(""))?;
                holidays(f, holiday)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Nth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ordinals: Vec<i8> = (1..=5)
            .chain((-5..=-1).rev())
            .filter(|&n| self.which & Self::bit(n) != 0)
            .collect();
        write!(f, "{}[{}]", weekday(self.day), list(&ordinals))?;
        offset(f, self.offset)
    }
}
