use std::borrow::Cow;
use std::fmt;

use aspa_crm::{
    Capabilities, Change, Column, Crm, Cursor, Customer, Deletes, Effect, EffectName, Erasure,
    Error, ErrorKind, Field, Handles as Kept, Idempotency, Lookup, Page, Performs, Precondition,
    Probe, Receipt, Since, normal, text,
};
use aspa_types::{CustomerId, Landed, SystemId};
use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::Value;

use crate::statement::{name, table_name};
use crate::{Answer, Database, Dialect, Refused, Row, Settings, Statement};

/// The column that the handles of a customer are read as.
const HANDLES: &str = "aspa_handles";
/// What parts them there: no handle has a control character.
const BETWEEN: char = '\n';

/// Customers in the tables of a database.
pub struct SqlCrm {
    pub(crate) database: Box<dyn Database>,
    pub(crate) settings: Settings,
    capabilities: Capabilities,
}

impl fmt::Debug for SqlCrm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlCrm")
            .field("system", &self.settings.system)
            .finish_non_exhaustive()
    }
}

impl SqlCrm {
    /// The customers that the settings name. Does no IO yet.
    ///
    /// # Errors
    ///
    /// `Invalid` naming what the settings lack: `changed`, the column with the time of the last change;
    /// `key` where customers are made.
    pub fn new(database: impl Database, mut settings: Settings) -> Result<Self, Error> {
        let lacks = |field: &str| {
            let field = field.to_owned();
            Error::new(ErrorKind::Invalid { field }, "settings")
        };
        let table = &settings.customers;
        table.changed.as_ref().ok_or_else(|| lacks("changed"))?;
        if settings.owns_rows && table.key.is_none() {
            return Err(lacks("key"));
        }
        let capabilities = capabilities(&settings);
        if settings.handles.is_some() {
            let column = Column::new(HANDLES, Field::Handle);
            settings.customers.columns.push(column.split_at(BETWEEN));
        }
        Ok(Self {
            database: Box::new(database),
            settings,
            capabilities,
        })
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.database.dialect()
    }

    /// Does statements, and tells what went wrong in the words of a connector.
    pub(crate) async fn run(
        &self,
        operation: &'static str,
        statements: Vec<Statement>,
    ) -> Result<Answer, Error> {
        self.database.run(statements).await.map_err(|refused| {
            let field = || "statement".to_owned();
            match refused {
                Refused::Unavailable => Error::new(ErrorKind::Unavailable, operation),
                Refused::Lost => Error::new(ErrorKind::Unavailable, operation).with_landed(
                    if operation == "perform" {
                        Landed::Maybe
                    } else {
                        Landed::No
                    },
                ),
                Refused::Invalid => Error::new(ErrorKind::Invalid { field: field() }, operation),
            }
        })
    }

    /// `SELECT` of all that is read of customers, without a condition yet.
    pub(crate) fn select(&self) -> String {
        let table = &self.settings.customers;
        let dialect = self.dialect();
        let mut columns = Vec::new();
        for column in table.select() {
            let quoted = name(column);
            columns.push(if table.changed.as_deref() == Some(column) {
                format!("{} AS {quoted}", dialect.moment(&quoted))
            } else if column == HANDLES {
                match &self.settings.handles {
                    Some(handles) => format!(
                        "(SELECT {} FROM {} h WHERE h.{} = c.{}) AS {quoted}",
                        dialect.lines(&name(&handles.handle)),
                        table_name(&handles.table),
                        name(&handles.customer),
                        name(&table.id),
                    ),
                    None => continue,
                }
            } else {
                format!("{} AS {quoted}", dialect.text(&quoted))
            });
        }
        format!(
            "SELECT {} FROM {} c",
            columns.join(", "),
            table_name(&table.name)
        )
    }

    fn customer(&self, row: Row, seen: DateTime<Utc>) -> Result<Customer, Error> {
        let row = Value::Object(row);
        self.settings
            .customers
            .customer(&self.settings.system, &row, seen)
    }

    /// The customers that fit a condition, in the order of ids.
    async fn that(
        &self,
        operation: &'static str,
        condition: Statement,
    ) -> Result<Vec<Customer>, Error> {
        let clock = self.dialect().clock();
        let now = now_of(&self.run(operation, vec![clock]).await?)?;
        let mut statement = Statement::new(format!("{} WHERE {}", self.select(), condition.sql));
        statement.values = condition.values;
        let rows = self.run(operation, vec![statement]).await?.rows;
        let each = rows.into_iter().map(|row| self.customer(row, now));
        let mut found = each.collect::<Result<Vec<_>, _>>()?;
        found.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(found)
    }
}

fn now_of(answer: &Answer) -> Result<DateTime<Utc>, Error> {
    let row = answer.rows.first().and_then(|row| row.get("now"));
    let now = row.and_then(Value::as_str).and_then(|now| now.parse().ok());
    now.ok_or_else(|| Error::new(ErrorKind::Protocol, "read"))
}

