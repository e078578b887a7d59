//! The contract of webhooks, run on [`WordPressWebhook`].
#![expect(
    clippy::unwrap_used,
    reason = "a test, which clippy cannot see without the harness"
)]

use std::sync::Arc;

use aspa_channel::{Delivery, Webhook};
use aspa_channel_wordpress::{SIGNATURE, SiteHook, WebhookConfig, WordPressWebhook};
use aspa_testkit::libtest_mimic::{self, Arguments};
use aspa_testkit::{Batch, WebhookFixture, webhook_trials};
use aspa_types::{AccountId, Secret};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderName;
use serde_json::json;
use sha2::{Digest, Sha256, Sha512};

const SECRETS: [&str; 2] = ["whsec-0123456789abcdef", "the-secret-before-this"];

fn main() {
    let [new, old] = SECRETS;
    let mut trials = webhook_trials(
        "wordpress",
        Blog {
            secret: new,
            sites: 1,
        },
    );
    trials.extend(webhook_trials(
        "wordpress, secret before",
        Blog {
            secret: old,
            sites: 1,
        },
    ));
    trials.extend(webhook_trials(
        "wordpress, two sites",
        Blog {
            secret: new,
            sites: 2,
        },
    ));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// A site whose plugin signs with one of the two secrets.
struct Blog {
    secret: &'static str,
    sites: usize,
}

fn account(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn mac(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    format!("sha256={}", hex(&mac.finalize().into_bytes()))
}

fn delivery(body: Bytes, signature: &str) -> Delivery {
    http::Request::post("/webhooks/blog")
        .header(SIGNATURE, signature)
        .body(body)
        .unwrap()
}

impl WebhookFixture for Blog {
    fn webhook(&self) -> Arc<dyn Webhook> {
        let mut blog = SiteHook::new(
            account("blog"),
            "https://Blog.example/",
            Secret::new(SECRETS[0]),
        );
        blog.secrets.push(Secret::new(SECRETS[1]));
        let other = SiteHook::new(
            account("other"),
            "https://other.example",
            Secret::new("another-sites-secret"),
        );
        let sites = [blog, other].into_iter().take(self.sites).collect();
        Arc::new(WordPressWebhook::new(WebhookConfig::new(sites)).unwrap())
    }

    fn sign(&self, body: Bytes, _at: DateTime<Utc>) -> Delivery {
        let signature = mac(self.secret, &body);
        delivery(body, &signature)
    }

    fn sign_with_wrong_key(&self, body: Bytes, _at: DateTime<Utc>) -> Delivery {
        let signature = mac("another-secret-here", &body);
        delivery(body, &signature)
    }

    fn sign_otherwise(&self, body: Bytes, _at: DateTime<Utc>) -> Vec<(&'static str, Delivery)> {
        let right = mac(self.secret, &body);
        let before = [self.secret.as_bytes(), &body].concat();
        let digest = |digest: &[u8]| format!("sha256={}", hex(digest));
        let other = |name, signature: String| (name, delivery(body.clone(), &signature));
        vec![
            other("another prefix", right.replace("sha256=", "sha1=")),
            other("no prefix", right.replace("sha256=", "")),
            other("SHA-256 without a key", digest(&Sha256::digest(&body))),
            other("SHA-256 behind the key", digest(&Sha256::digest(&before))),
            other("half a SHA-512", digest(&Sha512::digest(&before)[..32])),
        ]
    }

    fn signature_header(&self) -> HeaderName {
        SIGNATURE
    }

    fn batch(&self) -> Batch {
        let comment = json!({
            "id": 7, "post": 11, "parent": 0, "author": 0, "author_name": "Mikko O'Brien",
            "author_email": "mikko@example.com", "date_gmt": "2026-11-22T07:58:12",
            "content": { "raw": "Miss&auml; paketti?" }, "status": "hold", "type": "comment", "meta": [],
        });
        let at = "2026-11-22T08:00:00Z";
        let events = json!([
            { "event": "created", "comment_id": 7, "at": at, "comment": comment },
            { "event": "poked", "comment_id": 7, "at": at },
            { "event": "edited", "comment_id": 7, "at": at, "comment": comment },
            { "event": "status", "comment_id": 7, "at": at, "from": "unapproved", "to": "approved" },
            { "event": "created", "comment_id": 8, "at": at },
            9,
            { "event": "status", "comment_id": 9, "at": at, "from": "approved", "to": "delete", "post_id": null },
        ]);
        Batch {
            body: json!({ "site": "https://blog.example", "events": events })
                .to_string()
                .into(),
            accounts: vec![account("blog"); 7],
        }
    }
}
