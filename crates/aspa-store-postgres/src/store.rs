use std::collections::HashMap;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::task::Poll;
use std::time::Duration;

use aspa_store::{
    Analyzer, Claim, ClaimedEffect, DueTimer, Error, ErrorKind, InboxEntry, OutboxRow, Position,
    Recorded, Store, TenantStore, Versioned, Vitals,
};
use aspa_types::TenantId;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime, Timeouts,
};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, NoTls, Row, Socket};

use crate::claim::Front;
use crate::fault::Failed;
use crate::json::digest;
use crate::listen::{Ear, Listening};
use crate::search::Reader;
use crate::tenant::PostgresTenant;
use crate::turn::Turn;
use crate::write::Value;
use crate::{claim, log, migrate, watch};

/// How a database is used.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// The schema that holds the tables: lower-case letters, digits and `_`, at most 63, not
    /// beginning with a digit. `aspa` by default. Desks in different schemas know nothing of each
    /// other.
    pub schema: String,
    /// How many connections at most, beside the one that listens. 8 by default. A pool that the host
    /// gives has its own figure.
    pub connections: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            schema: "aspa".to_owned(),
            connections: 8,
        }
    }
}

impl Options {
    /// The schema that holds the tables.
    #[must_use]
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = schema.into();
        self
    }

    /// How many connections at most.
    #[must_use]
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }
}

/// A store in a PostgreSQL database, for as many processes as like to share it. Clones share their
/// connections.
///
/// It is used within a tokio runtime with IO and time enabled.
#[derive(Debug, Clone)]
pub struct PostgresStore(pub(crate) Arc<Shared>);

impl PostgresStore {
    /// Connects without TLS, as a URL or `key=value` text says, and brings the tables up to date.
    ///
    /// # Errors
    ///
    /// Invalid when the text cannot be read or the server lets nobody in like that; unavailable when
    /// there is no server; corrupt when a later version has written the tables. No error repeats the
    /// text.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        // The driver's error could quote the password.
        let config = url.parse::<Config>().map_err(|_| {
            Error::new(ErrorKind::Invalid, "connect")
                .with_detail("the connection string cannot be read")
        })?;
        Self::connect_with(config, NoTls, &Options::default()).await
    }

    /// Connects in this way, with the host's TLS. Where `config` sets none, ten seconds are waited
    /// for a connection, and thirty for a server that no longer answers. The connections have `jit`
    /// off: the statements are short and would wait longer for the compiler than they run.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect), and invalid when the schema's name is none.
    pub async fn connect_with<T>(
        mut config: Config,
        tls: T,
        options: &Options,
    ) -> Result<Self, Error>
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send + Sync,
        T::TlsConnect: Send + Sync,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(10));
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(Duration::from_secs(30));
        }
        if config.get_application_name().is_none() {
            config.application_name("aspa");
        }
        let recycling = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let manager = Manager::from_config(config.clone(), tls.clone(), recycling);
        let pool = Pool::builder(manager)
            .max_size(options.connections.max(1))
            .post_create(Hook::async_fn(|client, _| {
                Box::pin(async {
                    let set = client.batch_execute("SET jit = off").await;
                    set.map_err(HookError::Backend)
                })
            }))
            .runtime(Runtime::Tokio1)
            .timeouts(Timeouts {
                wait: Some(Duration::from_secs(30)),
                create: Some(Duration::from_secs(15)),
                recycle: Some(Duration::from_secs(15)),
            })
            .build()
            .map_err(|error| Error::new(ErrorKind::Invalid, "connect").with_source(error))?;
        let mut shared = Shared::open(pool, options).await?;
        shared.listening = Some(Listening::start(
            config,
            tls,
            shared.names.channel.clone(),
            &shared.ear,
        ));
        Ok(Self(Arc::new(shared)))
    }

    /// Uses the host's pool, and brings the tables up to date. Such a store does not listen: workers
    /// in other processes see what is new when they look the next time. Its connections are used as
    /// they are; `jit` is best off for their user.
    ///
    /// # Errors
    ///
    /// As [`connect_with`](Self::connect_with).
    pub async fn over(pool: Pool, options: &Options) -> Result<Self, Error> {
        Ok(Self(Arc::new(Shared::open(pool, options).await?)))
    }
}

