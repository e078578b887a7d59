use aspa_types::{AccountId, AgentId, EffectKey, Extra, HandleKey, keep_unknown, text_enum};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::capabilities::EffectName;
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    },
    /// Answer a public message in private, where the network has a slot for that.
    PrivateReply {
        /// The public message.
        message: MessageKey,
        /// What is written.
        text: String,
    },
    /// Rewrite a message of ours.
    Edit {
        /// Which.
        message: MessageKey,
        /// The whole new text.
        text: String,
    },
    /// Remove a message.
    Delete {
        /// Which.
        message: MessageKey,
    },
    /// Hide somebody's message, or show it again.
    Hide {
        /// Which.
        message: MessageKey,
        /// Whether to hide.
        hidden: bool,
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
    },
    /// Tell the network that we have read up to here.
    MarkRead {
        /// The newest message read.
        message: MessageKey,
    },
    /// An effect that this version does not know. No adapter performs it.
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
