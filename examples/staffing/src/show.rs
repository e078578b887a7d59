//! The answer in words.

use std::fmt::{Result, Write};

use aspa_staffing::Gap;
use chrono::{DateTime, TimeDelta, Utc, Weekday};

use crate::answer::{Answer, SizedFor};
use crate::arguments::{Basis, Clock};
use crate::plan::Target;
use crate::size::{Model, Sized, on_the_wall};
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
        let last = span.end - TimeDelta::seconds(1);
        writeln!(
            text,
            "{} {} of customers, {} to {} ({zone}), {:.1} a day, from {}",
            whole(self.profile.messages),
            match self.profile.messages {
                1 => "message",
                _ => "messages",
            },
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
        self.week(text)?;
        if self.arguments.per_day.is_some() {
            writeln!(
                text,
                "Sized for {:.1} a day, spread in the same way",
                self.per_day
            )?;
        }
        Ok(())
    }

    /// Which week all targets are sized for.
    fn week(&self, text: &mut String) -> Result {
        let SizedFor {
            from,
            to,
            messages,
            weeks,
            weeks_with_messages,
        } = &self.sized_for;
        let zone = self.service.zone;
        let day = |at: DateTime<Utc>| at.with_timezone(&zone).format("%Y-%m-%d").to_string();
        match self.arguments.week {
            Basis::Average => writeln!(
                text,
                "Sized for the average week; --week busiest or p90 for a busy one"
            )?,
            basis => {
                let which = match basis.name() {
                    name if name == "busiest" => "the busiest week".to_owned(),
                    name => format!("the week at {name}"),
                };
                let last = day(*to - TimeDelta::seconds(1));
                let messages = whole(*messages);
                writeln!(
                    text,
                    "Sized for {which} of {weeks}, {} to {last}, {messages} messages, as if each were like it",
                    day(*from)
                )?;
            }
        }
        if weeks_with_messages * 2 < *weeks {
            writeln!(
                text,
                "Only {weeks_with_messages} of {weeks} weeks have messages: is a date wrong? An average of so \
                 many empty weeks is too low"
            )?;
        }
        Ok(())
    }

    fn target(&self, text: &mut String, target: &Target) -> Result {
        let Target { sized, plan, .. } = target;
        let within = time(sized.target);
        writeln!(text, "\nAnswer within {within}")?;
        match sized.team_of {
            None => self.model(text, sized)?,
            Some(of) => writeln!(
                text,
                "  The team for {} is taken: it keeps this too, and one of its own takes more people or money.",
                time(of)
            )?,
        }
        writeln!(
            text,
            "  Agents at work by the hour (people on the plan, with {} % shrinkage, in brackets)",
            self.arguments.shrinkage
        )?;
        table(text, sized)?;
        if let Some(expected) = sized.expected {
            writeln!(
                text,
                "  Expected: {:.1} % answered within {}",
                expected * 100.0,
                time(sized.team_of.unwrap_or(sized.target))
            )?;
        }
        writeln!(
            text,
            "  At work: {} h a week; with shrinkage {} h, in whole people hour by hour{} {} h",
            hours(target.agent_minutes),
            hours(self.with_shrinkage(target.agent_minutes)),
            match self.arguments.reserve {
                0 => "",
                _ => " and with the reserve",
            },
            hours(target.need_minutes())
        )?;
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

    /// Paid minutes for so many at work, if people came in parts.
    fn with_shrinkage(&self, minutes: u64) -> u64 {
        (minutes * 100).div_ceil(u64::from(100 - self.arguments.shrinkage.min(99)))
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
                    "    What came while closed is spread over {backlog} after opening."
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
                    "    every message of the week in time, week after week, {handling} a message;\n    \
                     the clock counts {clock}"
                )?;
                if let Some(of) = sized.part_of {
                    let most = sized.agents.iter().max().copied().unwrap_or(0);
                    writeln!(
                        text,
                        "    The team for {}, of which at most {most} are at work at once",
                        time(of)
                    )?;
                }
                if let Some(tightest) = &sized.tightest {
                    let work = whole(tightest.work.div_ceil(3600));
                    let (from, until) = (on_the_wall(tightest.from), on_the_wall(tightest.until));
                    match tightest.until - tightest.from >= TimeDelta::days(7) {
                        true => writeln!(text, "    Tightest: all week, {work} h of work in it")?,
                        false => {
                            writeln!(text, "    Tightest: {from} to {until}, {work} h of work")?
                        }
                    }
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
            let (seconds, cents) = cost
                .as_ref()
                .map_or((0, 0), |cost| (cost.seconds, cost.cents));
            writeln!(
                text,
                "  {within:<16} {:>4} people, {:>6} h paid, {:>16} in {}",
                plan.people,
                whole(seconds.unsigned_abs() / 3600),
                euros(cents),
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

/// Minutes as hours: "12.5".
fn hours(minutes: u64) -> String {
    match minutes % 60 {
        0 => whole(minutes / 60),
        rest => format!("{}.{}", whole(minutes / 60), rest / 6),
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
