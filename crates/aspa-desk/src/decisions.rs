//! What people decide about effects that wait: to approve, take back, try again, settle, stop.

use std::sync::{Mutex, PoisonError};

use aspa_store::{
    Attempt, AuditAction, AuditEntry, Changes, Decision, DecisionKind, OutboxQuery, OutboxRow,
    OutboxState, Pause, PauseScope, Wanted,
};
use aspa_ticket::{Actor, Event, EventKind};
use aspa_types::{AgentId, EffectKey};
use chrono::{DateTime, Utc};

use crate::desk::Desk;
use crate::error::Error;
use crate::terms::Approver;
use crate::world::World;

/// How many lapsed effects are seen to together.
const LAPSED: usize = 100;

impl Desk {
    /// Effects in the order in which they were queued;
    /// [`OutboxQuery::undecided`] asks for those that wait for a person.
    ///
    /// # Errors
    ///
    /// When the effect to go on after is not there, or the store fails.
    pub async fn outbox(&self, query: &OutboxQuery) -> Result<Vec<OutboxRow>, Error> {
        let rows = self.store().outbox(query).await?;
        Ok(rows.into_iter().map(|row| row.value).collect())
    }

    /// An effect and its tries, first to last.
    ///
    /// # Errors
    ///
    /// When there is none, or the store fails.
    pub async fn effect(&self, key: &EffectKey) -> Result<(OutboxRow, Vec<Attempt>), Error> {
        let found = self.store().effect(key).await?;
        let (row, tries) = found.ok_or_else(|| Error::UnknownEffect(key.clone()))?;
        Ok((row.value, tries))
    }

    /// Lets an effect go that waits for approval: at once, or after its undo window.
    ///
    /// # Errors
    ///
    /// When it does not wait for approval, the time for it is over, the approver lacks the right or wrote
    /// the reply; or the store fails. Nothing has changed then.
    pub async fn approve(&self, key: &EffectKey, by: &Approver) -> Result<OutboxRow, Error> {
        let now = self.now();
        self.decide_effect(key, Some(&by.agent), |row| {
            may_approve(row, by)?;
            if row.next_at <= now {
                return Err(wrong(row));
            }
            if row.effect.by.as_ref() == Some(&by.agent) {
                return Err(Error::OwnReply(row.effect.key.clone()));
            }
            row.release(now);
            let agent = Some(by.agent.clone());
            note(row, DecisionKind::Approved, agent, now, None);
            Ok(())
        })
        .await
    }

    /// Cancels an effect that waits for approval, and says why. Its ticket learns that it will not be
    /// sent.
    ///
    /// # Errors
    ///
    /// When it does not wait for approval, or the approver lacks the right; or the store fails. Nothing
    /// has changed then.
    pub async fn decline(
        &self,
        key: &EffectKey,
        by: &Approver,
        reason: impl Into<String>,
    ) -> Result<OutboxRow, Error> {
        let (now, reason) = (self.now(), reason.into());
        self.decide_effect(key, Some(&by.agent), |row| {
            may_approve(row, by)?;
            row.state = OutboxState::Cancelled;
            let agent = Some(by.agent.clone());
            let reason = Some(reason.clone());
            note(row, DecisionKind::Declined, agent, now, reason);
            Ok(())
        })
        .await
    }

    /// Takes an effect back that has not left: one that waits for approval, for its turn, for its next
    /// try or in its undo window, or that is blocked. Its ticket learns that it will not be sent. Safe
    /// at any time: of a worker that begins with it and this call, one is first and the other is told.
    ///
    /// # Errors
    ///
    /// When it is under way, may have landed, has landed (also a part of it), or has ended; or the store
    /// fails. Nothing has changed then.
    pub async fn cancel(
        &self,
        key: &EffectKey,
        by: Option<&AgentId>,
        reason: Option<&str>,
    ) -> Result<OutboxRow, Error> {
        let now = self.now();
        self.decide_effect(key, by, |row| {
            if !row.can_be_cancelled() {
                return Err(wrong(row));
            }
            row.state = OutboxState::Cancelled;
            let reason = reason.map(str::to_owned);
            note(row, DecisionKind::Cancelled, by.cloned(), now, reason);
            Ok(())
        })
        .await
    }

    /// Queues a blocked effect again, since what stood in its way is mended. It goes on with the first
    /// part that has not landed.
    ///
    /// # Errors
    ///
    /// When it is not blocked, or the store fails. Nothing has changed then.
    pub async fn retry(&self, key: &EffectKey, by: Option<&AgentId>) -> Result<OutboxRow, Error> {
        let now = self.now();
        self.decide_effect(key, by, |row| {
            if row.state != OutboxState::Blocked {
                return Err(wrong(row));
            }
            row.state = OutboxState::Queued;
            row.next_at = now;
            row.uncounted = row.attempts;
            note(row, DecisionKind::Retried, by.cloned(), now, None);
            Ok(())
        })
        .await
    }

