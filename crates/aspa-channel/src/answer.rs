//! What answers over HTTP mean for an effect. Feature `http`.

use aspa_http::{HttpError, HttpErrorKind, Signals};
use chrono::{DateTime, Utc};
use http::Response;

use crate::error::{Error, ErrorKind, Landed, Status};

impl Error {
    /// What an answer other than a success means where the network documents nothing else.
    ///
    /// | status | kind | landed |
    /// | --- | --- | --- |
    /// | 301, 307, 308 | `Protocol`, until somebody sets the address | no: sent elsewhere |
    /// | other 3xx | `Protocol`, the same | maybe: it may follow a finished one |
    /// | 401 · 403 · 404, 410 · 405, 501 · 413 | `Unauthorized` · `Forbidden` · `NotFound` · `Unsupported` · `TooLong` | no |
    /// | 408 | `Unavailable` | maybe: a gateway may have passed it on |
    /// | 409 | `Duplicate` | maybe: it may be our own that is there |
    /// | 429 | `Throttled` | no |
    /// | other 4xx | `Invalid` | no |
    /// | other 5xx | `Unavailable` | maybe |
    /// | everything else | `Protocol` | maybe |
    ///
    /// By RFC 9110 section 15 and RFC 6585 section 4. The wait of [`Signals`] goes along where waiting
    /// helps; instants are measured from `now`. The error shows the status and nothing else of the
    /// answer. An adapter adds the remedy and the network's code, treats as its own what the network
    /// documents otherwise, and says [`Landed::No`] of whatever only reads.
    #[must_use]
    pub fn refused<T>(operation: &'static str, answer: &Response<T>, now: DateTime<Utc>) -> Self {
        let status = answer.status();
        let (kind, landed) = match status.as_u16() {
            301 | 307 | 308 => (ErrorKind::Protocol, Landed::No),
            401 => (ErrorKind::Unauthorized, Landed::No),
            403 => (ErrorKind::Forbidden, Landed::No),
            404 | 410 => (ErrorKind::NotFound, Landed::No),
            405 | 501 => (ErrorKind::Unsupported, Landed::No),
            408 => (ErrorKind::Unavailable, Landed::Maybe),
            409 => (ErrorKind::Duplicate, Landed::Maybe),
            413 => (ErrorKind::TooLong, Landed::No),
            429 => (ErrorKind::Throttled, Landed::No),
            400..=499 => (ErrorKind::Invalid, Landed::No),
            500..=599 => (ErrorKind::Unavailable, Landed::Maybe),
            _ => (ErrorKind::Protocol, Landed::Maybe),
        };
        let waits = matches!(kind, ErrorKind::Throttled | ErrorKind::Unavailable);
        let error = Self::new(kind, operation)
            .with_landed(landed)
            .with("status", status.as_u16());
        let error = match status.is_redirection() {
            true => error.with_status(Status::Persistent),
            false => error,
        };
        let until = Signals::read(status, answer.headers(), now).wait_until;
        match until.filter(|_| waits) {
            Some(until) => error.with_retry_after((until - now).to_std().unwrap_or_default()),
            None => error,
        }
    }

