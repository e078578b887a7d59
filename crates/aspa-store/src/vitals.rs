use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::outbox_state::OutboxState;

/// How much waits in a store, over all tenants: what tells whether its workers keep up. Counts go up to
/// the figure that was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Vitals {
    /// Inbox entries that are not processed, claimed or not.
    pub backlog: u64,
    /// When the first of them came.
    pub oldest: Option<DateTime<Utc>>,
    /// Effects that are not at an end, by how they stand: those [that hold their
    /// lane](OutboxState::holds_lane) in a state that this version knows.
    pub effects: BTreeMap<String, u64>,
    /// The earliest time at which an effect was, or is, to be performed; none where none waits. One that
    /// is held back by a pause or by an earlier one counts too.
    pub effect_due: Option<DateTime<Utc>>,
    /// When the next timer is due, or was.
    pub timer_due: Option<DateTime<Utc>>,
}

impl Vitals {
    /// The words of the states that are counted, in the order of [`OutboxState::KNOWN`].
    pub fn counted() -> impl Iterator<Item = &'static str> {
        let holds = |word: &&&'static str| OutboxState::from(**word).holds_lane();
        OutboxState::KNOWN.iter().filter(holds).copied()
    }
}
