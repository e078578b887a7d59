use std::borrow::Cow;
use std::fmt;

use aspa_types::{AccountId, HandleKey, Network};
use async_trait::async_trait;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::capabilities::Capabilities;
use crate::effect::{Effect, Probe, Receipt};
use crate::error::{Error, ErrorKind};
use crate::event::Event;
use crate::handle::Handle;
use crate::key::{ConversationKey, MessageKey};
use crate::message::Message;

/// Where a poll goes on: opaque, made by the adapter, stored by the desk together with the events
/// it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
#[expect(clippy::exhaustive_structs, reason = "an opaque text")]
pub struct Cursor(pub String);

impl Cursor {
    /// A place as JSON, from which it can be [read](Self::read) again.
    #[must_use]
    pub fn of(place: &impl Serialize) -> Self {
        Self(serde_json::to_string(place).unwrap_or_default())
    }

    /// The place that a cursor holds as JSON; without a cursor, the start.
    ///
    /// # Errors
    ///
    /// `Invalid` where it holds no such place. It can be polled without it.
    pub fn read<T: DeserializeOwned + Default>(cursor: Option<&Self>) -> Result<T, Error> {
        let Some(Self(text)) = cursor else {
            return Ok(T::default());
        };
        serde_json::from_str(text).map_err(|_| {
            Error::new(ErrorKind::Invalid, "poll")
                .with("field", "cursor")
                .with_remedy("poll without a cursor: what is known is not taken twice")
        })
    }
}

/// Something in a source that could not be understood and was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "where and why")]
pub struct Rejected {
    /// Where: `line 7`.
    pub place: String,
    /// Why, without the content.
    pub reason: String,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)
    }
}

/// What one poll brought.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Page {
    /// What happened, oldest first where the network allows.
    pub events: Vec<Event>,
    /// Where the next poll goes on; to be stored with the events, in one write. None: as before.
    pub next: Option<Cursor>,
    /// Whether more is waiting right now.
    pub more: bool,
    /// What was left out, and why.
    pub rejected: Vec<Rejected>,
}

impl Page {
    /// These events; the next poll goes on at `next`.
    #[must_use]
    pub fn new(events: Vec<Event>, next: Option<Cursor>, more: bool) -> Self {
        Self {
            events,
            next,
            more,
            rejected: Vec::new(),
        }
    }
}

/// Something to look up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fetch {
    /// One message as it is now.
    Message(MessageKey),
    /// Every message of a conversation that can be seen.
    Conversation(ConversationKey),
    /// Somebody's profile.
    Handle(HandleKey),
}

/// What a look-up found.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Fetched {
    /// One message.
    Message(Box<Message>),
    /// The messages of a conversation, oldest first.
    Conversation(Vec<Message>),
    /// A profile.
    Handle(Handle),
    /// It is not there, or not visible to us.
    Nothing,
}

