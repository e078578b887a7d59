//! How many one-message deliveries a core takes, verified and decoded, beside what the two unavoidable
//! parts cost alone on the same bytes: parsing the body as JSON, and one HMAC over it.
//! `cargo bench -p aspa-channel-api`.
#![expect(clippy::unwrap_used, reason = "a bench may panic")]

mod cost;

use aspa_channel::Delivery;
use aspa_channel_api::{ApiWebhook, WebhookConfig, sign};
use aspa_types::{AccountId, DeliveryId, Secret};

const SECRET: &str = "whsec-0123456789abcdef";
const BODY: &str = r#"{"events":[{"type":"message","id":"m-1001","conversation":"case-7","author":{"id":"u-42","user_name":"matti","display_name":"Matti Meikäläinen"},"at":"2026-11-22T07:59:58Z","language":"fi","text":"Hei, tilasin viime viikolla takin, eikä sitä ole kuulunut. Tilausnumero on 55512. Missä pakettini on?","campaign":{"id":"black"}}]}"#;

fn main() {
    let secret = Secret::new(SECRET);
    let config = WebhookConfig::new(AccountId::new("app").unwrap(), secret.clone());
    let webhook = ApiWebhook::new(config).unwrap();
    let now = "2026-11-22T08:00:00Z".parse().unwrap();
    let id = DeliveryId::new("d-1").unwrap();
    let mut delivery = Delivery::new(BODY.into());
    *delivery.headers_mut() = sign(&secret, now, &id, BODY.as_bytes()).unwrap();

    cost::compare(&webhook, &delivery, now, SECRET, &[BODY.as_bytes()]);
}
