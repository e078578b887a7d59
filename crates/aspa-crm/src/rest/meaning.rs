use std::time::Duration;

use aspa_http::{Signals, retry_after};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::ErrorKind;

/// What the error codes of a system mean: a table in its connector.
///
/// ```
/// use aspa_crm::rest::{Meaning, Meanings};
/// const SALESFORCE: Meanings = Meanings::new(&["/0/errorCode", "/error"])
///     .with(&[
///         ("INVALID_SESSION_ID", Meaning::Auth),
///         ("REQUEST_LIMIT_EXCEEDED", Meaning::DayQuota),
///         ("UNABLE_TO_LOCK_ROW", Meaning::Refused),
///     ]);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Meanings {
    codes_at: &'static [&'static str],
    table: &'static [(&'static str, Meaning)],
}

/// What a code means. Of all but [`Unknown`](Self::Unknown) the system documents that it did nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Meaning {
    /// The credentials are not or no longer accepted.
    Auth,
    /// Known, but not allowed.
    Forbidden,
    /// Too fast.
    Throttled,
    /// The day's quota is used up: nothing before midnight UTC, or what the answer says.
    DayQuota,
    /// Refused for now; the same again may succeed.
    Refused,
    /// It may have been carried out.
    Unknown,
    /// Somebody else changed it.
    Conflict,
    /// There is no such record.
    NotFound,
    /// The cursor is too old.
    CursorExpired,
    /// A value is not accepted.
    Invalid,
    /// The system cannot do that.
    Unsupported,
}

/// What an answer other than a success means.
pub(super) struct Refused {
    pub(super) kind: ErrorKind,
    pub(super) may_have_landed: bool,
    /// Only codes of the table get here: others may be anybody's words.
    pub(super) code: Option<&'static str>,
}

impl Meanings {
    /// Codes stand at the first of these JSON pointers that leads to a text or number.
    #[must_use]
    pub const fn new(codes_at: &'static [&'static str]) -> Self {
        Self {
            codes_at,
            table: &[],
        }
    }

    /// With what they mean. A status may stand among them, as `"423"`, and counts where no code does; what is
    /// not named means what RFC 9110 says of its status.
    #[must_use]
    pub const fn with(mut self, table: &'static [(&'static str, Meaning)]) -> Self {
        self.table = table;
        self
    }

    pub(super) fn of(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &Value,
        now: DateTime<Utc>,
    ) -> Refused {
        let code = self.codes_at.iter().find_map(|at| {
            let code = body.pointer(at)?;
            let text = code.as_str().map(str::to_owned);
            text.or_else(|| code.as_number().map(ToString::to_string))
        });
        let named = |code: &str| self.table.iter().find(|(known, _)| *known == code);
        let known = code.as_deref().and_then(named);
        let known = known.or_else(|| named(status.as_str()));
        let meaning = match (known, status.as_u16()) {
            (Some((_, meaning)), _) => *meaning,
            (None, 401) => Meaning::Auth,
            (None, 403) => Meaning::Forbidden,
            (None, 404 | 410) => Meaning::NotFound,
            (None, 405 | 501) => Meaning::Unsupported,
            (None, 409 | 412) => Meaning::Conflict,
            (None, 408 | 500..=599) => Meaning::Unknown,
            (None, 429) => Meaning::Throttled,
            (None, 400..=499) => Meaning::Invalid,
            (None, _) => {
                return Refused {
                    kind: ErrorKind::Protocol,
                    may_have_landed: true,
                    code: None,
                };
            }
        };
        let wait = retry_after(headers, now).or_else(|| {
            let until = Signals::read(status, headers, now).wait_until?;
            (until - now).to_std().ok()
        });
        let kind = match meaning {
            Meaning::Auth => ErrorKind::Auth,
            Meaning::Forbidden => ErrorKind::Forbidden,
            Meaning::Throttled => ErrorKind::Throttled(wait.unwrap_or(WAIT)),
            Meaning::DayQuota => ErrorKind::QuotaUntil(match wait {
                Some(wait) => now + TimeDelta::from_std(wait).unwrap_or(TimeDelta::days(1)),
                None => midnight_after(now),
            }),
            Meaning::Refused | Meaning::Unknown => ErrorKind::Unavailable,
            Meaning::Conflict => ErrorKind::Conflict { current: None },
            Meaning::NotFound => ErrorKind::NotFound,
            Meaning::CursorExpired => ErrorKind::CursorExpired,
            Meaning::Invalid => ErrorKind::Invalid {
                field: "request".to_owned(),
            },
            Meaning::Unsupported => ErrorKind::Unsupported,
        };
        Refused {
            kind,
            may_have_landed: meaning == Meaning::Unknown,
            code: known.map(|(code, _)| *code),
        }
    }
}

/// How long is waited where a system that is asked too fast does not say.
pub(super) const WAIT: Duration = Duration::from_secs(30);

fn midnight_after(now: DateTime<Utc>) -> DateTime<Utc> {
    let next = now.date_naive().succ_opt();
    let next = next.map(|day| day.and_time(NaiveTime::MIN).and_utc());
    next.unwrap_or(now)
}
