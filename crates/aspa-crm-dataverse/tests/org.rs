//! The connector on a strict organisation in memory: what the contract's kit does not know of Dataverse.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aspa_crm::{
    Activity, Case, CaseStatus, Change, Claim, Confirmed, Crm, Cursor, CustomerKind, Did, Earlier,
    Effect, EffectKind, ErrorKind, Field, FieldPolicy, HandleRow, Lookup, NaturalKey, NewCustomer,
    Owner, Policies, Precondition, Rule, Verdict, Writer,
};
use aspa_http::{HttpClient, HttpError};
use aspa_testkit::dataverse::FakeDataverse;
use aspa_testkit::{HttpFault, On};
use aspa_types::{CustomerId, HandleKey, Landed, Network, SystemId};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::TimeDelta;
use common::{connector, effect, id, laid_out, now, over, own};
use http::{Method, Request, Response};
use serde_json::{Value, json};

fn org() -> Arc<FakeDataverse> {
    FakeDataverse::new(now())
}

fn make(org: &FakeDataverse, table: &str, fields: Value) -> String {
    org.make(table, fields, TimeDelta::zero())
}

fn matti(org: &FakeDataverse) -> CustomerId {
    id(&make(
        org,
        "contacts",
        json!({ "lastname": "Meikäläinen", "emailaddress1": "matti@example.fi" }),
    ))
}

fn link(customer: &CustomerId, user: &str) -> Effect {
    let key = HandleKey::new(Network::MASTODON, Some("social.example"), user).unwrap();
    let mut handle = HandleRow::new(key, Confirmed::ByCustomer);
    handle.user_name = Some(user.to_owned());
    handle.url = Some(format!("https://social.example/@{user}"));
    let customer = customer.clone();
    effect(
        &format!("link-{}", user.len()),
        EffectKind::LinkHandle { customer, handle },
    )
}

async fn patch(crm: &dyn Crm, customer: &CustomerId, field: Field, value: &str) -> Effect {
    let record = crm.get(customer).await.unwrap().unwrap();
    let policies = Policies::default().with(
        field.clone(),
        FieldPolicy::new(Owner::Shared, Rule::Overwrite),
    );
    let claim = Claim::new(field, value, SystemId::new("us").unwrap(), now());
    let decisions = policies.decide(&record, &[claim], Precondition::Strong, now());
    let writes = decisions.into_iter().filter_map(|one| match one.verdict {
        Verdict::Write(write) => Some(write),
        _ => None,
    });
    effect(
        "patch",
        EffectKind::Patch {
            customer: customer.clone(),
            writes: writes.collect(),
            expect: record.version().map(str::to_owned),
        },
    )
}

/// Everything from a cursor, and where to go on.
async fn since(crm: &dyn Crm, mut cursor: Option<Cursor>, limit: usize) -> (Vec<Change>, Cursor) {
    let mut changes = Vec::new();
    loop {
        let page = crm.changes(cursor.as_ref(), limit).await.unwrap();
        changes.extend(page.changes);
        if page.done {
            return (changes, page.next);
        }
        cursor = Some(page.next);
    }
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, most: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % most
    }
}

