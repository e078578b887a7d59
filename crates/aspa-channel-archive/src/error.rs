/// Why a file could not be read at all. Rows and lines that are broken are
/// [left out](crate::Archive::rejected) instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// There is nothing in it but white space.
    #[error("the file is empty")]
    Empty,
    /// More than 4 GiB.
    #[error("the file has {bytes} bytes, more than 4 GiB")]
    TooLarge {
        /// How long it is.
        bytes: usize,
    },
    /// The first line is no list of column names.
    #[error("the header cannot be read")]
    Header,
    /// The header lacks a column.
    #[error("the header lacks the column {name}")]
    MissingColumn {
        /// Which one.
        name: &'static str,
    },
    /// The header names a column twice.
    #[error("the header names the column {name} twice")]
    RepeatedColumn {
        /// Which one.
        name: &'static str,
    },
}

/// Why a row or line is left out. Never holds its content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("{found} columns instead of {expected}")]
    Columns { expected: usize, found: usize },
    #[error("a quote that does not open and close a whole field")]
    Quote,
    #[error("invalid UTF-8")]
    Utf8,
    #[error("not JSON, column {column}")]
    Json { column: usize },
    #[error("not a JSON object")]
    NotObject,
    #[error("`{0}` is missing")]
    Missing(&'static str),
    #[error("`{0}` cannot be read")]
    Bad(&'static str),
    #[error("another one with the same id came before")]
    Conflict,
    #[error("no message with this id to edit")]
    NoMessage,
    #[error("the revision is not above that of the message")]
    OldRevision,
}
