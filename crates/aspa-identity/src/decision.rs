use std::borrow::Cow;
use std::sync::Arc;

use aspa_types::{AgentId, CustomerId, keep_unknown};
use serde::{Deserialize, Serialize};

use crate::ContactKind;

/// What the evidence about one handle comes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Decision {
    /// Whether to link.
    pub verdict: Verdict,
    /// Who or what decided.
    pub decided_by: DecidedBy,
    /// Everybody it may be, the most probable first; at most 5.
    pub candidates: Vec<Candidate>,
    /// Whom an agent has ruled out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<CustomerId>,
    /// What would bring it further.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_step: Option<Ask>,
    /// How probable the first candidate would be with one more detail told in private, where that
    /// would make it more probable; the most telling detail first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub what_if: Vec<WhatIf>,
}

/// What one more detail would bring.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WhatIf {
    /// What would have to be told, and be the customer's.
    pub detail: ContactKind,
    /// How probable the first candidate would be then, 0 to 1; where the record has several such
    /// details, with the one that would tell least.
    pub probability: f64,
    /// Whether that would be a link.
    #[serde(default)]
    pub links: bool,
}

/// Whether to link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", tag = "verdict", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// It is this customer.
    Link {
        /// Who.
        customer: CustomerId,
    },
    /// It may be one of these: a person should look.
    Review {
        /// Who, the most probable first.
        candidates: Vec<CustomerId>,
    },
    /// Not known.
    None,
    /// A verdict that this version does not know, as it came. It links nobody.
    #[serde(skip)]
    Unknown(serde_json::Value),
}

keep_unknown!(Verdict, "verdict", ["link", "review", "none"]);

/// Who or what decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    remote = "Self",
    tag = "by",
    content = "agent",
    rename_all = "snake_case"
)]
#[non_exhaustive]
pub enum DecidedBy {
    /// The weights.
    Rule,
    /// The host, which knows who is logged in.
    Host,
    /// An agent.
    Agent(AgentId),
    /// Somebody or something that this version does not know, as it came.
    #[serde(skip)]
    Unknown(serde_json::Value),
}

keep_unknown!(DecidedBy, "by", ["rule", "host", "agent"]);

/// A customer that a handle may belong to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Candidate {
    /// Who.
    pub customer: CustomerId,
    /// Records that are evidently of the same person; `probability` is that of all together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub same_person: Vec<CustomerId>,
    /// 0 to 1: this candidate against all others and nobody of them; 1 / (1 + 2^-score),
    /// to twelve decimals.
    pub probability: f64,
    /// The same as a logarithm of odds to base 2, which does not run out of digits near 1.
    pub score: f64,
    /// Why; the weights sum exactly to `score`, in any order.
    pub reasons: Vec<Reason>,
}

/// One reason for or against a candidate.
///
/// Weights are multiples of 1/64, which floating point adds without rounding and JSON keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reason {
    /// What was compared.
    pub comparison: Comparison,
    /// How well it agrees, in words.
    pub level: Cow<'static, str>,
    /// How much it counts, as a logarithm of odds to base 2; below 0 against.
    pub weight: f64,
    /// The value it rests on, masked: `m…@e….fi`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Arc<str>>,
    /// How many others agree as well by chance, above 0 and below 1: the share of people who have the
    /// name, live in the city, work there. Three digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// The message or event it was read from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Arc<str>>,
}

impl Reason {
    /// A reason whose weight is rounded to 1/64 of a bit and kept within 512 bits.
    pub(crate) fn new(comparison: Comparison, level: &'static str, weight: f64) -> Self {
        let weight = Self::rounded(weight);
        Self {
            comparison,
            level: Cow::Borrowed(level),
            weight,
            value: None,
            share: None,
            from: None,
        }
    }

