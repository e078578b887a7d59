//! The channel of the fake network, broken in one place at a time.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aspa_channel::{
    Capabilities, Channel, ConversationKey, Cursor, Direction, Effect, EffectKind, EffectName,
    Error, ErrorKind, Event, EventKind, Fetch, Fetched, Landed, MessageKey, Page, Probe, Receipt,
    Visibility,
};
use aspa_testkit::FakeChannel;
use aspa_types::{AccountId, EffectKey, HandleKey, Network};
use async_trait::async_trait;

/// What is wrong with the channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Nothing,
    RemembersKeysItself,
    ProbesItsMemory,
    NeverProbes,
    SwallowsFailures,
    MovesOnBeforeItReads,
    KnowsOnlyItsOwnCursors,
    CollectsCursors,
    ReadsItAll,
    TripsOverTheVanished,
    EchoesNoKey,
    CountsNoEdits,
    CountsToOne,
    DropsDeletes,
    ForgetsWhenHidden,
    DropsHandles,
    TakesNamesForKeys,
    DropsMoves,
    Flattens,
    TearsThreads,
    FlattensOurs,
    OneConversation,
    ForgetsTheWait,
    WaitsInMinutes,
    ThrottledIsUnavailable,
    ThrottledIsMaybe,
    RepeatsThrottled,
    SaysNo,
    SaysNoOfEdits,
    SaysMaybeWithoutConnection,
    RepeatsTheUnanswered,
    TakesNonsenseForSuccess,
    ExpiredIsForbidden,
    TellsItsToken,
    ShowsItsToken,
    TellsTheText,
    ClosedIsForbidden,
}

pub(crate) const TOKEN: &str = "fake-token-4f0f";

/// Counts the processes, so that each has cursors of its own.
static PROCESSES: AtomicUsize = AtomicUsize::new(0);

pub(crate) struct Broken {
    fault: Fault,
    channel: Arc<FakeChannel>,
    process: usize,
    place: AtomicUsize,
    done: Mutex<BTreeMap<EffectKey, Receipt>>,
}

impl std::fmt::Debug for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Broken")?;
        if self.is(Fault::ShowsItsToken) {
            f.write_str(TOKEN)?;
        }
        Ok(())
    }
}

impl Broken {
    pub(crate) fn new(fault: Fault, channel: Arc<FakeChannel>) -> Self {
        Self {
            fault,
            channel,
            process: PROCESSES.fetch_add(1, Ordering::Relaxed),
            place: AtomicUsize::new(0),
            done: Mutex::default(),
        }
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    /// An error as it comes out, but for the fault.
    fn error(&self, error: &Error, effect: Option<&Effect>) -> Error {
        let mut kind = error.kind().clone();
        let mut landed = error.landed();
        let mut wait = error.retry_after();
        match (self.fault, &kind) {
            (Fault::ForgetsTheWait, _) => wait = None,
            (Fault::WaitsInMinutes, _) => wait = wait.map(|wait| wait * 60),
            (Fault::ThrottledIsUnavailable, ErrorKind::Throttled) => kind = ErrorKind::Unavailable,
            (Fault::ThrottledIsMaybe, ErrorKind::Throttled) => landed = Landed::Maybe,
            (Fault::SaysNo, _) => landed = Landed::No,
            (Fault::SaysMaybeWithoutConnection, ErrorKind::Unavailable) if effect.is_some() => {
                landed = Landed::Maybe;
            }
            (Fault::ExpiredIsForbidden, ErrorKind::Unauthorized) => kind = ErrorKind::Forbidden,
            (Fault::ClosedIsForbidden, ErrorKind::WindowClosed) => kind = ErrorKind::Forbidden,
            _ => {}
        }
        let of_send = effect.is_some_and(|effect| effect.kind.name() == EffectName::Send);
        if self.is(Fault::SaysNoOfEdits) && effect.is_some() && !of_send {
            landed = Landed::No;
        }
        let mut broken = Error::new(kind, error.operation()).with_landed(landed);
        if let Some(wait) = wait {
            broken = broken.with_retry_after(wait);
        }
        if self.is(Fault::TellsItsToken) && *error.kind() != ErrorKind::Unsupported {
            broken = broken.with_source(format!("asked with Bearer {TOKEN}"));
        }
        match effect.and_then(|effect| effect.kind.text()) {
            Some(text) if self.is(Fault::TellsTheText) => broken.with("text", text),
            _ => broken,
        }
    }

    /// An event as it comes out, but for the fault.
    fn event(&self, mut event: Event) -> Option<Event> {
        let key = |id: &str| MessageKey::new(self.account().clone(), id).unwrap();
        let thread = |id: &str| ConversationKey::new(self.account().clone(), id).unwrap();
        match &mut event.kind {
            EventKind::Message(message) => {
                let ours = message.direction == Direction::Outbound;
                match self.fault {
                    Fault::EchoesNoKey => message.effect = None,
                    Fault::CountsNoEdits => message.revision = 0,
                    Fault::CountsToOne => message.revision = message.revision.min(1),
                    Fault::Flattens => message.in_reply_to = None,
                    Fault::FlattensOurs if ours => message.in_reply_to = Some(key("m-1")),
                    Fault::TearsThreads => message.conversation = thread(&message.key.id),
                    Fault::OneConversation => message.conversation = thread("thread"),
                    Fault::DropsHandles => event.handles.clear(),
                    Fault::TakesNamesForKeys => {
                        for handle in &mut event.handles {
                            let named = Name(handle.name()).id();
                            handle.key = HandleKey::new(Network::API, None, &named).unwrap();
                            message.author = Some(handle.key.clone());
                        }
                    }
                    _ => {}
                }
            }
            EventKind::Visibility { visibility, .. } => match self.fault {
                Fault::DropsDeletes if *visibility == Visibility::Deleted => return None,
                Fault::ForgetsWhenHidden => event.at = None,
                _ => {}
            },
            EventKind::Handle { .. } if self.is(Fault::DropsMoves) => return None,
            _ => {}
        }
        Some(event)
    }

    /// A cursor as the network knows it.
    fn inner(&self, cursor: Option<&Cursor>) -> Result<Option<Cursor>, Error> {
        let Some(Cursor(text)) = cursor else {
            return Ok(None);
        };
        let text = text.trim_start_matches('.');
        if !self.is(Fault::KnowsOnlyItsOwnCursors) {
            return Ok(Some(Cursor(text.to_owned())));
        }
        let mine = format!("{}-", self.process);
        match text.strip_prefix(&mine) {
            Some(text) => Ok(Some(Cursor(text.to_owned()))),
            None => Err(Error::new(ErrorKind::Invalid, "poll")),
        }
    }

    fn outer(&self, cursor: Cursor) -> Cursor {
        match self.fault {
            Fault::KnowsOnlyItsOwnCursors => Cursor(format!("{}-{}", self.process, cursor.0)),
            Fault::CollectsCursors => Cursor(".".repeat(70_000) + &cursor.0),
            _ => cursor,
        }
    }

    async fn hydrate(&self, page: &Page) -> Result<(), Error> {
        for event in &page.events {
            if let EventKind::Message(message) = &event.kind
                && let Fetched::Nothing = self
                    .channel
                    .fetch(&Fetch::Message(message.key.clone()))
                    .await?
            {
                return Err(Error::new(ErrorKind::NotFound, "poll"));
            }
        }
        Ok(())
    }

    async fn read(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let mut page = self.channel.poll(cursor).await?;
        while self.is(Fault::ReadsItAll) && page.more {
            let next = self.channel.poll(page.next.as_ref()).await?;
            page.events.extend(next.events);
            (page.next, page.more) = (next.next, next.more);
        }
        if self.is(Fault::TripsOverTheVanished) {
            self.hydrate(&page).await?;
        }
        Ok(page)
    }
}

/// A name as an id.
struct Name<'a>(&'a str);

