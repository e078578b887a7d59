//! What is known of persons: shown, exported, erased, kept no longer than said, and who saw it.

mod audit;
mod credentials;
mod documents;
mod erase;
mod export;
mod files;
mod job;
mod notices;
mod retention;
mod stones;
mod tidy;

pub(crate) use credentials::Keys;
pub use credentials::{Credential, Rotated};
pub(crate) use erase::FOR_CRM;
pub use erase::{Erasure, Subject};
pub use retention::{Retention, Swept};
pub(crate) use stones::Stones;
pub(crate) use tidy::LOOK;
