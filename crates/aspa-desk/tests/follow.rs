//! Following what happens: from a position, one tenant's only, woken as it happens.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use aspa_channel::MemoryChannel;
use aspa_desk::{Desk, Subscription};
use aspa_store::{MemoryStore, Position};
use aspa_ticket::{Actor, Command, EventKind};
use aspa_types::{AccountId, Tag, TenantId};
use common::{Bench, Hand, asks, builder, event, only, shop};

async fn soon(subscription: &mut Subscription) -> Option<aspa_store::Recorded> {
    let next = tokio::time::timeout(Duration::from_secs(30), subscription.next());
    next.await.ok().map(Result::unwrap)
}

async fn tag(desk: &Desk, text: &str) {
    let tag = Tag::new(text).unwrap();
    let id = only(desk).await.id;
    let command = Command::Tag { tag };
    desk.command(&id, command, Actor::Us(None)).await.unwrap();
}

fn tagged(recorded: &aspa_store::Recorded) -> Option<&str> {
    match &recorded.event.kind {
        EventKind::Tagged { tag } => Some(tag.as_str()),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn it_goes_on_after_any_position() {
    let (bench, _) = Bench::asked().await;
    for name in ["a", "b", "c"] {
        tag(&bench.desk, name).await;
    }
    let mut first = bench.desk.subscribe(Position(0));
    let received = soon(&mut first).await.unwrap();
    assert!(matches!(received.event.kind, EventKind::Received { .. }));
    assert_eq!(tagged(&soon(&mut first).await.unwrap()), Some("a"));
    // Kept by whoever follows, and handed to another process.
    let mut resumed = bench.desk.subscribe(first.position());
    assert_eq!(tagged(&soon(&mut resumed).await.unwrap()), Some("b"));
    assert_eq!(tagged(&soon(&mut resumed).await.unwrap()), Some("c"));
    assert_eq!(soon(&mut resumed).await, None, "nothing is said twice");
}

#[tokio::test(start_paused = true)]
async fn more_than_a_page_comes_whole_and_in_order() {
    let (bench, _) = Bench::asked().await;
    let events = (2..350).map(|i| event(asks(&format!("{i:04}"), "c", "matti", i)));
    bench.tell(events).await;
    let mut all = bench.desk.subscribe(Position(0));
    let mut positions = Vec::new();
    while let Some(recorded) = soon(&mut all).await {
        positions.push(recorded.position);
    }
    assert_eq!(positions.len(), 349);
    assert!(positions.is_sorted());
}

#[tokio::test(start_paused = true)]
async fn it_sees_its_own_tenant_only() {
    let (clock, channel) = (Hand::at(0), Arc::new(MemoryChannel::new(shop())));
    let north = AccountId::new("north").unwrap();
    let theirs = MemoryChannel::new(north.clone());
    let desk = builder(MemoryStore::new(), &clock)
        .shared_channel(channel.clone())
        .channel(theirs)
        .owned_by(shop(), TenantId::new("south").unwrap())
        .build()
        .unwrap();
    channel.say(event(asks("1", "c", "matti", 0)));
    desk.poll(&shop()).await.unwrap();
    desk.work().await.unwrap();
    let mut outsider = desk.subscribe(Position(0));
    assert_eq!(soon(&mut outsider).await, None);
    let south = desk.tenant(TenantId::new("south").unwrap());
    let mut insider = south.subscribe(Position(0));
    assert!(soon(&mut insider).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_is_woken_at_once() {
    let (bench, _) = Bench::asked().await;
    let mut waits = bench.desk.subscribe(Position(0));
    soon(&mut waits).await.unwrap();
    let began = tokio::time::Instant::now();
    let (seen, ()) = tokio::join!(soon(&mut waits), async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        tag(&bench.desk, "now").await;
    });
    assert_eq!(tagged(&seen.unwrap()), Some("now"));
    assert!(
        began.elapsed() < Duration::from_millis(100),
        "not by looking again"
    );
}

#[tokio::test(start_paused = true)]
async fn what_another_process_wrote_is_seen_within_a_second() {
    let (bench, _) = Bench::asked().await;
    let other = builder(bench.store.clone(), &bench.clock).build().unwrap();
    let mut waits = bench.desk.subscribe(Position(0));
    soon(&mut waits).await.unwrap();
    let began = tokio::time::Instant::now();
    let (seen, ()) = tokio::join!(soon(&mut waits), async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        tag(&other, "elsewhere").await;
    });
    assert_eq!(tagged(&seen.unwrap()), Some("elsewhere"));
    assert!(began.elapsed() <= Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn giving_up_waiting_loses_nothing() {
    let (bench, _) = Bench::asked().await;
    let mut waits = bench.desk.subscribe(Position(0));
    soon(&mut waits).await.unwrap();
    let _ = tokio::time::timeout(Duration::from_millis(1), waits.next()).await;
    tag(&bench.desk, "late").await;
    assert_eq!(tagged(&soon(&mut waits).await.unwrap()), Some("late"));
}
