use std::fmt;

use aspa_types::{AccountId, AgentId, EffectKey, Extra, HandleKey, keep_unknown, text_enum};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::capabilities::EffectName;
use crate::debug::unknown;
use crate::key::{ConversationKey, MessageKey};
use crate::message::{Audience, Media};

text_enum! {
    /// What a reply of ours is to the customer. Only an answer stops a clock by itself.
    pub enum ReplyKind {
        /// It answers.
        Answer = "answer",
        /// It says that we are looking into it.
        Holding = "holding",
        /// A program wrote it.
        Automatic = "automatic",
    }
}

/// Why a message is hidden or deleted: a closed list. That somebody is unhappy with us is not on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ModerationReason {
    /// The law forbids it.
    Illegal,
    /// It shows somebody's personal data.
    PersonalData,
    /// Advertising or machine-made noise. Networks that have a place for spam put it there.
    Spam,
    /// Fraud, or a link that does harm.
    Fraud,
    /// Hatred against a group.
    Hate,
    /// Threats, or insults against a person.
    Harassment,
    /// Somebody poses as somebody else.
    Impersonation,
}

/// Something to be done on a network: plain data, so that an outbox can hold it, a worker perform
/// it and a test replay it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Effect {
    /// Its name for ever. The same key is the same effect.
    pub key: EffectKey,
    /// Where it is done. Effects of one conversation are performed in order.
    pub conversation: ConversationKey,
    /// What is done.
    pub kind: EffectKind,
    /// Which of us wanted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<AgentId>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Effect {
    /// An effect named `key`.
    #[must_use]
    pub fn new(key: EffectKey, conversation: ConversationKey, kind: EffectKind) -> Self {
        Self {
            key,
            conversation,
            kind,
            by: None,
            extra: Extra::new(),
        }
    }

    /// The account that performs it.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.conversation.account
    }
}

