use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use aspa_types::Tag;

use crate::playbook::PlaybookId;

/// How soon a term that stands in a text more often counts no more, and how much long texts are
/// discounted: the usual values (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25
/// and Beyond", 2009, section 3.5).
const K1: f64 = 1.2;
const B: f64 = 0.75;
/// How many of the most alike examples tell why.
const NEIGHBOURS: usize = 5;
/// An example that has all that is asked counts e to this times as much as one that has nothing of it.
/// On the half for tuning of `examples/measure-teamwork` 2 and 3 were better than 4 to 8.
const SHARPNESS: f64 = 3.0;
/// Of a longer text the rarest terms count.
const MOST_TERMS: usize = 200;

/// Which playbooks have answered questions like this one: learnt from what was answered with what.
///
/// Texts are given as terms: folded words and their stems, as `aspa_store::Analyzer` makes them for
/// the search. Examples are ranked by Okapi BM25 over terms and tags; a tag counts with those above it.
/// Each example speaks for its playbook, the louder the more alike it is (a kernel estimate): where none is
/// alike, the most used playbook comes first. The index learns and forgets one example at a time.
///
/// On a small public data set without tags it did little better than the most frequent playbook; see
/// `docs/src/teamwork.md` for the figures and how to measure on a history of one's own.
///
/// Terms are words of customers: an erasure [forgets](Self::forget) the examples of a person.
///
/// ```
/// use aspa_ticket::Suggestions;
/// let mut past = Suggestions::default();
/// past.learn("message-1", "late-parcel", ["parcel", "late"], []);
/// past.learn("message-2", "refund", ["money", "back"], []);
/// let found = past.find(["where", "parcel"], [], 3);
/// assert_eq!(&*found[0].playbook, "late-parcel");
/// assert_eq!(&*found[0].because[0].what, "parcel");
/// ```
#[derive(Clone, Default)]
pub struct Suggestions {
    examples: Vec<Option<Example>>,
    by_name: HashMap<Arc<str>, usize>,
    free: Vec<usize>,
    /// Where each term stands, and how often.
    postings: HashMap<Arc<str>, BTreeMap<usize, u32>>,
    used: BTreeMap<PlaybookId, u64>,
    /// Terms of all examples, with repeats.
    length: u64,
}

#[derive(Clone)]
struct Example {
    name: Arc<str>,
    playbook: PlaybookId,
    terms: Vec<Arc<str>>,
    length: u32,
}

/// `Debug` shows how much there is, never what it says.
impl fmt::Debug for Suggestions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suggestions")
            .field("examples", &self.by_name.len())
            .field("playbooks", &self.used.len())
            .finish_non_exhaustive()
    }
}

/// A playbook that may answer a question.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Suggestion {
    /// Which.
    pub playbook: PlaybookId,
    /// Its share of what all examples say, 0 to 1.
    pub score: f64,
    /// How many questions it has answered so far.
    pub used: u64,
    /// What it shares with the question, what weighs most first; empty where it is only often used.
    pub because: Vec<Shared>,
    /// The [rules](crate::automation::Action::Suggest) that suggest it for this ticket.
    pub rules: Vec<String>,
}

/// `Debug` shows the score, never what a customer wrote.
impl fmt::Debug for Suggestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suggestion")
            .field("playbook", &self.playbook)
            .field("score", &self.score)
            .field("used", &self.used)
            .field("because", &self.because.len())
            .finish_non_exhaustive()
    }
}

/// A term or tag that a question shares with earlier ones.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Shared {
    /// The term; of a tag `#` and the tag.
    pub what: Arc<str>,
    /// How much of the likeness it makes, over the examples that are most alike.
    pub weight: f64,
}

/// `Debug` shows the weight, never the term.
impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("weight", &self.weight)
            .finish_non_exhaustive()
    }
}

