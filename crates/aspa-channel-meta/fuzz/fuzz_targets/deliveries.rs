//! Any body of a delivery is decoded into events of our account, the same each time.
#![no_main]

use aspa_channel::{Event, Webhook};
use aspa_channel_meta::{MetaWebhook, PageHook, WebhookConfig};
use aspa_types::{AccountId, DeliveryId, Secret};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let account = AccountId::new("shop").unwrap();
    let secret = Secret::new("0f1e2d3c4b5a69788796a5b4c3d2e1f0");
    let pages = vec![PageHook::new(account.clone(), "1001")];
    let webhook = MetaWebhook::new(WebhookConfig::new(secret.clone(), secret, pages)).unwrap();
    let id = DeliveryId::new("d-1").unwrap();
    let now = "2026-11-22T08:00:00Z".parse().unwrap();
    let events = webhook.decode(&id, body, now).unwrap();
    assert!(!events.is_empty());
    assert!(events.iter().all(|event| event.account == account));
    let again = webhook.decode(&id, body, now).unwrap();
    let keys = |events: &[Event]| events.iter().map(Event::key).collect::<Vec<_>>();
    assert_eq!(keys(&events), keys(&again));
});
