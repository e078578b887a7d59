//! When customers write: the volume of each hour of the week, from real history.

use std::fmt;
use std::ops::Range;

use chrono::{DateTime, TimeDelta, TimeZone, Utc, Weekday};
use serde::Serialize;

use crate::local::{self, DAY, WEEK};
use crate::open_times::OpenTimes;

/// Hours in a week.
const CELLS: usize = 168;

/// The longest span that a profile may have. A longer one is a wrong year in the history.
const LONGEST: i64 = 100 * 366 * DAY;

/// How many messages came in each hour of the local week.
///
/// An hour of the week occurs once a week, save where the clock is changed: an hour that is repeated
/// occurs twice on that day, one that is skipped does not occur, and so the mean of that hour is
/// neither doubled nor halved. An hour of which only a part lies in the span occurs for that part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Profile {
    /// What was looked at, `[from, to)`.
    pub span: Range<DateTime<Utc>>,
    /// How many messages came within the span.
    pub messages: u64,
    /// How many of those given lie outside the span. They count nowhere else.
    pub outside_span: u64,
    hours: Vec<Hour>,
}

/// One hour of the week, and how it was each time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Hour {
    /// The day of the week, on the local clock.
    pub day: Weekday,
    /// The hour of the day, 0 to 23: that which begins with this full hour on the local clock.
    pub hour: u32,
    /// How many messages came in it, over the whole span.
    pub messages: u64,
    /// For how many seconds of the span the local clock showed this hour of the week.
    pub seconds: i64,
    /// How many came each time that it occurred, ascending.
    counts: Vec<u32>,
}

impl Hour {
    /// How many messages came each time, ascending. Its length is how often the hour occurred.
    #[must_use]
    pub fn counts(&self) -> &[u32] {
        &self.counts
    }

    /// The mean number of messages in one occurrence of a full hour: `messages * 3600 / seconds`.
    /// None where the hour did not occur.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.seconds > 0).then(|| self.messages as f64 * 3600.0 / self.seconds as f64)
    }

    /// The most messages that came in one occurrence; 0 where it did not occur.
    #[must_use]
    pub fn peak(&self) -> u32 {
        self.counts.last().copied().unwrap_or(0)
    }

    /// The number of messages that `percent` of the occurrences do not exceed (nearest rank): the
    /// smallest count such that at least that share of the occurrences has no more. 50 is the
    /// median, 100 and above the peak, 0 the least. 0 where the hour did not occur.
    #[must_use]
    pub fn percentile(&self, percent: u8) -> u32 {
        let rank = (self.counts.len() * usize::from(percent.min(100))).div_ceil(100);
        let place = rank.max(1) - 1;
        self.counts.get(place).copied().unwrap_or(0)
    }
}

/// Why a profile cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// The span ends before it begins, or with it.
    #[error("the span from {} to {} is empty", .0.start, .0.end)]
    EmptySpan(Range<DateTime<Utc>>),
    /// The span is longer than a hundred years, which no history is.
    #[error("the span from {} to {} is longer than a hundred years: is a date wrong?", .0.start, .0.end)]
    LongSpan(Range<DateTime<Utc>>),
}

impl Profile {
    /// Counts messages by the hour of the local week in which they came. Times are taken by the
    /// whole second, in any order. O(n log n) in the messages, and linear in the hours of the span.
    ///
    /// # Errors
    ///
    /// Where the span is empty or longer than a hundred years.
    pub fn observe<Z: TimeZone>(
        times: impl IntoIterator<Item = DateTime<Utc>>,
        span: Range<DateTime<Utc>>,
        zone: &Z,
    ) -> Result<Self, ProfileError> {
        let (from, to) = (span.start.timestamp(), span.end.timestamp());
        if from >= to {
            return Err(ProfileError::EmptySpan(span));
        }
        if to - from > LONGEST {
            return Err(ProfileError::LongSpan(span));
        }
        let mut within: Vec<i64> = Vec::new();
        let mut outside_span = 0;
        for time in times.into_iter().map(|time| time.timestamp()) {
            match (from..to).contains(&time) {
                true => within.push(time),
                false => outside_span += 1,
            }
        }
        within.sort_unstable();

        let mut hours: Vec<Hour> = (0..CELLS).map(Hour::never).collect();
        let edges: Vec<i64> = (1..=24).map(|hour| hour * 3600).collect();
        let mut rest = within.as_slice();
        for piece in local::pieces(zone, &edges, from, to) {
            let count = rest.partition_point(|time| *time < piece.to);
            rest = &rest[count..];
            let cell = local::weekday_number(piece.day) * 24 + (piece.wall / 3600) as usize;
            let hour = &mut hours[cell];
            hour.messages += count as u64;
            hour.seconds += piece.seconds();
            hour.counts.push(u32::try_from(count).unwrap_or(u32::MAX));
        }
        hours
            .iter_mut()
            .for_each(|hour| hour.counts.sort_unstable());
        Ok(Self {
            span,
            messages: within.len() as u64,
            outside_span,
            hours,
        })
    }

