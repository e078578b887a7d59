use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use aspa_types::CustomerId;

use crate::Customer;

/// So many records are remembered: what an overlap brings again.
const MOST: usize = 65_536;

/// What records held when they came last, as digests: a row that comes again because readings overlap
/// is not written again. Forgetting one costs a write and nothing else.
#[derive(Debug, Default)]
pub(super) struct Recent {
    known: HashMap<CustomerId, u64>,
    order: VecDeque<CustomerId>,
}

impl Recent {
    /// Whether the record holds what it did when it came last.
    pub(super) fn holds(&self, customer: &Customer) -> bool {
        self.known.get(&customer.id) == Some(&digest(customer))
    }

    pub(super) fn remember(&mut self, customer: &Customer) {
        let former = self.known.insert(customer.id.clone(), digest(customer));
        if former.is_none() {
            self.order.push_back(customer.id.clone());
        }
        while self.known.len() > MOST {
            let Some(oldest) = self.order.pop_front() else {
                break;
            };
            self.known.remove(&oldest);
        }
    }

    pub(super) fn forget(&mut self, id: &CustomerId) {
        if self.known.remove(id).is_some() && self.order.len() > 2 * MOST {
            self.order.retain(|id| self.known.contains_key(id));
        }
    }
}

/// A digest of what the system says; when we first saw it does not count.
fn digest(customer: &Customer) -> u64 {
    let mut hasher = DefaultHasher::new();
    customer.kind.hash(&mut hasher);
    let mut claims: Vec<String> = customer
        .claims
        .iter()
        .map(|claim| {
            let mut claim = claim.clone();
            claim.observed_at = chrono::DateTime::UNIX_EPOCH;
            serde_json::to_string(&claim).unwrap_or_default()
        })
        .collect();
    claims.sort_unstable();
    claims.hash(&mut hasher);
    serde_json::to_string(&customer.extra)
        .unwrap_or_default()
        .hash(&mut hasher);
    hasher.finish()
}
