use aspa_store::{OutboxQuery, OutboxState};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use crate::claim::limit;

/// A query of the lists, put together from the conditions that are given.
#[derive(Debug, Default)]
struct Select {
    conditions: String,
    values: Vec<Value>,
}

impl Select {
    /// Adds a condition; each `?` in it stands for one of the values.
    fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.conditions.push_str(" AND ");
        self.conditions.push_str(condition);
        self.values.extend(values);
    }
}

/// The effects that a query asks for, as they were queued: version and row. `None`: the effect after
/// which it goes on is not there.
pub(crate) fn effects(
    connection: &Connection,
    tenant: i64,
    query: &OutboxQuery,
) -> Result<Option<Vec<(u64, String)>>, rusqlite::Error> {
    let after = match &query.after {
        None => Some(0),
        Some(key) => connection
            .prepare_cached("SELECT seq FROM outbox WHERE tenant = ?1 AND key = ?2")?
            .query_row(params![tenant, key.as_str()], |row| row.get::<_, i64>(0))
            .optional()?,
    };
    let Some(after) = after else { return Ok(None) };
    let text = |text: &str| Value::Text(text.to_owned());
    // Each state has a run of the index of its own, already in order.
    let mut states: Vec<Option<&OutboxState>> = query.states.iter().map(Some).collect();
    if states.is_empty() {
        states.push(None);
    }
    let mut rows: Vec<(i64, u64, String)> = Vec::new();
    for state in states {
        let mut select = Select::default();
        select.and("seq > ?", [Value::Integer(after)]);
        select.and("tenant = ?", [Value::Integer(tenant)]);
        if let Some(state) = state {
            select.and("state = ?", [text(state.as_str())]);
        }
        if let Some(account) = &query.account {
            select.and("account = ?", [text(account.as_str())]);
        }
        if let Some(key) = &query.conversation {
            let values = [text(key.account.as_str()), text(&key.id)];
            select.and("account = ? AND conversation = ?", values);
        }
        let index = if state.is_some() {
            "INDEXED BY outbox_state"
        } else {
            "NOT INDEXED"
        };
        let sql = format!(
            "SELECT seq, version, effect FROM outbox {index} WHERE 1 = 1{} ORDER BY seq LIMIT {}",
            select.conditions,
            limit(query.limit()),
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let found = statement.query_map(params_from_iter(select.values), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
        for row in found {
            rows.push(row?);
        }
    }
    rows.sort_by_key(|(seq, ..)| *seq);
    rows.truncate(query.limit());
    let rows = rows.into_iter().map(|(_, version, json)| (version, json));
    Ok(Some(rows.collect()))
}

/// One column of JSON from a query.
pub(crate) fn column(
    connection: &Connection,
    sql: &str,
    values: impl rusqlite::Params,
) -> Result<Vec<String>, rusqlite::Error> {
    connection
        .prepare_cached(sql)?
        .query_map(values, |row| row.get(0))?
        .collect()
}
