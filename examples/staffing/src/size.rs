//! How many people it takes for a target: live work by queueing, deferred work by its deadlines.

use aspa_staffing::deferred::{self, Duty, Tightest, Work};
use aspa_staffing::{
    Chat, Demand, ErlangA, ErlangC, Goal, OpenTimes, Profile, QueueError, ServiceLevel, Shrinkage,
    WeekNeed,
};
use chrono::{DateTime, TimeDelta, Utc, Weekday};

use crate::Failure;
use crate::arguments::{Arguments, Clock, SLOT};
use crate::history::History;
use crate::service::{SLOTS, Service};

/// Up to here work is live: somebody sits and waits for it.
const LIVE: TimeDelta = TimeDelta::hours(4);

/// How long after the history work may still be done and be due.
const AFTER: TimeDelta = TimeDelta::days(60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Model {
    ErlangC,
    ErlangA,
    Deferred,
}

pub(crate) struct Sized {
    pub(crate) target: TimeDelta,
    pub(crate) model: Model,
    /// Messages to be served in each hour of the week, on average while open; those that came while
    /// closed are in the first hours after opening. Live work only.
    pub(crate) served: Option<Vec<f64>>,
    /// Agents at work in each hour of the week, where it is open.
    pub(crate) agents: Vec<u32>,
    /// The same with shrinkage: people on the plan.
    pub(crate) people: Vec<u32>,
    /// The share answered in time that the model expects. Live work only.
    pub(crate) expected: Option<f64>,
    /// Which stretch of the history asks for so many. Deferred work only.
    pub(crate) tightest: Option<Tightest>,
}

/// What does not depend on the target.
pub(crate) struct Sizing<'a> {
    pub(crate) arguments: &'a Arguments,
    pub(crate) history: &'a History,
    pub(crate) profile: &'a Profile,
    pub(crate) service: &'a Service,
    /// What the history's volume is multiplied by.
    pub(crate) scale: f64,
}

