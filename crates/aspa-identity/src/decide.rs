//! From facts to a decision: find candidates, weigh each, normalise, decide by expected cost.

mod what_if;

use std::cell::RefCell;
use std::collections::BTreeSet;

use aspa_types::{CustomerId, HandleKey};
use chrono::{DateTime, Utc};

use crate::calibration;
use crate::card::List;
use crate::compare::{Compared, Comparer};
use crate::facts::Facts;
use crate::features;
use crate::levels::{
    CautionLevel, ContactLevel, HandleLevel, NameLevel, NumberLevel, PlaceLevel, UserLevel,
    WorkLevel,
};
use crate::model::{Masses, Model};
use crate::query::Query;
use crate::same::SamePeople;
use crate::state::State;
use crate::together::{Fit, Other};
use crate::{Ask, Candidate, Comparison, DecidedBy, Decision, Reason, Settings, Verdict};

/// Most candidates in a decision, and in a review.
const SHOWN: usize = 5;
/// Whoever is further down counts only as another record of somebody who is not.
const COUNTED: usize = 4 * SHOWN;
const REVIEWED: usize = 5;
/// A key that more records share finds none of them by itself.
pub(crate) const MOST_SHARED: usize = 32;
/// The same for a key that is only guessed.
const MOST_GUESSED: usize = 12;
/// Guessed keys are looked at where the others find no more than so many.
const FEW: usize = 3;
/// Most records that are compared.
pub(crate) const MOST_COMPARED: usize = 32;
/// What the host's and an agent's word weigh, in bits.
const HOST: f64 = 48.0;
const AGENT: f64 = 60.0;
/// What is less probable by itself is nobody whom a handle may be.
const LEAST: f64 = 0.01;

/// A record that was compared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Compare {
    pub(crate) record: u32,
    pub(crate) compared: Compared,
    pub(crate) masses: Masses,
    /// The place of the first record of the same person.
    pub(crate) person: usize,
}

/// The records that share a key with a query, those that share most first.
pub(crate) fn candidates(state: &State, query: &Query) -> Vec<u32> {
    let mut found: Vec<u32> = Vec::with_capacity(64);
    let mut find = |keys: &[u64], most: usize| {
        state.index.touch(keys);
        for key in keys {
            let records = state.index.get(*key);
            if records.len() <= most {
                found.extend_from_slice(records);
            }
        }
        found.len()
    };
    // Who is found by what is shown need not be guessed.
    if find(&query.keys, MOST_SHARED) <= FEW {
        find(&query.weak, MOST_GUESSED);
    }
    found.sort_unstable();
    let mut counted: Vec<(u32, u32)> = Vec::with_capacity(found.len());
    for record in found {
        match counted.last_mut() {
            Some((last, count)) if *last == record => *count += 1,
            _ => counted.push((record, 1)),
        }
    }
    if counted.len() > MOST_COMPARED {
        counted.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        counted.truncate(MOST_COMPARED);
    }
    counted.into_iter().map(|(record, _)| record).collect()
}

/// Records that were compared, the best first.
pub(crate) struct Found {
    pub(crate) all: Vec<Compare>,
    same: SamePeople,
}

/// Compares a query with these records.
pub(crate) fn compare(state: &State, model: &Model, query: &Query, records: &[u32]) -> Found {
    let mut all = compare_each(state, model, query, records);
    sort(&mut all);
    let same = SamePeople::of(state, all.iter().map(|one| one.record));
    same.group(state, &mut all);
    Found { all, same }
}

fn compare_each(state: &State, model: &Model, query: &Query, records: &[u32]) -> Vec<Compare> {
    if records.is_empty() {
        return Vec::new();
    }
    let comparer = Comparer::of_many(state, query, records.len());
    state.records.touch(records);
    state.touch_names(records);
    let prior = model.prior(state.size());
    let mut all = Vec::with_capacity(records.len());
    all.extend(records.iter().filter_map(|record| {
        let compared = comparer.compare(state.card(*record)?);
        Some(Compare {
            record: *record,
            compared,
            masses: model.masses_from(&prior, &compared.pattern),
            person: 0,
        })
    }));
    all
}

