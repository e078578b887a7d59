//! Which crate may know which. The table below is the design; this test keeps the code to it.

#![expect(clippy::expect_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");

/// What a backend of a channel may know: its trait crate and what every backend may.
const CHANNEL_BACKEND: &[&str] = &["aspa-channel", "aspa-http", "aspa-types"];

/// What a connector to a CRM may know.
const CRM_BACKEND: &[&str] = &["aspa-crm", "aspa-http", "aspa-types"];

/// What a store and its backends may know: the crates whose rows a commit names.
const STORE_ROWS: &[&str] = &[
    "aspa-channel",
    "aspa-crm",
    "aspa-identity",
    "aspa-ticket",
    "aspa-types",
];
const STORE_BACKEND: &[&str] = &[
    "aspa-channel",
    "aspa-crm",
    "aspa-identity",
    "aspa-store",
    "aspa-ticket",
    "aspa-types",
];

/// What each package may depend on within the workspace, from the bottom up. Development
/// dependencies are free. `None`: everything.
const ALLOWED: &[(&str, Option<&[&str]>)] = &[
    ("aspa-types", Some(&[])),
    ("aspa-http", Some(&[])),
    // Calculators take plain data and know no crate but their own.
    ("aspa-hours", Some(&[])),
    ("aspa-sla", Some(&["aspa-hours"])),
    ("aspa-staffing", Some(&[])),
    // The feature `http` reads answers for the adapters that turn it on.
    ("aspa-channel", Some(&["aspa-http", "aspa-types"])),
    // The feature `rest` has building blocks for connectors over HTTP.
    ("aspa-crm", Some(&["aspa-http", "aspa-types"])),
    ("aspa-ticket", Some(&["aspa-channel", "aspa-types"])),
    ("aspa-identity", Some(&["aspa-crm", "aspa-types"])),
    ("aspa-identity-sample", Some(&[])),
    ("aspa-channel-api", Some(CHANNEL_BACKEND)),
    ("aspa-channel-archive", Some(CHANNEL_BACKEND)),
    ("aspa-channel-email", Some(CHANNEL_BACKEND)),
    ("aspa-channel-mastodon", Some(CHANNEL_BACKEND)),
    ("aspa-channel-meta", Some(CHANNEL_BACKEND)),
    ("aspa-channel-webchat", Some(CHANNEL_BACKEND)),
    ("aspa-channel-wordpress", Some(CHANNEL_BACKEND)),
    ("aspa-channel-x", Some(CHANNEL_BACKEND)),
    ("aspa-crm-csv", Some(CRM_BACKEND)),
    ("aspa-crm-sql", Some(CRM_BACKEND)),
    ("aspa-crm-dataverse", Some(CRM_BACKEND)),
    ("aspa-crm-salesforce", Some(CRM_BACKEND)),
    ("aspa-crm-tryton", Some(CRM_BACKEND)),
    ("aspa-store", Some(STORE_ROWS)),
    ("aspa-store-postgres", Some(STORE_BACKEND)),
    ("aspa-store-sqlite", Some(STORE_BACKEND)),
    (
        "aspa-desk",
        Some(&[
            "aspa-channel",
            "aspa-crm",
            "aspa-hours",
            "aspa-identity",
            "aspa-sla",
            "aspa-store",
            "aspa-ticket",
            "aspa-types",
        ]),
    ),
    (
        "aspa-testkit",
        Some(&[
            "aspa-channel",
            "aspa-crm",
            "aspa-http",
            "aspa-identity",
            "aspa-store",
            "aspa-ticket",
            "aspa-types",
        ]),
    ),
    (
        "aspa-report",
        Some(&[
            "aspa-channel",
            "aspa-crm",
            "aspa-desk",
            "aspa-hours",
            "aspa-identity",
            "aspa-sla",
            "aspa-store",
            "aspa-ticket",
            "aspa-types",
        ]),
    ),
    // It mounts what a desk has and what the web chat serves.
    (
        "aspa-web",
        Some(&[
            "aspa-channel",
            "aspa-channel-webchat",
            "aspa-desk",
            "aspa-store",
            "aspa-ticket",
            "aspa-types",
        ]),
    ),
    ("aspa", None),
    // Examples stand on top: one that sees what a host sees, and one that takes the crates one by one.
    ("adapter", Some(CHANNEL_BACKEND)),
    ("capabilities", None),
    ("connector", Some(CRM_BACKEND)),
    ("crash", None),
    ("embed", Some(&["aspa"])),
    (
        "link-authors",
        Some(&["aspa-crm", "aspa-crm-csv", "aspa-identity", "aspa-types"]),
    ),
    ("measure-teamwork", None),
    ("promise", None),
    ("quickstart", None),
    (
        "staffing",
        Some(&[
            "aspa-channel",
            "aspa-channel-archive",
            "aspa-hours",
            "aspa-staffing",
            "aspa-types",
        ]),
    ),
    (
        "to-postgres",
        Some(&["aspa-store", "aspa-store-postgres", "aspa-store-sqlite"]),
    ),
];

