//! The connector on a strict org in memory: what the contract's kit does not know of Salesforce.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use aspa_crm::rest::{ClientCredentials, JwtBearer, Sign};
use aspa_crm::rows::Layout;
use aspa_crm::{
    Activity, Case, CaseStatus, Change, Claim, Confirmed, Crm, Cursor, CustomerKind, Did, Earlier,
    Effect, EffectKind, ErrorKind, Field, FieldPolicy, HandleRow, Lookup, NaturalKey, NewCustomer,
    Owner, Policies, Precondition, Probe, Rule, Verdict, Writer,
};
use aspa_crm_salesforce::{Salesforce, connect, layout};
use aspa_http::layer::{Auth, Layered};
use aspa_http::{HttpClient, HttpError};
use aspa_testkit::salesforce::{
    ADDRESS, CLIENT_ID, CLIENT_SECRET, FakeSalesforce, SIGNATURE, USER,
};
use aspa_testkit::{HttpFault, On};
use aspa_types::{CustomerId, HandleKey, Landed, Network, Secret, SystemId};
use async_trait::async_trait;
use bytes::Bytes;
use chrono::TimeDelta;
use common::{connector, effect, id, now, over, system};
use http::{Method, Request, Response};
use serde_json::{Value, json};

fn org() -> Arc<FakeSalesforce> {
    FakeSalesforce::new(now())
}

fn make(org: &FakeSalesforce, object: &str, fields: Value) -> String {
    org.make(object, fields, TimeDelta::zero())
}

fn matti(org: &FakeSalesforce) -> CustomerId {
    id(&make(
        org,
        "Contact",
        json!({ "LastName": "Meikäläinen", "Email": "matti@example.fi" }),
    ))
}

fn handle(user: &str) -> HandleRow {
    let key = HandleKey::new(Network::MASTODON, Some("social.example"), user).unwrap();
    let mut row = HandleRow::new(key, Confirmed::ByCustomer);
    row.user_name = Some(user.to_owned());
    row
}

fn link(customer: &CustomerId, user: &str) -> Effect {
    let (customer, handle) = (customer.clone(), handle(user));
    effect(
        &format!("link-{user}"),
        EffectKind::LinkHandle { customer, handle },
    )
}

fn case(subject: &str, status: CaseStatus) -> Case {
    Case::new(NaturalKey::derive(&["case", "1"]), subject, status)
}

