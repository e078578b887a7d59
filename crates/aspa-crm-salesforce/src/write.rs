//! Which request does what (REST API guide and object reference, API 66.0, read November 2026).

use std::collections::BTreeMap;

use aspa_crm::rest::Call;
use aspa_crm::{
    CustomerKind, Did, Effect, EffectKind, Error, ErrorKind, Field, NaturalKey, NewCustomer, Probe,
    Receipt, RecordKind, Table, Write, look, text,
};
use aspa_types::{CustomerId, HandleKey, Landed};
use http::header::IF_UNMODIFIED_SINCE;
use serde_json::{Map, Value, json};

use crate::mapping::KEY;
use crate::wire::{Salesforce, quoted, time};

fn invalid(field: &str) -> Error {
    let field = field.to_owned();
    Error::new(ErrorKind::Invalid { field }, "perform")
}

fn keyed(key: &NaturalKey) -> String {
    format!("{KEY} = {}", quoted(key.as_str()))
}

/// A persona belongs to its customer for ever (master-detail), so its key is of both.
fn persona(customer: &CustomerId, handle: &HandleKey) -> NaturalKey {
    let key = NaturalKey::handle(handle);
    NaturalKey::derive(&["persona", &customer.id, key.as_str()])
}

fn record_kind(table: &Table) -> RecordKind {
    match (&*table.name, &table.kind) {
        ("Lead", _) => RecordKind::Lead,
        (_, CustomerKind::Company) => RecordKind::Company,
        _ => RecordKind::Person,
    }
}

/// A value that is to be sent, and no longer than so many characters.
fn within<'a>(field: &str, value: &'a str, most: usize) -> Result<&'a str, Error> {
    match value.chars().count() <= most {
        true => Ok(value),
        false => Err(invalid(field)),
    }
}

/// How Salesforce calls a network (`SocialNetworkProvider`).
fn provider(handle: &HandleKey) -> &'static str {
    match handle.network().as_str() {
        "x" => "Twitter",
        "facebook_page" | "messenger" => "Facebook",
        "instagram" => "Instagram",
        "linkedin" => "LinkedIn",
        "whatsapp" => "WhatsApp",
        "youtube" => "YouTube",
        _ => "Other",
    }
}

