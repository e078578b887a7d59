//! The layer over rows in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use aspa_types::{CustomerId, EffectKey, HandleKey, Landed, Network, SystemId};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_executor::block_on;
use serde_json::{Map, Value, json};

use super::*;
use crate::{
    Activity, Capabilities, Case, CaseStatus, Change, Confirmed, Crm, CustomerKind, Deletes, Did,
    Effect, EffectKind, EffectName, Erasure, ErrorKind, Field, HandleRow, Idempotency, Lookup,
    NaturalKey, NewCustomer, Performs, Precondition, Probe, RecordKind, Table,
};

/// Rows by their ids.
type ById = BTreeMap<String, Map<String, Value>>;

/// Tables, and every request.
#[derive(Debug, Default)]
struct Memory {
    tables: Mutex<BTreeMap<String, ById>>,
    asked: Mutex<Vec<String>>,
    /// Refuses the next deletion but so many.
    fails: Mutex<Option<usize>>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn fits(row: &Map<String, Value>, test: &Test) -> bool {
    match test {
        Test::Is(column, value) => row.get(column) == Some(value),
        Test::Has(column) => row.get(column).is_some_and(|value| !value.is_null()),
        Test::Like(column, pattern) => {
            let mut rest = row.get(column).and_then(Value::as_str).unwrap_or_default();
            let mut parts = pattern.split('%').filter(|part| !part.is_empty());
            parts.all(|part| match rest.split_once(part) {
                Some((_, after)) => {
                    rest = after;
                    true
                }
                None => false,
            })
        }
        Test::Any(tests) => tests.iter().any(|test| fits(row, test)),
    }
}

/// Keys are unique, and who follows whom is.
fn same(there: &Map<String, Value>, row: &Map<String, Value>) -> bool {
    let is = |column: &str| row.contains_key(column) && there.get(column) == row.get(column);
    is("key") || (is("person") && is("user"))
}

impl Memory {
    fn ask(&self, what: &str, of: &Asked<'_>) {
        lock(&self.asked).push(format!("{what} {}", of.table));
    }

    fn all(&self, of: &Asked<'_>, tests: &[Test]) -> Vec<Value> {
        let tables = lock(&self.tables);
        let rows = tables.get(of.table).into_iter().flatten();
        let fit = rows.filter(|(_, row)| tests.iter().all(|test| fits(row, test)));
        fit.map(|(_, row)| Value::Object(row.clone())).collect()
    }
}

#[async_trait]
impl Rows for Memory {
    async fn page(
        &self,
        of: &Asked<'_>,
        _cursor: Option<&Cursor>,
        _limit: usize,
    ) -> Result<RowPage, Error> {
        let found = Found::new(self.all(of, &[]), DateTime::UNIX_EPOCH);
        let gone = vec!["gone".to_owned()];
        Ok(RowPage::new(found, gone, Cursor::new("end"), true))
    }

    async fn select(
        &self,
        _operation: &'static str,
        of: &Asked<'_>,
        tests: &[Test],
    ) -> Result<Found, Error> {
        self.ask("select", of);
        Ok(Found::new(self.all(of, tests), DateTime::UNIX_EPOCH))
    }

    async fn insert(&self, of: &Asked<'_>, mut row: Map<String, Value>) -> Result<String, Error> {
        self.ask("insert", of);
        let mut tables = lock(&self.tables);
        let rows = tables.entry(of.table.to_owned()).or_default();
        if rows.values().any(|there| same(there, &row)) {
            return Err(Error::new(ErrorKind::Conflict { current: None }, "perform"));
        }
        let id = (rows.len() + 1).to_string();
        row.insert("id".to_owned(), id.clone().into());
        rows.insert(id.clone(), row);
        Ok(id)
    }

