//! Salesforce in this process: see [`FakeSalesforce`].

mod schema;
mod soql;
mod state;
mod wire;

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use http::Response;
use serde_json::Value;

use crate::faults::{Faults, Hint};
use crate::frame::{Wire, fields, lock, scripts};
use state::State;

/// Where the org is.
pub const ADDRESS: &str = "https://shop.my.salesforce.com";
/// The id of the connected app.
pub const CLIENT_ID: &str = "fake-consumer-key";
/// Its secret.
pub const CLIENT_SECRET: &str = "fake-consumer-secret";
/// Whom an assertion is for.
pub const USER: &str = "aspa@shop.example";
/// What stands for the signature of an assertion.
pub const SIGNATURE: &[u8] = b"fake-signature";

/// An org of Salesforce (REST API 66.0) that lives in this process, for tests of connectors and of hosts.
///
/// It is stateful and strict: it checks the session, the day's requests, fields by name, length, who may
/// write them and when, references, unique fields, required ones, and conditional requests (entity tags
/// for accounts, whole seconds for all others). `SystemModstamp` has whole seconds. It knows as much of
/// SOQL as connectors use: one object, conditions with brackets, `LIKE`, order, limit, answers in pages.
/// Deleted rows stay in the recycle bin for 15 days, those of a master go with it, and merged ones name
/// their master. Between it and whoever asks stand [`faults`](Self::faults).
///
/// It is written by Salesforce's documents, read November 2026, and by nothing else.
///
/// ```
/// use aspa_testkit::salesforce::FakeSalesforce;
/// use serde_json::json;
///
/// let org = FakeSalesforce::new("2026-11-22T08:00:00Z".parse().unwrap_or_default());
/// let id = org.make("Contact", json!({ "LastName": "Virtanen" }), chrono::TimeDelta::zero());
/// // ... a connector that asks `org.faults()` with `org.token()`.
/// assert_eq!(org.rows("Contact")[0]["Id"], json!(id));
/// ```
pub struct FakeSalesforce {
    state: Arc<Mutex<State>>,
    faults: Arc<Faults>,
}

scripts!(
    FakeSalesforce,
    "Every request but those for tokens, as `GET /services/…` decoded, and its body."
);

#[expect(
    clippy::must_use_candidate,
    reason = "what is asked for is done, whoever looks at what came of it"
)]
impl FakeSalesforce {
    /// An org without customers. Its clock stands at `now`.
    #[must_use]
    pub fn new(now: DateTime<Utc>) -> Arc<Self> {
        let state = Arc::new(Mutex::new(State::new(now)));
        let clock = Arc::clone(&state);
        let wire = Arc::new(Wire {
            state: Arc::clone(&state),
            answer: wire::answer,
        });
        let faults = Faults::between(wire, move || lock(&clock).now)
            .with_hints([Hint::Nothing])
            .expired_as(|| wire::refusal(401, "INVALID_SESSION_ID", "Session expired or invalid"));
        let faults = Arc::new(faults);
        Arc::new(Self { state, faults })
    }

    /// Ends the session; the next one is got by the token endpoint.
    pub fn expire(&self) {
        self.state().renew();
    }

    /// Somebody makes a row in a transaction that is stamped now and committed so much later. Its id;
    /// empty where there is no such object.
    #[must_use]
    pub fn make(&self, object: &str, values: Value, late: TimeDelta) -> String {
        let object = schema::object(object);
        let made = object.map(|object| self.state().insert(object, fields(values), late));
        made.unwrap_or_default()
    }

    /// Somebody changes a row. False where it is not there.
    pub fn edit(&self, id: &str, values: Value) -> bool {
        self.state().update(id, fields(values))
    }

    /// Somebody deletes a row, and with it those that belong to it. False where it is not there.
    pub fn delete(&self, id: &str) -> bool {
        self.state().delete(id, None)
    }

    /// Somebody takes a row out of the recycle bin. False where it is not in it.
    pub fn undelete(&self, id: &str) -> bool {
        let mut state = self.state();
        let now = state.now.trunc_subsecs(0);
        let row = state.rows.get_mut(id);
        let undelete = |row: &mut state::Row| {
            (row.stamp, row.moved) = (now, row.moved + 1);
            row.deleted.take().is_some()
        };
        row.is_some_and(undelete)
    }

    /// Somebody merges one row into another. False where it is not there.
    pub fn merge(&self, old: &str, into: &str) -> bool {
        self.state().delete(old, Some(into))
    }

    /// Somebody converts a lead into a contact. False where it is not there.
    pub fn convert(&self, lead: &str, contact: &str) -> bool {
        let into = serde_json::json!({ "ConvertedContactId": contact });
        self.edit(lead, into)
    }

    /// Lets so many requests be used, of so many in 24 hours.
    pub fn uses(&self, used: u64, of: u64) {
        let mut state = self.state();
        (state.used, state.of) = (used, of);
    }

    /// Answers queries with so many rows at a time, as it does where rows are large.
    pub fn answers_with(&self, rows: usize) {
        self.state().batch = rows.max(1);
    }

    /// Leaves out that keys are unique, as in an org that was not set up right.
    pub fn forgets_unique(&self) {
        self.state().unique = false;
    }

    /// Refuses contacts and leads with an e-mail address that another one has.
    pub fn refuses_duplicates(&self) {
        self.state().duplicate_rule = true;
    }

    /// The rows of an object that are there, with their ids.
    #[must_use]
    pub fn rows(&self, object: &str) -> Vec<Value> {
        let state = self.state();
        let rows = state.rows.iter();
        let live = rows.filter(|(_, row)| row.object.name == object && row.deleted.is_none());
        let told = live.map(|(id, row)| {
            let mut told = row.fields.clone();
            told.insert("Id".to_owned(), id.as_str().into());
            Value::Object(told)
        });
        told.collect()
    }

    /// A refusal as Salesforce writes them, for a [fault](crate::HttpFault::Answer):
    /// `UNABLE_TO_LOCK_ROW` with status 400, say.
    #[must_use]
    pub fn refusal(status: u16, code: &str, message: &str) -> Response<Bytes> {
        wire::refusal(status, code, message)
    }
}