impl Salesforce {
    pub(crate) async fn write(&self, effect: &Effect) -> Result<Receipt, Error> {
        let (did, on) = match &effect.kind {
            EffectKind::LinkHandle { customer, handle } => {
                let (_, id) = self.own(customer)?;
                let key = persona(customer, &handle.handle);
                let shown = handle.shown();
                // A name is no longer than that, and one that is cut would be somebody else's.
                let name = if shown.chars().count() <= 80 {
                    shown
                } else {
                    key.as_str()
                };
                let mut row = json!({ "Name": name, "Provider": provider(&handle.handle) });
                let texts = [
                    ("RealName", handle.display_name.as_deref()),
                    ("ProfileUrl", handle.url.as_deref()),
                    ("ExternalId", Some(handle.handle.id())),
                ];
                for (column, value) in texts {
                    if let Some(value) = value.filter(|value| value.chars().count() <= 255) {
                        row[column] = value.into();
                    }
                }
                let mut new = row.clone();
                (new["ParentId"], new[KEY]) = (id.into(), key.as_str().into());
                new["Aspa_Handle__c"] = handle.key().as_str().into();
                let (mut did, id) = self.make("SocialPersona", &keyed(&key), new).await?;
                if did == Did::Nothing {
                    let path = self.path(&format!("sobjects/SocialPersona/{id}"));
                    self.send("perform", Call::patch(path, row)).await?;
                    did = Did::Changed;
                }
                (did, Some((RecordKind::Handle, id)))
            }
            EffectKind::Create(new) => {
                let (table, values) = self.new_row(new)?;
                let mut row = Value::Object(self.row(table, &values)?);
                row[KEY] = new.key.as_str().into();
                let (did, id) = self.make(&table.name, &keyed(&new.key), row).await?;
                (did, Some((record_kind(table), id)))
            }
            EffectKind::Patch {
                customer,
                writes,
                expect,
            } => {
                let (table, id) = self.own(customer)?;
                self.patch(table, id, writes, expect.as_deref()).await?;
                (Did::Changed, Some((record_kind(table), id.to_owned())))
            }
            EffectKind::UpsertCase(case) => {
                let mut row = json!({ "Subject": within("subject", &case.subject, 255)? });
                let statuses = &self.settings.statuses;
                let status = statuses.iter().find(|(ours, _)| *ours == case.status);
                row["Status"] = status
                    .map_or(case.status.as_str(), |(_, theirs)| theirs)
                    .into();
                if let Some(customer) = &case.customer {
                    row[self.owner(customer)?] = (&*customer.id).into();
                }
                let texts = [
                    ("Origin", &case.origin),
                    ("OwnerId", &case.user),
                    ("Aspa_Url__c", &case.url),
                ];
                for (column, value) in texts {
                    if let Some(value) = value {
                        row[column] = within(column, value, 255)?.into();
                    }
                }
                let path = self.path(&format!("sobjects/Case/{KEY}/{}", case.key));
                let answer = self.send("perform", Call::patch(path, row)).await?;
                let created = answer.status == http::StatusCode::CREATED;
                let did = if created { Did::Created } else { Did::Changed };
                (
                    did,
                    answer
                        .text("/id")
                        .map(|id| (RecordKind::Case, id.to_owned())),
                )
            }
            EffectKind::AddActivity(activity) => {
                let (table, id) = self.own(&activity.customer)?;
                let told = [activity.text.as_deref(), activity.url.as_deref()];
                let told = told.into_iter().flatten().collect::<Vec<_>>().join("\n\n");
                let mut row = json!({
                    KEY: activity.key.as_str(), "Subject": within("subject", &activity.subject, 255)?,
                    "ActivityDate": activity.at.date_naive().to_string(), "Status": "Completed",
                });
                if !told.is_empty() {
                    row["Description"] = within("text", &told, 32_000)?.into();
                }
                row[if table.name == "Account" {
                    "WhatId"
                } else {
                    "WhoId"
                }] = id.into();
                // A task of a lead belongs to nothing else.
                if let Some(case) = activity.case.as_ref().filter(|_| table.name != "Lead") {
                    let ids = self.ids_of("perform", "Case", &keyed(case)).await?;
                    let id = ids.into_iter().next();
                    row["WhatId"] = id
                        .ok_or_else(|| Error::new(ErrorKind::NotFound, "perform"))?
                        .into();
                }
                let (did, id) = self.make("Task", &keyed(&activity.key), row).await?;
                (did, Some((RecordKind::Activity, id)))
            }
            EffectKind::Follow {
                customer,
                user,
                following: true,
            } => {
                let row = json!({ "ParentId": self.own(customer)?.1, "SubscriberId": user });
                let trace = self.trace(&effect.kind)?.1;
                (self.make("EntitySubscription", &trace, row).await?.0, None)
            }
            EffectKind::UnlinkHandle { .. } | EffectKind::Follow { .. } => {
                let (name, trace) = self.trace(&effect.kind)?;
                (
                    self.remove(self.ids_of("perform", name, &trace).await?)
                        .await?,
                    None,
                )
            }
            EffectKind::Erase { customer } => (self.erase(customer).await?, None),
            EffectKind::Redact { activity } => {
                let (rows, _) = self.rows("perform", &told(activity)).await?;
                let mut did = Did::Nothing;
                for id in rows
                    .iter()
                    .filter(|row| !row["Description"].is_null())
                    .filter_map(|row| text(row, "Id"))
                {
                    let path = self.path(&format!("sobjects/Task/{id}"));
                    self.send("perform", Call::patch(path, json!({ "Description": null })))
                        .await?;
                    did = Did::Removed;
                }
                (did, None)
            }
            _ => return Err(Error::new(ErrorKind::Unsupported, "perform")),
        };
        let receipt = Receipt::new(effect.key.clone(), did);
        Ok(match on {
            Some((kind, id)) => receipt.on(kind, id),
            None => receipt,
        })
    }

