//! A network that asks to wait is left alone until then: by every effect and poll that it is about, and
//! after a restart.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aspa_channel::{
    Capabilities, Channel, ConversationKey, Cursor, Effect, EffectName, Error, ErrorKind,
    MemoryChannel, Page, Receipt,
};
use aspa_desk::{Desk, Reply};
use aspa_store::{MemoryStore, OutboxState};
use aspa_types::{AccountId, Network};
use async_trait::async_trait;
use chrono::TimeDelta;
use common::{Hand, agent, asks, builder, event, shop};

/// Refuses everything of a kind for so long, counts what it is asked, and keeps a text.
#[derive(Debug)]
struct Busy {
    inner: MemoryChannel,
    refuses: Mutex<Option<(&'static str, Duration)>>,
    asked: Mutex<Vec<&'static str>>,
    kept: Mutex<Option<String>>,
    restored: AtomicUsize,
}

impl Busy {
    fn new(inner: MemoryChannel) -> Arc<Self> {
        Arc::new(Self {
            inner,
            refuses: Mutex::default(),
            asked: Mutex::default(),
            kept: Mutex::default(),
            restored: AtomicUsize::default(),
        })
    }

    fn refuse(&self, what: &'static str, seconds: u64) {
        *self.refuses.lock().unwrap() = Some((what, Duration::from_secs(seconds)));
    }

    fn asked(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    fn ask(&self, what: &'static str) -> Result<(), Error> {
        self.asked.lock().unwrap().push(what);
        match *self.refuses.lock().unwrap() {
            Some((refused, wait)) if refused == what => {
                Err(Error::new(ErrorKind::Throttled, "test").with_retry_after(wait))
            }
            _ => Ok(()),
        }
    }
}

#[derive(Debug)]
struct Shared(Arc<Busy>);

#[async_trait]
impl Channel for Shared {
    fn account(&self) -> &AccountId {
        self.0.inner.account()
    }
    fn network(&self) -> &Network {
        self.0.inner.network()
    }
    fn capabilities(&self, conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        self.0.inner.capabilities(conversation)
    }
    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        self.0.ask("poll")?;
        self.0.inner.poll(cursor).await
    }
    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        self.0.ask(match effect.kind.name() {
            EffectName::Send => "send",
            _ => "other",
        })?;
        self.0.inner.perform(effect).await
    }
    fn snapshot(&self) -> Option<String> {
        self.0.kept.lock().unwrap().clone()
    }
    fn restore(&self, snapshot: &str) {
        self.0.restored.fetch_add(1, Ordering::SeqCst);
        *self.0.kept.lock().unwrap() = Some(snapshot.to_owned());
    }
}

/// What a process that starts makes of the same store and network.
fn desk(store: &MemoryStore, clock: &Hand, busy: &Arc<Busy>) -> Desk {
    let builder = builder(store.clone(), clock).lease(TimeDelta::zero());
    builder.channel(Shared(busy.clone())).build().unwrap()
}

async fn reply(desk: &Desk, ticket: &aspa_ticket::Ticket) -> aspa_types::EffectKey {
    let reply = Reply::answer("On its way").by(agent("anna"));
    desk.reply(&ticket.id, reply).await.unwrap()
}

