//! Work that may wait: answers promised within hours or days.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::demand::{Demand, MOST_AGENTS};
use crate::error::QueueError;

/// A piece of work with a deadline, such as the messages of one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Work {
    /// From when on it can be done.
    pub arrives: DateTime<Utc>,
    /// By when it is to be done. [`due`] finds it in business time.
    pub due: DateTime<Utc>,
    /// Seconds of work for one agent.
    pub seconds: u64,
}

impl Work {
    /// So many seconds of work between two instants.
    #[must_use]
    pub fn new(arrives: DateTime<Utc>, due: DateTime<Utc>, seconds: u64) -> Self {
        Self {
            arrives,
            due,
            seconds,
        }
    }
}

/// A stretch of time, `[from, to)`, and who works in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Duty {
    /// When it begins.
    pub from: DateTime<Utc>,
    /// When it is over.
    pub to: DateTime<Utc>,
    /// Agents on duty for each one that is asked for: 1 in a flat pattern, 2 where the pattern has two
    /// for the one elsewhere, 0 where only the idle time of others counts.
    pub weight: u32,
    /// Seconds that live staff has to spare, evenly over the stretch ([`idle`]).
    pub idle: u64,
}

impl Duty {
    /// A stretch with one agent for each one that is asked for, and no idle time of others.
    #[must_use]
    pub fn new(from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        Self {
            from,
            to,
            weight: 1,
            idle: 0,
        }
    }

    /// The same with another weight.
    #[must_use]
    pub fn weighing(self, weight: u32) -> Self {
        Self { weight, ..self }
    }

    /// The same with idle seconds of live staff.
    #[must_use]
    pub fn with_idle(self, idle: u64) -> Self {
        Self { idle, ..self }
    }
}

/// How many agents get deferred work done in time, and which stretch of time asks for so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DeferredNeed {
    /// The least whole agents of weight 1. Shrinkage is not in it ([`Shrinkage`](crate::Shrinkage)).
    pub agents: u32,
    /// Where one agent fewer would be too few. None where nobody is needed.
    pub tightest: Option<Tightest>,
}

/// The stretch of time in which one agent fewer would be too few.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Tightest {
    /// Where it begins: an arrival.
    pub from: DateTime<Utc>,
    /// Where it ends: a deadline.
    pub until: DateTime<Utc>,
    /// Seconds of work that arrive and are due in it.
    pub work: u64,
    /// Seconds of duty of one agent in it.
    pub duty: u64,
    /// Idle seconds of live staff in it.
    pub idle: u64,
}

/// The least whole agents who get all work done by its deadline.
///
/// This is the demand-bound test of earliest-deadline-first: between any two instants, the work that
/// both arrives and is due there is at most what the agents on duty can do there. What passes it,
/// agents who always take up what is due first do in time, and what fails it nobody can.
/// (C. L. Liu and J. W. Layland 1973; S. K. Baruah, L. E. Rosier and R. R. Howell 1990.)
///
/// Whole seconds; fractions of instants are cut. Idle time is spread evenly over its stretch and
/// rounded down. Work is taken as divisible among agents, while one message is for one agent: to be
/// sure, take a handling time off the deadline. `duty` in any order, none overlapping another.
/// O(j log j log n) for j pieces of work.
///
/// # Errors
/// [`QueueError::DueBeforeArrival`], [`QueueError::Duty`] for a stretch that is empty or overlaps,
/// [`QueueError::NobodyOnDuty`] where no number of agents is enough, [`QueueError::OutOfReach`] where
/// it is more than [`MOST_AGENTS`].
pub fn least_agents(work: &[Work], duty: &[Duty]) -> Result<DeferredNeed, QueueError> {
    Demanded::new(&jobs(work)?, &capacity(stretches(duty)?)).least()
}

