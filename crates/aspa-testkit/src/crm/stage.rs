use std::collections::BTreeMap;
use std::sync::Arc;

use aspa_crm::{
    Activity, Case, CaseStatus, Change, Claim, Confirmed, Crm, Cursor, Customer, CustomerKind,
    Effect, EffectKind, EffectName, Error, Field, FieldPolicy, HandleRow, Idempotency, NaturalKey,
    NewCustomer, Owner, Performs, Policies, Receipt, Rule, Verdict,
};
use aspa_types::{CustomerId, EffectKey, HandleKey, Network, SystemId};
use chrono::{DateTime, Utc};

use super::fixture::CrmFixture;
use crate::case::{Checked, fault, skip};

/// What a case has to work with.
pub(super) struct Stage {
    pub(super) fixture: CrmFixture,
}

/// What a walk brought, applied in order: the records that are there, none for those that are gone.
pub(super) type Rows = BTreeMap<CustomerId, Option<Customer>>;

/// No walk takes more pages.
const MOST_PAGES: usize = 10_000;

impl Stage {
    pub(super) fn new(fixture: CrmFixture) -> Self {
        Self { fixture }
    }

    pub(super) fn crm(&self) -> &dyn Crm {
        self.fixture.crm.as_ref()
    }

    pub(super) fn again(&self) -> Checked<Arc<dyn Crm>> {
        match &self.fixture.again {
            Some(again) => Ok(again()),
            None => skip("the fixture makes no second connector"),
        }
    }

