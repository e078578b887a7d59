use std::borrow::Cow;
use std::fmt;

use aspa_channel::{Delivery, Event, Received, Refusal, Via, Webhook, answer, without_halves};
use aspa_types::{AccountId, DeliveryId, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::activity;
use crate::budget::Meter;
use crate::config::{ConfigError, check_user_id};
use crate::own::Own;

/// The header with the signature of a delivery: `sha256=` and, in base64, the HMAC-SHA256 of the body
/// (docs.x.com, "Webhooks", read 2026-11-22).
pub(crate) const SIGNATURE: HeaderName = HeaderName::from_static("x-twitter-webhooks-signature");

/// How long a `crc_token` is that gets an answer, in characters of base64 and of words. The body of an event
/// is longer or has other characters, `{` to begin with.
const TOKEN: std::ops::RangeInclusive<usize> = 1..=128;
/// A body of such characters that is at least so long is taken for a token, not for a delivery.
const SURELY_TOKEN: usize = 16;

/// Takes what X posts to an app's webhook: events of the X Activity API, posts of the filtered stream, and
/// bodies of the older Account Activity API, for any number of accounts.
///
/// The answer to X's question whether we are there (CRC) is a signature with the key that also signs
/// events. So that nobody can have an event signed by asking, only a token gets an answer that cannot be
/// the body of one, and a body of 16 characters or more that could be such a token is refused. What is
/// shorter can be no more than an event of unknown kind.
#[derive(Clone)]
pub struct XWebhook {
    secrets: Vec<Secret>,
    all: Vec<Own>,
    meters: Vec<(AccountId, Meter)>,
}

/// `Debug` shows the accounts, never a key.
impl fmt::Debug for XWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("XWebhook")
            .field("accounts", &self.all)
            .finish_non_exhaustive()
    }
}

impl XWebhook {
    /// A webhook for one account, by its id on X, of the app with this consumer secret ("API key
    /// secret").
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for an empty secret or an id that is none.
    pub fn new(
        account: AccountId,
        user_id: impl Into<String>,
        consumer_secret: Secret,
    ) -> Result<Self, ConfigError> {
        let webhook = Self {
            secrets: Vec::new(),
            all: Vec::new(),
            meters: Vec::new(),
        };
        webhook
            .also_signed_by(consumer_secret)?
            .and(account, user_id)
    }

    /// Takes deliveries for one more account of the same app.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for an id that is none.
    pub fn and(
        mut self,
        account: AccountId,
        user_id: impl Into<String>,
    ) -> Result<Self, ConfigError> {
        let user_id = check_user_id(user_id.into())?;
        self.all.push(Own { account, user_id });
        Ok(self)
    }

    /// Takes deliveries that are signed with another secret too: while the app's secret is being replaced.
    /// The first one answers X's questions.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for an empty secret.
    pub fn also_signed_by(mut self, consumer_secret: Secret) -> Result<Self, ConfigError> {
        if consumer_secret.expose().trim().is_empty() {
            return Err(ConfigError::Secret);
        }
        self.secrets.push(consumer_secret);
        Ok(self)
    }

    /// Counts what deliveries for an account cost into what its channel spends: give
    /// [`XChannel::meter`](crate::XChannel::meter).
    #[must_use]
    pub fn metered(mut self, account: AccountId, meter: Meter) -> Self {
        self.meters.push((account, meter));
        self
    }

