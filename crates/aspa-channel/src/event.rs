use std::fmt;
use std::sync::Arc;

use aspa_types::{AccountId, AgentId, DeliveryId, Extra, HandleKey, Tag, keep_unknown, text_enum};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::debug::unknown;
use crate::handle::Handle;
use crate::key::{ConversationKey, MessageKey};
use crate::message::{Message, Visibility};

text_enum! {
    /// By which way something reached us.
    pub enum Via {
        /// The network pushed it.
        Webhook = "webhook",
        /// A stream held open.
        Stream = "stream",
        /// The regular poll of a channel that has no webhook.
        Poll = "poll",
        /// The slow poll beside a webhook: the webhook had missed it.
        Reconcile = "reconcile",
        /// History read on connecting.
        Backfill = "backfill",
        /// A file of past conversations.
        Archive = "archive",
        /// We sent it ourselves: known from our own outbox, before any echo.
        Own = "own",
    }
}

/// Where something came from, so that it can be decoded again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Provenance {
    /// By which way.
    pub via: Via,
    /// The delivery that holds its raw bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryId>,
    /// Its raw text, where no stored delivery holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<Arc<str>>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Provenance {
    /// Came this way.
    #[must_use]
    pub fn new(via: Via) -> Self {
        Self {
            via,
            delivery: None,
            raw: None,
            extra: Extra::new(),
        }
    }
}

/// `Debug` shows the way and the delivery, never the raw text.
impl fmt::Debug for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provenance")
            .field("via", &self.via)
            .field("delivery", &self.delivery)
            .finish_non_exhaustive()
    }
}

text_enum! {
    /// How far a message of ours got. The order is the order of progress; `Failed` stands apart.
    pub enum DeliveryStatus {
        /// The network took it.
        Accepted = "accepted",
        /// It reached the device or server of the addressee.
        Delivered = "delivered",
        /// It was seen.
        Read = "read",
        /// A voice message was played.
        Played = "played",
        /// It will not arrive.
        Failed = "failed",
    }
}

text_enum! {
    /// How an account of ours is.
    pub enum AccountHealth {
        /// It works.
        Live = "live",
        /// It works in part.
        Degraded = "degraded",
        /// It has to wait.
        Throttled = "throttled",
        /// Somebody has to authorise it again.
        Unauthorized = "unauthorized",
        /// The network or we ended it.
        Revoked = "revoked",
    }
}

