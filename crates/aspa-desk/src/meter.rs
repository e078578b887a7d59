//! What is measured, under which names. The table in the book is made from this one.

use std::time::Duration;

use aspa_store::{ErrorKind, Vitals};
use chrono::{DateTime, TimeDelta, Utc};
use metrics::{counter, gauge, histogram};

/// One measured figure, given to the [`metrics`](https://docs.rs/metrics) facade: nothing happens until
/// the host installs an exporter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metric {
    /// Its name. Exporters write dots in their own way.
    pub name: &'static str,
    /// `counter`, `gauge` or `histogram`.
    pub kind: &'static str,
    /// In what it counts; times are in seconds.
    pub unit: &'static str,
    /// What it is told apart by. Each has few values: webhooks and accounts that the host has connected,
    /// and words of this code; never anything that people or networks write.
    pub labels: &'static [&'static str],
    /// What it says.
    pub meaning: &'static str,
}

macro_rules! catalogue {
    ($($id:ident = $name:literal $kind:ident $unit:literal [$($label:literal),*] $meaning:literal;)*) => {
        $(pub(crate) const $id: &str = $name;)*

        /// Every figure that a desk measures.
        pub const METRICS: &[Metric] = &[$(Metric {
            name: $name,
            kind: stringify!($kind),
            unit: $unit,
            labels: &[$($label),*],
            meaning: $meaning,
        }),*];
    };
}

catalogue! {
    DELIVERIES = "aspa.deliveries" counter "deliveries" ["webhook", "outcome"]
        "Deliveries to webhooks: `accepted`, `known`, `handshake`, `refused` (not authentic), `too_large`, `overloaded`, `unavailable` (the store is away), `not_found`, `not_understood`.";
    EVENTS = "aspa.events" counter "events" ["outcome"]
        "Events that came: `new` or `repeated`.";
    POLLS = "aspa.polls" counter "polls" ["account", "outcome"]
        "Polls of accounts: `ok`, `failed`, `timed_out`, `slowed` (left out since too much waits).";
    BACKLOG = "aspa.inbox.backlog" gauge "events" []
        "Events that wait to be decided.";
    BACKLOG_AGE = "aspa.inbox.age" gauge "s" []
        "How long the first of them has waited.";
    DECIDE = "aspa.decide.duration" histogram "s" ["outcome"]
        "Deciding one batch of events of one tenant, commit included: `ok`, `conflict`, `failed`.";
    DECIDED = "aspa.decide.events" counter "events" []
        "Events that were decided.";
    COMMITS = "aspa.commits" counter "commits" ["outcome"]
        "Commits to the store: `ok`, `conflict`, `failed`.";
    STORE_CALL = "db.client.operation.duration" histogram "s" ["db.operation.name", "error.type"]
        "Calls of the store, under OpenTelemetry's name; `error.type` is empty where it went well.";
    STORE_UP = "aspa.store.up" gauge "1" []
        "1 while the store answers, 0 while it does not.";
    EFFECTS = "aspa.effects" counter "effects" ["kind", "state"]
        "How effects stand after a try.";
    ATTEMPT = "aspa.attempt.duration" histogram "s" ["kind", "outcome"]
        "Tries at performing effects: `accepted`, `found`, `absent`, `failed`, `given_back` (before it began, or the network takes no more for now), `other`.";
    WAITING_EFFECTS = "aspa.outbox.effects" gauge "effects" ["state"]
        "Effects that are not at an end, by how they stand.";
    OUTBOX_LAG = "aspa.outbox.lag" gauge "s" []
        "For how long the effect that has been due longest has been due.";
    FIRED = "aspa.timers.fired" counter "timers" []
        "Timers that fired.";
    TIMER_LAG = "aspa.timers.lag" gauge "s" []
        "For how long the timer that has been due longest has been due.";
    UNPROTECTED = "aspa.crm.unprotected" counter "effects" ["account"]
        "Changes of records of a CRM that could not have seen a change by somebody else in the same moment.";
    ACCOUNT_LIVE = "aspa.account.live" gauge "1" ["account"]
        "1 while an account works, 0 while it is degraded, throttled, or waits for somebody.";
}

