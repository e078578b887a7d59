//! Breaches that fire once, tickets that come back, and clocks that late history corrects.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use aspa_desk::Reply;
use aspa_sla::{ClockKind, Verdict};
use aspa_store::{Position, Store, TicketQuery, TicketSort};
use aspa_ticket::{Actor, Category, Command, EventKind, Ticket};
use chrono::TimeDelta;
use common::{Bench, agent, answers, asks, event, minute, only};

fn us() -> Actor {
    Actor::Us(Some(agent("liisa")))
}

async fn passed(bench: &Bench) -> Vec<(String, u32)> {
    let log = bench.store.log(Position(0), 1000).await.unwrap();
    let kinds = log.into_iter().map(|entry| entry.event.kind);
    let passed = |kind| match kind {
        EventKind::ClockPassed { clock, cycle, .. } => Some((clock, cycle)),
        _ => None,
    };
    kinds.filter_map(passed).collect()
}

fn verdict(bench: &Bench, ticket: &Ticket, kind: &ClockKind) -> Verdict {
    let state = bench.desk.clocks(ticket).unwrap();
    let clocks = state.clocks(aspa_desk::Clock::now(&bench.clock));
    clocks.iter().find(|c| c.kind == *kind).unwrap().verdict()
}

#[tokio::test]
async fn a_breach_fires_once_and_not_a_second_early() {
    let (bench, ticket) = Bench::asked().await;
    // 10 minutes are still in time; the first second after them is not.
    bench.clock.0.set(minute(10));
    assert_eq!(bench.desk.tick().await.unwrap(), 0);
    bench.clock.advance(TimeDelta::seconds(1));
    assert_eq!(bench.desk.tick().await.unwrap(), 1);
    assert_eq!(bench.desk.tick().await.unwrap(), 0);
    let resolution = Some(minute(60) + TimeDelta::seconds(1));
    assert_eq!(
        bench.store.next_wakeup().await.unwrap(),
        resolution,
        "it is done with"
    );
    bench.clock.0.set(minute(61));
    assert_eq!(bench.desk.tick().await.unwrap(), 1, "the resolution");
    assert_eq!(bench.desk.tick().await.unwrap(), 0);
    let both = [
        ("first_response".to_owned(), 1),
        ("resolution".to_owned(), 1),
    ];
    assert_eq!(passed(&bench).await, both);
    let now = bench.desk.ticket(&ticket.id).await.unwrap();
    assert!(now.passed.contains("first_response 1 breach"));
    assert_eq!(now.category, Category::New, "a breach moves nothing");
}

#[tokio::test]
async fn two_desks_that_tick_at_once_fire_it_once() {
    let (bench, _) = Bench::asked().await;
    let other = common::builder(bench.store.clone(), &bench.clock)
        .build()
        .unwrap();
    bench.clock.0.set(minute(11));
    let (a, b) = tokio::join!(bench.desk.tick(), other.tick());
    assert_eq!(a.unwrap() + b.unwrap(), 1);
    assert_eq!(passed(&bench).await.len(), 1);
}

#[tokio::test]
async fn what_is_answered_in_time_never_fires_and_each_next_question_has_its_own_time() {
    let (bench, ticket) = Bench::asked().await;
    bench.clock.0.set(minute(9));
    bench
        .desk
        .reply(&ticket.id, Reply::answer("here"))
        .await
        .unwrap();
    bench.desk.deliver().await.unwrap();
    bench.clock.0.set(minute(30));
    assert_eq!(bench.desk.tick().await.unwrap(), 0);
    bench.tell([event(asks("2", "c", "matti", 25))]).await;
    let row = bench
        .desk
        .tickets(&TicketQuery::default())
        .await
        .unwrap()
        .remove(0);
    assert_eq!(row.breach_at, Some(minute(35) + TimeDelta::seconds(1)));
    bench.clock.0.set(minute(36));
    assert_eq!(bench.desk.tick().await.unwrap(), 1);
    assert_eq!(passed(&bench).await, [("next_response".to_owned(), 1)]);
}

#[tokio::test]
async fn a_snoozed_ticket_comes_back_when_it_is_due() {
    let (bench, ticket) = Bench::asked().await;
    let snooze = Command::Snooze {
        until: minute(5),
        wake_on_message: false,
    };
    let asleep = bench.desk.command(&ticket.id, snooze, us()).await.unwrap();
    assert_eq!(asleep.category, Category::Snoozed);
    bench.clock.0.set(minute(5) - TimeDelta::seconds(1));
    assert_eq!(bench.desk.tick().await.unwrap(), 0);
    bench.clock.0.set(minute(5));
    assert_eq!(bench.desk.tick().await.unwrap(), 1);
    let awake = only(&bench.desk).await;
    assert_eq!((awake.category, awake.reopened), (Category::Open, 0));
    assert_eq!(bench.desk.tick().await.unwrap(), 0);
}