impl Sizing<'_> {
    pub(crate) fn size(&self, target: TimeDelta) -> Result<Sized, Failure> {
        let (model, served, agents, expected, tightest) = match target <= LIVE {
            true => {
                let served = self.served(self.arguments.backlog.unwrap_or(target))?;
                let (agents, expected) = self.live(target, &served)?;
                let model = match self.arguments.patience {
                    Some(_) => Model::ErlangA,
                    None => Model::ErlangC,
                };
                (model, Some(served), agents, expected, None)
            }
            false => {
                let need = self.deferred(target)?;
                let agents = (0..168).map(|hour| if self.is_open(hour) { need.agents } else { 0 });
                (Model::Deferred, None, agents.collect(), None, need.tightest)
            }
        };
        let shrinkage = Shrinkage::percent(self.arguments.shrinkage)?;
        let people = agents
            .iter()
            .map(|n| shrinkage.people(*n))
            .collect::<Result<_, _>>()?;
        Ok(Sized {
            target,
            model,
            served,
            agents,
            people,
            expected,
            tightest,
        })
    }

    /// Whether an hour of a typical week is open at least in part.
    fn is_open(&self, hour: usize) -> bool {
        let slots = (60 / SLOT) as usize;
        self.service.week[hour * slots..(hour + 1) * slots].contains(&true)
    }

    /// Messages an hour while open, by the hour of the week.
    fn served(&self, backlog: TimeDelta) -> Result<Vec<f64>, Failure> {
        let span = self.profile.span.clone();
        let times = self.taken_up(backlog)?;
        let end = times
            .iter()
            .max()
            .map_or(span.end, |last| span.end.max(*last + TimeDelta::seconds(1)));
        let taken_up = Profile::observe(times, span.start..end, &self.service.zone)?;
        let open = self.service.open_seconds(span)?;
        let rate = |(hour, seconds): (&aspa_staffing::Hour, &i64)| match seconds {
            0 => 0.0,
            seconds => hour.messages as f64 * 3600.0 / *seconds as f64 * self.scale,
        };
        Ok(taken_up.hours().iter().zip(&open).map(rate).collect())
    }

    /// When each message is taken up: at once where the service is open; else after it opens, evenly
    /// over a while.
    fn taken_up(&self, over: TimeDelta) -> Result<Vec<DateTime<Utc>>, Failure> {
        let calendar = &self.service.calendar;
        let mut taken_up = Vec::with_capacity(self.history.times.len());
        let mut waiting = Vec::new();
        for time in &self.history.times {
            match calendar.is_open(*time) {
                true => taken_up.push(*time),
                false => waiting.push(calendar.next_open(*time)?),
            }
        }
        for together in waiting.chunk_by(|a, b| a == b) {
            let count = i32::try_from(together.len()).unwrap_or(i32::MAX);
            for (place, opening) in (0..count).zip(together) {
                taken_up.push(calendar.add(*opening, over / count * place)?);
            }
        }
        Ok(taken_up)
    }

    /// Agents by the hour of the week, and the share that they are expected to answer in time.
    fn live(&self, target: TimeDelta, served: &[f64]) -> Result<(Vec<u32>, Option<f64>), Failure> {
        let arguments = self.arguments;
        let goal = Goal::new(f64::from(arguments.share) / 100.0, target)?
            .occupancy_at_most(f64::from(arguments.occupancy) / 100.0)?;
        let chat = Chat::new(arguments.concurrency, arguments.slowdown)?;
        let mut agents = vec![0; 168];
        let (mut in_time, mut all) = (0.0, 0.0);
        for (hour, rate) in served
            .iter()
            .enumerate()
            .filter(|(hour, _)| self.is_open(*hour))
        {
            let demand = Demand::new(*rate, arguments.handling)?;
            // Somebody has to be there.
            let least = chat.least_agents(demand, arguments.patience, &goal)?.max(1);
            agents[hour] = least;
            in_time += rate * self.level(chat, demand, least, target)?;
            all += rate;
        }
        Ok((agents, (all > 0.0).then(|| in_time / all)))
    }

    fn level(
        &self,
        chat: Chat,
        demand: Demand,
        agents: u32,
        target: TimeDelta,
    ) -> Result<f64, QueueError> {
        let (demand, slots) = (chat.slots_demand(demand)?, chat.slots(agents));
        match self.arguments.patience {
            Some(patience) => ErlangA::new(demand, patience, slots)?
                .service_level(ServiceLevel::AnsweredOfAll, target),
            None => ErlangC::new(demand, slots)?.service_level(target),
        }
    }

    /// The same number of agents in all opening hours, such that every message of the history would
    /// have been answered in time.
    fn deferred(&self, target: TimeDelta) -> Result<deferred::DeferredNeed, Failure> {
        let span = &self.profile.span;
        let reach = span.start..span.end + AFTER + target;
        let open = self.service.open(reach.clone());
        let counting: Vec<(DateTime<Utc>, DateTime<Utc>)> = match self.arguments.clock {
            Clock::Calendar => vec![(reach.start, reach.end)],
            Clock::Open => pairs(&open),
            Clock::Days => {
                let dates = self.service.open_dates(&reach).into_iter();
                pairs(&dates.map(|date| self.service.day(date)).collect())
            }
        };
        let handling = self.arguments.handling;
        let seconds = (handling.num_seconds() as f64 * self.scale).round() as u64;
        let mut work = Vec::with_capacity(self.history.times.len());
        for time in &self.history.times {
            let due = deferred::due(&counting, *time, target).ok_or_else(|| {
                Failure::Input(format!(
                    "a message of {time} would be due after the holidays known"
                ))
            })?;
            // One message is for one agent: the last one begins a handling time before it is due.
            work.push(Work::new(*time, (due - handling).max(*time), seconds));
        }
        let duty: Vec<Duty> = open
            .stretches()
            .iter()
            .map(|s| Duty::new(s.start, s.end))
            .collect();
        deferred::least_agents(&work, &duty).map_err(|error| match error {
            QueueError::NobodyOnDuty { from, due, .. } => Failure::Input(format!(
                "no number of people keeps a target of {} by this clock: what comes at {from} is due at \
                 {due}, and the service is closed in between; open longer, or count by --clock days or \
                 --clock open",
                crate::text::time(target)
            )),
            error => Failure::from(error),
        })
    }
}

fn pairs(times: &OpenTimes) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    times.stretches().iter().map(|s| (s.start, s.end)).collect()
}

impl Sized {
    /// What a typical week needs, slot by slot, with `reserve` people more while open.
    pub(crate) fn need(&self, service: &Service, reserve: u32) -> Result<WeekNeed, Failure> {
        let mut need = WeekNeed::new(SLOT)?;
        let a_day = SLOTS / 7;
        for slot in (0..SLOTS).filter(|slot| service.week[*slot]) {
            let day = Weekday::try_from((slot / a_day) as u8).unwrap_or(Weekday::Mon);
            let from = (slot % a_day) as u32 * SLOT;
            let people = self.people[slot * SLOT as usize / 60].saturating_add(reserve);
            need = need.set(day, from, from + SLOT, people)?;
        }
        Ok(need)
    }
}
