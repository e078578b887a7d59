use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use aspa_channel::{Audience, ConversationKey, Direction, MessageKey, ReplyKind};
use aspa_types::{
    AgentId, EffectKey, Extra, HandleKey, Tag, TeamId, TicketId, keep_unknown, text_enum,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::disposition::{Decided, Disposition, HandledShare};
use crate::event::{Actor, Event, EventKind, NoteId, Order, Outcome, Priority};
use crate::helped::{Help, HelpVerdict};
use crate::playbook::PlaybookUse;
use crate::regroup::{ActId, Cover, Regroup};

/// What tickets are about: one customer in one conversation. At most one of its tickets is active.
///
/// A public thread with three customers has three keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "the two things that a ticket is about"
)]
pub struct TicketKey {
    /// Where.
    pub conversation: ConversationKey,
    /// Who.
    pub customer: HandleKey,
}

impl TicketKey {
    /// The id of the first (1), second … ticket about this, those that were split off not counted: the
    /// same on every machine.
    #[must_use]
    pub fn ticket_id(&self, nth: u32) -> TicketId {
        self.derive(&[&nth.to_string()])
    }

    /// The id of the ticket that an act splits off another one about this: no other ticket ever has it,
    /// also after the act was taken back.
    #[must_use]
    pub fn split_id(&self, act: &ActId) -> TicketId {
        self.derive(&["split", act])
    }

    fn derive(&self, which: &[&str]) -> TicketId {
        let customer = self.customer.to_string();
        let conversation = &self.conversation;
        let about = [conversation.account.as_str(), &conversation.id, &customer];
        TicketId::derive(&[&about, which].concat())
    }
}

impl fmt::Display for TicketKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.customer, self.conversation)
    }
}

text_enum! {
    /// Where a ticket stands. Fixed; labels for people are free.
    pub enum Category {
        /// Nobody has looked at it.
        New = "new",
        /// It is worked on.
        Open = "open",
        /// We wait for the customer.
        WaitingCustomer = "waiting_customer",
        /// We wait for a colleague or another party.
        WaitingInternal = "waiting_internal",
        /// It was put aside until a time.
        Snoozed = "snoozed",
        /// It is worked as one with another ticket, which has its place.
        Bundled = "bundled",
        /// It is resolved; within the reopen window a message opens it again.
        Resolved = "resolved",
        /// It is closed for good.
        Closed = "closed",
    }
}

impl Category {
    /// Whether work may be left to do on it. What is left of a bundled one is done on its target.
    #[must_use]
    pub fn is_active(&self) -> bool {
        !matches!(self, Self::Resolved | Self::Closed | Self::Bundled)
    }

    /// Whether it counts to an agent's load.
    #[must_use]
    pub fn counts_to_capacity(&self) -> bool {
        *self == Self::Open
    }
}

/// A message attached to a ticket, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Attached {
    /// Which message.
    pub message: MessageKey,
    /// What it was written about, where that is not what the ticket is about: it was moved here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Box<TicketKey>>,
    /// When clocks count it from.
    pub at: DateTime<Utc>,
    /// Whether the customer or one of us wrote it.
    pub direction: Direction,
    /// Which of us wrote it, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentId>,
    /// Of the customer's: who could read it, where that is known and differs from the
    /// [ticket's](Ticket::audience).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<Audience>,
    /// Of ours: what it is to the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<ReplyKind>,
    /// Of ours: the effect that sent it, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<EffectKey>,
    /// Of the customer's: what became of it.
    pub disposition: Disposition,
    /// Who or what decided that.
    pub decided: Decided,
    /// Whether it was taken back.
    #[serde(default)]
    pub withdrawn: bool,
}

