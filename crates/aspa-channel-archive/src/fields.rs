//! The fields of one JSON object, taken out one by one; what is left is kept.

use aspa_channel::{AttributeKind, Handle};
use aspa_types::{Extra, HandleKey, Network};
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::Fault;

/// Fields of a profile that hold one text each.
const ATTRIBUTES: [(&str, AttributeKind); 10] = [
    ("user_name", AttributeKind::UserName),
    ("display_name", AttributeKind::DisplayName),
    ("email", AttributeKind::Email),
    ("phone", AttributeKind::Phone),
    ("second_id", AttributeKind::SecondId),
    ("profile_url", AttributeKind::ProfileUrl),
    ("picture_url", AttributeKind::PictureUrl),
    ("location", AttributeKind::Location),
    ("bio", AttributeKind::Bio),
    ("language", AttributeKind::Language),
];

/// What has not been taken yet.
pub(crate) struct Fields(pub(crate) Map<String, Value>);

impl Fields {
    /// The field, where it is there and not null.
    pub(crate) fn value(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    /// The field as a `T`, where it is there.
    pub(crate) fn optional<T: DeserializeOwned>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>, Fault> {
        let value = self.value(name).map(serde_json::from_value).transpose();
        value.map_err(|_| Fault::Bad(name))
    }

    /// The field as a `T`.
    pub(crate) fn required<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<T, Fault> {
        self.optional(name)?.ok_or(Fault::Missing(name))
    }

    /// An id, written as a text or a whole number.
    pub(crate) fn optional_id(&mut self, name: &'static str) -> Result<Option<String>, Fault> {
        let id = |value| id(value).ok_or(Fault::Bad(name));
        self.value(name).map(id).transpose()
    }

    /// An id that has to be there.
    pub(crate) fn required_id(&mut self, name: &'static str) -> Result<String, Fault> {
        self.optional_id(name)?.ok_or(Fault::Missing(name))
    }

    /// Somebody's handle as seen at `at`, on `network` unless it names its own.
    pub(crate) fn handle(
        &mut self,
        name: &'static str,
        network: Option<&Network>,
        at: DateTime<Utc>,
    ) -> Result<Option<Handle>, Fault> {
        let value = self.value(name);
        value
            .map(|value| handle(value, name, network, at))
            .transpose()
    }

    /// What was not taken, under other names where `taken` are in use.
    pub(crate) fn rest(self, taken: &[&str]) -> Extra {
        let mut extra = Extra::from(self.0);
        for name in taken {
            if let Some(value) = extra.remove(*name) {
                extra.insert(format!("archive_{name}"), value);
            }
        }
        extra
    }
}

fn id(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    }
}

/// A handle: an id alone, or an object with an id and what its profile says.
pub(crate) fn handle(
    value: Value,
    name: &'static str,
    network: Option<&Network>,
    at: DateTime<Utc>,
) -> Result<Handle, Fault> {
    let bad = || Fault::Bad(name);
    let mut fields = match value {
        Value::Object(map) => Fields(map),
        plain => Fields(Map::from_iter([("id".to_owned(), plain)])),
    };
    let own: Option<Network> = fields.optional("network").map_err(|_| bad())?;
    let network = own.or(network.cloned()).ok_or(Fault::Missing("network"))?;
    let scope = fields.optional_id("scope").map_err(|_| bad())?;
    let id = fields.required_id("id").map_err(|_| bad())?;
    let key = HandleKey::new(network, scope.as_deref(), &id).map_err(|_| bad())?;
    let mut handle = Handle::new(key);
    for (field, kind) in ATTRIBUTES {
        let text: Option<String> = fields.optional(field).map_err(|_| bad())?;
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            handle = handle.with(kind, text, at);
        }
    }
    let links: Option<Vec<String>> = fields.optional("links").map_err(|_| bad())?;
    for link in links.into_iter().flatten() {
        handle = handle.with(AttributeKind::Link, link, at);
    }
    let links: Option<Vec<String>> = fields.optional("verified_links").map_err(|_| bad())?;
    for link in links.into_iter().flatten() {
        handle = handle.verified(AttributeKind::Link, link, at);
    }
    handle.extra = fields.rest(&["key", "attributes"]);
    Ok(handle)
}
