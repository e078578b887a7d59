//! What Meta's JSON holds in more than one spelling: ids as texts or numbers of any size, times in seconds,
//! in milliseconds or in ISO 8601.

use chrono::{DateTime, Utc};
use serde::de::{Deserialize, Deserializer, Error};
use serde_json::Value;
use serde_json::value::RawValue;

/// From here on a number is milliseconds since 1970: in seconds it would be the year 5138.
const MILLISECONDS: i64 = 100_000_000_000;

/// An id with all its digits: some pass 2^53, and a few 2^64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Id(pub(crate) String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        if raw.starts_with('"') {
            return serde_json::from_str(raw)
                .map(Self)
                .map_err(D::Error::custom);
        }
        match !raw.is_empty() && raw.bytes().all(|b| b.is_ascii_digit()) {
            true => Ok(Self(raw.to_owned())),
            false => Err(D::Error::custom("no id")),
        }
    }
}

/// An id, where an empty one means that there is none.
pub(crate) fn given(id: Option<&Id>) -> Option<&str> {
    id.map(|id| id.0.as_str()).filter(|id| !id.is_empty())
}

/// A text, where an empty one means that there is none.
pub(crate) fn written(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// A whole number, also in quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count(pub(crate) i64);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let digits = raw.trim_matches('"');
        digits.parse().map(Self).map_err(D::Error::custom)
    }
}

/// Yes or no, also as a number or in quotes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Flag(pub(crate) bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        match raw.trim_matches('"') {
            "true" | "1" => Ok(Self(true)),
            "false" | "0" | "" => Ok(Self(false)),
            _ => Err(D::Error::custom("neither yes nor no")),
        }
    }
}

/// An instant, in whatever unit it is told. None where it is no instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) Option<DateTime<Utc>>);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        Ok(Self(instant(raw.trim_matches('"'))))
    }
}

/// Reads seconds (also with a fraction), milliseconds, or ISO 8601 with or without a colon in the offset.
pub(crate) fn instant(text: &str) -> Option<DateTime<Utc>> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    if let Ok(number) = whole.parse::<i64>() {
        return match number >= MILLISECONDS {
            true => DateTime::from_timestamp_millis(number),
            false => DateTime::from_timestamp(number, 0),
        };
    }
    let iso = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z");
    iso.or_else(|_| DateTime::parse_from_rfc3339(text))
        .ok()
        .map(|at| at.to_utc())
}

/// A piece of JSON as it came; as a text where it is too deep to be read.
pub(crate) fn value(raw: &str) -> Value {
    serde_json::from_str(raw).unwrap_or_else(|_| Value::String(raw.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_every_digit() {
        for (json, id) in [
            (r#""10158000000000001""#, "10158000000000001"),
            ("9007199254740993", "9007199254740993"),
            ("18446744073709551617", "18446744073709551617"),
            (r#""1_2""#, "1_2"),
            (r#""m_\u0041\/""#, "m_A/"),
        ] {
            assert_eq!(serde_json::from_str::<Id>(json).unwrap().0, id, "{json}");
        }
        for json in ["1.5", "-3", "true", "{}", "1e3", r#""\ud800""#] {
            assert!(serde_json::from_str::<Id>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn instants_in_every_unit_are_the_same() {
        let at: DateTime<Utc> = "2026-11-13T10:33:16Z".parse().unwrap();
        for text in [
            "1794565996",
            "1794565996.25",
            "1794565996000",
            "2026-11-13T10:33:16+0000",
            "2026-11-13T12:33:16+02:00",
            "2026-11-13T10:33:16Z",
        ] {
            assert_eq!(instant(text), Some(at), "{text}");
        }
        for text in ["", "soon", "99999999999999999999", "2026-11-13"] {
            assert_eq!(instant(text), None, "{text}");
        }
    }
}
