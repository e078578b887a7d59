//! Who saw and did what.

use aspa_store::{AuditAction, AuditEntry, AuditQuery, Audited, Changes};
use aspa_types::AgentId;
use chrono::{DateTime, Utc};

use super::erase::Subject;
use crate::desk::Desk;
use crate::error::Error;

impl Desk {
    /// Writes down that somebody saw or did something, where the host knows and the desk does not: that a
    /// person's data were shown, that a masked field was revealed.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn audit(
        &self,
        action: AuditAction,
        by: Option<&AgentId>,
        subject: &Subject,
        why: &str,
    ) -> Result<(), Error> {
        let entry = self.audited(action, by, subject).because(why);
        self.write_audit(entry).await
    }

    /// The audit log of a person, a colleague or a time: who saw and did what, when and why, first to
    /// last. `subject` is put into the query as its digest.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn audit_log(
        &self,
        mut query: AuditQuery,
        subject: Option<&Subject>,
    ) -> Result<Vec<Audited>, Error> {
        if let Some(subject) = subject {
            query.subject = Some(self.subject_name(subject).into());
        }
        Ok(self.store().privacy().audit(&query).await?)
    }

    pub(crate) fn audited(
        &self,
        action: AuditAction,
        by: Option<&AgentId>,
        subject: &Subject,
    ) -> AuditEntry {
        let now: DateTime<Utc> = self.now();
        AuditEntry::new(now, by.cloned(), action).about(self.subject_name(subject))
    }

    pub(crate) async fn write_audit(&self, entry: AuditEntry) -> Result<(), Error> {
        let mut changes = Changes::default();
        changes.audit.push(entry);
        self.store().commit(changes).await?;
        Ok(())
    }
}
