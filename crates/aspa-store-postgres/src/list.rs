use aspa_store::{
    Clocks, Error, ErrorKind, OutboxQuery, OutboxRow, TicketQuery, TicketRow, TicketSort, Versioned,
};
use aspa_ticket::Ticket;
use tokio_postgres::types::{ToSql, Type};

use crate::fault::Failed;
use crate::json::{decode, limit, nanos, word};
use crate::search::queries;
use crate::store::Shared;
use crate::write::{conversation_digest, customer_digest, handle_digest};

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

/// Where the server expects at most so many texts with a word, their tickets are looked up and sorted;
/// else tickets are looked through in order, until a page has it. Both take some tens of milliseconds
/// where as many texts have it, out of some hundred thousand active tickets.
const FEW: u64 = 10_000;

/// The place of the clause that a search begins with, if few texts are expected to have it. A person or
/// a customer is narrow enough to begin with.
async fn leading(
    shared: &Shared,
    tenant: i32,
    query: &TicketQuery,
) -> Result<Option<usize>, Failed> {
    let Some(search) = query.text.as_ref().filter(|_| !is_narrow(query)) else {
        return Ok(None);
    };
    let client = shared.client().await?;
    let mut fewest = None;
    for (place, words) in queries(tenant, search).into_iter().enumerate() {
        let sql = shared.sql("EXPLAIN SELECT FROM @.texts WHERE words @@ $1::text::tsquery");
        let plan = client.query_typed(&sql, &[(&words, Type::TEXT)]).await?;
        let expected = match plan.first() {
            Some(line) => expected_rows(line.try_get(0)?),
            None => None,
        };
        let expected = expected.filter(|expected| *expected <= FEW);
        fewest = fewest.into_iter().chain(expected.map(|n| (n, place))).min();
    }
    Ok(fewest.map(|(_, place)| place))
}

/// How many rows the first line of a plan speaks of.
fn expected_rows(line: &str) -> Option<u64> {
    let (_, rows) = line.split_once(" rows=")?;
    let end = rows.find(|c: char| !c.is_ascii_digit())?;
    rows.get(..end)?.parse().ok()
}

fn is_narrow(query: &TicketQuery) -> bool {
    query.assignee.is_some() || query.handle.is_some() || query.customer.is_some()
}

