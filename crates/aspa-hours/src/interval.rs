use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::HoursError;

pub(crate) const DAY: i64 = 86_400;

/// One stretch of opening on the wall clock, `[start, end)`, such as `08:00-18:00`.
///
/// It starts within its day and may end on the next one, up to `48:00`: `18:00-30:00` closes at six
/// in the morning. Written as text; `22:00-06:00` reads as `22:00-30:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Interval {
    start: u32,
    end: u32,
}

impl Interval {
    /// From midnight to midnight.
    pub const WHOLE_DAY: Self = Self {
        start: 0,
        end: 86_400,
    };

    /// From `start` to `end`, both in wall-clock seconds since the day's midnight.
    ///
    /// # Errors
    /// [`HoursError::Text`] unless start < 24:00 and start < end <= 48:00.
    pub fn new(start: u32, end: u32) -> Result<Self, HoursError> {
        let interval = Self { start, end };
        let refuse = |why| {
            Err(HoursError::Text {
                text: interval.to_string(),
                why,
            })
        };
        if start >= 86_400 {
            return refuse("an interval starts before 24:00 of its day");
        }
        if end <= start {
            return refuse("an interval ends after it starts");
        }
        if end > 2 * 86_400 {
            return refuse("an interval ends by 48:00");
        }
        Ok(interval)
    }

    /// Wall-clock seconds since midnight at which it opens.
    #[must_use]
    pub const fn start(self) -> u32 {
        self.start
    }

    /// Wall-clock seconds since midnight of the same day at which it closes; past 86,400 on the
    /// next day.
    #[must_use]
    pub const fn end(self) -> u32 {
        self.end
    }

    /// Reads a comma-separated list; `closed`, `off` and the empty text are the empty list.
    pub(crate) fn list(text: &str) -> Result<Vec<Self>, HoursError> {
        let text = text.trim();
        if text.is_empty()
            || text.eq_ignore_ascii_case("closed")
            || text.eq_ignore_ascii_case("off")
        {
            return Ok(Vec::new());
        }
        let mut list: Vec<Self> = text.split(',').map(str::parse).collect::<Result<_, _>>()?;
        list.sort_unstable();
        Ok(list)
    }
}

impl FromStr for Interval {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, HoursError> {
        let bad = |why| HoursError::Text {
            text: text.trim().to_owned(),
            why,
        };
        let (start, end) = text
            .split_once('-')
            .ok_or_else(|| bad("expected a stretch such as 08:00-18:00"))?;
        let why = "expected times such as 08:00 or 30:00";
        let start = seconds(start).ok_or_else(|| bad(why))?;
        let end = seconds(end).ok_or_else(|| bad(why))?;
        Self::new(start, if end < start { end + 86_400 } else { end })
    }
}

/// `HH:MM` or `HH:MM:SS`, up to 48:00.
fn seconds(text: &str) -> Option<u32> {
    let mut parts = text.trim().split(':').map(|part| {
        let digits = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        if digits {
            part.parse::<u32>().ok()
        } else {
            None
        }
    });
    let hours = parts.next()??;
    let minutes = parts.next()??;
    let rest = match parts.next() {
        Some(part) => part?,
        None => 0,
    };
    let valid = parts.next().is_none() && minutes < 60 && rest < 60;
    let total = hours * 3_600 + minutes * 60 + rest;
    (valid && total <= 2 * 86_400).then_some(total)
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clock = |f: &mut fmt::Formatter<'_>, at: u32| {
            write!(f, "{:02}:{:02}", at / 3_600, at / 60 % 60)?;
            if at.is_multiple_of(60) {
                Ok(())
            } else {
                write!(f, ":{:02}", at % 60)
            }
        };
        clock(f, self.start)?;
        f.write_str("-")?;
        clock(f, self.end)
    }
}

impl TryFrom<String> for Interval {
    type Error = HoursError;

    fn try_from(text: String) -> Result<Self, HoursError> {
        text.parse()
    }
}

impl From<Interval> for String {
    fn from(interval: Interval) -> Self {
        interval.to_string()
    }
}
