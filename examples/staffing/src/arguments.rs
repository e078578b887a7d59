//! The command line, and how its words are read.

use std::path::PathBuf;

use aspa_hours::holidays::Region;
use aspa_staffing::{Overlap, Pattern, Rates};
use chrono::{NaiveTime, TimeDelta, Weekday};
use chrono_tz::Tz;
use clap::{Parser, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  Answer within an hour or within a day, from a made-up history:
    staffing
  Your own history, Finnish holidays, chat with three customers at once, a picture:
    staffing --archive history.jsonl --open 'Mon-Fri 08:00-20:00; Sat 10:00-16:00' \\
      --holidays FI --target 2m --share 80 --patience 5m --concurrency 3 --slowdown 1.5 \\
      --svg week.svg
  Dearer evenings, Sundays and holidays, in December, for five hundred messages a day:
    staffing --rate 24.50 --factor 18:00-22:00=115 --factor Sun=200 --factor holiday=200 \\
      --month 2026-12 --holidays FI --per-day 500
  Where next week's rota has too few people, one of whom speaks Swedish:
    staffing --rota rota.jsonl --skill sv=1
    (a line: {\"person\":\"anna\",\"from\":\"2026-11-23T06:00:00Z\",\"to\":\"2026-11-23T14:00:00Z\",
     \"role\":\"rota\",\"skills\":[\"sv\"]}; role and skills may be left out, \"reserve\" is the other role)

Exit codes: 0 done, also where rows or gaps were found; 2 wrong usage or unreadable input;
1 anything else.";

/// Says how many people a service needs to keep its promise, from its real message history: by the
/// hour, as shifts beside a proven lower bound, and in euros a month.
///
/// Targets up to four hours are live work (Erlang C, or Erlang A with --patience); longer ones are
/// deferred work (the demand-bound test of a week that comes again and again). Both are sized for the
/// same week: the average one, or by --week a busy one. The answer says which model and which week.
#[derive(Debug, Parser)]
#[command(version, after_long_help = EXAMPLES, after_help = "Examples: --help")]
pub(crate) struct Arguments {
    /// The history: aspa's JSON Lines (crates/aspa-channel-archive/FORMAT.md). Without it and
    /// --tweets: eight made-up weeks of a web shop.
    #[arg(long, value_name = "FILE")]
    pub(crate) archive: Option<PathBuf>,
    /// The history: the CSV of the data set "Customer Support on Twitter".
    #[arg(long, value_name = "FILE", conflicts_with = "archive")]
    pub(crate) tweets: Option<PathBuf>,
    /// Write the made-up history to a file, and nothing else.
    #[arg(long, value_name = "FILE")]
    pub(crate) write_sample: Option<PathBuf>,

    /// The time zone of opening hours and shifts.
    #[arg(long, value_name = "ZONE", default_value = "Europe/Helsinki", value_parser = zone)]
    pub(crate) tz: Tz,
    /// The opening hours.
    #[arg(long, value_name = "HOURS", default_value = "Mon-Fri 08:00-18:00")]
    pub(crate) open: String,
    /// Public holidays of a country or a part of it, on which the service is closed: FI, DE-BY, GB-SCT.
    #[arg(long, value_name = "REGION", value_parser = str::parse::<Region>)]
    pub(crate) holidays: Option<Region>,

    /// Within what time messages are to be answered. Several: 1h,24h.
    #[arg(long, value_name = "TIME", default_value = "1h,24h", value_delimiter = ',', value_parser = duration)]
    pub(crate) target: Vec<TimeDelta>,
    /// Over how much open time live work spreads what came while closed. Without it: the target, as
    /// the clock of those who waited begins when the service opens.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) backlog: Option<TimeDelta>,
    /// Which week to size for, live and deferred work alike: the average one, "busiest", or "p90", which
    /// nine of ten whole weeks of the history do not exceed.
    #[arg(long, value_name = "WEEK", default_value = "average", value_parser = basis)]
    pub(crate) week: Basis,
    /// Which time counts for a deferred target.
    #[arg(long, value_enum, default_value_t = Clock::Days)]
    pub(crate) clock: Clock,
    /// Which share of the messages is to be answered in time, of live work, in percent. Of deferred
    /// work it is all.
    #[arg(long, value_name = "PERCENT", default_value_t = 90, value_parser = clap::value_parser!(u32).range(0..100))]
    pub(crate) share: u32,
    /// How long one message takes to handle.
    #[arg(long, value_name = "TIME", default_value = "6m", value_parser = duration)]
    pub(crate) handling: TimeDelta,
    /// How much of paid time goes to holidays, illness, training and meetings, in percent. Each hour is
    /// rounded up to whole people: for one at work at 30 percent, two are on the plan.
    #[arg(long, value_name = "PERCENT", default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..100))]
    pub(crate) shrinkage: u32,
    /// How busy agents may be with live work, in percent.
    #[arg(long, value_name = "PERCENT", default_value_t = 85, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) occupancy: u32,
    /// How long customers wait before they give up. Without it: for ever.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) patience: Option<TimeDelta>,
    /// How many customers an agent serves at once.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "slowdown", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) concurrency: u32,
    /// How much longer each then takes: 1.5 is half as long again.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = slowdown)]
    pub(crate) slowdown: f64,
    /// How many people to have in reserve while open.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pub(crate) reserve: u32,
    /// Size for so many messages a day instead of what the history has, spread as it has them.
    #[arg(long, value_name = "N")]
    pub(crate) per_day: Option<f64>,

    /// A kind of shift: its length, and how much of it is a break in its middle. Several.
    #[arg(long, value_name = "TIME[-TIME]", default_value = "8h-30m,4h", value_delimiter = ',', value_parser = pattern)]
    pub(crate) shift: Vec<Pattern>,
    /// On how many days a week a person works.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=7))]
    pub(crate) days: u32,
    /// How long people rest between shifts.
    #[arg(long, value_name = "TIME", default_value = "11h", value_parser = duration)]
    pub(crate) rest: TimeDelta,
    /// How many people there are at most.
    #[arg(long, value_name = "N")]
    pub(crate) people: Option<u32>,
    /// What the shift plan has least of.
    #[arg(long, value_enum, default_value_t = Least::Time)]
    pub(crate) least: Least,

    /// What a paid hour costs, in euros.
    #[arg(long, value_name = "EUR", default_value = "25", value_parser = cents)]
    pub(crate) rate: u32,
    /// Hours at another rate, in percent of it: 18:00-22:00=115, Sat=130, holiday=200. Several.
    #[arg(long, value_name = "WHEN=PERCENT", value_parser = factor)]
    pub(crate) factor: Vec<Dearer>,
    /// What holds where factors meet.
    #[arg(long, value_enum, default_value_t = Meeting::Highest)]
    pub(crate) overlap: Meeting,
    /// Pay for breaks.
    #[arg(long)]
    pub(crate) paid_breaks: bool,
    /// The month to price, as 2026-12. Without it: the one after the history ends.
    #[arg(long, value_name = "MONTH", value_parser = month)]
    pub(crate) month: Option<(i32, u32)>,

    /// A rota to look for gaps in: JSON Lines of shifts (see --help). It is held against the agents at
    /// work, without shrinkage: a rota says who is really there.
    #[arg(long, value_name = "FILE")]
    pub(crate) rota: Option<PathBuf>,
    /// How many of the rota have to know something while open: sv=1. Several.
    #[arg(long, value_name = "SKILL=N", value_parser = skill, requires = "rota")]
    pub(crate) skill: Vec<(String, u32)>,

    /// Draw demand against staff by the hour of the week.
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    /// Print everything as JSON, and nothing else on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

/// The week that is sized for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Basis {
    /// What each hour of the week has on average.
    Average,
    /// That week of the history which so many percent of its weeks do not exceed; 100 is the busiest.
    Percentile(u8),
}

/// Which time counts until a deferred answer is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Clock {
    /// Opening hours.
    Open,
    /// All 24 hours of the days on which the service opens, none of others.
    Days,
    /// Every hour, also when closed.
    Calendar,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Least {
    /// Shifts, and so people.
    Shifts,
    /// Time at work, and so money.
    Time,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Meeting {
    /// The highest factor holds.
    Highest,
    /// What each adds is added.
    Sum,
}

/// Hours at another rate.
#[derive(Debug, Clone)]
pub(crate) struct Dearer {
    name: String,
    percent: u16,
    when: Hours,
}

#[derive(Debug, Clone)]
enum Hours {
    Daily(NaiveTime, NaiveTime),
    Day(Weekday),
    Holiday,
}

impl Arguments {
    pub(crate) fn rates(&self) -> Rates {
        let plain = Rates::new(self.rate).overlap(match self.overlap {
            Meeting::Highest => Overlap::Highest,
            Meeting::Sum => Overlap::Sum,
        });
        let plain = match self.paid_breaks {
            true => plain.with_paid_breaks(),
            false => plain,
        };
        self.factor.iter().fold(plain, |rates, dearer| {
            let (name, percent) = (&dearer.name, dearer.percent);
            match dearer.when {
                Hours::Daily(from, to) => rates.daily(name, from, to, percent),
                Hours::Day(day) => rates.weekdays(name, [day], percent),
                Hours::Holiday => rates.holidays(percent),
            }
        })
    }
}

fn zone(text: &str) -> Result<Tz, String> {
    text.parse()
        .map_err(|_| "no time zone of that name; names are like Europe/Helsinki".to_owned())
}

/// "90s", "6m", "1h", "1h30m", "2d".
fn duration(text: &str) -> Result<TimeDelta, String> {
    let wrong = || format!("\"{text}\" is no time; times are like 90s, 6m, 1h30m, 24h");
    let mut seconds: i64 = 0;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let number: i64 = rest[..digits].parse().map_err(|_| wrong())?;
        let unit = rest[digits..].chars().next().ok_or_else(wrong)?;
        let unit_seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return Err(wrong()),
        };
        let more = number.checked_mul(unit_seconds).ok_or_else(wrong)?;
        seconds = seconds.checked_add(more).ok_or_else(wrong)?;
        rest = &rest[digits + unit.len_utf8()..];
    }
    match (1..=10 * 366 * 86_400).contains(&seconds) {
        true => Ok(TimeDelta::seconds(seconds)),
        false => Err(wrong()),
    }
}

/// "1.5"
fn slowdown(text: &str) -> Result<f64, String> {
    let factor: Option<f64> = text.parse().ok();
    let wrong = || format!("\"{text}\" is no factor of 1 or more, like 1.5");
    factor
        .filter(|f| (1.0..=1000.0).contains(f))
        .ok_or_else(wrong)
}

/// "average", "busiest", "p90".
fn basis(text: &str) -> Result<Basis, String> {
    let percent = |text: &str| text.strip_prefix('p')?.parse().ok();
    match (text, percent(text)) {
        ("average", _) => Ok(Basis::Average),
        ("busiest", _) => Ok(Basis::Percentile(100)),
        (_, Some(percent)) if percent <= 100 => Ok(Basis::Percentile(percent)),
        _ => Err(format!(
            "\"{text}\" is no week; weeks are average, busiest, p90"
        )),
    }
}

/// The grid of shifts, in minutes.
pub(crate) const SLOT: u32 = 30;

/// "8h-30m": eight hours, half an hour of which is a break, begun in the middle quarter of the shift.
fn pattern(text: &str) -> Result<Pattern, String> {
    let minutes = |text: &str| {
        let minutes = u32::try_from(duration(text)?.num_minutes()).unwrap_or(u32::MAX);
        match minutes.is_multiple_of(SLOT) && (SLOT..=24 * 60).contains(&minutes) {
            true => Ok(minutes),
            false => Err(format!(
                "\"{text}\" is no multiple of {SLOT} minutes within a day"
            )),
        }
    };
    let starts = (0..24 * 60).step_by(SLOT as usize);
    let Some((length, away)) = text.split_once('-') else {
        return Ok(Pattern::new(starts, minutes(text)?));
    };
    let (length, away) = (minutes(length)?, minutes(away)?);
    if away >= length {
        return Err("the break is as long as the shift".to_owned());
    }
    let grid = |minutes: u32| minutes / SLOT * SLOT;
    let latest = grid(length * 5 / 8).min(length - away);
    let earliest = grid(length * 3 / 8).min(latest);
    Ok(Pattern::new(starts, length).with_break(earliest, latest, away))
}

/// "24.50"
fn cents(text: &str) -> Result<u32, String> {
    let wrong = || format!("\"{text}\" is no amount; amounts are like 25 or 24.50");
    let (euros, cents) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(euros) || !digits(cents) || cents.len() > 2 {
        return Err(wrong());
    }
    let cents = format!("{cents:0<2}");
    let amount = |text: &str| text.parse::<u32>().map_err(|_| wrong());
    let whole = amount(euros)?.checked_mul(100).ok_or_else(wrong)?;
    whole.checked_add(amount(&cents)?).ok_or_else(wrong)
}

/// "18:00-22:00=115", "Sun=200", "holiday=200"
fn factor(text: &str) -> Result<Dearer, String> {
    let wrong = || {
        format!("\"{text}\" is no factor; factors are like 18:00-22:00=115, Sun=200, holiday=200")
    };
    let (name, percent) = text.split_once('=').ok_or_else(wrong)?;
    let percent = percent.trim_end_matches('%').parse().map_err(|_| wrong())?;
    let time = |text: &str| match text {
        "24:00" => Ok(NaiveTime::MIN),
        _ => NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| wrong()),
    };
    let when = match name.split_once('-') {
        _ if name.eq_ignore_ascii_case("holiday") => Hours::Holiday,
        Some((from, to)) => Hours::Daily(time(from)?, time(to)?),
        None => Hours::Day(name.parse().map_err(|_| wrong())?),
    };
    let name = name.to_owned();
    Ok(Dearer {
        name,
        percent,
        when,
    })
}

fn month(text: &str) -> Result<(i32, u32), String> {
    let wrong = || format!("\"{text}\" is no month; months are like 2026-12");
    let (year, month) = text.split_once('-').ok_or_else(wrong)?;
    let year: i32 = year.parse().map_err(|_| wrong())?;
    let month: u32 = month.parse().map_err(|_| wrong())?;
    match (1900..2100).contains(&year) && (1..=12).contains(&month) {
        true => Ok((year, month)),
        false => Err(wrong()),
    }
}

fn skill(text: &str) -> Result<(String, u32), String> {
    let wrong = || format!("\"{text}\" is no skill with a number; write sv=1");
    let (skill, count) = text.split_once('=').ok_or_else(wrong)?;
    let count = count.parse().map_err(|_| wrong())?;
    match skill.is_empty() {
        true => Err(wrong()),
        false => Ok((skill.to_owned(), count)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_amounts_and_factors_are_read() {
        assert_eq!(duration("1h30m"), Ok(TimeDelta::minutes(90)));
        assert_eq!(duration("2d"), Ok(TimeDelta::hours(48)));
        for wrong in [
            "",
            "h",
            "5",
            "1y",
            "-5m",
            "0m",
            "99999999999999999999s",
            "5mé",
        ] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
        assert_eq!(cents("24.5"), Ok(2450));
        assert_eq!(cents("0.05"), Ok(5));
        for wrong in ["", ".", "1.234", "-1", "1,5", "99999999"] {
            assert!(cents(wrong).is_err(), "{wrong}");
        }
        for right in ["18:00-24:00=115", "Sun=200%", "holiday=200"] {
            assert!(factor(right).is_ok(), "{right}");
        }
        for wrong in ["Sun", "Sunny=200", "25:00-26:00=3", "Sun=x"] {
            assert!(factor(wrong).is_err(), "{wrong}");
        }
        assert!(month("2026-13").is_err() && month("2026-02") == Ok((2026, 2)));
    }

    #[test]
    fn weeks_are_read() {
        assert_eq!(basis("average"), Ok(Basis::Average));
        assert_eq!(basis("busiest"), basis("p100"));
        assert_eq!(basis("p90"), Ok(Basis::Percentile(90)));
        for wrong in ["", "p", "p101", "90", "worst"] {
            assert!(basis(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_shift_has_its_break_in_the_middle() {
        let shift = pattern("8h-30m").unwrap();
        assert_eq!((shift.length, shift.work()), (480, 450));
        let pause = &shift.breaks[0];
        assert_eq!((pause.earliest, pause.latest), (180, 300));
        assert!(pattern("8h15m").is_err() && pattern("25h").is_err() && pattern("1h-1h").is_err());
    }
}
