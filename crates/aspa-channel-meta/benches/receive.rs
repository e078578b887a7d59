//! How many one-message deliveries a core takes, verified and decoded, beside what the two unavoidable
//! parts cost alone on the same bytes: parsing the body as JSON, and one HMAC over it.
//! `cargo bench -p aspa-channel-meta`.
#![expect(clippy::unwrap_used, reason = "a bench may panic")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use aspa_channel::{Delivery, Received, Webhook};
use aspa_channel_meta::{MetaWebhook, PageHook, SIGNATURE, WebhookConfig};
use aspa_types::{AccountId, Secret};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const DIRECT: &str = r#"{"object":"page","entry":[{"id":"104200000000001","time":1794565996213,"messaging":[{"sender":{"id":"7100000000000042"},"recipient":{"id":"104200000000001"},"timestamp":1794565995871,"message":{"mid":"m_Ab3dEfGh1jKlMnOpQrStUvWxYz0123456789","text":"Hei, tilasin viime viikolla takin, eik\u00e4 sit\u00e4 ole kuulunut. Tilausnumero on 55512. Miss\u00e4 pakettini on?"}}]}]}"#;
const COMMENT: &str = r#"{"object":"page","entry":[{"id":"104200000000001","time":1794565996,"changes":[{"field":"feed","value":{"from":{"id":"7300000000000042","name":"Matti Meik\u00e4l\u00e4inen"},"item":"comment","verb":"add","post_id":"104200000000001_880001","comment_id":"880001_990001","parent_id":"104200000000001_880001","created_time":1794565994,"message":"Miss\u00e4 pakettini on? Tilausnumero on 55512.","post":{"permalink_url":"https:\/\/www.facebook.com\/shop\/posts\/880001","status_type":"mobile_status_update","is_published":true}}}]}]}"#;

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

fn mac(body: &str) -> Hmac<Sha256> {
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.chain_update(body)
}

fn main() {
    let page = PageHook::new(AccountId::new("facebook").unwrap(), "104200000000001");
    let token = Secret::new("typed-at-set-up-2026");
    let config = WebhookConfig::new(Secret::new(SECRET), token, vec![page]);
    let webhook = MetaWebhook::new(config).unwrap();
    let now = "2026-11-22T08:00:00Z".parse().unwrap();
    for (name, body) in [("a direct message", DIRECT), ("a comment", COMMENT)] {
        let signature: String = mac(body)
            .finalize()
            .into_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let mut delivery = Delivery::new(body.into());
        *delivery.method_mut() = http::Method::POST;
        let signature = format!("sha256={signature}").parse().unwrap();
        delivery.headers_mut().insert(SIGNATURE, signature);

        let ours = time(|| {
            let received = webhook.receive(black_box(&delivery), now);
            assert!(matches!(received, Received::Accepted { .. }));
        });
        let parse = time(|| {
            let value: serde_json::Value = serde_json::from_str(black_box(body)).unwrap();
            black_box(value);
        });
        let mac = time(|| {
            black_box(mac(black_box(body)).finalize());
        });
        let bound = parse * 2 + mac;
        let share = ours.as_secs_f64() / bound.as_secs_f64();
        println!("{name}, {} bytes", body.len());
        println!(
            "receive                  {ours:>8.2?}  {:.0} a second",
            1.0 / ours.as_secs_f64()
        );
        println!("serde_json parsing       {parse:>8.2?}");
        println!("HMAC-SHA256              {mac:>8.2?}");
        println!("of 2 x parsing and HMAC  {share:>8.2}");
    }
}
