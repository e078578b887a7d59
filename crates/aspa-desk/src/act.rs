//! What people and timers do about tickets.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use aspa_channel::{Audience, Effect, EffectKind, EffectName, Media, MessageKey, ReplyKind};
use aspa_sla::{Choice, State};
use aspa_store::{
    Changes, Claim, DueTimer, Note, OutboxRow, TicketQuery, Timer, Versioned, Wanted,
};
use aspa_ticket::{
    Actor, Attached, Command, Cover, EventKind, NoteId, PlaybookUse, RuleBroken, Ticket, TicketKey,
};
use aspa_types::{AgentId, DeliveryId, EffectKey, TenantId, TicketId};

use crate::automating::run_rules_after;
use crate::clocks;
use crate::decisions::{not_sent, wrong};
use crate::desk::Desk;
use crate::error::Error;
use crate::meter;
use crate::queue::replace;
use crate::world::World;

/// How many due timers are fired together.
const TIMERS: usize = 500;

/// A reply to be sent.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Reply {
    /// What is written.
    pub text: String,
    /// Who writes it.
    pub by: Option<AgentId>,
    /// What it is to the customer.
    pub kind: ReplyKind,
    /// The newest message of the ticket that the writer has seen; where the customer or a colleague
    /// has written since, the reply is refused. None: send whatever has come.
    pub newest_seen: Option<MessageKey>,
    /// The caller's own name of this reply, such as the idempotency key of a request: the same name on
    /// the same ticket is the same reply, however often it is asked for. None: each call is a reply.
    pub name: Option<String>,
    /// What goes along.
    pub media: Vec<Media>,
    /// Whether it is sent in parts where it is longer, or has more media, than the network takes. Else
    /// it is refused.
    pub in_parts: bool,
    /// Whether nobody but the customer may read it: it answers what the customer wrote in private last,
    /// also where something was written in public since. Where nothing was, it is refused.
    pub in_private: bool,
    /// The reply that waits and that this one replaces.
    pub replaces: Option<EffectKey>,
    /// Messages of other tickets that it answers too, since everybody can read it.
    pub covers: Vec<Cover>,
    /// The playbook that it was made from, which is recorded.
    pub playbook: Option<PlaybookUse>,
    /// Where it sends the customer, if it does: `phone`, `self-service`. Once it is sent, what it answers
    /// counts as redirected there.
    pub redirects_to: Option<String>,
}

/// `Debug` shows how long it is, never what it says.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("bytes", &self.text.len())
            .field("by", &self.by)
            .field("kind", &self.kind)
            .field("newest_seen", &self.newest_seen)
            .field("media", &self.media.len())
            .field("in_parts", &self.in_parts)
            .field("in_private", &self.in_private)
            .field("replaces", &self.replaces)
            .field("covers", &self.covers.len())
            .field("playbook", &self.playbook)
            .field("redirects_to", &self.redirects_to)
            .finish_non_exhaustive()
    }
}

impl Reply {
    /// An answer.
    #[must_use]
    pub fn answer(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            by: None,
            kind: ReplyKind::Answer,
            newest_seen: None,
            name: None,
            media: Vec::new(),
            in_parts: false,
            in_private: false,
            replaces: None,
            covers: Vec::new(),
            playbook: None,
            redirects_to: None,
        }
    }

    /// The same, also for this message of another ticket: once the answer is sent, that message is
    /// covered by it.
    #[must_use]
    pub fn covering(mut self, cover: Cover) -> Self {
        self.covers.push(cover);
        self
    }

    /// The same, made from this playbook.
    #[must_use]
    pub fn from_playbook(mut self, playbook: PlaybookUse) -> Self {
        self.playbook = Some(playbook);
        self
    }

    /// The same, sending the customer elsewhere: "please call us".
    #[must_use]
    pub fn redirecting(mut self, to: impl Into<String>) -> Self {
        self.redirects_to = Some(to.into());
        self
    }

    /// The same, with something that goes along.
    #[must_use]
    pub fn with(mut self, media: Media) -> Self {
        self.media.push(media);
        self
    }

    /// The same, sent in parts where it is too long or has too many media for the network: each has an
    /// attempt and a key of its own, they are sent in order, and after a failure or a crash the first
    /// that has not landed is next. The ticket sees one reply, once all have landed.
    #[must_use]
    pub fn in_parts(mut self) -> Self {
        self.in_parts = true;
        self
    }

    /// The same, for the customer alone: it answers what the customer wrote in private last, and is
    /// refused where there is nothing such.
    #[must_use]
    pub fn in_private(mut self) -> Self {
        self.in_private = true;
        self
    }

    /// The same, in the place of one that has not left: an edited draft. That one is cancelled in the
    /// same commit; this one is queued last in its conversation, on terms of its own.
    #[must_use]
    pub fn replacing(mut self, effect: EffectKey) -> Self {
        self.replaces = Some(effect);
        self
    }

    /// The same, under the caller's own name for it.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The same, refused where somebody has written after this message.
    #[must_use]
    pub fn having_seen(mut self, newest: MessageKey) -> Self {
        self.newest_seen = Some(newest);
        self
    }

    /// The same, written by this person.
    #[must_use]
    pub fn by(mut self, agent: AgentId) -> Self {
        self.by = Some(agent);
        self
    }
}

