use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::Calendar;
use crate::hours::Plan;
use crate::table::Table;
use crate::week::DAY;

/// Why an instant is closed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Closed {
    /// No regular hours at this time of the week.
    OutsideHours,
    /// The local date is a holiday of this name.
    Holiday(Arc<str>),
    /// The local date has hours of its own for this reason, and none now.
    Exception(Arc<str>),
    /// Outside the years that a calendar covers.
    BeyondHorizon,
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutsideHours => f.write_str("outside hours"),
            Self::Holiday(name) | Self::Exception(name) => f.write_str(name),
            Self::BeyondHorizon => f.write_str("beyond the years covered"),
        }
    }
}

/// A stretch of time that is open throughout, or closed for one reason throughout.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Segment {
    /// Its first instant.
    pub from: DateTime<Utc>,
    /// The instant after it.
    pub to: DateTime<Utc>,
    /// Why it is closed; none where it is open.
    pub closed: Option<Closed>,
}

impl Segment {
    /// Whether it is open.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    /// How long it lasts.
    #[must_use]
    pub fn duration(&self) -> TimeDelta {
        self.to - self.from
    }
}

/// The stretches of a time, in order; made by [`Calendar::segments`].
#[derive(Debug, Clone)]
pub struct Segments<'a> {
    calendar: &'a Calendar,
    at: i64,
    end: i64,
}

impl<'a> Segments<'a> {
    pub(crate) const fn new(calendar: &'a Calendar, at: i64, end: i64) -> Self {
        Self { calendar, at, end }
    }
}

impl Iterator for Segments<'_> {
    type Item = Segment;

    fn next(&mut self) -> Option<Segment> {
        if self.at >= self.end {
            return None;
        }
        let mut segment = self.calendar.segment(self.at, self.end);
        self.at = segment.to.timestamp();
        // A table's edge is no seam.
        while self.at < self.end {
            let next = self.calendar.segment(self.at, self.end);
            if next.closed != segment.closed {
                break;
            }
            segment.to = next.to;
            self.at = next.to.timestamp();
        }
        Some(segment)
    }
}

/// The stretch from `at` to a change of state or reason, to a local midnight, to the table's edge or
/// to `until`, whichever comes first. It is never empty.
pub(crate) fn segment(plan: &Plan, table: &Table, at: i64, until: i64) -> Segment {
    let (to, closed) = if at < table.from {
        (table.from, Some(Closed::BeyondHorizon))
    } else if at >= table.to {
        (i64::MAX, Some(Closed::BeyondHorizon))
    } else if let Some(open) = table.holding(at) {
        (open.end, None)
    } else {
        let (wall, offset_changes) = table.wall(at);
        let midnight = at + DAY - wall.rem_euclid(DAY);
        let opens = table.after(at).map_or(table.to, |open| open.start);
        let date = DateTime::from_timestamp(wall, 0)
            .unwrap_or_default()
            .date_naive();
        (
            opens.min(midnight).min(offset_changes),
            Some(plan.why_closed(date)),
        )
    };
    let instant = |at| DateTime::from_timestamp(at, 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
    Segment {
        from: instant(at),
        to: instant(to.min(until)),
        closed,
    }
}