    pub(super) fn performs(&self, name: &EffectName) -> Option<Performs> {
        self.crm().capabilities().effects.get(name).copied()
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    /// Makes so many persons, with the field set to their number.
    pub(super) async fn make(&self, how_many: usize) -> Vec<CustomerId> {
        let mut made = Vec::new();
        for number in 0..how_many {
            let name = format!("Person {number}");
            let email = format!("p{number}@example.fi");
            let value = format!("V{number}");
            let values = [
                (Field::FullName, name.as_str()),
                (Field::LastName, name.as_str()),
                (Field::Email, email.as_str()),
                (self.fixture.field.clone(), value.as_str()),
            ];
            made.push(self.fixture.far.make(&values).await);
        }
        made
    }

    pub(super) async fn one(&self) -> CustomerId {
        self.make(1).await.remove(0)
    }

    pub(super) async fn edit(&self, id: &CustomerId, value: &str) -> Checked {
        match self.fixture.far.edit(id, &self.fixture.field, value).await {
            true => Ok(()),
            false => skip("nobody can edit there"),
        }
    }

    /// Walks from a cursor to the end.
    pub(super) async fn walk(
        &self,
        mut cursor: Option<Cursor>,
        limit: usize,
        rows: &mut Rows,
    ) -> Checked<Cursor> {
        for _ in 0..MOST_PAGES {
            let page = self.crm().changes(cursor.as_ref(), limit).await;
            let page = ok(page, "a page of changes")?;
            apply(rows, page.changes);
            if page.done {
                return Ok(page.next);
            }
            cursor = Some(page.next);
        }
        fault(
            "a walk that ends",
            "none",
            "a cursor that goes round in circles",
        )
    }

    /// Everything from the start.
    pub(super) async fn everything(&self, limit: usize) -> Checked<(Rows, Cursor)> {
        let mut rows = Rows::new();
        let cursor = self.walk(None, limit, &mut rows).await?;
        Ok((rows, cursor))
    }

    /// Holds that the rows are those of `ids`, with these values of the field.
    pub(super) fn hold(&self, rows: &Rows, wanted: &[(CustomerId, String)]) -> Checked {
        let there: BTreeMap<&CustomerId, Vec<&str>> = rows
            .iter()
            .filter_map(|(id, row)| Some((id, row.as_ref()?.values(&self.fixture.field))))
            .collect();
        for (id, value) in wanted {
            match there.get(id) {
                None => {
                    return fault(
                        format!("record {}", id.id),
                        format!("{} others without it", there.len()),
                        "a page border between rows of one instant, or a cursor that skips",
                    );
                }
                Some(values) if !values.contains(&value.as_str()) => {
                    return fault(
                        format!("record {} as it is now", id.id),
                        format!("an older state of {} values", values.len()),
                        "a row that was edited during the walk is not read again",
                    );
                }
                Some(_) => {}
            }
        }
        match there.len() == wanted.len() {
            true => Ok(()),
            false => fault(
                format!("{} records", wanted.len()),
                format!("{}", there.len()),
                "rows that are deleted, or of another kind, are read along",
            ),
        }
    }

    fn effect(&self, name: &str, kind: EffectKind) -> Effect {
        #[expect(clippy::expect_used, reason = "names of the kit are keys")]
        let key = EffectKey::new(name).expect("a key");
        Effect::new(key, self.crm().system().clone(), kind)
    }

    pub(super) fn handle(id: &str) -> HandleKey {
        #[expect(clippy::expect_used, reason = "the kit's handles are ids")]
        HandleKey::new(Network::MASTODON, Some("social.example"), id).expect("a handle")
    }

    /// An effect of this kind on this customer. The same `number` makes the same one.
    pub(super) async fn of(
        &self,
        name: &EffectName,
        customer: &CustomerId,
        number: usize,
    ) -> Checked<Effect> {
        let customer = customer.clone();
        let key = |what: &str| NaturalKey::derive(&[what, &number.to_string()]);
        let kind = match name {
            EffectName::LinkHandle => {
                let handle = Self::handle(&format!("10{number}"));
                let mut handle = HandleRow::new(handle, Confirmed::ByCustomer);
                handle.user_name = Some(format!("matti{number}"));
                handle.url = Some(format!("https://social.example/@matti{number}"));
                EffectKind::LinkHandle { customer, handle }
            }
            EffectName::UnlinkHandle => EffectKind::UnlinkHandle {
                customer,
                handle: Self::handle(&format!("10{number}")),
            },
            EffectName::Create => {
                let email = format!("new{number}@example.fi");
                let name = format!("New {number}");
                let values = [
                    (Field::FullName, name.clone()),
                    (Field::LastName, name),
                    (Field::Email, email),
                ];
                let writes = &self.crm().capabilities().writes;
                let values = values.into_iter().filter(|(f, _)| writes.contains_key(f));
                match NewCustomer::new(key("create"), CustomerKind::Person, values) {
                    Ok(new) => EffectKind::Create(new),
                    Err(_) => return skip("neither names nor e-mails are written"),
                }
            }
            EffectName::Patch => {
                let value = format!("P{number}");
                return self
                    .patch(&customer, &[(self.fixture.field.clone(), &value)])
                    .await;
            }
            EffectName::UpsertCase => {
                let subject = format!("Case {number}");
                let mut case = Case::new(key("case"), subject, CaseStatus::Open);
                case.customer = Some(customer);
                case.origin = Some("mastodon".to_owned());
                EffectKind::UpsertCase(case)
            }
            EffectName::AddActivity => {
                let at = self.now();
                let mut activity = Activity::new(key("activity"), customer, at, "A post");
                activity.text = Some(format!("Words {number}"));
                EffectKind::AddActivity(activity)
            }
            EffectName::Follow => EffectKind::Follow {
                customer,
                user: self.fixture.user.clone(),
                following: true,
            },
            EffectName::Erase => EffectKind::Erase { customer },
            _ => EffectKind::Redact {
                activity: key("activity"),
            },
        };
        Ok(self.effect(&format!("{name}-{number}"), kind))
    }

    /// A patch of these fields, decided on the record as it is now.
    pub(super) async fn patch(
        &self,
        customer: &CustomerId,
        values: &[(Field, &str)],
    ) -> Checked<Effect> {
        let capabilities = self.crm().capabilities().into_owned();
        if values
            .iter()
            .any(|(field, _)| !capabilities.writes.contains_key(field))
        {
            return skip("the fixture's field is not written");
        }
        let mut policies = Policies::default();
        policies.unprotected = true;
        for (field, _) in values {
            let free = FieldPolicy::new(Owner::Shared, Rule::Overwrite);
            policies = policies.with(field.clone(), free);
        }
        let record = ok(self.crm().get(customer).await, "the record")?;
        let record =
            record.unwrap_or_else(|| Customer::new(customer.clone(), CustomerKind::Person));
        #[expect(clippy::expect_used, reason = "the kit's name is a system")]
        let us = SystemId::new("kit").expect("a system");
        let claim = |(field, value): &(Field, &str)| {
            Claim::new(field.clone(), *value, us.clone(), self.now())
        };
        let wanted: Vec<Claim> = values.iter().map(claim).collect();
        let how = capabilities.effects.get(&EffectName::Patch);
        let how = how.map_or(aspa_crm::Precondition::None, |how| how.precondition);
        let decisions = policies.decide(&record, &wanted, how, self.now());
        let writes = decisions.into_iter().filter_map(|d| match d.verdict {
            Verdict::Write(write) => Some(write),
            _ => None,
        });
        let kind = EffectKind::Patch {
            customer: customer.clone(),
            writes: writes.collect(),
            expect: record.version().map(str::to_owned),
        };
        Ok(self.effect("patch", kind))
    }

    /// What has to be there before an effect makes sense: a handle to unlink, a text to redact.
    pub(super) async fn prepare(&self, name: &EffectName, customer: &CustomerId) -> Checked {
        let first = match name {
            EffectName::UnlinkHandle => EffectName::LinkHandle,
            EffectName::Redact => EffectName::AddActivity,
            _ => return Ok(()),
        };
        if self.performs(&first).is_none() {
            return skip("what it takes away cannot be made");
        }
        let first = self.of(&first, customer, 1).await?;
        ok(self.crm().perform(&first).await, "what it takes away").map(drop)
    }

    /// The names of the effects that it performs, of those that fit.
    pub(super) fn names(&self, fits: impl Fn(&EffectName, Performs) -> bool) -> Vec<EffectName> {
        let capabilities = self.crm().capabilities();
        let each = capabilities.effects.iter();
        each.filter(|(name, performs)| fits(name, **performs))
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Effects that make a row, and that make it once however often they are performed.
    pub(super) fn keyed(&self) -> Checked<Vec<EffectName>> {
        let names = self.names(|name, performs| {
            makes_a_row(name) && performs.idempotency == Idempotency::NaturalKey
        });
        match names.is_empty() {
            true => skip("nothing is written under a natural key"),
            false => Ok(names),
        }
    }

    /// Holds that the system has so many rows of what the effect is about.
    pub(super) async fn counts(&self, effect: &Effect, wanted: usize) -> Checked {
        match self.fixture.far.rows(effect).await {
            None => Ok(()),
            Some(rows) if rows == wanted => Ok(()),
            Some(rows) => fault(
                format!("{wanted} row(s) of {}", effect.kind.name()),
                format!("{rows}"),
                "the natural key is not the key of the row, or nothing was written",
            ),
        }
    }

    pub(super) async fn value(&self, id: &CustomerId) -> Checked<Vec<String>> {
        let record = ok(self.crm().get(id).await, "the record")?;
        let values = record.map(|record| {
            let values = record.values(&self.fixture.field);
            values.into_iter().map(str::to_owned).collect()
        });
        Ok(values.unwrap_or_default())
    }
}

/// Whether performing such an effect makes a row of its own.
pub(super) fn makes_a_row(name: &EffectName) -> bool {
    matches!(
        name,
        EffectName::LinkHandle
            | EffectName::Create
            | EffectName::UpsertCase
            | EffectName::AddActivity
    )
}

pub(super) fn apply(rows: &mut Rows, changes: Vec<Change>) {
    for change in changes {
        match change {
            Change::Put(customer) => {
                rows.insert(customer.id.clone(), Some(customer));
            }
            Change::Gone { id } | Change::Merged { old: id, .. } => {
                rows.insert(id, None);
            }
            _ => {}
        }
    }
}

/// A success, or the fault that it is none.
pub(super) fn ok<T>(result: Result<T, Error>, what: &str) -> Checked<T> {
    match result {
        Ok(value) => Ok(value),
        Err(error) => fault(
            what,
            error.to_string(),
            "the system refused what it claims to do",
        ),
    }
}

/// A failure, or the fault that there is none.
pub(super) fn failed(result: Result<Receipt, Error>, what: &str) -> Checked<Error> {
    match result {
        Err(error) => Ok(error),
        Ok(_) => fault(
            format!("an error: {what}"),
            "a receipt",
            "an answer that was not looked at",
        ),
    }
}
