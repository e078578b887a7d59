use serde::{Deserialize, Serialize};

/// Whether an effect happened all the same, although it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(
    clippy::exhaustive_enums,
    reason = "callers decide by it; a fourth answer would be a break"
)]
pub enum Landed {
    /// Nothing was sent, or the other side documents that it refused.
    No,
    /// A cut connection, a time-out or a 5xx after sending. Never repeated blindly.
    Maybe,
    /// It did.
    Yes,
}
