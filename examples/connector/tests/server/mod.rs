//! Kortti: strict, in memory, over HTTP.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use aspa_crm::{CrmFault, Effect, EffectKind, Field, NaturalKey};
use aspa_testkit::{CrmFarSide, Faults, HttpFault, On};
use aspa_types::{CustomerId, SystemId};
use async_trait::async_trait;
use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

pub(crate) const TOKEN: &str = "a-token-0123456789";

/// How many rows one answer of the search holds.
const FOUND: usize = 2;

/// A table with its fields, the most characters of a text, and those that are unique together.
type Table = (
    &'static str,
    &'static [(&'static str, usize)],
    &'static [&'static str],
);

const TABLES: &[Table] = &[
    (
        "contacts",
        &[
            ("name", 120),
            ("email", 100),
            ("phone", 30),
            ("city", 255),
            ("merged_into", 0),
            ("outside_key", 64),
        ],
        &["outside_key"],
    ),
    (
        "handles",
        &[
            ("contact", 20),
            ("handle", 64),
            ("network", 100),
            ("shown", 100),
            ("url", 250),
            ("outside_key", 64),
        ],
        &["outside_key"],
    ),
    (
        "cases",
        &[
            ("contact", 20),
            ("title", 200),
            ("state", 10),
            ("source", 100),
            ("url", 250),
            ("outside_key", 64),
        ],
        &["outside_key"],
    ),
    (
        "notes",
        &[
            ("contact", 20),
            ("title", 200),
            ("body", 5000),
            ("happened", 40),
            ("url", 250),
            ("outside_key", 64),
        ],
        &["outside_key"],
    ),
    (
        "watchers",
        &[("contact", 20), ("user", 100)],
        &["contact", "user"],
    ),
];

/// What every row has besides.
const OWN: [&str; 4] = ["id", "version", "changed", "deleted"];

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

pub(crate) fn system() -> SystemId {
    SystemId::new("crm").unwrap()
}

#[derive(Debug)]
pub(crate) struct Server {
    cards: Mutex<Cards>,
    faults: Mutex<Option<Arc<Faults>>>,
}

#[derive(Debug)]
struct Cards {
    now: DateTime<Utc>,
    made: usize,
    versions: u64,
    rows: BTreeMap<&'static str, Vec<Row>>,
}

#[derive(Debug)]
struct Row {
    fields: Map<String, Value>,
    /// When its transaction is committed.
    seen: DateTime<Utc>,
}

/// A status, and a code for it.
type Refusal = (StatusCode, &'static str);
type Answer = Result<Value, Refusal>;

const MISSING: Refusal = (StatusCode::NOT_FOUND, "missing");
const INVALID: Refusal = (StatusCode::BAD_REQUEST, "invalid");
const TAKEN: Refusal = (StatusCode::CONFLICT, "taken");

impl Server {
    /// One that listens until the runtime ends, and its address.
    pub(crate) async fn serve() -> (Arc<Self>, String) {
        let cards = Cards {
            now: now(),
            made: 0,
            versions: 0,
            rows: BTreeMap::new(),
        };
        let server = Arc::new(Self {
            cards: Mutex::new(cards),
            faults: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&server));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (server, url)
    }

    /// Lets requests go wrong that pass here.
    pub(crate) fn goes_wrong_at(&self, faults: &Arc<Faults>) {
        *self.faults.lock().unwrap() = Some(Arc::clone(faults));
    }

    fn faults(&self) -> Option<Arc<Faults>> {
        self.faults.lock().unwrap().clone()
    }

    fn cards(&self) -> MutexGuard<'_, Cards> {
        self.cards.lock().unwrap()
    }
}