impl Suggestions {
    /// A question was answered with a playbook. `example` names the question, such as its message; one
    /// that is known is learnt anew. O(terms).
    pub fn learn<'t>(
        &mut self,
        example: impl Into<Arc<str>>,
        playbook: impl Into<PlaybookId>,
        terms: impl IntoIterator<Item = &'t str>,
        tags: impl IntoIterator<Item = &'t Tag>,
    ) {
        let (name, playbook) = (example.into(), playbook.into());
        self.forget(&name);
        let counted = counted(terms, tags);
        let length = counted
            .values()
            .fold(0_u32, |sum, n| sum.saturating_add(*n));
        let place = self.free.pop().unwrap_or_else(|| {
            self.examples.push(None);
            self.examples.len() - 1
        });
        let mut terms = Vec::with_capacity(counted.len());
        for (term, times) in counted {
            let term = match self.postings.get_key_value(term.as_str()) {
                Some((known, _)) => known.clone(),
                None => Arc::from(term),
            };
            let places = self.postings.entry(term.clone()).or_default();
            places.insert(place, times);
            terms.push(term);
        }
        *self.used.entry(playbook.clone()).or_default() += 1;
        self.length += u64::from(length);
        self.by_name.insert(name.clone(), place);
        let example = Example {
            name,
            playbook,
            terms,
            length,
        };
        if let Some(free) = self.examples.get_mut(place) {
            *free = Some(example);
        }
    }

    /// An example counts no longer. Returns whether it was known. O(terms).
    pub fn forget(&mut self, example: &str) -> bool {
        let Some(place) = self.by_name.remove(example) else {
            return false;
        };
        let Some(gone) = self.examples.get_mut(place).and_then(Option::take) else {
            return false;
        };
        for term in &gone.terms {
            if let Some(places) = self.postings.get_mut(term) {
                places.remove(&place);
                if places.is_empty() {
                    self.postings.remove(term);
                }
            }
        }
        if let Some(used) = self.used.get_mut(&gone.playbook) {
            *used -= 1;
            if *used == 0 {
                self.used.remove(&gone.playbook);
            }
        }
        self.length -= u64::from(gone.length);
        self.free.push(place);
        true
    }

    /// How many examples there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Whether nothing was learnt yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// The playbooks that fit a question best, at most so many, the best first; ties by how often they
    /// were used, then by name. Where too few share anything with it, the most used ones follow.
    ///
    /// O(examples that share a term), of the 200 rarest terms.
    #[must_use]
    pub fn find<'t>(
        &self,
        terms: impl IntoIterator<Item = &'t str>,
        tags: impl IntoIterator<Item = &'t Tag>,
        limit: usize,
    ) -> Vec<Suggestion> {
        let mut asked: Vec<(f64, &Arc<str>, &BTreeMap<usize, u32>)> = counted(terms, tags)
            .keys()
            .filter_map(|term| self.postings.get_key_value(term.as_str()))
            .map(|(term, places)| (self.rarity(places.len()), term, places))
            .collect();
        asked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        asked.truncate(MOST_TERMS);
        // What an example of usual length has that holds each of them once.
        let all: f64 = asked.iter().map(|(rarity, ..)| rarity).sum();
        for (rarity, ..) in &mut asked {
            *rarity /= all;
        }

        let mut alike: HashMap<usize, f64> = HashMap::new();
        for (rarity, _, places) in &asked {
            for (place, times) in *places {
                *alike.entry(*place).or_default() += rarity * self.saturation(*place, *times);
            }
        }
        let mut by_playbook: BTreeMap<&PlaybookId, Vec<(f64, usize)>> = BTreeMap::new();
        for (place, score) in alike {
            if let Some(Some(example)) = self.examples.get(place) {
                let examples = by_playbook.entry(&example.playbook).or_default();
                examples.push((score, place));
            }
        }
        let mut found: Vec<Suggestion> = Vec::new();
        let mut all = 0.0;
        for (playbook, used) in &self.used {
            let mut examples = by_playbook.remove(playbook).unwrap_or_default();
            let name = |place: &usize| self.examples.get(*place).and_then(Option::as_ref);
            // Always in one order, so that the sum is the same for the same examples.
            examples.sort_by(|a, b| {
                let by_name = || {
                    name(&a.1)
                        .map(|e| &e.name)
                        .cmp(&name(&b.1).map(|e| &e.name))
                };
                b.0.total_cmp(&a.0).then_with(by_name)
            });
            let louder = examples
                .iter()
                .map(|(alike, _)| (SHARPNESS * alike).exp_m1());
            let score = as_f64(*used) + louder.sum::<f64>();
            all += score;
            examples.truncate(NEIGHBOURS);
            found.push(Suggestion {
                playbook: playbook.clone(),
                score,
                used: *used,
                because: self.because(&asked, &examples),
                rules: Vec::new(),
            });
        }
        for suggestion in &mut found {
            suggestion.score /= all;
        }
        found.sort_by(Suggestion::order);
        found.truncate(limit);
        found
    }

    fn because(
        &self,
        asked: &[(f64, &Arc<str>, &BTreeMap<usize, u32>)],
        examples: &[(f64, usize)],
    ) -> Vec<Shared> {
        let mut because: Vec<Shared> = Vec::new();
        for (rarity, term, places) in asked {
            let shares = examples.iter().filter_map(|(_, place)| {
                let times = places.get(place)?;
                Some(rarity * self.saturation(*place, *times))
            });
            let weight: f64 = shares.sum();
            if weight > 0.0 {
                because.push(Shared {
                    what: (*term).clone(),
                    weight,
                });
            }
        }
        because.sort_by(|a, b| {
            b.weight
                .total_cmp(&a.weight)
                .then_with(|| a.what.cmp(&b.what))
        });
        because
    }

    /// Inverse document frequency, never negative.
    fn rarity(&self, holding: usize) -> f64 {
        let (all, holding) = (as_f64(self.len() as u64), as_f64(holding as u64));
        (1.0 + (all - holding + 0.5) / (holding + 0.5)).ln()
    }

    fn saturation(&self, place: usize, times: u32) -> f64 {
        let length = match self.examples.get(place) {
            Some(Some(example)) => f64::from(example.length),
            _ => 0.0,
        };
        let average = as_f64(self.length) / as_f64(self.len() as u64).max(1.0);
        let times = f64::from(times);
        let long = 1.0 - B + B * length / average.max(1.0);
        times * (K1 + 1.0) / (times + K1 * long)
    }
}