/// The conditions of a query, and what its tickets are read from and sorted by; `leading` is the place of
/// the clause that it begins with.
fn conditions(
    tenant_number: i32,
    query: &TicketQuery,
    leading: Option<usize>,
) -> (Select, String, String) {
    let mut select = Select::default();
    let tenant = select.value(tenant_number, Type::INT4);
    select.and(&format!("t.tenant = {tenant} AND t.ticket IS NOT NULL"));
    // The narrowest condition leads. A tag that leads has its rows in the order of lists; beside a
    // person or a customer it is looked up for each of their tickets.
    let leads = !is_narrow(query) && query.text.is_none();
    let mut from = "@.tickets AS t".to_owned();
    let mut by_tag = false;
    for tag in &query.tags {
        let tag = select.text(tag.as_str());
        if leads && !by_tag {
            by_tag = true;
            from =
                "@.ticket_tags AS g JOIN @.tickets AS t ON t.tenant = g.tenant AND t.id = g.ticket"
                    .to_owned();
            select.and(&format!("g.tenant = {tenant} AND g.tag = {tag}"));
        } else {
            select.and(&format!(
                "EXISTS (SELECT 1 FROM @.ticket_tags AS o
                     WHERE o.tenant = {tenant} AND o.ticket = t.id AND o.tag = {tag})"
            ));
        }
    }
    if let Some(handle) = &query.handle {
        let handle = select.value(handle_digest(handle), Type::BYTEA);
        select.and(&format!("t.customer_digest = {handle}"));
    }
    if let Some(customer) = &query.customer {
        let customer = select.value(customer_digest(customer), Type::BYTEA);
        select.and(&format!(
            "t.customer_digest IN (SELECT l.handle_digest FROM @.links AS l
                 WHERE l.tenant = {tenant} AND l.customer_digest = {customer})"
        ));
    }
    if let Some(agent) = &query.assignee {
        let agent = select.text(agent.as_str());
        select.and(&format!("t.assignee = {agent}"));
    }
    if query.unassigned {
        select.and("t.assignee IS NULL");
    }
    if let Some(account) = &query.account {
        let account = select.text(account.as_str());
        select.and(&format!("t.account = {account}"));
    }
    if !query.categories.is_empty() {
        let words = query
            .categories
            .iter()
            .map(|category| word(category.as_str()));
        let words = select.value(words.collect::<Vec<_>>(), Type::TEXT_ARRAY);
        select.and(&format!("t.category = ANY({words})"));
    }
    if query.is_active() {
        select.and("t.active");
    }
    let mut between = |column: &str, from: Option<i64>, before: Option<i64>| {
        for (sign, end) in [(">=", from), ("<", before)] {
            if let Some(end) = end {
                let end = select.value(end, Type::INT8);
                select.and(&format!("{column} {sign} {end}"));
            }
        }
    };
    let (opened, active) = (&query.opened, &query.active_in);
    between("t.opened", opened.from.map(nanos), opened.before.map(nanos));
    // The latest come first, by the negative: at >= from is -at < 1 - from.
    let negative = |at| 1_i64.saturating_sub(nanos(at));
    between(
        "t.touched",
        active.before.map(negative),
        active.from.map(negative),
    );
    if let Some(search) = &query.text {
        for (place, words) in queries(tenant_number, search).into_iter().enumerate() {
            let words = select.text(&words);
            if leading == Some(place) {
                // On its own, so that the server does not plan to look through tickets in order.
                from = format!(
                    "(SELECT DISTINCT x.ticket FROM @.texts AS x WHERE x.tenant = {tenant}
                          AND x.words @@ {words}::text::tsquery OFFSET 0) AS f
                     JOIN @.tickets AS t ON t.tenant = {tenant} AND t.id = f.ticket"
                );
                continue;
            }
            select.and(&format!(
                "EXISTS (SELECT 1 FROM @.texts AS x WHERE x.tenant = {tenant} AND x.ticket = t.id
                     AND x.words @@ {words}::text::tsquery)"
            ));
        }
    }
    let order = match (query.sort, by_tag) {
        (TicketSort::Breach, true) => "g.place, g.ticket",
        (TicketSort::Breach, false) => "t.place, t.id",
        (TicketSort::Activity, _) => "t.touched, t.id",
        _ => "t.id",
    };
    (select, from, order.to_owned())
}

/// The statement for a query.
fn select(tenant: i32, query: &TicketQuery, leading: Option<usize>) -> (String, Vec<Typed>) {
    let (mut select, from, order) = conditions(tenant, query, leading);
    if let Some(after) = &query.after {
        let id = select.text(after.id.as_str());
        if query.sort == TicketSort::Id {
            select.and(&format!("t.id > {id}"));
        } else {
            let place = select.value(after.place, Type::INT8);
            select.and(&format!("({order}) > ({place}, {id})"));
        }
    }
    let most = select.value(limit(query.limit()), Type::INT8);
    let sql = format!(
        "SELECT t.ticket, t.clocks FROM {from} WHERE true{} ORDER BY {order} LIMIT {most}",
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
    if query.contradicts_itself() {
        return Ok(Vec::new());
    }
    let leading = leading(shared, tenant, query).await?;
    let (sql, values) = select(tenant, query, leading);
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

/// How many tickets a query finds, up to `most`.
pub(crate) async fn count(
    shared: &Shared,
    tenant: i32,
    query: &TicketQuery,
    most: usize,
) -> Result<usize, Failed> {
    if query.contradicts_itself() {
        return Ok(0);
    }
    let leading = leading(shared, tenant, query).await?;
    let (mut select, from, _) = conditions(tenant, query, leading);
    let most = select.value(limit(most), Type::INT8);
    let sql = format!(
        "SELECT count(*) FROM (SELECT 1 FROM {from} WHERE true{} LIMIT {most}) AS found",
        select.conditions
    );
    let client = shared.client().await?;
    let rows = client
        .query_typed(&shared.sql(&sql), &typed(&select.values))
        .await?;
    let count: i64 = rows.first().map_or(Ok(0), |row| row.try_get(0))?;
    Ok(usize::try_from(count).unwrap_or_default())
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

#[cfg(test)]
mod tests {
    use super::expected_rows;

    #[test]
    fn a_plan_says_how_many_rows_it_expects() {
        let line = "Bitmap Heap Scan on texts  (cost=92.6..4881.1 rows=2816 width=0)";
        assert_eq!(expected_rows(line), Some(2816));
        assert_eq!(expected_rows("Result  (cost=0.00..0.01)"), None);
    }
}
