use std::fmt;
use std::sync::Arc;

use aspa_channel::{Handle, MessageKey};
use aspa_ticket::{Event, NoteId, TicketKey};
use aspa_types::{DeliveryId, HandleKey};
use async_trait::async_trait;

use crate::changes::{Note, RawDelivery, Versioned};
use crate::error::Error;
use crate::privacy::{AuditQuery, Audited, Document};
use crate::store::InboxEntry;

/// Something that a commit takes away for good. Applied after versions were compared and before
/// anything is written.
///
/// A version of 0 asks for nothing: what is there goes. Any other version that is not the stored one
/// makes the commit a conflict. What is not there is gone already.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Purge {
    /// The record of a message.
    Message(Versioned<MessageKey>),
    /// A handle.
    Handle(Versioned<HandleKey>),
    /// A link.
    Link(Versioned<HandleKey>),
    /// A note.
    Note(NoteId),
    /// What a delivery said. That it came stays known, so that it does not come again.
    DeliveryBody(Arc<str>, DeliveryId),
    /// A delivery, also that it came.
    Delivery(Arc<str>, DeliveryId),
    /// A document: its kind and key.
    Document(Versioned<(Arc<str>, Arc<str>)>),
    /// An entry of the audit log, by its number.
    Audit(u64),
}

/// The history of one customer in one conversation, told anew: the same entries at the same
/// positions, without what has to be forgotten, and perhaps under another key.
///
/// The commit also writes or removes a ticket of `about`, whose version guards the history; it is a
/// conflict where the log has not as many entries as `history`.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "from, to and what stands there")]
pub struct Rewritten {
    /// What the entries are about.
    pub about: TicketKey,
    /// What they are about from now on; nothing is known of it yet, unless it is the same.
    pub becomes: TicketKey,
    /// The entries, in the order of the log.
    pub history: Vec<Event>,
}

/// The part of a tenant's store that erasure, retention, export and audit work with.
///
/// Lists come in pages, in an order of the store's own that does not change: `after` names the last
/// key of the page before, and an empty page is the end. What is added while reading may be missed,
/// what stays is not.
#[async_trait]
pub trait PrivacyStore: fmt::Debug + Send + Sync {
    /// One document.
    ///
    /// # Errors
    ///
    /// When the database fails. So for every method below.
    async fn document(&self, kind: &str, key: &str) -> Result<Option<Versioned<Document>>, Error>;

    /// Documents of a kind, in the order of their keys.
    ///
    /// # Errors
    ///
    /// As [`document`](Self::document).
    async fn documents(
        &self,
        kind: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Versioned<Document>>, Error>;

    /// Entries of the audit log, in the order in which they were written.
    ///
    /// # Errors
    ///
    /// As [`document`](Self::document).
    async fn audit(&self, query: &AuditQuery) -> Result<Vec<Audited>, Error>;

    /// Raw deliveries. One whose body was dropped has an empty one.
    ///
    /// # Errors
    ///
    /// As [`document`](Self::document).
    async fn all_deliveries(
        &self,
        after: Option<&(Arc<str>, DeliveryId)>,
        limit: usize,
    ) -> Result<Vec<RawDelivery>, Error>;

    /// Inbox entries that wait to be processed, claimed or not, after this number.
    ///
    /// # Errors
    ///
    /// As [`document`](Self::document).
    async fn waiting(&self, after: u64, limit: usize) -> Result<Vec<InboxEntry>, Error>;

    /// Handles.
    ///
    /// # Errors
    ///
    /// As [`document`](Self::document).
    async fn handles(
        &self,
        after: Option<&HandleKey>,
        limit: usize,
    ) -> Result<Vec<Versioned<Handle>>, Error>;

    /// Notes.
    ///
    /// # Errors
    ///
    /// As [`document`](Self::document).
    async fn notes(&self, after: Option<&NoteId>, limit: usize) -> Result<Vec<Note>, Error>;

    /// Overwrites what deleted rows left behind in the store's files, as far as the store can; see
    /// there. Safe at any time and as often as one likes.
    ///
    /// # Errors
    ///
    /// `Unavailable` where somebody reads what would have to go: call it again later.
    async fn scrub(&self) -> Result<(), Error>;
}
