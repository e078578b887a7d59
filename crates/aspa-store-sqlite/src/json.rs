use std::fmt::Display;

use aspa_store::{Error, ErrorKind};
pub(crate) use aspa_store::{decode, encode};
use chrono::{DateTime, SecondsFormat, Utc};
use sha2::{Digest, Sha256};

/// Nanoseconds since 1970. What lies outside 1677 to 2262 stands at the end of that time: it only
/// sorts, the JSON beside it is exact.
pub(crate) fn nanos(at: DateTime<Utc>) -> i64 {
    let end = if at.timestamp() < 0 { i64::MIN } else { LAST };
    at.timestamp_nanos_opt().unwrap_or(end)
}

/// The last place before "never".
const LAST: i64 = i64::MAX - 1;

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

/// The first 16 bytes of SHA-256: enough that two texts of one account never share them.
pub(crate) fn digest(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes())[..16].to_vec()
}
