//! What an event on a network means: pure, from what is known to what is to be written.

use aspa_channel::{
    Act, DeliveryStatus, Direction, EventKind, Handle, Message, MessageKey, Receipt, ReplyKind,
    Visibility,
};
use aspa_sla::Sla;
use aspa_store::{
    Changes, Decision, DecisionKind, InboxEntry, Note, OutboxState, Reaction, Shown, Wanted,
};
use aspa_ticket::{Actor, Decided, Disposition, EventKind as Happened, Outcome, Rules, TicketKey};
use aspa_types::{DeliveryId, EffectKey, HandleKey, Network};
use chrono::{DateTime, Utc};

use crate::act::sent;
use crate::automating::{Automation, run_rules};
use crate::echo;
use crate::landed;
use crate::marks;
use crate::outbox::{reached, take_receipt};
use crate::people;
use crate::queue::turn_of;
use crate::replica::Replica;
use crate::world::{Known, Missing, World};

/// Most earlier messages of ours, on each ticket, for which a read mark is taken to hold.
const EARLIER: usize = 100;

/// What deciding depends on besides the rows.
pub(crate) struct Context<'a> {
    pub(crate) rules: Rules,
    pub(crate) sla: Option<&'a Sla>,
    pub(crate) replica: &'a Replica,
    /// The rules that are run over what customers write.
    pub(crate) automation: Option<&'a Automation>,
    /// What somebody did before they were erased: not taken in.
    pub(crate) again: &'a std::collections::BTreeSet<u64>,
    pub(crate) now: DateTime<Utc>,
}

/// What a batch from the inbox will surely need, so that one look-up usually does.
pub(crate) fn foresee(entries: &[&InboxEntry]) -> Wanted {
    let mut wanted = Wanted::default();
    for InboxEntry { event, .. } in entries {
        wanted
            .handles
            .extend(event.handles.iter().map(|handle| handle.key.clone()));
        match &event.kind {
            EventKind::Message(message) => foresee_message(message, &mut wanted),
            EventKind::Visibility { message, .. }
            | EventKind::Reaction { message, .. }
            | EventKind::Status { message, .. } => {
                wanted.messages.insert(message.clone());
            }
            EventKind::StatusUntil {
                conversation,
                by: customer,
                ..
            } => {
                let line = TicketKey {
                    conversation: conversation.clone(),
                    customer: customer.clone(),
                };
                wanted.messages.insert(marks::name(&line));
                wanted.tickets.insert(line);
            }
            EventKind::Action {
                conversation,
                customer,
                ..
            } => {
                let (conversation, customer) = (conversation.clone(), customer.clone());
                wanted.tickets.insert(TicketKey {
                    conversation,
                    customer,
                });
            }
            EventKind::Handle {
                handle,
                became: Some(new),
                ..
            } => {
                wanted.handles.extend([handle.clone(), new.clone()]);
                wanted.people.insert(new.clone());
            }
            _ => {}
        }
    }
    wanted
}

fn foresee_message(message: &Message, wanted: &mut Wanted) {
    wanted.messages.insert(message.key.clone());
    wanted.awaiting.insert(message.key.clone());
    if let Some(author) = &message.author {
        wanted.handles.insert(author.clone());
    }
    match message.direction {
        Direction::Inbound => {
            let customer = author_of(message);
            wanted.people.insert(customer.clone());
            let conversation = message.conversation.clone();
            wanted.tickets.insert(TicketKey {
                conversation,
                customer,
            });
        }
        Direction::Outbound => {
            for customer in message.to.iter().cloned() {
                let conversation = message.conversation.clone();
                let line = TicketKey {
                    conversation,
                    customer,
                };
                wanted.messages.insert(marks::name(&line));
                wanted.tickets.insert(line);
            }
            if message.to.is_empty() {
                wanted.messages.extend(message.in_reply_to.clone());
            }
        }
    }
}

