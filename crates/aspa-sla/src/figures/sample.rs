use chrono::TimeDelta;
use serde::{Deserialize, Serialize, Serializer};

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
    /// The smallest value that at least so many percent do not exceed: always one that occurred
    /// (type 1).
    NearestRank,
}

/// Lengths of time in whole seconds, fractions cut off; 8 bytes each.
///
/// Reading sorts them once, O(n log n); adding more afterwards sorts again at the next reading.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    seconds: Vec<i64>,
    /// Taken back, and still among the above.
    gone: Vec<i64>,
    sorted: bool,
}

impl Sample {
    /// Adds one.
    pub fn push(&mut self, value: TimeDelta) {
        self.seconds.push(value.num_seconds());
        self.sorted = false;
    }

    /// Takes one back that was added, here or in a sample that this one is merged with later. One
    /// that was never added changes nothing.
    pub fn retract(&mut self, value: TimeDelta) {
        self.gone.push(value.num_seconds());
        self.sorted = false;
    }

    /// Adds all of another one.
    pub fn merge(&mut self, other: Self) {
        self.seconds.extend(other.seconds);
        self.gone.extend(other.gone);
        self.sorted = false;
    }

    /// The values in seconds, the smallest first.
    pub fn sorted(&mut self) -> &[i64] {
        if !self.sorted {
            self.seconds.sort_unstable();
            if !self.gone.is_empty() {
                self.gone.sort_unstable();
                subtract(&mut self.seconds, &mut self.gone);
            }
            self.sorted = true;
        }
        &self.seconds
    }

    /// What `percent` of the values do not exceed; exact, to a hundredth of a second where it lies
    /// between two values. None for an empty sample, or a percentage over 100.
    #[must_use]
    pub fn percentile(&mut self, percent: u8, method: Method) -> Option<TimeDelta> {
        if percent > 100 {
            return None;
        }
        let seconds = self.sorted();
        let last = seconds.len().checked_sub(1)?;
        let percent = usize::from(percent);
        match method {
            Method::Linear => {
                let place = last * percent;
                let low = seconds[place / 100];
                let high = seconds[last.min(place / 100 + 1)];
                let part = (i128::from(high) - i128::from(low)) * (place % 100) as i128 * 10;
                let low = TimeDelta::try_seconds(low)?;
                low.checked_add(&TimeDelta::try_milliseconds(i64::try_from(part).ok()?)?)
            }
            Method::NearestRank => {
                let rank = (seconds.len() * percent).div_ceil(100).max(1);
                TimeDelta::try_seconds(seconds[rank - 1])
            }
        }
    }

    /// The value in the middle, or half-way between the two in the middle. None for no values.
    #[must_use]
    pub fn median(&mut self) -> Option<TimeDelta> {
        self.percentile(50, Method::Linear)
    }

    /// How many, their median and their ninetieth percentile.
    #[must_use]
    pub fn times(&mut self, method: Method) -> Times {
        Times {
            count: self.sorted().len() as u64,
            median: self.percentile(50, method),
            p90: self.percentile(90, method),
            method,
        }
    }
}

/// Takes each of `gone` out of `from` once; both sorted. What was not found stays in `gone`: it may
/// be merged in later.
fn subtract(from: &mut Vec<i64>, gone: &mut Vec<i64>) {
    let mut not_found = Vec::new();
    let mut left = gone.iter().copied().peekable();
    from.retain(|value| {
        while let Some(absent) = left.next_if(|gone| gone < value) {
            not_found.push(absent);
        }
        left.next_if_eq(value).is_none()
    });
    not_found.extend(left);
    *gone = not_found;
}

impl FromIterator<TimeDelta> for Sample {
    fn from_iter<I: IntoIterator<Item = TimeDelta>>(values: I) -> Self {
        Self {
            seconds: values.into_iter().map(|v| v.num_seconds()).collect(),
            gone: Vec::new(),
            sorted: false,
        }
    }
}

/// Some times in short. In JSON: `count`, `median_seconds`, `p90_seconds`, `method`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Times {
    /// How many there are.
    pub count: u64,
    /// What half of them do not exceed; none where there are none.
    #[serde(rename = "median_seconds", serialize_with = "seconds")]
    pub median: Option<TimeDelta>,
    /// What 90 % of them do not exceed.
    #[serde(rename = "p90_seconds", serialize_with = "seconds")]
    pub p90: Option<TimeDelta>,
    /// How these were taken.
    pub method: Method,
}

/// Seconds with their hundredths, as a number.
#[expect(
    clippy::cast_precision_loss,
    reason = "hundredths of a second of a human time span fit 2^53"
)]
pub(crate) fn seconds<S: Serializer>(time: &Option<TimeDelta>, out: S) -> Result<S::Ok, S::Error> {
    let seconds = time.map(|time| time.num_milliseconds() as f64 / 1000.0);
    seconds.serialize(out)
}
