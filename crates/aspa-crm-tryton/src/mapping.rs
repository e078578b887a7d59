//! What stands where in a party (`trytond_party` 8.2, tried November 2026).

use aspa_crm::{
    Capabilities, CustomerKind, Deletes, EffectName, Erasure, Field, Handles, Idempotency,
    NaturalKey, Performs, Precondition, Table,
};
use aspa_types::HandleKey;
use chrono::{DateTime, Datelike as _, NaiveDate, Timelike as _, Utc};
use serde_json::{Map, Value, json};

/// What is read of a party with the rows below it.
pub(crate) const FIELDS: &str = "name code active replaced_by create_date write_date _timestamp \
    contact_mechanisms.type contact_mechanisms.value contact_mechanisms.active \
    contact_mechanisms._timestamp addresses.street addresses.postal_code addresses.city \
    addresses.country.code addresses.active addresses._timestamp";
const MECHANISMS: &str = "contact_mechanisms.";
const ADDRESSES: &str = "addresses.";

/// The fields of a party that are read. A host may take some out, and say where phone numbers without a
/// country code are from, what the values may be used for and why keeping them is lawful.
#[must_use]
pub fn parties() -> Table {
    Table::new("party.party", CustomerKind::Person, "id")
        .with([
            ("name", Field::FullName),
            ("code", Field::CustomerNumber),
            ("email", Field::Email),
            ("phone", Field::Phone),
            ("website", Field::Website),
            ("handle", Field::Handle),
            ("/address/street", Field::Street),
            ("/address/postal_code", Field::Postcode),
            ("/address/city", Field::City),
            ("/address/country./code", Field::Country),
        ])
        .versioned("version")
        .changed_at("changed")
}

/// A row is written only where nobody has changed it since. That a party is there already no rule of
/// Tryton tells.
pub(crate) fn capabilities() -> Capabilities {
    use EffectName as E;
    let lookups = [Field::Email, Field::Phone, Field::CustomerNumber];
    let guarded = Performs::new(Precondition::Strong, Idempotency::NaturalKey);
    let plain = Performs::new(Precondition::None, Idempotency::LookFirst);
    let lookups = lookups.into_iter().chain([Field::FullName, Field::Handle]);
    let mut capabilities = Capabilities::new(Deletes::ScanOnly, lookups.collect())
        .performing([E::LinkHandle, E::UnlinkHandle, E::Patch], guarded)
        .performing([E::Create, E::Erase], plain)
        .writing([Field::FullName, Field::Email, Field::Phone, Field::Website])
        .writing([Field::Street, Field::Postcode, Field::City]);
    capabilities.handles = Handles::ChildRow;
    capabilities.erasure = Some(Erasure::Soft);
    (capabilities.merges, capabilities.verified_live) = (true, true);
    capabilities
}

fn rows<'a>(party: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    let rows = party[name].as_array().into_iter().flatten();
    rows.filter(|row| is_active(row))
}

/// Whether a row is not archived. Over SQLite a truth comes as a number.
pub(crate) fn is_active(row: &Value) -> bool {
    row["active"] == true || row["active"] == 1
}

/// The ids of the rows of a handle: those in use, and those that Tryton archived when it merged parties.
pub(crate) fn handles(party: &Value, value: &str) -> (Vec<Value>, Vec<Value>) {
    let all = party[MECHANISMS].as_array().into_iter().flatten();
    let held = all.filter(|row| row["value"] == value && is(row, "handle"));
    let (used, archived): (Vec<&Value>, Vec<&Value>) = held.partition(|row| is_active(row));
    let ids = |rows: Vec<&Value>| rows.into_iter().map(|row| row["id"].clone()).collect();
    (ids(used), ids(archived))
}

/// The ids of the rows of this kind with this value.
fn mechanisms(party: &Value, kind: &str, value: &str) -> Vec<Value> {
    let fits = |row: &&Value| row["value"] == value && is(row, kind);
    let rows = rows(party, MECHANISMS).filter(fits);
    rows.map(|row| row["id"].clone()).collect()
}

