use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A small thing that a desk keeps under a name: a retention policy, a receipt of an erasure, a
/// credential. What it means is known to whoever writes it.
///
/// Written with [`Changes::documents`](crate::Changes::documents), taken away with
/// [`Purge::Document`](crate::Purge::Document).
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Document {
    /// What kind of thing it is: a word of whoever writes it.
    pub kind: Arc<str>,
    /// Its name among those of its kind. Lists are in the order of its bytes.
    pub key: Arc<str>,
    /// What it holds.
    pub body: serde_json::Value,
}

impl Document {
    /// A document. Kind and key are at most 1,024 bytes without control characters; a store refuses
    /// others as invalid.
    #[must_use]
    pub fn new(
        kind: impl Into<Arc<str>>,
        key: impl Into<Arc<str>>,
        body: serde_json::Value,
    ) -> Self {
        Self {
            kind: kind.into(),
            key: key.into(),
            body,
        }
    }

    /// Whether its names can be stored.
    pub(crate) fn is_named(&self) -> bool {
        let good = |name: &str| {
            !name.is_empty() && name.len() <= 1024 && !name.chars().any(char::is_control)
        };
        good(&self.kind) && good(&self.key)
    }
}

/// `Debug` shows how it is named, never what it holds.
impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("kind", &self.kind)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