/// A change that clocks and figures need: what, and from when on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// The ticket came to stand there.
    Category(DateTime<Utc>, Category),
    /// It was given to somebody, or to nobody.
    Assignee(DateTime<Utc>, Option<AgentId>),
    /// A tag was put on.
    Tagged(DateTime<Utc>, Tag),
    /// A tag was taken off.
    Untagged(DateTime<Utc>, Tag),
    /// It was given a priority, or none.
    Priority(DateTime<Utc>, Option<Priority>),
    /// The customer was promised something: when, what, and by when.
    Committed(DateTime<Utc>, NoteId, DateTime<Utc>),
    /// A commitment ended: when, which, and whether it was kept.
    CommitmentEnded(DateTime<Utc>, NoteId, bool),
    /// Nobody waited for an answer any longer, since what was open was dismissed or taken back:
    /// response clocks end there, unanswered, and the customer's next message starts anew.
    Settled(DateTime<Utc>),
    /// Everybody who waited was answered on the tickets that are bundled into it.
    Answered(DateTime<Utc>),
    /// A change that this version does not know, as it came.
    #[serde(skip)]
    Unknown(serde_json::Value),
}

keep_unknown!(
    Change,
    [
        "category",
        "assignee",
        "tagged",
        "untagged",
        "priority",
        "committed",
        "commitment_ended",
        "settled",
        "answered"
    ]
);

/// Put aside until then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "both halves of what was asked for"
)]
pub struct Snooze {
    /// Until when.
    pub until: DateTime<Utc>,
    /// Whether a message of the customer ends it early.
    pub wake_on_message: bool,
}

