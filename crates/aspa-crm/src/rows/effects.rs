//! What effects do with rows.

use std::collections::BTreeMap;

use aspa_types::CustomerId;
use chrono::SecondsFormat;
use serde_json::{Map, Value};

use super::layout::put;
use super::{Asked, Connector, Customers, Ours, Part, Rows, Test};
use crate::{
    Activity, Crm, CustomerKind, Did, Effect, EffectKind, Error, ErrorKind, Field, NaturalKey,
    NewCustomer, Probe, Receipt, RecordKind, Write, look, text,
};

fn error(kind: ErrorKind) -> Error {
    Error::new(kind, "perform")
}

fn invalid(field: &str) -> Error {
    let field = field.to_owned();
    error(ErrorKind::Invalid { field })
}

/// A row of ours may belong to its customer for ever, so that the key of a handle's is of both.
fn key_of(kind: &EffectKind) -> Option<NaturalKey> {
    match kind {
        EffectKind::LinkHandle { customer, handle } => {
            let key = handle.key();
            Some(NaturalKey::derive(&["row", &customer.id, key.as_str()]))
        }
        EffectKind::UpsertCase(case) => Some(case.key.clone()),
        EffectKind::AddActivity(activity) => Some(activity.key.clone()),
        _ => None,
    }
}

/// What an effect puts into a row of ours.
fn parts(kind: &EffectKind) -> Vec<(Part, String)> {
    let parts = match kind {
        EffectKind::LinkHandle { handle, .. } => vec![
            (Part::Handle, Some(handle.key().to_string())),
            (Part::HandleId, Some(handle.handle.id().to_owned())),
            (
                Part::Network,
                Some(handle.handle.network().as_str().to_owned()),
            ),
            (Part::Whole, Some(handle.handle.to_string())),
            (Part::Shown, Some(handle.shown().to_owned())),
            (Part::UserName, handle.user_name.clone()),
            (Part::DisplayName, handle.display_name.clone()),
            (Part::Url, handle.url.clone()),
        ],
        EffectKind::UnlinkHandle { handle, .. } => {
            vec![(Part::Handle, Some(NaturalKey::handle(handle).to_string()))]
        }
        EffectKind::UpsertCase(case) => vec![
            (Part::Subject, Some(case.subject.clone())),
            (Part::Status, Some(case.status.as_str().to_owned())),
            (Part::Url, case.url.clone()),
            (Part::Origin, case.origin.clone()),
            (Part::User, case.user.clone()),
        ],
        EffectKind::AddActivity(activity) => vec![
            (Part::Subject, Some(activity.subject.clone())),
            (Part::Text, activity.text.clone()),
            (Part::Url, activity.url.clone()),
            (
                Part::TextAndUrl,
                joined([activity.text.as_deref(), activity.url.as_deref()]),
            ),
            (Part::At, Some(at(activity))),
            (Part::Day, Some(activity.at.date_naive().to_string())),
        ],
        EffectKind::Follow { user, .. } => vec![(Part::User, Some(user.clone()))],
        _ => Vec::new(),
    };
    let parts = parts.into_iter();
    parts
        .filter_map(|(part, value)| Some((part, value?)))
        .collect()
}

fn at(activity: &Activity) -> String {
    activity.at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn removed(any: bool) -> Did {
    match any {
        true => Did::Removed,
        false => Did::Nothing,
    }
}

fn joined(texts: [Option<&str>; 2]) -> Option<String> {
    let texts: Vec<&str> = texts.into_iter().flatten().collect();
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}

/// The columns that an effect writes, in the order of the layout.
fn cells<'a>(ours: &'a Ours, kind: &EffectKind) -> Result<Vec<(&'a super::Cell, Value)>, Error> {
    let (parts, key) = (parts(kind), key_of(kind));
    let mut written = Vec::new();
    for cell in &ours.cells {
        let value = match &cell.part {
            Part::Fixed(value) => Some(value.clone()),
            part => {
                let value = parts.iter().find(|(known, _)| known == part);
                let value = value.map(|(_, value)| cell.value(value, key.as_ref()));
                value.transpose()?.flatten()
            }
        };
        written.extend(value.map(|value| (cell, value)));
    }
    Ok(written)
}

