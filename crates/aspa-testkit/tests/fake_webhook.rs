//! The contract of webhooks, run on the one of the fake network.
#![expect(
    clippy::unwrap_used,
    reason = "a test, which clippy cannot see without the harness"
)]

use std::sync::Arc;

use aspa_channel::{Channel, Delivery, Effect, EffectKind, ReplyKind, Webhook};
use aspa_testkit::libtest_mimic::{self, Arguments};
use aspa_testkit::{Batch, FakeNetwork, WebhookFixture, webhook_trials};
use aspa_types::{AccountId, EffectKey};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderName;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const KEY: &str = "fake-signing-key";

fn main() {
    let trials = webhook_trials("fake", Fake);
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

struct Fake;

fn network() -> Arc<FakeNetwork> {
    let now = "2026-11-23T08:00:00Z".parse().unwrap();
    FakeNetwork::new(AccountId::new("shop").unwrap(), now)
}

/// The events that the network posts, as they stand in its deliveries.
fn posted(network: &FakeNetwork) -> Vec<Value> {
    let bodies = network.deliveries().into_iter().map(Delivery::into_body);
    let events = bodies.flat_map(|body| {
        let body: Value = serde_json::from_slice(&body).unwrap();
        body["events"].as_array().unwrap().clone()
    });
    events.collect()
}

fn body(events: &[Value]) -> Bytes {
    json!({ "id": "d-0", "events": events }).to_string().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hmac(key: &str, content: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    hex(&mac.chain_update(content).finalize().into_bytes())
}

fn delivery(body: Bytes, at: DateTime<Utc>, sign: impl Fn(&[u8]) -> String) -> Delivery {
    let time = at.timestamp().to_string();
    let content = [time.as_bytes(), b".", &body].concat();
    let request = http::Request::post("https://desk.example/webhooks/fake")
        .header("x-fake-time", time)
        .header("x-fake-signature", sign(&content));
    request.body(body).unwrap()
}

impl WebhookFixture for Fake {
    fn webhook(&self) -> Arc<dyn Webhook> {
        Arc::new(network().webhook())
    }

    fn sign(&self, body: Bytes, at: DateTime<Utc>) -> Delivery {
        delivery(body, at, |content| hmac(KEY, content))
    }

    fn sign_with_wrong_key(&self, body: Bytes, at: DateTime<Utc>) -> Delivery {
        delivery(body, at, |content| hmac("another key", content))
    }

    fn sign_otherwise(&self, body: Bytes, at: DateTime<Utc>) -> Vec<(&'static str, Delivery)> {
        let behind = |content: &[u8]| hex(&Sha256::digest([KEY.as_bytes(), content].concat()));
        vec![
            (
                "SHA-256 without a key",
                delivery(body.clone(), at, |content| hex(&Sha256::digest(content))),
            ),
            ("SHA-256 behind the key", delivery(body, at, behind)),
        ]
    }

    fn signature_header(&self) -> HeaderName {
        HeaderName::from_static("x-fake-signature")
    }

    fn batch(&self) -> Batch {
        let network = network();
        let matti = network.customer("Matti");
        let asked = network.writes(&matti, "thread", "Missä paketti?").unwrap();
        network.unheard_of(json!({ "type": "poke" }));
        network.edits(&asked, "Missä pakettini on?").unwrap();
        network.hides(&asked, true).unwrap();
        network.deletes(&asked).unwrap();
        let mut events = posted(&network);
        events.insert(1, json!(7));
        let mut elsewhere = events[0].clone();
        elsewhere["account"] = json!("somebody-else");
        events.push(elsewhere);
        // What is malformed, or somebody else's, is kept under the webhook's own account.
        let accounts = vec![AccountId::new("shop").unwrap(); events.len()];
        let body = body(&events);
        Batch { body, accounts }
    }

    fn echo(&self) -> Option<Bytes> {
        let network = network();
        let matti = network.customer("Matti");
        network.writes(&matti, "thread", "Missä paketti?").unwrap();
        posted(&network);
        let kind = EffectKind::send("Tulossa.", ReplyKind::Answer);
        let thread = network.conversation("thread").unwrap();
        let effect = Effect::new(EffectKey::derive(&["echo"]), thread, kind);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime
            .block_on(network.channel().perform(&effect))
            .unwrap();
        Some(body(&posted(&network)))
    }

    fn secrets(&self) -> Vec<String> {
        vec![KEY.to_owned()]
    }

    fn tolerance(&self) -> Option<TimeDelta> {
        Some(TimeDelta::seconds(300))
    }
}
