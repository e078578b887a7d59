//! The clocks against a walker that knows only the rules: it goes through time second by second,
//! looks at the wall clock of each, keeps every second of every clock's life, and after a change
//! walks through that life once more.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use aspa_hours::{Closed, Hours};
use aspa_sla::{
    ChangeMode, ClockKind, Commitment, Error, Event, EventKind, Policies, Promise, ReopenMode,
    ReplyKind, Run, SpanKind, State, Status, Stop, Target, Time, TimerKind, Verdict,
};
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// The clocks in Helsinki go back an hour at 01:00 UTC, which is second 1800 here.
const START: &str = "2026-10-25T00:30:00Z";
const WINDOW: i64 = 3_000;

fn at(second: i64) -> DateTime<Utc> {
    START.parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(second)
}

/// Daily minutes of the wall clock; 03:00 to 04:00 comes twice.
const CALENDARS: [&[(u32, u32)]; 3] = [
    &[(185, 205), (215, 240)],
    &[(0, 190), (192, 193), (200, 201), (230, 300)],
    &[(211, 212)],
];

/// Whether each second is open, by each calendar.
static OPEN: LazyLock<[Vec<bool>; 3]> = LazyLock::new(|| {
    CALENDARS.map(|day| {
        let wall = |second| at(second).with_timezone(&chrono_tz::Europe::Helsinki);
        let minute = |second| wall(second).hour() * 60 + wall(second).minute();
        let is_open = |minute| day.iter().any(|(from, to)| (*from..*to).contains(&minute));
        (0..WINDOW).map(|second| is_open(minute(second))).collect()
    })
});

// What is promised, in plain data; the crate's promises are made from it.

#[derive(Debug, Clone)]
struct Plan {
    calendar: usize,
    targets: Vec<Aim>,
    pause_on: Vec<Status>,
    reopen: ReopenMode,
    mode: ChangeMode,
    holding: bool,
}

#[derive(Debug, Clone)]
struct Aim {
    clock: ClockKind,
    priority: Vec<String>,
    within: i64,
    business: bool,
    pause_on: Option<Vec<Status>>,
    warn: Vec<u8>,
    escalate: Vec<i64>,
}

const NAMES: [&str; 3] = ["a", "b", "c"];

fn policies(plans: &[Plan]) -> Policies {
    let mut policies = Policies::new();
    for (plan, name) in plans.iter().zip(NAMES) {
        let times: Vec<String> = CALENDARS[plan.calendar]
            .iter()
            .map(|(from, to)| {
                let [f, t] = [from, to].map(|m| format!("{:02}:{:02}", m / 60, m % 60));
                format!("{f}-{t}")
            })
            .collect();
        let hours = Hours::new(chrono_tz::Europe::Helsinki)
            .open(&format!("Mo-Su {}", times.join(",")))
            .unwrap();
        let mut promise = Promise::new(name, hours)
            .pause_on(plan.pause_on.clone())
            .reopen_mode(plan.reopen)
            .change_mode(plan.mode)
            .holding_stops(plan.holding);
        for aim in &plan.targets {
            let time = [Time::Calendar, Time::Business][usize::from(aim.business)];
            let within = TimeDelta::seconds(aim.within);
            let mut target = Target::new(aim.clock.clone(), within, time);
            target = target.priority(aim.priority.clone());
            target.pause_on.clone_from(&aim.pause_on);
            target.warn.clone_from(&aim.warn);
            for after in &aim.escalate {
                target = target.escalate(TimeDelta::seconds(*after), ["somebody"]);
            }
            promise = promise.target(target);
        }
        policies = policies.policy(promise);
    }
    policies
}

// The walker.

#[derive(Debug, Clone)]
struct Judge {
    policy: usize,
    aim: Aim,
    pauses: Vec<Status>,
    dated: bool,
}

#[derive(Debug, Clone, PartialEq)]
struct Second {
    kind: SpanKind,
    who: Option<Arc<str>>,
    policy: usize,
}

