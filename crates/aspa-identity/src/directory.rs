use std::collections::HashMap;
use std::fmt;

use aspa_crm::Customer;
use aspa_types::{CustomerId, HandleKey};

use crate::card::{Card, Key};
use crate::facts::Facts;
use crate::{Decision, Evidence, Settings, score};

/// A key that more customers share is no way to find one of them.
const MOST_SHARED: usize = 64;

/// The local replica of customers that handles are compared with.
///
/// Everything is in memory; [`decide`](Self::decide) touches only what shares a key with the
/// evidence. `Debug` shows how many there are and none of them.
#[derive(Default)]
pub struct Directory {
    pub(crate) settings: Settings,
    cards: Vec<Option<Card>>,
    free: Vec<u32>,
    places: HashMap<CustomerId, u32>,
    /// Keys come from strangers, hence std's keyed hasher.
    index: HashMap<Key, Vec<u32>>,
    counts: HashMap<Key, usize>,
}

impl Directory {
    /// An empty directory.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            ..Self::default()
        }
    }

    /// Takes a record in, in place of the one with the same id.
    pub fn put(&mut self, customer: &Customer) {
        self.remove(&customer.id);
        let card = Card::of(customer, self.settings.region);
        let place = match self.free.pop() {
            Some(place) => place,
            None => {
                let Ok(place) = u32::try_from(self.cards.len()) else {
                    return;
                };
                self.cards.push(None);
                place
            }
        };
        for key in card.keys() {
            if key.is_count_only() {
                *self.counts.entry(key).or_default() += 1;
            } else {
                self.index.entry(key).or_default().push(place);
            }
        }
        self.places.insert(card.id.clone(), place);
        self.cards[place as usize] = Some(card);
    }

    /// Takes a record out; whether it was there.
    pub fn remove(&mut self, id: &CustomerId) -> bool {
        let Some(place) = self.places.remove(id) else {
            return false;
        };
        let Some(card) = self.cards[place as usize].take() else {
            return false;
        };
        for key in card.keys() {
            if key.is_count_only() {
                if let Some(count) = self.counts.get_mut(&key) {
                    *count -= 1;
                    if *count == 0 {
                        self.counts.remove(&key);
                    }
                }
            } else if let Some(places) = self.index.get_mut(&key) {
                places.retain(|other| *other != place);
                if places.is_empty() {
                    self.index.remove(&key);
                }
            }
        }
        self.free.push(place);
        true
    }

    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Who a handle is, as far as the evidence tells.
    ///
    /// A fold over the set of evidence: its order, and a piece that comes twice, change nothing.
    /// Nothing known, or nobody here: [`Verdict::None`](crate::Verdict::None).
    #[must_use]
    pub fn decide(&self, handle: &HandleKey, evidence: &[Evidence]) -> Decision {
        score::decide(self, handle, &Facts::of(evidence, &self.settings))
    }

    /// The records that share a key, unless too many do.
    pub(crate) fn having(&self, key: &Key) -> impl Iterator<Item = &Card> {
        let places = self
            .index
            .get(key)
            .filter(|places| places.len() <= MOST_SHARED);
        places
            .into_iter()
            .flatten()
            .filter_map(|place| self.cards[*place as usize].as_ref())
    }

    /// How many records share a key.
    pub(crate) fn count(&self, key: &Key) -> usize {
        if key.is_count_only() {
            self.counts.get(key).copied().unwrap_or_default()
        } else {
            self.index.get(key).map_or(0, Vec::len)
        }
    }

    pub(crate) fn card(&self, id: &CustomerId) -> Option<&Card> {
        self.places
            .get(id)
            .and_then(|place| self.cards[*place as usize].as_ref())
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory")
            .field("customers", &self.len())
            .finish_non_exhaustive()
    }
}
