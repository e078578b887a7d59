use aspa_types::CustomerId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Asked, Test};
use crate::table::{self, cell, once};
use crate::{
    Capabilities, CaseStatus, EffectName, Error, ErrorKind, Field, Handles, Idempotency,
    NaturalKey, Performs, Precondition, RecordKind, Table, text,
};

/// In which tables of a system things stand: plain data, so that a host adds columns by configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Layout {
    /// The tables of customers and leads, in the order in which they are read.
    pub customers: Vec<Customers>,
    /// The table of linked handles; none: they are not written. As those below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handles: Option<Ours>,
    /// The table of cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cases: Option<Ours>,
    /// The table of activities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activities: Option<Ours>,
    /// The table of who follows whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<Ours>,
    /// What the system promises: deletes, look-ups, the fields that are written with their limits in UTF-16
    /// units, pages, what an erasure leaves, and how a patch is performed. The other effects follow from the
    /// tables.
    pub capabilities: Capabilities,
}

/// A table of customers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Customers {
    /// The table. With a [key](Table::key), rows are made in it.
    pub table: Table,
    /// What is made here: a person, a company or a lead.
    pub record: RecordKind,
    /// The columns that tell that a row went into another one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<Moved>,
    /// The fields that cannot be written here, though there is a column to read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub read_only: Vec<Field>,
}

/// A column that tells into which row another one went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Moved {
    /// The column with the id of the row that has it now.
    pub column: String,
    /// The name of the table in which that is.
    pub table: String,
    /// Only where this column has this value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<(String, Value)>,
}

/// A table with rows that we write: handles, cases, activities or follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Ours {
    /// What the system calls it.
    pub table: String,
    /// The column with the ids.
    pub id: String,
    /// The column with our natural key, unique.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The column with the version, where rows are read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The columns, and what they hold. Several may hold the same; the first of them is read.
    pub cells: Vec<Cell>,
    /// The column of the customer, for each table of customers that rows can belong to.
    pub owners: Vec<Owner>,
    /// Whether a row without a customer is refused.
    #[serde(default)]
    pub owned: bool,
}

/// The column of the customer whom a row is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Owner {
    /// The name of the table of customers.
    pub table: String,
    /// The column with the id.
    pub column: String,
    /// Only where this column has this value it is a customer of that table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<(String, Value)>,
    /// How it is written, where that is not by the id in that column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bind: Option<Bind>,
    /// The column with the id of the case's row, where an activity of such a customer can have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<String>,
}

/// How a reference to a row is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Bind {
    /// Under this name.
    pub name: String,
    /// As this text, with the id in place of `{}`: `/contacts({})`.
    pub address: String,
}

/// A column of a row that we write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Cell {
    /// Its name.
    pub column: String,
    /// What it holds.
    pub part: Part,
    /// The most UTF-16 units of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<usize>,
    /// What is done with a value that does not fit.
    #[serde(default)]
    pub over: Over,
    /// What the system calls our values; the first that fits counts, in both directions, and `*` stands for
    /// any of ours. Empty: as we do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<(String, Value)>,
    /// Whether it is written when the row is made and never again.
    #[serde(default)]
    pub once: bool,
    /// How it is written, where it refers to another row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bind: Option<Bind>,
}

/// What a column of a row of ours holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Part {
    /// The natural key of a handle, whosever it is.
    Handle,
    /// Its id on its network.
    HandleId,
    /// Its network.
    Network,
    /// All of it: `network:scope:id`.
    Whole,
    /// What people type to name it, else its id.
    Shown,
    /// What people type to name it.
    UserName,
    /// What it shows as its name.
    DisplayName,
    /// An address to look at.
    Url,
    /// One line.
    Subject,
    /// What was written.
    Text,
    /// What was written, and below it the address: where there is no column for that.
    TextAndUrl,
    /// How far a case is: [`CaseStatus`].
    Status,
    /// The network that a case came from.
    Origin,
    /// The CRM's user.
    User,
    /// When it happened, RFC 3339.
    At,
    /// The day when it happened in UTC, `2026-11-22`.
    Day,
    /// Always this.
    Fixed(Value),
}

