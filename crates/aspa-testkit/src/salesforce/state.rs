//! The rows of the org.

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::schema::{self, KEY, Object, Written};
use super::soql::Query;

/// How long the recycle bin keeps a row.
const BIN: TimeDelta = TimeDelta::days(15);

#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) object: &'static Object,
    pub(super) fields: Map<String, Value>,
    pub(super) stamp: DateTime<Utc>,
    /// From when on others see it.
    pub(super) committed: DateTime<Utc>,
    pub(super) deleted: Option<DateTime<Utc>>,
    /// Moves with each change: what entity tags are made of.
    pub(super) moved: u64,
}

/// A refusal: a status, an error code, what is wrong.
pub(super) type No = (u16, &'static str, String);

#[derive(Debug)]
pub(super) struct State {
    pub(super) now: DateTime<Utc>,
    pub(super) rows: BTreeMap<String, Row>,
    pub(super) token: String,
    pub(super) used: u64,
    pub(super) of: u64,
    /// How many rows come in one answer.
    pub(super) batch: usize,
    pub(super) unique: bool,
    pub(super) duplicate_rule: bool,
    /// The rest of queries that are read page by page.
    pub(super) locators: BTreeMap<String, (usize, Vec<Value>)>,
    pub(super) writes: usize,
    pub(super) log: Vec<(String, String)>,
    pub(super) made: u64,
}

impl State {
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        Self {
            now,
            rows: BTreeMap::new(),
            token: "fake-session-1".to_owned(),
            used: 0,
            of: 100_000,
            batch: 2000,
            unique: true,
            duplicate_rule: false,
            locators: BTreeMap::new(),
            writes: 0,
            log: Vec::new(),
            made: 0,
        }
    }

    pub(super) fn renew(&mut self) {
        self.made += 1;
        self.token = format!("fake-session-{}", self.made + 1);
    }

    /// The row of an id, where others see it and it is not deleted.
    pub(super) fn live(&self, id: &str) -> Option<&Row> {
        let row = self.rows.get(id);
        row.filter(|row| row.deleted.is_none() && row.committed <= self.now)
    }

    pub(super) fn insert(
        &mut self,
        object: &'static Object,
        mut fields: Map<String, Value>,
        late: TimeDelta,
    ) -> String {
        self.made += 1;
        let id = format!("{}{:012}AAA", object.prefix, self.made);
        fields.retain(|_, value| !is_empty(value));
        let mut row = Row {
            object,
            fields,
            stamp: self.now.trunc_subsecs(0),
            committed: self.now + late,
            deleted: None,
            moved: 1,
        };
        named(&mut row);
        self.rows.insert(id.clone(), row);
        id
    }

    pub(super) fn update(&mut self, id: &str, fields: Map<String, Value>) -> bool {
        let now = self.now.trunc_subsecs(0);
        let Some(row) = self.rows.get_mut(id) else {
            return false;
        };
        for (name, value) in fields {
            match is_empty(&value) {
                true => row.fields.remove(&name),
                false => row.fields.insert(name, value),
            };
        }
        (row.stamp, row.moved) = (now, row.moved + 1);
        named(row);
        true
    }

    /// Deletes a row and those that belong to it for ever.
    pub(super) fn delete(&mut self, id: &str, into: Option<&str>) -> bool {
        let now = self.now.trunc_subsecs(0);
        let of =
            |row: &Row| row.deleted.is_none() && row.fields.get("ParentId") == Some(&json!(id));
        let children: Vec<String> = self
            .rows
            .iter()
            .filter(|(_, row)| of(row))
            .map(|(id, _)| id.clone())
            .collect();
        for child in children {
            match (into, self.rows.get_mut(&child)) {
                (Some(into), Some(row)) => {
                    drop(row.fields.insert("ParentId".to_owned(), into.into()))
                }
                _ => drop(self.delete(&child, None)),
            }
        }
        let Some(row) = self.rows.get_mut(id).filter(|row| row.deleted.is_none()) else {
            return false;
        };
        (row.deleted, row.stamp, row.moved) = (Some(now), now, row.moved + 1);
        if let Some(into) = into {
            row.fields.insert("MasterRecordId".to_owned(), into.into());
        }
        true
    }

    /// The value of a column, also of a parent: `Account.Name`.
    fn value(&self, id: &str, row: &Row, column: &str) -> Value {
        if let Some((parent, column)) = column.split_once('.') {
            let parent = row
                .fields
                .get(&format!("{parent}Id"))
                .and_then(Value::as_str);
            let found = parent.and_then(|id| Some((id, self.live(id)?)));
            return found.map_or(Value::Null, |(id, row)| self.value(id, row, column));
        }
        match column {
            "Id" => id.into(),
            "SystemModstamp" => json!({ "at": row.stamp }),
            "IsDeleted" => row.deleted.is_some().into(),
            "IsConverted" => row.fields.contains_key("ConvertedContactId").into(),
            _ => row.fields.get(column).cloned().unwrap_or_default(),
        }
    }

    /// Every row that a query names.
    pub(super) fn select(&self, query: &Query, with_deleted: bool) -> Result<Vec<Value>, No> {
        let object = schema::object(&query.from).ok_or_else(|| {
            let detail = format!("sObject type '{}' is not supported.", query.from);
            (400, "INVALID_TYPE", detail)
        })?;
        let tested = query
            .condition
            .iter()
            .flat_map(|condition| condition.columns());
        for column in query
            .columns
            .iter()
            .chain(&query.order)
            .map(String::as_str)
            .chain(tested)
        {
            let parent = column == "Account.Name" && object.field("AccountId").is_some();
            let system = ["Id", "SystemModstamp", "IsDeleted"].contains(&column);
            if !parent && !system && object.field(column).is_none() {
                return Err((400, "INVALID_FIELD", format!("No such column '{column}'")));
            }
        }
        // A long text can be read and not searched.
        if query
            .condition
            .iter()
            .any(|condition| condition.columns().contains(&"Description"))
        {
            return Err((
                400,
                "INVALID_FIELD",
                "field 'Description' can not be filtered".to_owned(),
            ));
        }
        let mut found: Vec<(&String, &Row)> = self
            .rows
            .iter()
            .filter(|(_, row)| row.object.name == object.name && row.committed <= self.now)
            .filter(|(_, row)| match row.deleted {
                Some(at) => with_deleted && at + BIN > self.now,
                None => true,
            })
            .filter(|(id, row)| {
                let condition = query.condition.as_ref();
                condition.is_none_or(|one| one.holds(&|column| self.value(id, row, column)))
            })
            .collect();
        if query
            .order
            .first()
            .is_some_and(|column| column == "SystemModstamp")
        {
            found.sort_by_key(|(_, row)| row.stamp);
        }
        found.truncate(query.limit.unwrap_or(usize::MAX));
        let told = |(id, row): (&String, &Row)| {
            let mut told = json!({ "attributes": { "type": object.name } });
            for column in &query.columns {
                let value = match self.value(id, row, column) {
                    Value::Object(at) => shown(at.get("at")),
                    value => value,
                };
                match column.split_once('.') {
                    Some((_, _)) if value.is_null() => told["Account"] = Value::Null,
                    Some((parent, column)) => told[parent] = json!({ column: value }),
                    None => told[column.as_str()] = value,
                }
            }
            told
        };
        Ok(found.into_iter().map(told).collect())
    }

    /// Holds a row that is to be written against the fields of its object.
    pub(super) fn check(
        &self,
        object: &'static Object,
        id: Option<&str>,
        fields: &Map<String, Value>,
    ) -> Result<(), No> {
        for (name, value) in fields {
            let field = object.field(name).ok_or_else(|| {
                let detail = format!("No such column '{name}' on sobject of type {}", object.name);
                (400, "INVALID_FIELD", detail)
            })?;
            let refused = match field.written {
                Written::Always => false,
                Written::AtFirst => id.is_some(),
                Written::Never => true,
            };
            if refused {
                let detail = format!("Unable to create/update fields: {name}.");
                return Err((400, "INVALID_FIELD_FOR_INSERT_UPDATE", detail));
            }
            if !value.is_string() && !value.is_null() {
                return Err((
                    400,
                    "JSON_PARSER_ERROR",
                    format!("Cannot deserialize {name}"),
                ));
            }
            let text = value.as_str().unwrap_or_default();
            if text.chars().count() > field.most {
                return Err((
                    400,
                    "STRING_TOO_LONG",
                    format!("{name}: data value too large"),
                ));
            }
            let is_reference = name.ends_with("Id")
                && !["ExternalId", "SubscriberId", "OwnerId"].contains(&name.as_str());
            if is_reference && !text.is_empty() && self.live(text).is_none() {
                return Err((
                    400,
                    "INVALID_CROSS_REFERENCE_KEY",
                    "invalid cross reference id".to_owned(),
                ));
            }
            let others = || self.others(object, id, |row| row.fields.get(name) == Some(value));
            if self.unique && name == KEY && !text.is_empty() && !others().is_empty() {
                return Err((
                    400,
                    "DUPLICATE_VALUE",
                    format!(
                        "duplicate value found: {name} duplicates value on record with id: {}",
                        others()[0]
                    ),
                ));
            }
        }
        let missing = |field: &&schema::Field| {
            let value = fields.get(field.name);
            let empty = value.is_none_or(|v| v.as_str().is_none_or(|text| text.trim().is_empty()));
            field.required && empty && (id.is_none() || value.is_some())
        };
        if let Some(field) = object.fields.iter().find(missing) {
            return Err((
                400,
                "REQUIRED_FIELD_MISSING",
                format!("Required fields are missing: [{}]", field.name),
            ));
        }
        if object.name == "Task" && fields.contains_key("WhatId") {
            let who = fields
                .get("WhoId")
                .and_then(Value::as_str)
                .unwrap_or_default();
            if who.starts_with("00Q") {
                return Err((
                    400,
                    "FIELD_INTEGRITY_EXCEPTION",
                    "WhatId: Related To ID is not allowed with a lead".to_owned(),
                ));
            }
        }
        if object.name == "EntitySubscription" {
            let same = |row: &Row| {
                ["ParentId", "SubscriberId"]
                    .iter()
                    .all(|n| row.fields.get(*n) == fields.get(*n))
            };
            if !self.others(object, id, same).is_empty() {
                return Err((
                    400,
                    "DUPLICATE_VALUE",
                    "User is already subscribed to this record.".to_owned(),
                ));
            }
        }
        Ok(())
    }

    /// Live rows of an object but one; also those that are not committed yet, since unique fields see them.
    pub(super) fn others(
        &self,
        object: &Object,
        but: Option<&str>,
        fits: impl Fn(&Row) -> bool,
    ) -> Vec<String> {
        let rows = self.rows.iter();
        let rows = rows.filter(|(id, row)| {
            row.object.name == object.name && but != Some(id.as_str()) && row.deleted.is_none()
        });
        rows.filter(|(_, row)| fits(row))
            .map(|(id, _)| id.clone())
            .collect()
    }
}

/// An empty text is no value.
fn is_empty(value: &Value) -> bool {
    value
        .as_str()
        .map_or(value.is_null(), |text| text.trim().is_empty())
}

/// Puts the whole name together where there are its parts.
fn named(row: &mut Row) {
    if row.object.field("LastName").is_some() {
        let parts =
            ["FirstName", "LastName"].map(|part| row.fields.get(part).and_then(Value::as_str));
        let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        row.fields.insert("Name".to_owned(), name.into());
    }
}

/// A time as Salesforce writes it.
pub(super) fn shown(at: Option<&Value>) -> Value {
    let at = at
        .and_then(Value::as_str)
        .and_then(|at| at.parse::<DateTime<Utc>>().ok());
    let at = at.map(|at| at.format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string());
    at.map_or(Value::Null, Value::String)
}