async fn answer(State(server): State<Arc<Server>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let mut cards = server.cards();
    let told = cards.answer(&head.method, &head.uri, &head.headers, &body);
    let date = cards.now.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let (status, body) = match told {
        Ok(Value::Null) => (StatusCode::NO_CONTENT, String::new()),
        Ok(body) => (StatusCode::OK, body.to_string()),
        Err((status, code)) => (status, json!({ "code": code }).to_string()),
    };
    (status, [("date", date)], body).into_response()
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Whether a text fits a pattern of `LIKE`.
fn like(text: &str, pattern: &str) -> bool {
    let Some(first) = pattern.chars().next() else {
        return text.is_empty();
    };
    let rest = &pattern[first.len_utf8()..];
    let mut starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    match first {
        '%' => starts.any(|at| like(&text[at..], rest)),
        _ => text
            .chars()
            .next()
            .is_some_and(|c| (first == '_' || c == first) && like(&text[c.len_utf8()..], rest)),
    }
}

fn fits(row: &Map<String, Value>, test: &Value) -> Result<bool, Refusal> {
    if let Some(any) = test["any"].as_array() {
        return any
            .iter()
            .try_fold(false, |or, test| Ok(or || fits(row, test)?));
    }
    let field = test["field"].as_str().ok_or(INVALID)?;
    let value = row.get(field).unwrap_or(&Value::Null);
    let text = value.as_str().unwrap_or_default().to_lowercase();
    let lower = |test: &Value| test.as_str().map(str::to_lowercase);
    if let Some(wanted) = test.get("is") {
        return Ok(match lower(wanted) {
            Some(wanted) => wanted == text,
            None => value == wanted,
        });
    }
    if let Some(pattern) = lower(&test["like"]) {
        return Ok(like(&text, &pattern));
    }
    match test["has"] == true {
        true => Ok(!value.is_null()),
        false => Err(INVALID),
    }
}

/// A row with the fields that are asked for.
fn shown(row: &Map<String, Value>, fields: &[&str]) -> Value {
    let asked = row.iter();
    let asked = asked.filter(|(name, _)| {
        let always = *name == "id" || *name == "changed" || *name == "deleted";
        always || fields.contains(&name.as_str())
    });
    asked
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect::<Map<_, _>>()
        .into()
}

/// The name of a table as it stands here.
fn known(table: &str) -> Result<usize, Refusal> {
    let place = TABLES.iter().position(|(name, ..)| *name == table);
    place.ok_or(MISSING)
}

impl Cards {
    fn answer(&mut self, method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Answer {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if header("authorization") != Some(&format!("Bearer {TOKEN}")) {
            return Err((StatusCode::UNAUTHORIZED, "token"));
        }
        let parts: Vec<&str> = uri.path().split('/').skip(1).collect();
        let body: Value = match body.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(body).map_err(|_| INVALID)?,
        };
        let expected = match header("if-match").map(str::parse::<u64>) {
            Some(Err(_)) => return Err(INVALID),
            expected => expected.and_then(Result::ok),
        };
        match (method.as_str(), &parts[..]) {
            ("GET", ["v1", table, "changes"]) => {
                self.changes(table, uri.query().unwrap_or_default())
            }
            ("POST", ["v1", table, "search"]) => self.search(table, &body),
            ("POST", ["v1", table]) => self.make(table, body, TimeDelta::zero()),
            ("PATCH", ["v1", table, id]) => self.edit(table, id, body, expected),
            ("DELETE", ["v1", table, id]) => self.delete(table, id),
            _ => Err(MISSING),
        }
    }

    fn table(&mut self, table: &str) -> Result<&mut Vec<Row>, Refusal> {
        let (name, ..) = TABLES[known(table)?];
        Ok(self.rows.entry(name).or_default())
    }

    /// The rows of a table that are committed.
    fn there(&mut self, table: &str) -> Result<Vec<Map<String, Value>>, Refusal> {
        let now = self.now;
        let rows = self.table(table)?.iter();
        let rows = rows.filter(|row| row.seen <= now);
        Ok(rows.map(|row| row.fields.clone()).collect())
    }

    /// The rows of a table that are there, seen by whoever looks into the cellar.
    fn live(&mut self, table: &str) -> Vec<Map<String, Value>> {
        let mut rows = self.there(table).unwrap();
        rows.retain(|row| row["deleted"] == false);
        rows
    }

    /// In the order of (changed, id), those after a place; deleted ones are among them.
    fn changes(&mut self, table: &str, query: &str) -> Answer {
        let mut given = BTreeMap::new();
        for part in query.split('&') {
            let (name, value) = part.split_once('=').ok_or(INVALID)?;
            let value = value.replace("%3A", ":").replace("%2C", ",");
            given.insert(name.to_owned(), value);
        }
        let mut take = |name: &str| given.remove(name);
        let (fields, limit) = (take("fields").ok_or(INVALID)?, take("limit"));
        let limit: usize = limit.and_then(|limit| limit.parse().ok()).ok_or(INVALID)?;
        let after = match (take("after"), take("after_id")) {
            (Some(at), Some(id)) => {
                let at = DateTime::parse_from_rfc3339(&at).map_err(|_| INVALID)?;
                Some((stamp(at.to_utc()), id))
            }
            (None, None) => None,
            _ => return Err(INVALID),
        };
        if !given.is_empty() || !(1..=100).contains(&limit) {
            return Err(INVALID);
        }
        let fields: Vec<&str> = fields.split(',').collect();
        self.named(table, fields.iter().copied())?;
        let place = |row: &Map<String, Value>| {
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            (text("changed"), text("id"))
        };
        let mut rows = self.there(table)?;
        rows.sort_by_key(place);
        rows.retain(|row| after.as_ref().is_none_or(|after| place(row) > *after));
        let rows: Vec<Value> = rows
            .iter()
            .take(limit)
            .map(|row| shown(row, &fields))
            .collect();
        Ok(json!({ "rows": rows }))
    }

    fn search(&mut self, table: &str, query: &Value) -> Answer {
        let fields = query["fields"].as_array().ok_or(INVALID)?;
        let fields: Vec<&str> = fields.iter().filter_map(Value::as_str).collect();
        self.named(table, fields.iter().copied())?;
        let tests = query["all"].as_array().ok_or(INVALID)?;
        let mut found = Vec::new();
        for row in self.there(table)? {
            let all = tests
                .iter()
                .try_fold(true, |and, test| Ok(and && fits(&row, test)?))?;
            if all && row["deleted"] == false {
                found.push(row);
            }
        }
        let after = query["after"].as_str().unwrap_or_default();
        found.sort_by_key(|row| row["id"].as_str().unwrap_or_default().to_owned());
        found.retain(|row| row["id"].as_str().unwrap_or_default() > after);
        let next = found.get(FOUND - 1).filter(|_| found.len() > FOUND);
        let next = next.map(|row| row["id"].clone());
        let rows: Vec<Value> = found
            .iter()
            .take(FOUND)
            .map(|row| shown(row, &fields))
            .collect();
        Ok(json!({ "rows": rows, "next": next }))
    }

    /// Refuses fields that the table has not.
    fn named<'a>(&self, table: &str, names: impl Iterator<Item = &'a str>) -> Result<(), Refusal> {
        let (_, fields, _) = TABLES[known(table)?];
        let is_known = |name: &str| OWN.contains(&name) || fields.iter().any(|(f, _)| *f == name);
        let mut names = names;
        names.all(is_known).then_some(()).ok_or(INVALID)
    }

    /// The fields of a body, each one that may be written and no longer than it may be.
    fn fields(&mut self, table: &str, body: Value) -> Result<Map<String, Value>, Refusal> {
        let (_, fields, _) = TABLES[known(table)?];
        let Value::Object(given) = body else {
            return Err(INVALID);
        };
        for (name, value) in &given {
            let (_, most) = fields.iter().find(|(f, _)| f == name).ok_or(INVALID)?;
            match value {
                Value::Null => {}
                Value::String(text) if text.chars().count() <= *most => {}
                _ => return Err(INVALID),
            }
        }
        if let Some(contact) = given.get("contact") {
            let all = self.live("contacts");
            all.iter()
                .find(|row| row["id"] == *contact)
                .ok_or(INVALID)?;
        }
        if given
            .get("state")
            .is_some_and(|state| state != "open" && state != "done")
        {
            return Err(INVALID);
        }
        Ok(given)
    }

    fn make(&mut self, table: &str, body: Value, late: TimeDelta) -> Answer {
        let mut fields = self.fields(table, body)?;
        let (_, _, unique) = TABLES[known(table)?];
        let same = |row: &Row| {
            let is = |name: &&str| {
                let given = fields.get(*name).filter(|value| !value.is_null());
                given.is_some() && row.fields.get(*name) == given
            };
            row.fields["deleted"] == false && unique.iter().all(is)
        };
        if self.table(table)?.iter().any(same) {
            return Err(TAKEN);
        }
        self.made += 1;
        fields.insert("id".to_owned(), json!(format!("{:06}", self.made)));
        fields.insert("deleted".to_owned(), json!(false));
        let seen = self.now + late;
        self.table(table)?.push(Row { fields, seen });
        let place = self.table(table)?.len() - 1;
        Ok(self.touch(table, place))
    }

    /// A new version of a row, stamped now.
    fn touch(&mut self, table: &str, place: usize) -> Value {
        self.versions += 1;
        let (version, changed) = (json!(self.versions), json!(stamp(self.now)));
        let row = &mut self.table(table).unwrap()[place].fields;
        row.insert("version".to_owned(), version);
        row.insert("changed".to_owned(), changed);
        json!({ "id": row["id"], "version": row["version"] })
    }

    fn find(&mut self, table: &str, id: &str) -> Result<usize, Refusal> {
        let now = self.now;
        let is_it =
            |row: &Row| row.fields["id"] == id && row.fields["deleted"] == false && row.seen <= now;
        self.table(table)?.iter().position(is_it).ok_or(MISSING)
    }

    fn edit(&mut self, table: &str, id: &str, body: Value, expected: Option<u64>) -> Answer {
        let place = self.find(table, id)?;
        let mut fields = self.fields(table, body)?;
        let row = &mut self.table(table)?[place].fields;
        if expected.is_some_and(|expected| row["version"] != expected) {
            return Err((StatusCode::PRECONDITION_FAILED, "changed"));
        }
        row.append(&mut fields);
        Ok(self.touch(table, place))
    }

    /// Leaves an id and a time. A contact with rows about it cannot be deleted.
    fn delete(&mut self, table: &str, id: &str) -> Answer {
        let place = self.find(table, id)?;
        for (other, ..) in TABLES.iter().filter(|_| table == "contacts") {
            if self
                .live(other)
                .iter()
                .any(|row| row.get("contact") == Some(&json!(id)))
            {
                return Err((StatusCode::CONFLICT, "in_use"));
            }
        }
        let row = &mut self.table(table)?[place].fields;
        row.retain(|name, _| name == "id");
        row.insert("deleted".to_owned(), json!(true));
        self.touch(table, place);
        Ok(Value::Null)
    }
}

