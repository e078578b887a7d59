//! Stored deliveries, read again with a newer decoder.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use aspa_channel::{Delivery, Event, EventKind, Part, Received, Via, Webhook, answer};
use aspa_desk::{Desk, Replay, Replayed};
use aspa_store::{Arrival, Changes, Claim, MemoryStore, Store};
use aspa_types::{AccountId, DeliveryId, TenantId};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use common::{Hand, all, asks, builder, event, minute, shop};
use http::StatusCode;
use serde_json::{Value, json};

/// Its body is a list of things that happened. The old one knows messages, and keeps a mark before
/// their text; the new one knows reviews too, takes the mark off, and leaves out who is typing.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Reader {
    Old,
    New,
}

impl Reader {
    fn event(self, item: &Value) -> Option<Event> {
        let of = |prefix: &str, text: &str| {
            let id = item["id"].as_str().unwrap();
            let mut message = asks(
                &format!("{prefix}{id}"),
                &format!("{prefix}{id}"),
                "matti",
                0,
            );
            message.parts = vec![Part::text(text)];
            event(message)
        };
        let text = item["text"].as_str().unwrap_or_default();
        match (item["type"].as_str(), self) {
            (Some("message"), Self::Old) => Some(of("m", text)),
            (Some("message"), Self::New) => Some(of("m", text.trim_start_matches('*'))),
            (Some("review"), Self::New) => Some(of("r", text)),
            (Some("typing"), Self::New) => None,
            _ => Some(Event::new(
                shop(),
                EventKind::Unknown(item.clone()),
                Via::Webhook,
            )),
        }
    }
}

impl Webhook for Reader {
    fn receive(&self, delivery: &Delivery, now: DateTime<Utc>) -> Received {
        let id = DeliveryId::derive(&[std::str::from_utf8(delivery.body()).unwrap()]);
        let mut events = self.decode(&id, delivery.body(), now).unwrap();
        for event in &mut events {
            event.provenance.delivery = Some(id.clone());
        }
        let answer = answer(StatusCode::OK, "");
        Received::Accepted { answer, id, events }
    }

    fn decode(&self, _: &DeliveryId, body: &[u8], _: DateTime<Utc>) -> Option<Vec<Event>> {
        let items: Vec<Value> = serde_json::from_slice(body).ok()?;
        Some(items.iter().filter_map(|item| self.event(item)).collect())
    }
}

const DELIVERIES: usize = 250;

async fn bench() -> Desk {
    let desk = builder(MemoryStore::new(), &Hand::at(1))
        .webhook("hook", Reader::Old)
        .build()
        .unwrap();
    for n in 0..DELIVERIES {
        let n = n.to_string();
        let body = json!([
            {"type": "message", "id": n, "text": "*missä tilaukseni on?"},
            {"type": "review", "id": n, "text": "huono"},
            {"type": "typing", "id": n},
        ]);
        let delivery = http::Request::new(Bytes::from(body.to_string()));
        assert_eq!(
            desk.receive("hook", delivery).await.status(),
            StatusCode::OK
        );
    }
    desk.work().await.unwrap();
    assert_eq!(all(&desk).await.len(), DELIVERIES);
    desk
}

/// Deliveries, events, new, changed, gone.
async fn counts(replay: &mut Replay) -> [usize; 5] {
    let mut all = [0; 5];
    while let Some(page) = replay.next_page().await.unwrap() {
        let Replayed {
            deliveries,
            events,
            new,
            changed,
            gone,
            ..
        } = page;
        let of_page = [deliveries, events, new.len(), changed.len(), gone.len()];
        all.iter_mut().zip(of_page).for_each(|(sum, n)| *sum += n);
    }
    all
}

async fn state(desk: &Desk) -> (usize, usize, Vec<Option<String>>, u64) {
    let store = desk.store();
    let messages = store.messages(None, 10_000).await.unwrap();
    let text = |record: &aspa_store::MessageRecord| {
        let message = record.message.as_ref();
        message.map(aspa_channel::Message::text)
    };
    let kept = store.kept(0, 10_000).await.unwrap().len();
    let texts = messages.iter().map(text).collect();
    (messages.len(), kept, texts, store.backlog().await.unwrap())
}

#[tokio::test]
async fn a_dry_run_tells_the_difference_and_writes_nothing() {
    let desk = bench().await;
    let before = state(&desk).await;
    assert_eq!((before.0, before.1), (DELIVERIES, 2 * DELIVERIES));
    let n = DELIVERIES;
    let told = counts(&mut desk.replay("hook", Reader::New)).await;
    assert_eq!(told, [n, 2 * n, n, n, 2 * n]);
    assert_eq!(state(&desk).await, before);
    // The same decoder sees nothing otherwise.
    let same = counts(&mut desk.replay("hook", Reader::Old)).await;
    assert_eq!(same, [n, 3 * n, 0, 0, 0]);
    let none = counts(&mut desk.replay("elsewhere", Reader::New)).await;
    assert_eq!(none, [0; 5]);
    // Differences name what they are about, and hold content only where that was asked for.
    let page = desk
        .replay("hook", Reader::New)
        .next_page()
        .await
        .unwrap()
        .unwrap();
    assert!(page.deliveries < n, "in pages");
    let changed = &page.changed[0];
    assert_eq!((changed.kind, &changed.event), ("message", &None));
    assert!(!format!("{page:?}").contains("tilaukseni"));
    let mut replay = desk.replay("hook", Reader::New).with_events();
    let page = replay.next_page().await.unwrap().unwrap();
    assert!(page.changed[0].event.is_some() && page.gone[0].event.is_some());
}

