//! The whole answer, and its form as JSON.

use std::ops::Range;

use aspa_staffing::{
    Aim, Gap, MonthCost, Plan, Profile, Reach, Rules, Shift, WeekNeed, cost, plan,
};
use chrono::{DateTime, Datelike, Months, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::arguments::{Arguments, Least};
use crate::history::History;
use crate::service::Service;
use crate::size::{Model, Sized, Sizing};
use crate::{Failure, rota};

pub(crate) struct Answer<'a> {
    pub(crate) arguments: &'a Arguments,
    pub(crate) history: History,
    pub(crate) profile: Profile,
    pub(crate) service: Service,
    pub(crate) reach: Reach,
    /// Messages a day that is sized for, and in the history.
    pub(crate) per_day: f64,
    pub(crate) per_day_seen: f64,
    pub(crate) month: NaiveDate,
    /// On how many dates of the month the service opens.
    pub(crate) open_days: usize,
    pub(crate) targets: Vec<Target>,
}

/// What one target takes.
pub(crate) struct Target {
    pub(crate) sized: Sized,
    pub(crate) need: WeekNeed,
    pub(crate) plan: Plan,
    pub(crate) cost: Option<MonthCost>,
    /// None without a rota.
    pub(crate) gaps: Option<Vec<Gap>>,
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
            .filter(|date| service.opens_on(*date))
            .collect();
        let shifts = arguments.rota.as_deref().map(rota::read).transpose()?;

        let sizing = Sizing {
            arguments,
            history: &history,
            profile: &profile,
            service: &service,
            scale: per_day / per_day_seen,
        };
        let targets = arguments.target.iter().map(|target| {
            let sized = sizing.size(*target)?;
            Target::new(sized, &service, arguments, &dates, shifts.as_deref())
        });
        let targets = targets.collect::<Result<_, _>>()?;
        Ok(Self {
            arguments,
            history,
            profile,
            service,
            reach,
            per_day,
            per_day_seen,
            month,
            open_days: dates.len(),
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
                "tightest": target.sized.tightest,
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
            "targets": self.targets.iter().map(target).collect::<Vec<_>>(),
        })
    }
}

impl Target {
    fn new(
        sized: Sized,
        service: &Service,
        arguments: &Arguments,
        dates: &[NaiveDate],
        shifts: Option<&[Shift]>,
    ) -> Result<Self, Failure> {
        let need = sized.need(service, arguments.reserve)?;
        let mut rules = Rules::default();
        rules.days = arguments.days;
        rules.rest = u32::try_from(arguments.rest.num_minutes()).unwrap_or(u32::MAX);
        rules.people = arguments.people;
        rules.aim = match arguments.least {
            Least::Shifts => Aim::Shifts,
            Least::Time => Aim::Time,
        };
        let plan = plan(&need, &arguments.shift, &rules).map_err(|e| {
            Failure::Input(format!(
                "no shift plan for {}: {e}",
                crate::text::time(sized.target)
            ))
        })?;
        let zone = &service.zone;
        let real = plan.shifts_on(dates.iter().copied(), zone, |person| person.to_string());
        let months = cost(&real, &arguments.rates(), &service.holidays, zone)?;
        let gaps = shifts.map(|shifts| rota::find(shifts, &sized, service, arguments));
        Ok(Self {
            need,
            plan,
            cost: months.into_iter().reduce(together),
            gaps: gaps.transpose()?,
            sized,
        })
    }
}

/// What a last night shift has after the end of the month is paid with the month.
fn together(mut month: MonthCost, next: MonthCost) -> MonthCost {
    month.seconds += next.seconds;
    month.cents += next.cents;
    for (percent, seconds) in next.at {
        match month.at.iter_mut().find(|(known, _)| *known == percent) {
            Some((_, sum)) => *sum += seconds,
            None => month.at.push((percent, seconds)),
        }
    }
    month.at.sort_unstable();
    month
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
