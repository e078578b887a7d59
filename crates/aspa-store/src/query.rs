use std::collections::BTreeSet;

use aspa_channel::ConversationKey;
use aspa_ticket::{Event, TicketKey};
use aspa_types::{AccountId, EffectKey, TenantId};
use serde::{Deserialize, Serialize};

use crate::outbox_state::OutboxState;

/// A place in the log of everything that happened. Later is larger; there may be gaps.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
#[expect(clippy::exhaustive_structs, reason = "a number that only grows")]
pub struct Position(pub u64);

/// An entry of the log.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Recorded {
    /// Where it stands.
    pub position: Position,
    /// Whose it is.
    pub tenant: TenantId,
    /// What it is about.
    pub about: TicketKey,
    /// What happened.
    pub event: Event,
}

impl Recorded {
    /// For stores to make.
    #[must_use]
    pub fn new(position: Position, tenant: TenantId, about: TicketKey, event: Event) -> Self {
        Self {
            position,
            tenant,
            about,
            event,
        }
    }
}

/// Which effects are asked for, in the order in which they were queued. Every condition that is given
/// must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutboxQuery {
    /// Standing in one of these; empty: in any.
    pub states: BTreeSet<OutboxState>,
    /// Of this account.
    pub account: Option<AccountId>,
    /// Of this conversation.
    pub conversation: Option<ConversationKey>,
    /// Only those queued after this one.
    pub after: Option<EffectKey>,
    /// At most so many; 0: 100.
    pub limit: usize,
}

impl OutboxQuery {
    /// The effects that stand so.
    #[must_use]
    pub fn of(states: impl IntoIterator<Item = OutboxState>) -> Self {
        Self {
            states: states.into_iter().collect(),
            ..Self::default()
        }
    }

    /// The effects that a person has to decide about: to approve, to mend, to look for.
    #[must_use]
    pub fn undecided() -> Self {
        Self::of([
            OutboxState::AwaitingApproval,
            OutboxState::Blocked,
            OutboxState::Uncertain,
        ])
    }

    /// How many at most.
    #[must_use]
    pub fn limit(&self) -> usize {
        if self.limit == 0 { 100 } else { self.limit }
    }
}
