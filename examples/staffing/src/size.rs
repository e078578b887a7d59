//! How many people it takes for a target: live work by queueing, deferred work by its deadlines.

use aspa_staffing::deferred::{self, DeferredNeed, Duty, Tightest, Work};
use aspa_staffing::{
    Chat, Demand, ErlangA, ErlangC, Goal, OpenTimes, Profile, QueueError, ServiceLevel, Shrinkage,
    WeekNeed,
};
use chrono::{DateTime, TimeDelta, Utc, Weekday};

use crate::Failure;
use crate::arguments::{Arguments, Clock, SLOT};
use crate::service::{SLOTS, Service};
use crate::week::Week;

/// Up to here work is live: somebody sits and waits for it.
pub(crate) const LIVE: TimeDelta = TimeDelta::hours(4);

/// Into how many pieces an hour of deferred work is cut.
const PIECES: i32 = 12;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Model {
    ErlangC,
    ErlangA,
    Deferred,
}

#[derive(Debug, Clone)]
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
    /// The shorter target whose team this is, since it is smaller and keeps this one too.
    pub(crate) team_of: Option<TimeDelta>,
    /// The shorter target whose team has no fewer in any hour.
    pub(crate) part_of: Option<TimeDelta>,
    /// Which stretch of the week asks for so many, on the wall. Deferred work only.
    pub(crate) tightest: Option<Tightest>,
}