#[derive(Debug, Clone)]
struct Life {
    kind: ClockKind,
    number: u32,
    started: i64,
    stopped: Option<(i64, Stop)>,
    judge: Option<Rc<Judge>>,
    seconds: Vec<Second>,
    /// How many of them are counted.
    elapsed: i64,
    /// When the target was used up, if that was seen.
    used_up: Option<i64>,
    /// When more was counted, and when that was set down.
    over: Option<i64>,
    late: Option<i64>,
    warned: Vec<usize>,
    called: Vec<usize>,
}

type Row = (i64, ClockKind, u32, TimerKind, u32, String);

#[derive(Debug, Clone)]
struct Walker<'a> {
    plans: &'a [Plan],
    now: i64,
    status: Status,
    who: Option<Arc<str>>,
    past: Vec<(Status, Option<Arc<str>>)>,
    policy: usize,
    priority: Option<String>,
    created: bool,
    lives: Vec<Life>,
    log: Vec<Row>,
}

impl<'a> Walker<'a> {
    fn new(plans: &'a [Plan]) -> Self {
        Self {
            plans,
            now: 0,
            status: Status::New,
            who: None,
            past: Vec::new(),
            policy: 0,
            priority: None,
            created: false,
            lives: Vec::new(),
            log: Vec::new(),
        }
    }

    fn judge(&self, clock: &ClockKind) -> Option<Rc<Judge>> {
        let plan = &self.plans[self.policy];
        let aims: Vec<&Aim> = plan.targets.iter().filter(|a| a.clock == *clock).collect();
        let named = |aim: &&&Aim| {
            self.priority
                .as_ref()
                .is_some_and(|p| aim.priority.contains(p))
        };
        let plain = |aim: &&&Aim| aim.priority.is_empty();
        let aim = aims.iter().find(named).or(aims.iter().find(plain))?;
        Some(Rc::new(Judge {
            policy: self.policy,
            aim: (*aim).clone(),
            pauses: aim.pause_on.clone().unwrap_or(plan.pause_on.clone()),
            dated: false,
        }))
    }

    /// What a second is to a clock.
    fn second(&self, judge: &Judge, second: i64, status: Status, who: Option<Arc<str>>) -> Second {
        let open = OPEN[self.plans[judge.policy].calendar][usize::try_from(second).unwrap()];
        let done = matches!(status, Status::Solved | Status::Closed);
        let kind = if done && !judge.dated {
            SpanKind::Solved
        } else if judge.pauses.contains(&status) {
            SpanKind::Paused(status)
        } else if judge.aim.business && !open {
            SpanKind::Closed(Closed::OutsideHours)
        } else {
            SpanKind::Counted
        };
        let policy = judge.policy;
        Second { kind, who, policy }
    }

    fn alive(&self) -> Vec<usize> {
        (0..self.lives.len())
            .filter(|n| self.lives[*n].stopped.is_none())
            .collect()
    }

    /// One more second goes by.
    fn tick(&mut self) {
        for n in self.alive() {
            if let Some(judge) = self.lives[n].judge.clone() {
                let second = self.second(&judge, self.now, self.status, self.who.clone());
                self.lives[n].elapsed += i64::from(second.kind == SpanKind::Counted);
                self.lives[n].seconds.push(second);
            }
        }
        self.past.push((self.status, self.who.clone()));
        self.now += 1;
        for n in self.alive() {
            self.look(n);
        }
    }

    /// Whether anything is reached.
    fn look(&mut self, n: usize) {
        let (now, life) = (self.now, &mut self.lives[n]);
        let Some(judge) = &life.judge else { return };
        let aim = &judge.aim;
        let mut row = |kind, step: usize| {
            let step = u32::try_from(step).unwrap();
            let policy = NAMES[judge.policy].to_owned();
            self.log
                .push((now, life.kind.clone(), life.number, kind, step, policy));
        };
        if life.elapsed >= aim.within {
            life.used_up.get_or_insert(now);
        }
        if life.elapsed > aim.within {
            life.over.get_or_insert(now);
            if life.late.is_none() {
                life.late = Some(now);
                row(TimerKind::Breach, 1);
            }
        }
        for (step, percent) in aim.warn.iter().enumerate() {
            if life.elapsed * 100 >= aim.within * i64::from(*percent)
                && !life.warned.contains(&step)
            {
                life.warned.push(step);
                row(TimerKind::Warn, step + 1);
            }
        }
        for (step, after) in aim.escalate.iter().enumerate() {
            if life.elapsed >= aim.within + after && !life.called.contains(&step) {
                life.called.push(step);
                row(TimerKind::Escalate, step + 1);
            }
        }
    }

