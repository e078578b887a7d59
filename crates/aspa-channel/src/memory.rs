use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aspa_types::{AccountId, EffectKey, HandleKey, Network};
use async_trait::async_trait;
use chrono::NaiveDate;

use crate::capabilities::{Capabilities, EffectName, Idempotency, Support, TextUnit};
use crate::channel::{Channel, Cursor, Fetch, Fetched, Page};
use crate::effect::{Effect, EffectKind, Probe, Receipt};
use crate::error::{Error, ErrorKind};
use crate::event::{Event, EventKind, Via};
use crate::key::{ConversationKey, MessageKey};
use crate::message::{Direction, Message, Part, Visibility};

/// A network that lives in memory: for dry runs, examples, and tests to which the network does not
/// matter; the least that keeps the contract of [`Channel`].
///
/// It has no rules of its own, no clock and no faults: the fake network of `aspa-testkit` has.
///
/// What is [said](Self::say) to it can be polled; what is performed changes its messages and can be
/// polled as an echo.
pub struct MemoryChannel {
    account: AccountId,
    network: Network,
    capabilities: Capabilities,
    state: Mutex<State>,
}

/// `Debug` shows which account it is, and nothing that happened.
impl std::fmt::Debug for MemoryChannel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryChannel")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct State {
    log: Vec<Event>,
    messages: BTreeMap<MessageKey, Message>,
    receipts: BTreeMap<EffectKey, Receipt>,
}

impl MemoryChannel {
    /// An empty network that takes texts of up to 500 graphemes and everything but private replies.
    #[must_use]
    pub fn new(account: AccountId) -> Self {
        let checked = NaiveDate::default();
        let capabilities = Capabilities::new(checked, "this type's own code")
            .with(EffectName::Send, Support::Full)
            .with(EffectName::Edit, Support::Full)
            .with(EffectName::Delete, Support::Full)
            .with(EffectName::Hide, Support::Full)
            .with(EffectName::React, Support::Full)
            .with(EffectName::MarkRead, Support::Full)
            .with_text(500, TextUnit::Graphemes)
            .with_idempotency(Idempotency::Native);
        let network = Network::API;
        Self {
            account,
            network,
            capabilities,
            state: Mutex::default(),
        }
    }

    /// The same with another limit, in graphemes.
    #[must_use]
    pub fn with_max_text(mut self, max: usize) -> Self {
        self.capabilities = self.capabilities.with_text(max, TextUnit::Graphemes);
        self
    }