/// Decides a batch: everything to be written, or what has to be loaded first.
pub(crate) fn decide(
    entries: &[&InboxEntry],
    known: &Known,
    context: &Context<'_>,
) -> Result<Changes, Box<Wanted>> {
    let mut world = World::new(known, context.rules);
    let (mut processed, mut kept) = (Vec::new(), Vec::new());
    for entry in entries {
        if context.again.contains(&entry.seq) {
            processed.push(entry.seq);
            continue;
        }
        // What is missing has been noted; the rest of the batch may lack more.
        let mut ingest = Ingest {
            world: &mut world,
            entry,
            context,
        };
        match ingest.run() {
            Ok(true) => processed.push(entry.seq),
            Ok(false) => kept.push(entry.seq),
            Err(Missing) => {}
        }
    }
    let undecided = world.undecided();
    people::decide(&mut world, &undecided, context.replica);
    if let Some(automation) = context.automation {
        run_rules(&mut world, automation, context.sla, context.now);
    }
    let mut changes = world.finish(context.sla, context.now)?;
    changes.processed = processed;
    changes.kept = kept;
    Ok(changes)
}

/// Who wrote an inbound message. Where the network does not say, each message has an author of its
/// own: nothing is lost, and strangers are not taken for one person.
#[expect(
    clippy::expect_used,
    reason = "a digest of 18 characters and a constant make a handle"
)]
fn author_of(message: &Message) -> HandleKey {
    message.author.clone().unwrap_or_else(|| {
        let id = DeliveryId::derive(&[&message.key.to_string()]);
        HandleKey::new(Network::API, Some("unknown-author"), id.as_str()).expect("is a valid id")
    })
}

struct Ingest<'w, 'k, 'c> {
    world: &'w mut World<'k>,
    entry: &'c InboxEntry,
    context: &'c Context<'c>,
}

