use std::fmt;
use std::ops::{Range, RangeInclusive};
use std::sync::{Arc, OnceLock};

use chrono_tz::Tz;

use crate::combined::Combined;
use crate::days::BusinessDays;
use crate::instant::{sealed::Span as _, utc};
use crate::interval::DAY;
use crate::plan::Plan;
use crate::stretch::Stretch;
use crate::table::{Open, Table};
use crate::tier::{TIERS, Tier};
use crate::zone::day_at;
use crate::{Closed, Edge, Hours, HoursError, Instant, Schedule, Segment, Segments, Stretches};

/// The years that a calendar covers, by UTC.
///
/// Time-zone rules are known this far; what lies outside counts as closed, with the reason
/// [`Closed::BeyondHorizon`], and no search ends there: a question asked from outside is answered with
/// an instant of these years, or not at all.
pub const HORIZON: RangeInclusive<i32> = 1900..=2099;

/// The instant after the [`HORIZON`]: 2100-01-01 00:00 UTC.
pub(crate) const HORIZON_END: i64 = 4_102_444_800;

pub(crate) fn covers_year(year: i32) -> bool {
    HORIZON.contains(&year)
}

/// Compiled opening hours: every question is a look-up.
///
/// Opening is judged on the wall clock: an instant is open when the wall clock shows an open time
/// at that instant (another reading is [`ClockChanges::Rfc5545`](crate::ClockChanges)). Around a
/// clock change a skipped wall time never comes, a repeated one counts both times, and business time
/// is always seconds that really pass. Everything is in whole seconds; fractions of a second are cut
/// off. Cloning is cheap, and clones share their tables.
///
/// Questions may be asked in Unix seconds or in [`chrono::DateTime`] of any zone; see [`Instant`].
#[derive(Clone)]
pub struct Calendar {
    inner: Arc<Inner>,
}

struct Inner {
    schedule: Schedule,
    source: Source,
    tiers: [OnceLock<Tier>; 3],
}

enum Source {
    Plan(Box<Plan>),
    Combined(Combined),
}

impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Calendar").field(self.schedule()).finish()
    }
}

impl Calendar {
    pub(crate) fn of_plan(hours: Hours, plan: Plan) -> Self {
        Self::new(hours.into(), Source::Plan(Box::new(plan)))
    }

    pub(crate) fn combined(schedule: Schedule, parts: Combined) -> Self {
        Self::new(schedule, Source::Combined(parts))
    }

    fn new(schedule: Schedule, source: Source) -> Self {
        Self {
            inner: Arc::new(Inner {
                schedule,
                source,
                tiers: Default::default(),
            }),
        }
    }

    /// Open at every instant of the [`HORIZON`].
    #[must_use]
    pub fn always() -> Self {
        static ALWAYS: OnceLock<Calendar> = OnceLock::new();
        let make = || {
            let hours = Hours {
                open: crate::Rules::always(),
                ..Hours::new(Tz::UTC)
            };
            let plan = Plan::unchecked(hours.clone());
            Self::of_plan(hours, plan)
        };
        ALWAYS.get_or_init(make).clone()
    }

    /// What this calendar was built from.
    #[must_use]
    pub fn schedule(&self) -> &Schedule {
        &self.inner.schedule
    }

    /// The hours that this calendar was built from; none where it combines several.
    #[must_use]
    pub fn hours(&self) -> Option<&Hours> {
        match self.schedule() {
            Schedule::Hours(hours) => Some(hours),
            _ => None,
        }
    }

    pub(crate) fn parts(&self) -> Option<&Combined> {
        match &self.inner.source {
            Source::Plan(_) => None,
            Source::Combined(parts) => Some(parts),
        }
    }

    /// Whether no instant of the [`HORIZON`] is open.
    #[must_use]
    pub fn is_never_open(&self) -> bool {
        (0..TIERS.len()).all(|n| self.table(n).is_empty())
    }

    /// The zone whose local dates and wall clock the calendar is told by; of several the first.
    #[must_use]
    pub fn zone(&self) -> Tz {
        self.schedule().zone()
    }

    /// Whether `at` is open.
    #[must_use]
    pub fn is_open<T: Instant>(&self, at: T) -> bool {
        self.open_at(at.seconds()).is_some()
    }

    /// The first open instant from `from` on; `from` itself where it is open.
    ///
    /// # Errors
    /// [`HoursError::BeyondHorizon`] where there is none within the [`HORIZON`].
    pub fn next_open<T: Instant>(&self, from: T) -> Result<T, HoursError> {
        let at = from.seconds();
        if self.open_at(at).is_some() {
            return Ok(from);
        }
        self.first(at, |table| table.after(at).map(|open| open.start))
            .map(|found| from.at(found))
    }

