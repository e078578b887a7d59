//! The tags and rules of a desk: kept as documents, and what rules do when something comes in.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use aspa_channel::MessageKey;
use aspa_sla::Sla;
use aspa_store::{Between, Document, TicketQuery, Versioned, Wanted};
use aspa_ticket::automation::{
    Action, Compiled, DryRun, Explained, Facts, Local, Rule, RuleSet, Run, Trigger,
};
use aspa_ticket::tags::Tags;
use aspa_ticket::{Actor, Command, Disposition, Event, EventKind, Ticket, TicketKey, step};
use aspa_types::{HandleKey, Tag, TenantId, TicketId};
use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};

use crate::clocks;
use crate::desk::Desk;
use crate::error::Error;
use crate::world::{Missing, Who, World};

const TAGS: (&str, &str) = ("tags", "all");
const RULES: (&str, &str) = ("rules", "all");
/// How long a process works by the rules that it has read, before it looks for others.
const READ_AGAIN: TimeDelta = TimeDelta::seconds(1);
/// Tickets that are read together.
const PAGE: usize = 200;

/// The rules and tags of a tenant, ready to be used.
#[derive(Debug)]
pub(crate) struct Automation {
    rules: Compiled,
    tags: Tags,
}

impl Automation {
    /// Who the customer is, where a rule asks. What is missing has been noted.
    fn who(&self, world: &mut World<'_>, handle: &HandleKey) -> Result<Option<Who>, Missing> {
        match self.rules.asks_who_writes() {
            true => world.who(handle).map(Some),
            false => Ok(None),
        }
    }
}

/// What was read of each tenant's, and when.
#[derive(Debug, Default)]
pub(crate) struct Automations {
    known: Mutex<HashMap<TenantId, Read>>,
}

/// When it was read, and what; none where the tenant has no rules.
type Read = (DateTime<Utc>, Option<Arc<Automation>>);

/// What is known about a ticket besides the ticket.
struct Around {
    text: Option<String>,
    tags: BTreeSet<Tag>,
    who: Option<Who>,
    breach_at: Option<DateTime<Utc>>,
}