async fn patch(crm: &Salesforce, customer: &CustomerId, field: Field, value: &str) -> Effect {
    let record = crm.get(customer).await.unwrap().unwrap();
    let mut policies = Policies::default().with(
        field.clone(),
        FieldPolicy::new(Owner::Shared, Rule::Overwrite),
    );
    policies.unprotected = true;
    let claim = Claim::new(field, value, SystemId::new("us").unwrap(), now());
    let decisions = policies.decide(&record, &[claim], Precondition::Weak, now());
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
async fn since(
    crm: &Salesforce,
    mut cursor: Option<Cursor>,
    limit: usize,
) -> (Vec<Change>, Cursor) {
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

async fn everything(crm: &Salesforce, limit: usize) -> Vec<Change> {
    since(crm, None, limit).await.0
}

#[tokio::test]
async fn a_handle_is_a_persona_of_its_customer_and_is_unlinked_after_a_merger_too() {
    let org = org();
    let crm = connector(&org);
    let (old, into) = (matti(&org), matti(&org));
    let first = crm.perform(&link(&old, "matti")).await.unwrap();
    assert_eq!(first.did, Did::Created);
    let second = crm.perform(&link(&old, "matti")).await.unwrap();
    // Nothing differs.
    assert_eq!(second.did, Did::Nothing);
    assert_eq!(first.records, second.records);
    let personas = org.rows("SocialPersona");
    assert_eq!(personas.len(), 1);
    assert_eq!(personas[0]["Provider"], "Other");
    assert_eq!(personas[0]["Name"], "matti");
    assert_eq!(personas[0]["ParentId"], &*old.id);

    assert!(org.merge(&old.id, &into.id));
    // The persona went with its customer, and its key is that of the other one still.
    let again = crm.perform(&link(&into, "matti")).await.unwrap();
    assert_eq!((again.did, again.records), (Did::Nothing, first.records));
    assert_eq!(org.rows("SocialPersona").len(), 1);
    let unlink = EffectKind::UnlinkHandle {
        customer: into,
        handle: handle("matti").handle,
    };
    let receipt = crm.perform(&effect("unlink", unlink)).await.unwrap();
    assert_eq!(receipt.did, Did::Removed);
    assert!(org.rows("SocialPersona").is_empty());
}

#[tokio::test]
async fn a_key_that_several_rows_have_is_ambiguous_and_writes_nothing() {
    let org = org();
    org.forgets_unique();
    let wanted = case("Parcel", CaseStatus::Open);
    for _ in 0..2 {
        let fields = json!({ "Subject": "Old", "Aspa_Key__c": wanted.key.as_str() });
        drop(make(&org, "Case", fields));
    }
    let upsert = effect("case", EffectKind::UpsertCase(wanted));
    let error = connector(&org).perform(&upsert).await.unwrap_err();
    let ErrorKind::Ambiguous(ids) = error.kind() else {
        panic!("{error}");
    };
    assert_eq!((ids.len(), error.landed()), (2, Landed::No));
    assert!(org.rows("Case").iter().all(|row| row["Subject"] == "Old"));
}

#[tokio::test]
async fn a_duplicate_that_the_orgs_rules_find_is_named() {
    let org = org();
    org.refuses_duplicates();
    let known = matti(&org);
    let values = [
        (Field::FullName, "Matti M".to_owned()),
        (Field::Email, "matti@example.fi".to_owned()),
    ];
    let new = NewCustomer::new(NaturalKey::derive(&["new"]), CustomerKind::Person, values).unwrap();
    let create = effect("create", EffectKind::Create(new));
    let error = connector(&org).perform(&create).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Duplicate(known));
    assert_eq!(error.landed(), Landed::No);
    assert_eq!(org.rows("Contact").len(), 1);
}

#[tokio::test]
async fn customers_leads_and_companies_are_made_in_their_tables_once() {
    let org = org();
    let crm = connector(&org);
    let values = [
        (Field::FullName, "Aino Aalto".to_owned()),
        (Field::Company, "Aalto Oy".to_owned()),
    ];
    let key = NaturalKey::derive(&["aino"]);
    let lead = NewCustomer::new(key.clone(), CustomerKind::Person, values.clone()).unwrap();
    let as_contact = effect("contact", EffectKind::Create(lead.clone()));
    let error = crm.perform(&as_contact).await.unwrap_err();
    // A contact's company is a row of its own, and no value given is dropped.
    assert_eq!(
        *error.kind(),
        ErrorKind::Invalid {
            field: "company".to_owned()
        }
    );
    let lead = effect("lead", EffectKind::Create(lead.as_lead()));
    for did in [Did::Created, Did::Nothing] {
        let receipt = crm.perform(&lead).await.unwrap();
        assert_eq!(receipt.did, did);
        let made = crm.get(&id(&receipt.records[0].id)).await.unwrap().unwrap();
        assert_eq!(made.name().as_deref(), Some("Aino Aalto"));
    }
    assert_eq!(org.rows("Lead").len(), 1);
    let company = [
        (Field::Company, "Aalto Oy".to_owned()),
        (Field::Phone, "040 1".to_owned()),
    ];
    let company = NewCustomer::new(key, CustomerKind::Company, company).unwrap();
    let company = effect("company", EffectKind::Create(company));
    crm.perform(&company).await.unwrap();
    assert_eq!(org.rows("Account")[0]["Name"], "Aalto Oy");
}

/// Somebody changes a row right before a write arrives.
#[derive(Debug)]
struct Faster {
    org: Arc<FakeSalesforce>,
    id: String,
    fields: Value,
}

#[async_trait]
impl HttpClient for Faster {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        if request.method() == Method::PATCH {
            self.org.edit(&self.id, self.fields.clone());
        }
        self.org.faults().send(request).await
    }
}

