use std::collections::{BTreeSet, HashMap};

use aspa_channel::{Handle, MessageKey};
use aspa_crm::Customer;
use aspa_identity::{Evidence, Link};
use aspa_ticket::{Event, Ticket, TicketKey};
use aspa_types::{CustomerId, EffectKey, HandleKey};

use crate::changes::Versioned;
use crate::message::MessageRecord;
use crate::outbox::OutboxRow;

/// What somebody needs to know before deciding, asked for at once.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Wanted {
    /// Records of these messages.
    pub messages: BTreeSet<MessageKey>,
    /// The messages that await one of these.
    pub awaiting: BTreeSet<MessageKey>,
    /// These handles.
    pub handles: BTreeSet<HandleKey>,
    /// All tickets about these.
    pub tickets: BTreeSet<TicketKey>,
    /// The whole history of these.
    pub histories: BTreeSet<TicketKey>,
    /// Evidence and link of these handles.
    pub people: BTreeSet<HandleKey>,
    /// These customers of the local replica.
    pub customers: BTreeSet<CustomerId>,
    /// These effects of the outbox.
    pub effects: BTreeSet<EffectKey>,
}

impl Wanted {
    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What is known of who a handle is.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Person {
    /// All evidence, in the order in which it was stored.
    pub evidence: Vec<Evidence>,
    /// The link as it stands.
    pub link: Option<Versioned<Link>>,
}

/// What a store knows of what was asked for. What is missing has no entry, or an empty one.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Loaded {
    /// Records of messages.
    pub messages: HashMap<MessageKey, Versioned<MessageRecord>>,
    /// By awaited message, the keys of those that await it, in order.
    pub awaiting: HashMap<MessageKey, Vec<MessageKey>>,
    /// Handles.
    pub handles: HashMap<HandleKey, Versioned<Handle>>,
    /// Tickets, first to last.
    pub tickets: HashMap<TicketKey, Vec<Versioned<Ticket>>>,
    /// Histories, in the order in which they were written.
    pub histories: HashMap<TicketKey, Vec<Event>>,
    /// People.
    pub people: HashMap<HandleKey, Person>,
    /// Customers.
    pub customers: HashMap<CustomerId, Customer>,
    /// Effects of the outbox.
    pub effects: HashMap<EffectKey, Versioned<OutboxRow>>,
}
