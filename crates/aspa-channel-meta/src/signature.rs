//! Meta's two signatures.
//!
//! `X-Hub-Signature-256` over a delivery: <https://developers.facebook.com/docs/graph-api/webhooks/getting-started>;
//! `appsecret_proof` of a request: <https://developers.facebook.com/docs/graph-api/guides/secure-requests>
//! (both checked 2026-11-21, not verified against the live network).

use aspa_channel::Refusal;
use aspa_types::{DeliveryId, Secret, hex};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName};
use sha2::Sha256;

/// The header with the signature of a delivery: `sha256=` and the lower-case hexadecimal HMAC-SHA256 of
/// the raw body under the app secret. The older `X-Hub-Signature` (SHA-1) is not looked at.
pub const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature-256");

#[expect(
    clippy::expect_used,
    reason = "RFC 2104 section 2: an HMAC takes keys of any length"
)]
fn mac(secret: &Secret, content: &[u8]) -> Hmac<Sha256> {
    let mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes());
    mac.expect("any length is a key").chain_update(content)
}

/// What `appsecret_proof` has to be in requests with `token`: the lower-case hexadecimal HMAC-SHA256 of the
/// token under the app secret.
#[must_use]
pub fn appsecret_proof(app_secret: &Secret, token: &Secret) -> String {
    hex::encode(
        &mac(app_secret, token.expose().as_bytes())
            .finalize()
            .into_bytes(),
    )
}

/// Checks the signature over the raw body, in constant time, and names the delivery after it: who signs
/// the same bytes again sends the same delivery.
///
/// Every secret is tried, so that the time does not tell which one fits.
pub(crate) fn verify(
    secrets: &[Secret],
    headers: &HeaderMap,
    body: &[u8],
) -> Result<DeliveryId, Refusal> {
    let mut values = headers.get_all(&SIGNATURE).iter();
    let value = values.next().ok_or(Refusal::Unsigned)?;
    if values.next().is_some() {
        return Err(Refusal::WrongSignature);
    }
    let digits = value
        .to_str()
        .ok()
        .and_then(|value| value.strip_prefix("sha256="));
    let digits = digits.ok_or(Refusal::WrongSignature)?;
    let given = hex::decode(digits).ok_or(Refusal::WrongSignature)?;
    let signed = secrets.iter().fold(false, |signed, secret| {
        signed | mac(secret, body).verify_slice(&given).is_ok()
    });
    match signed {
        true => Ok(DeliveryId::derive(&["meta", digits])),
        false => Err(Refusal::WrongSignature),
    }
}
