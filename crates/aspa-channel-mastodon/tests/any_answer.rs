//! Whatever a server answers: no panic, and each notification that it names is an event.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use std::sync::Arc;

use aspa_channel::Channel;
use aspa_channel_mastodon::{MastodonChannel, MastodonConfig, Server};
use aspa_http::{HttpClient, HttpError};
use aspa_types::{AccountId, Secret};
use async_trait::async_trait;
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Gives one answer to notifications and one to everything else.
#[derive(Debug)]
struct Says(Bytes, Bytes);

#[async_trait]
impl HttpClient for Says {
    async fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, HttpError> {
        let body = match request.uri().path() {
            "/api/v1/notifications" => self.0.clone(),
            _ => self.1.clone(),
        };
        Ok(http::Response::new(body))
    }
}

fn polled(notifications: impl Into<Bytes>, rest: impl Into<Bytes>) -> Option<usize> {
    let server: Server = serde_json::from_value(json!({
        "domain": "social.example", "version": "4.5.0", "max_characters": 500, "url_characters": 23,
        "max_media": 4, "media_types": [], "account_id": "1", "user_name": "shop",
    }))
    .unwrap();
    let account = AccountId::new("shop").unwrap();
    let config = MastodonConfig::new(account, "https://social.example", Secret::new("token"));
    let http = Arc::new(Says(notifications.into(), rest.into()));
    let now = || "2026-11-22T08:00:00Z".parse().unwrap();
    let channel = MastodonChannel::new(&config, server, http, now).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let page = channel.poll(None).await.ok()?;
        // The cursor comes back.
        let _ = channel.poll(page.next.as_ref()).await;
        Some(page.events.len())
    })
}

/// Any JSON under the names that servers use.
fn value() -> impl Strategy<Value = Value> {
    let names =
        "id|status|account|mentions|content|in_reply_to_id|uri|acct|moved|fields|quote|edited_at";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        "mention|update|favourite|direct|2026-11-22T08:00:00Z|<p>@shop &amp;<br>"
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::hash_map(names, inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_taken(notifications in proptest::collection::vec(any::<u8>(), 0..200), rest in "\\PC{0,80}") {
        polled(notifications, rest.into_bytes());
    }

    #[test]
    fn each_notification_is_an_event(
        fields in proptest::collection::vec((value(), value(), value()), 0..8), rest in value(),
    ) {
        let kinds = ["mention", "update", "favourite", "tea"];
        let page = fields.into_iter().enumerate().map(|(n, (status, account, created_at))| json!({
            "id": (100 + n).to_string(), "type": kinds[n % 4],
            "status": status, "account": account, "created_at": created_at,
        }));
        let page: Vec<Value> = page.collect();
        let found = polled(json!(page).to_string(), rest.to_string());
        // What hangs below may fail to be read; then all of it is read again later.
        prop_assert!(found.is_none_or(|found| found >= page.len()), "{found:?}");
    }
}
