//! Lists of tickets.

use aspa_identity::LinkState;

use super::Tenant;
use crate::changes::TicketRow;
use crate::error::{Error, ErrorKind};
use crate::ticket_query::TicketQuery;
use crate::words::{Analyzer, Words};

pub(super) fn page(tenant: &Tenant, query: &TicketQuery) -> Result<Vec<TicketRow>, Error> {
    if let Some(after) = &query.after
        && after.sort != query.sort
    {
        return Err(Error::new(ErrorKind::Invalid, "tickets")
            .with_detail("the page before was in another order"));
    }
    let place = |row: &TicketRow| (query.sort.place(row), row.ticket.id.clone());
    let after = query
        .after
        .as_ref()
        .map(|after| (after.place, after.id.clone()));
    let is_after = |row: &&TicketRow| after.as_ref().is_none_or(|after| place(row) > *after);
    let mut rows = found(tenant, query);
    rows.retain(is_after);
    rows.sort_by_cached_key(|row| place(row));
    Ok(rows.into_iter().take(query.limit()).cloned().collect())
}

pub(super) fn found<'t>(tenant: &'t Tenant, query: &TicketQuery) -> Vec<&'t TicketRow> {
    let mut analyzer = Analyzer::new();
    let rows = tenant.tickets.values().map(|row| &row.value);
    let rows = rows.filter(|row| query.fits(&row.ticket) && is_of(tenant, query, row));
    rows.filter(|row| match &query.text {
        Some(search) => search.finds(&written(tenant, row, &mut analyzer)),
        None => true,
    })
    .collect()
}

fn is_of(tenant: &Tenant, query: &TicketQuery, row: &TicketRow) -> bool {
    let Some(customer) = &query.customer else {
        return true;
    };
    let link = tenant.links.get(&row.ticket.key.customer.to_string());
    link.is_some_and(|link| {
        let link = &link.value;
        link.state == LinkState::Linked && link.customer.as_ref() == Some(customer)
    })
}

/// What was written in a ticket's conversation.
fn written(tenant: &Tenant, row: &TicketRow, analyzer: &mut Analyzer) -> Vec<Words> {
    let messages = row.ticket.messages.iter();
    let records = messages.filter_map(|m| tenant.messages.get(&m.message));
    let notes = row
        .ticket
        .notes
        .iter()
        .filter_map(|id| tenant.notes.get(id));
    let texts = records.map(|record| record.value.searchable());
    let texts = texts.chain(notes.map(|note| note.searchable()));
    texts
        .map(|texts| analyzer.read(texts.iter().map(String::as_str)))
        .collect()
}
