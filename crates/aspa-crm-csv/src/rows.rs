use std::collections::BTreeMap;

use aspa_crm::{Claim, Customer, CustomerKind, Error, ErrorKind, Field, normal};
use aspa_types::CustomerId;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::Mapping;

/// A row that could not be read and was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Malformed {
    /// Its line in the file, from 1.
    pub line: u64,
    /// Why.
    pub reason: MalformedReason,
}

/// Why a row could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedReason {
    /// The id is missing, too long or holds control characters.
    #[error("the id is missing or none")]
    Id,
    /// An earlier row has the same id.
    #[error("line {first} has the same id")]
    Duplicate {
        /// The line of the row that was taken.
        first: u64,
    },
    /// The row has another number of columns than the heading.
    #[error("{found} columns in place of {expected}")]
    Columns {
        /// How many the heading has.
        expected: u64,
        /// How many the row has.
        found: u64,
    },
    /// The row is not UTF-8.
    #[error("not UTF-8")]
    Utf8,
    /// The line is not a JSON object of the shape.
    #[error("not a JSON object of the right shape, column {column}")]
    Json {
        /// Where in the line, from 1.
        column: usize,
    },
    /// The row cannot be parted into columns.
    #[error("not CSV")]
    Csv,
}

/// What a file holds: records by id, and what was left out.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) records: BTreeMap<String, Customer>,
    lines: BTreeMap<String, u64>,
    pub(crate) malformed: Vec<Malformed>,
}

impl Rows {
    fn skip(&mut self, line: u64, reason: MalformedReason) {
        self.malformed.push(Malformed { line, reason });
    }

    fn put(&mut self, line: u64, customer: Customer) {
        let id = customer.id.id.to_string();
        if let Some(first) = self.lines.get(&id) {
            let first = *first;
            self.skip(line, MalformedReason::Duplicate { first });
        } else {
            self.lines.insert(id.clone(), line);
            self.records.insert(id, customer);
        }
    }
}

/// Reads CSV.
pub(crate) fn csv(mapping: &Mapping, bytes: &[u8], now: DateTime<Utc>) -> Result<Rows, Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut rows = Rows::default();
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(rows);
    }
    let delimiter = match mapping.delimiter {
        Some(c) if c.is_ascii() => c as u8,
        Some(_) => return Err(invalid("delimiter")),
        None => delimiter_of(bytes),
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .from_reader(bytes);
    let headings: Vec<String> = reader
        .byte_headers()
        .map_err(|_| invalid("heading"))?
        .iter()
        .map(|heading| String::from_utf8_lossy(heading).trim().to_owned())
        .collect();
    if let Some(column) = mapping.missing_in(&headings) {
        return Err(invalid(&column));
    }
    let columns = mapping.columns_of(&headings);
    let (id, kind) = (mapping.id_of(&headings), mapping.kind_of(&headings));
    for record in reader.byte_records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                let reason = match error.kind() {
                    csv::ErrorKind::UnequalLengths {
                        expected_len, len, ..
                    } => MalformedReason::Columns {
                        expected: *expected_len,
                        found: *len,
                    },
                    _ => MalformedReason::Csv,
                };
                rows.skip(line, reason);
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let Ok(record) = csv::StringRecord::from_byte_record(record) else {
            rows.skip(line, MalformedReason::Utf8);
            continue;
        };
        let cell = |place: Option<usize>| place.and_then(|i| record.get(i)).unwrap_or_default();
        let Ok(id) = CustomerId::new(mapping.system.clone(), cell(id).trim()) else {
            rows.skip(line, MalformedReason::Id);
            continue;
        };
        let mut customer = Customer::new(id, CustomerKind::Person);
        for (place, column) in &columns {
            let text = record.get(*place).unwrap_or_default();
            let values = text.split(|c| column.split.contains(c));
            for (i, value) in values
                .map(str::trim)
                .filter(|value| !value.is_empty())
                .enumerate()
            {
                let place = format!("{}/{i}", column.column);
                customer
                    .claims
                    .push(claim(mapping, &column.field, value, place, now));
            }
        }
        customer.kind = kind_of(cell(kind), &customer);
        rows.put(line, customer);
    }
    Ok(rows)
}

/// The customer file of JSON Lines: one object a line, unknown keys are not taken.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Line {
    id: String,
    kind: String,
    first: String,
    last: String,
    name: String,
    company: String,
    title: String,
    emails: Vec<String>,
    phones: Vec<String>,
    street: String,
    postcode: String,
    city: String,
    country: String,
    website: String,
    language: String,
    handles: Vec<HandleOf>,
    customer_no: String,
    orders: Vec<String>,
}

