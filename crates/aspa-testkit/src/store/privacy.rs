use std::sync::Arc;

use aspa_store::{
    Arrival, AuditAction, AuditEntry, AuditQuery, Changes, Document, Purge, Rewritten, TicketRow,
    Versioned,
};
use aspa_ticket::{Ticket, TicketKey};
use aspa_types::AgentId;
use serde_json::json;

use super::rows::{
    about, arrival, at, delivery, ground, handle_key, link, message_key, name, note, record,
    ticket_event,
};
use super::stage::{Stage, conflicts, done, ends, same};
use crate::case::Checked;

const KEPT: &str = "the row is still there, or in a table that reading does not look into";
const VERSIONS: &str = "a row goes whatever its version is";

fn document(key: &str, number: u32) -> Document {
    Document::new("plan", key, json!({ "number": number, "text": "ä\u{0}📦" }))
}

fn at_version<T>(value: T, version: u64) -> Versioned<T> {
    Versioned { value, version }
}

fn write(document: Document, version: u64) -> Changes {
    let mut changes = Changes::default();
    changes.documents.push(at_version(document, version));
    changes
}

fn take(dropped: impl IntoIterator<Item = Purge>) -> Changes {
    let mut changes = Changes::default();
    changes.purged.extend(dropped);
    changes
}

/// S11: a document is written by whoever has its newest version, and by nobody else.
pub(super) async fn swapped(stage: Stage) -> Checked {
    const CAUSE: &str = "a document is written whatever its version is";
    let read = async || {
        done(
            "a document",
            stage.tenant.privacy().document("plan", "a").await,
        )
    };
    same("no document", &None, &read().await?, CAUSE)?;
    stage.commit(write(document("a", 1), 0)).await?;
    conflicts(
        "making a document that is there",
        stage.tenant.commit(write(document("a", 2), 0)).await,
    )?;
    let expected = Some(at_version(document("a", 1), 1));
    same("the document", &expected, &read().await?, CAUSE)?;
    stage.commit(write(document("a", 3), 1)).await?;
    conflicts(
        "writing over a newer document",
        stage.tenant.commit(write(document("a", 4), 1)).await,
    )?;
    let expected = Some(at_version(document("a", 3), 2));
    same("the document", &expected, &read().await?, CAUSE)?;
    let gone = |version| {
        take([Purge::Document(at_version(
            ("plan".into(), "a".into()),
            version,
        ))])
    };
    conflicts(
        "dropping a newer document",
        stage.tenant.commit(gone(1)).await,
    )?;
    stage.commit(gone(2)).await?;
    same("a dropped document", &None, &read().await?, KEPT)?;
    stage.commit(gone(0)).await?;
    for unnamed in ["", "a\nb"] {
        let refused = stage.tenant.commit(write(document(unnamed, 1), 0)).await;
        let kind = refused.err().map(|error| error.kind());
        let expected = Some(aspa_store::ErrorKind::Invalid);
        same(
            "a document without a good name",
            &expected,
            &kind,
            "its name is not checked",
        )?;
    }
    Ok(())
}

/// S11: of two that write one document at the same time, one is told that it was second.
pub(super) async fn contested(stage: Stage) -> Checked {
    const CAUSE: &str = "the version is not compared by the statement that writes";
    stage.commit(write(document("a", 0), 0)).await?;
    let second = stage
        .second()
        .await
        .tenant(&aspa_types::TenantId::default());
    for round in 1..20 {
        let mut writers = Vec::new();
        for (number, tenant) in [(1, &stage.tenant), (2, &second)] {
            let tenant = Arc::clone(tenant);
            let changes = write(document("a", number), round);
            writers.push(tokio::spawn(
                async move { tenant.commit(changes).await.is_ok() },
            ));
        }
        let mut wrote = 0;
        for writer in writers {
            wrote += usize::from(writer.await.unwrap_or_default());
        }
        same("how many wrote", &1, &wrote, CAUSE)?;
    }
    Ok(())
}

