//! What a level of agreement is worth.
//!
//! A writer is one of the customers, or nobody of them. Who is nobody may still agree with a record,
//! in one of four ways: by chance (a *stranger*), by being named alike or by copying a profile (a
//! *namesake*), by knowing a customer's details (a *familiar*: the household, somebody who writes on a
//! customer's behalf), or by working at the same place (a *colleague*). A model says how often each
//! level of agreement is seen in each of these cases. The weight of a level is then the logarithm of
//! "how often if it is this customer" against "how often if it is not" (Fellegi and Sunter 1969), with
//! the four ways of not being it as a mixture, so that near-copies of one clue count once: a shared
//! name speaks for a customer and for a namesake alike, and only what a namesake lacks tells them apart.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::calibration::Calibration;
use crate::levels::{
    CautionLevel, ContactLevel, GROUPS, HandleLevel, NameLevel, NumberLevel, Pattern, PlaceLevel,
    WorkLevel,
};

/// The cases, in the order of columns.
pub(crate) const SAME: usize = 0;
pub(crate) const STRANGER: usize = 1;
pub(crate) const NAMESAKE: usize = 2;
pub(crate) const FAMILIAR: usize = 3;
pub(crate) const COLLEAGUE: usize = 4;
pub(crate) const CASES: usize = 5;

/// How often a level is seen in each case. A case that agrees only as a stranger does has none.
pub(crate) type Row = [Option<f64>; CASES];

/// The rates by which agreement is weighed: the shipped ones, or ones learnt from a host's own data.
///
/// Plain data: save it as JSON with the tenant's settings and give it back after a restart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
#[non_exhaustive]
pub struct Model {
    /// Share of the writers who are customers, 0 to 1 without the ends.
    pub customer_share: f64,
    /// Share of the other writers who are named like a customer or copy one.
    pub namesake_share: f64,
    /// Share of the other writers who give a customer's details without being that customer.
    pub familiar_share: f64,
    /// Share of the other writers who work where a customer does.
    pub colleague_share: f64,
    /// From weights to probabilities, where labels taught it.
    pub calibration: Calibration,
    pub(crate) rows: [Vec<Row>; GROUPS],
    /// Ratios to the stranger's rate, made from `rows`.
    ratios: [Vec<[f64; CASES]>; GROUPS],
}

impl Default for Model {
    /// What works without labels: estimates made on synthetic people.
    fn default() -> Self {
        Self::of(
            [0.5, 0.18, 0.035, 0.04],
            Calibration::default(),
            default_rows(),
        )
    }
}

/// What a pattern comes to: the odds of "this customer" against "nobody", step by step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weights {
    /// Base 2 logarithms: the prior, then what each comparison adds to those before it.
    pub(crate) parts: [f64; GROUPS + 1],
}

/// Masses of the cases for one author and one record, each already times its prior.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Masses {
    pub(crate) same: f64,
    /// Namesake, familiar, colleague.
    pub(crate) other: [f64; CASES - 2],
}

impl Model {
    pub(crate) fn of(shares: [f64; 4], calibration: Calibration, rows: [Vec<Row>; GROUPS]) -> Self {
        let ratios = std::array::from_fn(|group| {
            let rows: &Vec<Row> = &rows[group];
            let mut ratios: Vec<[f64; CASES]> = rows
                .iter()
                .map(|row| {
                    let base = row[STRANGER].unwrap_or(1.0).max(1e-12);
                    std::array::from_fn(|case| row[case].map_or(-1.0, |rate| rate / base))
                })
                .collect();
            // Nothing compared says nothing.
            ratios.push([-1.0; CASES]);
            ratios
        });
        Self {
            customer_share: shares[0],
            namesake_share: shares[1],
            familiar_share: shares[2],
            colleague_share: shares[3],
            calibration,
            rows,
            ratios,
        }
    }

    /// Shares of the four cases of nobody, the stranger's first.
    pub(crate) fn other_shares(&self) -> [f64; CASES - 1] {
        let share = |share: f64| {
            if share.is_finite() {
                share.clamp(1e-4, 0.3)
            } else {
                0.05
            }
        };
        let (n, f, c) = (
            share(self.namesake_share),
            share(self.familiar_share),
            share(self.colleague_share),
        );
        [1.0 - n - f - c, n, f, c]
    }

