use serde::{Deserialize, Serialize};

use crate::Field;

/// One column of a table or file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Column {
    /// Its heading; upper and lower case are the same.
    pub column: String,
    /// What it holds.
    pub field: Field,
    /// The characters that part several values, for example `|;`; empty: one value.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub split: String,
}

impl Column {
    /// A column with one value.
    #[must_use]
    pub fn new(column: impl Into<String>, field: Field) -> Self {
        Self {
            column: column.into(),
            field,
            split: String::new(),
        }
    }

    /// The same column with several values, parted by any of these characters.
    #[must_use]
    pub fn split_at(mut self, characters: impl Into<String>) -> Self {
        self.split = characters.into();
        self
    }
}
