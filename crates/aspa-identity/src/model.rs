//! What a level of agreement is worth.
//!
//! A writer is one of the customers, or nobody of them. Who is nobody may still agree with a record,
//! in one of five ways: by chance (a *stranger*), by being named alike (a *namesake*), by copying a profile
//! (a *copycat*), by knowing a customer's details (a *familiar*: the household, somebody who writes on a
//! customer's behalf), or by working at the same place (a *colleague*). A model says how often each
//! level of agreement is seen in each of these cases. The weight of a level is then the logarithm of
//! "how often if it is this customer" against "how often if it is not" (Fellegi and Sunter 1969), with
//! the five ways of not being it as a mixture, so that near-copies of one clue count once: a shared
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
pub(crate) const COPYCAT: usize = 3;
pub(crate) const FAMILIAR: usize = 4;
pub(crate) const COLLEAGUE: usize = 5;
pub(crate) const CASES: usize = 6;

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
    /// Share of the other writers who are named like a customer, more than chance makes.
    pub namesake_share: f64,
    /// Share of the other writers who copy a customer's profile.
    pub copycat_share: f64,
    /// Share of the other writers who give a customer's details without being that customer.
    pub familiar_share: f64,
    /// Share of the other writers who work where a customer does.
    pub colleague_share: f64,
    /// From weights to probabilities, where labels taught it: for handles decided one at a time.
    pub calibration: Calibration,
    /// The same for handles decided together.
    pub together: Calibration,
    pub(crate) rows: [Vec<Row>; GROUPS],
    /// Ratios to the stranger's rate, made from `rows`.
    ratios: [Vec<[f64; CASES]>; GROUPS],
}

impl Default for Model {
    /// What works without labels: estimates made on synthetic people.
    fn default() -> Self {
        Self::of(
            [0.55, 0.10, 0.12, 0.04, 0.02],
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

/// The masses before anything is compared, among so many customers.
pub(crate) struct Prior {
    size: f64,
    masses: Masses,
}

/// Masses of the cases for one author and one record, each already times its prior.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Masses {
    pub(crate) same: f64,
    /// Namesake, copycat, familiar, colleague.
    pub(crate) other: [f64; CASES - 2],
}

impl Model {
    pub(crate) fn of(shares: [f64; 5], calibration: Calibration, rows: [Vec<Row>; GROUPS]) -> Self {
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
            copycat_share: shares[2],
            familiar_share: shares[3],
            colleague_share: shares[4],
            calibration,
            together: Calibration::default(),
            rows,
            ratios,
        }
    }

    /// Shares of the five cases of nobody, the stranger's first.
    pub(crate) fn other_shares(&self) -> [f64; CASES - 1] {
        let share = |share: f64| {
            if share.is_finite() {
                share.clamp(1e-4, 0.3)
            } else {
                0.05
            }
        };
        let others = [
            share(self.namesake_share),
            share(self.copycat_share),
            share(self.familiar_share),
            share(self.colleague_share),
        ];
        let [n, y, f, c] = others;
        [(1.0 - n - y - f - c).max(0.05), n, y, f, c]
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
            together: Calibration::default(),
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
        if chance >= 1.0 {
            return row.map(|ratio| if ratio < 0.0 { 1.0 } else { ratio });
        }
        // A case without a rate of its own agrees as often as a stranger.
        std::array::from_fn(|case| {
            if row[case] < 0.0 {
                1.0
            } else {
                row[case] / chance
            }
        })
    }

    /// Takes one comparison into the masses.
    fn step(
        &self,
        pattern: &Pattern,
        group: usize,
        level: usize,
        size: f64,
        same: &mut f64,
        other: &mut [f64; CASES - 2],
    ) {
        let ratios = self.ratios(pattern, group, level);
        *same *= ratios[SAME];
        for (i, mass) in other.iter_mut().enumerate() {
            *mass *= ratios[i + 2];
        }
        // A colleague of this customer is one of all the others at the same place.
        if matches!(pattern.work, WorkLevel::EmployerSite | WorkLevel::Employer) && group == WORK {
            other[COLLEAGUE - 2] *= (f64::from(pattern.chance[group]) * size).max(1.0);
        }
    }

    /// The masses of the cases among so many customers, before anything is compared.
    pub(crate) fn prior(&self, size: f64) -> Prior {
        let shares = self.other_shares();
        Prior {
            size,
            masses: Masses {
                same: self.customers() / size,
                other: std::array::from_fn(|i| (1.0 - self.customers()) * shares[i + 1] / size),
            },
        }
    }

    /// The masses of the cases, among so many customers.
    pub(crate) fn masses(&self, pattern: &Pattern, size: f64) -> Masses {
        self.masses_from(&self.prior(size), pattern)
    }

    /// The same from what they were before.
    pub(crate) fn masses_from(&self, prior: &Prior, pattern: &Pattern) -> Masses {
        let Masses {
            mut same,
            mut other,
        } = prior.masses;
        let size = prior.size;
        for (group, level) in pattern.numbers().into_iter().enumerate() {
            if level == self.rows[group].len() {
                continue;
            }
            self.step(pattern, group, level, size, &mut same, &mut other);
        }
        Masses { same, other }
    }

    /// The masses after told details came to agree otherwise than before, the rest being as it was.
    pub(crate) fn retold(&self, masses: Masses, before: &Pattern, now: &Pattern) -> Masses {
        let Masses {
            mut same,
            mut other,
        } = masses;
        let (before, now) = (before.numbers(), now.numbers());
        for group in [CONTACT, NUMBER] {
            if before[group] == now[group] {
                continue;
            }
            // Nobody agrees in a detail by chance more often than another: there is no share.
            let rate = |level: usize, case: usize| match self.ratios[group][level][case] {
                ratio if ratio < 0.0 => 1.0,
                ratio => ratio,
            };
            let change = |case: usize| rate(now[group], case) / rate(before[group], case);
            same *= change(SAME);
            for (i, mass) in other.iter_mut().enumerate() {
                *mass *= change(i + 2);
            }
        }
        Masses { same, other }
    }

    /// The same as parts that add up to the logarithm of the odds.
    pub(crate) fn weights(&self, pattern: &Pattern, size: f64) -> Weights {
        let Masses {
            mut same,
            mut other,
        } = self.prior(size).masses;
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
            self.step(pattern, group, level, size, &mut same, &mut other);
            let now = odds(same, &other);
            parts[group + 1] = now - sum;
            sum = now;
        }
        Weights { parts }
    }
}

