use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};

/// Longest id in bytes. E-mail message ids are the longest known ones (RFC 5322 section 2.1.1: a
/// line of 998 bytes).
const MAX_ID_BYTES: usize = 1024;

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadId {
    /// Nothing was given.
    #[error("{what} is empty")]
    Empty {
        /// Which id.
        what: &'static str,
    },
    /// More than 1,024 bytes.
    #[error("{what} has {bytes} bytes, more than 1024")]
    TooLong {
        /// Which id.
        what: &'static str,
        /// How long it is.
        bytes: usize,
    },
    /// A control character, which no network uses and which would break logs and keys.
    #[error("{what} holds a control character")]
    Control {
        /// Which id.
        what: &'static str,
    },
    /// The text does not have the shape of this id.
    #[error("{what} is not written as {shape}")]
    Shape {
        /// Which id.
        what: &'static str,
        /// The shape it should have.
        shape: &'static str,
    },
}

impl BadId {
    /// Checks a text that is to become an id; `what` is what the error calls it.
    ///
    /// # Errors
    ///
    /// [`BadId`] when it is empty, longer than 1,024 bytes or holds control characters.
    pub fn check(what: &'static str, text: &str) -> Result<(), Self> {
        if text.is_empty() {
            Err(Self::Empty { what })
        } else if text.len() > MAX_ID_BYTES {
            Err(Self::TooLong {
                what,
                bytes: text.len(),
            })
        } else if has_control(text) {
            Err(Self::Control { what })
        } else {
            Ok(())
        }
    }
}

/// ASCII, which nearly all ids are, is looked through many bytes at a time.
fn has_control(text: &str) -> bool {
    match text.is_ascii() {
        true => text
            .bytes()
            .fold(false, |any, b| any | b.is_ascii_control()),
        false => text.chars().any(char::is_control),
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes a text as it stands.
            ///
            /// # Errors
            ///
            /// [`BadId`] when it is empty, longer than 1,024 bytes or holds control characters.
            pub fn new(text: impl Into<Arc<str>>) -> Result<Self, BadId> {
                let text = text.into();
                BadId::check($what, &text)?;
                Ok(Self(text))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                Self::new(text)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }
    };
}

text_id! {
    /// Whose data a row is. With one tenant a host never sees it: [`TenantId::default`].
    TenantId, "tenant id"
}
text_id! {
    /// One connected presence of ours on a network, named by the host: `x-acme`, `mail-support`.
    AccountId, "account id"
}
text_id! {
    /// A person who answers customers, named by the host.
    AgentId, "agent id"
}
text_id! {
    /// Some of those who answer customers, named by the host: `billing`, `evenings`.
    TeamId, "team id"
}
text_id! {
    /// A ticket, [derived](TicketId::derive) from what it is about.
    TicketId, "ticket id"
}
text_id! {
    /// Names one effect for ever: the same key twice is the same effect.
    EffectKey, "effect key"
}
text_id! {
    /// The network's id of one delivery, or ours where it gives none.
    DeliveryId, "delivery id"
}
text_id! {
    /// A CRM, ERP or billing system, named by the host: `crm`, `billing`.
    SystemId, "system id"
}

/// A tag, with levels parted by `/`: `delivery/late`.
///
/// Lower case, trimmed, no empty level, so that two spellings of one tag cannot exist.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Tag(Arc<str>);

