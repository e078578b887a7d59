use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aspa_crm::rest::{Answer, Call, Rest};
use aspa_crm::{Capabilities, Error, ErrorKind, Table, text};
use aspa_http::HttpClient;
use aspa_types::{CustomerId, SystemId};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use http::StatusCode;
use serde_json::{Value, json};

use crate::mapping::{MEANINGS, Settings, capabilities};

/// One org of Salesforce. Not verified against the live system.
pub struct Salesforce {
    pub(crate) system: SystemId,
    pub(crate) settings: Settings,
    pub(crate) capabilities: Capabilities,
    rest: Rest,
    now: fn() -> DateTime<Utc>,
    usage: Mutex<Option<(Usage, DateTime<Utc>)>>,
}

impl fmt::Debug for Salesforce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Salesforce")
            .field("system", &self.system)
            .finish_non_exhaustive()
    }
}

/// How much of the requests of 24 hours is used, as Salesforce says with each answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// So many requests, those of other programs too.
    pub used: u64,
    /// Of so many.
    pub of: u64,
}

/// A text as it stands in SOQL.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for c in text.chars() {
        match c {
            '\'' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            _ => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}

pub(crate) fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// When a row was changed last.
pub(crate) fn time(row: &Value) -> Option<DateTime<Utc>> {
    let stamp = text(row, "SystemModstamp")?;
    let read = DateTime::parse_from_str(&stamp, "%Y-%m-%dT%H:%M:%S%.f%z");
    read.ok().map(|at| at.to_utc())
}

impl Salesforce {
    /// The same with settings of one's own.
    #[must_use]
    pub fn with(
        system: SystemId,
        address: &str,
        client: Arc<dyn HttpClient>,
        now: fn() -> DateTime<Utc>,
        settings: Settings,
    ) -> Self {
        Self {
            system,
            settings,
            capabilities: capabilities(),
            rest: Rest::new(client, address, MEANINGS, now),
            now,
            usage: Mutex::default(),
        }
    }