/// What is done with a value that is too long or that the system has no name for. Nothing is ever cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Over {
    /// The effect is refused before any request.
    #[default]
    Refuse,
    /// The column is left out.
    LeaveOut,
    /// The natural key stands in its place.
    Key,
    /// A value without a name there stands as we call it; what is too long is refused.
    Ours,
}

/// Stands for any value of ours.
const ANY: &str = "*";

impl Cell {
    /// A column of any length.
    #[must_use]
    pub fn new(column: impl Into<String>, part: Part) -> Self {
        Self {
            column: column.into(),
            part,
            most: None,
            over: Over::Refuse,
            values: Vec::new(),
            once: false,
            bind: None,
        }
    }

    /// With so many UTF-16 units at most.
    #[must_use]
    pub fn most(mut self, units: usize, over: Over) -> Self {
        (self.most, self.over) = (Some(units), over);
        self
    }

    /// With the system's own values for ours; what is not among them is left out or refused.
    #[must_use]
    pub fn called<V: Into<Value>>(
        mut self,
        values: impl IntoIterator<Item = (&'static str, V)>,
        over: Over,
    ) -> Self {
        let values = values.into_iter();
        let values = values.map(|(ours, theirs)| (ours.to_owned(), theirs.into()));
        (self.values, self.over) = (values.collect(), over);
        self
    }

    /// Written when the row is made, and never again.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// Written as a reference, under this name and with the id in place of `{}`.
    #[must_use]
    pub fn bound(mut self, name: impl Into<String>, address: impl Into<String>) -> Self {
        self.bind = Some(Bind::new(name, address));
        self
    }

    /// What is to stand there for a value of ours.
    pub(super) fn value(
        &self,
        ours: &str,
        key: Option<&NaturalKey>,
    ) -> Result<Option<Value>, Error> {
        let mut known = self.values.iter();
        let named = known.find(|(known, _)| known == ours || known == ANY);
        let fits = self
            .most
            .is_none_or(|most| ours.encode_utf16().count() <= most);
        match (named, self.over) {
            (Some((_, theirs)), _) => Ok(Some(theirs.clone())),
            (None, _) if self.values.is_empty() && fits => Ok(Some(ours.into())),
            (None, Over::LeaveOut) => Ok(None),
            (None, Over::Key) => Ok(key.map(|key| key.as_str().into())),
            (None, Over::Ours) if fits => Ok(Some(ours.into())),
            (None, Over::Refuse | Over::Ours) => {
                let field = self.column.clone();
                Err(Error::new(ErrorKind::Invalid { field }, "perform"))
            }
        }
    }

    /// What we call what stands there.
    pub(super) fn ours(&self, row: &Value) -> Option<String> {
        let there = cell(row, &self.column)?;
        let mut known = self.values.iter();
        let named = known.find(|(ours, theirs)| theirs == there && ours != ANY);
        named.map_or_else(|| text(row, &self.column), |(ours, _)| Some(ours.clone()))
    }

    /// Whether it holds what people wrote.
    pub(super) fn is_text(&self) -> bool {
        matches!(self.part, Part::Text | Part::TextAndUrl)
    }

    /// Whether this stands there.
    pub(super) fn holds(&self, row: &Value, value: &Value) -> bool {
        cell(row, &self.column) == Some(value)
    }

    pub(super) fn put(&self, row: &mut Map<String, Value>, value: &Value) {
        put(row, &self.column, self.bind.as_ref(), value);
    }
}

/// Writes a value or a reference.
pub(super) fn put(row: &mut Map<String, Value>, column: &str, bind: Option<&Bind>, value: &Value) {
    match (bind, value.as_str()) {
        (Some(bind), Some(id)) => {
            let address = bind.address.replace("{}", id);
            row.insert(bind.name.clone(), address.into());
        }
        _ => table::put(row, column, value.clone()),
    }
}

impl Bind {
    /// A reference under this name, with the id in place of `{}`.
    #[must_use]
    pub fn new(name: impl Into<String>, address: impl Into<String>) -> Self {
        let (name, address) = (name.into(), address.into());
        Self { name, address }
    }
}

impl Owner {
    /// Customers of a table stand in this column with their id.
    #[must_use]
    pub fn new(table: impl Into<String>, column: impl Into<String>) -> Self {
        Self {
            table: table.into(),
            column: column.into(),
            only: None,
            bind: None,
            case: None,
        }
    }

