//! How work together goes: customers who answered others, and figures of the team.

use std::collections::BTreeMap;

use aspa_channel::{ConversationKey, Message, MessageKey, ReplyKind};
use aspa_identity::LinkState;
use aspa_store::{Document, TicketQuery, Versioned};
use aspa_ticket::{
    Actor, Aim, CallModel, Command, Counting, Disposition, Found, HelpVerdict, Ledger, Outcome,
    TeamFigures, Ticket, TicketKey, answers_by_customers,
};
use aspa_types::{AccountId, AgentId, HandleKey, TicketId};

use crate::act::Reply;
use crate::desk::Desk;
use crate::error::Error;

const MODEL: (&str, &str) = ("call_model", "all");
/// Tickets and links that are read together.
const PAGE: usize = 500;
/// The newest messages of a conversation in which answers are looked for.
const THREAD: usize = 1_000;
/// From which score on a message is worth a look.
pub(crate) const WORTH: f64 = 0.5;

impl Desk {
    /// Messages of other customers that may answer what is asked on a ticket, each with its reasons, in the
    /// order of the thread: what a colleague is shown beside it. Looked for in the newest 1,000 messages of
    /// the conversation as they stand now, so that edits, deletions and late arrivals count.
    /// [`judge_help`](Self::judge_help) says what they are worth; what was said already stands in
    /// [`Ticket::helped`].
    ///
    /// # Errors
    ///
    /// When there is no such ticket, or the store fails.
    pub async fn help_found(&self, ticket: &TicketId) -> Result<Vec<Found>, Error> {
        let ticket = self.ticket(ticket).await?;
        let thread = self.thread(&ticket.key.conversation).await?;
        let theirs = |found: &Found| ticket.inbound().any(|one| one.message == found.answered);
        let mut found = answers_by_customers(&thread);
        found.retain(theirs);
        Ok(found)
    }

    /// Tickets of an account whose customer waits and may have been answered by another customer, with what
    /// nobody has judged yet and is worth a look (a score of 0.5), at most so many tickets; those whose
    /// promise breaks first first. O(active tickets looked at, and their threads).
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn help_to_judge(
        &self,
        account: &AccountId,
        limit: usize,
    ) -> Result<Vec<(TicketId, Vec<Found>)>, Error> {
        let mut query = TicketQuery::default();
        (query.account, query.active) = (Some(account.clone()), true);
        (query.sort, query.limit) = (aspa_store::TicketSort::Breach, PAGE);
        let mut threads: BTreeMap<_, Vec<Found>> = BTreeMap::new();
        let mut all = Vec::new();
        loop {
            let page = self.tickets(&query).await?;
            let more = query.go_on(&page) && page.len() == PAGE;
            for row in page {
                let ticket = row.ticket;
                let waits = |message: &MessageKey| {
                    let mut inbound = ticket.inbound();
                    inbound.any(|one| {
                        one.message == *message && one.disposition == Disposition::Unhandled
                    })
                };
                if ticket.inbound().all(|one| !waits(&one.message)) {
                    continue;
                }
                let place = ticket.key.conversation.clone();
                if !threads.contains_key(&place) {
                    let found = answers_by_customers(&self.thread(&ticket.key.conversation).await?);
                    threads.insert(place.clone(), found);
                }
                let found = threads.get(&place).into_iter().flatten();
                let new = found.filter(|found| {
                    let judged = |help: &aspa_ticket::Help| {
                        let same = (&help.message, &help.by) == (&found.answered, &found.by);
                        same && help.verdict != HelpVerdict::Likely
                    };
                    let known = ticket.helped.iter().any(judged);
                    found.score >= WORTH && waits(&found.answered) && !known
                });
                let new: Vec<Found> = new.cloned().collect();
                if !new.is_empty() {
                    all.push((ticket.id.clone(), new));
                }
                if all.len() >= limit {
                    return Ok(all);
                }
            }
            if !more {
                return Ok(all);
            }
        }
    }

    /// A colleague says what another customer's answer is worth. Confirmed or thanked, its author is
    /// credited; `thanks` is written to them where it is given, which answers nothing that they asked. Corrected, the question is open again.
    /// Where the [goal](Self::goal) of the account lets customers answer first, a ticket on which nobody
    /// waits any longer is resolved as solved, and agents are called at once to one that was corrected.
    /// Returns the ticket as it stands then.
    ///
    /// # Errors
    ///
    /// When there is no such ticket, a rule forbids it ([`Command::JudgeHelp`]), the thanks cannot be sent,
    /// or the store fails.
    pub async fn judge_help(
        &self,
        ticket: &TicketId,
        found: (&MessageKey, &MessageKey),
        verdict: HelpVerdict,
        thanks: Option<Reply>,
        by: &AgentId,
    ) -> Result<Ticket, Error> {
        let (message, answer) = (found.0.clone(), found.1.clone());
        let us = Actor::Us(Some(by.clone()));
        let right = verdict.is_right();
        let judge = Command::JudgeHelp {
            message,
            by: answer.clone(),
            verdict,
        };
        let judged = self.command(ticket, judge, us.clone()).await?;
        let helper = self.ticket_of(&judged, &answer).await?;
        if let Some(helper) = helper.filter(|_| right) {
            let helped = Command::Dispose {
                message: answer.clone(),
                disposition: Disposition::NeedsNoAnswer {
                    why: "helped another customer".to_owned(),
                },
            };
            let waiting = helper.inbound();
            let waiting = waiting.filter(|one| one.disposition == Disposition::Unhandled);
            let (theirs, others): (Vec<_>, Vec<_>) = waiting.partition(|one| one.message == answer);
            // Thanks are no answer to what the helper asked.
            let asks = !others.is_empty();
            if !theirs.is_empty() && (thanks.is_none() || asks) {
                self.command(&helper.id, helped, us).await?;
            }
            if let Some(mut thanks) = thanks {
                if asks {
                    thanks.kind = ReplyKind::Holding;
                }
                self.reply(&helper.id, thanks.by(by.clone())).await?;
            }
        }
        let goal = self.goal(&judged.key.conversation.account).await?;
        let others_first = goal.is_some_and(|goal| goal.value.aim == Aim::CustomersFirst);
        let waits = judged
            .inbound()
            .any(|one| one.disposition == Disposition::Unhandled);
        if right && others_first && !waits && judged.category.is_active() {
            let resolve = Command::Resolve {
                outcome: Outcome::Solved,
                rest: None,
                newest_seen: None,
            };
            let goal = Actor::System("goal".to_owned());
            return self.command(ticket, resolve, goal).await;
        }
        Ok(judged)
    }