/// One connected account on one network.
///
/// # Contract
///
/// The conformance kit has one case for each rule, under its number.
///
/// - **C1 Claims hold.** What [`capabilities`](Self::capabilities) claims as full, emulated or
///   partial, `perform` does; what it does not claim is refused as `Unsupported` with nothing sent.
///   It does no IO and gives the same answer to the same question.
/// - **C2 One key, one message.** `perform` twice with the same [`Effect::key`] makes one message
///   where idempotency is `Native`, and gives the same receipt.
/// - **C3 Text is never cut.** A text at the limit arrives whole; one over it is refused as
///   `TooLong` before any request.
/// - **C4 Unknown effects are refused** as `Unsupported` before any request.
/// - **C5 Probe tells the truth.** After an effect landed, `probe` is `Found` with its messages or
///   `CannotTell`, never `Absent`; of one that was never performed it is never `Found`. So says
///   another process too: a probe asks the network, not what the adapter remembers.
/// - **C6 Polling loses nothing and may repeat.** From no cursor on, following `next`, every
///   message of others turns up; the same cursor twice brings the same events or more, also after a
///   poll that failed or was dropped half-way, and in another process; an empty poll is no error. A
///   page is bounded, however much is waiting; what was taken back takes nothing along.
/// - **C7 Own messages are ours.** What we sent comes back, if at all, as outbound and under the
///   message key of the receipt.
/// - **C8 Events are labelled** with the account, bear distinct [`keys`](Event::key) for distinct
///   things, and keep what the adapter does not know as `Unknown`.
/// - **C9 Receipts can be followed.** A message named by a receipt can be fetched where `fetch` is
///   supported, with the text that was given.
/// - **C10 Changes are told.** Edits are larger revisions of the same key; what is deleted, hidden or
///   shown again is told each time; another name keeps the handle, another id says which key became
///   which. The same events in any order, any number of times, come to the same.
/// - **C11 Threads are whole.** Each message is in its conversation and names what it answers, as deep
///   as the network threads; two threads are two conversations. What answers a private message is
///   private.
/// - **C12 Throttling is told.** Too many requests: `Throttled`, landed `No`, with the wait that the
///   network asks for where it does, after one request.
/// - **C13 Landed is told truly.** `No` only where nothing was sent or the network refused; without an
///   answer, or with one of 5xx or of no sense, `Maybe` or `Yes`. One request in each case.
/// - **C14 Expired credentials are told** as `Unauthorized`, unless they could be renewed; a poll goes on
///   by the same cursor afterwards.
/// - **C15 Secrets stay inside.** No error, and no `Debug` of the channel, shows a credential, an
///   address with one, or what somebody wrote, whatever the network answers.
/// - **C16 Windows hold.** What is declared to be taken for so many seconds is taken in the last of
///   them, and refused as `WindowClosed` after it, landed `No`.
/// - **C17 Media go along whole.** What customers attach comes with a reference, and with its type, size
///   and name where the network tells them. What is declared goes along with what we send; what is not is
///   refused as `Invalid`, naming `media`, before any request.
/// - **C18 Rates hold.** Of what is declared to be taken so often in so many seconds, no more lands.
///   What is too much is `Throttled`, landed `No`, with a wait after which it lands.
/// - **C19 Changes wake.** [`changed`](Self::changed) returns when something is there to be polled, also
///   where it came between a poll and the wait, or while the wait was given up. Where nothing happens it
///   waits. What breaks it is an error other than `Unsupported`, and the next wait hears again.
/// - **C20 Waits outlive the process.** What [`snapshot`](Self::snapshot) gives after the network asked to
///   wait, [`restore`](Self::restore) takes up in another process, which waits as long. It is small and
///   shows no secret and no text; what is no snapshot is passed over.
///
/// Methods may be called concurrently. None retries an effect by itself; whoever calls decides by
/// [`Error::landed`].
#[async_trait]
pub trait Channel: fmt::Debug + Send + Sync + 'static {
    /// Which account this is.
    fn account(&self) -> &AccountId;

    /// On which network.
    fn network(&self) -> &Network;

    /// What this account may do, in general or in one conversation. No IO.
    fn capabilities(&self, conversation: Option<&ConversationKey>) -> Cow<'_, Capabilities>;

    /// Reads what happened after `cursor`, or from the start. Nothing new: an empty page.
    ///
    /// # Errors
    ///
    /// `Unsupported` for a network that only pushes; else what the network says. After an error the
    /// same cursor can be polled again.
    async fn poll(&self, cursor: Option<&Cursor>) -> Result<Page, Error> {
        let _ = cursor;
        Err(Error::new(ErrorKind::Unsupported, "poll"))
    }

    /// Waits until polling is worth it, where the network tells as it happens. It wakes the poll and is no
    /// second truth: what happened is given by [`poll`](Self::poll), which brings what a broken stream
    /// missed too. Returns at once where something may have been missed, such as after connecting. Giving
    /// the wait up loses nothing.
    ///
    /// # Errors
    ///
    /// `Unsupported` where the network tells nothing, which is what a channel says that does not do
    /// better; else why it cannot be heard now. Polling goes on all the same.
    async fn changed(&self) -> Result<(), Error> {
        Err(Error::new(ErrorKind::Unsupported, "changed"))
    }

    /// Looks something up. What is missing is [`Fetched::Nothing`], not an error.
    ///
    /// # Errors
    ///
    /// `Unsupported` where the network offers no look-up; else what the network says.
    async fn fetch(&self, what: &Fetch) -> Result<Fetched, Error> {
        let _ = what;
        Err(Error::new(ErrorKind::Unsupported, "fetch"))
    }

    /// Does one thing on the network.
    ///
    /// # Errors
    ///
    /// [`Error::landed`] says whether it may have happened all the same.
    async fn perform(&self, effect: &Effect) -> Result<Receipt, Error>;

    /// What has to outlive a restart and stands in no cursor, such as until when the network asked to
    /// wait: opaque, small, without secrets and without content. None where there is nothing, which is
    /// what a channel says that does not do better. No IO; it is asked for often.
    fn snapshot(&self) -> Option<String> {
        None
    }

    /// Takes up what an earlier process had from [`snapshot`](Self::snapshot), before it is asked for
    /// anything else. What cannot be read is passed over. No IO.
    fn restore(&self, snapshot: &str) {
        let _ = snapshot;
    }

    /// Looks whether an effect landed. Changes nothing.
    ///
    /// # Errors
    ///
    /// When the network could not be asked; asking again is harmless.
    async fn probe(&self, effect: &Effect) -> Result<Probe, Error> {
        let _ = effect;
        Ok(Probe::CannotTell)
    }
}
