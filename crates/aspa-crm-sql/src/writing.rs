use aspa_crm::{
    Crm, CustomerKind, Did, Effect, EffectKind, Error, ErrorKind, NaturalKey, NewCustomer, Probe,
    Receipt, RecordKind, Write, look,
};
use aspa_types::CustomerId;
use chrono::SecondsFormat;

use crate::statement::{name, table_name};
use crate::{SqlCrm, Statement};

fn unsupported() -> Error {
    Error::new(ErrorKind::Unsupported, "perform")
}

fn not_found() -> Error {
    Error::new(ErrorKind::NotFound, "perform")
}

/// The columns of a row and their values.
type Columns<'a> = [(&'a str, Option<&'a str>)];

impl SqlCrm {
    pub(crate) async fn write(&self, effect: &Effect) -> Result<Receipt, Error> {
        let receipt = |did| Receipt::new(effect.key.clone(), did);
        let settings = &self.settings;
        match &effect.kind {
            EffectKind::LinkHandle { customer, handle } => {
                let table = settings.handles.as_ref().ok_or_else(unsupported)?;
                let own = self.own(customer)?;
                let (key, text) = (handle.key(), handle.handle.to_string());
                let row = [
                    (table.customer.as_str(), Some(own)),
                    (table.key.as_str(), Some(key.as_str())),
                    (table.handle.as_str(), Some(text.as_str())),
                    (table.user_name.as_str(), handle.user_name.as_deref()),
                    (table.url.as_str(), handle.url.as_deref()),
                ];
                let write = self.upsert(&table.table, &[&table.customer, &table.key], &row);
                let which = [(&*table.customer, own), (&*table.key, key.as_str())];
                let was = self.holds(&table.table, &which).await?;
                let touch = self.touched(own).needing_a_row();
                let changed = self.run("perform", vec![touch, write]).await?.changed;
                let did = match (changed.len(), was) {
                    (0, _) => return Err(not_found()),
                    (_, true) => Did::Changed,
                    (_, false) => Did::Created,
                };
                let version = self.version(customer).await?;
                Ok(receipt(did)
                    .on(RecordKind::Handle, key.as_str())
                    .at_version(version))
            }
            EffectKind::UnlinkHandle { customer, handle } => {
                let table = settings.handles.as_ref().ok_or_else(unsupported)?;
                let key = NaturalKey::handle(handle);
                let own = self.own(customer)?;
                let row = [(&*table.customer, own), (&*table.key, key.as_str())];
                let delete = self.delete(&table.table, &row).needing_a_row();
                let touch = self.touched(own);
                let gone = self.run("perform", vec![delete, touch]).await?.changed;
                Ok(receipt(removed(gone.is_empty())).on(RecordKind::Handle, key.as_str()))
            }
            EffectKind::Create(new) => self.create(effect, new).await,
            EffectKind::Patch {
                customer,
                writes,
                expect,
            } => {
                self.patch(effect, customer, writes, expect.as_deref())
                    .await
            }
            EffectKind::UpsertCase(case) => {
                let table = settings.cases.as_ref().ok_or_else(unsupported)?;
                let own = match &case.customer {
                    Some(customer) => Some(self.own(customer)?),
                    None => None,
                };
                let row = [
                    (table.key.as_str(), Some(case.key.as_str())),
                    (table.customer.as_str(), own),
                    (table.subject.as_str(), Some(case.subject.as_str())),
                    (table.status.as_str(), Some(case.status.as_str())),
                    (table.url.as_str(), case.url.as_deref()),
                ];
                let which = [(&*table.key, case.key.as_str())];
                let was = self.holds(&table.table, &which).await?;
                let upsert = self.upsert(&table.table, &[&table.key], &row);
                self.run("perform", vec![upsert]).await?;
                let did = if was { Did::Changed } else { Did::Created };
                Ok(receipt(did).on(RecordKind::Case, case.key.as_str()))
            }
            EffectKind::AddActivity(activity) => {
                let table = settings.activities.as_ref().ok_or_else(unsupported)?;
                let own = self.own(&activity.customer)?;
                let at = activity.at.to_rfc3339_opts(SecondsFormat::Millis, true);
                let row = [
                    (table.key.as_str(), Some(activity.key.as_str())),
                    (table.customer.as_str(), Some(own)),
                    (table.at.as_str(), Some(&at)),
                    (table.subject.as_str(), Some(activity.subject.as_str())),
                    (table.text.as_str(), activity.text.as_deref()),
                    (table.url.as_str(), activity.url.as_deref()),
                ];
                let key = [(&*table.key, activity.key.as_str())];
                let was = self.holds(&table.table, &key).await?;
                let insert = self.put(&table.table, &[&table.key], &row, &[], &[]);
                self.run("perform", vec![insert]).await?;
                let did = if was { Did::Nothing } else { Did::Created };
                Ok(receipt(did).on(RecordKind::Activity, activity.key.as_str()))
            }
            EffectKind::Erase { customer } => {
                let own = self.own(customer)?;
                let delete = |table: &str, column: &str| self.delete(table, &[(column, own)]);
                let handles = settings.handles.iter().map(|t| (&t.table, &t.customer));
                let cases = settings.cases.iter().map(|t| (&t.table, &t.customer));
                let activities = settings.activities.iter().map(|t| (&t.table, &t.customer));
                let theirs = handles.chain(cases).chain(activities);
                let mut all: Vec<_> = theirs
                    .map(|(table, column)| delete(table, column))
                    .collect();
                all.push(delete(&settings.customers.name, &settings.customers.id));
                let gone = self.run("perform", all).await?.changed;
                Ok(receipt(removed(gone.last() == Some(&0))).on(RecordKind::Person, &*customer.id))
            }
            EffectKind::Redact { activity } => {
                let table = settings.activities.as_ref().ok_or_else(unsupported)?;
                let (of, text) = (table_name(&table.table), name(&table.text));
                let sql = format!("UPDATE {of} SET {text} = NULL WHERE {text} IS NOT NULL AND ");
                let redact = Statement::new(sql);
                let redact = self.fitting(redact, &[(&table.key, activity.as_str())]);
                let changed = self.run("perform", vec![redact]).await?.changed;
                Ok(receipt(removed(changed == [0])).on(RecordKind::Activity, activity.as_str()))
            }
            _ => Err(unsupported()),
        }
    }

