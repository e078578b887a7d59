//! Wherever the process ends, nothing is lost and nothing is published twice where the network gives
//! a key or a way to look.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use aspa_channel::MemoryChannel;
use aspa_desk::{Desk, Reply};
use aspa_store::{MemoryStore, OutboxState, Outcome};
use aspa_ticket::{Category, Ticket};
use aspa_types::EffectKey;
use chrono::TimeDelta;
use common::net::{Line, Net, Then, cut};
use common::store::{Fuse, TestStore};
use common::{Hand, all, asks, builder, event, only, shop};

/// A store in which Matti waits for an answer.
async fn asked(clock: &Hand) -> MemoryStore {
    let store = MemoryStore::new();
    let channel = MemoryChannel::new(shop());
    channel.say(event(asks("1", "c", "matti", 0)));
    let desk = builder(store.clone(), clock).channel(channel).build();
    let desk = desk.unwrap();
    desk.poll(&shop()).await.unwrap();
    desk.work().await.unwrap();
    store
}

async fn queued(desk: &Desk, text: &str) -> EffectKey {
    let ticket = only(desk).await;
    desk.reply(&ticket.id, Reply::answer(text)).await.unwrap()
}

/// Lets a desk work until it is done or has died.
async fn until_death(work: impl Future) {
    let _ = tokio::time::timeout(Duration::from_secs(1), work).await;
}

async fn state(desk: &Desk, effect: &EffectKey) -> OutboxState {
    let (row, _) = desk.store().effect(effect).await.unwrap().unwrap();
    row.value.state
}

fn answered(ticket: &Ticket) -> bool {
    ticket.category == Category::WaitingCustomer
        && ticket.handled().share() == Some(1.0)
        && ticket.queued.is_empty()
}

#[tokio::test(start_paused = true)]
async fn a_desk_that_dies_at_any_step_of_sending_publishes_once() {
    for line in [Line::that_can_be_read_back, Line::with_keys] {
        let mut steps = 0;
        loop {
            let (clock, net, fuse) = (Hand::at(1), Arc::new(Net::default()), Fuse::of(steps));
            let store = asked(&clock).await;
            let alive = builder(store.clone(), &clock)
                .channel(line(&net))
                .build()
                .unwrap();
            let effect = queued(&alive, "here it is").await;
            drop(alive);

            let dies = builder(TestStore::over(&store, &fuse), &clock)
                .channel(line(&net).fused(&fuse))
                .build()
                .unwrap();
            until_death(dies.deliver()).await;
            drop(dies);

            clock.advance(TimeDelta::seconds(61));
            let heir = builder(store, &clock).channel(line(&net)).build().unwrap();
            for _ in 0..3 {
                heir.deliver().await.unwrap();
                clock.advance(TimeDelta::seconds(61));
            }
            assert_eq!(net.published(), ["here it is"], "died after {steps} steps");
            assert_eq!(state(&heir, &effect).await, OutboxState::Accepted);
            assert!(answered(&only(&heir).await), "died after {steps} steps");
            if !fuse.is_out() {
                break;
            }
            steps += 1;
        }
        assert!(steps > 5, "it died at {steps} places");
    }
}

#[tokio::test(start_paused = true)]
async fn a_network_that_cannot_tell_never_gets_it_twice_and_a_person_decides() {
    for then in [Then::DiesBefore, Then::DiesAfter] {
        let (clock, net) = (Hand::at(1), Arc::new(Net::default()));
        let store = asked(&clock).await;
        let line = Line::that_cannot_tell(&net);
        let landed = matches!(then, Then::DiesAfter);
        net.plan([then]);
        let dies = builder(store.clone(), &clock).channel(line.clone()).build();
        let dies = dies.unwrap();
        let effect = queued(&dies, "first").await;
        let second = queued(&dies, "second").await;
        until_death(dies.deliver()).await;
        drop(dies);

        clock.advance(TimeDelta::seconds(61));
        let heir = builder(store, &clock).channel(line).build().unwrap();
        assert_eq!(heir.deliver().await.unwrap().uncertain, 1);
        clock.advance(TimeDelta::days(1));
        assert_eq!(
            heir.deliver().await.unwrap(),
            aspa_desk::Delivered::default()
        );
        assert_eq!(net.published().len(), usize::from(landed), "not sent again");
        assert_eq!(state(&heir, &effect).await, OutboxState::Uncertain);
        assert_eq!(
            state(&heir, &second).await,
            OutboxState::Queued,
            "its lane waits"
        );
        assert_eq!(only(&heir).await.queued.len(), 2);

        // Somebody looked, and says what is there.
        heir.settle_uncertain(&effect, landed, None).await.unwrap();
        assert_eq!(
            heir.deliver().await.unwrap().accepted,
            1,
            "the lane goes on"
        );
        assert_eq!(net.published().len(), 1 + usize::from(landed));
        let ticket = only(&heir).await;
        assert!(ticket.queued.is_empty());
        assert_eq!(ticket.failed.contains(&effect), !landed);
    }
}

