use aspa_channel::MessageKey;
use aspa_types::{AgentId, keep_unknown};
use serde::{Deserialize, Serialize};

/// What became of one inbound message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    remote = "Self",
    tag = "type",
    rename_all = "snake_case",
    deny_unknown_fields
)]
#[non_exhaustive]
pub enum Disposition {
    /// Nothing yet. What is undecided is unhandled.
    Unhandled,
    /// We answered its author.
    Answered {
        /// With which message.
        by: MessageKey,
    },
    /// A public answer of ours to somebody else covers it.
    Covered {
        /// Which answer.
        by: MessageKey,
    },
    /// Another customer answered it.
    AnsweredByCustomer {
        /// With which message.
        by: MessageKey,
    },
    /// Its author was sent elsewhere.
    Redirected {
        /// Where to.
        to: String,
    },
    /// It was answered in another channel.
    AnsweredElsewhere {
        /// Where.
        place: String,
    },
    /// It needs no answer.
    NeedsNoAnswer {
        /// Why.
        why: String,
    },
    /// It is spam.
    Spam,
    /// A disposition that this version does not know, as it came. It counts as unhandled.
    #[serde(skip)]
    Unknown(serde_json::Value),
}

keep_unknown!(
    Disposition,
    "type",
    [
        "unhandled",
        "answered",
        "covered",
        "answered_by_customer",
        "redirected",
        "answered_elsewhere",
        "needs_no_answer",
        "spam"
    ],
    alone ["unhandled", "spam"]
);

impl Disposition {
    /// It came after an answer, and whoever resolved the ticket saw nothing left to answer.
    #[must_use]
    pub fn read() -> Self {
        Self::NeedsNoAnswer {
            why: "read when resolved after an answer".to_owned(),
        }
    }

    /// Whether something became of it. Spam is neither handled nor unhandled.
    #[must_use]
    pub fn is_handled(&self) -> bool {
        !matches!(self, Self::Unhandled | Self::Spam | Self::Unknown(_))
    }
}

/// Who or what decided a disposition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Decided {
    /// Nobody yet.
    Undecided,
    /// A rule of this crate inferred it, and infers it anew when it learns more.
    Inferred,
    /// A person set it. Inference leaves it alone.
    Agent(AgentId),
    /// A rule of the host, by name. Inference leaves it alone.
    Rule(String),
    /// Somebody or something that this version does not know, as it came. Inference leaves it alone.
    #[serde(skip)]
    Unknown(serde_json::Value),
}

keep_unknown!(Decided, ["undecided", "inferred", "agent", "rule"]);

/// (inbound − unhandled − spam) / (inbound − spam) over inbound customer messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct HandledShare {
    /// All inbound messages.
    pub inbound: u64,
    /// Those that nothing became of.
    pub unhandled: u64,
    /// Those that are spam.
    pub spam: u64,
}

impl HandledShare {
    /// Counts one message in.
    pub fn count(&mut self, disposition: &Disposition) {
        self.inbound += 1;
        match disposition {
            Disposition::Spam => self.spam += 1,
            other if !other.is_handled() => self.unhandled += 1,
            _ => {}
        }
    }

    /// The share, 0 to 1; none where there was nothing to handle.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "a share of fewer than 2^53 messages"
    )]
    pub fn share(&self) -> Option<f64> {
        let to_handle = self.inbound - self.spam;
        (to_handle > 0).then(|| (to_handle - self.unhandled) as f64 / to_handle as f64)
    }
}

impl Extend<Self> for HandledShare {
    fn extend<I: IntoIterator<Item = Self>>(&mut self, others: I) {
        for other in others {
            self.inbound += other.inbound;
            self.unhandled += other.unhandled;
            self.spam += other.spam;
        }
    }
}