impl Desk {
    /// The tags of this desk; none in version 0, until somebody has declared some.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn tags(&self) -> Result<Versioned<Tags>, Error> {
        let known = self.read(TAGS).await?;
        Ok(known.unwrap_or_else(|| Versioned::new(Tags::default())))
    }

    /// Keeps the tags; `version` is the one that was read. From then on a tag that a command puts on goes
    /// by its name of today, and only where its account takes it.
    ///
    /// # Errors
    ///
    /// A conflict when somebody else has written them meanwhile; else when the store fails.
    pub async fn save_tags(&self, tags: &Tags, version: u64) -> Result<(), Error> {
        let (kind, key) = TAGS;
        let value = Document::new(kind, key, serde_json::json!(tags));
        self.save(Versioned { value, version }).await?;
        self.forget_automation();
        Ok(())
    }

    /// The rules of this desk; none in version 0, until somebody has written some.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn rules(&self) -> Result<Versioned<RuleSet>, Error> {
        let known = self.read(RULES).await?;
        Ok(known.unwrap_or_else(|| Versioned::new(RuleSet::default())))
    }

    /// Keeps the rules; `version` is the one that was read. Within a second every worker runs them over
    /// each message of a customer that comes in and is not answered yet, over what one of us does to a ticket,
    /// over replies that were sent, and over clocks that pass a point ([`Trigger`]). What they do is in
    /// the same commit, by [`System("rule …")`](Actor::System), and sets off no rule. Whom they tell finds it
    /// among their [notices](Self::notices). What they suggest comes first in [`suggest_playbooks`](Self::suggest_playbooks).
    ///
    /// # Errors
    ///
    /// When a rule makes no sense; a conflict when somebody else has written them meanwhile; else when
    /// the store fails.
    pub async fn save_rules(&self, rules: &RuleSet, version: u64) -> Result<(), Error> {
        rules.compile()?;
        let tells = |rule: &Rule| {
            let mut does = rule.then.iter();
            does.any(|action| matches!(action, Action::Notify { .. }))
        };
        if rules.rules.iter().any(tells) {
            self.begin_noticing().await?;
        }
        let (kind, key) = RULES;
        let value = Document::new(kind, key, serde_json::json!(rules));
        self.save(Versioned { value, version }).await?;
        self.forget_automation();
        Ok(())
    }

    /// What the rules come to for a ticket and its newest message as they stand; nothing is done.
    ///
    /// # Errors
    ///
    /// When there is no such ticket, or the store fails.
    pub async fn rules_on(&self, id: &TicketId) -> Result<Run, Error> {
        let Some(automation) = self.automation().await? else {
            return Ok(Run::default());
        };
        let ticket = self.ticket(id).await?;
        let around = self.around(&ticket, &automation.tags).await?;
        let facts = around.facts(&ticket, self.parts.sla.as_ref(), self.now());
        Ok(automation.rules.run(&facts))
    }

    /// Why each rule matches a ticket and its newest message as they stand, or does not.
    ///
    /// # Errors
    ///
    /// As [`rules_on`](Self::rules_on).
    pub async fn explain_rules(&self, id: &TicketId) -> Result<Vec<Explained>, Error> {
        let Some(automation) = self.automation().await? else {
            return Ok(Vec::new());
        };
        let ticket = self.ticket(id).await?;
        let around = self.around(&ticket, &automation.tags).await?;
        let facts = around.facts(&ticket, self.parts.sla.as_ref(), self.now());
        Ok(automation.rules.explain(&facts))
    }

    /// What rules would have done to the tickets opened in this time, at most so many tickets: "would have
    /// touched 214". Whatever sets off rules is looked at as its ticket stood then, what a ticket forbade or
    /// its account does not take left out; who its customer is, as is known today.
    /// O(messages and events of those tickets).
    ///
    /// # Errors
    ///
    /// When a rule makes no sense, or the store fails.
    pub async fn try_rules(
        &self,
        rules: &RuleSet,
        opened: Between,
        most: usize,
    ) -> Result<DryRun, Error> {
        let tags = self.tags().await?.value;
        let mut result = DryRun::of(rules);
        let rules = rules.clone().by_names_of_today(&tags).compile()?;
        let (asks, sla) = (rules.asks_who_writes(), self.parts.sla.as_ref());
        let mut query = TicketQuery::default();
        (query.opened, query.limit) = (opened, PAGE);
        let mut looked = 0;
        loop {
            let page = self.tickets(&query).await?;
            let full = query.go_on(&page) && page.len() == PAGE;
            let (mut wanted, mut these) = (Wanted::default(), BTreeSet::new());
            for row in page.into_iter().take(most - looked) {
                these.insert(row.ticket.id.clone());
                let messages = row.ticket.inbound().map(|m| m.message.clone());
                wanted.messages.extend(messages);
                wanted.histories.insert(row.ticket.key);
            }
            looked += these.len();
            let loaded = self.store().load(&wanted).await?;
            for (key, history) in &loaded.histories {
                let who = match asks {
                    true => Some(self.who(&key.customer).await?),
                    false => None,
                };
                let came = self.as_they_came(key, history).into_iter();
                for (event, ticket, message) in came.filter(|came| these.contains(&came.1.id)) {
                    let record = message.as_ref().and_then(|key| loaded.messages.get(key));
                    let written = record.and_then(|record| record.value.message.as_ref());
                    let around = Around {
                        text: written.map(aspa_channel::Message::text),
                        tags: tags.of(&ticket.tags),
                        who: who.clone(),
                        breach_at: self.breach_at(&ticket, event.at),
                    };
                    let mut run = rules.run(&after(around.facts(&ticket, sla, event.at), event));
                    run.actions.retain(|(_, action)| {
                        does_something(action, &ticket, message.as_ref(), &tags, event.at)
                    });
                    result.add(&ticket.id, run);
                }
            }
            if !full || looked >= most {
                return Ok(result);
            }
        }
    }

    /// Everything that sets off rules, with its ticket as it stood then and the message that they look at.
    fn as_they_came<'h>(
        &self,
        key: &TicketKey,
        history: &'h [Event],
    ) -> Vec<(&'h Event, Ticket, Option<MessageKey>)> {
        let mut ordered: Vec<&Event> = history.iter().collect();
        ordered.sort_by_cached_key(|event| event.order());
        let (mut tickets, mut came) = (Vec::new(), Vec::new());
        for event in ordered {
            step(&mut tickets, key, event, &self.parts.rules);
            if Trigger::of(event).is_none() {
                continue;
            }
            let about = |ticket: &&Ticket| match &event.kind {
                EventKind::Received { message, .. } | EventKind::Sent { message, .. } => {
                    ticket.messages.iter().any(|m| m.message == *message)
                }
                _ => Some(&ticket.id) == event.ticket.as_ref(),
            };
            if let Some(ticket) = tickets.iter().find(about) {
                let message = match &event.kind {
                    EventKind::Received { message, .. } => Some(message.clone()),
                    _ => ticket.newest_inbound().map(|m| m.message.clone()),
                };
                came.push((event, ticket.clone(), message));
            }
        }
        came
    }

    /// The rules and tags of this tenant; none where it has no rules.
    pub(crate) async fn automation(&self) -> Result<Option<Arc<Automation>>, Error> {
        let now = self.now();
        let fresh = |read: DateTime<Utc>| (now - read).abs() < READ_AGAIN;
        {
            let known = self.parts.automations.known.lock();
            let known = known.unwrap_or_else(PoisonError::into_inner);
            if let Some((_, automation)) = known.get(&self.tenant).filter(|(at, _)| fresh(*at)) {
                return Ok(automation.clone());
            }
        }
        let (rules, tags) = (self.rules().await?.value, self.tags().await?.value);
        let automation = match rules.rules.is_empty() {
            true => None,
            false => match rules.by_names_of_today(&tags).compile() {
                Ok(rules) => Some(Arc::new(Automation { rules, tags })),
                // Another version saved them. What comes in is decided all the same.
                Err(error) => {
                    tracing::error!(%error, "the stored rules are not run");
                    None
                }
            },
        };
        let known = self.parts.automations.known.lock();
        let mut known = known.unwrap_or_else(PoisonError::into_inner);
        known.insert(self.tenant.clone(), (now, automation.clone()));
        Ok(automation)
    }

    fn forget_automation(&self) {
        let known = self.parts.automations.known.lock();
        let mut known = known.unwrap_or_else(PoisonError::into_inner);
        known.remove(&self.tenant);
    }

    /// The same command, about tags by their names of today.
    pub(crate) async fn by_names_of_today(
        &self,
        ticket: &Ticket,
        command: Command,
    ) -> Result<Command, Error> {
        Ok(match command {
            Command::Tag { tag } => {
                let account = &ticket.key.conversation.account;
                let tag = self.tags().await?.value.check(account, &tag)?;
                Command::Tag { tag }
            }
            Command::Untag { tag } => {
                let tags = self.tags().await?.value;
                let is_it = |own: &&Tag| tags.current(own) == tags.current(&tag);
                let tag = ticket.tags.iter().find(is_it).cloned().unwrap_or(tag);
                Command::Untag { tag }
            }
            other => other,
        })
    }

    async fn around(&self, ticket: &Ticket, tags: &Tags) -> Result<Around, Error> {
        let mut wanted = Wanted::default();
        let newest = ticket.newest_inbound().map(|m| m.message.clone());
        wanted.messages.extend(newest);
        let loaded = self.store().load(&wanted).await?;
        let messages = loaded.messages.into_values();
        let mut texts = messages.filter_map(|row| row.value.message.map(|m| m.text()));
        Ok(Around {
            text: texts.next(),
            tags: tags.of(&ticket.tags),
            who: Some(self.who(&ticket.key.customer).await?),
            breach_at: self.breach_at(ticket, self.now()),
        })
    }

    async fn who(&self, handle: &HandleKey) -> Result<Who, Error> {
        let link = self.link(handle).await?;
        let mut wanted = Wanted::default();
        wanted
            .customers
            .extend(link.iter().filter_map(|link| link.customer.clone()));
        wanted.handles.insert(handle.clone());
        let loaded = self.store().load(&wanted).await?;
        let profile = loaded.handles.get(handle).map(|row| &row.value);
        let customer = loaded.customers.values().next();
        Ok(Who::of(profile, link.as_ref(), customer))
    }

    fn breach_at(&self, ticket: &Ticket, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        clocks::breach_at(self.parts.sla.as_ref(), ticket, now)
    }
}

