//! The answer in words.

use std::fmt::{Result, Write};

use aspa_staffing::Gap;
use chrono::{DateTime, Utc, Weekday};

use crate::answer::{Answer, Target};
use crate::arguments::Clock;
use crate::size::{Model, Sized};
use crate::text::{euros, time, whole};

/// How many gaps are listed.
const GAPS: usize = 20;

pub(crate) const DAYS: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];

impl Answer<'_> {
    pub(crate) fn text(&self) -> std::result::Result<String, std::fmt::Error> {
        let mut text = String::new();
        self.volume(&mut text)?;
        for target in &self.targets {
            self.target(&mut text, target)?;
        }
        self.compared(&mut text)?;
        Ok(text)
    }

    fn volume(&self, text: &mut String) -> Result {
        let zone = self.service.zone;
        let day = |at: DateTime<Utc>| at.with_timezone(&zone).format("%Y-%m-%d").to_string();
        let span = &self.profile.span;
        let last = span.end - chrono::TimeDelta::seconds(1);
        writeln!(
            text,
            "{} messages of customers, {} to {} ({zone}), {:.1} a day, from {}",
            whole(self.profile.messages),
            day(span.start),
            day(last),
            self.per_day_seen,
            self.history.source
        )?;
        writeln!(text, "Open {}: {}", self.arguments.open, self.reach)?;
        if let Some(hour) = self.profile.busiest() {
            writeln!(
                text,
                "Busiest hour: {} {:02}-{:02}, {:.1} messages on average, {} at most",
                hour.day,
                hour.hour,
                hour.hour + 1,
                hour.mean().unwrap_or(0.0),
                hour.peak()
            )?;
        }
        if self.arguments.per_day.is_some() {
            writeln!(
                text,
                "Sized for {:.1} a day, spread in the same way",
                self.per_day
            )?;
        }
        Ok(())
    }

    fn target(&self, text: &mut String, target: &Target) -> Result {
        let Target { sized, plan, .. } = target;
        let within = time(sized.target);
        writeln!(text, "\nAnswer within {within}")?;
        self.model(text, sized)?;
        writeln!(
            text,
            "  Agents at work by the hour (people on the plan, with {} % shrinkage, in brackets)",
            self.arguments.shrinkage
        )?;
        table(text, sized)?;
        if let Some(expected) = sized.expected {
            writeln!(
                text,
                "  Expected: {:.1} % answered within {within}",
                expected * 100.0
            )?;
        }
        writeln!(text, "  Week: {plan}")?;
        let most = target.need.people().iter().max().copied().unwrap_or(0);
        if self.arguments.reserve > 0 {
            writeln!(
                text,
                "  {} of at most {most} at once are in reserve",
                self.arguments.reserve
            )?;
        }
        let month = self.month.format("%B %Y");
        match &target.cost {
            None => writeln!(text, "  {month}: never open, no cost")?,
            Some(cost) => writeln!(
                text,
                "  {month}: {} open days, {} h paid, {}",
                self.open_days,
                whole(cost.seconds.unsigned_abs() / 3600),
                euros(cost.cents)
            )?,
        }
        match &target.gaps {
            Some(gaps) => self.gaps(text, gaps),
            None => Ok(()),
        }
    }

    fn model(&self, text: &mut String, sized: &Sized) -> Result {
        let arguments = self.arguments;
        let handling = time(arguments.handling);
        match sized.model {
            Model::ErlangC | Model::ErlangA => {
                let model = match arguments.patience {
                    Some(patience) => format!(
                        "Erlang A, customers give up after {} on average",
                        time(patience)
                    ),
                    None => "Erlang C, customers wait as long as it takes".to_owned(),
                };
                writeln!(text, "  Model: live work, {model};")?;
                writeln!(
                    text,
                    "    {} % within {} of opening hours, {handling} a message, agents busy at most {} %",
                    arguments.share,
                    time(sized.target),
                    arguments.occupancy
                )?;
                if arguments.concurrency > 1 {
                    writeln!(
                        text,
                        "    {} at once, each then takes {} times as long",
                        arguments.concurrency, arguments.slowdown
                    )?;
                }
                let backlog = time(arguments.backlog.unwrap_or(sized.target));
                writeln!(
                    text,
                    "    What came while closed is spread over {backlog} after opening. Sized for the average week."
                )
            }
            Model::Deferred => {
                let clock = match arguments.clock {
                    Clock::Open => "opening hours",
                    Clock::Days => "the 24 hours of days on which the service opens",
                    Clock::Calendar => "every hour",
                };
                writeln!(
                    text,
                    "  Model: deferred work, earliest deadline first (demand bound);"
                )?;
                writeln!(
                    text,
                    "    every message of the history in time, also in its busiest days, {handling} a message;\n    \
                     the clock counts {clock}"
                )?;
                if let Some(tightest) = &sized.tightest {
                    writeln!(
                        text,
                        "    Tightest: {} to {}, {} h of work",
                        self.when(tightest.from),
                        self.when(tightest.until),
                        whole(tightest.work.div_ceil(3600))
                    )?;
                }
                Ok(())
            }
        }
    }

    fn gaps(&self, text: &mut String, gaps: &[Gap]) -> Result {
        if gaps.is_empty() {
            return writeln!(text, "  Rota: no gaps");
        }
        writeln!(text, "  Rota: {} gaps", gaps.len())?;
        for gap in gaps.iter().take(GAPS) {
            let mut missing = Vec::new();
            if gap.missing.rota > 0 {
                missing.push(format!("{} missing", gap.missing.rota));
            }
            if gap.missing.reserve > 0 {
                missing.push(format!("{} missing in reserve", gap.missing.reserve));
            }
            let skill = gap
                .skill
                .as_ref()
                .map_or(String::new(), |skill| format!(" ({skill})"));
            let (from, to) = (self.when(gap.from), self.when(gap.to));
            writeln!(text, "    {from} - {to}  {}{skill}", missing.join(", "))?;
        }
        match gaps.len() > GAPS {
            true => writeln!(
                text,
                "    … and {} more (--json has all)",
                gaps.len() - GAPS
            ),
            false => Ok(()),
        }
    }

    /// One line for each target, below one another.
    fn compared(&self, text: &mut String) -> Result {
        writeln!(text, "\nIn short")?;
        for Target {
            sized, plan, cost, ..
        } in &self.targets
        {
            let within = format!("within {}", time(sized.target));
            let cost = cost.as_ref().map_or(0, |cost| cost.cents);
            writeln!(
                text,
                "  {within:<16} {:>4} people, {:>16} in {}",
                plan.people,
                euros(cost),
                self.month.format("%B %Y")
            )?;
        }
        Ok(())
    }

    fn when(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.service.zone)
            .format("%a %Y-%m-%d %H:%M")
            .to_string()
    }
}

