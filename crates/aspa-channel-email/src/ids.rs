//! The names that we give: conversations, Message-IDs and plus-addresses.
//!
//! A conversation is named by 16 characters made of the Message-ID that the thread began with. Every
//! mail of ours carries that name in its Message-ID and, where the server knows plus-addresses, in its
//! Reply-To, so that any answer that names any mail of ours finds back without anything remembered.

use aspa_types::{DeliveryId, EffectKey, Secret, hex};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// In front of the name of a conversation in a plus-address.
pub(crate) const PLUS: &str = "c-";
/// The longest name of a conversation that fits into a Message-ID and an address (RFC 5321, section
/// 4.5.3.1.1: 64 bytes of local part).
pub(crate) const LONGEST_TOKEN: usize = 40;
/// Bytes of the code that shows a Message-ID to be ours.
const CODE_BYTES: usize = 10;

/// The name of the conversation that began with this Message-ID.
pub(crate) fn token(root: &str) -> String {
    let id = DeliveryId::derive(&["mail thread", root]);
    id.as_str().trim_start_matches("d-").to_owned()
}

/// Whether a conversation so named can be found back by an answer.
pub(crate) fn is_token(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=LONGEST_TOKEN).contains(&text.len()) && text.bytes().all(fits)
}

/// A Message-ID of ours, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnId {
    /// Its conversation.
    pub(crate) conversation: String,
    /// A digest of the key of the effect that made it.
    pub(crate) effect: String,
    /// Whether nobody but us can have made it.
    pub(crate) proven: bool,
}

/// Makes and knows our own Message-IDs.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    key: Secret,
    host: String,
}

impl Ids {
    /// Message-IDs at `host`, the domain of the address, shown to be ours by `key`.
    pub(crate) fn new(key: Secret, host: &str) -> Self {
        let host = host.to_ascii_lowercase();
        Self { key, host }
    }

    /// The Message-ID, without its angle brackets, of what this effect writes into this conversation:
    /// the same whenever it is tried.
    pub(crate) fn of(&self, effect: &EffectKey, conversation: &str) -> String {
        let effect = digest(effect);
        let code = hex::encode(&self.code(conversation, &effect));
        format!("{conversation}.{effect}.{code}@{}", self.host)
    }

    /// Takes a Message-ID apart that has the shape of ours.
    pub(crate) fn read(&self, id: &str) -> Option<OwnId> {
        let (local, host) = id.rsplit_once('@')?;
        if !host.eq_ignore_ascii_case(&self.host) || local.len() > 128 {
            return None;
        }
        let mut parts = local.split('.');
        let (conversation, effect, code) = (parts.next()?, parts.next()?, parts.next()?);
        let shaped = parts.next().is_none() && is_token(conversation) && is_token(effect);
        if !shaped || code.len() != 2 * CODE_BYTES {
            return None;
        }
        let mut same = 0;
        for (expected, came) in hex::encode(&self.code(conversation, effect))
            .bytes()
            .zip(code.bytes())
        {
            same |= expected ^ came;
        }
        Some(OwnId {
            conversation: conversation.to_owned(),
            effect: effect.to_owned(),
            proven: same == 0,
        })
    }

    /// The first Message-ID in a text that is surely ours. Linear in the text.
    pub(crate) fn first_in(&self, text: &str) -> Option<(String, OwnId)> {
        let at = format!("@{}", self.host);
        text.match_indices(&at).find_map(|(end, _)| {
            let local = text[..end].bytes().rev().take(128);
            let fits = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
            let length = local.take_while(fits).count();
            let id = &text[end - length..end + at.len()];
            let own = self.read(id).filter(|own| own.proven)?;
            Some((id.to_owned(), own))
        })
    }

    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    fn code(&self, conversation: &str, effect: &str) -> [u8; CODE_BYTES] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.expose().as_bytes())
            .expect("HMAC takes a key of any length");
        // Neither holds a dot.
        mac.update(conversation.as_bytes());
        mac.update(b".");
        mac.update(effect.as_bytes());
        let whole = mac.finalize().into_bytes();
        std::array::from_fn(|i| whole[i])
    }
}

/// What of an effect's key stands in a Message-ID.
pub(crate) fn digest(effect: &EffectKey) -> String {
    let id = DeliveryId::derive(&["mail effect", effect.as_str()]);
    id.as_str().trim_start_matches("d-").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(key: &str) -> Ids {
        Ids::new(Secret::new(key), "Aurinko.example")
    }

    #[test]
    fn our_message_id_says_where_it_belongs_and_that_it_is_ours() {
        let effect = EffectKey::derive(&["reply", "1"]);
        let id = ids("a").of(&effect, &token("root@x"));
        assert_eq!(id, ids("a").of(&effect, &token("root@x")));
        assert!(id.len() < 100, "{id}");
        let own = ids("a").read(&id).unwrap();
        assert_eq!(own.conversation, token("root@x"));
        assert_eq!(own.effect, digest(&effect));
        assert!(own.proven);
        assert!(!ids("b").read(&id).unwrap().proven);
        let forged = id.replacen(&own.conversation, &token("another@x"), 1);
        assert!(!ids("a").read(&forged).unwrap().proven);
    }

    #[test]
    fn what_is_not_ours_is_not_taken_apart() {
        for id in [
            "",
            "@",
            "a@aurinko.example",
            "a.b.c@aurinko.example",
            "CAFx.y=z@mail.example.com",
            "ä.ö.01234567890123456789@aurinko.example",
            "a.b.0123456789012345678ö@aurinko.example",
        ] {
            assert_eq!(ids("a").read(id), None, "{id}");
        }
    }

    #[test]
    fn it_is_found_within_a_text() {
        let effect = EffectKey::derive(&["1"]);
        let id = ids("a").of(&effect, "thread-1");
        let text = format!("x@aurinko.example ä.@aurinko.example\nMessage-ID: <{id}>\n");
        assert_eq!(ids("a").first_in(&text).unwrap().0, id);
        assert_eq!(ids("b").first_in(&text), None);
    }
}
