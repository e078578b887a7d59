//! Lists of tickets. A list is read in its order from an index that knows what most lists ask, or put
//! in order where few tickets can fit; which of the two, is found by counting a little first.

use std::collections::BTreeSet;

use aspa_store::{TicketCursor, TicketQuery, TicketRow, TicketSort};
use aspa_ticket::{Category, Ticket};
use aspa_types::CustomerId;
use rusqlite::types::Value;
use rusqlite::{Connection, Transaction, params_from_iter};

use crate::batch::levels;
use crate::claim::limit;
use crate::json::decode;
use crate::search::{hits, mark};

/// A ticket and its clocks, as they are stored.
pub(crate) type TicketJson = (String, Option<String>);

/// Where a ticket stands in a list, and its number.
type Place = (i64, String, i64);

/// Up to so many tickets are looked at one by one and put in order, rather than read in it.
const FEW: usize = 2_000;

/// The tickets that a query asks for, in its order.
pub(crate) fn tickets(
    connection: &Connection,
    tenant: i64,
    query: &TicketQuery,
) -> Result<Vec<TicketJson>, rusqlite::Error> {
    let inbox = Inbox::new(connection, tenant, query)?;
    let mut rows = Vec::new();
    let mut read = connection.prepare_cached(
        "SELECT ticket, clocks FROM tickets WHERE number = ?1 AND ticket IS NOT NULL",
    )?;
    for (.., number) in inbox.page(query.limit())? {
        let row = read.query_map([number], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for row in row {
            rows.push(row?);
        }
    }
    Ok(rows)
}

/// How many tickets a query finds, up to `most`.
pub(crate) fn count(
    connection: &Connection,
    tenant: i64,
    query: &TicketQuery,
    most: usize,
) -> Result<usize, rusqlite::Error> {
    let mut query = query.clone();
    (query.sort, query.after) = (TicketSort::Breach, None);
    Ok(Inbox::new(connection, tenant, &query)?.page(most)?.len())
}

/// As a column holds a customer.
pub(crate) fn customer_text(id: &CustomerId) -> String {
    format!("{}\u{1f}{}", id.system, id.id)
}

/// What a list is read from.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Lead {
    /// Tickets about some handles.
    Handles,
    Assignee,
    Tag,
    /// A tag of one person's tickets, or of nobody's.
    AssigneeAndTag,
    Account,
    Opened,
    Touched,
    /// All in the order of `place`.
    Place,
    Id,
}

impl Lead {
    /// The orders in which its index gives tickets.
    fn has_order(self, sort: TicketSort) -> bool {
        match self {
            Self::Assignee | Self::Tag | Self::AssigneeAndTag | Self::Account | Self::Place => {
                sort == TicketSort::Breach
            }
            Self::Touched => sort == TicketSort::Activity,
            Self::Id => sort == TicketSort::Id,
            Self::Handles | Self::Opened => false,
        }
    }

    /// Whether active tickets lie apart from others in its index.
    fn keeps_active_apart(self) -> bool {
        self.has_order(TicketSort::Breach)
    }

    fn knows_tag(self) -> bool {
        matches!(self, Self::Tag | Self::AssigneeAndTag)
    }

    fn knows_assignee(self) -> bool {
        matches!(self, Self::Assignee | Self::AssigneeAndTag)
    }

    fn from(self) -> &'static str {
        match self {
            Self::Handles => {
                "abouts AS lead CROSS JOIN tickets AS t INDEXED BY tickets_about ON t.about = lead.id"
            }
            Self::Assignee => "tickets AS t INDEXED BY tickets_assignee",
            Self::Tag => "ticket_tags AS t",
            Self::AssigneeAndTag => "ticket_tags AS t INDEXED BY ticket_tags_assignee",
            Self::Account => "tickets AS t INDEXED BY tickets_account",
            Self::Opened => "tickets AS t INDEXED BY tickets_opened",
            Self::Touched => "tickets AS t INDEXED BY tickets_touched",
            Self::Place => "tickets AS t INDEXED BY tickets_place",
            Self::Id => "tickets AS t",
        }
    }
}

