//! Requests signed by OAuth 1.0a (RFC 5849, section 3), as X checks them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::Request;
use http::header::AUTHORIZATION;
use sha1::Sha1;

use super::state::State;
use crate::form::{decoded, encoded, pairs};

pub(super) const CONSUMER_KEY: &str = "fakeConsumerKey";
pub(super) const CONSUMER_SECRET: &str = "fake consumer secret/+";
pub(super) const TOKEN: &str = "2244994945-fakeToken";
pub(super) const TOKEN_SECRET: &str = "fake token secret&=";
/// How far a timestamp may be from the network's clock, in seconds.
const LEEWAY: i64 = 300;

/// The fields of the header, in their order.
fn fields(request: &Request<Bytes>) -> Option<Vec<(String, String)>> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let fields = header.strip_prefix("OAuth ")?.split(',');
    let field = |field: &str| {
        let (name, value) = field.trim().split_once('=')?;
        let value = value.strip_prefix('"')?.strip_suffix('"')?;
        Some((decoded(name), decoded(value)))
    };
    fields.map(field).collect()
}

/// Whether a request is signed with the keys, now, and for the first time.
pub(super) fn is_signed(state: &mut State, request: &Request<Bytes>) -> bool {
    let Some(mut fields) = fields(request) else {
        return false;
    };
    let take = |name: &str| {
        let at = fields.iter().position(|(known, _)| known == name)?;
        Some(fields[at].1.clone())
    };
    let is_ours = take("oauth_consumer_key").as_deref() == Some(CONSUMER_KEY)
        && take("oauth_token").as_deref() == Some(TOKEN)
        && take("oauth_signature_method").as_deref() == Some("HMAC-SHA1")
        && take("oauth_version").is_none_or(|version| version == "1.0");
    let at: Option<i64> = take("oauth_timestamp").and_then(|at| at.parse().ok());
    let is_now = at.is_some_and(|at| (at - state.now.timestamp()).abs() <= LEEWAY);
    let (Some(nonce), Some(signature)) = (take("oauth_nonce"), take("oauth_signature")) else {
        return false;
    };
    fields.retain(|(name, _)| name != "oauth_signature");
    let query = pairs(request.uri().query().unwrap_or_default());
    let all = fields.into_iter().chain(query);
    let mut all: Vec<String> = all
        .map(|(name, value)| format!("{}={}", encoded(&name), encoded(&value)))
        .collect();
    all.sort();
    let uri = request.uri();
    let host = uri.authority().map_or("", |authority| authority.as_str());
    let address = format!(
        "{}://{host}{}",
        uri.scheme_str().unwrap_or_default(),
        uri.path()
    );
    let method = request.method().as_str();
    let base = [method, &address, &all.join("&")].map(encoded).join("&");
    let key = [CONSUMER_SECRET, TOKEN_SECRET].map(encoded).join("&");
    let fits = Hmac::<Sha1>::new_from_slice(key.as_bytes()).is_ok_and(|mac| {
        let given = STANDARD.decode(&signature).unwrap_or_default();
        mac.chain_update(base.as_bytes())
            .verify_slice(&given)
            .is_ok()
    });
    is_ours && is_now && fits && state.nonces.insert(nonce)
}
