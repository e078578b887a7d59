//! Who works on what: the staff, how tickets are assigned, and assigning what waits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use aspa_sla::Sla;
use aspa_store::{Changes, Document, Purge, TicketQuery, TicketSort, Versioned, Wanted};
use aspa_ticket::assignment::{
    Agent, Assignment, Case, Gap, Policy, Queue, Span, Told, Waiting, escalate,
};
use aspa_ticket::{Actor, Category, Change, Command, Goal, Ticket, TicketKey};
use aspa_types::{AccountId, AgentId, CustomerId, TicketId};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::desk::Desk;
use crate::error::Error;
use crate::following::FOLLOWING;
use crate::world::World;

const AGENT: &str = "agent";
pub(crate) const OWNER: &str = "owner";
const POLICY: &str = "assignment";
const GOAL: &str = "goal";
/// The document that says whose turn it was; also what two that assign at once conflict over.
const TURNS: (&str, &str) = ("assignment_turns", "all");
/// Tickets and documents that are read together.
const PAGE: usize = 500;
/// How many tickets that somebody here could take are weighed, those first whose promise breaks first.
const LINE: usize = 10_000;
/// How often assigning is begun again when others keep being first.
const TRIES: usize = 16;

impl Desk {
    /// The people who answer customers, in the order of their ids.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn agents(&self) -> Result<Vec<Versioned<Agent>>, Error> {
        let (store, mut all) = (self.store(), Vec::new());
        let mut after: Option<std::sync::Arc<str>> = None;
        loop {
            let page = store.privacy().documents(AGENT, after.as_deref(), PAGE);
            let page = page.await?;
            let Some(last) = page.last() else {
                return Ok(all);
            };
            after = Some(last.value.key.clone());
            for row in page {
                if let Ok(value) = Agent::deserialize(row.value.body) {
                    let version = row.version;
                    all.push(Versioned { value, version });
                }
            }
        }
    }

    /// Keeps who somebody is: their teams, skills, capacity and shifts. `version` is the one that was
    /// read, 0 for somebody new.
    ///
    /// # Errors
    ///
    /// A conflict when somebody else has written it meanwhile; else when the store fails.
    pub async fn save_agent(&self, agent: &Agent, version: u64) -> Result<(), Error> {
        // From now on notes may name them.
        self.begin_noticing().await?;
        let value = Document::new(AGENT, agent.id.as_str(), serde_json::json!(agent));
        self.save(Versioned { value, version }).await
    }

    /// Somebody answers customers no more, and follows nothing. What they have stays theirs until it is given to another.
    ///
    /// # Errors
    ///
    /// As [`save_agent`](Self::save_agent).
    pub async fn remove_agent(&self, agent: &AgentId, version: u64) -> Result<(), Error> {
        let value = (AGENT.into(), agent.as_str().into());
        let following = (FOLLOWING.into(), agent.as_str().into());
        let mut changes = Changes::default();
        let gone = Purge::Document(Versioned { value, version });
        changes.purged.push(gone);
        let follows = Purge::Document(Versioned::new(following));
        changes.purged.push(follows);
        self.store().commit(changes).await?;
        Ok(())
    }

    /// How tickets are assigned; as by default, in version 0, until somebody has said.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn assignment_policy(&self) -> Result<Versioned<Policy>, Error> {
        let known = self.read((POLICY, "policy")).await?;
        Ok(known.unwrap_or_else(|| Versioned::new(Policy::default())))
    }

    /// Says how tickets are assigned. `version` is the one that was read.
    ///
    /// # Errors
    ///
    /// As [`save_agent`](Self::save_agent).
    pub async fn save_assignment_policy(&self, policy: &Policy, version: u64) -> Result<(), Error> {
        let value = Document::new(POLICY, "policy", serde_json::json!(policy));
        self.save(Versioned { value, version }).await
    }

    /// When too few are on shift while we are open, or have not the skills that are asked for: by the
    /// [covers](Policy::covers) of the policy and the hours of the promise; without a promise, at any time.
    /// See [`gaps`](aspa_ticket::assignment::gaps).
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn rota_gaps(&self, within: Span) -> Result<Vec<Gap>, Error> {
        let agents = self.agents().await?.into_iter();
        let agents: Vec<Agent> = agents.map(|row| row.value).collect();
        let policy = self.assignment_policy().await?.value;
        let sla = self.parts.sla.as_ref();
        let during = sla.map_or_else(|| vec![within], |sla| open_times(sla, within));
        Ok(policy.gaps(&agents, &during))
    }

    /// What an account is for; none until somebody has said: agents are called at once.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn goal(&self, account: &AccountId) -> Result<Option<Versioned<Goal>>, Error> {
        self.read((GOAL, account.as_str())).await
    }

    /// Says what an account is for. Its tickets are [assigned](Self::assign_waiting) from when on
    /// [`Goal::call`] calls agents, and from the first goal of any account on, answers by customers are
    /// [found](Self::find_help). `version` is the one that was read, 0 for the first.
    ///
    /// # Errors
    ///
    /// As [`save_agent`](Self::save_agent).
    pub async fn save_goal(
        &self,
        account: &AccountId,
        goal: &Goal,
        version: u64,
    ) -> Result<(), Error> {
        self.begin_finding_help().await?;
        let value = Document::new(GOAL, account.as_str(), serde_json::json!(goal));
        self.save(Versioned { value, version }).await
    }

    /// Says whose a customer is, for assigning and for following; none: nobody's.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn set_owner(
        &self,
        customer: &CustomerId,
        owner: Option<&AgentId>,
    ) -> Result<(), Error> {
        let (store, key) = (self.store(), customer.to_string());
        let mut tries = 0;
        loop {
            let known = store.privacy().document(OWNER, &key).await?;
            let version = known.map_or(0, |row| row.version);
            let body = serde_json::json!({ "owner": owner });
            let value = Document::new(OWNER, key.as_str(), body);
            match self.save(Versioned { value, version }).await {
                Err(error) if error.is_conflict() && tries < TRIES => tries += 1,
                done => return done,
            }
        }
    }

    /// Whose a customer is.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn owner(&self, customer: &CustomerId) -> Result<Option<AgentId>, Error> {
        #[derive(Default, Deserialize)]
        struct Owner {
            owner: Option<AgentId>,
        }
        let key = customer.to_string();
        let known: Option<Versioned<Owner>> = self.read((OWNER, &key)).await?;
        Ok(known.and_then(|row| row.value.owner))
    }

    /// Gives new and open tickets that nobody has to those who are on shift, can do them and have room,
    /// as the [policy](Self::assignment_policy) says. A desk that [runs](Self::run) does so by itself where
    /// the policy is [automatic](Policy::automatic); else call it when something comes in, when capacity
    /// frees, when shifts begin and when an assignment has expired. Twice does no harm, also from two
    /// processes at once. Each event says why in its cause.
    ///
    /// A ticket of an account with a [goal](Self::goal) waits until [`Goal::call`] calls agents to it.
    ///
    /// Weighs the 10,000 tickets whose promises break first among those that somebody with room can take and
    /// is called to. O(agents × tickets that wait).
    ///
    /// # Errors
    ///
    /// When the store fails; what was assigned by then stays.
    pub async fn assign_waiting(&self) -> Result<Vec<Assignment>, Error> {
        let mut tries = 0;
        loop {
            match self.assign_once().await {
                Err(error) if error.is_conflict() && tries < TRIES => tries += 1,
                done => return done,
            }
        }
    }

    /// Whom to tell of a ticket, by name, and why: what the words of a promise
    /// ([`ClockPassed`](aspa_ticket::EventKind::ClockPassed)) mean for it now.
    ///
    /// # Errors
    ///
    /// When there is no such ticket, or the store fails.
    pub async fn escalation(&self, id: &TicketId, to: &[String]) -> Result<Told, Error> {
        let ticket = self.ticket(id).await?;
        let agents = self.agents().await?;
        let agents: Vec<Agent> = agents.into_iter().map(|row| row.value).collect();
        let case = Case {
            to: to.to_vec(),
            assignee: ticket.assignee.clone(),
            owner: self.owner_of(&ticket).await?,
            team: ticket.team.clone(),
        };
        Ok(escalate(&case, &agents, self.now()))
    }

    /// Who has the customer that the ticket's handle is linked to.
    async fn owner_of(&self, ticket: &Ticket) -> Result<Option<AgentId>, Error> {
        let link = self.link(&ticket.key.customer).await?;
        match link.and_then(|link| link.customer) {
            Some(customer) => self.owner(&customer).await,
            None => Ok(None),
        }
    }

    /// Assigns what waits if the policy is automatic; whether it is.
    pub(crate) async fn assign_by_itself(&self) -> Result<bool, Error> {
        let automatic = self.assignment_policy().await?.value.automatic;
        if automatic {
            self.assign_waiting().await?;
        }
        Ok(automatic)
    }

    async fn assign_once(&self) -> Result<Vec<Assignment>, Error> {
        let (now, tags) = (self.now(), self.tags().await?.value);
        let policy = self.assignment_policy().await?.value;
        let policy = policy.by_names_of_today(&tags);
        let turns = self.read::<BTreeMap<AgentId, u64>>(TURNS).await?;
        let mut turns = turns.unwrap_or_else(|| Versioned::new(BTreeMap::new()));
        let mut queue = Queue::new(policy.clone());
        let mut room = 0;
        for row in self.agents().await? {
            let agent = row.value;
            if !agent.is_on_shift(now) {
                continue;
            }
            let mut query = TicketQuery::default();
            query.categories.insert(Category::Open);
            query.assignee = Some(agent.id.clone());
            let most = agent.capacity.try_into().unwrap_or(usize::MAX);
            let load = self.count_tickets(&query, most).await?;
            let mut seat = agent.free();
            seat.load = u32::try_from(load).unwrap_or(u32::MAX);
            seat.turn = turns.value.get(&seat.agent.id).copied().unwrap_or(0);
            room += u64::from(seat.room());
            queue.staff(seat);
        }
        if room == 0 {
            return Ok(Vec::new());
        }
        let mut keys: BTreeMap<TicketId, TicketKey> = BTreeMap::new();
        let mut goals: BTreeMap<AccountId, Option<Goal>> = BTreeMap::new();
        let mut query = TicketQuery::default();
        query.categories = [Category::New, Category::Open].into();
        (query.unassigned, query.sort, query.limit) = (true, TicketSort::Breach, PAGE);
        let mut more = true;
        while more && queue.len() < LINE {
            let page = self.tickets(&query).await?;
            more = query.go_on(&page) && page.len() == PAGE;
            for mut row in page {
                row.ticket.tags = tags.of(&row.ticket.tags);
                let ticket = &row.ticket;
                let mut waiting = Waiting::new(ticket.id.clone(), ticket.opened_at);
                waiting.needs = policy.needs_of(ticket);
                if !ticket.waits() || !queue.has_room_for(&waiting) {
                    continue;
                }
                let account = &ticket.key.conversation.account;
                if !goals.contains_key(account) {
                    let goal = self.goal(account).await?;
                    let goal = goal.map(|row| row.value.by_names_of_today(&tags));
                    goals.insert(account.clone(), goal);
                }
                let goal = goals.get(account).and_then(Option::as_ref);
                let called = goal.map(|goal| goal.call(ticket, row.breach_at).at);
                if called.is_some_and(|at| at.is_none_or(|at| now < at)) {
                    continue;
                }
                waiting.priority.clone_from(&ticket.priority);
                waiting.due = row.breach_at;
                waiting.last_agent = last_agent(ticket);
                waiting.owner = self.owner_of(ticket).await?;
                keys.insert(ticket.id.clone(), ticket.key.clone());
                queue.wait(waiting);
            }
        }
        let given = queue.assign(now);
        if given.is_empty() {
            return Ok(given);
        }
        let known: BTreeSet<AgentId> = given.iter().map(|one| one.to.clone()).collect();
        for agent in known {
            let turn = queue.seat(&agent).map_or(0, |seat| seat.turn);
            turns.value.insert(agent, turn);
        }
        let (kind, key) = TURNS;
        let turns = Versioned {
            value: Document::new(kind, key, serde_json::json!(turns.value)),
            version: turns.version,
        };
        self.give(&given, &keys, &turns).await
    }

    /// Writes assignments down together; returns those that were still wanted.
    async fn give(
        &self,
        given: &[Assignment],
        keys: &BTreeMap<TicketId, TicketKey>,
        turns: &Versioned<Document>,
    ) -> Result<Vec<Assignment>, Error> {
        let (now, actor) = (self.now(), Actor::System("assignment".to_owned()));
        let mut wanted = Wanted::default();
        let all = given.iter().filter_map(|one| keys.get(&one.ticket));
        wanted.tickets.extend(all.cloned());
        let done = Mutex::new(Vec::new());
        self.settle(wanted, |known| {
            let mut world = World::new(known, self.parts.rules);
            let mut wrote = Vec::new();
            for one in given {
                let Some(key) = keys.get(&one.ticket) else {
                    continue;
                };
                let Some(ticket) = world.find(key, &one.ticket) else {
                    continue;
                };
                let open = matches!(ticket.category, Category::New | Category::Open);
                if ticket.assignee.is_some() || !open || !ticket.waits() {
                    continue;
                }
                let (to, until) = (Some(one.to.clone()), one.until);
                let at = now.max(ticket.active_at());
                let events = ticket.decide(Command::Assign { to, until }, &actor, at)?;
                for mut event in events {
                    event.cause = Some(one.to_string());
                    // What is missing has been noted, and `finish` tells.
                    let _ = world.happen(key, event);
                }
                wrote.push(one.clone());
            }
            *done.lock().unwrap_or_else(PoisonError::into_inner) = wrote;
            let finished = world.finish(self.parts.sla.as_ref(), now);
            Ok(finished.map(|mut changes| {
                changes.documents.push(turns.clone());
                changes
            }))
        })
        .await?;
        self.parts.news.notify_waiters();
        Ok(done.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) async fn save(&self, document: Versioned<Document>) -> Result<(), Error> {
        let mut changes = Changes::default();
        changes.documents.push(document);
        self.store().commit(changes).await?;
        self.parts.news.notify_waiters();
        Ok(())
    }

    /// A document, read; none where it is not there or this version cannot read it.
    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        (kind, key): (&str, &str),
    ) -> Result<Option<Versioned<T>>, Error> {
        let row = self.store().privacy().document(kind, key).await?;
        Ok(row.and_then(|row| {
            let value = serde_json::from_value(row.value.body).ok()?;
            let version = row.version;
            Some(Versioned { value, version })
        }))
    }
}

/// Who answered the customer last, unless the ticket is in line since they let go of it.
fn last_agent(ticket: &Ticket) -> Option<AgentId> {
    let had = ticket.changes.iter().rev().find_map(|change| match change {
        Change::Assignee(_, agent) => agent.as_ref(),
        _ => None,
    });
    let answered = ticket.outbound().filter_map(|sent| sent.agent.as_ref());
    answered.last().filter(|last| Some(*last) != had).cloned()
}

/// When a promise's hours are open.
fn open_times(sla: &Sla, within: Span) -> Vec<Span> {
    let (calendar, mut open) = (sla.calendar(), Vec::new());
    let mut at = within.from;
    // It opens no more within the horizon of calendars, or closes no more.
    while let Ok(from) = calendar.next_open(at) {
        if from >= within.until {
            break;
        }
        let until = calendar.next_close(from).unwrap_or(within.until);
        let until = until.min(within.until);
        open.push(Span { from, until });
        at = until;
    }
    open
}
