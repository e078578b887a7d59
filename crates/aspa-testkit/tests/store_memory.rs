//! The contract of stores, run on the reference in memory: what a store's own test looks like.

use std::sync::Arc;

use aspa_store::{MemoryStore, Store};
use aspa_testkit::libtest_mimic::{self, Arguments};
use aspa_testkit::{StoreFixture, store_trials};

fn main() {
    let trials = store_trials("memory", || async {
        let store = MemoryStore::new();
        StoreFixture::new(async move || Arc::new(store.clone()) as Arc<dyn Store>)
    });
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
