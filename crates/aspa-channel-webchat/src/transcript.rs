use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aspa_channel::{
    ConversationKey, Effect, EffectKind, Error, Event, EventKind, Message, MessageKey, Part,
    Visibility,
};
use async_trait::async_trait;

/// What was written in the conversations of a chat: what visitors see is read from here.
///
/// A desk is one already: it keeps each message and writes down what landed, so that there is one
/// truth and no second database. aspa-web reads it there.
#[async_trait]
pub trait Transcript: std::fmt::Debug + Send + Sync + 'static {
    /// The newest messages of a conversation before this one, or of all, in the order in which they are
    /// shown. Where the message is not there: an empty page.
    ///
    /// # Errors
    ///
    /// When it cannot be read; asking again is harmless.
    async fn messages(
        &self,
        conversation: &ConversationKey,
        before: Option<&MessageKey>,
        limit: usize,
    ) -> Result<TranscriptPage, Error>;

    /// One message as it stands now; none where there is none.
    ///
    /// # Errors
    ///
    /// When it cannot be read; asking again is harmless.
    async fn message(&self, key: &MessageKey) -> Result<Option<Message>, Error>;

    /// Takes down what an effect does: `made` is what a new message holds. The same key again changes
    /// nothing. Does nothing where something else writes down what landed, as a desk does.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    async fn record(&self, effect: &Effect, made: Option<Message>) -> Result<(), Error>;
}

/// Some of the messages of a conversation.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a list and where it goes on")]
pub struct TranscriptPage {
    /// As they stand now, each in its newest revision and with its visibility. Perhaps fewer than were
    /// asked for, or none: of some messages nothing is left to show.
    pub messages: Vec<Message>,
    /// What to name for the page before; none at the beginning of the conversation.
    pub before: Option<MessageKey>,
}

/// The conversation that a message of this chat is in, by its name alone.
#[must_use]
pub fn conversation_of(message: &MessageKey) -> Option<ConversationKey> {
    let (conversation, _) = message.id.split_once('/')?;
    ConversationKey::new(message.account.clone(), conversation).ok()
}

/// A transcript in memory: for tests, and for a chat without a desk.
#[derive(Debug, Default)]
pub struct MemoryTranscript {
    conversations: Mutex<HashMap<ConversationKey, Vec<Message>>>,
}

impl MemoryTranscript {
    /// Where nothing was written yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes down what visitors wrote.
    pub fn take(&self, events: &[Event]) {
        let mut all = self.all();
        for event in events {
            if let EventKind::Message(message) = &event.kind {
                let known = all.entry(message.conversation.clone()).or_default();
                if !known.iter().any(|there| there.key == message.key) {
                    known.push((**message).clone());
                }
            }
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<ConversationKey, Vec<Message>>> {
        let all = self.conversations.lock();
        all.unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Transcript for MemoryTranscript {
    async fn messages(
        &self,
        conversation: &ConversationKey,
        before: Option<&MessageKey>,
        limit: usize,
    ) -> Result<TranscriptPage, Error> {
        let all = self.all();
        let Some(known) = all.get(conversation) else {
            return Ok(TranscriptPage::default());
        };
        let end = match before {
            Some(key) => known.iter().position(|m| m.key == *key).unwrap_or(0),
            None => known.len(),
        };
        let begin = end.saturating_sub(limit);
        let page = known.get(begin..end).unwrap_or_default();
        let first = page.first().filter(|_| begin > 0);
        Ok(TranscriptPage {
            messages: page.to_vec(),
            before: first.map(|message| message.key.clone()),
        })
    }

    async fn message(&self, key: &MessageKey) -> Result<Option<Message>, Error> {
        let all = self.all();
        let known = conversation_of(key).and_then(|conversation| all.get(&conversation));
        let mut known = known.into_iter().flatten();
        Ok(known.find(|message| message.key == *key).cloned())
    }

    async fn record(&self, effect: &Effect, made: Option<Message>) -> Result<(), Error> {
        let mut all = self.all();
        let known = all.entry(effect.conversation.clone()).or_default();
        match (&effect.kind, made) {
            (EffectKind::Edit { message, text, .. }, _) => {
                if let Some(there) = known.iter_mut().find(|there| there.key == *message)
                    && there.text() != *text
                {
                    there.parts = vec![Part::text(text)];
                    there.revision += 1;
                }
            }
            (EffectKind::Delete { message, .. }, _) => {
                if let Some(there) = known.iter_mut().find(|there| there.key == *message) {
                    there.visibility = Visibility::Deleted;
                }
            }
            (_, Some(made)) if known.iter().all(|there| there.key != made.key) => known.push(made),
            _ => {}
        }
        Ok(())
    }
}