impl Suggestion {
    fn order(a: &Self, b: &Self) -> Ordering {
        b.score
            .total_cmp(&a.score)
            .then_with(|| b.used.cmp(&a.used))
            .then_with(|| a.playbook.cmp(&b.playbook))
    }
}

/// How often each term stands there. Tags are terms too, each with the tags above it.
fn counted<'t>(
    terms: impl IntoIterator<Item = &'t str>,
    tags: impl IntoIterator<Item = &'t Tag>,
) -> BTreeMap<String, u32> {
    let mut counted: BTreeMap<String, u32> = BTreeMap::new();
    for term in terms {
        if !term.is_empty() && !term.starts_with('#') {
            let times = counted.entry(term.to_owned()).or_default();
            *times = times.saturating_add(1);
        }
    }
    let mut above = BTreeSet::new();
    for tag in tags {
        let tag = tag.as_str();
        let ends = tag.match_indices('/').map(|(end, _)| end);
        above.extend(
            ends.chain([tag.len()])
                .map(|end| format!("#{}", &tag[..end])),
        );
    }
    counted.extend(above.into_iter().map(|tag| (tag, 1)));
    counted
}

#[expect(clippy::cast_precision_loss, reason = "counts below 2^53")]
fn as_f64(count: u64) -> f64 {
    count as f64
}
