use std::fmt;

use aspa_crm::{Error, ErrorKind};
use async_trait::async_trait;
use mysql_async::prelude::Queryable;
use mysql_async::{
    Conn, Opts, OptsBuilder, Params, Pool, PoolConstraints, PoolOpts, TxOpts, Value as Read,
};
use serde_json::Value;

use crate::{Answer, Database, Dialect, Refused, Row, Statement};

/// What each connection is told first, whatever the server's own settings are.
///
/// Names stand in `"`, and a backslash is one; a value that does not fit is refused and not cut; moments are
/// in UTC. Texts of different spelling differ, spaces at the end included. A transaction sees what others
/// have committed by now, and locks only rows that it changes. The handles of a customer come whole.
const SESSION: &str = "SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES,\
     ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', \
     character_set_client = utf8mb4, character_set_results = utf8mb4, \
     collation_connection = utf8mb4_nopad_bin, tx_isolation = 'READ-COMMITTED', \
     group_concat_max_len = 16777216";

/// A MariaDB database, by up to four connections that are opened when they are needed, on the Tokio
/// runtime that they are used on first.
#[derive(Clone)]
pub struct MariaDb {
    pool: Pool,
}

impl fmt::Debug for MariaDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MariaDb")
    }
}

impl MariaDb {
    /// The database of this address, `mysql://user:password@host/database` with `?socket=/path` for a
    /// socket, without TLS: a server of this machine or of a private network. Opens nothing yet.
    ///
    /// # Errors
    ///
    /// `Invalid` naming `url` where it cannot be read.
    pub fn new(url: &str) -> Result<Self, Error> {
        let field = "url".to_owned();
        // What the parser says may quote the address, which has the password in it.
        let opts =
            Opts::from_url(url).map_err(|_| Error::new(ErrorKind::Invalid { field }, "connect"))?;
        let few = PoolConstraints::new(0, 4).unwrap_or_default();
        let pool = PoolOpts::default()
            .with_constraints(few)
            .with_reset_connection(false);
        let opts = OptsBuilder::from_opts(opts)
            .setup(vec![SESSION])
            // A row that is set to what it is was there all the same.
            .client_found_rows(true)
            .pool_opts(pool);
        Ok(Self {
            pool: Pool::new(opts),
        })
    }
}

fn refused(error: &mysql_async::Error) -> Refused {
    let mysql_async::Error::Server(error) = error else {
        return Refused::Lost;
    };
    match error.code {
        // The server goes down or ended the connection: at the end of a transaction nobody knows.
        1053 | 1180 | 1927 => Refused::Lost,
        // Given up so that another could go on (1020, 1205, 1213), it may only read (1290, 1792, 1836), or
        // too much is asked of the server; all was taken back.
        1020 | 1021 | 1037 | 1040 | 1041 | 1114 | 1203 | 1205 | 1213 | 1226 | 1290 | 1792
        | 1836 => Refused::Unavailable,
        1062 => Refused::Taken,
        _ => Refused::Invalid,
    }
}

#[async_trait]
impl Database for MariaDb {
    fn dialect(&self) -> Dialect {
        Dialect::MariaDb
    }

    async fn run(&self, statements: Vec<Statement>) -> Result<Answer, Refused> {
        let pool = self.pool.clone();
        // A call that is given up goes on to its end, so that no connection stays amid an answer.
        let work = tokio::spawn(async move {
            let mut client = pool.get_conn().await.map_err(|_| Refused::Unavailable)?;
            all(&mut client, statements).await.map_err(|e| refused(&e))
        });
        work.await.map_err(|_| Refused::Lost)?
    }
}

async fn all(client: &mut Conn, statements: Vec<Statement>) -> Result<Answer, mysql_async::Error> {
    let mut transaction = client.start_transaction(TxOpts::default()).await?;
    let mut answer = Answer::default();
    for statement in statements {
        let values = statement.values.into_iter().map(Read::from).collect();
        let mut result = transaction
            .exec_iter(statement.sql, Params::Positional(values))
            .await?;
        let changed = if result.columns_ref().is_empty() {
            result.affected_rows()
        } else {
            let rows = result.collect::<mysql_async::Row>().await?;
            answer.rows = rows.into_iter().map(read).collect();
            answer.rows.len() as u64
        };
        drop(result);
        if statement.needs_a_row && changed == 0 {
            transaction.rollback().await?;
            return Ok(answer);
        }
        answer.changed.push(changed);
    }
    transaction.commit().await?;
    Ok(answer)
}

/// A row that was read: texts and whole numbers; anything else is none.
fn read(row: mysql_async::Row) -> Row {
    let columns = row.columns();
    let names = columns.iter().map(|column| column.name_str().into_owned());
    let values = row.unwrap_raw().into_iter().map(|value| match value {
        Some(Read::Bytes(text)) => String::from_utf8_lossy(&text).into_owned().into(),
        Some(Read::Int(number)) => number.to_string().into(),
        Some(Read::UInt(number)) => number.to_string().into(),
        _ => Value::Null,
    });
    names.zip(values).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_none_is_told_without_it() {
        for url in ["mysql://me:hush@[", "mysql://me:hush@host/d?hush=1", "hush"] {
            let error = MariaDb::new(url).unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Invalid { field } if field == "url"));
            let mut told = format!("{error:?} {error}");
            let mut source = std::error::Error::source(&error);
            while let Some(inner) = source {
                told.push_str(&inner.to_string());
                source = inner.source();
            }
            assert!(!told.contains("hush"), "{told}");
        }
    }
}