struct Inbox<'q> {
    connection: &'q Connection,
    tenant: i64,
    query: &'q TicketQuery,
    /// JSON of the handles that tickets may be about, if not any.
    handles: Option<String>,
    /// The tickets that the words are in, ascending.
    hits: Option<Vec<i64>>,
}

impl<'q> Inbox<'q> {
    fn new(
        connection: &'q Connection,
        tenant: i64,
        query: &'q TicketQuery,
    ) -> Result<Self, rusqlite::Error> {
        let hits = match &query.text {
            Some(search) => Some(hits(connection, tenant, search)?),
            None => None,
        };
        let mut handles = None;
        if let Some(customer) = &query.customer {
            let sql = "SELECT handle FROM links WHERE tenant = ?1 AND customer = ?2";
            let mut find = connection.prepare_cached(sql)?;
            let linked = find
                .query_map(rusqlite::params![tenant, customer_text(customer)], |row| {
                    row.get(0)
                })?;
            handles = Some(linked.collect::<Result<Vec<String>, _>>()?);
        }
        if let Some(handle) = &query.handle {
            let handle = handle.to_string();
            let linked = handles
                .as_ref()
                .is_none_or(|linked| linked.contains(&handle));
            handles = Some(linked.then_some(handle).into_iter().collect());
        }
        Ok(Self {
            connection,
            tenant,
            query,
            handles: handles.map(|handles| serde_json::Value::from(handles).to_string()),
            hits,
        })
    }

    /// The first tickets of the list, in its order.
    fn page(&self, most: usize) -> Result<Vec<Place>, rusqlite::Error> {
        if self.query.contradicts_itself() {
            return Ok(Vec::new());
        }
        let lead = self.lead()?;
        let Some(hits) = &self.hits else {
            return self
                .walk(lead, most, usize::MAX, |_| true)
                .map(|(page, _)| page);
        };
        if hits.len() > FEW {
            let chosen = Chosen::new(hits);
            // As long as it is no more work than to look at each ticket that has the words.
            let patience = hits.len().saturating_mul(8);
            let (page, ended) = self.walk(lead, most, patience, |number| chosen.has(number))?;
            if ended {
                return Ok(page);
            }
        }
        self.each(hits, most)
    }

    /// The smallest set of tickets that there is an index of, or else the one in the right order.
    fn lead(&self) -> Result<Lead, rusqlite::Error> {
        let query = self.query;
        if self.handles.is_some() {
            return Ok(Lead::Handles);
        }
        let mut leads = Vec::new();
        match (
            query.assignee.is_some() || query.unassigned,
            query.tags.is_empty(),
        ) {
            (true, false) => leads.push(Lead::AssigneeAndTag),
            (true, true) => leads.push(Lead::Assignee),
            (false, false) => leads.push(Lead::Tag),
            (false, true) => {}
        }
        if query.account.is_some() {
            leads.push(Lead::Account);
        }
        if !query.active_in.is_everything() && query.sort != TicketSort::Activity {
            leads.push(Lead::Touched);
        }
        if !query.opened.is_everything() {
            leads.push(Lead::Opened);
        }
        let usual = match query.sort {
            TicketSort::Breach => Lead::Place,
            TicketSort::Activity => Lead::Touched,
            _ => Lead::Id,
        };
        for few in [FEW / 8, FEW, FEW * 16] {
            for lead in &leads {
                let ordered = lead.has_order(query.sort);
                if (few <= FEW || ordered) && self.count(*lead, few)? < few {
                    return Ok(*lead);
                }
            }
        }
        let ordered = leads.into_iter().find(|lead| lead.has_order(query.sort));
        Ok(ordered.unwrap_or(usual))
    }