#[tokio::test(start_paused = true)]
async fn an_earlier_reply_with_the_same_words_is_not_taken_for_the_one_that_was_lost() {
    let (clock, net) = (Hand::at(1), Arc::new(Net::default()));
    let store = asked(&clock).await;
    let line = Line::that_compares_words(&net);
    let desk = builder(store, &clock).channel(line).build().unwrap();
    let first = queued(&desk, "yes").await;
    // Of the first itself it is the one.
    net.plan([Then::FailsAfter(cut()), Then::Fails(cut())]);
    desk.deliver().await.unwrap();
    assert_eq!(state(&desk, &first).await, OutboxState::Accepted);
    let second = queued(&desk, "yes").await;
    desk.deliver().await.unwrap();
    assert_eq!(state(&desk, &second).await, OutboxState::Uncertain);
    assert_eq!(net.published(), ["yes"]);
}

#[tokio::test(start_paused = true)]
async fn before_the_lease_ends_nobody_takes_over() {
    let (clock, net) = (Hand::at(1), Arc::new(Net::default()));
    let store = asked(&clock).await;
    net.plan([Then::DiesBefore]);
    let line = Line::that_can_be_read_back(&net);
    let dies = builder(store.clone(), &clock).channel(line.clone()).build();
    let dies = dies.unwrap();
    queued(&dies, "here").await;
    until_death(dies.deliver()).await;
    let heir = builder(store, &clock).channel(line).build().unwrap();
    clock.advance(TimeDelta::seconds(59));
    heir.deliver().await.unwrap();
    assert_eq!(net.tries(), 1, "the dead one might live");
    clock.advance(TimeDelta::seconds(1));
    heir.deliver().await.unwrap();
    assert_eq!(net.tries(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_a_try_came_to_is_written_down_also_where_the_process_ended_in_it() {
    let (clock, net) = (Hand::at(1), Arc::new(Net::default()));
    let store = asked(&clock).await;
    net.plan([Then::DiesAfter]);
    let line = Line::that_can_be_read_back(&net);
    let desk = builder(store, &clock).channel(line).build().unwrap();
    let effect = queued(&desk, "here").await;
    until_death(desk.deliver()).await;
    clock.advance(TimeDelta::seconds(61));
    desk.deliver().await.unwrap();
    let (_, tries) = desk.store().effect(&effect).await.unwrap().unwrap();
    assert_eq!(tries.len(), 2);
    assert_eq!((tries[0].finished_at, &tries[0].outcome), (None, &None));
    assert!(matches!(tries[1].outcome, Some(Outcome::Found { .. })));
    assert_eq!(net.tries(), 1, "it was looked for, not sent again");
}

#[tokio::test(start_paused = true)]
async fn a_desk_that_dies_at_any_step_of_taking_in_loses_no_message() {
    let mut steps = 0;
    loop {
        let (clock, fuse, store) = (Hand::at(5), Fuse::of(steps), MemoryStore::new());
        let channel = Arc::new(MemoryChannel::new(shop()));
        channel.say(event(asks("1", "c", "matti", 0)));
        channel.say(event(asks("2", "c", "matti", 1)));
        let dies = builder(TestStore::over(&store, &fuse), &clock)
            .shared_channel(channel.clone())
            .build()
            .unwrap();
        until_death(async {
            dies.poll(&shop()).await.unwrap();
            dies.work().await.unwrap();
        })
        .await;
        drop(dies);

        clock.advance(TimeDelta::seconds(61));
        let heir = builder(store, &clock).shared_channel(channel).build();
        let heir = heir.unwrap();
        heir.poll(&shop()).await.unwrap();
        heir.work().await.unwrap();
        let ticket = only(&heir).await;
        assert_eq!(ticket.messages.len(), 2, "died after {steps} steps");
        assert_eq!(heir.store().backlog().await.unwrap(), 0);
        if !fuse.is_out() {
            break;
        }
        steps += 1;
    }
    assert!(steps > 5, "it died at {steps} places");
}

#[tokio::test(start_paused = true)]
async fn a_desk_that_dies_while_a_reply_is_queued_has_queued_it_whole_or_not_at_all() {
    let mut steps = 0;
    loop {
        let (clock, net, fuse) = (Hand::at(1), Arc::new(Net::default()), Fuse::of(steps));
        let store = asked(&clock).await;
        let dies = builder(TestStore::over(&store, &fuse), &clock)
            .channel(Line::with_keys(&net))
            .build()
            .unwrap();
        let id = only(&dies).await.id;
        until_death(dies.reply(&id, Reply::answer("here"))).await;
        drop(dies);
        let heir = builder(store, &clock)
            .channel(Line::with_keys(&net))
            .build();
        let heir = heir.unwrap();
        let ticket = only(&heir).await;
        heir.deliver().await.unwrap();
        assert_eq!(net.published().len(), ticket.queued.len());
        if !fuse.is_out() {
            assert_eq!(ticket.queued.len(), 1);
            break;
        }
        steps += 1;
    }
}

#[tokio::test]
async fn an_echo_of_what_we_sent_is_known_as_ours() {
    let bench = common::Bench::new();
    bench.tell([event(asks("1", "c", "matti", 0))]).await;
    queued(&bench.desk, "here").await;
    bench.desk.deliver().await.unwrap();
    // The network shows us our own message, twice.
    bench.tell([]).await;
    let ticket = only(&bench.desk).await;
    assert_eq!(ticket.outbound().count(), 1);
    assert!(answered(&ticket));
    assert_eq!(all(&bench.desk).await.len(), 1);
}
