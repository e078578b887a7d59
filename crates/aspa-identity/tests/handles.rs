//! What user names show of names.

use std::fmt::Write as _;

use aspa_identity::handle::{Derivation, explain, tokens};

fn flags(found: Derivation) -> String {
    let mut flags = String::new();
    for (is_set, flag) in [
        (found.nickname, 'n'),
        (found.reversed, 'r'),
        (found.leet, 'l'),
    ] {
        if is_set {
            flags.push(flag);
        }
    }
    flags
}

#[test]
fn user_names_follow_from_names() {
    let mut rows = csv::Reader::from_path("tests/handles.csv").unwrap();
    let mut wrong = String::new();
    for row in rows.records() {
        let row = row.unwrap();
        let given: Vec<&str> = row[1].split(' ').collect();
        let found = explain(&tokens(&row[0]), &given, &row[2]);
        let level = serde_json::to_value(found.level).unwrap();
        let told = format!(
            "{},{},{}",
            level.as_str().unwrap(),
            found.leftover,
            flags(found)
        );
        let expected = [&row[3], &row[4], &row[5]].join(",");
        if told != expected {
            writeln!(wrong, "{} {}: {told}, not {expected}", &row[0], &row[2]).unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}
