//! The rules of the clocks, told as cases of the domain.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use aspa_hours::Hours;
use aspa_sla::figures::{Method, Sample, Share};
use aspa_sla::{
    Clock, ClockKind, Error, Event, EventKind, Promise, ReopenMode, ReplyKind, Run, Sla, Status,
    Stop, Target, Time, TimerKind, Verdict,
};
use chrono::{DateTime, TimeDelta, Utc};

use ClockKind::{FirstResponse, NextResponse, Resolution};
use EventKind::{Created, CustomerMessage, Reply};
use ReplyKind::{Answer, Automatic, Holding};

const HELSINKI: chrono_tz::Tz = chrono_tz::Europe::Helsinki;

/// Monday to Friday of the week from 2026-11-16, and the Monday after, in Helsinki.
fn at(text: &str) -> DateTime<Utc> {
    let (day, clock) = text.split_once(' ').unwrap();
    let day = 16
        + ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Mon2"]
            .iter()
            .position(|d| *d == day)
            .unwrap();
    format!("2026-11-{day}T{clock}:00+02:00").parse().unwrap()
}

fn status(status: Status) -> EventKind {
    EventKind::Status(status)
}

fn events(list: &[(&str, EventKind)]) -> Vec<Event> {
    list.iter()
        .map(|(when, kind)| Event::new(at(when), kind.clone()))
        .collect()
}

fn hours() -> Hours {
    Hours::new(HELSINKI).open("Mo-Fr 08:00-18:00").unwrap()
}

fn promise() -> Promise {
    Promise::new("gold", hours())
        .target(Target::new(FirstResponse, TimeDelta::hours(1), Time::Business).warn_at(50))
        .target(Target::new(
            NextResponse,
            TimeDelta::hours(2),
            Time::Business,
        ))
        .target(Target::new(
            Resolution,
            TimeDelta::hours(24),
            Time::Calendar,
        ))
}

fn sla() -> Sla {
    promise().compile().unwrap()
}

fn clocks(sla: &Sla, list: &[(&str, EventKind)], now: &str) -> Vec<Clock> {
    sla.replay(&events(list)).unwrap().clocks(at(now))
}

fn names(clocks: &[Clock]) -> Vec<(ClockKind, u32, i64, Option<Stop>)> {
    let row = |c: &Clock| {
        (
            c.kind.clone(),
            c.cycle,
            c.elapsed.num_minutes(),
            c.stopped.map(|s| s.why),
        )
    };
    clocks.iter().map(row).collect()
}

