//! The one place that performs effects and the only one that tries them again.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aspa_channel::{
    Capabilities, Channel, DeliveryStatus, Effect, EffectKind, EffectName, ErrorKind, Idempotency,
    Landed, Message, MessageKey, Probe, Provenance, Receipt, ReplyKind, Status, Times, Via,
};
use aspa_store::{
    Attempt, Blocked, Claim, ClaimedEffect, Decision, DecisionKind, MessageRecord, OutboxRow,
    OutboxState, Outcome, Versioned, Wanted,
};
use aspa_ticket::{Actor, Attached, Event, EventKind};
use aspa_types::{AgentId, EffectKey};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::act::sent;
use crate::automating::run_rules_after;
use crate::desk::Desk;
use crate::echo;
use crate::error::Error;
use crate::holds::is_throttled;
use crate::landed;
use crate::marks;
use crate::meter;
use crate::run::{together, until_true};
use crate::world::World;

/// How often an effect that surely did not land is tried before it has failed for good.
const MOST_ATTEMPTS: u32 = 8;
/// How many tries that were cut off do not count. More count all the same: an effect that ends its worker
/// each time must come to an end.
const MOST_CUT_OFF: u32 = 64;
/// How many effects are performed at once by [`Desk::deliver`].
const AT_ONCE: usize = 16;
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
    /// Effects that cannot be performed here and now: a person decides.
    pub blocked: usize,
    /// Effects that nobody approved or mended in time.
    pub lapsed: usize,
}

