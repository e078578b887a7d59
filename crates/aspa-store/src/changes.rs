use std::fmt;
use std::sync::Arc;

use aspa_channel::{Cursor, Event};
use aspa_crm::Customer;
use aspa_identity::{Evidence, Link};
use aspa_ticket::{NoteId, Ticket, TicketKey};
use aspa_types::{AgentId, CustomerId, DeliveryId, EffectKey, Extra, HandleKey, TicketId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::message::MessageRecord;
use crate::outbox::{Attempt, OutboxRow};
use crate::pause::{Pause, PauseScope};
use crate::privacy::{AuditEntry, Document, Purge, Rewritten};

/// A row and how often it was written. 0: it does not exist yet.
///
/// To write it, hand it back with the version that was read: the commit fails if anybody wrote it
/// since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "a value and its version")]
pub struct Versioned<T> {
    /// The row.
    pub value: T,
    /// How often it was written.
    pub version: u64,
}

impl<T> Versioned<T> {
    /// A row that does not exist yet.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self { value, version: 0 }
    }
}

/// A webhook's delivery, kept as it came.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawDelivery {
    /// Which of the host's webhooks it came to.
    pub webhook: Arc<str>,
    /// Its name there.
    pub id: DeliveryId,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// Its body.
    pub body: Vec<u8>,
}

impl RawDelivery {
    /// A delivery that came to `webhook`.
    #[must_use]
    pub fn new(
        webhook: Arc<str>,
        id: DeliveryId,
        received_at: DateTime<Utc>,
        body: Vec<u8>,
    ) -> Self {
        Self {
            webhook,
            id,
            received_at,
            body,
        }
    }
}

/// `Debug` shows how long the body is, never what it says.
impl fmt::Debug for RawDelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawDelivery")
            .field("webhook", &self.webhook)
            .field("id", &self.id)
            .field("received_at", &self.received_at)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// What one delivery or one poll brought: kept before anything else is done about it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Arrival {
    /// The delivery, if it was one. Where its id is known, nothing of this arrival is written.
    pub delivery: Option<RawDelivery>,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// What happened. An event whose [`Event::key`] is known for its account is not written again.
    pub events: Vec<Event>,
    /// Where the poll of this source goes on.
    pub cursor: Option<(Arc<str>, Cursor)>,
}

impl Arrival {
    /// Events that came at `received_at`.
    #[must_use]
    pub fn new(received_at: DateTime<Utc>, events: Vec<Event>) -> Self {
        Self {
            delivery: None,
            received_at,
            events,
            cursor: None,
        }
    }
}

/// How much of an arrival was new.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Arrived {
    /// Events that were not known.
    pub new: usize,
    /// Events that were known.
    pub repeated: usize,
    /// Whether the delivery was known, so that nothing was written.
    pub known_delivery: bool,
}

impl Arrived {
    /// For stores to make.
    #[must_use]
    pub fn new(new: usize, repeated: usize, known_delivery: bool) -> Self {
        Self {
            new,
            repeated,
            known_delivery,
        }
    }
}

/// When a ticket wants to be looked at, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "a time and a name")]
pub struct Timer {
    /// When.
    pub at: DateTime<Utc>,
    /// Why: `breach first_response 1`, `snooze`. One timer of a name per ticket.
    pub name: Arc<str>,
}

/// A ticket with what is derived from it for lists and timers.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TicketRow {
    /// The ticket.
    pub ticket: Ticket,
    /// When its next running clock passes its target: what lists sort by.
    pub breach_at: Option<DateTime<Utc>>,
    /// When it wants to be looked at. They replace the ticket's earlier ones.
    pub timers: Vec<Timer>,
}

impl TicketRow {
    /// A ticket without clocks.
    #[must_use]
    pub fn new(ticket: Ticket) -> Self {
        Self {
            ticket,
            breach_at: None,
            timers: Vec::new(),
        }
    }
}

/// Something colleagues wrote about a ticket. Nothing that sends accepts it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Note {
    /// Its name, which the ticket knows it by.
    pub id: NoteId,
    /// About what.
    pub about: TicketKey,
    /// Who wrote it.
    pub by: Option<AgentId>,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub text: String,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

/// `Debug` shows what it is about, never what it says.
impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Note")
            .field("id", &self.id)
            .field("about", &self.about)
            .field("by", &self.by)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

impl Note {
    /// A note.
    #[must_use]
    pub fn new(
        id: NoteId,
        about: TicketKey,
        by: Option<AgentId>,
        at: DateTime<Utc>,
        text: String,
    ) -> Self {
        Self {
            id,
            about,
            by,
            at,
            text,
            extra: Extra::new(),
        }
    }
}

