use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use aspa_identity::{Link, LinkState};
use aspa_store::{
    Attempt, Changes, Clocks, Error, ErrorKind, MessageRecord, OutboxRow, OutboxState, Pause,
    PauseScope, Stored, TicketRow, TicketSort, Versioned,
};
use aspa_ticket::TicketKey;
use aspa_types::{CustomerId, EffectKey, HandleKey, Tag, TicketId};
use tokio_postgres::types::ToSql;

use crate::arrive::Arrivals;
use crate::json::{NEVER, digest, encode, nanos, number, word};
use crate::search::said;
use crate::store::Locks;

/// A value of a statement.
pub(crate) type Value = Box<dyn ToSql + Sync + Send>;

/// One statement that writes all rows of a kind. `@.` in it stands for the schema.
pub(crate) struct Step {
    pub(crate) sql: &'static str,
    pub(crate) values: Vec<Value>,
    /// How many rows it writes unless somebody else was there, and what they are.
    pub(crate) writes: Option<(u64, &'static str)>,
}

/// [`Changes`] as the tables want them: everything that needs no database is done.
pub(crate) struct Batch {
    /// In an order that is the same for every writer, so that they seldom wait for each other in a
    /// circle.
    pub(crate) steps: Vec<Step>,
    pub(crate) arrivals: Option<Arrivals>,
    /// Whether somebody may be waiting for what it brings.
    pub(crate) is_news: bool,
    /// Whether the search has something to take in.
    pub(crate) is_text: bool,
}

/// A value for each column.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$(Box::new($value) as $crate::write::Value),*] };
}
pub(crate) use values;

impl Batch {
    pub(crate) fn new(tenant: i32, changes: Changes, locks: &Locks) -> Result<Self, Error> {
        check_history(&changes)?;
        if !changes.is_valid() {
            return Err(Error::new(ErrorKind::Invalid, "commit"));
        }
        let mut steps = Steps::new(tenant);
        let is_news = !(changes.arrivals.is_empty()
            && changes.outbox.is_empty()
            && changes.resumed.is_empty()
            && changes.tickets.is_empty()
            && changes.history.is_empty()
            && changes.reopened.is_empty());
        let arrivals = Arrivals::new(changes.arrivals)?;
        steps.purged(changes.purged)?;
        steps.inbox(&changes.processed, &changes.kept);
        steps.reopen(&changes.reopened, &changes.dropped);
        let is_text = !changes.tickets.is_empty()
            || !changes.removed.is_empty()
            || changes.messages.iter().any(|row| row.version > 0);
        steps.messages(changes.messages)?;
        steps.handles(changes.handles)?;
        steps.abouts(&changes.tickets)?;
        steps.remove(changes.removed);
        steps.tickets(changes.tickets)?;
        steps.links(changes.links)?;
        steps.outbox(changes.outbox, locks)?;
        steps.notes(changes.notes)?;
        steps.evidence(&changes.forgotten, &changes.evidence)?;
        steps.attempts(changes.attempts)?;
        steps.pauses(&changes.resumed, &changes.pauses, locks)?;
        steps.customers(changes.customers, changes.gone)?;
        // After an arrival's own, which its statement writes before these.
        let cursors = changes.cursors;
        steps.history(changes.history, locks)?;
        steps.cursors(cursors)?;
        steps.documents(changes.documents)?;
        steps.audit(changes.audit)?;
        steps.rewritten(changes.rewritten)?;
        Ok(Self {
            steps: steps.steps,
            arrivals,
            is_news,
            is_text,
        })
    }
}

/// The statements that write rows of another store, which are not here yet.
pub(crate) fn copied(tenant: i32, changes: Changes, locks: &Locks) -> Result<Vec<Step>, Error> {
    let mut steps = Steps::new(tenant);
    steps.copies = true;
    steps.messages(changes.messages)?;
    steps.handles(changes.handles)?;
    steps.abouts(&changes.tickets)?;
    steps.tickets(changes.tickets)?;
    steps.links(changes.links)?;
    steps.outbox(changes.outbox, locks)?;
    steps.notes(changes.notes)?;
    steps.evidence(&[], &changes.evidence)?;
    steps.attempts(changes.attempts)?;
    steps.pauses(&[], &changes.pauses, locks)?;
    steps.customers(changes.customers, Vec::new())?;
    steps.cursors(changes.cursors)?;
    Ok(steps.steps)
}

/// Two writers of one history have to conflict, which they do by its ticket.
fn check_history(changes: &Changes) -> Result<(), Error> {
    let guarded: HashSet<&TicketKey> = changes
        .tickets
        .iter()
        .map(|row| &row.value.ticket.key)
        .collect();
    match changes
        .history
        .iter()
        .find(|(about, _)| !guarded.contains(about))
    {
        Some(_) => {
            Err(Error::new(ErrorKind::Invalid, "commit").with_detail("history without its ticket"))
        }
        None => Ok(()),
    }
}

