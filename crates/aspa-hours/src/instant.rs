use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use serde::{Deserialize, Serialize};

/// How an instant may be written: Unix seconds, or a `chrono` date and time of any zone.
///
/// Questions asked with [`DateTime`] are answered in the same zone, with lengths as [`TimeDelta`];
/// questions asked with [`i64`] are answered in seconds. Both mean whole seconds: a fraction of a
/// second is cut off (towards the past for an instant, towards zero for a length).
pub trait Instant: sealed::Instant {
    /// How lengths of time are told: `i64` seconds, or [`TimeDelta`].
    type Span: sealed::Span;
}

impl Instant for i64 {
    type Span = Self;
}

impl<Z: TimeZone> Instant for DateTime<Z>
where
    Z::Offset: Copy,
{
    type Span = TimeDelta;
}

#[expect(unnameable_types, reason = "nobody else implements them")]
pub(crate) mod sealed {
    /// What is asked of an instant, out of sight.
    pub trait Instant: Copy {
        /// Unix seconds.
        fn seconds(self) -> i64;
        /// The instant of these Unix seconds, in the zone of `self`.
        fn at(self, seconds: i64) -> Self;
    }

    /// What is asked of a length of time, out of sight.
    pub trait Span: Copy {
        /// A length of so many seconds.
        fn of(seconds: i64) -> Self;
        /// Its whole seconds.
        fn seconds(self) -> i64;
    }
}

impl sealed::Instant for i64 {
    fn seconds(self) -> i64 {
        self
    }

    fn at(self, seconds: i64) -> Self {
        seconds
    }
}

impl sealed::Span for i64 {
    fn of(seconds: i64) -> Self {
        seconds
    }

    fn seconds(self) -> i64 {
        self
    }
}

impl<Z: TimeZone> sealed::Instant for DateTime<Z>
where
    Z::Offset: Copy,
{
    fn seconds(self) -> i64 {
        self.timestamp()
    }

    fn at(self, seconds: i64) -> Self {
        utc(seconds).with_timezone(&self.timezone())
    }
}

impl sealed::Span for TimeDelta {
    fn of(seconds: i64) -> Self {
        // Lengths within the horizon, which are far from its limit.
        Self::try_seconds(seconds).unwrap_or(Self::MAX)
    }

    fn seconds(self) -> i64 {
        self.num_seconds()
    }
}

/// The instant of these Unix seconds, or the nearest that `chrono` can tell.
pub(crate) fn utc(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or(if seconds < 0 {
        DateTime::<Utc>::MIN_UTC
    } else {
        DateTime::<Utc>::MAX_UTC
    })
}

/// Which end of a closed time answers, where open time is used up just when it closes.
///
/// Every instant of that closed time has the same open time behind it, so both answers are right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Edge {
    /// The end met first: the closing instant, going back the opening instant.
    #[default]
    Close,
    /// The far end: the instant at which it opens again, going back the one at which it had closed.
    Reopen,
}