    /// The first closed instant from `from` on; `from` itself where it is closed.
    ///
    /// # Errors
    /// [`HoursError::BeyondHorizon`] where there is none within the [`HORIZON`].
    pub fn next_close<T: Instant>(&self, from: T) -> Result<T, HoursError> {
        let at = from.seconds();
        if self.open_at(at).is_none() {
            return Ok(from);
        }
        // A stretch that runs to the end of a table may go on in the next one.
        let close = |table: &Table| {
            table
                .holding(at)
                .map(|open| open.end)
                .filter(|&end| end < table.to)
        };
        self.first(at, close).map(|found| from.at(found))
    }

    /// The first instant after `from` at which it opens or closes.
    ///
    /// # Errors
    /// [`HoursError::BeyondHorizon`] where there is none within the [`HORIZON`].
    pub fn next_change<T: Instant>(&self, from: T) -> Result<T, HoursError> {
        if self.is_open(from) {
            self.next_close(from)
        } else {
            self.next_open(from)
        }
    }

    /// Open time from `a` to `b`; negative where `b` comes before `a`.
    #[must_use]
    pub fn between<T: Instant>(&self, a: T, b: T) -> T::Span {
        let (a, b) = (a.seconds(), b.seconds());
        let table = self.covering(a.min(b), a.max(b));
        T::Span::of(table.open_before(b) - table.open_before(a))
    }

    /// The smallest instant from `from` on by which `amount` of open time has passed.
    ///
    /// So a day that is used up exactly is due at closing time, and nothing added is `from` itself.
    /// A negative amount goes back, as [`sub`](Self::sub) does.
    ///
    /// # Errors
    /// [`HoursError::BeyondHorizon`] where the open time does not come within the [`HORIZON`].
    pub fn add<T: Instant>(&self, from: T, amount: T::Span) -> Result<T, HoursError> {
        self.walk(from, amount.seconds())
    }

    /// As [`add`](Self::add), with a say in where a used-up day is due.
    ///
    /// With [`Edge::Reopen`] the answer is the first open instant from that of `add` on: closing
    /// time becomes the next opening, and nothing added is the next open instant. A negative amount
    /// goes back, as [`sub_to`](Self::sub_to) does.
    ///
    /// # Errors
    /// [`HoursError::BeyondHorizon`] where there is none within the [`HORIZON`].
    pub fn add_to<T: Instant>(
        &self,
        from: T,
        amount: T::Span,
        edge: Edge,
    ) -> Result<T, HoursError> {
        let seconds = amount.seconds();
        let met = self.walk(from, seconds)?;
        match edge {
            Edge::Close => Ok(met),
            Edge::Reopen if seconds < 0 => self.closed_since(met),
            Edge::Reopen => self.next_open(met),
        }
    }

    /// The largest instant up to `from` since which `amount` of open time has passed.
    ///
    /// A negative amount goes forward, as [`add`](Self::add) does.
    ///
    /// # Errors
    /// [`HoursError::BeyondHorizon`] where the open time does not lie within the [`HORIZON`].
    pub fn sub<T: Instant>(&self, from: T, amount: T::Span) -> Result<T, HoursError> {
        self.walk(from, amount.seconds().saturating_neg())
    }

    /// As [`sub`](Self::sub), with a say in where a used-up day began; the mirror image of
    /// [`add_to`](Self::add_to).
    ///
    /// With [`Edge::Reopen`] the answer is the smallest such instant instead of the largest: an
    /// opening instant becomes the closing one before it. A negative amount goes forward.
    ///
    /// # Errors
    /// [`HoursError::BeyondHorizon`] where there is none within the [`HORIZON`].
    pub fn sub_to<T: Instant>(
        &self,
        from: T,
        amount: T::Span,
        edge: Edge,
    ) -> Result<T, HoursError> {
        let seconds = amount.seconds();
        let met = self.walk(from, seconds.saturating_neg())?;
        match edge {
            Edge::Close => Ok(met),
            Edge::Reopen if seconds < 0 => self.next_open(met),
            Edge::Reopen => self.closed_since(met),
        }
    }

    /// Why `at` is closed; none where it is open.
    #[must_use]
    pub fn closed_reason<T: Instant>(&self, at: T) -> Option<Closed> {
        let at = at.seconds();
        self.segment(at, at.saturating_add(1)).closed
    }

