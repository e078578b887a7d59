use std::borrow::Cow;
use std::fmt;

use aspa_types::{CustomerId, SystemId};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::layout::holds;
use super::{Customers, Layout, Ours, Part, Rows, Test};
use crate::{
    Capabilities, Case, Change, Crm, Cursor, Customer, Effect, Error, ErrorKind, Field, Lookup,
    NaturalKey, Page, Probe, Receipt, lanes, normal, text,
};

/// A [`Crm`] of the rows of a system and the layout of its tables.
///
/// A row is made first, and looked for where the system says that its key is taken; a case and a handle are
/// looked for first.
/// What is there already is changed only where it differs.
pub struct Connector<R> {
    pub(super) system: SystemId,
    pub(super) layout: Layout,
    pub(super) capabilities: Capabilities,
    pub(super) rows: R,
}

impl<R> fmt::Debug for Connector<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("system", &self.system)
            .finish_non_exhaustive()
    }
}

impl<R: Rows> Connector<R> {
    /// One system.
    #[must_use]
    pub fn new(system: SystemId, layout: Layout, rows: R) -> Self {
        let capabilities = layout.promises();
        Self {
            system,
            layout,
            capabilities,
            rows,
        }
    }

    /// What it asks.
    #[must_use]
    pub fn rows(&self) -> &R {
        &self.rows
    }

    /// The table of a customer and the row's id; none where it cannot be one of this system.
    pub(super) fn own<'a>(&self, id: &'a CustomerId) -> Option<(&Customers, &'a str)> {
        let mut tables = self.layout.customers.iter();
        tables
            .find_map(|one| {
                let own = one.table.own_id(id)?;
                self.rows.is_id(&one.asked(), own).then_some((one, own))
            })
            .filter(|_| id.system == self.system)
    }

    /// What a row of customers is now.
    fn change(&self, of: &Customers, row: &Value, at: DateTime<Utc>) -> Result<Change, Error> {
        let customer = of.table.customer(&self.system, row, at)?;
        Ok(match self.moved(of, row) {
            Some(into) => Change::Merged {
                old: customer.id,
                into,
            },
            None => Change::Put(customer),
        })
    }

    fn moved(&self, of: &Customers, row: &Value) -> Option<CustomerId> {
        of.moved.iter().find_map(|moved| {
            let id = text(row, &moved.column).filter(|_| holds(moved.only.as_ref(), row))?;
            self.layout.customer_id(&self.system, &moved.table, &id)
        })
    }

    /// The customers of a table that are there and fit.
    pub(super) async fn customers(
        &self,
        operation: &'static str,
        of: &Customers,
        tests: &[Test],
    ) -> Result<Vec<Customer>, Error> {
        let found = self.rows.select(operation, &of.asked(), tests).await?;
        let rows = found.rows.iter();
        let rows = rows.filter(|row| self.moved(of, row).is_none());
        rows.map(|row| of.table.customer(&self.system, row, found.at))
            .collect()
    }

    async fn page(&self, lane: usize, cursor: Option<Cursor>, limit: usize) -> Result<Page, Error> {
        let (mut changes, page) = match (self.layout.customers.get(lane), &self.layout.cases) {
            (Some(of), _) => {
                let page = self.rows.page(&of.asked(), cursor.as_ref(), limit).await?;
                let rows = page.found.rows.iter();
                let changes = rows.map(|row| self.change(of, row, page.found.at));
                (changes.collect::<Result<Vec<_>, _>>()?, page)
            }
            (None, Some(cases)) => {
                let page = self
                    .rows
                    .page(&cases.asked(), cursor.as_ref(), limit)
                    .await?;
                let rows = page.found.rows.iter();
                let changes = rows.filter_map(|row| self.case(row)).map(Change::Case);
                (changes.collect(), page)
            }
            (None, None) => return Err(Error::new(ErrorKind::CursorExpired, "changes")),
        };
        if let Some(of) = self.layout.customers.get(lane) {
            let gone = page.gone.iter().filter_map(|id| {
                let id = self.layout.customer_id(&self.system, &of.table.name, id)?;
                Some(Change::Gone { id })
            });
            changes.extend(gone);
        }
        Ok(Page::new(changes, page.next, page.done))
    }

    /// A case of ours.
    fn case(&self, row: &Value) -> Option<Case> {
        let cases = self.layout.cases.as_ref()?;
        let key: NaturalKey = serde_json::from_value(row.get(cases.key.as_ref()?)?.clone()).ok()?;
        let part = |part: &Part| cases.cell(part)?.ours(row);
        let subject = part(&Part::Subject).unwrap_or_default();
        let mut case = Case::new(key, subject, cases.status(row)?);
        case.customer = cases.owners.iter().find_map(|owner| {
            let id = text(row, &owner.column).filter(|_| holds(owner.only.as_ref(), row))?;
            self.layout.customer_id(&self.system, &owner.table, &id)
        });
        case.url = part(&Part::Url);
        case.origin = part(&Part::Origin);
        case.user = part(&Part::User);
        case.version = cases.version.as_ref().and_then(|column| text(row, column));
        Some(case)
    }
}