    async fn update(
        &self,
        of: &Asked<'_>,
        id: &str,
        row: Map<String, Value>,
        expect: Option<&str>,
    ) -> Result<Option<String>, Error> {
        self.ask("update", of);
        let mut tables = lock(&self.tables);
        let there = tables.get_mut(of.table).and_then(|rows| rows.get_mut(id));
        let there = there.ok_or_else(|| Error::new(ErrorKind::NotFound, "perform"))?;
        if expect.is_some_and(|expect| there["version"] != expect) {
            return Err(Error::new(ErrorKind::Conflict { current: None }, "perform"));
        }
        there.extend(row);
        Ok(None)
    }

    async fn delete(&self, of: &Asked<'_>, id: &str) -> Result<(), Error> {
        self.ask("delete", of);
        let mut fails = lock(&self.fails);
        if *fails == Some(0) {
            return Err(Error::new(ErrorKind::Unavailable, "perform"));
        }
        *fails = fails.map(|left| left - 1);
        let mut tables = lock(&self.tables);
        let gone = tables.get_mut(of.table).and_then(|rows| rows.remove(id));
        gone.map(drop)
            .ok_or_else(|| Error::new(ErrorKind::NotFound, "perform"))
    }

    fn is_id(&self, _: &Asked<'_>, id: &str) -> bool {
        id.bytes().all(|byte| byte.is_ascii_digit())
    }
}

fn layout() -> Layout {
    let people = Table::new("people", CustomerKind::Person, "id")
        .prefixed("p-")
        .keyed("key")
        .with([("last", Field::LastName), ("phone", Field::Phone)]);
    let owner = || [Owner::new("people", "person")];
    let patch = Performs::new(Precondition::Strong, Idempotency::NaturalKey);
    let mut capabilities = Capabilities::new(Deletes::InFeed, vec![Field::Phone])
        .performing([EffectName::Patch], patch)
        .limited(Field::LastName, 10)
        .limited(Field::Phone, 20);
    capabilities.erasure = Some(Erasure::Hard);
    let customers = Customers::new(people, RecordKind::Person).moving(Moved::new("into", "people"));
    let mut layout = Layout::new([customers], capabilities);
    let handles = [
        Cell::new("handle", Part::Handle),
        Cell::new("name", Part::Shown).most(8, Over::Key),
        Cell::new("link", Part::Url).most(12, Over::LeaveOut),
        Cell::new("network", Part::Network)
            .called([("x", 2), ("*", 0)], Over::Refuse)
            .once(),
    ];
    layout.handles = Some(Ours::new("handles", "id", handles, owner()).keyed("key"));
    let cases = [
        Cell::new("title", Part::Subject).most(10, Over::Refuse),
        Cell::new("state", Part::Status)
            .called([("open", 1), ("new", 1), ("closed", 2)], Over::Refuse),
        Cell::new("who", Part::User),
        Cell::new("link", Part::Url),
        Cell::new("from", Part::Origin).once(),
    ];
    let cases = Ours::new("cases", "id", cases, owner()).keyed("key");
    layout.cases = Some(cases.versioned("version"));
    let lines = [
        Cell::new("title", Part::Subject),
        Cell::new("text", Part::Text),
        Cell::new("done", Part::Fixed(1.into())),
    ];
    layout.activities = Some(Ours::new("lines", "id", lines, owner()).keyed("key"));
    let user = [Cell::new("user", Part::User)];
    layout.follows = Some(Ours::new("follows", "id", user, owner()));
    layout
}

fn system() -> SystemId {
    SystemId::new("acme").unwrap()
}

fn connector() -> (Connector<Memory>, CustomerId) {
    let crm = Connector::new(system(), layout(), Memory::default());
    let person = json!({ "id": "7", "last": "Aalto", "phone": "040 123 4567", "version": "1" });
    let person = person.as_object().cloned().unwrap();
    let mut rows = BTreeMap::new();
    rows.insert("7".to_owned(), person);
    lock(&crm.rows().tables).insert("people".to_owned(), rows);
    (crm, CustomerId::new(system(), "p-7").unwrap())
}

fn rows(crm: &Connector<Memory>, table: &str) -> Vec<Map<String, Value>> {
    let tables = lock(&crm.rows().tables);
    let rows = tables.get(table).into_iter().flatten();
    rows.map(|(_, row)| row.clone()).collect()
}

/// Somebody writes into a row.
fn edit(crm: &Connector<Memory>, table: &str, id: &str, column: &str, value: Value) {
    let mut tables = lock(&crm.rows().tables);
    let row = tables.get_mut(table).and_then(|rows| rows.get_mut(id));
    row.unwrap().insert(column.to_owned(), value);
}

fn effect(kind: EffectKind) -> Effect {
    Effect::new(EffectKey::new("e").unwrap(), system(), kind)
}

fn link(customer: &CustomerId, user: &str, url: &str) -> Effect {
    let handle = HandleKey::new(Network::X, None, "1").unwrap();
    let mut handle = HandleRow::new(handle, Confirmed::ByCustomer);
    handle.user_name = Some(user.to_owned());
    handle.url = Some(url.to_owned());
    let customer = customer.clone();
    effect(EffectKind::LinkHandle { customer, handle })
}

fn asked(crm: &Connector<Memory>) -> Vec<String> {
    std::mem::take(&mut lock(&crm.rows().asked))
}

#[test]
fn a_layout_is_plain_data_and_says_what_is_performed() {
    block_on(async {
        let text = serde_json::to_string(&layout()).unwrap();
        assert_eq!(serde_json::from_str::<Layout>(&text).unwrap(), layout());
        let (mut crm, _) = connector();
        assert_eq!(crm.capabilities().effects.len(), 9);
        assert!(crm.capabilities().merges);
        crm.layout.handles = None;
        crm.layout.customers[0].table.key = None;
        let less = crm.layout.promises().effects;
        for name in [
            EffectName::LinkHandle,
            EffectName::UnlinkHandle,
            EffectName::Create,
        ] {
            assert!(!less.contains_key(&name));
        }
    });
}

#[test]
fn a_handle_is_made_once_and_changed_where_it_differs() {
    block_on(async {
        let (crm, customer) = connector();
        let first = link(&customer, "matti", "https://x/1");
        assert_eq!(crm.probe(&first).await.unwrap(), Probe::Absent);
        assert_eq!(crm.perform(&first).await.unwrap().did, Did::Created);
        assert!(matches!(crm.probe(&first).await.unwrap(), Probe::Found(_)));
        asked(&crm);
        assert_eq!(crm.perform(&first).await.unwrap().did, Did::Nothing);
        assert_eq!(asked(&crm), ["select handles"]);
        // Nothing is cut: one name stands as its key, one address not at all.
        let long = link(
            &customer,
            "matti.with.a.long.name",
            "https://x.example/matti",
        );
        assert_eq!(crm.perform(&long).await.unwrap().did, Did::Changed);
        let [row] = &rows(&crm, "handles")[..] else {
            panic!("one row")
        };
        assert_eq!((&row["name"], &row["network"]), (&row["key"], &json!(2)));
        assert_eq!(row["link"], "https://x/1");
        let EffectKind::LinkHandle { handle, .. } = long.kind else {
            panic!("a link")
        };
        let handle = handle.handle;
        let unlink = effect(EffectKind::UnlinkHandle { customer, handle });
        assert_eq!(crm.perform(&unlink).await.unwrap().did, Did::Removed);
        assert_eq!(crm.perform(&unlink).await.unwrap().did, Did::Nothing);
    });
}

#[test]
fn a_link_tells_the_version_of_a_customer_who_is_read_with_handles() {
    block_on(async {
        let (mut crm, customer) = connector();
        let people = &mut crm.layout.customers[0].table;
        people.version = Some("version".to_owned());
        let of = |receipt: crate::Receipt| receipt.version;
        let apart = crm.perform(&link(&customer, "a", "")).await.unwrap();
        assert_eq!(of(apart), None);
        let people = &mut crm.layout.customers[0].table;
        *people = people.clone().with([("handles", Field::Handle)]);
        let read = crm.perform(&link(&customer, "b", "")).await.unwrap();
        assert_eq!(of(read).as_deref(), Some("1"));
    });
}

#[test]
fn one_table_takes_companies_too() {
    block_on(async {
        let mut one = layout();
        let table = &mut one.customers[0].table;
        *table = table.clone().with([("name", Field::FullName)]);
        one.capabilities = one.capabilities.limited(Field::FullName, 30);
        let mut several = one.clone();
        several.customers.push(several.customers[0].clone());
        let values = [(Field::FullName, "Oy"), (Field::Phone, "1")];
        let values = values.map(|(field, value)| (field, value.to_owned()));
        let key = NaturalKey::derive(&["n"]);
        let new = NewCustomer::new(key, CustomerKind::Company, values).unwrap();
        let create = effect(EffectKind::Create(new));
        let crm = Connector::new(system(), one, Memory::default());
        assert_eq!(crm.perform(&create).await.unwrap().did, Did::Created);
        let crm = Connector::new(system(), several, Memory::default());
        let error = crm.perform(&create).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Unsupported);
    });
}

