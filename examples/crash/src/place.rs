//! Where the desks keep everything, and what a person with a database shell would see there.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use aspa_store::Store;
use aspa_store_postgres::tokio_postgres::{Client, Config, NoTls};
use aspa_store_postgres::{Options, PostgresStore};
use aspa_store_sqlite::SqliteStore;

use crate::Error;

/// Names the server.
pub(crate) const SERVER: &str = "ASPA_POSTGRES_URL";

/// A file, or a schema on the server that the environment names.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    File(PathBuf),
    Schema(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Schema(name) => write!(f, "schema:{name}"),
        }
    }
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("file", path)) => Ok(Self::File(Path::new(path).to_owned())),
            Some(("schema", name)) => Ok(Self::Schema(name.to_owned())),
            _ => Err("file:PATH or schema:NAME".to_owned()),
        }
    }
}

fn server() -> Result<Config, Error> {
    let url =
        std::env::var(SERVER).map_err(|_| format!("no {SERVER}: run it under .ci/postgres"))?;
    Ok(url.parse()?)
}

impl Place {
    pub(crate) async fn open(&self) -> Result<Arc<dyn Store>, Error> {
        Ok(match self {
            Self::File(path) => Arc::new(SqliteStore::open(path)?),
            Self::Schema(name) => {
                let options = Options::default().schema(name).connections(4);
                Arc::new(PostgresStore::connect_with(server()?, NoTls, &options).await?)
            }
        })
    }

    /// Rows of a table, by a plain connection.
    pub(crate) async fn count(&self, table: &str) -> Result<u64, Error> {
        let number: i64 = match self {
            Self::File(path) => rusqlite::Connection::open(path)?.query_row(
                &format!("SELECT count(*) FROM {table}"),
                [],
                |row| row.get(0),
            )?,
            Self::Schema(name) => {
                let sql = format!("SELECT count(*) FROM {name}.{table}");
                connect().await?.query_one(&sql, &[]).await?.try_get(0)?
            }
        };
        Ok(u64::try_from(number)?)
    }

    /// Whether the file is sound, by its own engine. A server says so by itself.
    pub(crate) fn is_sound(&self) -> Result<bool, Error> {
        let Self::File(path) = self else {
            return Ok(true);
        };
        let connection = rusqlite::Connection::open(path)?;
        let said: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        Ok(said == "ok")
    }

    /// Cuts one of the workers' connections, whichever the server names first.
    pub(crate) async fn cut_a_connection(&self) -> Result<(), Error> {
        if let Self::Schema(_) = self {
            let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE application_name = 'aspa' ORDER BY random() LIMIT 1";
            connect().await?.query(sql, &[]).await?;
        }
        Ok(())
    }

    pub(crate) async fn remove(&self) -> Result<(), Error> {
        if let Self::Schema(name) = self {
            let sql = format!("DROP SCHEMA IF EXISTS {name} CASCADE");
            connect().await?.batch_execute(&sql).await?;
        }
        Ok(())
    }
}

async fn connect() -> Result<Client, Error> {
    let (client, connection) = server()?.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}
