use std::sync::Arc;

use aspa_channel::{ConversationKey, Effect, Error, ErrorKind, Message, MessageKey};
use aspa_channel_webchat::{Transcript, TranscriptPage};
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

impl StoreTranscript {
    async fn record_of(&self, key: &MessageKey) -> Result<Option<MessageRecord>, Error> {
        let mut wanted = Wanted::default();
        wanted.messages.insert(key.clone());
        let loaded = self.store.load(&wanted).await;
        let mut loaded = loaded.map_err(|error| unread("read a message", error))?;
        Ok(loaded.messages.remove(key).map(|record| record.value))
    }
}

#[async_trait]
impl Transcript for StoreTranscript {
    async fn messages(
        &self,
        conversation: &ConversationKey,
        before: Option<&MessageKey>,
        limit: usize,
    ) -> Result<TranscriptPage, Error> {
        let mut place = None;
        if let Some(key) = before {
            let record = self.record_of(key).await?;
            place = record.as_ref().and_then(MessageRecord::place);
            if place.is_none() {
                return Ok(TranscriptPage::default());
            }
        }
        // One more tells whether there is more.
        let most = limit.saturating_add(1);
        let page = self.store.conversation(conversation, place.as_ref(), most);
        let mut page = page
            .await
            .map_err(|error| unread("read a conversation", error))?;
        let is_more = page.len() > limit;
        let page = page.split_off(usize::from(is_more));
        let first = page.first().filter(|_| is_more);
        Ok(TranscriptPage {
            before: first.map(|record| record.key.clone()),
            messages: page.into_iter().filter_map(standing).collect(),
        })
    }

    async fn message(&self, key: &MessageKey) -> Result<Option<Message>, Error> {
        Ok(self.record_of(key).await?.and_then(standing))
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
