//! The contract of webhooks, run on [`XWebhook`].
#![expect(
    clippy::unwrap_used,
    reason = "a test, which clippy cannot see without the harness"
)]

use std::sync::Arc;

use aspa_channel::{Delivery, Webhook};
use aspa_channel_x::XWebhook;
use aspa_testkit::libtest_mimic::{self, Arguments};
use aspa_testkit::{Batch, Handshake, WebhookFixture, webhook_trials};
use aspa_types::{AccountId, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderName, Method, Request};
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::Sha256;

const SECRETS: [&str; 2] = ["consumer-secret-0123456789", "the-secret-before-this"];
const US: &str = "1795334400000000017";
const SE: &str = "1795334400000000033";
const MATTI: &str = "1795334400000000999";

fn main() {
    let [new, old] = SECRETS;
    let mut trials = webhook_trials("x", App { secret: new });
    trials.extend(webhook_trials("x, secret before", App { secret: old }));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

struct App {
    secret: &'static str,
}

fn account(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

fn sha256(secret: &str, bytes: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(bytes);
    STANDARD.encode(mac.finalize().into_bytes())
}

fn delivery(body: Bytes, signature: &str) -> Delivery {
    let mut delivery = Request::new(body);
    *delivery.method_mut() = Method::POST;
    *delivery.uri_mut() = "https://shop.example/webhooks/x".parse().unwrap();
    let headers = delivery.headers_mut();
    headers.insert("x-twitter-webhooks-signature", signature.parse().unwrap());
    delivery
}

fn question(query: &str) -> Delivery {
    let mut question = Request::new(Bytes::new());
    let uri = format!("https://shop.example/webhooks/x{query}");
    *question.uri_mut() = uri.parse().unwrap();
    question
}

fn tweet(id: u64, by: &str, text: &str) -> Value {
    json!({
        "id": id, "id_str": id.to_string(), "text": text, "user": { "id_str": by, "screen_name": "somebody" },
        "created_at": "Sun Nov 22 07:59:00 +0000 2026", "timestamp_ms": "1795334340000",
        "entities": { "user_mentions": [{ "id_str": US, "screen_name": "shop" }], "urls": [] },
    })
}

impl App {
    /// A body of the older API, which alone has several things in one.
    fn things(&self) -> [Value; 2] {
        [
            json!([
                tweet(2_080_761_390_344_937_797, MATTI, "@shop where is it?"),
                { "id_str": 7 },
                tweet(2_080_761_390_344_937_801, US, "It comes."),
            ]),
            json!([
                { "status": { "id": "2080761390344937701", "user_id": MATTI }, "timestamp_ms": "1795334340001" },
            ]),
        ]
    }
}

impl WebhookFixture for App {
    fn webhook(&self) -> Arc<dyn Webhook> {
        let [new, old] = SECRETS.map(Secret::new);
        let webhook = XWebhook::new(account("shop"), US, new).unwrap();
        let webhook = webhook.also_signed_by(old).unwrap();
        Arc::new(webhook.and(account("shop-se"), SE).unwrap())
    }

    fn sign(&self, body: Bytes, _: DateTime<Utc>) -> Delivery {
        let signature = format!("sha256={}", sha256(self.secret, &body));
        delivery(body, &signature)
    }

    fn sign_with_wrong_key(&self, body: Bytes, _: DateTime<Utc>) -> Delivery {
        let signature = format!("sha256={}", sha256("another", &body));
        delivery(body, &signature)
    }

    fn sign_otherwise(&self, body: Bytes, _: DateTime<Utc>) -> Vec<(&'static str, Delivery)> {
        let mut sha1 = Hmac::<Sha1>::new_from_slice(self.secret.as_bytes()).unwrap();
        sha1.update(&body);
        let sha1 = STANDARD.encode(sha1.finalize().into_bytes());
        let right = sha256(self.secret, &body);
        let hex: String = STANDARD
            .decode(&right)
            .unwrap()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        [
            ("SHA-1 under its own name", format!("sha1={sha1}")),
            ("SHA-1 under the name of SHA-256", format!("sha256={sha1}")),
            ("without a name", right.clone()),
            ("in hexadecimal", format!("sha256={hex}")),
        ]
        .map(|(name, signature)| (name, delivery(body.clone(), &signature)))
        .into()
    }

    fn signature_header(&self) -> HeaderName {
        HeaderName::from_static("x-twitter-webhooks-signature")
    }

    fn batch(&self) -> Batch {
        let [created, deleted] = self.things();
        let body = json!({
            "for_user_id": SE,
            "tweet_create_events": created,
            "hologram_events": [{ "by": MATTI }],
            "tweet_delete_events": deleted,
            "direct_message_events": [{
                "type": "message_create", "id": "2080761390344937702", "created_timestamp": "1795334341000",
                "message_create": { "target": { "recipient_id": SE }, "sender_id": MATTI,
                    "message_data": { "text": "Hei" } },
            }],
        });
        Batch {
            body: body.to_string().into(),
            accounts: vec![account("shop-se"); 6],
        }
    }

    fn handshakes(&self) -> Vec<Handshake> {
        let token = "MTc5NTMzNDQwMC0wMTIzNDU2Nzg5LWFiY2RlZg==";
        let answer = sha256(SECRETS[0], token.as_bytes());
        let answer = format!("{{\"response_token\":\"sha256={answer}\"}}");
        let right = question(&format!("?nonce=1&crc_token={}", token.replace('=', "%3D")));
        let mut all = vec![Handshake {
            delivery: right,
            answer: Some(answer.into()),
        }];
        // An event, to have it signed; and what no token is.
        let event = "%7B%22data%22%3A%7B%22event_type%22%3A%22post.mention.create%22%7D%7D";
        let long = "a".repeat(129);
        for forged in [
            event,
            "",
            &long,
            "%FF%FE0123456789abcdef0123",
            "0123456789abcdef%22",
        ] {
            all.push(Handshake {
                delivery: question(&format!("?crc_token={forged}")),
                answer: None,
            });
        }
        all.push(Handshake {
            delivery: question(""),
            answer: None,
        });
        all
    }

    fn echo(&self) -> Option<Bytes> {
        let body = json!({ "data": {
            "event_uuid": "-3577827201104920199", "filter": { "user_id": US }, "event_type": "post.create",
            "payload": { "id": "2080761390344937811", "author_id": US, "text": "It comes.",
                "conversation_id": "2080761390344937797", "created_at": "2026-11-22T07:59:30.000Z" },
        }});
        Some(body.to_string().into())
    }

    fn secrets(&self) -> Vec<String> {
        SECRETS.map(str::to_owned).into()
    }
}
