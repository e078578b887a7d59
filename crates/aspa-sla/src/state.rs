use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::cycle::{Cycle, Entry, Log, Passed, View, instant};
use crate::event::Commitment;
use crate::sla::Rule;
use crate::{
    Breach, ChangeMode, Clock, ClockKind, Error, Event, EventKind, ReopenMode, ReplyKind, Sla,
    Status, Stop, Timer, TimerKind,
};

/// The clocks of which one at most is alive; commitments come beside.
const KINDS: [ClockKind; 3] = [
    ClockKind::FirstResponse,
    ClockKind::NextResponse,
    ClockKind::Resolution,
];
const FIRST: usize = 0;
const NEXT: usize = 1;
const RESOLUTION: usize = 2;

/// One ticket: what has happened, and the clocks that follow from it.
///
/// - `Created` starts the first response and the resolution.
/// - A customer's message makes a solved or pending ticket open. Once the first response is done,
///   it starts the next response, unless that runs already: so it counts from the oldest message
///   that is not answered. On a closed ticket it does nothing.
/// - An answer stops both responses, a holding reply does so where the promise says so, an automatic
///   one never.
/// - Solving and closing cancel both responses. What they do to the resolution, the promise's
///   [`ReopenMode`] says. Settling what was asked without an answer cancels both responses too, and
///   lets the resolution go on.
/// - Another priority or policy changes the clocks that are alive as the promise's [`ChangeMode`]
///   says.
/// - A [`Commitment`] starts a clock of its own, which only keeping it, calling it off, or making it
///   anew stops.
///
/// As time passes, clocks warn, break their promises and escalate by themselves: each at the smallest
/// instant at which so much is counted, before the events of that instant, and once a cycle.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    sla: Sla,
    /// In order of time; those of one instant in the order given.
    events: Vec<Event>,
    policy: usize,
    priority: Option<Arc<str>>,
    status: Status,
    created: bool,
    /// Every cycle, in the order in which they came to be.
    cycles: Vec<Cycle>,
    /// Which cycle of each of [`KINDS`] is alive, and how many of them have been seen.
    alive: [Option<usize>; 3],
    seen: [u32; 3],
    /// Which commitments are alive.
    commitments: Vec<usize>,
    /// What is set down; each clock's in order of time.
    log: Log,
}

impl State {
    pub(crate) fn new(sla: Sla, events: Vec<Event>) -> Self {
        Self {
            policy: sla.start(),
            sla,
            events,
            priority: None,
            status: Status::New,
            created: false,
            cycles: Vec::new(),
            alive: [None; 3],
            seen: [0; 3],
            commitments: Vec::new(),
            log: Log::new(),
        }
    }

    /// The state after `events`, which are sorted.
    pub(crate) fn of(sla: Sla, events: Vec<Event>) -> Result<Self, Error> {
        let mut state = Self::new(sla, Vec::with_capacity(events.len()));
        state.cycles.reserve(4);
        for event in events {
            state.follow(event)?;
        }
        Ok(state)
    }

    /// Takes in one more event. One that is older than the last takes its place in time, after those
    /// of the same instant, and everything is counted again.
    ///
    /// # Errors
    /// [`Error::UnknownPolicy`] and [`Error::NoTarget`] for an event that names what there is not;
    /// the state stays as it was.
    pub fn apply(&mut self, event: &Event) -> Result<(), Error> {
        let place = self.events.partition_point(|known| known.at <= event.at);
        if place == self.events.len() {
            return self.follow(event.clone());
        }
        let mut events = self.events.clone();
        events.insert(place, event.clone());
        *self = Self::of(self.sla.clone(), events)?;
        Ok(())
    }

    /// The state after the same events under other policies, such as those read at a restart.
    ///
    /// The whole history is judged by the new ones, as if they had always held: clocks that have
    /// stopped and what was set down too, since nothing is left of the old ones. Where the old
    /// judgement shall stay, give the changed policy a new name and tell each ticket by an event.
    ///
    /// # Errors
    /// [`Error::UnknownPolicy`] where the policy under which it started, or one named by an event, is
    /// gone; [`Error::NoTarget`] where the target of a commitment is.
    pub fn recompiled(&self, sla: &Sla) -> Result<Self, Error> {
        let start = self.sla.name_of(self.sla.start());
        Self::of(sla.under(start)?, self.events.clone())
    }

