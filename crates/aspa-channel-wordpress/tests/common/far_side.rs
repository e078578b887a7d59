//! What customers see and do on that WordPress.

use std::sync::Arc;

use aspa_channel::{Channel, ConversationKey, MessageKey};
use aspa_channel_wordpress::{SiteConfig, WordPressChannel};
use aspa_http::HttpClient;
use aspa_testkit::{ChannelFixture, FarSide, Seen};
use async_trait::async_trait;

use super::{Blog, ME, PASSWORD, POST, READER, message, post, through};

/// A fixture of the kit around a channel to this blog, with everything that the kit can make use of, and
/// pages of ten.
pub(crate) fn fixture(
    blog: Arc<Blog>,
    mut config: SiteConfig,
    wrap: impl Fn(WordPressChannel) -> Arc<dyn Channel> + Send + Sync + 'static,
) -> ChannelFixture {
    config.page = 10;
    let faults = blog.faults();
    let http: Arc<dyn HttpClient> = faults.clone();
    let make = move || wrap(through(http.clone(), config.clone()));
    ChannelFixture::new(make(), post(POST), blog)
        .with_faults(faults)
        .with_secret(PASSWORD)
        .with_secret("c3VwcG9ydDph")
        .with_restart(make)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn read(raw: &str) -> String {
    raw.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

impl Blog {
    fn says(&self, post: u64, parent: u64, text: &str) -> MessageKey {
        let mut state = self.state();
        let name = state.reader.clone();
        message(state.insert(|row| {
            (row.post, row.parent, row.author, row.name) = (post, parent, READER, name);
            row.raw = escaped(text);
        }))
    }
}

#[async_trait]
impl FarSide for Blog {
    async fn seen(&self) -> Vec<Seen> {
        let state = self.state();
        let visible = state
            .rows
            .values()
            .filter(|row| row.status == "approved" && !row.broken);
        let seen = visible.map(|row| {
            let id = row.id.to_string();
            let mut seen = match row.author {
                ME => Seen::ours(id, read(&row.raw)),
                _ => Seen::theirs(id, read(&row.raw)),
            };
            seen.in_reply_to = (row.parent > 0).then(|| row.parent.to_string());
            seen
        });
        seen.collect()
    }

    /// As somebody with an account.
    async fn customer_writes(&self, to: &ConversationKey, text: &str) -> Option<MessageKey> {
        Some(self.says(to.id.parse().unwrap(), 0, text))
    }

    async fn customer_answers(&self, to: &MessageKey, text: &str) -> Option<MessageKey> {
        let answered = self.row(to.id.parse().unwrap());
        Some(self.says(answered.post, answered.id, text))
    }

    /// Nobody but a moderator can.
    async fn customer_deletes(&self, message: &MessageKey) -> bool {
        let id: u64 = message.id.parse().unwrap();
        match id % 2 {
            0 => self.erase(id),
            _ => self.change(id, |row| row.status = "trash"),
        }
        true
    }

    async fn moderator_hides(&self, message: &MessageKey, hidden: bool) -> bool {
        let id: u64 = message.id.parse().unwrap();
        let status = if hidden { "hold" } else { "approved" };
        self.change(id, |row| row.status = status);
        true
    }

    async fn customer_renames(&self, name: &str) -> bool {
        self.state().reader = name.to_owned();
        true
    }

    async fn other_conversation(&self) -> Option<ConversationKey> {
        Some(post(12))
    }

    async fn customer_edits(&self, message: &MessageKey, text: &str) -> bool {
        let id = message.id.parse().unwrap();
        self.change(id, |row| row.raw = escaped(text));
        true
    }

    async fn unheard_of(&self, _conversation: &ConversationKey) -> bool {
        self.write(|row| row.broken = true);
        true
    }

    async fn requests(&self) -> Option<usize> {
        Some(self.state().writes)
    }

    fn shows_replies(&self) -> bool {
        true
    }

    fn page(&self) -> Option<usize> {
        Some(10)
    }

    fn burst(&self) -> usize {
        25
    }
}
