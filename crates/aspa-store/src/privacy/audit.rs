use std::sync::Arc;

use aspa_types::{AgentId, Extra, text_enum};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

text_enum! {
    /// What somebody did with personal data or with the desk's settings.
    pub enum AuditAction {
        /// Looked at what is known of a person.
        Viewed = "viewed",
        /// Saw a field that is usually masked.
        Revealed = "revealed",
        /// Took all that is known of a person out.
        Exported = "exported",
        /// Had a person erased.
        Erased = "erased",
        /// Said who a handle is.
        LinkConfirmed = "link_confirmed",
        /// Said who a handle is not.
        LinkRefused = "link_refused",
        /// Forgot who a handle is.
        LinkForgotten = "link_forgotten",
        /// Took note that a person withdrew the consent to use what they had told.
        ConsentWithdrawn = "consent_withdrawn",
        /// Stopped effects from being performed.
        Paused = "paused",
        /// Let them go again.
        Resumed = "resumed",
        /// Changed how long things are kept.
        RetentionChanged = "retention_changed",
        /// Wrote or removed a credential.
        CredentialChanged = "credential_changed",
        /// Agreed with a value that was proposed for a customer's record.
        ProposalAccepted = "proposal_accepted",
        /// Dismissed a value that was proposed for a customer's record.
        ProposalDismissed = "proposal_dismissed",
    }
}

/// An entry of the audit log: who did what, when, about whom and why. It holds no content and no
/// name of the person: [`subject`](Self::subject) is a digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditEntry {
    /// When.
    pub at: DateTime<Utc>,
    /// Who; none: the desk itself, or nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<AgentId>,
    /// What.
    pub action: AuditAction,
    /// About whom: a digest of the person's handle or customer id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Arc<str>>,
    /// Of what kind the thing was: `profile`, `email`, an account. Never its content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<Arc<str>>,
    /// Why: one word, see [`because`](Self::because).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Arc<str>>,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The most characters of a reason.
const LONGEST_WHY: usize = 40;

impl AuditEntry {
    /// Something that was done.
    #[must_use]
    pub fn new(at: DateTime<Utc>, by: Option<AgentId>, action: AuditAction) -> Self {
        Self {
            at,
            by,
            action,
            subject: None,
            what: None,
            why: None,
            extra: Extra::new(),
        }
    }

    /// The same, about this person, named by a digest.
    #[must_use]
    pub fn about(mut self, subject: impl Into<Arc<str>>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// The same, about this kind of thing.
    #[must_use]
    pub fn what(mut self, what: impl Into<Arc<str>>) -> Self {
        self.what = Some(what.into());
        self
    }

    /// The same, for this reason: a word such as `access_request` or `case`. So that nothing written
    /// about a person gets in here, other characters than ASCII letters, digits, `-` and `_` are left
    /// out, and all but the first 40.
    #[must_use]
    pub fn because(mut self, why: &str) -> Self {
        let word = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let why: String = why.chars().filter(word).take(LONGEST_WHY).collect();
        self.why = (!why.is_empty()).then(|| why.into());
        self
    }
}

/// An entry as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Audited {
    /// Its number in the store; later entries of a tenant have larger ones.
    pub seq: u64,
    /// The entry.
    pub entry: AuditEntry,
}

impl Audited {
    /// For stores to make.
    #[must_use]
    pub fn new(seq: u64, entry: AuditEntry) -> Self {
        Self { seq, entry }
    }
}

/// Which entries of the audit log are asked for, first to last. Every condition that is given must
/// hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditQuery {
    /// About this person.
    pub subject: Option<Arc<str>>,
    /// By this colleague.
    pub by: Option<AgentId>,
    /// At or after this time.
    pub from: Option<DateTime<Utc>>,
    /// Before this time.
    pub until: Option<DateTime<Utc>>,
    /// Only those with a larger number.
    pub after: u64,
    /// At most so many; 0: 100.
    pub limit: usize,
}

impl AuditQuery {
    /// How many at most.
    #[must_use]
    pub fn limit(&self) -> usize {
        if self.limit == 0 { 100 } else { self.limit }
    }

    /// Whether an entry is asked for.
    #[must_use]
    pub fn fits(&self, audited: &Audited) -> bool {
        let entry = &audited.entry;
        audited.seq > self.after
            && (self.subject.is_none() || self.subject == entry.subject)
            && (self.by.is_none() || self.by == entry.by)
            && self.from.is_none_or(|from| entry.at >= from)
            && self.until.is_none_or(|until| entry.at < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_word_and_holds_no_address() {
        let entry = |why: &str| {
            AuditEntry::new(DateTime::UNIX_EPOCH, None, AuditAction::Viewed).because(why)
        };
        assert_eq!(
            entry("access_request").why.as_deref(),
            Some("access_request")
        );
        assert_eq!(entry("ä @ .").why, None);
        let long = entry(&"x".repeat(1000)).why.unwrap();
        assert_eq!(long.len(), LONGEST_WHY);
        assert!(!entry("matti@example.com").why.unwrap().contains('@'));
    }
}