impl Name<'_> {
    fn id(&self) -> String {
        self.0.replace(' ', "-").to_lowercase()
    }
}

#[async_trait]
impl Channel for Broken {
    fn account(&self) -> &AccountId {
        self.channel.account()
    }

    fn network(&self) -> &Network {
        self.channel.network()
    }

    fn capabilities(&self, conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities> {
        self.channel.capabilities(conversation)
    }

    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let mut from = self.inner(cursor)?;
        let place = from.as_ref().map_or(0, |from| from.0.parse().unwrap());
        if self.is(Fault::MovesOnBeforeItReads) {
            let before = self.place.swap(place + 20, Ordering::Relaxed);
            from = Some(Cursor(place.max(before).to_string()));
            let read = self.read(from.as_ref()).await;
            self.place.store(0, Ordering::Relaxed);
            // Past the end there is nothing.
            return read.or_else(|_| Ok(Page::new(Vec::new(), from, false)));
        }
        let mut page = match self.read(from.as_ref()).await {
            Err(_) if self.is(Fault::SwallowsFailures) => {
                let next = Cursor((place + 20).to_string());
                return Ok(Page::new(Vec::new(), Some(next), false));
            }
            other => other.map_err(|error| self.error(&error, None))?,
        };
        page.next = page.next.map(|next| self.outer(next));
        let events = std::mem::take(&mut page.events).into_iter();
        page.events = events.filter_map(|event| self.event(event)).collect();
        Ok(page)
    }

    async fn fetch(&self, what: &Fetch) -> Result<Fetched, Error> {
        let found = self.channel.fetch(what).await;
        found.map_err(|error| self.error(&error, None))
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        let known = self.done.lock().unwrap().get(&effect.key).cloned();
        if let Some(receipt) = known.filter(|_| self.is(Fault::RemembersKeysItself)) {
            return Ok(receipt);
        }
        let mut result = self.channel.perform(effect).await;
        let again = |error: &Error| match self.fault {
            Fault::RepeatsThrottled => *error.kind() == ErrorKind::Throttled,
            Fault::RepeatsTheUnanswered => error.landed() == Landed::Maybe,
            _ => false,
        };
        if result.as_ref().is_err_and(again) {
            result = self.channel.perform(effect).await;
        }
        if self.is(Fault::TakesNonsenseForSuccess)
            && result
                .as_ref()
                .is_err_and(|e| *e.kind() == ErrorKind::Protocol)
        {
            let mut receipt = Receipt::new(effect.key.clone());
            let id = MessageKey::new(self.account().clone(), effect.key.as_str()).unwrap();
            receipt.messages.push(id);
            result = Ok(receipt);
        }
        let receipt = result.map_err(|error| self.error(&error, Some(effect)))?;
        // Two at once are told apart by the network or not at all.
        if matches!(effect.kind, EffectKind::Send { .. }) || self.is(Fault::ProbesItsMemory) {
            let mut done = self.done.lock().unwrap();
            done.insert(effect.key.clone(), receipt.clone());
        }
        Ok(receipt)
    }

    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        match self.fault {
            Fault::NeverProbes => return Ok(Probe::CannotTell),
            Fault::ProbesItsMemory => {
                let done = self.done.lock().unwrap();
                let found = done.get(&effect.key).cloned();
                return Ok(found.map_or(Probe::Absent, Probe::Found));
            }
            _ => {}
        }
        let probed = self.channel.probe(effect).await;
        probed.map_err(|error| self.error(&error, None))
    }
}
