//! What the outbox does when a network refuses, cuts the connection or cannot tell.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use aspa_channel::{ErrorKind, Landed};
use aspa_desk::{Delivered, Desk, Error, Reply};
use aspa_store::{OutboxState, Outcome};
use aspa_ticket::{Category, Disposition};
use aspa_types::EffectKey;
use chrono::TimeDelta;
use common::net::{Line, Net, Then, busy, cut, refused};
use common::{Hand, asks, builder, event, minute, only, shop};

struct Post {
    desk: Desk,
    net: Arc<Net>,
    clock: Hand,
}

/// A desk at which Matti waits, on such a network.
async fn post(line: fn(&Arc<Net>) -> Line, dry_run: bool) -> Post {
    let (clock, net) = (Hand::at(0), Arc::new(Net::default()));
    let store = aspa_store::MemoryStore::new();
    let talk = aspa_channel::MemoryChannel::new(shop());
    talk.say(event(asks("1", "c", "matti", 0)));
    talk.say(event(asks("2", "d", "maija", 0)));
    let reader = builder(store.clone(), &clock)
        .channel(talk)
        .build()
        .unwrap();
    reader.poll(&shop()).await.unwrap();
    reader.work().await.unwrap();
    let desk = builder(store, &clock)
        .channel(line(&net))
        .dry_run(dry_run)
        .build()
        .unwrap();
    Post { desk, net, clock }
}

impl Post {
    async fn reply(&self, conversation: &str, text: &str) -> EffectKey {
        let tickets = common::all(&self.desk).await;
        let about = |t: &&aspa_ticket::Ticket| &*t.key.conversation.id == conversation;
        let id = &tickets.iter().find(about).unwrap().id;
        self.desk.reply(id, Reply::answer(text)).await.unwrap()
    }

    async fn state(&self, effect: &EffectKey) -> OutboxState {
        self.row(effect).await.state
    }

    async fn row(&self, effect: &EffectKey) -> aspa_store::OutboxRow {
        let found = self.desk.store().effect(effect).await.unwrap();
        found.unwrap().0.value
    }

    async fn deliver(&self) -> Delivered {
        self.desk.deliver().await.unwrap()
    }

    /// Matti's ticket.
    async fn ticket(&self) -> aspa_ticket::Ticket {
        let tickets = common::all(&self.desk).await;
        let his = |t: &aspa_ticket::Ticket| &*t.key.conversation.id == "c";
        tickets.into_iter().find(his).unwrap()
    }
}

#[tokio::test]
async fn what_did_not_land_is_tried_again_after_twice_the_wait_each_time() {
    let post = post(Line::that_cannot_tell, false).await;
    post.net.plan((0..4).map(|_| Then::Fails(busy())));
    let effect = post.reply("c", "here").await;
    let mut now = minute(0);
    for wait in [5, 10, 20, 40] {
        assert_eq!(post.deliver().await.postponed, 1);
        now += TimeDelta::seconds(wait);
        let row = post.row(&effect).await;
        assert_eq!(
            (&row.state, row.next_at),
            (&OutboxState::FailedRetryable, now)
        );
        let tries = post.net.tries();
        post.clock.advance(TimeDelta::seconds(wait - 1));
        assert_eq!(post.deliver().await, Delivered::default(), "not before");
        assert_eq!(post.net.tries(), tries);
        post.clock.advance(TimeDelta::seconds(1));
    }
    assert_eq!(post.deliver().await.accepted, 1);
    assert_eq!(post.net.published(), ["here"]);
    assert_eq!(post.ticket().await.category, Category::WaitingCustomer);
}

#[tokio::test]
async fn the_wait_that_the_network_asks_for_is_kept() {
    let post = post(Line::that_cannot_tell, false).await;
    let wait = Duration::from_secs(777);
    post.net.plan([Then::Fails(busy().with_retry_after(wait))]);
    let effect = post.reply("c", "here").await;
    post.deliver().await;
    assert_eq!(
        post.row(&effect).await.next_at,
        minute(0) + TimeDelta::seconds(777)
    );
}

#[tokio::test]
async fn after_eight_tries_it_has_failed_and_the_wait_was_never_over_an_hour() {
    let post = post(Line::that_cannot_tell, false).await;
    post.net.plan((0..20).map(|_| Then::Fails(busy())));
    let effect = post.reply("c", "here").await;
    for _ in 0..20 {
        post.deliver().await;
        post.clock.advance(TimeDelta::hours(1));
    }
    assert_eq!(post.net.tries(), 8);
    assert_eq!(post.state(&effect).await, OutboxState::FailedFinal);
    assert!(post.ticket().await.failed.contains(&effect));
}

