use std::sync::Arc;

use aspa_channel::{Audience, MessageKey, ReplyKind};
use aspa_types::{AgentId, EffectKey, Extra, Tag, TeamId, TicketId, keep_unknown, text_enum};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::disposition::{Decided, Disposition};
use crate::helped::Help;
use crate::playbook::PlaybookUse;
use crate::regroup::{ActId, Cover, Regroup};

/// Names a note. The text is kept apart, where it can be erased.
pub type NoteId = Arc<str>;

/// Who or what made something happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Actor {
    /// Somebody on the network.
    Customer,
    /// One of us, by name where it is known.
    Us(Option<AgentId>),
    /// A timer or rule, by name.
    System(String),
    /// Somebody of a kind that this version does not know, as it came.
    #[serde(skip)]
    Unknown(serde_json::Value),
}

keep_unknown!(Actor, ["customer", "us", "system"]);

text_enum! {
    /// As what a ticket was resolved.
    pub enum Outcome {
        /// The customer was helped.
        Solved = "solved",
        /// The customer could not be helped.
        NotSolved = "not_solved",
        /// The customer was sent elsewhere.
        Redirected = "redirected",
        /// The customer took it back or went away.
        Abandoned = "abandoned",
    }
}

text_enum! {
    /// How urgent a ticket is. Other words are kept as they come.
    pub enum Priority {
        /// It can wait.
        Low = "low",
        /// As most are.
        Normal = "normal",
        /// Before others.
        High = "high",
        /// Before everything else.
        Urgent = "urgent",
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    remote = "Self",
    tag = "type",
    rename_all = "snake_case",
    deny_unknown_fields
)]
#[non_exhaustive]
pub enum EventKind {
    /// The customer wrote a message.
    Received {
        /// Which.
        message: MessageKey,
        /// Who can read it, where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        audience: Option<Audience>,
        /// The language it is written in, a BCP 47 tag, where known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<String>,
    },
    /// We wrote a message to the customer.
    Sent {
        /// Which.
        message: MessageKey,
        /// What it is to the customer.
        reply: ReplyKind,
        /// The effect of ours that sent it; none where it was written in another tool.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        effect: Option<EffectKey>,
    },
    /// The customer took a message back, or the network removed it.
    Withdrawn {
        /// Which.
        message: MessageKey,
    },
    /// A message that was withdrawn can be seen again.
    Restored {
        /// Which.
        message: MessageKey,
    },
    /// A reply was put into the outbox.
    ReplyQueued {
        /// The effect that sends it.
        effect: EffectKey,
        /// What it will be to the customer.
        reply: ReplyKind,
        /// Messages of other tickets that it covers once it is sent, since everybody can read it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        covers: Vec<Cover>,
        /// The playbook that it was made from, if it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        playbook: Option<PlaybookUse>,
        /// Where it sends the customer, if it does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        redirects_to: Option<String>,
    },
    /// A queued reply will not be sent.
    ReplyFailed {
        /// The effect that was to send it.
        effect: EffectKey,
    },
    /// It was given to somebody, or to nobody.
    Assigned {
        /// To whom.
        to: Option<AgentId>,
        /// Until when; if they have done nothing about it by then, it goes back into line.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<DateTime<Utc>>,
    },
    /// It was given to a team, or to none.
    Routed {
        /// To which.
        team: Option<TeamId>,
    },
    /// A tag was put on.
    Tagged {
        /// The tag.
        tag: Tag,
    },
    /// A tag was taken off.
    Untagged {
        /// The tag.
        tag: Tag,
    },
    /// It was given a priority, or none.
    Prioritised {
        /// Which.
        priority: Option<Priority>,
    },
    /// The customer was promised something by a time.
    Committed {
        /// Names the commitment; what was promised is in the note of that name, if there is one.
        commitment: NoteId,
        /// By when.
        due: DateTime<Utc>,
    },
    /// A commitment was kept, or is no longer wanted.
    CommitmentEnded {
        /// Which.
        commitment: NoteId,
        /// Whether it was kept.
        kept: bool,
    },
    /// A colleague wrote a note.
    Noted {
        /// Which.
        note: NoteId,
    },
    /// Somebody said what became of a message.
    Disposed {
        /// Which.
        message: MessageKey,
        /// What became of it.
        disposition: Disposition,
        /// Who or what said so.
        decided: Decided,
    },
    /// Somebody said whether another customer answered a message.
    HelpJudged(Help),
    /// We wait for the customer.
    CustomerAwaited,
    /// We wait for a colleague or another party.
    ColleagueAwaited,
    /// It was put aside.
    Snoozed {
        /// Until when.
        until: DateTime<Utc>,
        /// Whether a message of the customer ends it early.
        wake_on_message: bool,
    },
    /// It is to be worked on again.
    Reopened,
    /// It is resolved.
    Resolved {
        /// As what.
        outcome: Outcome,
    },
    /// It is closed for good.
    Closed,
    /// A clock passed a point that somebody is told about.
    ClockPassed {
        /// The clock.
        clock: String,
        /// Its cycle.
        cycle: u32,
        /// What was passed: `breach`, `warn-1`, `escalate-2` …; `warn-1.2` for the second time, after
        /// a change armed it anew.
        point: String,
        /// Whom the promise says to tell.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        to: Vec<String>,
    },
    /// A rule had somebody told.
    Called {
        /// Whom, in the words of [`Case::to`](crate::assignment::Case::to).
        to: Vec<String>,
    },
    /// It was bundled, split, moved or linked.
    Regrouped {
        /// Which act.
        act: ActId,
        /// What it is to this ticket.
        what: Regroup,
    },
    /// A bundle, split, move or link was taken back: the history is folded without it.
    Undone {
        /// Which act.
        act: ActId,
    },
    /// An event that this version does not know, as it came.
    #[serde(skip)]
    Unknown(serde_json::Value),
}