#[tokio::test]
async fn what_is_applied_is_applied_once() {
    let desk = bench().await;
    let n = DELIVERIES;
    // A page, then in another process from there on.
    let mut replay = desk.replay("hook", Reader::New).applied();
    let first = replay.next_page().await.unwrap().unwrap();
    let position = replay.position().unwrap().clone();
    let mut rest = desk.replay("hook", Reader::New).applied().after(position);
    let rest = counts(&mut rest).await;
    assert_eq!(first.new.len() + rest[2], n);
    desk.work().await.unwrap();
    let (messages, kept, texts, backlog) = state(&desk).await;
    assert_eq!((messages, kept, backlog), (2 * n, 0, 0));
    assert!(texts.iter().flatten().all(|text| !text.starts_with('*')));
    assert_eq!(all(&desk).await.len(), 2 * n, "reviews have tickets now");
    let after = state(&desk).await;
    let again = counts(&mut desk.replay("hook", Reader::New).applied()).await;
    assert_eq!(again, [n, 2 * n, 0, 0, 0]);
    desk.work().await.unwrap();
    assert_eq!(state(&desk).await, after);
    // What the old one gave and the new one does not, where there is nothing kept to tell it.
    let mut compared = desk.replay("hook", Reader::New).compared_with(Reader::Old);
    assert_eq!(counts(&mut compared).await, [n, 2 * n, 0, 0, 2 * n]);
}

#[tokio::test]
async fn each_tenant_gets_its_own_and_touches_no_others() {
    let (north, south) = (
        TenantId::new("north").unwrap(),
        TenantId::new("south").unwrap(),
    );
    let account = |name: &str| AccountId::new(name).unwrap();
    #[derive(Debug)]
    struct Both(bool);
    impl Webhook for Both {
        fn receive(&self, delivery: &Delivery, now: DateTime<Utc>) -> Received {
            let id = DeliveryId::new("d").unwrap();
            let events = self.decode(&id, delivery.body(), now).unwrap();
            let answer = answer(StatusCode::OK, "");
            Received::Accepted { answer, id, events }
        }
        fn decode(&self, _: &DeliveryId, _: &[u8], _: DateTime<Utc>) -> Option<Vec<Event>> {
            let of = |account: &str, id: &str| {
                let mut message = asks(id, "c", "matti", 0);
                message.key.account = AccountId::new(account).unwrap();
                message.conversation.account = message.key.account.clone();
                event(message)
            };
            let mut events = vec![of("north", "1"), of("south", "1")];
            if self.0 {
                events.extend([of("north", "2"), of("south", "2")]);
            }
            Some(events)
        }
    }
    let desk = builder(MemoryStore::new(), &Hand::at(1))
        .webhook("hook", Both(false))
        .owned_by(account("north"), north.clone())
        .owned_by(account("south"), south.clone())
        .build()
        .unwrap();
    desk.receive("hook", http::Request::new(Bytes::from_static(b"all")))
        .await;
    desk.work().await.unwrap();
    // A tenant's own copy of what was sent for several has no body.
    let mut of_north = desk
        .tenant(north.clone())
        .replay("hook", Both(true))
        .applied();
    let page = of_north.next_page().await.unwrap().unwrap();
    assert_eq!((page.undecodable, page.events), (1, 0));
    assert_eq!(
        counts(&mut desk.replay("hook", Both(true)).applied()).await,
        [1, 4, 2, 0, 0]
    );
    desk.work().await.unwrap();
    for tenant in [north, south] {
        let messages = desk
            .tenant(tenant)
            .store()
            .messages(None, 10)
            .await
            .unwrap();
        assert_eq!(messages.len(), 2);
    }
}

#[tokio::test]
async fn what_an_earlier_version_kept_is_decided_again() {
    let store = MemoryStore::new();
    let desk = builder(store.clone(), &Hand::at(1)).build().unwrap();
    let unknown = Event::new(
        shop(),
        EventKind::Unknown(json!({"type": "poll"})),
        Via::Webhook,
    );
    let question = event(asks("1", "c", "matti", 0));
    let arrival = Arrival::new(minute(0), vec![question, unknown]);
    let tenant = desk.store();
    tenant.commit(Changes::arrive(vec![arrival])).await.unwrap();
    // An earlier version had no words for either.
    let (now, lease) = (minute(0), TimeDelta::minutes(1));
    let claimed = store
        .claim_inbox(Claim {
            now,
            lease,
            limit: 10,
        })
        .await
        .unwrap();
    let mut changes = Changes::default();
    changes.kept.extend(claimed.iter().map(|entry| entry.seq));
    tenant.commit(changes).await.unwrap();
    assert_eq!(desk.replay_kept().await.unwrap(), 1);
    desk.work().await.unwrap();
    assert_eq!(all(&desk).await.len(), 1);
    assert_eq!(
        tenant.kept(0, 10).await.unwrap().len(),
        1,
        "the other still has no words"
    );
    assert_eq!(desk.replay_kept().await.unwrap(), 0);
}
