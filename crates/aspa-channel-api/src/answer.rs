//! What the host's callback answers.

use aspa_channel::{Effect, EffectKind, Error, MessageKey, Receipt};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Response, StatusCode};
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::fields::Fields;
use crate::json::Json;

/// The JSON object in a body, if it holds one.
pub(crate) fn object(response: &Response<Bytes>) -> Option<Value> {
    let value: Value = serde_json::from_slice(response.body()).ok()?;
    value.is_object().then_some(value)
}

/// Whether a body can be what a callback answers to an effect: none, JSON, or a short word such as
/// `OK`. A page or half an answer comes from something in between, which may not have asked the host.
pub(crate) fn is_an_answer(response: &Response<Bytes>) -> bool {
    let body = response.body().trim_ascii();
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b" .!-_".contains(b);
    (body.len() <= 64 && body.iter().all(plain))
        || serde_json::from_slice::<IgnoredAny>(body).is_ok()
}

/// The receipt of an effect that landed. What the callback left out is filled in: a message that was
/// written bears the effect's key where the callback gives no id.
pub(crate) fn receipt(effect: &Effect, answer: Option<&Value>) -> Receipt {
    let empty = Value::Object(Map::new());
    let mut receipt = Receipt::new(effect.key.clone());
    let mut id = None;
    if let Ok(mut fields) = Fields::of(answer.unwrap_or(&empty).into(), "") {
        id = match fields.value("id") {
            Some(Json::Text(text)) => Some(text.into_owned()),
            Some(Json::Word(Value::Number(number))) => Some(number.to_string()),
            _ => None,
        };
        receipt.at = fields.time("at").unwrap_or_default();
        receipt.held = fields.flag("held").unwrap_or_default();
        fields.value("effect");
        receipt.extra = fields.rest();
    }
    let account = effect.account();
    let made = id.and_then(|id| MessageKey::new(account.clone(), &id).ok());
    receipt.messages.extend(match &effect.kind {
        EffectKind::Edit { message, .. }
        | EffectKind::Delete { message, .. }
        | EffectKind::Hide { message, .. }
        | EffectKind::React { message, .. }
        | EffectKind::MarkRead { message, .. } => Some(message.clone()),
        _ => made.or_else(|| MessageKey::new(account.clone(), effect.key.as_str()).ok()),
    });
    receipt
}

/// What a status other than success means.
pub(crate) fn refusal(
    operation: &'static str,
    response: &Response<Bytes>,
    now: DateTime<Utc>,
) -> Error {
    let status = response.status();
    let mut error = Error::refused(operation, response, now);
    if status.is_redirection() {
        error = error.with_remedy("set callback_url to the address it redirects to");
    }
    if status == StatusCode::UNAUTHORIZED {
        error = error.with_remedy("give both sides the same secret and a right clock");
    }
    if let Some(code) = object(response).as_ref().and_then(code) {
        error = error.with_code(code);
    }
    error
}

/// The callback's own word for what went wrong; anything but a short word could be a text.
fn code(answer: &Value) -> Option<&str> {
    let code = answer.get("error")?.as_str()?;
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-' || b == b'.';
    ((1..=64).contains(&code.len()) && code.bytes().all(word)).then_some(code)
}
