#![doc = include_str!("../README.md")]

mod authors;
mod company;
mod customers;
mod displays;
mod handles;
mod names;
mod people;
mod profile;
mod region;
mod rng;
mod schema;
mod texts;
mod world;

pub use region::Style;
pub use schema::{Author, Customer, KnownHandle, Revealed, Truth};
pub use world::{Config, World};
