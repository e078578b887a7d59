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
    let people = &layout.customers.first()?.table;
    let own = |customer: &CustomerId| {
        let own = people.own_id(customer).unwrap_or_default();
        own.to_owned()
    };
    let count = |table: &str, is: &[(&str, &str)]| {
        let rows = rows(table);
        let fits = |row: &&Value| is.iter().all(|(column, value)| row[*column] == *value);
        rows.iter().filter(fits).count()
    };
    let below = |ours: &Option<Ours>, customer: &CustomerId, part: Part, value: &str| {
        let ours = ours.as_ref()?;
        let owner = ours.owners.iter().find(|one| one.table == people.name)?;
        let cell = ours.cells.iter().find(|cell| cell.part == part)?;
        let is = [(&*owner.column, &*own(customer)), (&*cell.column, value)];
        Some(count(&ours.table, &is))
    };
    let keyed = |ours: &Option<Ours>, key: &NaturalKey| {
        let ours = ours.as_ref()?;
        Some(count(&ours.table, &[(ours.key.as_deref()?, key.as_str())]))
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
            let key = ours.key.as_deref()?;
            let is_text = |cell: &&Cell| matches!(cell.part, Part::Text | Part::TextAndUrl);
            let told = |row: &&Value| {
                let mut texts = ours.cells.iter().filter(is_text);
                row[key] == activity.as_str() && texts.any(|one| text(row, &one.column).is_some())
            };
            Some(rows(&ours.table).iter().filter(told).count())
        }
        EffectKind::Create(new) => {
            let key = people.key.as_deref()?;
            Some(count(&people.name, &[(key, new.key.as_str())]))
        }
        EffectKind::Erase { customer } | EffectKind::Patch { customer, .. } => {
            Some(count(&people.name, &[(&*people.id, &*own(customer))]))
        }
        _ => None,
    }
}
