#![doc = include_str!("../README.md")]

mod clock;
mod clocks;
mod desk;
mod error;
mod ingest;
mod outbox;
mod people;
mod run;
mod world;

pub use clock::{Clock, ManualClock, SystemClock};
pub use desk::{Counters, Desk, DeskBuilder, Polled, Reply, Synced, Worked};
pub use error::Error;
pub use outbox::Delivered;
pub use run::Subscription;
