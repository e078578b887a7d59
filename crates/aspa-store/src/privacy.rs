//! What erasure, retention, export and audit need of a store.

mod audit;
mod document;
mod personal;
mod redact;
mod store;

pub use audit::{AuditAction, AuditEntry, AuditQuery, Audited};
pub use document::Document;
pub use personal::{FIELDS, Fields, PERSONAL, Personal, is_declared};
pub use redact::{ERASED, Redactor, TooMuch};
pub use store::{PrivacyStore, Purge, Rewritten};
