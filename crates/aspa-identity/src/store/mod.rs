//! What the online linker keeps: an index of keys, records and tables of texts.
//!
//! Nothing here knows what a key or a word of a record means. Everything grows in small steps (a
//! shard, a slab, a page), so that no single write pays for the size of the whole.

mod error;
mod frames;
mod index;
mod keyed;
mod lists;
mod paged;
mod records;
#[cfg(test)]
mod save_tests;
mod sieve;
mod tables;

pub use error::LoadError;
pub(crate) use frames::{Reader, Writer};
pub(crate) use index::Index;
pub(crate) use keyed::Keyed;
pub(crate) use paged::Paged;
pub(crate) use records::Records;
pub(crate) use sieve::{Sieve, WordHasher};
pub(crate) use tables::Table;
