//! How a person is erased: step by step, each a small commit with the place where it goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use aspa_channel::{EffectKind, EventKind};
use aspa_crm::EffectKind as Write;
use aspa_store::{
    Attempt, Changes, Document, ERASED, MessageRecord, OutboxQuery, OutboxRow, Purge, Redactor,
    Rewritten, SavedName, SavedQuery, TicketCursor, TicketQuery, Versioned, Wanted,
};
use aspa_ticket::{Event, TicketKey};
use aspa_types::{AgentId, CustomerId, DeliveryId, EffectKey, HandleKey};
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::files::{files_in, files_of};
use super::stones::{happened, whose_doing};
use crate::asking::{ASKED, ASKING, names_anybody};
use crate::assigning::OWNER;
use crate::crm::{CASE, is_about, unwrapped};
use crate::desk::Desk;
use crate::error::Error;

const JOB: &str = "erasure_job";
const PAGE: usize = 500;
/// How often a step is done again when others keep being first.
const TRIES: usize = 64;

/// What is gone through, in this order: the inbox first, so that nothing that waits there comes in
/// behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    Inbox,
    Lines,
    People,
    Messages,
    Effects,
    Notes,
    Tickets,
    Queries,
    Notices,
    Kept,
    Deliveries,
    Scrub,
}

/// An erasure that has not ended. It holds what is looked for, which goes with its last step.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) id: String,
    pub(super) erased_at: DateTime<Utc>,
    pub(super) by: Option<AgentId>,
    pub(super) subjects: BTreeSet<String>,
    pub(super) handles: Vec<(HandleKey, HandleKey)>,
    pub(super) customers: Vec<CustomerId>,
    pub(super) words: BTreeSet<String>,
    /// Tickets that have another id since their key is another.
    pub(super) renamed: BTreeMap<String, String>,
    /// Messages and effects of the person's tickets: nothing that was written stays of them.
    pub(super) messages: Vec<aspa_channel::MessageKey>,
    pub(super) effects: BTreeSet<EffectKey>,
    pub(super) phase: Phase,
    /// The last key of the page before, as JSON.
    pub(super) after: Option<serde_json::Value>,
    pub(super) rows: BTreeMap<String, u64>,
    #[serde(skip)]
    version: u64,
}

/// `Debug` shows how far it is, never about whom.
impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("id", &self.id)
            .field("phase", &self.phase)
            .finish_non_exhaustive()
    }
}

impl Job {
    pub(super) fn new(erased_at: DateTime<Utc>, by: Option<AgentId>) -> Self {
        Self {
            id: String::new(),
            erased_at,
            by,
            subjects: BTreeSet::new(),
            handles: Vec::new(),
            customers: Vec::new(),
            words: BTreeSet::new(),
            renamed: BTreeMap::new(),
            messages: Vec::new(),
            effects: BTreeSet::new(),
            phase: Phase::Inbox,
            after: None,
            rows: BTreeMap::new(),
            version: 0,
        }
    }

    pub(super) fn document(&self) -> Document {
        Document::new(JOB, self.id.as_str(), serde_json::json!(self))
    }

    fn is_theirs(&self, key: &HandleKey) -> bool {
        self.handles
            .iter()
            .any(|(handle, alias)| handle == key || alias == key)
    }

    fn redactor(&self) -> Result<Redactor, Error> {
        let words: Vec<String> = self.words.iter().cloned().collect();
        let handles = self.handles.iter().cloned().collect();
        Redactor::new(handles, self.renamed.clone(), &words)
            .map_err(|_| Error::NotErased(self.id.clone()))
    }

    pub(super) fn after<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_value(self.after.clone()?).ok()
    }

    pub(super) fn count(&mut self, what: &str, rows: usize) {
        if rows > 0 {
            *self.rows.entry(what.to_owned()).or_default() += rows as u64;
        }
    }

    /// Goes on after `last`, or with the next phase where the page was the end.
    pub(super) fn advance(&mut self, last: Option<serde_json::Value>, next: Phase) {
        if last.is_none() {
            self.phase = next;
        }
        self.after = last;
    }
}

/// A row without the person; where what is left would be no such row, as it is but for handles.
pub(super) fn without<T: Serialize + DeserializeOwned>(redactor: &Redactor, row: &T) -> Option<T> {
    redactor.apply(row).ok().flatten()
}

pub(super) fn json<T: Serialize>(key: &T) -> Option<serde_json::Value> {
    serde_json::to_value(key).ok()
}

