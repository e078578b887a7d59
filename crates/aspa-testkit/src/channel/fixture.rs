use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aspa_channel::{Audience, Channel, ConversationKey, EffectName, Media, MessageKey, RateBucket};
use aspa_types::HandleKey;
use async_trait::async_trait;
use bytes::Bytes;
use chrono::TimeDelta;

use crate::faults::Faults;

/// Makes a channel on a network that is there already.
type Restart = Arc<dyn Fn() -> Arc<dyn Channel> + Send + Sync>;

/// A channel under test and the other side of its network.
#[derive(Clone)]
#[non_exhaustive]
pub struct ChannelFixture {
    /// The channel.
    pub channel: Arc<dyn Channel>,
    /// Where the kit writes and is written to.
    pub conversation: ConversationKey,
    /// Whom the kit addresses; empty: nobody by name.
    pub to: Vec<HandleKey>,
    /// What customers see and do.
    pub far_side: Arc<dyn FarSide>,
    /// What lets requests of the channel go wrong; none: the cases that need it are ignored.
    pub faults: Option<Arc<Faults>>,
    /// What must never show: tokens, passwords, signing keys.
    pub secrets: Vec<String>,
    /// After this a case is taken to hang. A minute, but for networks that take their time.
    pub patience: Duration,
    restart: Option<Restart>,
}

impl ChannelFixture {
    /// A channel that writes into `conversation`, watched from `far_side`.
    #[must_use]
    pub fn new(
        channel: Arc<dyn Channel>,
        conversation: ConversationKey,
        far_side: Arc<dyn FarSide>,
    ) -> Self {
        Self {
            channel,
            conversation,
            to: Vec::new(),
            far_side,
            faults: None,
            secrets: Vec::new(),
            patience: Duration::from_secs(60),
            restart: None,
        }
    }

    /// Addresses what is sent to somebody, for networks where a message has to name a person.
    #[must_use]
    pub fn to(mut self, handle: HandleKey) -> Self {
        self.to.push(handle);
        self
    }

    /// Names what the channel sends its requests through, so that the kit can let them go wrong.
    #[must_use]
    pub fn with_faults(mut self, faults: Arc<Faults>) -> Self {
        self.faults = Some(faults);
        self
    }

    /// Names a secret that the channel was given. No error of any case may show it.
    #[must_use]
    pub fn with_secret(mut self, secret: impl Into<String>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// Gives each case so long.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Says how the channel is made again on the same network, as after a restart of the process.
    #[must_use]
    pub fn with_restart(
        mut self,
        again: impl Fn() -> Arc<dyn Channel> + Send + Sync + 'static,
    ) -> Self {
        self.restart = Some(Arc::new(again));
        self
    }

    /// The channel of a new process on the same network. None: nobody said how.
    pub(super) fn restarted(&self) -> Option<Arc<dyn Channel>> {
        self.restart.as_ref().map(|again| again())
    }
}

impl fmt::Debug for ChannelFixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelFixture")
            .field("channel", &self.channel)
            .field("conversation", &self.conversation)
            .field("to", &self.to)
            .finish_non_exhaustive()
    }
}

/// One message as customers see it now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seen {
    /// The network's id, as in [`MessageKey::id`].
    pub id: String,
    /// The text as it is read, without the mentions that the adapter put around it.
    pub text: String,
    /// Whether our account wrote it.
    pub ours: bool,
    /// The id of what it answers. Only looked at where [`FarSide::shows_replies`].
    pub in_reply_to: Option<String>,
    /// Who can read it, where the far side can tell.
    pub audience: Option<Audience>,
    /// The media with it in their order, by [`Media::id`] or else [`Media::url`]. Only looked at where
    /// [`FarSide::our_media`] gives some.
    pub media: Vec<String>,
}

impl Seen {
    /// A message that our account wrote.
    #[must_use]
    pub fn ours(id: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            text: text.into(),
            ours: true,
            in_reply_to: None,
            audience: None,
            media: Vec::new(),
        }
    }

    /// A message that a customer wrote.
    #[must_use]
    pub fn theirs(id: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            ours: false,
            ..Self::ours(id, text)
        }
    }
}

/// A file that goes along with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attachment {
    /// What its sender calls it.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// What is in it.
    pub content: Bytes,
}

impl Attachment {
    /// A file of this name, type and content.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        media_type: impl Into<String>,
        content: impl Into<Bytes>,
    ) -> Self {
        Self {
            name: name.into(),
            media_type: media_type.into(),
            content: content.into(),
        }
    }
}

