use std::fmt;

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
    /// The ticket came to be. The message that caused it is an event of its own, after this one and
    /// at the same instant; a ticket that an agent made has none. A second one changes
    /// nothing.
    Created,
    /// The customer wrote. On a solved or pending ticket this alone means `Status(Open)`; sending
    /// that as well does no harm.
    CustomerMessage,
    /// Somebody wrote to the customer. A status that follows from it is an event of its own.
    Reply(ReplyKind),
    /// The ticket stands differently now.
    Status(Status),
    /// The ticket has another assignee, or none.
    Assigned(Option<String>),
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
