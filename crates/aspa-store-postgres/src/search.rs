//! What was written, by words: taken in after the commit that wrote it, taken out within the commit
//! that changed it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use aspa_store::{Analyzer, Clause, MessageRecord, Note, Search, TicketRow, TicketSort};
use aspa_ticket::Ticket;
use tokio_postgres::Transaction;

use crate::fault::Failed;
use crate::json::{decode, digest, nanos};
use crate::store::{Shared, borrowed};
use crate::write::{Value, message_digest, values};

const WHAT: &str = "search";

/// How many tickets are read in one transaction.
const STEP: i64 = 200;

/// A search waits for so many steps, a second or so; where more was written, for the first of it.
const STEPS_BEFORE_SEARCH: usize = 20;

/// Nobody is likely to have work when nothing was committed for so long.
const QUIET: Duration = Duration::from_millis(500);

/// How often it may not have been quiet before a step is taken nevertheless.
const PATIENCE: u32 = 20;

/// Takes texts in when nobody else has work.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    runs: AtomicBool,
    commits: AtomicU64,
}

/// What tells whether texts are still the same; 0: there are none.
pub(crate) fn said(texts: &[String]) -> i64 {
    if texts.is_empty() {
        return 0;
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let bytes = digest(&texts).first_chunk().copied();
    i64::from_be_bytes(bytes.unwrap_or_default())
}

pub(crate) fn note_digest(id: &str) -> Vec<u8> {
    digest(&["note", id])
}

/// Lets texts be taken in, in the background, once it is quiet.
pub(crate) fn wake(shared: &Arc<Shared>) {
    let reader = &shared.reader;
    reader.commits.fetch_add(1, Ordering::Relaxed);
    if reader.runs.swap(true, Ordering::AcqRel) {
        return;
    }
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        loop {
            let mut seen = shared.reader.commits.load(Ordering::Relaxed);
            for _ in 0..PATIENCE {
                tokio::time::sleep(QUIET).await;
                let now = shared.reader.commits.load(Ordering::Relaxed);
                if now == std::mem::replace(&mut seen, now) {
                    break;
                }
            }
            // What fails is tried again after the next commit, and before the next search.
            let more = shared.retrying(WHAT, || step(&shared, false)).await;
            if more.unwrap_or_default() {
                continue;
            }
            shared.reader.runs.store(false, Ordering::Release);
            let news = shared.reader.commits.load(Ordering::Relaxed) != seen;
            if !news || shared.reader.runs.swap(true, Ordering::AcqRel) {
                return;
            }
        }
    });
}

/// Takes in what was written lately, so that a search finds it. Where it cannot be, such as on a
/// server that only reads, what is there is searched.
pub(crate) async fn catch_up(shared: &Shared) {
    for _ in 0..STEPS_BEFORE_SEARCH {
        let behind = shared.query("SELECT 1 FROM @.unread LIMIT 1", &[]).await;
        if !behind.is_ok_and(|rows| !rows.is_empty()) {
            return;
        }
        if let Err(error) = shared.retrying(WHAT, || step(shared, true)).await {
            tracing::debug!(%error, "texts cannot be taken in");
            return;
        }
    }
}

/// A ticket, and what it holds.
type Key = (i32, String);

/// Takes in the texts of some tickets, unless somebody else is at it who need not be waited for. Returns
/// whether there may be more.
async fn step(shared: &Shared, wait: bool) -> Result<bool, Failed> {
    let mut client = shared.client().await?;
    let transaction = client.transaction().await?;
    let at = Step {
        shared,
        transaction: &transaction,
    };
    let lock = match wait {
        true => "SELECT true FROM pg_advisory_xact_lock($1, 0)",
        false => "SELECT pg_try_advisory_xact_lock($1, 0)",
    };
    let ours = at.query(lock, values![shared.names.search]).await?;
    if !ours
        .first()
        .is_some_and(|row| row.try_get(0).unwrap_or_default())
    {
        return Ok(false);
    }
    let rows = at
        .query(
            "DELETE FROM @.unread WHERE seq IN (SELECT seq FROM @.unread ORDER BY seq LIMIT $1)
             RETURNING tenant, ticket",
            values![STEP],
        )
        .await?;
    let more = i64::try_from(rows.len()).is_ok_and(|rows| rows == STEP);
    let mut tickets: BTreeSet<Key> = BTreeSet::new();
    for row in &rows {
        tickets.insert((row.try_get(0)?, row.try_get(1)?));
    }
    if !tickets.is_empty() {
        at.read(tickets).await?;
    }
    transaction.commit().await?;
    Ok(more)
}

