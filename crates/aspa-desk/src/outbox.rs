//! The one place that performs effects and the only one that tries them again.

use std::sync::atomic::Ordering;
use std::time::Duration;

use aspa_channel::{
    Channel, Effect, EffectKind, Idempotency, Landed, Message, MessageKey, Probe, Provenance,
    Receipt, ReplyKind, Status, Times, Via,
};
use aspa_store::{
    Attempt, Claim, ClaimedEffect, OutboxRow, OutboxState, Outcome, Versioned, Wanted,
};
use aspa_ticket::{Actor, Event, EventKind};
use aspa_types::EffectKey;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::timeout;

use crate::act::sent;
use crate::desk::Desk;
use crate::error::Error;
use crate::run::together;
use crate::world::World;

/// How often an effect that surely did not land is tried before it has failed for good.
const MOST_ATTEMPTS: u32 = 8;
/// The first wait between two tries; it doubles each time.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(5);
/// The longest wait.
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(1);

/// How long an effect waits that cannot be performed before somebody mends something.
const UNTIL_MENDED: TimeDelta = TimeDelta::minutes(5);

/// How long an effect of an account that this desk does not have is left to others.
const NOT_OURS: TimeDelta = TimeDelta::seconds(30);

/// What a round of the outbox did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivered {
    /// Effects that the network took, or was found to have taken before.
    pub accepted: usize,
    /// Effects that will be tried again.
    pub postponed: usize,
    /// Effects that failed for good.
    pub failed: usize,
    /// Effects that may have happened, where nobody can tell: a person decides.
    pub uncertain: usize,
    /// Effects that a dry run only checked.
    pub dry_run: usize,
}

impl Delivered {
    fn count(&mut self, state: &OutboxState) {
        match state {
            OutboxState::Accepted => self.accepted += 1,
            // Still sending: the network is asked again later.
            OutboxState::FailedRetryable | OutboxState::Sending => self.postponed += 1,
            OutboxState::Uncertain => self.uncertain += 1,
            OutboxState::DryRun => self.dry_run += 1,
            _ => self.failed += 1,
        }
    }
}

/// What a try comes to.
struct Ended {
    state: OutboxState,
    next_at: DateTime<Utc>,
    receipt: Option<Receipt>,
    outcome: Outcome,
}

impl Desk {
    /// Performs the effects whose turn it is, until none is due. Nothing while paused.
    ///
    /// An effect that may have happened, since the process ended in it or the network did not answer,
    /// is looked for first, and never performed again unless it surely did not land or the network
    /// makes one of two.
    ///
    /// # Errors
    ///
    /// When the store fails. What was under way is looked for again when its lease has ended.
    pub async fn deliver(&self) -> Result<Delivered, Error> {
        let mut delivered = Delivered::default();
        while self.deliver_some(&mut delivered).await? {}
        Ok(delivered)
    }

    /// Performs the effects whose turn it is now, side by side, so that none waits for another while
    /// its lease runs out. Returns whether there were any.
    pub(crate) async fn deliver_some(&self, delivered: &mut Delivered) -> Result<bool, Error> {
        if self.parts.paused.load(Ordering::SeqCst) {
            return Ok(false);
        }
        let claim = Claim {
            now: self.now(),
            lease: self.parts.lease,
            limit: 16,
        };
        let claimed = self.parts.store.claim_outbox(claim).await?;
        let any = !claimed.is_empty();
        let performed = together(claimed.into_iter().map(|effect| self.perform(effect))).await;
        for state in performed {
            delivered.count(&state?);
        }
        Ok(any)
    }

    #[tracing::instrument(skip_all, fields(effect = %claimed.row.value.effect.key))]
    async fn perform(&self, claimed: ClaimedEffect) -> Result<OutboxState, Error> {
        let ClaimedEffect {
            tenant,
            row,
            attempt,
            interrupted,
            ..
        } = claimed;
        let ended = if self.parts.dry_run && interrupted {
            // It may have landed: whoever performs effects finds out, not a rehearsal.
            not_ours(true, self.now())
        } else if self.parts.dry_run {
            self.rehearse(&row.value)
        } else {
            self.attempt(&row.value, &attempt, interrupted).await
        };
        let state = ended.state.clone();
        tracing::info!(%state, try_number = attempt.number, "effect");
        let desk = self.tenant(tenant);
        desk.settle_effect(row, attempt, ended).await?;
        Ok(state)
    }

