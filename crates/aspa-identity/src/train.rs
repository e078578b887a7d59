//! Learning rates from a host's own authors, with labels or without.

use std::num::NonZeroUsize;

use aspa_types::{CustomerId, HandleKey};

use crate::calibration::{Calibration, Outcome};
use crate::compare::Comparer;
use crate::decide::{self, Compare};
use crate::facts::Facts;
use crate::features;
use crate::levels::{GROUPS, Pattern, UserLevel};
use crate::model::{CASES, COLLEAGUE, COPYCAT, FAMILIAR, Model, NAMESAKE, Row, SAME, STRANGER};
use crate::query::Query;
use crate::together::{self, Other};
use crate::{Evidence, Linker};

/// A presence to learn from.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Author {
    /// The presence.
    pub handle: HandleKey,
    /// What is known of it.
    pub evidence: Vec<Evidence>,
    /// Who it is, where somebody knows: every record of that customer, or none for nobody.
    pub label: Option<Vec<CustomerId>>,
}

impl Author {
    /// A presence of which nobody knows who it is.
    #[must_use]
    pub fn new(handle: HandleKey, evidence: Vec<Evidence>) -> Self {
        Self {
            handle,
            evidence,
            label: None,
        }
    }

    /// The same, known to be the customer of these records; of none: no customer.
    #[must_use]
    pub fn labelled(mut self, customers: Vec<CustomerId>) -> Self {
        self.label = Some(customers);
        self
    }
}

/// Rounds of expectation and maximisation.
const ROUNDS: usize = 25;
/// Most candidates that are learnt from for an author.
const CANDIDATES: usize = 24;
/// Most authors without a label that are learnt from: more change nothing that matters.
const UNLABELLED: usize = 20_000;
/// As how many authors the shipped rates count.
const HOLD: f64 = 500.0;
/// As how many authors the shipped shares count.
const HOLD_SHARES: f64 = 400.0;
/// From so many labels on, probabilities are calibrated by them.
const LABELS: usize = 30;
/// Levels whose rates add up, group by group: one of them is seen whenever there is something to
/// compare. Of the other levels only presence is seen.
const WHOLES: [&[(usize, usize)]; GROUPS] = [
    &[(0, 21), (21, 25)],
    &[(0, 11)],
    &[(0, 7)],
    &[(1, 2), (4, 6)],
    &[(0, 2)],
    &[(4, 6)],
    &[],
];

struct Case {
    query: Query,
    /// Of the candidates, where there is a label.
    users: Vec<UserLevel>,
    compares: Vec<Compare>,
    /// Which of them are right; `Some` and none: nobody.
    label: Option<Vec<bool>>,
    /// Labelled with a customer that is not among the candidates.
    is_missing: bool,
}

impl Linker {
    /// Rates learnt from authors: by expectation and maximisation over who they may be (Dempster, Laird and
    /// Rubin 1977), held towards the shipped rates, labels where there are any taken as said; from 30 labels
    /// on probabilities are calibrated by them too.
    ///
    /// Any subset may be labelled, also none. Labels should be a random sample of the authors: of a sample
    /// of hard cases the calibration would be wrong for the easy ones. For
    /// [`decide_together`](Self::decide_together) the authors should be those who are decided about.
    /// O(authors × candidates).
    #[must_use]
    pub fn learn(&self, authors: &[Author], threads: NonZeroUsize) -> Model {
        let sample = sample(authors);
        let cases = together::in_order(&sample, threads, |_, at| self.case(&authors[*at]));
        let size = self.read().size();
        let start = self.rates().uncalibrated();
        let mut model = start.clone();
        for _ in 0..ROUNDS {
            model = step_of(&start, &model, &cases, size);
        }
        if cases.iter().filter(|case| case.label.is_some()).count() < LABELS {
            return model;
        }
        let alone = cases
            .iter()
            .filter_map(|case| outcome(case, &model, size, &[]));
        let alone: Vec<Outcome> = alone.collect();
        let others = self.others(authors, threads, &model);
        let beside = cases.iter().zip(&sample);
        let beside = beside.filter_map(|(case, at)| outcome(case, &model, size, &others[*at]));
        let beside: Vec<Outcome> = beside.collect();
        model.calibration = Calibration::fit(&alone);
        model.together = Calibration::fit(&beside);
        model
    }

