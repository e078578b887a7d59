mod channel;
mod far_side;
mod state;
mod webhook;
mod wire;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use aspa_channel::{
    Audience, Capabilities, ConversationKey, Delivery, EffectName, Idempotency, Media, MediaLimit,
    Message, MessageKey, Part, Support, TextUnit, Visibility,
};
use aspa_types::{AccountId, HandleKey};
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

pub use channel::FakeChannel;
pub use webhook::FakeWebhook;

use crate::channel::Attachment;
use crate::faults::{Faults, Hint};
use crate::frame::lock;
use state::State;
use wire::Wire;

/// The token that the network takes until it [expires](FakeNetwork::expire).
const TOKEN: &str = "fake-token-4f0f";

/// A network that lives in this process, for tests: customers write, edit, delete and rename
/// themselves there; our account answers through a [`FakeChannel`], and what happens comes by polls or
/// by the signed deliveries of a [`FakeWebhook`].
///
/// It is stateful and strict: it does what its [`Capabilities`] say, refuses everything else, holds its
/// windows and rate limits by a clock of its own, and keeps each effect's key as its idempotency says.
/// Between it and the channel stand [`faults`](Self::faults), so that requests are cut, throttled or
/// lost as a test wants.
///
/// `aspa_channel::MemoryChannel` is for dry runs and for tests to which the network does not matter:
/// it has no rules, no clock and no faults.
///
/// ```
/// use aspa_channel::Channel;
/// use aspa_testkit::{FakeNetwork, HttpFault, On};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let network = FakeNetwork::new(aspa_types::AccountId::new("shop")?, "2026-11-23T08:00:00Z".parse()?);
/// let matti = network.customer("Matti");
/// let question = network.writes(&matti, "thread-1", "Where is my parcel?")?;
/// network.faults().script(On::write(), HttpFault::CutAfter);
/// let channel: std::sync::Arc<dyn Channel> = network.channel();
/// // ... a desk that polls `channel` and answers `question`.
/// # drop((channel, question));
/// # Ok(()) }
/// ```
pub struct FakeNetwork {
    state: Arc<Mutex<State>>,
    faults: Arc<Faults>,
}

/// `Debug` shows nothing that anybody wrote.
impl fmt::Debug for FakeNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeNetwork")
            .field("account", self.state().account())
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

/// What cannot be done on the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// Nothing has that name.
    NotFound,
    /// It is not theirs to change.
    NotTheirs,
    /// It cannot be a name.
    BadName,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "not found",
            Self::NotTheirs => "not theirs to change",
            Self::BadName => "not a name",
        })
    }
}

impl std::error::Error for Refused {}

impl FakeNetwork {
    /// A network that does everything, takes texts of 500 graphemes and four pieces of media that it keeps, and knows
    /// an effect by its key. Its clock stands at `now`.
    #[must_use]
    pub fn new(account: AccountId, now: DateTime<Utc>) -> Arc<Self> {
        Self::with(account, Self::everything(), now)
    }

    /// A network that does what these say and no more.
    #[must_use]
    pub fn with(account: AccountId, does: Capabilities, now: DateTime<Utc>) -> Arc<Self> {
        let state = Arc::new(Mutex::new(State::new(account, does, now)));
        let wire = Arc::new(Wire::to(&state));
        let clock = Arc::clone(&state);
        let now = move || lock(&clock).now();
        let faults = Faults::between(wire, now).with_hints([
            Hint::Seconds,
            Hint::Date,
            Hint::ResetEpoch,
            Hint::ResetIso,
            Hint::Nothing,
        ]);
        let faults = Arc::new(faults);
        Arc::new(Self { state, faults })
    }

    /// What [`new`](Self::new) does, to change from.
    #[must_use]
    pub fn everything() -> Capabilities {
        let nothing = Capabilities::new(NaiveDate::default(), "this type's own code");
        EffectName::KNOWN
            .iter()
            .fold(nothing, |all, word| {
                all.with(EffectName::from(*word), Support::Full)
            })
            .with_text(500, TextUnit::Graphemes)
            .with_media(MediaLimit::new(4))
            .with_idempotency(Idempotency::Native)
    }

    /// Our account's channel. Each call gives one of a new process, which knows nothing of the others.
    #[must_use]
    pub fn channel(&self) -> Arc<FakeChannel> {
        let claims = self.state().does().clone();
        self.channel_claiming(claims)
    }

    /// A channel that claims other things than the network does.
    #[must_use]
    pub fn channel_claiming(&self, claims: Capabilities) -> Arc<FakeChannel> {
        let account = self.state().account().clone();
        let clock = Arc::clone(&self.state);
        let now = move || lock(&clock).now();
        Arc::new(FakeChannel::new(account, claims, self.faults.clone(), now))
    }

    /// The webhook that understands this network's [deliveries](Self::deliveries).
    #[must_use]
    pub fn webhook(&self) -> FakeWebhook {
        FakeWebhook::new(self.state().account().clone())
    }

    /// What stands between the network and its channels.
    #[must_use]
    pub fn faults(&self) -> &Arc<Faults> {
        &self.faults
    }

