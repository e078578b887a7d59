#![doc = include_str!("../README.md")]

mod act;
mod builder;
mod clock;
mod clocks;
mod decisions;
mod desk;
mod error;
mod ingest;
mod intake;
mod landed;
mod links;
mod merged;
mod outbox;
mod people;
mod privacy;
mod queue;
mod replica;
mod run;
mod sync;
mod terms;
mod world;

pub use act::Reply;
pub use builder::DeskBuilder;
pub use clock::{Clock, ManualClock, SystemClock};
pub use desk::{Counters, Desk};
pub use error::Error;
pub use intake::{Polled, Worked};
pub use links::Review;
pub use outbox::Delivered;
pub use privacy::{Erasure, Subject};
pub use run::Subscription;
pub use sync::Synced;
pub use terms::{Approver, Terms, TermsPolicy};