    fn start(&mut self, kind: ClockKind, judge: Option<Rc<Judge>>) -> usize {
        self.lives.push(Life {
            number: 0,
            kind,
            started: self.now,
            stopped: None,
            judge,
            seconds: Vec::new(),
            elapsed: 0,
            used_up: None,
            over: None,
            late: None,
            warned: Vec::new(),
            called: Vec::new(),
        });
        let n = self.lives.len() - 1;
        self.number(n);
        n
    }

    /// A cycle is numbered when it is first seen.
    fn number(&mut self, n: usize) {
        let life = &self.lives[n];
        if life.number == 0 && life.judge.is_some() {
            let same = self
                .lives
                .iter()
                .filter(|l| l.kind == life.kind && l.number > 0);
            self.lives[n].number = u32::try_from(same.count()).unwrap() + 1;
        }
    }

    fn living(&self, kind: &ClockKind) -> Option<usize> {
        self.alive()
            .into_iter()
            .find(|n| self.lives[*n].kind == *kind)
    }

    fn begin(&mut self, kind: ClockKind) {
        if self.living(&kind).is_none() {
            let judge = self.judge(&kind);
            self.start(kind, judge);
        }
    }

    fn stop(&mut self, kind: &ClockKind, why: Stop) {
        if let Some(n) = self.living(kind) {
            self.lives[n].stopped = Some((self.now, why));
        }
    }

    /// Whether the event can be followed.
    fn happen(&mut self, kind: &EventKind) -> bool {
        use ClockKind::{FirstResponse, NextResponse, Resolution};
        let plan = &self.plans[self.policy];
        match kind {
            EventKind::Created if !self.created => {
                self.created = true;
                self.begin(FirstResponse);
                self.begin(Resolution);
            }
            EventKind::CustomerMessage => {
                if matches!(self.status, Status::Solved | Status::Pending) {
                    self.stand(Status::Open);
                }
                let done = self.created && self.living(&FirstResponse).is_none();
                if done && self.status != Status::Closed {
                    self.begin(NextResponse);
                }
            }
            EventKind::Reply(ReplyKind::Holding) if !plan.holding => {}
            EventKind::Reply(ReplyKind::Answer | ReplyKind::Holding) => {
                self.stop(&FirstResponse, Stop::MetByReply);
                self.stop(&NextResponse, Stop::MetByReply);
            }
            EventKind::Settled => {
                self.stop(&FirstResponse, Stop::Cancelled);
                self.stop(&NextResponse, Stop::Cancelled);
            }
            EventKind::Status(status) => self.stand(*status),
            EventKind::Assigned(who) => self.who.clone_from(who),
            EventKind::Priority(priority) => {
                let priority = priority.as_deref().map(str::to_owned);
                if self.priority != priority {
                    self.priority = priority;
                    self.change();
                }
            }
            EventKind::Policy(name) => {
                let Some(policy) = NAMES.iter().position(|known| *known == &**name) else {
                    return false;
                };
                if policy >= self.plans.len() {
                    return false;
                }
                if policy != self.policy {
                    self.policy = policy;
                    self.change();
                }
            }
            EventKind::Committed(commitment) => {
                let kind = ClockKind::Custom(commitment.name.clone());
                let mut judge = self.judge(&kind);
                if let Some(due) = commitment.due {
                    let aim = judge.map(|judge| judge.aim.clone());
                    judge = Some(Rc::new(Judge {
                        policy: self.policy,
                        aim: Aim {
                            clock: kind.clone(),
                            priority: vec![],
                            within: (due - at(self.now)).num_seconds(),
                            business: false,
                            pause_on: None,
                            warn: aim.as_ref().map_or(vec![], |aim| aim.warn.clone()),
                            escalate: aim.map_or(vec![], |aim| aim.escalate),
                        },
                        pauses: vec![],
                        dated: true,
                    }));
                }
                if judge.is_none() {
                    return false;
                }
                self.stop(&kind, Stop::Cancelled);
                let n = self.start(kind, judge);
                self.look(n);
            }
            EventKind::Kept(name) => self.stop(&ClockKind::Custom(name.clone()), Stop::Kept),
            EventKind::CalledOff(name) => {
                self.stop(&ClockKind::Custom(name.clone()), Stop::Cancelled);
            }
            _ => {}
        }
        true
    }

