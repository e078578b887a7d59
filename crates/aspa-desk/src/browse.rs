//! Lists of tickets that people look through, and the queries that they keep.

use std::collections::BTreeSet;

use aspa_store::{Changes, Purge, SavedName, SavedQuery, TicketQuery, TicketRow, Versioned};
use aspa_ticket::tags::Tags;
use aspa_types::AgentId;
use serde::Deserialize;

use crate::desk::Desk;
use crate::error::Error;

/// Queries that are read together.
const PAGE: usize = 500;

impl Desk {
    /// Tickets. Each tag of the query stands for all names that it has had and for those of the tags
    /// that were merged into it, so that a query finds what it found before a tag was called otherwise,
    /// and one by the new name finds tickets that were given the old one. A ticket that was given a tag
    /// within it which has become part of another since is found under both.
    ///
    /// Where a tag has had other names, the store is asked once for each combination of names.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn tickets(&self, query: &TicketQuery) -> Result<Vec<TicketRow>, Error> {
        let named = self.by_every_name(query).await?;
        if named.len() == 1 {
            return Ok(self.store().tickets(query).await?);
        }
        let mut rows = Vec::new();
        for query in &named {
            rows.extend(self.store().tickets(query).await?);
        }
        let mut seen = BTreeSet::new();
        rows.retain(|row| seen.insert(row.ticket.id.clone()));
        rows.sort_by_cached_key(|row| (query.sort.place(row), row.ticket.id.clone()));
        rows.truncate(query.limit());
        Ok(rows)
    }

    /// How many tickets a query finds, page and order aside, counted up to `most`: ask up to 1,001 to
    /// show "37" or "1,000+". Its tags stand for all their names, as where [tickets](Self::tickets) are
    /// listed; where they have had others, up to `most` tickets are read.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn count_tickets(&self, query: &TicketQuery, most: usize) -> Result<usize, Error> {
        if most == 0 || self.by_every_name(query).await?.len() == 1 {
            return Ok(self.store().count_tickets(query, most).await?);
        }
        let mut rest = query.clone();
        rest.after = None;
        let mut found = 0;
        while found < most {
            rest.limit = PAGE.min(most - found);
            let page = self.tickets(&rest).await?;
            found += page.len();
            if !rest.go_on(&page) {
                break;
            }
        }
        Ok(found)
    }

    /// The query once for each combination of the names of its tags.
    async fn by_every_name(&self, query: &TicketQuery) -> Result<Vec<TicketQuery>, Error> {
        if query.tags.is_empty() {
            return Ok(vec![query.clone()]);
        }
        Ok(by_every_name(query, &self.tags().await?.value))
    }

    /// The queries that this person keeps, or that are everybody's, in order of their names.
    ///
    /// # Errors
    ///
    /// When the store fails. A query that a later version saved is among them, and tells so when it is
    /// [asked for](SavedQuery::query).
    pub async fn saved_queries(
        &self,
        owner: Option<&AgentId>,
    ) -> Result<Vec<(SavedName, Versioned<SavedQuery>)>, Error> {
        let (store, of) = (self.store(), SavedName::keys_of(owner));
        let mut all = Vec::new();
        let mut after = of.clone();
        loop {
            let page = store
                .privacy()
                .documents(SavedName::KIND, Some(&after), PAGE)
                .await?;
            let theirs = page.iter().take_while(|row| row.value.key.starts_with(&of));
            for row in theirs.clone() {
                let name = SavedName::of_key(&row.value.key);
                let value = SavedQuery::deserialize(&row.value.body);
                if let (Ok(name), Ok(value)) = (name, value) {
                    let version = row.version;
                    all.push((name, Versioned { value, version }));
                }
            }
            match page.last() {
                Some(last) if theirs.count() == page.len() => after = last.value.key.to_string(),
                _ => {
                    all.sort_by(|a, b| a.0.cmp(&b.0));
                    return Ok(all);
                }
            }
        }
    }

    /// Keeps a query under a name; `version` is the one that was read, 0 for a new name.
    ///
    /// # Errors
    ///
    /// A conflict when somebody else has written or taken the name meanwhile; else when the store
    /// fails.
    pub async fn save_query(
        &self,
        name: &SavedName,
        query: &TicketQuery,
        by: Option<&AgentId>,
        version: u64,
    ) -> Result<(), Error> {
        let value = SavedQuery::new(query, by.cloned(), self.now()).document(name);
        let mut changes = Changes::default();
        changes.documents.push(Versioned { value, version });
        self.store().commit(changes).await?;
        Ok(())
    }

    /// Gives a query up; `version` is the one that was read.
    ///
    /// # Errors
    ///
    /// As [`save_query`](Self::save_query).
    pub async fn delete_query(&self, name: &SavedName, version: u64) -> Result<(), Error> {
        let value = (SavedName::KIND.into(), name.key().as_str().into());
        let mut changes = Changes::default();
        changes
            .purged
            .push(Purge::Document(Versioned { value, version }));
        self.store().commit(changes).await?;
        Ok(())
    }
}

/// The query once for each combination of the names that its tags have had: it finds what one of them
/// finds. Only itself where its tags have had no others.
pub(crate) fn by_every_name(query: &TicketQuery, tags: &Tags) -> Vec<TicketQuery> {
    let mut bare = query.clone();
    bare.tags.clear();
    query.tags.iter().fold(vec![bare], |all, tag| {
        let names = tags.names(tag);
        let named = all.iter().flat_map(|query| {
            names.iter().map(|name| {
                let mut query = query.clone();
                query.tags.insert(name.clone());
                query
            })
        });
        named.collect()
    })
}
