//! "We call you on Friday": what we said we would do has clocks of its own.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use aspa_hours::Hours;
use aspa_sla::{
    ChangeMode, Clock, ClockKind, Commitment, Error, Event, EventKind, Policies, Promise, Run, Sla,
    State, Status, Stop, Target, Time, TimerKind, Verdict,
};
use chrono::{DateTime, TimeDelta, Utc};

use EventKind::{CalledOff, Committed, Created, Kept};

/// A time in the week from Monday, 2026-11-16, in Helsinki.
fn at(text: &str) -> DateTime<Utc> {
    let (day, time) = text.split_once(' ').unwrap();
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri"];
    let day = 16 + days.iter().position(|d| *d == day).unwrap();
    let seconds = if time.len() == 5 { ":00" } else { "" };
    format!("2026-11-{day}T{time}{seconds}+02:00")
        .parse()
        .unwrap()
}

/// Calls are promised within four hours of business time; they warn at half of it and go to the team
/// lead an hour after. `sooner` promises them within an hour; `other` knows nothing of calls.
fn sla(mode: ChangeMode) -> Sla {
    let hours = Hours::new(chrono_tz::Europe::Helsinki)
        .open("Mo-Fr 08:00-18:00")
        .unwrap();
    let call = Target::new(
        ClockKind::custom("call"),
        TimeDelta::hours(4),
        Time::Business,
    )
    .warn_at(50)
    .escalate(TimeDelta::hours(1), ["team lead"]);
    let mut sooner = call.clone();
    sooner.within = TimeDelta::hours(1);
    Policies::new()
        .policy(
            Promise::new("calls", hours.clone())
                .target(call.clone())
                .change_mode(mode),
        )
        .policy(
            Promise::new("sooner", hours)
                .target(sooner)
                .change_mode(mode),
        )
        .policy(Promise::new("other", None).change_mode(mode))
        .compile()
        .unwrap()
}

fn replay(mode: ChangeMode, list: &[(&str, EventKind)]) -> State {
    let events: Vec<Event> = [("Mon 09:00", Created)]
        .iter()
        .chain(list)
        .map(|(when, kind)| Event::new(at(when), kind.clone()))
        .collect();
    sla(mode).replay(&events).unwrap()
}

fn by(due: &str, name: &str) -> EventKind {
    Committed(Commitment::by(at(due), name))
}

fn within_target(name: &str) -> EventKind {
    Committed(Commitment::within_target(name))
}

fn clocks(state: &State, now: &str, name: &str) -> Vec<Clock> {
    let clocks = state.clocks(at(now)).into_iter();
    clocks
        .filter(|clock| clock.kind == ClockKind::custom(name))
        .collect()
}

#[test]
fn a_date_is_kept_or_not() {
    let friday = ("Mon 09:00", by("Fri 12:00", "visit"));
    for (name, end, now, verdict, stop) in [
        ("not yet", None, "Fri 12:00", Verdict::Undecided, None),
        (
            "a second late",
            None,
            "Fri 12:00:01",
            Verdict::Breached,
            None,
        ),
        (
            "kept",
            Some(("Fri 11:00", Kept("visit".into()))),
            "Fri 13:00",
            Verdict::Met,
            Some(Stop::Kept),
        ),
        (
            "kept to the second",
            Some(("Fri 12:00", Kept("visit".into()))),
            "Fri 13:00",
            Verdict::Met,
            Some(Stop::Kept),
        ),
        (
            "kept late",
            Some(("Fri 12:00:01", Kept("visit".into()))),
            "Fri 13:00",
            Verdict::Breached,
            Some(Stop::Kept),
        ),
        (
            "called off",
            Some(("Thu 10:00", CalledOff("visit".into()))),
            "Fri 13:00",
            Verdict::Undecided,
            Some(Stop::Cancelled),
        ),
        (
            "another one kept",
            Some(("Thu 10:00", Kept("call".into()))),
            "Fri 13:00",
            Verdict::Breached,
            None,
        ),
    ] {
        let events: Vec<_> = std::iter::once(friday.clone()).chain(end).collect();
        let state = replay(ChangeMode::Retroactive, &events);
        let clock = &clocks(&state, now, "visit")[0];
        assert_eq!(clock.verdict(), verdict, "{name}");
        assert_eq!(clock.stopped.map(|stopped| stopped.why), stop, "{name}");
        if verdict == Verdict::Breached {
            let breach = &state.breaches(at(now))[0];
            assert_eq!(
                (breach.at, &*breach.policy),
                (at("Fri 12:00:01"), "calls"),
                "{name}"
            );
        }
    }
}

