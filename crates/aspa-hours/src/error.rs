use chrono::{DateTime, NaiveDate, Utc, Weekday};

/// Why opening hours could not be read, built or asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HoursError {
    /// A text is not of the form `Mon-Fri 08:00-12:00,13:00-18:00; Sat 10:00-14:00`.
    #[error("opening hours {text:?}: {why}")]
    Text {
        /// The part of the text at fault.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A text of rules cannot be read.
    #[error(transparent)]
    Rules(#[from] crate::RulesError),
    /// A weekday has its hours twice; several intervals of one day belong in one list.
    #[error("open: {0} is given twice; list several intervals with a comma")]
    WeekdayTwice(Weekday),
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
    /// No instant within [`HORIZON`](crate::HORIZON) answers the question.
    #[error("no such instant from {from} on within the years that a calendar covers")]
    BeyondHorizon {
        /// Where the question started.
        from: DateTime<Utc>,
    },
}
