use std::fmt;

use aspa_types::Extra;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

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

/// A name that somebody wrote under a message or told as somebody's; `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToldName {
    /// As it was written.
    pub name: String,
    /// Whose it is.
    pub role: NameRole,
    /// Who could read it.
    pub audience: Audience,
    /// What a newer or foreign writer added.
    #[serde(flatten)]
    pub extra: Extra,
}

impl ToldName {
    /// Written in a private message.
    #[must_use]
    pub fn private(name: impl Into<String>, role: NameRole) -> Self {
        Self {
            name: name.into(),
            role,
            audience: Audience::Private,
            extra: Extra::new(),
        }
    }

    /// The same, written where everybody reads it.
    #[must_use]
    pub fn in_public(mut self) -> Self {
        self.audience = Audience::Public;
        self
    }
}

impl fmt::Debug for ToldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToldName")
            .field("role", &self.role)
            .field("audience", &self.audience)
            .finish_non_exhaustive()
    }
}

aspa_types::text_enum! {
    /// Whose name it is.
    pub enum NameRole {
        /// The writer's: a signature, "my name is".
        Own = "own",
        /// Somebody's for or about whom the writer writes.
        Another = "another",
        /// Not said.
        Unknown = "unknown",
    }
}

/// An address whose owner is the presence's; `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VerifiedLink {
    /// The address, or a bare domain.
    pub url: String,
    /// How that was found out.
    pub proof: LinkProof,
    /// What a newer or foreign writer added.
    #[serde(flatten)]
    pub extra: Extra,
}

impl VerifiedLink {
    /// An address, and how its owner was found out.
    #[must_use]
    pub fn new(url: impl Into<String>, proof: LinkProof) -> Self {
        Self {
            url: url.into(),
            proof,
            extra: Extra::new(),
        }
    }
}

impl fmt::Debug for VerifiedLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedLink")
            .field("proof", &self.proof)
            .finish_non_exhaustive()
    }
}

aspa_types::text_enum! {
    /// How the owner of an address was found out.
    pub enum LinkProof {
        /// The page links back with `rel="me"`, as Mastodon checks.
        RelMe = "rel_me",
        /// The user name is the domain itself, as on Bluesky.
        DomainHandle = "domain_handle",
        /// The network vouches for it.
        Badge = "badge",
    }
}

/// A user name that a presence took on in place of another; `Debug` hides both.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Renamed {
    /// Before.
    pub from: String,
    /// Since.
    pub to: String,
    /// What a newer or foreign writer added.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Renamed {
    /// From this user name to that one.
    #[must_use]
    pub fn new(from: impl Into<String>, to: impl Into<String>) -> Self {
        Self {
            from: from.into(),
            to: to.into(),
            extra: Extra::new(),
        }
    }
}

impl fmt::Debug for Renamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renamed").finish_non_exhaustive()
    }
}

/// A user name, with or without `@`; `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UserName {
    /// The name.
    pub user_name: String,
    /// What a newer or foreign writer added.
    #[serde(flatten)]
    pub extra: Extra,
}

impl UserName {
    /// This user name.
    #[must_use]
    pub fn new(user_name: impl Into<String>) -> Self {
        Self {
            user_name: user_name.into(),
            extra: Extra::new(),
        }
    }
}

impl fmt::Debug for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserName").finish_non_exhaustive()
    }
}

/// Which earlier pieces of evidence no longer count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Withdrawal {
    /// The [`Evidence::source`](crate::Evidence::source) of the pieces.
    pub of: String,
    /// Only those of this moment; none: all of that source up to the withdrawal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub happened_at: Option<DateTime<Utc>>,
    /// What a newer or foreign writer added.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Withdrawal {
    /// Of everything that this message or event brought so far.
    #[must_use]
    pub fn of(source: impl Into<String>) -> Self {
        Self {
            of: source.into(),
            happened_at: None,
            extra: Extra::new(),
        }
    }

    /// Only of what it brought at this moment.
    #[must_use]
    pub fn happened_at(mut self, at: DateTime<Utc>) -> Self {
        self.happened_at = Some(at);
        self
    }
}