/// The best first.
fn sort(all: &mut [Compare]) {
    all.sort_unstable_by(|a, b| {
        b.masses
            .same
            .total_cmp(&a.masses.same)
            .then(a.record.cmp(&b.record))
    });
}

/// What it takes to decide again: how the presence is compared, and the records that count.
#[derive(Debug)]
pub(crate) struct Kept {
    query: Query,
    records: Vec<u32>,
}

impl Kept {
    fn of(mut query: Query, found: &Found) -> Self {
        (query.keys, query.weak) = (Vec::new(), Vec::new());
        let counts = |(i, one): &(usize, &Compare)| i.min(&one.person) < &COUNTED;
        let all = found.all.iter().enumerate().filter(counts);
        let records = all.map(|(_, one)| one.record).collect();
        Self { query, records }
    }
}

/// Somebody whom the handle may be. Ids are made of those who are shown: most are not.
struct Person {
    /// Whom the words of the host or an agent name, where there is no record of that id.
    unknown: Option<CustomerId>,
    /// The record that was compared.
    record: Option<u32>,
    /// The record that stands for the person: the same, or one that was named.
    standing: Option<u32>,
    same_person: Vec<u32>,
    compared: Compared,
    /// Bits, in the order of [`Comparison`]'s words.
    host: f64,
    agent: f64,
    /// What other handles say, where they are known.
    other: Option<Other>,
    mass: f64,
    own: Masses,
}

impl Person {
    /// Every record of the person, the one that stands for it first.
    fn records(&self) -> impl Iterator<Item = u32> + '_ {
        self.standing
            .into_iter()
            .chain(self.same_person.iter().copied())
    }
}

/// What was asked about a presence.
struct Asked<'f> {
    found: Found,
    /// Whom the words of the host or an agent name.
    named: Vec<&'f CustomerId>,
    refused: Refused,
}

/// Whom an agent has ruled out. That holds for every record of the same person, but one that an agent
/// named later.
struct Refused {
    records: Vec<(u32, DateTime<Utc>)>,
    named: Vec<(u32, DateTime<Utc>)>,
}

impl Refused {
    fn of(state: &State, facts: &Facts) -> Self {
        let refused = facts.refused.iter();
        let named = facts.same.iter();
        Self {
            records: refused
                .filter_map(|(id, (at, _))| Some((state.find(id)?, *at)))
                .collect(),
            named: named
                .filter_map(|(id, (at, ..))| Some((state.find(id)?, *at)))
                .collect(),
        }
    }

    fn covers(&self, state: &State, record: u32) -> bool {
        self.records.iter().any(|(refused, at)| {
            let is_later = |(named, later): &(u32, DateTime<Utc>)| *named == record && later > at;
            *refused == record
                || match (state.card(*refused), state.card(record)) {
                    (Some(refused), Some(card)) => {
                        refused.is_same_person(card) && !self.named.iter().any(is_later)
                    }
                    _ => false,
                }
        })
    }
}

pub(crate) struct Decider<'a> {
    state: &'a State,
    model: &'a Model,
    settings: &'a Settings,
    /// What other handles say about the records, where they are decided about together.
    others: Option<&'a [Other]>,
    /// Ids that were asked for: each record is named in every "what if".
    ids: RefCell<Vec<(u32, CustomerId)>>,
}

impl<'a> Decider<'a> {
    pub(crate) fn new(state: &'a State, model: &'a Model, settings: &'a Settings) -> Self {
        Self {
            state,
            model,
            settings,
            others: None,
            ids: RefCell::default(),
        }
    }

    /// The same, knowing what other handles say.
    pub(crate) fn beside(mut self, others: &'a [Other]) -> Self {
        self.others = Some(others);
        self
    }

