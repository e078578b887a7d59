use aspa_channel::{Delivery, Event, EventKind, Received, Refusal, Via, Webhook, answer};
use aspa_types::{AccountId, DeliveryId, hex};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderName, Request, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;

/// What the network signs with.
pub(super) const KEY: &[u8] = b"fake-signing-key";

const SIGNATURE: HeaderName = HeaderName::from_static("x-fake-signature");
const TIME: HeaderName = HeaderName::from_static("x-fake-time");

/// How far the signed time may be from ours.
const TOLERANCE: TimeDelta = TimeDelta::seconds(300);

/// Receives the [deliveries](super::FakeNetwork::deliveries) of a fake network: HMAC-SHA256 over the
/// time in seconds, a full stop and the raw body.
#[derive(Debug)]
pub struct FakeWebhook {
    account: AccountId,
}

fn mac(time: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mac = Hmac::<Sha256>::new_from_slice(KEY).ok()?;
    Some(mac.chain_update(time).chain_update(b".").chain_update(body))
}

/// A delivery as the network posts it.
pub(super) fn signed(body: Bytes, at: DateTime<Utc>) -> Delivery {
    let time = at.timestamp().to_string();
    let tag = mac(&time, &body).map(|mac| hex::encode(&mac.finalize().into_bytes()));
    let mut delivery = Request::new(body);
    *delivery.method_mut() = http::Method::POST;
    for (name, value) in [(SIGNATURE, tag.unwrap_or_default()), (TIME, time)] {
        if let Ok(value) = value.parse() {
            delivery.headers_mut().insert(name, value);
        }
    }
    delivery
}

impl FakeWebhook {
    pub(super) fn new(account: AccountId) -> Self {
        Self { account }
    }

    fn verify(delivery: &Delivery, now: DateTime<Utc>) -> Result<(), Refusal> {
        let header = |name| {
            let value = delivery.headers().get(name)?;
            value.to_str().ok()
        };
        let tag = header(SIGNATURE).ok_or(Refusal::Unsigned)?;
        let time = header(TIME).ok_or(Refusal::Unsigned)?;
        let tag = hex::decode(tag).ok_or(Refusal::WrongSignature)?;
        let mac = mac(time, delivery.body()).ok_or(Refusal::WrongSignature)?;
        // Compares in constant time.
        mac.verify_slice(&tag)
            .map_err(|_| Refusal::WrongSignature)?;
        let at = time
            .parse()
            .ok()
            .and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let at = at.ok_or(Refusal::OutsideTolerance)?;
        match (now - at).abs() > TOLERANCE {
            true => Err(Refusal::OutsideTolerance),
            false => Ok(()),
        }
    }

    fn events(&self, id: &DeliveryId, body: &[u8]) -> Vec<Event> {
        let value: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        let entries = value.get("events").and_then(Value::as_array);
        let mut events: Vec<Event> = match entries {
            Some(entries) => entries.iter().map(|entry| self.event(entry)).collect(),
            None => vec![self.unknown(json!({ "raw": hex::encode(body) }))],
        };
        for event in &mut events {
            event.provenance.via = Via::Webhook;
            event.provenance.delivery = Some(id.clone());
        }
        events
    }

    fn event(&self, entry: &Value) -> Event {
        match serde_json::from_value::<Event>(entry.clone()) {
            Ok(event) if event.account == self.account => event,
            _ => self.unknown(entry.clone()),
        }
    }

    fn unknown(&self, value: Value) -> Event {
        Event::new(
            self.account.clone(),
            EventKind::Unknown(value),
            Via::Webhook,
        )
    }
}

impl Webhook for FakeWebhook {
    fn receive(&self, delivery: &Delivery, now: DateTime<Utc>) -> Received {
        if let Err(reason) = Self::verify(delivery, now) {
            let answer = answer(StatusCode::UNAUTHORIZED, "refused");
            return Received::Refused { answer, reason };
        }
        let body = delivery.body();
        let id = DeliveryId::derive(&[&hex::encode(body)]);
        let events = self.events(&id, body);
        let answer = answer(StatusCode::OK, "ok");
        Received::Accepted { answer, id, events }
    }

    fn decode(&self, id: &DeliveryId, body: &[u8], _at: DateTime<Utc>) -> Option<Vec<Event>> {
        Some(self.events(id, body))
    }
}
