use std::fmt;

use aspa_channel::{Effect, EffectKind, ErrorKind, Landed, Receipt, Status};
use aspa_ticket::TicketKey;
use aspa_types::{AgentId, EffectKey, Extra, TenantId, TicketId, keep_unknown, text_enum};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::changes::Versioned;
use crate::outbox_state::OutboxState;

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
    /// Not before then. While sending: until when whoever is at it may take. While a person has to
    /// decide: until when it waits for that.
    pub next_at: DateTime<Utc>,
    /// How often it was tried.
    #[serde(default)]
    pub attempts: u32,
    /// How many of these tries do not count against how often it may be tried: those of parts that
    /// landed, and those that were blocked.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub uncounted: u32,
    /// What somebody has to agree to before it is performed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// For how many seconds it can be taken back once nothing else holds it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub undo_seconds: u32,
    /// Why it cannot be performed here and now; kept when that has changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<Blocked>,
    /// The effects that are performed in its stead, in this order; empty: itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<EffectPart>,
    /// The effect that was queued in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<EffectKey>,
    /// What people, or the end of their time, decided about it, first to last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
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
            uncounted: 0,
            approval: None,
            undo_seconds: 0,
            blocked: None,
            parts: Vec::new(),
            superseded_by: None,
            decisions: Vec::new(),
            receipt: None,
            extra: Extra::new(),
        }
    }

    /// The same, once somebody with this right has agreed, which has to be before `until`.
    #[must_use]
    pub fn awaiting_approval(mut self, right: impl Into<String>, until: DateTime<Utc>) -> Self {
        self.state = OutboxState::AwaitingApproval;
        self.next_at = until;
        self.approval = Some(Approval {
            right: right.into(),
            until,
            extra: Extra::new(),
        });
        self
    }

    /// The same, performed in these parts.
    #[must_use]
    pub fn in_parts(mut self, parts: impl IntoIterator<Item = Effect>) -> Self {
        self.parts = parts.into_iter().map(EffectPart::new).collect();
        self
    }

    /// Lets it go from `now` on: after the time in which it can be taken back, if there is one.
    pub fn release(&mut self, now: DateTime<Utc>) {
        let undo = TimeDelta::seconds(self.undo_seconds.into());
        self.state = match self.undo_seconds {
            0 => OutboxState::Queued,
            _ => OutboxState::UndoWindow,
        };
        self.next_at = now.checked_add_signed(undo).unwrap_or(now);
    }

    /// What is performed next: the first part that has not landed, or the effect itself.
    #[must_use]
    pub fn turn(&self) -> &Effect {
        let unsent = self.parts.iter().find(|part| part.receipt.is_none());
        unsent.map_or(&self.effect, |part| &part.effect)
    }

    /// How many of its parts have landed.
    #[must_use]
    pub fn parts_landed(&self) -> usize {
        let landed = |part: &&EffectPart| part.receipt.is_some();
        self.parts.iter().filter(landed).count()
    }

    /// Whether nothing of it has left or is under way, so that it can be taken back.
    #[must_use]
    pub fn can_be_cancelled(&self) -> bool {
        self.state.is_idle() && self.parts_landed() == 0
    }
}

impl OutboxRow {
    /// Whether it may be written over with this: of the same account, and of the same conversation
    /// unless neither holds up what comes after it there. An erasure gives another name to a
    /// conversation that is named after a person.
    pub(crate) fn may_become(&self, anew: &Self) -> bool {
        let (old, new) = (&self.effect.conversation, &anew.effect.conversation);
        let still = !self.state.holds_lane() && !anew.state.holds_lane();
        old.account == new.account && (old == new || still)
    }

    /// Takes out everything that was written: text, media, reasons, what a network answered, and whatever
    /// came with them. What is done where, for whom, when and by whom stays. What has not left will not.
    pub fn erase(&mut self) {
        bare_effect(&mut self.effect);
        for part in &mut self.parts {
            bare_effect(&mut part.effect);
            part.receipt.iter_mut().for_each(bare_receipt);
            part.extra.clear();
        }
        if let Some(approval) = &mut self.approval {
            approval.extra.clear();
        }
        if let Some(blocked) = &mut self.blocked {
            blocked.reason.clear();
            blocked.alternatives.clear();
            blocked.extra.clear();
        }
        for decision in &mut self.decisions {
            decision.reason = None;
            decision.extra.clear();
        }
        self.receipt.iter_mut().for_each(bare_receipt);
        self.extra.clear();
        if self.state.holds_lane() {
            self.state = OutboxState::Cancelled;
        }
    }
}

