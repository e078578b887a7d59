#![doc = include_str!("../README.md")]

mod changes;
pub mod copy;
mod error;
mod load;
mod memory;
mod memory_claims;
mod message;
mod outbox;
mod outbox_state;
mod pause;
mod privacy;
mod query;
mod saved;
mod search;
mod store;
mod stored;
mod ticket_query;
mod vitals;
mod words;

pub use changes::{
    Arrival, Arrived, Changes, Committed, Note, RawDelivery, TicketRow, Timer, Versioned,
};
pub use error::{Error, ErrorKind};
pub use load::{Loaded, Person, Wanted};
pub use memory::MemoryStore;
pub use message::{MessagePlace, MessageRecord, Reaction, Shown};
pub use outbox::{
    Approval, Attempt, Blocked, ClaimedEffect, Decision, DecisionKind, EffectPart, OutboxRow,
    Outcome,
};
pub use outbox_state::OutboxState;
pub use pause::{Pause, PauseScope};
pub use privacy::{
    AuditAction, AuditEntry, AuditQuery, Audited, Document, ERASED, FIELDS, Fields, PERSONAL,
    Personal, PrivacyStore, Purge, Redactor, Rewritten, TooMuch, is_declared,
};
pub use query::{OutboxQuery, Position, Recorded};
pub use saved::{BadName, SavedName, SavedQuery, UnknownCondition};
pub use search::{Clause, Search, SearchError};
pub use store::{Claim, DueTimer, InboxEntry, Store, TenantStore};
pub use stored::{Clocks, Stored, Upcast, decode, encode};
pub use ticket_query::{BadCursor, Between, TicketCursor, TicketQuery, TicketSort};
pub use vitals::Vitals;
pub use words::{Analyzer, Words};