#[tokio::test]
async fn an_account_is_never_overwritten_and_a_contact_only_within_a_second() {
    for (object, name, column, late, kept) in [
        ("Account", "Name", "BillingCity", false, true),
        ("Account", "Name", "BillingCity", true, true),
        ("Contact", "LastName", "MailingCity", true, true),
        ("Contact", "LastName", "MailingCity", false, false),
    ] {
        let org = org();
        let row = make(&org, object, json!({ name: "Aalto" }));
        let crm = connector(&org);
        let patch = patch(&crm, &id(&row), Field::City, "Espoo").await;
        if late {
            org.pass(TimeDelta::seconds(2));
        }
        let faster = Faster {
            org: Arc::clone(&org),
            id: row.clone(),
            fields: json!({ column: "Oulu" }),
        };
        let result = over(Arc::new(faster), &org).perform(&patch).await;
        let city = &org.rows(object)[0][column];
        if kept {
            let error = result.unwrap_err();
            assert!(
                matches!(error.kind(), ErrorKind::Conflict { .. }),
                "{object} {late}: {error}"
            );
            assert_eq!((city, error.landed()), (&json!("Oulu"), Landed::No));
        } else {
            // What `Weak` means: entity tags are for accounts alone, and dates have whole seconds.
            assert_eq!((result.is_ok(), city), (true, &json!("Espoo")));
        }
    }
}

#[tokio::test]
async fn refusals_mean_what_the_documents_say() {
    let refused = |status, code, message| FakeSalesforce::refusal(status, code, message);
    let invalid = ErrorKind::Invalid {
        field: "request".to_owned(),
    };
    for (answer, kind) in [
        (
            refused(400, "UNABLE_TO_LOCK_ROW", ""),
            ErrorKind::Unavailable,
        ),
        (
            refused(
                403,
                "REQUEST_LIMIT_EXCEEDED",
                "TotalRequests Limit exceeded.",
            ),
            ErrorKind::QuotaUntil("2026-11-23T00:00:00Z".parse().unwrap()),
        ),
        (
            refused(
                403,
                "REQUEST_LIMIT_EXCEEDED",
                "ConcurrentRequests Limit exceeded.",
            ),
            ErrorKind::Throttled(Duration::from_secs(30)),
        ),
        (refused(404, "ENTITY_IS_DELETED", ""), ErrorKind::NotFound),
        (refused(400, "INVALID_FIELD", ""), invalid),
        (
            refused(403, "API_DISABLED_FOR_ORG", ""),
            ErrorKind::Forbidden,
        ),
        (refused(401, "INVALID_SESSION_ID", ""), ErrorKind::Auth),
    ] {
        let org = org();
        let link = link(&matti(&org), "matti");
        org.faults().script(On::write(), HttpFault::Answer(answer));
        let error = connector(&org).perform(&link).await.unwrap_err();
        assert_eq!((error.kind(), error.landed()), (&kind, Landed::No));
        assert!(org.rows("SocialPersona").is_empty());
        assert!(!format!("{error} {error:?}").contains("matti"));
    }
}

#[tokio::test]
async fn the_reserve_of_the_days_requests_is_for_people() {
    let org = org();
    let customer = matti(&org);
    org.uses(899, 1000);
    let crm = connector(&org);
    assert_eq!(crm.rows().usage(), None);
    crm.changes(None, 10).await.unwrap();
    let asked = org.log().len();
    let error = crm.changes(None, 10).await.unwrap_err();
    let hour = "2026-11-22T09:00:00Z".parse().unwrap();
    assert_eq!(*error.kind(), ErrorKind::QuotaUntil(hour));
    assert_eq!(org.log().len(), asked);
    let usage = crm.rows().usage().unwrap();
    assert_eq!((usage.used, usage.of), (899 + asked as u64, 1000));
    assert!(crm.get(&customer).await.unwrap().is_some());
    crm.perform(&link(&customer, "matti")).await.unwrap();
}

#[derive(Debug)]
struct Key;

impl Sign for Key {
    fn sign(&self, _: &[u8]) -> Option<Vec<u8>> {
        Some(SIGNATURE.to_vec())
    }
}