    /// Bits as a reason holds them: multiples of 1/64 from -512 to 512.
    pub(crate) fn rounded(weight: f64) -> f64 {
        if weight.is_finite() {
            (weight.clamp(-512.0, 512.0) * 64.0).round() / 64.0 + 0.0
        } else {
            0.0
        }
    }

    /// The same with how many others agree by chance; nothing where everybody or nobody does.
    pub(crate) fn shared_by(mut self, chance: f32) -> Self {
        self.share = three_digits(f64::from(chance));
        self
    }

    pub(crate) fn showing(mut self, masked: &Arc<str>, from: &Arc<str>) -> Self {
        self.value = Some(Arc::clone(masked));
        self.from = Some(Arc::clone(from));
        self
    }

    pub(crate) fn from(mut self, from: &Arc<str>) -> Self {
        self.from = Some(Arc::clone(from));
        self
    }
}

/// A share to three significant digits, which JSON gives back as they were: a whole number below 1,000
/// over a power of ten that floating point holds exactly, so the quotient is the nearest to its decimal.
fn three_digits(share: f64) -> Option<f64> {
    if !(1e-12..1.0).contains(&share) {
        return None;
    }
    let mut power = 100.0;
    while share * power < 100.0 {
        power *= 10.0;
    }
    let rounded = (share * power).round() / power;
    (rounded < 1.0).then_some(rounded)
}

aspa_types::text_enum! {
    /// What was compared; each counts at most once for a candidate.
    pub enum Comparison {
        /// What is expected before anything is known.
        Prior = "prior",
        /// The host's word.
        Host = "host",
        /// An agent's word.
        Agent = "agent",
        /// Display name and user name as a name: one judgement, since one is made of the other.
        Name = "name",
        /// E-mail and phone.
        Contact = "contact",
        /// Customer and order numbers.
        Number = "number",
        /// Known handles.
        Handle = "handle",
        /// The city.
        Place = "place",
        /// Web site and company.
        Work = "work",
        /// Signs that it is somebody else: parody, a copied account.
        Caution = "caution",
        /// Other handles that fit the same customer, where several are decided about together.
        Accounts = "accounts",
        /// Who else it may be, and in how many records the person stands.
        Others = "others",
        /// What labels taught of how such cases come out.
        Learnt = "learnt",
    }
}

aspa_types::text_enum! {
    /// What would bring a decision further.
    pub enum Ask {
        /// Ask in private for a customer number, e-mail or phone.
        PrivateContact = "private_contact",
        /// Ask in private for one more detail, which tells the candidates apart.
        AnotherContact = "another_contact",
        /// An agent looks at the candidates.
        AgentReview = "agent_review",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn shares_keep_three_digits_and_survive_storage() {
        for (share, expected) in [
            (3.123_456e-6, Some(3.12e-6)),
            (1.0e-12, Some(1.0e-12)),
            (0.099_96, Some(0.1)),
            (0.5, Some(0.5)),
            (0.9999, None),
            (1.0, None),
            (0.0, None),
            (f64::NAN, None),
        ] {
            assert_eq!(three_digits(share), expected, "{share}");
            if let Some(share) = expected {
                let json = serde_json::to_string(&share).unwrap();
                assert_eq!(
                    serde_json::from_str::<f64>(&json).unwrap().to_bits(),
                    share.to_bits()
                );
            }
        }
    }

    #[test]
    fn a_decision_in_newer_words_survives() {
        for (verdict, by) in [
            (json!({"verdict": "none"}), json!({"by": "rule"})),
            (
                json!({"verdict": "ask", "whom": "x"}),
                json!({"by": "agent", "agent": "liisa"}),
            ),
            (
                json!({"verdict": "review", "candidates": []}),
                json!({"by": "model", "agent": 7}),
            ),
        ] {
            let json = json!({"verdict": verdict, "decided_by": by, "candidates": []});
            let read: Decision = serde_json::from_value(json.clone()).unwrap();
            assert_eq!(serde_json::to_value(&read).unwrap(), json);
        }
    }
}
