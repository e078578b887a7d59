//! What MariaDB takes for equal, cuts off or shifts unless it is told otherwise, on the server that `.ci/mariadb`
//! starts with just these settings.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use aspa_crm::{
    Case, CaseStatus, Claim, Crm, CustomerKind, Did, Effect, EffectKind, ErrorKind, Field,
    FieldPolicy, NaturalKey, Owner, Policies, Precondition, Probe, Rule, Table, Verdict,
};
use aspa_crm_sql::{Database, MariaDb, Settings, SqlCrm, Statement, cases, connect, handles};
use aspa_types::{CustomerId, EffectKey, SystemId};
use chrono::{DateTime, Utc};
use mysql_async::prelude::Queryable;

const SCHEMA: [&str; 4] = [
    "CREATE TABLE customers (id VARCHAR(255) PRIMARY KEY, name VARCHAR(40), mail VARCHAR(255),
        version BIGINT NOT NULL DEFAULT 1, updated_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6))",
    "CREATE TABLE numbered (id BIGINT PRIMARY KEY, name VARCHAR(40) CHARACTER SET latin1,
        updated_at DATETIME NOT NULL DEFAULT (UTC_TIMESTAMP()))",
    "CREATE TABLE customer_handles (customer_id VARCHAR(255) NOT NULL, aspa_key CHAR(32) NOT NULL,
        handle VARCHAR(600) NOT NULL, user_name TEXT, url TEXT, PRIMARY KEY (customer_id, aspa_key))",
    "CREATE TABLE cases (aspa_key CHAR(32) PRIMARY KEY, customer_id VARCHAR(255), subject TEXT,
        status TEXT, url TEXT)",
];

fn url() -> String {
    std::env::var("ASPA_MARIADB_URL").unwrap()
}

/// A database of its own with these tables.
async fn database(name: &str) -> MariaDb {
    let own = format!("traps_{}_{name}", std::process::id());
    let server = MariaDb::new(&url()).unwrap();
    run(&server, &format!("CREATE DATABASE {own}")).await;
    let database = MariaDb::new(&url().replace("/mysql?", &format!("/{own}?"))).unwrap();
    for table in SCHEMA {
        run(&database, table).await;
    }
    database
}

async fn run(database: &MariaDb, sql: &str) -> Vec<String> {
    let answer = database.run(vec![Statement::new(sql)]).await.unwrap();
    let rows = answer.rows.iter();
    rows.map(|row| {
        row.values()
            .next()
            .unwrap()
            .as_str()
            .unwrap_or("NULL")
            .to_owned()
    })
    .collect()
}

fn system() -> SystemId {
    SystemId::new("shop").unwrap()
}

fn id(own: &str) -> CustomerId {
    CustomerId::new(system(), own).unwrap()
}

fn texts(database: &MariaDb) -> SqlCrm {
    let customers = Table::new("customers", CustomerKind::Person, "id")
        .with([("name", Field::FullName), ("mail", Field::Email)])
        .versioned("version")
        .changed_at("updated_at");
    let mut settings = Settings::new(system(), customers);
    settings.writes = vec![Field::FullName];
    settings.handles = Some(handles("customer_handles"));
    settings.cases = Some(cases("cases"));
    connect(database.clone(), settings).unwrap()
}

fn numbers(database: &MariaDb) -> SqlCrm {
    let customers = Table::new("numbered", CustomerKind::Person, "id")
        .with([("name", Field::FullName)])
        .changed_at("updated_at")
        .keyed("id");
    let mut settings = Settings::new(system(), customers);
    settings.writes = vec![Field::FullName];
    settings.owns_rows = true;
    connect(database.clone(), settings).unwrap()
}

fn effect(kind: EffectKind) -> Effect {
    Effect::new(EffectKey::new("traps").unwrap(), system(), kind)
}

