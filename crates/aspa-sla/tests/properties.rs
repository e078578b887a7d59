//! What holds for every history of a ticket.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use aspa_hours::Hours;
use aspa_sla::{
    ClockKind, Event, EventKind, Promise, ReopenMode, ReplyKind, Run, Sla, SpanKind, Status,
    Target, Time,
};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

fn event_kind() -> impl Strategy<Value = EventKind> {
    use Status::{Closed, New, OnHold, Open, Pending, Snoozed, Solved};
    let status =
        proptest::sample::select(vec![New, Open, Pending, OnHold, Snoozed, Solved, Closed]);
    let reply = proptest::sample::select(vec![
        ReplyKind::Answer,
        ReplyKind::Holding,
        ReplyKind::Automatic,
    ]);
    prop_oneof![
        3 => Just(EventKind::CustomerMessage),
        3 => reply.prop_map(EventKind::Reply),
        4 => status.prop_map(EventKind::Status),
        1 => proptest::option::of("[ab]").prop_map(|who| EventKind::Assigned(who.map(Into::into))),
        1 => Just(EventKind::Created),
    ]
}

fn start() -> DateTime<Utc> {
    "2026-10-22T06:00:00Z".parse().unwrap()
}

/// Ten days around the change to winter time, to the half second; many events share an instant.
fn history() -> impl Strategy<Value = Vec<Event>> {
    let event = (0_i64..1_728, event_kind()).prop_map(|(step, kind)| {
        Event::new(start() + TimeDelta::milliseconds(step * 500_500), kind)
    });
    proptest::collection::vec(event, 0..14).prop_map(|mut events| {
        events.insert(0, Event::new(start(), EventKind::Created));
        events.insert(1, Event::new(start(), EventKind::CustomerMessage));
        events
    })
}

prop_compose! {
    fn promise()(
        within in proptest::collection::vec(1_i64..200_000, 3),
        business in any::<[bool; 3]>(),
        pending in any::<bool>(),
        hold in any::<bool>(),
        resume in any::<bool>(),
        holding_stops in any::<bool>(),
    ) -> Sla {
        let hours = Hours::new(chrono_tz::Europe::Helsinki)
            .open("Mo-Fr 08:00-12:00,13:00-18:00; Sun 02:00-05:00")
            .unwrap()
            .holiday("2026-10-26".parse().unwrap(), "a holiday");
        let kinds = [ClockKind::FirstResponse, ClockKind::NextResponse, ClockKind::Resolution];
        let mut promise = Promise::new("any", hours)
            .pause_on(pending.then_some(Status::Pending).into_iter().chain(hold.then_some(Status::OnHold)))
            .holding_stops(holding_stops)
            .reopen_mode(if resume { ReopenMode::Resume } else { ReopenMode::NewCycle });
        for n in 0..3 {
            let time = if business[n] { Time::Business } else { Time::Calendar };
            promise = promise.target(Target::new(kinds[n].clone(), TimeDelta::seconds(within[n]), time).warn_at(75));
        }
        promise.compile().unwrap()
    }
}

proptest! {
    #[test]
    fn replay_is_the_fold_of_apply_in_any_order(sla in promise(), events in history()) {
        let mut sorted = events.clone();
        sorted.sort_by_key(|event| event.at);
        let replayed = sla.replay(&events).unwrap();
        prop_assert_eq!(&replayed, &sla.replay(&sorted).unwrap());
        let mut folded = sla.state();
        for event in &events {
            folded.apply(event).unwrap();
        }
        prop_assert_eq!(&replayed, &folded);
        prop_assert_eq!(replayed.events(), &sorted[..]);
    }

    #[test]
    fn spans_sum_to_the_lifetime(sla in promise(), events in history(), now in 0_i64..1_000_000) {
        let state = sla.replay(&events).unwrap();
        let now = start() + TimeDelta::seconds(now);
        for clock in state.clocks(now) {
            let end = clock.stopped.map_or(now, |stopped| stopped.at);
            prop_assert_eq!(clock.paused + clock.outside + clock.elapsed, end - clock.started_at);
            prop_assert_eq!(clock.remaining, clock.target - clock.elapsed);
            prop_assert_eq!(clock.is_breached(), clock.elapsed > clock.target);
            let why = state.explain(now, &clock.kind, clock.cycle).unwrap();
            let mut at = clock.started_at;
            let (mut counted, mut outside, mut paused) = (TimeDelta::zero(), TimeDelta::zero(), TimeDelta::zero());
            for span in &why.spans {
                prop_assert_eq!(span.from, at);
                prop_assert!(span.from < span.to);
                at = span.to;
                *match span.kind {
                    SpanKind::Counted => &mut counted,
                    SpanKind::Closed(_) => &mut outside,
                    _ => &mut paused,
                } += span.duration;
            }
            prop_assert_eq!(at, end);
            prop_assert_eq!((counted, outside, paused), (clock.elapsed, clock.outside, clock.paused));
            let credited: TimeDelta = why.by_assignee().iter().map(|turn| turn.1).sum();
            prop_assert_eq!(credited, clock.elapsed);
        }
    }

    #[test]
    fn predictions_come_true_to_the_second(sla in promise(), events in history()) {
        let state = sla.replay(&events).unwrap();
        let second = TimeDelta::seconds(1);
        // The first whole second after the last event.
        let last = state.events().last().unwrap().at.timestamp();
        let now = DateTime::from_timestamp(last, 0).unwrap() + second;
        for (n, clock) in state.clocks(now).iter().enumerate() {
            let then = |at| state.clocks(at).swap_remove(n);
            prop_assert_eq!(clock.breach_at.is_some(), clock.run == Run::Running);
            if let Some(due) = clock.due_at {
                prop_assert_eq!(then(due).remaining, TimeDelta::zero());
                prop_assert!(then(due - second).remaining > TimeDelta::zero());
            }
            if let Some(warn) = clock.warn_at {
                prop_assert!(then(warn).elapsed * 4 >= clock.target * 3);
                prop_assert!(then(warn - second).elapsed * 4 < clock.target * 3);
            }
            if let Some(breach) = clock.breach_at {
                prop_assert!(then(breach).is_breached());
                prop_assert!(!then(breach - second).is_breached());
                let later = then(breach.max(now) + TimeDelta::days(3));
                prop_assert_eq!(later.breached_at, Some(breach));
                prop_assert_eq!(later.breach_at, Some(breach));
            }
        }
    }
}
