//! What another priority or policy does to clocks in mid-flight, told as cases of the domain.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use aspa_hours::Hours;
use aspa_sla::{
    ChangeMode, Clock, ClockKind, Event, EventKind, Policies, Promise, ReopenMode, ReplyKind, Sla,
    State, Status, Stop, Target, Time, TimerKind, Verdict,
};
use chrono::{DateTime, TimeDelta, Utc};

use ChangeMode::{Carry, Fresh, Keep, Retroactive};
use ClockKind::{FirstResponse, NextResponse, Resolution};
use EventKind::{Created, CustomerMessage};
use Status::{OnHold, Open, Pending, Solved};
use Verdict::{Breached, Met, Undecided};

/// A time of Monday 2026-11-16 in Helsinki, or of the day after with a `+`.
fn at(time: &str) -> DateTime<Utc> {
    let (day, time) = time.strip_prefix('+').map_or((16, time), |time| (17, time));
    let seconds = if time.len() == 5 { ":00" } else { "" };
    format!("2026-11-{day}T{time}{seconds}+02:00")
        .parse()
        .unwrap()
}

/// What a policy promises: the first answer in so many minutes of business time; or, for the
/// priority `high`, in a quarter of that; the resolution in ten times that of calendar time. It warns
/// at half and calls the team lead when the time is used up, the manager ten minutes later.
fn promise(name: &str, minutes: i64, hours: &str, mode: ChangeMode) -> Promise {
    let within = TimeDelta::minutes(minutes);
    let timers = |target: Target| {
        target
            .warn_at(50)
            .escalate(TimeDelta::zero(), ["team lead"])
            .escalate(TimeDelta::minutes(10), ["manager"])
    };
    let hours = Hours::new(chrono_tz::Europe::Helsinki).open(hours).unwrap();
    Promise::new(name, hours)
        .target(timers(Target::new(FirstResponse, within, Time::Business)))
        .target(timers(
            Target::new(FirstResponse, within / 4, Time::Business).priority(["high"]),
        ))
        .target(Target::new(NextResponse, within, Time::Business))
        .target(Target::new(Resolution, within * 10, Time::Calendar))
        .change_mode(mode)
}

const OFFICE: &str = "Mo-Fr 08:00-18:00";
const LATE: &str = "Mo-Fr 08:00-12:00,16:00-22:00";

/// - `hour`: an hour of office time
/// - `four`: four hours of office time
/// - `late`: an hour, but closed from 12 to 16 and open until 22
/// - `hold`: an hour, and waiting for somebody else pauses too
/// - `anew`: an hour; solving ends the resolution
/// - `none`: no first answer is promised, the resolution within a day of calendar time
fn sla(mode: ChangeMode) -> Sla {
    let none = Promise::new("none", None)
        .target(Target::new(Resolution, TimeDelta::days(1), Time::Calendar))
        .change_mode(mode);
    Policies::new()
        .policy(promise("hour", 60, OFFICE, mode))
        .policy(promise("four", 240, OFFICE, mode))
        .policy(promise("late", 60, LATE, mode))
        .policy(promise("hold", 60, OFFICE, mode).pause_on([Pending, OnHold]))
        .policy(promise("anew", 60, OFFICE, mode).reopen_mode(ReopenMode::NewCycle))
        .policy(none)
        .compile()
        .unwrap()
}

fn to(policy: &str) -> EventKind {
    EventKind::Policy(policy.into())
}

fn priority(priority: &str) -> EventKind {
    EventKind::Priority(Some(priority.into()))
}

fn status(status: Status) -> EventKind {
    EventKind::Status(status)
}

const ANSWER: EventKind = EventKind::Reply(ReplyKind::Answer);

/// A customer wrote at nine, to the policy named; then this happened.
fn ticket(mode: ChangeMode, start: &str, events: &[(&str, EventKind)]) -> State {
    let first = [("09:00", Created), ("09:00", CustomerMessage)];
    let events: Vec<Event> = first
        .iter()
        .chain(events)
        .map(|(time, kind)| Event::new(at(time), kind.clone()))
        .collect();
    let sla = sla(mode).under(start).unwrap();
    sla.replay(&events).unwrap()
}

fn clock(state: &State, now: &str, kind: &ClockKind) -> Option<Clock> {
    let clocks = state.clocks(at(now)).into_iter();
    clocks.filter(|clock| clock.kind == *kind).last()
}

