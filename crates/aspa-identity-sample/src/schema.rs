//! What the files hold, in the order in which they are written.

use serde::Serialize;

/// A record of the CRM; what is not known is empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Customer {
    /// Its id in the CRM.
    pub id: String,
    /// `person` or `company`.
    pub kind: &'static str,
    /// Given names.
    pub first: String,
    /// Family name.
    pub last: String,
    /// Employer, or the name of the company itself.
    pub company: String,
    /// Position.
    pub title: String,
    /// E-mail addresses; role mailboxes stand in many records.
    pub emails: Vec<String>,
    /// Phone numbers as somebody typed them.
    pub phones: Vec<String>,
    /// Street and number.
    pub street: String,
    /// Postal code.
    pub postcode: String,
    /// Town.
    pub city: String,
    /// ISO 3166 code.
    pub country: &'static str,
    /// Own site, or that of the company.
    pub website: String,
    /// Handles that are known to be theirs.
    pub handles: Vec<KnownHandle>,
    /// Customer number.
    pub customer_no: String,
    /// Order numbers.
    pub orders: Vec<String>,
}

/// A handle on a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct KnownHandle {
    /// The network.
    pub network: &'static str,
    /// The handle there.
    pub handle: String,
}

/// Somebody who writes on a network, as a company sees them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Author {
    /// Number of the author in this world.
    pub author_id: String,
    /// The network.
    pub network: &'static str,
    /// The handle, without an @.
    pub handle: String,
    /// The name shown.
    pub display: String,
    /// What they say of themselves.
    pub bio: String,
    /// Where they say they are.
    pub location: String,
    /// Addresses on the profile.
    pub links: Vec<String>,
    /// Those of them that the network has verified.
    pub verified_links: Vec<String>,
    /// What they wrote in private.
    pub dm_text: String,
    /// What somebody has taken out of `dm_text` already.
    pub revealed: Revealed,
}

/// Contact details told in private.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Revealed {
    /// An e-mail address.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// A phone number.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub phone: String,
    /// A customer number.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub customer_no: String,
    /// An order number.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub order_no: String,
}

/// Who an author is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Truth {
    /// The author.
    pub author_id: String,
    /// The records of that person or company; several where the CRM holds duplicates, none where it
    /// holds no such customer.
    pub crm_ids: Vec<String>,
    /// What kind of author it is.
    pub kind: String,
    /// What tells who it is, joined by `+`; `none` where nothing does.
    pub evidence: String,
}
