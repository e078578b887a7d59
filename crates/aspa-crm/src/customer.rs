use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use aspa_types::{CustomerId, Extra, SystemId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Claim, Field, Method};

aspa_types::text_enum! {
    /// What kind of customer a record stands for.
    pub enum CustomerKind {
        /// A human being.
        Person = "person",
        /// A company, association or authority.
        Company = "company",
    }
}

/// A customer record: what the systems claim about one customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Customer {
    /// The record.
    pub id: CustomerId,
    /// Person or company.
    pub kind: CustomerKind,
    /// Everything that is claimed; the order has no meaning.
    pub claims: Vec<Claim>,
    /// What a newer or foreign writer added.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Customer {
    /// A record about which nothing is claimed yet.
    #[must_use]
    pub fn new(id: CustomerId, kind: CustomerKind) -> Self {
        Self {
            id,
            kind,
            claims: Vec::new(),
            extra: Extra::new(),
        }
    }

    /// The same record with one more claim.
    #[must_use]
    pub fn with(mut self, claim: Claim) -> Self {
        self.claims.push(claim);
        self
    }

    /// The value that survives for a field, with no order of systems but that the record's own
    /// one comes first. See [`SourceOrder::survivor`].
    #[must_use]
    pub fn value(&self, field: &Field) -> Option<&str> {
        SourceOrder::default()
            .survivor(self, field)
            .map(|claim| claim.value.as_str())
    }

    /// Every different value of a field, the surviving one first.
    #[must_use]
    pub fn values(&self, field: &Field) -> Vec<&str> {
        let mut values = Vec::new();
        for claim in SourceOrder::default().ranked(self, field) {
            if !values.contains(&claim.value.as_str()) {
                values.push(claim.value.as_str());
            }
        }
        values
    }

    /// A name to show: the whole name, else the parted one, else the company.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        if let Some(full) = self.value(&Field::FullName) {
            return Some(full.to_owned());
        }
        let parts = [self.value(&Field::FirstName), self.value(&Field::LastName)];
        let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            self.value(&Field::Company).map(str::to_owned)
        } else {
            Some(name)
        }
    }

    /// The version that its own system gives the record, for conditional writes and to know an echo
    /// by: that of a claim, or of a record without any in `extra`.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        let mut own = self.claims.iter().filter(|c| c.source == self.id.system);
        own.find_map(|claim| claim.version.as_deref()).or_else(|| {
            self.extra
                .get("version")
                .and_then(serde_json::Value::as_str)
        })
    }

    /// Takes out the claims that may no longer be kept, and returns them so that the sweep can
    /// be recorded.
    pub fn expire(&mut self, now: DateTime<Utc>) -> Vec<Claim> {
        self.claims
            .extract_if(.., |claim| claim.is_expired(now))
            .collect()
    }
}

/// Whose word counts more where systems differ.
///
/// Systems that are not named stand behind the named ones, the record's own system first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct SourceOrder {
    /// The usual order, best first.
    pub order: Vec<SystemId>,
    /// Another order for single fields, in place of the usual one.
    pub by_field: BTreeMap<Field, Vec<SystemId>>,
}

impl SourceOrder {
    /// This order for every field, best first.
    #[must_use]
    pub fn new(order: Vec<SystemId>) -> Self {
        Self {
            order,
            by_field: BTreeMap::new(),
        }
    }

    /// The claim that survives for a field: verified before not, then by the order of systems,
    /// then the later one, then by system, place in the system and value, so that the same
    /// claims in any order give the same survivor. An empty value never survives.
    #[must_use]
    pub fn survivor<'a>(&self, customer: &'a Customer, field: &Field) -> Option<&'a Claim> {
        claims_of(customer, field).min_by(|a, b| self.compare(customer, a, b))
    }

    /// All claims of a field, the survivor first.
    #[must_use]
    pub fn ranked<'a>(&self, customer: &'a Customer, field: &Field) -> Vec<&'a Claim> {
        let mut claims: Vec<&Claim> = claims_of(customer, field).collect();
        claims.sort_by(|a, b| self.compare(customer, a, b));
        claims
    }

    fn compare(&self, customer: &Customer, a: &Claim, b: &Claim) -> Ordering {
        let key = |claim: &Claim| {
            let verified = claim.method == Method::Verified;
            (
                Reverse(verified),
                self.rank(customer, claim),
                Reverse(claim.said_at()),
            )
        };
        let place = |claim: &Claim| (claim.source.clone(), claim.source_ref.clone());
        key(a)
            .cmp(&key(b))
            .then_with(|| place(a).cmp(&place(b)))
            .then_with(|| a.value.cmp(&b.value))
    }

    pub(crate) fn rank(&self, customer: &Customer, claim: &Claim) -> usize {
        let order = self.by_field.get(&claim.field).unwrap_or(&self.order);
        let unnamed = order.len() + usize::from(claim.source != customer.id.system);
        order
            .iter()
            .position(|system| *system == claim.source)
            .unwrap_or(unnamed)
    }
}

