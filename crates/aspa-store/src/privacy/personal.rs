/// A kind of data that stores keep, where it stands, what for and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Personal {
    /// What it is.
    pub what: &'static str,
    /// The table, and of it the columns, in one store or the other. JSON columns are named with the type
    /// that stands in them.
    pub table: &'static str,
    /// The columns.
    pub columns: &'static [&'static str],
    /// What it is kept for.
    pub purpose: &'static str,
    /// Where it came from.
    pub source: &'static str,
    /// For how long.
    pub retention: &'static str,
    /// What an erasure does to it.
    pub erased: &'static str,
}

const NO_NAME: &str = "stays: it names nobody";
const ALIAS: &str = "the handle becomes a pseudonym";

macro_rules! personal {
    ($($what:literal in $table:literal [$($column:literal)*] for $purpose:literal from $source:literal
        until $retention:literal then $erased:expr;)*) => {
        /// Every table and column of every store. A store's own tests fail when a column stands in no row
        /// of it.
        pub const PERSONAL: &[Personal] = &[$(Personal {
            what: $what,
            table: $table,
            columns: &[$($column),*],
            purpose: $purpose,
            source: $source,
            retention: $retention,
            erased: $erased,
        }),*];
    };
}

personal! {
    "messages" in "messages" ["record" "conversation" "thread" "conversation_digest" "at" "source" "awaits" "awaits_digest"]
        for "answering, and proof of what was said" from "the network, or us"
        until "`texts` after it was written, longer while its ticket is active; the bare facts for ever"
        then "text, media, files that a web chat's visitors uploaded, revisions and reactions go; author and addressee become a pseudonym";
    "names of messages" in "messages" ["number" "account" "id" "part" "version"]
        for "knowing a message again" from "the network" until "for ever" then "stays; an id that holds the person's is replaced";
    "profiles" in "handles" ["key" "key_digest" "version" "handle"]
        for "showing who writes, and knowing them again" from "the network" until "erasure" then "goes";
    "tickets" in "tickets" ["number" "opened" "touched" "id" "version" "about" "about_digest" "customer_digest" "account" "ordinal" "category"
        "active" "assignee" "place" "wake" "ticket" "clocks"]
        for "working on what customers ask, and figures" from "our work" until "for ever, without texts" then ALIAS;
    "what tickets are about" in "abouts" ["id" "customer" "account" "conversation" "digest" "about"]
        for "one ticket for each customer in a conversation" from "the network" until "its last ticket" then ALIAS;
    "tags" in "ticket_tags" ["tag" "place" "ticket" "active" "id" "number" "category" "assignee"] for "finding tickets" from "our work" until "its ticket" then NO_NAME;
    "history of tickets" in "log" ["position" "about" "about_digest" "event"]
        for "figures that can be counted again" from "our work" until "for ever, without texts"
        then "the handle becomes a pseudonym; names are taken out of reasons";
    "notes" in "notes" ["number" "id" "id_digest" "note"] for "what colleagues tell each other about a ticket" from "colleagues"
        until "`texts`" then "text goes";
    "evidence" in "evidence" ["seq" "handle" "handle_digest" "digest" "evidence"]
        for "knowing which customer writes" from "the network, messages to us, agents, the host" until "erasure, or its own end" then "goes";
    "links" in "links" ["handle" "handle_digest" "version" "state" "customer" "customer_digest" "link"]
        for "knowing which customer writes" from "decided from evidence" until "erasure" then "goes";
    "customers" in "customers" ["system" "id" "customer"]
        for "knowing which customer writes" from "the CRM" until "it leaves the CRM; single claims until their own end" then "goes";
    "replies and other effects" in "outbox" ["seq" "key" "version" "account" "conversation" "lane_digest" "holds" "ready"
        "open" "next_at" "effect" "state" "kind"]
        for "sending once, and proof of it" from "colleagues" until "`texts` after it was queued, once it has ended"
        then "text, media and reasons go; what has not left is cancelled";
    "tries" in "attempts" ["effect" "number" "attempt"] for "sending once" from "the network's answers" until "what the network said: as its effect; that it was tried: for ever"
        then "what the network said goes; names are taken out of others";
    "raw deliveries" in "deliveries" ["body" "received_at"]
        for "decoding again what an older version misread" from "the network" until "`delivery_bodies`" then "the whole body goes";
    "names of deliveries" in "deliveries" ["webhook" "id" "digest"]
        for "taking nothing in twice" from "the network" until "`deliveries`" then NO_NAME;
    "keys of events" in "seen" ["account" "event"]
        for "taking nothing in twice, however late it comes again" from "the network" until "for ever" then "stays: it names messages and no person";
    "waiting events" in "inbox" ["seq" "received_at" "leased_until" "event"]
        for "deciding what came" from "the network" until "it is decided" then "goes";
    "events that nothing else holds" in "kept" ["seq" "received_at" "event"]
        for "decoding them by a later version" from "the network" until "`kept_events`" then "goes";
    "cursors" in "cursors" ["source" "source_digest" "cursor"] for "reading on" from "the network or CRM" until "the next page" then NO_NAME;
    "pauses" in "pauses" ["account" "kind" "pause"] for "stopping what leaves" from "colleagues" until "they end" then NO_NAME;
    "documents" in "documents" ["kind" "key" "version" "body"]
        for "receipts, tombstones, policies, saved queries, staff and whose customers are, who was asked who they are, who follows what and what they were told, credentials (encrypted)" from "the desk, colleagues" until "as each kind says"
        then "stays: digests under the identity key; a CRM's record id until the CRM is told; ids of uploaded files until they are removed. A saved query that looks for the person goes, whose customer the person was, what the person was asked, and what anybody follows or was told of them";
    "audit log" in "audit" ["seq" "at" "agent" "subject" "entry"]
        for "proving who saw and did what" from "the desk and the host" until "`audit`" then "stays: it names the person by a digest";
    "words of what was written" in "search" ["words" "stems"] for "finding tickets" from "messages and notes" until "their text" then "goes";
    "words as the index keeps them" in "search_content" ["id" "c0" "c1"] for "finding tickets" from "messages and notes" until "their text" then "goes";
    "the index of words" in "search_data" ["id" "block"] for "finding tickets" from "messages and notes" until "their text" then "goes";
    "pages of the index" in "search_idx" ["segid" "term" "pgno"] for "finding tickets" from "messages and notes" until "their text" then "goes";
    "form of the index" in "search_config" ["k" "v"] for "finding tickets" from "the store" until "for ever" then NO_NAME;
    "texts that can be found" in "texts" ["number" "source" "digest" "ticket" "said" "words"]
        for "finding tickets" from "messages and notes" until "their text" then "goes";
    "tickets to be read" in "unread" ["seq" "ticket"] for "finding tickets" from "our work" until "they are read" then NO_NAME;
    "tenants and counters" in "tenants" ["id" "name" "backlog" "last" "filled"] for "keeping tenants apart" from "the host" until "for ever" then NO_NAME;
    "numbers" in "numbers" ["inbox" "turn"] for "order of arrival" from "the store" until "for ever" then NO_NAME;
    "claims" in "leases" ["first" "last" "until"] for "sharing work" from "the store" until "they end" then NO_NAME;
    "form of the tables" in "form" ["number" "done_at"] for "upgrades" from "the store" until "for ever" then NO_NAME;
}

