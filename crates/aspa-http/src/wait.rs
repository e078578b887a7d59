use std::time::Duration;

use chrono::{DateTime, Utc};
use http::HeaderMap;
use http::header::RETRY_AFTER;

/// How long the `retry-after` header asks to wait, as seconds or as a date (RFC 9110 section
/// 10.2.3). A date that is past asks for no wait; what is neither asks for nothing.
/// [`Signals`](crate::Signals) reads what else servers say.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok().map(Duration::from_secs);
    }
    let wait = date(text)?.signed_duration_since(now);
    Some(wait.to_std().unwrap_or(Duration::ZERO))
}

/// A date as it stands in headers.
pub(crate) fn date(text: &str) -> Option<DateTime<Utc>> {
    let date = DateTime::parse_from_rfc2822(text).ok()?;
    Some(date.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_read_and_the_rest_asks_for_nothing() {
        let now = "2026-11-21T08:00:00Z".parse().unwrap();
        let cases = [
            ("120", Some(120)),
            ("0", Some(0)),
            ("Sat, 21 Nov 2026 08:01:30 GMT", Some(90)),
            ("Sat, 21 Nov 2026 07:00:00 GMT", Some(0)),
            ("99999999999999999999999", None),
            ("-5", None),
            ("soon", None),
            ("", None),
        ];
        for (text, seconds) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().unwrap());
            let wait = seconds.map(Duration::from_secs);
            assert_eq!(retry_after(&headers, now), wait, "{text}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