impl<R: Rows> Connector<R> {
    /// The table that an effect is about.
    fn ours(&self, kind: &EffectKind) -> Result<&Ours, Error> {
        let ours = match kind {
            EffectKind::LinkHandle { .. } | EffectKind::UnlinkHandle { .. } => &self.layout.handles,
            EffectKind::UpsertCase(_) => &self.layout.cases,
            EffectKind::AddActivity(_) | EffectKind::Redact { .. } => &self.layout.activities,
            EffectKind::Follow { .. } => &self.layout.follows,
            _ => &None,
        };
        ours.as_ref().ok_or_else(|| error(ErrorKind::Unsupported))
    }

    /// Which row an effect is about: that of a key, or of a customer with the same handle or user.
    fn same(&self, ours: &Ours, kind: &EffectKind) -> Result<Vec<Test>, Error> {
        if let EffectKind::UpsertCase(_) | EffectKind::AddActivity(_) = kind {
            let tests = key_of(kind).and_then(|key| ours.by_key(&key));
            return tests.ok_or_else(|| error(ErrorKind::Unsupported));
        }
        let customer = kind.customer();
        let owner = customer.and_then(|customer| owned_by(self.owner(ours, customer)));
        let mut tests = vec![owner.ok_or_else(|| error(ErrorKind::NotFound))?];
        for (cell, value) in cells(ours, kind)? {
            if matches!(cell.part, Part::Handle | Part::User) {
                tests.push(Test::Is(cell.column.clone(), value));
            }
        }
        // Without the other column this would be every row of the customer.
        match tests.len() {
            1 => Err(error(ErrorKind::Unsupported)),
            _ => Ok(tests),
        }
    }

    /// The column of a customer, and the id that stands there.
    fn owner<'a, 'b>(
        &self,
        ours: &'a Ours,
        customer: &'b CustomerId,
    ) -> Option<(&'a super::Owner, &'b str)> {
        let (of, id) = self.own(customer)?;
        let mut owners = ours.owners.iter();
        let owner = owners.find(|owner| owner.table == of.table.name)?;
        Some((owner, id))
    }

    async fn rows_of(
        &self,
        operation: &'static str,
        of: &Asked<'_>,
        tests: &[Test],
    ) -> Result<Vec<(String, Value)>, Error> {
        let found = self.rows.select(operation, of, tests).await?;
        let rows = found.rows.into_iter();
        Ok(rows
            .filter_map(|row| Some((text(&row, of.id)?, row)))
            .collect())
    }

    pub(super) async fn write(&self, effect: &Effect) -> Result<Receipt, Error> {
        let name = effect.kind.name();
        if !self.capabilities.effects.contains_key(&name) {
            return Err(error(ErrorKind::Unsupported));
        }
        let receipt = |did| Receipt::new(effect.key.clone(), did);
        match &effect.kind {
            EffectKind::Create(new) => {
                let (did, of, id) = self.create(new).await?;
                let id = format!("{}{id}", of.table.prefix);
                Ok(receipt(did).on(of.record.clone(), id))
            }
            EffectKind::Patch {
                customer,
                writes,
                expect,
            } => {
                let own = self.own(customer);
                let (of, id) = own.ok_or_else(|| error(ErrorKind::NotFound))?;
                let version = self.patch(of, id, writes, expect.as_deref()).await?;
                let receipt = receipt(Did::Changed).on(of.record.clone(), customer.id.to_string());
                Ok(receipt.at_version(version))
            }
            EffectKind::Erase { customer } => self.erase(customer).await.map(receipt),
            EffectKind::Redact { activity } => self.redact(activity).await.map(receipt),
            kind @ (EffectKind::UnlinkHandle { customer, .. }
            | EffectKind::Follow {
                customer,
                following: false,
                ..
            }) => {
                let ours = self.ours(kind)?;
                if self.owner(ours, customer).is_none() {
                    return Ok(receipt(Did::Nothing));
                }
                let same = self.same(ours, kind)?;
                let any = self.rows.remove(&[(ours.asked(), same)]).await?;
                Ok(receipt(removed(any)))
            }
            kind => {
                let ours = self.ours(kind)?;
                let (did, id) = self.keep(ours, kind).await?;
                Ok(match kind {
                    EffectKind::LinkHandle { customer, .. } => {
                        let receipt = receipt(did).on(RecordKind::Handle, id);
                        receipt.at_version(self.version(customer).await)
                    }
                    EffectKind::UpsertCase(_) => receipt(did).on(RecordKind::Case, id),
                    EffectKind::AddActivity(_) => receipt(did).on(RecordKind::Activity, id),
                    _ => receipt(did),
                })
            }
        }
    }

