use std::fmt;

use aspa_types::{AgentId, Extra};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::privacy::Document;
use crate::ticket_query::TicketQuery;

/// How a saved query is known: whose it is, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct SavedName {
    /// Whose it is; none: everybody's.
    pub owner: Option<AgentId>,
    /// What it is called, as people wrote it.
    pub name: String,
}

/// A name is empty, longer than 200 bytes, or holds control characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BadName;

impl fmt::Display for BadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name has 1 to 200 bytes, in one line")
    }
}

impl std::error::Error for BadName {}

impl SavedName {
    /// A name that `owner` gives, or that everybody uses.
    ///
    /// # Errors
    ///
    /// When it is empty, longer than 200 bytes or holds control characters.
    pub fn new(owner: Option<AgentId>, name: &str) -> Result<Self, BadName> {
        if name.trim().is_empty() || name.len() > 200 || name.chars().any(char::is_control) {
            return Err(BadName);
        }
        let name = name.to_owned();
        Ok(Self { owner, name })
    }

    /// The kind of the documents that hold queries, whoever they belong to.
    pub const KIND: &str = "query";

    /// The key of its document: whose it is, and its name.
    #[must_use]
    pub fn key(&self) -> String {
        let name = serde_json::Value::from(self.name.as_str());
        format!("{}{name}]", Self::keys_of(self.owner.as_ref()))
    }

    /// The name that a document has by its key.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn of_key(key: &str) -> Result<Self, BadName> {
        let (owner, name): (Option<AgentId>, String) =
            serde_json::from_str(key).map_err(|_| BadName)?;
        Self::new(owner, &name)
    }

    /// What the keys of this person's queries begin with, or of everybody's.
    #[must_use]
    pub fn keys_of(owner: Option<&AgentId>) -> String {
        let owner = owner.map(AgentId::as_str);
        format!("[{},", serde_json::Value::from(owner))
    }
}

/// A query that somebody keeps under a name, as a [`Document`].
///
/// Its conditions are kept as they were written. A version that does not know one of them hands them
/// on untouched and says so when asked for the [query](Self::query).
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SavedQuery {
    /// When it was written last.
    pub at: DateTime<Utc>,
    /// Who wrote it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<AgentId>,
    /// The conditions, as JSON of a [`TicketQuery`].
    conditions: Value,
    /// What else came with it.
    #[serde(flatten)]
    pub extra: Extra,
}

/// `Debug` shows no conditions: they may name people.
impl fmt::Debug for SavedQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedQuery")
            .field("at", &self.at)
            .field("by", &self.by)
            .finish_non_exhaustive()
    }
}

/// A saved query holds a condition that this version does not know. It takes a newer one, or another
/// query saved over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownCondition;

impl fmt::Display for UnknownCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a later version saved this query with conditions that this one does not know")
    }
}

impl std::error::Error for UnknownCondition {}

impl SavedQuery {
    /// A query. Where a page begins is not part of it.
    #[must_use]
    pub fn new(query: &TicketQuery, by: Option<AgentId>, at: DateTime<Utc>) -> Self {
        let mut query = query.clone();
        query.after = None;
        Self {
            at,
            by,
            conditions: serde_json::json!(query),
            extra: Extra::new(),
        }
    }

    /// The query.
    ///
    /// # Errors
    ///
    /// When it holds a condition that this version does not know.
    pub fn query(&self) -> Result<TicketQuery, UnknownCondition> {
        TicketQuery::deserialize(&self.conditions).map_err(|_| UnknownCondition)
    }

    /// The document that holds it.
    #[must_use]
    pub fn document(&self, name: &SavedName) -> Document {
        Document::new(SavedName::KIND, name.key(), serde_json::json!(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_later_version_saved_is_kept_and_not_guessed_at() {
        let json = r#"{"at":"2026-11-22T10:00:00Z","conditions":{"mood":"bad","sort":"id"},"colour":"red"}"#;
        let saved: SavedQuery = serde_json::from_str(json).unwrap();
        assert_eq!(saved.query(), Err(UnknownCondition));
        let again = serde_json::to_value(&saved).unwrap();
        assert_eq!(again, serde_json::from_str::<Value>(json).unwrap());
        let shown = format!("{saved:?}");
        assert!(!shown.contains("bad") && !shown.contains("red"), "{shown}");
    }

    #[test]
    fn a_query_is_saved_without_its_page() {
        let query = TicketQuery {
            active: true,
            ..TicketQuery::default()
        };
        let mut asked = query.clone();
        asked.after = Some("id.0.t-1".parse().unwrap());
        let saved = SavedQuery::new(&asked, None, DateTime::UNIX_EPOCH);
        assert_eq!(saved.query(), Ok(query));
    }

    #[test]
    fn keys_name_whose_a_query_is() {
        let agent = |id: &str| Some(AgentId::new(id).unwrap());
        for owner in [None, agent("maija"), agent("null"), agent("a\",\"b")] {
            for name in ["Myöhässä", "\"]", "a,b"] {
                let name = SavedName::new(owner.clone(), name).unwrap();
                let key = name.key();
                assert_eq!(SavedName::of_key(&key), Ok(name), "{key}");
                let owners = [None, agent("maija"), agent("null"), agent("a\",\"b")];
                let of = owners
                    .iter()
                    .filter(|o| key.starts_with(&SavedName::keys_of(o.as_ref())));
                assert_eq!(of.collect::<Vec<_>>(), [&owner], "{key}");
            }
        }
        assert_eq!(SavedName::of_key("mine"), Err(BadName));
    }

    #[test]
    fn names_are_one_line() {
        assert!(SavedName::new(None, "Myöhässä / kriittiset").is_ok());
        for bad in ["", "  ", "a\nb", &"x".repeat(201)] {
            assert_eq!(SavedName::new(None, bad), Err(BadName), "{bad:?}");
        }
    }
}
