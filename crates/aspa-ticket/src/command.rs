use aspa_channel::{Audience, Direction, MessageKey, ReplyKind};
use aspa_types::{AgentId, EffectKey, Tag, TeamId, TicketId};
use chrono::{DateTime, Utc};

use crate::disposition::{Decided, Disposition};
use crate::event::{Actor, Event, EventKind, NoteId, Outcome, Priority};
use crate::helped::{Help, HelpVerdict};
use crate::playbook::PlaybookUse;
use crate::regroup::{ActId, Cover};
use crate::ticket::{Category, Ticket, is_answer};

/// Something somebody wants done to a ticket.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Command {
    /// Give it to somebody, or to nobody.
    Assign {
        /// To whom.
        to: Option<AgentId>,
        /// Until when; if they have done nothing about it by then, it goes back into line. None: for
        /// good.
        until: Option<DateTime<Utc>>,
    },
    /// Give it to a team, or to none. Who works on it stays.
    Route {
        /// To which.
        team: Option<TeamId>,
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
        /// Messages of other tickets that the answer covers, since everybody can read it: they are
        /// disposed of once it is sent. It is refused where not everybody can, or it is no answer.
        covers: Vec<Cover>,
        /// The playbook that it was made from.
        playbook: Option<PlaybookUse>,
        /// Where it sends the customer, if it does: `phone`, `self-service`. Once it is sent, what it
        /// answers is redirected there.
        redirects_to: Option<String>,
    },
    /// Say whether another customer's message is a right answer to one of this customer's.
    JudgeHelp {
        /// Which was answered.
        message: MessageKey,
        /// The other customer's message.
        by: MessageKey,
        /// Whether it is right.
        verdict: HelpVerdict,
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
        /// The newest message of the ticket that was seen. Where the customer has written since, it is
        /// refused. None: resolve whatever has come.
        newest_seen: Option<MessageKey>,
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
    /// It is worked as one with another ticket; do it to that one, or unbundle it first.
    #[error("ticket {ticket} is bundled into {into}")]
    TicketBundled {
        /// The ticket.
        ticket: TicketId,
        /// The one that has its place.
        into: TicketId,
    },
    /// Only what is being worked on is bundled; reopen it first.
    #[error("ticket {0} is resolved")]
    TicketResolved(TicketId),
    /// Bundles have one level.
    #[error("other tickets are bundled into {0}")]
    HoldsOthers(TicketId),
    /// It takes two.
    #[error("ticket {0} cannot be put together with itself")]
    NotWithItself(TicketId),
    /// A ticket needs a message of the customer.
    #[error("ticket {0} would be split into one without a message of the customer")]
    NothingLeft(TicketId),
    /// There is no such bundle, split, move or link on the ticket, or it was taken back.
    #[error("there is no act {act} to undo")]
    NothingToUndo {
        /// The act.
        act: ActId,
    },
    /// Only an answer that everybody can read covers other customers' messages.
    #[error("ticket {0} is not in public: its answer covers nobody else")]
    NotPublic(TicketId),
    /// Only an answer covers other customers' messages: who is told that we look into it is not answered.
    #[error("the reply of ticket {0} is no answer: it covers nobody else")]
    NoAnswer(TicketId),
    /// Who wrote in private does not read what we write in public.
    #[error("{message} was written in private: a public answer does not cover it")]
    WrittenInPrivate {
        /// The message.
        message: MessageKey,
    },
    /// A colleague's reply waits to be sent, which the writer cannot have seen.
    #[error("reply {effect} is under way; read it and reply again")]
    ReplyUnderWay {
        /// The effect that sends it.
        effect: EffectKey,
    },
    /// The customer or a colleague has written since.
    #[error(
        "{newest} has been written since {}; read it and decide again",
        written_by(by)
    )]
    NewerMessage {
        /// What was written since.
        newest: MessageKey,
        /// Who wrote it.
        by: Actor,
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
    /// An assignment can only end later.
    #[error("cannot assign until {until}, which is past")]
    AssignmentPast {
        /// Until when it was to be.
        until: DateTime<Utc>,
    },
    /// Something can only be promised for later.
    #[error("cannot promise anything by {due}, which is past")]
    CommitmentPast {
        /// By when it was to be.
        due: DateTime<Utc>,
    },
    /// Only another customer can have helped this one.
    #[error("{message} is no message of another customer")]
    NotAnotherCustomers {
        /// The message.
        message: MessageKey,
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
        let by_target = matches!(
            command,
            Command::Assign { .. }
                | Command::Route { .. }
                | Command::AwaitCustomer
                | Command::AwaitColleague
                | Command::Snooze { .. }
                | Command::Reopen
                | Command::Resolve { .. }
                | Command::Close
        );
        match self.bundled() {
            Some((into, _)) if by_target && self.category == Category::Bundled => {
                Err(RuleBroken::TicketBundled {
                    ticket: self.id.clone(),
                    into: into.clone(),
                })
            }
            _ => self.decide_in_bundle(command, by, now),
        }
    }

    /// The same, where it is decided together with the ticket that this one is bundled into.
    pub(crate) fn decide_in_bundle(
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
            Command::Assign {
                to: Some(_),
                until: Some(until),
            } if until <= now => return Err(RuleBroken::AssignmentPast { until }),
            Command::Assign { to, until } => {
                let until = until.filter(|_| to.is_some());
                let held = self.category != Category::New && self.assigned_until == until;
                unless(
                    self.assignee == to && (to.is_none() || held),
                    EventKind::Assigned { to, until },
                )
            }
            Command::Route { team } => unless(self.team == team, EventKind::Routed { team }),
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
                playbook,
                covers,
                redirects_to,
            } => {
                let sent = self
                    .messages
                    .iter()
                    .any(|m| m.effect.as_ref() == Some(&effect));
                let done = sent || self.queued.contains(&effect) || self.failed.contains(&effect);
                if !done {
                    self.check_seen(newest_seen.as_ref())?;
                    self.check_public(&reply, &covers)?;
                }
                unless(
                    done,
                    EventKind::ReplyQueued {
                        effect,
                        reply,
                        playbook,
                        covers,
                        redirects_to,
                    },
                )
            }
            Command::JudgeHelp {
                message,
                by: answer,
                verdict,
            } => {
                if self.inbound().all(|m| m.message != message) {
                    return Err(RuleBroken::NotOnTicket {
                        message,
                        ticket: self.id.clone(),
                    });
                }
                if self.holds(&answer) {
                    return Err(RuleBroken::NotAnotherCustomers { message: answer });
                }
                let help = Help {
                    message,
                    by: answer,
                    verdict,
                    decided: decided_by(by),
                };
                // What may be an answer is no news where it was found or judged before.
                let known = match help.verdict {
                    HelpVerdict::Likely => self.helped.iter().any(|known| known.is_about(&help)),
                    _ => self.helped.contains(&help),
                };
                unless(known, EventKind::HelpJudged(help))
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
            Command::Resolve {
                outcome,
                rest,
                newest_seen,
            } => {
                self.check_read(newest_seen.as_ref())?;
                self.resolve_with(outcome, rest, by)?
            }
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
        let own = self.messages.last();
        let newest = self.joined_messages().chain(own).max_by_key(|m| m.at);
        match newest {
            Some(newest) if newest.message != *seen => Err(RuleBroken::NewerMessage {
                newest: newest.message.clone(),
                by: match newest.direction {
                    Direction::Inbound => Actor::Customer,
                    _ => Actor::Us(newest.agent.clone()),
                },
            }),
            _ => Ok(()),
        }
    }

    /// Whether a customer has written after this message; one that is not here was before everything.
    pub(crate) fn check_read(&self, seen: Option<&MessageKey>) -> Result<(), RuleBroken> {
        let Some(seen) = seen else { return Ok(()) };
        let all = || self.messages.iter().chain(self.joined_messages());
        let seen_at = all().find(|m| m.message == *seen).map(|m| m.at);
        let own = self.messages.iter().position(|m| m.message == *seen);
        let after_own = own.and_then(|place| self.messages.get(place + 1..));
        let simultaneous = after_own.unwrap_or_default().iter();
        let later = all().filter(|m| seen_at.is_none_or(|at| m.at > at));
        let inbound = |m: &&crate::Attached| m.direction == Direction::Inbound;
        let newer = later.chain(simultaneous).filter(inbound);
        match newer.max_by_key(|m| m.at) {
            Some(newest) => Err(RuleBroken::NewerMessage {
                newest: newest.message.clone(),
                by: Actor::Customer,
            }),
            None => Ok(()),
        }
    }

    fn check_public(&self, reply: &ReplyKind, covers: &[Cover]) -> Result<(), RuleBroken> {
        let answered = self.answerable().last();
        let audience = answered.map_or(self.audience.as_ref(), |m| self.audience_of(m));
        let public = matches!(audience, None | Some(Audience::Public | Audience::Unlisted));
        if covers.is_empty() {
            Ok(())
        } else if !public {
            Err(RuleBroken::NotPublic(self.id.clone()))
        } else if !is_answer(Some(reply)) {
            Err(RuleBroken::NoAnswer(self.id.clone()))
        } else {
            Ok(())
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
        let joined = self.joined_messages();
        let joined = joined.filter(|m| m.disposition == Disposition::Unhandled);
        let joined: Vec<MessageKey> = joined.map(|m| m.message.clone()).collect();
        if !joined.is_empty() {
            return Err(RuleBroken::Undecided { messages: joined });
        }
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

fn written_by(actor: &Actor) -> String {
    match actor {
        Actor::Customer => "by the customer".to_owned(),
        Actor::Us(Some(agent)) => format!("by {agent}"),
        _ => "by one of us".to_owned(),
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
