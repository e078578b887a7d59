//! The files: customers, authors and labels, each checked line by line.

use std::collections::HashMap;

use aspa_crm::normal::Region;
use aspa_crm::{Claim, Customer, CustomerKind, Field};
use aspa_crm_csv::{CsvSource, Mapping};
use aspa_types::{BadId, CustomerId, HandleKey, Network, SystemId};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::lines::{is_json, or_default, read, text, texts, without_mark};
use crate::{Refused, parallel};

/// Files have no dates; what stands in them is as old as this.
pub(crate) const THEN: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// The system that customers are of: there is one only.
fn system() -> Result<SystemId, Refused> {
    SystemId::new("crm").map_err(|error| error.to_string())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CustomerLine {
    #[serde(deserialize_with = "text")]
    id: String,
    #[serde(deserialize_with = "text")]
    kind: String,
    #[serde(deserialize_with = "text")]
    first: String,
    #[serde(deserialize_with = "text")]
    last: String,
    #[serde(deserialize_with = "text")]
    name: String,
    #[serde(deserialize_with = "text")]
    company: String,
    #[serde(deserialize_with = "text")]
    title: String,
    #[serde(deserialize_with = "texts")]
    emails: Vec<String>,
    #[serde(deserialize_with = "texts")]
    phones: Vec<String>,
    #[serde(deserialize_with = "text")]
    street: String,
    #[serde(deserialize_with = "text")]
    postcode: String,
    #[serde(deserialize_with = "text")]
    city: String,
    #[serde(deserialize_with = "text")]
    country: String,
    #[serde(deserialize_with = "text")]
    website: String,
    #[serde(deserialize_with = "text")]
    language: String,
    #[serde(deserialize_with = "or_default")]
    handles: Vec<HandleLine>,
    #[serde(deserialize_with = "text")]
    customer_no: String,
    #[serde(deserialize_with = "texts")]
    orders: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct HandleLine {
    #[serde(deserialize_with = "text")]
    network: String,
    #[serde(deserialize_with = "text")]
    handle: String,
}

impl CustomerLine {
    fn customer(&self, system: &SystemId) -> Result<Customer, BadId> {
        let id = CustomerId::new(system.clone(), self.id.trim())?;
        let mut customer = Customer::new(id, CustomerKind::Person);
        let lists = self.emails.len() + self.phones.len() + self.orders.len() + self.handles.len();
        // A claim for each single text, and for each of the lists.
        customer.claims.reserve_exact(12 + lists);
        let mut put = |field: Field, value: &str| {
            let value = value.trim();
            if value.is_empty() {
                return;
            }
            // The linker makes values normal itself.
            let claim = Claim::new(field, value, system.clone(), THEN);
            customer.claims.push(claim);
        };
        put(Field::FirstName, &self.first);
        put(Field::LastName, &self.last);
        put(Field::FullName, &self.name);
        put(Field::Company, &self.company);
        put(Field::Title, &self.title);
        self.emails.iter().for_each(|mail| put(Field::Email, mail));
        self.phones
            .iter()
            .for_each(|phone| put(Field::Phone, phone));
        put(Field::Street, &self.street);
        put(Field::Postcode, &self.postcode);
        put(Field::City, &self.city);
        put(Field::Country, &self.country);
        put(Field::Website, &self.website);
        put(Field::Language, &self.language);
        put(Field::CustomerNumber, &self.customer_no);
        self.orders
            .iter()
            .for_each(|order| put(Field::OrderNumber, order));
        for known in self
            .handles
            .iter()
            .filter(|known| !known.handle.trim().is_empty())
        {
            let (network, handle) = (network(&known.network), known.handle.trim());
            put(
                Field::Handle,
                &format!("{network}:@{}", handle.trim_start_matches('@')),
            );
        }
        let person = [&self.first, &self.last, &self.name]
            .iter()
            .any(|name| !name.trim().is_empty());
        customer.kind = match self.kind.trim().to_lowercase().as_str() {
            "company" | "yritys" => CustomerKind::Company,
            "" if !person && !self.company.trim().is_empty() => CustomerKind::Company,
            "" | "person" | "henkilö" => CustomerKind::Person,
            word => CustomerKind::from(word),
        };
        Ok(customer)
    }
}

/// A network as our networks are called: lower case, without marks.
pub(crate) fn network(text: &str) -> String {
    let word: String = text
        .trim()
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .take(100)
        .collect();
    match word.as_str() {
        "" => "unknown".to_owned(),
        "twitter" => "x".to_owned(),
        _ => word,
    }
}

/// Customers from JSON Lines or CSV.
pub(crate) fn customers(
    name: &str,
    bytes: &[u8],
    region: Region,
    threads: usize,
) -> Result<Vec<Customer>, Refused> {
    let system = system()?;
    if !is_json(name, bytes) {
        let mut mapping = Mapping::usual(system);
        mapping.region = region;
        let source = CsvSource::csv(mapping, bytes, THEN).map_err(|error| error.to_string())?;
        return match source.malformed().first() {
            Some(wrong) => Err(format!("line {}: {}", wrong.line, wrong.reason)),
            None => Ok(source.customers().cloned().collect()),
        };
    }
    let lines = read::<CustomerLine>(bytes, threads)?;
    let mut seen: HashMap<&str, u64> = HashMap::with_capacity(lines.len());
    let mut customers = Vec::with_capacity(lines.len());
    let made = parallel::map(&lines, threads, |(_, row)| row.customer(&system));
    for ((line, row), customer) in lines.iter().zip(made) {
        customers.push(customer.map_err(|why| format!("line {line}: `id`: {why}"))?);
        if let Some(first) = seen.insert(row.id.trim(), *line) {
            return Err(format!("line {line}: the same `id` as in line {first}"));
        }
    }
    Ok(customers)
}

/// Somebody who writes on a network.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Author {
    #[serde(deserialize_with = "text")]
    pub(crate) author_id: String,
    #[serde(deserialize_with = "text")]
    pub(crate) network: String,
    #[serde(deserialize_with = "text")]
    pub(crate) handle: String,
    #[serde(deserialize_with = "text")]
    pub(crate) display: String,
    #[serde(deserialize_with = "text")]
    pub(crate) bio: String,
    #[serde(deserialize_with = "text")]
    pub(crate) location: String,
    #[serde(deserialize_with = "texts")]
    pub(crate) links: Vec<String>,
    #[serde(deserialize_with = "texts")]
    pub(crate) verified_links: Vec<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) dm_text: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) revealed: Revealed,
}

