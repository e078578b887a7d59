//! Dataverse in this process: see [`FakeDataverse`].

mod filter;
mod schema;
mod state;
mod walk;
mod wire;

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::Response;
use serde_json::Value;

use crate::faults::{Faults, Hint};
use crate::frame::{Wire, fields, lock, scripts};
use state::State;

/// Where the organisation is.
pub const ADDRESS: &str = "https://shop.crm4.dynamics.com";
/// Where tokens are got, by the client's credentials.
pub const TOKEN_ADDRESS: &str =
    "https://login.microsoftonline.com/6babcaad-604b-40ac-a9d7-9fd97c0b779f/oauth2/v2.0/token";
/// The id of the app's registration.
pub const CLIENT_ID: &str = "11112222-3333-4444-5555-666677778888";
/// Its secret.
pub const CLIENT_SECRET: &str = "fake-client-secret";
/// The id of a user of the organisation, to whom rows belong unless another one is named.
pub const USER: &str = "00aa00aa-bb11-4c22-8d33-44ee44ee44ee";

/// An organisation of Dataverse (Web API 9.2) that lives in this process, for tests of connectors and of
/// hosts.
///
/// It is stateful and strict: it checks the token and how long it is good, versions and preconditions in
/// headers, tables and columns by name, type, length and who may write them and when, references, states
/// with their reasons, our alternate key, how often it is asked. Every change moves a version, which is
/// the row's entity tag; by these it tells what changed and what is gone since a delta link, page by page.
/// It knows as much of `$filter` as connectors use. Between it and whoever asks stand
/// [`faults`](Self::faults).
///
/// It knows contacts, accounts, leads, socialprofiles, incidents, tasks, postfollows and systemusers; all
/// but the last two have the column `aspa_key` with an active alternate key. Social profiles have
/// `aspa_handle` and `aspa_network` besides, cases and tasks `aspa_url`.
///
/// It is written by Microsoft's documents, read November 2026, and by nothing else.
///
/// ```
/// use aspa_testkit::dataverse::FakeDataverse;
/// use serde_json::json;
///
/// let org = FakeDataverse::new("2026-11-22T08:00:00Z".parse().unwrap_or_default());
/// let id = org.make("contacts", json!({ "lastname": "Virtanen" }), chrono::TimeDelta::zero());
/// // ... a connector that asks `org.faults()` with `org.token()`.
/// assert_eq!(org.rows("contacts")[0]["contactid"], json!(id));
/// ```
pub struct FakeDataverse {
    state: Arc<Mutex<State>>,
    faults: Arc<Faults>,
}

scripts!(
    FakeDataverse,
    "Every request but those for tokens, as `GET /api/data/v9.2/…` decoded, and its body."
);

#[expect(
    clippy::must_use_candidate,
    reason = "what is asked for is done, whoever looks at what came of it"
)]
impl FakeDataverse {
    /// An organisation without customers. Its clock stands at `now`.
    #[must_use]
    pub fn new(now: DateTime<Utc>) -> Arc<Self> {
        let state = Arc::new(Mutex::new(State::new(now)));
        let clock = Arc::clone(&state);
        let wire = Arc::new(Wire {
            state: Arc::clone(&state),
            answer: wire::answer,
        });
        let faults = Faults::between(wire, move || lock(&clock).now)
            .with_hints([Hint::Seconds])
            .throttled_as(|_| wire::too_many("0x80072322"))
            .expired_as(wire::unauthorized);
        let faults = Arc::new(faults);
        Arc::new(Self { state, faults })
    }

    /// Lets the token die; the next one is got by the token endpoint. It also dies by itself after 3,599
    /// seconds of the organisation's clock.
    pub fn expire(&self) {
        self.state().renew();
    }

    /// Lets every delta link so far die, and every reading that goes on, as a change of the table's columns
    /// does. They also die by themselves after seven days.
    pub fn expire_deltas(&self) {
        self.state().epoch += 1;
    }

