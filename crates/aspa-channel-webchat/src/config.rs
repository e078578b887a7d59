use aspa_types::{AccountId, Secret, SystemId};
use chrono::TimeDelta;
use serde::Deserialize;

/// The shortest secret in bytes; anything shorter could be guessed.
const MIN_SECRET: usize = 16;

/// Why a configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// Nobody could be let in.
    #[error("secrets: none given")]
    NoSecret,
    /// A secret that could be guessed.
    #[error("{0}: one is shorter than 16 bytes")]
    ShortSecret(&'static str),
    /// The same secret on both sides: whoever can name a user could also make visitors.
    #[error("identity_secrets: one is among secrets too")]
    SharedSecret,
}

/// What a chat needs to know.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ChatConfig {
    /// The account that the chat is.
    pub account: AccountId,
    /// What visitors' tokens are signed with, each of 16 bytes or more. The first one signs, all are
    /// taken, so that they can be changed without a gap. They stay with the desk.
    pub secrets: Vec<Secret>,
    /// What the host's backend signs identities with, each of 16 bytes or more. Empty: nobody is
    /// verified.
    #[serde(default)]
    pub identity_secrets: Vec<Secret>,
    /// The system whose customers the host's user ids name. Given, a verified visitor is that customer
    /// and the linker is told so; none: verified, and no more is known.
    #[serde(default)]
    pub customer_system: Option<SystemId>,
    /// For how many days a visitor without identity is remembered. 180 unless said otherwise.
    #[serde(default = "remember_days")]
    pub remember_days: u32,
    /// For how many minutes a token with an identity holds before the page has to show the identity
    /// again. 720 unless said otherwise.
    #[serde(default = "signed_in_minutes")]
    pub signed_in_minutes: u32,
    /// Within how many minutes after it began an anonymous chat can be taken along by somebody who
    /// signs in. 60 unless said otherwise; 0: never.
    #[serde(default = "join_minutes")]
    pub join_minutes: u32,
    /// The longest message of a visitor and of ours, in Unicode scalar values. 4,000 unless said
    /// otherwise.
    #[serde(default = "max_text")]
    pub max_text: usize,
}

fn remember_days() -> u32 {
    180
}

fn signed_in_minutes() -> u32 {
    720
}

fn join_minutes() -> u32 {
    60
}

fn max_text() -> usize {
    4_000
}

impl ChatConfig {
    /// A chat with one secret, where nobody is verified yet.
    #[must_use]
    pub fn new(account: AccountId, secret: Secret) -> Self {
        Self {
            account,
            secrets: vec![secret],
            identity_secrets: Vec::new(),
            customer_system: None,
            remember_days: remember_days(),
            signed_in_minutes: signed_in_minutes(),
            join_minutes: join_minutes(),
            max_text: max_text(),
        }
    }

    /// The same, where the host signs who is logged in; its user ids are customers of that system.
    #[must_use]
    pub fn with_identities(mut self, secret: Secret, system: Option<SystemId>) -> Self {
        self.identity_secrets.push(secret);
        self.customer_system = system;
        self
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let short = |secrets: &[Secret]| secrets.iter().any(|s| s.expose().len() < MIN_SECRET);
        if self.secrets.is_empty() {
            return Err(ConfigError::NoSecret);
        }
        if short(&self.secrets) {
            return Err(ConfigError::ShortSecret("secrets"));
        }
        if short(&self.identity_secrets) {
            return Err(ConfigError::ShortSecret("identity_secrets"));
        }
        let ours = |theirs: &Secret| self.secrets.iter().any(|s| s.expose() == theirs.expose());
        if self.identity_secrets.iter().any(ours) {
            return Err(ConfigError::SharedSecret);
        }
        Ok(())
    }

    pub(crate) fn remembered(&self, signed_in: bool) -> TimeDelta {
        match signed_in {
            true => TimeDelta::minutes(self.signed_in_minutes.into()),
            false => TimeDelta::days(self.remember_days.into()),
        }
    }
}
