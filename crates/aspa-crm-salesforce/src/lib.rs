#![doc = include_str!("../README.md")]

mod mapping;
mod wire;
mod write;

use std::borrow::Cow;
use std::sync::Arc;

use aspa_crm::rest::Call;
use aspa_crm::{
    Capabilities, Case, CaseStatus, Change, Crm, Cursor, Customer, Effect, Error, ErrorKind, Field,
    Lookup, Page, Probe, Receipt, Since, Table, lanes, normal, text,
};
use aspa_http::HttpClient;
use aspa_types::{CustomerId, SystemId};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use mapping::KEY;
pub use mapping::Settings;
pub use wire::{Salesforce, Usage};
use wire::{quoted, stamp};

/// Longer than any transaction that stamps a row before it is committed.
const OVERLAP: TimeDelta = TimeDelta::seconds(600);
const CASE: &str = "Id,SystemModstamp,IsDeleted,Aspa_Key__c,Aspa_Url__c,Subject,Status,Origin,OwnerId,ContactId,AccountId";

#[async_trait]
impl Crm for Salesforce {
    fn system(&self) -> &SystemId {
        &self.system
    }

    fn capabilities(&self) -> Cow<'_, Capabilities> {
        Cow::Borrowed(&self.capabilities)
    }

    async fn changes(&self, cursor: Option<&Cursor>, limit: usize) -> Result<Page, Error> {
        self.within_quota()?;
        let tables = self.settings.tables.iter().map(|table| table.name.as_str());
        let names: Vec<&str> = tables.chain(["Case"]).collect();
        lanes(cursor, &names, |lane, cursor| {
            self.page(lane, cursor, limit.clamp(1, 2000))
        })
        .await
    }

    async fn find(&self, lookup: &Lookup) -> Result<Vec<Customer>, Error> {
        if !self.capabilities.lookups.contains(&lookup.field) {
            return Err(Error::new(ErrorKind::Unsupported, "find"));
        }
        let mut found = Vec::new();
        for table in &self.settings.tables {
            let Some(condition) = condition(table, lookup) else {
                continue;
            };
            let fits = |customer: &Customer| lookup.fits(customer, table.region);
            found.extend(
                self.customers("find", table, &condition)
                    .await?
                    .into_iter()
                    .filter(fits),
            );
        }
        found.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(found)
    }

    async fn get(&self, id: &CustomerId) -> Result<Option<Customer>, Error> {
        let Ok((table, id)) = self.own(id) else {
            return Ok(None);
        };
        Ok(self
            .customers("get", table, &format!("Id = {}", quoted(id)))
            .await?
            .pop())
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        self.write(effect).await
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        self.look(effect).await
    }
}

/// What is selected from a table: a pointer is a path of relationships.
fn select(table: &Table) -> String {
    let mut columns = vec!["Id".to_owned(), "SystemModstamp".to_owned()];
    let each = table.columns.iter();
    columns.extend(each.map(|c| c.column.trim_start_matches('/').replace('/', ".")));
    columns.join(",")
}

/// Which rows can hold a value; the rest is compared here. A number is written in many ways: its digits
/// are looked for in their order, of a phone number the last seven.
fn condition(table: &Table, lookup: &Lookup) -> Option<String> {
    let value = normal::value(&lookup.field, &lookup.value, table.region)?;
    let value = Some(value).filter(|value| value.chars().count() <= 255)?;
    let test = match lookup.field {
        Field::Phone | Field::CustomerNumber => {
            format!("LIKE {}", quoted(&lookup.pattern(table.region)?))
        }
        _ => format!("= {}", quoted(&value)),
    };
    let columns = table
        .columns
        .iter()
        .filter(|column| column.field == lookup.field);
    let each = columns.map(|c| {
        format!(
            "{} {test}",
            c.column.trim_start_matches('/').replace('/', ".")
        )
    });
    let all: Vec<String> = each.collect();
    (!all.is_empty()).then(|| format!("({})", all.join(" OR ")))
}

impl Salesforce {
    /// The customers of a table that are there and fit.
    async fn customers(
        &self,
        operation: &'static str,
        table: &Table,
        condition: &str,
    ) -> Result<Vec<Customer>, Error> {
        let converted = if table.name == "Lead" {
            " AND IsConverted = false"
        } else {
            ""
        };
        let soql = format!(
            "SELECT {} FROM {} WHERE {condition}{converted}",
            select(table),
            table.name
        );
        let (rows, at) = self.rows(operation, &soql).await?;
        rows.iter()
            .map(|row| table.customer(&self.system, row, at))
            .collect()
    }