impl Delivered {
    fn count(&mut self, state: &OutboxState) {
        match state {
            state if state.has_landed() => self.accepted += 1,
            // Still sending: the network is asked again later. Queued: its next part is.
            OutboxState::FailedRetryable | OutboxState::Sending => self.postponed += 1,
            OutboxState::Queued => {}
            OutboxState::Blocked => self.blocked += 1,
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
    blocked: Option<Blocked>,
    /// Whether it counts against how often it may be tried.
    counts: bool,
}

impl Ended {
    /// It has not landed.
    fn at(state: OutboxState, next_at: DateTime<Utc>, outcome: Outcome) -> Self {
        Self {
            state,
            next_at,
            receipt: None,
            outcome,
            blocked: None,
            counts: true,
        }
    }
}

impl Desk {
    /// Performs the effects whose turn it is, until none is due, and ends what nobody has decided in
    /// time. Nothing is performed while paused.
    ///
    /// An effect that may have happened, since the process ended in it or the network did not answer,
    /// is looked for first, and never performed again unless it surely did not land or the network
    /// makes one of two.
    ///
    /// # Errors
    ///
    /// When the store fails. What was under way is looked for again when its lease has ended.
    pub async fn deliver(&self) -> Result<Delivered, Error> {
        let mut delivered = Delivered {
            lapsed: self.lapse().await?,
            ..Delivered::default()
        };
        while self.deliver_some(&mut delivered).await? {}
        Ok(delivered)
    }

    /// Performs the effects whose turn it is now, side by side, so that none waits for another while
    /// its lease runs out. Returns whether there were any.
    pub(crate) async fn deliver_some(&self, delivered: &mut Delivered) -> Result<bool, Error> {
        let claimed = self.claim_effects(AT_ONCE).await?;
        let any = !claimed.is_empty();
        let (_stop, never) = watch::channel(false);
        let perform = |effect| self.perform(effect, never.clone());
        for state in together(claimed.into_iter().map(perform)).await {
            delivered.count(&state?);
        }
        Ok(any)
    }

    /// Claims so many effects at most; none while paused.
    pub(crate) async fn claim_effects(&self, limit: usize) -> Result<Vec<ClaimedEffect>, Error> {
        if limit == 0 || self.parts.paused.load(Ordering::SeqCst) {
            return Ok(Vec::new());
        }
        let claim = Claim {
            now: self.now(),
            lease: self.parts.lease,
            limit,
        };
        Ok(self.parts.store.claim_outbox(claim).await?)
    }

    /// Performs one effect; once `hurry` is true its end is not waited for.
    #[tracing::instrument(name = "perform", skip_all, fields(effect = %claimed.row.value.effect.key))]
    pub(crate) async fn perform(
        &self,
        claimed: ClaimedEffect,
        hurry: watch::Receiver<bool>,
    ) -> Result<OutboxState, Error> {
        if let Some(wait) = self.held_back(&claimed).await? {
            return self.give_back(claimed, ErrorKind::Throttled, wait).await;
        }
        let ClaimedEffect {
            tenant,
            row,
            attempt,
            interrupted,
            ..
        } = claimed;
        let desk = self.tenant(tenant);
        let began = Instant::now();
        let ended = if self.parts.dry_run && interrupted {
            // It may have landed: whoever performs effects finds out, not a rehearsal.
            not_ours(true, self.now())
        } else if self.parts.dry_run {
            desk.rehearse(&row.value)
        } else {
            let ended = desk.attempt(&row.value, &attempt, interrupted, hurry).await;
            if let Ok(channel) = desk.channel(row.value.effect.account()) {
                desk.write_down(channel.as_ref(), false).await;
            }
            ended
        };
        desk.end_try(row, attempt, ended, began.elapsed()).await
    }

    /// For how long the network takes no more effects of this kind, where it said so.
    async fn held_back(&self, claimed: &ClaimedEffect) -> Result<Option<TimeDelta>, Error> {
        let effect = claimed.row.value.turn();
        let desk = self.tenant(claimed.tenant.clone());
        let Ok(channel) = desk.channel(effect.account()) else {
            return Ok(None);
        };
        if self.parts.dry_run {
            return Ok(None);
        }
        desk.take_up(channel.as_ref()).await?;
        let (what, now) = (effect.kind.name(), self.now());
        let until = self.parts.holds.until(effect.account(), what.as_str(), now);
        Ok(until.map(|until| until - now))
    }

    /// Gives an effect back that was claimed and not begun; nobody gets it before `wait` is over.
    pub(crate) async fn give_back(
        &self,
        claimed: ClaimedEffect,
        why: ErrorKind,
        wait: TimeDelta,
    ) -> Result<OutboxState, Error> {
        let error = aspa_channel::Error::new(why, "perform").with("given_back", "before it began");
        let state = match claimed.interrupted {
            true => OutboxState::Sending,
            false => OutboxState::FailedRetryable,
        };
        let mut ended = Ended::at(state, self.now() + wait, outcome(&error));
        ended.counts = false;
        let desk = self.tenant(claimed.tenant);
        desk.end_try(claimed.row, claimed.attempt, ended, Duration::ZERO)
            .await
    }

    async fn end_try(
        &self,
        row: Versioned<OutboxRow>,
        attempt: Attempt,
        ended: Ended,
        took: Duration,
    ) -> Result<OutboxState, Error> {
        let kind = row.value.effect.kind.name();
        let kind = word(EffectName::KNOWN, kind.as_str());
        let came = match &ended.outcome {
            _ if !ended.counts => "given_back",
            Outcome::Accepted { .. } => "accepted",
            Outcome::Found { .. } => "found",
            Outcome::Absent => "absent",
            Outcome::Failed { .. } => "failed",
            _ => "other",
        };
        meter::attempt(kind, came, took);
        let try_number = attempt.number;
        let state = self.settle_effect(row, attempt, ended, None).await?;
        meter::effect(kind, word(OutboxState::KNOWN, state.as_str()));
        tracing::debug!(%state, try_number, "effect");
        Ok(state)
    }

    fn rehearse(&self, row: &OutboxRow) -> Ended {
        let now = self.now();
        let Ok(channel) = self.channel(row.effect.account()) else {
            return not_ours(false, now);
        };
        let capabilities = channel.capabilities(Some(&row.effect.conversation));
        let whole = std::slice::from_ref(&row.effect);
        let parts = row.parts.iter().map(|part| &part.effect);
        let mut all = parts.chain(whole.iter().filter(|_| row.parts.is_empty()));
        let checked = all.try_for_each(|effect| capabilities.check(effect));
        match checked {
            Ok(()) => Ended::at(OutboxState::DryRun, now, Outcome::Absent),
            Err(error) => Ended::at(OutboxState::FailedFinal, now, outcome(&error)),
        }
    }

    async fn attempt(
        &self,
        row: &OutboxRow,
        attempt: &Attempt,
        interrupted: bool,
        mut hurry: watch::Receiver<bool>,
    ) -> Ended {
        let account = row.effect.account();
        let Ok(channel) = self.channel(account) else {
            return not_ours(interrupted, self.now());
        };
        let limit = self.time_for_one();
        let number = self.number_that_counts(row, attempt).await;
        let given_up = |why: &str| {
            let error = aspa_channel::Error::new(ErrorKind::Unavailable, "perform");
            error.with_landed(Landed::Maybe).with("after", why)
        };
        let tried = self.try_once(channel.as_ref(), row, number, interrupted);
        tokio::select! {
            ended = tried => ended,
            () = sleep(limit) => {
                let error = given_up(&format!("{} s", limit.as_secs_f32()));
                self.parts.accounts.failed(account, &error, self.now());
                uncertain_for_now(&error, number, self.now())
            }
            () = until_true(&mut hurry) => {
                // Whoever has it next looks first, and need not wait for that.
                let mut ended = uncertain_for_now(&given_up("the worker stopped"), number, self.now());
                ended.next_at = self.now();
                ended
            }
        }
    }

    /// Which of the tries this is that count against how often it may be tried: not those that were cut
    /// off, since what ends a process says nothing of the effect.
    async fn number_that_counts(&self, row: &OutboxRow, attempt: &Attempt) -> u32 {
        let number = attempt.number.saturating_sub(row.uncounted);
        if number < MOST_ATTEMPTS {
            return number;
        }
        // Where the store cannot tell, all of them count.
        let tries = match self.store().effect(&row.effect.key).await {
            Ok(Some((_, tries))) => tries,
            _ => Vec::new(),
        };
        let counted = row.uncounted.saturating_add(1)..attempt.number;
        let cut_off = tries
            .iter()
            .filter(|a| counted.contains(&a.number) && a.outcome.is_none())
            .count();
        match u32::try_from(cut_off) {
            Ok(cut_off) if cut_off <= MOST_CUT_OFF => number.saturating_sub(cut_off),
            _ => number,
        }
    }

    /// How long an effect may take: no longer than a channel may, and so much less than the lease that
    /// nobody else can be at it. Of a desk that is alone there is no lease to keep.
    fn time_for_one(&self) -> Duration {
        let limit = self.parts.lease * 3 / 4;
        let limit = limit.to_std().ok().filter(|limit| !limit.is_zero());
        let most = self.parts.answer_within;
        limit.map_or(most, |limit| limit.min(most))
    }

    async fn try_once(
        &self,
        channel: &dyn Channel,
        row: &OutboxRow,
        number: u32,
        interrupted: bool,
    ) -> Ended {
        let now = self.now();
        let effect = row.turn();
        let capabilities = channel.capabilities(Some(&effect.conversation));
        let doubles = &capabilities.idempotency;
        // Whether an earlier try may have landed, whatever becomes of this one.
        let mut doubt = false;
        if interrupted {
            match self.look(channel, row).await {
                Ok(Probe::Found(receipt)) => return found(receipt, now),
                Ok(Probe::Absent) => {}
                Ok(Probe::CannotTell) if *doubles == Idempotency::Native => doubt = true,
                Ok(Probe::CannotTell) => {
                    let error = aspa_channel::Error::new(ErrorKind::Unavailable, "probe")
                        .with_landed(Landed::Maybe);
                    return cannot_tell(&error, doubles, number, now);
                }
                Err(error) => return uncertain_for_now(&error, number, now),
            }
        }
        let in_time = self.check_time(effect, row.ticket.as_ref(), &capabilities);
        let performed = match in_time.await {
            Err(Error::Channel(too_late)) => Err(too_late),
            // Where the store cannot tell, the network does.
            _ => channel.perform(effect).await,
        };
        match &performed {
            Ok(_) => self.parts.accounts.worked(effect.account(), self.now()),
            Err(error) => {
                let (account, kind, now) = (effect.account(), effect.kind.name(), self.now());
                self.parts.accounts.failed(account, error, now);
                self.parts.holds.failed(account, kind.as_str(), error, now);
            }
        }
        match performed {
            Ok(receipt) => Ended {
                state: OutboxState::Accepted,
                next_at: now,
                receipt: Some(receipt.clone()),
                outcome: Outcome::Accepted { receipt },
                blocked: None,
                counts: true,
            },
            Err(error) if error.landed() == Landed::No && doubt => {
                cannot_tell(&error, doubles, number, now)
            }
            Err(error) if error.landed() == Landed::No => {
                let partly = row.parts_landed() > 0;
                match blocked(&error, partly, &capabilities, now) {
                    Some(blocked) => {
                        let until = now.checked_add_signed(self.parts.blocked_for);
                        let until = until.unwrap_or(DateTime::<Utc>::MAX_UTC);
                        let mut ended = Ended::at(OutboxState::Blocked, until, outcome(&error));
                        ended.blocked = Some(blocked);
                        ended
                    }
                    None => failed(&error, number, now),
                }
            }
            // It may still be on its way where a probe does not find it yet: the next try looks again
            // before it performs.
            Err(error) => match self.look(channel, row).await {
                Ok(Probe::Found(receipt)) => found(receipt, now),
                _ if error.landed() == Landed::Yes => found(Receipt::new(effect.key.clone()), now),
                Ok(Probe::CannotTell) => cannot_tell(&error, doubles, number, now),
                _ => uncertain_for_now(&error, number, now),
            },
        }
    }

    /// Whether the effect whose turn it is landed: by the network, else by the echo that the ticket has
    /// seen, under our key or with the same words. An echo outweighs a network that finds nothing: what
    /// it looks through may be behind what it shows.
    async fn look(
        &self,
        channel: &dyn Channel,
        row: &OutboxRow,
    ) -> Result<Probe, aspa_channel::Error> {
        let effect = row.turn();
        let probed = channel.probe(effect).await;
        let Some((id, _)) = &row.ticket else {
            return probed;
        };
        let Ok(Some(ticket)) = self.store().ticket(id).await else {
            return probed;
        };
        let ours: Vec<&Attached> = ticket.value.outbound().collect();
        let mut probed = probed;
        if let Ok(Probe::Found(receipt)) = &probed {
            // Who compares texts takes an earlier reply with the same words for this one.
            let is_anothers = ours.iter().any(|message| {
                let by = message.effect.as_ref();
                by.is_some_and(|by| *by != effect.key && *by != row.effect.key)
                    && receipt.messages.contains(&message.message)
            });
            if !is_anothers {
                return probed;
            }
            probed = Ok(Probe::CannotTell);
        }
        let of_it = |message: &&&Attached| message.effect.as_ref() == Some(&effect.key);
        let echo = match ours.iter().find(of_it) {
            Some(echo) => Some(echo.message.clone()),
            None => self.echo_with_the_words(row, &ours).await,
        };
        let Some(echo) = echo else {
            return probed;
        };
        let mut receipt = Receipt::new(effect.key.clone());
        receipt.messages.push(echo);
        Ok(Probe::Found(receipt))
    }

    /// The first of these messages that no effect is known to have made and that can be what this one
    /// makes now. Where the store cannot tell, none.
    async fn echo_with_the_words(&self, row: &OutboxRow, ours: &[&Attached]) -> Option<MessageKey> {
        let since = echo::since(row.queued_at);
        let unknown = |one: &&&Attached| one.effect.is_none() && one.at >= since;
        let unknown: Vec<&MessageKey> = ours
            .iter()
            .filter(unknown)
            .map(|one| &one.message)
            .collect();
        if unknown.is_empty() {
            return None;
        }
        let mut wanted = Wanted::default();
        wanted.messages.extend(unknown.iter().copied().cloned());
        let known = self.store().load(&wanted).await.ok()?.messages;
        let can_be = |key: &&MessageKey| {
            let message = known.get(*key).and_then(|row| row.value.message.as_ref());
            message.is_some_and(|message| echo::can_be(row.turn(), row.queued_at, message))
        };
        unknown.into_iter().find(can_be).cloned()
    }

    /// A person has looked and says whether an [uncertain](OutboxState::Uncertain) effect landed: if so
    /// the ticket learns that it was sent, else that it failed. Of an effect in parts it is the first part
    /// that is not known to have landed; where others did, the rest is sent then. Its conversation goes
    /// on either way.
    ///
    /// # Errors
    ///
    /// When there is no such effect or it is not uncertain, or the store fails.
    pub async fn settle_uncertain(
        &self,
        key: &EffectKey,
        landed: bool,
        by: Option<&AgentId>,
    ) -> Result<(), Error> {
        let stored = self.store().effect(key).await?;
        let uncertain = stored.filter(|(row, _)| row.value.state == OutboxState::Uncertain);
        let Some((row, tries)) = uncertain else {
            return Err(Error::NotUncertain(key.clone()));
        };
        let now = self.now();
        let (kind, ended) = if landed {
            let receipt = Receipt::new(row.value.turn().key.clone());
            (DecisionKind::Found, found(receipt, now))
        } else {
            let state = match row.value.parts_landed() {
                0 => OutboxState::FailedFinal,
                _ => OutboxState::Queued,
            };
            (DecisionKind::Absent, Ended::at(state, now, Outcome::Absent))
        };
        let number = tries.last().map_or(1, |last| last.number + 1);
        let decided = Decision::new(kind, by.cloned(), now, None);
        let attempt = Attempt::started(number, now);
        self.settle_effect(row, attempt, ended, Some(decided))
            .await?;
        self.parts.wake.notify_one();
        Ok(())
    }

    /// Writes down what a try came to: the row, the try, and what the ticket learns, in one commit.
    /// Returns how the row stands then.
    async fn settle_effect(
        &self,
        row: Versioned<OutboxRow>,
        attempt: Attempt,
        ended: Ended,
        decided: Option<Decision>,
    ) -> Result<OutboxState, Error> {
        let now = self.now();
        let Versioned {
            value: mut outbox,
            version,
        } = row;
        let key = outbox.effect.key.clone();
        let performed = outbox.turn().clone();
        let attempt = attempt.finished(now, ended.outcome);
        let receipt = ended.receipt;
        (outbox.state, outbox.next_at) = (ended.state, ended.next_at);
        outbox.attempts = outbox.attempts.max(attempt.number);
        outbox.decisions.extend(decided);
        if ended.blocked.is_some() {
            outbox.blocked = ended.blocked;
        }
        if outbox.state == OutboxState::Queued {
            outbox.uncounted = attempt.number;
        } else if !ended.counts {
            outbox.uncounted = outbox.uncounted.saturating_add(1);
        }
        let answers = match &performed.kind {
            EffectKind::Send { in_reply_to, .. } => in_reply_to.clone(),
            _ => None,
        };
        let mut wanted = Wanted::default();
        let about = outbox.ticket.clone();
        if let Some((_, key)) = &about {
            wanted.messages.insert(marks::name(key));
            wanted.tickets.insert(key.clone());
        }
        wanted.messages.extend(answers.clone());
        let named = receipt
            .as_ref()
            .and_then(|r| name_of(&outbox, &performed, r));
        wanted.messages.extend(named);
        wanted.messages.extend(performed.kind.message().cloned());
        // What was done has to be written down, whatever becomes of rules.
        let automation = self.automation().await.unwrap_or_else(|error| {
            tracing::error!(%error, "rules are not run over what was sent");
            None
        });
        let stands = Mutex::new(outbox.state.clone());
        let done = self
            .settle(wanted, |known| {
                let mut world = World::new(known, self.parts.rules);
                let (mut outbox, mut landed) = (outbox.clone(), receipt.clone());
                // What is missing has been noted, and `finish` tells; so for all below.
                if let Some(receipt) = &mut landed {
                    if receipt.messages.is_empty() {
                        // Its echo may have been here first.
                        let echo = echo::seen(&mut world, &outbox).ok().flatten();
                        receipt.messages.extend(echo);
                    }
                    take_receipt(&mut outbox, receipt.clone(), attempt.number);
                    let _ = landed::change(&mut world, &performed, receipt, now);
                }
                let answered = answers
                    .as_ref()
                    .and_then(|key| world.look(key).ok().flatten());
                let answered = answered.and_then(|record| record.message.as_ref());
                let made = landed
                    .as_ref()
                    .and_then(|r| made(&outbox, &performed, r, answered, now));
                let message = landed
                    .as_ref()
                    .and_then(|r| name_of(&outbox, &performed, r));
                if let (Some((_, line)), Some(message)) = (&about, &made) {
                    let written = message.times.effective().unwrap_or(now);
                    let _ = marks::catch_up(&mut world, line, &message.key, written);
                }
                let seen = message
                    .as_ref()
                    .and_then(|key| world.look(key).ok().flatten());
                if let (OutboxState::Accepted, Some(record)) = (&outbox.state, seen) {
                    // The network may have said so before we knew the message's name.
                    outbox.state = reached(record);
                }
                let event = match (&outbox.state, &made) {
                    (state, Some(message)) if state.has_landed() => {
                        let reply = message.reply.clone().unwrap_or(ReplyKind::Answer);
                        let at = message.times.effective().unwrap_or(now);
                        let first = outbox.receipt.as_ref().and_then(|r| r.messages.first());
                        let name = first.unwrap_or(&message.key).clone();
                        Some((at, sent(name, reply, key.clone())))
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
                let happened = event.map(|(at, kind)| Event::new(at, by, kind));
                if let (Some((id, line)), Some(event)) = (&about, happened) {
                    let _ = world.happen(line, event.clone());
                    if let Some(automation) = &automation {
                        let (sla, about) = (self.parts.sla.as_ref(), (line, id));
                        run_rules_after(&mut world, automation, sla, about, &[event], now);
                    }
                }
                if let Some(message) = &made {
                    // An echo that was here first says what is there; we say what made it.
                    let _ = echo::claim(&mut world, &message.key, &outbox.effect);
                    let provenance = Provenance::new(Via::Own);
                    if let Ok(record) = world.message(&message.key)
                        && record.message.is_none()
                    {
                        record.write(message.clone(), &provenance);
                    }
                }
                *stands.lock().unwrap_or_else(PoisonError::into_inner) = outbox.state.clone();
                Ok(world
                    .finish(self.parts.sla.as_ref(), now)
                    .map(|mut changes| {
                        changes.outbox = vec![Versioned {
                            value: outbox,
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
            }
            other => drop(other?),
        }
        Ok(stands.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A word that this code knows, or `other`: what figures are told apart by has few values.
fn word(known: &'static [&'static str], word: &str) -> &'static str {
    known
        .iter()
        .find(|known| **known == word)
        .unwrap_or(&"other")
}

/// Writes down that the effect whose turn it was landed with try `number`. Where parts are left, their
/// turn is next; else the receipt of the whole names the messages of all parts, in order.
pub(crate) fn take_receipt(row: &mut OutboxRow, receipt: Receipt, number: u32) {
    let Some(part) = row.parts.iter_mut().find(|part| part.receipt.is_none()) else {
        row.receipt = Some(receipt);
        return;
    };
    part.receipt = Some(receipt);
    if row.parts_landed() < row.parts.len() {
        (row.state, row.uncounted) = (OutboxState::Queued, number);
        return;
    }
    let mut whole = Receipt::new(row.effect.key.clone());
    for part in &row.parts {
        let Some(receipt) = &part.receipt else {
            continue;
        };
        match receipt.messages.is_empty() {
            true => whole.messages.push(stand_in(row, &part.effect)),
            false => whole.messages.extend(receipt.messages.iter().cloned()),
        }
        whole.at = receipt.at;
        whole.held |= receipt.held;
        let recipient = receipt.recipient.as_ref();
        whole.recipient = whole.recipient.take().or_else(|| recipient.cloned());
    }
    row.receipt = Some(whole);
}

/// How far a message got that the network took.
pub(crate) fn reached(record: &MessageRecord) -> OutboxState {
    let said = |wanted: &[DeliveryStatus]| {
        let mut statuses = record.statuses.iter().map(|(_, status)| status);
        statuses.any(|status| wanted.contains(status))
    };
    if said(&[DeliveryStatus::Read, DeliveryStatus::Played]) {
        OutboxState::Read
    } else if said(&[DeliveryStatus::Delivered]) {
        OutboxState::Delivered
    } else if said(&[DeliveryStatus::Failed]) {
        OutboxState::FailedFinal
    } else {
        OutboxState::Accepted
    }
}

/// The name of the message that a landed effect, or this part of it, made.
fn name_of(row: &OutboxRow, effect: &Effect, receipt: &Receipt) -> Option<MessageKey> {
    let is_made = matches!(effect.kind, EffectKind::Send { .. });
    let first = receipt.messages.first().cloned();
    first.or_else(|| is_made.then(|| stand_in(row, effect)))
}

/// What the message of an effect, or of this part of it, goes by while the network has not named it. The
/// first part has the name of the whole, as its ticket knows it.
pub(crate) fn stand_in(row: &OutboxRow, effect: &Effect) -> MessageKey {
    let is_first = row
        .parts
        .first()
        .is_some_and(|p| p.effect.key == effect.key);
    let key = if is_first {
        &row.effect.key
    } else {
        &effect.key
    };
    MessageKey::of_effect(effect.account().clone(), key)
}

/// The message that a landed effect, or this part of it, made, as we know it before any echo.
fn made(
    row: &OutboxRow,
    effect: &Effect,
    receipt: &Receipt,
    answered: Option<&Message>,
    now: DateTime<Utc>,
) -> Option<Message> {
    let mut message = Message::of_effect(name_of(row, effect, receipt)?, effect, answered)?;
    message.times = Times::vouched(receipt.at.unwrap_or(now));
    message.times.received = Some(now);
    message.times.applied = Some(now);
    message.effect = Some(row.effect.key.clone());
    Some(message)
}

/// Another desk at this store performs it, or this one will again: not ours to fail.
fn not_ours(interrupted: bool, now: DateTime<Utc>) -> Ended {
    let error = aspa_channel::Error::new(ErrorKind::Unsupported, "perform")
        .with_status(Status::Persistent)
        .with_remedy("connect a channel for this account, on a desk that performs effects");
    let state = match interrupted {
        true => OutboxState::Sending,
        false => OutboxState::FailedRetryable,
    };
    Ended::at(state, now + NOT_OURS, outcome(&error))
}

fn found(receipt: Receipt, now: DateTime<Utc>) -> Ended {
    Ended {
        state: OutboxState::Accepted,
        next_at: now,
        receipt: Some(receipt.clone()),
        outcome: Outcome::Found { receipt },
        blocked: None,
        counts: true,
    }
}

/// Why a person has to decide about what surely did not land: it cannot be done here and now, though
/// something else can be, or can be once something is mended; or a part of it has landed already.
fn blocked(
    error: &aspa_channel::Error,
    partly: bool,
    capabilities: &Capabilities,
    now: DateTime<Utc>,
) -> Option<Blocked> {
    let lasts = error.status() != Status::Temporary;
    let blocks = match error.kind() {
        ErrorKind::WindowClosed | ErrorKind::TooLong | ErrorKind::Unsupported => lasts,
        ErrorKind::Forbidden => error.status() == Status::Persistent,
        _ => false,
    };
    let strands = partly && error.status() == Status::Permanent;
    if !(blocks || strands) {
        return None;
    }
    let mut alternatives: Vec<String> = Vec::new();
    if *error.kind() == ErrorKind::WindowClosed {
        for window in &capabilities.windows {
            alternatives.extend(window.alternatives.iter().cloned());
        }
    }
    alternatives.extend(error.remedy().map(str::to_owned));
    let mut known = BTreeSet::new();
    alternatives.retain(|alternative| known.insert(alternative.clone()));
    let reason = error.to_string();
    Some(Blocked::new(
        error.kind().clone(),
        reason,
        alternatives,
        now,
    ))
}

/// It surely did not land: again later where that can help, for as long as it takes where somebody has
/// to mend something first (an expired token), else it has failed for good.
fn failed(error: &aspa_channel::Error, number: u32, now: DateTime<Utc>) -> Ended {
    if let (true, Some(asked)) = (is_throttled(error), error.retry_after()) {
        // It is not the effect's fault, and the network knows when: for as long as it takes.
        let pause = TimeDelta::from_std(asked)
            .unwrap_or(LONGEST_WAIT)
            .max(FIRST_WAIT);
        let next_at = now.checked_add_signed(pause).unwrap_or(now + LONGEST_WAIT);
        let mut ended = Ended::at(OutboxState::FailedRetryable, next_at, outcome(error));
        ended.counts = false;
        return ended;
    }
    let (state, pause) = match error.status() {
        Status::Temporary if number < MOST_ATTEMPTS => {
            (OutboxState::FailedRetryable, wait(error, number))
        }
        Status::Persistent => (OutboxState::FailedRetryable, UNTIL_MENDED),
        _ => (OutboxState::FailedFinal, TimeDelta::zero()),
    };
    Ended::at(state, now + pause, outcome(error))
}

/// The network offers no way to know. Where it makes one of two, or an echo may still tell, it is looked
/// for again, with longer and longer waits, before a person is asked.
fn cannot_tell(
    error: &aspa_channel::Error,
    doubles: &Idempotency,
    number: u32,
    now: DateTime<Utc>,
) -> Ended {
    match doubles {
        Idempotency::Native | Idempotency::ByEcho => uncertain_for_now(error, number, now),
        _ => Ended::at(OutboxState::Uncertain, now, outcome(error)),
    }
}

/// It may have landed and the network could not be asked, or makes one of two: still `Sending`, so
/// that whoever claims it next looks first.
fn uncertain_for_now(error: &aspa_channel::Error, number: u32, now: DateTime<Utc>) -> Ended {
    let (state, pause) = match number < MOST_ATTEMPTS {
        true => (OutboxState::Sending, wait(error, number)),
        false => (OutboxState::Uncertain, TimeDelta::zero()),
    };
    Ended::at(state, now + pause, outcome(error))
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
