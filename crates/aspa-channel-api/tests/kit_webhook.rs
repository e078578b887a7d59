//! The contract of webhooks, run on [`ApiWebhook`].
#![expect(
    clippy::unwrap_used,
    reason = "a test, which clippy cannot see without the harness"
)]

mod common;

use std::sync::Arc;

use aspa_channel::{Delivery, Webhook};
use aspa_channel_api::{ApiWebhook, SIGNATURE, TOLERANCE, WebhookConfig, sign};
use aspa_testkit::libtest_mimic::{self, Arguments};
use aspa_testkit::{Batch, WebhookFixture, webhook_trials};
use aspa_types::{AccountId, Secret};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use common::{delivery, hex, signature};
use http::HeaderName;
use serde_json::json;
use sha2::{Digest, Sha256, Sha512};

const SECRETS: [&str; 2] = ["whsec-0123456789abcdef", "the-secret-before-this"];

fn main() {
    let [new, old] = SECRETS;
    let mut trials = webhook_trials("api", App { secret: new });
    trials.extend(webhook_trials("api, secret before", App { secret: old }));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// A host's app that signs with one of the two secrets.
struct App {
    secret: &'static str,
}

fn account(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

/// The protocol asks no question before it posts, so there are no handshakes.
impl WebhookFixture for App {
    fn webhook(&self) -> Arc<dyn Webhook> {
        let mut config = WebhookConfig::new(account("app"), Secret::new(SECRETS[0]));
        config.secrets.push(Secret::new(SECRETS[1]));
        config.more_accounts.push(account("app-se"));
        Arc::new(ApiWebhook::new(config).unwrap())
    }

    fn sign(&self, body: Bytes, at: DateTime<Utc>) -> Delivery {
        let (id, delivery) = delivery(body, at, |content| signature(self.secret, content));
        let ours = sign(&Secret::new(self.secret), at, &id, delivery.body()).unwrap();
        assert_eq!(&ours, delivery.headers(), "`sign` is not as documented");
        delivery
    }

    fn sign_with_wrong_key(&self, body: Bytes, at: DateTime<Utc>) -> Delivery {
        delivery(body, at, |content| {
            signature("another-secret-here", content)
        })
        .1
    }

    fn sign_otherwise(&self, body: Bytes, at: DateTime<Utc>) -> Vec<(&'static str, Delivery)> {
        let right = |content: &[u8]| signature(self.secret, content);
        let before = |content: &[u8]| [self.secret.as_bytes(), content].concat();
        let signed = |sign: &dyn Fn(&[u8]) -> String| delivery(body.clone(), at, sign).1;
        let digest = |digest: &[u8]| format!("v1={}", hex(digest));
        vec![
            (
                "another version",
                signed(&|c| right(c).replace("v1=", "v2=")),
            ),
            (
                "another prefix",
                signed(&|c| right(c).replace("v1=", "sha256=")),
            ),
            (
                "SHA-256 without a key",
                signed(&|c| digest(&Sha256::digest(c))),
            ),
            (
                "SHA-256 behind the key",
                signed(&|c| digest(&Sha256::digest(before(c)))),
            ),
            (
                "half a SHA-512",
                signed(&|c| digest(&Sha512::digest(before(c))[..32])),
            ),
        ]
    }

    fn signature_header(&self) -> HeaderName {
        SIGNATURE
    }

    fn batch(&self) -> Batch {
        let matti = json!({ "id": "u-42", "display_name": "Matti Meikäläinen" });
        let events = json!([
            { "type": "message", "id": "m-1", "conversation": "c-1", "author": matti, "text": "Hei" },
            { "type": "poke", "by": matti },
            { "type": "message", "id": "m-2", "conversation": "c-1", "text": "by nobody" },
            7,
            { "type": "message", "id": "m-1", "conversation": "c-1", "author": matti, "text": "Hei",
              "account": "app-se" },
            { "type": "message", "id": "m-1", "conversation": "c-1", "author": matti, "text": "Hei",
              "account": "somebody-else" },
            { "type": "edit", "id": "m-1", "conversation": "c-1", "text": "Hej",
              "edited_at": "2026-11-22T07:59:00Z" },
            { "type": "reaction", "message": "m-3", "by": matti, "reaction": "👍" },
            { "type": "reaction", "message": "m-3", "by": matti, "reaction": "👍", "removed": true },
            { "type": "status", "message": "m-3", "status": "read" },
            { "type": "delete", "message": "m-1", "by": matti },
        ]);
        // An account that the webhook does not have makes an event unknown, under the first one.
        let mut accounts = vec![account("app"); 10];
        accounts.push(account("app-se"));
        Batch {
            body: json!({ "events": events }).to_string().into(),
            accounts,
        }
    }

    /// What a colleague wrote in the host's own tool, or we through the callback.
    fn echo(&self) -> Option<Bytes> {
        let ours = json!({ "type": "message", "id": "m-9", "conversation": "c-1",
            "direction": "outbound", "text": "Hei" });
        Some(json!({ "events": [ours] }).to_string().into())
    }

    fn secrets(&self) -> Vec<String> {
        SECRETS.map(str::to_owned).to_vec()
    }

    fn tolerance(&self) -> Option<TimeDelta> {
        Some(TOLERANCE)
    }

    fn now(&self) -> DateTime<Utc> {
        common::now()
    }
}
