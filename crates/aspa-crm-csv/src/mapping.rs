use std::collections::BTreeSet;

use aspa_crm::normal::Region;
use aspa_crm::{Basis, Column, Field, Purpose};
use aspa_types::SystemId;
use serde::{Deserialize, Serialize};

/// How the columns of a CSV file become claims.
///
/// Columns that are not named are not read: what has no purpose is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Mapping {
    /// The system that the file comes from.
    pub system: SystemId,
    /// The column with the record's id; without one, the first usual heading (`id`,
    /// `customer_id`, `asiakas_id`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The column that says `person` or `company`; without one, a row with a company and no name
    /// of a person is a company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The other columns; none: those with usual headings in English and Finnish are taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Column>,
    /// What parts the columns; without it, `,`, `;` or tab, whichever the heading has most of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// Where phone numbers without a country code are from.
    #[serde(default)]
    pub region: Region,
    /// What the values may be used for.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub purposes: BTreeSet<Purpose>,
    /// Why keeping them is lawful.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
}

impl Mapping {
    /// Takes every column with a usual heading.
    #[must_use]
    pub fn usual(system: SystemId) -> Self {
        Self {
            system,
            id: None,
            kind: None,
            columns: Vec::new(),
            delimiter: None,
            region: Region::default(),
            purposes: BTreeSet::new(),
            basis: None,
        }
    }

    /// The columns to read from a file with these headings.
    pub(crate) fn columns_of(&self, headings: &[String]) -> Vec<(usize, Column)> {
        let place = |wanted: &str| headings.iter().position(|heading| same(heading, wanted));
        if self.columns.is_empty() {
            headings
                .iter()
                .enumerate()
                .filter_map(|(i, heading)| Some((i, usual(heading)?)))
                .collect()
        } else {
            let named = |column: &Column| Some((place(&column.column)?, column.clone()));
            self.columns.iter().filter_map(named).collect()
        }
    }

    /// The named columns that a file does not have, its id column first.
    pub(crate) fn missing_in(&self, headings: &[String]) -> Option<String> {
        if self.id_of(headings).is_none() {
            return Some(self.id.clone().unwrap_or_else(|| "id".to_owned()));
        }
        let has = |wanted: &str| headings.iter().any(|heading| same(heading, wanted));
        let kind = self.kind.iter().map(String::as_str);
        kind.chain(self.columns.iter().map(|c| c.column.as_str()))
            .find(|wanted| !has(wanted))
            .map(str::to_owned)
    }

    pub(crate) fn id_of(&self, headings: &[String]) -> Option<usize> {
        match &self.id {
            Some(id) => headings.iter().position(|heading| same(heading, id)),
            None => ["id", "customer_id", "asiakas_id", "record_id"]
                .iter()
                .find_map(|usual| headings.iter().position(|heading| plain(heading) == *usual)),
        }
    }

    pub(crate) fn kind_of(&self, headings: &[String]) -> Option<usize> {
        match &self.kind {
            Some(kind) => headings.iter().position(|heading| same(heading, kind)),
            None => headings
                .iter()
                .position(|h| matches!(&*plain(h), "kind" | "type" | "tyyppi")),
        }
    }
}

fn same(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}

/// A heading in lower case with one `_` between words.
fn plain(heading: &str) -> String {
    let lower = heading.to_lowercase();
    let words = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_")
}

/// What a column with a usual heading holds.
fn usual(heading: &str) -> Option<Column> {
    let (field, split) = match &*plain(heading) {
        "first" | "first_name" | "firstname" | "given_name" | "etunimi" => (Field::FirstName, ""),
        "last" | "last_name" | "lastname" | "surname" | "family_name" | "sukunimi" => {
            (Field::LastName, "")
        }
        "name" | "full_name" | "nimi" | "koko_nimi" => (Field::FullName, ""),
        "company" | "organisation" | "organization" | "yritys" => (Field::Company, ""),
        "title" | "job_title" | "titteli" | "tehtävänimike" => (Field::Title, ""),
        "email" | "emails" | "e_mail" | "sähköposti" | "sähköpostit" => (Field::Email, "|;"),
        "phone" | "phones" | "mobile" | "puhelin" | "puhelinnumero" | "matkapuhelin" => {
            (Field::Phone, "|;")
        }
        "customer_no" | "customer_number" | "asiakasnumero" | "asiakasnro" => {
            (Field::CustomerNumber, "|;")
        }
        "order" | "orders" | "order_no" | "order_number" | "tilaus" | "tilaukset"
        | "tilausnumero" => (Field::OrderNumber, "|;"),
        "street" | "address" | "katuosoite" | "osoite" => (Field::Street, ""),
        "postcode" | "postal_code" | "zip" | "postinumero" => (Field::Postcode, ""),
        "city" | "kaupunki" | "postitoimipaikka" | "kunta" => (Field::City, ""),
        "country" | "maa" => (Field::Country, ""),
        "website" | "url" | "kotisivu" | "www" => (Field::Website, "|;"),
        "handle" | "handles" | "social" | "some_tilit" => (Field::Handle, "|;"),
        "language" | "kieli" => (Field::Language, ""),
        "tier" | "asiakastaso" => (Field::Tier, ""),
        _ => return None,
    };
    Some(Column::new(heading, field).split_at(split))
}
