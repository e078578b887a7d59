use std::fmt;
use std::sync::Arc;

use std::ops::Range;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::calendar::HORIZON_END;
use crate::instant::sealed::Span as _;
use crate::{Calendar, Instant};

/// Why an instant is closed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Closed {
    /// No regular hours at this time of the week.
    OutsideHours,
    /// The local date is a holiday of this name, or a half-day with hours of its own.
    Holiday(Arc<str>),
    /// The local date has hours of its own for this reason, and none now.
    Exception(Arc<str>),
    /// A break of this name, in time that would be open without it.
    Break(Arc<str>),
    /// One part of a combined calendar, and why that is closed.
    #[non_exhaustive]
    Part {
        /// Its name, else its place, such as `part 2`.
        part: Arc<str>,
        /// Its own reason.
        why: Box<Self>,
    },
    /// Open by itself, but taken away by the part of this name.
    Taken(Arc<str>),
    /// Outside the years that a calendar covers.
    BeyondHorizon,
}

impl Closed {
    /// The reason itself, without the parts of a combined calendar that it holds in.
    #[must_use]
    pub fn innermost(&self) -> &Self {
        match self {
            Self::Part { why, .. } => why.innermost(),
            reason => reason,
        }
    }

    /// Whether somebody gave it a name.
    pub(crate) fn is_named(&self) -> bool {
        !matches!(self.innermost(), Self::OutsideHours | Self::BeyondHorizon)
    }

    pub(crate) fn in_part(self, part: Arc<str>) -> Self {
        let why = Box::new(self);
        Self::Part { part, why }
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutsideHours => f.write_str("outside hours"),
            Self::Holiday(name) | Self::Exception(name) | Self::Break(name) => f.write_str(name),
            Self::Part { part, why } => write!(f, "{part}: {why}"),
            Self::Taken(by) => write!(f, "taken by {by}"),
            Self::BeyondHorizon => f.write_str("beyond the years covered"),
        }
    }
}

/// A stretch of time that is open throughout, or closed for one reason throughout.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Segment<T = DateTime<Utc>> {
    /// Its first instant.
    pub from: T,
    /// The instant after it.
    pub to: T,
    /// Why it is closed; none where it is open.
    pub closed: Option<Closed>,
}

impl<T: Instant> Segment<T> {
    /// Whether it is open.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    /// How long it lasts.
    #[must_use]
    pub fn duration(&self) -> T::Span {
        T::Span::of(self.to.seconds().saturating_sub(self.from.seconds()))
    }
}

/// The stretches of a time, open and closed; made by [`Calendar::segments`].
#[derive(Debug, Clone)]
pub struct Segments<'a, T = DateTime<Utc>> {
    calendar: &'a Calendar,
    from: T,
    at: i64,
    end: i64,
}

impl<'a, T: Instant> Segments<'a, T> {
    pub(crate) fn new(calendar: &'a Calendar, from: T, to: T) -> Self {
        Self {
            calendar,
            from,
            at: from.seconds(),
            end: to.seconds(),
        }
    }
}

impl<T: Instant> Iterator for Segments<'_, T> {
    type Item = Segment<T>;

    fn next(&mut self) -> Option<Segment<T>> {
        if self.at >= self.end {
            return None;
        }
        let Segment {
            from,
            mut to,
            closed,
        } = self.calendar.segment(self.at, self.end);
        // A table's edge is no seam.
        while to < self.end {
            let next = self.calendar.segment(to, self.end);
            if next.closed != closed {
                break;
            }
            to = next.to;
        }
        self.at = to;
        Some(Segment {
            from: self.from.at(from),
            to: self.from.at(to),
            closed,
        })
    }
}

/// The open stretches of a time; made by [`Calendar::iter`].
#[derive(Debug, Clone)]
pub struct Stretches<'a, T = DateTime<Utc>> {
    calendar: &'a Calendar,
    at: T,
    end: i64,
}

impl<'a, T: Instant> Stretches<'a, T> {
    pub(crate) fn new(calendar: &'a Calendar, time: Range<T>) -> Self {
        Self {
            calendar,
            at: time.start,
            end: time.end.seconds(),
        }
    }
}

impl<T: Instant> Iterator for Stretches<'_, T> {
    type Item = Range<T>;

    fn next(&mut self) -> Option<Range<T>> {
        let opens = self.calendar.next_open(self.at).ok()?;
        if opens.seconds() >= self.end {
            return None;
        }
        let closes = match self.calendar.next_close(opens.seconds()) {
            Ok(closes) => closes.min(self.end),
            // Open to the end of the horizon.
            Err(_) => self.end.min(HORIZON_END),
        };
        self.at = self.at.at(closes);
        Some(opens..self.at)
    }
}
