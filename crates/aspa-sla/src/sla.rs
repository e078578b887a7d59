use std::sync::Arc;

use aspa_hours::Calendar;
use chrono::DateTime;

use crate::{ClockKind, Error, Event, Promise, State, Status, Target, Time};

/// A compiled [`Promise`]: makes the clocks of any number of tickets. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Sla {
    rules: Arc<Rules>,
}

#[derive(Debug)]
struct Rules {
    promise: Promise,
    calendar: Calendar,
    clocks: [Option<Rule>; 3],
}

/// A target in whole seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    pub(crate) within: i64,
    pub(crate) warn: Option<i64>,
    pub(crate) time: Time,
    paused_in: u8,
}

impl Rule {
    /// Whether the clock stands still in this status.
    pub(crate) const fn is_paused(&self, status: Status) -> bool {
        self.paused_in & status.bit() != 0
    }
}

impl Sla {
    pub(crate) fn new(promise: &Promise) -> Result<Self, Error> {
        let calendar = match &promise.hours {
            Some(hours) => hours.build()?,
            None => Calendar::always(),
        };
        let mut clocks = [None; 3];
        for target in &promise.targets {
            let slot: &mut Option<Rule> = &mut clocks[target.clock as usize];
            if slot.is_some() {
                return Err(Error::TargetTwice(target.clock));
            }
            if target.time == Time::Business && promise.hours.is_none() {
                return Err(Error::NoHours(target.clock));
            }
            if target.time == Time::Business && calendar.is_never_open() {
                return Err(Error::NeverOpen(target.clock));
            }
            *slot = Some(rule(promise, target)?);
        }
        Ok(Self {
            rules: Arc::new(Rules {
                promise: promise.clone(),
                calendar,
                clocks,
            }),
        })
    }

    /// The promise that this was compiled from.
    #[must_use]
    pub fn promise(&self) -> &Promise {
        &self.rules.promise
    }

    /// The opening hours, compiled; always open where the promise has none.
    #[must_use]
    pub fn calendar(&self) -> &Calendar {
        &self.rules.calendar
    }

    /// The state of a ticket to which nothing has happened yet.
    #[must_use]
    pub fn state(&self) -> State {
        State::new(self.clone())
    }

    /// The state of a ticket after these events.
    ///
    /// They may come in any order: earlier ones apply first, and those of one instant in the order
    /// given. The same as [`State::apply`] for each.
    #[must_use]
    pub fn replay<'a>(&self, events: impl IntoIterator<Item = &'a Event>) -> State {
        let mut events: Vec<Event> = events.into_iter().cloned().collect();
        if !events.is_sorted_by_key(|event| event.at) {
            events.sort_by_key(|event| event.at);
        }
        State::of(self.clone(), events)
    }

    pub(crate) fn rule(&self, kind: ClockKind) -> Option<&Rule> {
        self.rules.clocks[kind as usize].as_ref()
    }

    /// Counted seconds of `[from, to)`: business time, which is open time.
    pub(crate) fn open_between(&self, from: i64, to: i64) -> i64 {
        match (
            DateTime::from_timestamp(from, 0),
            DateTime::from_timestamp(to, 0),
        ) {
            (Some(from), Some(to)) => self.calendar().between(from, to).num_seconds(),
            _ => 0,
        }
    }

    /// The smallest instant from `from` on at which a clock that runs has counted `seconds` more.
    pub(crate) fn after(&self, rule: &Rule, from: i64, seconds: i64) -> Option<i64> {
        match rule.time {
            Time::Calendar => from.checked_add(seconds),
            Time::Business => {
                let from = DateTime::from_timestamp(from, 0)?;
                let amount = chrono::TimeDelta::try_seconds(seconds)?;
                self.calendar()
                    .add(from, amount)
                    .ok()
                    .map(|at| at.timestamp())
            }
        }
    }
}

/// Equal promises make equal clocks.
impl PartialEq for Sla {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.rules, &other.rules) || self.rules.promise == other.rules.promise
    }
}

impl Eq for Sla {}

fn rule(promise: &Promise, target: &Target) -> Result<Rule, Error> {
    let within = target.within.num_seconds();
    if within < 1 {
        return Err(Error::WithinTooShort(target.clock));
    }
    let warn = match target.warn_percent {
        None => None,
        Some(percent @ 1..=99) => {
            let part = (i128::from(within) * i128::from(percent) + 99) / 100;
            i64::try_from(part).ok()
        }
        Some(percent) => {
            return Err(Error::WarnPercent {
                clock: target.clock,
                percent,
            });
        }
    };
    let paused = target.pause_on.as_ref().unwrap_or(&promise.pause_on);
    let done = Status::Solved.bit() | Status::Closed.bit();
    let paused_in = paused.iter().fold(done, |bits, status| bits | status.bit());
    Ok(Rule {
        within,
        warn,
        time: target.time,
        paused_in,
    })
}
