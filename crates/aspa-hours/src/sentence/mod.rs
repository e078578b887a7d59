//! Opening hours in the words of a person: what they are, and what they mean right now.

mod describe;
mod when;
mod words;

pub use self::words::Language;
