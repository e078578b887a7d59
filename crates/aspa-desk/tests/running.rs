//! A desk that runs by itself, and stops when it is told to.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use aspa_channel::{
    Capabilities, Channel, ConversationKey, Cursor, Effect, Error, MemoryChannel, Page, Receipt,
};
use aspa_desk::Reply;
use aspa_store::MemoryStore;
use aspa_ticket::Category;
use aspa_types::{AccountId, Network};
use async_trait::async_trait;
use chrono::TimeDelta;
use common::{Bench, Hand, all, asks, builder, event, only, shop};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

const OFTEN: Duration = Duration::from_millis(100);

fn run(desk: &aspa_desk::Desk) -> (oneshot::Sender<()>, JoinHandle<()>) {
    let (stop, told) = oneshot::channel();
    let desk = desk.clone();
    let running = tokio::spawn(async move {
        desk.run(OFTEN, async move { told.await.unwrap_or(()) })
            .await;
    });
    (stop, running)
}

/// A network that takes its time over everything.
#[derive(Debug)]
struct Slow {
    inner: Arc<MemoryChannel>,
    account: AccountId,
    poll: Duration,
    perform: Duration,
}

#[async_trait]
impl Channel for Slow {
    fn account(&self) -> &AccountId {
        &self.account
    }

    fn network(&self) -> &Network {
        self.inner.network()
    }

    fn capabilities(&self, conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        self.inner.capabilities(conversation)
    }

    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        sleep(self.poll).await;
        self.inner.poll(cursor).await
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        sleep(self.perform).await;
        self.inner.perform(effect).await
    }
}

#[tokio::test(start_paused = true)]
async fn it_polls_decides_and_delivers_by_itself() {
    let bench = Bench::new();
    let (stop, running) = run(&bench.desk);
    bench.channel.say(event(asks("1", "c", "matti", 0)));
    sleep(OFTEN * 2).await;
    let ticket = only(&bench.desk).await;
    bench
        .desk
        .reply(&ticket.id, Reply::answer("here"))
        .await
        .unwrap();
    sleep(Duration::from_millis(10)).await;
    assert_eq!(
        bench.channel.published().len(),
        1,
        "woken, not at the next look"
    );
    assert_eq!(only(&bench.desk).await.category, Category::WaitingCustomer);
    stop.send(()).unwrap();
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn timers_fire_while_it_runs() {
    let (bench, _) = Bench::asked().await;
    let (stop, running) = run(&bench.desk);
    bench.clock.advance(TimeDelta::minutes(11));
    sleep(Duration::from_secs(2)).await;
    assert!(
        only(&bench.desk)
            .await
            .passed
            .contains("first_response 1 breach")
    );
    stop.send(()).unwrap();
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_idle_desk_stops_at_once() {
    let bench = Bench::new();
    let (stop, running) = run(&bench.desk);
    sleep(Duration::from_secs(5)).await;
    let told = Instant::now();
    stop.send(()).unwrap();
    running.await.unwrap();
    assert!(told.elapsed() < Duration::from_millis(5));
}

#[tokio::test(start_paused = true)]
async fn what_is_being_sent_when_it_is_told_to_stop_is_finished() {
    let (bench, ticket) = Bench::asked().await;
    let slow = Slow {
        inner: bench.channel.clone(),
        account: shop(),
        poll: Duration::ZERO,
        perform: Duration::from_secs(3),
    };
    let desk = builder(bench.store.clone(), &bench.clock)
        .channel(slow)
        .build();
    let desk = desk.unwrap();
    desk.reply(&ticket.id, Reply::answer("here")).await.unwrap();
    let (stop, running) = run(&desk);
    sleep(Duration::from_secs(1)).await;
    stop.send(()).unwrap();
    let told = Instant::now();
    running.await.unwrap();
    assert!(told.elapsed() < Duration::from_secs(3));
    assert_eq!(bench.channel.published().len(), 1);
    assert!(only(&desk).await.queued.is_empty(), "and written down");
}

#[tokio::test(start_paused = true)]
async fn a_network_that_does_not_answer_holds_up_neither_others_nor_the_end() {
    let bench = Bench::new();
    let dead = Slow {
        inner: Arc::new(MemoryChannel::new(shop())),
        account: AccountId::new("dead").unwrap(),
        poll: Duration::from_secs(1_000_000),
        perform: Duration::ZERO,
    };
    let desk = builder(MemoryStore::new(), &Hand::at(0))
        .channel(dead)
        .shared_channel(bench.channel.clone())
        .build()
        .unwrap();
    let (stop, running) = run(&desk);
    bench.channel.say(event(asks("1", "c", "matti", 0)));
    sleep(OFTEN * 2).await;
    assert_eq!(all(&desk).await.len(), 1);
    stop.send(()).unwrap();
    let told = Instant::now();
    running.await.unwrap();
    assert!(told.elapsed() < Duration::from_millis(5));
}

#[tokio::test(start_paused = true)]
async fn a_network_that_fails_is_polled_again() {
    #[derive(Debug)]
    struct Flaky(MemoryChannel, std::sync::atomic::AtomicUsize);
    #[async_trait]
    impl Channel for Flaky {
        fn account(&self) -> &AccountId {
            self.0.account()
        }
        fn network(&self) -> &Network {
            self.0.network()
        }
        fn capabilities(&self, c: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
            self.0.capabilities(c)
        }
        async fn poll(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
            match self.1.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
                0 | 1 => Err(common::net::busy()),
                _ => self.0.poll(cursor).await,
            }
        }
        async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
            self.0.perform(effect).await
        }
    }
    let channel = MemoryChannel::new(shop());
    channel.say(event(asks("1", "c", "matti", 0)));
    let flaky = Flaky(channel, 0.into());
    let desk = builder(MemoryStore::new(), &Hand::at(0))
        .channel(flaky)
        .build();
    let desk = desk.unwrap();
    let (stop, running) = run(&desk);
    sleep(OFTEN * 4).await;
    assert_eq!(all(&desk).await.len(), 1);
    stop.send(()).unwrap();
    running.await.unwrap();
}
