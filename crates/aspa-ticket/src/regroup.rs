//! What belongs together: bundles, splits, moves and links, each undone exactly.
//!
//! Each is an act with a name of its own. Its events name the act, and [`Undone`](EventKind::Undone)
//! takes it back: from then on the history is folded without it, so that the tickets are what they
//! would be if it had never been, with everything that came in between.

use std::sync::Arc;

use aspa_channel::{Audience, Direction, MessageKey};
use aspa_types::{Extra, TicketId, keep_unknown};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::command::{Command, RuleBroken};
use crate::disposition::{Decided, Disposition};
use crate::event::{Actor, Event, EventKind, Outcome};
use crate::ticket::{Attached, Category, Change, Ticket, TicketKey};

/// Names a bundle, split, move or link for ever. A new one has a new name.
pub type ActId = Arc<str>;

/// What an act is to one of the tickets that it is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    remote = "Self",
    tag = "type",
    rename_all = "snake_case",
    deny_unknown_fields
)]
#[non_exhaustive]
pub enum Regroup {
    /// It is worked as one with another ticket, which has its place.
    Bundled {
        /// The other.
        into: TicketId,
        /// What the other is about.
        about: TicketKey,
    },
    /// Another ticket is worked as one with this one.
    Joined {
        /// The other.
        ticket: TicketId,
        /// What the other is about.
        about: TicketKey,
        /// Its customer's messages as they stand there. In an event: those that are others now.
        messages: Vec<Attached>,
    },
    /// Some of its messages became a ticket of their own.
    SplitOff {
        /// Which.
        messages: Vec<MessageKey>,
    },
    /// It was split off another.
    SplitFrom {
        /// The other.
        ticket: TicketId,
    },
    /// Some of its messages went to another ticket.
    MovedOut {
        /// The other.
        to: TicketId,
        /// What the other is about.
        about: TicketKey,
        /// Which.
        messages: Vec<MessageKey>,
    },
    /// Messages came from another ticket.
    MovedIn {
        /// The other.
        from: TicketId,
        /// What the other is about.
        about: TicketKey,
        /// In an event: the messages, as they stood there. On the ticket: empty, they are among its
        /// own.
        messages: Vec<Attached>,
    },
    /// It has to do with another, and nothing follows from it.
    Linked {
        /// The other.
        ticket: TicketId,
        /// What the other is about.
        about: TicketKey,
        /// What they have to do with each other: a word of the host, such as `same_parcel`.
        relation: String,
    },
    /// One that this version does not know, as it came.
    #[serde(skip)]
    Unknown(serde_json::Value),
}

keep_unknown!(
    Regroup,
    "type",
    [
        "bundled",
        "joined",
        "split_off",
        "split_from",
        "moved_out",
        "moved_in",
        "linked"
    ]
);

impl Regroup {
    /// What else it is about, where that is another customer or conversation.
    #[must_use]
    pub fn about(&self) -> Option<&TicketKey> {
        match self {
            Self::Bundled { about, .. }
            | Self::Joined { about, .. }
            | Self::MovedOut { about, .. }
            | Self::MovedIn { about, .. }
            | Self::Linked { about, .. } => Some(about),
            _ => None,
        }
    }
}

/// A message of another ticket that a public answer covers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "where it is, and which")]
pub struct Cover {
    /// The ticket.
    pub ticket: TicketId,
    /// What that is about.
    pub about: TicketKey,
    /// The message.
    pub message: MessageKey,
}

impl Cover {
    /// Whether a public answer covers it; `ticket` is the one that it is on.
    ///
    /// # Errors
    ///
    /// When the message is not there, or was written in private.
    pub fn check(&self, ticket: &Ticket) -> Result<(), RuleBroken> {
        let message = self.message.clone();
        let Some(found) = ticket.inbound().find(|m| m.message == message) else {
            let ticket = ticket.id.clone();
            return Err(RuleBroken::NotOnTicket { message, ticket });
        };
        match ticket.audience_of(found) {
            Some(Audience::Direct) => Err(RuleBroken::WrittenInPrivate { message }),
            _ => Ok(()),
        }
    }
}

