//! Shifts that cover what a week needs, few of them, beside a proof of how many it takes at least.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, NaiveDate, TimeZone, Utc, Weekday};
use serde::Serialize;

use crate::cover::Problem;
use crate::local::{self, WEEK};
use crate::pattern::{DAY, MINUTES, Pattern, WeekNeed};
use crate::people;
use crate::shift::Shift;

/// The most coefficients that the linear programme may have: 64 MB of them.
const LARGEST: usize = 8_000_000;

/// The most breaks that a pattern can have, for each is one more choice.
const MOST_BREAKS: usize = 4;

/// What there should be least of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Aim {
    /// Shifts, so that few people are needed.
    #[default]
    Shifts,
    /// Time at work, so that little is paid; short shifts then fill in where they can.
    Time,
}

/// What a plan keeps to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rules {
    /// On how many days of a week a person works at most, 1 to 7; 5 without it.
    pub days: u32,
    /// Minutes between two shifts of a person; 660 without it, the eleven hours of daily rest of
    /// Directive 2003/88/EC, article 3 (4 November 2003).
    pub rest: u32,
    /// How many people there are; any number without it.
    pub people: Option<u32>,
    /// What there should be least of.
    pub aim: Aim,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            days: 5,
            rest: 660,
            people: None,
            aim: Aim::Shifts,
        }
    }
}

/// A shift of a typical week, on the wall clock. Minutes count from midnight of its day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct PlannedShift {
    /// The day on which it begins, 0 is Monday.
    #[serde(serialize_with = "day_name")]
    pub(crate) day: usize,
    /// The minute at which it begins.
    pub start: u32,
    /// The minute at which it is over; above 1,440 on the next day.
    pub end: u32,
    /// The breaks, each from and to such a minute, ascending.
    pub breaks: Vec<(u32, u32)>,
    /// Whose it is: people are numbered from 1.
    pub person: u32,
    /// Of which pattern it is, by its place in the list from 0.
    pub pattern: usize,
}

fn day_name<S: serde::Serializer>(day: &usize, serializer: S) -> Result<S::Ok, S::Error> {
    WEEK[*day % 7].serialize(serializer)
}

impl PlannedShift {
    /// The day on which it begins.
    #[must_use]
    pub fn day(&self) -> Weekday {
        WEEK[self.day % 7]
    }

    /// Minutes at work: the shift less its breaks.
    #[must_use]
    pub fn work(&self) -> u32 {
        let away: u32 = self.breaks.iter().map(|(from, to)| to - from).sum();
        self.end - self.start - away
    }
}

/// The shifts of a typical week, which every week has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Plan {
    /// By day, beginning and person.
    pub shifts: Vec<PlannedShift>,
    /// No plan of these patterns has fewer shifts than this.
    pub shifts_at_least: u64,
    /// Minutes at work in a week: the shifts less their breaks.
    pub minutes: u64,
    /// No plan of these patterns has fewer minutes at work than this.
    pub minutes_at_least: u64,
    /// How many people work these shifts.
    pub people: u32,
    /// Fewer people than this cannot.
    pub people_at_least: u32,
    /// What was looked for.
    pub aim: Aim,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// A slot has to be a part of an hour.
    #[error("a slot of {0} minutes is not 5, 10, 15, 20, 30 or 60")]
    Slot(u32),
    /// A need of more than a million people.
    #[error("a need of {0} people at once is more than a million")]
    TooManyPeople(u32),
    /// A pattern's time is not a multiple of the slot.
    #[error("pattern {pattern}, {field}: {minutes} minutes are no multiple of the slot of {slot}")]
    OffGrid {
        /// Which pattern, from 0.
        pattern: usize,
        /// Which of its fields.
        field: &'static str,
        /// What it says.
        minutes: u32,
        /// The slot.
        slot: u32,
    },
    /// A pattern's time is out of range.
    #[error("pattern {pattern}, {field}: {minutes} minutes are none or more than a day has")]
    Pattern {
        /// Which pattern, from 0.
        pattern: usize,
        /// Which of its fields.
        field: &'static str,
        /// What it says.
        minutes: u32,
    },
    /// The breaks do not fit into the shift in their order, leave nothing of it, or are more than four.
    #[error("pattern {0}, breaks: they do not fit into the shift one after another")]
    Breaks(usize),
    /// The number of working days is not 1 to 7.
    #[error("{0} working days a week are not 1 to 7")]
    Days(u32),
    /// Somebody is needed when no pattern has a shift.
    #[error("no shift covers {day} {:02}:{:02}, when people are needed", minute / 60, minute % 60)]
    Uncovered {
        /// The day.
        day: Weekday,
        /// The minute of the day.
        minute: u32,
    },
    /// More ways to place shifts than can be weighed.
    #[error("{shifts} possible shifts are too many: offer fewer starts or breaks, or longer slots")]
    TooManyChoices {
        /// How many.
        shifts: usize,
    },
    /// There are not enough people for the plan that was found.
    #[error("the shifts take {found} people, {at_least} at least, and there are {allowed}")]
    TooFewPeople {
        /// How many there are.
        allowed: u32,
        /// Fewer than this cannot do it.
        at_least: u32,
        /// How many it takes by the plan that was found.
        found: u32,
    },
}

