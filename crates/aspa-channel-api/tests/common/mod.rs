//! The signature as the README describes it to those who write the other side, written again here so
//! that the adapter's own code does not vouch for itself.

use aspa_channel::Delivery;
use aspa_types::DeliveryId;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes that are signed.
pub(crate) fn content(timestamp: &str, delivery: &str, body: &[u8]) -> Vec<u8> {
    [format!("{timestamp}.{delivery}.").as_bytes(), body].concat()
}

pub(crate) fn signature(secret: &str, content: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    let digest = mac.chain_update(content).finalize().into_bytes();
    format!("v1={}", hex(&digest))
}

/// A request to the webhook that bears what `sign` makes of the signed bytes.
pub(crate) fn delivery(
    body: Bytes,
    at: DateTime<Utc>,
    sign: impl Fn(&[u8]) -> String,
) -> (DeliveryId, Delivery) {
    let id = DeliveryId::derive(&[&hex(&Sha256::digest(&body))]);
    let timestamp = at.timestamp().to_string();
    let signature = sign(&content(&timestamp, id.as_str(), &body));
    let request = http::Request::post("https://desk.example/webhooks/app")
        .header("aspa-timestamp", timestamp)
        .header("aspa-delivery", id.as_str())
        .header("aspa-signature", signature);
    (id, request.body(body).unwrap())
}