#[test]
fn what_is_too_long_or_of_nobody_is_refused_before_any_request() {
    block_on(async {
        let (crm, customer) = connector();
        let mut long = Case::new(NaturalKey::derive(&["c"]), "Eleven 😀😀", CaseStatus::Open);
        long.customer = Some(customer.clone());
        let mut unknown = long.clone();
        (unknown.subject, unknown.status) = ("Short".to_owned(), CaseStatus::from("odd"));
        let mut nobody = unknown.clone();
        (nobody.customer, nobody.status) = (None, CaseStatus::Open);
        for (case, field) in [(long, "title"), (unknown, "state"), (nobody, "customer")] {
            let error = crm
                .perform(&effect(EffectKind::UpsertCase(case)))
                .await
                .unwrap_err();
            let field = field.to_owned();
            assert_eq!(*error.kind(), ErrorKind::Invalid { field });
        }
        let other = CustomerId::new(system(), "p-x").unwrap();
        let error = crm.perform(&link(&other, "a", "b")).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::NotFound);
        let values = [(Field::LastName, "Eleven letters"), (Field::Phone, "1")];
        let values = values.map(|(field, value)| (field, value.to_owned()));
        let key = NaturalKey::derive(&["n"]);
        let new = NewCustomer::new(key, CustomerKind::Person, values).unwrap();
        assert!(crm.perform(&effect(EffectKind::Create(new))).await.is_err());
        assert_eq!(asked(&crm), Vec::<String>::new());
    });
}