/// The log of breaches: when, which policy.
fn breaches(state: &State, now: &str) -> Vec<(String, String)> {
    let wall = |at: DateTime<Utc>| at.with_timezone(&chrono_tz::Europe::Helsinki);
    let breaches = state.breaches(at(now)).into_iter();
    breaches
        .map(|b| {
            (
                wall(b.at).format("%H:%M:%S").to_string(),
                b.policy.to_string(),
            )
        })
        .collect()
}

/// What has fired of the first response: when, what, which.
fn fired(state: &State, now: &str) -> Vec<String> {
    let wall = |at: DateTime<Utc>| at.with_timezone(&chrono_tz::Europe::Helsinki);
    let fired = state.fired(at(now)).into_iter();
    fired
        .filter(|timer| timer.clock == FirstResponse)
        .map(|timer| {
            let kind = match timer.kind {
                TimerKind::Warn => "warn".to_owned(),
                _ => timer.to.join(","),
            };
            format!("{} {kind}", wall(timer.at).format("%H:%M"))
        })
        .collect()
}

struct Case {
    name: &'static str,
    start: &'static str,
    events: Vec<(&'static str, EventKind)>,
    now: &'static str,
    /// Minutes counted and left of the first response, when it is due, and its verdict.
    first: (i64, i64, Option<&'static str>, Verdict),
    breaches: &'static [(&'static str, &'static str)],
    fired: &'static [&'static str],
}

fn check(mode: ChangeMode, cases: Vec<Case>) {
    assert!(cases.len() >= 12);
    for case in cases {
        let name = format!("{mode:?}: {}", case.name);
        let state = ticket(mode, case.start, &case.events);
        let first = clock(&state, case.now, &FirstResponse).unwrap();
        let (elapsed, remaining) = (first.elapsed.num_minutes(), first.remaining.num_minutes());
        let due = case.first.2.map(at);
        let (counted, left, _, verdict) = case.first;
        assert_eq!(
            (elapsed, remaining),
            (counted, left),
            "{name}: counted, left"
        );
        assert_eq!(first.due_at, due, "{name}: due");
        assert_eq!(first.verdict(), verdict, "{name}");
        let told = breaches(&state, case.now);
        let told: Vec<_> = told.iter().map(|(t, p)| (t.as_str(), p.as_str())).collect();
        assert_eq!(told, case.breaches, "{name}: log of breaches");
        assert_eq!(fired(&state, case.now), case.fired, "{name}: fired");
        let why = state
            .explain(at(case.now), &FirstResponse, first.cycle)
            .unwrap();
        let sum: TimeDelta = why.spans.iter().map(|span| span.duration).sum();
        assert_eq!(sum, first.lifetime(), "{name}: {why}");
    }
}

#[test]
fn retroactive_counts_the_whole_cycle_again() {
    check(
        Retroactive,
        vec![
            Case {
                name: "a longer target gives more time from the start",
                start: "hour",
                events: vec![("09:20", to("four"))],
                now: "10:00",
                first: (60, 180, Some("13:00"), Undecided),
                breaches: &[],
                fired: &[],
            },
            Case {
                name: "a shorter target that leaves time",
                start: "four",
                events: vec![("09:20", to("hour"))],
                now: "09:40",
                first: (40, 20, Some("10:00"), Undecided),
                breaches: &[],
                fired: &["09:30 warn"],
            },
            Case {
                name: "a shorter target makes it late at once, at the change",
                start: "four",
                events: vec![("10:30", to("hour"))],
                now: "10:45",
                first: (105, -45, None, Breached),
                breaches: &[("10:30:00", "hour")],
                fired: &["10:30 warn", "10:30 team lead", "10:30 manager"],
            },
            Case {
                name: "used up exactly at the change is not late yet",
                start: "four",
                events: vec![("10:00", to("hour"))],
                now: "10:00",
                first: (60, 0, None, Undecided),
                breaches: &[],
                fired: &["10:00 warn", "10:00 team lead"],
            },
            Case {
                name: "a breach stays in the log when the change forgives it",
                start: "hour",
                events: vec![("10:30", to("four")), ("10:40", ANSWER)],
                now: "11:00",
                first: (100, 140, None, Met),
                breaches: &[("10:00:01", "hour")],
                fired: &["09:30 warn", "10:00 team lead", "10:10 manager"],
            },
            Case {
                name: "forgiven and broken again is in the log twice",
                start: "hour",
                events: vec![("10:30", to("four"))],
                now: "13:30",
                first: (270, -30, None, Breached),
                breaches: &[("10:00:01", "hour"), ("13:00:01", "four")],
                fired: &[
                    "09:30 warn",
                    "10:00 team lead",
                    "10:10 manager",
                    "11:00 warn",
                    "13:00 team lead",
                    "13:10 manager",
                ],
            },
            Case {
                name: "late before and after the change is one breach",
                start: "hour",
                events: vec![("11:00", priority("high"))],
                now: "11:30",
                first: (150, -135, None, Breached),
                breaches: &[("10:00:01", "hour")],
                fired: &[
                    "09:30 warn",
                    "10:00 team lead",
                    "10:10 manager",
                    "11:00 warn",
                    "11:00 team lead",
                    "11:00 manager",
                ],
            },
            Case {
                name: "other hours close part of the past",
                start: "four",
                events: vec![("12:50", to("late"))],
                now: "12:50",
                first: (180, -120, None, Breached),
                breaches: &[("12:50:00", "late")],
                fired: &[
                    "11:00 warn",
                    "12:50 warn",
                    "12:50 team lead",
                    "12:50 manager",
                ],
            },
            Case {
                name: "other pauses take back what was counted",
                start: "hour",
                events: vec![
                    ("09:20", status(OnHold)),
                    ("09:50", to("hold")),
                    ("10:10", status(Open)),
                ],
                now: "10:20",
                first: (30, 30, Some("10:50"), Undecided),
                breaches: &[],
                fired: &["09:30 warn", "10:20 warn"],
            },
            Case {
                name: "a change while it is paused fires what is reached",
                start: "four",
                events: vec![("09:40", status(Pending)), ("11:00", to("hour"))],
                now: "11:00",
                first: (40, 20, None, Undecided),
                breaches: &[],
                fired: &["11:00 warn"],
            },
            Case {
                name: "higher and back again: armed anew each time",
                start: "hour",
                events: vec![
                    ("09:10", priority("high")),
                    ("09:14", EventKind::Priority(None)),
                ],
                now: "09:35",
                first: (35, 25, Some("10:00"), Undecided),
                breaches: &[],
                fired: &["09:10 warn", "09:30 warn"],
            },
            Case {
                name: "what has stopped never changes",
                start: "four",
                events: vec![("10:30", ANSWER), ("11:00", to("hour"))],
                now: "12:00",
                first: (90, 150, None, Met),
                breaches: &[],
                fired: &[],
            },
            Case {
                name: "the same policy and the same priority are no events",
                start: "hour",
                events: vec![
                    ("09:35", to("hour")),
                    ("09:36", priority("low")),
                    ("09:37", priority("low")),
                ],
                now: "09:40",
                first: (40, 20, Some("10:00"), Undecided),
                breaches: &[],
                // Armed anew by the first low, not by the second.
                fired: &["09:30 warn", "09:36 warn"],
            },
            Case {
                name: "before the ticket it is no change but a start",
                start: "four",
                events: vec![("08:30", to("hour"))],
                now: "09:40",
                first: (40, 20, Some("10:00"), Undecided),
                breaches: &[],
                fired: &["09:30 warn"],
            },
            Case {
                name: "a timer of the same instant fires before the change",
                start: "hour",
                events: vec![("09:30", to("four"))],
                now: "09:40",
                first: (40, 200, Some("13:00"), Undecided),
                breaches: &[],
                fired: &["09:30 warn"],
            },
        ],
    );
}

#[test]
fn keep_leaves_what_runs_alone() {
    check(
        Keep,
        vec![
            Case {
                name: "a longer target comes too late for it",
                start: "hour",
                events: vec![("09:20", to("four"))],
                now: "10:30",
                first: (90, -30, None, Breached),
                breaches: &[("10:00:01", "hour")],
                fired: &["09:30 warn", "10:00 team lead", "10:10 manager"],
            },
            Case {
                name: "a shorter target does not hurry it",
                start: "four",
                events: vec![("10:30", to("hour"))],
                now: "11:30",
                first: (150, 90, Some("13:00"), Undecided),
                breaches: &[],
                fired: &["11:00 warn"],
            },
            Case {
                name: "a higher priority neither",
                start: "hour",
                events: vec![("09:10", priority("high"))],
                now: "09:40",
                first: (40, 20, Some("10:00"), Undecided),
                breaches: &[],
                fired: &["09:30 warn"],
            },
            Case {
                name: "its hours stay",
                start: "hour",
                events: vec![
                    ("09:10", status(Pending)),
                    ("09:20", to("late")),
                    ("13:00", status(Open)),
                ],
                now: "13:30",
                first: (40, 20, Some("13:50"), Undecided),
                breaches: &[],
                fired: &["13:20 warn"],
            },
            Case {
                name: "its pauses stay",
                start: "hour",
                events: vec![("09:10", to("hold")), ("09:20", status(OnHold))],
                now: "09:50",
                first: (50, 10, Some("10:00"), Undecided),
                breaches: &[],
                fired: &["09:30 warn"],
            },
            Case {
                name: "also where the new policy pauses no more",
                start: "hold",
                events: vec![("09:10", to("hour")), ("09:20", status(OnHold))],
                now: "09:50",
                first: (20, 40, None, Undecided),
                breaches: &[],
                fired: &[],
            },
            Case {
                name: "answered in the old time",
                start: "four",
                events: vec![("09:10", to("hour")), ("12:50", ANSWER)],
                now: "14:00",
                first: (230, 10, None, Met),
                breaches: &[],
                fired: &["11:00 warn"],
            },
            Case {
                name: "answered late by the old time",
                start: "hour",
                events: vec![("09:10", to("four")), ("10:05", ANSWER)],
                now: "14:00",
                first: (65, -5, None, Breached),
                breaches: &[("10:00:01", "hour")],
                fired: &["09:30 warn", "10:00 team lead"],
            },
            Case {
                name: "a policy without such a target does not end it",
                start: "hour",
                events: vec![("09:10", to("none"))],
                now: "09:40",
                first: (40, 20, Some("10:00"), Undecided),
                breaches: &[],
                fired: &["09:30 warn"],
            },
            Case {
                name: "a change while it is paused",
                start: "hour",
                events: vec![
                    ("09:20", status(Pending)),
                    ("09:30", to("four")),
                    ("10:00", status(Open)),
                ],
                now: "10:20",
                first: (40, 20, Some("10:40"), Undecided),
                breaches: &[],
                fired: &["10:10 warn"],
            },
            Case {
                name: "a change after the breach",
                start: "hour",
                events: vec![("10:05", to("four"))],
                now: "10:20",
                first: (80, -20, None, Breached),
                breaches: &[("10:00:01", "hour")],
                fired: &["09:30 warn", "10:00 team lead", "10:10 manager"],
            },
            Case {
                name: "there and back",
                start: "hour",
                events: vec![("09:10", to("four")), ("09:20", to("hour"))],
                now: "09:40",
                first: (40, 20, Some("10:00"), Undecided),
                breaches: &[],
                fired: &["09:30 warn"],
            },
        ],
    );
    // The next question is under the new policy.
    let events = [
        ("09:10", to("four")),
        ("09:20", ANSWER),
        ("09:30", CustomerMessage),
    ];
    let next = clock(&ticket(Keep, "hour", &events), "10:00", &NextResponse).unwrap();
    assert_eq!((&*next.policy, next.target), ("four", TimeDelta::hours(4)));
    // A target that was not there before waits for the next cycle.
    let events = [
        ("09:10", to("hour")),
        ("09:20", ANSWER),
        ("09:30", CustomerMessage),
    ];
    let state = ticket(Keep, "none", &events);
    assert_eq!(clock(&state, "10:00", &FirstResponse), None);
    assert_eq!(clock(&state, "10:00", &NextResponse).unwrap().cycle, 1);
}

#[test]
fn carry_lets_the_past_stand() {
    check(
        Carry,
        vec![
            Case {
                name: "a longer target has so much less left",
                start: "hour",
                events: vec![("09:20", to("four"))],
                now: "10:00",
                first: (60, 180, Some("13:00"), Undecided),
                breaches: &[],
                fired: &[],
            },
            Case {
                name: "other hours close no part of the past",
                start: "four",
                events: vec![
                    ("13:00", status(Pending)),
                    ("14:00", to("late")),
                    ("15:00", status(Open)),
                ],
                now: "16:30",
                first: (270, -210, None, Breached),
                breaches: &[("14:00:00", "late")],
                // The warning had fired under the old policy; the used-up target had too.
                fired: &["11:00 warn", "13:00 team lead", "14:00 manager"],
            },
            Case {
                name: "closed hours begin with the change",
                start: "hour",
                events: vec![
                    ("09:20", status(Pending)),
                    ("11:40", to("late")),
                    ("11:40", status(Open)),
                ],
                now: "16:10",
                first: (50, 10, Some("16:20"), Undecided),
                breaches: &[],
                fired: &["11:50 warn"],
            },
            Case {
                name: "what was paused stays paused, what comes is not",
                start: "hold",
                events: vec![
                    ("09:20", status(OnHold)),
                    ("09:50", to("hour")),
                    ("10:10", status(Open)),
                ],
                now: "10:20",
                first: (50, 10, Some("10:30"), Undecided),
                breaches: &[],
                fired: &["10:00 warn"],
            },
            Case {
                name: "what was counted stays counted under other pauses",
                start: "hour",
                events: vec![
                    ("09:20", status(OnHold)),
                    ("09:50", to("hold")),
                    ("10:10", status(Open)),
                ],
                now: "10:15",
                first: (55, 5, Some("10:20"), Undecided),
                breaches: &[],
                fired: &["09:30 warn"],
            },
            Case {
                name: "a shorter target makes it late at once, at the change",
                start: "four",
                events: vec![("10:30", to("hour"))],
                now: "10:45",
                first: (105, -45, None, Breached),
                breaches: &[("10:30:00", "hour")],
                fired: &["10:30 warn", "10:30 team lead", "10:30 manager"],
            },
            Case {
                name: "a warning that has fired does not fire again",
                start: "hour",
                events: vec![("09:40", to("four"))],
                now: "12:00",
                first: (180, 60, Some("13:00"), Undecided),
                breaches: &[],
                fired: &["09:30 warn"],
            },
            Case {
                name: "an escalation neither, and those not fired do",
                start: "hour",
                events: vec![("10:05", to("four"))],
                now: "13:20",
                first: (260, -20, None, Breached),
                breaches: &[("10:00:01", "hour"), ("13:00:01", "four")],
                fired: &["09:30 warn", "10:00 team lead", "13:10 manager"],
            },
            Case {
                name: "the breach is forgiven, not forgotten",
                start: "hour",
                events: vec![("10:30", to("four")), ("11:00", ANSWER)],
                now: "12:00",
                first: (120, 120, None, Met),
                breaches: &[("10:00:01", "hour")],
                fired: &["09:30 warn", "10:00 team lead", "10:10 manager"],
            },
            Case {
                name: "used up exactly by the new target is not late any more",
                start: "hour",
                events: vec![("13:00", to("four"))],
                now: "13:00",
                first: (240, 0, None, Undecided),
                breaches: &[("10:00:01", "hour")],
                fired: &["09:30 warn", "10:00 team lead", "10:10 manager"],
            },
            Case {
                name: "late stays late under a shorter target, once in the log",
                start: "hour",
                events: vec![("10:30", priority("high"))],
                now: "10:40",
                first: (100, -85, None, Breached),
                breaches: &[("10:00:01", "hour")],
                fired: &["09:30 warn", "10:00 team lead", "10:10 manager"],
            },
            Case {
                name: "there and back counts each second once",
                start: "hour",
                events: vec![("09:10", to("four")), ("09:40", to("hour"))],
                now: "09:50",
                first: (50, 10, Some("10:00"), Undecided),
                breaches: &[],
                fired: &["09:40 warn"],
            },
            Case {
                name: "a policy without such a target cancels it",
                start: "hour",
                events: vec![("09:40", to("none"))],
                now: "12:00",
                first: (40, 20, None, Undecided),
                breaches: &[],
                fired: &["09:30 warn"],
            },
            Case {
                name: "a target that was not there starts now",
                start: "none",
                events: vec![("09:40", to("hour"))],
                now: "10:00",
                first: (20, 40, Some("10:40"), Undecided),
                breaches: &[],
                fired: &[],
            },
            Case {
                name: "what has stopped never changes",
                start: "four",
                events: vec![("10:30", ANSWER), ("11:00", to("hour"))],
                now: "12:00",
                first: (90, 150, None, Met),
                breaches: &[],
                fired: &[],
            },
        ],
    );
    let cancelled = ticket(Carry, "hour", &[("09:40", to("none"))]);
    let first = clock(&cancelled, "12:00", &FirstResponse).unwrap();
    assert_eq!(first.stopped.unwrap().why, Stop::Cancelled);
    // The old stretches keep the judgement of the old policy.
    let carried = ticket(Carry, "hour", &[("09:20", to("late"))]);
    let why = carried.explain(at("16:10"), &FirstResponse, 1).unwrap();
    let told: Vec<(i64, &str)> = why
        .spans
        .iter()
        .map(|span| (span.duration.num_minutes(), &*span.policy))
        .collect();
    assert_eq!(
        told,
        [(20, "hour"), (160, "late"), (240, "late"), (10, "late")]
    );
}

#[test]
fn fresh_begins_anew() {
    check(
        Fresh,
        vec![
            Case {
                name: "the whole target from the change on",
                start: "hour",
                events: vec![("09:20", to("four"))],
                now: "10:00",
                first: (40, 200, Some("13:20"), Undecided),
                breaches: &[],
                fired: &[],
            },
            Case {
                name: "a shorter target too",
                start: "four",
                events: vec![("10:30", to("hour"))],
                now: "10:45",
                first: (15, 45, Some("11:30"), Undecided),
                breaches: &[],
                fired: &[],
            },
            Case {
                name: "a warning fires again",
                start: "hour",
                events: vec![("09:40", to("four"))],
                now: "12:00",
                first: (140, 100, Some("13:40"), Undecided),
                breaches: &[],
                fired: &["09:30 warn", "11:40 warn"],
            },
            Case {
                name: "a breach stays in the log",
                start: "hour",
                events: vec![("10:30", to("four")), ("11:00", ANSWER)],
                now: "12:00",
                first: (30, 210, None, Met),
                breaches: &[("10:00:01", "hour")],
                fired: &["09:30 warn", "10:00 team lead", "10:10 manager"],
            },
            Case {
                name: "and can be followed by another",
                start: "hour",
                events: vec![("10:05", priority("high"))],
                now: "10:21",
                first: (16, -1, None, Breached),
                breaches: &[("10:00:01", "hour"), ("10:20:01", "hour")],
                fired: &[
                    "09:30 warn",
                    "10:00 team lead",
                    "10:12 warn",
                    "10:20 team lead",
                ],
            },
            Case {
                name: "a higher priority gives the short time from now on",
                start: "hour",
                events: vec![("09:50", priority("high"))],
                now: "10:00",
                first: (10, 5, Some("10:05"), Undecided),
                breaches: &[],
                fired: &["09:30 warn", "09:57 warn"],
            },
            Case {
                name: "while paused it begins paused",
                start: "hour",
                events: vec![
                    ("09:20", status(Pending)),
                    ("09:40", to("four")),
                    ("10:00", status(Open)),
                ],
                now: "10:30",
                first: (30, 210, Some("14:00"), Undecided),
                breaches: &[],
                fired: &[],
            },
            Case {
                name: "the new pauses hold from now on",
                start: "hour",
                events: vec![
                    ("09:20", status(OnHold)),
                    ("09:40", to("hold")),
                    ("10:00", status(Open)),
                ],
                now: "10:30",
                first: (30, 30, Some("11:00"), Undecided),
                breaches: &[],
                // Under the old policy waiting for somebody else was counted.
                fired: &["09:30 warn", "10:30 warn"],
            },
            Case {
                name: "in the hours of the new policy",
                start: "hour",
                events: vec![
                    ("09:20", status(Pending)),
                    ("11:40", to("late")),
                    ("11:50", status(Open)),
                ],
                now: "15:00",
                first: (10, 50, Some("16:50"), Undecided),
                breaches: &[],
                fired: &[],
            },
            Case {
                name: "outside hours it waits for them",
                start: "hour",
                events: vec![
                    ("09:20", status(Pending)),
                    ("13:00", to("late")),
                    ("13:00", status(Open)),
                ],
                now: "15:00",
                first: (0, 60, Some("17:00"), Undecided),
                breaches: &[],
                fired: &[],
            },
            Case {
                name: "twice: the last counts",
                start: "hour",
                events: vec![("09:20", to("four")), ("09:30", to("hour"))],
                now: "09:50",
                first: (20, 40, Some("10:30"), Undecided),
                breaches: &[],
                fired: &[],
            },
            Case {
                name: "what has stopped never changes",
                start: "four",
                events: vec![("10:30", ANSWER), ("11:00", to("hour"))],
                now: "12:00",
                first: (90, 150, None, Met),
                breaches: &[],
                fired: &[],
            },
            Case {
                name: "a policy without such a target cancels it",
                start: "hour",
                events: vec![("09:40", to("none"))],
                now: "12:00",
                first: (40, 20, None, Undecided),
                breaches: &[],
                fired: &["09:30 warn"],
            },
        ],
    );
    let state = ticket(Fresh, "hour", &[("09:20", to("four"))]);
    let first = clock(&state, "10:00", &FirstResponse).unwrap();
    assert_eq!((first.cycle, first.started_at), (1, at("09:20")));
}

#[test]
fn a_clock_without_a_target_comes_and_goes_with_all_its_past() {
    let events = [("09:10", to("none")), ("09:40", to("hour"))];
    let state = ticket(Retroactive, "hour", &events);
    assert_eq!(clock(&state, "09:20", &FirstResponse), None);
    let first = clock(&state, "09:50", &FirstResponse).unwrap();
    assert_eq!((first.cycle, first.started_at), (1, at("09:00")));
    assert_eq!(first.elapsed, TimeDelta::minutes(50));
    // Nobody has seen the first response of `none`: the first to be seen is the first.
    let state = ticket(Retroactive, "none", &[("09:40", to("hour"))]);
    assert_eq!(clock(&state, "09:50", &FirstResponse).unwrap().cycle, 1);
}

#[test]
fn a_reopening_goes_by_the_policy_in_force() {
    let events = [
        ("09:30", status(Solved)),
        ("10:00", to("anew")),
        ("10:30", CustomerMessage),
        ("11:00", status(Solved)),
        ("11:30", CustomerMessage),
    ];
    let state = ticket(Retroactive, "hour", &events);
    let cycles: Vec<(u32, i64, Option<Stop>)> = state
        .clocks(at("12:00"))
        .iter()
        .filter(|clock| clock.kind == Resolution)
        .map(|c| (c.cycle, c.elapsed.num_minutes(), c.stopped.map(|s| s.why)))
        .collect();
    // Alive while solved under `hour`, it went on; solving under `anew` ended it.
    assert_eq!(cycles, [(1, 60, Some(Stop::Solved)), (2, 30, None)]);
}

#[test]
fn an_explanation_names_the_change() {
    let events = [
        ("09:20", to("four")),
        ("09:20", priority("high")),
        ("09:50", ANSWER),
    ];
    let state = ticket(Carry, "hour", &events);
    let why = state.explain(at("12:00"), &FirstResponse, 1).unwrap();
    assert_eq!(
        why.to_string(),
        "\
first_response 1: 50 min of 1 h counted, answered Mon 2026-11-16 09:50:00 (Europe/Helsinki)
Mon 2026-11-16 09:00:00 - Mon 2026-11-16 09:20:00  20 min  counted
Mon 2026-11-16 09:20:00  policy changed from hour to four: what was counted stays
Mon 2026-11-16 09:20:00  priority changed from none to high: what was counted stays
Mon 2026-11-16 09:20:00 - Mon 2026-11-16 09:50:00  30 min  counted
"
    );
    assert_eq!(why.changes.len(), 2);
    // Within an instant, what came before the stop changed the clock, and what came after did not.
    let events = [
        ("09:20", to("four")),
        ("09:20", ANSWER),
        ("09:20", priority("high")),
    ];
    let state = ticket(Carry, "hour", &events);
    let why = state.explain(at("12:00"), &FirstResponse, 1).unwrap();
    assert_eq!(why.clock.target, TimeDelta::hours(4));
    assert_eq!(why.changes.len(), 1);
    // While there was no target, the clock did not go on as it was: it was not there.
    let events = [("09:20", to("none")), ("09:40", to("four"))];
    let state = ticket(Retroactive, "hour", &events);
    let why = state.explain(at("12:00"), &FirstResponse, 1).unwrap();
    let modes: Vec<ChangeMode> = why.changes.iter().map(|change| change.mode).collect();
    assert_eq!(modes, [Retroactive; 2]);
    // A clock that had stopped before, or started after, did not live through it.
    let events = [
        ("09:20", ANSWER),
        ("10:00", to("four")),
        ("11:00", CustomerMessage),
    ];
    let state = ticket(Carry, "hour", &events);
    for (kind, changes) in [(FirstResponse, 0), (Resolution, 1), (NextResponse, 0)] {
        let why = state.explain(at("12:00"), &kind, 1).unwrap();
        assert_eq!(why.changes.len(), changes, "{kind}");
    }
}
