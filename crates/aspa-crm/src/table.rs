use std::collections::BTreeSet;

use aspa_types::{CustomerId, SystemId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::normal::{self, Region};
use crate::{Basis, Claim, Column, Customer, CustomerKind, Error, ErrorKind, Field, Purpose};

/// How the rows of a table or the objects of an API become customers and back: plain data, so that a
/// host adds its own columns by configuration.
///
/// A column is a name, or a JSON pointer (RFC 6901) where it begins with `/`. A list there is several values.
/// Columns that are not named are not read: what has no purpose is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Table {
    /// What the system calls it: `contacts`.
    pub name: String,
    /// What a row stands for.
    pub kind: CustomerKind,
    /// The column with the row's id.
    pub id: String,
    /// Stands before the id in the id of the customer, where ids of several tables would be the same.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// The column with the row's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The column with the time of the last change, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<String>,
    /// The column with our natural key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The columns with values. Of several columns of one field the first is written.
    pub columns: Vec<Column>,
    /// Where phone numbers without a country code are from.
    #[serde(default)]
    pub region: Region,
    /// What the values may be used for.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub purposes: BTreeSet<Purpose>,
    /// Why keeping them is lawful.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
}

impl Table {
    /// A table of people with ids in this column.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: CustomerKind, id: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind,
            id: id.into(),
            prefix: String::new(),
            version: None,
            changed: None,
            key: None,
            columns: Vec::new(),
            region: Region::default(),
            purposes: BTreeSet::new(),
            basis: None,
        }
    }

    /// With these columns: `[("email", Field::Email)]`.
    #[must_use]
    pub fn with<C: Into<String>>(mut self, columns: impl IntoIterator<Item = (C, Field)>) -> Self {
        let each = columns.into_iter();
        let each = each.map(|(column, field)| Column::new(column, field));
        self.columns.extend(each);
        self
    }

    /// With the version in this column.
    #[must_use]
    pub fn versioned(mut self, column: impl Into<String>) -> Self {
        self.version = Some(column.into());
        self
    }

    /// With the time of the last change in this column.
    #[must_use]
    pub fn changed_at(mut self, column: impl Into<String>) -> Self {
        self.changed = Some(column.into());
        self
    }

    /// With our natural key in this column.
    #[must_use]
    pub fn keyed(mut self, column: impl Into<String>) -> Self {
        self.key = Some(column.into());
        self
    }

    /// With this before the ids.
    #[must_use]
    pub fn prefixed(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Every column that is read, once each, the id first: what to select. A pointer stays one.
    #[must_use]
    pub fn select(&self) -> Vec<&str> {
        let named = [&self.version, &self.changed].into_iter().flatten();
        let columns = self.columns.iter().map(|column| &column.column);
        let all = std::iter::once(&self.id).chain(named).chain(columns);
        once(all.map(String::as_str))
    }

    /// The column that a field is written to and looked up in.
    #[must_use]
    pub fn column(&self, field: &Field) -> Option<&str> {
        let mut columns = self.columns.iter();
        let column = columns.find(|column| column.field == *field)?;
        Some(&column.column)
    }

    /// The customer of a row. Values that are neither text, number nor truth are left out. `seen` is
    /// when it was read.
    ///
    /// # Errors
    ///
    /// `Protocol` where the id is missing or none.
    pub fn customer(
        &self,
        system: &SystemId,
        row: &Value,
        seen: DateTime<Utc>,
    ) -> Result<Customer, Error> {
        let none = || Error::new(ErrorKind::Protocol, "read").with("table", self.name.clone());
        let id = text(row, &self.id).ok_or_else(none)?;
        let id = CustomerId::new(system.clone(), format!("{}{id}", self.prefix));
        let mut customer = Customer::new(id.map_err(|_| none())?, self.kind.clone());
        let version = self.version.as_ref().and_then(|column| text(row, column));
        let changed = self.changed_of(row);
        for column in &self.columns {
            for (i, value) in values(row, column).iter().enumerate() {
                let mut claim = Claim::new(column.field.clone(), value, system.clone(), seen);
                claim.norm = match column.field {
                    Field::Email | Field::Phone => normal::value(&column.field, value, self.region),
                    _ => None,
                };
                claim.source_ref = Some(format!("{}.{}/{i}", self.name, column.column));
                claim.version.clone_from(&version);
                claim.asserted_at = changed;
                claim.purposes.clone_from(&self.purposes);
                claim.basis.clone_from(&self.basis);
                customer.claims.push(claim);
            }
        }
        if let (Some(version), true) = (version, customer.claims.is_empty()) {
            customer.extra.insert("version".to_owned(), version.into());
        }
        Ok(customer)
    }

    /// When a row was changed last, where it says so.
    #[must_use]
    pub fn changed_of(&self, row: &Value) -> Option<DateTime<Utc>> {
        time(row, self.changed.as_ref()?)
    }

    /// The object to send for these values, nested where a column is a pointer.
    ///
    /// # Errors
    ///
    /// `Invalid` naming a field without a column.
    pub fn object<'a>(
        &self,
        values: impl IntoIterator<Item = (&'a Field, &'a str)>,
    ) -> Result<Map<String, Value>, Error> {
        let mut object = Map::new();
        for (field, value) in values {
            let column = self.column(field).ok_or_else(|| {
                let field = field.to_string();
                Error::new(ErrorKind::Invalid { field }, "perform")
            })?;
            put(&mut object, column, value.into());
        }
        Ok(object)
    }

    /// The system's own id of a customer of this table; none where it is another table's.
    #[must_use]
    pub fn own_id<'a>(&self, id: &'a CustomerId) -> Option<&'a str> {
        id.id
            .strip_prefix(self.prefix.as_str())
            .filter(|id| !id.is_empty())
    }
}

