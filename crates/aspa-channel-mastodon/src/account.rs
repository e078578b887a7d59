//! Accounts of the network as handles.

use aspa_channel::{AttributeKind, Handle};
use aspa_types::{HandleKey, Network};
use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::html;
use crate::json;
use crate::server::Server;

/// The key of an account: its actor's `uri`, which is the same on every server of the network
/// (entities/Account, `uri`, read 2026-11-22). Where a server does not tell it, the id, which holds on
/// that server alone and so has its domain as scope.
pub(crate) fn key(account: &Value, server: &Server) -> Option<HandleKey> {
    if let Some(uri) = json::text(account, "uri")
        && let Ok(key) = HandleKey::new(Network::MASTODON, None, uri)
    {
        return Some(key);
    }
    let id = json::id(account, "id")?;
    HandleKey::new(Network::MASTODON, Some(&server.domain), &id).ok()
}

/// The name with its domain. A bare one is of the server asked (entities/Account, `acct`); snac writes
/// the domain always.
pub(crate) fn full_name(acct: &str, server: &Server) -> String {
    match acct.contains('@') {
        true => acct.to_owned(),
        false => format!("{acct}@{}", server.domain),
    }
}

/// Whether the account is one of the server asked, so that its times are that server's own.
pub(crate) fn is_local(account: &Value, server: &Server) -> bool {
    let acct = json::text(account, "acct").unwrap_or_default();
    acct.split_once('@')
        .is_none_or(|(_, domain)| domain.eq_ignore_ascii_case(&server.domain))
}

/// What an account shows, seen at `at`.
///
/// A link is verified where the server that we asked has found the link back (`verified_at`): what
/// another server says of its own accounts proves nothing, since anybody can run one.
pub(crate) fn handle(account: &Value, server: &Server, at: DateTime<Utc>) -> Option<Handle> {
    let key = key(account, server)?;
    let by_uri = key.scope().is_none();
    let mut handle = Handle::new(key);
    if let Some(acct) = json::text(account, "acct") {
        handle = handle.with(AttributeKind::UserName, full_name(acct, server), at);
    }
    if let Some(id) = json::id(account, "id").filter(|_| by_uri) {
        handle = handle.with(
            AttributeKind::SecondId,
            format!("{id}@{}", server.domain),
            at,
        );
    }
    for (name, kind) in [
        ("display_name", AttributeKind::DisplayName),
        ("url", AttributeKind::ProfileUrl),
        ("avatar", AttributeKind::PictureUrl),
    ] {
        if let Some(text) = json::text(account, name) {
            handle = handle.with(kind, text, at);
        }
    }
    let bio = html::to_text(json::text(account, "note").unwrap_or_default());
    if !bio.is_empty() {
        handle = handle.with(AttributeKind::Bio, bio, at);
    }
    // -1 where the account hides it.
    if let Some(count) = account["followers_count"].as_u64() {
        handle = handle.followed_by(count, at);
    }
    for field in json::list(account, "fields") {
        let Some(link) = json::text(field, "value").and_then(html::first_link) else {
            continue;
        };
        handle = match field["verified_at"].is_string() {
            true => handle.verified(AttributeKind::Link, link, at),
            false => handle.with(AttributeKind::Link, link, at),
        };
    }
    Some(handle)
}

/// The account that this one says it has moved to (entities/Account, `moved`, read 2026-11-22). It is the old
/// account's word alone: Mastodon also shows a redirect that the new one never agreed to, and whether that one
/// names the old one (`alsoKnownAs`) is not in the API.
pub(crate) fn moved(account: &Value) -> Option<&Value> {
    Some(&account["moved"]).filter(|moved| moved.is_object())
}

/// Whether one of an account's fields leads to another account. Mastodon marks such links as `rel="me"`
/// (docs.joinmastodon.org, "Link verification", read 2026-11-22): it says that both are one person's.
pub(crate) fn links_to(account: &Value, other: &Value) -> bool {
    let plain = |address: &str| address.trim_end_matches('/').to_owned();
    let addresses = ["url", "uri"].map(|name| json::text(other, name).map(plain));
    json::list(account, "fields").iter().any(|field| {
        let link = json::text(field, "value").and_then(html::first_link);
        link.is_some_and(|link| addresses.contains(&Some(plain(&link))))
    })
}
