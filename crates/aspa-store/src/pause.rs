use std::fmt;

use aspa_channel::{Effect, EffectName};
use aspa_types::{AccountId, AgentId, Extra};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Which effects of a tenant are meant: all, those of one account, those of one kind, or both.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PauseScope {
    /// Of this account; none: of every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// Of this kind; none: of every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<EffectName>,
}

impl PauseScope {
    /// All effects of the tenant.
    #[must_use]
    pub fn everything() -> Self {
        Self::default()
    }

    /// The effects of one account.
    #[must_use]
    pub fn account(account: AccountId) -> Self {
        Self {
            account: Some(account),
            effect: None,
        }
    }

    /// Only those of this kind.
    #[must_use]
    pub fn only(mut self, effect: EffectName) -> Self {
        self.effect = Some(effect);
        self
    }

    /// Whether an effect is meant.
    #[must_use]
    pub fn covers(&self, effect: &Effect) -> bool {
        self.account
            .as_ref()
            .is_none_or(|account| account == effect.account())
            && self
                .effect
                .as_ref()
                .is_none_or(|name| *name == effect.kind.name())
    }
}

/// Somebody stopped effects from being performed. What it covers is not claimed and holds its lane,
/// until the pause is ended.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Pause {
    /// Which effects. At most one pause of a scope exists.
    pub scope: PauseScope,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<AgentId>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Pause {
    /// Nothing in this scope is performed since then.
    #[must_use]
    pub fn new(scope: PauseScope, since: DateTime<Utc>) -> Self {
        Self {
            scope,
            since,
            by: None,
            reason: None,
            extra: Extra::new(),
        }
    }
}

/// `Debug` shows what is paused, never why: people write that.
impl fmt::Debug for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pause")
            .field("scope", &self.scope)
            .field("since", &self.since)
            .field("by", &self.by)
            .finish_non_exhaustive()
    }
}