impl Attempt {
    /// Takes out what the network answered, but for its kind, whether it landed and what it made.
    pub fn erase(&mut self) {
        self.extra.clear();
        match &mut self.outcome {
            Some(Outcome::Accepted { receipt } | Outcome::Found { receipt }) => {
                bare_receipt(receipt);
            }
            Some(Outcome::Failed { error, .. }) => error.clear(),
            Some(Outcome::Unknown(outcome)) => bare_unknown(outcome),
            Some(Outcome::Absent) | None => {}
        }
    }
}

fn bare_effect(effect: &mut Effect) {
    effect.extra.clear();
    match &mut effect.kind {
        EffectKind::Send {
            text, media, extra, ..
        } => {
            text.clear();
            media.clear();
            extra.clear();
        }
        EffectKind::PrivateReply { text, extra, .. } | EffectKind::Edit { text, extra, .. } => {
            text.clear();
            extra.clear();
        }
        EffectKind::React {
            reaction, extra, ..
        } => {
            reaction.clear();
            extra.clear();
        }
        EffectKind::Delete { extra, .. }
        | EffectKind::Hide { extra, .. }
        | EffectKind::MarkRead { extra, .. } => extra.clear(),
        EffectKind::Unknown(kind) => bare_unknown(kind),
        _ => {}
    }
}

fn bare_receipt(receipt: &mut Receipt) {
    receipt.extra.clear();
}

/// Of what a later version wrote nothing but its name can be told from what people write.
fn bare_unknown(value: &mut serde_json::Value) {
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|name, _| name == "type");
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// That somebody has to agree first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Approval {
    /// The right that it takes, a word of the host's.
    pub right: String,
    /// Until when; after that it is cancelled.
    pub until: DateTime<Utc>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

/// Why an effect cannot be performed here and now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Blocked {
    /// What stands in the way.
    pub kind: ErrorKind,
    /// The same in one line, without anything that was written.
    pub reason: String,
    /// What would work instead, or what to do first, in the words of the channel.
    #[serde(default)]
    pub alternatives: Vec<String>,
    /// Since when.
    pub at: DateTime<Utc>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Blocked {
    /// It is blocked since `at`.
    #[must_use]
    pub fn new(
        kind: ErrorKind,
        reason: impl Into<String>,
        alternatives: Vec<String>,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            kind,
            reason: reason.into(),
            alternatives,
            at,
            extra: Extra::new(),
        }
    }
}

/// A part of an effect that is performed by itself, under a key of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EffectPart {
    /// What is to be done.
    pub effect: Effect,
    /// What came of it, once it has landed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl EffectPart {
    /// A part that has not landed.
    #[must_use]
    pub fn new(effect: Effect) -> Self {
        Self {
            effect,
            receipt: None,
            extra: Extra::new(),
        }
    }
}

text_enum! {
    /// What was decided about an effect.
    pub enum DecisionKind {
        /// It may be performed.
        Approved = "approved",
        /// It may not.
        Declined = "declined",
        /// It was taken back.
        Cancelled = "cancelled",
        /// Another one was queued in its place.
        Superseded = "superseded",
        /// What blocked it is mended: it is tried again.
        Retried = "retried",
        /// Somebody looked: it landed.
        Found = "found",
        /// Somebody looked: it did not land.
        Absent = "absent",
        /// Nobody decided in time.
        Lapsed = "lapsed",
    }
}

/// A decision about an effect.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Decision {
    /// What was decided.
    pub kind: DecisionKind,
    /// By whom; none: by the desk itself, or nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<AgentId>,
    /// When.
    pub at: DateTime<Utc>,
    /// Why, in their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Decision {
    /// Decided at that time.
    #[must_use]
    pub fn new(
        kind: DecisionKind,
        by: Option<AgentId>,
        at: DateTime<Utc>,
        reason: Option<String>,
    ) -> Self {
        Self {
            kind,
            by,
            at,
            reason,
            extra: Extra::new(),
        }
    }
}

/// `Debug` shows what was decided and by whom, never why: people write that.
impl fmt::Debug for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decision")
            .field("kind", &self.kind)
            .field("by", &self.by)
            .field("at", &self.at)
            .finish_non_exhaustive()
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
#[serde(
    remote = "Self",
    tag = "type",
    rename_all = "snake_case",
    deny_unknown_fields
)]
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

