use std::fmt::Display;

pub(crate) use aspa_store::copy::event_digest as digest;
use aspa_store::{Error, ErrorKind};
pub(crate) use aspa_store::{decode, encode};
use chrono::{DateTime, SecondsFormat, Utc};

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
