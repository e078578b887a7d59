#![doc = include_str!("../README.md")]

mod connector;
mod mapping;
mod rows;
mod settings;
mod sheet;
mod source;
mod wanted;

pub use connector::CsvCrm;
pub use mapping::Mapping;
pub use rows::{Malformed, MalformedReason};
pub use settings::Settings;
pub use source::CsvSource;
