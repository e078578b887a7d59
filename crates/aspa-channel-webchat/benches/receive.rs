//! How many one-message deliveries a core takes, verified and decoded, beside what the two unavoidable
//! parts cost alone on the same bytes: parsing the body as JSON, and one HMAC over the token's payload
//! and the body. `cargo bench -p aspa-channel-webchat`.
#![expect(clippy::unwrap_used, reason = "a bench may panic")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use aspa_channel::{Delivery, Received, Webhook};
use aspa_channel_webchat::{ChatConfig, ChatWebhook, Enter, VISITOR, Visitors};
use aspa_types::{AccountId, Secret};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const SECRET: &str = "chsec-0123456789abcdef";
const BODY: &str = r#"{"events":[{"type":"message","id":"0b9e4a7c51f24e0f8a3d6c2b1e5f7a90","text":"Hei, tilasin viime viikolla takin, eikä sitä ole kuulunut. Tilausnumero on 55512. Missä pakettini on?","at":"2026-11-22T08:00:00.123Z","language":"fi","page":{"url":"https://shop.example/tilaukset?utm_source=mail&utm_campaign=black","title":"Tilaukset"},"campaign":{"source":"mail","campaign":"black"}}]}"#;

/// The quickest of five rounds, per call.
fn time(mut call: impl FnMut()) -> Duration {
    const CALLS: u32 = 40_000;
    let round = |_| {
        let began = Instant::now();
        (0..CALLS).for_each(|_| call());
        began.elapsed() / CALLS
    };
    (0..5).map(round).min().unwrap()
}

fn main() {
    let config = ChatConfig::new(AccountId::new("chat").unwrap(), Secret::new(SECRET));
    let visitors = Visitors::new(config).unwrap();
    let now = "2026-11-22T08:00:00Z".parse().unwrap();
    let entered = visitors.enter(&Enter::default(), [7; 16], now);
    let webhook = ChatWebhook::new(visitors);
    let mut delivery = Delivery::new(BODY.into());
    let token = entered.token.parse().unwrap();
    delivery.headers_mut().insert(VISITOR, token);

    let ours = time(|| {
        let received = webhook.receive(black_box(&delivery), now);
        assert!(matches!(received, Received::Accepted { .. }));
    });
    let parse = time(|| {
        let value: serde_json::Value = serde_json::from_str(black_box(BODY)).unwrap();
        black_box(value);
    });
    let mac = time(|| {
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(black_box(entered.token.as_bytes()));
        mac.update(black_box(BODY.as_bytes()));
        black_box(mac.finalize());
    });
    let bound = parse * 2 + mac;
    println!("body                     {:>8} bytes", BODY.len());
    println!(
        "receive                  {:>8.2?}  {:.0} a second",
        ours,
        1.0 / ours.as_secs_f64()
    );
    println!("serde_json parsing       {parse:>8.2?}");
    println!("HMAC-SHA256              {mac:>8.2?}");
    let share = ours.as_secs_f64() / bound.as_secs_f64();
    println!("of 2 x parsing and HMAC  {share:>8.2}");
}