impl Desk {
    /// One ticket.
    ///
    /// # Errors
    ///
    /// When there is none, or the store fails.
    pub async fn ticket(&self, id: &TicketId) -> Result<Ticket, Error> {
        let found = self.store().ticket(id).await?;
        found
            .map(|row| row.value)
            .ok_or_else(|| Error::UnknownTicket(id.clone()))
    }

    /// A ticket's clocks, replayed; none without a promise, or where no policy fits the ticket.
    #[must_use]
    pub fn clocks(&self, ticket: &Ticket) -> Option<State> {
        self.parts
            .sla
            .as_ref()
            .and_then(|sla| clocks::state(sla, ticket))
    }

    /// Which policy a ticket has now, and why those before it in the list do not fit; none without a
    /// promise.
    #[must_use]
    pub fn policy(&self, ticket: &Ticket) -> Option<Choice> {
        let sla = self.parts.sla.as_ref()?;
        Some(clocks::choice(sla, ticket))
    }

    /// What the customer of a ticket is told while we are closed, by the promise that holds for the
    /// ticket, in its language: when we open again. None while we are open, or without a promise.
    #[must_use]
    pub fn away_text(&self, ticket: &Ticket) -> Option<String> {
        let sla = self.parts.sla.as_ref()?;
        let policy = clocks::choice(sla, ticket).policy?;
        let language = ticket.language.as_deref().unwrap_or_default();
        sla.under(&policy).ok()?.away_text(self.now(), language)
    }

    /// Does something about a ticket.
    ///
    /// # Errors
    ///
    /// When there is none, a rule forbids it, or the store fails; nothing has changed then.
    pub async fn command(
        &self,
        id: &TicketId,
        command: Command,
        by: Actor,
    ) -> Result<Ticket, Error> {
        let ticket = self.ticket(id).await?;
        let command = self.by_names_of_today(&ticket, command).await?;
        if self.settle_bundle(&ticket, &command, &by).await?.is_none() {
            self.act(id, &by, |_| Ok(Some((command.clone(), Changes::default()))))
                .await?;
        }
        self.ticket(id).await
    }

    /// Adds a note, which only colleagues read.
    ///
    /// # Errors
    ///
    /// As [`command`](Self::command).
    pub async fn note(
        &self,
        id: &TicketId,
        text: impl Into<String>,
        by: Option<AgentId>,
    ) -> Result<Ticket, Error> {
        let (text, now) = (text.into(), self.now());
        let actor = Actor::Us(by.clone());
        self.act(id, &actor, |ticket| {
            let place = ticket.notes.len().to_string();
            let note: NoteId = DeliveryId::derive(&[id.as_str(), &place, &text])
                .as_str()
                .into();
            let row = Note::new(
                note.clone(),
                ticket.key.clone(),
                by.clone(),
                now,
                text.clone(),
            );
            let mut changes = Changes::default();
            changes.notes.push(row);
            Ok(Some((Command::Note { note }, changes)))
        })
        .await?;
        self.ticket(id).await
    }

