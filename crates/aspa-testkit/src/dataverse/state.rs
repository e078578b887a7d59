//! The rows of the organisation.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::USER;
use super::filter::is_guid;
use super::schema::{self, Column, KEY, Kind, Table, Written};

/// How long a token is good.
const TOKEN: TimeDelta = TimeDelta::seconds(3599);
/// The window in which requests are counted.
const WINDOW: TimeDelta = TimeDelta::seconds(300);
/// By how much each request that is sent while throttled makes the wait longer.
const PENALTY: TimeDelta = TimeDelta::seconds(10);

#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) table: &'static Table,
    /// The values by the names under which they are read.
    pub(super) fields: Map<String, Value>,
    /// Moves with each change, over all tables.
    pub(super) version: u64,
    /// From when on others see it.
    pub(super) committed: DateTime<Utc>,
}

/// What is left of a deleted row.
#[derive(Debug)]
pub(super) struct Tomb {
    pub(super) table: &'static Table,
    pub(super) id: String,
    pub(super) version: u64,
}

/// A refusal: a status, an error code, what is wrong.
pub(super) type No = (u16, &'static str, String);

pub(super) fn no<T>(status: u16, code: &'static str, detail: impl Into<String>) -> Result<T, No> {
    Err((status, code, detail.into()))
}

/// The refusal of a body that does not fit its table.
fn payload<T>(detail: impl Into<String>) -> Result<T, No> {
    no(400, "0x80048d19", detail)
}

pub(super) fn missing<T>(name: &str, id: &str) -> Result<T, No> {
    no(
        404,
        "0x80040217",
        format!("{name} With Id = {id} Does Not Exist"),
    )
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) now: DateTime<Utc>,
    pub(super) rows: BTreeMap<String, Row>,
    pub(super) tombs: Vec<Tomb>,
    /// The version that was given last.
    pub(super) version: u64,
    /// Delta links of another epoch have expired.
    pub(super) epoch: u64,
    pub(super) token: String,
    pub(super) token_ends: DateTime<Utc>,
    /// How many rows come in one answer at most.
    pub(super) page: usize,
    /// How many requests are taken in five minutes.
    pub(super) limit: usize,
    pub(super) recent: VecDeque<DateTime<Utc>>,
    pub(super) throttled: Option<(DateTime<Utc>, &'static str)>,
    pub(super) duplicate_rule: bool,
    pub(super) writes: usize,
    pub(super) log: Vec<(String, String)>,
    made: u64,
}

impl State {
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        let mut state = Self {
            now,
            rows: BTreeMap::new(),
            tombs: Vec::new(),
            version: 1_000_000,
            epoch: 0,
            token: String::new(),
            token_ends: now,
            page: 5000,
            limit: 6000,
            recent: VecDeque::new(),
            throttled: None,
            duplicate_rule: false,
            writes: 0,
            log: Vec::new(),
            made: 0,
        };
        state.renew();
        if let Some(users) = schema::table("systemusers") {
            let user = json!({ "fullname": "Aino Agent", "domainname": "aino@shop.example" });
            let user = user.as_object().cloned().unwrap_or_default();
            state.insert(users, Some(USER.to_owned()), user, TimeDelta::zero());
        }
        state
    }

    /// Gives a new token; the old one dies.
    pub(super) fn renew(&mut self) {
        self.made += 1;
        self.token = format!("fake-access-token-{}", self.made);
        self.token_ends = self.now + TOKEN;
    }

    /// How long to wait and why, where a request comes too soon. Each that does makes the wait longer.
    pub(super) fn too_many(&mut self) -> Option<(TimeDelta, &'static str)> {
        let now = self.now;
        if let Some((until, code)) = self.throttled.filter(|(until, _)| *until > now) {
            let until = (until + PENALTY).min(now + WINDOW);
            self.throttled = Some((until, code));
            return Some((until - now, code));
        }
        while self.recent.front().is_some_and(|at| *at + WINDOW <= now) {
            self.recent.pop_front();
        }
        if self.recent.len() < self.limit {
            self.recent.push_back(now);
            return None;
        }
        let until = self.recent.front().map_or(now, |at| *at) + WINDOW;
        self.throttled = Some((until, "0x80072322"));
        Some((until - now, "0x80072322"))
    }

    /// The row of an id, where others see it.
    pub(super) fn live(&self, id: &str) -> Option<&Row> {
        let row = self.rows.get(id);
        row.filter(|row| row.committed <= self.now)
    }

    /// The id of the row that has our key; also one that others do not see yet, since keys are unique.
    pub(super) fn keyed(&self, table: &Table, key: &str) -> Option<&str> {
        let has = |row: &Row| {
            let there = row.fields.get(KEY).and_then(Value::as_str);
            there.is_some_and(|there| there.to_lowercase() == key.to_lowercase())
        };
        let mut rows = self.rows.iter();
        let found = rows.find(|(_, row)| row.table.set == table.set && has(row));
        found.map(|(id, _)| id.as_str())
    }

    /// The newest version up to which nothing can still come.
    pub(super) fn settled(&self) -> u64 {
        let rows = self.rows.values();
        let open = rows.filter(|row| row.committed > self.now);
        let first = open.map(|row| row.version).min();
        first.map_or(self.version, |first| first - 1)
    }

    fn stamp(&self) -> Value {
        self.now.to_rfc3339_opts(SecondsFormat::Secs, true).into()
    }

    pub(super) fn insert(
        &mut self,
        table: &'static Table,
        id: Option<String>,
        fields: Map<String, Value>,
        late: TimeDelta,
    ) -> String {
        self.made += 1;
        self.version += 1;
        // As random ids do, these do not stand in the order in which they were made.
        let made = self.made;
        let mixed = made.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        let id = id.unwrap_or_else(|| format!("{mixed:08x}-a5fa-4b1d-8000-{made:012x}"));
        let mut row = Row {
            table,
            fields: Map::new(),
            version: self.version,
            committed: self.now + late,
        };
        let first = table.states.first();
        for column in table.columns() {
            let value = match column.name {
                "createdon" => self.stamp(),
                "statecode" => first.map_or(Value::Null, |(state, _)| (*state).into()),
                "statuscode" => first.map_or(Value::Null, |(_, reasons)| reasons[0].into()),
                "merged" => false.into(),
                "ownerid" => USER.into(),
                "ticketnumber" => format!("CAS-{made:05}-A1B2C3").into(),
                _ => continue,
            };
            row.fields.insert(column.read_as(), value);
        }
        put(&mut row, fields, &self.stamp());
        self.tombs.retain(|tomb| tomb.id != id);
        self.rows.insert(id.clone(), row);
        id
    }

    pub(super) fn update(&mut self, id: &str, fields: Map<String, Value>) -> bool {
        let stamp = self.stamp();
        let Some(row) = self.rows.get_mut(id) else {
            return false;
        };
        self.version += 1;
        row.version = self.version;
        put(row, fields, &stamp);
        true
    }

    /// The ids of the rows that name this one, and the names under which they do.
    fn children(&self, id: &str) -> Vec<(String, String, bool)> {
        let named = |row: &Row| {
            let columns = row.table.columns().filter_map(|column| match column.kind {
                Kind::Lookup { cascade, .. } => Some((column.read_as(), cascade)),
                _ => None,
            });
            let is_named = |(name, _): &(String, bool)| row.fields.get(name) == Some(&id.into());
            columns.filter(is_named).collect::<Vec<_>>()
        };
        let rows = self.rows.iter();
        let told = rows.flat_map(|(child, row)| {
            let named = named(row).into_iter();
            named.map(|(name, cascade)| (child.clone(), name, cascade))
        });
        told.collect()
    }

    /// Deletes a row and those that go with it; others forget it.
    pub(super) fn delete(&mut self, id: &str) -> bool {
        let Some(row) = self.rows.remove(id) else {
            return false;
        };
        self.version += 1;
        self.tombs.push(Tomb {
            table: row.table,
            id: id.to_owned(),
            version: self.version,
        });
        for (child, name, cascade) in self.children(id) {
            match cascade {
                true => self.delete(&child),
                false => self.update(&child, one(name, Value::Null)),
            };
        }
        true
    }

    /// Makes a row the inactive part of another one, which gets everything that named it.
    pub(super) fn merge(&mut self, old: &str, into: &str) -> bool {
        let both = self.rows.get(old).zip(self.rows.get(into));
        if both.is_none_or(|(one, other)| one.table.set != other.table.set) {
            return false;
        }
        for (child, name, _) in self.children(old) {
            self.update(&child, one(name, into.into()));
        }
        let mut fields = one("merged".to_owned(), true.into());
        fields.insert("_masterid_value".to_owned(), into.into());
        fields.insert("statecode".to_owned(), 1.into());
        fields.insert("statuscode".to_owned(), 2.into());
        self.update(old, fields)
    }

    /// What is to be written, by the names under which it is read, where it fits the table.
    pub(super) fn checked(
        &self,
        table: &'static Table,
        id: Option<&str>,
        body: &Map<String, Value>,
    ) -> Result<Map<String, Value>, No> {
        let mut fields = Map::new();
        for (name, value) in body {
            if let Some(property) = name.strip_suffix("@odata.bind") {
                let (column, to) = navigation(table, property)?;
                writable(column, id)?;
                fields.insert(column.read_as(), self.reference(property, to, value)?);
            } else if name == table.id {
                let given = value.as_str().unwrap_or_default();
                if !is_guid(given) || id.is_some_and(|id| id != given) {
                    return payload(format!("'{name}' is not the id of this row."));
                }
            } else if !name.starts_with("@odata.") {
                let column = plain(table, name)?;
                writable(column, id)?;
                fits(table, column, value)?;
                fields.insert(name.clone(), value.clone());
            }
        }
        self.state_fits(table, id, &mut fields)?;
        self.required(table, id, &fields)?;
        let key = fields.get(KEY).and_then(Value::as_str);
        let other = key.and_then(|key| self.keyed(table, key));
        if other.is_some_and(|other| Some(other) != id) {
            return no(
                412,
                "0x80060892",
                format!(
                    "Entity Key violated. A record with the same value for {KEY} already exists."
                ),
            );
        }
        Ok(fields)
    }

    /// The id of the row that a navigation property is bound to: `/contacts(…)`, by id or by key.
    fn reference(&self, property: &str, set: &str, value: &Value) -> Result<Value, No> {
        let Some(address) = value.as_str() else {
            return match value {
                Value::Null => Ok(Value::Null),
                _ => payload(format!("'{property}@odata.bind' takes a text.")),
            };
        };
        let address = address.strip_prefix(super::wire::BASE).unwrap_or(address);
        let address = address.strip_prefix('/').unwrap_or(address);
        let (table, at) = super::wire::addressed(address)?;
        let Some(at) = at.filter(|_| table.set == set) else {
            return payload(format!(
                "'{property}' is not bound to rows of '{}'.",
                table.set
            ));
        };
        Ok(self.find(table, &at)?.0.into())
    }

    /// The row at an address, where others see it.
    pub(super) fn find(&self, table: &'static Table, at: &At) -> Result<(&str, &Row), No> {
        let found = match at {
            At::Id(id) => self.rows.get_key_value(id).map(|(id, _)| id.as_str()),
            At::Key(key) => self.keyed(table, key),
        };
        let live = found.and_then(|id| Some((id, self.live(id)?)));
        match (live, at) {
            (Some((id, row)), _) if row.table.set == table.set => Ok((id, row)),
            (_, At::Id(id)) => missing(table.name, id),
            (_, At::Key(_)) => no(
                404,
                "0x80060891",
                format!(
                    "A record with the specified key values does not exist in {} entity",
                    table.name
                ),
            ),
        }
    }

    /// A status reason belongs to its state. Rows begin in the first state, and cases are resolved by an
    /// action of their own.
    fn state_fits(
        &self,
        table: &'static Table,
        id: Option<&str>,
        fields: &mut Map<String, Value>,
    ) -> Result<(), No> {
        if !fields.contains_key("statecode") && !fields.contains_key("statuscode") {
            return Ok(());
        }
        let now = id.and_then(|id| self.rows.get(id));
        let now = now.map(|row| row.fields["statecode"].clone());
        let state = fields.get("statecode").or(now.as_ref());
        let state = state.map_or(table.states[0].0, |state| state.as_i64().unwrap_or(-1));
        let reasons = table.states.iter().find(|(known, _)| *known == state);
        let reasons = reasons.map_or(&[][..], |(_, reasons)| *reasons);
        let begins = id.is_some() || state == table.states[0].0;
        let reason = match fields.get("statuscode") {
            Some(reason) => reason.as_i64(),
            None => reasons.first().copied(),
        };
        let Some(reason) = reason.filter(|reason| begins && reasons.contains(reason)) else {
            return no(
                400,
                "0x80048408",
                format!(
                    "This is not a valid status code for this state code on {}.",
                    table.name
                ),
            );
        };
        if table.set == "incidents" && state == 1 && now != Some(1.into()) {
            return no(
                400,
                "0x80040216",
                "In order to set state of incident to Resolved, use the CloseIncidentRequest message instead.",
            );
        }
        fields.insert("statecode".to_owned(), state.into());
        fields.insert("statuscode".to_owned(), reason.into());
        Ok(())
    }

    fn required(
        &self,
        table: &Table,
        id: Option<&str>,
        fields: &Map<String, Value>,
    ) -> Result<(), No> {
        let lacks = |name: &str| match fields.get(name) {
            Some(value) => value.is_null(),
            None => id.is_none(),
        };
        if table.set == "incidents" && lacks("_customerid_value") {
            return no(
                400,
                "0x80040203",
                "You should specify a parent contact or account.",
            );
        }
        if table.set != "postfollows" {
            return Ok(());
        }
        let followed = "_regardingobjectid_value";
        if lacks(followed) {
            return no(400, "0x80040203", "regardingobjectid is missing.");
        }
        let user = USER.into();
        let owner = fields.get("_ownerid_value").unwrap_or(&user);
        let same = |row: &Row| {
            row.table.set == table.set
                && row.fields.get(followed) == fields.get(followed)
                && row.fields.get("_ownerid_value") == Some(owner)
        };
        match self.rows.values().any(same) {
            true => no(412, "0x80040237", "This user follows this row already."),
            false => Ok(()),
        }
    }

    /// The value of a column by the name under which it is read.
    pub(super) fn value(id: &str, row: &Row, name: &str) -> Value {
        match name {
            "versionnumber" => row.version.into(),
            name if name == row.table.id => id.into(),
            name => row.fields.get(name).cloned().unwrap_or_default(),
        }
    }
}

