use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// What an amount of money pays for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Per {
    /// An hour of handling.
    Hour,
    /// A minute of handling.
    Minute,
}

/// What handling costs. Money is in minor units of one currency, such as cents, and never a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rate {
    /// Minor units, such as cents.
    pub minor: u64,
    /// What they pay for.
    pub per: Per,
}

impl Rate {
    /// So many cents, or other minor units, an hour.
    #[must_use]
    pub const fn per_hour(minor: u64) -> Self {
        Self {
            minor,
            per: Per::Hour,
        }
    }

    /// So many cents, or other minor units, a minute.
    #[must_use]
    pub const fn per_minute(minor: u64) -> Self {
        Self {
            minor,
            per: Per::Minute,
        }
    }

    /// What so much time costs in minor units, rounded half up; whole seconds are paid, nothing for
    /// less than none. None beyond 2^64.
    ///
    /// Rounding does not add up: figures round the cost of a sum once, so the costs of groups may
    /// differ from that of the total by half a cent each.
    #[must_use]
    pub fn cost(&self, time: TimeDelta) -> Option<u64> {
        self.cost_of(i128::from(time.num_seconds()))
    }

    pub(super) fn cost_of(&self, seconds: i128) -> Option<u64> {
        let unit = match self.per {
            Per::Hour => 3_600,
            Per::Minute => 60,
        };
        let parts = u128::try_from(seconds)
            .unwrap_or(0)
            .checked_mul(u128::from(self.minor))?;
        u64::try_from(rounded(parts, unit)).ok()
    }
}

/// `parts / unit`, rounded half up.
pub(super) const fn rounded(parts: u128, unit: u128) -> u128 {
    let more = (parts % unit) * 2 >= unit;
    parts / unit + more as u128
}
