//! From the rows of a store to a report.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aspa_channel::{ConversationKey, Direction, MessageKey, ReplyKind, Via};
use aspa_desk::{Desk, Error};
use aspa_hours::Language;
use aspa_identity::LinkState;
use aspa_sla::figures::{Dimension, Figures, Question, Summary};
use aspa_sla::{Clock, Run, Sla};
use aspa_store::{MessageRecord, TicketQuery, Wanted};
use aspa_ticket::Ticket;
use aspa_types::{AccountId, AgentId, HandleKey};
use chrono::{DateTime, TimeDelta, Utc};

use crate::figures::{Group, METHOD, Service, Work};
use crate::people::{Helper, LinkLine, Links, ReviewLine, initials};
use crate::report::{Account, Gap, Overdue, Report};
use crate::rows::{self, Opener};

const PAGE: usize = 1000;

/// What a conversation adds.
#[derive(Debug, Default)]
struct Conversation {
    opener: Option<Opener>,
    first_inbound: Option<DateTime<Utc>>,
    ours: Vec<DateTime<Utc>>,
    accounts: BTreeSet<AccountId>,
}

impl Conversation {
    fn first_response(&self) -> Option<TimeDelta> {
        let first = self.first_inbound?;
        self.ours
            .iter()
            .filter(|at| **at >= first)
            .min()
            .map(|at| *at - first)
    }
}

#[derive(Debug, Default)]
struct Messages {
    count: u64,
    inbound: u64,
    /// Inbound messages by author.
    authors: HashMap<HandleKey, u64>,
    conversations: HashMap<ConversationKey, Conversation>,
    /// Who of us wrote a message that another account saw.
    senders: HashMap<MessageKey, AccountId>,
    accounts: BTreeSet<AccountId>,
    pushed: u64,
    missed: u64,
}

impl Messages {
    fn add(&mut self, record: MessageRecord) {
        let Some(message) = record.message else {
            return;
        };
        self.count += 1;
        if message.direction == Direction::Inbound {
            self.inbound += 1;
            if let Some(author) = &message.author {
                *self.authors.entry(author.clone()).or_default() += 1;
            }
        }
        let at = message.times.effective();
        let opener = at.map(|at| Opener::new(&message, at));
        let conversation = self.conversations.entry(message.conversation).or_default();
        let (Some(at), Some(opener)) = (at, opener) else {
            return;
        };
        conversation.opener = Some(match conversation.opener.take() {
            Some(known) => known.min(opener),
            None => opener,
        });
        match message.direction {
            Direction::Inbound => {
                let first = conversation.first_inbound.get_or_insert(at);
                *first = at.min(*first);
                match record.provenance.map(|provenance| provenance.via) {
                    Some(Via::Webhook) => self.pushed += 1,
                    Some(Via::Reconcile) => self.missed += 1,
                    _ => {}
                }
            }
            Direction::Outbound => {
                let account = message
                    .sender
                    .unwrap_or_else(|| message.key.account.clone());
                if account != message.key.account {
                    self.senders.insert(message.key, account.clone());
                }
                if message.reply != Some(ReplyKind::Automatic) && !message.automatic {
                    conversation.ours.push(at);
                }
                self.accounts.insert(account.clone());
                conversation.accounts.insert(account);
            }
        }
    }

    fn sender(&self, message: &MessageKey) -> AccountId {
        self.senders
            .get(message)
            .unwrap_or(&message.account)
            .clone()
    }

