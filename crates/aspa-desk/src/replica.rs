//! The customers of one tenant as handles are compared with them: what the CRMs say, what confirmed
//! links teach, and which records went into which.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use aspa_crm::{Claim, Customer, Field};
use aspa_identity::{
    DecidedBy, Decision, Evidence, EvidenceKind, Link, LinkState, Linker, Tombstones, Verdict,
};
use aspa_store::Person;
use aspa_types::{CustomerId, HandleKey};
use chrono::{DateTime, Utc};

use crate::merged::Merged;

/// What decides who a handle is. Shared between threads; nothing here waits for a store.
pub(crate) struct Replica {
    linker: Linker,
    /// Who was erased; none where nobody can be.
    stones: Option<Arc<Tombstones>>,
    state: RwLock<State>,
    /// Held while rows are read or written and taken in here, so that no older row comes in last.
    pub(crate) turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    merged: Merged,
    known: BTreeMap<HandleKey, Known>,
    holders: BTreeMap<CustomerId, Holder>,
}

/// The user name of a handle that the host or an agent has confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) customer: CustomerId,
    /// As a CRM would claim it: `x:@matti`.
    claim: String,
}

/// A customer with such handles.
#[derive(Default)]
struct Holder {
    /// As the CRM has it; none while it has none.
    record: Option<Customer>,
    handles: BTreeSet<HandleKey>,
}

impl Known {
    /// What a person teaches: their user name, where the host or an agent says who they are.
    pub(crate) fn of(person: &Person) -> Option<Self> {
        let link = &person.link.as_ref()?.value;
        if !is_confirmed(link) {
            return None;
        }
        let named = person
            .evidence
            .iter()
            .filter_map(|piece| match &piece.kind {
                EvidenceKind::ProfileSeen(profile) => {
                    Some((piece.at, profile.user_name.as_deref()?))
                }
                _ => None,
            });
        let (_, user_name) = named.max()?;
        let user_name = user_name.trim().trim_start_matches('@');
        (!user_name.is_empty()).then_some(Self {
            customer: link.customer.clone()?,
            claim: format!("{}:@{user_name}", link.handle.network()),
        })
    }
}

/// Whether the host or an agent says who it is.
pub(crate) fn is_confirmed(link: &Link) -> bool {
    link.state == LinkState::Linked
        && matches!(link.decided_by, DecidedBy::Host | DecidedBy::Agent(_))
}

