use aspa_channel::{MessageKey, ReplyKind};
use aspa_types::{AgentId, EffectKey, Tag, TicketId};
use chrono::{DateTime, Utc};

use crate::disposition::{Decided, Disposition};
use crate::event::{Actor, Event, EventKind, NoteId, Outcome, Priority};
use crate::ticket::{Category, Ticket};

/// Something somebody wants done to a ticket.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Command {
    /// Give it to somebody, or to nobody.
    Assign {
        /// To whom.
        to: Option<AgentId>,
    },
    /// Put a tag on.
    Tag {
        /// The tag.
        tag: Tag,
    },
    /// Take a tag off.
    Untag {
        /// The tag.
        tag: Tag,
    },
    /// Give it a priority, or none.
    Prioritise {
        /// Which.
        priority: Option<Priority>,
    },
    /// Promise the customer something by a time ("we call you on Friday"). A new time for the same
    /// commitment replaces the old one.
    Commit {
        /// Names the commitment; what is promised belongs into a note of that name.
        commitment: NoteId,
        /// By when.
        due: DateTime<Utc>,
    },
    /// Say that a commitment was kept, or that it is no longer wanted.
    EndCommitment {
        /// Which.
        commitment: NoteId,
        /// Whether it was kept.
        kept: bool,
    },
    /// Add a note, whose text is stored under this name in the same commit.
    Note {
        /// Its name.
        note: NoteId,
    },
    /// Reply to the customer with an effect that goes into the outbox in the same commit.
    Reply {
        /// The effect's key.
        effect: EffectKey,
        /// What it is to the customer.
        reply: ReplyKind,
        /// The newest message of the ticket that the writer had seen. Where the customer or a
        /// colleague has written since, or a colleague's reply waits to be sent, it is refused. None:
        /// send whatever has come.
        newest_seen: Option<MessageKey>,
    },
    /// Say what became of a message.
    Dispose {
        /// Which.
        message: MessageKey,
        /// What became of it.
        disposition: Disposition,
    },
    /// Wait for the customer.
    AwaitCustomer,
    /// Wait for a colleague or another party.
    AwaitColleague,
    /// Put it aside.
    Snooze {
        /// Until when.
        until: DateTime<Utc>,
        /// Whether a message of the customer ends it early.
        wake_on_message: bool,
    },
    /// Work on it again.
    Reopen,
    /// Call it resolved.
    Resolve {
        /// As what.
        outcome: Outcome,
        /// What became of the messages for which nothing can be inferred. None: it is refused where
        /// there are any, and the error names them.
        rest: Option<Disposition>,
    },
    /// Close it for good.
    Close,
    /// Record that a clock passed a point.
    PassClock {
        /// The clock.
        clock: String,
        /// Its cycle.
        cycle: u32,
        /// What was passed: `breach`, `warn-1`, `escalate-2` …; `warn-1.2` for the second time, after
        /// a change armed it anew.
        point: String,
        /// Whom the promise says to tell.
        to: Vec<String>,
    },
}

/// The rule that a command would break.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleBroken {
    /// A closed ticket never opens again; a new message makes a new ticket. Tags and notes may still
    /// be put on it, and what was promised on it may still be kept.
    #[error("ticket {0} is closed for good")]
    TicketClosed(TicketId),
    /// A colleague's reply waits to be sent, which the writer cannot have seen.
    #[error("reply {effect} is under way; read it and reply again")]
    ReplyUnderWay {
        /// The effect that sends it.
        effect: EffectKey,
    },
    /// The customer or a colleague has written since.
    #[error("{newest} has been written since; read it and reply again")]
    NewerMessage {
        /// What was written since.
        newest: MessageKey,
    },
    /// The message is not one of the customer's on this ticket.
    #[error("{message} is no message of the customer on ticket {ticket}")]
    NotOnTicket {
        /// The message.
        message: MessageKey,
        /// The ticket.
        ticket: TicketId,
    },
    /// Nothing can be inferred for these messages: somebody has to say what became of them.
    #[error("{} message(s) without a disposition; say what became of the rest", messages.len())]
    Undecided {
        /// Which.
        messages: Vec<MessageKey>,
    },
    /// It can only be put aside until later.
    #[error("cannot snooze until {until}, which is past")]
    SnoozePast {
        /// Until when it was to be.
        until: DateTime<Utc>,
    },
    /// Something can only be promised for later.
    #[error("cannot promise anything by {due}, which is past")]
    CommitmentPast {
        /// By when it was to be.
        due: DateTime<Utc>,
    },
    /// `Unhandled` is what nothing became of; nobody can decide it.
    #[error("a message cannot be called unhandled by hand; reopen the ticket instead")]
    NoDisposition,
}