#[tokio::test]
async fn of_a_thousand_effects_of_which_a_third_loses_its_answer_none_is_doubled() {
    let org = org();
    let crm = connector(&org);
    let customer = matti(&org);
    let policies = Policies::default();
    let writer = Writer::new(&crm, &policies);
    let mut lost = 0;
    for number in 0..1000_u32 {
        if number % 100 == 0 {
            // The limit is not what this test is about.
            org.pass(TimeDelta::minutes(5));
        }
        let key = NaturalKey::derive(&["n", &number.to_string()]);
        let mut one = Case::new(key.clone(), format!("Case {number}"), CaseStatus::Open);
        one.customer = Some(customer.clone());
        let effect = match number % 4 {
            0 => link(&customer, &"u".repeat(number as usize / 4 + 1)),
            1 => effect("e", EffectKind::UpsertCase(one)),
            2 => {
                let activity = Activity::new(key, customer.clone(), now(), "A post");
                effect("e", EffectKind::AddActivity(activity))
            }
            _ => {
                let values = [
                    (Field::LastName, format!("N{number}")),
                    (Field::Email, format!("n{number}@example.fi")),
                ];
                let new = NewCustomer::new(key, CustomerKind::Person, values).unwrap();
                effect("e", EffectKind::Create(new))
            }
        };
        match number % 10 {
            0 | 5 => org.faults().script(On::write(), HttpFault::CutAfter),
            3 => org.faults().script(On::write(), HttpFault::CutBefore),
            _ => {}
        }
        let mut earlier = Earlier::None;
        while let Err(error) = writer.perform(&effect, earlier, now()).await {
            assert_eq!(error.landed(), Landed::Maybe, "{error}");
            earlier = Earlier::Unknown { first_at: now() };
            lost += 1;
        }
    }
    assert_eq!(lost, 300);
    let rows = ["socialprofiles", "incidents", "tasks"].map(|table| org.rows(table).len());
    assert_eq!(rows, [250, 250, 250]);
    assert_eq!(org.rows("contacts").len(), 251);
    assert_eq!(org.faults().unused(), Vec::<String>::new());
}

/// Somebody changes a row right before a write arrives.
#[derive(Debug)]
struct Faster {
    org: Arc<FakeDataverse>,
    id: String,
}

#[async_trait]
impl HttpClient for Faster {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        if request.method() == Method::PATCH {
            self.org.edit(&self.id, json!({ "address1_city": "Oulu" }));
        }
        self.org.faults().send(request).await
    }
}

#[tokio::test]
async fn of_a_thousand_races_with_people_none_is_won() {
    let org = org();
    let row = matti(&org);
    let faster = Faster {
        org: Arc::clone(&org),
        id: own(&row).to_owned(),
    };
    let crm = over(Arc::new(faster), &org);
    for _ in 0..1000 {
        org.pass(TimeDelta::seconds(1));
        org.edit(own(&row), json!({ "address1_city": "Turku" }));
        let patch = patch(&crm, &row, Field::City, "Espoo").await;
        let error = crm.perform(&patch).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Conflict { .. }),
            "{error}"
        );
        assert_eq!(error.landed(), Landed::No);
        assert_eq!(org.rows("contacts")[0]["address1_city"], "Oulu");
    }
}

#[tokio::test]
async fn a_patch_sends_one_column_and_never_makes_a_row() {
    let org = org();
    let crm = connector(&org);
    let customer = matti(&org);
    let patch = patch(&crm, &customer, Field::City, "Espoo").await;
    assert_eq!(crm.perform(&patch).await.unwrap().did, Did::Changed);
    let log = org.log();
    let (_, body) = log
        .iter()
        .rfind(|(line, _)| line.starts_with("PATCH"))
        .unwrap();
    assert_eq!(body, &json!({ "address1_city": "Espoo" }).to_string());

    assert!(org.delete(own(&customer)));
    let error = crm.perform(&patch).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.landed()),
        (&ErrorKind::NotFound, Landed::No)
    );
    let nobody = link(&customer, "matti");
    assert!(crm.perform(&nobody).await.is_err());
    assert!(org.rows("contacts").is_empty() && org.rows("socialprofiles").is_empty());
}

#[tokio::test]
async fn a_cursor_expires_after_seven_days_or_by_other_columns_and_heals() {
    for by_age in [true, false] {
        let org = org();
        let crm = connector(&org);
        for _ in 0..3 {
            matti(&org);
        }
        let page = crm.changes(None, 1).await.unwrap();
        let (_, last) = since(&crm, Some(page.next.clone()), 2).await;
        match by_age {
            true => org.pass(TimeDelta::days(8)),
            false => org.expire_deltas(),
        }
        if by_age {
            // The token is another one by then.
            org.expire();
        }
        for cursor in [&page.next, &last] {
            let error = crm.changes(Some(cursor), 1).await.unwrap_err();
            assert_eq!(*error.kind(), ErrorKind::CursorExpired, "{by_age}");
        }
        assert_eq!(since(&crm, None, 2).await.0.len(), 3);
    }
}

