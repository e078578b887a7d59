use std::sync::Arc;

use aspa_hours::{Calendar, Fingerprint};
use chrono::{DateTime, TimeDelta, Utc};

use crate::event::Commitment;
use crate::figures::Share;
use crate::texts;
use crate::{ClockKind, Error, Event, Period, Policies, Promise, State, Status, Target, Time};

/// A compiled [`Promise`] or list of [`Policies`]: makes the clocks of any number of tickets.
///
/// Tickets start under one of its policies, the first unless [`under`](Self::under) says another.
/// Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Sla {
    set: Arc<Set>,
    start: usize,
}

#[derive(Debug)]
struct Set {
    /// As they were given, but each with its hours.
    policies: Policies,
    compiled: Vec<Compiled>,
}

#[derive(Debug)]
struct Compiled {
    name: Arc<str>,
    calendar: Calendar,
    fingerprint: Fingerprint,
    /// In the order of the promise's targets.
    rules: Vec<Arc<Rule>>,
    texts: texts::Compiled,
}

/// A target in whole seconds, with all that judges a clock.
#[derive(Debug)]
pub(crate) struct Rule {
    /// The policy that it belongs to.
    pub(crate) policy: Arc<str>,
    pub(crate) clock: ClockKind,
    /// Empty: any.
    priority: Vec<String>,
    pub(crate) within: i64,
    pub(crate) time: Time,
    /// What is counted at each warning, ascending.
    pub(crate) warn: Vec<i64>,
    warn_percent: Vec<u8>,
    /// What is counted at each step, ascending, and whom it calls.
    pub(crate) escalate: Vec<(i64, Arc<[String]>)>,
    paused_in: u8,
    pub(crate) calendar: Calendar,
    pub(crate) fingerprint: Fingerprint,
    /// Whether it is a commitment with a date, which no change moves.
    pub(crate) is_dated: bool,
}

impl Rule {
    /// Whether the clock stands still in this status.
    pub(crate) const fn is_paused(&self, status: Status) -> bool {
        self.paused_in & status.bit() != 0
    }

    /// The smallest instant from `from` on at which a clock that runs has counted `seconds` more.
    pub(crate) fn after(&self, from: i64, seconds: i64) -> Option<i64> {
        match self.time {
            Time::Calendar => from.checked_add(seconds),
            Time::Business => self.calendar.add(from, seconds).ok(),
        }
    }

    /// A commitment to be kept within so many seconds of calendar time; timers as this rule has them.
    fn dated(policy: &Compiled, known: Option<&Arc<Self>>, name: &ClockKind, within: i64) -> Self {
        let percent = known.map_or_else(Vec::new, |rule| rule.warn_percent.clone());
        let escalate = known.map_or(&[][..], |rule| &rule.escalate);
        let usual = known.map_or(0, |rule| rule.within);
        Self {
            policy: policy.name.clone(),
            clock: name.clone(),
            priority: Vec::new(),
            within,
            time: Time::Calendar,
            warn: percent.iter().map(|p| share(within, *p)).collect(),
            warn_percent: percent,
            escalate: escalate
                .iter()
                .map(|(at, to)| (within.saturating_add(at - usual), to.clone()))
                .collect(),
            paused_in: 0,
            calendar: policy.calendar.clone(),
            fingerprint: policy.fingerprint,
            is_dated: true,
        }
    }
}

/// Rules are one where they have one place in one set; the set is compared beside.
impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.policy == other.policy
            && self.clock == other.clock
            && self.priority == other.priority
            && self.within == other.within
    }
}

impl Sla {
    pub(crate) fn new(mut policies: Policies) -> Result<Self, Error> {
        let mut compiled: Vec<Compiled> = Vec::with_capacity(policies.policies.len());
        for policy in &mut policies.policies {
            let promise = &mut policy.promise;
            if promise.hours.is_none() {
                promise.hours.clone_from(&policies.hours);
            }
            let name: Arc<str> = promise.name.as_str().into();
            if compiled.iter().any(|known| known.name == name) {
                return Err(Error::PolicyTwice(name));
            }
            compiled.push(compile(&name, promise).map_err(|error| Error::InPolicy {
                policy: name,
                error: Box::new(error),
            })?);
        }
        if compiled.is_empty() {
            return Err(Error::NoPolicy);
        }
        let set = Arc::new(Set { policies, compiled });
        Ok(Self { set, start: 0 })
    }