    /// Stops this tenant's effects in a scope from being performed, by any worker, until
    /// [`end_pause`](Self::end_pause), also across restarts; what is under way ends. A pause of the same
    /// scope is replaced.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn add_pause(
        &self,
        scope: PauseScope,
        by: Option<AgentId>,
        reason: Option<String>,
    ) -> Result<(), Error> {
        let mut pause = Pause::new(scope, self.now());
        let mut changes = Changes::default();
        let entry = AuditEntry::new(self.now(), by.clone(), AuditAction::Paused);
        changes.audit.push(entry);
        (pause.by, pause.reason) = (by, reason);
        changes.pauses.push(pause);
        self.store().commit(changes).await?;
        Ok(())
    }

    /// Ends the pause of exactly this scope, if there is one.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn end_pause(&self, scope: &PauseScope) -> Result<(), Error> {
        let mut changes = Changes::default();
        changes.resumed.push(scope.clone());
        let entry = AuditEntry::new(self.now(), None, AuditAction::Resumed);
        changes.audit.push(entry);
        self.store().commit(changes).await?;
        self.parts.wake.notify_one();
        Ok(())
    }

    /// The pauses of this tenant that hold.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn pauses(&self) -> Result<Vec<Pause>, Error> {
        Ok(self.store().pauses().await?)
    }

    /// Ends what nobody has decided in time: what waited for approval is cancelled, what was blocked has
    /// failed; their conversations go on. Returns how many there were.
    pub(crate) async fn lapse(&self) -> Result<usize, Error> {
        let now = self.now();
        let mut lapsed = 0;
        loop {
            let due = self.parts.store.lapsed_effects(now, LAPSED).await?;
            let (full, mut ended) = (due.len() == LAPSED, 0);
            for (tenant, row) in due {
                let desk = self.tenant(tenant);
                let decided = desk.decide_effect(&row.value.effect.key, None, |row| {
                    if !row.state.awaits_person() || row.next_at > now {
                        return Err(wrong(row));
                    }
                    row.state = match row.state {
                        OutboxState::AwaitingApproval => OutboxState::Cancelled,
                        _ => OutboxState::FailedFinal,
                    };
                    note(row, DecisionKind::Lapsed, None, now, None);
                    Ok(())
                });
                match decided.await {
                    Ok(_) => ended += 1,
                    // Somebody has just decided it.
                    Err(Error::WrongState { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            lapsed += ended;
            if !full || ended == 0 {
                return Ok(lapsed);
            }
        }
    }

    /// Changes an effect as it is, with what its ticket learns, in one commit; again from the start where
    /// somebody else was first. Returns it as written.
    pub(crate) async fn decide_effect(
        &self,
        key: &EffectKey,
        by: Option<&AgentId>,
        decide: impl Fn(&mut OutboxRow) -> Result<(), Error>,
    ) -> Result<OutboxRow, Error> {
        let now = self.now();
        let mut wanted = Wanted::default();
        wanted.effects.insert(key.clone());
        let written = Mutex::new(None);
        self.settle(wanted, |known| {
            let mut world = World::new(known, self.parts.rules);
            let Ok(Some(row)) = world.effect(key) else {
                return Err(Error::UnknownEffect(key.clone()));
            };
            let before = row.state.clone();
            decide(row)?;
            if !before.may_become(&row.state) {
                return Err(wrong(row));
            }
            let row = row.clone();
            let gone = matches!(
                row.state,
                OutboxState::Cancelled | OutboxState::FailedFinal | OutboxState::DryRun
            );
            if let (true, Some((_, about))) = (gone, &row.ticket) {
                // What is missing has been noted, and `finish` tells.
                let _ = world.happen(about, not_sent(key, by, now));
            }
            *written.lock().unwrap_or_else(PoisonError::into_inner) = Some(row);
            Ok(world.finish(self.parts.sla.as_ref(), now))
        })
        .await?;
        self.parts.news.notify_waiters();
        let written = written.into_inner().unwrap_or_else(PoisonError::into_inner);
        written.ok_or_else(|| Error::UnknownEffect(key.clone()))
    }
}

/// A queued reply will not be sent.
pub(crate) fn not_sent(key: &EffectKey, by: Option<&AgentId>, now: DateTime<Utc>) -> Event {
    let effect = key.clone();
    Event::new(
        now,
        Actor::Us(by.cloned()),
        EventKind::ReplyFailed { effect },
    )
}

/// Writes a decision down.
pub(crate) fn note(
    row: &mut OutboxRow,
    kind: DecisionKind,
    by: Option<AgentId>,
    now: DateTime<Utc>,
    reason: Option<String>,
) {
    row.decisions.push(Decision::new(kind, by, now, reason));
}

pub(crate) fn wrong(row: &OutboxRow) -> Error {
    Error::WrongState {
        effect: row.effect.key.clone(),
        state: row.state.clone(),
    }
}

fn may_approve(row: &OutboxRow, by: &Approver) -> Result<(), Error> {
    let Some(approval) = &row.approval else {
        return Err(wrong(row));
    };
    if row.state != OutboxState::AwaitingApproval {
        return Err(wrong(row));
    }
    if !by.rights.contains(&approval.right) {
        return Err(Error::MissingRight(approval.right.clone()));
    }
    Ok(())
}
