//! The whole answer, and its form as JSON.

use std::ops::Range;

use aspa_staffing::{Profile, Reach};
use chrono::{DateTime, Datelike, Months, NaiveDate, TimeDelta, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use crate::arguments::{Arguments, Basis};
use crate::history::History;
use crate::plan::{Planning, Target};
use crate::service::Service;
use crate::size::{Model, Sizing, on_the_wall};
use crate::week::Week;
use crate::{Failure, rota};

pub(crate) struct Answer<'a> {
    pub(crate) arguments: &'a Arguments,
    pub(crate) history: History,
    pub(crate) profile: Profile,
    pub(crate) service: Service,
    pub(crate) reach: Reach,
    pub(crate) sized_for: SizedFor,
    /// The week that is sized for, of the volume that the history has.
    pub(crate) demand: Profile,
    /// Messages a day that is sized for, and in the history.
    pub(crate) per_day: f64,
    pub(crate) per_day_seen: f64,
    pub(crate) month: NaiveDate,
    /// On how many dates of the month the service opens.
    pub(crate) open_days: usize,
    pub(crate) targets: Vec<Target>,
}

/// From what the week that is sized for was taken.
#[derive(Debug, Serialize)]
pub(crate) struct SizedFor {
    pub(crate) from: DateTime<Utc>,
    pub(crate) to: DateTime<Utc>,
    pub(crate) messages: u64,
    /// The whole weeks of the history.
    pub(crate) weeks: usize,
    pub(crate) weeks_with_messages: usize,
}

impl<'a> Answer<'a> {
    pub(crate) fn new(arguments: &'a Arguments, history: History) -> Result<Self, Failure> {
        let times = || history.times.iter().copied();
        let span = Profile::whole_days(times(), &arguments.tz);
        let span = span.ok_or_else(|| Failure::Input("the history is empty".to_owned()))?;
        let profile = Profile::observe(times(), span.clone(), &arguments.tz)
            .map_err(|e| Failure::Input(format!("{}: {e}", history.source)))?;
        let service = Service::new(arguments, &span)?;
        let reach = Reach::of(times(), &service.open(span.clone()));
        let days = profile.length().num_seconds() as f64 / 86_400.0;
        let per_day_seen = profile.messages as f64 / days;
        let per_day = arguments.per_day.unwrap_or(per_day_seen);
        if !(0.0..=1e9).contains(&per_day) {
            return Err(Failure::Input(
                "--per-day: not from 0 to a billion".to_owned(),
            ));
        }
        let month = month(arguments, &span)?;
        let dates: Vec<NaiveDate> = month
            .iter_days()
            .take_while(|date| date.month() == month.month())
            .collect();
        let open_days = dates.iter().filter(|date| service.opens_on(**date)).count();
        let shifts = arguments.rota.as_deref().map(rota::read).transpose()?;

        let week = Week::choose(arguments.week, &history, &span, &service)?;
        let sized_for = SizedFor {
            from: week.span.start,
            to: week.span.end,
            weeks: week.weeks,
            weeks_with_messages: week.with_messages,
            messages: week.profile.messages,
        };
        let sizing = Sizing {
            arguments,
            week: &week,
            service: &service,
            scale: per_day / per_day_seen,
        };
        let planning = Planning {
            sizing: &sizing,
            dates: &dates,
            shifts: shifts.as_deref(),
        };
        let targets = planning.targets()?;
        Ok(Self {
            arguments,
            sized_for,
            demand: week.profile,
            history,
            profile,
            service,
            reach,
            per_day,
            per_day_seen,
            month,
            open_days,
            targets,
        })
    }

    pub(crate) fn json(&self) -> Value {
        let hours = |target: &Target| {
            let open = target
                .sized
                .agents
                .iter()
                .enumerate()
                .filter(|(_, agents)| **agents > 0);
            let hour = |(place, agents): (usize, &u32)| {
                let seen = &self.profile.hours()[place];
                json!({
                    "day": seen.day, "hour": seen.hour, "agents": agents,
                    "people": target.sized.people[place],
                    "messages_to_serve": target.sized.served.as_ref().map(|served| served[place]),
                })
            };
            open.map(hour).collect::<Vec<_>>()
        };
        let target = |target: &Target| {
            json!({
                "within_seconds": target.sized.target.num_seconds(),
                "model": target.sized.model.name(),
                "expected_in_time": target.sized.expected,
                "team_of_within_seconds": target.sized.team_of.map(|of| of.num_seconds()),
                "part_of_within_seconds": target.sized.part_of.map(|of| of.num_seconds()),
                "tightest": target.sized.tightest.map(|tightest| json!({
                    "from": on_the_wall(tightest.from), "until": on_the_wall(tightest.until),
                    "whole_week": tightest.until - tightest.from >= TimeDelta::days(7),
                    "work_seconds": tightest.work, "duty_seconds": tightest.duty,
                })),
                "agent_minutes_a_week": target.agent_minutes,
                "plan_minutes_needed_a_week": target.need_minutes(),
                "hours": hours(target),
                "plan": target.plan,
                "month": target.cost,
                "gaps": target.gaps,
            })
        };
        let volume = |hour: &aspa_staffing::Hour| {
            json!({
                "day": hour.day, "hour": hour.hour, "messages": hour.messages,
                "seconds": hour.seconds, "mean": hour.mean(), "peak": hour.peak(),
                "p90": hour.percentile(90),
            })
        };
        json!({
            "history": {
                "source": self.history.source,
                "rejected_rows": self.history.rejected,
                "from": self.profile.span.start, "to": self.profile.span.end,
                "messages": self.profile.messages, "per_day": self.per_day_seen,
                "written_while_open": self.reach.open, "written_while_closed": self.reach.closed,
                "volume": self.profile.hours().iter().map(volume).collect::<Vec<_>>(),
            },
            "sized_for_per_day": self.per_day,
            "sized_for_week": {
                "basis": self.arguments.week.name(), "taken_from": self.sized_for,
            },
            "targets": self.targets.iter().map(target).collect::<Vec<_>>(),
        })
    }
}

