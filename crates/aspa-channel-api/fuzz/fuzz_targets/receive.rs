//! Any bytes that the host signed are kept, and come out of a store as they went in.
#![no_main]

use aspa_channel::{Delivery, Event, Received, Webhook};
use aspa_channel_api::{ApiWebhook, WebhookConfig, sign};
use aspa_types::{AccountId, DeliveryId, Secret};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let account = AccountId::new("app").unwrap();
    let secret = Secret::new("whsec-0123456789abcdef");
    let webhook = ApiWebhook::new(WebhookConfig::new(account.clone(), secret.clone())).unwrap();
    let now = "2026-11-22T08:00:00Z".parse().unwrap();
    let delivery = DeliveryId::new("d-1").unwrap();
    let mut request = Delivery::new(body.to_vec().into());
    *request.headers_mut() = sign(&secret, now, &delivery, body).unwrap();
    let Received::Accepted { answer, id, events } = webhook.receive(&request, now) else {
        panic!("a signed body was refused");
    };
    assert_eq!((answer.status().as_u16(), &id), (200, &delivery));
    let told: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(told["events"], events.len());
    assert!(events.iter().all(|event| event.account == account));
    assert_eq!(webhook.decode(&id, body, now).as_ref(), Some(&events));
    for event in events {
        let stored = serde_json::to_string(&event).unwrap();
        let read: Event = serde_json::from_str(&stored).unwrap();
        assert_eq!((read.key(), read), (event.key(), event));
    }
});
