#![doc = include_str!("../README.md")]

mod claim;
mod crm;
mod customer;
mod error;
mod file;
mod mapping;
pub mod normal;
mod rows;

pub use claim::{Basis, Claim, Field, Method, Purpose};
pub use crm::{Capabilities, Change, Crm, Cursor, Deletes, Lookup, Page};
pub use customer::{Customer, CustomerKind, SourceOrder};
pub use error::{Error, ErrorKind};
pub use file::CsvSource;
pub use mapping::{Column, Mapping};
pub use rows::{Malformed, MalformedReason};
