use aspa_channel::MessageKey;
use aspa_types::text_enum;
use serde::{Deserialize, Serialize};

use crate::disposition::Decided;

mod found;
mod words;

pub use found::{Found, HelpReason, HelpSign, answers_by_customers};

text_enum! {
    /// What was said of another customer's answer.
    pub enum HelpVerdict {
        /// It may be an answer: that was found, and nobody has judged it yet. Nothing becomes of the
        /// question by it, and nobody is credited.
        Likely = "likely",
        /// It is right: it answers, and its author is credited.
        Confirmed = "confirmed",
        /// It is right, and we thanked its author.
        Thanked = "thanked",
        /// It is wrong or not enough: the question is open again, and nobody is credited.
        Corrected = "corrected",
    }
}

impl HelpVerdict {
    /// Whether the answer is right, so that its author is credited.
    #[must_use]
    pub fn is_right(&self) -> bool {
        matches!(self, Self::Confirmed | Self::Thanked)
    }
}

/// What was said of another customer's answer to a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "what was answered by what, and who said so"
)]
pub struct Help {
    /// The customer's message.
    pub message: MessageKey,
    /// The other customer's. Its author is the customer of the ticket that it is on.
    pub by: MessageKey,
    /// What was said of it.
    pub verdict: HelpVerdict,
    /// Who or what said so.
    pub decided: Decided,
}

impl Help {
    /// Whether it is about the same answer to the same message.
    pub(crate) fn is_about(&self, other: &Self) -> bool {
        (&self.message, &self.by) == (&other.message, &other.by)
    }
}