    /// How many entries an index has, up to `most`.
    fn count(&self, lead: Lead, most: usize) -> Result<usize, rusqlite::Error> {
        let mut select = Select::new(lead);
        self.lead_conditions(&mut select, self.actives());
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM {} WHERE 1{} LIMIT {most})",
            lead.from(),
            select.conditions
        );
        let mut count = self.connection.prepare_cached(&sql)?;
        count.query_row(params_from_iter(select.values), |row| row.get(0))
    }

    /// Whether active tickets, others or both can fit.
    fn actives(&self) -> &'static [i64] {
        let none_active = || !self.query.categories.iter().any(Category::is_active);
        if self.query.is_active() {
            &[1]
        } else if !self.query.categories.is_empty() && none_active() {
            &[0]
        } else {
            &[0, 1]
        }
    }

    /// Reads the list up to `most` tickets that are `chosen`, or until it has looked at as many as it
    /// has patience for. Returns whether it came to the end of one or the other in time.
    fn walk(
        &self,
        lead: Lead,
        most: usize,
        patience: usize,
        chosen: impl Fn(i64) -> bool,
    ) -> Result<(Vec<Place>, bool), rusqlite::Error> {
        let mut all = Vec::new();
        let mut ended = true;
        // Active tickets and the others lie apart in most indexes, each in order.
        let runs: Vec<&[i64]> = match lead.keeps_active_apart() {
            true => self.actives().chunks(1).collect(),
            false => vec![self.actives()],
        };
        for run in &runs {
            let mut select = Select::new(lead);
            self.lead_conditions(&mut select, run);
            self.conditions(&mut select, run);
            select.after(self.query.after.as_ref());
            let sql = select.sql(self.query.sort, self.hits.is_none().then_some(most));
            let mut statement = self.connection.prepare_cached(&sql)?;
            let mut rows = statement.query(params_from_iter(select.values))?;
            let (mut taken, mut looked) = (0, 0);
            while taken < most {
                let Some(row) = rows.next()? else { break };
                looked += 1;
                if looked > patience {
                    ended = false;
                    break;
                }
                let number = row.get(2)?;
                if chosen(number) {
                    taken += 1;
                    all.push((row.get(0)?, row.get(1)?, number));
                }
            }
        }
        if runs.len() > 1 {
            all.sort_unstable();
            all.truncate(most);
        }
        Ok((all, ended))
    }

    /// Looks at each of some tickets, and puts those that fit in order.
    fn each(&self, numbers: &[i64], most: usize) -> Result<Vec<Place>, rusqlite::Error> {
        let mut select = Select::new(Lead::Id);
        self.conditions(&mut select, self.actives());
        if let Some(handles) = &self.handles {
            let sql = "(SELECT customer FROM abouts WHERE abouts.id = t.about) IN (SELECT value FROM json_each(?))";
            select.and(sql, [handles.clone().into()]);
        }
        if let Some(account) = &self.query.account {
            select.and("t.account = ?", [text(account.as_str())]);
        }
        select.after(self.query.after.as_ref());
        select.and("t.number = ?", []);
        let place = select.place(self.query.sort);
        let sql = format!(
            "SELECT {place}, t.id, t.number FROM tickets AS t WHERE t.tenant = ? AND t.place IS NOT NULL{}",
            select.conditions
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut values = vec![Value::from(self.tenant)];
        values.append(&mut select.values);
        for (place, value) in values.iter().enumerate() {
            statement.raw_bind_parameter(place + 1, value)?;
        }
        let mut all = Vec::new();
        for number in numbers {
            statement.raw_bind_parameter(values.len() + 1, number)?;
            let mut rows = statement.raw_query();
            if let Some(row) = rows.next()? {
                all.push((row.get(0)?, row.get(1)?, row.get(2)?));
            }
        }
        all.sort_unstable();
        all.truncate(most);
        Ok(all)
    }

    /// What the index of a lead is entered by.
    fn lead_conditions(&self, select: &mut Select, actives: &[i64]) {
        let query = self.query;
        if let (Lead::Handles, Some(handles)) = (select.lead, &self.handles) {
            let sql = "lead.tenant = ? AND lead.customer IN (SELECT value FROM json_each(?))";
            select.and(sql, [self.tenant.into(), handles.clone().into()]);
        }
        select.and("t.tenant = ?", [self.tenant.into()]);
        if select.lead.knows_tag() {
            let tag = query.tags.first().map(|tag| text(tag.as_str()));
            select.and("t.tag = ?", tag);
        }
        if select.lead.knows_assignee() {
            match &query.assignee {
                Some(agent) => select.and("t.assignee = ?", [text(agent.as_str())]),
                None => select.and("t.assignee IS NULL", []),
            }
        }
        match select.lead {
            Lead::Account => {
                let account = query.account.as_ref().map(|account| text(account.as_str()));
                select.and("t.account = ?", account);
            }
            Lead::Opened => {
                select.between("t.opened", query.opened.from, query.opened.before, false);
                select.and("t.opened IS NOT NULL", []);
            }
            Lead::Touched => {
                select.between(
                    "t.touched",
                    query.active_in.from,
                    query.active_in.before,
                    true,
                );
                select.and("t.touched IS NOT NULL", []);
            }
            _ => {}
        }
        if select.lead.keeps_active_apart() {
            select.and(one_of(actives), []);
            select.and("t.place IS NOT NULL", []);
        }
    }

    /// What else has to hold.
    fn conditions(&self, select: &mut Select, actives: &[i64]) {
        let (query, lead) = (self.query, select.lead);
        if !query.categories.is_empty() {
            let words = query
                .categories
                .iter()
                .map(|category| text(category.as_str()));
            let marks = vec!["?"; query.categories.len()].join(", ");
            select.and(&format!("t.category IN ({marks})"), words);
        }
        if actives.len() == 1 && lead == Lead::Touched {
            // Its index knows the category and not whether that is an active one.
            let not = if actives == [1] { "NOT " } else { "" };
            select.and(
                &format!("t.category {not}IN ('resolved', 'closed', 'bundled')"),
                [],
            );
        } else if matches!(lead, Lead::Handles | Lead::Opened | Lead::Id) {
            select.and(one_of(actives), []);
        }
        if matches!(lead, Lead::Handles | Lead::Opened | Lead::Id) {
            select.and("t.place IS NOT NULL", []);
        }
        if !lead.knows_assignee() {
            if let Some(agent) = &query.assignee {
                select.and("t.assignee = ?", [text(agent.as_str())]);
            }
            if query.unassigned {
                select.and("t.assignee IS NULL", []);
            }
        }
        for tag in query.tags.iter().skip(usize::from(lead.knows_tag())) {
            select.and(
                "EXISTS (SELECT 1 FROM ticket_tags AS g INDEXED BY ticket_tags_of
                     WHERE g.number = t.number AND g.tag = ?)",
                [text(tag.as_str())],
            );
        }
        if let (Some(account), true) = (&query.account, lead != Lead::Account) {
            let column = select.other("account");
            select.and(&format!("{column} = ?"), [text(account.as_str())]);
        }
        if lead != Lead::Opened && !query.opened.is_everything() {
            let column = select.other("opened");
            select.between(&column, query.opened.from, query.opened.before, false);
        }
        if lead != Lead::Touched && !query.active_in.is_everything() {
            let column = select.other("touched");
            select.between(&column, query.active_in.from, query.active_in.before, true);
        }
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn one_of(actives: &[i64]) -> &'static str {
    match actives {
        [0] => "t.active = 0",
        [1] => "t.active = 1",
        _ => "t.active IN (0, 1)",
    }
}

