//! Signed texts: `base64url(payload).base64url(HMAC-SHA256)` (RFC 2104, RFC 4648 section 5 without
//! padding). Each use has a name of its own under the signature, so that one can never pass for another.

use std::fmt;

use aspa_types::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

/// The longest sealed text that is looked at, in bytes.
pub(crate) const LONGEST: usize = 4_096;

/// A secret made ready to sign and verify with, which takes half as long as to sign something short.
#[derive(Clone)]
pub(crate) struct Key(Hmac<Sha256>);

/// `Debug` shows nothing of it.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    #[expect(
        clippy::expect_used,
        reason = "RFC 2104 section 2: an HMAC takes keys of any length"
    )]
    pub(crate) fn of(secret: &Secret) -> Self {
        Self(Hmac::new_from_slice(secret.expose().as_bytes()).expect("any length is a key"))
    }

    /// The same for this use alone.
    pub(crate) fn for_use(&self, r#use: &str) -> Self {
        Self(self.0.clone().chain_update(r#use).chain_update(b"\n"))
    }

    pub(crate) fn sign(&self, text: &[u8]) -> [u8; 32] {
        self.0
            .clone()
            .chain_update(text)
            .finalize()
            .into_bytes()
            .into()
    }

    fn is_signed(&self, text: &[u8], signature: &[u8]) -> bool {
        let mac = self.0.clone().chain_update(text);
        mac.verify_slice(signature).is_ok()
    }
}

/// Whether one of the keys made `signature` over the text. Every one is tried, each compared in constant
/// time, so that the time does not tell which one fits.
pub(crate) fn is_signed(keys: &[Key], text: &[u8], signature: &[u8]) -> bool {
    let fits = |key: &Key| key.is_signed(text, signature);
    keys.iter().fold(false, |signed, key| signed | fits(key))
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The same behind a text.
pub(crate) fn encode_into(bytes: &[u8], text: &mut String) {
    URL_SAFE_NO_PAD.encode_string(bytes, text);
}

pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Seals a value for the use of the key.
pub(crate) fn seal<T: Serialize>(key: &Key, value: &T) -> String {
    let mut sealed = encode(&serde_json::to_vec(value).unwrap_or_default());
    let signature = key.sign(sealed.as_bytes());
    sealed.push('.');
    encode_into(&signature, &mut sealed);
    sealed
}

/// The value under a seal for the use of the keys; none unless one of them made it.
pub(crate) fn open<T: DeserializeOwned>(keys: &[Key], text: &str) -> Option<T> {
    if text.len() > LONGEST {
        return None;
    }
    let (payload, signature) = text.split_once('.')?;
    // Room for what 43 digits may be taken for at first.
    let mut digest = [0; 36];
    let length = URL_SAFE_NO_PAD.decode_slice(signature, &mut digest).ok()?;
    if !is_signed(keys, payload.as_bytes(), &digest[..length]) {
        return None;
    }
    serde_json::from_slice(&decode(payload)?).ok()
}
