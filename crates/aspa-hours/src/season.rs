use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::{HoursError, Rules, at_field};

/// The first or last day of a season: a date, or a day of every year.
///
/// Written as `2026-06-01`, or `--06-01` for the first of June of every year (the form of ISO 8601
/// for a date without its year).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum SeasonDay {
    /// One date.
    Date(NaiveDate),
    /// The same day of every year. Where a year has no 29 February, a season from it starts on
    /// 1 March, and one through it ends on 28 February.
    #[non_exhaustive]
    Yearly {
        /// 1 to 12.
        month: u32,
        /// 1 to 31.
        day: u32,
    },
}

impl FromStr for SeasonDay {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, HoursError> {
        let bad = || HoursError::Text {
            text: text.to_owned(),
            why: "expected a date such as 2026-06-01, or --06-01 for every year",
        };
        // A leap year has every day.
        let (yearly, whole) = match text.strip_prefix("--") {
            Some(rest) => (true, format!("2000-{rest}")),
            None => (false, text.to_owned()),
        };
        let date: NaiveDate = whole.parse().map_err(|_| bad())?;
        if whole.len() != 10 {
            return Err(bad());
        }
        Ok(if yearly {
            Self::Yearly {
                month: date.month(),
                day: date.day(),
            }
        } else {
            Self::Date(date)
        })
    }
}

impl fmt::Display for SeasonDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => date.fmt(f),
            Self::Yearly { month, day } => write!(f, "--{month:02}-{day:02}"),
        }
    }
}

impl TryFrom<String> for SeasonDay {
    type Error = HoursError;

    fn try_from(text: String) -> Result<Self, HoursError> {
        text.parse()
    }
}

impl From<SeasonDay> for String {
    fn from(day: SeasonDay) -> Self {
        day.to_string()
    }
}

/// A time of the year with regular hours of its own.
///
/// On each of its dates its hours replace the regular ones whole: what starts on the date is the
/// season's, while a night that began before the season runs to its end. Holidays, exceptions and
/// breaks hold as ever.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Season {
    /// Its first date.
    #[serde(deserialize_with = "at_field::from")]
    pub from: SeasonDay,
    /// Its last date. One of every year may lie before `from`: `--12-01` through `--02-28` runs over
    /// the turn of the year.
    #[serde(deserialize_with = "at_field::through")]
    pub through: SeasonDay,
    /// The regular hours meanwhile; none: closed.
    #[serde(default, deserialize_with = "at_field::open")]
    pub open: Rules,
    /// What it is called, such as `summer`.
    pub name: Arc<str>,
}

impl Season {
    /// Regular hours from one day through another.
    pub fn new(
        from: SeasonDay,
        through: SeasonDay,
        open: Rules,
        name: impl Into<Arc<str>>,
    ) -> Self {
        Self {
            from,
            through,
            open,
            name: name.into(),
        }
    }

    /// Whether a date lies in it.
    #[must_use]
    pub fn holds(&self, date: NaiveDate) -> bool {
        match (self.from, self.through) {
            (SeasonDay::Date(from), SeasonDay::Date(through)) => from <= date && date <= through,
            (
                SeasonDay::Yearly { month: m1, day: d1 },
                SeasonDay::Yearly { month: m2, day: d2 },
            ) => {
                let (from, through) = ((m1, d1), (m2, d2));
                let day = (date.month(), date.day());
                if from <= through {
                    from <= day && day <= through
                } else {
                    from <= day || day <= through
                }
            }
            // Refused when a calendar is built.
            _ => false,
        }
    }

    pub(crate) fn check(&self) -> Result<(), HoursError> {
        let why = match (self.from, self.through) {
            (SeasonDay::Date(from), SeasonDay::Date(through)) if through < from => {
                "its last date lies before its first"
            }
            (SeasonDay::Date(_), SeasonDay::Date(_))
            | (SeasonDay::Yearly { .. }, SeasonDay::Yearly { .. }) => return Ok(()),
            _ => "its ends are two dates, or two days of every year",
        };
        Err(HoursError::Season {
            name: self.name.clone(),
            why,
        })
    }
}