    fn stand(&mut self, status: Status) {
        use ClockKind::{FirstResponse, NextResponse, Resolution};
        let done = |status| matches!(status, Status::Solved | Status::Closed);
        let before = std::mem::replace(&mut self.status, status);
        if before == status {
            return;
        }
        if done(status) && !done(before) {
            self.stop(&FirstResponse, Stop::Cancelled);
            self.stop(&NextResponse, Stop::Cancelled);
        }
        let anew = self.plans[self.policy].reopen == ReopenMode::NewCycle;
        if status == Status::Closed || (anew && done(status)) {
            self.stop(&Resolution, Stop::Solved);
        }
        if done(before) && !done(status) && self.created {
            self.begin(Resolution);
        }
    }

    fn change(&mut self) {
        let mode = self.plans[self.policy].mode;
        for n in self.alive() {
            let kind = self.lives[n].kind.clone();
            let judge = self.judge(&kind);
            let custom = matches!(kind, ClockKind::Custom(_));
            let dated = self.lives[n]
                .judge
                .as_ref()
                .is_some_and(|judge| judge.dated);
            if dated || (custom && judge.is_none()) {
                continue;
            }
            let judged = self.lives[n].judge.is_some();
            match mode {
                ChangeMode::Keep => continue,
                ChangeMode::Retroactive => self.walk_again(n, judge),
                _ if judge.is_none() => {
                    if judged {
                        self.stop(&kind, Stop::Cancelled);
                        self.start(kind, None);
                    }
                    continue;
                }
                ChangeMode::Carry if judged => {
                    let life = &mut self.lives[n];
                    life.used_up = None;
                    if life.elapsed <= judge.as_ref().unwrap().aim.within {
                        (life.over, life.late) = (None, None);
                    }
                    life.judge = judge;
                }
                _ => {
                    self.lives[n] = Life {
                        number: self.lives[n].number,
                        kind,
                        started: self.now,
                        stopped: None,
                        judge,
                        seconds: Vec::new(),
                        elapsed: 0,
                        used_up: None,
                        over: None,
                        late: None,
                        warned: Vec::new(),
                        called: Vec::new(),
                    };
                }
            }
            self.number(n);
            self.look(n);
        }
    }

    fn walk_again(&mut self, n: usize, judge: Option<Rc<Judge>>) {
        let mut life = self.lives[n].clone();
        life.seconds.clear();
        (life.elapsed, life.used_up, life.over) = (0, None, None);
        (life.warned, life.called) = (vec![], vec![]);
        if let Some(judge) = &judge {
            for second in life.started..self.now {
                let (status, who) = self.past[usize::try_from(second).unwrap()].clone();
                let second_of_it = self.second(judge, second, status, who);
                life.elapsed += i64::from(second_of_it.kind == SpanKind::Counted);
                life.seconds.push(second_of_it);
                if life.elapsed > judge.aim.within {
                    life.over.get_or_insert(second + 1);
                }
            }
        }
        if life.over.is_none() {
            life.late = None;
        }
        life.judge = judge;
        self.lives[n] = life;
    }

    fn stretches(&self, n: usize) -> Vec<(i64, i64, Second)> {
        let mut stretches: Vec<(i64, i64, Second)> = Vec::new();
        for (second, told) in (self.lives[n].started..).zip(&self.lives[n].seconds) {
            match stretches.last_mut() {
                Some(last) if last.2 == *told => last.1 += 1,
                _ => stretches.push((second, second + 1, told.clone())),
            }
        }
        stretches
    }
}

