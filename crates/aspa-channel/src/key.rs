use std::fmt;
use std::sync::Arc;

use aspa_types::{AccountId, BadId, EffectKey};
use serde::{Deserialize, Serialize};

/// Names one message: the network's id as seen by one account, and the part where one id covers
/// several.
///
/// Closed, as every key is: a field that it does not know is an error.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "MessageKeyParts")]
#[non_exhaustive]
pub struct MessageKey {
    /// The account that saw it.
    pub account: AccountId,
    /// The network's id, opaque. Never parsed as a number: some pass 2^53.
    pub id: Arc<str>,
    /// 0, or the place within one id that the network uses for several messages.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub part: u16,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_zero(part: &u16) -> bool {
    *part == 0
}

impl MessageKey {
    /// Names the message with this id.
    ///
    /// # Errors
    ///
    /// [`BadId`] when `id` is none.
    pub fn new(account: AccountId, id: &str) -> Result<Self, BadId> {
        BadId::check("message id", id)?;
        Ok(Self {
            account,
            id: id.into(),
            part: 0,
        })
    }

    /// The name of what an effect made, while the network has not named it: the effect's own key.
    #[must_use]
    pub fn of_effect(account: AccountId, effect: &EffectKey) -> Self {
        Self {
            account,
            id: effect.as_str().into(),
            part: 0,
        }
    }

    /// Whether it is [the name of what this effect made](Self::of_effect).
    #[must_use]
    pub fn is_of_effect(&self, effect: &EffectKey) -> bool {
        *self.id == *effect.as_str()
    }

    /// The same id, another part.
    #[must_use]
    pub fn part(mut self, part: u16) -> Self {
        self.part = part;
        self
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MessageKeyParts {
    account: AccountId,
    id: Arc<str>,
    #[serde(default)]
    part: u16,
}

impl TryFrom<MessageKeyParts> for MessageKey {
    type Error = BadId;

    fn try_from(parts: MessageKeyParts) -> Result<Self, BadId> {
        BadId::check("message id", &parts.id)?;
        let MessageKeyParts { account, id, part } = parts;
        Ok(Self { account, id, part })
    }
}

impl fmt::Display for MessageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.id)?;
        if self.part > 0 {
            write!(f, "#{}", self.part)?;
        }
        Ok(())
    }
}

/// Names what the network threads together: a direct message thread, a comment tree, a mail
/// thread, a review.
///
/// Closed, as every key is: a field that it does not know is an error.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "ConversationKeyParts")]
#[non_exhaustive]
pub struct ConversationKey {
    /// The account that takes part in it.
    pub account: AccountId,
    /// The network's id of the thread, or the root message's where the network has none.
    pub id: Arc<str>,
}

impl ConversationKey {
    /// Names the conversation with this id.
    ///
    /// # Errors
    ///
    /// [`BadId`] when `id` is none.
    pub fn new(account: AccountId, id: &str) -> Result<Self, BadId> {
        BadId::check("conversation id", id)?;
        Ok(Self {
            account,
            id: id.into(),
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConversationKeyParts {
    account: AccountId,
    id: Arc<str>,
}

impl TryFrom<ConversationKeyParts> for ConversationKey {
    type Error = BadId;

    fn try_from(parts: ConversationKeyParts) -> Result<Self, BadId> {
        BadId::check("conversation id", &parts.id)?;
        let ConversationKeyParts { account, id } = parts;
        Ok(Self { account, id })
    }
}

impl fmt::Display for ConversationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.account, self.id)
    }
}
