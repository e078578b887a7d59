/// Why a saved linker was not loaded. Nothing was changed; the customers can always be read again
/// from where they came from.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The bytes do not begin as a saved linker does.
    #[error("not a saved linker: look whether this is the right file")]
    NotALinker,
    /// It was saved by another version, whose rules of spelling or comparing differ.
    #[error("saved in form {found}, this version reads form {known}: load the customers anew")]
    Version {
        /// The form it has.
        found: u32,
        /// The form that this version reads.
        known: u32,
    },
    /// It was saved under another secret, or its beginning is damaged.
    #[error("saved under another key: give the tenant's key that it was saved with")]
    Key,
    /// It was saved with another region, by which other phones were meant.
    #[error("saved with another region: give the settings that it was saved with")]
    Region,
    /// Bytes were changed or are missing.
    #[error("damaged or cut off: take an earlier copy, or load the customers anew")]
    Damaged,
    /// Reading failed.
    #[error("reading failed")]
    Io(#[source] std::io::Error),
}