impl Around {
    fn facts<'a>(&'a self, ticket: &'a Ticket, sla: Option<&Sla>, now: DateTime<Utc>) -> Facts<'a> {
        let mut facts = Facts::of(ticket, now);
        facts.trigger = Some(Trigger::Received);
        facts.text = self.text.as_deref();
        facts.tags = Some(&self.tags);
        facts.customer_known = self.who.as_ref().map(|who| who.known);
        facts.tier = self.who.as_ref().and_then(|who| who.tier.as_deref());
        facts.followers = self.who.as_ref().and_then(|who| who.followers);
        facts.breach_at = self.breach_at;
        if let Some(sla) = sla {
            let calendar = sla.calendar();
            let local = now.with_timezone(&calendar.zone());
            let minute = local.hour() * 60 + local.minute();
            facts.open = Some(calendar.is_open(now));
            facts.local = Some(Local {
                weekday: u8::try_from(local.weekday().number_from_monday()).unwrap_or(1),
                minute: u16::try_from(minute).unwrap_or(0),
            });
        }
        facts
    }
}

/// Runs the rules over the messages of customers that the batch has brought and that are not answered
/// yet; what they do is part of the batch.
pub(crate) fn run_rules(
    world: &mut World<'_>,
    automation: &Automation,
    sla: Option<&Sla>,
    now: DateTime<Utc>,
) {
    for (key, message) in world.written() {
        let Some((ticket, text)) = world.come(&key, &message) else {
            continue;
        };
        let waits = |m: &aspa_ticket::Attached| {
            m.message == message && m.disposition == Disposition::Unhandled
        };
        if !ticket.inbound().any(waits) {
            continue;
        }
        let Ok(who) = automation.who(world, &key.customer) else {
            continue;
        };
        let around = Around {
            text,
            tags: automation.tags.of(&ticket.tags),
            who,
            breach_at: clocks::breach_at(sla, &ticket, now),
        };
        let run = automation.rules.run(&around.facts(&ticket, sla, now));
        carry_out(world, automation, ticket, Some(&message), run, now);
    }
}

