//! Everything that is known of a person, for them to read and take along.

use std::collections::BTreeSet;
use std::io;

use aspa_channel::{Direction, MessageKey};
use aspa_store::{AuditAction, AuditQuery, MessageRecord, TicketQuery, Wanted};
use aspa_types::AgentId;
use serde_json::{Value, json};

use super::erase::Subject;
use crate::desk::Desk;
use crate::error::Error;

/// The form of the document. It counts up when a reader of the form before would misread it.
const FORM: u32 = 1;
const PAGE: usize = 500;

/// Writes the members of one JSON object one after the other.
struct Out<'a, W> {
    to: &'a mut W,
    first: bool,
}

impl<W: io::Write> Out<'_, W> {
    fn member(&mut self, name: &str, value: &Value) -> io::Result<()> {
        self.name(name)?;
        serde_json::to_writer(&mut *self.to, value).map_err(io::Error::from)
    }

    fn name(&mut self, name: &str) -> io::Result<()> {
        let before = if self.first { "{" } else { "," };
        self.first = false;
        write!(self.to, "{before}\n{}:", Value::from(name))
    }

    fn item(&mut self, first: &mut bool, value: &Value) -> io::Result<()> {
        let before = if *first { "\n" } else { ",\n" };
        *first = false;
        self.to.write_all(before.as_bytes())?;
        serde_json::to_writer(&mut *self.to, value).map_err(io::Error::from)
    }
}

impl Desk {
    /// Writes everything that is known of a person as one JSON document, and that it was taken out into
    /// the audit log: articles 15 and 20 of Regulation (EU) 2016/679. Messages are written as they are
    /// read, so memory is bounded, however many there are.
    ///
    /// Members: `form` (1), `subject`, `made_at`, `purposes` (for each kind of data: what it is kept for
    /// and where it came from), `customers` (claims with their sources), `handles` (attributes with when
    /// they were seen), `evidence`, `links`, `asked` (when they were asked who they are, and what became of
    /// it), `tickets`, `messages` (theirs, and ours to them), `replies`
    /// (in the outbox), `notes`, `seen_by` (when their data were looked at or changed, and why). Of what
    /// others wrote in the same conversations nothing is in it, nor which of our people did what.
    ///
    /// # Errors
    ///
    /// When the store fails or `to` does.
    pub async fn export<W: io::Write + Send>(
        &self,
        subject: &Subject,
        by: Option<&AgentId>,
        why: &str,
        to: &mut W,
    ) -> Result<(), Error> {
        let (handles, customers) = self.presences(subject).await?;
        let store = self.store();
        let mut wanted = Wanted::default();
        wanted.handles.extend(handles.iter().cloned());
        wanted.people.extend(handles.iter().cloned());
        wanted.customers.extend(customers.iter().cloned());
        let loaded = store.load(&wanted).await?;
        let mut out = Out { to, first: true };
        out.member("form", &json!(FORM))?;
        out.member("subject", &json!(subject))?;
        out.member("made_at", &json!(self.now()))?;
        out.member("purposes", &purposes())?;
        let records: Vec<_> = customers
            .iter()
            .filter_map(|id| loaded.customers.get(id))
            .collect();
        out.member("customers", &json!(records))?;
        let seen: Vec<_> = handles
            .iter()
            .filter_map(|key| loaded.handles.get(key))
            .collect();
        let seen: Vec<_> = seen.into_iter().map(|row| &row.value).collect();
        out.member("handles", &json!(seen))?;
        let people: Vec<_> = handles
            .iter()
            .filter_map(|key| loaded.people.get(key))
            .collect();
        let evidence: Vec<_> = people.iter().flat_map(|person| &person.evidence).collect();
        out.member("evidence", &without_agents(json!(evidence)))?;
        let links = people.iter().filter_map(|person| person.link.as_ref());
        let links = links.map(|row| {
            let link = &row.value;
            json!({
                "handle": link.handle, "state": link.state, "customer": link.customer,
                "probability": link.probability, "at": link.at,
            })
        });
        out.member("links", &Value::Array(links.collect()))?;
        let mut asked = Vec::new();
        for asking in self.requests_of(&handles).await? {
            let steps = asking.events.into_iter();
            asked.extend(steps.map(
                |event| json!({ "at": event.at, "step": event.step, "answered_as": asking.writer }),
            ));
        }
        out.member("asked", &without_agents(Value::Array(asked)))?;
        let (mut messages, mut notes) = (BTreeSet::new(), BTreeSet::new());
        let mut effects = BTreeSet::new();
        out.name("tickets")?;
        out.to.write_all(b"[")?;
        let mut first = true;
        for handle in &handles {
            let mut query = TicketQuery::default();
            (query.handle, query.limit) = (Some(handle.clone()), PAGE);
            loop {
                let page = store.tickets(&query).await?;
                if !query.go_on(&page) {
                    break;
                }
                for row in &page {
                    let ticket = &row.ticket;
                    messages.extend(ticket.messages.iter().map(|one| one.message.clone()));
                    notes.extend(ticket.notes.iter().cloned());
                    let queued = ticket.queued.iter().chain(&ticket.failed).cloned();
                    let sent = ticket.messages.iter().filter_map(|one| one.effect.clone());
                    effects.extend(queued.chain(sent));
                    let told = json!({
                        "id": ticket.id, "conversation": ticket.key.conversation,
                        "category": ticket.category, "opened_at": ticket.opened_at,
                        "resolved_at": ticket.resolved_at, "outcome": ticket.outcome,
                        "tags": ticket.tags, "messages": ticket.messages.len(),
                    });
                    out.item(&mut first, &told)?;
                }
            }
        }
        out.to.write_all(b"]")?;
        self.export_messages(&handles, messages, &mut out).await?;
        out.name("replies")?;
        out.to.write_all(b"[")?;
        let mut first = true;
        for key in &effects {
            if let Some((row, _)) = store.effect(key).await? {
                let row = row.value;
                let told = json!({
                    "what": row.effect.kind, "state": row.state, "queued_at": row.queued_at,
                });
                out.item(&mut first, &told)?;
            }
        }
        out.to.write_all(b"]")?;
        let mut written = Vec::new();
        for id in &notes {
            if let Some(note) = store.note(id).await? {
                written.push(json!({ "at": note.at, "text": note.text }));
            }
        }
        out.member("notes", &Value::Array(written))?;
        let mut query = AuditQuery::default();
        query.limit = 10_000;
        let audit = self.audit_log(query, Some(subject)).await?.into_iter();
        let audit = audit.map(|audited| {
            let entry = audited.entry;
            json!({ "at": entry.at, "action": entry.action, "what": entry.what, "why": entry.why })
        });
        out.member("seen_by", &Value::Array(audit.collect()))?;
        out.to.write_all(b"\n}\n")?;
        out.to.flush()?;
        let entry = self
            .audited(AuditAction::Exported, by, subject)
            .because(why);
        self.write_audit(entry).await
    }