    fn gap(&self) -> Gap {
        Gap {
            missed_by_webhook: self.missed,
            share: share(self.missed, self.pushed + self.missed),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a share of fewer than 2^53 messages"
)]
fn share(some: u64, all: u64) -> Option<f64> {
    (all > 0).then(|| some as f64 / all as f64)
}

/// What a ticket adds.
#[derive(Debug)]
struct Line {
    answered_in: Option<TimeDelta>,
    replied: BTreeSet<AccountId>,
}

pub(crate) async fn report(desk: &Desk, work: Option<Work>) -> Result<Report, Error> {
    let messages = messages(desk).await?;
    let (now, counting) = (desk.now(), desk.counting().await?);
    let mut figures = Figures::new(question(desk, now, work));
    let openers = messages.conversations.values();
    let openers = openers.filter_map(|conversation| conversation.opener.as_ref()?.row());
    openers.for_each(|row| figures.push(&row));
    let mut lines = Vec::new();
    let mut categories: BTreeMap<String, u64> = BTreeMap::new();
    let mut overdue = Vec::new();
    let mut query = TicketQuery::default();
    query.limit = PAGE;
    loop {
        let page = desk.tickets(&query).await?;
        if !query.go_on(&page) {
            break;
        }
        for row in page {
            let ticket = row.ticket;
            *categories.entry(ticket.category.to_string()).or_default() += 1;
            let state = desk.clocks(&ticket);
            let clocks = state
                .as_ref()
                .map(|state| state.clocks(now))
                .unwrap_or_default();
            if let Some(state) = &state {
                // A resolution that a reopening would resume waits for nothing while it is solved.
                let waits = |clock: &&Clock| match clock.run {
                    Run::Running => true,
                    Run::Paused => !state.status().is_done(),
                    _ => false,
                };
                let late = clocks.iter().filter(|c| c.is_breached()).filter(waits);
                overdue.extend(late.filter_map(|clock| late_line(&ticket, clock, state, now)));
            }
            let state = state.as_ref().map(|state| (state, clocks.as_slice()));
            let reply = work.map(|work| work.reply);
            let policy = policy(desk, &ticket);
            rows::of_ticket(&ticket, policy.as_ref(), state, reply, &counting.tags)
                .iter()
                .for_each(|row| figures.push(row));
            lines.push(line(&messages, &ticket));
        }
    }
    name_customers(desk, &mut overdue).await?;
    overdue.sort_by(|a, b| {
        b.1.late_seconds
            .cmp(&a.1.late_seconds)
            .then_with(|| a.1.ticket.cmp(&b.1.ticket))
    });
    let summary = figures.summary(METHOD);
    let mut team = desk.team_figures(&counting).await?;
    Ok(Report {
        now,
        messages: messages.count,
        rejected_rows: 0,
        conversations: conversations(&messages),
        tickets: Group::of(lines.iter().map(|line| line.answered_in)),
        accounts: accounts(&messages, &lines),
        work,
        service: Service::of(&summary.total, work.is_some()),
        networks: groups(&summary, Dimension::Channel),
        tags: groups(&summary, Dimension::Tag),
        agents: groups(&summary, Dimension::Agent)
            .into_iter()
            .filter_map(|(agent, service)| Some((AgentId::new(agent).ok()?, service)))
            .collect(),
        categories,
        helpers: std::mem::take(&mut team.helpers)
            .into_iter()
            .map(Helper::new)
            .collect(),
        team,
        ingestion_gap: messages.gap(),
        promise: desk.sla().map(|sla| match &sla.promise().hours {
            Some(hours) => {
                let today = now.with_timezone(&hours.zone()).date_naive();
                let told = hours.describe_on(today, Language::En);
                format!("{}. {told} ({})", sla.promise().name, hours.zone())
            }
            None => sla.promise().name.clone(),
        }),
        overdue: overdue.into_iter().map(|(_, line)| line).collect(),
        people: people(desk, &messages).await?,
    })
}

async fn messages(desk: &Desk) -> Result<Messages, Error> {
    let store = desk.store();
    let mut messages = Messages::default();
    let mut after: Option<MessageKey> = None;
    loop {
        let page = store.messages(after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(messages);
        };
        after = Some(last.key.clone());
        page.into_iter().for_each(|record| messages.add(record));
    }
}

async fn people(desk: &Desk, messages: &Messages) -> Result<Links, Error> {
    let store = desk.store();
    let mut links = Links {
        messages: messages.inbound,
        ..Links::default()
    };
    for state in [
        LinkState::Linked,
        LinkState::Review,
        LinkState::Refused,
        LinkState::None,
    ] {
        let mut after: Option<HandleKey> = None;
        loop {
            let page = store.links(&state, after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.handle.clone());
            let count = page.len() as u64;
            match state {
                LinkState::Review => links.review += count,
                LinkState::Refused => links.refused += count,
                LinkState::None => links.unknown += count,
                _ => page.iter().for_each(|link| {
                    links.known_messages += messages.authors.get(&link.handle).unwrap_or(&0);
                    links.link(link);
                }),
            }
        }
    }
    links.sort();
    links.known_share = share(links.known_messages, links.messages);
    let reviews = desk.reviews(usize::MAX).await?;
    links.to_review = reviews.iter().map(ReviewLine::new).collect();
    name_people(desk, &mut links).await?;
    Ok(links)
}

/// Gives the lines the names that network and CRM know, masked.
async fn name_people(desk: &Desk, links: &mut Links) -> Result<(), Error> {
    let store = desk.store();
    let mut lines: Vec<&mut LinkLine> = links.lines_mut().collect();
    for lines in lines.chunks_mut(PAGE) {
        let mut wanted = Wanted::default();
        wanted.handles = lines.iter().map(|line| line.key.clone()).collect();
        wanted.customers = lines
            .iter()
            .filter_map(|line| line.customer.clone())
            .collect();
        let known = store.load(&wanted).await?;
        for line in lines {
            if let Some(row) = known.handles.get(&line.key) {
                line.name = initials(row.value.name());
            }
            let customer = line
                .customer
                .as_ref()
                .and_then(|id| known.customers.get(id));
            let name = customer.and_then(|customer| customer.name());
            line.customer_name = name.as_deref().map(initials);
        }
    }
    Ok(())
}

fn line(messages: &Messages, ticket: &Ticket) -> Line {
    let first = ticket.inbound().map(|m| m.at).min();
    let response = ticket.first_response();
    let between = first.zip(response.map(|m| m.at));
    Line {
        answered_in: between.map(|(asked, answered)| answered - asked),
        replied: ticket
            .outbound()
            .map(|m| messages.sender(&m.message))
            .collect(),
    }
}

fn late_line(
    ticket: &Ticket,
    clock: &Clock,
    state: &aspa_sla::State,
    now: DateTime<Utc>,
) -> Option<(HandleKey, Overdue)> {
    let overdue = Overdue {
        ticket: ticket.id.clone(),
        customer: ticket.key.customer.to_string(),
        assignee: ticket.assignee.clone(),
        clock: clock.kind.to_string(),
        since: clock.breached_at?,
        late_seconds: -clock.remaining.num_seconds(),
        why: abridged(&state.explain(now, &clock.kind, clock.cycle)?.to_string()),
    };
    Some((ticket.key.customer.clone(), overdue))
}

/// All of it, or the first line and the first and last stretches: a clock that has run for years has thousands.
fn abridged(why: &str) -> String {
    const WHOLE: usize = 12;
    const ENDS: usize = 4;
    let lines: Vec<&str> = why.lines().collect();
    if lines.len() <= 1 + WHOLE {
        return why.to_owned();
    }
    let left_out = lines.len() - 1 - 2 * ENDS;
    let between = format!("… {left_out} more stretches");
    let (first, last) = (&lines[..=ENDS], &lines[lines.len() - ENDS..]);
    [first, &[between.as_str()], last].concat().join("\n")
}

async fn name_customers(desk: &Desk, overdue: &mut [(HandleKey, Overdue)]) -> Result<(), Error> {
    let mut wanted = Wanted::default();
    wanted
        .handles
        .extend(overdue.iter().map(|(handle, _)| handle.clone()));
    let handles = desk.store().load(&wanted).await?.handles;
    for (handle, line) in overdue {
        if let Some(row) = handles.get(handle) {
            line.customer = row.value.name().to_owned();
        }
    }
    Ok(())
}

/// Conversations with a customer's message.
fn conversations(messages: &Messages) -> Group {
    let asked = messages
        .conversations
        .values()
        .filter(|c| c.first_inbound.is_some());
    Group::of(asked.map(Conversation::first_response))
}

fn accounts(messages: &Messages, lines: &[Line]) -> BTreeMap<AccountId, Account> {
    let mut accounts: BTreeMap<AccountId, Account> = BTreeMap::new();
    let mut conversations: BTreeMap<&AccountId, Vec<Option<TimeDelta>>> = BTreeMap::new();
    for conversation in messages
        .conversations
        .values()
        .filter(|c| c.first_inbound.is_some())
    {
        for account in &conversation.accounts {
            conversations
                .entry(account)
                .or_default()
                .push(conversation.first_response());
        }
    }
    let mut tickets: BTreeMap<&AccountId, Vec<Option<TimeDelta>>> = BTreeMap::new();
    for line in lines {
        for account in &line.replied {
            tickets.entry(account).or_default().push(line.answered_in);
        }
    }
    for name in &messages.accounts {
        let times = |of: &mut BTreeMap<&AccountId, Vec<_>>| of.remove(name).unwrap_or_default();
        let conversations = Group::of(times(&mut conversations));
        let tickets = Group::of(times(&mut tickets));
        accounts.insert(
            name.clone(),
            Account {
                conversations,
                tickets,
            },
        );
    }
    accounts
}

/// The promise that a ticket has now.
fn policy(desk: &Desk, ticket: &Ticket) -> Option<Sla> {
    let policy = desk.policy(ticket)?.policy?;
    desk.sla()?.under(&policy).ok()
}

fn question(desk: &Desk, now: DateTime<Utc>, work: Option<Work>) -> Question {
    let hours = desk.sla().and_then(|sla| sla.promise().hours.as_ref());
    let zone = hours.map_or(chrono_tz::Tz::UTC, |hours| hours.zone());
    let mut question = Question::new(zone, now)
        .by(Dimension::Channel)
        .by(Dimension::Tag)
        .by(Dimension::Agent);
    if let Some(work) = work {
        question = question.rate(work.rate);
    }
    question
}

/// The groups of a dimension that have tickets: a conversation that we began may have none.
fn groups(summary: &Summary, by: Dimension) -> BTreeMap<String, Service> {
    let priced = summary.question.rate.is_some();
    let groups = summary.by.get(&by).into_iter().flatten();
    groups
        .filter(|(_, group)| group.tickets.count > 0)
        .map(|(name, group)| (name.clone(), Service::of(group, priced)))
        .collect()
}
