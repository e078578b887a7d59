//! A day of work on a network where people write, told in its own words.

use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use aspa_channel::{Capabilities, Message, MessageKey};
use aspa_crm::{Change, Claim, Crm, Customer, CustomerKind, Deletes, Field, Lookup, Page};
use aspa_desk::{Desk, DeskBuilder};
use aspa_store::{MemoryStore, TicketQuery};
use aspa_testkit::FakeNetwork;
use aspa_ticket::Ticket;
use aspa_types::{CustomerId, HandleKey, SystemId};
use async_trait::async_trait;
use chrono::TimeDelta;

use super::{Hand, builder, minute, shop};

pub fn crm() -> SystemId {
    SystemId::new("crm").unwrap()
}

pub fn record_id(number: &str) -> CustomerId {
    CustomerId::new(crm(), number).unwrap()
}

/// A record of the CRM: `record("1", "Matti Virtanen", "matti@example.fi")`.
pub fn record(number: &str, name: &str, email: &str) -> Customer {
    let (first, last) = name.split_once(' ').unwrap();
    let claim = |field, value: &str| Claim::new(field, value, crm(), minute(0));
    Customer::new(record_id(number), CustomerKind::Person)
        .with(claim(Field::FirstName, first))
        .with(claim(Field::LastName, last))
        .with(claim(Field::Email, email))
}

/// A CRM that knows these.
#[derive(Debug)]
pub struct Records(SystemId, Mutex<Vec<Customer>>);

#[async_trait]
impl Crm for Records {
    fn system(&self) -> &SystemId {
        &self.0
    }

    fn capabilities(&self) -> Cow<'_, aspa_crm::Capabilities> {
        Cow::Owned(aspa_crm::Capabilities::new(Deletes::InFeed, Vec::new()))
    }

    async fn changes(
        &self,
        _: Option<&aspa_crm::Cursor>,
        _: usize,
    ) -> Result<Page, aspa_crm::Error> {
        let all = std::mem::take(&mut *self.1.lock().unwrap());
        let changes = all.into_iter().map(Change::Put).collect();
        Ok(Page::new(changes, aspa_crm::Cursor::new("1"), true))
    }

    async fn find(&self, _: &Lookup) -> Result<Vec<Customer>, aspa_crm::Error> {
        Ok(Vec::new())
    }

    async fn get(&self, _: &CustomerId) -> Result<Option<Customer>, aspa_crm::Error> {
        Ok(None)
    }
}

/// `("name", "Matti")` for each field of an answer.
pub fn values(all: &[(&str, &str)]) -> std::collections::BTreeMap<String, String> {
    all.iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// A network, a desk on it, and what time it is.
pub struct Day {
    pub desk: Desk,
    pub network: Arc<FakeNetwork>,
    pub store: MemoryStore,
    pub clock: Hand,
}

impl Day {
    /// On a network that does everything.
    pub async fn begins() -> Self {
        Self::on(FakeNetwork::everything(), |builder| builder).await
    }

    pub async fn on(does: Capabilities, settle: impl FnOnce(DeskBuilder) -> DeskBuilder) -> Self {
        let (store, clock) = (MemoryStore::new(), Hand::at(0));
        let network = FakeNetwork::with(shop(), does, minute(0));
        let builder = builder(store.clone(), &clock).shared_channel(network.channel());
        let desk = settle(builder).build().unwrap();
        let day = Self {
            desk,
            network,
            store,
            clock,
        };
        let known = vec![
            record("1", "Matti Virtanen", "matti@example.fi"),
            record("2", "Maija Korhonen", "maija@example.fi"),
            record("3", "Liisa Nieminen", "liisa@example.fi"),
        ];
        let crm = Records(crm(), Mutex::new(known));
        day.desk.sync(&crm).await.unwrap();
        day
    }

    /// The same desk after a restart: nothing that was in memory is left.
    pub fn restarts(&mut self) {
        let builder = builder(self.store.clone(), &self.clock);
        let builder = builder.shared_channel(self.network.channel());
        self.desk = builder.build().unwrap();
    }

    /// Time passes, and the desk does nothing.
    pub fn passes(&self, minutes: i64) {
        let time = TimeDelta::minutes(minutes);
        self.clock.advance(time);
        self.network.pass(time);
    }

    pub async fn later(&self, minutes: i64) {
        self.passes(minutes);
        self.catches_up().await;
    }

    /// The desk does all that is to be done now.
    pub async fn catches_up(&self) {
        for _ in 0..4 {
            self.desk.poll(&shop()).await.unwrap();
            self.desk.work().await.unwrap();
            self.desk.go_on_asking().await.unwrap();
            self.desk.deliver().await.unwrap();
        }
        self.desk.tick().await.unwrap();
    }

    pub fn who(&self, name: &str) -> HandleKey {
        self.network.customer(name)
    }

    /// Somebody writes below a post of ours.
    pub fn comments(&self, name: &str, thread: &str, text: &str) -> MessageKey {
        let who = self.who(name);
        self.network.writes(&who, thread, text).unwrap()
    }

    pub fn writes_privately(&self, name: &str, text: &str) -> MessageKey {
        let who = self.who(name);
        self.network.writes_privately(&who, text).unwrap()
    }

    /// The ticket about somebody in a conversation.
    pub async fn ticket(&self, name: &str, thread: &str) -> Ticket {
        let conversation = self.network.conversation(thread).unwrap();
        let mut query = TicketQuery::default();
        query.handle = Some(self.who(name));
        let rows = self.desk.tickets(&query).await.unwrap();
        let there = |ticket: &Ticket| ticket.key.conversation == conversation;
        let mut tickets = rows.into_iter().map(|row| row.ticket);
        tickets.find(there).unwrap()
    }

    /// What we have written where everybody reads.
    pub fn in_public(&self) -> Vec<String> {
        let published = self.network.published().into_iter();
        let public = published.filter(|message| !is_private(message));
        public.map(|message| message.text()).collect()
    }

    /// What we have written to somebody in private.
    pub fn in_private(&self, name: &str) -> Vec<String> {
        let who = self.who(name);
        let published = self.network.published().into_iter();
        let to = published.filter(|message| is_private(message) && message.to.contains(&who));
        to.map(|message| message.text()).collect()
    }
}

fn is_private(message: &Message) -> bool {
    message.audience == aspa_channel::Audience::Direct
}