    /// The whole local days from the first message to the last, which is what a history without
    /// stated bounds says something about. None without messages.
    pub fn whole_days<Z: TimeZone>(
        times: impl IntoIterator<Item = DateTime<Utc>>,
        zone: &Z,
    ) -> Option<Range<DateTime<Utc>>> {
        let mut bounds: Option<(i64, i64)> = None;
        for time in times.into_iter().map(|time| time.timestamp()) {
            let (first, last) = bounds.get_or_insert((time, time));
            (*first, *last) = ((*first).min(time), (*last).max(time));
        }
        let (first, last) = bounds?;
        let day = |at| {
            local::pieces(zone, &[DAY], at, at + 1)
                .next()
                .map(|p| p.day)
        };
        let from = local::instant(zone, day(first)?, 0);
        let to = local::instant(zone, day(last)? + 1, 0);
        Some(DateTime::from_timestamp(from, 0)?..DateTime::from_timestamp(to, 0)?)
    }

    /// All 168 hours of the week, from Monday midnight.
    #[must_use]
    pub fn hours(&self) -> &[Hour] {
        &self.hours
    }

    /// One hour of the week. None where `hour` is above 23.
    #[must_use]
    pub fn hour(&self, day: Weekday, hour: u32) -> Option<&Hour> {
        let day = day.num_days_from_monday() as usize;
        (hour < 24).then(|| &self.hours[day * 24 + hour as usize])
    }

    /// The hour of the week with the highest mean; the first of equals. None without messages.
    #[must_use]
    pub fn busiest(&self) -> Option<&Hour> {
        let rate = |hour: &Hour| hour.mean().unwrap_or(0.0);
        let busy = self.hours.iter().filter(|hour| hour.messages > 0);
        busy.reduce(|best, hour| match rate(hour) > rate(best) {
            true => hour,
            false => best,
        })
    }

    /// How long was looked at.
    #[must_use]
    pub fn length(&self) -> TimeDelta {
        self.span.end - self.span.start
    }
}

impl Hour {
    fn never(cell: usize) -> Self {
        Self {
            day: WEEK[cell / 24],
            hour: (cell % 24) as u32,
            messages: 0,
            seconds: 0,
            counts: Vec::new(),
        }
    }
}

/// How much of the demand falls into the opening hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Reach {
    /// How many messages came while the service was open.
    pub open: u64,
    /// How many came while it was closed.
    pub closed: u64,
}

impl Reach {
    /// Judges each message by the instant at which it came.
    #[must_use]
    pub fn of(times: impl IntoIterator<Item = DateTime<Utc>>, open: &OpenTimes) -> Self {
        let mut reach = Self { open: 0, closed: 0 };
        for time in times {
            match open.is_open(time) {
                true => reach.open += 1,
                false => reach.closed += 1,
            }
        }
        reach
    }

    /// The part of the messages that came while the service was closed, in tenths of a percent,
    /// rounded half up. None without messages.
    #[must_use]
    pub fn closed_per_mille(&self) -> Option<u32> {
        let all = u128::from(self.open) + u128::from(self.closed);
        // At most 1,000.
        (all > 0).then(|| ((u128::from(self.closed) * 2000 + all) / (2 * all)) as u32)
    }
}

/// "38.0 % write when you are closed"
impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.closed_per_mille() {
            Some(share) => write!(
                f,
                "{}.{} % write when you are closed",
                share / 10,
                share % 10
            ),
            None => f.write_str("nobody wrote"),
        }
    }
}