/// What is done.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum EffectKind {
    /// Write into the conversation.
    Send {
        /// What is written: the text that is read, without the mentions a network needs.
        text: String,
        /// What it answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        in_reply_to: Option<MessageKey>,
        /// Whom it is for. The adapter adds what the network needs to notify them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        to: Vec<HandleKey>,
        /// What goes along.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        media: Vec<Media>,
        /// Who may read it; never more than could read what it answers. None: as what it answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        audience: Option<Audience>,
        /// What it is to the customer.
        reply: ReplyKind,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Answer a public message in private, where the network has a slot for that.
    PrivateReply {
        /// The public message.
        message: MessageKey,
        /// What is written.
        text: String,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Rewrite a message of ours.
    Edit {
        /// Which.
        message: MessageKey,
        /// The whole new text.
        text: String,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Remove a message.
    Delete {
        /// Which.
        message: MessageKey,
        /// Why, where it is not one of ours.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<ModerationReason>,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Hide somebody's message, or show it again: also to let one be seen that waits for a moderator.
    Hide {
        /// Which.
        message: MessageKey,
        /// Whether to hide.
        hidden: bool,
        /// Why it is hidden.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<ModerationReason>,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// React to a message, or take the reaction back.
    React {
        /// To which.
        message: MessageKey,
        /// The emoji or the network's word.
        reaction: String,
        /// Whether to take it back.
        #[serde(default)]
        removed: bool,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Tell the network that we have read up to here.
    MarkRead {
        /// The newest message read.
        message: MessageKey,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// An effect that this crate has no name for, of a later version or of a host's own: a JSON object whose
    /// `type` names it. An adapter performs it only where its capabilities name it too.
    #[serde(skip)]
    Unknown(serde_json::Value),
}

keep_unknown!(
    EffectKind,
    "type",
    [
        "send",
        "private_reply",
        "edit",
        "delete",
        "hide",
        "react",
        "mark_read"
    ]
);

impl EffectKind {
    /// Write `text`, as this kind of reply, to nobody in particular yet.
    #[must_use]
    pub fn send(text: impl Into<String>, reply: ReplyKind) -> Self {
        Self::Send {
            text: text.into(),
            in_reply_to: None,
            to: Vec::new(),
            media: Vec::new(),
            audience: None,
            reply,
            extra: Extra::new(),
        }
    }

    /// Answer a public message in private.
    #[must_use]
    pub fn private_reply(message: MessageKey, text: impl Into<String>) -> Self {
        Self::PrivateReply {
            message,
            text: text.into(),
            extra: Extra::new(),
        }
    }

    /// Rewrite a message of ours.
    #[must_use]
    pub fn edit(message: MessageKey, text: impl Into<String>) -> Self {
        Self::Edit {
            message,
            text: text.into(),
            extra: Extra::new(),
        }
    }

    /// Remove a message.
    #[must_use]
    pub fn delete(message: MessageKey) -> Self {
        Self::Delete {
            message,
            reason: None,
            extra: Extra::new(),
        }
    }

    /// Hide somebody's message, or show it again.
    #[must_use]
    pub fn hide(message: MessageKey, hidden: bool) -> Self {
        Self::Hide {
            message,
            hidden,
            reason: None,
            extra: Extra::new(),
        }
    }

    /// Says why something is hidden or deleted. Any other effect is left as it is.
    #[must_use]
    pub fn because(mut self, why: ModerationReason) -> Self {
        if let Self::Hide { reason, .. } | Self::Delete { reason, .. } = &mut self {
            *reason = Some(why);
        }
        self
    }

    /// React to a message, or (`removed`) take the reaction back.
    #[must_use]
    pub fn react(message: MessageKey, reaction: impl Into<String>, removed: bool) -> Self {
        Self::React {
            message,
            reaction: reaction.into(),
            removed,
            extra: Extra::new(),
        }
    }

    /// Tell the network that we have read up to here.
    #[must_use]
    pub fn mark_read(message: MessageKey) -> Self {
        let extra = Extra::new();
        Self::MarkRead { message, extra }
    }

    /// What capabilities call it.
    #[must_use]
    pub fn name(&self) -> EffectName {
        match self {
            Self::Send { .. } => EffectName::Send,
            Self::PrivateReply { .. } => EffectName::PrivateReply,
            Self::Edit { .. } => EffectName::Edit,
            Self::Delete { .. } => EffectName::Delete,
            Self::Hide { .. } => EffectName::Hide,
            Self::React { .. } => EffectName::React,
            Self::MarkRead { .. } => EffectName::MarkRead,
            Self::Unknown(value) => {
                let name = value.get("type").and_then(serde_json::Value::as_str);
                EffectName::Other(name.unwrap_or("unknown").into())
            }
        }
    }

    /// The message that it is done to; none where it makes one.
    #[must_use]
    pub fn message(&self) -> Option<&MessageKey> {
        match self {
            Self::PrivateReply { message, .. }
            | Self::Edit { message, .. }
            | Self::Delete { message, .. }
            | Self::Hide { message, .. }
            | Self::React { message, .. }
            | Self::MarkRead { message, .. } => Some(message),
            Self::Send { .. } | Self::Unknown(_) => None,
        }
    }

    /// The text that would be published, if any.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Send { text, .. } | Self::PrivateReply { text, .. } | Self::Edit { text, .. } => {
                Some(text)
            }
            _ => None,
        }
    }
}

/// `Debug` shows what is done and how many bytes are written, never the text.
impl fmt::Debug for EffectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, self.text()) {
            (Self::Unknown(value), _) => unknown(f, value),
            (_, Some(text)) => write!(f, "{}({} bytes)", self.name(), text.len()),
            (_, None) => write!(f, "{}", self.name()),
        }
    }
}

/// What came of an effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Receipt {
    /// The effect.
    pub effect: EffectKey,
    /// The messages it made or changed.
    #[serde(default)]
    pub messages: Vec<MessageKey>,
    /// When it landed, by the network's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
    /// Whether it was taken but waits for somebody to let it be seen.
    #[serde(default)]
    pub held: bool,
    /// Whom it reached, where the network says so: who commented on a Page has another handle in Messenger,
    /// and the answer to a private reply alone tells which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<HandleKey>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Receipt {
    /// It landed.
    #[must_use]
    pub fn new(effect: EffectKey) -> Self {
        Self {
            effect,
            messages: Vec::new(),
            at: None,
            held: false,
            recipient: None,
            extra: Extra::new(),
        }
    }
}

/// Whether an effect landed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::exhaustive_enums,
    reason = "it did, it did not, or nobody can tell"
)]
pub enum Probe {
    /// It did.
    Found(Receipt),
    /// It did not, and will not of itself.
    Absent,
    /// The network offers no way to know.
    CannotTell,
}