/// What a colleague did about a customer's case in another tool: a native inbox, a help desk whose
/// history is imported.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Act {
    /// Gave it to somebody, or to nobody.
    Assign {
        /// To whom.
        to: Option<AgentId>,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Put a tag on it.
    Tag {
        /// The tag.
        tag: Tag,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Took a tag off.
    Untag {
        /// The tag.
        tag: Tag,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Wrote something about it that no customer sees.
    Note {
        /// What was written.
        text: String,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Said that a message needs no answer here.
    Dismiss {
        /// Which message.
        message: MessageKey,
        /// Why: `spam`, or any other reason in words.
        why: String,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Gave it a priority: `low`, `normal`, `high`, `urgent` or another word; none took it off.
    Prioritise {
        /// Which.
        priority: Option<String>,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Waited for the customer from then on.
    AwaitCustomer {
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Waited for a colleague or another party from then on.
    AwaitColleague {
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Worked on it again.
    Reopen {
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Called it resolved.
    Resolve {
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// An act that this version does not know, as it came.
    #[serde(skip)]
    Unknown(serde_json::Value),
}

keep_unknown!(
    Act,
    "type",
    [
        "assign",
        "tag",
        "untag",
        "note",
        "dismiss",
        "prioritise",
        "await_customer",
        "await_colleague",
        "reopen",
        "resolve"
    ]
);

impl Act {
    /// Gave it to somebody, or to nobody.
    #[must_use]
    pub fn assign(to: Option<AgentId>) -> Self {
        let extra = Extra::new();
        Self::Assign { to, extra }
    }

    /// Put a tag on it.
    #[must_use]
    pub fn tag(tag: Tag) -> Self {
        let extra = Extra::new();
        Self::Tag { tag, extra }
    }

    /// Took a tag off.
    #[must_use]
    pub fn untag(tag: Tag) -> Self {
        let extra = Extra::new();
        Self::Untag { tag, extra }
    }

    /// Wrote something about it that no customer sees.
    #[must_use]
    pub fn note(text: impl Into<String>) -> Self {
        Self::Note {
            text: text.into(),
            extra: Extra::new(),
        }
    }

    /// Said that a message needs no answer here, and why.
    #[must_use]
    pub fn dismiss(message: MessageKey, why: impl Into<String>) -> Self {
        Self::Dismiss {
            message,
            why: why.into(),
            extra: Extra::new(),
        }
    }

    /// Gave it a priority, or took it off.
    #[must_use]
    pub fn prioritise(priority: Option<String>) -> Self {
        let extra = Extra::new();
        Self::Prioritise { priority, extra }
    }

    /// Waited for the customer from then on.
    #[must_use]
    pub fn await_customer() -> Self {
        let extra = Extra::new();
        Self::AwaitCustomer { extra }
    }

    /// Waited for a colleague or another party from then on.
    #[must_use]
    pub fn await_colleague() -> Self {
        let extra = Extra::new();
        Self::AwaitColleague { extra }
    }

    /// Worked on it again.
    #[must_use]
    pub fn reopen() -> Self {
        let extra = Extra::new();
        Self::Reopen { extra }
    }

    /// Called it resolved.
    #[must_use]
    pub fn resolve() -> Self {
        let extra = Extra::new();
        Self::Resolve { extra }
    }
}

/// `Debug` shows no text of a note and no reason.
impl fmt::Debug for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Assign { to, .. } => f.debug_tuple("Assign").field(to).finish(),
            Self::Tag { tag, .. } => f.debug_tuple("Tag").field(tag).finish(),
            Self::Untag { tag, .. } => f.debug_tuple("Untag").field(tag).finish(),
            Self::Note { text, .. } => write!(f, "Note({} bytes)", text.len()),
            Self::Dismiss { message, .. } => f.debug_tuple("Dismiss").field(message).finish(),
            Self::Prioritise { priority, .. } => {
                f.debug_tuple("Prioritise").field(priority).finish()
            }
            Self::AwaitCustomer { .. } => f.write_str("AwaitCustomer"),
            Self::AwaitColleague { .. } => f.write_str("AwaitColleague"),
            Self::Reopen { .. } => f.write_str("Reopen"),
            Self::Resolve { .. } => f.write_str("Resolve"),
            Self::Unknown(value) => unknown(f, value),
        }
    }
}

/// What happened.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// Somebody wrote something, or (with a revision above 0) rewrote it.
    Message(Box<Message>),
    /// A message was deleted, hidden, held or shown again.
    Visibility {
        /// Which message.
        message: MessageKey,
        /// What it is now.
        visibility: Visibility,
        /// Who did it, where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<HandleKey>,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Somebody reacted to a message, or took the reaction back.
    Reaction {
        /// To which message.
        message: MessageKey,
        /// Who.
        by: HandleKey,
        /// The emoji or the network's word.
        reaction: String,
        /// Whether it was taken back.
        #[serde(default)]
        removed: bool,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// A message of ours got somewhere.
    Status {
        /// Which message; with a watermark, the newest one it holds for.
        message: MessageKey,
        /// How far.
        status: DeliveryStatus,
        /// Whether it holds for every earlier message of the conversation too.
        #[serde(default)]
        watermark: bool,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Everything that we wrote to somebody in a conversation up to an instant got somewhere. For networks that
    /// tell an instant and name no message.
    StatusUntil {
        /// In which conversation.
        conversation: ConversationKey,
        /// Whom it reached.
        by: HandleKey,
        /// How far.
        status: DeliveryStatus,
        /// Up to when, by the network's clock.
        until: DateTime<Utc>,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// A profile was seen or changed: the event's `handles` say how. `became` is the new key where
    /// the network gave the person another id.
    Handle {
        /// Whose.
        handle: HandleKey,
        /// Its new key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        became: Option<HandleKey>,
        /// Whether nobody holds it any longer, so that it can come to mean somebody else.
        #[serde(default)]
        released: bool,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Another app or person took or gave back the right to write in a conversation.
    ThreadControl {
        /// Which conversation.
        conversation: ConversationKey,
        /// Whether we hold it now.
        ours: bool,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// An account of ours changed its state.
    Account {
        /// How it is.
        health: AccountHealth,
        /// Until when, where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<DateTime<Utc>>,
        /// What to do about it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        remedy: Option<String>,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// A colleague acted on a case in another tool.
    Action {
        /// In which conversation.
        conversation: ConversationKey,
        /// About whose case.
        customer: HandleKey,
        /// Who acted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<AgentId>,
        /// What was done.
        act: Act,
        /// What else came with it.
        #[serde(flatten)]
        extra: Extra,
    },
    /// Something authentic that this version does not understand, as it came.
    #[serde(skip)]
    Unknown(serde_json::Value),
}

keep_unknown!(
    EventKind,
    "type",
    [
        "message",
        "visibility",
        "reaction",
        "status",
        "status_until",
        "handle",
        "thread_control",
        "account",
        "action"
    ],
    direct ["message" => Message]
);

impl EventKind {
    /// Somebody wrote something, or rewrote it.
    #[must_use]
    pub fn message(message: Message) -> Self {
        Self::Message(Box::new(message))
    }

    /// A message is now to be seen so, made so by somebody where that is known.
    #[must_use]
    pub fn visibility(message: MessageKey, visibility: Visibility, by: Option<HandleKey>) -> Self {
        Self::Visibility {
            message,
            visibility,
            by,
            extra: Extra::new(),
        }
    }

    /// Somebody reacted to a message, or (`removed`) took the reaction back.
    #[must_use]
    pub fn reaction(
        message: MessageKey,
        by: HandleKey,
        reaction: impl Into<String>,
        removed: bool,
    ) -> Self {
        Self::Reaction {
            message,
            by,
            reaction: reaction.into(),
            removed,
            extra: Extra::new(),
        }
    }

    /// A message of ours got that far, and with a watermark every earlier one of the conversation.
    #[must_use]
    pub fn status(message: MessageKey, status: DeliveryStatus, watermark: bool) -> Self {
        Self::Status {
            message,
            status,
            watermark,
            extra: Extra::new(),
        }
    }

    /// Everything that we wrote to somebody in a conversation up to an instant got that far.
    #[must_use]
    pub fn status_until(
        conversation: ConversationKey,
        by: HandleKey,
        status: DeliveryStatus,
        until: DateTime<Utc>,
    ) -> Self {
        Self::StatusUntil {
            conversation,
            by,
            status,
            until,
            extra: Extra::new(),
        }
    }

    /// A profile was seen or changed, and the network may have given it another key.
    #[must_use]
    pub fn handle(handle: HandleKey, became: Option<HandleKey>) -> Self {
        Self::Handle {
            handle,
            became,
            released: false,
            extra: Extra::new(),
        }
    }

    /// An account of ours is so.
    #[must_use]
    pub fn account(health: AccountHealth) -> Self {
        Self::Account {
            health,
            until: None,
            remedy: None,
            extra: Extra::new(),
        }
    }

    /// A colleague acted on a customer's case in another tool.
    #[must_use]
    pub fn action(
        conversation: ConversationKey,
        customer: HandleKey,
        by: Option<AgentId>,
        act: Act,
    ) -> Self {
        Self::Action {
            conversation,
            customer,
            by,
            act,
            extra: Extra::new(),
        }
    }
}

/// `Debug` shows what it is about, and nothing that anybody wrote.
impl fmt::Debug for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut about = |name, key: &dyn fmt::Debug, what: &dyn fmt::Debug| {
            f.debug_tuple(name).field(key).field(what).finish()
        };
        match self {
            Self::Message(message) => message.fmt(f),
            Self::Visibility {
                message,
                visibility,
                ..
            } => about("Visibility", message, visibility),
            Self::Reaction {
                message, removed, ..
            } => about("Reaction", message, removed),
            Self::Status {
                message, status, ..
            } => about("Status", message, status),
            Self::StatusUntil {
                conversation,
                status,
                ..
            } => about("StatusUntil", conversation, status),
            Self::Handle { handle, became, .. } => about("Handle", handle, became),
            Self::ThreadControl {
                conversation, ours, ..
            } => about("ThreadControl", conversation, ours),
            Self::Account { health, until, .. } => about("Account", health, until),
            Self::Action {
                conversation, act, ..
            } => about("Action", conversation, act),
            Self::Unknown(value) => unknown(f, value),
        }
    }
}

/// Something that happened on a network, labelled with the account that saw it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// The account of ours that it concerns.
    pub account: AccountId,
    /// When it happened, by the network's clock. A message carries its own times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
    /// What happened.
    pub kind: EventKind,
    /// Profiles that came along.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handles: Vec<Handle>,
    /// Where it came from.
    pub provenance: Provenance,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Event {
    /// An event that concerns `account`.
    #[must_use]
    pub fn new(account: AccountId, kind: EventKind, via: Via) -> Self {
        Self {
            account,
            at: None,
            kind,
            handles: Vec::new(),
            provenance: Provenance::new(via),
            extra: Extra::new(),
        }
    }

    /// What makes two events of one account the same event, however often and by whatever way they
    /// come: message, part and revision; for the rest, everything that tells them apart.
    #[must_use]
    pub fn key(&self) -> String {
        // Without a time, only the delivery tells one from the next that says the same.
        let delivery = || self.provenance.delivery.as_ref().map(ToString::to_string);
        let at = self.at.map(|at| at.timestamp_millis().to_string());
        let at = at.or_else(delivery).unwrap_or_default();
        let of = |key: &MessageKey| format!("{}#{}", key.id, key.part);
        match &self.kind {
            EventKind::Message(message) => {
                format!("message {} {}", of(&message.key), message.revision)
            }
            EventKind::Visibility {
                message,
                visibility,
                ..
            } => {
                format!("visibility {} {visibility} {at}", of(message))
            }
            EventKind::Reaction {
                message,
                by,
                reaction,
                removed,
                ..
            } => {
                let verb = if *removed { "-" } else { "+" };
                // Kept for ever, so it must not name anybody.
                let of = [&*of(message), verb, reaction, &by.to_string(), &at];
                format!("reaction {}", DeliveryId::derive(&of))
            }
            EventKind::Status {
                message, status, ..
            } => {
                format!("status {} {status}", of(message))
            }
            EventKind::StatusUntil {
                conversation,
                by,
                status,
                until,
                ..
            } => {
                let until = until.timestamp_millis().to_string();
                // Kept for ever, so it must not name anybody.
                let of = [&*conversation.id, &by.to_string(), status.as_str(), &until];
                format!("status until {}", DeliveryId::derive(&of))
            }
            other => {
                let kind = serde_json::to_string(other).unwrap_or_default();
                let handles = serde_json::to_string(&self.handles).unwrap_or_default();
                format!("other {}", DeliveryId::derive(&[&kind, &handles, &at]))
            }
        }
    }

    /// When clocks count it from. None where it bears no time and has not been received yet.
    #[must_use]
    pub fn effective_at(&self) -> Option<DateTime<Utc>> {
        match &self.kind {
            EventKind::Message(message) => message.times.effective(),
            _ => self.at,
        }
    }
}