/// A statement, put together from the conditions that are given.
struct Select {
    lead: Lead,
    conditions: String,
    values: Vec<Value>,
}

impl Select {
    fn new(lead: Lead) -> Self {
        Self {
            lead,
            conditions: String::new(),
            values: Vec::new(),
        }
    }

    /// Adds a condition; each `?` in it stands for one of the values.
    fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.conditions.push_str(" AND ");
        self.conditions.push_str(condition);
        self.values.extend(values);
    }

    /// A column that stands in the ticket alone, also where tags lead.
    fn other(&self, column: &str) -> String {
        match self.lead {
            lead if lead.knows_tag() => {
                format!("(SELECT {column} FROM tickets AS o WHERE o.number = t.number)")
            }
            _ => format!("t.{column}"),
        }
    }

    /// A span of time; a column that sorts the latest first holds the negative.
    fn between(
        &mut self,
        column: &str,
        from: Option<chrono::DateTime<chrono::Utc>>,
        before: Option<chrono::DateTime<chrono::Utc>>,
        is_negative: bool,
    ) {
        let (mut least, mut beyond) = (from.map(opened), before.map(opened));
        if is_negative {
            // at >= from and at < before: -at < 1 - from and -at >= 1 - before.
            let negative = |at| 1_i64.saturating_sub(opened(at));
            (least, beyond) = (before.map(negative), from.map(negative));
        }
        if let Some(least) = least {
            self.and(&format!("{column} >= ?"), [least.into()]);
        }
        if let Some(beyond) = beyond {
            self.and(&format!("{column} < ?"), [beyond.into()]);
        }
    }

    fn after(&mut self, cursor: Option<&TicketCursor>) {
        let Some(cursor) = cursor else { return };
        let id = text(cursor.id.as_str());
        let place = self.place(cursor.sort);
        if cursor.sort == TicketSort::Id {
            self.and("t.id > ?", [id]);
        } else {
            self.and(
                &format!("({place}, t.id) > (?, ?)"),
                [cursor.place.into(), id],
            );
        }
    }

    /// What a list is sorted by before the id.
    fn place(&self, sort: TicketSort) -> String {
        match sort {
            TicketSort::Breach => "t.place".to_owned(),
            TicketSort::Activity => self.other("touched"),
            _ => "0".to_owned(),
        }
    }

    fn sql(&self, sort: TicketSort, most: Option<usize>) -> String {
        let place = self.place(sort);
        let order = match sort {
            TicketSort::Breach | TicketSort::Activity => format!("{place}, t.id"),
            _ => "t.id".to_owned(),
        };
        let mut sql = format!(
            "SELECT {place}, t.id, t.number FROM {} WHERE 1{} ORDER BY {order}",
            self.lead.from(),
            self.conditions
        );
        if let Some(most) = most {
            sql.push_str(&format!(" LIMIT {}", limit(most)));
        }
        sql
    }
}

