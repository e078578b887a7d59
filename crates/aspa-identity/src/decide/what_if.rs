//! What one more detail would bring.

use std::sync::Arc;

use super::{Asked, COUNTED, Compare, Decider, MOST_SHARED, compare_each, sort};
use crate::calibration;
use crate::card::List;
use crate::compare::Comparer;
use crate::facts::Facts;
use crate::query::{self, Query, ToldKey};
use crate::{Candidate, ContactKind, WhatIf};

/// What is less than this share of a stranger's mass is left out of that.
const NEGLIGIBLE: f64 = 1e-6;
/// Most details of one kind of which is asked what they would tell.
const DETAILS: usize = 3;

impl Decider<'_> {
    /// What the best candidate's probability would be with one more detail told in private: the
    /// decision made again with it, over those who count now and those who share the detail.
    pub(super) fn what_if(
        &self,
        best: &Candidate,
        asked: &Asked<'_>,
        facts: &Facts,
        query: &mut Query,
    ) -> Vec<WhatIf> {
        let Some(record) = self.state.find(&best.customer) else {
            return Vec::new();
        };
        let Some(card) = self.state.card(record) else {
            return Vec::new();
        };
        let is_told = |query: &Query, list: List| {
            let mut told = query.told.iter();
            told.any(|told| told.list == list && card.holds(list, told.hash))
        };
        let details = [
            (ContactKind::OrderNumber, List::OrderNumber),
            (ContactKind::CustomerNumber, List::CustomerNumber),
            (ContactKind::Email, List::Email),
            (ContactKind::Phone, List::Phone),
        ];
        let hashes = |list: List| card.hashes(list).take(DETAILS);
        let all: Vec<u64> = details.iter().flat_map(|(_, list)| hashes(*list)).collect();
        self.state.index.touch(&all);
        let nothing: Arc<str> = Arc::default();
        let mut found: Vec<WhatIf> = Vec::new();
        for (detail, list) in details {
            if is_told(query, list) {
                continue;
            }
            // What nobody else has tells as much as the other of which that is true.
            let mut is_own_seen = false;
            let told = hashes(list).filter_map(|hash| {
                let sharing = self.state.index.get(hash);
                if sharing == [record] && std::mem::replace(&mut is_own_seen, true) {
                    return None;
                }
                query.told.push(ToldKey {
                    list,
                    hash,
                    public: false,
                    behalf: false,
                    is_role: false,
                    people: query::people(sharing, self.state),
                    near: Vec::new(),
                    masked: Arc::clone(&nothing),
                    source: Arc::clone(&nothing),
                });
                let again = self.again(record, asked, query, sharing);
                let people = self.weighed(&again, facts, &asked.named);
                let one = people
                    .iter()
                    .position(|person| person.records().any(|other| other == record));
                let found = one.map(|one| {
                    let (odds, learnt) = self.score(&people, one, query);
                    let probability = calibration::shown((odds + learnt) * std::f64::consts::LN_2);
                    WhatIf {
                        detail: detail.clone(),
                        probability,
                        links: probability >= self.settings.link_from()
                            && self.may_link(&people[one], query),
                    }
                });
                query.told.pop();
                found
            });
            let least = told.min_by(|a, b| a.probability.total_cmp(&b.probability));
            found.extend(least.filter(|least| least.probability > best.probability));
        }
        // Among equals the order above: what is easiest to tell without giving oneself away.
        found.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        found
    }

    /// Compares again after a detail was told: those who count now, and those who share it.
    fn again(&self, best: u32, asked: &Asked<'_>, query: &Query, sharing: &[u32]) -> Vec<Compare> {
        let Asked {
            found: among,
            named,
            refused,
        } = asked;
        let most = if named.is_empty() {
            COUNTED
        } else {
            among.all.len()
        };
        let worth_it = self.model.stranger() * NEGLIGIBLE;
        let counts = |one: &&Compare| {
            !named.is_empty()
                || one.record == best
                || one.masses.same + one.masses.other.iter().sum::<f64>() >= worth_it
        };
        let comparer = Comparer::new(self.state, query);
        let mut again: Vec<Compare> = Vec::with_capacity(most.min(among.all.len()));
        for before in among.all.iter().take(most).filter(counts) {
            let mut now = *before;
            if let Some(card) = self.state.card(now.record) {
                let told = now.compared.pattern;
                comparer.compare_told(card, &mut now.compared);
                now.masses = self.model.retold(now.masses, &told, &now.compared.pattern);
            }
            again.push(now);
        }
        if sharing.len() <= MOST_SHARED {
            let is_in = |record: &u32| again.iter().any(|one| one.record == *record);
            let others: Vec<u32> = sharing
                .iter()
                .copied()
                .filter(|record| !is_in(record) && !refused.covers(self.state, *record))
                .collect();
            again.extend(compare_each(self.state, self.model, query, &others));
        }
        sort(&mut again);
        among.same.group(self.state, &mut again);
        again
    }
}