/// How long ago it was, in seconds; 0 where it is still to come or there is none.
pub(crate) fn age(at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> f64 {
    let since = at.map_or(TimeDelta::zero(), |at| now - at);
    since.max(TimeDelta::zero()).as_seconds_f64()
}

pub(crate) fn deliveries(webhook: &str, outcome: &'static str) {
    counter!(DELIVERIES, "webhook" => webhook.to_owned(), "outcome" => outcome).increment(1);
}

pub(crate) fn events(new: usize, repeated: usize) {
    for (outcome, count) in [("new", new), ("repeated", repeated)] {
        if count > 0 {
            counter!(EVENTS, "outcome" => outcome).increment(count as u64);
        }
    }
}

pub(crate) fn polled(account: &str, outcome: &'static str) {
    counter!(POLLS, "account" => account.to_owned(), "outcome" => outcome).increment(1);
}

pub(crate) fn decided(events: usize, outcome: &'static str, took: Duration) {
    histogram!(DECIDE, "outcome" => outcome).record(took);
    if outcome == "ok" {
        counter!(DECIDED).increment(events as u64);
    }
}

pub(crate) fn store_call(operation: &'static str, failed: Option<ErrorKind>, took: Duration) {
    let error = failed.map_or("", error_type);
    histogram!(STORE_CALL, "db.operation.name" => operation, "error.type" => error).record(took);
    if operation == "commit" {
        let outcome = match failed {
            None => "ok",
            Some(ErrorKind::Conflict) => "conflict",
            Some(_) => "failed",
        };
        counter!(COMMITS, "outcome" => outcome).increment(1);
    }
}

fn error_type(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Conflict => "conflict",
        ErrorKind::Unavailable => "unavailable",
        ErrorKind::TimedOut => "timed_out",
        ErrorKind::Corrupt => "corrupt",
        ErrorKind::Newer => "newer",
        ErrorKind::Invalid => "invalid",
        _ => "other",
    }
}

pub(crate) fn store_up(up: bool) {
    gauge!(STORE_UP).set(if up { 1.0 } else { 0.0 });
}

/// A kind of effect and a state are words that this code knows, or `other`.
pub(crate) fn attempt(kind: &'static str, outcome: &'static str, took: Duration) {
    histogram!(ATTEMPT, "kind" => kind, "outcome" => outcome).record(took);
}

pub(crate) fn effect(kind: &'static str, state: &'static str) {
    counter!(EFFECTS, "kind" => kind, "state" => state).increment(1);
}

pub(crate) fn unprotected(account: &str) {
    counter!(UNPROTECTED, "account" => account.to_owned()).increment(1);
}

pub(crate) fn fired(timers: usize) {
    if timers > 0 {
        counter!(FIRED).increment(timers as u64);
    }
}

pub(crate) fn account_live(account: &str, live: bool) {
    gauge!(ACCOUNT_LIVE, "account" => account.to_owned()).set(if live { 1.0 } else { 0.0 });
}

#[expect(clippy::cast_precision_loss, reason = "counts below 2^53")]
pub(crate) fn vitals(vitals: &Vitals, now: DateTime<Utc>) {
    gauge!(BACKLOG).set(vitals.backlog as f64);
    gauge!(BACKLOG_AGE).set(age(vitals.oldest, now));
    for word in Vitals::counted() {
        let count = vitals.effects.get(word).copied().unwrap_or_default();
        gauge!(WAITING_EFFECTS, "state" => word).set(count as f64);
    }
    gauge!(OUTBOX_LAG).set(age(vitals.effect_due, now));
    gauge!(TIMER_LAG).set(age(vitals.timer_due, now));
}