/// Where a row is: by its id or by our key.
#[derive(Debug, Clone)]
pub(super) enum At {
    Id(String),
    Key(String),
}

fn one(name: String, value: Value) -> Map<String, Value> {
    Map::from_iter([(name, value)])
}

/// Writes values; an empty text is none. Puts the whole name together where there are its parts.
fn put(row: &mut Row, fields: Map<String, Value>, stamp: &Value) {
    for (name, value) in fields {
        match value.is_null() || value == "" {
            true => row.fields.remove(&name),
            false => row.fields.insert(name, value),
        };
    }
    row.fields.insert("modifiedon".to_owned(), stamp.clone());
    if row.table.read_as("lastname").is_some() {
        let parts = ["firstname", "lastname"];
        let parts = parts.map(|part| row.fields.get(part).and_then(Value::as_str));
        let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        row.fields.insert("fullname".to_owned(), name.into());
    }
}

/// The column that a navigation property binds, and to which table.
fn navigation(
    table: &'static Table,
    property: &str,
) -> Result<(&'static Column, &'static str), No> {
    for column in table.columns() {
        if let Kind::Lookup { to, .. } = column.kind
            && let Some((_, set)) = to.iter().find(|(name, _)| *name == property)
        {
            return Ok((column, set));
        }
    }
    undeclared(property)
}