/// Crates that hold traits, words and calculators: whoever implements or uses them must not get an
/// HTTP client, TLS, a database or a runtime along with them.
const LIGHT: &[&str] = &[
    "aspa-types",
    "aspa-channel",
    "aspa-crm",
    "aspa-identity",
    "aspa-ticket",
    "aspa-store",
    "aspa-hours",
    "aspa-sla",
    "aspa-staffing",
];

/// What is heavy: these packages, and those whose names go on after a `-` or `_`.
const HEAVY: &[&str] = &[
    "async-std",
    "axum",
    "curl",
    "deadpool",
    "diesel",
    "h2",
    "hyper",
    "isahc",
    "libsqlite3-sys",
    "mio",
    "native-tls",
    "openssl",
    "postgres",
    "reqwest",
    "ring",
    "rusqlite",
    "rustls",
    "smol",
    "sqlx",
    "tokio",
    "tonic",
    "tower",
    "ureq",
    "url",
];

type Edges = BTreeMap<String, BTreeSet<String>>;

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(MANIFEST)
        .no_deps()
        .exec()
        .expect("cargo metadata reads the workspace")
}

/// The packages of the workspace with those of them that each depends on.
fn edges() -> Edges {
    let metadata = metadata();
    let ours: BTreeSet<&str> = metadata.packages.iter().map(|p| p.name.as_str()).collect();
    let depends = |package: &cargo_metadata::Package| {
        package
            .dependencies
            .iter()
            .filter(|d| matches!(d.kind, DependencyKind::Normal | DependencyKind::Build))
            .filter(|d| ours.contains(d.name.as_str()))
            .map(|d| d.name.clone())
            .collect()
    };
    metadata
        .packages
        .iter()
        .map(|package| (package.name.to_string(), depends(package)))
        .collect()
}

/// What breaks the table, one line each.
fn wrong(edges: &Edges) -> Vec<String> {
    let table: BTreeMap<&str, Option<&[&str]>> = ALLOWED.iter().copied().collect();
    let mut wrong = Vec::new();
    for (package, depends) in edges {
        match table.get(package.as_str()) {
            None => wrong.push(format!(
                "{package} is new: say what it may know in ALLOWED, crates/aspa/tests/edges.rs, and \
                 show it in docs/src/architecture.md"
            )),
            Some(None) => {}
            Some(Some(allowed)) => wrong.extend(
                depends
                    .iter()
                    .filter(|other| !allowed.contains(&other.as_str()))
                    .map(|other| format!("{package} must not know {other}")),
            ),
        }
    }
    let gone = table.keys().filter(|name| !edges.contains_key(**name));
    wrong.extend(gone.map(|name| format!("{name} is in ALLOWED and not in the workspace")));
    wrong
}

#[test]
fn crates_know_only_what_the_table_allows() {
    let wrong = wrong(&edges());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_reads_from_the_bottom_up() {
    for (place, (package, allowed)) in ALLOWED.iter().enumerate() {
        for other in allowed.unwrap_or_default() {
            let below = ALLOWED[..place].iter().any(|(name, _)| name == other);
            // Examples stand on top, and only the facade knows everything.
            assert!(
                below,
                "{package} knows {other}, which does not stand before it"
            );
        }
    }
}

#[test]
fn an_edge_too_many_and_a_new_crate_are_found() {
    let mut edges = edges();
    edges
        .get_mut("aspa-sla")
        .unwrap()
        .insert("aspa-ticket".to_owned());
    edges.insert("aspa-channel-telex".to_owned(), BTreeSet::new());
    edges.remove("aspa-hours");
    let wrong = wrong(&edges);
    assert_eq!(wrong.len(), 3, "{wrong:?}");
    assert!(
        wrong[0].starts_with("aspa-channel-telex is new"),
        "{wrong:?}"
    );
    assert_eq!(wrong[1], "aspa-sla must not know aspa-ticket");
    assert!(
        wrong[2].starts_with("aspa-hours is in ALLOWED"),
        "{wrong:?}"
    );
}

#[test]
fn every_crate_of_the_family_lives_in_a_folder_of_its_name() {
    for package in metadata().packages {
        let folder = package.manifest_path.parent().and_then(|p| p.file_name());
        assert_eq!(folder, Some(package.name.as_str()));
    }
}

/// Everything that comes along with a package when it is built alone.
fn comes_along(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--manifest-path", MANIFEST, "-p", package])
        .args(["--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .output()
        .expect("cargo runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let tree = String::from_utf8_lossy(&output.stdout);
    let name = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
    tree.lines()
        .map(name)
        .filter(|name| name != package)
        .collect()
}

fn is_heavy(package: &str) -> bool {
    HEAVY.iter().any(|heavy| {
        package
            .strip_prefix(heavy)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
    })
}

#[test]
fn trait_crates_bring_no_client_no_database_and_no_runtime() {
    for package in LIGHT {
        let heavy: Vec<String> = comes_along(package)
            .into_iter()
            .filter(|p| is_heavy(p))
            .collect();
        assert!(heavy.is_empty(), "{package} brings {}", heavy.join(", "));
    }
}

#[test]
fn a_runtime_is_found_where_there_is_one() {
    let heavy = comes_along("aspa-desk");
    assert!(heavy.iter().any(|package| is_heavy(package)), "{heavy:?}");
}