    fn id(&self, record: u32) -> Option<CustomerId> {
        let mut ids = self.ids.borrow_mut();
        if let Some((_, id)) = ids.iter().find(|(known, _)| *known == record) {
            return Some(id.clone());
        }
        let id = self.state.id(record, ids.last().map(|(_, id)| id))?;
        ids.push((record, id.clone()));
        Some(id)
    }

    /// Whom the handle may be, the most probable first, before labels' word.
    pub(crate) fn fits(&self, handle: &HandleKey, facts: &Facts) -> Vec<Fit> {
        let query = Query::of(handle, facts, self.state);
        let asked = self.asked(facts, &query);
        let people = self.people(&asked.found.all, facts, &asked.named);
        self.fits_of(&people, &query)
    }

    pub(crate) fn decide(&self, handle: &HandleKey, facts: &Facts) -> Decision {
        let mut query = Query::of(handle, facts, self.state);
        let asked = self.asked(facts, &query);
        let people = self.people(&asked.found.all, facts, &asked.named);
        self.decision(&mut query, &asked, &people, facts)
    }

    /// Both at once, and what it takes to decide again.
    pub(crate) fn decide_and_fit(
        &self,
        handle: &HandleKey,
        facts: &Facts,
    ) -> (Decision, Vec<Fit>, Option<Kept>) {
        let mut query = Query::of(handle, facts, self.state);
        let asked = self.asked(facts, &query);
        let people = self.people(&asked.found.all, facts, &asked.named);
        let fits = self.fits_of(&people, &query);
        let decision = self.decision(&mut query, &asked, &people, facts);
        // Words that name somebody need every record.
        let kept = asked.named.is_empty() && !fits.is_empty();
        let kept = kept.then(|| Kept::of(query, &asked.found));
        (decision, fits, kept)
    }

    /// Decides again about a presence of which nothing else is known by now.
    pub(crate) fn decide_again(&self, facts: &Facts, kept: &Kept) -> Decision {
        let mut query = kept.query.clone();
        let asked = Asked {
            found: compare(self.state, self.model, &query, &kept.records),
            named: Vec::new(),
            refused: Refused::of(self.state, facts),
        };
        let people = self.people(&asked.found.all, facts, &asked.named);
        self.decision(&mut query, &asked, &people, facts)
    }

    fn fits_of(&self, people: &[Person], query: &Query) -> Vec<Fit> {
        let comparer = Comparer::new(self.state, query);
        let user = |person: &Person| {
            let card = person.record.and_then(|record| self.state.card(record));
            card.map_or(UserLevel::Nothing, |card| comparer.user(card))
        };
        let shown = people.iter().enumerate().take(SHOWN);
        let odds = shown.map(|(i, person)| (person, person.mass / self.against(people, i)));
        odds.filter(|(_, odds)| *odds >= LEAST)
            .map(|(person, odds)| Fit {
                records: person.records().collect(),
                odds,
                user: user(person),
            })
            .collect()
    }

    fn decision(
        &self,
        query: &mut Query,
        asked: &Asked<'_>,
        people: &[Person],
        facts: &Facts,
    ) -> Decision {
        let candidates = self.candidates(people, query, facts);
        let verdict = self.verdict(people, &candidates, query, facts);
        let next_step = match &verdict {
            Verdict::Link { .. } => None,
            Verdict::Review { candidates } if candidates.len() > 1 => Some(Ask::AnotherContact),
            Verdict::Review { .. } => Some(Ask::AgentReview),
            Verdict::None | Verdict::Unknown(_) => (!facts.erased).then_some(Ask::PrivateContact),
        };
        let what_if = match (&verdict, candidates.first()) {
            (Verdict::Link { .. }, _) | (_, None) => Vec::new(),
            // What was told would have no weight.
            _ if facts.erased => Vec::new(),
            (_, Some(best)) => self.what_if(best, asked, facts, query),
        };
        Decision {
            decided_by: decided_by(facts, &verdict),
            verdict,
            candidates,
            refused: facts.refused.keys().cloned().collect(),
            next_step,
            what_if,
        }
    }