    fn rehearse(&self, row: &OutboxRow) -> Ended {
        let checked = match self.parts.channels.get(row.effect.account()) {
            Some(channel) => channel
                .capabilities(Some(&row.effect.conversation))
                .check(&row.effect),
            None => return not_ours(false, self.now()),
        };
        let now = self.now();
        match checked {
            Ok(()) => Ended {
                state: OutboxState::DryRun,
                next_at: now,
                receipt: None,
                outcome: Outcome::Absent,
            },
            Err(error) => failed(&error, row.attempts, now),
        }
    }

    async fn attempt(&self, row: &OutboxRow, attempt: &Attempt, interrupted: bool) -> Ended {
        let now = self.now();
        let Some(channel) = self.parts.channels.get(row.effect.account()) else {
            return not_ours(interrupted, now);
        };
        let limit = self.time_for_one();
        let tried = self.try_once(channel.as_ref(), row, attempt, interrupted);
        match limit {
            None => tried.await,
            Some(limit) => match timeout(limit, tried).await {
                Ok(ended) => ended,
                Err(_) => {
                    let error =
                        aspa_channel::Error::new(aspa_channel::ErrorKind::Unavailable, "perform")
                            .with_landed(Landed::Maybe)
                            .with("after", format_args!("{} s", limit.as_secs()));
                    uncertain_for_now(&error, attempt.number, self.now())
                }
            },
        }
    }

    /// How long an effect may take: so much less than the lease that nobody else can be at it. Of a
    /// desk that is alone there is no lease to keep.
    fn time_for_one(&self) -> Option<Duration> {
        let limit = self.parts.lease * 3 / 4;
        limit.to_std().ok().filter(|limit| !limit.is_zero())
    }

    async fn try_once(
        &self,
        channel: &dyn Channel,
        row: &OutboxRow,
        attempt: &Attempt,
        interrupted: bool,
    ) -> Ended {
        let now = self.now();
        if interrupted {
            match channel.probe(&row.effect).await {
                Ok(Probe::Found(receipt)) => return found(receipt, now),
                Ok(Probe::Absent) => {}
                Ok(Probe::CannotTell) if repeats_safely(channel, &row.effect) => {}
                Ok(Probe::CannotTell) => {
                    let error =
                        aspa_channel::Error::new(aspa_channel::ErrorKind::Unavailable, "probe")
                            .with_landed(Landed::Maybe);
                    return uncertain(&error, now);
                }
                Err(error) => return uncertain_for_now(&error, attempt.number, now),
            }
        }
        match channel.perform(&row.effect).await {
            Ok(receipt) => Ended {
                state: OutboxState::Accepted,
                next_at: now,
                receipt: Some(receipt.clone()),
                outcome: Outcome::Accepted { receipt },
            },
            Err(error) if error.landed() == Landed::No => failed(&error, attempt.number, now),
            // It may still be on its way where a probe does not find it yet: the next try looks again
            // before it performs.
            Err(error) => match channel.probe(&row.effect).await {
                Ok(Probe::Found(receipt)) => found(receipt, now),
                _ if error.landed() == Landed::Yes => {
                    found(Receipt::new(row.effect.key.clone()), now)
                }
                Ok(Probe::CannotTell) if !repeats_safely(channel, &row.effect) => {
                    uncertain(&error, now)
                }
                _ => uncertain_for_now(&error, attempt.number, now),
            },
        }
    }

