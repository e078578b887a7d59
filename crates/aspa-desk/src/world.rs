//! What is known while a batch is decided: rows as they were loaded, and over them what the batch
//! makes of them. Whatever is needed and was not loaded is noted, so that it can be loaded and the
//! batch decided again.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use aspa_channel::{Handle, MessageKey};
use aspa_crm::{Customer, Field};
use aspa_identity::{Evidence, Link, LinkState};
use aspa_sla::Sla;
use aspa_store::{
    Changes, Loaded, MessageRecord, Note, OutboxRow, Person, Purge, Versioned, Wanted,
};
use aspa_ticket::{
    Actor, Attached, Category, Cover, Decided, Disposition, Event, EventKind, Regroup, Rules,
    Ticket, TicketKey, fold, mirror, step, undo,
};
use aspa_types::{EffectKey, HandleKey, TicketId};
use chrono::{DateTime, Utc};

/// Rows as they were loaded, and what was asked for: what was asked for and is not here, is not.
#[derive(Debug, Default)]
pub(crate) struct Known {
    asked: Wanted,
    rows: Loaded,
}

impl Known {
    /// Somebody as loaded; none where that was not asked for.
    pub(crate) fn person(&self, handle: &HandleKey) -> Option<&Person> {
        self.rows.people.get(handle)
    }

    /// A ticket as loaded; none where there is none or it was not asked for.
    pub(crate) fn find(&self, key: &TicketKey, id: &TicketId) -> Option<&Ticket> {
        let tickets = self.rows.tickets.get(key)?.iter();
        let mut tickets = tickets.map(|row| &row.value);
        tickets.find(|ticket| ticket.id == *id)
    }

    /// What of `wanted` was not asked for before.
    pub(crate) fn lacks(&self, wanted: Wanted) -> Wanted {
        let mut lacking = wanted;
        lacking
            .messages
            .retain(|key| !self.asked.messages.contains(key));
        lacking
            .awaiting
            .retain(|key| !self.asked.awaiting.contains(key));
        lacking
            .handles
            .retain(|key| !self.asked.handles.contains(key));
        lacking
            .tickets
            .retain(|key| !self.asked.tickets.contains(key));
        lacking
            .histories
            .retain(|key| !self.asked.histories.contains(key));
        lacking
            .people
            .retain(|key| !self.asked.people.contains(key));
        lacking
            .customers
            .retain(|key| !self.asked.customers.contains(key));
        lacking
            .effects
            .retain(|key| !self.asked.effects.contains(key));
        lacking
    }

    pub(crate) fn learn(&mut self, mut asked: Wanted, rows: Loaded) {
        // What has no row is known to have none.
        for key in &asked.awaiting {
            self.rows.awaiting.entry(key.clone()).or_default();
        }
        for key in &asked.tickets {
            self.rows.tickets.entry(key.clone()).or_default();
        }
        for key in &asked.histories {
            self.rows.histories.entry(key.clone()).or_default();
        }
        for key in &asked.people {
            self.rows.people.entry(key.clone()).or_default();
        }
        self.asked.messages.append(&mut asked.messages);
        self.asked.awaiting.append(&mut asked.awaiting);
        self.asked.handles.append(&mut asked.handles);
        self.asked.tickets.append(&mut asked.tickets);
        self.asked.histories.append(&mut asked.histories);
        self.asked.people.append(&mut asked.people);
        self.asked.customers.append(&mut asked.customers);
        self.asked.effects.append(&mut asked.effects);
        self.rows.messages.extend(rows.messages);
        self.rows.awaiting.extend(rows.awaiting);
        self.rows.handles.extend(rows.handles);
        self.rows.tickets.extend(rows.tickets);
        self.rows.histories.extend(rows.histories);
        self.rows.people.extend(rows.people);
        self.rows.customers.extend(rows.customers);
        self.rows.effects.extend(rows.effects);
    }
}