    pub(crate) async fn look(&self, effect: &Effect) -> Result<Probe, Error> {
        if let Some(probe) = look(self, effect).await? {
            return Ok(probe);
        }
        let settings = &self.settings;
        let there = match &effect.kind {
            EffectKind::Create(new) => {
                let Some(id) = self.made(new).await? else {
                    return Ok(Probe::Absent);
                };
                let receipt = Receipt::new(effect.key.clone(), Did::Created);
                return Ok(Probe::Found(receipt.on(record_kind(new), id)));
            }
            EffectKind::UpsertCase(case) => {
                let table = settings.cases.as_ref().ok_or_else(unsupported)?;
                let row = [
                    (&*table.key, case.key.as_str()),
                    (&*table.status, case.status.as_str()),
                    (&*table.subject, case.subject.as_str()),
                ];
                self.holds(&table.table, &row).await?
            }
            EffectKind::AddActivity(activity) => {
                let table = settings.activities.as_ref().ok_or_else(unsupported)?;
                self.holds(&table.table, &[(&*table.key, activity.key.as_str())])
                    .await?
            }
            _ => return Ok(Probe::CannotTell),
        };
        Ok(match there {
            true => Probe::Found(Receipt::new(effect.key.clone(), Did::Changed)),
            false => Probe::Absent,
        })
    }

    async fn create(&self, effect: &Effect, new: &NewCustomer) -> Result<Receipt, Error> {
        let table = &self.settings.customers;
        let key = table.key.as_deref().ok_or_else(unsupported)?;
        let object = table.object(new.values.iter().map(|(f, v)| (f, v.as_str())))?;
        let mut row = vec![(key, Some(new.key.as_str()))];
        row.extend(object.iter().map(|(name, value)| (&**name, value.as_str())));
        let changed = name(table.changed.as_deref().unwrap_or_default());
        let mut set = vec![(changed, self.dialect().now())];
        let version = table.version.iter();
        set.extend(version.map(|column| (name(column), "1".to_owned())));
        let did = match self.made(new).await? {
            Some(_) => Did::Nothing,
            None => Did::Created,
        };
        if did == Did::Created {
            let insert = self.put(&table.name, &[key], &row, &set, &[]);
            self.run("perform", vec![insert]).await?;
        }
        let id = self.made(new).await?.ok_or_else(not_found)?;
        Ok(Receipt::new(effect.key.clone(), did).on(record_kind(new), id))
    }

    async fn patch(
        &self,
        effect: &Effect,
        customer: &CustomerId,
        writes: &[Write],
        expect: Option<&str>,
    ) -> Result<Receipt, Error> {
        let table = &self.settings.customers;
        let values = writes.iter().map(|write| (write.field(), write.value()));
        let mut update = Statement::new(format!("UPDATE {} SET ", table_name(&table.name)));
        for (column, value) in table.object(values)? {
            update.add(&format!("{} = ?, ", name(&column)));
            update = update.or_null(value.as_str());
        }
        let own = self.own(customer)?;
        update.add(&format!("{} WHERE ", self.moved()));
        let id = name(&table.id);
        update = update.with_id(self.dialect(), &id, own).needing_a_row();
        let version = table.version.as_ref();
        let version = version.map(|version| self.dialect().text(&name(version)));
        if let (Some(version), Some(expect)) = (&version, expect) {
            update.add(&format!(" AND {version} = ?"));
            update = update.value(expect);
        }
        let version = version.unwrap_or_else(|| "NULL".to_owned());
        let customers = table_name(&table.name);
        let read = format!("SELECT {version} AS version FROM {customers} WHERE ");
        let read = Statement::new(read).with_id(self.dialect(), &id, own);
        let written = self.run("perform", vec![update, read]).await?;
        if written.changed.is_empty() {
            // Nothing was written: the row is another one by now, or gone.
            return Err(match self.get(customer).await? {
                Some(row) => {
                    let current = row.version().map(str::to_owned);
                    Error::new(ErrorKind::Conflict { current }, "perform")
                }
                None => not_found(),
            });
        }
        let version = written
            .rows
            .first()
            .and_then(|row| row.get("version")?.as_str());
        let version = version.map(str::to_owned);
        let receipt = Receipt::new(effect.key.clone(), Did::Changed);
        Ok(receipt
            .on(RecordKind::Person, &*customer.id)
            .at_version(version))
    }

