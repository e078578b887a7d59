use std::fmt;

use aspa_types::{AgentId, CustomerId, Extra};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One thing that happened and tells who a handle is.
///
/// Evidence is a set: its order does not matter, and the same piece twice is one piece.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Evidence {
    /// When it happened.
    pub at: DateTime<Utc>,
    /// The id of the message or event it came from.
    pub source: String,
    /// What happened.
    pub kind: EvidenceKind,
    /// What a newer or foreign writer added.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Evidence {
    /// Something that happened, and where it can be read.
    #[must_use]
    pub fn new(at: DateTime<Utc>, source: impl Into<String>, kind: EvidenceKind) -> Self {
        Self {
            at,
            source: source.into(),
            kind,
            extra: Extra::new(),
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum EvidenceKind {
    /// The network showed this profile.
    ProfileSeen(Profile),
    /// A way to reach somebody, or a number we gave, was written.
    ContactRevealed(Contact),
    /// The host knows who is logged in.
    HostAsserted {
        /// Who.
        customer: CustomerId,
    },
    /// An agent said who it is.
    AgentSaidSame {
        /// Who.
        customer: CustomerId,
        /// The agent.
        by: AgentId,
    },
    /// An agent said who it is not, which also undoes a link: it holds until an agent says
    /// otherwise later.
    AgentSaidNotSame {
        /// Who not.
        customer: CustomerId,
        /// The agent.
        by: AgentId,
    },
    /// The person asked to be forgotten: what was known before is void, and from then on only
    /// the host's or an agent's word links again.
    Erased,
    /// A kind that this version does not know, kept as it came and given no weight.
    #[serde(skip)]
    Unknown(serde_json::Value),
}

aspa_types::keep_unknown!(
    EvidenceKind,
    "type",
    [
        "profile_seen",
        "contact_revealed",
        "host_asserted",
        "agent_said_same",
        "agent_said_not_same",
        "erased",
    ]
);

/// What a network shows of a presence; `Debug` hides it.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Profile {
    /// The name in the address, without `@`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// The name that is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Where the person says to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// What the person says about themself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bio: Option<String>,
    /// Addresses that the profile points to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<String>,
    /// Addresses that point back, so that their owner is the profile's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub verified_links: Vec<String>,
    /// What a newer or foreign writer added.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Profile {
    /// A profile with these two names.
    #[must_use]
    pub fn named(user_name: impl Into<String>, display_name: impl Into<String>) -> Self {
        Self {
            user_name: Some(user_name.into()),
            display_name: Some(display_name.into()),
            ..Self::default()
        }
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile").finish_non_exhaustive()
    }
}

/// A way to reach somebody, or a number we gave; `Debug` hides the value.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Contact {
    /// What it is.
    pub contact: ContactKind,
    /// As it was written.
    pub value: String,
    /// Who could read it.
    pub audience: Audience,
    /// Whose it is.
    pub speaker: Speaker,
    /// What a newer or foreign writer added.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Contact {
    /// Written in a private message; whose it is was not said.
    #[must_use]
    pub fn private(contact: ContactKind, value: impl Into<String>) -> Self {
        Self {
            contact,
            value: value.into(),
            audience: Audience::Private,
            speaker: Speaker::Unknown,
            extra: Extra::new(),
        }
    }

    /// The same, written where everybody reads it.
    #[must_use]
    pub fn in_public(mut self) -> Self {
        self.audience = Audience::Public;
        self
    }

    /// The same, being the writer's own or another's.
    #[must_use]
    pub fn of(mut self, speaker: Speaker) -> Self {
        self.speaker = speaker;
        self
    }
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contact")
            .field("contact", &self.contact)
            .field("audience", &self.audience)
            .field("speaker", &self.speaker)
            .finish_non_exhaustive()
    }
}

aspa_types::text_enum! {
    /// What kind of contact detail.
    pub enum ContactKind {
        /// An e-mail address.
        Email = "email",
        /// A phone number.
        Phone = "phone",
        /// The number that customers know themselves by.
        CustomerNumber = "customer_number",
        /// The number of an order.
        OrderNumber = "order_number",
    }
}

aspa_types::text_enum! {
    /// Who could read it.
    pub enum Audience {
        /// Only we.
        Private = "private",
        /// Everybody, so that anybody can copy it.
        Public = "public",
    }
}

aspa_types::text_enum! {
    /// Whose detail it is.
    pub enum Speaker {
        /// The writer's own.
        Themself = "themself",
        /// Somebody's for whom the writer writes.
        OnBehalf = "on_behalf",
        /// Not said.
        Unknown = "unknown",
    }
}
