use aspa_types::{AccountId, Secret};
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
