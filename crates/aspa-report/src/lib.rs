#![doc = include_str!("../README.md")]

mod figures;
mod people;
mod read;
mod report;
mod text;

pub use figures::{FirstResponse, Group, Service, Times};
pub use people::{LinkLine, Links};
pub use report::{Account, Gap, Overdue, Report};