impl Desk {
    /// Goes on with every erasure that was begun and has not ended. Returns how many have ended now.
    ///
    /// # Errors
    ///
    /// When the store fails; the next call goes on.
    pub(super) async fn resume_erasures(&self) -> Result<usize, Error> {
        let jobs = self.store().privacy().documents(JOB, None, PAGE).await?;
        let ids: Vec<Arc<str>> = jobs.into_iter().map(|row| row.value.key).collect();
        for id in &ids {
            self.finish_erasure(id).await?;
        }
        Ok(ids.len())
    }

    /// Does the steps of an erasure to its end.
    pub(super) async fn finish_erasure(&self, id: &str) -> Result<(), Error> {
        let mut tries = 0;
        loop {
            let Some(row) = self.store().privacy().document(JOB, id).await? else {
                return Ok(());
            };
            let read = serde_json::from_value::<Job>(row.value.body);
            let mut job = read.map_err(|_| Error::NotErased(id.to_owned()))?;
            job.version = row.version;
            match self.step(job).await {
                Ok(()) => tries = 0,
                Err(error) if error.is_conflict() && tries < TRIES => {
                    tries += 1;
                    tracing::debug!(tries, "erased again: somebody else was first");
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// One page or one line, with where to go on, in one commit.
    async fn step(&self, mut job: Job) -> Result<(), Error> {
        let redactor = job.redactor()?;
        let mut changes = Changes::default();
        match job.phase {
            Phase::Inbox => self.erase_inbox(&mut job, &mut changes).await?,
            Phase::Lines => self.erase_line(&mut job, &redactor, &mut changes).await?,
            Phase::People => self.erase_people(&mut job, &mut changes).await?,
            Phase::Messages => {
                self.erase_messages(&mut job, &redactor, &mut changes)
                    .await?
            }
            Phase::Effects => {
                self.erase_effects(&mut job, &redactor, &mut changes)
                    .await?
            }
            Phase::Notes => self.erase_notes(&mut job, &redactor, &mut changes).await?,
            Phase::Tickets => {
                self.erase_mentions(&mut job, &redactor, &mut changes)
                    .await?
            }
            Phase::Queries => {
                self.erase_queries(&mut job, &redactor, &mut changes)
                    .await?
            }
            Phase::Notices => {
                self.erase_notices(&mut job, &redactor, &mut changes)
                    .await?
            }
            Phase::Kept => self.erase_kept(&mut job, &redactor, &mut changes).await?,
            Phase::Deliveries => {
                self.erase_deliveries(&mut job, &redactor, &mut changes)
                    .await?
            }
            Phase::Scrub => return self.end_erasure(&job).await,
        }
        if job.phase == Phase::Scrub {
            // What was looked for goes before the file is scrubbed, or it would stay in it.
            let mut bare = Job::new(job.erased_at, job.by.clone());
            (bare.id, bare.subjects) = (job.id.clone(), job.subjects.clone());
            (bare.rows, bare.version) = (job.rows.clone(), job.version);
            bare.phase = Phase::Scrub;
            job = bare;
        }
        let (value, version) = (job.document(), job.version);
        changes.documents.push(Versioned { value, version });
        self.store().commit(changes).await?;
        Ok(())
    }

    async fn erase_inbox(&self, job: &mut Job, changes: &mut Changes) -> Result<(), Error> {
        let after = job.after::<u64>().unwrap_or_default();
        let page = self.store().privacy().waiting(after, PAGE).await?;
        let mut files = BTreeSet::new();
        for entry in &page {
            let theirs = whose_doing(&entry.event)
                .into_iter()
                .any(|key| job.is_theirs(key));
            if theirs && happened(entry) <= job.erased_at {
                changes.processed.push(entry.seq);
                if let EventKind::Message(message) = &entry.event.kind {
                    files.extend(files_in(message));
                }
            }
        }
        let files = self.bury_files(changes, files).await?;
        job.count("files", files);
        job.count("inbox", changes.processed.len());
        job.advance(page.last().and_then(|entry| json(&entry.seq)), Phase::Lines);
        Ok(())
    }

    /// The next conversation of the person: its tickets and history under the handle that stands for
    /// theirs, without what was noted about them.
    async fn erase_line(
        &self,
        job: &mut Job,
        redactor: &Redactor,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        for (handle, _) in job.handles.clone() {
            let mut query = TicketQuery::default();
            (query.handle, query.limit) = (Some(handle), 1);
            if let Some(row) = self.store().tickets(&query).await?.into_iter().next() {
                return self
                    .tell_anew(&row.ticket.key, job, redactor, changes)
                    .await;
            }
        }
        job.advance(None, Phase::People);
        Ok(())
    }

    async fn tell_anew(
        &self,
        key: &TicketKey,
        job: &mut Job,
        redactor: &Redactor,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        let (store, now) = (self.store(), self.now());
        let mut wanted = Wanted::default();
        wanted.tickets.insert(key.clone());
        wanted.histories.insert(key.clone());
        let mut loaded = store.load(&wanted).await?;
        let becomes = without(redactor, key).unwrap_or_else(|| key.clone());
        let tickets = loaded.tickets.remove(key).unwrap_or_default();
        let history = loaded.histories.remove(key).unwrap_or_default();
        let theirs = job.is_theirs(&key.customer);
        // Also those that no longer are: what was said of them stays in the history, and is theirs alone.
        let splits = history.iter().filter_map(Event::splits_off);
        let splits = splits.map(|act| (key.split_id(act), becomes.split_id(act)));
        let opened = (1..).take(tickets.len());
        let opened = opened.map(|nth| (key.ticket_id(nth), becomes.ticket_id(nth)));
        let ids = splits.chain(opened).filter(|(old, new)| old != new);
        job.renamed
            .extend(ids.map(|(old, new)| (old.to_string(), new.to_string())));
        let redactor = job.redactor()?;
        for row in &tickets {
            let ticket = without(&redactor, &row.value).unwrap_or_else(|| row.value.clone());
            if theirs {
                job.messages
                    .extend(ticket.messages.iter().map(|one| one.message.clone()));
                let replies = ticket.messages.iter().filter_map(|one| one.effect.clone());
                let queued = ticket.queued.iter().chain(&ticket.failed).cloned();
                job.effects.extend(replies.chain(queued));
                for id in ticket.notes.iter().chain(ticket.commitments.keys()) {
                    if let Some(mut note) = store.note(id).await? {
                        note.text = ERASED.to_owned();
                        note.extra.clear();
                        note.about = becomes.clone();
                        changes.purged.push(Purge::Note(id.clone()));
                        changes.notes.push(note);
                    }
                }
            }
            let version = if ticket.id == row.value.id {
                row.version
            } else {
                0
            };
            if version == 0 {
                let (value, version) = (row.value.id.clone(), row.version);
                changes.removed.push(Versioned { value, version });
            }
            let value = crate::clocks::row(self.parts.sla.as_ref(), &self.parts.rules, ticket, now);
            changes.tickets.push(Versioned { value, version });
        }
        let history = history.into_iter();
        let history = history.map(|event| without(&redactor, &event).unwrap_or(event));
        changes.rewritten.push(Rewritten {
            about: key.clone(),
            becomes,
            history: history.collect(),
        });
        job.count("tickets", tickets.len());
        job.count("notes", changes.notes.len());
        Ok(())
    }

    /// Their handles, links and evidence, and their record in the replica.
    async fn erase_people(&self, job: &mut Job, changes: &mut Changes) -> Result<(), Error> {
        for (handle, _) in &job.handles {
            changes
                .purged
                .push(Purge::Handle(Versioned::new(handle.clone())));
            changes
                .purged
                .push(Purge::Link(Versioned::new(handle.clone())));
            changes.forgotten.push(handle.clone());
        }
        changes.gone.extend(job.customers.iter().cloned());
        for id in &job.customers {
            let owner = (OWNER.into(), id.to_string().into());
            let gone = Purge::Document(Versioned::new(owner));
            changes.purged.push(gone);
        }
        self.erase_asked(job, changes).await?;
        self.forget_suggestions();
        let replica = self.replica().await?;
        job.handles
            .iter()
            .for_each(|(handle, _)| replica.teach(handle, None, None));
        job.customers.iter().for_each(|id| replica.remove(id));
        job.count("handles", job.handles.len());
        job.count("customers", job.customers.len());
        job.advance(None, Phase::Messages);
        Ok(())
    }

    /// What they were asked, what would tell of others that they were taken for them, and at whose record
    /// the cases of their tickets are.
    async fn erase_asked(&self, job: &Job, changes: &mut Changes) -> Result<(), Error> {
        let handles: Vec<&HandleKey> = job.handles.iter().map(|(handle, _)| handle).collect();
        for kind in [ASKING, ASKED, CASE] {
            let mut after: Option<Arc<str>> = None;
            loop {
                let store = self.store();
                let page = store.privacy().documents(kind, after.as_deref(), PAGE);
                let page = page.await?;
                let Some(last) = page.last() else { break };
                after = Some(last.value.key.clone());
                for row in &page {
                    let theirs = handles
                        .iter()
                        .any(|handle| *row.value.key == *handle.to_string());
                    let named = match kind {
                        CASE => is_about(&row.value, &job.customers, &job.renamed),
                        _ => names_anybody(&row.value, &job.customers, &handles),
                    };
                    if theirs || named {
                        let value = (row.value.kind.clone(), row.value.key.clone());
                        let version = row.version;
                        let gone = Purge::Document(Versioned { value, version });
                        changes.purged.push(gone);
                    }
                }
            }
        }
        Ok(())
    }

    async fn erase_messages(
        &self,
        job: &mut Job,
        redactor: &Redactor,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        let store = self.store();
        let page = store.messages(job.after().as_ref(), PAGE).await?;
        let attached: BTreeSet<_> = job.messages.iter().collect();
        let anew = |record: &MessageRecord| {
            let author = record
                .message
                .as_ref()
                .and_then(|message| message.author.as_ref());
            let theirs = author.is_some_and(|author| job.is_theirs(author));
            if record.erased_at.is_none() && (theirs || attached.contains(&record.key)) {
                let mut bare = record.clone();
                bare.erase(job.erased_at);
                return Some(without(redactor, &bare).unwrap_or(bare));
            }
            without(redactor, record)
        };
        let mut wanted = Wanted::default();
        let touched = page.iter().filter(|record| anew(record).is_some());
        wanted
            .messages
            .extend(touched.map(|record| record.key.clone()));
        let mut files = BTreeSet::new();
        if !wanted.is_empty() {
            for (key, row) in store.load(&wanted).await?.messages {
                let Some(value) = anew(&row.value) else {
                    continue;
                };
                if value.erased_at.is_some() {
                    files.extend(files_of(&row.value));
                }
                let mut version = row.version;
                if value.key != key {
                    changes.purged.push(Purge::Message(Versioned {
                        value: key,
                        version,
                    }));
                    version = 0;
                }
                changes.messages.push(Versioned { value, version });
            }
        }
        let last = page.last().and_then(|record| json(&record.key));
        let files = self.bury_files(changes, files).await?;
        job.count("files", files);
        job.count("messages", changes.messages.len());
        job.advance(last, Phase::Effects);
        Ok(())
    }

    async fn erase_effects(
        &self,
        job: &mut Job,
        redactor: &Redactor,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        let store = self.store();
        let mut query = OutboxQuery::default();
        (query.after, query.limit) = (job.after(), PAGE);
        let page = store.outbox(&query).await?;
        let (mut again, mut erased) = (false, 0);
        for row in &page {
            let about = row.value.ticket.as_ref().map(|(_, about)| &about.customer);
            let theirs = about.is_some_and(|customer| job.is_theirs(customer))
                || job.effects.contains(&row.value.effect.key)
                || is_for(&row.value, job);
            let mut value = row.value.clone();
            let renamed = without(redactor, &value.effect.conversation).is_some();
            if theirs || renamed {
                value.erase();
            }
            // A conversation that bears their name gets another, once nothing in it waits for this.
            let still = !row.value.state.holds_lane();
            if still || !renamed {
                value = without(redactor, &value).unwrap_or(value);
            }
            let later = renamed && !still;
            again |= later;
            if value != row.value {
                let version = row.version;
                erased += usize::from(!later);
                changes.outbox.push(Versioned { value, version });
            }
            let key = &row.value.effect.key;
            let tries = store.effect(key).await?.map(|(_, tries)| tries);
            for attempt in tries.unwrap_or_default() {
                let mut anew: Attempt = attempt.clone();
                if theirs {
                    anew.erase();
                }
                let anew = without(redactor, &anew).unwrap_or(anew);
                if anew != attempt {
                    changes.attempts.push((key.clone(), anew));
                }
            }
        }
        job.count("effects", erased);
        if !again {
            let last = page.last().and_then(|row| json(&row.value.effect.key));
            job.advance(last, Phase::Notes);
        }
        Ok(())
    }

    async fn erase_notes(
        &self,
        job: &mut Job,
        redactor: &Redactor,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        let after = job.after::<Arc<str>>();
        let page = self.store().privacy().notes(after.as_ref(), PAGE).await?;
        for note in &page {
            if let Some(anew) = without(redactor, note) {
                changes.purged.push(Purge::Note(note.id.clone()));
                changes.notes.push(anew);
            }
        }
        job.count("notes", changes.notes.len());
        job.advance(page.last().and_then(|note| json(&note.id)), Phase::Tickets);
        Ok(())
    }

    /// Other people's tickets that speak of the person: one history in a step.
    async fn erase_mentions(
        &self,
        job: &mut Job,
        redactor: &Redactor,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        let mut query = TicketQuery::default();
        (query.after, query.limit) = (job.after(), PAGE);
        let mut last = None;
        for row in self.store().tickets(&query).await? {
            last = json(&TicketCursor::after(query.sort, &row));
            if without(redactor, &row.ticket).is_some() {
                let key = row.ticket.key;
                self.tell_anew(&key, job, redactor, changes).await?;
                break;
            }
        }
        job.advance(last, Phase::Queries);
        Ok(())
    }

    /// Queries that look for the person, by name or otherwise: they would find nothing.
    async fn erase_queries(
        &self,
        job: &mut Job,
        redactor: &Redactor,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        let after = job.after::<Arc<str>>();
        let page = self
            .store()
            .privacy()
            .documents(SavedName::KIND, after.as_deref(), PAGE)
            .await?;
        for row in &page {
            let saved = serde_json::from_value::<SavedQuery>(row.value.body.clone());
            let query = saved.ok().and_then(|saved| saved.query().ok());
            let customer = query.and_then(|query| query.customer);
            if customer.is_some_and(|id| job.customers.contains(&id))
                || without(redactor, &row.value).is_some()
            {
                let value = (row.value.kind.clone(), row.value.key.clone());
                let version = row.version;
                let purge = Purge::Document(Versioned { value, version });
                changes.purged.push(purge);
            }
        }
        job.count("saved queries", changes.purged.len());
        let last = page.last().and_then(|row| json(&row.value.key));
        job.advance(last, Phase::Notices);
        Ok(())
    }

    async fn erase_kept(
        &self,
        job: &mut Job,
        redactor: &Redactor,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        let after = job.after::<u64>().unwrap_or_default();
        let page = self.store().kept(after, PAGE).await?;
        let theirs = page
            .iter()
            .filter(|entry| without(redactor, &entry.event).is_some());
        changes.dropped.extend(theirs.map(|entry| entry.seq));
        job.count("kept events", changes.dropped.len());
        job.advance(
            page.last().and_then(|entry| json(&entry.seq)),
            Phase::Deliveries,
        );
        Ok(())
    }

    async fn erase_deliveries(
        &self,
        job: &mut Job,
        redactor: &Redactor,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        let after = job.after::<(Arc<str>, DeliveryId)>();
        // Bodies may be large.
        let page = self
            .store()
            .privacy()
            .all_deliveries(after.as_ref(), 50)
            .await?;
        for raw in page.iter().filter(|raw| redactor.is_in(&raw.body)) {
            let (webhook, id) = (raw.webhook.clone(), raw.id.clone());
            changes.purged.push(Purge::DeliveryBody(webhook, id));
        }
        let last = page.last().and_then(|raw| json(&(&raw.webhook, &raw.id)));
        job.count("deliveries", changes.purged.len());
        job.advance(last, Phase::Scrub);
        Ok(())
    }

    /// Has the store overwrite what is gone, and leaves the receipt.
    async fn end_erasure(&self, job: &Job) -> Result<(), Error> {
        let store = self.store();
        store.privacy().scrub().await?;
        let mut changes = Changes::default();
        let key = (JOB.into(), job.id.as_str().into());
        let version = job.version;
        changes.purged.push(Purge::Document(Versioned {
            value: key,
            version,
        }));
        if !job.id.starts_with("again-") {
            let receipt = self.receipt(job).await?;
            changes.documents.push(Versioned::new(receipt));
        }
        store.commit(changes).await?;
        Ok(())
    }
}

fn is_for(row: &OutboxRow, job: &Job) -> bool {
    match &row.effect.kind {
        EffectKind::Send { to, .. } => to.iter().any(|to| job.is_theirs(to)),
        _ => unwrapped(&row.effect).is_some_and(|(write, _)| {
            let customer = write.kind.customer();
            let handle = match &write.kind {
                Write::LinkHandle { handle, .. } => Some(&handle.handle),
                Write::UnlinkHandle { handle, .. } => Some(handle),
                _ => None,
            };
            customer.is_some_and(|id| job.customers.contains(id))
                || handle.is_some_and(|handle| job.is_theirs(handle))
        }),
    }
}