/// The tickets about one key, while the batch changes them.
#[derive(Debug, Default)]
struct Line {
    before: Vec<Versioned<Ticket>>,
    tickets: Vec<Ticket>,
    appended: Vec<Event>,
    /// Whether something came late, so that the whole history is folded once all has come.
    late: bool,
    /// Of how much of it other tickets have been told.
    told: usize,
    /// Whether all its tickets are written, also those that are the same.
    touched: bool,
}

/// Something is needed that was not loaded; it has been noted.
#[derive(Debug)]
pub(crate) struct Missing;

/// Who the customer with a handle is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Who {
    /// Whether we know them.
    pub(crate) known: bool,
    /// What the CRM says how important they are.
    pub(crate) tier: Option<String>,
    /// How many follow them.
    pub(crate) followers: Option<u64>,
}

impl Who {
    /// By the handle, its link, and the customer whom it names.
    pub(crate) fn of(
        handle: Option<&Handle>,
        link: Option<&Link>,
        customer: Option<&Customer>,
    ) -> Self {
        let linked = link.is_some_and(|link| link.state == LinkState::Linked);
        let tier = customer.filter(|_| linked);
        let tier = tier.and_then(|customer| customer.value(&Field::Tier));
        Self {
            known: linked,
            tier: tier.map(str::to_owned),
            followers: handle.and_then(|handle| Some(handle.followers?.count)),
        }
    }
}

/// What tells who a handle is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Met<'a> {
    stored: &'a [Evidence],
    added: &'a [Evidence],
    /// The link as it was stored.
    pub(crate) link: Option<&'a Versioned<Link>>,
}

impl<'a> Met<'a> {
    pub(crate) fn evidence(self) -> impl Iterator<Item = &'a Evidence> {
        self.stored.iter().chain(self.added)
    }
}

/// What a batch makes of what is known.
#[derive(Debug)]
pub(crate) struct World<'a> {
    known: &'a Known,
    rules: Rules,
    missing: Wanted,
    messages: HashMap<MessageKey, Versioned<MessageRecord>>,
    purged: BTreeMap<MessageKey, u64>,
    absent: BTreeSet<MessageKey>,
    awaiting: HashMap<MessageKey, BTreeSet<MessageKey>>,
    handles: HashMap<HandleKey, Versioned<Handle>>,
    effects: HashMap<EffectKey, Versioned<OutboxRow>>,
    lines: HashMap<TicketKey, Line>,
    forgotten: BTreeSet<HandleKey>,
    evidence: BTreeMap<HandleKey, Vec<Evidence>>,
    authors: BTreeSet<HandleKey>,
    links: Vec<Versioned<Link>>,
    history: Vec<(TicketKey, Event)>,
    written: Vec<(TicketKey, MessageKey)>,
    pub(crate) notes: Vec<Note>,
}

