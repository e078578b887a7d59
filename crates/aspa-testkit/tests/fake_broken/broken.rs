//! The channel of the fake network, broken in one place at a time.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aspa_channel::{
    Audience, Capabilities, Channel, ConversationKey, Cursor, Direction, Effect, EffectKind,
    EffectName, Error, ErrorKind, Event, EventKind, Fetch, Fetched, Landed, Media, MessageKey,
    Page, Part, Probe, Receipt, Visibility,
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
    DropsMedia,
    DropsTheTextOfMedia,
    MakesUpMediaTypes,
    TakesPreviewsForFiles,
    SendsOnePiece,
    LeavesMediaOut,
    TakesTooManyMedia,
    TakesAnyMedia,
    SaysUnsupportedForMedia,
    RefusesRatesWithoutWait,
    WaitsTooShort,
    TellsRatesAsForbidden,
    NeverWakes,
    Spins,
    HearsOnlyWhileItWaits,
    ForgetsWhenGivenUp,
    HangsOnceBroken,
    SaysUnsupportedOnceBroken,
    ForgetsTheWaitOnRestart,
    WaitsAnewOnRestart,
    SnapshotsItsToken,
    SnapshotsTexts,
    TakesAnythingForAWait,
    NumbersEditsBackwards,
    MovesPastWhatItCannotDecode,
    AnswersInPublic,
    Composes,
    Decomposes,
    EscapesForHtml,
    JoinsLines,
    DecodesTwice,
}

pub(crate) const TOKEN: &str = "fake-token-4f0f";

/// Counts the processes, so that each has cursors of its own.
static PROCESSES: AtomicUsize = AtomicUsize::new(0);

