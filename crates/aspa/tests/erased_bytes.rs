//! After an erasure the store's own bytes hold nothing of the person: the SQLite file and its log are
//! read as they lie on the disk.
#![cfg(feature = "store-sqlite")]
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::path::Path;
use std::sync::Arc;

use aspa_channel::{
    AttributeKind, ConversationKey, Direction, Event, EventKind, Handle, Message, MessageKey, Part,
    Times, Via,
};
use aspa_crm::{Claim, Customer, CustomerKind, Field};
use aspa_desk::{Desk, ManualClock, Reply, Subject};
use aspa_store::{Arrival, Changes, RawDelivery, SavedName, Store, TicketQuery};
use aspa_store_sqlite::{Options, SqliteStore};
use aspa_testkit::FakeNetwork;
use aspa_types::{
    AccountId, AgentId, CustomerId, DeliveryId, HandleKey, Network, Secret, SystemId, TenantId,
};
use chrono::{DateTime, TimeDelta, Utc};

const TELLS: [&str; 6] = [
    "angrymatti",
    "Matti Meikäläinen",
    "matti.meikalainen@example.com",
    "astma",
    "0401234567",
    "Rappukäytävä 7",
];

fn at(minutes: i64) -> DateTime<Utc> {
    "2026-11-23T08:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minutes)
}

fn account() -> AccountId {
    AccountId::new("shop").unwrap()
}

fn person(id: &str) -> HandleKey {
    HandleKey::new(Network::X, None, id).unwrap()
}

fn writes(id: &str, author: &str, text: &str, minutes: i64) -> Event {
    let conversation = ConversationKey::new(account(), &format!("dm-{author}")).unwrap();
    let key = MessageKey::new(account(), id).unwrap();
    let mut message = Message::new(key, conversation, Direction::Inbound);
    message.author = Some(person(author));
    message.times = Times::vouched(at(minutes));
    message.parts.push(Part::text(text));
    Event::new(account(), EventKind::message(message), Via::Webhook)
}

fn arrives(id: &str, events: Vec<Event>) -> Changes {
    let body = serde_json::to_vec(&events).unwrap();
    let mut arrival = Arrival::new(at(0), events);
    let id = DeliveryId::new(id).unwrap();
    arrival.delivery = Some(RawDelivery::new("hook".into(), id, at(0), body));
    Changes::arrive(vec![arrival])
}

fn customer() -> Customer {
    let crm = SystemId::new("crm").unwrap();
    let claim = |field, value| Claim::new(field, value, crm.clone(), at(0));
    let id = CustomerId::new(crm.clone(), "c-77").unwrap();
    Customer::new(id, CustomerKind::Person)
        .with(claim(Field::FullName, "Matti Meikäläinen"))
        .with(claim(Field::Phone, "0401234567"))
        .with(claim(Field::Street, "Rappukäytävä 7"))
}

/// Forty days of people who write, with Matti among them; his messages are edited, so that pages
/// split and rows move.
async fn fill(desk: &Desk, store: &dyn Store) {
    let tenant = store.tenant(&TenantId::default());
    let mut changes = Changes::default();
    changes.customers.push(customer());
    tenant.commit(changes).await.unwrap();
    for number in 0..40_i64 {
        let mut his = writes(
            &format!("m{number}"),
            "angrymatti",
            &format!(
                "Minulla on astma {number}, matti.meikalainen@example.com {}",
                "x".repeat(700)
            ),
            number,
        );
        let profile = Handle::new(person("angrymatti"))
            .with(AttributeKind::DisplayName, "Matti Meikäläinen", at(number))
            .with(AttributeKind::Phone, "0401234567", at(number));
        his.handles.push(profile);
        let others = writes(
            &format!("o{number}"),
            &format!("other{number}"),
            "Missä tilaukseni on?",
            number,
        );
        tenant
            .commit(arrives(&format!("d{number}"), vec![his, others]))
            .await
            .unwrap();
        desk.work().await.unwrap();
        if number % 3 == 0 {
            let mut edit = writes(&format!("m{number}"), "angrymatti", "astma, taas", number);
            if let EventKind::Message(message) = &mut edit.kind {
                (message.revision, message.edited_at) = (1, Some(at(number + 1)));
            }
            tenant
                .commit(arrives(&format!("e{number}"), vec![edit]))
                .await
                .unwrap();
        }
    }
    desk.work().await.unwrap();
    let by = AgentId::new("maija").unwrap();
    desk.confirm_link(&person("angrymatti"), &customer().id, by.clone())
        .await
        .unwrap();
    let mut query = TicketQuery::default();
    query.handle = Some(person("angrymatti"));
    for row in desk.tickets(&query).await.unwrap() {
        desk.note(
            &row.ticket.id,
            "Matti Meikäläinen soitti: Rappukäytävä 7",
            None,
        )
        .await
        .unwrap();
        let text = "Hei Matti Meikäläinen, astma ei ole este. Rappukäytävä 7?";
        // One that the network refuses, and one that waits to be sent.
        let id = &row.ticket.id;
        desk.reply(id, Reply::answer(text)).await.unwrap();
        desk.deliver().await.unwrap();
        desk.reply(id, Reply::answer(text)).await.unwrap();
    }
    query.text = Some("astma".parse().unwrap());
    let name = SavedName::new(Some(by), "his").unwrap();
    desk.save_query(&name, &query, None, 0).await.unwrap();
    // One that waits in the inbox.
    tenant
        .commit(arrives(
            "w",
            vec![writes("w", "angrymatti", "astma vielä", 300)],
        ))
        .await
        .unwrap();
}

/// Where the bytes of a directory tell of Matti, in any spelling of ASCII.
fn tells(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(directory).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap().to_ascii_lowercase();
        for tell in TELLS {
            let tell = tell.as_bytes().to_ascii_lowercase();
            let count = bytes
                .windows(tell.len())
                .filter(|window| *window == tell)
                .count();
            if count > 0 {
                let file = path.file_name().unwrap().to_string_lossy().into_owned();
                found.push(format!(
                    "{file}: {} x {count}",
                    String::from_utf8_lossy(&tell)
                ));
            }
        }
    }
    found
}

#[tokio::test]
async fn the_files_hold_nothing_of_an_erased_person() {
    let directory = tempfile::tempdir().unwrap();
    // What survives a power cut is no matter here.
    let options = Options::default().durable(false);
    let store = SqliteStore::open_with(directory.path().join("desk.sqlite"), &options).unwrap();
    let clock = Arc::new(ManualClock::new(at(400)));
    let network = FakeNetwork::new(account(), at(400));
    let builder = Desk::builder(store.clone())
        .clock(clock)
        .shared_channel(network.channel());
    let desk = builder
        .identity_key(Secret::new("a secret of the host's, long enough"))
        .build()
        .unwrap();
    fill(&desk, &store).await;
    assert!(
        tells(directory.path()).len() >= TELLS.len(),
        "the day tells of him"
    );
    let receipt = desk
        .erase(&Subject::Customer(customer().id), None, "erasure_request")
        .await
        .unwrap();
    assert_eq!(receipt.rows.get("messages"), Some(&40), "{receipt:?}");
    assert_eq!(tells(directory.path()), Vec::<String>::new());
    drop((desk, store));
    assert_eq!(tells(directory.path()), Vec::<String>::new(), "closed");
}
