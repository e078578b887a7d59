use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aspa_channel::{MessageKey, ReplyKind};
use aspa_types::{AgentId, CustomerId, HandleKey, Tag, TeamId, TicketId};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::calls::Contacts;
use crate::disposition::Disposition;
use crate::event::{Event, Outcome};
use crate::fold::{Rules, fold};
use crate::playbook::PlaybookId;
use crate::tags::Tags;
use crate::ticket::{Change, Ticket, TicketKey};

/// What figures are counted by beside the log.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Counting {
    /// As of when.
    pub now: DateTime<Utc>,
    /// For how many seconds after a ticket was resolved another one of the same person is a repeat
    /// contact. 7 days.
    pub repeat_seconds: i64,
    /// Who is in which team.
    pub teams: BTreeMap<AgentId, TeamId>,
    /// Which handles are one customer. Any other handle is a person of its own.
    pub customers: BTreeMap<HandleKey, CustomerId>,
    /// What tags are called today.
    pub tags: Tags,
    /// Places that [`Disposition::Redirected`] names where a person answers the phone.
    pub phones: BTreeSet<String>,
}

impl Counting {
    /// As of then, with nobody in teams, no handles linked and no tag renamed.
    #[must_use]
    pub fn as_of(now: DateTime<Utc>) -> Self {
        Self {
            now,
            repeat_seconds: TimeDelta::days(7).num_seconds(),
            teams: BTreeMap::new(),
            customers: BTreeMap::new(),
            tags: Tags::default(),
            phones: BTreeSet::new(),
        }
    }
}

/// How a group of tickets went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Went {
    /// How many tickets.
    pub tickets: u64,
    /// How often one was given from one agent to another; giving back to nobody and taking again is
    /// none. Of an agent: given away by that agent. Of a team: given away to another team.
    pub transfers: u64,
    /// Reopenings, and tickets that the same person began within the time for repeats after another
    /// one of theirs was resolved, in whatever conversation.
    pub repeat_contacts: u64,
    /// Tickets solved at the first contact: resolved as solved longer ago than the time for repeats, never
    /// reopened, no repeat contact and none after it within that time. Writing to and fro on one ticket is one contact.
    pub first_contact: u64,
    /// Of these, tickets with no more than one answer of ours.
    pub one_answer: u64,
    /// Tickets that were resolved as long ago and are none of these. Those that the customer took back are
    /// left out.
    pub not_first_contact: u64,
    /// Tickets that are counted as neither yet: resolved, and the time for repeats is not over. Those that came
    /// again within it are among them, or else the share would begin with its failures.
    pub undecided: u64,
    /// Tickets resolved as solved.
    pub solved: u64,
    /// Messages that another customer answered.
    pub by_customers: u64,
    /// Messages whose author was sent elsewhere.
    pub redirected: u64,
    /// Of these, to the phone.
    pub to_phone: u64,
}

impl Went {
    /// First-contact resolution: of the tickets of which it can be said by now, 0 to 1; none where there is
    /// none.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts below 2^53")]
    pub fn first_contact_share(&self) -> Option<f64> {
        let decided = self.first_contact + self.not_first_contact;
        (decided > 0).then(|| self.first_contact as f64 / decided as f64)
    }

    /// What a model of calls avoided is applied to.
    #[must_use]
    pub fn contacts(&self) -> Contacts {
        Contacts {
            solved_here: self.solved,
            by_customers: self.by_customers,
            self_service: self.redirected - self.to_phone,
            sent_to_phone: self.to_phone,
        }
    }
}

/// How work together went. Everything is counted from the log; nothing is kept beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TeamFigures {
    /// All tickets.
    pub total: Went,
    /// By who answered first; a program does not count.
    pub agents: BTreeMap<AgentId, Went>,
    /// By the team that a ticket is with; one that is with none counts to the team of that agent.
    pub teams: BTreeMap<TeamId, Went>,
    /// By tag, by its name of today; a ticket counts once to each of its tags and to those above them.
    pub tags: BTreeMap<Tag, Went>,
    /// By playbook that a reply was made from; a ticket counts to each.
    pub playbooks: BTreeMap<PlaybookId, Went>,
    /// By network.
    pub channels: BTreeMap<String, Went>,
    /// How many messages each place was named to.
    pub redirects: BTreeMap<String, u64>,
    /// Who helped other customers, and how many of their messages, as staff or a rule said; the most
    /// helpful first. An answer whose author is unknown here is left out.
    pub helpers: Vec<(HandleKey, u64)>,
}

/// The figures of a whole log, in whatever order its events come.
///
/// O(n log n) in the events; see [`fold`] for tickets with very many messages.
#[must_use]
pub fn figures<'e>(
    log: impl IntoIterator<Item = (&'e TicketKey, &'e Event)>,
    rules: &Rules,
    counting: &Counting,
) -> TeamFigures {
    let mut histories: BTreeMap<&TicketKey, Vec<Event>> = BTreeMap::new();
    for (key, event) in log {
        histories.entry(key).or_default().push(event.clone());
    }
    let mut ledger = Ledger::default();
    for (key, events) in histories {
        ledger.put(key, &fold(key, &events, rules));
    }
    ledger.figures(counting)
}

