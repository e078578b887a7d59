use std::collections::BTreeMap;

use aspa_desk::{Desk, Error};
use aspa_ticket::TeamFigures;
use aspa_types::{AccountId, AgentId, TicketId};
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::figures::{Group, Service, Work};
use crate::people::{Helper, Links};
use crate::read;

/// What one account of ours did: the conversations in which it wrote, the tickets to which it
/// replied.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Account {
    /// Conversations in which it wrote. How soon: as in [`Report::conversations`].
    pub conversations: Group,
    /// Tickets to which it replied. How soon: as in [`Report::tickets`].
    pub tickets: Group,
}

/// What the network's push had missed: nobody can handle what never arrived.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Gap {
    /// Customers' messages that only a reconciling poll found.
    pub missed_by_webhook: u64,
    /// Their share of the customers' messages that came by webhook or were missed by it, 0 to 1.
    pub share: Option<f64>,
}

/// A ticket whose promise is broken and still waits.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Overdue {
    /// Which.
    pub ticket: TicketId,
    /// The customer's name, as the network shows it.
    pub customer: String,
    /// Who works on it.
    pub assignee: Option<AgentId>,
    /// Which clock.
    pub clock: String,
    /// When its target was passed.
    pub since: DateTime<Utc>,
    /// By how many seconds, in the time that the target counts.
    pub late_seconds: i64,
    /// The clock's life in stretches, as a person reads it; of a long one, the first and last three.
    pub why: String,
}

/// What a team lead reads.
///
/// Every figure is recomputed from messages, tickets and their histories; none is stored.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// As of when.
    pub now: DateTime<Utc>,
    /// Messages, each counted once.
    pub messages: u64,
    /// Rows of an import that could not be understood.
    pub rejected_rows: u64,
    /// Conversations with at least one customer's message. The first response is our first message at
    /// or after the customers' first.
    pub conversations: Group,
    /// Tickets. The first response is our first message to that customer at or after the customer's
    /// first.
    pub tickets: Group,
    /// The same by account of ours.
    pub accounts: BTreeMap<AccountId, Account>,
    /// What a reply takes and costs, where the host says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work: Option<Work>,
    /// How all tickets were served.
    pub service: Service,
    /// How they were served by the network they came from.
    pub networks: BTreeMap<String, Service>,
    /// How those with a tag, or one within it, were served.
    pub tags: BTreeMap<String, Service>,
    /// How those were served that somebody answered first, by who it was.
    pub agents: BTreeMap<AgentId, Service>,
    /// How many tickets stand where.
    pub categories: BTreeMap<String, u64>,
    /// How the team worked: transfers, repeat contacts and first-contact resolution, in all and by agent,
    /// team, tag, playbook and network. Its helpers are in [`Report::helpers`].
    pub team: TeamFigures,
    /// Customers who answered other customers, the most helpful first.
    pub helpers: Vec<Helper>,
    /// What never came by itself.
    pub ingestion_gap: Gap,
    /// What is promised, in words.
    pub promise: Option<String>,
    /// What is overdue now, the latest first.
    pub overdue: Vec<Overdue>,
    /// Who was linked to whom.
    pub people: Links,
}

impl Report {
    /// Reads everything a desk knows of its tenant and counts. Repeat contacts are counted as
    /// [`Desk::counting`] says. Holds a few numbers for each message
    /// and ticket in memory: O(n).
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn read(desk: &Desk) -> Result<Self, Error> {
        read::report(desk, None).await
    }

    /// The same with minutes and euros.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn read_with_work(desk: &Desk, work: Work) -> Result<Self, Error> {
        read::report(desk, Some(work)).await
    }

    /// The same with the number of rows that an import rejected.
    #[must_use]
    pub fn with_rejected_rows(mut self, rows: u64) -> Self {
        self.rejected_rows = rows;
        self
    }
}
