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
    /// What a wrong link costs, in any unit; with the other two it sets the probability from which
    /// a link is made, see [`link_from`](Self::link_from).
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

    /// The probability from which a link is made: where that costs no more than to look, and no more
    /// than to miss it. 1 - review / false link, and at least false link / (false link + miss). Costs
    /// that make no sense (not above 0, no numbers) link only what is certain: 1.
    #[must_use]
    pub fn link_from(&self) -> f64 {
        let (link, review, miss) = (self.cost_false_link, self.cost_review, self.cost_miss);
        let makes_sense = |cost: &f64| cost.is_finite() && *cost > 0.0;
        if [link, review, miss].iter().all(makes_sense) {
            // As quotients they do not overflow.
            (1.0 - review / link).max(1.0 / (1.0 + miss / link))
        } else {
            1.0
        }
    }

    /// The probability from which a person is asked: review / miss, 0.001 to 1; 1 where costs make no
    /// sense.
    #[must_use]
    pub fn review_from(&self) -> f64 {
        let ratio = self.cost_review / self.cost_miss;
        if ratio.is_finite() && ratio > 0.0 {
            ratio.clamp(0.001, 1.0)
        } else {
            1.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn costs(false_link: f64, review: f64, miss: f64) -> Settings {
        Settings {
            cost_false_link: false_link,
            cost_review: review,
            cost_miss: miss,
            ..Settings::default()
        }
    }

    #[test]
    fn costs_set_from_when_on_to_link() {
        for (costs, from) in [
            (costs(40.0, 1.0, 2.0), 0.975),
            (costs(400.0, 1.0, 2.0), 0.9975),
            // Looking costs more than a false link: still, a link has to pay against none.
            (costs(40.0, 50.0, 2.0), 40.0 / 42.0),
            (costs(1e308, 1e308, 1e308), 0.5),
        ] {
            assert!((costs.link_from() - from).abs() < 1e-12, "{costs:?}");
        }
    }

    #[test]
    fn costs_that_make_no_sense_link_only_what_is_certain() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for costs in [
                costs(bad, 1.0, 2.0),
                costs(40.0, bad, 2.0),
                costs(40.0, 1.0, bad),
            ] {
                assert!(costs.link_from() >= 1.0, "{costs:?}");
            }
        }
    }
}