impl Ticket {
    /// Decides what a command comes to. Nothing changes until the events are applied; a command that
    /// asks for what already is comes to no events.
    ///
    /// # Errors
    ///
    /// The rule that it would break.
    pub fn decide(
        &self,
        command: Command,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Vec<Event>, RuleBroken> {
        let allowed_on_closed = matches!(
            command,
            Command::Tag { .. }
                | Command::Untag { .. }
                | Command::Note { .. }
                | Command::EndCommitment { .. }
                | Command::PassClock { .. }
        );
        if self.category == Category::Closed && !allowed_on_closed {
            return match command {
                Command::Close => Ok(Vec::new()),
                _ => Err(RuleBroken::TicketClosed(self.id.clone())),
            };
        }
        let kinds = self.kinds(command, by, now)?;
        let event = |kind| Event::new(now, by.clone(), kind).on(self.id.clone());
        Ok(kinds.into_iter().map(event).collect())
    }

    fn kinds(
        &self,
        command: Command,
        by: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Vec<EventKind>, RuleBroken> {
        let unless = |done: bool, kind: EventKind| if done { vec![] } else { vec![kind] };
        Ok(match command {
            Command::Assign { to } => unless(
                self.assignee == to && (to.is_none() || self.category != Category::New),
                EventKind::Assigned { to },
            ),
            Command::Tag { tag } => unless(self.tags.contains(&tag), EventKind::Tagged { tag }),
            Command::Untag { tag } => {
                unless(!self.tags.contains(&tag), EventKind::Untagged { tag })
            }
            Command::Prioritise { priority } => unless(
                self.priority == priority,
                EventKind::Prioritised { priority },
            ),
            Command::Commit { due, .. } if due <= now => {
                return Err(RuleBroken::CommitmentPast { due });
            }
            Command::Commit { commitment, due } => unless(
                self.commitments.get(&commitment) == Some(&due),
                EventKind::Committed { commitment, due },
            ),
            Command::EndCommitment { commitment, kept } => unless(
                !self.commitments.contains_key(&commitment),
                EventKind::CommitmentEnded { commitment, kept },
            ),
            Command::Note { note } => unless(self.notes.contains(&note), EventKind::Noted { note }),
            Command::Reply {
                effect,
                reply,
                newest_seen,
            } => {
                let sent = self
                    .messages
                    .iter()
                    .any(|m| m.effect.as_ref() == Some(&effect));
                let done = sent || self.queued.contains(&effect) || self.failed.contains(&effect);
                if !done {
                    self.check_seen(newest_seen.as_ref())?;
                }
                unless(done, EventKind::ReplyQueued { effect, reply })
            }
            Command::Dispose {
                message,
                disposition,
            } => {
                check_decidable(&disposition)?;
                let Some(attached) = self.inbound().find(|m| m.message == message) else {
                    return Err(RuleBroken::NotOnTicket {
                        message,
                        ticket: self.id.clone(),
                    });
                };
                let decided = decided_by(by);
                let done = attached.disposition == disposition && attached.decided == decided;
                unless(
                    done,
                    EventKind::Disposed {
                        message,
                        disposition,
                        decided,
                    },
                )
            }
            Command::AwaitCustomer => unless(
                self.category == Category::WaitingCustomer,
                EventKind::CustomerAwaited,
            ),
            Command::AwaitColleague => unless(
                self.category == Category::WaitingInternal,
                EventKind::ColleagueAwaited,
            ),
            Command::Snooze { until, .. } if until <= now => {
                return Err(RuleBroken::SnoozePast { until });
            }
            Command::Snooze {
                until,
                wake_on_message,
            } => {
                vec![EventKind::Snoozed {
                    until,
                    wake_on_message,
                }]
            }
            Command::Reopen => unless(self.category == Category::Open, EventKind::Reopened),
            Command::Resolve { .. } if self.category == Category::Resolved => vec![],
            Command::Resolve { outcome, rest } => self.resolve_with(outcome, rest, by)?,
            Command::Close => vec![EventKind::Closed],
            Command::PassClock {
                clock,
                cycle,
                point,
                to,
            } => {
                let done = self.passed.contains(&format!("{clock} {cycle} {point}"));
                unless(
                    done,
                    EventKind::ClockPassed {
                        clock,
                        cycle,
                        point,
                        to,
                    },
                )
            }
        })
    }

    fn check_seen(&self, seen: Option<&MessageKey>) -> Result<(), RuleBroken> {
        let Some(seen) = seen else { return Ok(()) };
        if let Some(effect) = self.queued.first() {
            return Err(RuleBroken::ReplyUnderWay {
                effect: effect.clone(),
            });
        }
        match self.messages.last() {
            Some(newest) if newest.message != *seen => Err(RuleBroken::NewerMessage {
                newest: newest.message.clone(),
            }),
            _ => Ok(()),
        }
    }

    fn resolve_with(
        &self,
        outcome: Outcome,
        rest: Option<Disposition>,
        by: &Actor,
    ) -> Result<Vec<EventKind>, RuleBroken> {
        rest.as_ref().map_or(Ok(()), check_decidable)?;
        let read = self.read_after_an_answer();
        let open = |m: &&crate::Attached| {
            m.disposition == Disposition::Unhandled && !read.contains(&m.message)
        };
        let undecided: Vec<MessageKey> = self
            .inbound()
            .filter(open)
            .map(|m| m.message.clone())
            .collect();
        let mut kinds = Vec::new();
        kinds.extend(read.iter().map(|message| EventKind::Disposed {
            message: message.clone(),
            disposition: Disposition::read(),
            decided: Decided::Inferred,
        }));
        if !undecided.is_empty() {
            let Some(disposition) = rest else {
                return Err(RuleBroken::Undecided {
                    messages: undecided,
                });
            };
            kinds.extend(undecided.into_iter().map(|message| EventKind::Disposed {
                message,
                disposition: disposition.clone(),
                decided: decided_by(by),
            }));
        }
        kinds.push(EventKind::Resolved { outcome });
        Ok(kinds)
    }
}

fn check_decidable(disposition: &Disposition) -> Result<(), RuleBroken> {
    match disposition {
        Disposition::Unhandled | Disposition::Unknown(_) => Err(RuleBroken::NoDisposition),
        _ => Ok(()),
    }
}

fn decided_by(actor: &Actor) -> Decided {
    match actor {
        Actor::Us(Some(agent)) => Decided::Agent(agent.clone()),
        Actor::Us(None) => Decided::Rule("us".to_owned()),
        Actor::System(rule) => Decided::Rule(rule.clone()),
        Actor::Customer => Decided::Rule("customer".to_owned()),
        Actor::Unknown(_) => Decided::Rule("unknown".to_owned()),
    }
}