/// The fields of a contact, those that Kortti has.
fn contact(values: &[(Field, &str)]) -> Value {
    let mut row = Map::new();
    for (field, value) in values {
        let name = match field {
            Field::FullName => "name",
            Field::Email => "email",
            Field::Phone => "phone",
            Field::City => "city",
            _ => continue,
        };
        row.insert(name.to_owned(), json!(value));
    }
    row.into()
}

fn customer(made: &Value) -> CustomerId {
    CustomerId::new(system(), made["id"].as_str().unwrap()).unwrap()
}

/// The people who work in Kortti.
impl Server {
    /// The rows of what an effect is about.
    fn seen(&self, effect: &Effect) -> Option<Vec<Map<String, Value>>> {
        let mut cards = self.cards();
        let mut those = |table: &str, is: &[(&str, &str)]| {
            let mut rows = cards.live(table);
            rows.retain(|row| {
                is.iter()
                    .all(|(name, value)| row.get(*name) == Some(&json!(value)))
            });
            rows
        };
        let of = |key: &NaturalKey| key.to_string();
        Some(match &effect.kind {
            EffectKind::LinkHandle { customer, handle } => {
                let key = of(&handle.key());
                those("handles", &[("contact", &customer.id), ("handle", &key)])
            }
            EffectKind::UnlinkHandle { customer, handle } => {
                let key = of(&NaturalKey::handle(handle));
                those("handles", &[("contact", &customer.id), ("handle", &key)])
            }
            EffectKind::Create(new) => those("contacts", &[("outside_key", &of(&new.key))]),
            EffectKind::UpsertCase(case) => those("cases", &[("outside_key", &of(&case.key))]),
            EffectKind::AddActivity(one) => those("notes", &[("outside_key", &of(&one.key))]),
            EffectKind::Redact { activity } => {
                let mut rows = those("notes", &[("outside_key", &of(activity))]);
                rows.retain(|row| row.get("body").is_some_and(Value::is_string));
                rows
            }
            EffectKind::Follow { customer, user, .. } => {
                those("watchers", &[("contact", &customer.id), ("user", user)])
            }
            EffectKind::Erase { customer } | EffectKind::Patch { customer, .. } => {
                those("contacts", &[("id", &customer.id)])
            }
            _ => return None,
        })
    }
}