#[tokio::test]
async fn who_says_nothing_more_has_gone_away() {
    let silent = aspa_ticket::Rules::default().abandon_after(TimeDelta::minutes(30));
    for rules in [Some(silent), None] {
        let bench = Bench::with(|builder| match rules {
            Some(rules) => builder.rules(rules),
            None => builder,
        });
        bench.tell([event(asks("1", "c", "matti", 0))]).await;
        let ticket = only(&bench.desk).await;
        // Whom nobody has answered has not gone away.
        let awaits = Command::AwaitCustomer;
        bench.desk.command(&ticket.id, awaits, us()).await.unwrap();
        bench.clock.0.set(minute(45));
        bench.desk.tick().await.unwrap();
        assert_eq!(only(&bench.desk).await.category, Category::WaitingCustomer);

        bench
            .desk
            .reply(&ticket.id, Reply::answer("which one?"))
            .await
            .unwrap();
        bench.desk.deliver().await.unwrap();
        bench.clock.0.set(minute(60));
        bench
            .desk
            .reply(&ticket.id, Reply::answer("and which size?"))
            .await
            .unwrap();
        bench.desk.deliver().await.unwrap();
        // It counts from our last word.
        bench.clock.0.set(minute(90) - TimeDelta::seconds(1));
        bench.desk.tick().await.unwrap();
        assert_eq!(only(&bench.desk).await.category, Category::WaitingCustomer);
        bench.clock.0.set(minute(90));
        bench.desk.tick().await.unwrap();
        let gone = only(&bench.desk).await;
        let outcome = rules.map(|_| aspa_ticket::Outcome::Abandoned);
        assert_eq!(gone.outcome, outcome);
        assert_eq!(gone.category == Category::Resolved, rules.is_some());
        assert_eq!(bench.desk.tick().await.unwrap(), 0);
        // Who comes back is welcome.
        bench.tell([event(asks("3", "c", "matti", 95))]).await;
        assert_eq!(only(&bench.desk).await.category, Category::Open);
    }
}

#[tokio::test]
async fn the_next_wakeup_is_the_soonest_of_timers_and_replies() {
    let bench = Bench::new();
    let wakeup = || async { bench.store.next_wakeup().await.unwrap() };
    assert_eq!(wakeup().await, None);
    bench.tell([event(asks("1", "c", "matti", 0))]).await;
    assert_eq!(wakeup().await, Some(minute(10) + TimeDelta::seconds(1)));
    let ticket = only(&bench.desk).await;
    let snooze = Command::Snooze {
        until: minute(3),
        wake_on_message: true,
    };
    bench.desk.command(&ticket.id, snooze, us()).await.unwrap();
    assert_eq!(wakeup().await, Some(minute(3)));
    bench.clock.0.set(minute(2));
    bench
        .desk
        .reply(&ticket.id, Reply::answer("here"))
        .await
        .unwrap();
    assert_eq!(wakeup().await, Some(minute(2)), "the reply can go now");
    bench.desk.deliver().await.unwrap();
    // Answered: all clocks stand still while the customer is waited for.
    assert_eq!(wakeup().await, None);
}

#[tokio::test]
async fn a_late_answer_undoes_a_breach_that_never_was() {
    let (bench, _) = Bench::asked().await;
    bench.clock.0.set(minute(20));
    bench.desk.tick().await.unwrap();
    let late = only(&bench.desk).await;
    assert_eq!(
        verdict(&bench, &late, &ClockKind::FirstResponse),
        Verdict::Breached
    );
    // Somebody had answered in the network's own inbox; we learn of it only now.
    bench.tell([event(answers("a", "c", "matti", 4))]).await;
    let known = only(&bench.desk).await;
    assert_eq!(
        verdict(&bench, &known, &ClockKind::FirstResponse),
        Verdict::Met
    );
    let row = bench
        .desk
        .tickets(&TicketQuery::default())
        .await
        .unwrap()
        .remove(0);
    assert_eq!((row.breach_at, row.timers.len()), (None, 0));
}

#[tokio::test]
async fn an_earlier_message_moves_the_clock_back_to_itself() {
    let (bench, _) = Bench::asked().await;
    bench.clock.0.set(minute(3));
    bench.tell([event(asks("0", "c", "matti", -8))]).await;
    let row = bench
        .desk
        .tickets(&TicketQuery::default())
        .await
        .unwrap()
        .remove(0);
    assert_eq!(row.breach_at, Some(minute(2) + TimeDelta::seconds(1)));
    assert_eq!(bench.desk.tick().await.unwrap(), 1, "late already");
}

#[tokio::test]
async fn lists_sort_by_what_breaks_soonest() {
    let bench = Bench::new();
    let told = [("late", 2), ("soon", -5), ("later", 4)];
    bench.clock.0.set(minute(4));
    bench
        .tell(told.map(|(who, at)| event(asks(who, "c", who, at))))
        .await;
    let mut query = TicketQuery::default();
    query.sort = TicketSort::Breach;
    let rows = bench.desk.tickets(&query).await.unwrap();
    let order: Vec<_> = rows
        .iter()
        .map(|row| row.ticket.key.customer.id())
        .collect();
    assert_eq!(order, ["soon", "late", "later"]);
}

#[tokio::test]
async fn without_a_promise_there_are_no_clocks_and_no_timers() {
    let (bench, ticket) = Bench::asked().await;
    let plain = aspa_desk::Desk::builder(bench.store.clone())
        .clock(bench.clock.clone())
        .build()
        .unwrap();
    assert!(plain.sla().is_none());
    assert!(plain.clocks(&ticket).is_none());
    // What another desk with a promise had stored is passed, and does not come back.
    bench.clock.0.set(minute(11));
    plain.tick().await.unwrap();
    assert_eq!(bench.store.next_wakeup().await.unwrap(), None);
}

#[tokio::test]
async fn an_answer_by_a_clock_that_is_ahead_stops_what_it_ends() {
    let (bench, _) = Bench::asked().await;
    bench.clock.advance(TimeDelta::minutes(1));
    let echo = answers("2", "c", "matti", 3);
    bench.tell([event(echo)]).await;
    let early = bench.desk.tickets(&TicketQuery::default()).await.unwrap();
    bench.clock.advance(TimeDelta::minutes(5));
    assert_eq!(bench.desk.rearm().await.unwrap(), 0);
    let late = bench.desk.tickets(&TicketQuery::default()).await.unwrap();
    assert_eq!(early[0].breach_at, late[0].breach_at);
}
