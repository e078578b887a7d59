use std::fmt::Write as _;

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

impl Link {
    /// What a decision means for a handle.
    #[must_use]
    pub fn from_decision(handle: HandleKey, decision: Decision, at: DateTime<Utc>) -> Self {
        let (state, customer) = match &decision.verdict {
            Verdict::Link { customer } => (LinkState::Linked, Some(customer.clone())),
            Verdict::Review { candidates } => (LinkState::Review, candidates.first().cloned()),
            Verdict::None => match decision.refused.first() {
                Some(refused) => (LinkState::Refused, Some(refused.clone())),
                None => (LinkState::None, None),
            },
            Verdict::Unknown(_) => (LinkState::None, None),
        };
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

impl Decision {
    /// Why, for a person to read: a line for each of the best three candidates and one for each
    /// reason, personal values masked.
    #[must_use]
    pub fn explain(&self) -> String {
        let mut text = match &self.verdict {
            Verdict::Link { customer } => format!("linked to {customer}"),
            Verdict::Review { candidates } => match candidates.len() {
                1 => "one candidate to review".to_owned(),
                n => format!("{n} candidates to review"),
            },
            Verdict::None | Verdict::Unknown(_) => "not linked".to_owned(),
        };
        for refused in &self.refused {
            let _ = write!(text, "\nan agent said that it is not {refused}");
        }
        for candidate in self.candidates.iter().take(3) {
            let percent = candidate.probability * 100.0;
            let _ = write!(
                text,
                "\n{}: {percent:.1} %, score {:+.1}",
                candidate.customer, candidate.score
            );
            for same in &candidate.same_person {
                let _ = write!(text, ", the same person as {same}");
            }
            for reason in &candidate.reasons {
                let _ = write!(
                    text,
                    "\n  {:+6.1}  {}: {}",
                    reason.weight, reason.comparison, reason.level
                );
                if let Some(value) = &reason.value {
                    let _ = write!(text, " ({value})");
                }
                if let Some(from) = &reason.from {
                    let _ = write!(text, ", from {from}");
                }
            }
        }
        text
    }
}
