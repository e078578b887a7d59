use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fmt;

use crate::schema::Truth;

/// What a linker decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "these are all there are")]
pub enum Decision {
    /// Linked without asking.
    Link,
    /// A person is to look.
    Review,
    /// Left alone.
    None,
}

/// What a linker makes of an author.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Row {
    /// The author.
    pub author_id: String,
    /// The best candidate; empty where there is none.
    pub crm_id: String,
    /// That it is the best candidate, 0 to 1.
    pub prob: f64,
    /// What to do.
    pub decision: Decision,
}

impl Row {
    /// A row of a result.
    #[must_use]
    pub fn new(
        author_id: impl Into<String>,
        crm_id: impl Into<String>,
        prob: f64,
        decision: Decision,
    ) -> Self {
        Self {
            author_id: author_id.into(),
            crm_id: crm_id.into(),
            prob,
            decision,
        }
    }
}

/// What mistakes and work cost, in any unit.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Costs {
    /// A link to the wrong record, of a customer or of a stranger.
    pub false_link: f64,
    /// A person who looks.
    pub review: f64,
    /// A customer who is neither linked rightly nor shown to a person rightly.
    pub miss: f64,
}

impl Default for Costs {
    /// 40, 1 and 2.
    fn default() -> Self {
        Self {
            false_link: 40.0,
            review: 1.0,
            miss: 2.0,
        }
    }
}

/// How many authors of a sort there are, and what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counts {
    /// All of them.
    pub authors: usize,
    /// Those who are customers.
    pub customers: usize,
    /// Customers linked to themselves.
    pub links_right: usize,
    /// Customers linked to somebody else.
    pub links_wrong_person: usize,
    /// Linked although no customers.
    pub links_stranger: usize,
    /// For a person to look at, with the right candidate.
    pub reviews_right: usize,
    /// For a person to look at, with a wrong candidate.
    pub reviews_wrong: usize,
}

/// `a / b`, 0 where nothing is there to divide by.
fn share(a: usize, b: usize) -> f64 {
    if b == 0 { 0.0 } else { a as f64 / b as f64 }
}

impl Counts {
    fn add(&mut self, customer: bool, decision: Decision, right: bool) {
        self.authors += 1;
        self.customers += usize::from(customer);
        match (decision, right, customer) {
            (Decision::Link, true, _) => self.links_right += 1,
            (Decision::Link, false, true) => self.links_wrong_person += 1,
            (Decision::Link, false, false) => self.links_stranger += 1,
            (Decision::Review, true, _) => self.reviews_right += 1,
            (Decision::Review, false, _) => self.reviews_wrong += 1,
            (Decision::None, _, _) => {}
        }
    }

    /// Links that are wrong.
    #[must_use]
    pub fn links_wrong(&self) -> usize {
        self.links_wrong_person + self.links_stranger
    }

    /// Share of the links that are right.
    #[must_use]
    pub fn precision(&self) -> f64 {
        share(self.links_right, self.links_right + self.links_wrong())
    }

    /// Share of the customers who are linked rightly.
    #[must_use]
    pub fn recall(&self) -> f64 {
        share(self.links_right, self.customers)
    }

    /// Harmonic mean of precision and recall.
    #[must_use]
    pub fn f1(&self) -> f64 {
        let (p, r) = (self.precision(), self.recall());
        if p + r > 0.0 {
            2.0 * p * r / (p + r)
        } else {
            0.0
        }
    }

    /// Share of those who are no customers that are linked.
    #[must_use]
    pub fn false_link_rate(&self) -> f64 {
        share(self.links_stranger, self.authors - self.customers)
    }

    /// Share of the customers who are linked to somebody else.
    #[must_use]
    pub fn wrong_person_rate(&self) -> f64 {
        share(self.links_wrong_person, self.customers)
    }

    /// Authors that a person has to look at, of a thousand.
    #[must_use]
    pub fn reviews_per_1000(&self) -> f64 {
        1000.0 * share(self.reviews_right + self.reviews_wrong, self.authors)
    }

    /// Share of the reviews whose candidate is right.
    #[must_use]
    pub fn review_precision(&self) -> f64 {
        share(self.reviews_right, self.reviews_right + self.reviews_wrong)
    }

    /// Share of the customers who are linked rightly or shown to a person rightly.
    #[must_use]
    pub fn recall_with_review(&self) -> f64 {
        share(self.links_right + self.reviews_right, self.customers)
    }