    /// A person has looked and says whether an [uncertain](OutboxState::Uncertain) effect landed: if so
    /// the ticket learns that it was sent, else that it failed. Its conversation goes on either way.
    ///
    /// # Errors
    ///
    /// When there is no such effect or it is not uncertain, or the store fails.
    pub async fn settle_uncertain(&self, key: &EffectKey, landed: bool) -> Result<(), Error> {
        let stored = self.store().effect(key).await?;
        let uncertain = stored.filter(|(row, _)| row.value.state == OutboxState::Uncertain);
        let Some((row, tries)) = uncertain else {
            return Err(Error::NotUncertain(key.clone()));
        };
        let now = self.now();
        let ended = match landed {
            true => found(Receipt::new(key.clone()), now),
            false => Ended {
                state: OutboxState::FailedFinal,
                next_at: now,
                receipt: None,
                outcome: Outcome::Absent,
            },
        };
        let number = tries.last().map_or(1, |last| last.number + 1);
        self.settle_effect(row, Attempt::started(number, now), ended)
            .await?;
        self.parts.wake.notify_one();
        Ok(())
    }

    /// Writes down what a try came to: the row, the try, and what the ticket learns, in one commit.
    async fn settle_effect(
        &self,
        row: Versioned<OutboxRow>,
        attempt: Attempt,
        ended: Ended,
    ) -> Result<(), Error> {
        let now = self.now();
        let key = row.value.effect.key.clone();
        let Versioned {
            value: mut outbox,
            version,
        } = row;
        outbox.state = ended.state.clone();
        outbox.next_at = ended.next_at;
        outbox.receipt.clone_from(&ended.receipt);
        let attempt = attempt.finished(now, ended.outcome);
        let about = outbox.ticket.clone();
        let mut wanted = Wanted::default();
        wanted
            .tickets
            .extend(about.iter().map(|(_, key)| key.clone()));
        let answers = match &outbox.effect.kind {
            EffectKind::Send { in_reply_to, .. } => in_reply_to.clone(),
            _ => None,
        };
        wanted.messages.extend(answers.clone());
        let receipt = ended.receipt.as_ref();
        wanted
            .messages
            .extend(receipt.and_then(|receipt| name_of(&outbox.effect, receipt)));
        let done = self
            .settle(wanted, |known| {
                let mut world = World::new(known, self.parts.rules);
                // What is missing has been noted, and `finish` tells; so for all below.
                let answered = answers
                    .as_ref()
                    .and_then(|key| world.look(key).ok().flatten());
                let answered = answered.and_then(|record| record.message.as_ref());
                let made = receipt.and_then(|r| made(&outbox.effect, r, answered, now));
                let event = match (&ended.state, &made) {
                    (OutboxState::Accepted, Some(message)) => {
                        let reply = message.reply.clone().unwrap_or(ReplyKind::Answer);
                        let at = message.times.effective().unwrap_or(now);
                        Some((at, sent(message.key.clone(), reply, key.clone())))
                    }
                    (OutboxState::FailedFinal | OutboxState::DryRun, _) => Some((
                        now,
                        EventKind::ReplyFailed {
                            effect: key.clone(),
                        },
                    )),
                    _ => None,
                };
                let by = Actor::Us(outbox.effect.by.clone());
                if let (Some((_, about)), Some((at, kind))) = (&about, event) {
                    let _ = world.happen(about, Event::new(at, by, kind));
                }
                if let Some(message) = &made {
                    // An echo that was here first is left as it is.
                    let provenance = Provenance::new(Via::Own);
                    if let Ok(record) = world.message(&message.key)
                        && record.message.is_none()
                    {
                        record.write(message.clone(), &provenance);
                    }
                }
                Ok(world
                    .finish(self.parts.sla.as_ref(), now)
                    .map(|mut changes| {
                        changes.outbox = vec![Versioned {
                            value: outbox.clone(),
                            version,
                        }];
                        changes.attempts = vec![(key.clone(), attempt.clone())];
                        changes
                    }))
            })
            .await;
        self.parts.news.notify_waiters();
        match done {
            // Whoever took it over when our lease ended has settled it, or will.
            Err(error) if error.is_conflict() => {
                tracing::warn!("another worker settled the effect");
                Ok(())
            }
            other => other.map(drop),
        }
    }
}

