//! One cycle of one clock while events are followed; instants and amounts in seconds.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::sla::Rule;
use crate::{Clock, ClockKind, Event, Run, Status, Stop, Stopped, Time, Verdict};

/// What happened to a clock by itself, as time went by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passed {
    /// The nth warning, from 0.
    Warning(usize),
    Target,
    /// The nth step, from 0.
    Step(usize),
}

/// What is set down for good.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// The place of the cycle.
    pub(crate) cycle: usize,
    pub(crate) at: i64,
    pub(crate) passed: Passed,
    pub(crate) rule: Arc<Rule>,
}

pub(crate) type Log = Vec<Entry>;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cycle {
    pub(crate) kind: ClockKind,
    /// From 1 in its kind; 0 where it never had a rule, so that nobody has seen it.
    pub(crate) number: u32,
    pub(crate) started: i64,
    /// How many events there were before the one that started it.
    pub(crate) born: usize,
    pub(crate) stopped: Option<(i64, Stop)>,
    /// How many events there were before the one that stopped it.
    pub(crate) died: Option<usize>,
    /// What judges it, if anything does.
    pub(crate) rule: Option<Arc<Rule>>,
    /// What judged it before, each with the instant to which it did.
    pub(crate) before: Vec<(i64, Arc<Rule>)>,
    tally: Tally,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Tally {
    /// Up to here time is accounted for.
    to: i64,
    /// What counts against the target.
    elapsed: i64,
    /// Time while not paused, and how much of it was open.
    unpaused: i64,
    open: i64,
    /// How many warnings and steps have fired.
    warnings: usize,
    steps: usize,
    /// The first instant at which more than the target was counted.
    passed: Option<i64>,
    /// When that was set down.
    breached: Option<i64>,
}

impl Tally {
    const fn new(at: i64) -> Self {
        Self {
            to: at,
            elapsed: 0,
            unpaused: 0,
            open: 0,
            warnings: 0,
            steps: 0,
            passed: None,
            breached: None,
        }
    }

    /// Accounts for the time up to `to`, throughout which the ticket stood as `status`.
    fn count(&mut self, cycle: usize, rule: &Arc<Rule>, status: Status, to: i64, log: &mut Log) {
        let from = self.to;
        if to <= from {
            return;
        }
        self.to = to;
        if rule.is_paused(status) {
            return;
        }
        let before = self.elapsed;
        let open = rule.calendar.between(from, to);
        self.unpaused += to - from;
        self.open += open;
        self.elapsed += match rule.time {
            Time::Business => open,
            Time::Calendar => to - from,
        };
        while let Some((threshold, passed)) = self.next(rule)
            && threshold <= self.elapsed
        {
            // It was reached by `to`, so there is such an instant.
            let at = rule.after(from, threshold - before).unwrap_or(to);
            self.fire(cycle, rule, at, passed, log);
        }
    }

    /// Fires what is reached already.
    fn catch_up(&mut self, cycle: usize, rule: &Arc<Rule>, at: i64, log: &mut Log) {
        while let Some((threshold, passed)) = self.next(rule)
            && threshold <= self.elapsed
        {
            self.fire(cycle, rule, at, passed, log);
        }
    }

    /// What comes next, and what is counted by then.
    fn next(&self, rule: &Rule) -> Option<(i64, Passed)> {
        let warning = rule.warn.get(self.warnings);
        let warning = warning.map(|at| (*at, Passed::Warning(self.warnings)));
        let target = match self.breached {
            None => Some((rule.within.saturating_add(1), Passed::Target)),
            Some(_) => None,
        };
        let step = rule.escalate.get(self.steps);
        let step = step.map(|(at, _)| (*at, Passed::Step(self.steps)));
        let all = [warning, target, step];
        all.into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    fn fire(&mut self, cycle: usize, rule: &Arc<Rule>, at: i64, passed: Passed, log: &mut Log) {
        match passed {
            Passed::Warning(_) => self.warnings += 1,
            Passed::Step(_) => self.steps += 1,
            Passed::Target => {
                self.breached = Some(at);
                self.passed = self.passed.or(Some(at));
            }
        }
        let rule = rule.clone();
        log.push(Entry {
            cycle,
            at,
            passed,
            rule,
        });
    }
}

impl Cycle {
    pub(crate) const fn new(
        kind: ClockKind,
        number: u32,
        at: i64,
        born: usize,
        rule: Option<Arc<Rule>>,
    ) -> Self {
        Self {
            kind,
            number,
            started: at,
            born,
            stopped: None,
            died: None,
            rule,
            before: Vec::new(),
            tally: Tally::new(at),
        }
    }

    /// Accounts for the time up to `to`, throughout which the ticket stood as `status`.
    pub(crate) fn count(&mut self, place: usize, status: Status, to: i64, log: &mut Log) {
        if let Some(rule) = &self.rule {
            self.tally.count(place, rule, status, to, log);
        }
    }

    /// Fires what is reached without any time going by: a date that was past when it was agreed.
    pub(crate) fn catch_up(&mut self, place: usize, at: i64, log: &mut Log) {
        if let Some(rule) = &self.rule {
            self.tally.catch_up(place, rule, at, log);
        }
    }

    /// From now on another rule holds; what is counted stays.
    pub(crate) fn carry(&mut self, place: usize, rule: &Arc<Rule>, at: i64, log: &mut Log) {
        if let Some(old) = self.rule.replace(rule.clone()) {
            self.before.push((at, old));
        }
        if self.tally.elapsed <= rule.within {
            self.tally.passed = None;
            self.tally.breached = None;
        }
        self.tally.catch_up(place, rule, at, log);
    }

    /// The cycle begins anew.
    pub(crate) fn restart(&mut self, rule: Option<Arc<Rule>>, at: i64, born: usize) {
        self.started = at;
        self.born = born;
        self.rule = rule;
        self.before.clear();
        self.tally = Tally::new(at);
    }

    /// The cycle is counted again from its start, as if this rule had always held.
    pub(crate) fn recount(
        &mut self,
        place: usize,
        rule: Option<&Arc<Rule>>,
        history: &[Event],
        at: i64,
        log: &mut Log,
    ) {
        self.rule = rule.cloned();
        self.before.clear();
        let late_since = self.tally.breached;
        self.tally = Tally::new(self.started);
        let Some(rule) = rule else { return };
        let mut unheard = Log::new();
        let mut status = Status::New;
        for event in history {
            let to = event.at.timestamp();
            self.tally.count(place, rule, status, to, &mut unheard);
            status = status.after(&event.kind);
        }
        self.tally.count(place, rule, status, at, &mut unheard);
        self.tally.warnings = 0;
        self.tally.steps = 0;
        // Late already stays late since then; made late by the change is late since the change.
        self.tally.breached = self.tally.passed.and(late_since);
        self.tally.catch_up(place, rule, at, log);
    }

    /// The cycle at `now` and all that will happen to it by itself, with the ticket standing as
    /// `status` since the last event; none where nothing judges it.
    pub(crate) fn at(
        &self,
        place: usize,
        status: Status,
        now: i64,
        log: &mut Log,
    ) -> Option<View<'_>> {
        let rule = self.rule.as_ref()?;
        let mut tally = self.tally;
        let run = if self.stopped.is_some() {
            Run::Stopped
        } else {
            tally.count(place, rule, status, now, log);
            if rule.is_paused(status) {
                Run::Paused
            } else {
                Run::Running
            }
        };
        Some(View {
            cycle: self,
            rule,
            tally,
            run,
            status,
        })
    }
}

/// A cycle as it stands at one instant.
pub(crate) struct View<'a> {
    pub(crate) cycle: &'a Cycle,
    pub(crate) rule: &'a Arc<Rule>,
    tally: Tally,
    run: Run,
    status: Status,
}

