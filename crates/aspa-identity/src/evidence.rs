use std::fmt;

use aspa_types::{AgentId, CustomerId, Extra};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::extract::Said;

mod told;

pub use told::{
    Audience, Contact, ContactKind, LinkProof, NameRole, Profile, Renamed, Speaker, ToldName,
    UserName, VerifiedLink, Withdrawal,
};

/// One thing that happened and tells who a handle is.
///
/// Evidence is a set: its order does not matter, and the same piece twice is one piece.
/// Append-only: what turns out wrong is [withdrawn](EvidenceKind::Withdrawn), not removed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Evidence {
    /// When it happened.
    pub at: DateTime<Utc>,
    /// The id of the message or event it came from.
    pub source: String,
    /// What happened.
    pub kind: EvidenceKind,
    /// What it was told for; none: to know who writes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// From when on it may not be used; none: as long as it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
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
            purpose: None,
            expires_at: None,
            extra: Extra::new(),
        }
    }

    /// The same, told for this.
    #[must_use]
    pub fn told_for(mut self, purpose: Purpose) -> Self {
        self.purpose = Some(purpose);
        self
    }

    /// The same, not to be used from this moment on.
    #[must_use]
    pub fn expiring(mut self, at: DateTime<Utc>) -> Self {
        self.expires_at = Some(at);
        self
    }
}

aspa_types::text_enum! {
    /// What a person told something for. What was told for anything but identification is kept and
    /// given no weight.
    pub enum Purpose {
        /// To know who writes, now and later.
        Identification = "identification",
        /// For the case at hand and nothing else: a delivery address, a friend's number.
        Case = "case",
    }
}

/// What happened; `Debug` hides what was told, also in a kind that is not known.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum EvidenceKind {
    /// The network showed this profile.
    ProfileSeen(Profile),
    /// A way to reach somebody, or a number we gave, was written.
    ContactRevealed(Contact),
    /// A name was signed or told.
    NameTold(ToldName),
    /// An address was proven to be the presence's owner's.
    LinkVerified(VerifiedLink),
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
    /// The presence has another user name: what is known of the old one is of before.
    HandleRenamed(Renamed),
    /// The presence gave this user name up: from now on it is not about this presence.
    HandleReleased(UserName),
    /// This user name, which the presence bears, was another presence's before: what others, the
    /// CRM too, knew of the name until now is not about this presence.
    HandleRecycled(UserName),
    /// Earlier pieces do not count: a message was deleted, consent was withdrawn, an event was
    /// recorded by mistake. A withdrawal of before can be withdrawn too; an erasure cannot.
    Withdrawn(Withdrawal),
    /// The person asked to be forgotten: what was known before is void, and from then on only
    /// the host's or an agent's word links again.
    Erased,
    /// A kind that this version does not know, kept as it came and given no weight.
    #[serde(skip)]
    Unknown(serde_json::Value),
}

impl fmt::Debug for EvidenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ProfileSeen(profile) => profile.fmt(f),
            Self::ContactRevealed(contact) => contact.fmt(f),
            Self::NameTold(told) => told.fmt(f),
            Self::LinkVerified(link) => link.fmt(f),
            Self::HostAsserted { customer } => write!(f, "HostAsserted({customer})"),
            Self::AgentSaidSame { customer, by } => write!(f, "AgentSaidSame({customer} by {by})"),
            Self::AgentSaidNotSame { customer, by } => {
                write!(f, "AgentSaidNotSame({customer} by {by})")
            }
            Self::HandleRenamed(renamed) => renamed.fmt(f),
            Self::HandleReleased(name) => f.debug_tuple("HandleReleased").field(name).finish(),
            Self::HandleRecycled(name) => f.debug_tuple("HandleRecycled").field(name).finish(),
            Self::Withdrawn(withdrawal) => withdrawal.fmt(f),
            Self::Erased => f.write_str("Erased"),
            // Anybody's guess what it holds.
            Self::Unknown(_) => f.write_str("Unknown"),
        }
    }
}

impl Said {
    /// What a text says, as evidence: a piece for each detail and each name.
    #[must_use]
    pub fn evidence(self, audience: &Audience) -> Vec<EvidenceKind> {
        let Self {
            contacts,
            names,
            speaker,
            ..
        } = self;
        let contacts = contacts.into_iter().map(|(kind, value)| {
            let mut contact = Contact::private(kind, value).of(speaker.clone());
            contact.audience = audience.clone();
            EvidenceKind::ContactRevealed(contact)
        });
        let names = names.into_iter().map(|name| {
            let mut told = ToldName::private(name.text, name.role);
            told.audience = audience.clone();
            EvidenceKind::NameTold(told)
        });
        contacts.chain(names).collect()
    }
}

aspa_types::keep_unknown!(
    EvidenceKind,
    "type",
    [
        "profile_seen",
        "contact_revealed",
        "name_told",
        "link_verified",
        "host_asserted",
        "agent_said_same",
        "agent_said_not_same",
        "handle_renamed",
        "handle_released",
        "handle_recycled",
        "withdrawn",
        "erased",
    ]
);
