//! From facts to a decision: find candidates, weigh each, normalise, decide by expected cost.

use std::collections::{BTreeMap, BTreeSet};

use aspa_types::{CustomerId, HandleKey};

use crate::card::{Card, Key, untagged};
use crate::facts::Facts;
use crate::weigh::{Weighed, Weigher};
use crate::{Ask, Candidate, ContactKind, DecidedBy, Decision, Directory, Verdict, old_names};

/// Most candidates in a decision, and in a review.
const SHOWN: usize = 20;
const REVIEWED: usize = 5;

/// What a handle's evidence is compared as.
#[derive(Debug, Default)]
pub(crate) struct Query {
    /// Words of the display name.
    pub(crate) words: Vec<String>,
    /// Whole names that the display name can be: given, family.
    pub(crate) full: Vec<(String, String)>,
    /// What the user name can spell.
    pub(crate) ways: Vec<String>,
    /// The user name on its network, in the spellings a CRM may have.
    pub(crate) user_names: Vec<String>,
    /// The display name as a company's.
    pub(crate) company: String,
    pub(crate) hosts: Vec<String>,
    pub(crate) verified_hosts: Vec<String>,
}

impl Query {
    fn of(handle: &HandleKey, facts: &Facts) -> Self {
        let display = facts
            .display_name
            .as_ref()
            .map_or("", |name| name.text.as_str());
        let words = old_names::words(display);
        let mut full = BTreeSet::new();
        for i in 1..words.len() {
            let (start, end) = (words[..i].concat(), words[i..].concat());
            full.insert((start.clone(), end.clone()));
            full.insert((end, start));
        }
        if let [first, .., last] = words.as_slice() {
            full.insert((first.clone(), last.clone()));
            full.insert((last.clone(), first.clone()));
        }
        let user = facts
            .user_name
            .as_ref()
            .map_or("", |name| name.text.trim_start_matches('@'));
        let user = user.chars().take(100).collect::<String>().to_lowercase();
        let mut user_names = vec![user.clone()];
        user_names.extend(handle.scope().map(|scope| format!("{user}@{scope}")));
        user_names.retain(|_| !user.is_empty());
        let hosts = |links: &[crate::facts::Sourced]| {
            links
                .iter()
                .filter_map(|link| old_names::host(&link.text))
                .collect()
        };
        Self {
            full: full.into_iter().collect(),
            ways: old_names::user_names(user.split('@').next().unwrap_or_default()),
            user_names,
            company: old_names::company(display),
            hosts: hosts(&facts.links),
            verified_hosts: hosts(&facts.verified_links),
            words,
        }
    }

    /// Every key that can bring a candidate.
    fn keys(&self, handle: &HandleKey, facts: &Facts) -> Vec<Key> {
        let mut keys = Vec::new();
        for (kind, value) in facts.contacts.keys() {
            keys.extend(match kind {
                ContactKind::Email => Some(Key::Email(untagged(value))),
                ContactKind::Phone => Some(Key::Phone(value.clone())),
                ContactKind::CustomerNumber => Some(Key::CustomerNumber(value.clone())),
                ContactKind::OrderNumber => Some(Key::OrderNumber(value.clone())),
                ContactKind::Other(_) => None,
            });
        }
        keys.push(Key::Handle(handle.clone()));
        for name in &self.user_names {
            keys.push(Key::UserName(
                handle.network().as_str().to_owned(),
                name.clone(),
            ));
            keys.push(Key::AnyUserName(name.clone()));
            keys.push(Key::LocalPart(name.clone()));
        }
        keys.extend(
            self.full
                .iter()
                .map(|(first, last)| Key::Name(first.clone(), last.clone())),
        );
        if let [first, initial] = self.words.as_slice() {
            let mut letters = initial.chars();
            if let (Some(letter), None) = (letters.next(), letters.next()) {
                keys.push(Key::LastInitial(first.clone(), letter));
            }
        }
        for way in &self.ways {
            keys.push(Key::Joined(way.clone()));
            keys.push(Key::JoinedInitial(way.clone()));
            keys.push(Key::Company(way.clone()));
        }
        if !self.company.is_empty() {
            keys.push(Key::Company(self.company.clone()));
        }
        keys.extend(
            self.hosts
                .iter()
                .chain(&self.verified_hosts)
                .cloned()
                .map(Key::Domain),
        );
        keys
    }
}

