//! The connector keeps the contract on a real SQLite, on a PostgreSQL that `.ci/postgres` starts and on a MariaDB
//! that `.ci/mariadb` starts: with a column for the version and without.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use aspa_crm::{Crm, CrmFault, CustomerKind, Effect, EffectKind, Field, Table};
use aspa_crm_sql::{
    Answer, Database, Dialect, MariaDb, Postgres, Refused, Settings, Sqlite, Statement, activities,
    cases, connect, handles,
};
use aspa_testkit::{CrmFarSide, CrmFixture, crm_trials, libtest_mimic};
use aspa_types::{CustomerId, SystemId};
use async_trait::async_trait;

/// Tables; `ID` and `NOW` are what the dialect says.
const SCHEMA: &str = "
CREATE TABLE customers (
    id ID, aspa_key VARCHAR(255) UNIQUE, name TEXT, last TEXT, email TEXT, phone TEXT, city TEXT,
    version INTEGER NOT NULL DEFAULT 1, updated_at NOW);
CREATE TABLE customer_handles (
    customer_id INTEGER NOT NULL, aspa_key VARCHAR(255) NOT NULL, handle TEXT NOT NULL, user_name TEXT,
    url TEXT, PRIMARY KEY (customer_id, aspa_key));
CREATE TABLE cases (
    aspa_key VARCHAR(255) PRIMARY KEY, customer_id INTEGER, subject TEXT, status TEXT, url TEXT);
CREATE TABLE activities (
    aspa_key VARCHAR(255) PRIMARY KEY, customer_id INTEGER, at TEXT, subject TEXT, text TEXT, url TEXT)";

fn schema(dialect: Dialect, versioned: bool) -> String {
    let (id, now) = match dialect {
        // Without a version the usual column of old tables, whose moments are whole seconds.
        Dialect::MariaDb if versioned => (
            "BIGINT AUTO_INCREMENT PRIMARY KEY",
            "TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)",
        ),
        Dialect::MariaDb => (
            "BIGINT AUTO_INCREMENT PRIMARY KEY",
            "DATETIME NOT NULL DEFAULT (UTC_TIMESTAMP())",
        ),
        Dialect::Postgres => (
            "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
            "timestamptz NOT NULL DEFAULT now()",
        ),
        _ => (
            "INTEGER PRIMARY KEY AUTOINCREMENT",
            "TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now'))",
        ),
    };
    SCHEMA
        .replace("ID,", &format!("{id},"))
        .replace("NOW)", &format!("{now})"))
}

/// What is now, as people's programs write it.
fn now(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "clock_timestamp()",
        Dialect::MariaDb => "UTC_TIMESTAMP(6)",
        _ => "strftime('%Y-%m-%d %H:%M:%f', 'now')",
    }
}

type Shared = Arc<dyn Database>;

/// A name that nobody else has.
fn own() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let next = NEXT.fetch_add(1, Ordering::SeqCst);
    format!("kit_{}_{next}", std::process::id())
}

async fn make(database: &impl Database, schema: &str) {
    for statement in schema.split(';') {
        let statement = Statement::new(statement);
        database.run(vec![statement]).await.unwrap();
    }
}

/// A schema of its own on the server at this address.
async fn postgres(url: &str, versioned: bool) -> Shared {
    let own = own();
    let url = format!("{url} options='-c search_path={own}'");
    let database = Postgres::new(&url).unwrap();
    make(&database, &format!("CREATE SCHEMA {own}")).await;
    make(&database, &schema(Dialect::Postgres, versioned)).await;
    Arc::new(database)
}

/// A database of its own on the server at this address.
async fn mariadb(url: &str, versioned: bool) -> Shared {
    let own = own();
    let server = MariaDb::new(url).unwrap();
    make(&server, &format!("CREATE DATABASE {own}")).await;
    let database = MariaDb::new(&url.replace("/mysql?", &format!("/{own}?"))).unwrap();
    make(&database, &schema(Dialect::MariaDb, versioned)).await;
    Arc::new(database)
}