    fn customers(&self) -> f64 {
        if self.customer_share.is_finite() {
            self.customer_share.clamp(0.001, 0.999)
        } else {
            0.5
        }
    }

    /// The same rates without what labels taught of probabilities.
    pub(crate) fn uncalibrated(&self) -> Self {
        Self {
            calibration: Calibration::default(),
            ..self.clone()
        }
    }

    /// The mass of a stranger: what every other mass is measured against.
    pub(crate) fn stranger(&self) -> f64 {
        (1.0 - self.customers()) * self.other_shares()[0]
    }

    /// How much better each case explains one comparison than a stranger does.
    fn ratios(&self, pattern: &Pattern, group: usize, level: usize) -> [f64; CASES] {
        let chance = f64::from(pattern.chance[group]).clamp(1e-12, 1.0);
        let row = &self.ratios[group][level];
        // A case without a rate of its own agrees as often as a stranger.
        std::array::from_fn(|case| {
            if row[case] < 0.0 {
                1.0
            } else {
                row[case] / chance
            }
        })
    }

    /// The masses of the cases, among so many customers.
    pub(crate) fn masses(&self, pattern: &Pattern, size: f64) -> Masses {
        let mut same = self.customers() / size;
        let shares = self.other_shares();
        let mut other: [f64; CASES - 2] =
            std::array::from_fn(|i| (1.0 - self.customers()) * shares[i + 1] / size);
        for (group, level) in pattern.numbers().into_iter().enumerate() {
            if level == self.rows[group].len() {
                continue;
            }
            let ratios = self.ratios(pattern, group, level);
            same *= ratios[SAME];
            for (i, mass) in other.iter_mut().enumerate() {
                *mass *= ratios[i + 2];
            }
        }
        Masses { same, other }
    }

    /// The same as parts that add up to the logarithm of the odds.
    pub(crate) fn weights(&self, pattern: &Pattern, size: f64) -> Weights {
        let mut same = self.customers() / size;
        let shares = self.other_shares();
        let mut other: [f64; CASES - 2] =
            std::array::from_fn(|i| (1.0 - self.customers()) * shares[i + 1] / size);
        let odds = |same: f64, other: &[f64]| {
            (same / (self.stranger() + other.iter().sum::<f64>()))
                .max(1e-300)
                .log2()
        };
        let mut parts = [0.0; GROUPS + 1];
        let mut sum = odds(same, &other);
        parts[0] = sum;
        for (group, level) in pattern.numbers().into_iter().enumerate() {
            if level == self.rows[group].len() {
                continue;
            }
            let ratios = self.ratios(pattern, group, level);
            same *= ratios[SAME];
            for (i, mass) in other.iter_mut().enumerate() {
                *mass *= ratios[i + 2];
            }
            let now = odds(same, &other);
            parts[group + 1] = now - sum;
            sum = now;
        }
        Weights { parts }
    }
}

/// The names of the comparisons as a stored model has them.
const NAMES: [&str; GROUPS] = [
    "name", "contact", "number", "handle", "place", "work", "caution",
];

fn words<L: Serialize + Copy>(all: &[L]) -> Vec<String> {
    let word = |level: &L| match serde_json::to_value(level) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    };
    all.iter().map(word).collect()
}

/// The words of the levels of a comparison, in their order.
fn level_words(group: usize) -> Vec<String> {
    match group {
        0 => words(NameLevel::ALL),
        1 => words(ContactLevel::ALL),
        2 => words(NumberLevel::ALL),
        3 => words(HandleLevel::ALL),
        4 => words(PlaceLevel::ALL),
        5 => words(WorkLevel::ALL),
        _ => words(CautionLevel::ALL),
    }
}

/// A model as JSON: level by level in words, so that a newer level does not shift the others.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    customer_share: f64,
    namesake_share: f64,
    familiar_share: f64,
    colleague_share: f64,
    #[serde(default)]
    calibration: Calibration,
    /// Comparison, level, then the rates: same, stranger, namesake, familiar, colleague.
    rates: BTreeMap<String, BTreeMap<String, Row>>,
}

/// The version of stored models.
const VERSION: u32 = 1;

