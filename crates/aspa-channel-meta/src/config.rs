use aspa_types::{AccountId, Secret};
use chrono::{DateTime, Utc};
use serde::Deserialize;

/// The shortest app secret or verify token in bytes; anything shorter could be guessed. App secrets have 32.
pub(crate) const MIN_SECRET: usize = 16;

/// Why a configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Nothing could be authentic.
    #[error("app_secrets: none given")]
    NoSecret,
    /// A secret that could be guessed.
    #[error("{0}: shorter than 16 bytes")]
    ShortSecret(&'static str),
    /// There is nothing to listen to.
    #[error("pages: none given")]
    NoPage,
    /// Graph ids are decimal digits.
    #[error("{0}: not the digits of an id")]
    Id(&'static str),
    /// It is no header value.
    #[error("token: empty, or not printable ASCII")]
    Token,
    /// It is no header value.
    #[error("user_agent: not printable ASCII")]
    UserAgent,
    /// Tokens go there.
    #[error("host: not https, and not this machine")]
    Host,
    /// Graph versions are written `v25.0`.
    #[error("version: not letters, digits and full stops")]
    Version,
    /// Meta brings no more at once.
    #[error("size: not 1 to 100")]
    Size,
    /// Two accounts for one Page, or two Pages for one account.
    #[error("pages: a page or an account is there twice")]
    Twice,
}

/// One Page whose events a webhook takes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PageHook {
    /// What we call it.
    pub account: AccountId,
    /// The Page's id, digits.
    pub page: String,
}

impl PageHook {
    /// A Page under our name for it.
    #[must_use]
    pub fn new(account: AccountId, page: impl Into<String>) -> Self {
        Self {
            account,
            page: page.into(),
        }
    }
}

/// One Page whose posts, comments and messages are read and answered.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PageConfig {
    /// What we call it; the same as in [`PageHook`].
    pub account: AccountId,
    /// The Page's id, digits.
    pub page: String,
    /// A Page access token, best one that does not expire.
    pub token: Secret,
    /// Only what was written after this is read. Years of posts are read whole without it.
    #[serde(default)]
    pub since: Option<DateTime<Utc>>,
    /// How many of the newest posts each round looks at for new comments; the first round looks at all.
    #[serde(default = "usual_posts")]
    pub posts: usize,
    /// Of how many of the newest posts and comments each round sees what has become of them: edited (unless a
    /// webhook tells that), hidden, shown again, taken away. 0: of none.
    #[serde(default = "usual_watched")]
    pub watched: usize,
    /// How much one request brings: 1 to 100.
    #[serde(default = "usual_size")]
    pub size: u16,
    /// Whether posts of others that name the Page are read too (`/tagged`).
    #[serde(default = "yes")]
    pub tagged: bool,
    /// Whether reviews and recommendations are read too (`/ratings`).
    #[serde(default = "yes")]
    pub ratings: bool,
    /// Whether Messenger conversations are read too (`/conversations`), which needs `pages_messaging`.
    #[serde(default = "yes")]
    pub messenger: bool,
    /// Whether Meta has granted the human agent permission: a person may then answer for 7 days.
    #[serde(default)]
    pub human_agent: bool,
    /// Whether a webhook brings the same, so that polls only find what it missed.
    #[serde(default)]
    pub beside_webhook: bool,
}

fn usual_posts() -> usize {
    50
}

fn usual_watched() -> usize {
    300
}

fn usual_size() -> u16 {
    50
}

fn yes() -> bool {
    true
}

impl PageConfig {
    /// A Page, read from its first post on, with the 50 newest posts looked at for comments.
    #[must_use]
    pub fn new(account: AccountId, page: impl Into<String>, token: Secret) -> Self {
        Self {
            account,
            page: page.into(),
            token,
            since: None,
            posts: usual_posts(),
            watched: usual_watched(),
            size: usual_size(),
            tagged: true,
            ratings: true,
            messenger: true,
            human_agent: false,
            beside_webhook: false,
        }
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        digits("page", &self.page)?;
        if self.token.expose().is_empty() {
            return Err(ConfigError::Token);
        }
        match (1..=100).contains(&self.size) {
            true => Ok(()),
            false => Err(ConfigError::Size),
        }
    }
}

/// What a webhook of one Meta app needs to know.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct WebhookConfig {
    /// The app secrets that may have signed: of one app, or of the several whose deliveries come to the same
    /// address, and the one before while a secret is being changed.
    pub app_secrets: Vec<Secret>,
    /// What was typed as the verify token when the webhook was set up.
    pub verify_token: Secret,
    /// Whose events come. What concerns any other Page is kept as unknown under the first account.
    pub pages: Vec<PageHook>,
    /// Our own app's id, digits: it tells who holds a conversation after a hand-over. Without it what is
    /// handed over is taken to be handed to us.
    #[serde(default)]
    pub app_id: Option<String>,
}

impl WebhookConfig {
    /// One app with one secret.
    #[must_use]
    pub fn new(app_secret: Secret, verify_token: Secret, pages: Vec<PageHook>) -> Self {
        Self {
            app_secrets: vec![app_secret],
            verify_token,
            pages,
            app_id: None,
        }
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        if self.app_secrets.is_empty() {
            return Err(ConfigError::NoSecret);
        }
        let short = |secret: &Secret| secret.expose().len() < MIN_SECRET;
        if self.app_secrets.iter().any(short) {
            return Err(ConfigError::ShortSecret("app_secrets"));
        }
        if short(&self.verify_token) {
            return Err(ConfigError::ShortSecret("verify_token"));
        }
        if self.pages.is_empty() {
            return Err(ConfigError::NoPage);
        }
        self.pages
            .iter()
            .try_for_each(|page| digits("page", &page.page))?;
        self.app_id.iter().try_for_each(|id| digits("app_id", id))?;
        for (number, page) in self.pages.iter().enumerate() {
            let same = |other: &PageHook| other.page == page.page || other.account == page.account;
            if self.pages.iter().skip(number + 1).any(same) {
                return Err(ConfigError::Twice);
            }
        }
        Ok(())
    }
}

pub(crate) fn digits(field: &'static str, id: &str) -> Result<(), ConfigError> {
    match !id.is_empty() && id.len() <= 64 && id.bytes().all(|b| b.is_ascii_digit()) {
        true => Ok(()),
        false => Err(ConfigError::Id(field)),
    }
}