    fn challenge(&self, delivery: &Delivery) -> Received {
        let query = delivery.uri().query().unwrap_or_default();
        let token = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("crc_token="))
            .and_then(|token| {
                let token = percent_encoding::percent_decode_str(token);
                token.decode_utf8().ok()
            });
        let token = token.filter(|token| is_token(token.as_bytes()));
        let (Some(token), Some(secret)) = (token, self.secrets.first()) else {
            return refused(StatusCode::FORBIDDEN, Refusal::WrongHandshake);
        };
        let signature = STANDARD.encode(mac(secret, token.as_bytes()).finalize().into_bytes());
        let text = json!({ "response_token": format!("sha256={signature}") }).to_string();
        let mut answer = answer(StatusCode::OK, text);
        let json = HeaderValue::from_static("application/json");
        answer.headers_mut().insert(CONTENT_TYPE, json);
        Received::Handshake { answer }
    }

    fn verify(&self, delivery: &Delivery) -> Result<(), Refusal> {
        let given = delivery
            .headers()
            .get(&SIGNATURE)
            .ok_or(Refusal::Unsigned)?;
        let given = given.as_bytes().strip_prefix(b"sha256=");
        let given = given.and_then(|given| STANDARD.decode(given).ok());
        let given = given.ok_or(Refusal::WrongSignature)?;
        let body = delivery.body();
        if body.len() >= SURELY_TOKEN && is_token(body) {
            return Err(Refusal::WrongSignature);
        }
        // Compared in constant time, and with every key whatever the others said.
        let mut fits = false;
        for secret in &self.secrets {
            fits |= mac(secret, delivery.body()).verify_slice(&given).is_ok();
        }
        match fits {
            true => Ok(()),
            false => Err(Refusal::WrongSignature),
        }
    }

    fn events(&self, id: &DeliveryId, body: &Value, now: DateTime<Utc>) -> Vec<Event> {
        let mut events = activity::events(body, &self.all, &Via::Webhook, now);
        for event in &mut events {
            event.provenance.delivery = Some(id.clone());
        }
        events
    }
}

impl Webhook for XWebhook {
    fn receive(&self, delivery: &Delivery, now: DateTime<Utc>) -> Received {
        if delivery.method() == Method::GET {
            return self.challenge(delivery);
        }
        if let Err(reason) = self.verify(delivery) {
            return refused(StatusCode::UNAUTHORIZED, reason);
        }
        let body = value(delivery.body());
        let id = match activity::event_uuid(&body) {
            Some(uuid) => DeliveryId::derive(&["x event", uuid]),
            None => DeliveryId::derive(&["x body", &readable(delivery.body())]),
        };
        let events = self.events(&id, &body, now);
        for (account, meter) in &self.meters {
            meter.count(events.iter().filter(|event| event.account == *account), now);
        }
        Received::Accepted {
            answer: answer(StatusCode::OK, ""),
            id,
            events,
        }
    }

    fn decode(
        &self,
        id: &DeliveryId,
        body: &[u8],
        received_at: DateTime<Utc>,
    ) -> Option<Vec<Event>> {
        Some(self.events(id, &value(body), received_at))
    }
}

/// The JSON of a body; else the body as a text.
fn value(body: &[u8]) -> Value {
    let text = std::str::from_utf8(body).map(without_halves);
    let value = text.ok().and_then(|text| serde_json::from_str(&text).ok());
    value.unwrap_or_else(|| Value::String(readable(body).into_owned()))
}

/// A body as a text; in hexadecimal where it is none, so that two bodies stay two.
fn readable(body: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(body) {
        Ok(text) => text.into(),
        Err(_) => aspa_types::hex::encode(body).into(),
    }
}

fn is_token(text: &[u8]) -> bool {
    let is_base64 = |b: &u8| b.is_ascii_alphanumeric() || b"+/=_-.~".contains(b);
    TOKEN.contains(&text.len()) && text.iter().all(is_base64)
}

#[expect(
    clippy::expect_used,
    reason = "RFC 2104 section 2: an HMAC takes keys of any length"
)]
fn mac(secret: &Secret, bytes: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::new_from_slice(secret.expose().as_bytes()).expect("any length is a key");
    mac.update(bytes);
    mac
}

fn refused(status: StatusCode, reason: Refusal) -> Received {
    Received::Refused {
        answer: answer(status, reason.to_string()),
        reason,
    }
}
