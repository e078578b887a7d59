use std::sync::Arc;

use aspa_channel::{ConversationKey, Effect, Error, ErrorKind, Message, MessageKey};
use aspa_channel_webchat::Transcript;
use aspa_store::{self as store, MessageRecord, Store, TenantStore, Wanted};
use aspa_types::TenantId;
use async_trait::async_trait;

/// What was written, as the desk's store has it: the one truth that visitors read too.
///
/// It writes nothing. The desk keeps what visitors write before it is acknowledged, and writes down
/// what of ours landed; so a message of ours is seen once that commit has returned, by whatever
/// process.
#[derive(Debug)]
pub struct StoreTranscript {
    store: Arc<dyn TenantStore>,
}

impl StoreTranscript {
    /// Over the default tenant's part of a store.
    pub fn new(store: &impl Store) -> Self {
        Self::of(store.tenant(&TenantId::default()))
    }

    /// Over one tenant's part of a store.
    #[must_use]
    pub fn of(store: Arc<dyn TenantStore>) -> Self {
        Self { store }
    }
}

#[async_trait]
impl Transcript for StoreTranscript {
    async fn messages(&self, conversation: &ConversationKey) -> Result<Vec<Message>, Error> {
        let records = self.store.conversation(conversation).await;
        let records = records.map_err(|error| unread("read a conversation", error))?;
        let mut messages: Vec<Message> = records.into_iter().filter_map(standing).collect();
        // In the order in which they reached us; of one delivery, in that of the page's clock.
        messages.sort_by_cached_key(|m| (m.times.effective(), m.times.source, m.key.clone()));
        Ok(messages)
    }

    async fn message(&self, key: &MessageKey) -> Result<Option<Message>, Error> {
        let mut wanted = Wanted::default();
        wanted.messages.insert(key.clone());
        let loaded = self.store.load(&wanted).await;
        let mut loaded = loaded.map_err(|error| unread("read a message", error))?;
        let record = loaded.messages.remove(key);
        Ok(record.and_then(|record| standing(record.value)))
    }

    async fn record(&self, _: &Effect, _: Option<Message>) -> Result<(), Error> {
        Ok(())
    }
}

fn unread(what: &'static str, error: store::Error) -> Error {
    Error::new(ErrorKind::Unavailable, what).with_source(error)
}

/// A message as it stands; none while it has not arrived, or once it was erased.
fn standing(record: MessageRecord) -> Option<Message> {
    if record.erased_at.is_some() {
        return None;
    }
    let visibility = record.visible().clone();
    let mut message = record.message?;
    message.visibility = visibility;
    Some(message)
}
