use aspa_crm::{
    Capabilities, Deletes, EffectName, Erasure, Field, Handles, Idempotency, Performs, Precondition,
};
use serde::{Deserialize, Serialize};

use crate::Mapping;

/// What of a customer file is read and written. Plain data for a host's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Settings {
    /// Which columns hold what.
    pub mapping: Mapping,
    /// The fields that are written into the file, each into the first column that holds it.
    #[serde(default)]
    pub writes: Vec<Field>,
    /// Whether customers are made and erased in the file.
    #[serde(default)]
    pub owns_rows: bool,
    /// Whether handles, cases and activities are kept, in files beside it.
    #[serde(default)]
    pub keeps_files: bool,
}

impl Settings {
    /// Read only.
    #[must_use]
    pub fn new(mapping: Mapping) -> Self {
        Self {
            mapping,
            writes: Vec::new(),
            owns_rows: false,
            keeps_files: false,
        }
    }

    pub(crate) fn capabilities(&self) -> Capabilities {
        let lookups = Field::KNOWN.iter().map(|word| Field::from(*word)).collect();
        let mut claims = Capabilities::new(Deletes::InFeed, lookups);
        let mut names = Vec::new();
        if !self.writes.is_empty() {
            names.push(EffectName::Patch);
        }
        if self.owns_rows {
            names.extend([EffectName::Create, EffectName::Erase]);
            claims.erasure = Some(Erasure::Hard);
        }
        if self.keeps_files {
            names.extend([EffectName::LinkHandle, EffectName::UnlinkHandle]);
            names.extend([EffectName::UpsertCase, EffectName::AddActivity]);
            names.push(EffectName::Redact);
            claims.handles = Handles::ChildRow;
        }
        claims.verified_live = true;
        // A program that saves the file in the moment between reading and renaming is not seen.
        let performs = Performs::new(Precondition::Weak, Idempotency::NaturalKey);
        let written = self.writes.iter().cloned();
        claims.performing(names, performs).writing(written)
    }
}