/// The other side of a network: what customers see and do there.
///
/// It looks at the network itself (a fake server's memory, a test server's API under a customer's
/// login) and never asks the channel under test. Only [`seen`](Self::seen) is required; a case
/// that needs more than is there is reported as ignored, with the name of what is missing.
#[async_trait]
pub trait FarSide: Send + Sync + 'static {
    /// Every message that customers can see now, ours and theirs, public and private, oldest
    /// first. What is hidden, held or deleted is not among them.
    async fn seen(&self) -> Vec<Seen>;

    /// Lets a customer write `text` into `conversation` (public, where the network has both) and
    /// gives the key under which the channel has to name the message. None: cannot be done.
    async fn customer_writes(
        &self,
        conversation: &ConversationKey,
        text: &str,
    ) -> Option<MessageKey> {
        let _ = (conversation, text);
        None
    }

    /// Lets a customer rewrite a message. False: cannot be done.
    async fn customer_edits(&self, message: &MessageKey, text: &str) -> bool {
        let _ = (message, text);
        false
    }

    /// Lets a customer answer a message of anybody with `text`, in the same conversation. None:
    /// cannot be done, or answers have no parents on this network.
    async fn customer_answers(&self, message: &MessageKey, text: &str) -> Option<MessageKey> {
        let _ = (message, text);
        None
    }

    /// Lets a customer take a message back. False: cannot be done, or nobody can learn of it.
    async fn customer_deletes(&self, message: &MessageKey) -> bool {
        let _ = message;
        false
    }

    /// Lets somebody hide a customer's message, or show it again, otherwise than through the channel
    /// under test. False: cannot be done, or nobody can learn of it.
    async fn moderator_hides(&self, message: &MessageKey, hidden: bool) -> bool {
        let _ = (message, hidden);
        false
    }

    /// Gives the customer who writes another name. False: cannot be done.
    async fn customer_renames(&self, name: &str) -> bool {
        let _ = name;
        false
    }

    /// Lets the network give a customer another id; the key before and the key after. None: cannot
    /// be done.
    async fn customer_moves(&self) -> Option<(HandleKey, HandleKey)> {
        None
    }

    /// Lets a customer write to us in private; the conversation that comes of it, and the key of the
    /// message. Only looked at where [`Seen::audience`] is filled. None: cannot be done.
    async fn customer_writes_privately(&self, text: &str) -> Option<(ConversationKey, MessageKey)> {
        let _ = text;
        None
    }

    /// Lets a customer write `text` with a file; the key of the message, and what the network tells of
    /// the file: of its kind, type, size and name what stands there has to come. None: cannot be done,
    /// or nobody can learn of it.
    async fn customer_attaches(
        &self,
        conversation: &ConversationKey,
        text: &str,
        file: &Attachment,
    ) -> Option<(MessageKey, Media)> {
        let _ = (conversation, text, file);
        None
    }

    /// What one gets who follows a reference to media, as a host does. None: cannot be told.
    async fn content(&self, media: &Media) -> Option<Bytes> {
        let _ = media;
        None
    }

    /// A file as the channel can send it: uploaded before, or laid under an address, where the network
    /// wants that. None: cannot be done.
    async fn our_media(&self, file: &Attachment) -> Option<Media> {
        let _ = file;
        None
    }

    /// Another conversation in which customers can write. None: there is none.
    async fn other_conversation(&self) -> Option<ConversationKey> {
        None
    }

    /// Moves the clocks of the network, of the channel and of its [`Faults`] on. False: cannot be done.
    async fn pass_time(&self, time: TimeDelta) -> bool {
        let _ = time;
        false
    }

    /// Lets something happen that the adapter cannot know, such as an event of a kind that the
    /// network invents tomorrow. False: cannot be done.
    async fn unheard_of(&self, conversation: &ConversationKey) -> bool {
        let _ = conversation;
        false
    }

    /// Our reactions to a message. None: cannot be told.
    async fn reactions(&self, message: &MessageKey) -> Option<Vec<String>> {
        let _ = message;
        None
    }

    /// Whether the network was told that we have read a message. None: cannot be told.
    async fn is_read(&self, message: &MessageKey) -> Option<bool> {
        let _ = message;
        None
    }

    /// How many requests that write reached the network so far: what is refused must not raise it.
    /// None: not counted.
    async fn requests(&self) -> Option<usize> {
        None
    }

    /// Which effect counts into a declared rate; unless told, the one of its name. None: the rate is not
    /// tried.
    fn counts_into(&self, rate: &RateBucket) -> Option<EffectName> {
        let name = EffectName::from(rate.name.as_str());
        (!matches!(name, EffectName::Other(_))).then_some(name)
    }

    /// Whether [`Seen::in_reply_to`] is filled wherever a message answers another.
    fn shows_replies(&self) -> bool {
        false
    }

    /// A reaction that the network takes.
    fn reaction(&self) -> &str {
        "👍"
    }

    /// The most messages that one page of the channel brings. None: not known.
    fn page(&self) -> Option<usize> {
        None
    }

    /// How many messages the kit lets customers write to cross the ends of pages: more than two
    /// pages of the network.
    fn burst(&self) -> usize {
        25
    }
}
