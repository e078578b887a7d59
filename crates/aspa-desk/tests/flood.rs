//! A flood of deliveries while no worker runs: memory has an end, and what was acknowledged is there.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use aspa_channel::{Delivery, Event, Received, Webhook, answer};
use aspa_store_sqlite::{Options, SqliteStore};
use aspa_types::DeliveryId;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use common::{Hand, asks, builder, event};
use http::StatusCode;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

const DELIVERIES: usize = 120_000;
const MOST_WAITING: u64 = 5_000;
const SENDERS: usize = 64;
/// With bodies of 2 KiB the flood is 240 MB.
const PADDING: usize = 2 << 10;
const MEGABYTES: f32 = 100.0;

/// The body is a number, followed by padding.
#[derive(Debug)]
struct Numbers;

impl Webhook for Numbers {
    fn receive(&self, delivery: &Delivery, _now: DateTime<Utc>) -> Received {
        let text = std::str::from_utf8(delivery.body()).unwrap();
        let number = text.trim_end();
        Received::Accepted {
            answer: answer(StatusCode::OK, ""),
            id: DeliveryId::new(number).unwrap(),
            events: vec![question(number)],
        }
    }
}

fn question(number: &str) -> Event {
    event(asks(
        &format!("m{number}"),
        &format!("c{number}"),
        "matti",
        0,
    ))
}

fn delivery(number: usize) -> Delivery {
    let mut body = number.to_string();
    body.push_str(&" ".repeat(PADDING));
    http::Request::new(Bytes::from(body))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_is_held_off_and_nothing_acknowledged_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::default().durable(false);
    let store = SqliteStore::open_with(folder.path().join("desk.db"), &options).unwrap();
    let desk = builder(store, &Hand::at(1))
        .webhook("numbers", Numbers)
        .most_waiting(MOST_WAITING)
        .build()
        .unwrap();
    let before = ALLOCATED.current_usage_as_mb();
    ALLOCATED.reset_peak_usage();
    let senders = (0..SENDERS).map(|sender| {
        let desk = desk.clone();
        tokio::spawn(async move {
            let (mut taken, mut refused) = (Vec::new(), Vec::new());
            for number in (sender..DELIVERIES).step_by(SENDERS) {
                let answer = desk.receive("numbers", delivery(number)).await;
                match answer.status() {
                    StatusCode::OK => taken.push(number),
                    StatusCode::SERVICE_UNAVAILABLE => {
                        assert!(answer.headers().contains_key("retry-after"));
                        refused.push(number);
                    }
                    other => panic!("{other}"),
                }
            }
            (taken, refused)
        })
    });
    let senders: Vec<_> = senders.collect();
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    for sender in senders {
        let (some, others) = sender.await.unwrap();
        taken.extend(some);
        refused.extend(others);
    }
    let peak = ALLOCATED.peak_usage_as_mb() - before;
    println!(
        "{} taken, {} held off, {peak:.1} MB at the highest",
        taken.len(),
        refused.len()
    );
    assert!(peak < MEGABYTES, "{peak} MB");
    let most = usize::try_from(MOST_WAITING).unwrap();
    assert!(taken.len() >= most, "{} taken", taken.len());
    assert!(taken.len() < most + 2 * SENDERS, "{} taken", taken.len());
    assert_eq!(taken.len() + refused.len(), DELIVERIES);

    desk.work().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    // The networks send again: what was held off, and what was acknowledged long ago.
    let again: Vec<usize> = refused.iter().take(500).copied().collect();
    for number in again.iter().chain(taken.iter().take(100)) {
        let answer = desk.receive("numbers", delivery(*number)).await;
        assert_eq!(answer.status(), StatusCode::OK);
    }
    taken.extend(again);
    desk.work().await.unwrap();
    let store = desk.store();
    for number in &taken {
        let key = question(&number.to_string());
        assert_eq!(store.known_events(&[key]).await.unwrap(), [true]);
    }
    let (mut after, mut messages) = (None, 0);
    loop {
        let page = store.messages(after.as_ref(), 1_000).await.unwrap();
        let Some(last) = page.last() else { break };
        messages += page.len();
        after = Some(last.key.clone());
    }
    assert_eq!(messages, taken.len(), "each that was acknowledged, once");
}