fn undeclared<T>(property: &str) -> Result<T, No> {
    payload(format!(
        "Error identified in Payload provided by the user: undeclared property '{property}'."
    ))
}

/// A column that is written under its own name.
fn plain(table: &'static Table, name: &str) -> Result<&'static Column, No> {
    let mut columns = table.columns();
    let is = |column: &&Column| column.name == name && !matches!(column.kind, Kind::Lookup { .. });
    columns.find(is).map_or_else(|| undeclared(name), Ok)
}

/// Dataverse leaves out in silence what cannot be written; here it is said.
fn writable(column: &Column, id: Option<&str>) -> Result<(), No> {
    match column.written {
        Written::Always => Ok(()),
        Written::AtFirst if id.is_none() => Ok(()),
        _ => payload(format!("'{}' cannot be written here.", column.name)),
    }
}

fn fits(table: &Table, column: &Column, value: &Value) -> Result<(), No> {
    let name = column.name;
    let is_of_kind = match column.kind {
        Kind::Text(_) => value.is_string(),
        Kind::Number => value.is_number(),
        Kind::Choice(_) => value.is_i64(),
        Kind::Truth => value.is_boolean(),
        Kind::Time => value
            .as_str()
            .is_some_and(|text| DateTime::parse_from_rfc3339(text).is_ok()),
        Kind::Id | Kind::Lookup { .. } => false,
    };
    if !is_of_kind && !value.is_null() {
        return payload(format!("Cannot convert the value of '{name}' to its type."));
    }
    let text = value.as_str().unwrap_or_default();
    match column.kind {
        Kind::Text(most) if text.encode_utf16().count() > most => no(
            400,
            "0x80044331",
            format!(
                "A validation error occurred. The length of the '{name}' attribute of the '{}' entity exceeded \
                 the maximum allowed length of '{most}'.",
                table.name
            ),
        ),
        Kind::Choice(choices) if value.as_i64().is_some_and(|one| !choices.contains(&one)) => no(
            400,
            "0x8004431a",
            format!(
                "A validation error occurred. The value of '{name}' is outside the valid range."
            ),
        ),
        _ => Ok(()),
    }
}
