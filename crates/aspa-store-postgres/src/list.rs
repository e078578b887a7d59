use aspa_store::{
    Clocks, Error, ErrorKind, OutboxQuery, OutboxRow, TicketQuery, TicketRow, TicketSort, Versioned,
};
use aspa_ticket::Ticket;
use aspa_types::TicketId;
use tokio_postgres::types::{ToSql, Type};

use crate::fault::Failed;
use crate::json::{decode, limit, word};
use crate::store::Shared;
use crate::write::{conversation_digest, handle_digest};

/// A value and its type.
type Typed = (Box<dyn ToSql + Sync + Send>, Type);

/// A query of the lists, put together from the conditions that are given.
#[derive(Default)]
struct Select {
    conditions: String,
    values: Vec<Typed>,
}

impl Select {
    /// The place of a value in the statement.
    fn value(&mut self, value: impl ToSql + Sync + Send + 'static, kind: Type) -> String {
        self.values.push((Box::new(value), kind));
        format!("${}", self.values.len())
    }

    fn text(&mut self, value: &str) -> String {
        self.value(value.to_owned(), Type::TEXT)
    }

    fn and(&mut self, condition: &str) {
        self.conditions.push_str(" AND ");
        self.conditions.push_str(condition);
    }
}

/// The statement for a query; `after` is where the ticket stands after which it goes on.
fn select(tenant: i32, query: &TicketQuery, after: i64) -> (String, Vec<Typed>) {
    let mut select = Select::default();
    let tenant = select.value(tenant, Type::INT4);
    // The narrowest condition leads. A tag that leads has its rows in the order of lists; beside a
    // person or a customer it is looked up for each of their tickets.
    let by_tag = query.tag.is_some() && query.assignee.is_none() && query.customer.is_none();
    let mut from = "@.tickets AS t";
    if let Some(tag) = &query.tag {
        let tag = select.text(tag.as_str());
        if by_tag {
            from =
                "@.ticket_tags AS g JOIN @.tickets AS t ON t.tenant = g.tenant AND t.id = g.ticket";
            select.and(&format!("g.tenant = {tenant} AND g.tag = {tag}"));
        } else {
            select.and(&format!(
                "EXISTS (SELECT 1 FROM @.ticket_tags AS g
                     WHERE g.tenant = {tenant} AND g.ticket = t.id AND g.tag = {tag})"
            ));
        }
    }
    if let Some(customer) = &query.customer {
        let customer = select.value(handle_digest(customer), Type::BYTEA);
        select.and(&format!("t.customer_digest = {customer}"));
    }
    if let Some(agent) = &query.assignee {
        let agent = select.text(agent.as_str());
        select.and(&format!("t.assignee = {agent}"));
    }
    if let Some(account) = &query.account {
        let account = select.text(account.as_str());
        select.and(&format!("t.account = {account}"));
    }
    if let Some(category) = &query.category {
        let is_active = category.is_active();
        let category = select.text(&word(category.as_str()));
        select.and(&format!("t.category = {category}"));
        if is_active {
            select.and("t.active");
        }
    }
    if query.active {
        select.and("t.active");
    }
    let order = match (query.sort, by_tag) {
        (TicketSort::Breach, true) => "g.place, g.ticket",
        (TicketSort::Breach, false) => "t.place, t.id",
        _ => "t.id",
    };
    if let Some(id) = &query.after {
        let id = select.text(id.as_str());
        if query.sort == TicketSort::Breach {
            let place = select.value(after, Type::INT8);
            select.and(&format!("({order}) > ({place}, {id})"));
        } else {
            select.and(&format!("t.id > {id}"));
        }
    }
    let most = select.value(limit(query.limit()), Type::INT8);
    let sql = format!(
        "SELECT t.ticket, t.clocks FROM {from} WHERE t.tenant = {tenant} AND t.ticket IS NOT NULL{}
         ORDER BY {order} LIMIT {most}",
        select.conditions
    );
    (sql, select.values)
}

