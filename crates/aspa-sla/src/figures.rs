//! Figures over many clocks: exact, each by a named method.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::Verdict;

/// How a percentile is taken.
///
/// R. J. Hyndman and Y. Fan, "Sample Quantiles in Statistical Packages", The American Statistician
/// 50 (1996), number the methods.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Method {
    /// Between the two nearest values in proportion: Hyndman and Fan's type 7, which R, NumPy and
    /// spreadsheets use.
    #[default]
    Linear,
    /// The smallest value that at least so many percent do not exceed: always one that occurred.
    NearestRank,
}

/// Lengths of time, sorted; whole seconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sample {
    seconds: Vec<i64>,
}

impl Sample {
    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.seconds.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.seconds.is_empty()
    }

    /// What `percent` of the values do not exceed; exact, to a part of a second where it lies
    /// between two values. None for an empty sample, or a percentage over 100.
    #[must_use]
    pub fn percentile(&self, percent: u8, method: Method) -> Option<TimeDelta> {
        if percent > 100 {
            return None;
        }
        let last = self.seconds.len().checked_sub(1)?;
        let percent = usize::from(percent);
        match method {
            Method::Linear => {
                let place = last * percent;
                let low = self.seconds[place / 100];
                let high = self.seconds[last.min(place / 100 + 1)];
                let part = i128::from(high - low) * (place % 100) as i128 * 10;
                let low = TimeDelta::try_seconds(low)?;
                low.checked_add(&TimeDelta::try_milliseconds(i64::try_from(part).ok()?)?)
            }
            Method::NearestRank => {
                let rank = (self.seconds.len() * percent).div_ceil(100).max(1);
                TimeDelta::try_seconds(self.seconds[rank - 1])
            }
        }
    }

    /// The value in the middle, or half-way between the two in the middle. None for no values.
    #[must_use]
    pub fn median(&self) -> Option<TimeDelta> {
        self.percentile(50, Method::Linear)
    }
}

impl FromIterator<TimeDelta> for Sample {
    fn from_iter<I: IntoIterator<Item = TimeDelta>>(values: I) -> Self {
        let mut seconds: Vec<i64> = values
            .into_iter()
            .map(|value| value.num_seconds())
            .collect();
        seconds.sort_unstable();
        Self { seconds }
    }
}

/// How many promises were kept. Those not decided are shown, and are in no share.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Share {
    /// Kept.
    pub met: u64,
    /// Broken.
    pub breached: u64,
    /// Not decided yet, or cancelled before they were.
    pub undecided: u64,
}

impl Share {
    /// The share of kept promises among those decided, 0 to 1; none where none is decided.
    #[must_use]
    pub fn kept(&self) -> Option<f64> {
        let decided = self.met + self.breached;
        (decided > 0).then(|| self.met as f64 / decided as f64)
    }
}

impl FromIterator<Verdict> for Share {
    fn from_iter<I: IntoIterator<Item = Verdict>>(verdicts: I) -> Self {
        verdicts
            .into_iter()
            .fold(Self::default(), |mut share, verdict| {
                match verdict {
                    Verdict::Met => share.met += 1,
                    Verdict::Breached => share.breached += 1,
                    Verdict::Undecided => share.undecided += 1,
                }
                share
            })
    }
}
