//! What the site says when it does not do what it was asked.

use std::time::Duration;

use aspa_channel::{Error, ErrorKind, Landed, Status};
use aspa_http::{BodyStream, Purpose, Signals};
use bytes::Bytes;
use chrono::{DateTime, Utc};
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

/// What the site answered.
#[derive(Debug)]
pub(crate) struct Answer {
    operation: &'static str,
    /// Whether what was asked changes anything.
    purpose: Purpose,
    at: DateTime<Utc>,
    response: Response<Bytes>,
}

/// An error of something that was asked: what only reads landed in no case.
pub(crate) fn settled(purpose: Purpose, error: Error) -> Error {
    match purpose {
        Purpose::Read => error.with_landed(Landed::No),
        Purpose::Effect => error,
    }
}

impl Answer {
    pub(crate) fn new(
        operation: &'static str,
        purpose: Purpose,
        at: DateTime<Utc>,
        response: Response<Bytes>,
    ) -> Self {
        Self {
            operation,
            purpose,
            at,
            response,
        }
    }

    pub(crate) fn is_success(&self) -> bool {
        self.response.status().is_success()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// The content of a successful answer; anything else is an error.
    pub(crate) fn content<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if !self.is_success() {
            return Err(self.refused());
        }
        serde_json::from_slice(self.response.body()).map_err(|_| self.no_sense())
    }

    /// A success that is not what the API answers: a login page, a cache, a PHP warning before the JSON.
    pub(crate) fn no_sense(&self) -> Error {
        let error = Error::new(ErrorKind::Protocol, self.operation)
            .with_landed(Landed::Maybe)
            .with("status", self.response.status().as_u16())
            .with("bytes", self.response.body().len())
            .with_remedy(
                "look whether the site's REST API answers JSON without warnings and is not cached",
            );
        settled(self.purpose, error)
    }

    /// What a status other than success means.
    pub(crate) fn refused(&self) -> Error {
        let status = self.response.status();
        let code = code(self.response.body());
        let usual = || Error::refused(self.operation, &self.response, self.at);
        let error = |kind| Error::new(kind, self.operation).with("status", status.as_u16());
        let persistent = |kind, remedy: &'static str| {
            error(kind)
                .with_status(Status::Persistent)
                .with_remedy(remedy)
        };
        let error = match (status.as_u16(), code.as_deref()) {
            (_, Some("comment_duplicate")) => error(ErrorKind::Duplicate)
                .with_landed(Landed::Maybe)
                .with_remedy(
                    "the account has written these words (case and accents aside) there before",
                ),
            (_, Some("comment_flood")) => error(ErrorKind::Throttled).with_retry_after(FLOOD),
            (_, Some("comment_content_column_length")) => error(ErrorKind::TooLong),
            (401, _) => usual().with_remedy(LOG_IN),
            (_, Some("rest_comment_closed" | "comment_closed")) => persistent(
                ErrorKind::Forbidden,
                "the post takes no comments any more; open them in WordPress",
            ),
            (403, Some(_)) => usual().with_remedy(BE_EDITOR),
            (403, None) => usual().with_remedy(
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
            (501, Some("rest_trash_not_supported")) => {
                usual().with_remedy("the site keeps no trash; delete it for good in WordPress")
            }
            // No answer of WordPress to something that it did.
            (301 | 302 | 307 | 308, _) => usual().with_landed(Landed::No).with_remedy(
                "set url to the address it redirects to; a password is not sent elsewhere",
            ),
            _ => usual(),
        };
        let error = settled(self.purpose, error);
        match code {
            Some(code) => error.with_code(code),
            None => error,
        }
    }
}

/// What an answer says of how much more the site takes: also in WordPress' own words.
pub(crate) fn signals(answer: &Response<BodyStream>, now: DateTime<Utc>) -> Signals {
    let mut signals = Signals::read(answer.status(), answer.headers(), now);
    let body = answer
        .body()
        .whole()
        .filter(|_| !answer.status().is_success());
    if body.is_some_and(|body| code(body).as_deref() == Some("comment_flood")) {
        signals.refused = true;
        signals.wait_until = signals.wait_until.max(Some(now + FLOOD));
    }
    signals
}

/// WordPress' own word for it; anything but a short word could be a text.
fn code(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let code = body.get("code")?.as_str()?;
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    ((1..=64).contains(&code.len()) && code.bytes().all(word)).then(|| code.to_owned())
}