impl Basis {
    /// "average", "busiest", "p90".
    pub(crate) fn name(self) -> String {
        match self {
            Self::Average => "average".to_owned(),
            Self::Percentile(100) => "busiest".to_owned(),
            Self::Percentile(percent) => format!("p{percent}"),
        }
    }
}

impl Model {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ErlangC => "erlang_c",
            Self::ErlangA => "erlang_a",
            Self::Deferred => "deferred",
        }
    }
}

/// The first day of the month that is priced.
fn month(arguments: &Arguments, span: &Range<DateTime<Utc>>) -> Result<NaiveDate, Failure> {
    let last = (span.end - TimeDelta::seconds(1)).with_timezone(&arguments.tz);
    let (year, month) = arguments.month.unwrap_or((last.year(), last.month()));
    let first = NaiveDate::from_ymd_opt(year, month, 1);
    let first = match arguments.month {
        Some(_) => first,
        None => first.and_then(|first| first.checked_add_months(Months::new(1))),
    };
    first.ok_or_else(|| Failure::Input("--month: no such month".to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use proptest::prelude::*;

    use super::*;

    /// People and cents by target, ascending.
    fn asked(times: Vec<DateTime<Utc>>, options: &[&str]) -> Vec<(u32, i64)> {
        let words = ["staffing", "--tz", "UTC", "--target", "90m,24h,3d"];
        let arguments = Arguments::parse_from(words.iter().chain(options));
        let history = History {
            times,
            source: String::new(),
            rejected: 0,
        };
        let Ok(answer) = Answer::new(&arguments, history) else {
            panic!("no answer for {options:?}")
        };
        let figures = answer.targets.iter();
        figures
            .map(|t| (t.plan.people, t.cost.as_ref().map_or(0, |cost| cost.cents)))
            .collect()
    }

    /// Three weeks: some messages an hour, by day and by night, and two bursts.
    fn histories() -> impl Strategy<Value = Vec<DateTime<Utc>>> {
        let burst = (0_i64..504, 200_i64..400);
        let volumes = (0_i64..3, 0_i64..8, burst.clone(), burst);
        volumes.prop_map(|(night, day, one, other)| {
            let monday = DateTime::from_timestamp(1_793_577_600, 0).unwrap();
            let mut times = vec![monday];
            for hour in 0..504 {
                let usual = if (8..20).contains(&(hour % 24)) {
                    day
                } else {
                    night
                };
                let bursts = [one, other].into_iter().filter(|burst| burst.0 == hour);
                let count = usual + bursts.map(|burst| burst.1).sum::<i64>();
                let start = monday + TimeDelta::hours(hour);
                times.extend((0..count).map(|n| start + TimeDelta::seconds(3600 * n / count)));
            }
            times
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(6))]

        #[test]
        fn a_longer_target_takes_no_more_than_a_shorter_one(
            history in histories(),
            week in prop::sample::select(vec!["average", "busiest", "p50"]),
            open in prop::sample::select(vec!["Mon-Fri 08:00-18:00", "Mon-Sun 07:00-22:00"]),
            more in prop::sample::select(vec![
                &["--shrinkage", "0"] as &[_],
                &["--least", "shifts"],
                &["--patience", "5m", "--share", "60"],
                &["--concurrency", "3", "--slowdown", "1.5"],
            ]),
        ) {
            let options = [&["--week", week, "--open", open], more].concat();
            let figures = asked(history, &options);
            for (shorter, longer) in figures.iter().zip(&figures[1..]) {
                prop_assert!(longer.0 <= shorter.0 && longer.1 <= shorter.1, "{:?}", figures);
            }
        }
    }
}
