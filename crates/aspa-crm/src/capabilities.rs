use std::collections::BTreeMap;

use aspa_types::Extra;
use serde::{Deserialize, Serialize};

use crate::{Effect, EffectName, Error, ErrorKind, Field};

/// What a system promises, for planning, for the screen and for the test kit, which holds it to its
/// word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Capabilities {
    /// How it tells of deleted records.
    pub deletes: Deletes,
    /// Fields that `find` knows.
    pub lookups: Vec<Field>,
    /// The most changes in a page, where the system sets a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_page: Option<usize>,
    /// How many seconds a written record may be missing from `find` and `changes`.
    #[serde(default)]
    pub lag_seconds: u32,
    /// The effects that it performs; all others are `Unsupported`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub effects: BTreeMap<EffectName, Performs>,
    /// The fields that it writes, and the most characters that each takes where it limits that.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub writes: BTreeMap<Field, Option<usize>>,
    /// Where a linked handle is kept.
    #[serde(default)]
    pub handles: Handles,
    /// What an erasure leaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erasure: Option<Erasure>,
    /// Whether records merged in the system come as `Merged`, and not as gone.
    #[serde(default)]
    pub merges: bool,
    /// Whether what is said here was seen at the system itself, and not only in its documents.
    #[serde(default)]
    pub verified_live: bool,
    /// What a newer or foreign writer added.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Capabilities {
    /// These deletes and look-ups, no limit of a page, no lag, nothing written.
    #[must_use]
    pub fn new(deletes: Deletes, lookups: Vec<Field>) -> Self {
        Self {
            deletes,
            lookups,
            max_page: None,
            lag_seconds: 0,
            effects: BTreeMap::new(),
            writes: BTreeMap::new(),
            handles: Handles::default(),
            erasure: None,
            merges: false,
            verified_live: false,
            extra: Extra::new(),
        }
    }

    /// With these effects performed so.
    #[must_use]
    pub fn performing(
        mut self,
        names: impl IntoIterator<Item = EffectName>,
        performs: Performs,
    ) -> Self {
        let each = names.into_iter().map(|name| (name, performs));
        self.effects.extend(each);
        self
    }

    /// With these fields written, of any length.
    #[must_use]
    pub fn writing(mut self, fields: impl IntoIterator<Item = Field>) -> Self {
        self.writes
            .extend(fields.into_iter().map(|field| (field, None)));
        self
    }

    /// With so many characters at most in a field that is written.
    #[must_use]
    pub fn limited(mut self, field: Field, characters: usize) -> Self {
        self.writes.insert(field, Some(characters));
        self
    }

    /// Whether this is performed, and every value it writes is of a field and no longer than is written: what
    /// a connector asks before any request.
    ///
    /// # Errors
    ///
    /// `Unsupported`; `Invalid` naming the field.
    pub fn allow(&self, effect: &Effect) -> Result<(), Error> {
        if !self.effects.contains_key(&effect.kind.name()) {
            return Err(Error::new(ErrorKind::Unsupported, "perform"));
        }
        let fits = |field: &Field, value: &str| {
            let limit = self.writes.get(field);
            limit.is_some_and(|limit| limit.is_none_or(|most| value.chars().count() <= most))
        };
        let values = effect.kind.values();
        match values
            .into_iter()
            .find(|(field, value)| !fits(field, value))
        {
            None => Ok(()),
            Some((field, _)) => {
                let field = field.to_string();
                Err(Error::new(ErrorKind::Invalid { field }, "perform"))
            }
        }
    }
}

/// How a system tells of deleted records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Deletes {
    /// As changes, always.
    InFeed,
    /// As changes, but none older than so many days: after a longer break compare everything.
    Horizon {
        /// How far back.
        days: u32,
    },
    /// Not at all: compare everything now and then.
    ScanOnly,
}

/// How a system performs one kind of effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Performs {
    /// How it keeps a change by somebody else from being overwritten.
    pub precondition: Precondition,
    /// What doing it twice makes.
    pub idempotency: Idempotency,
}

impl Performs {
    /// With this precondition and idempotency.
    #[must_use]
    pub fn new(precondition: Precondition, idempotency: Idempotency) -> Self {
        Self {
            precondition,
            idempotency,
        }
    }
}

/// How a system keeps a change by somebody else from being overwritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Precondition {
    /// Not at all: the library reads right before, and a change in between is lost.
    None,
    /// Sees some changes and not those of the same second, say.
    Weak,
    /// Writes only where the version is the expected one, in one step.
    Strong,
}

/// What doing the same effect twice makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Idempotency {
    /// One record, for ever: it is written under its natural key.
    NaturalKey,
    /// One record, where the second try is no later than this.
    Header {
        /// For how long the system remembers.
        seconds: u32,
    },
    /// Two, where nobody looks first.
    LookFirst,
}

/// Where a linked handle is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Handles {
    /// As a row of its own beside the customer's.
    ChildRow,
    /// In a field of the customer's row, one of each network.
    InField,
    /// Nowhere.
    #[default]
    Nowhere,
}

/// What an erasure leaves in the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Erasure {
    /// Nothing.
    Hard,
    /// A row without anything personal, or in a bin for a while.
    Soft,
}
