//! Time cut into pieces in which the local clock runs on without a jump and passes no edge.

use chrono::{DateTime, NaiveDate, Offset, TimeZone, Weekday};

/// Seconds of a day on the wall.
pub(crate) const DAY: i64 = 86_400;

/// A stretch of time, and what the local clock shows when it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) from: i64,
    pub(crate) to: i64,
    /// Days since 1970-01-01, on the wall.
    pub(crate) day: i64,
    /// Seconds after midnight, on the wall.
    pub(crate) wall: i64,
}

impl Piece {
    pub(crate) fn seconds(&self) -> i64 {
        self.to - self.from
    }
}

/// Cuts `[from, to)`, in Unix seconds, at the given times of day (ascending, the last is 86,400) and
/// wherever the clock is changed. An hour that the clock repeats makes two pieces, one that it skips none.
pub(crate) fn pieces<Z: TimeZone>(
    zone: &Z,
    edges: &[i64],
    from: i64,
    to: i64,
) -> impl Iterator<Item = Piece> {
    let mut at = from;
    std::iter::from_fn(move || {
        if at >= to {
            return None;
        }
        let offset = offset(zone, at);
        let local = at + offset;
        let wall = local.rem_euclid(DAY);
        let edge = edges.iter().copied().find(|edge| *edge > wall);
        let mut end = to.min(at + edge.unwrap_or(DAY) - wall);
        if self::offset(zone, end - 1) != offset {
            end = change(zone, at, end - 1, offset);
        }
        let piece = Piece {
            from: at,
            to: end,
            day: local.div_euclid(DAY),
            wall,
        };
        at = end;
        Some(piece)
    })
}

/// The instant at which a local clock shows this. A time that the clock skips becomes the jump, one
/// that it repeats the first of the two.
pub(crate) fn instant<Z: TimeZone>(zone: &Z, day: i64, wall: i64) -> i64 {
    let local = day * DAY + wall;
    // Offsets stay within a day, so what is sought lies between these.
    let (mut before, mut after) = (local - 2 * DAY, local + 2 * DAY);
    let early = local - offset(zone, local - DAY);
    let late = local - offset(zone, local + DAY);
    for candidate in [early.min(late), early.max(late)] {
        if candidate + offset(zone, candidate) == local {
            return candidate;
        }
    }
    // The time is skipped: the first instant at which the clock shows more.
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        match middle + offset(zone, middle) >= local {
            true => after = middle,
            false => before = middle,
        }
    }
    after
}

/// What the local clock is ahead of UTC, in seconds.
fn offset<Z: TimeZone>(zone: &Z, at: i64) -> i64 {
    DateTime::from_timestamp(at, 0).map_or(0, |at| {
        let offset = zone.offset_from_utc_datetime(&at.naive_utc()).fix();
        i64::from(offset.local_minus_utc())
    })
}

/// The first second of `(at, last]` with another offset than the one at `at`.
fn change<Z: TimeZone>(zone: &Z, at: i64, last: i64, old: i64) -> i64 {
    let (mut same, mut other) = (at, last);
    while other - same > 1 {
        let middle = same + (other - same) / 2;
        match offset(zone, middle) == old {
            true => same = middle,
            false => other = middle,
        }
    }
    other
}

/// Days from 1970-01-01 to a date.
pub(crate) fn day_number(date: NaiveDate) -> i64 {
    date.signed_duration_since(NaiveDate::default()).num_days()
}

/// The date that is so many days after 1970-01-01, at the ends of what a date can be.
pub(crate) fn date(day: i64) -> NaiveDate {
    DateTime::from_timestamp(day.saturating_mul(DAY), 0).map_or(
        if day < 0 {
            NaiveDate::MIN
        } else {
            NaiveDate::MAX
        },
        |at| at.date_naive(),
    )
}

/// 0 is Monday.
pub(crate) fn weekday_number(day: i64) -> usize {
    // 1970-01-01 was a Thursday. The remainder is 0 to 6.
    (day + 3).rem_euclid(7) as usize
}

/// The days of a week from Monday.
pub(crate) const WEEK: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];

#[cfg(test)]
mod tests {
    use chrono::{FixedOffset, Utc};
    use chrono_tz::{America, Australia, Europe, Tz};

    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<DateTime<Utc>>().unwrap().timestamp()
    }

    fn hours(zone: Tz, from: &str, to: &str) -> Vec<(i64, i64)> {
        let edges: Vec<i64> = (1..=24).map(|hour| hour * 3600).collect();
        pieces(&zone, &edges, at(from), at(to))
            .map(|piece| (piece.wall, piece.seconds()))
            .collect()
    }

    #[test]
    fn an_hour_that_the_clock_skips_is_not_there() {
        // Helsinki, 2026-03-29: 03:00 becomes 04:00 at 01:00 UTC.
        let night = hours(
            Europe::Helsinki,
            "2026-03-29T00:00:00Z",
            "2026-03-29T02:00:00Z",
        );
        assert_eq!(night, [(2 * 3600, 3600), (4 * 3600, 3600)]);
    }

    #[test]
    fn an_hour_that_the_clock_repeats_is_there_twice() {
        let night = hours(
            Europe::Helsinki,
            "2026-10-25T00:00:00Z",
            "2026-10-25T03:00:00Z",
        );
        assert_eq!(
            night,
            [(3 * 3600, 3600), (3 * 3600, 3600), (4 * 3600, 3600)]
        );
    }

    #[test]
    fn half_an_hour_is_repeated_on_lord_howe() {
        // 2026-04-05: 02:00 (+11) becomes 01:30 (+10:30) at 15:00 UTC the day before.
        let night = hours(
            Australia::Lord_Howe,
            "2026-04-04T14:00:00Z",
            "2026-04-04T16:00:00Z",
        );
        assert_eq!(night, [(3600, 3600), (5400, 1800), (7200, 1800)]);
    }

    #[test]
    fn wall_times_become_instants() {
        let cases = [
            (
                "plain",
                Tz::Europe__Helsinki,
                "2026-06-01",
                9,
                "2026-06-01T06:00:00Z",
            ),
            (
                "skipped",
                Tz::Europe__Helsinki,
                "2026-03-29",
                3,
                "2026-03-29T01:00:00Z",
            ),
            (
                "repeated",
                Tz::Europe__Helsinki,
                "2026-10-25",
                3,
                "2026-10-25T00:00:00Z",
            ),
            (
                "after",
                Tz::Europe__Helsinki,
                "2026-10-25",
                4,
                "2026-10-25T02:00:00Z",
            ),
            (
                "24:00",
                Tz::Europe__Helsinki,
                "2026-12-31",
                24,
                "2026-12-31T22:00:00Z",
            ),
            (
                "no midnight",
                America::Sao_Paulo,
                "2018-11-04",
                0,
                "2018-11-04T03:00:00Z",
            ),
            (
                "skipped day",
                Tz::Pacific__Apia,
                "2011-12-30",
                12,
                "2011-12-30T10:00:00Z",
            ),
        ];
        for (name, zone, date, hour, expected) in cases {
            let day = day_number(date.parse().unwrap());
            assert_eq!(instant(&zone, day, hour * 3600), at(expected), "{name}");
        }
    }

    #[test]
    fn days_have_numbers() {
        assert_eq!(
            weekday_number(day_number("2026-11-22".parse().unwrap())),
            6,
            "Sunday"
        );
        assert_eq!(
            date(day_number("1969-12-31".parse().unwrap())).to_string(),
            "1969-12-31"
        );
        let nepal = FixedOffset::east_opt(20_700).unwrap();
        assert_eq!(instant(&nepal, 0, 20_700), 0);
    }
}
