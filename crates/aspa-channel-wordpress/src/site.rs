use aspa_channel::{ConversationKey, MessageKey};
use aspa_types::{AccountId, BadId, HandleKey, Network};
use sha2::{Digest, Sha256};

use crate::config::Personal;

/// What the comments of one site have in common.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub(crate) account: AccountId,
    /// Within what the ids of people hold.
    pub(crate) scope: String,
    /// WordPress ids of us.
    pub(crate) ours: Vec<u64>,
    pub(crate) personal: Personal,
}

impl Site {
    pub(crate) fn message(&self, id: u64) -> Result<MessageKey, BadId> {
        MessageKey::new(self.account.clone(), &id.to_string())
    }

    pub(crate) fn conversation(&self, post: u64) -> Result<ConversationKey, BadId> {
        ConversationKey::new(self.account.clone(), &post.to_string())
    }

    fn handle(&self, id: &str) -> Result<HandleKey, BadId> {
        HandleKey::new(Network::WORDPRESS, Some(&self.scope), id)
    }

    /// A user of the site.
    pub(crate) fn user(&self, id: u64) -> Result<HandleKey, BadId> {
        self.handle(&format!("user-{id}"))
    }

    /// A visitor who typed a name and an e-mail address: whoever types both again is the same.
    /// Without an address nothing tells two visitors of one name apart, so each comment has its own.
    pub(crate) fn visitor(
        &self,
        name: &str,
        email: &str,
        comment: u64,
    ) -> Result<HandleKey, BadId> {
        let email = email.trim().to_lowercase();
        if email.is_empty() {
            return self.handle(&format!("comment-{comment}"));
        }
        let words: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
        self.handle(&format!(
            "visitor-{}",
            digest(&[&email, &words.join(" ")], 16)
        ))
    }

    /// Whoever moderates there: comments are only ever hidden or deleted by somebody with a right to.
    pub(crate) fn moderator(&self) -> Result<HandleKey, BadId> {
        self.handle("moderator")
    }
}

/// The address of a site as a scope: host, port and path in lower case, without the scheme.
pub(crate) fn scope(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.trim_end_matches('/').to_lowercase()
}

/// So many bytes of SHA-256 over the length-prefixed parts, in hexadecimal.
pub(crate) fn digest(parts: &[&str], bytes: usize) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let hash = hash.finalize();
    let bytes = bytes.min(hash.len());
    aspa_types::hex::encode(&hash[..bytes])
}
