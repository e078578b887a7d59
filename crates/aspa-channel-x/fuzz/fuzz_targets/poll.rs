//! X that answers anything: events of our account, each of which goes through a store, or an error.
#![no_main]

#[path = "../../../aspa-channel-mastodon/fuzz/says.rs"]
mod says;

use std::sync::Arc;

use aspa_channel::Channel;
use aspa_channel_x::{XAuth, XChannel, XConfig};
use aspa_types::{AccountId, Secret};
use libfuzzer_sys::fuzz_target;
use says::Says;

fuzz_target!(|bytes: &[u8]| {
    let account = AccountId::new("shop").unwrap();
    let http = Arc::new(Says::of(bytes));
    let config = XConfig::new(account.clone(), "2244994945");
    let auth = XAuth::Bearer(Secret::new("token"));
    let now = || chrono::DateTime::from_timestamp(1_795_334_400, 0).unwrap();
    let channel = XChannel::new(&config, auth, http, now).unwrap();
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