impl Ingest<'_, '_, '_> {
    /// Returns whether everything the event said is in other rows now; what is not, is kept as it
    /// came.
    fn run(&mut self) -> Result<bool, Missing> {
        let event = &self.entry.event;
        let rest = match &event.kind {
            EventKind::Message(_) => !event.extra.is_empty(),
            EventKind::Visibility { extra, .. }
            | EventKind::Reaction { extra, .. }
            | EventKind::Status { extra, .. }
            | EventKind::StatusUntil { extra, .. }
            | EventKind::Action { extra, .. }
            | EventKind::Handle { extra, .. } => {
                !(event.extra.is_empty() && extra.is_empty() && event.provenance.raw.is_none())
            }
            _ => true,
        };
        Ok(self.take()? && !rest)
    }

    fn take(&mut self) -> Result<bool, Missing> {
        let event = &self.entry.event;
        let at = event
            .at
            .unwrap_or(self.entry.received_at)
            .min(self.entry.received_at);
        // All of it is looked at before it gives up, so that one more look-up is enough.
        let met = event
            .handles
            .iter()
            .try_for_each(|handle| self.world.meet(handle));
        match &event.kind {
            EventKind::Message(message) => self.message(message)?,
            EventKind::Visibility {
                message,
                visibility,
                by,
                ..
            } => {
                let shown = Shown::new(at, visibility.clone(), by.clone());
                self.visibility(message, shown)?;
            }
            EventKind::Reaction {
                message,
                by,
                reaction,
                removed,
                ..
            } => {
                let reaction = Reaction::new(by.clone(), reaction.clone(), at, *removed);
                self.world.message(message)?.react(reaction);
            }
            EventKind::Status {
                message,
                status,
                watermark,
                ..
            } => {
                let record = self.world.message(message)?;
                record.reach(at, status.clone());
                let stands = reached(record);
                let effect = record.message.as_ref().and_then(|m| m.effect.clone());
                if let Some(effect) = effect {
                    self.advance(&effect, message, &stands, at)?;
                }
                // It may hold for messages that are not known yet too: the event is kept.
                if *watermark {
                    self.earlier(message, status, at)?;
                    return met.map(|()| false);
                }
            }
            EventKind::StatusUntil {
                conversation,
                by,
                status,
                until,
                ..
            } => {
                let line = TicketKey {
                    conversation: conversation.clone(),
                    customer: by.clone(),
                };
                self.up_to(&line, *until, None, status, at)?;
                return met.map(|()| false);
            }
            EventKind::Action {
                conversation,
                customer,
                by,
                act,
                ..
            } => {
                let key = TicketKey {
                    conversation: conversation.clone(),
                    customer: customer.clone(),
                };
                let actor = Actor::Us(by.clone());
                if !self.act(&key, actor, act, at)? {
                    return met.map(|()| false);
                }
            }
            EventKind::Handle {
                handle,
                became: None,
                released: false,
                ..
            } => {
                self.world.meet(&Handle::new(handle.clone()))?;
            }
            EventKind::Handle {
                handle,
                became: Some(new),
                released: false,
                ..
            } => {
                let both = [handle, new].map(|key| self.world.meet(&Handle::new(key.clone())));
                people::moved(self.world, event, handle, new, at)?;
                both.into_iter().collect::<Result<(), Missing>>()?;
            }
            _ => return met.map(|()| false),
        }
        met.map(|()| true)
    }

    fn message(&mut self, written: &Message) -> Result<(), Missing> {
        let mut message = written.clone();
        message.times.received.get_or_insert(self.entry.received_at);
        message.times.applied = Some(self.context.now);
        let at = message.times.effective().unwrap_or(self.entry.received_at);
        let key = &written.key;
        let author = written
            .author
            .as_ref()
            .map(|author| Handle::new(author.clone()));
        let met = author.map_or(Ok(()), |author| self.world.meet(&author));
        let record = self.world.message(key)?;
        let first = record.write(message, &self.entry.event.provenance);
        // A revision that says that it is gone says so whenever it comes.
        let gone = written.visibility == Visibility::Deleted;
        let edited = written.edited_at.unwrap_or(at).max(at);
        let deleted = Shown::new(edited, Visibility::Deleted, None);
        let newly_gone =
            gone && record.show(deleted.clone()) && !landed::is_our_doing(record, &deleted);
        let shown = record.visibility.clone();
        // As it stands: an edit that came first may say less than the original does.
        let Some(message) = record.message.clone() else {
            return met;
        };
        let at = message.times.effective().unwrap_or(at);
        match message.direction {
            Direction::Inbound if first => self.received(&message, at, &shown)?,
            Direction::Inbound if newly_gone => {
                let line = line_of(&message);
                self.shown(&line, key, deleted, at)?;
            }
            Direction::Outbound => {
                let lines = self.lines_of(&message)?;
                if first {
                    self.ours(message, &lines, at)?;
                }
                // Its own time may be earlier than the one by which we knew it.
                let written = written.times.effective().unwrap_or(at);
                self.catch_up(key, &lines, written)?;
                let waiting = self.world.look(key)?.map(marks::awaited);
                for (status, said) in waiting.unwrap_or_default() {
                    self.earlier(key, &status, said)?;
                    marks::came(self.world.message(key)?);
                }
            }
            Direction::Inbound => {}
        }
        met
    }

    /// The network says how far a message got: so did the effect that made it last.
    fn advance(
        &mut self,
        effect: &EffectKey,
        message: &MessageKey,
        stands: &OutboxState,
        at: DateTime<Utc>,
    ) -> Result<(), Missing> {
        if let Some(row) = self.world.effect(effect)? {
            let made = row.receipt.as_ref().and_then(|r| r.messages.last());
            let whole = made.is_none_or(|last| last == message);
            if whole && row.state.has_landed() && row.state.may_become(stands) {
                row.state = stands.clone();
                let about = row.ticket.clone().map(|(_, about)| about);
                if let (OutboxState::FailedFinal, Some(about)) = (stands, about) {
                    let lost = Happened::ReplyFailed {
                        effect: effect.clone(),
                    };
                    let network = Actor::System("network".to_owned());
                    return self.happen(&about, at, network, lost);
                }
            }
        }
        Ok(())
    }

    /// A message of ours got somewhere, and with it those that we wrote before it on its tickets: once it has
    /// come, since nothing else says when it was written.
    fn earlier(
        &mut self,
        newest: &MessageKey,
        status: &DeliveryStatus,
        at: DateTime<Utc>,
    ) -> Result<(), Missing> {
        let Some(message) = self.world.look(newest)?.and_then(|r| r.message.clone()) else {
            marks::await_it(self.world.message(newest)?, status, at);
            return Ok(());
        };
        let Some(written) = message.times.effective() else {
            return Ok(());
        };
        for line in self.lines_of(&message)? {
            self.up_to(&line, written, Some(newest), status, at)?;
        }
        Ok(())
    }

    /// What we wrote on the tickets of a line up to `until`, but for one message, got somewhere; and what
    /// will turn out to have been written by then.
    fn up_to(
        &mut self,
        line: &TicketKey,
        until: DateTime<Utc>,
        but: Option<&MessageKey>,
        status: &DeliveryStatus,
        at: DateTime<Utc>,
    ) -> Result<(), Missing> {
        let mut ours = self.world.outbound(line)?;
        ours.retain(|one| one.at <= until && Some(&one.message) != but);
        ours.sort_by_key(|one| std::cmp::Reverse(one.at));
        ours.truncate(EARLIER);
        // All of them are asked for before it gives up.
        for one in &ours {
            let _ = self.world.look(&one.message);
        }
        for one in ours {
            let record = self.world.message(&one.message)?;
            if record.statuses.iter().any(|(_, known)| known == status) {
                break;
            }
            record.reach(at, status.clone());
            let stands = reached(record);
            if let Some(effect) = &one.effect {
                self.advance(effect, &one.message, &stands, at)?;
            }
        }
        marks::keep(self.world, line, status, until, at)
    }

    /// The tickets that a message of ours is on.
    fn lines_of(&mut self, message: &Message) -> Result<Vec<TicketKey>, Missing> {
        let mut customers = message.to.clone();
        if let (true, Some(parent)) = (customers.is_empty(), &message.in_reply_to) {
            let parent = self.world.look(parent)?.and_then(|r| r.message.as_ref());
            let inbound = parent.filter(|parent| parent.direction == Direction::Inbound);
            customers.extend(inbound.map(author_of));
        }
        let line = |customer| TicketKey {
            conversation: message.conversation.clone(),
            customer,
        };
        let lines: Vec<TicketKey> = customers.into_iter().map(line).collect();
        for line in &lines {
            // Asked for before anything else is found missing.
            let _ = self.world.look(&marks::name(line));
        }
        Ok(lines)
    }

    /// A message that we wrote, here or elsewhere.
    fn ours(
        &mut self,
        mut message: Message,
        lines: &[TicketKey],
        at: DateTime<Utc>,
    ) -> Result<(), Missing> {
        if message.effect.is_none() {
            let key = message.key.clone();
            match echo::recognise(self.world, lines, message, at)? {
                Some(known) => message = known,
                None => return self.settle(&key),
            }
        }
        self.sent(&message, at)?;
        self.echoed(&message, at)
    }

    /// One of ours is on these tickets now, of which the network may have said before how far it got.
    fn catch_up(
        &mut self,
        key: &MessageKey,
        lines: &[TicketKey],
        written: DateTime<Utc>,
    ) -> Result<(), Missing> {
        let mut news = false;
        for line in lines {
            news |= marks::catch_up(self.world, line, key, written)?;
        }
        if !news {
            return Ok(());
        }
        let record = self.world.message(key)?;
        let stands = reached(record);
        let effect = record.message.as_ref().and_then(|m| m.effect.clone());
        match effect {
            Some(effect) => self.advance(&effect, key, &stands, self.context.now),
            None => Ok(()),
        }
    }

    /// A message of ours shows that its effect landed, which nobody could tell or a person denied.
    fn echoed(&mut self, message: &Message, at: DateTime<Utc>) -> Result<(), Missing> {
        let Some(effect) = &message.effect else {
            return Ok(());
        };
        let mut receipt = Receipt::new(effect.clone());
        receipt.messages.push(message.key.clone());
        receipt.at = Some(at);
        let now = self.context.now;
        let found = Decision::new(DecisionKind::Found, None, now, None);
        if let Some(row) = self.world.effect(effect)? {
            let unsure = matches!(row.state, OutboxState::Uncertain | OutboxState::FailedFinal);
            if row.parts.is_empty() && unsure {
                row.state = OutboxState::Accepted;
                row.receipt = Some(receipt);
                row.decisions.push(found);
            }
            return Ok(());
        }
        // The key of a part, whose whole is one of the replies that the ticket waits for.
        for line in self.lines_of(message)? {
            for whole in self.world.queued(&line)? {
                let Some(row) = self.world.effect(&whole)? else {
                    continue;
                };
                if row.state != OutboxState::Uncertain || turn_of(row, effect).is_none() {
                    continue;
                }
                (row.state, row.next_at) = (OutboxState::Accepted, now);
                row.decisions.push(found);
                let number = row.attempts;
                take_receipt(row, receipt, number);
                let first = row.receipt.as_ref().and_then(|r| r.messages.first());
                let (Some(first), by) = (first.cloned(), row.effect.by.clone()) else {
                    return Ok(());
                };
                let reply = message.reply.clone().unwrap_or(ReplyKind::Answer);
                return self.happen(&line, at, Actor::Us(by), sent(first, reply, whole));
            }
        }
        Ok(())
    }

    fn received(
        &mut self,
        message: &Message,
        at: DateTime<Utc>,
        shown: &[Shown],
    ) -> Result<(), Missing> {
        let key = line_of(message);
        people::listen(
            self.world,
            message,
            at,
            &self.entry.event,
            self.context.replica.linker(),
        )?;
        let received = Happened::Received {
            message: message.key.clone(),
            audience: Some(message.audience.clone()),
            language: message.language.clone(),
        };
        self.happen(&key, at, Actor::Customer, received)?;
        if self.context.automation.is_some() {
            self.world.wrote(&key, &message.key);
        }
        for shown in shown {
            self.shown(&key, &message.key, shown.clone(), at)?;
        }
        for child in self.world.awaiting(&message.key)? {
            let record = self.world.message(&child)?;
            record.awaits = None;
            let Some(reply) = record.message.clone() else {
                continue;
            };
            let at = reply.times.effective().unwrap_or(self.entry.received_at);
            self.answer(&reply, &key.customer, at)?;
            self.catch_up(&child, std::slice::from_ref(&key), at)?;
        }
        Ok(())
    }

    /// One of our messages belongs to the tickets of those it is for; where it does not say, to that
    /// of the author of what it answers; if that has not come yet, it waits for it.
    fn sent(&mut self, message: &Message, at: DateTime<Utc>) -> Result<(), Missing> {
        for customer in &message.to {
            self.answer(message, customer, at)?;
        }
        let parent = message
            .in_reply_to
            .as_ref()
            .filter(|_| message.to.is_empty());
        let Some(parent) = parent else {
            return self.settle(&message.key);
        };
        let Some(Some(answered)) = self.world.look(parent)?.map(|r| r.message.clone()) else {
            self.world.message(&message.key)?.awaits = Some(parent.clone());
            self.world.await_parent(&message.key, parent)?;
            return self.settle(&message.key);
        };
        if answered.direction == Direction::Inbound {
            self.answer(message, &author_of(&answered), at)?;
        }
        self.settle(&message.key)
    }

    /// One of ours has come: those that answer it answer no customer, and wait no longer.
    fn settle(&mut self, key: &MessageKey) -> Result<(), Missing> {
        for child in self.world.awaiting(key)? {
            self.world.message(&child)?.awaits = None;
        }
        Ok(())
    }

    fn answer(
        &mut self,
        message: &Message,
        customer: &HandleKey,
        at: DateTime<Utc>,
    ) -> Result<(), Missing> {
        let key = TicketKey {
            conversation: message.conversation.clone(),
            customer: customer.clone(),
        };
        let kind = if message.automatic {
            ReplyKind::Automatic
        } else {
            ReplyKind::Answer
        };
        let sent = Happened::Sent {
            message: message.key.clone(),
            reply: message.reply.clone().unwrap_or(kind),
            effect: message.effect.clone(),
        };
        self.happen(&key, at, Actor::Us(message.agent.clone()), sent)
    }

    fn visibility(&mut self, key: &MessageKey, shown: Shown) -> Result<(), Missing> {
        let record = self.world.message(key)?;
        let new = record.show(shown.clone());
        let news = new && !landed::is_our_doing(record, &shown);
        let inbound = |m: &&Message| m.direction == Direction::Inbound;
        let Some(message) = record.message.as_ref().filter(inbound).filter(|_| news) else {
            return Ok(());
        };
        let written = message.times.effective().unwrap_or(shown.at);
        let line = line_of(message);
        self.shown(&line, key, shown, written)
    }

    /// What its author took back needs no answer. What somebody else deleted (we, a moderator) does:
    /// deleting criticism handles nothing.
    fn shown(
        &mut self,
        line: &TicketKey,
        key: &MessageKey,
        shown: Shown,
        written: DateTime<Utc>,
    ) -> Result<(), Missing> {
        let message = key.clone();
        let by_author = shown.by.is_none_or(|by| by == line.customer);
        let happened = match shown.visibility {
            Visibility::Deleted if by_author => Happened::Withdrawn { message },
            Visibility::Visible => Happened::Restored { message },
            _ => return Ok(()),
        };
        self.happen(line, shown.at.max(written), Actor::Customer, happened)
    }

    /// Returns whether the act is known.
    fn act(
        &mut self,
        key: &TicketKey,
        actor: Actor,
        act: &Act,
        at: DateTime<Utc>,
    ) -> Result<bool, Missing> {
        let happened = match act {
            Act::Assign { to, .. } => Happened::assigned(to.clone()),
            Act::Tag { tag, .. } => Happened::Tagged { tag: tag.clone() },
            Act::Untag { tag, .. } => Happened::Untagged { tag: tag.clone() },
            Act::Dismiss { message, why, .. } => {
                let disposition = match why.as_str() {
                    "spam" => Disposition::Spam,
                    _ => Disposition::NeedsNoAnswer { why: why.clone() },
                };
                let decided = match &actor {
                    Actor::Us(Some(agent)) => Decided::Agent(agent.clone()),
                    _ => Decided::Rule("another tool".to_owned()),
                };
                let message = message.clone();
                Happened::Disposed {
                    message,
                    disposition,
                    decided,
                }
            }
            Act::Prioritise { priority, .. } => Happened::Prioritised {
                priority: priority.as_deref().map(Into::into),
            },
            Act::AwaitCustomer { .. } => Happened::CustomerAwaited,
            Act::AwaitColleague { .. } => Happened::ColleagueAwaited,
            Act::Reopen { .. } => Happened::Reopened,
            Act::Resolve { .. } => Happened::Resolved {
                outcome: Outcome::Solved,
            },
            Act::Note { text, .. } => {
                let (event, about) = (self.entry.event.key(), key.to_string());
                let id = DeliveryId::derive(&[&about, &event]);
                let by = match &actor {
                    Actor::Us(by) => by.clone(),
                    _ => None,
                };
                let note = id.as_str().into();
                self.happen(key, at, actor, Happened::Noted { note })?;
                let id = id.as_str().into();
                self.world
                    .notes
                    .push(Note::new(id, key.clone(), by, at, text.clone()));
                return Ok(true);
            }
            _ => return Ok(false),
        };
        self.happen(key, at, actor, happened)?;
        Ok(true)
    }

    fn happen(
        &mut self,
        key: &TicketKey,
        at: DateTime<Utc>,
        by: Actor,
        kind: Happened,
    ) -> Result<(), Missing> {
        self.world
            .happen(key, aspa_ticket::Event::new(at, by, kind))
    }
}

fn line_of(message: &Message) -> TicketKey {
    TicketKey {
        conversation: message.conversation.clone(),
        customer: author_of(message),
    }
}
