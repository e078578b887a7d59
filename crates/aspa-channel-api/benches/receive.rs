//! How many one-message deliveries a core takes, verified and decoded, beside what the two unavoidable
//! parts cost alone on the same bytes: parsing the body as JSON, and one HMAC over it.
//! `cargo bench -p aspa-channel-api`.
#![expect(clippy::unwrap_used, reason = "a bench may panic")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use aspa_channel::{Delivery, Received, Webhook};
use aspa_channel_api::{ApiWebhook, WebhookConfig, sign};
use aspa_types::{AccountId, DeliveryId, Secret};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const SECRET: &str = "whsec-0123456789abcdef";
const BODY: &str = r#"{"events":[{"type":"message","id":"m-1001","conversation":"case-7","author":{"id":"u-42","user_name":"matti","display_name":"Matti Meikäläinen"},"at":"2026-11-22T07:59:58Z","language":"fi","text":"Hei, tilasin viime viikolla takin, eikä sitä ole kuulunut. Tilausnumero on 55512. Missä pakettini on?","campaign":{"id":"black"}}]}"#;

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
    let secret = Secret::new(SECRET);
    let config = WebhookConfig::new(AccountId::new("app").unwrap(), secret.clone());
    let webhook = ApiWebhook::new(config).unwrap();
    let now = "2026-11-22T08:00:00Z".parse().unwrap();
    let id = DeliveryId::new("d-1").unwrap();
    let mut delivery = Delivery::new(BODY.into());
    *delivery.headers_mut() = sign(&secret, now, &id, BODY.as_bytes()).unwrap();

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
        mac.update(black_box(BODY.as_bytes()));
        black_box(mac.finalize());
    });
    let bound = parse * 2 + mac;
    let share = ours.as_secs_f64() / bound.as_secs_f64();
    println!("body                     {:>8} bytes", BODY.len());
    println!(
        "receive                  {ours:>8.2?}  {:.0} a second",
        1.0 / ours.as_secs_f64()
    );
    println!("serde_json parsing       {parse:>8.2?}");
    println!("HMAC-SHA256              {mac:>8.2?}");
    println!("of 2 x parsing and HMAC  {share:>8.2}");
}
