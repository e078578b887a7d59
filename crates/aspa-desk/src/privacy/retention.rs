//! How long things are kept, and what sees to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aspa_channel::{Direction, Message, MessageKey};
use aspa_identity::Evidence;
use aspa_store::{
    AuditAction, AuditEntry, AuditQuery, Changes, Document, ERASED, MessageRecord, OutboxQuery,
    Purge, Versioned, Wanted,
};
use aspa_ticket::{NoteId, TicketKey};
use aspa_types::{AgentId, CustomerId, DeliveryId, EffectKey, HandleKey};
use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::files::files_of;
use crate::desk::Desk;
use crate::error::Error;
use crate::marks;

const POLICY: (&str, &str) = ("retention", "policy");
const STATE: (&str, &str) = ("sweep", "state");
const REPORT: &str = "sweep_report";
/// Rows that one call looks at.
const PAGE: usize = 500;

/// For how many days a tenant keeps things; none: for ever. What is not named here is kept as long as
/// what it belongs to; see the table of personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Retention {
    /// What webhooks brought, as it came. 30: long enough to decode it again.
    pub delivery_bodies: Option<u32>,
    /// That a delivery came; at least as long as its body. 90: networks deliver again for days. An event
    /// that comes again later is known by its own key, which is kept for ever and holds no name.
    pub deliveries: Option<u32>,
    /// Events that nothing else holds. 90.
    pub kept_events: Option<u32>,
    /// What was written in messages, replies and notes, counted from when it was; while a ticket of the
    /// conversation is active, longer. Receipts that name no message, counted from when they came. 1,095 (three
    /// years): a claim can be argued about for that long in many places.
    pub texts: Option<u32>,
    /// Entries of the audit log. 1,825.
    pub audit: Option<u32>,
    /// Reports of what was swept. 1,825.
    pub reports: Option<u32>,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            delivery_bodies: Some(30),
            deliveries: Some(90),
            kept_events: Some(90),
            texts: Some(1095),
            audit: Some(1825),
            reports: Some(1825),
        }
    }
}

/// What a sweep of everything removed: counts, never content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Swept {
    /// When it began. What had passed its time by then is gone.
    pub began_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// How many rows of each kind were emptied or removed.
    pub rows: BTreeMap<String, u64>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Part {
    #[default]
    Deliveries,
    KeptEvents,
    Messages,
    Effects,
    Notes,
    Customers,
    Evidence,
    Audit,
    Reports,
    End,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct State {
    began_at: DateTime<Utc>,
    part: Part,
    after: Option<serde_json::Value>,
    rows: BTreeMap<String, u64>,
}

impl State {
    fn after<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_value(self.after.clone()?).ok()
    }

    fn count(&mut self, what: &str, rows: usize) {
        if rows > 0 {
            *self.rows.entry(what.to_owned()).or_default() += rows as u64;
        }
    }

    /// Goes on after the last row of the page, or with the next part where there was none.
    fn advance<T: Serialize>(&mut self, last: Option<&T>, next: Part) {
        self.after = last.and_then(|last| serde_json::to_value(last).ok());
        if self.after.is_none() {
            self.part = next;
        }
    }

    fn before(&self, days: Option<u32>) -> Option<DateTime<Utc>> {
        let days = TimeDelta::try_days(i64::from(days?))?;
        self.began_at.checked_sub_signed(days)
    }
}

impl Desk {
    /// How long this tenant keeps things: as was stored, or as the desk was built.
    ///
    /// # Errors
    ///
    /// When the store fails, or what is stored is of a later version.
    pub async fn retention(&self) -> Result<Retention, Error> {
        let stored = self.store().privacy().document(POLICY.0, POLICY.1).await?;
        match stored {
            Some(row) => {
                serde_json::from_value(row.value.body).map_err(|_| Error::UnknownRetention)
            }
            None => Ok(self.parts.retention.clone().unwrap_or_default()),
        }
    }

    /// Whether anybody has said how long things are kept.
    pub(super) async fn says_retention(&self) -> Result<bool, Error> {
        let stored = self.store().privacy().document(POLICY.0, POLICY.1).await?;
        Ok(self.parts.retention.is_some() || stored.is_some())
    }

