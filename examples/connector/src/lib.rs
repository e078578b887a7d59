//! A connector to Kortti.

use std::sync::Arc;

use aspa_crm::rest::{Answer, Call, Meaning, Meanings, Rest, escaped};
use aspa_crm::rows::{
    Asked, Cell, Connector, Customers, Found, Layout, Moved, Ours, Over, Owner, Part, RowPage,
    Rows, Test,
};
use aspa_crm::{
    Capabilities, Cursor, CustomerKind, Deletes, EffectName, Erasure, Error, ErrorKind, Field,
    Idempotency, Performs, Precondition, RecordKind, Since, Table, text,
};
use aspa_http::HttpClient;
use aspa_types::Landed;
use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value, json};

/// One account of Kortti: [`layout`] and [`Cards`].
pub type Kortti = Connector<Cards>;
type Result<T> = std::result::Result<T, Error>;

/// What its codes mean, where that is more than their status says.
const MEANINGS: Meanings = Meanings::new(&["/code"]).with(&[("day_quota", Meaning::DayQuota)]);
/// A row is stamped when its transaction begins, and none takes longer than five minutes.
const OVERLAP: TimeDelta = TimeDelta::minutes(10);

/// What stands where. A host takes columns out or adds its own.
#[must_use]
pub fn layout() -> Layout {
    let contacts = Table::new("contacts", CustomerKind::Person, "id")
        .versioned("version")
        .changed_at("changed")
        .keyed("outside_key")
        .with([
            ("name", Field::FullName),
            ("email", Field::Email),
            ("phone", Field::Phone),
            ("city", Field::City),
        ]);
    let contacts =
        Customers::new(contacts, RecordKind::Person).moving(Moved::new("merged_into", "contacts"));
    let ours = |table, cells| Ours::new(table, "id", cells, [Owner::new("contacts", "contact")]);
    let keyed = |table, cells| ours(table, cells).keyed("outside_key");
    let url = || Cell::new("url", Part::Url).most(250, Over::LeaveOut);
    let handles = vec![
        Cell::new("handle", Part::Handle),
        Cell::new("network", Part::Network),
        Cell::new("shown", Part::Shown).most(100, Over::Key),
        url(),
    ];
    let states = [("resolved", "done"), ("closed", "done"), ("*", "open")];
    let cases = vec![
        Cell::new("title", Part::Subject).most(200, Over::Refuse),
        Cell::new("state", Part::Status).called(states, Over::Refuse),
        Cell::new("source", Part::Origin).most(100, Over::LeaveOut),
        url(),
    ];
    let notes = vec![
        Cell::new("title", Part::Subject).most(200, Over::Refuse),
        Cell::new("body", Part::Text).most(5000, Over::Refuse),
        Cell::new("happened", Part::At),
        url(),
    ];
    let mut layout = Layout::new([contacts], promises());
    layout.handles = Some(keyed("handles", handles));
    layout.cases = Some(keyed("cases", cases).versioned("version"));
    layout.activities = Some(keyed("notes", notes));
    layout.follows = Some(ours("watchers", vec![Cell::new("user", Part::User)]));
    layout
}

fn promises() -> Capabilities {
    let patch = Performs::new(Precondition::Strong, Idempotency::NaturalKey);
    let mut promises = Capabilities::new(Deletes::InFeed, vec![Field::Email, Field::Phone])
        .performing([EffectName::Patch], patch)
        .limited(Field::FullName, 120)
        .limited(Field::Email, 100)
        .limited(Field::Phone, 30)
        .limited(Field::City, 255);
    promises.max_page = Some(100);
    promises.erasure = Some(Erasure::Soft);
    promises
}

/// The rows of an account.
#[derive(Debug)]
pub struct Cards(Rest);

impl Cards {
    /// Those at an address. `http` has the credentials among its layers, `now` is the host's clock.
    #[must_use]
    pub fn new(url: &str, http: Arc<dyn HttpClient>, now: fn() -> DateTime<Utc>) -> Self {
        Self(Rest::new(http, url, MEANINGS, now))
    }
}

/// A test as Kortti's search knows it.
fn filter(test: &Test) -> Value {
    match test {
        Test::Is(column, value) => json!({ "field": column, "is": value }),
        Test::Like(column, pattern) => json!({ "field": column, "like": pattern }),
        Test::Has(column) => json!({ "field": column, "has": true }),
        Test::Any(tests) => json!({ "any": tests.iter().map(filter).collect::<Vec<_>>() }),
        // Nothing fits what nobody here understands.
        _ => json!({ "any": [] }),
    }
}

#[async_trait]
impl Rows for Cards {
    async fn page(&self, of: &Asked<'_>, cursor: Option<&Cursor>, limit: usize) -> Result<RowPage> {
        let since = Since::read(cursor)?;
        let mut call = Call::get(format!("{}/changes", of.table))
            .query("fields", &of.columns.join(","))
            .query("limit", &limit.to_string());
        if let Some((at, id)) = since.window(OVERLAP).begin() {
            let at = at.to_rfc3339_opts(SecondsFormat::Micros, true);
            call = call.query("after", &at).query("after_id", &id);
        }
        let answer = self.0.send("changes", call).await?;
        let found = Found::new(answer.rows("/rows")?.to_vec(), answer.at);
        RowPage::since(since, found, limit, of.id, "changed", "deleted")
    }

    async fn select(
        &self,
        operation: &'static str,
        of: &Asked<'_>,
        tests: &[Test],
    ) -> Result<Found> {
        let tests: Vec<Value> = tests.iter().map(filter).collect();
        let search = |after: Option<&str>| {
            let query = json!({ "all": tests, "fields": of.columns, "after": after });
            Call::post(format!("{}/search", of.table), query).only_reads()
        };
        let next = |answer: &Answer| answer.text("/next").map(|next| search(Some(next)));
        self.0.all(operation, search(None), "/rows", next).await
    }

    async fn insert(&self, of: &Asked<'_>, row: Map<String, Value>) -> Result<String> {
        let answer = self.0.send("perform", Call::post(of.table, row)).await?;
        let senseless = || Error::new(ErrorKind::Protocol, "perform").with_landed(Landed::Yes);
        text(&answer.body, of.id).ok_or_else(senseless)
    }

    async fn update(
        &self,
        of: &Asked<'_>,
        id: &str,
        row: Map<String, Value>,
        expect: Option<&str>,
    ) -> Result<Option<String>> {
        let call = Call::patch(format!("{}/{}", of.table, escaped(id)), row).if_version(expect);
        let answer = self.0.send("perform", call).await?;
        Ok(text(&answer.body, "version"))
    }

    async fn delete(&self, of: &Asked<'_>, id: &str) -> Result<()> {
        let call = Call::delete(format!("{}/{}", of.table, escaped(id)));
        self.0.send("perform", call).await.map(drop)
    }
}
