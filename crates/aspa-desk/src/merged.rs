//! Records that a CRM made one: links are seen through this, and nothing stored is overwritten, so that
//! a record which comes back has its links again.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use aspa_crm::Customer;
use aspa_identity::{Evidence, EvidenceKind, Link, LinkState};
use aspa_types::CustomerId;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Where the stored row of a merged record says into which it went.
const MARK: &str = "merged";

/// Into which record another one went, and when we learnt of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Merge {
    into: CustomerId,
    at: DateTime<Utc>,
}

/// Every merge that holds; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Merged(Arc<BTreeMap<CustomerId, Merge>>);

/// The row that is left of a record which went into another one: nothing personal.
pub(crate) fn mark(old: CustomerId, into: CustomerId, at: DateTime<Utc>) -> Customer {
    let mut customer = Customer::new(old, "merged".into());
    if let Ok(merge) = serde_json::to_value(Merge { into, at }) {
        customer.extra.insert(MARK.to_owned(), merge);
    }
    customer
}

/// What such a row says.
fn read(customer: &Customer) -> Option<Merge> {
    let merge = customer.extra.get(MARK)?.clone();
    let merge: Merge = serde_json::from_value(merge).ok()?;
    (merge.into != customer.id && customer.claims.is_empty()).then_some(merge)
}

/// Whether a row is such a mark.
pub(crate) fn is_mark(customer: &Customer) -> bool {
    read(customer).is_some()
}

impl Merged {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn contains(&self, id: &CustomerId) -> bool {
        self.0.contains_key(id)
    }

    /// Takes a stored row in; whether it is the mark of a merged record.
    pub(crate) fn put(&mut self, customer: &Customer) -> bool {
        match read(customer) {
            Some(merge) => {
                Arc::make_mut(&mut self.0).insert(customer.id.clone(), merge);
                true
            }
            None => {
                self.remove(&customer.id);
                false
            }
        }
    }

    pub(crate) fn remove(&mut self, id: &CustomerId) {
        if self.contains(id) {
            Arc::make_mut(&mut self.0).remove(id);
        }
    }

    /// The record that one went into in the end, and when the last of these merges was. Where merges
    /// go round in a circle, the one that was merged first has come back.
    pub(crate) fn root<'a>(
        &'a self,
        customer: &'a CustomerId,
    ) -> (&'a CustomerId, Option<DateTime<Utc>>) {
        let mut path: Vec<(&CustomerId, DateTime<Utc>)> = Vec::new();
        let mut at = customer;
        while let Some(merge) = self.0.get(at) {
            if let Some(again) = path.iter().position(|(id, _)| *id == at) {
                let first = path[again..].iter().min_by_key(|(_, at)| *at);
                at = first.map_or(at, |(id, _)| id);
                break;
            }
            path.push((at, merge.at));
            at = &merge.into;
        }
        (at, path.iter().map(|(_, at)| *at).max())
    }

    /// The evidence with the host's and agents' words about whoever stands for a record now. What an
    /// agent ruled out stays as it was said.
    pub(crate) fn canonical<'a>(&self, evidence: &'a [Evidence]) -> Cow<'a, [Evidence]> {
        let mut all = Cow::Borrowed(evidence);
        for (i, piece) in evidence.iter().enumerate() {
            let (EvidenceKind::HostAsserted { customer }
            | EvidenceKind::AgentSaidSame { customer, .. }) = &piece.kind
            else {
                continue;
            };
            let root = self.root(customer).0;
            if root == customer {
                continue;
            }
            if let EvidenceKind::HostAsserted { customer }
            | EvidenceKind::AgentSaidSame { customer, .. } = &mut all.to_mut()[i].kind
            {
                customer.clone_from(root);
            }
        }
        all
    }

    /// Shows a link through the merges. What an agent ruled out wins: a link that leads there is in
    /// review, unless an agent has said so since they were made one.
    pub(crate) fn redirect(&self, link: &mut Link, evidence: &[Evidence]) {
        let Some(decided) = link.customer.clone() else {
            return;
        };
        if !matches!(link.state, LinkState::Linked | LinkState::Review) {
            return;
        }
        let (root, merged_at) = self.root(&decided);
        let said = evidence.iter().rev().find_map(|piece| match &piece.kind {
            EvidenceKind::HostAsserted { customer }
            | EvidenceKind::AgentSaidSame { customer, .. } => Some(customer),
            _ => None,
        });
        let from = match *root == decided {
            true => said.filter(|said| *said != root && self.root(said).0 == root),
            false => Some(&decided),
        };
        link.redirected_from = from.cloned();
        let ruled_out = |no: &&CustomerId| {
            let (same, at) = self.root(no);
            let since = at.max(merged_at);
            let said_since = evidence.iter().any(|piece| match &piece.kind {
                EvidenceKind::AgentSaidSame { customer, .. } => {
                    self.root(customer).0 == root && since.is_some_and(|since| piece.at > since)
                }
                _ => false,
            });
            same == root && !said_since
        };
        if let Some(no) = link.decision.refused.iter().find(ruled_out) {
            link.state = LinkState::Review;
            link.conflict = Some(no.clone());
        }
        link.customer = Some(root.clone());
    }
}
