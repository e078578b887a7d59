use aspa_types::{CustomerId, Extra, HandleKey, keep_unknown};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{ContactKind, DecidedBy, Decision, EvidenceKind, Language, RequestStatus};

/// Something that happened to a [`ContactRequest`](crate::ContactRequest).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RequestEvent {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub step: RequestStep,
    /// What a newer or foreign writer added.
    #[serde(flatten)]
    pub extra: Extra,
}

impl RequestEvent {
    pub(super) fn new(at: DateTime<Utc>, step: RequestStep) -> Self {
        Self {
            at,
            step,
            extra: Extra::new(),
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RequestStep {
    /// The person was told in public that we can talk in private.
    Offered {
        /// The host's id of the request.
        id: String,
        /// Who.
        handle: HandleKey,
        /// In which language.
        language: Language,
        /// When it expires.
        until: DateTime<Utc>,
    },
    /// It is known whether and how we may write in private.
    Opened {
        /// How.
        slot: PrivateSlot,
        /// When it expires.
        until: DateTime<Utc>,
    },
    /// We asked in private.
    Asked {
        /// For what: one of them is enough.
        kinds: Vec<ContactKind>,
        /// What the person was told that it is for.
        consent: String,
        /// When it expires.
        until: DateTime<Utc>,
    },
    /// The person agreed and told something.
    Answered {
        /// The message.
        source: String,
        /// What kinds of details.
        kinds: Vec<ContactKind>,
        /// When it expires.
        until: DateTime<Utc>,
    },
    /// What was told led to nobody; it may be told again. Which part was wrong is not said.
    Wrong {
        /// When it expires.
        until: DateTime<Utc>,
    },
    /// It led to somebody.
    Proposed {
        /// To whom.
        customer: CustomerId,
        /// Whether only a person can confirm it.
        needs_agent: bool,
        /// When it expires.
        until: DateTime<Utc>,
    },
    /// It is known.
    Confirmed {
        /// Who it is.
        customer: CustomerId,
        /// Who or what confirmed it.
        by: DecidedBy,
    },
    /// It ended without.
    Refused {
        /// Why.
        why: RefusedWhy,
    },
    /// Nothing happened in time.
    Expired,
    /// The person took the consent back.
    Withdrawn {
        /// The messages that no longer count.
        sources: Vec<String>,
    },
    /// A kind that this version does not know, kept as it came.
    #[serde(skip)]
    Unknown(serde_json::Value),
}

keep_unknown!(
    RequestStep,
    "type",
    [
        "offered",
        "opened",
        "asked",
        "answered",
        "wrong",
        "proposed",
        "confirmed",
        "refused",
        "expired",
        "withdrawn",
    ]
);

/// How a network lets us write to somebody in private.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", tag = "slot", rename_all = "snake_case")]
#[non_exhaustive]
pub enum PrivateSlot {
    /// One private reply to what was written in public.
    OneReply {
        /// From then on no more.
        until: DateTime<Utc>,
    },
    /// The private conversation is open.
    Direct,
    /// Not, unless the person writes first.
    None,
    /// A way that this version does not know, as it came: none.
    #[serde(skip)]
    Unknown(serde_json::Value),
}

keep_unknown!(PrivateSlot, "slot", ["one_reply", "direct", "none"]);

aspa_types::text_enum! {
    /// Why a request ended without success.
    pub enum RefusedWhy {
        /// The person does not want to tell.
        Declined = "declined",
        /// Too many answers led to nobody.
        TooManyWrong = "too_many_wrong",
        /// An agent says that it is not the one proposed.
        NotSame = "not_same",
        /// It is no longer needed.
        NotNeeded = "not_needed",
    }
}

/// What can be done with a request.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum RequestCommand {
    /// It is known how we may write in private; again when that changes.
    Open {
        /// How.
        slot: PrivateSlot,
    },
    /// Ask in private.
    Ask {
        /// For what: one of them is enough.
        kinds: Vec<ContactKind>,
        /// What it is for, as the person reads it.
        consent: String,
    },
    /// The person wrote in private.
    Answer {
        /// The message.
        source: String,
        /// What was found in it, as [`Said::evidence`](crate::extract::Said::evidence) gives it.
        told: Vec<EvidenceKind>,
        /// Whether the person agreed to what was said of the purpose.
        consented: bool,
    },
    /// This is what the evidence comes to with the answer.
    Propose {
        /// The decision.
        decision: Decision,
    },
    /// It is the one proposed.
    Confirm {
        /// Who or what says so.
        by: DecidedBy,
    },
    /// End it.
    Refuse {
        /// Why.
        why: RefusedWhy,
    },
    /// The person takes the consent back.
    Withdraw,
    /// Time has passed.
    Expire,
}

/// The rule of a request that a command would break.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestBroken {
    /// The command does not fit how the request stands.
    #[error("not while the request is {status}")]
    NotNow {
        /// How it stands.
        status: RequestStatus,
    },
    /// Its time is over.
    #[error("the request has expired")]
    Expired,
    /// Its time is not over.
    #[error("the request waits until {until}")]
    NotYet {
        /// When it will be.
        until: DateTime<Utc>,
    },
    /// The handle has a request that is open.
    #[error("an earlier request is still open")]
    StillOpen,
    /// The handle was asked not long ago.
    #[error("the next request may be made from {from}")]
    TooSoon {
        /// When it may be asked again.
        from: DateTime<Utc>,
    },
    /// The network gives no way to write in private, or it was used.
    #[error("there is no way to write in private")]
    NoSlot,
    /// Nothing is asked for.
    #[error("nothing is asked for")]
    NothingAsked,
    /// It is not said what for, or the person did not agree.
    #[error("there is no consent")]
    NoConsent,
    /// Nothing was told.
    #[error("the answer tells nothing")]
    NothingTold,
    /// It was told where everybody reads it.
    #[error("the answer is not private")]
    NotPrivate,
    /// The evidence does not suffice without a person.
    #[error("an agent has to confirm it")]
    NeedsAgent,
    /// There was no consent, or it is withdrawn already.
    #[error("there is no consent to withdraw")]
    NothingToWithdraw,
}