#[test]
fn a_case_goes_there_and_comes_back_in_our_words() {
    block_on(async {
        let (crm, customer) = connector();
        let mut case = Case::new(NaturalKey::derive(&["c"]), "Parcel", CaseStatus::New);
        case.customer = Some(customer.clone());
        let upsert = effect(EffectKind::UpsertCase(case.clone()));
        assert_eq!(crm.perform(&upsert).await.unwrap().did, Did::Created);
        let mut page = crm.changes(None, 10).await.unwrap();
        let mut changes = std::mem::take(&mut page.changes);
        while !page.done {
            page = crm.changes(Some(&page.next), 10).await.unwrap();
            changes.append(&mut page.changes);
        }
        let told = changes.iter().find_map(|change| match change {
            Change::Case(case) => Some(case),
            _ => None,
        });
        let told = told.unwrap();
        assert_eq!((&told.key, &told.status), (&case.key, &CaseStatus::Open));
        assert_eq!(told.customer.as_ref(), Some(&customer));
        let id = CustomerId::new(system(), "p-gone").unwrap();
        assert!(changes.contains(&Change::Gone { id }));
        case.status = CaseStatus::Closed;
        let closed = effect(EffectKind::UpsertCase(case));
        assert_eq!(crm.probe(&closed).await.unwrap(), Probe::Absent);
        assert_eq!(crm.perform(&closed).await.unwrap().did, Did::Changed);
        assert_eq!(rows(&crm, "cases")[0]["state"], 2);
    });
}

