//! Whose shift it is: at most one a day, so many days a week, with rest in between.

use crate::pattern::MINUTES;
use crate::plan::{PlannedShift, Rules};

/// What a person works so far.
#[derive(Debug, Clone, Default)]
struct Week {
    /// The minute of the week at which the first shift begins.
    first: Option<u32>,
    /// The minutes of the week at which the last shift begins and ends.
    last: Option<(u32, u32)>,
    days: u32,
}

/// Gives each shift to a person, and sorts the shifts. Tries to do with `at_least` people, else with
/// one more, and so on. Returns how many there are.
pub(crate) fn assign(shifts: &mut [PlannedShift], rules: &Rules, at_least: u32) -> u32 {
    shifts.sort();
    let most_in_a_day = shifts.chunk_by(|a, b| a.day == b.day).map(<[_]>::len).max();
    let Some(most_in_a_day) = most_in_a_day else {
        return 0;
    };
    let by_days = shifts.len().div_ceil(rules.days as usize);
    let fewest = most_in_a_day.max(by_days).max(at_least as usize);
    let people = (fewest..shifts.len()).find_map(|people| attempt(shifts, rules, people));
    let people = people.unwrap_or_else(|| (0..shifts.len()).collect());
    let mut numbers: Vec<Option<u32>> = vec![None; shifts.len()];
    let mut count = 0;
    for (shift, person) in shifts.iter_mut().zip(people) {
        // Numbers go by who works first in the week.
        shift.person = *numbers[person].get_or_insert_with(|| {
            count += 1;
            count
        });
    }
    shifts.sort();
    count
}

/// The person of each shift, day by day. On each day those who have most days left come first, so
/// that nobody is left over with days that no shift is for.
fn attempt(shifts: &[PlannedShift], rules: &Rules, people: usize) -> Option<Vec<usize>> {
    let mut weeks = vec![Week::default(); people];
    let mut whose = Vec::with_capacity(shifts.len());
    for day in shifts.chunk_by(|a, b| a.day == b.day) {
        let mut order: Vec<usize> = (0..people).collect();
        order.sort_by_key(|person| weeks[*person].days);
        let mut taken: Vec<Option<usize>> = vec![None; day.len()];
        let mut left = day.len();
        for person in order {
            if left == 0 {
                break;
            }
            let mut fits: Vec<usize> = (0..day.len())
                .filter(|shift| weeks[person].can(&day[*shift], rules))
                .collect();
            fits.sort_by_key(|shift| weeks[person].strangeness(&day[*shift]));
            let mut seen = vec![false; day.len()];
            if place(person, &fits, day, &weeks, rules, &mut taken, &mut seen) {
                left -= 1;
            }
        }
        for (shift, person) in day.iter().zip(taken) {
            let person = person?;
            weeks[person].add(shift);
            whose.push(person);
        }
    }
    Some(whose)
}

/// Finds a shift of the day for a person, moving others where that makes room (Kuhn's method).
fn place(
    person: usize,
    fits: &[usize],
    day: &[PlannedShift],
    weeks: &[Week],
    rules: &Rules,
    taken: &mut [Option<usize>],
    seen: &mut [bool],
) -> bool {
    if let Some(free) = fits.iter().find(|shift| taken[**shift].is_none()) {
        taken[*free] = Some(person);
        return true;
    }
    for &shift in fits {
        if std::mem::replace(&mut seen[shift], true) {
            continue;
        }
        let Some(other) = taken[shift] else { continue };
        let others: Vec<usize> = (0..day.len())
            .filter(|place| !seen[*place] && weeks[other].can(&day[*place], rules))
            .collect();
        if place(other, &others, day, weeks, rules, taken, seen) {
            taken[shift] = Some(person);
            return true;
        }
    }
    false
}

impl Week {
    fn can(&self, shift: &PlannedShift, rules: &Rules) -> bool {
        let (start, end) = bounds(shift);
        // Before it there is the last shift; after it, as weeks repeat, next week's first.
        let rested = self
            .last
            .is_none_or(|(_, last)| start >= last.saturating_add(rules.rest));
        let wraps = self
            .first
            .is_none_or(|first| first + MINUTES >= end.saturating_add(rules.rest));
        self.days < rules.days && rested && wraps
    }

    /// How far from the last shift's time of day this one begins; people like regular hours.
    fn strangeness(&self, shift: &PlannedShift) -> u32 {
        self.last
            .map_or(0, |(last, _)| (last % 1440).abs_diff(shift.start))
    }

    fn add(&mut self, shift: &PlannedShift) {
        let (start, end) = bounds(shift);
        self.first.get_or_insert(start);
        self.last = Some((start, end));
        self.days += 1;
    }
}

/// The minutes of the week at which a shift begins and ends.
fn bounds(shift: &PlannedShift) -> (u32, u32) {
    let midnight = shift.day as u32 * 1440;
    (midnight + shift.start, midnight + shift.end)
}
