//! Any body of a delivery is decoded into events of our account, the same each time.
#![no_main]

use aspa_channel::{Event, Webhook};
use aspa_channel_wordpress::{SiteHook, WebhookConfig, WordPressWebhook};
use aspa_types::{AccountId, DeliveryId, Secret};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let account = AccountId::new("blog").unwrap();
    let secret = Secret::new("whsec-0123456789abcdef");
    let site = SiteHook::new(account.clone(), "https://blog.example", secret);
    let webhook = WordPressWebhook::new(WebhookConfig::new(vec![site])).unwrap();
    let id = DeliveryId::new("d").unwrap();
    let decode = || webhook.decode(&id, body, chrono::DateTime::UNIX_EPOCH).unwrap();
    let events = decode();
    assert!(!events.is_empty());
    assert!(events.iter().all(|event| event.account == account));
    let keys = |events: &[Event]| events.iter().map(Event::key).collect::<Vec<_>>();
    assert_eq!(keys(&events), keys(&decode()));
});