#[test]
fn a_case_is_found_only_where_nothing_of_it_is_left_to_write() {
    block_on(async {
        let (crm, customer) = connector();
        let other = CustomerId::new(system(), "p-8").unwrap();
        let mut case = Case::new(NaturalKey::derive(&["c"]), "Parcel", CaseStatus::Open);
        case.customer = Some(customer);
        case.origin = Some("x".to_owned());
        let upsert = |case: &Case| effect(EffectKind::UpsertCase(case.clone()));
        crm.perform(&upsert(&case)).await.unwrap();
        for column in ["title", "state", "who", "link", "person"] {
            match column {
                "title" => case.subject = "Letter".to_owned(),
                "state" => case.status = CaseStatus::Closed,
                "who" => case.user = Some("u1".to_owned()),
                "link" => case.url = Some("https://x/1".to_owned()),
                _ => case.customer = Some(other.clone()),
            }
            let before = rows(&crm, "cases")[0].get(column).cloned();
            assert_eq!(
                crm.probe(&upsert(&case)).await.unwrap(),
                Probe::Absent,
                "{column}"
            );
            assert_eq!(
                crm.perform(&upsert(&case)).await.unwrap().did,
                Did::Changed,
                "{column}"
            );
            assert_ne!(
                rows(&crm, "cases")[0].get(column).cloned(),
                before,
                "{column}"
            );
            let probe = crm.probe(&upsert(&case)).await.unwrap();
            assert!(matches!(probe, Probe::Found(_)), "{column}");
        }
        // What is written once and never again is no reason to write.
        case.origin = Some("mastodon".to_owned());
        let probe = crm.probe(&upsert(&case)).await.unwrap();
        assert!(matches!(probe, Probe::Found(_)));
        assert_eq!(crm.perform(&upsert(&case)).await.unwrap().did, Did::Nothing);
    });
}

#[test]
fn a_handle_that_came_with_a_merged_customer_is_not_made_again() {
    block_on(async {
        let (crm, old) = connector();
        crm.perform(&link(&old, "matti", "https://x/1"))
            .await
            .unwrap();
        // The system gives the master what was the other's, and knows nothing of our keys.
        edit(&crm, "handles", "1", "person", "8".into());
        let master = CustomerId::new(system(), "p-8").unwrap();
        let again = link(&master, "matti", "https://x/2");
        assert_eq!(crm.perform(&again).await.unwrap().did, Did::Changed);
        assert_eq!(crm.perform(&again).await.unwrap().did, Did::Nothing);
        let [row] = &rows(&crm, "handles")[..] else {
            panic!("one row")
        };
        assert_eq!(row["link"], "https://x/2");
    });
}

#[test]
fn a_value_without_a_name_there_is_ours_where_the_layout_says_so() {
    block_on(async {
        let (mut crm, customer) = connector();
        let status = &mut crm.layout.cases.as_mut().unwrap().cells[1];
        (status.over, status.most) = (Over::Ours, Some(8));
        let mut case = Case::new(NaturalKey::derive(&["c"]), "Parcel", "odd".into());
        case.customer = Some(customer);
        let odd = effect(EffectKind::UpsertCase(case.clone()));
        assert_eq!(crm.perform(&odd).await.unwrap().did, Did::Created);
        assert_eq!(rows(&crm, "cases")[0]["state"], "odd");
        case.status = "far too odd".into();
        let long = effect(EffectKind::UpsertCase(case));
        let field = "state".to_owned();
        let error = crm.perform(&long).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Invalid { field });
    });
}

#[test]
fn of_two_cases_with_one_key_none_is_changed() {
    block_on(async {
        let (crm, customer) = connector();
        let mut case = Case::new(NaturalKey::derive(&["c"]), "Parcel", CaseStatus::Open);
        case.customer = Some(customer);
        let upsert = effect(EffectKind::UpsertCase(case.clone()));
        crm.perform(&upsert).await.unwrap();
        let mut other = rows(&crm, "cases")[0].clone();
        other.insert("id".to_owned(), "2".into());
        if let Some(cases) = lock(&crm.rows().tables).get_mut("cases") {
            cases.insert("2".to_owned(), other);
        }
        case.subject = "Other".to_owned();
        let upsert = effect(EffectKind::UpsertCase(case));
        let error = crm.perform(&upsert).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Ambiguous(ids) if ids.len() == 2));
        assert!(
            rows(&crm, "cases")
                .iter()
                .all(|row| row["title"] == "Parcel")
        );
    });
}

