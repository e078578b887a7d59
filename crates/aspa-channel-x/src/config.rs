use std::fmt;

use aspa_types::{AccountId, Secret};
use http::{HeaderValue, Uri};
use serde::Deserialize;

use crate::budget::Budget;
use crate::json;

const USER_AGENT: &str = concat!(
    "aspa-channel-x/",
    env!("CARGO_PKG_VERSION"),
    " (customer service)"
);

/// Why a configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The address is no https URL of a host alone.
    #[error("base_url: not an https URL of a host alone")]
    BaseUrl,
    /// The id of the account is not one of X: 1 to 19 digits.
    #[error("user_id: not 1 to 19 digits")]
    UserId,
    /// A token or secret is empty or holds what no header can.
    #[error("a token or secret is empty or not of a header")]
    Secret,
    /// The name is empty or holds what no header can.
    #[error("user_agent: empty or not of a header")]
    UserAgent,
    /// A page is of 10 to 100 posts.
    #[error("page: not 10 to 100")]
    Page,
    /// A stream is opened with the app's own token.
    #[error("app_token: missing, and a stream is opened with it")]
    AppToken,
}

/// Which names X's fields have: they changed from one version of its OpenAPI document to another. Both are
/// read; requests are written in one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Names {
    /// `tweet.fields`, `edit_history_tweet_ids`, `note_tweet` (OpenAPI 2.159, and docs.x.com in 2026-11).
    #[default]
    Tweets,
    /// `post.fields`, `edit_history_post_ids`, `note_post` (OpenAPI 2.167).
    Posts,
}

/// Which stream tells what happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stream {
    /// `GET /2/activity/stream`: the events that the app is subscribed to.
    Activity,
    /// `GET /2/tweets/search/stream`: the posts that match the app's rules.
    Filtered,
}

/// One account of ours on X.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct XConfig {
    /// What the account is called here.
    pub account: AccountId,
    /// Its id on X, as `GET /2/users/me` tells it: digits.
    pub user_id: String,
    /// Where the API is.
    #[serde(default = "usual_base")]
    pub base_url: String,
    /// Which names fields have in requests.
    #[serde(default)]
    pub names: Names,
    /// How many posts one request brings: 10 to 100. Each costs.
    #[serde(default = "usual_page")]
    pub page: u8,
    /// Whether direct messages are read too. It takes the scopes `dm.read` and `dm.write`.
    #[serde(default = "yes")]
    pub direct_messages: bool,
    /// How many seconds pass at least between two looks for direct messages: X takes 15 in 15 minutes, and
    /// each costs what it brings.
    #[serde(default = "usual_direct_every")]
    pub direct_every: u32,
    /// How many conversations are completed in turn, one with each poll: 0 to 64. A search finds what
    /// answers an answer, which mentions do not always; it costs what it finds.
    #[serde(default = "usual_threads")]
    pub threads: u8,
    /// Whether the account has a subscription: longer posts (25,000 characters), and posts can be edited.
    #[serde(default)]
    pub premium: bool,
    /// Whether the app may only reply to those who named or quoted the account: so for self-serve apps since
    /// 2026-02-23.
    #[serde(default = "yes")]
    pub summoned_only: bool,
    /// Whether the app's plan lets it like posts: X takes likes from no self-serve app (since 2026-04). It takes
    /// the scope `like.write`.
    #[serde(default)]
    pub likes: bool,
    /// Which stream wakes the poll; none: it is not woken.
    #[serde(default)]
    pub stream: Option<Stream>,
    /// The app's own token ("bearer token"), for the stream.
    #[serde(default)]
    pub app_token: Option<Secret>,
    /// What reading and writing may cost.
    #[serde(default)]
    pub budget: Budget,
    /// What to call ourselves: `shop/1.4 (+https://shop.example)`.
    #[serde(default = "user_agent")]
    pub user_agent: String,
    /// Whether http may be used, to a test server in a trusted network.
    #[serde(default)]
    pub allow_plain_http: bool,
}

fn usual_base() -> String {
    "https://api.x.com".to_owned()
}

fn usual_page() -> u8 {
    100
}

fn usual_direct_every() -> u32 {
    120
}

fn usual_threads() -> u8 {
    24
}

fn yes() -> bool {
    true
}

fn user_agent() -> String {
    USER_AGENT.to_owned()
}

pub(crate) fn check_user_id(user_id: String) -> Result<String, ConfigError> {
    match json::is_id(&user_id) {
        true => Ok(user_id),
        false => Err(ConfigError::UserId),
    }
}

/// `Bearer` and a token.
pub(crate) fn bearer(token: &Secret) -> Result<HeaderValue, ConfigError> {
    let token = token.expose();
    let value = HeaderValue::try_from(format!("Bearer {token}")).ok();
    let value = value.filter(|_| !token.trim().is_empty());
    let mut value = value.ok_or(ConfigError::Secret)?;
    value.set_sensitive(true);
    Ok(value)
}

impl XConfig {
    /// An account, by its id on X.
    #[must_use]
    pub fn new(account: AccountId, user_id: impl Into<String>) -> Self {
        Self {
            account,
            user_id: user_id.into(),
            base_url: usual_base(),
            names: Names::default(),
            page: usual_page(),
            direct_messages: true,
            direct_every: usual_direct_every(),
            threads: usual_threads(),
            premium: false,
            summoned_only: true,
            likes: false,
            stream: None,
            app_token: None,
            budget: Budget::default(),
            user_agent: user_agent(),
            allow_plain_http: false,
        }
    }

    /// Scheme and authority, and everything else that can be wrong.
    pub(crate) fn base(&self) -> Result<String, ConfigError> {
        check_user_id(self.user_id.clone())?;
        if !(10..=100).contains(&self.page) {
            return Err(ConfigError::Page);
        }
        if self.stream.is_some() && self.app_token.is_none() {
            return Err(ConfigError::AppToken);
        }
        let uri: Uri = self.base_url.parse().map_err(|_| ConfigError::BaseUrl)?;
        let (scheme, authority) = (uri.scheme_str(), uri.authority());
        let alone = matches!(uri.path(), "" | "/") && uri.query().is_none();
        match (scheme, authority) {
            (Some(scheme), Some(authority))
                if alone
                    && !authority.as_str().contains('@')
                    && !self.base_url.contains('#')
                    && (scheme == "https" || (scheme == "http" && self.allow_plain_http)) =>
            {
                Ok(format!("{scheme}://{authority}"))
            }
            _ => Err(ConfigError::BaseUrl),
        }
    }
}

/// `Debug` shows no token.
impl fmt::Debug for XConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("XConfig")
            .field("account", &self.account)
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}
