//! How many one-message deliveries a core takes, verified and decoded, beside what the two unavoidable
//! parts cost alone on the same bytes: parsing the body as JSON, and one HMAC over the token's payload
//! and the body. `cargo bench -p aspa-channel-webchat`.
#![expect(clippy::unwrap_used, reason = "a bench may panic")]

#[path = "../../aspa-channel-api/benches/cost/mod.rs"]
mod cost;

use aspa_channel::Delivery;
use aspa_channel_webchat::{ChatConfig, ChatWebhook, Enter, VISITOR, Visitors};
use aspa_types::{AccountId, Secret};

const SECRET: &str = "chsec-0123456789abcdef";
const BODY: &str = r#"{"events":[{"type":"message","id":"0b9e4a7c51f24e0f8a3d6c2b1e5f7a90","text":"Hei, tilasin viime viikolla takin, eikä sitä ole kuulunut. Tilausnumero on 55512. Missä pakettini on?","at":"2026-11-22T08:00:00.123Z","language":"fi","page":{"url":"https://shop.example/tilaukset?utm_source=mail&utm_campaign=black","title":"Tilaukset"},"campaign":{"source":"mail","campaign":"black"}}]}"#;

fn main() {
    let config = ChatConfig::new(AccountId::new("chat").unwrap(), Secret::new(SECRET));
    let visitors = Visitors::new(config).unwrap();
    let now = "2026-11-22T08:00:00Z".parse().unwrap();
    let entered = visitors.enter(&Enter::default(), [7; 16], now);
    let webhook = ChatWebhook::new(visitors);
    let mut delivery = Delivery::new(BODY.into());
    let token = entered.token.parse().unwrap();
    delivery.headers_mut().insert(VISITOR, token);

    let signed = [entered.token.as_bytes(), BODY.as_bytes()];
    cost::compare(&webhook, &delivery, now, SECRET, &signed);
}
