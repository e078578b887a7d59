use std::collections::BTreeSet;

use aspa_channel::Audience;
use aspa_types::{AccountId, AgentId, HandleKey, Network, Tag, TeamId, text_enum};
use chrono::{DateTime, Utc};

use crate::event::{Actor, Event, EventKind, Priority};
use crate::ticket::{Category, Ticket};

text_enum! {
    /// What sets off rules.
    pub enum Trigger {
        /// The customer wrote.
        Received = "received",
        /// We wrote.
        Sent = "sent",
        /// Somebody did something to the ticket.
        Changed = "changed",
        /// A clock passed a point, such as a breach.
        ClockPassed = "clock_passed",
    }
}

impl Trigger {
    /// What an event is to rules; none where it sets off nothing: what the system did, rules among it,
    /// never does, except that a clock passed.
    #[must_use]
    pub fn of(event: &Event) -> Option<Self> {
        match (&event.kind, &event.by) {
            (EventKind::ClockPassed { .. }, _) => Some(Self::ClockPassed),
            (_, Actor::System(_) | Actor::Unknown(_)) | (EventKind::Unknown(_), _) => None,
            (EventKind::Received { .. }, _) => Some(Self::Received),
            (EventKind::Sent { .. }, _) => Some(Self::Sent),
            _ => Some(Self::Changed),
        }
    }
}

/// What time it is where the desk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a day and a time")]
pub struct Local {
    /// 1 for Monday to 7 for Sunday.
    pub weekday: u8,
    /// Minutes since midnight, 0 to 1,439.
    pub minute: u16,
}

/// What rules look at: what is known when something has happened. What is not given is not known, and
/// no condition about it holds.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Facts<'a> {
    /// When.
    pub now: DateTime<Utc>,
    /// What happened.
    pub trigger: Option<Trigger>,
    /// Which clock passed which point, where one did: `first_response`, `breach`.
    pub clock: Option<(&'a str, &'a str)>,
    /// What the message says, or the customer's newest where something else happened.
    pub text: Option<&'a str>,
    /// Who wrote it.
    pub author: Option<&'a HandleKey>,
    /// How many follow its author.
    pub followers: Option<u64>,
    /// Whether we know which customer it is.
    pub customer_known: Option<bool>,
    /// The customer's tier, in the host's words.
    pub tier: Option<&'a str>,
    /// The account.
    pub account: Option<&'a AccountId>,
    /// The network.
    pub network: Option<&'a Network>,
    /// Who can read it.
    pub audience: Option<&'a Audience>,
    /// The language, a BCP 47 tag.
    pub language: Option<&'a str>,
    /// The ticket's tags, by their names of today.
    pub tags: Option<&'a BTreeSet<Tag>>,
    /// Where the ticket stands.
    pub category: Option<&'a Category>,
    /// How urgent it is.
    pub priority: Option<&'a Priority>,
    /// Who works on it.
    pub assignee: Option<&'a AgentId>,
    /// Which team it is with.
    pub team: Option<&'a TeamId>,
    /// How many messages its customer wrote.
    pub messages: Option<usize>,
    /// Whether it follows up an earlier ticket about this customer in this conversation.
    pub follow_up: Option<bool>,
    /// When its promise breaks or broke.
    pub breach_at: Option<DateTime<Utc>>,
    /// Since when its customer waits for an answer.
    pub waits_since: Option<DateTime<Utc>>,
    /// Whether we are open.
    pub open: Option<bool>,
    /// What time it is where the desk is.
    pub local: Option<Local>,
}

impl<'a> Facts<'a> {
    /// At this time, nothing else known.
    #[must_use]
    pub fn at(now: DateTime<Utc>) -> Self {
        Self {
            now,
            trigger: None,
            clock: None,
            text: None,
            author: None,
            followers: None,
            customer_known: None,
            tier: None,
            account: None,
            network: None,
            audience: None,
            language: None,
            tags: None,
            category: None,
            priority: None,
            assignee: None,
            team: None,
            messages: None,
            follow_up: None,
            breach_at: None,
            waits_since: None,
            open: None,
            local: None,
        }
    }

    /// What a ticket tells. The text of its messages, its customer and its promise are not on it.
    #[must_use]
    pub fn of(ticket: &'a Ticket, now: DateTime<Utc>) -> Self {
        let mut facts = Self::at(now);
        let waiting = ticket
            .inbound()
            .filter(|m| m.disposition == crate::Disposition::Unhandled);
        facts.author = Some(&ticket.key.customer);
        facts.account = Some(&ticket.key.conversation.account);
        facts.network = Some(ticket.key.customer.network());
        facts.audience = ticket.audience.as_ref();
        facts.language = ticket.language.as_deref();
        facts.tags = Some(&ticket.tags);
        facts.category = Some(&ticket.category);
        facts.priority = ticket.priority.as_ref();
        facts.assignee = ticket.assignee.as_ref();
        facts.team = ticket.team.as_ref();
        facts.messages = Some(ticket.inbound().count());
        facts.follow_up = Some(ticket.follow_up_of.is_some());
        facts.waits_since = waiting.map(|m| m.at).min();
        facts
    }
}