    /// What every change of a customer's row sets.
    fn moved(&self) -> String {
        let table = &self.settings.customers;
        let changed = name(table.changed.as_deref().unwrap_or_default());
        let mut sets = format!("{changed} = {}", self.database.dialect().now());
        if let Some(version) = &table.version {
            let version = name(version);
            sets.push_str(&format!(", {version} = {version} + 1"));
        }
        sets
    }

    /// The customer's row is changed, since a row of theirs is.
    fn touched(&self, own: &str) -> Statement {
        let table = &self.settings.customers;
        let (customers, sets) = (table_name(&table.name), self.moved());
        let update = Statement::new(format!("UPDATE {customers} SET {sets} WHERE "));
        update.with_id(self.dialect(), &name(&table.id), own)
    }

    /// `INSERT` of a row with these columns that changes the row of the same key.
    fn upsert(&self, table: &str, key: &[&str], row: &Columns<'_>) -> Statement {
        let names = row.iter().map(|(column, _)| *column);
        let sets: Vec<String> = names.filter(|name| !key.contains(name)).map(name).collect();
        self.put(table, key, row, &[], &sets)
    }

    /// `INSERT` of a row with these columns, and those in `set` as the database says, that changes those in
    /// `sets` where there is a row of the same key.
    fn put(
        &self,
        table: &str,
        key: &[&str],
        row: &Columns<'_>,
        set: &[(String, String)],
        sets: &[String],
    ) -> Statement {
        let mut names: Vec<String> = row.iter().map(|(column, _)| name(column)).collect();
        let mut values = vec!["?"; row.len()];
        for (column, value) in set {
            names.push(column.clone());
            values.push(value);
        }
        let keys: Vec<String> = key.iter().map(|column| name(column)).collect();
        let sql = format!(
            "INSERT INTO {} ({}) VALUES ({}) {}",
            table_name(table),
            names.join(", "),
            values.join(", "),
            self.dialect().on_conflict(&keys, sets),
        );
        let values = row.iter().map(|(_, value)| value.map(str::to_owned));
        let mut statement = Statement::new(sql);
        statement.values.extend(values);
        statement
    }

    /// `DELETE` of the rows with these ids or keys.
    fn delete(&self, table: &str, row: &[(&str, &str)]) -> Statement {
        let delete = Statement::new(format!("DELETE FROM {} WHERE ", table_name(table)));
        self.fitting(delete, row)
    }

    /// With the condition that columns have these values.
    fn fitting(&self, mut statement: Statement, row: &[(&str, &str)]) -> Statement {
        for (place, (column, value)) in row.iter().enumerate() {
            if place > 0 {
                statement.add(" AND ");
            }
            statement = statement.with_key(self.dialect(), &name(column), value);
        }
        statement
    }

    /// Whether a table has a row with these values.
    async fn holds(&self, table: &str, row: &[(&str, &str)]) -> Result<bool, Error> {
        let select = format!("SELECT 1 AS one FROM {} WHERE ", table_name(table));
        let select = self.fitting(Statement::new(select), row);
        // A read: whatever comes of it, nothing landed.
        Ok(!self.run("probe", vec![select]).await?.rows.is_empty())
    }

    /// The id of the customer that was made under this key.
    async fn made(&self, new: &NewCustomer) -> Result<Option<String>, Error> {
        let table = &self.settings.customers;
        let key = table.key.as_deref().ok_or_else(unsupported)?;
        let (id, customers) = (
            self.dialect().text(&name(&table.id)),
            table_name(&table.name),
        );
        let select = Statement::new(format!("SELECT {id} AS id FROM {customers} WHERE "));
        let select = self.fitting(select, &[(key, new.key.as_str())]);
        let rows = self.run("probe", vec![select]).await?.rows;
        let id = rows.first().and_then(|row| row.get("id")?.as_str());
        Ok(id.map(|id| format!("{}{id}", table.prefix)))
    }

    async fn version(&self, customer: &CustomerId) -> Result<Option<String>, Error> {
        let record = self.get(customer).await?;
        Ok(record.and_then(|row| row.version().map(str::to_owned)))
    }

    fn own<'a>(&self, customer: &'a CustomerId) -> Result<&'a str, Error> {
        let own = self.settings.customers.own_id(customer);
        own.filter(|_| customer.system == self.settings.system)
            .ok_or_else(not_found)
    }
}

fn removed(nothing: bool) -> Did {
    match nothing {
        true => Did::Nothing,
        false => Did::Removed,
    }
}

fn record_kind(new: &NewCustomer) -> RecordKind {
    match new.kind {
        CustomerKind::Company => RecordKind::Company,
        _ => RecordKind::Person,
    }
}