    /// Queues a reply to the newest message that the [customer wrote](Ticket::answerable) in the
    /// conversation of the ticket, on the [terms](crate::DeskBuilder::terms) that
    /// hold for it. It is performed by [`deliver`](Self::deliver), and the ticket learns of it then.
    ///
    /// # Errors
    ///
    /// When the channel could not take it (unknown account, text too long, window closed …), a newer message has
    /// come than the writer had seen, the reply that it replaces has left or ended, or as
    /// [`command`](Self::command). Nothing is queued then.
    pub async fn reply(&self, id: &TicketId, reply: Reply) -> Result<EffectKey, Error> {
        let now = self.now();
        let actor = Actor::Us(reply.by.clone());
        for cover in &reply.covers {
            cover.check(&self.ticket(&cover.ticket).await?)?;
        }
        let queued = Mutex::new(None);
        self.act_after(id, &actor, reply.replaces.as_ref(), |ticket, replaced| {
            let (effect, parts) = self.effect_of(ticket, &reply)?;
            let key = effect.key.clone();
            *queued.lock().unwrap_or_else(PoisonError::into_inner) = Some(key.clone());
            if let Some(old) = replaced {
                replace(old, &key, reply.by.as_ref(), now);
            }
            let row = self.on_terms(effect, Some(ticket), parts, now);
            let mut changes = Changes::default();
            changes.outbox.push(Versioned::new(row));
            let newest_seen = reply.newest_seen.clone();
            let command = Command::Reply {
                effect: key,
                reply: reply.kind.clone(),
                newest_seen,
                playbook: reply.playbook.clone(),
                redirects_to: reply.redirects_to.clone(),
                covers: reply.covers.clone(),
            };
            Ok(Some((command, changes)))
        })
        .await?;
        let queued = queued.into_inner().unwrap_or_else(PoisonError::into_inner);
        queued.ok_or_else(|| Error::UnknownTicket(id.clone()))
    }

    /// The effect of a reply, and the parts in which it is performed, if not as a whole.
    fn effect_of(&self, ticket: &Ticket, reply: &Reply) -> Result<(Effect, Vec<Effect>), Error> {
        let nothing = || Error::NothingToAnswer(ticket.id.clone());
        if reply.in_private && !reply.covers.is_empty() {
            return Err(RuleBroken::NotPublic(ticket.id.clone()).into());
        }
        let newest = match reply.in_private {
            true => newest_in_private(ticket),
            false => ticket.answerable().last(),
        };
        let newest = newest.ok_or_else(nothing)?;
        let channel = self.channel(&ticket.key.conversation.account)?;
        let id = ticket.id.as_str();
        let key = match &reply.name {
            Some(name) => reply_key(&ticket.id, name),
            None => {
                let place = ticket.outbound().count() + ticket.queued.len() + ticket.failed.len();
                EffectKey::derive(&[id, &place.to_string(), &reply.text])
            }
        };
        let mut kind = EffectKind::send(reply.text.clone(), reply.kind.clone());
        if let EffectKind::Send {
            in_reply_to,
            to,
            media,
            audience,
            ..
        } = &mut kind
        {
            *audience = reply.in_private.then_some(Audience::Direct);
            media.clone_from(&reply.media);
            *in_reply_to = Some(newest.message.clone());
            to.push(ticket.key.customer.clone());
        }
        let mut effect = Effect::new(key, ticket.key.conversation.clone(), kind);
        effect.by.clone_from(&reply.by);
        let capabilities = channel.capabilities(Some(&ticket.key.conversation));
        capabilities.check_time(&EffectName::Send, newest.at, self.now())?;
        let parts = if reply.in_parts {
            capabilities.split(&effect)?
        } else {
            capabilities.check(&effect)?;
            Vec::new()
        };
        Ok((effect, parts))
    }

    /// Decides a command on a ticket as it is, with what is to be written in the same commit; none
    /// where the ticket as it is wants none. Returns whether anything came of it.
    pub(crate) async fn act(
        &self,
        id: &TicketId,
        by: &Actor,
        plan: impl Fn(&Ticket) -> Result<Option<(Command, Changes)>, Error>,
    ) -> Result<bool, Error> {
        self.act_after(id, by, None, |ticket, _| plan(ticket)).await
    }