/// What does not depend on the target.
pub(crate) struct Sizing<'a> {
    pub(crate) arguments: &'a Arguments,
    pub(crate) week: &'a Week<'a>,
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
        Ok(Sized {
            target,
            model,
            served,
            people: self.people(&agents)?,
            agents,
            expected,
            team_of: None,
            part_of: None,
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
        let span = self.week.span.clone();
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
        let mut taken_up = Vec::with_capacity(self.week.times.len());
        let mut waiting = Vec::new();
        for time in self.week.times {
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

    /// The same number of agents in all opening hours, such that all messages of the week, which comes
    /// again and again, are answered in time.
    fn deferred(&self, target: TimeDelta) -> Result<DeferredNeed, Failure> {
        let need = self.least(&self.work(target)?, &[1; 168]);
        let mut need = need.map_err(|error| match error {
            QueueError::NobodyOnDuty { from, due, .. } => Failure::Input(format!(
                "no number of people keeps a target of {} by this clock: what comes on {} is to be taken \
                 up by {}, {} of handling before it is due, and the service is closed in between; open \
                 longer, or count by {}",
                crate::text::time(target),
                on_the_wall(from),
                on_the_wall(due),
                crate::text::time(self.arguments.handling),
                match self.arguments.clock {
                    Clock::Calendar => "--clock days or --clock open",
                    Clock::Days | Clock::Open => "--clock open",
                }
            )),
            error => Failure::from(error),
        })?;
        // Somebody has to be there.
        need.agents = need.agents.max(1);
        Ok(need)
    }

    /// The team of a shorter target, of which no more than so many are at work in any hour: as few as
    /// a longer, deferred target allows. None where it does not even do with all of them.
    pub(crate) fn capped(&self, target: TimeDelta, team: &Sized) -> Result<Option<Sized>, Failure> {
        let work = self.work(target)?;
        let capped = |most: u32| {
            team.agents
                .iter()
                .map(|n| *n.min(&most))
                .collect::<Vec<_>>()
        };
        let enough = |most: u32| match self.least(&work, &capped(most)) {
            Ok(need) => Ok(need.agents <= 1),
            Err(QueueError::NobodyOnDuty { .. }) => Ok(false),
            Err(error) => Err(error),
        };
        let (mut too_few, mut most) = (0, team.agents.iter().max().copied().unwrap_or(0));
        if most == 0 || !enough(most)? {
            return Ok(None);
        }
        while most - too_few > 1 {
            let middle = too_few + (most - too_few) / 2;
            match enough(middle)? {
                true => most = middle,
                false => too_few = middle,
            }
        }
        let agents = capped(most);
        Ok(Some(Sized {
            target,
            model: Model::Deferred,
            served: None,
            people: self.people(&agents)?,
            agents,
            expected: None,
            team_of: None,
            part_of: Some(team.target),
            tightest: None,
        }))
    }

    fn people(&self, agents: &[u32]) -> Result<Vec<u32>, QueueError> {
        let shrinkage = Shrinkage::percent(self.arguments.shrinkage)?;
        agents.iter().map(|n| shrinkage.people(*n)).collect()
    }

    /// What has to be done in a week by a deferred target.
    fn work(&self, target: TimeDelta) -> Result<Vec<Work>, Failure> {
        let arguments = self.arguments;
        // Several at once take longer each, and less together, or are taken one by one.
        let together = arguments.slowdown / f64::from(arguments.concurrency);
        let (each, share) = match together < 1.0 {
            true => (arguments.slowdown, together),
            false => (1.0, 1.0),
        };
        let handling = arguments.handling.num_seconds() as f64;
        let each = TimeDelta::seconds((handling * each).ceil() as i64);
        let (mut expected, mut laid_down) = (0.0, 0);
        let pieces = self.pieces().zip(self.due(target)?);
        let work = pieces.map(|(piece, due)| {
            expected += piece.messages * handling * share;
            // Rounded as a sum, so that no seconds come in by rounding each.
            let seconds = (expected.round() as u64).saturating_sub(laid_down);
            laid_down += seconds;
            // One message is for one agent: the last one begins a handling time before it is due.
            Work::new(piece.at, (due - each).max(piece.at), seconds)
        });
        Ok(work.collect())
    }

    /// How many agents for each of these weights of the 168 hours do the work, week after week.
    fn least(&self, work: &[Work], weights: &[u32]) -> Result<DeferredNeed, QueueError> {
        let mut duty = Vec::new();
        for stretch in self.service.typical.stretches() {
            let mut at = stretch.start;
            while at < stretch.end {
                let hour = (at - self.service.monday).num_hours();
                let next = self.service.monday + TimeDelta::hours(hour + 1);
                let weight = usize::try_from(hour)
                    .ok()
                    .and_then(|hour| weights.get(hour));
                let part = Duty::new(at, next.min(stretch.end));
                duty.push(part.weighing(weight.copied().unwrap_or(0)));
                at = next;
            }
        }
        deferred::least_agents_each(TimeDelta::days(7), work, &duty)
    }

    /// The week cut into pieces, with what is expected in each.
    fn pieces(&self) -> impl Iterator<Item = Piece> {
        let hours = self.week.profile.hours().iter();
        let rates = hours.map(|hour| hour.mean().unwrap_or(0.0) * self.scale);
        rates.enumerate().flat_map(|(hour, rate)| {
            let start = self.service.monday + TimeDelta::hours(hour as i64);
            (0..PIECES).map(move |piece| Piece {
                at: start + TimeDelta::hours(1) / PIECES * piece,
                messages: rate / f64::from(PIECES),
            })
        })
    }

    /// When what comes in each of the pieces is due: by opening hours where it is live work.
    fn due(&self, target: TimeDelta) -> Result<Vec<DateTime<Utc>>, Failure> {
        let (monday, typical) = (self.service.monday, &self.service.typical);
        let clock = match target <= LIVE {
            true => Clock::Open,
            false => self.arguments.clock,
        };
        let counting = match clock {
            Clock::Calendar => vec![(monday, monday + TimeDelta::days(7))],
            Clock::Open => pairs(typical),
            Clock::Days => {
                let days = (0..7).map(|day| monday + TimeDelta::days(day));
                let days = days.map(|day| day..day + TimeDelta::days(1));
                let opens = |day: &std::ops::Range<_>| {
                    let stretches = typical.stretches().iter();
                    stretches
                        .clone()
                        .any(|s| s.start < day.end && s.end > day.start)
                };
                pairs(&days.filter(opens).collect())
            }
        };
        let a_week = counting
            .iter()
            .map(|(from, to)| *to - *from)
            .sum::<TimeDelta>();
        let closed = || Failure::Input("--open: closed all week where the history ends".to_owned());
        let weeks = target.num_seconds().checked_div(a_week.num_seconds());
        let weeks = weeks.ok_or_else(closed)?.saturating_add(3);
        let repeated: Vec<_> = (0..weeks.min(5000))
            .map(|week| TimeDelta::days(7 * week))
            .flat_map(|by| {
                counting
                    .iter()
                    .map(move |(from, to)| (*from + by, *to + by))
            })
            .collect();
        let due = |piece: Piece| deferred::due(&repeated, piece.at, target);
        let far = || {
            Failure::Input(format!(
                "--target {}: due in too many years",
                crate::text::time(target)
            ))
        };
        self.pieces()
            .map(|piece| due(piece).ok_or_else(far))
            .collect()
    }

    /// Whether nothing is due earlier by one target than by another, so that who keeps the other keeps
    /// this one.
    pub(crate) fn is_no_stricter(&self, one: TimeDelta, other: TimeDelta) -> Result<bool, Failure> {
        // Live work may put off what came while closed for longer than its target.
        let other = match other <= LIVE {
            true => other.max(self.arguments.backlog.unwrap_or(other)),
            false => other,
        };
        let (earlier, later) = (self.due(other)?, self.due(one)?);
        Ok(earlier
            .iter()
            .zip(&later)
            .all(|(earlier, later)| earlier <= later))
    }
}

/// A part of the week.
#[derive(Debug, Clone, Copy)]
struct Piece {
    at: DateTime<Utc>,
    messages: f64,
}

/// A time of the typical week: "Mon 09:00".
pub(crate) fn on_the_wall(at: DateTime<Utc>) -> String {
    at.format("%a %H:%M").to_string()
}

fn pairs(times: &OpenTimes) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    times.stretches().iter().map(|s| (s.start, s.end)).collect()
}

impl Sized {
    /// Minutes of agents at work in a typical week.
    pub(crate) fn agent_minutes(&self, service: &Service) -> u64 {
        let slots = (0..SLOTS).filter(|slot| service.week[*slot]);
        let agents = slots.map(|slot| u64::from(self.agents[slot * SLOT as usize / 60]));
        agents.sum::<u64>() * u64::from(SLOT)
    }

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