#[async_trait]
impl CrmFarSide for Server {
    async fn make(&self, values: &[(Field, &str)]) -> CustomerId {
        let none = TimeDelta::zero();
        customer(
            &self
                .cards()
                .make("contacts", contact(values), none)
                .unwrap(),
        )
    }

    async fn make_late(&self, values: &[(Field, &str)], late: TimeDelta) -> Option<CustomerId> {
        let made = self.cards().make("contacts", contact(values), late);
        Some(customer(&made.unwrap()))
    }

    async fn edit(&self, id: &CustomerId, field: &Field, value: &str) -> bool {
        let body = contact(&[(field.clone(), value)]);
        self.cards().edit("contacts", &id.id, body, None).is_ok()
    }

    async fn delete(&self, id: &CustomerId) -> bool {
        self.cards().delete("contacts", &id.id).is_ok()
    }

    async fn make_again(&self, id: &CustomerId, values: &[(Field, &str)]) -> bool {
        let mut cards = self.cards();
        let rows = cards.table("contacts").unwrap();
        let Some(place) = rows.iter().position(|row| row.fields["id"] == *id.id) else {
            return false;
        };
        if let Value::Object(mut fields) = contact(values) {
            rows[place].fields.append(&mut fields);
        }
        rows[place]
            .fields
            .insert("deleted".to_owned(), json!(false));
        cards.touch("contacts", place);
        true
    }

