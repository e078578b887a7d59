use aspa_channel::{
    ConversationKey, Delivery, Event, EventKind, Received, Refusal, Via, Webhook, answer,
};
use aspa_types::{BadId, DeliveryId};
use chrono::{DateTime, Utc};
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::decode::{Body, Decoder, Limits, Posted, Problem};
use crate::seal::encode_into;
use crate::visitors::{Visitor, Visitors};

/// The header with a visitor's token.
pub const VISITOR: HeaderName = HeaderName::from_static("aspa-visitor");

/// Takes what visitors write: JSON, as the crate's page describes it, under the visitor's token.
///
/// The token says who writes and is the signature; the connection is what keeps the body whole. An
/// event that is not understood is kept as [`EventKind::Unknown`], `{ "problem": …, "event": … }`, and
/// the answer tells the page about it.
#[derive(Debug)]
pub struct ChatWebhook {
    visitors: Visitors,
}

impl ChatWebhook {
    /// For the visitors of a chat.
    #[must_use]
    pub fn new(visitors: Visitors) -> Self {
        Self { visitors }
    }

    fn unknown(&self, what: &str, value: &Value, problem: &Problem) -> Event {
        let kept = EventKind::Unknown(json!({ "problem": problem, what: value }));
        Event::new(self.visitors.account().clone(), kept, Via::Webhook)
    }

    fn events(&self, decoder: &Decoder<'_>, body: &[u8]) -> (Vec<Event>, Vec<Value>) {
        match understood(decoder, body) {
            Some(events) => (events, Vec::new()),
            None => self.events_one_by_one(decoder, body),
        }
    }

    fn events_one_by_one(&self, decoder: &Decoder<'_>, body: &[u8]) -> (Vec<Event>, Vec<Value>) {
        let mut problems = Vec::new();
        let mut events = Vec::new();
        match values(body) {
            Ok(values) => {
                for (index, value) in values.into_iter().enumerate() {
                    let posted = Posted::deserialize(&value).map_err(|_| "not understood".into());
                    let event = posted.and_then(|posted| decoder.event(posted));
                    events.push(event.unwrap_or_else(|problem: Problem| {
                        problems.push(json!({ "index": index, "problem": problem }));
                        self.unknown("event", &value, &problem)
                    }));
                }
            }
            Err((value, problem)) => {
                problems.push(json!({ "problem": problem }));
                events.push(self.unknown("body", &value, &problem));
            }
        }
        (events, problems)
    }

    fn accept(&self, visitor: &Visitor, body: &[u8], now: DateTime<Utc>) -> Received {
        let names = (
            self.visitors.handle(visitor),
            self.visitors.conversation(visitor),
        );
        let (Ok(author), Ok(conversation)) = names else {
            return refuse(Refusal::WrongSignature);
        };
        let Ok(id) = delivery_id(&conversation, body) else {
            return refuse(Refusal::WrongSignature);
        };
        let decoder = Decoder {
            visitors: &self.visitors,
            visitor,
            author,
            conversation,
            now,
        };
        let (mut events, problems) = self.events(&decoder, body);
        for event in &mut events {
            event.provenance.delivery = Some(id.clone());
        }
        let refused = match problems.is_empty() {
            true => "[]".to_owned(),
            false => Value::Array(problems).to_string(),
        };
        let text = format!(r#"{{"events":{},"refused":{refused}}}"#, events.len());
        let mut answer = answer(StatusCode::OK, text);
        let json = HeaderValue::from_static("application/json");
        answer.headers_mut().insert(CONTENT_TYPE, json);
        Received::Accepted { answer, id, events }
    }
}

impl Webhook for ChatWebhook {
    fn receive(&self, delivery: &Delivery, now: DateTime<Utc>) -> Received {
        let mut tokens = delivery.headers().get_all(VISITOR).iter();
        let token = match (tokens.next(), tokens.next()) {
            (None, _) => return refuse(Refusal::Unsigned),
            (Some(token), None) => token.to_str().unwrap_or_default(),
            (Some(_), Some(_)) => return refuse(Refusal::WrongSignature),
        };
        match self.visitors.known(token, now) {
            Some(visitor) => self.accept(&visitor, delivery.body(), now),
            None => refuse(Refusal::WrongSignature),
        }
    }
}

/// 128 bits of SHA-256 over conversation and body. A conversation's id holds no line break.
fn delivery_id(conversation: &ConversationKey, body: &[u8]) -> Result<DeliveryId, BadId> {
    let mut hash = Sha256::new();
    for part in [b"webchat ", conversation.id.as_bytes(), b"\n", body] {
        hash.update(part);
    }
    let digest = hash.finalize();
    let mut id = "d-".to_owned();
    encode_into(&digest[..16], &mut id);
    DeliveryId::new(id)
}

/// The events of a body that is understood, as what our own widget posts is: read in one pass.
fn understood(decoder: &Decoder<'_>, body: &[u8]) -> Option<Vec<Event>> {
    // Looked at once for all texts in it, which is quicker than for each.
    let text = std::str::from_utf8(body).ok()?;
    let body: Body<'_> = serde_json::from_str(text).ok()?;
    if body.events.len() > Limits::EVENTS {
        return None;
    }
    let mut events = Vec::with_capacity(body.events.len());
    for posted in body.events {
        events.push(decoder.event(*posted).ok()?);
    }
    Some(events)
}

/// The events of a body, or the body and what is wrong with it.
fn values(body: &[u8]) -> Result<Vec<Value>, (Value, Problem)> {
    let text = String::from_utf8_lossy(body);
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else {
        let text = Value::String(text.into_owned());
        return Err((text, "the body is no JSON".to_owned()));
    };
    match value.get_mut("events").map(Value::take) {
        Some(Value::Array(events)) if events.len() <= Limits::EVENTS => Ok(events),
        Some(other) => {
            value["events"] = other;
            let problem = format!("events is not a list of up to {}", Limits::EVENTS);
            Err((value, problem))
        }
        None => Err((value, "events is missing".to_owned())),
    }
}

fn refuse(reason: Refusal) -> Received {
    Received::Refused {
        answer: answer(StatusCode::UNAUTHORIZED, reason.to_string()),
        reason,
    }
}
