//! What a target takes: a team, its shifts and their cost, no more of it than a shorter target takes.

use aspa_staffing::{Aim, Gap, MonthCost, Plan, Rules, Shift, WeekNeed, cost, plan};
use chrono::{NaiveDate, TimeDelta};

use crate::arguments::Least;
use crate::size::{LIVE, Model, Sized, Sizing};
use crate::{Failure, rota};

/// What one target takes.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) sized: Sized,
    pub(crate) need: WeekNeed,
    pub(crate) plan: Plan,
    pub(crate) cost: Option<MonthCost>,
    /// Minutes of agents at work in a typical week, without shrinkage and reserve.
    pub(crate) agent_minutes: u64,
    /// None without a rota.
    pub(crate) gaps: Option<Vec<Gap>>,
}

/// What it takes to plan for any target.
pub(crate) struct Planning<'a> {
    pub(crate) sizing: &'a Sizing<'a>,
    /// Those of the month that is priced.
    pub(crate) dates: &'a [NaiveDate],
    pub(crate) shifts: Option<&'a [Shift]>,
}

impl Planning<'_> {
    /// In the order in which they were asked for, each beside shorter ones, asked for or not.
    pub(crate) fn targets(&self) -> Result<Vec<Target>, Failure> {
        let asked = &self.sizing.arguments.target;
        let longest = asked.iter().max().copied().unwrap_or_default();
        let mut order = asked.clone();
        order.extend(
            [TimeDelta::hours(1), LIVE]
                .iter()
                .filter(|mark| **mark < longest),
        );
        order.sort_unstable();
        order.dedup();
        let mut planned: Vec<Target> = Vec::new();
        for target in order {
            match self.target(target, &planned) {
                Ok(target) => planned.push(target),
                Err(error) if asked.contains(&target) => return Err(error),
                Err(_) => {}
            }
        }
        let of = |target: &TimeDelta| planned.iter().find(|p| p.sized.target == *target).cloned();
        Ok(asked.iter().filter_map(of).collect())
    }

    /// A team that keeps a shorter target keeps a longer one too. So where a plan of its own takes more
    /// people or money, a part of that team is taken, or all of it.
    fn target(&self, target: TimeDelta, planned: &[Target]) -> Result<Target, Failure> {
        let own = self.plan(self.sizing.size(target)?)?;
        let mut shorter = None;
        for kept in planned {
            if self.sizing.is_no_stricter(target, kept.sized.target)? {
                shorter = Some(kept);
            }
        }
        let Some(shorter) = shorter.filter(|shorter| !own.takes_no_more_than(shorter)) else {
            return Ok(own);
        };
        if own.sized.model == Model::Deferred
            && let Some(part) = self.sizing.capped(target, &shorter.sized)?
        {
            let part = self.plan(part)?;
            if part.takes_no_more_than(shorter) {
                return Ok(part);
            }
        }
        Ok(shorter.whole_team_for(target))
    }

    fn plan(&self, sized: Sized) -> Result<Target, Failure> {
        let Sizing {
            arguments, service, ..
        } = self.sizing;
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
        let dates = self.dates.iter().copied();
        let mut real = plan.shifts_on(dates, zone, |person| person.to_string());
        // A shift may begin on a closed date, for the hours after midnight; on a holiday nobody comes.
        real.retain(|shift| service.calendar.between(shift.from, shift.to) > TimeDelta::zero());
        let months = cost(&real, &arguments.rates(), &service.holidays, zone)?;
        let gaps = self
            .shifts
            .map(|shifts| rota::find(shifts, &sized, service, arguments));
        Ok(Target {
            need,
            plan,
            cost: months.into_iter().reduce(together),
            gaps: gaps.transpose()?,
            agent_minutes: sized.agent_minutes(service),
            sized,
        })
    }
}

impl Target {
    /// Minutes of people on the plan that a typical week needs, by whole people in each slot.
    pub(crate) fn need_minutes(&self) -> u64 {
        let people: u64 = self.need.people().iter().map(|n| u64::from(*n)).sum();
        people * u64::from(self.need.slot())
    }

    fn whole_team_for(&self, target: TimeDelta) -> Self {
        let mut same = self.clone();
        same.sized.team_of = Some(self.sized.team_of.unwrap_or(self.sized.target));
        same.sized.target = target;
        same
    }

    fn takes_no_more_than(&self, other: &Self) -> bool {
        let cents = |target: &Self| target.cost.as_ref().map_or(0, |cost| cost.cents);
        self.plan.people <= other.plan.people && cents(self) <= cents(other)
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
