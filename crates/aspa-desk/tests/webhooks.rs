//! What comes in through webhooks: kept before it is answered, once, each event for its own tenant.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::sync::atomic::Ordering;

use aspa_channel::{Delivery, Event, Received, Refusal, Webhook, answer};
use aspa_desk::{Counters, Desk};
use aspa_types::{AccountId, DeliveryId, TenantId};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use common::store::TestStore;
use common::{Hand, all, asks, builder, event};
use http::StatusCode;

/// Signed with one word; its body is a name and events in JSON.
#[derive(Debug)]
struct Push;

#[derive(serde::Serialize, serde::Deserialize)]
struct Body {
    id: String,
    events: Vec<Event>,
}

impl Webhook for Push {
    fn receive(&self, delivery: &Delivery, _now: DateTime<Utc>) -> Received {
        match delivery.headers().get("signature").map(|s| s.as_bytes()) {
            Some(b"right") => {}
            Some(b"hello") => {
                let answer = answer(StatusCode::OK, "hello yourself");
                return Received::Handshake { answer };
            }
            _ => {
                let (answer, reason) = (
                    answer(StatusCode::UNAUTHORIZED, ""),
                    Refusal::WrongSignature,
                );
                return Received::Refused { answer, reason };
            }
        }
        let body: Body = serde_json::from_slice(delivery.body()).unwrap();
        Received::Accepted {
            answer: answer(StatusCode::OK, "taken"),
            id: DeliveryId::new(body.id).unwrap(),
            events: body.events,
        }
    }
}

fn delivery(signature: &str, id: &str, events: Vec<Event>) -> Delivery {
    let id = id.to_owned();
    let body = serde_json::to_vec(&Body { id, events }).unwrap();
    http::Request::post("/hook")
        .header("signature", signature)
        .body(Bytes::from(body))
        .unwrap()
}

fn from(account: &str, id: &str) -> Event {
    let mut message = asks(id, "c", "matti", 0);
    message.key.account = AccountId::new(account).unwrap();
    message.conversation.account = message.key.account.clone();
    event(message)
}

fn desk(store: &TestStore) -> Desk {
    builder(store.clone(), &Hand::at(1))
        .webhook("push", Push)
        .owned_by(AccountId::new("north").unwrap(), tenant("north"))
        .owned_by(AccountId::new("south").unwrap(), tenant("south"))
        .build()
        .unwrap()
}

fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

async fn status(desk: &Desk, delivery: Delivery) -> StatusCode {
    desk.receive("push", delivery).await.status()
}

fn counters(desk: &Desk) -> [u64; 5] {
    let Counters {
        refused,
        deliveries,
        known_deliveries,
        events,
        repeated_events,
        ..
    } = desk.counters();
    [
        refused,
        deliveries,
        known_deliveries,
        events,
        repeated_events,
    ]
}

#[tokio::test]
async fn an_unknown_webhook_is_not_found() {
    let desk = desk(&TestStore::default());
    let answer = desk.receive("other", delivery("right", "d", vec![])).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert_eq!(counters(&desk), [0; 5]);
}

#[tokio::test]
async fn what_is_not_authentic_is_counted_and_nothing_of_it_is_kept() {
    let desk = desk(&TestStore::default());
    let forged = delivery("wrong", "d", vec![from("shop", "1")]);
    assert_eq!(status(&desk, forged).await, StatusCode::UNAUTHORIZED);
    assert_eq!(counters(&desk), [1, 0, 0, 0, 0]);
    assert_eq!(desk.store().backlog().await.unwrap(), 0);
    // The same delivery with the right signature is not taken for one that is known.
    let honest = delivery("right", "d", vec![from("shop", "1")]);
    assert_eq!(status(&desk, honest).await, StatusCode::OK);
    assert_eq!(desk.store().backlog().await.unwrap(), 1);
}

#[tokio::test]
async fn a_handshake_is_answered_and_leaves_nothing() {
    let desk = desk(&TestStore::default());
    let answer = desk.receive("push", delivery("hello", "d", vec![])).await;
    assert_eq!(&answer.body()[..], b"hello yourself");
    assert_eq!(counters(&desk), [0; 5]);
}

#[tokio::test]
async fn a_delivery_that_is_known_is_answered_and_has_no_effect() {
    let desk = desk(&TestStore::default());
    let first = delivery("right", "d", vec![from("shop", "1")]);
    assert_eq!(status(&desk, first).await, StatusCode::OK);
    // The id decides, even if the network now says something else under it.
    let again = delivery("right", "d", vec![from("shop", "1"), from("shop", "2")]);
    assert_eq!(status(&desk, again).await, StatusCode::OK);
    assert_eq!(counters(&desk), [0, 1, 1, 1, 2]);
    desk.work().await.unwrap();
    assert_eq!(common::only(&desk).await.messages.len(), 1);
}

