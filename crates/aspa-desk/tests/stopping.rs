//! Workers that stop while others go on, over each store.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use aspa_desk::{Desk, DeskBuilder, Left, Reply};
use aspa_store::{Arrival, Changes, MemoryStore, OutboxState, Store};
use aspa_store_postgres::PostgresStore;
use aspa_store_postgres::tokio_postgres::{Config, NoTls};
use aspa_store_sqlite::SqliteStore;
use aspa_types::TenantId;
use chrono::TimeDelta;
use common::net::{Line, Net, Then};
use common::store::{Fuse, TestStore};
use common::{Hand, all, asks, builder, event};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

const EVENTS: usize = 40;

fn worker(store: impl Store, clock: &Hand) -> DeskBuilder {
    // So long that nobody here waits for its end.
    builder(store, clock)
        .lease(TimeDelta::hours(1))
        .grace(Duration::from_millis(300))
}

async fn stopped_after(desk: &Desk, time: Duration) -> Left {
    let (stop, told) = oneshot::channel::<()>();
    let running = {
        let desk = desk.clone();
        tokio::spawn(async move {
            desk.run(
                Duration::from_secs(1),
                async move { told.await.unwrap_or(()) },
            )
            .await
        })
    };
    sleep(time).await;
    stop.send(()).unwrap();
    let patience = Duration::from_secs(10);
    timeout(patience, running).await.unwrap().unwrap()
}

async fn ask(store: &dyn Store) {
    let questions =
        (0..EVENTS).map(|n| event(asks(&format!("m{n}"), &format!("c{n}"), "matti", 0)));
    let arrival = Arrival::new(common::minute(0), questions.collect());
    let tenant = store.tenant(&TenantId::default());
    tenant.commit(Changes::arrive(vec![arrival])).await.unwrap();
}

/// What a worker had claimed when it was stopped, another has at once; what it was sending is looked
/// for first, at once too, and published once.
async fn hands_over(store: impl Store + Clone) {
    let clock = Hand::at(0);
    ask(&store).await;
    // This one hangs in deciding: it claims, and its store then never answers.
    let mut slow = TestStore::over(&store, &Fuse::default());
    slow.never_loads = true;
    let stuck = worker(slow, &clock).build().unwrap();
    let left = stopped_after(&stuck, Duration::from_millis(500)).await;
    assert_eq!((left.events, left.effects), (EVENTS, 0));
    let net = Arc::new(Net::default());
    let line = || Line::that_can_be_read_back(&net);
    let other = worker(store.clone(), &clock)
        .channel(line())
        .build()
        .unwrap();
    assert_eq!(
        other.work().await.unwrap().events,
        EVENTS,
        "not after an hour"
    );
    let tickets = all(&other).await;
    assert_eq!(tickets.len(), EVENTS);

    let key = other
        .reply(&tickets[0].id, Reply::answer("hei"))
        .await
        .unwrap();
    net.plan([Then::DiesAfter]);
    let sender = worker(store.clone(), &clock)
        .channel(line())
        .build()
        .unwrap();
    let left = stopped_after(&sender, Duration::from_millis(500)).await;
    assert_eq!((left.events, left.effects), (0, 1));
    assert_eq!(
        other.deliver().await.unwrap().accepted,
        1,
        "not after an hour"
    );
    assert_eq!(net.published(), ["hei"], "once");
    let (row, _) = other.store().effect(&key).await.unwrap().unwrap();
    assert_eq!(row.value.state, OutboxState::Accepted);

    // Three workers that stop in the middle of it, one after another: nothing is left undone.
    for n in 0..3 {
        for ticket in &tickets[10 * n + 1..10 * n + 9] {
            other
                .reply(&ticket.id, Reply::answer("taas"))
                .await
                .unwrap();
        }
        let one = worker(store.clone(), &clock)
            .channel(line())
            .build()
            .unwrap();
        stopped_after(&one, Duration::from_millis(20 * n as u64)).await;
    }
    other.deliver().await.unwrap();
    assert_eq!(net.published().len(), 25);
}

#[tokio::test]
async fn workers_hand_over_in_memory() {
    hands_over(MemoryStore::new()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_hand_over_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    hands_over(SqliteStore::open(folder.path().join("desk.db")).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a PostgreSQL server: set ASPA_POSTGRES_URL"]
async fn workers_hand_over_on_a_server() {
    let url = std::env::var("ASPA_POSTGRES_URL").unwrap();
    let schema = format!("stopping_{}", std::process::id());
    let options = aspa_store_postgres::Options::default().schema(schema);
    let config: Config = url.parse().unwrap();
    let store = PostgresStore::connect_with(config, NoTls, &options);
    hands_over(store.await.unwrap()).await;
}
