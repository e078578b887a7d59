use std::fmt::Display;

pub(crate) use aspa_store::copy::key_digest as digest;
use aspa_store::copy::{event_digest, seen_digest};
use aspa_store::{Error, ErrorKind};
pub(crate) use aspa_store::{decode, encode};
use chrono::{DateTime, SecondsFormat, Utc};

/// Nanoseconds since 1970. What lies outside 1677 to 2262 stands at the end of that time: it only
/// sorts, the JSON beside it is exact.
pub(crate) fn nanos(at: DateTime<Utc>) -> i64 {
    let end = if at.timestamp() < 0 { i64::MIN } else { LAST };
    at.timestamp_nanos_opt().unwrap_or(end)
}

/// Where tickets stand that have no time to sort by: last.
pub(crate) const NEVER: i64 = i64::MAX;
/// The last place before "never".
const LAST: i64 = NEVER - 1;

pub(crate) fn time_text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

pub(crate) fn time(
    operation: &'static str,
    row: impl Display,
    text: &str,
) -> Result<DateTime<Utc>, Error> {
    text.parse().map_err(|_| {
        Error::new(ErrorKind::Corrupt, operation).with_detail(format_args!("time of {row}"))
    })
}

/// Words up to this many bytes stand in their column as they are.
const LONGEST_WORD: usize = 200;

/// A word that is only compared for equality, such as a state. A long one, and one with characters
/// that a column of text cannot hold, is replaced by a hash behind a character that no plain word
/// begins with.
pub(crate) fn word(text: &str) -> String {
    if text.len() <= LONGEST_WORD && !text.starts_with('\u{1}') && !text.contains('\0') {
        return text.to_owned();
    }
    let mut hashed = String::from('\u{1}');
    for byte in digest(&[text]) {
        hashed.push_str(&format!("{byte:02x}"));
    }
    hashed
}

/// Event keys up to this many bytes are stored as they are: those of one time lie next to each
/// other, so that a batch touches few pages of the index.
const LONGEST_EVENT_KEY: usize = 64;

/// An event's key, or the hash of a long one behind a byte that no text holds.
pub(crate) fn event_key(key: String) -> Vec<u8> {
    if key.len() <= LONGEST_EVENT_KEY {
        return key.into_bytes();
    }
    seen_digest(&event_digest(&key))
}

/// Numbers come from the database; one that it cannot hold is not there.
pub(crate) fn number(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

/// The most that a limit can be.
pub(crate) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_keys_that_differ_stay_different() {
        let long = "x".repeat(LONGEST_WORD + 1);
        let hashed = word(&long);
        let words = ["open", "", &long, "a\0b", "a\0c", &hashed].map(word);
        for (place, one) in words.iter().enumerate() {
            assert!(!one.contains('\0') && one.len() <= LONGEST_WORD);
            assert!(words[..place].iter().all(|other| other != one), "{one:?}");
        }
        assert_eq!(word("open"), "open");
        let long = event_key("k".repeat(LONGEST_EVENT_KEY + 1));
        assert_eq!(
            (long.len(), std::str::from_utf8(&long).is_err()),
            (17, true)
        );
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
    }

    #[test]
    fn times_past_the_end_stand_before_never() {
        assert_eq!(nanos(DateTime::<Utc>::MAX_UTC), NEVER - 1);
        assert_eq!(nanos(DateTime::<Utc>::MIN_UTC), i64::MIN);
    }
}
