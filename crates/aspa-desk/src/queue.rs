//! Effects beside replies: to hide, rewrite, remove or react to a message, to answer in private, to
//! write first.

use aspa_channel::{Capabilities, Effect, EffectName};
use aspa_store::{Changes, DecisionKind, EffectPart, OutboxRow, OutboxState, Versioned, Wanted};
use aspa_ticket::{Ticket, TicketKey};
use aspa_types::{AgentId, EffectKey, TicketId};
use chrono::{DateTime, Utc};

use crate::decisions::{not_sent, note, wrong};
use crate::desk::Desk;
use crate::error::Error;
use crate::terms::Terms;
use crate::world::World;

impl Desk {
    /// Queues an effect, on the [terms](crate::DeskBuilder::terms) that hold for it: to hide a comment, to
    /// rewrite or remove one of ours, to answer in private, to write first. It is performed by
    /// [`deliver`](Self::deliver) after those that were queued before it in its conversation. Once it has
    /// landed, the message that it changed is known to be so, before any echo of the network's.
    ///
    /// Its key is its name for ever: the same effect under the same key is queued once, however often it
    /// is asked for. To answer a ticket, use [`reply`](Self::reply): only that tells the ticket.
    ///
    /// # Errors
    ///
    /// When the account is not one of this tenant's, its channel could not take the effect (not
    /// supported, too long, too late …), the key names another effect, or the store fails. Nothing is
    /// queued then.
    pub async fn queue(&self, effect: Effect) -> Result<EffectKey, Error> {
        self.enqueue(None, effect).await
    }

    /// Queues an effect in the place of one that has not left, which is cancelled in the same commit. It
    /// is last in its conversation, on terms of its own.
    ///
    /// # Errors
    ///
    /// When there is no effect `old`, or it has left or ended; or as [`queue`](Self::queue). Nothing has
    /// changed then.
    pub async fn supersede(&self, old: &EffectKey, effect: Effect) -> Result<EffectKey, Error> {
        self.enqueue(Some(old), effect).await
    }

    async fn enqueue(&self, old: Option<&EffectKey>, effect: Effect) -> Result<EffectKey, Error> {
        let (now, key) = (self.now(), effect.key.clone());
        let account = effect.account();
        if self.tenant_of(account) != *self.tenant_id() {
            return Err(Error::UnknownAccount(account.clone()));
        }
        if let Some((row, _)) = self.store().effect(&key).await?
            && row.value.effect == effect
        {
            return Ok(key);
        }
        let channel = self.channel(account)?;
        let capabilities = channel.capabilities(Some(&effect.conversation));
        capabilities.check(&effect)?;
        self.check_time(&effect, None, &capabilities).await?;
        let mut wanted = Wanted::default();
        wanted.effects.insert(key.clone());
        wanted.effects.extend(old.cloned());
        self.settle(wanted, |known| {
            let mut world = World::new(known, self.parts.rules);
            if let Ok(Some(row)) = world.effect(&key) {
                return match row.effect == effect {
                    true => Ok(Ok(Changes::default())),
                    false => Err(Error::KeyTaken(key.clone())),
                };
            }
            if let Some(old) = old {
                let Ok(Some(row)) = world.effect(old) else {
                    return Err(Error::UnknownEffect(old.clone()));
                };
                if !row.can_be_cancelled() {
                    return Err(wrong(row));
                }
                replace(row, &key, effect.by.as_ref(), now);
                if let Some((_, about)) = row.ticket.clone() {
                    // What is missing has been noted, and `finish` tells.
                    let _ = world.happen(&about, not_sent(old, effect.by.as_ref(), now));
                }
            }
            let row = self.on_terms(effect.clone(), None, Vec::new(), now);
            let finished = world.finish(self.parts.sla.as_ref(), now);
            Ok(finished.map(|mut changes| {
                changes.outbox.push(Versioned::new(row));
                changes
            }))
        })
        .await?;
        self.parts.news.notify_waiters();
        Ok(key)
    }

    /// A row for an effect, on the terms that hold for it.
    pub(crate) fn on_terms(
        &self,
        effect: Effect,
        ticket: Option<&Ticket>,
        parts: Vec<Effect>,
        now: DateTime<Utc>,
    ) -> OutboxRow {
        let policy = self.parts.terms.as_ref();
        let terms = policy.map_or_else(Terms::at_once, |policy| policy.terms(&effect, ticket));
        let about = ticket.map(|ticket| (ticket.id.clone(), ticket.key.clone()));
        let mut row = OutboxRow::queued(effect, about, now).in_parts(parts);
        row.undo_seconds = terms.undo_seconds;
        if let Some((right, within)) = terms.approval {
            let until = now.checked_add_signed(within);
            return row.awaiting_approval(right, until.unwrap_or(DateTime::<Utc>::MAX_UTC));
        }
        row.release(now);
        row
    }

    /// Refuses what comes too late for the network: a reply to this ticket, or else an effect on a
    /// message. Where it is not known when the time began, the network says so itself.
    pub(crate) async fn check_time(
        &self,
        effect: &Effect,
        ticket: Option<&(TicketId, TicketKey)>,
        capabilities: &Capabilities,
    ) -> Result<(), Error> {
        let name = effect.kind.name();
        if capabilities.seconds(&name).is_none() {
            return Ok(());
        }
        let since = match (&name, ticket) {
            (EffectName::Send, Some((id, _))) => {
                let ticket = self.store().ticket(id).await?;
                let newest = ticket
                    .as_ref()
                    .and_then(|row| row.value.answerable().last());
                newest.map(|message| message.at)
            }
            _ => self.written_at(effect).await?,
        };
        if let Some(since) = since {
            capabilities.check_time(&name, since, self.now())?;
        }
        Ok(())
    }

    /// When the message was written that an effect is done to. Of a deletion: if it is ours, since
    /// moderating somebody else's has no time.
    async fn written_at(&self, effect: &Effect) -> Result<Option<DateTime<Utc>>, Error> {
        let Some(key) = effect.kind.message() else {
            return Ok(None);
        };
        let mut wanted = Wanted::default();
        wanted.messages.insert(key.clone());
        let loaded = self.store().load(&wanted).await?;
        let record = loaded.messages.get(key);
        let message = record.and_then(|row| row.value.message.as_ref());
        let message = message.filter(|message| {
            effect.kind.name() != EffectName::Delete
                || message.direction == aspa_channel::Direction::Outbound
        });
        Ok(message.and_then(|message| message.times.effective()))
    }
}

/// Writes down that another effect was queued in the place of this one.
pub(crate) fn replace(
    row: &mut OutboxRow,
    by_effect: &EffectKey,
    agent: Option<&AgentId>,
    now: DateTime<Utc>,
) {
    row.state = OutboxState::Cancelled;
    row.superseded_by = Some(by_effect.clone());
    note(row, DecisionKind::Superseded, agent.cloned(), now, None);
}

/// The part whose turn it is, if it has this key.
pub(crate) fn turn_of<'a>(row: &'a OutboxRow, part: &EffectKey) -> Option<&'a EffectPart> {
    let unsent = row.parts.iter().find(|part| part.receipt.is_none());
    unsent.filter(|unsent| unsent.effect.key == *part)
}
