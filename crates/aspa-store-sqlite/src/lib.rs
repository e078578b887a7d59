#![doc = include_str!("../README.md")]

mod batch;
mod claim;
mod conversation;
mod copy;
mod database;
mod fault;
mod inbox;
mod json;
mod lane;
mod list;
mod load;
mod privacy;
mod search;
mod store;
mod thread;
mod turn;
mod watch;
mod write;

pub use copy::SqliteSource;
pub use database::Options;
pub use store::SqliteStore;
