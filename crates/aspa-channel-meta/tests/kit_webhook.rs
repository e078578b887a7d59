//! The contract of webhooks, run on [`MetaWebhook`].
#![expect(
    clippy::unwrap_used,
    reason = "a test, which clippy cannot see without the harness"
)]

use std::sync::Arc;

use aspa_channel::{Delivery, Webhook};
use aspa_channel_meta::{MetaWebhook, PageHook, SIGNATURE, WebhookConfig};
use aspa_testkit::libtest_mimic::{self, Arguments};
use aspa_testkit::{Batch, Handshake, WebhookFixture, webhook_trials};
use aspa_types::{AccountId, Secret};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderName;
use serde_json::{Value, json};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

const SECRETS: [&str; 2] = [
    "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "ffeeddccbbaa99887766554433221100",
];
const TOKEN: &str = "typed-at-set-up-2026";

fn main() {
    let mut trials = webhook_trials("meta", App(SECRETS[0]));
    trials.extend(webhook_trials("meta, the secret before", App(SECRETS[1])));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// A Meta app that signs with this secret.
struct App(&'static str);

fn account(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn mac(secret: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    hex(&mac.chain_update(body).finalize().into_bytes())
}

fn delivery(body: Bytes, signature: &str) -> Delivery {
    http::Request::post("/webhooks/meta")
        .header(SIGNATURE, signature)
        .body(body)
        .unwrap()
}

fn asks(query: &str) -> Delivery {
    let uri = format!("/webhooks/meta?{query}");
    http::Request::get(uri).body(Bytes::new()).unwrap()
}

fn comment(id: &str) -> Value {
    json!({ "field": "feed", "value": {
        "item": "comment", "verb": "add", "post_id": "1001_5", "comment_id": id, "parent_id": "1001_5",
        "from": { "id": "7", "name": "Matti" }, "created_time": 1_794_000_000, "message": "Hei",
    }})
}

impl WebhookFixture for App {
    fn webhook(&self) -> Arc<dyn Webhook> {
        let pages = vec![
            PageHook::new(account("first"), "1001"),
            PageHook::new(account("second"), "1002"),
        ];
        let mut config = WebhookConfig::new(Secret::new(SECRETS[0]), Secret::new(TOKEN), pages);
        config.app_secrets.push(Secret::new(SECRETS[1]));
        Arc::new(MetaWebhook::new(config).unwrap())
    }

    fn sign(&self, body: Bytes, _at: DateTime<Utc>) -> Delivery {
        let signature = format!("sha256={}", mac(self.0, &body));
        delivery(body, &signature)
    }

    fn sign_with_wrong_key(&self, body: Bytes, _at: DateTime<Utc>) -> Delivery {
        let signature = format!("sha256={}", mac("another-apps-secret-0123456789ab", &body));
        delivery(body, &signature)
    }

    fn sign_otherwise(&self, body: Bytes, _at: DateTime<Utc>) -> Vec<(&'static str, Delivery)> {
        let sha1 = Hmac::<Sha1>::new_from_slice(self.0.as_bytes()).unwrap();
        let sha1 = hex(&sha1.chain_update(&body).finalize().into_bytes());
        let right = mac(self.0, &body);
        let before = [self.0.as_bytes(), &body].concat();
        let alone = http::Request::post("/webhooks/meta")
            .header("x-hub-signature", format!("sha1={sha1}"))
            .body(body.clone())
            .unwrap();
        let other = |name, signature: String| (name, delivery(body.clone(), &signature));
        vec![
            ("the SHA-1 header alone", alone),
            other("SHA-1", format!("sha1={sha1}")),
            other("SHA-1 as if SHA-256", format!("sha256={sha1}")),
            other("no prefix", right.clone()),
            other("capitals", format!("sha256={}", right.to_uppercase())),
            other("no key", format!("sha256={}", hex(&Sha256::digest(&body)))),
            other(
                "behind the key",
                format!("sha256={}", hex(&Sha256::digest(&before))),
            ),
            other(
                "half a SHA-512",
                format!("sha256={}", hex(&Sha512::digest(&before)[..32])),
            ),
        ]
    }

    fn signature_header(&self) -> HeaderName {
        SIGNATURE
    }

    /// Both pages, one that nobody knows, all three lists, and things of no known kind between them.
    fn batch(&self) -> Batch {
        let said = |mid: &str| {
            json!({ "sender": { "id": "70" }, "recipient": { "id": "1002" }, "timestamp": 1_794_000_000_123_u64,
                "message": { "mid": mid, "text": "Hei" } })
        };
        let body = json!({ "object": "page", "entry": [
            { "id": "1001", "time": 1_794_000_001, "changes": [
                comment("5_1"), { "field": "weather", "value": {} }, comment("5_2"), 9,
            ]},
            { "id": 1002, "time": 1_794_000_002_000_u64,
              "messaging": [said("m_1"), { "sender": { "id": "70" }, "timestamp": 1, "poke": {} }],
              "standby": [said("m_2")], "changes": [comment("6_1")] },
            { "id": "1003", "time": 1_794_000_003, "changes": [comment("7_1")] },
            { "id": "1001", "time": 1_794_000_004, "messaging": "none" },
        ]});
        let accounts = [
            "first", "first", "first", "first", "second", "second", "second", "second", "first",
            "first",
        ];
        Batch {
            body: body.to_string().into(),
            accounts: accounts.map(account).to_vec(),
        }
    }

    fn reversed(&self) -> Option<Batch> {
        let mut batch = self.batch();
        let mut body: Value = serde_json::from_slice(&batch.body).unwrap();
        let entries = body["entry"].as_array_mut().unwrap();
        entries.reverse();
        for entry in entries {
            for list in ["messaging", "standby", "changes"] {
                if let Some(Value::Array(items)) = entry.get_mut(list) {
                    items.reverse();
                }
            }
        }
        batch.body = body.to_string().into();
        Some(batch)
    }

    fn handshakes(&self) -> Vec<Handshake> {
        let right = format!("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={TOKEN}");
        let wrong = [
            "hub.mode=subscribe&hub.challenge=1&hub.verify_token=guessed".to_owned(),
            right.replace("subscribe", "unsubscribe"),
            right.replace("&hub.verify_token=", "&verify_token="),
            right.replace("1158201444", "%3Cscript%3E"),
            format!("{right}&hub.verify_token={TOKEN}"),
            String::new(),
        ];
        let wrong = wrong.map(|query| Handshake {
            delivery: asks(&query),
            answer: None,
        });
        let right = Handshake {
            delivery: asks(&right),
            answer: Some(Bytes::from_static(b"1158201444")),
        };
        std::iter::once(right).chain(wrong).collect()
    }

    fn echo(&self) -> Option<Bytes> {
        let body = json!({ "object": "page", "entry": [{ "id": "1001", "time": 1_794_000_001_000_u64, "messaging": [{
            "sender": { "id": "1001" }, "recipient": { "id": "70" }, "timestamp": 1_794_000_000_000_u64,
            "message": { "is_echo": true, "app_id": 99, "mid": "m_9", "text": "Hei!" },
        }]}]});
        Some(body.to_string().into())
    }

    fn secrets(&self) -> Vec<String> {
        SECRETS
            .iter()
            .chain([&TOKEN])
            .map(|secret| (*secret).to_owned())
            .collect()
    }
}