    fn case(&self, author: &Author) -> Case {
        let facts = Facts::of(&author.evidence, self.settings());
        let state = self.read();
        let query = Query::of(&author.handle, &facts, &state);
        let records = decide::candidates(&state, &query);
        let mut compares = decide::compare(&state, self.rates(), &query, &records).all;
        compares.truncate(CANDIDATES);
        let label = author.label.as_ref().map(|right| {
            let is_right = |compare: &Compare| {
                state
                    .id(compare.record, None)
                    .is_some_and(|id| right.contains(&id))
            };
            compares.iter().map(is_right).collect::<Vec<bool>>()
        });
        let is_missing = author.label.as_ref().is_some_and(|right| !right.is_empty())
            && !label.iter().flatten().any(|is_right| *is_right);
        let comparer = Comparer::new(&state, &query);
        let user = |compare: &Compare| {
            state
                .card(compare.record)
                .map_or(UserLevel::Nothing, |card| comparer.user(card))
        };
        let users = match label {
            Some(_) => compares.iter().map(user).collect(),
            None => Vec::new(),
        };
        Case {
            query,
            users,
            compares,
            label,
            is_missing,
        }
    }
}

/// The places of the authors that are learnt from: all with a label, of the others no more than are
/// needed.
fn sample(authors: &[Author]) -> Vec<usize> {
    let unlabelled = authors.iter().filter(|author| author.label.is_none());
    let step = unlabelled.count().div_ceil(UNLABELLED).max(1);
    let mut unlabelled = 0;
    let is_in = |at: &usize| {
        unlabelled += usize::from(authors[*at].label.is_none());
        authors[*at].label.is_some() || unlabelled % step == 0
    };
    (0..authors.len()).filter(is_in).collect()
}

/// The log-odds, to base e, of the best candidate of a labelled case, and whether it was right.
fn outcome(case: &Case, model: &Model, size: f64, others: &[Other]) -> Option<Outcome> {
    let label = case.label.as_ref()?;
    let masses: Vec<_> = case
        .compares
        .iter()
        .map(|compare| model.masses(&compare.compared.pattern, size))
        .collect();
    // Mass, mass of those who only look like it, whether it is right, and the best record's place.
    let mut people: Vec<(f64, f64, bool, usize)> = vec![(0.0, 0.0, false, 0); masses.len()];
    for (i, (compare, mass)) in case.compares.iter().zip(&masses).enumerate() {
        let person = &mut people[compare.person];
        let other = others.iter().find(|other| other.record == compare.record);
        person.0 += mass.same * other.map_or(1.0, |other| other.bits.exp2());
        if compare.person == i {
            person.3 = i;
            person.1 = mass.other.iter().sum();
        }
        person.2 |= label[i];
    }
    let all: f64 = model.stranger() + people.iter().map(|person| person.0 + person.1).sum::<f64>();
    let best = people.iter().max_by(|a, b| a.0.total_cmp(&b.0))?;
    let rivals = people
        .iter()
        .filter(|person| person.0 >= best.0 * 0.2)
        .count()
        .saturating_sub(1);
    Some(Outcome {
        log_odds: (best.0 / (all - best.0).max(1e-300)).max(1e-300).ln(),
        signs: features::signs(
            &case.query,
            &case.compares[best.3].compared.pattern,
            case.users[best.3],
            rivals,
            others
                .iter()
                .copied()
                .find(|other| other.record == case.compares[best.3].record),
        ),
        came_true: best.2,
    })
}

