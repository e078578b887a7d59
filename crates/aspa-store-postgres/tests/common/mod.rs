//! The server that tests use, and schemas in it.
#![expect(
    clippy::expect_used,
    reason = "a test, which clippy cannot see without the harness"
)]

use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use aspa_store::Error;
use aspa_store_postgres::tokio_postgres::{Config, NoTls};
use aspa_store_postgres::{Options, PostgresStore};
use aspa_testkit::libtest_mimic::Trial;

/// Names the server: a URL, or `key=value` words.
pub(crate) const VARIABLE: &str = "ASPA_POSTGRES_URL";

#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) config: Config,
}

impl Server {
    /// The server that the environment names, if any.
    pub(crate) fn from_environment() -> Option<Self> {
        let url = std::env::var(VARIABLE).ok().filter(|url| !url.is_empty())?;
        let config = url.parse().expect("a connection string");
        Some(Self { config })
    }

    /// A schema that no other test uses, of this run or another.
    pub(crate) fn new_schema(&self) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        format!("aspa_test_{}_{next}", process::id())
    }

    pub(crate) async fn open(&self, schema: &str) -> Result<PostgresStore, Error> {
        let options = Options::default().schema(schema).connections(4);
        PostgresStore::connect_with(self.config.clone(), NoTls, &options).await
    }
}

/// Has every trial reported as ignored where there is no server.
pub(crate) fn ignored_without(server: Option<&Server>, trials: Vec<Trial>) -> Vec<Trial> {
    let ignored = server.is_none();
    trials
        .into_iter()
        .map(|trial| trial.with_ignored_flag(ignored))
        .collect()
}