impl From<Model> for Stored {
    fn from(model: Model) -> Self {
        let rates = (0..GROUPS)
            .map(|group| {
                let levels = level_words(group)
                    .into_iter()
                    .zip(model.rows[group].clone());
                (NAMES[group].to_owned(), levels.collect())
            })
            .collect();
        Self {
            version: VERSION,
            customer_share: model.customer_share,
            namesake_share: model.namesake_share,
            familiar_share: model.familiar_share,
            colleague_share: model.colleague_share,
            calibration: model.calibration,
            rates,
        }
    }
}

impl TryFrom<Stored> for Model {
    type Error = String;

    fn try_from(stored: Stored) -> Result<Self, String> {
        if stored.version != VERSION {
            return Err(format!(
                "version: a model of version {} cannot be read, only {VERSION}: train it again",
                stored.version
            ));
        }
        let mut rows = default_rows();
        for (group, levels) in &stored.rates {
            let number = NAMES
                .iter()
                .position(|name| name == group)
                .ok_or_else(|| format!("rates: there is no comparison {group:?}"))?;
            let known = level_words(number);
            for (level, row) in levels {
                let place = known
                    .iter()
                    .position(|word| word == level)
                    .ok_or_else(|| format!("rates.{group}: there is no level {level:?}"))?;
                let bad = |rate: &f64| !(rate.is_finite() && *rate > 0.0 && *rate <= 1.0);
                if row[SAME].is_none() || row[STRANGER].is_none() || row.iter().flatten().any(bad) {
                    return Err(format!(
                        "rates.{group}.{level}: rates are above 0 and at most 1, the first two present"
                    ));
                }
                rows[number][place] = *row;
            }
        }
        for (name, share) in [
            ("customer_share", stored.customer_share),
            ("namesake_share", stored.namesake_share),
            ("familiar_share", stored.familiar_share),
            ("colleague_share", stored.colleague_share),
        ] {
            if !(share > 0.0 && share < 1.0) {
                return Err(format!("{name}: a share is above 0 and below 1"));
            }
        }
        Ok(Self::of(
            [
                stored.customer_share,
                stored.namesake_share,
                stored.familiar_share,
                stored.colleague_share,
            ],
            stored.calibration,
            rows,
        ))
    }
}

/// A row with a rate for every case.
const fn full(same: f64, stranger: f64, namesake: f64, familiar: f64, colleague: f64) -> Row {
    [
        Some(same),
        Some(stranger),
        Some(namesake),
        Some(familiar),
        Some(colleague),
    ]
}

/// A row in which namesakes, familiars or colleagues may do as strangers do.
const fn row(same: f64, stranger: f64, rest: [Option<f64>; 3]) -> Row {
    [Some(same), Some(stranger), rest[0], rest[1], rest[2]]
}