/// One round: how probable each case of each author is, then the rates that fit best.
fn step_of(start: &Model, model: &Model, cases: &[Case], size: f64) -> Model {
    let mut seen: [Vec<[f64; CASES]>; GROUPS] =
        std::array::from_fn(|group| vec![[0.0; CASES]; start.rows[group].len()]);
    let mut shares = [0.0; CASES];
    // How many labelled authors are no customers.
    let mut nobodies = 0.0;
    // How many are customers, of how many.
    let mut customers = [0.0; 2];
    let labelled = cases.iter().filter(|case| case.label.is_some()).count();
    let unlabelled = if labelled < LABELS { 1.0 } else { 0.1 };
    for case in cases {
        let masses: Vec<_> = case
            .compares
            .iter()
            .map(|compare| model.masses(&compare.compared.pattern, size))
            .collect();
        let is_allowed = |i: usize, column: usize| match &case.label {
            None => true,
            Some(label) if label.iter().any(|right| *right) => column == SAME && label[i],
            Some(_) => column != SAME,
        };
        if case.is_missing {
            customers[0] += 1.0;
            customers[1] += 1.0;
            continue;
        }
        let stranger = match &case.label {
            Some(label) if label.iter().any(|right| *right) => 0.0,
            _ => model.stranger(),
        };
        let mass = |i: usize, column: usize| {
            if !is_allowed(i, column) {
                0.0
            } else if column == SAME {
                masses[i].same
            } else {
                masses[i].other[column - 2]
            }
        };
        let columns = [SAME, NAMESAKE, COPYCAT, FAMILIAR, COLLEAGUE];
        let all: f64 = stranger
            + (0..masses.len())
                .flat_map(|i| columns.map(|column| mass(i, column)))
                .sum::<f64>();
        if all <= 0.0 || !all.is_finite() {
            continue;
        }
        // Only a label tells a namesake: without one it looks like the customer.
        let weight_of = |column: usize| match (&case.label, column) {
            (Some(_), _) => 1.0,
            (None, NAMESAKE | COPYCAT) => 0.0,
            (None, _) => unlabelled,
        };
        if case
            .label
            .as_ref()
            .is_some_and(|label| !label.iter().any(|right| *right))
        {
            nobodies += 1.0;
        }
        shares[STRANGER] += weight_of(STRANGER) * stranger / all;
        customers[0] +=
            weight_of(SAME) * (0..masses.len()).map(|i| mass(i, SAME) / all).sum::<f64>();
        customers[1] += weight_of(SAME);
        for (i, compare) in case.compares.iter().enumerate() {
            for column in columns {
                let weight = weight_of(column) * mass(i, column) / all;
                if weight < 1e-6 {
                    continue;
                }
                shares[column] += weight;
                // Nor does a name by itself tell its customers from its namesakes.
                let from = usize::from(case.label.is_none() && !compare.compared.pattern.is_hard());
                count(&mut seen, &compare.compared.pattern, column, weight, from);
            }
        }
    }
    let rows = std::array::from_fn(|group| rates(start, group, &seen[group], &shares));
    let customers =
        (start.customer_share * HOLD_SHARES + customers[0]) / (HOLD_SHARES + customers[1]);
    let nobody: f64 = shares[1..].iter().sum();
    // Namesakes are counted among labelled authors only.
    let share = |of: f64, column: usize| {
        let all = if matches!(column, NAMESAKE | COPYCAT) {
            nobodies
        } else {
            nobody
        };
        (of * HOLD_SHARES + shares[column]) / (HOLD_SHARES + all)
    };
    Model::of(
        [
            customers,
            share(start.namesake_share, NAMESAKE),
            share(start.copycat_share, COPYCAT),
            share(start.familiar_share, FAMILIAR),
            share(start.colleague_share, COLLEAGUE),
        ],
        Calibration::default(),
        rows,
    )
}

fn count(
    seen: &mut [Vec<[f64; CASES]>; GROUPS],
    pattern: &Pattern,
    column: usize,
    weight: f64,
    from: usize,
) {
    for (group, level) in pattern.numbers().into_iter().enumerate().skip(from) {
        if let Some(row) = seen[group].get_mut(level) {
            row[column] += weight;
        }
    }
}

fn rates(start: &Model, group: usize, seen: &[[f64; CASES]], shares: &[f64; CASES]) -> Vec<Row> {
    let mut rows = start.rows[group].clone();
    for column in [SAME, NAMESAKE, COPYCAT, FAMILIAR, COLLEAGUE] {
        let mut is_whole = vec![false; rows.len()];
        for (from, to) in WHOLES[group] {
            let range = *from..*to;
            let old: f64 = range
                .clone()
                .filter_map(|level| start.rows[group][level][column])
                .sum();
            let new: f64 = range.clone().map(|level| seen[level][column]).sum();
            for level in range.clone() {
                is_whole[level] = true;
                if let Some(rate) = start.rows[group][level][column] {
                    let rate = (rate / old * HOLD + seen[level][column]) / (HOLD + new) * old;
                    rows[level][column] = Some(rate.clamp(1e-9, 1.0));
                }
            }
        }
        for (level, row) in rows.iter_mut().enumerate() {
            if let (false, Some(rate)) = (is_whole[level], start.rows[group][level][column]) {
                let rate = (rate * HOLD + seen[level][column]) / (HOLD + shares[column]);
                row[column] = Some(rate.clamp(1e-9, 1.0));
            }
        }
    }
    rows
}