    /// The same on another network.
    #[must_use]
    pub fn on(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// Lets something happen on the network.
    pub fn say(&self, event: Event) {
        let mut state = self.state();
        match &event.kind {
            EventKind::Message(message) => {
                let key = message.key.clone();
                state.messages.insert(key, (**message).clone());
            }
            EventKind::Visibility {
                message,
                visibility,
                ..
            } => {
                if let Some(message) = state.messages.get_mut(message) {
                    message.visibility = visibility.clone();
                }
            }
            _ => {}
        }
        state.log.push(event);
    }

    /// The messages that we published and that can be seen, in the order of their keys.
    #[must_use]
    pub fn published(&self) -> Vec<Message> {
        let state = self.state();
        let ours = state.messages.values().filter(|message| {
            message.direction == Direction::Outbound && message.visibility == Visibility::Visible
        });
        ours.cloned().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn publish(&mut self, effect: &Effect, account: &AccountId) -> Result<MessageKey, Error> {
        let key = MessageKey::new(account.clone(), effect.key.as_str())
            .map_err(|e| Error::new(ErrorKind::Invalid, "perform").with_source(e))?;
        let answered = match &effect.kind {
            EffectKind::Send { in_reply_to, .. } => in_reply_to.as_ref(),
            _ => None,
        };
        let answered = answered.and_then(|answered| self.messages.get(answered));
        let message = Message::of_effect(key.clone(), effect, answered)
            .ok_or_else(|| Error::new(ErrorKind::Unsupported, "perform"))?;
        self.change(message, account);
        Ok(key)
    }

    fn change(&mut self, message: Message, account: &AccountId) {
        self.messages.insert(message.key.clone(), message.clone());
        let kind = EventKind::message(message);
        self.log.push(Event::new(account.clone(), kind, Via::Poll));
    }

    fn message(&self, key: &MessageKey) -> Result<Message, Error> {
        let missing = || Error::new(ErrorKind::NotFound, "perform").with("message", key);
        self.messages.get(key).cloned().ok_or_else(missing)
    }

    fn show(&mut self, key: &MessageKey, visibility: &Visibility, account: &AccountId) {
        if let Some(message) = self.messages.get_mut(key) {
            message.visibility = visibility.clone();
        }
        let kind = EventKind::visibility(key.clone(), visibility.clone(), None);
        self.log.push(Event::new(account.clone(), kind, Via::Poll));
    }
}

#[async_trait]
impl Channel for MemoryChannel {
    fn account(&self) -> &AccountId {
        &self.account
    }

    fn network(&self) -> &Network {
        &self.network
    }

    fn capabilities(&self, _conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        Cow::Borrowed(&self.capabilities)
    }

    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let from = match cursor {
            None => 0,
            Some(Cursor(text)) => text
                .parse()
                .map_err(|_| Error::new(ErrorKind::Invalid, "poll").with("field", "cursor"))?,
        };
        let state = self.state();
        let events = state.log.get(from..).unwrap_or_default().to_vec();
        Ok(Page::new(
            events,
            Some(Cursor(state.log.len().to_string())),
            false,
        ))
    }

    async fn fetch(&self, what: &Fetch) -> Result<Fetched, Error> {
        let state = self.state();
        Ok(match what {
            Fetch::Message(key) => match state.messages.get(key) {
                Some(message) => Fetched::Message(Box::new(message.clone())),
                None => Fetched::Nothing,
            },
            Fetch::Conversation(key) => {
                let within = state.messages.values().filter(|m| m.conversation == *key);
                Fetched::Conversation(within.cloned().collect())
            }
            Fetch::Handle(_) => Fetched::Nothing,
        })
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        self.capabilities.check(effect)?;
        let mut state = self.state();
        if let Some(receipt) = state.receipts.get(&effect.key) {
            return Ok(receipt.clone());
        }
        let changed = match &effect.kind {
            EffectKind::Edit {
                message: key, text, ..
            } => {
                let mut message = state.message(key)?;
                message.parts = vec![Part::text(text)];
                message.revision += 1;
                state.change(message, &self.account);
                key.clone()
            }
            EffectKind::Delete { message, .. } => {
                state.message(message)?;
                state.show(message, &Visibility::Deleted, &self.account);
                message.clone()
            }
            EffectKind::Hide {
                message, hidden, ..
            } => {
                state.message(message)?;
                let shown = if *hidden {
                    Visibility::Hidden
                } else {
                    Visibility::Visible
                };
                state.show(message, &shown, &self.account);
                message.clone()
            }
            EffectKind::React {
                message,
                reaction,
                removed,
                ..
            } => {
                state.message(message)?;
                let us = HandleKey::new(self.network.clone(), None, self.account.as_str())
                    .map_err(|e| Error::new(ErrorKind::Invalid, "perform").with_source(e))?;
                let kind = EventKind::reaction(message.clone(), us, reaction, *removed);
                let event = Event::new(self.account.clone(), kind, Via::Poll);
                state.log.push(event);
                message.clone()
            }
            EffectKind::MarkRead { message, .. } => {
                state.message(message)?;
                message.clone()
            }
            _ => state.publish(effect, &self.account)?,
        };
        let mut receipt = Receipt::new(effect.key.clone());
        receipt.messages.push(changed);
        state.receipts.insert(effect.key.clone(), receipt.clone());
        Ok(receipt)
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        let state = self.state();
        Ok(state
            .receipts
            .get(&effect.key)
            .map_or(Probe::Absent, |r| Probe::Found(r.clone())))
    }
}