    /// What the last answer said of the day's requests.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        let usage = self.usage.lock().unwrap_or_else(PoisonError::into_inner);
        usage.map(|(usage, _)| usage)
    }

    /// Stops background reading for an hour where only the reserve is left.
    pub(crate) fn within_quota(&self) -> Result<(), Error> {
        let usage = *self.usage.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((Usage { used, of }, at)) = usage else {
            return Ok(());
        };
        let free = u64::from(100_u8.saturating_sub(self.settings.reserve));
        let until = at + TimeDelta::hours(1);
        let only_reserve = of > 0 && used.saturating_mul(100) >= of.saturating_mul(free);
        match only_reserve && (self.now)() < until {
            true => Err(Error::new(ErrorKind::QuotaUntil(until), "changes")),
            false => Ok(()),
        }
    }

    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/services/data/{}/{rest}", self.settings.version)
    }

    /// The table of a customer, which the first three characters of the id tell, and the id.
    pub(crate) fn own<'a>(&self, id: &'a CustomerId) -> Result<(&Table, &'a str), Error> {
        let name = match id.id.get(..3) {
            Some("003") => "Contact",
            Some("001") => "Account",
            Some("00Q") => "Lead",
            _ => "",
        };
        let is_id =
            matches!(id.id.len(), 15 | 18) && id.id.bytes().all(|b| b.is_ascii_alphanumeric());
        let mut tables = self.settings.tables.iter();
        let table = tables.find(|table| table.name == name);
        match table.filter(|_| is_id && id.system == self.system) {
            Some(table) => Ok((table, &id.id)),
            None => Err(Error::new(ErrorKind::NotFound, "perform")),
        }
    }

    /// Sends a request, and says of a refusal which records it is about.
    pub(crate) async fn send(&self, operation: &'static str, call: Call) -> Result<Answer, Error> {
        let answer = self.rest.exchange(operation, call).await?;
        self.count(&answer);
        let error = |kind| Err(Error::new(kind, operation));
        let message = answer.text("/0/message").unwrap_or_default();
        match (answer.status, answer.text("/0/errorCode")) {
            // The addresses of the rows that fit.
            (StatusCode::MULTIPLE_CHOICES, _) => {
                let addresses = answer.body.as_array().into_iter().flatten();
                let ids = addresses.filter_map(|a| a.as_str()?.rsplit('/').next());
                error(ErrorKind::Ambiguous(self.ids(ids)))
            }
            (_, Some("DUPLICATES_DETECTED")) => {
                let results = answer.body.pointer("/0/duplicateResult/matchResults");
                let results = results.and_then(Value::as_array).into_iter().flatten();
                let records = results
                    .filter_map(|one| one["matchRecords"].as_array())
                    .flatten();
                let mut ids = self.ids(records.filter_map(|one| one["record"]["Id"].as_str()));
                error(match ids.len() {
                    1 => ErrorKind::Duplicate(ids.remove(0)),
                    _ => ErrorKind::Ambiguous(ids),
                })
            }
            // Too many long ones at once; the other limits are those of 24 hours.
            (_, Some("REQUEST_LIMIT_EXCEEDED")) if message.starts_with("Concurrent") => {
                error(ErrorKind::Throttled(Duration::from_secs(30)))
            }
            _ => self.rest.judge(operation, answer),
        }
    }

    fn ids<'a>(&self, ids: impl Iterator<Item = &'a str>) -> Vec<CustomerId> {
        ids.filter_map(|id| CustomerId::new(self.system.clone(), id).ok())
            .collect()
    }

    /// Remembers `Sforce-Limit-Info: api-usage=25/15000`.
    fn count(&self, answer: &Answer) {
        let info = answer
            .headers
            .get("sforce-limit-info")
            .and_then(|info| info.to_str().ok());
        let usage = info.and_then(|info| {
            let mut parts = info.split([',', ';']).map(str::trim);
            let usage = parts.find_map(|part| part.strip_prefix("api-usage="))?;
            let (used, of) = usage.split_once('/')?;
            Some(Usage {
                used: used.parse().ok()?,
                of: of.parse().ok()?,
            })
        });
        if let Some(usage) = usage {
            let mut kept = self.usage.lock().unwrap_or_else(PoisonError::into_inner);
            *kept = Some((usage, (self.now)()));
        }
    }

    /// Every row of a query, over all its pages, and when it was answered.
    pub(crate) async fn rows(
        &self,
        operation: &'static str,
        soql: &str,
    ) -> Result<(Vec<Value>, DateTime<Utc>), Error> {
        let soql = format!("{soql} LIMIT 2000");
        let mut call = Call::get(self.path("query")).query("q", &soql);
        let mut rows = Vec::new();
        loop {
            let answer = self.send(operation, call).await?;
            rows.extend_from_slice(answer.rows("/records")?);
            match answer.text("/nextRecordsUrl") {
                Some(next) => call = Call::get(next),
                None => return Ok((rows, answer.at)),
            }
        }
    }

    /// Deletes rows of any tables: 200 at a time, all or none of them.
    pub(crate) async fn delete(&self, ids: &[String]) -> Result<(), Error> {
        for some in ids.chunks(200) {
            let call = Call::delete(self.path("composite/sobjects"));
            let call = call
                .query("ids", &some.join(","))
                .query("allOrNone", "true");
            let mut answer = self.send("perform", call).await?;
            let code = |row: &Value| row["errors"][0]["statusCode"].clone();
            let rows = answer.rows("")?.iter();
            let mut refused = rows.filter(|row| row["success"] != true);
            let first = refused.find(|row| code(row) != "ALL_OR_NONE_OPERATION_ROLLED_BACK");
            if let Some(row) = first {
                answer.body = json!([row]);
                answer.status = StatusCode::BAD_REQUEST;
                self.rest.judge("perform", answer)?;
            }
        }
        Ok(())
    }
}
