//! Times of day and dates, as they are written in JSON-LD.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize};

/// A time of the clock, `08:00` or `08:00:00`; up to `24:00`, the end of the day.
///
/// A time with an offset (`08:00+02:00`) is refused: opening hours are told by the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay(u32);

/// A text that is no time of the clock.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("time {0:?}: expected a wall-clock time such as 08:00 or 17:30:00")]
pub struct TimeError(String);

impl TimeOfDay {
    /// The time so many seconds after midnight; `None` past 86,400.
    #[must_use]
    pub const fn from_seconds(seconds: u32) -> Option<Self> {
        if seconds <= 86_400 {
            Some(Self(seconds))
        } else {
            None
        }
    }

    /// Seconds since midnight.
    #[must_use]
    pub const fn seconds(self) -> u32 {
        self.0
    }
}

impl FromStr for TimeOfDay {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        let mut total = 0;
        let mut parts = 0;
        for (part, unit) in text.trim().split(':').zip([3_600, 60, 1, 0]) {
            let digits = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            let number: Option<u32> = part
                .parse()
                .ok()
                .filter(|&n| digits && (unit == 3_600 || n < 60));
            total += number.ok_or_else(|| TimeError(text.to_owned()))? * unit;
            parts += 1;
        }
        Self::from_seconds(total)
            .filter(|_| (2..=3).contains(&parts))
            .ok_or_else(|| TimeError(text.to_owned()))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 3_600, self.0 / 60 % 60)?;
        match self.0 % 60 {
            0 => Ok(()),
            seconds => write!(f, ":{seconds:02}"),
        }
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = TimeError;

    fn try_from(text: String) -> Result<Self, TimeError> {
        text.parse()
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

/// Reads `validFrom`: a date, or an instant at the start of one.
pub(super) fn first_date<'de, D: Deserializer<'de>>(d: D) -> Result<Option<NaiveDate>, D::Error> {
    whole_date(d, "validFrom", &["00:00", "00:00:00"])
}

/// Reads `validThrough`: a date, or an instant at the end of one.
pub(super) fn last_date<'de, D: Deserializer<'de>>(d: D) -> Result<Option<NaiveDate>, D::Error> {
    whole_date(
        d,
        "validThrough",
        &["23:59", "23:59:59", "24:00", "24:00:00"],
    )
}

/// Reads a date; with a time of day only where that cuts no day in two.
fn whole_date<'de, D: Deserializer<'de>>(
    deserializer: D,
    property: &str,
    times: &[&str],
) -> Result<Option<NaiveDate>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let (date, time) = match text.trim().split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text.trim(), None),
    };
    let whole = time.is_none_or(|time| times.contains(&time));
    match date.parse() {
        Ok(date) if whole => Ok(Some(date)),
        _ => Err(serde::de::Error::custom(format_args!(
            "{property} {text:?}: expected a date such as 2026-12-24"
        ))),
    }
}
