use std::time::Duration;

use aspa_store::{Error, ErrorKind};
use deadpool_postgres::Object;

use crate::fault::Failed;
use crate::store::Shared;

/// The steps that bring a schema to the present form; the schema knows how many it has taken.
///
/// Workers of the version before go on while a step runs: it only adds. An index on a table that
/// may be large is a step of its own, [`Step::Alone`].
const STEPS: &[Step] = &[
    Step::Whole(include_str!("schema/001.sql")),
    Step::Alone(include_str!("schema/002.sql")),
    Step::Whole(include_str!("schema/003.sql")),
    Step::Whole(include_str!("schema/004.sql")),
    Step::Whole(include_str!("schema/005.sql")),
    Step::Alone(include_str!("schema/006.sql")),
    Step::Alone(include_str!("schema/007.sql")),
    Step::Alone(include_str!("schema/008.sql")),
    Step::Alone(include_str!("schema/009.sql")),
    Step::Whole(include_str!("schema/011.sql")),
    Step::Alone(include_str!("schema/012.sql")),
    Step::Alone(include_str!("schema/013.sql")),
    Step::Whole(include_str!("schema/014.sql")),
];

enum Step {
    /// Statements that are done together or not at all.
    Whole(&'static str),
    /// One statement that must not be in a transaction, such as `CREATE INDEX CONCURRENTLY IF NOT
    /// EXISTS`, and that may be done again.
    Alone(&'static str),
}

/// Brings the tables up to date. Of several processes one does it, and the others wait for it.
pub(crate) async fn migrate(shared: &Shared) -> Result<(), Failed> {
    let client = shared.client().await?;
    if form(shared, &client).await? == Some(STEPS.len()) {
        return Ok(());
    }
    let encoding = client.query_one("SHOW server_encoding", &[]).await?;
    if encoding.try_get::<_, String>(0)? != "UTF8" {
        let error = Error::new(ErrorKind::Invalid, "connect");
        return Err(error
            .with_detail("the database's encoding is not UTF8")
            .into());
    }
    // Not given back to the pool: the lock goes with the connection, whatever happens here.
    let client = Object::take(client);
    lock(shared, &client).await?;
    // Another process may have been at it in between.
    let found = form(shared, &client).await?;
    let done = found.unwrap_or_default();
    let Some(steps) = STEPS.get(done..) else {
        let error = Error::new(ErrorKind::Corrupt, "connect");
        return Err(error.with_source(Newer { found: done }).into());
    };
    if found.is_none() {
        let sql = "CREATE SCHEMA IF NOT EXISTS @;
            CREATE TABLE IF NOT EXISTS @.form (
                number INTEGER PRIMARY KEY, done_at TIMESTAMPTZ NOT NULL DEFAULT now())";
        client
            .batch_execute(&sql.replace('@', shared.schema()))
            .await?;
    }
    for (step, number) in steps.iter().zip(done + 1..) {
        let mark = format!("INSERT INTO @.form (number) VALUES ({number})");
        match step {
            Step::Whole(sql) => {
                let whole = shared.sql(&format!("BEGIN; {sql}; {mark}; COMMIT"));
                client.batch_execute(&whole).await?;
            }
            Step::Alone(sql) => {
                client.batch_execute(&shared.sql(sql)).await?;
                client.batch_execute(&shared.sql(&mark)).await?;
            }
        }
    }
    Ok(())
}

/// Asks again and again, since an index that is built beside running workers waits for every statement
/// that is under way, and one that waits for the lock is such a statement.
async fn lock(shared: &Shared, client: &tokio_postgres::Client) -> Result<(), Failed> {
    const PATIENCE: Duration = Duration::from_secs(600);
    const PAUSE: Duration = Duration::from_millis(50);
    let mut waited = Duration::ZERO;
    loop {
        let row = client
            .query_one(
                "SELECT pg_try_advisory_lock($1, 0)",
                &[&shared.names.migration],
            )
            .await?;
        if row.try_get(0)? {
            return Ok(());
        }
        if waited >= PATIENCE {
            let error = Error::new(ErrorKind::Unavailable, "connect");
            return Err(error.with_detail("somebody else changes the tables").into());
        }
        tokio::time::sleep(PAUSE).await;
        waited += PAUSE;
    }
}

/// How many steps the schema has taken; `None` if there is none of ours.
async fn form(
    shared: &Shared,
    client: &tokio_postgres::Client,
) -> Result<Option<usize>, tokio_postgres::Error> {
    let table = shared.sql("@.form");
    let there = client
        .query_one("SELECT to_regclass($1) IS NOT NULL", &[&table])
        .await?;
    if !there.try_get::<_, bool>(0)? {
        return Ok(None);
    }
    let sql = shared.sql("SELECT coalesce(max(number), 0) FROM @.form");
    let row = client.query_one(&sql, &[]).await?;
    Ok(usize::try_from(row.try_get::<_, i32>(0)?).ok())
}

/// A schema that a later version has written.
#[derive(Debug, thiserror::Error)]
#[error("the schema has form {found}, this version knows up to {}", STEPS.len())]
struct Newer {
    found: usize,
}