/// When a ticket was opened, as its column holds it.
pub(crate) fn opened(at: chrono::DateTime<chrono::Utc>) -> i64 {
    crate::json::nanos(at)
}

/// Writes down for lists what every ticket of an earlier file says.
pub(crate) fn renew(tx: &Transaction<'_>) -> Result<(), rusqlite::Error> {
    let mut read = tx.prepare("SELECT number, ticket FROM tickets WHERE ticket IS NOT NULL")?;
    let mut rows = read.query([])?;
    while let Some(row) = rows.next()? {
        let (number, json): (i64, String) = (row.get(0)?, row.get(1)?);
        // One that cannot be read stands at the end of lists by time, where it tells so when it is read.
        let ticket: Option<Ticket> = decode("migrate", number, &json).ok();
        let (at, tags) = match ticket {
            Some(ticket) => {
                let tags: BTreeSet<String> = ticket.tags.iter().flat_map(levels).collect();
                let row = TicketRow::new(ticket);
                let touched = TicketSort::Activity.place(&row);
                ((opened(row.ticket.opened_at), touched), tags)
            }
            None => ((0, 0), BTreeSet::new()),
        };
        tx.prepare_cached("UPDATE tickets SET opened = ?2, touched = ?3 WHERE number = ?1")?
            .execute([number, at.0, at.1])?;
        for tag in tags {
            tx.prepare_cached(
                "INSERT INTO ticket_tags (tenant, tag, active, place, id, number, category, assignee)
                 SELECT tenant, ?2, active, place, id, number, category, assignee FROM tickets WHERE number = ?1",
            )?
            .execute(rusqlite::params![number, tag])?;
        }
        mark(tx, number)?;
    }
    Ok(())
}

/// Numbers that are in a set.
struct Chosen(Vec<u64>);