#[tokio::test]
async fn a_session_that_ends_is_made_anew_by_either_grant() {
    for jwt in [true, false] {
        let org = org();
        let customer = matti(&org);
        let http = Arc::clone(org.faults()) as Arc<dyn HttpClient>;
        let address = format!("{ADDRESS}/services/oauth2/token");
        let auth = match jwt {
            true => {
                let whom = (CLIENT_ID, USER, "https://login.salesforce.com");
                Auth::new(JwtBearer::new(http.clone(), address, whom, Key, now))
            }
            false => {
                let secret = Secret::new(CLIENT_SECRET);
                Auth::new(ClientCredentials::new(
                    http.clone(),
                    address,
                    CLIENT_ID,
                    secret,
                ))
            }
        };
        let client = Arc::new(Layered::new(http).with(auth));
        let crm = connect(system(), ADDRESS, client, layout(), now);
        let page = crm.changes(None, 1).await.unwrap();
        org.expire();
        crm.changes(Some(&page.next), 1).await.unwrap();
        org.expire();
        // An effect is never sent twice by itself; nothing was done, and it may be sent again.
        let post = Activity::new(NaturalKey::derive(&["post"]), customer, now(), "A post");
        let add = effect("post", EffectKind::AddActivity(post));
        let error = crm.perform(&add).await.unwrap_err();
        assert!(error.is_retryable(), "{error}");
        crm.perform(&add).await.unwrap();
        assert_eq!(org.rows("Task").len(), 1);
        let shown = format!("{crm:?}");
        assert!(!shown.contains(CLIENT_SECRET) && !shown.contains("fake-session"));
    }
}

#[tokio::test]
async fn small_answers_bring_everything() {
    let org = org();
    for number in 0..7 {
        let fields = json!({ "LastName": format!("N{number}"), "Email": "family@example.fi" });
        drop(make(&org, "Contact", fields));
    }
    org.answers_with(2);
    let crm = connector(&org);
    let lookup = Lookup::new(Field::Email, "Family@Example.fi");
    assert_eq!(crm.find(&lookup).await.unwrap().len(), 7);
    for limit in [1, 3, 100] {
        assert_eq!(everything(&crm, limit).await.len(), 7, "{limit}");
    }
}

#[tokio::test]
async fn deleted_merged_and_converted_ones_come_as_such() {
    let org = org();
    let crm = connector(&org);
    let (gone, old, into) = (matti(&org), matti(&org), matti(&org));
    let lead = id(&make(
        &org,
        "Lead",
        json!({ "LastName": "L", "Company": "C" }),
    ));
    let (_, cursor) = since(&crm, None, 100).await;
    org.pass(TimeDelta::hours(1));
    assert!(org.delete(&gone.id));
    assert!(org.merge(&old.id, &into.id));
    assert!(org.convert(&lead.id, &into.id));
    let (told, _) = since(&crm, Some(cursor), 100).await;
    let merged = |old: &CustomerId| Change::Merged {
        old: old.clone(),
        into: into.clone(),
    };
    for wanted in [
        Change::Gone { id: gone.clone() },
        merged(&old),
        merged(&lead),
    ] {
        assert!(told.contains(&wanted), "{wanted:?}");
    }
    assert_eq!(crm.get(&lead).await.unwrap(), None);
    assert_eq!(crm.get(&gone).await.unwrap(), None);
    // Past the recycle bin nothing tells, which is what the horizon says.
    org.pass(TimeDelta::days(16));
    let all = everything(&crm, 100).await;
    assert!(
        !all.iter()
            .any(|change| matches!(change, Change::Gone { .. }))
    );
}

#[tokio::test]
async fn a_case_goes_there_and_comes_back_with_the_status_of_the_crm() {
    let org = org();
    let crm = connector(&org);
    let customer = matti(&org);
    let mut wanted = case("Parcel is late", CaseStatus::Open);
    wanted.customer = Some(customer.clone());
    let upsert = effect("case", EffectKind::UpsertCase(wanted.clone()));
    let first = crm.perform(&upsert).await.unwrap();
    let second = crm.perform(&upsert).await.unwrap();
    assert_eq!((first.did, second.did), (Did::Created, Did::Nothing));
    drop(make(&org, "Case", json!({ "Subject": "Theirs" })));
    let row = &org.rows("Case")[0];
    assert_eq!(
        (&row["Status"], &row["ContactId"]),
        (&json!("Working"), &json!(&*customer.id))
    );
    for (status, ours) in [
        ("Closed", CaseStatus::Closed),
        ("On Hold", CaseStatus::from("On Hold")),
    ] {
        org.edit(row["Id"].as_str().unwrap(), json!({ "Status": status }));
        let all = everything(&crm, 10).await;
        let cases: Vec<&Case> = all
            .iter()
            .filter_map(|change| match change {
                Change::Case(case) => Some(case),
                _ => None,
            })
            .collect();
        let [case] = cases[..] else {
            panic!("{} cases", cases.len());
        };
        assert_eq!((&case.key, &case.status), (&wanted.key, &ours));
        assert_eq!(case.customer.as_ref(), Some(&customer));
    }
    // Another status of ours has not landed.
    wanted.status = CaseStatus::New;
    let other = effect("case-2", EffectKind::UpsertCase(wanted));
    assert_eq!(crm.probe(&other).await.unwrap(), Probe::Absent);
}