    /// An activity has the id of its case's row in this column.
    #[must_use]
    pub fn with_case(mut self, column: impl Into<String>) -> Self {
        self.case = Some(column.into());
        self
    }

    /// Only where that column has this value.
    #[must_use]
    pub fn only(mut self, column: impl Into<String>, value: impl Into<Value>) -> Self {
        self.only = Some((column.into(), value.into()));
        self
    }

    /// Written as a reference, under this name and with the id in place of `{}`.
    #[must_use]
    pub fn bound(mut self, name: impl Into<String>, address: impl Into<String>) -> Self {
        self.bind = Some(Bind::new(name, address));
        self
    }
}

impl Moved {
    /// This column has the id of a row of this table.
    #[must_use]
    pub fn new(column: impl Into<String>, table: impl Into<String>) -> Self {
        Self {
            column: column.into(),
            table: table.into(),
            only: None,
        }
    }

    /// Only where that column has this value.
    #[must_use]
    pub fn only(mut self, column: impl Into<String>, value: impl Into<Value>) -> Self {
        self.only = Some((column.into(), value.into()));
        self
    }
}

pub(super) fn holds(only: Option<&(String, Value)>, row: &Value) -> bool {
    only.is_none_or(|(column, value)| cell(row, column) == Some(value))
}

impl Customers {
    /// A table whose rows go nowhere.
    #[must_use]
    pub fn new(table: Table, record: RecordKind) -> Self {
        Self {
            table,
            record,
            moved: Vec::new(),
            read_only: Vec::new(),
        }
    }

    /// With fields that cannot be written: a name that is put together there, say.
    #[must_use]
    pub fn reading_only(mut self, fields: impl IntoIterator<Item = Field>) -> Self {
        self.read_only.extend(fields);
        self
    }

    /// Whether a field can be written here.
    pub(super) fn writes(&self, field: &Field) -> bool {
        self.table.column(field).is_some() && !self.read_only.contains(field)
    }

    /// With a column that tells that a row went into another one.
    #[must_use]
    pub fn moving(mut self, moved: Moved) -> Self {
        self.moved.push(moved);
        self
    }

    pub(super) fn asked(&self) -> Asked<'_> {
        let mut columns = self.table.select();
        for moved in &self.moved {
            columns.push(&moved.column);
            columns.extend(moved.only.as_ref().map(|(column, _)| column.as_str()));
        }
        Asked::new(&self.table.name, &self.table.id, columns, None)
    }
}

impl<'a> Asked<'a> {
    fn new(table: &'a str, id: &'a str, columns: Vec<&'a str>, key: Option<&'a str>) -> Self {
        let columns = once(std::iter::once(id).chain(columns));
        Self {
            table,
            id,
            columns,
            key,
        }
    }
}

impl Ours {
    /// A table with these columns.
    #[must_use]
    pub fn new(
        table: impl Into<String>,
        id: impl Into<String>,
        cells: impl IntoIterator<Item = Cell>,
        owners: impl IntoIterator<Item = Owner>,
    ) -> Self {
        Self {
            table: table.into(),
            id: id.into(),
            key: None,
            version: None,
            cells: cells.into_iter().collect(),
            owners: owners.into_iter().collect(),
            owned: true,
        }
    }

