use std::fmt;

use aspa_crm::rows::{Asked, Connector, Customers, Found, Layout, Ours, Part, RowPage, Rows, Test};
use aspa_crm::{
    Capabilities, Column, Cursor, Deletes, EffectName, Erasure, Error, ErrorKind, Field,
    Idempotency, Performs, Precondition, RecordKind, Since, text,
};
use aspa_types::Landed;
use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value};

use crate::settings::ROW;
use crate::statement::{name, table_name, whole_name};
use crate::{Answer, Database, Dialect, Refused, Settings, Statement};

/// The column that the handles of a customer are read as.
const HANDLES: &str = "aspa_handles";
/// What parts them there: no handle has a control character.
const BETWEEN: char = '\n';
/// What rows are sorted by: when they changed, and those of which nobody knows as if at the very beginning.
const STAMP: &str = "aspa_stamp";

/// Customers in the tables of a database.
pub type SqlCrm = Connector<Tables>;

/// The tables of a database.
pub struct Tables {
    database: Box<dyn Database>,
    settings: Settings,
    handles: Option<Linked>,
}

/// The columns of the table of handles.
struct Linked {
    table: String,
    customer: String,
    key: String,
    handle: String,
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tables").finish_non_exhaustive()
    }
}

/// The customers that the settings name. Does no IO yet.
///
/// # Errors
///
/// `Invalid` naming what the settings lack: `changed`, the column with the time of the last change;
/// `key` where customers are made; `handles` where that table has no column for the customer, the key or the
/// handle.
pub fn connect(database: impl Database, mut settings: Settings) -> Result<SqlCrm, Error> {
    let lacks = |field: &str| {
        let field = field.to_owned();
        Error::new(ErrorKind::Invalid { field }, "settings")
    };
    let table = &settings.customers;
    table.changed.as_ref().ok_or_else(|| lacks("changed"))?;
    if settings.owns_rows && table.key.is_none() {
        return Err(lacks("key"));
    }
    let customers = table.name.clone();
    let ours = [
        &mut settings.handles,
        &mut settings.cases,
        &mut settings.activities,
    ];
    for ours in ours.into_iter().flatten() {
        // They have no time: what became of them there is not read.
        ours.version = None;
        for owner in &mut ours.owners {
            owner.table.clone_from(&customers);
        }
    }
    let handles = settings.handles.as_ref().map(Linked::of);
    let tables = Tables {
        handles: handles
            .map(|all| all.ok_or_else(|| lacks("handles")))
            .transpose()?,
        database: Box::new(database),
        settings,
    };
    Ok(Connector::new(
        tables.settings.system.clone(),
        layout(&tables.settings),
        tables,
    ))
}

fn layout(settings: &Settings) -> Layout {
    let mut table = settings.customers.clone();
    let mut lookups: Vec<Field> = table
        .columns
        .iter()
        .map(|column| column.field.clone())
        .collect();
    lookups.sort();
    lookups.dedup();
    let protects = match table.version {
        Some(_) => Precondition::Strong,
        None => Precondition::None,
    };
    let patch = Performs::new(protects, Idempotency::NaturalKey);
    let patches = (!settings.writes.is_empty()).then_some(EffectName::Patch);
    let written = settings.writes.iter().cloned();
    let mut claims = Capabilities::new(Deletes::ScanOnly, lookups)
        .performing(patches, patch)
        .writing(written);
    claims.max_page = Some(10_000);
    claims.erasure = settings.owns_rows.then_some(Erasure::Hard);
    claims.verified_live = true;
    table.key = table.key.filter(|_| settings.owns_rows);
    if settings.handles.is_some() {
        let column = Column::new(HANDLES, Field::Handle);
        table.columns.push(column.split_at(BETWEEN));
    }
    let mut layout = Layout::new([Customers::new(table, RecordKind::Person)], claims);
    layout.handles.clone_from(&settings.handles);
    layout.cases.clone_from(&settings.cases);
    layout.activities.clone_from(&settings.activities);
    layout
}

