//! Contact details that come to be shared by people, or cease to be.

use aspa_types::CustomerId;

use crate::card::{Card, List};
use crate::query::{ROLE, people};
use crate::state::State;
use crate::{ContactKind, Linker};

/// Most changes that are kept until somebody asks.
const KEPT: usize = 10_000;

/// How many people of the directory have a contact detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Sharing {
    /// One person, in however many records.
    One,
    /// A household or a couple of colleagues: two or three.
    Few,
    /// So many that it is a role's or a company's, and tells little of who writes.
    Many,
}

/// A contact detail or number that more or fewer people have than before.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Turned {
    /// What it is. The value itself is not kept.
    pub kind: ContactKind,
    /// Who has it before the change.
    pub from: Sharing,
    /// Who has it now.
    pub to: Sharing,
    /// The records that have it, and the one whose change it was. What was decided about them may
    /// have rested on the detail.
    pub customers: Vec<CustomerId>,
}

/// Changes since they were last asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Turns {
    /// In the order of the writes.
    pub turned: Vec<Turned>,
    /// How many there were besides, too many to keep: look again at every decision that rested on
    /// a contact detail, or at none if this was the first filling of the directory.
    pub dropped: u64,
}

impl Linker {
    /// Takes what became shared, or ceased to be, since the last call.
    ///
    /// An e-mail by which a handle was linked may turn out to be a family's or a role's, and a
    /// decision that was held back may become clear. Ask [`decide`](Self::decide) again about the
    /// handles that are linked to these customers or wait for a review with them. The last 10,000
    /// changes are kept.
    #[must_use = "they are told once"]
    pub fn take_turns(&self) -> Turns {
        self.write(|state| std::mem::take(&mut state.turns))
    }
}

/// The details of one or two records, with who had them.
pub(crate) struct Before(Vec<(ContactKind, u64, Sharing)>);

impl State {
    /// Who has the details of these records, before one is written. Details that nobody has yet
    /// are left out, since nothing can have rested on them.
    pub(crate) fn before(&self, old: Option<Card<'_>>, new: Option<Card<'_>>) -> Before {
        let mut before = Before(Vec::new());
        for (list, kind) in [
            (List::Email, ContactKind::Email),
            (List::Phone, ContactKind::Phone),
            (List::CustomerNumber, ContactKind::CustomerNumber),
            (List::OrderNumber, ContactKind::OrderNumber),
        ] {
            for hash in old.iter().chain(&new).flat_map(|card| card.hashes(list)) {
                if let Some(sharing) = self.sharing(hash)
                    && !before.0.iter().any(|(_, known, _)| *known == hash)
                {
                    before.0.push((kind.clone(), hash, sharing));
                }
            }
        }
        before
    }

    /// Notes what is shared by more or fewer than before, after a record was written.
    pub(crate) fn turn(&mut self, before: Before, written: &CustomerId) {
        for (kind, hash, from) in before.0 {
            let Some(to) = self.sharing(hash).filter(|to| *to != from) else {
                continue;
            };
            if self.turns.turned.len() == KEPT {
                self.turns.dropped += 1;
                continue;
            }
            let holders = self.index.get(hash).iter();
            let mut customers: Vec<CustomerId> = holders
                .filter_map(|record| self.id(*record, None))
                .collect();
            if !customers.contains(written) {
                customers.push(written.clone());
            }
            self.turns.turned.push(Turned {
                kind,
                from,
                to,
                customers,
            });
        }
    }

    fn sharing(&self, hash: u64) -> Option<Sharing> {
        let records = self.index.get(hash);
        match people(records, self) {
            0 => None,
            1 => Some(Sharing::One),
            some if some < ROLE => Some(Sharing::Few),
            _ => Some(Sharing::Many),
        }
    }
}