impl Replica {
    pub(crate) fn new(linker: Linker, stones: Option<Arc<Tombstones>>) -> Self {
        Self {
            linker,
            stones,
            state: RwLock::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    pub(crate) fn linker(&self) -> &Linker {
        &self.linker
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a customer was erased.
    pub(crate) fn is_erased(&self, id: &CustomerId) -> bool {
        let stones = self.stones.as_ref();
        stones.is_some_and(|stones| stones.customer_erased_at(id).is_some())
    }

    /// Takes a stored record in, or the mark of one that was merged.
    pub(crate) fn put(&self, customer: &Customer) {
        let mut state = self.write();
        let is_merged = state.merged.put(customer);
        let record = (!is_merged).then(|| customer.clone());
        if is_merged {
            self.linker.remove(&customer.id);
        } else if !state.holders.contains_key(&customer.id) {
            self.linker.put(customer);
        }
        if let Some(holder) = state.holders.get_mut(&customer.id) {
            holder.record = record;
            self.learn(&state, &customer.id, None);
        }
    }

    pub(crate) fn remove(&self, id: &CustomerId) {
        let mut state = self.write();
        state.merged.remove(id);
        self.linker.remove(id);
        if let Some(holder) = state.holders.get_mut(id) {
            holder.record = None;
        }
    }

    /// The record that a record went into in the end, or itself.
    pub(crate) fn root(&self, customer: &CustomerId) -> CustomerId {
        self.read().merged.root(customer).0.clone()
    }

    /// Whether it is the mark of a record that was merged.
    pub(crate) fn is_merged(&self, id: &CustomerId) -> bool {
        self.read().merged.contains(id)
    }

    /// Whether a handle has taught something.
    pub(crate) fn knows(&self, handle: &HandleKey) -> bool {
        self.read().known.contains_key(handle)
    }

    /// A confirmed handle counts as one that the CRM knows from now on; without `known` no longer.
    /// `record` is the customer's, where it has not been put yet.
    pub(crate) fn teach(
        &self,
        handle: &HandleKey,
        known: Option<Known>,
        record: Option<&Customer>,
    ) {
        let mut state = self.write();
        if state.known.get(handle) == known.as_ref() {
            return;
        }
        if let Some(old) = state.known.remove(handle)
            && let Some(holder) = state.holders.get_mut(&old.customer)
        {
            holder.handles.remove(handle);
            self.learn(&state, &old.customer, None);
            let nothing = |holder: &Holder| holder.handles.is_empty();
            if state.holders.get(&old.customer).is_some_and(nothing) {
                state.holders.remove(&old.customer);
            }
        }
        if let Some(known) = known {
            let customer = known.customer.clone();
            state.known.insert(handle.clone(), known);
            let holder = state.holders.entry(customer.clone()).or_default();
            holder.handles.insert(handle.clone());
            if holder.record.is_none() {
                holder.record = record.cloned();
            }
            self.learn(&state, &customer, None);
        }
    }

    /// Has the linker know a record with all confirmed handles but one.
    fn learn(&self, state: &State, customer: &CustomerId, but: Option<&HandleKey>) {
        let Some(holder) = state.holders.get(customer) else {
            return;
        };
        let Some(record) = &holder.record else { return };
        let mut record = record.clone();
        let handles = holder.handles.iter().filter(|handle| Some(*handle) != but);
        for known in handles.filter_map(|handle| state.known.get(handle)) {
            let (source, at) = (customer.system.clone(), DateTime::UNIX_EPOCH);
            let claim = Claim::new(Field::Handle, known.claim.as_str(), source, at);
            record.claims.push(claim);
        }
        self.linker.put(&record);
    }

    /// Who a handle is, as far as those who were erased allow it.
    fn decide(&self, handle: &HandleKey, evidence: &[Evidence]) -> Decision {
        let decide = |usable: &[Evidence]| self.decide_by(handle, usable);
        match &self.stones {
            Some(stones) => stones.decide(handle, evidence, self.linker.settings(), decide),
            None => decide(evidence),
        }
    }

    /// Who a handle is. What the handle itself has taught is no evidence of it.
    fn decide_by(&self, handle: &HandleKey, evidence: &[Evidence]) -> Decision {
        if !self.knows(handle) {
            return self.linker.decide(handle, evidence);
        }
        let state = self.write();
        let customer = state.known.get(handle).map(|known| &known.customer);
        if let Some(customer) = customer {
            self.learn(&state, customer, Some(handle));
        }
        let decision = self.linker.decide(handle, evidence);
        if let Some(customer) = customer {
            self.learn(&state, customer, None);
        }
        decision
    }

    /// How a handle is linked, by all that is known of it and the link that stands.
    pub(crate) fn link(
        &self,
        handle: &HandleKey,
        evidence: &[Evidence],
        before: Option<&Link>,
    ) -> Link {
        let at = evidence.iter().map(|piece| piece.at).max();
        let at: DateTime<Utc> = at.unwrap_or_default();
        let merged = self.read().merged.clone();
        if merged.is_empty() {
            let decision = self.decide(handle, evidence);
            return Link::from_decision(handle.clone(), decision, at);
        }
        let mut decision = self.decide(handle, &merged.canonical(evidence));
        if let Some(kept) = before.and_then(|before| kept(before, &decision, &merged)) {
            decision = kept;
        }
        let mut link = Link::from_decision(handle.clone(), decision, at);
        merged.redirect(&mut link, evidence);
        link
    }
}

/// A link by rule to a record that was merged since is as good as it was, also where the record that
/// is left has none of what it rested on, until something else is known.
fn kept(before: &Link, decision: &Decision, merged: &Merged) -> Option<Decision> {
    let Verdict::Link { customer } = &before.decision.verdict else {
        return None;
    };
    let root = merged.root(customer).0;
    let refused = |no: &CustomerId| no == customer || no == root;
    let stands = before.decided_by == DecidedBy::Rule
        && decision.verdict == Verdict::None
        && merged.contains(customer)
        && !decision.refused.iter().any(refused);
    stands.then(|| {
        let mut kept = before.decision.clone();
        kept.refused.clone_from(&decision.refused);
        kept
    })
}