/// S11: documents of a kind in the order of their keys.
pub(super) async fn documents(stage: Stage) -> Checked {
    const CAUSE: &str = "a page begins again or leaves one out, or kinds are mixed";
    let mut rows: Vec<Document> = ["10", "9", "Z", "a", "ä"]
        .map(|key| document(key, 1))
        .into();
    let mut changes = Changes::default();
    let other = Document::new("other", "a", json!(1));
    let all = rows.iter().cloned().chain([other]);
    changes.documents.extend(all.map(Versioned::new));
    stage.commit(changes).await?;
    rows.sort_by(|a, b| a.key.cmp(&b.key));
    for size in [1, 2, 100] {
        let mut read: Vec<Document> = Vec::new();
        loop {
            let after = read.last().map(|document| document.key.clone());
            let page = stage
                .tenant
                .privacy()
                .documents("plan", after.as_deref(), size);
            let page = done("documents", page.await)?;
            if page.is_empty() {
                break;
            }
            read.extend(page.into_iter().map(|row| row.value));
            ends("a list", 20, read.len())?;
        }
        same(
            &format!("documents in pages of {size}"),
            &rows,
            &read,
            CAUSE,
        )?;
    }
    Ok(())
}

/// S11: what is dropped is gone from wherever it can be read.
pub(super) async fn dropped(stage: Stage) -> Checked {
    stage.commit(ground()).await?;
    let entry = stage.claim(0, 1).await?.remove(0);
    let mut kept = Changes::default();
    kept.kept.push(entry.seq);
    stage.commit(kept).await?;
    let (hook, id): (Arc<str>, _) = ("hook".into(), delivery("hook", "d-1").id);
    for (what, stale) in [
        (
            "a message",
            Purge::Message(at_version(message_key("m-1"), 2)),
        ),
        ("a handle", Purge::Handle(at_version(handle_key("h-1"), 2))),
        ("a link", Purge::Link(at_version(handle_key("h-1"), 2))),
    ] {
        let what = format!("dropping {what} at another version");
        conflicts(&what, stage.tenant.commit(take([stale])).await)?;
    }
    let mut all = take([
        Purge::Message(at_version(message_key("m-1"), 1)),
        Purge::Handle(at_version(handle_key("h-1"), 1)),
        Purge::Link(at_version(handle_key("h-1"), 0)),
        Purge::Note("note-1".into()),
        Purge::DeliveryBody(hook.clone(), id.clone()),
    ]);
    all.dropped.push(entry.seq);
    stage.commit(all).await?;
    let loaded = done("loading", stage.tenant.load(&super::rows::wanted()).await)?;
    let left = (
        loaded.messages.len(),
        loaded.handles.len(),
        loaded
            .people
            .values()
            .filter(|person| person.link.is_some())
            .count(),
        done("a note", stage.tenant.note(&"note-1".into()).await)?.is_some(),
        done("kept events", stage.tenant.kept(0, 10).await)?.len(),
    );
    same(
        "messages, handles, links, a note, kept events",
        &(0, 0, 0, false, 0),
        &left,
        KEPT,
    )?;
    let listed = (
        done("messages", stage.tenant.messages(None, 10).await)?.len(),
        done("handles", stage.tenant.privacy().handles(None, 10).await)?.len(),
        done("notes", stage.tenant.privacy().notes(None, 10).await)?.len(),
        done(
            "links",
            stage.tenant.links(&"review".into(), None, 10).await,
        )?
        .len(),
    );
    same(
        "listed messages, handles, notes and links",
        &(0, 0, 0, 0),
        &listed,
        KEPT,
    )?;
    let deliveries = done(
        "deliveries",
        stage.tenant.privacy().all_deliveries(None, 10).await,
    )?;
    let bodies = deliveries
        .iter()
        .map(|raw| (raw.id.clone(), raw.body.len()));
    same(
        "the delivery without its body",
        &vec![(id.clone(), 0)],
        &bodies.collect(),
        KEPT,
    )?;
    // That it came is known as long as its row is there.
    let again = || {
        let mut again = arrival([77]);
        again.delivery = Some(delivery("hook", "d-1"));
        Changes::arrive(vec![again])
    };
    let came = stage.commit(again()).await?.arrivals;
    let known = came.first().is_some_and(|arrived| arrived.known_delivery);
    same(
        "whether the delivery is known",
        &true,
        &known,
        "its id went with its body",
    )?;
    stage.commit(take([Purge::Delivery(hook, id)])).await?;
    let came = stage.commit(again()).await?.arrivals;
    let known = came.first().is_some_and(|arrived| arrived.known_delivery);
    same("whether a dropped delivery is known", &false, &known, KEPT)
}