/// All that a state tells at `now` is what the walker found.
fn compare(state: &State, walker: &Walker<'_>, now: i64) -> Result<(), TestCaseError> {
    // Whatever comes next comes by itself.
    let mut ahead = walker.clone();
    ahead.log.clear();
    ahead.lives.iter_mut().for_each(|life| life.used_up = None);
    while ahead.now < WINDOW {
        ahead.tick();
    }
    let within_sight = |at: &DateTime<Utc>| *at <= self::at(WINDOW);

    let seen = |n: &usize| walker.lives[*n].judge.is_some();
    let seen: Vec<usize> = (0..walker.lives.len()).filter(seen).collect();
    let clocks = state.clocks(at(now));
    prop_assert_eq!(clocks.len(), seen.len());
    for (clock, n) in clocks.iter().zip(seen) {
        let (life, later) = (&walker.lives[n], &ahead.lives[n]);
        let judge = life.judge.as_ref().unwrap();
        let count = |test: &dyn Fn(&Second) -> bool| {
            let seconds = life.seconds.iter().filter(|second| test(second)).count();
            TimeDelta::seconds(i64::try_from(seconds).unwrap())
        };
        let within = TimeDelta::seconds(judge.aim.within);
        let elapsed = count(&|s| s.kind == SpanKind::Counted);
        let outside = count(&|s| matches!(s.kind, SpanKind::Closed(_)));
        let paused = count(&|s| matches!(s.kind, SpanKind::Paused(_) | SpanKind::Solved));
        prop_assert_eq!((&clock.kind, clock.cycle), (&life.kind, life.number));
        prop_assert_eq!(&*clock.policy, NAMES[judge.policy]);
        prop_assert_eq!(clock.target, within);
        prop_assert_eq!(clock.started_at, at(life.started));
        let stopped = clock.stopped.map(|stopped| (stopped.at, stopped.why));
        prop_assert_eq!(stopped, life.stopped.map(|(second, why)| (at(second), why)));
        prop_assert_eq!(clock.elapsed, elapsed, "elapsed of {}", clock.kind);
        prop_assert_eq!((clock.outside, clock.paused), (outside, paused));
        prop_assert_eq!(clock.lifetime(), elapsed + outside + paused);
        prop_assert_eq!(clock.calendar, elapsed + outside);
        prop_assert_eq!(clock.remaining, within - elapsed);
        prop_assert_eq!(clock.breached_at, life.late.map(at));
        prop_assert_eq!(clock.is_breached(), elapsed > within);
        let done = matches!(walker.status, Status::Solved | Status::Closed);
        let paused_now = (done && !judge.dated) || judge.pauses.contains(&walker.status);
        let run = match life.stopped {
            Some(_) => Run::Stopped,
            None if paused_now => Run::Paused,
            None => Run::Running,
        };
        prop_assert_eq!(clock.run, run);
        let verdict = match (elapsed > within, life.stopped) {
            (true, _) => Verdict::Breached,
            (_, Some((_, Stop::Cancelled))) => Verdict::Undecided,
            (_, Some(_)) => Verdict::Met,
            _ if life.kind == ClockKind::Resolution && done => Verdict::Met,
            _ => Verdict::Undecided,
        };
        prop_assert_eq!(clock.verdict(), verdict);

        let running = run == Run::Running;
        let due = later.used_up.filter(|_| running && elapsed < within);
        prop_assert_eq!(
            clock.due_at.filter(within_sight),
            due.map(at),
            "due of {}",
            clock.kind
        );
        prop_assert!(clock.due_at.is_none() || (running && clock.remaining > TimeDelta::zero()));
        let breach = later.over.filter(|_| running);
        prop_assert_eq!(clock.breach_at.filter(within_sight), breach.map(at));

        let why = state.explain(at(now), &clock.kind, clock.cycle).unwrap();
        let told: Vec<(i64, i64, Second)> = why
            .spans
            .iter()
            .map(|span| {
                let second = |t: DateTime<Utc>| (t - at(0)).num_seconds();
                let who = span.assignee.clone();
                let policy = NAMES
                    .iter()
                    .position(|name| *name == &*span.policy)
                    .unwrap();
                let kind = span.kind.clone();
                (
                    second(span.from),
                    second(span.to),
                    Second { kind, who, policy },
                )
            })
            .collect();
        prop_assert_eq!(told, walker.stretches(n), "explanation of {}", clock.kind);
        let credited: TimeDelta = why.by_assignee().iter().map(|turn| turn.1).sum();
        prop_assert_eq!(credited, elapsed);
        prop_assert_eq!(&why.clock, clock);
    }

    let sorted = |mut rows: Vec<Row>| {
        rows.sort();
        rows
    };
    let row = |timer: &aspa_sla::Timer| {
        let second = (timer.at - at(0)).num_seconds();
        let policy = timer.policy.to_string();
        (
            second,
            timer.clock.clone(),
            timer.cycle,
            timer.kind,
            timer.step,
            policy,
        )
    };
    let fired = state.fired(at(now));
    prop_assert!(fired.is_sorted_by_key(|timer| timer.at));
    let breaches = state.breaches(at(now));
    prop_assert!(breaches.is_sorted_by_key(|breach| breach.at));
    let mut log: Vec<Row> = fired.iter().map(row).collect();
    log.extend(breaches.iter().map(|breach| {
        let second = (breach.at - at(0)).num_seconds();
        let policy = breach.policy.to_string();
        (
            second,
            breach.clock.clone(),
            breach.cycle,
            TimerKind::Breach,
            1,
            policy,
        )
    }));
    prop_assert_eq!(sorted(log), sorted(walker.log.clone()));

    let timers = state.timers(at(now));
    prop_assert!(timers.is_sorted_by_key(|timer| timer.at));
    prop_assert_eq!(state.next_instant(at(now)), timers.first().cloned());
    prop_assert_eq!(
        state.next_wakeup(at(now)),
        timers.first().map(|timer| timer.at)
    );
    let coming: Vec<Row> = timers
        .iter()
        .filter(|timer| within_sight(&timer.at))
        .map(row)
        .collect();
    prop_assert_eq!(sorted(coming), sorted(ahead.log));
    Ok(())
}