    /// What it means that no answer came: `Unavailable`, unless the request could not be sent
    /// (`Invalid`), was held back (`Throttled`, with the wait) or had too large an answer (`Protocol`).
    /// It may have landed where the server [may have got it](HttpError::may_have_been_sent).
    #[must_use]
    pub fn unanswered(operation: &'static str, error: HttpError) -> Self {
        let kind = match error.kind() {
            HttpErrorKind::Invalid => ErrorKind::Invalid,
            HttpErrorKind::TooLarge => ErrorKind::Protocol,
            HttpErrorKind::Throttled => ErrorKind::Throttled,
            _ => ErrorKind::Unavailable,
        };
        let landed = match error.may_have_been_sent() {
            true => Landed::Maybe,
            false => Landed::No,
        };
        let wait = error.retry_after();
        let unanswered = Self::new(kind, operation)
            .with_landed(landed)
            .with_source(error);
        match wait {
            Some(wait) => unanswered.with_retry_after(wait),
            None => unanswered,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;
    use std::time::Duration;

    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &str)]) -> Response<&'static str> {
        let mut answer = Response::new("a customer's words");
        *answer.status_mut() = http::StatusCode::from_u16(status).unwrap();
        for (name, value) in headers {
            answer.headers_mut().insert(*name, value.parse().unwrap());
        }
        answer
    }

    fn now() -> DateTime<Utc> {
        "2026-11-22T08:00:00Z".parse().unwrap()
    }

    #[test]
    fn every_status_says_what_it_is_whether_it_landed_and_whether_it_lasts() {
        use ErrorKind as K;
        use Landed::{Maybe, No};
        use Status::{Permanent, Persistent, Temporary};
        let cases = [
            (199, K::Protocol, Maybe, Temporary),
            (200, K::Protocol, Maybe, Temporary),
            (301, K::Protocol, No, Persistent),
            (302, K::Protocol, Maybe, Persistent),
            (303, K::Protocol, Maybe, Persistent),
            (307, K::Protocol, No, Persistent),
            (308, K::Protocol, No, Persistent),
            (400, K::Invalid, No, Permanent),
            (401, K::Unauthorized, No, Persistent),
            (403, K::Forbidden, No, Persistent),
            (404, K::NotFound, No, Permanent),
            (405, K::Unsupported, No, Permanent),
            (408, K::Unavailable, Maybe, Temporary),
            (409, K::Duplicate, Maybe, Permanent),
            (410, K::NotFound, No, Permanent),
            (413, K::TooLong, No, Permanent),
            (422, K::Invalid, No, Permanent),
            (429, K::Throttled, No, Temporary),
            (500, K::Unavailable, Maybe, Temporary),
            (501, K::Unsupported, No, Permanent),
            (503, K::Unavailable, Maybe, Temporary),
            (504, K::Unavailable, Maybe, Temporary),
            (999, K::Protocol, Maybe, Temporary),
        ];
        for (status, kind, landed, lasts) in cases {
            let error = Error::refused("perform", &answer(status, &[]), now());
            let told = (error.kind().clone(), error.landed(), error.status());
            assert_eq!(told, (kind, landed, lasts), "{status}");
            assert!(error.to_string().ends_with(&format!("status={status}")));
        }
    }

    #[test]
    fn a_wait_is_told_where_waiting_helps() {
        let epoch = (now().timestamp() + 90).to_string();
        let cases: [(u16, &[(&'static str, &str)], _); 9] = [
            (429, &[("retry-after", "30")], Some(30)),
            (
                429,
                &[("retry-after", "Sun, 22 Nov 2026 08:01:00 GMT")],
                Some(60),
            ),
            (
                429,
                &[("x-ratelimit-reset", "2026-11-22T08:05:00Z")],
                Some(300),
            ),
            (429, &[("x-ratelimit-reset", &epoch)], Some(90)),
            (
                429,
                &[("x-ratelimit-reset", "2026-11-22T07:59:00Z")],
                Some(0),
            ),
            (503, &[("retry-after", "7")], Some(7)),
            // How long the next hour's quota takes says nothing of a server that is down.
            (503, &[("x-ratelimit-reset", "2026-11-22T08:05:00Z")], None),
            (404, &[("retry-after", "7")], None),
            (429, &[], None),
        ];
        for (status, headers, seconds) in cases {
            let mut refused = answer(status, headers);
            for (name, value) in [("x-ratelimit-limit", "300"), ("x-ratelimit-remaining", "0")] {
                refused.headers_mut().insert(name, value.parse().unwrap());
            }
            let error = Error::refused("poll", &refused, now());
            let wait = seconds.map(Duration::from_secs);
            assert_eq!(error.retry_after(), wait, "{status} {headers:?}");
        }
    }

    #[test]
    fn without_an_answer_it_landed_where_it_may_have_been_sent() {
        use ErrorKind as K;
        let cases = [
            (HttpErrorKind::Invalid, K::Invalid, Landed::No),
            (HttpErrorKind::Connect, K::Unavailable, Landed::No),
            (HttpErrorKind::Timeout, K::Unavailable, Landed::Maybe),
            (HttpErrorKind::Cut, K::Unavailable, Landed::Maybe),
            (HttpErrorKind::TooLarge, K::Protocol, Landed::Maybe),
            (HttpErrorKind::Throttled, K::Throttled, Landed::No),
            (HttpErrorKind::Renewed, K::Unavailable, Landed::No),
        ];
        for (http, kind, landed) in cases {
            let wait = Duration::from_secs(9);
            let error = Error::unanswered("perform", HttpError::new(http).with_retry_after(wait));
            assert_eq!((error.kind(), error.landed()), (&kind, landed), "{http:?}");
            assert_eq!(error.retry_after(), Some(wait));
            assert!(error.source().is_some());
        }
        let unsent = HttpError::new(HttpErrorKind::Timeout).unsent();
        assert_eq!(Error::unanswered("perform", unsent).landed(), Landed::No);
    }
}