keep_unknown!(
    EventKind,
    "type",
    [
        "received",
        "sent",
        "withdrawn",
        "restored",
        "reply_queued",
        "reply_failed",
        "assigned",
        "routed",
        "tagged",
        "untagged",
        "prioritised",
        "committed",
        "commitment_ended",
        "noted",
        "disposed",
        "help_judged",
        "customer_awaited",
        "colleague_awaited",
        "snoozed",
        "reopened",
        "resolved",
        "closed",
        "clock_passed",
        "called",
        "regrouped",
        "undone"
    ],
    alone ["customer_awaited", "colleague_awaited", "reopened", "closed"]
);

/// One entry of the append-only log of what happened about one customer in one conversation.
///
/// It names messages and notes and never holds their content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// When it happened: for messages the time clocks count from, for commands when they were given.
    pub at: DateTime<Utc>,
    /// Who or what made it happen.
    pub by: Actor,
    /// What happened.
    pub kind: EventKind,
    /// The ticket a command was given for. None: whichever ticket is the latest at that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<TicketId>,
    /// What caused it, such as the key of a network's event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The version of this schema, 1.
    pub version: u16,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl EventKind {
    /// It was given to somebody, or to nobody, until something else is decided.
    #[must_use]
    pub const fn assigned(to: Option<AgentId>) -> Self {
        Self::Assigned { to, until: None }
    }

    /// The customer wrote a message, of which nothing else is known.
    #[must_use]
    pub const fn received(message: MessageKey) -> Self {
        Self::Received {
            message,
            audience: None,
            language: None,
        }
    }
}

impl Event {
    /// The act that made a ticket of some of another's messages, if this is one.
    #[must_use]
    pub const fn splits_off(&self) -> Option<&ActId> {
        match &self.kind {
            EventKind::Regrouped {
                act,
                what: Regroup::SplitOff { .. },
            } => Some(act),
            _ => None,
        }
    }

    /// Something that happened at `at`.
    #[must_use]
    pub fn new(at: DateTime<Utc>, by: Actor, kind: EventKind) -> Self {
        Self {
            at,
            by,
            kind,
            ticket: None,
            cause: None,
            version: 1,
            extra: Extra::new(),
        }
    }

    /// The same, meant for one ticket.
    #[must_use]
    pub fn on(mut self, ticket: TicketId) -> Self {
        self.ticket = Some(ticket);
        self
    }

    /// Where it stands in the history.
    #[must_use]
    pub fn order(&self) -> Order {
        let (rank, message) = match &self.kind {
            EventKind::Received { message, .. } => (0, Some(message)),
            EventKind::Sent { message, .. } => (1, Some(message)),
            EventKind::Withdrawn { message } => (2, Some(message)),
            EventKind::Restored { message } => (3, Some(message)),
            _ => (4, None),
        };
        let id = match message {
            Some(message) => message.id.clone(),
            // What another tool did has no order of ours.
            None if self.ticket.is_none() => {
                serde_json::to_string(&self.kind).unwrap_or_default().into()
            }
            None => Arc::default(),
        };
        Order {
            at: self.at,
            rank,
            id,
            part: message.map_or(0, |message| message.part),
        }
    }
}

/// Where an event stands in a history: by time; at one instant messages first, the customer's
/// before ours, then what was done about them: commands in the order in which they were recorded,
/// before what is meant for no ticket by name, which is ordered by what it says. Whoever orders
/// events so gets the same history, however they arrived.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    at: DateTime<Utc>,
    rank: u8,
    id: Arc<str>,
    part: u16,
}

impl Order {
    /// Before everything else at that instant.
    pub(crate) fn start(at: DateTime<Utc>) -> Self {
        Self {
            at,
            rank: 0,
            id: Arc::default(),
            part: 0,
        }
    }

    /// The time it is ordered by.
    #[must_use]
    pub fn at(&self) -> DateTime<Utc> {
        self.at
    }
}
