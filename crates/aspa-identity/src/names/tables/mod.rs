//! The tables: our own, written from general knowledge of published rankings.

mod family;
mod forms;
mod given;
mod native;

pub(super) use family::FAMILY;
pub(super) use forms::FORMS;
pub(super) use given::GIVEN;
pub(super) use native::NATIVE;

/// Names under the share of the population that each of them has, about.
type Bands = &'static [(f32, &'static str)];
