use aspa_types::{CustomerId, Extra, HandleKey, keep_unknown};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{DecidedBy, Decision, Link};

/// One entry of the feed of a [`Book`](crate::Book).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Change {
    /// Its place in the feed, from 0, without gaps.
    pub sequence: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who or what did it.
    pub by: DecidedBy,
    /// The message, the change in the CRM or whatever else it came from.
    pub cause: String,
    /// What changed.
    pub kind: ChangeKind,
    /// What a newer or foreign writer added.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Change {
    pub(super) fn new(
        sequence: u64,
        at: DateTime<Utc>,
        by: DecidedBy,
        cause: &str,
        kind: ChangeKind,
    ) -> Self {
        Self {
            sequence,
            at,
            by,
            cause: cause.to_owned(),
            kind,
            extra: Extra::new(),
        }
    }

    /// The handle that it is about, where it is one.
    #[must_use]
    pub fn handle(&self) -> Option<&HandleKey> {
        match &self.kind {
            ChangeKind::Decided { link } => Some(&link.handle),
            ChangeKind::Linked { handle, .. }
            | ChangeKind::Unlinked { handle, .. }
            | ChangeKind::Relinked { handle, .. }
            | ChangeKind::Reviewed { handle, .. }
            | ChangeKind::Revised { handle }
            | ChangeKind::Erased { handle } => Some(handle),
            _ => None,
        }
    }

    /// Takes a handle out of a kept feed after an erasure; whether it was in it. The place and the
    /// time stay, so that the feed has no gap.
    pub fn forget(&mut self, erased: &HandleKey) -> bool {
        if let ChangeKind::Split { doubtful, .. } = &mut self.kind {
            let before = doubtful.len();
            doubtful.retain(|handle| handle != erased);
            return doubtful.len() < before;
        }
        let is_about = self.handle() == Some(erased);
        if is_about {
            self.kind = ChangeKind::Forgotten;
            self.cause.clear();
            self.extra = Extra::new();
        }
        is_about
    }
}

/// What changed. The first five are causes and lead to the state of a book; the next five tell what
/// a cause means for a handle, for those who follow: they can be left out of a replay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChangeKind {
    /// Something new was decided of a handle.
    Decided {
        /// As it was decided, before merges.
        link: Box<Link>,
    },
    /// The CRM merged a record into another.
    Merged {
        /// The record that is gone.
        old: CustomerId,
        /// The one that has it now.
        into: CustomerId,
    },
    /// The CRM took a record out of another, or made a new one of a part.
    Split {
        /// The record that stays.
        from: CustomerId,
        /// The one that stands alone now.
        out: CustomerId,
        /// Handles that were linked while both were one: they are in review until decided anew.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        doubtful: Vec<HandleKey>,
    },
    /// A decision, merge or split was taken back.
    Undone {
        /// Its sequence.
        change: u64,
    },
    /// A handle was erased; whoever keeps anything of it should do the same.
    Erased {
        /// Which.
        handle: HandleKey,
    },
    /// A handle is linked now and was not before.
    Linked {
        /// Which.
        handle: HandleKey,
        /// To whom.
        customer: CustomerId,
    },
    /// A handle is no longer linked.
    Unlinked {
        /// Which.
        handle: HandleKey,
        /// To whom it was.
        customer: CustomerId,
    },
    /// A handle is linked to another record than before.
    Relinked {
        /// Which.
        handle: HandleKey,
        /// To whom it was.
        from: CustomerId,
        /// To whom it is.
        to: CustomerId,
    },
    /// A handle is in review now, or for another customer than before.
    Reviewed {
        /// Which.
        handle: HandleKey,
        /// To whom it was linked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<CustomerId>,
        /// Who it most probably is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        customer: Option<CustomerId>,
    },
    /// A handle stands for whom it stood for, or for nobody still, for other reasons than before.
    Revised {
        /// Which.
        handle: HandleKey,
    },
    /// What stood here was about a handle that was erased.
    Forgotten,
    /// A kind that this version does not know, kept as it came.
    #[serde(skip)]
    Unknown(serde_json::Value),
}

keep_unknown!(
    ChangeKind,
    "type",
    [
        "decided",
        "merged",
        "split",
        "undone",
        "erased",
        "linked",
        "unlinked",
        "relinked",
        "reviewed",
        "revised",
        "forgotten",
    ]
);

/// What a book can be told.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum BookCommand {
    /// Something was decided of a handle. The same as before changes nothing.
    Decide {
        /// Of which.
        handle: HandleKey,
        /// What.
        decision: Decision,
    },
    /// The CRM merged a record into another.
    Merge {
        /// The record that is gone.
        old: CustomerId,
        /// The one that has it now.
        into: CustomerId,
    },
    /// The CRM took a merge back, or made a new record of a part of one.
    Split {
        /// The record that stays.
        from: CustomerId,
        /// The one that stands alone now.
        out: CustomerId,
    },
    /// Take a decision, merge or split back.
    Undo {
        /// Its sequence.
        sequence: u64,
    },
    /// Forget a handle.
    Erase {
        /// Which.
        handle: HandleKey,
    },
}

/// The rule that a command would break.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BookBroken {
    /// A record cannot be merged into or taken out of itself.
    #[error("{0} cannot be merged into or taken out of itself")]
    IntoItself(CustomerId),
    /// There is no decision, merge or split with this sequence that still holds.
    #[error("change {0} is no decision, merge or split that still holds")]
    NothingToUndo(u64),
}
