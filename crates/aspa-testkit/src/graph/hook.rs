//! What Meta posts to an app.

use aspa_channel::Delivery;
use aspa_types::hex;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::APP_SECRET;

/// At most so many things of one kind go into one delivery.
const BATCH: usize = 10;

pub(super) fn mac(content: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(APP_SECRET.as_bytes());
    let digits = mac.map(|mac| hex::encode(&mac.chain_update(content).finalize().into_bytes()));
    digits.unwrap_or_default()
}

/// As Meta writes JSON: everything that is not ASCII and every slash escaped.
fn escaped(body: &Value) -> String {
    let mut text = String::new();
    for c in body.to_string().chars() {
        match c {
            '/' => text.push_str("\\/"),
            c if c.is_ascii() => text.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    text
}

pub(super) fn signed(body: &Value) -> Delivery {
    let body = escaped(body);
    let signature = format!("sha256={}", mac(body.as_bytes()));
    let mut delivery = Delivery::new(body.into());
    *delivery.method_mut() = http::Method::POST;
    if let Ok(signature) = signature.parse() {
        delivery
            .headers_mut()
            .insert("x-hub-signature-256", signature);
    }
    delivery
}

pub(super) fn deliveries(
    page: &str,
    now: DateTime<Utc>,
    changes: &[Value],
    messaging: &[Value],
) -> Vec<Delivery> {
    let body = |entry: Value| signed(&json!({ "object": "page", "entry": [entry] }));
    let of_page = changes
        .chunks(BATCH)
        .map(|some| body(json!({ "id": page, "time": now.timestamp(), "changes": some })));
    let of_messenger = messaging
        .chunks(BATCH)
        .map(|some| body(json!({ "id": page, "time": now.timestamp_millis(), "messaging": some })));
    of_page.chain(of_messenger).collect()
}
