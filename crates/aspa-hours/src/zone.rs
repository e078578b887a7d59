use chrono::{DateTime, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;

/// From this instant on, the wall clock shows UTC plus `offset` seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Offsets {
    pub(crate) from: i64,
    pub(crate) offset: i64,
}

/// How far apart the zone is looked at. A zone that changed its offset and changed it back within
/// this time would be missed; the closest two changes of any zone from 1900 to 2099 lie 6.9 days
/// apart (America/Boa_Vista in 2000; `chrono-tz` 0.10.4, every half hour looked at, 2026-11).
const STEP: i64 = 86_400;

/// The offsets of a zone in `[from, to)`, one for each change.
pub(crate) fn offsets(zone: Tz, from: i64, to: i64) -> Vec<Offsets> {
    let mut known = vec![Offsets {
        from,
        offset: offset_at(zone, from),
    }];
    if zone == Tz::UTC {
        return known;
    }
    let mut at = from;
    let mut offset = known[0].offset;
    while at < to {
        let next = (at + STEP).min(to);
        let then = offset_at(zone, next);
        if then != offset {
            let (mut before, mut after) = (at, next);
            while after - before > 1 {
                let middle = before + (after - before) / 2;
                if offset_at(zone, middle) == offset {
                    before = middle;
                } else {
                    after = middle;
                }
            }
            offset = offset_at(zone, after);
            known.push(Offsets {
                from: after,
                offset,
            });
            at = after;
        } else {
            at = next;
        }
    }
    known.retain(|change| change.from < to);
    known
}

fn offset_at(zone: Tz, at: i64) -> i64 {
    let utc: NaiveDateTime = DateTime::from_timestamp(at, 0)
        .unwrap_or_default()
        .naive_utc();
    i64::from(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc())
}
