//! Whose accounts they are.

use aspa_types::{AccountId, HandleKey, Network};

/// One account of ours on X.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Own {
    pub(crate) account: AccountId,
    /// Its id on X.
    pub(crate) user_id: String,
}

/// The key of somebody on X. Ids hold on the whole network; names change and are recycled.
pub(crate) fn handle_key(user_id: &str) -> Option<HandleKey> {
    HandleKey::new(Network::X, None, user_id).ok()
}