/// Names that stores over one schema share.
#[derive(Debug)]
pub(crate) struct Locks {
    /// Who queues into a lane.
    pub(crate) lanes: i32,
    /// Who draws positions of the log.
    pub(crate) writers: i32,
    /// Who changes what is paused, by tenant; shared: who writes effects.
    pub(crate) pauses: i32,
    /// Who changes the tables.
    pub(crate) migration: i32,
    /// Who takes texts into the search.
    pub(crate) search: i32,
    /// Where news is told.
    pub(crate) channel: String,
}

impl Locks {
    fn new(schema: &str) -> Self {
        let number = |what: &str| {
            let bytes = digest(&["aspa", schema, what]).first_chunk().copied();
            // Positive, since PostgreSQL shows such numbers without a sign.
            (u32::from_be_bytes(bytes.unwrap_or_default()) >> 1).cast_signed()
        };
        Self {
            lanes: number("lanes"),
            writers: number("writers"),
            pauses: number("pauses"),
            migration: number("migration"),
            search: number("search"),
            channel: format!("aspa_{:08x}", number("channel")),
        }
    }
}

/// What clones and tenants share.
pub(crate) struct Shared {
    pool: Pool,
    schema: String,
    pub(crate) names: Locks,
    /// Numbers of tenants, which never change.
    tenants: RwLock<HashMap<TenantId, i32>>,
    pub(crate) turns: Turns,
    pub(crate) ear: Arc<Ear>,
    pub(crate) reader: Reader,
    /// One that remembers words, while nobody uses it.
    analyzer: Mutex<Option<Analyzer>>,
    listening: Option<Listening>,
}

/// Where claims stand.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    pub(crate) inbox: Turn,
    pub(crate) outbox: Turn,
    pub(crate) timers: Turn,
    pub(crate) front: Front,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("schema", &self.schema)
            .field("listens", &self.listening.is_some())
            .finish_non_exhaustive()
    }
}

/// How often work is done again that the database gave up so that another could go on.
const TRIES: u32 = 6;

/// On how many connections in a row something is tried that each broke.
const CONNECTIONS_TRIED: u32 = 3;

impl Shared {
    async fn open(pool: Pool, options: &Options) -> Result<Self, Error> {
        let schema = &options.schema;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if schema.is_empty()
            || schema.len() > 63
            || !schema.chars().all(plain)
            || schema.starts_with(|c: char| c.is_ascii_digit())
        {
            return Err(Error::new(ErrorKind::Invalid, "connect").with_detail("name of the schema"));
        }
        let shared = Self {
            pool,
            schema: schema.clone(),
            names: Locks::new(schema),
            tenants: RwLock::default(),
            turns: Turns::default(),
            ear: Arc::default(),
            reader: Reader::default(),
            analyzer: Mutex::default(),
            listening: None,
        };
        migrate::migrate(&shared)
            .await
            .map_err(|failed| failed.during("connect"))?;
        Ok(shared)
    }

    pub(crate) fn analyzer(&self) -> Analyzer {
        let mut kept = self.analyzer.lock().unwrap_or_else(PoisonError::into_inner);
        kept.take().unwrap_or_default()
    }

    pub(crate) fn give_back(&self, analyzer: Analyzer) {
        *self.analyzer.lock().unwrap_or_else(PoisonError::into_inner) = Some(analyzer);
    }

    /// A statement with our schema in the place of `@`.
    pub(crate) fn sql(&self, text: &str) -> String {
        text.replace("@.", &format!("{}.", self.schema))
    }

    pub(crate) fn schema(&self) -> &str {
        &self.schema
    }

    pub(crate) async fn client(&self) -> Result<Object, Failed> {
        Ok(self.pool.get().await?)
    }

    /// Does something until it goes well, or fails for another reason than that two were in each
    /// other's way or a connection broke: one from the pool may have been cut off long ago.
    pub(crate) async fn retrying<T, F: Future<Output = Result<T, Failed>>>(
        &self,
        operation: &'static str,
        mut work: impl FnMut() -> F,
    ) -> Result<T, Error> {
        let mut tried = 1;
        loop {
            match work().await {
                Ok(done) => return Ok(done),
                Err(failed)
                    if failed.lost_a_race() && tried < TRIES
                        || failed.cut_off() && tried < CONNECTIONS_TRIED =>
                {
                    tracing::debug!(
                        operation,
                        tried,
                        "given up or cut off by the database, again"
                    );
                    tokio::time::sleep(Duration::from_millis(5) * tried * tried).await;
                    tried += 1;
                }
                Err(failed) => return Err(failed.during(operation)),
            }
        }
    }

