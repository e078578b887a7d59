//! Who was erased, so that nothing brings them back.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

use aspa_channel::{Event, EventKind};
use aspa_identity::{Tombstone, Tombstones};
use aspa_store::{Changes, Document, InboxEntry, Versioned};
use aspa_types::{HandleKey, TenantId};
use chrono::{DateTime, Utc};

use crate::desk::Desk;
use crate::error::Error;

/// Rows of tombstones.
pub(super) const STONE: &str = "tombstone";
/// How often there were new ones, so that others know to read them again.
const NEWEST: (&str, &str) = ("tombstones", "newest");
const PAGE: usize = 1000;

/// The tombstones of a tenant as they were last read.
#[derive(Debug, Clone)]
pub(crate) struct Stones {
    version: u64,
    tenant: TenantId,
    stones: Arc<Tombstones>,
}

impl Desk {
    /// The tombstones of this tenant; none without an identity key, since nobody can be erased then.
    pub(crate) async fn stones(&self) -> Result<Option<Arc<Tombstones>>, Error> {
        let Some(key) = &self.parts.identity_key else {
            return Ok(None);
        };
        let store = self.store();
        let newest = store.privacy().document(NEWEST.0, NEWEST.1).await?;
        let version = newest.map_or(0, |row| row.version);
        let known = {
            let all = self.parts.stones.lock();
            let all = all.unwrap_or_else(PoisonError::into_inner);
            let mut all = all.iter().filter(|known| known.tenant == self.tenant);
            all.next().cloned()
        };
        if let Some(known) = &known
            && known.version == version
        {
            return Ok(Some(known.stones.clone()));
        }
        let mut stones = Tombstones::of_tenant(key, self.tenant.as_ref())?;
        let mut after: Option<Arc<str>> = None;
        loop {
            let page = store
                .privacy()
                .documents(STONE, after.as_deref(), PAGE)
                .await?;
            let Some(last) = page.last() else { break };
            after = Some(last.value.key.clone());
            for row in page {
                if let Ok(stone) = serde_json::from_value::<Tombstone>(row.value.body) {
                    stones.put(&stone);
                }
            }
        }
        let stones = Arc::new(stones);
        let read = Stones {
            version,
            tenant: self.tenant.clone(),
            stones: stones.clone(),
        };
        if known.is_some() {
            // Who was erased elsewhere is still among the customers in memory: they are read anew.
            let replicas = self.parts.replicas.lock();
            let mut replicas = replicas.unwrap_or_else(PoisonError::into_inner);
            replicas.remove(&self.tenant);
        }
        let all = self.parts.stones.lock();
        let mut all = all.unwrap_or_else(PoisonError::into_inner);
        all.retain(|known| known.tenant != self.tenant);
        all.push(read);
        Ok(Some(stones))
    }

    /// Has these rows written with the rest, and everybody told that there are new ones.
    pub(super) async fn bury(
        &self,
        changes: &mut Changes,
        rows: Vec<Tombstone>,
    ) -> Result<(), Error> {
        let store = self.store();
        for row in rows {
            let known = store.privacy().document(STONE, &row.hash).await?;
            let version = known.map_or(0, |row| row.version);
            let key: Arc<str> = row.hash.as_str().into();
            let value = Document::new(STONE, key, serde_json::json!(row));
            changes.documents.push(Versioned { value, version });
        }
        let newest = store.privacy().document(NEWEST.0, NEWEST.1).await?;
        let version = newest.map_or(0, |row| row.version);
        let value = Document::new(NEWEST.0, NEWEST.1, serde_json::Value::Null);
        changes.documents.push(Versioned { value, version });
        Ok(())
    }

    /// The entries that tell again what somebody did before they were erased. They are not taken in, and
    /// the raw deliveries that brought them are looked through once more.
    pub(crate) async fn told_again(&self, entries: &[&InboxEntry]) -> Result<BTreeSet<u64>, Error> {
        let Some(stones) = self.stones().await? else {
            return Ok(BTreeSet::new());
        };
        let mut again = BTreeSet::new();
        let mut whose: BTreeSet<HandleKey> = BTreeSet::new();
        for entry in entries {
            for handle in whose_doing(&entry.event) {
                let erased = stones.erased_at(handle);
                if erased.is_some_and(|erased| happened(entry) <= erased) {
                    again.insert(entry.seq);
                    whose.insert(handle.clone());
                }
            }
        }
        for handle in whose {
            self.look_again(&handle).await?;
        }
        Ok(again)
    }
}

/// When it happened: by the network where it says so, else when it came.
pub(super) fn happened(entry: &InboxEntry) -> DateTime<Utc> {
    let at = match &entry.event.kind {
        EventKind::Message(message) => message.times.effective().or(message.times.source),
        _ => entry.event.at,
    };
    at.unwrap_or(entry.received_at).min(entry.received_at)
}

/// Who did what an event tells of.
pub(super) fn whose_doing(event: &Event) -> Vec<&HandleKey> {
    match &event.kind {
        EventKind::Message(message) => message.author.iter().collect(),
        EventKind::Visibility { by, .. } => by.iter().collect(),
        EventKind::Reaction { by, .. } | EventKind::StatusUntil { by, .. } => vec![by],
        EventKind::Handle { handle, became, .. } => std::iter::once(handle).chain(became).collect(),
        EventKind::Action { customer, .. } => vec![customer],
        _ => Vec::new(),
    }
}
