//! What the site says when it does not do what it was asked.

use std::time::Duration;

use aspa_channel::{Error, ErrorKind, Landed, Status};
use aspa_http::{HttpError, HttpErrorKind, retry_after};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::header::DATE;
use http::{HeaderMap, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;

const LOG_IN: &str = "in WordPress, as an editor or administrator, make an application password under \
                      Users > Profile and give it with that login name; without https WordPress \
                      takes none, and some security plugins turn them off";

const BE_EDITOR: &str =
    "the account has to be an editor or administrator (capability moderate_comments)";

/// WordPress asks for a pause between comments without saying how long: 15 seconds
/// (`check_comment_flood_db`).
const FLOOD: Duration = Duration::from_secs(15);

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
}

/// It means this that no answer came.
pub(crate) fn silence(operation: &'static str, asked: Asked, error: HttpError) -> Error {
    let kind = match error.kind() {
        HttpErrorKind::Invalid => ErrorKind::Invalid,
        HttpErrorKind::TooLarge => ErrorKind::Protocol,
        _ => ErrorKind::Unavailable,
    };
    let landed = if error.may_have_been_sent() {
        asked.unclear()
    } else {
        Landed::No
    };
    Error::new(kind, operation)
        .with_landed(landed)
        .with_source(error)
}

/// The content of a successful answer; anything else is an error.
pub(crate) fn content<T: DeserializeOwned>(
    operation: &'static str,
    asked: Asked,
    answer: &Response<Bytes>,
) -> Result<T, Error> {
    if !answer.status().is_success() {
        return Err(refused(operation, asked, answer));
    }
    serde_json::from_slice(answer.body()).map_err(|_| no_sense(operation, asked, answer))
}

/// A success that is not what the API answers: a login page, a cache, a PHP warning before the JSON.
pub(crate) fn no_sense(operation: &'static str, asked: Asked, answer: &Response<Bytes>) -> Error {
    Error::new(ErrorKind::Protocol, operation)
        .with_landed(asked.unclear())
        .with("status", answer.status().as_u16())
        .with("bytes", answer.body().len())
        .with_remedy(
            "look whether the site's REST API answers JSON without warnings and is not cached",
        )
}

/// What a status other than success means.
pub(crate) fn refused(operation: &'static str, asked: Asked, answer: &Response<Bytes>) -> Error {
    let status = answer.status();
    let code = code(answer.body());
    let error = |kind| Error::new(kind, operation).with("status", status.as_u16());
    let persistent = |kind, remedy: &'static str| {
        error(kind)
            .with_status(Status::Persistent)
            .with_remedy(remedy)
    };
    let mut error = match (status.as_u16(), code.as_deref()) {
        (_, Some("comment_duplicate")) => error(ErrorKind::Duplicate)
            .with_landed(asked.unclear())
            .with_remedy(
                "the account has written these words (case and accents aside) there before",
            ),
        (_, Some("comment_flood")) => error(ErrorKind::Throttled).with_retry_after(FLOOD),
        (_, Some("comment_content_column_length")) => error(ErrorKind::TooLong),
        (401, _) => error(ErrorKind::Unauthorized).with_remedy(LOG_IN),
        (_, Some("rest_comment_closed" | "comment_closed")) => persistent(
            ErrorKind::Forbidden,
            "the post takes no comments any more; open them in WordPress",
        ),
        (403, Some(_)) => error(ErrorKind::Forbidden).with_remedy(BE_EDITOR),
        (403, None) => persistent(
            ErrorKind::Forbidden,
            "a security plugin or the host keeps us out; let the REST API through",
        ),
        (404, Some("rest_no_route")) => persistent(
            ErrorKind::Unsupported,
            "the site's REST API has no comments; some plugins turn it off",
        ),
        (404, None) => persistent(
            ErrorKind::Protocol,
            "there is no REST API at this address; set url, or rest_url to the address that the \
             site's Link header names",
        ),
        (404 | 410, Some(_)) => error(ErrorKind::NotFound),
        (410, None) => error(ErrorKind::NotFound),
        (501, Some("rest_trash_not_supported")) => error(ErrorKind::Unsupported)
            .with_remedy("the site keeps no trash; delete it for good in WordPress"),
        (405 | 501, _) => error(ErrorKind::Unsupported),
        (413, _) => error(ErrorKind::TooLong),
        (429, _) => error(ErrorKind::Throttled),
        // A gateway may have passed it on before it gave up.
        (408 | 500..=599, _) => error(ErrorKind::Unavailable).with_landed(asked.unclear()),
        (400..=499, _) => error(ErrorKind::Invalid),
        (301 | 302 | 307 | 308, _) => persistent(
            ErrorKind::Protocol,
            "set url to the address it redirects to; a password is not sent elsewhere",
        ),
        _ => error(ErrorKind::Protocol).with_landed(asked.unclear()),
    };
    if let Some(wait) = wait(answer.headers()) {
        error = error.with_retry_after(wait);
    }
    match code {
        Some(code) => error.with_code(code),
        None => error,
    }
}

/// How long a proxy asks to wait, by the clock of its own answer.
fn wait(headers: &HeaderMap) -> Option<Duration> {
    let date = headers.get(DATE).and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    retry_after(
        headers,
        date.map_or(DateTime::<Utc>::MAX_UTC, |date| date.to_utc()),
    )
}

/// WordPress' own word for it; anything but a short word could be a text.
fn code(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let code = body.get("code")?.as_str()?;
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    ((1..=64).contains(&code.len()) && code.bytes().all(word)).then(|| code.to_owned())
}
