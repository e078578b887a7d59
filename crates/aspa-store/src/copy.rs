//! Moving from one store to another: what a store holds, in no store's own form.

use std::collections::BTreeMap;
use std::fmt;

use aspa_ticket::TicketKey;
use aspa_types::{AccountId, TenantId, TicketId};
use sha2::{Digest, Sha256};

use crate::changes::{Changes, RawDelivery, Versioned};
use crate::error::Error;
use crate::{Audited, Document};

/// The kinds of rows of a copy, by the names that [`Sums`] bear, in the order in which they come.
pub const COPIED: &[&str] = &[
    "deliveries",
    "seen",
    "inbox",
    "kept",
    "messages",
    "handles",
    "tickets",
    "log",
    "notes",
    "evidence",
    "links",
    "outbox",
    "attempts",
    "customers",
    "cursors",
    "pauses",
    "documents",
    "audit",
];

/// An event as a store keeps it: the JSON that it wrote, which need not be understood to be copied.
#[derive(Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "all that such a row has")]
pub struct StoredEvent {
    /// Its number in the inbox, or its position in the log.
    pub seq: u64,
    /// When it came, as text; empty in the log.
    pub received_at: String,
    /// What happened.
    pub json: String,
}

/// `Debug` shows how long it is, never what it says.
impl fmt::Debug for StoredEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredEvent")
            .field("seq", &self.seq)
            .field("bytes", &self.json.len())
            .finish_non_exhaustive()
    }
}

/// Some rows of one kind.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Rows {
    /// Deliveries as they came.
    Deliveries(Vec<RawDelivery>),
    /// What is known to have come: the account, and the event's key or its [`event_digest`].
    Seen(Vec<(AccountId, Vec<u8>)>),
    /// Events that wait to be decided. Leases are not copied: who claimed them works elsewhere.
    Inbox(Vec<StoredEvent>),
    /// Events that nothing but the inbox holds.
    Kept(Vec<StoredEvent>),
    /// Rows that commits write. A version is the one that the row has, not the one it had before.
    Written(Box<Changes>),
    /// Tickets that no longer are, of which a store keeps the version.
    Removed(Vec<Versioned<TicketId>>),
    /// The log, at the positions that it has.
    Log(Vec<(TicketKey, StoredEvent)>),
    /// Documents, with the versions that they have.
    Documents(Vec<Versioned<Document>>),
    /// The audit log, under the numbers that it has.
    Audit(Vec<Audited>),
    /// The last number that the inbox has given, to any tenant.
    LastInbox(u64),
}

/// Some rows of one kind and one tenant.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a value and whose it is")]
pub struct Page {
    /// Whose they are.
    pub tenant: TenantId,
    /// One of [`COPIED`].
    pub kind: &'static str,
    /// How many they are.
    pub count: u64,
    /// What they are.
    pub rows: Rows,
}

/// How far a copy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The kind of rows that are being copied.
    pub kind: &'static str,
    /// How many rows of all kinds have been written.
    pub done: u64,
    /// How many there are.
    pub all: u64,
}

impl Progress {
    /// For stores to make.
    #[must_use]
    pub fn new(kind: &'static str, done: u64, all: u64) -> Self {
        Self { kind, done, all }
    }
}

/// A store that can be read whole, as it is at one instant.
///
/// # Contract
///
/// - Each row is given once, those of a kind in the order in which the store keeps them: what queues
///   keeps its order. Nothing is changed.
/// - While it is read nobody else writes to it, or whatever is written then fails.
pub trait Source: Send + 'static {
    /// How many rows of each kind there are, counted by the store itself.
    ///
    /// # Errors
    ///
    /// When the store fails, or is in use.
    fn counts(&mut self) -> Result<BTreeMap<&'static str, u64>, Error>;

    /// Gives every page to `take` until it says that it wants no more, and returns the sums of what was
    /// given. Blocks; not for an async thread.
    ///
    /// # Errors
    ///
    /// When the store fails, or holds what this version cannot read.
    fn read(&mut self, take: &mut dyn FnMut(Page) -> bool) -> Result<Sums, Error>;
}

/// Count and sum of rows of one kind. The sum is that of the SHA-256 of each row, as numbers of 256
/// bits without carry into the next: in whatever order rows are added, the same rows make the same sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sum {
    /// How many.
    pub rows: u64,
    /// Of what.
    digest: [u64; 4],
}

impl Sum {
    /// Adds a row of these fields.
    pub fn add(&mut self, fields: &[&[u8]]) {
        let mut hash = Sha256::new();
        for field in fields {
            hash.update((field.len() as u64).to_be_bytes());
            hash.update(field);
        }
        self.rows += 1;
        let hash = hash.finalize();
        let (words, _) = hash.as_chunks::<8>();
        for (sum, word) in self.digest.iter_mut().zip(words) {
            *sum = sum.wrapping_add(u64::from_be_bytes(*word));
        }
    }
}

/// In hexadecimal digits.
impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.digest
            .iter()
            .try_for_each(|word| write!(f, "{word:016x}"))
    }
}

/// The sums of a store, by kind of row.
pub type Sums = BTreeMap<&'static str, Sum>;

/// Stands for a key of these parts where a store keeps no more of it: the first 16 bytes of SHA-256
/// over the parts, each with its length in 8 bytes before it.
#[must_use]
pub fn key_digest(parts: &[&str]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize()[..16].to_vec()
}

/// Stands for the key of an event that is too long to be kept: the first 16 bytes of its SHA-256.
#[must_use]
pub fn event_digest(key: &str) -> Vec<u8> {
    Sha256::digest(key.as_bytes())[..16].to_vec()
}

/// A [`Rows::Seen`] key: an event's own key, or behind a byte that no text holds, the digest of one.
#[must_use]
pub fn seen_digest(digest: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xFF];
    bytes.extend(digest);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(rows: &[&[&str]]) -> Sum {
        let mut sum = Sum::default();
        for row in rows {
            let fields: Vec<&[u8]> = row.iter().map(|field| field.as_bytes()).collect();
            sum.add(&fields);
        }
        sum
    }

    #[test]
    fn a_sum_knows_rows_and_not_their_order() {
        let rows = sum(&[&["a", "b"], &["c"]]);
        assert_eq!(rows, sum(&[&["c"], &["a", "b"]]));
        for other in [
            sum(&[&["a", "b"]]),
            sum(&[&["a", "b"], &["c"], &["c"]]),
            sum(&[&["ab"], &["c"]]),
            sum(&[&["a", "c"], &["b"]]),
            sum(&[&["a", "b"], &["a", "b"]]),
        ] {
            assert_ne!(rows, other);
            assert_ne!(rows.to_string(), other.to_string());
        }
        assert_eq!(rows.to_string().len(), 64);
    }
}
