//! Tables that are not as a program would like them: a column that is not there, rows without a time or a
//! version, numbers in another spelling.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::sync::Arc;

use aspa_crm::{
    Change, Claim, Crm, CustomerKind, Effect, EffectKind, ErrorKind, Field, FieldPolicy, Lookup,
    MemoryMirror, Owner, Policies, Precondition, ReadSettings, Reading, Rule, Table, Verdict,
    catch_up,
};
use aspa_crm_sql::{Database, Settings, SqlCrm, Sqlite, Statement, connect};
use aspa_types::{CustomerId, EffectKey, SystemId};
use chrono::{DateTime, TimeDelta, Utc};

const SCHEMA: &str = "CREATE TABLE people (
    id INTEGER PRIMARY KEY, name TEXT, email TEXT, number TEXT, version INTEGER, changed TEXT)";

fn system() -> SystemId {
    SystemId::new("billing").unwrap()
}

fn id(own: &str) -> CustomerId {
    CustomerId::new(system(), own).unwrap()
}

fn start() -> DateTime<Utc> {
    "2026-11-23T08:00:00Z".parse().unwrap()
}

fn people() -> Table {
    Table::new("people", CustomerKind::Person, "id")
        .with([
            ("name", Field::FullName),
            ("email", Field::Email),
            ("number", Field::CustomerNumber),
        ])
        .versioned("version")
        .changed_at("changed")
}

fn crm(database: &Sqlite, table: Table) -> SqlCrm {
    let mut settings = Settings::new(system(), table);
    settings.writes = vec![Field::FullName];
    connect(database.clone(), settings).unwrap()
}

async fn run(database: &Sqlite, sql: &str) {
    database.run(vec![Statement::new(sql)]).await.unwrap();
}

#[tokio::test]
async fn a_column_that_is_not_there_is_a_fault_and_no_value() {
    let database = Sqlite::in_memory(SCHEMA).unwrap();
    run(
        &database,
        "INSERT INTO people (id, name) VALUES (1, 'Matti')",
    )
    .await;
    let crm = crm(&database, people().with([("e_mail", Field::Email)]));
    for error in [
        crm.get(&id("1")).await.unwrap_err(),
        crm.changes(None, 10).await.unwrap_err(),
    ] {
        let field = "statement".to_owned();
        assert_eq!(*error.kind(), ErrorKind::Invalid { field });
    }
}

#[tokio::test]
async fn rows_without_a_time_come_too() {
    let database = Sqlite::in_memory(SCHEMA).unwrap();
    let insert = "INSERT INTO people (id, name, changed)
        VALUES (1, 'a', '2026-11-23 07:00:00'), (2, 'b', NULL), (3, 'c', NULL)";
    run(&database, insert).await;
    let crm = crm(&database, people());
    let (mirror, now) = (MemoryMirror::default(), Arc::new(start()));
    let mut settings = ReadSettings::default();
    settings.page = 2;
    let mut reading = Reading::new(None, &crm.capabilities(), settings);
    catch_up(&mut reading, &crm, &mirror, || *now)
        .await
        .unwrap();
    assert_eq!(mirror.customers().len(), 3);
    run(&database, "INSERT INTO people (id, name) VALUES (4, 'd')").await;
    run(&database, "UPDATE people SET name = 'x' WHERE id = 2").await;
    let later = *now + TimeDelta::minutes(2);
    catch_up(&mut reading, &crm, &mirror, || later)
        .await
        .unwrap();
    let names: Vec<_> = mirror.customers();
    let names = names.iter().filter_map(|one| one.value(&Field::FullName));
    assert_eq!(names.collect::<Vec<_>>(), ["a", "x", "c", "d"]);
}

/// What gives a customer this name, as they are now.
async fn rename(crm: &SqlCrm, customer: &CustomerId) -> Effect {
    let free = FieldPolicy::new(Owner::Shared, Rule::Overwrite);
    let policies = Policies::default().with(Field::FullName, free);
    let record = crm.get(customer).await.unwrap().unwrap();
    let us = SystemId::new("us").unwrap();
    let claim = Claim::new(Field::FullName, "ours", us, start());
    let decisions = policies.decide(&record, &[claim], Precondition::Strong, start());
    let writes = decisions.into_iter().filter_map(|one| match one.verdict {
        Verdict::Write(write) => Some(write),
        _ => None,
    });
    let kind = EffectKind::Patch {
        customer: customer.clone(),
        writes: writes.collect(),
        expect: record.version().map(str::to_owned),
    };
    Effect::new(EffectKey::new("e").unwrap(), system(), kind)
}

#[tokio::test]
async fn a_row_gets_its_first_version_with_the_first_change() {
    for meanwhile in [false, true] {
        let database = Sqlite::in_memory(SCHEMA).unwrap();
        let insert =
            "INSERT INTO people (id, name, changed) VALUES (1, 'a', '2026-11-23 07:00:00')";
        run(&database, insert).await;
        let crm = crm(&database, people());
        let patch = rename(&crm, &id("1")).await;
        if meanwhile {
            let theirs = "UPDATE people SET name = 'theirs', version = 1 WHERE id = 1";
            run(&database, theirs).await;
        }
        let done = crm.perform(&patch).await;
        let record = crm.get(&id("1")).await.unwrap().unwrap();
        let name = record.value(&Field::FullName);
        match meanwhile {
            false => {
                assert_eq!(done.unwrap().version.as_deref(), Some("1"));
                assert_eq!((name, record.version()), (Some("ours"), Some("1")));
            }
            true => {
                let error = done.unwrap_err();
                assert!(
                    matches!(error.kind(), ErrorKind::Conflict { .. }),
                    "{error}"
                );
                assert_eq!(name, Some("theirs"));
            }
        }
    }
}

#[tokio::test]
async fn a_number_is_found_in_any_spelling() {
    let database = Sqlite::in_memory(SCHEMA).unwrap();
    let insert = "INSERT INTO people (id, number, email) VALUES
        (1, 'AB-12', 'ÄITI@Example.FI'), (2, 'AB 123', NULL), (3, 'XAB12', NULL)";
    run(&database, insert).await;
    let crm = crm(&database, people());
    for (field, value, found) in [
        (Field::CustomerNumber, "AB12", &["1"][..]),
        (Field::CustomerNumber, "ab-12", &["1"]),
        (Field::CustomerNumber, "AB-123", &["2"]),
        (Field::CustomerNumber, "B12", &[]),
        (Field::Email, "äiti@example.fi", &["1"]),
    ] {
        let all = crm.find(&Lookup::new(field, value)).await.unwrap();
        let ids: Vec<&str> = all.iter().map(|one| &*one.id.id).collect();
        assert_eq!(ids, found, "{value}");
    }
    let page = crm.changes(None, 10).await.unwrap();
    let put = |change: &&Change| matches!(change, Change::Put(_));
    assert_eq!(page.changes.iter().filter(put).count(), 3);
}