    /// With our natural key in this column.
    #[must_use]
    pub fn keyed(mut self, column: impl Into<String>) -> Self {
        self.key = Some(column.into());
        self
    }

    /// With the version in this column.
    #[must_use]
    pub fn versioned(mut self, column: impl Into<String>) -> Self {
        self.version = Some(column.into());
        self
    }

    /// Rows may be nobody's.
    #[must_use]
    pub fn unowned(mut self) -> Self {
        self.owned = false;
        self
    }

    pub(super) fn asked(&self) -> Asked<'_> {
        let mut columns: Vec<&str> = Vec::new();
        columns.extend(self.key.iter().chain(&self.version).map(String::as_str));
        columns.extend(self.cells.iter().map(|cell| cell.column.as_str()));
        for owner in &self.owners {
            columns.push(&owner.column);
            columns.extend(owner.only.as_ref().map(|(column, _)| column.as_str()));
        }
        let key = self.key.as_deref();
        Asked::new(&self.table, &self.id, columns, key)
    }

    /// The first column that holds this.
    pub(super) fn cell(&self, part: &Part) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.part == *part)
    }

    /// The rows with our key.
    pub(super) fn by_key(&self, key: &NaturalKey) -> Option<Vec<Test>> {
        let column = self.key.clone()?;
        Some(vec![Test::Is(column, key.as_str().into())])
    }

    /// The status of a row in our words.
    pub(super) fn status(&self, row: &Value) -> Option<CaseStatus> {
        let status = self.cell(&Part::Status)?.ours(row)?;
        Some(CaseStatus::from(status.as_str()))
    }
}

impl Layout {
    /// Customers in these tables, and nothing of ours.
    #[must_use]
    pub fn new(customers: impl IntoIterator<Item = Customers>, capabilities: Capabilities) -> Self {
        Self {
            customers: customers.into_iter().collect(),
            handles: None,
            cases: None,
            activities: None,
            follows: None,
            capabilities,
        }
    }

    pub(super) fn table(&self, name: &str) -> Option<&Customers> {
        self.customers.iter().find(|one| one.table.name == name)
    }

    /// The id of a customer whose row has this id in this table.
    pub(super) fn customer_id(
        &self,
        system: &aspa_types::SystemId,
        table: &str,
        id: &str,
    ) -> Option<CustomerId> {
        let prefix = &self.table(table)?.table.prefix;
        CustomerId::new(system.clone(), format!("{prefix}{id}")).ok()
    }

    /// The promises with the effects that follow from the tables.
    pub(super) fn promises(&self) -> Capabilities {
        use EffectName as E;
        let mut told = self.capabilities.clone();
        let same = told.effects.get(&E::Patch);
        let idempotency = same.map_or(Idempotency::NaturalKey, |patch| patch.idempotency);
        let performs = Performs::new(Precondition::None, idempotency);
        let makes = self.customers.iter().any(|one| one.table.key.is_some());
        let redacts = |ours: &Ours| ours.key.is_some() && ours.cells.iter().any(Cell::is_text);
        let all = [
            (self.handles.is_some(), E::LinkHandle),
            (self.handles.is_some(), E::UnlinkHandle),
            (makes, E::Create),
            (self.cases.is_some(), E::UpsertCase),
            (self.activities.is_some(), E::AddActivity),
            (self.activities.as_ref().is_some_and(redacts), E::Redact),
            (self.follows.is_some(), E::Follow),
            (told.erasure.is_some(), E::Erase),
        ];
        let names = all.into_iter().filter(|(has, _)| *has);
        let names: Vec<E> = names.map(|(_, name)| name).collect();
        told = told.performing(names, performs);
        if self.handles.is_some() {
            told.handles = Handles::ChildRow;
        }
        told.writes
            .retain(|field, _| self.customers.iter().any(|one| one.writes(field)));
        told.merges |= self.customers.iter().any(|one| !one.moved.is_empty());
        told
    }
}
