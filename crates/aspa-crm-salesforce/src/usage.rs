//! The day's requests.

use std::sync::{Mutex, PoisonError};

use aspa_crm::rest::Answer;
use aspa_crm::{Error, ErrorKind};
use chrono::{DateTime, TimeDelta, Utc};

/// How many hundredths of the day's requests are left to look-ups and effects.
const RESERVE: u64 = 10;

/// How much of the requests of 24 hours is used, as Salesforce says with each answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// So many requests, those of other programs too.
    pub used: u64,
    /// Of so many.
    pub of: u64,
}

/// What the last answer said, and when.
pub(crate) struct Used {
    last: Mutex<Option<(Usage, DateTime<Utc>)>>,
    now: fn() -> DateTime<Utc>,
}

impl Used {
    pub(crate) fn new(now: fn() -> DateTime<Utc>) -> Self {
        let last = Mutex::default();
        Self { last, now }
    }

    pub(crate) fn last(&self) -> Option<Usage> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.map(|(usage, _)| usage)
    }

    /// Stops background reading for an hour where only the reserve is left.
    pub(crate) fn within_reserve(&self) -> Result<(), Error> {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((Usage { used, of }, at)) = last else {
            return Ok(());
        };
        let until = at + TimeDelta::hours(1);
        let only_reserve = of > 0 && used.saturating_mul(100) >= of.saturating_mul(100 - RESERVE);
        match only_reserve && (self.now)() < until {
            true => Err(Error::new(ErrorKind::QuotaUntil(until), "changes")),
            false => Ok(()),
        }
    }

    /// Remembers `Sforce-Limit-Info: api-usage=25/15000`.
    pub(crate) fn count(&self, answer: &Answer) {
        let info = answer.headers.get("sforce-limit-info");
        let usage = info.and_then(|info| {
            let mut parts = info.to_str().ok()?.split([',', ';']).map(str::trim);
            let usage = parts.find_map(|part| part.strip_prefix("api-usage="))?;
            let (used, of) = usage.split_once('/')?;
            let (used, of) = (used.parse().ok()?, of.parse().ok()?);
            Some(Usage { used, of })
        });
        if let Some(usage) = usage {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            *last = Some((usage, (self.now)()));
        }
    }
}