#[async_trait]
impl<R: Rows> Crm for Connector<R> {
    fn system(&self) -> &SystemId {
        &self.system
    }

    fn capabilities(&self) -> Cow<'_, Capabilities> {
        Cow::Borrowed(&self.capabilities)
    }

    async fn changes(&self, cursor: Option<&Cursor>, limit: usize) -> Result<Page, Error> {
        let most = self.capabilities.max_page.unwrap_or(1000);
        let limit = limit.clamp(1, most.max(1));
        let tables = self.layout.customers.iter();
        let names = tables.map(|one| one.table.name.as_str());
        let read = |cases: &&Ours| cases.key.is_some() && cases.version.is_some();
        let cases = self.layout.cases.iter().filter(read);
        let names: Vec<&str> = names
            .chain(cases.map(|cases| cases.table.as_str()))
            .collect();
        lanes(cursor, &names, |lane, cursor| {
            self.page(lane, cursor, limit)
        })
        .await
    }

    async fn find(&self, lookup: &Lookup) -> Result<Vec<Customer>, Error> {
        if !self.capabilities.lookups.contains(&lookup.field) {
            return Err(Error::new(ErrorKind::Unsupported, "find"));
        }
        let mut found = Vec::new();
        for of in &self.layout.customers {
            let region = of.table.region;
            let Some(test) = test(of, lookup) else {
                continue;
            };
            let customers = self.customers("find", of, &[test]).await?;
            let fit = customers.into_iter();
            found.extend(fit.filter(|customer| lookup.fits(customer, region)));
        }
        found.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(found)
    }

    async fn get(&self, id: &CustomerId) -> Result<Option<Customer>, Error> {
        let Some((of, id)) = self.own(id) else {
            return Ok(None);
        };
        let is = Test::Is(of.table.id.clone(), id.into());
        Ok(self.customers("get", of, &[is]).await?.pop())
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        self.write(effect).await
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        self.look(effect).await
    }
}

/// Which rows can hold a value; what they hold is compared afterwards. A number is written in many ways.
fn test(of: &Customers, lookup: &Lookup) -> Option<Test> {
    let value = normal::value(&lookup.field, &lookup.value, of.table.region)?;
    let pattern = lookup.pattern(of.table.region)?;
    let columns = of.table.columns.iter();
    let columns = columns.filter(|column| column.field == lookup.field);
    let each = columns.map(|column| match lookup.field {
        Field::Phone | Field::CustomerNumber | Field::OrderNumber => {
            Test::Like(column.column.clone(), pattern.clone())
        }
        _ => Test::Is(column.column.clone(), value.clone().into()),
    });
    let tests: Vec<Test> = each.collect();
    (!tests.is_empty()).then_some(Test::Any(tests))
}
