//! What the tests share: the program, and everything that a database holds.

#![allow(dead_code, reason = "each test file uses a part")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    unreachable_pub,
    reason = "tests may panic"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use rusqlite::Connection;
use rusqlite::types::Value;

/// The program, to be run in a folder.
pub fn quickstart(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quickstart"));
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

/// How a run ended, and what it printed.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

pub fn run(folder: &Path, arguments: &[&str]) -> Ran {
    let output = quickstart(folder, arguments).output().unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The same, where it has to end well.
pub fn run_well(folder: &Path, arguments: &[&str]) -> Ran {
    let ran = run(folder, arguments);
    assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.err);
    ran
}

/// Opens a copy, so that a database that a killed process left behind stays as it is.
fn opened<T>(database: &Path, look: impl FnOnce(&Connection) -> T) -> T {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.sqlite");
    std::fs::copy(database, &copy).unwrap();
    let log = database.with_extension("sqlite-wal");
    if log.exists() {
        std::fs::copy(log, folder.path().join("copy.sqlite-wal")).unwrap();
    }
    look(&Connection::open(copy).unwrap())
}

/// Every text in the first column of what a query finds.
pub fn texts(database: &Path, query: &str) -> Vec<String> {
    opened(database, |connection| {
        let mut statement = connection.prepare(query).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    })
}

/// Every row of every table, with its row id, and the schema.
#[derive(Debug, PartialEq)]
pub struct Content {
    tables: BTreeMap<String, Table>,
}

#[derive(Debug, PartialEq)]
struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

impl Content {
    pub fn of(database: &Path) -> Self {
        opened(database, |connection| {
            // How far the words of the search have been taken in depends on when it was quiet.
            let list = "SELECT name, wr FROM pragma_table_list \
                        WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' \
                            AND name NOT IN ('texts', 'unread')";
            let mut list = connection.prepare(list).unwrap();
            let names = list.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
            let names: Vec<(String, bool)> = names.unwrap().map(Result::unwrap).collect();
            let mut tables = BTreeMap::new();
            for (name, without_rowid) in names {
                let query = match without_rowid {
                    true => format!("SELECT * FROM {name}"),
                    false => format!("SELECT rowid AS 'row', * FROM {name} ORDER BY rowid"),
                };
                tables.insert(name, Table::read(connection, &query));
            }
            let schema = "SELECT name, sql, (SELECT user_version FROM pragma_user_version) \
                          FROM sqlite_schema ORDER BY name";
            tables.insert("the schema".to_owned(), Table::read(connection, schema));
            let check = Table::read(connection, "PRAGMA integrity_check");
            let sound = vec![vec![Value::Text("ok".to_owned())]];
            assert_eq!(check.rows, sound, "the file is broken");
            Self { tables }
        })
    }

    /// How many rows there are in each table that has any.
    pub fn counts(&self) -> String {
        let filled = self.tables.iter().filter(|(name, table)| {
            !table.rows.is_empty() && !["the schema", "tenants", "numbers"].contains(&name.as_str())
        });
        let counts = filled.map(|(name, table)| format!("{name} {}", table.rows.len()));
        counts.collect::<Vec<_>>().join(", ")
    }

    /// Where another one first says something else.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let names = |content: &Self| content.tables.keys().cloned().collect::<Vec<_>>();
        if names(self) != names(other) {
            return Some(format!("tables {:?}, not {:?}", names(other), names(self)));
        }
        self.tables.iter().find_map(|(name, table)| {
            let difference = table.difference(&other.tables[name])?;
            Some(format!("{name}: {difference}"))
        })
    }
}

impl Table {
    fn read(connection: &Connection, query: &str) -> Self {
        let mut statement = connection.prepare(query).unwrap();
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let width = columns.len();
        let rows = statement.query_map([], |row| (0..width).map(|i| row.get(i)).collect());
        let rows = rows.unwrap().map(Result::unwrap).collect();
        Self { columns, rows }
    }

    fn difference(&self, other: &Self) -> Option<String> {
        for (place, row) in self.rows.iter().enumerate() {
            let Some(found) = other.rows.get(place) else {
                return Some(format!("row {place} is missing: {row:?}"));
            };
            let values = row.iter().zip(found).zip(&self.columns);
            for ((expected, found), column) in values {
                if expected != found {
                    let (expected, found) = around(expected, found);
                    let key = &row[..row.len().min(4)];
                    return Some(format!(
                        "row {place} {key:?}, column {column}:\n  expected {expected}\n  found    {found}"
                    ));
                }
            }
        }
        let more = other.rows.get(self.rows.len())?;
        Some(format!(
            "{} rows more: {more:?}",
            other.rows.len() - self.rows.len()
        ))
    }
}

/// Two values, long texts cut to where they part.
fn around(expected: &Value, found: &Value) -> (String, String) {
    let (Value::Text(expected), Value::Text(found)) = (expected, found) else {
        return (format!("{expected:?}"), format!("{found:?}"));
    };
    let same = expected
        .chars()
        .zip(found.chars())
        .take_while(|(a, b)| a == b);
    let from = same.count().saturating_sub(60);
    let cut = |text: &str| text.chars().skip(from).take(160).collect();
    (cut(expected), cut(found))
}