/// Contact details that somebody has taken out of the message already.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Revealed {
    #[serde(deserialize_with = "texts")]
    pub(crate) email: Vec<String>,
    #[serde(deserialize_with = "texts")]
    pub(crate) phone: Vec<String>,
    #[serde(deserialize_with = "texts")]
    pub(crate) customer_no: Vec<String>,
    #[serde(deserialize_with = "texts")]
    pub(crate) order_no: Vec<String>,
}

/// Authors from JSON Lines or CSV, in their order.
pub(crate) fn authors(
    name: &str,
    bytes: &[u8],
    threads: usize,
) -> Result<Vec<(HandleKey, Author)>, Refused> {
    let lines = match is_json(name, bytes) {
        true => read::<Author>(bytes, threads)?,
        false => authors_csv(bytes)?,
    };
    let keyed = |(line, author): (u64, Author)| {
        let key = Network::new(network(&author.network))
            .and_then(|network| HandleKey::new(network, None, author.author_id.trim()));
        match key {
            Ok(key) => Ok((key, author)),
            Err(why) => Err(format!("line {line}: `author_id`: {why}")),
        }
    };
    lines.into_iter().map(keyed).collect()
}

/// The columns have the names of the JSON keys; several links are parted by `|`.
fn authors_csv(bytes: &[u8]) -> Result<Vec<(u64, Author)>, Refused> {
    let table = Table::read(bytes, &["author_id"])?;
    let authors = table.rows.iter().map(|(line, row)| {
        let text = |name: &str| table.cell(row, name).to_owned();
        let list = |name: &str| -> Vec<String> {
            let parts = table.cell(row, name).split('|').map(str::trim);
            parts
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let author = Author {
            author_id: text("author_id"),
            network: text("network"),
            handle: text("handle"),
            display: text("display"),
            bio: text("bio"),
            location: text("location"),
            links: list("links"),
            verified_links: list("verified_links"),
            dm_text: text("dm_text"),
            revealed: Revealed {
                email: list("email"),
                phone: list("phone"),
                customer_no: list("customer_no"),
                order_no: list("order_no"),
            },
        };
        (*line, author)
    });
    Ok(authors.collect())
}

/// What is known already: whose records an author's are; none: no customer's.
pub(crate) type Labels = HashMap<String, Vec<CustomerId>>;

/// Labels from CSV, with `author_id` and `crm_ids`, several of them parted by `|`.
pub(crate) fn labels(bytes: &[u8]) -> Result<Labels, Refused> {
    let system = system()?;
    let table = Table::read(bytes, &["author_id", "crm_ids"])?;
    let mut labels = Labels::new();
    for (line, row) in &table.rows {
        let ids = table.cell(row, "crm_ids").split('|').map(str::trim);
        let ids = ids
            .filter(|id| !id.is_empty())
            .map(|id| CustomerId::new(system.clone(), id));
        let ids = ids.collect::<Result<Vec<_>, _>>();
        let ids = ids.map_err(|error| format!("line {line}: {error}"))?;
        if labels
            .insert(table.cell(row, "author_id").to_owned(), ids)
            .is_some()
        {
            return Err(format!("line {line}: a second label of the same author"));
        }
    }
    Ok(labels)
}

/// A CSV file with a heading.
struct Table {
    columns: HashMap<String, usize>,
    rows: Vec<(u64, csv::StringRecord)>,
}

impl Table {
    fn read(bytes: &[u8], needed: &[&str]) -> Result<Self, Refused> {
        let mut reader = csv::Reader::from_reader(without_mark(bytes));
        let heading = reader.headers().map_err(|error| told(&error))?;
        let columns: HashMap<String, usize> = heading
            .iter()
            .enumerate()
            .map(|(at, name)| (name.trim().to_lowercase(), at))
            .collect();
        if let Some(missing) = needed.iter().find(|name| !columns.contains_key(**name)) {
            return Err(format!("line 1: no column `{missing}`"));
        }
        let rows = reader
            .records()
            .map(|record| {
                let record = record.map_err(|error| told(&error))?;
                Ok((record.position().map_or(0, csv::Position::line), record))
            })
            .collect::<Result<_, Refused>>()?;
        Ok(Self { columns, rows })
    }

    fn cell<'a>(&self, row: &'a csv::StringRecord, name: &str) -> &'a str {
        self.columns
            .get(name)
            .and_then(|at| row.get(*at))
            .unwrap_or_default()
            .trim()
    }
}

/// What is wrong with a CSV file, and nothing of what it holds.
fn told(error: &csv::Error) -> Refused {
    let line = error.position().map_or(0, csv::Position::line);
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => {
            format!("line {line}: {len} columns in place of {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => format!("line {line}: not UTF-8"),
        _ => format!("line {line}: not CSV"),
    }
}