#[tokio::test]
async fn nothing_is_sent_or_read_before_the_network_takes_more_also_after_a_restart() {
    let (store, clock) = (MemoryStore::new(), Hand::at(0));
    let busy = Busy::new(MemoryChannel::new(shop()));
    for n in ["1", "2", "3"] {
        busy.inner
            .say(event(asks(&format!("m{n}"), &format!("c{n}"), "matti", 0)));
    }
    let first = desk(&store, &clock, &busy);
    first.poll(&shop()).await.unwrap();
    first.work().await.unwrap();
    let tickets = common::all(&first).await;
    assert_eq!((tickets.len(), busy.asked()), (3, vec!["poll"]));

    busy.refuse("send", 900);
    let mut keys = Vec::new();
    for ticket in &tickets {
        keys.push(reply(&first, ticket).await);
    }
    first.deliver().await.unwrap();
    let tries = busy.asked();
    assert!((1..=3).contains(&tries.len()), "{tries:?}");
    reply(&first, &tickets[0]).await;
    first.deliver().await.unwrap();
    assert_eq!(busy.asked(), Vec::<&str>::new(), "another reply was tried");
    // Reading is another matter.
    first.poll(&shop()).await.unwrap();
    assert_eq!(busy.asked(), ["poll"]);

    busy.refuse("poll", 600);
    assert!(first.poll(&shop()).await.is_err());
    for _ in 0..3 {
        let held = first.poll(&shop()).await.unwrap_err();
        assert!(held.to_string().contains("throttled"), "{held}");
    }
    assert_eq!(busy.asked(), ["poll"]);

    // The process is killed and another one starts, five minutes later.
    drop(first);
    clock.advance(TimeDelta::minutes(5));
    let second = desk(&store, &clock, &busy);
    reply(&second, &tickets[1]).await;
    second.deliver().await.unwrap();
    second.poll(&shop()).await.unwrap_err();
    assert_eq!(
        busy.asked(),
        Vec::<&str>::new(),
        "it did not wait after the restart"
    );

    *busy.refuses.lock().unwrap() = None;
    clock.advance(TimeDelta::minutes(5));
    second.poll(&shop()).await.unwrap();
    assert_eq!(busy.asked(), ["poll"]);
    clock.advance(TimeDelta::minutes(6));
    second.deliver().await.unwrap();
    assert_eq!(busy.asked().len(), 5);
    assert_eq!(busy.inner.published().len(), 5);
}

#[tokio::test]
async fn being_told_to_wait_however_often_fails_no_effect() {
    let (store, clock) = (MemoryStore::new(), Hand::at(0));
    let busy = Busy::new(MemoryChannel::new(shop()));
    busy.inner.say(event(asks("m1", "c1", "matti", 0)));
    let desk = desk(&store, &clock, &busy);
    desk.poll(&shop()).await.unwrap();
    desk.work().await.unwrap();
    let ticket = common::all(&desk).await.remove(0);
    let key = reply(&desk, &ticket).await;
    busy.refuse("send", 1);
    for _ in 0..50 {
        desk.deliver().await.unwrap();
        clock.advance(TimeDelta::seconds(6));
    }
    assert!(busy.asked().len() <= 52, "no more often than every 5 s");
    let state = desk
        .store()
        .effect(&key)
        .await
        .unwrap()
        .unwrap()
        .0
        .value
        .state;
    assert_eq!(state, OutboxState::FailedRetryable);
    *busy.refuses.lock().unwrap() = None;
    desk.deliver().await.unwrap();
    assert_eq!(busy.inner.published().len(), 1);
}

#[tokio::test]
async fn what_a_channel_keeps_is_there_for_the_next_process_before_anything_is_asked() {
    let (store, clock) = (MemoryStore::new(), Hand::at(0));
    let busy = Busy::new(MemoryChannel::new(shop()));
    let first = desk(&store, &clock, &busy);
    first.poll(&shop()).await.unwrap();
    *busy.kept.lock().unwrap() = Some("3 of 300 left".to_owned());
    first.poll(&shop()).await.unwrap();
    // Now and then is enough …
    *busy.kept.lock().unwrap() = Some("2 of 300 left".to_owned());
    first.poll(&shop()).await.unwrap();
    let killed = Busy::new(MemoryChannel::new(shop()));
    desk(&store, &clock, &killed).poll(&shop()).await.unwrap();
    assert_eq!(
        killed.kept.lock().unwrap().as_deref(),
        Some("3 of 300 left")
    );
    assert_eq!(killed.restored.load(Ordering::SeqCst), 1);
    // … and before a worker stops, all of it.
    first.run(Duration::from_secs(60), async {}).await;
    let stopped = Busy::new(MemoryChannel::new(shop()));
    let next = desk(&store, &clock, &stopped);
    next.poll(&shop()).await.unwrap();
    next.poll(&shop()).await.unwrap();
    assert_eq!(
        stopped.kept.lock().unwrap().as_deref(),
        Some("2 of 300 left")
    );
    assert_eq!(
        stopped.restored.load(Ordering::SeqCst),
        1,
        "once for each process"
    );
}
