use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use crate::RulesError;

/// Why opening hours could not be read, built or asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HoursError {
    /// Rules in a text are not in order.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// A text is not of the form `08:00-18:00`, or not a day of a season.
    #[error("{text:?}: {why}")]
    Text {
        /// The part of the text at fault.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A date has two exceptions.
    #[error("exceptions: {0} is given twice")]
    ExceptionTwice(NaiveDate),
    /// A holiday or an exception lies outside [`HORIZON`](crate::HORIZON).
    #[error("{field}: {date} lies outside the years that a calendar covers")]
    DateOutsideHorizon {
        /// `holidays` or `exceptions`.
        field: &'static str,
        /// The date.
        date: NaiveDate,
    },
    /// The ends of a season do not fit together.
    #[error("seasons: {name:?}: {why}")]
    Season {
        /// What it is called.
        name: Arc<str>,
        /// What is wrong with it.
        why: &'static str,
    },
    /// There is nothing to combine.
    #[error("{0}: there is no part")]
    NoParts(&'static str),
    /// A part of a combined schedule is at fault.
    #[error("{place}: {error}")]
    Part {
        /// Which, such as `any_of[1]`.
        place: String,
        /// What is wrong with it.
        error: Box<Self>,
    },
    /// Hours that the text form of OpenStreetMap cannot say.
    #[error("{field}: {why}")]
    NotInOsm {
        /// The field at fault.
        field: &'static str,
        /// Why not.
        why: &'static str,
    },
    /// No instant within [`HORIZON`](crate::HORIZON) answers the question.
    #[error("no such instant from {from} on within the years that a calendar covers")]
    BeyondHorizon {
        /// Where the question started.
        from: DateTime<Utc>,
    },
}
