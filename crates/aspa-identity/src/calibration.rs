//! From weights to probabilities that come true.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::features::{COUNT, NAMES};

/// What labels taught of how probabilities come true: a rising map of log-odds (beta calibration, Kull,
/// Silva Filho and Flach 2017: `c + a ln p - b ln(1 - p)`), and by how much single signs shift it. The
/// default changes nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, f64>", into = "BTreeMap<String, f64>")]
pub struct Calibration {
    /// Weights of `ln p`, `-ln(1 - p)` and 1, then of the signs.
    weights: Vec<f64>,
}

/// The first three weights.
const MAP: [&str; 3] = ["ln_p", "minus_ln_not_p", "always"];
const START: [f64; 3] = [1.0, 1.0, 0.0];

/// The weakest hold times the number of outcomes. With 500 labels half of it let one sample in eight link
/// .02 of the non-customers of our sets; twice of it costs as much recall as labels bring.
const LEAST_HOLD: f64 = 10_000.0;

impl Default for Calibration {
    fn default() -> Self {
        let mut weights = vec![0.0; 3 + COUNT];
        weights[..3].copy_from_slice(&START);
        Self { weights }
    }
}

impl From<Calibration> for BTreeMap<String, f64> {
    fn from(calibration: Calibration) -> Self {
        if calibration.is_none() {
            return Self::new();
        }
        let names = MAP
            .iter()
            .chain(NAMES.iter())
            .map(|name| (*name).to_owned());
        names
            .zip(calibration.weights)
            .enumerate()
            .filter(|(i, (_, weight))| *i < 3 || *weight != 0.0)
            .map(|(_, pair)| pair)
            .collect()
    }
}

impl TryFrom<BTreeMap<String, f64>> for Calibration {
    type Error = String;

    fn try_from(weights: BTreeMap<String, f64>) -> Result<Self, String> {
        let mut calibration = Self::default();
        for (name, weight) in weights {
            let place = MAP
                .iter()
                .chain(NAMES.iter())
                .position(|known| *known == name)
                .ok_or_else(|| format!("calibration: there is no sign {name:?}"))?;
            if !weight.is_finite() || (place < 2 && weight <= 0.0) {
                return Err(format!("calibration.{name}: {weight} is no weight"));
            }
            calibration.weights[place] = weight;
        }
        Ok(calibration)
    }
}

/// ln(1 + e^x) without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// The probability of log-odds to base e.
pub(crate) fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// The same to twelve decimals, which JSON gives back as they were.
pub(crate) fn shown(log_odds: f64) -> f64 {
    (probability(log_odds) * 1e12).round() / 1e12
}

/// A decided case: log-odds to base e, signs, and whether it came true.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) log_odds: f64,
    pub(crate) signs: Vec<u16>,
    pub(crate) came_true: bool,
}

/// A dense row of one outcome: place and value.
fn row(log_odds: f64, signs: &[u16]) -> impl Iterator<Item = (usize, f64)> + Clone + '_ {
    let map = [-softplus(-log_odds), softplus(log_odds), 1.0];
    map.into_iter()
        .enumerate()
        .chain(signs.iter().map(|sign| (3 + usize::from(*sign), 1.0)))
}

