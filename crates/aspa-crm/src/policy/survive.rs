use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;
use std::fmt;

use aspa_types::SystemId;

use super::{Owner, Policies};
use crate::{Claim, Customer, Field, Method};

/// The value that survives for a field, and why the others did not.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Survivor<'a> {
    /// The claim.
    pub claim: &'a Claim,
    /// What it came out ahead of, in order, and by what.
    pub ahead_of: Vec<(&'a Claim, Why)>,
}

/// By what one claim comes out ahead of another: the first of these that tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Why {
    /// It is the word of the field's owner.
    Owner,
    /// The other fields of its group survive, and they stay together.
    Group,
    /// One of us said it is right.
    Pinned,
    /// It is verified.
    Verified,
    /// Its system comes first in the order.
    Order,
    /// It was said later.
    Later,
    /// It says more.
    Fuller,
    /// Nothing but a fixed order.
    Fixed,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Owner => "its system owns the field",
            Self::Group => "it belongs with the other fields of its group",
            Self::Pinned => "one of us said that it is right",
            Self::Verified => "it is verified",
            Self::Order => "its system comes first",
            Self::Later => "it was said later",
            Self::Fuller => "it says more",
            Self::Fixed => "of equal ones the first by name",
        })
    }
}

impl Policies {
    /// The claim that survives for a field: the owner's before others', then pinned, verified, by the
    /// [order](super::Policies::order) of systems, later, longer, and by system, place and value, so that
    /// the same claims in any order give the same survivor. In a group all fields come from the system
    /// that wins the most of the group's fields, so far as it has them; an empty value never survives.
    /// O(n log n) in the record's claims.
    #[must_use]
    pub fn survivor<'a>(&self, customer: &'a Customer, field: &Field) -> Option<Survivor<'a>> {
        let policy = self.fields.get(field);
        let leader = policy.and_then(|p| p.group.as_ref()).and_then(|group| {
            let mut wins: BTreeMap<&SystemId, usize> = BTreeMap::new();
            let together = self
                .fields
                .iter()
                .filter(|(_, p)| p.group.as_ref() == Some(group));
            for (field, _) in together {
                if let Some(best) = self.ranked(customer, field, None).first() {
                    *wins.entry(&best.source).or_default() += 1;
                }
            }
            let most = wins.into_iter();
            most.max_by_key(|(system, won)| (*won, Reverse(*system)))
                .map(|(system, _)| system)
        });
        let ranked = self.ranked(customer, field, leader);
        let (first, rest) = ranked.split_first()?;
        // The leader of a group may have no value here: then nothing of another source is put in.
        if leader.is_some_and(|leader| *leader != first.source) {
            return None;
        }
        let ahead_of = rest.iter().map(|other| {
            let (_, why) = self.compare(customer, first, other, leader);
            (*other, why)
        });
        Some(Survivor {
            claim: first,
            ahead_of: ahead_of.collect(),
        })
    }

    fn ranked<'a>(
        &self,
        customer: &'a Customer,
        field: &Field,
        leader: Option<&SystemId>,
    ) -> Vec<&'a Claim> {
        let has_value = |claim: &&Claim| claim.field == *field && !claim.value.trim().is_empty();
        let mut claims: Vec<&Claim> = customer.claims.iter().filter(has_value).collect();
        claims.sort_by(|a, b| self.compare(customer, a, b, leader).0);
        claims
    }

    fn compare(
        &self,
        customer: &Customer,
        a: &Claim,
        b: &Claim,
        leader: Option<&SystemId>,
    ) -> (Ordering, Why) {
        let owner = self.fields.get(&a.field).map(|policy| &policy.owner);
        let owned = |claim: &Claim| match owner {
            Some(Owner::System(system)) => claim.source == *system,
            _ => false,
        };
        let leads = |claim: &Claim| leader.is_some_and(|leader| claim.source == *leader);
        let verified = |claim: &Claim| claim.method == Method::Verified;
        let rank = |claim: &Claim| self.order.rank(customer, claim);
        let place = |claim: &Claim| {
            let (source, place) = (claim.source.clone(), claim.source_ref.clone());
            (source, place, claim.value.clone())
        };
        let steps = [
            (owned(b).cmp(&owned(a)), Why::Owner),
            (leads(b).cmp(&leads(a)), Why::Group),
            (
                b.pinned_by.is_some().cmp(&a.pinned_by.is_some()),
                Why::Pinned,
            ),
            (verified(b).cmp(&verified(a)), Why::Verified),
            (rank(a).cmp(&rank(b)), Why::Order),
            (b.said_at().cmp(&a.said_at()), Why::Later),
            (b.value.trim().len().cmp(&a.value.trim().len()), Why::Fuller),
        ];
        let told = steps.into_iter().find(|(order, _)| order.is_ne());
        told.unwrap_or_else(|| (place(a).cmp(&place(b)), Why::Fixed))
    }
}
