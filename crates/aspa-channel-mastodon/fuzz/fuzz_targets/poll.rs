//! A server that answers anything: what it says of notifications comes out as events, or as an error.
#![no_main]

#[path = "../says.rs"]
mod says;

use std::sync::Arc;

use aspa_channel::Channel;
use aspa_channel_mastodon::{MastodonChannel, MastodonConfig, Server};
use aspa_types::{AccountId, Secret};
use libfuzzer_sys::fuzz_target;
use says::Says;

const SERVER: &str = r#"{"domain":"social.example","version":"4.5.0","max_characters":500,
    "url_characters":23,"max_media":4,"media_types":[],"account_id":"1","user_name":"shop"}"#;

fuzz_target!(|bytes: &[u8]| {
    let first = bytes.split(|b| *b == 0).next().unwrap_or_default();
    let first: serde_json::Value = serde_json::from_slice(first).unwrap_or_default();
    let account = AccountId::new("shop").unwrap();
    let config = MastodonConfig::new(account, "https://social.example", Secret::new("token"));
    let server: Server = serde_json::from_str(SERVER).unwrap();
    let now = || chrono::DateTime::UNIX_EPOCH;
    let channel = MastodonChannel::new(&config, server, Arc::new(Says::of(bytes)), now).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut cursor = None;
        for turn in 0..4 {
            let Ok(page) = channel.poll(cursor.as_ref()).await else {
                return;
            };
            if turn == 0
                && first
                    .as_array()
                    .is_some_and(|all| all.iter().any(|one| one["id"] == "7"))
            {
                assert!(!page.events.is_empty());
            }
            cursor = page.next;
        }
    });
});
