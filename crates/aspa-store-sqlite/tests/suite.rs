//! The contract of stores, run on files, opened anew each time, and on a store in memory.
#![expect(
    clippy::unwrap_used,
    reason = "a test, which clippy cannot see without the harness"
)]

use std::sync::Arc;

use aspa_store::Store;
use aspa_store_sqlite::{Options, SqliteStore};
use aspa_testkit::libtest_mimic::{self, Arguments};
use aspa_testkit::{StoreFixture, store_trials};

fn main() {
    let mut trials = store_trials("sqlite", || async {
        let directory = tempfile::tempdir().unwrap();
        StoreFixture::new(async move || {
            let store = SqliteStore::open(directory.path().join("desk.sqlite")).unwrap();
            Arc::new(store) as Arc<dyn Store>
        })
    });
    trials.extend(store_trials("sqlite in place", || async {
        let directory = tempfile::tempdir().unwrap();
        StoreFixture::new(async move || {
            let path = directory.path().join("desk.sqlite");
            let store = SqliteStore::open_with(path, &Options::default().in_place(true)).unwrap();
            Arc::new(store) as Arc<dyn Store>
        })
    }));
    trials.extend(store_trials("sqlite in memory", || async {
        let store = SqliteStore::open_in_memory().unwrap();
        StoreFixture::new(async move || Arc::new(store.clone()) as Arc<dyn Store>)
    }));
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