    /// The version of a customer whose handles are read with it, and who is another one with each of them. The
    /// effect landed, whatever reading it now brings.
    async fn version(&self, customer: &CustomerId) -> Option<String> {
        let (of, _) = self.own(customer)?;
        of.table.column(&Field::Handle)?;
        let record = self.get(customer).await.ok()??;
        record.version().map(str::to_owned)
    }

    /// The row of a key, of which there is one at most where keys are unique.
    fn one(&self, mut rows: Vec<(String, Value)>) -> Result<Option<(String, Value)>, Error> {
        if rows.len() < 2 {
            return Ok(rows.pop());
        }
        let ids = rows.into_iter().map(|(id, _)| id);
        let ids = ids.filter_map(|id| CustomerId::new(self.system.clone(), id).ok());
        Err(error(ErrorKind::Ambiguous(ids.collect())))
    }

    /// The row of the case that an activity belongs to, and the column for it.
    async fn case_of(
        &self,
        owner: &super::Owner,
        kind: &EffectKind,
    ) -> Result<Option<(String, String)>, Error> {
        let case = match kind {
            EffectKind::AddActivity(activity) => activity.case.as_ref(),
            _ => None,
        };
        let (Some(case), Some(column), Some(cases)) = (case, &owner.case, &self.layout.cases)
        else {
            return Ok(None);
        };
        let same = cases.by_key(case);
        let same = same.ok_or_else(|| error(ErrorKind::Unsupported))?;
        let rows = self.rows_of("perform", &cases.asked(), &same).await?;
        let row = self.one(rows)?.ok_or_else(|| error(ErrorKind::NotFound))?;
        Ok(Some((column.clone(), row.0)))
    }

