//! What a desk logs, at the most talkative, tells nothing of people and no secret.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

mod common;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use aspa_channel::{AttributeKind, Handle, MemoryChannel, Part};
use aspa_desk::{Reply, Subject};
use aspa_store::{PauseScope, TicketQuery};
use aspa_types::{CustomerId, Secret, SystemId};

use common::store::TestStore;
use common::{Hand, agent, asks, builder, event, minute, person, shop};

const TELLS: [&str; 8] = [
    "angrymatti",
    "Matti Meikäläinen",
    "matti@example.com",
    "astma",
    "our answer",
    "note about him",
    "hunter2",
    "a secret of the host's",
];

#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_day_tells_nothing() {
    let heard = Heard::default();
    let writer = heard.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(move || writer.clone())
        .finish();
    let _listening = tracing::subscriber::set_default(subscriber);
    tracing::info!("the listener hears");
    let (store, clock) = (TestStore::default(), Hand::at(0));
    let channel = Arc::new(MemoryChannel::new(shop()));
    let keys = vec![(
        "k".to_owned(),
        Secret::new("a secret of the host's, for credentials"),
    )];
    let desk = builder(store.clone(), &clock)
        .shared_channel(channel.clone())
        .identity_key(Secret::new("a secret of the host's, for people"))
        .credential_keys(keys)
        .build()
        .unwrap();
    let mut first = asks("1", "c", "angrymatti", 0);
    first.parts = vec![Part::text("Minulla on astma, matti@example.com")];
    let mut first = event(first);
    let profile = Handle::new(person("angrymatti"));
    first
        .handles
        .push(profile.with(AttributeKind::DisplayName, "Matti Meikäläinen", minute(0)));
    channel.say(first);
    desk.poll(&shop()).await.unwrap();
    store.down.store(true, std::sync::atomic::Ordering::SeqCst);
    let failed = desk.work().await.unwrap_err();
    tracing::error!(error = %failed, debug = ?failed, "as a host would log it");
    store.down.store(false, std::sync::atomic::Ordering::SeqCst);
    clock.advance(chrono::TimeDelta::minutes(5));
    desk.work().await.unwrap();
    let ticket = desk
        .tickets(&TicketQuery::default())
        .await
        .unwrap()
        .remove(0)
        .ticket;
    desk.note(&ticket.id, "a note about him", Some(agent("maija")))
        .await
        .unwrap();
    desk.reply(&ticket.id, Reply::answer("our answer"))
        .await
        .unwrap();
    desk.deliver().await.unwrap();
    let customer = CustomerId::new(SystemId::new("crm").unwrap(), "c-1").unwrap();
    desk.confirm_link(&person("angrymatti"), &customer, agent("maija"))
        .await
        .unwrap();
    desk.add_pause(
        PauseScope::everything(),
        None,
        Some("angrymatti is angry".to_owned()),
    )
    .await
    .unwrap();
    desk.put_credential(&shop(), &Secret::new("hunter2"), 0, None)
        .await
        .unwrap();
    let credential = desk.credential(&shop()).await.unwrap();
    tracing::info!(?credential, ?desk, "as a host would log it");
    let subject = Subject::Handle(person("angrymatti"));
    let mut out = Vec::new();
    desk.export(&subject, None, "access_request", &mut out)
        .await
        .unwrap();
    let wrong = desk
        .credential(&aspa_types::AccountId::new("none").unwrap())
        .await;
    tracing::info!(?wrong, "as a host would log it");
    let receipt = desk.erase(&subject, None, "erasure_request").await.unwrap();
    tracing::info!(?receipt, "as a host would log it");
    channel.say(event(asks("1b", "c", "angrymatti", 0)));
    desk.poll(&shop()).await.unwrap();
    desk.work().await.unwrap();
    desk.tidy().await.unwrap();
    desk.sweep(desk.now()).await.unwrap();
    let heard = String::from_utf8(heard.0.lock().unwrap().clone()).unwrap();
    assert!(
        heard.contains("the listener hears") && heard.contains("store unavailable"),
        "{heard}"
    );
    for tell in TELLS {
        assert!(!heard.contains(tell), "{tell} was logged: {heard}");
    }
}
