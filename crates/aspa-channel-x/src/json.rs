//! Reading JSON that differs from version to version: what is missing or of another type is none, never
//! an error.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde_json::Value;

/// An id. The older deliveries write it twice, and the number is rounded by whoever reads it as a float, so
/// the text beside it (`id_str`) goes first. Opaque.
pub(crate) fn id<'a>(value: &'a Value, name: &str) -> Option<Cow<'a, str>> {
    let object = value.as_object()?;
    let plain = object.get(name);
    if let Some(id @ Cow::Borrowed(_)) = plain.and_then(bare_id) {
        return Some(id);
    }
    if let Some(id) = object.get(&format!("{name}_str")).and_then(Value::as_str)
        && !id.is_empty()
    {
        return Some(Cow::Borrowed(id));
    }
    bare_id(plain?)
}

/// An id that stands by itself, as in a list.
pub(crate) fn bare_id(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(id) if !id.is_empty() => Some(Cow::Borrowed(id)),
        Value::Number(id) if id.is_u64() || id.is_i64() => Some(Cow::Owned(id.to_string())),
        _ => None,
    }
}

/// A text that is not empty.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str().filter(|text| !text.is_empty())
}

pub(crate) fn flag(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or_default()
}

pub(crate) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    let list = value.get(name).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

/// The first of these lists that is there: X calls posts `tweets` or `posts`, by version.
pub(crate) fn either<'a>(value: &'a Value, names: [&str; 2]) -> &'a [Value] {
    match list(value, names[0]) {
        [] => list(value, names[1]),
        list => list,
    }
}

/// A time of RFC 3339; of the older deliveries, `Wed Nov 18 20:19:24 +0000 2026`.
pub(crate) fn time(value: &Value, name: &str) -> Option<DateTime<Utc>> {
    let text = text(value, name)?;
    let time = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%a %b %d %H:%M:%S %z %Y"));
    Some(time.ok()?.with_timezone(&Utc))
}

/// Milliseconds since 1970, as a text or a number. What would be in the first three years of that are
/// seconds.
pub(crate) fn milliseconds(value: &Value, name: &str) -> Option<DateTime<Utc>> {
    const FEW: i64 = 100_000_000_000;
    let number: i64 = match value.get(name)? {
        Value::String(text) => text.parse().ok()?,
        Value::Number(number) => number.as_i64()?,
        _ => return None,
    };
    if number < FEW {
        DateTime::from_timestamp(number, 0)
    } else {
        DateTime::from_timestamp_millis(number)
    }
}

/// When an id was made: X counts milliseconds since 2010-11-04T01:42:54.657Z above the lowest 22 bits
/// (announced as "Snowflake" in 2010; ids before are smaller).
pub(crate) fn made_at(id: &str) -> Option<DateTime<Utc>> {
    let id: i64 = id.parse().ok()?;
    let is_counted = id > 30_000_000_000;
    DateTime::from_timestamp_millis((id >> 22) + 1_288_834_974_657).filter(|_| is_counted)
}

/// The order of two ids of X: decimal numbers without leading zeros.
pub(crate) fn order(a: &str, b: &str) -> std::cmp::Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Whether a text is an id of X, such as may stand in a path: 1 to 19 digits (the pattern of the OpenAPI
/// document, 2.159).
pub(crate) fn is_id(text: &str) -> bool {
    (1..=19).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ids_are_texts_whatever_they_come_as() {
        let cases = [
            (
                json!({"id": "2080761390344937797"}),
                Some("2080761390344937797"),
            ),
            (
                json!({"id": 2_080_761_390_344_937_797_u64}),
                Some("2080761390344937797"),
            ),
            (
                json!({"id": 2_080_761_390_344_937_700_u64, "id_str": "2080761390344937797"}),
                Some("2080761390344937797"),
            ),
            (json!({"id_str": "7"}), Some("7")),
            (json!({"id": 2.08e18}), None),
            (json!({"id": ""}), None),
            (json!({"id": null}), None),
            (json!([]), None),
        ];
        for (value, expected) in cases {
            assert_eq!(id(&value, "id").as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn an_id_tells_when_it_was_made() {
        let made = made_at("2080761390344937796").unwrap();
        assert_eq!(made.to_rfc3339(), "2026-07-24T21:05:48.792+00:00");
        assert_eq!(made_at("20"), None);
        assert_eq!(made_at("-5"), None);
        assert_eq!(made_at("x"), None);
    }

    #[test]
    fn times_come_in_every_spelling() {
        let value = json!({
            "iso": "2026-11-22T08:00:00.000Z", "old": "Sun Nov 22 08:00:00 +0000 2026",
            "seconds": 1_795_334_400, "text": "1795334400000", "number": 1_795_334_400_000_i64, "float": 1.5, "no": "soon",
        });
        let at: DateTime<Utc> = "2026-11-22T08:00:00Z".parse().unwrap();
        assert_eq!([time(&value, "iso"), time(&value, "old")], [Some(at); 2]);
        assert_eq!(
            ["text", "number", "seconds"].map(|name| milliseconds(&value, name)),
            [Some(at); 3]
        );
        assert_eq!(
            [
                time(&value, "no"),
                milliseconds(&value, "float"),
                milliseconds(&value, "no")
            ],
            [None; 3]
        );
    }
}