keep_unknown!(
    Outcome,
    "type",
    ["accepted", "found", "absent", "failed"],
    alone["absent"]
);

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
    fn a_row_of_an_earlier_version_is_read() {
        let json = json!({
            "effect": {
                "key": "e-1", "conversation": {"account": "shop", "id": "c"},
                "kind": {"type": "send", "text": "Hei", "reply": "answer"}
            },
            "state": "queued", "queued_at": "2026-11-21T08:00:00Z", "next_at": "2026-11-21T08:00:00Z"
        });
        let row: OutboxRow = serde_json::from_value(json).unwrap();
        assert_eq!((row.uncounted, row.undo_seconds), (0, 0));
        assert_eq!(row.turn(), &row.effect);
        assert!(row.can_be_cancelled() && row.decisions.is_empty());
        let again: OutboxRow = serde_json::from_str(&serde_json::to_string(&row).unwrap()).unwrap();
        assert_eq!(row, again);
    }

    #[test]
    fn its_turn_has_the_first_part_that_has_not_landed() {
        let part = |key: &str| {
            let conversation = json!({"account": "shop", "id": "c"});
            let kind = aspa_channel::EffectKind::send(key, aspa_channel::ReplyKind::Answer);
            let key = EffectKey::new(key).unwrap();
            Effect::new(key, serde_json::from_value(conversation).unwrap(), kind)
        };
        let now = DateTime::UNIX_EPOCH;
        let parts = [part("a"), part("b")];
        let mut row = OutboxRow::queued(part("whole"), None, now).in_parts(parts.clone());
        assert_eq!(row.turn(), &parts[0]);
        row.parts[0].receipt = Some(Receipt::new(parts[0].key.clone()));
        assert_eq!(row.turn(), &parts[1]);
        assert!(!row.can_be_cancelled(), "a part has left");
    }

    /// Rows as hostile as they come: a secret in every place that can hold a text.
    #[test]
    fn an_erased_row_holds_nothing_that_was_written() {
        let conversation = json!({"account": "shop", "id": "c"});
        let message = json!({"account": "shop", "id": "m"});
        let media = json!([{"kind": "image", "media_type": "image/png", "alt": "SECRET", "url": "https://e.example/SECRET"}]);
        let receipt = json!({"effect": "e", "messages": [message], "page": "SECRET"});
        for kind in [
            json!({"type": "send", "text": "SECRET", "reply": "answer", "media": media, "subject": "SECRET"}),
            json!({"type": "private_reply", "message": message, "text": "SECRET", "subject": "SECRET"}),
            json!({"type": "edit", "message": message, "text": "SECRET", "note": "SECRET"}),
            json!({"type": "delete", "message": message, "snapshot": "SECRET"}),
            json!({"type": "hide", "message": message, "hidden": true, "snapshot": "SECRET"}),
            json!({"type": "react", "message": message, "reaction": "SECRET", "as": "SECRET"}),
            json!({"type": "mark_read", "message": message, "of": "SECRET"}),
            json!({"type": "call", "script": ["SECRET"], "SECRET": 1}),
        ] {
            let effect =
                json!({"key": "e", "conversation": conversation, "kind": kind, "draft": "SECRET"});
            let row = json!({
                "effect": effect, "state": "blocked", "queued_at": "2026-11-21T08:00:00Z",
                "next_at": "2026-11-21T08:00:00Z", "said": "SECRET", "receipt": receipt,
                "approval": {"right": "publish", "until": "2026-11-21T08:00:00Z", "hint": "SECRET"},
                "blocked": {
                    "kind": "window_closed", "reason": "SECRET", "alternatives": ["template: SECRET"],
                    "at": "2026-11-21T08:00:00Z", "draft": "SECRET"
                },
                "parts": [{"effect": effect, "receipt": receipt, "page": "SECRET"}],
                "decisions": [{"kind": "declined", "at": "2026-11-21T08:00:00Z", "reason": "SECRET", "chat": "SECRET"}],
            });
            let mut row: OutboxRow = serde_json::from_value(row).unwrap();
            assert_eq!(row.blocked.as_ref().unwrap().alternatives.len(), 1);
            row.erase();
            let json = serde_json::to_string(&row).unwrap();
            assert!(!json.contains("SECRET"), "{json}");
            assert_eq!(row.state, OutboxState::Cancelled);
            let again: OutboxRow = serde_json::from_str(&json).unwrap();
            assert_eq!(again, row);
        }
        for outcome in [
            json!({"type": "accepted", "receipt": receipt}),
            json!({"type": "found", "receipt": receipt}),
            json!({"type": "failed", "kind": "rejected", "status": "permanent", "landed": "no", "error": "no such user SECRET"}),
            json!({"type": "postponed", "to": "SECRET"}),
            json!("absent"),
        ] {
            let attempt = json!({"number": 1, "started_at": "2026-11-21T08:00:00Z", "outcome": outcome, "log": "SECRET"});
            let mut attempt: Attempt = serde_json::from_value(attempt).unwrap();
            attempt.erase();
            let json = serde_json::to_string(&attempt).unwrap();
            assert!(!json.contains("SECRET"), "{json}");
            assert_eq!(serde_json::from_str::<Attempt>(&json).unwrap(), attempt);
        }
    }

    #[test]
    fn debug_hides_what_people_write() {
        let reason = Some("the customer is rude".to_owned());
        let decision = Decision::new(DecisionKind::Declined, None, DateTime::UNIX_EPOCH, reason);
        assert!(!format!("{decision:?}").contains("rude"));
    }

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
