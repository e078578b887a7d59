//! What is asked, answered as one value: printed as JSON, or told as text.

use aspa_hours::holidays::HolidaySet;
use aspa_hours::{Calendar, Closed, Edge, Hours, HoursError, Schedule};
use aspa_sla::{Breach, Choice, Clock, Explanation, Facts, Policies, Promise, Sla, State, Timer};
use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::Serialize;

use crate::events::History;
use crate::when::{Length, instant, length, open_time};
use crate::{Arguments, Refused, read};

/// A time as the wall clock shows it, with its offset.
pub(crate) type Local = DateTime<FixedOffset>;

/// By the wall clock of the zone; by UTC where the offset has odd seconds, as before standard time:
/// RFC 3339 has no form for it, and one rounded to minutes would tell another instant.
pub(crate) fn local(at: DateTime<Utc>, zone: Tz) -> Local {
    let local = at.with_timezone(&zone).fixed_offset();
    if local.offset().local_minus_utc() % 60 == 0 {
        local
    } else {
        at.fixed_offset()
    }
}

/// Everything that was asked. What was not asked is not there; a null is an instant that does not
/// come within the calendar's horizon (the years 1900 to 2099), or that there is none of.
#[derive(Debug, Serialize)]
pub(crate) struct Answer {
    /// The zone by which times are told.
    #[serde(skip)]
    pub(crate) zone: Tz,
    /// The instant asked about; all times of the calendar are told in its zone.
    pub(crate) at: Local,
    pub(crate) calendar: About,
    pub(crate) open: bool,
    /// Why it is closed at `at`.
    pub(crate) closed: Option<Closed>,
    pub(crate) next_open: Option<Local>,
    pub(crate) next_close: Option<Local>,
    pub(crate) next_change: Option<Local>,
    /// For people: the hours, and what comes next.
    pub(crate) sentence: String,
    pub(crate) results: Results,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) ticket: Option<Ticket>,
}

/// Which hours they are.
#[derive(Debug, Serialize)]
pub(crate) struct About {
    pub(crate) zone: Tz,
    /// As OpenStreetMap writes them; null where that cannot say it.
    pub(crate) osm: Option<String>,
    /// Of the hours, the holiday rules and the time-zone data.
    pub(crate) fingerprint: String,
}

#[derive(Debug, Default, Serialize)]
pub(crate) struct Results {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) add: Option<Moved>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sub: Option<Moved>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) between: Option<Between>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) list: Option<Vec<Stretch>>,
}

/// Where an amount of open time leads.
#[derive(Debug, Serialize)]
pub(crate) struct Moved {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) business_days: Option<u32>,
    /// The instant, `null` where there is none within the horizon.
    pub(crate) at: Option<Local>,
    /// The same with the far end of the closed time where it is used up just then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reopen: Option<Local>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Between {
    pub(crate) to: Local,
    /// Open seconds; negative where `to` comes before `at`.
    pub(crate) seconds: i64,
}

#[derive(Debug, Serialize)]
pub(crate) struct Stretch {
    pub(crate) from: Local,
    pub(crate) to: Local,
    pub(crate) seconds: i64,
    pub(crate) closed: Option<Closed>,
}