#[test]
fn a_line_of_history_is_at_its_case_and_tells_all_in_one_column() {
    block_on(async {
        let (mut crm, customer) = connector();
        let lines = crm.layout.activities.as_mut().unwrap();
        lines.cells[1].part = Part::TextAndUrl;
        lines.cells.push(Cell::new("day", Part::Day));
        lines.owners = vec![Owner::new("people", "person").with_case("case")];
        let at = "2026-11-22T23:30:00Z".parse().unwrap();
        let mut line = Activity::new(NaturalKey::derive(&["a"]), customer.clone(), at, "A post");
        line.text = Some("Where is it?".to_owned());
        line.url = Some("https://x/1".to_owned());
        let mut case = Case::new(NaturalKey::derive(&["c"]), "Parcel", CaseStatus::Open);
        case.customer = Some(customer);
        line.case = Some(case.key.clone());
        let add = effect(EffectKind::AddActivity(line.clone()));
        let error = crm.perform(&add).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::NotFound);
        let upsert = effect(EffectKind::UpsertCase(case));
        crm.perform(&upsert).await.unwrap();
        crm.perform(&add).await.unwrap();
        let row = &rows(&crm, "lines")[0];
        assert_eq!(
            (&row["case"], &row["day"]),
            (&json!("1"), &json!("2026-11-22"))
        );
        assert_eq!(row["text"], "Where is it?\n\nhttps://x/1");
        let activity = line.key;
        let redact = effect(EffectKind::Redact { activity });
        assert_eq!(crm.perform(&redact).await.unwrap().did, Did::Removed);
        assert_eq!(rows(&crm, "lines")[0]["text"], Value::Null);
    });
}

#[test]
fn what_is_only_read_is_neither_promised_nor_written() {
    block_on(async {
        let mut layout = layout();
        let people = &mut layout.customers[0];
        people.table = people.table.clone().with([("name", Field::FullName)]);
        layout.capabilities = layout.capabilities.limited(Field::FullName, 20);
        let full = Connector::new(system(), layout.clone(), Memory::default());
        assert!(full.capabilities().writes.contains_key(&Field::FullName));
        layout.customers[0].read_only.push(Field::FullName);
        let crm = Connector::new(system(), layout, Memory::default());
        assert!(!crm.capabilities().writes.contains_key(&Field::FullName));
        let values = [(Field::FullName, "Aalto"), (Field::Phone, "040 1")];
        let values = values.map(|(field, value)| (field, value.to_owned()));
        let key = NaturalKey::derive(&["n"]);
        let new = NewCustomer::new(key, CustomerKind::Person, values).unwrap();
        let create = effect(EffectKind::Create(new));
        for (crm, column) in [(full, "name"), (crm, "last")] {
            crm.perform(&create).await.unwrap();
            assert_eq!(rows(&crm, "people")[0][column], "Aalto");
        }
    });
}

#[test]
fn history_is_finished_but_never_rewritten() {
    block_on(async {
        let (crm, customer) = connector();
        let at: DateTime<Utc> = DateTime::UNIX_EPOCH;
        let mut line = Activity::new(NaturalKey::derive(&["a"]), customer, at, "A post");
        line.text = Some("Where is it?".to_owned());
        let add = effect(EffectKind::AddActivity(line.clone()));
        assert_eq!(crm.perform(&add).await.unwrap().did, Did::Created);
        let activity = line.key;
        let redact = effect(EffectKind::Redact { activity });
        assert_eq!(crm.probe(&redact).await.unwrap(), Probe::Absent);
        assert_eq!(crm.perform(&redact).await.unwrap().did, Did::Removed);
        assert_eq!(crm.perform(&redact).await.unwrap().did, Did::Nothing);
        assert_eq!(crm.perform(&add).await.unwrap().did, Did::Nothing);
        assert_eq!(rows(&crm, "lines")[0]["text"], Value::Null);
        edit(&crm, "lines", "1", "done", 0.into());
        assert_eq!(crm.probe(&add).await.unwrap(), Probe::Absent);
        assert_eq!(crm.perform(&add).await.unwrap().did, Did::Changed);
        assert_eq!(rows(&crm, "lines")[0]["text"], Value::Null);
    });
}

