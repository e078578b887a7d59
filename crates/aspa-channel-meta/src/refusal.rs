//! What the Graph API says when it does not do what it was asked, also with status 200.
//!
//! Codes: <https://developers.facebook.com/docs/graph-api/guides/error-handling> and
//! <https://developers.facebook.com/docs/messenger-platform/error-codes> (checked 2026-11-21, not verified
//! against the live network; those marked so are from memory).

use aspa_channel::{Error, ErrorKind, Landed, Status};
use aspa_http::{BodyStream, HttpError, Signals};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::DATE;
use http::{HeaderMap, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::json::{Count, Flag};

const RECONNECT: &str = "the page's token is not valid any more: connect the page again, as somebody who \
                         still has a role on it";
const PERMIT: &str = "the token lacks a permission or the app a feature: look at App Review and connect the \
                      page again with everything that is asked for";
pub(crate) const WINDOW: &str = "wait until the customer writes again, or answer publicly; within 7 days a \
                                 person may answer with the human agent permission (human_agent)";
const POLICY: &str =
    "Meta blocks the page for a time: stop sending, and see the page's support inbox";

/// Whether what was asked changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Reading,
    Writing,
}

impl Asked {
    /// What is to be thought of a change whose answer is missing or makes no sense.
    fn unclear(self) -> Landed {
        match self {
            Self::Reading => Landed::No,
            Self::Writing => Landed::Maybe,
        }
    }

    /// Reading changes nothing, whatever became of the answer.
    fn judge(self, error: Error) -> Error {
        match self {
            Self::Reading => error.with_landed(Landed::No),
            Self::Writing => error,
        }
    }
}

#[derive(Deserialize)]
struct Body {
    error: Told,
}

#[derive(Deserialize)]
struct Told {
    code: Option<Count>,
    error_subcode: Option<Count>,
    is_transient: Option<Flag>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    code: i64,
    error_subcode: Option<i64>,
    is_transient: Option<bool>,
}

/// It means this that no answer came.
pub(crate) fn silence(operation: &'static str, asked: Asked, error: HttpError) -> Error {
    asked.judge(Error::unanswered(operation, error))
}

/// The content of an answer that did what was asked; anything else is an error.
pub(crate) fn content<T: DeserializeOwned>(
    operation: &'static str,
    asked: Asked,
    answer: &Response<Bytes>,
) -> Result<T, Error> {
    let fault = fault(answer.body());
    if fault.is_some() || !answer.status().is_success() {
        return Err(refused(operation, asked, answer, fault));
    }
    serde_json::from_slice(answer.body()).map_err(|_| no_sense(operation, asked, answer))
}

/// A success that is not what the API answers.
pub(crate) fn no_sense(operation: &'static str, asked: Asked, answer: &Response<Bytes>) -> Error {
    Error::new(ErrorKind::Protocol, operation)
        .with_landed(asked.unclear())
        .with("status", answer.status().as_u16())
        .with("bytes", answer.body().len())
}

fn fault(body: &[u8]) -> Option<Fault> {
    let told = serde_json::from_slice::<Body>(body).ok()?.error;
    Some(Fault {
        code: told.code.map_or(0, |code| code.0),
        error_subcode: told.error_subcode.map(|sub| sub.0),
        is_transient: told.is_transient.map(|is| is.0),
    })
}

fn is_too_many(fault: Fault) -> bool {
    matches!(fault.code, 4 | 17 | 32 | 613 | 80_001..=80_014)
}