/// Finds shifts that cover the need, and people to work them.
///
/// The number of shifts (or minutes, by the aim) is near the least, and the bound beside it is proven:
/// it is the value of a feasible solution of the dual linear programme, checked in integers. Where
/// the two are equal the plan is the best there is. Nothing is random and nothing looks at a clock:
/// the same input gives the same plan. An office's week by the half hour takes milliseconds, a week round
/// the clock with three hundred possible shifts a day a few seconds.
///
/// # Errors
///
/// Where the patterns make no sense, cannot cover the need, offer too many choices, or the rules
/// allow fewer people than it takes.
pub fn plan(need: &WeekNeed, patterns: &[Pattern], rules: &Rules) -> Result<Plan, PlanError> {
    if !(1..=7).contains(&rules.days) {
        return Err(PlanError::Days(rules.days));
    }
    let choices = choices(need, patterns)?;
    let rows: Vec<usize> = (0..need.people().len())
        .filter(|slot| need.people()[*slot] > 0)
        .collect();
    let Columns { kept, covered } = columns(&choices, need, &rows, rules.aim)?;
    let unit = |choice: &PlannedShift| match rules.aim {
        Aim::Shifts => 1,
        Aim::Time => choice.work(),
    };
    // The bound is a multiple of what all costs are multiples of.
    let common = kept
        .iter()
        .fold(0, |common, choice| gcd(common, unit(choice)));
    let problem = Problem {
        needs: rows.iter().map(|slot| need.people()[*slot]).collect(),
        costs: kept.iter().map(|choice| unit(choice) / common).collect(),
        columns: covered,
    };
    let cover = problem.solve();
    let bound = cover.at_least * u64::from(common);

    let mut shifts: Vec<PlannedShift> = Vec::new();
    for (choice, times) in kept.iter().zip(&cover.used) {
        shifts.extend((0..*times).map(|_| (*choice).clone()));
    }
    let minutes = shifts.iter().map(|shift| u64::from(shift.work())).sum();
    // Each bound gives one on the other: a shift is no longer than the longest and no shorter than
    // the shortest; and every minute that is needed is somebody's.
    let works = || kept.iter().map(|choice| u64::from(choice.work()));
    let needed: u64 = need.people().iter().map(|people| u64::from(*people)).sum();
    let needed = needed * u64::from(need.slot());
    let longest = works().max().unwrap_or(1);
    let (shifts_at_least, minutes_at_least) = match rules.aim {
        Aim::Shifts => (bound, needed.max(bound * works().min().unwrap_or(0))),
        Aim::Time => (bound.div_ceil(longest), bound),
    };
    let at_once = need.people().iter().copied().max().unwrap_or(0);
    let by_days = shifts_at_least.div_ceil(u64::from(rules.days));
    let people_at_least = at_once.max(u32::try_from(by_days).unwrap_or(u32::MAX));
    let people = people::assign(&mut shifts, rules, people_at_least);
    if let Some(allowed) = rules.people.filter(|allowed| *allowed < people) {
        return Err(PlanError::TooFewPeople {
            allowed,
            at_least: people_at_least,
            found: people,
        });
    }
    Ok(Plan {
        shifts,
        shifts_at_least,
        minutes,
        minutes_at_least,
        people,
        people_at_least,
        aim: rules.aim,
    })
}

/// Every shift that the patterns allow.
fn choices(need: &WeekNeed, patterns: &[Pattern]) -> Result<Vec<PlannedShift>, PlanError> {
    let mut choices = Vec::new();
    for (number, pattern) in patterns.iter().enumerate() {
        if pattern.breaks.len() > MOST_BREAKS {
            return Err(PlanError::Breaks(number));
        }
        pattern.check(number, need.slot())?;
        let placements = pattern.placements(need.slot());
        let days =
            (0..7).filter(|day| pattern.days.is_empty() || pattern.days.contains(&WEEK[*day]));
        let ways = days.clone().count() * pattern.starts.len() * placements.len();
        if choices.len() + ways > LARGEST / 10 {
            let shifts = choices.len() + ways;
            return Err(PlanError::TooManyChoices { shifts });
        }
        for day in days {
            for start in &pattern.starts {
                choices.extend(placements.iter().map(|breaks| {
                    PlannedShift {
                        day,
                        start: *start,
                        end: start + pattern.length,
                        breaks: breaks
                            .iter()
                            .map(|(at, long)| (start + at, start + at + long))
                            .collect(),
                        person: 0,
                        pattern: number,
                    }
                }));
            }
        }
    }
    Ok(choices)
}

/// The shifts that are worth a look, and which rows each covers.
struct Columns<'a> {
    kept: Vec<&'a PlannedShift>,
    covered: Vec<Vec<usize>>,
}

