#![doc = include_str!("../README.md")]

mod archive;
mod error;
mod fields;
mod line;
mod lines;
mod order;
mod record;
mod tweets;

pub use archive::{Archive, Format};
pub use error::ArchiveError;
