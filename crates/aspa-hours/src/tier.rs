//! What is compiled for some years.

use std::ops::Range;
use std::sync::OnceLock;

use crate::days::BusinessDays;
use crate::interval::DAY;
use crate::plan::{Holidays, Plan, number};
use crate::stretch::{Stretch, trimmed, union, without};
use crate::table::Table;
use crate::zone::{Offset, hull_shown, mapped, offsets, shown};
use crate::{ClockChanges, Closed};

/// The years compiled at the first question that needs them; the last covers the horizon.
pub(crate) const TIERS: [Range<i32>; 3] = [2022..2034, 2000..2060, 1900..2100];

/// A calendar, compiled for some years.
#[derive(Debug)]
pub(crate) struct Tier {
    pub(crate) table: Table,
    /// Why it is closed; a combined calendar asks its parts.
    why: Option<Why>,
    days: OnceLock<BusinessDays>,
}

#[derive(Debug)]
struct Why {
    offsets: Vec<Offset>,
    holidays: Holidays,
    /// What would be open but for a break: sorted and apart, with the break's place in the list.
    cuts: Vec<(Stretch, usize)>,
}

impl Tier {
    pub(crate) fn of_plan(plan: &Plan, n: usize) -> Self {
        let years = &TIERS[n];
        let span = span(years);
        let offsets = offsets(plan.hours.zone, span.0, span.1);
        let holidays = plan.holidays(years);
        let laid = plan.layout(years, &holidays);
        let instants = |wall| instants(plan, wall, &offsets);
        let mut open = instants(laid.regular);
        if !laid.blank.is_empty() {
            open = without(open, &instants(laid.blank));
        }
        if !laid.exceptional.is_empty() {
            open.extend(instants(laid.exceptional));
            open = union(open);
        }
        let mut cuts = Vec::new();
        for (n, wall) in laid.breaks.into_iter().enumerate() {
            let left = without(open.clone(), &instants(wall));
            let cut = without(open, &left);
            cuts.extend(cut.into_iter().map(|stretch| (stretch, n)));
            open = left;
        }
        cuts.sort_unstable();
        Self {
            table: Table::new(span, open),
            why: Some(Why {
                offsets,
                holidays,
                cuts,
            }),
            days: OnceLock::new(),
        }
    }

    pub(crate) fn of_stretches(open: Vec<Stretch>, n: usize) -> Self {
        Self {
            table: Table::new(span(&TIERS[n]), open),
            why: None,
            days: OnceLock::new(),
        }
    }

    /// Why `at`, which is closed, is closed, and up to when at least.
    pub(crate) fn why_closed(&self, plan: &Plan, at: i64) -> (Closed, i64) {
        let Some(why) = &self.why else {
            return (Closed::OutsideHours, at + 1);
        };
        let cut = why.cuts.partition_point(|(cut, _)| cut.1 <= at);
        let next_cut = match why.cuts.get(cut) {
            Some(&(cut, n)) if cut.0 <= at => {
                let name = plan.hours.breaks[n].name.clone();
                return (Closed::Break(name), cut.1);
            }
            Some((cut, _)) => cut.0,
            None => i64::MAX,
        };
        let known = why.offsets.partition_point(|known| known.until <= at);
        let (offset, until) = match why.offsets.get(known) {
            Some(known) => (known.offset, known.until),
            None => (0, i64::MAX),
        };
        let wall = at + offset;
        let midnight = at + DAY - wall.rem_euclid(DAY);
        let opens = self
            .table
            .after(at)
            .map_or(self.table.to, |open| open.start);
        let number = i32::try_from(wall.div_euclid(DAY)).unwrap_or(0);
        (
            plan.why_closed(number, &why.holidays),
            opens.min(midnight).min(until).min(next_cut),
        )
    }

    /// The stretches of time in which the desk works on end, from when hours start to when they
    /// end: each interval of the plan, from its first open instant to its last. By their starts.
    pub(crate) fn shifts(&self, plan: &Plan, n: usize) -> Vec<Stretch> {
        let Some(why) = &self.why else {
            return Vec::new();
        };
        let laid = plan.layout(&TIERS[n], &why.holidays);
        let one = |wall: Stretch| match plan.hours.clock_changes {
            ClockChanges::WallSet => hull_shown(wall, &why.offsets),
            ClockChanges::Rfc5545 => mapped(&[wall], &why.offsets).first().copied(),
        };
        let breaks = instants(plan, laid.breaks.concat(), &why.offsets);
        let closed = union(
            [
                breaks.clone(),
                instants(plan, laid.blank.clone(), &why.offsets),
            ]
            .concat(),
        );
        let blank = union(laid.blank);
        let is_blank = |wall: i64| {
            let at = blank.partition_point(|blank| blank.1 <= wall);
            blank.get(at).is_some_and(|blank| blank.0 <= wall)
        };
        // On a date that is blanked no hours start, though a tail may stay open after midnight.
        let regular = laid.regular.into_iter().filter(|wall| !is_blank(wall.0));
        let mut shifts: Vec<Stretch> = regular
            .filter_map(one)
            .filter_map(|shift| trimmed(shift, &closed))
            .collect();
        let exceptional = laid.exceptional.into_iter().filter_map(one);
        shifts.extend(exceptional.filter_map(|shift| trimmed(shift, &breaks)));
        shifts.sort_unstable();
        shifts
    }

    /// The business days; asked and kept by [`Calendar`](crate::Calendar).
    pub(crate) fn days(&self, make: impl FnOnce() -> BusinessDays) -> &BusinessDays {
        self.days.get_or_init(make)
    }
}

/// The instants of wall-clock stretches, in any order.
fn instants(plan: &Plan, wall: Vec<Stretch>, offsets: &[Offset]) -> Vec<Stretch> {
    match plan.hours.clock_changes {
        ClockChanges::WallSet => shown(&union(wall), offsets),
        ClockChanges::Rfc5545 => mapped(&wall, offsets),
    }
}

/// The instants of years, by UTC.
fn span(years: &Range<i32>) -> Stretch {
    let midnight = |year| i64::from(number(year)) * DAY;
    (midnight(years.start), midnight(years.end))
}