    /// What it all costs, of a thousand authors.
    #[must_use]
    pub fn cost_per_1000(&self, costs: Costs) -> f64 {
        let missed = self.customers - self.links_right - self.reviews_right;
        let reviews = self.reviews_right + self.reviews_wrong;
        let all = costs.false_link * self.links_wrong() as f64
            + costs.review * reviews as f64
            + costs.miss * missed as f64;
        if self.authors == 0 {
            0.0
        } else {
            1000.0 * all / self.authors as f64
        }
    }
}

/// The figures of a result.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Score {
    /// Of everybody.
    pub all: Counts,
    /// Of each kind of author.
    pub by_kind: BTreeMap<String, Counts>,
    /// Of the authors who bear a clue; most bear several.
    pub by_evidence: BTreeMap<String, Counts>,
    /// The largest share of the customers that a threshold on the probability links with 99 of 100
    /// links right; rows of equal probability are taken together or not at all.
    pub recall_at_99: f64,
    /// The same with 95 of 100.
    pub recall_at_95: f64,
    /// Mean squared difference of the probability of the best candidate, 0 where there is none, and
    /// whether it is right (Brier, Monthly Weather Review 78, 1950).
    pub brier: f64,
    /// Mean distance of probability and share of right ones over 20 bins of equal width, weighted by
    /// their authors.
    pub calibration_error: f64,
    /// The same over 20 bins of as many authors each; equal probabilities fall into one bin.
    pub calibration_error_equal_mass: f64,
}

/// Why a result cannot be scored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScoreError {
    /// An author of the truth has no row.
    Missing(String),
    /// A row's author is not in the truth.
    Unknown(String),
    /// An author has two rows.
    Twice(String),
    /// A probability below 0, above 1, or none at all.
    Probability(String),
}

impl fmt::Display for ScoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(author) => write!(f, "author {author} has no row"),
            Self::Unknown(author) => write!(f, "author {author} is not in the truth"),
            Self::Twice(author) => write!(f, "author {author} has two rows"),
            Self::Probability(author) => write!(f, "the probability of {author} is not 0 to 1"),
        }
    }
}

impl Error for ScoreError {}

const BINS: usize = 20;

impl Score {
    /// Scores a result against the truth, in any order.
    ///
    /// A candidate is right if it is one of the author's records. Without a candidate there is
    /// neither link nor review, whatever the row decides.
    ///
    /// # Errors
    ///
    /// [`ScoreError`] where rows and truth do not have the same authors once each, or a probability
    /// is none.
    pub fn of(truth: &[Truth], rows: &[Row]) -> Result<Self, ScoreError> {
        let mut by_author: HashMap<&str, &Row> = HashMap::with_capacity(rows.len());
        for row in rows {
            if !(0.0..=1.0).contains(&row.prob) {
                return Err(ScoreError::Probability(row.author_id.clone()));
            }
            if by_author.insert(&row.author_id, row).is_some() {
                return Err(ScoreError::Twice(row.author_id.clone()));
            }
        }
        let (mut all, mut by_kind, mut by_evidence) =
            (Counts::default(), BTreeMap::new(), BTreeMap::new());
        // Probability of the best candidate, whether there is one, whether it is right.
        let mut ranked: Vec<(f64, bool, bool)> = Vec::with_capacity(truth.len());
        for who in truth {
            let row = by_author
                .remove(who.author_id.as_str())
                .ok_or_else(|| ScoreError::Missing(who.author_id.clone()))?;
            let found = !row.crm_id.is_empty();
            let right = found && who.crm_ids.contains(&row.crm_id);
            let (prob, decision) = if found {
                (row.prob, row.decision)
            } else {
                (0.0, Decision::None)
            };
            ranked.push((prob, found, right));
            let customer = !who.crm_ids.is_empty();
            let count = |counts: &mut Counts| counts.add(customer, decision, right);
            count(&mut all);
            count(by_kind.entry(who.kind.clone()).or_default());
            for clue in who.evidence.split('+') {
                count(by_evidence.entry(clue.to_owned()).or_default());
            }
        }
        if let Some(author) = by_author.keys().min() {
            return Err(ScoreError::Unknown((*author).to_owned()));
        }
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        Ok(Self {
            all,
            by_kind,
            by_evidence,
            recall_at_99: recall_at(&ranked, all.customers, 0.99),
            recall_at_95: recall_at(&ranked, all.customers, 0.95),
            brier: brier(&ranked),
            calibration_error: equal_width(&ranked),
            calibration_error_equal_mass: equal_mass(&ranked),
        })
    }
}

fn of_one(right: bool) -> f64 {
    f64::from(u8::from(right))
}

/// Whether the next row has another probability.
fn block_ends(ranked: &[(f64, bool, bool)], at: usize) -> bool {
    ranked.get(at + 1).is_none_or(|next| next.0 < ranked[at].0)
}