// Histories.

fn clock() -> impl Strategy<Value = ClockKind> {
    select(vec![
        ClockKind::FirstResponse,
        ClockKind::NextResponse,
        ClockKind::Resolution,
        ClockKind::custom("x"),
    ])
}

fn statuses() -> impl Strategy<Value = Vec<Status>> {
    subsequence(
        vec![Status::Pending, Status::OnHold, Status::Snoozed],
        0..=2,
    )
}

prop_compose! {
    fn aim()(
        clock in clock(),
        priority in subsequence(vec!["high".to_owned(), "low".to_owned()], 0..=1),
        within in prop_oneof![1_i64..20, 1_i64..1_500],
        business in any::<bool>(),
        pause_on in proptest::option::weighted(0.2, statuses()),
        warn in subsequence(vec![1_u8, 50, 75, 99, 100], 0..=2),
        escalate in subsequence(vec![0_i64, 1, 30, 400], 0..=2),
    ) -> Aim {
        Aim { clock, priority, within, business, pause_on, warn, escalate }
    }
}

prop_compose! {
    fn plan()(
        calendar in 0_usize..3,
        mut targets in proptest::collection::vec(aim(), 2..9),
        pause_on in statuses(),
        resume in any::<bool>(),
        mode in select(vec![
            ChangeMode::Retroactive, ChangeMode::Keep, ChangeMode::Carry, ChangeMode::Fresh,
        ]),
        holding in any::<bool>(),
    ) -> Plan {
        // One answer for each clock and priority.
        let mut known = Vec::new();
        targets.retain(|aim| {
            let key = (aim.clock.clone(), aim.priority.clone());
            let new = !known.contains(&key);
            known.push(key);
            new
        });
        let reopen = if resume { ReopenMode::Resume } else { ReopenMode::NewCycle };
        Plan { calendar, targets, pause_on, reopen, mode, holding }
    }
}

