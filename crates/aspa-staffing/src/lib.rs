#![doc = include_str!("../README.md")]

mod cost;
mod cover;
mod coverage;
mod local;
mod open_times;
mod pattern;
mod people;
mod plan;
mod profile;
mod shift;
mod simplex;

pub use cost::{CostError, Factor, MonthCost, Overlap, Rates, When, cost};
pub use coverage::{CoverageError, Gap, Need, People, gaps};
pub use open_times::OpenTimes;
pub use pattern::{Break, Pattern, WeekNeed};
pub use plan::{Aim, Plan, PlanError, PlannedShift, Rules, plan};
pub use profile::{Hour, Profile, ProfileError, Reach};
pub use shift::{Role, Shift};
