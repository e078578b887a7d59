//! Queries, by the SOQL reference of Salesforce, API 66.0, read November 2026.

use aspa_crm::Window;
use aspa_crm::rows::{Asked, Test};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::Value;

/// No field that is searched is longer, and nothing longer fits.
const LONGEST: usize = 255;
const NONE: &str = "Id = null";

/// A page of what changed, what is in the recycle bin too.
pub(crate) fn page(of: &Asked<'_>, window: &Window, limit: usize) -> String {
    let own = of.key.map(|key| format!("{key} != null AND "));
    let from = match (&window.after, window.at_or_after) {
        (Some((at, id)), _) => {
            let (at, id) = (stamp(*at), quoted(id));
            format!("(SystemModstamp > {at} OR (SystemModstamp = {at} AND Id > {id}))")
        }
        (None, from) => format!("SystemModstamp >= {}", stamp(from.unwrap_or_default())),
    };
    let asked = |column: &&str| !of.columns.contains(column);
    let more = ["SystemModstamp", "IsDeleted"].into_iter().filter(asked);
    let columns = of.columns.iter().copied().chain(more);
    let rest = format!(
        "{}{from} ORDER BY SystemModstamp, Id LIMIT {limit}",
        own.unwrap_or_default()
    );
    query(of, columns, &rest)
}

/// The rows that fit all of these tests.
pub(crate) fn select(of: &Asked<'_>, tests: &[Test]) -> String {
    let tests: Vec<String> = tests.iter().map(condition).collect();
    query(of, of.columns.iter().copied(), &tests.join(" AND "))
}

fn query<'a>(of: &Asked<'_>, columns: impl Iterator<Item = &'a str>, rest: &str) -> String {
    let columns: Vec<String> = columns.map(name).collect();
    let columns = columns.join(",");
    format!("SELECT {columns} FROM {} WHERE {rest}", of.table)
}

/// A pointer is a path of relationships.
fn name(column: &str) -> String {
    column.trim_start_matches('/').replace('/', ".")
}

fn condition(test: &Test) -> String {
    let long = |text: &str| text.chars().count() > LONGEST;
    match test {
        Test::Is(_, Value::String(text)) | Test::Like(_, text) if long(text) => NONE.to_owned(),
        Test::Is(column, Value::String(text)) => format!("{} = {}", name(column), quoted(text)),
        Test::Is(column, value) => format!("{} = {value}", name(column)),
        Test::Like(column, pattern) => format!("{} LIKE {}", name(column), quoted(pattern)),
        Test::Has(column) => format!("{} != null", name(column)),
        Test::Any(tests) => {
            let each: Vec<String> = tests.iter().map(condition).collect();
            format!("({})", each.join(" OR "))
        }
        _ => NONE.to_owned(),
    }
}

/// A text as it stands in SOQL.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for c in text.chars() {
        match c {
            '\'' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            _ => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
