#![doc = include_str!("../README.md")]

mod layout;
mod soql;
mod usage;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aspa_crm::rest::{Answer, Call, Meaning, Meanings, Rest};
use aspa_crm::rows::{Asked, Connector, Found, Layout, RowPage, Rows, Test};
use aspa_crm::{Cursor, Error, ErrorKind, Since, text, time};
use aspa_http::HttpClient;
use aspa_types::{CustomerId, Landed, SystemId};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use http::StatusCode;
use http::header::IF_UNMODIFIED_SINCE;
use serde_json::{Map, Value, json};

pub use layout::layout;
pub use usage::Usage;
use usage::Used;

/// One org of Salesforce. Not verified against the live system.
pub type Salesforce = Connector<Org>;

/// Error codes. Of all of them the documents say that nothing was done.
const MEANINGS: Meanings = Meanings::new(&["/0/errorCode", "/0/errors/0/statusCode"]).with(&[
    ("INVALID_SESSION_ID", Meaning::Auth),
    ("INVALID_AUTH_HEADER", Meaning::Auth),
    ("REQUEST_LIMIT_EXCEEDED", Meaning::DayQuota),
    ("UNABLE_TO_LOCK_ROW", Meaning::Refused),
    ("QUERY_TIMEOUT", Meaning::Refused),
    ("DUPLICATE_VALUE", Meaning::Conflict),
    ("NOT_FOUND", Meaning::NotFound),
    ("ENTITY_IS_DELETED", Meaning::NotFound),
    ("INVALID_CROSS_REFERENCE_KEY", Meaning::NotFound),
    ("MALFORMED_ID", Meaning::NotFound),
    ("INVALID_QUERY_LOCATOR", Meaning::CursorExpired),
    ("API_DISABLED_FOR_ORG", Meaning::Forbidden),
    ("INSUFFICIENT_ACCESS_OR_READONLY", Meaning::Forbidden),
    ("INVALID_FIELD", Meaning::Invalid),
    ("STRING_TOO_LONG", Meaning::Invalid),
    ("REQUIRED_FIELD_MISSING", Meaning::Invalid),
]);
/// Longer than any transaction that stamps a row before it is committed.
const OVERLAP: TimeDelta = TimeDelta::seconds(600);
/// How many rows are deleted by one request, all or none of them.
const AT_ONCE: usize = 200;

/// The rows of an org, over the REST API 66.0 (its guide, read November 2026).
pub struct Org {
    system: SystemId,
    rest: Rest,
    used: Used,
}

impl fmt::Debug for Org {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Org").finish_non_exhaustive()
    }
}

/// The org at the address of its own domain, `https://shop.my.salesforce.com`, by a client that has the
/// [credentials](aspa_crm::rest) among its layers. `layout` is [`layout`] with what the host adds. `now` is
/// the host's clock.
#[must_use]
pub fn connect(
    system: SystemId,
    address: &str,
    client: Arc<dyn HttpClient>,
    layout: Layout,
    now: fn() -> DateTime<Utc>,
) -> Salesforce {
    let org = Org {
        system: system.clone(),
        rest: Rest::new(client, address, MEANINGS, now),
        used: Used::new(now),
    };
    Connector::new(system, layout, org)
}

fn path(rest: &str) -> String {
    format!("/services/data/v66.0/{rest}")
}

impl Org {
    /// What the last answer said of the day's requests.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        self.used.last()
    }

    /// Sends a request, and says of a refusal which records it is about.
    async fn send(&self, operation: &'static str, call: Call) -> Result<Answer, Error> {
        let answer = self.rest.exchange(operation, call).await?;
        self.used.count(&answer);
        let error = |kind| Err(Error::new(kind, operation));
        let message = answer.text("/0/message").unwrap_or_default();
        match answer.text("/0/errorCode") {
            Some("DUPLICATES_DETECTED") => {
                let results = answer.body.pointer("/0/duplicateResult/matchResults");
                let results = results.and_then(Value::as_array).into_iter().flatten();
                let records = results.filter_map(|one| one["matchRecords"].as_array());
                let ids = records.flatten().filter_map(|one| {
                    let id = one["record"]["Id"].as_str()?;
                    CustomerId::new(self.system.clone(), id).ok()
                });
                let mut ids: Vec<CustomerId> = ids.collect();
                error(match ids.len() {
                    1 => ErrorKind::Duplicate(ids.remove(0)),
                    _ => ErrorKind::Ambiguous(ids),
                })
            }
            // Too many long ones at once; the other limits are those of 24 hours.
            Some("REQUEST_LIMIT_EXCEEDED") if message.starts_with("Concurrent") => {
                error(ErrorKind::Throttled(Duration::from_secs(30)))
            }
            _ => self.rest.judge(operation, answer),
        }
    }
}

