//! The signature that both directions carry, as the crate's page describes it.

use std::fmt;

use aspa_channel::Refusal;
use aspa_types::{BadId, DeliveryId, Secret, hex};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue};
use sha2::Sha256;

/// The header with the Unix seconds at which a request was signed.
pub const TIMESTAMP: HeaderName = HeaderName::from_static("aspa-timestamp");

/// The header with the id of a delivery.
pub const DELIVERY: HeaderName = HeaderName::from_static("aspa-delivery");

/// The header with the signature.
pub const SIGNATURE: HeaderName = HeaderName::from_static("aspa-signature");

/// How far the signed time may be from ours, either way.
pub const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// The shortest secret in bytes; anything shorter could be guessed.
pub(crate) const MIN_SECRET: usize = 16;

const VERSION: &str = "v1=";

/// The three headers that make a request authentic.
///
/// `content` is the raw body, or for a probe the effect key that it asks for.
///
/// # Errors
///
/// [`BadId`] when the delivery id is not 1 to 128 of `A-Z`, `a-z`, `0-9`, `_` and `-`: anything else
/// could move the border between id and content. Ids by [`DeliveryId::derive`] and UUIDs fit.
pub fn sign(
    secret: &Secret,
    now: DateTime<Utc>,
    delivery: &DeliveryId,
    content: &[u8],
) -> Result<HeaderMap, BadId> {
    let shape = BadId::Shape {
        what: "delivery id",
        shape: "1 to 128 of A-Z, a-z, 0-9, _ and -",
    };
    if !fits(delivery.as_str()) {
        return Err(shape);
    }
    let timestamp = now.timestamp().to_string();
    let digest = mac(Key::of(secret), &timestamp, delivery.as_str(), content).finalize();
    let signature = format!("{VERSION}{}", hex::encode(&digest.into_bytes()));
    let values = [
        (TIMESTAMP, timestamp.as_str()),
        (DELIVERY, delivery.as_str()),
        (SIGNATURE, &signature),
    ];
    let mut headers = HeaderMap::with_capacity(values.len());
    for (name, value) in values {
        headers.insert(
            name,
            HeaderValue::from_str(value).map_err(|_| shape.clone())?,
        );
    }
    Ok(headers)
}

/// Checks the headers of a request against its content and gives the delivery id.
///
/// Any of the secrets may have signed it, so that they can be changed without a gap; one shorter
/// than 16 bytes verifies nothing. Compares in constant time.
///
/// # Errors
///
/// `Unsigned` when one of the headers is missing, `WrongSignature` when one is there twice or not in
/// the shape of version 1 or the signature is not by one of the secrets, `OutsideTolerance` when it
/// is, and was signed more than [`TOLERANCE`] before or after `now`.
pub fn verify(
    secrets: &[Secret],
    headers: &HeaderMap,
    content: &[u8],
    now: DateTime<Utc>,
) -> Result<DeliveryId, Refusal> {
    let keys: Vec<Key> = secrets.iter().map(Key::of).collect();
    verify_by(&keys, headers, content, now)
}

/// A secret made ready to sign and verify with.
#[derive(Clone)]
pub(crate) struct Key {
    mac: Hmac<Sha256>,
    is_long_enough: bool,
}

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
        let secret = secret.expose().as_bytes();
        Self {
            mac: Hmac::new_from_slice(secret).expect("any length is a key"),
            is_long_enough: secret.len() >= MIN_SECRET,
        }
    }
}

/// [`verify`] by keys that were made ready before.
pub(crate) fn verify_by(
    keys: &[Key],
    headers: &HeaderMap,
    content: &[u8],
    now: DateTime<Utc>,
) -> Result<DeliveryId, Refusal> {
    let timestamp = only(headers, &TIMESTAMP)?;
    let delivery = only(headers, &DELIVERY)?;
    let signature = only(headers, &SIGNATURE)?;
    let digits = !timestamp.is_empty() && timestamp.bytes().all(|b| b.is_ascii_digit());
    if !digits || !fits(delivery) {
        return Err(Refusal::WrongSignature);
    }
    let digest = signature.strip_prefix(VERSION).and_then(hex::decode);
    let digest = digest.ok_or(Refusal::WrongSignature)?;
    // Every secret is tried, so that the time does not tell which one fits.
    let signed = keys.iter().fold(false, |signed, key| {
        let fits = mac(key.clone(), timestamp, delivery, content)
            .verify_slice(&digest)
            .is_ok();
        signed | (fits && key.is_long_enough)
    });
    if !signed {
        return Err(Refusal::WrongSignature);
    }
    let seconds = timestamp.parse().map_err(|_| Refusal::OutsideTolerance)?;
    if now.timestamp().abs_diff(seconds) > TOLERANCE.num_seconds().unsigned_abs() {
        return Err(Refusal::OutsideTolerance);
    }
    DeliveryId::new(delivery).map_err(|_| Refusal::WrongSignature)
}

fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<&'a str, Refusal> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().ok_or(Refusal::Unsigned)?;
    if values.next().is_some() {
        return Err(Refusal::WrongSignature);
    }
    value.to_str().map_err(|_| Refusal::WrongSignature)
}

fn fits(delivery: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    (1..=128).contains(&delivery.len()) && delivery.bytes().all(allowed)
}

fn mac(key: Key, timestamp: &str, delivery: &str, content: &[u8]) -> Hmac<Sha256> {
    let mut mac = key.mac;
    for part in [
        timestamp.as_bytes(),
        b".",
        delivery.as_bytes(),
        b".",
        content,
    ] {
        mac.update(part);
    }
    mac
}
