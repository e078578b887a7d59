//! A WordPress that answers anything: events of our account, each of which goes through a store, or an error.
#![no_main]

#[path = "../../../aspa-channel-mastodon/fuzz/says.rs"]
mod says;

use std::sync::Arc;

use aspa_channel::Channel;
use aspa_channel_wordpress::{SiteConfig, WordPress};
use aspa_types::{AccountId, Secret};
use libfuzzer_sys::fuzz_target;
use says::Says;

fuzz_target!(|bytes: &[u8]| {
    let account = AccountId::new("shop").unwrap();
    let http = Arc::new(Says::of(bytes));
    let password = Secret::new("abcd EFGH 1234 ijkl MNOP 5678");
    let config = SiteConfig::new(account.clone(), "https://blog.example", "support", password);
    let now = || chrono::DateTime::from_timestamp(1_795_334_400, 0).unwrap();
    let channel = WordPress::new(http, now).site(config).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut cursor = None;
        for _ in 0..6 {
            let Ok(page) = channel.poll(cursor.as_ref()).await else {
                return;
            };
            for event in &page.events {
                assert_eq!(event.account, account);
                let text = serde_json::to_string(event).unwrap();
                let read: aspa_channel::Event = serde_json::from_str(&text).unwrap();
                assert_eq!(read.key(), event.key());
            }
            cursor = page.next;
        }
    });
});
