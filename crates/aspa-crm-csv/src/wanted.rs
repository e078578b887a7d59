use std::borrow::Cow;

use aspa_crm::{CustomerKind, Effect, EffectKind, Error, ErrorKind, Field, NaturalKey, RecordKind};
use aspa_types::CustomerId;
use chrono::SecondsFormat;

use crate::Settings;
use crate::sheet::invalid;

/// One of the files: how it ends beside `customers.csv`, and its headings where it is new.
pub(crate) struct Kept {
    pub(crate) ending: Option<&'static str>,
    pub(crate) headings: &'static [&'static str],
}

pub(crate) const CUSTOMERS: Kept = Kept {
    ending: None,
    headings: &[],
};
pub(crate) const HANDLES: Kept = Kept {
    ending: Some("handles.csv"),
    headings: &["customer_id", "aspa_key", "handle", "user_name", "url"],
};
const CASES: Kept = Kept {
    ending: Some("cases.csv"),
    headings: &["aspa_key", "customer_id", "subject", "status", "url"],
};
const ACTIVITIES: Kept = Kept {
    ending: Some("activities.csv"),
    headings: &["aspa_key", "customer_id", "at", "subject", "text", "url"],
};
/// The files with rows of ours.
pub(crate) const OURS: [Kept; 3] = [HANDLES, CASES, ACTIVITIES];

/// A column.
#[derive(Clone, Copy)]
pub(crate) enum At<'a> {
    /// That with this heading.
    Named(&'static str),
    /// That with the id of customers.
    Id,
    /// That with their kind, where there is one.
    Kind,
    /// The first one that holds this field.
    Holding(&'a Field),
}

/// Whether a row has to be there already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Row {
    /// It is made or changed.
    Any,
    /// It is made, and never changed.
    New,
    /// It is changed, and never made.
    Old,
    /// It is taken away.
    Gone,
}

/// What an effect wants of a file, to be brought about and to be looked for.
pub(crate) struct Wanted<'a> {
    pub(crate) file: Kept,
    pub(crate) row: Row,
    pub(crate) key: Vec<(At<'a>, Cow<'a, str>)>,
    pub(crate) cells: Vec<(At<'a>, Cow<'a, str>)>,
    pub(crate) record: (RecordKind, Cow<'a, str>),
    /// The customer who has to be there.
    pub(crate) customer: Option<&'a CustomerId>,
}

impl<'a> Wanted<'a> {
    pub(crate) fn of(effect: &'a Effect, settings: &Settings) -> Result<Self, Error> {
        let own = |id: &'a CustomerId| match id.system == settings.mapping.system {
            true => Ok(Cow::from(&*id.id)),
            false => Err(Error::new(ErrorKind::NotFound, "perform")),
        };
        let wanted = |file, row, record, id: Cow<'a, str>| Wanted {
            file,
            row,
            key: Vec::new(),
            cells: Vec::new(),
            record: (record, id),
            customer: None,
        };
        let text = |text: &'a Option<String>| text.as_deref().unwrap_or_default();
        let keyed = |key: &'a NaturalKey| (At::Named("aspa_key"), Cow::from(key.as_str()));
        Ok(match &effect.kind {
            EffectKind::LinkHandle { customer, handle } => {
                let key = handle.key().to_string();
                let mut link = wanted(HANDLES, Row::Any, RecordKind::Handle, key.clone().into());
                link.key.push((At::Named("customer_id"), own(customer)?));
                link.key.push((At::Named("aspa_key"), key.into()));
                link.cells = vec![
                    (At::Named("handle"), handle.handle.to_string().into()),
                    (At::Named("user_name"), plain(text(&handle.user_name))),
                    (At::Named("url"), plain(text(&handle.url))),
                ];
                link.customer = Some(customer);
                link
            }
            EffectKind::UnlinkHandle { customer, handle } => {
                let key = NaturalKey::handle(handle).to_string();
                let mut unlink = wanted(HANDLES, Row::Gone, RecordKind::Handle, key.clone().into());
                unlink.key.push((At::Named("customer_id"), own(customer)?));
                unlink.key.push((At::Named("aspa_key"), key.into()));
                unlink
            }
            EffectKind::Create(new) => {
                let kind = match new.kind {
                    CustomerKind::Company => RecordKind::Company,
                    _ => RecordKind::Person,
                };
                let mut create = wanted(CUSTOMERS, Row::New, kind, new.key.as_str().into());
                create.key.push((At::Id, new.key.as_str().into()));
                create.cells.push((At::Kind, new.kind.to_string().into()));
                for (field, value) in &new.values {
                    create.cells.push((At::Holding(field), plain(value)));
                }
                create
            }
            EffectKind::Patch {
                customer, writes, ..
            } => {
                let mut patch = wanted(CUSTOMERS, Row::Old, RecordKind::Person, own(customer)?);
                patch.key.push((At::Id, own(customer)?));
                for write in writes {
                    if !settings.writes.contains(write.field()) {
                        return Err(invalid(write.field().as_str()));
                    }
                    let cell = (At::Holding(write.field()), plain(write.value()));
                    patch.cells.push(cell);
                }
                patch.customer = Some(customer);
                patch
            }
            EffectKind::UpsertCase(case) => {
                let key = case.key.as_str().into();
                let mut upsert = wanted(CASES, Row::Any, RecordKind::Case, key);
                let customer = case.customer.as_ref().map(own).transpose()?;
                upsert.key.push(keyed(&case.key));
                upsert.cells = vec![
                    (At::Named("customer_id"), customer.unwrap_or_default()),
                    (At::Named("subject"), plain(&case.subject)),
                    (At::Named("status"), case.status.to_string().into()),
                    (At::Named("url"), plain(text(&case.url))),
                ];
                upsert
            }
            EffectKind::AddActivity(activity) => {
                let key = activity.key.as_str().into();
                let mut add = wanted(ACTIVITIES, Row::New, RecordKind::Activity, key);
                let at = activity.at.to_rfc3339_opts(SecondsFormat::Millis, true);
                add.key.push(keyed(&activity.key));
                add.cells = vec![
                    (At::Named("customer_id"), own(&activity.customer)?),
                    (At::Named("at"), at.into()),
                    (At::Named("subject"), plain(&activity.subject)),
                    (At::Named("text"), plain(text(&activity.text))),
                    (At::Named("url"), plain(text(&activity.url))),
                ];
                add
            }
            EffectKind::Erase { customer } => {
                let mut erase = wanted(CUSTOMERS, Row::Gone, RecordKind::Person, own(customer)?);
                erase.key.push((At::Id, own(customer)?));
                erase
            }
            EffectKind::Redact { activity } => {
                let key = activity.as_str().into();
                let mut redact = wanted(ACTIVITIES, Row::Old, RecordKind::Activity, key);
                redact.key.push(keyed(activity));
                redact.cells.push((At::Named("text"), Cow::from("")));
                redact
            }
            _ => return Err(Error::new(ErrorKind::Unsupported, "perform")),
        })
    }
}

/// What somebody else wrote is no formula to the spreadsheet that opens the file (OWASP, "CSV
/// Injection", read November 2026). A phone number or another figure does nothing there, and stays as it is.
fn plain(text: &str) -> Cow<'_, str> {
    let is_figure = |c: char| c.is_ascii_digit() || " +-().".contains(c);
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !text.chars().all(is_figure) {
        true => format!("'{text}").into(),
        false => text.into(),
    }
}