    pub(crate) async fn look(&self, effect: &Effect) -> Result<Probe, Error> {
        if let EffectKind::Patch { .. } = effect.kind
            && let Some(probe) = look(self, effect).await?
        {
            return Ok(probe);
        }
        let there = match &effect.kind {
            EffectKind::Redact { activity } => {
                let (rows, _) = self.rows("probe", &told(activity)).await?;
                rows.iter().all(|row| row["Description"].is_null())
            }
            EffectKind::Unknown(_) => return Ok(Probe::CannotTell),
            kind => {
                let (name, trace) = self.trace(kind)?;
                let gone = match kind {
                    EffectKind::UnlinkHandle { .. } | EffectKind::Erase { .. } => true,
                    EffectKind::Follow { following, .. } => !following,
                    _ => false,
                };
                self.ids_of("probe", name, &trace).await?.is_empty() == gone
            }
        };
        Ok(match there {
            true => Probe::Found(Receipt::new(effect.key.clone(), Did::Changed)),
            false => Probe::Absent,
        })
    }

    /// The table and the condition of the rows by which an effect shows.
    fn trace(&self, kind: &EffectKind) -> Result<(&str, String), Error> {
        Ok(match kind {
            EffectKind::LinkHandle { customer, handle } => {
                ("SocialPersona", keyed(&persona(customer, &handle.handle)))
            }
            EffectKind::UnlinkHandle { customer, handle } => {
                // Where customers were merged the row came with another key.
                let (id, handle) = (quoted(self.own(customer)?.1), NaturalKey::handle(handle));
                let handle = quoted(handle.as_str());
                (
                    "SocialPersona",
                    format!("ParentId = {id} AND Aspa_Handle__c = {handle}"),
                )
            }
            EffectKind::Create(new) => (&self.new_row(new)?.0.name, keyed(&new.key)),
            EffectKind::UpsertCase(case) => {
                let statuses = &self.settings.statuses;
                let status = statuses.iter().find(|(ours, _)| *ours == case.status);
                let status = status.map_or(case.status.as_str(), |(_, theirs)| theirs);
                let is = [("Subject", case.subject.as_str()), ("Status", status)];
                let is = is.map(|(column, value)| format!(" AND {column} = {}", quoted(value)));
                ("Case", keyed(&case.key) + &is.concat())
            }
            EffectKind::AddActivity(activity) => ("Task", keyed(&activity.key)),
            EffectKind::Follow { customer, user, .. } => {
                let (id, user) = (quoted(self.own(customer)?.1), quoted(user));
                (
                    "EntitySubscription",
                    format!("ParentId = {id} AND SubscriberId = {user}"),
                )
            }
            EffectKind::Erase { customer } => {
                let (table, id) = self.own(customer)?;
                (&table.name, format!("Id = {}", quoted(id)))
            }
            _ => return Err(Error::new(ErrorKind::Unsupported, "probe")),
        })
    }

    async fn ids_of(
        &self,
        operation: &'static str,
        name: &str,
        condition: &str,
    ) -> Result<Vec<String>, Error> {
        let soql = format!("SELECT Id FROM {name} WHERE {condition}");
        let (rows, _) = self.rows(operation, &soql).await?;
        Ok(rows.iter().filter_map(|row| text(row, "Id")).collect())
    }