struct Step<'a> {
    shared: &'a Shared,
    transaction: &'a Transaction<'a>,
}

/// A text to be taken in.
struct Text {
    ticket: Key,
    source: Vec<u8>,
    said: i64,
    words: String,
}

impl Step<'_> {
    async fn query(
        &self,
        sql: &str,
        values: Vec<Value>,
    ) -> Result<Vec<tokio_postgres::Row>, Failed> {
        let rows = self
            .transaction
            .query(&self.shared.sql(sql), &borrowed(&values))
            .await?;
        Ok(rows)
    }

    async fn execute(&self, sql: &str, values: Vec<Value>) -> Result<(), Failed> {
        self.query(sql, values).await.map(drop)
    }

    /// Brings the texts of tickets up to date.
    async fn read(&self, keys: BTreeSet<Key>) -> Result<(), Failed> {
        let (tenants, ids) = columns(keys.iter());
        let tickets = self.tickets(&tenants, &ids).await?;
        let known = self
            .query(
                "SELECT x.tenant, x.ticket, x.source FROM unnest($1::int[], $2::text[]) AS k (tenant, ticket)
                 JOIN @.texts AS x ON x.tenant = k.tenant AND x.ticket = k.ticket",
                values![tenants, ids],
            )
            .await?;
        let mut there: BTreeSet<(Key, Vec<u8>)> = BTreeSet::new();
        for row in &known {
            there.insert(((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?));
        }
        let mut wanted: BTreeSet<(Key, Vec<u8>)> = BTreeSet::new();
        let mut messages = BTreeMap::new();
        let mut notes = BTreeMap::new();
        for (key, ticket) in &tickets {
            for attached in &ticket.messages {
                let source = message_digest(&attached.message);
                messages.insert((key.0, source.clone()), attached.message.clone());
                wanted.insert((key.clone(), source));
            }
            for note in &ticket.notes {
                let source = note_digest(note);
                notes.insert((key.0, source.clone()), note.clone());
                wanted.insert((key.clone(), source));
            }
        }
        let missing: BTreeSet<(i32, Vec<u8>)> = wanted
            .difference(&there)
            .map(|(key, source)| (key.0, source.clone()))
            .collect();
        messages.retain(|source, _| missing.contains(source));
        notes.retain(|source, _| missing.contains(source));
        let mut texts = self.messages(&messages).await?;
        texts.extend(self.notes(&notes).await?);
        let mut analyzer = self.shared.analyzer();
        let new = wanted.difference(&there).filter_map(|(key, source)| {
            let texts = texts.get(&(key.0, source.clone()))?;
            Some(Text {
                ticket: key.clone(),
                source: source.clone(),
                said: said(texts),
                words: vector(key.0, texts, &mut analyzer),
            })
        });
        let new: Vec<Text> = new.collect();
        self.shared.give_back(analyzer);
        self.take_out(there.difference(&wanted)).await?;
        self.take_in(new).await
    }

    /// The tickets; of one that cannot be read nothing is known.
    async fn tickets(
        &self,
        tenants: &[i32],
        ids: &[String],
    ) -> Result<BTreeMap<Key, Ticket>, Failed> {
        let rows = self
            .query(
                "SELECT t.tenant, t.id, t.ticket, t.opened IS NULL FROM unnest($1::int[], $2::text[]) AS k (tenant, id)
                 JOIN @.tickets AS t ON t.tenant = k.tenant AND t.id = k.id WHERE t.ticket IS NOT NULL",
                values![tenants.to_vec(), ids.to_vec()],
            )
            .await?;
        let mut tickets = BTreeMap::new();
        for row in &rows {
            let key: Key = (row.try_get(0)?, row.try_get(1)?);
            let Ok(ticket) = decode::<Ticket>(WHAT, "ticket", row.try_get(2)?) else {
                continue;
            };
            if row.try_get(3)? {
                let (opened, ticket) = (nanos(ticket.opened_at), TicketRow::new(ticket.clone()));
                let touched = TicketSort::Activity.place(&ticket);
                self.execute(
                    "UPDATE @.tickets SET opened = $3, touched = $4
                     WHERE tenant = $1 AND id = $2 AND opened IS NULL AND ticket IS NOT NULL",
                    values![key.0, key.1.clone(), opened, touched],
                )
                .await?;
            }
            tickets.insert(key, ticket);
        }
        Ok(tickets)
    }

    /// What messages say. Whoever changes one meanwhile waits, and takes out what is taken in here.
    async fn messages(
        &self,
        wanted: &BTreeMap<(i32, Vec<u8>), aspa_channel::MessageKey>,
    ) -> Result<BTreeMap<(i32, Vec<u8>), Vec<String>>, Failed> {
        let of = |tenant: i32| {
            move |((t, source), key): (&(i32, Vec<u8>), &aspa_channel::MessageKey)| {
                (*t == tenant).then(|| (source.clone(), key.clone()))
            }
        };
        let mut texts = BTreeMap::new();
        let tenants: BTreeSet<i32> = wanted.keys().map(|(tenant, _)| *tenant).collect();
        for tenant in tenants {
            let mut keys: Vec<_> = wanted.iter().filter_map(of(tenant)).collect();
            keys.sort_by(|a, b| a.1.cmp(&b.1));
            let rows = self
                .query(
                    "SELECT k.place, m.record
                     FROM unnest($2::text[], $3::text[], $4::int[]) WITH ORDINALITY AS k (account, id, part, place)
                     JOIN @.messages AS m
                         ON m.tenant = $1 AND m.account = k.account AND m.id = k.id AND m.part = k.part
                     FOR SHARE OF m",
                    values![
                        tenant,
                        keys.iter().map(|(_, k)| k.account.to_string()).collect::<Vec<_>>(),
                        keys.iter().map(|(_, k)| k.id.to_string()).collect::<Vec<_>>(),
                        keys.iter().map(|(_, k)| i32::from(k.part)).collect::<Vec<_>>(),
                    ],
                )
                .await?;
            for row in &rows {
                let place = usize::try_from(row.try_get::<_, i64>(0)? - 1).unwrap_or_default();
                let Some((source, _)) = keys.get(place) else {
                    continue;
                };
                // What this version cannot read is not found by what it says.
                let record = decode::<MessageRecord>(WHAT, "message", row.try_get(1)?);
                let said = record.map(|record| record.searchable()).unwrap_or_default();
                texts.insert((tenant, source.clone()), said);
            }
        }
        Ok(texts)
    }

    async fn notes(
        &self,
        wanted: &BTreeMap<(i32, Vec<u8>), aspa_ticket::NoteId>,
    ) -> Result<BTreeMap<(i32, Vec<u8>), Vec<String>>, Failed> {
        let mut texts = BTreeMap::new();
        if wanted.is_empty() {
            return Ok(texts);
        }
        let keys: Vec<_> = wanted.iter().collect();
        let rows = self
            .query(
                "SELECT k.place, n.note FROM unnest($1::int[], $2::bytea[]) WITH ORDINALITY AS k (tenant, id, place)
                 JOIN @.notes AS n ON n.tenant = k.tenant AND n.id_digest = k.id",
                values![
                    keys.iter().map(|((tenant, _), _)| *tenant).collect::<Vec<_>>(),
                    keys.iter().map(|(_, id)| digest(&[id])).collect::<Vec<_>>(),
                ],
            )
            .await?;
        for row in &rows {
            let place = usize::try_from(row.try_get::<_, i64>(0)? - 1).unwrap_or_default();
            let Some((key, _)) = keys.get(place) else {
                continue;
            };
            let note = decode::<Note>(WHAT, "note", row.try_get(1)?);
            texts.insert(
                (*key).clone(),
                note.map(|note| note.searchable()).unwrap_or_default(),
            );
        }
        Ok(texts)
    }

    async fn take_out(&self, gone: impl Iterator<Item = &(Key, Vec<u8>)>) -> Result<(), Failed> {
        let (keys, sources): (Vec<Key>, Vec<Vec<u8>>) = gone.cloned().unzip();
        if keys.is_empty() {
            return Ok(());
        }
        let (tenants, ids) = columns(keys.iter());
        self.execute(
            "DELETE FROM @.texts AS x USING unnest($1::int[], $2::text[], $3::bytea[]) AS n (tenant, ticket, source)
             WHERE x.tenant = n.tenant AND x.ticket = n.ticket AND x.source = n.source",
            values![tenants, ids, sources],
        )
        .await
    }

    async fn take_in(&self, texts: Vec<Text>) -> Result<(), Failed> {
        if texts.is_empty() {
            return Ok(());
        }
        let (tenants, ids) = columns(texts.iter().map(|text| &text.ticket));
        let said: Vec<i64> = texts.iter().map(|text| text.said).collect();
        let (sources, words): (Vec<_>, Vec<_>) = texts
            .into_iter()
            .map(|text| (text.source, text.words))
            .unzip();
        self.execute(
            "INSERT INTO @.texts (tenant, ticket, source, said, words)
             SELECT n.tenant, n.ticket, n.source, n.said, n.words::tsvector
             FROM unnest($1::int[], $2::text[], $3::bytea[], $4::bigint[], $5::text[])
                 AS n (tenant, ticket, source, said, words)
             ON CONFLICT DO NOTHING",
            values![tenants, ids, sources, said, words],
        )
        .await
    }
}

