use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use aspa_store::{Analyzer, Error, ErrorKind};
use aspa_types::TenantId;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use crate::fault::{During, advice, kind};
use crate::{inbox, search};

/// A search waits for so much to be taken in, of 100 tickets each: a tenth of a second or so.
const STEPS_BEFORE_SEARCH: usize = 20;

/// `aspa` in ASCII: tells our files from others.
const APPLICATION_ID: i32 = 0x6173_7061;

/// The steps that bring a file to the present form; the file knows how many it has taken.
pub(crate) const MIGRATIONS: &[&str] = &[
    include_str!("schema/001.sql"),
    include_str!("schema/002.sql"),
    include_str!("schema/003.sql"),
    include_str!("schema/004.sql"),
    include_str!("schema/005.sql"),
    include_str!("schema/006.sql"),
    include_str!("schema/007.sql"),
    include_str!("schema/008.sql"),
    include_str!("schema/009.sql"),
];

/// From this step on lists know what they know now.
const NUMBERED: usize = 6;

/// How a file is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Whether a commit that returned survives a power cut, not just the end of the process. On by
    /// default; without it a commit does not wait for the disk.
    pub durable: bool,
    /// How long to wait for another process that is writing before giving up as unavailable. 5
    /// seconds by default.
    pub busy_timeout: Duration,
    /// Whether one delivery of a webhook is committed by the thread that asks for it, if no other is at
    /// work. Off by default: the store's own thread does it.
    ///
    /// On, a third of the time until it is acknowledged is saved (two threads that wake each other), but
    /// the asking thread is held up until the disk has it, as long as [`busy_timeout`](Self::busy_timeout)
    /// where another process is writing: for hosts with a quick disk, a runtime of several threads and
    /// one process.
    pub in_place: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            durable: true,
            busy_timeout: Duration::from_secs(5),
            in_place: false,
        }
    }
}

impl Options {
    /// Whether a commit waits until the disk has it.
    #[must_use]
    pub fn durable(mut self, durable: bool) -> Self {
        self.durable = durable;
        self
    }

    /// How long to wait for another process that is writing.
    #[must_use]
    pub fn busy_timeout(mut self, busy_timeout: Duration) -> Self {
        self.busy_timeout = busy_timeout;
        self
    }

    /// Whether one delivery is committed by the thread that asks for it.
    #[must_use]
    pub fn in_place(mut self, in_place: bool) -> Self {
        self.in_place = in_place;
        self
    }
}

/// The one connection, owned by the thread that works on it.
pub(crate) struct Database {
    connection: Connection,
    /// Numbers of tenants. Only committed ones: what is rolled back was never here.
    tenants: HashMap<TenantId, i64>,
    /// Who was served last.
    pub(crate) turns: Turns,
    analyzer: Analyzer,
    /// Whether something may have been written that the search does not know.
    behind: bool,
    /// Whether commits wait for the disk.
    durable: bool,
}

/// The tenants that were served last.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Turns {
    pub(crate) outbox: i64,
    pub(crate) timers: i64,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}

impl Database {
    pub(crate) fn open(path: &Path, options: &Options) -> Result<Self, Error> {
        let named = |error: Error| {
            let source = std::error::Error::source(&error);
            let source = source.and_then(|source| source.downcast_ref());
            match source.and_then(advice) {
                Some(advice) => error.with_detail(format_args!("{}: {advice}", path.display())),
                None => error.with_detail(path.display()),
            }
        };
        let connection = Connection::open(path).during("open").map_err(named)?;
        Self::prepare(connection, options).map_err(|error| match error.kind() {
            // It has said what it found already.
            ErrorKind::Invalid => error,
            _ => named(error),
        })
    }

    pub(crate) fn in_memory() -> Result<Self, Error> {
        Self::prepare(
            Connection::open_in_memory().during("open")?,
            &Options::default(),
        )
    }

