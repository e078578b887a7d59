#![doc = include_str!("../README.md")]

mod at_field;
mod calendar;
mod combined;
mod date;
mod days;
mod error;
mod fingerprint;
pub mod holidays;
mod hours;
pub mod ical;
mod instant;
mod interval;
mod plan;
mod rules;
mod schedule;
pub mod schema_org;
mod season;
mod segments;
mod sentence;
mod stretch;
mod table;
mod tier;
mod weekly;
mod zone;

pub use calendar::{Calendar, HORIZON};
pub use date::{Exception, Holiday};
pub use error::HoursError;
pub use fingerprint::Fingerprint;
pub use hours::{Break, ClockChanges, HolidayMode, Hours};
pub use instant::{Edge, Instant};
pub use interval::Interval;
pub use rules::{OnHolidays, Rules, RulesError, Unsupported};
pub use schedule::Schedule;
pub use season::{Season, SeasonDay};
pub use segments::{Closed, Segment, Segments, Stretches};
pub use sentence::Language;