impl Calibration {
    /// Maps log-odds to base e.
    pub(crate) fn apply(&self, log_odds: f64, signs: &[u16]) -> f64 {
        if self.is_none() {
            return log_odds;
        }
        row(log_odds, signs)
            .map(|(at, value)| self.weights[at] * value)
            .sum()
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_none(&self) -> bool {
        // Looks at all of them, which the processor does several at a time.
        let no_sign = |so_far, weight: &f64| so_far & (*weight == 0.0);
        self.weights[..3] == START && self.weights[3..].iter().fold(true, no_sign)
    }

    /// Fits outcomes; how strongly weights are held to those of no change is chosen by five-fold
    /// cross-validation, the stronger the fewer outcomes there are: of a few hundred, some samples would
    /// teach that what is rare and was right five times is right always.
    pub(crate) fn fit(outcomes: &[Outcome]) -> Self {
        let loss = |hold: f64| -> f64 {
            (0..5)
                .map(|fold| {
                    let is_in = |i: usize| i % 5 != fold;
                    let train: Vec<&Outcome> = pick(outcomes, is_in);
                    let fitted = Self::held(&train, hold);
                    pick(outcomes, |i| !is_in(i))
                        .iter()
                        .map(|outcome| fitted.loss(outcome))
                        .sum::<f64>()
                })
                .sum()
        };
        let least = LEAST_HOLD / outcomes.len().max(1) as f64;
        let best = [1.0, 3.0, 10.0, 30.0, 100.0, 1000.0]
            .into_iter()
            .map(|hold: f64| hold.max(least))
            .map(|hold| (loss(hold), hold))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        Self::held(
            &pick(outcomes, |_| true),
            best.map_or(100.0, |(_, hold)| hold),
        )
    }

    fn loss(&self, outcome: &Outcome) -> f64 {
        let z = self.apply(outcome.log_odds, &outcome.signs);
        if outcome.came_true {
            softplus(-z)
        } else {
            softplus(z)
        }
    }

    /// Newton steps on the logistic loss, at most 30.
    fn held(outcomes: &[&Outcome], hold: f64) -> Self {
        let start = Self::default().weights;
        let n = start.len();
        let mut weights = start.clone();
        for _ in 0..30 {
            let mut gradient = vec![0.0; n];
            let mut hessian = vec![0.0; n * n];
            for outcome in outcomes {
                let features = row(outcome.log_odds, &outcome.signs);
                let z: f64 = features
                    .clone()
                    .map(|(at, value)| weights[at] * value)
                    .sum();
                let p = probability(z);
                let slope = (p * (1.0 - p)).max(1e-9);
                for (i, x) in features.clone() {
                    gradient[i] += (p - f64::from(u8::from(outcome.came_true))) * x;
                    for (j, y) in features.clone() {
                        hessian[i * n + j] += slope * x * y;
                    }
                }
            }
            for i in 0..n {
                let hold = if i < 3 { 2.0 } else { hold };
                gradient[i] += hold * (weights[i] - start[i]);
                hessian[i * n + i] += hold;
            }
            let step = solve(hessian, gradient, n);
            let mut largest: f64 = 0.0;
            for (weight, step) in weights.iter_mut().zip(step) {
                let step = step.clamp(-2.0, 2.0);
                largest = largest.max(step.abs());
                *weight -= step;
            }
            // A falling map would turn the order of candidates round.
            weights[0] = weights[0].max(0.05);
            weights[1] = weights[1].max(0.05);
            if largest < 1e-6 {
                break;
            }
        }
        Self { weights }
    }
}

fn pick(outcomes: &[Outcome], is_in: impl Fn(usize) -> bool) -> Vec<&Outcome> {
    outcomes
        .iter()
        .enumerate()
        .filter(|(i, _)| is_in(*i))
        .map(|(_, outcome)| outcome)
        .collect()
}

/// Solves `a x = b` for a positive definite `a`, by Cholesky's method.
fn solve(mut a: Vec<f64>, mut b: Vec<f64>, n: usize) -> Vec<f64> {
    for i in 0..n {
        for j in 0..=i {
            let done: f64 = (0..j).map(|k| a[i * n + k] * a[j * n + k]).sum();
            let rest = a[i * n + j] - done;
            a[i * n + j] = if i == j {
                rest.max(1e-12).sqrt()
            } else {
                rest / a[j * n + j]
            };
        }
    }
    for i in 0..n {
        let done: f64 = (0..i).map(|k| a[i * n + k] * b[k]).sum();
        b[i] = (b[i] - done) / a[i * n + i];
    }
    for i in (0..n).rev() {
        let done: f64 = (i + 1..n).map(|k| a[k * n + i] * b[k]).sum();
        b[i] = (b[i] - done) / a[i * n + i];
    }
    b
}