/// Of shifts that cover the same needed slots the cheapest stays, of those the first.
fn columns<'a>(
    choices: &'a [PlannedShift],
    need: &WeekNeed,
    rows: &[usize],
    aim: Aim,
) -> Result<Columns<'a>, PlanError> {
    let slots = need.people().len();
    let mut row_of = vec![None; slots];
    rows.iter()
        .enumerate()
        .for_each(|(row, slot)| row_of[*slot] = Some(row));
    let mut best: BTreeMap<Vec<usize>, &PlannedShift> = BTreeMap::new();
    for choice in choices {
        let mut covered: Vec<usize> = (choice.start..choice.end)
            .step_by(need.slot() as usize)
            .filter(|minute| !choice.breaks.iter().any(|(a, b)| (*a..*b).contains(minute)))
            .filter_map(|minute| {
                let minute = (choice.day as u32 * DAY + minute) % MINUTES;
                row_of[(minute / need.slot()) as usize]
            })
            .collect();
        covered.sort_unstable();
        if covered.is_empty() {
            continue;
        }
        let stays = best.entry(covered).or_insert(choice);
        if aim == Aim::Time && choice.work() < stays.work() {
            *stays = choice;
        }
    }
    if best.len() * rows.len() > LARGEST {
        return Err(PlanError::TooManyChoices { shifts: best.len() });
    }
    let mut found = vec![false; rows.len()];
    best.keys().flatten().for_each(|row| found[*row] = true);
    if let Some(row) = found.iter().position(|found| !found) {
        let (day, minute) = need.time(rows[row]);
        return Err(PlanError::Uncovered { day, minute });
    }
    let mut columns: Vec<(Vec<usize>, &PlannedShift)> = best.into_iter().collect();
    columns.sort_by(|a, b| a.1.cmp(b.1));
    let (covered, kept) = columns.into_iter().unzip();
    Ok(Columns { kept, covered })
}

fn gcd(a: u32, b: u32) -> u32 {
    match b {
        0 => a,
        _ => gcd(b, a % b),
    }
}

impl Plan {
    /// How many people the plan has at work in each slot of the week, breaks left out.
    #[must_use]
    pub fn at_work(&self, slot: u32) -> Vec<u32> {
        let slot = slot.clamp(1, DAY);
        let mut people = vec![0; MINUTES.div_ceil(slot) as usize];
        for shift in &self.shifts {
            for minute in (shift.start..shift.end).step_by(slot as usize) {
                if !shift.breaks.iter().any(|(a, b)| (*a..*b).contains(&minute)) {
                    let minute = (shift.day as u32 * DAY + minute) % MINUTES;
                    people[(minute / slot) as usize] += 1;
                }
            }
        }
        people
    }

    /// The shifts that begin on real dates, as instants. Times that the clock skips or repeats become
    /// the jump or the first of the two. People are named by `name`, which gets their number.
    pub fn shifts_on<Z: TimeZone>(
        &self,
        dates: impl IntoIterator<Item = NaiveDate>,
        zone: &Z,
        name: impl Fn(u32) -> String,
    ) -> Vec<Shift> {
        let mut real = Vec::new();
        for date in dates {
            let day = local::day_number(date);
            let at = |minute: u32| {
                let minute = i64::from(minute);
                let (day, minute) = (day + minute / i64::from(DAY), minute % i64::from(DAY));
                DateTime::from_timestamp(local::instant(zone, day, minute * 60), 0)
                    .unwrap_or(DateTime::<Utc>::MAX_UTC)
            };
            let weekday = local::weekday_number(day);
            for shift in self.shifts.iter().filter(|shift| shift.day == weekday) {
                let breaks = shift.breaks.iter().map(|(from, to)| at(*from)..at(*to));
                let mut real_shift = Shift::new(name(shift.person), at(shift.start), at(shift.end));
                real_shift.breaks = breaks.collect();
                real.push(real_shift);
            }
        }
        real
    }
}

/// "23 shifts, at least 22 are needed; 5 people, at least 5 are needed"
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let needed = |n: u64| if n == 1 { "is" } else { "are" };
        let count = self.shifts.len();
        let shifts = if count == 1 { "shift" } else { "shifts" };
        match self.aim {
            Aim::Shifts => write!(
                f,
                "{count} {shifts}, at least {} {} needed",
                self.shifts_at_least,
                needed(self.shifts_at_least)
            )?,
            Aim::Time => write!(
                f,
                "{count} {shifts}, {} h {:02} min together, at least {} h {:02} min are needed",
                self.minutes / 60,
                self.minutes % 60,
                self.minutes_at_least / 60,
                self.minutes_at_least % 60
            )?,
        }
        write!(
            f,
            "; {} {}, at least {} {} needed",
            self.people,
            if self.people == 1 { "person" } else { "people" },
            self.people_at_least,
            needed(u64::from(self.people_at_least))
        )
    }
}
