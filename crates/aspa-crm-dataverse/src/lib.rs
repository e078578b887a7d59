#![doc = include_str!("../README.md")]

mod layout;

use std::fmt;
use std::sync::Arc;

use aspa_crm::rest::{Answer, Call, Meaning, Meanings, Rest, escaped};
use aspa_crm::rows::{Asked, Connector, Found, Layout, RowPage, Rows, Test};
use aspa_crm::{Cursor, Error, ErrorKind};
use aspa_http::HttpClient;
use aspa_types::{Landed, SystemId};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use http::header::{HeaderName, IF_MATCH};
use serde_json::{Map, Value, json};

pub use layout::{layout, social_activities};

/// One organisation of Dataverse. Not verified against the live system.
pub type Dataverse = Connector<Organisation>;

/// The error codes that say more than their status (from memory but for the first four).
const MEANINGS: Meanings = Meanings::new(&["/error/code"]).with(&[
    // ExpiredVersionStamp; the same as a signed number.
    ("0x80044352", Meaning::CursorExpired),
    ("-2147204270", Meaning::CursorExpired),
    // So many requests, so much time, so many at once.
    ("0x80072322", Meaning::Throttled),
    ("0x80072321", Meaning::Throttled),
    ("0x80072326", Meaning::Throttled),
    ("0x80060882", Meaning::Conflict),
    ("0x80040237", Meaning::Conflict),
    ("0x80060892", Meaning::Conflict),
    ("0x80040217", Meaning::NotFound),
    ("0x80060891", Meaning::NotFound),
    ("0x80040220", Meaning::Forbidden),
]);
/// Says to which table a reference leads.
const ANNOTATIONS: &str = "odata.include-annotations=\"Microsoft.Dynamics.CRM.lookuplogicalname\"";
const REPRESENTATION: &str = "return=representation";

/// The rows of an organisation, over the Web API 9.2.
pub struct Organisation {
    rest: Rest,
    base: String,
}

impl fmt::Debug for Organisation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Organisation").finish_non_exhaustive()
    }
}

/// The organisation at `address`, `https://shop.crm4.dynamics.com`, by a client that has
/// [credentials](aspa_crm::rest::ClientCredentials) with the scope `{address}/.default` among its layers,
/// and [throttling](aspa_http::layer::Throttling) of all it sends: what is sent while throttled makes the
/// wait longer. `layout` is [`layout`] with what the host adds. `now` is the host's clock.
#[must_use]
pub fn connect(
    system: SystemId,
    address: &str,
    client: Arc<dyn HttpClient>,
    layout: Layout,
    now: fn() -> DateTime<Utc>,
) -> Dataverse {
    let base = format!("{}/api/data/v9.2", address.trim_end_matches('/'));
    let rest = Rest::new(client, base.clone(), MEANINGS, now);
    Connector::new(system, layout, Organisation { rest, base })
}

/// Whether a text is a GUID.
fn is_guid(text: &str) -> bool {
    let groups = text.split('-').map(str::len);
    let plain = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    groups.eq([8, 4, 4, 4, 12]) && text.bytes().all(plain)
}

/// A test as it stands in `$filter`. Ids and references are written without quotes, texts with them.
fn filter(of: &Asked<'_>, test: &Test) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    match test {
        Test::Is(column, value) => {
            let is_id = column == of.id || column.starts_with('_');
            let value = match value {
                Value::String(id) if is_id && is_guid(id) => id.clone(),
                Value::String(text) => quoted(text),
                value => value.to_string(),
            };
            format!("{column} eq {value}")
        }
        Test::Like(column, pattern) => {
            format!("contains({column},{})", quoted(pattern.trim_matches('%')))
        }
        Test::Has(column) => format!("{column} ne null"),
        Test::Any(tests) => {
            let each: Vec<String> = tests.iter().map(|test| filter(of, test)).collect();
            format!("({})", each.join(" or "))
        }
        _ => "false".to_owned(),
    }
}

fn select(of: &Asked<'_>) -> String {
    let columns = of.columns.iter().copied();
    let columns = columns.filter(|column| !column.contains('@'));
    let columns: Vec<&str> = columns.map(|c| c.trim_start_matches('/')).collect();
    columns.join(",")
}

/// The state that a row is to get, taken out of it: rows begin in the first state of their table.
fn state(row: &mut Map<String, Value>) -> Option<Map<String, Value>> {
    row.get("statecode").filter(|state| **state != 0)?;
    let state = ["statecode", "statuscode"].into_iter();
    let taken = state.filter_map(|name| Some((name.to_owned(), row.remove(name)?)));
    Some(taken.collect())
}

fn code<'a>(answer: &'a Answer, code: &str) -> Option<&'a str> {
    answer.text("/error/code").filter(|there| *there == code)
}

impl Organisation {
    async fn send(
        &self,
        operation: &'static str,
        call: Call,
        prefer: &str,
    ) -> Result<Answer, Error> {
        let answer = self.rest.exchange(operation, headed(call, prefer)).await?;
        // Which rows are like the new one is not said.
        match code(&answer, "0x80040333") {
            Some(_) => Err(Error::new(ErrorKind::Ambiguous(Vec::new()), operation)),
            None => self.rest.judge(operation, answer),
        }
    }