    /// Says how long this tenant keeps things from now on.
    ///
    /// # Errors
    ///
    /// When the store fails or somebody else has just said otherwise.
    pub async fn set_retention(
        &self,
        retention: &Retention,
        by: Option<&AgentId>,
    ) -> Result<(), Error> {
        let store = self.store();
        let known = store.privacy().document(POLICY.0, POLICY.1).await?;
        let version = known.map_or(0, |row| row.version);
        let value = Document::new(POLICY.0, POLICY.1, serde_json::json!(retention));
        let mut changes = Changes::default();
        changes.documents.push(Versioned { value, version });
        let action = AuditAction::RetentionChanged;
        changes
            .audit
            .push(AuditEntry::new(self.now(), by.cloned(), action));
        store.commit(changes).await?;
        Ok(())
    }

    /// Looks at a page of what is kept, at most 500 rows, and takes out what has been kept long enough
    /// at `now`, in one commit. Call it until it returns a report, which is stored too: then everything
    /// was looked at. Where it stopped is stored, so any worker goes on; two at once are in each other's
    /// way and do no harm.
    ///
    /// [`run`](Self::run) does it once a minute where the tenant or the
    /// [builder](crate::DeskBuilder::retention) says how long things are kept.
    ///
    /// # Errors
    ///
    /// When the store fails or another worker was first; the next call goes on.
    pub async fn sweep(&self, now: DateTime<Utc>) -> Result<Option<Swept>, Error> {
        let (store, retention) = (self.store(), self.retention().await?);
        let row = store.privacy().document(STATE.0, STATE.1).await?;
        let version = row.as_ref().map_or(0, |row| row.version);
        let known = row.and_then(|row| serde_json::from_value::<State>(row.value.body).ok());
        let mut state = known.unwrap_or(State {
            began_at: now,
            part: Part::default(),
            after: None,
            rows: BTreeMap::new(),
        });
        let mut changes = Changes::default();
        match state.part {
            Part::Deliveries => {
                self.sweep_deliveries(&mut state, &retention, &mut changes)
                    .await?
            }
            Part::KeptEvents => {
                self.sweep_kept(&mut state, &retention, &mut changes)
                    .await?
            }
            Part::Messages => {
                self.sweep_messages(&mut state, &retention, &mut changes)
                    .await?
            }
            Part::Effects => {
                self.sweep_effects(&mut state, &retention, &mut changes)
                    .await?
            }
            Part::Notes => {
                self.sweep_notes(&mut state, &retention, &mut changes)
                    .await?
            }
            Part::Customers => self.sweep_customers(&mut state, &mut changes).await?,
            Part::Evidence => self.sweep_evidence(&mut state, &mut changes).await?,
            Part::Audit => {
                self.sweep_audit(&mut state, &retention, &mut changes)
                    .await?
            }
            Part::Reports => {
                self.sweep_reports(&mut state, &retention, &mut changes)
                    .await?
            }
            Part::End => {}
        }
        let mut swept = None;
        if state.part == Part::End {
            let report = Swept {
                began_at: state.began_at,
                ended_at: now,
                rows: state.rows,
            };
            let key = format!("{:020}-{version}", now.timestamp_micros());
            let body = serde_json::json!(report);
            changes
                .documents
                .push(Versioned::new(Document::new(REPORT, key, body)));
            let key = (STATE.0.into(), STATE.1.into());
            changes.purged.push(Purge::Document(Versioned {
                value: key,
                version,
            }));
            swept = Some(report);
        } else {
            let value = Document::new(STATE.0, STATE.1, serde_json::json!(state));
            changes.documents.push(Versioned { value, version });
        }
        store.commit(changes).await?;
        if swept.is_some() {
            store.privacy().scrub().await?;
        }
        Ok(swept)
    }