impl Chosen {
    /// Of ascending numbers. One bit for each number up to the last.
    fn new(numbers: &[i64]) -> Self {
        let at = |number: i64| usize::try_from(number).unwrap_or_default();
        let last = numbers.last().map_or(0, |last| at(*last));
        let mut bits = vec![0; last / 64 + 1];
        for number in numbers {
            bits[at(*number) / 64] |= 1 << (at(*number) % 64);
        }
        Self(bits)
    }

    fn has(&self, number: i64) -> bool {
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        self.0
            .get(at / 64)
            .is_some_and(|bits| bits & (1 << (at % 64)) != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How SQLite says that it will look for them.
    fn plan(query: &TicketQuery) -> String {
        let connection = Connection::open_in_memory().unwrap();
        for step in crate::database::MIGRATIONS {
            connection.execute_batch(step).unwrap();
        }
        let inbox = Inbox::new(&connection, 1, query).unwrap();
        let lead = match inbox.lead().unwrap() {
            // Nothing is there, so that anything is small: as if there were much.
            Lead::Opened | Lead::Touched if query.sort == TicketSort::Breach => Lead::Place,
            lead => lead,
        };
        let mut select = Select::new(lead);
        inbox.lead_conditions(&mut select, &inbox.actives()[..1]);
        inbox.conditions(&mut select, &inbox.actives()[..1]);
        select.after(query.after.as_ref());
        let sql = select.sql(query.sort, Some(10));
        let mut explain = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap();
        let steps = explain
            .query_map(params_from_iter(select.values), |row| {
                row.get::<_, String>(3)
            })
            .unwrap();
        steps.map(Result::unwrap).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn lists_are_read_in_order_from_an_index() {
        let all = TicketQuery::default();
        let mut active = TicketQuery::default();
        (active.active, active.sort) = (true, TicketSort::Breach);
        let mut open = active.clone();
        open.categories.insert("open".into());
        let mut tagged = open.clone();
        tagged.tags.insert("delivery".parse().unwrap());
        let mut mine = tagged.clone();
        mine.assignee = Some("maija".parse().unwrap());
        let mut nobodys = active.clone();
        nobodys.unassigned = true;
        let mut nobodys_tagged = nobodys.clone();
        nobodys_tagged.tags.insert("delivery".parse().unwrap());
        let mut shop = active.clone();
        shop.account = Some("shop".parse().unwrap());
        let mut latest = TicketQuery::default();
        latest.sort = TicketSort::Activity;
        for (mut query, index) in [
            (all, "USING INDEX sqlite_autoindex_tickets_1"),
            (
                active,
                "USING COVERING INDEX tickets_place (tenant=? AND active=?",
            ),
            (
                open,
                "USING COVERING INDEX tickets_place (tenant=? AND active=?",
            ),
            (tagged, "USING PRIMARY KEY (tenant=? AND tag=? AND active=?"),
            (
                mine,
                "USING COVERING INDEX ticket_tags_assignee (tenant=? AND tag=? AND assignee=? AND active=?",
            ),
            (
                nobodys_tagged,
                "USING COVERING INDEX ticket_tags_assignee (tenant=? AND tag=? AND assignee=? AND active=?",
            ),
            (
                nobodys,
                "USING COVERING INDEX tickets_assignee (tenant=? AND assignee=? AND active=?",
            ),
            (
                shop,
                "USING COVERING INDEX tickets_account (tenant=? AND account=? AND active=?",
            ),
            (latest, "USING COVERING INDEX tickets_touched (tenant=?"),
        ] {
            for after in [
                None,
                Some(format!("{}.5.t-1", query.sort.as_str()).parse().unwrap()),
            ] {
                query.after = after;
                let plan = plan(&query);
                let scans = plan.contains("B-TREE") || plan.contains("SCAN t");
                assert!(plan.contains(index) && !scans, "{query:?}\n{plan}");
            }
        }
    }

    #[test]
    fn numbers_are_found_in_their_set() {
        let chosen = Chosen::new(&[1, 64, 200]);
        let found: Vec<i64> = (-1..300).filter(|number| chosen.has(*number)).collect();
        assert_eq!(found, [1, 64, 200]);
        assert!(!Chosen::new(&[]).has(1) && !chosen.has(i64::MAX));
    }
}
