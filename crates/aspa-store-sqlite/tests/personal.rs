//! Every column of the file stands in the table of personal data.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use aspa_store::is_declared;
use aspa_store_sqlite::SqliteStore;
use rusqlite::Connection;

#[test]
fn every_column_is_declared() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("desk.sqlite");
    drop(SqliteStore::open(&path).unwrap());
    let connection = Connection::open(&path).unwrap();
    let mut columns = connection
        .prepare(
            "SELECT t.name, c.name FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
        )
        .unwrap();
    let pair = |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
    let columns: Vec<_> = columns
        .query_map([], pair)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(columns.len() > 50);
    let missing = columns
        .iter()
        .filter(|(table, column)| !is_declared(table, column));
    let missing: Vec<_> = missing.collect();
    assert!(
        missing.is_empty(),
        "say what they are kept for, in aspa-store's personal.rs: {missing:?}"
    );
}
