//! Calendars made of calendars.

use std::sync::Arc;

use crate::stretch::{Stretch, both, trimmed, union, without};
use crate::{Calendar, Closed, Schedule};

/// How the parts of a calendar are combined; each list has at least one part.
#[derive(Debug)]
pub(crate) enum Combined {
    AnyOf(Vec<Calendar>),
    AllOf(Vec<Calendar>),
    /// The first without the second.
    Minus([Calendar; 2]),
}

impl Combined {
    /// The open stretches of a tier.
    pub(crate) fn stretches(&self, tier: usize) -> Vec<Stretch> {
        let open = |part: &Calendar| -> Vec<Stretch> { part.table(tier).stretches().collect() };
        match self {
            Self::AnyOf(parts) => union(parts.iter().flat_map(open).collect()),
            Self::AllOf(parts) => parts
                .iter()
                .map(open)
                .reduce(|a, b| both(&a, &b))
                .unwrap_or_default(),
            Self::Minus([from, take]) => without(open(from), &open(take)),
        }
    }

    /// From when hours start to when they end, by their starts. In any of several they start where
    /// they start in one; in one without another, they start where they first remain; in all of
    /// several, where all come to be open, or where all start while all are open.
    pub(crate) fn shifts(&self, tier: usize, open: impl Iterator<Item = Stretch>) -> Vec<Stretch> {
        match self {
            Self::AnyOf(parts) => {
                let mut shifts: Vec<Stretch> =
                    parts.iter().flat_map(|part| part.shifts(tier)).collect();
                shifts.sort_unstable();
                shifts
            }
            Self::AllOf(parts) => {
                let starts = |part: &Calendar| -> Vec<i64> {
                    let mut starts: Vec<i64> =
                        part.shifts(tier).iter().map(|shift| shift.0).collect();
                    starts.dedup();
                    starts
                };
                let mut parts = parts.iter().map(starts);
                let mut seams = parts.next().unwrap_or_default();
                for starts in parts {
                    seams.retain(|seam| starts.binary_search(seam).is_ok());
                }
                let mut shifts = Vec::new();
                for (mut start, end) in open {
                    let from = seams.partition_point(|&seam| seam <= start);
                    for &seam in seams[from..].iter().take_while(|&&seam| seam < end) {
                        shifts.push((start, seam));
                        start = seam;
                    }
                    shifts.push((start, end));
                }
                shifts
            }
            Self::Minus([from, take]) => {
                let holes: Vec<Stretch> = take.table(tier).stretches().collect();
                let shifts = from.shifts(tier).into_iter();
                let mut left: Vec<Stretch> =
                    shifts.filter_map(|shift| trimmed(shift, &holes)).collect();
                left.sort_unstable();
                left
            }
        }
    }

    /// Why `at`, which is closed, is closed, and up to when at least.
    pub(crate) fn why_closed(&self, at: i64, until: i64) -> (Closed, i64) {
        match self {
            Self::AnyOf(parts) => {
                // A reason that has a name tells more than that the hours are over.
                let mut to = until;
                let mut told: Option<(usize, Closed)> = None;
                for (n, part) in parts.iter().enumerate() {
                    let segment = part.segment(at, until);
                    to = to.min(segment.to);
                    let Some(why) = segment.closed else { continue };
                    match &told {
                        Some((_, known)) if known.is_named() || !why.is_named() => {}
                        _ => told = Some((n, why)),
                    }
                }
                let why = told.map_or(Closed::OutsideHours, |(n, why)| in_part(parts, n, why));
                (why, to)
            }
            Self::AllOf(parts) => {
                let mut to = until;
                for (n, part) in parts.iter().enumerate() {
                    let segment = part.segment(at, until);
                    to = to.min(segment.to);
                    if let Some(why) = segment.closed {
                        return (in_part(parts, n, why), to);
                    }
                }
                (Closed::OutsideHours, to)
            }
            Self::Minus([from, take]) => {
                let segment = from.segment(at, until);
                if let Some(why) = segment.closed {
                    return (
                        why.in_part(name(from).unwrap_or_else(|| "from".into())),
                        segment.to,
                    );
                }
                let taken = take.segment(at, segment.to);
                let by = name(take).unwrap_or_else(|| "take".into());
                (Closed::Taken(by), taken.to)
            }
        }
    }
}

fn name(calendar: &Calendar) -> Option<Arc<str>> {
    calendar.schedule().name().cloned()
}

/// The reason of a part, with its name or else its place.
fn in_part(parts: &[Calendar], n: usize, why: Closed) -> Closed {
    let place = || format!("part {}", n + 1).into();
    why.in_part(name(&parts[n]).unwrap_or_else(place))
}

impl Calendar {
    /// Open while this or the other calendar is.
    ///
    /// Nothing is compiled until it is asked for. A closed time gives the reason of the first part
    /// that has a name for it, else of the first part; local dates are those of `self`.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let (schedules, parts) = match (self.schedule(), self.parts()) {
            (Schedule::AnyOf { name: None, parts }, Some(Combined::AnyOf(calendars))) => {
                (&parts[..], &calendars[..])
            }
            (schedule, _) => (std::slice::from_ref(schedule), std::slice::from_ref(self)),
        };
        let schedule = Schedule::AnyOf {
            name: None,
            parts: [schedules, std::slice::from_ref(other.schedule())].concat(),
        };
        Self::combined(
            schedule,
            Combined::AnyOf([parts, std::slice::from_ref(other)].concat()),
        )
    }

    /// Open while this and the other calendar are.
    ///
    /// Nothing is compiled until it is asked for. A closed time gives the reason of the first part
    /// that is closed; local dates are those of `self`.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let (schedules, parts) = match (self.schedule(), self.parts()) {
            (Schedule::AllOf { name: None, parts }, Some(Combined::AllOf(calendars))) => {
                (&parts[..], &calendars[..])
            }
            (schedule, _) => (std::slice::from_ref(schedule), std::slice::from_ref(self)),
        };
        let schedule = Schedule::AllOf {
            name: None,
            parts: [schedules, std::slice::from_ref(other.schedule())].concat(),
        };
        Self::combined(
            schedule,
            Combined::AllOf([parts, std::slice::from_ref(other)].concat()),
        )
    }

    /// Open while this calendar is and the other is not.
    ///
    /// Nothing is compiled until it is asked for. What the other takes away is closed for
    /// [`Closed::Taken`]; local dates are those of `self`.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let schedule = Schedule::Minus {
            name: None,
            from: Box::new(self.schedule().clone()),
            take: Box::new(other.schedule().clone()),
        };
        Self::combined(schedule, Combined::Minus([self.clone(), other.clone()]))
    }
}
