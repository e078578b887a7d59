use aspa_store::{Error, ErrorKind, OutboxQuery, OutboxState, TicketQuery, TicketSort};
use aspa_types::TicketId;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};

use crate::claim::limit;

/// A ticket and its clocks, as they are stored.
pub(crate) type TicketJson = (String, Option<String>);

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

/// The tickets that a query asks for, in its order. `None`: the ticket after which it goes on is
/// not there, so that nobody can tell where that is.
pub(crate) fn tickets(
    connection: &Connection,
    tenant: i64,
    query: &TicketQuery,
) -> Result<Option<Vec<TicketJson>>, rusqlite::Error> {
    let after = match (&query.after, query.sort) {
        (Some(after), TicketSort::Breach) => match place_of(connection, tenant, after)? {
            Some(place) => place,
            None => return Ok(None),
        },
        _ => 0,
    };
    let (sql, values) = select(tenant, query, after);
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(values), |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    rows.collect::<Result<_, _>>().map(Some)
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

/// The statement for a query; `after` is where the ticket stands after which it goes on.
fn select(tenant: i64, query: &TicketQuery, after: i64) -> (String, Vec<Value>) {
    let text = |text: &str| Value::Text(text.to_owned());
    // The narrowest condition leads; the planner knows no figures and is not asked.
    let by_tag = query.assignee.is_none() && query.customer.is_none();
    let lead = match query {
        TicketQuery {
            customer: Some(_), ..
        } => "abouts AS lead CROSS JOIN tickets ON tickets.about = lead.id",
        TicketQuery {
            assignee: Some(_), ..
        } => "tickets INDEXED BY tickets_assignee",
        TicketQuery { tag: Some(_), .. } => {
            "ticket_tags AS lead CROSS JOIN tickets ON tickets.tenant = lead.tenant AND tickets.id = lead.ticket"
        }
        _ => "tickets",
    };
    let mut select = Select::default();
    select.and(
        "tickets.tenant = ? AND tickets.ticket IS NOT NULL",
        [tenant.into()],
    );
    if let Some(customer) = &query.customer {
        select.and(
            "lead.tenant = ? AND lead.customer = ?",
            [tenant.into(), text(&customer.to_string())],
        );
    }
    if let Some(agent) = &query.assignee {
        select.and("tickets.assignee = ?", [text(agent.as_str())]);
    }
    if let Some(tag) = &query.tag {
        if by_tag {
            select.and(
                "lead.tenant = ? AND lead.tag = ?",
                [tenant.into(), text(tag.as_str())],
            );
        } else {
            select.and(
                "EXISTS (SELECT 1 FROM ticket_tags AS tags WHERE tags.tenant = tickets.tenant AND tags.tag = ?
                 AND tags.place = tickets.place AND tags.ticket = tickets.id)",
                [text(tag.as_str())],
            );
        }
    }
    if let Some(account) = &query.account {
        select.and(
            "(SELECT account FROM abouts WHERE abouts.id = tickets.about) = ?",
            [text(account.as_str())],
        );
    }
    if let Some(category) = &query.category {
        select.and("tickets.category = ?", [text(category.as_str())]);
    }
    if query.active
        || query
            .category
            .as_ref()
            .is_some_and(aspa_ticket::Category::is_active)
    {
        select.and("tickets.active = 1", []);
    }
    // Where the tag leads, its own columns are in the order asked for.
    let (place, id) = match by_tag && query.tag.is_some() {
        true => ("lead.place", "lead.ticket"),
        false => ("tickets.place", "tickets.id"),
    };
    let order = match query.sort {
        TicketSort::Breach => format!("{place}, {id}"),
        _ => id.to_owned(),
    };
    if let Some(id) = &query.after {
        match query.sort {
            TicketSort::Breach => {
                select.and(
                    &format!("({order}) > (?, ?)"),
                    [after.into(), text(id.as_str())],
                );
            }
            _ => select.and(&format!("{order} > ?"), [text(id.as_str())]),
        }
    }
    select.values.push(limit(query.limit()).into());
    let sql = format!(
        "SELECT tickets.ticket, tickets.clocks FROM {lead} WHERE 1{} ORDER BY {order} LIMIT ?",
        select.conditions
    );
    (sql, select.values)
}

fn place_of(
    connection: &Connection,
    tenant: i64,
    id: &TicketId,
) -> Result<Option<i64>, rusqlite::Error> {
    connection
        .prepare_cached(
            "SELECT place FROM tickets WHERE tenant = ?1 AND id = ?2 AND ticket IS NOT NULL",
        )?
        .query_row(params![tenant, id.as_str()], |row| row.get(0))
        .optional()
}

/// A page that goes on after what is not there.
pub(crate) fn nowhere(after: Option<&TicketId>) -> Error {
    let error = Error::new(ErrorKind::Invalid, "tickets");
    match after {
        Some(after) => error.with_detail(format_args!("after {after}, which is not there")),
        None => error,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// How SQLite says that it will look for them.
    fn plan(query: &TicketQuery) -> String {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(include_str!("schema/001.sql"))
            .unwrap();
        let (sql, values) = select(1, query, 0);
        let mut explain = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap();
        let steps = explain
            .query_map(params_from_iter(values), |row| row.get::<_, String>(3))
            .unwrap();
        steps.map(Result::unwrap).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn lists_are_read_in_order_from_an_index() {
        let mut all = TicketQuery::default();
        let mut active = TicketQuery::default();
        (active.active, active.sort) = (true, TicketSort::Breach);
        let mut open = active.clone();
        open.category = Some("open".into());
        let mut tagged = active.clone();
        tagged.tag = Some("delivery".parse().unwrap());
        let mut mine = tagged.clone();
        mine.assignee = Some("maija".parse().unwrap());
        for (query, index) in [
            (&mut all, "sqlite_autoindex_tickets_1"),
            (&mut active, "tickets_place"),
            (&mut open, "tickets_place"),
            (&mut tagged, "lead USING PRIMARY KEY (tenant=? AND tag=?"),
            (&mut mine, "tickets_assignee (tenant=? AND assignee=?"),
        ] {
            for after in [None, Some("t-1".parse().unwrap())] {
                query.after = after;
                let plan = plan(query);
                assert!(
                    plan.contains(index) && !plan.contains("B-TREE"),
                    "{query:?}\n{plan}"
                );
            }
        }
    }
}