/// A unit of work: the state that its events make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ticket {
    /// Its name.
    pub id: TicketId,
    /// What it is about.
    pub key: TicketKey,
    /// Its place among the tickets about it: 1, 2 …, in the order in which they began to be.
    pub ordinal: u32,
    /// The ticket that it goes on from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow_up_of: Option<TicketId>,
    /// Where it stands.
    pub category: Category,
    /// When it began.
    pub opened_at: DateTime<Utc>,
    /// Up to where its history has been taken in.
    pub last: Order,
    /// When it was resolved, while it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<DateTime<Utc>>,
    /// As what it was resolved, while it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// How often it was opened again.
    #[serde(default)]
    pub reopened: u32,
    /// Who works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<AgentId>,
    /// Until when they have it, unless they do something about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assigned_until: Option<DateTime<Utc>>,
    /// Which team it is with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// Its tags.
    #[serde(default)]
    pub tags: BTreeSet<Tag>,
    /// How urgent it is, where somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// Who could read the message it began with, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<Audience>,
    /// The language of the first message whose language is known, a BCP 47 tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What the customer was promised and has not got yet, and by when.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub commitments: BTreeMap<NoteId, DateTime<Utc>>,
    /// Notes of colleagues, by name.
    #[serde(default)]
    pub notes: Vec<NoteId>,
    /// Its messages, oldest first.
    #[serde(default)]
    pub messages: Vec<Attached>,
    /// Changes that clocks need, oldest first.
    #[serde(default)]
    pub changes: Vec<Change>,
    /// Replies that wait in the outbox.
    #[serde(default)]
    pub queued: BTreeSet<EffectKey>,
    /// Replies that were queued and will not be sent.
    #[serde(default)]
    pub failed: BTreeSet<EffectKey>,
    /// Of replies that were made from a playbook: from which, in which version.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub playbooks: BTreeMap<EffectKey, PlaybookUse>,
    /// Of replies that send the customer elsewhere: where to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub redirects: BTreeMap<EffectKey, String>,
    /// What was said of other customers' answers, oldest first; of each answer the latest word.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub helped: Vec<Help>,
    /// Of the replies that wait or were sent, what else they cover.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub covers: BTreeMap<EffectKey, Vec<Cover>>,
    /// The bundles, splits, moves and links that it is in, by their names: each can be
    /// [undone](crate::undo).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub regrouped: BTreeMap<ActId, Regroup>,
    /// Until when it is put aside, while it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snooze: Option<Snooze>,
    /// Points that its clocks have passed and that somebody was told about.
    #[serde(default)]
    pub passed: BTreeSet<String>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Ticket {
    /// A ticket that begins at `at`, with nothing in it.
    #[must_use]
    pub fn open(key: TicketKey, ordinal: u32, at: DateTime<Utc>) -> Self {
        Self {
            id: key.ticket_id(ordinal),
            follow_up_of: None,
            key,
            ordinal,
            category: Category::New,
            opened_at: at,
            last: Order::start(at),
            resolved_at: None,
            outcome: None,
            reopened: 0,
            assignee: None,
            assigned_until: None,
            team: None,
            tags: BTreeSet::new(),
            priority: None,
            audience: None,
            language: None,
            commitments: BTreeMap::new(),
            notes: Vec::new(),
            messages: Vec::new(),
            changes: Vec::new(),
            queued: BTreeSet::new(),
            failed: BTreeSet::new(),
            playbooks: BTreeMap::new(),
            redirects: BTreeMap::new(),
            helped: Vec::new(),
            covers: BTreeMap::new(),
            regrouped: BTreeMap::new(),
            snooze: None,
            passed: BTreeSet::new(),
            extra: Extra::new(),
        }
    }

    /// When something happened last.
    #[must_use]
    pub fn active_at(&self) -> DateTime<Utc> {
        self.last.at()
    }

    /// Whether an event comes after all that was taken in, so that it can simply be applied. One
    /// that is late, or that takes back another, needs the whole history [folded](crate::fold()) again.
    #[must_use]
    pub fn is_next(&self, event: &Event) -> bool {
        !matches!(event.kind, EventKind::Undone { .. }) && event.order() >= self.last
    }

    /// The newest message of the customer that was not taken back.
    #[must_use]
    pub fn newest_inbound(&self) -> Option<&Attached> {
        self.inbound().filter(|m| !m.withdrawn).last()
    }

    /// The messages that a reply of this ticket can answer, oldest first: written by its customer in its
    /// conversation, and not taken back. What was moved here from another customer or conversation is
    /// answered where it was written.
    pub fn answerable(&self) -> impl Iterator<Item = &Attached> {
        self.inbound().filter(|m| !m.withdrawn && m.about.is_none())
    }

    /// Who could read a message of the customer, where known.
    #[must_use]
    pub fn audience_of<'t>(&'t self, message: &'t Attached) -> Option<&'t Audience> {
        message.audience.as_ref().or(self.audience.as_ref())
    }

    /// The customer's messages.
    pub fn inbound(&self) -> impl Iterator<Item = &Attached> {
        self.messages
            .iter()
            .filter(|m| m.direction == Direction::Inbound)
    }

    /// Our messages.
    pub fn outbound(&self) -> impl Iterator<Item = &Attached> {
        self.messages
            .iter()
            .filter(|m| m.direction == Direction::Outbound)
    }

    /// Our first message to the customer, at or after the customer's first, that no program wrote.
    #[must_use]
    pub fn first_response(&self) -> Option<&Attached> {
        let first = self.inbound().map(|m| m.at).min()?;
        let by_person = |m: &&Attached| m.reply != Some(ReplyKind::Automatic);
        self.outbound().filter(by_person).find(|m| m.at >= first)
    }

    /// The counts of its handled share.
    #[must_use]
    pub fn handled(&self) -> HandledShare {
        let mut share = HandledShare::default();
        self.inbound().for_each(|m| share.count(&m.disposition));
        share
    }

    /// Whether a message is on it.
    pub(crate) fn holds(&self, message: &MessageKey) -> bool {
        self.messages.iter().rev().any(|m| m.message == *message)
    }

    /// Whether a message of ours is on it, under this name or, where either is not the network's, under
    /// another one.
    pub(crate) fn holds_sent(&self, message: &MessageKey, effect: Option<&EffectKey>) -> bool {
        let unnamed = |m: &Attached, effect: &EffectKey| {
            m.effect.as_ref() == Some(effect)
                && (m.message.is_of_effect(effect) || message.is_of_effect(effect))
        };
        let by_effect = |m: &Attached| effect.is_some_and(|effect| unnamed(m, effect));
        let mut sent = self.messages.iter().rev();
        sent.any(|m| m.message == *message || by_effect(m))
    }

    /// Takes in what happened. Events come in their [order](Event::order); what is taken in twice
    /// counts once.
    pub fn apply(&mut self, event: &Event) {
        let at = event.at;
        self.last = event.order().max(self.last.clone());
        if matches!(&event.by, Actor::Us(Some(by)) if self.assignee.as_ref() == Some(by)) {
            self.assigned_until = None;
        }
        match &event.kind {
            EventKind::Received {
                message,
                audience,
                language,
            } => {
                if self.audience.is_none() {
                    self.audience.clone_from(audience);
                }
                if self.language.is_none() {
                    self.language.clone_from(language);
                }
                if self.moved(message).is_none()
                    && self.attach(message, event, Direction::Inbound, None)
                {
                    let differs = audience.as_ref().filter(|_| self.audience != *audience);
                    if let Some(attached) = self.messages.last_mut() {
                        attached.audience = differs.cloned();
                    }
                    self.receive(at);
                }
            }
            EventKind::Sent {
                message,
                reply,
                effect,
            } => {
                let known = effect
                    .as_ref()
                    .is_some_and(|effect| self.named(effect, message));
                let gone = known || self.moved(message).is_some();
                if let Some(effect) = effect {
                    // Somebody had it sent again.
                    self.failed.remove(effect);
                }
                if !gone && self.attach(message, event, Direction::Outbound, Some(reply)) {
                    self.send(at, reply);
                }
                if let Some(effect) = effect {
                    self.queued.remove(effect);
                    self.recognise(message, effect, reply, event);
                    if self.redirects.contains_key(effect) {
                        self.infer();
                    }
                }
            }
            EventKind::Withdrawn { message } => self.show(message, true, at),
            EventKind::Restored { message } => self.show(message, false, at),
            EventKind::ReplyQueued {
                effect,
                playbook,
                covers,
                redirects_to,
                ..
            } => {
                if !covers.is_empty() {
                    self.covers.insert(effect.clone(), covers.clone());
                }
                if let Some(playbook) = playbook {
                    self.playbooks.insert(effect.clone(), playbook.clone());
                }
                // By the network's clock it can have been sent before it was queued by ours.
                let sent = self.outbound().any(|m| m.effect.as_ref() == Some(effect));
                if !sent && !self.failed.contains(effect) {
                    self.queued.insert(effect.clone());
                }
                if let Some(to) = redirects_to {
                    self.redirects.insert(effect.clone(), to.clone());
                    if sent {
                        self.infer();
                    }
                }
                self.start(at);
            }
            EventKind::ReplyFailed { effect } => {
                let waited = self.queued.remove(effect);
                self.redirects.remove(effect);
                self.failed.insert(effect.clone());
                match self.has_sent(effect) {
                    // It was on its way, and reached nobody.
                    true => {
                        self.infer();
                        self.wait_again(at);
                    }
                    false => {
                        self.covers.remove(effect);
                        // Resolved on the strength of an answer that never left.
                        let stands = self.category == Category::Resolved;
                        let given_up = self.outcome == Some(Outcome::Abandoned);
                        if waited && stands && !given_up && self.has_no_answer() {
                            self.reopen(at);
                        }
                    }
                }
            }
            EventKind::Assigned { to, until } => {
                self.assigned_until = *until;
                if self.assignee != *to {
                    self.assignee.clone_from(to);
                    self.changes.push(Change::Assignee(at, to.clone()));
                }
                if to.is_some() {
                    self.start(at);
                }
            }
            EventKind::Routed { team } => self.team.clone_from(team),
            EventKind::Tagged { tag } => {
                if self.tags.insert(tag.clone()) {
                    self.changes.push(Change::Tagged(at, tag.clone()));
                }
            }
            EventKind::Untagged { tag } => {
                if self.tags.remove(tag) {
                    self.changes.push(Change::Untagged(at, tag.clone()));
                }
            }
            EventKind::Prioritised { priority } => {
                if self.priority != *priority {
                    self.priority.clone_from(priority);
                    self.changes.push(Change::Priority(at, priority.clone()));
                }
            }
            EventKind::Committed { commitment, due } => {
                if self.commitments.insert(commitment.clone(), *due) != Some(*due) {
                    let change = Change::Committed(at, commitment.clone(), *due);
                    self.changes.push(change);
                }
            }
            EventKind::CommitmentEnded { commitment, kept } => {
                if self.commitments.remove(commitment).is_some() {
                    let change = Change::CommitmentEnded(at, commitment.clone(), *kept);
                    self.changes.push(change);
                }
            }
            EventKind::Noted { note } => {
                if !self.notes.contains(note) {
                    self.notes.push(note.clone());
                }
            }
            EventKind::Disposed {
                message,
                disposition,
                decided,
            } => {
                if self.dispose(message, disposition, decided) {
                    self.start(at);
                    self.settle(at);
                }
            }
            EventKind::HelpJudged(help) => self.judge_help(help, at),
            EventKind::CustomerAwaited => self.stand(Category::WaitingCustomer, at),
            EventKind::ColleagueAwaited => self.stand(Category::WaitingInternal, at),
            EventKind::Snoozed {
                until,
                wake_on_message,
            } => {
                self.stand(Category::Snoozed, at);
                self.snooze = Some(Snooze {
                    until: *until,
                    wake_on_message: *wake_on_message,
                });
            }
            EventKind::Reopened => self.reopen(at),
            // Whoever resolved it here said what became of every message there was: one that waits
            // became known only later, and nobody has read it.
            EventKind::Resolved { .. } if event.ticket.is_some() && self.waits() => {
                self.reopen(at);
            }
            EventKind::Resolved { outcome } => {
                // Resolved in another tool, which does not say what became of each message.
                if event.ticket.is_none() && matches!(event.by, Actor::Us(_)) {
                    for message in self.read_after_an_answer() {
                        self.dispose(&message, &Disposition::read(), &Decided::Inferred);
                    }
                }
                self.resolve(outcome.clone(), at);
            }
            EventKind::Closed => self.stand(Category::Closed, at),
            EventKind::ClockPassed {
                clock,
                cycle,
                point,
                ..
            } => {
                self.passed.insert(format!("{clock} {cycle} {point}"));
            }
            EventKind::Regrouped { act, what } => self.regroup(act, what, at),
            // The fold leaves out what was undone, and who was told changes nothing.
            EventKind::Undone { .. } | EventKind::Called { .. } | EventKind::Unknown(_) => {}
        }
    }

    /// Whether a message of ours is on it that the effect made and that the network had not named, or
    /// has named meanwhile: it is one message, and goes by the network's name.
    fn named(&mut self, effect: &EffectKey, message: &MessageKey) -> bool {
        let of_it = |m: &Attached| m.effect.as_ref() == Some(effect) && m.message != *message;
        let Some(place) = self.messages.iter().position(of_it) else {
            return false;
        };
        let is_there = self.holds(message);
        match self.messages.get_mut(place) {
            Some(unnamed) if unnamed.message.is_of_effect(effect) => {
                if is_there {
                    self.messages.remove(place);
                } else {
                    unnamed.message = message.clone();
                }
                true
            }
            _ => message.is_of_effect(effect),
        }
    }

    /// What we sent ourselves is known better than its echo, which may have come first, tells.
    fn recognise(
        &mut self,
        message: &MessageKey,
        effect: &EffectKey,
        reply: &ReplyKind,
        event: &Event,
    ) {
        let Some(attached) = self.find(message) else {
            return;
        };
        attached.effect = Some(effect.clone());
        if let Actor::Us(Some(agent)) = &event.by {
            attached.agent = Some(agent.clone());
        }
        let differs = attached.reply.as_ref() != Some(reply);
        attached.reply = Some(reply.clone());
        if differs {
            self.infer();
            if self.waits() && self.category == Category::WaitingCustomer {
                self.stand(Category::Open, event.at);
            }
        }
    }

    fn attach(
        &mut self,
        message: &MessageKey,
        event: &Event,
        direction: Direction,
        reply: Option<&ReplyKind>,
    ) -> bool {
        if self.find(message).is_some() {
            return false;
        }
        let agent = match &event.by {
            Actor::Us(agent) => agent.clone(),
            _ => None,
        };
        self.messages.push(Attached {
            message: message.clone(),
            about: None,
            at: event.at,
            direction,
            agent,
            audience: None,
            reply: reply.cloned(),
            effect: None,
            disposition: Disposition::Unhandled,
            decided: Decided::Undecided,
            withdrawn: false,
        });
        true
    }

    fn find(&mut self, message: &MessageKey) -> Option<&mut Attached> {
        self.messages
            .iter_mut()
            .rev()
            .find(|m| m.message == *message)
    }

    pub(crate) fn receive(&mut self, at: DateTime<Utc>) {
        match &self.category {
            Category::WaitingCustomer => self.stand(Category::Open, at),
            Category::Snoozed if self.snooze.as_ref().is_some_and(|s| s.wake_on_message) => {
                self.stand(Category::Open, at);
            }
            Category::Resolved => self.reopen(at),
            _ => {}
        }
    }

    fn send(&mut self, at: DateTime<Utc>, reply: &ReplyKind) {
        match reply {
            ReplyKind::Automatic => {}
            ReplyKind::Holding => self.start(at),
            _ => {
                self.cover();
                if self.category.is_active() && self.waits() {
                    // Other customers do, on tickets that are bundled into this one.
                    self.start(at);
                } else if self.category.is_active() {
                    self.stand(Category::WaitingCustomer, at);
                }
            }
        }
    }

    /// Somebody waits again for what seemed to be answered.
    fn wait_again(&mut self, at: DateTime<Utc>) {
        match self.category {
            Category::Resolved if self.waits() => self.reopen(at),
            Category::WaitingCustomer if self.waits() => self.stand(Category::Open, at),
            _ => {}
        }
    }

    /// Whether the customer wrote last, and nothing of ours is under way.
    fn has_no_answer(&self) -> bool {
        let told = |m: &&Attached| !m.withdrawn;
        let written =
            |m: &&Attached| m.direction == Direction::Inbound || is_answer(m.reply.as_ref());
        let mut newest = self.messages.iter().rev().filter(told).filter(written);
        let last = newest.next().map(|m| m.direction);
        self.queued.is_empty() && last == Some(Direction::Inbound)
    }

    /// Whether an effect has made a message of ours on it.
    pub(crate) fn has_sent(&self, effect: &EffectKey) -> bool {
        self.outbound().any(|m| m.effect.as_ref() == Some(effect))
    }

    fn show(&mut self, message: &MessageKey, withdrawn: bool, at: DateTime<Utc>) {
        let Some(attached) = self.find(message) else {
            return;
        };
        if attached.withdrawn == withdrawn {
            return;
        }
        attached.withdrawn = withdrawn;
        let inbound = attached.direction == Direction::Inbound;
        self.infer();
        let waits = self.waits();
        if !inbound {
            return;
        }
        if waits && !withdrawn {
            self.wait_again(at);
        } else if !waits && withdrawn && matches!(self.category, Category::New | Category::Open) {
            // Nobody waits any longer: the customer took back what was not answered yet.
            if self.inbound().all(|m| m.withdrawn) {
                self.resolve(Outcome::Abandoned, at);
            } else {
                self.stand(Category::WaitingCustomer, at);
                self.settle(at);
            }
        }
    }

    fn settle(&mut self, at: DateTime<Utc>) {
        if self.category.is_active() && !self.waits() {
            self.changes.push(Change::Settled(at));
        }
    }

    fn dispose(&mut self, message: &MessageKey, became: &Disposition, decided: &Decided) -> bool {
        let Some(attached) = self.find(message) else {
            return false;
        };
        attached.disposition = became.clone();
        attached.decided = decided.clone();
        true
    }

    /// Somebody said whether another customer answered. What we answered ourselves stays ours.
    fn judge_help(&mut self, help: &Help, at: DateTime<Utc>) {
        let known = self.helped.iter().any(|known| known.is_about(help));
        if known && help.verdict == HelpVerdict::Likely {
            return;
        }
        self.helped.retain(|known| !known.is_about(help));
        self.helped.push(help.clone());
        let answered = Disposition::AnsweredByCustomer {
            by: help.by.clone(),
        };
        let Some(attached) = self.find(&help.message) else {
            return;
        };
        let free = matches!(
            attached.disposition,
            Disposition::Unhandled
                | Disposition::NeedsNoAnswer { .. }
                | Disposition::AnsweredByCustomer { .. }
        );
        if help.verdict.is_right() && free {
            attached.disposition = answered;
            attached.decided = help.decided.clone();
            self.start(at);
            self.settle(at);
        } else if help.verdict == HelpVerdict::Corrected && attached.disposition == answered {
            attached.disposition = Disposition::Unhandled;
            attached.decided = Decided::Undecided;
            self.infer();
            if self.waits() && self.category == Category::Resolved {
                self.reopen(at);
            } else if self.waits() && self.category == Category::WaitingCustomer {
                self.stand(Category::Open, at);
            }
        }
    }

    /// The customer's messages that nothing became of and that came after an answer of ours: thanks,
    /// mostly. Whoever resolves the ticket has read them and saw nothing left to answer.
    pub(crate) fn read_after_an_answer(&self) -> Vec<MessageKey> {
        let first_answer = self
            .outbound()
            .filter(|m| is_answer(m.reply.as_ref()))
            .map(|m| m.at)
            .min();
        let read = |m: &&Attached| {
            m.disposition == Disposition::Unhandled && first_answer.is_some_and(|at| at <= m.at)
        };
        self.inbound()
            .filter(read)
            .map(|m| m.message.clone())
            .collect()
    }

    /// Whether somebody waits: the customer, or one whose ticket is bundled into this one.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.inbound()
            .chain(self.joined_messages())
            .any(|m| m.disposition == Disposition::Unhandled)
    }

    /// The answer that was attached last covers what is open, as [`infer`](Self::infer) would find
    /// anew: it is no earlier than any message of the ticket.
    fn cover(&mut self) {
        let Some(by) = self.messages.last().map(|answer| answer.message.clone()) else {
            return;
        };
        for m in &mut self.messages {
            let open = m.disposition == Disposition::Unhandled
                || m.decided == Decided::Inferred && m.disposition == Disposition::read();
            let ours = !matches!(m.decided, Decided::Undecided | Decided::Inferred);
            let reached = reaches(&self.key, m.about.as_deref().unwrap_or(&self.key));
            if m.direction == Direction::Inbound && open && !ours && !m.withdrawn && reached {
                m.disposition = Disposition::Answered { by: by.clone() };
                m.decided = Decided::Inferred;
            }
        }
    }

    /// A reply covers its addressee's earlier messages, or sends their author elsewhere; what was withdrawn unanswered needs no
    /// answer. What somebody set is left alone.
    fn infer(&mut self) {
        let became = |answer: &Attached| {
            let effect = answer.effect.as_ref();
            match effect.and_then(|effect| self.redirects.get(effect)) {
                Some(to) => Disposition::Redirected { to: to.clone() },
                None => Disposition::Answered {
                    by: answer.message.clone(),
                },
            }
        };
        let about = |m: &Attached| m.about.as_deref().unwrap_or(&self.key).clone();
        let answers: Vec<(DateTime<Utc>, TicketKey, Disposition)> = self
            .outbound()
            .filter(|m| is_answer(m.reply.as_ref()))
            .filter(|m| {
                m.effect
                    .as_ref()
                    .is_none_or(|effect| !self.failed.contains(effect))
            })
            .map(|m| (m.at, about(m), became(m)))
            .collect();
        for m in &mut self.messages {
            let open = matches!(m.decided, Decided::Undecided | Decided::Inferred);
            if m.direction == Direction::Outbound || !open {
                continue;
            }
            // Nobody answers what cannot be seen any longer.
            if m.withdrawn && matches!(m.disposition, Disposition::NeedsNoAnswer { .. }) {
                continue;
            }
            // The first answer at or after it that reached its author: answers stand in order of time.
            let place = answers.partition_point(|(at, ..)| *at < m.at);
            let of = m.about.as_deref().unwrap_or(&self.key);
            let mut since = answers.iter().skip(place);
            m.disposition = match since.find(|(_, to, _)| reaches(to, of)) {
                Some((.., became)) => became.clone(),
                None if m.withdrawn => Disposition::NeedsNoAnswer {
                    why: "withdrawn".to_owned(),
                },
                None if m.disposition == Disposition::read() => Disposition::read(),
                None => Disposition::Unhandled,
            };
            let undecided = m.disposition == Disposition::Unhandled;
            m.decided = if undecided {
                Decided::Undecided
            } else {
                Decided::Inferred
            };
        }
    }

    /// Somebody looked at it: what was new is open.
    fn start(&mut self, at: DateTime<Utc>) {
        if self.category == Category::New {
            self.stand(Category::Open, at);
        }
    }

    fn reopen(&mut self, at: DateTime<Utc>) {
        if self.category == Category::Resolved {
            self.reopened += 1;
        }
        let bundled = self.bundled().is_some();
        self.stand(
            match bundled {
                true => Category::Bundled,
                false => Category::Open,
            },
            at,
        );
    }

    fn resolve(&mut self, outcome: Outcome, at: DateTime<Utc>) {
        self.stand(Category::Resolved, at);
        if self.category == Category::Resolved {
            self.resolved_at = Some(at);
            self.outcome = Some(outcome);
        }
    }

    /// Another ticket follows it up.
    pub(crate) fn succeed(&mut self, at: DateTime<Utc>) {
        self.stand(Category::Closed, at);
    }

    pub(crate) fn stand(&mut self, category: Category, at: DateTime<Utc>) {
        let bundled = self.category == Category::Bundled && category.is_active();
        if self.category == Category::Closed || bundled {
            return;
        }
        if !matches!(category, Category::Resolved | Category::Closed) {
            self.resolved_at = None;
            self.outcome = None;
        }
        if self.category != category {
            self.changes.push(Change::Category(at, category.clone()));
            self.category = category;
        }
        self.snooze = None;
    }
}

/// Whether one of our messages answers, rather than holds or is automatic.
/// Whether what we write about `to` is read by who wrote about `of`: the same person, or another one in the
/// same conversation.
fn reaches(to: &TicketKey, of: &TicketKey) -> bool {
    to.customer == of.customer || to.conversation == of.conversation
}

pub(crate) fn is_answer(reply: Option<&ReplyKind>) -> bool {
    !matches!(reply, Some(ReplyKind::Holding | ReplyKind::Automatic))
}