#[async_trait]
impl Rows for Org {
    /// A page in the order of (time, id). What is deleted is read from the recycle bin.
    async fn page(
        &self,
        of: &Asked<'_>,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<RowPage, Error> {
        self.used.within_reserve()?;
        let since = Since::read(cursor)?;
        let soql = soql::page(of, &since.window(OVERLAP), limit);
        let call = Call::get(path("queryAll")).query("q", &soql);
        let answer = self.send("changes", call).await?;
        let rows = answer.rows("/records")?;
        let full = rows.len() >= limit || answer.body["done"] == false;
        let stamp = |row: &Value| time(row, "SystemModstamp").zip(text(row, "Id"));
        let page = since.page(rows, stamp, Vec::new(), full, answer.at)?;
        let is_gone = |row: &&Value| {
            let went = ["MasterRecordId", "ConvertedContactId"];
            row["IsDeleted"] == true && went.iter().all(|column| row[column].is_null())
        };
        let (gone, rows): (Vec<_>, Vec<_>) = rows.iter().partition(is_gone);
        let gone = gone.iter().filter_map(|row| text(row, "Id")).collect();
        let found = Found::new(rows.into_iter().cloned().collect(), answer.at);
        Ok(RowPage::new(found, gone, page.next, page.done))
    }

    async fn select(
        &self,
        operation: &'static str,
        of: &Asked<'_>,
        tests: &[Test],
    ) -> Result<Found, Error> {
        let mut call = Call::get(path("query")).query("q", &soql::select(of, tests));
        let mut rows = Vec::new();
        loop {
            let answer = self.send(operation, call).await?;
            rows.extend_from_slice(answer.rows("/records")?);
            match answer.text("/nextRecordsUrl") {
                Some(next) => call = Call::get(next),
                None => return Ok(Found::new(rows, answer.at)),
            }
        }
    }

    /// The unique key keeps a second one from being made.
    async fn insert(&self, of: &Asked<'_>, row: Map<String, Value>) -> Result<String, Error> {
        let call = Call::post(path(&format!("sobjects/{}", of.table)), row);
        let answer = self.send("perform", call).await?;
        let senseless = || Error::new(ErrorKind::Protocol, "perform").with_landed(Landed::Yes);
        let id = answer.text("/id").ok_or_else(senseless)?;
        Ok(id.to_owned())
    }

    /// An account only where nobody has changed it since; others where nobody has in an earlier second,
    /// since Salesforce has entity tags for accounts alone.
    async fn update(
        &self,
        of: &Asked<'_>,
        id: &str,
        row: Map<String, Value>,
        expect: Option<&str>,
    ) -> Result<Option<String>, Error> {
        let path = path(&format!("sobjects/{}/{id}", of.table));
        let mut call = Call::patch(&path, row);
        if let Some(expect) = expect {
            let conflict = |current| Error::new(ErrorKind::Conflict { current }, "perform");
            let at = time(&json!({ "at": expect }), "at").ok_or_else(|| conflict(None))?;
            let at = at.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
            call = call.header(IF_UNMODIFIED_SINCE, &at);
            if of.table == "Account" {
                let look = Call::get(&path).query("fields", "SystemModstamp");
                let answer = self.send("perform", look).await?;
                let current = answer.text("/SystemModstamp").map(str::to_owned);
                if current.as_deref() != Some(expect) {
                    return Err(conflict(current));
                }
                call = call.if_version(answer.etag().as_deref());
            }
        }
        self.send("perform", call).await.map(|_| None)
    }

    async fn delete(&self, of: &Asked<'_>, id: &str) -> Result<(), Error> {
        let there = self.delete_all(&[(of.clone(), id.to_owned())]).await?;
        let gone = || Error::new(ErrorKind::NotFound, "perform");
        there.then_some(()).ok_or_else(gone)
    }

    /// Rows of any tables, all or none of 200. Where one was gone by then nothing was done,
    /// and the others are asked for again.
    async fn delete_all(&self, rows: &[(Asked<'_>, String)]) -> Result<bool, Error> {
        let mut left: Vec<&str> = rows.iter().map(|(_, id)| id.as_str()).collect();
        let mut any = false;
        let in_part = |error: Error, any| if any { error.in_part() } else { error };
        while !left.is_empty() {
            let some = left.len().min(AT_ONCE);
            let call = Call::delete(path("composite/sobjects"))
                .query("ids", &left[..some].join(","))
                .query("allOrNone", "true");
            let answer = self.send("perform", call).await;
            let mut answer = answer.map_err(|error| in_part(error, any))?;
            let is_cause = |row: &Value| {
                let code = &row["errors"][0]["statusCode"];
                row["success"] != true && code != "ALL_OR_NONE_OPERATION_ROLLED_BACK"
            };
            let Some(at) = answer.rows("")?.iter().take(some).position(is_cause) else {
                any = true;
                left.drain(..some);
                continue;
            };
            answer.body = json!([answer.body[at]]);
            answer.status = StatusCode::BAD_REQUEST;
            match self.rest.judge("perform", answer) {
                Err(error) if *error.kind() != ErrorKind::NotFound => {
                    return Err(in_part(error, any));
                }
                _ => drop(left.remove(at)),
            }
        }
        Ok(any)
    }

    /// The first three characters of an id tell its table.
    fn is_id(&self, of: &Asked<'_>, id: &str) -> bool {
        let prefix = match of.table {
            "Contact" => "003",
            "Account" => "001",
            "Lead" => "00Q",
            _ => "",
        };
        let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        plain && matches!(id.len(), 15 | 18) && id.starts_with(prefix)
    }
}
