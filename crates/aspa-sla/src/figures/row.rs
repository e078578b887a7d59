use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{Clock, ClockKind, Status, Stop, Verdict};

/// By what rows are told apart. Each may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Labels {
    /// Where it was: a network, an account, a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// What it was about; `delivery/late` is within `delivery`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Who of us it counts to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// What kind of customer it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
}

impl Labels {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Where it was.
    #[must_use]
    pub fn channel(mut self, channel: impl Into<String>) -> Self {
        self.channel = Some(channel.into());
        self
    }

    /// One more thing that it was about.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Who of us it counts to.
    #[must_use]
    pub fn agent(mut self, agent: impl Into<String>) -> Self {
        self.agent = Some(agent.into());
        self
    }

    /// What kind of customer it was.
    #[must_use]
    pub fn tier(mut self, tier: impl Into<String>) -> Self {
        self.tier = Some(tier.into());
        self
    }
}

/// What became of a customer's message, as far as figures care. All but the first and the last are
/// handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Disposition {
    /// Nothing yet. What is undecided is unhandled.
    Unhandled,
    /// Our team answered: itself, by a public answer that covers it, in another place, or by saying
    /// where to go.
    Answered,
    /// One of us who is not in the support team answered.
    AnsweredByColleague,
    /// Another customer answered.
    AnsweredByCustomer,
    /// There is nothing to answer.
    NeedsNoAnswer,
    /// It is spam: neither handled nor unhandled.
    Spam,
}

/// How a contact came about and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Contact {
    /// A customer wrote to us: a private message, a mention, a comment at our place.
    Asked(Disposition),
    /// A customer wrote about us and not to us; we found it by listening.
    Overheard(Disposition),
    /// We wrote first: this is our own message that began the conversation. It is no inbound message.
    Started,
}

/// One customer's message, or our own that began a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MessageRow {
    /// When it was written; the hour of the day is told from it.
    pub at: DateTime<Utc>,
    /// How it came about and what became of it.
    pub contact: Contact,
    /// By what it is told apart.
    #[serde(default)]
    pub labels: Labels,
}

impl MessageRow {
    /// A message.
    #[must_use]
    pub const fn new(at: DateTime<Utc>, contact: Contact, labels: Labels) -> Self {
        Self {
            at,
            contact,
            labels,
        }
    }
}

/// How long something took, in both times; in JSON, whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Took {
    /// Round the clock.
    #[serde(with = "crate::length::seconds")]
    pub calendar: TimeDelta,
    /// While the desk was open; none where there are no opening hours.
    #[serde(default, with = "option", skip_serializing_if = "Option::is_none")]
    pub business: Option<TimeDelta>,
}

impl Took {
    /// So long round the clock and while the desk was open.
    pub fn new(calendar: TimeDelta, business: impl Into<Option<TimeDelta>>) -> Self {
        Self {
            calendar,
            business: business.into(),
        }
    }
}

/// One cycle of one clock.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ClockRow {
    /// Which clock.
    pub kind: ClockKind,
    /// When it started; the hour of the day is told from it.
    pub started_at: DateTime<Utc>,
    /// Whether its promise was kept.
    pub verdict: Verdict,
    /// What it had counted when the customer was answered or helped, pauses left out; none while
    /// neither has happened, and where it was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took: Option<Took>,
    /// By what it is told apart.
    #[serde(default)]
    pub labels: Labels,
}

impl ClockRow {
    /// A cycle that nothing is known of but its verdict.
    #[must_use]
    pub const fn new(
        kind: ClockKind,
        started_at: DateTime<Utc>,
        verdict: Verdict,
        labels: Labels,
    ) -> Self {
        Self {
            kind,
            started_at,
            verdict,
            took: None,
            labels,
        }
    }

    /// What it counted until the customer was answered or helped.
    #[must_use]
    pub fn took(mut self, took: Took) -> Self {
        self.took = Some(took);
        self
    }

    /// The row of a clock, with the ticket standing as `status`: a resolution that a reopening would
    /// resume has taken what it counted while the ticket is solved.
    #[must_use]
    pub fn of(clock: &Clock, status: Status, labels: Labels) -> Self {
        let row = Self::new(
            clock.kind.clone(),
            clock.started_at,
            clock.verdict(),
            labels,
        );
        let ended = match clock.stopped {
            Some(stopped) => stopped.why != Stop::Cancelled,
            None => clock.kind == ClockKind::Resolution && status.is_done(),
        };
        if ended {
            row.took(Took::new(clock.calendar, clock.business))
        } else {
            row
        }
    }
}

/// One ticket.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TicketRow {
    /// When it came to be; the hour of the day is told from it.
    pub opened_at: DateTime<Utc>,
    /// When it was resolved, while it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<DateTime<Utc>>,
    /// From the customer's first message to our first answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_response: Option<Took>,
    /// From the customer's first message, or the ticket's opening, to its resolution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Took>,
    /// How long people worked on it, where that is known; in JSON, whole seconds.
    #[serde(default, with = "option", skip_serializing_if = "Option::is_none")]
    pub handling: Option<TimeDelta>,
    /// By what it is told apart.
    #[serde(default)]
    pub labels: Labels,
}

impl TicketRow {
    /// A ticket that nothing is known of but when it was opened and resolved.
    pub fn new(
        opened_at: DateTime<Utc>,
        resolved_at: impl Into<Option<DateTime<Utc>>>,
        labels: Labels,
    ) -> Self {
        Self {
            opened_at,
            resolved_at: resolved_at.into(),
            first_response: None,
            resolution: None,
            handling: None,
            labels,
        }
    }
}

/// What [`Figures`](super::Figures) are made of. In JSON, `row` says which it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "row", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Row {
    /// A message.
    Message(MessageRow),
    /// A cycle of a clock.
    Clock(ClockRow),
    /// A ticket.
    Ticket(TicketRow),
}

impl From<MessageRow> for Row {
    fn from(row: MessageRow) -> Self {
        Self::Message(row)
    }
}

impl From<ClockRow> for Row {
    fn from(row: ClockRow) -> Self {
        Self::Clock(row)
    }
}

impl From<TicketRow> for Row {
    fn from(row: TicketRow) -> Self {
        Self::Ticket(row)
    }
}

/// Whole seconds, or none.
mod option {
    use chrono::TimeDelta;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// What serde reads and writes.
    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct Seconds(#[serde(with = "crate::length::seconds")] TimeDelta);

    pub(super) fn serialize<S: Serializer>(
        delta: &Option<TimeDelta>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        delta.map(Seconds).serialize(out)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<TimeDelta>, D::Error> {
        Ok(Option::<Seconds>::deserialize(from)?.map(|seconds| seconds.0))
    }
}