#[test]
fn no_status_and_no_change_moves_a_date() {
    for mode in [
        ChangeMode::Retroactive,
        ChangeMode::Keep,
        ChangeMode::Carry,
        ChangeMode::Fresh,
    ] {
        let events = [
            ("Mon 10:00", by("Fri 12:00", "call")),
            ("Mon 11:00", EventKind::Status(Status::Pending)),
            ("Tue 09:00", EventKind::Policy("sooner".into())),
            ("Tue 10:00", EventKind::Policy("other".into())),
            ("Tue 11:00", EventKind::Priority(Some("high".into()))),
            ("Wed 09:00", EventKind::Status(Status::Solved)),
        ];
        let clock = &clocks(&replay(mode, &events), "Thu 09:00", "call")[0];
        assert_eq!(clock.due_at, Some(at("Fri 12:00")), "{mode:?}");
        assert_eq!(
            (clock.run, &*clock.policy),
            (Run::Running, "calls"),
            "{mode:?}"
        );
        assert_eq!(clock.elapsed, at("Thu 09:00") - at("Mon 10:00"), "{mode:?}");
    }
}

#[test]
fn a_date_warns_and_escalates_as_the_target_of_its_name() {
    let state = replay(
        ChangeMode::Retroactive,
        &[("Mon 12:00", by("Wed 12:00", "call"))],
    );
    let timers: Vec<_> = state
        .timers(at("Mon 12:00"))
        .into_iter()
        .map(|timer| (timer.at, timer.kind, timer.to.join(",")))
        .collect();
    assert_eq!(
        timers,
        [
            (at("Tue 12:00"), TimerKind::Warn, String::new()),
            (at("Wed 12:00:01"), TimerKind::Breach, String::new()),
            (at("Wed 13:00"), TimerKind::Escalate, "team lead".to_owned()),
        ]
    );
    assert_eq!(state.next_wakeup(at("Tue 12:00")), Some(at("Wed 12:00:01")));
    assert_eq!(state.fired(at("Wed 13:00")).len(), 2);
    // Without a target of its name it has neither.
    let state = replay(
        ChangeMode::Retroactive,
        &[("Mon 12:00", by("Wed 12:00", "visit"))],
    );
    assert_eq!(state.timers(at("Mon 12:00")).len(), 1);
}

#[test]
fn a_target_counts_in_its_own_time_with_its_pauses() {
    let events = [
        ("Mon 16:00", within_target("call")),
        ("Tue 09:00", EventKind::Status(Status::Pending)),
        ("Tue 11:00", EventKind::Status(Status::Open)),
    ];
    let clock = &clocks(
        &replay(ChangeMode::Retroactive, &events),
        "Tue 11:30",
        "call",
    )[0];
    assert_eq!(clock.elapsed, TimeDelta::minutes(120 + 60 + 30));
    assert_eq!(
        (clock.paused, clock.outside),
        (TimeDelta::hours(2), TimeDelta::hours(14))
    );
    assert_eq!(clock.due_at, Some(at("Tue 12:00")));
    // Solving ends no commitment: it stands still until the ticket is reopened.
    let solved = [
        ("Mon 16:00", within_target("call")),
        ("Mon 17:00", EventKind::Status(Status::Solved)),
    ];
    let clock = &clocks(
        &replay(ChangeMode::Retroactive, &solved),
        "Tue 11:30",
        "call",
    )[0];
    assert_eq!(
        (clock.run, clock.elapsed),
        (Run::Paused, TimeDelta::hours(1))
    );
}

