use aspa_crm::{
    Activity, Crm, CustomerKind, Did, Effect, EffectKind, Error, ErrorKind, NaturalKey,
    NewCustomer, Probe, Receipt, RecordKind, Write, look,
};
use aspa_types::CustomerId;
use chrono::SecondsFormat;

use crate::statement::{name, table_name};
use crate::{Activities, Handles, SqlCrm, Statement};

fn unsupported() -> Error {
    Error::new(ErrorKind::Unsupported, "perform")
}

fn not_found() -> Error {
    Error::new(ErrorKind::NotFound, "perform")
}

/// `INSERT` of a row with these columns that changes the row of the same key, or leaves it where there is
/// nothing to change.
fn upsert(table: &str, key: &[&str], columns: &[(&str, Option<&str>)]) -> Statement {
    let names: Vec<String> = columns.iter().map(|(column, _)| name(column)).collect();
    let marks = vec!["?"; columns.len()].join(", ");
    let is_key = |column: &&(&str, Option<&str>)| !key.contains(&column.0);
    let sets: Vec<String> = columns
        .iter()
        .filter(is_key)
        .map(|(column, _)| format!("{0} = excluded.{0}", name(column)))
        .collect();
    let keys: Vec<String> = key.iter().map(|column| name(column)).collect();
    let action = match sets.is_empty() {
        true => "NOTHING".to_owned(),
        false => format!("UPDATE SET {}", sets.join(", ")),
    };
    let mut statement = Statement::new(format!(
        "INSERT INTO {} ({}) VALUES ({marks}) ON CONFLICT ({}) DO {action}",
        table_name(table),
        names.join(", "),
        keys.join(", "),
    ));
    for (_, value) in columns {
        statement = statement.or_null(*value);
    }
    statement
}

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
                let write = upsert(&table.table, &[&table.customer, &table.key], &row);
                let was = self
                    .holds(
                        &table.table,
                        &[(&table.customer, own), (&table.key, key.as_str())],
                    )
                    .await?;
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
                let delete = self
                    .unlink(table, self.own(customer)?, &key)
                    .needing_a_row();
                let touch = self.touched(self.own(customer)?);
                let gone = self.run("perform", vec![delete, touch]).await?.changed;
                let did = if gone.is_empty() {
                    Did::Nothing
                } else {
                    Did::Removed
                };
                Ok(receipt(did).on(RecordKind::Handle, key.as_str()))
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
                let was = self
                    .holds(&table.table, &[(&table.key, case.key.as_str())])
                    .await?;
                self.run("perform", vec![upsert(&table.table, &[&table.key], &row)])
                    .await?;
                let did = if was { Did::Changed } else { Did::Created };
                Ok(receipt(did).on(RecordKind::Case, case.key.as_str()))
            }
            EffectKind::AddActivity(activity) => {
                let table = settings.activities.as_ref().ok_or_else(unsupported)?;
                let changed = self
                    .run("perform", vec![self.added(table, activity)?])
                    .await?
                    .changed;
                let did = if changed == [0] {
                    Did::Nothing
                } else {
                    Did::Created
                };
                Ok(receipt(did).on(RecordKind::Activity, activity.key.as_str()))
            }
            EffectKind::Erase { customer } => {
                let own = self.own(customer)?;
                let delete = |table: &str, column: &str| {
                    let sql = format!(
                        "DELETE FROM {} WHERE {} = ?",
                        table_name(table),
                        name(column)
                    );
                    Statement::new(sql).value(own)
                };
                let mut all = Vec::new();
                all.extend(
                    settings
                        .handles
                        .as_ref()
                        .map(|t| delete(&t.table, &t.customer)),
                );
                all.extend(
                    settings
                        .cases
                        .as_ref()
                        .map(|t| delete(&t.table, &t.customer)),
                );
                all.extend(
                    settings
                        .activities
                        .as_ref()
                        .map(|t| delete(&t.table, &t.customer)),
                );
                all.push(delete(&settings.customers.name, &settings.customers.id));
                let gone = self.run("perform", all).await?.changed;
                let did = if gone.last() == Some(&0) {
                    Did::Nothing
                } else {
                    Did::Removed
                };
                Ok(receipt(did).on(RecordKind::Person, &*customer.id))
            }
            EffectKind::Redact { activity } => {
                let table = settings.activities.as_ref().ok_or_else(unsupported)?;
                let text = name(&table.text);
                let sql = format!(
                    "UPDATE {} SET {text} = NULL WHERE {} = ? AND {text} IS NOT NULL",
                    table_name(&table.table),
                    name(&table.key),
                );
                let redact = Statement::new(sql).value(activity.as_str());
                let changed = self.run("perform", vec![redact]).await?.changed;
                let did = if changed == [0] {
                    Did::Nothing
                } else {
                    Did::Removed
                };
                Ok(receipt(did).on(RecordKind::Activity, activity.as_str()))
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
        let mut columns = vec![(key, Some(new.key.as_str()))];
        columns.extend(
            object
                .iter()
                .map(|(column, value)| (column.as_str(), value.as_str())),
        );
        let (names, marks): (Vec<String>, Vec<&str>) = columns
            .iter()
            .map(|(column, _)| (name(column), "?"))
            .unzip();
        let changed = name(table.changed.as_deref().unwrap_or_default());
        let version = table
            .version
            .as_ref()
            .map(|version| (format!(", {}", name(version)), ", 1"));
        let (version, one) = version.unwrap_or_default();
        let mut insert = Statement::new(format!(
            "INSERT INTO {} ({}, {changed}{version}) VALUES ({}, {}{one}) ON CONFLICT ({}) DO NOTHING",
            table_name(&table.name),
            names.join(", "),
            marks.join(", "),
            self.database.dialect().now(),
            name(key),
        ));
        for (_, value) in columns {
            insert = insert.or_null(value);
        }
        let made = self.run("perform", vec![insert]).await?.changed;
        let did = if made == [0] {
            Did::Nothing
        } else {
            Did::Created
        };
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
        update.add(&self.moved());
        update.add(&format!(" WHERE CAST({} AS TEXT) = ?", name(&table.id)));
        update = update.value(own).needing_a_row();
        if let (Some(version), Some(expect)) = (&table.version, expect) {
            update.add(&format!(" AND CAST({} AS TEXT) = ?", name(version)));
            update = update.value(expect);
        }
        let version = table.version.as_ref().map(|version| name(version));
        let version = version.unwrap_or_else(|| "NULL".to_owned());
        update.add(&format!(" RETURNING CAST({version} AS TEXT) AS version"));
        let written = self.run("perform", vec![update]).await?;
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
        let (customers, id) = (table_name(&table.name), name(&table.id));
        let sets = self.moved();
        Statement::new(format!(
            "UPDATE {customers} SET {sets} WHERE CAST({id} AS TEXT) = ?"
        ))
        .value(own)
    }

    fn unlink(&self, table: &Handles, own: &str, key: &NaturalKey) -> Statement {
        let sql = format!(
            "DELETE FROM {} WHERE {} = ? AND {} = ?",
            table_name(&table.table),
            name(&table.customer),
            name(&table.key),
        );
        Statement::new(sql).value(own).value(key.as_str())
    }

    fn added(&self, table: &Activities, activity: &Activity) -> Result<Statement, Error> {
        let at = activity.at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let columns = [
            &table.key,
            &table.customer,
            &table.at,
            &table.subject,
            &table.text,
            &table.url,
        ];
        let columns = columns.map(|column| name(column)).join(", ");
        let insert = Statement::new(format!(
            "INSERT INTO {} ({columns}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT ({}) DO NOTHING",
            table_name(&table.table),
            name(&table.key),
        ));
        Ok(insert
            .value(activity.key.as_str())
            .value(self.own(&activity.customer)?)
            .value(at)
            .value(activity.subject.as_str())
            .or_null(activity.text.as_deref())
            .or_null(activity.url.as_deref()))
    }

    /// Whether a table has a row with these values.
    async fn holds(&self, table: &str, row: &[(&str, &str)]) -> Result<bool, Error> {
        let conditions: Vec<String> = row
            .iter()
            .map(|(column, _)| format!("{} = ?", name(column)))
            .collect();
        let sql = format!(
            "SELECT 1 AS one FROM {} WHERE {}",
            table_name(table),
            conditions.join(" AND ")
        );
        let mut select = Statement::new(sql);
        for (_, value) in row {
            select = select.value(*value);
        }
        // A read: whatever comes of it, nothing landed.
        Ok(!self.run("probe", vec![select]).await?.rows.is_empty())
    }

    /// The id of the customer that was made under this key.
    async fn made(&self, new: &NewCustomer) -> Result<Option<String>, Error> {
        let table = &self.settings.customers;
        let key = name(table.key.as_deref().ok_or_else(unsupported)?);
        let (id, customers) = (name(&table.id), table_name(&table.name));
        let sql = format!("SELECT CAST({id} AS TEXT) AS id FROM {customers} WHERE {key} = ?");
        let select = Statement::new(sql).value(new.key.as_str());
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

fn record_kind(new: &NewCustomer) -> RecordKind {
    match new.kind {
        CustomerKind::Company => RecordKind::Company,
        _ => RecordKind::Person,
    }
}
