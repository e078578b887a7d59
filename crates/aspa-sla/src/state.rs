use chrono::{DateTime, Utc};

use crate::clock::Cycle;
use crate::sla::Rule;
use crate::{Clock, ClockKind, Event, EventKind, ReopenMode, ReplyKind, Sla, Status, Stop, Timer};

const RESPONSES: [ClockKind; 2] = [ClockKind::FirstResponse, ClockKind::NextResponse];
const KINDS: [ClockKind; 3] = [
    ClockKind::FirstResponse,
    ClockKind::NextResponse,
    ClockKind::Resolution,
];

/// One ticket under one promise: what has happened, and the clocks that follow from it.
///
/// - `Created` starts the first response and the resolution.
/// - A customer's message makes a solved or pending ticket open. Once the first response is done,
///   it starts the next response, unless that runs already: so it counts from the oldest message
///   that is not answered. On a closed ticket it does nothing.
/// - An answer stops both responses, a holding reply does so where the promise says so, an automatic
///   one never. A reply before the first message of the customer stops nothing.
/// - Solving and closing cancel both responses. What they do to the resolution, the promise's
///   [`ReopenMode`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    sla: Sla,
    /// In order of time; those of one instant in the order given.
    events: Vec<Event>,
    status: Status,
    created: bool,
    asked: bool,
    responded: bool,
    cycles: Vec<Cycle>,
    /// Which cycle of each kind is alive.
    alive: [Option<usize>; 3],
}

impl State {
    pub(crate) fn new(sla: Sla) -> Self {
        Self {
            sla,
            events: Vec::new(),
            status: Status::New,
            created: false,
            asked: false,
            responded: false,
            cycles: Vec::new(),
            alive: [None; 3],
        }
    }

    /// The state after `events`, which are sorted.
    pub(crate) fn of(sla: Sla, events: Vec<Event>) -> Self {
        let mut state = Self::new(sla);
        for event in &events {
            state.step(event);
        }
        state.events = events;
        state
    }

    /// Takes in one more event. One that is older than the last takes its place in time, after those
    /// of the same instant, and everything after it is counted again.
    pub fn apply(&mut self, event: &Event) {
        let place = self.events.partition_point(|known| known.at <= event.at);
        if place == self.events.len() {
            self.step(event);
            self.events.push(event.clone());
        } else {
            let mut events = std::mem::take(&mut self.events);
            events.insert(place, event.clone());
            *self = Self::of(self.sla.clone(), events);
        }
    }

    /// The promise.
    #[must_use]
    pub fn sla(&self) -> &Sla {
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

    /// Every clock that had started by `now`, as it stood at `now`, in the order of their starts.
    #[must_use]
    pub fn clocks(&self, now: DateTime<Utc>) -> Vec<Clock> {
        let then;
        let state = match self.events.last() {
            Some(last) if last.at > now => {
                then = self.as_of(now);
                &then
            }
            _ => self,
        };
        let now = now.timestamp();
        state
            .cycles
            .iter()
            .filter_map(|cycle| {
                let rule = state.sla.rule(cycle.kind)?;
                Some(cycle.view(&state.sla, rule, state.status, now))
            })
            .collect()
    }

    /// The first instant after `now` at which a clock warns or breaks its promise, if nothing else
    /// happens before.
    #[must_use]
    pub fn next_instant(&self, now: DateTime<Utc>) -> Option<Timer> {
        self.clocks(now)
            .iter()
            .filter_map(|clock| clock.next_instant(now))
            .min_by_key(|t| t.at)
    }

    /// The state after the events up to `now`.
    pub(crate) fn as_of(&self, now: DateTime<Utc>) -> Self {
        let known = self.events.partition_point(|event| event.at <= now);
        Self::of(self.sla.clone(), self.events[..known].to_vec())
    }

    /// Follows one event, not older than those before it, without keeping it.
    pub(crate) fn step(&mut self, event: &Event) {
        let at = event.at.timestamp();
        match &event.kind {
            EventKind::Created if self.created => {}
            EventKind::Created => {
                self.created = true;
                self.start(ClockKind::FirstResponse, at);
                self.start(ClockKind::Resolution, at);
            }
            EventKind::CustomerMessage => self.customer_message(at),
            EventKind::Reply(kind) => {
                let answers = match kind {
                    ReplyKind::Answer => true,
                    ReplyKind::Holding => self.sla.promise().holding_stops,
                    ReplyKind::Automatic => false,
                };
                if answers && self.asked {
                    self.responses_end(at, Stop::MetByReply);
                }
            }
            EventKind::Status(status) => self.set_status(at, *status),
            EventKind::Assigned(_) => {}
        }
    }

    fn customer_message(&mut self, at: i64) {
        self.asked = true;
        match self.status {
            Status::Closed => return,
            Status::Solved | Status::Pending => self.set_status(at, Status::Open),
            _ => {}
        }
        if self.responded {
            self.start(ClockKind::NextResponse, at);
        }
    }

    fn set_status(&mut self, at: i64, status: Status) {
        let before = std::mem::replace(&mut self.status, status);
        if before == status {
            return;
        }
        for kind in KINDS {
            if let Some((cycle, rule)) = self.living(kind)
                && rule.is_paused(before) != rule.is_paused(status)
            {
                self.cycles[cycle].count(&self.sla, &rule, before, at);
            }
        }
        if status.is_done() && !before.is_done() {
            self.responses_end(at, Stop::Cancelled);
        }
        let stops = match self.sla.promise().reopen_mode {
            ReopenMode::NewCycle => status.is_done(),
            ReopenMode::Resume => status == Status::Closed,
        };
        if stops {
            self.stop(ClockKind::Resolution, at, Stop::Solved);
        }
        if before.is_done() && !status.is_done() && self.created {
            self.start(ClockKind::Resolution, at);
        }
    }

    fn responses_end(&mut self, at: i64, why: Stop) {
        for kind in RESPONSES {
            self.stop(kind, at, why);
        }
        self.responded |= self.created;
    }

    fn living(&self, kind: ClockKind) -> Option<(usize, Rule)> {
        Some((self.alive[kind as usize]?, *self.sla.rule(kind)?))
    }

    /// Starts the next cycle of a clock, unless it has no target or one is alive.
    fn start(&mut self, kind: ClockKind, at: i64) {
        if self.sla.rule(kind).is_none() || self.alive[kind as usize].is_some() {
            return;
        }
        let before = self.cycles.iter().rev().find(|cycle| cycle.kind == kind);
        let number = before.map_or(0, |cycle| cycle.number) + 1;
        self.alive[kind as usize] = Some(self.cycles.len());
        self.cycles.push(Cycle::new(kind, number, at));
    }

    fn stop(&mut self, kind: ClockKind, at: i64, why: Stop) {
        if let Some((cycle, rule)) = self.living(kind) {
            self.cycles[cycle].count(&self.sla, &rule, self.status, at);
            self.cycles[cycle].stopped = Some((at, why));
            self.alive[kind as usize] = None;
        }
    }
}