#[tokio::test]
async fn what_is_refused_for_good_fails_at_once_and_the_ticket_learns() {
    let post = post(Line::that_can_be_read_back, false).await;
    post.net.plan([Then::Fails(refused())]);
    let effect = post.reply("c", "here").await;
    let failed = post.deliver().await;
    assert_eq!((failed.failed, post.net.tries()), (1, 1));
    assert_eq!(post.state(&effect).await, OutboxState::FailedFinal);
    let ticket = post.ticket().await;
    assert!(ticket.queued.is_empty());
    assert_eq!(ticket.failed, [effect.clone()].into());
    assert_eq!(ticket.messages[0].disposition, Disposition::Unhandled);
    let (_, tries) = post.desk.store().effect(&effect).await.unwrap().unwrap();
    let why = tries[0].outcome.clone();
    assert!(matches!(
        why,
        Some(Outcome::Failed {
            kind: ErrorKind::Forbidden,
            landed: Landed::No,
            ..
        })
    ));
    // The same words can be sent once it is mended, as another effect.
    let again = post.reply("c", "here").await;
    assert_ne!(again, effect);
    assert_eq!(post.deliver().await.accepted, 1);
}

#[tokio::test]
async fn what_may_have_landed_and_is_found_is_not_sent_again() {
    let post = post(Line::that_can_be_read_back, false).await;
    post.net.plan([Then::FailsAfter(cut())]);
    let effect = post.reply("c", "here").await;
    assert_eq!(post.deliver().await.accepted, 1);
    assert_eq!((post.net.published().len(), post.net.tries()), (1, 1));
    assert_eq!(post.state(&effect).await, OutboxState::Accepted);
    assert_eq!(post.ticket().await.category, Category::WaitingCustomer);
}

#[tokio::test]
async fn what_may_have_landed_and_is_absent_is_sent_again() {
    let post = post(Line::that_can_be_read_back, false).await;
    post.net.plan([Then::Fails(cut())]);
    let effect = post.reply("c", "here").await;
    assert_eq!(post.deliver().await.postponed, 1);
    // Still as if under way: whoever tries next looks once more before it sends.
    assert_eq!(post.state(&effect).await, OutboxState::Sending);
    post.clock.advance(TimeDelta::seconds(5));
    assert_eq!(post.deliver().await.accepted, 1);
    assert_eq!(post.net.published(), ["here"]);
}

#[tokio::test]
async fn what_may_have_landed_where_nobody_can_tell_waits_for_a_person() {
    for then in [Then::Fails(cut()), Then::FailsAfter(cut())] {
        let post = post(Line::that_cannot_tell, false).await;
        post.net.plan([then]);
        let effect = post.reply("c", "here").await;
        assert_eq!(post.deliver().await.uncertain, 1);
        post.clock.advance(TimeDelta::days(30));
        assert_eq!(post.deliver().await, Delivered::default());
        assert_eq!(post.net.tries(), 1);
        assert_eq!(post.state(&effect).await, OutboxState::Uncertain);
    }
}

#[tokio::test]
async fn a_network_that_makes_one_of_two_gets_it_again() {
    for then in [Then::Fails(cut()), Then::FailsAfter(cut())] {
        let post = post(Line::with_keys, false).await;
        post.net.plan([then]);
        post.reply("c", "here").await;
        let first = post.deliver().await;
        assert_eq!((first.postponed, first.failed), (1, 0));
        post.clock.advance(TimeDelta::seconds(5));
        assert_eq!(post.deliver().await.accepted, 1);
        assert_eq!((post.net.published().len(), post.net.tries()), (1, 2));
    }
}

#[tokio::test]
async fn a_network_that_cannot_be_asked_now_is_asked_later_before_anything_is_sent() {
    let post = post(Line::that_can_be_read_back, false).await;
    post.net.plan([Then::FailsAfter(cut())]);
    post.net.probe_fails(cut());
    post.net.probe_fails(cut());
    post.reply("c", "here").await;
    for wait in [5, 10] {
        assert_eq!(post.deliver().await.postponed, 1);
        post.clock.advance(TimeDelta::seconds(wait));
    }
    assert_eq!(post.deliver().await.accepted, 1);
    assert_eq!((post.net.published().len(), post.net.tries()), (1, 1));
}

#[tokio::test]
async fn a_conversation_waits_for_its_first_reply_and_others_do_not() {
    let post = post(Line::that_cannot_tell, false).await;
    post.net.plan([Then::Fails(busy())]);
    post.reply("c", "first").await;
    post.reply("c", "second").await;
    post.clock.advance(TimeDelta::milliseconds(1));
    post.reply("d", "to maija").await;
    post.deliver().await;
    assert_eq!(post.net.published(), ["to maija"]);
    post.clock.advance(TimeDelta::seconds(5));
    post.deliver().await;
    assert_eq!(post.net.published(), ["to maija", "first", "second"]);
}

#[tokio::test]
async fn while_paused_nothing_leaves_and_nothing_is_lost() {
    let post = post(Line::that_cannot_tell, false).await;
    post.desk.pause();
    let effect = post.reply("c", "here").await;
    assert_eq!(post.deliver().await, Delivered::default());
    assert_eq!(post.state(&effect).await, OutboxState::Queued);
    assert_eq!(post.net.tries(), 0);
    post.desk.resume();
    assert_eq!(post.deliver().await.accepted, 1);
}

