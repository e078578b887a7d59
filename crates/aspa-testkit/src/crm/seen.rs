//! What a far side over HTTP sees and does without the connector.

use aspa_crm::rows::{Cell, Layout, Ours, Part};
use aspa_crm::{CrmFault, Effect, EffectKind, NaturalKey, text};
use aspa_types::CustomerId;
use bytes::Bytes;
use http::Response;
use serde_json::Value;

use crate::faults::{Faults, HttpFault, On};

impl Faults {
    /// Lets this go wrong with the next effect or reading, for [`CrmFarSide::fail`](crate::CrmFarSide::fail).
    /// `refusal` is how the system refuses for reasons of its own; none, and then false here: it never does.
    pub fn fail(
        &self,
        effect: bool,
        fault: CrmFault,
        refusal: impl FnOnce(CrmFault) -> Option<Response<Bytes>>,
    ) -> bool {
        let fault = match fault {
            CrmFault::NoConnection => Some(HttpFault::NoConnection),
            CrmFault::LostBefore => Some(HttpFault::CutBefore),
            CrmFault::LostAfter => Some(HttpFault::CutAfter),
            CrmFault::Expired => Some(HttpFault::Expired),
            other => refusal(other).map(HttpFault::Answer),
        };
        let Some(fault) = fault else {
            return false;
        };
        let on = if effect { On::write() } else { On::read() };
        self.script(on, fault);
        true
    }
}

/// How many rows a system has of what an effect is about, for [`CrmFarSide::rows`](crate::CrmFarSide::rows).
/// `layout` says where, people being in its first table, and `rows` gives all rows of a table. None where
/// they are not kept.
pub fn crm_rows(
    effect: &Effect,
    layout: &Layout,
    rows: impl Fn(&str) -> Vec<Value>,
) -> Option<usize> {
    seen(effect, layout, rows).map(|(_, rows)| rows.len())
}

/// What stands in those rows in the columns of the layout, for
/// [`CrmFarSide::values`](crate::CrmFarSide::values).
pub fn crm_values(
    effect: &Effect,
    layout: &Layout,
    rows: impl Fn(&str) -> Vec<Value>,
) -> Option<Vec<String>> {
    let (columns, rows) = seen(effect, layout, rows)?;
    let of = |row: &Value| -> Vec<String> {
        let texts = columns.iter().filter_map(|column| text(row, column));
        texts.collect()
    };
    Some(rows.iter().flat_map(of).collect())
}

/// The rows of what an effect is about, and the columns that the layout names.
fn seen<'a>(
    effect: &Effect,
    layout: &'a Layout,
    rows: impl Fn(&str) -> Vec<Value>,
) -> Option<(Vec<&'a str>, Vec<Value>)> {
    let people = &layout.customers.first()?.table;
    let own = |customer: &CustomerId| {
        let own = people.own_id(customer).unwrap_or_default();
        own.to_owned()
    };
    let those = |table: &str, is: &[(&str, &str)]| {
        let fits = |row: &Value| is.iter().all(|(column, value)| row[*column] == *value);
        let rows = rows(table).into_iter();
        rows.filter(fits).collect::<Vec<Value>>()
    };
    let below = |ours: &'a Option<Ours>, customer: &CustomerId, part: Part, value: &str| {
        let ours = ours.as_ref()?;
        let owner = ours.owners.iter().find(|one| one.table == people.name)?;
        let cell = ours.cells.iter().find(|cell| cell.part == part)?;
        let is = [(&*owner.column, &*own(customer)), (&*cell.column, value)];
        Some((columns(ours), those(&ours.table, &is)))
    };
    let keyed = |ours: &'a Option<Ours>, key: &NaturalKey| {
        let ours = ours.as_ref()?;
        let is = [(ours.key.as_deref()?, key.as_str())];
        Some((columns(ours), those(&ours.table, &is)))
    };
    let persons = |is: &[(&str, &str)]| {
        let columns = people.columns.iter().map(|one| one.column.as_str());
        (columns.collect(), those(&people.name, is))
    };
    match &effect.kind {
        EffectKind::LinkHandle { customer, handle } => below(
            &layout.handles,
            customer,
            Part::Handle,
            handle.key().as_str(),
        ),
        EffectKind::UnlinkHandle { customer, handle } => {
            let key = NaturalKey::handle(handle);
            below(&layout.handles, customer, Part::Handle, key.as_str())
        }
        EffectKind::Follow { customer, user, .. } => {
            below(&layout.follows, customer, Part::User, user)
        }
        EffectKind::UpsertCase(case) => keyed(&layout.cases, &case.key),
        EffectKind::AddActivity(activity) => keyed(&layout.activities, &activity.key),
        EffectKind::Redact { activity } => {
            let ours = layout.activities.as_ref()?;
            let (columns, mut rows) = keyed(&layout.activities, activity)?;
            let is_text = |cell: &&Cell| matches!(cell.part, Part::Text | Part::TextAndUrl);
            rows.retain(|row| {
                let mut texts = ours.cells.iter().filter(is_text);
                texts.any(|one| text(row, &one.column).is_some())
            });
            Some((columns, rows))
        }
        EffectKind::Create(new) => {
            let key = people.key.as_deref()?;
            Some(persons(&[(key, new.key.as_str())]))
        }
        EffectKind::Erase { customer } | EffectKind::Patch { customer, .. } => {
            Some(persons(&[(&*people.id, &*own(customer))]))
        }
        _ => None,
    }
}

/// What is written in a table of ours, and whose it is.
fn columns(ours: &Ours) -> Vec<&str> {
    let cells = ours.cells.iter().map(|cell| cell.column.as_str());
    let owners = ours.owners.iter().map(|owner| owner.column.as_str());
    cells.chain(owners).collect()
}