/// What a code means: kind, whether trying again helps where that differs from the kind, what to do.
fn meaning(fault: Fault) -> Option<(ErrorKind, Option<Status>, Option<&'static str>)> {
    use ErrorKind::{
        Duplicate, Forbidden, Invalid, NotFound, Throttled, Unauthorized, WindowClosed,
    };
    let sub = fault.error_subcode.unwrap_or_default();
    let permanent = Some(Status::Permanent);
    let persistent = Some(Status::Persistent);
    Some(match (fault.code, sub) {
        _ if is_too_many(fault) => (Throttled, None, None),
        // The last two from memory.
        (10, 2_018_278) | (200, 1_545_041) | (10, 2_534_022 | 2_018_065) => {
            (WindowClosed, None, Some(WINDOW))
        }
        (10, 1_893_063) | (368, _) => (Forbidden, persistent, Some(POLICY)),
        (551, _) => (
            Forbidden,
            permanent,
            Some("the person cannot be reached: blocked us, or left Messenger"),
        ),
        (100, 2_018_001) => (
            NotFound,
            permanent,
            Some("nobody with this id writes to this page"),
        ),
        (100, 33) | (803, _) => (NotFound, None, None),
        // From memory.
        (100, 2_018_109) => (Invalid, None, Some("the attachment is larger than 25 MB")),
        (10_900, _) => (
            Duplicate,
            None,
            Some("a comment can be answered in private once"),
        ),
        (10_901 | 10_903, _) => (
            WindowClosed,
            None,
            Some("a comment can be answered in private for 7 days; answer publicly"),
        ),
        (506, _) => (Duplicate, None, Some("the same words stand there already")),
        (102 | 190, _) => (Unauthorized, None, Some(RECONNECT)),
        (3 | 10 | 200..=299, _) => (Forbidden, None, Some(PERMIT)),
        (100, _) => (Invalid, None, None),
        _ => return None,
    })
}

/// What a refusal means.
fn refused(
    operation: &'static str,
    asked: Asked,
    answer: &Response<Bytes>,
    fault: Option<Fault>,
) -> Error {
    let now = date(answer.headers()).unwrap_or(DateTime::UNIX_EPOCH);
    let temporary =
        |fault: Fault| fault.is_transient == Some(true) || matches!(fault.code, -1 | 1 | 2 | 1_200);
    let told = match (fault.and_then(meaning), fault) {
        (Some((kind, lasts, remedy)), _) => {
            // Another effect of ours may have done it, or this one before its answer was lost.
            let landed = match kind {
                ErrorKind::Duplicate => Landed::Maybe,
                _ => Landed::No,
            };
            let mut told = Error::new(kind, operation)
                .with_landed(landed)
                .with("status", answer.status().as_u16());
            if let Some(lasts) = lasts {
                told = told.with_status(lasts);
            }
            match remedy {
                Some(remedy) => told.with_remedy(remedy),
                None => told,
            }
        }
        (None, Some(fault)) if temporary(fault) => Error::new(ErrorKind::Unavailable, operation)
            .with_landed(Landed::Maybe)
            .with("status", answer.status().as_u16()),
        (None, Some(_)) if answer.status().is_success() => {
            Error::new(ErrorKind::Invalid, operation)
        }
        (None, _) => Error::refused(operation, answer, now),
    };
    let mut told = asked.judge(told);
    if told.remedy().is_none() {
        told = match told.kind() {
            ErrorKind::Unauthorized => told.with_remedy(RECONNECT),
            ErrorKind::Forbidden => told.with_remedy(PERMIT),
            _ => told,
        };
    }
    if *told.kind() == ErrorKind::Throttled {
        // Meta refuses with 400 too; the wait is in the headers all the same.
        let signals = Signals::read(StatusCode::TOO_MANY_REQUESTS, answer.headers(), now);
        if let Some(until) = signals.wait_until {
            told = told.with_retry_after((until - now).to_std().unwrap_or_default());
        }
    }
    match fault {
        Some(Fault {
            code,
            error_subcode: Some(sub),
            ..
        }) => told.with_code(format!("{code}/{sub}")),
        Some(Fault { code, .. }) => told.with_code(code.to_string()),
        None => told,
    }
}

/// The time of an answer, by the clock of whoever answered.
pub(crate) fn date(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    let date = headers.get(DATE)?.to_str().ok()?;
    Some(DateTime::parse_from_rfc2822(date).ok()?.to_utc())
}

/// What an answer says of how much more Meta takes: the usage headers, and the codes 4, 17, 32, 613 and 80001
/// to 80014, which come with status 400. For [`Throttling::reading`](aspa_http::layer::Throttling::reading).
#[must_use]
pub fn signals(answer: &Response<BodyStream>, now: DateTime<Utc>) -> Signals {
    let mut signals = Signals::read(answer.status(), answer.headers(), now);
    let fault = answer.body().whole().and_then(|body| fault(body));
    signals.refused |= fault.is_some_and(is_too_many);
    signals
}