#[tokio::test]
async fn a_dry_run_never_performs_and_leaves_nothing_to_be_performed() {
    let post = post(Line::that_can_be_read_back, true).await;
    let effect = post.reply("c", "here").await;
    assert_eq!(post.deliver().await.dry_run, 1);
    assert_eq!(post.state(&effect).await, OutboxState::DryRun);
    assert_eq!(post.net.tries(), 0);
    let ticket = post.ticket().await;
    assert!(ticket.queued.is_empty());
    assert_eq!(ticket.handled().share(), Some(0.0), "nobody was answered");
    post.clock.advance(TimeDelta::days(1));
    assert_eq!(post.deliver().await, Delivered::default());
}

#[tokio::test]
async fn what_the_channel_could_not_take_is_refused_before_it_is_queued() {
    let post = post(Line::that_cannot_tell, false).await;
    let id = post.ticket().await.id;
    let refused = post.desk.reply(&id, Reply::answer("  ")).await;
    assert!(matches!(refused, Err(Error::Channel(e)) if *e.kind() == ErrorKind::Invalid));
    assert!(post.ticket().await.queued.is_empty());
}

#[tokio::test]
async fn an_effect_of_an_account_that_this_desk_does_not_have_is_left_to_others() {
    let (clock, net) = (Hand::at(0), Arc::new(Net::default()));
    let store = aspa_store::MemoryStore::new();
    let talk = aspa_channel::MemoryChannel::new(shop());
    talk.say(event(asks("1", "c", "matti", 0)));
    let desk = builder(store.clone(), &clock)
        .channel(talk)
        .build()
        .unwrap();
    desk.poll(&shop()).await.unwrap();
    desk.work().await.unwrap();
    let ticket = only(&desk).await;
    let effect = desk.reply(&ticket.id, Reply::answer("here")).await.unwrap();
    let bare = builder(store, &clock).build().unwrap();
    assert_eq!(bare.deliver().await.unwrap().postponed, 1);
    let (row, tries) = bare.store().effect(&effect).await.unwrap().unwrap();
    assert_eq!(row.value.state, OutboxState::FailedRetryable);
    assert!(only(&bare).await.queued.contains(&effect));
    assert!(matches!(
        &tries[0].outcome,
        Some(Outcome::Failed { error, .. }) if error.contains("connect a channel")
    ));
    assert_eq!(net.tries(), 0);
    // The one that has it performs it, however long it took.
    clock.advance(TimeDelta::days(3));
    assert_eq!(desk.deliver().await.unwrap().accepted, 1);
}

#[tokio::test(start_paused = true)]
async fn a_slow_network_does_not_let_the_leases_of_others_run_out() {
    // 16 conversations; the first never answers. The others are performed all the same.
    let (clock, net) = (Hand::at(0), Arc::new(Net::default()));
    let store = aspa_store::MemoryStore::new();
    let talk = aspa_channel::MemoryChannel::new(shop());
    for i in 0..16 {
        talk.say(event(asks(&format!("m{i}"), &format!("c{i}"), "matti", 0)));
    }
    let reader = builder(store.clone(), &clock)
        .channel(talk)
        .build()
        .unwrap();
    reader.poll(&shop()).await.unwrap();
    reader.work().await.unwrap();
    let line = Line::that_cannot_tell(&net);
    let desk = builder(store, &clock).channel(line).build().unwrap();
    for ticket in common::all(&desk).await {
        let text = format!("to {}", ticket.key);
        desk.reply(&ticket.id, Reply::answer(text)).await.unwrap();
    }
    net.plan([Then::DiesBefore]);
    let hangs = tokio::time::timeout(Duration::from_secs(1), desk.deliver()).await;
    assert!(hangs.is_err());
    assert_eq!(net.published().len(), 15);
    clock.advance(TimeDelta::seconds(61));
    assert_eq!(
        desk.deliver().await.unwrap().uncertain,
        1,
        "only the one that hung"
    );
    assert_eq!(net.published().len(), 15, "none twice");
}

#[tokio::test]
async fn what_somebody_has_to_mend_first_waits_as_long_as_that_takes() {
    let post = post(Line::that_can_be_read_back, false).await;
    let expired = || aspa_channel::Error::new(aspa_channel::ErrorKind::Unauthorized, "perform");
    post.net.plan((0..20).map(|_| Then::Fails(expired())));
    let effect = post.reply("c", "here").await;
    for _ in 0..20 {
        assert_eq!(post.deliver().await.postponed, 1);
        assert_eq!(post.state(&effect).await, OutboxState::FailedRetryable);
        post.clock.advance(TimeDelta::minutes(5));
    }
    assert_eq!(post.deliver().await.accepted, 1, "the token was renewed");
    assert_eq!(post.net.published(), ["here"]);
}
