//! What README and book point at is there: pages, files, and the functions that a reader is sent to.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};

const REPOSITORY: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The pages of the book by file name, with their text.
fn book() -> Vec<(String, String)> {
    let mut pages: Vec<_> = fs::read_dir(root().join("docs/src"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect();
    pages.sort();
    pages
}

/// Every text for people outside the crates: where it stands, and what it says.
fn texts() -> Vec<(PathBuf, String)> {
    let outside = ["README.md", "CONTRIBUTING.md", "SECURITY.md"];
    let outside = outside.map(|name| {
        (
            root().join(name),
            fs::read_to_string(root().join(name)).unwrap(),
        )
    });
    let inside = book().into_iter();
    let inside = inside.map(|(name, text)| (root().join("docs/src").join(name), text));
    outside.into_iter().chain(inside).collect()
}

/// What stands between `open` and `close`, in order.
fn between<'t>(text: &'t str, open: &str, close: char) -> Vec<&'t str> {
    let starts = text.split(open).skip(1);
    starts
        .filter_map(|rest| rest.split_once(close))
        .map(|(inner, _)| inner)
        .collect()
}

#[test]
fn links_lead_to_files() {
    let mut links = 0;
    for (place, text) in texts() {
        for link in between(&text, "](", ')') {
            let target = link.split('#').next().unwrap();
            // The book leads out of itself by the address of the repository.
            let file = match target.strip_prefix(REPOSITORY) {
                Some(path) => root().join(path),
                None if target.is_empty() || target.starts_with("http") => continue,
                None => place.parent().unwrap().join(target),
            };
            links += 1;
            assert!(file.exists(), "{}: nothing at {link}", place.display());
        }
    }
    assert!(links > 20, "only {links} links found");
}

/// `aspa-desk/src/desk.rs:receive` names a function in a file under `crates`.
#[test]
fn functions_are_where_the_book_says() {
    let mut places = 0;
    for (page, text) in texts() {
        for code in text.split('`').skip(1).step_by(2) {
            let Some((file, function)) = code.split_once(".rs:") else {
                continue;
            };
            places += 1;
            let path = root().join("crates").join(format!("{file}.rs"));
            let source = fs::read_to_string(&path).unwrap_or_default();
            let defined = ["(", "<"]
                .iter()
                .any(|next| source.contains(&format!("fn {function}{next}")));
            assert!(
                defined,
                "{}: no function {function} in {file}.rs",
                page.display()
            );
        }
    }
    assert!(places > 20, "only {places} places found");
}

#[test]
fn every_page_is_in_the_summary_and_its_samples_are_compiled() {
    let summary = fs::read_to_string(root().join("docs/src/SUMMARY.md")).unwrap();
    let samples = fs::read_to_string(root().join("crates/aspa/src/lib.rs")).unwrap();
    for (name, _) in book() {
        if name != "SUMMARY.md" {
            assert!(
                summary.contains(&format!("]({name})")),
                "{name} is missing in SUMMARY.md"
            );
            assert!(
                samples.contains(&name),
                "{name} is missing in crates/aspa/src/lib.rs"
            );
        }
    }
}

#[test]
fn the_crate_table_of_the_readme_is_complete() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(
            readme.contains(&format!("](crates/{name}/)")),
            "{name} is missing in README.md"
        );
    }
}
