//! What a week of regular hours comes to once breaks are taken out: for telling it to others.

use crate::{Break, Hours, Interval, OnHolidays, Rules};

/// One stretch, in seconds since the midnight of the day on which its plan starts: `[start, end)`.
/// After a break it may start past 24:00.
pub(crate) type Piece = (u32, u32);

/// From midnight to midnight.
pub(crate) const WHOLE_DAY: Piece = (0, DAY);

/// The open pieces of each weekday, Monday first; each day sorted, its pieces apart.
pub(crate) type Week = [Vec<Piece>; 7];

/// Regular hours that go by the weekday alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Weekly {
    /// The days that are no holidays.
    pub(crate) days: Week,
    /// The days that are holidays; none where the rules do not speak of holidays.
    pub(crate) holidays: Option<Week>,
}

impl Weekly {
    /// The plan of rules; none where they speak of dates, weeks or weekdays of a month.
    pub(crate) fn of(rules: &Rules, breaks: &Breaks) -> Option<Self> {
        let taken = |week: [Vec<Interval>; 7]| breaks.taken_from(&week);
        Some(Self {
            days: taken(rules.weekly()?),
            holidays: match rules.on_holidays() {
                OnHolidays::Unsaid => None,
                OnHolidays::Open(open) => Some(taken(std::array::from_fn(|_| open.clone()))),
                OnHolidays::ByWeekday(week) => Some(taken(week)),
            },
        })
    }
}

/// Breaks that go by the weekday alone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Breaks {
    week: Week,
}

impl Breaks {
    /// The breaks of some hours; none where one of them does not go by the weekday alone.
    pub(crate) fn of(hours: &Hours) -> Option<Self> {
        let mut week = Week::default();
        for Break { at, .. } in &hours.breaks {
            if at.on_holidays() != OnHolidays::Unsaid {
                return None;
            }
            for (day, open) in week.iter_mut().zip(at.weekly()?) {
                day.extend(open.iter().map(|i| (i.start(), i.end())));
            }
        }
        Some(Self { week })
    }

    /// The pieces that are left of the intervals that start on a weekday, Monday as 0.
    pub(crate) fn taken_from_day(&self, day: usize, open: &[Interval]) -> Vec<Piece> {
        // What opens on a day may last into the next one, and so may the break of the day before.
        let mut holes: Vec<Piece> = Vec::new();
        for &(start, end) in &self.week[(day + 6) % 7] {
            holes.push((start.saturating_sub(DAY), end.saturating_sub(DAY)));
        }
        holes.extend(&self.week[day % 7]);
        for &(start, end) in &self.week[(day + 1) % 7] {
            holes.push((start + DAY, end + DAY));
        }
        let holes = joined(holes);
        let mut left = Vec::new();
        for (mut start, end) in joined(open.iter().map(|i| (i.start(), i.end())).collect()) {
            for &(from, to) in &holes {
                if to <= start || from >= end {
                    continue;
                }
                if start < from {
                    left.push((start, from));
                }
                start = to;
            }
            if start < end {
                left.push((start, end));
            }
        }
        left
    }

    fn taken_from(&self, week: &[Vec<Interval>; 7]) -> Week {
        std::array::from_fn(|day| self.taken_from_day(day, &week[day]))
    }
}

const DAY: u32 = 86_400;

/// Sorts, and joins what overlaps or touches.
pub(crate) fn joined(mut pieces: Vec<Piece>) -> Vec<Piece> {
    pieces.sort_unstable();
    let mut joined: Vec<Piece> = Vec::with_capacity(pieces.len());
    for (start, end) in pieces {
        match joined.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    joined
}
