use aspa_channel::{Effect, ErrorKind, Landed, Receipt, Status};
use aspa_ticket::TicketKey;
use aspa_types::{Extra, TenantId, TicketId, keep_unknown, text_enum};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::changes::Versioned;

text_enum! {
    /// How an effect in the outbox stands.
    pub enum OutboxState {
        /// It waits for its turn.
        Queued = "queued",
        /// Somebody is performing it, or was when the process ended.
        Sending = "sending",
        /// The network took it.
        Accepted = "accepted",
        /// It failed and will be tried again.
        FailedRetryable = "failed_retryable",
        /// It failed for good.
        FailedFinal = "failed_final",
        /// It may have happened, and nobody can tell. A person decides; its lane waits.
        Uncertain = "uncertain",
        /// A dry run came to it: checked, not performed, never to be performed.
        DryRun = "dry_run",
        /// Somebody took it back before it was performed.
        Cancelled = "cancelled",
    }
}

impl OutboxState {
    /// Whether later effects of its conversation have to wait for it.
    #[must_use]
    pub fn holds_lane(&self) -> bool {
        matches!(
            self,
            Self::Queued | Self::Sending | Self::FailedRetryable | Self::Uncertain | Self::Other(_)
        )
    }
}

/// An effect in the outbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutboxRow {
    /// What is to be done.
    pub effect: Effect,
    /// The ticket that wants it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<(TicketId, TicketKey)>,
    /// How it stands.
    pub state: OutboxState,
    /// When it was queued.
    pub queued_at: DateTime<Utc>,
    /// Not before then. While sending: until when whoever is at it may take.
    pub next_at: DateTime<Utc>,
    /// How often it was tried.
    #[serde(default)]
    pub attempts: u32,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl OutboxRow {
    /// An effect that waits for its turn from `now` on.
    #[must_use]
    pub fn queued(
        effect: Effect,
        ticket: Option<(TicketId, TicketKey)>,
        now: DateTime<Utc>,
    ) -> Self {
        let state = OutboxState::Queued;
        Self {
            effect,
            ticket,
            state,
            queued_at: now,
            next_at: now,
            attempts: 0,
            receipt: None,
            extra: Extra::new(),
        }
    }
}

/// One try at performing an effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attempt {
    /// 1 for the first.
    pub number: u32,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When its end was written down; none while it runs, or when the process ended in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<DateTime<Utc>>,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Attempt {
    /// A try that begins now.
    #[must_use]
    pub fn started(number: u32, started_at: DateTime<Utc>) -> Self {
        Self {
            number,
            started_at,
            finished_at: None,
            outcome: None,
            extra: Extra::new(),
        }
    }

    /// The same, ended.
    #[must_use]
    pub fn finished(mut self, at: DateTime<Utc>, outcome: Outcome) -> Self {
        self.finished_at = Some(at);
        self.outcome = Some(outcome);
        self
    }
}

/// What came of one try.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// The network took it.
    Accepted {
        /// What it said.
        receipt: Receipt,
    },
    /// A probe found that an earlier try had landed.
    Found {
        /// What the network says of it.
        receipt: Receipt,
    },
    /// A probe found that no earlier try had landed.
    Absent,
    /// It failed.
    Failed {
        /// What went wrong.
        kind: ErrorKind,
        /// Whether trying again can help.
        status: Status,
        /// Whether it happened all the same.
        landed: Landed,
        /// The error in one line.
        error: String,
    },
    /// Something that this version does not know, as it came.
    #[serde(skip)]
    Unknown(serde_json::Value),
}

keep_unknown!(Outcome, "type", ["accepted", "found", "absent", "failed"]);

/// An effect that one worker may perform now.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ClaimedEffect {
    /// Whose it is.
    pub tenant: TenantId,
    /// The row, already `Sending`, its try already counted and written down.
    pub row: Versioned<OutboxRow>,
    /// The try that this is.
    pub attempt: Attempt,
    /// Whether the one before it never ended, so that the effect may have happened: probe first.
    pub interrupted: bool,
}

impl ClaimedEffect {
    /// For stores to make.
    #[must_use]
    pub fn new(
        tenant: TenantId,
        row: Versioned<OutboxRow>,
        attempt: Attempt,
        interrupted: bool,
    ) -> Self {
        Self {
            tenant,
            row,
            attempt,
            interrupted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_try_of_a_newer_version_survives() {
        let json = json!({
            "number": 1, "started_at": "2026-11-21T08:00:00Z", "worker": "w-1",
            "outcome": {"type": "postponed", "to": "tomorrow"}
        });
        let attempt: Attempt = serde_json::from_value(json.clone()).unwrap();
        assert!(matches!(attempt.outcome, Some(Outcome::Unknown(_))));
        assert_eq!(serde_json::to_value(&attempt).unwrap(), json);
    }
}