/// Whether a contact mechanism is of this kind: a handle is an `other` one that is written as handles are.
fn is(row: &Value, kind: &str) -> bool {
    let handle = || row["value"].as_str().map(str::parse::<HandleKey>);
    match (kind, row["type"].as_str()) {
        ("handle", Some("other")) => handle().is_some_and(|handle| handle.is_ok()),
        ("phone", Some("mobile")) => true,
        (kind, own) => own == Some(kind),
    }
}

/// A party with its rows in columns, the time stamps of all of them, and their digest as its version.
pub(crate) fn flat(mut party: Value) -> Value {
    for kind in ["email", "phone", "website", "handle"] {
        let fit = rows(&party, MECHANISMS).filter(|row| is(row, kind));
        party[kind] = fit.map(|row| row["value"].clone()).collect();
    }
    let address = rows(&party, ADDRESSES).next().cloned();
    party["address"] = address.unwrap_or_default();
    let mut stamps = Map::new();
    let mut stamp = |model: &str, row: &Value| {
        stamps.insert(format!("{model},{}", row["id"]), row["_timestamp"].clone());
    };
    stamp("party.party", &party);
    for (model, name) in [
        ("party.contact_mechanism", MECHANISMS),
        ("party.address", ADDRESSES),
    ] {
        let all = party[name].as_array().into_iter().flatten();
        all.for_each(|row| stamp(model, row));
    }
    let stamps = Value::Object(stamps);
    let version = NaturalKey::derive(&["version", &stamps.to_string()]);
    party["version"] = version.as_str().into();
    party["stamps"] = stamps;
    party["changed"] = moment(&party["write_date"])
        .map(|at| at.to_rfc3339())
        .into();
    party
}

/// What to write for these values: into the rows that held the ones before, else into new ones.
pub(crate) fn unfold<'a>(
    table: &Table,
    party: &Value,
    values: impl IntoIterator<Item = (&'a Field, &'a str, Option<&'a str>)>,
) -> Value {
    let (mut all, mut below, mut address) = (Map::new(), Vec::new(), Map::new());
    for (field, value, before) in values {
        let column = table.column(field).unwrap_or_default();
        if let Some(part) = column.strip_prefix("/address/") {
            address.insert(part.to_owned(), value.into());
        } else if column == "name" {
            all.insert(column.to_owned(), value.into());
        } else {
            let held = mechanisms(party, column, before.unwrap_or_default());
            below.push(match held.is_empty() {
                true => json!(["create", [{ "type": column, "value": value }]]),
                false => json!(["write", held, { "value": value }]),
            });
        }
    }
    if !address.is_empty() {
        let id = &party["address"]["id"];
        let action = match id.is_null() {
            true => json!([["create", [address]]]),
            false => json!([["write", [id], address]]),
        };
        all.insert("addresses".to_owned(), action);
    }
    all.insert("contact_mechanisms".to_owned(), below.into());
    all.into()
}

/// A moment as Tryton writes it.
pub(crate) fn moment(value: &Value) -> Option<DateTime<Utc>> {
    let part = |name: &str| u32::try_from(value[name].as_u64()?).ok();
    let year = i32::try_from(part("year")?).ok()?;
    let day = NaiveDate::from_ymd_opt(year, part("month")?, part("day")?)?;
    let (hour, minute, second) = (part("hour")?, part("minute")?, part("second")?);
    let moment = day.and_hms_micro_opt(hour, minute, second, part("microsecond")?)?;
    Some(moment.and_utc())
}

/// A moment as Tryton reads it.
pub(crate) fn stamp(at: DateTime<Utc>) -> Value {
    json!({
        "__class__": "datetime", "year": at.year(), "month": at.month(), "day": at.day(),
        "hour": at.hour(), "minute": at.minute(), "second": at.second(),
        "microsecond": at.timestamp_subsec_micros(),
    })
}