/// What the library writes to give a customer this name.
async fn rename(crm: &SqlCrm, customer: &CustomerId, name: &str) -> Effect {
    let free = FieldPolicy::new(Owner::Shared, Rule::Overwrite);
    let policies = Policies::default().with(Field::FullName, free);
    let record = crm.get(customer).await.unwrap().unwrap();
    let now = DateTime::UNIX_EPOCH;
    let claim = Claim::new(Field::FullName, name, SystemId::new("us").unwrap(), now);
    let decisions = policies.decide(&record, &[claim], Precondition::Strong, now);
    let writes = decisions.into_iter().filter_map(|d| match d.verdict {
        Verdict::Write(write) => Some(write),
        _ => None,
    });
    effect(EffectKind::Patch {
        customer: customer.clone(),
        writes: writes.collect(),
        expect: record.version().map(str::to_owned),
    })
}

#[tokio::test]
#[ignore = "needs ASPA_MARIADB_URL, see .ci/mariadb"]
async fn ids_are_compared_by_every_character() {
    let database = database("ids").await;
    let crm = texts(&database);
    let long = "é".repeat(255);
    let insert =
        format!("INSERT INTO customers (id, name) VALUES ('Aa', 'one'), ('{long}', 'two')");
    run(&database, &insert).await;
    for other in ["aa", "AA", "Áa", "Aa "] {
        assert_eq!(crm.get(&id(other)).await.unwrap(), None, "{other}");
    }
    for own in ["Aa", &long] {
        let record = crm.get(&id(own)).await.unwrap().unwrap();
        assert_eq!(record.id, id(own));
    }

    let crm = numbers(&database);
    let insert = "INSERT INTO numbered (id, name) VALUES (42, 'a'), (9007199254740993, 'b')";
    run(&database, insert).await;
    for other in ["42nd", "42.0", " 42", "042", "9007199254740992"] {
        assert_eq!(crm.get(&id(other)).await.unwrap(), None, "{other}");
        let erase = effect(EffectKind::Erase {
            customer: id(other),
        });
        assert_eq!(crm.perform(&erase).await.unwrap().did, Did::Nothing);
    }
    assert_eq!(run(&database, "SELECT count(*) FROM numbered").await, ["2"]);
    let erase = effect(EffectKind::Erase {
        customer: id("9007199254740993"),
    });
    assert_eq!(crm.perform(&erase).await.unwrap().did, Did::Removed);
}

#[tokio::test]
#[ignore = "needs ASPA_MARIADB_URL, see .ci/mariadb"]
async fn texts_are_kept_as_they_are_or_refused() {
    let database = database("texts").await;
    run(
        &database,
        "INSERT INTO customers (id, name) VALUES ('1', 'A')",
    )
    .await;
    run(&database, "INSERT INTO numbered (id, name) VALUES (1, 'A')").await;
    let crm = texts(&database);
    for name in [r"O'Neil \ \' \n % ? :name", "🦜 👩‍👩‍👧", "שלום \u{200f}مرحبا"]
    {
        crm.perform(&rename(&crm, &id("1"), name).await)
            .await
            .unwrap();
        let record = crm.get(&id("1")).await.unwrap().unwrap();
        assert_eq!(record.values(&Field::FullName), [name]);
    }
    // Longer than the column, and letters that it cannot hold.
    let long = rename(&crm, &id("1"), &"x".repeat(41)).await;
    let strange = rename(&numbers(&database), &id("1"), "🦜").await;
    for (crm, effect) in [(crm, long), (numbers(&database), strange)] {
        let error = crm.perform(&effect).await.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Invalid { .. }),
            "{error:?}"
        );
    }
}