    /// The policies, and the one under which the ticket started.
    #[must_use]
    pub const fn sla(&self) -> &Sla {
        &self.sla
    }

    /// What has happened, in the order in which it applies.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// How the ticket stands after the last event.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// The name of the policy that holds after the last event.
    #[must_use]
    pub fn policy(&self) -> &str {
        self.sla.name_of(self.policy)
    }

    /// The priority after the last event.
    #[must_use]
    pub fn priority(&self) -> Option<&str> {
        self.priority.as_deref()
    }

    /// Every clock that had started by `now`, as it stood at `now`, in the order in which they came
    /// to be. Clocks without a target are not among them.
    #[must_use]
    pub fn clocks(&self, now: DateTime<Utc>) -> Vec<Clock> {
        self.seen_at(now, |views| views.map(|view| view.clock()).collect())
    }

    /// The broken promises set down by `now`, in order of time.
    #[must_use]
    pub fn breaches(&self, now: DateTime<Utc>) -> Vec<Breach> {
        self.logged(now, |state, entry| {
            (entry.passed == Passed::Target).then(|| Breach {
                clock: state.cycles[entry.cycle].kind.clone(),
                cycle: state.cycles[entry.cycle].number,
                policy: entry.rule.policy.clone(),
                target: chrono::TimeDelta::seconds(entry.rule.within),
                at: instant(entry.at),
            })
        })
    }

    /// The warnings and escalations that have fired by `now`, in order of time. One that was armed
    /// anew by a change can be there twice for one cycle.
    #[must_use]
    pub fn fired(&self, now: DateTime<Utc>) -> Vec<Timer> {
        self.logged(now, |state, entry| {
            let cycle = &state.cycles[entry.cycle];
            (entry.passed != Passed::Target)
                .then(|| timer(cycle, &entry.rule, entry.at, entry.passed))
        })
    }

    /// The warnings, breaches and escalations after `now`, in order of time, if nothing else happens.
    #[must_use]
    pub fn timers(&self, now: DateTime<Utc>) -> Vec<Timer> {
        self.seen_at(now, |views| {
            let mut timers: Vec<Timer> = views
                .flat_map(|view| {
                    let (cycle, rule) = (view.cycle, view.rule);
                    view.all_ahead()
                        .map(move |(at, passed)| timer(cycle, rule, at, passed))
                })
                .collect();
            timers.sort_by_key(|timer| timer.at);
            timers
        })
    }

    /// The first of [`timers`](Self::timers), without making the others.
    #[must_use]
    pub fn next_instant(&self, now: DateTime<Utc>) -> Option<Timer> {
        self.seen_at(now, |views| {
            views
                .filter_map(|view| Some((view.next()?, view.cycle, view.rule)))
                .min_by_key(|((at, _), ..)| *at)
                .map(|((at, passed), cycle, rule)| timer(cycle, rule, at, passed))
        })
    }

    /// The instant of [`next_instant`](Self::next_instant): when this ticket wants to be looked at.
    #[must_use]
    pub fn next_wakeup(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.seen_at(now, |views| {
            views
                .filter_map(|view| view.next())
                .map(|next| next.0)
                .min()
        })
        .map(instant)
    }

