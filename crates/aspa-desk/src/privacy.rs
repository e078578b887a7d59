//! What is known of persons: shown, exported, erased, kept no longer than said, and who saw it.

mod audit;
mod erase;
mod job;
mod stones;
mod tidy;

pub use erase::{Erasure, Subject};
pub(crate) use stones::Stones;
pub(crate) use tidy::LOOK;
