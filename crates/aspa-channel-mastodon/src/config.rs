use std::fmt;

use aspa_types::{AccountId, Secret};
use http::Uri;
use serde::Deserialize;

/// What we call ourselves. GoToSocial answers 418 to a request without a name (measured on its 0.20
/// line, 2026-11).
const USER_AGENT: &str = concat!(
    "aspa-channel-mastodon/",
    env!("CARGO_PKG_VERSION"),
    " (customer service)"
);

/// Why a configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The server's address is no absolute http or https URL, or holds more than a host and a port.
    #[error("base_url: not an https URL of a host alone")]
    BaseUrl,
    /// The token and messages would travel in the clear.
    #[error("base_url: http to another machine; use https or set allow_plain_http")]
    PlainHttp,
    /// The token is empty or holds what no header can.
    #[error("token: empty or not of a header")]
    Token,
    /// The name is empty or holds what no header can.
    #[error("user_agent: empty or not of a header")]
    UserAgent,
}

/// One account of ours on one server.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MastodonConfig {
    /// What the account is called here.
    pub account: AccountId,
    /// The server: `https://social.example`.
    pub base_url: String,
    /// An access token of the account with the scopes `read` and `write`.
    pub token: Secret,
    /// What to call ourselves: `shop/1.4 (+https://shop.example)`.
    #[serde(default = "user_agent")]
    pub user_agent: String,
    /// Whether http may be used to another machine, where the network in between is trusted.
    #[serde(default)]
    pub allow_plain_http: bool,
}

fn user_agent() -> String {
    USER_AGENT.to_owned()
}

impl MastodonConfig {
    /// An account on the server at `base_url`.
    #[must_use]
    pub fn new(account: AccountId, base_url: impl Into<String>, token: Secret) -> Self {
        Self {
            account,
            base_url: base_url.into(),
            token,
            user_agent: user_agent(),
            allow_plain_http: false,
        }
    }

    /// Scheme and authority, without a slash at the end.
    pub(crate) fn base(&self) -> Result<String, ConfigError> {
        let uri: Uri = self.base_url.parse().map_err(|_| ConfigError::BaseUrl)?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(ConfigError::BaseUrl);
        };
        let alone = matches!(uri.path(), "" | "/") && uri.query().is_none();
        if !alone || authority.as_str().contains('@') || self.base_url.contains('#') {
            return Err(ConfigError::BaseUrl);
        }
        match scheme {
            "https" => {}
            "http" if self.allow_plain_http || is_here(authority.host()) => {}
            "http" => return Err(ConfigError::PlainHttp),
            _ => return Err(ConfigError::BaseUrl),
        }
        Ok(format!("{scheme}://{authority}"))
    }
}

/// `Debug` shows neither the token nor the address.
impl fmt::Debug for MastodonConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MastodonConfig")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

fn is_here(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = |ip: std::net::IpAddr| ip.is_loopback();
    host == "localhost" || address.parse().is_ok_and(loopback)
}
