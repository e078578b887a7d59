use aspa_channel::{Delivery, Event, Received, Refusal, Webhook, answer};
use aspa_types::DeliveryId;
use chrono::{DateTime, Utc};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, StatusCode};
use subtle::ConstantTimeEq;

use crate::config::{ConfigError, WebhookConfig};
use crate::delivery::Decoder;
use crate::place::Place;
use crate::signature::verify;

/// The longest challenge that is answered, in bytes.
const LONGEST_CHALLENGE: usize = 1 << 10;

/// The webhook of a Meta app: the handshake, the signature, and every event of every Page in a delivery.
///
/// `GET` with `hub.mode=subscribe`, the verify token and a challenge is answered with the challenge; `POST`
/// has to bear `X-Hub-Signature-256`. What is signed is answered 200 whatever it holds, since Meta repeats
/// anything else for a day and then ends the subscription. Sources: facts in the book's chapter on Meta,
/// checked 2026-11-21, not verified against the live network.
#[derive(Debug)]
pub struct MetaWebhook {
    config: WebhookConfig,
    places: Vec<Place>,
}

impl MetaWebhook {
    /// A webhook for these Pages.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the field at fault.
    pub fn new(config: WebhookConfig) -> Result<Self, ConfigError> {
        config.check()?;
        let place = |page: &crate::config::PageHook| Place {
            account: page.account.clone(),
            page: page.page.as_str().into(),
        };
        let places = config.pages.iter().map(place).collect();
        Ok(Self { config, places })
    }

    fn handshake(&self, query: &str) -> Option<String> {
        let (mut mode, mut token, mut challenge) = (None, None, None);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let slot = match &*name {
                "hub.mode" => &mut mode,
                "hub.verify_token" => &mut token,
                "hub.challenge" => &mut challenge,
                _ => continue,
            };
            if slot.replace(value).is_some() {
                return None;
            }
        }
        let (mode, token, challenge) = (mode?, token?, challenge?);
        let wanted = self.config.verify_token.expose().as_bytes();
        let agreed = bool::from(token.as_bytes().ct_eq(wanted)) && mode == "subscribe";
        // The answer stands on our own address: nothing that a browser would take for a page.
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        let fits = (1..=LONGEST_CHALLENGE).contains(&challenge.len());
        (agreed && fits && challenge.bytes().all(plain)).then(|| challenge.into_owned())
    }

    fn events(&self, id: &DeliveryId, body: &[u8], now: DateTime<Utc>) -> Vec<Event> {
        let decoder = Decoder {
            places: &self.places,
            app: self.config.app_id.as_deref(),
            now,
        };
        let mut events = decoder.events(body);
        for event in &mut events {
            event.provenance.delivery = Some(id.clone());
        }
        events
    }
}

impl Webhook for MetaWebhook {
    fn receive(&self, delivery: &Delivery, now: DateTime<Utc>) -> Received {
        if delivery.method() == Method::GET {
            let challenge = self.handshake(delivery.uri().query().unwrap_or_default());
            return match challenge {
                Some(challenge) => Received::Handshake {
                    answer: text(StatusCode::OK, challenge),
                },
                None => refuse(StatusCode::FORBIDDEN, Refusal::WrongHandshake),
            };
        }
        let body = delivery.body();
        match verify(&self.config.app_secrets, delivery.headers(), body) {
            Ok(id) => Received::Accepted {
                answer: text(StatusCode::OK, "EVENT_RECEIVED".to_owned()),
                events: self.events(&id, body, now),
                id,
            },
            Err(reason) => refuse(StatusCode::UNAUTHORIZED, reason),
        }
    }

    fn decode(
        &self,
        id: &DeliveryId,
        body: &[u8],
        received_at: DateTime<Utc>,
    ) -> Option<Vec<Event>> {
        Some(self.events(id, body, received_at))
    }
}

fn refuse(status: StatusCode, reason: Refusal) -> Received {
    Received::Refused {
        answer: text(status, reason.to_string()),
        reason,
    }
}

fn text(status: StatusCode, body: String) -> http::Response<bytes::Bytes> {
    let mut answer = answer(status, body);
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, plain);
    let nosniff = HeaderValue::from_static("nosniff");
    answer
        .headers_mut()
        .insert(http::header::X_CONTENT_TYPE_OPTIONS, nosniff);
    answer
}