    /// The records that are compared, but those that are refused.
    fn asked<'f>(&self, facts: &'f Facts, query: &Query) -> Asked<'f> {
        let mut records = if facts.erased {
            Vec::new()
        } else {
            candidates(self.state, query)
        };
        let words = facts.host.keys().chain(facts.same.keys());
        let named: BTreeSet<&CustomerId> = words
            .filter(|id| !facts.refused.contains_key(*id))
            .collect();
        let named: Vec<&CustomerId> = named.into_iter().collect();
        records.extend(named.iter().filter_map(|id| self.state.find(id)));
        records.sort_unstable();
        records.dedup();
        let refused = Refused::of(self.state, facts);
        records.retain(|record| !refused.covers(self.state, *record));
        Asked {
            found: compare(self.state, self.model, query, &records),
            named,
            refused,
        }
    }

    /// Records as people, the most probable first.
    fn weighed(&self, all: &[Compare], facts: &Facts, named: &[&CustomerId]) -> Vec<Person> {
        let words = |id: &CustomerId| {
            let said = |is_said: bool, bits: f64| if is_said { bits } else { 0.0 };
            (
                said(facts.host.contains_key(id), HOST),
                said(facts.same.contains_key(id), AGENT),
            )
        };
        let has_words = !(facts.host.is_empty() && facts.same.is_empty());
        let mut people: Vec<Person> = Vec::with_capacity(all.len().min(COUNTED) + named.len());
        for (i, compare) in all.iter().enumerate() {
            // Whoever is far down is not worth a name.
            let head = (compare.person != i)
                .then(|| all[compare.person].record)
                .and_then(|head| people.iter().position(|person| person.record == Some(head)));
            if head.is_none() && i >= COUNTED && named.is_empty() {
                continue;
            }
            let (host, agent) = match has_words {
                true => self.id(compare.record).map_or((0.0, 0.0), |id| words(&id)),
                false => (0.0, 0.0),
            };
            let others = self.others.unwrap_or_default().iter();
            let from_others = others.copied().find(|other| other.record == compare.record);
            let bits = host + agent + from_others.map_or(0.0, |other| other.bits);
            let mass = compare.masses.same * bits.exp2();
            match head {
                Some(head) => {
                    let person: &mut Person = &mut people[head];
                    person.mass += mass;
                    // The record that was named stands for the others.
                    let is_named = host + agent > 0.0 && person.host + person.agent == 0.0;
                    let other = match is_named {
                        true => person.standing.replace(compare.record),
                        false => Some(compare.record),
                    };
                    person.same_person.extend(other);
                    person.host = person.host.max(host);
                    person.agent = person.agent.max(agent);
                    person.other = person.other.or(from_others);
                }
                None => people.push(Person {
                    unknown: None,
                    record: Some(compare.record),
                    standing: Some(compare.record),
                    same_person: Vec::new(),
                    compared: compare.compared,
                    host,
                    agent,
                    other: from_others,
                    mass,
                    own: compare.masses,
                }),
            }
        }
        for id in named {
            if self.state.find(id).is_none() {
                let (host, agent) = words(id);
                let own = self
                    .model
                    .masses(&crate::levels::Pattern::default(), self.state.size());
                people.push(Person {
                    unknown: Some((*id).clone()),
                    record: None,
                    standing: None,
                    same_person: Vec::new(),
                    compared: Compared::default(),
                    host,
                    agent,
                    other: None,
                    mass: own.same * (host + agent).exp2(),
                    own,
                });
            }
        }
        people.sort_by(|a, b| b.mass.total_cmp(&a.mass));
        people
    }

    /// The same, in the order in which they are shown: equals by their ids.
    fn people(&self, all: &[Compare], facts: &Facts, named: &[&CustomerId]) -> Vec<Person> {
        let mut people = self.weighed(all, facts, named);
        // Ids are made of those only who may be shown.
        let mut start = 0;
        while start < people.len().min(SHOWN) {
            let mass = people[start].mass;
            let tied = people[start..].iter();
            let end = start
                + tied
                    .take_while(|one| one.mass.total_cmp(&mass).is_eq())
                    .count();
            if end - start > 1 {
                people[start..end].sort_by_cached_key(|person| self.customer(person));
            }
            start = end;
        }
        people
    }

    /// The id of the record that stands for a person. None is never shown: records that were
    /// compared have ids.
    fn customer(&self, person: &Person) -> Option<CustomerId> {
        let id = person.standing.and_then(|record| self.id(record));
        id.or_else(|| person.unknown.clone())
    }

    /// The mass of everything but one person.
    fn against(&self, people: &[Person], one: usize) -> f64 {
        let others = people.iter().enumerate().filter(|(i, _)| *i != one);
        let masses = others.map(|(_, person)| person.mass + person.own.other.iter().sum::<f64>());
        self.model.stranger() + people[one].own.other.iter().sum::<f64>() + masses.sum::<f64>()
    }

    fn candidates(&self, people: &[Person], query: &Query, facts: &Facts) -> Vec<Candidate> {
        let shown = people.iter().enumerate().take(SHOWN);
        let mut candidates: Vec<Candidate> = shown
            .filter_map(|(i, person)| {
                let customer = self.customer(person)?;
                let mut reasons = self.reasons(person, &customer, query, facts);
                let mut sum: f64 = reasons.iter().map(|reason| reason.weight).sum();
                // The rest: who else it may be, and records of the same person.
                let (odds, learnt) = self.score(people, i, query);
                let others = Reason::new(
                    Comparison::Others,
                    if odds < sum {
                        "others fit too"
                    } else {
                        "stands in several records"
                    },
                    odds - sum,
                );
                if others.weight != 0.0 {
                    sum += others.weight;
                    reasons.push(others);
                }
                if learnt != 0.0 {
                    let learnt =
                        Reason::new(Comparison::Learnt, "as decided cases came out", learnt);
                    sum += learnt.weight;
                    reasons.push(learnt);
                }
                let same_person = person.same_person.iter();
                Some(Candidate {
                    customer,
                    same_person: same_person.filter_map(|record| self.id(*record)).collect(),
                    probability: calibration::shown(sum * std::f64::consts::LN_2),
                    score: sum,
                    reasons,
                })
            })
            .collect();
        candidates.sort_by(|a, b| {
            b.score
                .total_cmp(&a.score)
                .then_with(|| a.customer.cmp(&b.customer))
        });
        candidates
    }

    fn reasons(
        &self,
        person: &Person,
        customer: &CustomerId,
        query: &Query,
        facts: &Facts,
    ) -> Vec<Reason> {
        let pattern = &person.compared.pattern;
        let weights = self.model.weights(pattern, self.state.size());
        let texts = pattern.texts();
        let comparisons = [
            Comparison::Name,
            Comparison::Contact,
            Comparison::Number,
            Comparison::Handle,
            Comparison::Place,
            Comparison::Work,
            Comparison::Caution,
        ];
        let prior = Reason::new(
            Comparison::Prior,
            "one customer among all",
            weights.parts[0],
        );
        // One for each comparison, and who else it may be.
        let mut reasons = Vec::with_capacity(comparisons.len() + 2);
        reasons.push(prior);
        for (group, comparison) in comparisons.into_iter().enumerate() {
            if pattern.numbers()[group] == self.model.rows[group].len() {
                continue;
            }
            let reason = Reason::new(comparison.clone(), texts[group], weights.parts[group + 1])
                .shared_by(pattern.chance[group]);
            let sourced =
                |reason: Reason, from: Option<&crate::facts::Sourced>, is_name: bool| match from {
                    Some(seen) if is_name => reason.showing(seen.masked_name(), &seen.source),
                    Some(seen) => reason.from(&seen.source),
                    None => reason,
                };
            let told = |reason: Reason, at: Option<u8>| match at
                .and_then(|at| query.told.get(usize::from(at)))
            {
                Some(told) => reason.showing(&told.masked, &told.source),
                None => reason,
            };
            let in_user_name = matches!(
                pattern.name,
                NameLevel::UserWhole
                    | NameLevel::UserInitial
                    | NameLevel::UserShort
                    | NameLevel::CompanyUser
            );
            let (display, user) = (facts.display_name.as_ref(), facts.user_name.as_ref());
            let bio = facts.bio.as_ref();
            let shown = match in_user_name {
                true => user.or(display),
                false => display.or(user),
            };
            reasons.push(match comparison {
                Comparison::Name => sourced(reason, shown, true),
                Comparison::Contact => told(reason, person.compared.contact),
                Comparison::Number => told(reason, person.compared.number),
                Comparison::Handle => sourced(reason, user, true),
                Comparison::Place => sourced(reason, facts.location.as_ref().or(bio), false),
                Comparison::Work => {
                    let link = facts.verified_links.first().or(facts.links.first());
                    sourced(reason, link.or(bio), false)
                }
                _ => sourced(reason, bio.or(shown), false),
            });
        }
        if person.host > 0.0 {
            let reason = Reason::new(Comparison::Host, "logged in as", person.host);
            reasons.push(match facts.host.get(customer) {
                Some((_, source)) => reason.from(source),
                None => reason,
            });
        }
        if person.agent > 0.0 {
            let reason = Reason::new(Comparison::Agent, "said to be", person.agent);
            reasons.push(match facts.same.get(customer) {
                Some((.., source)) => reason.from(source),
                None => reason,
            });
        }
        if let Some(other) = person.other {
            let level = match other {
                Other { is_copy: true, .. } => "nearly the same user name fits too",
                Other { bits, .. } if bits > 0.0 => "customers here have several handles",
                _ => "other handles fit too",
            };
            let reason = Reason::new(Comparison::Accounts, level, other.bits);
            if reason.weight != 0.0 || other.is_copy {
                reasons.push(reason);
            }
        }
        reasons
    }

    fn verdict(
        &self,
        people: &[Person],
        candidates: &[Candidate],
        query: &Query,
        facts: &Facts,
    ) -> Verdict {
        let Some(best) = candidates.first() else {
            return Verdict::None;
        };
        let person = people
            .iter()
            .find(|person| self.customer(person).as_ref() == Some(&best.customer));
        if best.probability >= self.settings.link_from()
            && person.is_some_and(|person| {
                self.may_link(person, query) && !self.is_contradicted(person, people, facts)
            })
        {
            return Verdict::Link {
                customer: best.customer.clone(),
            };
        }
        let somebody: f64 = candidates
            .iter()
            .map(|candidate| candidate.probability)
            .sum();
        if somebody < self.settings.review_from() {
            return Verdict::None;
        }
        let is_named = |id: &CustomerId| facts.host.contains_key(id) || facts.same.contains_key(id);
        let worth_a_look =
            |candidate: &&Candidate| candidate.probability >= 0.05 || is_named(&candidate.customer);
        let shown = candidates.iter().filter(worth_a_look).take(REVIEWED);
        let ids: Vec<CustomerId> = shown.map(|candidate| candidate.customer.clone()).collect();
        if ids.is_empty() {
            Verdict::None
        } else {
            Verdict::Review { candidates: ids }
        }
    }

    /// The rules that no probability overrides.
    fn may_link(&self, person: &Person, query: &Query) -> bool {
        if person.host > 0.0 || person.agent > 0.0 {
            return true;
        }
        let pattern = &person.compared.pattern;
        let hard = pattern.is_hard();
        // Near-copies of a known user name, imitations and shared accounts are for a person to judge.
        if pattern.handle == HandleLevel::NearCopy
            || (person.other.is_some_and(|other| other.is_copy) && !hard)
            || matches!(
                pattern.caution,
                CautionLevel::Imitation | CautionLevel::Shared
            )
            || (person.compared.behalf && !hard)
        {
            return false;
        }
        let comparer = Comparer::new(self.state, query);
        let card = person.standing.and_then(|record| self.state.card(record));
        if card.is_some_and(|card| comparer.is_guessed(card)) {
            return false;
        }
        let is_user_name = matches!(
            pattern.handle,
            HandleLevel::Elsewhere | HandleLevel::LocalPart | HandleLevel::Figures
        );
        // So are the name and the figures of a told mail address.
        let is_user_name =
            is_user_name && (query.mailbox.is_none() || pattern.name <= NameLevel::Mailed);
        let is_public = pattern.contact == ContactLevel::Public;
        // Namesakes have addresses that are nearly the same; phones and numbers they have not.
        let told = person.compared.contact.map(usize::from);
        let told = told.and_then(|at| query.told.get(at));
        let is_phone_slip = pattern.contact == ContactLevel::Slip
            && told.is_some_and(|told| told.list == List::Phone);
        let groups = [
            // A single word is a name of many. A user name and the name that it spells are one clue.
            // Beside a detail that only the customer's profile tells, a part of the name will do.
            pattern.name < NameLevel::UserWhole
                || pattern.name == NameLevel::Company
                || (pattern.name == NameLevel::UserWhole && !is_user_name)
                || (is_public && pattern.name <= NameLevel::Initials),
            is_user_name,
            pattern.contact <= ContactLevel::Public || is_phone_slip,
            pattern.number <= NumberLevel::Slip,
            pattern.place == PlaceLevel::City,
            pattern.work <= WorkLevel::Employer,
        ];
        hard || groups.into_iter().filter(|is_met| *is_met).count() >= 2
    }

    /// Whether the host or an agent named somebody else after the last agent who named this one: words
    /// that contradict each other are for a person to judge, who has the last one.
    fn is_contradicted(&self, person: &Person, people: &[Person], facts: &Facts) -> bool {
        if facts.host.is_empty() && facts.same.is_empty() {
            return false;
        }
        let agents = |id: &CustomerId| facts.same.get(id).map(|(at, ..)| *at);
        let hosts = |id: &CustomerId| facts.host.get(id).map(|(at, _)| *at);
        let ids = |person: &Person| -> Vec<CustomerId> {
            let known = person.records().filter_map(|record| self.id(record));
            known.chain(person.unknown.clone()).collect()
        };
        let last = ids(person).iter().filter_map(agents).max();
        let others = people.iter().filter(|other| !std::ptr::eq(*other, person));
        let mut words = others
            .flat_map(ids)
            .filter_map(|id| hosts(&id).max(agents(&id)));
        words.any(|word| last.is_none_or(|last| word > last))
    }

    /// The score of one person, in bits as reasons hold them, and what labels taught adds.
    fn score(&self, people: &[Person], one: usize, query: &Query) -> (f64, f64) {
        let odds = (people[one].mass / self.against(people, one)).max(1e-300);
        let odds = Reason::rounded(odds.log2());
        let calibration = match self.others {
            None => &self.model.calibration,
            Some(_) => &self.model.together,
        };
        if calibration.is_none() {
            return (odds, 0.0);
        }
        let bits = std::f64::consts::LN_2;
        let comparer = Comparer::new(self.state, query);
        let card = people[one]
            .record
            .and_then(|record| self.state.card(record));
        let user = card.map_or(UserLevel::Nothing, |card| comparer.user(card));
        let signs = features::signs(
            query,
            &people[one].compared.pattern,
            user,
            rivals(people, one),
            people[one].other,
        );
        let learnt = calibration.apply(odds * bits, &signs) / bits - odds;
        (odds, Reason::rounded(learnt))
    }
}

/// How many other people fit about as well as one.
fn rivals(people: &[Person], one: usize) -> usize {
    let mass = people[one].mass;
    people
        .iter()
        .filter(|person| person.mass >= mass * 0.2)
        .count()
        .saturating_sub(1)
}

fn decided_by(facts: &Facts, verdict: &Verdict) -> DecidedBy {
    match verdict {
        Verdict::Link { customer } => match facts.same.get(customer) {
            Some((_, agent, _)) => DecidedBy::Agent(agent.clone()),
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