/// The text in a column of a row: of a text, number or truth that is not empty.
#[must_use]
pub fn text(row: &Value, column: &str) -> Option<String> {
    plain(cell(row, column)?)
}

/// The time in a column of a row, RFC 3339.
#[must_use]
pub fn time(row: &Value, column: &str) -> Option<DateTime<Utc>> {
    let text = text(row, column)?;
    // Salesforce writes `+0000`, which RFC 3339 does not know.
    let read = DateTime::parse_from_rfc3339(&text)
        .or_else(|_| DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f%z"));
    read.ok().map(|at| at.to_utc())
}

/// Each of these columns once, in their order.
pub(crate) fn once<'a>(columns: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut known = BTreeSet::new();
    columns.filter(|column| known.insert(*column)).collect()
}

pub(crate) fn cell<'a>(row: &'a Value, column: &str) -> Option<&'a Value> {
    match column.starts_with('/') {
        true => row.pointer(column),
        false => row.get(column),
    }
}

/// The values in a column: those of a list, or the parts of a text.
fn values(row: &Value, column: &Column) -> Vec<String> {
    match cell(row, &column.column) {
        Some(Value::Array(all)) => all.iter().filter_map(plain).collect(),
        one => {
            let whole = one.and_then(plain).unwrap_or_default();
            let parts = whole.split(|c| column.split.contains(c)).map(str::trim);
            let parts = parts.filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect()
        }
    }
}

fn plain(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// Puts a value where a column is, making the objects on the way.
pub(crate) fn put(object: &mut Map<String, Value>, column: &str, value: Value) {
    let Some(pointer) = column.strip_prefix('/') else {
        object.insert(column.to_owned(), value);
        return;
    };
    let unescaped = |part: &str| part.replace("~1", "/").replace("~0", "~");
    match pointer.split_once('/') {
        None => {
            object.insert(unescaped(pointer), value);
        }
        Some((first, rest)) => {
            let inner = object
                .entry(unescaped(first))
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, &format!("/{rest}"), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn contacts() -> Table {
        Table::new("contacts", CustomerKind::Person, "Id")
            .with([
                ("Name", Field::FullName),
                ("Email", Field::Email),
                ("Email2", Field::Email),
                ("/Address/city", Field::City),
                ("Phones", Field::Phone),
            ])
            .versioned("Rev")
            .changed_at("Modified")
            .prefixed("c-")
    }

    #[test]
    fn a_row_becomes_claims_and_claims_a_row() {
        let row = json!({
            "Id": 17, "Name": " Matti ", "Email": "M@X.fi", "Email2": null, "Rev": 3,
            "Modified": "2026-11-22T10:00:00.000+0000", "Address": {"city": "Oulu"}, "Secret": "x",
            "Phones": ["0401234567", null, " ", 50],
        });
        let table = contacts();
        let system = SystemId::new("crm").unwrap();
        let customer = table.customer(&system, &row, DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(&*customer.id.id, "c-17");
        assert_eq!(table.own_id(&customer.id), Some("17"));
        assert_eq!(customer.name().as_deref(), Some("Matti"));
        assert_eq!(customer.value(&Field::City), Some("Oulu"));
        assert_eq!(customer.values(&Field::Phone), ["0401234567", "50"]);
        assert_eq!(customer.claims.len(), 5);
        let email = &customer.claims[1];
        assert_eq!(email.norm.as_deref(), Some("m@x.fi"));
        assert_eq!(email.version.as_deref(), Some("3"));
        assert_eq!(
            email.asserted_at.unwrap().to_rfc3339(),
            "2026-11-22T10:00:00+00:00"
        );
        let object = table.object([(&Field::City, "Espoo"), (&Field::Email, "b@x.fi")]);
        let wanted = json!({"Address": {"city": "Espoo"}, "Email": "b@x.fi"});
        assert_eq!(Value::Object(object.unwrap()), wanted);
        assert!(table.object([(&Field::Tier, "1")]).is_err());
        let select = [
            "Id",
            "Rev",
            "Modified",
            "Name",
            "Email",
            "Email2",
            "/Address/city",
            "Phones",
        ];
        assert_eq!(table.select(), select);
    }

    #[test]
    fn a_row_without_an_id_is_no_customer() {
        let system = SystemId::new("crm").unwrap();
        let seen = DateTime::UNIX_EPOCH;
        for row in [
            json!({}),
            json!({"Id": ""}),
            json!({"Id": []}),
            json!(7),
            json!(null),
        ] {
            assert!(contacts().customer(&system, &row, seen).is_err(), "{row}");
        }
    }
}
