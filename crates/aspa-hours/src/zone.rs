use chrono::{DateTime, NaiveDateTime, Offset as _, TimeZone};
use chrono_tz::Tz;

use crate::interval::DAY;
use crate::stretch::{Stretch, union};

/// In `[from, until)` the wall clock shows UTC plus `offset` seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Offset {
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) offset: i64,
}

/// How far apart the zone is looked at. A zone that changed its offset and changed it back within
/// this time would be missed; the closest two changes of any zone from 1900 to 2099 lie 6.9 days
/// apart (America/Boa_Vista in 2000; `chrono-tz` 0.10.4, every half hour looked at, 2026-11; a test
/// below looks every day).
const STEP: i64 = 6 * DAY;

/// The offsets of a zone in `[from, to)`, one for each change.
pub(crate) fn offsets(zone: Tz, from: i64, to: i64) -> Vec<Offset> {
    let mut known: Vec<Offset> = Vec::new();
    let mut started = from;
    let mut offset = offset_at(zone, from);
    let mut end = |until: i64, then: i64| {
        known.push(Offset {
            from: started,
            until,
            offset,
        });
        (started, offset) = (until, then);
    };
    let mut at = from;
    let mut now = offset_at(zone, from);
    while zone != Tz::UTC && at + STEP < to {
        let next = at + STEP;
        let then = offset_at(zone, next);
        at = next;
        if then == now {
            continue;
        }
        let (mut before, mut after) = (next - STEP, next);
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if offset_at(zone, middle) == now {
                before = middle;
            } else {
                after = middle;
            }
        }
        end(after, then);
        now = then;
    }
    end(to, now);
    known
}

/// The instants at which the wall clock lies in one of the stretches; `wall` is sorted and apart.
/// Each offset is looked at on its own: a wall time that is skipped meets no instant, one that is
/// repeated meets two.
pub(crate) fn shown(wall: &[Stretch], offsets: &[Offset]) -> Vec<Stretch> {
    let mut utc = Vec::with_capacity(wall.len());
    for known in offsets {
        let first = wall.partition_point(|stretch| stretch.1 - known.offset <= known.from);
        let shown = wall[first..].iter().map_while(|&(start, end)| {
            let start = (start - known.offset).max(known.from);
            let end = (end - known.offset).min(known.until);
            (start < known.until).then_some((start, end))
        });
        utc.extend(shown);
    }
    union(utc)
}

/// From the first to the last instant at which the wall clock lies in a stretch.
pub(crate) fn hull_shown((start, end): Stretch, offsets: &[Offset]) -> Option<Stretch> {
    let first = offsets.partition_point(|known| known.until + known.offset <= start);
    let shown = offsets[first..]
        .iter()
        .take_while(|known| known.from + known.offset < end);
    shown.fold(None, |hull: Option<Stretch>, known| {
        let start = (start - known.offset).max(known.from);
        let end = (end - known.offset).min(known.until);
        if start >= end {
            return hull;
        }
        Some(hull.map_or((start, end), |hull| (hull.0, end)))
    })
}

/// The stretches with each end mapped to one instant by RFC 5545 section 3.3.5, and cut to what the
/// offsets cover.
pub(crate) fn mapped(wall: &[Stretch], offsets: &[Offset]) -> Vec<Stretch> {
    let stretches = wall
        .iter()
        .map(|&(start, end)| (instant(start, offsets), instant(end, offsets)));
    union(stretches.collect())
}

/// The first instant at which the wall clock shows a time; of a skipped time the one told by the
/// offset before the jump.
fn instant(wall: i64, offsets: &[Offset]) -> i64 {
    let passed = offsets.partition_point(|known| known.until + known.offset <= wall);
    let before = passed.checked_sub(1).map(|n| offsets[n]);
    match (before, offsets.get(passed)) {
        (None, Some(known)) => (wall - known.offset).max(known.from),
        (Some(before), Some(known)) if wall - known.offset < known.from => wall - before.offset,
        (_, Some(known)) => wall - known.offset,
        (last, None) => last.map_or(wall, |last| last.until),
    }
}

/// The day that the wall clock shows at an instant, counted from 1970-01-01.
pub(crate) fn day_at(zone: Tz, at: i64) -> i32 {
    let day = (at + offset_at(zone, at)).div_euclid(DAY);
    i32::try_from(day).unwrap_or(0)
}

fn offset_at(zone: Tz, at: i64) -> i64 {
    let utc: NaiveDateTime = DateTime::from_timestamp(at, 0)
        .unwrap_or_default()
        .naive_utc();
    i64::from(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some zones; all of them where the environment sets `ASPA_THOROUGH`.
    #[test]
    fn no_change_of_any_zone_is_missed() {
        let (from, to) = (-2_208_988_800, 4_102_444_800);
        let every = if std::env::var_os("ASPA_THOROUGH").is_some() {
            1
        } else {
            12
        };
        for zone in chrono_tz::TZ_VARIANTS.into_iter().step_by(every) {
            let known = offsets(zone, from, to);
            let at = |instant: i64| known[known.partition_point(|o| o.from <= instant) - 1].offset;
            for instant in (from..to).step_by(DAY as usize) {
                assert_eq!(at(instant), offset_at(zone, instant), "{zone} {instant}");
            }
        }
    }
}
