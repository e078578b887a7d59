//! A score as a chart: bars from nothing known to all known.

use aspa_types::CustomerId;
use serde::Serialize;

use super::words::Tongue;
use super::{VERSION, text};
use crate::{Candidate, Comparison, Language, Settings};

/// How the score of a candidate came about, to be drawn as a waterfall chart: each bar begins where
/// the one before it ended. For staff: it shows weights.
///
/// In bits: logarithms of odds to base 2, so that 0 is 50 %, 1 is 2 : 1 and each further one doubles
/// the odds. JSON as [`VERSION`] says.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Waterfall {
    /// [`VERSION`].
    pub version: u32,
    /// In which language the texts are.
    pub language: Language,
    /// The candidate.
    pub customer: CustomerId,
    /// A heading.
    pub title: String,
    /// All that the chart shows, in sentences, for those who do not see it.
    pub description: String,
    /// From 0 over the prior to `score`, in the order of the reasons.
    pub bars: Vec<Bar>,
    /// Where the last bar ends, in bits; 0 without any.
    pub score: f64,
    /// 0 to 1.
    pub probability: f64,
    /// From where on a person is asked, and a link is made; left out where that is never.
    pub thresholds: Vec<Threshold>,
    /// Marks for the axis within the range of the bars and thresholds, the lowest first.
    pub ticks: Vec<Tick>,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Bar {
    /// What was compared.
    pub comparison: Comparison,
    /// How well it agrees.
    pub label: String,
    /// Where it begins, in bits.
    pub from: f64,
    /// Where it ends, in bits: `from + weight`.
    pub to: f64,
    /// How much it counts, in bits; below 0 against.
    pub weight: f64,
}

/// A line from which on something happens.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Threshold {
    /// What.
    pub label: String,
    /// From how many bits on.
    pub at: f64,
    /// From which probability on.
    pub probability: f64,
}

/// A mark of the axis.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Tick {
    /// A probability: `99 %`.
    pub label: String,
    /// In bits.
    pub at: f64,
    /// 0 to 1.
    pub probability: f64,
}

/// Probabilities that the axis may show in percent, with their decimals: the odds are even steps.
const TICKS: [(f64, usize); 15] = [
    (1e-9, 7),
    (1e-6, 4),
    (1e-4, 2),
    (1e-3, 1),
    (0.01, 0),
    (0.1, 0),
    (0.3, 0),
    (0.5, 0),
    (0.7, 0),
    (0.9, 0),
    (0.99, 0),
    (0.999, 1),
    (0.9999, 2),
    (0.999_999, 4),
    (0.999_999_999, 7),
];

impl Waterfall {
    /// The chart of one candidate. The thresholds are those of these settings; a link also needs one
    /// hard piece of evidence or two independent ones, which no line can show.
    #[must_use]
    pub fn of(candidate: &Candidate, settings: &Settings, language: &Language) -> Self {
        let tongue = Tongue::of(language);
        let phrases = tongue.phrases();
        let mut score = 0.0;
        let bars: Vec<Bar> = candidate
            .reasons
            .iter()
            .map(|reason| {
                let from = score;
                score += reason.weight;
                Bar {
                    comparison: reason.comparison.clone(),
                    label: text::one_line(tongue.level(&reason.level)),
                    from,
                    to: score,
                    weight: reason.weight,
                }
            })
            .collect();
        let thresholds: Vec<Threshold> = [
            (phrases.review_from, settings.review_from()),
            (phrases.link_from, settings.link_from()),
        ]
        .into_iter()
        .map(|(label, probability)| Threshold {
            label: label.to_owned(),
            at: bits(probability),
            probability,
        })
        .filter(|threshold| threshold.at.is_finite())
        .collect();
        let ends = bars.iter().flat_map(|bar| [bar.from, bar.to]);
        let (low, high) = ends
            .chain(thresholds.iter().map(|threshold| threshold.at))
            .fold((0.0_f64, 0.0_f64), |(low, high), at| {
                (low.min(at), high.max(at))
            });
        let ticks = TICKS.into_iter().map(|(probability, decimals)| Tick {
            label: format!("{} %", tongue.number(probability * 100.0, decimals, false)),
            at: bits(probability),
            probability,
        });
        let ticks = ticks
            .filter(|tick| (low..=high).contains(&tick.at))
            .collect();
        let percent = tongue.percent(candidate.probability);
        let mut waterfall = Self {
            version: VERSION,
            language: tongue.language(),
            customer: candidate.customer.clone(),
            title: format!("{} {}: {percent}", phrases.why, candidate.customer),
            description: String::new(),
            bars,
            score,
            probability: candidate.probability,
            thresholds,
            ticks,
        };
        waterfall.description = waterfall.describe(tongue);
        waterfall
    }

    fn describe(&self, tongue: Tongue) -> String {
        let phrases = tongue.phrases();
        let bars = self.bars.iter().map(|bar| {
            let weight = tongue.number(bar.weight, 1, true);
            format!("{weight} {}", bar.label)
        });
        let mut parts: Vec<String> = bars.collect();
        parts.push(format!(
            "{} {}, {}",
            phrases.ends,
            tongue.number(self.score, 1, true),
            tongue.percent(self.probability)
        ));
        parts.extend(self.thresholds.iter().map(|threshold| {
            format!(
                "{}: {}, {}",
                threshold.label,
                tongue.number(threshold.at, 1, true),
                tongue.percent(threshold.probability)
            )
        }));
        let mut text = parts.join("; ");
        text.push('.');
        text
    }
}

/// The logarithm of the odds of a probability, to base 2.
fn bits(probability: f64) -> f64 {
    (probability / (1.0 - probability)).log2()
}