/// Everything that belongs together, written all or not at all.
///
/// Rows with a version are compared first: if any was written by somebody else since it was read, or
/// an inbox entry was processed already, nothing is written and the error is a conflict.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Changes {
    /// What came in.
    pub arrivals: Vec<Arrival>,
    /// Inbox entries that this commit is the result of, by their `seq`. Their events are dropped
    /// from the inbox: what they said is in the other rows.
    pub processed: Vec<u64>,
    /// The same for entries whose event nothing else holds, such as unknown ones: it is kept.
    pub kept: Vec<u64>,
    /// [Kept](crate::TenantStore::kept) entries that go back into the inbox, behind everything in it,
    /// under new numbers, to be decided again.
    pub reopened: Vec<u64>,
    /// Kept entries that are dropped: what they said came in another way.
    pub dropped: Vec<u64>,
    /// Messages.
    pub messages: Vec<Versioned<MessageRecord>>,
    /// Handles.
    pub handles: Vec<Versioned<aspa_channel::Handle>>,
    /// What happened, appended to the log in this order. Every key in it also has a ticket below, so
    /// that two writers of one history conflict.
    pub history: Vec<(TicketKey, aspa_ticket::Event)>,
    /// Tickets.
    pub tickets: Vec<Versioned<TicketRow>>,
    /// Tickets that no longer are, since a late event made another history.
    pub removed: Vec<Versioned<TicketId>>,
    /// Notes; one that exists is left as it is.
    pub notes: Vec<Note>,
    /// Handles of which all evidence that is known so far is removed, before `evidence` is added.
    pub forgotten: Vec<HandleKey>,
    /// What tells who a handle is; a piece that is known is left as it is.
    pub evidence: Vec<(HandleKey, Evidence)>,
    /// Who handles are.
    pub links: Vec<Versioned<Link>>,
    /// Effects to be performed, and what became of them. One that is known keeps its account, and its
    /// conversation as long as it [holds it up](crate::OutboxState::holds_lane) or would: else a conflict.
    pub outbox: Vec<Versioned<OutboxRow>>,
    /// Tries at performing them; one with the same number is replaced.
    pub attempts: Vec<(EffectKey, Attempt)>,
    /// Customers of the local replica; those that exist are replaced.
    pub customers: Vec<Customer>,
    /// Customers that left it.
    pub gone: Vec<CustomerId>,
    /// Where reading of a source goes on.
    pub cursors: Vec<(Arc<str>, Cursor)>,
    /// Pauses that begin; one of the same scope is replaced.
    pub pauses: Vec<Pause>,
    /// Pauses that end. Applied before `pauses`.
    pub resumed: Vec<PauseScope>,
    /// What goes for good, before anything is written.
    pub purged: Vec<Purge>,
    /// Histories that are told anew.
    pub rewritten: Vec<Rewritten>,
    /// Documents.
    pub documents: Vec<Versioned<Document>>,
    /// Entries for the audit log.
    pub audit: Vec<AuditEntry>,
}

impl Changes {
    /// Only these arrivals.
    #[must_use]
    pub fn arrive(arrivals: Vec<Arrival>) -> Self {
        Self {
            arrivals,
            ..Self::default()
        }
    }

    /// Whether every document in it has names that can be stored, and every history that is told anew
    /// the ticket that guards it. Stores refuse other changes as invalid.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let written = |about: &TicketKey| {
            let mut keys = self.tickets.iter().map(|row| &row.value.ticket.key);
            keys.any(|key| key == about)
        };
        self.documents.iter().all(|row| row.value.is_named())
            && self.rewritten.iter().all(|row| written(&row.becomes))
    }

    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a commit did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Committed {
    /// For each arrival, how much of it was new.
    pub arrivals: Vec<Arrived>,
}

impl Committed {
    /// For stores to make.
    #[must_use]
    pub fn new(arrivals: Vec<Arrived>) -> Self {
        Self { arrivals }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aspa_channel::ConversationKey;
    use aspa_types::{AccountId, Network};

    #[test]
    fn debug_hides_values() {
        let account = AccountId::new("shop").unwrap();
        let about = TicketKey {
            conversation: ConversationKey::new(account, "c").unwrap(),
            customer: HandleKey::new(Network::X, None, "7").unwrap(),
        };
        let at = DateTime::UNIX_EPOCH;
        let note = Note::new("n".into(), about, None, at, "a secret".to_owned());
        let id = DeliveryId::new("d").unwrap();
        let raw = RawDelivery::new("w".into(), id, at, b"a secret".to_vec());
        let shown = format!("{note:?} {raw:?} {:?}", b"a secret");
        let bytes = format!("{:?}", b"a secret");
        assert!(!shown.replace(&bytes, "").contains("secret"), "{shown}");
        assert!(
            shown.contains("bytes: 8") && shown.matches(&bytes).count() == 1,
            "{shown}"
        );
    }
}