#[test]
fn a_target_changes_as_others_but_outlives_a_policy_without_it() {
    for (mode, elapsed, target) in [
        (ChangeMode::Retroactive, 30, 1),
        (ChangeMode::Keep, 30, 4),
        (ChangeMode::Carry, 30, 1),
        (ChangeMode::Fresh, 10, 1),
    ] {
        let events = [
            ("Mon 10:00", within_target("call")),
            ("Mon 10:10", EventKind::Policy("other".into())),
            ("Mon 10:20", EventKind::Policy("sooner".into())),
        ];
        let state = replay(mode, &events);
        let between = &clocks(&state, "Mon 10:15", "call")[0];
        assert_eq!(
            (&*between.policy, between.run),
            ("calls", Run::Running),
            "{mode:?}"
        );
        let clock = &clocks(&state, "Mon 10:30", "call")[0];
        assert_eq!(clock.elapsed, TimeDelta::minutes(elapsed), "{mode:?}");
        assert_eq!(clock.target, TimeDelta::hours(target), "{mode:?}");
    }
}

#[test]
fn several_run_at_once_and_one_made_again_replaces_the_old() {
    let events = [
        ("Mon 10:00", by("Tue 12:00", "call")),
        ("Mon 10:00", by("Wed 12:00", "visit")),
        ("Mon 11:00", by("Thu 12:00", "call")),
        ("Tue 13:00", Kept("visit".into())),
    ];
    let state = replay(ChangeMode::Retroactive, &events);
    let row = |c: &Clock| (c.cycle, c.stopped.map(|s| s.why), c.verdict());
    let calls: Vec<_> = clocks(&state, "Tue 14:00", "call")
        .iter()
        .map(row)
        .collect();
    assert_eq!(
        calls,
        [
            (1, Some(Stop::Cancelled), Verdict::Undecided),
            (2, None, Verdict::Undecided)
        ]
    );
    let visits: Vec<_> = clocks(&state, "Tue 14:00", "visit")
        .iter()
        .map(row)
        .collect();
    assert_eq!(visits, [(1, Some(Stop::Kept), Verdict::Met)]);
}

#[test]
fn what_has_neither_date_nor_target_is_refused() {
    let mut state = replay(
        ChangeMode::Retroactive,
        &[("Mon 10:00", EventKind::Policy("other".into()))],
    );
    let before = state.clone();
    let refused = Error::NoTarget {
        policy: "other".into(),
        clock: ClockKind::custom("call"),
    };
    let event = Event::new(at("Mon 11:00"), within_target("call"));
    assert_eq!(state.apply(&event), Err(refused));
    assert_eq!(state, before);
}

#[test]
fn a_date_that_has_passed_is_late_at_once() {
    let state = replay(
        ChangeMode::Retroactive,
        &[("Tue 10:00", by("Mon 12:00", "call"))],
    );
    let now = at("Tue 10:00");
    let breaches = state.breaches(now);
    assert_eq!((breaches.len(), breaches[0].at), (1, now));
    assert_eq!(breaches[0].target, -TimeDelta::hours(22));
    assert_eq!(state.fired(now).len(), 2, "the warning and the escalation");
    let clock = &clocks(&state, "Tue 10:00", "call")[0];
    assert_eq!((clock.due_at, clock.breach_at), (None, Some(now)));
}

#[test]
fn it_explains_itself_and_survives_json() {
    let events = [
        ("Mon 10:00", by("Wed 12:00", "call")),
        ("Mon 11:00", EventKind::Assigned(Some("Anna".into()))),
        ("Tue 12:00", Kept("call".into())),
    ];
    let state = replay(ChangeMode::Retroactive, &events);
    let why = state
        .explain(at("Wed 09:00"), &ClockKind::custom("call"), 1)
        .unwrap();
    assert_eq!(
        why.to_string(),
        "\
custom:call 1: 26 h of 50 h counted, kept Tue 2026-11-17 12:00:00 (Europe/Helsinki)
Mon 2026-11-16 10:00:00 - Mon 2026-11-16 11:00:00  1 h  counted
Mon 2026-11-16 11:00:00 - Tue 2026-11-17 12:00:00  25 h  counted (Anna)
"
    );
    let json = serde_json::to_value(state.events()).unwrap();
    assert_eq!(
        json[1],
        serde_json::json!({
            "at": "2026-11-16T08:00:00Z",
            "kind": { "committed": { "name": "call", "due": "2026-11-18T10:00:00Z" } },
        })
    );
    let read: Vec<Event> = serde_json::from_value(json).unwrap();
    assert_eq!(read, state.events());
    let json = serde_json::to_string(&why).unwrap();
    assert_eq!(
        serde_json::from_str::<aspa_sla::Explanation>(&json).unwrap(),
        why
    );
}