fn event(second: i64) -> impl Strategy<Value = EventKind> {
    use Status::{Closed, New, OnHold, Open, Pending, Snoozed, Solved};
    let status = vec![
        New, Open, Pending, Pending, OnHold, Snoozed, Solved, Solved, Closed,
    ];
    let reply = vec![ReplyKind::Answer, ReplyKind::Holding, ReplyKind::Automatic];
    let priority = vec![None, Some("high".into()), Some("low".into())];
    let name = || select(vec!["x", "y"]).prop_map(Into::into);
    let due = proptest::option::weighted(0.6, (second - 50..second + 1_200).prop_map(at));
    let commitment = (name(), due).prop_map(|(name, due): (Arc<str>, _)| match due {
        Some(due) => Commitment::by(due, name),
        None => Commitment::within_target(name),
    });
    prop_oneof![
        6 => Just(EventKind::CustomerMessage),
        4 => select(reply).prop_map(EventKind::Reply),
        7 => select(status).prop_map(EventKind::Status),
        2 => select(vec![None, Some("ann".into()), Some("ben".into())]).prop_map(EventKind::Assigned),
        3 => select(priority).prop_map(EventKind::Priority),
        4 => select(vec!["a", "b", "c"]).prop_map(|name| EventKind::Policy(name.into())),
        2 => commitment.prop_map(EventKind::Committed),
        1 => name().prop_map(EventKind::Kept),
        1 => name().prop_map(EventKind::CalledOff),
        1 => Just(EventKind::Created),
        1 => Just(EventKind::Settled),
    ]
}

/// Events in order of time, often several in one second; the ticket comes to be among the first.
fn history() -> impl Strategy<Value = Vec<Event>> {
    let gap = prop_oneof![2 => Just(0_i64), 3 => 1_i64..20, 5 => 1_i64..600];
    let step = gap.prop_flat_map(|gap| (Just(gap), event(gap)));
    (proptest::collection::vec(step, 0..22), 0_usize..3).prop_map(|(steps, created)| {
        let mut second = 0;
        let mut events: Vec<Event> = Vec::new();
        for (gap, kind) in steps {
            second += gap;
            // A date is told from its event's place in time.
            let kind = match kind {
                EventKind::Committed(Commitment {
                    name,
                    due: Some(due),
                    ..
                }) => {
                    let due = due + TimeDelta::seconds(second - gap);
                    EventKind::Committed(Commitment::by(due, name))
                }
                kind => kind,
            };
            if second < WINDOW {
                events.push(Event::new(at(second), kind));
            }
        }
        let place = created.min(events.len());
        let first = events
            .get(place)
            .map_or(at(second.min(WINDOW - 1)), |event| event.at);
        events.insert(place, Event::new(first, EventKind::Created));
        events
    })
}

/// A few seconds of them; `PROPTEST_CASES` asks for more.
fn cases() -> ProptestConfig {
    let mut config = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 500;
    }
    config.max_shrink_iters = 20_000;
    config
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn every_second_is_accounted_for_as_the_walker_does(
        plans in proptest::collection::vec(plan(), 1..=3),
        events in history(),
        looks in proptest::collection::vec(0_i64..WINDOW, 2),
    ) {
        let sla = policies(&plans).compile().unwrap();
        let mut walker = Walker::new(&plans);
        let mut folded = sla.state();
        let mut followed = Vec::new();
        for event in events {
            while at(walker.now) < event.at {
                walker.tick();
            }
            let result = folded.apply(&event);
            if walker.happen(&event.kind) {
                prop_assert_eq!(result, Ok(()));
                followed.push(event);
            } else {
                let named = matches!(result, Err(Error::UnknownPolicy(_) | Error::NoTarget { .. }));
                prop_assert!(named, "{:?}", result);
            }
        }
        let replayed = sla.replay(&followed).unwrap();
        prop_assert_eq!(&replayed, &folded);
        prop_assert_eq!(&replayed.recompiled(&sla).unwrap(), &folded);
        prop_assert_eq!(replayed.status(), walker.status);
        prop_assert_eq!(replayed.policy(), NAMES[walker.policy]);
        prop_assert_eq!(replayed.priority(), walker.priority.as_deref());
        let last = walker.now;
        compare(&folded, &walker, last)?;
        for look in looks {
            // The past, and the future without events.
            let mut walker = Walker::new(&plans);
            for event in followed.iter().filter(|event| event.at <= at(look)) {
                while at(walker.now) < event.at {
                    walker.tick();
                }
                walker.happen(&event.kind);
            }
            while walker.now < look {
                walker.tick();
            }
            compare(&folded, &walker, look)?;
        }
    }
}