/// S11: whoever holds a row that was dropped cannot bring it back, and a new one begins anew.
pub(super) async fn stays_gone(stage: Stage) -> Checked {
    stage.commit(ground()).await?;
    stage
        .commit(take([
            Purge::Message(at_version(message_key("m-1"), 1)),
            Purge::Link(at_version(handle_key("h-1"), 1)),
        ]))
        .await?;
    let mut message = Changes::default();
    message.messages.push(at_version(record("m-1", "t-1"), 1));
    conflicts(
        "writing a dropped message",
        stage.tenant.commit(message).await,
    )?;
    let mut linked = Changes::default();
    linked.links.push(at_version(link("h-1", "linked"), 1));
    conflicts("writing a dropped link", stage.tenant.commit(linked).await)?;
    let mut both = take([Purge::Note("note-1".into())]);
    both.notes.push(note("note-1", "erased"));
    stage.commit(both).await?;
    let text = done("a note", stage.tenant.note(&"note-1".into()).await)?.map(|note| note.text);
    let expected = Some("erased".to_owned());
    same(
        "a note dropped and written at once",
        &expected,
        &text,
        VERSIONS,
    )
}

fn line(about: &TicketKey) -> TicketRow {
    TicketRow::new(Ticket::open(about.clone(), 1, at(0)))
}

/// S11: a history is told anew at the same places, under its new key only.
pub(super) async fn rewritten(stage: Stage) -> Checked {
    const CAUSE: &str = "the entries keep their old words or key, or have moved";
    let (old, new, other) = (about("t-1"), about("erased"), about("t-2"));
    for (key, seconds) in [(&old, 1), (&other, 2), (&old, 3)] {
        let mut changes = Changes::default();
        let known = done("a ticket", stage.tenant.ticket(&line(key).ticket.id).await)?;
        let version = known.map_or(0, |row| row.version);
        changes.tickets.push(at_version(line(key), version));
        changes
            .history
            .push((key.clone(), ticket_event(seconds, "m-1")));
        stage.commit(changes).await?;
    }
    let before = stage.log_of(&aspa_types::TenantId::default()).await?;
    let told = |entries: usize| {
        let mut changes = Changes::default();
        changes.removed.push(at_version(line(&old).ticket.id, 2));
        changes.tickets.push(Versioned::new(line(&new)));
        changes.rewritten.push(Rewritten {
            about: old.clone(),
            becomes: new.clone(),
            history: (0..entries).map(|_| ticket_event(9, "erased")).collect(),
        });
        changes
    };
    conflicts(
        "telling a history with an entry less",
        stage.tenant.commit(told(1)).await,
    )?;
    stage.commit(told(2)).await?;
    let mut expected = before;
    for entry in expected.iter_mut().filter(|entry| entry.about == old) {
        (entry.about, entry.event) = (new.clone(), ticket_event(9, "erased"));
    }
    let log = stage.log_of(&aspa_types::TenantId::default()).await?;
    same("the log", &expected, &log, CAUSE)?;
    let mut wanted = aspa_store::Wanted::default();
    let keys = [old.clone(), new.clone(), other];
    wanted.histories.extend(keys.clone());
    wanted.tickets.extend(keys.clone());
    let loaded = done("loading", stage.tenant.load(&wanted).await)?;
    let count = |key| {
        let tickets = loaded.tickets.get(key).map_or(0, Vec::len);
        (loaded.histories.get(key).map_or(0, Vec::len), tickets)
    };
    let counts = keys.each_ref().map(count);
    same(
        "entries and tickets of each key",
        &[(0, 0), (2, 1), (1, 1)],
        &counts,
        CAUSE,
    )?;
    let mut unguarded = told(2);
    unguarded.tickets.clear();
    unguarded.removed.clear();
    let refused = stage
        .tenant
        .commit(unguarded)
        .await
        .err()
        .map(|error| error.kind());
    let expected = Some(aspa_store::ErrorKind::Invalid);
    same(
        "telling a history without its ticket",
        &expected,
        &refused,
        "nothing guards it",
    )
}

