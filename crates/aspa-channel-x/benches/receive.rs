//! How many deliveries of X a core takes, verified and decoded, beside what the two unavoidable parts cost
//! alone on the same bytes: parsing the body as JSON, and one HMAC over it.
//! `cargo bench -p aspa-channel-x`.
#![expect(clippy::unwrap_used, reason = "a bench may panic")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use aspa_channel::{Delivery, Received, Webhook};
use aspa_channel_x::XWebhook;
use aspa_types::{AccountId, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use serde_json::json;
use sha2::Sha256;

const SECRET: &str = "consumer-secret-0123456789";
const US: &str = "1795334400000000017";

fn mac(body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body);
    mac
}

/// A mention as the X Activity API tells it: with counts, edit controls and two profiles.
fn body() -> String {
    let metrics = json!({ "retweet_count": 0, "retweet_count_str": "0", "reply_count": 0,
        "reply_count_str": "0", "like_count": 0, "like_count_str": "0" });
    let user = |id: &str, name: &str| {
        json!({
            "id": id, "username": name, "name": name, "description": "", "protected": false,
            "created_at": "2023-10-23T13:44:53.000Z", "public_metrics": metrics, "verified_type": "none",
            "profile_image_url": "https://pbs.example/profile_images/1/a_normal.jpg",
        })
    };
    json!({ "data": {
        "event_uuid": "-2781149976877970683", "filter": { "user_id": US },
        "event_type": "post.mention.create", "tag": "mentions",
        "payload": {
            "id": "2080761390344937797", "author_id": "1795334400000000999", "lang": "fi",
            "text": "@shop Tilasin viime viikolla takin, eikä sitä ole kuulunut. Missä pakettini on?",
            "conversation_id": "2080761390344937797", "created_at": "2026-11-22T07:59:00.000Z",
            "edit_history_tweet_ids": ["2080761390344937797"], "display_text_range": [0, 80],
            "edit_controls": { "edits_remaining": 5, "is_edit_eligible": true,
                "editable_until": "2026-11-22T08:59:00.000Z" },
            "entities": { "mentions": [{ "id": US, "username": "shop", "start": 0, "end": 5 }] },
            "public_metrics": metrics, "reply_settings": "everyone",
        },
        "includes": { "users": [user("1795334400000000999", "AngryMatti"), user(US, "shop")] },
    }})
    .to_string()
}

/// The quickest of several rounds, per call; rounds of both take turns, so that a busy machine spoils both.
fn main() {
    const CALLS: u32 = 2_000;
    let body = body();
    let account = AccountId::new("shop").unwrap();
    let webhook = XWebhook::new(account, US, Secret::new(SECRET)).unwrap();
    let now = "2026-11-22T08:00:00Z".parse().unwrap();
    let signature = STANDARD.encode(mac(body.as_bytes()).finalize().into_bytes());
    let mut delivery = Delivery::new(body.clone().into());
    *delivery.method_mut() = Method::POST;
    let value = format!("sha256={signature}").parse().unwrap();
    delivery
        .headers_mut()
        .insert("x-twitter-webhooks-signature", value);
    let ours = || {
        let received = webhook.receive(black_box(&delivery), now);
        assert!(matches!(received, Received::Accepted { .. }));
    };
    let parse = || {
        let value: serde_json::Value = serde_json::from_str(black_box(&body)).unwrap();
        black_box(value);
    };
    let hmac = || {
        black_box(mac(black_box(body.as_bytes())).finalize());
    };
    let time = |call: &dyn Fn()| {
        let began = Instant::now();
        (0..CALLS).for_each(|_| call());
        began.elapsed() / CALLS
    };
    let mut best = [Duration::MAX; 3];
    for _ in 0..20 {
        let calls: [&dyn Fn(); 3] = [&ours, &parse, &hmac];
        for (best, call) in best.iter_mut().zip(calls) {
            *best = time(call).min(*best);
        }
    }
    let [ours, parse, hmac] = best;
    println!("body                       {} bytes", body.len());
    println!(
        "receive                    {ours:.2?}, {:.0} a second",
        1.0 / ours.as_secs_f64()
    );
    println!("serde_json parsing         {parse:.2?}");
    println!("HMAC-SHA256                {hmac:.2?}");
    let share = |bound: Duration| ours.as_secs_f64() / bound.as_secs_f64();
    println!("of 2 x parsing and HMAC    {:.2}", share(parse * 2 + hmac));
}
