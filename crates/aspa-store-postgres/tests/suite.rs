//! The contract of stores, run on a PostgreSQL server, each case in a schema of its own. Without
//! `ASPA_POSTGRES_URL` every case is reported as ignored; `.ci/postgres` starts a server and sets it.
#![expect(
    clippy::unwrap_used,
    reason = "a test, which clippy cannot see without the harness"
)]

mod common;

use std::sync::Arc;

use aspa_store::Store;
use aspa_testkit::libtest_mimic::{self, Arguments};
use aspa_testkit::{StoreFixture, store_trials};

use common::{Server, ignored_without};

fn main() {
    let server = Server::from_environment();
    let url = server.clone();
    let trials = store_trials("postgres", move || {
        let server = url.clone().unwrap();
        async move {
            let schema = server.new_schema();
            StoreFixture::new(async move || {
                Arc::new(server.open(&schema).await.unwrap()) as Arc<dyn Store>
            })
        }
    });
    let trials = ignored_without(server.as_ref(), trials);
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