fn system() -> SystemId {
    SystemId::new("billing").unwrap()
}

fn settings(versioned: bool) -> Settings {
    let mut customers = Table::new("customers", CustomerKind::Person, "id")
        .with([
            ("name", Field::FullName),
            ("last", Field::LastName),
            ("email", Field::Email),
            ("phone", Field::Phone),
            ("city", Field::City),
        ])
        .changed_at("updated_at")
        .keyed("aspa_key");
    if versioned {
        customers = customers.versioned("version");
    }
    let mut settings = Settings::new(system(), customers);
    settings.writes = vec![Field::City, Field::FullName, Field::LastName, Field::Email];
    settings.owns_rows = true;
    settings.handles = Some(handles("customer_handles"));
    settings.cases = Some(cases("cases"));
    settings.activities = Some(activities("activities"));
    settings
}

/// A database whose connection ends as it is told to.
#[derive(Debug, Clone)]
struct Faulty(Shared, Arc<Mutex<Vec<(bool, CrmFault)>>>);

#[async_trait]
impl Database for Faulty {
    fn dialect(&self) -> Dialect {
        self.0.dialect()
    }

    async fn run(&self, statements: Vec<Statement>) -> Result<Answer, Refused> {
        let writes = !statements.iter().all(|one| one.sql.starts_with("SELECT"));
        let met = {
            let mut faults = self.1.lock().unwrap();
            let place = faults.iter().position(|(effect, _)| *effect == writes);
            place.map(|place| faults.remove(place).1)
        };
        match met {
            None => self.0.run(statements).await,
            Some(CrmFault::NoConnection) => Err(Refused::Unavailable),
            Some(CrmFault::LostAfter) => {
                self.0.run(statements).await?;
                Err(Refused::Lost)
            }
            Some(_) => Err(Refused::Lost),
        }
    }
}

/// People at the same database.
struct People(Shared, Faulty);

impl People {
    async fn run(&self, statement: Statement) -> Vec<aspa_crm_sql::Row> {
        self.0.run(vec![statement]).await.unwrap().rows
    }

    /// The rows of what an effect is about.
    async fn those(&self, effect: &Effect) -> Option<Vec<aspa_crm_sql::Row>> {
        let at = |customer: &CustomerId, handle: String| {
            let sql = "customer_handles WHERE customer_id = ? AND handle = ?";
            (sql, vec![customer.id.to_string(), handle])
        };
        let (sql, values) = match &effect.kind {
            EffectKind::LinkHandle { customer, handle } => at(customer, handle.handle.to_string()),
            EffectKind::UnlinkHandle { customer, handle } => at(customer, handle.to_string()),
            EffectKind::Create(new) => ("customers WHERE aspa_key = ?", vec![new.key.to_string()]),
            EffectKind::UpsertCase(case) => {
                ("cases WHERE aspa_key = ?", vec![case.key.to_string()])
            }
            EffectKind::AddActivity(activity) => (
                "activities WHERE aspa_key = ?",
                vec![activity.key.to_string()],
            ),
            EffectKind::Redact { activity } => {
                let sql = "activities WHERE aspa_key = ? AND text IS NOT NULL";
                (sql, vec![activity.to_string()])
            }
            EffectKind::Erase { customer } | EffectKind::Patch { customer, .. } => {
                ("customers WHERE id = ?", vec![customer.id.to_string()])
            }
            _ => return None,
        };
        let mut select = Statement::new(format!("SELECT * FROM {sql}"));
        for value in values {
            select = select.value(value);
        }
        Some(self.run(select).await)
    }
}

fn column(field: &Field) -> Option<&'static str> {
    Some(match field {
        Field::FullName => "name",
        Field::LastName => "last",
        Field::Email => "email",
        Field::Phone => "phone",
        Field::City => "city",
        _ => return None,
    })
}