    /// Somebody makes a row in a transaction that gets its version now and is committed so much later.
    /// Lookups are written by the names under which they are read. Its id; empty where there is no such
    /// table.
    #[must_use]
    pub fn make(&self, table: &str, values: Value, late: TimeDelta) -> String {
        let table = schema::table(table);
        let made = table.map(|table| self.state().insert(table, None, fields(values), late));
        made.unwrap_or_default()
    }

    /// Somebody makes a row again under the id of one that was deleted, as a restored backup does. False
    /// where none was.
    pub fn make_again(&self, id: &str, values: Value) -> bool {
        let mut state = self.state();
        let tomb = state.tombs.iter().find(|tomb| tomb.id == id);
        let table = tomb.map(|tomb| tomb.table);
        let made = table.map(|table| {
            let id = Some(id.to_owned());
            state.insert(table, id, fields(values), TimeDelta::zero())
        });
        made.is_some()
    }

    /// Somebody changes a row. False where it is not there.
    pub fn edit(&self, id: &str, values: Value) -> bool {
        self.state().update(id, fields(values))
    }

    /// Somebody deletes a row, and with it those that belong to it. False where it is not there.
    pub fn delete(&self, id: &str) -> bool {
        self.state().delete(id)
    }

    /// Somebody merges one row into another of its table: it stays, inactive, and names its master, which
    /// gets all that belonged to it. False where one of them is not there.
    pub fn merge(&self, old: &str, into: &str) -> bool {
        self.state().merge(old, into)
    }

    /// Somebody qualifies a lead, which becomes a contact. False where it is not there.
    pub fn convert(&self, lead: &str, contact: &str) -> bool {
        let into = serde_json::json!({
            "_parentcontactid_value": contact, "statecode": 1, "statuscode": 3,
        });
        let from = serde_json::json!({ "_originatingleadid_value": lead });
        self.edit(lead, into) && self.edit(contact, from)
    }

    /// Refuses every request for so long, as after too many of them. Each that is sent meanwhile makes the
    /// wait ten seconds longer, up to five minutes from then.
    pub fn throttle(&self, time: TimeDelta) {
        let mut state = self.state();
        state.throttled = Some((state.now + time, "0x80072322"));
    }

    /// Refuses every request for so long, as after requests that took too much of its time.
    pub fn throttle_time(&self, time: TimeDelta) {
        let mut state = self.state();
        state.throttled = Some((state.now + time, "0x80072321"));
    }

    /// Takes so many requests in five minutes; unless told, 6,000.
    pub fn takes(&self, requests: usize) {
        self.state().limit = requests;
    }

    /// Answers with so many rows at a time at most, whatever is asked for; unless told, 5,000.
    pub fn answers_with(&self, rows: usize) {
        self.state().page = rows.clamp(1, 5000);
    }

    /// Refuses contacts, accounts and leads with an e-mail address that another one has, where the request
    /// asks for that by `MSCRM.SuppressDuplicateDetection: false`.
    pub fn refuses_duplicates(&self) {
        self.state().duplicate_rule = true;
    }

    /// The rows of a table that are there, with their ids, by the names under which they are read.
    #[must_use]
    pub fn rows(&self, table: &str) -> Vec<Value> {
        let state = self.state();
        let rows = state.rows.iter();
        let rows = rows.filter(|(_, row)| row.table.set == table);
        let told = rows.map(|(id, row)| {
            let mut told = row.fields.clone();
            told.insert(row.table.id.to_owned(), id.as_str().into());
            Value::Object(told)
        });
        told.collect()
    }

    /// A refusal as Dataverse writes them, for a [fault](crate::HttpFault::Answer): status 400 with
    /// `0x80044352`, say.
    #[must_use]
    pub fn refusal(status: u16, code: &str, message: &str) -> Response<Bytes> {
        wire::refusal(status, code, message)
    }
}