/// The comparisons of told details, and that of employers.
const CONTACT: usize = 1;
const NUMBER: usize = 2;
const WORK: usize = 5;

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
    copycat_share: f64,
    familiar_share: f64,
    colleague_share: f64,
    #[serde(default)]
    calibration: Calibration,
    #[serde(default)]
    together: Calibration,
    /// Comparison, level, then the rates: same, stranger, namesake, copycat, familiar,
    /// colleague.
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
            copycat_share: model.copycat_share,
            familiar_share: model.familiar_share,
            colleague_share: model.colleague_share,
            calibration: model.calibration,
            together: model.together,
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
            ("copycat_share", stored.copycat_share),
            ("familiar_share", stored.familiar_share),
            ("colleague_share", stored.colleague_share),
        ] {
            if !(share > 0.0 && share < 1.0) {
                return Err(format!("{name}: a share is above 0 and below 1"));
            }
        }
        let mut model = Self::of(
            [
                stored.customer_share,
                stored.namesake_share,
                stored.copycat_share,
                stored.familiar_share,
                stored.colleague_share,
            ],
            stored.calibration,
            rows,
        );
        model.together = stored.together;
        Ok(model)
    }
}

/// The shipped rates. A stranger's rate is that of showing such a thing at all; by how many others
/// the thing itself is shared comes on top, pair by pair. Nought: as a stranger does.
///
/// Those of people's names, numbers and some others were fitted in November 2026, so that probabilities come true
/// on six sets of `aspa-identity-sample` (three styles, seeds 1 and 11), each held to the estimate that it
/// was before. What told details, places, sites and cautions are worth, and how copycats name themselves,
/// are estimates: made-up people say little of that. So columns need not add up to 1.
#[rustfmt::skip]
fn default_rows() -> [Vec<Row>; GROUPS] {
    let rows = |rates: &[[f64; CASES]]| -> Vec<Row> {
        let row = |rates: &[f64; CASES]| rates.map(|rate| Some(rate).filter(|rate| *rate > 0.0));
        rates.iter().map(row).collect()
    };
    [
        // same, stranger, namesake, copycat, familiar, colleague
        rows(&[
            [    0.75,      0.5,     0.39,     0.94,    0.027,      0.0], // Whole (x share)
            [   0.015,     0.05,     0.03,   0.0069,   0.0027,      0.0], // Spelling (x share)
            [   0.025,     0.08,    0.033,   0.0062,    0.005,      0.0], // Nickname (x share)
            [   0.064,      0.3,    0.014,   0.0084,   0.0017,      0.0], // Typo (x share)
            [    0.01,      0.5,    0.003,    0.002,    0.002,      0.0], // Mailed (x share)
            [   0.051,     0.06,    0.059,   0.0036,   0.0032,      0.0], // Across (x share)
            [    0.06,     0.06,    0.065,    0.008,   0.0032,      0.0], // UserWhole (x share)
            [   0.017,     0.05,     0.06,    0.008,    0.012,      0.0], // Initial (x share)
            [   0.022,     0.03,    0.042,    0.011,    0.025,      0.0], // UserInitial (x share)
            [   0.013,     0.03,     0.01,   0.0012,   0.0038,      0.0], // UserShort (x share)
            [  0.0066,     0.04,   0.0099,   0.0011,     0.08,      0.0], // Family (x share)
            [   0.021,     0.15,    0.031,   0.0039,    0.029,      0.0], // Given (x share)
            [ 0.00068,     0.01,    0.005,   0.0011,   0.0052,      0.0], // Initials (x share)
            [   0.014,      0.1,    0.015,   0.0011,     0.11,      0.0], // Nothing
            [   0.008,     0.15,   0.0099,   0.0011,    0.068,      0.0], // Words
            [  0.0027,      0.2,   0.0099,   0.0015,    0.032,      0.0], // GivenWord (x share)
            [  0.0052,      0.2,   0.0049,   0.0011,    0.092,      0.0], // FamilyWord (x share)
            [  0.0019,     0.55,   0.0025,   0.0011,     0.46,      0.0], // OtherGiven (x share)
            [  0.0056,     0.55,   0.0025,   0.0066,    0.027,      0.0], // OtherFamily (x share)
            [   0.001,     0.55,   0.0025,   0.0011,     0.45,      0.0], // Other
            [ 0.00089,     0.15,   0.0025,   0.0011,    0.093,      0.0], // OtherWord
            [    0.75,      0.8,      0.5,     0.84,    0.048,      0.0], // Company (x share)
            [    0.11,     0.15,      0.1,    0.062,    0.027,      0.0], // CompanyUser (x share)
            [   0.085,      0.3,      0.2,    0.049,    0.096,      0.0], // CompanyPart (x share)
            [   0.017,      1.0,     0.05,    0.053,      0.8,      0.0], // NotCompany
        ]),
        rows(&[
            [     0.1,     1e-9,      0.0,      0.0,    0.032,      0.0], // Both
            [    0.44,     1e-7,      0.0,      0.0,     0.28,      0.0], // Email
            [    0.22,     1e-7,      0.0,      0.0,     0.19,      0.0], // Phone
            [  0.0079,     1e-6,      0.0,      0.0,    0.081,      0.0], // EmailShared
            [   0.013,     1e-6,      0.0,      0.0,     0.14,      0.0], // PhoneShared
            [  0.0064,   0.0001,      0.0,      0.0,     0.12,      0.0], // Role
            [    0.13,     1e-6,  0.00077,    0.013,     0.01,      0.0], // Public
            [   0.006,     1e-5,      0.0,      0.0,    0.001,      0.0], // Slip
            [   0.002,     1e-7,      0.0,      0.0,     0.29,      0.0], // Behalf
            [   0.086,     0.65,      0.0,      0.0,    0.025,      0.0], // OtherEmail
            [   0.054,     0.35,      0.0,      0.0,    0.018,      0.0], // OtherPhone
        ]),
        rows(&[
            [    0.57,     2e-6,      0.0,      0.0,     0.27,      0.0], // Customer
            [    0.35,     2e-6,      0.0,      0.0,     0.30,      0.0], // Order
            [  0.0063,     2e-6,      0.0,      0.0,    0.017,      0.0], // Public
            [   0.013,   0.0005,      0.0,      0.0,    0.001,      0.0], // Slip
            [  0.0016,     2e-6,      0.0,      0.0,     0.37,      0.0], // Behalf
            [   0.042,      0.6,      0.0,      0.0,    0.045,      0.0], // OtherCustomer
            [   0.027,      0.4,      0.0,      0.0,    0.042,      0.0], // OtherOrder
        ]),
        rows(&[
            [    0.95,     1e-9,      0.0,      0.0,      0.0,      0.0], // Id
            [    0.78,     1e-6,    0.002,    0.004,     0.02,      0.0], // Here
            [    0.30,     1e-5,    0.002,     0.02,      0.0,      0.0], // Elsewhere
            [    0.05,     2e-6,   0.0003,    0.001,      0.0,      0.0], // LocalPart
            [   0.015,   0.0001,    0.033,     0.57,      0.0,      0.0], // NearCopy
            [     0.2,     0.95,      0.9,     0.37,      0.0,      0.0], // AnotherHere
            [   0.041,    0.002,   0.0024,   0.0065,      0.0,      0.0], // Figures
        ]),
        rows(&[
            [    0.88,      0.8,     0.14,     0.89,     0.77,      0.6], // City (x share)
            [   0.091,      0.8,     0.81,     0.11,     0.23,      0.4], // Elsewhere
        ]),
        rows(&[
            [    0.30,     1e-6,      0.0,      0.0,    0.001,    0.002], // OwnsSite
            [    0.40,     1e-6,      0.0,      0.0,     0.02,     0.25], // CompanySite
            [    0.20,     1e-5,    0.001,     0.05,     0.02,     0.10], // NamesSite
            [    0.15,     0.20,      0.0,     0.10,     0.10,     0.30], // EmployerSite (x share)
            [    0.75,      0.6,      0.0,      0.3,     0.17,      0.7], // Employer (x share)
            [   0.032,      0.6,      0.0,    0.054,      0.3,     0.05], // OtherEmployer
        ]),
        rows(&[
            [0.000063,     0.01,    0.006,    0.089,   0.0005,     0.01], // Imitation
            [  0.0053,     0.01,    0.017,    0.013,     0.11,     0.01], // Shared
            [ 0.00044,     0.03,   0.0099,    0.042,    0.016,      0.3], // Staff
            [ 0.00072,     0.05,    0.012,    0.037,   0.0027,     0.01], // Official
            [  0.0011,     0.08,    0.015,   0.0081,   0.0014,    0.002], // Bot
        ]),
    ]
}
