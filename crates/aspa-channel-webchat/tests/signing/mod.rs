//! A page that posts, its token made here again by the documentation.
#![allow(dead_code, reason = "each test takes what it needs")]
#![expect(
    clippy::unwrap_used,
    reason = "a test, which clippy cannot see without the harness"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aspa_channel::{Delivery, EventKind, Received, Webhook, answer};
use aspa_channel_webchat::{ChatWebhook, VISITOR};
use aspa_testkit::{Batch, WebhookFixture};
use aspa_types::{AccountId, DeliveryId};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderName, StatusCode};
use serde_json::json;
use sha2::{Digest, Sha256, Sha512};

use crate::common::{post, visitors};

pub(crate) const SECRETS: [&str; 2] = ["chsec-0123456789abcdef", "the-secret-before-this"];

/// What a broken webhook does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hole {
    None,
    TakesTheUnsigned,
    LooksAtTheBeginning,
    StopsAtTheUnknown,
    RefusesWhatItCannotRead,
    NamesDeliveriesAnew,
    NamesDeliveriesAlike,
}

pub(crate) struct Page {
    secret: &'static str,
    hole: Hole,
}

impl Page {
    pub(crate) fn new(secret: &'static str, hole: Hole) -> Self {
        Self { secret, hole }
    }
}

#[derive(Debug)]
struct Broken {
    whole: ChatWebhook,
    hole: Hole,
}

/// How many deliveries came to any of them.
static COUNT: AtomicUsize = AtomicUsize::new(0);

impl Webhook for Broken {
    fn receive(&self, delivery: &Delivery, now: DateTime<Utc>) -> Received {
        let mut delivery = delivery.clone();
        let good = token(SECRETS[0].as_bytes(), now);
        let shown = delivery.headers().get(VISITOR).cloned();
        let shown = shown.map(|v| v.to_str().unwrap_or_default().to_owned());
        let lax = match (self.hole, &shown) {
            (Hole::TakesTheUnsigned, None) => true,
            (Hole::LooksAtTheBeginning, Some(t)) => t.get(..20) == good.get(..20),
            _ => false,
        };
        if lax {
            delivery
                .headers_mut()
                .insert(VISITOR, good.parse().unwrap());
        }
        let mut received = self.whole.receive(&delivery, now);
        if let Received::Accepted {
            answer: says,
            id,
            events,
        } = &mut received
        {
            let unknown = |e: &aspa_channel::Event| matches!(e.kind, EventKind::Unknown(_));
            match self.hole {
                Hole::StopsAtTheUnknown => {
                    let end = events.iter().position(unknown).unwrap_or(events.len());
                    events.truncate(end);
                }
                Hole::RefusesWhatItCannotRead if events.iter().all(unknown) => {
                    *says = answer(StatusCode::BAD_REQUEST, "what?");
                }
                Hole::NamesDeliveriesAnew => {
                    let count = COUNT.fetch_add(1, Ordering::Relaxed).to_string();
                    *id = DeliveryId::derive(&[&count]);
                }
                Hole::NamesDeliveriesAlike => *id = DeliveryId::derive(&["same"]),
                _ => {}
            }
        }
        received
    }
}

fn sealed(payload: &str, signature: &[u8]) -> String {
    format!("{payload}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn payload(at: DateTime<Utc>) -> String {
    let at = at.timestamp();
    let claims = json!({ "c": "v-BwcHBwcHBwcHBwcHBwcHBw", "b": at, "t": at });
    URL_SAFE_NO_PAD.encode(claims.to_string())
}

fn signed(payload: &str) -> Vec<u8> {
    format!("aspa-webchat visitor 1 chat\n{payload}").into_bytes()
}

fn token(secret: &[u8], at: DateTime<Utc>) -> String {
    let payload = payload(at);
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(&signed(&payload));
    sealed(&payload, &mac.finalize().into_bytes())
}

impl WebhookFixture for Page {
    fn webhook(&self) -> Arc<dyn Webhook> {
        let whole = ChatWebhook::new(visitors(&SECRETS));
        let hole = self.hole;
        Arc::new(Broken { whole, hole })
    }

    fn sign(&self, body: Bytes, at: DateTime<Utc>) -> Delivery {
        post(&token(self.secret.as_bytes(), at), body)
    }

    fn sign_with_wrong_key(&self, body: Bytes, at: DateTime<Utc>) -> Delivery {
        post(&token(b"another-secret-here", at), body)
    }

    fn sign_otherwise(&self, body: Bytes, at: DateTime<Utc>) -> Vec<(&'static str, Delivery)> {
        let payload = payload(at);
        let keyed = [self.secret.as_bytes(), &signed(&payload)].concat();
        let mut other_use = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).unwrap();
        other_use.update(payload.as_bytes());
        let with = |signature: &[u8]| post(&sealed(&payload, signature), body.clone());
        vec![
            (
                "SHA-256 without a key",
                with(&Sha256::digest(signed(&payload))),
            ),
            ("SHA-256 behind the key", with(&Sha256::digest(&keyed))),
            ("half a SHA-512", with(&Sha512::digest(&keyed)[..32])),
            (
                "the same key for no use",
                with(&other_use.finalize().into_bytes()),
            ),
        ]
    }

    fn signature_header(&self) -> HeaderName {
        VISITOR
    }

    fn batch(&self) -> Batch {
        let events = json!([
            { "type": "message", "id": "m-1", "text": "Hei" },
            { "type": "poke" },
            { "type": "message", "id": "m-2" },
            7,
            { "type": "message", "id": "m-3", "text": "Hej", "at": "2026-11-22T07:59:00Z",
              "page": { "url": "https://shop.example/?utm_source=mail", "title": "Shop" },
              "campaign": { "source": "mail" } },
            { "type": "call_back", "id": "m-4", "phone": "+358 40 123 4567", "when": "tonight" },
            { "type": "call_back", "id": "m-5", "phone": "please" },
        ]);
        Batch {
            body: json!({ "events": events }).to_string().into(),
            accounts: vec![AccountId::new("chat").unwrap(); 7],
        }
    }

    /// The token says who writes; the connection is what keeps the body whole.
    fn covers_body(&self) -> bool {
        false
    }
}
