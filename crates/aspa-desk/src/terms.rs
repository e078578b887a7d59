use std::collections::BTreeSet;
use std::fmt;

use aspa_channel::Effect;
use aspa_ticket::Ticket;
use aspa_types::AgentId;
use chrono::TimeDelta;

/// On what terms an effect may leave. Pure: the same effect about the same ticket has the same terms.
///
/// A function from both is such a policy:
///
/// ```
/// use aspa_desk::{Desk, Terms};
/// use aspa_store::MemoryStore;
/// use chrono::TimeDelta;
///
/// let desk = Desk::builder(MemoryStore::new()).terms(
///     |effect: &aspa_channel::Effect, _: Option<&aspa_ticket::Ticket>| match effect.kind.text() {
///         Some(text) if text.contains('€') => {
///             Terms::at_once().approved_by("promise money", TimeDelta::hours(4))
///         }
///         _ => Terms::at_once().undo_within(TimeDelta::seconds(10)),
///     },
/// );
/// ```
pub trait TermsPolicy: Send + Sync + 'static {
    /// The terms of one effect that is about to be queued: a reply to this ticket, or one that no ticket
    /// wants.
    fn terms(&self, effect: &Effect, ticket: Option<&Ticket>) -> Terms;
}

impl<F: Fn(&Effect, Option<&Ticket>) -> Terms + Send + Sync + 'static> TermsPolicy for F {
    fn terms(&self, effect: &Effect, ticket: Option<&Ticket>) -> Terms {
        self(effect, ticket)
    }
}

/// What has to be before an effect leaves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct Terms {
    /// The right that it takes to approve it, and within which time.
    pub(crate) approval: Option<(String, TimeDelta)>,
    pub(crate) undo_seconds: u32,
}

impl Terms {
    /// It leaves as soon as its turn has come.
    pub fn at_once() -> Self {
        Self::default()
    }

    /// Somebody else who has this right, a word of the host's, has to approve it within this time; after
    /// that it is cancelled.
    pub fn approved_by(mut self, right: impl Into<String>, within: TimeDelta) -> Self {
        self.approval = Some((right.into(), within));
        self
    }

    /// It can be taken back for this time, in whole seconds, after it was queued or approved.
    pub fn undo_within(mut self, time: TimeDelta) -> Self {
        self.undo_seconds = u32::try_from(time.num_seconds().max(0)).unwrap_or(u32::MAX);
        self
    }
}

/// Somebody who approves or declines, with the rights that the host says they have.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Approver {
    pub(crate) agent: AgentId,
    pub(crate) rights: BTreeSet<String>,
}

impl Approver {
    /// Somebody without rights.
    pub fn new(agent: AgentId) -> Self {
        Self {
            agent,
            rights: BTreeSet::new(),
        }
    }

    /// The same, with this right as well.
    pub fn with_right(mut self, right: impl Into<String>) -> Self {
        self.rights.insert(right.into());
        self
    }
}

impl fmt::Debug for dyn TermsPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TermsPolicy")
    }
}