/// What figures need of tickets, kept up to date one customer in one conversation at a time: the same
/// figures as [from the whole log](figures()).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ledger {
    lines: BTreeMap<TicketKey, Vec<Line>>,
}

/// What figures need of one ticket.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    id: TicketId,
    opened_at: DateTime<Utc>,
    resolved: Option<(DateTime<Utc>, Outcome)>,
    reopened: u32,
    /// Each agent who gave it away, and to whom.
    transfers: Vec<(AgentId, AgentId)>,
    answered_by: Option<AgentId>,
    team: Option<TeamId>,
    answers: usize,
    tags: BTreeSet<Tag>,
    playbooks: BTreeSet<PlaybookId>,
    inbound: Vec<MessageKey>,
    redirected_to: Vec<String>,
    by_customers: u64,
    /// The customer's message and the other customer's that helped.
    helped: BTreeSet<(MessageKey, MessageKey)>,
}

impl Line {
    fn of(ticket: &Ticket) -> Self {
        let mut line = Self {
            id: ticket.id.clone(),
            opened_at: ticket.opened_at,
            resolved: ticket.resolved_at.zip(ticket.outcome.clone()),
            reopened: ticket.reopened,
            transfers: ticket.transfers(),
            answered_by: ticket.first_response().and_then(|m| m.agent.clone()),
            team: ticket.team.clone(),
            answers: 0,
            tags: ticket.tags.clone(),
            playbooks: BTreeSet::new(),
            inbound: Vec::new(),
            redirected_to: Vec::new(),
            by_customers: 0,
            helped: BTreeSet::new(),
        };
        for sent in ticket.outbound() {
            let by_program = sent.reply == Some(ReplyKind::Automatic);
            let holding = sent.reply == Some(ReplyKind::Holding);
            line.answers += usize::from(!by_program && !holding);
            let used = sent
                .effect
                .as_ref()
                .and_then(|effect| ticket.playbooks.get(effect));
            line.playbooks.extend(used.map(|used| used.id.clone()));
        }
        for message in ticket.inbound() {
            line.inbound.push(message.message.clone());
            match &message.disposition {
                Disposition::AnsweredByCustomer { by } => {
                    line.by_customers += 1;
                    line.helped.insert((message.message.clone(), by.clone()));
                }
                Disposition::Redirected { to } => line.redirected_to.push(to.clone()),
                _ => {}
            }
        }
        let right = ticket.helped.iter().filter(|help| help.verdict.is_right());
        line.helped
            .extend(right.map(|help| (help.message.clone(), help.by.clone())));
        line
    }
}

impl Ticket {
    /// Each time an agent's ticket was given to another agent: from whom, to whom. Giving it back to
    /// nobody and taking it again is none.
    #[must_use]
    pub fn transfers(&self) -> Vec<(AgentId, AgentId)> {
        let holders = self.changes.iter().filter_map(|change| match change {
            Change::Assignee(_, Some(agent)) => Some(agent),
            _ => None,
        });
        let mut last: Option<&AgentId> = None;
        let mut transfers = Vec::new();
        for holder in holders {
            if let Some(from) = last.replace(holder).filter(|from| *from != holder) {
                transfers.push((from.clone(), holder.clone()));
            }
        }
        transfers
    }
}

impl Ledger {
    /// Takes in the tickets about one key, all of them, in the place of what was known.
    pub fn put(&mut self, key: &TicketKey, tickets: &[Ticket]) {
        match tickets.is_empty() {
            true => self.lines.remove(key),
            false => self
                .lines
                .insert(key.clone(), tickets.iter().map(Line::of).collect()),
        };
    }

    /// The figures. O(tickets and messages, log).
    #[must_use]
    pub fn figures(&self, counting: &Counting) -> TeamFigures {
        let repeats = Repeats::of(self, counting);
        let mut figures = TeamFigures::default();
        for (key, line) in self.all() {
            let went = repeats.went(line, counting);
            let network = key.customer.network().to_string();
            figures.total.add(&went);
            figures.channels.entry(network).or_default().add(&went);
            for tag in counting.tags.with_those_above(&line.tags) {
                figures.tags.entry(tag).or_default().add(&went);
            }
            for playbook in &line.playbooks {
                figures
                    .playbooks
                    .entry(playbook.clone())
                    .or_default()
                    .add(&went);
            }
            // What was given away is counted to who gave it away.
            let own = Went {
                transfers: 0,
                ..went
            };
            let agent = line.answered_by.as_ref();
            if let Some(agent) = agent {
                figures.agents.entry(agent.clone()).or_default().add(&own);
            }
            let of_agent = agent.and_then(|agent| counting.teams.get(agent));
            if let Some(team) = line.team.as_ref().or(of_agent) {
                figures.teams.entry(team.clone()).or_default().add(&own);
            }
            for (from, to) in &line.transfers {
                figures.agents.entry(from.clone()).or_default().transfers += 1;
                let (from, to) = (counting.teams.get(from), counting.teams.get(to));
                if let Some(from) = from.filter(|from| Some(*from) != to) {
                    figures.teams.entry(from.clone()).or_default().transfers += 1;
                }
            }
            for to in &line.redirected_to {
                *figures.redirects.entry(to.clone()).or_default() += 1;
            }
        }
        figures.helpers = self.helpers();
        figures
    }

