#![doc = include_str!("../README.md")]

mod calendar;
mod error;
pub mod holidays;
mod hours;
pub mod ical;
mod instant;
mod rules;
mod segments;
mod table;
mod week;
mod zone;

pub use calendar::{Calendar, HORIZON};
pub use error::HoursError;
pub use hours::{Exception, Holiday, HolidayMode, Hours};
pub use instant::{Edge, Instant};
pub use rules::{OnHolidays, Rules, RulesError, Unsupported};
pub use segments::{Closed, Segment, Segments, Stretches};
pub use week::{Interval, Week};