impl<'a> World<'a> {
    pub(crate) fn new(known: &'a Known, rules: Rules) -> Self {
        Self {
            known,
            rules,
            missing: Wanted::default(),
            messages: HashMap::new(),
            purged: BTreeMap::new(),
            absent: BTreeSet::new(),
            awaiting: HashMap::new(),
            handles: HashMap::new(),
            effects: HashMap::new(),
            lines: HashMap::new(),
            forgotten: BTreeSet::new(),
            evidence: BTreeMap::new(),
            authors: BTreeSet::new(),
            links: Vec::new(),
            history: Vec::new(),
            written: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The record of a message, to be changed; an empty one where there is none.
    pub(crate) fn message(&mut self, key: &MessageKey) -> Result<&mut MessageRecord, Missing> {
        if !self.messages.contains_key(key) {
            let row = match self.known.rows.messages.get(key) {
                Some(row) => row.clone(),
                None if self.known.asked.messages.contains(key) => {
                    Versioned::new(MessageRecord::new(key.clone()))
                }
                None => {
                    self.missing.messages.insert(key.clone());
                    return Err(Missing);
                }
            };
            self.messages.insert(key.clone(), row);
        }
        self.messages
            .get_mut(key)
            .map(|row| &mut row.value)
            .ok_or(Missing)
    }

    /// The record of a message, to be looked at; none where nothing is known of it.
    pub(crate) fn look(&mut self, key: &MessageKey) -> Result<Option<&MessageRecord>, Missing> {
        if let Some(row) = self.messages.get(key) {
            return Ok(Some(&row.value));
        }
        match self.known.rows.messages.get(key) {
            Some(row) => Ok(Some(&row.value)),
            None if self.known.asked.messages.contains(key) => Ok(None),
            None => {
                self.missing.messages.insert(key.clone());
                Err(Missing)
            }
        }
    }

    /// Takes the record of a message away: it stands under another name now.
    pub(crate) fn purge(&mut self, key: &MessageKey) -> Result<(), Missing> {
        self.message(key)?;
        if let Some(row) = self.messages.remove(key).filter(|row| row.version > 0) {
            self.purged.insert(key.clone(), row.version);
        }
        Ok(())
    }

    /// An effect of the outbox, to be changed; none where there is none.
    pub(crate) fn effect(&mut self, key: &EffectKey) -> Result<Option<&mut OutboxRow>, Missing> {
        if !self.effects.contains_key(key) {
            match self.known.rows.effects.get(key) {
                Some(row) => {
                    self.effects.insert(key.clone(), row.clone());
                }
                None if self.known.asked.effects.contains(key) => return Ok(None),
                None => {
                    self.missing.effects.insert(key.clone());
                    return Err(Missing);
                }
            }
        }
        Ok(self.effects.get_mut(key).map(|row| &mut row.value))
    }

    /// Notes that a message waits for the one it answers. That this one is not there is part of what is
    /// decided: its record is written as it is, empty, so that whoever brings it at the same time is in
    /// conflict.
    pub(crate) fn await_parent(
        &mut self,
        child: &MessageKey,
        parent: &MessageKey,
    ) -> Result<(), Missing> {
        self.message(parent)?;
        self.absent.insert(parent.clone());
        self.awaiting
            .entry(parent.clone())
            .or_default()
            .insert(child.clone());
        Ok(())
    }

    /// Takes the messages that wait for this one.
    pub(crate) fn awaiting(&mut self, key: &MessageKey) -> Result<BTreeSet<MessageKey>, Missing> {
        let mut waiting = self.awaiting.remove(key).unwrap_or_default();
        match self.known.rows.awaiting.get(key) {
            Some(stored) => {
                for child in stored {
                    // One that the batch has settled meanwhile waits no longer.
                    if self
                        .messages
                        .get(child)
                        .is_none_or(|row| row.value.awaits.is_some())
                    {
                        waiting.insert(child.clone());
                    }
                }
            }
            None if self.known.asked.awaiting.contains(key) => {}
            None => {
                self.missing.awaiting.insert(key.clone());
                return Err(Missing);
            }
        }
        Ok(waiting)
    }

    /// Takes in what was seen of a handle.
    pub(crate) fn meet(&mut self, handle: &Handle) -> Result<(), Missing> {
        let key = &handle.key;
        if !self.handles.contains_key(key) {
            let row = match self.known.rows.handles.get(key) {
                Some(row) => row.clone(),
                None if self.known.asked.handles.contains(key) => {
                    Versioned::new(Handle::new(key.clone()))
                }
                None => {
                    self.missing.handles.insert(key.clone());
                    return Err(Missing);
                }
            };
            self.handles.insert(key.clone(), row);
        }
        if let Some(row) = self.handles.get_mut(key) {
            row.value.merge(handle);
        }
        Ok(())
    }

    /// What tells who a handle is: as stored, and what the batch has added.
    pub(crate) fn person(&mut self, key: &HandleKey) -> Result<Met<'_>, Missing> {
        let Some(person) = self.known.rows.people.get(key) else {
            self.missing.people.insert(key.clone());
            return Err(Missing);
        };
        Ok(Met {
            stored: match self.forgotten.contains(key) {
                true => &[],
                false => &person.evidence,
            },
            added: self.evidence.get(key).map_or(&[], Vec::as_slice),
            link: person.link.as_ref(),
        })
    }

    /// Adds evidence.
    pub(crate) fn tell(&mut self, key: &HandleKey, evidence: Evidence) {
        self.evidence.entry(key.clone()).or_default().push(evidence);
    }

    /// Drops all evidence that is stored of a handle.
    pub(crate) fn forget(&mut self, key: &HandleKey) {
        self.forgotten.insert(key.clone());
    }

    /// Notes somebody who has written and of whom nothing was decided yet.
    pub(crate) fn meet_author(&mut self, key: &HandleKey) {
        self.authors.insert(key.clone());
    }

    /// The handles that are to be decided: those with new evidence, and new authors.
    pub(crate) fn undecided(&self) -> Vec<HandleKey> {
        let all: BTreeSet<&HandleKey> = self.evidence.keys().chain(&self.authors).collect();
        all.into_iter().cloned().collect()
    }

    pub(crate) fn link(&mut self, link: Versioned<Link>) {
        self.links.push(link);
    }

    /// Has the tickets about `key` written anew, with the clocks and timers they have now.
    pub(crate) fn touch(&mut self, key: &TicketKey) {
        // What is missing has been noted, and `finish` tells.
        if let Ok(line) = self.line(key) {
            line.touched = true;
        }
    }

    fn line(&mut self, key: &TicketKey) -> Result<&mut Line, Missing> {
        match self.lines.entry(key.clone()) {
            Entry::Occupied(line) => Ok(line.into_mut()),
            Entry::Vacant(place) => {
                let Some(before) = self.known.rows.tickets.get(key) else {
                    self.missing.tickets.insert(key.clone());
                    return Err(Missing);
                };
                Ok(place.insert(Line {
                    before: before.clone(),
                    tickets: before.iter().map(|row| row.value.clone()).collect(),
                    appended: Vec::new(),
                    late: false,
                    told: 0,
                    touched: false,
                }))
            }
        }
    }

    /// Takes in what happened about a customer in a conversation.
    pub(crate) fn happen(&mut self, key: &TicketKey, event: Event) -> Result<(), Missing> {
        let rules = self.rules;
        let known = self.known;
        let line = self.line(key)?;
        if !line.late && line.tickets.iter().all(|ticket| ticket.is_next(&event)) {
            step(&mut line.tickets, key, &event, &rules);
        } else if known.rows.histories.contains_key(key) {
            line.late = true;
        } else {
            self.missing.histories.insert(key.clone());
            return Err(Missing);
        }
        line.appended.push(event.clone());
        self.history.push((key.clone(), event));
        Ok(())
    }

    /// Notes a message of a customer, to be looked at by rules.
    pub(crate) fn wrote(&mut self, key: &TicketKey, message: &MessageKey) {
        self.written.push((key.clone(), message.clone()));
    }

    /// Takes the messages that were noted.
    pub(crate) fn written(&mut self) -> Vec<(TicketKey, MessageKey)> {
        std::mem::take(&mut self.written)
    }

    /// The ticket that a message is on as things stand, with what the message says.
    pub(crate) fn come(
        &mut self,
        key: &TicketKey,
        message: &MessageKey,
    ) -> Option<(Ticket, Option<String>)> {
        self.fold_late();
        let text = self.messages.get(message);
        let text = text.and_then(|row| row.value.message.as_ref().map(|m| m.text()));
        let tickets = &self.lines.get(key)?.tickets;
        let holds = |ticket: &&Ticket| ticket.inbound().any(|m| m.message == *message);
        Some((tickets.iter().find(holds)?.clone(), text))
    }

    /// A ticket as things stand, and what its customer wrote last. None where something is missing, which
    /// has been noted.
    pub(crate) fn stands(
        &mut self,
        key: &TicketKey,
        id: &TicketId,
    ) -> Option<(Ticket, Option<String>)> {
        self.fold_late();
        let line = self.line(key).ok()?;
        let ticket = line.tickets.iter().find(|one| one.id == *id)?.clone();
        let newest = ticket.newest_inbound().map(|m| m.message.clone());
        let written = newest.map(|key| self.look(&key).map(|row| row.cloned()));
        let record = written.transpose().ok()?.flatten();
        let text = record.and_then(|record| record.message.map(|m| m.text()));
        Some((ticket, text))
    }

    /// Which customer has this handle, as far as is known by now.
    pub(crate) fn who(&mut self, handle: &HandleKey) -> Result<Who, Missing> {
        let Some(person) = self.known.rows.people.get(handle) else {
            self.missing.people.insert(handle.clone());
            return Err(Missing);
        };
        let profile = self.handles.get(handle);
        let profile = profile.or_else(|| self.known.rows.handles.get(handle));
        if profile.is_none() && !self.known.asked.handles.contains(handle) {
            self.missing.handles.insert(handle.clone());
            return Err(Missing);
        }
        let profile = profile.map(|row| &row.value);
        let new = self.links.iter().find(|row| row.value.handle == *handle);
        let link = new.or(person.link.as_ref()).map(|row| &row.value);
        let linked = link.filter(|link| link.state == LinkState::Linked);
        let Some(id) = linked.and_then(|link| link.customer.as_ref()) else {
            return Ok(Who::of(profile, linked, None));
        };
        let customer = self.known.rows.customers.get(id);
        if customer.is_none() && !self.known.asked.customers.contains(id) {
            self.missing.customers.insert(id.clone());
            return Err(Missing);
        }
        Ok(Who::of(profile, linked, customer))
    }

    /// Folds the histories in which something came late.
    fn fold_late(&mut self) {
        for (key, line) in &mut self.lines {
            if line.late {
                let history = self.known.rows.histories.get(key).into_iter().flatten();
                let all: Vec<Event> = history.chain(&line.appended).cloned().collect();
                line.tickets = fold(key, &all, &self.rules);
            }
        }
    }

    /// Tells other tickets what follows there from what has happened here: what has changed on a
    /// bundled one, what a public answer covers, what became of a message that was moved. Twice at
    /// most: bundles have one level.
    fn tell_others(&mut self, now: DateTime<Utc>) {
        for _ in 0..3 {
            self.fold_late();
            let plain = |ticket: &Ticket| ticket.regrouped.is_empty() && ticket.covers.is_empty();
            let news =
                |line: &Line| line.told < line.appended.len() && !line.tickets.iter().all(plain);
            let lines = self.lines.iter().filter(|(_, line)| news(line));
            let mut keys: Vec<TicketKey> = lines.map(|(key, _)| key.clone()).collect();
            keys.sort();
            let mut follows: Vec<(TicketKey, Event)> = Vec::new();
            for key in keys {
                // What is missing has been noted, and all is decided again.
                let _ = self.tell_of(&key, now, &mut follows);
            }
            if follows.is_empty() {
                return;
            }
            for (key, event) in follows {
                let _ = self.happen(&key, event);
            }
        }
    }

    fn tell_of(
        &mut self,
        key: &TicketKey,
        now: DateTime<Utc>,
        follows: &mut Vec<(TicketKey, Event)>,
    ) -> Result<(), Missing> {
        let line = self.line(key)?;
        let news: Vec<Event> = line.appended.get(line.told..).unwrap_or_default().to_vec();
        let tickets = line.tickets.clone();
        for ticket in &tickets {
            if let Some((into, about)) = ticket.bundled() {
                let target = self.line(about)?.tickets.iter().find(|t| t.id == *into);
                let at = target.map_or(now, |target| now.max(target.active_at()));
                let over = target.is_some_and(|target| target.category == Category::Closed);
                follows.extend(target.and_then(|target| mirror(ticket, target, at)));
                if over {
                    let_go(ticket, at, follows);
                }
            }
            if ticket.category == Category::Closed {
                let joined: Vec<_> = ticket.joined().map(|(id, key)| (id, key.clone())).collect();
                for (id, about) in joined {
                    let all = &self.line(&about)?.tickets;
                    if let Some(bundled) = all.iter().find(|ticket| ticket.id == *id) {
                        let_go(bundled, now.max(bundled.active_at()), follows);
                    }
                }
            }
            for event in &news {
                self.covered(ticket, event, follows)?;
                self.uncovered(ticket, event, follows)?;
                if let EventKind::Withdrawn { message } | EventKind::Restored { message } =
                    &event.kind
                    && let Some((to, about)) = ticket.moved(message)
                    && about != key
                {
                    let event = event.clone().on(to.clone());
                    follows.push((about.clone(), event));
                }
            }
        }
        let line = self.line(key)?;
        line.told = line.appended.len();
        Ok(())
    }

    /// A public answer of this ticket was sent: what it covers elsewhere, and what nobody has decided
    /// yet, is covered.
    fn covered(
        &mut self,
        ticket: &Ticket,
        event: &Event,
        follows: &mut Vec<(TicketKey, Event)>,
    ) -> Result<(), Missing> {
        let EventKind::Sent {
            message: by,
            effect: Some(effect),
            ..
        } = &event.kind
        else {
            return Ok(());
        };
        let covers = ticket.covers.get(effect).into_iter().flatten();
        let decided = match &event.by {
            Actor::Us(Some(agent)) => Decided::Agent(agent.clone()),
            _ => Decided::Rule("public answer".to_owned()),
        };
        for Cover {
            ticket,
            about,
            message,
        } in covers
        {
            let line = self.line(about)?;
            let mut all = line.tickets.iter().flat_map(|ticket| &ticket.messages);
            let waits =
                |m: &Attached| m.message == *message && m.disposition == Disposition::Unhandled;
            if !all.any(waits) {
                continue;
            }
            let latest = line.tickets.iter().map(Ticket::active_at).max();
            let at = latest.map_or(event.at, |latest| latest.max(event.at));
            let kind = EventKind::Disposed {
                message: message.clone(),
                disposition: Disposition::Covered { by: by.clone() },
                decided: decided.clone(),
            };
            let disposed = Event::new(at, event.by.clone(), kind).on(ticket.clone());
            follows.push((about.clone(), disposed));
        }
        Ok(())
    }

    /// A public answer of this ticket reached nobody after all: what it covered elsewhere waits again.
    fn uncovered(
        &mut self,
        ticket: &Ticket,
        event: &Event,
        follows: &mut Vec<(TicketKey, Event)>,
    ) -> Result<(), Missing> {
        let EventKind::ReplyFailed { effect } = &event.kind else {
            return Ok(());
        };
        let mut sent = ticket.outbound();
        let Some(by) = sent.find(|m| m.effect.as_ref() == Some(effect)) else {
            return Ok(());
        };
        let covered = Disposition::Covered {
            by: by.message.clone(),
        };
        for cover in ticket.covers.get(effect).into_iter().flatten() {
            let line = self.line(&cover.about)?;
            let mut all = line.tickets.iter().flat_map(|ticket| &ticket.messages);
            if !all.any(|m| m.message == cover.message && m.disposition == covered) {
                continue;
            }
            let latest = line.tickets.iter().map(Ticket::active_at).max();
            let at = latest.map_or(event.at, |latest| latest.max(event.at));
            let kind = EventKind::Disposed {
                message: cover.message.clone(),
                disposition: Disposition::Unhandled,
                decided: Decided::Undecided,
            };
            let waits = Event::new(at, event.by.clone(), kind).on(cover.ticket.clone());
            follows.push((cover.about.clone(), waits));
        }
        Ok(())
    }

    /// What we wrote on the tickets about `key`, first to last, as things stand.
    pub(crate) fn outbound(&mut self, key: &TicketKey) -> Result<Vec<Attached>, Missing> {
        let tickets = self.line(key)?.tickets.iter();
        Ok(tickets.flat_map(Ticket::outbound).cloned().collect())
    }

    /// The replies that the tickets about `key` wait for.
    pub(crate) fn queued(&mut self, key: &TicketKey) -> Result<Vec<EffectKey>, Missing> {
        let tickets = self.line(key)?.tickets.iter();
        Ok(tickets.flat_map(|ticket| &ticket.queued).cloned().collect())
    }

    /// A ticket as it was loaded.
    pub(crate) fn find(&self, key: &TicketKey, id: &TicketId) -> Option<Ticket> {
        self.known.find(key, id).cloned()
    }

    /// Everything to be written; or, if something was missing, what to load.
    pub(crate) fn finish(
        mut self,
        sla: Option<&Sla>,
        now: DateTime<Utc>,
    ) -> Result<Changes, Box<Wanted>> {
        self.tell_others(now);
        if !self.missing.is_empty() {
            return Err(Box::new(self.missing));
        }
        let mut changes = Changes::default();
        let known = &self.known.rows;
        let absent = |record: &MessageRecord| self.absent.contains(&record.key);
        changes.messages = sorted(self.messages, &known.messages, |r| r.key.clone(), absent);
        let purged = self.purged.into_iter();
        let purged = purged.map(|(key, version)| {
            Purge::Message(Versioned {
                value: key,
                version,
            })
        });
        changes.purged = purged.collect();
        changes.handles = sorted(self.handles, &known.handles, |h| h.key.clone(), |_| false);
        let key = |row: &OutboxRow| row.effect.key.clone();
        changes.outbox = sorted(self.effects, &known.effects, key, |_| false);
        changes.forgotten = self.forgotten.into_iter().collect();
        changes.evidence = self
            .evidence
            .into_iter()
            .flat_map(|(key, all)| pair_with(key, all))
            .collect();
        changes.links = self.links;
        changes
            .links
            .sort_by(|a, b| a.value.handle.cmp(&b.value.handle));
        changes.notes = self.notes;
        changes.history = self.history;
        let mut lines: Vec<(TicketKey, Line)> = self.lines.into_iter().collect();
        lines.sort_by(|a, b| a.0.cmp(&b.0));
        for (_, line) in lines {
            let version = |id: &TicketId| line.before.iter().find(|row| row.value.id == *id);
            for old in &line.before {
                if line.tickets.iter().all(|ticket| ticket.id != old.value.id) {
                    let (value, version) = (old.value.id.clone(), old.version);
                    changes.removed.push(Versioned { value, version });
                }
            }
            for (i, ticket) in line.tickets.iter().enumerate() {
                let old = version(&ticket.id);
                // The latest is written even if it is the same: its version guards the history.
                let latest = i + 1 == line.tickets.len();
                if latest || line.touched || old.is_none_or(|old| old.value != *ticket) {
                    let value = crate::clocks::row(sla, &self.rules, ticket.clone(), now);
                    let version = old.map_or(0, |old| old.version);
                    changes.tickets.push(Versioned { value, version });
                }
            }
        }
        Ok(changes)
    }
}

/// A bundled ticket whose target is closed, and whose customer waits, is on its own again, as if it had
/// never been bundled: nobody would see it otherwise.
fn let_go(bundled: &Ticket, at: DateTime<Utc>, follows: &mut Vec<(TicketKey, Event)>) {
    let waits = |m: &Attached| m.disposition == Disposition::Unhandled;
    if bundled.category != Category::Bundled || !bundled.inbound().any(waits) {
        return;
    }
    let by = Actor::System("bundle".to_owned());
    for (act, what) in &bundled.regrouped {
        if matches!(what, Regroup::Bundled { .. }) {
            follows.extend(undo(bundled, act, &by, at).unwrap_or_default());
        }
    }
}

fn pair_with(key: HandleKey, all: Vec<Evidence>) -> impl Iterator<Item = (HandleKey, Evidence)> {
    all.into_iter().map(move |evidence| (key.clone(), evidence))
}

/// The rows that differ from what was loaded, or are to be written anyway, in the order of their keys.
fn sorted<K: Ord + std::hash::Hash + Eq, T: PartialEq>(
    rows: HashMap<K, Versioned<T>>,
    loaded: &HashMap<K, Versioned<T>>,
    key: impl Fn(&T) -> K,
    anyway: impl Fn(&T) -> bool,
) -> Vec<Versioned<T>> {
    let changed = |row: &Versioned<T>| {
        let old = loaded.get(&key(&row.value));
        old.is_none_or(|old| old != row) || anyway(&row.value)
    };
    let mut rows: Vec<Versioned<T>> = rows.into_values().filter(changed).collect();
    rows.sort_by_cached_key(|row| key(&row.value));
    rows
}