/// S11: entries of the audit log are found by each condition, first to last.
pub(super) async fn audit(stage: Stage) -> Checked {
    const CAUSE: &str = "a condition is left out, or the order is not that of writing";
    let (maija, ville): (AgentId, AgentId) = (name("maija"), name("ville"));
    let entry = |seconds, by: &AgentId, about: &str| {
        AuditEntry::new(at(seconds), Some(by.clone()), AuditAction::Viewed).about(about)
    };
    let entries = [
        entry(3, &maija, "p-1"),
        entry(1, &ville, "p-1"),
        entry(2, &maija, "p-2"),
        AuditEntry::new(at(4), None, AuditAction::Paused),
    ];
    for entry in &entries {
        let mut changes = Changes::default();
        changes.audit.push(entry.clone());
        stage.commit(changes).await?;
    }
    let find = async |narrow: &dyn Fn(&mut AuditQuery)| {
        let mut query = AuditQuery::default();
        narrow(&mut query);
        done("the audit log", stage.tenant.privacy().audit(&query).await)
    };
    let all = find(&|_| {}).await?;
    let numbers: Vec<u64> = all.iter().map(|audited| audited.seq).collect();
    let mut sorted = numbers.clone();
    sorted.sort_unstable();
    same("rising numbers", &sorted, &numbers, CAUSE)?;
    type Narrow = Box<dyn Fn(&mut AuditQuery)>;
    let conditions: [(&str, Narrow, &[usize]); 7] = [
        ("all", Box::new(|_| {}), &[0, 1, 2, 3]),
        (
            "a person",
            Box::new(|q| q.subject = Some("p-1".into())),
            &[0, 1],
        ),
        (
            "a colleague",
            Box::new(move |q| q.by = Some(maija.clone())),
            &[0, 2],
        ),
        ("from a time", Box::new(|q| q.from = Some(at(3))), &[0, 3]),
        ("until a time", Box::new(|q| q.until = Some(at(3))), &[1, 2]),
        (
            "after a number",
            Box::new(move |q| q.after = numbers[1]),
            &[2, 3],
        ),
        ("at most two", Box::new(|q| q.limit = 2), &[0, 1]),
    ];
    for (what, narrow, expected) in conditions {
        let expected: Vec<_> = expected
            .iter()
            .map(|place| entries[*place].clone())
            .collect();
        let found = find(&*narrow)
            .await?
            .into_iter()
            .map(|audited| audited.entry);
        same(what, &expected, &found.collect(), CAUSE)?;
    }
    let first = all.first().map_or(0, |audited| audited.seq);
    stage.commit(take([Purge::Audit(first)])).await?;
    same(
        "entries when one was dropped",
        &3,
        &find(&|_| {}).await?.len(),
        KEPT,
    )
}

/// S11: deliveries, waiting events, handles and notes are listed whole, whatever the size of a page.
pub(super) async fn listed(stage: Stage) -> Checked {
    const CAUSE: &str = "a page begins again or leaves one out, or the order changes";
    let mut changes = Changes::default();
    for (webhook, id) in [("b", "1"), ("a", "2"), ("a", "10"), ("ä", "1")] {
        let mut arrived = Arrival::new(at(0), Vec::new());
        arrived.delivery = Some(delivery(webhook, id));
        changes.arrivals.push(arrived);
    }
    changes.arrivals.push(arrival(1..=4));
    for id in ["h-1", "h-10", "Z", "ö"] {
        let handle = aspa_channel::Handle::new(handle_key(id));
        changes.handles.push(Versioned::new(handle));
        changes.notes.push(note(id, id));
    }
    stage.commit(changes).await?;
    let privacy = stage.tenant.privacy();
    for size in [1, 3, 100] {
        let (mut raws, mut handles, mut notes) = (Vec::new(), Vec::new(), Vec::new());
        let mut seqs: Vec<u64> = Vec::new();
        for _ in 0..6 {
            let page = done(
                "deliveries",
                privacy.all_deliveries(raws.last(), size).await,
            )?;
            raws.extend(page.into_iter().map(|raw| (raw.webhook, raw.id)));
            let page = done("handles", privacy.handles(handles.last(), size).await)?;
            handles.extend(page.into_iter().map(|row| row.value.key));
            let page = done("notes", privacy.notes(notes.last(), size).await)?;
            notes.extend(page.into_iter().map(|note| note.id));
            let after = seqs.last().copied().unwrap_or_default();
            let page = done("waiting events", privacy.waiting(after, size).await)?;
            seqs.extend(page.into_iter().map(|entry| entry.seq));
        }
        let read = (raws.len(), handles.len(), notes.len(), seqs.len());
        same(
            "deliveries, handles, notes and events",
            &(4, 4, 4, 4),
            &read,
            CAUSE,
        )?;
        raws.sort();
        raws.dedup();
        handles.sort();
        handles.dedup();
        notes.sort();
        notes.dedup();
        seqs.dedup();
        let read = (raws.len(), handles.len(), notes.len(), seqs.len());
        same("each once", &(4, 4, 4, 4), &read, CAUSE)?;
    }
    let claimed = stage.claim(0, 2).await?;
    same("claimed events", &2, &claimed.len(), CAUSE)?;
    let waiting = done("waiting events", privacy.waiting(0, 10).await)?.len();
    same("waiting events while some are claimed", &4, &waiting, CAUSE)?;
    done("scrubbing", privacy.scrub().await)
}
