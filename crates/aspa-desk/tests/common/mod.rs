//! What the tests of the desk are told in: accounts, customers, a clock that stands, and a network
//! that fails as it is told.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    unreachable_pub,
    reason = "tests may panic"
)]

pub mod day;
pub mod net;
pub mod store;

use std::sync::Arc;

use aspa_channel::{
    ConversationKey, Direction, Event, EventKind, MemoryChannel, Message, MessageKey, Part, Times,
    Via, Visibility,
};
use aspa_desk::{Clock, Desk, DeskBuilder, ManualClock};
use aspa_sla::{ClockKind, Promise, Target, Time};
use aspa_store::{MemoryStore, Store, TicketQuery};
use aspa_ticket::{Ticket, TicketKey};
use aspa_types::{AccountId, AgentId, HandleKey, Network};
use chrono::{DateTime, TimeDelta, Utc};

/// So many minutes into the morning of the test.
pub fn minute(minutes: i64) -> DateTime<Utc> {
    "2026-11-23T08:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minutes)
}

pub fn shop() -> AccountId {
    AccountId::new("shop").unwrap()
}

pub fn agent(name: &str) -> AgentId {
    AgentId::new(name).unwrap()
}

pub fn person(name: &str) -> HandleKey {
    HandleKey::new(Network::API, None, name).unwrap()
}

pub fn thread(id: &str) -> ConversationKey {
    ConversationKey::new(shop(), id).unwrap()
}

pub fn message(id: &str) -> MessageKey {
    MessageKey::new(shop(), id).unwrap()
}

pub fn about(conversation: &str, customer: &str) -> TicketKey {
    TicketKey {
        conversation: thread(conversation),
        customer: person(customer),
    }
}

/// A message, written then by the network's clock.
pub fn written(id: &str, conversation: &str, direction: Direction, minutes: i64) -> Message {
    let mut message = Message::new(message(id), thread(conversation), direction);
    message.times = Times::vouched(minute(minutes));
    message.parts.push(Part::text(format!("text of {id}")));
    message
}

/// A customer asks.
pub fn asks(id: &str, conversation: &str, customer: &str, minutes: i64) -> Message {
    let mut message = written(id, conversation, Direction::Inbound, minutes);
    message.author = Some(person(customer));
    message
}

/// We answer a customer.
pub fn answers(id: &str, conversation: &str, customer: &str, minutes: i64) -> Message {
    let mut message = written(id, conversation, Direction::Outbound, minutes);
    message.to.push(person(customer));
    message
}

pub fn event(message: Message) -> Event {
    let account = message.key.account.clone();
    Event::new(account, EventKind::Message(Box::new(message)), Via::Poll)
}

pub fn happened(minutes: i64, kind: EventKind) -> Event {
    let mut event = Event::new(shop(), kind, Via::Poll);
    event.at = Some(minute(minutes));
    event
}

pub fn shown(id: &str, visibility: Visibility, minutes: i64) -> Event {
    happened(
        minutes,
        EventKind::visibility(message(id), visibility, None),
    )
}

/// A clock that the test keeps a hand on.
#[derive(Debug, Clone)]
pub struct Hand(pub Arc<ManualClock>);

impl Hand {
    pub fn at(minutes: i64) -> Self {
        Self(Arc::new(ManualClock::new(minute(minutes))))
    }

    pub fn advance(&self, by: TimeDelta) {
        self.0.advance(by);
    }
}

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        self.0.now()
    }
}

/// Answered within 10 minutes, solved within an hour, round the clock.
pub fn promise() -> Promise {
    let target = |clock, minutes| Target::new(clock, TimeDelta::minutes(minutes), Time::Calendar);
    Promise::new("test", None)
        .target(target(ClockKind::FirstResponse, 10))
        .target(target(ClockKind::NextResponse, 10))
        .target(target(ClockKind::Resolution, 60))
}

pub fn builder(store: impl Store, clock: &Hand) -> DeskBuilder {
    Desk::builder(store).clock(clock.clone()).promise(promise())
}

/// A desk with one account in memory, which the test holds on to.
pub struct Bench {
    pub desk: Desk,
    pub channel: Arc<MemoryChannel>,
    pub store: MemoryStore,
    pub clock: Hand,
}

impl Bench {
    pub fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub fn with(settle: impl FnOnce(DeskBuilder) -> DeskBuilder) -> Self {
        let (store, clock) = (MemoryStore::new(), Hand::at(0));
        let channel = Arc::new(MemoryChannel::new(shop()));
        let builder = builder(store.clone(), &clock).shared_channel(channel.clone());
        let desk = settle(builder).build().unwrap();
        Self {
            desk,
            channel,
            store,
            clock,
        }
    }

    /// Lets it happen, and the desk learn of it.
    pub async fn tell(&self, events: impl IntoIterator<Item = Event>) {
        events.into_iter().for_each(|event| self.channel.say(event));
        self.desk.poll(&shop()).await.unwrap();
        self.desk.work().await.unwrap();
    }

    /// A bench at which Matti has asked something in the thread `c`.
    pub async fn asked() -> (Self, Ticket) {
        let bench = Self::new();
        bench.tell([event(asks("1", "c", "matti", 0))]).await;
        let ticket = only(&bench.desk).await;
        (bench, ticket)
    }
}

pub async fn all(desk: &Desk) -> Vec<Ticket> {
    let mut query = TicketQuery::default();
    query.limit = 10_000;
    let rows = desk.tickets(&query).await.unwrap();
    rows.into_iter().map(|row| row.ticket).collect()
}

pub async fn only(desk: &Desk) -> Ticket {
    let mut tickets = all(desk).await;
    assert_eq!(tickets.len(), 1, "one ticket: {tickets:?}");
    tickets.remove(0)
}