#[async_trait]
impl CrmFarSide for People {
    async fn make(&self, values: &[(Field, &str)]) -> CustomerId {
        let kept = values.iter().filter_map(|(f, v)| Some((column(f)?, *v)));
        let (columns, values): (Vec<&str>, Vec<&str>) = kept.unzip();
        let marks = vec!["?"; values.len()].join(", ");
        let mut insert = Statement::new(format!(
            "INSERT INTO customers ({}) VALUES ({marks}) RETURNING id",
            columns.join(", ")
        ));
        for value in values {
            insert = insert.value(value);
        }
        let rows = self.run(insert).await;
        CustomerId::new(system(), rows[0]["id"].as_str().unwrap()).unwrap()
    }

    async fn edit(&self, id: &CustomerId, field: &Field, value: &str) -> bool {
        let Some(column) = column(field) else {
            return false;
        };
        let update = Statement::new(format!(
            "UPDATE customers SET {column} = ?, version = version + 1, \
             updated_at = {} WHERE id = ?",
            now(self.0.dialect())
        ));
        self.run(update.value(value).value(&*id.id)).await;
        true
    }

    async fn delete(&self, id: &CustomerId) -> bool {
        self.run(Statement::new("DELETE FROM customers WHERE id = ?").value(&*id.id))
            .await;
        true
    }

    fn fail(&self, effect: bool, fault: CrmFault) -> bool {
        let happens = matches!(
            fault,
            CrmFault::NoConnection | CrmFault::LostBefore | CrmFault::LostAfter
        );
        if happens {
            self.1.1.lock().unwrap().push((effect, fault));
        }
        happens
    }

    async fn rows(&self, effect: &Effect) -> Option<usize> {
        self.those(effect).await.map(|rows| rows.len())
    }

    async fn values(&self, effect: &Effect) -> Option<Vec<String>> {
        let rows = self.those(effect).await?;
        let values = rows.iter().flat_map(|row| row.values());
        let texts = values.filter_map(|value| value.as_str());
        Some(texts.map(str::to_owned).collect())
    }
}

/// The connector to a database with these tables, with its far side.
fn fixture(database: &Shared, versioned: bool) -> CrmFixture {
    let faulty = Faulty(Arc::clone(database), Arc::default());
    let over = move |faulty: &Faulty| connect(faulty.clone(), settings(versioned)).unwrap();
    let sound = Faulty(Arc::clone(database), Arc::default());
    let again = move || -> Arc<dyn Crm> { Arc::new(over(&sound)) };
    let first = Arc::new(over(&faulty));
    CrmFixture::new(first, Arc::new(People(Arc::clone(database), faulty))).with_again(again)
}

/// The trials on a server, or one that says which script starts it.
fn on_server(
    variable: &str,
    script: &str,
    name: &str,
    make: impl AsyncFn(String) -> CrmFixture + Send + Sync + 'static,
) -> Vec<libtest_mimic::Trial> {
    match std::env::var(variable) {
        Ok(url) => crm_trials(name, async move || make(url.clone()).await),
        Err(_) => vec![
            libtest_mimic::Trial::test(format!("needs {variable}, see {script}"), || Ok(()))
                .with_kind(name)
                .with_ignored_flag(true),
        ],
    }
}

fn main() {
    let mut trials = Vec::new();
    for (name, versioned) in [("versioned", true), ("without a version", false)] {
        trials.extend(crm_trials(&format!("sqlite {name}"), async move || {
            let database = Sqlite::in_memory(&schema(Dialect::Sqlite, versioned)).unwrap();
            fixture(&(Arc::new(database) as Shared), versioned)
        }));
        trials.extend(on_server(
            "ASPA_POSTGRES_URL",
            ".ci/postgres",
            &format!("postgres {name}"),
            async move |url| fixture(&postgres(&url, versioned).await, versioned),
        ));
        trials.extend(on_server(
            "ASPA_MARIADB_URL",
            ".ci/mariadb",
            &format!("mariadb {name}"),
            async move |url| fixture(&mariadb(&url, versioned).await, versioned),
        ));
    }
    libtest_mimic::run(&libtest_mimic::Arguments::from_args(), trials).exit();
}