    fn all(&self) -> impl Iterator<Item = (&TicketKey, &Line)> {
        self.lines
            .iter()
            .flat_map(|(key, lines)| lines.iter().map(move |line| (key, line)))
    }

    fn helpers(&self) -> Vec<(HandleKey, u64)> {
        let helped: BTreeSet<&(MessageKey, MessageKey)> =
            self.all().flat_map(|(_, line)| &line.helped).collect();
        let wanted: BTreeSet<&MessageKey> = helped.iter().map(|(_, by)| by).collect();
        let mut authors: BTreeMap<&MessageKey, &HandleKey> = BTreeMap::new();
        for (key, line) in self.all() {
            let theirs = line
                .inbound
                .iter()
                .filter(|message| wanted.contains(message));
            authors.extend(theirs.map(|message| (message, &key.customer)));
        }
        let mut helpers: BTreeMap<&HandleKey, u64> = BTreeMap::new();
        for helper in helped.iter().filter_map(|(_, by)| authors.get(by)) {
            *helpers.entry(helper).or_default() += 1;
        }
        let mut helpers: Vec<_> = helpers
            .into_iter()
            .map(|(who, n)| (who.clone(), n))
            .collect();
        helpers.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        helpers
    }
}

impl Went {
    fn add(&mut self, went: &Self) {
        self.tickets += went.tickets;
        self.transfers += went.transfers;
        self.repeat_contacts += went.repeat_contacts;
        self.first_contact += went.first_contact;
        self.one_answer += went.one_answer;
        self.not_first_contact += went.not_first_contact;
        self.undecided += went.undecided;
        self.solved += went.solved;
        self.by_customers += went.by_customers;
        self.redirected += went.redirected;
        self.to_phone += went.to_phone;
    }
}

/// Who came again, over all conversations of a person.
struct Repeats {
    /// Tickets that are repeat contacts.
    again: BTreeSet<TicketId>,
    /// Tickets after which their person came again.
    followed: BTreeSet<TicketId>,
}

impl Repeats {
    fn of(ledger: &Ledger, counting: &Counting) -> Self {
        let mut by_person: BTreeMap<Arc<str>, Vec<&Line>> = BTreeMap::new();
        for (key, line) in ledger.all() {
            let person = match counting.customers.get(&key.customer) {
                Some(customer) => format!("customer {customer}"),
                None => format!("handle {}", key.customer),
            };
            by_person.entry(person.into()).or_default().push(line);
        }
        let mut repeats = Self {
            again: BTreeSet::new(),
            followed: BTreeSet::new(),
        };
        for lines in by_person.into_values() {
            let mut opened: Vec<DateTime<Utc>> = lines.iter().map(|line| line.opened_at).collect();
            let ends = lines
                .iter()
                .filter_map(|line| Some(line.resolved.as_ref()?.0));
            let mut resolved: Vec<DateTime<Utc>> = ends.collect();
            opened.sort_unstable();
            resolved.sort_unstable();
            let soon = |resolved: DateTime<Utc>, opened: DateTime<Utc>| {
                (opened - resolved).num_seconds() <= counting.repeat_seconds
            };
            for line in lines {
                let earlier = resolved.partition_point(|at| *at < line.opened_at);
                let last = earlier.checked_sub(1).and_then(|last| resolved.get(last));
                if last.is_some_and(|last| soon(*last, line.opened_at)) {
                    repeats.again.insert(line.id.clone());
                }
                let Some((at, _)) = line.resolved else {
                    continue;
                };
                let next = opened.get(opened.partition_point(|opened| *opened <= at));
                if next.is_some_and(|next| soon(at, *next)) {
                    repeats.followed.insert(line.id.clone());
                }
            }
        }
        repeats
    }

    fn went(&self, line: &Line, counting: &Counting) -> Went {
        let again = self.again.contains(&line.id);
        let to_phone = |to: &&String| counting.phones.contains(*to);
        let mut went = Went {
            tickets: 1,
            transfers: line.transfers.len() as u64,
            repeat_contacts: u64::from(line.reopened) + u64::from(again),
            by_customers: line.by_customers,
            redirected: line.redirected_to.len() as u64,
            to_phone: line.redirected_to.iter().filter(to_phone).count() as u64,
            ..Went::default()
        };
        let Some((resolved, outcome)) = &line.resolved else {
            return went;
        };
        went.solved = u64::from(*outcome == Outcome::Solved);
        let came_again = line.reopened > 0 || again || self.followed.contains(&line.id);
        let over = (counting.now - *resolved).num_seconds() > counting.repeat_seconds;
        match outcome {
            Outcome::Abandoned => {}
            _ if !over => went.undecided = 1,
            Outcome::Solved if !came_again => {
                went.first_contact = 1;
                went.one_answer = u64::from(line.answers <= 1);
            }
            _ => went.not_first_contact = 1,
        }
        went
    }
}
