//! Files that visitors of a web chat uploaded: they lie outside the store, and go after their messages.

use std::collections::BTreeSet;

use aspa_channel::{Message, Part};
use aspa_store::{Changes, Document, MessageRecord, Purge, Versioned};
use aspa_types::Network;

use crate::desk::Desk;
use crate::error::Error;

/// Files that have to go.
const FILE: &str = "erased_file";
/// How many are told at once.
const PAGE: usize = 500;
/// The longest id, in bytes. Those of the web chat have 22.
const LONGEST: usize = 256;

impl Desk {
    /// Up to 500 files that have to go, in order of their ids: visitors of a web chat uploaded them, and
    /// their messages were erased or kept for long enough. For whoever keeps the files, who removes them
    /// and then calls [`files_gone`](Self::files_gone); until then they are told again.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn erased_files(&self) -> Result<Vec<String>, Error> {
        let page = self.store().privacy().documents(FILE, None, PAGE).await?;
        Ok(page.iter().map(|row| row.value.key.to_string()).collect())
    }

    /// These files were removed.
    ///
    /// # Errors
    ///
    /// When the store fails; then they are told again.
    pub async fn files_gone(&self, ids: &[String]) -> Result<(), Error> {
        let mut changes = Changes::default();
        for id in ids {
            let key = (FILE.into(), id.as_str().into());
            changes.purged.push(Purge::Document(Versioned::new(key)));
        }
        self.store().commit(changes).await?;
        Ok(())
    }

    /// Has it written down, with the rest, that these files have to go. Returns how many that are.
    pub(super) async fn bury_files(
        &self,
        changes: &mut Changes,
        ids: BTreeSet<String>,
    ) -> Result<usize, Error> {
        let (store, mut files) = (self.store(), 0);
        for id in ids {
            if store.privacy().document(FILE, &id).await?.is_none() {
                let file = Document::new(FILE, id, serde_json::Value::Null);
                changes.documents.push(Versioned::new(file));
                files += 1;
            }
        }
        Ok(files)
    }
}

/// The files that a message holds or has held.
pub(super) fn files_of(record: &MessageRecord) -> BTreeSet<String> {
    let all = record.message.iter().chain(&record.revisions);
    all.flat_map(files_in).collect()
}

/// The files in what a visitor of a web chat wrote. What other networks keep is theirs.
pub(super) fn files_in(message: &Message) -> impl Iterator<Item = String> + '_ {
    let author = message.author.as_ref();
    let is_visitors = author.is_some_and(|author| *author.network() == Network::WEB_CHAT);
    let parts = message.parts.iter().filter(move |_| is_visitors);
    let ids = parts.filter_map(|part| match part {
        Part::Media(media) => media.id.clone(),
        _ => None,
    });
    ids.filter(|id| !id.is_empty() && id.len() <= LONGEST && !id.chars().any(char::is_control))
}