#[tokio::test]
async fn what_is_erased_goes_with_all_rows_of_ours_in_one_transaction() {
    let org = org();
    let crm = connector(&org);
    let customer = matti(&org);
    let mut ours = case("Parcel", CaseStatus::Open);
    ours.customer = Some(customer.clone());
    let mut post = Activity::new(
        NaturalKey::derive(&["a"]),
        customer.clone(),
        now(),
        "A post",
    );
    post.text = Some("Where is it?".to_owned());
    post.case = Some(ours.key.clone());
    for (key, kind) in [
        ("case", EffectKind::UpsertCase(ours)),
        ("post", EffectKind::AddActivity(post.clone())),
    ] {
        crm.perform(&effect(key, kind)).await.unwrap();
    }
    crm.perform(&link(&customer, "matti")).await.unwrap();
    assert!(
        org.rows("Task")[0]["WhatId"]
            .as_str()
            .unwrap()
            .starts_with("500")
    );

    let activity = post.key.clone();
    let redact = effect("redact", EffectKind::Redact { activity });
    assert_eq!(crm.perform(&redact).await.unwrap().did, Did::Removed);
    // The same post once more makes nothing, and does not bring its text back.
    let again = effect("post", EffectKind::AddActivity(post));
    assert_eq!(crm.perform(&again).await.unwrap().did, Did::Nothing);
    assert!(org.rows("Task")[0].get("Description").is_none());

    let writes = org.writes();
    let erase = effect("erase", EffectKind::Erase { customer });
    assert_eq!(crm.perform(&erase).await.unwrap().did, Did::Removed);
    assert_eq!(org.writes(), writes + 1);
    for object in ["Contact", "Case", "Task", "SocialPersona"] {
        assert!(org.rows(object).is_empty(), "{object}");
    }
    assert_eq!(crm.perform(&erase).await.unwrap().did, Did::Nothing);
}

/// Somebody deletes a row right before a deletion arrives.
#[derive(Debug)]
struct FirstToDelete {
    org: Arc<FakeSalesforce>,
    id: String,
}

#[async_trait]
impl HttpClient for FirstToDelete {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        if request.method() == Method::DELETE {
            self.org.delete(&self.id);
        }
        self.org.faults().send(request).await
    }
}

#[tokio::test]
async fn what_others_deleted_meanwhile_keeps_nothing_from_being_erased() {
    let org = org();
    let customer = matti(&org);
    for number in 0..201 {
        let link = link(&customer, &format!("u{number}"));
        connector(&org).perform(&link).await.unwrap();
    }
    let id = org.rows("SocialPersona")[7]["Id"]
        .as_str()
        .unwrap()
        .to_owned();
    let first = FirstToDelete {
        org: Arc::clone(&org),
        id,
    };
    let crm = over(Arc::new(first), &org);
    let writes = org.writes();
    let erase = effect(
        "erase",
        EffectKind::Erase {
            customer: customer.clone(),
        },
    );
    assert_eq!(crm.perform(&erase).await.unwrap().did, Did::Removed);
    // One that did nothing, then two hundred, and the rest.
    assert_eq!(org.writes(), writes + 3);
    for object in ["Contact", "SocialPersona"] {
        assert!(org.rows(object).is_empty(), "{object}");
    }
}

