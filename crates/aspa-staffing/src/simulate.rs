//! Simulation of the same models: a check of the formulas by another way, and of what they leave out.
//!
//! Everything is drawn from a seed, so a run can be repeated exactly. A figure comes with its 95 %
//! confidence interval: about one figure in twenty lies outside by chance, so judge several seeds.

mod chat;
mod deferred;
mod live;

use serde::Serialize;

pub use chat::chat;
pub use deferred::deferred;
pub use live::{Live, live};

use crate::error::{QueueError, within};

/// Batches, or repetitions, that an interval comes from.
const BATCHES: usize = 30;

/// The .975 quantile of Student's t with `BATCHES - 1` degrees of freedom.
const STUDENT: f64 = 2.045_229_642;

/// How long to simulate, and from which seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Run {
    contacts: u32,
    seed: u64,
}

impl Run {
    /// So many contacts, in 30 batches after a tenth that is left out as a start. Near full occupancy
    /// waits of neighbouring batches depend on each other: a batch is to be far longer than the time
    /// in which the queue comes and goes.
    ///
    /// # Errors
    /// [`QueueError::OutOfRange`] for fewer than 3,000 contacts, or more than a thousand million.
    pub fn new(contacts: u32, seed: u64) -> Result<Self, QueueError> {
        let range = "from 3,000 to 1,000,000,000";
        within("contacts", f64::from(contacts), (3e3, 1e9), range)?;
        Ok(Self { contacts, seed })
    }

    /// Contacts left out, and contacts of a batch.
    fn batches(self) -> (u32, u32) {
        (self.contacts / 10, self.contacts / BATCHES as u32)
    }
}

/// A figure from a simulation, with its 95 % confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Estimate {
    /// The mean over all batches.
    pub mean: f64,
    /// Half the width of the interval.
    pub half_width: f64,
}

impl Estimate {
    /// From the value of each batch. Batches without a value do not count; one alone tells nothing of
    /// its spread, so its interval is endless.
    fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let values: Vec<f64> = values
            .into_iter()
            .filter(|value| value.is_finite())
            .collect();
        let count = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let spread = if values.len() < 2 {
            f64::INFINITY
        } else {
            squares / (count - 1.0)
        };
        let half_width = STUDENT * (spread / count).sqrt();
        Self { mean, half_width }
    }

    /// Whether a value lies in the interval.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        (value - self.mean).abs() <= self.half_width
    }
}

/// One figure by formula and by simulation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Checked {
    /// Its name: that of the method or of the service level.
    pub figure: &'static str,
    /// By formula.
    pub formula: f64,
    /// By simulation.
    pub simulated: Estimate,
}

/// `SplitMix64` (G. L. Steele, D. Lea and C. H. Flood 2014): written out, so that a seed gives the same
/// figures for ever.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Above 0, at most 1.
    fn share(&mut self) -> f64 {
        ((self.bits() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// Exponential with this mean.
    fn exponential(&mut self, mean: f64) -> f64 {
        -self.share().ln() * mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_the_published_one() {
        let mut random = Random(1_234_567);
        let drawn = [(); 3].map(|()| random.bits());
        let published = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
        ];
        assert_eq!(drawn, published);
    }

    #[test]
    fn draws_have_the_moments_of_their_distribution() {
        let mut random = Random(1);
        let draws: Vec<f64> = (0..300_000).map(|_| random.exponential(3.0)).collect();
        let moment = |power| draws.iter().map(|x: &f64| x.powi(power)).sum::<f64>() / 300_000.0;
        assert!((moment(1) - 3.0).abs() < 0.02 && (moment(2) - 18.0).abs() < 0.3);
    }

    #[test]
    fn an_interval_of_known_values() {
        // 15 zeros and 15 twos: mean 1, sample variance 30 / 29, standard error sqrt(1 / 29).
        let estimate = Estimate::of((0..30).map(|i| f64::from(i % 2) * 2.0));
        assert_eq!(estimate.mean, 1.0);
        assert!((estimate.half_width - 2.045_229_642 / 29.0_f64.sqrt()).abs() < 1e-12);
        assert!(estimate.contains(1.3) && !estimate.contains(0.6));
    }
}