    /// The same policies, with tickets that start under the one of this name.
    ///
    /// # Errors
    /// [`Error::UnknownPolicy`] where there is none.
    pub fn under(&self, policy: &str) -> Result<Self, Error> {
        let start = self.find(policy)?;
        let set = Arc::clone(&self.set);
        Ok(Self { set, start })
    }

    /// The policies that this was compiled from, each with its hours.
    #[must_use]
    pub fn policies(&self) -> &Policies {
        &self.set.policies
    }

    /// The promise under which tickets start.
    #[must_use]
    pub fn promise(&self) -> &Promise {
        self.promise_of(self.start)
    }

    /// The opening hours of [`promise`](Self::promise), compiled; always open where it has none.
    #[must_use]
    pub fn calendar(&self) -> &Calendar {
        self.calendar_of(self.start)
    }

    /// What a customer is told who writes while the desk is closed, in the language of a BCP 47 tag
    /// or else in the fallback of the [`Texts`](crate::Texts). None while it is open, as it always is
    /// without hours. Texts are those of [`promise`](Self::promise).
    #[must_use]
    pub fn away_text(&self, now: DateTime<Utc>, language: &str) -> Option<String> {
        let policy = &self.set.compiled[self.start];
        policy.texts.away(&policy.calendar, now, language)
    }

    /// The hours and the targets, to be published. Languages as in [`away_text`](Self::away_text).
    #[must_use]
    pub fn profile_text(&self, language: &str) -> String {
        let policy = &self.set.compiled[self.start];
        policy.texts.profile(language)
    }

    /// How well the promise was kept, to be published: in whole percent, rounded down. None where
    /// nothing is decided. Languages as in [`away_text`](Self::away_text).
    ///
    /// The text that stands in speaks of answers: give the share of the response clocks, not of all.
    #[must_use]
    pub fn kept_text(&self, share: &Share, period: Period, language: &str) -> Option<String> {
        let policy = &self.set.compiled[self.start];
        policy.texts.kept(share, period, language)
    }

    /// The state of a ticket to which nothing has happened yet.
    #[must_use]
    pub fn state(&self) -> State {
        State::new(self.clone(), Vec::new())
    }

    /// The state of a ticket after these events.
    ///
    /// They may come in any order: earlier ones apply first, and those of one instant in the order
    /// given. The same as [`State::apply`] for each. It takes time in proportion to the events, but
    /// each change under [`ChangeMode::Retroactive`](crate::ChangeMode::Retroactive) goes through
    /// those before it once more.
    ///
    /// # Errors
    /// [`Error::UnknownPolicy`] and [`Error::NoTarget`] for events that name what there is not.
    pub fn replay<'a>(&self, events: impl IntoIterator<Item = &'a Event>) -> Result<State, Error> {
        let mut events: Vec<Event> = events.into_iter().cloned().collect();
        if !events.is_sorted_by_key(|event| event.at) {
            events.sort_by_key(|event| event.at);
        }
        State::of(self.clone(), events)
    }

    pub(crate) const fn start(&self) -> usize {
        self.start
    }

    pub(crate) fn find(&self, policy: &str) -> Result<usize, Error> {
        self.set
            .compiled
            .iter()
            .position(|known| *known.name == *policy)
            .ok_or_else(|| Error::UnknownPolicy(policy.into()))
    }

    pub(crate) fn promise_of(&self, policy: usize) -> &Promise {
        &self.set.policies.policies[policy].promise
    }

    pub(crate) fn name_of(&self, policy: usize) -> &Arc<str> {
        &self.set.compiled[policy].name
    }

    pub(crate) fn calendar_of(&self, policy: usize) -> &Calendar {
        &self.set.compiled[policy].calendar
    }

    /// What judges a clock under a policy: the target that names the priority, else the one that
    /// names none.
    pub(crate) fn rule(
        &self,
        policy: usize,
        clock: &ClockKind,
        priority: Option<&str>,
    ) -> Option<&Arc<Rule>> {
        let mut general = None;
        for rule in &self.set.compiled[policy].rules {
            if rule.clock != *clock {
                continue;
            }
            if rule.priority.is_empty() {
                general = Some(rule);
            } else if priority.is_some_and(|p| rule.priority.iter().any(|named| named == p)) {
                return Some(rule);
            }
        }
        general
    }

    /// What judges a commitment made at `at`.
    pub(crate) fn commitment(
        &self,
        policy: usize,
        priority: Option<&str>,
        commitment: &Commitment,
        at: DateTime<Utc>,
    ) -> Result<Arc<Rule>, Error> {
        let clock = ClockKind::Custom(commitment.name.clone());
        let known = self.rule(policy, &clock, priority);
        let policy = &self.set.compiled[policy];
        match (commitment.due, known) {
            (Some(due), _) => {
                let within = due.timestamp() - at.timestamp();
                Ok(Arc::new(Rule::dated(policy, known, &clock, within)))
            }
            (None, Some(rule)) => Ok(rule.clone()),
            (None, None) => Err(Error::NoTarget {
                policy: policy.name.clone(),
                clock,
            }),
        }
    }
}