    /// One statement by itself.
    pub(crate) async fn query(
        &self,
        sql: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Failed> {
        let client = self.client().await?;
        let statement = client.prepare_cached(&self.sql(sql)).await?;
        Ok(client.query(&statement, values).await?)
    }

    fn known_tenant(&self, tenant: &TenantId) -> Option<i32> {
        let tenants = self.tenants.read().unwrap_or_else(PoisonError::into_inner);
        tenants.get(tenant).copied()
    }

    fn know_tenant(&self, tenant: &TenantId, number: i32) {
        let mut tenants = self.tenants.write().unwrap_or_else(PoisonError::into_inner);
        tenants.insert(tenant.clone(), number);
    }

    /// The number of a tenant; one without rows has number 0.
    pub(crate) async fn find_tenant(&self, tenant: &TenantId) -> Result<i32, Failed> {
        if let Some(number) = self.known_tenant(tenant) {
            return Ok(number);
        }
        let rows = self
            .query(
                "SELECT id FROM @.tenants WHERE name = $1",
                &[&tenant.as_str()],
            )
            .await?;
        let Some(row) = rows.first() else {
            return Ok(0);
        };
        let number = row.try_get(0)?;
        self.know_tenant(tenant, number);
        Ok(number)
    }

    /// The number of a tenant, which it is given if it has none.
    pub(crate) async fn number_of(&self, tenant: &TenantId) -> Result<i32, Failed> {
        let known = self.find_tenant(tenant).await?;
        if known != 0 {
            return Ok(known);
        }
        let sql = "INSERT INTO @.tenants (name) VALUES ($1) ON CONFLICT DO NOTHING";
        self.query(sql, &[&tenant.as_str()]).await?;
        self.find_tenant(tenant).await
    }
}

/// The values of a statement as the driver takes them.
pub(crate) fn borrowed(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values
        .iter()
        .map(|value| value.as_ref() as &(dyn ToSql + Sync))
        .collect()
}

/// Polls all, each first in the order given: what they send to the server arrives in that order,
/// without waiting for an answer in between.
pub(crate) async fn together<'a, T>(
    futures: Vec<Pin<Box<dyn Future<Output = T> + Send + 'a>>>,
) -> Vec<T> {
    let mut running: Vec<_> = futures.into_iter().map(|future| (future, None)).collect();
    poll_fn(|context| {
        let mut all = Poll::Ready(());
        for (future, ended) in running.iter_mut().filter(|(_, ended)| ended.is_none()) {
            match future.as_mut().poll(context) {
                Poll::Ready(value) => *ended = Some(value),
                Poll::Pending => all = Poll::Pending,
            }
        }
        all
    })
    .await;
    running.into_iter().filter_map(|(_, ended)| ended).collect()
}

#[async_trait]
impl Store for PostgresStore {
    fn tenant(&self, id: &TenantId) -> Arc<dyn TenantStore> {
        Arc::new(PostgresTenant::new(Arc::clone(&self.0), id.clone()))
    }

    async fn claim_inbox(&self, claim: Claim) -> Result<Vec<InboxEntry>, Error> {
        claim::inbox(&self.0, claim).await
    }

    async fn release_inbox(&self, claim: Claim, entries: &[InboxEntry]) -> Result<(), Error> {
        watch::release(&self.0, claim, entries).await
    }

    async fn vitals(&self, most: u64) -> Result<Vitals, Error> {
        watch::vitals(&self.0, most).await
    }

    async fn claim_outbox(&self, claim: Claim) -> Result<Vec<ClaimedEffect>, Error> {
        const WHAT: &str = "claim_outbox";
        self.0
            .retrying(WHAT, || claim::outbox(&self.0, claim))
            .await
    }

    async fn claim_timers(&self, claim: Claim) -> Result<Vec<DueTimer>, Error> {
        claim::timers(&self.0, claim).await
    }

    async fn lapsed_effects(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> Result<Vec<(TenantId, Versioned<OutboxRow>)>, Error> {
        claim::lapsed(&self.0, now, limit).await
    }

    async fn next_wakeup(&self) -> Result<Option<DateTime<Utc>>, Error> {
        claim::next(&self.0).await
    }

    async fn log(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, Error> {
        log::after(&self.0, after, limit).await
    }

    fn changed(&self) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(self.0.ear.changed())
    }
}
