use aspa_crm::normal::Region;
use serde::{Deserialize, Serialize};

use crate::extract::{Extractor, Pattern};

/// What a linker needs to know of its host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Settings {
    /// Where phone numbers without a country code are from.
    pub region: Region,
    /// How customer and order numbers look, to find them in free text.
    pub numbers: Vec<Pattern>,
    /// What a wrong link costs, in any unit; with `cost_review` it sets the probability from which
    /// a link is made: 1 - review / false link.
    pub cost_false_link: f64,
    /// What it costs that a person looks.
    pub cost_review: f64,
    /// What it costs to miss a link; a person is asked from probability review / miss.
    pub cost_miss: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            region: Region::default(),
            numbers: Vec::new(),
            cost_false_link: 40.0,
            cost_review: 1.0,
            cost_miss: 2.0,
        }
    }
}

impl Settings {
    /// Reads free text as these settings say.
    #[must_use]
    pub fn extractor(&self) -> Extractor {
        Extractor::new(self.region, &self.numbers)
    }

    /// The probability from which a link is made.
    #[must_use]
    pub fn link_from(&self) -> f64 {
        1.0 - ratio(self.cost_review, self.cost_false_link)
    }

    /// The probability from which a person is asked.
    #[must_use]
    pub fn review_from(&self) -> f64 {
        ratio(self.cost_review, self.cost_miss)
    }
}

/// `a / b` within 0.001 to 1, 1 where it is none: costs that make no sense link nothing.
fn ratio(a: f64, b: f64) -> f64 {
    let ratio = a / b;
    if ratio.is_finite() && ratio > 0.0 {
        ratio.clamp(0.001, 1.0)
    } else {
        1.0
    }
}