    /// A page of one table, in the order of (time, id). What is deleted is read from the recycle bin.
    async fn page(&self, lane: usize, cursor: Option<Cursor>, limit: usize) -> Result<Page, Error> {
        let table = self.settings.tables.get(lane);
        let (name, columns, own) = match table {
            Some(table) => {
                let converted = if table.name == "Lead" {
                    ",ConvertedContactId"
                } else {
                    ""
                };
                let columns = format!("{},IsDeleted,MasterRecordId{converted}", select(table));
                (table.name.as_str(), columns, String::new())
            }
            None => ("Case", CASE.to_owned(), format!("{KEY} != null AND ")),
        };
        let since = Since::read(cursor.as_ref())?;
        let window = since.window(OVERLAP);
        let from = match (window.after, window.at_or_after) {
            (Some((at, id)), _) => {
                let (at, id) = (stamp(at), quoted(&id));
                format!("(SystemModstamp > {at} OR (SystemModstamp = {at} AND Id > {id}))")
            }
            (None, from) => format!("SystemModstamp >= {}", stamp(from.unwrap_or_default())),
        };
        let soql = format!(
            "SELECT {columns} FROM {name} WHERE {own}{from} ORDER BY SystemModstamp, Id LIMIT {limit}"
        );
        let call = Call::get(self.path("queryAll")).query("q", &soql);
        let answer = self.send("changes", call).await?;
        let rows = answer.rows("/records")?;
        let changes = rows
            .iter()
            .filter_map(|row| self.change(table, row, answer.at).transpose());
        let changes = changes.collect::<Result<Vec<Change>, Error>>()?;
        let full = rows.len() >= limit || answer.body["done"] == false;
        let stamp = |row: &Value| wire::time(row).zip(text(row, "Id"));
        since.page(rows, stamp, changes, full, answer.at)
    }

    fn change(
        &self,
        table: Option<&Table>,
        row: &Value,
        at: DateTime<Utc>,
    ) -> Result<Option<Change>, Error> {
        let gone = row["IsDeleted"] == true;
        let Some(table) = table else {
            return Ok(self.case(row).filter(|_| !gone).map(Change::Case));
        };
        let customer = table.customer(&self.system, row, at)?;
        let into = text(row, "MasterRecordId").or_else(|| text(row, "ConvertedContactId"));
        let into = into.and_then(|id| CustomerId::new(self.system.clone(), id).ok());
        Ok(Some(match (into, gone) {
            (Some(into), _) => Change::Merged {
                old: customer.id,
                into,
            },
            (None, true) => Change::Gone { id: customer.id },
            (None, false) => Change::Put(customer),
        }))
    }

    fn case(&self, row: &Value) -> Option<Case> {
        let key = serde_json::from_value(row[KEY].clone()).ok()?;
        let status = text(row, "Status")?;
        let known = self
            .settings
            .statuses
            .iter()
            .find(|(_, theirs)| *theirs == status);
        let ours = known.map_or_else(|| CaseStatus::from(&*status), |(ours, _)| ours.clone());
        let mut case = Case::new(key, text(row, "Subject").unwrap_or_default(), ours);
        let customer = text(row, "ContactId").or_else(|| text(row, "AccountId"));
        case.customer = customer.and_then(|id| CustomerId::new(self.system.clone(), id).ok());
        case.url = text(row, "Aspa_Url__c");
        case.origin = text(row, "Origin");
        case.user = text(row, "OwnerId");
        case.version = text(row, "SystemModstamp");
        Some(case)
    }
}

impl Salesforce {
    /// One org at the address of its own domain, `https://shop.my.salesforce.com`, by a client that has
    /// the [credentials](aspa_crm::rest) among its layers. `now` is the host's clock.
    #[must_use]
    pub fn new(
        system: SystemId,
        address: &str,
        client: Arc<dyn HttpClient>,
        now: fn() -> DateTime<Utc>,
    ) -> Self {
        Self::with(system, address, client, now, Settings::default())
    }
}