impl Tag {
    /// Reads a tag, bringing it to its one spelling.
    ///
    /// # Errors
    ///
    /// [`BadId`] when nothing is left, a level is empty, or it is no id.
    pub fn new(text: &str) -> Result<Self, BadId> {
        let levels: Vec<String> = text
            .split('/')
            .map(|level| level.trim().to_lowercase())
            .collect();
        let tag = levels.join("/");
        BadId::check("tag", &tag)?;
        if levels.iter().any(String::is_empty) {
            return Err(BadId::Shape {
                what: "tag",
                shape: "level/level",
            });
        }
        Ok(Self(tag.into()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this tag is `other` or below it: `delivery/late` is within `delivery`.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.0
            .strip_prefix(&*other.0)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Tag {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl Default for TenantId {
    fn default() -> Self {
        Self("main".into())
    }
}

impl TicketId {
    /// The id of a ticket about these things, in this order: the same things, the same id.
    ///
    /// `t-` and 80 bits of SHA-256 over the length-prefixed parts, in Crockford's base 32.
    #[must_use]
    pub fn derive(about: &[&str]) -> Self {
        Self(format!("t-{}", digest(about)).into())
    }
}

impl EffectKey {
    /// The key of an effect with this cause: the same cause, the same key.
    #[must_use]
    pub fn derive(cause: &[&str]) -> Self {
        Self(format!("e-{}", digest(cause)).into())
    }
}

impl DeliveryId {
    /// An id for a delivery that came without one, from what it holds.
    #[must_use]
    pub fn derive(content: &[&str]) -> Self {
        Self(format!("d-{}", digest(content)).into())
    }
}

/// A customer record of one system.
///
/// Closed, as every key is: a field that it does not know is an error, since two keys that differ
/// only in it would be equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "CustomerIdParts")]
#[expect(
    clippy::exhaustive_structs,
    reason = "a pair of two names; a third would be another type"
)]
pub struct CustomerId {
    /// The system that keeps the record.
    pub system: SystemId,
    /// Its id there, opaque.
    pub id: Arc<str>,
}

impl CustomerId {
    /// Names a record.
    ///
    /// # Errors
    ///
    /// [`BadId`] when `id` is none.
    pub fn new(system: SystemId, id: impl Into<Arc<str>>) -> Result<Self, BadId> {
        let id = id.into();
        BadId::check("customer id", &id)?;
        Ok(Self { system, id })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CustomerIdParts {
    system: SystemId,
    id: Arc<str>,
}

impl TryFrom<CustomerIdParts> for CustomerId {
    type Error = BadId;

    fn try_from(parts: CustomerIdParts) -> Result<Self, BadId> {
        Self::new(parts.system, parts.id)
    }
}

impl fmt::Display for CustomerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.system, self.id)
    }
}

/// 16 characters of Crockford's base 32: the first 80 bits of SHA-256 over the parts, each with its
/// length in front, so that ("ab", "c") and ("a", "bc") differ.
fn digest(parts: &[&str]) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let bytes = hash.finalize();
    let bits = bytes
        .iter()
        .take(10)
        .fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    (0..16)
        .map(|i| char::from(ALPHABET[(bits >> (75 - 5 * i) & 31) as usize]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_id_is_named() {
        assert_eq!(AccountId::new(""), Err(BadId::Empty { what: "account id" }));
        assert_eq!(
            AgentId::new("a\nb"),
            Err(BadId::Control { what: "agent id" })
        );
        assert_eq!(
            TicketId::new("x".repeat(1025)),
            Err(BadId::TooLong {
                what: "ticket id",
                bytes: 1025
            })
        );
        // The last control character of ASCII, and the first and last beyond it.
        for control in ['\u{7f}', '\u{80}', '\u{9f}'] {
            assert!(AgentId::new(format!("aino-{control}-ä")).is_err());
            assert!(AgentId::new(format!("aino-{control}")).is_err());
        }
        for plain in [" ", "~", "\u{a0}", "ä", "id with spaces/:%"] {
            assert!(AgentId::new(plain).is_ok());
        }
        assert!(serde_json::from_str::<TenantId>("\"\"").is_err());
        for id in ["", "a\\n"] {
            let json = format!(r#"{{"system":"crm","id":"{id}"}}"#);
            let error = serde_json::from_str::<CustomerId>(&json).unwrap_err();
            assert!(error.to_string().starts_with("customer id"), "{error}");
        }
    }

    #[test]
    fn derived_ids_depend_on_where_parts_end() {
        assert_ne!(
            TicketId::derive(&["ab", "c"]),
            TicketId::derive(&["a", "bc"])
        );
        assert_eq!(TicketId::derive(&["ab", "c"]).as_str().len(), 18);
    }

    #[test]
    fn tags_have_one_spelling_and_levels() {
        let late = Tag::new(" Delivery/ Late ").unwrap();
        assert_eq!(late.as_str(), "delivery/late");
        assert!(late.is_within(&Tag::new("delivery").unwrap()));
        assert!(
            !Tag::new("deliveryman")
                .unwrap()
                .is_within(&Tag::new("delivery").unwrap())
        );
        assert!(Tag::new("a//b").is_err());
    }
}