    /// What sweeps have removed, the oldest first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn sweeps(&self) -> Result<Vec<Swept>, Error> {
        self.all_of(REPORT).await
    }

    async fn sweep_deliveries(
        &self,
        state: &mut State,
        retention: &Retention,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        let after = state.after::<(Arc<str>, DeliveryId)>();
        let page = self
            .store()
            .privacy()
            .all_deliveries(after.as_ref(), PAGE / 5)
            .await?;
        let bodies = state.before(retention.delivery_bodies);
        let whole = state.before(retention.deliveries);
        for raw in &page {
            let (webhook, id) = (raw.webhook.clone(), raw.id.clone());
            let old = |before: Option<DateTime<Utc>>| before.is_some_and(|at| raw.received_at < at);
            if old(whole) && (old(bodies) || raw.body.is_empty()) {
                changes.purged.push(Purge::Delivery(webhook, id));
            } else if old(bodies) && !raw.body.is_empty() {
                changes.purged.push(Purge::DeliveryBody(webhook, id));
            }
        }
        state.count("deliveries", changes.purged.len());
        let last = page.last().map(|raw| (raw.webhook.clone(), raw.id.clone()));
        state.advance(last.as_ref(), Part::KeptEvents);
        Ok(())
    }

    async fn sweep_kept(
        &self,
        state: &mut State,
        retention: &Retention,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        let after = state.after::<u64>().unwrap_or_default();
        let page = self.store().kept(after, PAGE).await?;
        if let Some(before) = state.before(retention.kept_events) {
            let old = page.iter().filter(|entry| entry.received_at < before);
            changes.dropped.extend(old.map(|entry| entry.seq));
        }
        state.count("kept events", changes.dropped.len());
        state.advance(page.last().map(|entry| &entry.seq), Part::Messages);
        Ok(())
    }

    async fn sweep_messages(
        &self,
        state: &mut State,
        retention: &Retention,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        let store = self.store();
        let page = store
            .messages(state.after::<MessageKey>().as_ref(), PAGE)
            .await?;
        let Some(before) = state.before(retention.texts) else {
            state.advance::<MessageKey>(None, Part::Effects);
            return Ok(());
        };
        let old = page.iter().filter(|record| {
            let is_old = record.erased_at.is_none() && is_older(record, before);
            is_old || marks::are_older(record, before)
        });
        let mut wanted = Wanted::default();
        for record in old {
            wanted.messages.insert(record.key.clone());
            wanted.tickets.extend(lines(record));
        }
        let (mut files, mut marked) = (BTreeSet::new(), 0);
        if !wanted.messages.is_empty() {
            let loaded = store.load(&wanted).await?;
            for mut row in loaded.messages.into_values() {
                if marks::are_older(&row.value, before) {
                    marks::forget(&mut row.value, before);
                    marked += 1;
                    changes.messages.push(row);
                    continue;
                }
                let lines = lines(&row.value);
                let tickets = lines
                    .iter()
                    .filter_map(|key| loaded.tickets.get(key))
                    .flatten();
                let mut tickets = tickets.map(|row| row.value.category.is_active());
                if !tickets.any(|active| active) && is_older(&row.value, before) {
                    files.extend(files_of(&row.value));
                    row.value.erase(state.began_at);
                    changes.messages.push(row);
                }
            }
        }
        state.count("files", self.bury_files(changes, files).await?);
        state.count("receipts", marked);
        state.count("messages", changes.messages.len() - marked);
        state.advance(page.last().map(|record| &record.key), Part::Effects);
        Ok(())
    }

    async fn sweep_effects(
        &self,
        state: &mut State,
        retention: &Retention,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        let mut query = OutboxQuery::default();
        (query.after, query.limit) = (state.after::<EffectKey>(), PAGE);
        let page = self.store().outbox(&query).await?;
        if let Some(before) = state.before(retention.texts) {
            for row in &page {
                let mut anew = row.clone();
                if row.value.queued_at < before && !row.value.state.holds_lane() {
                    anew.value.erase();
                }
                if anew == *row {
                    continue;
                }
                let key = &row.value.effect.key;
                let tries = self.store().effect(key).await?;
                for mut attempt in tries.map(|(_, tries)| tries).unwrap_or_default() {
                    attempt.erase();
                    changes.attempts.push((key.clone(), attempt));
                }
                changes.outbox.push(anew);
            }
        }
        state.count("effects", changes.outbox.len());
        state.advance(page.last().map(|row| &row.value.effect.key), Part::Notes);
        Ok(())
    }

    async fn sweep_notes(
        &self,
        state: &mut State,
        retention: &Retention,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        let after = state.after::<NoteId>();
        let page = self.store().privacy().notes(after.as_ref(), PAGE).await?;
        if let Some(before) = state.before(retention.texts) {
            for note in page
                .iter()
                .filter(|note| note.at < before && note.text != ERASED)
            {
                let mut anew = note.clone();
                anew.text = ERASED.to_owned();
                anew.extra.clear();
                changes.purged.push(Purge::Note(note.id.clone()));
                changes.notes.push(anew);
            }
        }
        state.count("notes", changes.notes.len());
        state.advance(page.last().map(|note| &note.id), Part::Customers);
        Ok(())
    }

    /// Claims that a CRM gave a time of their own.
    async fn sweep_customers(&self, state: &mut State, changes: &mut Changes) -> Result<(), Error> {
        let after = state.after::<CustomerId>();
        let page = self.store().customers(after.as_ref(), PAGE).await?;
        let mut claims = 0;
        for customer in &page {
            let mut anew = customer.clone();
            let expired = anew.expire(state.began_at).len();
            if expired > 0 {
                claims += expired;
                changes.customers.push(anew);
            }
        }
        state.count("claims", claims);
        state.advance(page.last().map(|customer| &customer.id), Part::Evidence);
        Ok(())
    }

    /// Evidence that was told until a time of its own.
    async fn sweep_evidence(&self, state: &mut State, changes: &mut Changes) -> Result<(), Error> {
        let (store, after) = (self.store(), state.after::<HandleKey>());
        let page = store.privacy().handles(after.as_ref(), PAGE).await?;
        let mut wanted = Wanted::default();
        let keys = page.iter().map(|row| row.value.key.clone());
        wanted.people.extend(keys);
        let mut people = store.load(&wanted).await?.people;
        let is_over = |piece: &Evidence| piece.expires_at.is_some_and(|at| at <= state.began_at);
        let mut pieces = 0;
        for row in &page {
            let person = people.remove(&row.value.key).unwrap_or_default();
            let over = person
                .evidence
                .iter()
                .filter(|piece| is_over(piece))
                .count();
            if over == 0 {
                continue;
            }
            pieces += over;
            let key = &row.value.key;
            let stays = person.evidence.into_iter().filter(|piece| !is_over(piece));
            changes
                .evidence
                .extend(stays.map(|piece| (key.clone(), piece)));
            changes.forgotten.push(key.clone());
            // Whoever tells something of them meanwhile is first, and this is done again.
            changes.handles.push(row.clone());
            changes.links.extend(person.link);
        }
        state.count("evidence", pieces);
        state.advance(page.last().map(|row| &row.value.key), Part::Audit);
        Ok(())
    }

    async fn sweep_audit(
        &self,
        state: &mut State,
        retention: &Retention,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        let Some(before) = state.before(retention.audit) else {
            state.advance::<u64>(None, Part::Reports);
            return Ok(());
        };
        let mut query = AuditQuery::default();
        query.after = state.after().unwrap_or_default();
        (query.until, query.limit) = (Some(before), PAGE);
        let page = self.store().privacy().audit(&query).await?;
        changes
            .purged
            .extend(page.iter().map(|audited| Purge::Audit(audited.seq)));
        state.count("audit entries", page.len());
        state.advance(page.last().map(|audited| &audited.seq), Part::Reports);
        Ok(())
    }

    async fn sweep_reports(
        &self,
        state: &mut State,
        retention: &Retention,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        let after = state.after::<Arc<str>>();
        let page = self
            .store()
            .privacy()
            .documents(REPORT, after.as_deref(), PAGE)
            .await?;
        if let Some(before) = state.before(retention.reports) {
            for row in &page {
                let swept = serde_json::from_value::<Swept>(row.value.body.clone());
                if swept.is_ok_and(|swept| swept.ended_at < before) {
                    let value = (row.value.kind.clone(), row.value.key.clone());
                    let version = row.version;
                    changes
                        .purged
                        .push(Purge::Document(Versioned { value, version }));
                }
            }
        }
        state.count("reports", changes.purged.len());
        state.advance(page.last().map(|row| &row.value.key), Part::End);
        Ok(())
    }
}