fn capabilities(settings: &Settings) -> Capabilities {
    let columns = settings.customers.columns.iter();
    let mut lookups: Vec<Field> = columns.map(|column| column.field.clone()).collect();
    lookups.sort();
    lookups.dedup();
    let protects = match settings.customers.version {
        Some(_) => Precondition::Strong,
        None => Precondition::None,
    };
    let performs = Performs::new(protects, Idempotency::NaturalKey);
    let mut names = Vec::new();
    let mut claims = Capabilities::new(Deletes::ScanOnly, lookups);
    if !settings.writes.is_empty() {
        names.push(EffectName::Patch);
    }
    if settings.owns_rows {
        names.extend([EffectName::Create, EffectName::Erase]);
        claims.erasure = Some(Erasure::Hard);
    }
    if settings.handles.is_some() {
        names.extend([EffectName::LinkHandle, EffectName::UnlinkHandle]);
        claims.handles = Kept::ChildRow;
    }
    if settings.cases.is_some() {
        names.push(EffectName::UpsertCase);
    }
    if settings.activities.is_some() {
        names.extend([EffectName::AddActivity, EffectName::Redact]);
    }
    claims.verified_live = true;
    let written = settings.writes.iter().cloned();
    claims.performing(names, performs).writing(written)
}

#[async_trait]
impl Crm for SqlCrm {
    fn system(&self) -> &SystemId {
        &self.settings.system
    }

    fn capabilities(&self) -> Cow<'_, Capabilities> {
        Cow::Borrowed(&self.capabilities)
    }

    async fn changes(&self, cursor: Option<&Cursor>, limit: usize) -> Result<Page, Error> {
        let since = Since::read(cursor)?;
        let limit = limit.clamp(1, 10_000);
        let table = &self.settings.customers;
        let overlap = TimeDelta::seconds(i64::from(self.settings.overlap_seconds));
        let window = since.window(overlap);
        let changed = name(table.changed.as_deref().unwrap_or_default());
        let dialect = self.dialect();
        let changed = dialect.moment(&format!("c.{changed}"));
        let id = dialect.text(&format!("c.{}", name(&table.id)));
        let as_text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let mut select = Statement::new(self.select());
        // Ids are compared as texts, whatever they are, so that the order is one.
        if let Some((at, last)) = window.after {
            select.add(&format!(
                " WHERE {changed} > ? OR ({changed} = ? AND {id} > ?)"
            ));
            select = select.value(as_text(at)).value(as_text(at)).value(last);
        } else if let Some(from) = window.at_or_after {
            select.add(&format!(" WHERE {changed} >= ?"));
            select = select.value(as_text(from));
        }
        select.add(&format!(" ORDER BY {changed}, {id} LIMIT {limit}"));
        // The time is that of before, so that nothing falls between.
        let clock = self.dialect().clock();
        let now = now_of(&self.run("changes", vec![clock]).await?)?;
        let rows = self.run("changes", vec![select]).await?.rows;
        let full = rows.len() == limit;
        let rows: Vec<Value> = rows.into_iter().map(Value::Object).collect();
        let each = rows.iter();
        let each = each.map(|row| table.customer(&self.settings.system, row, now));
        let changes = each.map(|customer| customer.map(Change::Put));
        let stamp = |row: &Value| table.changed_of(row).zip(text(row, &table.id));
        since.page(&rows, stamp, changes.collect::<Result<_, _>>()?, full, now)
    }

    async fn find(&self, lookup: &Lookup) -> Result<Vec<Customer>, Error> {
        if !self.capabilities.lookups.contains(&lookup.field) {
            return Err(Error::new(ErrorKind::Unsupported, "find"));
        }
        let region = self.settings.customers.region;
        let Some(wanted) = normal::value(&lookup.field, &lookup.value, region) else {
            return Ok(Vec::new());
        };
        let columns = self.settings.customers.columns.iter();
        let columns = columns.filter(|column| column.field == lookup.field);
        let mut condition = Statement::default();
        for column in columns {
            let either = if condition.sql.is_empty() { "" } else { " OR " };
            let column = format!("c.{}", name(&column.column));
            let column = self.dialect().text(&column);
            // A phone number stands there in any spelling: those that may fit are read and compared.
            match lookup.field {
                Field::Phone => {
                    condition.add(&format!("{either}{column} LIKE ?"));
                    condition = condition.value(lookup.pattern(region).unwrap_or_default());
                }
                _ => {
                    // SQLite's own `lower` knows ASCII alone: what is beyond is found as it is written.
                    let as_given = lookup.value.trim().to_ascii_lowercase();
                    condition.add(&format!("{either}lower(trim({column})) IN (?, ?)"));
                    condition = condition.value(wanted.clone()).value(as_given);
                }
            }
        }
        let found = self.that("find", condition).await?;
        let fits = |customer: &Customer| lookup.fits(customer, region);
        Ok(found.into_iter().filter(fits).collect())
    }

    async fn get(&self, id: &CustomerId) -> Result<Option<Customer>, Error> {
        let own = self.settings.customers.own_id(id);
        let Some(own) = own.filter(|_| id.system == self.settings.system) else {
            return Ok(None);
        };
        let column = name(&self.settings.customers.id);
        let condition = Statement::default();
        let condition = condition.with_id(self.dialect(), &format!("c.{column}"), own);
        Ok(self.that("get", condition).await?.pop())
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        self.capabilities.allow(effect)?;
        self.write(effect).await
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        self.look(effect).await
    }
}