fn claims_of<'a>(customer: &'a Customer, field: &Field) -> impl Iterator<Item = &'a Claim> {
    customer
        .claims
        .iter()
        .filter(move |claim| claim.field == *field && !claim.value.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn system(name: &str) -> SystemId {
        SystemId::new(name).unwrap()
    }

    fn at(day: u32) -> DateTime<Utc> {
        DateTime::from_timestamp(i64::from(day) * 86_400, 0).unwrap()
    }

    fn customer(claims: Vec<Claim>) -> Customer {
        let mut customer = Customer::new(
            CustomerId::new(system("crm"), "1").unwrap(),
            CustomerKind::Person,
        );
        customer.claims = claims;
        customer
    }

    fn city(value: &str, source: &str, day: u32) -> Claim {
        Claim::new(Field::City, value, system(source), at(day))
    }

    #[test]
    fn verified_beats_order_beats_recency_beats_name() {
        let verified = || city("Oulu", "old", 1).by(Method::Verified);
        let cases = [
            (vec![city("Espoo", "crm", 9), verified()], "Oulu"),
            (
                vec![city("Espoo", "crm", 1), city("Turku", "shop", 9)],
                "Espoo",
            ),
            (
                vec![city("Espoo", "crm", 1), city("Turku", "crm", 9)],
                "Turku",
            ),
            (vec![city("Turku", "b", 1), city("Espoo", "a", 1)], "Espoo"),
            (vec![city("", "crm", 9), city("Kotka", "shop", 1)], "Kotka"),
        ];
        for (claims, survivor) in cases {
            assert_eq!(customer(claims).value(&Field::City), Some(survivor));
        }
        assert_eq!(customer(vec![]).value(&Field::City), None);
    }

    #[test]
    fn a_field_can_have_an_order_of_its_own() {
        let record = customer(vec![city("Espoo", "crm", 1), city("Turku", "billing", 1)]);
        let mut order = SourceOrder::new(vec![system("crm")]);
        order.by_field.insert(Field::City, vec![system("billing")]);
        assert_eq!(
            order.survivor(&record, &Field::City).unwrap().value,
            "Turku"
        );
    }

    #[test]
    fn expiry_takes_out_only_what_is_due() {
        let mut due = city("Espoo", "crm", 1);
        due.expires_at = Some(at(5));
        let mut record = customer(vec![due, city("Turku", "crm", 1)]);
        assert!(record.expire(at(4)).is_empty());
        assert_eq!(record.expire(at(5)).len(), 1);
        assert_eq!(record.value(&Field::City), Some("Turku"));
    }

    #[test]
    fn debug_hides_values() {
        assert!(!format!("{:?}", customer(vec![city("Espoo", "crm", 1)])).contains("Espoo"));
    }

    fn any_claim() -> impl Strategy<Value = Claim> {
        (
            "[a-c]",
            "[a-c]",
            0u32..3,
            any::<bool>(),
            proptest::option::of("[a-b]"),
        )
            .prop_map(|(value, source, day, verified, place)| {
                let mut claim = city(&value, &source, day);
                claim.source_ref = place;
                if verified {
                    claim.by(Method::Verified)
                } else {
                    claim
                }
            })
    }

    proptest! {
        #[test]
        fn the_order_of_claims_does_not_matter(
            claims in proptest::collection::vec(any_claim(), 0..8).prop_shuffle(),
        ) {
            let mut sorted = claims.clone();
            sorted.sort_by_key(|c| serde_json::to_string(c).unwrap());
            let (a, b) = (customer(claims), customer(sorted));
            prop_assert_eq!(a.value(&Field::City), b.value(&Field::City));
            prop_assert_eq!(a.values(&Field::City), b.values(&Field::City));
        }

        #[test]
        fn json_keeps_everything(claim in any_claim(), key in "x_[a-z]{1,5}", note in ".{0,9}") {
            let mut record = customer(vec![claim]);
            record.extra.insert(key.clone(), note.clone().into());
            record.claims[0].extra.insert(key, note.into());
            let json = serde_json::to_string(&record).unwrap();
            prop_assert_eq!(record, serde_json::from_str(&json).unwrap());
        }
    }
}