pub(crate) struct Broken {
    fault: Fault,
    channel: Arc<FakeChannel>,
    /// Another one, which has not heard what the network told the first.
    spare: Arc<FakeChannel>,
    process: usize,
    place: AtomicUsize,
    done: Mutex<BTreeMap<EffectKey, Receipt>>,
    /// What is wrong with waits: how often one returned, and what was taken up.
    waits: AtomicUsize,
    is_broken: AtomicBool,
    kept: Mutex<Option<String>>,
    said: Mutex<String>,
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
    pub(crate) fn new(fault: Fault, [channel, spare]: [Arc<FakeChannel>; 2]) -> Self {
        Self {
            fault,
            channel,
            spare,
            process: PROCESSES.fetch_add(1, Ordering::Relaxed),
            place: AtomicUsize::new(0),
            done: Mutex::default(),
            waits: AtomicUsize::new(0),
            is_broken: AtomicBool::new(false),
            kept: Mutex::default(),
            said: Mutex::default(),
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
            (Fault::RefusesRatesWithoutWait, ErrorKind::Throttled) if effect.is_some() => {
                wait = None;
            }
            (Fault::WaitsTooShort, ErrorKind::Throttled) => wait = wait.map(|wait| wait / 10),
            (Fault::TellsRatesAsForbidden, ErrorKind::Throttled) => kind = ErrorKind::Forbidden,
            (Fault::SaysUnsupportedForMedia, ErrorKind::Invalid) => kind = ErrorKind::Unsupported,
            _ => {}
        }
        let of_send = effect.is_some_and(|effect| effect.kind.name() == EffectName::Send);
        if self.is(Fault::SaysNoOfEdits) && effect.is_some() && !of_send {
            landed = Landed::No;
        }
        let mut broken = Error::new(kind, error.operation()).with_landed(landed);
        if error.to_string().contains("field=media") {
            broken = broken.with("field", "media");
        }
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
                    Fault::DropsMedia => message.parts.retain(|part| !is_media(part)),
                    Fault::DropsTheTextOfMedia if message.parts.iter().any(is_media) => {
                        message.parts.retain(is_media);
                    }
                    Fault::MakesUpMediaTypes | Fault::TakesPreviewsForFiles => {
                        for part in &mut message.parts {
                            match part {
                                Part::Media(media) if self.is(Fault::MakesUpMediaTypes) => {
                                    media.media_type = Some("image/*".to_owned());
                                }
                                Part::Media(media) => media.id = Some("f-99".to_owned()),
                                _ => {}
                            }
                        }
                    }
                    Fault::DecodesTwice => {
                        for part in &mut message.parts {
                            if let Part::Text { text, .. } = part {
                                *text = text.replace("&amp;", "&").replace("&lt;", "<");
                            }
                        }
                    }
                    Fault::NumbersEditsBackwards if message.revision > 0 => {
                        message.revision = 1_000 - message.revision;
                    }
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

    /// An effect as it goes out, but for the fault.
    fn changed_on_the_way(&self, effect: &Effect) -> Effect {
        let mut effect = effect.clone();
        let conversation = effect.conversation.clone();
        if let EffectKind::Send {
            media, audience, ..
        } = &mut effect.kind
        {
            match self.fault {
                Fault::SendsOnePiece => media.truncate(1),
                Fault::LeavesMediaOut => media.clear(),
                Fault::TakesTooManyMedia => media.truncate(2),
                Fault::TakesAnyMedia if self.claims_refuse(media) => media.clear(),
                Fault::AnswersInPublic if conversation.id.starts_with("with-") => {
                    *audience = Some(Audience::Public);
                }
                _ => {}
            }
        }
        if let EffectKind::Send { text, .. }
        | EffectKind::Edit { text, .. }
        | EffectKind::PrivateReply { text, .. } = &mut effect.kind
        {
            *text = match self.fault {
                Fault::Composes => text.replace("a\u{308}", "\u{e4}"),
                Fault::Decomposes => text.replace('\u{e4}', "a\u{308}"),
                Fault::EscapesForHtml => text.replace('&', "&amp;").replace('<', "&lt;"),
                Fault::JoinsLines => text.replace('\n', " "),
                _ => std::mem::take(text),
            };
        }
        effect
    }

    /// Whether one piece is too large or of a type that is not taken.
    fn claims_refuse(&self, media: &[Media]) -> bool {
        let claims = self.channel.capabilities(None);
        let limit = claims.media.as_ref();
        media.iter().any(|piece| {
            limit.is_some_and(|limit| {
                piece.bytes > limit.bytes
                    || !limit.types.is_empty()
                        && !limit.types.contains(piece.media_type.as_ref().unwrap())
            })
        })
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

fn is_media(part: &Part) -> bool {
    matches!(part, Part::Media(_))
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
        if self.is(Fault::MovesPastWhatItCannotDecode)
            && let Some(first) = page
                .events
                .iter()
                .position(|event| matches!(event.kind, EventKind::Unknown(_)))
        {
            page.events.truncate(first + 1);
        }
        let events = std::mem::take(&mut page.events).into_iter();
        page.events = events.filter_map(|event| self.event(event)).collect();
        Ok(page)
    }

    async fn fetch(&self, what: &Fetch) -> Result<Fetched, Error> {
        let found = self.channel.fetch(what).await;
        found.map_err(|error| self.error(&error, None))
    }

    async fn changed(&self) -> Result<(), Error> {
        match self.fault {
            Fault::NeverWakes => return std::future::pending().await,
            Fault::Spins => return Ok(()),
            Fault::HangsOnceBroken if self.is_broken.load(Ordering::Relaxed) => {
                return std::future::pending().await;
            }
            // Whatever is there is taken for known, at each wait but the first.
            Fault::HearsOnlyWhileItWaits if self.waits.fetch_add(1, Ordering::Relaxed) > 0 => {
                let _ = tokio::time::timeout(Duration::ZERO, self.channel.changed()).await;
            }
            _ => {}
        }
        let changed = self.channel.changed().await;
        if self.is(Fault::ForgetsWhenGivenUp) {
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        changed.map_err(|error| {
            self.is_broken.store(true, Ordering::Relaxed);
            match self.fault {
                Fault::SaysUnsupportedOnceBroken => Error::new(ErrorKind::Unsupported, "changed"),
                _ => self.error(&error, None),
            }
        })
    }

    fn snapshot(&self) -> Option<String> {
        let snapshot = self.channel.snapshot()?;
        Some(match self.fault {
            Fault::SnapshotsItsToken => format!("{snapshot} {TOKEN}"),
            Fault::SnapshotsTexts => format!("{snapshot} {}", self.said.lock().unwrap()),
            _ => snapshot,
        })
    }

    fn restore(&self, snapshot: &str) {
        match self.fault {
            Fault::ForgetsTheWaitOnRestart => {}
            Fault::WaitsAnewOnRestart => {
                *self.kept.lock().unwrap() = Some("anew".to_owned());
            }
            Fault::TakesAnythingForAWait => {
                *self.kept.lock().unwrap() = Some(snapshot.to_owned());
                self.channel.restore(snapshot);
            }
            _ => self
                .channel
                .restore(snapshot.split(' ').next().unwrap_or_default()),
        }
    }

    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error> {
        if let Some(text) = effect.kind.text() {
            text.clone_into(&mut self.said.lock().unwrap());
        }
        if self.kept.lock().unwrap().is_some() {
            let wait = Duration::from_secs(90);
            let error = Error::new(ErrorKind::Throttled, "perform");
            return Err(error.with_retry_after(wait));
        }
        let effect = &self.changed_on_the_way(effect);
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
            result = self.spare.perform(effect).await;
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
