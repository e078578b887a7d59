use std::fmt;

use aspa_types::{HandleKey, TicketId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What a record that we write is known by in every system: 32 lower-case hexadecimal digits.
///
/// The same thing has the same key for ever, so that writing it twice makes one record. It is a digest,
/// since systems limit and mangle what stands in their key fields: Dataverse keeps 100 characters of
/// `uniqueprofileid`, and Salesforce takes the end of an e-mail address in a URL for the ending of a
/// file (vendors' documents and issue trackers, read November 2026).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NaturalKey(Box<str>);

impl NaturalKey {
    /// The key of what these parts name. Other parts, or the same ones parted otherwise, make another
    /// key.
    #[must_use]
    pub fn derive(parts: &[&str]) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
        let digest = digest.finalize();
        Self(hex(&digest[..16]).into())
    }

    /// The key of a handle's row.
    #[must_use]
    pub fn handle(handle: &HandleKey) -> Self {
        Self::derive(&["handle", &handle.to_string()])
    }

    /// The key of a ticket's case.
    #[must_use]
    pub fn case(ticket: &TicketId) -> Self {
        Self::derive(&["case", ticket.as_str()])
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NaturalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Bytes in lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    let digits = bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]);
    digits.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aspa_types::Network;

    #[test]
    fn a_key_is_short_plain_and_of_its_parts_alone() {
        let long = "ä".repeat(400);
        let handle = HandleKey::new(Network::MASTODON, Some("a.example"), &long).unwrap();
        let key = NaturalKey::handle(&handle);
        assert_eq!(key, NaturalKey::handle(&handle));
        assert_eq!(key.as_str().len(), 32);
        assert!(key.as_str().bytes().all(|b| b.is_ascii_hexdigit()));
        assert_ne!(
            NaturalKey::derive(&["a", "bc"]),
            NaturalKey::derive(&["ab", "c"])
        );
        assert_ne!(NaturalKey::derive(&["a"]), NaturalKey::derive(&["a", ""]));
    }
}