    /// The open stretches of a time, cut off at its ends; in order, apart from each other.
    #[must_use]
    pub fn iter<T: Instant>(&self, time: Range<T>) -> Stretches<'_, T> {
        Stretches::new(self, time)
    }

    /// The stretches of `[a, b)`, open and closed, each closed one with its reason; they follow each
    /// other without a gap. None where `b` does not come after `a`.
    #[must_use]
    pub fn segments<T: Instant>(&self, a: T, b: T) -> Segments<'_, T> {
        Segments::new(self, a, b)
    }

    /// The close of the `n`th business day after the local date of `from`: three business days from
    /// a Thursday are over when Tuesday closes. With 0, the close of the business day of that date
    /// itself, or of the next one where `from` lies past that close or the date has none.
    ///
    /// A business day is a local date on which hours start, holidays and breaks considered; it
    /// closes when the last of them end, which may be on the next date. A tail of the day before is
    /// no start. Round the clock every date is one, and ends at midnight.
    ///
    /// # Errors
    /// [`HoursError::BeyondHorizon`] where there is none within the [`HORIZON`].
    pub fn end_of_nth_business_day<T: Instant>(&self, from: T, n: u32) -> Result<T, HoursError> {
        /// What a table needs on either side of a business day to know it whole.
        const MARGIN: i64 = 4 * DAY;
        let at = from.seconds();
        let date = day_at(self.zone(), at.clamp(-HORIZON_END, HORIZON_END));
        let horizon = TIERS.len() - 1;
        for n_tier in 0..=horizon {
            let table = self.table(n_tier);
            if n_tier < horizon && (at < table.from + MARGIN || table.to <= at) {
                continue;
            }
            let days = self.days(n_tier);
            let close = match n {
                0 => match days.close(date, 0) {
                    Some(close) if at <= close => Some(close),
                    _ => days.close(date, 1),
                },
                n => days.close(date, n as usize),
            };
            match close {
                Some(close) if n_tier == horizon || close < table.to - MARGIN => {
                    return Ok(from.at(close));
                }
                _ => {}
            }
        }
        Err(beyond(at))
    }

    /// The open stretch around `at`, as far as the smallest table knows it.
    fn open_at(&self, at: i64) -> Option<Open> {
        self.covering(at, at).holding(at)
    }

    /// The instant nearest to `from` up to which so many open seconds pass, back if negative.
    fn walk<T: Instant>(&self, from: T, seconds: i64) -> Result<T, HoursError> {
        if seconds == 0 {
            return Ok(from);
        }
        let at = from.seconds();
        let found = self.first(at, |table| {
            let sum = table.open_before(at).saturating_add(seconds);
            if seconds > 0 {
                table.earliest(sum)
            } else {
                table.latest(sum)
            }
        })?;
        Ok(from.at(found))
    }

    /// The largest instant up to `from` with open time just before it.
    fn closed_since<T: Instant>(&self, from: T) -> Result<T, HoursError> {
        let at = from.seconds();
        let found = self.first(at, |table| table.open_until(at))?;
        Ok(if found == at { from } else { from.at(found) })
    }

    /// The stretch from `at` to a change of state or reason, to a local midnight, to a table's edge or
    /// to `until`, whichever comes first. It is never empty.
    pub(crate) fn segment(&self, at: i64, until: i64) -> Segment<i64> {
        let tier = self.tier_covering(at, at);
        let table = &tier.table;
        let (closed, to) = if at < table.from {
            (Some(Closed::BeyondHorizon), table.from)
        } else if at >= table.to {
            (Some(Closed::BeyondHorizon), i64::MAX)
        } else if let Some(open) = table.holding(at) {
            (None, open.end)
        } else {
            let (why, to) = match &self.inner.source {
                Source::Plan(plan) => tier.why_closed(plan, at),
                Source::Combined(parts) => parts.why_closed(at, until.min(table.to)),
            };
            (Some(why), to)
        };
        Segment {
            from: at,
            to: to.min(until),
            closed,
        }
    }

    /// The smallest table that covers both instants, else the largest.
    fn covering(&self, first: i64, last: i64) -> &Table {
        &self.tier_covering(first, last).table
    }

    fn tier_covering(&self, first: i64, last: i64) -> &Tier {
        for n in 0..TIERS.len() - 1 {
            let tier = self.tier(n);
            if tier.table.from <= first && last < tier.table.to {
                return tier;
            }
        }
        self.tier(TIERS.len() - 1)
    }

    /// The first answer, from the smallest table that covers `at` upwards; the largest one is asked
    /// also from outside it.
    fn first(
        &self,
        at: i64,
        mut ask: impl FnMut(&Table) -> Option<i64>,
    ) -> Result<i64, HoursError> {
        for n in 0..TIERS.len() {
            let table = self.table(n);
            let covers = table.from <= at && at < table.to;
            if (covers || n == TIERS.len() - 1)
                && let Some(found) = ask(table)
            {
                return Ok(found);
            }
        }
        Err(beyond(at))
    }

    pub(crate) fn table(&self, n: usize) -> &Table {
        &self.tier(n).table
    }

    fn tier(&self, n: usize) -> &Tier {
        self.inner.tiers[n].get_or_init(|| match &self.inner.source {
            Source::Plan(plan) => Tier::of_plan(plan, n),
            Source::Combined(parts) => Tier::of_stretches(parts.stretches(n), n),
        })
    }

    fn days(&self, n: usize) -> &BusinessDays {
        let make = || BusinessDays::new(self.zone(), self.shifts(n));
        self.tier(n).days(make)
    }

    pub(crate) fn shifts(&self, n: usize) -> Vec<Stretch> {
        let tier = self.tier(n);
        match &self.inner.source {
            Source::Plan(plan) => tier.shifts(plan, n),
            Source::Combined(parts) => parts.shifts(n, tier.table.stretches()),
        }
    }
}

#[cold]
fn beyond(from: i64) -> HoursError {
    HoursError::BeyondHorizon { from: utc(from) }
}
