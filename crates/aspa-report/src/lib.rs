#![doc = include_str!("../README.md")]

mod figures;
mod people;
mod read;
mod report;
mod rows;
mod text;
mod waterfall;

pub use figures::{FirstResponse, Group, Service, Work};
pub use people::{Helper, LinkLine, Links, ReviewLine};
pub use report::{Account, Gap, Overdue, Report};
pub use waterfall::waterfall_svg;
