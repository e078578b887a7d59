//! Which records stand for one person.

use crate::card::List;
use crate::decide::Compare;
use crate::state::State;

/// Far down the list nobody's duplicate matters.
const GROUPED: usize = 32;

/// Which of the best records are of one person, found once for all that is decided about a presence.
pub(crate) struct SamePeople {
    /// The records that were looked at, ascending.
    known: Vec<u32>,
    /// Two of them that are of one person, the lower number first.
    pairs: Vec<(u32, u32)>,
}

impl SamePeople {
    /// Looks at the first of these records.
    pub(crate) fn of(state: &State, records: impl Iterator<Item = u32>) -> Self {
        let mut known: Vec<u32> = records.take(GROUPED).collect();
        known.sort_unstable();
        // Who shares no detail is not the same person, see `Card::is_same_person`.
        let mut details: Vec<(u64, u32)> = Vec::with_capacity(4 * known.len());
        for record in &known {
            if let Some(card) = state.card(*record).filter(|card| !card.is_company()) {
                let hashes = card
                    .hashes(List::Email)
                    .chain(card.hashes(List::CustomerNumber));
                details.extend(hashes.map(|hash| (hash, *record)));
            }
        }
        details.sort_unstable();
        let mut pairs = Vec::new();
        for sharing in details.chunk_by(|a, b| a.0 == b.0) {
            for (i, (_, one)) in sharing.iter().enumerate() {
                for (_, other) in &sharing[i + 1..] {
                    if is_same(state, *one, *other) && !pairs.contains(&(*one, *other)) {
                        pairs.push((*one, *other));
                    }
                }
            }
        }
        Self { known, pairs }
    }

    /// Says of each record which is the first one of the same person.
    pub(crate) fn group(&self, state: &State, all: &mut [Compare]) {
        let top = all.len().min(GROUPED);
        let is_known: Vec<bool> = all[..top]
            .iter()
            .map(|one| self.known.binary_search(&one.record).is_ok())
            .collect();
        for i in 0..all.len() {
            all[i].person = i;
            if i >= top || (self.pairs.is_empty() && is_known[..=i].iter().all(|known| *known)) {
                continue;
            }
            let head = (0..i).find(|head| {
                let (one, other) = (all[*head].record, all[i].record);
                all[*head].person == *head
                    && if is_known[*head] && is_known[i] {
                        self.pairs.contains(&(one.min(other), one.max(other)))
                    } else {
                        is_same(state, one, other)
                    }
            });
            all[i].person = head.unwrap_or(i);
        }
    }
}

fn is_same(state: &State, one: u32, other: u32) -> bool {
    match (state.card(one), state.card(other)) {
        (Some(one), Some(other)) => one.is_same_person(other),
        _ => false,
    }
}
