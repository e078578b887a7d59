use aspa_channel::{Delivery, Event, EventKind, Received, Refusal, Via, Webhook, answer};
use aspa_types::{DeliveryId, Secret, hex};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::comment::{Comment, Problem, shown, unknown, visibility};
use crate::config::{ConfigError, MIN_SECRET, WebhookConfig};
use crate::poll::first;
use crate::site::{Site, scope};

/// The header with the signature: `sha256=` and 64 hexadecimal digits, HMAC-SHA256 of the raw body.
pub const SIGNATURE: HeaderName = HeaderName::from_static("x-aspa-signature");

/// Takes what the plugin `aspa-events.php` posts when comments are written, edited, moderated or
/// deleted. For any number of sites; a site is believed only what its own secret signed.
///
/// What is not understood is kept as [`EventKind::Unknown`]; an event without the comment itself is a
/// hint, kept the same way, and the next poll brings what it hints at.
#[derive(Debug)]
pub struct WordPressWebhook {
    sites: Vec<(Site, Vec<Secret>)>,
}

impl WordPressWebhook {
    /// A webhook for these sites.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when there is no site, no secret or one that is too short, or an address is none.
    pub fn new(config: WebhookConfig) -> Result<Self, ConfigError> {
        if config.sites.is_empty() {
            return Err(ConfigError::NoSite);
        }
        let mut sites = Vec::new();
        for hook in config.sites {
            if hook.secrets.is_empty() {
                return Err(ConfigError::NoSecret);
            }
            if hook
                .secrets
                .iter()
                .any(|secret| secret.expose().len() < MIN_SECRET)
            {
                return Err(ConfigError::ShortSecret);
            }
            sites.push((hook.site()?, hook.secrets));
        }
        Ok(Self { sites })
    }

    /// The sites whose secrets signed this. All are tried, so that the time does not tell which one fits.
    fn signers(&self, headers: &HeaderMap, body: &[u8]) -> Result<Vec<&Site>, Refusal> {
        let mut values = headers.get_all(&SIGNATURE).iter();
        let value = values.next().ok_or(Refusal::Unsigned)?;
        if values.next().is_some() {
            return Err(Refusal::WrongSignature);
        }
        let digits = value
            .to_str()
            .ok()
            .and_then(|value| value.strip_prefix("sha256="));
        let given = digits
            .and_then(hex::decode)
            .ok_or(Refusal::WrongSignature)?;
        let signed = |secret: &Secret| {
            #[expect(
                clippy::expect_used,
                reason = "RFC 2104 section 2: an HMAC takes keys of any length"
            )]
            let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes())
                .expect("any length is a key");
            mac.update(body);
            mac.verify_slice(&given).is_ok()
        };
        let by = |secrets: &[Secret]| secrets.iter().fold(false, |any, one| any | signed(one));
        let mut signers = Vec::new();
        for (site, secrets) in &self.sites {
            if by(secrets) {
                signers.push(site);
            }
        }
        if signers.is_empty() {
            return Err(Refusal::WrongSignature);
        }
        Ok(signers)
    }

    fn events(signers: &[&Site], id: &DeliveryId, body: &[u8], now: DateTime<Utc>) -> Vec<Event> {
        let mut events = decode(signers, body, now);
        for event in &mut events {
            event.provenance.delivery = Some(id.clone());
        }
        events
    }
}