    /// The same, decided as if the reply that it replaces had been taken back; `plan` writes that into
    /// its row.
    async fn act_after(
        &self,
        id: &TicketId,
        by: &Actor,
        replaced: Option<&EffectKey>,
        plan: impl Fn(&Ticket, Option<&mut OutboxRow>) -> Result<Option<(Command, Changes)>, Error>,
    ) -> Result<bool, Error> {
        let key = self.ticket(id).await?.key;
        let automation = self.automation().await?;
        let now = self.now();
        let changed = AtomicBool::new(false);
        let mut wanted = Wanted::default();
        wanted.tickets.insert(key.clone());
        wanted.effects.extend(replaced.cloned());
        self.settle(wanted, |known| {
            let mut world = World::new(known, self.parts.rules);
            let Some(mut ticket) = world.find(&key, id) else {
                return Err(Error::UnknownTicket(id.clone()));
            };
            changed.store(false, Ordering::Relaxed);
            // Never before what it is about, also where another machine's clock is ahead.
            let at = now.max(ticket.active_at());
            let mut events = Vec::new();
            let mut old = None;
            if let Some(effect) = replaced {
                let Ok(Some(row)) = world.effect(effect) else {
                    return Err(Error::UnknownEffect(effect.clone()));
                };
                let agent = match by {
                    Actor::Us(agent) => agent.as_ref(),
                    _ => None,
                };
                if ticket.queued.contains(effect) {
                    let taken_back = not_sent(effect, agent, at);
                    ticket.apply(&taken_back);
                    events.push(taken_back);
                }
                old = Some(row);
            }
            let idle = old.as_ref().is_none_or(|row| row.can_be_cancelled());
            let refused = old.as_ref().map(|row| wrong(row));
            let Some((command, mut along)) = plan(&ticket, old)? else {
                return Ok(Ok(Changes::default()));
            };
            let decided = ticket.decide(command, by, at)?;
            if decided.is_empty() {
                return Ok(Ok(Changes::default()));
            }
            if let (false, Some(refused)) = (idle, refused) {
                return Err(refused);
            }
            changed.store(true, Ordering::Relaxed);
            events.extend(decided);
            for event in &events {
                // What is missing has been noted, and `finish` tells.
                let _ = world.happen(&key, event.clone());
            }
            if let Some(automation) = &automation {
                let sla = self.parts.sla.as_ref();
                run_rules_after(&mut world, automation, sla, (&key, id), &events, now);
            }
            Ok(world
                .finish(self.parts.sla.as_ref(), now)
                .map(|mut changes| {
                    changes.outbox.append(&mut along.outbox);
                    changes.attempts.append(&mut along.attempts);
                    changes.messages.append(&mut along.messages);
                    changes.notes.append(&mut along.notes);
                    changes
                }))
        })
        .await?;
        self.parts.news.notify_waiters();
        Ok(changed.into_inner())
    }

    /// Fires the timers that are due: breaches are set down, snoozed tickets come back. Returns how
    /// many there were.
    ///
    /// # Errors
    ///
    /// When the store fails; what was not fired stays due.
    pub async fn tick(&self) -> Result<usize, Error> {
        let mut fired = 0;
        let mut before = Vec::new();
        loop {
            let (some, due) = self.tick_some().await?;
            fired += some;
            // What is still due after it was seen to cannot be helped now.
            if due.is_empty() || due == before {
                return Ok(fired);
            }
            before = due;
        }
    }

    /// Fires some timers that are due; returns how many there were, and which were seen to.
    async fn tick_some(&self) -> Result<(usize, Vec<DueTimer>), Error> {
        let claim = Claim {
            now: self.now(),
            lease: self.parts.lease,
            limit: TIMERS,
        };
        let due = self.parts.store.claim_timers(claim).await?;
        let mut by_tenant: BTreeMap<&TenantId, Vec<DueTimer>> = BTreeMap::new();
        for due in &due {
            by_tenant.entry(&due.tenant).or_default().push(due.clone());
        }
        let mut fired = 0;
        for (tenant, due) in by_tenant {
            fired += self.tenant(tenant.clone()).fire(&due).await?;
        }
        Ok((fired, due))
    }

