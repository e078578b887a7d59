use std::collections::BTreeSet;
use std::fmt;

use aspa_types::{AgentId, Extra, SystemId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

aspa_types::text_enum! {
    /// What a claim is about.
    pub enum Field {
        /// Given name.
        FirstName = "first_name",
        /// Family name.
        LastName = "last_name",
        /// The whole name, where a system does not part it.
        FullName = "full_name",
        /// The company: its own name, or where a person works.
        Company = "company",
        /// What a person does there.
        Title = "title",
        /// An e-mail address.
        Email = "email",
        /// A phone number, as written.
        Phone = "phone",
        /// The number that customers know themselves by.
        CustomerNumber = "customer_number",
        /// The number of an order.
        OrderNumber = "order_number",
        /// Street and house.
        Street = "street",
        /// Postal code.
        Postcode = "postcode",
        /// City or municipality.
        City = "city",
        /// Country, ISO 3166-1 alpha-2 where known.
        Country = "country",
        /// A web site.
        Website = "website",
        /// A presence on a network: `x:@name`, or `mastodon:server:id` where the id is known.
        Handle = "handle",
        /// Language, BCP 47.
        Language = "language",
        /// Which kind of customer for response targets: `gold`.
        Tier = "tier",
    }
}

aspa_types::text_enum! {
    /// How a system came to know a value.
    pub enum Method {
        /// Taken from another system or file.
        Imported = "imported",
        /// Written by a person.
        Typed = "typed",
        /// Proven: a code was sent there, a document was seen.
        Verified = "verified",
        /// Concluded from something else.
        Inferred = "inferred",
    }
}

aspa_types::text_enum! {
    /// What a value may be used for.
    pub enum Purpose {
        /// Serving the customer.
        Support = "support",
        /// Invoices and payments.
        Billing = "billing",
        /// Delivering what was ordered.
        Delivery = "delivery",
        /// Offers and newsletters.
        Marketing = "marketing",
        /// Figures.
        Statistics = "statistics",
    }
}

aspa_types::text_enum! {
    /// Why keeping a value is lawful (GDPR article 6(1)).
    pub enum Basis {
        /// The customer agreed; see `consent_ref`.
        Consent = "consent",
        /// A contract needs it.
        Contract = "contract",
        /// Our interest outweighs.
        LegitimateInterest = "legitimate_interest",
        /// A law demands it.
        LegalObligation = "legal_obligation",
    }
}

/// One value of one field, as one system says it.
///
/// A customer is a set of claims and never a merged row, so that undoing a merge gives every
/// system its own values back. `Debug` hides the value.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Claim {
    /// What it is about.
    pub field: Field,
    /// The value as the system has it.
    pub value: String,
    /// The value in the spelling that comparisons use, where the source made one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub norm: Option<String>,
    /// The system that says so.
    pub source: SystemId,
    /// Where in that system: a row, a column, a child record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_ref: Option<String>,
    /// The system's version of the record, for conditional writes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// When this value was first seen by us.
    pub observed_at: DateTime<Utc>,
    /// When the system says it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asserted_at: Option<DateTime<Utc>>,
    /// How the system came to know it.
    pub method: Method,
    /// Who of us said that this value is the right one, where somebody did. On a field that a system
    /// owns that is a proposal and no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned_by: Option<AgentId>,
    /// How sure the system is, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// What it may be used for; empty: not recorded.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub purposes: BTreeSet<Purpose>,
    /// Why keeping it is lawful.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    /// The record of the consent, where that is the basis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_ref: Option<String>,
    /// From when on it may not be kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// What a newer or foreign writer added.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Claim {
    /// An imported claim with nothing more known about it.
    #[must_use]
    pub fn new(
        field: Field,
        value: impl Into<String>,
        source: SystemId,
        observed_at: DateTime<Utc>,
    ) -> Self {
        Self {
            field,
            value: value.into(),
            norm: None,
            source,
            source_ref: None,
            version: None,
            observed_at,
            asserted_at: None,
            method: Method::Imported,
            pinned_by: None,
            confidence: None,
            purposes: BTreeSet::new(),
            basis: None,
            consent_ref: None,
            expires_at: None,
            extra: Extra::new(),
        }
    }

    /// The same claim, known in this way.
    #[must_use]
    pub fn by(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// When the value was said: the system's own time where it gives one, else ours.
    #[must_use]
    pub fn said_at(&self) -> DateTime<Utc> {
        self.asserted_at.unwrap_or(self.observed_at)
    }

    /// Whether the claim may no longer be kept.
    #[must_use]
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim")
            .field("field", &self.field)
            .field("value", &"…")
            .field("source", &self.source)
            .field("source_ref", &self.source_ref)
            .field("method", &self.method)
            .field("observed_at", &self.observed_at)
            .finish_non_exhaustive()
    }
}