/// A customer wrote at nine on Monday.
fn asked(rest: &[(&'static str, EventKind)]) -> Vec<(&'static str, EventKind)> {
    let mut list = vec![("Mon 09:00", Created), ("Mon 09:00", CustomerMessage)];
    list.extend_from_slice(rest);
    list
}

#[test]
fn created_starts_first_response_and_resolution() {
    let clocks = clocks(&sla(), &asked(&[]), "Mon 09:20");
    assert_eq!(
        names(&clocks),
        [(FirstResponse, 1, 20, None), (Resolution, 1, 20, None)]
    );
    assert_eq!(clocks[0].run, Run::Running);
    assert_eq!(clocks[0].due_at, Some(at("Mon 10:00")));
    assert_eq!(clocks[0].warn_at, Some(at("Mon 09:30")));
    assert_eq!(
        clocks[0].breach_at,
        Some(at("Mon 10:00") + TimeDelta::seconds(1))
    );
    assert_eq!(clocks[1].due_at, Some(at("Tue 09:00")));
    assert_eq!(clocks[0].verdict(), Verdict::Undecided);
}

#[test]
fn which_reply_stops_a_response() {
    let strict = sla();
    let lenient = promise().holding_stops(true).compile().unwrap();
    for (name, sla, kind, stops) in [
        ("an answer", &strict, Answer, true),
        ("a holding reply", &strict, Holding, false),
        (
            "a holding reply where the promise says so",
            &lenient,
            Holding,
            true,
        ),
        ("an automatic reply", &strict, Automatic, false),
        (
            "an automatic reply, whatever the promise says",
            &lenient,
            Automatic,
            false,
        ),
    ] {
        let first = &clocks(sla, &asked(&[("Mon 09:30", Reply(kind))]), "Mon 09:40")[0];
        assert_eq!(
            first.stopped.map(|s| s.why),
            stops.then_some(Stop::MetByReply),
            "{name}"
        );
        assert_eq!(first.verdict() == Verdict::Met, stops, "{name}");
    }
}

#[test]
fn next_response_counts_from_the_oldest_unanswered_message() {
    let list = asked(&[
        ("Mon 09:30", CustomerMessage),
        ("Mon 09:40", Reply(Answer)),
        ("Mon 10:00", CustomerMessage),
        ("Mon 10:30", CustomerMessage),
        ("Mon 11:00", Reply(Answer)),
        ("Mon 11:30", Reply(Answer)),
        ("Mon 12:00", CustomerMessage),
    ]);
    assert_eq!(
        names(&clocks(&sla(), &list, "Mon 12:15")),
        [
            (FirstResponse, 1, 40, Some(Stop::MetByReply)),
            (Resolution, 1, 195, None),
            (NextResponse, 1, 60, Some(Stop::MetByReply)),
            (NextResponse, 2, 15, None),
        ]
    );
}

#[test]
fn a_message_reopens_solved_and_pending_and_leaves_hold_and_closed() {
    for (before, after) in [
        (Status::New, Status::New),
        (Status::Open, Status::Open),
        (Status::Pending, Status::Open),
        (Status::OnHold, Status::OnHold),
        (Status::Snoozed, Status::Snoozed),
        (Status::Solved, Status::Open),
        (Status::Closed, Status::Closed),
    ] {
        let list = asked(&[
            ("Mon 09:30", Reply(Answer)),
            ("Mon 09:30", status(before)),
            ("Mon 10:00", CustomerMessage),
        ]);
        let state = sla().replay(&events(&list)).unwrap();
        assert_eq!(state.status(), after, "{before}");
        let next = state
            .clocks(at("Mon 10:10"))
            .iter()
            .any(|clock| clock.kind == NextResponse);
        assert_eq!(next, before != Status::Closed, "{before}");
    }
}

#[test]
fn solving_cancels_responses_and_reopening_does_as_the_promise_says() {
    let list = asked(&[
        ("Mon 10:00", status(Status::Solved)),
        ("Mon 12:00", CustomerMessage),
        ("Mon 12:30", Reply(Answer)),
        ("Mon 13:00", status(Status::Solved)),
        ("Mon 14:00", status(Status::Closed)),
    ]);
    let resumed = clocks(&sla(), &list, "Tue 09:00");
    assert_eq!(
        names(&resumed),
        [
            (FirstResponse, 1, 60, Some(Stop::Cancelled)),
            (Resolution, 1, 120, Some(Stop::Solved)),
            (NextResponse, 1, 30, Some(Stop::MetByReply)),
        ]
    );
    assert_eq!(
        resumed[0].verdict(),
        Verdict::Undecided,
        "cancelled is neither met nor breached"
    );
    assert_eq!(resumed[1].paused, TimeDelta::hours(3));
    assert_eq!(resumed[1].lifetime(), TimeDelta::hours(5));

    let anew = promise()
        .reopen_mode(ReopenMode::NewCycle)
        .compile()
        .unwrap();
    assert_eq!(
        names(&clocks(&anew, &list, "Tue 09:00")),
        [
            (FirstResponse, 1, 60, Some(Stop::Cancelled)),
            (Resolution, 1, 60, Some(Stop::Solved)),
            (Resolution, 2, 60, Some(Stop::Solved)),
            (NextResponse, 1, 30, Some(Stop::MetByReply)),
        ]
    );
    // While solved and not yet closed, a resumable clock is met so far and arms no timer.
    let so_far = &clocks(&sla(), &list, "Mon 11:00")[1];
    assert_eq!((so_far.run, so_far.verdict()), (Run::Paused, Verdict::Met));
    assert_eq!(so_far.breach_at, None);
}

#[test]
fn settling_cancels_responses_and_nothing_else() {
    let list = asked(&[
        ("Mon 09:30", EventKind::Settled),
        ("Mon 10:00", CustomerMessage),
        ("Mon 10:10", EventKind::Settled),
        ("Mon 10:20", EventKind::Settled),
    ]);
    let state = sla().replay(&events(&list)).unwrap();
    assert_eq!(state.status(), Status::New);
    let clocks = state.clocks(at("Mon 11:00"));
    assert_eq!(
        names(&clocks),
        [
            (FirstResponse, 1, 30, Some(Stop::Cancelled)),
            (Resolution, 1, 120, None),
            (NextResponse, 1, 10, Some(Stop::Cancelled)),
        ]
    );
    assert_eq!(clocks[1].verdict(), Verdict::Undecided, "not solved");
}

#[test]
fn time_is_paused_before_it_is_outside_hours() {
    let list = asked(&[
        ("Mon 17:00", status(Status::Pending)),
        ("Mon 20:00", status(Status::Open)),
    ]);
    let first = &clocks(&sla(), &list, "Tue 08:30")[0];
    assert_eq!(first.paused, TimeDelta::hours(3));
    assert_eq!(first.outside, TimeDelta::hours(12));
    assert_eq!(first.elapsed, TimeDelta::minutes(8 * 60 + 30));
    assert_eq!(first.lifetime(), at("Tue 08:30") - at("Mon 09:00"));
    assert_eq!(first.calendar, first.lifetime() - first.paused);

    // A target may have pauses of its own; other statuses never stop a clock.
    let hold = promise().pause_on([Status::Pending, Status::OnHold]);
    let mut own = hold.clone();
    own.targets[0].pause_on = Some(vec![]);
    let list = asked(&[("Mon 09:30", status(Status::OnHold))]);
    for (promise, first, resolution) in [(promise(), 60, 60), (hold, 30, 30), (own, 60, 30)] {
        let clocks = clocks(&promise.compile().unwrap(), &list, "Mon 10:00");
        assert_eq!(clocks[0].elapsed, TimeDelta::minutes(first));
        assert_eq!(clocks[1].elapsed, TimeDelta::minutes(resolution));
    }
}

#[test]
fn equal_is_met_and_a_used_up_day_is_due_at_closing() {
    let list = vec![("Mon 17:00", Created), ("Mon 17:00", CustomerMessage)];
    let open = &clocks(&sla(), &list, "Mon 17:30")[0];
    assert_eq!(
        open.due_at,
        Some(at("Mon 18:00")),
        "closing time, not next morning"
    );
    assert_eq!(
        open.breach_at,
        Some(at("Tue 08:00") + TimeDelta::seconds(1))
    );
    let night = &clocks(&sla(), &list, "Mon 22:00")[0];
    assert_eq!((night.remaining, night.due_at), (TimeDelta::zero(), None));
    assert!(!night.is_breached());
    assert_eq!(night.breach_at, open.breach_at);

    let state = sla().replay(&events(&list)).unwrap();
    let mut in_time = state.clone();
    in_time
        .apply(&Event::new(at("Tue 08:00"), Reply(Answer)))
        .unwrap();
    assert_eq!(in_time.clocks(at("Tue 09:00"))[0].verdict(), Verdict::Met);
    let mut late = state;
    late.apply(&Event::new(
        at("Tue 08:00") + TimeDelta::seconds(1),
        Reply(Answer),
    ))
    .unwrap();
    let first = &late.clocks(at("Tue 09:00"))[0];
    assert_eq!(first.verdict(), Verdict::Breached);
    assert_eq!(first.remaining, TimeDelta::seconds(-1));
    assert_eq!(first.breached_at, open.breach_at);
    assert_eq!(first.breach_at, None, "a stopped clock does not run");
}

#[test]
fn a_clock_change_in_mid_flight_counts_real_seconds() {
    let round_the_clock = Hours::new(HELSINKI).open("24/7").unwrap();
    let sla = Promise::answer_within(TimeDelta::hours(4), round_the_clock)
        .compile()
        .unwrap();
    for (name, created, due) in [
        (
            "spring",
            "2026-03-29T01:00:00+02:00",
            "2026-03-29T06:00:00+03:00",
        ),
        (
            "autumn",
            "2026-10-25T01:00:00+03:00",
            "2026-10-25T04:00:00+02:00",
        ),
    ] {
        let created = created.parse().unwrap();
        let state = sla.replay(&[Event::new(created, Created)]).unwrap();
        assert_eq!(
            state.clocks(created)[0].due_at,
            Some(due.parse().unwrap()),
            "{name}"
        );
    }
}

#[test]
fn timers_warn_then_breach() {
    let state = sla().replay(&events(&asked(&[]))).unwrap();
    let next = |now: DateTime<Utc>| {
        state
            .next_instant(now)
            .map(|t| (t.at, t.kind, t.clock, t.cycle))
    };
    let second = TimeDelta::seconds(1);
    let warn = at("Mon 09:30");
    let breach = at("Mon 10:00") + second;
    assert_eq!(
        next(at("Mon 09:00")),
        Some((warn, TimerKind::Warn, FirstResponse, 1))
    );
    assert_eq!(
        next(warn),
        Some((breach, TimerKind::Breach, FirstResponse, 1))
    );
    let resolution = at("Tue 09:00") + second;
    assert_eq!(
        next(breach),
        Some((resolution, TimerKind::Breach, Resolution, 1))
    );
    assert_eq!(next(resolution), None);
}

#[test]
fn the_past_is_told_as_it_was() {
    let list = asked(&[
        ("Mon 09:30", Reply(Answer)),
        ("Mon 10:00", status(Status::Solved)),
    ]);
    let state = sla().replay(&events(&list)).unwrap();
    assert_eq!(
        state.clocks(at("Mon 09:10")),
        clocks(&sla(), &asked(&[]), "Mon 09:10")
    );
    assert_eq!(state.clocks(at("Mon 08:00")), []);
    assert_eq!(
        state.next_instant(at("Mon 09:10")).map(|t| t.at),
        Some(at("Mon 09:30"))
    );
}

#[test]
fn explanations_read_like_a_person_wrote_them() {
    let hours = hours().holiday("2026-11-17".parse().unwrap(), "Founders' Day");
    let sla = Promise::answer_within(TimeDelta::hours(1), hours)
        .compile()
        .unwrap();
    let list = [
        ("Mon 17:30", Created),
        ("Mon 17:30", CustomerMessage),
        ("Mon 17:50", EventKind::Assigned(Some("Anna".into()))),
        ("Wed 08:10", status(Status::Pending)),
        ("Wed 09:00", status(Status::Open)),
        ("Wed 09:40", Reply(Answer)),
        ("Wed 10:00", EventKind::Assigned(None)),
    ];
    let state = sla.replay(&events(&list)).unwrap();
    let why = state.explain(at("Wed 12:00"), &FirstResponse, 1).unwrap();
    assert_eq!(
        why.to_string(),
        "\
first_response 1: 1 h 20 min of 1 h counted, late since Wed 2026-11-18 09:20:01, answered Wed 2026-11-18 09:40:00 (Europe/Helsinki)
Mon 2026-11-16 17:30:00 - Mon 2026-11-16 17:50:00  20 min  counted
Mon 2026-11-16 17:50:00 - Mon 2026-11-16 18:00:00  10 min  counted (Anna)
Mon 2026-11-16 18:00:00 - Tue 2026-11-17 00:00:00  6 h  outside hours (Anna)
Tue 2026-11-17 00:00:00 - Wed 2026-11-18 00:00:00  24 h  closed: Founders' Day (Anna)
Wed 2026-11-18 00:00:00 - Wed 2026-11-18 08:00:00  8 h  outside hours (Anna)
Wed 2026-11-18 08:00:00 - Wed 2026-11-18 08:10:00  10 min  counted (Anna)
Wed 2026-11-18 08:10:00 - Wed 2026-11-18 09:00:00  50 min  paused: pending (Anna)
Wed 2026-11-18 09:00:00 - Wed 2026-11-18 09:40:00  40 min  counted (Anna)
"
    );
    let turns = [
        (None, TimeDelta::minutes(20)),
        (Some("Anna"), TimeDelta::minutes(60)),
    ];
    assert_eq!(why.by_assignee(), turns);
    assert!(state.explain(at("Wed 12:00"), &FirstResponse, 2).is_none());
    assert!(state.explain(at("Mon 12:00"), &FirstResponse, 1).is_none());
}

#[test]
fn a_promise_names_the_field_at_fault() {
    let hour = TimeDelta::hours(1);
    let first = Target::new(FirstResponse, hour, Time::Business);
    let plain = |target: Target| {
        Promise::new("p", hours())
            .target(target)
            .compile()
            .map(|_| ())
    };
    assert_eq!(plain(first.clone()), Ok(()));
    assert_eq!(
        Promise::new("p", None).target(first.clone()).compile(),
        Err(Error::NoHours(FirstResponse))
    );
    let never = Promise::new("p", Hours::new(HELSINKI)).target(first.clone());
    assert_eq!(never.compile(), Err(Error::NeverOpen(FirstResponse)));
    assert_eq!(
        promise().target(first.clone()).compile(),
        Err(Error::TargetTwice {
            clock: FirstResponse,
            priority: None
        })
    );
    let none = Target::new(Resolution, TimeDelta::milliseconds(999), Time::Calendar);
    assert_eq!(plain(none), Err(Error::Within(Resolution)));
    for percent in [0, 101] {
        let refused = Error::Warn {
            clock: FirstResponse,
            percent,
        };
        assert_eq!(plain(first.clone().warn_at(percent)), Err(refused));
    }
}

#[test]
fn promises_and_events_survive_json() {
    let promise: Promise = serde_json::from_str(
        r#"{
            "name": "gold",
            "hours": { "zone": "Europe/Helsinki", "open": "Mon-Fri 08:00-18:00" },
            "targets": [
                { "clock": "first_response", "within": "1h", "warn": [50] },
                { "clock": "next_response", "within": "2h" },
                { "clock": "resolution", "within": "24h", "time": "calendar" }
            ]
        }"#,
    )
    .unwrap();
    assert_eq!(promise, self::promise());
    let json = serde_json::to_string(&promise).unwrap();
    assert_eq!(serde_json::from_str::<Promise>(&json).unwrap(), promise);
    assert!(serde_json::from_str::<Promise>(r#"{"name":"x","targets":[],"pauses":[]}"#).is_err());
    let list = events(&asked(&[
        ("Mon 10:00", status(Status::OnHold)),
        ("Mon 10:00", EventKind::Assigned(None)),
        ("Mon 10:00", Reply(Holding)),
    ]));
    let json = serde_json::to_string(&list).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Event>>(&json).unwrap(), list);
    let clock = &clocks(&sla(), &asked(&[]), "Mon 09:20")[0];
    let json = serde_json::to_value(clock).unwrap();
    assert_eq!(json["remaining"], 2400);
    assert_eq!(serde_json::from_value::<Clock>(json).unwrap(), *clock);
}

#[test]
fn percentiles_by_named_methods() {
    let sample = |values: &[i64]| {
        values
            .iter()
            .map(|s| TimeDelta::seconds(*s))
            .collect::<Sample>()
    };
    let mut five = sample(&[50, 15, 40, 20, 35]);
    for (percent, linear_ms, nearest) in [
        (0, 15_000, 15),
        (5, 16_000, 15),
        (30, 23_000, 20),
        (40, 29_000, 20),
        (50, 35_000, 35),
        (90, 46_000, 50),
        (100, 50_000, 50),
    ] {
        let linear = five.percentile(percent, Method::Linear);
        assert_eq!(
            linear,
            Some(TimeDelta::milliseconds(linear_ms)),
            "{percent}"
        );
        let rank = five.percentile(percent, Method::NearestRank);
        assert_eq!(rank, Some(TimeDelta::seconds(nearest)), "{percent}");
    }
    assert_eq!(
        sample(&[1, 2]).median(),
        Some(TimeDelta::milliseconds(1_500))
    );
    assert_eq!(
        sample(&[7]).percentile(99, Method::Linear),
        Some(TimeDelta::seconds(7))
    );
    assert_eq!(sample(&[]).median(), None);
    assert_eq!(five.percentile(101, Method::NearestRank), None);
}

#[test]
fn shares_leave_out_what_is_undecided() {
    use Verdict::{Breached, Met, Undecided};
    let share: Share = [Met, Undecided, Met, Breached, Met].into_iter().collect();
    assert_eq!((share.met, share.breached, share.undecided), (3, 1, 1));
    assert_eq!(share.kept(), Some(0.75));
    assert_eq!([Undecided].into_iter().collect::<Share>().kept(), None);
}
