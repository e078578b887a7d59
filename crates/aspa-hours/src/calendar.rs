use std::fmt;
use std::ops::RangeInclusive;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, TimeDelta, Utc};

use crate::hours::Plan;
use crate::table::Table;
use crate::{Closed, Hours, HoursError, Segment, Segments};

/// The years that a calendar covers, by UTC.
///
/// Time-zone rules are known this far; what lies outside counts as closed, with the reason
/// [`Closed::BeyondHorizon`], and no query answers with an instant there.
pub const HORIZON: RangeInclusive<i32> = 1900..=2099;

pub(crate) fn covers_year(year: i32) -> bool {
    HORIZON.contains(&year)
}

/// What is compiled at the first question that needs it; the last covers the horizon.
const TIERS: [std::ops::Range<i32>; 3] = [2022..2034, 2000..2060, 1900..2100];

/// Compiled opening hours: every question is a look-up.
///
/// Opening is judged on the wall clock: an instant is open when the wall clock shows an open time
/// at that instant. Around a clock change a skipped wall time never comes, a repeated one counts
/// both times, and business time is always seconds that really pass. Everything is in whole
/// seconds; fractions of a second are cut off. Cloning is cheap, and clones share their tables.
#[derive(Clone)]
pub struct Calendar {
    inner: Arc<Inner>,
}

struct Inner {
    plan: Plan,
    tiers: [OnceLock<Table>; 3],
}

impl fmt::Debug for Calendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Calendar")
            .field(&self.inner.plan.hours.describe())
            .finish()
    }
}

impl Calendar {
    pub(crate) fn new(plan: Plan) -> Self {
        Self {
            inner: Arc::new(Inner {
                plan,
                tiers: Default::default(),
            }),
        }
    }

    /// Open at every instant of the [`HORIZON`].
    #[must_use]
    pub fn always() -> Self {
        let hours = Hours {
            weekly: crate::Week::always(),
            ..Hours::new(chrono_tz::Tz::UTC)
        };
        Self::new(Plan::weekly(hours))
    }

    /// The hours that this calendar was built from.
    #[must_use]
    pub fn hours(&self) -> &Hours {
        &self.inner.plan.hours
    }

    /// Whether no instant is ever open.
    #[must_use]
    pub fn is_never_open(&self) -> bool {
        self.inner.plan.is_never()
    }

    /// Whether `at` is open.
    #[must_use]
    pub fn is_open(&self, at: DateTime<Utc>) -> bool {
        let at = at.timestamp();
        self.covering(at, at).holding(at).is_some()
    }

    /// The first open instant from `from` on; `from` itself where it is open.
    ///
    /// # Errors
    /// [`HoursError::BeyondHorizon`] where there is none within the [`HORIZON`].
    pub fn next_open(&self, from: DateTime<Utc>) -> Result<DateTime<Utc>, HoursError> {
        if self.is_open(from) {
            return Ok(from);
        }
        let at = from.timestamp();
        self.first(at, |table| table.after(at).map(|open| open.start))
            .ok_or_else(|| beyond(from))
    }

    /// The first closed instant from `from` on; `from` itself where it is closed.
    ///
    /// # Errors
    /// [`HoursError::BeyondHorizon`] where there is none within the [`HORIZON`].
    pub fn next_close(&self, from: DateTime<Utc>) -> Result<DateTime<Utc>, HoursError> {
        if !self.is_open(from) {
            return Ok(from);
        }
        let at = from.timestamp();
        // A stretch that runs to the end of a table may go on in the next one.
        let close = |table: &Table| {
            table
                .holding(at)
                .map(|open| open.end)
                .filter(|&end| end < table.to)
        };
        self.first(at, close).ok_or_else(|| beyond(from))
    }

    /// Open time from `a` to `b`; negative where `b` comes before `a`.
    #[must_use]
    pub fn between(&self, a: DateTime<Utc>, b: DateTime<Utc>) -> TimeDelta {
        let (a, b) = (a.timestamp(), b.timestamp());
        let table = self.covering(a.min(b), a.max(b));
        TimeDelta::seconds(table.open_before(b) - table.open_before(a))
    }

    /// The smallest instant from `from` on by which `amount` of open time has passed.
    ///
    /// So a day that is used up exactly is due at closing time, and nothing added is `from` itself.
    /// A negative amount goes back, as [`sub`](Self::sub) does.
    ///
    /// # Errors
    /// [`HoursError::BeyondHorizon`] where the open time does not come within the [`HORIZON`].
    pub fn add(&self, from: DateTime<Utc>, amount: TimeDelta) -> Result<DateTime<Utc>, HoursError> {
        let seconds = amount.num_seconds();
        if seconds < 0 {
            return self.sub(from, -amount);
        }
        if seconds == 0 {
            return Ok(from);
        }
        let at = from.timestamp();
        self.first(at, |table| table.earliest(table.open_before(at) + seconds))
            .ok_or_else(|| beyond(from))
    }

    /// The largest instant up to `from` since which `amount` of open time has passed.
    ///
    /// A negative amount goes forward, as [`add`](Self::add) does.
    ///
    /// # Errors
    /// [`HoursError::BeyondHorizon`] where the open time does not lie within the [`HORIZON`].
    pub fn sub(&self, from: DateTime<Utc>, amount: TimeDelta) -> Result<DateTime<Utc>, HoursError> {
        let seconds = amount.num_seconds();
        if seconds < 0 {
            return self.add(from, -amount);
        }
        if seconds == 0 {
            return Ok(from);
        }
        let at = from.timestamp();
        self.first(at, |table| table.latest(table.open_before(at) - seconds))
            .ok_or_else(|| beyond(from))
    }

    /// Why `at` is closed; none where it is open.
    #[must_use]
    pub fn closed_reason(&self, at: DateTime<Utc>) -> Option<Closed> {
        let at = at.timestamp();
        self.segment(at, at + 1).closed
    }

    /// The stretches of `[a, b)`, open and closed, each closed one with its reason; they follow each
    /// other without a gap. None where `b` does not come after `a`.
    #[must_use]
    pub fn segments(&self, a: DateTime<Utc>, b: DateTime<Utc>) -> Segments<'_> {
        Segments::new(self, a.timestamp(), b.timestamp())
    }

    /// The stretch that starts at `at` and is cut off at `until`.
    pub(crate) fn segment(&self, at: i64, until: i64) -> Segment {
        crate::segments::segment(&self.inner.plan, self.covering(at, at), at, until)
    }

    /// The smallest table that covers both instants, else the largest.
    fn covering(&self, first: i64, last: i64) -> &Table {
        for n in 0..TIERS.len() - 1 {
            let table = self.table(n);
            if table.from <= first && last < table.to {
                return table;
            }
        }
        self.table(TIERS.len() - 1)
    }

    /// The first answer, from the smallest table that covers `at` upwards.
    fn first(&self, at: i64, mut ask: impl FnMut(&Table) -> Option<i64>) -> Option<DateTime<Utc>> {
        for n in 0..TIERS.len() {
            let table = self.table(n);
            if table.from <= at
                && at < table.to
                && let Some(found) = ask(table)
            {
                return DateTime::from_timestamp(found, 0);
            }
        }
        None
    }

    fn table(&self, n: usize) -> &Table {
        self.inner.tiers[n].get_or_init(|| Table::new(&self.inner.plan, TIERS[n].clone()))
    }
}

#[cold]
fn beyond(from: DateTime<Utc>) -> HoursError {
    HoursError::BeyondHorizon { from }
}
