//! Signed texts: `base64url(payload).base64url(HMAC-SHA256)` (RFC 2104, RFC 4648 section 5 without
//! padding). Each use has a name of its own under the signature, so that one can never pass for another.

use aspa_types::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

/// The longest sealed text that is looked at, in bytes.
pub(crate) const LONGEST: usize = 4_096;

#[expect(
    clippy::expect_used,
    reason = "RFC 2104 section 2: an HMAC takes keys of any length"
)]
pub(crate) fn mac(secret: &Secret, parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = Hmac::new_from_slice(secret.expose().as_bytes()).expect("any length is a key");
    for part in parts {
        mac.update(part);
    }
    mac
}

/// Whether one of the secrets made `signature` over the parts. Every one is tried, each compared in
/// constant time, so that the time does not tell which one fits.
pub(crate) fn is_signed(secrets: &[Secret], parts: &[&[u8]], signature: &[u8]) -> bool {
    let fits = |secret| mac(secret, parts).verify_slice(signature).is_ok();
    secrets.iter().fold(false, |signed, s| signed | fits(s))
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Seals a value for this use.
pub(crate) fn seal<T: Serialize>(secret: &Secret, r#use: &str, value: &T) -> String {
    let payload = encode(&serde_json::to_vec(value).unwrap_or_default());
    let signature = mac(secret, &[r#use.as_bytes(), b"\n", payload.as_bytes()]);
    let signature = encode(&signature.finalize().into_bytes());
    format!("{payload}.{signature}")
}

/// The value under a seal for this use; none unless one of the secrets made it.
pub(crate) fn open<T: DeserializeOwned>(secrets: &[Secret], r#use: &str, text: &str) -> Option<T> {
    if text.len() > LONGEST {
        return None;
    }
    let (payload, signature) = text.split_once('.')?;
    let signature = decode(signature)?;
    let parts = [r#use.as_bytes(), b"\n", payload.as_bytes()];
    if !is_signed(secrets, &parts, &signature) {
        return None;
    }
    serde_json::from_slice(&decode(payload)?).ok()
}