/// The least whole agents for a pattern of work and duty that comes again and again, such as a week.
///
/// Work near the end of the period overlaps with the next one, so it is laid out until no later
/// stretch of time can be tighter; and a team that falls behind by a second each period is too small.
/// Where a period asks for so many by itself, it is what is given as tightest.
/// All work arrives within one period, and all duty lies within one, of any two.
///
/// # Errors
/// As [`least_agents`]; [`QueueError::LongerThanPeriod`] where work or duty span more than `period`;
/// [`QueueError::OutOfRange`] where `period` is less than a second, or a deadline over 1,000 periods.
pub fn least_agents_each(
    period: TimeDelta,
    work: &[Work],
    duty: &[Duty],
) -> Result<DeferredNeed, QueueError> {
    let period = period.num_seconds();
    let (work, duty) = (jobs(work)?, stretches(duty)?);
    let Some(first) = work.first().map(|job| job.arrives) else {
        return Ok(DeferredNeed {
            agents: 0,
            tightest: None,
        });
    };
    let longest = work
        .iter()
        .map(|job| job.due - job.arrives)
        .max()
        .unwrap_or(0);
    if !(1..=i64::MAX / 4096).contains(&period) || longest > period * 1000 {
        return Err(QueueError::OutOfRange {
            field: "period",
            value: period as f64,
            range: "at least a second and a thousandth of the longest deadline",
        });
    }
    if work.iter().any(|job| job.arrives - first >= period) {
        return Err(QueueError::LongerThanPeriod { field: "work" });
    }
    let from = duty.first().map_or(first, |stretch| stretch.from);
    if duty.iter().any(|stretch| stretch.to - from > period) {
        return Err(QueueError::LongerThanPeriod { field: "duty" });
    }
    // A stretch of time longer than a period and the longest deadline is no tighter than the same
    // without its first period, so that tells how far to lay the work out.
    let copies = 2 + longest / period + i64::from(longest % period != 0);
    let laid_out: Vec<Job> = (0..copies)
        .flat_map(|k| work.iter().map(move |job| job.later(k * period)))
        .collect();
    let shift = (from - first).rem_euclid(period) - (from - first);
    let around = (-1..2 * copies).flat_map(|k| {
        duty.iter()
            .map(move |stretch| stretch.later(shift + k * period))
    });
    let need = Demanded::new(&laid_out, &capacity(around)).least()?;

    let once = capacity(duty.iter().copied());
    let in_a_period = Window {
        from: first,
        until: first + period,
        work: work.iter().map(|job| u128::from(job.seconds)).sum(),
        capacity: once.last().map_or(Amount::default(), |mark| {
            mark.before + mark.stretch.amount()
        }),
    };
    let agents = in_a_period.agents()?;
    if need.agents > agents || agents == 0 {
        return Ok(need);
    }
    Ok(DeferredNeed {
        agents,
        tightest: Some(in_a_period.into()),
    })
}

/// The smallest instant at which so much open time has passed since `from`: the deadline of work that
/// is promised in business time. An amount that ends with an open stretch is due when that closes.
///
/// `open` is ascending and free of overlaps. None where it ends too early.
#[must_use]
pub fn due(
    open: &[(DateTime<Utc>, DateTime<Utc>)],
    from: DateTime<Utc>,
    open_time: TimeDelta,
) -> Option<DateTime<Utc>> {
    let mut left = open_time;
    if left <= TimeDelta::zero() {
        return Some(from);
    }
    let first = open.partition_point(|stretch| stretch.1 <= from);
    for stretch in &open[first..] {
        let start = stretch.0.max(from);
        if stretch.1 - start >= left {
            return Some(start + left);
        }
        left -= stretch.1 - start;
    }
    None
}

/// The seconds that so many live agents have to spare in a time: their own less the offered work
/// ([`Demand::work`]), and none where they are fewer than the load.
///
/// They come in pieces between contacts: work that cannot be laid down in the middle gets less.
#[must_use]
pub fn idle(agents: u32, demand: Demand, length: TimeDelta) -> u64 {
    let length = u64::try_from(length.num_seconds()).unwrap_or(0);
    u64::from(agents)
        .saturating_mul(length)
        .saturating_sub(demand.work(length))
}

/// [`Work`] in whole seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job {
    pub(crate) arrives: i64,
    pub(crate) due: i64,
    pub(crate) seconds: u64,
}

impl Job {
    fn later(self, by: i64) -> Self {
        Self {
            arrives: self.arrives + by,
            due: self.due + by,
            ..self
        }
    }
}

/// In order of arrival, without empty ones.
pub(crate) fn jobs(work: &[Work]) -> Result<Vec<Job>, QueueError> {
    let mut jobs = Vec::with_capacity(work.len());
    for &Work {
        arrives,
        due,
        seconds,
    } in work
    {
        if due < arrives {
            return Err(QueueError::DueBeforeArrival { arrives, due });
        }
        if seconds > 0 {
            jobs.push(Job {
                arrives: arrives.timestamp(),
                due: due.timestamp(),
                seconds,
            });
        }
    }
    jobs.sort_unstable_by_key(|job| (job.arrives, job.due));
    Ok(jobs)
}

