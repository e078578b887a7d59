use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How a ticket stands, as far as clocks care.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// Nobody has taken it up.
    #[default]
    New,
    /// Being worked on.
    Open,
    /// Waiting for the customer.
    Pending,
    /// Waiting for somebody else.
    OnHold,
    /// Put aside for a while. Clocks that stopped stay stopped and those alive run, unless it is
    /// among the statuses that pause.
    Snoozed,
    /// Solved; a customer's message reopens it.
    Solved,
    /// Solved for good; a customer's message changes nothing here.
    Closed,
}

impl Status {
    /// Whether the ticket is solved or closed.
    #[must_use]
    pub const fn is_done(self) -> bool {
        matches!(self, Self::Solved | Self::Closed)
    }

    pub(crate) const fn bit(self) -> u8 {
        1 << self as u8
    }

    /// How the ticket stands after this.
    pub(crate) const fn after(self, event: &EventKind) -> Self {
        match event {
            EventKind::Status(status) => *status,
            EventKind::CustomerMessage if matches!(self, Self::Solved | Self::Pending) => {
                Self::Open
            }
            _ => self,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "new",
            Self::Open => "open",
            Self::Pending => "pending",
            Self::OnHold => "on hold",
            Self::Snoozed => "snoozed",
            Self::Solved => "solved",
            Self::Closed => "closed",
        })
    }
}

/// What kind of reply an agent, or a machine, gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReplyKind {
    /// Answers the customer; stops the response clocks.
    Answer,
    /// Says that the matter is being looked into; stops the response clocks only where the promise
    /// says so.
    Holding,
    /// Sent by a machine; never stops a clock.
    Automatic,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// The ticket came to be. A second one changes nothing.
    Created,
    /// The customer wrote. On a solved or pending ticket this alone means `Status(Open)`; sending
    /// that as well does no harm.
    CustomerMessage,
    /// Somebody wrote to the customer. A status that follows from it is an event of its own.
    Reply(ReplyKind),
    /// Nobody waits for an answer any longer, and none was given: the customer took the question back,
    /// or it needs none. Cancels both responses; the resolution goes on.
    Settled,
    /// The ticket stands differently now.
    Status(Status),
    /// The ticket has another assignee, or none.
    Assigned(Option<Arc<str>>),
    /// The ticket has another priority, or none. The one it has is no event.
    Priority(Option<Arc<str>>),
    /// Another policy holds for the ticket, by its name. The one that holds is no event.
    Policy(Arc<str>),
    /// We committed ourselves to something ("we call you on Friday").
    Committed(Commitment),
    /// The commitment of this name was kept. Without such a commitment it is no event.
    Kept(Arc<str>),
    /// The commitment of this name was called off. Without such a commitment it is no event.
    CalledOff(Arc<str>),
}

/// Something that we said we would do. Its clock is [`ClockKind::Custom`](crate::ClockKind::Custom)
/// of its name, a cycle each time; several of different names run side by side. A commitment made
/// again under a name that is alive replaces the old one, which is cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Commitment {
    /// What: `call back`.
    pub name: Arc<str>,
    /// By when. It counts round the clock, whatever the ticket's status, and no change of priority or
    /// policy moves it; warnings and escalations are those of the policy's target for this clock,
    /// where it has one. None: as that target says, in its own time and with its pauses; where a
    /// later policy has no such target, it goes on as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<DateTime<Utc>>,
}

impl Commitment {
    /// Something to be done by a date.
    pub fn by(due: DateTime<Utc>, name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            due: Some(due),
        }
    }

    /// Something to be done as soon as the policy's target for it says.
    pub fn within_target(name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            due: None,
        }
    }
}

/// Something that happened to a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// When; clocks count whole seconds.
    pub at: DateTime<Utc>,
    /// What.
    pub kind: EventKind,
}

impl Event {
    /// `kind` happened at `at`.
    #[must_use]
    pub const fn new(at: DateTime<Utc>, kind: EventKind) -> Self {
        Self { at, kind }
    }
}