/// Every event of a body. It says of which site it is; one that has not signed it is not believed.
fn decode(signers: &[&Site], body: &[u8], now: DateTime<Utc>) -> Vec<Event> {
    let Some(any) = signers.first() else {
        return Vec::new();
    };
    let whole = |value: &Value, problem: &str| {
        vec![unknown(
            any,
            "body",
            value,
            &problem.to_owned(),
            Via::Webhook,
        )]
    };
    let value = match serde_json::from_slice::<Value>(body) {
        Ok(value) => value,
        Err(_) => {
            let text = std::str::from_utf8(body).map_or_else(|_| hex::encode(body), str::to_owned);
            return whole(&Value::String(text), "the body is no JSON");
        }
    };
    let named = value.get("site").and_then(Value::as_str).map(scope);
    let site = match (named, signers) {
        (Some(named), _) => signers.iter().find(|site| site.scope == named),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    let Some(site) = site else {
        return whole(&value, "site is not one that signed");
    };
    match value.get("events") {
        Some(Value::Array(entries)) if !entries.is_empty() => entries
            .iter()
            .flat_map(|entry| one(site, entry, now))
            .collect(),
        // One event alone.
        None if value.get("event").is_some() => one(site, &value, now),
        _ => vec![unknown(
            site,
            "body",
            &value,
            &"events is no list".to_owned(),
            Via::Webhook,
        )],
    }
}

fn one(site: &Site, entry: &Value, now: DateTime<Utc>) -> Vec<Event> {
    let read = event(site, entry, now);
    read.unwrap_or_else(|problem| {
        let mut entry = entry.clone();
        // What nobody asked for is left out of the comment inside, too.
        if let Some(comment) = entry.get_mut("comment") {
            let kept = unknown(site, "comment", comment, &problem, Via::Webhook);
            if let EventKind::Unknown(mut kept) = kept.kind {
                *comment = kept["comment"].take();
            }
        }
        vec![unknown(site, "event", &entry, &problem, Via::Webhook)]
    })
}

fn event(site: &Site, entry: &Value, now: DateTime<Utc>) -> Result<Vec<Event>, Problem> {
    let name = entry
        .get("event")
        .and_then(Value::as_str)
        .ok_or("event is missing")?;
    let at = entry.get("at").and_then(Value::as_str);
    let at: Option<DateTime<Utc>> = at.and_then(|at| at.parse().ok());
    let comment = entry.get("comment").filter(|comment| !comment.is_null());
    let comment = comment.map(Comment::read).transpose()?;
    let id = entry
        .get("comment_id")
        .and_then(Value::as_u64)
        .filter(|id| *id > 0);
    let id = comment
        .as_ref()
        .map(|comment| comment.id)
        .or(id)
        .ok_or("comment_id is missing")?;
    let key = site.message(id).map_err(|problem| problem.to_string())?;
    let visible = |now: &str| {
        let mut event = shown(site, key.clone(), visibility(now), Via::Webhook);
        event.at = comment.as_ref().and_then(Comment::turned).or(at);
        vec![event]
    };
    match name {
        "created" => {
            let comment = comment.ok_or("a hint: the comment is missing")?;
            let mut events = first(site, &comment, 0, &Via::Webhook)?;
            received(&mut events, now);
            Ok(events)
        }
        "edited" => {
            let comment = comment.ok_or("a hint: the comment is missing")?;
            let edited = comment
                .edited()
                .or_else(|| at?.timestamp_millis().try_into().ok());
            let edited = edited.ok_or("at is missing")?;
            let mut event = comment.event(site, edited, Via::Webhook)?;
            if let EventKind::Message(message) = &mut event.kind {
                message.edited_at = message.edited_at.or(at);
            }
            let mut events = vec![event];
            received(&mut events, now);
            Ok(events)
        }
        "status" => match entry.get("to").and_then(Value::as_str) {
            Some(to) => Ok(visible(to)),
            None => Err("to is missing".to_owned()),
        },
        "deleted" => Ok(visible("delete")),
        _ => Err("event is not known".to_owned()),
    }
}

fn received(events: &mut [Event], now: DateTime<Utc>) {
    for event in events {
        if let EventKind::Message(message) = &mut event.kind {
            message.times.received = Some(now);
        }
    }
}

impl Webhook for WordPressWebhook {
    fn receive(&self, delivery: &Delivery, now: DateTime<Utc>) -> Received {
        let body = delivery.body();
        let signers = match self.signers(delivery.headers(), body) {
            Ok(signers) => signers,
            Err(reason) => {
                return Received::Refused {
                    answer: answer(StatusCode::UNAUTHORIZED, reason.to_string()),
                    reason,
                };
            }
        };
        let id = DeliveryId::derive(&["wordpress", &hex::encode(&Sha256::digest(body))]);
        let events = Self::events(&signers, &id, body, now);
        let text = json!({ "events": events.len() }).to_string();
        let answer = answer(StatusCode::OK, text);
        Received::Accepted { answer, id, events }
    }

    fn decode(
        &self,
        id: &DeliveryId,
        body: &[u8],
        received_at: DateTime<Utc>,
    ) -> Option<Vec<Event>> {
        match self.sites.as_slice() {
            [(site, _)] => Some(Self::events(&[site], id, body, received_at)),
            // The body does not tell who signed it, and a site is not believed about another.
            _ => None,
        }
    }
}