/// Rows are days, columns the hours from the first open one to the last.
fn table(text: &mut String, sized: &Sized) -> Result {
    let open = |hour: usize| (0..7).any(|day| sized.agents[day * 24 + hour] > 0);
    let (Some(first), Some(last)) = ((0..24).find(|h| open(*h)), (0..24).rfind(|h| open(*h)))
    else {
        return writeln!(text, "    nobody is needed");
    };
    let cells: Vec<Vec<String>> = (0..7)
        .map(|day| {
            let cell = |hour: usize| match sized.agents[day * 24 + hour] {
                0 => "-".to_owned(),
                agents => format!("{agents}({})", sized.people[day * 24 + hour]),
            };
            (first..=last).map(cell).collect()
        })
        .collect();
    let width = cells
        .iter()
        .flatten()
        .map(String::len)
        .max()
        .unwrap_or(1)
        .max(2);
    write!(text, "       ")?;
    (first..=last).try_for_each(|hour| write!(text, " {hour:>width$}"))?;
    writeln!(text)?;
    for (day, cells) in DAYS.iter().zip(cells) {
        if cells.iter().all(|cell| cell == "-") {
            continue;
        }
        write!(text, "    {day}")?;
        cells
            .iter()
            .try_for_each(|cell| write!(text, " {cell:>width$}"))?;
        writeln!(text)?;
    }
    Ok(())
}