#[tokio::test]
async fn too_many_requests_say_how_long_and_nothing_was_done() {
    let org = org();
    let crm = connector(&org);
    let customer = matti(&org);
    for time in [false, true] {
        let wait = TimeDelta::seconds(70);
        match time {
            true => org.throttle_time(wait),
            false => org.throttle(wait),
        }
        let error = crm.perform(&link(&customer, "matti")).await.unwrap_err();
        // Whoever asks meanwhile waits longer.
        let wait = ErrorKind::Throttled(Duration::from_secs(80));
        assert_eq!((error.kind(), error.landed()), (&wait, Landed::No));
        org.pass(TimeDelta::seconds(80));
    }
    assert!(org.rows("socialprofiles").is_empty());
    crm.perform(&link(&customer, "matti")).await.unwrap();
}

#[tokio::test]
async fn of_ten_thousand_edits_with_late_commits_none_is_lost_or_stale() {
    let org = org();
    let crm = connector(&org);
    let mut dice = Dice(7);
    let mut ids: Vec<String> = Vec::new();
    let mut replica: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut cursor = None;
    for number in 0..10_000 {
        let value = json!({ "lastname": "L", "address1_city": format!("c{number}") });
        match dice.up_to(10) {
            0 if !ids.is_empty() => {
                let gone = ids.swap_remove(dice.up_to(ids.len() as u64) as usize);
                org.delete(&gone);
            }
            // Those that nobody sees yet are nobody's to edit.
            1 => drop(org.make(
                "contacts",
                value,
                TimeDelta::seconds(dice.up_to(240) as i64),
            )),
            2..=4 => ids.push(make(&org, "contacts", value)),
            _ if !ids.is_empty() => {
                let at = dice.up_to(ids.len() as u64) as usize;
                org.edit(&ids[at], value);
            }
            _ => {}
        }
        if dice.up_to(3) == 0 {
            org.pass(TimeDelta::seconds(1));
        }
        if dice.up_to(3) == 0 {
            let limit = 1 + dice.up_to(80) as usize;
            let page = crm.changes(cursor.as_ref(), limit).await.unwrap();
            take(&mut replica, page.changes);
            cursor = Some(page.next);
        }
        if number % 300 == 0 {
            // Neither the limit nor the token is what this test is about.
            org.takes(100_000);
        }
    }
    org.pass(TimeDelta::seconds(240));
    // The reading under way ends where it began; the next one brings what came since.
    for _ in 0..2 {
        let (changes, next) = since(&crm, cursor, 50).await;
        take(&mut replica, changes);
        cursor = Some(next);
    }
    let there = org.rows("contacts").into_iter().map(|row| {
        let city = row["address1_city"].as_str().map(str::to_owned);
        (row["contactid"].as_str().unwrap().to_owned(), city)
    });
    let there: BTreeMap<_, _> = there.collect();
    let is_otherwise = |id: &&String| replica.get(*id) != there.get(*id);
    let all = replica.keys().chain(there.keys());
    let wrong: Vec<_> = all.filter(is_otherwise).collect();
    assert!(
        wrong.is_empty(),
        "{} of {}: {:?}",
        wrong.len(),
        there.len(),
        wrong
            .iter()
            .take(3)
            .map(|id| (id, replica.get(*id), there.get(*id)))
            .collect::<Vec<_>>()
    );
}

fn take(replica: &mut BTreeMap<String, Option<String>>, changes: Vec<Change>) {
    for change in changes {
        match change {
            Change::Put(customer) => {
                let city = customer.value(&Field::City).map(str::to_owned);
                replica.insert(own(&customer.id).to_owned(), city);
            }
            Change::Gone { id } => drop(replica.remove(own(&id))),
            _ => {}
        }
    }
}

