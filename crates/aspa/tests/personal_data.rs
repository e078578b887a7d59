//! The book tells what is kept, as the code declares it.
#![allow(clippy::unwrap_used, reason = "tests may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use aspa_store::PERSONAL;

const MARK: &str = "<!-- Written by the test `the_table_of_personal_data_is_in_the_book`. -->";

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/privacy.md")
}

fn table() -> String {
    let mut table = format!(
        "{MARK}\n\n| data | table | for | from | until | when erased |\n| --- | --- | --- | --- | --- | --- |\n"
    );
    for row in PERSONAL {
        table += &format!(
            "| {} | {} | {} | {} | {} | {} |\n",
            row.what, row.table, row.purpose, row.source, row.retention, row.erased
        );
    }
    table
}

#[test]
fn the_table_of_personal_data_is_in_the_book() {
    let text = fs::read_to_string(page()).unwrap();
    let stands = text
        .split_once(MARK)
        .map(|(_, rest)| format!("{MARK}{rest}"));
    assert_eq!(
        stands.as_deref(),
        Some(table().as_str()),
        "run this test file with --ignored to write the table"
    );
}

#[test]
#[ignore = "writes the table into the book"]
fn write_the_table() {
    let text = fs::read_to_string(page()).unwrap();
    let (before, _) = text.split_once(MARK).unwrap();
    fs::write(page(), format!("{before}{}", table())).unwrap();
}