fn is_older(record: &MessageRecord, before: DateTime<Utc>) -> bool {
    written_at(record).is_some_and(|at| at < before)
}

/// When it was written, by whatever clock there is; of what has not arrived, when it was last heard of.
fn written_at(record: &MessageRecord) -> Option<DateTime<Utc>> {
    let written = |message: &Message| {
        let times = &message.times;
        let heard = times.effective().or(times.source).or(times.applied);
        heard.or(message.edited_at)
    };
    if let Some(at) = record.message.as_ref().and_then(written) {
        return Some(at);
    }
    let revisions = record.revisions.iter().filter_map(written);
    let reactions = record.reactions.iter().map(|reaction| reaction.at);
    let shown = record.visibility.iter().map(|shown| shown.at);
    revisions.chain(reactions).chain(shown).max()
}

/// What its tickets are about, as far as the message says.
fn lines(record: &MessageRecord) -> BTreeSet<TicketKey> {
    let Some(message) = &record.message else {
        return BTreeSet::new();
    };
    let people: Vec<_> = match message.direction {
        Direction::Inbound => message.author.iter().collect(),
        Direction::Outbound => message.to.iter().collect(),
    };
    let about = |customer: &aspa_types::HandleKey| TicketKey {
        conversation: message.conversation.clone(),
        customer: customer.clone(),
    };
    people.into_iter().map(about).collect()
}