impl View<'_> {
    /// What comes next, if nothing else happens before.
    pub(crate) fn next(&self) -> Option<(i64, Passed)> {
        if self.run != Run::Running {
            return None;
        }
        let (threshold, passed) = self.tally.next(self.rule)?;
        Some((self.when(threshold)?, passed))
    }

    /// All that comes, in order of time, if nothing else happens before.
    pub(crate) fn all_ahead(mut self) -> impl Iterator<Item = (i64, Passed)> {
        std::iter::from_fn(move || {
            let (at, passed) = self.next()?;
            match passed {
                Passed::Warning(_) => self.tally.warnings += 1,
                Passed::Step(_) => self.tally.steps += 1,
                Passed::Target => self.tally.breached = Some(at),
            }
            Some((at, passed))
        })
    }

    /// When so much is counted, which is not the case yet.
    fn when(&self, threshold: i64) -> Option<i64> {
        self.rule
            .after(self.tally.to, threshold - self.tally.elapsed)
    }

    fn verdict(&self) -> Verdict {
        match self.cycle.stopped {
            _ if self.tally.breached.is_some() => Verdict::Breached,
            Some((_, Stop::Cancelled)) => Verdict::Undecided,
            Some(_) => Verdict::Met,
            None if self.cycle.kind == ClockKind::Resolution && self.status.is_done() => {
                Verdict::Met
            }
            None => Verdict::Undecided,
        }
    }

    pub(crate) fn clock(&self) -> Clock {
        let (cycle, rule, tally) = (self.cycle, self.rule, &self.tally);
        let running = self.run == Run::Running;
        let due = (running && tally.elapsed < rule.within).then(|| self.when(rule.within));
        let warn = rule.warn.get(tally.warnings).filter(|_| running);
        let breach = running.then(|| {
            let ahead = || self.when(rule.within.saturating_add(1));
            tally.passed.or_else(ahead)
        });
        Clock {
            kind: cycle.kind.clone(),
            cycle: cycle.number,
            policy: rule.policy.clone(),
            target: seconds(rule.within),
            time: rule.time,
            started_at: instant(cycle.started),
            stopped: cycle.stopped.map(|(at, why)| Stopped {
                at: instant(at),
                why,
            }),
            run: self.run,
            elapsed: seconds(tally.elapsed),
            business: seconds(tally.open),
            calendar: seconds(tally.unpaused),
            paused: seconds(tally.to - cycle.started - tally.unpaused),
            outside: seconds(tally.unpaused - tally.elapsed),
            remaining: seconds(rule.within.saturating_sub(tally.elapsed)),
            due_at: due.flatten().map(instant),
            warn_at: warn.and_then(|at| self.when(*at)).map(instant),
            breach_at: breach.flatten().map(instant),
            breached_at: tally.breached.map(instant),
            verdict: self.verdict(),
        }
    }
}

/// Instants come from events, or from a calendar, or lie a target after one of these.
pub(crate) fn instant(at: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(at, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn seconds(amount: i64) -> TimeDelta {
    TimeDelta::try_seconds(amount).unwrap_or(TimeDelta::MAX)
}