    /// What time it is on the network.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.state().now()
    }

    /// Moves its clock on.
    pub fn pass(&self, time: TimeDelta) {
        self.state().pass(time);
    }

    /// The network takes the channels' token no more, until it is [renewed](Self::renew).
    pub fn expire(&self) {
        self.state().expired = true;
    }

    /// It takes it again.
    pub fn renew(&self) {
        self.state().expired = false;
    }

    /// Somebody who can write. The same name is the same person.
    #[must_use]
    pub fn customer(&self, name: &str) -> HandleKey {
        self.state().customer(name)
    }

    /// The conversation of that name, which need not exist yet.
    ///
    /// # Errors
    ///
    /// [`Refused::BadName`] where it can be none.
    pub fn conversation(&self, name: &str) -> Result<ConversationKey, Refused> {
        let account = self.state().account().clone();
        ConversationKey::new(account, name).map_err(|_| Refused::BadName)
    }

    /// A customer writes into a public thread, which begins with it if it is new.
    ///
    /// # Errors
    ///
    /// [`Refused::BadName`] where the thread's can be none.
    pub fn writes(
        &self,
        customer: &HandleKey,
        thread: &str,
        text: &str,
    ) -> Result<MessageKey, Refused> {
        let parts = vec![Part::text(text)];
        self.write(customer, thread, parts, Audience::Public)
    }

    /// A customer writes into a public thread and attaches a file.
    ///
    /// # Errors
    ///
    /// As [`writes`](Self::writes).
    pub fn attaches(
        &self,
        customer: &HandleKey,
        thread: &str,
        text: &str,
        file: &Attachment,
    ) -> Result<MessageKey, Refused> {
        let media = self.state().keep(file);
        let parts = vec![Part::text(text), Part::Media(media)];
        self.write(customer, thread, parts, Audience::Public)
    }

    fn write(
        &self,
        customer: &HandleKey,
        thread: &str,
        parts: Vec<Part>,
        audience: Audience,
    ) -> Result<MessageKey, Refused> {
        let conversation = self.conversation(thread)?;
        let mut state = self.state();
        Ok(state.customer_writes(customer, &conversation, parts, None, audience))
    }

    /// Keeps a file of ours, so that it can go along with what we send.
    #[must_use]
    pub fn upload(&self, file: &Attachment) -> Media {
        self.state().keep(file)
    }

    /// What is in a file, ours or a customer's. None: there is no such file.
    #[must_use]
    pub fn content(&self, media: &Media) -> Option<Bytes> {
        self.state().content(media).cloned()
    }

    /// A customer writes to us in private.
    ///
    /// # Errors
    ///
    /// None for a customer of this network.
    pub fn writes_privately(
        &self,
        customer: &HandleKey,
        text: &str,
    ) -> Result<MessageKey, Refused> {
        let thread = state::private_with(customer);
        let parts = vec![Part::text(text)];
        self.write(customer, &thread, parts, Audience::Direct)
    }

    /// A customer answers a message of anybody, as publicly as that was written.
    ///
    /// # Errors
    ///
    /// [`Refused::NotFound`] where that is not there, or not any more.
    pub fn answers(
        &self,
        customer: &HandleKey,
        message: &MessageKey,
        text: &str,
    ) -> Result<MessageKey, Refused> {
        self.state().customer_answers(customer, message, text)
    }

    /// A customer rewrites a message.
    ///
    /// # Errors
    ///
    /// [`Refused::NotFound`] where it is not there, [`Refused::NotTheirs`] where we wrote it.
    pub fn edits(&self, message: &MessageKey, text: &str) -> Result<(), Refused> {
        self.state().customer_edits(message, text)
    }

    /// A customer takes a message back.
    ///
    /// # Errors
    ///
    /// As [`edits`](Self::edits).
    pub fn deletes(&self, message: &MessageKey) -> Result<(), Refused> {
        self.state().customer_deletes(message)
    }

    /// Somebody hides a message on the network's own pages, or shows it again.
    ///
    /// # Errors
    ///
    /// [`Refused::NotFound`] where it is not there.
    pub fn hides(&self, message: &MessageKey, hidden: bool) -> Result<(), Refused> {
        let shown = match hidden {
            true => Visibility::Hidden,
            false => Visibility::Visible,
        };
        self.state()
            .show(message, shown)
            .map_err(|_| Refused::NotFound)
    }

    /// A customer takes another name. What they wrote stays theirs.
    pub fn renames(&self, customer: &HandleKey, name: &str) {
        self.state().rename(customer, name);
    }

    /// In private a customer has another handle from now on, as who comments on a Page has in Messenger: the
    /// answer to a private reply alone tells which.
    pub fn reads_as(&self, customer: &HandleKey, other: &HandleKey) {
        self.state().reads_as(customer, other);
    }

    /// The network gives a customer another key, and says so to everybody.
    #[must_use]
    pub fn moves(&self, customer: &HandleKey) -> HandleKey {
        self.state().moves(customer)
    }

    /// Lets something happen of which no adapter has heard.
    pub fn unheard_of(&self, what: serde_json::Value) {
        self.state().unheard_of(what);
    }

    /// The messages that we published and that can be seen, oldest first.
    #[must_use]
    pub fn published(&self) -> Vec<Message> {
        self.state().published()
    }

    /// What the network posts to our webhook now: all that happened since the last call, in signed
    /// deliveries of up to ten events. To post one twice is to send its clone.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        let mut state = self.state();
        let now = state.now();
        let bodies = state.undelivered(10);
        drop(state);
        let signed = bodies.into_iter().map(|body| webhook::signed(body, now));
        signed.collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}