#[tokio::test]
async fn long_names_and_addresses_are_left_out_or_replaced_and_never_cut() {
    let org = org();
    let crm = connector(&org);
    let customer = matti(&org);
    for length in [1, 60, 100, 101, 255] {
        let user: String = "ä".repeat(length);
        let effect = link(&customer, &user);
        assert_eq!(
            crm.perform(&effect).await.unwrap().did,
            Did::Created,
            "{length}"
        );
        assert_ne!(
            crm.perform(&effect).await.unwrap().did,
            Did::Created,
            "{length}"
        );
        let EffectKind::LinkHandle { handle, .. } = effect.kind else {
            panic!("no link");
        };
        let rows = org.rows("socialprofiles");
        let key = handle.key();
        let row = rows.iter().find(|row| {
            row["aspa_key"].as_str().is_some_and(|k| !k.is_empty()) && row["profilename"] == user
        });
        // What fits is there in full; what does not is not there in part.
        assert_eq!(row.is_some(), length <= 100, "{length} {key}");
        for row in &rows {
            let link = row["profilelink"].as_str().unwrap_or_default();
            assert!(link.is_empty() || handle_ends(link, row), "{row}");
        }
    }
    assert_eq!(org.rows("socialprofiles").len(), 5);
}

fn handle_ends(link: &str, row: &Value) -> bool {
    link.ends_with(row["profilename"].as_str().unwrap_or("?"))
}

#[tokio::test]
async fn deleted_and_merged_ones_come_as_such() {
    let org = org();
    let crm = connector(&org);
    let (gone, old, into) = (matti(&org), matti(&org), matti(&org));
    let (_, cursor) = since(&crm, None, 100).await;
    assert!(org.delete(own(&gone)));
    assert!(org.merge(own(&old), own(&into)));
    let (told, _) = since(&crm, Some(cursor), 100).await;
    let merged = Change::Merged {
        old: old.clone(),
        into: into.clone(),
    };
    for wanted in [Change::Gone { id: gone.clone() }, merged] {
        assert!(told.contains(&wanted), "{wanted:?}");
    }
    assert_eq!(crm.get(&gone).await.unwrap(), None);
}

#[tokio::test]
async fn history_is_kept_as_social_activities_where_the_host_says_so() {
    let org = org();
    let mut layout = aspa_crm_dataverse::layout();
    layout.activities = Some(aspa_crm_dataverse::social_activities());
    let crm = laid_out(
        Arc::clone(org.faults()) as Arc<dyn HttpClient>,
        &org,
        layout,
    );
    let customer = matti(&org);
    let mut post = Activity::new(NaturalKey::derive(&["p"]), customer, now(), "A post");
    post.url = Some("https://social.example/@matti/1".to_owned());
    let effect = effect("e", EffectKind::AddActivity(post));
    assert_eq!(crm.perform(&effect).await.unwrap().did, Did::Created);
    assert_ne!(crm.perform(&effect).await.unwrap().did, Did::Created);
    let rows = org.rows("socialactivities");
    assert_eq!((rows.len(), org.rows("tasks").len()), (1, 0));
    let done = (&rows[0]["statecode"], &rows[0]["posturl"]);
    assert_eq!(done, (&json!(1), &json!("https://social.example/@matti/1")));
}

#[tokio::test]
async fn a_name_with_signs_of_the_query_language_is_a_name() {
    let org = org();
    let crm = connector(&org);
    for email in ["o'brien@example.fi", "a&b+c@example.fi", "50%25@example.fi"] {
        drop(make(
            &org,
            "contacts",
            json!({ "lastname": "L", "emailaddress1": email }),
        ));
        let found = crm.find(&Lookup::new(Field::Email, email)).await.unwrap();
        assert_eq!(found.len(), 1, "{email}");
    }
    let signs = "x' or emailaddress1 ne '";
    let found = crm.find(&Lookup::new(Field::Email, signs)).await.unwrap();
    assert!(found.is_empty());
}

#[tokio::test]
async fn answers_without_sense_are_told() {
    for body in [
        "",
        "null",
        "[]",
        "{}",
        "7",
        "<html>",
        r#"{"value":7}"#,
        r#"{"value":[7]}"#,
    ] {
        let org = org();
        let crm = connector(&org);
        matti(&org);
        org.faults()
            .script(On::read(), HttpFault::Body(Bytes::from(body)));
        assert!(crm.changes(None, 10).await.is_err(), "{body}");
        org.faults()
            .script(On::read(), HttpFault::Body(Bytes::from(body)));
        drop(crm.find(&Lookup::new(Field::Email, "a@example.fi")).await);
    }
}