    fn prepare(mut connection: Connection, options: &Options) -> Result<Self, Error> {
        connection
            .busy_timeout(options.busy_timeout)
            .during("open")?;
        connection.set_prepared_statement_cache_capacity(128);
        let synchronous = if options.durable { "FULL" } else { "NORMAL" };
        // What is deleted is overwritten where its page is written anyway; `scrub` sees to free pages.
        // Rows have 1 to 2 KiB, of which a page of 8 KiB wastes less than one of 4. A log of up to
        // 64 MiB is written back at a time: pages that many commits touch are written once.
        let pragmas = format!(
            "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; \
             PRAGMA synchronous = {synchronous}; PRAGMA wal_autocheckpoint = 8192; \
             PRAGMA journal_size_limit = 134217728; PRAGMA cache_size = -65536; \
             PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = OFF; PRAGMA secure_delete = FAST;"
        );
        check_owner(&connection)?;
        connection.execute_batch(&pragmas).during("open")?;
        migrate(&mut connection)?;
        Ok(Self {
            connection,
            tenants: HashMap::new(),
            turns: Turns::default(),
            analyzer: Analyzer::new(),
            behind: true,
            durable: options.durable,
        })
    }

    /// Whether something may have been written that the search does not know.
    pub(crate) fn is_behind(&self) -> bool {
        self.behind
    }

    /// Takes some of what was written into the search. What fails is tried again after the next
    /// commit, and before the next search.
    pub(crate) fn catch_up(&mut self) {
        let behind = self
            .connection
            .transaction()
            .and_then(|reading| search::is_behind(&reading));
        self.behind = behind.unwrap_or_default();
        if self.behind {
            let mut analyzer = std::mem::take(&mut self.analyzer);
            let more = self.write("search", |tx| search::catch_up(tx, &mut analyzer));
            self.analyzer = analyzer;
            self.behind = more.unwrap_or_default();
        }
    }

    /// Takes in what was written lately, so that a search finds it; where much was, the first of it.
    pub(crate) fn catch_up_before_search(&mut self) {
        // Another process may have written.
        self.behind = true;
        for _ in 0..STEPS_BEFORE_SEARCH {
            if !self.behind {
                break;
            }
            self.catch_up();
        }
    }

    /// Does something that writes, all or nothing.
    pub(crate) fn write<T>(
        &mut self,
        operation: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let behavior = TransactionBehavior::Immediate;
        let transaction = self
            .connection
            .transaction_with_behavior(behavior)
            .during(operation)?;
        let done = work(&transaction)?;
        transaction.commit().during(operation)?;
        Ok(done)
    }

    /// The same, for what may be lost in a power cut with everything that was written after it, such as
    /// who works on what: it does not wait for the disk.
    pub(crate) fn write_soon<T>(
        &mut self,
        operation: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if !self.durable {
            return self.write(operation, work);
        }
        self.wait_for_disk(false).during(operation)?;
        let done = self.write(operation, work);
        self.wait_for_disk(true).during(operation)?;
        done
    }

    fn wait_for_disk(&self, wait: bool) -> Result<(), rusqlite::Error> {
        let how = if wait { "FULL" } else { "NORMAL" };
        self.connection.pragma_update(None, "synchronous", how)
    }