    async fn merge(&self, old: &CustomerId, into: &CustomerId) -> bool {
        let mut cards = self.cards();
        let Ok(place) = cards.find("contacts", &old.id) else {
            return false;
        };
        let row = &mut cards.table("contacts").unwrap()[place].fields;
        row.insert("merged_into".to_owned(), json!(into.id));
        cards.touch("contacts", place);
        // The other one has all that was theirs.
        for row in cards.table("handles").unwrap() {
            if row.fields["contact"] == *old.id {
                row.fields.insert("contact".to_owned(), json!(into.id));
            }
        }
        true
    }

    async fn pass(&self, time: TimeDelta) {
        self.cards().now += time;
    }

    fn fail(&self, effect: bool, fault: CrmFault) -> bool {
        let Some(faults) = self.faults() else {
            return false;
        };
        let refusal = |code: &str| {
            let body = json!({ "code": code }).to_string();
            let answer = http::Response::builder().status(StatusCode::TOO_MANY_REQUESTS);
            answer.body(Bytes::from(body)).unwrap()
        };
        let fault = match fault {
            CrmFault::NoConnection => HttpFault::NoConnection,
            CrmFault::LostBefore => HttpFault::CutBefore,
            CrmFault::LostAfter => HttpFault::CutAfter,
            CrmFault::Expired => HttpFault::Expired,
            CrmFault::Throttled(wait) => {
                let mut answer = refusal("too_fast");
                let wait = wait.as_secs().into();
                answer.headers_mut().insert("retry-after", wait);
                HttpFault::Answer(answer)
            }
            CrmFault::QuotaUntil(_) => HttpFault::Answer(refusal("day_quota")),
            _ => return false,
        };
        let on = if effect { On::write() } else { On::read() };
        faults.script(on, fault);
        true
    }

    fn requests(&self) -> Option<usize> {
        Some(self.faults()?.asked().len())
    }

    async fn rows(&self, effect: &Effect) -> Option<usize> {
        Some(self.seen(effect)?.len())
    }

    async fn values(&self, effect: &Effect) -> Option<Vec<String>> {
        let rows = self.seen(effect)?.into_iter();
        let cells = rows.flatten().filter(|(name, _)| !OWN.contains(&&**name));
        let texts = cells.filter_map(|(_, value)| Some(value.as_str()?.to_owned()));
        Some(texts.collect())
    }
}