    /// Shows all cycles as they stood at `now`.
    fn seen_at<T>(
        &self,
        now: DateTime<Utc>,
        show: impl FnOnce(&mut dyn Iterator<Item = View<'_>>) -> T,
    ) -> T {
        let then = self.known_at(now);
        let state = then.as_ref().unwrap_or(self);
        let mut unheard = Log::new();
        let mut views = state
            .cycles
            .iter()
            .enumerate()
            .filter_map(|(place, cycle)| {
                cycle.at(place, state.status, now.timestamp(), &mut unheard)
            });
        show(&mut views)
    }

    /// What was set down by `now`, in order of time, and at one instant in the order of the clocks.
    fn logged<T>(&self, now: DateTime<Utc>, tell: impl Fn(&Self, &Entry) -> Option<T>) -> Vec<T> {
        let then = self.known_at(now);
        let state = then.as_ref().unwrap_or(self);
        let mut log = state.log.clone();
        for (place, cycle) in state.cycles.iter().enumerate() {
            cycle.at(place, state.status, now.timestamp(), &mut log);
        }
        log.sort_by_key(|entry| (entry.at, entry.cycle));
        log.iter().filter_map(|entry| tell(state, entry)).collect()
    }

    /// The state after the events up to `now`, where there are later ones.
    pub(crate) fn known_at(&self, now: DateTime<Utc>) -> Option<Self> {
        self.events.last().filter(|last| last.at > now)?;
        let known = self.events.partition_point(|event| event.at <= now);
        // They have been followed before, so they can be followed again.
        Self::of(self.sla.clone(), self.events[..known].to_vec()).ok()
    }

    pub(crate) fn cycles(&self) -> &[Cycle] {
        &self.cycles
    }

    /// Follows one event, not older than those before it. Where it fails, nothing has changed.
    fn follow(&mut self, event: Event) -> Result<(), Error> {
        let at = event.at.timestamp();
        match &event.kind {
            EventKind::Created if self.created => {}
            EventKind::Created => {
                self.created = true;
                self.start(FIRST, at);
                self.start(RESOLUTION, at);
            }
            EventKind::CustomerMessage => {
                self.stand(at, self.status.after(&event.kind));
                let responded = self.created && self.alive[FIRST].is_none();
                if responded && self.status != Status::Closed {
                    self.start(NEXT, at);
                }
            }
            EventKind::Reply(kind) => {
                let answers = match kind {
                    ReplyKind::Answer => true,
                    ReplyKind::Holding => self.sla.promise_of(self.policy).holding_stops,
                    ReplyKind::Automatic => false,
                };
                if answers {
                    self.stop(FIRST, at, Stop::MetByReply);
                    self.stop(NEXT, at, Stop::MetByReply);
                }
            }
            EventKind::Settled => {
                self.stop(FIRST, at, Stop::Cancelled);
                self.stop(NEXT, at, Stop::Cancelled);
            }
            EventKind::Status(status) => self.stand(at, *status),
            EventKind::Assigned(_) => {}
            EventKind::Priority(priority) => {
                if self.priority != *priority {
                    self.priority.clone_from(priority);
                    self.change(at);
                }
            }
            EventKind::Policy(name) => {
                let policy = self.sla.find(name)?;
                if self.policy != policy {
                    self.policy = policy;
                    self.change(at);
                }
            }
            EventKind::Committed(commitment) => self.commit(event.at, commitment)?,
            EventKind::Kept(name) => self.release(name, at, Stop::Kept),
            EventKind::CalledOff(name) => self.release(name, at, Stop::Cancelled),
        }
        self.events.push(event);
        Ok(())
    }

    /// The ticket stands differently from now on.
    fn stand(&mut self, at: i64, status: Status) {
        let before = self.status;
        if before == status {
            return;
        }
        let alive = self.alive.iter().flatten().chain(&self.commitments);
        for &place in alive {
            let cycle = &mut self.cycles[place];
            let flips = |rule: &Arc<Rule>| rule.is_paused(before) != rule.is_paused(status);
            if cycle.rule.as_ref().is_some_and(flips) {
                cycle.count(place, before, at, &mut self.log);
            }
        }
        if status.is_done() && !before.is_done() {
            self.stop(FIRST, at, Stop::Cancelled);
            self.stop(NEXT, at, Stop::Cancelled);
        }
        let stops = match self.sla.promise_of(self.policy).reopen_mode {
            ReopenMode::NewCycle => status.is_done(),
            ReopenMode::Resume => status == Status::Closed,
        };
        if stops {
            self.stop(RESOLUTION, at, Stop::Solved);
        }
        self.status = status;
        if before.is_done() && !status.is_done() && self.created {
            self.start(RESOLUTION, at);
        }
    }

    /// Another priority or policy holds from now on.
    fn change(&mut self, at: i64) {
        let mode = self.sla.promise_of(self.policy).change_mode;
        let mut places = self.commitments.clone();
        places.extend(self.alive.iter().flatten());
        places.sort_unstable();
        for place in places {
            self.change_cycle(place, mode, at);
        }
    }

    fn change_cycle(&mut self, place: usize, mode: ChangeMode, at: i64) {
        let born = self.events.len();
        let cycle = &mut self.cycles[place];
        let rule = self
            .sla
            .rule(self.policy, &cycle.kind, self.priority.as_deref())
            .cloned();
        let is_commitment = matches!(cycle.kind, ClockKind::Custom(_));
        let is_dated = cycle.rule.as_ref().is_some_and(|rule| rule.is_dated);
        if is_dated || (is_commitment && rule.is_none()) {
            return;
        }
        cycle.count(place, self.status, at, &mut self.log);
        match (mode, rule) {
            (ChangeMode::Keep, _) => return,
            (ChangeMode::Retroactive, rule) => {
                cycle.recount(place, rule.as_ref(), &self.events, at, &mut self.log);
            }
            (ChangeMode::Carry, Some(rule)) if cycle.rule.is_some() => {
                cycle.carry(place, &rule, at, &mut self.log);
            }
            (ChangeMode::Carry | ChangeMode::Fresh, Some(rule)) => {
                cycle.restart(Some(rule), at, born);
            }
            (ChangeMode::Carry | ChangeMode::Fresh, None) => {
                if cycle.rule.is_some()
                    && let Some(slot) = KINDS.iter().position(|kind| *kind == cycle.kind)
                {
                    self.stop(slot, at, Stop::Cancelled);
                    self.start(slot, at);
                }
                return;
            }
        }
        if let Some(slot) = KINDS.iter().position(|kind| *kind == cycle.kind)
            && cycle.number == 0
            && cycle.rule.is_some()
        {
            self.seen[slot] += 1;
            cycle.number = self.seen[slot];
        }
    }

    /// Starts the next cycle of a clock, unless one is alive. Without a target nobody sees it.
    fn start(&mut self, slot: usize, at: i64) {
        if self.alive[slot].is_some() {
            return;
        }
        let kind = &KINDS[slot];
        let rule = self.sla.rule(self.policy, kind, self.priority.as_deref());
        let mut number = 0;
        if rule.is_some() {
            self.seen[slot] += 1;
            number = self.seen[slot];
        }
        self.alive[slot] = Some(self.cycles.len());
        let born = self.events.len();
        let cycle = Cycle::new(kind.clone(), number, at, born, rule.cloned());
        self.cycles.push(cycle);
    }

    fn stop(&mut self, slot: usize, at: i64, why: Stop) {
        if let Some(place) = self.alive[slot].take() {
            self.end(place, at, why);
        }
    }

    fn end(&mut self, place: usize, at: i64, why: Stop) {
        let cycle = &mut self.cycles[place];
        cycle.count(place, self.status, at, &mut self.log);
        cycle.stopped = Some((at, why));
        cycle.died = Some(self.events.len());
    }

    fn commit(&mut self, at: DateTime<Utc>, commitment: &Commitment) -> Result<(), Error> {
        let priority = self.priority.as_deref();
        let rule = self.sla.commitment(self.policy, priority, commitment, at)?;
        let at = at.timestamp();
        self.release(&commitment.name, at, Stop::Cancelled);
        let kind = ClockKind::Custom(commitment.name.clone());
        let before = self.cycles.iter().rev().find(|cycle| cycle.kind == kind);
        let number = before.map_or(0, |cycle| cycle.number) + 1;
        let place = self.cycles.len();
        let mut cycle = Cycle::new(kind, number, at, self.events.len(), Some(rule));
        cycle.catch_up(place, at, &mut self.log);
        self.cycles.push(cycle);
        self.commitments.push(place);
        Ok(())
    }

    /// Ends the commitment of this name, if one is alive.
    fn release(&mut self, name: &Arc<str>, at: i64, why: Stop) {
        let is_it =
            |place: &usize| matches!(&self.cycles[*place].kind, ClockKind::Custom(n) if n == name);
        if let Some(n) = self.commitments.iter().position(is_it) {
            let place = self.commitments.remove(n);
            self.end(place, at, why);
        }
    }
}

fn timer(cycle: &Cycle, rule: &Rule, at: i64, passed: Passed) -> Timer {
    let (kind, n, to) = match passed {
        Passed::Warning(n) => (TimerKind::Warn, n, None),
        Passed::Target => (TimerKind::Breach, 0, None),
        Passed::Step(n) => (TimerKind::Escalate, n, rule.escalate.get(n)),
    };
    Timer {
        at: instant(at),
        kind,
        step: u32::try_from(n + 1).unwrap_or(u32::MAX),
        to: to.map_or_else(Arc::default, |(_, to)| to.clone()),
        clock: cycle.kind.clone(),
        cycle: cycle.number,
        policy: rule.policy.clone(),
    }
}
