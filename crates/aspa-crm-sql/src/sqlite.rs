use std::fmt;
use std::path::Path;
use std::sync::mpsc::{Sender, channel};

use aspa_crm::{Error, ErrorKind};
use async_trait::async_trait;
use futures_channel::oneshot;
use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, params_from_iter};
use serde_json::Value;

use crate::{Answer, Database, Dialect, Refused, Row, Statement};

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// A SQLite database, on a thread of its own, which ends with the last clone.
#[derive(Clone)]
pub struct Sqlite {
    jobs: Sender<Job>,
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sqlite")
    }
}

impl Sqlite {
    /// Opens a database that is there.
    ///
    /// # Errors
    ///
    /// `Unavailable` where it cannot be opened.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::of(Connection::open(path).map_err(unavailable)?)
    }

    /// A new database in memory with these tables: for tests.
    ///
    /// # Errors
    ///
    /// `Unavailable` where it cannot be made so.
    pub fn in_memory(schema: &str) -> Result<Self, Error> {
        let connection = Connection::open_in_memory().map_err(unavailable)?;
        connection.execute_batch(schema).map_err(unavailable)?;
        Self::of(connection)
    }

    fn of(mut connection: Connection) -> Result<Self, Error> {
        let wait = std::time::Duration::from_secs(5);
        connection.busy_timeout(wait).map_err(unavailable)?;
        let (jobs, waiting) = channel::<Job>();
        let work = move || waiting.iter().for_each(|job| job(&mut connection));
        let thread = std::thread::Builder::new().name("aspa-crm-sql".to_owned());
        thread.spawn(work).map_err(unavailable)?;
        Ok(Self { jobs })
    }
}

fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Unavailable, "open").caused_by(error)
}

#[async_trait]
impl Database for Sqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    async fn run(&self, statements: Vec<Statement>) -> Result<Answer, Refused> {
        let (told, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // Whoever gave up waiting does not want to know.
            drop(told.send(all(connection, &statements)));
        });
        self.jobs.send(job).map_err(|_| Refused::Unavailable)?;
        answer.await.map_err(|_| Refused::Lost)?.map_err(|error| {
            let taken = [SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY];
            match error.sqlite_error_code() {
                Some(ErrorCode::ConstraintViolation)
                    if error
                        .sqlite_error()
                        .is_some_and(|e| taken.contains(&e.extended_code)) =>
                {
                    Refused::Taken
                }
                Some(
                    ErrorCode::DatabaseBusy
                    | ErrorCode::DatabaseLocked
                    | ErrorCode::CannotOpen
                    | ErrorCode::DiskFull
                    | ErrorCode::ReadOnly,
                ) => Refused::Unavailable,
                // A transaction that failed was taken back.
                _ => Refused::Invalid,
            }
        })
    }
}

fn all(connection: &mut Connection, statements: &[Statement]) -> rusqlite::Result<Answer> {
    let transaction = connection.transaction()?;
    let mut answer = Answer::default();
    for statement in statements {
        let mut prepared = transaction.prepare_cached(&statement.sql)?;
        let names: Vec<String> = prepared.column_names().map(str::to_owned).collect();
        let values = params_from_iter(&statement.values);
        if names.is_empty() {
            let changed = prepared.execute(values)? as u64;
            if statement.needs_a_row && changed == 0 {
                return Ok(answer);
            }
            answer.changed.push(changed);
            continue;
        }
        let mut rows = prepared.query(values)?;
        answer.rows.clear();
        while let Some(row) = rows.next()? {
            let mut read = Row::new();
            for (place, name) in names.iter().enumerate() {
                let value = match row.get_ref(place)? {
                    ValueRef::Null | ValueRef::Blob(_) => Value::Null,
                    ValueRef::Integer(number) => number.to_string().into(),
                    ValueRef::Real(number) => number.to_string().into(),
                    ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned().into(),
                };
                read.insert(name.clone(), value);
            }
            answer.rows.push(read);
        }
        if statement.needs_a_row && answer.rows.is_empty() {
            return Ok(answer);
        }
        answer.changed.push(answer.rows.len() as u64);
    }
    transaction.commit()?;
    Ok(answer)
}
