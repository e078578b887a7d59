use std::error::Error as StdError;
use std::fmt;

use aspa_crm::{Error, ErrorKind};
use async_trait::async_trait;
use bytes::BytesMut;
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use serde_json::Value;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::types::{Format, FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Config, NoTls, Socket};

use crate::{Answer, Database, Dialect, Refused, Row, Statement};

/// A PostgreSQL database, by up to four connections that are opened when they are needed.
#[derive(Clone)]
pub struct Postgres {
    pool: Pool,
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Postgres")
    }
}

impl Postgres {
    /// The database of this connection string, `host=… user=… dbname=…` or `postgres://…`, without TLS: a
    /// server of this machine or of a private network. Opens nothing yet.
    ///
    /// # Errors
    ///
    /// `Invalid` naming `url` where it cannot be read.
    pub fn new(url: &str) -> Result<Self, Error> {
        Self::with_tls(url, NoTls)
    }

    /// The same by TLS of the host's choice.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn with_tls<T>(url: &str, tls: T) -> Result<Self, Error>
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send + Sync,
        T::TlsConnect: Send + Sync,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let invalid = || {
            let field = "url".to_owned();
            Error::new(ErrorKind::Invalid { field }, "connect")
        };
        let mut config: Config = url.parse().map_err(|_| invalid())?;
        // Columns without a zone are taken for UTC.
        let options = config.get_options().unwrap_or_default();
        config.options(format!("{options} -c TimeZone=UTC"));
        let recycling_method = RecyclingMethod::Fast;
        let manager = Manager::from_config(config, tls, ManagerConfig { recycling_method });
        let pool = Pool::builder(manager).max_size(4);
        let pool = pool.runtime(Runtime::Tokio1).build();
        let pool = pool.map_err(|error| invalid().caused_by(error))?;
        Ok(Self { pool })
    }
}

/// A value as text, whatever type the statement wants there.
#[derive(Debug)]
struct Text<'a>(&'a Option<String>);

impl ToSql for Text<'_> {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        Ok(match self.0 {
            None => IsNull::Yes,
            Some(text) => {
                out.extend_from_slice(text.as_bytes());
                IsNull::No
            }
        })
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

/// A column that was read: a text or a whole number; anything else is none.
struct Read(Value);

impl<'a> FromSql<'a> for Read {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self(match *kind {
            Type::INT4 => i32::from_sql(kind, raw)?.to_string().into(),
            Type::INT8 => i64::from_sql(kind, raw)?.to_string().into(),
            Type::TEXT | Type::VARCHAR => <&str>::from_sql(kind, raw)?.into(),
            _ => Value::Null,
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Self(Value::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// The marks `?` as PostgreSQL numbers them, `$1`, but those in a name.
fn numbered(sql: &str) -> String {
    let (mut text, mut number, mut in_name) = (String::with_capacity(sql.len() + 8), 0, false);
    for c in sql.chars() {
        match c {
            '?' if !in_name => {
                number += 1;
                text.push_str(&format!("${number}"));
            }
            c => {
                in_name ^= c == '"';
                text.push(c);
            }
        }
    }
    text
}

fn refused(error: &tokio_postgres::Error) -> Refused {
    if error.code() == Some(&SqlState::UNIQUE_VIOLATION) {
        return Refused::Taken;
    }
    match error.code().map(|code| code.code().get(..2)) {
        // The connection broke, or the server went down: at the end of a transaction nobody knows.
        None | Some(Some("08" | "57")) => Refused::Lost,
        // Given up so that another could go on, or too much is asked of the server; all was taken back.
        Some(Some("40" | "53" | "55")) => Refused::Unavailable,
        Some(_) => Refused::Invalid,
    }
}

#[async_trait]
impl Database for Postgres {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    async fn run(&self, statements: Vec<Statement>) -> Result<Answer, Refused> {
        let client = self.pool.get().await;
        let mut client = client.map_err(|_| Refused::Unavailable)?;
        all(&mut client, &statements)
            .await
            .map_err(|error| refused(&error))
    }
}

async fn all(
    client: &mut deadpool_postgres::Client,
    statements: &[Statement],
) -> Result<Answer, tokio_postgres::Error> {
    let transaction = client.transaction().await?;
    let mut answer = Answer::default();
    for statement in statements {
        let prepared = transaction.prepare(&numbered(&statement.sql)).await?;
        let values: Vec<Text<'_>> = statement.values.iter().map(Text).collect();
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|v| v as _).collect();
        let changed = if prepared.columns().is_empty() {
            transaction.execute(&prepared, &values).await?
        } else {
            answer.rows.clear();
            for row in transaction.query(&prepared, &values).await? {
                let mut read = Row::new();
                for (place, column) in row.columns().iter().enumerate() {
                    read.insert(column.name().to_owned(), row.try_get::<_, Read>(place)?.0);
                }
                answer.rows.push(read);
            }
            answer.rows.len() as u64
        };
        if statement.needs_a_row && changed == 0 {
            // What is not committed is taken back.
            return Ok(answer);
        }
        answer.changed.push(changed);
    }
    transaction.commit().await?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_get_numbers_and_names_stay() {
        let sql = r#"UPDATE "a?" SET "b""?" = ? WHERE c = ?"#;
        let wanted = r#"UPDATE "a?" SET "b""?" = $1 WHERE c = $2"#;
        assert_eq!(numbered(sql), wanted);
    }

    #[test]
    fn a_connection_string_that_is_none_is_told_without_it() {
        let error = Postgres::new("host=").or(Postgres::new("hush = = x"));
        assert!(!format!("{:?}", error.unwrap_err()).contains("hush"));
    }
}
