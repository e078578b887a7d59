//! When a service is open: plain stretches of time.

use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};

/// Stretches of time in which a service is open, each `[from, to)`, ascending, apart from one another.
///
/// They come from whatever knows the opening hours, `aspa-hours` for one, over the span that is
/// looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpenTimes(Vec<Range<DateTime<Utc>>>);

impl OpenTimes {
    /// Takes stretches in any order. Those that overlap or touch become one, empty ones are dropped.
    #[must_use]
    pub fn new(stretches: impl IntoIterator<Item = Range<DateTime<Utc>>>) -> Self {
        let mut stretches: Vec<_> = stretches.into_iter().filter(|s| s.start < s.end).collect();
        stretches.sort_by_key(|stretch| (stretch.start, stretch.end));
        let mut joined: Vec<Range<DateTime<Utc>>> = Vec::with_capacity(stretches.len());
        for stretch in stretches {
            match joined.last_mut() {
                Some(last) if stretch.start <= last.end => last.end = last.end.max(stretch.end),
                _ => joined.push(stretch),
            }
        }
        Self(joined)
    }

    /// The stretches, ascending, with closed time between any two.
    #[must_use]
    pub fn stretches(&self) -> &[Range<DateTime<Utc>>] {
        &self.0
    }

    /// Whether the service is open at an instant. O(log n).
    #[must_use]
    pub fn is_open(&self, at: DateTime<Utc>) -> bool {
        let after = self.0.partition_point(|stretch| stretch.start <= at);
        after > 0 && at < self.0[after - 1].end
    }

    /// How long the service is open altogether.
    #[must_use]
    pub fn length(&self) -> TimeDelta {
        self.0
            .iter()
            .map(|stretch| stretch.end - stretch.start)
            .sum()
    }
}

impl FromIterator<Range<DateTime<Utc>>> for OpenTimes {
    fn from_iter<I: IntoIterator<Item = Range<DateTime<Utc>>>>(stretches: I) -> Self {
        Self::new(stretches)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    #[test]
    fn stretches_join_where_they_touch() {
        let open = OpenTimes::new([
            at(60)..at(90),
            at(0)..at(30),
            at(30)..at(40),
            at(5)..at(5),
            at(70)..at(80),
        ]);
        assert_eq!(open.stretches(), [at(0)..at(40), at(60)..at(90)]);
        assert_eq!(open.length(), TimeDelta::minutes(70));
        let judged = [-1, 0, 30, 39, 40, 59, 60, 89, 90].map(|minute| open.is_open(at(minute)));
        let expected = [false, true, true, true, false, false, true, true, false];
        assert_eq!(judged, expected);
    }
}