pub(crate) fn decide(directory: &Directory, handle: &HandleKey, facts: &Facts) -> Decision {
    let query = Query::of(handle, facts);
    let mut cards: BTreeMap<&CustomerId, &Card> = BTreeMap::new();
    if !facts.erased {
        for key in query.keys(handle, facts) {
            cards.extend(directory.having(&key).map(|card| (&card.id, card)));
        }
    }
    // Cannot-link holds for every record of the same person.
    let refused: Vec<&Card> = facts
        .refused
        .keys()
        .filter_map(|id| directory.card(id))
        .collect();
    cards.retain(|id, card| {
        !facts.refused.contains_key(id) && !refused.iter().any(|no| no.is_same_person(card))
    });
    let weigher = Weigher {
        directory,
        handle,
        facts,
        query: &query,
    };
    let mut weighed: Vec<Weighed> = cards.values().map(|card| weigher.weigh(card)).collect();
    for id in facts.host.keys().chain(facts.same.keys()) {
        if !facts.refused.contains_key(id) && !weighed.iter().any(|w| w.customer == *id) {
            weighed.push(match directory.card(id).filter(|_| !facts.erased) {
                Some(card) => weigher.weigh(card),
                None => weigher.by_word_only(id),
            });
        }
    }
    weighed.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then_with(|| a.customer.cmp(&b.customer))
    });
    let candidates = normalised(directory, &weighed);
    let verdict = verdict(directory, &candidates, &weighed);
    let decided_by = decided_by(facts, &verdict);
    let next_step = match &verdict {
        Verdict::Link { .. } => None,
        Verdict::Review { candidates } if candidates.len() > 1 => Some(Ask::AnotherContact),
        Verdict::Review { .. } => Some(Ask::AgentReview),
        Verdict::None | Verdict::Unknown(_) => (!facts.erased).then_some(Ask::PrivateContact),
    };
    Decision {
        verdict,
        decided_by,
        candidates,
        refused: facts.refused.keys().cloned().collect(),
        next_step,
    }
}

/// Probabilities over all candidates and nobody of them, records of one person taken together
/// under the best one.
fn normalised(directory: &Directory, weighed: &[Weighed]) -> Vec<Candidate> {
    let top = weighed.first().map_or(0.0, |best| best.score).max(0.0);
    let mass = |w: &Weighed| (w.score - top).exp2();
    let all = (-top).exp2() + weighed.iter().map(mass).sum::<f64>();
    let mut people: Vec<(Candidate, f64)> = Vec::new();
    for w in weighed {
        let same = |head: &CustomerId| match (directory.card(head), directory.card(&w.customer)) {
            (Some(a), Some(b)) => a.is_same_person(b),
            _ => false,
        };
        match people
            .iter_mut()
            .take(SHOWN)
            .find(|(head, _)| same(&head.customer))
        {
            Some((head, sum)) => {
                head.same_person.push(w.customer.clone());
                *sum += mass(w);
            }
            None => people.push((
                Candidate {
                    customer: w.customer.clone(),
                    same_person: Vec::new(),
                    probability: 0.0,
                    score: w.score,
                    reasons: w.reasons.clone(),
                },
                mass(w),
            )),
        }
    }
    for (person, sum) in &mut people {
        person.probability = (*sum / all * 1e6).round() / 1e6;
    }
    people.sort_by(|(a, x), (b, y)| {
        b.probability
            .total_cmp(&a.probability)
            .then(y.total_cmp(x))
            .then(a.customer.cmp(&b.customer))
    });
    people
        .into_iter()
        .map(|(person, _)| person)
        .take(SHOWN)
        .collect()
}

fn verdict(directory: &Directory, candidates: &[Candidate], weighed: &[Weighed]) -> Verdict {
    let Some(best) = candidates.first() else {
        return Verdict::None;
    };
    let of = |candidate: &Candidate| weighed.iter().find(|w| w.customer == candidate.customer);
    let settings = &directory.settings;
    let may_link =
        of(best).is_some_and(|w| w.said || (!w.only_review && (w.hard || w.groups >= 2)));
    if may_link && best.probability >= settings.link_from() {
        return Verdict::Link {
            customer: best.customer.clone(),
        };
    }
    let somebody: f64 = candidates
        .iter()
        .map(|candidate| candidate.probability)
        .sum();
    if somebody < settings.review_from() {
        return Verdict::None;
    }
    let worth_a_look = |candidate: &&Candidate| candidate.probability >= 0.05;
    let shown = candidates.iter().filter(worth_a_look).take(REVIEWED);
    let ids: Vec<CustomerId> = shown.map(|candidate| candidate.customer.clone()).collect();
    if ids.is_empty() {
        Verdict::None
    } else {
        Verdict::Review { candidates: ids }
    }
}

fn decided_by(facts: &Facts, verdict: &Verdict) -> DecidedBy {
    match verdict {
        Verdict::Link { customer } => match facts.same.get(customer) {
            Some((agent, _)) => DecidedBy::Agent(agent.clone()),
            None if facts.host.contains_key(customer) => DecidedBy::Host,
            None => DecidedBy::Rule,
        },
        Verdict::None => match facts.refused.values().max() {
            Some((_, agent)) => DecidedBy::Agent(agent.clone()),
            None => DecidedBy::Rule,
        },
        Verdict::Review { .. } | Verdict::Unknown(_) => DecidedBy::Rule,
    }
}
