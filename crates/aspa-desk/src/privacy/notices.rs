//! What colleagues follow and were told of, without a person who was erased.

use std::sync::Arc;

use aspa_store::{Changes, Document, Purge, Redactor, Versioned};
use aspa_ticket::{Followed, Notice};
use serde::Deserialize;

use super::job::{Job, Phase, json, without};
use crate::desk::Desk;
use crate::error::Error;
use crate::following::{FOLLOWING, Following, NOTICE, PAGE};
use crate::presence::PRESENCE;
use crate::telling::{TRAY, Tray};

impl Desk {
    /// What somebody was told of the person's tickets goes, and so does what follows the person.
    pub(super) async fn erase_notices(
        &self,
        job: &mut Job,
        redactor: &Redactor,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        let (store, after) = (self.store(), job.after::<Arc<str>>());
        if after.is_none() {
            self.erase_follows(job, redactor, changes).await?;
            self.erase_trays(job, redactor, changes).await?;
            // The names of the person's tickets are made of their handle.
            changes.purged.extend(job.renamed.keys().map(|old| {
                let key = (PRESENCE.into(), old.as_str().into());
                Purge::Document(Versioned::new(key))
            }));
        }
        let before = changes.purged.len();
        let page = store.privacy().documents(NOTICE, after.as_deref(), PAGE);
        let page = page.await?;
        let last = page.last().and_then(|row| json(&row.value.key));
        for row in page {
            let notice = Notice::deserialize(&row.value.body);
            if notice.map_or(true, |notice| job.is_told_of(redactor, &notice)) {
                let (value, version) = ((row.value.kind, row.value.key), row.version);
                let gone = Purge::Document(Versioned { value, version });
                changes.purged.push(gone);
            }
        }
        job.count("notices", changes.purged.len() - before);
        job.advance(last, Phase::Kept);
        Ok(())
    }

    async fn erase_follows(
        &self,
        job: &mut Job,
        redactor: &Redactor,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        for row in self.all_rows(FOLLOWING).await? {
            let Ok(mut following) = Following::deserialize(&row.value.body) else {
                continue;
            };
            let before = following.follows.len();
            following.follows.retain(|follow| match &follow.what {
                Followed::Customer(id) => !job.customers.contains(id),
                what => without(redactor, what).is_none(),
            });
            if following.follows.len() < before {
                let value = Document::new(FOLLOWING, row.value.key, serde_json::json!(following));
                let version = row.version;
                changes.documents.push(Versioned { value, version });
            }
        }
        Ok(())
    }

    async fn erase_trays(
        &self,
        job: &mut Job,
        redactor: &Redactor,
        changes: &mut Changes,
    ) -> Result<(), Error> {
        for row in self.all_rows(TRAY).await? {
            let Ok(mut tray) = Tray::deserialize(&row.value.body) else {
                continue;
            };
            if tray.forget(|notice| job.is_told_of(redactor, notice)) {
                tray.put(&row.value.key, row.version, changes);
            }
        }
        Ok(())
    }
}

impl Job {
    fn is_told_of(&self, redactor: &Redactor, notice: &Notice) -> bool {
        let follows = |what: &Followed| match what {
            Followed::Customer(id) => self.customers.contains(id),
            _ => false,
        };
        let message = notice.message.as_ref();
        notice.why.iter().any(follows)
            || message.is_some_and(|key| self.messages.contains(key))
            || without(redactor, notice).is_some()
    }
}