/// The tickets that a query asks for, in its order.
pub(crate) async fn tickets(
    shared: &Shared,
    tenant: i32,
    query: &TicketQuery,
) -> Result<Vec<TicketRow>, Failed> {
    let mut place = 0;
    if let (Some(after), TicketSort::Breach) = (&query.after, query.sort) {
        let sql =
            "SELECT place FROM @.tickets WHERE tenant = $1 AND id = $2 AND ticket IS NOT NULL";
        let rows = shared.query(sql, &[&tenant, &after.as_str()]).await?;
        place = rows.first().ok_or_else(|| nowhere(after))?.try_get(0)?;
    }
    let (sql, values) = select(tenant, query, place);
    let client = shared.client().await?;
    // Planned anew each time: how rare a tag or a person is decides where to begin.
    let rows = client
        .query_typed(&shared.sql(&sql), &typed(&values))
        .await?;
    let row = |row: &tokio_postgres::Row| {
        let (ticket, clocks): (&str, Option<&str>) = (row.try_get(0)?, row.try_get(1)?);
        Ok(ticket_row(ticket, clocks)?)
    };
    rows.iter().map(row).collect()
}

/// The effects that a query asks for, as they were queued.
pub(crate) async fn effects(
    shared: &Shared,
    tenant: i32,
    query: &OutboxQuery,
) -> Result<Vec<Versioned<OutboxRow>>, Failed> {
    let mut place: i64 = 0;
    if let Some(after) = &query.after {
        let sql = "SELECT seq FROM @.outbox WHERE tenant = $1 AND key = $2";
        let rows = shared.query(sql, &[&tenant, &after.as_str()]).await?;
        let nowhere = || {
            Error::new(ErrorKind::Invalid, "outbox")
                .with_detail(format_args!("after {after}, which is not there"))
        };
        place = rows.first().ok_or_else(nowhere)?.try_get(0)?;
    }
    let mut select = Select::default();
    let tenant = select.value(tenant, Type::INT4);
    let place = select.value(place, Type::INT8);
    let most = select.value(limit(query.limit()), Type::INT8);
    if let Some(account) = &query.account {
        let account = select.text(account.as_str());
        select.and(&format!("o.account = {account}"));
    }
    if let Some(key) = &query.conversation {
        let lane = select.value(conversation_digest(key), Type::BYTEA);
        select.and(&format!("o.lane_digest = {lane}"));
    }
    let mut page = format!(
        "SELECT o.seq, o.version, o.effect FROM @.outbox AS o
         WHERE o.tenant = {tenant} AND o.seq > {place}"
    );
    let end = format!("ORDER BY seq LIMIT {most}");
    let sql = if query.states.is_empty() {
        format!("{page}{} {end}", select.conditions)
    } else {
        // Each state has a run of the index of its own, already in order.
        page.push_str(" AND o.state = states.state");
        let states = query.states.iter().map(|state| word(state.as_str()));
        let states = select.value(states.collect::<Vec<_>>(), Type::TEXT_ARRAY);
        format!(
            "SELECT page.* FROM unnest({states}) AS states (state)
             CROSS JOIN LATERAL ({page}{} {end}) AS page {end}",
            select.conditions
        )
    };
    let client = shared.client().await?;
    let rows = client
        .query_typed(&shared.sql(&sql), &typed(&select.values))
        .await?;
    let row = |row: &tokio_postgres::Row| {
        let value = decode("outbox", "effect", row.try_get(2)?)?;
        let version = u64::try_from(row.try_get::<_, i64>(1)?).unwrap_or_default();
        Ok(Versioned { value, version })
    };
    rows.iter().map(row).collect()
}

/// Values and types as the driver takes them.
fn typed(values: &[Typed]) -> Vec<(&(dyn ToSql + Sync), Type)> {
    values
        .iter()
        .map(|(value, kind)| (value.as_ref() as &(dyn ToSql + Sync), kind.clone()))
        .collect()
}

fn ticket_row(ticket: &str, clocks: Option<&str>) -> Result<TicketRow, Error> {
    let ticket: Ticket = decode("tickets", "ticket", ticket)?;
    let clocks = clocks
        .map(|json| decode::<Clocks>("tickets", format_args!("clocks of {}", ticket.id), json));
    let clocks = clocks.transpose()?.unwrap_or_default();
    let mut row = TicketRow::new(ticket);
    row.breach_at = clocks.breach_at;
    row.timers = clocks.timers;
    Ok(row)
}

/// A page that goes on after what is not there.
fn nowhere(after: &TicketId) -> Error {
    Error::new(ErrorKind::Invalid, "tickets")
        .with_detail(format_args!("after {after}, which is not there"))
}
