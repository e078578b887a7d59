//! Any body that is signed is kept, and decoded again alike.
#![no_main]

use aspa_channel::{Event, Received, Webhook};
use aspa_channel_x::XWebhook;
use aspa_types::{AccountId, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use libfuzzer_sys::fuzz_target;
use sha2::Sha256;

fuzz_target!(|body: &[u8]| {
    let account = AccountId::new("shop").unwrap();
    let webhook = XWebhook::new(account, "1", Secret::new("secret")).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(b"secret").unwrap();
    mac.update(body);
    let signature = format!("sha256={}", STANDARD.encode(mac.finalize().into_bytes()));
    let mut delivery = http::Request::new(Bytes::copy_from_slice(body));
    *delivery.method_mut() = http::Method::POST;
    let value = signature.parse().unwrap();
    delivery.headers_mut().insert("x-twitter-webhooks-signature", value);
    let now = chrono::DateTime::from_timestamp(1_795_334_400, 0).unwrap();
    let Received::Accepted { events, id, .. } = webhook.receive(&delivery, now) else {
        return;
    };
    assert!(!events.is_empty());
    assert_eq!(webhook.decode(&id, body, now).as_ref(), Some(&events));
    for event in &events {
        let text = serde_json::to_string(event).unwrap();
        assert_eq!(&serde_json::from_str::<Event>(&text).unwrap(), event);
    }
});