/// The shipped rates. A stranger's rate is that of showing such a thing at all; by how many others
/// the thing itself is shared comes on top, pair by pair.
fn default_rows() -> [Vec<Row>; GROUPS] {
    const NO: Option<f64> = None;
    let name = vec![
        // same, stranger (x chance), namesake, familiar, colleague
        row(0.52, 0.50, [Some(0.80), Some(0.01), NO]), // Whole
        row(0.03, 0.05, [Some(0.03), Some(0.003), NO]), // Spelling
        row(0.04, 0.08, [Some(0.03), Some(0.003), NO]), // Nickname
        row(0.03, 0.30, [Some(0.03), Some(0.003), NO]), // Typo
        row(0.06, 0.06, [Some(0.02), Some(0.004), NO]), // Across
        row(0.06, 0.06, [Some(0.02), Some(0.004), NO]), // UserWhole
        row(0.03, 0.05, [Some(0.01), Some(0.01), NO]), // Initial
        row(0.02, 0.03, [Some(0.01), Some(0.01), NO]), // UserInitial
        row(0.02, 0.03, [Some(0.01), Some(0.005), NO]), // UserShort
        row(0.02, 0.04, [Some(0.02), Some(0.05), NO]), // Family
        row(0.08, 0.15, [Some(0.03), Some(0.03), NO]), // Given
        row(0.01, 0.01, [Some(0.005), Some(0.01), NO]), // Initials
        row(0.06, 0.10, [Some(0.02), Some(0.12), NO]), // Nothing
        row(0.003, 0.55, [Some(0.005), Some(0.30), NO]), // OtherGiven
        row(0.006, 0.55, [Some(0.005), Some(0.03), NO]), // OtherFamily
        row(0.01, 0.55, [Some(0.005), Some(0.35), NO]), // Other
        row(0.008, 0.15, [Some(0.005), Some(0.08), NO]), // OtherWord
        row(0.75, 0.80, [Some(0.60), Some(0.05), NO]), // Company
        row(0.10, 0.15, [Some(0.10), Some(0.02), NO]), // CompanyUser
        row(0.10, 0.30, [Some(0.20), Some(0.10), NO]), // CompanyPart
        row(0.02, 1.00, [Some(0.05), Some(0.80), NO]), // NotCompany
    ];
    let contact = vec![
        row(0.05, 1e-9, [NO, Some(0.002), NO]),         // Own
        row(0.14, 1e-9, [NO, Some(0.04), NO]),          // Both
        row(0.44, 1e-7, [NO, Some(0.25), NO]),          // Email
        row(0.22, 1e-7, [NO, Some(0.12), NO]),          // Phone
        row(0.02, 1e-6, [NO, Some(0.12), NO]),          // EmailShared
        row(0.05, 1e-6, [NO, Some(0.20), NO]),          // PhoneShared
        row(0.01, 1e-4, [NO, Some(0.20), NO]),          // Role
        row(0.04, 1e-6, [Some(0.004), Some(0.02), NO]), // Public
        row(0.003, 1e-7, [NO, Some(0.30), NO]),         // Behalf
        row(0.05, 0.65, [NO, Some(0.04), NO]),          // OtherEmail
        row(0.04, 0.35, [NO, Some(0.03), NO]),          // OtherPhone
    ];
    let number = vec![
        row(0.55, 2e-6, [NO, Some(0.25), NO]),  // Customer
        row(0.36, 2e-6, [NO, Some(0.40), NO]),  // Order
        row(0.02, 2e-6, [NO, Some(0.02), NO]),  // Public
        row(0.005, 2e-6, [NO, Some(0.35), NO]), // Behalf
        row(0.03, 0.60, [NO, Some(0.05), NO]),  // OtherCustomer
        row(0.03, 0.40, [NO, Some(0.05), NO]),  // OtherOrder
    ];
    let handle = vec![
        row(0.95, 1e-9, [NO, NO, NO]),           // Id
        row(0.78, 1e-6, [Some(0.004), NO, NO]),  // Here
        row(0.30, 1e-5, [Some(0.004), NO, NO]),  // Elsewhere
        row(0.05, 2e-6, [Some(0.0005), NO, NO]), // LocalPart
        row(0.01, 1e-4, [Some(0.25), NO, NO]),   // NearCopy
        row(0.21, 0.95, [Some(0.70), NO, NO]),   // AnotherHere
    ];
    let place = vec![
        row(0.90, 0.80, [Some(0.35), Some(0.80), Some(0.60)]), // City (x share)
        row(0.10, 0.80, [Some(0.65), Some(0.20), Some(0.40)]), // Elsewhere
    ];
    let work = vec![
        row(0.30, 1e-6, [NO, Some(0.002), Some(0.005)]), // OwnsSite
        row(0.40, 1e-6, [NO, Some(0.02), Some(0.25)]),   // CompanySite
        row(0.20, 1e-5, [Some(0.01), Some(0.02), Some(0.10)]), // NamesSite
        row(0.15, 0.20, [Some(0.02), Some(0.10), Some(0.30)]), // EmployerSite (x share)
        row(0.50, 0.60, [Some(0.30), Some(0.20), Some(0.70)]), // Employer (x share)
        row(0.05, 0.60, [NO, Some(0.30), Some(0.05)]),   // OtherEmployer
    ];
    let caution = vec![
        full(0.001, 0.01, 0.10, 0.001, 0.01),  // Imitation
        full(0.004, 0.01, 0.01, 0.10, 0.01),   // Shared
        full(0.01, 0.05, 0.08, 0.005, 0.01),   // Official
        full(0.003, 0.08, 0.02, 0.002, 0.002), // Bot
    ];
    [name, contact, number, handle, place, work, caution]
}