impl Linked {
    fn of(handles: &Ours) -> Option<Self> {
        let column = |part: Part| {
            let mut cells = handles.cells.iter();
            cells
                .find(|cell| cell.part == part)
                .map(|cell| cell.column.clone())
        };
        Some(Self {
            table: handles.table.clone(),
            customer: handles.owners.first()?.column.clone(),
            key: column(Part::Handle)?,
            handle: column(Part::Whole)?,
        })
    }

    /// The id of a row: no key has a space.
    fn id(&self, row: &Value) -> Option<String> {
        let (key, customer) = (text(row, &self.key)?, text(row, &self.customer)?);
        Some(format!("{key} {customer}"))
    }
}

/// A pattern with anything in place of each sign that is not ASCII: the case of those is not known everywhere.
fn any(pattern: &str) -> String {
    pattern.replace(|sign: char| !sign.is_ascii(), "%")
}

fn not_found() -> Error {
    Error::new(ErrorKind::NotFound, "perform")
}

/// What is written for a value; none is NULL.
fn plain(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

/// What the first row has in a column.
fn first(answer: &Answer, column: &str) -> Option<String> {
    let one = answer.rows.first()?.get(column)?;
    one.as_str().map(str::to_owned)
}

impl Tables {
    fn dialect(&self) -> Dialect {
        self.database.dialect()
    }

    fn is_customers(&self, of: &Asked<'_>) -> bool {
        of.table == self.settings.customers.name
    }

    fn linked(&self, of: &Asked<'_>) -> Option<&Linked> {
        self.handles
            .as_ref()
            .filter(|handles| handles.table == of.table)
    }

    /// Does statements, and tells what went wrong in the words of a connector. `lost` is what may have been
    /// done where nobody knows.
    async fn run(
        &self,
        operation: &'static str,
        statements: Vec<Statement>,
        lost: Landed,
    ) -> Result<Answer, Error> {
        self.database.run(statements).await.map_err(|refused| {
            let field = || "statement".to_owned();
            match refused {
                Refused::Unavailable => Error::new(ErrorKind::Unavailable, operation),
                Refused::Lost => Error::new(ErrorKind::Unavailable, operation).with_landed(lost),
                Refused::Taken => Error::new(ErrorKind::Conflict { current: None }, operation),
                Refused::Invalid => Error::new(ErrorKind::Invalid { field: field() }, operation),
            }
        })
    }

    async fn write(&self, statements: Vec<Statement>) -> Result<Answer, Error> {
        self.run("perform", statements, Landed::Maybe).await
    }

    /// A column as it is read.
    fn expression(&self, of: &Asked<'_>, column: &str) -> String {
        let (customers, dialect) = (&self.settings.customers, self.dialect());
        let quoted = whole_name(of.table, column);
        match &self.handles {
            _ if !self.is_customers(of) => dialect.text(&quoted),
            Some(handles) if column == HANDLES => format!(
                "(SELECT {} FROM {} h WHERE h.{} = {})",
                dialect.lines(&format!("h.{}", name(&handles.handle))),
                table_name(&handles.table),
                name(&handles.customer),
                whole_name(of.table, &customers.id),
            ),
            _ if customers.changed.as_deref() == Some(column) => dialect.moment(&quoted),
            _ => dialect.text(&quoted),
        }
    }

    /// The rows of a table, where what follows its name says so, and when the database was asked; `more` is what
    /// is wanted beside its columns.
    async fn rows(
        &self,
        operation: &'static str,
        of: &Asked<'_>,
        more: &str,
        rest: Statement,
    ) -> Result<Found, Error> {
        // The time is that of before, so that nothing falls between.
        let clock = vec![self.dialect().clock()];
        let clock = self.run(operation, clock, Landed::No).await?;
        let now = first(&clock, "now").and_then(|now| now.parse().ok());
        let now = now.ok_or_else(|| Error::new(ErrorKind::Protocol, "read"))?;
        let columns = of.columns.iter().filter(|column| **column != ROW);
        let columns: Vec<String> = columns
            .map(|column| format!("{} AS {}", self.expression(of, column), name(column)))
            .collect();
        let (columns, table) = (columns.join(", "), table_name(of.table));
        let mut select =
            Statement::new(format!("SELECT {columns}{more} FROM {table} {}", rest.sql));
        select.values = rest.values;
        let found = self.run(operation, vec![select], Landed::No).await?.rows;
        let mut rows: Vec<Value> = found.into_iter().map(Value::Object).collect();
        for row in &mut rows {
            if let Some(id) = self.linked(of).and_then(|linked| linked.id(row)) {
                row[ROW] = id.into();
            }
        }
        Ok(Found::new(rows, now))
    }

    /// With the condition that all of these hold.
    fn fitting(&self, of: &Asked<'_>, mut statement: Statement, tests: &[Test]) -> Statement {
        for (place, test) in tests.iter().enumerate() {
            statement.add(if place > 0 { " AND " } else { "" });
            statement = self.with(of, statement, test);
        }
        statement
    }

    fn with(&self, of: &Asked<'_>, mut statement: Statement, test: &Test) -> Statement {
        let (dialect, customers) = (self.dialect(), &self.settings.customers);
        match test {
            Test::Is(column, value) => {
                let value = plain(value.clone()).unwrap_or_default();
                let quoted = whole_name(of.table, column);
                if self.is_customers(of) && customers.id == *column {
                    return statement.with_id(dialect, &quoted, &value);
                }
                if !self.is_customers(of) || customers.key.as_ref() == Some(column) {
                    return statement.with_key(dialect, &quoted, &value);
                }
                // SQLite's `lower` knows ASCII alone: in place of what is beyond anything fits.
                let (is, value) = match value.is_ascii() {
                    true => ("=", value.to_ascii_lowercase()),
                    false => ("LIKE", any(&value.replace(['%', '_', '\\'], "_"))),
                };
                let column = self.expression(of, column);
                statement.add(&format!("lower(trim({column})) {is} ?"));
                statement.value(value)
            }
            Test::Like(column, pattern) => {
                statement.add(&format!("lower({}) LIKE ?", self.expression(of, column)));
                statement.value(any(pattern))
            }
            Test::Has(column) => {
                statement.add(&format!("{} IS NOT NULL", whole_name(of.table, column)));
                statement
            }
            Test::Any(tests) => {
                statement.add("(1 = 0");
                for test in tests {
                    statement.add(" OR ");
                    statement = self.with(of, statement, test);
                }
                statement.add(")");
                statement
            }
            _ => {
                statement.add("1 = 0");
                statement
            }
        }
    }

    /// The row with this id.
    fn is(&self, of: &Asked<'_>, id: &str) -> Vec<Test> {
        match (self.linked(of), id.split_once(' ')) {
            (Some(linked), Some((key, customer))) => vec![
                Test::Is(linked.customer.clone(), customer.into()),
                Test::Is(linked.key.clone(), key.into()),
            ],
            _ => vec![Test::Is(of.id.to_owned(), id.into())],
        }
    }

    /// What every change of a customer's row sets.
    fn moved(&self) -> Vec<String> {
        let table = &self.settings.customers;
        let changed = name(table.changed.as_deref().unwrap_or_default());
        let version = table.version.iter().map(|version| name(version));
        let changed = format!("{changed} = {}", self.dialect().now());
        let version = version.map(|version| format!("{version} = COALESCE({version}, 0) + 1"));
        std::iter::once(changed).chain(version).collect()
    }

    /// The customer's row is changed, since a row of theirs is.
    fn touched(&self, own: &str) -> Statement {
        let table = &self.settings.customers;
        let (customers, sets) = (table_name(&table.name), self.moved().join(", "));
        let update = Statement::new(format!("UPDATE {customers} SET {sets} WHERE "));
        let id = whole_name(&table.name, &table.id);
        update.with_id(self.dialect(), &id, own)
    }

    /// `SELECT` of a column of customers, as `one`.
    fn one(&self, of: &Asked<'_>, column: Option<&str>, test: &[Test]) -> Statement {
        let column = column.map(|column| self.dialect().text(&whole_name(of.table, column)));
        let (column, table) = (column.as_deref().unwrap_or("NULL"), table_name(of.table));
        let select = Statement::new(format!("SELECT {column} AS one FROM {table} WHERE "));
        self.fitting(of, select, test)
    }
}

#[async_trait]
impl Rows for Tables {
    async fn page(
        &self,
        of: &Asked<'_>,
        cursor: Option<&Cursor>,
        limit: usize,
    ) -> Result<RowPage, Error> {
        let since = Since::read(cursor)?;
        let changed = self.settings.customers.changed.as_deref();
        let changed = self.expression(of, changed.unwrap_or_default());
        let overlap = TimeDelta::seconds(i64::from(self.settings.overlap_seconds));
        let window = since.window(overlap);
        let as_text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let moment = format!("COALESCE({changed}, '{}')", as_text(DateTime::UNIX_EPOCH));
        let id = self.expression(of, of.id);
        let mut rest = Statement::new("WHERE 1 = 1");
        // Whether a row without a time changed nobody knows: it comes with each reading.
        if let Some(from) = window.at_or_after {
            rest.add(&format!(" AND ({moment} >= ? OR {changed} IS NULL)"));
            rest = rest.value(as_text(from));
        }
        // Ids are compared as texts, whatever they are, so that the order is one.
        if let Some((at, last)) = window.after {
            rest.add(&format!(
                " AND ({moment} > ? OR ({moment} = ? AND {id} > ?))"
            ));
            rest = rest.value(as_text(at)).value(as_text(at)).value(last);
        }
        rest.add(&format!(" ORDER BY {moment}, {id} LIMIT {limit}"));
        let stamp = format!(", {moment} AS {}", name(STAMP));
        let found = self.rows("changes", of, &stamp, rest).await?;
        RowPage::since(since, found, limit, of.id, STAMP, "")
    }

    async fn select(
        &self,
        operation: &'static str,
        of: &Asked<'_>,
        tests: &[Test],
    ) -> Result<Found, Error> {
        let rest = self.fitting(of, Statement::new("WHERE "), tests);
        self.rows(operation, of, "", rest).await
    }

    async fn insert(&self, of: &Asked<'_>, row: Map<String, Value>) -> Result<String, Error> {
        let (customers, linked) = (&self.settings.customers, self.linked(of));
        let own = linked.and_then(|linked| row.get(&linked.customer)?.as_str());
        let mut all: Vec<Statement> = own.map(|own| self.touched(own)).into_iter().collect();
        let key = customers.key.as_ref().filter(|_| self.is_customers(of));
        let key = key.and_then(|key| Some(Test::Is(key.clone(), row.get(key)?.clone())));
        let value = Value::Object(row);
        let id = linked.map_or_else(|| text(&value, of.id), |linked| linked.id(&value));
        let mut insert = Statement::default();
        let (mut names, mut values) = (Vec::new(), Vec::new());
        if let Value::Object(row) = value {
            for (column, value) in row {
                names.push(name(&column));
                values.push("?".to_owned());
                insert.values.push(plain(value));
            }
        }
        if self.is_customers(of) {
            names.extend(customers.changed.iter().map(|column| name(column)));
            values.push(self.dialect().now());
            let version = customers.version.iter();
            names.extend(version.clone().map(|column| name(column)));
            values.extend(version.map(|_| "1".to_owned()));
        }
        let (table, names, values) = (table_name(of.table), names.join(", "), values.join(", "));
        insert.sql = format!("INSERT INTO {table} ({names}) VALUES ({values})");
        all = all.into_iter().map(Statement::needing_a_row).collect();
        all.push(insert);
        all.extend(key.map(|key| self.one(of, Some(of.id), &[key])));
        let made = self.write(all).await?;
        if made.changed.is_empty() {
            return Err(not_found());
        }
        let senseless = || Error::new(ErrorKind::Protocol, "perform").with_landed(Landed::Yes);
        first(&made, "one").or(id).ok_or_else(senseless)
    }

    async fn update(
        &self,
        of: &Asked<'_>,
        id: &str,
        row: Map<String, Value>,
        expect: Option<&str>,
    ) -> Result<Option<String>, Error> {
        let customers = self.is_customers(of);
        let which = self.is(of, id);
        let mut update = Statement::default();
        let mut sets = Vec::new();
        for (column, value) in row {
            sets.push(format!("{} = ?", name(&column)));
            update.values.push(plain(value));
        }
        sets.extend(self.moved().into_iter().filter(|_| customers));
        update.sql = format!(
            "UPDATE {} SET {} WHERE ",
            table_name(of.table),
            sets.join(", ")
        );
        update = self.fitting(of, update, &which).needing_a_row();
        let version = self.settings.customers.version.as_deref();
        let version = version.filter(|_| customers);
        if let Some(version) = version {
            let version = whole_name(of.table, version);
            // A row without a version gets one with the first change.
            match expect {
                Some(expect) => {
                    update.add(&format!(" AND {} = ?", self.dialect().text(&version)));
                    update = update.value(expect);
                }
                None => update.add(&format!(" AND {version} IS NULL")),
            }
        }
        let mut all = vec![update];
        if customers {
            all.push(self.one(of, version, &which));
        }
        if let (Some(_), Some((_, own))) = (self.linked(of), id.split_once(' ')) {
            all.push(self.touched(own));
        }
        let changed = self.write(all).await.map_err(|error| match error.kind() {
            // It is not the row that is another one.
            ErrorKind::Conflict { .. } => {
                let field = "statement".to_owned();
                Error::new(ErrorKind::Invalid { field }, "perform")
            }
            _ => error,
        })?;
        if !changed.changed.is_empty() {
            return Ok(first(&changed, "one"));
        }
        // Nothing was written: the row is another one by now, or gone.
        let now = self.one(of, version, &which);
        let now = self.run("perform", vec![now], Landed::No).await?;
        Err(match now.rows.is_empty() {
            true => not_found(),
            false => Error::new(
                ErrorKind::Conflict {
                    current: first(&now, "one"),
                },
                "perform",
            ),
        })
    }

    async fn delete(&self, of: &Asked<'_>, id: &str) -> Result<(), Error> {
        let any = self.remove(&[(of.clone(), self.is(of, id))]).await?;
        any.then_some(()).ok_or_else(not_found)
    }

    /// In one transaction; with a handle alone the customer is another one.
    async fn remove(&self, all: &[(Asked<'_>, Vec<Test>)]) -> Result<bool, Error> {
        let each = all.iter().map(|(of, tests)| {
            let delete = Statement::new(format!("DELETE FROM {} WHERE ", table_name(of.table)));
            self.fitting(of, delete, tests)
        });
        let mut statements: Vec<Statement> = each.collect();
        if let [(of, tests)] = all
            && let Some(linked) = self.linked(of)
        {
            let own = tests.iter().find_map(|test| match test {
                Test::Is(column, own) if *column == linked.customer => own.as_str(),
                _ => None,
            });
            statements = statements
                .into_iter()
                .map(Statement::needing_a_row)
                .collect();
            statements.extend(own.map(|own| self.touched(own)));
        }
        let gone = self.write(statements).await?.changed;
        Ok(gone.iter().any(|rows| *rows > 0))
    }
}
