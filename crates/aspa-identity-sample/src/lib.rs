#![doc = include_str!("../README.md")]

mod authors;
mod company;
mod customers;
mod displays;
mod files;
mod handles;
mod names;
mod people;
mod profile;
mod region;
mod rng;
mod schema;
mod score;
mod texts;
mod world;

pub use files::{read_rows, read_truth};
pub use region::Style;
pub use schema::{Author, Customer, KnownHandle, Revealed, Truth};
pub use score::{Costs, Counts, Decision, Row, Score, ScoreError};
pub use world::{Config, World};