#[tokio::test]
async fn an_erasure_that_stops_halfway_may_have_landed() {
    for (rows, landed) in [(3, Landed::No), (201, Landed::Maybe)] {
        let org = org();
        let customer = matti(&org);
        let crm = connector(&org);
        for number in 0..rows {
            let link = link(&customer, &format!("u{number}"));
            crm.perform(&link).await.unwrap();
        }
        let nth = if landed == Landed::Maybe { 2 } else { 1 };
        let busy = FakeSalesforce::refusal(400, "UNABLE_TO_LOCK_ROW", "");
        let busy = HttpFault::Answer(busy);
        org.faults().script(On::write().nth(nth), busy);
        let erase = effect("erase", EffectKind::Erase { customer });
        assert_eq!(crm.perform(&erase).await.unwrap_err().landed(), landed);
    }
}

#[tokio::test]
async fn of_two_hundred_effects_with_lost_answers_none_is_doubled() {
    let org = org();
    let crm = connector(&org);
    let customer = matti(&org);
    let policies = Policies::default();
    let writer = Writer::new(&crm, &policies);
    let mut lost = 0;
    for number in 0..200_u32 {
        let key = NaturalKey::derive(&["n", &number.to_string()]);
        let mut one = Case::new(key.clone(), format!("Case {number}"), CaseStatus::New);
        one.customer = Some(customer.clone());
        let values = [
            (Field::LastName, format!("N{number}")),
            (Field::Email, format!("n{number}@example.fi")),
        ];
        let effect = match number % 4 {
            0 => link(&customer, &format!("u{number}")),
            1 => effect("e", EffectKind::UpsertCase(one)),
            2 => {
                let activity = Activity::new(key, customer.clone(), now(), "A post");
                effect("e", EffectKind::AddActivity(activity))
            }
            _ => {
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
    assert_eq!(lost, 60);
    let rows = ["SocialPersona", "Case", "Task"].map(|object| org.rows(object).len());
    assert_eq!(rows, [50, 50, 50]);
    assert_eq!(org.rows("Contact").len(), 51);
    assert_eq!(org.faults().unused(), Vec::<String>::new());
}

#[tokio::test]
async fn a_layout_is_plain_data_from_which_a_host_takes_tables() {
    let mut layout = layout();
    let text = serde_json::to_string(&layout).unwrap();
    assert_eq!(serde_json::from_str::<Layout>(&text).unwrap(), layout);
    layout.customers.truncate(1);
    let org = org();
    drop(make(&org, "Account", json!({ "Name": "Aalto Oy" })));
    drop(matti(&org));
    let session = aspa_crm::rest::Fixed::bearer(&Secret::new(org.token())).unwrap();
    let http = Arc::clone(org.faults()) as Arc<dyn HttpClient>;
    let client = Arc::new(Layered::new(http).with(Auth::new(session)));
    let crm = connect(system(), ADDRESS, client, layout, now);
    assert_eq!(everything(&crm, 10).await.len(), 1);
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
        r#"{"records":7}"#,
        r#"{"records":[7]}"#,
        r#"{"records":[{"Id":[]}],"done":false}"#,
        r#"{"records":[{"Id":"003000000000001AAA","SystemModstamp":"soon"}],"done":7}"#,
    ] {
        let org = org();
        let crm = connector(&org);
        let link = link(&matti(&org), "matti");
        let wrong = |on| org.faults().script(on, HttpFault::Body(Bytes::from(body)));
        wrong(On::read());
        assert!(crm.changes(None, 10).await.is_err(), "{body}");
        wrong(On::read());
        drop(crm.find(&Lookup::new(Field::Email, "a@example.fi")).await);
        wrong(On::write());
        let error = crm.perform(&link).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Protocol, "{body}");
        assert_ne!(error.landed(), Landed::No, "{body}");
    }
}

#[tokio::test]
async fn a_name_with_signs_of_the_query_language_is_a_name() {
    let org = org();
    let crm = connector(&org);
    for name in ["O'Brien & Sons", r"Back\Slash", "Aalto Oy"] {
        drop(make(&org, "Account", json!({ "Name": name })));
        let found = crm.find(&Lookup::new(Field::Company, name)).await.unwrap();
        assert_eq!(found.len(), 1, "{name}");
    }
    for signs in ["x' OR Name != '", r"\' OR Name != null"] {
        let found = crm.find(&Lookup::new(Field::Company, signs)).await.unwrap();
        assert!(found.is_empty(), "{signs}");
    }
    assert!(
        org.log()
            .iter()
            .all(|(asked, _)| !asked.contains("= 'x' OR"))
    );
}
