use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use aspa_channel::{
    Audience, Capabilities, Channel, ConversationKey, Direction, Effect, EffectKind, EffectName,
    Error, ErrorKind, Fetch, Fetched, Idempotency, Landed, Message, MessageKey, MessageKind, Probe,
    Receipt, Support, TextUnit, Visibility,
};
use aspa_types::{AccountId, Network};
use async_trait::async_trait;
use chrono::NaiveDate;

use crate::transcript::Transcript;
use crate::visitors::Visitors;

/// How many of the newest messages of a conversation are fetched.
const MOST: usize = 1_000;

/// Writes to visitors.
///
/// A message of ours is named after the effect that made it, so the same effect is the same message,
/// however often it is performed. Nothing is polled: what visitors write comes by
/// [`ChatWebhook`](crate::ChatWebhook).
pub struct WebChat {
    account: AccountId,
    capabilities: Capabilities,
    transcript: Arc<dyn Transcript>,
}

/// `Debug` shows which account it is.
impl fmt::Debug for WebChat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebChat")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

impl WebChat {
    /// The chat of these visitors, over what was written in it.
    #[must_use]
    pub fn new(visitors: &Visitors, transcript: Arc<dyn Transcript>) -> Self {
        // The day on which the limits were fixed.
        let checked = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap_or_default();
        let capabilities = Capabilities::new(checked, "this crate's own protocol")
            .with(EffectName::Send, Support::Full)
            .with(EffectName::Edit, Support::Full)
            .with(EffectName::Delete, Support::Full)
            .with_text(visitors.config().max_text, TextUnit::Scalars)
            .with_idempotency(Idempotency::Native);
        Self {
            account: visitors.account().clone(),
            capabilities,
            transcript,
        }
    }

    async fn message(&self, key: &MessageKey) -> Result<Option<Message>, Error> {
        match key.account == self.account {
            true => self.transcript.message(key).await,
            false => Ok(None),
        }
    }

    /// The name that the message of a sending effect has or will have.
    fn name(&self, effect: &Effect) -> Result<MessageKey, Error> {
        let id = format!("{}/{}", effect.conversation.id, effect.key);
        MessageKey::new(self.account.clone(), &id)
            .map_err(|e| Error::new(ErrorKind::Invalid, "perform").with_source(e))
    }

    /// A message of ours that still stands, to be changed.
    async fn own(&self, key: &MessageKey, effect: &Effect) -> Result<(), Error> {
        let refused = |kind| Error::new(kind, "perform").with("message", key);
        let found = self.message(key).await?;
        let found = found.filter(|message| message.conversation == effect.conversation);
        match found {
            None => Err(refused(ErrorKind::NotFound)),
            Some(message) if message.direction == Direction::Inbound => {
                Err(refused(ErrorKind::Forbidden))
            }
            Some(message) => match (&message.visibility, &effect.kind) {
                (Visibility::Deleted, EffectKind::Edit { .. }) => Err(refused(ErrorKind::NotFound)),
                _ => Ok(()),
            },
        }
    }
}

#[async_trait]
impl Channel for WebChat {
    fn account(&self) -> &AccountId {
        &self.account
    }

    fn network(&self) -> &Network {
        &Network::WEB_CHAT
    }

    fn capabilities(&self, _conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        Cow::Borrowed(&self.capabilities)
    }

    async fn fetch(&self, what: &Fetch) -> Result<Fetched, Error> {
        Ok(match what {
            Fetch::Message(key) => match self.message(key).await? {
                Some(message) if message.visibility != Visibility::Deleted => {
                    Fetched::Message(Box::new(message))
                }
                _ => Fetched::Nothing,
            },
            Fetch::Conversation(key) => {
                let page = self.transcript.messages(key, None, MOST).await?;
                let mut messages = page.messages;
                messages.retain(|message| message.visibility == Visibility::Visible);
                Fetched::Conversation(messages)
            }
            _ => Fetched::Nothing,
        })
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        self.capabilities.check(effect)?;
        if effect.account() != &self.account {
            return Err(Error::new(ErrorKind::Invalid, "perform").with("field", "account"));
        }
        // Reading and writing a transcript can be tried again: the key makes it one.
        let harmless = |error: Error| error.with_landed(Landed::No);
        let mut receipt = Receipt::new(effect.key.clone());
        match effect.kind.message() {
            Some(message) => {
                self.own(message, effect).await.map_err(harmless)?;
                self.transcript.record(effect, None).await?;
                receipt.messages.push(message.clone());
            }
            None => {
                let key = self.name(effect)?;
                let mut made = Message::of_effect(key.clone(), effect, None)
                    .ok_or_else(|| Error::new(ErrorKind::Unsupported, "perform"))?;
                made.kind = MessageKind::Chat;
                made.audience = Audience::Direct;
                self.transcript.record(effect, Some(made)).await?;
                receipt.messages.push(key);
            }
        }
        Ok(receipt)
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        // Of a change it cannot be told which effect made it; to make it again is harmless.
        if !matches!(effect.kind, EffectKind::Send { .. }) {
            return Ok(Probe::CannotTell);
        }
        let key = self.name(effect)?;
        Ok(match self.message(&key).await? {
            Some(_) => {
                let mut receipt = Receipt::new(effect.key.clone());
                receipt.messages.push(key);
                Probe::Found(receipt)
            }
            // Where a desk writes down what landed, it may be about to.
            None => Probe::CannotTell,
        })
    }
}
