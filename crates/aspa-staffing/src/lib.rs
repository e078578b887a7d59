#![doc = include_str!("../README.md")]

mod chat;
mod cost;
mod cover;
mod coverage;
pub mod deferred;
mod demand;
mod erlang_a;
mod erlang_c;
mod error;
mod goal;
mod local;
mod open_times;
mod pattern;
mod people;
mod plan;
mod profile;
mod shift;
mod shrinkage;
mod simplex;
pub mod simulate;

pub use chat::Chat;
pub use cost::{CostError, Factor, MonthCost, Overlap, Rates, When, cost};
pub use coverage::{CoverageError, Gap, Need, People, gaps};
pub use demand::{Demand, MOST_AGENTS};
pub use erlang_a::ErlangA;
pub use erlang_c::ErlangC;
pub use error::QueueError;
pub use goal::{Goal, ServiceLevel};
pub use open_times::OpenTimes;
pub use pattern::{Break, Pattern, WeekNeed};
pub use plan::{Aim, Plan, PlanError, PlannedShift, Rules, plan};
pub use profile::{Hour, Profile, ProfileError, Reach};
pub use shift::{Role, Shift};
pub use shrinkage::Shrinkage;