#[derive(Deserialize)]
struct HandleOf {
    network: String,
    handle: String,
}

/// Reads JSON Lines.
pub(crate) fn json_lines(mapping: &Mapping, bytes: &[u8], now: DateTime<Utc>) -> Rows {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut rows = Rows::default();
    for (number, text) in (1_u64..).zip(bytes.split(|byte| *byte == b'\n')) {
        if text.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        if std::str::from_utf8(text).is_err() {
            rows.skip(number, MalformedReason::Utf8);
            continue;
        }
        match serde_json::from_slice::<Line>(text) {
            Ok(line) => match customer_of(mapping, &line, now) {
                Some(customer) => rows.put(number, customer),
                None => rows.skip(number, MalformedReason::Id),
            },
            Err(error) => rows.skip(
                number,
                MalformedReason::Json {
                    column: error.column(),
                },
            ),
        }
    }
    rows
}

fn customer_of(mapping: &Mapping, line: &Line, now: DateTime<Utc>) -> Option<Customer> {
    let id = CustomerId::new(mapping.system.clone(), line.id.trim()).ok()?;
    let mut customer = Customer::new(id, CustomerKind::Person);
    let mut put = |key: &str, field: Field, values: &[String]| {
        let values = values
            .iter()
            .map(|value| value.trim())
            .filter(|value| !value.is_empty());
        for (i, value) in values.enumerate() {
            customer
                .claims
                .push(claim(mapping, &field, value, format!("{key}/{i}"), now));
        }
    };
    let one = std::slice::from_ref;
    put("first", Field::FirstName, one(&line.first));
    put("last", Field::LastName, one(&line.last));
    put("name", Field::FullName, one(&line.name));
    put("company", Field::Company, one(&line.company));
    put("title", Field::Title, one(&line.title));
    put("emails", Field::Email, &line.emails);
    put("phones", Field::Phone, &line.phones);
    put("street", Field::Street, one(&line.street));
    put("postcode", Field::Postcode, one(&line.postcode));
    put("city", Field::City, one(&line.city));
    put("country", Field::Country, one(&line.country));
    put("website", Field::Website, one(&line.website));
    put("language", Field::Language, one(&line.language));
    put("customer_no", Field::CustomerNumber, one(&line.customer_no));
    put("orders", Field::OrderNumber, &line.orders);
    let handles: Vec<String> = line
        .handles
        .iter()
        .map(|h| format!("{}:@{}", h.network, h.handle))
        .collect();
    put("handles", Field::Handle, &handles);
    customer.kind = kind_of(&line.kind, &customer);
    Some(customer)
}

pub(crate) fn claim(
    mapping: &Mapping,
    field: &Field,
    value: &str,
    place: String,
    now: DateTime<Utc>,
) -> Claim {
    let mut claim = Claim::new(field.clone(), value, mapping.system.clone(), now);
    claim.norm = match field {
        Field::Email | Field::Phone => normal::value(field, value, mapping.region),
        _ => None,
    };
    claim.source_ref = Some(place);
    claim.purposes.clone_from(&mapping.purposes);
    claim.basis.clone_from(&mapping.basis);
    claim
}

fn kind_of(word: &str, customer: &Customer) -> CustomerKind {
    let word = word.trim().to_lowercase();
    match word.as_str() {
        "" => {
            let has = |field| customer.value(&field).is_some();
            let person = has(Field::FirstName) || has(Field::LastName) || has(Field::FullName);
            if has(Field::Company) && !person {
                CustomerKind::Company
            } else {
                CustomerKind::Person
            }
        }
        "henkilö" => CustomerKind::Person,
        "yritys" => CustomerKind::Company,
        word => CustomerKind::from(word),
    }
}

/// Whichever of `,`, `;` and tab the heading has most of.
pub(crate) fn delimiter_of(bytes: &[u8]) -> u8 {
    let heading = bytes
        .split(|byte| *byte == b'\n')
        .find(|line| !line.is_empty());
    let count = |wanted: u8| {
        heading
            .unwrap_or_default()
            .iter()
            .filter(|b| **b == wanted)
            .count()
    };
    *[b'\t', b';', b',']
        .iter()
        .max_by_key(|d| count(**d))
        .unwrap_or(&b',')
}

fn invalid(field: &str) -> Error {
    Error::new(
        ErrorKind::Invalid {
            field: field.to_owned(),
        },
        "read",
    )
}