/// Runs the rules over what was done to a ticket, by one of us or by a clock, in the same commit. What the
/// system did sets off nothing, so that rules end.
pub(crate) fn run_rules_after(
    world: &mut World<'_>,
    automation: &Automation,
    sla: Option<&Sla>,
    about: (&TicketKey, &TicketId),
    events: &[Event],
    now: DateTime<Utc>,
) {
    for event in events {
        if Trigger::of(event).is_none() {
            continue;
        }
        let Some((ticket, text)) = world.stands(about.0, about.1) else {
            continue;
        };
        let Ok(who) = automation.who(world, &about.0.customer) else {
            continue;
        };
        let around = Around {
            text,
            tags: automation.tags.of(&ticket.tags),
            who,
            breach_at: clocks::breach_at(sla, &ticket, now),
        };
        let facts = after(around.facts(&ticket, sla, now), event);
        let run = automation.rules.run(&facts);
        let newest = ticket.newest_inbound().map(|m| m.message.clone());
        carry_out(world, automation, ticket, newest.as_ref(), run, now);
    }
}

/// The same facts, where this has happened.
fn after<'a>(mut facts: Facts<'a>, event: &'a Event) -> Facts<'a> {
    facts.trigger = Trigger::of(event);
    if let EventKind::ClockPassed { clock, point, .. } = &event.kind {
        facts.clock = Some((clock, point));
    }
    facts
}

/// Does what the rules come to.
fn carry_out(
    world: &mut World<'_>,
    automation: &Automation,
    mut ticket: Ticket,
    message: Option<&MessageKey>,
    run: Run,
    now: DateTime<Utc>,
) {
    let (key, at) = (ticket.key.clone(), now.max(ticket.active_at()));
    for (rule, action) in run.actions {
        let by = Actor::System(format!("rule {rule}"));
        if let Action::Notify { to } = action {
            let called = Event::new(at, by, EventKind::Called { to });
            let _ = world.happen(&key, called.on(ticket.id.clone()));
            continue;
        }
        let Some(command) = command(action, &ticket, message, &automation.tags) else {
            continue;
        };
        // What the ticket's own rules forbid, such as on a closed one, is not done.
        for event in ticket.decide(command, &by, at).unwrap_or_default() {
            ticket.apply(&event);
            // What is missing has been noted, and `finish` tells.
            let _ = world.happen(&key, event);
        }
    }
}

/// Whether carrying an action out would change or tell anything.
fn does_something(
    action: &Action,
    ticket: &Ticket,
    message: Option<&MessageKey>,
    tags: &Tags,
    at: DateTime<Utc>,
) -> bool {
    if matches!(action, Action::Notify { .. } | Action::Suggest { .. }) {
        return true;
    }
    let by = Actor::System("dry run".to_owned());
    let command = command(action.clone(), ticket, message, tags);
    let events = command.map(|command| ticket.decide(command, &by, at.max(ticket.active_at())));
    events.is_some_and(|events| events.is_ok_and(|events| !events.is_empty()))
}

/// What an action is to a ticket; none where it is none, or the account does not take the tag.
fn command(
    action: Action,
    ticket: &Ticket,
    message: Option<&MessageKey>,
    tags: &Tags,
) -> Option<Command> {
    let account = &ticket.key.conversation.account;
    Some(match action {
        Action::Tag { tag } => Command::Tag {
            tag: tags.check(account, &tag).ok()?,
        },
        Action::Untag { tag } => {
            let is_it = |own: &&Tag| tags.current(own) == tags.current(&tag);
            let tag = ticket.tags.iter().find(is_it)?.clone();
            Command::Untag { tag }
        }
        Action::Route { team } => Command::Route { team: Some(team) },
        Action::Assign { agent } => Command::Assign {
            to: Some(agent),
            until: None,
        },
        Action::Prioritise { priority } => Command::Prioritise {
            priority: Some(priority),
        },
        Action::Dispose { disposition } => Command::Dispose {
            message: message?.clone(),
            disposition,
        },
        _ => return None,
    })
}
