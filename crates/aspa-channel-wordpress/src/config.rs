use std::fmt;
use std::sync::Arc;

use aspa_http::HttpClient;
use aspa_http::layer::UserAgent;
use aspa_types::{AccountId, Secret};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use http::{HeaderValue, Uri};
use serde::Deserialize;

use crate::api::{Api, Clock};
use crate::channel::WordPressChannel;
use crate::site::{Site, scope};

/// The shortest secret of a webhook in bytes; anything shorter could be guessed.
pub(crate) const MIN_SECRET: usize = 16;

/// The most comments that are read again on each poll.
const MOST_WATCHED: usize = 2_000;

/// The most comments that a request brings: more is 400 `rest_invalid_param`.
pub(crate) const MOST_PAGE: u64 = 100;

/// Why a configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The site's address, or that of its REST API, is no absolute http or https URL, or holds a
    /// user name, a query of its own or a fragment.
    #[error("{0}: not an https URL without user name, query and fragment")]
    Url(&'static str),
    /// The password would travel in the clear.
    #[error("{0}: http to another machine; use https or set allow_plain_http")]
    PlainHttp(&'static str),
    /// No user has such a name.
    #[error("login: empty, or holds a colon or a control character")]
    Login,
    /// Nobody could log in.
    #[error("application_password: empty")]
    NoPassword,
    /// It is no header value.
    #[error("user_agent: not printable ASCII")]
    UserAgent,
    /// Too many comments would be read on each poll.
    #[error("watched: not 1 to 2000")]
    Watched,
    /// WordPress brings no more, and pages have to overlap.
    #[error("page: not 2 to 100")]
    Page,
    /// Nothing could be authentic.
    #[error("secrets: none given")]
    NoSecret,
    /// A secret that could be guessed.
    #[error("secrets: one is shorter than 16 bytes")]
    ShortSecret,
    /// There is nothing to listen to.
    #[error("sites: none given")]
    NoSite,
}

/// What is taken of a commenter beside name and e-mail address: nothing, unless a purpose asks for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Personal {
    /// The web address that a visitor typed.
    pub author_url: bool,
    /// From which IP address it was written.
    pub ip: bool,
    /// With which browser.
    pub user_agent: bool,
}

/// One WordPress site and the account of ours on it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SiteConfig {
    /// What we call it.
    pub account: AccountId,
    /// Where the site is: `https://blog.example`. https, or http to this machine.
    pub url: String,
    /// The name with which an editor or administrator logs in.
    pub login: String,
    /// An application password of that user, with or without its blanks. Not the login password.
    pub application_password: Secret,
    /// Where the REST API is, if not at `url` + `/wp-json/`: `https://blog.example/?rest_route=/` on a
    /// site without readable addresses.
    #[serde(default)]
    pub rest_url: Option<String>,
    /// WordPress ids of other users whose comments are ours too: colleagues who answer in WordPress
    /// itself. Their comments come as outbound.
    #[serde(default)]
    pub team: Vec<u64>,
    /// Only comments written after this are read. A site with years of comments is read whole without it.
    #[serde(default)]
    pub since: Option<DateTime<Utc>>,
    /// How many of the newest comments are read again on each poll, for edits and for what moderators
    /// did: 1 to 2,000. As long as it is below `page`, it costs nothing more.
    #[serde(default = "usual_watched")]
    pub watched: usize,
    /// How many comments one request brings: 2 to 100. Fewer for a host that is slow or short of memory.
    #[serde(default = "usual_page")]
    pub page: u64,
    /// Whether what WordPress took for spam, or put into the trash at once, is read too. Spam comes
    /// dismissed as such.
    #[serde(default = "yes")]
    pub spam: bool,
    /// What is taken of commenters beside name and e-mail address.
    #[serde(default)]
    pub personal: Personal,
    /// Whether a webhook brings the same, so that polls only find what it missed.
    #[serde(default)]
    pub beside_webhook: bool,
    /// Whether http may be used to another machine, where the network in between is trusted.
    #[serde(default)]
    pub allow_plain_http: bool,
}

fn usual_watched() -> usize {
    90
}

fn usual_page() -> u64 {
    MOST_PAGE
}

fn yes() -> bool {
    true
}

impl SiteConfig {
    /// A site, read from its first comment on, with the newest 90 comments watched.
    #[must_use]
    pub fn new(
        account: AccountId,
        url: impl Into<String>,
        login: impl Into<String>,
        application_password: Secret,
    ) -> Self {
        Self {
            account,
            url: url.into(),
            login: login.into(),
            application_password,
            rest_url: None,
            team: Vec::new(),
            since: None,
            watched: usual_watched(),
            page: usual_page(),
            spam: true,
            personal: Personal::default(),
            beside_webhook: false,
            allow_plain_http: false,
        }
    }

    /// Where the REST API is, so that a path can be put behind it.
    fn rest(&self) -> Result<String, ConfigError> {
        let site = checked("url", &self.url, self.allow_plain_http)?;
        if site.query().is_some() {
            return Err(ConfigError::Url("url"));
        }
        let Some(rest) = &self.rest_url else {
            return Ok(format!("{}/wp-json/", self.url.trim_end_matches('/')));
        };
        let uri = checked("rest_url", rest, self.allow_plain_http)?;
        match uri.query() {
            None => Ok(format!("{}/", rest.trim_end_matches('/'))),
            Some("rest_route=/") => Ok(rest.clone()),
            Some(_) => Err(ConfigError::Url("rest_url")),
        }
    }