    /// Makes a row; one that is there already, as a unique field tells, stays as it is.
    async fn make(&self, name: &str, same: &str, row: Value) -> Result<(Did, String), Error> {
        let path = self.path(&format!("sobjects/{name}"));
        match self.send("perform", Call::post(path, row)).await {
            Ok(answer) => match answer.text("/id") {
                Some(id) => Ok((Did::Created, id.to_owned())),
                None => Err(Error::new(ErrorKind::Protocol, "perform").with_landed(Landed::Yes)),
            },
            Err(error) if matches!(error.kind(), ErrorKind::Conflict { .. }) => {
                let there = self.ids_of("perform", name, same).await?;
                let id = there.into_iter().next();
                id.map(|id| (Did::Nothing, id)).ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    async fn remove(&self, ids: Vec<String>) -> Result<Did, Error> {
        self.delete(&ids).await?;
        Ok(if ids.is_empty() {
            Did::Nothing
        } else {
            Did::Removed
        })
    }

    /// Deletes a customer with our rows about them; the customer last.
    async fn erase(&self, customer: &CustomerId) -> Result<Did, Error> {
        let Ok((table, id)) = self.own(customer) else {
            return Ok(Did::Nothing);
        };
        let id = quoted(id);
        let owner = self.owner(customer).unwrap_or("ContactId");
        let ours = [
            ("SocialPersona", format!("ParentId = {id}")),
            (
                "Task",
                format!("{KEY} != null AND (WhoId = {id} OR WhatId = {id})"),
            ),
            ("Case", format!("{KEY} != null AND {owner} = {id}")),
            (table.name.as_str(), format!("Id = {id}")),
        ];
        let mut ids = Vec::new();
        for (name, condition) in ours {
            ids.extend(self.ids_of("perform", name, &condition).await?);
        }
        self.remove(ids).await
    }

    /// The column of a case with its customer. A lead has none.
    fn owner(&self, customer: &CustomerId) -> Result<&'static str, Error> {
        match &*self.own(customer)?.0.name {
            "Contact" => Ok("ContactId"),
            "Account" => Ok("AccountId"),
            _ => Err(invalid("customer")),
        }
    }

    fn new_row<'a>(
        &self,
        new: &'a NewCustomer,
    ) -> Result<(&Table, BTreeMap<&'a Field, &'a str>), Error> {
        let (name, whole) = match (new.lead, &new.kind) {
            (true, _) => ("Lead", &Field::LastName),
            (false, CustomerKind::Company) => ("Account", &Field::Company),
            (false, _) => ("Contact", &Field::LastName),
        };
        let table = self.settings.tables.iter().find(|table| table.name == name);
        let table = table.ok_or_else(|| Error::new(ErrorKind::Unsupported, "perform"))?;
        let mut values: BTreeMap<&Field, &str> =
            new.values.iter().map(|(f, v)| (f, v.as_str())).collect();
        // The whole name is put together there, and cannot be written.
        if let Some(name) = values.remove(&Field::FullName) {
            values.entry(whole).or_insert(name);
        }
        Ok((table, values))
    }

    fn row(
        &self,
        table: &Table,
        values: &BTreeMap<&Field, &str>,
    ) -> Result<Map<String, Value>, Error> {
        for (field, value) in values {
            let is_own = table
                .column(field)
                .is_some_and(|column| !column.starts_with('/'));
            match self.capabilities.writes.get(field).filter(|_| is_own) {
                Some(limit) => within(field.as_str(), value, limit.unwrap_or(usize::MAX))?,
                None => return Err(invalid(field.as_str())),
            };
        }
        table.object(values.iter().map(|(field, value)| (*field, *value)))
    }

    /// Writes fields. An account only where nobody has changed it since; others where nobody has in an
    /// earlier second, since Salesforce has entity tags for accounts alone.
    async fn patch(
        &self,
        table: &Table,
        id: &str,
        writes: &[Write],
        expect: Option<&str>,
    ) -> Result<(), Error> {
        let row = self.row(
            table,
            &writes
                .iter()
                .map(|write| (write.field(), write.value()))
                .collect(),
        )?;
        let path = self.path(&format!("sobjects/{}/{id}", table.name));
        let mut call = Call::patch(&path, row);
        if let Some(expect) = expect {
            let conflict = |current| Error::new(ErrorKind::Conflict { current }, "perform");
            let at = time(&json!({ "SystemModstamp": expect })).ok_or_else(|| conflict(None))?;
            call = call.header(
                IF_UNMODIFIED_SINCE,
                &at.format("%a, %d %b %Y %H:%M:%S GMT").to_string(),
            );
            if table.name == "Account" {
                let look = Call::get(&path).query("fields", "SystemModstamp");
                let answer = self.send("perform", look).await?;
                let current = answer.text("/SystemModstamp").map(str::to_owned);
                if current.as_deref() != Some(expect) {
                    return Err(conflict(current));
                }
                call = call.if_version(answer.etag().as_deref());
            }
        }
        self.send("perform", call).await.map(drop)
    }
}

/// The texts of an activity.
fn told(activity: &NaturalKey) -> String {
    format!("SELECT Id, Description FROM Task WHERE {}", keyed(activity))
}