    async fn export_messages<W: io::Write>(
        &self,
        handles: &[aspa_types::HandleKey],
        keys: BTreeSet<MessageKey>,
        out: &mut Out<'_, W>,
    ) -> Result<(), Error> {
        out.name("messages")?;
        out.to.write_all(b"[")?;
        let mut first = true;
        let keys: Vec<MessageKey> = keys.into_iter().collect();
        for chunk in keys.chunks(PAGE) {
            let mut wanted = Wanted::default();
            wanted.messages.extend(chunk.iter().cloned());
            let mut loaded = self.store().load(&wanted).await?.messages;
            for key in chunk {
                let Some(row) = loaded.remove(key) else {
                    continue;
                };
                if let Some(told) = told(&row.value, handles) {
                    out.item(&mut first, &told)?;
                }
            }
        }
        out.to.write_all(b"]")?;
        Ok(())
    }
}

/// A message of theirs whole, one of ours without who of us wrote it, and nothing of anybody else's.
fn told(record: &MessageRecord, handles: &[aspa_types::HandleKey]) -> Option<Value> {
    let message = record.message.as_ref()?;
    let theirs = message
        .author
        .as_ref()
        .is_some_and(|author| handles.contains(author));
    if !theirs && message.direction != Direction::Outbound {
        return None;
    }
    let revisions: Vec<_> = record
        .revisions
        .iter()
        .map(|one| json!(one.parts))
        .collect();
    let reactions = record
        .reactions
        .iter()
        .filter(|one| handles.contains(&one.by));
    let reactions: Vec<_> = reactions.collect();
    Some(json!({
        "key": message.key, "conversation": message.conversation, "direction": message.direction,
        "kind": message.kind, "audience": message.audience, "subject": message.subject,
        "parts": message.parts, "times": message.times, "revisions": revisions,
        "visibility": record.visible(), "reactions": reactions, "via": record.provenance.as_ref().map(|p| &p.via),
    }))
}

/// Evidence without who of us said it.
fn without_agents(mut value: Value) -> Value {
    let pieces = value.as_array_mut().into_iter().flatten();
    for piece in pieces.filter_map(Value::as_object_mut) {
        for what in ["kind", "step"] {
            if let Some(what) = piece.get_mut(what).and_then(Value::as_object_mut) {
                what.remove("by");
            }
        }
        if let Some(source) = piece.get_mut("source")
            && source
                .as_str()
                .is_some_and(|source| source.starts_with("agent "))
        {
            *source = "agent".into();
        }
    }
    value
}

fn purposes() -> Value {
    let rows = aspa_store::PERSONAL
        .iter()
        .map(|row| json!({ "data": row.what, "purpose": row.purpose, "source": row.source }));
    Value::Array(rows.collect())
}
