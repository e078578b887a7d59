use std::fmt;

use aspa_channel::{EffectName, MediaLimit};
use aspa_types::{AccountId, Network, Secret};
use http::Uri;
use serde::Deserialize;

use crate::signature::MIN_SECRET;

/// Why a configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Nothing could be authentic.
    #[error("secrets: none given")]
    NoSecret,
    /// A secret that could be guessed.
    #[error("secret: shorter than 16 bytes")]
    ShortSecret,
    /// The callback's address is no absolute http or https URL, or holds a user name.
    #[error("callback_url: not an https URL without user name and fragment")]
    CallbackUrl,
    /// Messages would travel in the clear.
    #[error("callback_url: http to another machine; use https or set allow_plain_http")]
    PlainHttp,
    /// An effect that this version does not know.
    #[error("effects: {0} is not known")]
    UnknownEffect(EffectName),
}

fn api() -> Network {
    Network::API
}

/// What an [`ApiWebhook`](crate::ApiWebhook) needs to know.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct WebhookConfig {
    /// The account of events that name none.
    pub account: AccountId,
    /// Further accounts that events may name. An event that names any other is not understood.
    #[serde(default)]
    pub more_accounts: Vec<AccountId>,
    /// The secrets that may have signed, each of 16 bytes or more. Two while one is being changed.
    pub secrets: Vec<Secret>,
    /// What the place is called: `api`, or the name of the network that a bridge connects.
    #[serde(default = "api")]
    pub network: Network,
}

impl WebhookConfig {
    /// One account and one secret.
    #[must_use]
    pub fn new(account: AccountId, secret: Secret) -> Self {
        Self {
            account,
            more_accounts: Vec::new(),
            secrets: vec![secret],
            network: api(),
        }
    }
}

/// What an [`ApiChannel`](crate::ApiChannel) needs to know.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ChannelConfig {
    /// The account.
    pub account: AccountId,
    /// Where effects are posted: https, or http on this machine. May hold a credential in its query:
    /// never shown.
    pub callback_url: String,
    /// What signs them, 16 bytes or more. Better not the webhook's secret.
    pub secret: Secret,
    /// What the place is called: `api`, or the name of the network that a bridge connects.
    #[serde(default = "api")]
    pub network: Network,
    /// What the callback can do.
    #[serde(default = "usual_effects")]
    pub effects: Vec<EffectName>,
    /// The longest text in Unicode scalar values.
    #[serde(default = "usual_text")]
    pub max_text: usize,
    /// What media it takes; none: no media.
    #[serde(default)]
    pub media: Option<MediaLimit>,
    /// Whether http may be used to another machine, where the network in between is trusted.
    #[serde(default)]
    pub allow_plain_http: bool,
}

fn usual_effects() -> Vec<EffectName> {
    vec![EffectName::Send, EffectName::Edit, EffectName::Delete]
}

fn usual_text() -> usize {
    10_000
}

impl ChannelConfig {
    /// A callback that sends, edits and deletes texts of up to 10,000 scalars without media.
    #[must_use]
    pub fn new(account: AccountId, callback_url: impl Into<String>, secret: Secret) -> Self {
        Self {
            account,
            callback_url: callback_url.into(),
            secret,
            network: api(),
            effects: usual_effects(),
            max_text: usual_text(),
            media: None,
            allow_plain_http: false,
        }
    }

    pub(crate) fn callback(&self) -> Result<Uri, ConfigError> {
        address(&self.callback_url, self.allow_plain_http)
    }
}

/// Where something is posted: https, or http to this machine and where that is allowed.
pub(crate) fn address(url: &str, allow_plain_http: bool) -> Result<Uri, ConfigError> {
    let uri: Uri = url.parse().map_err(|_| ConfigError::CallbackUrl)?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(ConfigError::CallbackUrl);
    };
    if authority.as_str().contains('@') || url.contains('#') {
        return Err(ConfigError::CallbackUrl);
    }
    match scheme {
        "https" => Ok(uri),
        "http" if allow_plain_http || is_here(authority.host()) => Ok(uri),
        "http" => Err(ConfigError::PlainHttp),
        _ => Err(ConfigError::CallbackUrl),
    }
}

impl fmt::Debug for ChannelConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelConfig")
            .field("account", &self.account)
            .field("network", &self.network)
            .field("effects", &self.effects)
            .field("max_text", &self.max_text)
            .field("media", &self.media)
            .finish_non_exhaustive()
    }
}

fn is_here(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = |ip: std::net::IpAddr| ip.is_loopback();
    host == "localhost" || address.parse().is_ok_and(loopback)
}

pub(crate) fn check_secret(secret: &Secret) -> Result<(), ConfigError> {
    if secret.expose().len() < MIN_SECRET {
        return Err(ConfigError::ShortSecret);
    }
    Ok(())
}