    /// `*` keeps a change of a row that is not there from making one.
    async fn patch(
        &self,
        of: &Asked<'_>,
        id: &str,
        row: Map<String, Value>,
        expect: Option<&str>,
    ) -> Result<Option<String>, Error> {
        let call = Call::patch(format!("{}({})", of.table, escaped(id)), row)
            .query("$select", of.id)
            .header(IF_MATCH, expect.unwrap_or("*"));
        let answer = self.send("perform", call, REPRESENTATION).await?;
        Ok(answer.body["@odata.etag"].as_str().map(str::to_owned))
    }

    /// Puts a row that is written into its state: a case is resolved by an action of its own.
    async fn put_into(
        &self,
        of: &Asked<'_>,
        id: &str,
        state: Map<String, Value>,
    ) -> Result<Option<String>, Error> {
        if of.table != "incidents" || state["statecode"] != 1 {
            return self.patch(of, id, state, None).await;
        }
        let resolution = json!({
            "subject": "Resolved", "incidentid@odata.bind": format!("/incidents({id})"),
        });
        let reason = state.get("statuscode").cloned().unwrap_or(json!(-1));
        let body = json!({ "IncidentResolution": resolution, "Status": reason });
        let call = headed(Call::post("CloseIncident", body), "");
        let answer = self.rest.exchange("perform", call).await?;
        match code(&answer, "0x80040216") {
            // It is closed already.
            Some(_) => Ok(None),
            None => self.rest.judge("perform", answer).map(|_| None),
        }
    }
}

fn headed(call: Call, prefer: &str) -> Call {
    let call = call
        .header(HeaderName::from_static("odata-version"), "4.0")
        .header(HeaderName::from_static("odata-maxversion"), "4.0");
    match prefer {
        "" => call,
        _ => call.header(HeaderName::from_static("prefer"), prefer),
    }
}

#[async_trait]
impl Rows for Organisation {
    async fn page(
        &self,
        of: &Asked<'_>,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<RowPage, Error> {
        let expired = || Error::new(ErrorKind::CursorExpired, "changes");
        let call = match cursor.map(Cursor::as_str) {
            None => Call::get(of.table).query("$select", &select(of)),
            Some(link) => {
                let own = link.strip_prefix(&format!("{}/{}?", self.base, of.table));
                own.ok_or_else(expired)?;
                Call::get(link)
            }
        };
        let prefer = format!("odata.track-changes,odata.maxpagesize={limit},{ANNOTATIONS}");
        let answer = self.send("changes", call, &prefer).await;
        let answer = answer.map_err(|error| match (error.kind(), cursor) {
            // A token that it cannot read.
            (ErrorKind::Invalid { .. }, Some(_)) => expired(),
            _ => error,
        })?;
        let next = answer.text("/@odata.nextLink");
        let link = next.or_else(|| answer.text("/@odata.deltaLink"));
        let link = link.ok_or_else(|| Error::new(ErrorKind::Protocol, "changes"))?;
        let all = answer.rows("/value")?.iter();
        let is_gone = |row: &&Value| row["reason"] == "deleted";
        let (gone, rows): (Vec<_>, Vec<_>) = all.partition(is_gone);
        let gone = gone.iter().filter_map(|row| row["id"].as_str());
        let gone = gone.map(str::to_owned).collect();
        let rows = Found::new(rows.into_iter().cloned().collect(), answer.at);
        Ok(RowPage::new(rows, gone, Cursor::new(link), next.is_none()))
    }

    async fn select(
        &self,
        operation: &'static str,
        of: &Asked<'_>,
        tests: &[Test],
    ) -> Result<Found, Error> {
        let tests: Vec<String> = tests.iter().map(|test| filter(of, test)).collect();
        let call = Call::get(of.table)
            .query("$select", &select(of))
            .query("$filter", &tests.join(" and "));
        let annotated = |call| headed(call, ANNOTATIONS);
        let next = |answer: &Answer| Some(annotated(Call::get(answer.text("/@odata.nextLink")?)));
        self.rest
            .all(operation, annotated(call), "/value", next)
            .await
    }

    /// The alternate key keeps a second one from being made.
    async fn insert(&self, of: &Asked<'_>, mut row: Map<String, Value>) -> Result<String, Error> {
        let state = state(&mut row);
        let call = Call::post(of.table, row).query("$select", of.id).header(
            HeaderName::from_static("mscrm.suppressduplicatedetection"),
            "false",
        );
        let answer = self.send("perform", call, REPRESENTATION).await?;
        let id = answer.body[of.id].as_str();
        let senseless = || Error::new(ErrorKind::Protocol, "perform").with_landed(Landed::Yes);
        let id = id.ok_or_else(senseless)?.to_owned();
        if let Some(state) = state {
            let put = self.put_into(of, &id, state).await;
            put.map_err(Error::in_part)?;
        }
        Ok(id)
    }

    async fn update(
        &self,
        of: &Asked<'_>,
        id: &str,
        mut row: Map<String, Value>,
        expect: Option<&str>,
    ) -> Result<Option<String>, Error> {
        let Some(state) = state(&mut row) else {
            return self.patch(of, id, row, expect).await;
        };
        if row.is_empty() {
            return self.put_into(of, id, state).await;
        }
        self.patch(of, id, row, expect).await?;
        let put = self.put_into(of, id, state).await;
        put.map_err(Error::in_part)
    }

    async fn delete(&self, of: &Asked<'_>, id: &str) -> Result<(), Error> {
        let call = Call::delete(format!("{}({})", of.table, escaped(id)));
        self.send("perform", call, "").await.map(drop)
    }

    fn is_id(&self, _: &Asked<'_>, id: &str) -> bool {
        is_guid(id)
    }
}
