//! What the desk keeps as documents, read whole.

use aspa_store::{Document, Versioned};
use serde::de::DeserializeOwned;

use crate::desk::Desk;
use crate::error::Error;

/// How many are read at once.
const PAGE: usize = 500;

impl Desk {
    /// All documents of a kind, in the order of their keys; what this version cannot read is left out.
    pub(crate) async fn all_of<T: DeserializeOwned>(&self, kind: &str) -> Result<Vec<T>, Error> {
        let rows = self.all_rows(kind).await?.into_iter();
        let read = rows.map(|row| serde_json::from_value(row.value.body));
        Ok(read.filter_map(Result::ok).collect())
    }

    /// The same, as they stand.
    pub(crate) async fn all_rows(&self, kind: &str) -> Result<Vec<Versioned<Document>>, Error> {
        let (store, mut all) = (self.store(), Vec::new());
        let mut after = None;
        loop {
            let documents = store.privacy().documents(kind, after.as_deref(), PAGE);
            let page = documents.await?;
            let Some(last) = page.last() else {
                return Ok(all);
            };
            after = Some(last.value.key.clone());
            all.extend(page);
        }
    }
}