fn columns<'a>(keys: impl Iterator<Item = &'a Key>) -> (Vec<i32>, Vec<String>) {
    keys.cloned().unzip()
}

/// Words as a `tsvector` is written: with their places, and stems without.
fn vector(tenant: i32, texts: &[String], analyzer: &mut Analyzer) -> String {
    let found = analyzer.read(texts.iter().map(String::as_str));
    let mut text = String::new();
    for (place, word) in found
        .words
        .iter()
        .enumerate()
        .filter(|(_, word)| !word.is_empty())
    {
        text.push_str(&format!("{}:{} ", word_of(tenant, word), place + 1));
    }
    for stem in &found.stems {
        text.push_str(&stem_of(tenant, stem));
        text.push(' ');
    }
    text
}

/// Words are letters and digits alone, so that nothing in them means anything between the quotes.
fn word_of(tenant: i32, word: &str) -> String {
    format!("'{tenant}w{word}'")
}

fn stem_of(tenant: i32, stem: &str) -> String {
    format!("'{tenant}s{stem}'")
}

/// Each clause of a search as a `tsquery` is written.
pub(crate) fn queries(tenant: i32, search: &Search) -> Vec<String> {
    let query = |clause: &Clause| match clause {
        Clause::Any(terms) => {
            let both = terms
                .iter()
                .flat_map(|term| [word_of(tenant, term), stem_of(tenant, term)]);
            both.collect::<Vec<_>>().join(" | ")
        }
        Clause::Prefix(start) => format!("{}:*", word_of(tenant, start)),
        Clause::Phrase(words) => {
            let words = words.iter().map(|word| word_of(tenant, word));
            words.collect::<Vec<_>>().join(" <-> ")
        }
        // A later kind of clause finds nothing rather than everything.
        _ => "'none' & !'none'".to_owned(),
    };
    search.clauses().iter().map(query).collect()
}