fn instant(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// [`Duty`] in whole seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    pub(crate) from: i64,
    pub(crate) to: i64,
    weight: u32,
    idle: u64,
}

impl Stretch {
    fn later(self, by: i64) -> Self {
        Self {
            from: self.from + by,
            to: self.to + by,
            ..self
        }
    }

    /// How many work in it, idle time counted as whole agents.
    pub(crate) fn staff(&self, agents: u32) -> usize {
        let length = (self.to - self.from).unsigned_abs();
        let staff = u64::from(agents) * u64::from(self.weight) + self.idle / length;
        usize::try_from(staff).unwrap_or(usize::MAX)
    }

    /// What there is of it.
    fn amount(&self) -> Amount {
        self.amount_until(self.to)
    }

    /// What there is of it up to an instant.
    fn amount_until(&self, at: i64) -> Amount {
        let passed = u128::from((at.clamp(self.from, self.to) - self.from).unsigned_abs());
        let length = u128::from((self.to - self.from).unsigned_abs());
        Amount {
            duty: passed * u128::from(self.weight),
            idle: u128::from(self.idle) * passed / length,
        }
    }
}

/// In order of time, none empty, none overlapping.
pub(crate) fn stretches(duty: &[Duty]) -> Result<Vec<Stretch>, QueueError> {
    let mut stretches: Vec<Stretch> = duty
        .iter()
        .map(|duty| Stretch {
            from: duty.from.timestamp(),
            to: duty.to.timestamp(),
            weight: duty.weight,
            idle: duty.idle,
        })
        .collect();
    stretches.sort_unstable_by_key(|stretch| stretch.from);
    let mut end = i64::MIN;
    for stretch in &stretches {
        if stretch.from < end || stretch.to <= stretch.from {
            return Err(QueueError::Duty {
                from: instant(stretch.from),
            });
        }
        end = stretch.to;
    }
    Ok(stretches)
}

/// Seconds to work in: those of one agent on duty, and those that live staff has to spare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Amount {
    duty: u128,
    idle: u128,
}

impl Amount {
    /// Seconds that so many agents have.
    fn of(self, agents: u32) -> u128 {
        self.duty * u128::from(agents) + self.idle
    }
}

impl std::ops::Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            duty: self.duty + other.duty,
            idle: self.idle + other.idle,
        }
    }
}

impl std::ops::Sub for Amount {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            duty: self.duty - other.duty,
            idle: self.idle - other.idle,
        }
    }
}

/// A stretch, and what there was before it.
#[derive(Debug, Clone, Copy)]
struct Mark {
    stretch: Stretch,
    before: Amount,
}

fn capacity(stretches: impl IntoIterator<Item = Stretch>) -> Vec<Mark> {
    let mut before = Amount::default();
    let mark = |stretch: Stretch| {
        let mark = Mark { stretch, before };
        before = before + stretch.amount();
        mark
    };
    stretches.into_iter().map(mark).collect()
}

fn amount_until(capacity: &[Mark], at: i64) -> Amount {
    match capacity.partition_point(|mark| mark.stretch.from < at) {
        0 => Amount::default(),
        after => {
            let mark = &capacity[after - 1];
            mark.before + mark.stretch.amount_until(at)
        }
    }
}

/// A piece of work, in order of arrival, with what there is to work in before it arrives and is due.
#[derive(Debug, Clone, Copy)]
struct Piece {
    job: Job,
    at_arrival: Amount,
    at_due: Amount,
}

/// What is asked of the agents.
#[derive(Debug)]
struct Demanded(Vec<Piece>);

impl Demanded {
    fn new(jobs: &[Job], capacity: &[Mark]) -> Self {
        let piece = |&job: &Job| Piece {
            job,
            at_arrival: amount_until(capacity, job.arrives),
            at_due: amount_until(capacity, job.due),
        };
        Self(jobs.iter().map(piece).collect())
    }