/// A version that no table can hold is one that no row has.
fn version(version: u64) -> i64 {
    number(version)
}

pub(crate) fn handle_digest(key: &HandleKey) -> Vec<u8> {
    digest(&[&key.to_string()])
}

pub(crate) fn customer_digest(id: &CustomerId) -> Vec<u8> {
    digest(&[id.system.as_str(), &id.id])
}

/// Whom a handle is linked to now.
fn linked(link: &Link) -> Option<Vec<u8>> {
    let customer = link.customer.as_ref();
    customer
        .filter(|_| link.state == LinkState::Linked)
        .map(customer_digest)
}

pub(crate) fn about_digest(key: &TicketKey) -> Vec<u8> {
    let conversation = &key.conversation;
    digest(&[
        &key.customer.to_string(),
        conversation.account.as_str(),
        &conversation.id,
    ])
}

pub(crate) fn message_digest(key: &aspa_channel::MessageKey) -> Vec<u8> {
    digest(&[key.account.as_str(), &key.id, &key.part.to_string()])
}

pub(crate) fn conversation_digest(key: &aspa_channel::ConversationKey) -> Vec<u8> {
    digest(&[key.account.as_str(), &key.id])
}

/// A tag and those that it is within: `delivery/late`, `delivery`.
fn levels(tag: &Tag) -> impl Iterator<Item = &str> {
    let text = tag.as_str();
    let ends = text
        .match_indices('/')
        .map(|(end, _)| end)
        .chain([text.len()]);
    ends.map(|end| &text[..end])
}

/// As a pause is named: an empty text stands for every account or kind.
fn scope(scope: &PauseScope) -> (String, String) {
    let account = scope.account.as_ref().map(ToString::to_string);
    let kind = scope.effect.as_ref().map(|kind| word(&kind.to_string()));
    (account.unwrap_or_default(), kind.unwrap_or_default())
}

/// Puts statements together, each for all rows of one kind.
pub(crate) struct Steps {
    tenant: i32,
    /// Whether rows come from another store, with the versions that they have there.
    copies: bool,
    pub(crate) steps: Vec<Step>,
}

impl Steps {
    fn new(tenant: i32) -> Self {
        Self {
            tenant,
            copies: false,
            steps: Vec::new(),
        }
    }

    /// Rows that do not exist yet, and rows that do. In a copy none does, and each has its version.
    fn parted<T>(&self, mut rows: Vec<Versioned<T>>) -> [Vec<Versioned<T>>; 2] {
        if self.copies {
            rows.iter_mut()
                .for_each(|row| row.version = row.version.saturating_sub(1));
            return [rows, Vec::new()];
        }
        let (new, old) = rows.into_iter().partition(|row| row.version == 0);
        [new, old]
    }

    /// A statement of which every row has to be written.
    pub(crate) fn each(
        &mut self,
        sql: &'static str,
        rows: usize,
        what: &'static str,
        values: Vec<Value>,
    ) {
        if rows > 0 {
            let writes = Some((rows as u64, what));
            self.push(sql, values, writes);
        }
    }

    pub(crate) fn any(&mut self, sql: &'static str, rows: usize, values: Vec<Value>) {
        if rows > 0 {
            self.push(sql, values, None);
        }
    }

