//! What a shift may look like, and what a week needs.

use chrono::Weekday;
use serde::{Deserialize, Serialize};

use crate::local::WEEK;
use crate::plan::PlanError;

/// Minutes of a day and of a week.
pub(crate) const DAY: u32 = 1440;
pub(crate) const MINUTES: u32 = 7 * DAY;

/// More people than this at once is a mistake in the input.
const MOST: u32 = 1_000_000;

/// How many people a typical week needs, slot by slot on the wall clock, from Monday midnight. The week
/// goes round: a shift that begins on Sunday evening serves Monday morning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WeekNeed {
    slot: u32,
    people: Vec<u32>,
}

impl WeekNeed {
    /// A week that needs nobody, in slots of so many minutes: 5, 10, 15, 20, 30 or 60.
    ///
    /// # Errors
    ///
    /// Where a slot is no such part of an hour.
    pub fn new(slot: u32) -> Result<Self, PlanError> {
        if slot < 5 || !slot.is_multiple_of(5) || !60_u32.is_multiple_of(slot) {
            return Err(PlanError::Slot(slot));
        }
        Ok(Self {
            slot,
            people: vec![0; (MINUTES / slot) as usize],
        })
    }

    /// A week by the hour, from Monday midnight.
    ///
    /// # Errors
    ///
    /// Where an hour needs more than a million people.
    pub fn hourly(people: &[u32; 168]) -> Result<Self, PlanError> {
        let mut need = Self::new(60)?;
        for (slot, people) in people.iter().enumerate() {
            need.put(slot, *people)?;
        }
        Ok(need)
    }

    /// Sets how many people it takes on a day from one minute after midnight to another (up to 1,440),
    /// in every slot that lies wholly or partly in between.
    ///
    /// # Errors
    ///
    /// Where that is more than a million.
    pub fn set(mut self, day: Weekday, from: u32, to: u32, people: u32) -> Result<Self, PlanError> {
        let midnight = day.num_days_from_monday() * DAY;
        let first = (midnight + from.min(DAY)) / self.slot;
        let end = (midnight + to.min(DAY)).div_ceil(self.slot);
        for slot in first..end {
            self.put(slot as usize, people)?;
        }
        Ok(self)
    }

    fn put(&mut self, slot: usize, people: u32) -> Result<(), PlanError> {
        if people > MOST {
            return Err(PlanError::TooManyPeople(people));
        }
        self.people[slot] = people;
        Ok(())
    }

    /// The length of a slot in minutes.
    #[must_use]
    pub fn slot(&self) -> u32 {
        self.slot
    }

    /// How many people each slot needs, from Monday midnight.
    #[must_use]
    pub fn people(&self) -> &[u32] {
        &self.people
    }

    /// A slot's day, and the minute of the day at which it begins.
    pub(crate) fn time(&self, slot: usize) -> (Weekday, u32) {
        let minute = slot as u32 * self.slot;
        (WEEK[(minute / DAY) as usize % 7], minute % DAY)
    }
}

/// One kind of shift that people may work: when it can begin, how long it is, what breaks it has.
/// Times are minutes, multiples of the need's slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Pattern {
    /// Minutes after midnight at which it may begin, each below 1,440.
    pub starts: Vec<u32>,
    /// How long it lasts, breaks and all: at most 1,440 minutes. It may pass midnight.
    pub length: u32,
    /// The breaks that each such shift has.
    #[serde(default)]
    pub breaks: Vec<Break>,
    /// The days on which it may begin; none: all.
    #[serde(default)]
    pub days: Vec<Weekday>,
}

/// A break within a shift, taken somewhere between two points of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Break {
    /// Minutes after the shift's beginning before which it does not begin.
    pub earliest: u32,
    /// Minutes after the shift's beginning after which it does not begin.
    pub latest: u32,
    /// How long it is.
    pub length: u32,
}

impl Pattern {
    /// A shift without breaks on any day.
    #[must_use]
    pub fn new(starts: impl IntoIterator<Item = u32>, length: u32) -> Self {
        Self {
            starts: starts.into_iter().collect(),
            length,
            breaks: Vec::new(),
            days: Vec::new(),
        }
    }

    /// Adds a break of this length that begins within `earliest..=latest` minutes of the shift.
    #[must_use]
    pub fn with_break(mut self, earliest: u32, latest: u32, length: u32) -> Self {
        self.breaks.push(Break {
            earliest,
            latest,
            length,
        });
        self
    }

    /// Lets it begin on these days only.
    #[must_use]
    pub fn on(mut self, days: impl IntoIterator<Item = Weekday>) -> Self {
        self.days = days.into_iter().collect();
        self
    }

    /// Minutes at work: the length less the breaks.
    #[must_use]
    pub fn work(&self) -> u32 {
        let away: u32 = self.breaks.iter().map(|pause| pause.length).sum();
        self.length.saturating_sub(away)
    }

    /// Every way to place the breaks: for each, the minute it begins, ascending and apart.
    pub(crate) fn placements(&self, slot: u32) -> Vec<Vec<(u32, u32)>> {
        let mut placements: Vec<Vec<(u32, u32)>> = vec![Vec::new()];
        for pause in &self.breaks {
            let mut longer = Vec::new();
            for placed in &placements {
                let after = placed.last().map_or(0, |(start, length)| start + length);
                let fits = |start: &u32| *start >= after && start + pause.length <= self.length;
                let starts = (pause.earliest..=pause.latest).step_by(slot as usize);
                for start in starts.filter(fits) {
                    let mut placed = placed.clone();
                    placed.push((start, pause.length));
                    longer.push(placed);
                }
            }
            placements = longer;
        }
        placements
    }

    /// Whether all its times are on the grid and make sense.
    pub(crate) fn check(&self, number: usize, slot: u32) -> Result<(), PlanError> {
        let wrong = |field: &'static str, minutes| PlanError::Pattern {
            pattern: number,
            field,
            minutes,
        };
        let on_grid = |field, minutes: u32| match minutes.is_multiple_of(slot) {
            true => Ok(()),
            false => Err(PlanError::OffGrid {
                pattern: number,
                field,
                minutes,
                slot,
            }),
        };
        for start in &self.starts {
            on_grid("starts", *start)?;
            if *start >= DAY {
                return Err(wrong("starts", *start));
            }
        }
        on_grid("length", self.length)?;
        if self.length == 0 || self.length > DAY {
            return Err(wrong("length", self.length));
        }
        for pause in &self.breaks {
            on_grid("breaks.earliest", pause.earliest)?;
            on_grid("breaks.latest", pause.latest)?;
            on_grid("breaks.length", pause.length)?;
            if pause.length > DAY || pause.latest > DAY {
                return Err(wrong("breaks", pause.length.max(pause.latest)));
            }
        }
        if self.work() == 0 || self.placements(slot).is_empty() {
            return Err(PlanError::Breaks(number));
        }
        Ok(())
    }
}