fn recall_at(ranked: &[(f64, bool, bool)], customers: usize, precision: f64) -> f64 {
    let (mut links, mut rights, mut best) = (0, 0, 0);
    for (at, (_, found, right)) in ranked.iter().enumerate() {
        links += usize::from(*found);
        rights += usize::from(*right);
        // A hair's breadth for 99 of 100, whose quotient is not exact.
        if block_ends(ranked, at) && share(rights, links) >= precision - 1e-12 {
            best = rights;
        }
    }
    share(best, customers)
}

fn brier(ranked: &[(f64, bool, bool)]) -> f64 {
    let squares = ranked
        .iter()
        .map(|(p, _, right)| (p - of_one(*right)).powi(2));
    squares.sum::<f64>() / ranked.len().max(1) as f64
}

fn equal_width(ranked: &[(f64, bool, bool)]) -> f64 {
    let mut off = [0.0; BINS];
    for (p, _, right) in ranked {
        off[((p * BINS as f64) as usize).min(BINS - 1)] += p - of_one(*right);
    }
    off.iter().map(|off| off.abs()).sum::<f64>() / ranked.len().max(1) as f64
}

fn equal_mass(ranked: &[(f64, bool, bool)]) -> f64 {
    let (mut off, mut all, mut bin) = (0.0, 0.0, 1);
    for (at, (p, _, right)) in ranked.iter().enumerate() {
        off += p - of_one(*right);
        let full = (at + 1) * BINS >= bin * ranked.len();
        if full && block_ends(ranked, at) {
            all += f64::abs(off);
            off = 0.0;
            bin = (at + 1) * BINS / ranked.len() + 1;
        }
    }
    all / ranked.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::{Costs, Counts, Decision, Row, Score, ScoreError};
    use crate::schema::Truth;

    fn who(author: &str, ids: &[&str], kind: &str, evidence: &str) -> Truth {
        Truth {
            author_id: author.to_owned(),
            crm_ids: ids.iter().map(|id| (*id).to_owned()).collect(),
            kind: kind.to_owned(),
            evidence: evidence.to_owned(),
        }
    }

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-12, "{a} is not {b}");
    }

    /// Ten authors, six of them customers.
    fn ten() -> (Vec<Truth>, Vec<Row>) {
        let customers = [
            ("1", &["a", "b"][..], "b", 0.98, Decision::Link),
            ("2", &["c"], "c", 0.96, Decision::Link),
            ("3", &["d"], "e", 0.92, Decision::Link),
            ("4", &["f"], "f", 0.70, Decision::Review),
            ("5", &["g"], "h", 0.60, Decision::Review),
            ("6", &["i"], "", 0.00, Decision::None),
        ];
        let strangers = [
            ("7", "a", 0.94, Decision::Link),
            ("8", "b", 0.52, Decision::Review),
            ("9", "c", 0.10, Decision::None),
            ("10", "", 0.30, Decision::Link),
        ];
        let truth = customers
            .iter()
            .map(|(author, ids, ..)| who(author, ids, "customer", "email+h:name"))
            .chain(
                strangers
                    .iter()
                    .map(|(author, ..)| who(author, &[], "stranger", "none")),
            )
            .collect();
        let rows = customers
            .iter()
            .map(|(author, _, id, p, decision)| Row::new(*author, *id, *p, *decision))
            .chain(
                strangers
                    .iter()
                    .map(|(author, id, p, decision)| Row::new(*author, *id, *p, *decision)),
            )
            .collect();
        (truth, rows)
    }

    #[test]
    fn ten_authors_by_hand() {
        let (truth, rows) = ten();
        let score = Score::of(&truth, &rows).unwrap();
        let all = score.all;
        assert_eq!((all.authors, all.customers), (10, 6));
        // Links 1, 2 right; 3 the wrong person; 7 a stranger; 10 has no candidate, so no link.
        assert_eq!(
            (all.links_right, all.links_wrong_person, all.links_stranger),
            (2, 1, 1)
        );
        near(all.precision(), 0.5);
        near(all.recall(), 2.0 / 6.0);
        near(all.f1(), 0.4);
        near(all.false_link_rate(), 0.25);
        near(all.wrong_person_rate(), 1.0 / 6.0);
        // Reviews 4 right; 5 and 8 wrong.
        assert_eq!((all.reviews_right, all.reviews_wrong), (1, 2));
        near(all.reviews_per_1000(), 300.0);
        near(all.review_precision(), 1.0 / 3.0);
        near(all.recall_with_review(), 0.5);
        // Two false links, three reviews, misses 3, 5, 6: 80 + 3 + 6 of ten authors.
        near(all.cost_per_1000(Costs::default()), 8_900.0);
        // .98 and .96 are right, .94 is not.
        near(score.recall_at_99, 2.0 / 6.0);
        near(score.recall_at_95, 2.0 / 6.0);
        let squares = [0.02, 0.04, 0.92, 0.30, 0.60, 0.0, 0.94, 0.52, 0.10, 0.0];
        near(
            score.brier,
            squares.iter().map(|x: &f64| x * x).sum::<f64>() / 10.0,
        );
        // Bins: .98 and .96; .94 and .92; .70; .60; .52; .10; two at 0.
        let off = 0.06 + (0.94 + 0.92) + 0.30 + 0.60 + 0.52 + 0.10;
        near(score.calibration_error, off / 10.0);
        // Ten authors in twenty bins stand alone but for the two at 0.
        let off = 0.02 + 0.04 + 0.94 + 0.92 + 0.30 + 0.60 + 0.52 + 0.10;
        near(score.calibration_error_equal_mass, off / 10.0);
        assert_eq!(score.by_kind["customer"].authors, 6);
        assert_eq!(score.by_kind["stranger"].links_stranger, 1);
        assert_eq!(score.by_evidence["email"], score.by_evidence["h:name"]);
        assert_eq!(score.by_evidence["none"].authors, 4);
    }

    #[test]
    fn equal_probabilities_are_one_block() {
        let truth: Vec<Truth> = (0..200)
            .map(|n| who(&n.to_string(), &["x"], "c", "none"))
            .collect();
        let row = |n: usize, wrong: usize, p: f64| {
            let id = if n < wrong { "y" } else { "x" };
            Row::new(n.to_string(), id, p, Decision::Link)
        };
        // Two of 200 wrong: all can be linked; the precision is .99 to the hair.
        let rows: Vec<Row> = (0..200).map(|n| row(n, 2, 0.9)).collect();
        near(Score::of(&truth, &rows).unwrap().recall_at_99, 0.99);
        // Three wrong in one block: none can, at .99; at .95 all.
        let rows: Vec<Row> = (0..200).map(|n| row(n, 3, 0.9)).collect();
        let score = Score::of(&truth, &rows).unwrap();
        near(score.recall_at_99, 0.0);
        near(score.recall_at_95, 197.0 / 200.0);
        // One bin, since all are equal.
        near(
            score.calibration_error_equal_mass,
            (200.0 * 0.9 - 197.0_f64).abs() / 200.0,
        );
        // The three at the end: those before them can.
        let rows: Vec<Row> = (0..200)
            .map(|n| row(n, 3, if n < 3 { 0.8 } else { 0.9 }))
            .collect();
        near(
            Score::of(&truth, &rows).unwrap().recall_at_99,
            197.0 / 200.0,
        );
    }

    #[test]
    fn bins_of_equal_mass_hold_as_many_each() {
        // Forty authors: pairs of one right and one wrong at .5 are calibrated, whatever their order.
        let truth: Vec<Truth> = (0..40)
            .map(|n| who(&n.to_string(), &["x"], "c", "none"))
            .collect();
        let rows: Vec<Row> = (0..40_u32)
            .map(|n| {
                let p = 0.5 + f64::from(n / 2) * 1e-6;
                Row::new(
                    n.to_string(),
                    if n % 2 == 0 { "x" } else { "y" },
                    p,
                    Decision::None,
                )
            })
            .collect();
        let score = Score::of(&truth, &rows).unwrap();
        assert!(score.calibration_error_equal_mass < 2e-5);
    }

    #[test]
    fn a_result_that_does_not_fit_is_refused() {
        let (truth, rows) = ten();
        let refused = |change: &dyn Fn(&mut Vec<Row>)| {
            let mut rows = rows.clone();
            change(&mut rows);
            Score::of(&truth, &rows)
        };
        assert_eq!(
            refused(&|rows| drop(rows.pop())),
            Err(ScoreError::Missing("10".into()))
        );
        assert_eq!(
            refused(&|rows| rows.push(rows[0].clone())),
            Err(ScoreError::Twice("1".into()))
        );
        let more = |rows: &mut Vec<Row>| rows.push(Row::new("11", "", 0.0, Decision::None));
        assert_eq!(refused(&more), Err(ScoreError::Unknown("11".into())));
        assert_eq!(
            refused(&|rows| rows[0].prob = 1.5),
            Err(ScoreError::Probability("1".into()))
        );
        assert_eq!(
            refused(&|rows| rows[0].prob = f64::NAN),
            Err(ScoreError::Probability("1".into()))
        );
        let score = Score::of(&[], &[]).unwrap();
        assert_eq!(score.all, Counts::default());
        near(score.all.cost_per_1000(Costs::default()), 0.0);
    }
}
