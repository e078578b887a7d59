use aspa_channel::{Delivery, Event, EventKind, Received, Refusal, Via, Webhook, answer};
use aspa_types::{AccountId, DeliveryId, Network, hex};
use chrono::{DateTime, Utc};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::config::{ConfigError, WebhookConfig, check_secret};
use crate::decode::Decoder;
use crate::fields::Problem;
use crate::json::Json;
use crate::signature::{Key, verify_by};

/// Takes what the host's app, or a bridge to a network, posts: signed JSON, as the crate's page
/// describes it.
///
/// An event that is not understood is kept under the webhook's first account as
/// [`EventKind::Unknown`], `{ "problem": …, "event": … }`, and the answer tells the problem to whoever
/// wrote the sender.
#[derive(Debug)]
pub struct ApiWebhook {
    accounts: Vec<AccountId>,
    keys: Vec<Key>,
    network: Network,
}

impl ApiWebhook {
    /// A webhook for these accounts.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when there is no secret or one is too short.
    pub fn new(config: WebhookConfig) -> Result<Self, ConfigError> {
        if config.secrets.is_empty() {
            return Err(ConfigError::NoSecret);
        }
        config.secrets.iter().try_for_each(check_secret)?;
        let mut accounts = vec![config.account];
        accounts.extend(config.more_accounts);
        Ok(Self {
            accounts,
            keys: config.secrets.iter().map(Key::of).collect(),
            network: config.network,
        })
    }

    /// Keeps what was not understood one level down, beside the reason: were it on top, its own
    /// `type` could be taken for that of an event when it is read back from a store.
    fn unknown(&self, what: &str, value: &Value, problem: &Problem) -> Event {
        let account = self.accounts[0].clone();
        let kept = EventKind::Unknown(json!({ "problem": problem, what: value }));
        Event::new(account, kept, Via::Webhook)
    }

    /// Every event of a body, and what was not understood.
    fn events(&self, id: &DeliveryId, body: &[u8], now: DateTime<Utc>) -> (Vec<Event>, Vec<Value>) {
        let decoder = Decoder {
            accounts: &self.accounts,
            network: &self.network,
            now,
        };
        let (mut events, problems) = match understood(&decoder, body) {
            Some(events) => (events, Vec::new()),
            None => self.one_by_one(&decoder, body),
        };
        for event in &mut events {
            event.provenance.delivery = Some(id.clone());
        }
        (events, problems)
    }

    /// The same where something is not understood and has to be kept as it came.
    fn one_by_one(&self, decoder: &Decoder<'_>, body: &[u8]) -> (Vec<Event>, Vec<Value>) {
        let mut problems = Vec::new();
        let events = match values(body) {
            Ok(values) => {
                let one = |(index, value): (usize, &Value)| {
                    decoder.event(value.into()).unwrap_or_else(|problem| {
                        let event = self.unknown("event", value, &problem);
                        problems.push(json!({ "index": index, "problem": problem }));
                        event
                    })
                };
                values.iter().enumerate().map(one).collect()
            }
            Err((value, problem)) => {
                let event = self.unknown("body", &value, &problem);
                problems.push(json!({ "problem": problem }));
                vec![event]
            }
        };
        (events, problems)
    }

    fn accept(&self, id: DeliveryId, body: &[u8], now: DateTime<Utc>) -> Received {
        let (events, problems) = self.events(&id, body, now);
        let count = events.len();
        let text = match problems.is_empty() {
            true => format!(r#"{{"events":{count},"unknown":[]}}"#),
            false => json!({ "events": count, "unknown": problems }).to_string(),
        };
        let mut answer = answer(StatusCode::OK, text);
        let json = HeaderValue::from_static("application/json");
        answer.headers_mut().insert(CONTENT_TYPE, json);
        Received::Accepted { answer, id, events }
    }
}

/// A body as most are.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    events: Vec<Json<'a>>,
}

/// Every event of a body in which everything is understood, read in one pass.
fn understood(decoder: &Decoder<'_>, body: &[u8]) -> Option<Vec<Event>> {
    let body: Body<'_> = serde_json::from_str(std::str::from_utf8(body).ok()?).ok()?;
    let events = body.events.into_iter();
    events.map(|event| decoder.event(event).ok()).collect()
}

/// The events of a body, or the body and what is wrong with it.
fn values(body: &[u8]) -> Result<Vec<Value>, (Value, Problem)> {
    let Ok(text) = std::str::from_utf8(body) else {
        // In hexadecimal, so that two different bodies stay two.
        return Err((
            Value::String(hex::encode(body)),
            "the body is not UTF-8".to_owned(),
        ));
    };
    let Ok(mut value) = serde_json::from_str::<Value>(text) else {
        let text = Value::String(text.to_owned());
        return Err((text, "the body is no JSON".to_owned()));
    };
    match value.get_mut("events").map(Value::take) {
        Some(Value::Array(events)) => Ok(events),
        Some(other) => {
            value["events"] = other;
            Err((value, "events is not a list".to_owned()))
        }
        None => Err((value, "events is missing".to_owned())),
    }
}

impl Webhook for ApiWebhook {
    fn receive(&self, delivery: &Delivery, now: DateTime<Utc>) -> Received {
        match verify_by(&self.keys, delivery.headers(), delivery.body(), now) {
            Ok(id) => self.accept(id, delivery.body(), now),
            Err(reason) => refuse(reason),
        }
    }

    fn decode(
        &self,
        id: &DeliveryId,
        body: &[u8],
        received_at: DateTime<Utc>,
    ) -> Option<Vec<Event>> {
        Some(self.events(id, body, received_at).0)
    }
}

fn refuse(reason: Refusal) -> Received {
    Received::Refused {
        answer: answer(StatusCode::UNAUTHORIZED, reason.to_string()),
        reason,
    }
}