    fn least(&self) -> Result<DeferredNeed, QueueError> {
        let Some(mut late) = self.late(0) else {
            return Ok(DeferredNeed {
                agents: 0,
                tightest: None,
            });
        };
        if let Some(late) = self.late(MOST_AGENTS) {
            self.tightest(MOST_AGENTS, late).agents()?;
            return Err(QueueError::OutOfReach(MOST_AGENTS));
        }
        let (mut too_few, mut enough, mut step) = (0, MOST_AGENTS, 1);
        while enough - too_few > 1 {
            let agents = (too_few + step).min(too_few + (enough - too_few) / 2);
            match self.late(agents) {
                Some(piece) => (too_few, late) = (agents, piece),
                None => enough = agents,
            }
            step = step.saturating_mul(2);
        }
        let tightest = self.tightest(too_few, late).into();
        Ok(DeferredNeed {
            agents: enough,
            tightest: Some(tightest),
        })
    }

    /// The first piece that so many agents do too late, if they always take up what is due first.
    ///
    /// Time is measured by what the agents can have done, so that it stands still while nobody is on
    /// duty and each second of it does a second of work.
    fn late(&self, agents: u32) -> Option<Piece> {
        let mut waiting: BinaryHeap<Reverse<(u128, usize)>> = BinaryHeap::new();
        let mut left: Vec<u128> = self
            .0
            .iter()
            .map(|piece| piece.job.seconds.into())
            .collect();
        let (mut now, mut next) = (0_u128, 0);
        loop {
            let arrival = self.0.get(next).map(|piece| piece.at_arrival.of(agents));
            if let Some(arrival) = arrival.filter(|&arrival| arrival <= now || waiting.is_empty()) {
                now = now.max(arrival);
                waiting.push(Reverse((self.0[next].at_due.of(agents), next)));
                next += 1;
                continue;
            }
            let Reverse((due, index)) = waiting.pop()?;
            let done = arrival.map_or(left[index], |arrival| left[index].min(arrival - now));
            now += done;
            left[index] -= done;
            if left[index] > 0 {
                waiting.push(Reverse((due, index)));
            } else if now > due {
                return Some(self.0[index]);
            }
        }
    }

    /// The stretch that makes a piece late: among those that end where it is due, or in closed time
    /// after that, the one with the most work too much.
    fn tightest(&self, agents: u32, late: Piece) -> Window {
        let end = late.at_due.of(agents);
        let due = self.0.iter().filter(|piece| piece.at_due.of(agents) <= end);
        let last = due
            .clone()
            .max_by_key(|piece| piece.job.due)
            .unwrap_or(&late);
        let mut work = 0_u128;
        let windows = due.rev().map(|piece| {
            work += u128::from(piece.job.seconds);
            Window {
                from: piece.job.arrives,
                until: last.job.due,
                work,
                capacity: last.at_due - piece.at_arrival,
            }
        });
        let excess = |window: &Window| window.work.saturating_sub(window.capacity.of(agents));
        windows.max_by_key(excess).unwrap_or(Window {
            from: late.job.arrives,
            until: late.job.due,
            work: late.job.seconds.into(),
            capacity: late.at_due - late.at_arrival,
        })
    }
}

/// Work between an arrival and a deadline, and what there is to do it in.
#[derive(Debug, Clone, Copy)]
struct Window {
    from: i64,
    until: i64,
    work: u128,
    capacity: Amount,
}

impl Window {
    /// The agents that it asks for: `ceil((work - idle) / duty)`.
    fn agents(&self) -> Result<u32, QueueError> {
        let left = self.work.saturating_sub(self.capacity.idle);
        if left == 0 {
            return Ok(0);
        }
        if self.capacity.duty == 0 {
            return Err(QueueError::NobodyOnDuty {
                from: instant(self.from),
                due: instant(self.until),
                seconds: u64::try_from(left).unwrap_or(u64::MAX),
            });
        }
        u32::try_from(left.div_ceil(self.capacity.duty))
            .ok()
            .filter(|&agents| agents <= MOST_AGENTS)
            .ok_or(QueueError::OutOfReach(MOST_AGENTS))
    }
}

impl From<Window> for Tightest {
    fn from(window: Window) -> Self {
        let whole = |seconds: u128| u64::try_from(seconds).unwrap_or(u64::MAX);
        Self {
            from: instant(window.from),
            until: instant(window.until),
            work: whole(window.work),
            duty: whole(window.capacity.duty),
            idle: whole(window.capacity.idle),
        }
    }
}
