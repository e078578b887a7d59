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
        keep_shared(&mut details);
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
        let mut is_known = [false; GROUPED];
        for (known, one) in is_known.iter_mut().zip(&all[..top]) {
            *known = self.known.binary_search(&one.record).is_ok();
        }
        let mut are_known = self.pairs.is_empty();
        for i in 0..all.len() {
            all[i].person = i;
            are_known &= i < top && is_known[i];
            if i >= top || are_known {
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

/// Drops most details that stand once: those that fall where no other does among 1,024 places.
fn keep_shared(details: &mut Vec<(u64, u32)>) {
    let (mut once, mut twice) = ([0_u64; 16], [0_u64; 16]);
    let place = |hash: u64| ((hash >> 60) as usize, 1 << (hash >> 54 & 63));
    for (hash, _) in &*details {
        let (at, bit) = place(*hash);
        twice[at] |= once[at] & bit;
        once[at] |= bit;
    }
    details.retain(|(hash, _)| {
        let (at, bit) = place(*hash);
        twice[at] & bit != 0
    });
}

fn is_same(state: &State, one: u32, other: u32) -> bool {
    match (state.card(one), state.card(other)) {
        (Some(one), Some(other)) => one.is_same_person(other),
        _ => false,
    }
}