    /// Writes for one tenant, whose number `work` is given.
    pub(crate) fn write_for<T>(
        &mut self,
        operation: &'static str,
        tenant: &TenantId,
        work: impl FnOnce(&Transaction<'_>, i64) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let known = self.tenants.get(tenant).copied();
        let (number, done) = self.write(operation, |transaction| {
            let number = number_of(transaction, tenant, known).during(operation)?;
            Ok((number, work(transaction, number)?))
        })?;
        self.tenants.insert(tenant.clone(), number);
        self.behind = true;
        Ok(done)
    }

    /// Writes several things, each for one tenant, all or none of them.
    pub(crate) fn write_for_all<'t, T, W>(
        &mut self,
        operation: &'static str,
        parts: impl Iterator<Item = (&'t TenantId, W)>,
    ) -> Result<Vec<T>, Error>
    where
        W: FnOnce(&Transaction<'_>, i64) -> Result<T, Error>,
    {
        let known = |tenant| self.tenants.get(tenant).copied();
        let parts: Vec<_> = parts
            .map(|(tenant, work)| (tenant, known(tenant), work))
            .collect();
        let done = self.write(operation, |transaction| {
            let write = |(tenant, known, work): (&'t TenantId, Option<i64>, W)| {
                let number = number_of(transaction, tenant, known).during(operation)?;
                Ok((tenant, number, work(transaction, number)?))
            };
            parts.into_iter().map(write).collect::<Result<Vec<_>, _>>()
        })?;
        self.behind = true;
        let mut all = Vec::with_capacity(done.len());
        for (tenant, number, one) in done {
            self.tenants.insert(tenant.clone(), number);
            all.push(one);
        }
        Ok(all)
    }

    /// Writes the log back into the file and empties it. Returns whether somebody was in the way.
    pub(crate) fn checkpoint(&self) -> Result<bool, rusqlite::Error> {
        self.connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
    }

    /// Reads several things as they are at one time.
    pub(crate) fn read<T>(
        &mut self,
        operation: &'static str,
        work: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>,
    ) -> Result<T, Error> {
        let snapshot = self.connection.transaction().during(operation)?;
        work(&snapshot).during(operation)
    }

    /// Reads for one tenant, whose number `work` is given; one without rows has number 0.
    pub(crate) fn read_for<T>(
        &mut self,
        operation: &'static str,
        tenant: &TenantId,
        work: impl FnOnce(&Connection, i64) -> Result<T, rusqlite::Error>,
    ) -> Result<T, Error> {
        let known = self.tenants.get(tenant).copied();
        let (number, done) = self.read(operation, |connection| {
            let number = match known {
                Some(number) => Some(number),
                None => find_tenant(connection, tenant)?,
            };
            Ok((number, work(connection, number.unwrap_or_default())?))
        })?;
        if let Some(number) = number {
            self.tenants.insert(tenant.clone(), number);
        }
        Ok(done)
    }
}

fn find_tenant(connection: &Connection, tenant: &TenantId) -> Result<Option<i64>, rusqlite::Error> {
    let mut find = connection.prepare_cached("SELECT id FROM tenants WHERE name = ?1")?;
    find.query_row([tenant.as_str()], |row| row.get(0))
        .optional()
}

fn number_of(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    known: Option<i64>,
) -> Result<i64, rusqlite::Error> {
    let known = known.map_or_else(|| find_tenant(transaction, tenant), |known| Ok(Some(known)));
    if let Some(number) = known? {
        return Ok(number);
    }
    transaction
        .prepare_cached("INSERT INTO tenants (name) VALUES (?1)")?
        .insert([tenant.as_str()])
}

/// Refuses a file that is somebody else's before anything in it is changed.
pub(crate) fn check_owner(connection: &Connection) -> Result<(), Error> {
    let ask = |sql: &str| {
        connection
            .query_row(sql, [], |row| row.get::<_, i64>(0))
            .during("open")
    };
    let tables = ask("SELECT count(*) FROM sqlite_schema")?;
    if tables > 0 && ask("PRAGMA application_id")? != i64::from(APPLICATION_ID) {
        let error = Error::new(ErrorKind::Invalid, "open");
        return Err(match connection.path() {
            Some(path) => error.with_detail(format_args!("{path} is a database of something else")),
            None => error,
        });
    }
    Ok(())
}

/// Refuses a file that has another form than the present one, and leaves it as it is.
pub(crate) fn check_form(connection: &Connection) -> Result<(), Error> {
    let found = connection.query_row("PRAGMA user_version", [], |row| row.get::<_, usize>(0));
    let found = found.during("copy")?;
    let present = MIGRATIONS.len();
    if found > present {
        return Err(Error::new(ErrorKind::Newer, "copy").with_source(Newer { found }));
    }
    if found < present {
        return Err(
            Error::new(ErrorKind::Invalid, "copy").with_detail(format_args!(
                "the file has form {found} and not {present}: open it once as a store"
            )),
        );
    }
    Ok(())
}

fn migrate(connection: &mut Connection) -> Result<(), Error> {
    let version = |connection: &Connection| {
        connection.query_row("PRAGMA user_version", [], |row| row.get::<_, usize>(0))
    };
    if version(connection).during("open")? == MIGRATIONS.len() {
        return Ok(());
    }
    let behavior = TransactionBehavior::Immediate;
    let transaction = connection
        .transaction_with_behavior(behavior)
        .during("open")?;
    // Another process may have been at it in between.
    let found = version(&transaction).during("open")?;
    let Some(steps) = MIGRATIONS.get(found..) else {
        let source = Newer { found };
        return Err(Error::new(ErrorKind::Corrupt, "open").with_source(source));
    };
    let migrated = steps
        .iter()
        .try_for_each(|step| transaction.execute_batch(step));
    let marked = migrated.and_then(|()| {
        if found < NUMBERED {
            inbox::renew(&transaction)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", MIGRATIONS.len())
    });
    marked
        .and_then(|()| transaction.commit())
        .map_err(|error| Error::new(kind(&error), "migrate").with_source(error))
}

/// A file that a later version has written.
#[derive(Debug, thiserror::Error)]
#[error("the file has form {found}, this version knows up to {}", MIGRATIONS.len())]
struct Newer {
    found: usize,
}
