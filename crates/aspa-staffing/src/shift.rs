//! Who is at work, when, and what for.

use std::collections::BTreeSet;
use std::ops::Range;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What somebody is on a shift for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "a rota has these two rows")]
pub enum Role {
    /// On the rota: takes turns at the work.
    #[default]
    Rota,
    /// In reserve: steps in when the work is too much or somebody falls ill.
    Reserve,
}

/// One person at work, `[from, to)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Shift {
    /// Who: any name or id, the same for the same person.
    pub person: String,
    /// When it begins.
    pub from: DateTime<Utc>,
    /// When it is over.
    pub to: DateTime<Utc>,
    /// On the rota or in reserve.
    #[serde(default)]
    pub role: Role,
    /// What the person can do: languages, products; the same words as the needs use.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub skills: BTreeSet<String>,
    /// When the person is away within the shift. What lies outside the shift does not matter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub breaks: Vec<Range<DateTime<Utc>>>,
}

impl Shift {
    /// A shift on the rota, without skills and breaks.
    pub fn new(person: impl Into<String>, from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        Self {
            person: person.into(),
            from,
            to,
            role: Role::Rota,
            skills: BTreeSet::new(),
            breaks: Vec::new(),
        }
    }

    /// The same in reserve.
    #[must_use]
    pub fn in_reserve(mut self) -> Self {
        self.role = Role::Reserve;
        self
    }

    /// Adds something that the person can do.
    #[must_use]
    pub fn with_skill(mut self, skill: impl Into<String>) -> Self {
        self.skills.insert(skill.into());
        self
    }

    /// Adds a break.
    #[must_use]
    pub fn with_break(mut self, from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        self.breaks.push(from..to);
        self
    }

    /// The stretches in which the person is at work: the shift less its breaks, ascending.
    #[must_use]
    pub fn presence(&self) -> Vec<Range<DateTime<Utc>>> {
        let mut breaks: Vec<_> = self.breaks.iter().filter(|b| b.start < b.end).collect();
        breaks.sort_by_key(|away| away.start);
        let mut present = Vec::with_capacity(breaks.len() + 1);
        let mut at = self.from;
        for away in breaks {
            if at < away.start.min(self.to) {
                present.push(at..away.start.min(self.to));
            }
            at = at.max(away.end);
        }
        if at < self.to {
            present.push(at..self.to);
        }
        present
    }
}