/// Events for the histories of several customers and conversations, to be written together.
pub type Together = Vec<(TicketKey, Event)>;

/// Has `one` worked as one with `into`: its clocks are that one's, what its customer writes reaches
/// that one, and it is resolved and closed with it. The disposition of its messages stays with it.
///
/// # Errors
///
/// When they are one ticket, one of them is resolved, closed or bundled already, or others are bundled
/// into `one`: bundles have one level.
pub fn bundle(
    one: &Ticket,
    into: &Ticket,
    act: &ActId,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<Together, RuleBroken> {
    apart(one, into)?;
    if one.bundled().is_some_and(|(known, _)| *known == into.id) {
        return Ok(Vec::new());
    }
    for ticket in [one, into] {
        unbundled(ticket)?;
        match ticket.category {
            Category::Closed => return Err(RuleBroken::TicketClosed(ticket.id.clone())),
            Category::Resolved => return Err(RuleBroken::TicketResolved(ticket.id.clone())),
            _ => {}
        }
    }
    if one.joined().next().is_some() {
        return Err(RuleBroken::HoldsOthers(one.id.clone()));
    }
    let bundled = Regroup::Bundled {
        into: into.id.clone(),
        about: into.key.clone(),
    };
    let joined = Regroup::Joined {
        ticket: one.id.clone(),
        about: one.key.clone(),
        messages: one.inbound().cloned().collect(),
    };
    Ok(vec![
        event(one, act, bundled, by, now),
        event(into, act, joined, by, now),
    ])
}

/// Makes some of a ticket's messages a ticket of their own, about the same customer in the same
/// conversation. What was decided about them stays.
///
/// # Errors
///
/// When one of them is not on the ticket, either ticket would have no message of the customer, or the
/// ticket is closed or bundled.
pub fn split(
    ticket: &Ticket,
    messages: &[MessageKey],
    act: &ActId,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<Together, RuleBroken> {
    takeable(ticket, messages)?;
    let messages = messages.to_vec();
    let split = Regroup::SplitOff { messages };
    Ok(vec![event(ticket, act, split, by, now)])
}

/// Puts messages onto another ticket, as they stand. They stay in the conversation in which they were
/// written: a reply of the other ticket goes to its own customer, and answers them only where their author
/// reads it.
///
/// # Errors
///
/// As [`split`]; also when it is the same ticket, or either is closed or bundled.
pub fn move_messages(
    messages: &[MessageKey],
    from: &Ticket,
    to: &Ticket,
    act: &ActId,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<Together, RuleBroken> {
    apart(from, to)?;
    takeable(from, messages)?;
    unbundled(to)?;
    if to.category == Category::Closed {
        return Err(RuleBroken::TicketClosed(to.id.clone()));
    }
    let taken = from.messages.iter();
    let taken = taken.filter(|m| messages.contains(&m.message)).map(|m| {
        let mut moved = kept(m);
        moved.audience = from.audience_of(m).cloned();
        moved
    });
    let moved_in = Regroup::MovedIn {
        from: from.id.clone(),
        about: from.key.clone(),
        messages: taken.collect(),
    };
    let moved_out = Regroup::MovedOut {
        to: to.id.clone(),
        about: to.key.clone(),
        messages: messages.to_vec(),
    };
    Ok(vec![
        event(from, act, moved_out, by, now),
        event(to, act, moved_in, by, now),
    ])
}

/// Says that two tickets have to do with each other. Closed ones may.
///
/// # Errors
///
/// When they are one ticket.
pub fn link(
    one: &Ticket,
    other: &Ticket,
    relation: &str,
    act: &ActId,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<Together, RuleBroken> {
    apart(one, other)?;
    let is_it = |known: &Regroup| {
        matches!(known, Regroup::Linked { ticket, relation: known, .. }
            if *ticket == other.id && known == relation)
    };
    if one.regrouped.values().any(is_it) {
        return Ok(Vec::new());
    }
    let linked = |to: &Ticket| Regroup::Linked {
        ticket: to.id.clone(),
        about: to.key.clone(),
        relation: relation.to_owned(),
    };
    Ok(vec![
        event(one, act, linked(other), by, now),
        event(other, act, linked(one), by, now),
    ])
}

/// Takes back a bundle, split, move or link that is among the ticket's
/// [acts](Ticket::regrouped), in every history that it is in. These have to be
/// [folded](crate::fold()) anew.
///
/// # Errors
///
/// When the ticket has no such act.
pub fn undo(
    ticket: &Ticket,
    act: &ActId,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<Together, RuleBroken> {
    let what = ticket.regrouped.get(act);
    let what = what.ok_or_else(|| RuleBroken::NothingToUndo { act: act.clone() })?;
    let other = what.about().filter(|about| **about != ticket.key);
    let keys = [Some(&ticket.key), other];
    let undone = keys.into_iter().flatten().map(|key| {
        let kind = EventKind::Undone { act: act.clone() };
        (key.clone(), Event::new(now, by.clone(), kind))
    });
    Ok(undone.collect())
}

/// Tells the ticket that `one` is bundled into what has changed of its messages; none where it knows.
#[must_use]
pub fn mirror(one: &Ticket, into: &Ticket, now: DateTime<Utc>) -> Option<(TicketKey, Event)> {
    let (act, known) = into.regrouped.iter().find_map(|(act, what)| match what {
        Regroup::Joined {
            ticket, messages, ..
        } if *ticket == one.id => Some((act, messages)),
        _ => None,
    })?;
    let changed: Vec<Attached> = one
        .inbound()
        .filter(|m| !known.contains(m))
        .cloned()
        .collect();
    if changed.is_empty() {
        return None;
    }
    let joined = Regroup::Joined {
        ticket: one.id.clone(),
        about: one.key.clone(),
        messages: changed,
    };
    let by = Actor::System("bundle".to_owned());
    Some(event(into, act, joined, &by, now))
}

/// Resolves a ticket together with those that are bundled into it: what became of each one's messages
/// is settled as if it were resolved by itself. `newest_seen` may be anybody's.
///
/// # Errors
///
/// As [`Command::Resolve`] of each.
pub fn resolve(
    ticket: &Ticket,
    members: &[Ticket],
    outcome: &Outcome,
    rest: Option<&Disposition>,
    newest_seen: Option<&MessageKey>,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<Together, RuleBroken> {
    ticket.check_read(newest_seen)?;
    let mut all = Vec::new();
    let mut ticket = ticket.clone();
    let command = || Command::Resolve {
        outcome: outcome.clone(),
        rest: rest.cloned(),
        newest_seen: None,
    };
    for member in members {
        if !matches!(member.category, Category::Bundled) {
            continue;
        }
        let mut settled = member.clone();
        for event in member.decide_in_bundle(command(), by, now)? {
            settled.apply(&event);
            all.push((member.key.clone(), event));
        }
        if let Some((key, event)) = mirror(&settled, &ticket, now) {
            ticket.apply(&event);
            all.push((key, event));
        }
    }
    let own = ticket.decide(command(), by, now)?;
    all.extend(own.into_iter().map(|event| (ticket.key.clone(), event)));
    Ok(all)
}

/// Closes a ticket together with those that are bundled into it.
///
/// # Errors
///
/// As [`Command::Close`].
pub fn close(
    ticket: &Ticket,
    members: &[Ticket],
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<Together, RuleBroken> {
    let mut all = Vec::new();
    for member in members {
        for event in member.decide_in_bundle(Command::Close, by, now)? {
            all.push((member.key.clone(), event));
        }
    }
    let own = ticket.decide(Command::Close, by, now)?;
    all.extend(own.into_iter().map(|event| (ticket.key.clone(), event)));
    Ok(all)
}

fn event(
    ticket: &Ticket,
    act: &ActId,
    what: Regroup,
    by: &Actor,
    now: DateTime<Utc>,
) -> (TicketKey, Event) {
    let kind = EventKind::Regrouped {
        act: act.clone(),
        what,
    };
    let event = Event::new(now, by.clone(), kind).on(ticket.id.clone());
    (ticket.key.clone(), event)
}

fn apart(one: &Ticket, other: &Ticket) -> Result<(), RuleBroken> {
    match one.id == other.id {
        true => Err(RuleBroken::NotWithItself(one.id.clone())),
        false => Ok(()),
    }
}

fn unbundled(ticket: &Ticket) -> Result<(), RuleBroken> {
    match ticket.bundled() {
        Some((into, _)) => Err(RuleBroken::TicketBundled {
            ticket: ticket.id.clone(),
            into: into.clone(),
        }),
        None => Ok(()),
    }
}

/// Whether these messages can leave the ticket.
fn takeable(ticket: &Ticket, messages: &[MessageKey]) -> Result<(), RuleBroken> {
    unbundled(ticket)?;
    if ticket.category == Category::Closed {
        return Err(RuleBroken::TicketClosed(ticket.id.clone()));
    }
    if let Some(message) = messages.iter().find(|message| !ticket.holds(message)) {
        return Err(RuleBroken::NotOnTicket {
            message: message.clone(),
            ticket: ticket.id.clone(),
        });
    }
    let (taken, left): (Vec<&Attached>, Vec<&Attached>) = ticket
        .inbound()
        .partition(|m| messages.contains(&m.message));
    match taken.is_empty() || left.is_empty() {
        true => Err(RuleBroken::NothingLeft(ticket.id.clone())),
        false => Ok(()),
    }
}

/// What was inferred from messages that stay behind is not inferred anew from others.
fn kept(message: &Attached) -> Attached {
    let mut message = message.clone();
    if message.decided == Decided::Inferred {
        message.decided = Decided::Rule("moved".to_owned());
    }
    message
}

impl Ticket {
    /// The ticket that this one is bundled into, and what that is about.
    #[must_use]
    pub fn bundled(&self) -> Option<(&TicketId, &TicketKey)> {
        self.regrouped.values().find_map(|what| match what {
            Regroup::Bundled { into, about } => Some((into, about)),
            _ => None,
        })
    }

    /// The ticket that this one was split off.
    #[must_use]
    pub fn split_from(&self) -> Option<&TicketId> {
        self.regrouped.values().find_map(|what| match what {
            Regroup::SplitFrom { ticket } => Some(ticket),
            _ => None,
        })
    }

    /// The tickets that are bundled into this one, and what each is about.
    pub fn joined(&self) -> impl Iterator<Item = (&TicketId, &TicketKey)> {
        self.regrouped.values().filter_map(|what| match what {
            Regroup::Joined { ticket, about, .. } => Some((ticket, about)),
            _ => None,
        })
    }

    /// The customers' messages of the tickets that are bundled into this one, as they stand there.
    pub fn joined_messages(&self) -> impl Iterator<Item = &Attached> {
        self.regrouped.values().flat_map(|what| match what {
            Regroup::Joined { messages, .. } => messages.as_slice(),
            _ => &[],
        })
    }

    /// Where a message of this ticket went.
    #[must_use]
    pub fn moved(&self, message: &MessageKey) -> Option<(&TicketId, &TicketKey)> {
        self.regrouped.values().find_map(|what| match what {
            Regroup::MovedOut {
                to,
                about,
                messages,
            } if messages.contains(message) => Some((to, about)),
            _ => None,
        })
    }

    pub(crate) fn regroup(&mut self, act: &ActId, what: &Regroup, at: DateTime<Utc>) {
        match what {
            Regroup::Bundled { .. } => {
                self.regrouped.insert(act.clone(), what.clone());
                if self.category.is_active() {
                    self.stand(Category::Bundled, at);
                }
            }
            Regroup::Joined {
                ticket,
                about,
                messages,
            } => {
                let own = Regroup::Joined {
                    ticket: ticket.clone(),
                    about: about.clone(),
                    messages: Vec::new(),
                };
                self.regrouped.entry(act.clone()).or_insert(own);
                self.hear(act, messages, at);
            }
            Regroup::MovedOut { messages, .. } => {
                let gone = self.release(messages);
                self.regrouped.insert(act.clone(), what.clone());
                if !gone.is_empty() {
                    self.rest(at);
                }
            }
            Regroup::MovedIn {
                from,
                about,
                messages,
            } => {
                let own = Regroup::MovedIn {
                    from: from.clone(),
                    about: about.clone(),
                    messages: Vec::new(),
                };
                self.regrouped.insert(act.clone(), own);
                let new = messages.iter().filter(|m| !self.holds(&m.message));
                let new = new.map(|m| {
                    let of = m.about.as_deref().unwrap_or(about);
                    let mut new = m.clone();
                    new.about = (*of != self.key).then(|| Box::new(of.clone()));
                    new
                });
                let new: Vec<Attached> = new.collect();
                let waits = new.iter().any(is_waiting);
                self.take_in(new);
                if waits {
                    self.receive(at);
                }
            }
            Regroup::SplitOff { .. } | Regroup::SplitFrom { .. } | Regroup::Linked { .. } => {
                self.regrouped.insert(act.clone(), what.clone());
            }
            Regroup::Unknown(_) => {}
        }
    }

    /// Something happened on a ticket that is bundled into this one.
    fn hear(&mut self, act: &ActId, news: &[Attached], at: DateTime<Utc>) {
        let waited = self.waits();
        let Some(Regroup::Joined { messages, .. }) = self.regrouped.get_mut(act) else {
            return;
        };
        let (mut stirred, mut answered) = (false, false);
        for new in news {
            let known = messages.iter_mut().find(|m| m.message == new.message);
            stirred |= is_waiting(new) && !known.as_deref().is_some_and(is_waiting);
            answered |= matches!(
                new.disposition,
                Disposition::Answered { .. } | Disposition::Covered { .. }
            );
            match known {
                Some(known) => *known = new.clone(),
                None => {
                    let place = messages.partition_point(|m| m.at <= new.at);
                    messages.insert(place, new.clone());
                }
            }
        }
        if stirred {
            self.receive(at);
        } else if waited && !self.waits() {
            self.rest_as(at, answered);
        }
    }

    /// Messages left it: perhaps nobody waits any longer.
    fn rest(&mut self, at: DateTime<Utc>) {
        if !self.waits() {
            self.rest_as(at, false);
        }
    }

    fn rest_as(&mut self, at: DateTime<Utc>, answered: bool) {
        if !matches!(self.category, Category::New | Category::Open) {
            return;
        }
        self.changes.push(match answered {
            true => Change::Answered(at),
            false => Change::Settled(at),
        });
        self.stand(Category::WaitingCustomer, at);
    }

    /// Takes messages away.
    fn release(&mut self, messages: &[MessageKey]) -> Vec<Attached> {
        let all = std::mem::take(&mut self.messages);
        let (gone, left) = all.into_iter().partition(|m| messages.contains(&m.message));
        self.messages = left;
        gone
    }

    /// Puts messages where they belong by their time.
    fn take_in(&mut self, messages: Vec<Attached>) {
        for new in messages {
            let place = self.messages.partition_point(|m| m.at <= new.at);
            self.messages.insert(place, new);
        }
    }

    /// The ticket that splitting messages off makes; none where none of them is here.
    pub(crate) fn split_off(
        &mut self,
        act: &ActId,
        messages: &[MessageKey],
        ordinal: u32,
        event: &Event,
    ) -> Option<Self> {
        let taken: Vec<Attached> = self.release(messages).iter().map(kept).collect();
        let first = taken.iter().map(|m| m.at).min()?;
        let mut new = Self::open(self.key.clone(), ordinal, first);
        new.id = self.key.split_id(act);
        new.last = event.order();
        new.audience.clone_from(&self.audience);
        new.language.clone_from(&self.language);
        new.extra = Extra::new();
        let ticket = self.id.clone();
        let from = Regroup::SplitFrom { ticket };
        new.regrouped.insert(act.clone(), from);
        new.take_in(taken);
        let seen = self.category != Category::New;
        let ours = |m: &Attached| m.direction == Direction::Outbound;
        if seen || new.messages.iter().any(ours) {
            new.stand(Category::Open, event.at);
        }
        new.rest(event.at);
        let messages = messages.to_vec();
        let what = Regroup::SplitOff { messages };
        self.regrouped.insert(act.clone(), what);
        self.rest(event.at);
        Some(new)
    }
}

fn is_waiting(message: &Attached) -> bool {
    message.disposition == Disposition::Unhandled
}
