//! Whatever comes in between, and in whatever batches: what was put together or taken apart, and undone,
//! was never so.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use aspa_channel::{Event, Visibility};
use aspa_desk::Reply;
use aspa_ticket::{Actor, Command, Ticket};
use chrono::TimeDelta;
use common::{Bench, about, agent, all, asks, event, message, minute, shown};
use proptest::prelude::*;

/// What is done and undone.
#[derive(Debug, Clone, Copy)]
enum Way {
    Bundle,
    Split,
    Move,
}

/// What comes in between.
#[derive(Debug, Clone, Copy)]
enum Comes {
    /// Matti, or else Anna, writes.
    Writes(bool),
    /// The same, so many minutes ago; it arrives only now.
    WroteEarlier(bool, i64),
    /// Matti takes a message back that he wrote before.
    TakesBack,
    /// We answer Matti, or else Anna.
    IsAnswered(bool),
    /// Somebody puts a tag on.
    IsTagged(bool),
}

fn way() -> impl Strategy<Value = Way> {
    prop_oneof![Just(Way::Bundle), Just(Way::Split), Just(Way::Move)]
}

fn comes() -> impl Strategy<Value = Comes> {
    prop_oneof![
        any::<bool>().prop_map(Comes::Writes),
        (any::<bool>(), 1_i64..4).prop_map(|(who, ago)| Comes::WroteEarlier(who, ago)),
        Just(Comes::TakesBack),
        any::<bool>().prop_map(Comes::IsAnswered),
        any::<bool>().prop_map(Comes::IsTagged),
    ]
}

fn name(matti: bool) -> &'static str {
    if matti { "matti" } else { "anna" }
}

fn us() -> Actor {
    Actor::Us(Some(agent("liisa")))
}

/// Matti has written three times and Anna once.
async fn asked() -> Bench {
    let bench = Bench::new();
    bench.clock.advance(TimeDelta::minutes(10));
    let written = [
        asks("m1", "c", "matti", 0),
        asks("m2", "c", "matti", 1),
        asks("m3", "c", "matti", 2),
        asks("a1", "c", "anna", 3),
    ];
    bench.tell(written.map(event)).await;
    bench
}

async fn first(bench: &Bench, matti: bool) -> Ticket {
    let id = about("c", name(matti)).ticket_id(1);
    bench.desk.ticket(&id).await.unwrap()
}

/// It happens at this minute; what a rule forbids while it is bundled is left.
async fn happens(bench: &Bench, what: Comes, at: i64, number: usize) {
    let written =
        |matti: bool, at| -> Event { event(asks(&format!("n{number}"), "c", name(matti), at)) };
    match what {
        Comes::Writes(matti) => bench.tell([written(matti, at)]).await,
        Comes::WroteEarlier(matti, ago) => bench.tell([written(matti, at - ago)]).await,
        Comes::TakesBack => bench.tell([shown("m2", Visibility::Deleted, at)]).await,
        Comes::IsAnswered(matti) => {
            let ticket = first(bench, matti).await;
            let reply = Reply::answer("We are on it").named(format!("n{number}"));
            bench.desk.reply(&ticket.id, reply).await.unwrap();
            bench.desk.deliver().await.unwrap();
            // Its echo.
            bench.tell([]).await;
        }
        Comes::IsTagged(matti) => {
            let tag = "seen".parse().unwrap();
            let ticket = first(bench, matti).await;
            let tag = Command::Tag { tag };
            bench.desk.command(&ticket.id, tag, us()).await.unwrap();
        }
    }
}

/// All tickets, without up to where their histories were read.
async fn stand(bench: &Bench) -> Vec<Ticket> {
    let mut tickets = all(&bench.desk).await;
    tickets.sort_by(|a, b| a.id.cmp(&b.id));
    for ticket in &mut tickets {
        ticket.last = Ticket::open(ticket.key.clone(), 1, minute(0)).last;
    }
    tickets
}

/// Every message of the customers, and on how many tickets it is.
async fn messages(bench: &Bench) -> Vec<String> {
    let tickets = all(&bench.desk).await;
    let inbound = tickets.iter().flat_map(Ticket::inbound);
    let mut names: Vec<String> = inbound.map(|one| one.message.id.to_string()).collect();
    names.sort();
    names
}

async fn undone_is_as_never_done(way: Way, between: &[Comes], after: &[Comes]) {
    let (with, never) = (asked().await, asked().await);
    let (matti, anna) = (first(&with, true).await.id, first(&with, false).await.id);
    let desk = &with.desk;
    let taken = [message("m2"), message("m3")];
    let act = match way {
        Way::Bundle => desk.bundle(&matti, &anna, &us()).await.unwrap(),
        Way::Split => desk.split(&matti, &taken, &us()).await.unwrap().0,
        Way::Move => {
            let by = us();
            let moved = desk.move_messages(&taken, &matti, &anna, &by);
            moved.await.unwrap()
        }
    };
    let steps = between.iter().chain(after).zip(10_i64..).enumerate();
    for (number, (what, at)) in steps {
        if number == between.len() {
            desk.undo(&matti, &act, &us()).await.unwrap();
        }
        for bench in [&with, &never] {
            bench.clock.advance(TimeDelta::minutes(1));
            happens(bench, *what, at, number).await;
        }
        assert_eq!(messages(&with).await, messages(&never).await, "{what:?}");
    }
    if after.is_empty() {
        desk.undo(&matti, &act, &us()).await.unwrap();
    }
    assert_eq!(stand(&with).await, stand(&never).await);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_undone_was_never_done(
        way in way(),
        between in prop::collection::vec(comes(), 0..6),
        after in prop::collection::vec(comes(), 0..4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(undone_is_as_never_done(way, &between, &after));
    }
}
