use aspa_types::Secret;
use serde::{Deserialize, Serialize};

use crate::erase::Keyed;
use crate::{DecidedBy, Link, WeakKey};

/// Picks links by rule at random for a person to check, so that their precision is known without
/// bias.
///
/// The pick follows from handle, customer and a key: every process picks the same, and nobody
/// outside can tell which.
#[derive(Debug, Clone)]
pub struct Audit {
    key: Keyed,
    rate: f64,
}

impl Audit {
    /// Picks this share of the links, 0 to 1; what is beyond counts as the end.
    ///
    /// # Errors
    ///
    /// [`WeakKey`] when the key has fewer than 16 bytes.
    pub fn new(key: &Secret, rate: f64) -> Result<Self, WeakKey> {
        let key = Keyed::new(key)?;
        Ok(Self { key, rate })
    }

    /// Whether this link is one to check. Links by an agent's or the host's word never are.
    #[must_use]
    pub fn picks(&self, link: &Link) -> bool {
        let Some(customer) = &link.customer else {
            return false;
        };
        if link.decided_by != DecidedBy::Rule {
            return false;
        }
        let parts = ["audit", &link.handle.to_string(), &customer.to_string()];
        let hash = self.key.hash(&parts) >> 64;
        // 2^64 as a float; a hash is below it, so that a rate of 1 picks all and 0 none.
        (hash as f64) < self.rate * 18_446_744_073_709_551_616.0
    }
}

/// How many audited links were right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct AuditTally {
    /// Links that the person confirmed.
    pub right: u64,
    /// Links that the person refused.
    pub wrong: u64,
    /// Links of which the person could not tell: in no figure.
    pub untold: u64,
}

/// What audits say of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AuditVerdict {
    /// No wrong answer, and too few to reach the target.
    TooFew,
    /// The lower bound is at or above the target.
    Reached,
    /// The lower bound is below the target: look into it.
    Alarm,
}

impl AuditTally {
    /// A tally.
    #[must_use]
    pub fn new(right: u64, wrong: u64) -> Self {
        Self {
            right,
            wrong,
            untold: 0,
        }
    }

    /// The precision and its bounds at 95 %, each 0 to 1; none without an answer.
    ///
    /// The score interval of Wilson (J. Am. Stat. Assoc. 22, 1927), z = 1.96: it keeps its coverage
    /// near 1, where precision lies.
    #[must_use]
    pub fn precision(&self) -> Option<Precision> {
        const Z2: f64 = 1.959_964 * 1.959_964;
        let (right, n) = (
            self.right as f64,
            self.right.saturating_add(self.wrong) as f64,
        );
        if n == 0.0 {
            return None;
        }
        let share = right / n;
        let middle = (share + Z2 / (2.0 * n)) / (1.0 + Z2 / n);
        let spread = Z2 / n * (share * (1.0 - share) + Z2 / (4.0 * n));
        let half = spread.max(0.0).sqrt() / (1.0 + Z2 / n);
        Some(Precision {
            low: (middle - half).clamp(0.0, share),
            share,
            high: (middle + half).clamp(share, 1.0),
        })
    }

    /// Whether the precision is shown to be at least this, 0 to 1.
    #[must_use]
    pub fn against(&self, target: f64) -> AuditVerdict {
        let low = self.precision().map_or(0.0, |precision| precision.low);
        if low >= target {
            AuditVerdict::Reached
        } else if self.wrong == 0 {
            AuditVerdict::TooFew
        } else {
            AuditVerdict::Alarm
        }
    }
}

/// A share and its bounds at 95 %.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Precision {
    /// The lower bound.
    pub low: f64,
    /// What was measured.
    pub share: f64,
    /// The upper bound.
    pub high: f64,
}