    /// Sets due times and timers of every active ticket anew, after other hours, holidays or targets
    /// were promised; [`run`](Self::run) begins with it. A ticket that something happens to is set
    /// anew by itself. Returns how many tickets changed. O(active tickets).
    ///
    /// # Errors
    ///
    /// When the store fails; what was set by then stays, and it can be called again.
    pub async fn rearm(&self) -> Result<usize, Error> {
        const PAGE: usize = 500;
        let mut query = TicketQuery::default();
        (query.active, query.limit) = (true, PAGE);
        let mut changed = 0;
        loop {
            let page = self.tickets(&query).await?;
            let full = query.go_on(&page) && page.len() == PAGE;
            let now = self.now();
            let mut wanted = Wanted::default();
            for old in page {
                let new = clocks::row(
                    self.parts.sla.as_ref(),
                    &self.parts.rules,
                    old.ticket.clone(),
                    now,
                );
                if (old.breach_at, &old.timers) != (new.breach_at, &new.timers) {
                    wanted.tickets.insert(old.ticket.key);
                }
            }
            if !wanted.tickets.is_empty() {
                let keys = wanted.tickets.clone();
                changed += keys.len();
                self.settle(wanted, |known| {
                    let mut world = World::new(known, self.parts.rules);
                    keys.iter().for_each(|key| world.touch(key));
                    Ok(world.finish(self.parts.sla.as_ref(), self.now()))
                })
                .await?;
            }
            if !full {
                return Ok(changed);
            }
        }
    }

    /// Fires timers together. What a ticket wants no longer, it is only rid of.
    async fn fire(&self, due: &[DueTimer]) -> Result<usize, Error> {
        let timer = Actor::System("timer".to_owned());
        let now = self.now();
        let store = self.store();
        let mut keys: BTreeMap<&TicketId, TicketKey> = BTreeMap::new();
        for due in due {
            match store.ticket(&due.ticket).await {
                Ok(ticket) => keys.extend(ticket.map(|row| (&due.ticket, row.value.key))),
                Err(error) if error.is_unreadable() => {
                    tracing::error!(ticket = %due.ticket, %error, "timer left out");
                }
                Err(error) => return Err(error.into()),
            }
        }
        let mut wanted = Wanted::default();
        wanted.tickets.extend(keys.values().cloned());
        let automation = self.automation().await?;
        let fired = AtomicUsize::new(0);
        self.settle(wanted, |known| {
            let mut world = World::new(known, self.parts.rules);
            fired.store(0, Ordering::Relaxed);
            for due in due {
                let Some(key) = keys.get(&due.ticket) else {
                    continue;
                };
                let Some(ticket) = world.find(key, &due.ticket) else {
                    continue;
                };
                let at = now.max(ticket.active_at());
                let row = clocks::row(
                    self.parts.sla.as_ref(),
                    &self.parts.rules,
                    ticket.clone(),
                    now,
                );
                let wants = |timer: &&Timer| timer.name == due.timer.name && timer.at <= now;
                let command = row.timers.iter().find(wants).and_then(|timer| {
                    clocks::timed(self.parts.sla.as_ref(), &ticket, &timer.name, now)
                });
                let events = command.and_then(|command| ticket.decide(command, &timer, at).ok());
                let events = events.unwrap_or_default();
                match events.is_empty() {
                    true => world.touch(key),
                    false => {
                        fired.fetch_add(1, Ordering::Relaxed);
                    }
                }
                for event in &events {
                    // What is missing has been noted, and `finish` tells.
                    let _ = world.happen(key, event.clone());
                }
                if let Some(automation) = &automation {
                    let (sla, about) = (self.parts.sla.as_ref(), (key, &due.ticket));
                    run_rules_after(&mut world, automation, sla, about, &events, now);
                }
            }
            Ok(world.finish(self.parts.sla.as_ref(), now))
        })
        .await?;
        self.parts.news.notify_waiters();
        let fired = fired.into_inner();
        meter::fired(fired);
        Ok(fired)
    }
}

/// An event that a reply left, for the history of its ticket.
pub(crate) fn sent(message: MessageKey, reply: ReplyKind, effect: EffectKey) -> EventKind {
    EventKind::Sent {
        message,
        reply,
        effect: Some(effect),
    }
}

/// What the customer wrote last where nobody else reads.
fn newest_in_private(ticket: &Ticket) -> Option<&Attached> {
    let private = |m: &&Attached| ticket.audience_of(m) == Some(&Audience::Direct);
    ticket.answerable().filter(private).last()
}

/// The key of a reply under the caller's own name for it.
pub(crate) fn reply_key(ticket: &TicketId, name: &str) -> EffectKey {
    EffectKey::derive(&[ticket.as_str(), "named", name])
}