    /// What team figures are counted by: which agents are in which team (of several, the first by name),
    /// which handles are linked to which customer, and what tags are called today. Which places answer the phone is for the host to
    /// add. O(agents + linked handles).
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn counting(&self) -> Result<Counting, Error> {
        let mut counting = Counting::as_of(self.now());
        counting.tags = self.tags().await?.value;
        for row in self.agents().await? {
            let agent = row.value;
            let team = agent.teams.first().cloned();
            counting.teams.extend(team.map(|team| (agent.id, team)));
        }
        let (store, mut after) = (self.store(), None::<HandleKey>);
        loop {
            let page = store.links(&LinkState::Linked, after.as_ref(), PAGE);
            let page = page.await?;
            let Some(last) = page.last() else {
                return Ok(counting);
            };
            after = Some(last.handle.clone());
            let linked = page
                .into_iter()
                .filter_map(|link| Some((link.handle, link.customer?)));
            counting.customers.extend(linked);
        }
    }

    /// How work together went, from the tickets as they are stored: the same figures as
    /// [from the log](aspa_ticket::figures()). O(tickets and messages).
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn team_figures(&self, counting: &Counting) -> Result<TeamFigures, Error> {
        let mut query = TicketQuery::default();
        query.limit = PAGE;
        let mut tickets: BTreeMap<TicketKey, Vec<Ticket>> = BTreeMap::new();
        loop {
            let page = self.tickets(&query).await?;
            let more = query.go_on(&page) && page.len() == PAGE;
            for row in page {
                let key = row.ticket.key.clone();
                tickets.entry(key).or_default().push(row.ticket);
            }
            if !more {
                break;
            }
        }
        let mut ledger = Ledger::default();
        for (key, tickets) in &tickets {
            ledger.put(key, tickets);
        }
        Ok(ledger.figures(counting))
    }

    /// What the host assumes of calls that were not made; nothing in version 0, until it has said.
    /// [`CallModel::apply`] to the [contacts](aspa_ticket::Went::contacts) of figures says how many that
    /// comes to, with its range.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn call_model(&self) -> Result<Versioned<CallModel>, Error> {
        let known = self.read(MODEL).await?;
        Ok(known.unwrap_or_else(|| Versioned::new(CallModel::default())))
    }

    /// Says what is assumed of calls that were not made. `version` is the one that was read.
    ///
    /// # Errors
    ///
    /// A conflict when somebody else has written it meanwhile; else when the store fails.
    pub async fn save_call_model(&self, model: &CallModel, version: u64) -> Result<(), Error> {
        let (kind, key) = MODEL;
        let value = Document::new(kind, key, serde_json::json!(model));
        self.save(Versioned { value, version }).await
    }

    /// The newest messages of a conversation as they can be seen, the oldest first.
    pub(crate) async fn thread(&self, place: &ConversationKey) -> Result<Vec<Message>, Error> {
        let records = self.store().conversation(place, None, THREAD).await?;
        let messages = records.into_iter().filter_map(|record| {
            let seen = record.visible().clone();
            let mut message = record.message?;
            message.visibility = seen;
            Some(message)
        });
        Ok(messages.collect())
    }

    /// The ticket of the same conversation that another customer's message is on.
    async fn ticket_of(
        &self,
        beside: &Ticket,
        message: &MessageKey,
    ) -> Result<Option<Ticket>, Error> {
        let mut wanted = aspa_store::Wanted::default();
        wanted.messages.insert(message.clone());
        let record = self.store().load(&wanted).await?.messages.remove(message);
        let author = record.and_then(|row| row.value.message?.author);
        let Some(customer) = author else {
            return Ok(None);
        };
        let conversation = beside.key.conversation.clone();
        let key = TicketKey {
            conversation,
            customer,
        };
        let mut wanted = aspa_store::Wanted::default();
        wanted.tickets.insert(key.clone());
        let rows = self.store().load(&wanted).await?.tickets.remove(&key);
        let tickets = rows.unwrap_or_default().into_iter().map(|row| row.value);
        let holds = |ticket: &Ticket| ticket.inbound().any(|one| one.message == *message);
        Ok(tickets.into_iter().find(|ticket| holds(ticket)))
    }
}