/// The name of the message that a landed effect made.
fn name_of(effect: &Effect, receipt: &Receipt) -> Option<MessageKey> {
    // Of a network that names nothing, no echo can come under another name.
    let unnamed = || MessageKey::new(effect.account().clone(), effect.key.as_str()).ok();
    receipt.messages.first().cloned().or_else(unnamed)
}

/// The message that a landed effect made, as we know it before any echo.
fn made(
    effect: &Effect,
    receipt: &Receipt,
    answered: Option<&Message>,
    now: DateTime<Utc>,
) -> Option<Message> {
    let mut message = Message::of_effect(name_of(effect, receipt)?, effect, answered)?;
    message.times = Times::vouched(receipt.at.unwrap_or(now));
    message.times.received = Some(now);
    message.times.applied = Some(now);
    Some(message)
}

fn repeats_safely(channel: &dyn Channel, effect: &Effect) -> bool {
    let claims = channel.capabilities(Some(&effect.conversation));
    claims.idempotency == Idempotency::Native
}

/// Another desk at this store performs it, or this one will again: not ours to fail.
fn not_ours(interrupted: bool, now: DateTime<Utc>) -> Ended {
    let error = aspa_channel::Error::new(aspa_channel::ErrorKind::Unsupported, "perform")
        .with_status(Status::Persistent)
        .with_remedy("connect a channel for this account, on a desk that performs effects");
    let state = match interrupted {
        true => OutboxState::Sending,
        false => OutboxState::FailedRetryable,
    };
    Ended {
        state,
        next_at: now + NOT_OURS,
        receipt: None,
        outcome: outcome(&error),
    }
}

fn found(receipt: Receipt, now: DateTime<Utc>) -> Ended {
    Ended {
        state: OutboxState::Accepted,
        next_at: now,
        receipt: Some(receipt.clone()),
        outcome: Outcome::Found { receipt },
    }
}

/// It surely did not land: again later where that can help, for as long as it takes where somebody has
/// to mend something first (an expired token), else it has failed for good.
fn failed(error: &aspa_channel::Error, number: u32, now: DateTime<Utc>) -> Ended {
    let (state, pause) = match error.status() {
        Status::Temporary if number < MOST_ATTEMPTS => {
            (OutboxState::FailedRetryable, wait(error, number))
        }
        Status::Persistent => (OutboxState::FailedRetryable, UNTIL_MENDED),
        _ => (OutboxState::FailedFinal, TimeDelta::zero()),
    };
    Ended {
        state,
        next_at: now + pause,
        receipt: None,
        outcome: outcome(error),
    }
}

/// It may have landed and the network could not be asked, or makes one of two: still `Sending`, so
/// that whoever claims it next looks first.
fn uncertain_for_now(error: &aspa_channel::Error, number: u32, now: DateTime<Utc>) -> Ended {
    if number >= MOST_ATTEMPTS {
        return uncertain(error, now);
    }
    let next_at = now + wait(error, number);
    Ended {
        state: OutboxState::Sending,
        next_at,
        receipt: None,
        outcome: outcome(error),
    }
}

fn uncertain(error: &aspa_channel::Error, now: DateTime<Utc>) -> Ended {
    let state = OutboxState::Uncertain;
    Ended {
        state,
        next_at: now,
        receipt: None,
        outcome: outcome(error),
    }
}

fn outcome(error: &aspa_channel::Error) -> Outcome {
    Outcome::Failed {
        kind: error.kind().clone(),
        status: error.status(),
        landed: error.landed(),
        error: error.to_string(),
    }
}

/// What the network asks for, else 5 s doubled with each try, at most an hour.
fn wait(error: &aspa_channel::Error, number: u32) -> TimeDelta {
    let asked = error
        .retry_after()
        .map(|wait: Duration| TimeDelta::from_std(wait));
    let doubled = FIRST_WAIT * 2_i32.saturating_pow(number.saturating_sub(1).min(16));
    asked
        .and_then(Result::ok)
        .unwrap_or(doubled.min(LONGEST_WAIT))
}
