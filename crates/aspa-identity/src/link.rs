use aspa_types::{CustomerId, Extra, HandleKey};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{DecidedBy, Decision, Verdict};

/// "This handle is that customer", as it is stored.
///
/// It can be made again from the evidence at any time; to undo it, add
/// [`AgentSaidNotSame`](crate::EvidenceKind::AgentSaidNotSame) and decide again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Link {
    /// The presence.
    pub handle: HandleKey,
    /// How it stands.
    pub state: LinkState,
    /// Who it is, or in review who it most probably is, or who was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// How probable that is, 0 to 1.
    pub probability: f64,
    /// What it rests on.
    pub decision: Decision,
    /// Who or what decided.
    pub decided_by: DecidedBy,
    /// When.
    pub at: DateTime<Utc>,
    /// The record that was decided on, where the CRM has merged it into `customer` since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirected_from: Option<CustomerId>,
    /// A record that an agent had ruled out and that the CRM has made one with `customer` since:
    /// such a link is in review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflict: Option<CustomerId>,
    /// What a newer or foreign writer added.
    #[serde(flatten)]
    pub extra: Extra,
}

aspa_types::text_enum! {
    /// How a link stands.
    pub enum LinkState {
        /// It is this customer.
        Linked = "linked",
        /// A person should look.
        Review = "review",
        /// An agent said that it is not this customer, and nobody else is known.
        Refused = "refused",
        /// Not known.
        None = "none",
    }
}

impl LinkState {
    pub(crate) fn of(decision: &Decision) -> Self {
        match &decision.verdict {
            Verdict::Link { .. } => Self::Linked,
            Verdict::Review { .. } => Self::Review,
            Verdict::None if !decision.refused.is_empty() => Self::Refused,
            Verdict::None | Verdict::Unknown(_) => Self::None,
        }
    }

    /// Who is linked, most probable in review, or refused.
    pub(crate) fn customer(decision: &Decision) -> Option<&CustomerId> {
        match &decision.verdict {
            Verdict::Link { customer } => Some(customer),
            Verdict::Review { candidates } => candidates.first(),
            Verdict::None => decision.refused.first(),
            Verdict::Unknown(_) => None,
        }
    }
}

impl Link {
    /// What a decision means for a handle.
    #[must_use]
    pub fn from_decision(handle: HandleKey, decision: Decision, at: DateTime<Utc>) -> Self {
        let state = LinkState::of(&decision);
        let customer = LinkState::customer(&decision).cloned();
        let of = |id: &CustomerId| decision.candidates.iter().find(|c| c.customer == *id);
        let probability = customer
            .as_ref()
            .and_then(of)
            .map_or(0.0, |c| c.probability);
        Self {
            handle,
            state,
            customer,
            probability,
            decided_by: decision.decided_by.clone(),
            decision,
            at,
            redirected_from: None,
            conflict: None,
            extra: Extra::new(),
        }
    }
}