#[tokio::test]
#[ignore = "needs ASPA_MARIADB_URL, see .ci/mariadb"]
async fn a_case_in_another_spelling_has_not_landed() {
    let database = database("case").await;
    let crm = texts(&database);
    let upsert = |subject: &str| {
        let key = NaturalKey::derive(&["case"]);
        effect(EffectKind::UpsertCase(Case::new(
            key,
            subject,
            CaseStatus::Open,
        )))
    };
    crm.perform(&upsert("Refund")).await.unwrap();
    assert!(matches!(
        crm.probe(&upsert("Refund")).await.unwrap(),
        Probe::Found(_)
    ));
    assert_eq!(crm.probe(&upsert("refund")).await.unwrap(), Probe::Absent);
    assert_eq!(crm.probe(&upsert("Refund ")).await.unwrap(), Probe::Absent);
}

#[tokio::test]
#[ignore = "needs ASPA_MARIADB_URL, see .ci/mariadb"]
async fn all_handles_of_a_customer_come() {
    let database = database("handles").await;
    run(
        &database,
        "INSERT INTO customers (id, name) VALUES ('1', 'A')",
    )
    .await;
    for number in 0..9 {
        let insert = format!(
            "INSERT INTO customer_handles (customer_id, aspa_key, handle)
             VALUES ('1', '{number}', 'mastodon:a.example:some-{number}')"
        );
        run(&database, &insert).await;
    }
    let record = texts(&database).get(&id("1")).await.unwrap().unwrap();
    let mut handles = record.values(&Field::Handle);
    handles.sort_unstable();
    let wanted: Vec<String> = (0..9)
        .map(|n| format!("mastodon:a.example:some-{n}"))
        .collect();
    assert_eq!(handles, wanted);
}

#[tokio::test]
#[ignore = "needs ASPA_MARIADB_URL, see .ci/mariadb"]
async fn moments_are_in_utc() {
    let database = database("moments").await;
    let insert = "INSERT INTO customers (id, name, updated_at) VALUES ('1', 'A', '2026-03-29 01:30:00.123456')";
    run(&database, insert).await;
    let crm = texts(&database);
    let claims = crm.get(&id("1")).await.unwrap().unwrap().claims;
    let at: DateTime<Utc> = "2026-03-29T01:30:00.123Z".parse().unwrap();
    assert!(!claims.is_empty() && claims.iter().all(|claim| claim.asserted_at == Some(at)));
    crm.perform(&rename(&crm, &id("1"), "B").await)
        .await
        .unwrap();
    // In the time zone of the server, which is not that of the connection.
    let apart =
        "SELECT abs(timestampdiff(SECOND, updated_at, UTC_TIMESTAMP())) < 60 FROM customers";
    assert_eq!(run(&database, apart).await, ["1"]);
    let zone = "SELECT @@global.time_zone <> @@session.time_zone";
    assert_eq!(run(&database, zone).await, ["1"]);
}

#[tokio::test]
#[ignore = "needs ASPA_MARIADB_URL, see .ci/mariadb"]
async fn a_row_that_somebody_holds_holds_up_no_other() {
    let database = database("locks").await;
    run(
        &database,
        "INSERT INTO customers (id, name) VALUES ('1', 'A'), ('2', 'B')",
    )
    .await;
    let crm = texts(&database);
    let patch = rename(&crm, &id("2"), "C").await;
    let own = run(&database, "SELECT DATABASE()").await.pop().unwrap();
    let pool = mysql_async::Pool::new(&*url().replace("/mysql?", &format!("/{own}?")));
    let mut person = pool.get_conn().await.unwrap();
    person.query_drop("BEGIN").await.unwrap();
    person
        .query_drop("UPDATE customers SET name = 'late' WHERE id = '1'")
        .await
        .unwrap();
    assert_eq!(crm.perform(&patch).await.unwrap().did, Did::Changed);
    let before = crm.get(&id("1")).await.unwrap().unwrap();
    assert_eq!(before.values(&Field::FullName), ["A"]);
    // What is committed is seen at once.
    person.query_drop("COMMIT").await.unwrap();
    let after = crm.get(&id("1")).await.unwrap().unwrap();
    assert_eq!(after.values(&Field::FullName), ["late"]);
}