/// Equal policies make equal clocks.
impl PartialEq for Sla {
    fn eq(&self, other: &Self) -> bool {
        self.start == other.start
            && (Arc::ptr_eq(&self.set, &other.set) || self.set.policies == other.set.policies)
    }
}

impl Eq for Sla {}

fn compile(name: &Arc<str>, promise: &Promise) -> Result<Compiled, Error> {
    let calendar = match &promise.hours {
        Some(hours) => hours.build()?,
        None => Calendar::always(),
    };
    let fingerprint = calendar.fingerprint();
    let mut rules: Vec<Arc<Rule>> = Vec::with_capacity(promise.targets.len());
    for target in &promise.targets {
        let clock = &target.clock;
        for known in rules.iter().filter(|rule| rule.clock == *clock) {
            let mut shared = known.priority.iter();
            let shared = shared.find(|named| target.priority.contains(named));
            let neither = known.priority.is_empty() && target.priority.is_empty();
            if neither || shared.is_some() {
                return Err(Error::TargetTwice {
                    clock: clock.clone(),
                    priority: shared.cloned(),
                });
            }
        }
        if target.time == Time::Business && promise.hours.is_none() {
            return Err(Error::NoHours(clock.clone()));
        }
        if target.time == Time::Business && calendar.is_never_open() {
            return Err(Error::NeverOpen(clock.clone()));
        }
        rules.push(Arc::new(rule(
            name,
            promise,
            &calendar,
            fingerprint,
            target,
        )?));
    }
    Ok(Compiled {
        name: name.clone(),
        calendar,
        fingerprint,
        rules,
        texts: texts::Compiled::new(promise)?,
    })
}

fn rule(
    policy: &Arc<str>,
    promise: &Promise,
    calendar: &Calendar,
    fingerprint: Fingerprint,
    target: &Target,
) -> Result<Rule, Error> {
    let clock = &target.clock;
    let within = whole_seconds(target.within)
        .filter(|within| *within > 0)
        .ok_or_else(|| Error::Within(clock.clone()))?;
    let mut before = 0;
    for &percent in &target.warn {
        if percent <= before || percent > 100 {
            let clock = clock.clone();
            return Err(Error::Warn { clock, percent });
        }
        before = percent;
    }
    let mut escalate: Vec<(i64, Arc<[String]>)> = Vec::with_capacity(target.escalate.len());
    for (n, step) in target.escalate.iter().enumerate() {
        let at = whole_seconds(step.after)
            .filter(|after| *after >= 0)
            .and_then(|after| within.checked_add(after))
            .filter(|at| escalate.last().is_none_or(|last| last.0 < *at))
            .ok_or_else(|| Error::Escalate {
                clock: clock.clone(),
                step: n + 1,
            })?;
        escalate.push((at, step.to.clone().into()));
    }
    let paused = target.pause_on.as_ref().unwrap_or(&promise.pause_on);
    let done = Status::Solved.bit() | Status::Closed.bit();
    Ok(Rule {
        policy: policy.clone(),
        clock: clock.clone(),
        priority: target.priority.clone(),
        within,
        time: target.time,
        warn: target.warn.iter().map(|p| share(within, *p)).collect(),
        warn_percent: target.warn.clone(),
        escalate,
        paused_in: paused.iter().fold(done, |bits, status| bits | status.bit()),
        calendar: calendar.clone(),
        fingerprint,
        is_dated: false,
    })
}

fn whole_seconds(delta: TimeDelta) -> Option<i64> {
    (delta.subsec_nanos() == 0).then(|| delta.num_seconds())
}

/// The least whole number that is at least so many percent of `within`.
fn share(within: i64, percent: u8) -> i64 {
    let part = i128::from(within) * i128::from(percent);
    let whole = part.div_euclid(100) + i128::from(part.rem_euclid(100) > 0);
    // Up to 100 percent, so it is no further from zero than `within`.
    i64::try_from(whole).unwrap_or(within)
}