#[tokio::test]
async fn an_event_that_is_known_comes_once_in_another_delivery() {
    let desk = desk(&TestStore::default());
    for id in ["d1", "d2"] {
        let delivery = delivery("right", id, vec![from("shop", "1")]);
        assert_eq!(status(&desk, delivery).await, StatusCode::OK);
        desk.work().await.unwrap();
    }
    assert_eq!(counters(&desk), [0, 2, 0, 1, 1]);
    assert_eq!(common::only(&desk).await.messages.len(), 1);
}

#[tokio::test]
async fn where_the_store_fails_nothing_is_acknowledged_and_the_next_delivery_is_whole() {
    let store = TestStore::default();
    let desk = desk(&store);
    store.down.store(true, Ordering::SeqCst);
    let sent = || delivery("right", "d", vec![from("shop", "1")]);
    assert_eq!(status(&desk, sent()).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(counters(&desk), [0; 5]);
    assert_eq!(desk.store().backlog().await.unwrap(), 0);
    store.down.store(false, Ordering::SeqCst);
    assert_eq!(status(&desk, sent()).await, StatusCode::OK);
    desk.work().await.unwrap();
    assert_eq!(common::only(&desk).await.messages.len(), 1);
}

#[tokio::test]
async fn one_delivery_for_several_accounts_and_tenants_reaches_each() {
    let desk = desk(&TestStore::default());
    let events = vec![
        from("shop", "1"),
        from("kiosk", "1"),
        from("north", "1"),
        from("south", "1"),
    ];
    let sent = delivery("right", "d", events);
    assert_eq!(status(&desk, sent).await, StatusCode::OK);
    assert_eq!(
        counters(&desk),
        [0, 1, 0, 4, 0],
        "one delivery, whoever it is for"
    );
    desk.work().await.unwrap();
    let ours: Vec<_> = all(&desk)
        .await
        .into_iter()
        .map(|t| t.key.conversation.account)
        .collect();
    assert_eq!(
        ours.len(),
        2,
        "both accounts of the default tenant: {ours:?}"
    );
    for name in ["north", "south"] {
        let theirs = all(&desk.tenant(tenant(name))).await;
        assert_eq!(theirs.len(), 1);
        assert_eq!(theirs[0].key.conversation.account.as_str(), name);
    }
    assert!(all(&desk.tenant(tenant("west"))).await.is_empty());
}

#[tokio::test]
async fn a_delivery_of_which_one_tenants_part_failed_is_completed_by_the_next() {
    let store = TestStore::default();
    let desk = desk(&store);
    let sent = || delivery("right", "d", vec![from("shop", "1"), from("north", "1")]);
    store.down_for_others.store(true, Ordering::SeqCst);
    assert_eq!(status(&desk, sent()).await, StatusCode::SERVICE_UNAVAILABLE);
    store.down_for_others.store(false, Ordering::SeqCst);
    assert_eq!(status(&desk, sent()).await, StatusCode::OK);
    desk.work().await.unwrap();
    assert_eq!(common::only(&desk).await.messages.len(), 1);
    assert_eq!(
        common::only(&desk.tenant(tenant("north")))
            .await
            .messages
            .len(),
        1
    );
}

#[tokio::test]
async fn what_is_authentic_and_not_understood_is_kept_and_stops_nothing() {
    let desk = desk(&TestStore::default());
    let mut wave = from("shop", "0");
    wave.kind = serde_json::from_str(r#"{"type":"wave","from":"matti"}"#).unwrap();
    let sent = delivery("right", "d", vec![wave.clone(), from("shop", "1")]);
    assert_eq!(status(&desk, sent).await, StatusCode::OK);
    assert_eq!(desk.work().await.unwrap().events, 2);
    let kept = desk.store().kept(0, 10).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].event.kind, wave.kind);
    assert_eq!(desk.store().backlog().await.unwrap(), 0);
    assert_eq!(common::only(&desk).await.messages.len(), 1);
}

#[tokio::test]
async fn an_empty_delivery_is_kept_too() {
    let desk = desk(&TestStore::default());
    assert_eq!(
        status(&desk, delivery("right", "d", vec![])).await,
        StatusCode::OK
    );
    assert_eq!(counters(&desk), [0, 1, 0, 0, 0]);
    assert_eq!(
        status(&desk, delivery("right", "d", vec![])).await,
        StatusCode::OK
    );
    assert_eq!(counters(&desk), [0, 1, 1, 0, 0]);
}