#[test]
fn an_erasure_takes_ours_and_says_where_it_stopped() {
    block_on(async {
        let (crm, customer) = connector();
        crm.perform(&link(&customer, "matti", "b")).await.unwrap();
        let follow = |following| {
            let (customer, user) = (customer.clone(), "u".to_owned());
            effect(EffectKind::Follow {
                customer,
                user,
                following,
            })
        };
        assert_eq!(crm.perform(&follow(true)).await.unwrap().did, Did::Created);
        assert_eq!(crm.perform(&follow(true)).await.unwrap().did, Did::Nothing);
        let erase = effect(EffectKind::Erase {
            customer: customer.clone(),
        });
        *lock(&crm.rows().fails) = Some(1);
        let error = crm.perform(&erase).await.unwrap_err();
        assert_eq!(error.landed(), Landed::Maybe);
        let error = crm.perform(&erase).await.unwrap_err();
        assert_eq!(error.landed(), Landed::No);
        *lock(&crm.rows().fails) = None;
        assert_eq!(crm.perform(&erase).await.unwrap().did, Did::Removed);
        assert_eq!(crm.perform(&erase).await.unwrap().did, Did::Nothing);
        for table in ["people", "handles", "follows"] {
            assert!(rows(&crm, table).is_empty(), "{table}");
        }
    });
}

#[test]
fn who_went_into_another_is_not_found() {
    block_on(async {
        let (crm, customer) = connector();
        let lookup = Lookup::new(Field::Phone, "+358 40 1234567");
        assert_eq!(crm.find(&lookup).await.unwrap().len(), 1);
        assert!(crm.get(&customer).await.unwrap().is_some());
        edit(&crm, "people", "7", "into", "8".into());
        assert_eq!(crm.get(&customer).await.unwrap(), None);
        assert!(crm.find(&lookup).await.unwrap().is_empty());
        let page = crm.changes(None, 10).await.unwrap();
        let into = CustomerId::new(system(), "p-8").unwrap();
        let old = customer;
        assert!(page.changes.contains(&Change::Merged { old, into }));
    });
}

#[test]
fn a_page_by_time_goes_on_after_its_last_row_and_tells_who_is_gone() {
    let at = DateTime::UNIX_EPOCH;
    let page = |rows: &[Value], limit| {
        let found = Found::new(rows.to_vec(), at);
        RowPage::since(Since::default(), found, limit, "id", "at", "gone")
    };
    let is = json!({ "id": 7, "at": "2026-11-22T08:00:00Z", "gone": false });
    let was = json!({ "id": "8", "at": "2026-11-22T09:00:00Z", "gone": true });
    let read = page(&[is.clone(), was.clone()], 2).unwrap();
    assert_eq!(
        (read.found.rows, read.gone, read.done),
        (vec![is.clone()], vec!["8".to_owned()], false)
    );
    let window = Since::read(Some(&read.next))
        .unwrap()
        .window(chrono::TimeDelta::zero());
    let after = ("2026-11-22T09:00:00Z".parse().unwrap(), "8".to_owned());
    assert_eq!(window.begin(), Some(after));
    let read = page(&[is.clone(), was], 3).unwrap();
    assert!(read.done);
    let window = Since::read(Some(&read.next))
        .unwrap()
        .window(chrono::TimeDelta::zero());
    assert_eq!(window.begin(), Some((at, String::new())));
    assert_eq!(
        Since::default().window(chrono::TimeDelta::zero()).begin(),
        None
    );
    for last in [
        json!({ "id": 9 }),
        json!({ "at": "2026-11-22T08:00:00Z" }),
        json!(null),
    ] {
        let error = page(&[is.clone(), last], 2).unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Protocol);
    }
}
