//! Which names things of one Page have.

use std::sync::Arc;

use aspa_channel::{ConversationKey, MessageKey};
use aspa_types::{AccountId, BadId, HandleKey, Network};

/// In front of a person's id in the names of Messenger conversations: posts have other names.
const MESSENGER: &str = "messenger:";

/// One Page and what we call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) account: AccountId,
    pub(crate) page: Arc<str>,
}

impl Place {
    pub(crate) fn message(&self, id: &str) -> Result<MessageKey, BadId> {
        MessageKey::new(self.account.clone(), id)
    }

    /// The conversation below a post or a review.
    pub(crate) fn post(&self, id: &str) -> Result<ConversationKey, BadId> {
        ConversationKey::new(self.account.clone(), id)
    }

    /// What is written in Messenger between the Page and one person.
    pub(crate) fn thread(&self, person: &str) -> Result<ConversationKey, BadId> {
        ConversationKey::new(self.account.clone(), &format!("{MESSENGER}{person}"))
    }

    /// Somebody who writes on the Page, by the id that holds there.
    pub(crate) fn author(&self, id: &str) -> Result<HandleKey, BadId> {
        HandleKey::new(Network::FACEBOOK_PAGE, Some(&self.page), id)
    }

    /// Somebody who writes to the Page in Messenger, by a page-scoped id.
    pub(crate) fn person(&self, id: &str) -> Result<HandleKey, BadId> {
        HandleKey::new(Network::MESSENGER, Some(&self.page), id)
    }

    pub(crate) fn is_us(&self, id: &str) -> bool {
        *self.page == *id
    }

    /// Whether the id is that of a post on the Page's own wall, by whomever.
    pub(crate) fn is_on_our_wall(&self, id: &str) -> bool {
        let after = id.strip_prefix(&*self.page);
        after.is_some_and(|rest| rest.starts_with('_'))
    }

    /// Whether the id is that of a post on the Page or of a review, and not of a comment.
    pub(crate) fn is_post(&self, id: &str) -> bool {
        self.is_on_our_wall(id) || !id.contains('_')
    }

    /// The post that a comment is below, as its id tells.
    pub(crate) fn post_of(&self, comment: &str) -> String {
        let post = comment.split_once('_').map_or(comment, |(post, _)| post);
        format!("{}_{post}", self.page)
    }
}

/// The person of a Messenger conversation; none where it is one below a post.
pub(crate) fn person_of(conversation: &ConversationKey) -> Option<&str> {
    conversation.id.strip_prefix(MESSENGER)
}

/// Whether the id is that of a message of Messenger.
pub(crate) fn is_direct(id: &str) -> bool {
    ["m_", "mid.", "postback-"]
        .iter()
        .any(|start| id.starts_with(start))
}