    fn push(&mut self, sql: &'static str, rest: Vec<Value>, writes: Option<(u64, &'static str)>) {
        let mut values = values![self.tenant];
        values.extend(rest);
        self.steps.push(Step {
            sql,
            values,
            writes,
        });
    }

    /// Takes processed entries out of the inbox, and puts those whose event is kept aside.
    fn inbox(&mut self, processed: &[u64], kept: &[u64]) {
        let numbers = |seqs: &[u64]| seqs.iter().map(|seq| number(*seq)).collect::<Vec<i64>>();
        self.each(
            "DELETE FROM @.inbox WHERE tenant = $1 AND seq = ANY($2)",
            processed.len(),
            "inbox",
            values![numbers(processed)],
        );
        self.each(
            "WITH kept AS (
                 DELETE FROM @.inbox WHERE tenant = $1 AND seq = ANY($2)
                 RETURNING tenant, seq, received_at, event)
             INSERT INTO @.kept (tenant, seq, received_at, event) SELECT * FROM kept",
            kept.len(),
            "inbox",
            values![numbers(kept)],
        );
    }

    /// Puts kept entries back into the inbox, under new numbers, and drops others.
    fn reopen(&mut self, reopened: &[u64], dropped: &[u64]) {
        let numbers = |seqs: &[u64]| seqs.iter().map(|seq| number(*seq)).collect::<Vec<i64>>();
        self.each(
            "WITH again AS (
                 DELETE FROM @.kept WHERE tenant = $1 AND seq = ANY($2)
                 RETURNING tenant, seq, received_at, event)
             INSERT INTO @.inbox (tenant, received_at, event)
             SELECT tenant, received_at, event FROM again ORDER BY seq",
            reopened.len(),
            "kept",
            values![numbers(reopened)],
        );
        self.each(
            "DELETE FROM @.kept WHERE tenant = $1 AND seq = ANY($2)",
            dropped.len(),
            "kept",
            values![numbers(dropped)],
        );
    }

    fn messages(&mut self, rows: Vec<Versioned<MessageRecord>>) -> Result<(), Error> {
        const NEW: &str = "
            INSERT INTO @.messages
                (tenant, account, id, part, version, conversation_digest, at, source, awaits_digest, record)
            SELECT $1, n.account, n.id, n.part, n.version + 1, n.conversation, n.at, n.source, n.awaits, n.record
            FROM unnest($2::text[], $3::text[], $4::int[], $5::bigint[], $6::bytea[], $7::bigint[], $8::bigint[],
                $9::bytea[], $10::text[])
                AS n (account, id, part, version, conversation, at, source, awaits, record)
            ON CONFLICT DO NOTHING";
        const OLD: &str = "
            UPDATE @.messages AS m SET version = m.version + 1, conversation_digest = n.conversation,
                at = n.at, source = n.source, awaits_digest = n.awaits, record = n.record
            FROM unnest($2::text[], $3::text[], $4::int[], $5::bigint[], $6::bytea[], $7::bigint[], $8::bigint[],
                $9::bytea[], $10::text[])
                AS n (account, id, part, version, conversation, at, source, awaits, record)
            WHERE m.tenant = $1 AND m.account = n.account AND m.id = n.id AND m.part = n.part
                AND m.version = n.version";
        for (sql, mut rows) in [NEW, OLD].into_iter().zip(self.parted(rows)) {
            rows.sort_by(|a, b| a.value.key.cmp(&b.value.key));
            let of = |row: &Versioned<MessageRecord>| row.value.key.clone();
            let keys: Vec<_> = rows.iter().map(of).collect();
            let conversation = |row: &Versioned<MessageRecord>| {
                let message = row.value.message.as_ref();
                message.map(|message| conversation_digest(&message.conversation))
            };
            let places = rows.iter().map(|row| row.value.place());
            let (at, source): (Vec<_>, Vec<_>) = places
                .map(|place| place.map(|place| (place.at, place.source)).unzip())
                .unzip();
            let values = values![
                keys.iter()
                    .map(|k| k.account.to_string())
                    .collect::<Vec<_>>(),
                keys.iter().map(|k| k.id.to_string()).collect::<Vec<_>>(),
                keys.iter().map(|k| i32::from(k.part)).collect::<Vec<_>>(),
                rows.iter()
                    .map(|row| version(row.version))
                    .collect::<Vec<_>>(),
                rows.iter().map(conversation).collect::<Vec<_>>(),
                at,
                source,
                rows.iter()
                    .map(|row| row.value.awaits.as_ref().map(message_digest))
                    .collect::<Vec<_>>(),
                jsons(rows.iter().map(|row| &row.value))?,
            ];
            self.each(sql, rows.len(), "messages", values);
            if sql == OLD {
                self.changed(&rows);
            }
        }
        Ok(())
    }

    /// Takes messages out of the search that no longer say what was taken in, so that what is erased
    /// is gone with this commit. What they say now is taken in later.
    fn changed(&mut self, rows: &[Versioned<MessageRecord>]) {
        let sources = rows.iter().map(|row| message_digest(&row.value.key));
        let says = rows.iter().map(|row| said(&row.value.searchable()));
        self.any(
            "WITH stale AS (
                 DELETE FROM @.texts AS x USING unnest($2::bytea[], $3::bigint[]) AS n (source, said)
                 WHERE x.tenant = $1 AND x.source = n.source AND x.said <> n.said RETURNING x.ticket)
             INSERT INTO @.unread (tenant, ticket) SELECT DISTINCT $1, ticket FROM stale",
            rows.len(),
            values![sources.collect::<Vec<_>>(), says.collect::<Vec<_>>()],
        );
    }

    /// Has the texts of tickets looked at.
    fn unread(&mut self, tickets: Vec<String>) {
        self.any(
            "INSERT INTO @.unread (tenant, ticket) SELECT $1, n.ticket FROM unnest($2::text[]) AS n (ticket)",
            tickets.len(),
            values![tickets],
        );
    }

    fn handles(&mut self, rows: Vec<Versioned<aspa_channel::Handle>>) -> Result<(), Error> {
        const NEW: &str = "
            INSERT INTO @.handles (tenant, key_digest, version, handle)
            SELECT $1, n.key, n.version + 1, n.handle
            FROM unnest($2::bytea[], $3::bigint[], $4::text[]) AS n (key, version, handle)
            ON CONFLICT DO NOTHING";
        const OLD: &str = "
            UPDATE @.handles AS h SET version = h.version + 1, handle = n.handle
            FROM unnest($2::bytea[], $3::bigint[], $4::text[]) AS n (key, version, handle)
            WHERE h.tenant = $1 AND h.key_digest = n.key AND h.version = n.version";
        for (sql, mut rows) in [NEW, OLD].into_iter().zip(self.parted(rows)) {
            rows.sort_by_cached_key(|row| handle_digest(&row.value.key));
            let values = values![
                rows.iter()
                    .map(|row| handle_digest(&row.value.key))
                    .collect::<Vec<_>>(),
                rows.iter()
                    .map(|row| version(row.version))
                    .collect::<Vec<_>>(),
                jsons(rows.iter().map(|row| &row.value))?,
            ];
            self.each(sql, rows.len(), "handles", values);
        }
        Ok(())
    }

    /// What tickets and history are about. History without a ticket was refused.
    fn abouts(&mut self, tickets: &[Versioned<TicketRow>]) -> Result<(), Error> {
        let mut abouts = BTreeMap::new();
        for row in tickets {
            let key = &row.value.ticket.key;
            abouts.insert(about_digest(key), encode(key)?);
        }
        let (digests, keys): (Vec<_>, Vec<_>) = abouts.into_iter().unzip();
        self.any(
            "INSERT INTO @.abouts (tenant, digest, about)
             SELECT $1, n.digest, n.about FROM unnest($2::bytea[], $3::text[]) AS n (digest, about)
             ON CONFLICT DO NOTHING",
            digests.len(),
            values![digests, keys],
        );
        Ok(())
    }

    fn remove(&mut self, rows: Vec<Versioned<TicketId>>) {
        let ids = |rows: &[Versioned<TicketId>]| {
            let ids = rows.iter().map(|row| row.value.to_string());
            ids.collect::<Vec<String>>()
        };
        let all = ids(&rows);
        let [unknown, mut known] = self.parted(rows);
        known.sort_by(|a, b| a.value.cmp(&b.value));
        // What does not exist can be removed by whoever knows that it does not.
        self.each(
            "SELECT 1 WHERE NOT EXISTS (
                 SELECT 1 FROM @.tickets WHERE tenant = $1 AND id = ANY($2) AND ticket IS NOT NULL)",
            usize::from(!unknown.is_empty()),
            "tickets",
            values![ids(&unknown)],
        );
        let versions = known.iter().map(|row| version(row.version));
        self.each(
            "UPDATE @.tickets AS t SET version = t.version + 1, about_digest = NULL, customer_digest = NULL,
                 account = NULL, ordinal = NULL, category = NULL, active = NULL, assignee = NULL,
                 place = NULL, wake = NULL, ticket = NULL, clocks = NULL, opened = NULL, touched = NULL
             FROM unnest($2::text[], $3::bigint[]) AS n (id, version)
             WHERE t.tenant = $1 AND t.id = n.id AND t.version = n.version AND t.ticket IS NOT NULL",
            known.len(),
            "tickets",
            values![ids(&known), versions.collect::<Vec<_>>()],
        );
        self.any(
            "DELETE FROM @.texts WHERE tenant = $1 AND ticket = ANY($2)",
            all.len(),
            values![all.clone()],
        );
        self.untag(all);
    }

    fn untag(&mut self, tickets: Vec<String>) {
        self.any(
            "DELETE FROM @.ticket_tags WHERE tenant = $1 AND ticket = ANY($2)",
            tickets.len(),
            values![tickets],
        );
    }

    fn tickets(&mut self, rows: Vec<Versioned<TicketRow>>) -> Result<(), Error> {
        const NEW: &str = "
            INSERT INTO @.tickets AS t (tenant, id, version, about_digest, customer_digest, account, ordinal,
                category, active, assignee, place, wake, ticket, clocks, opened, touched)
            SELECT $1, n.id, n.version + 1, n.about, n.customer, n.account, n.ordinal, n.category, n.active,
                n.assignee, n.place, n.wake, n.ticket, n.clocks, n.opened, n.touched
            FROM unnest($2::text[], $3::bigint[], $4::bytea[], $5::bytea[], $6::text[], $7::bigint[],
                    $8::text[], $9::bool[], $10::text[], $11::bigint[], $12::bigint[], $13::text[], $14::text[],
                    $15::bigint[], $16::bigint[])
                AS n (id, version, about, customer, account, ordinal, category, active, assignee, place, wake,
                    ticket, clocks, opened, touched)
            ON CONFLICT (tenant, id) DO UPDATE SET version = t.version + 1,
                about_digest = excluded.about_digest, customer_digest = excluded.customer_digest,
                account = excluded.account, ordinal = excluded.ordinal, category = excluded.category,
                active = excluded.active, assignee = excluded.assignee, place = excluded.place,
                wake = excluded.wake, ticket = excluded.ticket, clocks = excluded.clocks,
                opened = excluded.opened, touched = excluded.touched
            WHERE t.ticket IS NULL";
        const OLD: &str = "
            UPDATE @.tickets AS t SET version = t.version + 1, about_digest = n.about,
                customer_digest = n.customer, account = n.account, ordinal = n.ordinal,
                category = n.category, active = n.active, assignee = n.assignee, place = n.place,
                wake = n.wake, ticket = n.ticket, clocks = n.clocks, opened = n.opened, touched = n.touched
            FROM unnest($2::text[], $3::bigint[], $4::bytea[], $5::bytea[], $6::text[], $7::bigint[],
                    $8::text[], $9::bool[], $10::text[], $11::bigint[], $12::bigint[], $13::text[], $14::text[],
                    $15::bigint[], $16::bigint[])
                AS n (id, version, about, customer, account, ordinal, category, active, assignee, place, wake,
                    ticket, clocks, opened, touched)
            WHERE t.tenant = $1 AND t.id = n.id AND t.version = n.version AND t.ticket IS NOT NULL";
        let known = rows.iter().filter(|row| row.version > 0);
        let known = known.map(|row| row.value.ticket.id.to_string()).collect();
        let written = rows.iter().map(|row| row.value.ticket.id.to_string());
        self.unread(written.collect());
        let (mut tags, mut places, mut tagged) = (Vec::new(), Vec::new(), Vec::new());
        for (sql, mut rows) in [NEW, OLD].into_iter().zip(self.parted(rows)) {
            rows.sort_by(|a, b| a.value.ticket.id.cmp(&b.value.ticket.id));
            let twice = rows
                .windows(2)
                .any(|pair| pair[0].value.ticket.id == pair[1].value.ticket.id);
            if twice {
                // The second would find that the first was there.
                return Err(Error::new(ErrorKind::Conflict, "commit").with_detail("tickets"));
            }
            let count = rows.len();
            let mut columns = TicketColumns::default();
            for row in rows {
                let place = row.value.breach_at.map_or(NEVER, nanos);
                let ticket = &row.value.ticket;
                let of: BTreeSet<&str> = ticket.tags.iter().flat_map(levels).collect();
                for level in of {
                    tags.push(level.to_owned());
                    places.push(place);
                    tagged.push(ticket.id.to_string());
                }
                columns.push(row, place)?;
            }
            self.each(sql, count, "tickets", columns.values());
        }
        self.untag(known);
        self.any(
            "INSERT INTO @.ticket_tags (tenant, tag, place, ticket)
             SELECT $1, n.tag, n.place, n.ticket
             FROM unnest($2::text[], $3::bigint[], $4::text[]) AS n (tag, place, ticket)",
            tags.len(),
            values![tags, places, tagged],
        );
        Ok(())
    }

    fn links(&mut self, rows: Vec<Versioned<aspa_identity::Link>>) -> Result<(), Error> {
        const NEW: &str = "
            INSERT INTO @.links (tenant, handle_digest, handle, version, state, link, customer_digest)
            SELECT $1, n.digest, n.handle, n.version + 1, n.state, n.link, n.customer
            FROM unnest($2::bytea[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::bytea[])
                AS n (digest, handle, version, state, link, customer)
            ON CONFLICT DO NOTHING";
        const OLD: &str = "
            UPDATE @.links AS l SET version = l.version + 1, state = n.state, link = n.link,
                customer_digest = n.customer
            FROM unnest($2::bytea[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::bytea[])
                AS n (digest, handle, version, state, link, customer)
            WHERE l.tenant = $1 AND l.handle_digest = n.digest AND l.version = n.version";
        for (sql, mut rows) in [NEW, OLD].into_iter().zip(self.parted(rows)) {
            rows.sort_by_cached_key(|row| handle_digest(&row.value.handle));
            let values = values![
                rows.iter()
                    .map(|row| handle_digest(&row.value.handle))
                    .collect::<Vec<_>>(),
                rows.iter()
                    .map(|row| row.value.handle.to_string())
                    .collect::<Vec<_>>(),
                rows.iter()
                    .map(|row| version(row.version))
                    .collect::<Vec<_>>(),
                rows.iter()
                    .map(|row| word(&row.value.state.to_string()))
                    .collect::<Vec<_>>(),
                jsons(rows.iter().map(|row| &row.value))?,
                rows.iter()
                    .map(|row| linked(&row.value))
                    .collect::<Vec<_>>(),
            ];
            self.each(sql, rows.len(), "links", values);
        }
        Ok(())
    }

    fn outbox(&mut self, rows: Vec<Versioned<OutboxRow>>, locks: &Locks) -> Result<(), Error> {
        const NEW: &str = "
            INSERT INTO @.outbox
                (tenant, key, version, account, lane_digest, kind, state, holds, ready, next_at, effect)
            SELECT $1, n.key, n.version + 1, n.account, n.lane, n.kind, n.state, n.holds, n.ready,
                n.next_at, n.effect
            FROM unnest($2::text[], $3::bigint[], $4::text[], $5::bytea[], $6::text[], $7::text[],
                    $8::bool[], $9::bool[], $10::bigint[], $11::text[])
                AS n (key, version, account, lane, kind, state, holds, ready, next_at, effect)
            ON CONFLICT DO NOTHING";
        let digests = rows
            .iter()
            .map(|row| conversation_digest(&row.value.effect.conversation));
        let digests: Vec<_> = digests.collect::<BTreeSet<_>>().into_iter().collect();
        // Who can be claimed depends on what is paused.
        self.any(
            "SELECT pg_advisory_xact_lock_shared($2, $1)",
            rows.len(),
            values![locks.pauses],
        );
        // Effects of one lane are numbered in the order in which they are committed: whoever writes
        // into it holds it until then. Otherwise a later number could be claimed before an earlier one
        // is seen, and both be under way at once; or of two writers neither would see that another
        // effect is the first one now.
        // A copy is alone, and has more lanes than there are locks.
        let shared = rows.iter().filter(|_| !self.copies);
        let mut lanes: Vec<i32> = shared
            .map(|row| lane_lock(self.tenant, &row.value))
            .collect();
        lanes.sort_unstable();
        lanes.dedup();
        self.any(
            "SELECT pg_advisory_xact_lock($2, lane) FROM unnest($3::int[]) AS lane WHERE $1::int IS NOT NULL",
            lanes.len(),
            values![locks.lanes, lanes],
        );
        let [new, old] = self.parted(rows);
        // In the order given, which is that of the lane.
        self.each(NEW, new.len(), "outbox", effects(&new)?);
        self.each(OLD_EFFECTS, old.len(), "outbox", effects(&old)?);
        self.lanes(&old, digests);
        Ok(())
    }

    fn history(
        &mut self,
        history: Vec<(TicketKey, aspa_ticket::Event)>,
        locks: &Locks,
    ) -> Result<(), Error> {
        let (abouts, events): (Vec<_>, Vec<_>) = history.into_iter().unzip();
        // Tells readers of the log, before any position is drawn, above which one this writer's will
        // be: they wait with what lies above it until this transaction has ended.
        self.any(
            "SELECT pg_advisory_xact_lock_shared($2, (last_value % 2147483648)::int)
             FROM @.log_position WHERE $1::int IS NOT NULL",
            events.len(),
            values![locks.writers],
        );
        self.any(
            "INSERT INTO @.log (position, tenant, about_digest, event)
             SELECT nextval('@.log_position'), $1, n.about, n.event
             FROM unnest($2::bytea[], $3::text[]) AS n (about, event)",
            events.len(),
            values![
                abouts.iter().map(about_digest).collect::<Vec<_>>(),
                jsons(events.iter())?,
            ],
        );
        Ok(())
    }

    fn notes(&mut self, mut notes: Vec<aspa_store::Note>) -> Result<(), Error> {
        // Of two in one batch the first counts: the sort keeps them in order.
        notes.sort_by_cached_key(|note| digest(&[&note.id]));
        self.any(
            "INSERT INTO @.notes (tenant, id_digest, note)
             SELECT $1, n.id, n.note FROM unnest($2::bytea[], $3::text[]) AS n (id, note)
             ON CONFLICT DO NOTHING",
            notes.len(),
            values![
                notes
                    .iter()
                    .map(|note| digest(&[&note.id]))
                    .collect::<Vec<_>>(),
                jsons(notes.iter())?,
            ],
        );
        Ok(())
    }

    fn evidence(
        &mut self,
        forgotten: &[HandleKey],
        evidence: &[(HandleKey, aspa_identity::Evidence)],
    ) -> Result<(), Error> {
        let forgotten: BTreeSet<_> = forgotten.iter().map(handle_digest).collect();
        self.any(
            "DELETE FROM @.evidence WHERE tenant = $1 AND handle_digest = ANY($2)",
            forgotten.len(),
            values![forgotten.into_iter().collect::<Vec<_>>()],
        );
        let handles: Vec<_> = evidence
            .iter()
            .map(|(handle, _)| handle_digest(handle))
            .collect();
        let pieces = jsons(evidence.iter().map(|(_, piece)| piece))?;
        let digests: Vec<_> = pieces.iter().map(|json| digest(&[json.as_str()])).collect();
        self.any(
            "INSERT INTO @.evidence (tenant, handle_digest, digest, evidence)
             SELECT $1, n.handle, n.digest, n.evidence
             FROM unnest($2::bytea[], $3::bytea[], $4::text[]) AS n (handle, digest, evidence)
             ON CONFLICT DO NOTHING",
            pieces.len(),
            values![handles, digests, pieces],
        );
        Ok(())
    }

    fn attempts(&mut self, attempts: Vec<(EffectKey, Attempt)>) -> Result<(), Error> {
        // The last one with a number counts.
        let mut latest = BTreeMap::new();
        for (effect, attempt) in attempts {
            latest.insert(
                (effect.to_string(), i64::from(attempt.number)),
                encode(&attempt)?,
            );
        }
        let (keys, tries): (Vec<_>, Vec<_>) = latest.into_iter().unzip();
        let (effects, numbers): (Vec<_>, Vec<_>) = keys.into_iter().unzip();
        self.any(PUT_ATTEMPTS, tries.len(), values![effects, numbers, tries]);
        Ok(())
    }

    fn pauses(
        &mut self,
        resumed: &[PauseScope],
        pauses: &[Pause],
        locks: &Locks,
    ) -> Result<(), Error> {
        let changed = resumed.len() + pauses.len();
        self.any(
            "SELECT pg_advisory_xact_lock($2, $1)",
            changed,
            values![locks.pauses],
        );
        let resumed: BTreeSet<_> = resumed.iter().map(scope).collect();
        let (accounts, kinds): (Vec<_>, Vec<_>) = resumed.into_iter().unzip();
        self.any(
            "DELETE FROM @.pauses AS p USING unnest($2::text[], $3::text[]) AS n (account, kind)
             WHERE p.tenant = $1 AND p.account = n.account AND p.kind = n.kind",
            accounts.len(),
            values![accounts, kinds],
        );
        let mut latest = BTreeMap::new();
        for pause in pauses {
            latest.insert(scope(&pause.scope), encode(pause)?);
        }
        let (scopes, jsons): (Vec<_>, Vec<_>) = latest.into_iter().unzip();
        let (accounts, kinds): (Vec<_>, Vec<_>) = scopes.into_iter().unzip();
        self.any(
            "INSERT INTO @.pauses (tenant, account, kind, pause)
             SELECT $1, n.account, n.kind, n.pause
             FROM unnest($2::text[], $3::text[], $4::text[]) AS n (account, kind, pause)
             ON CONFLICT (tenant, account, kind) DO UPDATE SET pause = excluded.pause",
            jsons.len(),
            values![accounts, kinds, jsons],
        );
        self.paused(changed);
        Ok(())
    }

    fn customers(
        &mut self,
        customers: Vec<aspa_crm::Customer>,
        gone: Vec<CustomerId>,
    ) -> Result<(), Error> {
        let mut latest = BTreeMap::new();
        for customer in customers {
            let json = encode(&customer)?;
            latest.insert(
                (customer.id.system.to_string(), customer.id.id.to_string()),
                json,
            );
        }
        let (keys, records): (Vec<_>, Vec<_>) = latest.into_iter().unzip();
        let (systems, ids): (Vec<_>, Vec<_>) = keys.into_iter().unzip();
        self.any(
            "INSERT INTO @.customers (tenant, system, id, customer)
             SELECT $1, n.system, n.id, n.customer
             FROM unnest($2::text[], $3::text[], $4::text[]) AS n (system, id, customer)
             ON CONFLICT (tenant, system, id) DO UPDATE SET customer = excluded.customer",
            records.len(),
            values![systems, ids, records],
        );
        let gone: BTreeSet<CustomerId> = gone.into_iter().collect();
        self.any(
            "DELETE FROM @.customers AS c USING unnest($2::text[], $3::text[]) AS n (system, id)
             WHERE c.tenant = $1 AND c.system = n.system AND c.id = n.id",
            gone.len(),
            values![
                gone.iter()
                    .map(|id| id.system.to_string())
                    .collect::<Vec<_>>(),
                gone.iter().map(|id| id.id.to_string()).collect::<Vec<_>>(),
            ],
        );
        Ok(())
    }

    fn cursors(&mut self, cursors: Vec<(Arc<str>, aspa_channel::Cursor)>) -> Result<(), Error> {
        let mut latest = BTreeMap::new();
        for (source, cursor) in cursors {
            latest.insert(digest(&[&source]), encode(&cursor.0)?);
        }
        let (sources, cursors): (Vec<_>, Vec<_>) = latest.into_iter().unzip();
        self.any(
            "INSERT INTO @.cursors (tenant, source_digest, cursor)
             SELECT $1, n.source, n.cursor FROM unnest($2::bytea[], $3::text[]) AS n (source, cursor)
             ON CONFLICT (tenant, source_digest) DO UPDATE SET cursor = excluded.cursor",
            cursors.len(),
            values![sources, cursors],
        );
        Ok(())
    }
}

/// Effects that exist, at the version that was read.
pub(crate) const OLD_EFFECTS: &str = "
    UPDATE @.outbox AS o SET version = o.version + 1, kind = n.kind, state = n.state, holds = n.holds,
        ready = n.ready, open = o.open AND n.ready, next_at = n.next_at, effect = n.effect,
        lane_digest = n.lane
    FROM unnest($2::text[], $3::bigint[], $4::text[], $5::bytea[], $6::text[], $7::text[],
            $8::bool[], $9::bool[], $10::bigint[], $11::text[])
        AS n (key, version, account, lane, kind, state, holds, ready, next_at, effect)
    WHERE o.tenant = $1 AND o.key = n.key AND o.version = n.version AND o.account = n.account
        AND (o.lane_digest = n.lane OR NOT (o.holds OR n.holds))";

/// Tries; one with the same number is replaced.
pub(crate) const PUT_ATTEMPTS: &str = "
    INSERT INTO @.attempts (tenant, effect, number, attempt)
    SELECT $1, n.effect, n.number, n.attempt
    FROM unnest($2::text[], $3::bigint[], $4::text[]) AS n (effect, number, attempt)
    ON CONFLICT (tenant, effect, number) DO UPDATE SET attempt = excluded.attempt";

/// The number of the lock of an effect's lane. Lanes that share one by chance wait for each other
/// for the length of a commit.
fn lane_lock(tenant: i32, row: &OutboxRow) -> i32 {
    let lane = conversation_digest(&row.effect.conversation);
    let bytes = lane.first_chunk().copied().unwrap_or_default();
    i32::from_be_bytes(bytes) ^ tenant
}

/// The columns of effects, in the order given.
pub(crate) fn effects(rows: &[Versioned<OutboxRow>]) -> Result<Vec<Value>, Error> {
    let column = |of: fn(&OutboxRow) -> String| {
        let values = rows.iter().map(|row| of(&row.value));
        values.collect::<Vec<_>>()
    };
    let lanes = rows
        .iter()
        .map(|row| conversation_digest(&row.value.effect.conversation));
    let states = || rows.iter().map(|row| &row.value.state);
    Ok(values![
        column(|row| row.effect.key.to_string()),
        rows.iter()
            .map(|row| version(row.version))
            .collect::<Vec<_>>(),
        column(|row| row.effect.account().to_string()),
        lanes.collect::<Vec<_>>(),
        column(|row| word(&row.effect.kind.name().to_string())),
        column(|row| word(row.state.as_str())),
        states().map(OutboxState::holds_lane).collect::<Vec<_>>(),
        states().map(OutboxState::is_ready).collect::<Vec<_>>(),
        rows.iter()
            .map(|row| nanos(row.value.next_at))
            .collect::<Vec<_>>(),
        jsons(rows.iter().map(|row| &row.value))?,
    ])
}

fn jsons<'a, T: Stored + 'a>(values: impl Iterator<Item = &'a T>) -> Result<Vec<String>, Error> {
    values.map(encode).collect()
}

#[derive(Default)]
struct TicketColumns {
    ids: Vec<String>,
    versions: Vec<i64>,
    abouts: Vec<Vec<u8>>,
    customers: Vec<Vec<u8>>,
    accounts: Vec<String>,
    ordinals: Vec<i64>,
    categories: Vec<String>,
    active: Vec<bool>,
    assignees: Vec<Option<String>>,
    places: Vec<i64>,
    wakes: Vec<Option<i64>>,
    tickets: Vec<String>,
    clocks: Vec<Option<String>>,
    opened: Vec<i64>,
    touched: Vec<i64>,
}

impl TicketColumns {
    fn push(&mut self, row: Versioned<TicketRow>, place: i64) -> Result<(), Error> {
        self.opened.push(nanos(row.value.ticket.opened_at));
        self.touched.push(TicketSort::Activity.place(&row.value));
        let TicketRow {
            ticket,
            breach_at,
            timers,
            ..
        } = row.value;
        let wake = timers.iter().map(|timer| nanos(timer.at)).min();
        let plain = breach_at.is_none() && timers.is_empty();
        let clocks = Clocks { breach_at, timers };
        self.ids.push(ticket.id.to_string());
        self.versions.push(version(row.version));
        self.abouts.push(about_digest(&ticket.key));
        self.customers.push(handle_digest(&ticket.key.customer));
        self.accounts
            .push(ticket.key.conversation.account.to_string());
        self.ordinals.push(i64::from(ticket.ordinal));
        self.categories.push(word(ticket.category.as_str()));
        self.active.push(ticket.category.is_active());
        self.assignees
            .push(ticket.assignee.as_ref().map(ToString::to_string));
        self.places.push(place);
        self.wakes.push(wake);
        self.tickets.push(encode(&ticket)?);
        self.clocks
            .push(if plain { None } else { Some(encode(&clocks)?) });
        Ok(())
    }

    fn values(self) -> Vec<Value> {
        values![
            self.ids,
            self.versions,
            self.abouts,
            self.customers,
            self.accounts,
            self.ordinals,
            self.categories,
            self.active,
            self.assignees,
            self.places,
            self.wakes,
            self.tickets,
            self.clocks,
            self.opened,
            self.touched,
        ]
    }
}
