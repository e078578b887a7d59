use aspa_hours::HoursError;

use crate::ClockKind;

/// Why a promise cannot be kept track of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The opening hours cannot be built.
    #[error("hours cannot be built")]
    Hours(#[from] HoursError),
    /// A target counts business time and the promise has no hours.
    #[error("targets: {0} counts business time, but the promise has no hours")]
    NoHours(ClockKind),
    /// A target counts business time and the hours never open.
    #[error("targets: {0} counts business time, but the hours never open")]
    NeverOpen(ClockKind),
    /// A clock has two targets.
    #[error("targets: {0} is given twice")]
    TargetTwice(ClockKind),
    /// A target is shorter than a second.
    #[error("within: the target of {0} is shorter than a second")]
    WithinTooShort(ClockKind),
    /// A warning is not between the start and the target.
    #[error("warn_percent: {percent} of {clock} is not within 1 to 99")]
    WarnPercent {
        /// The clock.
        clock: ClockKind,
        /// The number given.
        percent: u8,
    },
}