/// A ticket's clocks at the instant asked about.
#[derive(Debug, Serialize)]
pub(crate) struct Ticket {
    /// The policy under which it started, and why those before it do not fit.
    pub(crate) policy: Choice,
    pub(crate) clocks: Vec<Clock>,
    pub(crate) timers: Timers,
    /// Broken promises as they were set down.
    pub(crate) breaches: Vec<Breach>,
    /// Of each clock, in the same order.
    pub(crate) explanation: Vec<Explanation>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Timers {
    /// The first after the instant asked about, if nothing happens before.
    pub(crate) next: Option<Timer>,
    /// Those that have fired, in order.
    pub(crate) fired: Vec<Timer>,
}

pub(crate) fn answer(arguments: &Arguments) -> Result<Answer, Refused> {
    let schedule = schedule(arguments)?;
    let policies = policies(arguments, schedule.as_ref())?;
    let sla = policies
        .map(|policies| policies.compile().map_err(whole))
        .transpose()?;
    let calendar = match (&schedule, &sla) {
        (Some(schedule), _) => schedule.build().map_err(whole)?,
        (None, Some(sla)) => sla.calendar().clone(),
        (None, None) => {
            return Err(
                "which hours? Give --hours \"Mo-Fr 08:00-18:00\", --calendar FILE or --policy FILE \
                 (see --help)"
                    .to_owned(),
            );
        }
    };
    let zone = arguments.tz.unwrap_or_else(|| calendar.zone());
    let at = instant(&arguments.at, zone).map_err(|why| format!("--at: {why}"))?;
    let ticket = match (&arguments.events, sla) {
        (None, _) => None,
        (Some(_), None) => {
            return Err("--events needs a promise: give --target 1h or --policy FILE".to_owned());
        }
        (Some(path), Some(sla)) => Some(ticket(&History::read(path, zone)?, &sla, at)?),
    };
    let told = |at: Result<DateTime<Utc>, HoursError>| Some(local(at.ok()?, zone));
    Ok(Answer {
        zone,
        at: local(at, zone),
        calendar: About {
            zone: calendar.zone(),
            osm: schedule.as_ref().and_then(osm),
            fingerprint: calendar.fingerprint().to_string(),
        },
        open: calendar.is_open(at),
        closed: calendar.closed_reason(at),
        next_open: told(calendar.next_open(at)),
        next_close: told(calendar.next_close(at)),
        next_change: told(calendar.next_change(at)),
        sentence: calendar.sentence(at, arguments.language),
        results: results(arguments, &calendar, at, zone)?,
        ticket,
    })
}

/// An error with its causes.
fn whole(error: impl std::error::Error) -> Refused {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}

fn osm(schedule: &Schedule) -> Option<String> {
    match schedule {
        Schedule::Hours(hours) => hours.to_osm().ok(),
        _ => None,
    }
}

/// The hours of --hours or --calendar, with the holidays of --holidays.
fn schedule(arguments: &Arguments) -> Result<Option<Schedule>, Refused> {
    let mut schedule = if let Some(text) = &arguments.hours {
        let zone = arguments.tz.ok_or(
            "which time zone? Give --tz, as in --tz Europe/Helsinki (or --tz UTC) with --hours",
        )?;
        let hours = Hours::new(zone)
            .open(text)
            .map_err(|e| format!("--hours: {}", whole(e)))?;
        hours.into()
    } else if let Some(path) = &arguments.calendar {
        let text = read(path, "--calendar")?;
        serde_json::from_str(&text)
            .map_err(|error| format!("--calendar {}: {error}", path.display()))?
    } else if arguments.holidays.is_empty() {
        return Ok(None);
    } else {
        return Err("--holidays belongs to --hours or --calendar".to_owned());
    };
    if !arguments.holidays.is_empty() {
        match &mut schedule {
            Schedule::Hours(hours) => hours.holiday_sets.extend(holidays(arguments)),
            _ => {
                return Err(
                    "--holidays does not fit hours that are combined: write `holiday_sets` into \
                     the file"
                        .to_owned(),
                );
            }
        }
    }
    Ok(Some(schedule))
}

fn holidays(arguments: &Arguments) -> impl Iterator<Item = HolidaySet> {
    arguments.holidays.iter().cloned()
}

fn policies(
    arguments: &Arguments,
    schedule: Option<&Schedule>,
) -> Result<Option<Policies>, Refused> {
    let mut policies = if let Some(target) = &arguments.target {
        let within = open_time(target).map_err(|why| format!("--target: {why}"))?;
        let schedule = schedule.ok_or("--target needs --hours or --calendar")?;
        return Ok(Some(
            Promise::answer_within(within, schedule.clone()).into(),
        ));
    } else if let Some(path) = &arguments.policy {
        let text = read(path, "--policy")?;
        let refused = |error: serde_json::Error| format!("--policy {}: {error}", path.display());
        let value: serde_json::Value = serde_json::from_str(&text).map_err(refused)?;
        if value.get("policies").is_some() {
            serde_json::from_str::<Policies>(&text).map_err(refused)?
        } else {
            serde_json::from_str::<Promise>(&text)
                .map_err(refused)?
                .into()
        }
    } else {
        return Ok(None);
    };
    if policies.hours.is_none() {
        policies.hours = schedule.cloned();
    }
    Ok(Some(policies))
}

fn results(
    arguments: &Arguments,
    calendar: &Calendar,
    at: DateTime<Utc>,
    zone: Tz,
) -> Result<Results, Refused> {
    let time = |text: &Option<String>, option: &str| {
        text.as_ref()
            .map(|text| instant(text, zone).map_err(|why| format!("{option}: {why}")))
            .transpose()
    };
    let amount = |text: &Option<String>, option: &str| {
        text.as_ref()
            .map(|text| length(text).map_err(|why| format!("{option}: {why}")))
            .transpose()
    };
    let told = |at: DateTime<Utc>| local(at, zone);
    let open = |amount: TimeDelta, close: Result<DateTime<Utc>, HoursError>, reopen| {
        let reopen: Result<DateTime<Utc>, HoursError> = reopen;
        Moved {
            seconds: Some(amount.num_seconds()),
            business_days: None,
            at: close.ok().map(told),
            reopen: reopen.ok().map(told),
        }
    };
    let add = amount(&arguments.add, "--add")?.map(|length| match length {
        Length::Open(amount) => open(
            amount,
            calendar.add(at, amount),
            calendar.add_to(at, amount, Edge::Reopen),
        ),
        Length::BusinessDays(days) => Moved {
            seconds: None,
            business_days: Some(days),
            at: calendar.end_of_nth_business_day(at, days).ok().map(told),
            reopen: None,
        },
    });
    let sub = match amount(&arguments.sub, "--sub")? {
        None => None,
        Some(Length::Open(amount)) => Some(open(
            amount,
            calendar.sub(at, amount),
            calendar.sub_to(at, amount, Edge::Reopen),
        )),
        Some(Length::BusinessDays(_)) => {
            return Err("--sub: business days only go forward; give open time".to_owned());
        }
    };
    let between = time(&arguments.between, "--between")?.map(|to| Between {
        to: told(to),
        seconds: calendar.between(at, to).num_seconds(),
    });
    let list = time(&arguments.list, "--list")?.map(|to| {
        calendar
            .segments(at, to)
            .map(|segment| Stretch {
                from: told(segment.from),
                to: told(segment.to),
                seconds: segment.duration().num_seconds(),
                closed: segment.closed,
            })
            .collect()
    });
    Ok(Results {
        add,
        sub,
        between,
        list,
    })
}

fn ticket(history: &History, sla: &Sla, at: DateTime<Utc>) -> Result<Ticket, Refused> {
    let unknown = Facts::new();
    let choice = sla.policies().choose(history.facts().unwrap_or(&unknown));
    let policy = choice.policy.as_deref().ok_or_else(|| {
        let misses: Vec<String> = choice.misses.iter().map(ToString::to_string).collect();
        format!("no policy fits the ticket: {}", misses.join("; "))
    })?;
    let sla = sla.under(policy).map_err(whole)?;
    let state: State = sla.replay(&history.clock_events()).map_err(whole)?;
    let clocks = state.clocks(at);
    let explanation = clocks
        .iter()
        .filter_map(|clock| state.explain(at, &clock.kind, clock.cycle))
        .collect();
    Ok(Ticket {
        policy: choice,
        timers: Timers {
            next: state.next_instant(at),
            fired: state.fired(at),
        },
        breaches: state.breaches(at),
        clocks,
        explanation,
    })
}
