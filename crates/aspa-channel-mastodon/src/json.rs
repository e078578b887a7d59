//! Reading JSON of servers that differ: what is missing or of another type is none, never an error.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde_json::Value;

/// An id, which some servers write as a number. Opaque.
pub(crate) fn id<'a>(value: &'a Value, name: &str) -> Option<Cow<'a, str>> {
    match &value[name] {
        Value::String(id) if !id.is_empty() => Some(Cow::Borrowed(id)),
        Value::Number(id) => Some(Cow::Owned(id.to_string())),
        _ => None,
    }
}

/// A text that is not empty.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value[name].as_str().filter(|text| !text.is_empty())
}

pub(crate) fn flag(value: &Value, name: &str) -> bool {
    value[name].as_bool().unwrap_or_default()
}

pub(crate) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// A time of RFC 3339, which is what Mastodon's ISO 8601 times are.
pub(crate) fn time(value: &Value, name: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(value[name].as_str()?).ok()?;
    Some(time.with_timezone(&Utc))
}