/// Whether a column stands in the table. The column `tenant` does everywhere.
#[must_use]
pub fn is_declared(table: &str, column: &str) -> bool {
    let stands = |row: &Personal| row.table == table && row.columns.contains(&column);
    column == "tenant" || PERSONAL.iter().any(stands)
}

/// What becomes of the fields of a row's JSON when a person is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fields {
    /// The type that stands there, and the file that declares it.
    pub of: (&'static str, &'static str),
    /// Those that go, with the row or out of it.
    pub go: &'static [&'static str],
    /// Those in which handles become pseudonyms, and names and texts are taken out.
    pub redacted: &'static [&'static str],
    /// Those that name nobody. Names are taken out of them all the same where they stand there.
    pub stay: &'static [&'static str],
}

macro_rules! fields {
    ($($name:literal in $file:literal: [$($go:literal)*] [$($redacted:literal)*] [$($stay:literal)*];)*) => {
        /// Every field of what stands as JSON in the rows. A test fails when a field is in none of the
        /// lists.
        pub const FIELDS: &[Fields] = &[$(Fields {
            of: ($name, $file),
            go: &[$($go),*],
            redacted: &[$($redacted),*],
            stay: &[$($stay),*],
        }),*];
    };
}

fields! {
    "MessageRecord" in "aspa-store/src/message.rs": ["revisions" "extra"] ["message" "visibility" "reactions" "provenance"] ["key" "statuses" "awaits" "erased_at"];
    "Message" in "aspa-channel/src/message.rs": ["subject" "parts" "rating" "url" "asserted" "extra"] ["conversation" "author" "to" "in_reply_to" "quotes"] ["key" "direction" "kind" "audience" "language" "times" "revision" "edited_at" "visibility" "automatic" "agent" "sender" "reply" "effect" "campaign" "same_as"];
    "Handle" in "aspa-channel/src/handle.rs": ["key" "attributes" "followers" "extra"] [] [];
    "Attribute" in "aspa-channel/src/handle.rs": ["kind" "value" "first_seen" "last_seen" "verified" "extra"] [] [];
    "Note" in "aspa-store/src/changes.rs": ["text" "extra"] ["about"] ["id" "by" "at"];
    "OutboxRow" in "aspa-store/src/outbox.rs": ["extra"] ["effect" "ticket" "blocked" "parts" "decisions" "receipt"] ["state" "queued_at" "next_at" "attempts" "uncounted" "approval" "undo_seconds" "superseded_by"];
    "Effect" in "aspa-channel/src/effect.rs": ["extra"] ["conversation" "kind"] ["key" "by"];
    "Attempt" in "aspa-store/src/outbox.rs": [] ["outcome" "extra"] ["number" "started_at" "finished_at"];
    "Decision" in "aspa-store/src/outbox.rs": ["reason"] [] ["kind" "by" "at" "extra"];
    "Link" in "aspa-identity/src/link.rs": ["handle" "state" "customer" "probability" "decision" "decided_by" "at" "redirected_from" "conflict" "extra"] [] [];
    "Evidence" in "aspa-identity/src/evidence.rs": ["at" "source" "kind" "purpose" "expires_at" "extra"] [] [];
    "Customer" in "aspa-crm/src/customer.rs": ["id" "kind" "claims" "extra"] [] [];
    "Claim" in "aspa-crm/src/claim.rs": ["field" "value" "norm" "source" "source_ref" "version" "observed_at" "asserted_at" "method" "confidence" "purposes" "basis" "consent_ref" "pinned_by" "expires_at" "extra"] [] [];
    "Ticket" in "aspa-ticket/src/ticket.rs": [] ["id" "key" "follow_up_of" "last" "messages" "changes" "helped" "covers" "regrouped" "extra"] ["ordinal" "category" "opened_at" "resolved_at" "outcome" "reopened" "assignee" "assigned_until" "team" "tags" "priority" "audience" "language" "commitments" "notes" "queued" "failed" "playbooks" "redirects" "snooze" "passed"];
    "Event" in "aspa-ticket/src/event.rs": [] ["kind" "ticket" "cause" "extra"] ["at" "by" "version"];
    "Pause" in "aspa-store/src/pause.rs": [] [] ["scope" "since" "by" "reason" "extra"];
    "AuditEntry" in "aspa-store/src/privacy/audit.rs": [] [] ["at" "by" "action" "subject" "what" "why" "extra"];
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn every_field_is_declared() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for fields in FIELDS {
            let (name, file) = fields.of;
            let text = std::fs::read_to_string(crates.join(file)).unwrap();
            let (_, body) = text.split_once(&format!("pub struct {name} {{\n")).unwrap();
            let (body, _) = body.split_once("\n}").unwrap();
            let lines = body
                .lines()
                .filter_map(|line| line.strip_prefix("    pub "));
            let there: BTreeSet<&str> = lines
                .filter_map(|line| Some(line.split_once(':')?.0))
                .collect();
            let lists = [fields.go, fields.redacted, fields.stay].concat();
            let count = lists.len();
            let declared: BTreeSet<&str> = lists.into_iter().collect();
            assert_eq!(declared, there, "say what becomes of the fields of {name}");
            assert_eq!(declared.len(), count, "each in one list: {name}");
        }
    }
}