    /// Has a row of ours be as the effect wants.
    async fn keep(&self, ours: &Ours, kind: &EffectKind) -> Result<(Did, String), Error> {
        let cells = cells(ours, kind)?;
        let owner = kind.customer().map(|customer| self.owner(ours, customer));
        let owner = match owner {
            Some(None) if matches!(kind, EffectKind::UpsertCase(_)) => {
                return Err(invalid("customer"));
            }
            Some(None) => return Err(error(ErrorKind::NotFound)),
            None if ours.owned => return Err(invalid("customer")),
            owner => owner.flatten(),
        };
        let same = self.same(ours, kind)?;
        let of = ours.asked();
        // Of a case there is mostly a row. That of a handle may have come with another customer whom the
        // system merged into this one, and has their key still. Of everything else there is none.
        let mut there = match kind {
            EffectKind::UpsertCase(_) => {
                let rows = self.rows_of("perform", &of, &same).await?;
                self.one(rows)?
            }
            EffectKind::LinkHandle { .. } => {
                let rows = self.rows_of("perform", &of, &same).await?;
                rows.into_iter().next()
            }
            _ => None,
        };
        if there.is_none() {
            let mut row = Map::new();
            cells
                .iter()
                .for_each(|(cell, value)| cell.put(&mut row, value));
            if let Some((owner, id)) = owner {
                put(&mut row, &owner.column, owner.bind.as_ref(), &id.into());
                if let Some((column, case)) = self.case_of(owner, kind).await? {
                    row.insert(column, case.into());
                }
            }
            if let Some((column, key)) = ours.key.clone().zip(key_of(kind)) {
                row.insert(column, key.as_str().into());
            }
            match self.rows.insert(&of, row).await {
                Ok(id) => return Ok((Did::Created, id)),
                Err(error) if matches!(error.kind(), ErrorKind::Conflict { .. }) => {
                    there = self.rows_of("perform", &of, &same).await?.pop();
                    if there.is_none() {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        let (id, now) = there.unwrap_or_default();
        let row = left(kind, &cells, owner, &now);
        if row.is_empty() {
            return Ok((Did::Nothing, id));
        }
        self.rows.update(&of, &id, row, None).await?;
        Ok((Did::Changed, id))
    }

    /// The table in which a new customer is made, and the values with their columns.
    fn place<'a>(
        &self,
        new: &'a NewCustomer,
    ) -> Result<(&Customers, BTreeMap<&'a Field, &'a str>), Error> {
        let (record, whole) = match (new.lead, &new.kind) {
            (true, _) => (RecordKind::Lead, &Field::LastName),
            (false, CustomerKind::Company) => (RecordKind::Company, &Field::Company),
            (false, _) => (RecordKind::Person, &Field::LastName),
        };
        let tables = || {
            let tables = self.layout.customers.iter();
            tables.filter(|one| one.table.key.is_some())
        };
        let only = || tables().next().filter(|_| self.layout.customers.len() == 1);
        let of = tables().find(|one| one.record == record).or_else(only);
        let of = of.ok_or_else(|| error(ErrorKind::Unsupported))?;
        let values = new.values.iter();
        let mut values: BTreeMap<_, _> = values.map(|(f, v)| (f, v.as_str())).collect();
        // Where the whole name is put together there, it cannot be written.
        if self.limit(of, &Field::FullName).is_none()
            && let Some(name) = values.remove(&Field::FullName)
        {
            values.entry(whole).or_insert(name);
        }
        Ok((of, values))
    }

    /// How long a field may be that is written in a table; none: it is not.
    fn limit(&self, of: &Customers, field: &Field) -> Option<&Option<usize>> {
        let limit = self.capabilities.writes.get(field);
        limit.filter(|_| of.writes(field))
    }

    fn row(
        &self,
        of: &Customers,
        values: &BTreeMap<&Field, &str>,
    ) -> Result<Map<String, Value>, Error> {
        for (field, value) in values {
            let limit = self.limit(of, field);
            let fits = |limit: &Option<usize>| {
                limit.is_none_or(|most| value.encode_utf16().count() <= most)
            };
            if !limit.is_some_and(fits) {
                return Err(invalid(field.as_str()));
            }
        }
        of.table
            .object(values.iter().map(|(field, value)| (*field, *value)))
    }

    async fn create(&self, new: &NewCustomer) -> Result<(Did, &Customers, String), Error> {
        let (of, values) = self.place(new)?;
        let mut row = self.row(of, &values)?;
        let column = of.table.key.clone().unwrap_or_default();
        row.insert(column, new.key.as_str().into());
        let same = keyed(of, new);
        let asked = of.asked();
        match self.rows.insert(&asked, row).await {
            Ok(id) => Ok((Did::Created, of, id)),
            Err(error) if matches!(error.kind(), ErrorKind::Conflict { .. }) => {
                let there = self.rows_of("perform", &asked, &same).await?.pop();
                let (id, _) = there.ok_or(error)?;
                Ok((Did::Nothing, of, id))
            }
            Err(error) => Err(error),
        }
    }

    async fn patch(
        &self,
        of: &Customers,
        id: &str,
        writes: &[Write],
        expect: Option<&str>,
    ) -> Result<Option<String>, Error> {
        let values = writes.iter().map(|write| (write.field(), write.value()));
        let row = self.row(of, &values.collect())?;
        self.rows.update(&of.asked(), id, row, expect).await
    }

    /// Deletes a customer with our rows about them; the customer last.
    async fn erase(&self, customer: &CustomerId) -> Result<Did, Error> {
        let Some((of, id)) = self.own(customer) else {
            return Ok(Did::Nothing);
        };
        let layout = &self.layout;
        let tables = [
            &layout.handles,
            &layout.activities,
            &layout.cases,
            &layout.follows,
        ];
        let mut all = Vec::new();
        for ours in tables.into_iter().flatten() {
            let Some(owner) = owned_by(self.owner(ours, customer)) else {
                continue;
            };
            let mine = ours.key.clone().map(Test::Has);
            all.push((ours.asked(), mine.into_iter().chain([owner]).collect()));
        }
        all.push((of.asked(), vec![Test::Is(of.table.id.clone(), id.into())]));
        self.rows.remove(&all).await.map(removed)
    }

    /// The texts of an activity that are still there.
    async fn told(
        &self,
        operation: &'static str,
        activity: &NaturalKey,
    ) -> Result<Vec<(String, Map<String, Value>)>, Error> {
        let ours = self.layout.activities.as_ref();
        let found = ours.and_then(|ours| Some((ours, ours.by_key(activity)?)));
        let (ours, tests) = found.ok_or_else(|| error(ErrorKind::Unsupported))?;
        let texts = || ours.cells.iter().filter(|cell| cell.is_text());
        let rows = self.rows_of(operation, &ours.asked(), &tests).await?;
        let told = rows.into_iter().map(|(id, row)| {
            let there = texts().filter(|cell| text(&row, &cell.column).is_some());
            let gone = there.map(|cell| (cell.column.clone(), Value::Null));
            (id, gone.collect::<Map<_, _>>())
        });
        Ok(told.filter(|(_, gone)| !gone.is_empty()).collect())
    }

    async fn redact(&self, activity: &NaturalKey) -> Result<Did, Error> {
        let mut did = Did::Nothing;
        let ours = self.layout.activities.as_ref();
        for (id, gone) in self.told("perform", activity).await? {
            if let Some(ours) = ours {
                self.rows.update(&ours.asked(), &id, gone, None).await?;
                did = Did::Removed;
            }
        }
        Ok(did)
    }

    pub(super) async fn look(&self, effect: &Effect) -> Result<Probe, Error> {
        let landed = match &effect.kind {
            kind if !self.capabilities.effects.contains_key(&kind.name()) => {
                return Ok(Probe::CannotTell);
            }
            EffectKind::Patch { .. } | EffectKind::Erase { .. } => {
                return Ok(look(self, effect).await?.unwrap_or(Probe::CannotTell));
            }
            EffectKind::Create(new) => {
                let (of, _) = self.place(new)?;
                let there = self.rows_of("probe", &of.asked(), &keyed(of, new)).await?;
                !there.is_empty()
            }
            EffectKind::Redact { activity } => self.told("probe", activity).await?.is_empty(),
            kind => {
                let ours = self.ours(kind)?;
                let gone = matches!(
                    kind,
                    EffectKind::UnlinkHandle { .. }
                        | EffectKind::Follow {
                            following: false,
                            ..
                        }
                );
                let there = match self.same(ours, kind) {
                    Ok(same) => self.rows_of("probe", &ours.asked(), &same).await?,
                    // Of a customer who cannot be there nothing is.
                    Err(error) if *error.kind() == ErrorKind::NotFound => Vec::new(),
                    Err(error) => return Err(error),
                };
                let cells = cells(ours, kind)?;
                let owner = kind.customer().map(|customer| self.owner(ours, customer));
                // A customer whom no row can have is in none.
                let possible = owner != Some(None);
                let is_so = |row| left(kind, &cells, owner.flatten(), row).is_empty();
                match gone {
                    true => there.is_empty(),
                    false => possible && there.iter().any(|(_, row)| is_so(row)),
                }
            }
        };
        Ok(match landed {
            true => Probe::Found(Receipt::new(effect.key.clone(), Did::Changed)),
            false => Probe::Absent,
        })
    }
}

/// What is still to be written into a row as it is now: nothing, where the effect landed.
fn left(
    kind: &EffectKind,
    cells: &[(&super::Cell, Value)],
    owner: Option<(&super::Owner, &str)>,
    now: &Value,
) -> Map<String, Value> {
    let mut row = Map::new();
    for (cell, value) in cells {
        // A line of history is never changed again, but may not be finished.
        let again = match kind {
            EffectKind::AddActivity(_) => matches!(cell.part, Part::Fixed(_)),
            _ => true,
        };
        if again && !cell.once && !cell.holds(now, value) {
            cell.put(&mut row, value);
        }
    }
    if let (EffectKind::UpsertCase(_), Some((owner, id))) = (kind, owner)
        && text(now, &owner.column).as_deref() != Some(id)
    {
        put(&mut row, &owner.column, owner.bind.as_ref(), &id.into());
    }
    row
}

fn owned_by(owner: Option<(&super::Owner, &str)>) -> Option<Test> {
    let (owner, id) = owner?;
    Some(Test::Is(owner.column.clone(), id.into()))
}

/// The rows of a new customer's key.
fn keyed(of: &Customers, new: &NewCustomer) -> Vec<Test> {
    let column = of.table.key.clone().unwrap_or_default();
    vec![Test::Is(column, new.key.as_str().into())]
}
