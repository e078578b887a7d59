#![doc = include_str!("../README.md")]

mod arrive;
mod claim;
mod conversation;
mod copy;
mod fault;
mod json;
mod lane;
mod list;
mod listen;
mod load;
mod log;
mod migrate;
mod privacy;
mod search;
mod store;
mod tenant;
mod turn;
mod watch;
mod write;

pub use deadpool_postgres::{Pool, tokio_postgres};
pub use store::{Options, PostgresStore};