    fn authorization(&self) -> Result<HeaderValue, ConfigError> {
        let refused = |c: char| c == ':' || c.is_control();
        if self.login.is_empty() || self.login.contains(refused) {
            return Err(ConfigError::Login);
        }
        if self.application_password.expose().trim().is_empty() {
            return Err(ConfigError::NoPassword);
        }
        let both = format!("{}:{}", self.login, self.application_password.expose());
        let value = format!("Basic {}", STANDARD.encode(both));
        let mut value = HeaderValue::try_from(value).map_err(|_| ConfigError::NoPassword)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// `Debug` shows no name and no secret.
impl fmt::Debug for SiteConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SiteConfig")
            .field("account", &self.account)
            .field(
                "url",
                &self.url.parse::<Uri>().ok().as_ref().and_then(Uri::host),
            )
            .field("since", &self.since)
            .field("watched", &self.watched)
            .finish_non_exhaustive()
    }
}

fn checked(field: &'static str, text: &str, allow_plain: bool) -> Result<Uri, ConfigError> {
    let wrong = ConfigError::Url(field);
    let Ok(uri) = text.parse::<Uri>() else {
        return Err(wrong);
    };
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(wrong);
    };
    if authority.as_str().contains('@') || text.contains('#') {
        return Err(wrong);
    }
    let host = authority
        .host()
        .trim_start_matches('[')
        .trim_end_matches(']');
    let loopback = |ip: std::net::IpAddr| ip.is_loopback();
    let here = host == "localhost" || host.parse().is_ok_and(loopback);
    match scheme {
        "https" => Ok(uri),
        "http" if allow_plain || here => Ok(uri),
        "http" => Err(ConfigError::PlainHttp(field)),
        _ => Err(wrong),
    }
}

/// How sites are reached: one value makes the channels of any number of sites.
///
/// ```
/// # use std::sync::Arc;
/// # use aspa_channel_wordpress::{SiteConfig, WordPress};
/// # use chrono::{DateTime, Utc};
/// # fn sites(http: Arc<dyn aspa_http::HttpClient>, clock: fn() -> DateTime<Utc>, configs: Vec<SiteConfig>)
/// #     -> Result<(), aspa_channel_wordpress::ConfigError> {
/// let wordpress = WordPress::new(http, clock).user_agent("shop/1.4 (+https://shop.example)");
/// let channels: Vec<_> = configs.into_iter().map(|site| wordpress.site(site)).collect::<Result<_, _>>()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct WordPress {
    http: Arc<dyn HttpClient>,
    clock: Clock,
    user_agent: String,
}

impl fmt::Debug for WordPress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WordPress")
            .field("user_agent", &self.user_agent)
            .finish_non_exhaustive()
    }
}

impl WordPress {
    /// Sites are reached by this client. `clock` tells the time; it is asked for how long a site still
    /// wants to be left alone.
    #[must_use]
    pub fn new(
        http: Arc<dyn HttpClient>,
        clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
    ) -> Self {
        Self {
            http,
            clock: Arc::new(clock),
            user_agent: concat!("aspa-channel-wordpress/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }

    /// What to call ourselves: `shop/1.4 (+https://shop.example)`. Some hosts block who does not say.
    #[must_use]
    pub fn user_agent(mut self, text: impl Into<String>) -> Self {
        self.user_agent = text.into();
        self
    }

    /// The channel of one site. No request is made yet: [`WordPressChannel::check`] tries the password.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] naming the field at fault.
    pub fn site(&self, config: SiteConfig) -> Result<WordPressChannel, ConfigError> {
        if !(1..=MOST_WATCHED).contains(&config.watched) {
            return Err(ConfigError::Watched);
        }
        if !(2..=MOST_PAGE).contains(&config.page) {
            return Err(ConfigError::Page);
        }
        let user_agent = UserAgent::new(&self.user_agent).map_err(|_| ConfigError::UserAgent)?;
        let rest = config.rest()?;
        let (http, clock) = (Arc::clone(&self.http), Arc::clone(&self.clock));
        let api = Api::new(http, clock, rest, config.authorization()?, user_agent);
        Ok(WordPressChannel::new(config, api))
    }
}

/// One site that posts to a [`WordPressWebhook`](crate::WordPressWebhook).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SiteHook {
    /// What we call it, as in its [`SiteConfig`].
    pub account: AccountId,
    /// Where the site is, as in its [`SiteConfig`].
    pub url: String,
    /// The secrets that may have signed, each of 16 bytes or more. Two while one is being changed.
    pub secrets: Vec<Secret>,
    /// WordPress ids of the users whose comments are ours, the channel's own account
    /// ([`WordPressChannel::check`] tells its id) among them.
    #[serde(default)]
    pub team: Vec<u64>,
    /// What is taken of commenters beside name and e-mail address.
    #[serde(default)]
    pub personal: Personal,
}

impl SiteHook {
    /// A site with one secret.
    #[must_use]
    pub fn new(account: AccountId, url: impl Into<String>, secret: Secret) -> Self {
        Self {
            account,
            url: url.into(),
            secrets: vec![secret],
            team: Vec::new(),
            personal: Personal::default(),
        }
    }

    pub(crate) fn site(&self) -> Result<Site, ConfigError> {
        let uri: Uri = self.url.parse().map_err(|_| ConfigError::Url("url"))?;
        if uri.host().is_none() {
            return Err(ConfigError::Url("url"));
        }
        Ok(Site {
            account: self.account.clone(),
            scope: scope(&self.url),
            ours: self.team.clone(),
            personal: self.personal,
        })
    }
}

/// What a [`WordPressWebhook`](crate::WordPressWebhook) needs to know.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct WebhookConfig {
    /// The sites that post to it. A site is believed only what its own secret signed.
    pub sites: Vec<SiteHook>,
}

impl WebhookConfig {
    /// These sites.
    #[must_use]
    pub fn new(sites: Vec<SiteHook>) -> Self {
        Self { sites }
    }
}
