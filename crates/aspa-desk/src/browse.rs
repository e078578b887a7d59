//! Lists of tickets that people look through, and the queries that they keep.

use aspa_store::{Changes, Purge, SavedName, SavedQuery, TicketQuery, Versioned};
use aspa_types::AgentId;
use serde::Deserialize;

use crate::desk::Desk;
use crate::error::Error;

/// Queries that are read together.
const PAGE: usize = 500;

impl Desk {
    /// How many tickets a query finds, page and order aside, counted up to `most`: ask up to 1,001 to
    /// show "37" or "1,000+".
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn count_tickets(&self, query: &TicketQuery, most: usize) -> Result<usize, Error> {
        Ok(self.store().count_tickets(query, most).await?)
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
